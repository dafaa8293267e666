/* SPDX-License-Identifier: MIT */
/*
 * Job: the lab as plain structs, names resolved to pointers. The parser makes one of what is
 * wanted; what the kernel has becomes one too.
 * Depends on: base, table. Must not know: YAML, netlink, files.
 *
 * For every struct an enum numbers the fields of its table (in tables.c), for object_has() and
 * object_mark().
 */
#ifndef NETLAB_MODEL_LAB_H
#define NETLAB_MODEL_LAB_H

#include "base/strmap.h"
#include "model/table.h"

struct kind;
struct arena;
struct ruleset;

/* Every object that netlab makes carries it: routes, addresses and rules as their protocol. */
enum { NETLAB_PROTOCOL = 78 };

enum {
    LAB_NAME_MAX = 64,   /* bytes of a lab's or namespace's name */
    IFACE_NAME_MAX = 15, /* IFNAMSIZ - 1 */
    HOSTNAME_MAX = 64,   /* __NEW_UTS_LEN */
    MTU_MIN = 68,        /* ETH_MIN_MTU */
    MTU_MAX = 65535,     /* ETH_MAX_MTU */
    MTU_MIN_IPV6 = 1280, /* RFC 8200, 5 */
};

enum address_field {
    ADDRESS_ADDRESS,
    ADDRESS_BROADCAST,
    ADDRESS_PEER,
    ADDRESS_LABEL,
    ADDRESS_SCOPE,
    ADDRESS_LIFETIME,
    ADDRESS_DAD,
    ADDRESS_NOPREFIXROUTE,
    ADDRESS_FIELDS
};

#define LIFETIME_FOREVER UINT32_MAX

/* IFAPROT_KERNEL_…, which headers have since 5.18: who gave an address, where it was the kernel. */
enum { ADDRESS_KERNEL_LO = 1, ADDRESS_KERNEL_RA, ADDRESS_KERNEL_LL };

struct address {
    struct object o;       /* parent: the interface */
    struct prefix address; /* with `peer`, its length is not given: 32 or 128 */
    struct ip broadcast;   /* AF_UNSPEC: none */
    struct prefix peer;
    const char *label;
    uint32_t scope;
    uint32_t lifetime; /* seconds; 0: deprecated at once, never removed */
    bool dad, noprefixroute;
    uint32_t protocol; /* IFA_PROTO: whose it is */
    bool kept;         /* it was there before, and is not ours */
    /* of those that were seen */
    bool bare;              /* it has lost its network's route */
    uint32_t metric, flags; /* what no file has words for: of its route; IFA_F_… */
};

/* Whether the kernel says that it is its own; before 5.18 it does not. */
static inline bool address_is_kernels(const struct address *address)
{
    return address->protocol >= ADDRESS_KERNEL_LO && address->protocol <= ADDRESS_KERNEL_LL;
}

enum altname_field { ALTNAME_NAME, ALTNAME_FIELDS };

struct altname {
    struct object o;
    const char *altname;
};

enum netem_field {
    NETEM_DELAY,
    NETEM_JITTER,
    NETEM_DISTRIBUTION,
    NETEM_LOSS,
    NETEM_DUPLICATE,
    NETEM_CORRUPT,
    NETEM_REORDER,
    NETEM_RATE,
    NETEM_LIMIT,
    NETEM_FIELDS
};

enum distribution {
    DISTRIBUTION_UNIFORM,
    DISTRIBUTION_NORMAL,
    DISTRIBUTION_PARETO,
    DISTRIBUTION_PARETONORMAL,
    DISTRIBUTIONS
};

enum {
    NETEM_LIMIT_INITIAL = 1000, /* that of tc */
    NETEM_MICROSECOND = 1000,   /* nanoseconds */
    NETEM_TICK = 64,            /* the same: PSCHED_SHIFT in include/net/pkt_sched.h */
};

/* What becomes of packets that leave by an interface. Definite: all have a value. */
struct netem {
    struct object o;        /* parent: the interface, or the link that it was written at */
    uint32_t delay, jitter; /* microseconds */
    uint32_t distribution;
    uint32_t loss, duplicate, corrupt, reorder; /* of UINT32_MAX */
    uint64_t rate;                              /* bytes a second; 0: no limit */
    uint32_t limit;                             /* packets */
    /* of those that were seen */
    uint32_t handle;   /* the kernel's name for it */
    const char *other; /* it is no netem, but of that kind; NULL: it is one */
};

/*
 * The handle that netlab gives: it tells whose the netem is, and its distribution, which the kernel
 * does not tell.
 */
static inline uint32_t netem_handle(const struct netem *netem)
{
    return netem->handle ? netem->handle : (NETLAB_PROTOCOL << 8 | netem->distribution) << 16;
}

enum iface_field {
    IFACE_TYPE,
    IFACE_ADDRESSES,
    IFACE_MTU,
    IFACE_MAC,
    IFACE_UP,
    IFACE_ALTNAMES,
    IFACE_ALIAS,
    IFACE_TXQUEUELEN,
    IFACE_NETEM,
    IFACE_EXISTING,
    IFACE_FIELDS
};

/* Fields of which an existing interface may get other values. */
#define IFACE_VALUES                                                                               \
    (UINT64_C(1) << IFACE_MTU | UINT64_C(1) << IFACE_MAC | UINT64_C(1) << IFACE_UP |               \
     UINT64_C(1) << IFACE_ALIAS | UINT64_C(1) << IFACE_TXQUEUELEN)

/* Of how an interface works, what no file has words for: it begins with something, and stays so. */
#define MANNER_FLAGS (IFF_NOARP | IFF_MULTICAST | IFF_PROMISC | IFF_ALLMULTI)

struct manner {
    bool has_flags, has_addrgenmode; /* of those that were seen; else its kind tells */
    uint32_t flags;                  /* those of MANNER_FLAGS */
    uint8_t addrgenmode;             /* IN6_ADDR_GEN_MODE_… */
};

struct iface {
    struct object o;         /* name: the interface's; parent: the namespace */
    const struct kind *kind; /* NULL: lo, or (seen) none that netlab knows */
    struct object *options;  /* the kind's own struct; NULL: it has none */
    struct list addresses, altnames;
    uint32_t mtu, txqueuelen;
    struct mac mac;
    bool up;
    const char *alias;
    bool existing;       /* of others: not made, not deleted */
    struct netem *netem; /* NULL: none */
    /* resolved */
    struct iface *master;
    struct port *port; /* its entry under the master's `ports`; NULL: none */
    struct link *link; /* veth: the link that it is an end of */
    unsigned end;      /* veth: which end */
    bool made_port;    /* the name was derived: the link's end names the bridge */
    bool carries;      /* one of another namespace stands on it, or on what stands on it */
    struct list vlans; /* struct vlan: its VLAN table, by ID … */
    bool has_vlans;    /* … wanted or seen as that; else what its bridge begins with is wanted */
    /* given by the plan and the kernel */
    uint32_t ifindex; /* 0: not known yet */
    bool ipv6_ready;  /* of those that were seen: IPv6 has given it what it gives */
    struct manner manner;
    struct netem *qdisc;  /* of those that were seen: what somebody has at its root but a netem */
    struct iface *before; /* existing, or moved: what it was, of what the lab changes; or NULL */
    /* given by the diff */
    struct iface *seen; /* what it is already; NULL: it is to be made */
    bool gone;          /* of those that were seen: it will not stay */
    bool clashes;       /* of those that are wanted: somebody else's has its name */
};

/* Options of kinds whose interfaces stand on another one begin with one. */
struct stacked {
    struct object o;
    struct endpoint lower;     /* netns: resolved; iface NULL: not of this lab */
    struct netns *lower_netns; /* NULL: it stands on nothing */
    uint32_t ifindex;          /* the lower's; given by the kernel, before it is packed */
};

enum vlan_field { VLAN_ID, VLAN_PVID, VLAN_UNTAGGED, VLAN_FIELDS };

enum { VLAN_MIN = 1, VLAN_MAX = 4094 };

/* As a file lists them, and as a VLAN table of an interface has them (model/vlan.h). */
struct vlan {
    struct object o; /* parent: what lists it; in tables the interface */
    struct vlan_range id;
    bool pvid, untagged;
    bool absent; /* of what is wanted: the interface begins with it, and must not have it */
};

/* Structs of port options begin with one (parent: the master interface; name: the port's). */
struct port {
    struct object o;
    struct iface *iface;
};

enum nexthop_field { NEXTHOP_VIA, NEXTHOP_DEV, NEXTHOP_WEIGHT, NEXTHOP_FIELDS };

struct nexthop {
    struct object o;
    struct ip via;
    struct ifref dev;
    uint32_t weight;
};

enum route_field {
    ROUTE_TO,
    ROUTE_VIA,
    ROUTE_DEV,
    ROUTE_SRC,
    ROUTE_METRIC,
    ROUTE_TABLE,
    ROUTE_SCOPE,
    ROUTE_TYPE,
    ROUTE_MTU,
    ROUTE_ADVMSS,
    ROUTE_ONLINK,
    ROUTE_FAMILY,
    ROUTE_NEXTHOPS,
    ROUTE_FIELDS
};

struct route {
    struct object o;  /* parent: the namespace */
    struct prefix to; /* checks make its family definite */
    struct ip via, src;
    struct ifref dev;
    uint32_t metric;
    const char *vrf;             /* `table` as its name; NULL: a number */
    uint32_t table, scope, type; /* definite after the checks (RT_TABLE_…, RT_SCOPE_…, RTN_…) */
    uint32_t mtu, advmss;
    bool onlink;
    uint32_t family; /* AF_…, AF_UNSPEC: not given; definite after the checks */
    struct list nexthops;
    uint32_t protocol; /* RTPROT_…: whose it is */
    /* of those that were seen */
    struct prefix from; /* IPv6: only packets from there take it */
    struct unsaid unsaid;
};

enum rule_field {
    RULE_PRIORITY,
    RULE_FROM,
    RULE_TO,
    RULE_IIF,
    RULE_OIF,
    RULE_FWMARK,
    RULE_TABLE,
    RULE_ACTION,
    RULE_FAMILY,
    RULE_FIELDS
};

struct rule {
    struct object o; /* parent: the namespace */
    uint32_t priority;
    struct prefix from, to;
    struct ifref iif, oif;
    struct fwmark fwmark;
    const char *vrf; /* `table` as its name; NULL: a number */
    uint32_t table;
    uint32_t action;   /* FR_ACT_… */
    uint32_t family;   /* definite after the checks */
    uint32_t protocol; /* RTPROT_…: whose it is */
    /* of those that were seen */
    bool inverted; /* it is about all other packets */
    struct unsaid unsaid;
};

enum neighbor_field { NEIGHBOR_TO, NEIGHBOR_MAC, NEIGHBOR_DEV, NEIGHBOR_FIELDS };

struct neighbor {
    struct object o; /* parent: the namespace */
    struct ip to;
    struct mac mac;
    struct ifref dev;
    /* of those that were seen */
    bool proxy;     /* the namespace answers for it */
    uint32_t state; /* NUD_…; 0: NUD_PERMANENT */
};

enum sysctl_field { SYSCTL_VALUE, SYSCTL_FIELDS };

/* A value that a sysctl had; wanted: what a lab set it to, NULL when it changed along with another.
 */
struct saved_sysctl {
    struct saved_sysctl *next;
    const char *netns; /* the lab's name for it */
    const char *path, *value, *wanted;
};

struct sysctl {
    struct object o; /* name: as written; parent: the namespace */
    const char *value;
    const char *path;    /* resolved: below /proc/sys, e.g. "net/ipv4/conf/eth0.10/rp_filter" */
    struct iface *iface; /* the lab's interface that the path names; NULL: none */
    const char *device;  /* the device that the path names, of the lab or not; NULL: none */
    bool inherited;      /* not given: a device has it from `default` when it is made */
    /* given by the kernel, in namespaces of others */
    const char *before;          /* the value it had; NULL: it is not to be given back */
    struct saved_sysctl *echoes; /* what the kernel changes along with it */
};

enum attach_field { ATTACH_PID, ATTACH_PATH, ATTACH_NAME, ATTACH_LATER, ATTACH_FIELDS };

/* Where a namespace is that exists: one of these. */
struct attach {
    struct object o; /* parent: the namespace */
    uint32_t pid;
    const char *path, *name;
    bool later; /* the command line tells */
};

enum masquerade_field { MASQUERADE_DEV, MASQUERADE_FIELDS };

/* What leaves by that interface takes its address. */
struct masquerade {
    struct object o; /* parent: the namespace */
    struct ifref dev;
};

enum port_forward_field { FORWARD_TCP, FORWARD_UDP, FORWARD_TO, FORWARD_DEV, FORWARD_FIELDS };

/* What comes to these ports of the namespace goes on to another machine. */
struct port_forward {
    struct object o; /* parent: the namespace */
    struct port_range tcp, udp;
    const char *to; /* IP or IP:PORT: */
    struct ip ip;
    uint32_t port; /* 0: the same */
    struct ifref dev;
};

enum argument_field { ARGUMENT_TEXT, ARGUMENT_FIELDS };

/* Of a command: a line for a shell, if it is a lone one, else one of the argv. */
struct argument {
    struct object o;
    const char *text;
};

/* The words of a command, for exec(3). ret_words: room for run->count + 3. */
void argument_words(const struct list *run, const char **ret_words);

enum variable_field { VARIABLE_VALUE, VARIABLE_FIELDS };

/* Of the environment. */
struct variable {
    struct object o; /* name */
    const char *value;
};

enum service_field { SERVICE_RUN, SERVICE_READY, SERVICE_ENV, SERVICE_FIELDS };

/* A process that lives in the namespace while the lab is up. */
struct service {
    struct object o; /* name; parent: the namespace */
    struct list run; /* struct argument */
    const char *ready;
    struct list env; /* struct variable */
    /* resolved */
    bool udp;
    uint16_t port;    /* that it is ready when it listens on; 0: at once */
    const char *text; /* its command and its variables: what tells it from another (service.h) */
    /* of those that were seen */
    bool elsewhere; /* it lives in a namespace that the lab has lost since */
};

enum netns_field {
    NETNS_INTERFACES,
    NETNS_ROUTES,
    NETNS_RULES,
    NETNS_NEIGHBORS,
    NETNS_SYSCTLS,
    NETNS_FORWARDING,
    NETNS_HOSTNAME,
    NETNS_ATTACH,
    NETNS_NFTABLES,
    NETNS_MASQUERADE,
    NETNS_PORT_FORWARD,
    NETNS_SERVICES,
    NETNS_FIELDS
};

enum forwarding {
    FORWARDING_NONE = 0,
    FORWARDING_IPV4 = 1,
    FORWARDING_IPV6 = 2,
    FORWARDING_BOTH = FORWARDING_IPV4 | FORWARDING_IPV6,
};

struct netns {
    struct object o;       /* name: the namespace's */
    bool host;             /* the one netlab runs in */
    bool foreign;          /* host, or attached: not made, not deleted; others have things there */
    bool implied;          /* host: the file does not name it, but borrows its NICs */
    struct attach *attach; /* NULL: netlab makes it, or it is the host */
    struct list interfaces, routes, rules, neighbors, sysctls;
    const char *nftables; /* as written; NULL: nothing */
    struct list masquerade, port_forward;
    struct list services;
    struct ruleset *ruleset; /* resolved: all three of them; NULL: nothing */
    uint32_t forwarding;
    const char *hostname;  /* definite after reading, but NULL for those of others */
    struct strmap names;   /* interface name → struct iface */
    struct iface *lo;      /* made where the file has none; NULL: foreign without one */
    size_t index;          /* position among the lab's namespaces, and the kernel's channels */
    bool unnamed;          /* of those that were seen: /run/netns has lost its name */
    struct list guests;    /* of those that were seen, foreign: others' ports of our interfaces */
    struct netns *seen;    /* given by the diff: what it is already; NULL: it is to be made */
    bool gone;             /* given by the diff: it will not stay */
    uint32_t last_ifindex; /* the highest that is taken; 0: none is */
    bool has_masters;      /* given by the plan: some interface has members */
    bool touched;          /* given by the plan: its interfaces change */
};

enum link_field { LINK_ENDPOINTS, LINK_MTU, LINK_MAC, LINK_NETEM, LINK_FIELDS };

struct link {
    struct object o;
    struct endpoint ends[2];
    uint32_t mtu;
    struct mac mac[2];
    struct netem *netem; /* as written; each end has its own */
};

enum lab_field { LAB_NAME, LAB_NAMESPACES, LAB_LINKS, LAB_DEFAULTS, LAB_TESTS, LAB_FIELDS };

enum defaults_field { DEFAULTS_INTERFACES, DEFAULTS_NAMESPACES, DEFAULTS_FIELDS };

/* Opaque outside of the library: struct netlab_lab (include/netlab/lab.h). */
struct netlab_lab {
    struct object o;
    struct arena *arena; /* holds all of it, this struct too */
    struct source source;
    const char *name;
    struct list namespaces, links;
    struct list tests;   /* struct test, model/test.h; `up` has no use for them */
    struct strmap names; /* namespace name → struct netns */
    struct netns *host;  /* NULL: the file leaves it alone */
};

extern const struct table table_lab, table_defaults, table_netns, table_attach, table_iface,
    table_link, table_address, table_altname, table_netem, table_route, table_nexthop, table_rule,
    table_neighbor, table_sysctl, table_vlan, table_vlan_id, table_masquerade, table_port_forward,
    table_test, table_argument, table_variable, table_service;

/* Addresses, as values. */
extern const struct choice choices_table[], choices_scope[], choices_route_type[], choices_action[],
    choices_family[], choices_distribution[];

static inline struct netns *iface_netns(const struct iface *iface)
{
    return (struct netns *)iface->o.parent;
}

static inline struct iface *iface_peer(const struct iface *iface)
{
    return iface->link ? iface->link->ends[!iface->end].iface : NULL;
}

/* Those of IFACE_VALUES that the file gives. */
uint64_t iface_given_values(const struct iface *iface);

/* Give an interface those of IFACE_VALUES (bits of `set`) that another one has. */
void iface_take_values(struct iface *iface, const struct iface *from, uint64_t which);

struct iface *netns_iface(const struct netns *netns, const char *name);

/* An empty lab in an arena of its own, or NULL. */
struct netlab_lab *lab_new(void);
/* Add a namespace that netlab does not make, "host" or another. NULL: out of memory. */
struct netns *lab_add_foreign(struct netlab_lab *lab, const char *name);
void lab_free(struct netlab_lab *lab);

#endif
