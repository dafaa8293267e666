/* SPDX-License-Identifier: MIT */
/*
 * Job: gretap: Ethernet frames in GRE over IPv4 (common_gre.c).
 */
#include "kinds/common_tunnel.h"

static const struct table table = GRE_TABLE("gretap", 4);

const struct kind kind_gretap = {
    .name = "gretap",
    .config = "CONFIG_NET_IPGRE",
    .module = "ip_gre",
    .flags = KIND_STACKED | KIND_WHOLE | KIND_NO_SPEED,
    .options = &table,
    .settle = gre4_settle,
    .check = gre4_check,
    .put = gre4_put,
    .get = gre4_get,
    .doc = "A tunnel of Ethernet frames in GRE, over IPv4.",
};
