/* SPDX-License-Identifier: MIT */
/*
 * Job: one call of netlab_up() or netlab_down(), for the files that carry it out.
 * Depends on: all rooms. Must not know: the command line.
 */
#ifndef NETLAB_JOB_H
#define NETLAB_JOB_H

#include "kernel/kernel.h"
#include "plan/plan.h"
#include "state/state.h"

struct job {
    struct netlab_lab *lab;
    const struct netlab_options *options;
    struct netlab_report *report;
    struct state state;
    struct arena *arena;
    struct plan plan;
    struct kernel *kernel;
    struct spec spec;
};

/*
 * host.c: sysctls of the host that several labs set. They must agree on the value; the one that
 * comes first notes what it was before, the others take that over, and the one that goes last
 * gives it back. All but job_recall_sysctls() under state_lock_all(). 0 or a negative errno.
 */

/* Note in the spec what the plan's sysctls were; an error at the line where labs disagree. */
int job_save_sysctls(struct job *job);

/* Take what they were from the spec. */
int job_recall_sysctls(struct job *job);

/* Let those be that another lab has set as well. */
int job_yield_sysctls(struct job *job);

#endif
