/* SPDX-License-Identifier: MIT */
/*
 * Job: `ping:` of a file says what ping(8) says, whatever is the matter, and why.
 */
#include <string.h>

#include "probe.h"

/* One fault, and what is to be read about it. */
struct fault {
    const char *name, *command;
    const char *target; /* what a asks for; NULL: b */
    const char *seen;   /* NULL: it can be pinged */
};

static const struct fault faults[] = {
    {"nothing", "true", NULL, NULL},
    {"a cable is out", "ip -n r link set right down", NULL,
     "10.0.1.254 says: network unreachable; route: via 10.0.1.254 dev eth0 src 10.0.1.1 "},
    {"the router has an unreachable route", "ip -n r route add unreachable 10.0.2.1", NULL,
     "10.0.1.254 says: host unreachable"},
    {"the router prohibits it", "ip -n r route add prohibit 10.0.2.1", NULL,
     "10.0.1.254 says: prohibited"},
    {"the router drops it", "ip -n r route add blackhole 10.0.2.1", NULL, "no reply; route: via"},
    {"the answer gets lost", "ip -n b route del default", NULL, "no reply"},
    {"it does not answer pings", "ip netns exec b sysctl -q net.ipv4.icmp_echo_ignore_all=1", NULL,
     "no reply"},
    {"it goes round in circles",
     "ip -n r route add 10.0.2.1 via 10.0.1.2 && ip netns exec c sysctl -q net.ipv4.ip_forward=1 "
     "&& for d in r:all r:left c:all c:eth0; do ip netns exec ${d%:*} sysctl -q "
     "net.ipv4.conf.${d#*:}.send_redirects=0; done",
     NULL, "time to live exceeded"},
    {"a blackhole here", "ip -n a route add blackhole 10.0.2.1", NULL, "blackhole"},
    {"unreachable from here", "ip -n a route add unreachable 10.0.2.1", NULL, "unreachable"},
    {"prohibited here", "ip -n a route add prohibit 10.0.2.1", NULL, "prohibit"},
    {"no route", "ip -n a route del default", NULL, "there is no route"},
    {"nobody there", "true", "10.0.1.77", "10.0.1.77 does not answer on eth0"},
    {"the interface is down", "ip -n a link set eth0 down", NULL, "there is no route"},
    {"IPv6", "true", "fd00:2::1", NULL},
    {"IPv6, a cable is out", "ip -n r link set right down", "fd00:2::1",
     "fd00:1::fe says: no route; route: via fd00:1::fe dev eth0"},
    {"IPv6, the router has an unreachable route", "ip -n r route add unreachable fd00:2::1",
     "fd00:2::1", "fd00:1::fe says: "},
    {"IPv6, the router prohibits it", "ip -n r route add prohibit fd00:2::1", "fd00:2::1",
     "fd00:1::fe says: prohibited"},
    {"IPv6, the router drops it", "ip -n r route add blackhole fd00:2::1", "fd00:2::1", "no reply"},
    {"IPv6, a blackhole here", "ip -n a route add blackhole fd00:2::1", "fd00:2::1", "blackhole"},
    {"IPv6, nobody there", "true", "fd00:1::77", "fd00:1::77 does not answer on eth0"},
};

/* As it must, and as it must not: one of them holds. */
START_TEST (test_fault) {
    const struct fault *fault = &faults[_i];
    const char *target = fault->target ? fault->target : "10.0.2.1";
    bool reached = !fault->seen;
    json_t *tests;

    test_about("%s", fault->name);
    ok("%s", fault->command);
    ck_assert(reached ? ping("a", target) : no_ping("a", target));
    tests = asked("  - ping: {from: a, to: \"%s\"}\n"
                  "  - ping: {from: a, to: \"%s\", expect: fail}\n",
                  target, target);
    ck_assert_int_eq(json_on(tests, "0 ok"), reached);
    ck_assert_int_eq(json_on(tests, "1 ok"), !reached);
    if (fault->seen)
        has(json_text(tests, "0 failures 0 seen"), fault->seen);
    else
        has(json_text(tests, "1 failures 0 seen"), "replied after ");
}
END_TEST

/* A counter of a namespace, by its name in /proc/net/snmp or snmp6. */
static long long counter(const char *ns, const char *name)
{
    json_t *json = json_of("ip netns exec %s nstat -asjz %s", ns, name);

    return json_number(json, "kernel %s", name);
}

START_TEST (test_count) {
    long long before = counter("b", "IcmpInEchos");

    ck_assert(holds("ping: {from: a, to: 10.0.2.1, count: 5}"));
    ck_assert_int_eq(counter("b", "IcmpInEchos") - before, 5);
    /* … or none */
    ok("ip netns exec b sysctl -q net.ipv4.icmp_echo_ignore_all=1");
    ck_assert(holds("ping: {from: a, to: 10.0.2.1, count: 2, expect: fail}"));
}
END_TEST

START_TEST (test_size) {
    long long before = counter("b", "IpExtInOctets"), fragments;

    ck_assert(holds("ping: {from: a, to: 10.0.2.1, size: 1000}"));
    ck_assert_int_eq(counter("b", "IpExtInOctets") - before, 1028);
    ck_assert(holds("ping: {from: a, to: b, size: 0}"));
    /* what does not fit goes in pieces, and one that is lost is missed */
    fragments = counter("b", "IpReasmOKs");
    ck_assert(holds("ping: {from: a, to: b, size: 5000}"));
    ck_assert_int_eq(counter("b", "IpReasmOKs") - fragments, 1);
    ck_assert(holds("ping: {from: a, to: 10.0.2.1, size: 65507}"));
    ok("ip netns exec r sysctl -q net.ipv4.ip_forward=1 && ip -n r link set right mtu 1280 && "
       "ip -n b link set eth0 mtu 1280");
    ck_assert(holds("ping: {from: a, to: b, size: 1400}"));
}
END_TEST

START_TEST (test_source) {
    ok("ip -n b route add blackhole 10.0.1.11");
    ck_assert(holds("ping: {from: a, to: 10.0.2.1}"));
    ck_assert(holds("ping: {from: a, to: 10.0.2.1, source: 10.0.1.1}"));
    ck_assert(!holds("ping: {from: a, to: 10.0.2.1, source: 10.0.1.11}"));
    ck_assert(!holds("ping: {from: a, to: 10.0.2.1, source: 10.0.1.99}"));
    ck_assert(holds("ping: {from: a, to: fd00:2::1, source: fd00:1::1}"));
}
END_TEST

START_TEST (test_dev) {
    ok("ip -n a link add other type veth peer name peer netns c && ip -n a link set other up && "
       "ip -n c link set peer up");
    ck_assert(holds("ping: {from: a, to: 10.0.1.2, dev: eth0}"));
    ok("ip -n a address add 10.0.1.1/24 dev other");
    ok("sed -i 's/eth0: {addresses: .10.0.1.1/other: {type: bridge}, &/' $TMP/house.yaml");
    has(sh("$NETLAB test --live %s", file_with("dev.yaml", text("%stests:\n  - ping: {from: a, to: "
                                                                "c, dev: other}\n",
                                                                house)))
            .err,
        "no interface 'other' in namespace a");
    has(seen("ping: {from: host, to: 10.0.1.2, dev: none0}"), "there is no interface none0");
    ck_assert(holds("ping: {from: host, to: 127.0.0.1, dev: lo}"));
    ck_assert(!holds("ping: {from: host, to: 10.0.1.2, dev: lo}"));
}
END_TEST

/* Who is asked by whom. */
START_TEST (test_pairs) {
    json_t *tests = asked("  - ping: {from: all, to: all}\n"
                          "  - ping: {from: all, to: all, family: ipv4}\n"
                          "  - ping: {from: [a, b], to: [a, b]}\n"
                          "  - ping: {from: a, to: a}\n"
                          "  - ping: {from: [a, b], to: 10.0.1.1}\n"
                          "  - ping: {from: host, to: all, expect: fail}\n");

    /* a has 3 addresses, c 2, r 4, b 2: each is asked by the three others */
    ck_assert_int_eq(json_number(tests, "0 pairs"), 3 * (3 + 2 + 4 + 2));
    ck_assert_int_eq(json_number(tests, "1 pairs"), 3 * (2 + 1 + 2 + 1));
    ck_assert_int_eq(json_number(tests, "2 pairs"), 3 + 2);
    ck_assert_int_eq(json_number(tests, "3 pairs"), 3);
    ck_assert_int_eq(json_number(tests, "4 pairs"), 2);
    ck_assert_int_eq(json_number(tests, "5 pairs"), 11);
    for (int i = 0; i < 6; i++)
        if (!json_on(tests, "%d ok", i))
            test_fail("test %d: %s", i, json_dumps(tests, 0));
}
END_TEST

/* It is asked again until it is right. */
START_TEST (test_within) {
    ok("ip -n r link set right down");
    ok("(sleep 1; ip -n r link set right up) >/dev/null 2>&1 &");
    ck_assert(!holds("ping: {from: a, to: 10.0.2.1}"));
    ck_assert(holds("{ping: {from: a, to: 10.0.2.1}, within: 30s}"));
    ck_assert(!holds("{ping: {from: a, to: 10.0.2.1, expect: fail}, within: 500ms}"));
    ok("(sleep 1; ip -n r link set right down) >/dev/null 2>&1 &");
    ck_assert(holds("{ping: {from: a, to: 10.0.2.1, expect: fail}, within: 30s}"));
}
END_TEST

/* Entries of neighbours, but for those that are there for good. */
static const char *neighbors(int count)
{
    const char *all = "";

    for (int i = 1; i <= count; i++)
        all = text("%s%s", all,
                   ok("ip -n h%d neigh show nud reachable nud stale nud delay nud probe nud "
                      "incomplete nud failed | cut -d' ' -f1 | sort",
                      i)
                       .out);
    return all;
}

/*
 * More pairs than the kernel's one table of neighbours has room for (gc_thresh3). All are asked, no
 * entry of theirs is left, and those that were there are.
 */
START_TEST (test_matrix) {
    enum { HOSTS = 48 }; /* two families: 4512 pairs */
    const char *star = file_text(star_file("star", HOSTS)), *before;
    const char *file = file_with("matrix.yaml", text("%stests:\n  - ping: {from: all, to: all}\n"
                                                     "  - ping: {from: host, to: all, expect: "
                                                     "fail}\n",
                                                     star));
    json_t *json;

    ok("$NETLAB up %s", file);
    ck_assert(ping("h1", star_address(2)));
    before = neighbors(HOSTS);
    has(before, star_address(2));
    json = json_of("$NETLAB test --live --json %s", file);
    ck_assert_int_eq(json_number(json, "tests 0 pairs"), 2 * HOSTS * (HOSTS - 1));
    ck_assert_int_eq(json_number(json, "tests 0 failed"), 0);
    ck_assert(json_on(json, "ok"));
    ck_assert_int_le((int)strlen(neighbors(HOSTS)), 256 * 20);
    has(neighbors(HOSTS), star_address(2));

    /* one that can't be reached: each pair that it is in, and no other */
    ok("ip -n h7 link set eth0 down");
    json = json_of("$NETLAB test --live --json %s || true", file);
    ck_assert_int_eq(json_number(json, "tests 0 failed"), 2 * 2 * (HOSTS - 1));
    ck_assert_int_eq(json_number(json, "tests 1 failed"), 0);
}
END_TEST

Suite *probe_ping_suite(void)
{
    Suite *suite = suite_create("ping");
    TCase *tcase = tcase_create("ping");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_checked_fixture(tcase, house_up, NULL);
    tcase_add_loop_test(tcase, test_fault, 0, COUNT(faults));
    tcase_add_test(tcase, test_count);
    tcase_add_test(tcase, test_size);
    tcase_add_test(tcase, test_source);
    tcase_add_test(tcase, test_dev);
    tcase_add_test(tcase, test_pairs);
    tcase_add_test(tcase, test_within);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("matrix");
    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_matrix);
    suite_add_tcase(suite, tcase);
    return suite;
}
