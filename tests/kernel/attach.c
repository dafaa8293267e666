/* SPDX-License-Identifier: MIT */
/*
 * Job: labs in namespaces that exist, told by the number of a process, a path, a name or the
 * command line; and devices that exist. What was there before is there afterwards, as it was.
 */
#include <signal.h>
#include <string.h>
#include <sys/types.h>

#include "kernel.h"

/* A namespace without a name, kept by a process. */
static pid_t keep_namespace(void)
{
    static const char *const argv[] = {"unshare", "-n", "sleep", "120", NULL};

    return start_sleep(argv);
}

static void end_process(pid_t pid)
{
    kill(pid, SIGKILL);
    finish(pid);
}

/* All of a process's namespace but what changes by itself. */
static const char *dump_process(pid_t pid)
{
    return ok("nsenter --net=/proc/%d/ns/net sh -c 'ip -o link; ip -o address; ip route show table "
              "all; ip -6 route show table all; ip rule; ip -6 rule; cat "
              "/proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding "
              "/proc/sys/net/ipv4/conf/all/accept_redirects' | sed 's/valid_lft.*//'",
              (int)pid)
        .out;
}

static const char *lab_of(const char *attach)
{
    return file_with("lab.yaml",
                     text("namespaces:\n"
                          "  p:\n"
                          "    attach: %s\n"
                          "    forwarding: true\n"
                          "    interfaces:\n"
                          "      lo: {up: true, addresses: [10.99.0.1/32]}\n"
                          "      eth0: {addresses: [10.0.0.1/24, 'fd00::1/64']}\n"
                          "      br0: {type: bridge, addresses: [10.0.1.1/24]}\n"
                          "    routes:\n"
                          "      - {to: 10.9.0.0/16, via: 10.0.0.2}\n"
                          "      - {to: 10.8.0.0/16, dev: others}\n"
                          "    rules: [{priority: 100, from: 10.0.0.0/8, table: main}]\n"
                          "    neighbors: [{to: 10.0.0.9, mac: '02:00:00:00:00:09', dev: eth0}]\n"
                          "  a:\n"
                          "    interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']}}\n"
                          "  b:\n"
                          "    interfaces: {eth0: {addresses: [10.0.1.2/24]}}\n"
                          "links: [[p:eth0, a:eth0], [b:eth0, p:br0]]\n",
                          attach));
}

static void put_strangers(pid_t pid)
{
    /* a lo that was up once keeps 127.0.0.1 */
    ok("nsenter --net=/proc/%d/ns/net sh -c 'ip link set lo up; ip link set lo down; ip link add "
       "others type bridge; ip link set others addrgenmode none; "
       "ip link set others up; ip address add 10.55.0.1/24 dev others; ip route add 10.56.0.0/16 "
       "via 10.55.0.2'",
       (int)pid);
}

static void look_at_lab(pid_t pid)
{
    json_t *rules = json_of("nsenter --net=/proc/%d/ns/net ip -j rule", (int)pid);
    json_t *routes = json_of("nsenter --net=/proc/%d/ns/net ip -j route", (int)pid);

    ck_assert(ping("a", "10.0.0.1"));
    ck_assert(ping("a", "fd00::1"));
    ck_assert(ping("b", "10.0.1.1"));
    ok("nsenter --net=/proc/%d/ns/net ping -c 1 -W 2 10.0.0.2", (int)pid);
    ok("nsenter --net=/proc/%d/ns/net ping -c 1 -W 2 10.99.0.1", (int)pid);
    ck_assert_str_eq(json_text(rules, "priority=100 table"), "main");
    ck_assert_str_eq(json_text(routes, "dst=10.9.0.0/16 gateway"), "10.0.0.2");
    ck_assert_str_eq(json_text(routes, "dst=10.8.0.0/16 dev"), "others");
}

static void up_look_down_there(pid_t pid, const char *file, const char *options)
{
    const char *before, *all = dump_all(0);

    put_strangers(pid);
    before = dump_process(pid);
    ok("$NETLAB up %s %s", options, file);
    look_at_lab(pid);
    ok("$NETLAB diff %s", file);
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    has(ok("$NETLAB exec p readlink /proc/self/ns/net").out,
        strtok((char *)ok("readlink /proc/%d/ns/net", (int)pid).out, "\n"));
    ok("! [ -e /run/netns/p ]");
    ok("$NETLAB down lab");
    same(before, dump_process(pid));
    same(all, dump_all(0));
    end_process(pid);
}

START_TEST (test_by_number_of_a_process) {
    pid_t pid = keep_namespace();

    up_look_down_there(pid, lab_of(text("{pid: %d}", (int)pid)), "");
}
END_TEST

START_TEST (test_by_path) {
    pid_t pid = keep_namespace();

    up_look_down_there(pid, lab_of(text("{path: /proc/%d/ns/net}", (int)pid)), "");
}
END_TEST

START_TEST (test_by_command_line) {
    pid_t pid = keep_namespace();

    up_look_down_there(pid, lab_of("true"), text("--attach p=%d", (int)pid));
}
END_TEST

/* A name of ip-netns(8)'s stays whose it was. */
START_TEST (test_by_name) {
    const char *file = file_with("lab.yaml", "namespaces:\n"
                                             "  p: {attach: {name: foo}}\n"
                                             "  a:\n"
                                             "links: [[p:eth0, a:eth0]]\n");
    const char *before;
    unsigned long inode;

    ok("ip netns add foo");
    inode = ns_inode("foo");
    before = dump_all(0);
    ok("$NETLAB up %s", file);
    ck_assert(json_at(ip_json("ip -n foo -j link"), "ifname=eth0"));
    ok("$NETLAB down lab");
    same(before, dump_all(0));
    ck_assert_uint_eq(ns_inode("foo"), inode);
    ok("$NETLAB up %s && ip -n foo link del eth0 && $NETLAB up %s", file, file);
    ck_assert(json_at(ip_json("ip -n foo -j link"), "ifname=eth0"));
    ok("$NETLAB down lab");
}
END_TEST

/* The process that was named has ended, another one holds the namespace. */
START_TEST (test_found_again_by_another_process) {
    pid_t pid = keep_namespace(), other;
    const char *net = text("--net=/proc/%d/ns/net", (int)pid);
    const char *const argv[] = {"nsenter", net, "sleep", "120", NULL};
    const char *file = lab_of(text("{pid: %d}", (int)pid)), *before;

    other = start_sleep(argv);
    put_strangers(pid);
    before = dump_process(pid);
    ok("$NETLAB up %s", file);
    end_process(pid);
    ok("$NETLAB down lab");
    same(before, dump_process(other));
    end_process(other);
}
END_TEST

/* What was in a namespace that is gone is gone; what has its name now is not touched. */
START_TEST (test_gone_and_replaced) {
    const char *file = file_with("lab.yaml", "namespaces:\n"
                                             "  p:\n"
                                             "    attach: {name: foo}\n"
                                             "    interfaces: {lo: {addresses: [10.7.0.1/32]}}\n"
                                             "  a:\n"
                                             "links: [[p:eth0, a:eth0]]\n");

    ok("ip netns add foo && $NETLAB up %s && ip netns del foo && ip netns add foo", file);
    ok("ip -n foo link add eth0 type bridge && ip -n foo address add 10.7.0.1/32 dev lo");
    ok("$NETLAB down lab");
    ck_assert(json_at(ip_json("ip -n foo -j link"), "ifname=eth0"));
    ck_assert(json_at(ip_json("ip -n foo -j address"), "ifname=lo addr_info local=10.7.0.1"));
    ok("ip -n foo link del eth0 && ip -n foo address del 10.7.0.1/32 dev lo");
    ok("$NETLAB up %s && ip netns del foo && ip netns add foo && $NETLAB up %s", file, file);
    ck_assert(json_at(ip_json("ip -n foo -j link"), "ifname=eth0"));
    ok("$NETLAB down lab");
}
END_TEST

START_TEST (test_leaves_the_file) {
    pid_t pid = keep_namespace();
    const char *file = lab_of(text("{pid: %d}", (int)pid)), *before;

    put_strangers(pid);
    before = dump_process(pid);
    ok("$NETLAB up %s", file);
    ok("$NETLAB up %s", file_with("lab.yaml", "namespaces: {a: , b: }\n"));
    same(before, dump_process(pid));
    ok("$NETLAB up %s", lab_of(text("{pid: %d}", (int)pid)));
    look_at_lab(pid);
    ok("$NETLAB down lab");
    same(before, dump_process(pid));
    end_process(pid);
}
END_TEST

START_TEST (test_refusals_touch_nothing) {
    const char *before;

    ok("ip netns add foo && ip -n foo link add eth0 type bridge");
    before = dump_all(0);
    has(exits(3, "$NETLAB up %s", lab_of("true")).err,
        "lab.yaml:3:13: error: nobody says where namespace p is");
    has(exits(3, "$NETLAB up %s", lab_of("{name: bar}")).err,
        "cannot attach namespace p: /run/netns/bar: No such file or directory");
    has(exits(3, "$NETLAB up %s", lab_of("{path: /dev/null}")).err, "is no network namespace");
    has(exits(3, "$NETLAB up %s", lab_of("{path: /proc/self/ns/net}")).err, "it is called 'host'");
    has(exits(3, "$NETLAB up %s", lab_of("{name: foo}")).err,
        "interface eth0 exists in namespace p already, and is not this lab's");
    has(exits(3, "$NETLAB up --attach q=1 %s", lab_of("{name: foo}")).err,
        "the file has no namespace q");
    has(exits(2, "$NETLAB up --attach q %s", lab_of("{name: foo}")).err, "--attach takes");
    has(exits(3, "$NETLAB up %s",
              file_with("lab.yaml", "namespaces: {p: {attach: {name: foo}}, "
                                    "q: {attach: {path: /run/netns/foo}}}\n"))
            .err,
        "namespaces p and q are the same one");
    same(before, dump_all(0));
}
END_TEST

/* Devices that exist */

static void make_devices(void)
{
    ok("ip link add nic0 type veth peer far0 && ip link set far0 up && ip link set nic0 up alias "
       "old && ip address add 10.0.0.1/24 dev nic0 && ip address add 10.7.0.1/24 dev nic0 && "
       "ip link add nic1 type veth peer far1 && ip link add br-lan address 02:00:00:00:00:01 type "
       "bridge && ip link set br-lan up");
}

static const char *const devices =
    "namespaces:\n"
    "  host:\n"
    "    interfaces:\n"
    "      nic0: {existing: true, mtu: 1400, addresses: [10.0.0.1/24, 10.8.0.1/24],\n"
    "             txqueuelen: 55, mac: '02:00:00:00:00:77', alias: new, altnames: [nicc]}\n"
    "      br-lan: {existing: true, addresses: [10.9.0.1/24]}\n"
    "      nic1: {existing: true, up: true}\n"
    "      br0: {type: bridge, ports: {nic1: {isolated: true}}}\n"
    "  red: {interfaces: {eth0: {addresses: [10.9.0.2/24]}}}\n"
    "links: [[red:eth0, host:br-lan]]\n";

/* What of the devices a lab may change. */
static const char *dump_devices(void)
{
    return ok("for i in nic0 nic1 br-lan; do cat /sys/class/net/$i/address /sys/class/net/$i/mtu "
              "/sys/class/net/$i/tx_queue_len /sys/class/net/$i/flags /sys/class/net/$i/ifalias; "
              "ip -4 -o address show dev $i; ip -o link show dev $i | grep -o 'master.*state\\|"
              "altname.*'; done; true")
        .out;
}

static void look_at_devices(void)
{
    json_t *links = ip_json("ip -d -j address");

    ck_assert_int_eq(json_number(links, "ifname=nic0 mtu"), 1400);
    ck_assert_int_eq(json_number(links, "ifname=nic0 txqlen"), 55);
    ck_assert_str_eq(json_text(links, "ifname=nic0 address"), "02:00:00:00:00:77");
    ck_assert_str_eq(json_text(links, "ifname=nic0 ifalias"), "new");
    ck_assert(json_has(json_at(links, "ifname=nic0 altnames"), "nicc"));
    ck_assert(json_at(links, "ifname=nic0 addr_info local=10.0.0.1"));
    ck_assert(json_at(links, "ifname=nic0 addr_info local=10.7.0.1"));
    ck_assert(json_at(links, "ifname=nic0 addr_info local=10.8.0.1"));
    ck_assert_str_eq(json_text(links, "ifname=nic1 master"), "br0");
    ck_assert(json_on(links, "ifname=nic1 linkinfo info_slave_data isolated"));
    ck_assert_str_eq(json_text(links, "ifname=red-eth0 master"), "br-lan");
    ck_assert(ping(NULL, "10.9.0.2"));
}

START_TEST (test_devices_that_exist) {
    const char *file = file_with("lab.yaml", devices), *before;

    make_devices();
    before = dump_devices();
    ok("$NETLAB up %s", file);
    look_at_devices();
    ok("$NETLAB diff %s", file);
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    ok("ip link set nic0 mtu 1450 && $NETLAB up %s", file);
    look_at_devices();
    ok("$NETLAB down lab");
    same(before, dump_devices());
    ok("! [ -e /run/netlab ] && ! ip link show br0");
}
END_TEST

/* What leaves the file goes back at once; what another file says of it comes. */
START_TEST (test_devices_change_and_leave) {
    const char *file = file_with("lab.yaml", devices), *before;

    make_devices();
    before = dump_devices();
    ok("$NETLAB up %s", file);
    file_with("lab.yaml", "namespaces:\n  host:\n    interfaces:\n"
                          "      nic0: {existing: true, txqueuelen: 56}\n");
    ok("$NETLAB up %s && $NETLAB diff %s", file, file);
    ck_assert_int_eq(json_number(ip_json("ip -j link"), "ifname=nic0 txqlen"), 56);
    ck_assert_int_eq(json_number(ip_json("ip -j link"), "ifname=nic0 mtu"), 1500);
    file_with("lab.yaml", "namespaces: {host: , a: }\n");
    ok("$NETLAB up %s", file);
    same(before, dump_devices());
    file_with("lab.yaml", devices);
    ok("$NETLAB up %s && $NETLAB diff %s", file, file);
    look_at_devices();
    ok("$NETLAB down lab");
    same(before, dump_devices());
}
END_TEST

/* The last step is refused: all goes back. */
START_TEST (test_devices_go_back_after_a_refusal) {
    const char *file = file_with("lab.yaml", devices), *before;

    make_devices();
    before = dump_devices();
    exits(3, "$NETLAB up %s",
          file_with("lab.yaml", "namespaces:\n  host:\n    interfaces:\n"
                                "      nic0: {existing: true, mtu: 1400, alias: new}\n"
                                "    routes: [{to: 10.77.0.0/16, via: 10.66.0.1}]\n"));
    same(before, dump_devices());
    ok("$NETLAB up %s", file_with("lab.yaml", devices));
    exits(3, "$NETLAB up %s",
          file_with("lab.yaml", "namespaces:\n  host:\n    interfaces:\n"
                                "      nic0: {existing: true, mtu: 1300}\n"
                                "    routes: [{to: 10.77.0.0/16, via: 10.66.0.1}]\n"));
    look_at_devices();
    ok("$NETLAB down %s", file);
    same(before, dump_devices());
}
END_TEST

/* A dump is the same file in other words. */
START_TEST (test_dump_of_devices) {
    const char *file = file_with("lab.yaml", devices), *before;

    make_devices();
    before = dump_devices();
    ok("$NETLAB up %s && $NETLAB dump lab >$TMP/again.yaml", file);
    has(ok("$NETLAB up --adopt $TMP/again.yaml").out, "nothing to do");
    ok("$NETLAB down lab");
    ok("$NETLAB up $TMP/again.yaml");
    look_at_devices();
    ok("$NETLAB down lab");
    same(before, dump_devices());
}
END_TEST

START_TEST (test_devices_that_do_not_fit) {
    const char *file = file_with("lab.yaml", "namespaces:\n  host:\n    interfaces:\n"
                                             "      nic9: {existing: true}\n"
                                             "      far0: {existing: true, type: bridge}\n"
                                             "      nic0: {existing: true}\n"
                                             "      nic1: {existing: true}\n"
                                             "      br0: {type: bridge, ports: [nic1]}\n"
                                             "  red:\n"
                                             "links: [[red:eth0, host:nic0]]\n");
    const char *before, *said;

    make_devices();
    ok("ip link set nic1 master br-lan");
    before = dump_all(0);
    said = exits(3, "$NETLAB up %s", file).err;
    has(said, "lab.yaml:4:7: error: interface nic9 of namespace host does not exist");
    has(said, "lab.yaml:5:7: error: interface far0 of namespace host is no bridge");
    has(said, "lab.yaml:6:7: error: interface nic0 of namespace host is no bridge");
    has(said, "lab.yaml:7:7: error: interface nic1 of namespace host is a port of something else");
    same(before, dump_all(0));
}
END_TEST

/* One that has come in place of another is not given what the other had. */
START_TEST (test_device_that_was_replaced) {
    make_devices();
    ok("$NETLAB up %s", file_with("lab.yaml", devices));
    ok("ip link del nic0 && ip link add nic0 mtu 1300 type bridge && $NETLAB down lab");
    ck_assert_int_eq(json_number(ip_json("ip -j link"), "ifname=nic0 mtu"), 1300);
}
END_TEST

/* A kill between the first step and the last leaves the spec, and no word that all is there. */
START_TEST (test_found_again_after_a_kill) {
    pid_t pid = keep_namespace();
    const char *file = lab_of(text("{pid: %d}", (int)pid)), *before, *devices_before;

    put_strangers(pid);
    make_devices();
    before = dump_process(pid);
    devices_before = dump_devices();
    ok("$NETLAB up %s && rm /run/netlab/lab/up", file);
    ok("nsenter --net=/proc/%d/ns/net ip route del 10.9.0.0/16; $NETLAB up %s", (int)pid, file);
    look_at_lab(pid);
    ok("rm /run/netlab/lab/up; $NETLAB down lab");
    same(before, dump_process(pid));
    end_process(pid);
    file = file_with("lab.yaml", devices);
    ok("$NETLAB up %s && rm /run/netlab/lab/up && $NETLAB up %s", file, file);
    look_at_devices();
    ok("rm /run/netlab/lab/up; $NETLAB down lab");
    same(devices_before, dump_devices());
}
END_TEST

Suite *attach_suite(void)
{
    Suite *suite = suite_create("attach");
    TCase *attach = tcase_create("attach"), *existing = tcase_create("existing");

    tcase_add_checked_fixture(attach, sandbox_enter, NULL);
    tcase_add_test(attach, test_by_number_of_a_process);
    tcase_add_test(attach, test_by_path);
    tcase_add_test(attach, test_by_command_line);
    tcase_add_test(attach, test_by_name);
    tcase_add_test(attach, test_found_again_by_another_process);
    tcase_add_test(attach, test_gone_and_replaced);
    tcase_add_test(attach, test_leaves_the_file);
    tcase_add_test(attach, test_refusals_touch_nothing);
    tcase_add_test(attach, test_found_again_after_a_kill);
    suite_add_tcase(suite, attach);
    tcase_add_checked_fixture(existing, sandbox_enter, NULL);
    tcase_add_test(existing, test_devices_that_exist);
    tcase_add_test(existing, test_devices_change_and_leave);
    tcase_add_test(existing, test_devices_go_back_after_a_refusal);
    tcase_add_test(existing, test_dump_of_devices);
    tcase_add_test(existing, test_devices_that_do_not_fit);
    tcase_add_test(existing, test_device_that_was_replaced);
    suite_add_tcase(suite, existing);
    return suite;
}
