/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of `netlab test` share: a lab, and a way to ask it.
 * Each test of a file is compared with what ping, ip, ss and sockets of our own say of the same.
 */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include "kernel.h"

/*
 * a, c and a router's `left` on a switch: 10.0.1.0/24, fd00:1::/64; b behind its `right`:
 * 10.0.2.0/24, fd00:2::/64.
 */
extern const char house[];
void house_up(void); /* a fixture, after sandbox_enter() */

/* Asks the running house; `tests` as they stand in a file. What came out, of each test. */
json_t *asked(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One test: whether it holds, as it was written, and what was seen. */
bool holds(const char *test);
const char *seen(const char *test);

Suite *probe_ping_suite(void);
Suite *probe_socket_suite(void);
Suite *probe_other_suite(void);
Suite *probe_results_suite(void);

#endif
