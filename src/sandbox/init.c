/* SPDX-License-Identifier: MIT */
/*
 * Job: the sandbox's first process: it starts run()'s process, reaps orphans, passes signals on,
 * and ends when that does.
 * In: struct sandbox_init. Out: struct sandbox_outcome.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/report.h"
#include "sandbox/sandbox.h"

enum {
    BACKLOG = 128, /* of those who ask whether we are there */
};

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

bool sandbox_bind(const struct sandbox_init *init)
{
    /* the caller may have died before that can be said */
    struct pollfd caller = {.fd = init->caller, .events = POLLIN};

    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && poll(&caller, 1, 0) == 0;
}

void sandbox_tell_error(const struct sandbox_init *init, int error)
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
void sandbox_take_terminal(const struct sandbox_init *init)
{
    if (init->terminal < 0)
        return;
    (void)setpgid(0, 0);
    (void)tcsetpgrp(init->terminal, getpid());
}

void sandbox_restore_signals(const struct sandbox_init *init)
{
    sigaction(SIGCHLD, init->child, NULL);
    sigprocmask(SIG_SETMASK, &init->mask, NULL);
}

/* What the caller asks for: it is not in our PID namespace, so it has no number. */
static void obey(int signals, pid_t child)
{
    struct signalfd_siginfo info;

    if (read(signals, &info, sizeof info) != sizeof info || info.ssi_pid != 0)
        return;
    if ((int)info.ssi_signo == sandbox_relay() && child > 0)
        kill(child, info.ssi_int);
    else if (info.ssi_signo == SIGTERM && child < 0)
        _exit(0);
}

/* Wait for a process to end, or (-1) for ever; its status. Whatever else ends is reaped; those who
   want to know whether we are there learn it by being taken off the socket. */
static int attend(const struct sandbox_init *init, pid_t child)
{
    struct pollfd fds[] = {{.events = POLLIN}, {.fd = -1, .events = POLLIN}};
    sigset_t set;

    if (child < 0)
        fds[1].fd = init->registration;
    sandbox_signals(&set);
    fds[0].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fds[0].fd < 0)
        _exit(1);
    for (;;) {
        int status, asker;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
            if (pid == child) {
                close(fds[0].fd);
                return status;
            }
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents)
            obey(fds[0].fd, child);
        if (fds[1].revents && (asker = accept4(init->registration, NULL, NULL, SOCK_CLOEXEC)) >= 0)
            close(asker);
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
        if (sandbox->foreground)
            sandbox_take_terminal(init);
        sandbox_restore_signals(init);
        status = sandbox->run(sandbox->userdata);
        fflush(NULL);
        _exit(status);
    }
    init->outcome->status = attend(init, child);
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
        sandbox_take_terminal(init);
        sandbox_restore_signals(init);
        (void)sandbox->linger(init->outcome->status, sandbox->userdata);
        fflush(NULL);
        _exit(0);
    }
    (void)attend(init, child);
}

/* Let go of all that is the caller's: its terminal, its directory, its files, but for two. */
static void let_go(const struct sandbox_init *init)
{
    bool ordered = init->registration < init->told;
    int first = ordered ? init->registration : init->told;
    int last = ordered ? init->told : init->registration;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)setsid();
    (void)!chdir("/");
    for (int fd = 0; fd <= 2; fd++)
        (void)dup2(null, fd);
    /* none of these is lower than 3: the caller has standard streams */
    (void)syscall(SYS_close_range, 3, first - 1, 0);
    (void)syscall(SYS_close_range, first + 1, last - 1, 0);
    (void)syscall(SYS_close_range, last + 1, ~0U, 0);
    (void)prctl(PR_SET_NAME, "netlab-keeper");
}

/* Stay without the caller, who is told. */
_Noreturn static void keep(const struct sandbox_init *init)
{
    char byte = 0;

    /* not any sooner: a lab that is on its way up is its caller's alone */
    if (listen(init->registration, BACKLOG) < 0)
        _exit(1);
    (void)prctl(PR_SET_PDEATHSIG, 0);
    let_go(init);
    (void)!write(init->told, &byte, 1);
    close(init->told);
    attend(init, -1);
    _exit(0);
}

static bool is_content(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void sandbox_init(const struct sandbox_init *init)
{
    int r;

    if (!sandbox_bind(init))
        _exit(1);
    close(init->caller);
    r = sandbox_furnish(init->flags, init->user, init->report);
    if (r == 0) {
        r = run(init);
        if (r < 0)
            report_plain(init->report, -r, "cannot start a process: %s", strerror(-r));
    }
    if (r < 0)
        sandbox_tell_error(init, r);
    else if (init->registration >= 0 && is_content(init->outcome->status))
        keep(init);
    else if (init->sandbox->linger)
        linger(init);
    _exit(0);
}
