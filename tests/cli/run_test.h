/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of `netlab run` share: users, what is left of a sandbox.
 */
#ifndef TESTS_RUN_TEST_H
#define TESTS_RUN_TEST_H

#include "cli_test.h"

/*
 * For fixtures: a sandbox in which everybody may use $TMP, the working directory, and $NETLAB. All
 * processes of the test have a mark in their environment.
 */
void with_users(void);
/* The same in a user namespace, whose limits are our own. Where there are no other users in it,
   "user" is a root without powers. */
void with_own_limits(void);

/* Waits until the kernel has ended all processes with the mark but for this one. */
void nobody_left(void);

/* With limits of one's own: waits until the kernel counts no namespaces of the user's, but for the
   test's own. */
void no_namespaces_left(void);

/* PIDs of processes with the mark, ours and that of `sh` left out: ret_pids ends with 0. */
enum { MARKED_MAX = 1024 };
void marked_processes(pid_t ret_pids[MARKED_MAX]);

/* The number in a variable of the environment of a process with the mark; -1: it has none, or has
   ended. */
long marked_number(pid_t pid, const char *name);

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
