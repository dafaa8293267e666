/* SPDX-License-Identifier: MIT */
/*
 * Job: bridges: their options, those of their ports, the names that ports get.
 */
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

enum { OPTIONS, PORTS, DERIVED, JOINED, NAMED, STP, MTU };

const struct topology bridges_topologies[] = {
    [OPTIONS] = {"options", "namespaces:\n"
                            "  a:\n"
                            "    interfaces:\n"
                            "      br0:\n"
                            "        type: bridge\n"
                            "        priority: 4096\n"
                            "        forward-delay: 4s\n"
                            "        hello-time: 1s\n"
                            "        max-age: 6s\n"
                            "        ageing-time: 100500ms\n"
                            "        group-fwd-mask: 0x4000\n"
                            "        mcast-snooping: true\n"
                            "        mcast-querier: true\n"
                            "        mcast-router: 2\n"
                            "        mcast-igmp-version: 3\n"
                            "        mcast-mld-version: 2\n"
                            "        nf-call-iptables: true\n"
                            "        nf-call-ip6tables: true\n"
                            "        nf-call-arptables: true\n"
                            "        mac: 02:00:00:00:00:77\n"
                            "        mtu: 1450\n"
                            "        addresses: [10.0.0.1/24, 'fd00::1/64']\n"
                            "      br1: {type: bridge, mcast-snooping: no, up: false}\n"
                            "      br2: {type: bridge}\n"
                            "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64'],\n"
                            "                          mac: '02:00:00:00:00:02'}}}\n"
                            "links:\n"
                            "  - {endpoints: [b:eth0, a:br0], mtu: 1450,\n"
                            "     mac: ['02:00:00:00:00:02', '02:00:00:00:00:01']}\n"},
    [PORTS] = {"ports", "namespaces:\n"
                        "  a:\n"
                        "    interfaces:\n"
                        "      br0:\n"
                        "        type: bridge\n"
                        "        ports:\n"
                        "          p0: {hairpin: true, isolated: true, learning: false}\n"
                        "          p1: {flood: false, mcast-flood: false, guard: true}\n"
                        "          p2: {fastleave: true, cost: 42, priority: 16}\n"
                        "          p3:\n"
                        "          p4: {bcast-flood: false, mcast-to-unicast: true}\n"
                        "          p5: {mcast-router: 2, neigh-suppress: true, root-block: true}\n"
                        "  b:\n"
                        "links:\n"
                        "  - [a:p0, b:eth0]\n"
                        "  - [a:p1, b:eth1]\n"
                        "  - [a:p2, b:eth2]\n"
                        "  - [b:eth3, a:p3]\n"
                        "  - [b:eth4, a:p4]\n"
                        "  - [b:eth5, a:p5]\n"},
    [DERIVED] = {"derived", "namespaces:\n"
                            "  host-with-a-long-name-1:\n"
                            "  host-with-a-long-name-2:\n"
                            "  h: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
                            "  sw: {interfaces: {br0: {type: bridge}}}\n"
                            "links:\n"
                            "  - [host-with-a-long-name-1:eth0, sw:br0]\n"
                            "  - [host-with-a-long-name-2:eth0, sw:br0]\n"
                            "  - [h:eth0, sw:br0]\n"
                            "  - [sw:br0, h:twelve-chars]\n"
                            "  - [sw:br0, h:thirteen-char]\n"
                            "  - [sw:br0, h:fourteen-chars]\n"},
    /* Both ends name bridges: a port is made at each. */
    [JOINED] = {"joined", "namespaces:\n"
                          "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
                          "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                          "  s1: {interfaces: {br1: {type: bridge}}}\n"
                          "  s2: {interfaces: {br2: {type: bridge}}}\n"
                          "links:\n"
                          "  - [s1:br1, s2:br2]\n"
                          "  - [a:eth0, s1:br1]\n"
                          "  - [b:eth0, s2:br2]\n"},
    /* The name of a port that is made may be used. */
    [NAMED] = {"named", "namespaces:\n"
                        "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
                        "  s:\n"
                        "    interfaces:\n"
                        "      br0: {type: bridge, ports: {a-eth0: {isolated: true}}}\n"
                        "      a-eth0: {mtu: 1450, alias: to a}\n"
                        "links: [{endpoints: [a:eth0, s:br0], mtu: 1450}]\n"},
    [STP] = {"stp", "namespaces:\n"
                    "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
                    "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                    "  s: {interfaces: {br0: {type: bridge, stp: true, forward-delay: 2s,\n"
                    "                         max-age: 6s, hello-time: 1s}}}\n"
                    "links: [[a:eth0, s:br0], [b:eth0, s:br0]]\n"},
    /* A bridge takes the lowest MTU of its ports, unless it was told. */
    [MTU] = {"mtu", "namespaces:\n"
                    "  s: {interfaces: {high: {type: bridge, mtu: 9000},\n"
                    "                   low: {type: bridge, mtu: 1300}, auto: {type: bridge}}}\n"
                    "  a:\n"
                    "links:\n"
                    "  - [a:eth0, s:high]\n"
                    "  - [a:eth1, s:low]\n"
                    "  - {endpoints: [a:eth2, s:auto], mtu: 1400}\n"},
    {NULL, NULL}};

static void look_at_options(void)
{
    json_t *links = ip_json("ip -n a -d -j link");
    json_t *br0 = json_at(links, "ifname=br0 linkinfo info_data");

    ck_assert_int_eq(json_number(br0, "stp_state"), 0);
    ck_assert_int_eq(json_number(br0, "priority"), 4096);
    ck_assert_int_eq(json_number(br0, "forward_delay"), 400);
    ck_assert_int_eq(json_number(br0, "hello_time"), 100);
    ck_assert_int_eq(json_number(br0, "max_age"), 600);
    ck_assert_int_eq(json_number(br0, "ageing_time"), 10050);
    ck_assert_int_eq(json_number(br0, "group_fwd_mask"), 0x4000);
    ck_assert_int_eq(json_number(br0, "mcast_snooping"), 1);
    ck_assert_int_eq(json_number(br0, "mcast_querier"), 1);
    ck_assert_int_eq(json_number(br0, "mcast_router"), 2);
    ck_assert_int_eq(json_number(br0, "mcast_igmp_version"), 3);
    ck_assert_int_eq(json_number(br0, "mcast_mld_version"), 2);
    ck_assert_int_eq(json_number(br0, "nf_call_iptables"), 1);
    ck_assert_int_eq(json_number(br0, "nf_call_ip6tables"), 1);
    ck_assert_int_eq(json_number(br0, "nf_call_arptables"), 1);
    /* It keeps its own address, although a port has a lower one. */
    ck_assert_str_eq(json_text(links, "ifname=br0 address"), "02:00:00:00:00:77");
    ck_assert_str_eq(json_text(links, "ifname=b-eth0 address"), "02:00:00:00:00:01");
    ck_assert_int_eq(json_number(links, "ifname=br0 mtu"), 1450);
    ck_assert(ping("b", "10.0.0.1"));
    ck_assert(ping("a", "fd00::2"));
    ck_assert_int_eq(json_number(links, "ifname=br1 linkinfo info_data mcast_snooping"), 0);
    ck_assert(!json_has(json_at(links, "ifname=br1 flags"), "UP"));
    ck_assert_int_eq(json_number(links, "ifname=br2 linkinfo info_data mcast_snooping"), 1);
    ck_assert(json_has(json_at(links, "ifname=br2 flags"), "UP"));
}

START_TEST (test_options) {
    up_look_down(&bridges_topologies[OPTIONS], look_at_options);
}
END_TEST

static void look_at_ports(void)
{
    json_t *links = ip_json("ip -n a -d -j link");
    json_t *p0 = json_at(links, "ifname=p0 linkinfo info_slave_data");
    json_t *p1 = json_at(links, "ifname=p1 linkinfo info_slave_data");
    json_t *p2 = json_at(links, "ifname=p2 linkinfo info_slave_data");
    json_t *p3 = json_at(links, "ifname=p3 linkinfo info_slave_data");

    json_t *p4 = json_at(links, "ifname=p4 linkinfo info_slave_data");
    json_t *p5 = json_at(links, "ifname=p5 linkinfo info_slave_data");

    for (int i = 0; i < 6; i++)
        ck_assert_str_eq(json_text(links, "ifname=p%d master", i), "br0");
    ck_assert(!json_on(p4, "bcast_flood") && json_on(p4, "mcast_to_unicast"));
    ck_assert(!json_on(p4, "neigh_suppress") && !json_on(p4, "root_block"));
    ck_assert_int_eq(json_number(p4, "multicast_router"), 1);
    ck_assert(json_on(p5, "bcast_flood") && !json_on(p5, "mcast_to_unicast"));
    ck_assert(json_on(p5, "neigh_suppress") && json_on(p5, "root_block"));
    ck_assert_int_eq(json_number(p5, "multicast_router"), 2);
    ck_assert(json_on(p0, "hairpin") && json_on(p0, "isolated") && !json_on(p0, "learning"));
    ck_assert(json_on(p0, "flood") && json_on(p0, "mcast_flood") && !json_on(p0, "guard"));
    ck_assert(!json_on(p1, "flood") && !json_on(p1, "mcast_flood") && json_on(p1, "guard"));
    ck_assert(!json_on(p1, "hairpin") && json_on(p1, "learning"));
    ck_assert(json_on(p2, "fastleave"));
    ck_assert_int_eq(json_number(p2, "cost"), 42);
    ck_assert_int_eq(json_number(p2, "priority"), 16);
    ck_assert(!json_on(p3, "hairpin") && !json_on(p3, "isolated") && json_on(p3, "learning"));
    ck_assert(json_on(p3, "flood") && json_on(p3, "mcast_flood") && !json_on(p3, "fastleave"));
    ck_assert_int_eq(json_number(p3, "cost"), 2);
    ck_assert_int_eq(json_number(p3, "priority"), 32);
}

START_TEST (test_port_options) {
    up_look_down(&bridges_topologies[PORTS], look_at_ports);
}
END_TEST

/* First ten characters, a dash, four hexadecimal digits. */
static bool is_hashed(const char *name, const char *whole)
{
    bool good = name && strlen(name) == 15 && strncmp(name, whole, 10) == 0 && name[10] == '-';

    for (int i = 11; good && i < 15; i++)
        good = isxdigit((unsigned char)name[i]) && !isupper((unsigned char)name[i]);
    return good;
}

static void look_at_derived(void)
{
    json_t *ports = ip_json("bridge -n sw -j link"), *port;
    size_t i, hashed = 0, fourteen = 0;

    ck_assert_int_eq(json_size(ports), 6);
    ck_assert(json_at(ports, "ifname=h-eth0"));
    ck_assert(json_at(ports, "ifname=h-twelve-chars"));
    ck_assert(json_at(ports, "ifname=h-thirteen-char"));
    json_array_foreach(ports, i, port)
    {
        hashed += is_hashed(json_text(port, "ifname"), "host-with-a-long-name");
        fourteen += is_hashed(json_text(port, "ifname"), "h-fourteen-chars");
    }
    ck_assert_uint_eq(fourteen, 1);
    /* Two, and so of different names, though they begin alike. */
    ck_assert_uint_eq(hashed, 2);
}

START_TEST (test_derived_names) {
    up_look_down(&bridges_topologies[DERIVED], look_at_derived);
}
END_TEST

static void look_at_joined(void)
{
    ck_assert_str_eq(json_text(ip_json("bridge -n s1 -j link"), "ifname=s2-br2 master"), "br1");
    ck_assert_str_eq(json_text(ip_json("bridge -n s2 -j link"), "ifname=s1-br1 master"), "br2");
    ck_assert(ping("a", "10.0.0.2"));
    ck_assert(ping("b", "10.0.0.1"));
}

START_TEST (test_joined_bridges) {
    up_look_down(&bridges_topologies[JOINED], look_at_joined);
}
END_TEST

static void look_at_named(void)
{
    json_t *port = json_at(ip_json("ip -n s -d -j link"), "ifname=a-eth0");

    ck_assert_int_eq(json_number(port, "mtu"), 1450);
    ck_assert_str_eq(json_text(port, "ifalias"), "to a");
    ck_assert(json_on(port, "linkinfo info_slave_data isolated"));
}

START_TEST (test_made_port_can_be_named) {
    up_look_down(&bridges_topologies[NAMED], look_at_named);
}
END_TEST

static void look_at_stp(void)
{
    json_t *ports = ip_json("bridge -n s -j link");

    ck_assert_int_eq(
        json_number(ip_json("ip -n s -d -j link show br0"), "0 linkinfo info_data stp_state"), 1);
    /* `up` waits until the ports forward. */
    ck_assert_str_eq(json_text(ports, "ifname=a-eth0 state"), "forwarding");
    ck_assert_str_eq(json_text(ports, "ifname=b-eth0 state"), "forwarding");
    ck_assert(udp_once("a", "b", "10.0.0.2", 1000));
}

START_TEST (test_stp_is_waited_for) {
    up_look_down(&bridges_topologies[STP], look_at_stp);
}
END_TEST

static void look_at_mtu(void)
{
    json_t *links = ip_json("ip -n s -j link");

    ck_assert_int_eq(json_number(links, "ifname=high mtu"), 9000);
    ck_assert_int_eq(json_number(links, "ifname=a-eth0 mtu"), 1500);
    ck_assert_int_eq(json_number(links, "ifname=low mtu"), 1300);
    ck_assert_int_eq(json_number(links, "ifname=auto mtu"), 1400);
}

START_TEST (test_mtu_of_a_bridge) {
    up_look_down(&bridges_topologies[MTU], look_at_mtu);
}
END_TEST

static void look_at_isolation(void)
{
    ck_assert(ping("a", "10.0.0.3"));
    ck_assert(ping("b", "10.0.0.3"));
    ck_assert_msg(no_ping("a", "10.0.0.2"), "isolated ports talk to each other");
}

START_TEST (test_isolated_ports_isolate) {
    const struct topology isolation = {
        "isolation", "namespaces:\n"
                     "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
                     "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                     "  c: {interfaces: {eth0: {addresses: [10.0.0.3/24]}}}\n"
                     "  s: {interfaces: {br0: {type: bridge,\n"
                     "        ports: {a-eth0: {isolated: yes}, b-eth0: {isolated: on}}}}}\n"
                     "links: [[a:eth0, s:br0], [b:eth0, s:br0], [c:eth0, s:br0]]\n"};

    up_look_down(&isolation, look_at_isolation);
}
END_TEST

Suite *bridges_suite(void)
{
    Suite *suite = suite_create("bridges");
    TCase *tcase = tcase_create("bridges");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_options);
    tcase_add_test(tcase, test_port_options);
    tcase_add_test(tcase, test_derived_names);
    tcase_add_test(tcase, test_joined_bridges);
    tcase_add_test(tcase, test_made_port_can_be_named);
    tcase_add_test(tcase, test_stp_is_waited_for);
    tcase_add_test(tcase, test_mtu_of_a_bridge);
    tcase_add_test(tcase, test_isolated_ports_isolate);
    suite_add_tcase(suite, tcase);
    return suite;
}
