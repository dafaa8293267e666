/* SPDX-License-Identifier: MIT */
/*
 * Job: model × model → changes: which objects must be added, removed or altered to get from what
 * is seen to what is wanted. NULL for either side stands for "nothing".
 * Depends on: base, model, kinds (traits). Must not know: netlink, the order in which things are
 * done.
 *
 * What the wanted lab leaves open is no difference. What is seen and not wanted is removed if an
 * owner has it: a lab that was brought up before. Else it is a stranger's and stays.
 */
#ifndef NETLAB_DIFF_DIFF_H
#define NETLAB_DIFF_DIFF_H

#include "model/lab.h"

/* seen NULL: to be added; wanted NULL: to be removed; both: to be altered. */
struct change {
    struct object *seen, *wanted;
    bool strange; /* seen, and left alone */
};

struct changes {
    struct change *items;
    size_t count;
    size_t strange; /* how many of them */
    size_t capacity;
};

enum { DIFF_OWNERS = 2 };

/* Labs that were brought up before. */
struct diff_owners {
    const struct netlab_lab *labs[DIFF_OWNERS]; /* NULL where there are fewer */
    bool settled; /* what left their files has gone back to what it begins with */
};

/*
 * owners: or NULL; only looked at when both seen and wanted are given. In `wanted`, fields that
 * are not given get the value that they begin with (their `set` bits stay off), and it is noted in
 * both labs what is which (iface.seen, netns.seen, gone, ifindex, index). 0 or -ENOMEM. The changes
 * live in the arena.
 */
int diff_labs(struct netlab_lab *seen, struct netlab_lab *wanted, const struct diff_owners *owners,
              struct arena *arena, struct changes *ret_changes);

/*
 * Whether a field of an altered object differs: `seen` has another value than the file gives, or
 * where it gives none, than such an object begins with.
 */
bool diff_field(const struct object *seen, const struct object *wanted, unsigned field);

/* What is to be said of an altered interface beside its fields. */
bool diff_master(const struct iface *seen, const struct iface *wanted);
/* Whether its MTU has to be told: it differs, or what is told of a tunnel resets it. */
bool diff_mtu(const struct iface *seen, const struct iface *wanted);
/* How it works, of what no file has words for: which of MANNER_FLAGS differ, and what those should
   be; whether its link-local addresses are made in another way than this. */
uint32_t diff_flags(const struct iface *seen, const struct iface *wanted, uint32_t *ret_flags);
bool diff_addrgenmode(const struct iface *seen, const struct iface *wanted, uint8_t *ret_mode);
/* The same in words. */
struct manner_word {
    const char *word, *is, *should;
};
enum { MANNER_WORDS = 5 };
size_t diff_manner(const struct iface *seen, const struct iface *wanted,
                   struct manner_word ret_words[MANNER_WORDS]);
bool diff_alias(const struct iface *seen, const struct iface *wanted);
bool diff_netem(const struct netem *seen, const struct netem *wanted);
/* What a wireguard's own keys and port are about; its peers are changes of their own. */
bool diff_wireguard(const struct iface *seen, const struct iface *wanted);
/* Any field of two options or ports; either may be NULL. */
bool diff_options(const struct object *seen, const struct object *wanted);

#endif
