/* SPDX-License-Identifier: MIT */
/*
 * Job: the examples of VLANs: groups that are apart on switches that they share, and the ways
 *      between them.
 */
#include <string.h>

#include "examples.h"

/* S4.3 */

/* Namespaces netnsN are of two groups: those of one reach each other, and nobody else. */
static void has_groups(const char *green, const char *rosa)
{
    const char *all = text("%s%s", green, rosa), *wanted = "", *pings = "";

    for (const char *from = all; *from; from++)
        for (const char *to = all; *to; to++) {
            if (*from == *to)
                continue;
            pings = text("%s(ip netns exec netns%c ping -nqc1 -W3 192.168.5.%c >/dev/null && echo "
                         "%c reaches %c) & ",
                         pings, *from, *to, *from, *to);
            if (!strchr(green, *from) == !strchr(green, *to))
                wanted = text("%s%c reaches %c\n", wanted, *from, *to);
        }
    same(ok("printf '%s' | sort", wanted).out, ok("{ %s wait; } | sort", pings).out);
}

static void look_at_vlan_groups(void)
{
    json_t *vlans = json_of("bridge -n netns3 -j vlan show");

    ck_assert_int_eq(json_number(vlans, "ifname=veth13 vlans 0 vlan"), 10);
    ck_assert_int_eq(json_number(vlans, "ifname=veth53 vlans 0 vlan"), 20);
    ck_assert_int_eq(json_size(json_at(vlans, "ifname=veth13 vlans")), 1);
    has_groups("12", "45");
    ck_assert(tcp_echo("netns1", "netns2", "192.168.5.2", 41234, 10000));
    ck_assert(!tcp_echo("netns1", "netns4", "192.168.5.4", 41234, 300));
}

START_TEST (test_vlan_groups) {
    example("vlan-groups.yaml", look_at_vlan_groups);
}
END_TEST

/* S4.4 */

static void look_at_vlan_tagged(void)
{
    json_t *vlans = json_of("bridge -n netns3 -j vlan show");

    ck_assert_int_eq(json_number(vlans, "ifname=veth23 vlans 0 vlan"), 10);
    ck_assert_ptr_null(json_at(vlans, "ifname=veth23 vlans 0 flags"));
    ck_assert_int_eq(json_number(ip_json("ip -n netns5 -d -j link show dev veth55.20"),
                                 "0 linkinfo info_data id"),
                     20);
    has_groups("12", "45");
}

START_TEST (test_vlan_tagged) {
    example("vlan-tagged.yaml", look_at_vlan_tagged);
}
END_TEST

/* S4.7 */

static void look_at_vlan_subnets(void)
{
    static const char *const others[] = {"5.1", "5.2", "6.4", "6.5"};

    for (size_t i = 0; i < COUNT(others); i++)
        ck_assert(ping("netns9", text("192.168.%s", others[i])));
    ck_assert(ping("netns1", "192.168.5.2"));
    ck_assert(ping("netns4", "192.168.6.5"));
    /* neither on layer 3 nor, with an address of the other group, on layer 2 */
    ck_assert(no_ping("netns1", "192.168.6.4"));
    ok("ip -n netns1 address add 192.168.6.1/24 dev veth11");
    ck_assert(no_ping("netns1", "192.168.6.4"));
}

START_TEST (test_vlan_subnets) {
    example("vlan-subnets.yaml", look_at_vlan_subnets);
}
END_TEST

/* S4.5 */

static void look_at_vlan_trunk(void)
{
    json_t *vlans = json_of("bridge -n netns8 -j vlan show");

    ck_assert_int_eq(json_number(vlans, "ifname=veth83 vlans 0 vlan"), 10);
    ck_assert_int_eq(json_number(vlans, "ifname=veth83 vlans 1 vlan"), 20);
    ck_assert_int_eq(json_size(json_at(vlans, "ifname=veth83 vlans")), 2);
    ck_assert_ptr_null(json_at(vlans, "ifname=veth83 vlans 0 flags"));
    has_groups("126", "457");
}

START_TEST (test_vlan_trunk) {
    example("vlan-trunk.yaml", look_at_vlan_trunk);
}
END_TEST

/* What a host has received so far. */
static long long received(const char *ns, const char *device)
{
    return json_number(ip_json("ip -n %s -s -j link show dev %s", ns, device),
                       "0 stats64 rx packets");
}

/* The vlan interfaces are ports of one group each, and their frames have its tag on the link. */
static void look_at_vlan_trunk_tagged(void)
{
    static const int ids[] = {10, 20};
    long long before;

    for (size_t i = 0; i < 2 * COUNT(ids); i++) {
        const char *ns = i < 2 ? "netns3" : "netns8", *link = i < 2 ? "veth38" : "veth83";
        int id = ids[i % 2];
        const char *port = text("%s.%d", link, id);
        json_t *vlans = json_of("bridge -n %s -j vlan show", ns);
        json_t *shown = ip_json("ip -n %s -d -j link show dev %s", ns, port);

        ck_assert_int_eq(json_number(vlans, "ifname=%s vlans 0 vlan", port), id);
        ck_assert_int_eq(json_size(json_at(vlans, "ifname=%s vlans", port)), 1);
        ck_assert(json_has(json_at(vlans, "ifname=%s vlans 0 flags", port), "PVID"));
        ck_assert_ptr_null(json_at(vlans, "ifname=%s", link));
        ck_assert_int_eq(json_number(shown, "0 linkinfo info_data id"), id);
        ck_assert_str_eq(json_text(shown, "0 link"), link);
        ck_assert_str_eq(json_text(shown, "0 master"), i < 2 ? "brx" : "bry");
    }
    has_groups("126", "457");
    /* no loop: a broadcast comes once, and does not go on and on */
    before = received("netns6", "veth66");
    ck_assert(no_ping("netns1", "192.168.5.99"));
    ck_assert_int_lt(received("netns6", "veth66") - before, 50);
}

START_TEST (test_vlan_trunk_tagged) {
    example("vlan-trunk-tagged.yaml", look_at_vlan_trunk_tagged);
}
END_TEST

/* S4.6: the part of it that VLANs play */

static void look_at_vlan_both(void)
{
    has_groups("12", "45");
    for (const char *other = "1245"; *other; other++) {
        ck_assert(ping("netns9", text("192.168.5.%c", *other)));
        ck_assert(ping(text("netns%c", *other), "192.168.5.9"));
    }
}

START_TEST (test_vlan_both) {
    example("vlan-both.yaml", look_at_vlan_both);
}
END_TEST

/* S4.6: no way through netns9, but by the firewall's leave */
static void look_at_vlan_firewall(void)
{
    look_at_vlan_both();
    ok("ip netns exec netns9 sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 "
       "net.ipv4.conf.veth99.send_redirects=0; "
       "ip -n netns1 route add 192.168.5.4 via 192.168.5.9; "
       "ip -n netns4 route add 192.168.5.1 via 192.168.5.9");
    ck_assert(no_ping("netns1", "192.168.5.4"));
    has(ok("ip -n netns9 neighbor show 192.168.5.4").out, "lladdr"); /* ARP passes */
    ok("ip netns exec netns3 nft flush ruleset");
    ck_assert(ping("netns1", "192.168.5.4"));
}

START_TEST (test_vlan_firewall) {
    example("vlan-firewall.yaml", look_at_vlan_firewall);
}
END_TEST

/* S4.8 */

static void look_at_internet(void)
{
    ck_assert(ping("netns1", "203.0.113.7"));
    ck_assert(ping("machine", "203.0.113.7"));
    ck_assert(no_ping("netns4", "203.0.113.7"));
    ck_assert(ping("netns4", "192.168.6.10"));    /* as far as the router */
    ck_assert(no_ping("netns4", "192.168.5.1"));  /* nor to the others */
    ck_assert(no_ping("netns11", "192.168.5.1")); /* nobody comes in */
    ck_assert(no_ping("netns11", "198.51.100.10"));
    ck_assert(tcp_echo("netns1", "netns11", "203.0.113.7", 80, 10000));
}

START_TEST (test_internet) {
    example("internet.yaml", look_at_internet);
}
END_TEST

void add_vlan_examples(TCase *tcase)
{
    tcase_add_test(tcase, test_vlan_groups);
    tcase_add_test(tcase, test_vlan_tagged);
    tcase_add_test(tcase, test_vlan_subnets);
    tcase_add_test(tcase, test_vlan_trunk);
    tcase_add_test(tcase, test_vlan_trunk_tagged);
    tcase_add_test(tcase, test_vlan_both);
    tcase_add_test(tcase, test_vlan_firewall);
    tcase_add_test(tcase, test_internet);
}
