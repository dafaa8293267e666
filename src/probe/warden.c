/* SPDX-License-Identifier: MIT */
/*
 * Job: the process between netlab and a command: it ends all that the command has started.
 * In: what to run. Out: the command's exit status, as its own.
 *
 * netlab ── fork ──► warden ── fork ──► the command ──► …
 *
 * What the command leaves becomes the warden's child (PR_SET_CHILD_SUBREAPER), whatever session it
 * has gone to; so only children that were not waited for are killed, whose numbers are nobody
 * else's. It is forked off a program that may have threads: it takes no memory and no lock.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "probe/internal.h"

/* Where the kernel lists the children of a process that has one thread. */
#define CHILDREN "/proc/thread-self/children"

enum {
    LIST_SIZE = 4096,
    STATUS_NONE = 125, /* it could not be run at all */
};

/* Kill those that have not ended. How many could be killed. */
static unsigned kill_children(void)
{
    CLEANUP_FD int fd = open(CHILDREN, O_RDONLY | O_CLOEXEC);
    unsigned killed = 0, number = 0;
    char list[LIST_SIZE];
    ssize_t size = fd < 0 ? -1 : read(fd, list, sizeof list);

    /* of one that is cut off at the end it is not known; it is seen the next time */
    for (ssize_t i = 0; i < size; i++) {
        if (isdigit((unsigned char)list[i])) {
            number = number * 10 + (unsigned)(list[i] - '0');
            continue;
        }
        killed += number && kill((pid_t)number, SIGKILL) == 0;
        number = 0;
    }
    return killed;
}

/* Children that are killed leave theirs, so until there are none. */
static void kill_all(void)
{
    while (kill_children() && waitpid(-1, NULL, 0) > 0)
        continue;
}

/* Wait for those that have ended, but for the command. Whether that has. */
static bool has_ended(pid_t command)
{
    for (;;) {
        siginfo_t info = {.si_pid = 0};

        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
            return false;
        if (info.si_pid == command)
            return true;
        (void)waitpid(info.si_pid, NULL, 0);
    }
}

/* Until the command has ended, or netlab lets go: it has no more time, or is dead. */
static void watch_over(pid_t command, int netlab, int signals)
{
    struct pollfd fds[] = {{.fd = netlab, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    struct signalfd_siginfo info;

    while (!has_ended(command)) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents)
            return;
        (void)!read(signals, &info, sizeof info);
    }
}

_Noreturn static void become(const struct warden *warden, pid_t parent)
{
    const struct probe_request *request = warden->request;
    sigset_t none;
    int error;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(STATUS_NONE);
    (void)setpgid(0, 0);
    for (int i = 1; i < NSIG; i++)
        (void)signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setrlimit(RLIMIT_NOFILE, &warden->files);
    if (dup2(warden->in, STDIN_FILENO) < 0 || dup2(warden->out, STDOUT_FILENO) < 0 ||
        dup2(warden->err, STDERR_FILENO) < 0 || request->enter(&warden->way) < 0)
        _exit(STATUS_NONE);
    execvpe(warden->words[0], (char *const *)warden->words, warden->way.environment);
    error = errno;
    dprintf(STDERR_FILENO, "%s: %s\n", warden->words[0], strerror(error));
    _exit(error == ENOENT ? 127 : 126);
}

_Noreturn void warden_run(const struct warden *warden)
{
    pid_t self = getpid(), command;
    int signals, status = 0;
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    (void)signal(SIGCHLD, SIG_DFL);
    (void)setpgid(0, 0); /* what the terminal sends is for netlab */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigemptyset(&all);
    sigaddset(&all, SIGCHLD);
    signals = signalfd(-1, &all, SFD_CLOEXEC);
    command = signals < 0 ? -1 : fork();
    if (command == 0)
        become(warden, self);
    if (command < 0)
        _exit(STATUS_NONE);
    (void)setpgid(command, command);
    close(warden->out); /* their end is seen when those who write have ended */
    close(warden->err);
    watch_over(command, warden->netlab, signals);
    /* its group, for where /proc shows nothing of us; it has not been waited for, so it is its */
    (void)kill(-command, SIGKILL);
    (void)kill(command, SIGKILL);
    while (waitpid(command, &status, 0) < 0 && errno == EINTR)
        continue;
    kill_all();
    _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}
