/* SPDX-License-Identifier: MIT */
/*
 * Job: what the files of the editor share.
 */
#ifndef TESTS_EDITS_PARTS_H
#define TESTS_EDITS_PARTS_H

#include "document.h"
#include "edits.h"

struct edit {
    yaml_document_t doc;
    struct random *random;
    char words[512]; /* what was done */
};

struct edit_kind {
    const char *name;
    /* False: there is nothing in the file that it could be done to. */
    bool (*apply)(struct edit *edit, const struct edit_kind *kind);
    const char *key; /* what it is about, where several kinds share a function */
};

/* Says what is done, for people. */
void edit_says(struct edit *edit, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Things of the file */

struct edit_netns {
    const char *name;
    int body; /* a mapping */
};

/* Some namespace; some but `host`; the one of that name. */
bool edit_netns(struct edit *edit, struct edit_netns *ret);
bool edit_own_netns(struct edit *edit, struct edit_netns *ret);
bool edit_netns_called(struct edit *edit, const char *name, struct edit_netns *ret);

struct edit_end {
    char netns[80], iface[32];
};

/* The list `links`, or 0; a link's list of two ends, or 0; an end of it; false: it is none. */
int edit_links(struct edit *edit);
int edit_endpoints(struct edit *edit, int link);
bool edit_end(struct edit *edit, int link, int which, struct edit_end *ret);

/* Some interface that the namespace has, by an entry or by a link; NULL: it has none. */
const char *edit_iface(struct edit *edit, const struct edit_netns *netns);
/* Its entry, made where there is none. */
int edit_iface_body(struct edit *edit, const struct edit_netns *netns, const char *iface);
bool edit_is_bridge(struct edit *edit, const char *netns, const char *iface);
/* Some bridge, with its entry; NULL: there is none. */
const char *edit_bridge(struct edit *edit, struct edit_netns *ret_netns, int *ret_body);
/* The name of the port that is made for the other end of a link. */
const char *edit_port_name(const struct edit_end *other);
/* An address of an entry of `addresses`, as it stands there; NULL: none. */
const char *edit_address(struct edit *edit, int entry);

/* Takes away what a namespace says of an interface: its entry, routes by it, settings. */
void edit_forget_iface(struct edit *edit, const char *netns_name, const char *iface);
/* Takes away the links that end in a namespace; iface NULL: in any interface of it. */
void edit_drop_links_of(struct edit *edit, const char *netns, const char *iface);

/* Values */

#define VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* What a key may be set to; key NULL ends a list of them. */
struct edit_option {
    const char *key;
    const char *const *values;
};

/* A list or mapping of the file; iface may be NULL. */
struct edit_spot {
    struct edit_netns netns;
    const char *iface;
    int node;
};

/* A text with its @words replaced, in quotes if wanted; NULL: one stands for nothing here. */
const char *edit_expand(struct edit *edit, const struct edit_spot *spot, const char *from,
                        const char *old, const char *quote);
/* A new node from one of the values; 0: it is not possible here. */
int edit_new_value(struct edit *edit, const struct edit_spot *spot, const char *const values[],
                   const char *old);
const struct edit_option *edit_option_called(const struct edit_option *options, const char *key);
const struct edit_option *edit_some_option(struct edit *edit, const struct edit_option *options);
/* Sets a key of a mapping, or takes it away. */
bool edit_set_option(struct edit *edit, const struct edit_spot *spot,
                     const struct edit_option *option, bool required);

/* Kinds of edits */

typedef bool edit_function(struct edit *edit, const struct edit_kind *kind);

edit_function edit_add_item, edit_remove_item, edit_change_item, edit_swap_items;
edit_function edit_property, edit_bridge_option, edit_port_option, edit_link_option;
edit_function edit_netns_key, edit_service, edit_defaults;
edit_function edit_add_sysctl, edit_remove_sysctl, edit_change_sysctl;
edit_function edit_add_link, edit_remove_link, edit_move_link, edit_swap_entries;
edit_function edit_add_netns, edit_remove_netns, edit_rename_netns;
edit_function edit_add_bridge, edit_remove_bridge, edit_change_type;
edit_function edit_plug_in, edit_unplug, edit_rename_iface;
edit_function edit_add_kind, edit_remove_kind, edit_kind_option, edit_wireguard_peer;

#endif
