/* SPDX-License-Identifier: MIT */
/*
 * Job: the life of a service's first process: it reaps, and ends all when it is asked to.
 * In: a PID namespace, a socket that listens, what the service writes. Out: its log; how the
 * service ended.
 *
 * A service that ends well may leave others behind (daemons do), and lives until the last of them
 * has ended. One that fails takes all with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "service/internal.h"

enum {
    CALLERS = 16,
    LAST_CHUNKS = 64, /* more than a pipe can hold */
};

/* What is going on. */
struct course {
    const struct life *life;
    int signals;
    int output;           /* what it writes, or -1: nobody can any more */
    int callers[CALLERS]; /* those who are connected, or -1 */
    bool ended;           /* the service itself, with this status */
    int status;
    bool alone;       /* nobody is left */
    bool asked;       /* to end */
    int64_t deadline; /* 0: none; else all are to end, and are made to then */
};

/* In a PID namespace -1 are all in it but ourselves. */
static void end_all(struct course *course)
{
    if (course->deadline)
        return;
    course->deadline = clock_ms() + SERVICE_GRACE;
    (void)kill(-1, SIGTERM);
    (void)kill(-1, SIGCONT);
}

static void reap(struct course *course)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == course->life->child) {
            course->ended = true;
            course->status = status;
        }
    course->alone = pid < 0 && errno == ECHILD;
    if (course->ended && course->status != 0)
        end_all(course);
}

static void accept_caller(struct course *course)
{
    int caller = accept4(course->life->control, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    for (size_t i = 0; caller >= 0 && i < CALLERS; i++)
        if (course->callers[i] < 0) {
            course->callers[i] = caller;
            return;
        }
    if (caller >= 0)
        close(caller);
}

static void hear(struct course *course, int *caller)
{
    char command = 0;
    ssize_t got = recv(*caller, &command, 1, 0);

    if (got < 0 && errno == EAGAIN)
        return;
    if (got == 1 && command == SERVICE_END) {
        course->asked = true;
        end_all(course);
        return; /* the connection ends when all of it has */
    }
    close(*caller);
    *caller = -1;
}

/* Until something happens, or the time is over. */
static void await(struct course *course)
{
    struct pollfd fds[CALLERS + 3];
    int64_t left = course->deadline - clock_ms();
    struct signalfd_siginfo info;

    for (size_t i = 0; i < CALLERS; i++)
        fds[i] = (struct pollfd){.fd = course->callers[i], .events = POLLIN};
    fds[CALLERS] = (struct pollfd){.fd = course->life->control, .events = POLLIN};
    fds[CALLERS + 1] = (struct pollfd){.fd = course->signals, .events = POLLIN};
    fds[CALLERS + 2] = (struct pollfd){.fd = course->output, .events = POLLIN};
    if (poll(fds, CALLERS + 3, !course->deadline ? -1 : left > 0 ? (int)left : 0) < 0)
        return;
    while (read(course->signals, &info, sizeof info) == sizeof info)
        if (info.ssi_signo == SIGTERM)
            end_all(course);
    for (size_t i = 0; i < CALLERS; i++)
        if (fds[i].fd >= 0 && fds[i].revents)
            hear(course, &course->callers[i]);
    if (fds[CALLERS].revents)
        accept_caller(course);
    if (fds[CALLERS + 2].revents && log_take(course->output, course->life->log) == 0)
        course->output = -1;
}

static void note_end(const struct course *course)
{
    int status = course->status;
    char text[32];
    int fd =
        openat(course->life->directory, "exit", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int size = snprintf(text, sizeof text, "%d\n", status);

    if (fd >= 0)
        (void)!write(fd, text, (size_t)size);
}

_Noreturn void init_live(const struct life *life)
{
    struct course course = {.life = life, .output = life->output};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    course.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    for (size_t i = 0; i < CALLERS; i++)
        course.callers[i] = -1;
    if (course.signals < 0)
        _exit(1);
    for (reap(&course); !course.alone; reap(&course)) {
        await(&course);
        if (course.deadline && clock_ms() >= course.deadline)
            (void)kill(-1, SIGKILL);
    }
    for (int i = 0; i < LAST_CHUNKS && log_take(life->output, life->log) > 0; i++)
        continue;
    if (!course.asked)
        note_end(&course);
    _exit(0);
}
