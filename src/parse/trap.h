/* SPDX-License-Identifier: MIT */
/*
 * Job: what is no YAML, or not the YAML that was meant, in words that help: bad characters, and the
 * colons that flow style takes for its own.
 * Depends on: base, libyaml, tree.
 */
#ifndef NETLAB_PARSE_TRAP_H
#define NETLAB_PARSE_TRAP_H

#include "parse/tree.h"

struct yaml_parser_s;

/* Bytes that are not UTF-8, control characters, line ends that are neither LF nor CRLF. */
int trap_characters(struct netlab_report *report, const struct source *source);

/* Report what libyaml stumbled over. -EINVAL. */
int trap_syntax(struct netlab_report *report, const struct source *source,
                const struct yaml_parser_s *parser);

/* Whether a key is empty because a value began with a colon; then that is reported. */
bool trap_empty_key(struct netlab_report *report, const struct source *source, struct use key,
                    const struct node *map);

#endif
