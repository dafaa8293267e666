/* SPDX-License-Identifier: MIT */
/*
 * Job: macvlan, macvtap, ipvlan, vlan, dummy, ifb: what stands on another interface, of this
 * namespace, of another one, of the host; and what leads nowhere by itself.
 */
#include <string.h>

#include "cycle.h"
#include "kernel.h"
#include "need.h"
#include "proof.h"

Suite *stacked_suite(void);

static const struct topology macvlan = {
    "macvlan", "namespaces:\n"
               "  wire: {interfaces: {lower: {mtu: 1400}}}\n"
               "  far: {interfaces: {eth0: {addresses: [10.0.0.9/24, 'fd00::9/64'], mtu: 1400}}}\n"
               "  a: {interfaces: {eth0: {type: macvlan, link: 'wire:lower', mode: bridge,\n"
               "       mac: '02:00:00:00:00:0a', addresses: [10.0.0.1/24, 'fd00::1/64']}}}\n"
               "  b: {interfaces: {eth0: {type: macvlan, link: 'wire:lower', mode: bridge,\n"
               "       mtu: 1300, txqueuelen: 9, bcqueuelen: 2000, addresses: [10.0.0.2/24]}}}\n"
               "  p: {interfaces: {eth0: {type: macvlan, link: 'wire:lower', mode: private,\n"
               "       addresses: [10.0.0.3/24]}}}\n"
               "  s: {interfaces: {eth0: {type: macvlan, link: 'wire:lower', mode: source,\n"
               "       nodst: true, macaddr: ['02:00:00:00:00:01', '02:00:00:00:00:02']}}}\n"
               "links: [[wire:lower, far:eth0]]\n"};

static void look_at_macvlan(void)
{
    json_t *a = ip_json("ip -n a -d -j link show eth0"), *b = ip_json("ip -n b -d -j link");
    json_t *s = ip_json("ip -n s -d -j link show eth0");

    has_text(a, "0 linkinfo info_kind", "macvlan");
    has_text(a, "0 linkinfo info_data mode", "bridge");
    has_text(a, "0 address", "02:00:00:00:00:0a");
    has_text(a, "0 mtu", "1400"); /* as what it stands on */
    has_text(a, "0 linkinfo info_data bcqueuelen", "1000");
    has_text(b, "ifname=eth0 mtu", "1300");
    has_text(b, "ifname=eth0 txqlen", "9");
    has_text(b, "ifname=eth0 linkinfo info_data bcqueuelen", "2000");
    has_text(ip_json("ip -n p -d -j link"), "ifname=eth0 linkinfo info_data mode", "private");
    has_text(s, "0 linkinfo info_data mode", "source");
    ck_assert(json_has(json_at(s, "0 linkinfo info_data macaddr_data"), "02:00:00:00:00:02"));
    ck_assert_int_eq(json_size(json_at(s, "0 linkinfo info_data macaddr_data")), 2);
    ck_assert(ping("a", "10.0.0.9"));
    ck_assert(ping("a", "fd00::9"));
    ck_assert(ping("far", "10.0.0.1"));
    ck_assert(ping("b", "10.0.0.1"));
    ck_assert(ping("p", "10.0.0.9"));
    ck_assert(no_ping("p", "10.0.0.1")); /* it talks to nobody on its link */
    ck_assert(tcp_echo("far", "b", "10.0.0.2", 80, 10000));
    proved("macvlan", PROOF_TRAFFIC);
}

START_TEST (test_macvlan) {
    need_kind("macvlan");
    cycle(&macvlan, look_at_macvlan);
}
END_TEST

/* What it takes alone: the link's own address, all frames. */
static const struct topology passthru = {
    "passthru", "namespaces:\n"
                "  wire: {interfaces: {lower: {mac: '02:00:00:00:00:77'}}}\n"
                "  a: {interfaces: {eth0: {type: macvlan, link: 'wire:lower', mode: passthru,\n"
                "       nopromisc: true, addresses: [10.0.0.1/24]}}}\n"
                "  far: {interfaces: {eth0: {addresses: [10.0.0.9/24]}}}\n"
                "links: [[wire:lower, far:eth0]]\n"};

static void look_at_passthru(void)
{
    json_t *a = ip_json("ip -n a -d -j link show eth0");

    has_text(a, "0 address", "02:00:00:00:00:77");
    has_text(a, "0 linkinfo info_data mode", "passthru");
    has(ok("ip -n a -d link show eth0").out, "nopromisc");
    ck_assert(ping("a", "10.0.0.9"));
}

START_TEST (test_macvlan_passthru) {
    need_kind("macvlan");
    cycle(&passthru, look_at_passthru);
}
END_TEST

START_TEST (test_macvlan_changes_in_place) {
    need_kind("macvlan");
    cycle_change(&macvlan,
                 "sed -e '/  b:/,/mtu/ {s/mode: bridge/mode: vepa/; s/txqueuelen: 9, //;"
                 "s/bcqueuelen: 2000, //}' -e 's/mtu: 1300/mtu: 1350/' -e "
                 "'s/nodst: true, //' -e \"s/, '02:00:00:00:00:02'/, '02:00:00:00:00:03'/\"",
                 "b eth0", true);
    has_text(ip_json("ip -n b -d -j link show eth0"), "0 linkinfo info_data mode", "vepa");
    has_text(ip_json("ip -n b -d -j link show eth0"), "0 linkinfo info_data bcqueuelen", "1000");
    has_text(ip_json("ip -n b -j link show eth0"), "0 mtu", "1350");
    has(ok("ip -n s -d link show eth0").out, "02:00:00:00:00:03");
    has_not(ok("ip -n s -d link show eth0").out, "02:00:00:00:00:02");
    cycle_change(&passthru, "sed -e 's/mode: passthru/mode: bridge/' -e 's/nopromisc: true, //'",
                 "a eth0", false);
    has_text(ip_json("ip -n a -d -j link show eth0"), "0 linkinfo info_data mode", "bridge");
}
END_TEST

/* Others' changes are taken back. */
START_TEST (test_macvlan_drift) {
    need_kind("macvlan");
    cycle_drift(&macvlan, "ip -n b link set eth0 type macvlan mode private bcqueuelen 7");
    cycle_drift(&macvlan, "ip -n s link set eth0 type macvlan mode source macaddr flush");
    cycle_drift(&macvlan, "ip -n a link set eth0 mtu 1280");
    cycle_drift(&macvlan, "ip -n a link del eth0");
    cycle_drift(&macvlan, "ip -n wire link del lower");
}
END_TEST

static const struct topology macvtap = {
    "macvtap", "namespaces:\n"
               "  a: {interfaces: {lower: {addresses: [10.0.0.1/24]}, tap0: {type: macvtap,\n"
               "       link: lower, mode: bridge, addresses: [10.0.0.2/24]}}}\n"
               "  b: {interfaces: {eth0: {addresses: [10.0.0.9/24]}}}\n"
               "links: [[a:lower, b:eth0]]\n"};

static void look_at_macvtap(void)
{
    json_t *a = ip_json("ip -n a -d -j link show tap0");

    has_text(a, "0 linkinfo info_kind", "macvtap");
    has_text(a, "0 linkinfo info_data mode", "bridge");
    has_text(a, "0 txqlen", "500");
    ck_assert(ping("b", "10.0.0.2"));
}

START_TEST (test_macvtap) {
    need_kind("macvtap");
    cycle(&macvtap, look_at_macvtap);
}
END_TEST

/* Of the l3 ones the namespace below is the router: it has no ARP for them. */
static const struct topology ipvlan = {
    "ipvlan", "namespaces:\n"
              "  wire: {interfaces: {l2: {mac: '02:00:00:00:02:02'},\n"
              "       l3: {mac: '02:00:00:00:03:03', addresses: [10.3.0.254/24]}}}\n"
              "  far: {interfaces: {eth2: {addresses: [10.2.0.9/24]},\n"
              "       eth3: {addresses: [10.3.0.9/24]}},\n"
              "       routes: [{to: 10.4.0.0/24, via: 10.3.0.254}]}\n"
              "  a: {interfaces: {eth0: {type: ipvlan, link: 'wire:l2', mode: l2, flag: private,\n"
              "       addresses: [10.2.0.1/24]}}}\n"
              "  b: {interfaces: {eth0: {type: ipvlan, link: 'wire:l2', mode: l2, flag: private,\n"
              "       addresses: [10.2.0.2/24]}}}\n"
              "  c: {interfaces: {eth0: {type: ipvlan, link: 'wire:l3', addresses:\n"
              "       [10.4.0.1/24]}}, routes: [{to: default, dev: eth0, family: ipv4}]}\n"
              "  d: {interfaces: {eth0: {type: ipvlan, link: 'wire:l3', addresses:\n"
              "       [10.4.0.2/24]}}, routes: [{to: default, dev: eth0, family: ipv4}]}\n"
              "links: [[wire:l2, far:eth2], [wire:l3, far:eth3]]\n"};

static void look_at_ipvlan(void)
{
    json_t *a = ip_json("ip -n a -d -j link show eth0"), *c = ip_json("ip -n c -d -j link");

    has_text(a, "0 linkinfo info_kind", "ipvlan");
    has_text(a, "0 linkinfo info_data mode", "l2");
    has(ok("ip -n a -d link show eth0").out, "private");
    has_text(c, "ifname=eth0 linkinfo info_data mode", "l3");
    ck_assert_str_eq(json_text(a, "0 address"),
                     json_text(ip_json("ip -n wire -j link"), "ifname=l2 address"));
    ck_assert(ping("a", "10.2.0.9"));
    ck_assert(ping("far", "10.2.0.2"));
    ck_assert(no_ping("a", "10.2.0.2")); /* private */
    ck_assert(ping("c", "10.4.0.2"));
    ck_assert(ping("c", "10.3.0.9"));
    ck_assert(ping("far", "10.4.0.2"));
    proved("ipvlan", PROOF_TRAFFIC);
}

START_TEST (test_ipvlan) {
    need_kind("ipvlan");
    cycle(&ipvlan, look_at_ipvlan);
}
END_TEST

START_TEST (test_ipvlan_changes_in_place) {
    need_kind("ipvlan");
    cycle_change(&ipvlan, "sed -e 's/mode: l2, flag: private/mode: l3s/'", "a eth0", true);
    has_text(ip_json("ip -n b -d -j link show eth0"), "0 linkinfo info_data mode", "l3s");
    has(ok("ip -n b -d link show eth0").out, "bridge");
    ck_assert(ping("a", "10.2.0.2"));
    ok("$NETLAB down ipvlan");
    cycle_drift(&ipvlan, "ip -n c link set eth0 type ipvlan mode l2 vepa");
    cycle_drift(&ipvlan, "ip -n c link del eth0");
}
END_TEST

/* A device of the host that is none of the lab's, and things on it in the host and elsewhere. */
START_TEST (test_on_a_device_of_the_host) {
    static const struct topology topology = {
        "onhost", "namespaces:\n"
                  "  host: {interfaces: {own0: {type: macvlan, link: hand0, mode: bridge,\n"
                  "       addresses: [10.0.0.1/24]}}}\n"
                  "  a: {interfaces: {eth0: {type: macvlan, link: 'host:hand0', mode: bridge,\n"
                  "       addresses: [10.0.0.2/24]}}}\n"};

    need_kind("macvlan");
    ok("ip link add hand0 type veth peer name hand1; ip link set hand0 up; ip link set hand1 up;"
       "ip address add 10.0.0.9/24 dev hand1");
    ok("$NETLAB up %s", topology_file(&topology));
    ck_assert(ping("a", "10.0.0.1"));
    ck_assert(ping("a", "10.0.0.9"));
    ok("$NETLAB down onhost");
    has(ok("ip link show hand0").out, "UP");
    cycle(&topology, NULL);
}
END_TEST

static const struct topology ends = {
    "ends", "namespaces:\n"
            "  a:\n"
            "    interfaces:\n"
            "      d0: {type: dummy, addresses: [10.0.1.1/24, 'fd01::1/64'], mtu: 9000}\n"
            "      d1: {type: dummy, up: false, mac: '02:00:00:00:00:d1'}\n"
            "      i0: {type: ifb}\n"
            "      i1: {type: ifb, txqueuelen: 1000, alias: 'shaped here'}\n"
            "      eth0: {addresses: [10.0.0.1/24]}\n"
            "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}},\n"
            "      routes: [{to: 10.0.1.0/24, via: 10.0.0.1}]}\n"
            "links: [[a:eth0, b:eth0]]\n"};

static void look_at_ends(void)
{
    json_t *a = ip_json("ip -n a -d -j link");

    has_text(a, "ifname=d0 linkinfo info_kind", "dummy");
    has_text(a, "ifname=d0 mtu", "9000");
    ck_assert(!json_has(json_at(a, "ifname=d1 flags"), "UP"));
    has_text(a, "ifname=d1 address", "02:00:00:00:00:d1");
    has_text(a, "ifname=i0 linkinfo info_kind", "ifb");
    has_text(a, "ifname=i0 txqlen", "32");
    has_text(a, "ifname=i1 txqlen", "1000");
    ck_assert(ping("b", "10.0.1.1")); /* an address for others */
    proved("dummy", PROOF_TRAFFIC);
}

START_TEST (test_dummy) {
    need_kind("dummy");
    need_kind("ifb");
    cycle(&ends, look_at_ends);
    cycle_change(&ends, "sed -e 's/, mtu: 9000//' -e 's/txqueuelen: 1000, //'", "a d0", true);
    has_text(ip_json("ip -n a -j link show d0"), "0 mtu", "1500");
    has_text(ip_json("ip -n a -j link show i1"), "0 txqlen", "32");
    cycle_change(&ends, "sed 's/txqueuelen: 1000, //'", "a i1", true);
    cycle_drift(&ends, "ip -n a link set d0 mtu 1400");
}
END_TEST

/* What comes in goes through the ifb, and is counted there. */
START_TEST (test_ifb) {
    static const struct topology topology = {
        "ifb", "namespaces:\n"
               "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24]}, in0: {type: ifb}}}\n"
               "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
               "links: [[a:eth0, b:eth0]]\n"};
    json_t *stats;

    need_kind("ifb");
    ok("$NETLAB up %s", topology_file(&topology));
    ok("set -e; tc -n a qdisc add dev eth0 handle ffff: ingress; "
       "tc -n a filter add dev eth0 parent ffff: protocol ip u32 match u32 0 0 "
       "action mirred egress redirect dev in0");
    ck_assert(ping("b", "10.0.0.1"));
    stats = ip_json("ip -n a -s -j link show in0");
    ck_assert_int_gt(json_number(stats, "0 stats64 tx packets"), 0);
    proved("ifb", PROOF_TRAFFIC);
    ok("ip -n a link set in0 down");
    ck_assert(no_ping("b", "10.0.0.1"));
    ok("$NETLAB up %s", topology_file(&topology)); /* which sets it up again */
    ck_assert(ping("b", "10.0.0.1"));
    proved("ifb", PROOF_OBSERVE);
    ok("$NETLAB down ifb");
}
END_TEST

Suite *stacked_suite(void)
{
    Suite *suite = suite_create("stacked");
    TCase *tcase = tcase_create("stacked");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_macvlan);
    tcase_add_test(tcase, test_macvlan_passthru);
    tcase_add_test(tcase, test_macvlan_changes_in_place);
    tcase_add_test(tcase, test_macvlan_drift);
    tcase_add_test(tcase, test_macvtap);
    tcase_add_test(tcase, test_ipvlan);
    tcase_add_test(tcase, test_ipvlan_changes_in_place);
    tcase_add_test(tcase, test_on_a_device_of_the_host);
    tcase_add_test(tcase, test_dummy);
    tcase_add_test(tcase, test_ifb);
    suite_add_tcase(suite, tcase);
    return suite;
}
