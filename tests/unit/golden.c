/* SPDX-License-Identifier: MIT */
/*
 * Job: files with mistakes and what is said about them, to the letter.
 * tests/data/bad: refused; NAME.err is the report. tests/data/warn: taken, with warnings.
 * tests/data/good, examples: taken without a word. UPDATE_GOLDEN=1 writes the .err files anew; look
 * at each difference before you keep it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/kind.h"
#include "parse/parse.h"
#include "unit.h"

static char *parse_file(const char *path, int expected, enum netlab_report_style style)
{
    struct netlab_report *report = netlab_report_new();
    struct netlab_lab *lab = NULL;
    char *yaml = NULL, *text, *result;
    const char *name = strrchr(path, '/') + 1;
    size_t size;
    int err;

    ck_assert_ptr_nonnull(report);
    if (asprintf(&yaml, "%s.yaml", path) < 0)
        abort();
    text = data_read(yaml, &size);
    ck_assert_ptr_nonnull(text);
    err = parse_lab(text, size, strrchr(yaml, '/') + 1, &lab, report);
    if (err != expected)
        netlab_report_print(report, stderr, NETLAB_REPORT_TEXT);
    ck_assert_msg(err == expected, "%s: %s", name, strerror(-err));
    ck_assert_int_eq(lab != NULL, err == 0);
    ck_assert_int_eq(netlab_report_count(report, NETLAB_ERROR) > 0, err < 0);
    lab_free(lab);
    lab = NULL;
    ck_assert_int_eq(parse_lab(text, size, strrchr(yaml, '/') + 1, &lab, NULL), expected);
    lab_free(lab);
    result = report_text(report, style);
    netlab_report_free(report);
    free(text);
    free(yaml);
    return result;
}

/* Of netlab's kinds, those that are types: .err files call them @TYPES@, so that a new kind is no
   change to them. */
static char *without_types(char *text)
{
    char *list = NULL, *at, *result = NULL;

    for (const struct kind *const *kind = kinds; *kind; kind++) {
        char *longer = NULL;

        if ((*kind)->flags & KIND_BY_LINKS)
            continue;
        if (asprintf(&longer, "%s%s%s", list ? list : "", list ? ", " : "", (*kind)->name) < 0)
            abort();
        free(list);
        list = longer;
    }
    at = list ? strstr(text, list) : NULL;
    if (at && asprintf(&result, "%.*s@TYPES@%s", (int)(at - text), text, at + strlen(list)) < 0)
        abort();
    free(list);
    if (result)
        free(text);
    return result ? result : text;
}

static void check_golden(const char *path, int expected)
{
    char *err_path = NULL, *wanted, *found;

    found = without_types(parse_file(path, expected, NETLAB_REPORT_TEXT));
    if (asprintf(&err_path, "%s.err", path) < 0)
        abort();
    if (getenv("UPDATE_GOLDEN")) {
        FILE *file = fopen(err_path, "we");

        ck_assert_ptr_nonnull(file);
        fputs(found, file);
        ck_assert_int_eq(fclose(file), 0);
    }
    wanted = data_read(err_path, NULL);
    ck_assert_msg(wanted, "there is no %s", err_path);
    if (strcmp(wanted, found) != 0)
        test_fail("%s: wanted:\n%sfound:\n%s", data_name(path), wanted, found);
    free(wanted);
    free(found);
    free(err_path);
}

START_TEST (bad_files) {
    check_golden(data_files("bad")->paths[_i], -EINVAL);
}
END_TEST

START_TEST (warn_files) {
    check_golden(data_files("warn")->paths[_i], 0);
}
END_TEST

START_TEST (good_files) {
    char *text = parse_file(data_files("good")->paths[_i], 0, NETLAB_REPORT_TEXT);

    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST (examples) {
    char *text = parse_file(data_files("../../examples")->paths[_i], 0, NETLAB_REPORT_TEXT);

    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

/* What is for programs says the same as what is for people. */
START_TEST (bad_files_json) {
    char *text = parse_file(data_files("bad")->paths[_i], -EINVAL, NETLAB_REPORT_JSON);
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    json_t *item;
    size_t index;

    ck_assert_msg(json, "%s: %s in %s", data_files("bad")->paths[_i], error.text, text);
    json_array_foreach(json_object_get(json, "errors"), index, item)
    {
        ck_assert(json_is_string(json_object_get(item, "message")));
        ck_assert(json_is_string(json_object_get(item, "file")));
        ck_assert(json_is_integer(json_object_get(item, "line")));
    }
    ck_assert_uint_gt(json_array_size(json_object_get(json, "errors")), 0);
    json_decref(json);
    free(text);
}
END_TEST

/* A report that knows all errors of a file already must not make it look valid. */
START_TEST (twice_with_one_report) {
    static const char text[] = "namespaces:\n  left:\n    interfaces:\n      br0: {type: bridge, "
                               "stp: true, forward-delay: 1s}\n";
    struct netlab_report *report = netlab_report_new();
    struct netlab_lab *lab = NULL;

    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(parse_lab(text, strlen(text), "a.yaml", &lab, report), -EINVAL);
    ck_assert_uint_eq(netlab_report_count(report, NETLAB_ERROR), 1);
    netlab_report_free(report);
}
END_TEST

Suite *golden_suite(void)
{
    Suite *suite = suite_create("golden");
    TCase *tcase = tcase_create("files");

    tcase_add_loop_test(tcase, bad_files, 0, (int)data_files("bad")->count);
    tcase_add_loop_test(tcase, warn_files, 0, (int)data_files("warn")->count);
    tcase_add_loop_test(tcase, good_files, 0, (int)data_files("good")->count);
    tcase_add_loop_test(tcase, examples, 0, (int)data_files("../../examples")->count);
    tcase_add_loop_test(tcase, bad_files_json, 0, (int)data_files("bad")->count);
    tcase_add_test(tcase, twice_with_one_report);
    suite_add_tcase(suite, tcase);
    return suite;
}
