/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests on the real kernel share.
 * They look with ip, bridge, /proc and packets; never at what netlab says about itself.
 */
#ifndef TESTS_KERNEL_H
#define TESTS_KERNEL_H

#include "harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A topology that a test brings up; plan.c builds each by the script that netlab prints, too. */
struct topology {
    const char *name; /* the lab's */
    const char *yaml;
};

/* Writes it to a file. */
const char *topology_file(const struct topology *topology);

/* Whether the kernel was built with what a topology file needs; the same of its text. */
bool kernel_suits(const char *file);
bool kernel_suits_text(const char *yaml);
/* A topology file without its `tests:`, which stand last: whoever edits the rest would have to edit
   them, too. */
const char *without_tests(const char *yaml);
/* Whether it needs nothing that others have to make first. */
bool stands_alone(const char *file);

/* Whether NETLAB_EXAMPLE has that lab: a list of patterns (fnmatch), blanks between; none: all. */
bool example_wanted(const char *name);

/* Up, look, down; the machine must be as it was before. */
void up_look_down(const struct topology *topology, void (*look)(void));

/* A star: `count` namespaces h1 … hN at a switch, hI having 10.0.X.Y/16 and fd00::I/64. */
const char *star_file(const char *name, int count);
const char *star_address(int host);

/* The value of a sysctl in a namespace: "net/ipv4/ip_forward", without the newline. */
const char *sysctl_of(const char *ns, const char *path);

/* The value at that path (see json_at) is this; "none": there is none. */
void has_text(json_t *json, const char *path, const char *wanted);

/* Starts a command without waiting; its output goes to $TMP/output. */
pid_t start(const char *const argv[]);
/* The same, and waits until what the command has become is `sleep`. */
pid_t start_sleep(const char *const argv[]);
/* Waits; exit status as in struct output. */
int finish(pid_t pid);

/* Things of others, which must survive everything: a namespace, links, routes, a rule, … */
void make_foreign(void);

extern const struct topology interfaces_topologies[], bridges_topologies[], routes_topologies[],
    namespaces_topologies[], host_topologies[];
/* All of these, from 0 on; NULL: there are no more. */
const struct topology *topology_number(int number);
int topology_count(void);

Suite *examples_suite(void);
Suite *tutorial_suite(void);
Suite *interfaces_suite(void);
Suite *bridges_suite(void);
Suite *routes_suite(void);
Suite *namespaces_suite(void);
Suite *plan_suite(void);
Suite *host_suite(void);
Suite *attach_suite(void);

Suite *refusals_suite(void);
Suite *kills_suite(void);
Suite *faults_suite(void);
Suite *readiness_suite(void);
Suite *concurrency_suite(void);
Suite *again_suite(void);

#endif
