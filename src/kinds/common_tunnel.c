/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tunnels over IP have in common: words, rules, the attributes of IPv6's.
 * Rules: net/ipv4/ip_tunnel.c, net/ipv6/ip6_tunnel.c, ip6_gre.c, sit.c of the kernel; and what
 * iproute2 refuses itself.
 */
#include "kinds/common_tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "base/report.h"
#include "model/ip.h"

const struct choice choices_udp_ttl[] = {{"auto", 0}, {"inherit", UDP_TTL_INHERIT}, {NULL, 0}};
const struct choice choices_udp_df[] = {
    {"unset", VXLAN_DF_UNSET}, {"set", VXLAN_DF_SET}, {"inherit", VXLAN_DF_INHERIT}, {NULL, 0}};
const struct choice choices_ttl[] = {{"inherit", 0}, {NULL, 0}};
const struct choice choices_tos[] = {{"inherit", 1}, {NULL, 0}};
const struct choice choices_tclass[] = {{"inherit", TCLASS_INHERIT}, {NULL, 0}};
const struct choice choices_encaplimit[] = {{"none", ENCAPLIMIT_NONE}, {NULL, 0}};
const struct choice choices_flowlabel[] = {{"inherit", FLOWLABEL_INHERIT}, {NULL, 0}};

/* What people write by habit. */
#define HABITS                                                                                     \
    {"link", "it is called 'dev'"}, {"device", "it is called 'dev'"},                              \
        {"source", "it is called 'local'"}, {"src", "it is called 'local'"},                       \
        {"dst", "it is called 'remote'"}, {"destination", "it is called 'remote'"},                \
        {"peer", "it is called 'remote'"},                                                         \
        {"keys", "they are called 'key', or 'ikey' and 'okey'"},                                   \
        {"nopmtudisc", "write 'pmtudisc: false'"},                                                 \
        {"parameters", "its options stand beside 'type'"}, {"external", LEFT_OUT NO_METADATA},     \
        {"encap", LEFT_OUT NO_FOU}, {"encap-sport", LEFT_OUT NO_FOU},                              \
        {"encap-dport", LEFT_OUT NO_FOU}, {"encap-csum", LEFT_OUT NO_FOU},                         \
        {"encap-csum6", LEFT_OUT NO_FOU}, {"encap-remcsum", LEFT_OUT NO_FOU},

const struct habit tunnel4_habits[] = {HABITS{NULL, NULL}};
const struct habit sit_habits[] = {HABITS{"6rd-prefix", LEFT_OUT NO_6RD},
                                   {"6rd-relay-prefix", LEFT_OUT NO_6RD},
                                   {"isatap", LEFT_OUT "routers are found by a daemon then"},
                                   {NULL, NULL}};
const struct habit tunnel6_habits[] = {HABITS{"dscp", LEFT_OUT NO_INHERITING}, {NULL, NULL}};

#define A_KIND(iface) (strchr("aeiou", *(iface)->kind->name) ? "an" : "a"), (iface)->kind->name

enum {
    TCLASS_SHIFT = 20,
    FLOWLABEL_MASK = 0xfffff,
    TCLASS_MASK = 0xff,
};

int tunnel6_put(struct nl_msg *msg, const struct object *options, struct tunnel6_attributes types)
{
    const struct tunnel *tunnel = (const struct tunnel *)options;
    uint32_t flags = 0, flowinfo = 0;
    uint8_t limit = 0;

    if (tunnel->encaplimit == ENCAPLIMIT_NONE)
        flags |= IP6_TNL_F_IGN_ENCAP_LIMIT;
    else
        limit = (uint8_t)tunnel->encaplimit;
    if (tunnel->tos == TCLASS_INHERIT)
        flags |= IP6_TNL_F_USE_ORIG_TCLASS;
    else
        flowinfo |= tunnel->tos << TCLASS_SHIFT;
    if (tunnel->flowlabel == FLOWLABEL_INHERIT)
        flags |= IP6_TNL_F_USE_ORIG_FLOWLABEL;
    else
        flowinfo |= tunnel->flowlabel;
    if (tunnel->allow_localremote)
        flags |= IP6_TNL_F_ALLOW_LOCAL_REMOTE;
    if (nla_put_u8(msg, types.encap_limit, limit) < 0 ||
        nla_put_u32(msg, types.flowinfo, htonl(flowinfo)) < 0 ||
        nla_put_u32(msg, types.flags, flags) < 0)
        return -ENOMEM;
    return 0;
}

static uint32_t get_u32(const struct nlattr *data, uint16_t type)
{
    const struct nlattr *attribute = nla_find(nla_data(data), nla_len(data), type);

    return attribute && nla_len(attribute) >= 4 ? nla_get_u32(attribute) : 0;
}

void tunnel6_get(const struct nlattr *data, struct object *options, struct tunnel6_attributes types)
{
    const struct nlattr *limit = nla_find(nla_data(data), nla_len(data), types.encap_limit);
    uint32_t flags = get_u32(data, types.flags), flowinfo = ntohl(get_u32(data, types.flowinfo));
    struct tunnel *tunnel = (struct tunnel *)options;

    tunnel->encaplimit = flags & IP6_TNL_F_IGN_ENCAP_LIMIT ? ENCAPLIMIT_NONE
                         : limit                           ? nla_get_u8(limit)
                                                           : 0;
    tunnel->tos =
        flags & IP6_TNL_F_USE_ORIG_TCLASS ? TCLASS_INHERIT : flowinfo >> TCLASS_SHIFT & TCLASS_MASK;
    tunnel->flowlabel =
        flags & IP6_TNL_F_USE_ORIG_FLOWLABEL ? FLOWLABEL_INHERIT : flowinfo & FLOWLABEL_MASK;
    tunnel->allow_localremote = flags & IP6_TNL_F_ALLOW_LOCAL_REMOTE;
    for (unsigned i = 0; i < options->table->field_count; i++)
        if (options->table->fields[i].flags & FIELD_BY_KIND)
            options->set |= UINT64_C(1) << i;
}

void encapsulation_check(const struct iface *iface, const struct source *source,
                         struct netlab_report *report)
{
    if (kind_is_fallback(iface->o.name)) {
        report_error(report, EINVAL, source, iface->o.mark,
                     "the kernel has a %s of its own in every namespace", iface->o.name);
        report_hint(report, "give the tunnel another name");
    }
    if (object_has(&iface->o, IFACE_MTU) && iface->mtu > TUNNEL_MTU_MAX)
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_MTU),
                     "an MTU of %u leaves no room for the headers of a tunnel: at most %d",
                     iface->mtu, TUNNEL_MTU_MAX);
}

static bool is_gre(const struct iface *iface)
{
    return iface->kind->settle == gre4_settle || iface->kind->settle == gre6_settle;
}

/* The key of incoming packets; KEY_NONE: none. */
static uint32_t incoming_key(const struct iface *iface)
{
    const struct tunnel *tunnel = (const struct tunnel *)iface->options;

    if (!is_gre(iface))
        return KEY_NONE;
    return tunnel->key != KEY_NONE ? tunnel->key : tunnel->ikey;
}

/* Whether the kernel could not tell whose an incoming packet is (ip_tunnel_find()). */
static bool is_same(const struct iface *a, const struct iface *b)
{
    const struct tunnel *x = (const struct tunnel *)a->options;
    const struct tunnel *y = (const struct tunnel *)b->options;

    return ip_equal(&x->local, &y->local) && ip_equal(&x->remote, &y->remote) &&
           incoming_key(a) == incoming_key(b) &&
           field_equal(&a->options->table->fields[TUNNEL_DEV], a->options, b->options);
}

static void check_twins(const struct iface *iface, const struct source *source,
                        struct netlab_report *report)
{
    LIST_EACH (struct iface, other, &iface_netns(iface)->interfaces) {
        if (other == iface)
            return; /* only those before: one error a pair */
        if (other->kind != iface->kind || !other->options || !is_same(iface, other))
            continue;
        report_error(report, EEXIST, source, iface->o.mark,
                     "%s and %s are the same tunnel: both have this type, 'local', 'remote', %s",
                     other->o.name, iface->o.name, is_gre(iface) ? "key and 'dev'" : "and 'dev'");
        report_hint(report, "%s is on line %u", other->o.name, other->o.mark.line);
        return;
    }
}

static void check_family(const struct iface *iface, unsigned field, const struct ip *ip,
                         unsigned family, const struct source *source, struct netlab_report *report)
{
    struct mark mark = object_mark(iface->options, field);
    const char *key = iface->options->table->fields[field].key;
    char text[IP_TEXT];

    if (!ip->family)
        return;
    if (ip->family != family) {
        report_error(report, EINVAL, source, mark, "'%s' of %s %s must be an %s address, not %s",
                     key, A_KIND(iface), family == AF_INET ? "IPv4" : "IPv6", ip_text(ip, text));
        return;
    }
    if (ip_is_multicast(ip) || ip_is_zero(ip))
        report_error(report, EINVAL, source, mark, "'%s' must be one machine's address, not %s",
                     key, ip_text(ip, text));
}

/* Rules of both families. */
static void check_any(const struct iface *iface, unsigned family, const struct source *source,
                      struct netlab_report *report)
{
    const struct tunnel *tunnel = (const struct tunnel *)iface->options;
    const struct stacked *stacked = &tunnel->stacked;

    encapsulation_check(iface, source, report);
    check_family(iface, TUNNEL_LOCAL, &tunnel->local, family, source, report);
    check_family(iface, TUNNEL_REMOTE, &tunnel->remote, family, source, report);
    if (stacked->lower.name && stacked->lower_netns != iface_netns(iface))
        report_error(report, EINVAL, source, stacked->lower.mark,
                     "'dev' of %s %s must be of the same namespace", A_KIND(iface));
    if (!tunnel->local.family && !tunnel->remote.family && !stacked->lower.name &&
        incoming_key(iface) == KEY_NONE) {
        report_error(report, EINVAL, source, iface->o.mark,
                     "%s %s needs 'remote', or 'local' at least", A_KIND(iface));
        report_hint(report, "the one without is the kernel's own");
        return;
    }
    check_twins(iface, source, report);
}

void tunnel4_check(const struct iface *iface, const struct source *source,
                   struct netlab_report *report)
{
    const struct tunnel *tunnel = (const struct tunnel *)iface->options;

    check_any(iface, AF_INET, source, report);
    if (tunnel->pmtudisc || !tunnel->ttl)
        return;
    report_error(report, EINVAL, source, object_mark(iface->options, TUNNEL_PMTUDISC),
                 "without 'pmtudisc', 'ttl' must be 'inherit'");
    report_hint(report, "a packet that comes back into its tunnel would live for ever");
}

void tunnel6_check(const struct iface *iface, const struct source *source,
                   struct netlab_report *report)
{
    const struct tunnel *tunnel = (const struct tunnel *)iface->options;

    check_any(iface, AF_INET6, source, report);
    if (!tunnel->local.family) /* ip6_tnl_xmit_ctl() */
        report_warning(report, source, iface->o.mark,
                       "%s sends nothing: %s %s without 'local' has no source address",
                       iface->o.name, A_KIND(iface));
}
