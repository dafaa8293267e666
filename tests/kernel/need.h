/* SPDX-License-Identifier: MIT */
/*
 * Job: what a test needs of the kernel, which may have been built without it.
 *
 * need_x() asks the kernel by making one in the test's own namespace and taking it away again.
 * Where the kernel does not know it, the test is skipped, with the reason; where it refuses for
 * another reason, the test has failed. tests/guest has kernels that know all of them.
 */
#ifndef TESTS_NEED_H
#define TESTS_NEED_H

#include <stdbool.h>

/* Whether the kernel knows this kind of link: "vlan", "dummy", … */
bool has_kind(const char *kind);
/* Whether it knows this queueing discipline: "netem", … */
bool has_qdisc(const char *kind);
/* Whether it has bridges that filter VLANs. */
bool has_vlan_filtering(void);
/* Whether it has tables of nftables of that family: "inet", "bridge", … */
bool has_nftables(const char *family);

/* The test is skipped where the kernel does not know this kind of link. */
void need_kind(const char *kind);
void need_qdisc(const char *kind);
void need_netem(void);
void need_vlan_filtering(void);
void need_nftables(const char *family);

#endif
