/* SPDX-License-Identifier: MIT */
/*
 * Job: which namespaces and interfaces of both labs are the same, and which will be gone.
 * In: both labs. Out: netns.seen, iface.seen, gone, ifindex, index.
 *
 * An interface is kept when it has the kind that is wanted, its other end is the one that is
 * wanted, and all that left the file can be taken back in place. Else it is made anew, and with it
 * its other end.
 */
#include <string.h>

#include "diff/internal.h"
#include "kinds/kind.h"

const struct netns *owner_netns(const struct diff *diff, size_t owner, const char *name)
{
    const struct netlab_lab *lab = diff->owners ? diff->owners->labs[owner] : NULL;

    return lab ? strmap_get(&lab->names, name) : NULL;
}

const struct iface *owner_iface(const struct diff *diff, size_t owner, const char *netns,
                                const char *name)
{
    const struct netns *owned = owner_netns(diff, owner, netns);

    return owned ? netns_iface(owned, name) : NULL;
}

static struct iface *like(const struct netlab_lab *lab, const struct iface *iface)
{
    const struct netns *netns = strmap_get(&lab->names, iface->o.parent->name);

    return netns ? netns_iface(netns, iface->o.name) : NULL;
}

static void match_netns(struct diff *diff)
{
    size_t index = 0;

    LIST_EACH (struct netns, netns, &diff->seen->namespaces) {
        netns->gone = !netns->foreign && !strmap_get(&diff->wanted->names, netns->o.name);
        if (!netns->host && netns->index >= index)
            index = netns->index + 1;
    }
    LIST_EACH (struct netns, netns, &diff->wanted->namespaces) {
        netns->seen = strmap_get(&diff->seen->names, netns->o.name);
        netns->index = netns->seen ? netns->seen->index : index++;
        netns->last_ifindex = netns->seen ? netns->seen->last_ifindex : 0;
    }
}

/* Whether what is seen has the other end that is wanted. */
static bool has_right_peer(const struct diff *diff, const struct iface *seen,
                           const struct iface *wanted)
{
    const struct iface *peer = iface_peer(wanted), *is = iface_peer(seen);

    if (!peer) /* of a lab that was seen: its other end is elsewhere */
        return !is || !(wanted->kind->flags & KIND_BY_LINKS);
    return is && is == like(diff->seen, peer);
}

static bool has_right_lower(const struct iface *seen, const struct iface *wanted)
{
    const struct stacked *is = iface_stacked(seen), *should = iface_stacked(wanted);

    return !should || field_equal(kind_lower_field(wanted->kind), &is->o, &should->o);
}

/* Options that can't be altered. */
static bool has_right_options(const struct object *seen, const struct object *wanted)
{
    for (unsigned i = 0; wanted && seen && i < wanted->table->field_count; i++)
        if (wanted->table->fields[i].flags & FIELD_FIXED && field_differs(seen, wanted, i))
            return false;
    return true;
}

static bool can_alter(const struct iface *seen, const struct iface *wanted)
{
    return has_right_options(seen->options, wanted->options) &&
           (!wanted->kind->can_alter || !seen->options || !wanted->options ||
            wanted->kind->can_alter(seen->options, wanted->options));
}

/* A bridge whose last port leaves is left with a MAC of zeros (br_stp_recalculate_bridge_id()). */
static bool has_lost_mac(const struct iface *seen, const struct iface *wanted)
{
    static const struct mac zeros;

    return iface_ports(wanted) && !object_has(&wanted->o, IFACE_MAC) &&
           object_has(&seen->o, IFACE_MAC) && memcmp(&seen->mac, &zeros, sizeof zeros) == 0;
}

/* A port of a bond has the bond's MAC: its own can be given only before it is one. */
static bool has_other_mac(const struct iface *seen, const struct iface *wanted)
{
    return iface_is_opened(seen) && iface_is_opened(wanted) &&
           field_differs(&seen->o, &wanted->o, IFACE_MAC);
}

static bool can_stay(struct diff *diff, const struct iface *seen, struct iface *wanted)
{
    if (wanted->existing || seen->existing)
        return settle_existing(diff, seen, wanted), wanted->existing == seen->existing;
    if (!wanted->kind)
        return settle_iface(diff, seen, wanted) || true; /* there is only one lo */
    return seen->kind == wanted->kind && settle_iface(diff, seen, wanted) &&
           !has_lost_mac(seen, wanted) && !has_other_mac(seen, wanted) &&
           has_right_peer(diff, seen, wanted) && has_right_lower(seen, wanted) &&
           can_alter(seen, wanted);
}

static bool is_owned(const struct diff *diff, const struct iface *iface)
{
    for (size_t i = 0; i < DIFF_OWNERS; i++)
        if (owner_iface(diff, i, iface->o.parent->name, iface->o.name))
            return true;
    return false;
}

/* Whether an owner had one of that kind: else it is not ours, whatever its name. */
static bool was_ours(const struct diff *diff, const struct iface *seen)
{
    for (size_t i = 0; i < DIFF_OWNERS; i++) {
        const struct iface *owned = owner_iface(diff, i, seen->o.parent->name, seen->o.name);

        if (owned && owned->kind == seen->kind)
            return true;
    }
    return false;
}

static bool is_lo(const struct iface *iface)
{
    return strcmp(iface->o.name, "lo") == 0;
}

/* Both ends of a link go together, and what stands on something goes with it. */
static bool find_dragged(struct netlab_lab *seen)
{
    bool found = false;

    LIST_EACH (struct link, link, &seen->links) {
        struct iface *a = link->ends[0].iface, *b = link->ends[1].iface;

        found = found || a->gone != b->gone;
        a->gone = b->gone = a->gone || b->gone;
    }
    LIST_EACH (struct netns, netns, &seen->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            const struct iface *lower = iface_lower(iface);

            if (lower && lower->gone && !iface->gone)
                iface->gone = found = true;
        }
    return found;
}

static void find_gone(struct diff *diff)
{
    LIST_EACH (struct netns, netns, &diff->seen->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            struct iface *wanted = like(diff->wanted, iface);

            if (netns->gone)
                iface->gone = true;
            else if (wanted &&
                     (iface->existing ? !wanted->existing
                                      : wanted->kind != iface->kind && !was_ours(diff, iface)))
                iface->gone = wanted->clashes = true;
            else if (wanted)
                iface->gone = !can_stay(diff, iface, wanted);
            else
                iface->gone = !is_lo(iface) && !iface->existing && is_owned(diff, iface);
        }
    while (find_dragged(diff->seen))
        ; /* one may stand on another */
}

void match_labs(struct diff *diff)
{
    match_netns(diff);
    find_gone(diff);
    LIST_EACH (struct netns, netns, &diff->wanted->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            struct iface *seen = like(diff->seen, iface);

            iface->seen = seen && !seen->gone ? seen : NULL;
            iface->ifindex = iface->seen ? iface->seen->ifindex : 0;
        }
}
