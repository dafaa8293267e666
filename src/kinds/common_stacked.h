/* SPDX-License-Identifier: MIT */
/*
 * Job: what the kinds that share another interface's link have in common: vlan, macvlan, ipvlan.
 * Depends on: kind.
 */
#ifndef NETLAB_KINDS_COMMON_STACKED_H
#define NETLAB_KINDS_COMMON_STACKED_H

#include "kinds/kind.h"

/* Complain of what can't carry others, and of an MTU larger than it has. */
void stacked_check(const struct iface *iface, const struct source *source,
                   struct netlab_report *report);

/* Complain of a lower interface whose frames go to a bridge or bond. */
void stacked_check_master(const struct iface *iface, const struct source *source,
                          struct netlab_report *report);

/*
 * An interface of the lab that stands on the same one, stands before this one in the file, and
 * `is` what is looked for; NULL: none.
 */
const struct iface *stacked_find(const struct iface *iface,
                                 bool (*is)(const struct iface *iface, const struct iface *other));

/* Where the file says what it stands on. */
struct mark stacked_mark(const struct iface *iface);

/* The value of an option, given or not. */
uint32_t option_value(const struct object *options, unsigned field);

#endif
