/* SPDX-License-Identifier: MIT */
/*
 * Job: netlab dump: what the kernel has, as a topology file.
 * In: the name of a lab that is up (or its file), or names of namespaces. Out: YAML.
 * Must not know: how that is found out.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>

static int dump(const struct cli_arguments *args, const char *const *names,
                struct netlab_report *report)
{
    int error = netlab_dump(names, stdout, report);

    if (error && !ferror(stdout)) { /* a stream that takes no more is main()'s to tell */
        cli_failure(args, NULL, names[0], report, error);
        return CLI_REFUSED;
    }
    return CLI_DONE;
}

static int run(const struct cli_arguments *args)
{
    struct netlab_report *report = netlab_report_new();
    char name[NETLAB_NAME_MAX + 1];
    const char *const one[] = {name, NULL};
    int status = -1;

    if (args->count <= 1 && cli_is_file(cli_file(args))) {
        status = cli_lab_name(args, name, report);
        if (status < 0)
            status = dump(args, one, report);
    } else {
        status = dump(args, (const char *const *)args->words, report);
    }
    netlab_report_free(report);
    return status;
}

const struct cli_verb cli_dump = {
    .name = "dump",
    .summary = "write what the kernel has as a topology file",
    .usage = "[LAB | FILE | NAMESPACE…]",
    .help =
        "Writes a topology file that makes what is there now: the lab of that name (or of that\n"
        "file), or namespaces of /run/netns, whoever made them.\n\n"
        "example: netlab dump red blue >copy.yaml\n",
    .options = "",
    .most = -1,
    .place = CLI_BY_LAB,
    .run = run,
};
