/* SPDX-License-Identifier: MIT */
/*
 * Job: sit: IPv6 packets in IPv4 (IFLA_IPTUN_*).
 * Rules: net/ipv6/sit.c of the kernel.
 */
#include <errno.h>
#include <linux/in.h>

#include "base/report.h"
#include "kinds/common_tunnel.h"

enum { MODE = TUNNEL_PMTUDISC + 1 };

static const struct choice modes[] = {{"any", 0},
                                      {"ip6ip", IPPROTO_IPV6},
                                      {"ipip", IPPROTO_IPIP},
                                      {"mplsip", IPPROTO_MPLS},
                                      {NULL, 0}};

static const struct field fields[] = {
    TUNNEL_FIELDS4(IFLA_IPTUN),
    [MODE] = {.key = "mode",
              .type = FIELD_ENUM,
              AT(tunnel, mode),
              .choices = modes,
              .attribute = IFLA_IPTUN_PROTO,
              .width = 1,
              .flags = FIELD_INITIAL | FIELD_TOLD | FIELD_FIXED,
              .fallback = "`any`",
              .needs = "CONFIG_MPLS", /* mplsip */
              .doc = "What it carries."},
};

static const struct table table = {.name = "sit",
                                   .size = sizeof(struct tunnel),
                                   .fields = fields,
                                   .field_count = COUNT(fields),
                                   .scalar = -1,
                                   .habits = sit_habits,
                                   .doc = "Options of a sit tunnel."};

static void check(const struct iface *iface, const struct source *source,
                  struct netlab_report *report)
{
    tunnel4_check(iface, source, report);
    if (object_has(&iface->o, IFACE_MTU) && iface->mtu < MTU_MIN_IPV6)
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_MTU),
                     "an MTU of %u is too small for a sit: IPv6 needs %d", iface->mtu,
                     MTU_MIN_IPV6);
}

const struct kind kind_sit = {
    .name = "sit",
    .config = "CONFIG_IPV6_SIT",
    .module = "sit",
    .fallbacks = {"sit0"},
    .flags = KIND_STACKED | KIND_WHOLE | KIND_NO_ETHERNET | KIND_EMBEDS_IPV4,
    .options = &table,
    .check = check,
    .doc = "A tunnel of IPv6 packets in IPv4.",
};
