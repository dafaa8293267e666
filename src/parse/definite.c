/* SPDX-License-Identifier: MIT */
/*
 * Job: what holds where the file says nothing, so that later rooms need not know.
 * In: a lab whose names are resolved. Out: definite values; `set` bits stay as the file has them.
 */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "model/ip.h"
#include "parse/resolve.h"
#include "parse/scalar.h"

/* The least prefix length of IPv4 that leaves no room for a broadcast address (RFC 3021). */
#define NO_BROADCAST 31

static void definite_address(struct address *address, const struct iface *iface)
{
    const struct ip *ip = &address->address.ip;

    address->protocol = NETLAB_PROTOCOL;
    /* with a peer the address is a lone one */
    if (object_has(&address->o, ADDRESS_PEER) && address->address.length == PREFIX_LONE)
        address->address.length = (uint8_t)ip_bits(ip);
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

static void definite_route(struct route *route)
{
    route->protocol = NETLAB_PROTOCOL;
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
    LIST_EACH (struct nexthop, hop, &route->nexthops)
        if (!object_has(&hop->o, NEXTHOP_WEIGHT))
            hop->weight = 1;
}

static void definite_rule(struct rule *rule)
{
    rule->protocol = NETLAB_PROTOCOL;
    if (!object_has(&rule->o, RULE_ACTION))
        rule->action = FR_ACT_TO_TBL;
    if (!object_has(&rule->o, RULE_FAMILY))
        rule->family = rule->from.ip.family ? rule->from.ip.family
                       : rule->to.ip.family ? rule->to.ip.family
                                            : AF_INET;
}

void definite(struct parse *p)
{
    LIST_EACH (struct netns, netns, &p->lab->namespaces) {
        if (!netns->hostname && !netns->host)
            netns->hostname = netns->o.name;
        LIST_EACH (struct iface, iface, &netns->interfaces)
            LIST_EACH (struct address, address, &iface->addresses)
                definite_address(address, iface);
        LIST_EACH (struct route, route, &netns->routes)
            definite_route(route);
        LIST_EACH (struct rule, rule, &netns->rules)
            definite_rule(rule);
    }
}
