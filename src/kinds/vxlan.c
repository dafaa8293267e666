/* SPDX-License-Identifier: MIT */
/*
 * Job: vxlan: Ethernet frames in UDP (IFLA_VXLAN_*).
 * Rules: drivers/net/vxlan/vxlan_core.c of the kernel (vxlan_nl2conf(), vxlan_config_validate()).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "base/report.h"
#include "kinds/common_tunnel.h"
#include "model/ip.h"

enum {
    PORT_LINUX = 8472, /* vxlan_port */
    HEADERS4 = 50,     /* VXLAN_HEADROOM */
    HEADERS6 = 70,     /* VXLAN6_HEADROOM */
    SECONDS = 1000000000,
};

enum vxlan_field {
    VXLAN_ID,
    VXLAN_LOCAL,
    VXLAN_REMOTE,
    VXLAN_GROUP,
    VXLAN_DEV,
    VXLAN_DSTPORT,
    VXLAN_SRCPORT,
    VXLAN_TTL,
    VXLAN_TOS,
    VXLAN_DF,
    VXLAN_FLOWLABEL,
    VXLAN_LEARNING,
    VXLAN_AGEING,
    VXLAN_MAXADDRESS,
    VXLAN_PROXY,
    VXLAN_RSC,
    VXLAN_L2MISS,
    VXLAN_L3MISS,
    VXLAN_UDPCSUM,
    VXLAN_UDP6ZEROCSUMTX,
    VXLAN_UDP6ZEROCSUMRX,
    VXLAN_REMCSUMTX,
    VXLAN_REMCSUMRX,
    VXLAN_GBP,
};

struct vxlan {
    struct stacked stacked;
    uint32_t id, dstport, ttl, tos, df, flowlabel, ageing, maxaddress;
    struct ip local, remote, group;
    struct port_range srcport; /* none: all that the namespace has for clients */
    bool learning, proxy, rsc, l2miss, l3miss;
    bool udpcsum, udp6zerocsumtx, udp6zerocsumrx, remcsumtx, remcsumrx, gbp;
};

static const struct choice ageings[] = {{"none", 0}, {NULL, 0}};
static const struct choice limits[] = {{"unlimited", 0}, {NULL, 0}};

/* An option that is on or off, with an attribute of a byte. */
#define SWITCH(name, type_of, on, more, text)                                                      \
    {                                                                                              \
        .key = #name, .type = FIELD_BOOL, AT(vxlan, name), .attribute = (type_of), .width = 1,     \
        .flags = FIELD_INITIAL | FIELD_NO_WORD | (more), .initial = (on),                          \
        .fallback = (on) ? "true" : "false", .doc = text                                           \
    }

static const struct field vxlan_fields[] = {
    [VXLAN_ID] = {.key = "id",
                  .type = FIELD_UINT,
                  AT(vxlan, id),
                  .max = 0xffffff, /* VXLAN_N_VID - 1 */
                  .attribute = IFLA_VXLAN_ID,
                  .width = 4,
                  .flags = FIELD_REQUIRED | FIELD_FIXED,
                  .doc = "The number of the virtual network (VNI)."},
    [VXLAN_LOCAL] = {.key = "local",
                     .type = FIELD_IP,
                     AT(vxlan, local),
                     .attribute = IFLA_VXLAN_LOCAL,
                     .attribute6 = IFLA_VXLAN_LOCAL6,
                     .flags = FIELD_INITIAL | FIELD_FIXED | FIELD_ABSENT,
                     .fallback = "what routing chooses",
                     .doc = "The outer source address."},
    [VXLAN_REMOTE] = {.key = "remote",
                      .type = FIELD_IP,
                      AT(vxlan, remote),
                      .flags = FIELD_INITIAL | FIELD_FIXED | FIELD_BY_KIND,
                      .fallback = "none",
                      .doc = "Where frames to unknown addresses go: the other end."},
    [VXLAN_GROUP] = {.key = "group",
                     .type = FIELD_IP,
                     AT(vxlan, group),
                     .flags = FIELD_INITIAL | FIELD_FIXED | FIELD_BY_KIND,
                     .fallback = "none",
                     .doc = "The same for several ends: a multicast address, which `dev` joins."},
    [VXLAN_DEV] = {.key = "dev",
                   .type = FIELD_LOWER,
                   AT(vxlan, stacked.lower),
                   .attribute = IFLA_VXLAN_LINK,
                   .width = 4,
                   .flags = FIELD_INITIAL | FIELD_FIXED,
                   .doc = "The interface that the outer packets use. If it is of another "
                          "namespace, they are sent and received there."},
    [VXLAN_DSTPORT] = {.key = "dstport",
                       .type = FIELD_UINT,
                       AT(vxlan, dstport),
                       .min = 1,
                       .max = 65535,
                       .attribute = IFLA_VXLAN_PORT,
                       .width = 2,
                       .flags = FIELD_INITIAL | FIELD_FIXED | FIELD_BIG_ENDIAN,
                       .initial = PORT_LINUX,
                       .fallback = "8472",
                       .doc = "The UDP port. The kernel's own is older than the standard: that "
                              "is 4789."},
    [VXLAN_SRCPORT] = {.key = "srcport",
                       .type = FIELD_PORTS,
                       AT(vxlan, srcport),
                       .flags = FIELD_INITIAL | FIELD_FIXED | FIELD_BY_KIND | FIELD_IP_BY_KIND,
                       .fallback = "those that the namespace gives to clients",
                       .doc = "The UDP ports that it sends from; a flow keeps one."},
    [VXLAN_TTL] = {.key = "ttl",
                   .type = FIELD_UINT,
                   AT(vxlan, ttl),
                   .max = 255,
                   .choices = choices_udp_ttl,
                   .flags = FIELD_INITIAL | FIELD_BY_KIND,
                   .fallback = "`auto`",
                   .doc = "The outer packet's TTL; `auto`: 1 for a group, else the namespace's "
                          "own; `inherit`: the inner packet's."},
    [VXLAN_TOS] = {.key = "tos",
                   .type = FIELD_UINT,
                   AT(vxlan, tos),
                   .max = 255,
                   .choices = choices_tos,
                   .attribute = IFLA_VXLAN_TOS,
                   .width = 1,
                   .flags = FIELD_INITIAL | FIELD_HEX,
                   .fallback = "0",
                   .doc = "The outer packet's TOS (`ip` reads it as hexadecimal)."},
    [VXLAN_DF] = {.key = "df",
                  .type = FIELD_ENUM,
                  AT(vxlan, df),
                  .choices = choices_udp_df,
                  .attribute = IFLA_VXLAN_DF,
                  .width = 1,
                  .flags = FIELD_INITIAL,
                  .fallback = "`unset`",
                  .doc = "Whether outer IPv4 packets must not be fragmented."},
    [VXLAN_FLOWLABEL] = {.key = "flowlabel",
                         .type = FIELD_UINT,
                         AT(vxlan, flowlabel),
                         .max = 0xfffff,
                         .attribute = IFLA_VXLAN_LABEL,
                         .width = 4,
                         .flags = FIELD_INITIAL | FIELD_BIG_ENDIAN,
                         .fallback = "0",
                         .doc = "The outer IPv6 packet's flow label."},
    [VXLAN_LEARNING] = SWITCH(learning, IFLA_VXLAN_LEARNING, 1, 0,
                              "Learn where addresses are from what comes in."),
    [VXLAN_AGEING] = {.key = "ageing",
                      .type = FIELD_DURATION,
                      AT(vxlan, ageing),
                      .unit = SECONDS,
                      .max = 3600, /* FDB_AGE_INTERVAL, in vxlan_config_validate() */
                      .choices = ageings,
                      .attribute = IFLA_VXLAN_AGEING,
                      .width = 4,
                      .flags = FIELD_INITIAL,
                      .initial = 300,
                      .fallback = "300s",
                      .doc = "How long a learned address is kept; `none`: for ever."},
    [VXLAN_MAXADDRESS] = {.key = "maxaddress",
                          .type = FIELD_UINT,
                          AT(vxlan, maxaddress),
                          .max = UINT32_MAX,
                          .choices = limits,
                          .attribute = IFLA_VXLAN_LIMIT,
                          .width = 4,
                          .flags = FIELD_INITIAL | FIELD_FIXED,
                          .fallback = "`unlimited`",
                          .doc = "How many addresses it knows at most."},
    [VXLAN_PROXY] = SWITCH(proxy, IFLA_VXLAN_PROXY, 0, FIELD_FIXED, "Answer ARP itself."),
    [VXLAN_RSC] =
        SWITCH(rsc, IFLA_VXLAN_RSC, 0, FIELD_FIXED, "Send to routers' addresses directly."),
    [VXLAN_L2MISS] = SWITCH(l2miss, IFLA_VXLAN_L2MISS, 0, FIELD_FIXED,
                            "Tell of MAC addresses that are not known."),
    [VXLAN_L3MISS] = SWITCH(l3miss, IFLA_VXLAN_L3MISS, 0, FIELD_FIXED,
                            "Tell of IP addresses that are not known."),
    [VXLAN_UDPCSUM] =
        SWITCH(udpcsum, IFLA_VXLAN_UDP_CSUM, 1, FIELD_FIXED, "UDP checksums over IPv4."),
    [VXLAN_UDP6ZEROCSUMTX] = SWITCH(udp6zerocsumtx, IFLA_VXLAN_UDP_ZERO_CSUM6_TX, 0, FIELD_FIXED,
                                    "No UDP checksums over IPv6."),
    [VXLAN_UDP6ZEROCSUMRX] = SWITCH(udp6zerocsumrx, IFLA_VXLAN_UDP_ZERO_CSUM6_RX, 0, FIELD_FIXED,
                                    "Take packets over IPv6 without UDP checksums."),
    [VXLAN_REMCSUMTX] = SWITCH(remcsumtx, IFLA_VXLAN_REMCSUM_TX, 0, FIELD_FIXED,
                               "Remote checksum offload, sending."),
    [VXLAN_REMCSUMRX] = SWITCH(remcsumrx, IFLA_VXLAN_REMCSUM_RX, 0, FIELD_FIXED,
                               "Remote checksum offload, receiving."),
    [VXLAN_GBP] = {.key = "gbp",
                   .type = FIELD_BOOL,
                   AT(vxlan, gbp),
                   .attribute = IFLA_VXLAN_GBP,
                   .flags = FIELD_INITIAL | FIELD_FIXED | FIELD_NO_WORD | FIELD_ABSENT,
                   .fallback = "false",
                   .doc = "Carry a packet's mark (group policy) along."},
};

static const struct habit vxlan_habits[] = {{"vni", "it is called 'id'"},
                                            {"link", "it is called 'dev'"},
                                            {"parent", "it is called 'dev'"},
                                            {"udp-port", "it is called 'dstport'"},
                                            {"port", "it is called 'dstport'"},
                                            {"source", "it is called 'local'"},
                                            {"host-interface", "it is 'dev'"},
                                            {"mac-learning", "it is called 'learning'"},
                                            {"aging", "it is spelt 'ageing'"},
                                            {"limit", "it is called 'maxaddress'"},
                                            {"flow-label", "it is 'flowlabel'"},
                                            {"multicast", "it is called 'group'"},
                                            {"port-range", "it is called 'srcport'"},
                                            {"external", LEFT_OUT NO_METADATA},
                                            {"vnifilter", LEFT_OUT "it goes with 'external'"},
                                            {"gpe", LEFT_OUT "it goes with 'external'"},
                                            {"localbypass",
                                             LEFT_OUT "it is newer (Linux 6.4) than "
                                                      "the kernels netlab is tested on"},
                                            {"nolearning", "write 'learning: false'"},
                                            {NULL, NULL}};

static const struct table vxlan_table = {.name = "vxlan",
                                         .size = sizeof(struct vxlan),
                                         .fields = vxlan_fields,
                                         .field_count = COUNT(vxlan_fields),
                                         .scalar = -1,
                                         .habits = vxlan_habits,
                                         .doc = "Options of a VXLAN's interface."};

static const struct ip *far_of(const struct vxlan *vxlan)
{
    return vxlan->group.family ? &vxlan->group : &vxlan->remote;
}

static int put_srcport(struct nl_msg *msg, const struct vxlan *vxlan)
{
    const struct ifla_vxlan_port_range range = {htons(vxlan->srcport.first),
                                                htons(vxlan->srcport.last)};

    return nla_put(msg, IFLA_VXLAN_PORT_RANGE, sizeof range, &range) < 0 ? -ENOMEM : 0;
}

static int put(struct nl_msg *msg, const struct object *options, const struct object *seen)
{
    const struct vxlan *vxlan = (const struct vxlan *)options;
    const struct ip *far = far_of(vxlan);
    int type = far->family == AF_INET6 ? IFLA_VXLAN_GROUP6 : IFLA_VXLAN_GROUP;

    if (far->family && !seen && nla_put(msg, type, (int)ip_bytes(far), far->bytes) < 0)
        return -ENOMEM;
    if (vxlan->srcport.first && !seen && put_srcport(msg, vxlan) < 0)
        return -ENOMEM;
    if (seen ? !field_differs(seen, options, VXLAN_TTL) : !object_has(options, VXLAN_TTL))
        return 0;
    if (vxlan->ttl == UDP_TTL_INHERIT)
        return nla_put_flag(msg, IFLA_VXLAN_TTL_INHERIT) < 0 ? -ENOMEM : 0;
    return nla_put_u8(msg, IFLA_VXLAN_TTL, (uint8_t)vxlan->ttl) < 0 ? -ENOMEM : 0;
}

static const struct nlattr *find(const struct nlattr *data, int type)
{
    return nla_find(nla_data(data), nla_len(data), type);
}

static void get(const struct nlattr *data, struct object *options)
{
    struct vxlan *vxlan = (struct vxlan *)options;
    const struct nlattr *inherit = find(data, IFLA_VXLAN_TTL_INHERIT);
    const struct nlattr *ttl = find(data, IFLA_VXLAN_TTL), *far = find(data, IFLA_VXLAN_GROUP);
    const struct nlattr *range = find(data, IFLA_VXLAN_PORT_RANGE);
    struct ifla_vxlan_port_range ports = {0, 0};
    struct ip ip = {.family = AF_INET};

    if (!far) {
        far = find(data, IFLA_VXLAN_GROUP6);
        ip.family = AF_INET6;
    }
    vxlan->remote = vxlan->group = (struct ip){0};
    if (far && nla_len(far) == (int)ip_bytes(&ip)) {
        memcpy(ip.bytes, nla_data(far), ip_bytes(&ip));
        if (!ip_is_zero(&ip))
            *(ip_is_multicast(&ip) ? &vxlan->group : &vxlan->remote) = ip;
    }
    if (range && nla_len(range) >= (int)sizeof ports)
        memcpy(&ports, nla_data(range), sizeof ports);
    vxlan->srcport = (struct port_range){ntohs(ports.low), ntohs(ports.high)};
    vxlan->ttl = ttl ? nla_get_u8(ttl) : 0;
    if (inherit && (nla_len(inherit) == 0 || nla_get_u8(inherit)))
        vxlan->ttl = UDP_TTL_INHERIT;
    options->set |= UINT64_C(1) << VXLAN_REMOTE | UINT64_C(1) << VXLAN_GROUP |
                    UINT64_C(1) << VXLAN_SRCPORT | UINT64_C(1) << VXLAN_TTL;
}

static void ip(const struct object *options, const struct object *seen, FILE *out)
{
    const struct port_range *range = &((const struct vxlan *)options)->srcport;

    if (range->first && !seen)
        fprintf(out, " srcport %u %u", range->first, range->last);
}

/* The TTL's number can be altered, but not whether it is inherited. */
static bool can_alter(const struct object *seen, const struct object *wanted)
{
    return (((const struct vxlan *)seen)->ttl == UDP_TTL_INHERIT) ==
           (((const struct vxlan *)wanted)->ttl == UDP_TTL_INHERIT);
}

static bool is_ipv6(const struct vxlan *vxlan)
{
    return vxlan->local.family == AF_INET6 || far_of(vxlan)->family == AF_INET6;
}

/* The namespace of its outer packets. */
static const struct netns *underlay(const struct iface *iface)
{
    const struct netns *netns = iface_stacked(iface)->lower_netns;

    return netns ? netns : iface_netns(iface);
}

/* One socket a port and family, of one setting; one interface a number on it (vxlan_vni_in_use(),
   vxlan_find_sock()). */
static bool is_clash(const struct iface *a, const struct iface *b)
{
    const struct vxlan *x = (const struct vxlan *)a->options, *y = (const void *)b->options;

    if (a->kind != b->kind || underlay(a) != underlay(b) || x->dstport != y->dstport ||
        is_ipv6(x) != is_ipv6(y))
        return false;
    return x->id == y->id || x->gbp != y->gbp || x->remcsumrx != y->remcsumrx ||
           x->udp6zerocsumrx != y->udp6zerocsumrx;
}

static void check_twins(const struct iface *iface, const struct source *source,
                        struct netlab_report *report)
{
    const struct netlab_lab *lab = (const struct netlab_lab *)iface_netns(iface)->o.parent;

    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, other, &netns->interfaces) {
            const struct vxlan *vxlan = (const struct vxlan *)other->options;

            if (other == iface)
                return; /* only those before: one error a pair */
            if (!other->options || !is_clash(iface, other))
                continue;
            report_error(report, EEXIST, source, object_mark(iface->options, VXLAN_ID),
                         vxlan->id == ((const struct vxlan *)iface->options)->id
                             ? "%s and %s have the same 'id' and 'dstport'"
                             : "%s and %s have the same 'dstport', and differ in 'gbp', "
                               "'remcsumrx' or 'udp6zerocsumrx'",
                         other->o.name, iface->o.name);
            report_hint(report, "%s is on line %u", other->o.name, other->o.mark.line);
            return;
        }
}

/* What is given for one family of addresses only. */
static void check_addresses(const struct vxlan *vxlan, const struct source *source,
                            struct netlab_report *report)
{
    const struct object *o = &vxlan->stacked.o;
    const struct ip *far = far_of(vxlan);
    char text[IP_TEXT];

    if (vxlan->remote.family && vxlan->group.family)
        report_error(report, EINVAL, source, object_mark(o, VXLAN_GROUP),
                     "'remote' and 'group' exclude each other");
    if (ip_is_multicast(&vxlan->remote) || (vxlan->remote.family && ip_is_zero(&vxlan->remote))) {
        report_error(report, EINVAL, source, object_mark(o, VXLAN_REMOTE),
                     "'remote' must be one machine's address, not %s",
                     ip_text(&vxlan->remote, text));
        report_hint(report, "a multicast address is the 'group'");
    }
    if (vxlan->group.family && !ip_is_multicast(&vxlan->group)) {
        report_error(report, EINVAL, source, object_mark(o, VXLAN_GROUP),
                     "'group' must be a multicast address, not %s", ip_text(&vxlan->group, text));
        report_hint(report, "the address of one other end is its 'remote'");
    }
    if (ip_is_multicast(&vxlan->local) || (vxlan->local.family && ip_is_zero(&vxlan->local)))
        report_error(report, EINVAL, source, object_mark(o, VXLAN_LOCAL),
                     "'local' must be one machine's address, not %s", ip_text(&vxlan->local, text));
    if (vxlan->local.family && far->family && vxlan->local.family != far->family)
        report_error(report, EINVAL, source, object_mark(o, VXLAN_LOCAL),
                     "'local' must be of the same family as '%s'",
                     vxlan->group.family ? "group" : "remote");
    if (vxlan->flowlabel && !is_ipv6(vxlan))
        report_error(report, EINVAL, source, object_mark(o, VXLAN_FLOWLABEL),
                     "'flowlabel' is one of IPv6, which neither 'local' nor 'remote' is");
}

static bool is_link_local6(const struct ip *ip)
{
    return ip->family == AF_INET6 && ip_is_link_local(ip);
}

static void check_dev(const struct iface *iface, const struct source *source,
                      struct netlab_report *report)
{
    const struct vxlan *vxlan = (const struct vxlan *)iface->options;
    const struct iface *lower = iface_lower(iface);
    uint32_t headers = is_ipv6(vxlan) ? HEADERS6 : HEADERS4, mtu = 0;

    if (vxlan->group.family && !vxlan->stacked.lower.name)
        report_error(report, EINVAL, source, object_mark(&vxlan->stacked.o, VXLAN_GROUP),
                     "'group' needs 'dev', which joins it");
    else if (!vxlan->stacked.lower.name &&
             (is_link_local6(&vxlan->local) || is_link_local6(&vxlan->remote)))
        report_error(report, EINVAL, source, iface->o.mark, "a link-local address needs 'dev'");
    if (vxlan->local.family && far_of(vxlan)->family && !vxlan->group.family &&
        is_link_local6(&vxlan->local) != is_link_local6(&vxlan->remote))
        report_error(report, EINVAL, source, object_mark(&vxlan->stacked.o, VXLAN_LOCAL),
                     "'local' and 'remote' must both be link-local addresses, or neither");
    if (lower)
        mtu = object_has(&lower->o, IFACE_MTU) ? lower->mtu : iface_initial_mtu(lower);
    if (mtu && object_has(&iface->o, IFACE_MTU) && iface->mtu + headers > mtu)
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_MTU),
                     "an MTU of %u leaves no room for the %u bytes of headers: %s has %u",
                     iface->mtu, headers, lower->o.name, mtu);
}

static void check(const struct iface *iface, const struct source *source,
                  struct netlab_report *report)
{
    encapsulation_check(iface, source, report);
    check_addresses((const struct vxlan *)iface->options, source, report);
    check_dev(iface, source, report);
    check_twins(iface, source, report);
}

const struct kind kind_vxlan = {
    .name = "vxlan",
    .config = "CONFIG_VXLAN",
    .module = "vxlan",
    .flags = KIND_STACKED,
    .options = &vxlan_table,
    .check = check,
    .put = put,
    .get = get,
    .ip = ip,
    .can_alter = can_alter,
    .doc = "Ethernet frames in UDP: a layer-2 network over a routed one.",
};
