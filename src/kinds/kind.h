/* SPDX-License-Identifier: MIT */
/*
 * Job: what a link kind is: its options as a table, its check, its netlink attributes. One file a
 * kind; CMake lists them, so adding one is adding src/kinds/KIND.c with `const struct kind
 * kind_KIND` in it.
 * Depends on: base, model, libnl (to pack attributes). Must not know: sockets, files, the plan.
 */
#ifndef NETLAB_KINDS_KIND_H
#define NETLAB_KINDS_KIND_H

#include "model/lab.h"

struct nl_msg;
struct nlattr;
struct netlab_report;

enum kind_flags {
    KIND_BY_LINKS = 1 << 0, /* made by an entry of `links`, not by `type:` */
    KIND_MEMBERS = 1 << 1,  /* has `ports`: interfaces whose master it is */
    KIND_PLUG = 1 << 2,     /* a link's end may name it: a port is made for it */
    KIND_STACKED = 1 << 3,  /* stands on another interface: its options begin as struct stacked */
    KIND_WHOLE = 1 << 4,    /* what is altered is told all options: the kernel forgets others */
    KIND_OPENS = 1 << 5,    /* takes only members that are down, and sets them up */
};

struct kind {
    const char *name; /* IFLA_INFO_KIND */
    unsigned flags;
    const struct table *options; /* NULL: none */
    size_t ports;                /* KIND_MEMBERS: offset of its struct list in the options */
    const struct table *port_options;
    uint32_t mtu; /* what one begins with; 0: that depends */
    const char *doc;

    /* Cross-field rules, after names are resolved. Adds errors. NULL: none. */
    void (*check)(const struct iface *iface, const struct source *source,
                  struct netlab_report *report);
    /*
     * Attributes that only hold while a lab is being built: packed when the interface is made, and
     * taken back by those packed when it is set up. NULL: none. 0 or -ENOMEM.
     */
    bool (*has_scaffold)(const struct iface *iface);
    int (*put_scaffold)(struct nl_msg *msg, bool stands);
    /*
     * Options without a simple attribute (FIELD_BY_KIND). put packs those that were given, or, with
     * `seen`, differ from it; 0 or -ENOMEM. get unpacks them, sees to their `set` bits, and clears
     * those of fields that show something else just now. NULL: nothing to do.
     */
    int (*put)(struct nl_msg *msg, const struct object *options, const struct object *seen);
    void (*get)(const struct nlattr *data, struct object *options);
    /* Whether its ports take their time to pass packets (STP); NULL: no. Then: whether a port's
       IFLA_INFO_SLAVE_DATA says that it still does. */
    bool (*is_slow)(const struct iface *iface);
    bool (*port_settles)(const struct nlattr *data);
    /* Which ports of it the kernel can't take, and the like: one port's rules. NULL: none. */
    void (*check_port)(const struct port *port, const struct source *source,
                       struct netlab_report *report);
};

/* All kinds, NULL-terminated. */
extern const struct kind *const kinds[];

const struct kind *kind_find(const char *name);

/* The MTU that such an interface begins with; 0: that depends on others. */
uint32_t iface_initial_mtu(const struct iface *iface);

/* Not what was only seen: of an unknown kind, or a veth whose other end is elsewhere. */
bool iface_can_be_made(const struct iface *iface);

/* What it stands on; NULL: its kind stands on nothing. Its `name` is NULL where it could and does
   not. */
struct stacked *iface_stacked(const struct iface *iface);

/* The interface of the lab that it stands on; NULL: none. */
struct iface *iface_lower(const struct iface *iface);

/* The option that names the lower interface of a kind that stands on one. */
const struct field *kind_lower_field(const struct kind *kind);

/* The list of ports of an interface whose kind has members; NULL for others. */
const struct list *iface_ports(const struct iface *iface);

/*
 * Pack the fields of an object that were given and have an attribute. 0 or -ENOMEM.
 */
int fields_put(struct nl_msg *msg, const struct object *object);

/* Pack those that differ from what is seen, or all that were given where seen is NULL, by the kind
   too. 0 or -ENOMEM. */
int kind_put(const struct kind *kind, struct nl_msg *msg, const struct object *options,
             const struct object *seen);

/* Unpack all options, by the kind too. data: NULL: there are none. */
void kind_get(const struct kind *kind, const struct nlattr *data, struct object *options);

/* Pack one, given or not. */
int field_put(struct nl_msg *msg, const struct object *object, const struct field *field);

/* Unpack those that the kernel tells: they are given then. */
void fields_get(const struct nlattr *attributes, struct object *object);

/* That of an existing device of which the file does not say more; not among kinds[]. */
extern const struct kind kind_device;

extern const struct kind kind_veth, kind_bridge;

#endif
