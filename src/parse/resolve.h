/* SPDX-License-Identifier: MIT */
/*
 * Job: names → pointers: ends of links, ports, devices; what is made without being written (lo,
 * ports for plugs); what holds where nothing is said.
 * Depends on: fields, model, kinds. Must not know: YAML.
 *
 * All functions return 0, complaints or not, or -ENOMEM.
 */
#ifndef NETLAB_PARSE_RESOLVE_H
#define NETLAB_PARSE_RESOLVE_H

#include "parse/context.h"

/* Namespaces and interfaces by name, links, ports, devices, sysctls. */
int resolve(struct parse *p);

/* The part of it that is about sysctls. */
int resolve_sysctls(struct parse *p, struct netns *netns);

/* Fill in what the checks make definite (see model/lab.h), as far as that can be told. 0 or
   -ENOMEM. */
int definite(struct parse *p);

/* Hint at a name of those in a list of objects. */
void hint_list(struct parse *p, const struct list *list, const char *word);

/* Hint at a name of one of a namespace's interfaces. */
void hint_iface(struct parse *p, const struct netns *netns, const char *name);

#endif
