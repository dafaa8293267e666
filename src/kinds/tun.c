/* SPDX-License-Identifier: MIT */
/*
 * Job: tun, an interface whose other end is a program: it reads and writes IP packets.
 */
#include <linux/if_tun.h>

#include "kinds/tun_options.h"

const struct kind kind_tun = {
    .name = "tun",
    .flags = KIND_NO_ETHERNET | KIND_COMMON,
    .tun = IFF_TUN,
    .options = &tun_table,
    .mtu = 1500,
    .txqueuelen = 500, /* TUN_READQ_SIZE */
    .tell = tun_tell,
    .doc = "The other end is a program, which reads and writes IP packets (`/dev/net/tun`).",
};
