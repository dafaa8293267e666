/* SPDX-License-Identifier: MIT */
/*
 * Job: verbs about a lab that is in a sandbox of the user's: they run in there.
 * In: the command line. Out: what the verb does, its exit status too.
 * Must not know: which verb it is.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The lab that a word means, or false: that will be told by those who need it. */
static bool lab_of(const struct cli_arguments *args, char ret_lab[NETLAB_NAME_MAX + 1])
{
    const char *word = cli_file(args);

    if (strcmp(word, "-") == 0 || args->all || args->count > 1)
        return false; /* what is read from standard input can be read once */
    if (!args->count || cli_is_file(word))
        return netlab_read_name(word, ret_lab, NULL) == 0;
    return snprintf(ret_lab, NETLAB_NAME_MAX + 1, "%s", word) <= NETLAB_NAME_MAX;
}

/* The sandbox that the command line is about, as netlab_sandbox_find(). */
static int find(const struct cli_arguments *args, struct netlab_report *report)
{
    char lab[NETLAB_NAME_MAX + 1];
    const char *ns;

    switch (args->verb->place) {
    case CLI_HERE:
        return -ENOENT;
    case CLI_BY_OPTION:
        return (args->rootless || args->live) && !args->dry_run && lab_of(args, lab)
                   ? netlab_sandbox_find(lab, NULL, lab, report)
                   : -ENOENT;
    case CLI_BY_LAB:
        return lab_of(args, lab) ? netlab_sandbox_find(lab, NULL, lab, report) : -ENOENT;
    case CLI_BY_NAMESPACE:
        if (!cli_split_place(args->words[0], lab, &ns))
            return -ENOENT;
        return netlab_sandbox_find(*lab ? lab : NULL, ns, lab, report);
    }
    return -ENOENT;
}

static int in_sandbox(void *userdata)
{
    struct cli_arguments args = *(const struct cli_arguments *)userdata;

    args.rootless = false; /* it is done */
    return cli_finish(args.verb->run(&args));
}

int cli_pass_on(int status)
{
    const struct rlimit none = {0, 0};

    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    setrlimit(RLIMIT_CORE, &none); /* one core is enough */
    cli_signals_die(WTERMSIG(status));
}

static int run_there(const struct cli_arguments *args, int place, struct netlab_report *report)
{
    const struct netlab_sandbox sandbox = {
        .run = in_sandbox, .userdata = (void *)args, .foreground = args->verb->is_interactive};
    int status = 0, error = netlab_sandbox_join(place, &sandbox, &status, report);

    if (!error && args->verb->ends_sandbox && WIFEXITED(status) && WEXITSTATUS(status) == CLI_DONE)
        error = netlab_sandbox_end(place, report);
    if (!error)
        return cli_pass_on(status);
    cli_failure(args, NULL, NULL, report, error);
    return args->verb->is_command ? CLI_FAILED : CLI_REFUSED;
}

int cli_elsewhere(const struct cli_arguments *args)
{
    struct netlab_report *report = netlab_report_new();
    int place = find(args, report), status = -1;

    if (place >= 0) {
        status = run_there(args, place, report);
        close(place);
    } else if (place != -ENOENT) {
        cli_failure(args, NULL, NULL, report, place);
        status = args->verb->is_command ? CLI_FAILED : CLI_REFUSED;
    }
    netlab_report_free(report);
    return status;
}
