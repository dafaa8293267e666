/* SPDX-License-Identifier: MIT */
/*
 * Job: netlab down: take a lab, or every lab, away.
 * In: a topology file or a lab's name. Out: a line for each lab, or one JSON object.
 * Must not know: what a lab consists of.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Take one lab away and say so. Returns an exit status; ret_signal: what came meanwhile, or 0. */
static int take_down(const struct cli_arguments *args, const char *name,
                     struct netlab_report *report, int *ret_signal)
{
    /* what comes once the lab is ours waits until it is gone */
    struct netlab_options options = {.cancel = cli_signals_hold(),
                                     .lock_timeout = args->lock_timeout};
    struct netlab_result result = {0};
    struct cli_progress progress;
    int error;

    cli_progress_start(&progress, args, "down", name, &options);
    error = netlab_down(name, &options, &result, report);
    cli_progress_end(&progress);
    *ret_signal = cli_signals_release();
    if (error) {
        cli_failure(args, NULL, name, report, error);
        return CLI_REFUSED;
    }
    cli_report(args, report, 0);
    if (args->json) {
        const struct netlab_outcome outcome = {
            .lab = name, .state = "down", .result = &result, .report = report};

        netlab_outcome_print(&outcome, stdout);
    } else if (!args->quiet && !result.done) {
        printf("lab %s is not up\n", name);
    } else if (!args->quiet) {
        printf("lab %s is down: ", name);
        cli_summary(&result);
    }
    return CLI_DONE;
}

/* End one that is in a sandbox of the user's, and say so. Returns an exit status. */
static int end_sandbox(const struct cli_arguments *args, const char *name,
                       struct netlab_report *report)
{
    char lab[NETLAB_NAME_MAX + 1];
    int place = netlab_sandbox_find(name, NULL, lab, report), error = place;

    if (place >= 0) {
        error = netlab_sandbox_end(place, report);
        close(place);
    } else if (place == -ENOENT) {
        error = 0; /* it has just gone */
    }
    if (error) {
        cli_failure(args, NULL, name, report, error);
        return CLI_REFUSED;
    }
    if (args->json)
        netlab_outcome_print(&(struct netlab_outcome){.lab = name, .state = "down"}, stdout);
    else if (!args->quiet)
        printf("lab %s is down\n", name);
    return CLI_DONE;
}

/* Labs of the machine, then those in the user's sandboxes. */
static int take_each_down(const struct cli_arguments *args, char **names, char **own,
                          struct netlab_report *report, int *ret_signal)
{
    int status = CLI_DONE;

    for (char **name = names; *name && !*ret_signal; name++) {
        int one;

        netlab_report_clear(report);
        if (args->json && name != names)
            putchar(',');
        one = take_down(args, *name, report, ret_signal);
        status = one > status ? one : status;
    }
    for (char **name = own; *name && !*ret_signal; name++) {
        int one;

        netlab_report_clear(report);
        if (args->json && (name != own || *names))
            putchar(',');
        one = end_sandbox(args, *name, report);
        status = one > status ? one : status;
    }
    return status;
}

static int take_all_down(const struct cli_arguments *args, struct netlab_report *report)
{
    int status, signal_number = 0;
    char **names = NULL, **own = NULL;
    int error = netlab_list(&names, report);

    if (!error)
        error = netlab_sandbox_list(&own, report);
    if (error) {
        netlab_names_free(names);
        cli_failure(args, NULL, NULL, report, error);
        return CLI_REFUSED;
    }
    if (args->json)
        fputs("{\"labs\":[", stdout);
    else if (!args->quiet && !*names && !*own)
        puts("no lab is up");
    status = take_each_down(args, names, own, report, &signal_number);
    if (args->json)
        puts("]}");
    netlab_names_free(names);
    netlab_names_free(own);
    if (signal_number)
        cli_signals_die(signal_number);
    return status;
}

static int run(const struct cli_arguments *args)
{
    char name[NETLAB_NAME_MAX + 1];
    struct netlab_report *report;
    int status, signal_number = 0;

    if (args->all && args->count)
        return cli_misuse(args->verb, "--all and '%s' do not go together", args->words[0]);
    report = netlab_report_new();
    if (args->all) {
        status = take_all_down(args, report);
    } else {
        status = cli_lab_name(args, name, report);
        if (status < 0)
            status = take_down(args, name, report, &signal_number);
    }
    netlab_report_free(report);
    if (status != CLI_DONE && signal_number)
        cli_signals_die(signal_number);
    return status;
}

const struct cli_verb cli_down = {
    .name = "down",
    .summary = "take a lab away",
    .usage = "[-q | -v] [--json] [--lock-timeout SECONDS] [FILE | LAB | --all]",
    .help = "Takes away all that `netlab up` made, whatever state it is in. The lab is named, or "
            "its FILE\nis (" CLI_DEFAULT_FILE
            " where nothing is given, - is standard input). A lab that is not up is fine.\n\n"
            "      --all      every lab of this machine, and those of the user's own (--rootless)\n"
            "  -q, --quiet    say nothing but errors\n"
            "  -v, --verbose  say each step as it is done\n"
            "      --json     one JSON object on standard output\n"
            "      --lock-timeout SECONDS\n"
            "                 how long to wait for another netlab at work on the same lab (default"
            " 0; takes 0.5)\n\n"
            "example: netlab down topo.yaml\n",
    .options = "AqvJL",
    .most = 1,
    .place = CLI_BY_LAB,
    .ends_sandbox = true,
    .run = run,
};
