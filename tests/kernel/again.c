/* SPDX-License-Identifier: MIT */
/*
 * Job: an `up` of a big lab that is up already finds nothing to do, and does nothing.
 * NETLAB_SAMPLE: only one in so many of its hosts (1: each).
 */
#include <stdio.h>
#include <stdlib.h>

#include "kernel.h"

enum { HOSTS = 500 };

/* The same network as tests/bench measures. */
static const char *star(long hosts)
{
    ok("python3 -B $SOURCE/tests/bench/topology.py star %ld $TMP/star", hosts);
    return text("%s/star/star.yaml", getenv("TMP"));
}

START_TEST (test_a_star_that_is_up) {
    long hosts = HOSTS / env_number("NETLAB_SAMPLE", 1);
    const char *file = star(hosts);
    json_t *outcome = json_of("$NETLAB up --json %s", file);

    ck_assert_int_eq(json_number(outcome, "namespaces"), hosts + 1);
    ck_assert_int_eq(json_number(outcome, "links"), hosts);
    for (int i = 0; i < 2; i++) {
        outcome = json_of("$NETLAB up --json %s", file);
        ck_assert_str_eq(json_text(outcome, "state"), "up");
        ck_assert(!json_on(outcome, "done"));
        ck_assert(json_on(outcome, "changed"));
        ck_assert_int_eq(json_number(outcome, "steps"), 0);
    }
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    /* and it would have found something */
    ok("ip -n h%ld link set eth0 mtu 1400", hosts - 1);
    outcome = json_of("$NETLAB up --json %s", file);
    ck_assert(json_on(outcome, "done"));
    ck_assert_int_eq(json_number(outcome, "steps"), 1);
    ok("$NETLAB down %s", file);
}
END_TEST

Suite *again_suite(void)
{
    Suite *suite = suite_create("again");
    TCase *tcase = tcase_create("again");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, test_a_star_that_is_up);
    suite_add_tcase(suite, tcase);
    return suite;
}
