/* SPDX-License-Identifier: MIT */
/*
 * Job: devices of the host that only some kernels have: bridges that look at VLANs, which a lab
 * plugs into with VLANs of its own.
 */
#include "kernel.h"
#include "need.h"

Suite *existing_suite(void);

#define LAN(ports)                                                                                 \
    "namespaces:\n"                                                                                \
    "  host:\n"                                                                                    \
    "    interfaces:\n"                                                                            \
    "      br-lan: {existing: true, type: bridge, ports: {" ports "}}\n"                           \
    "  red: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"                                    \
    "  blue: {interfaces: {eth0: {addresses: [10.0.0.3/24]}}}\n"                                   \
    "links: [[red:eth0, host:br-lan], [blue:eth0, host:br-lan]]\n"

/* A bridge whose ports begin with VLAN 5, and somebody in VLAN 10. */
static void make_lan(void)
{
    need_vlan_filtering();
    ok("set -e; ip netns add far; ip link add br-lan address 02:00:00:00:00:f0 type bridge "
       "vlan_filtering 1 vlan_default_pvid 5 mcast_snooping 0; ip link set br-lan up; "
       "ip link add lan0 type veth peer name eth0 netns far; ip link set lan0 master br-lan up; "
       "bridge vlan del vid 5 dev lan0; bridge vlan add vid 10 pvid untagged dev lan0; "
       "ip -n far address add 10.0.0.1/24 dev eth0; ip -n far link set eth0 up");
}

/* "5 PVID Egress Untagged, …" */
static const char *vlans_of(const char *port)
{
    return ok("bridge vlan show dev %s | sed -n 's/^[a-z0-9-]*[[:space:]]*//; 2,$p' | "
              "paste -sd, | tr -d '\\n'",
              port)
        .out;
}

static const char *state(void)
{
    return ok("bridge vlan show; ip -d link show br-lan | sed 's/ [a-z_]*timer *[0-9.]*//g'; "
              "ls /run")
        .out;
}

START_TEST (test_ports_with_vlans) {
    const char *file, *before;

    make_lan();
    before = state();
    file = file_with("lan.yaml", LAN("red-eth0: {access: 10}"));
    ok("$NETLAB up %s", file);
    ck_assert_str_eq(vlans_of("red-eth0"), "10 PVID Egress Untagged");
    ck_assert_str_eq(vlans_of("blue-eth0"), "5 PVID Egress Untagged");
    ck_assert_str_eq(vlans_of("br-lan"), "5 PVID Egress Untagged");
    ck_assert(ping("red", "10.0.0.1"));
    ck_assert(no_ping("blue", "10.0.0.1"));
    ok("$NETLAB diff %s", file);
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    ok("$NETLAB dump lan >$TMP/dump.yaml; $NETLAB diff - <$TMP/dump.yaml");
    ok("bridge vlan add vid 20 dev red-eth0; bridge vlan add vid 6 dev br-lan self");
    has(exits(1, "$NETLAB diff %s", file).out, "vlan 20");
    ok("$NETLAB up %s", file);
    ck_assert_str_eq(vlans_of("red-eth0"), "10 PVID Egress Untagged");
    ck_assert_str_eq(vlans_of("br-lan"), "5 PVID Egress Untagged,6"); /* that is not ours */
    ok("bridge vlan del vid 6 dev br-lan self");
    file = file_with("lan.yaml", LAN("blue-eth0: {trunk: [10, 20]}"));
    ok("$NETLAB up %s", file);
    ck_assert_str_eq(vlans_of("red-eth0"), "5 PVID Egress Untagged");
    ck_assert_str_eq(vlans_of("blue-eth0"), "10,20");
    ck_assert(no_ping("red", "10.0.0.1"));
    ok("$NETLAB diff %s", file);
    ok("$NETLAB down lan");
    same(before, state());
    ok("$NETLAB up - <$TMP/dump.yaml");
    ck_assert_str_eq(vlans_of("red-eth0"), "10 PVID Egress Untagged");
    ck_assert(ping("red", "10.0.0.1"));
    ok("$NETLAB down lan");
    same(before, state());
}
END_TEST

START_TEST (test_bridge_without_vlans) {
    const char *file, *before, *wrong = ":4:73: error: bridge br-lan does not look at VLANs";

    make_lan();
    file = file_with("lan.yaml", LAN("red-eth0: {access: 10}"));
    ok("ip link set br-lan type bridge vlan_filtering 0");
    before = state();
    has(exits(3, "$NETLAB up %s", file).err, wrong);
    same(before, state());
    ok("ip link set br-lan type bridge vlan_filtering 1; $NETLAB up %s", file);
    ck_assert(ping("red", "10.0.0.1"));
    ok("ip link set br-lan type bridge vlan_filtering 0"); /* meanwhile */
    has(exits(1, "$NETLAB diff %s", file).out, "br-lan in namespace host: vlan-filtering is false");
    has(exits(3, "$NETLAB up %s", file).err, wrong);
    ok("$NETLAB down lan");
    same(before, state());
}
END_TEST

Suite *existing_suite(void)
{
    Suite *suite = suite_create("existing");
    TCase *tcase = tcase_create("existing");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_ports_with_vlans);
    tcase_add_test(tcase, test_bridge_without_vlans);
    suite_add_tcase(suite, tcase);
    return suite;
}
