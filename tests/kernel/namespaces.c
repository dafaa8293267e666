/* SPDX-License-Identifier: MIT */
/*
 * Job: namespaces: what they start from, sysctls, forwarding, host names, names of labs, what
 * others may do to a lab that is up.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

enum { SYSCTLS, FORWARDING, HOSTNAMES, EMPTY, NAMES };

const struct topology namespaces_topologies[] = {
    [SYSCTLS] = {"sysctls",
                 "namespaces:\n"
                 "  a:\n"
                 "    interfaces: {eth0.10: {addresses: [10.0.0.1/24]}, br0: {type: bridge}}\n"
                 "    sysctls:\n"
                 "      net.ipv4.conf.eth0.rp_filter: 2\n"
                 "      net/ipv4/conf/eth0.10/rp_filter: 1\n"
                 "      net/ipv6/conf/eth0.10/hop_limit: 33\n"
                 "      net.ipv4.conf.all.log_martians: 1\n"
                 "      net.ipv4.conf.default.arp_ignore: 1\n"
                 "      net.ipv4.ip_default_ttl: 77\n"
                 "      net.ipv4.ip_local_port_range: 20000 30000\n"
                 "      net.core.somaxconn: 0x63\n"
                 "      net.ipv4.neigh.eth0.gc_stale_time: 61\n"
                 "      net.ipv4.ping_group_range: \"0 2147483647\"\n"
                 "      net.ipv4.conf.br0.proxy_arp: 1\n"
                 "      net.ipv4.conf.c-eth1.proxy_arp: 1\n"
                 "  b:\n"
                 "  c:\n"
                 "links: [[a:eth0, b:eth0], [a:eth0.10, b:eth1], [c:eth1, a:br0]]\n"},
    [FORWARDING] = {"forwarding", "namespaces:\n"
                                  "  both: {forwarding: true}\n"
                                  "  four: {forwarding: ipv4}\n"
                                  "  six: {forwarding: ipv6}\n"
                                  "  none: {forwarding: false}\n"
                                  "  silent:\n"
                                  "links:\n"
                                  "  - [both:eth0, none:a]\n"
                                  "  - [four:eth0, none:b]\n"
                                  "  - [six:eth0, none:c]\n"
                                  "  - [silent:eth0, none:d]\n"},
    [HOSTNAMES] = {"hostnames", "namespaces:\n"
                                "  a: {hostname: www.example.net}\n"
                                "  b:\n"},
    [EMPTY] = {"empty", "namespaces: {a: , b: ~, c: null, d: {}}\n"},
    [NAMES] = {"of-names", "name: Some_lab.with-A.name\n"
                           "namespaces:\n"
                           "  '1':\n"
                           "  No:\n"
                           "  null-and-void:\n"
                           "  a.b_c-d:\n"
                           "  a-namespace-may-well-have-a-longer-name-than-an-interface-has-64:\n"
                           "links: [['1:1', 'No:no']]\n"},
    {NULL, NULL}};

static void look_at_sysctls(void)
{
    ck_assert_str_eq(sysctl_of("a", "net/ipv4/conf/eth0/rp_filter"), "2");
    ck_assert_str_eq(sysctl_of("a", "net/ipv4/conf/eth0.10/rp_filter"), "1");
    ck_assert_str_eq(sysctl_of("a", "net/ipv6/conf/eth0.10/hop_limit"), "33");
    ck_assert_str_eq(sysctl_of("a", "net/ipv4/conf/all/log_martians"), "1");
    ck_assert_str_eq(sysctl_of("a", "net/ipv4/ip_default_ttl"), "77");
    ck_assert_str_eq(sysctl_of("a", "net/ipv4/ip_local_port_range"), "20000\t30000");
    ck_assert_str_eq(sysctl_of("a", "net/core/somaxconn"), "99");
    ck_assert_str_eq(sysctl_of("a", "net/ipv4/neigh/eth0/gc_stale_time"), "61");
    ck_assert_str_eq(sysctl_of("a", "net/ipv4/ping_group_range"), "0\t2147483647");
    ck_assert_str_eq(sysctl_of("a", "net/ipv4/conf/br0/proxy_arp"), "1");
    ck_assert_str_eq(sysctl_of("a", "net/ipv4/conf/c-eth1/proxy_arp"), "1");
    /* `default` holds for the devices of the file, too: it is written before they are made. */
    ck_assert_str_eq(sysctl_of("a", "net/ipv4/conf/default/arp_ignore"), "1");
    ck_assert_str_eq(sysctl_of("a", "net/ipv4/conf/eth0/arp_ignore"), "1");
    ck_assert_str_eq(sysctl_of("b", "net/ipv4/conf/eth0/rp_filter"), "0");
    ck_assert_str_eq(sysctl_of("b", "net/ipv4/ip_default_ttl"), "64");
}

START_TEST (test_sysctls) {
    up_look_down(&namespaces_topologies[SYSCTLS], look_at_sysctls);
}
END_TEST

static void forwards(const char *ns, const char *v4, const char *v6)
{
    ck_assert_str_eq(sysctl_of(ns, "net/ipv4/ip_forward"), v4);
    ck_assert_str_eq(sysctl_of(ns, "net/ipv4/conf/all/forwarding"), v4);
    ck_assert_str_eq(sysctl_of(ns, "net/ipv4/conf/eth0/forwarding"), v4);
    ck_assert_str_eq(sysctl_of(ns, "net/ipv6/conf/all/forwarding"), v6);
    ck_assert_str_eq(sysctl_of(ns, "net/ipv6/conf/eth0/forwarding"), v6);
}

static void look_at_forwarding(void)
{
    forwards("both", "1", "1");
    forwards("four", "1", "0");
    forwards("six", "0", "1");
    forwards("silent", "0", "0");
    ck_assert_str_eq(sysctl_of("none", "net/ipv4/ip_forward"), "0");
    ck_assert_str_eq(sysctl_of("none", "net/ipv6/conf/all/forwarding"), "0");
}

START_TEST (test_forwarding) {
    up_look_down(&namespaces_topologies[FORWARDING], look_at_forwarding);
}
END_TEST

static void look_at_hostnames(void)
{
    ck_assert_str_eq(ok("$NETLAB exec a -- hostname").out, "www.example.net\n");
    ck_assert_str_eq(ok("$NETLAB exec a -- uname -n").out, "www.example.net\n");
    ck_assert_str_eq(ok("$NETLAB exec hostnames:b -- hostname").out, "b\n");
}

START_TEST (test_hostname) {
    const char *before = ok("hostname").out;

    up_look_down(&namespaces_topologies[HOSTNAMES], look_at_hostnames);
    ck_assert_str_eq(ok("hostname").out, before);
}
END_TEST

static void look_at_empty(void)
{
    for (const char *name = "abcd"; *name; name++) {
        json_t *links = ip_json("ip -n %c -j link", *name);

        ck_assert_int_eq(json_size(links), 1);
        ck_assert(json_has(json_at(links, "ifname=lo flags"), "UP"));
        ck_assert_str_eq(sysctl_of(text("%c", *name), "net/ipv4/ip_forward"), "0");
        ck_assert(ping(text("%c", *name), "127.0.0.1"));
        ck_assert(ping(text("%c", *name), "::1"));
    }
}

START_TEST (test_empty_namespaces) {
    up_look_down(&namespaces_topologies[EMPTY], look_at_empty);
}
END_TEST

/* What the kernel gives a namespace that has nobody to inherit from. */
static void look_at_defaults(void)
{
    static const char *const zero[] = {"net/ipv4/ip_forward",
                                       "net/ipv4/conf/all/rp_filter",
                                       "net/ipv4/conf/default/rp_filter",
                                       "net/ipv4/conf/all/forwarding",
                                       "net/ipv4/conf/default/forwarding",
                                       "net/ipv6/conf/all/forwarding",
                                       "net/ipv6/conf/default/forwarding",
                                       "net/ipv6/conf/all/disable_ipv6",
                                       "net/ipv6/conf/default/disable_ipv6",
                                       "net/ipv4/conf/all/arp_ignore",
                                       "net/ipv4/conf/all/arp_announce",
                                       "net/ipv4/conf/all/proxy_arp",
                                       "net/ipv4/conf/all/log_martians"};

    for (size_t i = 0; i < COUNT(zero); i++)
        ck_assert_msg(strcmp(sysctl_of("a", zero[i]), "0") == 0, "%s is %s", zero[i],
                      sysctl_of("a", zero[i]));
}

START_TEST (test_kernel_defaults_whatever_the_host_has) {
    /*
     * IPv4's settings come from the first network namespace of all, the machine's own, unless
     * net.core.devconf_inherit_init_net says: from the current one. We can set only the latter.
     */
    ok("for f in ipv4/ip_forward ipv4/conf/all/rp_filter ipv4/conf/default/rp_filter "
       "ipv4/conf/all/arp_ignore ipv4/conf/all/log_martians; do "
       "echo 1 >/proc/sys/net/$f; done");
    up_look_down(&namespaces_topologies[EMPTY], look_at_defaults);
}
END_TEST

static void look_at_names(void)
{
    ck_assert_str_eq(json_text(ip_json("ip -n 1 -j link"), "ifname=1 operstate"), "UP");
    ck_assert_str_eq(json_text(ip_json("ip -n No -j link"), "ifname=no operstate"), "UP");
    ns_inode("null-and-void");
    ns_inode("a.b_c-d");
    ns_inode("a-namespace-may-well-have-a-longer-name-than-an-interface-has-64");
    ok("$NETLAB exec Some_lab.with-A.name:1 -- true");
}

START_TEST (test_names) {
    up_look_down(&namespaces_topologies[NAMES], look_at_names);
}
END_TEST

/* Two labs */

static const struct topology left = {"left", "namespaces: {l1: , l2: }\nlinks: [[l1:a, l2:b]]\n"};
static const struct topology right = {"right", "namespaces: {r1: , r2: }\nlinks: [[r1:a, r2:b]]\n"};

START_TEST (test_two_labs_side_by_side) {
    const char *before = dump_all(0), *only_right;

    ok("$NETLAB up %s", topology_file(&right));
    only_right = dump_all(0);
    ok("$NETLAB up %s", topology_file(&left));
    ns_inode("l1");
    ok("$NETLAB down left");
    same(only_right, dump_all(0));
    ok("$NETLAB down right");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_down_of_nothing_is_fine) {
    const char *before = dump_all(0);

    ok("$NETLAB down %s", topology_file(&left));
    ok("$NETLAB down left");
    ok("$NETLAB up %s && $NETLAB down left && $NETLAB down left", topology_file(&left));
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_up_twice_changes_nothing) {
    const char *up;
    struct output again;

    ok("$NETLAB up %s", topology_file(&left));
    up = dump_all(0);
    again = sh("$NETLAB up %s", topology_file(&left));
    ck_assert_msg(again.status == 0 || again.status == 3, "exit status %d", again.status);
    same(up, dump_all(0));
    ok("$NETLAB down left");
}
END_TEST

/* What others do to a lab that is up */

START_TEST (test_down_after_ip_netns_del) {
    const char *before = dump_all(0);

    ok("$NETLAB up %s", topology_file(&left));
    ok("ip netns del l1");
    ok("$NETLAB down left");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_down_leaves_what_took_the_name) {
    ok("$NETLAB up %s", topology_file(&left));
    ok("ip netns del l1 && ip netns add l1 && ip -n l1 link add mine type bridge");
    ok("$NETLAB down left");
    ok("ip -n l1 link show mine");
    ck_assert_int_ne(sh("ip -n l2 link").status, 0);
}
END_TEST

START_TEST (test_down_with_processes_inside) {
    const char *before = dump_all(0);
    const char *const argv[] = {"ip", "netns", "exec", "l1", "sleep", "60", NULL};
    pid_t pid;

    ok("$NETLAB up %s", topology_file(&left));
    pid = start_sleep(argv);
    ok("$NETLAB down left");
    same(before, dump_all(0));
    ok("kill %d", (int)pid);
    finish(pid);
    ok("$NETLAB up %s && $NETLAB down left", topology_file(&left));
}
END_TEST

/* As on a machine with systemd, where all mounts are shared. */
START_TEST (test_shared_run) {
    const char *before;

    ok("mount --make-shared /run");
    ok("ip netns add other"); /* makes /run/netns a mount of its own */
    before = dump_all(0);
    for (int i = 0; i < 3; i++) {
        ok("$NETLAB up %s", topology_file(&left));
        ck_assert_str_eq(ok("ip netns exec other ip netns exec l1 readlink /proc/self/ns/net").out,
                         text("net:[%lu]\n", ns_inode("l1")));
        ok("$NETLAB down left");
    }
    same(before, dump_all(0));
}
END_TEST

/* A process that keeps a copy of the mounts must not keep the lab's namespaces. */
START_TEST (test_copied_mounts_do_not_keep_namespaces) {
    const char *const argv[] = {"unshare", "-m", "sleep", "60", NULL};
    pid_t pid;

    ok("ip netns add other; mount --make-shared /run; $NETLAB up %s", topology_file(&left));
    pid = start_sleep(argv);
    ok("ip link add probe type veth peer name there netns l1");
    ok("$NETLAB down left");
    for (int i = 0; i < 30 && sh("ip link show probe").status == 0; i++)
        usleep(100000);
    ck_assert_msg(sh("ip link show probe").status != 0, "the namespace lives on");
    ok("kill %d", (int)pid);
    finish(pid);
}
END_TEST

Suite *namespaces_suite(void)
{
    Suite *suite = suite_create("namespaces");
    TCase *tcase = tcase_create("namespaces");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_sysctls);
    tcase_add_test(tcase, test_forwarding);
    tcase_add_test(tcase, test_hostname);
    tcase_add_test(tcase, test_empty_namespaces);
    tcase_add_test(tcase, test_kernel_defaults_whatever_the_host_has);
    tcase_add_test(tcase, test_names);
    tcase_add_test(tcase, test_two_labs_side_by_side);
    tcase_add_test(tcase, test_down_of_nothing_is_fine);
    tcase_add_test(tcase, test_up_twice_changes_nothing);
    tcase_add_test(tcase, test_down_after_ip_netns_del);
    tcase_add_test(tcase, test_down_leaves_what_took_the_name);
    tcase_add_test(tcase, test_down_with_processes_inside);
    tcase_add_test(tcase, test_shared_run);
    tcase_add_test(tcase, test_copied_mounts_do_not_keep_namespaces);
    suite_add_tcase(suite, tcase);
    return suite;
}
