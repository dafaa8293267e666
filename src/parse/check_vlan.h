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

/* Interfaces by their numbers (ifindex, from 0), and who is a port of which switch. */
struct members {
    size_t count;
    const struct iface **ifaces;
    size_t *first, *next; /* of the switch, after a port: a number + 1; 0: none */
};

/* 0 or -ENOMEM. */
int members_find(struct parse *p, size_t count, struct members *ret_members);

static inline const struct iface *member_at(const struct members *members, size_t number)
{
    return number ? members->ifaces[number - 1] : NULL;
}

static inline const struct iface *member_first(const struct members *members,
                                               const struct iface *master)
{
    return member_at(members, members->first[master->ifindex]);
}

static inline const struct iface *member_next(const struct members *members,
                                              const struct iface *port)
{
    return member_at(members, members->next[port->ifindex]);
}

#define MEMBERS_EACH(port, members, master)                                                        \
    for (const struct iface *port = member_first(members, master); port;                           \
         port = member_next(members, port))

/* VLANs that lead nowhere. */
void warn_vlans(struct parse *p, const struct members *members);

/* Loops without STP. 0 or -ENOMEM. */
int warn_loops(struct parse *p, size_t count);

#endif
