/* SPDX-License-Identifier: MIT */
/*
 * Job: VLAN-aware bridges: tables as `bridge vlan` shows them, frames with and without tags, and
 * that VLANs change one by one.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cycle.h"
#include "kernel.h"
#include "need.h"

enum { FORMS, HOST, HOSTS, FIRST, JOINED };

#define HOSTS_OF(first, last)                                                                      \
    "namespaces:\n"                                                                                \
    "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"                                      \
    "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"                                      \
    "  c: {interfaces: {eth0: {addresses: [10.0.0.3/24]}}}\n"                                      \
    "  t: {interfaces: {eth0: {addresses: [10.0.0.4/24]}}}\n"                                      \
    "  sw:\n"                                                                                      \
    "    interfaces:\n"                                                                            \
    "      br0:\n"                                                                                 \
    "        type: bridge\n"                                                                       \
    "        addresses: [10.0.0.9/24]\n"                                                           \
    "        vlan-filtering: true\n" first                                                         \
    "links: [[a:eth0, sw:br0], [b:eth0, sw:br0], [c:eth0, sw:br0], [t:eth0, sw:br0]]\n" last

#define HOSTS_YAML                                                                                 \
    HOSTS_OF("        vlans: [{id: 10, pvid: true, untagged: true}]\n"                             \
             "        ports:\n"                                                                    \
             "          a-eth0: {access: 10}\n"                                                    \
             "          b-eth0: {access: 10}\n"                                                    \
             "          c-eth0: {access: 20}\n"                                                    \
             "          t-eth0: {trunk: [10, 20-22]}\n",                                           \
             "")

Suite *vlan_bridge_suite(void);

/* Bridges whose entries are compared have MACs: in a VLAN where it is no port's, the lowest one of
   all ports has an entry of the bridge's. */
static const struct topology topologies[] = {
    [FORMS] = {"forms", "namespaces:\n"
                        "  far:\n"
                        "  sw:\n"
                        "    interfaces:\n"
                        "      br0:\n"
                        "        type: bridge\n"
                        "        mac: '02:00:00:00:00:b0'\n"
                        "        vlan-filtering: true\n"
                        "        vlan-protocol: 802.1ad\n"
                        "        vlan-default-pvid: 7\n"
                        "        vlans: [7, 4094]\n"
                        "        ports:\n"
                        "          p0: {access: 10}\n"
                        "          p1: {access: 7, untagged: [50-52, 1], isolated: true}\n"
                        "          p2: {trunk: [4000-4094, 10]}\n"
                        "          p3: {trunk: [5-9], native: 1, cost: 9}\n"
                        "          p4: {vlans: [{id: 50, pvid: true}, {id: 10-12, untagged: true},"
                        " 20]}\n"
                        "          p5: {vlans: []}\n"
                        "          p6: {vlans: [6, {id: 7, untagged: true}]}\n"
                        "          p7:\n"
                        "          br1-x: {access: 3}\n"
                        "      br1: {type: bridge, vlan-filtering: true, vlan-default-pvid: 0,\n"
                        "            mac: '02:00:00:00:00:b1'}\n"
                        "      br2: {type: bridge}\n"
                        "  br1:\n"
                        "links:\n"
                        "  - [far:p0, sw:p0]\n"
                        "  - [sw:p1, far:p1]\n"
                        "  - [far:p2, sw:p2]\n"
                        "  - [far:p3, sw:p3]\n"
                        "  - [far:p4, sw:p4]\n"
                        "  - [far:p5, sw:p5]\n"
                        "  - [far:p6, sw:p6]\n"
                        "  - [far:p7, sw:p7]\n"
                        "  - [far:p8, sw:br0]\n"
                        "  - [far:p9, sw:br1]\n"
                        "  - [far:p10, sw:br2]\n"
                        "  - [br1:x, sw:br0]\n"},
    [HOSTS] = {"hosts", HOSTS_YAML},
    /* A bridge of the host's, with a VLAN of its own. */
    [HOST] = {"host-vlans",
              "namespaces:\n"
              "  host:\n"
              "    interfaces:\n"
              "      v-net: {type: bridge, vlan-filtering: true, addresses: [10.0.0.9/24],\n"
              "              mac: '02:00:00:00:00:b0',\n"
              "              vlans: [{id: 10, pvid: true, untagged: true}],\n"
              "              ports: {a-eth0: {access: 10}, b-eth0: {access: 20}}}\n"
              "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
              "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
              "links: [[a:eth0, host:v-net], [host:v-net, b:eth0]]\n"},
    /* Nothing is said: all are in VLAN 1. */
    [FIRST] = {"first", HOSTS_OF("        vlan-default-pvid: 5\n", "")},
    /* Both halves of a link are ports; of the second one, neither is said anything of. */
    [JOINED] = {"joined-vlans", "namespaces:\n"
                                "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
                                "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                                "  s1: {interfaces: {br0: {type: bridge, vlan-filtering: true,\n"
                                "       ports: {a-eth0: {access: 10}, s2-br0: {trunk: [10]}}}}}\n"
                                "  s2: {interfaces: {br0: {type: bridge, vlan-filtering: true,\n"
                                "       ports: {b-eth0: {access: 10}, s1-br0: {trunk: [10]}}}}}\n"
                                "links: [[a:eth0, s1:br0], [b:eth0, s2:br0], [s1:br0, s2:br0]]\n"},
};

/* "1pu 10 20-22": as bridge(8) has them, in its order. */
static const char *vlans_of(const char *ns, const char *port)
{
    json_t *vlans = json_at(
        json_of("bridge %s -j -compressvlans vlan show dev %s", ns ? text("-n %s", ns) : "", port),
        "0 vlans");
    const char *all = "";

    for (int i = 0; i < json_size(vlans); i++) {
        json_t *flags = json_at(vlans, "%d flags", i);
        const char *end = json_text(vlans, "%d vlanEnd", i);

        all = text("%s%s%s%s%s%s%s", all, *all ? " " : "", json_text(vlans, "%d vlan", i),
                   end ? "-" : "", end ? end : "", json_has(flags, "PVID") ? "p" : "",
                   json_has(flags, "Egress Untagged") ? "u" : "");
    }
    return all;
}

static void has_vlans(const char *ns, const char *port, const char *wanted)
{
    const char *seen = vlans_of(ns, port);

    if (strcmp(seen, wanted) != 0)
        test_fail("%s of %s has VLANs '%s', not '%s'", port, ns ? ns : "the host", seen, wanted);
}

static json_t *bridge_option(const char *name, const char *option)
{
    return json_at(ip_json("ip -n sw -d -j link show %s", name), "0 linkinfo info_data %s", option);
}

static void look_at_forms(void)
{
    has_vlans("sw", "br0", "7 4094");
    has_vlans("sw", "p0", "10pu");
    has_vlans("sw", "p1", "1u 7pu 50-52u");
    has_vlans("sw", "p2", "10 4000-4094");
    has_vlans("sw", "p3", "1pu 5-9");
    has_vlans("sw", "p4", "10-12u 20 50p");
    has_vlans("sw", "p5", "");
    has_vlans("sw", "p6", "6 7u");
    has_vlans("sw", "p7", "7pu");
    has_vlans("sw", "far-p8", "7pu");
    has_vlans("sw", "br1-x", "3pu");
    has_vlans("sw", "br1", "");
    has_vlans("sw", "far-p9", "");
    has_vlans("sw", "br2", "1pu");
    ck_assert_int_eq(json_integer_value(bridge_option("br0", "vlan_filtering")), 1);
    ck_assert_int_eq(json_integer_value(bridge_option("br0", "vlan_default_pvid")), 7);
    ck_assert_str_eq(json_string_value(bridge_option("br0", "vlan_protocol")), "802.1ad");
    ck_assert_int_eq(json_integer_value(bridge_option("br1", "vlan_default_pvid")), 0);
    ck_assert_str_eq(json_string_value(bridge_option("br1", "vlan_protocol")), "802.1Q");
    ck_assert_int_eq(json_integer_value(bridge_option("br2", "vlan_filtering")), 0);
}

START_TEST (test_forms) {
    need_vlan_filtering();
    up_look_down(&topologies[FORMS], look_at_forms);
}
END_TEST

/* All pings at once: most of them are not answered. "ab ba …", sorted */
static const char *reach(const char *names, const char *addresses)
{
    const char *pings = "";

    for (size_t i = 0; names[i]; i++)
        for (size_t j = 0; addresses[j]; j++)
            pings = text("%s(ip netns exec %c ping -nqc1 -W3 10.0.0.%c >/dev/null && echo %c%c) & ",
                         pings, names[i], addresses[j], names[i], addresses[j]);
    return ok("{ %s wait; } | sort | tr '\\n' ' '", pings).out;
}

static void look_at_hosts(void)
{
    ck_assert_str_eq(reach("abc", "12349"), "a1 a2 a9 b1 b2 b9 c3 ");
    /* what comes in without a tag is of no VLAN of the trunk */
    ck_assert(!udp_once("t", "a", "10.0.0.1", 300));
    ok("ip -n t address del 10.0.0.4/24 dev eth0; for id in 10 20; do"
       "  ip -n t link add link eth0 name eth0.$id type vlan id $id; done;"
       "ip -n t address add 10.0.0.4/24 dev eth0.10; ip -n t link set eth0.10 up");
    ck_assert(ping("t", "10.0.0.1"));
    ck_assert(ping("t", "10.0.0.9"));
    ck_assert(udp_once("b", "t", "10.0.0.4", 1000));
    ck_assert(!udp_once("c", "t", "10.0.0.4", 300));
    ok("ip -n t link del eth0.10;"
       "ip -n t address add 10.0.0.4/24 dev eth0.20; ip -n t link set eth0.20 up");
    ck_assert(ping("t", "10.0.0.3"));
    ck_assert(!udp_once("b", "t", "10.0.0.4", 300));
}

START_TEST (test_tags) {
    need_vlan_filtering();
    up_look_down(&topologies[HOSTS], look_at_hosts);
}
END_TEST

static void look_at_host(void)
{
    has_vlans(NULL, "v-net", "10pu");
    has_vlans(NULL, "a-eth0", "10pu");
    has_vlans(NULL, "b-eth0", "20pu");
    ck_assert(ping(NULL, "10.0.0.1"));
    ck_assert(!udp_once("b", NULL, "10.0.0.9", 300));
    ck_assert(udp_once("a", NULL, "10.0.0.9", 1000));
}

START_TEST (test_host) {
    need_vlan_filtering();
    up_look_down(&topologies[HOST], look_at_host);
}
END_TEST

static void look_at_first(void)
{
    has_vlans("sw", "br0", "5pu");
    has_vlans("sw", "t-eth0", "5pu");
    ck_assert_str_eq(reach("at", "1249"), "a1 a2 a4 a9 t1 t2 t4 t9 ");
}

START_TEST (test_first) {
    need_vlan_filtering();
    up_look_down(&topologies[FIRST], look_at_first);
}
END_TEST

/* The script that netlab prints, and the file that it makes of what is there. */
START_TEST (test_script_and_dump) {
    enum { COPY = DUMP_NETWORK | DUMP_NO_INDEX };
    const char *file = topology_file(&topologies[_i]), *by_file;

    need_vlan_filtering();
    test_about("%s", topologies[_i].name);
    ok("$NETLAB plan --format ip %s >$TMP/script", file);
    ok("$NETLAB up %s", file);
    by_file = unwatched(dump_all(COPY));
    ok("$NETLAB dump %s >$TMP/dump.yaml", topologies[_i].name);
    ok("$NETLAB diff - <$TMP/dump.yaml");
    ok("$NETLAB down %s", file);
    ok("$NETLAB up - <$TMP/dump.yaml");
    same(by_file, unwatched(dump_all(COPY)));
    ok("$NETLAB down %s", file);
    ok("sh -e $TMP/script");
    same(by_file, unwatched(dump_all(COPY)));
}
END_TEST

/* Changes */

/* All that these tests change: tables and options of br0 in sw. */
static const char *state(void)
{
    return ok("set -e; for port in $(ip -n sw -o link show master br0 | cut -d: -f2 |"
              "  cut -d@ -f1 | sort) br0; do bridge -n sw vlan show dev $port; done;"
              "ip -n sw -d -j link show br0 | grep -Eo '\"(vlan_|stp_)[a-z_]*\":[^,]*'")
        .out;
}

static void change_to(const char *yaml, const char *fresh)
{
    const char *file = file_with("lab.yaml", yaml);

    ok("$NETLAB up %s", file);
    ok("$NETLAB diff %s", file);
    same(fresh, state());
}

static const char *fresh_dump(const char *yaml)
{
    const char *file = file_with("lab.yaml", yaml), *dump;

    ok("$NETLAB up %s", file);
    dump = state();
    ok("$NETLAB down %s", file);
    return dump;
}

/* What a change leads to is what a fresh start would have made. */
START_TEST (test_changes_lead_where_a_fresh_start_does) {
    static const char *const steps[] = {
        HOSTS_YAML,
        HOSTS_OF("        ports: {a-eth0: {trunk: [20-30, 10], native: 1},\n"
                 "                b-eth0: {vlans: [{id: 1-9, untagged: true}]}, c-eth0: {}}\n",
                 ""),
        HOSTS_OF("        vlan-default-pvid: 10\n        ports: {a-eth0: {access: 1}}\n", ""),
        HOSTS_OF("        vlan-default-pvid: 0\n        ports: {a-eth0: {access: 10}}\n", ""),
        HOSTS_OF("        vlan-protocol: 802.1ad\n        vlans: []\n"
                 "        ports: {b-eth0: {access: 1}, c-eth0: {trunk: [1]}}\n",
                 ""),
        HOSTS_OF("        stp: false\n", ""),
        HOSTS_OF("        vlan-default-pvid: 9\n", ""),
    };
    const char *fresh[COUNT(steps)];

    need_vlan_filtering();
    for (size_t i = 0; i < COUNT(steps); i++)
        fresh[i] = fresh_dump(steps[i]);
    ok("$NETLAB up %s", file_with("lab.yaml", steps[0]));
    /* their number is a prime: each stride comes by all of them */
    for (size_t stride = 1; stride < 4; stride += 2)
        for (size_t i = 0, at = 0; i < COUNT(steps); i++) {
            size_t next = (at + stride) % COUNT(steps);

            test_about("file %zu to %zu", at, next);
            change_to(steps[next], fresh[next]);
            at = next;
        }
}
END_TEST

/* A bridge stops looking at VLANs, and begins again. */
START_TEST (test_filtering_off_and_on) {
    const char *plain = "namespaces:\n  a:\n  sw: {interfaces: {br0: {type: bridge}}}\n"
                        "links: [[a:eth0, sw:br0], [a:eth1, sw:br0]]\n";
    const char *filtering = "namespaces:\n  a:\n"
                            "  sw: {interfaces: {br0: {type: bridge, vlan-filtering: true,\n"
                            "       ports: {a-eth0: {access: 10}}}}}\n"
                            "links: [[a:eth0, sw:br0], [a:eth1, sw:br0]]\n";

    const char *fresh_filtering, *fresh_plain;

    need_vlan_filtering();
    fresh_filtering = fresh_dump(filtering);
    fresh_plain = fresh_dump(plain);
    ok("$NETLAB up %s", file_with("lab.yaml", plain));
    for (int i = 0; i < 2; i++) {
        change_to(filtering, fresh_filtering);
        has_vlans("sw", "a-eth0", "10pu");
        has_vlans("sw", "a-eth1", "1pu");
        change_to(plain, fresh_plain);
        has_vlans("sw", "a-eth0", "1pu");
    }
}
END_TEST

/* The kernel's own account of what is done, while a command runs. */
static const char *monitored(const char *command)
{
    const char *const argv[] = {"stdbuf", "-o0", "bridge", "-n", "sw", "monitor", "vlan", NULL};
    const char *seen = "";
    pid_t pid = start(argv);

    /* it listens as soon as it tells of a VLAN that comes and goes */
    while (!strstr(seen, "4000")) {
        ok("bridge -n sw vlan add vid 4000 dev t-eth0; bridge -n sw vlan del vid 4000 dev t-eth0");
        seen = file_text(text("%s/output", getenv("TMP")));
    }
    ok("%s", command);
    ok("bridge -n sw vlan add vid 4001 dev t-eth0; bridge -n sw vlan del vid 4001 dev t-eth0");
    while (!strstr(seen, "4001"))
        seen = file_text(text("%s/output", getenv("TMP")));
    kill(pid, SIGTERM);
    (void)finish(pid);
    return seen;
}

START_TEST (test_vlans_change_one_by_one) {
    const char *file = topology_file(&topologies[HOSTS]), *seen;
    const char *other = HOSTS_OF("        vlans: [{id: 10, pvid: true, untagged: true}]\n"
                                 "        ports:\n"
                                 "          a-eth0: {access: 10}\n"
                                 "          b-eth0: {access: 10}\n"
                                 "          c-eth0: {access: 21}\n"
                                 "          t-eth0: {trunk: [10, 21-23]}\n",
                                 "");
    json_t *before, *after;
    int ends[2];

    need_vlan_filtering();
    ok("$NETLAB up %s", file);
    before = ip_json("ip -n sw -j link");
    ck_assert(tcp_open("a", NULL, "b", "10.0.0.2", 80, 10000, ends));
    file_with("hosts.yaml", other);
    seen = monitored(text("$NETLAB up %s", file));
    ck_assert(tcp_pass(ends[0], ends[1], 10000) && tcp_pass(ends[1], ends[0], 10000));
    has(seen, "23");
    has(seen, "c-eth0");
    has_not(seen, "a-eth0");
    has_not(seen, " 10");
    has_not(seen, " 22");
    after = ip_json("ip -n sw -j link");
    for (const char *port = "abct"; *port; port++)
        ck_assert_int_eq(json_number(before, "ifname=%c-eth0 ifindex", *port),
                         json_number(after, "ifname=%c-eth0 ifindex", *port));
    has_vlans("sw", "t-eth0", "10 21-23");
    has_vlans("sw", "c-eth0", "21pu");
    tcp_abort(ends);
}
END_TEST

/* Drift */

START_TEST (test_drift) {
    static const struct {
        const char *by_hand, *told;
    } drifts[] = {
        {"vlan del vid 10 dev a-eth0", "+ vlan 10 pvid untagged to a-eth0"},
        {"vlan add vid 33 dev a-eth0", "- vlan 33 of a-eth0"},
        {"vlan add vid 10 dev a-eth0", "~ vlan 10 pvid untagged of a-eth0 in namespace sw: pvid is "
                                       "false, not true; untagged is false, not true"},
        {"vlan add vid 20-22 untagged dev t-eth0", "~ vlan 20-22 of t-eth0"},
        {"vlan del vid 21 dev t-eth0", "+ vlan 21 to t-eth0"},
        {"vlan add vid 19-25 dev t-eth0", "- vlan 23-25 of t-eth0"},
        {"vlan add vid 1 pvid untagged dev t-eth0", "- vlan 1 of t-eth0"},
        {"vlan del vid 10 dev br0 self", "+ vlan 10 pvid untagged to br0"},
        {"vlan add vid 2-4094 dev br0 self", "- vlan 11-4094 of br0"},
        {"link set dev a-eth0 cost 5", "cost is 5"},
    };
    const char *file = topology_file(&topologies[HOSTS]), *before;

    need_vlan_filtering();
    ok("$NETLAB up %s", file);
    before = state();
    for (size_t i = 0; i < COUNT(drifts); i++) {
        test_about("bridge %s", drifts[i].by_hand);
        ok("bridge -n sw %s", drifts[i].by_hand);
        has(exits(1, "$NETLAB diff %s", file).out, drifts[i].told);
        ok("$NETLAB up %s", file);
        same(before, state());
        ok("$NETLAB diff %s", file);
    }
    /* options that change tables along with themselves */
    for (int i = 0; i < 2; i++) {
        ok("ip -n sw link set br0 type bridge %s", i ? "vlan_filtering 0" : "vlan_default_pvid 10");
        exits(1, "$NETLAB diff %s", file);
        ok("$NETLAB up %s", file);
        same(before, state());
    }
}
END_TEST

/* Of ports about which the file says nothing. */
START_TEST (test_vlans_of_others_stay) {
    const char *file = topology_file(&topologies[FIRST]);

    need_vlan_filtering();
    ok("$NETLAB up %s", file);
    ok("bridge -n sw vlan add vid 30-39 dev a-eth0; bridge -n sw vlan del vid 5 dev a-eth0");
    has(exits(1, "$NETLAB diff %s", file).out, "others: vlan 30-39 of a-eth0");
    ok("$NETLAB up %s", file);
    has_vlans("sw", "a-eth0", "5pu 30-39");
    ok("$NETLAB diff %s", file);
    file_with("first.yaml", HOSTS_OF("        vlan-default-pvid: 6\n", ""));
    ok("$NETLAB up %s", file);
    has_vlans("sw", "a-eth0", "6pu 30-39");
    /* now it says something */
    file_with("first.yaml", HOSTS_OF("        ports: {a-eth0: {access: 30}}\n", ""));
    ok("$NETLAB up %s", file);
    has_vlans("sw", "a-eth0", "30pu");
    /* and does not any more: what it had is not theirs */
    file_with("first.yaml", HOSTS_OF("        ports: {a-eth0: {}}\n", ""));
    ok("$NETLAB up %s", file);
    has_vlans("sw", "a-eth0", "1pu");
}
END_TEST

/* A new port of a bridge that is at work: what it takes in first is of its own VLAN. */
static void has_not_leaked(const char *ns, const char *far_ns)
{
    const char *mac = json_text(ip_json("ip -n %s -j link show eth0", far_ns), "0 address");
    json_t *fdb = json_of("bridge -n %s -j fdb show br br0", ns);

    for (int i = 0; i < json_size(fdb); i++) {
        const char *entry = json_text(fdb, "%d mac", i);

        if (mac && entry && strcmp(mac, entry) == 0)
            ck_assert_int_eq(json_number(fdb, "%d vlan", i), 10);
    }
}

static void comes_before(const char *plan, const char *first, const char *second)
{
    const char *a = strstr(plan, first), *b = strstr(plan, second);

    if (!a || !b || a >= b)
        test_fail("'%s' does not come before '%s' in\n%s", first, second, plan);
}

START_TEST (test_new_ports_of_a_bridge_at_work) {
    const char *first = "namespaces:\n"
                        "  s1: {interfaces: {br0: {type: bridge, vlan-filtering: true}}}\n"
                        "  s2: {interfaces: {br0: {type: bridge, vlan-filtering: true}}}\n";
    const char *file = file_with("joined-vlans.yaml", first), *plan;

    need_vlan_filtering();
    ok("$NETLAB up %s", file);
    topology_file(&topologies[JOINED]);
    plan = ok("$NETLAB plan %s", file).out;
    /* down, or without a carrier, until it has its VLANs */
    comes_before(plan, "remove vlan 1 of a-eth0", "interface eth0 up");
    comes_before(plan, "interface s1-br0 master br0 in", "remove vlan 1 of s1-br0");
    comes_before(plan, "remove vlan 1 of s1-br0", "interface s1-br0 up");
    ok("$NETLAB up %s", file);
    has_vlans("s1", "s2-br0", "10");
    has_vlans("s2", "s1-br0", "10");
    ck_assert(ping("a", "10.0.0.2"));
    has_not_leaked("s1", "a");
    has_not_leaked("s2", "a");
    has_not_leaked("s2", "b");
    ok("$NETLAB diff %s", file);
}
END_TEST

/* Built without CONFIG_BRIDGE_VLAN_FILTERING: the option's line is pointed at. */
START_TEST (test_kernel_without_vlans) {
    const char *before = dump_all(0);
    struct output output = exits(3, "$NETLAB up %s", topology_file(&topologies[HOSTS]));

    has(output.err, ":11:25: error: ");
    has(output.err, "vlan-filtering: true");
    has(output.err, "CONFIG_BRIDGE_VLAN_FILTERING");
    same(before, dump_all(0));
}
END_TEST

Suite *vlan_bridge_suite(void)
{
    Suite *suite = suite_create("vlan_bridge");
    TCase *tcase = tcase_create("vlan_bridge");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, test_forms);
    tcase_add_test(tcase, test_tags);
    tcase_add_test(tcase, test_host);
    tcase_add_test(tcase, test_first);
    tcase_add_loop_test(tcase, test_script_and_dump, FORMS, HOST + 1);
    tcase_add_test(tcase, test_changes_lead_where_a_fresh_start_does);
    tcase_add_test(tcase, test_filtering_off_and_on);
    tcase_add_test(tcase, test_vlans_change_one_by_one);
    tcase_add_test(tcase, test_drift);
    tcase_add_test(tcase, test_vlans_of_others_stay);
    tcase_add_test(tcase, test_new_ports_of_a_bridge_at_work);
    if (!kernel_suits_text("vlan-filtering: true"))
        tcase_add_test(tcase, test_kernel_without_vlans);
    suite_add_tcase(suite, tcase);
    return suite;
}
