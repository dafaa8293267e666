/* SPDX-License-Identifier: MIT */
/*
 * Job: `arp:`, `route:` and `exec:` of a file, against what ip and the shell say.
 */
#include <string.h>

#include "probe.h"

/* Whether the kernel finds a neighbour, by itself. */
static bool kernel_finds(const char *ns, const char *address)
{
    ok("ip -n %s neigh flush %s", ns, address);
    sh("ip netns exec %s ping -c 1 -W 1 %s", ns, address);
    return strstr(ok("ip -n %s neigh show %s", ns, address).out, "lladdr") != NULL;
}

START_TEST (test_arp) {
    ck_assert(kernel_finds("a", "10.0.1.2"));
    ck_assert(holds("arp: {from: a, to: 10.0.1.2}"));
    ck_assert(holds("arp: {from: [a, r], to: c}"));
    ck_assert(!holds("arp: {from: a, to: c, expect: fail}"));
    ck_assert(!kernel_finds("a", "10.0.1.77"));
    has(seen("arp: {from: a, to: 10.0.1.77}"), "nobody answers; route: dev eth0");
    ck_assert(holds("arp: {from: a, to: 10.0.1.77, expect: fail}"));
    /* what is behind a router answers nobody, dev or not */
    ck_assert(!holds("arp: {from: a, to: 10.0.2.1}"));
    ck_assert(!holds("arp: {from: a, to: 10.0.2.1, dev: eth0}"));
    /* the router answers for all of its addresses (arp_ignore 0) */
    ck_assert(holds("arp: {from: a, to: 10.0.2.254, dev: eth0}"));
    ok("ip netns exec r sysctl -q net.ipv4.conf.all.arp_ignore=1");
    ck_assert(!holds("arp: {from: a, to: 10.0.2.254, dev: eth0}"));
    /* an entry of the kernel's is no answer */
    ok("ip -n a neigh replace 10.0.1.2 lladdr 02:00:00:00:00:02 dev eth0 nud permanent");
    ok("ip -n c link set eth0 down");
    ck_assert(!holds("arp: {from: a, to: 10.0.1.2}"));
    has(seen("arp: {from: a, to: 127.0.0.1, dev: lo}"), "has no ARP");
    ok("ip -n a route flush all && ip -n a address flush dev eth0");
    has(seen("arp: {from: a, to: 10.0.1.254}"), "there is no route");
    ck_assert(holds("arp: {from: a, to: 10.0.1.254, dev: eth0}")); /* without an address, too */
}
END_TEST

/* What `ip route get` tells, the test must take; with anything changed, not. */
static void check_route(const char *to, const char *key, const char *right, const char *wrong)
{
    ck_assert_msg(holds(text("route: {in: a, to: \"%s\", %s: \"%s\"}", to, key, right)), "%s %s %s",
                  to, key, right);
    ck_assert_msg(!holds(text("route: {in: a, to: \"%s\", %s: \"%s\"}", to, key, wrong)),
                  "%s %s %s", to, key, wrong);
    ck_assert(holds(text("route: {in: a, to: \"%s\", %s: \"%s\", expect: fail}", to, key, wrong)));
}

START_TEST (test_route) {
    static const char *const targets[] = {"10.0.2.1", "fd00:2::1", "10.0.1.2", "fd00:1::2"};

    for (size_t i = 0; i < COUNT(targets); i++) {
        json_t *json = ip_json("ip -n a -j route get %s", targets[i]);
        const char *via = json_text(json, "0 gateway");
        bool v6 = strchr(targets[i], ':');

        check_route(targets[i], "dev", json_text(json, "0 dev"), "lo");
        check_route(targets[i], "via", via ? via : "none", v6 ? "fd00:1::2" : "10.0.1.2");
        check_route(targets[i], "src", json_text(json, "0 prefsrc"),
                    v6 ? "fd00:1::9" : "10.0.1.11");
        check_route(targets[i], "table", "main", "77");
        check_route(targets[i], "type", "unicast", "blackhole");
    }
    has(seen("route: {in: a, to: 10.0.2.1, dev: lo}"),
        "the route is via 10.0.1.254 dev eth0 src 10.0.1.1 table main");
    check_route("10.0.1.1", "type", "local", "unicast");
    ck_assert(holds("route: {in: a, to: [10.0.2.1, a, \"fd00:2::1\"]}"));
}
END_TEST

START_TEST (test_route_types) {
    static const char *const types[] = {"blackhole", "unreachable", "prohibit"};

    for (size_t i = 0; i < COUNT(types); i++)
        for (size_t family = 0; family < 2; family++) {
            const char *to = family ? "2001:db8::1" : "192.0.2.1";

            ok("ip -n a route replace %s %s metric 5", types[i], to);
            check_route(to, "type", types[i], types[(i + 1) % COUNT(types)]);
            ck_assert(!holds(text("route: {in: a, to: \"%s\"}", to)));
            ck_assert(holds(text("route: {in: a, to: \"%s\", expect: fail}", to)));
            ok("ip -n a route del %s %s metric 5", types[i], to);
        }
    ok("ip -n a route del default");
    has(seen("route: {in: a, to: 192.0.2.1}"), "the route is none (Network is unreachable)");
    ck_assert(holds("route: {in: a, to: 192.0.2.1, expect: fail}"));
}
END_TEST

START_TEST (test_route_rules) {
    ok("ip -n a rule add priority 50 fwmark 7 table 77 && "
       "ip -n a route add 10.0.2.1 via 10.0.1.2 table 77");
    ok("ip -n r rule add priority 50 from 10.0.1.11 iif left table 78 && "
       "ip -n r route add blackhole 10.0.2.1 table 78");
    check_route("10.0.2.1", "via", "10.0.1.254", "10.0.1.2");
    ck_assert(holds("route: {in: a, to: 10.0.2.1, fwmark: 7, via: 10.0.1.2, table: 77}"));
    ck_assert(holds("route: {in: r, to: 10.0.2.1, iif: left, from: 10.0.1.1, dev: right}"));
    ck_assert(holds("route: {in: r, to: 10.0.2.1, iif: left, from: 10.0.1.11, type: blackhole}"));
}
END_TEST

/* What can not be asked is not as expected, whatever that is. */
START_TEST (test_nothing_asked) {
    static const char *const no_interface[] = {
        "ping: {from: all, to: 10.0.1.2, dev: nosuch",
        "ping: {from: host, to: 10.0.1.2, dev: nosuch",
        "arp: {from: all, to: 10.0.1.2, dev: nosuch",
        "route: {in: all, to: 10.0.1.2, from: 10.0.1.1, iif: nosuch",
        "route: {in: all, to: 10.0.1.2, vrf: nosuch, dev: eth0",
    };
    static const char *const no_address[] = {
        "ping: {from: a, to: 10.0.1.2, source: 10.0.9.9",
        "ping: {from: a, to: 10.0.1.2, source: 10.0.9.9, dev: eth0",
        "route: {in: a, to: 10.0.1.2, from: 10.0.9.9",
        "route: {in: a, to: 10.0.1.2, from: 10.0.9.9, type: blackhole",
    };

    for (size_t i = 0; i < COUNT(no_interface) * 2; i++)
        has(seen(text("%s%s}", no_interface[i / 2], i % 2 ? ", expect: fail" : "")),
            "there is no interface nosuch");
    for (size_t i = 0; i < COUNT(no_address) * 2; i++)
        has(seen(text("%s%s}", no_address[i / 2], i % 2 ? ", expect: fail" : "")),
            "a has no address 10.0.9.9");
    has(seen("ping: {from: a, to: \"fd00:1::2\", source: \"fd00:9::9\", expect: fail}"),
        "a has no address fd00:9::9");
    has(seen("arp: {from: a, to: 127.0.0.1, dev: lo, expect: fail}"), "has no ARP");
    /* that the kernel refuses to send is an answer */
    ok("ip -n a route add blackhole 192.0.2.1");
    ck_assert(holds("ping: {from: a, to: 192.0.2.1, expect: fail}"));
    ck_assert(holds("ping: {from: a, to: 192.0.2.1, source: 10.0.1.1, expect: fail}"));
}
END_TEST

START_TEST (test_exec) {
    json_t *tests;

    ck_assert(holds("exec: {in: a, run: \"true\"}"));
    ck_assert(!holds("exec: {in: a, run: \"false\"}"));
    ck_assert(holds("exec: {in: a, run: exit 7, status: 7}"));
    ck_assert(!holds("exec: {in: a, run: exit 7, status: 6}"));
    has(seen("exec: {in: a, run: echo out; echo why >&2; exit 7}"), "it exits with 7, not 0: why");
    ck_assert(holds("exec: {in: a, run: kill -9 $$, status: 137}"));
    /* its network, host name and files are those of the namespace */
    ck_assert(holds("exec: {in: a, run: hostname, output: a}"));
    ck_assert(holds(text("exec: {in: a, run: readlink /proc/self/ns/net, output: \"net:[%lu]\"}",
                         ns_inode("a"))));
    ck_assert(holds("exec: {in: b, run: ls /sys/class/net, output: eth0}"));
    ck_assert(holds("exec: {in: b, run: echo $NETLAB_LAB $NETLAB_NS, output: house b}"));
    ck_assert(!holds("exec: {in: b, run: ls /sys/class/net, output: left}"));
    ck_assert(holds(text("exec: {in: host, run: readlink /proc/self/ns/net, output: \"[%lu]\"}",
                         ns_inode(NULL))));
    /* words are no shell's */
    ck_assert(holds("exec: {in: a, run: [echo, $HOME, \"a  b\"], output: \"$HOME a  b\"}"));
    ck_assert(holds("exec: {in: a, run: [no-such-command], status: 127}"));
    ck_assert(holds("exec: {in: a, run: \"printf 'two\\nlines\\n'\", output: \"two\\nlines\\n\"}"));
    ck_assert(!holds("exec: {in: a, run: \"echo x >&2\", output: x}"));
    ck_assert(!holds("exec: {in: a, run: \"read x\"}")); /* its input is empty */
    tests = asked("  - exec: {in: all, run: ip link show left}\n");
    ck_assert_int_eq(json_number(tests, "0 pairs"), 5);
    ck_assert_int_eq(json_number(tests, "0 failed"), 4);
}
END_TEST

START_TEST (test_exec_time) {
    has(seen("{exec: {in: a, run: sleep 60.125}, within: 200ms}"),
        "it took too long and was killed");
    ck_assert_int_ne(sh("pgrep -x -f 'sleep 60.125'").status, 0);
    /* what it leaves behind goes with it */
    ck_assert(holds("exec: {in: a, run: sleep 61.125 & echo hi, output: hi}"));
    ck_assert_int_ne(sh("pgrep -x -f 'sleep 61.125'").status, 0);
    ck_assert(holds("exec: {in: a, run: setsid sleep 62.125 & echo hi, output: hi}"));
    ck_assert_int_ne(sh("pgrep -x -f 'sleep 62.125'").status, 0);
    ck_assert(holds("exec: {in: a, run: (setsid sleep 63.125; setsid sleep 63.125) & exit 3, "
                    "status: 3}"));
    ck_assert_int_ne(sh("pgrep -x -f 'sleep 63.125'").status, 0);
    has(seen("{exec: {in: a, run: setsid -w sleep 64.125}, within: 200ms}"), "it took too long");
    ck_assert_int_ne(sh("pgrep -x -f 'sleep 64.125'").status, 0);
    /* … what writes without end, too */
    ck_assert(holds("exec: {in: a, run: yes & echo hi, output: hi}"));
    ck_assert(holds("exec: {in: a, run: setsid yes 65.125 >&2 & echo hi, output: hi}"));
    ck_assert_int_ne(sh("pgrep -x -f 'yes 65.125'").status, 0);
    has(seen("{exec: {in: a, run: yes}, within: 200ms}"), "it took too long and was killed");
    /* what ends on the way is nobody's to see */
    ck_assert(holds("exec: {in: a, run: '(sleep 0.01 & echo $! >$TMP/pid) & wait; "
                    "while kill -0 $(cat $TMP/pid); do sleep 0.01; done'}"));
    /* nor does it matter that whoever has started netlab ignores children */
    exits(1, "env --ignore-signal=CHLD $NETLAB test --live %s",
          file_with("asked.yaml", text("%stests:\n  - exec: {in: a, run: \"true\"}\n"
                                       "  - exec: {in: a, run: \"false\"}\n",
                                       house)));
    /* much output is no hindrance */
    ck_assert(holds("exec: {in: a, run: head -c 3000000 /dev/zero; echo >&2 x}"));
    /* it is run again until it is right */
    ck_assert(!holds("exec: {in: a, run: test -e $TMP/there}"));
    ck_assert(holds("{exec: {in: a, run: 'test -e $TMP/there || { touch $TMP/there; false; }'},"
                    " within: 30s}"));
}
END_TEST

/* Tests are asked one after the other where that matters. */
START_TEST (test_order) {
    json_t *tests = asked("  - ping: {from: a, to: b}\n"
                          "  - exec: {in: r, run: ip link set right down}\n"
                          "  - ping: {from: a, to: b, expect: fail}\n"
                          "  - exec: {in: r, run: ip link set right up}\n"
                          "  - {ping: {from: a, to: 10.0.2.1}, within: 10s}\n"
                          "  - tcp: {from: a, to: 10.0.2.1:80, expect: fail}\n"
                          "  - tcp: {from: a, to: 10.0.2.1:80, listen: b}\n"
                          "  - tcp: {from: a, to: 10.0.2.1:80, expect: fail}\n");

    for (int i = 0; i < json_size(tests); i++)
        if (!json_on(tests, "%d ok", i))
            test_fail("test %d: %s", i, json_dumps(tests, 0));
}
END_TEST

Suite *probe_other_suite(void)
{
    Suite *suite = suite_create("other");
    TCase *tcase = tcase_create("other");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_checked_fixture(tcase, house_up, NULL);
    tcase_add_test(tcase, test_arp);
    tcase_add_test(tcase, test_route);
    tcase_add_test(tcase, test_route_types);
    tcase_add_test(tcase, test_route_rules);
    tcase_add_test(tcase, test_nothing_asked);
    tcase_add_test(tcase, test_exec);
    tcase_add_test(tcase, test_exec_time);
    tcase_add_test(tcase, test_order);
    suite_add_tcase(suite, tcase);
    return suite;
}
