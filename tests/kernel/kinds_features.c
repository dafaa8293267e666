/* SPDX-License-Identifier: MIT */
/*
 * Job: what the kernel lacks is told, all of it, before anything is made.
 * What it does lack, ip and tc find out (need.h); where it lacks nothing, the labs must come up.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "need.h"

Suite *features_suite(void);

static const struct topology many = {"many",
                                     "namespaces:\n"
                                     "  a:\n"
                                     "    interfaces:\n"
                                     "      d0: {type: dummy}\n"
                                     "      d1: {type: dummy, addresses: [10.1.0.1/24]}\n"
                                     "      v0: {type: vlan, id: 3, link: eth0}\n"
                                     "      eth0: {netem: {loss: 1%}}\n"
                                     "      br0: {type: bridge, vlan-filtering: true}\n"
                                     "      br1: {type: bridge, vlan-filtering: false}\n"
                                     "  b:\n"
                                     "links:\n"
                                     "  - {endpoints: [a:eth0, b:eth0], netem: {delay: 10ms}}\n"};

/* Where, and what: as it is lacking or not. */
static void is_told(const char *err, const char *place, const char *what, bool lacking)
{
    has_at(__FILE__, __LINE__, err,
           text("many.yaml:%s: error: this kernel has no %s\n", place, what), lacking);
}

START_TEST (test_all_that_is_missing_is_told) {
    const char *file = topology_file(&many), *before = dump_all(0);
    bool dummy = has_kind("dummy"), vlan = has_kind("vlan"), netem = has_qdisc("netem");
    bool filtering = has_vlan_filtering();
    struct output up = sh("$NETLAB up %s", file);

    is_told(up.err, "4:18", "interfaces of type dummy", !dummy);
    is_told(up.err, "5:18", "interfaces of type dummy", !dummy);
    is_told(up.err, "6:18", "interfaces of type vlan", !vlan);
    is_told(up.err, "7:14", "netem", !netem);
    is_told(up.err, "8:43", "'vlan-filtering' for interfaces of type bridge", !filtering);
    is_told(up.err, "12:35", "netem", !netem);
    has_not(up.err, "many.yaml:9:");
    ck_assert_int_eq(up.status, dummy && vlan && netem && filtering ? 0 : 3);
    if (up.status == 0)
        ok("$NETLAB down %s", file);
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_who_provides_it_is_told) {
    struct output up = sh("$NETLAB up %s", topology_file(&many));

    has_at(__FILE__, __LINE__, up.err, "CONFIG_VLAN_8021Q provides it, in the module 8021q\n",
           !has_kind("vlan"));
    has_at(__FILE__, __LINE__, up.err,
           "CONFIG_NET_SCH_NETEM provides it, in the module sch_netem\n", !has_qdisc("netem"));
}
END_TEST

START_TEST (test_a_running_lab_is_left_as_it_is) {
    const struct topology plain = {"plain", "namespaces: {a: , b: }\n"
                                            "links: [[a:eth0, b:eth0]]\n"};
    const struct topology slow = {"plain",
                                  "namespaces: {a: {interfaces: {d: {type: dummy}}}, b: , c: }\n"
                                  "links: [{endpoints: [a:eth0, b:eth0], netem: {delay: 1ms}}]\n"};
    bool full = has_kind("dummy") && has_qdisc("netem");
    const char *before;
    struct output up;

    ok("$NETLAB up %s", topology_file(&plain));
    before = dump_all(0);
    up = sh("$NETLAB up %s", topology_file(&slow));
    ck_assert_int_eq(up.status, full ? 0 : 3);
    has_at(__FILE__, __LINE__, up.err, ":1:41: error: this kernel has no interfaces of type dummy",
           !has_kind("dummy"));
    has_at(__FILE__, __LINE__, up.err, ":2:39: error: this kernel has no netem",
           !has_qdisc("netem"));
    if (!full)
        same(before, dump_all(0));
    else
        ck_assert_int_eq(json_size(ip_json("ip -n a -j link show type dummy")), 1);
    ok("$NETLAB down plain");
}
END_TEST

/* Families of nftables, too, and again all of them. */
START_TEST (test_families_that_are_missing_are_told) {
    const struct topology families = {
        "families", "namespaces:\n"
                    "  a:\n"
                    "    interfaces: {br0: {type: bridge}}\n"
                    "    nftables: |\n"
                    "      table bridge b { chain c { type filter hook forward priority 0; }; }\n"
                    "      table inet i { chain c { iif br0 drop; }; }\n"
                    "      table ip6 v6 { }\n"};
    const char *file = topology_file(&families), *before = dump_all(0);
    bool bridge = has_nftables("bridge"), inet = has_nftables("inet"), ip6 = has_nftables("ip6");
    struct output up = sh("$NETLAB up %s", file);

    has_at(__FILE__, __LINE__, up.err,
           "families.yaml:5:20: error: this kernel's nftables have no family bridge\n", !bridge);
    has_at(__FILE__, __LINE__, up.err,
           "families.yaml:6:18: error: this kernel's nftables have no family inet\n", !inet);
    has_at(__FILE__, __LINE__, up.err,
           "families.yaml:7:17: error: this kernel's nftables have no family ip6\n", !ip6);
    ck_assert_int_eq(up.status, bridge && inet && ip6 ? 0 : 3);
    if (up.status == 0)
        ok("$NETLAB down %s", file);
    same(before, dump_all(0));
}
END_TEST

/* Validating and planning need no powers, and ask nothing. */
START_TEST (test_a_dry_run_does_not_ask) {
    const char *file = topology_file(&many);

    ok("$NETLAB validate %s", file);
    ok("$NETLAB up --dry-run %s", file);
}
END_TEST

/* How many namespaces it makes on its way. */
static int namespaces_made(const char *command)
{
    const char *trace = text("%s/trace", getenv("TMP"));

    /* LeakSanitizer can not be traced */
    (void)sh("ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -f -qq -e trace=unshare -o %s %s",
             trace, command);
    return atoi(ok("grep -c CLONE_NEWNET %s || true", trace).out);
}

START_TEST (test_nothing_is_asked_without_need) {
    const struct topology plain = {
        "plain", "namespaces: {a: , b: , sw: {interfaces: {br0: {type: bridge, stp: false}}}}\n"
                 "links: [[a:eth0, sw:br0], [b:eth0, sw:br0]]\n"};
    const char *file = topology_file(&plain);

    if (sh("strace -o /dev/null true").status != 0)
        test_skip("strace is not there, or not allowed to trace");
    ck_assert_int_eq(namespaces_made(text("$NETLAB up %s", file)), 3);
    ck_assert_int_eq(namespaces_made(text("$NETLAB up %s", file)), 0);
    ok("$NETLAB down %s", file);
    /* one is enough for all questions */
    ck_assert_int_eq(namespaces_made(text("$NETLAB up %s", topology_file(&many))),
                     sh("$NETLAB status many").status == 0 ? 3 : 1);
}
END_TEST

Suite *features_suite(void)
{
    Suite *suite = suite_create("features");
    TCase *tcase = tcase_create("features");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_all_that_is_missing_is_told);
    tcase_add_test(tcase, test_who_provides_it_is_told);
    tcase_add_test(tcase, test_families_that_are_missing_are_told);
    tcase_add_test(tcase, test_a_running_lab_is_left_as_it_is);
    tcase_add_test(tcase, test_a_dry_run_does_not_ask);
    tcase_add_test(tcase, test_nothing_is_asked_without_need);
    suite_add_tcase(suite, tcase);
    return suite;
}
