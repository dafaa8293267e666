/* SPDX-License-Identifier: MIT */
/*
 * Job: compare lists of objects by their keys.
 * In: what is seen, wanted, owned. Out: changes.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "diff/internal.h"
#include "kinds/kind.h"
#include "model/ip.h"

/* Objects by their keys. */
static struct strmap keys_of(struct diff *diff, const struct list *list)
{
    struct strmap map = {0};

    LIST_EACH (struct object, object, list) {
        const char *key = list_key(diff->arena, object);

        if (!key || strmap_add(&map, diff->arena, key, object) == -ENOMEM)
            diff->error = -ENOMEM;
    }
    return map;
}

static void *find(struct diff *diff, const struct strmap *map, const struct object *object)
{
    const char *key = list_key(diff->arena, object);

    if (!key)
        diff->error = -ENOMEM;
    return key ? strmap_get(map, key) : NULL;
}

static bool is_gone(const struct ifref *ref)
{
    return ref->iface && ref->iface->gone;
}

/* Whether the kernel takes it away by itself, with an interface. */
static bool vanishes(const struct object *object)
{
    const struct route *route = (const struct route *)object;
    const struct sysctl *sysctl = (const struct sysctl *)object;

    if (object->table == &table_neighbor)
        return is_gone(&((const struct neighbor *)object)->dev);
    if (object->table == &table_sysctl)
        return sysctl->iface && sysctl->iface->gone;
    return object->table == &table_route && !route->nexthops.count && is_gone(&route->dev);
}

/* One of several ways goes with its interface; what becomes of the route depends on the family. */
static bool is_damaged(const struct object *object)
{
    if (object->table == &table_route)
        LIST_EACH (struct nexthop, hop, &((const struct route *)object)->nexthops)
            if (is_gone(&hop->dev))
                return true;
    return false;
}

/* What the kernel has put there by itself. */
bool address_is_automatic(const struct address *address)
{
    const struct ip *ip = &address->address.ip;

    if (address->protocol == 0)
        return (ip->family == AF_INET6 && ip_is_link_local(ip)) || ip_is_loopback(ip);
    return address_is_kernels(address);
}

static bool is_kernels(const struct object *object)
{
    if (object->table == &table_address)
        return address_is_automatic((const struct address *)object);
    return object->table == &table_sysctl;
}

static bool names_ours(const struct ifref *ref)
{
    return ref->iface && iface_is_made(ref->iface);
}

/* Whether it is about what nobody but us has any business with. */
static bool is_on_ours(const struct object *seen)
{
    const struct route *route = (const struct route *)seen;

    if (seen->table == &table_neighbor)
        return names_ours(&((const struct neighbor *)seen)->dev);
    if (seen->table == &table_address || seen->table == &table_altname)
        return iface_is_made((const struct iface *)seen->parent);
    if (seen->table != &table_route)
        return false;
    LIST_EACH (struct nexthop, hop, &route->nexthops)
        if (names_ours(&hop->dev))
            return true;
    return names_ours(&route->dev);
}

/* Nobody wants it any more: ours goes, a stranger's stays. */
static void unwanted(struct diff *diff, struct object *seen, bool owned, bool foreign)
{
    bool is_sysctl = seen->table == &table_sysctl;

    if (seen->table == &table_address && ((const struct address *)seen)->kept)
        return;

    if (owned && !(is_sysctl && sysctl_is_initial((const struct sysctl *)seen)))
        change(diff, seen, NULL, false);
    else if (!owned && (!foreign || is_on_ours(seen)) && !is_kernels(seen))
        change(diff, seen, NULL, true);
}

static bool is_owned(struct diff *diff, const struct list *const owned[DIFF_OWNERS],
                     struct strmap maps[DIFF_OWNERS], const struct object *object)
{
    for (size_t i = 0; i < DIFF_OWNERS; i++) {
        if (owned[i] && owned[i]->count && !maps[i].count)
            maps[i] = keys_of(diff, owned[i]);
        if (find(diff, &maps[i], object))
            return true;
    }
    return false;
}

/*
 * What is seen of a wanted object. Of several with its key, as routes that were appended or
 * prepended are, the one that is as it is wanted. Of rules, the kernel takes one that differs in
 * what no file has words for as the same, and so has no room for both: that is ours, altered,
 * unless ours is there, too.
 */
static struct object *find_seen(struct diff *diff, const struct strmap *keys,
                                const struct object *wanted)
{
    struct object *found = find(diff, keys, wanted);
    const char *key = found ? list_key(diff->arena, wanted) : NULL;

    if (!found || list_equal(found, wanted))
        return found;
    for (struct object *object = found->next; key && object; object = object->next) {
        const char *other = list_key(diff->arena, object);

        if (!other)
            diff->error = -ENOMEM;
        else if (strcmp(other, key) == 0 && list_equal(object, wanted))
            return object;
    }
    return found;
}

void diff_list(struct diff *diff, struct list *seen, struct list *wanted,
               const struct list *const owned[DIFF_OWNERS], bool foreign)
{
    struct strmap seen_keys, wanted_keys, owned_keys[DIFF_OWNERS] = {0};

    if (!seen->count && !wanted->count)
        return;
    seen_keys = keys_of(diff, seen);
    wanted_keys = keys_of(diff, wanted);
    LIST_EACH (struct object, object, seen)
        object->taken = false;
    LIST_EACH (struct object, object, wanted) {
        struct object *is = find_seen(diff, &seen_keys, object);

        if (is && is->taken)
            continue; /* one of several, on the way back: there is room for one */
        if (is)
            is->taken = true;
        if (!is || vanishes(is))
            change(diff, NULL, object, false);
        else if (is_damaged(is) || !list_equal(is, object))
            change(diff, is, object, false);
    }
    LIST_EACH (struct object, object, seen)
        if (!vanishes(object) && !object->taken)
            unwanted(diff, object,
                     !find(diff, &wanted_keys, object) && is_owned(diff, owned, owned_keys, object),
                     foreign);
}

/* Addresses: the first one of a network is the primary, the others hang on it: order counts. */

struct addresses {
    struct diff *diff;
    struct strmap seen, wanted, owned[DIFF_OWNERS];
    const struct list *const *lists; /* the owners' */
};

static bool is_same_network(const struct address *a, const struct address *b)
{
    struct prefix network = {a->address.ip, a->address.length};

    if (b->address.length != network.length)
        return false;
    network.ip = ip_network(&network.ip, network.length);
    return prefix_contains(&network, &b->address.ip);
}

static bool is_strange(struct addresses *all, const struct object *object)
{
    return !find(all->diff, &all->wanted, object) &&
           !is_owned(all->diff, all->lists, all->owned, object);
}

/* The first one from `object` on that is in the network of `like`, and not a stranger's. */
static struct object *next_like(struct addresses *all, struct object *object,
                                const struct address *like)
{
    for (; object; object = object->next)
        if (is_same_network((struct address *)object, like) && !is_strange(all, object))
            return object;
    return NULL;
}

/* Whether all of its network up to this one are seen as they are wanted, in that order. */
static bool is_in_order(struct addresses *all, const struct iface *seen, const struct iface *wanted,
                        const struct object *object)
{
    const struct address *like = (const struct address *)object;
    struct object *is = next_like(all, seen->addresses.first, like);
    struct object *should = next_like(all, wanted->addresses.first, like);

    while (is && should && find(all->diff, &all->wanted, is) == should && list_equal(is, should)) {
        if (should == object)
            return true;
        is = next_like(all, is->next, like);
        should = next_like(all, should->next, like);
    }
    return false;
}

/* To join or leave a vrf takes an interface down for a moment (cycle_netdev()). */
static bool is_cycled(const struct iface *seen, const struct iface *wanted)
{
    const struct iface *masters[] = {seen->master, wanted->master};

    for (size_t i = 0; i < 2 && diff_master(seen, wanted); i++)
        if (masters[i] && masters[i]->kind == &kind_vrf)
            return seen->up;
    return false;
}

static bool stays(struct addresses *all, const struct iface *seen, const struct iface *wanted,
                  const struct object *is, const struct object *object)
{
    if (((const struct address *)object)->address.ip.family == AF_INET)
        return is_in_order(all, seen, wanted, object);
    return list_equal(is, object) && !is_cycled(seen, wanted);
}

/* Whether a device of others has had it before an owner did: it stays as it is. */
static bool is_found(struct addresses *all, const struct iface *wanted, const struct object *is)
{
    return wanted->existing && ((const struct address *)is)->protocol != NETLAB_PROTOCOL &&
           !is_owned(all->diff, all->lists, all->owned, is);
}

void diff_addresses(struct diff *diff, struct iface *seen, struct iface *wanted,
                    const struct list *const owned[DIFF_OWNERS])
{
    struct addresses all = {.diff = diff, .lists = owned};

    all.seen = keys_of(diff, &seen->addresses);
    all.wanted = keys_of(diff, &wanted->addresses);
    LIST_EACH (struct object, object, &wanted->addresses) {
        struct object *is = find(diff, &all.seen, object);

        if (address_is_automatic((struct address *)object) || ((struct address *)object)->kept)
            continue;
        if (is && is_found(&all, wanted, is)) {
            ((struct address *)object)->kept = true;
            continue;
        }
        if (is && stays(&all, seen, wanted, is, object))
            continue;
        change(diff, is, object, false);
    }
    LIST_EACH (struct object, object, &seen->addresses)
        if (!find(diff, &all.wanted, object))
            unwanted(diff, object, is_owned(diff, owned, all.owned, object),
                     iface_netns(seen)->foreign);
}
