/* SPDX-License-Identifier: MIT */
/*
 * Job: compare two labs.
 * In: seen, wanted. Out: changes in the order of the file.
 *
 * One of the two is nothing today: everything is added, or everything removed. Matching objects of
 * two labs belongs here, in the visitor's place.
 */
#include "diff/diff.h"

#include <errno.h>

#include "base/arena.h"
#include "model/visit.h"

struct collector {
    struct changes *changes;
    bool wanted;
};

static void count(struct object *object, void *userdata)
{
    size_t *total = userdata;

    (void)object;
    ++*total;
}

static void collect(struct object *object, void *userdata)
{
    struct collector *collector = userdata;
    struct change *change = &collector->changes->items[collector->changes->count++];

    if (collector->wanted)
        change->wanted = object;
    else
        change->seen = object;
}

int diff_labs(struct netlab_lab *seen, struct netlab_lab *wanted, struct arena *arena,
              struct changes *ret_changes)
{
    struct changes changes = {0};
    struct collector collector = {.changes = &changes, .wanted = wanted != NULL};
    struct netlab_lab *lab = wanted ? wanted : seen;
    size_t total = 0;

    if (seen && wanted)
        return -EOPNOTSUPP;
    if (lab)
        lab_visit(lab, count, &total);
    changes.items = arena_array(arena, total, sizeof *changes.items);
    if (!changes.items)
        return -ENOMEM;
    if (lab)
        lab_visit(lab, collect, &collector);
    *ret_changes = changes;
    return 0;
}
