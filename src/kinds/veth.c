/* SPDX-License-Identifier: MIT */
/*
 * Job: veth, the kind that links are made of. It has no options of its own; both ends are made by
 * one message, which the kernel room packs, since it spans two namespaces.
 */
#include "kinds/kind.h"

const struct kind kind_veth = {
    .name = "veth",
    .flags = KIND_BY_LINKS | KIND_COMMON,
    .mtu = 1500,
    .doc = "A virtual Ethernet cable; each entry of `links` is one.",
};
