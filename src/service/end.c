/* SPDX-License-Identifier: MIT */
/*
 * Job: end services.
 * In: their directories. Out: nothing is left of them.
 *
 * An init is asked over its socket, and its connection ends when all that it had has ended. One
 * that does not answer (it may be stopped, and others may have asked in vain) is killed, by a
 * pidfd: the kernel tells whose lock it is that says it is alive.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "service/internal.h"

enum { PATIENCE = 2 * SERVICE_GRACE };

/* An init that is to end. */
struct dying {
    bool alive;
    int connection; /* -1: it does not take any */
    int process;    /* a pidfd; -1: it is in a PID namespace that we do not see */
};

static void let_go(struct dying *dying)
{
    if (dying->connection >= 0)
        close(dying->connection);
    if (dying->process >= 0)
        close(dying->process);
}

int process_open(int directory)
{
    pid_t pid = registry_init(directory);
    CLEANUP_FD int process = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;

    /* numbers are used again */
    return pid > 0 && registry_init(directory) == pid ? TAKE_FD(process) : -1;
}

static struct dying ask(int directory)
{
    const char command = SERVICE_END;
    struct dying dying = {.connection = -1, .process = process_open(directory)};

    dying.alive = registry_init(directory) >= 0;
    if (!dying.alive)
        return dying;
    dying.connection = registry_connect(directory);
    if (dying.connection >= 0)
        (void)send(dying.connection, &command, 1, MSG_NOSIGNAL);
    return dying;
}

/* 1: it happened; 0: the time is over. Or -errno. */
static int wait_for(int descriptor, int patience)
{
    int64_t end = clock_ms() + patience, left;
    struct pollfd fd = {.fd = descriptor, .events = POLLIN};

    while ((left = end - clock_ms()) > 0) {
        int r = poll(&fd, 1, (int)left);

        if (r > 0 || (r < 0 && errno != EINTR))
            return r > 0 ? 1 : -errno;
    }
    return 0;
}

/* Until it has ended. 0 or -errno. */
static int await(const struct dying *dying)
{
    int r;

    if (!dying->alive)
        return 0;
    r = dying->connection < 0 ? 0 : wait_for(dying->connection, PATIENCE);
    if (r < 0 || dying->process < 0)
        return r == 0 ? -ETIME : r < 0 ? r : 0;
    if (r == 0 && syscall(SYS_pidfd_send_signal, dying->process, SIGKILL, NULL, 0) < 0 &&
        errno != ESRCH)
        return -errno;
    r = wait_for(dying->process, PATIENCE);
    return r == 0 ? -ETIME : r < 0 ? r : 0;
}

int process_end(int directory)
{
    struct dying dying = ask(directory);
    int r = await(&dying);

    let_go(&dying);
    return r;
}

int service_end(const char *directory, const char *netns, const char *name)
{
    CLEANUP_FD int own = registry_open(directory, netns, name);
    char entry[REGISTRY_ENTRY];
    int r = own < 0 ? 0 : process_end(own);

    return r < 0 ? r : registry_forget(directory, registry_entry(entry, netns, name));
}

/* Those that are asked, then waited for: they end at the same time. */
struct ending {
    const char *directory;
    struct dying *dying;
    size_t count;
};

static int ask_one(const struct service_record *record, void *userdata)
{
    struct ending *ending = userdata;
    struct dying *more = realloc(ending->dying, (ending->count + 1) * sizeof *more);
    CLEANUP_FD int own = -1;

    if (!more)
        return -ENOMEM;
    ending->dying = more;
    own = registry_open(ending->directory, record->netns, record->name);
    more[ending->count++] = own < 0 ? (struct dying){false, -1, -1} : ask(own);
    return 0;
}

static int forget_one(const struct service_record *record, void *userdata)
{
    const struct ending *ending = userdata;
    char entry[REGISTRY_ENTRY];

    return registry_forget(ending->directory, registry_entry(entry, record->netns, record->name));
}

int service_end_all(const char *directory)
{
    struct ending ending = {.directory = directory};
    int r = service_each(directory, ask_one, &ending);

    for (size_t i = 0; i < ending.count; i++) {
        int one = await(&ending.dying[i]);

        let_go(&ending.dying[i]);
        r = r < 0 ? r : one;
    }
    free(ending.dying);
    return r < 0 ? r : service_each(directory, forget_one, &ending);
}
