/* SPDX-License-Identifier: MIT */
/*
 * Job: RTM_GETROUTE → routes of all tables.
 * What the kernel makes by itself (for addresses, by router advertisements, by redirects) is left
 * out.
 */
#include <errno.h>
#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/ip.h"
#include "observe/internal.h"

/* Another family's gateway (RFC 5549). */
static bool get_via(const struct nlattr *attribute, struct ip *ret_ip)
{
    const struct rtvia *via = attribute ? nla_data(attribute) : NULL;
    struct ip ip = {0};
    size_t size = attribute ? (size_t)nla_len(attribute) - sizeof *via : 0;

    if (!via || (via->rtvia_family != AF_INET && via->rtvia_family != AF_INET6))
        return false;
    ip.family = (uint8_t)via->rtvia_family;
    if (size < ip_bytes(&ip))
        return false;
    memcpy(ip.bytes, via->rtvia_addr, ip_bytes(&ip));
    *ret_ip = ip;
    return true;
}

static int add_hop(struct view *view, struct route *route, const struct rtnexthop *from)
{
    struct nexthop *hop = ARENA_NEW(view->arena, struct nexthop);
    struct nlattr *tb[RTA_MAX + 1] = {0};

    if (!hop)
        return -ENOMEM;
    hop->o = (struct object){
        .parent = &route->o,
        .table = &table_nexthop,
        .set = 1U << NEXTHOP_DEV | 1U << NEXTHOP_WEIGHT,
    };
    hop->dev = view_ref(view, (uint32_t)from->rtnh_ifindex);
    hop->weight = from->rtnh_hops + 1U;
    route->onlink = from->rtnh_flags & RTNH_F_ONLINK;
    if (nla_parse(tb, RTA_MAX, (struct nlattr *)(from + 1), from->rtnh_len - (int)sizeof *from,
                  NULL) < 0)
        return -ENOMEM;
    route->o.beyond = route->o.beyond || tb[RTA_ENCAP] || tb[RTA_FLOW];
    if ((view_ip(tb[RTA_GATEWAY], route->family, &hop->via) || get_via(tb[RTA_VIA], &hop->via)))
        hop->o.set |= 1U << NEXTHOP_VIA;
    list_append(&route->nexthops, &hop->o);
    return view->error;
}

static int add_hops(struct view *view, struct route *route, const struct nlattr *list)
{
    const struct rtnexthop *hop = nla_data(list);
    int left = nla_len(list), r = 0;

    while (r == 0 && RTNH_OK(hop, left)) {
        r = add_hop(view, route, hop);
        left -= (int)NLMSG_ALIGN(hop->rtnh_len);
        hop = RTNH_NEXT((struct rtnexthop *)hop);
    }
    route->o.set |= 1U << ROUTE_NEXTHOPS;
    return r;
}

static void get_metrics(struct route *route, struct nlattr *list)
{
    struct nlattr *tb[RTAX_MAX + 1] = {0};

    if (nla_parse_nested(tb, RTAX_MAX, list, NULL) < 0)
        return;
    if (tb[RTAX_MTU]) {
        route->mtu = nla_get_u32(tb[RTAX_MTU]);
        route->o.set |= 1U << ROUTE_MTU;
    }
    if (tb[RTAX_ADVMSS]) {
        route->advmss = nla_get_u32(tb[RTAX_ADVMSS]);
        route->o.set |= 1U << ROUTE_ADVMSS;
    }
}

/* Whether a file can say it, or there is nothing to say. What comes by a nexthop object is told as
   if it was the route's own. */
static bool has_word(const struct nlattr *attribute)
{
    static const int known[] = {RTA_DST,   RTA_SRC,       RTA_OIF,      RTA_GATEWAY,
                                RTA_VIA,   RTA_MULTIPATH, RTA_PRIORITY, RTA_PREFSRC,
                                RTA_TABLE, RTA_NH_ID,     RTA_PAD};
    const struct rta_cacheinfo *cache = nla_data(attribute);
    const struct nlattr *metric;
    int left;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (nla_type(attribute) == known[i])
            return true;
    if (nla_type(attribute) == RTA_CACHEINFO)
        return nla_len(attribute) < (int)sizeof *cache || !cache->rta_expires;
    if (nla_type(attribute) == RTA_PREF)
        return nla_get_u8(attribute) == ICMPV6_ROUTER_PREF_MEDIUM;
    if (nla_type(attribute) != RTA_METRICS)
        return false;
    nla_for_each_nested(metric, attribute, left) if (nla_type(metric) != RTAX_MTU &&
                                                     nla_type(metric) != RTAX_ADVMSS) return false;
    return true;
}

static int fill_route(struct view *view, struct route *route, const struct rtmsg *header,
                      struct nlattr **tb)
{
    route->family = header->rtm_family;
    route->to.ip.family = header->rtm_family;
    (void)view_ip(tb[RTA_DST], header->rtm_family, &route->to.ip);
    route->to.length = header->rtm_dst_len;
    route->table = tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : header->rtm_table;
    route->type = header->rtm_type;
    route->scope = header->rtm_scope;
    route->metric = tb[RTA_PRIORITY] ? nla_get_u32(tb[RTA_PRIORITY]) : 0;
    route->onlink = header->rtm_flags & RTNH_F_ONLINK;
    route->protocol = header->rtm_protocol;
    route->o.set = 1U << ROUTE_TO | 1U << ROUTE_METRIC | 1U << ROUTE_TABLE | 1U << ROUTE_SCOPE |
                   1U << ROUTE_TYPE | 1U << ROUTE_FAMILY | 1U << ROUTE_ONLINK;
    route->from.length = header->rtm_src_len;
    (void)view_ip(tb[RTA_SRC], header->rtm_family, &route->from.ip);
    route->o.beyond = header->rtm_tos || header->rtm_src_len ||
                      !choice_word(choices_route_type, header->rtm_type);
    route->unsaid.tos = header->rtm_tos;
    if (view_ip(tb[RTA_PREFSRC], header->rtm_family, &route->src))
        route->o.set |= 1U << ROUTE_SRC;
    if (tb[RTA_METRICS])
        get_metrics(route, tb[RTA_METRICS]);
    if (tb[RTA_MULTIPATH])
        return add_hops(view, route, tb[RTA_MULTIPATH]);
    if (view_ip(tb[RTA_GATEWAY], header->rtm_family, &route->via) ||
        get_via(tb[RTA_VIA], &route->via))
        route->o.set |= 1U << ROUTE_VIA;
    /* what packets are refused with has no device but in IPv6, where it is lo */
    if (tb[RTA_OIF] && (route->type < RTN_BLACKHOLE || route->type > RTN_THROW)) {
        route->dev = view_ref(view, nla_get_u32(tb[RTA_OIF]));
        route->o.set |= 1U << ROUTE_DEV;
    }
    return view->error;
}

/* The network that the kernel makes a route to for an address. */
static struct prefix network_of(const struct address *address)
{
    struct prefix network =
        object_has(&address->o, ADDRESS_PEER) ? address->peer : address->address;

    network.ip = ip_network(&network.ip, network.length);
    return network;
}

/* A network's route, in the table of its interface: its addresses have what belongs to them. */
static int see_connected(const struct view *view, const struct nlmsghdr *message)
{
    const struct rtmsg *header = nlmsg_data(message);
    struct nlattr *tb[RTA_MAX + 1] = {0};
    struct prefix to = {.length = header->rtm_dst_len};
    const struct seen_iface *found;

    if (nlmsg_parse((struct nlmsghdr *)message, sizeof *header, tb, RTA_MAX, NULL) < 0 ||
        !tb[RTA_OIF] || !view_ip(tb[RTA_DST], header->rtm_family, &to.ip))
        return 0;
    found = view_find(view, nla_get_u32(tb[RTA_OIF]));
    if (found && iface_table(found->iface) ==
                     (tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : header->rtm_table))
        LIST_EACH (struct address, address, &found->iface->addresses) {
            struct prefix network = network_of(address);

            if (prefix_equal(&network, &to))
                address->bare = false;
        }
    return 0;
}

/* Until its route is seen. */
static void expect_connected(const struct view *view, unsigned family)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct iface *iface = view->ifaces[i].iface;

        LIST_EACH (struct address, address, &iface->addresses) {
            struct prefix network = network_of(address);

            if (network.ip.family != family)
                continue;
            address->bare = iface->kind && iface->up && !address->noprefixroute &&
                            network.length < ip_bits(&network.ip) && !ip_is_zero(&network.ip) &&
                            (network.ip.family == AF_INET || iface->ipv6_ready);
        }
    }
}

/* Where others live: ours, or in the place of one that was. */
static bool is_expected(const struct view *view, const struct route *route)
{
    if (route->protocol == NETLAB_PROTOCOL)
        return true;
    for (size_t i = 1; i < OBSERVE_HINTS; i++) {
        const struct netns *applied = view_hint(view, i);

        if (applied)
            LIST_EACH (struct route, known, &applied->routes)
                if (known->table == route->table && prefix_equal(&known->to, &route->to))
                    return true;
    }
    return false;
}

/* Whether it leads where one of ours is that others have no other business with. */
static bool is_on_ours(const struct view *view, const struct route *route)
{
    const struct netns *wanted = view_hint(view, 0);
    bool ours = route->dev.iface && iface_is_made(route->dev.iface);

    LIST_EACH (struct nexthop, hop, &route->nexthops)
        ours = ours || (hop->dev.iface && iface_is_made(hop->dev.iface));
    if (ours && wanted) /* what is wanted must be refused where others have it */
        LIST_EACH (struct route, known, &wanted->routes)
            if (known->table == route->table && prefix_equal(&known->to, &route->to))
                return false;
    return ours;
}

static int see_route(const struct nlmsghdr *message, void *userdata)
{
    struct view *view = userdata;
    const struct rtmsg *header = nlmsg_data(message);
    struct nlattr *tb[RTA_MAX + 1] = {0};
    struct route *route;
    int r;

    if (message->nlmsg_type == RTM_NEWROUTE && header->rtm_protocol == RTPROT_KERNEL &&
        header->rtm_type == RTN_UNICAST)
        return see_connected(view, message);
    if (message->nlmsg_type != RTM_NEWROUTE || header->rtm_flags & RTM_F_CLONED ||
        header->rtm_protocol == RTPROT_KERNEL || header->rtm_protocol == RTPROT_RA ||
        header->rtm_protocol == RTPROT_REDIRECT ||
        nlmsg_parse((struct nlmsghdr *)message, sizeof *header, tb, RTA_MAX, NULL) < 0)
        return 0;
    route = ARENA_NEW(view->arena, struct route);
    if (!route)
        return -ENOMEM;
    route->o.table = &table_route;
    route->o.parent = &view->netns->o;
    r = fill_route(view, route, header, tb);
    if (r == 0)
        r = view_unsaid(view, &route->o, &route->unsaid, message, sizeof *header, has_word);
    if (r == 0 && (!view->netns->foreign || is_expected(view, route) || is_on_ours(view, route)))
        list_append(&view->netns->routes, &route->o);
    return r;
}

/* The dumps of both families share a list: forget what came since this one began. */
static void forget_routes(void *userdata)
{
    struct view *view = userdata;

    view->netns->routes = view->kept;
    if (view->kept.last)
        view->kept.last->next = NULL;
    expect_connected(view, view->family);
}

int view_routes(struct view *view)
{
    static const unsigned char families[] = {AF_INET, AF_INET6};
    int r = 0;

    for (size_t i = 0; i < sizeof families && r == 0; i++) {
        struct rtmsg header = {.rtm_family = families[i]};

        view->kept = view->netns->routes;
        view->family = families[i];
        expect_connected(view, view->family);
        r = view_dump_twice(view, RTM_GETROUTE, &header, sizeof header, see_route, forget_routes);
    }
    return r;
}
