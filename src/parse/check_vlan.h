/* SPDX-License-Identifier: MIT */
/*
 * Job: what is suspicious about VLANs and loops of bridges; sets of interfaces that frames pass
 * between.
 * Depends on: check. Must not know: YAML, the kernel's state.
 */
#ifndef NETLAB_PARSE_CHECK_VLAN_H
#define NETLAB_PARSE_CHECK_VLAN_H

#include "parse/context.h"

/* Each number in a set of its own; NULL: out of memory. */
size_t *sets_new(struct parse *p, size_t count);
size_t sets_find(size_t *sets, size_t i);
/* False: they were in one set already. */
bool sets_join(size_t *sets, size_t a, size_t b);

bool is_switch(const struct iface *iface);

/* The VLAN of untagged frames that come in; 0: they are not taken, or it does not look at VLANs. */
unsigned vlan_pvid(const struct iface *iface);

/* VLANs that lead nowhere. */
void warn_vlans(struct parse *p);

/* Loops without STP; interfaces are numbered by ifindex, from 0. 0 or -ENOMEM. */
int warn_loops(struct parse *p, size_t count);

#endif
