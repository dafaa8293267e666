/* SPDX-License-Identifier: MIT */
/*
 * Job: what is suspicious about links and the layer-2 segments that links and bridges form: an
 * address twice, ends in different subnets or with different MTUs.
 * In: a lab without errors. Out: warnings.
 * Segments are sets of interfaces, joined (union-find) by links and bridges.
 */
#include <string.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/ip.h"
#include "parse/check.h"
#include "parse/check_vlan.h"
#include "parse/reach.h"

enum {
    MTU_DEFAULT = 1500, /* ETH_DATA_LEN */
};

/* ifindex serves as the number of an interface here; the plan gives it its own meaning. */
static size_t number_ifaces(struct netlab_lab *lab)
{
    uint32_t count = 0;

    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces)
            iface->ifindex = count++;
    return count;
}

static void unnumber_ifaces(struct netlab_lab *lab)
{
    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces)
            iface->ifindex = 0;
}

static int warn_address(struct parse *p, const struct address *address, size_t segment,
                        struct strmap *seen)
{
    const struct iface *iface = (struct iface *)address->o.parent, *other;
    const struct address *first;
    char text[IP_TEXT];
    char *full = prefix_key_with(p->scratch, &address->address.ip, 0, (uint32_t)segment, 0);
    int err = full ? strmap_add(seen, p->scratch, full, (void *)address) : -ENOMEM;

    if (err != -EEXIST)
        return err;
    first = strmap_get(seen, full);
    other = (struct iface *)first->o.parent;
    if (iface->o.parent == other->o.parent && !ip_is_link_local(&address->address.ip))
        return 0; /* warned of already */
    WARN(p, object_mark(&address->o, ADDRESS_ADDRESS),
         "address %s is on one segment with the same address of %s:%s",
         ip_text(&address->address.ip, text), iface_netns(other)->o.name, other->o.name);
    HINT(p, "that one is on line %u", first->o.mark.line);
    return 0;
}

static int warn_addresses(struct parse *p, size_t *sets)
{
    struct strmap seen = {0};

    LIST_EACH (struct netns, netns, &p->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces)
            LIST_EACH (struct address, address, &iface->addresses)
                if (iface->kind && iface->up &&
                    warn_address(p, address, sets_find(sets, iface->ifindex), &seen) < 0)
                    return -ENOMEM;
    return 0;
}

/* A route by `dev` says that its writer knows what is behind it. */
static bool routes_to(const struct iface *iface, const struct iface *far)
{
    LIST_EACH (struct route, route, &iface_netns(iface)->routes) {
        bool by = route->dev.iface == iface;

        LIST_EACH (struct nexthop, hop, &route->nexthops)
            by |= hop->dev.iface == iface;
        if (!by)
            continue;
        LIST_EACH (struct address, address, &far->addresses)
            if (prefix_contains(&route->to, &address->address.ip))
                return true;
    }
    return false;
}

/* The first address of a family that says which subnet the interface is on; NULL: none does. */
static const struct address *find_subnet(const struct iface *iface, int family)
{
    LIST_EACH (struct address, address, &iface->addresses) {
        const struct ip *ip = &address->address.ip;

        if (ip->family == family && !(family == AF_INET6 && ip_is_link_local(ip)))
            return address;
    }
    return NULL;
}

static bool shares_subnet(const struct iface *a, const struct iface *b, int family)
{
    LIST_EACH (struct address, x, &a->addresses) {
        const struct prefix net = address_net(x);

        if (net.ip.family != family)
            continue;
        if (net.length == ip_bits(&net.ip) || x->peer.ip.family)
            return true; /* its writer did not think in subnets */
        LIST_EACH (struct address, y, &b->addresses)
            if (prefix_contains(&net, &y->address.ip) &&
                !(family == AF_INET6 && ip_is_link_local(&y->address.ip)))
                return true;
    }
    return false;
}

static void warn_subnets(struct parse *p, const struct link *link)
{
    static const int families[] = {AF_INET, AF_INET6};
    const struct iface *a = link->ends[0].iface, *b = link->ends[1].iface;

    if (is_switch(a->master) || is_switch(b->master))
        return;
    for (size_t i = 0; i < 2; i++) {
        const struct address *x = find_subnet(a, families[i]), *y = find_subnet(b, families[i]);
        char text_x[IP_TEXT], text_y[IP_TEXT];

        if (!x || !y || shares_subnet(a, b, families[i]) || shares_subnet(b, a, families[i]) ||
            routes_to(a, b) || routes_to(b, a))
            continue;
        WARN(p, link->o.mark, "the ends of this link are in different subnets: %s and %s",
             prefix_text(&x->address, text_x), prefix_text(&y->address, text_y));
        HINT(p, "the addresses are on lines %u and %u", x->o.mark.line, y->o.mark.line);
    }
}

static uint32_t mtu_of(const struct iface *iface)
{
    return object_has(&iface->o, IFACE_MTU) ? iface->mtu : MTU_DEFAULT;
}

static void warn_mtus(struct parse *p, const struct link *link)
{
    const struct iface *a = link->ends[0].iface, *b = link->ends[1].iface;
    const struct iface *given = object_has(&b->o, IFACE_MTU) ? b : a;

    if (mtu_of(a) == mtu_of(b))
        return;
    WARN(p, given->o.marks[IFACE_MTU],
         "the ends of a link have different MTUs: %u at %s:%s, %u at %s:%s", mtu_of(a),
         iface_netns(a)->o.name, a->o.name, mtu_of(b), iface_netns(b)->o.name, b->o.name);
    HINT(p, "the link is on line %u; 'mtu' of a link holds for both ends", link->o.mark.line);
}

/* Untagged frames pass between ports of a switch that have the same PVID. */
static void join_ports(const struct iface *master, size_t *sets)
{
    const struct iface *first[VLAN_MAX + 1] = {0};
    bool aware = iface_is_vlan_aware(master);

    LIST_EACH (struct iface, iface, &iface_netns(master)->interfaces) {
        unsigned pvid = iface == master || iface->master == master ? vlan_pvid(iface) : 0;

        if (!aware && iface->master == master)
            sets_join(sets, iface->ifindex, master->ifindex);
        else if (aware && pvid && first[pvid])
            sets_join(sets, iface->ifindex, first[pvid]->ifindex);
        else if (aware && pvid)
            first[pvid] = iface;
    }
}

static int warn_all(struct parse *p, size_t count)
{
    size_t *segments = sets_new(p, count);

    if (!segments)
        return -ENOMEM;
    LIST_EACH (struct link, link, &p->lab->links) {
        warn_subnets(p, link);
        warn_mtus(p, link);
        sets_join(segments, link->ends[0].iface->ifindex, link->ends[1].iface->ifindex);
    }
    LIST_EACH (struct netns, netns, &p->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (is_switch(iface))
                join_ports(iface, segments);
    warn_vlans(p);
    return warn_loops(p, count) < 0 ? -ENOMEM : warn_addresses(p, segments);
}

int check_segments(struct parse *p)
{
    int err = warn_all(p, number_ifaces(p->lab));

    unnumber_ifaces(p->lab);
    return err;
}
