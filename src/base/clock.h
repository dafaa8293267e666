/* SPDX-License-Identifier: MIT */
/*
 * Job: how long something takes.
 * Depends on: libc.
 */
#ifndef NETLAB_BASE_CLOCK_H
#define NETLAB_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since some time or other (CLOCK_MONOTONIC). */
static inline int64_t clock_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

#endif
