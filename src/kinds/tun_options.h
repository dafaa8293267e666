/* SPDX-License-Identifier: MIT */
/*
 * Job: what tun and tap have in common: their options, which the kernel takes by ioctl.
 * Depends on: model, kinds.
 */
#ifndef NETLAB_KINDS_TUN_OPTIONS_H
#define NETLAB_KINDS_TUN_OPTIONS_H

#include "kinds/kind.h"

enum tun_field { TUN_USER, TUN_GROUP, TUN_PI, TUN_VNET_HDR, TUN_MULTI_QUEUE, TUN_FIELDS };

#define TUN_ANYBODY UINT32_MAX /* INVALID_UID: all users may */

struct tun {
    struct object o; /* parent: the interface */
    uint32_t user, group;
    bool pi, vnet_hdr, multi_queue;
};

extern const struct table tun_table;

/* Which of both an interface is that the kernel calls a tun. */
const struct kind *tun_tell(const struct nlattr *data);

#endif
