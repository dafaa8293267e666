/* SPDX-License-Identifier: MIT */
/*
 * Job: netlab up: bring the lab of a file up, or say what would be done.
 * In: a topology file. Out: a line, or one JSON object.
 * Must not know: what bringing up is.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Whether an interruption came before there was anything to take back. */
static bool tells_what_was_done(const struct netlab_report *report)
{
    const struct netlab_diagnostic *first = netlab_report_get(report, 0);

    return first && first->hint;
}

static int bring_up(const struct cli_arguments *args, struct netlab_lab *lab,
                    struct netlab_report *report)
{
    const char *name = netlab_lab_name(lab);
    struct netlab_options options = {.cancel = cli_signals_hold(),
                                     .adopt = args->adopt,
                                     .attach = args->attach,
                                     .lock_timeout = args->lock_timeout,
                                     .wait = args->wait};
    struct netlab_result result = {0};
    struct cli_progress progress;
    int error, signal_number;

    cli_progress_start(&progress, args, "up", name, &options);
    error = netlab_up(lab, &options, &result, report);
    cli_progress_end(&progress);
    signal_number = cli_signals_release();
    if (error) {
        cli_failure(args, cli_file(args), name, report, error);
        if (error == -ECANCELED && !args->json && !tells_what_was_done(report))
            fprintf(stderr, "      = lab %s was taken back\n", name);
        if (signal_number)
            cli_signals_die(signal_number);
        return CLI_REFUSED;
    }
    cli_report(args, report, 0);
    if (args->json) {
        const struct netlab_outcome outcome = {.file = cli_file(args),
                                               .lab = name,
                                               .state = "up",
                                               .result = &result,
                                               .report = report};

        netlab_outcome_print(&outcome, stdout);
    } else if (!args->quiet) {
        printf("lab %s is up: ", name);
        cli_summary(&result);
    }
    return CLI_DONE;
}

static int run(const struct cli_arguments *args)
{
    struct netlab_report *report = netlab_report_new();
    struct netlab_lab *lab = NULL;
    int status = cli_load(args, &lab, report);

    if (status < 0)
        status = args->dry_run ? cli_write_plan(args, lab, report) : bring_up(args, lab, report);
    netlab_lab_free(lab);
    netlab_report_free(report);
    free(args->attach);
    return status;
}

const struct cli_verb cli_up = {
    .name = "up",
    .summary = "bring a lab up, or change it to what its file says",
    .usage = "[-n] [-q | -v] [--json] [--adopt] [--attach NS=WHERE] [--wait[=SECONDS]]\n"
             "                 [--lock-timeout SECONDS] [FILE]",
    .help =
        "Brings up the lab that FILE describes (" CLI_DEFAULT_FILE
        " where none is given, - is standard input).\n"
        "A lab that is up already is changed where it differs, and nowhere else.\n"
        "What the system refuses half-way, and Ctrl-C, take back all that was done.\n\n"
        "  -n, --dry-run  say what would be done, as `netlab plan` does, and do nothing\n"
        "  -q, --quiet    say nothing but errors\n"
        "  -v, --verbose  say each step as it is done\n"
        "      --json     one JSON object on standard output\n"
        "      --adopt    take over a lab of this name that was brought up from another file\n"
        "      --attach NS=PID, NS=PATH, NS=NAME\n"
        "                 where a namespace is that FILE attaches, before what FILE says; may be\n"
        "                 given several times\n"
        "      --wait[=SECONDS]\n"
        "                 refuse a lab that is not usable in time (default 60): ports of bridges"
        " with STP\n"
        "      --lock-timeout SECONDS\n"
        "                 how long to wait for another netlab at work on the same lab (default"
        " 0; takes 0.5)\n\n"
        "example: netlab up topo.yaml && netlab exec left ping -c 1 10.0.0.1\n",
    .options = "nqvJDTLW",
    .most = 1,
    .run = run,
};
