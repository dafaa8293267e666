/* SPDX-License-Identifier: MIT */
/*
 * Job: the text of numbers, durations, percentages, rates and IP addresses.
 * Depends on: tree, model. Must not know: which keys there are.
 */
#ifndef NETLAB_PARSE_VALUE_H
#define NETLAB_PARSE_VALUE_H

#include "parse/context.h"

/* "1.5s" → nanoseconds. 0; -EINVAL; -EAGAIN: a number without a unit; -ERANGE. */
int duration_parse(const char *text, uint64_t *ret_nanoseconds);

/* FIELD_PERCENT, FIELD_RATE, see scalar_read(). */
int percent_read(struct parse *p, const struct field *field, struct use use, uint32_t *ret);
int rate_read(struct parse *p, const struct field *field, struct use use, uint64_t *ret);

/* FIELD_IP, FIELD_ADDRESS, FIELD_NETWORK, FIELD_DEST, see scalar_read(). */
int address_read(struct parse *p, const struct field *field, struct use use, void *ret_value);

/* FIELD_VLANS, see scalar_read(). */
int vlans_read(struct parse *p, struct use use, struct vlan_range *ret_id);

/* FIELD_PORTS, see scalar_read(). */
int ports_read(struct parse *p, struct use use, struct port_range *ret_ports);

#endif
