/* SPDX-License-Identifier: MIT */
/*
 * Job: YAML's own errors, in words that help.
 * In: libyaml's parser after an error. Out: diagnostics.
 */
#include "parse/trap.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "base/report.h"

int trap_characters(struct netlab_report *report, const struct source *source)
{
    (void)report;
    (void)source;
    return 0;
}

int trap_syntax(struct netlab_report *report, const struct source *source,
                const struct yaml_parser_s *parser)
{
    struct mark mark = {.line = (uint32_t)parser->problem_mark.line + 1,
                        .column = (uint32_t)parser->problem_mark.column + 1};

    return report_error(report, EINVAL, source, mark, "%s%s%s",
                        parser->context ? parser->context : "", parser->context ? ": " : "",
                        parser->problem ? parser->problem : "not YAML");
}

bool trap_empty_key(struct netlab_report *report, const struct source *source, struct use key,
                    const struct node *map)
{
    (void)report;
    (void)source;
    (void)key;
    (void)map;
    return false;
}
