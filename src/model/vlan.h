/* SPDX-License-Identifier: MIT */
/*
 * Job: VLAN tables of interfaces: lists of ranges that are told alike, by ID.
 * Depends on: base, lab. Must not know: where the tables come from.
 */
#ifndef NETLAB_MODEL_VLAN_H
#define NETLAB_MODEL_VLAN_H

#include "model/lab.h"

enum { VLANS_TEXT = 16 };

/* "20-29", "10"; returns it. */
const char *vlans_text(const struct vlan_range *id, char text[VLANS_TEXT]);

/* An entry of an interface's table, not in it yet; NULL: out of memory. */
struct vlan *vlan_new(struct arena *arena, struct object *parent, struct vlan_range id,
                      struct mark mark);

/* Put a list in the order of IDs. 0 or -ENOMEM. */
int vlan_sort(struct list *vlans, struct arena *arena);

/* The entry that has an ID; NULL: none. */
const struct vlan *vlan_find(const struct list *vlans, unsigned id);

/* The PVID's entry; NULL: none. */
const struct vlan *vlan_find_pvid(const struct list *vlans);

/* Whether frames of both leave alike: as PVID, untagged. */
bool vlan_same_flags(const struct vlan *a, const struct vlan *b);

#endif
