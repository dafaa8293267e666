/* SPDX-License-Identifier: MIT */
/*
 * Job: what is no YAML, or not the YAML that was meant, in words that help: bad characters, and the
 * colons that flow style takes for its own.
 * Depends on: base, libyaml. Must not know: the tree.
 */
#ifndef NETLAB_PARSE_TRAP_H
#define NETLAB_PARSE_TRAP_H

struct netlab_report;
struct source;
struct yaml_parser_s;

/*
 * Refuse what is not UTF-8, control characters, line ends that are neither LF nor CRLF (libyaml
 * counts lines otherwise than everybody else there). 0 or -EINVAL.
 */
int trap_characters(struct netlab_report *report, const struct source *source);

/* Report what libyaml stumbled over. -EINVAL. */
int trap_syntax(struct netlab_report *report, const struct source *source,
                const struct yaml_parser_s *parser);

#endif
