/* SPDX-License-Identifier: MIT */
/*
 * Job: what holds where a file says nothing. The reader fills it in, the writer leaves it out.
 * Depends on: lab. Must not know: YAML, netlink.
 *
 * Fields whose `set` bit is off get their value; the bits stay as they are.
 */
#ifndef NETLAB_MODEL_DEFINITE_H
#define NETLAB_MODEL_DEFINITE_H

#include "model/lab.h"

void address_fill(struct address *address, const struct iface *iface);
void route_fill(struct route *route); /* not its next hops */
void nexthop_fill(struct nexthop *hop);
void rule_fill(struct rule *rule);
void netem_fill(struct netem *netem);

/* 127.0.0.1/8 and ::1/128: lo gets them from the kernel when it is set up. */
bool address_is_los_own(const struct address *address, const struct iface *iface);

#endif
