/* SPDX-License-Identifier: MIT */
/*
 * Job: the rtnetlink message of an op, by libnl-route where that is right.
 * In: ops. Out: messages; those that take something away name it as closely as those that make it.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/addr.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <netlink/route/rule.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/internal.h"
#include "model/ip.h"

/* What is altered is replaced as a whole. */
static int create_flags(const struct op *op)
{
    return NLM_F_CREATE | (op->from ? NLM_F_REPLACE : NLM_F_EXCL);
}

#define CLEANUP_WITH(type, free_function)                                                          \
    static void free_##type(struct type **object)                                                  \
    {                                                                                              \
        if (*object)                                                                               \
            free_function(*object);                                                                \
    }
CLEANUP_WITH(nl_addr, nl_addr_put)
CLEANUP_WITH(rtnl_route, rtnl_route_put)
CLEANUP_WITH(rtnl_rule, rtnl_rule_put)
CLEANUP_WITH(rtnl_neigh, rtnl_neigh_put)
#define CLEANUP(type) __attribute__((cleanup(free_##type))) struct type *

static struct nl_addr *address_of(const struct ip *ip, unsigned length)
{
    struct nl_addr *addr = nl_addr_build(ip->family, ip->bytes, ip_bytes(ip));

    if (addr)
        nl_addr_set_prefixlen(addr, (int)length);
    return addr;
}

static int put_ip(struct nl_msg *msg, int type, const struct ip *ip)
{
    return nla_put(msg, type, (int)ip_bytes(ip), ip->bytes);
}

/* The index of a name in a file: of the lab's, or of others in a namespace of theirs; 0: there is
   none. */
static uint32_t ifindex_of(struct kernel *kernel, const struct netns *netns,
                           const struct ifref *ref)
{
    if (ref->iface || !ref->name)
        return ref->iface ? kernel_ifindex(kernel, ref->iface) : 0;
    return kernel_index_of(kernel, netns, ref->name);
}

static uint32_t address_flags(const struct address *address)
{
    uint32_t flags = address->flags | (address->noprefixroute ? IFA_F_NOPREFIXROUTE : 0);

    if (address->address.ip.family == AF_INET6 && !address->dad)
        flags |= IFA_F_NODAD;
    return flags;
}

/* One that the kernel gives by itself may come at any moment. */
static int address_create_flags(const struct op *op, const struct address *address)
{
    return address->protocol == NETLAB_PROTOCOL ? create_flags(op) : NLM_F_CREATE | NLM_F_REPLACE;
}

/* By hand: libnl takes a lone valid lifetime for "deprecated" and has no IFA_PROTO. */
static struct nl_msg *message_address(struct kernel *kernel, const struct op *op)
{
    const struct address *address = (const struct address *)op_object(op);
    const struct iface *iface = (const struct iface *)address->o.parent;
    bool has_peer = object_has(&address->o, ADDRESS_PEER);
    const struct prefix *peer = has_peer ? &address->peer : &address->address;
    uint32_t flags = address_flags(address);
    struct ifaddrmsg header = {
        .ifa_family = address->address.ip.family,
        .ifa_prefixlen = peer->length,
        .ifa_flags = (uint8_t)flags,
        .ifa_scope = (uint8_t)address->scope,
        .ifa_index = kernel_ifindex(kernel, (struct iface *)address->o.parent),
    };
    /* "0": valid for ever, preferred never */
    struct ifa_cacheinfo cache = {.ifa_prefered = address->lifetime,
                                  .ifa_valid =
                                      address->lifetime ? address->lifetime : LIFETIME_FOREVER};
    struct nl_msg *msg = nlmsg_alloc_simple(op_removes(op) ? RTM_DELADDR : RTM_NEWADDR,
                                            op_removes(op) ? 0 : address_create_flags(op, address));

    if (!msg || nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
        put_ip(msg, IFA_LOCAL, &address->address.ip) < 0 ||
        put_ip(msg, IFA_ADDRESS, &peer->ip) < 0 ||
        (address->broadcast.family && put_ip(msg, IFA_BROADCAST, &address->broadcast) < 0) ||
        (header.ifa_family == AF_INET &&
         nla_put_string(msg, IFA_LABEL, address->label ? address->label : iface->o.name) < 0) ||
        (address->lifetime != LIFETIME_FOREVER &&
         nla_put(msg, IFA_CACHEINFO, sizeof cache, &cache) < 0) ||
        nla_put_u32(msg, IFA_FLAGS, flags) < 0 ||
        (address->metric && nla_put_u32(msg, IFA_RT_PRIORITY, address->metric) < 0) ||
        nla_put_u8(msg, IFA_PROTO, (uint8_t)address->protocol) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

/* What was seen of it and no file has words for. What was told before counts less. */
static int put_unsaid(struct nl_msg *msg, const struct unsaid *unsaid)
{
    return unsaid->size ? nlmsg_append(msg, (void *)unsaid->attributes, unsaid->size, NLMSG_ALIGNTO)
                        : 0;
}

static int add_hop(struct rtnl_route *route, const struct ip *via, uint32_t dev, unsigned weight,
                   bool onlink)
{
    struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
    CLEANUP(nl_addr) gateway = via->family ? address_of(via, ip_bits(via)) : NULL;

    if (!hop || (via->family && !gateway)) {
        if (hop)
            rtnl_route_nh_free(hop);
        return -ENOMEM;
    }
    if (dev)
        rtnl_route_nh_set_ifindex(hop, (int)dev);
    if (gateway && via->family == rtnl_route_get_family(route))
        rtnl_route_nh_set_gateway(hop, gateway);
    else if (gateway)
        rtnl_route_nh_set_via(hop, gateway); /* RFC 5549 */
    if (onlink)
        rtnl_route_nh_set_flags(hop, RTNH_F_ONLINK);
    if (weight > 1)
        rtnl_route_nh_set_weight(hop, (uint8_t)(weight - 1)); /* rtnh_hops counts from 0 */
    rtnl_route_add_nexthop(route, hop);                       /* takes it */
    return 0;
}

static int add_hops(struct kernel *kernel, struct rtnl_route *target, const struct route *route)
{
    const struct netns *netns = (const struct netns *)route->o.parent;
    int r = 0;

    LIST_EACH (struct nexthop, hop, &route->nexthops)
        if (r == 0)
            r = add_hop(target, &hop->via, ifindex_of(kernel, netns, &hop->dev), hop->weight,
                        route->onlink);
    if (route->via.family || route->dev.name)
        r = add_hop(target, &route->via, ifindex_of(kernel, netns, &route->dev), 1, route->onlink);
    return r;
}

static struct nl_msg *with_unsaid_of_route(struct nl_msg *msg, const struct route *route)
{
    struct rtmsg *header;

    if (!msg || !route->o.beyond)
        return msg;
    if (put_unsaid(msg, &route->unsaid) < 0 ||
        (route->from.length && put_ip(msg, RTA_SRC, &route->from.ip) < 0)) {
        nlmsg_free(msg);
        return NULL;
    }
    header = nlmsg_data(nlmsg_hdr(msg));
    header->rtm_tos = route->unsaid.tos;
    header->rtm_src_len = route->from.length;
    return msg;
}

static struct nl_msg *message_route(struct kernel *kernel, const struct op *op)
{
    const struct route *route = (const struct route *)op_object(op);
    CLEANUP(rtnl_route) target = rtnl_route_alloc();
    CLEANUP(nl_addr) to = address_of(&route->to.ip, route->to.length);
    CLEANUP(nl_addr) src = route->src.family ? address_of(&route->src, ip_bits(&route->src)) : NULL;
    struct nl_msg *msg = NULL;

    if (!target || !to || (route->src.family && !src))
        return NULL;
    rtnl_route_set_family(target, route->to.ip.family);
    rtnl_route_set_dst(target, to);
    rtnl_route_set_table(target, route->table);
    rtnl_route_set_scope(target, (uint8_t)route->scope);
    rtnl_route_set_type(target, (uint8_t)route->type);
    rtnl_route_set_protocol(target, (uint8_t)route->protocol);
    if (object_has(&route->o, ROUTE_METRIC))
        rtnl_route_set_priority(target, route->metric);
    if (src)
        rtnl_route_set_pref_src(target, src);
    if (object_has(&route->o, ROUTE_MTU))
        rtnl_route_set_metric(target, RTAX_MTU, route->mtu);
    if (object_has(&route->o, ROUTE_ADVMSS))
        rtnl_route_set_metric(target, RTAX_ADVMSS, route->advmss);
    if (route->onlink)
        rtnl_route_set_flags(target, RTNH_F_ONLINK);
    if (add_hops(kernel, target, route) < 0)
        return NULL;
    if (op_removes(op))
        rtnl_route_build_del_request(target, 0, &msg);
    else
        rtnl_route_build_add_request(target, create_flags(op), &msg);
    return with_unsaid_of_route(msg, route);
}

static int set_selectors(struct rtnl_rule *target, const struct rule *rule)
{
    CLEANUP(nl_addr) from = NULL;
    CLEANUP(nl_addr) to = NULL;

    if (object_has(&rule->o, RULE_FROM)) {
        from = address_of(&rule->from.ip, rule->from.length);
        if (!from || rtnl_rule_set_src(target, from) < 0)
            return -ENOMEM;
    }
    if (object_has(&rule->o, RULE_TO)) {
        to = address_of(&rule->to.ip, rule->to.length);
        if (!to || rtnl_rule_set_dst(target, to) < 0)
            return -ENOMEM;
    }
    if (object_has(&rule->o, RULE_IIF))
        rtnl_rule_set_iif(target, rule->iif.name);
    if (object_has(&rule->o, RULE_OIF))
        rtnl_rule_set_oif(target, rule->oif.name);
    return 0;
}

static struct nl_msg *with_unsaid_of_rule(struct nl_msg *msg, const struct rule *rule)
{
    struct fib_rule_hdr *header;

    if (!msg || !rule->o.beyond)
        return msg;
    if (put_unsaid(msg, &rule->unsaid) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    header = nlmsg_data(nlmsg_hdr(msg));
    header->tos = rule->unsaid.tos;
    if (rule->inverted)
        header->flags |= FIB_RULE_INVERT;
    return msg;
}

static struct nl_msg *message_rule(struct kernel *kernel, const struct op *op)
{
    const struct rule *rule = (const struct rule *)op_object(op);
    CLEANUP(rtnl_rule) target = rtnl_rule_alloc();
    struct nl_msg *msg = NULL;

    (void)kernel;
    if (!target)
        return NULL;
    rtnl_rule_set_family(target, (int)rule->family);
    rtnl_rule_set_prio(target, rule->priority);
    rtnl_rule_set_action(target, (uint8_t)rule->action);
    rtnl_rule_set_protocol(target, (uint8_t)rule->protocol);
    if (rule->action == FR_ACT_TO_TBL)
        rtnl_rule_set_table(target, rule->table);
    if (object_has(&rule->o, RULE_FWMARK)) {
        rtnl_rule_set_mark(target, rule->fwmark.value);
        rtnl_rule_set_mask(target, rule->fwmark.mask);
    }
    if (set_selectors(target, rule) < 0)
        return NULL;
    if (op_removes(op))
        rtnl_rule_build_delete_request(target, 0, &msg);
    else
        rtnl_rule_build_add_request(target, create_flags(op), &msg);
    return with_unsaid_of_rule(msg, rule);
}

static struct nl_msg *message_neighbor(struct kernel *kernel, const struct op *op)
{
    const struct neighbor *neighbor = (const struct neighbor *)op_object(op);
    CLEANUP(rtnl_neigh) target = rtnl_neigh_alloc();
    CLEANUP(nl_addr) to = address_of(&neighbor->to, ip_bits(&neighbor->to));
    CLEANUP(nl_addr) mac = nl_addr_build(AF_LLC, neighbor->mac.bytes, sizeof neighbor->mac.bytes);
    struct nl_msg *msg = NULL;

    if (!target || !to || !mac)
        return NULL;
    rtnl_neigh_set_ifindex(target, (int)ifindex_of(kernel, op->netns, &neighbor->dev));
    rtnl_neigh_set_dst(target, to);
    rtnl_neigh_set_state(target, neighbor->state ? (int)neighbor->state : NUD_PERMANENT);
    if (neighbor->proxy)
        rtnl_neigh_set_flags(target, NTF_PROXY);
    else
        rtnl_neigh_set_lladdr(target, mac);
    if (op_removes(op))
        rtnl_neigh_build_delete_request(target, 0, &msg);
    else
        rtnl_neigh_build_add_request(
            target,
            /* one that the kernel has learned may be in its place */
            op->netns->foreign ? create_flags(op) : NLM_F_CREATE | NLM_F_REPLACE, &msg);
    return msg;
}

struct nl_msg *message_build(struct kernel *kernel, const struct op *op)
{
    switch (op->type) {
    case OP_LINK:
        return message_link(kernel, op);
    case OP_IFACE:
        return message_iface(kernel, op);
    case OP_PORT:
        return message_port(kernel, op);
    case OP_QDISC:
        return message_qdisc(kernel, op);
    case OP_VLAN:
        return message_vlan(kernel, op);
    case OP_ALTNAME:
        return message_altname(kernel, op);
    case OP_ADDRESS:
        return message_address(kernel, op);
    case OP_ROUTE:
        return message_route(kernel, op);
    case OP_RULE:
        return message_rule(kernel, op);
    case OP_NEIGHBOR:
        return message_neighbor(kernel, op);
    case OP_NETNS:
    case OP_SYSCTL:
    case OP_DEVICE:
    case OP_PEER:
    case OP_NFTABLES:
    case OP_READY:
    case OP_NAME:
    case OP_SERVICE:
    case OP_LISTEN:
        break;
    }
    return NULL;
}
