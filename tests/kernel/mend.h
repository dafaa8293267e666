/* SPDX-License-Identifier: MIT */
/*
 * Job: what the suites of drift share: a lab that has something of every sort, and what is to
 * happen after somebody has laid hands on it.
 */
#ifndef TESTS_MEND_H
#define TESTS_MEND_H

#include "between.h"

extern const struct topology drift_lab;

/* The lines of its links. */
#define LINK_EARLY "[left:eth0, right:eth0]"
#define LINK_PORT "endpoints: [left:eth1, switch:p0]"
#define LINK_MADE "[right:eth1, switch:br0]"

struct drift {
    const char *held; /* a namespace that somebody has open meanwhile: it outlives its name */
    const char *by;   /* what somebody does */
    const char *at;   /* where the file says otherwise: part of that line; NULL: nowhere certain */
    char sign;
    const char *what[4];
    const char *remade;          /* as for same_identities() */
    unsigned flags;              /* of dump_all() */
    const char *theirs, *remove; /* what `diff` says is theirs then, and how to get rid of it */
};

/*
 * Up, somebody does that, `diff` names it, `up` puts it right: all is as it was, and nothing else
 * has been made anew. Down.
 */
void drift_of(const struct topology *topology, const struct drift *drift);
#define drift(...) drift_of(&drift_lab, &(const struct drift){__VA_ARGS__})

#endif
