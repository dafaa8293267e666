/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of the examples share.
 */
#ifndef TESTS_EXAMPLES_H
#define TESTS_EXAMPLES_H

#include "kernel.h"

/* Brings it up, asks its tests and looks at it; breaks it, which its tests must tell; takes it
   down, and tests it in a sandbox. Nothing is left. */
void example(const char *name, void (*look)(void));

/* An address with its prefix length and broadcast address, as the kernel has it. */
void has_address(const char *ns, const char *device, const char *address, int prefix,
                 const char *broadcast);

void add_vlan_examples(TCase *tcase);
void add_web_examples(TCase *tcase);
void add_kind_examples(TCase *tcase);

#endif
