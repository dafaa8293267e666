/* SPDX-License-Identifier: MIT */
/*
 * Job: ip6tnl: IP packets in IPv6 (IFLA_IPTUN_*).
 * Rules: net/ipv6/ip6_tunnel.c of the kernel.
 */
#include <errno.h>
#include <linux/in.h>

#include "base/report.h"
#include "kinds/common_tunnel.h"

enum { MODE = TUNNEL_FLOWLABEL + 1, ALLOW_LOCALREMOTE };

static const struct choice modes[] = {
    {"any", 0}, {"ip6ip6", IPPROTO_IPV6}, {"ipip6", IPPROTO_IPIP}, {NULL, 0}};

static const struct field fields[] = {
    TUNNEL_FIELDS6(IFLA_IPTUN),
    [MODE] = {.key = "mode",
              .type = FIELD_ENUM,
              AT(tunnel, mode),
              .choices = modes,
              .attribute = IFLA_IPTUN_PROTO,
              .width = 1,
              .flags = FIELD_INITIAL | FIELD_TOLD,
              .fallback = "`any`",
              .doc = "What it carries."},
    [ALLOW_LOCALREMOTE] = TUNNEL_ALLOW_LOCALREMOTE,
};

static const struct table table = {.name = "ip6tnl",
                                   .size = sizeof(struct tunnel),
                                   .fields = fields,
                                   .field_count = COUNT(fields),
                                   .scalar = -1,
                                   .habits = tunnel6_habits,
                                   .doc = "Options of an ip6tnl tunnel."};

static const struct tunnel6_attributes types = {.encap_limit = IFLA_IPTUN_ENCAP_LIMIT,
                                                .flowinfo = IFLA_IPTUN_FLOWINFO,
                                                .flags = IFLA_IPTUN_FLAGS};

static int put(struct nl_msg *msg, const struct object *options, const struct object *seen)
{
    (void)seen; /* always all */
    return tunnel6_put(msg, options, types);
}

static void get(const struct nlattr *data, struct object *options)
{
    tunnel6_get(data, options, types);
}

static void check(const struct iface *iface, const struct source *source,
                  struct netlab_report *report)
{
    const struct tunnel *tunnel = (const struct tunnel *)iface->options;

    tunnel6_check(iface, source, report);
    if (tunnel->mode == IPPROTO_IPV6 && object_has(&iface->o, IFACE_MTU) &&
        iface->mtu < MTU_MIN_IPV6)
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_MTU),
                     "an MTU of %u is too small for 'mode: ip6ip6': IPv6 needs %d", iface->mtu,
                     MTU_MIN_IPV6);
}

const struct kind kind_ip6tnl = {
    .name = "ip6tnl",
    .config = "CONFIG_IPV6_TUNNEL",
    .module = "ip6_tunnel",
    .fallbacks = {"ip6tnl0"},
    .flags = KIND_STACKED | KIND_WHOLE | KIND_NO_ETHERNET,
    .options = &table,
    .check = check,
    .put = put,
    .get = get,
    .doc = "A tunnel of IP packets in IPv6.",
};
