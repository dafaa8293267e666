/* SPDX-License-Identifier: MIT */
/*
 * Job: every example comes up, does what its text says, and goes down without a trace.
 * The ids are those of the blog posts' scenarios that the examples come from.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "examples.h"
#include "prepare.h"

/* What the file says must hold does not when the cables are out. */
static void break_it(const char *name)
{
    if (strcmp(name, "process.yaml") == 0) /* its namespaces have no names */
        return;
    ok("for n in $(ip netns list | cut -d' ' -f1); do for i in $(ip netns exec $n ls "
       "/sys/class/net); do [ $i = lo ] || ip -n $n link set $i down; done; done");
    exits(1, "$NETLAB test --live $EXAMPLES/%s", name);
}

void example(const char *name, void (*look)(void))
{
    const char *before;

    if (!kernel_suits(text("%s/%s", getenv("EXAMPLES"), name)))
        test_skip("the kernel lacks what %s needs", name);
    before = dump_all(0);
    ok("$NETLAB up $UP_OPTIONS $EXAMPLES/%s", name);
    ok("$NETLAB test --live $EXAMPLES/%s", name);
    look();
    break_it(name);
    ok("$NETLAB down $EXAMPLES/%s", name);
    same(before, dump_all(0));
    if (stands_alone(text("%s/%s", getenv("EXAMPLES"), name)))
        ok("$NETLAB test $EXAMPLES/%s", name);
    same(before, dump_all(0));
}

void has_address(const char *ns, const char *device, const char *address, int prefix,
                 const char *broadcast)
{
    json_t *json = ip_json("ip %s -j address show dev %s", ns ? text("-n %s", ns) : "", device);
    json_t *found = json_at(json, "0 addr_info local=%s", address);
    const char *seen = json_text(found, "broadcast");

    ck_assert_msg(found, "%s has no %s", device, address);
    ck_assert_int_eq(json_number(found, "prefixlen"), prefix);
    ck_assert_str_eq(seen ? seen : "none", broadcast ? broadcast : "none");
}

static void is_up(const char *ns, const char *device)
{
    json_t *json = ip_json("ip %s -j link show dev %s", ns ? text("-n %s", ns) : "", device);

    ck_assert_str_eq(json_text(json, "0 operstate"), strcmp(device, "lo") == 0 ? "UNKNOWN" : "UP");
}

/* S0 */

static void look_at_host_guest(void)
{
    has_address(NULL, "host", "10.0.0.1", 24, "10.0.0.255");
    has_address("calculus", "guest", "10.0.0.2", 24, "10.0.0.255");
    is_up(NULL, "host");
    is_up("calculus", "guest");
    is_up("calculus", "lo");
    ck_assert(ping(NULL, "10.0.0.2"));
    ck_assert(ping("calculus", "10.0.0.1"));
    ck_assert(tcp_echo("calculus", NULL, "10.0.0.1", 80, 10000));
    ck_assert_uint_ne(ns_inode("calculus"), ns_inode(NULL));
}

START_TEST (test_host_guest) {
    example("host-guest.yaml", look_at_host_guest);
}
END_TEST

/* S1 */

static void look_at_veth_pair(void)
{
    for (int i = 1; i <= 2; i++) {
        const char *ns = text("ns%d", i);
        const char *wanted = text("net:[%lu]\n", ns_inode(ns));

        /* A process inside by each way there is. */
        ck_assert_str_eq(ok("ip netns exec %s readlink /proc/self/ns/net", ns).out, wanted);
        ck_assert_str_eq(ok("nsenter --net=/run/netns/%s readlink /proc/self/ns/net", ns).out,
                         wanted);
        ck_assert_str_eq(ok("$NETLAB exec %s -- readlink /proc/self/ns/net", ns).out, wanted);
        ok("ip netns exec %s sleep 30 >/dev/null 2>&1 & until [ \"$(ip netns identify $!)\" = %s "
           "]; "
           "do sleep 0.01; done; kill $!",
           ns, ns);
        ck_assert_uint_ne(ns_inode(ns), ns_inode(NULL));
    }
    ck_assert_uint_ne(ns_inode("ns1"), ns_inode("ns2"));
    has(ok("ip netns list").out, "ns1");
    has(ok("ip netns list").out, "ns2");
    is_up("ns1", "veth-a");
    is_up("ns2", "veth-b");
    ck_assert_int_eq(json_size(ip_json("ip -n ns1 -j link")), 2);
}

START_TEST (test_veth_pair) {
    example("veth-pair.yaml", look_at_veth_pair);
}
END_TEST

/* S2a */

static void look_at_red_blue(void)
{
    has_address("red", "veth-red", "192.168.15.1", 24, "192.168.15.255");
    has_address("blue", "veth-blue", "192.168.15.2", 24, "192.168.15.255");
    ck_assert(ping("red", "192.168.15.2"));
    ck_assert(ping("blue", "192.168.15.1"));
    ck_assert(ping("red", "127.0.0.1"));
    ck_assert_msg(strstr(ok("ip -n red neighbor show 192.168.15.2").out, "lladdr"), "no ARP entry");
    ck_assert(tcp_echo("red", "blue", "192.168.15.2", 80, 10000));
    ck_assert_msg(no_ping(NULL, "192.168.15.2"), "the machine can reach the lab");
}

START_TEST (test_red_blue) {
    example("red-blue.yaml", look_at_red_blue);
}
END_TEST

static void delete_one_end(void)
{
    ok("ip -n red link delete veth-red");
    ck_assert_int_ne(sh("ip -n blue link show veth-blue").status, 0);
}

START_TEST (test_red_blue_deleting_one_end_deletes_the_pair) {
    example("red-blue.yaml", delete_one_end);
}
END_TEST

/* S2b */

static void look_at_bridge_host(void)
{
    json_t *links = ip_json("ip -d -j link");

    ck_assert_str_eq(json_text(links, "ifname=v-net-0 linkinfo info_kind"), "bridge");
    ck_assert_str_eq(json_text(links, "ifname=veth-red-br master"), "v-net-0");
    ck_assert_str_eq(json_text(links, "ifname=veth-blue-br master"), "v-net-0");
    has_address(NULL, "v-net-0", "192.168.15.5", 24, "192.168.15.255");
    ck_assert(ping(NULL, "192.168.15.1"));
    ck_assert(ping(NULL, "192.168.15.2"));
    ck_assert(ping("red", "192.168.15.2"));
    ck_assert(ping("blue", "192.168.15.5"));
}

START_TEST (test_bridge_host) {
    example("bridge-host.yaml", look_at_bridge_host);
}
END_TEST

/* S3 */

static void look_at_fun_and_profit(void)
{
    json_t *ports = ip_json("bridge -n switch -j link");

    ck_assert_int_eq(json_size(ports), 2);
    ck_assert_str_eq(json_text(ports, "ifname=left-eth0 master"), "br0");
    ck_assert_str_eq(json_text(ports, "ifname=right-eth0 master"), "br0");
    ck_assert_str_eq(json_text(ip_json("ip -n left -j route get 10.0.0.1"), "0 dev"), "eth0");
    ck_assert(ping("right", "10.0.1.1"));
    ck_assert(ping("left", "10.0.0.1"));
    ck_assert(tcp_echo("left", "right", "10.0.0.1", 8080, 10000));
    /* Nothing of it is in the machine's own network. */
    ck_assert_int_eq(json_size(ip_json("ip -j link")), 1);
}

START_TEST (test_fun_and_profit) {
    example("fun-and-profit.yaml", look_at_fun_and_profit);
}
END_TEST

/* S4, experiments 1 and 2 */

static void look_at_direct(void)
{
    has_address("netns1", "veth11", "192.168.5.1", 24, "192.168.5.255");
    has_address("netns2", "veth22", "192.168.5.2", 24, "192.168.5.255");
    ck_assert(ping("netns1", "192.168.5.2"));
    ck_assert(ping("netns2", "192.168.5.1"));
    ck_assert(ping("netns2", "192.168.5.2")); /* by lo */
    ck_assert_str_eq(ok("$NETLAB exec netns1 -- uname -n").out, "netns1\n");
    ck_assert_str_eq(ok("$NETLAB exec netns2 -- uname -n").out, "netns2\n");
}

START_TEST (test_direct) {
    example("direct.yaml", look_at_direct);
}
END_TEST

static void look_at_bridge_netns(void)
{
    json_t *ports = ip_json("bridge -n netns3 -j link");

    ck_assert_int_eq(json_size(ports), 2);
    ck_assert_str_eq(json_text(ports, "ifname=veth13 state"), "forwarding");
    ck_assert_str_eq(json_text(ports, "ifname=veth23 state"), "forwarding");
    ck_assert_int_eq(
        json_size(json_at(ip_json("ip -n netns3 -4 -j address show dev brx"), "0 addr_info")), 0);
    ck_assert(ping("netns1", "192.168.5.2"));
    ck_assert(ping("netns2", "192.168.5.1"));
    ck_assert(tcp_echo("netns2", "netns1", "192.168.5.1", 41234, 10000));
}

START_TEST (test_bridge_netns) {
    example("bridge-netns.yaml", look_at_bridge_netns);
}
END_TEST

/* Ours */

static void look_at_star(void)
{
    for (int i = 1; i <= 3; i++)
        for (int j = 1; j <= 3; j++) {
            ck_assert(ping(text("h%d", i), text("10.0.0.%d", j)));
            ck_assert(ping(text("h%d", i), text("fd00::%d", j)));
        }
    ck_assert_int_eq(json_number(ip_json("ip -n h2 -j link"), "ifname=eth0 mtu"), 1400);
    ck_assert_int_eq(json_number(ip_json("ip -n switch -j link"), "ifname=br0 mtu"), 1400);
    ck_assert_int_eq(json_number(ip_json("ip -n switch -j link"), "ifname=h3-eth0 mtu"), 1400);
}

START_TEST (test_star) {
    example("star.yaml", look_at_star);
}
END_TEST

static const char *next_hop(const char *ns, const char *to)
{
    return json_text(ip_json("ip -n %s -j route get %s", ns, to), "0 gateway");
}

static void look_at_dual_stack(void)
{
    json_t *route = ip_json("ip -n west -j route show 10.0.2.0/24");

    ck_assert(ping("client", "10.0.2.10"));
    ck_assert(ping("server", "10.0.1.10"));
    ck_assert(ping("client", "fd00:2::10"));
    ck_assert(ping("server", "fd00:1::10"));
    ck_assert(tcp_echo("client", "server", "10.0.2.10", 80, 10000));
    ck_assert(tcp_echo("client", "server", "fd00:2::10", 80, 10000));
    ck_assert_int_eq(json_number(route, "0 nexthops gateway=10.1.0.1 weight"), 3);
    ck_assert_int_eq(json_number(route, "0 nexthops gateway=10.1.0.3 weight"), 1);
    ck_assert_str_eq(next_hop("west", "10.0.2.10 from 10.0.1.65 iif lan"), "10.1.0.3");
    ck_assert_str_eq(next_hop("east", "10.0.1.10"), "10.1.0.4");
    /* The way that costs more serves when the other is gone. */
    ok("ip -n east link set north down");
    ck_assert_str_eq(next_hop("east", "10.0.1.10"), "10.1.0.6");
    ck_assert_int_ne(sh("ip -n west route get 192.0.2.1").status, 0);
    ck_assert_int_ne(sh("ip -n west route get 2001:db8::1").status, 0);
}

START_TEST (test_dual_stack) {
    example("dual-stack.yaml", look_at_dual_stack);
}
END_TEST

/* S1, S4.9: namespaces that are told by the number of a process. */

static const pid_t *keepers;

/* The processes of a keeper's namespace: it, and two that went there, each in another way. */
static void look_at_all_processes(int keeper)
{
    const char *net = ok("readlink /proc/%d/ns/net | grep -o '[0-9]*'", keeper).out;
    const char *in_it = text("for p in /proc/[0-9]*; do [ \"$(readlink $p/ns/net)\" = \"$(readlink "
                             "/proc/%d/ns/net)\" ] && echo ${p#/proc/}; done | sort -n",
                             keeper);
    const char *alone = text("%d\n", keeper), *all;
    int number = atoi(ok("nsenter -n -t %d sleep 60 >/dev/null 2>&1 & echo $!", keeper).out);
    int other = atoi(ok("$NETLAB exec first sleep 60 >/dev/null 2>&1 & echo $!").out);

    ok("for i in $(seq 500); do [ $(%s | wc -l) = 3 ] && exit; sleep 0.02; done; exit 1", in_it);
    all = ok("%s", in_it).out;
    same(ok("printf '%%d\\n' %d %d %d | sort -n", keeper, number, other).out, all);
    same(all, ok("ps -eo pid,netns | awk '$2 == %.*s { print $1 }' | sort -n",
                 (int)strcspn(net, "\n"), net)
                  .out);
    ck_assert_int_eq(
        json_number(json_of("lsns --json --type net --task %d", keeper), "namespaces 0 nprocs"), 3);
    ok("kill -KILL %d %d", number, other);
    ok("for i in $(seq 500); do [ $(%s | wc -l) = 1 ] && exit; sleep 0.02; done; exit 1", in_it);
    same(alone, ok("%s", in_it).out);
}

static void look_at_process(void)
{
    ok("nsenter -n -t %d ping -c 1 -W 2 192.168.1.2", (int)keepers[0]);
    ok("nsenter -n -t %d ping -c 1 -W 2 192.168.1.1", (int)keepers[1]);
    ok("nsenter -n -t %d ping -c 1 -W 2 127.0.0.1", (int)keepers[1]);
    ok("$NETLAB exec first ping -c 1 -W 2 192.168.1.2");
    ok("! ls /run/netns/*");
    look_at_all_processes((int)keepers[0]);
}

START_TEST (test_process) {
    keepers = prepare_keepers();
    setenv("UP_OPTIONS",
           text("--attach first=%d --attach second=%d", (int)keepers[0], (int)keepers[1]), true);
    example("process.yaml", look_at_process);
    for (int i = 0; i < KEEPERS; i++)
        ok("! nsenter -n -t %d ip link show type veth | grep .", (int)keepers[i]);
    end_keepers();
}
END_TEST

static void look_at_existing_bridge(void)
{
    ck_assert(ping("red", "192.168.15.2"));
    ck_assert(ping(NULL, "192.168.15.1"));
    ck_assert(ping("blue", "192.168.15.5"));
}

START_TEST (test_existing_bridge) {
    prepare_bridge();
    example("existing-bridge.yaml", look_at_existing_bridge);
}
END_TEST

START_TEST (test_every_example_is_tested_and_listed) {
    const char *source = /* that of one kind may be beside its other tests */
        ok("cd $SOURCE/tests/kernel && cat examples*.c kinds_*.c").out;
    const char *readme = file_text(text("%s/README.md", getenv("EXAMPLES")));
    char *names = strdup(ok("cd $EXAMPLES && ls *.yaml").out), *rest = NULL;

    for (char *name = strtok_r(names, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest)) {
        has(source, text("example(\"%s\"", name));
        has(readme, text("(%s)", name));
    }
    free(names);
    ok("cd $EXAMPLES && for f in $(grep -o '](.[^):]*' README.md | cut -c 3-); do "
       "[ -e $f ] || { echo no $f >&2; exit 1; }; done");
}
END_TEST

Suite *examples_suite(void)
{
    Suite *suite = suite_create("examples");
    TCase *tcase = tcase_create("examples");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_host_guest);
    tcase_add_test(tcase, test_veth_pair);
    tcase_add_test(tcase, test_red_blue);
    tcase_add_test(tcase, test_red_blue_deleting_one_end_deletes_the_pair);
    tcase_add_test(tcase, test_bridge_host);
    tcase_add_test(tcase, test_fun_and_profit);
    tcase_add_test(tcase, test_direct);
    tcase_add_test(tcase, test_bridge_netns);
    tcase_add_test(tcase, test_star);
    tcase_add_test(tcase, test_dual_stack);
    add_vlan_examples(tcase);
    add_web_examples(tcase);
    add_kind_examples(tcase);
    tcase_add_test(tcase, test_process);
    tcase_add_test(tcase, test_existing_bridge);
    tcase_add_test(tcase, test_every_example_is_tested_and_listed);
    suite_add_tcase(suite, tcase);
    return suite;
}
