/* SPDX-License-Identifier: MIT */
/*
 * Job: netlab logs: what services wrote.
 * In: [LAB:]NS, maybe a service. Out: their output; with the service's name before each line where
 * several are asked for.
 * Must not know: where it is kept.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* How to print. */
struct printing {
    bool named;
};

static int print(const char *service, const char *text, size_t size, void *userdata)
{
    const struct printing *printing = userdata;

    while (size) {
        const char *end = printing->named ? memchr(text, '\n', size) : NULL;
        size_t length = end ? (size_t)(end - text) + 1 : size;

        if (printing->named)
            printf("%s | ", service);
        fwrite(text, 1, length, stdout);
        if (printing->named && !end)
            putchar('\n');
        text += length;
        size -= length;
    }
    return fflush(stdout) == 0 ? 0 : -EPIPE;
}

static int run(const struct cli_arguments *args)
{
    char lab[NETLAB_NAME_MAX + 1];
    struct printing printing = {.named = args->count < 2};
    struct netlab_logs logs = {
        .service = args->words[1],
        .follow = args->follow,
        .found = print,
        .userdata = &printing,
    };
    struct netlab_report *report;
    int error;

    if (!cli_split_place(args->words[0], lab, &logs.ns))
        return cli_misuse(args->verb, "'%s' is not NS or LAB:NS", args->words[0]);
    logs.lab = *lab ? lab : NULL;
    report = netlab_report_new();
    error = netlab_logs(&logs, report);
    if (error && !ferror(stdout)) /* a stream that takes no more is main()'s to tell */
        cli_report(args, report, error);
    netlab_report_free(report);
    return error && !ferror(stdout) ? CLI_REFUSED : CLI_DONE;
}

const struct cli_verb cli_logs = {
    .name = "logs",
    .summary = "show what services wrote",
    .usage = "[-f] [LAB:]NS [SERVICE]",
    .help =
        "Prints what the services of namespace NS have written since the lab was brought up, or "
        "only that\nof SERVICE. Of several, each line begins with the service's name.\n\n"
        "  -f, --follow  go on with what they write, until the lab is taken down\n\n"
        "example: netlab logs -f server web\n",
    .options = "f",
    .least = 1,
    .most = 2,
    .place = CLI_BY_NAMESPACE,
    .run = run,
};
