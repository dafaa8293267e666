/* SPDX-License-Identifier: MIT */
/*
 * Job: edits of the file of a lab that is up, there and back: routes, rules, neighbours, bridges,
 * their ports, sysctls, host names.
 */
#include "change.h"

/* Routes */

START_TEST (test_gateway_changed) {
    change(.parts = {{"10.9.0.0/16, via: 10.0.1.3", "10.9.0.0/16, via: 10.0.1.4"}},
           .touched = "left",
           .facts = "shows 'via 10.0.1.4' ip -n left route show 10.9.0.0/16;"
                    "hides 'via 10.0.1.3' ip -n left route show 10.9.0.0/16");
}
END_TEST

START_TEST (test_default_route_changed) {
    change(.parts = {{"to: default, via: 10.0.0.2", "to: default, via: 10.0.1.3"}},
           .touched = "left",
           .facts = "is 1 sh -c 'ip -n left route show default | wc -l';"
                    "shows 'via 10.0.1.3' ip -n left route show default");
}
END_TEST

START_TEST (test_metric_changed) {
    change(.parts = {{"metric: 10}", "metric: 20}"}}, .touched = "left",
           .facts = "is 1 sh -c 'ip -n left route show 10.9.0.0/16 | wc -l';"
                    "shows 'metric 20' ip -n left route show 10.9.0.0/16");
}
END_TEST

START_TEST (test_metric_removed) {
    change(.parts = {{", metric: 10}", "}"}}, .touched = "left",
           .facts = "is 1 sh -c 'ip -n left route show 10.9.0.0/16 | wc -l';"
                    "hides metric ip -n left route show 10.9.0.0/16");
}
END_TEST

START_TEST (test_routes_table_changed) {
    change(.parts = {{"via: 10.0.0.2, table: 100", "via: 10.0.0.2, table: 101"}}, .touched = "left",
           .facts = "shows 10.7.0.0/16 ip -n left route show table 101;"
                    "hides 'table 100' ip -n left route show table all");
}
END_TEST

START_TEST (test_routes_type_changed) {
    change(.parts = {{"10.8.0.0/16, type: blackhole", "10.8.0.0/16, type: unreachable"}},
           .touched = "left",
           .facts = "is 1 sh -c 'ip -n left route show | grep -c 10.8.0.0/16';"
                    "shows 'unreachable 10.8.0.0/16' ip -n left route");
}
END_TEST

START_TEST (test_routes_source_and_mtu_changed) {
    change(.parts = {{"src: 10.0.0.100}", "src: 10.0.0.1, mtu: 1300, advmss: 1200}"}},
           .touched = "left",
           .facts = "shows 'src 10.0.0.1 mtu 1300 advmss 1200' ip -n left route show 10.5.0.0/16");
}
END_TEST

START_TEST (test_next_hops_changed) {
    change(.parts = {{"{via: 10.0.0.2, weight: 3}", "{via: 10.0.0.2}, {via: 10.0.1.4, weight: 5}"}},
           .touched = "left",
           .facts = "shows 'via 10.0.1.4 dev eth1 weight 5' ip -n left route show 10.4.0.0/16;"
                    "shows 'via 10.0.0.2 dev eth0 weight 1' ip -n left route show 10.4.0.0/16");
}
END_TEST

START_TEST (test_next_hops_become_one_gateway) {
    change(.parts = {{"nexthops: [{via: 10.0.0.2, weight: 3}, {via: 10.0.1.3}]}",
                      "via: 10.0.0.2}"}},
           .touched = "left",
           .facts = "shows '10.4.0.0/16 via 10.0.0.2 dev eth0' ip -n left route");
}
END_TEST

START_TEST (test_ipv6_route_changed) {
    change(.parts = {{"{to: 'fd09::/64', via: fd00::2}",
                      "{to: 'fd09::/64', nexthops: [{via: fd00::2}, {via: fd01::3}]}"}},
           .touched = "left",
           .facts = "shows 'via fd01::3' ip -n left -6 route show fd09::/64;"
                    "shows 'via fd00::2' ip -n left -6 route show fd09::/64");
}
END_TEST

START_TEST (test_ipv6_metric_changed) {
    change(.parts = {{"{to: 'fd09::/64', via: fd00::2}",
                      "{to: 'fd09::/64', via: fd00::3, metric: 7}"}},
           .touched = "left",
           .facts = "is 1 sh -c 'ip -n left -6 route show fd09::/64 | wc -l';"
                    "shows 'metric 7' ip -n left -6 route show fd09::/64");
}
END_TEST

START_TEST (test_routes_added_and_removed) {
    change(.parts = {{"      - {to: 10.8.0.0/16, type: blackhole}\n",
                      "      - {to: 10.88.0.0/16, via: 10.89.0.1}\n"
                      "      - {to: 10.89.0.0/16, dev: eth1}\n"
                      "      - {to: 10.8.0.0/24, type: blackhole}\n"
                      "      - {to: default, family: ipv6, type: unreachable, metric: 4000}\n"}},
           .touched = "left",
           .facts = "shows 'via 10.89.0.1' ip -n left route show 10.88.0.0/16;"
                    "shows 'blackhole 10.8.0.0/24' ip -n left route;"
                    "hides 10.8.0.0/16 ip -n left route");
}
END_TEST

/* Rules, neighbours */

START_TEST (test_rule_changed) {
    change(.parts = {{"{priority: 100, from: 10.0.0.0/24, table: 100}",
                      "{priority: 100, from: 10.0.0.0/24, table: 200}"}},
           .touched = "left",
           .facts = "is 1 sh -c 'ip -n left rule show priority 100 | wc -l';"
                    "shows 'lookup 200' ip -n left rule show priority 100");
}
END_TEST

START_TEST (test_rules_added_and_removed) {
    change(.parts = {{"      - {priority: 100, from: 10.0.0.0/24, table: 100}\n",
                      "      - {priority: 100, from: 'fd00::/64', table: 100}\n"
                      "      - {priority: 101, fwmark: 7, action: prohibit}\n"}},
           .touched = "left",
           .facts = "is '' ip -n left rule show priority 100;"
                    "shows 'from fd00::/64 lookup 100' ip -n left -6 rule;"
                    "shows 'fwmark 0x7 prohibit' ip -n left rule");
}
END_TEST

START_TEST (test_neighbor_changed) {
    change(.parts = {{"mac: 02:00:00:00:00:09", "mac: 02:00:00:00:00:08"}}, .touched = "left",
           .facts = "shows 'lladdr 02:00:00:00:00:08 PERMANENT' ip -n left neighbor show 10.0.0.9");
}
END_TEST

START_TEST (test_neighbor_moved) {
    change(.parts = {{"to: 10.0.0.9, mac: 02:00:00:00:00:09, dev: eth0",
                      "to: 10.0.1.9, mac: 02:00:00:00:00:09, dev: eth1"}},
           .touched = "left",
           .facts = "shows 'dev eth1 lladdr 02:00:00:00:00:09 PERMANENT' ip -n left neighbor;"
                    "is '' ip -n left neighbor show 10.0.0.9 nud permanent");
}
END_TEST

/* Bridges */

START_TEST (test_bridge_option_changed) {
    change(.parts = {{"ageing-time: 100s", "ageing-time: 50s\n        priority: 4096"}},
           .touched = "switch",
           .facts = "shows 'ageing_time 5000 ' ip -n switch -d link show br0;"
                    "shows 'priority 4096 ' ip -n switch -d link show br0");
}
END_TEST

START_TEST (test_bridge_option_removed) {
    change(.parts = {{"        ageing-time: 100s\n", ""}}, .touched = "switch",
           .facts = "shows 'ageing_time 30000 ' ip -n switch -d link show br0");
}
END_TEST

/* It shows the lowest of its ports' then, as one that never had its own. */
START_TEST (test_mac_of_a_bridge_removed) {
    dump_as_random("02:00:00:00:04:ff"); /* whether the kernel chose it or was told */
    change(.parts = {{"        mac: 02:00:00:00:05:00\n", ""},
                     {"  - [third:eth0, switch:br0]\n",
                      "  - {endpoints: [third:eth0, switch:br0],\n"
                      "     mac: [02:00:00:00:03:01, 02:00:00:00:04:ff]}\n"}},
           .touched = "switch third", .remade = "switch:br0 third:eth0 switch:third-eth0",
           .cuts = true, .facts = "shows 02:00:00:00:04:ff ip -n switch link show br0");
}
END_TEST

START_TEST (test_mtu_of_a_bridge_changed) {
    change(.parts = {{"        ageing-time: 100s\n", "        mtu: 1300\n"}}, .touched = "switch",
           .remade = "switch:br0", .facts = "shows 'mtu 1300 ' ip -n switch link show br0");
}
END_TEST

START_TEST (test_stp_turned_on) {
    change(.parts = {{"        ageing-time: 100s\n",
                      "        stp: true\n        forward-delay: 2s\n"
                      "        max-age: 6s\n        hello-time: 1s\n"}},
           .touched = "switch", .cuts = true,
           .facts = "shows 'state forwarding' ip -n switch -d link show third-eth0;"
                    "shows 'stp_state 1 ' ip -n switch -d link show br0;"
                    "for i in $(seq 200); do ip -n switch -d link show br0 |"
                    "grep -q 'topology_change 0 ' && break; sleep 0.1; done;"
                    "shows 'ageing_time 30000 ' ip -n switch -d link show br0");
}
END_TEST

START_TEST (test_bridge_added) {
    change(.parts = {{"      br1: {", "      br2: {type: bridge, mac: 02:00:00:00:05:02,\n"
                                      "            addresses: [10.0.2.1/24]}\n      br1: {"}},
           .touched = "switch", .facts = "shows 10.0.2.1/24 ip -n switch address show br2");
}
END_TEST

START_TEST (test_bridge_removed) {
    change(.parts = {{"      br1: {type: bridge, mac: 02:00:00:00:05:01}\n", ""}},
           .touched = "switch", .remade = "switch:br1",
           .facts = "fails ip -n switch link show br1");
}
END_TEST

START_TEST (test_bridge_renamed) {
    change(.parts = {{"      br0:\n", "      br7:\n"},
                     {"[left:eth1, switch:br0]", "[left:eth1, switch:br7]"},
                     {"[third:eth0, switch:br0]", "[third:eth0, switch:br7]"}},
           .touched = "switch left third", .remade = "switch:br0 switch:br7", .cuts = true,
           .facts = "fails ip -n switch link show br0; shows 10.0.1.5/24 ip -n switch address show "
                    "br7; shows 'master br7' ip -n switch link show third-eth0;"
                    "shows 'master br7' ip -n switch link show p0");
}
END_TEST

START_TEST (test_port_option_changed) {
    change(.parts = {{"p0: {isolated: true, cost: 42}",
                      "p0: {isolated: true, cost: 43, guard: on}"}},
           .touched = "switch",
           .facts = "shows 'cost 43' ip -n switch -d link show p0;"
                    "shows 'guard on' ip -n switch -d link show p0");
}
END_TEST

START_TEST (test_port_options_removed) {
    change(.parts = {{"p0: {isolated: true, cost: 42}", "p0: "}}, .touched = "switch",
           .facts = "shows 'isolated off' ip -n switch -d link show p0;"
                    "shows 'cost 2 ' ip -n switch -d link show p0");
}
END_TEST

START_TEST (test_port_moved_to_another_bridge) {
    change(.parts = {{"        ports:\n          p0: {isolated: true, cost: 42}\n", ""},
                     {"br1: {type: bridge, mac: 02:00:00:00:05:01}",
                      "br1: {type: bridge, mac: 02:00:00:00:05:01, ports: {p0: {hairpin: on}}}"}},
           .touched = "switch",
           .facts = "shows 'master br1' ip -n switch link show p0;"
                    "shows 'hairpin on' ip -n switch -d link show p0;"
                    "shows 'isolated off' ip -n switch -d link show p0");
}
END_TEST

START_TEST (test_made_port_moved_to_another_bridge) {
    change(.parts = {{"[third:eth0, switch:br0]", "[third:eth0, switch:br1]"}}, .touched = "switch",
           .cuts = true, .facts = "shows 'master br1' ip -n switch link show third-eth0");
}
END_TEST

START_TEST (test_port_unplugged) {
    change(.parts = {{"        ports:\n          p0: {isolated: true, cost: 42}\n", ""}},
           .touched = "switch", .facts = "hides master ip -n switch link show p0");
}
END_TEST

/* Settings */

START_TEST (test_sysctl_changed) {
    change(.parts = {{"ip_default_ttl: 77", "ip_default_ttl: 78"}}, .touched = "left",
           .facts = "is 78 setting left net/ipv4/ip_default_ttl");
}
END_TEST

/* What a fresh namespace has. */
START_TEST (test_sysctls_removed) {
    change(.parts = {{"    sysctls:\n      net.ipv4.ip_default_ttl: 77\n"
                      "      net.ipv4.neigh.eth0.gc_stale_time: 61\n"
                      "      net.ipv4.conf.eth0.rp_filter: 2\n",
                      ""}},
           .touched = "left",
           .facts = "is 64 setting left net/ipv4/ip_default_ttl;"
                    "is 60 setting left net/ipv4/neigh/eth0/gc_stale_time;"
                    "is 0 setting left net/ipv4/conf/eth0/rp_filter");
}
END_TEST

START_TEST (test_sysctls_added) {
    change(.parts = {{"ip_default_ttl: 77", "ip_default_ttl: 77\n"
                                            "      net.ipv4.conf.all.log_martians: 1\n"
                                            "      net.ipv4.ip_local_port_range: 20000 30000\n"
                                            "      net.ipv6.conf.eth1.hop_limit: 33"}},
           .touched = "left",
           .facts = "is 1 setting left net/ipv4/conf/all/log_martians;"
                    "is \"$(printf '20000\\t30000')\" setting left net/ipv4/ip_local_port_range;"
                    "is 33 setting left net/ipv6/conf/eth1/hop_limit");
    facts("is 64 cat /proc/sys/net/ipv4/ip_default_ttl");
}
END_TEST

/* `default` holds for the devices of the file, as if it had been there before them. */
START_TEST (test_sysctl_of_all_devices_to_come_changed) {
    change(.parts = {{"net.ipv4.ip_default_ttl: 77", "net.ipv4.conf.default.arp_ignore: 1"}},
           .touched = "left",
           .facts = "is 1 setting left net/ipv4/conf/default/arp_ignore;"
                    "is 1 setting left net/ipv4/conf/eth1/arp_ignore");
}
END_TEST

/* A device that is made anew gets its settings anew. */
START_TEST (test_sysctl_of_a_device_that_is_remade) {
    change(.parts = {{"[left:eth0, right:eth0]", "[left:eth0, fourth:eth7]"},
                     {"      eth0: {mac: 02:00:00:00:00:02, addresses: [10.0.0.2/24, fd00::2/64]}\n"
                      "    routes: [{to: 10.0.1.0/24, via: 10.0.0.1}]\n",
                      "      lo:\n"}},
           .touched = "left right fourth", .remade = "left:eth0 right:eth0 fourth:eth7",
           .facts = "is 2 setting left net/ipv4/conf/eth0/rp_filter");
}
END_TEST

START_TEST (test_forwarding_removed) {
    change(.parts = {{"    forwarding: true\n", ""}}, .touched = "left",
           .facts = "is 0 setting left net/ipv4/ip_forward;"
                    "is 0 setting left net/ipv4/conf/eth1/forwarding;"
                    "is 0 setting left net/ipv6/conf/all/forwarding;"
                    "is 0 setting left net/ipv6/conf/eth0/forwarding");
}
END_TEST

START_TEST (test_forwarding_changed) {
    change(.parts = {{"forwarding: true", "forwarding: ipv6"}}, .touched = "left",
           .facts = "is 0 setting left net/ipv4/ip_forward;"
                    "is 0 setting left net/ipv4/conf/default/forwarding;"
                    "is 1 setting left net/ipv6/conf/all/forwarding");
}
END_TEST

/* No word of it reaches the kernel's network; whoever enters sees it. */
static void hostname_becomes(const char *by, const char *hostname)
{
    const char *file = topology_file(&change_lab), *right;

    ok("$NETLAB up %s", file);
    facts("is left.example $NETLAB exec left hostname");
    right = dump_all(0);
    file_with("lab.yaml", edited(change_lab.yaml, "    hostname: left.example\n", by));
    watch("left right third fourth switch calm still host");
    ok("$NETLAB up %s", file);
    facts(text("is %s $NETLAB exec left hostname", hostname));
    same(right, dump_all(0));
    nothing_happened("left right third fourth switch calm still host");
    is_right(file, 0);
    ok("$NETLAB down lab");
}

START_TEST (test_hostname_changed) {
    hostname_becomes("    hostname: other.example\n", "other.example");
}
END_TEST

START_TEST (test_hostname_removed) {
    hostname_becomes("", "left");
}
END_TEST

/* Defaults */

START_TEST (test_defaults_added) {
    change(.parts = {{"namespaces:\n", "defaults:\n"
                                       "  interfaces: {txqueuelen: 55}\n"
                                       "  namespaces: {forwarding: ipv4}\n"
                                       "namespaces:\n"}},
           .touched = "left right third fourth switch calm still",
           .facts = "shows 'qlen 55' ip -n calm link show eth0; shows 'qlen 77' ip -n left link "
                    "show eth0; is 1 setting still net/ipv4/ip_forward;"
                    "shows 'qlen 55' ip -n switch link show br0;"
                    "shows 'qlen 1000' ip -n calm link show lo");
}
END_TEST

/* Everything at once */

START_TEST (test_everything_changes) {
    const struct topology rich = {"rich", rich_before};
    const char *nothing, *file, *first, *second;

    make_foreign();
    nothing = dump_all(0);
    file = topology_file(&rich);
    ok("$NETLAB up %s", file);
    first = dump_all(DUMP_ANEW);
    for (int i = 0; i < 2; i++) {
        file_with("rich.yaml", rich_after);
        ok("$NETLAB up %s", file);
        is_right(file, 0);
        second = dump_all(DUMP_ANEW);
        topology_file(&rich);
        ok("$NETLAB up %s", file);
        is_right(file, 0);
        same(first, dump_all(DUMP_ANEW));
    }
    ok("$NETLAB down rich");
    same(nothing, dump_all(0));
    file_with("rich.yaml", rich_after);
    ok("$NETLAB up %s", file);
    same(dump_all(DUMP_ANEW), second);
    ok("$NETLAB down rich");
    same(nothing, dump_all(0));
}
END_TEST

Suite *change_settings_suite(void)
{
    Suite *suite = suite_create("change-settings");
    TCase *tcase = tcase_create("change-settings");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 180);
    tcase_add_test(tcase, test_gateway_changed);
    tcase_add_test(tcase, test_default_route_changed);
    tcase_add_test(tcase, test_metric_changed);
    tcase_add_test(tcase, test_metric_removed);
    tcase_add_test(tcase, test_routes_table_changed);
    tcase_add_test(tcase, test_routes_type_changed);
    tcase_add_test(tcase, test_routes_source_and_mtu_changed);
    tcase_add_test(tcase, test_next_hops_changed);
    tcase_add_test(tcase, test_next_hops_become_one_gateway);
    tcase_add_test(tcase, test_ipv6_route_changed);
    tcase_add_test(tcase, test_ipv6_metric_changed);
    tcase_add_test(tcase, test_routes_added_and_removed);
    tcase_add_test(tcase, test_rule_changed);
    tcase_add_test(tcase, test_rules_added_and_removed);
    tcase_add_test(tcase, test_neighbor_changed);
    tcase_add_test(tcase, test_neighbor_moved);
    tcase_add_test(tcase, test_bridge_option_changed);
    tcase_add_test(tcase, test_bridge_option_removed);
    tcase_add_test(tcase, test_mac_of_a_bridge_removed);
    tcase_add_test(tcase, test_mtu_of_a_bridge_changed);
    tcase_add_test(tcase, test_stp_turned_on);
    tcase_add_test(tcase, test_bridge_added);
    tcase_add_test(tcase, test_bridge_removed);
    tcase_add_test(tcase, test_bridge_renamed);
    tcase_add_test(tcase, test_port_option_changed);
    tcase_add_test(tcase, test_port_options_removed);
    tcase_add_test(tcase, test_port_moved_to_another_bridge);
    tcase_add_test(tcase, test_made_port_moved_to_another_bridge);
    tcase_add_test(tcase, test_port_unplugged);
    tcase_add_test(tcase, test_sysctl_changed);
    tcase_add_test(tcase, test_sysctls_removed);
    tcase_add_test(tcase, test_sysctls_added);
    tcase_add_test(tcase, test_sysctl_of_all_devices_to_come_changed);
    tcase_add_test(tcase, test_sysctl_of_a_device_that_is_remade);
    tcase_add_test(tcase, test_forwarding_removed);
    tcase_add_test(tcase, test_forwarding_changed);
    tcase_add_test(tcase, test_hostname_changed);
    tcase_add_test(tcase, test_hostname_removed);
    tcase_add_test(tcase, test_defaults_added);
    tcase_add_test(tcase, test_everything_changes);
    suite_add_tcase(suite, tcase);
    return suite;
}
