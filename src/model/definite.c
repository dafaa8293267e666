/* SPDX-License-Identifier: MIT */
/*
 * Job: what holds where a file says nothing.
 * In: structs with what was given. Out: the same with definite values.
 */
#include "model/definite.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "model/ip.h"

/* The least prefix length of IPv4 that leaves no room for a broadcast address (RFC 3021). */
#define NO_BROADCAST 31

void address_fill(struct address *address, const struct iface *iface)
{
    const struct ip *ip = &address->address.ip;

    if (!object_has(&address->o, ADDRESS_LIFETIME))
        address->lifetime = LIFETIME_FOREVER;
    if (!object_has(&address->o, ADDRESS_SCOPE)) {
        address->scope = RT_SCOPE_UNIVERSE;
        if (ip_is_loopback(ip))
            address->scope = RT_SCOPE_HOST;
        else if (ip->family == AF_INET6 && ip_is_link_local(ip))
            address->scope = RT_SCOPE_LINK;
    }
    if (ip->family == AF_INET && address->address.length < NO_BROADCAST && iface->kind &&
        !object_has(&address->o, ADDRESS_BROADCAST) && address->scope != RT_SCOPE_HOST)
        address->broadcast = ip_last(ip, address->address.length);
}

/* The family of a `default` route: that of its gateways or source. */
static uint32_t route_family(const struct route *route)
{
    if (route->to.ip.family)
        return route->to.ip.family;
    if (route->family)
        return route->family;
    if (route->via.family)
        return route->via.family;
    LIST_EACH (struct nexthop, hop, &route->nexthops)
        if (hop->via.family)
            return hop->via.family;
    return route->src.family;
}

/* As iproute2 does (iproute_modify() in ip/iproute.c). */
static uint32_t route_scope(const struct route *route)
{
    bool gateway = route->via.family != AF_UNSPEC || route->nexthops.count > 0;

    if (route->family == AF_INET6)
        return RT_SCOPE_UNIVERSE;
    if (route->type == RTN_LOCAL)
        return RT_SCOPE_HOST;
    return route->type == RTN_UNICAST && !gateway ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

void route_fill(struct route *route)
{
    if (!object_has(&route->o, ROUTE_TYPE))
        route->type = RTN_UNICAST;
    if (!object_has(&route->o, ROUTE_TABLE))
        route->table = route->type == RTN_LOCAL ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
    if (!object_has(&route->o, ROUTE_FAMILY))
        route->family = route_family(route);
    if (!route->to.ip.family)
        route->to.ip.family = (uint8_t)route->family;
    if (!object_has(&route->o, ROUTE_SCOPE))
        route->scope = route_scope(route);
}

void nexthop_fill(struct nexthop *hop)
{
    if (!object_has(&hop->o, NEXTHOP_WEIGHT))
        hop->weight = 1;
}

void rule_fill(struct rule *rule)
{
    if (!object_has(&rule->o, RULE_ACTION))
        rule->action = FR_ACT_TO_TBL;
    if (!object_has(&rule->o, RULE_FAMILY))
        rule->family = rule->from.ip.family ? rule->from.ip.family
                       : rule->to.ip.family ? rule->to.ip.family
                                            : AF_INET;
}

void netem_fill(struct netem *netem)
{
    for (unsigned i = 0; i < NETEM_FIELDS; i++)
        if (!object_has(&netem->o, i))
            field_reset(&table_netem.fields[i], &netem->o);
}

bool address_is_los_own(const struct address *address, const struct iface *iface)
{
    static const struct prefix own[] = {{{AF_INET, {127, 0, 0, 1}}, 8},
                                        {{AF_INET6, {[15] = 1}}, 128}};

    return !iface->kind && iface->up &&
           (prefix_equal(&address->address, &own[0]) || prefix_equal(&address->address, &own[1]));
}
