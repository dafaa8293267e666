/* SPDX-License-Identifier: MIT */
/*
 * Job: kernel → model: what some namespaces have, as the same lab that a topology file becomes.
 * Depends on: base, model, kinds, kernel (channels), service (its registry). Must not know: what is
 * wanted, YAML, plans.
 *
 * One dump a table and namespace. Every field that the kernel tells is given (object.set), no
 * object has marks. What the kernel makes by itself (connected routes, tables of its own) is left
 * out, but for addresses, which say so (address.protocol).
 */
#ifndef NETLAB_OBSERVE_OBSERVE_H
#define NETLAB_OBSERVE_OBSERVE_H

#include "kernel/kernel.h"
#include "model/lab.h"

enum { OBSERVE_HINTS = 3 };

/* A namespace to look at. */
struct observe_place {
    const char *name;
    size_t index;     /* its channel */
    const char *path; /* opened where the kernel has no channel yet; one that is gone is left out */
    bool unnamed;     /* it has lost its name */
    bool foreign;     /* it is attached */
};

struct observe_request {
    const struct observe_place *places;
    size_t count;
    /*
     * Labs that tell what to expect (each may be NULL): which sysctls to read, where the other ends
     * of veths probably are, and in the host, where most is others', what to look for.
     */
    const struct netlab_lab *hints[OBSERVE_HINTS]; /* the first: what is wanted */
    const char *services; /* the registry of the lab's services; NULL: it has none */
    bool survey;          /* read the sysctls that a new namespace is set to as well */
    bool others;          /* look for what can only be somebody else's as well, to name it */
    bool host;      /* look at the host's namespace, too; it gets the index after the places' */
    uint32_t group; /* the mark of the lab's links there */
};

/* 0 or a negative errno, reported. ret_seen: to be freed with lab_free(). */
int observe(struct kernel *kernel, const struct observe_request *request,
            struct netlab_lab **ret_seen, struct netlab_report *report);

#endif
