/* SPDX-License-Identifier: MIT */
/*
 * Job: the ends of the range of each number in the tables of the link kinds, and of their ports:
 * they are taken, what lies beyond them is refused, at its place.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/kind.h"
#include "model/text.h"
#include "parse/parse.h"
#include "unit.h"

/* What is said of it, to be freed. The value stands at 5:COLUMN. */
static char *said_of(const struct kind *kind, const struct table *table, const struct field *field,
                     const char *value, size_t *ret_column)
{
    const char *head = "namespaces:\n  a:\n    interfaces:\n      p0:\n", *ports = "";
    struct netlab_report *report = netlab_report_new();
    struct netlab_lab *lab = NULL;
    char *yaml = NULL, *line = NULL, *result;

    if (table == kind->port_options)
        ports = "ports: {p0: {";
    if (asprintf(&line, "      x: {type: %s, %s%s: ", kind->name, ports, field->key) < 0 ||
        asprintf(&yaml, "%s%s%s}%s\n", head, line, value, *ports ? "}}" : "") < 0)
        abort();
    (void)parse_lab(yaml, strlen(yaml), "x.yaml", &lab, report);
    *ret_column = strlen(line) + 1;
    result = report_text(report, NETLAB_REPORT_TEXT);
    lab_free(lab);
    netlab_report_free(report);
    free(yaml);
    free(line);
    return result;
}

static void value_of(const struct field *field, int64_t number, char *ret, size_t size)
{
    char duration[DURATION_TEXT];

    if (field->type == FIELD_DURATION)
        snprintf(ret, size, "%s", duration_text((uint64_t)number * field->unit, duration));
    else
        snprintf(ret, size, "%" PRId64, number);
}

/* Whether the range is what is wrong with it; other things may be missing. */
static void check_value(const struct kind *kind, const struct table *table,
                        const struct field *field, int64_t number, bool good)
{
    char value[64], wanted[160], *said;
    size_t column;

    if (number < 0 && field->type == FIELD_DURATION)
        return; /* no duration is written so */
    value_of(field, number, value, sizeof value);
    said = said_of(kind, table, field, value, &column);
    if (number < 0 && field->flags & (FIELD_USER | FIELD_GROUP)) /* that could be a name */
        snprintf(wanted, sizeof wanted, "x.yaml:5:%zu: error: ", column);
    else
        snprintf(wanted, sizeof wanted, "x.yaml:5:%zu: error: '%s' must be ", column, field->key);
    if ((strstr(said, wanted) != NULL) == good)
        test_fail("%s, %s: %s is %s: %s", table->name, field->key, value,
                  good ? "refused" : "taken", said);
    free(said);
}

static unsigned check_table(const struct kind *kind, const struct table *table)
{
    unsigned count = 0;

    for (size_t i = 0; table && i < table->field_count; i++) {
        const struct field *field = &table->fields[i];

        if (field->type != FIELD_UINT && field->type != FIELD_DURATION)
            continue;
        check_value(kind, table, field, (int64_t)field->min - 1, false);
        check_value(kind, table, field, field->min, true);
        check_value(kind, table, field, field->max, true);
        check_value(kind, table, field, (int64_t)field->max + 1, false);
        count++;
    }
    return count;
}

START_TEST (ranges) {
    unsigned count = 0;

    for (const struct kind *const *kind = kinds; *kind; kind++)
        if (!((*kind)->flags & KIND_BY_LINKS))
            count +=
                check_table(*kind, (*kind)->options) + check_table(*kind, (*kind)->port_options);
    ck_assert_uint_gt(count, 100);
}
END_TEST

Suite *ranges_suite(void)
{
    Suite *suite = suite_create("ranges");
    TCase *tcase = tcase_create("ranges");

    tcase_add_test(tcase, ranges);
    suite_add_tcase(suite, tcase);
    return suite;
}
