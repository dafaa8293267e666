/* SPDX-License-Identifier: MIT */
/*
 * Job: netlab validate: read and check files.
 * In: topology files. Out: a line for each, or one JSON object.
 * Must not know: what makes a file good.
 */
#include "cli.h"

#include <stdio.h>

/* Check the one file of args. */
static int check(const struct cli_arguments *args, struct netlab_report *report)
{
    struct netlab_lab *lab = NULL;
    int status = cli_load(args, &lab, report), error;

    if (status >= 0)
        return status;
    error = netlab_check(lab, report);
    if (error) {
        cli_failure(args, cli_file(args), netlab_lab_name(lab), report, error);
        netlab_lab_free(lab);
        return cli_refused(error);
    }
    cli_report(args, report, 0);
    if (args->json) {
        const struct netlab_outcome outcome = {.file = cli_file(args),
                                               .lab = netlab_lab_name(lab),
                                               .state = "valid",
                                               .report = report};

        netlab_outcome_print(&outcome, stdout);
    } else if (!args->quiet) {
        printf("%s: lab %s is valid\n", cli_file(args), netlab_lab_name(lab));
    }
    netlab_lab_free(lab);
    return CLI_DONE;
}

static int run(const struct cli_arguments *args)
{
    struct netlab_report *report = netlab_report_new();
    struct cli_arguments one = *args;
    int status = CLI_DONE;

    if (args->json)
        fputs("{\"files\":[", stdout);
    for (int i = 0; i == 0 || i < args->count; i++) {
        int worst = status;

        if (args->json && i)
            putchar(',');
        one.words = args->words + i;
        one.count = args->count ? 1 : 0;
        netlab_report_clear(report);
        status = check(&one, report);
        status = worst > status ? worst : status;
    }
    if (args->json)
        puts("]}");
    netlab_report_free(report);
    return status;
}

const struct cli_verb cli_validate = {
    .name = "validate",
    .summary = "read and check files, and do nothing",
    .usage = "[-q] [--json] [FILE…]",
    .help = "Reads each FILE (" CLI_DEFAULT_FILE
            " where none is given, - is standard input) and prints every error and\n"
            "warning. Rulesets of nftables are tried where libnftables is there and user "
            "namespaces are\n"
            "allowed. Needs no privileges and touches nothing.\n\n"
            "  -q, --quiet  say nothing but errors\n"
            "      --json   one JSON object on standard output\n\n"
            "example: netlab validate labs/*.yaml\n",
    .options = "qJ",
    .most = -1,
    .run = run,
};
