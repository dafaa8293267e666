/* SPDX-License-Identifier: MIT */
/*
 * Job: compare two labs.
 * In: seen, wanted, owners. Out: changes: what is wanted in the order of its file, what must go in
 * the order that it was seen in.
 */
#include "diff/diff.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "diff/internal.h"
#include "kinds/kind.h"
#include "model/ip.h"
#include "model/visit.h"

void change(struct diff *diff, struct object *seen, struct object *wanted, bool strange)
{
    struct changes *changes = &diff->changes;

    if (changes->count == changes->capacity) {
        size_t capacity = changes->capacity ? 2 * changes->capacity : 64;
        struct change *more = arena_array(diff->arena, capacity, sizeof *more);

        if (!more) {
            diff->error = -ENOMEM;
            return;
        }
        if (changes->count)
            memcpy(more, changes->items, changes->count * sizeof *more);
        changes->items = more;
        changes->capacity = capacity;
    }
    changes->items[changes->count++] =
        (struct change){.seen = seen, .wanted = wanted, .strange = strange};
    changes->strange += strange;
}

/* One side is nothing: all of the other. */

static void add(struct object *object, void *userdata)
{
    change(userdata, NULL, object, false);
    if (object->table == &table_iface)
        diff_vlans(userdata, NULL, (struct iface *)object);
}

static void drop(struct object *object, void *userdata)
{
    change(userdata, object, NULL, false);
}

/* What an earlier comparison noted. */
static void forget(struct netlab_lab *lab, bool is_wanted)
{
    size_t index = 0;

    LIST_EACH (struct netns, netns, &lab->namespaces) {
        netns->seen = NULL;
        netns->gone = false;
        if (is_wanted) {
            netns->index = index++;
            netns->last_ifindex = 0;
        }
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            iface->seen = NULL;
            iface->gone = iface->clashes = false;
            if (is_wanted && (iface->existing || iface_is_moved(iface)) && iface->o.marks)
                iface->o.set &= ~IFACE_VALUES | iface_given_values(iface);
            if (is_wanted)
                iface->ifindex = 0;
        }
    }
}

static void diff_iface(struct diff *diff, struct iface *seen, struct iface *wanted)
{
    static const unsigned plain[] = {IFACE_MTU, IFACE_MAC, IFACE_TXQUEUELEN, IFACE_UP};
    struct manner_word words[MANNER_WORDS];
    bool master = diff_master(seen, wanted);
    bool differs = seen->up != wanted->up || master || diff_alias(seen, wanted) ||
                   diff_options(seen->options, wanted->options) || diff_wireguard(seen, wanted) ||
                   diff_manner(seen, wanted, words) > 0;

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        differs = differs || diff_field(&seen->o, &wanted->o, plain[i]);
    if (differs)
        change(diff, &seen->o, &wanted->o, false);
    /* a new master knows nothing of what the old one was told */
    if (wanted->port && (master || !seen->port))
        change(diff, NULL, &wanted->port->o, false);
    else if (wanted->port && diff_options(&seen->port->o, &wanted->port->o))
        change(diff, &seen->port->o, &wanted->port->o, false);
    diff_vlans(diff, wanted->master && master ? NULL : seen, wanted);
}

/* What IPv6 makes of a MAC (RFC 4291, appendix A). */
static struct prefix link_local(const struct mac *mac)
{
    const uint8_t *m = mac->bytes;

    return (struct prefix){
        {AF_INET6,
         {0xfe, 0x80, 0, 0, 0, 0, 0, 0, m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]}},
        64};
}

static bool is_kernels_link_local(const struct address *address)
{
    return address->address.ip.family == AF_INET6 && ip_is_link_local(&address->address.ip) &&
           (address->protocol == 0 || address->protocol == ADDRESS_KERNEL_LL);
}

/* What the kernel would have given by itself. */
static void add_kernels(struct diff *diff, struct iface *iface, const struct prefix *prefix,
                        uint32_t scope, uint32_t protocol)
{
    struct address *address = ARENA_NEW(diff->arena, struct address);

    if (!address) {
        diff->error = -ENOMEM;
        return;
    }
    address->o =
        (struct object){.parent = &iface->o, .table = &table_address, .mark = iface->o.mark};
    address->address = *prefix;
    address->scope = scope;
    address->lifetime = LIFETIME_FOREVER;
    address->protocol = protocol;
    address->dad =
        true; /* which is off for the whole namespace: the flag is not the kernel's way */
    add(&address->o, diff);
}

/* Whether its link-local address is made of the MAC, or is going to be before it is looked for. */
static bool makes_eui64(const struct iface *seen, const struct iface *wanted)
{
    uint8_t mode;

    if (!diff_addrgenmode(seen, wanted, &mode))
        mode = seen->manner.addrgenmode;
    return seen->ipv6_ready && seen->manner.has_addrgenmode && mode == IN6_ADDR_GEN_MODE_EUI64;
}

/*
 * The kernel gives one when IPv6 begins on an interface, and does not look at it again: a bridge
 * that gets another port, and so another MAC, keeps it. That alone is no reason for a change.
 */
static void diff_link_local(struct diff *diff, struct iface *iface)
{
    const struct iface *seen = iface->seen;
    const struct mac *mac = object_has(&iface->o, IFACE_MAC) ? &iface->mac : &seen->mac;
    struct prefix wanted = link_local(mac);
    bool has = false, has_any = false;

    if (!iface->kind || iface_is_opened(iface) || iface->kind->flags & KIND_NO_LINK_LOCAL ||
        iface_netns(iface)->foreign || !iface->up || !seen->up || !makes_eui64(seen, iface) ||
        !object_has(&seen->o, IFACE_MAC))
        return;
    LIST_EACH (struct address, address, &seen->addresses) {
        bool is = prefix_equal(&address->address, &wanted) && !address->bare;

        has = has || is;
        has_any = has_any || (address->address.ip.family == AF_INET6 &&
                              ip_is_link_local(&address->address.ip));
        /* that of the MAC that it had before, or one that has lost its route */
        if (!is && is_kernels_link_local(address) &&
            (address->bare || diff->renews || diff_field(&seen->o, &iface->o, IFACE_MAC))) {
            drop(&address->o, diff);
            has_any = false;
        }
    }
    if (!has && !has_any)
        add_kernels(diff, iface, &wanted, RT_SCOPE_LINK, ADDRESS_KERNEL_LL);
}

/* lo has these from the kernel since it was set up. */
static void diff_loopback(struct diff *diff, struct iface *iface)
{
    static const struct prefix own[] = {{{AF_INET, {127, 0, 0, 1}}, 8},
                                        {{AF_INET6, {[15] = 1}}, 128}};

    if (iface != iface_netns(iface)->lo || iface_netns(iface)->foreign || !iface->up ||
        !iface->seen->up)
        return;
    for (size_t i = 0; i < 2; i++) {
        bool has = own[i].ip.family == AF_INET6 && !iface->seen->ipv6_ready;

        LIST_EACH (struct address, address, &iface->seen->addresses)
            has = has || ip_equal(&address->address.ip, &own[i].ip);
        LIST_EACH (struct address, address, &iface->addresses)
            has = has || ip_equal(&address->address.ip, &own[i].ip);
        if (!has)
            add_kernels(diff, iface, &own[i], RT_SCOPE_HOST, ADDRESS_KERNEL_LO);
    }
}

/* What an interface has as its root is one thing; whose it is, an owner's file tells. */
static void diff_netem_of(struct diff *diff, struct iface *iface)
{
    struct netem *seen = iface->seen->netem, *wanted = iface->netem;
    bool owned = false;

    if (wanted && (!seen || diff_netem(seen, wanted)))
        change(diff, seen ? &seen->o : NULL, &wanted->o, false);
    if (wanted || !seen)
        return;
    for (size_t i = 0; i < DIFF_OWNERS; i++) {
        const struct iface *owner = owner_iface(diff, i, iface->o.parent->name, iface->o.name);

        owned = owned || (owner && owner->netem);
    }
    if (owned || !iface_netns(iface)->host || iface_is_made(iface))
        change(diff, &seen->o, NULL, !owned);
}

static void diff_parts(struct diff *diff, struct iface *iface)
{
    const struct list *addresses[DIFF_OWNERS] = {0}, *altnames[DIFF_OWNERS] = {0};

    for (size_t i = 0; i < DIFF_OWNERS; i++) {
        const struct iface *owned = owner_iface(diff, i, iface->o.parent->name, iface->o.name);

        addresses[i] = owned ? &owned->addresses : NULL;
        altnames[i] = owned ? &owned->altnames : NULL;
    }
    diff_list(diff, &iface->seen->altnames, &iface->altnames, altnames,
              iface_netns(iface)->foreign);
    diff_netem_of(diff, iface);
    if (iface->seen->qdisc && !iface->netem &&
        (iface_is_made(iface) || !iface_netns(iface)->foreign))
        change(diff, &iface->seen->qdisc->o, NULL, true);
    diff_addresses(diff, iface->seen, iface, addresses);
    diff_link_local(diff, iface);
    diff_loopback(diff, iface);
}

static void add_list(struct diff *diff, const struct list *list)
{
    LIST_EACH (struct object, object, list)
        add(object, diff);
}

static void diff_ifaces(struct diff *diff, struct netns *netns)
{
    LIST_EACH (struct iface, iface, &netns->interfaces) {
        if (iface->seen) {
            diff_iface(diff, iface->seen, iface);
            diff_parts(diff, iface);
            diff_peers(diff, iface);
            continue;
        }
        if (!iface_can_be_made(iface))
            continue; /* a stranger's, on the way back: it can't be brought back */
        add(&iface->o, diff);
        if (iface->port)
            add(&iface->port->o, diff);
        if (iface->netem)
            add(&iface->netem->o, diff);
        add_list(diff, &iface->altnames);
        LIST_EACH (struct address, address, &iface->addresses)
            if (!address_is_automatic(address))
                add(&address->o, diff);
    }
}

/* Where in struct netns its lists are, but for the interfaces. */
static const size_t netns_lists[] = {offsetof(struct netns, sysctls),
                                     offsetof(struct netns, routes), offsetof(struct netns, rules),
                                     offsetof(struct netns, neighbors)};

static struct list *list_of(const struct netns *netns, size_t which)
{
    return (struct list *)((char *)netns + netns_lists[which]);
}

static void diff_lists(struct diff *diff, struct netns *netns, size_t which)
{
    const struct list *owned[DIFF_OWNERS] = {0};

    if (!netns->seen) {
        add_list(diff, list_of(netns, which));
        return;
    }
    for (size_t i = 0; i < DIFF_OWNERS; i++) {
        const struct netns *owner = owner_netns(diff, i, netns->o.name);

        owned[i] = owner ? list_of(owner, which) : NULL;
    }
    diff_list(diff, list_of(netns->seen, which), list_of(netns, which), owned, netns->foreign);
}

static void diff_netns(struct diff *diff, struct netns *netns)
{
    if (!netns->seen)
        add(&netns->o, diff);
    else if (netns->seen->unnamed)
        change(diff, &netns->seen->o, &netns->o, false);
    diff_lists(diff, netns, 0);
    diff_ifaces(diff, netns);
    diff_rulesets(diff, netns->seen, netns);
    for (size_t i = 1; i < sizeof netns_lists / sizeof netns_lists[0]; i++)
        diff_lists(diff, netns, i);
    diff_services(diff, netns->seen, netns);
}

/* What was seen and is neither kept nor compared: it goes, or is a stranger's. */
static void leave_netns(struct diff *diff, struct netns *netns)
{
    const struct netns *wanted = strmap_get(&diff->wanted->names, netns->o.name);

    if (netns->gone) {
        drop(&netns->o, diff);
        diff_services(diff, netns, NULL);
    }
    LIST_EACH (struct iface, iface, &netns->interfaces) {
        if (iface->gone && !iface->link && !netns->gone)
            drop(&iface->o, diff);
        else if (!iface->gone && !netns->foreign && !(wanted && netns_iface(wanted, iface->o.name)))
            change(diff, &iface->o, NULL, true);
    }
    LIST_EACH (struct iface, guest, &netns->guests)
        if (!guest->master->gone)
            change(diff, &guest->o, NULL, true);
}

/* Whether it still has what an owner gave it. */
static bool is_altered(const struct iface *seen)
{
    const struct iface *before = seen->before;
    uint64_t saved = before ? before->o.set : 0;

    for (unsigned i = 0; i < IFACE_FIELDS; i++)
        if ((saved & IFACE_VALUES) >> i & 1 && i != IFACE_ALIAS &&
            !field_equal(&table_iface.fields[i], &seen->o, &before->o))
            return true;
    return (before && seen->master) ||
           (saved >> IFACE_ALIAS & 1 &&
            strcmp(object_has(&seen->o, IFACE_ALIAS) ? seen->alias : "", before->alias) != 0);
}

/* An interface of others, lo too: what an owner had given it. */
static void leave_existing(struct diff *diff, struct iface *seen)
{
    static struct list nothing;
    const struct list *addresses[DIFF_OWNERS] = {0}, *altnames[DIFF_OWNERS] = {0};

    for (size_t i = 0; i < DIFF_OWNERS; i++) {
        const struct iface *owned = owner_iface(diff, i, seen->o.parent->name, seen->o.name);

        addresses[i] = owned ? &owned->addresses : NULL;
        altnames[i] = owned ? &owned->altnames : NULL;
    }
    diff_list(diff, &seen->addresses, &nothing, addresses, true);
    diff_list(diff, &seen->altnames, &nothing, altnames, true);
    if (is_altered(seen))
        drop(&seen->o, diff);
}

/* A namespace of others that has no place in the wanted lab any more, but has things of an owner's.
 */
static void leave_foreign(struct diff *diff, struct netns *seen)
{
    static struct list nothing;
    const struct netns *wanted = strmap_get(&diff->wanted->names, seen->o.name);

    LIST_EACH (struct iface, iface, &seen->interfaces)
        if ((iface->existing || iface == seen->lo) &&
            !(wanted && netns_iface(wanted, iface->o.name)))
            leave_existing(diff, iface);
    if (wanted)
        return;
    diff_rulesets(diff, seen, NULL);
    diff_services(diff, seen, NULL);
    for (size_t which = 0; which < sizeof netns_lists / sizeof netns_lists[0]; which++) {
        const struct list *owned[DIFF_OWNERS] = {0};

        for (size_t i = 0; i < DIFF_OWNERS; i++) {
            const struct netns *owner = owner_netns(diff, i, seen->o.name);

            owned[i] = owner ? list_of(owner, which) : NULL;
        }
        diff_list(diff, list_of(seen, which), &nothing, owned, true);
    }
}

static int diff_both(struct diff *diff)
{
    match_labs(diff);
    diff_public_keys(diff);
    LIST_EACH (struct netns, netns, &diff->wanted->namespaces)
        diff_netns(diff, netns);
    LIST_EACH (struct link, link, &diff->wanted->links)
        if (!link->ends[0].iface->seen)
            add(&link->o, diff);
    LIST_EACH (struct netns, netns, &diff->seen->namespaces)
        leave_netns(diff, netns);
    LIST_EACH (struct netns, netns, &diff->seen->namespaces)
        if (netns->foreign)
            leave_foreign(diff, netns);
    LIST_EACH (struct link, link, &diff->seen->links)
        if (link->ends[0].iface->gone)
            drop(&link->o, diff);
    return diff->error;
}

int diff_labs(struct netlab_lab *seen, struct netlab_lab *wanted, const struct diff_owners *owners,
              struct arena *arena, struct changes *ret_changes)
{
    struct diff diff = {.seen = seen,
                        .wanted = wanted,
                        .owners = owners,
                        .renews = owners && owners->settled,
                        .arena = arena};

    if (seen)
        forget(seen, false);
    if (wanted)
        forget(wanted, true);
    if (seen && wanted)
        (void)diff_both(&diff);
    else if (wanted)
        lab_visit(wanted, add, &diff);
    else if (seen)
        lab_visit(seen, drop, &diff);
    *ret_changes = diff.changes;
    return diff.error;
}
