/* SPDX-License-Identifier: MIT */
/*
 * Job: lock a directory, and wait for whoever has it.
 * In: a path, until when. Out: a descriptor of the directory: closing it lets go of the lock.
 *
 * The directory is the lock: a lock file could be deleted while somebody waits for it, and two
 * would hold "the" lock. After locking, the path must still lead to what was locked.
 *
 * flock() waits for ever or not at all, so who waits watches for the directory being closed. Each
 * keeps its descriptor open between tries: a close of theirs would wake all the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "state/internal.h"

enum {
    PAUSE_MS = 100, /* at most, between tries: an event may be missed, or inotify be used up */
    GRACE_MS = 10 * 1000, /* for those who only look, which is no work to be refused for */
};

bool lock_is_there(int fd, const char *path)
{
    struct stat locked, there;

    return fstat(fd, &locked) == 0 && lstat(path, &there) == 0 && locked.st_dev == there.st_dev &&
           locked.st_ino == there.st_ino;
}

/* 0; -EBUSY; -EAGAIN: nobody is at work on it, somebody looks; … */
static int try_lock(int fd, bool look)
{
    if (flock(fd, (look ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return -errno;
    if (look)
        return -EBUSY;
    if (flock(fd, LOCK_SH | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? -EBUSY : -errno;
    flock(fd, LOCK_UN);
    return -EAGAIN;
}

static int watch(const char *path)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    if (fd >= 0)
        (void)inotify_add_watch(fd, path, IN_CLOSE_NOWRITE | IN_DELETE_SELF | IN_ONLYDIR);
    return fd;
}

/* Whether something happened, and not just time went by. */
static bool pause_watching(int events, int64_t milliseconds)
{
    struct pollfd pollfd = {.fd = events, .events = POLLIN};
    char bytes[4096];

    if (poll(&pollfd, 1, (int)milliseconds) <= 0)
        return false;
    while (read(events, bytes, sizeof bytes) > 0)
        ;
    return true;
}

static int lock_until(int fd, const char *path, const struct lock_wait *wait)
{
    CLEANUP_FD int events = -1;
    int64_t pause = 0;
    int r;

    while ((r = try_lock(fd, wait->look)) == -EBUSY || r == -EAGAIN) {
        int64_t left = wait->until + (r == -EAGAIN ? GRACE_MS : 0) - clock_ms();

        if (left <= 0)
            return -EBUSY;
        if (wait->cancel && *wait->cancel)
            return -ECANCELED;
        if (!lock_is_there(fd, path))
            return -ESTALE;
        if (pause == 0)
            events = watch(path);
        /* the event comes shortly before the lock is let go: __fput() in fs/file_table.c */
        pause = pause == 0 ? 1 : 2 * pause < PAUSE_MS ? 2 * pause : PAUSE_MS;
        if (pause_watching(events, pause < left ? pause : left))
            pause = 1;
    }
    return r;
}

static int lock_whenever(int fd)
{
    while (flock(fd, LOCK_EX) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

/* Lock what is there now. -ESTALE: it is not there any more. */
static int lock_once(const char *path, const struct lock_wait *wait)
{
    CLEANUP_FD int fd = open(path, DIRECTORY);
    int r;

    if (fd < 0)
        return -errno;
    r = wait ? lock_until(fd, path, wait) : lock_whenever(fd);
    if (r == 0 && !lock_is_there(fd, path))
        r = -ESTALE;
    return r < 0 ? r : TAKE_FD(fd);
}

int lock_directory(const char *path, bool create, const struct lock_wait *wait)
{
    for (;;) {
        bool made = create && mkdir(path, 0755) == 0;
        int fd;

        if (create && !made && errno != EEXIST)
            return -errno;
        fd = lock_once(path, wait);
        if (fd == -ESTALE || (fd == -ENOENT && create))
            continue; /* another netlab's `down` has just removed it */
        if (fd < 0 && made && fd != -EBUSY && fd != -ECANCELED)
            (void)rmdir(path);
        return fd;
    }
}
