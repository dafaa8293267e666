/* SPDX-License-Identifier: MIT */
/*
 * Job: `up` is whole or nothing: whatever refuses, exit status 3, a message that says what and
 * where, and the machine is as it was before.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

static const struct topology pair = {"pair",
                                     "namespaces:\n"
                                     "  left: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
                                     "  right: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                                     "links:\n"
                                     "  - [left:eth0, right:eth0]\n"};

/* The message must have `where`, "FILE:LINE:" of the line that asked for it, and `what`. */
static void refused(const char *prefix, const char *file, int line, const char *what)
{
    const char *before = dump_all(0);
    struct output output = exits(3, "%s$NETLAB up %s", prefix, file);

    if (line)
        has(output.err, text("%s:%d:", file, line));
    has(output.err, what);
    same(before, dump_all(0));
}

START_TEST (test_namespace_exists) {
    ok("ip netns add right && ip -n right link add mine type bridge");
    refused("", topology_file(&pair), 3, "right");
    ok("ip -n right link show mine");
}
END_TEST

START_TEST (test_plain_file_has_the_name) {
    ok("mkdir -p /run/netns && echo precious >/run/netns/right");
    refused("", topology_file(&pair), 3, "right");
    ck_assert_str_eq(ok("cat /run/netns/right").out, "precious\n");
}
END_TEST

START_TEST (test_foreign_symlink_has_the_name) {
    ok("mkdir -p /run/netns && ln -s /nowhere /run/netns/left");
    refused("", topology_file(&pair), 2, "left");
}
END_TEST

START_TEST (test_namespace_of_another_lab) {
    const char *other = file_with("other.yaml", "namespaces: {right: }\n");

    ok("$NETLAB up %s", other);
    refused("", topology_file(&pair), 3, "right");
    ok("$NETLAB down other");
}
END_TEST

static const struct topology in_host = {"in-host",
                                        "namespaces:\n"
                                        "  host:\n"
                                        "    interfaces:\n"
                                        "      lo: {addresses: [192.0.2.7/32]}\n"
                                        "      taken: {addresses: [10.0.0.1/24]}\n"
                                        "    routes:\n"
                                        "      - {to: 10.9.0.0/16, type: blackhole}\n"
                                        "    rules:\n"
                                        "      - {priority: 4711, from: 10.5.0.0/16, table: 100}\n"
                                        "  a: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                                        "links:\n"
                                        "  - [a:eth0, host:taken]\n"};

START_TEST (test_interface_exists_in_the_host) {
    ok("ip link add taken type bridge");
    refused("", topology_file(&in_host), 12, "taken");
}
END_TEST

START_TEST (test_altname_exists_in_the_host) {
    ok("ip link add other type bridge && ip link property add dev other altname taken");
    refused("", topology_file(&in_host), 0, "taken");
}
END_TEST

START_TEST (test_address_exists_in_the_host) {
    ok("ip address add 192.0.2.7/32 dev lo");
    refused("", topology_file(&in_host), 4, "192.0.2.7");
    ck_assert(json_at(ip_json("ip -j address show dev lo"), "0 addr_info local=192.0.2.7"));
}
END_TEST

START_TEST (test_route_exists_in_the_host) {
    ok("ip route add blackhole 10.9.0.0/16");
    refused("", topology_file(&in_host), 7, "10.9.0.0/16");
}
END_TEST

START_TEST (test_rule_exists_in_the_host) {
    ok("ip rule add priority 4711 from 10.5.0.0/16 table 100");
    /* Another protocol makes it another rule for the kernel, so it may also be accepted. */
    if (sh("$NETLAB up %s", topology_file(&in_host)).status == 0)
        ok("$NETLAB down in-host");
    ck_assert_int_eq(json_size(ip_json("ip -j rule show priority 4711 from 10.5.0.0/16 table 100")),
                     1);
}
END_TEST

/* What only the kernel can know. */
START_TEST (test_kernel_refuses_a_route) {
    const char *file = file_with("gateway.yaml", "namespaces:\n"
                                                 "  host:\n"
                                                 "    routes:\n"
                                                 "      - {to: 10.9.0.0/24, via: 10.99.0.1}\n"
                                                 "  a:\n"
                                                 "  b:\n"
                                                 "links:\n"
                                                 "  - [a:eth0, b:eth0]\n");

    refused("", file, 4, "Nexthop has invalid gateway");
}
END_TEST

START_TEST (test_kernel_refuses_a_sysctl) {
    const char *file = file_with("sysctl.yaml", "namespaces:\n"
                                                "  a:\n"
                                                "    sysctls:\n"
                                                "      net.ipv4.ip_default_ttl: 99\n"
                                                "      net.ipv4.no_such_setting: 1\n"
                                                "  b:\n"
                                                "links: [[a:eth0, b:eth0]]\n");

    refused("", file, 5, "no_such_setting");
    file = file_with("value.yaml", "namespaces:\n"
                                   "  a:\n"
                                   "    sysctls:\n"
                                   "      net.ipv4.ip_default_ttl: 4711\n");
    refused("", file, 4, "Invalid argument");
}
END_TEST

START_TEST (test_host_settings_go_back_when_refused) {
    const char *file = file_with("back.yaml", "namespaces:\n"
                                              "  host:\n"
                                              "    forwarding: true\n"
                                              "    sysctls:\n"
                                              "      net.ipv4.ip_default_ttl: 99\n"
                                              "      net.ipv4.conf.all.arp_ignore: 2\n"
                                              "    routes:\n"
                                              "      - {to: 10.8.0.0/24, type: blackhole}\n"
                                              "      - {to: 10.9.0.0/24, via: 10.99.0.1}\n");

    ok("echo 77 >/proc/sys/net/ipv4/ip_default_ttl");
    refused("", file, 9, "Nexthop has invalid gateway");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/ip_default_ttl"), "77");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/conf/all/arp_ignore"), "0");
}
END_TEST

START_TEST (test_too_many_namespaces) {
    const char *file = star_file("many", 8);

    ok("echo 4 >/proc/sys/user/max_net_namespaces");
    refused("", file, 0, "No space left on device (ENOSPC)");
    ok("echo 100 >/proc/sys/user/max_net_namespaces");
    ok("$NETLAB up %s && $NETLAB down many", file);
}
END_TEST

START_TEST (test_too_few_descriptors) {
    const char *file = star_file("many", 60);

    refused("ulimit -n 40; ", file, 0, "open files");
}
END_TEST

START_TEST (test_run_is_read_only) {
    ok("mount -o remount,ro /run");
    refused("", topology_file(&pair), 0, "Read-only file system");
}
END_TEST

/* One file more has room each time, until all have. */
START_TEST (test_run_is_full) {
    const char *file = topology_file(&pair), *before;
    int inodes = 2; /* the root is one, and tmpfs keeps one */

    for (struct output output = {.status = 3}; output.status != 0; inodes++) {
        ck_assert_int_lt(inodes, 50);
        test_about("%d inodes", inodes);
        ok("mount -t tmpfs -o nr_inodes=%d full /run", inodes);
        before = dump_all(0);
        output = sh("$NETLAB up %s", file);
        if (output.status == 0)
            ok("$NETLAB down pair");
        else
            has(output.err, "No space left on device");
        ck_assert(output.status == 0 || output.status == 3);
        same(before, dump_all(0));
        ok("umount /run");
    }
    ck_assert_int_gt(inodes, 6);
    test_swept(inodes - 3, "sizes of /run that refused a fresh up");
}
END_TEST

/* Room for so many files more, or pages. tmpfs keeps one for itself. */
static void leave_files(int more)
{
    ok("used=$(df --output=iused /run | tail -n 1); mount -o remount,nr_inodes=$((used + 1 + %d)) "
       "/run",
       more);
}

static void leave_pages(int more)
{
    ok("used=$(df -k --output=used /run | tail -n 1); mount -o remount,size=$((used + 4 * %d))k "
       "/run",
       more);
}

/* The same of a change of a lab that is up: of files, and of space for what is in them. */
START_TEST (test_run_is_full_for_a_change) {
    const char *file = topology_file(&pair), *before;
    const char *after =
        text("%.*s  third: {interfaces: {eth0: {addresses: [10.0.1.2/24]}}}\n"
             "links: [[left:eth0, right:eth0], [third:eth0, left:eth1]]\n#%*s\n",
             (int)(strstr(pair.yaml, "links:") - pair.yaml), pair.yaml, 4 * 4096, "pages");
    struct output output = {.status = 3};
    int refusals = 0;

    ok("mount -t tmpfs -o nr_inodes=1000,size=1m full /run && $NETLAB up %s", file);
    before = dump_all(0);
    file_with("pair.yaml", after);
    for (int more = 0; output.status != 0; more++, refusals++) {
        ck_assert_int_lt(more, 50);
        test_about("room for %d", more);
        (_i ? leave_pages : leave_files)(more);
        output = sh("$NETLAB up %s", file);
        ok("mount -o remount,nr_inodes=1000,size=1m /run");
        if (output.status == 0)
            break;
        ck_assert_int_eq(output.status, 3);
        has(output.err, "No space left on device");
        same(before, dump_all(0));
        has_text(json_of("$NETLAB status --json pair"), "labs 0 state", "up");
        ok("$NETLAB diff - <%s", file_with("before.yaml", text("name: pair\n%s", pair.yaml)));
    }
    ck_assert_int_gt(refusals, 0);
    ok("ip netns exec third ping -q -c 1 -W 5 10.0.1.2 && $NETLAB diff %s", file);
    topology_file(&pair);
    ok("$NETLAB up %s", file);
    ok("$NETLAB down pair && umount /run");
    test_swept(refusals, "sizes of /run that refused a change");
}
END_TEST

START_TEST (test_netns_is_not_writable) {
    ok("mkdir /run/netns && mount -t tmpfs -o ro none /run/netns");
    refused("", topology_file(&pair), 0, "Read-only file system");
}
END_TEST

START_TEST (test_without_privileges) {
    const char *file = topology_file(&pair);

    ok("chmod 755 $TMP");
    refused(AS_NOBODY, file, 0, "root");
    refused("setpriv --bounding-set=-net_admin --inh-caps=-net_admin ", file, 0,
            "error: this needs the capabilities CAP_NET_ADMIN and CAP_SYS_ADMIN: run it as root");
    refused("setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin ", file, 0,
            "error: this needs the capabilities CAP_NET_ADMIN and CAP_SYS_ADMIN: run it as root");
}
END_TEST

START_TEST (test_bad_file_touches_nothing) {
    const char *file =
        file_with("bad.yaml", "namespaces:\n"
                              "  a: {interfaces: {eth0: {adresses: [10.0.0.1/24]}}}\n"
                              "links: [[a:eth0, b:eth0]]\n");
    const char *before = dump_all(0);
    struct output output = exits(2, "$NETLAB up %s", file);

    has(output.err, text("%s:2:", file));
    has(output.err, "addresses"); /* did you mean */
    has(output.err, text("%s:3:", file));
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_lab_of_that_name_from_another_file) {
    const char *one = file_with("one.yaml", "name: lab\nnamespaces: {a: }\n");
    const char *two = file_with("two.yaml", "name: lab\nnamespaces: {b: }\n");

    ok("$NETLAB up %s", one);
    refused("", two, 0, "lab");
    ns_inode("a");
    ok("$NETLAB down lab");
}
END_TEST

Suite *refusals_suite(void)
{
    Suite *suite = suite_create("refusals");
    TCase *tcase = tcase_create("refusals"), *user = tcase_create("limits");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_namespace_exists);
    tcase_add_test(tcase, test_plain_file_has_the_name);
    tcase_add_test(tcase, test_foreign_symlink_has_the_name);
    tcase_add_test(tcase, test_namespace_of_another_lab);
    tcase_add_test(tcase, test_interface_exists_in_the_host);
    tcase_add_test(tcase, test_altname_exists_in_the_host);
    tcase_add_test(tcase, test_address_exists_in_the_host);
    tcase_add_test(tcase, test_route_exists_in_the_host);
    tcase_add_test(tcase, test_rule_exists_in_the_host);
    tcase_add_test(tcase, test_kernel_refuses_a_route);
    tcase_add_test(tcase, test_kernel_refuses_a_sysctl);
    tcase_add_test(tcase, test_host_settings_go_back_when_refused);
    tcase_add_test(tcase, test_too_few_descriptors);
    tcase_add_test(tcase, test_run_is_read_only);
    tcase_add_test(tcase, test_run_is_full);
    tcase_add_loop_test(tcase, test_run_is_full_for_a_change, 0, 2);
    tcase_add_test(tcase, test_netns_is_not_writable);
    tcase_add_test(tcase, test_without_privileges);
    tcase_add_test(tcase, test_bad_file_touches_nothing);
    tcase_add_test(tcase, test_lab_of_that_name_from_another_file);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(user, sandbox_enter_user, NULL);
    tcase_add_test(user, test_too_many_namespaces);
    suite_add_tcase(suite, user);
    return suite;
}
