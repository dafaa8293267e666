/* SPDX-License-Identifier: MIT */
/*
 * Job: longest-prefix match over what a namespace reaches by itself.
 * In: a namespace with resolved names. Out: answers.
 */
#include "parse/reach.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/ip.h"

enum { OWN_KEY = PREFIX_KEY + 8 };

static const char digits[] = "0123456789abcdef";

const char *prefix_key(const struct ip *ip, unsigned length, char text[PREFIX_KEY])
{
    char *c = text;

    *c++ = ip->family == AF_INET6 ? '6' : '4';
    *c++ = digits[length >> 4];
    *c++ = digits[length & 15];
    for (unsigned i = 0; i < ip_bytes(ip); i++) {
        *c++ = digits[ip->bytes[i] >> 4];
        *c++ = digits[ip->bytes[i] & 15];
    }
    *c = '\0';
    return text;
}

/* An address of the interfaces whose networks are in a table. */
static const char *own_key(const struct ip *ip, uint32_t table, char text[OWN_KEY])
{
    char *c = text + strlen(prefix_key(ip, 0, text));

    for (unsigned i = 0; i < 8; i++)
        *c++ = digits[table >> (4 * i) & 15];
    *c = '\0';
    return text;
}

/* By hand: printf would be a tenth of the time that a large file takes. */
char *prefix_key_with(struct arena *arena, const struct ip *ip, unsigned length, uint32_t a,
                      uint32_t b)
{
    char *key = arena_alloc(arena, PREFIX_KEY + 2 * 8), *c;

    if (!key)
        return NULL;
    prefix_key(ip, length, key);
    c = key + strlen(key);
    for (unsigned i = 0; i < 8; i++) {
        *c++ = digits[a >> (4 * i) & 15];
        *c++ = digits[b >> (4 * i) & 15];
    }
    *c = '\0';
    return key;
}

struct prefix address_net(const struct address *address)
{
    const struct prefix *prefix = address->peer.ip.family ? &address->peer : &address->address;

    return (struct prefix){.ip = ip_network(&prefix->ip, prefix->length), .length = prefix->length};
}

static int add_net(struct reach *reach, struct parse *p, const struct prefix *prefix,
                   const struct net *value)
{
    struct net *net = ARENA_NEW(p->scratch, struct net), *first;
    char text[PREFIX_KEY];
    const char *key;

    if (!net)
        return -ENOMEM;
    *net = *value;
    first = strmap_get(&reach->nets, prefix_key(&prefix->ip, prefix->length, text));
    if (first) {
        net->next = first->next;
        first->next = net;
        return 0;
    }
    reach->lengths[prefix->ip.family == AF_INET6][prefix->length] = true;
    key = arena_strdup(p->scratch, text);
    return key ? strmap_add(&reach->nets, p->scratch, key, net) : -ENOMEM;
}

static int add_address(struct reach *reach, struct parse *p, const struct iface *iface,
                       struct address *address)
{
    const struct prefix net = address_net(address);
    uint32_t table = iface_table(iface);
    char text[OWN_KEY];
    const char *key;

    if (is_broken(address))
        return 0;
    key = arena_strdup(p->scratch, own_key(&address->address.ip, table, text));
    if (!key || strmap_add(&reach->own, p->scratch, key, address) == -ENOMEM)
        return -ENOMEM;
    if (!iface->up || address->noprefixroute)
        return 0;
    /* the address alone is no way to anyone else */
    if (net.length == ip_bits(&net.ip) && !address->peer.ip.family)
        return 0;
    return add_net(reach, p, &net,
                   &(struct net){.iface = iface, .address = address, .table = table});
}

static int add_route(struct reach *reach, struct parse *p, const struct route *route)
{
    if (is_broken(route)) {
        /* it might have been a way straight to a device */
        reach->partial |= is_open(route) || route->o.marks[ROUTE_NEXTHOPS].line ||
                          !route->o.marks[ROUTE_VIA].line;
        return 0;
    }
    if (route->type != RTN_UNICAST || route->via.family || !route->to.ip.family)
        return 0;
    if (route->dev.iface && route->dev.iface->up &&
        add_net(reach, p, &route->to,
                &(struct net){.iface = route->dev.iface, .route = route, .table = route->table}) <
            0)
        return -ENOMEM;
    LIST_EACH (struct nexthop, hop, &route->nexthops)
        if (!hop->via.family && hop->dev.iface && hop->dev.iface->up &&
            add_net(reach, p, &route->to,
                    &(struct net){.iface = hop->dev.iface, .route = route, .table = route->table}) <
                0)
            return -ENOMEM;
    return 0;
}

int reach_init(struct reach *reach, struct parse *p, const struct netns *netns)
{
    *reach = (struct reach){.netns = netns, .partial = is_open(netns) || p->links_open};
    LIST_EACH (struct iface, iface, &netns->interfaces) {
        reach->partial |= is_broken(iface);
        LIST_EACH (struct address, address, &iface->addresses)
            if (add_address(reach, p, iface, address) < 0)
                return -ENOMEM;
    }
    LIST_EACH (struct route, route, &netns->routes)
        if (add_route(reach, p, route) < 0)
            return -ENOMEM;
    return 0;
}

/* The kernel looks into the route's table, then as for a packet by dev (fib_check_nh(),
   ip6_route_check_nh()). */
static bool leads(const struct net *net, const struct iface *dev, uint32_t table)
{
    if (dev && net->iface != dev)
        return false;
    return net->table == RT_TABLE_MAIN || net->table == table || (dev && net->address);
}

const struct net *reach_find(const struct reach *reach, const struct ip *ip,
                             const struct iface *dev, uint32_t table)
{
    const bool *lengths = reach->lengths[ip->family == AF_INET6];

    for (int length = (int)ip_bits(ip); length >= 0; length--) {
        const struct ip network = lengths[length] ? ip_network(ip, (unsigned)length) : *ip;
        char key[PREFIX_KEY];

        if (!lengths[length])
            continue;
        for (const struct net *net =
                 strmap_get(&reach->nets, prefix_key(&network, (unsigned)length, key));
             net; net = net->next)
            if (leads(net, dev, table))
                return net;
    }
    return NULL;
}

bool reach_owns(const struct reach *reach, const struct ip *ip, uint32_t table)
{
    char key[OWN_KEY];

    if (strmap_get(&reach->own, own_key(ip, table, key)))
        return true;
    LIST_EACH (struct iface, iface, &reach->netns->interfaces)
        if (iface->kind == &kind_vrf && iface_table(iface) == table)
            return false;
    return strmap_get(&reach->own, own_key(ip, RT_TABLE_MAIN, key)) != NULL;
}
