/* SPDX-License-Identifier: MIT */
/*
 * Job: every example comes up, does what its text says, and goes down without a trace.
 * The ids are those of the blog posts' scenarios that the examples come from.
 */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <unistd.h>

#include "kernel.h"
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

static void example(const char *name, void (*look)(void))
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

/* An address with its prefix length and broadcast address, as the kernel has it. */
static void has_address(const char *ns, const char *device, const char *address, int prefix,
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

/* S2c, S2d */

static void look_at_masquerade(void)
{
    ck_assert(ping("blue", "192.168.1.3"));
    ck_assert(ping("red", "192.168.1.3"));
    ck_assert(ping("red", "192.168.15.2"));
    ck_assert(tcp_echo("blue", "lan", "192.168.1.3", 80, 10000));
    ck_assert(no_ping("lan", "192.168.15.2"));
    has(ok("ip netns exec gateway nft list ruleset").out, "oifname \"eth0\" masquerade");
}

START_TEST (test_masquerade) {
    example("masquerade.yaml", look_at_masquerade);
}
END_TEST

/* A web server of python's whose one page is the name of its namespace. */
static pid_t serve(const char *ns, int port)
{
    const char *number = text("%d", port), *directory = text("%s/%s", getenv("TMP"), ns);
    const char *const argv[] = {"ip",      "netns",       "exec",   ns,   "python3",
                                "-m",      "http.server", "--bind", "::", "--directory",
                                directory, number,        NULL};
    pid_t pid;

    ok("mkdir -p %s && echo %s >%s/index.html", directory, ns, directory);
    pid = start(argv);
    ok("until ip netns exec %s ss -Hlnt sport = :%d | grep -q .; do sleep 0.01; done", ns, port);
    return pid;
}

static void stop(pid_t pid)
{
    kill(pid, SIGKILL);
    finish(pid);
}

#define CURL "ip netns exec %s curl -gsSf -m %d http://%s/"

/* What curl gets there; it does not get through. */
static const char *page(const char *from, const char *url)
{
    return ok(CURL, from, 10, url).out;
}

static void no_page(const char *from, const char *url)
{
    struct output output = sh(CURL, from, 1, url);

    if (output.status != 7 && output.status != 28) /* refused or unreachable; no answer */
        test_fail("%s gets %s: %d %s", from, url, output.status, output.err);
}

static void look_at_port_forward(void)
{
    pid_t server = serve("blue", 80);

    ck_assert_str_eq(page("lan", "192.168.1.2"), "blue\n");
    ck_assert_str_eq(page("lan", "[fd01::2]"), "blue\n");
    no_page("lan", "192.168.1.2:81");
    stop(server);
    ck_assert(!tcp_forwarded("lan", "192.168.1.2", 81, "blue", "192.168.15.2", 81, 500));
    has(ok("ip netns exec gateway nft list ruleset").out, "dnat");
    ck_assert(tcp_forwarded("lan", "192.168.1.2", 80, "blue", "192.168.15.2", 80, 10000));
    ck_assert(tcp_forwarded("lan", "fd01::2", 80, "blue", "fd15::2", 80, 10000));
    ck_assert(!tcp_forwarded("lan", "192.168.1.2", 81, "blue", "192.168.15.2", 81, 500));
}

START_TEST (test_port_forward) {
    example("port-forward.yaml", look_at_port_forward);
}
END_TEST

/* S4.10. Who may talk to whom is what its tests say; here the ways in are tried by other means. */

/* Each web server has every other request. */
static void look_at_balancer(void)
{
    pid_t servers[] = {serve("web1", 80), serve("web2", 80)};

    for (int i = 0; i < 2; i++)
        ck_assert_str_eq(ok("{ for i in 1 2 3 4; do ip netns exec %s curl -sSf -m 10 "
                            "http://203.0.113.1/; done; } | sort | uniq -c | tr -s ' '",
                            i ? "attacker" : "user")
                             .out,
                         " 2 web1\n 2 web2\n");
    no_page("attacker", "10.1.0.11");
    for (int i = 0; i < 2; i++)
        stop(servers[i]);
}

/* One that was taken over knows what lies behind its neighbours. */
static void look_at_web(void)
{
    pid_t service, database;

    look_at_balancer();
    service = serve("service1", 8080);
    database = serve("db1", 5432);
    ck_assert_str_eq(page("web1", "10.2.0.1:8080"), "service1\n");
    ck_assert_str_eq(page("service2", "10.3.0.11:5432"), "db1\n");
    ck_assert_str_eq(page("db3", "10.3.0.11:5432"), "db1\n");
    no_page("attacker", "10.2.0.1:8080");
    no_page("attacker", "10.3.0.11:5432");
    no_page("db1", "10.3.0.1:8080");
    no_page("web1", "10.3.0.11:5432");
    ok("ip -n web1 route add 10.3.0.0/24 via 10.2.0.1; ip -n db1 route add 10.2.0.0/24 via "
       "10.3.0.1");
    no_page("web1", "10.3.0.11:5432");
    stop(service);
    stop(database);
    ck_assert(!tcp_echo("service1", "db1", "10.3.0.11", 22, 500));
    ck_assert(no_ping("attacker", "10.1.0.11"));
    ck_assert(no_ping("web1", "10.3.0.11"));
    has(ok("ip netns exec db1 nft list ruleset").out, "policy drop");
}

/* S3's proxy. What goes through it arrives at the server from the proxy. */
static double throughput(int port)
{
    json_t *json = json_of("ip netns exec left iperf3 -J -c 10.0.0.1 -p %d -t 1", port);

    ck_assert_int_gt(json_number(json, "end sum_received bytes"), 0);
    return json_real_value(json_at(json, "end sum_received bits_per_second"));
}

static void look_at_proxy(void)
{
    double through, past;

    through = throughput(8080);
    has(ok("$NETLAB logs right server").out, "from 127.0.0.1");
    past = throughput(5201);
    has(ok("$NETLAB logs right server").out, "from 10.0.1.1");
    printf("proxy: %.2f of what goes past it\n", through / past);
    has(ok("ip netns exec right ss -Hlntp sport = :8080").out, "haproxy");
}

START_TEST (test_proxy) {
    example("proxy.yaml", look_at_proxy);
}
END_TEST

START_TEST (test_web) {
    example("web.yaml", look_at_web);
}
END_TEST

/* What the machine would say at first: who has the router's address? */
static const unsigned char question[] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0,   0,   0, 0, 7, 8, 6, 0, 1, 8, 0,   6,   4, 0,
    1,    2,    0,    0,    0,    0,    7, 192, 168, 7, 9, 0, 0, 0, 0, 0, 0, 192, 168, 7, 1};

static void look_at_tap(void)
{
    struct ifreq request = {.ifr_name = "vm0", .ifr_flags = IFF_TAP | IFF_NO_PI};
    int back = ns_enter("lan"), vm = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    struct pollfd ready = {.fd = vm, .events = POLLIN};
    unsigned char answer[2048] = {0};

    ns_leave(back);
    ck_assert_int_eq(ioctl(vm, TUNSETIFF, &request), 0);
    /* until the answer comes: that vm0 has a carrier now takes the kernel a moment */
    for (int i = 0; i < 100 && memcmp(answer + 28, question + 38, 4) != 0; i++) {
        ck_assert_int_eq(write(vm, question, sizeof(question)), sizeof(question));
        while (poll(&ready, 1, 100) > 0 && memcmp(answer + 28, question + 38, 4) != 0)
            ck_assert_int_gt(read(vm, answer, sizeof(answer)), 0);
    }
    ck_assert_int_eq(memcmp(answer + 28, question + 38, 4), 0);
    has_address("router", "tun0", "10.8.0.1", 24, "10.8.0.255");
    close(vm);
}

START_TEST (test_tap) {
    if (access("/dev/net/tun", F_OK) != 0)
        test_skip("the kernel has no TUN devices");
    example("tap.yaml", look_at_tap);
}
END_TEST

/* Rates and percentages are numbers with a point. */
static double real(json_t *json, const char *path)
{
    return json_number_value(json_at(json, "%s", path));
}

static void look_at_wan_link(void)
{
    json_t *office = json_of("tc -n office -j qdisc show dev line");
    json_t *shop = json_of("tc -n shop -j qdisc show dev line");
    struct output output;
    const char *least;

    ck_assert_str_eq(json_text(office, "0 kind"), "netem");
    ck_assert_str_eq(json_text(shop, "0 kind"), "netem");
    ck_assert_double_eq_tol(real(office, "0 options delay delay"), 0.04, 1e-9);
    ck_assert_double_eq_tol(real(shop, "0 options loss-random loss"), 0.005, 1e-9);
    ck_assert_int_eq(json_number(office, "0 options rate rate"), 16000000 / 8);
    ck_assert_int_eq(json_number(shop, "0 options rate rate"), 1000000 / 8);
    ck_assert_int_eq(json_number(shop, "0 options limit"), 50);
    /* jitter is cut off at four deviations; that all of 20 are lost happens once in 10^40 runs */
    output = sh("ip netns exec till ping -n -q -c 20 -i 0.1 10.0.1.10");
    least = strstr(output.out, "mdev = ");
    ck_assert_msg(least && atof(least + strlen("mdev = ")) >= 40, "%s", output.out);
}

START_TEST (test_wan_link) {
    example("wan-link.yaml", look_at_wan_link);
}
END_TEST

static long long packets_of(const char *ns, const char *device)
{
    return json_number(ip_json("ip -n %s -s -j link show dev %s", ns, device),
                       "0 stats64 tx packets");
}

static void look_at_overlay(void)
{
    long long red = packets_of("leaf1", "vx-red"), blue = packets_of("leaf1", "vx-blue");

    for (int i = 0; i < 3; i++)
        ck_assert(ping("red1", "172.16.0.2"));
    ck_assert(ping("red2", "fd16::1"));
    ck_assert_int_ge(packets_of("leaf1", "vx-red") - red, 3);
    /* whole frames fit */
    ok("ip netns exec red1 ping -q -M do -s 1472 -c 1 -W 5 172.16.0.2");
    ck_assert(ping("blue1", "172.16.0.2"));
    ck_assert_int_gt(packets_of("leaf1", "vx-blue"), blue);
    /* the other network is out of reach, whatever is asked for there */
    ok("ip -n blue2 address add 172.16.0.9/24 dev eth0");
    ck_assert(ping("blue1", "172.16.0.9"));
    ck_assert(no_ping("red1", "172.16.0.9"));
    has(ok("bridge -n leaf1 fdb show dev vx-red").out, "dst 10.0.2.1");
}

START_TEST (test_overlay) {
    example("overlay.yaml", look_at_overlay);
}
END_TEST

static void look_at_site_to_site(void)
{
    long long sent = packets_of("office", "factory");

    ck_assert(ping("desk", "10.2.0.10"));
    ck_assert(ping("machine", "fd01::10"));
    ck_assert_int_ge(packets_of("office", "factory") - sent, 2);
    ck_assert(tcp_echo("desk", "machine", "10.2.0.10", 80, 10000));
    ok("ip netns exec desk ping -q -M do -s 1444 -c 1 -W 5 10.2.0.10"); /* 1472 in all */
    exits(1, "ip netns exec office ping -q -M do -s 1445 -c 1 -W 1 10.2.0.10");
    exits(2, "ip -n internet route get 10.2.0.10");
}

START_TEST (test_site_to_site) {
    example("site-to-site.yaml", look_at_site_to_site);
}
END_TEST

static void look_at_macvlan(void)
{
    ck_assert(ping("web", "10.0.0.1"));
    ck_assert(ping("web", "10.0.0.12"));
    ck_assert(tcp_echo("router", "mail", "10.0.0.12", 25, 10000));
}

START_TEST (test_macvlan) {
    example("macvlan.yaml", look_at_macvlan);
}
END_TEST

static void look_at_bond(void)
{
    ck_assert(ping("server", "10.0.0.2"));
    has(ok("ip -n server -d link show bond0").out, "active_slave eth0");
    ok("ip -n switch link set port0 down");
    ok("for i in $(seq 100); do ip -n server -d link show bond0 | grep -q 'active_slave eth1' && "
       "exit 0; sleep 0.1; done; exit 1");
    ck_assert(ping("server", "10.0.0.2"));
}

START_TEST (test_bond) {
    example("bond.yaml", look_at_bond);
}
END_TEST

static void look_at_vrf(void)
{
    ck_assert(ping("red-host", "10.0.1.2"));
    ck_assert(ping("red-host", "172.16.0.1"));
    ck_assert(ping("blue-host", "10.0.1.2"));
    ck_assert(no_ping("blue-host", "172.16.0.1"));
    ok("ip netns exec router ping -q -c 1 -W 2 -I blue 10.0.0.2");
}

START_TEST (test_vrf) {
    example("vrf.yaml", look_at_vrf);
}
END_TEST

static void look_at_wireguard(void)
{
    const char *peers;

    ck_assert(ping("pc-berlin", "10.2.0.10"));
    ck_assert(ping("pc-lyon", "10.1.0.10"));
    ck_assert(ping("laptop", "10.2.0.10"));
    ck_assert(ping("laptop", "10.1.0.10"));
    ck_assert(tcp_echo("pc-berlin", "pc-lyon", "10.2.0.10", 80, 10000));
    /* the laptop's place was learned */
    peers = ok("ip netns exec berlin wg show wg0 endpoints").out;
    has(peers, "\t192.0.2.2:51820\n");
    has(peers, "\t192.0.2.77:");
    ck_assert(no_ping("laptop", "10.3.0.1"));
}

START_TEST (test_wireguard) {
    example("wireguard.yaml", look_at_wireguard);
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
        ok("cd $SOURCE/tests/kernel && cat examples.c kinds_*.c").out;
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
    tcase_add_test(tcase, test_vlan_groups);
    tcase_add_test(tcase, test_vlan_trunk);
    tcase_add_test(tcase, test_vlan_trunk_tagged);
    tcase_add_test(tcase, test_vlan_tagged);
    tcase_add_test(tcase, test_vlan_subnets);
    tcase_add_test(tcase, test_vlan_both);
    tcase_add_test(tcase, test_vlan_firewall);
    tcase_add_test(tcase, test_internet);
    tcase_add_test(tcase, test_masquerade);
    tcase_add_test(tcase, test_port_forward);
    tcase_add_test(tcase, test_proxy);
    tcase_add_test(tcase, test_web);
    tcase_add_test(tcase, test_tap);
    tcase_add_test(tcase, test_wireguard);
    tcase_add_test(tcase, test_wan_link);
    tcase_add_test(tcase, test_overlay);
    tcase_add_test(tcase, test_site_to_site);
    tcase_add_test(tcase, test_macvlan);
    tcase_add_test(tcase, test_bond);
    tcase_add_test(tcase, test_vrf);
    tcase_add_test(tcase, test_process);
    tcase_add_test(tcase, test_existing_bridge);
    tcase_add_test(tcase, test_every_example_is_tested_and_listed);
    suite_add_tcase(suite, tcase);
    return suite;
}
