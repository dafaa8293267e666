/* SPDX-License-Identifier: MIT */
/*
 * Job: get the bytes of a file or of standard input.
 * In: a path. Out: memory, or why there is none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "parse/parse.h"

enum {
    READ_FIRST = 64 * 1024,
};

/* Read to the end, or until there is more than a topology may have. 0 or a negative errno. */
static int read_all(int fd, char **ret_text, size_t *ret_size)
{
    CLEANUP_FREE char *text = NULL;
    size_t size = 0, room = 0;

    for (;;) {
        ssize_t count;

        if (size == room) {
            char *bigger;

            room = room ? room * 2 : READ_FIRST;
            bigger = realloc(text, room);
            if (!bigger)
                return -ENOMEM;
            text = bigger;
        }
        count = read(fd, text + size, room - size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        if (count == 0)
            break;
        size += (size_t)count;
        if (size > PARSE_SIZE_MAX)
            return -EFBIG;
    }
    *ret_text = TAKE(text);
    *ret_size = size;
    return 0;
}

static int read_path(const char *path, char **ret_text, size_t *ret_size)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd < 0 ? -errno : read_all(fd, ret_text, ret_size);
}

int parse_read(const char *path, char **ret_text, size_t *ret_size, struct netlab_report *report)
{
    bool is_stdin = strcmp(path, "-") == 0;
    const char *what = is_stdin ? "standard input" : path;
    int err =
        is_stdin ? read_all(STDIN_FILENO, ret_text, ret_size) : read_path(path, ret_text, ret_size);

    if (err == -ENOMEM)
        return report_oom(report);
    if (err == -EFBIG)
        return report_plain(report, EFBIG, "%s is larger than %d MiB", what,
                            PARSE_SIZE_MAX / 1024 / 1024);
    if (err < 0)
        return report_plain(report, -err, "cannot read %s: %s", what, strerror(-err));
    return 0;
}
