/* SPDX-License-Identifier: MIT */
/*
 * Job: RLIMIT_NOFILE, raised by those who need more, put back by the last of them.
 * In: how many. Out: the process's limit.
 */
#include "base/descriptors.h"

#include <pthread.h>

static struct {
    pthread_mutex_t lock;
    unsigned users;
    struct rlimit before; /* while there are users */
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

rlim_t descriptors_reserve(rlim_t need)
{
    struct rlimit limit, raised;

    pthread_mutex_lock(&state.lock);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    if (!state.users++)
        state.before = limit;
    raised = limit;
    if (raised.rlim_cur < need)
        raised.rlim_cur = need;
    if (raised.rlim_max < need)
        raised.rlim_max = need;
    if (raised.rlim_cur != limit.rlim_cur && setrlimit(RLIMIT_NOFILE, &raised) < 0) {
        raised.rlim_cur = raised.rlim_max = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &raised) < 0)
            raised = limit;
    }
    pthread_mutex_unlock(&state.lock);
    return raised.rlim_cur;
}

void descriptors_release(void)
{
    pthread_mutex_lock(&state.lock);
    if (!--state.users)
        (void)setrlimit(RLIMIT_NOFILE, &state.before);
    pthread_mutex_unlock(&state.lock);
}

struct rlimit descriptors_limit(void)
{
    struct rlimit limit;

    pthread_mutex_lock(&state.lock);
    if (state.users)
        limit = state.before;
    else
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    pthread_mutex_unlock(&state.lock);
    return limit;
}
