/* SPDX-License-Identifier: MIT */
/*
 * Job: room for many descriptors: RLIMIT_NOFILE, raised for as long as that is needed.
 * Depends on: libc. Must not know: what they are for.
 *
 * The limit is the calling program's, and what it starts meanwhile is to have it as it was.
 */
#ifndef NETLAB_BASE_DESCRIPTORS_H
#define NETLAB_BASE_DESCRIPTORS_H

#include <sys/resource.h>

/* How many there may be now: `need`, or as many as the system lets us have. To be released. */
rlim_t descriptors_reserve(rlim_t need);

/* The last one puts the limit back. */
void descriptors_release(void);

/* The limit as the program had it: for processes that it starts. */
struct rlimit descriptors_limit(void);

#endif
