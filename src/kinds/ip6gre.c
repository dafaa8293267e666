/* SPDX-License-Identifier: MIT */
/*
 * Job: ip6gre: IP packets in GRE over IPv6 (common_gre.c).
 */
#include "kinds/common_tunnel.h"

static const struct table table = GRE_TABLE("ip6gre", 6);

const struct kind kind_ip6gre = {
    .name = "ip6gre",
    .config = "CONFIG_IPV6_GRE",
    .module = "ip6_gre",
    .fallbacks = {"ip6gre0"},
    .flags = KIND_STACKED | KIND_WHOLE | KIND_NO_ETHERNET,
    .options = &table,
    .settle = gre6_settle,
    .check = tunnel6_check,
    .put = gre6_put,
    .get = gre6_get,
    .doc = "A tunnel of IP packets in GRE, over IPv6.",
};
