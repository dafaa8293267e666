/* SPDX-License-Identifier: MIT */
/*
 * Job: signals and kills at random moments, several netlabs at once: nothing of the lab is left,
 * and what others have is untouched.
 * NETLAB_KILLS: how many kills of each sort (20). NETLAB_SEED: the moments (random).
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "between.h"

/* A lab with something in the host of every sort, so that a kill can leave something. */
static const char *lab_file(const char *name)
{
    const char *namespaces = "", *links = "";

    for (int i = 1; i <= 12; i++) {
        namespaces = text("%s  h%d: {interfaces: {eth0: {addresses: [%s/16, fd00::%x/64]}}}\n",
                          namespaces, i, star_address(i + 1), (unsigned)i + 1);
        links = text("%s  - [h%d:eth0, %s]\n", links, i, i % 3 ? "switch:br0" : "host:br-lab");
    }
    return file_with(
        text("%s.yaml", name),
        text("namespaces:\n"
             "  host:\n"
             "    forwarding: ipv4\n"
             "    interfaces:\n"
             "      lo: {addresses: [192.0.2.7/32, 'fd07::7/128']}\n"
             "      br-lab: {type: bridge, addresses: [10.0.0.1/16]}\n"
             "    routes:\n"
             "      - {to: 10.9.0.0/16, via: 10.0.0.4}\n"
             "      - {to: 10.10.0.0/16, type: blackhole}\n"
             "      - {to: 'fd0a::/64', type: unreachable}\n"
             "    rules: [{priority: 4711, from: 10.0.0.0/16, table: 4711}]\n"
             "    neighbors: [{to: 10.0.0.99, mac: '02:00:00:00:00:99', dev: br-lab}]\n"
             "    sysctls: {net.ipv4.ip_default_ttl: 99}\n"
             "  switch: {interfaces: {br0: {type: bridge}}}\n"
             "%slinks:\n%s",
             namespaces, links));
}

static pid_t start_netlab(const char *verb, const char *file)
{
    const char *const argv[] = {getenv("NETLAB"), verb, file, NULL};

    return start(argv);
}

static void sigkill_up(bool up_again)
{
    const char *file = lab_file("killed"), *before;
    long kills = env_number("NETLAB_KILLS", 20);
    double full;
    int status;

    seed_moments();
    make_foreign();
    before = dump_all(0);
    full = ok("$NETLAB up %s", file).milliseconds;
    ok("$NETLAB down killed");
    for (long i = 0; i < kills; i++) {
        status = interrupt_netlab("up", file, SIGKILL, some_moment(full));
        ck_assert_msg(status == 0 || status == 128 + SIGKILL, "exit status %d", status);
        if (up_again && status != 0) {
            struct output again = sh("$NETLAB up %s", file);

            /* It may have been done but for its exit. */
            if (again.status != 0)
                has(again.err, "is up already");
            ck_assert(ping("h1", "10.0.0.4"));
            ck_assert(ping(NULL, "10.0.0.5"));
        }
        ok("$NETLAB down %s", i % 2 ? file : "killed");
        same(before, dump_all(0));
        test_swept(1, "kills of `up` at some moment");
    }
}

START_TEST (test_down_after_a_killed_up) {
    sigkill_up(false);
}
END_TEST

START_TEST (test_up_after_a_killed_up) {
    sigkill_up(true);
}
END_TEST

START_TEST (test_down_after_a_killed_down) {
    const char *file = lab_file("killed"), *before;
    long kills = env_number("NETLAB_KILLS", 20);
    double full;

    seed_moments();
    make_foreign();
    before = dump_all(0);
    ok("$NETLAB up %s", file);
    full = ok("$NETLAB down killed").milliseconds;
    for (long i = 0; i < kills; i++) {
        int status;

        ok("$NETLAB up %s", file);
        status = interrupt_netlab("down", file, SIGKILL, some_moment(full));
        ck_assert_msg(status == 0 || status == 128 + SIGKILL, "exit status %d", status);
        if (i % 3 == 2) { /* 3: it had not begun, all is still up */
            status = sh("$NETLAB up %s", file).status;
            ck_assert_msg(status == 0 || status == 3, "exit status %d", status);
        }
        ok("$NETLAB down %s", file);
        same(before, dump_all(0));
        test_swept(1, "kills of `down` at some moment");
    }
}
END_TEST

static void interrupt_up(int number)
{
    const char *file = lab_file("interrupted"), *before;
    long rounds = env_number("NETLAB_KILLS", 20) / 2;
    double full;

    seed_moments();
    make_foreign();
    before = dump_all(0);
    full = ok("$NETLAB up %s", file).milliseconds;
    ok("$NETLAB down interrupted");
    for (long i = 0; i < rounds; i++) {
        int status = interrupt_netlab("up", file, number, some_moment(full));

        /* Killed: before it had installed its handlers, and so before it did anything. */
        ck_assert_msg(status == 0 || status == 3 || status == 128 + number, "exit status %d",
                      status);
        /* after all was up, it may still have been killed on its way out */
        if (status != 3 && access("/run/netlab/interrupted/up", F_OK) == 0)
            ok("$NETLAB down interrupted");
        same(before, dump_all(0));
    }
}

START_TEST (test_sigint) {
    interrupt_up(SIGINT);
}
END_TEST

START_TEST (test_sigterm) {
    interrupt_up(SIGTERM);
}
END_TEST

START_TEST (test_sighup) {
    interrupt_up(SIGHUP);
}
END_TEST

/* `down` is not to be interrupted half-way. */
START_TEST (test_interrupted_down) {
    const char *file = lab_file("interrupted"), *before;
    double full;

    seed_moments();
    before = dump_all(0);
    ok("$NETLAB up %s", file);
    full = ok("$NETLAB down interrupted").milliseconds;
    for (int i = 0; i < 5; i++) {
        int status;

        ok("$NETLAB up %s", file);
        status = interrupt_netlab("down", file, SIGINT, some_moment(full));
        if (status != 0)
            ok("$NETLAB down %s", file);
        same(before, dump_all(0));
    }
}
END_TEST

/* Several at once */

START_TEST (test_two_ups_at_once) {
    const char *file = lab_file("twice"), *before = dump_all(0);

    for (int i = 0; i < 5; i++) {
        pid_t one = start_netlab("up", file), two = start_netlab("up", file);
        int first = finish(one), second = finish(two);

        /* One wins, the other says that it is busy; or, when it comes late, finds nothing to do. */
        ck_assert_msg(first + second == 3 || first + second == 0, "exit statuses %d and %d", first,
                      second);
        ck_assert(ping("h1", "10.0.0.4"));
        ok("$NETLAB down twice");
        same(before, dump_all(0));
    }
}
END_TEST

START_TEST (test_up_and_down_at_once) {
    const char *file = lab_file("twice"), *before = dump_all(0);

    for (int i = 0; i < 5; i++) {
        pid_t up = start_netlab("up", file), down;
        int first, second;

        usleep(10000);
        down = start_netlab("down", file);
        first = finish(up);
        second = finish(down);
        ck_assert_msg(first == 0, "up: exit status %d", first);
        ck_assert_msg(second == 0 || second == 3, "down: exit status %d", second);
        ok("$NETLAB down twice");
        same(before, dump_all(0));
    }
}
END_TEST

/* Labs with host parts choose marks; two must not choose the same. */
START_TEST (test_many_labs_at_once) {
    enum { LABS = 6 };
    const char *before = dump_all(0), *files[LABS];
    pid_t pids[LABS];

    for (int i = 0; i < LABS; i++)
        files[i] = file_with(text("many%d.yaml", i),
                             text("namespaces:\n"
                                  "  host: {interfaces: {br-%d: {type: bridge}}}\n"
                                  "  a%d:\n  b%d:\n"
                                  "links: [[a%d:eth0, host:br-%d], [b%d:eth0, host:br-%d]]\n",
                                  i, i, i, i, i, i, i));
    for (int i = 0; i < LABS; i++)
        pids[i] = start_netlab("up", files[i]);
    for (int i = 0; i < LABS; i++)
        ck_assert_int_eq(finish(pids[i]), 0);
    ok("$NETLAB down many3");
    for (int i = 0; i < LABS; i++)
        ck_assert_int_eq(sh("ip link show br-%d && ip link show a%d-eth0", i, i).status == 0,
                         i != 3);
    for (int i = 0; i < LABS; i++)
        pids[i] = start_netlab("down", files[i]);
    for (int i = 0; i < LABS; i++)
        ck_assert_int_eq(finish(pids[i]), 0);
    same(before, dump_all(0));
}
END_TEST

Suite *kills_suite(void)
{
    Suite *suite = suite_create("kills");
    TCase *tcase = tcase_create("kills");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 60 + 4 * (double)env_number("NETLAB_KILLS", 20));
    tcase_add_test(tcase, test_down_after_a_killed_up);
    tcase_add_test(tcase, test_up_after_a_killed_up);
    tcase_add_test(tcase, test_down_after_a_killed_down);
    tcase_add_test(tcase, test_sigint);
    tcase_add_test(tcase, test_sigterm);
    tcase_add_test(tcase, test_sighup);
    tcase_add_test(tcase, test_interrupted_down);
    tcase_add_test(tcase, test_two_ups_at_once);
    tcase_add_test(tcase, test_up_and_down_at_once);
    tcase_add_test(tcase, test_many_labs_at_once);
    suite_add_tcase(suite, tcase);
    return suite;
}
