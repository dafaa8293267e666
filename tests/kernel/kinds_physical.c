/* SPDX-License-Identifier: MIT */
/*
 * Job: NICs that a lab borrows, and gives back whatever happens to it. The QEMU guest has two,
 * joined by a hub; tests take them into their own namespace (prepare.h).
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cycle.h"
#include "need.h"
#include "prepare.h"
#include "proof.h"

Suite *physical_suite(void);

static const struct topology nic = {
    "nic", "namespaces:\n"
           "  a:\n"
           "    interfaces:\n"
           "      nic0: {type: physical, device: eth0, mtu: 1400, mac: '02:00:00:00:00:0a',\n"
           "             alias: borrowed, txqueuelen: 77, addresses: [10.9.9.1/24]}\n"
           "    routes: [{to: default, via: 10.9.9.2}]\n"};

static const struct topology plain = {"plain", "namespaces:\n"
                                               "  a:\n"
                                               "    interfaces:\n"
                                               "      eth0: {type: physical}\n"};

static const struct topology both = {
    "both", "defaults: {interfaces: {mtu: 1300}}\n"
            "namespaces:\n"
            "  host: {interfaces: {peer: {addresses: [10.9.8.1/24]}}}\n"
            "  a:\n"
            "    interfaces:\n"
            "      br0: {type: bridge, ports: {nic0: {cost: 7}}, addresses: [10.9.9.1/24]}\n"
            "      nic0: {type: physical, device: eth0}\n"
            "  b:\n"
            "    interfaces:\n"
            "      nic0: {type: physical, device: eth1, addresses: [10.9.9.2/24]}\n"
            "links: [[a:eth0, host:peer]]\n"};

static void enter(void)
{
    sandbox_enter();
    prepare_nics();
}

static void need_nics(void)
{
    if (sh("ip link show eth0 && ip link show eth1").status != 0)
        test_skip("there are no network cards to play with");
}

/* What the cards are like, and what else there is; a dump of all takes too long there. */
static const char *state(void)
{
    return ok("ip -o link | sed 's/^[0-9]*: //; s/NO-CARRIER,//; s/,LOWER_UP//; s/qdisc [a-z_]* "
              "//; "
              "s/state [A-Z]* //' | sort; ip -o -4 address; ip route; find /run/netns /run/netlab "
              "-mindepth 1 2>/dev/null; true")
        .out;
}

static void is_home(const char *before)
{
    same(before, state());
}

static void look(void)
{
    json_t *link = ip_json("ip -n a -d -j link show nic0");

    ck_assert_int_eq(json_number(link, "0 mtu"), 1400);
    has_text(link, "0 address", "02:00:00:00:00:0a");
    has_text(link, "0 ifalias", "borrowed");
    ck_assert_int_eq(json_number(link, "0 txqlen"), 77);
    ck_assert(json_has(json_at(link, "0 flags"), "UP"));
    exits(1, "ip link show eth0");
    ok("ip netns exec a ping -c 1 -W 5 10.9.9.2");
    ok("ping -c 1 -W 5 10.9.9.1");
}

START_TEST (test_nic_moves_and_returns) {
    const char *file = topology_file(&nic), *before;
    long long index;

    need_nics();
    ok("ip link set eth0 up");
    before = state();
    index = json_number(ip_json("ip -j link show eth0"), "0 ifindex");
    for (int i = 0; i < 2; i++) {
        ok("$NETLAB up %s", file);
        look();
        proved("physical", PROOF_UP);
        proved("physical", PROOF_TRAFFIC);
        ok("$NETLAB diff %s", file);
        has(ok("$NETLAB up %s", file).out, "nothing to do");
        has(ok("$NETLAB status %s", file).out, "physical");
        has_not(ok("$NETLAB status %s", file).out, "host");
        ok("$NETLAB dump %s >$TMP/dump.yaml", file);
        has_not(file_text(text("%s/dump.yaml", getenv("TMP"))), "host");
        ok("$NETLAB diff - <$TMP/dump.yaml");
        ok("$NETLAB down %s", file);
        is_home(before);
        ck_assert_int_eq(json_number(ip_json("ip -j link show eth0"), "0 ifindex"), index);
        ok("$NETLAB up - <$TMP/dump.yaml");
        look();
        proved("physical", PROOF_DUMP);
        ok("$NETLAB down nic");
        is_home(before);
    }
    ok("$NETLAB plan --format ip %s >$TMP/script && sh -e $TMP/script", file);
    look();
    proved("physical", PROOF_SCRIPT);
    ok("ip -n a link set nic0 netns %d name eth0 && ip netns del a", getpid());
}
END_TEST

static void example(const char *name)
{
    const char *file = text("%s/%s", getenv("EXAMPLES"), name), *before = state();

    ok("$NETLAB up %s", file);
    ok("ip netns exec box ping -c 1 -W 5 192.168.9.2");
    ok("$NETLAB test --live %s", file);
    ok("$NETLAB down %s", file);
    is_home(before);
}

START_TEST (test_nic_of_the_example) {
    need_nics();
    ok("ip address flush dev eth1; ip address add 192.168.9.2/24 dev eth1");
    example("physical.yaml");
}
END_TEST

/* What the file does not say is the NIC's own. */
START_TEST (test_nic_keeps_what_is_its_own) {
    const char *file = topology_file(&plain), *before;
    json_t *link;

    need_nics();
    ok("ip link set eth0 mtu 1234 txqueuelen 99 alias mine address 02:00:00:00:00:77");
    before = state();
    ok("$NETLAB up %s", file);
    link = ip_json("ip -n a -j link show eth0");
    ck_assert_int_eq(json_number(link, "0 mtu"), 1234);
    ck_assert_int_eq(json_number(link, "0 txqlen"), 99);
    has_text(link, "0 ifalias", "mine");
    has_text(link, "0 address", "02:00:00:00:00:77");
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    ok("$NETLAB down %s", file);
    is_home(before);
}
END_TEST

START_TEST (test_nic_changes_in_place) {
    const char *before, *file;

    need_nics();
    before = state();
    cycle_change(&nic, "sed 's/mtu: 1400/mtu: 1401/; s/0a/0b/; s/borrowed/lent/'", "a nic0", true);
    ck_assert_int_eq(json_number(ip_json("ip -n a -j link show nic0"), "0 mtu"), 1401);
    has_text(ip_json("ip -n a -j link show nic0"), "0 address", "02:00:00:00:00:0b");
    /* what leaves the file is what it was before */
    cycle_change(&nic, "sed \"s/mtu: 1400, mac: '02:00:00:00:00:0a',//; s/alias: borrowed,//\"",
                 "a nic0", true);
    ck_assert_int_eq(json_number(ip_json("ip -n a -j link show nic0"), "0 mtu"), 1500);
    has_text(ip_json("ip -n a -j link show nic0"), "0 address", "52:54:00:12:34:56");
    ok("ip address flush dev eth1");
    cycle_change(&nic, "sed 's/device: eth0/device: eth1/'", "a nic0", false);
    ok("ip link show eth0");
    exits(1, "ip link show eth1");
    file = text("%s/nic.yaml", getenv("TMP"));
    ok("printf 'namespaces:\\n  a:\\n' >%s && $NETLAB up %s && ip link show eth1", file, file);
    ok("$NETLAB down %s && ip link set eth1 up && ip address add 10.9.9.2/24 dev eth1", file);
    is_home(before);
}
END_TEST

START_TEST (test_nic_with_a_bridge_and_links) {
    const char *before, *file = topology_file(&both);

    need_nics();
    ok("ip address flush dev eth1");
    before = state();
    ok("$NETLAB up %s", file);
    ok("$NETLAB diff %s", file);
    ck_assert_int_eq(json_number(ip_json("ip -n a -j link show nic0"), "0 mtu"), 1500);
    has(ok("ip -n a -d link show nic0").out, "cost 7");
    ok("ip netns exec a ping -c 1 -W 5 10.9.9.2");
    ok("$NETLAB down %s", file);
    is_home(before);
}
END_TEST

/* Drift: what people do to it. */
START_TEST (test_nic_drift) {
    static const char *const deeds[] = {
        "ip -n a link set nic0 mtu 1300",           "ip -n a link set nic0 down",
        "ip -n a address del 10.9.9.1/24 dev nic0", "ip -n a link set nic0 netns $$",
        "ip -n a link set nic0 netns $$ name eth0", "ip netns del a",
    };
    const char *file = topology_file(&nic), *before;

    need_nics();
    before = state();
    ok("$NETLAB up %s", file);
    for (size_t i = 0; i < COUNT(deeds); i++) {
        test_about("%s", deeds[i]);
        ok("%s", deeds[i]);
        exits(1, "$NETLAB diff %s", file);
        ok("$NETLAB up %s", file);
        ok("$NETLAB diff %s", file);
        look();
        proved("physical", PROOF_OBSERVE);
    }
    ok("$NETLAB down %s", file);
    is_home(before);
}
END_TEST

/* … and then `down`. */
START_TEST (test_nic_returns_from_where_it_is) {
    static const char *const deeds[] = {
        "ip netns del a",
        "rm /run/netns/a; ip netns add a",
        "ip -n a link set nic0 netns $$",
        "ip -n a link set nic0 down; ip -n a link set nic0 name nic7",
        "ip netns add other; ip -n a link set nic0 netns other name else",
        "ip link add nic0 type veth peer name nic1; ip -n a link set nic0 down;"
        "ip netns del a",
    };
    const char *file = topology_file(&nic), *before;

    need_nics();
    before = state();
    for (size_t i = 0; i < COUNT(deeds); i++) {
        test_about("%s", deeds[i]);
        ok("$NETLAB up %s && %s", file, deeds[i]);
        ok("$NETLAB down %s", file);
        ok("ip link del nic0 2>/dev/null; for n in $(ls /run/netns 2>/dev/null); do "
           "ip netns del $n; done; rmdir /run/netns /run/netlab 2>/dev/null; true");
        is_home(before);
    }
}
END_TEST

START_TEST (test_nic_returns_from_a_namespace_that_a_process_keeps) {
    const char *file = topology_file(&nic), *before;
    const char *const sleeper[] = {"ip", "netns", "exec", "a", "sleep", "1000", NULL};
    pid_t pid;

    need_nics();
    before = state();
    ok("$NETLAB up %s", file);
    pid = start_sleep(sleeper);
    ok("ip netns del a");
    ok("$NETLAB down %s", file);
    is_home(before);
    kill(pid, SIGKILL);
    finish(pid);
}
END_TEST

/* A kill after each step that `-v` tells. */
START_TEST (test_nic_returns_after_a_kill) {
    const char *file = topology_file(&nic), *before;
    int steps = 0, killed = 0;

    need_nics();
    before = state();
    steps = (int)strtol(ok("$NETLAB plan %s | wc -l", file).out, NULL, 10);
    for (int step = 1; step <= steps; step++) {
        test_about("killed after %d steps", step);
        killed += sh("mkfifo $TMP/fifo; $NETLAB up -v %s >$TMP/fifo 2>&1 & pid=$!; "
                     "head -n %d $TMP/fifo >/dev/null; kill -9 $pid; wait $pid; s=$?; "
                     "rm $TMP/fifo; exit $s",
                     file, step)
                      .status != 0;
        ok("$NETLAB down nic");
        is_home(before);
    }
    ck_assert_int_gt(killed, 3);
}
END_TEST

/* Whatever the kernel refuses once it has moved. */
START_TEST (test_nic_returns_after_a_refusal) {
    const char *before;
    struct output output;

    need_nics();
    before = state();
    file_with("bad.yaml", "namespaces:\n"
                          "  a:\n"
                          "    interfaces:\n"
                          "      nic0: {type: physical, device: eth0, addresses: [10.9.9.1/24]}\n"
                          "    sysctls: {net.ipv4.conf.nic0.nonsense: 1}\n");
    output = exits(3, "$NETLAB up $TMP/bad.yaml");
    has(output.err, "bad.yaml:5");
    is_home(before);
}
END_TEST

/* A change of a lab that is up, and cannot be: the NIC is, and is like, what it was before it. */
START_TEST (test_nic_after_a_refused_change) {
    static const char *const without = "namespaces:\n  a:\n";
    static const char *const bad = "    sysctls: {net.ipv4.conf.lo.nonsense: 1}\n";
    const char *file = topology_file(&nic), *before, *inside, *text_before = nic.yaml;

    need_nics();
    before = state();
    ok("$NETLAB up %s", file);
    inside = ok("ip -n a -o link show nic0; ip -n a -o address show nic0; ip -n a route").out;
    file_with("nic.yaml", text("%s%s", text_before, bad)); /* nothing of it is altered */
    exits(3, "$NETLAB up %s", file);
    same(inside, ok("ip -n a -o link show nic0; ip -n a -o address show nic0; ip -n a route").out);
    ok("sed -i \"s/mtu: 1400/mtu: 1300/; s/0a/0b/; s/10.9.9.1/10.9.9.7/; s/borrowed/lent/\" %s",
       file);
    exits(3, "$NETLAB up %s", file);
    look();
    file_with("nic.yaml", text("%s%s", without, bad)); /* it is home already when that is refused */
    exits(3, "$NETLAB up %s", file);
    look();
    file_with("nic.yaml", text_before);
    ok("$NETLAB diff %s", file);
    ok("$NETLAB down %s", file);
    is_home(before);

    ok("$NETLAB up %s", file_with("nic.yaml", without));
    file_with("nic.yaml", text("%s%s", text_before, bad));
    exits(3, "$NETLAB up %s", file);
    file_with("nic.yaml", without);
    ok("$NETLAB diff %s && ip link show eth0", file);
    ok("$NETLAB down %s", file);
    is_home(before);
}
END_TEST

/* Its old name was taken meanwhile: it stays until that is free again, and nothing is lost. */
START_TEST (test_nic_whose_name_is_taken) {
    static const char *const deeds[] = {"true", "ip netns del a"};
    const char *file = topology_file(&nic), *before;
    struct output output;

    need_nics();
    before = state();
    for (size_t i = 0; i < COUNT(deeds); i++) {
        test_about("%s", deeds[i]);
        ok("$NETLAB up %s", file);
        ok("ip link add eth0 type bridge");
        ok("%s", deeds[i]);
        output = exits(3, "$NETLAB down %s", file);
        has(output.err, "nic.yaml:4:38: error: cannot bring device eth0 back to the host's "
                        "namespace: another device has that name now (EEXIST)\n");
        has(output.err, "rename that one (ip link set eth0 name OTHER), then: netlab down nic");
        ok("ip link show eth0 type bridge");
        ok("ip link del eth0");
        ok("$NETLAB down nic");
        is_home(before);
    }
}
END_TEST

static void refused(const char *device, const char *error)
{
    struct output output;

    file_with("bad.yaml", text("namespaces:\n  a:\n    interfaces:\n"
                               "      nic0: {type: physical, device: %s}\n",
                               device));
    output = exits(3, "$NETLAB up $TMP/bad.yaml");
    has(output.err, text("bad.yaml:4:38: error: %s", error));
}

/* Before anything is touched. */
START_TEST (test_nic_that_can_not_be_moved) {
    const char *before;

    need_nics();
    ok("ip link add veth7 type veth; ip link add br7 type bridge; ip link set eth0 master br7");
    before = state();
    refused("eth9", "device eth9 does not exist in the host's namespace");
    refused("lo", "device lo does not exist in the host's namespace");
    refused("veth7", "device veth7 is no NIC, but of type veth");
    refused("eth0", "device eth0 is a port of something in the host's namespace");
    refused("eth1", "device eth1 is in use in the host's namespace: it has 10.9.9.2/24");
    is_home(before);
    ok("ip link set eth0 nomaster");
    ok("$NETLAB up %s", topology_file(&nic));
    refused("eth0", "device eth0 does not exist in the host's namespace");
    ok("$NETLAB down nic");
}
END_TEST

Suite *physical_suite(void)
{
    Suite *suite = suite_create("physical");
    TCase *tcase = tcase_create("physical");

    tcase_add_checked_fixture(tcase, enter, NULL);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_nic_moves_and_returns);
    tcase_add_test(tcase, test_nic_of_the_example);
    tcase_add_test(tcase, test_nic_keeps_what_is_its_own);
    tcase_add_test(tcase, test_nic_changes_in_place);
    tcase_add_test(tcase, test_nic_with_a_bridge_and_links);
    tcase_add_test(tcase, test_nic_drift);
    tcase_add_test(tcase, test_nic_returns_from_where_it_is);
    tcase_add_test(tcase, test_nic_returns_from_a_namespace_that_a_process_keeps);
    tcase_add_test(tcase, test_nic_returns_after_a_kill);
    tcase_add_test(tcase, test_nic_returns_after_a_refusal);
    tcase_add_test(tcase, test_nic_after_a_refused_change);
    tcase_add_test(tcase, test_nic_whose_name_is_taken);
    tcase_add_test(tcase, test_nic_that_can_not_be_moved);
    suite_add_tcase(suite, tcase);
    return suite;
}
