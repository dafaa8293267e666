/* SPDX-License-Identifier: MIT */
/*
 * Job: addresses, routes, rules and neighbours that somebody has deleted or altered.
 */
#include "mend.h"

#define BEYOND "it has settings that no file has words for"

/* Addresses */

START_TEST (test_address_deleted) {
    drift(.by = "ip -n right address delete 10.0.0.2/24 dev eth0", .at = "10.0.0.2/24", .sign = '+',
          .what = {"address 10.0.0.2/24", "eth0", "in namespace right"});
}
END_TEST

START_TEST (test_secondary_address_deleted) {
    drift(.by = "ip -n left address delete 10.0.0.100/24 dev eth0", .at = "10.0.0.100/24",
          .sign = '+', .what = {"address 10.0.0.100/24", "eth0", "in namespace left"});
}
END_TEST

/* The kernel deletes the other one along with it, and the routes that need them. */
START_TEST (test_primary_address_deleted) {
    drift(.by = "ip -n left address delete 10.0.0.1/24 dev eth0", .at = "10.0.0.1/24", .sign = '+',
          .what = {"address 10.0.0.1/24", "eth0", "in namespace left"});
}
END_TEST

/* Here it does not, and what comes back last would be the secondary one. */
START_TEST (test_primary_address_deleted_where_others_are_promoted) {
    const struct topology promoting = {"promoting",
                                       "namespaces:\n"
                                       "  left:\n"
                                       "    interfaces:\n"
                                       "      eth0:\n"
                                       "        addresses:\n"
                                       "          - 10.0.0.1/24\n"
                                       "          - 10.0.0.100/24\n"
                                       "    sysctls: {net.ipv4.conf.eth0.promote_secondaries: 1}\n"
                                       "  right: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                                       "links: [[left:eth0, right:eth0]]\n"};

    drift_of(&promoting,
             &(const struct drift){.by = "ip -n left address delete 10.0.0.1/24 dev eth0",
                                   .at = "10.0.0.1/24",
                                   .sign = '+',
                                   .what = {"address 10.0.0.1/24", "eth0", "in namespace left"}});
}
END_TEST

START_TEST (test_ipv6_address_deleted) {
    drift(.by = "ip -n left address delete fd00::1/64 dev eth0", .at = "fd00::1/64", .sign = '+',
          .what = {"address fd00::1/64", "eth0", "in namespace left"});
}
END_TEST

START_TEST (test_address_of_a_bridge_deleted) {
    drift(.by = "ip -n switch address delete 10.0.1.2/24 dev br0", .at = "10.0.1.2/24", .sign = '+',
          .what = {"address 10.0.1.2/24", "br0", "in namespace switch"});
}
END_TEST

START_TEST (test_addresses_flushed) {
    drift(.by = "ip -n left -4 address flush dev eth0; "
                "ip -n left -6 address flush dev eth0 scope global",
          .at = "fd00::1/64", .sign = '+',
          .what = {"address fd00::1/64", "eth0", "in namespace left"});
}
END_TEST

/* Two addresses for the kernel, which keeps both. */
START_TEST (test_address_with_another_prefix) {
    drift(.by = "ip -n left address delete 10.0.1.1/24 dev eth1; "
                "ip -n left address add 10.0.1.1/16 dev eth1",
          .at = "10.0.1.1/24", .sign = '+', .what = {"address 10.0.1.1/24", "eth1"},
          .theirs = "10.0.1.1/16", .remove = "ip -n left address delete 10.0.1.1/16 dev eth1");
}
END_TEST

/* Of IPv6 it takes only one. */
START_TEST (test_ipv6_address_with_another_prefix) {
    drift(.by = "ip -n left address delete fd01::1/64 dev eth1; "
                "ip -n left address add fd01::1/48 dev eth1 nodad",
          .at = "fd01::1/64", .what = {"address fd01::1/64", "eth1"});
}
END_TEST

START_TEST (test_address_with_another_lifetime) {
    drift(.by = "ip -n left address change 10.0.1.1/24 dev eth1 valid_lft 600 preferred_lft 600",
          .at = "10.0.1.1/24", .sign = '~', .what = {"address 10.0.1.1/24", "eth1"});
}
END_TEST

START_TEST (test_address_with_another_broadcast) {
    drift(.by = "ip -n left address delete 10.0.1.1/24 dev eth1; "
                "ip -n left address add 10.0.1.1/24 broadcast 10.0.1.200 dev eth1",
          .at = "10.0.1.1/24", .sign = '~', .what = {"address 10.0.1.1/24", "eth1"});
}
END_TEST

/* What no file has words for. */
START_TEST (test_address_with_a_metric) {
    drift(.by = "ip -n left address delete 10.0.1.1/24 dev eth1; "
                "ip -n left address add 10.0.1.1/24 broadcast + dev eth1 metric 7",
          .at = "10.0.1.1/24", .sign = '~', .what = {"address 10.0.1.1/24", "eth1", BEYOND});
}
END_TEST

START_TEST (test_ipv6_address_with_a_metric) {
    drift(.by = "ip -n left address change fd01::1/64 dev eth1 metric 7", .at = "fd01::1/64",
          .sign = '~', .what = {"address fd01::1/64", "eth1", BEYOND});
}
END_TEST

START_TEST (test_address_that_is_preferred_for_a_while) {
    drift(.by = "ip -n left address change fd01::1/64 dev eth1 preferred_lft 600",
          .at = "fd01::1/64", .sign = '~', .what = {"address fd01::1/64", "eth1", BEYOND});
}
END_TEST

/* Routes */

START_TEST (test_route_deleted) {
    drift(.by = "ip -n left route delete 10.9.0.0/16", .at = "to: 10.9.0.0/16", .sign = '+',
          .what = {"route", "10.9.0.0/16", "in namespace left"});
}
END_TEST

START_TEST (test_default_route_deleted) {
    drift(.by = "ip -n left route delete default", .at = "to: default", .sign = '+',
          .what = {"route", "default", "in namespace left"});
}
END_TEST

START_TEST (test_blackhole_deleted) {
    drift(.by = "ip -n left route delete blackhole 10.8.0.0/16", .at = "to: 10.8.0.0/16",
          .sign = '+', .what = {"route", "10.8.0.0/16"});
}
END_TEST

START_TEST (test_multipath_route_deleted) {
    drift(.by = "ip -n left route delete 10.4.0.0/16", .at = "to: 10.4.0.0/16", .sign = '+',
          .what = {"route", "10.4.0.0/16"});
}
END_TEST

START_TEST (test_ipv6_route_deleted) {
    drift(.by = "ip -n left route delete fd09::/64", .at = "to: 'fd09::/64'", .sign = '+',
          .what = {"route", "fd09::/64"});
}
END_TEST

START_TEST (test_route_with_another_gateway) {
    drift(.by = "ip -n left route change 10.9.0.0/16 via 10.0.1.3 metric 10",
          .at = "to: 10.9.0.0/16", .what = {"route", "10.9.0.0/16"});
}
END_TEST

START_TEST (test_ipv6_route_with_another_gateway) {
    drift(.by = "ip -n left route change fd09::/64 via fd01::3", .at = "to: 'fd09::/64'",
          .what = {"route", "fd09::/64"});
}
END_TEST

START_TEST (test_route_of_another_type) {
    drift(.by = "ip -n left route replace unreachable 10.8.0.0/16", .at = "to: 10.8.0.0/16",
          .what = {"route", "10.8.0.0/16"});
}
END_TEST

START_TEST (test_route_with_other_attributes) {
    drift(.by = "ip -n left route replace 10.5.0.0/16 via 10.0.1.2 src 10.0.1.1 mtu 1200",
          .at = "to: 10.5.0.0/16", .what = {"route", "10.5.0.0/16"});
}
END_TEST

START_TEST (test_route_with_other_weights) {
    drift(.by = "ip -n left route replace 10.4.0.0/16 nexthop via 10.0.0.2 weight 1 "
                "nexthop via 10.0.1.2 weight 1",
          .at = "to: 10.4.0.0/16", .what = {"route", "10.4.0.0/16"});
}
END_TEST

START_TEST (test_route_without_a_next_hop) {
    drift(.by = "ip -n left route replace 10.4.0.0/16 via 10.0.0.2", .at = "to: 10.4.0.0/16",
          .what = {"route", "10.4.0.0/16"});
}
END_TEST

START_TEST (test_ipv6_route_without_a_next_hop) {
    drift(.by = "ip -n left route delete fd08::/64 via fd01::2", .at = "to: 'fd08::/64'",
          .what = {"route", "fd08::/64"});
}
END_TEST

/* Another route for the kernel, which keeps both. */
START_TEST (test_route_with_another_metric) {
    drift(.by = "ip -n left route delete 10.9.0.0/16; "
                "ip -n left route add 10.9.0.0/16 via 10.0.1.2 metric 11",
          .at = "to: 10.9.0.0/16", .sign = '+', .what = {"route", "10.9.0.0/16"},
          .theirs = "10.9.0.0/16", .remove = "ip -n left route delete 10.9.0.0/16 metric 11");
}
END_TEST

START_TEST (test_table_flushed) {
    drift(.by = "ip -n left route flush table 100", .at = "to: 10.6.0.0/16", .sign = '+',
          .what = {"route", "10.6.0.0/16"});
}
END_TEST

/* With what the kernel made for the addresses: there is no way to any gateway. */
START_TEST (test_main_table_flushed) {
    drift(.by = "ip -n left -4 route flush table main; ip -n left -6 route flush table main",
          .at = "to: 10.9.0.0/16", .sign = '+', .what = {"route", "10.9.0.0/16"});
}
END_TEST

START_TEST (test_route_of_an_address_deleted) {
    drift(.by = "ip -n right route delete 10.0.0.0/24 dev eth0", .at = "10.0.0.2/24");
}
END_TEST

START_TEST (test_ipv6_route_of_an_address_deleted) {
    drift(.by = "ip -n right route delete fd00::/64 dev eth0", .at = "fd00::2/64");
}
END_TEST

START_TEST (test_route_with_another_window) {
    drift(.by = "ip -n left route change 10.9.0.0/16 via 10.0.1.2 metric 10 initcwnd 5",
          .at = "to: 10.9.0.0/16", .sign = '~', .what = {"route", "10.9.0.0/16", BEYOND});
}
END_TEST

START_TEST (test_route_with_a_locked_mtu) {
    drift(.by = "ip -n left route replace 10.5.0.0/16 via 10.0.1.2 src 10.0.0.100 mtu lock 1300",
          .at = "to: 10.5.0.0/16", .sign = '~', .what = {"route", "10.5.0.0/16", BEYOND});
}
END_TEST

START_TEST (test_ipv6_route_with_another_window) {
    drift(.by = "ip -n left route change fd09::/64 via fd00::2 window 5000",
          .at = "to: 'fd09::/64'", .sign = '~', .what = {"route", "fd09::/64", BEYOND});
}
END_TEST

START_TEST (test_ipv6_route_for_a_while) {
    drift(.by = "ip -n left route replace fd09::/64 via fd00::2 expires 600",
          .at = "to: 'fd09::/64'", .sign = '~', .what = {"route", "fd09::/64", BEYOND});
}
END_TEST

/* Another route for the kernel. */
START_TEST (test_route_with_a_tos) {
    drift(.by = "ip -n left route delete 10.9.0.0/16; "
                "ip -n left route add 10.9.0.0/16 tos 0x10 via 10.0.1.2 metric 10",
          .at = "to: 10.9.0.0/16", .sign = '+', .what = {"route", "10.9.0.0/16"},
          .theirs = "10.9.0.0/16",
          .remove = "ip -n left route delete 10.9.0.0/16 tos 0x10 metric 10");
}
END_TEST

/* Rules, neighbours */

START_TEST (test_rule_deleted) {
    drift(.by = "ip -n left rule delete priority 100", .at = "priority: 100", .sign = '+',
          .what = {"rule", "100", "in namespace left"});
}
END_TEST

START_TEST (test_ipv6_rule_deleted) {
    drift(.by = "ip -n left -6 rule delete priority 200", .at = "priority: 200", .sign = '+',
          .what = {"rule", "200", "in namespace left"});
}
END_TEST

START_TEST (test_rule_with_another_table) {
    drift(.by = "ip -n left rule delete priority 100; "
                "ip -n left rule add priority 100 from 10.0.0.0/24 table 200",
          .at = "priority: 100", .what = {"rule", "100"}, .theirs = "rule",
          .remove = "ip -n left rule delete priority 100 table 200");
}
END_TEST

START_TEST (test_rule_inverted) {
    drift(.by = "ip -n left rule delete priority 100; "
                "ip -n left rule add priority 100 not from 10.0.0.0/24 table 100",
          .at = "priority: 100", .sign = '~', .what = {"rule", "100", BEYOND});
}
END_TEST

START_TEST (test_rule_with_a_tos) {
    drift(.by = "ip -n left rule delete priority 100; "
                "ip -n left rule add priority 100 from 10.0.0.0/24 tos 0x10 table 100",
          .at = "priority: 100", .sign = '~', .what = {"rule", "100", BEYOND});
}
END_TEST

START_TEST (test_rule_that_suppresses_routes) {
    drift(.by =
              "ip -n left rule delete priority 100; "
              "ip -n left rule add priority 100 from 10.0.0.0/24 table 100 suppress_prefixlength 0",
          .at = "priority: 100", .sign = '~', .what = {"rule", "100", BEYOND});
}
END_TEST

START_TEST (test_rule_about_a_protocol) {
    drift(.by = "ip -n left rule delete priority 100; "
                "ip -n left rule add priority 100 from 10.0.0.0/24 table 100 ipproto tcp",
          .at = "priority: 100", .sign = '~', .what = {"rule", "100", BEYOND});
}
END_TEST

START_TEST (test_ipv6_rule_inverted) {
    drift(.by = "ip -n left -6 rule delete priority 200; "
                "ip -n left -6 rule add priority 200 not from fd00::/64 table 100",
          .at = "priority: 200", .sign = '~', .what = {"rule", "200", BEYOND});
}
END_TEST

START_TEST (test_neighbor_deleted) {
    drift(.by = "ip -n left neighbor delete 10.0.0.9 dev eth0", .at = "to: 10.0.0.9,", .sign = '+',
          .what = {"neighbor", "10.0.0.9", "in namespace left"});
}
END_TEST

START_TEST (test_ipv6_neighbor_deleted) {
    drift(.by = "ip -n left neighbor delete fd00::9 dev eth0", .at = "to: 'fd00::9'", .sign = '+',
          .what = {"neighbor", "fd00::9", "in namespace left"});
}
END_TEST

START_TEST (test_neighbor_with_another_mac) {
    drift(.by = "ip -n left neighbor change 10.0.0.9 lladdr 02:00:00:00:00:08 dev eth0",
          .at = "to: 10.0.0.9,", .what = {"neighbor", "10.0.0.9"});
}
END_TEST

START_TEST (test_neighbor_no_longer_permanent) {
    drift(.by = "ip -n left neighbor change 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0 nud stale",
          .at = "to: 10.0.0.9,", .what = {"neighbor", "10.0.0.9"});
}
END_TEST

START_TEST (test_neighbor_never_asked_for) {
    drift(.by = "ip -n left neighbor change 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0 nud noarp",
          .at = "to: 10.0.0.9,", .sign = '~', .what = {"neighbor", "10.0.0.9", BEYOND});
}
END_TEST

Suite *drift_addresses_suite(void)
{
    Suite *suite = suite_create("drift-addresses");
    TCase *tcase = tcase_create("drift-addresses");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 180);
    tcase_add_test(tcase, test_address_deleted);
    tcase_add_test(tcase, test_secondary_address_deleted);
    tcase_add_test(tcase, test_primary_address_deleted);
    tcase_add_test(tcase, test_primary_address_deleted_where_others_are_promoted);
    tcase_add_test(tcase, test_ipv6_address_deleted);
    tcase_add_test(tcase, test_address_of_a_bridge_deleted);
    tcase_add_test(tcase, test_addresses_flushed);
    tcase_add_test(tcase, test_address_with_another_prefix);
    tcase_add_test(tcase, test_ipv6_address_with_another_prefix);
    tcase_add_test(tcase, test_address_with_another_lifetime);
    tcase_add_test(tcase, test_address_with_another_broadcast);
    tcase_add_test(tcase, test_route_deleted);
    tcase_add_test(tcase, test_default_route_deleted);
    tcase_add_test(tcase, test_blackhole_deleted);
    tcase_add_test(tcase, test_multipath_route_deleted);
    tcase_add_test(tcase, test_ipv6_route_deleted);
    tcase_add_test(tcase, test_route_with_another_gateway);
    tcase_add_test(tcase, test_ipv6_route_with_another_gateway);
    tcase_add_test(tcase, test_route_of_another_type);
    tcase_add_test(tcase, test_route_with_other_attributes);
    tcase_add_test(tcase, test_route_with_other_weights);
    tcase_add_test(tcase, test_route_without_a_next_hop);
    tcase_add_test(tcase, test_ipv6_route_without_a_next_hop);
    tcase_add_test(tcase, test_route_with_another_metric);
    tcase_add_test(tcase, test_table_flushed);
    tcase_add_test(tcase, test_main_table_flushed);
    tcase_add_test(tcase, test_route_of_an_address_deleted);
    tcase_add_test(tcase, test_ipv6_route_of_an_address_deleted);
    tcase_add_test(tcase, test_rule_deleted);
    tcase_add_test(tcase, test_ipv6_rule_deleted);
    tcase_add_test(tcase, test_rule_with_another_table);
    tcase_add_test(tcase, test_neighbor_deleted);
    tcase_add_test(tcase, test_ipv6_neighbor_deleted);
    tcase_add_test(tcase, test_neighbor_with_another_mac);
    tcase_add_test(tcase, test_neighbor_no_longer_permanent);
    tcase_add_test(tcase, test_address_with_a_metric);
    tcase_add_test(tcase, test_ipv6_address_with_a_metric);
    tcase_add_test(tcase, test_address_that_is_preferred_for_a_while);
    tcase_add_test(tcase, test_route_with_another_window);
    tcase_add_test(tcase, test_route_with_a_locked_mtu);
    tcase_add_test(tcase, test_ipv6_route_with_another_window);
    tcase_add_test(tcase, test_ipv6_route_for_a_while);
    tcase_add_test(tcase, test_route_with_a_tos);
    tcase_add_test(tcase, test_rule_inverted);
    tcase_add_test(tcase, test_rule_with_a_tos);
    tcase_add_test(tcase, test_rule_that_suppresses_routes);
    tcase_add_test(tcase, test_rule_about_a_protocol);
    tcase_add_test(tcase, test_ipv6_rule_inverted);
    tcase_add_test(tcase, test_neighbor_never_asked_for);
    suite_add_tcase(suite, tcase);
    return suite;
}
