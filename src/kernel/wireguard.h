/* SPDX-License-Identifier: MIT */
/*
 * Job: what other rooms ask of wireguard interfaces.
 */
#ifndef NETLAB_KERNEL_WIREGUARD_H
#define NETLAB_KERNEL_WIREGUARD_H

#include "kinds/wireguard.h"

struct kernel;

/* See an interface's keys and peers. 0 or -errno. */
int kernel_look_at_wireguard(struct kernel *kernel, struct iface *iface, struct arena *arena);

#endif
