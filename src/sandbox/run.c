/* SPDX-License-Identifier: MIT */
/*
 * Job: start a sandbox with a PID namespace, pass signals on to it, wait for its end.
 * In: struct netlab_sandbox. Out: how its process ended. See include/netlab/sandbox.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fork.h"
#include "base/report.h"
#include "sandbox/sandbox.h"

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
static bool is_from_terminal(const struct signalfd_siginfo *info)
{
    switch (info->ssi_signo) {
    case SIGINT:
    case SIGQUIT:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGWINCH:
        return info->ssi_code == SI_KERNEL;
    default:
        return false;
    }
}

/* What a call works with. */
struct running {
    struct sandbox_init init;
    int kept;   /* where run()'s process is to be, a pidfd, or -1: in a new sandbox */
    int told;   /* where one that stays tells that it does, or -1 */
    int status; /* of the child */
    bool stays;
};

static void handle(const struct running *running, pid_t child, const struct signalfd_siginfo *info)
{
    int number = (int)info->ssi_signo;

    if (number == SIGCHLD)
        return;
    if (is_from_terminal(info))
        ;
    else if (running->kept >= 0)
        (void)kill(child, number);
    else
        (void)sigqueue(child, sandbox_relay(), (union sigval){.sival_int = number});
    if (number == SIGTSTP || number == SIGTTIN || number == SIGTTOU)
        stop_by(number);
}

/* Until the child ends, or tells that it stays. 0, or -errno where it can't be waited for. */
static int await_end(struct running *running, pid_t child)
{
    struct pollfd fds[] = {{.events = POLLIN}, {.fd = running->told, .events = POLLIN}};
    CLEANUP_FD int signals = -1;
    sigset_t set;

    sandbox_signals(&set);
    fds[0].fd = signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        return -errno;
    for (;;) {
        struct signalfd_siginfo info;
        pid_t pid = waitpid(child, &running->status, WNOHANG);

        if (pid == child)
            return 0;
        if (pid < 0 && errno != EINTR)
            return -errno;
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[1].revents & POLLIN) {
            running->stays = true;
            return 0;
        }
        if (fds[1].revents)
            fds[1].fd = -1; /* it is about to end */
        if (fds[0].revents && read(signals, &info, sizeof info) == sizeof info)
            handle(running, child, &info);
    }
}

/* run()'s process in a sandbox that stays. */
_Noreturn static void be_guest(const struct sandbox_init *init)
{
    int status;

    if (!sandbox_bind(init))
        _exit(1);
    if (init->sandbox->foreground)
        sandbox_take_terminal(init);
    sandbox_restore_signals(init);
    status = init->sandbox->run(init->sandbox->userdata);
    fflush(NULL);
    _exit(status);
}

/*
 * Go into a sandbox that stays, and start run()'s process there. Not the caller itself: it would be
 * where /proc knows nothing of it.
 */
_Noreturn static void be_usher(struct running *running)
{
    struct sandbox_init *init = &running->init;
    pid_t pid;
    int r;

    if (!sandbox_bind(init))
        _exit(1);
    close(init->caller);
    init->caller = (int)syscall(SYS_pidfd_open, getpid(), 0);
    r = init->caller < 0
            ? report_plain(init->report, errno, "cannot watch over a process: %s", strerror(errno))
            : sandbox_join(running->kept, init->report);
    pid = r < 0 ? -1 : fork();
    if (pid == 0)
        be_guest(init);
    if (r == 0 && pid < 0)
        r = report_plain(init->report, errno, "cannot start a process: %s", strerror(errno));
    if (r == 0)
        r = await_end(running, pid);
    if (r < 0)
        sandbox_tell_error(init, r);
    init->outcome->status = running->status;
    init->outcome->ended = true;
    _exit(0);
}

/* Start it, wait for it. What it has to say is in the outcome. */
static int start_and_wait(struct running *running)
{
    struct sandbox_init *init = &running->init;
    pid_t pid;

    fflush(NULL);
    pid = running->kept >= 0 ? fork() : fork_with(init->flags, NULL);
    if (pid == 0 && running->kept >= 0)
        be_usher(running);
    if (pid == 0)
        sandbox_init(init);
    if (init->told >= 0) {
        close(init->told); /* so that we see when its other end closes */
        init->told = -1;
    }
    return pid < 0 ? sandbox_refused(init->flags, errno, init->report) : await_end(running, pid);
}

/* The terminal, if we are in its foreground. */
static int open_terminal(void)
{
    CLEANUP_FD int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    return fd >= 0 && tcgetpgrp(fd) == getpgrp() ? TAKE_FD(fd) : -1;
}

/* With all signals in our hands. */
static int run_waiting(struct running *running)
{
    struct sandbox_init *init = &running->init;
    struct sigaction child = {.sa_handler = SIG_DFL}, before;
    CLEANUP_FD int terminal = open_terminal();
    sigset_t set;
    int r;

    sandbox_signals(&set);
    sigprocmask(SIG_BLOCK, &set, &init->mask);
    sigaction(SIGCHLD, &child, &before); /* if it is ignored, there is no status */
    init->child = &before;
    init->terminal = terminal;
    r = start_and_wait(running);
    /* a shell with job control may have left it to processes that are gone */
    if (terminal >= 0 && tcgetpgrp(terminal) != getpgrp())
        (void)tcsetpgrp(terminal, getpgrp());
    sigaction(SIGCHLD, &before, NULL);
    sigprocmask(SIG_SETMASK, &init->mask, NULL);
    return r;
}

static int read_outcome(const struct running *running, int *ret_status)
{
    const struct sandbox_outcome *outcome = running->init.outcome;
    struct netlab_report *report = running->init.report;
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

static int run(struct running *running, int *ret_status)
{
    struct sandbox_init *init = &running->init;
    CLEANUP_FD int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    int r;

    if (self < 0)
        return report_plain(init->report, errno, "cannot watch over a sandbox: %s",
                            strerror(errno));
    init->caller = self;
    init->user = (struct sandbox_user){geteuid(), getegid()};
    init->flags = sandbox_flags() | CLONE_NEWPID;
    init->outcome = mmap(NULL, sizeof *init->outcome, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (init->outcome == MAP_FAILED)
        return report_oom(init->report);
    r = run_waiting(running);
    if (r == 0)
        r = read_outcome(running, ret_status);
    munmap(init->outcome, sizeof *init->outcome);
    return r;
}

static struct running new_running(const struct netlab_sandbox *sandbox,
                                  struct netlab_report *report)
{
    return (struct running){
        .init = {.sandbox = sandbox, .report = report, .registration = -1, .told = -1},
        .kept = -1,
        .told = -1};
}

int netlab_sandbox_run(const struct netlab_sandbox *sandbox, int *ret_status,
                       struct netlab_report *report)
{
    struct running running = new_running(sandbox, report);
    int r = sandbox->lab ? netlab_sandbox_check(sandbox->lab, report) : 0;

    return r < 0 ? r : run(&running, ret_status);
}

int netlab_sandbox_keep(const struct netlab_sandbox *sandbox, int *ret_status,
                        struct netlab_report *report)
{
    struct running running = new_running(sandbox, report);
    int r = netlab_sandbox_check(sandbox->lab, report), ends[2];
    CLEANUP_FD int registration = -1;

    if (r < 0)
        return r;
    registration = sandbox_register(netlab_lab_name(sandbox->lab), sandbox->lock_timeout, report);
    if (registration < 0)
        return registration;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return report_plain(report, errno, "cannot watch over a sandbox: %s", strerror(errno));
    running.init.registration = registration;
    running.told = ends[0];
    running.init.told = ends[1];
    r = run(&running, ret_status);
    close(ends[0]);
    if (running.init.told >= 0)
        close(running.init.told);
    return r;
}

int netlab_sandbox_join(int place, const struct netlab_sandbox *sandbox, int *ret_status,
                        struct netlab_report *report)
{
    struct running running = new_running(sandbox, report);

    running.kept = place;
    return run(&running, ret_status);
}
