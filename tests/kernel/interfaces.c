/* SPDX-License-Identifier: MIT */
/*
 * Job: every key of an interface, an address and a link, seen from the kernel.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

enum { ADDRESSES, DETECTION, PROPERTIES, LOOPBACK, PRECEDENCE };

const struct topology interfaces_topologies[] = {
    [ADDRESSES] = {"addresses", "namespaces:\n"
                                "  a:\n"
                                "    interfaces:\n"
                                "      eth0:\n"
                                "        addresses:\n"
                                "          - 10.0.0.1/24\n"
                                "          - {address: 10.0.1.1/24, broadcast: none}\n"
                                "          - {address: 10.0.2.1/24, broadcast: 10.0.2.200}\n"
                                "          - {address: 10.0.3.1, peer: 10.0.3.2/32}\n"
                                "          - {address: 10.0.4.1, peer: 10.0.5.2/24}\n"
                                "          - {address: 10.0.6.1/24, label: 'eth0:six'}\n"
                                "          - {address: 10.0.7.1/24, scope: link}\n"
                                "          - {address: 10.0.8.1/24, lifetime: 600s}\n"
                                "          - {address: 10.0.9.1/24, lifetime: 0}\n"
                                "          - {address: 10.0.10.1/24, noprefixroute: true}\n"
                                "          - 10.0.11.0/31\n"
                                "          - 10.0.12.1/32\n"
                                "          - {address: 10.0.13.1/24, lifetime: forever}\n"
                                "          - fd00::1/64\n"
                                "          - {address: fd02::1/64, dad: false}\n"
                                "          - {address: fd03::1/64, noprefixroute: true}\n"
                                "          - {address: fd04::1, peer: fd04::2/128}\n"
                                "          - {address: fd05::1/64, lifetime: 600s}\n"
                                "          - {address: fd06::1/64, lifetime: 0}\n"
                                "  b:\n"
                                "links: [[a:eth0, b:eth0]]\n"},
    [DETECTION] = {"detection", "namespaces:\n"
                                "  a: {interfaces: {eth0: {addresses: [\n"
                                "       {address: fd00::1/64, dad: true}, fd01::1/64]}}}\n"
                                "  b:\n"
                                "links: [[a:eth0, b:eth0]]\n"},
    [PROPERTIES] = {"properties", "namespaces:\n"
                                  "  a:\n"
                                  "    interfaces:\n"
                                  "      eth0:\n"
                                  "        mtu: 9000\n"
                                  "        mac: 02:00:00:00:00:01\n"
                                  "        txqueuelen: 77\n"
                                  "        alias: 'the way out: §1'\n"
                                  "        altnames: [uplink, a-name-that-is-longer-than-fifteen]\n"
                                  "      eth1: {up: false}\n"
                                  "      eth2: {txqueuelen: 0, up: true}\n"
                                  "  b: {interfaces: {eth0: {mtu: 9000}}}\n"
                                  "links:\n"
                                  "  - [a:eth0, b:eth0]\n"
                                  "  - {endpoints: [a:eth1, b:eth1], mtu: 1400,\n"
                                  "     mac: ['02:00:00:00:01:01', '02:00:00:00:01:02']}\n"
                                  "  - [b:eth2, a:eth2]\n"},
    [LOOPBACK] =
        {"loopback",
         "namespaces:\n"
         "  up: {interfaces: {lo: {addresses: [192.0.2.1/32, '2001:db8::1/128'], mtu: 16000}}}\n"
         "  down: {interfaces: {lo: {up: false}}}\n"
         "  plain:\n"
         "  empty: {interfaces: {lo: }}\n"},
    [PRECEDENCE] = {"precedence", "defaults:\n"
                                  "  interfaces: {mtu: 1300, txqueuelen: 55}\n"
                                  "  namespaces: {forwarding: ipv4}\n"
                                  "namespaces:\n"
                                  "  a: {interfaces: {eth0: {mtu: 1500}, eth1: {}, eth2: }}\n"
                                  "  b: {interfaces: {br0: {type: bridge}}, forwarding: false}\n"
                                  "links:\n"
                                  "  - {endpoints: [a:eth0, b:eth0], mtu: 1400}\n"
                                  "  - {endpoints: [a:eth1, b:eth1], mtu: 1400}\n"
                                  "  - [a:eth2, b:eth2]\n"
                                  "  - [a:eth3, b:br0]\n"},
    {NULL, NULL}};

#define FOREVER 4294967295

static void look_at_ipv4_addresses(void)
{
    json_t *list = json_at(ip_json("ip -n a -4 -j address show dev eth0"), "0 addr_info");
    json_t *routes = ip_json("ip -n a -4 -j route");

    ck_assert_int_eq(json_size(list), 13);
    has_text(list, "local=10.0.0.1 broadcast", "10.0.0.255");
    has_text(list, "local=10.0.0.1 label", "eth0");
    has_text(list, "local=10.0.0.1 scope", "global");
    ck_assert_int_eq(json_number(list, "local=10.0.0.1 valid_life_time"), FOREVER);
    ck_assert_int_eq(json_number(list, "local=10.0.0.1 preferred_life_time"), FOREVER);
    has_text(list, "local=10.0.1.1 broadcast", "none");
    has_text(list, "local=10.0.2.1 broadcast", "10.0.2.200");
    has_text(list, "local=10.0.3.1 address", "10.0.3.2");
    has_text(list, "local=10.0.3.1 prefixlen", "32");
    has_text(list, "local=10.0.4.1 address", "10.0.5.2");
    has_text(list, "local=10.0.4.1 prefixlen", "24");
    has_text(list, "local=10.0.6.1 label", "eth0:six");
    has_text(list, "local=10.0.7.1 scope", "link");
    ck_assert_int_gt(json_number(list, "local=10.0.8.1 valid_life_time"), 540);
    ck_assert_int_le(json_number(list, "local=10.0.8.1 valid_life_time"), 600);
    ck_assert_int_gt(json_number(list, "local=10.0.8.1 preferred_life_time"), 540);
    ck_assert_int_eq(json_number(list, "local=10.0.9.1 valid_life_time"), FOREVER);
    ck_assert(json_on(list, "local=10.0.9.1 deprecated"));
    ck_assert(!json_on(list, "local=10.0.8.1 deprecated"));
    ck_assert(json_on(list, "local=10.0.10.1 noprefixroute"));
    ck_assert(!json_at(routes, "dst=10.0.10.0/24"));
    ck_assert(json_at(routes, "dst=10.0.0.0/24"));
    has_text(list, "local=10.0.11.0 broadcast", "none");
    has_text(list, "local=10.0.11.0 prefixlen", "31");
    has_text(list, "local=10.0.12.1 broadcast", "none");
    ck_assert_int_eq(json_number(list, "local=10.0.13.1 preferred_life_time"), FOREVER);
}

static void look_at_ipv6_addresses(void)
{
    json_t *list = json_at(ip_json("ip -n a -6 -j address show dev eth0"), "0 addr_info");
    json_t *routes = ip_json("ip -n a -6 -j route");

    ck_assert_int_eq(json_size(list), 6 + 1); /* and the link-local one */
    ck_assert(!json_on(list, "local=fd00::1 tentative"));
    has_text(list, "local=fd00::1 prefixlen", "64");
    has_text(list, "local=fd00::1 scope", "global");
    ck_assert(!json_on(list, "local=fd02::1 tentative"));
    ck_assert(json_on(list, "local=fd03::1 noprefixroute"));
    ck_assert(!json_at(routes, "dst=fd03::/64"));
    ck_assert(json_at(routes, "dst=fd02::/64"));
    has_text(list, "local=fd04::1 address", "fd04::2");
    has_text(list, "local=fd04::1 prefixlen", "128");
    ck_assert_int_gt(json_number(list, "local=fd05::1 valid_life_time"), 540);
    ck_assert_int_le(json_number(list, "local=fd05::1 valid_life_time"), 600);
    ck_assert_int_eq(json_number(list, "local=fd06::1 valid_life_time"), FOREVER);
    ck_assert_int_eq(json_number(list, "local=fd06::1 preferred_life_time"), 0);
}

static void look_at_addresses(void)
{
    look_at_ipv4_addresses();
    look_at_ipv6_addresses();
}

START_TEST (test_addresses) {
    up_look_down(&interfaces_topologies[ADDRESSES], look_at_addresses);
}
END_TEST

static json_t *ipv6_addresses(void)
{
    return json_at(ip_json("ip -n a -6 -j address show dev eth0"), "0 addr_info");
}

START_TEST (test_duplicate_detection_is_off_unless_asked_for) {
    json_t *list;

    ok("$NETLAB up %s", topology_file(&interfaces_topologies[DETECTION]));
    list = ipv6_addresses();
    ck_assert(!json_on(list, "local=fd01::1 tentative"));
    ck_assert_msg(!json_on(list, "local=fd00::1 nodad"), "no detection for fd00::1");
    ck_assert(json_on(list, "local=fd01::1 nodad"));
    for (int i = 0; i < 50 && json_on(ipv6_addresses(), "local=fd00::1 tentative"); i++)
        usleep(100000);
    ck_assert(!json_on(ipv6_addresses(), "local=fd00::1 tentative"));
    ck_assert(!json_on(ipv6_addresses(), "local=fd00::1 dadfailed"));
    ok("$NETLAB down detection");
}
END_TEST

static void look_at_properties(void)
{
    json_t *a = ip_json("ip -n a -d -j link"), *b = ip_json("ip -n b -d -j link");

    ck_assert_int_eq(json_number(a, "ifname=eth0 mtu"), 9000);
    has_text(a, "ifname=eth0 address", "02:00:00:00:00:01");
    ck_assert_int_eq(json_number(a, "ifname=eth0 txqlen"), 77);
    has_text(a, "ifname=eth0 ifalias", "the way out: §1");
    ck_assert(json_has(json_at(a, "ifname=eth0 altnames"), "uplink"));
    ck_assert(json_has(json_at(a, "ifname=eth0 altnames"), "a-name-that-is-longer-than-fifteen"));
    ck_assert_int_eq(json_size(json_at(a, "ifname=eth0 altnames")), 2);
    ck_assert(json_has(json_at(a, "ifname=eth0 flags"), "UP"));
    ck_assert_int_eq(json_number(b, "ifname=eth0 mtu"), 9000);
    ck_assert(!json_has(json_at(a, "ifname=eth1 flags"), "UP"));
    ck_assert(json_has(json_at(b, "ifname=eth1 flags"), "UP"));
    ck_assert_int_eq(json_number(a, "ifname=eth1 mtu"), 1400);
    ck_assert_int_eq(json_number(b, "ifname=eth1 mtu"), 1400);
    has_text(a, "ifname=eth1 address", "02:00:00:00:01:01");
    has_text(b, "ifname=eth1 address", "02:00:00:00:01:02");
    /* which ip does not show when it is 0 */
    ck_assert_str_eq(ok("ip netns exec a cat /sys/class/net/eth2/tx_queue_len").out, "0\n");
    ck_assert_int_eq(json_number(b, "ifname=eth2 txqlen"), 1000);
    ck_assert_int_eq(json_number(b, "ifname=eth2 mtu"), 1500);
    ck_assert_str_ne(json_text(a, "ifname=eth2 address"), json_text(b, "ifname=eth2 address"));
    has(ok("ip -n a link show uplink").out, "eth0");
}

START_TEST (test_properties) {
    up_look_down(&interfaces_topologies[PROPERTIES], look_at_properties);
}
END_TEST

static void look_at_loopback(void)
{
    json_t *lo = ip_json("ip -n up -j address show dev lo");

    ck_assert(json_at(lo, "0 addr_info local=192.0.2.1"));
    ck_assert(json_at(lo, "0 addr_info local=2001:db8::1"));
    ck_assert(json_at(lo, "0 addr_info local=127.0.0.1"));
    ck_assert_int_eq(json_number(lo, "0 mtu"), 16000);
    ck_assert(ping("up", "192.0.2.1"));
    ck_assert(ping("up", "2001:db8::1"));
    ck_assert(ping("plain", "127.0.0.1"));
    ck_assert(ping("plain", "::1"));
    ck_assert(ping("empty", "127.0.0.1"));
    ck_assert(!json_has(json_at(ip_json("ip -n down -j link show dev lo"), "0 flags"), "UP"));
}

START_TEST (test_loopback) {
    up_look_down(&interfaces_topologies[LOOPBACK], look_at_loopback);
}
END_TEST

static void look_at_precedence(void)
{
    json_t *a = ip_json("ip -n a -j link"), *b = ip_json("ip -n b -j link");

    ck_assert_int_eq(json_number(a, "ifname=eth0 mtu"), 1500); /* interface before link */
    ck_assert_int_eq(json_number(a, "ifname=eth1 mtu"), 1400); /* link before defaults */
    ck_assert_int_eq(json_number(b, "ifname=eth0 mtu"), 1400);
    ck_assert_int_eq(json_number(b, "ifname=eth1 mtu"), 1400);
    ck_assert_int_eq(json_number(a, "ifname=eth2 mtu"), 1300);
    ck_assert_int_eq(json_number(b, "ifname=br0 mtu"), 1300);
    ck_assert_int_eq(json_number(b, "ifname=a-eth3 mtu"), 1300); /* made ports included */
    ck_assert_int_eq(json_number(a, "ifname=eth0 txqlen"), 55);
    ck_assert_int_eq(json_number(a, "ifname=lo mtu"), 65536);
    ck_assert_int_eq(json_number(a, "ifname=lo txqlen"), 1000);
    ck_assert_str_eq(sysctl_of("a", "net/ipv4/ip_forward"), "1");
    ck_assert_str_eq(sysctl_of("b", "net/ipv4/ip_forward"), "0");
    ck_assert_str_eq(sysctl_of("a", "net/ipv6/conf/all/forwarding"), "0");
}

START_TEST (test_interface_before_link_before_defaults) {
    up_look_down(&interfaces_topologies[PRECEDENCE], look_at_precedence);
}
END_TEST

/* A veth pair has one queue: it is told so by both ends, and faster to make. */
START_TEST (test_many_links_between_two_namespaces) {
    const char *links = "";
    json_t *a;

    for (int i = 0; i < 40; i++)
        links = text("%s  - [a:x%d, b:y%d]\n", links, i, i);
    ok("$NETLAB up %s", file_with("many.yaml", text("namespaces: {a: , b: }\nlinks:\n%s", links)));
    a = ip_json("ip -n a -j link");
    ck_assert_int_eq(json_size(a), 41);
    for (int i = 0; i < 40; i++)
        ck_assert_str_eq(json_text(a, "ifname=x%d operstate", i), "UP");
    ck_assert_int_eq(json_size(ip_json("ip -n b -j link")), 41);
    ok("$NETLAB down many");
}
END_TEST

Suite *interfaces_suite(void)
{
    Suite *suite = suite_create("interfaces");
    TCase *tcase = tcase_create("interfaces");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_addresses);
    tcase_add_test(tcase, test_duplicate_detection_is_off_unless_asked_for);
    tcase_add_test(tcase, test_properties);
    tcase_add_test(tcase, test_loopback);
    tcase_add_test(tcase, test_interface_before_link_before_defaults);
    tcase_add_test(tcase, test_many_links_between_two_namespaces);
    suite_add_tcase(suite, tcase);
    return suite;
}
