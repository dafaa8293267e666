/* SPDX-License-Identifier: MIT */
/*
 * Job: what tests have to know of each link kind: a row of link_kinds.c, which a new kind adds.
 */
#ifndef TESTS_LINK_KINDS_H
#define TESTS_LINK_KINDS_H

#include <stdbool.h>

struct link_kind {
    const char *name;
    /* What `ip link add … type NAME` needs more than that; NULL: every kernel has the kind, or ip
       does not make it. */
    const char *ip;
    bool stands; /* it needs an interface below it */
    /* An interface called x, with a value at the @; one that is good, and one that is not. */
    const char *yaml, *good, *bad;
    /* What random edits say of one more than its type (edits.h); NULL: they make none. */
    const char *edits;
    /* Interfaces beside veths low, low2, e0, e1, that have all options of the kind, none with the
       value that it begins with; NULL: it has none, or tests of its own. */
    const char *options;
};

/* All of netlab's kinds; ends with name NULL. */
extern const struct link_kind link_kinds[];

/* NULL: netlab has none. */
const struct link_kind *link_kind(const char *name);

#endif
