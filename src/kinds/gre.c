/* SPDX-License-Identifier: MIT */
/*
 * Job: gre: IP packets in GRE over IPv4 (common_gre.c).
 */
#include "kinds/common_tunnel.h"

static const struct table table = GRE_TABLE("gre", 4);

const struct kind kind_gre = {
    .name = "gre",
    .config = "CONFIG_NET_IPGRE",
    .module = "ip_gre",
    .fallbacks = {"gre0", "gretap0", "erspan0"},
    .flags = KIND_STACKED | KIND_WHOLE | KIND_NO_ETHERNET | KIND_ARP_VARIES,
    .options = &table,
    .settle = gre4_settle,
    .check = gre4_check,
    .put = gre4_put,
    .get = gre4_get,
    .doc = "A tunnel of IP packets in GRE, over IPv4.",
};
