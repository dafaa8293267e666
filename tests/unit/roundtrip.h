/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of writing topology files share.
 */
#ifndef TESTS_ROUNDTRIP_H
#define TESTS_ROUNDTRIP_H

#include "unit.h"

/* A lab that must be legal. */
struct netlab_lab *load_text(const char *yaml);

/* What output_topology() writes; to be freed. */
char *write_lab(const struct netlab_lab *lab);

/* The seed to begin with, and how many random labs to try. */
unsigned random_seed(void);
long random_rounds(void);

/* random_settings() that are not refused: of the next seed from which they come. To be freed. */
char *legal_settings(unsigned *seed);

Suite *topology_suite(void);
Suite *seen_suite(void);

#endif
