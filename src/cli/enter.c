/* SPDX-License-Identifier: MIT */
/*
 * Job: what exec and shell share: the namespace that [LAB:]NS names becomes this process's, and
 * then another program takes the process over.
 * In: the command line. Out: the environment, an exit status.
 * Must not know: how one enters a namespace.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cli_split_place(const char *word, char ret_lab[NETLAB_NAME_MAX + 1], const char **ret_ns)
{
    const char *colon = strchr(word, ':');
    size_t size = colon ? (size_t)(colon - word) : 0;

    *ret_ns = colon ? colon + 1 : word;
    if (size > NETLAB_NAME_MAX || (colon && !size) || !**ret_ns || strchr(*ret_ns, ':'))
        return false;
    memcpy(ret_lab, word, size);
    ret_lab[size] = '\0';
    return true;
}

int cli_enter(const struct cli_arguments *args)
{
    char wanted[NETLAB_NAME_MAX + 1], lab[NETLAB_NAME_MAX + 1];
    struct netlab_report *report;
    const char *ns;
    int error;

    if (!cli_split_place(args->words[0], wanted, &ns))
        return cli_misuse(args->verb, "'%s' is not NS or LAB:NS", args->words[0]);
    report = netlab_report_new();
    error = netlab_enter(*wanted ? wanted : NULL, ns, lab, report);
    if (!error && (setenv("NETLAB_LAB", lab, 1) < 0 || setenv("NETLAB_NS", ns, 1) < 0))
        error = -errno;
    if (error)
        cli_report(args, report, error);
    netlab_report_free(report);
    return error ? CLI_FAILED : -1;
}

int cli_run(const struct cli_verb *verb, char **argv)
{
    int error;

    execvp(argv[0], argv);
    error = errno;
    fprintf(stderr, "netlab %s: cannot run '%s': %s\n", verb->name, argv[0],
            error == ENOENT && !strchr(argv[0], '/') ? "command not found" : strerror(error));
    return error == ENOENT ? CLI_NOT_FOUND : CLI_NOT_EXECUTABLE;
}
