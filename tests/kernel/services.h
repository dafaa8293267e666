/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of services share.
 */
#ifndef TESTS_SERVICES_H
#define TESTS_SERVICES_H

#include "kernel.h"

Suite *services_suite(void);
Suite *services_ready_suite(void);
Suite *services_ends_suite(void);
Suite *services_logs_suite(void);
Suite *services_kills_suite(void);

/* A lab "s": namespaces a and b on a cable, with such services in a; further lines. */
const char *lab_with(const char *services, const char *more);

/* A number of seconds that nobody else sleeps for: "sleep N" is a process of this test. */
long nap(void);
/* How many processes of the machine have that in their command lines, as the last word. */
int count_naps(long nap);

/* Waits until there are so many: a shell takes a moment to come to its command. */
void await_naps(long nap, int count);

/* How many first processes of services that this program's netlabs have started (they have its
   $TMP) there are. */
int count_inits(void);

/* Neither these are there nor those: ones that were not told to begin go by themselves, soon. */
void services_are_gone(long nap);

/* The process of namespace a whose command line matches, as the machine numbers it; it is waited
   for. */
pid_t process_of(const char *pattern);

/* What `status --json` says of a service of namespace a, or "none". */
const char *state_of(const char *service);

#endif
