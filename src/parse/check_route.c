/* SPDX-License-Identifier: MIT */
/*
 * Job: routes: which keys go together, what the kernel would refuse, and gateways that nothing
 * makes reachable.
 * In: a namespace with resolved names and definite values. Out: complaints.
 */
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/ip.h"
#include "parse/check.h"
#include "parse/reach.h"

#define FAIL(p, route, field, ...)                                                                 \
    (set_broken(route), ERROR(p, object_mark(&(route)->o, field), __VA_ARGS__))

enum {
    METRIC_IPV6 = 1024,         /* IP6_RT_PRIO_USER: what 0 becomes */
    METRIC_IPV6_CONNECTED = 256 /* IP6_RT_PRIO_ADDRCONF */
};

static const char *family_text(uint32_t family)
{
    return family == AF_INET6 ? "IPv6" : "IPv4";
}

/* Types that end a packet's way: they lead nowhere. */
static bool is_dead_end(const struct route *route)
{
    return route->type != RTN_UNICAST && route->type != RTN_LOCAL;
}

/* What a route of its type must have and must not have. */
static bool check_type(struct parse *p, struct route *route)
{
    static const unsigned ways[] = {ROUTE_VIA, ROUTE_NEXTHOPS, ROUTE_DEV};
    const char *type = choice_word(choices_route_type, route->type);
    char to[IP_TEXT];

    for (size_t i = 0; i < (is_dead_end(route) ? 3 : 2) && route->type != RTN_UNICAST; i++)
        if (object_has(&route->o, ways[i]))
            FAIL(p, route, ways[i], "a route of type %s takes no '%s'", type,
                 table_route.fields[ways[i]].key);
    if (is_broken(route) || is_dead_end(route))
        return !is_broken(route);
    if (route->type == RTN_LOCAL && !object_has(&route->o, ROUTE_DEV)) {
        FAIL(p, route, ROUTE_TYPE, "a route of type local needs 'dev', as a rule lo");
        return false;
    }
    if (object_has(&route->o, ROUTE_NEXTHOPS)) {
        for (size_t i = 0; i < 3; i++)
            if (ways[i] != ROUTE_NEXTHOPS && object_has(&route->o, ways[i]))
                FAIL(p, route, ways[i], "'%s' belongs into each of 'nexthops' here",
                     table_route.fields[ways[i]].key);
        if (!route->nexthops.count)
            FAIL(p, route, ROUTE_NEXTHOPS, "'nexthops' must not be empty");
    } else if (!object_has(&route->o, ROUTE_VIA) && !object_has(&route->o, ROUTE_DEV)) {
        FAIL(p, route, ROUTE_TO, "the route to %s needs 'via', 'dev' or 'nexthops'",
             prefix_text(&route->to, to));
    }
    return !is_broken(route);
}

static bool check_family(struct parse *p, struct route *route)
{
    if (!route->family) {
        FAIL(p, route, ROUTE_TO, "a default route of which family?");
        HINT(p, "add 'family: ipv4' or 'family: ipv6'");
    } else if (route->to.ip.family != route->family) {
        FAIL(p, route, ROUTE_FAMILY, "'family' is %s, but 'to' is %s", family_text(route->family),
             family_text(route->to.ip.family));
    } else if (route->src.family && route->src.family != route->family) {
        FAIL(p, route, ROUTE_SRC, "'src' of an %s route must be %s", family_text(route->family),
             family_text(route->family));
    } else if (route->family == AF_INET6 && object_has(&route->o, ROUTE_SCOPE)) {
        FAIL(p, route, ROUTE_SCOPE, "IPv6 routes have no 'scope'");
    }
    return !is_broken(route);
}

/* One way: of the route itself or of a nexthop. */
struct way {
    struct ip via;
    struct mark via_mark, dev_mark;
    const struct ifref *dev;
};

/* What can be said of a way without looking at addresses. */
static void check_way(struct parse *p, struct route *route, const struct way *way)
{
    char text[IP_TEXT];

    if (way->dev->iface && !way->dev->iface->up) {
        set_broken(route);
        ERROR(p, way->dev_mark, "interface %s is not up: no route can leave by it", way->dev->name);
        HINT(p, "'up: false' is on line %u", way->dev->iface->o.marks[IFACE_UP].line);
    }
    if (!way->via.family)
        return;
    ip_text(&way->via, text);
    if (ip_is_zero(&way->via) || ip_is_multicast(&way->via)) {
        set_broken(route);
        ERROR(p, way->via_mark, "%s can not be a gateway", text);
    } else if (way->via.family == AF_INET && route->family == AF_INET6) {
        set_broken(route);
        ERROR(p, way->via_mark, "an IPv6 route can not have the IPv4 gateway %s", text);
    } else if (way->via.family == AF_INET6 && ip_is_link_local(&way->via) && !way->dev->name) {
        set_broken(route);
        ERROR(p, way->via_mark, "the link-local gateway %s needs 'dev'", text);
    } else if (route->onlink && !way->dev->name) {
        set_broken(route);
        ERROR(p, object_mark(&route->o, ROUTE_ONLINK), "'onlink' needs 'dev'");
    }
}

/* Whether the addresses of the namespace make a gateway reachable. */
static void check_gateway(struct parse *p, struct netns *netns, struct route *route,
                          const struct way *way, const struct reach *reach)
{
    const struct iface *dev = way->dev->iface;
    const struct net *net;
    char text[IP_TEXT];

    if (!way->via.family)
        return;
    ip_text(&way->via, text);
    if (reach_owns(reach, &way->via, dev ? iface_table(dev) : route->table)) {
        set_broken(route);
        ERROR(p, way->via_mark, "gateway %s is an address of namespace %s itself", text,
              netns->o.name);
        return;
    }
    if (route->onlink || (way->via.family == AF_INET6 && ip_is_link_local(&way->via)))
        return;
    net = reach_find(reach, &way->via, dev, route->table);
    if (net && net->address && ip_equal(&net->address->broadcast, &way->via)) {
        set_broken(route);
        ERROR(p, way->via_mark, "gateway %s is the broadcast address of interface %s", text,
              net->iface->o.name);
    }
    if (net || reach->partial)
        return;
    set_broken(route);
    net = dev ? reach_find(reach, &way->via, NULL, route->table) : NULL;
    if (net) {
        ERROR(p, way->via_mark, "gateway %s is reached by interface %s, not by %s", text,
              net->iface->o.name, dev->o.name);
        return;
    }
    ERROR(p, way->via_mark, "gateway %s can not be reached from namespace %s", text, netns->o.name);
    HINT(p, "it needs an address of the gateway's subnet, a route to it by 'dev', or 'onlink: "
            "true' with 'dev'");
}

static struct way route_way(const struct route *route)
{
    return (struct way){.via = route->via,
                        .via_mark = object_mark(&route->o, ROUTE_VIA),
                        .dev_mark = object_mark(&route->o, ROUTE_DEV),
                        .dev = &route->dev};
}

static struct way hop_way(const struct nexthop *hop)
{
    return (struct way){.via = hop->via,
                        .via_mark = object_mark(&hop->o, NEXTHOP_VIA),
                        .dev_mark = object_mark(&hop->o, NEXTHOP_DEV),
                        .dev = &hop->dev};
}

static void check_shape(struct parse *p, struct route *route)
{
    struct way way = route_way(route);

    if (!check_type(p, route) || !check_family(p, route))
        return;
    if (object_has(&route->o, ROUTE_NEXTHOPS)) {
        LIST_EACH (struct nexthop, hop, &route->nexthops) {
            way = hop_way(hop);
            if (!object_has(&hop->o, NEXTHOP_VIA) && !object_has(&hop->o, NEXTHOP_DEV)) {
                set_broken(route);
                ERROR(p, hop->o.mark, "a next hop needs 'via' or 'dev'");
            } else {
                check_way(p, route, &way);
            }
        }
        return;
    }
    check_way(p, route, &way);
    if (route->onlink && !is_broken(route) && !object_has(&route->o, ROUTE_VIA))
        FAIL(p, route, ROUTE_ONLINK, "'onlink' needs 'via'");
}

static void check_gateways(struct parse *p, struct netns *netns, struct route *route,
                           const struct reach *reach)
{
    struct way way = route_way(route);
    char text[IP_TEXT];

    check_gateway(p, netns, route, &way, reach);
    LIST_EACH (struct nexthop, hop, &route->nexthops) {
        way = hop_way(hop);
        check_gateway(p, netns, route, &way, reach);
    }
    if (route->src.family && !reach->partial && !ip_is_loopback(&route->src) &&
        !reach_owns(reach, &route->src, route->table) &&
        !reach_owns(reach, &route->src, RT_TABLE_MAIN))
        FAIL(p, route, ROUTE_SRC, "'src' %s is no address of namespace %s",
             ip_text(&route->src, text), netns->o.name);
}

/* The kernel makes a route to the subnet of each address; it takes no second one of its metric. */
static void check_connected(struct parse *p, struct route *route, const struct reach *reach)
{
    bool ipv6 = route->family == AF_INET6;
    char key[PREFIX_KEY], text[IP_TEXT];

    for (const struct net *net =
             strmap_get(&reach->nets, prefix_key(&route->to.ip, route->to.length, key));
         net; net = net->next) {
        bool repeats = !object_has(&route->o, ROUTE_VIA) && route->dev.iface == net->iface &&
                       !object_has(&route->o, ROUTE_METRIC) && route->type == RTN_UNICAST;
        bool clashes = route->metric == (ipv6 ? METRIC_IPV6_CONNECTED : 0);

        if (!net->address || net->table != route->table || (!repeats && !clashes))
            continue;
        prefix_text(&route->to, text);
        if (repeats) {
            FAIL(p, route, ROUTE_TO,
                 "the route to %s is there already: the address of %s brings it", text,
                 net->iface->o.name);
            HINT(p, "leave it out; the address is on line %u", net->address->o.mark.line);
        } else {
            FAIL(p, route, ROUTE_TO, "the route to %s clashes with that of the address of %s", text,
                 net->iface->o.name);
            HINT(p, "give it another 'metric'; the address is on line %u",
                 net->address->o.mark.line);
        }
        return;
    }
}

static int check_twice(struct parse *p, struct route *route, struct strmap *seen)
{
    uint32_t metric = route->metric;
    char text[IP_TEXT];
    const struct route *first;
    char *full;
    int err;

    if (!metric && route->family == AF_INET6)
        metric = METRIC_IPV6;
    full = prefix_key_with(p->scratch, &route->to.ip, route->to.length, route->table, metric);
    err = full ? strmap_add(seen, p->scratch, full, route) : -ENOMEM;
    if (err != -EEXIST)
        return err;
    first = strmap_get(seen, full);
    FAIL(p, route, ROUTE_TO, "the route to %s is given twice", prefix_text(&route->to, text));
    HINT(p, "the first one is on line %u; a second one needs another 'metric' or 'table'",
         first->o.mark.line);
    return 0;
}

int check_routes(struct parse *p, struct netns *netns)
{
    struct strmap seen = {0};
    struct reach reach;

    if (!netns->routes.count)
        return 0;
    LIST_EACH (struct route, route, &netns->routes)
        if (!is_broken(route))
            check_shape(p, route);
    if (reach_init(&reach, p, netns) < 0)
        return -ENOMEM;
    LIST_EACH (struct route, route, &netns->routes) {
        if (!is_broken(route) && !is_foreign(netns))
            check_gateways(p, netns, route, &reach);
        if (!is_broken(route) && !is_foreign(netns))
            check_connected(p, route, &reach);
        if (!is_broken(route) && check_twice(p, route, &seen) < 0)
            return -ENOMEM;
    }
    return 0;
}
