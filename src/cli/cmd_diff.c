/* SPDX-License-Identifier: MIT */
/*
 * Job: netlab diff: how the kernel differs from a topology.
 * In: a topology file, or the name of a lab that is up. Out: text or JSON; 0: the same.
 * Must not know: how that is found out.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>

/* The lab of a file, or as it was brought up. Returns -1, or a status to exit with. */
static int load(const struct cli_arguments *args, struct netlab_lab **ret_lab,
                struct netlab_report *report)
{
    char name[NETLAB_NAME_MAX + 1];
    int status, error;

    if (!args->count || cli_is_file(cli_file(args)))
        return cli_load(args, ret_lab, report);
    status = cli_lab_name(args, name, report);
    if (status >= 0)
        return status;
    error = netlab_load_applied(name, ret_lab, report);
    if (!error)
        return -1;
    cli_failure(args, NULL, name, report, error);
    return CLI_REFUSED;
}

static int compare(const struct cli_arguments *args, struct netlab_lab *lab,
                   struct netlab_report *report)
{
    enum netlab_format format = args->json ? NETLAB_FORMAT_JSON : NETLAB_FORMAT_TEXT;
    bool same = false;
    int error = netlab_diff(lab, format, stdout, &same, report);

    if (error && !ferror(stdout)) { /* a stream that takes no more is main()'s to tell */
        cli_failure(args, NULL, netlab_lab_name(lab), report, error);
        return cli_refused(error);
    }
    cli_report(args, report, 0);
    return same ? CLI_DONE : CLI_NO;
}

static int run(const struct cli_arguments *args)
{
    struct netlab_report *report = netlab_report_new();
    struct netlab_lab *lab = NULL;
    int status = load(args, &lab, report);

    if (status < 0)
        status = compare(args, lab, report);
    netlab_lab_free(lab);
    netlab_report_free(report);
    return status;
}

const struct cli_verb cli_diff = {
    .name = "diff",
    .summary = "say how the kernel differs from the file",
    .usage = "[--json] [FILE | LAB]",
    .help = "Compares what the kernel has with what FILE says, or with what LAB was brought up\n"
            "from. Exits with 1 when they differ; `netlab up FILE` mends that. What others added\n"
            "to the lab's namespaces is named, but is no difference.\n\n"
            "  + is missing   - is there, and no longer in the file   ~ is different\n\n"
            "      --json  one JSON object on standard output\n\n"
            "example: netlab diff topo.yaml\n",
    .options = "J",
    .most = 1,
    .place = CLI_BY_LAB,
    .run = run,
};
