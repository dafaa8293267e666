/* SPDX-License-Identifier: MIT */
/*
 * Job: vrf: tables of their own for some interfaces.
 */
#include <string.h>

#include "cycle.h"
#include "kernel.h"
#include "need.h"
#include "proof.h"

Suite *vrf_suite(void);

/* Two customers with the same addresses; what is behind them has other ones. */
static const struct topology customers = {
    "customers",
    "namespaces:\n"
    "  r:\n"
    "    forwarding: true\n"
    "    interfaces:\n"
    "      red: {type: vrf, table: 10, ports: [red0, red1]}\n"
    "      blue: {type: vrf, table: 1020, ports: {blue0: , blue1: },\n"
    "             addresses: [10.99.0.1/32]}\n"
    "      red0: {addresses: [10.0.0.1/24, 'fd00::1/64']}\n"
    "      red1: {addresses: [10.0.1.1/24]}\n"
    "      blue0: {addresses: [10.0.0.1/24, 'fd00::1/64']}\n"
    "      blue1: {addresses: [10.0.1.1/24]}\n"
    "    routes:\n"
    "      - {to: 172.16.0.0/16, via: 10.0.1.9, table: red}\n"
    "      - {to: 172.16.0.0/16, via: 10.0.0.2, table: blue}\n"
    "      - {to: 'fd99::/64', via: 'fd00::2', table: red}\n"
    "      - {to: default, type: unreachable, family: ipv4, metric: 4278198272,\n"
    "         table: red}\n"
    "    rules: [{priority: 77, from: 192.0.2.1, table: blue}]\n"
    "  a: {interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']}},\n"
    "      routes: [{to: default, via: 10.0.0.1}]}\n"
    "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']},\n"
    "      lo: {addresses: [172.16.0.1/32]}},\n"
    "      routes: [{to: default, via: 10.0.0.1}]}\n"
    "  c: {interfaces: {eth0: {addresses: [10.0.1.9/24]}, lo: {addresses:\n"
    "      [172.16.0.1/32]}}, routes: [{to: default, via: 10.0.1.1}]}\n"
    "  d: {interfaces: {eth0: {addresses: [10.0.1.9/24]}},\n"
    "      routes: [{to: default, via: 10.0.1.1}]}\n"
    "links: [[r:red0, a:eth0], [r:blue0, b:eth0], [r:red1, c:eth0], [r:blue1, d:eth0]]\n"};

static long long received(const char *ns)
{
    return json_number(ip_json("ip -n %s -s -j link show eth0", ns), "0 stats64 rx packets");
}

static void look_at_customers(void)
{
    json_t *links = ip_json("ip -n r -d -j link");
    json_t *red = ip_json("ip -n r -j route show table 10");
    long long seen;

    has_text(links, "ifname=red linkinfo info_kind", "vrf");
    has_text(links, "ifname=red linkinfo info_data table", "10");
    has_text(links, "ifname=blue linkinfo info_data table", "1020");
    has_text(links, "ifname=red1 master", "red");
    has_text(links, "ifname=blue0 master", "blue");
    has_text(red, "dst=10.0.1.0/24 dev", "red1");
    has_text(red, "dst=172.16.0.0/16 gateway", "10.0.1.9");
    has_text(ip_json("ip -n r -j route show table 1020"), "dst=172.16.0.0/16 gateway", "10.0.0.2");
    ck_assert_int_eq(json_size(ip_json("ip -n r -4 -j route")), 0); /* the main table is empty */
    has_text(ip_json("ip -n r -j rule"), "priority=77 table", "1020");
    ck_assert(ping("a", "10.0.1.9"));
    ck_assert(ping("d", "10.0.0.2"));
    ck_assert(ping("a", "172.16.0.1")); /* c's */
    ck_assert(ping("d", "172.16.0.1")); /* b's */
    /* each asks its own neighbour, at the same address */
    seen = received("b");
    ok("ip netns exec r ping -q -c 3 -i 0.1 -W 2 -I red 10.0.0.2");
    ok("ip netns exec r ping -q -c 1 -W 2 -I red fd00::2");
    ck_assert_int_lt(received("b") - seen, 3);
    seen = received("a");
    ok("ip netns exec r ping -q -c 3 -i 0.1 -W 2 -I blue 10.0.0.2");
    ck_assert_int_lt(received("a") - seen, 3);
    ck_assert(no_ping("r", "10.0.0.2"));
    proved("vrf", PROOF_TRAFFIC);
}

START_TEST (test_vrf) {
    need_kind("vrf");
    cycle(&customers, look_at_customers);
}
END_TEST

START_TEST (test_vrf_changes) {
    need_kind("vrf");
    /* a port moves from one to the other: no address of it stays behind */
    cycle_change(&customers,
                 "sed -e 's/ports: .red0, red1./ports: [red1]/' "
                 "-e 's/blue0: , blue1: /red0: , blue1: /' "
                 "-e 's/fd00::2., table: red/fd00::2'\"'\"', table: blue/'",
                 "r red0", true);
    has_text(ip_json("ip -n r -j route show table 1020"), "dst=10.0.0.0/24 dev", "red0");
    ck_assert(ping("d", "10.0.0.2"));
    has(ok("ip -n r -6 address show dev red0").out, "fd00::1/64");
    /* another table is another vrf; the ports stay */
    cycle_change(&customers, "sed 's/table: 10,/table: 11,/'", "r red", false);
    has_text(ip_json("ip -n r -j route show table 11"), "dst=172.16.0.0/16 gateway", "10.0.1.9");
    ck_assert(ping("a", "172.16.0.1"));
    cycle_change(&customers, "sed 's/table: 10,/table: 11,/'", "r red1", true);
    cycle_change(&customers, "sed 's/table: 10,/mtu: 1400, table: 10,/'", "r red", true);
    has_text(ip_json("ip -n r -j link show red"), "0 mtu", "1400");
}
END_TEST

START_TEST (test_vrf_drift) {
    need_kind("vrf");
    cycle_drift(&customers, "ip -n r link set red0 nomaster");
    cycle_drift(&customers, "ip -n r route del 172.16.0.0/16 table 1020");
    cycle_drift(&customers, "ip -n r route del 10.0.1.0/24 dev red1 table 10");
    cycle_drift(&customers, "ip -n r link del blue");
    cycle_drift(&customers, "ip -n r link set red down");
}
END_TEST

/* The kernel's rule is not the lab's; it stays in the host, as it does after `ip link del`. */
START_TEST (test_vrf_in_the_host) {
    static const struct topology topology = {
        "hostvrf", "namespaces:\n"
                   "  host: {interfaces: {red: {type: vrf, table: 10, ports: [eth7]},\n"
                   "         eth7: {addresses: [10.0.0.1/24]}},\n"
                   "         routes: [{to: 172.16.0.0/16, via: 10.0.0.2, table: red}]}\n"
                   "  a: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                   "links: [[host:eth7, a:eth0]]\n"};

    need_kind("vrf");
    ok("ip link add once type vrf table 9 && ip link del once");
    has(ok("ip rule").out, "l3mdev");
    cycle(&topology, NULL);
    has(ok("ip rule").out, "l3mdev");
}
END_TEST

Suite *vrf_suite(void)
{
    Suite *suite = suite_create("vrf");
    TCase *tcase = tcase_create("vrf");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_vrf);
    tcase_add_test(tcase, test_vrf_changes);
    tcase_add_test(tcase, test_vrf_drift);
    tcase_add_test(tcase, test_vrf_in_the_host);
    suite_add_tcase(suite, tcase);
    return suite;
}
