/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of the verbs that read files and touch nothing: validate, plan, up --dry-run. They
 * need no privileges, and here they have none.
 */
#include "cli_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Verbs that take FILE, and what they do to a bad one. */
static const char *const readers[] = {"up",       "up -n", "plan", "plan --format ip",
                                      "validate", "down"};
enum { READERS = sizeof readers / sizeof readers[0] };

START_TEST (no_file_and_no_default) {
    refuses(2, "there is no topo.yaml here", "$NETLAB %s", readers[_i]);
    refuses(2, "usage: netlab ", "$NETLAB %s", readers[_i]);
}
END_TEST

START_TEST (file_of_another_netlab) {
    file_with("topology.yml", "nodes: [a, b]\n");
    refuses(2, "topology.yml'? (ipspace's netlab", "$NETLAB %s", readers[_i]);
}
END_TEST

START_TEST (named_file_is_missing) {
    refuses(2, "nowhere.yaml", "$NETLAB %s nowhere.yaml", readers[_i]);
    refuses(2, "No such file or directory", "$NETLAB %s nowhere.yaml", readers[_i]);
}
END_TEST

START_TEST (directory_instead_of_a_file) {
    ok("mkdir d.yaml");
    refuses(2, "d.yaml", "$NETLAB %s d.yaml", readers[_i]);
    refuses(2, "irectory", "$NETLAB %s d.yaml", readers[_i]);
}
END_TEST

START_TEST (unreadable_file) {
    file_with("secret.yaml", DUO);
    ok("chmod 0 secret.yaml");
    refuses(2, "Permission denied", POWERLESS "$NETLAB %s secret.yaml", readers[_i]);
}
END_TEST

START_TEST (empty_file) {
    file_with("empty.yaml", "");
    refuses(2, "empty.yaml", "$NETLAB %s empty.yaml", readers[_i]);
}
END_TEST

START_TEST (file_that_is_no_yaml) {
    ok("head -c 4096 /dev/urandom >noise.yaml; printf '\\0\\377' >>noise.yaml");
    refuses(2, "noise.yaml", "$NETLAB %s noise.yaml", readers[_i]);
}
END_TEST

START_TEST (every_error_at_once) {
    file_with("bad.yaml", "name: bad\nnamespaces:\n  left: {interfase: {}}\nlnks: []\n");
    for (int i = 0; i < READERS - 1; i++) {
        refuses(2, "bad.yaml:3:10: error: ", "$NETLAB %s bad.yaml", readers[i]);
        refuses(2, "bad.yaml:4:1: error: ", "$NETLAB %s bad.yaml", readers[i]);
    }
}
END_TEST

START_TEST (validate_says_that_a_file_is_good) {
    struct output output;

    file_with("topo.yaml", DUO);
    output = ok("$NETLAB validate topo.yaml");
    ck_assert_str_eq(output.out, "topo.yaml: lab duo is valid\n");
    ck_assert_str_eq(output.err, "");
    ck_assert_str_eq(ok("$NETLAB validate").out, output.out);
    ck_assert_str_eq(ok("$NETLAB validate -q").out, "");
    ck_assert_str_eq(ok("$NETLAB validate -- topo.yaml").out, output.out);
}
END_TEST

START_TEST (validate_goes_on_after_a_bad_file) {
    struct output output;

    file_with("a.yaml", DUO);
    file_with("b.yaml", "nonsense\n");
    file_with("c.yaml", SOLO);
    output = exits(2, "$NETLAB validate a.yaml b.yaml missing.yaml c.yaml");
    ck_assert_str_eq(output.out, "a.yaml: lab duo is valid\nc.yaml: lab solo is valid\n");
    has(output.err, "b.yaml:1:1: error: ");
    has(output.err, "missing.yaml");
}
END_TEST

START_TEST (validate_json) {
    json_t *json;

    file_with("a.yaml", DUO);
    file_with("b\"\n.yaml", "nonsense\n");
    json = json_from("$NETLAB validate --json a.yaml b*.yaml 2>&1");
    ck_assert_uint_eq(json_array_size(json_at(json, "files")), 2);
    ck_assert_str_eq(json_text(json, "files 0 file"), "a.yaml");
    ck_assert_str_eq(json_text(json, "files 0 lab"), "duo");
    ck_assert_str_eq(json_text(json, "files 0 state"), "valid");
    ck_assert_uint_eq(json_array_size(json_at(json, "files 0 errors")), 0);
    ck_assert_str_eq(json_text(json, "files 1 file"), "b\"\n.yaml");
    ck_assert_ptr_null(json_text(json, "files 1 lab"));
    ck_assert_str_eq(json_text(json, "files 1 state"), "failed");
    ck_assert_int_eq(json_number(json, "files 1 errors 0 line"), 1);
    ck_assert_int_eq(json_number(json, "files 1 errors 0 errno"), 22);
    exits(2, "$NETLAB validate --json a.yaml b*.yaml");
    exits(0, "$NETLAB validate --json a.yaml");
}
END_TEST

START_TEST (validate_json_of_one_that_is_missing) {
    json_t *json = json_from("$NETLAB validate --json 2>&1");

    ck_assert_str_eq(json_text(json, "files 0 file"), "topo.yaml");
    ck_assert_int_eq(json_number(json, "files 0 errors 0 errno"), 2);
}
END_TEST

/* Warnings: an address twice in a namespace. */
#define SUSPICIOUS                                                                                 \
    "name: odd\nnamespaces:\n  a: {interfaces: {eth0: {addresses: [10.0.0.1/24]},"                 \
    " eth1: {addresses: [10.0.0.1/24]}}}\n  b:\n"                                                  \
    "links:\n  - [a:eth0, b:eth0]\n  - [a:eth1, b:eth1]\n"

START_TEST (warnings_do_not_fail) {
    struct output output;

    file_with("odd.yaml", SUSPICIOUS);
    output = ok("$NETLAB validate odd.yaml");
    has(output.err, ": warning: ");
    ck_assert_str_eq(output.out, "odd.yaml: lab odd is valid\n");
    ck_assert_str_eq(ok("$NETLAB validate -q odd.yaml").err, "");
    ck_assert_uint_ge(
        json_array_size(json_at(json_of("$NETLAB validate --json odd.yaml"), "files 0 warnings")),
        1);
    has(ok("$NETLAB plan odd.yaml").err, ": warning: ");
}
END_TEST

START_TEST (standard_input) {
    file_with("lab", DUO);
    ck_assert_str_eq(ok("$NETLAB validate - <lab").out, "-: lab duo is valid\n");
    ck_assert_str_eq(ok("cat lab | $NETLAB plan -").out, ok("$NETLAB plan lab").out);
    refuses(2, "name", "echo 'namespaces: {a: }' | $NETLAB validate -");
    refuses(2, "<stdin>:1:", "echo 'nonsense: 1' | $NETLAB plan -");
    exits(2, "$NETLAB validate - <&-");
}
END_TEST

START_TEST (options_may_stand_anywhere) {
    file_with("topo.yaml", DUO);
    file_with("-n.yaml", DUO);
    json_of("$NETLAB plan topo.yaml --json");
    json_of("$NETLAB plan --json topo.yaml");
    ck_assert_str_eq(ok("$NETLAB validate -- -n.yaml").out, "-n.yaml: lab duo is valid\n");
    exits(2, "$NETLAB validate -n.yaml");
}
END_TEST

START_TEST (plan_formats) {
    const char *lines;

    file_with("topo.yaml", DUO);
    lines = ok(POWERLESS "$NETLAB plan").out;
    has(lines, "left");
    has(lines, "10.0.0.2/24");
    ck_assert_str_eq(ok("$NETLAB plan --format text").out, lines);
    ck_assert_str_eq(ok("$NETLAB plan --format=text topo.yaml").out, lines);
    ck_assert(json_is_object(json_of("$NETLAB plan --json")));
    ck_assert_str_eq(ok("$NETLAB plan --format json").out, ok("$NETLAB plan --json").out);
    has(ok("$NETLAB plan --format ip").out, "fresh left\n");
    ok("$NETLAB plan --format ip | sh -n");
}
END_TEST

START_TEST (dry_run_is_plan) {
    file_with("topo.yaml", DUO);
    ck_assert_str_eq(ok("$NETLAB up -n").out, ok("$NETLAB plan").out);
    ck_assert_str_eq(ok("$NETLAB up --dry-run topo.yaml").out, ok("$NETLAB plan").out);
    ck_assert_str_eq(ok("$NETLAB up topo.yaml --dry").out, ok("$NETLAB plan").out);
    ck_assert_str_eq(ok("$NETLAB up -n --json").out, ok("$NETLAB plan --json").out);
    ck_assert_str_eq(ok("$NETLAB up -n -q").out, "");
    ck_assert_str_eq(ok("$NETLAB up -n -q --json").out, ok("$NETLAB plan --json").out);
}
END_TEST

START_TEST (json_of_a_bad_file) {
    static const char *const lines[] = {"up --json", "up -n --json", "plan --json",
                                        "plan --format json", "down --json"};
    struct output output;
    json_t *json;

    file_with("bad.yaml", "name: [1]\nfoo: 1\n");
    output = exits(2, "$NETLAB %s bad.yaml", lines[_i]);
    ck_assert_str_eq(output.err, "");
    json = json_from("$NETLAB %s bad.yaml", lines[_i]);
    ck_assert_str_eq(json_text(json, "state"), "failed");
    ck_assert_str_eq(json_text(json, "file"), "bad.yaml");
    ck_assert(json_is_null(json_at(json, "lab")));
    ck_assert_uint_ge(json_array_size(json_at(json, "errors")), 1);
    ck_assert(json_is_array(json_at(json, "warnings")));
}
END_TEST

START_TEST (output_that_can_not_be_written) {
    static const char *const lines[] = {"plan",     "plan --json",     "plan --format ip",
                                        "validate", "validate --json", "up -n",
                                        "--help",   "up --help",       "--version"};
    struct output output;

    file_with("topo.yaml", DUO);
    output = exits(1, "$NETLAB %s >/dev/full", lines[_i]);
    ck_assert_str_eq(output.err,
                     "netlab: cannot write to standard output: No space left on device\n");
    output = exits(1, "$NETLAB %s >&-", lines[_i]);
    ck_assert_str_eq(output.err, "netlab: cannot write to standard output: Bad file descriptor\n");
}
END_TEST

START_TEST (reader_that_goes_away) {
    ok("$NETLAB plan %s >/dev/null", star(2000));
    ck_assert_str_eq(sh("($NETLAB plan star.yaml; echo $? >status) | head -n 1 >/dev/null").err,
                     "");
    has(file_text("status"), "141"); /* SIGPIPE, as with any filter */
}
END_TEST

static void add_reading(Suite *suite)
{
    TCase *tcase = tcase_create("reading");

    tcase_add_checked_fixture(tcase, with_directory, NULL);
    tcase_add_loop_test(tcase, no_file_and_no_default, 0, READERS);
    tcase_add_loop_test(tcase, file_of_another_netlab, 0, READERS);
    tcase_add_loop_test(tcase, named_file_is_missing, 0, READERS);
    tcase_add_loop_test(tcase, directory_instead_of_a_file, 0, READERS);
    tcase_add_loop_test(tcase, unreadable_file, 0, READERS);
    tcase_add_loop_test(tcase, empty_file, 0, READERS - 1);
    tcase_add_loop_test(tcase, file_that_is_no_yaml, 0, READERS);
    tcase_add_test(tcase, every_error_at_once);
    tcase_add_test(tcase, standard_input);
    tcase_add_test(tcase, options_may_stand_anywhere);
    tcase_add_loop_test(tcase, json_of_a_bad_file, 0, 5);
    tcase_add_loop_test(tcase, output_that_can_not_be_written, 0, 9);
    tcase_add_test(tcase, reader_that_goes_away);
    suite_add_tcase(suite, tcase);
}

Suite *files_suite(void)
{
    Suite *suite = suite_create("files");
    TCase *tcase = tcase_create("verbs");

    add_reading(suite);
    tcase_add_checked_fixture(tcase, with_directory, NULL);
    tcase_add_test(tcase, validate_says_that_a_file_is_good);
    tcase_add_test(tcase, validate_goes_on_after_a_bad_file);
    tcase_add_test(tcase, validate_json);
    tcase_add_test(tcase, validate_json_of_one_that_is_missing);
    tcase_add_test(tcase, warnings_do_not_fail);
    tcase_add_test(tcase, plan_formats);
    tcase_add_test(tcase, dry_run_is_plan);
    suite_add_tcase(suite, tcase);
    return suite;
}
