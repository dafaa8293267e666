/* SPDX-License-Identifier: MIT */
/*
 * Job: room for descriptors in the process; see descriptors.h.
 * In: how many a thread needs. Out: RLIMIT_NOFILE.
 */
#include "base/descriptors.h"

#include <pthread.h>
#include <sys/resource.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t reserved;

/* The hard limit is for those with CAP_SYS_RESOURCE to raise. */
static void raise_to(struct rlimit *limit, rlim_t need)
{
    struct rlimit raised = {need, limit->rlim_max < need ? need : limit->rlim_max};

    if (setrlimit(RLIMIT_NOFILE, &raised) < 0) {
        raised.rlim_cur = raised.rlim_max = limit->rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &raised) < 0)
            return;
    }
    *limit = raised;
}

size_t descriptors_reserve(size_t count, size_t *ret_limit)
{
    struct rlimit limit;
    size_t need;

    pthread_mutex_lock(&lock);
    need = reserved += count;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        limit.rlim_cur = need;
    else if (limit.rlim_cur < need)
        raise_to(&limit, need);
    pthread_mutex_unlock(&lock);
    *ret_limit = limit.rlim_cur;
    return need;
}

void descriptors_release(size_t count)
{
    pthread_mutex_lock(&lock);
    reserved -= count;
    pthread_mutex_unlock(&lock);
}
