/* SPDX-License-Identifier: MIT */
/*
 * Job: edits of what a lab has in the host, there and back, among things of others; in the end the
 * host is as it was before the lab.
 */
#include "change.h"

#include <string.h>

static const struct topology hosted = {
    "hosted",
    "namespaces:\n"
    "  host:\n"
    "    forwarding: ipv4\n"
    "    interfaces:\n"
    "      lo: {addresses: [192.0.2.77/32]}\n"
    "      to-a:\n"
    "        mac: 02:00:00:00:01:01\n"
    "        mtu: 1450\n"
    "        addresses: [10.0.0.1/24, fd00::1/64]\n"
    "      br-lab: {type: bridge, mac: 02:00:00:00:02:00, addresses: [10.0.1.1/24]}\n"
    "    routes:\n"
    "      - {to: 10.9.0.0/16, via: 10.0.0.2}\n"
    "      - {to: 10.10.0.0/16, type: blackhole}\n"
    "    rules:\n"
    "      - {priority: 4711, from: 10.0.0.0/24, table: 4711}\n"
    "    neighbors:\n"
    "      - {to: 10.0.0.9, mac: 02:00:00:00:00:09, dev: to-a}\n"
    "    sysctls:\n"
    "      net.ipv4.ip_default_ttl: 99\n"
    "      net.ipv4.conf.to-a.rp_filter: 2\n"
    "  a:\n"
    "    interfaces: {eth0: {mac: 02:00:00:00:01:02, addresses: [10.0.0.2/24, fd00::2/64]}}\n"
    "  b: {interfaces: {eth0: {addresses: [10.0.1.2/24]}}}\n"
    "  calm: {interfaces: {eth0: {addresses: [10.0.6.1/24]}}}\n"
    "  left: {interfaces: {eth0: {addresses: [10.0.1.4/24]}}}\n"
    "  still: {interfaces: {eth0: {addresses: [10.0.6.2/24]}}}\n"
    "  third: {interfaces: {eth0: {addresses: [10.0.1.3/24]}}}\n"
    "links:\n"
    "  - [a:eth0, host:to-a]\n"
    "  - [b:eth0, host:br-lab]\n"
    "  - [calm:eth0, still:eth0]\n"
    "  - [left:eth0, third:eth0]\n"};

#define change_hosted(...) change_among_others(&(const struct edit){__VA_ARGS__})

static void change_among_others(const struct edit *edit)
{
    make_foreign();
    /* not what the kernel starts with: it is these that have to come back */
    ok("sysctl -qw net.ipv4.ip_default_ttl=55 net.ipv4.conf.br-foreign.forwarding=1 "
       "net.ipv4.conf.all.arp_ignore=2");
    change_of(&hosted, edit);
    facts("is 55 cat /proc/sys/net/ipv4/ip_default_ttl;"
          "is 1 cat /proc/sys/net/ipv4/conf/br-foreign/forwarding;"
          "is 0 cat /proc/sys/net/ipv4/conf/v-foreign/forwarding;"
          "is 2 cat /proc/sys/net/ipv4/conf/all/arp_ignore");
}

START_TEST (test_host_interface_changed) {
    change_hosted(.parts = {{"mtu: 1450", "mtu: 1400\n        alias: to a\n        altnames: [t]"}},
                  .touched = "host",
                  .facts =
                      "shows 'mtu 1400 ' ip link show t; shows 'alias to a' ip link show to-a");
}
END_TEST

START_TEST (test_host_addresses_changed) {
    change_hosted(.parts = {{"[10.0.0.1/24, fd00::1/64]", "[10.0.0.3/24, fd00::3/64]"},
                            {"[192.0.2.77/32]", "[192.0.2.78/32]"},
                            {"[10.0.1.1/24]", "[10.0.1.1/24, 10.0.2.1/24]"}},
                  .touched = "host",
                  .facts = "shows 'via 10.0.0.2 dev to-a' ip route show 10.9.0.0/16;"
                           "hides 10.0.0.1/24 ip address show to-a;"
                           "hides 192.0.2.77 ip address show lo; shows 192.0.2.78 ip address");
}
END_TEST

START_TEST (test_host_routes_and_rules_changed) {
    change_hosted(.parts = {{"via: 10.0.0.2}", "via: 10.0.0.3, metric: 3}"},
                            {"10.10.0.0/16, type: blackhole", "10.11.0.0/16, type: prohibit"},
                            {"{priority: 4711, from: 10.0.0.0/24, table: 4711}",
                             "{priority: 4711, from: 10.0.0.0/24, table: 4712}"},
                            {"02:00:00:00:00:09", "02:00:00:00:00:08"}},
                  .touched = "host",
                  .facts = "shows 'via 10.0.0.3' ip route show 10.9.0.0/16;"
                           "hides 10.10.0.0/16 ip route; shows 'lookup 4712' ip rule;"
                           "hides 'lookup 4711' ip rule; shows :08 ip neighbor show 10.0.0.9");
}
END_TEST

START_TEST (test_host_link_removed) {
    change_hosted(.parts = {{"      to-a:\n"
                             "        mac: 02:00:00:00:01:01\n"
                             "        mtu: 1450\n"
                             "        addresses: [10.0.0.1/24, fd00::1/64]\n",
                             ""},
                            {"      - {to: 10.9.0.0/16, via: 10.0.0.2}\n", ""},
                            {"    neighbors:\n"
                             "      - {to: 10.0.0.9, mac: 02:00:00:00:00:09, dev: to-a}\n",
                             ""},
                            {"      net.ipv4.conf.to-a.rp_filter: 2\n", ""},
                            {"    interfaces: {eth0: {mac: 02:00:00:00:01:02, addresses: "
                             "[10.0.0.2/24, fd00::2/64]}}\n",
                             ""},
                            {"  - [a:eth0, host:to-a]\n", ""}},
                  .touched = "host a", .remade = "host:to-a a:eth0",
                  .facts = "fails ip link show to-a; fails ip -n a link show eth0;"
                           "shows br-lab ip link");
}
END_TEST

START_TEST (test_host_link_moved_into_a_namespace) {
    change_hosted(.parts = {{"  - [b:eth0, host:br-lab]\n", "  - [b:eth0, a:eth1]\n"}},
                  .touched = "host a b", .remade = "host:b-eth0 b:eth0 a:eth1",
                  .facts = "fails ip link show b-eth0; shows 'state UP' ip -n a link show eth1");
}
END_TEST

START_TEST (test_host_bridge_replaced) {
    change_hosted(.parts = {{"      br-lab: {type: bridge, mac: 02:00:00:00:02:00, ",
                             "      br-two: {type: bridge, mac: 02:00:00:00:03:00, "},
                            {"host:br-lab]", "host:br-two]"}},
                  .touched = "host b", .remade = "host:br-lab host:br-two",
                  .facts = "fails ip link show br-lab; shows 'master br-two' ip link show b-eth0;"
                           "shows 10.0.1.1/24 ip address show br-two");
}
END_TEST

/* Several that are taken away one after the other. */
START_TEST (test_host_interfaces_removed) {
    static const struct topology crowd = {
        "crowd", "namespaces:\n"
                 "  host:\n"
                 "    interfaces:\n"
                 "      br-one: {type: bridge}\n"
                 "      br-two: {type: bridge}\n"
                 "      to-c: {alias: to c}\n"
                 "  a: {interfaces: {lo: }}\n"
                 "  b:\n"
                 "  c:\n"
                 "links: [[a:eth0, host:br-one], [b:eth0, host:br-two], [b:eth1, host:br-two],\n"
                 "        [c:eth0, host:to-c]]\n"};

    make_foreign();
    change_of(&crowd, &(const struct edit){
                          .parts = {{strstr(crowd.yaml, "links:"), "\n"},
                                    {"    interfaces:\n"
                                     "      br-one: {type: bridge}\n"
                                     "      br-two: {type: bridge}\n"
                                     "      to-c: {alias: to c}\n",
                                     ""},
                                    {"  b:\n  c:\n", ""}},
                          .touched = "host a b c",
                          .remade = "a:eth0 b b:lo b:eth0 b:eth1 c c:lo c:eth0 host:br-one "
                                    "host:br-two host:a-eth0 host:b-eth0 host:b-eth1 host:to-c",
                          .facts = "fails ip link show br-one; fails ip link show br-two;"
                                   "fails ip link show b-eth1; fails ip link show to-c;"
                                   "fails ip -n a link show eth0"});
}
END_TEST

START_TEST (test_host_sysctl_changed) {
    change_hosted(.parts = {{"ip_default_ttl: 99", "ip_default_ttl: 88"}}, .touched = "host",
                  .facts = "is 88 cat /proc/sys/net/ipv4/ip_default_ttl");
}
END_TEST

/* What it was before the lab, and not what the kernel begins with. */
START_TEST (test_host_sysctl_removed) {
    change_hosted(.parts = {{"      net.ipv4.ip_default_ttl: 99\n", ""}}, .touched = "host",
                  .facts = "is 55 cat /proc/sys/net/ipv4/ip_default_ttl;"
                           "is 2 cat /proc/sys/net/ipv4/conf/to-a/rp_filter");
}
END_TEST

START_TEST (test_host_sysctl_added) {
    change_hosted(.parts = {{"net.ipv4.ip_default_ttl: 99", "net.ipv4.conf.all.arp_ignore: 1"}},
                  .touched = "host",
                  .facts = "is 55 cat /proc/sys/net/ipv4/ip_default_ttl;"
                           "is 1 cat /proc/sys/net/ipv4/conf/all/arp_ignore");
}
END_TEST

START_TEST (test_host_forwarding_removed) {
    change_hosted(.parts = {{"    forwarding: ipv4\n", ""}}, .touched = "host",
                  .facts = "is 0 cat /proc/sys/net/ipv4/ip_forward;"
                           "is 1 cat /proc/sys/net/ipv4/conf/br-foreign/forwarding;"
                           "is 0 cat /proc/sys/net/ipv4/conf/v-foreign/forwarding");
}
END_TEST

START_TEST (test_host_forwarding_changed) {
    change_hosted(.parts = {{"forwarding: ipv4", "forwarding: ipv6"}}, .touched = "host",
                  .facts = "is 0 cat /proc/sys/net/ipv4/ip_forward;"
                           "is 1 cat /proc/sys/net/ipv6/conf/all/forwarding");
}
END_TEST

/* A lab that came into the host, or leaves it, between two `up`s. */
START_TEST (test_host_no_longer_in_the_file) {
    const char *from = strstr(hosted.yaml, "  host:\n"), *to = strstr(hosted.yaml, "  a:\n");

    change_hosted(.parts = {{text("%.*s", (int)(to - from), from), ""},
                            {"  - [a:eth0, host:to-a]\n  - [b:eth0, host:br-lab]\n",
                             "  - [a:eth0, b:eth0]\n"}},
                  .touched = "host a b", .remade = "host:to-a a:eth0 host:b-eth0 b:eth0",
                  .facts = "fails ip link show to-a; fails ip link show br-lab;"
                           "is 55 cat /proc/sys/net/ipv4/ip_default_ttl;"
                           "is 0 cat /proc/sys/net/ipv4/ip_forward; hides 4711 ip rule;"
                           "hides 10.10.0.0/16 ip route; hides 192.0.2.77 ip address");
}
END_TEST

/* While the lab was up, somebody else has changed what it does not speak of. */
START_TEST (test_host_sysctl_of_others_changed_meanwhile) {
    const char *file = topology_file(&hosted);

    ok("$NETLAB up %s", file);
    ok("sysctl -qw net.ipv4.conf.all.log_martians=1");
    file_with("hosted.yaml", edited(hosted.yaml, "ip_default_ttl: 99", "ip_default_ttl: 88"));
    ok("$NETLAB up %s && $NETLAB down hosted", file);
    facts("is 1 cat /proc/sys/net/ipv4/conf/all/log_martians;"
          "is 64 cat /proc/sys/net/ipv4/ip_default_ttl");
}
END_TEST

/* Of two labs with the same setting, the one that gives it up does not take it from the other. */
START_TEST (test_host_setting_shared_with_another_lab) {
    const char *yaml = "namespaces:\n  host:\n    forwarding: ipv4\n"
                       "    sysctls: {net.ipv4.ip_default_ttl: 91}\n";
    const char *one = file_with("one.yaml", yaml), *two = file_with("two.yaml", yaml);

    make_foreign();
    ok("sysctl -qw net.ipv4.ip_default_ttl=55");
    ok("$NETLAB up %s && $NETLAB up %s", one, two);
    file_with("one.yaml", "namespaces: {host: }\n");
    ok("$NETLAB up %s", one);
    facts("is 91 cat /proc/sys/net/ipv4/ip_default_ttl; is 1 cat /proc/sys/net/ipv4/ip_forward");
    is_right(two, 0);
    ok("$NETLAB down two");
    facts("is 55 cat /proc/sys/net/ipv4/ip_default_ttl; is 0 cat /proc/sys/net/ipv4/ip_forward");
    ok("$NETLAB down one");
}
END_TEST

START_TEST (test_host_setting_of_another_lab) {
    const char *one = file_with("one.yaml", "namespaces: {host: , a: }\n"), *before;
    struct output output;

    ok("$NETLAB up %s", one);
    ok("$NETLAB up %s", file_with("two.yaml", "namespaces: {host: {forwarding: ipv4}}\n"));
    before = dump_all(0);
    file_with("one.yaml", "namespaces:\n  b:\n  host:\n    sysctls:\n"
                          "      net.ipv4.conf.all.forwarding: 0\n");
    output = exits(3, "$NETLAB up %s", one);
    has(output.err, "one.yaml:5:37: error: lab two has set sysctl net/ipv4/ip_forward");
    same(before, dump_all(0));
    ok("$NETLAB down one && $NETLAB down two");
}
END_TEST

/* Names in the host are not ours to take. */
START_TEST (test_host_interface_of_others_in_the_way) {
    const char *file = topology_file(&hosted), *yaml = hosted.yaml, *before;

    make_foreign();
    ok("$NETLAB up %s", file);
    before = dump_all(0);
    yaml = edited(yaml, "[10.0.1.1/24]", "[10.0.1.9/24]");
    yaml = edited(yaml, "[a:eth0, host:to-a]", "[a:eth0, host:to-a]\n  - [a:eth1, host:v-foreign]");
    file_with("hosted.yaml", yaml);
    has(exits(3, "$NETLAB up %s", file).err,
        text("%s:%d:", file, line_of(yaml, "host:v-foreign]")));
    same(before, dump_all(0));
    ok("$NETLAB down hosted");
}
END_TEST

Suite *change_host_suite(void)
{
    Suite *suite = suite_create("change-host");
    TCase *tcase = tcase_create("change-host");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 180);
    tcase_add_test(tcase, test_host_interface_changed);
    tcase_add_test(tcase, test_host_addresses_changed);
    tcase_add_test(tcase, test_host_routes_and_rules_changed);
    tcase_add_test(tcase, test_host_link_removed);
    tcase_add_test(tcase, test_host_link_moved_into_a_namespace);
    tcase_add_test(tcase, test_host_bridge_replaced);
    tcase_add_test(tcase, test_host_interfaces_removed);
    tcase_add_test(tcase, test_host_sysctl_changed);
    tcase_add_test(tcase, test_host_sysctl_removed);
    tcase_add_test(tcase, test_host_sysctl_added);
    tcase_add_test(tcase, test_host_forwarding_removed);
    tcase_add_test(tcase, test_host_forwarding_changed);
    tcase_add_test(tcase, test_host_no_longer_in_the_file);
    tcase_add_test(tcase, test_host_sysctl_of_others_changed_meanwhile);
    tcase_add_test(tcase, test_host_setting_shared_with_another_lab);
    tcase_add_test(tcase, test_host_setting_of_another_lab);
    tcase_add_test(tcase, test_host_interface_of_others_in_the_way);
    suite_add_tcase(suite, tcase);
    return suite;
}
