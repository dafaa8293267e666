/* SPDX-License-Identifier: MIT */
/*
 * Job: netlab plan: what up would do, in order; also up --dry-run.
 * In: a topology file. Out: text, JSON or a script, on standard output.
 * Must not know: what a plan is made of.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Returns false when there is no format of that name. */
static int find_format(const struct cli_arguments *args)
{
    static const char *const names[] = {[NETLAB_FORMAT_TEXT] = "text",
                                        [NETLAB_FORMAT_JSON] = "json",
                                        [NETLAB_FORMAT_IP] = "ip",
                                        NULL};

    return cli_find_format(args, names, NETLAB_FORMAT_JSON);
}

int cli_write_plan(const struct cli_arguments *args, struct netlab_lab *lab,
                   struct netlab_report *report)
{
    int format = find_format(args);
    FILE *out = stdout, *nowhere = NULL;
    int error;

    if (format < 0)
        format = NETLAB_FORMAT_TEXT;
    if (args->quiet && !args->json) /* up -n -q: only whether it can be planned */
        out = nowhere = fopen("/dev/null", "w");
    error = out ? netlab_plan(lab, (enum netlab_format)format, out, report) : -errno;
    if (nowhere)
        fclose(nowhere);
    if (error && !ferror(stdout)) { /* a stream that takes no more is main()'s to tell */
        cli_failure(args, cli_file(args), netlab_lab_name(lab), report, error);
        return cli_refused(error);
    }
    cli_report(args, report, 0);
    return CLI_DONE;
}

static int run(const struct cli_arguments *args)
{
    struct cli_arguments effective = *args;
    struct netlab_report *report;
    struct netlab_lab *lab = NULL;
    int format = find_format(args), status;

    if (format < 0)
        return cli_misuse(args->verb, "there is no format '%s': text, json or ip", args->format);
    if (args->json && format != NETLAB_FORMAT_JSON)
        return cli_misuse(args->verb, "--json and --format %s do not go together", args->format);
    effective.json = format == NETLAB_FORMAT_JSON;
    report = netlab_report_new();
    status = cli_load(&effective, &lab, report);
    if (status < 0)
        status = cli_write_plan(&effective, lab, report);
    netlab_lab_free(lab);
    netlab_report_free(report);
    return status;
}

const struct cli_verb cli_plan = {
    .name = "plan",
    .summary = "say what up would do, in order",
    .usage = "[--format text|json|ip] [FILE]",
    .help =
        "Prints what `netlab up FILE` would do, and touches nothing. Needs no privileges, unless\n"
        "the lab is up: then it has to be looked at.\n\n"
        "      --format text  a line for every step (default)\n"
        "      --format json  one JSON object; --json is short for it\n"
        "      --format ip    a shell script of ip, bridge and sysctl commands that do the "
        "same\n\n"
        "example: netlab plan --format ip topo.yaml >topo.sh\n",
    .options = "FJ",
    .most = 1,
    .place = CLI_BY_LAB,
    .run = run,
};
