/* SPDX-License-Identifier: MIT */
/*
 * Job: VLANs of bridges that no other port carries; loops of bridges without STP, VLAN by VLAN.
 * In: a lab without errors. Out: warnings.
 */
#include "parse/check_vlan.h"

#include <string.h>

#include "kinds/kind.h"
#include "model/vlan.h"

static size_t *sets_clear(size_t *sets, size_t count)
{
    for (size_t i = 0; sets && i < count; i++)
        sets[i] = i;
    return sets;
}

size_t *sets_new(struct parse *p, size_t count)
{
    return sets_clear(arena_array(p->scratch, count, sizeof(size_t)), count);
}

size_t sets_find(size_t *sets, size_t i)
{
    while (sets[i] != i)
        i = sets[i] = sets[sets[i]];
    return i;
}

bool sets_join(size_t *sets, size_t a, size_t b)
{
    a = sets_find(sets, a);
    b = sets_find(sets, b);
    sets[a] = b;
    return a != b;
}

bool is_switch(const struct iface *iface)
{
    return iface && iface->kind && (iface->kind->flags & KIND_PLUG);
}

int members_find(struct parse *p, size_t count, struct members *ret_members)
{
    struct members members = {.count = count,
                              .ifaces = arena_array(p->scratch, count, sizeof *members.ifaces),
                              .first = arena_array(p->scratch, count, sizeof *members.first),
                              .next = arena_array(p->scratch, count, sizeof *members.next)};

    if (!members.ifaces || !members.first || !members.next)
        return -ENOMEM;
    LIST_EACH (struct netns, netns, &p->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces)
            members.ifaces[iface->ifindex] = iface;
    /* backwards, as each goes to the front */
    for (size_t i = count; i-- > 0;) {
        const struct iface *master = members.ifaces[i]->master;

        if (!is_switch(master))
            continue;
        members.next[i] = members.first[master->ifindex];
        members.first[master->ifindex] = i + 1;
    }
    *ret_members = members;
    return 0;
}

static unsigned first_pvid(const struct iface *iface)
{
    const struct iface *master = iface_vlan_switch(iface);

    return master->kind->first_pvid(master);
}

unsigned vlan_pvid(const struct iface *iface)
{
    const struct vlan *pvid;

    if (!iface_is_vlan_aware(iface))
        return 0;
    if (!iface->has_vlans)
        return first_pvid(iface);
    pvid = vlan_find_pvid(&iface->vlans);
    return pvid ? pvid->id.first : 0;
}

/* VLANs that lead nowhere */

static void count_vlans(const struct iface *iface, unsigned carriers[VLAN_MAX + 1])
{
    if (!iface->has_vlans)
        carriers[first_pvid(iface)]++;
    LIST_EACH (struct vlan, vlan, &iface->vlans)
        for (unsigned id = vlan->id.first; id <= vlan->id.last; id++)
            carriers[id]++;
}

static bool is_lonely(const struct vlan *vlan, const unsigned carriers[VLAN_MAX + 1])
{
    for (unsigned id = vlan->id.first; id <= vlan->id.last; id++)
        if (carriers[id] > 1)
            return false;
    return true;
}

static void warn_lonely(struct parse *p, const struct iface *iface, const struct iface *master,
                        const unsigned carriers[VLAN_MAX + 1])
{
    char text[VLANS_TEXT];

    LIST_EACH (struct vlan, vlan, &iface->vlans) {
        const char *what = vlan->id.first == vlan->id.last ? "VLAN" : "VLANs";

        if (!is_lonely(vlan, carriers))
            continue;
        vlans_text(&vlan->id, text);
        if (iface == master)
            WARN(p, vlan->o.mark, "no port of %s carries %s %s", master->o.name, what, text);
        else
            WARN(p, vlan->o.mark, "no other port of %s carries %s %s of port %s", master->o.name,
                 what, text, iface->o.name);
    }
}

static void warn_switch(struct parse *p, const struct iface *master, const struct members *members)
{
    unsigned carriers[VLAN_MAX + 1] = {0};

    count_vlans(master, carriers);
    MEMBERS_EACH (port, members, master)
        count_vlans(port, carriers);
    warn_lonely(p, master, master, carriers);
    MEMBERS_EACH (port, members, master)
        warn_lonely(p, port, master, carriers);
}

void warn_vlans(struct parse *p, const struct members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        const struct iface *iface = members->ifaces[i];

        /* one that exists has ports that the file does not know of */
        if (is_switch(iface) && iface_is_vlan_aware(iface) && !iface->existing &&
            (iface->has_vlans || member_first(members, iface)))
            warn_switch(p, iface, members);
    }
}

/* Loops: those of a VLAN run through switches that look at none, too. */

enum { NO_VLAN = 0 }; /* of the switches that look at none */

enum tagging { TAGGED, UNTAGGED, ANY };

/* Whether it cuts loops, which takes its ports their time. */
static bool has_stp(const struct iface *bridge)
{
    return bridge->options && bridge->kind->is_slow && bridge->kind->is_slow(bridge);
}

/* Whether frames of a VLAN pass an end of a link, and how they look on it. */
static bool passes_end(const struct iface *iface, unsigned id, enum tagging *ret_tagging)
{
    const struct vlan *vlan = vlan_find(&iface->vlans, id);

    *ret_tagging = ANY;
    if (!iface_is_vlan_aware(iface))
        return true;
    *ret_tagging = UNTAGGED;
    if (id == NO_VLAN || !iface->has_vlans)
        return id != NO_VLAN && id == first_pvid(iface);
    if (vlan && !vlan->untagged)
        *ret_tagging = TAGGED;
    return vlan && (vlan->pvid || !vlan->untagged);
}

static bool passes(const struct link *link, unsigned id)
{
    enum tagging a, b;

    return passes_end(link->ends[0].iface, id, &a) && passes_end(link->ends[1].iface, id, &b) &&
           (a == b || a == ANY || b == ANY);
}

/* Whether it joins two switches that would let frames go round. */
static bool joins_switches(const struct link *link)
{
    for (unsigned end = 0; end < 2; end++) {
        const struct iface *iface = link->ends[end].iface, *master = iface->master;

        if (!is_switch(master) || !iface->up || !master->up || has_stp(master))
            return false;
    }
    return true;
}

/* The VLANs that some range begins with: where others loop, one of these does. */
static void note_vlans(const struct link *link, bool noted[VLAN_MAX + 1])
{
    for (unsigned end = 0; end < 2; end++) {
        const struct iface *iface = link->ends[end].iface;

        if (!iface_is_vlan_aware(iface))
            continue;
        if (!iface->has_vlans)
            noted[first_pvid(iface)] = true;
        LIST_EACH (struct vlan, vlan, &iface->vlans)
            noted[vlan->id.first] = true;
    }
}

/* warned: by the number of the link's first end. */
static void warn_loops_of(struct parse *p, unsigned id, size_t *sets, bool *warned)
{
    LIST_EACH (struct link, link, &p->lab->links) {
        const struct iface *a = link->ends[0].iface, *b = link->ends[1].iface;

        if (!joins_switches(link) || !passes(link, id) ||
            sets_join(sets, a->master->ifindex, b->master->ifindex) || warned[a->ifindex])
            continue;
        warned[a->ifindex] = true;
        WARN(p, link->o.mark, "this link closes a loop of bridges without STP");
        HINT(p, "frames would go round for ever; 'stp: true' on one of the bridges breaks it");
    }
}

int warn_loops(struct parse *p, size_t count)
{
    bool noted[VLAN_MAX + 1] = {[NO_VLAN] = true};
    bool *warned = arena_array(p->scratch, count, sizeof *warned);
    size_t *sets = sets_new(p, count);

    if (!warned || !sets)
        return -ENOMEM;
    LIST_EACH (struct link, link, &p->lab->links)
        if (joins_switches(link))
            note_vlans(link, noted);
    for (unsigned id = NO_VLAN; id <= VLAN_MAX; id++)
        if (noted[id])
            warn_loops_of(p, id, sets_clear(sets, count), warned);
    return 0;
}
