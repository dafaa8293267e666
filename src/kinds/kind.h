/* SPDX-License-Identifier: MIT */
/*
 * Job: what a link kind is: its options as a table, its check, its netlink attributes. One file a
 * kind; CMake lists them, so adding one is adding src/kinds/KIND.c with `const struct kind
 * kind_KIND` in it.
 * Depends on: base, model, libnl (to pack attributes). Must not know: sockets, files, the plan.
 */
#ifndef NETLAB_KINDS_KIND_H
#define NETLAB_KINDS_KIND_H

#include <stdio.h>

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
    KIND_COMMON = 1 << 6,   /* every kernel has it, or netlink does not make it: not asked for */
    KIND_NO_LINK_LOCAL = 1 << 7, /* its MAC alone makes no link-local address of it */
    KIND_LOWER_MTU = 1 << 8,     /* begins with the MTU of what it stands on, and can't have more */
    KIND_EMBEDS_IPV4 = 1 << 9,   /* IPv6 makes addresses for it of the namespace's IPv4 ones */
    KIND_NO_SPEED = 1 << 11,     /* claims no speed: as a port of a bridge it costs more */
    KIND_MOVED = 1 << 12,        /* not made: a device of the host moves in, and back */
    KIND_NO_ETHERNET = 1 << 10,  /* carries IP alone: has no MAC, is no port of a bridge */
    KIND_NO_ARP = 1 << 13,       /* looks like one, but begins without ARP and multicast */
    KIND_ARP_VARIES = 1 << 14,   /* its other options say whether it has ARP */
    KIND_LOWER_FLAGS = 1 << 15,  /* has ARP and multicast if what it stands on has */
};

struct kind {
    const char *name; /* IFLA_INFO_KIND */
    unsigned flags;
    const struct table *options; /* NULL: none */
    size_t ports;                /* KIND_MEMBERS: offset of its struct list in the options */
    const struct table *port_options;
    uint32_t mtu;                /* what one begins with; 0: that depends */
    uint32_t txqueuelen;         /* the same; 0: 1000, as most do */
    const char *config, *module; /* what of the kernel provides it; not of KIND_COMMON */
    /* Interfaces that the module gives each namespace (net.core.fb_tunnels_only_for_init_net). */
    const char *fallbacks[4]; /* ends with NULL */
    uint8_t tun; /* IFF_TUN, IFF_TAP: made by /dev/net/tun; its options are a struct tun */
    const char *doc;

    /* Bring options that say the same in several ways into the one that `get` has, before
       they are checked. NULL: they do not. */
    void (*settle)(struct object *options);
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
    /* The same, where that takes memory: lists. 0 or -ENOMEM. */
    int (*get_lists)(const struct nlattr *data, struct object *options, struct arena *arena);
    /* Whether the kernel can make the wanted options of the seen ones; NULL: but for those that are
       FIELD_FIXED, always. */
    bool (*can_alter)(const struct object *seen, const struct object *wanted);
    /* Whether its link-layer address is that of what it stands on. NULL: it has its own. */
    bool (*shares_mac)(const struct object *options);
    /* Options that the file leaves open and that begin with what others say. NULL: none. */
    void (*fill)(struct object *options);
    /* Print those that iproute2 takes otherwise than word and value, with a blank before each; all
       that were given, or, with `seen`, what differs from it. */
    void (*ip)(const struct object *options, const struct object *seen, FILE *out);
    /* Where its options that are FIELD_LATE are, below /sys/class/net/IF: there iproute2 has no
       word that takes one back. NULL: it has none. */
    const char *sysfs;
    /* Which kind it is, of several that the kernel calls by this one's name. NULL: this one. */
    const struct kind *(*tell)(const struct nlattr *data);
    /* Whether its ports take their time to pass packets (STP); NULL: no. Then: whether a port's
       IFLA_INFO_SLAVE_DATA says that it still does. */
    bool (*is_slow)(const struct iface *iface);
    bool (*port_settles)(const struct nlattr *data);
    /* What a port's IFLA_INFO_SLAVE_DATA tells of the interface itself; NULL: nothing. */
    void (*get_port)(const struct nlattr *data, struct iface *iface);
    /* Give what was not given of a port the value that this interface begins with, where that is
       not `initial`; seen: what it is already, or NULL. False: that is not known, and `owned` (or
       NULL) has another one. NULL: nothing to do. */
    bool (*settle_port)(struct port *port, const struct port *seen, const struct port *owned);
    /* Which ports of it the kernel can't take, and the like: one port's rules. NULL: none. */
    void (*check_port)(const struct port *port, const struct source *source,
                       struct netlab_report *report);
    /*
     * KIND_MEMBERS. Whether frames are kept apart by the VLAN tables of it and its ports, and the
     * VLAN that all of them begin with (0: none). NULL: it has no such tables.
     */
    bool (*is_vlan_aware)(const struct iface *iface);
    unsigned (*first_pvid)(const struct iface *iface);
    /* Of one that exists: take over of what it has been found to be what ports begin with; an error
       if its ports are told VLANs that it would not look at. */
    int (*adopt)(struct iface *iface, const struct object *found, const struct source *source,
                 struct netlab_report *report);
    /* Options → tables (iface.vlans), and the other way round. 0 or -ENOMEM. */
    int (*make_vlans)(struct iface *iface, struct arena *arena);
    int (*tell_vlans)(struct iface *iface, struct arena *arena);
};

/* All kinds, NULL-terminated. */
extern const struct kind *const kinds[];

const struct kind *kind_find(const char *name);

/* Whether the module of some kind gives each namespace an interface of that name. */
bool kind_is_fallback(const char *name);

/* The MTU that such an interface begins with; 0: that depends on others. */
uint32_t iface_initial_mtu(const struct iface *iface);

/* The transmit queue's length that such an interface begins with. */
uint32_t iface_initial_txqueuelen(const struct iface *iface);

/* Those of MANNER_FLAGS that such an interface begins with; known: of which that is known. */
uint32_t iface_initial_flags(const struct iface *iface, uint32_t *ret_known);

/* Whether it is a device of the host, moved in. */
static inline bool iface_is_moved(const struct iface *iface)
{
    return iface->kind && iface->kind->flags & KIND_MOVED;
}

/* Whether netlab has made it: others have no business with it. */
static inline bool iface_is_made(const struct iface *iface)
{
    return iface->kind && !iface->existing && !iface_is_moved(iface);
}

/* Not what was only seen: of an unknown kind, or a veth whose other end is elsewhere. */
bool iface_can_be_made(const struct iface *iface);

/* What it stands on; NULL: its kind stands on nothing. Its `name` is NULL where it could and does
   not. */
struct stacked *iface_stacked(const struct iface *iface);

/* The interface of the lab that it stands on; NULL: none. */
struct iface *iface_lower(const struct iface *iface);

/* Note what carries the namespace's interfaces that stand on those of others. */
void netns_find_carriers(const struct netns *netns);

/* The option that names the lower interface of a kind that stands on one. */
const struct field *kind_lower_field(const struct kind *kind);

/* The list of ports of an interface whose kind has members; NULL for others. */
const struct list *iface_ports(const struct iface *iface);

/* What VLAN tables it is a part of: itself, or its master; NULL: none. */
const struct iface *iface_vlan_switch(const struct iface *iface);

/* Whether it has a VLAN table that counts. */
bool iface_is_vlan_aware(const struct iface *iface);
/* Whether its master sets it up, and gives it its MTU and its link-layer address. */
bool iface_is_opened(const struct iface *iface);

/* The routing table that the networks of its addresses are in. */
uint32_t iface_table(const struct iface *iface);

struct ifinfomsg;

/* Unpack what RTM_NEWLINK tells of any interface: its index, and those of IFACE_VALUES that it has,
   as `set` says then. 0 or -ENOMEM. */
int iface_get(struct iface *iface, const struct ifinfomsg *header, struct nlattr *const *link,
              struct arena *arena);

/*
 * Pack the fields of an object that were given and have an attribute. 0 or -ENOMEM.
 */
int fields_put(struct nl_msg *msg, const struct object *object);

/* Pack those that differ from what is seen, or all that were given where seen is NULL, by the kind
   too. 0 or -ENOMEM. */
int kind_put(const struct kind *kind, struct nl_msg *msg, const struct object *options,
             const struct object *seen);

/* The same for those that are FIELD_LATE. */
int kind_put_late(struct nl_msg *msg, const struct object *options, const struct object *seen);

/* Whether any of those is to be told. */
bool kind_has_late(const struct object *options, const struct object *seen);

/* Unpack all options, by the kind too. data: NULL: there are none. 0 or -ENOMEM. */
int kind_get(const struct kind *kind, const struct nlattr *data, struct object *options,
             struct arena *arena);

/* Whether there are any of them. */
bool fields_any(const struct object *object);

/* Pack one, given or not. */
int field_put(struct nl_msg *msg, const struct object *object, const struct field *field);

/* Unpack those that the kernel tells: they are given then. */
void fields_get(const struct nlattr *attributes, struct object *object);

/* That of an existing device of which the file does not say more; not among kinds[]. */
extern const struct kind kind_device;

extern const struct kind kind_veth, kind_bridge, kind_vrf, kind_macvlan, kind_macvtap, kind_ipvlan;

#endif
