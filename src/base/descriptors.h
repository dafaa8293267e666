/* SPDX-License-Identifier: MIT */
/*
 * Job: room for descriptors in the process: what all of its threads need at once.
 */
#ifndef NETLAB_BASE_DESCRIPTORS_H
#define NETLAB_BASE_DESCRIPTORS_H

#include <stddef.h>

/*
 * So many more descriptors will be open, until they are released. RLIMIT_NOFILE is raised to what
 * all that is reserved needs, or as far as it can be; it stays so. Returns what it has to be;
 * ret_limit: what it is.
 */
size_t descriptors_reserve(size_t count, size_t *ret_limit);
void descriptors_release(size_t count);

/* As many, if there is room for them beside what all others have: how many; to be returned. */
size_t descriptors_lend(size_t count);
void descriptors_return(size_t count);

#endif
