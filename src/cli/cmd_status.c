/* SPDX-License-Identifier: MIT */
/*
 * Job: netlab status, netlab ls: which labs are up.
 * In: nothing, a lab's name or a topology file. Out: text, or one JSON object.
 * Must not know: where that is kept.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>

static int run(const struct cli_arguments *args)
{
    enum netlab_format format = args->json ? NETLAB_FORMAT_JSON : NETLAB_FORMAT_TEXT;
    struct netlab_report *report = netlab_report_new();
    char name[NETLAB_NAME_MAX + 1] = "";
    int status = -1, error;

    if (args->count)
        status = cli_lab_name(args, name, report);
    if (status < 0) {
        error = netlab_status(*name ? name : NULL, format, stdout, report);
        status = !error || ferror(stdout) ? CLI_DONE : error == -ENOENT ? CLI_NO : CLI_REFUSED;
        if (error && !ferror(stdout)) /* a stream that takes no more is main()'s to tell */
            cli_failure(args, NULL, *name ? name : NULL, report, error);
        else
            cli_report(args, report, 0);
    }
    netlab_report_free(report);
    return status;
}

#define HELP                                                                                       \
    "Says of every lab of this machine, or of the one that is named or described by FILE, in "     \
    "what\n"                                                                                       \
    "state it is, since when, and what it has. Exits with 1 when that lab is not up.\n\n"          \
    "      --json  one JSON object on standard output\n\n"

const struct cli_verb cli_status = {
    .name = "status",
    .summary = "say which labs are up, and what they have",
    .usage = "[--json] [LAB | FILE]",
    .help = HELP "example: netlab status fun-and-profit\n",
    .options = "J",
    .most = 1,
    .run = run,
};

const struct cli_verb cli_ls = {
    .name = "ls",
    .summary = "the same as status",
    .usage = "[--json] [LAB | FILE]",
    .help = HELP "example: netlab ls\n",
    .options = "J",
    .most = 1,
    .run = run,
};
