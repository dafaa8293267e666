/* SPDX-License-Identifier: MIT */
/*
 * Job: what services wrote. See include/netlab/service.h.
 * In: the logs in the registry. Out: lines.
 */
#include <netlab/service.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "enter/enter.h"
#include "service/service.h"
#include "state/state.h"

enum {
    CHUNK = 64 * 1024,
    LOOK_TIME = 100, /* milliseconds between looks at those who cancel */
};

/* One log. */
struct log {
    char name[LAB_NAME_MAX + 1];
    int fd;
    off_t at;
    bool torn; /* `at` is within a line whose beginning is gone */
};

struct reader {
    const struct netlab_logs *logs;
    struct netlab_report *report;
    char directory[STATE_PATH_SIZE];
    struct log *items;
    size_t count;
    int watch;
};

/*
 * The next bytes of a log. What it has forgotten is a hole, which may grow as it is read; what
 * comes behind it begins within a line. 0: there are no more, for now; or -errno.
 */
static ssize_t read_next(struct log *log, char bytes[CHUNK])
{
    struct stat info;
    ssize_t got;

    if (fstat(log->fd, &info) == 0 && info.st_size < log->at)
        log->at = 0; /* where files can't have holes, it begins anew */
    do {
        off_t start = lseek(log->fd, log->at, SEEK_DATA);

        if (start < 0)
            return errno == ENXIO ? 0 : -errno;
        log->torn |= start > log->at;
        log->at = start;
        got = pread(log->fd, bytes, CHUNK, start);
        if (got < 0)
            return -errno;
    } while (got > 0 && lseek(log->fd, log->at, SEEK_DATA) != log->at);
    return got;
}

/* Skip what is left of a line whose beginning is gone. Returns how much that is. */
static size_t mend(struct log *log, const char *bytes, size_t size)
{
    const char *end = log->torn ? memchr(bytes, '\n', size) : NULL;

    if (!log->torn)
        return 0;
    log->torn = !end;
    return end ? (size_t)(end - bytes) + 1 : size;
}

/* Up to the last line's end, or (all) to the end. 0, what found() returned, or -errno. */
static int read_on(const struct reader *reader, struct log *log, bool all)
{
    CLEANUP_FREE char *bytes = malloc(CHUNK);
    ssize_t got = 0;
    int r = 0;

    if (!bytes)
        return report_oom(reader->report);
    while (r == 0 && (got = read_next(log, bytes)) > 0) {
        size_t skipped = mend(log, bytes, (size_t)got);
        const char *end = memrchr(bytes, '\n', (size_t)got);
        size_t size = end && !all ? (size_t)(end - bytes) + 1 : (size_t)got;

        if (!end && !all && got < CHUNK && !skipped)
            break;
        if (size > skipped)
            r = reader->logs->found(log->name, bytes + skipped, size - skipped,
                                    reader->logs->userdata);
        log->at += (off_t)(size > skipped ? size : skipped);
    }
    return got < 0
               ? report_plain(reader->report, (int)-got, "cannot read the log of service %s: %s",
                              log->name, strerror((int)-got))
               : r;
}

static int open_log(const struct service_record *record, void *userdata)
{
    struct reader *reader = userdata;
    const struct netlab_logs *logs = reader->logs;
    struct log *more, *log;
    int fd;

    if (strcmp(record->netns, logs->ns) != 0 ||
        (logs->service && strcmp(record->name, logs->service) != 0))
        return 0;
    more = realloc(reader->items, (reader->count + 1) * sizeof *more);
    if (!more)
        return report_oom(reader->report);
    reader->items = more;
    fd = service_log(reader->directory, record->netns, record->name);
    if (fd == -ENOENT)
        return 0; /* it has just gone, or is just being started */
    if (fd < 0)
        return report_plain(reader->report, -fd, "cannot read the log of service %s: %s",
                            record->name, strerror(-fd));
    log = &reader->items[reader->count++];
    *log = (struct log){.fd = fd};
    snprintf(log->name, sizeof log->name, "%s", record->name);
    return 0;
}

static int no_service(const struct reader *reader, const char *lab)
{
    const struct netlab_logs *logs = reader->logs;

    if (logs->service)
        return report_plain(reader->report, ENOENT, "namespace %s of lab %s has no service %s",
                            logs->ns, lab, logs->service);
    return report_plain(reader->report, ENOENT, "namespace %s of lab %s has no services", logs->ns,
                        lab);
}

/* Told when any of them is written to, or removed. */
static int watch(struct reader *reader)
{
    reader->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    for (size_t i = 0; reader->watch >= 0 && i < reader->count; i++) {
        char path[64];

        snprintf(path, sizeof path, "/proc/self/fd/%d", reader->items[i].fd);
        if (inotify_add_watch(reader->watch, path, IN_MODIFY | IN_ATTRIB) < 0)
            return -errno;
    }
    return reader->watch < 0 ? -errno : 0;
}

/* Whether the lab still has one of them. */
static bool any_is_left(const struct reader *reader)
{
    for (size_t i = 0; i < reader->count; i++) {
        struct stat info;

        if (fstat(reader->items[i].fd, &info) == 0 && info.st_nlink)
            return true;
    }
    return false;
}

static int follow(struct reader *reader)
{
    const volatile sig_atomic_t *cancel = reader->logs->cancel;
    struct pollfd fd = {.fd = reader->watch, .events = POLLIN};
    bool left = true;
    int r = 0;

    while (r == 0 && left) {
        char events[4096];

        left = any_is_left(reader); /* what came before that is read */
        for (size_t i = 0; r == 0 && i < reader->count; i++)
            r = read_on(reader, &reader->items[i], !left);
        if (r == 0 && cancel && *cancel)
            return report_plain(reader->report, ECANCELED, "interrupted");
        if (r == 0 && left)
            (void)poll(&fd, 1, cancel ? LOOK_TIME : -1);
        while (read(reader->watch, events, sizeof events) > 0)
            continue;
    }
    return r;
}

static int read_all(struct reader *reader)
{
    int r = reader->logs->follow ? watch(reader) : 0;

    if (r < 0)
        return report_plain(reader->report, -r, "cannot watch the logs: %s", strerror(-r));
    for (size_t i = 0; r == 0 && i < reader->count; i++)
        r = read_on(reader, &reader->items[i], !reader->logs->follow);
    return r == 0 && reader->logs->follow ? follow(reader) : r;
}

int netlab_logs(const struct netlab_logs *logs, struct netlab_report *report)
{
    struct reader reader = {.logs = logs, .report = report, .watch = -1};
    struct target target = {.host = false};
    int r = target_find(logs->lab, logs->ns, &target, report);

    if (r == 0 && !*target.lab)
        r = report_plain(report, ENOTUNIQ, "several labs are up: say which, LAB:%s", logs->ns);
    if (r < 0)
        return r;
    snprintf(reader.directory, sizeof reader.directory, "%s/%s/%s", STATE_DIR, target.lab,
             SERVICES_DIR);
    r = service_each(reader.directory, open_log, &reader);
    if (r == 0 && !reader.count)
        r = no_service(&reader, target.lab);
    if (r == 0)
        r = read_all(&reader);
    for (size_t i = 0; i < reader.count; i++)
        close(reader.items[i].fd);
    if (reader.watch >= 0)
        close(reader.watch);
    free(reader.items);
    return r;
}
