/* SPDX-License-Identifier: MIT */
/*
 * Job: when `up` has returned, the first packet passes, IPv4 and IPv6.
 * NETLAB_ROUNDS: rounds of the small labs (50), of the big one a tenth (3 by default).
 */
#include <stdlib.h>

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
    suite_add_tcase(suite, tcase);
    return suite;
}
