/* SPDX-License-Identifier: MIT */
/*
 * Job: what of a lab its topology file has to say: neither what goes without saying, nor what a
 * file has no words for.
 * Depends on: model, kinds. Must not know: YAML.
 */
#ifndef NETLAB_OUTPUT_SAY_H
#define NETLAB_OUTPUT_SAY_H

#include "model/ip.h"
#include "model/lab.h"

/* Whether a field is written, where its object is. */
bool field_is_said(const struct object *object, unsigned index);

/* Whether any field is; NULL: none. */
bool object_has_content(const struct object *object);

/* Whether an entry of a list or mapping is written. */
bool object_is_said(const struct object *object);

/* Why a file can't have an interface, in words; NULL: it can. */
const char *iface_fault(const struct iface *iface);

/* Whether the end of a link is written as the bridge that it plugs into: its name follows. */
bool end_is_plug(const struct link *link, unsigned end);

/* Whether a field of an interface's options is its members: those are more than its list has. */
bool field_is_ports(const struct object *options, const struct field *field);

/* Whether a member of another interface stands under that one's `ports`. */
bool member_is_listed(const struct iface *member);

/* A value that one text says, the same to people and in files; false: there is more to it. */
bool value_text(const struct field *field, const void *value, char text[IP_TEXT]);

#endif
