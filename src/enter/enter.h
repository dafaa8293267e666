/* SPDX-License-Identifier: MIT */
/*
 * Job: into the namespaces of labs that are up: find one by its name, open it, go there.
 * Depends on: base, model, parse (the applied text), service (mounts), kernel (namespaces,
 * listeners), state. Must not know: how labs are brought up and taken away.
 */
#ifndef NETLAB_ENTER_ENTER_H
#define NETLAB_ENTER_ENTER_H

#include <limits.h>

#include <netlab/lab.h>

#include "base/arena.h"
#include "kernel/kernel.h"
#include "service/service.h"

struct spec;

/* A namespace of a lab that is up. */
struct target {
    char lab[LAB_NAME_MAX + 1]; /* "": several would do for `host` */
    char ns[LAB_NAME_MAX + 1];
    char hostname[HOSTNAME_MAX + 1];
    bool host;     /* the network namespace that netlab itself runs in */
    bool attached; /* netlab did not make it: */
    char path[PATH_MAX];
    struct netns_id id;
};

/*
 * lab: or NULL: the one lab that has it. 0; -ENOENT; -ENOTUNIQ; or what reading the registry gave;
 * reported.
 */
int target_find(const char *lab, const char *ns, struct target *ret_target,
                struct netlab_report *report);

/* Not of `host`. A descriptor, or -errno; reported. The calling thread may be in other namespaces
   while it looks for one that netlab did not make. */
int target_open(const struct target *target, struct netlab_report *report);

/* The same of a lab whose spec is at hand. A descriptor, or -errno, which is not reported; -ENOENT:
   it is gone. */
int target_open_in(const char *lab, const struct spec *spec, const char *ns);

/* Move the calling thread into its network namespace. Not of `host`. 0 or -errno; reported. */
int target_enter(const struct target *target, struct netlab_report *report);

/*
 * Call a function in a namespace, in a thread of its own, all signals blocked; the caller waits.
 * What it returned, or -errno; reported but for what call() returned.
 */
typedef int target_fn(void *userdata);
int target_visit(const struct target *target, target_fn *call, void *userdata,
                 struct netlab_report *report);

/* The same by names, as netlab/fixture.h has them. */
int target_call(const char *lab, const char *ns, target_fn *call, void *userdata,
                struct netlab_report *report);

/* All that it takes to go into a namespace as netlab_enter() does. */
struct entrance {
    const struct target *target;
    struct overlay *overlays;
    int fd; /* the namespace; -1: `host` */
};

/*
 * All of it but the descriptor, which is the caller's to open and to close. arena: for what it
 * holds, as long as it is used; target: likewise. 0 or -errno; reported.
 */
int entrance_prepare(const struct target *target, struct arena *arena,
                     struct entrance *ret_entrance, struct netlab_report *report);

/*
 * All of it, by names; lab: or NULL. For entrance_pass() and entrance_close(). 0 or -errno;
 * reported.
 */
int entrance_open(const char *lab, const char *ns, struct arena *arena,
                  struct entrance **ret_entrance, struct netlab_report *report);
void entrance_close(struct entrance *entrance); /* NULL is fine */

/* The caller's environment and where a process is, as `netlab exec` has it. arena: for it. NULL:
   out of memory. */
char **target_environment(const struct target *target, struct arena *arena);

/* The calling thread goes in; allocates nothing and takes no lock. 0 or -errno. */
int entrance_pass(const struct entrance *entrance, struct failure *ret_failure);

#endif
