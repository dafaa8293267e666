/* SPDX-License-Identifier: MIT */
/*
 * Job: start a sandbox with a PID namespace, pass signals on to it, wait for its end.
 * In: struct netlab_sandbox. Out: how its process ended. See include/netlab/sandbox.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "sandbox/sandbox.h"

/* fork() with namespaces; glibc's clone() wants a stack, which fork needs none of. */
static pid_t fork_into(int flags)
{
    const unsigned long how = (unsigned long)flags | SIGCHLD;

#if defined __s390__ || defined __CRIS__
    return (pid_t)syscall(SYS_clone, NULL, how, NULL, NULL, NULL);
#else
    return (pid_t)syscall(SYS_clone, how, NULL, NULL, NULL, NULL);
#endif
}

/* Stop as the signal would have stopped us: not at all where nobody could continue us. */
static void stop_by(int number)
{
    struct sigaction stop = {.sa_handler = SIG_DFL}, before;
    sigset_t set;

    sigaction(number, NULL, &before);
    if (before.sa_handler == SIG_IGN)
        return;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigaction(number, &stop, NULL);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &set, NULL); /* here we are stopped */
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(number, &before, NULL);
}

/* Whether the terminal has sent it: to all processes of the group, so not to be sent again. */
static bool is_from_terminal(int number, const siginfo_t *info)
{
    switch (number) {
    case SIGINT:
    case SIGQUIT:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGWINCH:
        return info->si_code == SI_KERNEL;
    default:
        return false;
    }
}

static void handle(pid_t init, int number, const siginfo_t *info)
{
    if (!is_from_terminal(number, info))
        (void)sigqueue(init, sandbox_relay(), (union sigval){.sival_int = number});
    if (number == SIGTSTP || number == SIGTTIN || number == SIGTTOU)
        stop_by(number);
}

/* 0, or -errno where it can't be waited for. */
static int await_end(pid_t init)
{
    sigset_t set;

    sandbox_signals(&set);
    for (;;) {
        siginfo_t info;
        pid_t pid = waitpid(init, NULL, WNOHANG);
        int number;

        if (pid == init)
            return 0;
        if (pid < 0 && errno != EINTR)
            return -errno;
        number = sigwaitinfo(&set, &info);
        if (number > 0 && number != SIGCHLD)
            handle(init, number, &info);
    }
}

/* Start it, wait for it. What it has to say is in the outcome. */
static int start_and_wait(struct sandbox_init *init)
{
    pid_t pid;

    fflush(NULL);
    pid = fork_into(init->flags);
    if (pid == 0)
        sandbox_init(init);
    return pid < 0 ? sandbox_refused(init->flags, errno, init->report) : await_end(pid);
}

/* The terminal, if we are in its foreground. */
static int open_terminal(void)
{
    CLEANUP_FD int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    return fd >= 0 && tcgetpgrp(fd) == getpgrp() ? TAKE_FD(fd) : -1;
}

/* With all signals in our hands. */
static int run_waiting(struct sandbox_init *init)
{
    struct sigaction child = {.sa_handler = SIG_DFL}, before;
    CLEANUP_FD int terminal = open_terminal();
    sigset_t set;
    int r;

    sandbox_signals(&set);
    sigprocmask(SIG_BLOCK, &set, &init->mask);
    sigaction(SIGCHLD, &child, &before); /* if it is ignored, there is no status */
    init->child = &before;
    init->terminal = terminal;
    r = start_and_wait(init);
    /* a shell with job control may have left it to processes that are gone */
    if (terminal >= 0 && tcgetpgrp(terminal) != getpgrp())
        (void)tcsetpgrp(terminal, getpgrp());
    sigaction(SIGCHLD, &before, NULL);
    sigprocmask(SIG_SETMASK, &init->mask, NULL);
    return r;
}

static int read_outcome(const struct sandbox_outcome *outcome, int *ret_status,
                        struct netlab_report *report)
{
    int r;

    if (outcome->error) {
        r = report_plain(report, outcome->error, "%s",
                         *outcome->message ? outcome->message : strerror(outcome->error));
        if (*outcome->hint)
            report_hint(report, "%s", outcome->hint);
        return r;
    }
    if (!outcome->ended)
        return report_plain(report, EOWNERDEAD, "the sandbox was killed");
    *ret_status = outcome->status;
    return 0;
}

int netlab_sandbox_run(const struct netlab_sandbox *sandbox, int *ret_status,
                       struct netlab_report *report)
{
    struct sandbox_init init = {.sandbox = sandbox,
                                .report = report,
                                .user = {geteuid(), getegid()},
                                .flags = sandbox_flags() | CLONE_NEWPID};
    CLEANUP_FD int self = -1;
    int r = sandbox->lab ? netlab_sandbox_check(sandbox->lab, report) : 0;

    if (r < 0)
        return r;
    init.caller = self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (self < 0)
        return report_plain(report, errno, "cannot watch over a sandbox: %s", strerror(errno));
    init.outcome =
        mmap(NULL, sizeof *init.outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (init.outcome == MAP_FAILED)
        return report_oom(report);
    r = run_waiting(&init);
    if (r == 0)
        r = read_outcome(init.outcome, ret_status, report);
    munmap(init.outcome, sizeof *init.outcome);
    return r;
}
