/* SPDX-License-Identifier: MIT */
/*
 * Job: what the files of this room share.
 */
#ifndef NETLAB_STATE_INTERNAL_H
#define NETLAB_STATE_INTERNAL_H

#include "state/state.h"

/* The spec in a lab's directory. 0; -ENOENT; -EBADMSG when it is none; … */
int spec_read(int directory, struct arena *arena, struct spec *ret_spec);

/* "/run/netlab/LAB" + rest. */
const char *state_path(char path[STATE_PATH_SIZE], const char *name, const char *rest);

#endif
