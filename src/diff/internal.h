/* SPDX-License-Identifier: MIT */
/*
 * Job: what the files of this room share.
 */
#ifndef NETLAB_DIFF_INTERNAL_H
#define NETLAB_DIFF_INTERNAL_H

#include <errno.h>

#include "base/arena.h"
#include "diff/diff.h"

struct diff {
    struct netlab_lab *seen, *wanted;
    const struct diff_owners *owners;
    bool renews; /* things change anyway: what the kernel has made of an older state goes */
    struct arena *arena;
    struct changes changes;
    int error;
};

/* A namespace's or interface's like among an owner's; NULL: it has none. */
const struct netns *owner_netns(const struct diff *diff, size_t owner, const char *name);
const struct iface *owner_iface(const struct diff *diff, size_t owner, const char *netns,
                                const char *name);

/* settle.c: what left the file gets its initial value. Returns whether all of it could. */
/* The same for what exists: it goes back to what it was. */
void settle_existing(struct diff *diff, const struct iface *seen, struct iface *iface);
bool settle_iface(struct diff *diff, const struct iface *seen, struct iface *iface);

/* match.c: which namespaces and interfaces of both labs are the same, which will be gone. */
void match_labs(struct diff *diff);

/* compare.c: what makes two objects of a list the same thing, and whether they are equal then. */
const char *list_key(struct arena *arena, const struct object *object);
bool list_equal(const struct object *seen, const struct object *wanted);
/* Whether nobody seems to have set it. */
bool sysctl_is_initial(const struct sysctl *sysctl);

/* peers.c: which public keys are known before anything is done; the peers of an interface. */
void diff_public_keys(struct diff *diff);
void diff_peers(struct diff *diff, struct iface *iface);

/* diff.c: add to the changes. */
void change(struct diff *diff, struct object *seen, struct object *wanted, bool strange);

/* lists.c: the objects of a list that are in namespaces or interfaces of both labs. */
void diff_list(struct diff *diff, struct list *seen, struct list *wanted,
               const struct list *const owned[DIFF_OWNERS], bool foreign);
/* What the kernel has put there by itself, and will again. */
bool address_is_automatic(const struct address *address);
/* The same for addresses, whose order counts. */
void diff_addresses(struct diff *diff, struct iface *seen, struct iface *wanted,
                    const struct list *const owned[DIFF_OWNERS]);

/* vlans.c: the VLAN table of an interface that is wanted. seen: NULL, it is made, or gets another
   master. */
void diff_vlans(struct diff *diff, const struct iface *seen, struct iface *wanted);

/* services.c: the services of a namespace; either side may be NULL. */
void diff_services(struct diff *diff, const struct netns *seen, const struct netns *wanted);

/* rulesets.c: the nftables of a namespace; either side may be NULL. */
void diff_rulesets(struct diff *diff, struct netns *seen, const struct netns *wanted);

#endif
