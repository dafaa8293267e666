/* SPDX-License-Identifier: MIT */
/*
 * Job: plans and states as text, JSON and shell commands; labs as topology files.
 * Depends on: base, model, kinds, plan, kernel (sysctls that it presets), state, probe (results).
 * Must not know: netlink, how YAML is read.
 */
#ifndef NETLAB_OUTPUT_OUTPUT_H
#define NETLAB_OUTPUT_OUTPUT_H

#include <stdio.h>

#include "plan/plan.h"
#include "state/state.h"

void output_plan_text(const struct netlab_lab *lab, const struct plan *plan, FILE *out);
void output_plan_json(const struct netlab_lab *lab, const struct plan *plan, FILE *out);

/* How the kernel differs from a lab. */
void output_diff_text(const struct netlab_lab *lab, const struct changes *changes, FILE *out);
void output_diff_json(const struct netlab_lab *lab, const struct changes *changes, FILE *out);

/* A shell script; preset: what a new namespace is set to, before its own sysctls. */
struct default_sysctl;
void output_plan_ip(const struct netlab_lab *lab, const struct plan *plan,
                    const struct default_sysctl *preset, FILE *out);

/*
 * A lab as a topology file: what parsing it gives is the same lab. Fields that were given are
 * written unless they have their initial value. name: what the file calls it.
 */
void output_topology(const struct netlab_lab *lab, const char *name, FILE *out);

/* What has become of a service. */
struct service_status {
    const struct service *service;
    bool runs, told; /* told: it has ended by itself */
    int status;      /* then, as wait(2) gives it */
    time_t since;    /* when it was started, or ended; 0: it was never started */
};

/* One running lab, as much as its registry and its file tell. */
struct lab_status {
    const char *name;
    enum state_condition condition;
    time_t since;
    const char *file;
    const struct netlab_lab *lab;          /* NULL: not readable */
    bool rootless;                         /* it is in a sandbox of the user's */
    const struct service_status *services; /* of all its namespaces */
    size_t service_count;
};

void output_status_text(const struct lab_status *status, bool details, FILE *out);
void output_status_json(const struct lab_status *status, size_t count, FILE *out);

#endif
