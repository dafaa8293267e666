/* SPDX-License-Identifier: MIT */
/*
 * Job: what base/json.h writes, as jansson reads it.
 */
#include <stdlib.h>
#include <string.h>

#include "json_writer.h"
#include "unit.h"

static const struct {
    const char *value, *read;
} cases[] = {{"plain", NULL},
             {"", NULL},
             {"\"quotes\" and \\ and /", NULL},
             {"\n\t\r\b\f\x01\x1f\x7f", NULL},
             {"äöü € \xf0\x9f\x98\x80", NULL},
             {"a\xff"
              "b",
              "a\xef\xbf\xbd"
              "b"},
             {"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"},
             {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"}};

START_TEST (round_trip) {
    const char *wanted = cases[_i].read ? cases[_i].read : cases[_i].value;
    char *text = write_json(cases[_i].value);
    json_error_t error;
    json_t *json = json_loads(text, 0, &error), *list;

    ck_assert_msg(json, "%s in %s", error.text, text);
    ck_assert_str_eq(json_string_value(json_object_get(json, "text")), wanted);
    ck_assert_int_eq(json_integer_value(json_object_get(json, wanted)), 1);
    list = json_object_get(json, "list");
    ck_assert_uint_eq(json_array_size(list), 5);
    ck_assert_int_eq(json_integer_value(json_array_get(list, 0)), INT64_MAX);
    ck_assert_int_eq(json_integer_value(json_array_get(list, 1)), INT64_MIN);
    ck_assert(json_real_value(json_array_get(list, 4)) == 0.5);
    ck_assert(json_is_true(json_object_get(json, "yes")));
    ck_assert(json_is_false(json_object_get(json, "no")));
    ck_assert(json_is_null(json_object_get(json, "null")));
    json_decref(json);
    free(text);
}
END_TEST

/* Every single byte, and every pair of bytes that are not ASCII, gives something that can be read.
 */
START_TEST (any_bytes) {
    for (int a = 1; a < 256; a++)
        for (int b = 0; b < 256; b += a < 0x80 || b < 0x80 ? 13 : 1) {
            const char value[] = {(char)a, (char)b, 'x', '\0'};
            char *text = write_json(value);
            json_t *json = json_loads(text, 0, NULL);

            ck_assert_msg(json, "bytes %02x %02x: %s", a, b, text);
            json_decref(json);
            free(text);
        }
}
END_TEST

Suite *json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *tcase = tcase_create("json");

    tcase_add_loop_test(tcase, round_trip, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tcase, any_bytes);
    suite_add_tcase(suite, tcase);
    return suite;
}
