/* SPDX-License-Identifier: MIT */
/*
 * Job: a strict reader for each type of value that is a single one (or a pair). Each key says how
 * its value is read, never YAML.
 * Depends on: tree, model. Must not know: which keys there are.
 */
#ifndef NETLAB_PARSE_SCALAR_H
#define NETLAB_PARSE_SCALAR_H

#include "parse/context.h"

enum {
    PREFIX_LONE = 255, /* length of an address that was written without one; until it is checked */
};

/* Read a value to where it belongs. 0, -EINVAL (complained about), -ENOMEM. */
int scalar_read(struct parse *p, const struct field *field, struct use use, void *ret_value);

/* A name of the rule: 0 or -EINVAL (complained about). */
int name_check(struct parse *p, enum name_rule rule, const char *name, struct mark mark);

/* Why an interface can't be called that, or NULL. */
const char *ifname_fault(const char *name);

/* Decimal or 0x…; 0, -EINVAL, -ERANGE. */
int number_parse(const char *text, uint64_t *ret_value);

#endif
