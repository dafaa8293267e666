/* SPDX-License-Identifier: MIT */
/*
 * Job: when are an object that is seen and one that is wanted the same thing, and when equal.
 * In: two objects of one table. Out: a key, yes or no.
 */
#include <ctype.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "diff/internal.h"
#include "kinds/kind.h"
#include "model/ip.h"

enum { IPV6_METRIC = 1024 }; /* IP6_RT_PRIO_USER: what IPv6 makes of 0 */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* What exists keeps its options, but for what the file takes it for; those of a port are another
   thing. */
static bool is_kept(const struct object *wanted, unsigned field)
{
    const struct iface *iface = (const struct iface *)wanted->parent;

    return iface && iface->o.table == &table_iface && iface->existing && iface->options == wanted &&
           !(wanted->marks && object_has(wanted, field));
}

bool diff_field(const struct object *seen, const struct object *wanted, unsigned field)
{
    if (is_kept(wanted, field))
        return false;
    /* a bond's ports have its own */
    if (wanted->table == &table_iface && field == IFACE_MAC &&
        iface_is_opened((const struct iface *)wanted) &&
        iface_is_opened((const struct iface *)seen))
        return false;
    /* one that follows from other things (settle.c) */
    if (wanted->table == &table_iface && field == IFACE_MTU && ((const struct iface *)wanted)->mtu)
        return object_has(seen, field) && !field_equal(&table_iface.fields[field], seen, wanted);
    return field_differs(seen, wanted, field);
}

bool diff_options(const struct object *seen, const struct object *wanted)
{
    if (!seen || !wanted)
        return false;
    for (unsigned i = 0; i < wanted->table->field_count; i++)
        if (field_is_option(&wanted->table->fields[i]) && diff_field(seen, wanted, i))
            return true;
    return false;
}

bool diff_mtu(const struct iface *seen, const struct iface *wanted)
{
    if (diff_field(&seen->o, &wanted->o, IFACE_MTU))
        return true;
    return wanted->kind && wanted->kind->flags & KIND_WHOLE && object_has(&wanted->o, IFACE_MTU) &&
           diff_options(seen->options, wanted->options);
}

bool diff_master(const struct iface *seen, const struct iface *wanted)
{
    const struct iface *master = wanted->master;

    return master ? !master->seen || master->seen != seen->master : seen->master != NULL;
}

bool diff_alias(const struct iface *seen, const struct iface *wanted)
{
    bool open =
        (wanted->existing || iface_is_moved(wanted)) && !object_has(&wanted->o, IFACE_ALIAS);
    const char *is = object_has(&seen->o, IFACE_ALIAS) ? seen->alias : "";
    const char *should = object_has(&wanted->o, IFACE_ALIAS) ? wanted->alias : "";

    return !open && strcmp(is, should) != 0;
}

bool diff_netem(const struct netem *seen, const struct netem *wanted)
{
    for (unsigned i = 0; i < NETEM_FIELDS; i++)
        if (diff_field(&seen->o, &wanted->o, i))
            return true;
    return seen->o.beyond && !wanted->o.beyond;
}

/* Addresses */

static const char *address_key(struct arena *arena, const struct address *address)
{
    char own[IP_TEXT], peer[IP_TEXT];
    bool has_peer = object_has(&address->o, ADDRESS_PEER);

    if (address->address.ip.family == AF_INET6) /* an interface has it once, whatever the prefix */
        return arena_printf(arena, "%s", ip_text(&address->address.ip, own));
    return arena_printf(arena, "%s %s", prefix_text(&address->address, own),
                        has_peer ? prefix_text(&address->peer, peer) : "-");
}

/* A lifetime runs down. */
static bool same_lifetime(uint32_t seen, uint32_t wanted)
{
    if (wanted == 0 || wanted == LIFETIME_FOREVER)
        return seen == wanted;
    return seen > 0 && seen <= wanted;
}

static const char *label_of(const struct address *address)
{
    const char *label = object_has(&address->o, ADDRESS_LABEL) ? address->label : NULL;

    return label && strcmp(label, address->o.parent->name) != 0 ? label : NULL;
}

static bool same_address(const struct address *seen, const struct address *wanted)
{
    bool ipv4 = wanted->address.ip.family == AF_INET;

    return !seen->bare && prefix_equal(&seen->address, &wanted->address) &&
           prefix_equal(&seen->peer, &wanted->peer) &&
           ip_equal(&seen->broadcast, &wanted->broadcast) &&
           (!ipv4 || seen->scope == wanted->scope) && same_text(label_of(seen), label_of(wanted)) &&
           same_lifetime(seen->lifetime, wanted->lifetime) &&
           seen->noprefixroute == wanted->noprefixroute;
}

/* Routes */

static uint32_t metric_of(const struct route *route)
{
    uint32_t metric = object_has(&route->o, ROUTE_METRIC) ? route->metric : 0;

    return metric || route->to.ip.family == AF_INET ? metric : IPV6_METRIC;
}

static const char *route_key(struct arena *arena, const struct route *route)
{
    char to[IP_TEXT], from[IP_TEXT];

    return arena_printf(arena, "%u %s %u %u tos %u from %s", route->to.ip.family,
                        prefix_text(&route->to, to), route->table, metric_of(route),
                        route->unsaid.tos,
                        route->from.length ? prefix_text(&route->from, from) : "-");
}

struct hop {
    const struct ip *via;
    const struct ifref *dev;
    uint32_t weight;
};

static size_t hop_count(const struct route *route)
{
    if (route->nexthops.count)
        return route->nexthops.count;
    return route->via.family || route->dev.name ? 1 : 0;
}

static struct hop lone_hop(const struct route *route)
{
    return (struct hop){&route->via, &route->dev, 1};
}

/* One in a list is a route without a list, and has no weight. */
static struct hop hop_of(const struct route *route, const struct nexthop *nexthop)
{
    return (struct hop){&nexthop->via, &nexthop->dev,
                        route->nexthops.count == 1 ? 1 : nexthop->weight};
}

static bool same_hop(struct hop seen, struct hop wanted)
{
    return ip_equal(seen.via, wanted.via) && seen.weight == wanted.weight &&
           (!wanted.dev->name || same_text(seen.dev->name, wanted.dev->name));
}

static bool has_hop(const struct route *seen, struct hop wanted)
{
    if (!seen->nexthops.count)
        return same_hop(lone_hop(seen), wanted);
    LIST_EACH (struct nexthop, nexthop, &seen->nexthops)
        if (same_hop(hop_of(seen, nexthop), wanted))
            return true;
    return false;
}

static bool same_hops(const struct route *seen, const struct route *wanted)
{
    size_t count = hop_count(wanted);

    if (hop_count(seen) != count)
        return false;
    if (count && !wanted->nexthops.count)
        return has_hop(seen, lone_hop(wanted));
    LIST_EACH (struct nexthop, nexthop, &wanted->nexthops)
        if (!has_hop(seen, hop_of(wanted, nexthop)))
            return false;
    return true;
}

static bool same_route(const struct route *seen, const struct route *wanted)
{
    return seen->type == wanted->type && same_hops(seen, wanted) &&
           (wanted->to.ip.family != AF_INET || seen->scope == wanted->scope) &&
           ip_equal(&seen->src, &wanted->src) && seen->mtu == wanted->mtu &&
           seen->advmss == wanted->advmss && seen->onlink == wanted->onlink;
}

/* Rules are their own keys. */
static const char *rule_key(struct arena *arena, const struct rule *rule)
{
    char from[IP_TEXT], to[IP_TEXT];

    return arena_printf(
        arena, "%u %u from %s to %s iif %s oif %s mark %u/%u action %u table %u", rule->family,
        rule->priority, rule->from.length ? prefix_text(&rule->from, from) : "-",
        rule->to.length ? prefix_text(&rule->to, to) : "-",
        object_has(&rule->o, RULE_IIF) ? rule->iif.name : "-",
        object_has(&rule->o, RULE_OIF) ? rule->oif.name : "-", rule->fwmark.value,
        rule->fwmark.mask, rule->action, rule->action == 1 ? rule->table : 0); /* FR_ACT_TO_TBL */
}

/* Neighbours */

static const char *neighbor_key(struct arena *arena, const struct neighbor *neighbor)
{
    char text[IP_TEXT];

    return arena_printf(arena, "%s%s %s", neighbor->proxy ? "proxy " : "", neighbor->dev.name,
                        ip_text(&neighbor->to, text));
}

/* Sysctls: words, of which numbers can be written in several ways. */

static bool same_word(const char *a, size_t a_size, const char *b, size_t b_size)
{
    char *a_end, *b_end;
    long long x, y;

    if (a_size == b_size && memcmp(a, b, a_size) == 0)
        return true;
    x = strtoll(a, &a_end, 0);
    y = strtoll(b, &b_end, 0);
    return a_size && b_size && a_end == a + a_size && b_end == b + b_size && x == y;
}

static bool same_value(const char *a, const char *b)
{
    const char *space = " \t\n";

    if (!b[strspn(b, space)])
        return true; /* nothing is wanted: the kernel takes that, and leaves it as it is */
    for (;;) {
        size_t a_size, b_size;

        a += strspn(a, space);
        b += strspn(b, space);
        a_size = strcspn(a, space);
        b_size = strcspn(b, space);
        if (!a_size || !b_size)
            return a_size == b_size;
        if (!same_word(a, a_size, b, b_size))
            return false;
        a += a_size;
        b += b_size;
    }
}

const char *list_key(struct arena *arena, const struct object *object)
{
    if (object->table == &table_address)
        return address_key(arena, (const struct address *)object);
    if (object->table == &table_route)
        return route_key(arena, (const struct route *)object);
    if (object->table == &table_rule)
        return rule_key(arena, (const struct rule *)object);
    if (object->table == &table_neighbor)
        return neighbor_key(arena, (const struct neighbor *)object);
    if (object->table == &table_altname)
        return ((const struct altname *)object)->altname;
    return ((const struct sysctl *)object)->path;
}

bool list_equal(const struct object *seen, const struct object *wanted)
{
    if (seen->beyond && !wanted->beyond)
        return false;
    if (wanted->table == &table_address)
        return same_address((const struct address *)seen, (const struct address *)wanted);
    if (wanted->table == &table_route)
        return same_route((const struct route *)seen, (const struct route *)wanted);
    if (wanted->table == &table_neighbor)
        return memcmp(&((const struct neighbor *)seen)->mac,
                      &((const struct neighbor *)wanted)->mac, sizeof(struct mac)) == 0;
    if (wanted->table == &table_sysctl)
        return same_value(((const struct sysctl *)seen)->value,
                          ((const struct sysctl *)wanted)->value);
    return true;
}

bool sysctl_is_initial(const struct sysctl *sysctl)
{
    return !sysctl->before || same_value(sysctl->value, sysctl->before);
}
