/* SPDX-License-Identifier: MIT */
/*
 * Job: begin and end a lab; find things in it.
 */
#include "model/lab.h"

#include <string.h>

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

struct netns *lab_add_foreign(struct netlab_lab *lab, const char *name)
{
    struct netns *netns = ARENA_NEW(lab->arena, struct netns);

    if (!netns)
        return NULL;
    netns->o = (struct object){.table = &table_netns, .parent = &lab->o};
    netns->o.name = arena_strdup(lab->arena, name);
    netns->foreign = true;
    netns->host = strcmp(name, "host") == 0;
    netns->index = lab->namespaces.count;
    if (!netns->o.name || strmap_add(&lab->names, lab->arena, netns->o.name, netns) < 0)
        return NULL;
    if (netns->host)
        lab->host = netns;
    list_append(&lab->namespaces, &netns->o);
    return netns;
}

void lab_free(struct netlab_lab *lab)
{
    if (lab)
        arena_free(lab->arena);
}
