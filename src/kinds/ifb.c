/* SPDX-License-Identifier: MIT */
/*
 * Job: ifb, to which tc sends packets (`action mirred`) so that they can be queued when they come
 * in. It has no options.
 */
#include "kinds/kind.h"

const struct kind kind_ifb = {
    .name = "ifb",
    .flags = KIND_NO_SPEED | KIND_NO_ARP,
    .mtu = 1500,
    .txqueuelen = 32, /* TX_Q_LIMIT, drivers/net/ifb.c */
    .config = "CONFIG_IFB",
    .module = "ifb",
    .doc = "Where `tc` can send packets that come in, so that they can be queued and shaped.",
};
