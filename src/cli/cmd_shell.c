/* SPDX-License-Identifier: MIT */
/*
 * Job: netlab shell: an interactive shell in a namespace, whose prompt tells where one is.
 * In: [LAB:]NS, SHELL. Out: what the shell does, its exit status too.
 * Must not know: how one enters a namespace.
 */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * What bash reads in place of ~/.bashrc, which sets PS1 itself mostly. The names are expanded when
 * the prompt is printed, so that nothing in them is taken for a command. Returns a descriptor that
 * outlives exec, or -1.
 */
static int write_bashrc(void)
{
    int fd = memfd_create("netlab-bashrc", 0);

    if (fd < 0)
        return -1;
    if (dprintf(fd,
                "[ -r ~/.bashrc ] && . ~/.bashrc\n"
                "PS1='[$NETLAB_LAB:$NETLAB_NS] '\"$PS1\"\n"
                "exec %d<&-\n",
                fd) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int cli_run_shell(const struct cli_verb *verb)
{
    const char *shell = getenv("SHELL"), *base;
    char rcfile[64], prompt[2 * NETLAB_NAME_MAX + 300];
    char *argv[] = {NULL, NULL, NULL, NULL};
    int fd = -1;

    if (!shell || !*shell)
        shell = "/bin/sh";
    base = strrchr(shell, '/');
    base = base ? base + 1 : shell;
    argv[0] = (char *)shell;
    /* bash is interactive then, and reads what it is given */
    if (strcmp(base, "bash") == 0 && isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
        fd = write_bashrc();
    if (fd >= 0) {
        snprintf(rcfile, sizeof rcfile, "/proc/self/fd/%d", fd);
        argv[1] = (char *)"--rcfile";
        argv[2] = rcfile;
    } else {
        snprintf(prompt, sizeof prompt, "[%s:%s] %s ", getenv("NETLAB_LAB"), getenv("NETLAB_NS"),
                 geteuid() ? "$" : "#");
        setenv("PS1", prompt, 1);
    }
    return cli_run(verb, argv);
}

static int run(const struct cli_arguments *args)
{
    int status = cli_enter(args);

    return status >= 0 ? status : cli_run_shell(args->verb);
}

const struct cli_verb cli_shell = {
    .name = "shell",
    .summary = "open a shell in a namespace",
    .usage = "[LAB:]NS",
    .help = "Opens an interactive shell ($SHELL, else /bin/sh) in namespace NS, as `netlab exec` "
            "would run it.\nIts prompt begins with [LAB:NS].\n\n"
            "example: netlab shell left\n",
    .options = "",
    .least = 1,
    .most = 1,
    .is_command = true,
    .place = CLI_BY_NAMESPACE,
    .is_interactive = true,
    .run = run,
};
