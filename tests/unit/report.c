/* SPDX-License-Identifier: MIT */
/*
 * Job: reports: order, counting, hints, what is printed.
 */
#include "base/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "unit.h"

static struct arena *arena;
static struct source source;
static struct netlab_report *report;

static void setup(void)
{
    static const char text[] = "first line\n\tsecond: bäd \x1b[31m\nthird\n";

    arena = arena_new();
    ck_assert_int_eq(source_init(&source, arena, "lab.yaml", text, strlen(text)), 0);
    report = netlab_report_new();
}

static void teardown(void)
{
    netlab_report_free(report);
    arena_free(arena);
}

static struct mark at(uint32_t line, uint32_t column)
{
    return (struct mark){.line = line, .column = column};
}

START_TEST (order) {
    static const char *const wanted[] = {"a", "b", "c", "d", "e"};

    report_error(report, EINVAL, &source, at(3, 1), "d");
    ck_assert_int_eq(report_plain(report, ENOENT, "e"), -ENOENT);
    report_warning(report, &source, at(1, 5), "b");
    ck_assert_int_eq(report_error(report, ERANGE, &source, at(2, 2), "c"), -ERANGE);
    report_error(report, EINVAL, &source, at(1, 1), "a");
    report_error(report, EINVAL, &source, at(1, 1), "a"); /* known */
    ck_assert_uint_eq(netlab_report_size(report), 5);
    ck_assert_uint_eq(netlab_report_count(report, NETLAB_ERROR), 4);
    ck_assert_uint_eq(netlab_report_count(report, NETLAB_WARNING), 1);
    ck_assert_uint_eq(report_errors(report), 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(netlab_report_get(report, i)->message, wanted[i]);
    ck_assert_ptr_null(netlab_report_get(report, 5));
    netlab_report_clear(report);
    ck_assert_uint_eq(netlab_report_size(report), 0);
    ck_assert_uint_eq(netlab_report_count(report, NETLAB_ERROR), 0);
}
END_TEST

START_TEST (more_than_fit) {
    char *text;

    for (unsigned i = 0; i < 50; i++)
        report_error(report, EINVAL, &source, at(1, i + 1), "error %u", i);
    for (unsigned i = 0; i < 30; i++)
        report_warning(report, &source, at(3, i + 1), "warning %u", i);
    ck_assert_int_eq(report_oom(report), -ENOMEM);
    ck_assert_int_eq(report_oom(report), -ENOMEM);
    ck_assert_uint_eq(netlab_report_count(report, NETLAB_ERROR), 51);
    ck_assert_uint_eq(netlab_report_count(report, NETLAB_WARNING), 30);
    ck_assert_uint_le(netlab_report_size(report), 2 * NETLAB_REPORT_MAX);
    text = report_text(report, NETLAB_REPORT_TEXT);
    ck_assert_ptr_nonnull(strstr(text, "more errors not shown"));
    ck_assert_ptr_nonnull(strstr(text, "netlab: 10 more warnings not shown"));
    free(text);
}
END_TEST

START_TEST (printed) {
    char *text;

    report_error(
        report, EINVAL, &source,
        (struct mark){.line = 2, .column = 10, .length = 3, .alias_line = 3, .alias_column = 2},
        "bad word");
    report_similar(report, "bda", (const char *const[]){"bad", NULL});
    report_hint(report, "not this one");
    report_warning(report, &source, at(1, 99), "past the end");
    report_plain(report, EPERM, "no place");
    report_hint(report, "be root");
    text = report_text(report, NETLAB_REPORT_TEXT);
    ck_assert_str_eq(text, "lab.yaml:1:99: warning: past the end\n"
                           "    1 | first line\n"
                           "      |           ^\n"
                           "lab.yaml:2:10: error: bad word\n"
                           "    2 | \tsecond: bäd ?[31m\n"
                           "      | \t        ^~~\n"
                           "lab.yaml:3:2: used here, through an alias\n"
                           "      = did you mean 'bad'?\n"
                           "netlab: error: no place\n"
                           "      = be root\n");
    free(text);
    text = report_text(report, NETLAB_REPORT_COLOR);
    ck_assert_ptr_nonnull(strstr(text, "\033[1;31merror:\033[0m bad word"));
    free(text);
}
END_TEST

/* Messages quote what is in files: it must not reach the terminal as it is. */
START_TEST (tame) {
    char longer[2000];
    const char *message;

    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    report_error(report, EINVAL, &source, at(1, 1), "a\nb\x1b[0m\x7f\xc2\x9b%s", "ü");
    ck_assert_str_eq(netlab_report_get(report, 0)->message, "a?b?[0m???ü");
    report_hint(report, "x\ty");
    ck_assert_str_eq(netlab_report_get(report, 0)->hint, "x?y");
    report_error(report, EINVAL, &source, at(2, 1), "%s", longer);
    message = netlab_report_get(report, 1)->message;
    ck_assert_uint_lt(strlen(message), 600);
    ck_assert_str_eq(message + strlen(message) - 3, "...");
}
END_TEST

START_TEST (nobody) {
    ck_assert_int_eq(report_error(NULL, ERANGE, &source, at(1, 1), "a"), -ERANGE);
    report_warning(NULL, &source, at(1, 1), "a");
    report_hint(NULL, "a");
    report_similar(NULL, "a", (const char *const[]){NULL});
    ck_assert_int_eq(report_plain(NULL, EPERM, "a"), -EPERM);
    ck_assert_int_eq(report_oom(NULL), -ENOMEM);
    ck_assert_uint_eq(netlab_report_count(NULL, NETLAB_ERROR), 0);
    ck_assert_uint_eq(report_errors(NULL), 0);
    ck_assert_uint_eq(netlab_report_size(NULL), 0);
    netlab_report_clear(NULL);
    netlab_report_free(NULL);
    report_hint(report, "there is nothing to hint at");
}
END_TEST

START_TEST (as_json) {
    char *text;
    json_t *json, *error;

    report_error(report, ENETUNREACH, &source, at(2, 3), "a \"quoted\" \\ word");
    report_hint(report, "hint");
    text = report_text(report, NETLAB_REPORT_JSON);
    json = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(json);
    error = json_array_get(json_object_get(json, "errors"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(error, "message")), "a \"quoted\" \\ word");
    ck_assert_str_eq(json_string_value(json_object_get(error, "hint")), "hint");
    ck_assert_str_eq(json_string_value(json_object_get(error, "file")), "lab.yaml");
    ck_assert_int_eq(json_integer_value(json_object_get(error, "line")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(error, "column")), 3);
    ck_assert_int_eq(json_integer_value(json_object_get(error, "errno")), ENETUNREACH);
    ck_assert_uint_eq(json_array_size(json_object_get(json, "warnings")), 0);
    json_decref(json);
    free(text);
}
END_TEST

Suite *report_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *tcase = tcase_create("report");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, order);
    tcase_add_test(tcase, more_than_fit);
    tcase_add_test(tcase, printed);
    tcase_add_test(tcase, tame);
    tcase_add_test(tcase, nobody);
    tcase_add_test(tcase, as_json);
    suite_add_tcase(suite, tcase);
    return suite;
}
