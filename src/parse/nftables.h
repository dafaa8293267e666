/* SPDX-License-Identifier: MIT */
/*
 * Job: what a namespace says of nftables → one ruleset.
 * Depends on: model, context. Must not know: libnftables, the kernel.
 */
#ifndef NETLAB_PARSE_NFTABLES_H
#define NETLAB_PARSE_NFTABLES_H

#include "parse/context.h"

/* Make netns.ruleset, after names are resolved. 0, complaints or not, or -ENOMEM. */
int definite_ruleset(struct parse *p, struct netns *netns);

/* The rules of `masquerade` and `port-forward`. */
void check_forwards(struct parse *p, struct netns *netns);

#endif
