/* SPDX-License-Identifier: MIT */
/*
 * Job: the sandbox's first process: it starts run()'s process, reaps orphans, passes signals on,
 * and ends when that does.
 * In: struct sandbox_init. Out: struct sandbox_outcome.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/report.h"
#include "sandbox/sandbox.h"

void sandbox_signals(sigset_t *set)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

    sigfillset(set);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigdelset(set, faults[i]);
}

int sandbox_relay(void)
{
    return SIGRTMIN;
}

/* Die with the caller. It may have died before that could be said. */
static bool bind_to_caller(const struct sandbox_init *init)
{
    struct pollfd caller = {.fd = init->caller, .events = POLLIN};

    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && poll(&caller, 1, 0) == 0;
}

static void tell_error(const struct sandbox_init *init, int error)
{
    struct sandbox_outcome *outcome = init->outcome;
    const struct netlab_diagnostic *found;

    outcome->error = -error;
    /* the last one: the report may have older ones of the caller's */
    for (size_t i = 0; (found = netlab_report_get(init->report, i)); i++) {
        if (found->severity != NETLAB_ERROR)
            continue;
        snprintf(outcome->message, sizeof outcome->message, "%s", found->message);
        snprintf(outcome->hint, sizeof outcome->hint, "%s", found->hint ? found->hint : "");
    }
}

/* The foreground is ours again, whoever has left it to a group of processes that is gone. */
static void take_terminal(const struct sandbox_init *init)
{
    if (init->terminal < 0)
        return;
    (void)setpgid(0, 0);
    (void)tcsetpgrp(init->terminal, getpid());
}

static void restore_signals(const struct sandbox_init *init)
{
    sigaction(SIGCHLD, init->child, NULL);
    sigprocmask(SIG_SETMASK, &init->mask, NULL);
}

/* Wait for a process to end; its status. Whatever else ends is reaped. */
static int attend(pid_t child)
{
    sigset_t set;

    sandbox_signals(&set);
    for (;;) {
        siginfo_t info;
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
            if (pid == child)
                return status;
        /* from the caller only: it is not in our PID namespace, so it has no number */
        if (sigwaitinfo(&set, &info) == sandbox_relay() && info.si_pid == 0)
            kill(child, info.si_value.sival_int);
    }
}

static int run(const struct sandbox_init *init)
{
    const struct netlab_sandbox *sandbox = init->sandbox;
    pid_t child = fork();
    int status;

    if (child < 0)
        return -errno;
    if (child == 0) {
        restore_signals(init);
        status = sandbox->run(sandbox->userdata);
        fflush(NULL);
        _exit(status);
    }
    init->outcome->status = attend(child);
    init->outcome->ended = true;
    return 0;
}

static void linger(const struct sandbox_init *init)
{
    const struct netlab_sandbox *sandbox = init->sandbox;
    pid_t child = fork();

    if (child < 0)
        return;
    if (child == 0) {
        take_terminal(init);
        restore_signals(init);
        (void)sandbox->linger(init->outcome->status, sandbox->userdata);
        fflush(NULL);
        _exit(0);
    }
    (void)attend(child);
}

void sandbox_init(const struct sandbox_init *init)
{
    int r;

    if (!bind_to_caller(init))
        _exit(1);
    close(init->caller);
    r = sandbox_furnish(init->flags, init->user, init->report);
    if (r == 0) {
        r = run(init);
        if (r < 0)
            report_plain(init->report, -r, "cannot start a process: %s", strerror(-r));
    }
    if (r < 0)
        tell_error(init, r);
    else if (init->sandbox->linger)
        linger(init);
    _exit(0);
}
