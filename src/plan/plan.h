/* SPDX-License-Identifier: MIT */
/*
 * Job: changes → ops: values that can be ordered, printed, reversed, carried out and made to fail.
 * Depends on: base, model, kinds (traits), diff. Must not know: netlink, sockets, files.
 *
 * Laws: an op stands after all that it needs; plan_reverse() twice is what it was; what dies with
 * its namespace or interface is not taken away singly.
 */
#ifndef NETLAB_PLAN_PLAN_H
#define NETLAB_PLAN_PLAN_H

#include <stdio.h>

#include "diff/diff.h"
#include "model/lab.h"

enum op_type {
    OP_NETNS,    /* struct netns: make it, without a name yet */
    OP_SYSCTL,   /* struct sysctl */
    OP_LINK,     /* struct link (a veth pair), or struct iface of another kind: make it */
    OP_IFACE,    /* struct iface: what can't be said when it is made: up, alias, the master */
    OP_PORT,     /* struct port: its options */
    OP_QDISC,    /* struct netem: at the root of its interface */
    OP_VLAN,     /* struct vlan: in an interface's table, or (absent) not in it */
    OP_ALTNAME,  /* struct altname */
    OP_ADDRESS,  /* struct address */
    OP_ROUTE,    /* struct route */
    OP_RULE,     /* struct rule */
    OP_NEIGHBOR, /* struct neighbor */
    OP_NFTABLES, /* struct ruleset: load it, in the place of what is there of it */
    OP_DEVICE,   /* struct iface: a wireguard's keys and port */
    OP_PEER,     /* struct wireguard_peer */
    OP_READY,    /* struct netns: see that its interfaces pass packets */
    OP_NAME,     /* struct netns: give it its name in /run/netns */
    OP_SERVICE,  /* struct service: start it, in the place of the one that there is of that name */
    OP_LISTEN,   /* struct service: wait until it is ready */
};

enum op_flags {
    OP_KEEPALIVE =
        1 << 7,        /* OP_PEER: only that, which sends a packet: both ends have to be there */
    OP_BIRTH = 1 << 0, /* OP_SYSCTL: right when the namespace is made, before it has interfaces */
    OP_OPTIONAL = 1 << 1, /* OP_SYSCTL: a kernel that does not know it is fine */
    OP_ENSLAVE = 1 << 2,  /* OP_IFACE: only its master, as far as yet */
    OP_LATE = 1 << 3,     /* OP_IFACE: only options that need its members */
};

struct op {
    enum op_type type;
    unsigned flags;
    struct object *from, *to; /* from NULL: made; to NULL: taken away */
    struct netns *netns;      /* where it is done */
    uint64_t rank;            /* its place among others */
    size_t sequence;          /* among equals */
};

struct plan {
    struct op *ops;
    size_t count;
    size_t leaving; /* the last so many: namespaces that go, which can't be brought back */
};

/* Ops for changes, ordered. Interfaces of made namespaces get their ifindex. 0 or -ENOMEM. */
int plan_build(const struct changes *changes, struct arena *arena, struct plan *ret_plan);

/* Turn ops into those that undo them, in the order in which to do it. In place. */
void plan_reverse(struct plan *plan);

/* Drop what need not be undone, since it goes with its namespace or interface. In place. */
void plan_prune(struct plan *plan);

static inline struct object *op_object(const struct op *op)
{
    return op->to ? op->to : op->from;
}

/* Whether the op takes something away. */
static inline bool op_removes(const struct op *op)
{
    return !op->to;
}

/* OP_VLAN: whether the interface loses the VLAN, rather than to get it. */
static inline bool op_takes_vlan(const struct op *op)
{
    return op_removes(op) != ((const struct vlan *)op_object(op))->absent;
}

/* What a kernel's refusal of the op points at. */
struct mark op_mark(const struct op *op);

/* The op in words, without a newline: "add route 10.0.0.0/24 via 10.0.1.7 in namespace left". */
void op_describe(const struct op *op, FILE *out);

/* The same without the verb. */
void op_describe_object(const struct op *op, FILE *out);

/* A word for the type: "route". */
const char *op_type_name(enum op_type type);

/* The namespace whose socket it goes to: an interface on one of another namespace is made there. */
struct netns *op_place(const struct op *op);

/* Which end of a link is the main half of the message that makes it (the other is its peer). */
unsigned link_main(const struct link *link);

/* Whether it is the end of a link that its message is about. */
bool iface_is_main(const struct iface *iface);

/* How many interfaces must be there first, one on another. */
unsigned iface_level(const struct iface *iface);

/* Whether the interface is set up (and enslaved) by the message that makes it. */
bool iface_is_complete(const struct iface *iface);

#endif
