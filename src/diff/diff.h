/* SPDX-License-Identifier: MIT */
/*
 * Job: model × model → changes: which objects must be added, removed or altered to get from what
 * is seen to what is wanted. NULL for either side stands for "nothing".
 * Depends on: base, model. Must not know: netlink, the order in which things are done.
 */
#ifndef NETLAB_DIFF_DIFF_H
#define NETLAB_DIFF_DIFF_H

#include "model/lab.h"

/* seen NULL: to be added; wanted NULL: to be removed; both: to be altered. */
struct change {
    struct object *seen, *wanted;
};

struct changes {
    struct change *items;
    size_t count;
};

/* 0 or -ENOMEM. The changes live in the arena. */
int diff_labs(struct netlab_lab *seen, struct netlab_lab *wanted, struct arena *arena,
              struct changes *ret_changes);

#endif
