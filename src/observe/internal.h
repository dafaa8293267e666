/* SPDX-License-Identifier: MIT */
/*
 * Job: what the files of this room share: one look at one namespace.
 */
#ifndef NETLAB_OBSERVE_INTERNAL_H
#define NETLAB_OBSERVE_INTERNAL_H

#include "base/arena.h"
#include "kernel/channel.h"
#include "observe/observe.h"

/* An interface, and what it refers to by number. */
struct seen_iface {
    struct iface *iface;
    uint32_t master;   /* index; 0: none */
    uint32_t peer;     /* index of a veth's other end, or of what it stands on */
    int32_t peer_ns;   /* its namespace as this one counts them, or PEER_… */
    uint32_t flags;    /* IFF_… */
    const char *qdisc; /* what is at its root; NULL: that is not told */
};

enum {
    PEER_HERE = -1,    /* in the same namespace */
    PEER_NOWHERE = -2, /* its namespace is on its way out (NETNSA_NSID_NOT_ASSIGNED) */
};

/* An interface of others, in a namespace of theirs. */
struct stranger {
    struct stranger *next;
    uint32_t ifindex;
    const char *name;
    uint32_t master; /* index; 0: none */
};

struct view {
    struct kernel *kernel;
    const struct observe_request *request;
    struct channel *channel;
    struct arena *arena; /* the lab's */
    struct netlab_lab *lab;
    struct netns *netns;
    /* the namespace's interfaces; sorted by index when the links were read */
    struct seen_iface *ifaces;
    size_t count, capacity;
    struct stranger *strangers;
    struct list kept; /* routes, neighbours of the dump before this one … */
    unsigned family;  /* … and the family of this one */
    int error;        /* ran out of memory */
};

/* The views of all namespaces, for what spans several. */
struct views {
    struct view *items;
    size_t count;
    struct strmap names; /* of their namespaces */
};

/* What runs in all of them. */
int see_services(struct kernel *kernel, const struct observe_request *request,
                 struct netlab_lab *lab);

/* One dump; a view's lists are emptied by restart(). */
int view_links(struct view *view);
int view_qdiscs(struct view *view);
int view_vlans(struct view *view);
int view_addresses(struct view *view);
int view_routes(struct view *view);
int view_rules(struct view *view);
int view_neighbors(struct view *view);
int view_sysctls(struct view *view);
int view_ruleset(struct view *view);

/* What wireguards have, and which of them know each other. */
int view_wireguards(struct view *view);
int join_peers(struct netlab_lab *lab);

/* Find the other ends of veths, and what interfaces stand on. */
int join_pairs(struct netlab_lab *lab, struct views *views);
int join_lowers(struct views *views);

/* Whether the view's namespace calls the other view's what the interface calls its peer's: 1, 0 or
   -errno. */
int view_is_peer(const struct view *view, const struct seen_iface *end, const struct view *other);

/* The interface of an index; NULL: none that is looked at. */
struct seen_iface *view_find(const struct view *view, uint32_t ifindex);

/* What the hints say of this namespace. */
const struct netns *view_hint(const struct view *view, size_t which);
const struct iface *view_expected(const struct view *view, const char *iface);
bool view_expects(const struct view *view, const char *iface);

/* Ask for a table, by the header of its messages. */
int view_dump(struct view *view, int type, const void *header, size_t size, dump_fn *found,
              restart_fn *restart);
/* The same of what may change meanwhile without a word; see channel_dump_twice(). */
int view_dump_twice(struct view *view, int type, const void *header, size_t size, dump_fn *found,
                    restart_fn *restart);

/* Keep the attributes that no file has words for; where there are any, the object is beyond
   files. 0 or -ENOMEM. */
struct nlattr;
int view_unsaid(const struct view *view, struct object *object, struct unsaid *unsaid,
                const struct nlmsghdr *message, int header,
                bool (*has_word)(const struct nlattr *));

/* An address of a family; false: there is none. */
bool view_ip(const struct nlattr *attribute, unsigned family, struct ip *ret_ip);

/* A name for an index, of the lab or (in the host) of others. */
struct ifref view_ref(struct view *view, uint32_t ifindex);

#endif
