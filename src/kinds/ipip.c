/* SPDX-License-Identifier: MIT */
/*
 * Job: ipip: IPv4 packets in IPv4 (IFLA_IPTUN_*).
 * Rules: net/ipv4/ipip.c of the kernel.
 */
#include <linux/in.h>

#include "kinds/common_tunnel.h"

enum { MODE = TUNNEL_PMTUDISC + 1 };

static const struct choice modes[] = {
    {"any", 0}, {"ipip", IPPROTO_IPIP}, {"mplsip", IPPROTO_MPLS}, {NULL, 0}};

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
              .doc = "What it carries."},
};

static const struct table table = {.name = "ipip",
                                   .size = sizeof(struct tunnel),
                                   .fields = fields,
                                   .field_count = COUNT(fields),
                                   .scalar = -1,
                                   .habits = tunnel4_habits,
                                   .doc = "Options of an ipip tunnel."};

const struct kind kind_ipip = {
    .name = "ipip",
    .config = "CONFIG_NET_IPIP",
    .module = "ipip",
    .fallbacks = {"tunl0"},
    .flags = KIND_STACKED | KIND_WHOLE | KIND_NO_ETHERNET,
    .options = &table,
    .check = tunnel4_check,
    .doc = "A tunnel of IPv4 packets in IPv4.",
};
