/* SPDX-License-Identifier: MIT */
/*
 * Job: room for descriptors in the process: what all of its threads need at once. RLIMIT_NOFILE is
 * raised for as long as that is needed.
 * Depends on: libc. Must not know: what they are for.
 *
 * The limit is the calling program's, and what it starts meanwhile is to have it as it was.
 */
#ifndef NETLAB_BASE_DESCRIPTORS_H
#define NETLAB_BASE_DESCRIPTORS_H

#include <stddef.h>
#include <sys/resource.h>

/*
 * So many more descriptors will be open, until they are released. RLIMIT_NOFILE is raised to what
 * all that is reserved needs, or as far as it can be. Returns what it has to be; ret_limit: what it
 * is.
 */
size_t descriptors_reserve(size_t count, size_t *ret_limit);

/* As many, if there is room for them beside what all others have: how many; to be returned. */
size_t descriptors_lend(size_t count);

/* The last one puts the limit back. */
void descriptors_release(size_t count);
void descriptors_return(size_t count);

/* The limit as the program had it: for processes that it starts. */
struct rlimit descriptors_limit(void);

#endif
