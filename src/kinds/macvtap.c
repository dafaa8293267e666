/* SPDX-License-Identifier: MIT */
/*
 * Job: macvtap: a macvlan whose frames a program reads and writes (/dev/tapINDEX).
 */
#include "kinds/common_macvlan.h"

const struct kind kind_macvtap = {
    .name = "macvtap",
    MACVLAN_KIND,
    .txqueuelen = 500, /* TUN_READQ_SIZE, drivers/net/tap.c */
    .config = "CONFIG_MACVTAP",
    .module = "macvtap",
    .doc = "A macvlan for a program, as a rule a virtual machine: its frames go to `/dev/tapN`, "
           "where N is its index.",
};
