/* SPDX-License-Identifier: MIT */
/*
 * Job: what the files of this room share.
 */
#ifndef NETLAB_STATE_INTERNAL_H
#define NETLAB_STATE_INTERNAL_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "state/state.h"

enum { DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* The spec in a lab's directory. 0; -ENOENT; -EBADMSG when it is none; … */
int spec_read(int directory, struct arena *arena, struct spec *ret_spec);

/* "/run/netlab/LAB" + rest. */
const char *state_path(char path[STATE_PATH_SIZE], const char *name, const char *rest);

/* lock.c */

/* How long to wait for another that has the lock. */
struct lock_wait {
    int64_t until;                       /* of clock_ms(); what is past: do not wait */
    const volatile sig_atomic_t *cancel; /* or NULL; non-zero ends it */
    bool look;                           /* beside others who look, and nobody who is at work */
};

/*
 * Open and lock a directory, made where create says so. wait NULL: for as long as it takes.
 * The descriptor; -EBUSY when another has it; -ECANCELED; or what the system refused.
 */
int lock_directory(const char *path, bool create, const struct lock_wait *wait);

/* Whether the path still leads to what was opened. */
bool lock_is_there(int fd, const char *path);

#endif
