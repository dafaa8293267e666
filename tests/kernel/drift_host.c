/* SPDX-License-Identifier: MIT */
/*
 * Job: what a person can do to what a lab has in the host, among things of others.
 */
#include "mend.h"

static const struct topology hosted = {
    "hosted",
    "namespaces:\n"
    "  host:\n"
    "    forwarding: true\n"
    "    interfaces:\n"
    "      lo:\n"
    "        addresses:\n"
    "          - 192.0.2.77/32\n"
    "      to-a:\n"
    "        mac: 02:00:00:00:01:01\n"
    "        mtu: 1450\n"
    "        alias: the way to a\n"
    "        altnames:\n"
    "          - way-to-a\n"
    "        addresses:\n"
    "          - 10.0.0.1/24\n"
    "          - fd00::1/64\n"
    "      br-lab:\n"
    "        type: bridge\n"
    "        mac: 02:00:00:00:02:00\n"
    "        addresses: [10.0.1.1/24]\n"
    "        ports: {p0: {isolated: true}}\n"
    "    routes:\n"
    "      - {to: 10.9.0.0/16, via: 10.0.0.2}\n"
    "      - {to: 10.10.0.0/16, type: blackhole}\n"
    "      - {to: 10.11.0.0/16, via: 10.0.0.2, table: 4711}\n"
    "      - {to: 'fd09::/64', via: fd00::2}\n"
    "    rules:\n"
    "      - {priority: 4711, from: 10.0.0.0/24, table: 4711}\n"
    "    neighbors:\n"
    "      - {to: 10.0.0.9, mac: 02:00:00:00:00:09, dev: to-a}\n"
    "    sysctls:\n"
    "      net.ipv4.ip_default_ttl: 99\n"
    "      net.ipv4.conf.to-a.rp_filter: 2\n"
    "  a:\n"
    "    interfaces:\n"
    "      eth0: {mac: 02:00:00:00:01:02, addresses: [10.0.0.2/24, fd00::2/64], mtu: 1450}\n"
    "  b:\n"
    "links:\n"
    "  - [a:eth0, host:to-a]\n"
    "  - {endpoints: [b:eth0, host:p0], mac: [02:00:00:00:02:01, 02:00:00:00:02:02]}\n"
    "  - [b:eth1, host:br-lab]\n"};

#define drift_hosted(...) drift_among_others(&(const struct drift){__VA_ARGS__})

static void drift_among_others(const struct drift *drift)
{
    make_foreign();
    drift_of(&hosted, drift);
}

START_TEST (test_host_veth_deleted) {
    drift_hosted(.by = "ip link delete to-a", .at = "[a:eth0, host:to-a]", .sign = '+',
                 .what = {"to-a"}, .remade = "host:to-a a:eth0", .flags = DUMP_NO_INDEX);
}
END_TEST

START_TEST (test_host_veth_deleted_by_its_far_end) {
    drift_hosted(.by = "ip -n a link delete eth0", .at = "[a:eth0, host:to-a]", .sign = '+',
                 .what = {"to-a"}, .remade = "host:to-a a:eth0", .flags = DUMP_NO_INDEX);
}
END_TEST

START_TEST (test_host_made_port_deleted) {
    drift_hosted(.by = "ip link delete b-eth1", .at = "[b:eth1, host:br-lab]", .sign = '+',
                 .remade = "host:b-eth1 b:eth1", .flags = DUMP_ANEW);
}
END_TEST

START_TEST (test_host_bridge_deleted) {
    drift_hosted(.by = "ip link delete br-lab", .at = "      br-lab:\n", .sign = '+',
                 .what = {"br-lab"}, .remade = "host:br-lab", .flags = DUMP_NO_INDEX);
}
END_TEST

START_TEST (test_host_veth_renamed) {
    drift_hosted(.by = "ip link set to-a down; ip link set to-a name lost", .what = {"to-a"},
                 .remade = "host:to-a a:eth0", .flags = DUMP_NO_INDEX);
}
END_TEST

START_TEST (test_host_address_deleted) {
    drift_hosted(.by = "ip address delete 10.0.0.1/24 dev to-a", .at = "10.0.0.1/24", .sign = '+',
                 .what = {"address 10.0.0.1/24", "to-a"});
}
END_TEST

START_TEST (test_host_address_of_lo_deleted) {
    drift_hosted(.by = "ip address delete 192.0.2.77/32 dev lo", .at = "192.0.2.77/32", .sign = '+',
                 .what = {"address 192.0.2.77/32", "lo"});
}
END_TEST

START_TEST (test_host_ipv6_address_deleted) {
    drift_hosted(.by = "ip address delete fd00::1/64 dev to-a", .at = "fd00::1/64", .sign = '+',
                 .what = {"address fd00::1/64", "to-a"});
}
END_TEST

START_TEST (test_host_route_deleted) {
    drift_hosted(.by = "ip route delete 10.9.0.0/16", .at = "to: 10.9.0.0/16", .sign = '+',
                 .what = {"route", "10.9.0.0/16"});
}
END_TEST

START_TEST (test_host_route_with_another_gateway) {
    drift_hosted(.by = "ip route change 10.9.0.0/16 via 10.0.0.3", .at = "to: 10.9.0.0/16",
                 .what = {"route", "10.9.0.0/16"});
}
END_TEST

START_TEST (test_host_blackhole_deleted) {
    drift_hosted(.by = "ip route delete blackhole 10.10.0.0/16", .at = "to: 10.10.0.0/16",
                 .sign = '+', .what = {"route", "10.10.0.0/16"});
}
END_TEST

START_TEST (test_host_ipv6_route_deleted) {
    drift_hosted(.by = "ip route delete fd09::/64", .at = "to: 'fd09::/64'", .sign = '+',
                 .what = {"route", "fd09::/64"});
}
END_TEST

START_TEST (test_host_table_flushed) {
    drift_hosted(.by = "ip route flush table 4711", .at = "to: 10.11.0.0/16", .sign = '+',
                 .what = {"route", "10.11.0.0/16"});
}
END_TEST

START_TEST (test_host_rule_deleted) {
    drift_hosted(.by = "ip rule delete priority 4711", .at = "priority: 4711", .sign = '+',
                 .what = {"rule", "4711"});
}
END_TEST

START_TEST (test_host_rule_inverted) {
    drift_hosted(.by = "ip rule delete priority 4711;"
                       "ip rule add priority 4711 not from 10.0.0.0/24 table 4711",
                 .at = "priority: 4711", .sign = '~', .what = {"rule", "4711"});
}
END_TEST

START_TEST (test_host_neighbor_deleted) {
    drift_hosted(.by = "ip neighbor delete 10.0.0.9 dev to-a", .at = "to: 10.0.0.9,", .sign = '+',
                 .what = {"neighbor", "10.0.0.9"});
}
END_TEST

START_TEST (test_host_link_down) {
    drift_hosted(.by = "ip link set to-a down", .at = "      to-a:\n", .sign = '~',
                 .what = {"interface to-a", "up"});
}
END_TEST

START_TEST (test_host_arp_off) {
    drift_hosted(.by = "ip link set to-a arp off; ip link set br-lab promisc on",
                 .at = "      to-a:\n", .sign = '~', .what = {"interface to-a", "arp is off"});
}
END_TEST

START_TEST (test_host_mtu_changed) {
    drift_hosted(.by = "ip link set to-a mtu 1300", .at = "mtu: 1450\n", .sign = '~',
                 .what = {"interface to-a", "mtu is 1300, not 1450"});
}
END_TEST

START_TEST (test_host_mac_changed) {
    drift_hosted(.by = "ip link set to-a address 02:00:00:00:00:77", .at = "mac: 02:00:00:00:01:01",
                 .sign = '~', .what = {"interface to-a", "02:00:00:00:00:77"});
}
END_TEST

START_TEST (test_host_alias_removed) {
    drift_hosted(.by = "ip link set to-a alias ''", .at = "alias: ", .sign = '~',
                 .what = {"interface to-a", "alias"});
}
END_TEST

START_TEST (test_host_altname_removed) {
    drift_hosted(.by = "ip link property del dev to-a altname way-to-a", .at = "- way-to-a",
                 .sign = '+', .what = {"altname way-to-a", "to-a"});
}
END_TEST

START_TEST (test_host_port_unplugged) {
    drift_hosted(.by = "ip link set p0 nomaster", .what = {"p0"});
}
END_TEST

START_TEST (test_host_port_in_a_bridge_of_others) {
    drift_hosted(.by = "ip link set b-eth1 master br-foreign", .at = "[b:eth1, host:br-lab]",
                 .what = {"b-eth1"});
}
END_TEST

START_TEST (test_host_port_option_changed) {
    drift_hosted(.by = "bridge link set dev p0 isolated off", .at = "isolated: true", .sign = '~',
                 .what = {"p0", "isolated"});
}
END_TEST

START_TEST (test_host_sysctl_changed) {
    drift_hosted(.by = "sysctl -qw net.ipv4.ip_default_ttl=64", .at = "net.ipv4.ip_default_ttl: 99",
                 .sign = '~', .what = {"sysctl", "ip_default_ttl", "64"});
    facts("is 64 cat /proc/sys/net/ipv4/ip_default_ttl");
}
END_TEST

START_TEST (test_host_sysctl_of_a_device_changed) {
    drift_hosted(.by = "sysctl -qw net.ipv4.conf.to-a.rp_filter=0",
                 .at = "net.ipv4.conf.to-a.rp_filter: 2", .sign = '~', .what = {"rp_filter"});
}
END_TEST

START_TEST (test_host_forwarding_off) {
    drift_hosted(.by = "sysctl -qw net.ipv4.ip_forward=0", .at = "forwarding: true", .sign = '~',
                 .what = {"forward"});
}
END_TEST

START_TEST (test_host_everything_at_once) {
    drift_hosted(.by = "ip link delete br-lab; ip link delete to-a; ip rule delete priority 4711;"
                       "ip route flush table 4711; ip route delete blackhole 10.10.0.0/16;"
                       "ip address delete 192.0.2.77/32 dev lo; sysctl -qw net.ipv4.ip_forward=0;"
                       "ip netns delete b",
                 .at = "  b:\n", .sign = '+', .what = {"namespace b"},
                 .remade = "host:br-lab host:to-a a:eth0 b b:lo b:eth0 b:eth1 host:p0 host:b-eth1",
                 .flags = DUMP_ANEW);
}
END_TEST

/* It lives on without its name, and so do its links' ends in the host: they are taken away. */
START_TEST (test_host_namespace_deleted_but_held) {
    drift_hosted(.held = "b", .by = "ip netns delete b", .at = "  b:\n", .sign = '+',
                 .what = {"namespace b"}, .remade = "b b:lo b:eth0 b:eth1 host:p0 host:b-eth1",
                 .flags = DUMP_ANEW);
}
END_TEST

Suite *drift_host_suite(void)
{
    Suite *suite = suite_create("drift-host");
    TCase *tcase = tcase_create("drift-host");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 180);
    tcase_add_test(tcase, test_host_veth_deleted);
    tcase_add_test(tcase, test_host_veth_deleted_by_its_far_end);
    tcase_add_test(tcase, test_host_made_port_deleted);
    tcase_add_test(tcase, test_host_bridge_deleted);
    tcase_add_test(tcase, test_host_veth_renamed);
    tcase_add_test(tcase, test_host_address_deleted);
    tcase_add_test(tcase, test_host_address_of_lo_deleted);
    tcase_add_test(tcase, test_host_ipv6_address_deleted);
    tcase_add_test(tcase, test_host_route_deleted);
    tcase_add_test(tcase, test_host_route_with_another_gateway);
    tcase_add_test(tcase, test_host_blackhole_deleted);
    tcase_add_test(tcase, test_host_ipv6_route_deleted);
    tcase_add_test(tcase, test_host_table_flushed);
    tcase_add_test(tcase, test_host_rule_deleted);
    tcase_add_test(tcase, test_host_neighbor_deleted);
    tcase_add_test(tcase, test_host_link_down);
    tcase_add_test(tcase, test_host_mtu_changed);
    tcase_add_test(tcase, test_host_mac_changed);
    tcase_add_test(tcase, test_host_alias_removed);
    tcase_add_test(tcase, test_host_altname_removed);
    tcase_add_test(tcase, test_host_port_unplugged);
    tcase_add_test(tcase, test_host_port_in_a_bridge_of_others);
    tcase_add_test(tcase, test_host_port_option_changed);
    tcase_add_test(tcase, test_host_sysctl_changed);
    tcase_add_test(tcase, test_host_sysctl_of_a_device_changed);
    tcase_add_test(tcase, test_host_forwarding_off);
    tcase_add_test(tcase, test_host_everything_at_once);
    tcase_add_test(tcase, test_host_namespace_deleted_but_held);
    tcase_add_test(tcase, test_host_rule_inverted);
    tcase_add_test(tcase, test_host_arp_off);
    suite_add_tcase(suite, tcase);
    return suite;
}
