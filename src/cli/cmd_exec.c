/* SPDX-License-Identifier: MIT */
/*
 * Job: netlab exec: run a command in a namespace of a running lab.
 * In: [LAB:]NS and a command. Out: what the command does, its exit status too.
 * Must not know: how one enters a namespace.
 */
#include "cli.h"

#include <string.h>

static int run(const struct cli_arguments *args)
{
    char **command = args->words + 1;
    int status;

    if (strcmp(*command, "--") == 0)
        command++;
    if (!*command || !**command)
        return cli_misuse(args->verb, "a command is missing");
    status = cli_enter(args);
    return status >= 0 ? status : cli_run(args->verb, command);
}

const struct cli_verb cli_exec = {
    .name = "exec",
    .summary = "run a command in a namespace",
    .usage = "[LAB:]NS [--] COMMAND [ARGUMENT…]",
    .help = "Runs COMMAND in namespace NS of the lab that has one of that name: with its network, "
            "its host\nname, and /etc/netns/NS over /etc. `host` is the namespace that the lab was "
            "brought up from.\nNETLAB_LAB and NETLAB_NS tell COMMAND where it is.\n\n"
            "The exit status is COMMAND's; 127: there is no such command, 126: it can not be run, "
            "125: netlab\nfailed.\n\n"
            "example: netlab exec left -- ping -c 1 10.0.0.1\n",
    .options = "",
    .least = 2,
    .most = -1,
    .is_command = true,
    .place = CLI_BY_NAMESPACE,
    .run = run,
};
