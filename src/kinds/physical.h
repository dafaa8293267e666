/* SPDX-License-Identifier: MIT */
/*
 * Job: a NIC of the host that a lab borrows: what it is called there, and what tells it from others
 * wherever it is and whatever it is called.
 */
#ifndef NETLAB_KINDS_PHYSICAL_H
#define NETLAB_KINDS_PHYSICAL_H

#include "kinds/kind.h"

enum { NIC_ADDRESS_MAX = 32 }; /* MAX_ADDR_LEN */

struct physical {
    struct object o;
    const char *device; /* its name in the host's namespace; definite after reading */
    /* of one that was seen */
    uint8_t address[NIC_ADDRESS_MAX]; /* IFLA_PERM_ADDRESS */
    uint8_t address_length;           /* 0: it has none */
    const char *parent;               /* IFLA_PARENT_DEV_NAME; NULL: it has none */
};

enum physical_field { PHYSICAL_DEVICE, PHYSICAL_FIELDS };

/* Its options; NULL: it is of another kind. */
struct physical *iface_physical(const struct iface *iface);

/* What netlink tells of a NIC. The parent is a part of the message. */
void physical_read(struct physical *nic, struct nlattr *const *link);

/* Make it the interface's options, with its name now as that of the device. 0 or -ENOMEM. */
int physical_note(struct iface *iface, struct nlattr *const *link, struct arena *arena);

/* Whether it has something that tells it from others, and whether two are the same. */
bool physical_is_known(const struct physical *nic);
bool physical_is_same(const struct physical *a, const struct physical *b);

extern const struct kind kind_physical;

#endif
