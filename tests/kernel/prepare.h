/* SPDX-License-Identifier: MIT */
/*
 * Job: what some examples need that others make first: a bridge of the machine's, namespaces that
 * processes keep, network cards. All of it is of the test's own namespace.
 */
#ifndef TESTS_PREPARE_H
#define TESTS_PREPARE_H

#include <stdbool.h>
#include <sys/types.h>

/* existing-bridge.yaml: br-lan, with a port that was there: its carrier stays. */
void prepare_bridge(void);

/* process.yaml: two processes, each in a namespace of its own; they end with the test. */
enum { KEEPERS = 2 };
const pid_t *prepare_keepers(void);
void end_keepers(void);

/*
 * physical.yaml: the two cards of the QEMU guest, as eth0 and eth1, never those of another machine;
 * whether there are any. When a namespace ends, the kernel brings its NICs to the initial one.
 */
bool prepare_nics(void);

#endif
