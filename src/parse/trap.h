/* SPDX-License-Identifier: MIT */
/*
 * Job: what is no YAML, or not the YAML that was meant, in words that help: bad characters, and the
 * colons that flow style takes for its own.
 * Depends on: base, libyaml. Must not know: the tree.
 */
#ifndef NETLAB_PARSE_TRAP_H
#define NETLAB_PARSE_TRAP_H

#include "base/source.h"

struct netlab_report;
struct yaml_mark_s;
struct yaml_parser_s;

/* A place that libyaml tells: at the end of the text it is one line too far. */
struct mark trap_mark(const struct source *source, const struct yaml_mark_s *mark);

/*
 * Refuse what is not UTF-8, control characters, line ends that are neither LF nor CRLF (libyaml
 * counts lines otherwise than everybody else there). 0 or -EINVAL.
 */
int trap_characters(struct netlab_report *report, const struct source *source);

/* Report what libyaml stumbled over. -EINVAL. */
int trap_syntax(struct netlab_report *report, const struct source *source,
                const struct yaml_parser_s *parser);

#endif
