/* SPDX-License-Identifier: MIT */
/*
 * Job: processes that were spawned: which lab each is of, wait for their end, end them.
 * In: pidfds. Out: how they ended. See include/netlab/fixture.h.
 *
 * A process is only ever signalled by a pidfd: its number may be somebody else's by then.
 */
#include "enter/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netlab/fixture.h>

#include "base/clock.h"
#include "base/fork.h"
#include "base/report.h"
#include "state/state.h"

enum { KILL_TIME = 10000 }; /* milliseconds that the kernel has to end what was killed */

/* One that has not been waited for, as far as we know. The lab is told by its directory: there may
   be another of that name in a sandbox. */
struct child {
    struct child *next;
    dev_t device;
    ino_t inode;
    pid_t pid;
    int process; /* a pidfd of our own */
};

static struct child *children;

/* Only ever held for a moment, and not while somebody forks: in the forked process the thread that
   has it would not be there to let it go. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t guarded = PTHREAD_ONCE_INIT;

static void hold_for_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void let_go(void)
{
    pthread_mutex_unlock(&lock);
}

static void guard_forks(void)
{
    (void)pthread_atfork(hold_for_fork, let_go, let_go);
}

static void hold(void)
{
    pthread_once(&guarded, guard_forks);
    pthread_mutex_lock(&lock);
}

static bool has_ended(int process, int timeout)
{
    struct pollfd end = {.fd = process, .events = POLLIN};

    return poll(&end, 1, timeout) > 0;
}

static void drop(struct child *child)
{
    close(child->process);
    free(child);
}

/* Drop those that have ended, and the one with that number. Under the lock. */
static void sweep(pid_t pid)
{
    for (struct child **at = &children; *at;) {
        struct child *child = *at;

        if (child->pid != pid && !has_ended(child->process, 0)) {
            at = &child->next;
            continue;
        }
        *at = child->next;
        drop(child);
    }
}

int process_note(const char *lab, int process, pid_t pid)
{
    char path[STATE_PATH_SIZE];
    struct child *child;
    struct stat info;

    snprintf(path, sizeof path, "%s/%s", STATE_DIR, lab);
    if (stat(path, &info) < 0)
        return -errno;
    child = malloc(sizeof *child);
    if (!child)
        return -ENOMEM;
    *child = (struct child){.device = info.st_dev,
                            .inode = info.st_ino,
                            .pid = pid,
                            .process = fcntl(process, F_DUPFD_CLOEXEC, 0)};
    if (child->process < 0) {
        free(child);
        return -errno;
    }
    hold();
    sweep(0);
    child->next = children;
    children = child;
    let_go();
    return 0;
}

static bool is_of(const struct child *child, const struct stat *directory)
{
    return child->device == directory->st_dev && child->inode == directory->st_ino;
}

static int send_signal(int process, int number)
{
    return syscall(SYS_pidfd_send_signal, process, number, NULL, 0) < 0 ? -errno : 0;
}

/* Take those of a lab off the list. */
static struct child *take_all(const struct stat *directory)
{
    struct child *taken = NULL;

    hold();
    for (struct child **at = &children; *at;) {
        struct child *child = *at;

        if (!is_of(child, directory)) {
            at = &child->next;
            continue;
        }
        *at = child->next;
        child->next = taken;
        taken = child;
    }
    let_go();
    return taken;
}

void process_end_all(int directory, struct netlab_report *report)
{
    int64_t end = clock_ms() + KILL_TIME;
    struct child *all, *next;
    struct stat info;

    if (fstat(directory, &info) < 0)
        return;
    all = take_all(&info);
    for (const struct child *child = all; child; child = child->next)
        (void)send_signal(child->process, SIGKILL); /* it is tried: it may be another user's */
    for (struct child *child = all; child; child = next) {
        int64_t left = end - clock_ms();

        next = child->next;
        if (!has_ended(child->process, left > 0 ? (int)left : 0))
            report_warning(report, NULL, (struct mark){0},
                           "process %d was killed with its lab, but has not ended yet",
                           (int)child->pid);
        drop(child);
    }
}

static void forget(pid_t pid)
{
    hold();
    sweep(pid);
    let_go();
}

static int status_of(const siginfo_t *info)
{
    if (info->si_code == CLD_EXITED)
        return (info->si_status & 0xff) << 8;
    return info->si_status | (info->si_code == CLD_DUMPED ? 0x80 : 0);
}

int netlab_process_wait(int process, int timeout, int *ret_status)
{
    int64_t end = clock_ms() + timeout, left = timeout;
    siginfo_t info = {.si_pid = 0};
    int r;

    while (!has_ended(process, (int)left)) {
        if (timeout < 0)
            continue;
        left = end - clock_ms();
        if (left <= 0)
            return -ETIMEDOUT;
    }
    do
        r = waitid((idtype_t)P_PIDFD, (id_t)process, &info, WEXITED);
    while (r < 0 && errno == EINTR);
    if (r < 0)
        return -errno;
    forget(info.si_pid);
    if (ret_status)
        *ret_status = status_of(&info);
    return 0;
}

int netlab_process_end(int process, unsigned grace, int *ret_status)
{
    int r = grace ? send_signal(process, SIGTERM) : 0;

    if (grace && (r == 0 || r == -ESRCH)) {
        r = netlab_process_wait(process, (int)grace, ret_status);
        if (r != -ETIMEDOUT) {
            close(process);
            return r;
        }
    }
    r = send_signal(process, SIGKILL);
    if (r == 0 || r == -ESRCH)
        r = netlab_process_wait(process, -1, ret_status);
    close(process);
    return r;
}
