/* SPDX-License-Identifier: MIT */
/*
 * Job: routes of every kind, rules with every selector, neighbours.
 */
#include <string.h>

#include "kernel.h"

enum { ROUTES, ROUTES6, RULES, NEIGHBORS };

#define TWO_INTERFACES                                                                             \
    "    interfaces:\n"                                                                            \
    "      eth0: {addresses: [10.0.0.1/24, 10.0.0.100/24, 'fd00::1/64', 'fd00::100/64']}\n"        \
    "      eth1: {addresses: [10.0.1.1/24, 'fd01::1/64']}\n"

#define LINKS                                                                                      \
    "  b:\n"                                                                                       \
    "links: [[r:eth0, b:eth0], [r:eth1, b:eth1]]\n"

const struct topology routes_topologies[] = {
    [ROUTES] =
        {"routes",
         "namespaces:\n"
         "  r:\n" TWO_INTERFACES "    routes:\n"
         /* in an order that the kernel would not accept */
         "      - {to: 10.9.0.0/16, via: 10.8.0.1}\n"
         "      - {to: 10.8.0.0/24, dev: eth0}\n"
         "      - {to: 192.0.2.1, via: 10.0.0.2}\n"
         "      - {to: default, via: 10.0.0.2, metric: 100}\n"
         "      - {to: default, via: 10.0.1.2, metric: 200}\n"
         "      - {to: 198.51.100.0/24, type: blackhole}\n"
         "      - {to: 198.51.101.0/24, type: unreachable, metric: 5}\n"
         "      - {to: 198.51.102.0/24, type: prohibit}\n"
         "      - {to: 198.51.103.0/24, type: throw, table: 100}\n"
         "      - {to: 198.51.104.1, type: local, dev: lo}\n"
         "      - to: 10.20.0.0/16\n"
         "        nexthops: [{via: 10.0.0.2, weight: 3}, {via: 10.0.1.2, dev: eth1}]\n"
         "      - {to: 10.21.0.0/16, via: 10.0.0.2, src: 10.0.0.100}\n"
         "      - {to: 10.22.0.0/16, via: 172.16.0.1, dev: eth1, onlink: true}\n"
         "      - {to: 10.23.0.0/16, via: 10.0.0.2, mtu: 1300, advmss: 1200}\n"
         "      - {to: 10.24.0.0/16, via: 10.0.0.2, table: 1000}\n"
         "      - {to: 10.25.0.0/16, dev: eth0, scope: global}\n"
         "      - {to: 10.26.0.0/16, dev: eth1, metric: 0}\n"
         "      - {to: 10.27.0.1/32, dev: eth1, table: main, type: unicast}\n"
         "      - {to: 10.28.0.0/16, nexthops: [{dev: eth0}, {dev: eth1, weight: 256}]}\n" LINKS},
    [ROUTES6] = {"routes6",
                 "namespaces:\n"
                 "  r:\n" TWO_INTERFACES "    routes:\n"
                 "      - {to: 'fd09::/32', via: 'fd08::1', metric: 50}\n"
                 "      - {to: 'fd08::/64', dev: eth0}\n"
                 "      - {to: '2001:db8::1', via: 'fd00::2'}\n"
                 "      - {to: default, via: 'fd00::2'}\n"
                 "      - {to: '2001:db8:100::/48', type: blackhole}\n"
                 "      - {to: '2001:db8:101::/48', type: unreachable, metric: 5}\n"
                 "      - {to: '2001:db8:102::/48', type: prohibit}\n"
                 "      - {to: '2001:db8:103::/48', type: throw, table: 100}\n"
                 "      - to: '2001:db8:20::/48'\n"
                 "        nexthops: [{via: 'fd00::2', weight: 2}, {via: 'fd01::2'}]\n"
                 "      - {to: '2001:db8:21::/48', via: 'fd00::2', src: 'fd00::100'}\n"
                 "      - {to: '2001:db8:22::/48', via: 'fdee::1', dev: eth1, onlink: true}\n"
                 "      - {to: '2001:db8:23::/48', via: 'fd00::2', mtu: 1300, advmss: 1200}\n"
                 "      - {to: '2001:db8:24::/48', via: 'fd00::2', table: 1000}\n"
                 "      - {to: '2001:db8:25::/48', via: 'fe80::1', dev: eth1}\n"
                 "      - {to: default, type: unreachable, family: ipv6, metric: 4000}\n" LINKS},
    [RULES] = {"rules", "namespaces:\n"
                        "  r:\n" TWO_INTERFACES "    rules:\n"
                        "      - {priority: 100, from: 10.0.0.0/8, table: 100}\n"
                        "      - {priority: 101, to: 10.1.0.0/16, table: 101}\n"
                        "      - {priority: 102, iif: eth0, table: 102}\n"
                        "      - {priority: 103, oif: eth1, table: 1030}\n"
                        "      - {priority: 104, fwmark: 7, table: 104}\n"
                        "      - {priority: 105, fwmark: 0x10/0xff, table: main}\n"
                        "      - {priority: 106, from: 'fd00::/8', table: 106}\n"
                        "      - {priority: 107, to: 192.0.2.0/24, action: unreachable}\n"
                        "      - {priority: 108, action: prohibit, family: ipv6, to: 'fd66::/64'}\n"
                        "      - {priority: 109, action: blackhole, from: 10.66.0.1}\n"
                        "      - {priority: 110, from: 10.3.0.1, to: 10.4.0.1, iif: lo,\n"
                        "         fwmark: 1, table: local, action: lookup}\n"
                        "      - {priority: 111, table: 111}\n"
                        "      - {priority: 111, table: 111, family: ipv6}\n" LINKS},
    [NEIGHBORS] = {"neighbors",
                   "namespaces:\n"
                   "  r:\n" TWO_INTERFACES "    neighbors:\n"
                   "      - {to: 10.0.0.9, mac: 02:00:00:00:00:09, dev: eth0}\n"
                   "      - {to: 'fd01::9', mac: 02:00:00:00:01:09, dev: eth1}\n" LINKS},
    {NULL, NULL}};

static void look_at_routes(void)
{
    json_t *main = ip_json("ip -n r -d -j route"),
           *all = ip_json("ip -n r -d -j route show table all");

    has_text(main, "dst=10.9.0.0/16 gateway", "10.8.0.1");
    has_text(main, "dst=10.8.0.0/24 dev", "eth0");
    has_text(main, "dst=10.8.0.0/24 scope", "link");
    has_text(main, "dst=192.0.2.1 gateway", "10.0.0.2");
    has_text(main, "metric=100 dst", "default");
    has_text(main, "metric=200 gateway", "10.0.1.2");
    has_text(main, "dst=198.51.100.0/24 type", "blackhole");
    has_text(main, "dst=198.51.101.0/24 type", "unreachable");
    has_text(main, "dst=198.51.101.0/24 metric", "5");
    has_text(main, "dst=198.51.102.0/24 type", "prohibit");
    has_text(all, "dst=198.51.103.0/24 type", "throw");
    has_text(all, "dst=198.51.103.0/24 table", "100");
    has_text(all, "dst=198.51.104.1 type", "local");
    has_text(all, "dst=198.51.104.1 table", "local");
    ck_assert(ping("r", "198.51.104.1"));
    has_text(main, "dst=10.20.0.0/16 nexthops gateway=10.0.0.2 weight", "3");
    has_text(main, "dst=10.20.0.0/16 nexthops gateway=10.0.0.2 dev", "eth0");
    has_text(main, "dst=10.20.0.0/16 nexthops gateway=10.0.1.2 weight", "1");
    has_text(main, "dst=10.21.0.0/16 prefsrc", "10.0.0.100");
    has_text(main, "dst=10.22.0.0/16 gateway", "172.16.0.1");
    ck_assert(json_has(json_at(main, "dst=10.22.0.0/16 flags"), "onlink"));
    has_text(main, "dst=10.23.0.0/16 metrics 0 mtu", "1300");
    has_text(main, "dst=10.23.0.0/16 metrics 0 advmss", "1200");
    has_text(all, "dst=10.24.0.0/16 table", "1000");
    ck_assert(!json_at(main, "dst=10.24.0.0/16"));
    has_text(main, "dst=10.25.0.0/16 scope", "global");
    has_text(main, "dst=10.26.0.0/16 scope", "link");
    has_text(main, "dst=10.27.0.1 dev", "eth1");
    has_text(main, "dst=10.28.0.0/16 nexthops dev=eth1 weight", "256");
}

START_TEST (test_routes) {
    up_look_down(&routes_topologies[ROUTES], look_at_routes);
}
END_TEST

static void look_at_routes6(void)
{
    json_t *main = ip_json("ip -n r -6 -d -j route");
    json_t *all = ip_json("ip -n r -6 -d -j route show table all");

    has_text(main, "dst=fd09::/32 gateway", "fd08::1");
    has_text(main, "dst=fd09::/32 metric", "50");
    has_text(main, "dst=fd08::/64 dev", "eth0");
    has_text(main, "dst=fd08::/64 metric", "1024");
    has_text(main, "dst=2001:db8::1 gateway", "fd00::2");
    has_text(main, "dst=default gateway", "fd00::2");
    has_text(main, "dst=2001:db8:100::/48 type", "blackhole");
    has_text(main, "dst=2001:db8:101::/48 type", "unreachable");
    has_text(main, "dst=2001:db8:101::/48 metric", "5");
    has_text(main, "dst=2001:db8:102::/48 type", "prohibit");
    has_text(all, "dst=2001:db8:103::/48 table", "100");
    has_text(all, "dst=2001:db8:103::/48 type", "throw");
    has_text(main, "dst=2001:db8:20::/48 nexthops gateway=fd00::2 weight", "2");
    has_text(main, "dst=2001:db8:20::/48 nexthops gateway=fd01::2 dev", "eth1");
    has_text(main, "dst=2001:db8:21::/48 prefsrc", "fd00::100");
    ck_assert(json_has(json_at(main, "dst=2001:db8:22::/48 flags"), "onlink"));
    has_text(main, "dst=2001:db8:23::/48 metrics 0 mtu", "1300");
    has_text(main, "dst=2001:db8:23::/48 metrics 0 advmss", "1200");
    has_text(all, "dst=2001:db8:24::/48 table", "1000");
    has_text(main, "dst=2001:db8:25::/48 gateway", "fe80::1");
    has_text(main, "metric=4000 type", "unreachable");
}

START_TEST (test_routes_of_ipv6) {
    up_look_down(&routes_topologies[ROUTES6], look_at_routes6);
}
END_TEST

static void look_at_rules(void)
{
    json_t *v4 = ip_json("ip -n r -d -j rule"), *v6 = ip_json("ip -n r -6 -d -j rule");

    has_text(v4, "priority=100 src", "10.0.0.0");
    has_text(v4, "priority=100 srclen", "8");
    has_text(v4, "priority=100 table", "100");
    has_text(v4, "priority=101 dst", "10.1.0.0");
    has_text(v4, "priority=101 dstlen", "16");
    has_text(v4, "priority=102 iif", "eth0");
    has_text(v4, "priority=102 table", "102");
    has_text(v4, "priority=103 oif", "eth1");
    has_text(v4, "priority=103 table", "1030");
    ck_assert_int_eq(json_number(v4, "priority=104 fwmark"), 7);
    ck_assert_int_eq(json_number(v4, "priority=105 fwmark"), 0x10);
    ck_assert_int_eq(json_number(v4, "priority=105 fwmask"), 0xff);
    has_text(v4, "priority=105 table", "main");
    has_text(v6, "priority=106 src", "fd00::");
    has_text(v6, "priority=106 srclen", "8");
    has_text(v4, "priority=107 action", "unreachable");
    has_text(v6, "priority=108 action", "prohibit");
    has_text(v4, "priority=109 action", "blackhole");
    has_text(v4, "priority=109 src", "10.66.0.1");
    has_text(v4, "priority=110 src", "10.3.0.1");
    has_text(v4, "priority=110 dst", "10.4.0.1");
    has_text(v4, "priority=110 iif", "lo");
    has_text(v4, "priority=110 table", "local");
    has_text(v4, "priority=111 src", "all");
    has_text(v6, "priority=111 table", "111");
    /* and what every namespace has */
    ck_assert_int_eq(json_size(v4), 3 + 10);
    ck_assert_int_eq(json_size(v6), 2 + 3);
}

START_TEST (test_rules) {
    up_look_down(&routes_topologies[RULES], look_at_rules);
}
END_TEST

static void look_at_neighbors(void)
{
    json_t *list = ip_json("ip -n r -j neighbor show nud permanent");

    has_text(list, "dst=10.0.0.9 lladdr", "02:00:00:00:00:09");
    has_text(list, "dst=10.0.0.9 dev", "eth0");
    has_text(list, "dst=fd01::9 lladdr", "02:00:00:00:01:09");
    has_text(list, "dst=fd01::9 dev", "eth1");
    ck_assert_int_eq(json_size(list), 2);
}

START_TEST (test_neighbors) {
    up_look_down(&routes_topologies[NEIGHBORS], look_at_neighbors);
}
END_TEST

/* Routes lie in a chain, each making the next one's gateway reachable, written backwards. */
START_TEST (test_routes_in_any_order) {
    const char *routes = "";
    int count = 50;

    for (int i = count; i >= 1; i--)
        routes = text("%s      - {to: 172.16.%d.0/24, via: 10.1.%d.1}\n"
                      "      - {to: 10.1.%d.0/24, dev: eth0}\n",
                      routes, i, i, i);
    ok("$NETLAB up %s",
       file_with("order.yaml", text("namespaces:\n  a:\n    interfaces: {eth0: {addresses: "
                                    "[10.0.0.1/24]}}\n    routes:\n%s  b:\nlinks: [[a:eth0, "
                                    "b:eth0]]\n",
                                    routes)));
    ck_assert_int_eq(json_size(ip_json("ip -n a -j route")), 2 * count + 1);
    ok("$NETLAB down order");
}
END_TEST

Suite *routes_suite(void)
{
    Suite *suite = suite_create("routes");
    TCase *tcase = tcase_create("routes");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_routes);
    tcase_add_test(tcase, test_routes_of_ipv6);
    tcase_add_test(tcase, test_rules);
    tcase_add_test(tcase, test_neighbors);
    tcase_add_test(tcase, test_routes_in_any_order);
    suite_add_tcase(suite, tcase);
    return suite;
}
