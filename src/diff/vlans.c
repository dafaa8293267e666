/* SPDX-License-Identifier: MIT */
/*
 * Job: compare VLAN tables, ID by ID; neighbours that differ alike are one change.
 * In: what an interface has, or would begin with, and what is wanted. Out: changes.
 *
 * An interface about which a file says something has exactly that. Of one about which it says
 * nothing, the VLAN that all begin with is looked after; others that it has are strangers', unless
 * an owner's file had put them there.
 */
#include "diff/internal.h"
#include "kinds/kind.h"
#include "model/vlan.h"

struct tables {
    struct diff *diff;
    struct iface *wanted;
    const struct iface *seen; /* NULL: it is new to its bridge */
    struct list is, should;
};

static struct vlan *make(struct diff *diff, const struct vlan *like, struct object *parent,
                         struct vlan_range id)
{
    struct vlan *vlan = vlan_new(diff->arena, parent, id, like->o.mark);

    if (!vlan) {
        diff->error = -ENOMEM;
        return NULL;
    }
    vlan->pvid = like->pvid;
    vlan->untagged = like->untagged;
    vlan->o.set = like->o.set;
    return vlan;
}

/* Of a bridge that exists, the file does not say what its ports begin with. */
static uint16_t first_pvid(const struct iface *iface)
{
    const struct iface *master = iface_vlan_switch(iface);

    if (master->existing && master->seen && iface_vlan_switch(master->seen))
        master = master->seen;
    return (uint16_t)master->kind->first_pvid(master);
}

/* The table that it begins with. */
static struct list first_table(struct diff *diff, const struct iface *iface)
{
    uint16_t pvid = first_pvid(iface);
    struct vlan like = {.o = {.set = UINT64_C(1) << VLAN_ID | UINT64_C(1) << VLAN_PVID |
                                     UINT64_C(1) << VLAN_UNTAGGED,
                              .mark = iface->o.mark},
                        .pvid = true,
                        .untagged = true};
    struct list list = {0};
    struct vlan *vlan;

    if (!pvid)
        return list;
    vlan = make(diff, &like, (struct object *)&iface->o, (struct vlan_range){pvid, pvid});
    if (vlan)
        list_append(&list, &vlan->o);
    return list;
}

/* Whether the bridge gives the interface that VLAN by itself. */
static bool begins_with(const struct iface *iface, const struct vlan *is)
{
    const struct iface *master = iface_vlan_switch(iface);

    return master && is->id.first == is->id.last &&
           is->id.first == master->kind->first_pvid(master);
}

/* Whether an owner's file has put it there, with the interface's table or the bridge's PVID. */
static bool was_owned(const struct diff *diff, const struct iface *iface, const struct vlan *is)
{
    for (size_t i = 0; i < DIFF_OWNERS; i++) {
        const struct iface *owned = owner_iface(diff, i, iface->o.parent->name, iface->o.name);

        if (owned && (owned->has_vlans || begins_with(owned, is)))
            return true;
    }
    return false;
}

/* A VLAN that the bridge gives by itself is nobody's. */
static bool is_strange(const struct tables *tables, const struct vlan *is)
{
    return !tables->wanted->has_vlans && !begins_with(tables->seen, is) &&
           !was_owned(tables->diff, tables->wanted, is);
}

static void lose(const struct tables *tables, const struct vlan *is, struct vlan_range id)
{
    struct vlan *gone;

    if (tables->seen) {
        gone = make(tables->diff, is, (struct object *)&tables->seen->o, id);
        if (gone)
            change(tables->diff, &gone->o, NULL, is_strange(tables, is));
        return;
    }
    /* it has it only once it is made */
    gone = make(tables->diff, is, &tables->wanted->o, id);
    if (!gone)
        return;
    gone->absent = true;
    change(tables->diff, NULL, &gone->o, false);
}

static void differ(const struct tables *tables, const struct vlan *is, const struct vlan *should,
                   struct vlan_range id)
{
    struct object *parent = (struct object *)(tables->seen ? &tables->seen->o : NULL);
    struct vlan *from, *to;

    if (!should) {
        lose(tables, is, id);
        return;
    }
    from = is && parent ? make(tables->diff, is, parent, id) : NULL;
    to = make(tables->diff, should, &tables->wanted->o, id);
    if (to)
        change(tables->diff, from ? &from->o : NULL, &to->o, false);
}

/* Up to where the table says the same as at `id`, where it has `at`. */
static unsigned end_of(const struct list *table, const struct vlan *at, unsigned id)
{
    unsigned end = VLAN_MAX;

    if (at)
        return at->id.last;
    LIST_EACH (struct vlan, vlan, table)
        if (vlan->id.first > id && vlan->id.first - 1U < end)
            end = vlan->id.first - 1U;
    return end;
}

static void compare(const struct tables *tables)
{
    for (unsigned id = VLAN_MIN, end; id <= VLAN_MAX; id = end + 1) {
        const struct vlan *is = vlan_find(&tables->is, id);
        const struct vlan *should = vlan_find(&tables->should, id);
        unsigned is_end = end_of(&tables->is, is, id);
        unsigned should_end = end_of(&tables->should, should, id);

        end = is_end < should_end ? is_end : should_end;
        if (is ? !should || !vlan_same_flags(is, should) : should != NULL)
            differ(tables, is, should, (struct vlan_range){(uint16_t)id, (uint16_t)end});
    }
}

void diff_vlans(struct diff *diff, const struct iface *seen, struct iface *wanted)
{
    struct tables tables = {.diff = diff, .wanted = wanted, .seen = seen};

    /* one that exists is in the VLANs that it is in */
    if (wanted->existing && iface_vlan_switch(wanted) == wanted)
        return;
    if (!iface_vlan_switch(wanted) || (seen ? !seen->has_vlans : !wanted->has_vlans))
        return;
    tables.is = seen ? seen->vlans : first_table(diff, wanted);
    tables.should = wanted->has_vlans ? wanted->vlans : first_table(diff, wanted);
    compare(&tables);
}
