/* SPDX-License-Identifier: MIT */
/*
 * Job: that the tests can tell what the kernel has, and that each of the guests in tests/guest has
 * what it is there for. Nothing here is about netlab.
 */
#include "kernel.h"
#include "need.h"

Suite *needs_suite(void);

/* Links that the UML guest is there for. */
static const char *const lent[] = {"bond", "dummy",  "geneve", "gre",  "ip6gre",
                                   "ipip", "ipvlan", "sit",    "vlan", "vrf"};

/* Links that netlab's own are made of: every kernel has them. */
START_TEST (test_what_all_have) {
    ck_assert(has_kind("veth"));
    ck_assert(has_kind("bridge"));
    ck_assert_int_eq(json_size(ip_json("ip -j link")), 1); /* nothing is left but lo */
}
END_TEST

START_TEST (test_what_none_has) {
    ck_assert(!has_kind("nonesuch"));
    ck_assert(!has_qdisc("nonesuch"));
}
END_TEST

START_TEST (test_kind) {
    need_kind(lent[_i]); /* the kernel makes one, and takes it away again */
}
END_TEST

/* A tagged frame comes through, another tag's does not. */
START_TEST (test_vlan_links) {
    need_kind("vlan");
    ok("set -e; for n in a b; do ip netns add $n; done; "
       "ip link add v netns a type veth peer name v netns b; "
       "for n in a b; do ip -n $n link set v up; "
       "for id in 5 6; do ip -n $n link add link v name v.$id type vlan id $id; done; done; "
       "ip -n a address add 10.0.5.1/24 dev v.5; ip -n a link set v.5 up; "
       "ip -n b address add 10.0.5.2/24 dev v.5; ip -n b link set v.5 up");
    ck_assert(ping("a", "10.0.5.2"));
    ok("set -e; ip -n b address flush dev v.5; "
       "ip -n b address add 10.0.5.2/24 dev v.6; ip -n b link set v.6 up");
    ck_assert(no_ping("a", "10.0.5.2"));
}
END_TEST

/* Delay of netem can be measured: a packet there, its answer back. */
START_TEST (test_netem) {
    struct output output;

    need_netem();
    ok("tc qdisc add dev lo root netem delay 60ms");
    output = ok("ping -q -c 1 -W 5 127.0.0.1");
    if (output.milliseconds < 120)
        test_fail("2 × 60 ms took %.1f ms", output.milliseconds);
}
END_TEST

START_TEST (test_vlan_filtering) {
    need_vlan_filtering();
    ok("ip link add br0 type bridge vlan_filtering 1 vlan_default_pvid 7");
    ck_assert_int_eq(
        json_number(ip_json("ip -d -j link show br0"), "0 linkinfo info_data vlan_filtering"), 1);
    ck_assert_int_eq(json_number(json_of("bridge -j vlan show dev br0"), "0 vlans 0 vlan"), 7);
}
END_TEST

Suite *needs_suite(void)
{
    Suite *suite = suite_create("needs");
    TCase *tcase = tcase_create("needs");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_what_all_have);
    tcase_add_test(tcase, test_what_none_has);
    tcase_add_loop_test(tcase, test_kind, 0, (int)COUNT(lent));
    tcase_add_test(tcase, test_vlan_links);
    tcase_add_test(tcase, test_netem);
    tcase_add_test(tcase, test_vlan_filtering);
    suite_add_tcase(suite, tcase);
    return suite;
}
