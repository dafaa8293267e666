/* SPDX-License-Identifier: MIT */
/*
 * Job: the file as a tree of nodes with marks: aliases lead to the node they stand for, merge keys
 * are merged, duplicate keys and whatever else YAML alone can tell is reported.
 * Depends on: base, libyaml. Must not know: the topology's words.
 */
#ifndef NETLAB_PARSE_TREE_H
#define NETLAB_PARSE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/source.h"

struct arena;
struct netlab_report;
struct node;

/* A node as it is reached: directly, or through an alias or merge key (the outermost one). */
struct use {
    const struct node *node;
    uint32_t alias_line, alias_column;
};

struct entry {
    struct use key, value; /* the key is a scalar */
};

enum node_type {
    NODE_SCALAR,
    NODE_LIST,
    NODE_MAP,
};

struct node {
    enum node_type type;
    bool plain;   /* scalar: neither quoted nor a block */
    bool flow;    /* list, map: written with [] or {} */
    bool bad;     /* was complained about; what it means is not known */
    bool damaged; /* map: an entry was complained about and left out */
    bool open;    /* its end is not read yet */
    uint32_t line, column, length;
    size_t weight;    /* nodes in it, itself and each use of an alias counted */
    const char *text; /* scalar: NUL-terminated, without other NULs */
    size_t count;
    const struct use *items;     /* list */
    const struct entry *entries; /* map: keys merged in come last */
};

struct tree {
    struct arena *text;    /* in: where the scalars' text goes */
    struct arena *scratch; /* in: where all the rest goes */
    const struct source *source;
    struct netlab_report *report;
    struct use root; /* out; node NULL: none */
};

/*
 * Read the whole source. 0 where there is a tree, complaints or not; -EINVAL where there is none,
 * -ENOMEM.
 */
int tree_read(struct tree *tree);

struct mark use_mark(struct use use);

/* A part of what `outer` leads to. */
struct use use_within(struct use outer, struct use inner);

/* The value of a key; node NULL: there is none. */
struct use use_find(struct use map, const char *key);

/* An empty plain scalar, `~`, `null`. */
bool use_is_null(struct use use);

/* "a list", "a mapping", "a single value" */
const char *use_what(struct use use);

#endif
