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

uint64_t iface_given_values(const struct iface *iface)
{
    uint64_t given = 0;

    for (unsigned i = 0; iface->o.marks && i < IFACE_FIELDS; i++)
        if (iface->o.marks[i].line)
            given |= UINT64_C(1) << i;
    return given & IFACE_VALUES;
}

void iface_take_values(struct iface *iface, const struct iface *from, uint64_t which)
{
    which &= IFACE_VALUES;
    if (which >> IFACE_MTU & 1)
        iface->mtu = from->mtu;
    if (which >> IFACE_TXQUEUELEN & 1)
        iface->txqueuelen = from->txqueuelen;
    if (which >> IFACE_MAC & 1)
        iface->mac = from->mac;
    if (which >> IFACE_ALIAS & 1)
        iface->alias = from->alias;
    if (which >> IFACE_UP & 1)
        iface->up = from->up;
    iface->o.set |= which;
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

void argument_words(const struct list *run, const char **ret_words)
{
    if (run->lone) {
        *ret_words++ = "/bin/sh";
        *ret_words++ = "-c";
    }
    LIST_EACH (struct argument, word, run)
        *ret_words++ = word->text;
    *ret_words = NULL;
}
