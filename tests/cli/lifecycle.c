/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of the verbs that change and show running labs: up, down, status, ls.
 */
#include "cli_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole output is one line that this extended regular expression matches. */
static void is_line(const char *out, const char *pattern)
{
    const char *path = file_with("line", out);

    if (sh("test $(wc -l <%s) = 1 && grep -Eqx '%s' %s", path, pattern, path).status)
        test_fail("'%s' does not match: %s", pattern, out);
}

#define IN_MS " in ([0-9.]+ ms|[0-9]+\\.[0-9]+ s)"

START_TEST (up_and_down) {
    const char *before = dump_all(0);
    struct output output;

    file_with("topo.yaml", DUO);
    output = ok("$NETLAB up topo.yaml");
    is_line(output.out, "lab duo is up: 2 namespaces, 1 link" IN_MS);
    ck_assert_str_eq(output.err, "");
    ck_assert(ping("left", "10.0.0.2"));
    output = ok("$NETLAB down topo.yaml");
    is_line(output.out, "lab duo is down: 2 namespaces, 1 link" IN_MS);
    ck_assert_str_eq(output.err, "");
    same(before, dump_all(0));
}
END_TEST

START_TEST (the_default_file) {
    file_with("topo.yaml", DUO);
    ok("$NETLAB up");
    ok("$NETLAB down");
    is_line(ok("$NETLAB down").out, "lab duo is not up");
}
END_TEST

START_TEST (summary_counts_all_kinds) {
    is_line(ok("$NETLAB up %s", star(3)).out,
            "lab star is up: 4 namespaces, 3 links, 1 other interface" IN_MS);
    ok("$NETLAB down star");
    file_with("one.yaml", "name: one\nnamespaces:\n  a: {interfaces: {br0: {type: bridge}}}\n");
    is_line(ok("$NETLAB up one.yaml").out, "lab one is up: 1 namespace, 1 interface" IN_MS);
}
END_TEST

START_TEST (quiet) {
    struct output output;

    file_with("topo.yaml", DUO);
    output = ok("$NETLAB up -q");
    ck_assert_str_eq(text("%s%s", output.out, output.err), "");
    output = ok("$NETLAB down --quiet");
    ck_assert_str_eq(text("%s%s", output.out, output.err), "");
    output = ok("$NETLAB down -q");
    ck_assert_str_eq(text("%s%s", output.out, output.err), "");
    output = ok("$NETLAB down -q --all");
    ck_assert_str_eq(text("%s%s", output.out, output.err), "");
    ok("$NETLAB up -q");
    output = ok("$NETLAB up -q");
    ck_assert_str_eq(text("%s%s", output.out, output.err), "");
}
END_TEST

START_TEST (verbose_says_each_step) {
    struct output output;
    long long steps;

    file_with("topo.yaml", DUO);
    steps = json_number(json_of("$NETLAB up --json"), "steps");
    ck_assert_int_ge(steps, 5);
    is_line(ok("$NETLAB down -v | tail -n 1").out, "lab duo is down: .*");
    output = ok("$NETLAB up -v");
    ck_assert_str_eq(output.err, "");
    has(output.out, "10.0.0.1/24");
    ck_assert_int_eq(atoi(ok("$NETLAB down -q; $NETLAB up -v | wc -l").out), (int)steps + 1);
    ok("$NETLAB down -q");
    is_line(ok("$NETLAB up -v -q; $NETLAB down -q; $NETLAB up -q -v | tail -n 1").out,
            "lab duo is up: .*");
}
END_TEST

START_TEST (json_of_up_and_down) {
    const char *manual, *key;
    json_t *json, *value;

    file_with("topo.yaml", DUO);
    json = json_of("$NETLAB up --json 2>&1");
    manual = ok("sed -n '/^| key of an outcome/,/^$/p' $SOURCE/docs/cli.md").out;
    json_object_foreach(json, key, value) has(manual, text("`%s`", key));
    ck_assert_str_eq(json_text(json, "lab"), "duo");
    ck_assert_str_eq(json_text(json, "file"), "topo.yaml");
    ck_assert_str_eq(json_text(json, "state"), "up");
    ck_assert(json_on(json, "done"));
    ck_assert_int_eq(json_number(json, "namespaces"), 2);
    ck_assert_int_eq(json_number(json, "links"), 1);
    ck_assert_int_eq(json_number(json, "interfaces"), 0);
    ck_assert(json_is_real(json_at(json, "milliseconds")));
    ck_assert_uint_eq(json_array_size(json_at(json, "errors")), 0);
    ck_assert(json_is_array(json_at(json, "warnings")));
    json = json_of("$NETLAB down --json -v 2>&1");
    ck_assert_str_eq(json_text(json, "lab"), "duo");
    ck_assert_str_eq(json_text(json, "state"), "down");
    ck_assert(json_on(json, "done"));
    ck_assert_int_eq(json_number(json, "namespaces"), 2);
    json = json_of("$NETLAB down --json -q 2>&1");
    ck_assert_str_eq(json_text(json, "state"), "down");
    ck_assert(json_is_false(json_at(json, "done")));
}
END_TEST

START_TEST (up_twice) {
    const char *up;
    struct output output;
    json_t *json;

    file_with("topo.yaml", DUO);
    ok("$NETLAB up");
    up = dump_all(0);
    output = ok("$NETLAB up");
    ck_assert_str_eq(output.out, "lab duo is up: nothing to do\n");
    ck_assert_str_eq(output.err, "");
    json = json_from("$NETLAB up --json");
    ck_assert_str_eq(json_text(json, "state"), "up");
    ck_assert_str_eq(json_text(json, "lab"), "duo");
    ck_assert(!json_on(json, "done"));
    ck_assert(json_on(json, "changed"));
    ck_assert_int_eq(json_number(json, "steps"), 0);
    same(up, dump_all(0));
}
END_TEST

START_TEST (up_that_the_system_refuses) {
    const char *before;
    struct output output;
    json_t *json;

    file_with("topo.yaml", DUO);
    ok("ip netns add right");
    before = dump_all(0);
    output = exits(3, "$NETLAB up");
    ck_assert_str_eq(output.out, "");
    has(output.err, "error: ");
    has(output.err, "right");
    same(before, dump_all(0));
    json = json_from("$NETLAB up --json 2>&1");
    ck_assert_str_eq(json_text(json, "state"), "failed");
    ck_assert_int_eq(json_number(json, "errors 0 errno"), 17);
    is_line(ok("$NETLAB down").out, "lab duo is not up");
}
END_TEST

START_TEST (dry_run_touches_nothing) {
    const char *before = dump_all(0);

    file_with("topo.yaml", DUO);
    ok("$NETLAB up -n");
    ok("$NETLAB plan");
    ok("$NETLAB validate");
    same(before, dump_all(0));
}
END_TEST

START_TEST (without_privileges) {
    const char *before = dump_all(0);
    struct output output;

    file_with("topo.yaml", DUO);
    output = exits(3, POWERLESS "$NETLAB up");
    ck_assert_str_eq(output.out, "");
    has(output.err, "netlab up --rootless");
    same(before, dump_all(0));
    ok(POWERLESS "$NETLAB down");
    ok("$NETLAB up");
    exits(3, POWERLESS "$NETLAB down");
    exits(3, POWERLESS "$NETLAB down --all");
    ck_assert(ping("left", "10.0.0.2"));
    ok(POWERLESS "$NETLAB status duo");
    ok("$NETLAB down");
}
END_TEST

START_TEST (as_nobody) {
    file_with("topo.yaml", DUO);
    ok("cp $NETLAB $TMP/netlab && chmod 755 $TMP/.. $TMP");
    if (sh(AS_NOBODY "$TMP/netlab --version").status)
        test_skip("can not become nobody here");
    has(exits(3, AS_NOBODY "$TMP/netlab up").err, "netlab up --rootless");
    ok(AS_NOBODY "$TMP/netlab status");
    ok(AS_NOBODY "$TMP/netlab plan");
}
END_TEST

START_TEST (down_by_file_by_name_by_standard_input) {
    static const char *const lines[] = {"down duo",          "down topo.yaml",     "down ./plain",
                                        "down - <topo.yaml", "down plain",         "down",
                                        "down -- duo",       "down $TMP/plain -q", "down --all"};

    file_with("topo.yaml", DUO);
    file_with("plain", DUO);
    ok("$NETLAB up -q");
    ok("$NETLAB %s", lines[_i]);
    no_labs();
}
END_TEST

START_TEST (down_of_a_file_with_errors) {
    file_with("topo.yaml", DUO);
    ok("$NETLAB up -q");
    file_with("topo.yaml", DUO "bogus: 1\n");
    is_line(ok("$NETLAB down").out, "lab duo is down: .*");
}
END_TEST

START_TEST (down_takes_a_lab_before_a_file_of_that_name) {
    file_with("topo.yaml", DUO);
    file_with("duo", SOLO);
    is_line(ok("$NETLAB down duo").out, "lab solo is not up");
    ok("$NETLAB up -q");
    is_line(ok("$NETLAB down duo").out, "lab duo is down: .*");
}
END_TEST

START_TEST (down_of_what_is_not_there) {
    static const char *const names[] = {"duo", "no-such-lab", "a.b"};

    is_line(ok("$NETLAB down %s", names[_i]).out, text("lab %s is not up", names[_i]));
}
END_TEST

START_TEST (down_of_no_name_at_all) {
    static const char *const names[] = {"''", "..", ".", "'a b'", "duo:left", "'%s'", "-- -x"};
    const char *before;

    file_with("topo.yaml", DUO);
    ok("$NETLAB up -q");
    before = dump_all(0);
    refuses(2, "is neither a file nor a lab's name", "$NETLAB down %s", names[_i]);
    refuses(2, "is neither a file nor a lab's name", "$NETLAB status $(printf %%065d 0)");
    same(before, dump_all(0));
}
END_TEST

START_TEST (down_all) {
    const char *before = dump_all(0);
    json_t *json;

    file_with("duo.yaml", DUO);
    file_with("solo.yaml", SOLO);
    is_line(ok("$NETLAB down --all").out, "no lab is up");
    ok("$NETLAB up -q duo.yaml && $NETLAB up -q solo.yaml");
    is_line(ok("$NETLAB down --all | sed 1d").out, "lab solo is down: 1 namespace" IN_MS);
    ok("$NETLAB up -q duo.yaml && $NETLAB up -q solo.yaml");
    json = json_of("$NETLAB down --all --json 2>&1");
    ck_assert_uint_eq(json_array_size(json_at(json, "labs")), 2);
    ck_assert_str_eq(json_text(json, "labs 0 lab"), "duo");
    ck_assert_str_eq(json_text(json, "labs 1 state"), "down");
    json = json_of("$NETLAB down --all --json 2>&1");
    ck_assert_uint_eq(json_array_size(json_at(json, "labs")), 0);
    ck_assert(json_is_array(json_at(json, "labs")));
    same(before, dump_all(0));
}
END_TEST

START_TEST (down_all_goes_on_after_a_failure) {
    struct output output;

    file_with("duo.yaml", DUO);
    file_with("solo.yaml", SOLO);
    ok("$NETLAB up -q duo.yaml && $NETLAB up -q solo.yaml");
    /* another netlab is at work on duo: its directory is the lock */
    output = exits(3, "exec 9</run/netlab/duo; flock 9; $NETLAB down --all");
    is_line(output.out, "lab solo is down: .*");
    has(output.err, "duo");
    ck_assert(ping("left", "10.0.0.2"));
    ok("$NETLAB down --all");
}
END_TEST

START_TEST (busy_lab) {
    file_with("duo.yaml", DUO);
    ok("$NETLAB up -q duo.yaml");
    exits(3, "exec 9</run/netlab/duo; flock 9; $NETLAB down duo");
    exits(3, "exec 9</run/netlab/duo; flock 9; $NETLAB up duo.yaml");
    ok("$NETLAB status duo");
}
END_TEST

START_TEST (json_of_a_busy_lab) {
    static const char *const lines[] = {"up duo.yaml", "down duo"};
    const char *held = "exec 9</run/netlab/duo; flock 9; $NETLAB";
    json_t *json;

    file_with("duo.yaml", DUO);
    ok("mkdir -p /run/netlab/duo");
    json = json_from("%s %s --json 2>&1", held, lines[_i]);
    ck_assert_str_eq(json_text(json, "state"), "failed");
    ck_assert_int_eq(json_number(json, "errors 0 errno"), EBUSY);
    has(json_text(json, "errors 0 hint"), "--lock-timeout SECONDS");
    json = json_from("%s %s --json --lock-timeout 0.01 2>&1", held, lines[_i]);
    ck_assert_int_eq(json_number(json, "errors 0 errno"), EBUSY);
    json = json_from("%s down --all --json --lock-timeout 0.01 2>&1", held);
    ck_assert_int_eq(json_number(json, "labs 0 errors 0 errno"), EBUSY);
}
END_TEST

START_TEST (lock_timeouts) {
    static const char *const seconds[] = {"0",       "0.5",     ".5",        "5.",  "86400",
                                          "86400.0", "0000007", "0.0000001", "1.25"};

    file_with("duo.yaml", DUO);
    ok("$NETLAB up -q --lock-timeout %s duo.yaml", seconds[_i]);
    ok("$NETLAB up -n --lock-timeout=%s duo.yaml", seconds[_i]);
    is_line(ok("$NETLAB down duo.yaml --lock-timeout %s", seconds[_i]).out, "lab duo is down: .*");
    is_line(ok("$NETLAB down --lock %s --all", seconds[_i]).out, "no lab is up");
}
END_TEST

START_TEST (status_of_labs) {
    const char *verb = _i ? "ls" : "status", *out;

    file_with("duo.yaml", DUO);
    file_with("solo.yaml", SOLO);
    ok("$NETLAB %s", verb);
    ok("$NETLAB up -q duo.yaml && $NETLAB up -q solo.yaml");
    out = ok("$NETLAB %s", verb).out;
    has(out, "duo");
    has(out, "solo");
    out = ok("$NETLAB %s duo", verb).out;
    has(out, "left");
    has_not(out, "solo");
    ck_assert_str_eq(ok("$NETLAB %s duo.yaml", verb).out, out);
    ck_assert_str_eq(ok("$NETLAB %s - <duo.yaml", verb).out, out);
    ok("$NETLAB down --all");
    refuses(1, "duo", "$NETLAB %s duo", verb);
    refuses(1, "duo", "$NETLAB %s duo.yaml", verb);
    refuses(2, "nowhere.yaml", "$NETLAB %s nowhere.yaml", verb);
}
END_TEST

START_TEST (json_of_status) {
    json_t *json;

    file_with("duo.yaml", DUO);
    ck_assert(json_is_object(json_of("$NETLAB status --json")));
    ok("$NETLAB up -q duo.yaml");
    json = json_of("$NETLAB ls --json 2>&1");
    ck_assert_str_eq(json_text(json, "labs 0 name"), "duo");
    ck_assert(json_is_object(json_of("$NETLAB status --json duo 2>&1")));
    json = json_from("$NETLAB status --json nolab 2>&1");
    ck_assert_str_eq(json_text(json, "state"), "failed");
    ck_assert_str_eq(json_text(json, "lab"), "nolab");
    ck_assert_int_eq(json_number(json, "errors 0 errno"), 2);
    exits(1, "$NETLAB status --json nolab");
}
END_TEST

static void add_down(Suite *suite)
{
    TCase *tcase = tcase_create("down");

    tcase_add_checked_fixture(tcase, with_sandbox, NULL);
    tcase_add_loop_test(tcase, down_by_file_by_name_by_standard_input, 0, 9);
    tcase_add_test(tcase, down_of_a_file_with_errors);
    tcase_add_test(tcase, down_takes_a_lab_before_a_file_of_that_name);
    tcase_add_loop_test(tcase, down_of_what_is_not_there, 0, 3);
    tcase_add_loop_test(tcase, down_of_no_name_at_all, 0, 7);
    tcase_add_test(tcase, down_all);
    tcase_add_test(tcase, down_all_goes_on_after_a_failure);
    tcase_add_test(tcase, busy_lab);
    tcase_add_loop_test(tcase, json_of_a_busy_lab, 0, 2);
    tcase_add_loop_test(tcase, lock_timeouts, 0, 9);
    suite_add_tcase(suite, tcase);
}

Suite *lifecycle_suite(void)
{
    Suite *suite = suite_create("lifecycle");
    TCase *tcase = tcase_create("up");

    tcase_add_checked_fixture(tcase, with_sandbox, NULL);
    tcase_add_test(tcase, up_and_down);
    tcase_add_test(tcase, the_default_file);
    tcase_add_test(tcase, summary_counts_all_kinds);
    tcase_add_test(tcase, quiet);
    tcase_add_test(tcase, verbose_says_each_step);
    tcase_add_test(tcase, json_of_up_and_down);
    tcase_add_test(tcase, up_twice);
    tcase_add_test(tcase, up_that_the_system_refuses);
    tcase_add_test(tcase, dry_run_touches_nothing);
    tcase_add_test(tcase, without_privileges);
    tcase_add_test(tcase, as_nobody);
    tcase_add_loop_test(tcase, status_of_labs, 0, 2);
    tcase_add_test(tcase, json_of_status);
    suite_add_tcase(suite, tcase);
    add_down(suite);
    return suite;
}
