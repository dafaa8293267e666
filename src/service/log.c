/* SPDX-License-Identifier: MIT */
/*
 * Job: what a service writes, kept within bounds.
 * In: a pipe. Out: a log, of which the last SERVICE_LOG_KEPT bytes are kept.
 *
 * What is older becomes a hole in the file: places in it stay what they were, for those who are
 * reading, and the file takes no more memory than what is kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/internal.h"

enum {
    CHUNK = 64 * 1024,   /* also what holes are multiples of: of pages of every size */
    SLACK = 1024 * 1024, /* more than is kept, so that it is not cut each time */
};

static void forget(int log)
{
    struct stat info;
    off_t start = lseek(log, 0, SEEK_DATA), cut;

    if (start < 0 || fstat(log, &info) < 0 || info.st_size - start <= SERVICE_LOG_KEPT + SLACK)
        return;
    cut = (info.st_size - SERVICE_LOG_KEPT) / CHUNK * CHUNK;
    if (fallocate(log, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, cut) < 0)
        (void)!ftruncate(log, 0); /* files can't have holes there */
}

ssize_t log_take(int output, int log)
{
    char bytes[CHUNK];
    ssize_t got = read(output, bytes, sizeof bytes), put;

    if (got <= 0)
        return got < 0 ? -errno : 0;
    /* where there is no room the service is not to suffer from it: that is lost */
    for (ssize_t at = 0; at < got; at += put) {
        put = write(log, bytes + at, (size_t)(got - at));
        if (put <= 0)
            break;
    }
    forget(log);
    return got;
}
