/* SPDX-License-Identifier: MIT */
/*
 * Job: room for descriptors in the process; see descriptors.h.
 * In: how many a thread needs. Out: RLIMIT_NOFILE.
 */
#include "base/descriptors.h"

#include <pthread.h>
#include <sys/resource.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t reserved, lent;

/* What the limit is then. The hard one is for those with CAP_SYS_RESOURCE to raise. */
static size_t raise_to(rlim_t need)
{
    struct rlimit limit, raised;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return need;
    if (limit.rlim_cur >= need)
        return limit.rlim_cur;
    raised = (struct rlimit){need, limit.rlim_max < need ? need : limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
        return raised.rlim_cur;
    raised.rlim_cur = raised.rlim_max = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

size_t descriptors_reserve(size_t count, size_t *ret_limit)
{
    size_t need;

    pthread_mutex_lock(&lock);
    need = reserved += count;
    *ret_limit = raise_to(reserved + lent);
    pthread_mutex_unlock(&lock);
    return need;
}

void descriptors_release(size_t count)
{
    pthread_mutex_lock(&lock);
    reserved -= count;
    pthread_mutex_unlock(&lock);
}

size_t descriptors_lend(size_t count)
{
    size_t used, limit;

    pthread_mutex_lock(&lock);
    used = reserved + lent;
    limit = raise_to(used + count);
    if (limit < used + count)
        count = limit > used ? limit - used : 0;
    lent += count;
    pthread_mutex_unlock(&lock);
    return count;
}

void descriptors_return(size_t count)
{
    pthread_mutex_lock(&lock);
    lent -= count;
    pthread_mutex_unlock(&lock);
}
