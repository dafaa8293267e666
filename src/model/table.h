/* SPDX-License-Identifier: MIT */
/*
 * Job: what a thing of the topology file looks like, as data: the keys of a mapping, where each
 * value goes in the struct, its range, its netlink attribute, its name in iproute2, its line in the
 * reference. Parsing, diffing, printing and the manual all read these tables.
 * Depends on: base. Must not know: YAML, netlink sockets, which tables there are.
 */
#ifndef NETLAB_MODEL_TABLE_H
#define NETLAB_MODEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/source.h"

struct table;

/* Every struct that a table describes begins with one. All memory is the lab's arena. */
struct object {
    struct object *next;   /* in the list it is in */
    struct object *parent; /* what it is a part of */
    const struct table *table;
    const char *name;   /* the key, for entries of a mapping; else NULL */
    struct mark mark;   /* where it begins; for entries of a mapping: their key */
    struct mark *marks; /* [table->field_count]: each field's value; line 0: not given */
    uint64_t set;       /* bit i: field i was given (by the file, a default or a link) */
    /* of those that were seen */
    bool beyond; /* it has settings that no file has words for */
    bool taken;  /* given by the diff: it is what some wanted one is */
};

/* Settings of an object that is beyond files: with them the kernel makes the same again. */
struct unsaid {
    const void *attributes; /* as the kernel tells them */
    size_t size;
    uint8_t tos;
};

struct list {
    struct object *first, *last;
    size_t count;
    bool lone; /* FIELD_LONE_OK: written without brackets */
};

#define LIST_EACH(type, var, list)                                                                 \
    for (type *var = (type *)(list)->first; var; var = (type *)((struct object *)var)->next)

void list_append(struct list *list, struct object *object);
void list_prepend(struct list *list, struct object *object);

/* Values that are more than a number or a string. */
struct ip {
    uint8_t family; /* AF_INET, AF_INET6; AF_UNSPEC: none */
    uint8_t bytes[16];
};

struct prefix {
    struct ip ip;
    uint8_t length;
};

struct mac {
    uint8_t bytes[6];
};

struct fwmark {
    uint32_t value, mask;
};

/* IDs from one to another. */
struct vlan_range {
    uint16_t first, last;
};

/* Ports of TCP or UDP, likewise. 0: none. */
struct port_range {
    uint16_t first, last;
};

/* A name of an interface, resolved after reading. */
struct ifref {
    const char *name;
    struct iface *iface; /* NULL: not of this lab (in the host namespace only) */
    uint32_t ifindex;    /* of an option: given by the kernel, or before it is packed */
};

/* "NS:IF" */
struct endpoint {
    const char *netns, *name;
    struct mark mark;
    struct iface *iface; /* resolved: the interface that was made for this end */
};

enum field_type {
    FIELD_BOOL,      /* bool */
    FIELD_UINT,      /* uint32_t, within min..max; a word of `choices` is taken too */
    FIELD_ENUM,      /* uint32_t: a word of `choices` */
    FIELD_STRING,    /* const char *, 1..max bytes, printable */
    FIELD_IFNAME,    /* const char *: a legal interface name */
    FIELD_HOSTNAME,  /* const char *: a legal UTS name */
    FIELD_IP,        /* struct ip; FIELD_NONE_OK: `none` gives AF_UNSPEC */
    FIELD_ADDRESS,   /* struct prefix: IP/PREFIX, host bits kept */
    FIELD_NETWORK,   /* struct prefix: IP[/PREFIX], no host bits */
    FIELD_DEST,      /* struct prefix: as NETWORK, or `default` (AF_UNSPEC, 0) */
    FIELD_MAC,       /* struct mac, unicast */
    FIELD_MAC_PAIR,  /* struct mac[2], from a list of two */
    FIELD_DURATION,  /* uint32_t in `unit` nanoseconds; a word of `choices` is taken too */
    FIELD_PERCENT,   /* uint32_t: so many of UINT32_MAX */
    FIELD_RATE,      /* uint64_t: bytes a second */
    FIELD_FWMARK,    /* struct fwmark: N or N/MASK */
    FIELD_VLANS,     /* struct vlan_range: N or A-B */
    FIELD_PORTS,     /* struct port_range: N or A-B */
    FIELD_IFREF,     /* struct ifref */
    FIELD_ENDPOINTS, /* struct endpoint[2], from a list of two */
    FIELD_LOWER,     /* struct endpoint: IF of the same namespace, or NS:IF of another */
    FIELD_VALUE,     /* const char *: any scalar as it stands, empty too */
    FIELD_TEXT,      /* const char *: lines of text */
    FIELD_KIND,      /* const struct kind *: `type`; adds the keys of that kind's table */
    FIELD_OBJECT,    /* struct of `table` by pointer, from a mapping */
    FIELD_LIST,      /* struct list of `table`, from a sequence */
    FIELD_MAP,       /* struct list of `table`, from a mapping of names; see table.names */
    FIELD_NODE,      /* nothing in the struct: the parser takes it as it stands, by `table` */
};

enum field_flags {
    FIELD_REQUIRED = 1 << 0,
    FIELD_NONE_OK = 1 << 1,        /* FIELD_IP: `none` */
    FIELD_NAMES_OK = 1 << 2,       /* FIELD_MAP: a sequence of names does too */
    FIELD_NO_DEFAULT = 1 << 3,     /* makes no sense under `defaults` */
    FIELD_HIDDEN_CHOICES = 1 << 4, /* the choices are synonyms: not worth listing */
    FIELD_ON_OFF = 1 << 5,         /* FIELD_BOOL: iproute2 takes on and off, not 1 and 0 */
    FIELD_INITIAL = 1 << 6,        /* `initial` is the value of what is made without it */
    FIELD_FIXED = 1 << 7,          /* can't be altered: the interface is made anew */
    FIELD_BY_KIND = 1 << 8,        /* an option without a simple attribute: the kind packs it */
    FIELD_BIG_ENDIAN = 1 << 9,     /* the attribute is in network byte order */
    FIELD_ABSENT = 1 << 10,        /* the kernel leaves the attribute out for the initial value */
    FIELD_NO_WORD = 1 << 11,       /* iproute2 takes `word`, and `noword` for the initial value */
    FIELD_EMPTY_OK = 1 << 12,      /* FIELD_LIST: an empty one says something, too */
    FIELD_IP_BY_KIND = 1 << 13,    /* the kind prints what iproute2 takes */
    FIELD_SET = 1 << 14,           /* FIELD_LIST, FIELD_MAP: the order does not count */
    FIELD_TOLD = 1 << 15,          /* told always, given or not; FIELD_INITIAL, of integers */
    FIELD_HEX = 1 << 16,           /* FIELD_UINT: iproute2 reads it as hexadecimal */
    FIELD_USER = 1 << 17,          /* FIELD_UINT: a user's name is taken too */
    FIELD_GROUP = 1 << 18,         /* the same of a group */
    FIELD_LOOSE = 1 << 19,         /* others may alter it: only what is given counts */
    FIELD_LATE = 1 << 20,          /* can be told only when its members are there */
    FIELD_ANY_CASE = 1 << 21,      /* FIELD_ENUM: the words may be written in capitals or not */
    FIELD_DOTTED = 1 << 22,        /* FIELD_UINT: a number as 0.0.0.9 is taken too */
    FIELD_LONE_OK = 1 << 24,       /* FIELD_LIST: a single value does too */
};

struct choice {
    const char *word;
    uint32_t value;
};

struct field {
    const char *key;
    enum field_type type;
    size_t offset;
    uint32_t initial;             /* FIELD_INITIAL, of integers and booleans; others: none */
    uint32_t min, max;            /* FIELD_UINT, FIELD_DURATION (in `unit`), FIELD_STRING (max) */
    const struct choice *choices; /* ends with word NULL */
    const struct table *table;    /* FIELD_OBJECT, FIELD_LIST, FIELD_MAP */
    uint32_t unit;                /* FIELD_DURATION: nanoseconds of one step */
    unsigned flags;
    const char *fallback; /* what holds when it is not given, in words; NULL: the kernel's choice */
    const char *doc;
    const char *ip;      /* iproute2's word; NULL: the key with '_' for '-' */
    uint16_t attribute;  /* netlink attribute, 0: none (or not this simple) */
    uint16_t attribute6; /* FIELD_IP: that of an IPv6 address, where it is another */
    uint8_t width;       /* bytes of an integer in it */
    size_t vrf;          /* FIELD_UINT: where the name of a vrf goes, whose table it is; 0: none */
    const char *since;   /* first kernel that has it; NULL: all that netlab supports */
    const char *needs;   /* what a kernel must be built with, CONFIG_…; NULL: nothing special */
};

/* What people type by habit, and what they should read then. */
struct habit {
    const char *key, *hint;
};

/* Of what the kernel has and netlab has not: hints that say why; the reference lists them. */
#define LEFT_OUT "netlab leaves it out: "

enum name_rule {
    NAMES_NONE,    /* entries are not named */
    NAMES_NETNS,   /* names of namespaces */
    NAMES_IFACE,   /* names of interfaces */
    NAMES_SYSCTL,  /* net.* keys */
    NAMES_SERVICE, /* names of services */
    NAMES_ENV,     /* names of environment variables */
};

struct table {
    const char *name; /* "route": as messages and the manual call one */
    size_t size;      /* of the struct */
    const struct field *fields;
    size_t field_count;
    int scalar; /* the field that a lone scalar (or, FIELD_ENDPOINTS, a lone list) stands for; -1 */
    enum name_rule names;
    const struct habit *habits; /* ends with key NULL; may be NULL */
    bool null_ok;               /* an empty body is fine */
    const char *doc;
};

/* Whether the kernel has it as one of an interface's options. */
static inline bool field_is_option(const struct field *field)
{
    return field->attribute || field->flags & FIELD_BY_KIND;
}

/* For writing tables. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AT(type, member) .offset = offsetof(struct type, member)

#define FIELD_AT(object, field) ((void *)((char *)(object) + (field)->offset))

static inline bool object_has(const struct object *object, unsigned field)
{
    return object->set >> field & 1;
}

/* The mark of a field's value where it was given, else of the object. */
struct mark object_mark(const struct object *object, unsigned field);

/* Whether two objects of a table have the same value in a field. */
bool field_equal(const struct field *field, const struct object *a, const struct object *b);

/* Whether something was given that a kernel of another age or make does not have. */
bool field_may_lack(const struct object *wanted, unsigned field);

/*
 * Whether what is seen has another value than what is wanted: the one that was given, or that such
 * an object begins with. What is not seen differs only where the kernel may lack it.
 */
bool field_differs(const struct object *seen, const struct object *wanted, unsigned field);

/* Whether an option is to be said: all that were given, or, with `seen`, what differs from it. */
bool field_is_told(const struct object *options, const struct object *seen, unsigned field);

/* Whether a field has its initial value. */
bool field_is_initial(const struct field *field, const struct object *object);

/* Give a field its initial value. */
void field_reset(const struct field *field, struct object *object);

const struct choice *choice_find(const struct choice *choices, const char *word);
const char *choice_word(const struct choice *choices, uint32_t value);

#endif
