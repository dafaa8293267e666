/* SPDX-License-Identifier: MIT */
/*
 * Job: what macvlan and macvtap have in common: all but the name and the queue.
 * Depends on: kind.
 */
#ifndef NETLAB_KINDS_COMMON_MACVLAN_H
#define NETLAB_KINDS_COMMON_MACVLAN_H

#include "kinds/kind.h"

extern const struct table macvlan_table;

int macvlan_put(struct nl_msg *msg, const struct object *options, const struct object *seen);
void macvlan_get(const struct nlattr *data, struct object *options);
int macvlan_get_lists(const struct nlattr *data, struct object *options, struct arena *arena);
bool macvlan_shares_mac(const struct object *options);
bool macvlan_can_alter(const struct object *seen, const struct object *wanted);
void macvlan_ip(const struct object *options, const struct object *seen, FILE *out);
void macvlan_check(const struct iface *iface, const struct source *source,
                   struct netlab_report *report);

#define MACVLAN_KIND                                                                               \
    .flags = KIND_STACKED | KIND_LOWER_MTU, .options = &macvlan_table, .put = macvlan_put,         \
    .get = macvlan_get, .get_lists = macvlan_get_lists, .can_alter = macvlan_can_alter,            \
    .shares_mac = macvlan_shares_mac, .ip = macvlan_ip, .check = macvlan_check

#endif
