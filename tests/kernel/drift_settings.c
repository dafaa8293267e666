/* SPDX-License-Identifier: MIT */
/*
 * Job: interfaces, bridges, their ports and sysctls that somebody has set otherwise.
 */
#include <string.h>

#include "mend.h"

/* Interfaces */

/* Which takes the IPv6 addresses and the routes away, too. */
START_TEST (test_link_down) {
    drift(.by = "ip -n left link set eth0 down", .sign = '~', .at = "      eth0:\n",
          .what = {"interface eth0 in namespace left", "up"});
}
END_TEST

START_TEST (test_link_up) {
    drift(.by = "ip -n right link set eth1 up", .sign = '~', .at = "up: false",
          .what = {"interface eth1 in namespace right", "up"}, .flags = DUMP_NO_TRACES);
}
END_TEST

START_TEST (test_port_down) {
    drift(.by = "ip -n switch link set p0 down", .sign = '~',
          .what = {"interface p0 in namespace switch", "up"});
}
END_TEST

START_TEST (test_bridge_down) {
    drift(.by = "ip -n switch link set br0 down", .sign = '~', .at = "      br0:\n",
          .what = {"interface br0 in namespace switch", "up"});
}
END_TEST

START_TEST (test_loopback_down) {
    drift(.by = "ip -n left link set lo down", .sign = '~',
          .what = {"interface lo in namespace left", "up"});
}
END_TEST

START_TEST (test_mtu_changed) {
    drift(.by = "ip -n left link set eth0 mtu 1300", .at = "mtu: 1400\n", .sign = '~',
          .what = {"interface eth0 in namespace left: mtu is 1300, not 1400"});
}
END_TEST

START_TEST (test_mac_changed) {
    drift(.by = "ip -n left link set eth0 address 02:00:00:00:00:77",
          .at = "mac: 02:00:00:00:00:01", .sign = '~',
          .what = {"interface eth0 in namespace left: mac", "02:00:00:00:00:77"});
}
END_TEST

START_TEST (test_mac_of_a_link_changed) {
    drift(.by = "ip -n switch link set p0 address 02:00:00:00:00:77", .at = "     mac: [",
          .sign = '~', .what = {"interface p0 in namespace switch: mac", "02:00:00:00:00:77"});
}
END_TEST

START_TEST (test_mac_of_a_bridge_changed) {
    drift(.by = "ip -n switch link set br0 address 02:00:00:00:00:77",
          .at = "mac: 02:00:00:00:02:00", .sign = '~',
          .what = {"interface br0 in namespace switch: mac", "02:00:00:00:00:77"});
}
END_TEST

START_TEST (test_alias_changed) {
    drift(.by = "ip -n left link set eth0 alias 'somewhere else'", .at = "alias: ", .sign = '~',
          .what = {"interface eth0 in namespace left: alias", "somewhere else"});
}
END_TEST

START_TEST (test_alias_removed) {
    drift(.by = "ip -n left link set eth0 alias ''", .at = "alias: ", .sign = '~',
          .what = {"interface eth0 in namespace left: alias"});
}
END_TEST

START_TEST (test_altname_removed) {
    drift(.by = "ip -n left link property del dev eth0 altname a-name-that-is-longer-than-fifteen",
          .at = "- a-name-that", .sign = '+',
          .what = {"altname a-name-that-is-longer-than-fifteen", "eth0", "in namespace left"});
}
END_TEST

START_TEST (test_txqueuelen_changed) {
    drift(.by = "ip -n left link set eth0 txqueuelen 78", .at = "txqueuelen: 77", .sign = '~',
          .what = {"interface eth0 in namespace left: txqueuelen is 78, not 77"});
}
END_TEST

/* 1000 where nothing else is said */
START_TEST (test_txqueuelen_that_the_file_leaves_out_changed) {
    drift(.by = "ip -n left link set eth1 txqueuelen 78", .at = "      eth1:\n", .sign = '~',
          .what = {"interface eth1 in namespace left: txqueuelen is 78, not 1000"});
}
END_TEST

/* Bridges */

START_TEST (test_port_unplugged) {
    drift(.by = "ip -n switch link set p0 nomaster", .what = {"p0"});
}
END_TEST

START_TEST (test_made_port_unplugged) {
    drift(.by = "ip -n switch link set right-eth1 nomaster", .at = LINK_MADE,
          .what = {"right-eth1"});
}
END_TEST

START_TEST (test_port_plugged_elsewhere) {
    /* a bridge that its last port has left has no MAC any more */
    drift(.by = "ip -n switch link set p0 master br1", .what = {"p0"}, .remade = "switch:br1",
          .flags = DUMP_ANEW);
}
END_TEST

START_TEST (test_bridge_plugged_in) {
    drift(.by = "ip -n left link add theirs type bridge; ip -n left link set eth1 master theirs",
          .what = {"eth1"}, .theirs = "interface theirs",
          .remove = "ip -n left link delete theirs");
}
END_TEST

START_TEST (test_port_option_changed) {
    drift(.by = "bridge -n switch link set dev p0 isolated off", .at = "isolated: true",
          .sign = '~', .what = {"p0", "isolated"});
}
END_TEST

START_TEST (test_port_cost_changed) {
    drift(.by = "bridge -n switch link set dev p0 cost 7", .at = "cost: 42", .sign = '~',
          .what = {"p0", "cost", "7", "42"});
}
END_TEST

START_TEST (test_port_option_that_the_file_leaves_out_changed) {
    drift(.by = "bridge -n switch link set dev p0 hairpin on", .at = "p0: {isolated", .sign = '~',
          .what = {"p0", "hairpin"});
}
END_TEST

START_TEST (test_bridge_option_changed) {
    drift(.by = "ip -n switch link set br0 type bridge ageing_time 5000", .at = "ageing-time: 100s",
          .sign = '~', .what = {"br0", "ageing-time"});
}
END_TEST

START_TEST (test_bridge_priority_changed) {
    drift(.by = "ip -n switch link set br0 type bridge priority 8192", .at = "priority: 4096",
          .sign = '~', .what = {"br0", "priority is 8192, not 4096"});
}
END_TEST

START_TEST (test_bridge_option_that_the_file_leaves_out_changed) {
    drift(.by = "ip -n switch link set br0 type bridge mcast_querier 1", .at = "      br0:\n",
          .sign = '~', .what = {"br0", "mcast-querier"});
}
END_TEST

START_TEST (test_arp_off) {
    drift(.by = "ip -n left link set eth0 arp off", .at = "      eth0:\n", .sign = '~',
          .what = {"interface eth0 in namespace left: arp is off, not on"});
}
END_TEST

START_TEST (test_multicast_off) {
    drift(.by = "ip -n left link set eth0 multicast off", .at = "      eth0:\n", .sign = '~',
          .what = {"interface eth0 in namespace left: multicast is off, not on"});
}
END_TEST

START_TEST (test_promiscuous) {
    drift(.by = "ip -n left link set eth0 promisc on", .at = "      eth0:\n", .sign = '~',
          .what = {"interface eth0 in namespace left: promisc is on, not off"});
}
END_TEST

START_TEST (test_allmulticast) {
    drift(.by = "ip -n left link set eth0 allmulticast on", .at = "      eth0:\n", .sign = '~',
          .what = {"interface eth0 in namespace left: allmulticast is on, not off"});
}
END_TEST

START_TEST (test_no_link_local_addresses) {
    drift(.by = "ip -n left link set eth0 addrgenmode none", .at = "      eth0:\n", .sign = '~',
          .what = {"interface eth0 in namespace left: addrgenmode is none, not eui64"});
}
END_TEST

START_TEST (test_random_link_local_addresses) {
    drift(.by = "ip -n left link set eth0 addrgenmode random", .at = "      eth0:\n", .sign = '~',
          .what = {"interface eth0 in namespace left: addrgenmode is random, not eui64"});
}
END_TEST

/* With the mode alone it would not come back. */
START_TEST (test_link_local_address_lost_for_good) {
    drift(.by = "ip -n left link set eth0 addrgenmode none; ip -n left link set eth0 down; "
                "ip -n left link set eth0 up;"
                "until ip -n left link show eth0 | grep -q 'state UP'; do sleep 0.01; done",
          .sign = '+', .what = {"address fe80::", "eth0", "in namespace left"});
}
END_TEST

START_TEST (test_manner_of_a_bridge_and_its_port) {
    drift(.by = "ip -n switch link set br0 arp off promisc on; ip -n switch link set p0 multicast "
                "off",
          .at = "      br0:\n", .sign = '~', .what = {"br0", "arp is off", "promisc is on"});
}
END_TEST

START_TEST (test_promiscuous_loopback) {
    drift(.by = "ip -n left link set lo promisc on", .sign = '~',
          .what = {"interface lo in namespace left: promisc is on, not off"});
}
END_TEST

START_TEST (test_mode_that_a_sysctl_chooses) {
    const struct topology chosen = {"chosen",
                                    "namespaces:\n"
                                    "  left: {sysctls: {net.ipv6.conf.eth0.addr_gen_mode: 1}}\n"
                                    "  right: {sysctls: {net.ipv6.conf.default.addr_gen_mode: 1}}\n"
                                    "links: [[left:eth0, right:eth0]]\n"};
    const char *file = topology_file(&chosen);

    ok("$NETLAB up %s", file);
    is_right(file, 0);
    ck_assert_ptr_null(strstr(ok("ip -n right address show dev eth0").out, "fe80::"));
    ok("$NETLAB down %s", file);
}
END_TEST

/* Settings */

START_TEST (test_sysctl_changed) {
    drift(.by = "ip netns exec left sysctl -qw net.ipv4.ip_default_ttl=64",
          .at = "net.ipv4.ip_default_ttl: 77", .sign = '~',
          .what = {"sysctl", "ip_default_ttl", "64", "in namespace left"});
}
END_TEST

START_TEST (test_sysctl_of_a_device_changed) {
    drift(.by = "ip netns exec left sysctl -qw net.ipv4.conf.eth0.rp_filter=0",
          .at = "net.ipv4.conf.eth0.rp_filter: 2", .sign = '~',
          .what = {"sysctl", "rp_filter", "in namespace left"});
}
END_TEST

START_TEST (test_forwarding_off) {
    drift(.by = "ip netns exec left sysctl -qw net.ipv4.ip_forward=0", .at = "forwarding: ipv4",
          .sign = '~', .what = {"forward", "in namespace left"});
}
END_TEST

/* Several at once */

START_TEST (test_everything_at_once) {
    drift(.by = "ip -n left link set eth0 down mtu 1300 address 02:00:00:00:00:77;"
                "ip -n left address delete 10.0.1.1/24 dev eth1;"
                "ip -n left rule delete priority 100;"
                "ip -n left -6 rule delete priority 200; ip -n left neighbor flush nud permanent;"
                "ip -n switch link delete br0; ip -n right link delete eth1; rm /run/netns/right",
          .at = LINK_MADE, .remade = "switch:br0 right:eth1 switch:right-eth1", .flags = DUMP_ANEW);
}
END_TEST

Suite *drift_settings_suite(void)
{
    Suite *suite = suite_create("drift-settings");
    TCase *tcase = tcase_create("drift-settings");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 180);
    tcase_add_test(tcase, test_link_down);
    tcase_add_test(tcase, test_link_up);
    tcase_add_test(tcase, test_port_down);
    tcase_add_test(tcase, test_bridge_down);
    tcase_add_test(tcase, test_loopback_down);
    tcase_add_test(tcase, test_mtu_changed);
    tcase_add_test(tcase, test_mac_changed);
    tcase_add_test(tcase, test_mac_of_a_link_changed);
    tcase_add_test(tcase, test_mac_of_a_bridge_changed);
    tcase_add_test(tcase, test_alias_changed);
    tcase_add_test(tcase, test_alias_removed);
    tcase_add_test(tcase, test_altname_removed);
    tcase_add_test(tcase, test_txqueuelen_changed);
    tcase_add_test(tcase, test_txqueuelen_that_the_file_leaves_out_changed);
    tcase_add_test(tcase, test_port_unplugged);
    tcase_add_test(tcase, test_made_port_unplugged);
    tcase_add_test(tcase, test_port_plugged_elsewhere);
    tcase_add_test(tcase, test_bridge_plugged_in);
    tcase_add_test(tcase, test_port_option_changed);
    tcase_add_test(tcase, test_port_cost_changed);
    tcase_add_test(tcase, test_port_option_that_the_file_leaves_out_changed);
    tcase_add_test(tcase, test_bridge_option_changed);
    tcase_add_test(tcase, test_bridge_priority_changed);
    tcase_add_test(tcase, test_bridge_option_that_the_file_leaves_out_changed);
    tcase_add_test(tcase, test_sysctl_changed);
    tcase_add_test(tcase, test_sysctl_of_a_device_changed);
    tcase_add_test(tcase, test_forwarding_off);
    tcase_add_test(tcase, test_everything_at_once);
    tcase_add_test(tcase, test_arp_off);
    tcase_add_test(tcase, test_multicast_off);
    tcase_add_test(tcase, test_promiscuous);
    tcase_add_test(tcase, test_allmulticast);
    tcase_add_test(tcase, test_no_link_local_addresses);
    tcase_add_test(tcase, test_random_link_local_addresses);
    tcase_add_test(tcase, test_link_local_address_lost_for_good);
    tcase_add_test(tcase, test_manner_of_a_bridge_and_its_port);
    tcase_add_test(tcase, test_promiscuous_loopback);
    tcase_add_test(tcase, test_mode_that_a_sysctl_chooses);
    suite_add_tcase(suite, tcase);
    return suite;
}
