/* SPDX-License-Identifier: MIT */
/*
 * Job: what the suites of changes share: one edit of a lab's file, and all that is to hold then.
 */
#ifndef TESTS_CHANGE_H
#define TESTS_CHANGE_H

#include "between.h"

extern const struct topology change_lab;

struct edit {
    const char *parts[8][2]; /* what to replace in the file by what */
    const char *touched;     /* namespaces in which something may happen; in the others nothing */
    const char *remade;      /* as for same_identities() */
    const char *random;      /* NS:IF, which has a random MAC then */
    bool cuts;               /* the connection from left to third may end */
    const char *facts;       /* what is to be seen then */
};

/*
 * Up, edit, up: the kernel shows the facts and what a fresh lab would have; what needs no change
 * keeps its identity and its connections, and namespaces that are not concerned hear of nothing.
 * Then the way back, which must lead to the first state.
 */
void change_of(const struct topology *topology, const struct edit *edit);
#define change(...) change_of(&change_lab, &(const struct edit){__VA_ARGS__})

#endif
