/* SPDX-License-Identifier: MIT */
/*
 * Job: begin and end a lab; find things in it.
 */
#include "model/lab.h"

#include "base/arena.h"

struct iface *netns_iface(const struct netns *netns, const char *name)
{
    return strmap_get(&netns->names, name);
}

struct netlab_lab *lab_new(void)
{
    struct arena *arena = arena_new();
    struct netlab_lab *lab = arena ? ARENA_NEW(arena, struct netlab_lab) : NULL;

    if (!lab) {
        arena_free(arena);
        return NULL;
    }
    lab->arena = arena;
    lab->o.table = &table_lab;
    return lab;
}

void lab_free(struct netlab_lab *lab)
{
    if (lab)
        arena_free(lab->arena);
}
