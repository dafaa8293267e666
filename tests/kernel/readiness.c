/* SPDX-License-Identifier: MIT */
/*
 * Job: when `up` has returned, the first packet passes, IPv4 and IPv6.
 * NETLAB_ROUNDS: rounds of the small labs (50), of the big one a tenth (3 by default).
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

static const struct topology direct = {
    "direct", "namespaces:\n"
              "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24, 'fd00::1/64']}}}\n"
              "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']}}}\n"
              "links: [[a:eth0, b:eth0]]\n"};

static const struct topology bridged = {
    "bridged", "namespaces:\n"
               "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24, 'fd00::1/64']}}}\n"
               "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']}}}\n"
               "  s: {interfaces: {br0: {type: bridge}, br1: {type: bridge}}}\n"
               "links: [[a:eth0, s:br0], [b:eth0, s:br1], [s:br0, s:br1]]\n"};

static const struct topology routed = {
    "routed", "namespaces:\n"
              "  a:\n"
              "    interfaces: {eth0: {addresses: [10.0.1.1/24, 'fd01::1/64']}}\n"
              "    routes: [{to: default, via: 10.0.1.2}, {to: default, via: 'fd01::2'}]\n"
              "  r:\n"
              "    forwarding: true\n"
              "    interfaces:\n"
              "      a: {addresses: [10.0.1.2/24, 'fd01::2/64']}\n"
              "      b: {addresses: [10.0.0.1/24, 'fd00::1/64']}\n"
              "  b:\n"
              "    interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']}}\n"
              "    routes: [{to: default, via: 10.0.0.1}, {to: default, via: 'fd00::1'}]\n"
              "links: [[a:eth0, r:a], [b:eth0, r:b]]\n"};

static void first_datagrams(const struct topology *topology)
{
    const char *file = topology_file(topology);
    long rounds = env_number("NETLAB_ROUNDS", 50);
    int lost4 = 0, lost6 = 0;

    for (long i = 0; i < rounds; i++) {
        ok("$NETLAB up %s", file);
        /* By turns IPv4 or IPv6 is first. */
        if (i % 2)
            lost4 += !udp_once("a", "b", "10.0.0.2", 1000);
        lost6 += !udp_once("a", "b", "fd00::2", 1000);
        if (i % 2 == 0)
            lost4 += !udp_once("a", "b", "10.0.0.2", 1000);
        ok("$NETLAB down %s", file);
    }
    ck_assert_msg(lost4 == 0 && lost6 == 0, "of %ld first datagrams lost: %d IPv4, %d IPv6", rounds,
                  lost4, lost6);
}

START_TEST (test_pair) {
    first_datagrams(&direct);
}
END_TEST

START_TEST (test_two_bridges) {
    first_datagrams(&bridged);
}
END_TEST

START_TEST (test_router) {
    first_datagrams(&routed);
}
END_TEST

START_TEST (test_star_of_100) {
    enum { HOSTS = 100 };
    const char *file = star_file("star", HOSTS);
    long rounds = getenv("NETLAB_ROUNDS") ? env_number("NETLAB_ROUNDS", 0) / 10 : 3;
    int lost4 = 0, lost6 = 0;

    for (long round = 0; round < rounds; round++) {
        ok("$NETLAB up %s", file);
        for (int i = 1; i <= HOSTS; i++) {
            int to = i % HOSTS + 1;

            lost4 += !udp_once(text("h%d", i), text("h%d", to), star_address(to), 1000);
            lost6 +=
                !udp_once(text("h%d", i), text("h%d", to), text("fd00::%x", (unsigned)to), 1000);
        }
        ok("$NETLAB down %s", file);
    }
    ck_assert_msg(lost4 == 0 && lost6 == 0, "of %ld first datagrams lost: %d IPv4, %d IPv6",
                  rounds * HOSTS, lost4, lost6);
}
END_TEST

/* STP: a port forwards after twice `forward-delay`, which can't be less than 2 s. */

/* Three bridges in a ring: one port blocks, for good. */
static const struct topology slow = {
    "slow",
    "x-stp: &stp {type: bridge, stp: true, forward-delay: 2s, max-age: 6s, hello-time: 1s}\n"
    "namespaces:\n"
    "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24, 'fd00::1/64']}}}\n"
    "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']}}}\n"
    "  s1: {interfaces: {br0: *stp}}\n"
    "  s2: {interfaces: {br0: *stp}}\n"
    "  s3: {interfaces: {br0: *stp}}\n"
    "links: [[a:eth0, s1:br0], [b:eth0, s2:br0], [s1:br0, s2:br0],\n"
    "        [s1:br0, s3:br0], [s3:br0, s2:br0]]\n"};

/* "forwarding 5 blocking 1 …": how many ports are in which state */
static const char *states(void)
{
    return ok("for n in s1 s2 s3; do ip -n $n -d -j link; done | grep -o '\"state\":\"[a-z]*\"' |"
              " sort | uniq -c | tr -d '\"' | tr -s ' \\n' ' '")
        .out;
}

START_TEST (test_wait_for_stp) {
    const char *file = topology_file(&slow);

    ok("$NETLAB up --wait %s", file);
    ck_assert_str_eq(states(), " 1 state:blocking 7 state:forwarding ");
    ck_assert(udp_once("a", "b", "10.0.0.2", 1000));
    ck_assert(udp_once("b", "a", "fd00::1", 1000));
    ok("$NETLAB down %s", file);
}
END_TEST

START_TEST (test_wait_that_is_too_short) {
    const char *file = topology_file(&slow), *before = dump_all(0);
    struct output output = exits(3, "$NETLAB up --wait=0.5 %s", file);

    has(output.err, "is not usable after 0.5 seconds");
    has(output.err, "twice 'forward-delay'");
    has(output.err, "slow.yaml:");
    same(before, dump_all(0));
    exits(3, "$NETLAB up --wait=0.5 %s -q", file);
    same(before, dump_all(0));
}
END_TEST

/* A port that has to begin again. */
static void plug_again(void)
{
    ok("ip -n s1 link set a-eth0 down; ip -n s1 link set a-eth0 up; ip -n s1 link show a-eth0");
}

/* Of a lab that is up, which nothing is to be changed of, and then something is. */
START_TEST (test_wait_for_a_lab_that_is_up) {
    const char *file = topology_file(&slow);

    ok("$NETLAB up --wait %s", file);
    plug_again();
    has(states(), "listening");
    has(exits(3, "$NETLAB up --wait=0.5 %s", file).err, "is not usable after 0.5 seconds");
    ok("ip -n s1 link show br0"); /* it stays */
    ok("$NETLAB up --wait %s", file);
    has_not(states(), "listening");
    has_not(states(), "learning");
    ck_assert(udp_once("a", "b", "10.0.0.2", 1000));
    plug_again();
    ok("ip -n a address add 10.9.0.1/24 dev eth0; ip -n a link set eth0 mtu 1400");
    ok("$NETLAB up --wait=30 %s", file);
    has_not(states(), "listening");
    has_not(states(), "learning");
    ck_assert(udp_once("a", "b", "10.0.0.2", 1000));
}
END_TEST

/* A namespace that leaves the file stays as it is, with whoever is in it, until nothing can fail or
   be interrupted any more. */
START_TEST (test_namespace_that_leaves_goes_last) {
    const char *rest = strstr(slow.yaml, "  a: {"), *file, *inode;
    const struct topology more = {"slow",
                                  text("%.*s  c: \n%s", (int)(rest - slow.yaml), slow.yaml, rest)};
    pid_t pid;

    ok("$NETLAB up --wait %s", topology_file(&more));
    inode = ok("stat -Lc %%i /run/netns/c").out;
    plug_again();
    file = topology_file(&slow);
    if (_i == 0) {
        exits(3, "$NETLAB up --wait=0.5 %s", file);
    } else {
        pid = start((const char *const[]){getenv("NETLAB"), "up", "--wait=30", file, NULL});
        usleep(700000); /* while it waits, or has not come that far: 4 seconds are to be waited */
        kill(pid, SIGINT);
        ck_assert_int_eq(finish(pid), 128 + SIGINT);
    }
    ck_assert_str_eq(ok("stat -Lc %%i /run/netns/c").out, inode);
    ok("$NETLAB diff %s", topology_file(&more));
    ok("$NETLAB up --wait %s", topology_file(&slow));
    exits(1, "test -e /run/netns/c");
    ok("$NETLAB diff %s", file);
}
END_TEST

Suite *readiness_suite(void)
{
    Suite *suite = suite_create("readiness");
    TCase *tcase = tcase_create("readiness");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 60 + (double)env_number("NETLAB_ROUNDS", 50));
    tcase_add_test(tcase, test_pair);
    tcase_add_test(tcase, test_two_bridges);
    tcase_add_test(tcase, test_router);
    tcase_add_test(tcase, test_star_of_100);
    tcase_add_test(tcase, test_wait_for_stp);
    tcase_add_test(tcase, test_wait_that_is_too_short);
    tcase_add_test(tcase, test_wait_for_a_lab_that_is_up);
    tcase_add_loop_test(tcase, test_namespace_that_leaves_goes_last, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
