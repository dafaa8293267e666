/* SPDX-License-Identifier: MIT */
/*
 * Job: vti: tunnels that IPsec encrypts.
 */
#include "cycle.h"
#include "need.h"
#include "proof.h"

Suite *vti_suite(void);

static const struct topology ends = {
    "ends",
    "namespaces:\n"
    "  a:\n"
    "    interfaces:\n"
    "      eth0: {addresses: [192.0.2.1/24]}\n"
    "      t0: {type: vti, local: 192.0.2.1, remote: 192.0.2.2, ikey: 5, okey: 4294967295,\n"
    "           dev: eth0, fwmark: 7, mtu: 1400, addresses: [10.0.0.1/24]}\n"
    "  b: {interfaces: {eth0: {addresses: [192.0.2.2/24]}}}\n"
    "links: [[a:eth0, b:eth0]]\n"};

static void look_at_ends(void)
{
    json_t *data = json_at(ip_json("ip -n a -d -j link show t0"), "0 linkinfo info_data");

    has_text(data, "local", "192.0.2.1");
    has_text(data, "remote", "192.0.2.2");
    has_text(data, "ikey", "0.0.0.5");
    has_text(data, "okey", "255.255.255.255");
    has_text(data, "link", "eth0");
    has_text(data, "fwmark", "0x7");
}

START_TEST (test_options) {
    need_kind("vti");
    cycle(&ends, look_at_ends);
    cycle_change(&ends, "sed 's/ikey: 5, okey: 4294967295/okey: 9/; s/fwmark: 7/fwmark: 8/'",
                 "a t0", true);
    has_text(ip_json("ip -n a -d -j link show t0"), "0 linkinfo info_data ikey", "none");
    has_text(ip_json("ip -n a -d -j link show t0"), "0 linkinfo info_data okey", "0.0.0.9");
    cycle_change(&ends, "sed 's/dev: eth0, //'", "a t0", false);
    cycle_drift(&ends, "ip -n a link set t0 type vti local 192.0.2.1 remote 192.0.2.2 dev eth0 "
                       "key 6");
    cycle_drift(&ends, "ip -n a link del t0");
}
END_TEST

/* Packets are encrypted, and come out at the other end. */
static void example(const char *name)
{
    const char *before = dump_all(0);

    ok("$NETLAB up $EXAMPLES/%s && $NETLAB test --live $EXAMPLES/%s", name, name);
    has(ok("ip netns exec left ip -s xfrm state").out, "spi 0x00000002");
    ck_assert(ping("left", "10.2.0.1"));
    ck_assert_int_ge(
        json_number(ip_json("ip -n right -s -j link show left"), "0 stats64 rx packets"), 3);
    ok("ip -n left xfrm policy flush");
    exits(1, "$NETLAB test --live $EXAMPLES/%s", name);
    ok("$NETLAB down $EXAMPLES/%s", name);
    same(before, dump_all(0));
    ok("$NETLAB test $EXAMPLES/%s", name);
    same(before, dump_all(0));
}

START_TEST (test_traffic) {
    need_kind("vti");
    example("vti.yaml");
    proved("vti", PROOF_TRAFFIC);
}
END_TEST

Suite *vti_suite(void)
{
    Suite *suite = suite_create("vti");
    TCase *tcase = tcase_create("vti");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_options);
    tcase_add_test(tcase, test_traffic);
    suite_add_tcase(suite, tcase);
    return suite;
}
