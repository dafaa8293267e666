/* SPDX-License-Identifier: MIT */
/*
 * Job: macvlan: an interface with a MAC of its own on another one's link (IFLA_MACVLAN_*).
 */
#include "kinds/common_macvlan.h"

const struct kind kind_macvlan = {
    .name = "macvlan",
    MACVLAN_KIND,
    .config = "CONFIG_MACVLAN",
    .module = "macvlan",
    .doc = "An interface with a link-layer address of its own on the link of another. It never "
           "talks to that one.",
};
