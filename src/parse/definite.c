/* SPDX-License-Identifier: MIT */
/*
 * Job: what holds where the file says nothing, so that later rooms need not know.
 * In: a lab whose names are resolved. Out: definite values; `set` bits stay as the file has them.
 */
#include "model/definite.h"

#include "kinds/kind.h"
#include "model/ip.h"
#include "parse/nftables.h"
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

static void definite_options(const struct iface *iface)
{
    struct object *options = iface->options;

    for (unsigned i = 0; i < options->table->field_count; i++)
        if (options->table->fields[i].flags & FIELD_INITIAL && !object_has(options, i))
            field_reset(&options->table->fields[i], options);
    if (iface->kind->settle)
        iface->kind->settle(options);
}

static void definite_iface(struct iface *iface)
{
    if (iface->options)
        definite_options(iface);
    LIST_EACH (struct address, address, &iface->addresses)
        definite_address(address, iface);
    /* an empty one is how to have none */
    if (iface->netem && !iface->netem->o.set)
        iface->netem = NULL;
    if (iface->netem)
        netem_fill(iface->netem);
}

/* VLAN tables. */
static int definite_vlans(struct parse *p, struct netns *netns)
{
    int r = 0;

    LIST_EACH (struct iface, iface, &netns->interfaces)
        if (r == 0 && iface->kind && iface->kind->make_vlans && iface->options)
            r = iface->kind->make_vlans(iface, p->lab->arena);
    return r;
}

int definite(struct parse *p)
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
        check_forwards(p, netns);
        if (definite_vlans(p, netns) < 0 || definite_ruleset(p, netns) < 0)
            return -ENOMEM;
    }
    return 0;
}
