/* SPDX-License-Identifier: MIT */
/*
 * Job: ip6gretap: Ethernet frames in GRE over IPv6 (common_gre.c).
 */
#include "kinds/common_tunnel.h"

static const struct table table = GRE_TABLE("ip6gretap", 6);

const struct kind kind_ip6gretap = {
    .name = "ip6gretap",
    .config = "CONFIG_IPV6_GRE",
    .module = "ip6_gre",
    .flags = KIND_STACKED | KIND_WHOLE | KIND_NO_SPEED,
    .options = &table,
    .settle = gre6_settle,
    .check = tunnel6_check,
    .put = gre6_put,
    .get = gre6_get,
    .doc = "A tunnel of Ethernet frames in GRE, over IPv6.",
};
