/* SPDX-License-Identifier: MIT */
/*
 * Job: what a namespace reaches without a gateway: the subnets of its addresses and its routes that
 * go straight to a device. A router has thousands of both, so it is a map and not a list.
 * Depends on: model, context.
 */
#ifndef NETLAB_PARSE_REACH_H
#define NETLAB_PARSE_REACH_H

#include "parse/context.h"

enum {
    PREFIX_KEY = 2 + 2 + 2 * 16 + 1,
};

/* One way to a subnet. */
struct net {
    struct net *next; /* another way to the same one */
    const struct iface *iface;
    const struct address *address; /* that makes it; NULL: a route does */
    const struct route *route;
    uint32_t table; /* that it is in */
};

struct reach {
    const struct netns *netns;
    bool partial;         /* something could not be read: what is missing here may be there */
    struct strmap nets;   /* prefix_key() → struct net */
    struct strmap own;    /* own_key() → struct address */
    bool lengths[2][129]; /* IPv4, IPv6: whether there is a net of that length */
};

/* 0 or -ENOMEM. */
int reach_init(struct reach *reach, struct parse *p, const struct netns *netns);

/* The longest net that an address is in: over dev, or, NULL, over any; by routes of a table too. */
const struct net *reach_find(const struct reach *reach, const struct ip *ip,
                             const struct iface *dev, uint32_t table);

/* Whether an address is the namespace's own: on an interface whose networks are in that table, or,
   of a table that is no vrf's, in the main one. */
bool reach_owns(const struct reach *reach, const struct ip *ip, uint32_t table);

/* A prefix as a key of a map; returns text. */
const char *prefix_key(const struct ip *ip, unsigned length, char text[PREFIX_KEY]);

/* The same with two numbers more, in the arena; NULL: out of memory. */
char *prefix_key_with(struct arena *arena, const struct ip *ip, unsigned length, uint32_t a,
                      uint32_t b);

/* The subnet that an address is on. */
struct prefix address_net(const struct address *address);

#endif
