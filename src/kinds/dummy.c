/* SPDX-License-Identifier: MIT */
/*
 * Job: dummy, an interface that leads nowhere: what is sent by it is dropped. It has no options.
 */
#include "kinds/kind.h"

const struct kind kind_dummy = {
    .name = "dummy",
    .flags = KIND_NO_SPEED | KIND_NO_ARP,
    .mtu = 1500,
    .config = "CONFIG_DUMMY",
    .module = "dummy",
    .doc = "An interface that leads nowhere: a home for addresses.",
};
