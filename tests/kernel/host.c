/* SPDX-License-Identifier: MIT */
/*
 * Job: labs that change the network that netlab runs in: only what the file declares, and only for
 * as long as the lab is up. What others have there stays.
 */
#include <string.h>
#include <unistd.h>

#include "kernel.h"

enum { EVERYTHING, BRIDGE };

const struct topology host_topologies[] = {
    [EVERYTHING] =
        {"everything",
         "namespaces:\n"
         "  host:\n"
         "    forwarding: true\n"
         "    interfaces:\n"
         "      lo: {addresses: [192.0.2.77/32, '2001:db8::77/128']}\n"
         "      to-a: {addresses: [10.0.0.1/24, 'fd00::1/64'], mtu: 1450, alias: to a,\n"
         "             altnames: [the-way-to-a]}\n"
         "      br-lab: {type: bridge, addresses: [10.0.1.1/24], ports: {p0: {isolated: true}}}\n"
         "    routes:\n"
         "      - {to: 10.9.0.0/16, via: 10.0.0.2}\n"
         "      - {to: 10.10.0.0/16, type: blackhole}\n"
         "      - {to: 10.11.0.0/16, via: 10.0.0.2, table: 4711}\n"
         "      - {to: 'fd09::/64', via: 'fd00::2'}\n"
         "      - {to: 'fd0a::/64', type: unreachable}\n"
         "      - {to: 192.0.2.78, type: local, dev: lo}\n"
         "    rules:\n"
         "      - {priority: 4711, from: 10.0.0.0/24, table: 4711}\n"
         "      - {priority: 4712, from: 'fd00::/64', table: 4711}\n"
         "    neighbors:\n"
         "      - {to: 10.0.0.9, mac: '02:00:00:00:00:09', dev: to-a}\n"
         "    sysctls:\n"
         "      net.ipv4.conf.all.arp_ignore: 1\n"
         "      net.ipv4.conf.to-a.rp_filter: 2\n"
         "      net.ipv4.ip_default_ttl: 99\n"
         "      net.ipv4.ip_local_port_range: 20000 30000\n"
         "  a:\n"
         "    interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64'], mtu: 1450}}\n"
         "  b:\n"
         "links: [[a:eth0, host:to-a], [b:eth0, host:p0]]\n"},
    [BRIDGE] = {"bridge",
                "namespaces:\n"
                "  host: {interfaces: {br-lab: {type: bridge, addresses: [10.0.0.1/24]}}}\n"
                "  a: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                "  b: {interfaces: {eth0: {addresses: [10.0.0.3/24]}}}\n"
                "links: [[a:eth0, host:br-lab], [b:eth0, host:br-lab]]\n"},
    {NULL, NULL}};

static void look_at_host_links(void)
{
    json_t *links = ip_json("ip -d -j address");

    ck_assert(json_at(links, "ifname=lo addr_info local=192.0.2.77"));
    ck_assert(json_at(links, "ifname=lo addr_info local=2001:db8::77"));
    ck_assert(json_at(links, "ifname=to-a addr_info local=10.0.0.1"));
    ck_assert_int_eq(json_number(links, "ifname=to-a mtu"), 1450);
    ck_assert_str_eq(json_text(links, "ifname=to-a ifalias"), "to a");
    ck_assert(json_has(json_at(links, "ifname=to-a altnames"), "the-way-to-a"));
    ck_assert_str_eq(json_text(links, "ifname=p0 master"), "br-lab");
    ck_assert(json_on(links, "ifname=p0 linkinfo info_slave_data isolated"));
    ck_assert(ping(NULL, "10.0.0.2"));
    ck_assert(ping("a", "fd00::1"));
    ck_assert(ping("a", "10.0.0.1"));
}

static void look_at_host_routes(void)
{
    json_t *all = ip_json("ip -d -j route show table all");
    json_t *all6 = ip_json("ip -6 -d -j route show table all");

    ck_assert_str_eq(json_text(all, "dst=10.9.0.0/16 gateway"), "10.0.0.2");
    ck_assert_str_eq(json_text(all, "dst=10.10.0.0/16 type"), "blackhole");
    ck_assert_str_eq(json_text(all, "dst=10.11.0.0/16 table"), "4711");
    ck_assert_str_eq(json_text(all, "dst=192.0.2.78 type"), "local");
    ck_assert_str_eq(json_text(all6, "dst=fd09::/64 gateway"), "fd00::2");
    ck_assert_str_eq(json_text(all6, "dst=fd0a::/64 type"), "unreachable");
    ck_assert_str_eq(json_text(ip_json("ip -j rule"), "priority=4711 table"), "4711");
    ck_assert_str_eq(json_text(ip_json("ip -6 -j rule"), "priority=4712 table"), "4711");
    ck_assert(json_at(ip_json("ip -j neighbor show nud permanent"), "dst=10.0.0.9"));
}

static void look_at_everything(void)
{
    look_at_host_links();
    look_at_host_routes();
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/ip_forward"), "1");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv6/conf/all/forwarding"), "1");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/conf/all/arp_ignore"), "1");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/conf/to-a/rp_filter"), "2");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/ip_default_ttl"), "99");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/ip_local_port_range"), "20000\t30000");
}

static const char *settings(void)
{
    return text("%s %s %s", sysctl_of(NULL, "net/ipv4/ip_default_ttl"),
                sysctl_of(NULL, "net/ipv4/ip_local_port_range"),
                sysctl_of(NULL, "net/ipv6/conf/all/forwarding"));
}

START_TEST (test_host_state_comes_and_goes) {
    const char *before = settings();

    up_look_down(&host_topologies[EVERYTHING], look_at_everything);
    ck_assert_str_eq(settings(), before);
}
END_TEST

START_TEST (test_what_others_have_in_the_host_stays) {
    make_foreign();
    /* Settings that differ from what the kernel starts with have to come back, too. */
    ok("echo 55 >/proc/sys/net/ipv4/ip_default_ttl; echo 2 "
       ">/proc/sys/net/ipv4/conf/all/arp_ignore");
    up_look_down(&host_topologies[EVERYTHING], look_at_everything);
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/ip_default_ttl"), "55");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/conf/all/arp_ignore"), "2");
}
END_TEST

/* Writing ip_forward writes the setting of every device, too; see devinet_sysctl_forward(). */
START_TEST (test_forwarding_of_other_devices_comes_back) {
    const struct topology router = {"router", "namespaces: {host: {forwarding: true}}\n"};

    make_foreign();
    ok("echo 1 >/proc/sys/net/ipv4/conf/br-foreign/forwarding; "
       "echo 1 >/proc/sys/net/ipv6/conf/br-foreign/forwarding");
    ok("$NETLAB up %s", topology_file(&router));
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/conf/v-foreign/forwarding"), "1");
    ok("$NETLAB down router");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/ip_forward"), "0");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/conf/v-foreign/forwarding"), "0");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/conf/br-foreign/forwarding"), "1");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv6/conf/br-foreign/forwarding"), "1");
}
END_TEST

/* Whichever goes first, in the end all is as it was before both. */
START_TEST (test_labs_share_a_setting_of_the_host) {
    const char *yaml = "namespaces: {host: {forwarding: ipv4, sysctls: "
                       "{net.ipv4.ip_default_ttl: 91}}}\n";
    const char *one = file_with("one.yaml", yaml), *two = file_with("two.yaml", yaml);
    const char *before;

    make_foreign();
    ok("echo 1 >/proc/sys/net/ipv4/conf/br-foreign/forwarding");
    before = dump_all(0);
    for (int i = 0; i < 2; i++) {
        ok("$NETLAB up %s && $NETLAB up %s", one, two);
        ok("$NETLAB down %s", i ? "one" : "two");
        ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/ip_default_ttl"), "91");
        ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/ip_forward"), "1");
        ok("$NETLAB down %s", i ? "two" : "one");
        same(before, dump_all(0));
    }
}
END_TEST

START_TEST (test_labs_that_disagree_on_a_setting_of_the_host) {
    struct output output;
    const char *two = file_with("two.yaml", "namespaces:\n  host:\n    sysctls:\n"
                                            "      net.ipv4.conf.all.forwarding: 0\n");
    const char *before;

    ok("$NETLAB up %s", file_with("one.yaml", "namespaces: {host: {forwarding: ipv4}}\n"));
    before = dump_all(0);
    output = exits(3, "$NETLAB up %s", two);
    has(output.err, "two.yaml:4:37: error: lab one has set sysctl net/ipv4/ip_forward of the host "
                    "to 1 already");
    same(before, dump_all(0));
    ok("$NETLAB down one && $NETLAB up %s", two);
}
END_TEST

/* Nothing was set when the first of two settings was fine and the second was not. */
START_TEST (test_labs_that_disagree_on_one_of_two_settings) {
    const char *two = file_with("two.yaml", "namespaces:\n  host:\n    sysctls:\n"
                                            "      net.ipv4.conf.all.arp_announce: 1\n"
                                            "      net.ipv4.conf.all.arp_ignore: 2\n");
    const char *before;

    ok("$NETLAB up %s", file_with("one.yaml", "namespaces: {host: {sysctls: "
                                              "{net.ipv4.conf.all.arp_ignore: 1}}}\n"));
    before = dump_all(0);
    has(exits(3, "$NETLAB up %s", two).err, "lab one has set sysctl");
    same(before, dump_all(0));
}
END_TEST

static void look_at_bridge(void)
{
    ck_assert(ping(NULL, "10.0.0.2"));
    ck_assert(ping("a", "10.0.0.3"));
    ck_assert_int_eq(json_size(ip_json("bridge -j link")), 2);
}

START_TEST (test_bridge_in_the_host) {
    up_look_down(&host_topologies[BRIDGE], look_at_bridge);
}
END_TEST

static void look_at_single(void)
{
    ck_assert(ping(NULL, "10.0.0.2"));
}

START_TEST (test_one_namespace_at_a_bridge_in_the_host) {
    const struct topology single = {
        "single", "namespaces:\n"
                  "  host: {interfaces: {br-lab: {type: bridge, addresses: [10.0.0.1/24]}}}\n"
                  "  a: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                  "links: [[a:eth0, host:br-lab]]\n"};

    up_look_down(&single, look_at_single);
}
END_TEST

/* The far end dies with its namespace only when the last process in there has ended. */
START_TEST (test_host_end_goes_although_a_process_keeps_the_namespace) {
    const char *before = dump_all(0);
    const char *const argv[] = {"ip", "netns", "exec", "a", "sleep", "60", NULL};
    pid_t pid;

    ok("$NETLAB up %s", topology_file(&host_topologies[BRIDGE]));
    pid = start_sleep(argv);
    ok("$NETLAB down bridge");
    ck_assert_int_ne(sh("ip link show br-lab").status, 0);
    same(before, dump_all(0));
    ok("$NETLAB up %s", topology_file(&host_topologies[BRIDGE]));
    ok("$NETLAB down bridge");
    same(before, dump_all(0));
    ok("kill %d", (int)pid);
    finish(pid);
}
END_TEST

/* Several links, one after the other, whose other namespaces go as well. */
START_TEST (test_links_of_the_host_leave_the_file) {
    const struct topology without = {
        "bridge", "namespaces:\n"
                  "  host: {interfaces: {br-lab: {type: bridge, addresses: [10.0.0.1/24]}}}\n"};

    ok("$NETLAB up %s", topology_file(&host_topologies[BRIDGE]));
    ok("$NETLAB up %s", topology_file(&without));
    ck_assert_int_ne(sh("ip link show a-eth0").status, 0);
    ck_assert_int_ne(sh("ip link show b-eth0").status, 0);
    ok("ip link show br-lab");
    ok("$NETLAB up %s && $NETLAB down bridge", topology_file(&host_topologies[BRIDGE]));
}
END_TEST

START_TEST (test_what_others_plug_in_stays) {
    ok("$NETLAB up %s", topology_file(&host_topologies[BRIDGE]));
    ok("ip link add mine type veth peer name other && ip link set mine master br-lab up && "
       "ip link set other up && ip address add 10.0.0.99/24 dev other && "
       "ip route add 10.77.0.0/16 dev other");
    ok("$NETLAB down bridge");
    ck_assert_int_ne(sh("ip link show br-lab").status, 0);
    ok("ip link show mine && ip link show other && ip route show 10.77.0.0/16 | grep other");
}
END_TEST

START_TEST (test_down_when_somebody_deleted_host_objects) {
    const char *before = dump_all(0);

    ok("$NETLAB up %s", topology_file(&host_topologies[EVERYTHING]));
    ok("ip link delete to-a; ip link delete br-lab; ip rule delete priority 4711; "
       "ip address delete 192.0.2.77/32 dev lo; ip route delete blackhole 10.10.0.0/16");
    ok("$NETLAB down everything");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_down_from_another_network_namespace) {
    const char *up;
    struct output output;

    ok("$NETLAB up %s", topology_file(&host_topologies[BRIDGE]));
    ok("ip netns add elsewhere; ip -n elsewhere link set lo up");
    up = dump_all(0);
    output = sh("ip netns exec elsewhere $NETLAB down bridge");
    ck_assert_int_eq(output.status, 3);
    same(up, dump_all(0));
    ok("$NETLAB down bridge");
    ck_assert_int_ne(sh("ip link show br-lab").status, 0);
}
END_TEST

START_TEST (test_file_without_host_leaves_the_host_alone) {
    /* Not even for a moment: the kernel's own record of events must stay empty. */
    const struct topology topology = {"alone", "namespaces: {a: , b: }\n"
                                               "links: [[a:eth0, b:eth0], [a:eth1, b:eth1]]\n"};
    const char *const argv[] = {"ip", "monitor", "link", "address", "route", "rule", NULL};
    pid_t monitor = start(argv);

    usleep(300000);
    ok("$NETLAB up %s", topology_file(&topology));
    ok("$NETLAB down alone");
    usleep(300000);
    ok("kill %d", (int)monitor);
    finish(monitor);
    ck_assert_str_eq(file_text(text("%s/output", sh("printf %%s $TMP").out)), "");
}
END_TEST

Suite *host_suite(void)
{
    Suite *suite = suite_create("host");
    TCase *tcase = tcase_create("host");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_host_state_comes_and_goes);
    tcase_add_test(tcase, test_what_others_have_in_the_host_stays);
    tcase_add_test(tcase, test_forwarding_of_other_devices_comes_back);
    tcase_add_test(tcase, test_labs_share_a_setting_of_the_host);
    tcase_add_test(tcase, test_labs_that_disagree_on_a_setting_of_the_host);
    tcase_add_test(tcase, test_labs_that_disagree_on_one_of_two_settings);
    tcase_add_test(tcase, test_bridge_in_the_host);
    tcase_add_test(tcase, test_one_namespace_at_a_bridge_in_the_host);
    tcase_add_test(tcase, test_host_end_goes_although_a_process_keeps_the_namespace);
    tcase_add_test(tcase, test_links_of_the_host_leave_the_file);
    tcase_add_test(tcase, test_what_others_plug_in_stays);
    tcase_add_test(tcase, test_down_when_somebody_deleted_host_objects);
    tcase_add_test(tcase, test_down_from_another_network_namespace);
    tcase_add_test(tcase, test_file_without_host_leaves_the_host_alone);
    suite_add_tcase(suite, tcase);
    return suite;
}
