/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of `netlab run` share: users, what is left of a sandbox.
 */
#ifndef TESTS_RUN_TEST_H
#define TESTS_RUN_TEST_H

#include "cli_test.h"

/* Who runs netlab: in $AS, to be put before commands. */
enum who { ROOT, USER, WHO };

/*
 * For fixtures: a sandbox in which everybody may use $TMP, the working directory, and $NETLAB. All
 * processes of the test have a mark in their environment.
 */
void with_users(void);
/* The same in a user namespace; "user" has root's number there, and no powers. */
void with_own_limits(void);

void run_as(enum who who);

/* Waits until the kernel has ended all processes with the mark but for this one. */
void nobody_left(void);

/* With limits of one's own: waits until the kernel counts no namespaces but ours. */
void no_namespaces_left(void);

/* PIDs of processes with the mark, ours and that of `sh` left out: ret_pids ends with 0. */
enum { MARKED_MAX = 1024 };
void marked_processes(pid_t ret_pids[MARKED_MAX]);

/* For the program: all that its tests start has another mark; kills those that are left. */
void mark_program(void);
void kill_marked(void);

Suite *run_suite(void);
Suite *run_signals_suite(void);
Suite *run_refused_suite(void);
Suite *run_kills_suite(void);
Suite *run_services_suite(void);
Suite *rootless_suite(void);

#endif
