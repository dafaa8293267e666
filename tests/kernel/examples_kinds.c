/* SPDX-License-Identifier: MIT */
/*
 * Job: the examples of single kinds of links.
 */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "examples.h"

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

void add_kind_examples(TCase *tcase)
{
    tcase_add_test(tcase, test_tap);
    tcase_add_test(tcase, test_wan_link);
    tcase_add_test(tcase, test_overlay);
    tcase_add_test(tcase, test_site_to_site);
    tcase_add_test(tcase, test_macvlan);
    tcase_add_test(tcase, test_bond);
    tcase_add_test(tcase, test_vrf);
    tcase_add_test(tcase, test_wireguard);
}
