/* SPDX-License-Identifier: MIT */
/*
 * Job: VLANs as a file lists them, and the VLAN tables of interfaces.
 * In: entries. Out: the same in order, found.
 */
#include "model/vlan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

static const struct field vlan_fields[] = {
    [VLAN_ID] = {.key = "id",
                 .type = FIELD_VLANS,
                 .offset = offsetof(struct vlan, id),
                 .flags = FIELD_REQUIRED,
                 .doc = "The VLAN, or several in one range."},
    [VLAN_PVID] = {.key = "pvid",
                   .type = FIELD_BOOL,
                   .offset = offsetof(struct vlan, pvid),
                   .fallback = "false",
                   .doc = "Untagged frames that come in belong to it. One VLAN of a port at most."},
    [VLAN_UNTAGGED] = {.key = "untagged",
                       .type = FIELD_BOOL,
                       .offset = offsetof(struct vlan, untagged),
                       .fallback = "false",
                       .doc = "Its frames leave without a tag."},
};

static const struct habit vlan_habits[] = {
    {"vid", "it is called 'id'"},
    {"vlan", "it is called 'id'"},
    {"tagged", "that is the default here; 'untagged: true' is the other way"},
    {"egress", "it is called 'untagged'"},
    {NULL, NULL}};

const struct table table_vlan = {.name = "port VLAN",
                                 .size = sizeof(struct vlan),
                                 .fields = vlan_fields,
                                 .field_count = COUNT(vlan_fields),
                                 .scalar = VLAN_ID,
                                 .habits = vlan_habits,
                                 .doc = "A VLAN ID, a range `A-B`, or a mapping:"};

const struct table table_vlan_id = {.name = "VLAN ID",
                                    .size = sizeof(struct vlan),
                                    .fields = vlan_fields,
                                    .field_count = 1,
                                    .scalar = VLAN_ID,
                                    .doc = "A VLAN ID, or a range `A-B`."};

const char *vlans_text(const struct vlan_range *id, char text[VLANS_TEXT])
{
    if (id->first == id->last)
        snprintf(text, VLANS_TEXT, "%u", id->first);
    else
        snprintf(text, VLANS_TEXT, "%u-%u", id->first, id->last);
    return text;
}

struct vlan *vlan_new(struct arena *arena, struct object *parent, struct vlan_range id,
                      struct mark mark)
{
    struct vlan *vlan = ARENA_NEW(arena, struct vlan);

    if (!vlan)
        return NULL;
    vlan->o = (struct object){
        .parent = parent, .table = &table_vlan, .mark = mark, .set = UINT64_C(1) << VLAN_ID};
    vlan->id = id;
    return vlan;
}

static int by_id(const void *a, const void *b)
{
    const struct vlan *x = *(const struct vlan *const *)a, *y = *(const struct vlan *const *)b;

    if (x->id.first != y->id.first)
        return x->id.first < y->id.first ? -1 : 1;
    /* so that the later one is the one to complain about */
    return x->o.mark.line != y->o.mark.line ? (x->o.mark.line < y->o.mark.line ? -1 : 1)
                                            : (int)x->o.mark.column - (int)y->o.mark.column;
}

static bool is_sorted(const struct list *vlans)
{
    LIST_EACH (struct vlan, vlan, vlans)
        if (vlan->o.next && vlan->id.first >= ((struct vlan *)vlan->o.next)->id.first)
            return false;
    return true;
}

int vlan_sort(struct list *vlans, struct arena *arena)
{
    struct vlan **all;
    size_t count = 0;

    if (is_sorted(vlans))
        return 0;
    all = arena_array(arena, vlans->count, sizeof *all);
    if (!all)
        return -ENOMEM;
    LIST_EACH (struct vlan, vlan, vlans)
        all[count++] = vlan;
    qsort(all, count, sizeof *all, by_id);
    *vlans = (struct list){0};
    for (size_t i = 0; i < count; i++)
        list_append(vlans, &all[i]->o);
    return 0;
}

const struct vlan *vlan_find(const struct list *vlans, unsigned id)
{
    LIST_EACH (struct vlan, vlan, vlans)
        if (vlan->id.first <= id && id <= vlan->id.last)
            return vlan;
    return NULL;
}

const struct vlan *vlan_find_pvid(const struct list *vlans)
{
    LIST_EACH (struct vlan, vlan, vlans)
        if (vlan->pvid)
            return vlan;
    return NULL;
}

bool vlan_same_flags(const struct vlan *a, const struct vlan *b)
{
    return a->pvid == b->pvid && a->untagged == b->untagged;
}
