/* SPDX-License-Identifier: MIT */
/*
 * Job: what holds where the file says nothing, so that later rooms need not know.
 * In: a lab whose names are resolved. Out: definite values; `set` bits stay as the file has them.
 */
#include "model/definite.h"

#include "model/ip.h"
#include "parse/resolve.h"
#include "parse/scalar.h"

static void definite_address(struct address *address, const struct iface *iface)
{
    address->protocol = NETLAB_PROTOCOL;
    /* with a peer the address is a lone one */
    if (object_has(&address->o, ADDRESS_PEER) && address->address.length == PREFIX_LONE)
        address->address.length = (uint8_t)ip_bits(&address->address.ip);
    address_fill(address, iface);
}

static void definite_route(struct route *route)
{
    route->protocol = NETLAB_PROTOCOL;
    route_fill(route);
    LIST_EACH (struct nexthop, hop, &route->nexthops)
        nexthop_fill(hop);
}

static void definite_iface(struct iface *iface)
{
    LIST_EACH (struct address, address, &iface->addresses)
        definite_address(address, iface);
    /* an empty one is how to have none */
    if (iface->netem && !iface->netem->o.set)
        iface->netem = NULL;
    if (iface->netem)
        netem_fill(iface->netem);
}

void definite(struct parse *p)
{
    LIST_EACH (struct netns, netns, &p->lab->namespaces) {
        if (!netns->hostname && !netns->foreign)
            netns->hostname = netns->o.name;
        LIST_EACH (struct iface, iface, &netns->interfaces)
            definite_iface(iface);
        LIST_EACH (struct route, route, &netns->routes)
            definite_route(route);
        LIST_EACH (struct rule, rule, &netns->rules) {
            rule->protocol = NETLAB_PROTOCOL;
            rule_fill(rule);
        }
    }
}
