/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of netem share.
 */
#ifndef TESTS_KINDS_NETEM_H
#define TESTS_KINDS_NETEM_H

/* A lab of two namespaces; netem (or NULL): what becomes of packets on the way from left to right.
 */
const char *lane(const char *netem);

#endif
