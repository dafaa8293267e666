/* SPDX-License-Identifier: MIT */
/*
 * Job: RTM_GETROUTE and RTM_GETRULE → routes of all tables, rules.
 * What the kernel makes by itself (for addresses, by router advertisements, by redirects) is left
 * out.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/ip.h"
#include "observe/internal.h"

static int dump(struct view *view, int type, const void *header, size_t size, dump_fn *found,
                restart_fn *restart)
{
    struct nl_msg *msg = nlmsg_alloc_simple(type, 0);

    if (!msg || nlmsg_append(msg, (void *)header, size, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    return channel_dump(view->channel, msg, found, restart, view);
}

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
                  NULL) == 0 &&
        (view_ip(tb[RTA_GATEWAY], route->family, &hop->via) || get_via(tb[RTA_VIA], &hop->via)))
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
    if (tb[RTA_OIF] && (route->type == RTN_UNICAST || route->type == RTN_LOCAL)) {
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

/* In the host: ours, or in the place of one that was. */
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
        !choice_word(choices_route_type, header->rtm_type) ||
        nlmsg_parse((struct nlmsghdr *)message, sizeof *header, tb, RTA_MAX, NULL) < 0)
        return 0;
    route = ARENA_NEW(view->arena, struct route);
    if (!route)
        return -ENOMEM;
    route->o.table = &table_route;
    route->o.parent = &view->netns->o;
    r = fill_route(view, route, header, tb);
    if (r == 0 && (!view->netns->host || is_expected(view, route)))
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
        r = dump(view, RTM_GETROUTE, &header, sizeof header, see_route, forget_routes);
    }
    return r;
}

static int get_name(struct view *view, struct rule *rule, unsigned field, struct ifref *ref,
                    const struct nlattr *attribute)
{
    if (!attribute)
        return 0;
    ref->name = arena_strdup(view->arena, nla_get_string((struct nlattr *)attribute));
    ref->iface = ref->name ? netns_iface(view->netns, ref->name) : NULL;
    rule->o.set |= UINT64_C(1) << field;
    return ref->name ? 0 : -ENOMEM;
}

static int fill_rule(struct view *view, struct rule *rule, const struct fib_rule_hdr *header,
                     struct nlattr **tb)
{
    rule->family = header->family;
    rule->priority = tb[FRA_PRIORITY] ? nla_get_u32(tb[FRA_PRIORITY]) : 0;
    rule->table = tb[FRA_TABLE] ? nla_get_u32(tb[FRA_TABLE]) : header->table;
    rule->action = header->action;
    rule->protocol = tb[FRA_PROTOCOL] ? nla_get_u8(tb[FRA_PROTOCOL]) : 0;
    rule->o.set = 1U << RULE_PRIORITY | 1U << RULE_TABLE | 1U << RULE_ACTION | 1U << RULE_FAMILY;
    rule->from.length = header->src_len;
    rule->to.length = header->dst_len;
    if (view_ip(tb[FRA_SRC], header->family, &rule->from.ip))
        rule->o.set |= 1U << RULE_FROM;
    if (view_ip(tb[FRA_DST], header->family, &rule->to.ip))
        rule->o.set |= 1U << RULE_TO;
    if (tb[FRA_FWMARK]) {
        rule->fwmark.value = nla_get_u32(tb[FRA_FWMARK]);
        rule->fwmark.mask = tb[FRA_FWMASK] ? nla_get_u32(tb[FRA_FWMASK]) : UINT32_MAX;
        rule->o.set |= 1U << RULE_FWMARK;
    }
    if (get_name(view, rule, RULE_IIF, &rule->iif, tb[FRA_IIFNAME]) < 0)
        return -ENOMEM;
    return get_name(view, rule, RULE_OIF, &rule->oif, tb[FRA_OIFNAME]);
}

/* Selectors that a topology file has no word for: the rule is others'. */
static bool is_beyond_us(struct nlattr **tb)
{
    static const int beyond[] = {FRA_L3MDEV,      FRA_UID_RANGE, FRA_IP_PROTO, FRA_SPORT_RANGE,
                                 FRA_DPORT_RANGE, FRA_TUN_ID,    FRA_GOTO};

    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++)
        if (tb[beyond[i]])
            return true;
    return false;
}

/* fib_default_rules_init(), whoever has put them back. */
static bool is_default(const struct rule *rule)
{
    static const struct {
        uint32_t priority, table;
    } rules[] = {{0, RT_TABLE_LOCAL}, {32766, RT_TABLE_MAIN}, {32767, RT_TABLE_DEFAULT}};
    const uint64_t selectors = UINT64_C(1) << RULE_FROM | UINT64_C(1) << RULE_TO |
                               UINT64_C(1) << RULE_IIF | UINT64_C(1) << RULE_OIF |
                               UINT64_C(1) << RULE_FWMARK;

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rule->priority == rules[i].priority && rule->table == rules[i].table &&
            rule->action == FR_ACT_TO_TBL && !(rule->o.set & selectors))
            return rule->protocol != NETLAB_PROTOCOL;
    return false;
}

static int see_rule(const struct nlmsghdr *message, void *userdata)
{
    struct view *view = userdata;
    const struct fib_rule_hdr *header = nlmsg_data(message);
    struct nlattr *tb[FRA_MAX + 1] = {0};
    struct rule *rule;

    if (message->nlmsg_type != RTM_NEWRULE ||
        nlmsg_parse((struct nlmsghdr *)message, sizeof *header, tb, FRA_MAX, NULL) < 0 ||
        (header->family != AF_INET && header->family != AF_INET6) ||
        !choice_word(choices_action, header->action) || is_beyond_us(tb) ||
        (tb[FRA_PROTOCOL] && nla_get_u8(tb[FRA_PROTOCOL]) == RTPROT_KERNEL) ||
        (view->netns->host &&
         (!tb[FRA_PROTOCOL] || nla_get_u8(tb[FRA_PROTOCOL]) != NETLAB_PROTOCOL)))
        return 0;
    rule = ARENA_NEW(view->arena, struct rule);
    if (!rule)
        return -ENOMEM;
    rule->o.table = &table_rule;
    rule->o.parent = &view->netns->o;
    if (fill_rule(view, rule, header, tb) < 0)
        return -ENOMEM;
    if (!is_default(rule))
        list_append(&view->netns->rules, &rule->o);
    return 0;
}

static void forget_rules(void *userdata)
{
    ((struct view *)userdata)->netns->rules = (struct list){0};
}

int view_rules(struct view *view)
{
    struct fib_rule_hdr header = {.family = AF_UNSPEC};

    return dump(view, RTM_GETRULE, &header, sizeof header, see_rule, forget_rules);
}
