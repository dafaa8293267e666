/* SPDX-License-Identifier: MIT */
/*
 * Job: room for descriptors in the process; see descriptors.h.
 * In: how many a thread needs. Out: RLIMIT_NOFILE.
 */
#include "base/descriptors.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t reserved, lent;
static struct rlimit before; /* while there are any of these */

static void note_limit(void)
{
    if (reserved + lent == 0)
        (void)getrlimit(RLIMIT_NOFILE, &before);
}

static void put_back_limit(void)
{
    if (reserved + lent == 0)
        (void)setrlimit(RLIMIT_NOFILE, &before);
}

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
    note_limit();
    need = reserved += count;
    *ret_limit = raise_to(reserved + lent);
    pthread_mutex_unlock(&lock);
    return need;
}

size_t descriptors_lend(size_t count)
{
    size_t used, limit;

    pthread_mutex_lock(&lock);
    note_limit();
    used = reserved + lent;
    limit = raise_to(used + count);
    if (limit < used + count)
        count = limit > used ? limit - used : 0;
    lent += count;
    pthread_mutex_unlock(&lock);
    return count;
}

void descriptors_release(size_t count)
{
    pthread_mutex_lock(&lock);
    reserved -= count;
    if (count)
        put_back_limit();
    pthread_mutex_unlock(&lock);
}

void descriptors_return(size_t count)
{
    pthread_mutex_lock(&lock);
    lent -= count;
    if (count)
        put_back_limit();
    pthread_mutex_unlock(&lock);
}

struct rlimit descriptors_limit(void)
{
    struct rlimit limit;

    pthread_mutex_lock(&lock);
    limit = before;
    if (reserved + lent == 0)
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    pthread_mutex_unlock(&lock);
    return limit;
}
