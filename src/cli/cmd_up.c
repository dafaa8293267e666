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
        return cli_refused(error);
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

/* What is brought up in the sandbox. */
struct job {
    const struct cli_arguments *args;
    struct netlab_lab *lab;
    struct netlab_report *report;
};

static int in_sandbox(void *userdata)
{
    const struct job *job = userdata;

    return cli_finish(bring_up(job->args, job->lab, job->report));
}

static int keep_up(const struct cli_arguments *args, struct netlab_lab *lab,
                   struct netlab_report *report)
{
    struct job job = {args, lab, report};
    const struct netlab_sandbox sandbox = {
        .lab = lab, .run = in_sandbox, .userdata = &job, .lock_timeout = args->lock_timeout};
    int status = 0, error = netlab_sandbox_keep(&sandbox, &status, report);

    if (!error)
        return cli_pass_on(status);
    if (error == -EEXIST && (status = cli_elsewhere(args)) >= 0) /* it came up meanwhile */
        return status;
    cli_failure(args, cli_file(args), netlab_lab_name(lab), report, error);
    return error == -EINVAL ? CLI_BAD : CLI_REFUSED;
}

static int run(const struct cli_arguments *args)
{
    struct netlab_report *report = netlab_report_new();
    struct netlab_lab *lab = NULL;
    int status = cli_load(args, &lab, report);

    if (status < 0)
        status = args->dry_run    ? cli_write_plan(args, lab, report)
                 : args->rootless ? keep_up(args, lab, report)
                                  : bring_up(args, lab, report);
    netlab_lab_free(lab);
    netlab_report_free(report);
    free(args->attach);
    return status;
}

const struct cli_verb cli_up = {
    .name = "up",
    .summary = "bring a lab up, or change it to what its file says",
    .usage =
        "[-n] [-q | -v] [--json] [--rootless] [--adopt] [--attach NS=WHERE] [--wait[=SECONDS]]\n"
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
        "      --rootless in a sandbox of its own, without root: `netlab run` tells of those; it "
        "stays\n"
        "                 until `netlab down`\n"
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
    .options = "nqvJDTLWR",
    .most = 1,
    .place = CLI_BY_OPTION,
    .run = run,
};
