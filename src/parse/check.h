/* SPDX-License-Identifier: MIT */
/*
 * Job: the rules about what may stand in a topology together.
 * Depends on: model, kinds, context. Must not know: YAML, the kernel's state.
 *
 * What depends on the host's own network is left to those who ask the kernel. Functions return 0,
 * complaints or not, or -ENOMEM.
 */
#ifndef NETLAB_PARSE_CHECK_H
#define NETLAB_PARSE_CHECK_H

#include "parse/context.h"

/* What is said of a namespace as a whole. */
void check_netns(struct parse *p, struct netns *netns);
int check_ifaces(struct parse *p, struct netns *netns);
void check_netem(struct parse *p, struct netem *netem);
int check_routes(struct parse *p, struct netns *netns);
int check_rules(struct parse *p, struct netns *netns);
int check_neighbors(struct parse *p, struct netns *netns);
int check_services(struct parse *p, struct netns *netns);

/* check_test.c: names in tests → pointers; what can not be meant. */
int check_tests(struct parse *p);

/* What is merely suspicious about links and the segments that they form. */
int check_segments(struct parse *p);

#endif
