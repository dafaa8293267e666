/* SPDX-License-Identifier: MIT */
/*
 * Job: what is kept of what services write: the last of it, in little memory, whoever reads, and
 * however much it is; they do not notice.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "services.h"

enum { KEPT = 8 << 20, SLACK = (1 << 20) + (256 << 10) };

/* Bytes that a log takes, and has. */
static long memory_of_log(void)
{
    return atol(ok("echo $(($(stat -c %%b*%%B /run/netlab/s/services/a:one/log)))").out);
}

#define COUNTING "seq -f 'line %%.0f' %d; echo the end; exec sleep 1000"

/* Lines in a row, up to the last one; the first is a whole one. */
static void check_lines(const char *lines, int last)
{
    ok("awk '{ if ($1 != \"line\" || (NR > 1 && $2 != before + 1)) exit 1; before = $2 } "
       "END { if (before != %d) exit 1 }' %s",
       last, lines);
}

/* 40 MB are written, the last 8 MiB are kept. */
START_TEST (test_bounded) {
    const char *file = lab_with(text("      one: {run: \"" COUNTING "\"}\n", 3000000), "");
    long size;

    ok("$NETLAB up %s", file);
    ok("until $NETLAB logs a one | tail -n 1 | grep -qx 'the end'; do sleep 0.1; done");
    ok("$NETLAB logs a one | sed '$d' >$TMP/lines");
    check_lines("$TMP/lines", 3000000);
    size = atol(ok("wc -c <$TMP/lines").out);
    ck_assert_int_gt(size, KEPT - SLACK);
    ck_assert_int_lt(size, KEPT + SLACK);
    ck_assert_int_lt(memory_of_log(), KEPT + SLACK);
    /* one that is started again writes on in it */
    ok("kill -9 %d", (int)process_of("^sleep 1000"));
    ok("until $NETLAB up %s | grep -q change; do sleep 0.01; done", file);
    ok("until [ \"$($NETLAB logs a one | tail -n 1)\" = 'the end' ] && "
       "[ $(stat -c %%s /run/netlab/s/services/a:one/log) -gt 60000000 ]; do sleep 0.1; done");
    ok("$NETLAB logs a one | sed '$d' >$TMP/lines");
    check_lines("$TMP/lines", 3000000);
    ck_assert_int_lt(memory_of_log(), KEPT + SLACK);
    ok("$NETLAB down s");
}
END_TEST

/* Who follows gets whole lines, and the last one; nothing of the holes. */
START_TEST (test_followed) {
    const char *const argv[] = {getenv("NETLAB"), "logs", "-f", "a", "one", NULL};
    pid_t follower;

    ok("$NETLAB up %s", lab_with("      one: {run: \"until [ -e $TMP/go ]; do sleep 0.01; done; "
                                 "seq -f 'line %.0f' 3000000; echo the end; exec sleep 1000\"}\n",
                                 ""));
    follower = start(argv);
    ok("touch $TMP/go; until tail -n 1 $TMP/output | grep -qx 'the end'; do sleep 0.1; done");
    ok("! grep -avqE '^(line [0-9]+|the end)$' $TMP/output");
    ok("$NETLAB down s");
    ck_assert_int_eq(finish(follower), 0);
}
END_TEST

/* There is no room for it: the service neither waits nor fails. */
START_TEST (test_no_room) {
    ok("mount -t tmpfs -o size=2m none /run");
    ok("$NETLAB up %s", lab_with("      one: {run: 'set -e; seq 1000000; touch $TMP/written; "
                                 "exec sleep 1000'}\n",
                                 ""));
    ok("until [ -e $TMP/written ]; do sleep 0.01; done");
    ck_assert_str_eq(state_of("one"), "running");
    has(ok("$NETLAB logs a one").out, "1\n2\n3\n");
    ok("$NETLAB down s; umount /run");
}
END_TEST

/* The last words of one that ends are in it when its end is known. */
START_TEST (test_last_words) {
    ok("$NETLAB up %s", lab_with("      one: {run: 'seq 9000; printf last; kill -9 $$'}\n", ""));
    ok("until $NETLAB status s | grep -q '1 ended'; do sleep 0.01; done");
    ck_assert_str_eq(ok("$NETLAB logs a one | tail -n 2").out, "9000\nlast");
    ok("$NETLAB down s");
}
END_TEST

Suite *services_logs_suite(void)
{
    Suite *suite = suite_create("services_logs");
    TCase *tcase = tcase_create("logs");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_bounded);
    tcase_add_test(tcase, test_followed);
    tcase_add_test(tcase, test_no_room);
    tcase_add_test(tcase, test_last_words);
    suite_add_tcase(suite, tcase);
    return suite;
}
