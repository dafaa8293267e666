/* SPDX-License-Identifier: MIT */
/*
 * Job: mappings → structs, by the tables of the model and the kinds.
 * Depends on: tree, scalar, model, kinds (kind_find). Must not know: what the keys mean.
 *
 * All functions return 0, complaints or not, or -ENOMEM.
 */
#ifndef NETLAB_PARSE_FIELDS_H
#define NETLAB_PARSE_FIELDS_H

#include "parse/context.h"

struct object *object_new(struct parse *p, const struct table *table, struct object *parent,
                          const char *name, struct mark mark);

/* Fill an object from its body. */
int object_read(struct parse *p, struct object *object, struct use use);

/* Fill what the object does not say itself from a body under `defaults`, without complaints. */
int object_default(struct parse *p, struct object *object, struct use use);

/* Complain about a body under `defaults`. */
int object_check_default(struct parse *p, const struct table *table, struct use use);

/* Copy one field that was given elsewhere (by a link) into an object that does not say it. */
void object_inherit(struct object *object, unsigned field, const void *value, size_t size,
                    struct mark mark);

#endif
