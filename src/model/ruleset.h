/* SPDX-License-Identifier: MIT */
/*
 * Job: what a namespace has of nftables: the text that is loaded, the tables that it defines.
 * Depends on: base, lab. Must not know: libnftables, netlink.
 *
 * nftables' language is libnftables' to read. All that is looked for here is which tables a text
 * defines, and what it must not say.
 */
#ifndef NETLAB_MODEL_RULESET_H
#define NETLAB_MODEL_RULESET_H

#include <stdio.h>

#include "model/lab.h"

/* Where the tables of a ruleset come from: each part is loaded as a whole. */
enum ruleset_part {
    RULESET_TEXT, /* what the file says under `nftables` */
    RULESET_MADE, /* what netlab makes of `masquerade` and `port-forward` */
    RULESET_PARTS
};

struct nft_table {
    struct object o;    /* name; parent: the namespace; mark: where it is defined */
    const char *family; /* "ip", "inet", … */
    enum ruleset_part part;
    const char *listing; /* as nft lists it, without what moves by itself; NULL: not known */
};

struct ruleset {
    struct object o; /* parent: the namespace; mark: of the first key that says something */
    const char *texts[RULESET_PARTS]; /* NULL: none, or (of what was seen) the listings */
    struct list tables;
    bool tried; /* of what is wanted: it was loaded somewhere, so the listings are known */
};

extern const struct table table_ruleset, table_nft_table;

/* A table of that family and name; NULL: none. */
struct nft_table *ruleset_find(const struct ruleset *ruleset, const char *family, const char *name);

/* Add one, or give the one that is there already. NULL: out of memory. */
struct nft_table *ruleset_add(struct ruleset *ruleset, struct arena *arena, const char *family,
                              const char *name);

/* Whether a part has to be loaded: it has a table, or cannot be told what it has. */
bool ruleset_has(const struct ruleset *ruleset, enum ruleset_part part);

/* For nft: that its tables go, also those that are not there; after each command: a separator. */
void ruleset_write_removal(const struct ruleset *ruleset, const char *separator, FILE *out);

/* For nft: its texts, or where it has none (it was seen) the listings of its tables. */
void ruleset_write(const struct ruleset *ruleset, FILE *out);

/* A place in a text: lines from 1, columns in bytes from 1. */
struct text_place {
    unsigned line, column, length;
};

/*
 * Find the tables that a text defines: found() is called for each definition, fault() for what must
 * not stand there (why: in words). 0 or what a function returned.
 */
struct ruleset_reader {
    int (*found)(const char *family, const char *name, struct text_place place, void *userdata);
    int (*fault)(const char *what, const char *hint, struct text_place place, void *userdata);
    void *userdata;
};
int ruleset_read(const char *text, struct arena *scratch, const struct ruleset_reader *reader);

/* Where a place of a namespace's `nftables` is in the file: a line of a `|` block, else its mark.
 */
struct mark ruleset_mark(const struct source *source, const struct netns *netns,
                         struct text_place place);

/*
 * Say in `nftables` of a namespace what was seen there, but for a table that something else stands
 * for (or NULL). 0 or -ENOMEM.
 */
int netns_tell_ruleset(struct netns *netns, const struct nft_table *except, struct arena *arena);

/* Take from a listing what moves by itself: the elements of sets that packets fill. NULL: out of
   memory. */
const char *ruleset_settle(const char *listing, struct arena *arena);

#endif
