/* SPDX-License-Identifier: MIT */
/*
 * Job: what others add to a running lab: `diff` names it and is content, `up` leaves it alone, also
 * where it changes something else.
 */
#include "mend.h"

struct foreign {
    const char *by;
    const char *what[4]; /* a line of `diff` has all that; nothing: it need not be named */
    int count;           /* how many things it is for `diff`; 0: at least one, if it is named */
};

/* The lab's file, with one change of each sort. */
static const char *changed(const char *yaml)
{
    yaml = edited(yaml, "mtu: 1400\n", "mtu: 1300\n");
    yaml = edited(yaml, "          - fd01::1/64\n", "          - fd01::3/64\n");
    yaml = edited(yaml, "      - {to: 10.8.0.0/16, type: blackhole}\n", "");
    yaml = edited(yaml, "10.9.0.0/16, via: 10.0.1.2", "10.9.0.0/16, via: 10.0.1.3");
    yaml = edited(yaml, "      - {priority: 200, from: 'fd00::/64', table: 100}\n", "");
    yaml = edited(yaml, "to: 10.0.0.9, mac: 02:00:00:00:00:09",
                  "to: 10.0.0.8, mac: 02:00:00:00:00:08");
    yaml = edited(yaml, "ageing-time: 100s", "ageing-time: 50s");
    yaml = edited(yaml, "isolated: true", "hairpin: true");
    yaml = edited(yaml, "ip_default_ttl: 77", "ip_default_ttl: 78");
    return edited(yaml, "links:\n",
                  "  more: {interfaces: {eth0: {addresses: [10.0.1.9/24]}}}\n"
                  "links:\n  - [more:eth0, switch:br0]\n");
}

/* How many things of others `diff` names; it must name this one. */
static int named(const char *file, const struct foreign *foreign)
{
    struct differences differences = diff_of(file);

    if (differences.count)
        test_fail("there is no difference, but:\n%s", differences.text);
    if (foreign->what[0] && !tells_of_others(&differences, foreign->what))
        test_fail("diff must name another's '%s':\n%s", foreign->what[0], differences.text);
    if (foreign->count && differences.others != foreign->count)
        test_fail("diff must name %d things of others:\n%s", foreign->count, differences.text);
    return differences.others;
}

/* Facts of the dump that came with them, and nothing else. */
static const char *brought(const char *without, const char *with)
{
    const char *a = file_with("without", without), *b = file_with("with", with);

    return sh("diff %s %s | sed -n 's/^> //p'", a, b).out;
}

static void still_there(const char *theirs, const char *dump)
{
    const char *a = file_with("theirs", theirs), *b = file_with("dump", dump);

    ck_assert_str_eq(sh("grep -Fxvf %s %s", b, a).out, "");
}

static void left_alone(const struct foreign *foreign)
{
    const char *file = topology_file(&drift_lab), *clean, *before, *theirs;
    int others;

    ok("$NETLAB up %s", file);
    clean = dump_all(0);
    ok("set -e; %s", foreign->by);
    before = dump_all(0);
    theirs = brought(clean, before);
    ck_assert_str_ne(theirs, "");

    others = named(file, foreign);
    is_right(file, others);
    same(before, dump_all(0));

    file_with("lab.yaml", changed(drift_lab.yaml));
    ok("$NETLAB up %s", file);
    ck_assert_int_eq(named(file, foreign), others);
    still_there(theirs, dump_all(0));

    topology_file(&drift_lab);
    ok("$NETLAB up %s", file);
    is_right(file, others);
    same(before, dump_all(0));
    ok("$NETLAB down %s", file);
}

#define theirs(...) left_alone(&(const struct foreign){__VA_ARGS__})

/* Addresses */

START_TEST (test_their_address) {
    theirs(.by = "ip -n left address add 10.0.77.1/24 dev eth0",
           .what = {"address 10.0.77.1/24", "eth0", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_address_of_our_subnet) {
    theirs(.by = "ip -n left address add 10.0.0.77/24 dev eth0",
           .what = {"address 10.0.0.77/24", "eth0", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_ipv6_address) {
    theirs(.by = "ip -n left address add fd77::1/64 dev eth0 nodad",
           .what = {"address fd77::1/64", "eth0", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_address_of_a_peer) {
    theirs(.by = "ip -n left address add 10.0.77.1 peer 10.0.77.2/32 dev eth1",
           .what = {"address 10.0.77.1", "eth1", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_address_of_the_loopback) {
    theirs(.by = "ip -n left address add 192.0.2.1/32 dev lo",
           .what = {"address 192.0.2.1/32", "lo", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_address_of_a_bridge) {
    theirs(.by = "ip -n switch address add 10.0.77.1/24 dev br1",
           .what = {"address 10.0.77.1/24", "br1", "in namespace switch"}, .count = 1);
}
END_TEST

START_TEST (test_their_address_with_a_metric) {
    theirs(.by = "ip -n left address add 10.0.77.1/24 dev eth0 metric 7",
           .what = {"address 10.0.77.1/24", "eth0", "settings that no file has words for"},
           .count = 1);
}
END_TEST

/* Routes */

START_TEST (test_their_route) {
    theirs(.by = "ip -n left route add 10.77.0.0/16 via 10.0.0.2",
           .what = {"route", "10.77.0.0/16", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_route_to_more_than_ours) {
    theirs(.by = "ip -n left route add 10.0.0.0/8 via 10.0.1.2",
           .what = {"route", "10.0.0.0/8", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_ipv6_route) {
    theirs(.by = "ip -n left route add fd77::/64 via fd00::2",
           .what = {"route", "fd77::/64", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_route_of_our_table) {
    theirs(.by = "ip -n left route add 10.77.0.0/16 via 10.0.0.2 table 100",
           .what = {"route", "10.77.0.0/16", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_default_route_with_another_metric) {
    theirs(.by = "ip -n left route add default via 10.0.0.3 metric 7",
           .what = {"route", "default", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_multipath_route) {
    theirs(.by = "ip -n left route add 10.77.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2",
           .what = {"route", "10.77.0.0/16", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_routes_to_nowhere) {
    theirs(.by = "ip -n left route add blackhole 10.77.0.0/16;"
                 "ip -n left route add unreachable fd77::/64;"
                 "ip -n left route add prohibit 10.78.0.0/16 table 100;"
                 "ip -n left route add throw 10.79.0.0/16 table 100",
           .what = {"route", "10.79.0.0/16"}, .count = 4);
}
END_TEST

START_TEST (test_their_routes_without_words) {
    theirs(.by = "ip -n left route add 10.77.0.0/16 tos 0x10 via 10.0.0.2;"
                 "ip -n left route add 10.9.0.0/16 tos 0x10 via 10.0.1.2 metric 10;"
                 "ip -n left route add 10.78.0.0/16 via 10.0.0.2 initcwnd 7;"
                 "ip -n left route add broadcast 10.0.0.77 dev eth0;"
                 "ip -n left route add fd77::/64 via fd00::2 pref high",
           .what = {"route 10.9.0.0/16", "settings that no file has words for"}, .count = 5);
}
END_TEST

/* One is never taken, the other always. */
START_TEST (test_their_route_beside_ours) {
    theirs(.by = "ip -n left route append 10.7.0.0/16 via 10.0.0.3 table 100;"
                 "ip -n left route prepend default via 10.0.0.3",
           .what = {"route default", "10.0.0.3"}, .count = 2);
}
END_TEST

/* As daemons make them */
START_TEST (test_routes_of_a_routing_daemon) {
    theirs(.by = "ip -n left route add 10.77.0.0/16 via 10.0.0.2 proto bird;"
                 "ip -n left route add fd77::/64 via fd00::2 proto bgp metric 20",
           .what = {"route", "10.77.0.0/16"}, .count = 2);
}
END_TEST

/* Rules, neighbours */

START_TEST (test_their_rule) {
    theirs(.by = "ip -n left rule add priority 77 from 10.77.0.0/16 table 77",
           .what = {"rule", "77", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_rule_of_our_priority) {
    theirs(.by = "ip -n left rule add priority 100 from 10.77.0.0/16 table 100",
           .what = {"rule", "10.77.0.0/16", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_ipv6_rule) {
    theirs(.by = "ip -n left -6 rule add priority 77 from fd77::/64 table 77",
           .what = {"rule", "fd77::/64", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_neighbor) {
    theirs(.by =
               "ip -n left neighbor add 10.0.0.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent",
           .what = {"neighbor", "10.0.0.77", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_ipv6_neighbor) {
    theirs(.by = "ip -n left neighbor add fd00::77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent",
           .what = {"neighbor", "fd00::77", "in namespace left"}, .count = 1);
}
END_TEST

/* The third and fourth are those of wg-quick, the last is beside our own. */
START_TEST (test_their_rules_without_words) {
    theirs(.by = "ip -n left rule add priority 77 ipproto tcp table 77;"
                 "ip -n left rule add priority 78 goto 100;"
                 "ip -n left rule add priority 79 not fwmark 51820 table 51820;"
                 "ip -n left rule add priority 80 table main suppress_prefixlength 0;"
                 "ip -n left rule add priority 100 from 10.0.0.0/24 tos 0x10 table 100",
           .what = {"rule 79: not from all fwmark", "settings that no file has words for"},
           .count = 5);
}
END_TEST

START_TEST (test_their_rule_about_unmarked_packets) {
    theirs(.by = "ip -n left rule add priority 77 fwmark 0/0xff table 77",
           .what = {"rule 77: from all fwmark 0x0/0xff lookup 77"}, .count = 1);
}
END_TEST

START_TEST (test_their_neighbors_without_words) {
    theirs(.by =
               "ip -n left neighbor add proxy 10.0.0.50 dev eth0;"
               "ip -n left neighbor add proxy fd00::50 dev eth0;"
               "ip -n left neighbor add 10.0.0.51 lladdr 02:00:00:00:00:51 dev eth0 nud noarp;"
               "ip -n left neighbor add 10.0.0.52 lladdr 02:00:00:00:00:52 dev eth0 nud permanent",
           .what = {"proxy neighbor 10.0.0.50 dev eth0"}, .count = 4);
}
END_TEST

/* Interfaces */

START_TEST (test_their_altname) {
    theirs(.by = "ip -n left link property add dev eth0 altname theirs",
           .what = {"altname theirs", "eth0", "in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_veth_pair) {
    theirs(.by = "ip -n left link add foo type veth peer name bar;"
                 "ip -n left link set foo up; ip -n left link set bar up",
           .what = {"interface foo in namespace left"}, .count = 2);
}
END_TEST

START_TEST (test_their_veth_pair_between_our_namespaces) {
    theirs(.by = "ip -n left link add foo type veth peer name bar netns right;"
                 "ip -n left link set foo up; ip -n right link set bar up",
           .what = {"interface bar in namespace right"}, .count = 2);
}
END_TEST

START_TEST (test_their_veth_pair_from_the_host) {
    theirs(.by = "ip -n left link add foo type veth peer name bar netns $$;"
                 "ip -n left link set foo up; ip link set bar up",
           .what = {"interface foo in namespace left"}, .count = 1);
}
END_TEST

START_TEST (test_their_bridge) {
    theirs(.by = "ip -n switch link add theirs type bridge; ip -n switch link set theirs up",
           .what = {"interface theirs in namespace switch"}, .count = 1);
}
END_TEST

START_TEST (test_their_interface_with_all_that_hangs_on_it) {
    theirs(.by = "ip -n switch link add theirs type bridge; ip -n switch link set theirs up;"
                 "ip -n switch address add 10.77.0.1/24 dev theirs;"
                 "ip -n switch address add fd77::1/64 dev theirs nodad;"
                 "ip -n switch route add 10.78.0.0/16 via 10.77.0.2;"
                 "ip -n switch neighbor add 10.77.0.9 lladdr 02:00:00:00:00:77 dev theirs "
                 "nud permanent; ip -n switch link property add dev theirs altname their-own",
           .what = {"interface theirs in namespace switch"});
}
END_TEST

START_TEST (test_their_port_of_our_bridge) {
    theirs(.by = "ip -n switch link add foo type veth peer name bar;"
                 "ip -n switch link set foo master br0; ip -n switch link set foo up;"
                 "ip -n switch link set bar up; bridge -n switch link set dev foo isolated on",
           .what = {"interface foo in namespace switch"}, .count = 2);
}
END_TEST

START_TEST (test_their_namespace_at_our_bridge) {
    theirs(.by = "ip netns add theirs; ip -n switch link add foo type veth peer name eth0 "
                 "netns theirs; ip -n switch link set foo master br0; ip -n switch link set foo up;"
                 "ip -n theirs link set eth0 up; ip -n theirs address add 10.0.1.77/24 dev eth0",
           .what = {"interface foo in namespace switch"}, .count = 1);
}
END_TEST

START_TEST (test_their_qdisc) {
    theirs(.by = "tc -n left qdisc add dev eth1 root pfifo limit 777",
           .what = {"qdisc pfifo of eth1 in namespace left"}, .count = 1);
}
END_TEST

/* What a file has no word for */

START_TEST (test_their_entries_of_our_bridge) {
    theirs(.by = "bridge -n switch fdb add 02:00:00:00:00:77 dev p0 master permanent;"
                 "bridge -n switch fdb add 02:00:00:00:00:78 dev br0 self permanent");
}
END_TEST

START_TEST (test_their_settings) {
    theirs(.by = "ip netns exec left sysctl -qw net.ipv4.conf.eth1.arp_ignore=1 "
                 "net.ipv4.conf.all.log_martians=1 net.ipv6.conf.eth0.hop_limit=33");
}
END_TEST

START_TEST (test_their_things_in_the_host) {
    make_foreign();
    theirs(.by = "ip netns add theirs; ip link add theirs type bridge; ip link set theirs up;"
                 "ip address add 10.77.0.1/24 dev theirs; ip route add 10.78.0.0/16 via 10.77.0.2;"
                 "ip rule add priority 79 from 10.79.0.0/16 table 79; "
                 "sysctl -qw net.ipv4.conf.all.arp_ignore=2");
}
END_TEST

/* Where the lab is in the host itself */

static const struct topology hosted = {
    "hosted", "namespaces:\n"
              "  host:\n"
              "    interfaces:\n"
              "      to-a: {addresses: [10.0.0.1/24, fd00::1/64], mtu: 1450}\n"
              "      br-lab: {type: bridge, addresses: [10.0.1.1/24]}\n"
              "    routes: [{to: 10.9.0.0/16, via: 10.0.0.2}]\n"
              "    rules: [{priority: 4711, from: 10.0.0.0/24, table: 4711}]\n"
              "    neighbors: [{to: 10.0.0.9, mac: 02:00:00:00:00:09, dev: to-a}]\n"
              "    sysctls: {net.ipv4.ip_default_ttl: 99}\n"
              "  a: {interfaces: {eth0: {addresses: [10.0.0.2/24], mtu: 1450}}}\n"
              "  b:\n"
              "links: [[a:eth0, host:to-a], [b:eth0, host:br-lab]]\n"};

/* What is on our interfaces, and nothing else. */
static const char *const named_in_the_host[] = {"address 10.0.77.1/24 of to-a",
                                                "address fd77::1/64 of to-a",
                                                "altname t of to-a",
                                                "interface foo",
                                                "route 10.77.0.0/16",
                                                "route 10.78.0.0/16",
                                                "neighbor 10.0.0.77"};

START_TEST (test_theirs_on_what_we_have_in_the_host) {
    const char *file = topology_file(&hosted), *yaml = hosted.yaml, *before, *theirs;
    struct differences differences;

    make_foreign();
    ok("$NETLAB up %s", file);
    before = dump_all(0);
    ok("set -e; ip address add 10.0.77.1/24 dev to-a; ip route add 10.77.0.0/16 via 10.0.0.2;"
       "ip route add 10.78.0.0/16 via 10.0.0.2 table 4711; ip link property add dev to-a altname t;"
       "ip rule add priority 4711 from 10.77.0.0/16 table 4711;"
       "ip neighbor add 10.0.0.77 lladdr 02:00:00:00:00:77 dev to-a nud permanent;"
       "ip link add foo type veth peer name bar; ip link set foo master br-lab;"
       "ip link set foo up; ip link set bar up; ip address add fd77::1/64 dev to-a nodad;"
       "sysctl -qw net.ipv4.conf.to-a.arp_ignore=1");
    theirs = brought(before, dump_all(0));
    before = dump_all(0);
    differences = diff_of(file);
    ck_assert_msg(differences.count == 0, "%s", differences.text);
    for (size_t i = 0; i < COUNT(named_in_the_host); i++)
        if (tells_of_others(&differences, (const char *const[4]){named_in_the_host[i]}) != 1)
            test_fail("diff must name %s:\n%s", named_in_the_host[i], differences.text);
    ck_assert_int_eq(differences.others, COUNT(named_in_the_host));
    is_right(file, differences.others);
    same(before, dump_all(0));

    yaml = edited(yaml, "addresses: [10.0.1.1/24]", "addresses: [10.0.1.2/24], ageing-time: 50s");
    yaml = edited(yaml, "fd00::1/64], mtu: 1450", "fd00::3/64], mtu: 1400");
    yaml = edited(yaml, "via: 10.0.0.2}", "via: 10.0.0.3}");
    yaml = edited(yaml, "table: 4711", "table: 4712");
    yaml = edited(yaml, "02:00:00:00:00:09", "02:00:00:00:00:08");
    file_with("hosted.yaml", edited(yaml, "  b:\n", "  b: {interfaces: {eth0: {mtu: 1400}}}\n"));
    ok("$NETLAB up %s", file);
    still_there(theirs, dump_all(0));
    ck_assert(diff_of(file).count == 0);
    topology_file(&hosted);
    ok("$NETLAB up %s", file);
    same(before, dump_all(0));
    ok("$NETLAB down hosted");
}
END_TEST

/* Where something of others is in the way, it is not `up` that takes it away. */

static void in_the_way(const char *by, const char *what)
{
    const char *file = topology_file(&drift_lab), *before;
    struct output output;

    ok("$NETLAB up %s", file);
    ok("set -e; %s", by);
    before = dump_all(0);
    output = exits(3, "$NETLAB up %s", file);
    has(output.err, text("%s:", file));
    has(output.err, what);
    same(before, dump_all(0));
}

START_TEST (test_their_bridge_has_our_name) {
    in_the_way("ip -n left link delete eth0; ip -n left link add eth0 type bridge", "eth0");
    ok("ip -n left link delete eth0; $NETLAB up $TMP/lab.yaml; $NETLAB diff lab");
}
END_TEST

START_TEST (test_their_altname_is_our_name) {
    in_the_way("ip -n left link delete eth0; ip -n left link property add dev eth1 altname eth0",
               "eth0");
}
END_TEST

START_TEST (test_their_namespace_has_our_name) {
    in_the_way("ip netns delete left; ip netns add left; ip -n left link add mine type bridge;"
               "for i in $(seq 500); do ip -n right link show eth0 >/dev/null 2>&1 || exit 0; "
               "sleep 0.01; done; exit 1",
               "left");
    ok("ip -n left link show mine; $NETLAB down lab; ip -n left link show mine");
}
END_TEST

Suite *others_suite(void)
{
    Suite *suite = suite_create("others");
    TCase *tcase = tcase_create("others");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 180);
    tcase_add_test(tcase, test_their_address);
    tcase_add_test(tcase, test_their_address_of_our_subnet);
    tcase_add_test(tcase, test_their_ipv6_address);
    tcase_add_test(tcase, test_their_address_of_a_peer);
    tcase_add_test(tcase, test_their_address_of_the_loopback);
    tcase_add_test(tcase, test_their_address_of_a_bridge);
    tcase_add_test(tcase, test_their_route);
    tcase_add_test(tcase, test_their_route_to_more_than_ours);
    tcase_add_test(tcase, test_their_ipv6_route);
    tcase_add_test(tcase, test_their_route_of_our_table);
    tcase_add_test(tcase, test_their_default_route_with_another_metric);
    tcase_add_test(tcase, test_their_multipath_route);
    tcase_add_test(tcase, test_their_routes_to_nowhere);
    tcase_add_test(tcase, test_routes_of_a_routing_daemon);
    tcase_add_test(tcase, test_their_rule);
    tcase_add_test(tcase, test_their_rule_of_our_priority);
    tcase_add_test(tcase, test_their_ipv6_rule);
    tcase_add_test(tcase, test_their_neighbor);
    tcase_add_test(tcase, test_their_ipv6_neighbor);
    tcase_add_test(tcase, test_their_altname);
    tcase_add_test(tcase, test_their_veth_pair);
    tcase_add_test(tcase, test_their_veth_pair_between_our_namespaces);
    tcase_add_test(tcase, test_their_veth_pair_from_the_host);
    tcase_add_test(tcase, test_their_bridge);
    tcase_add_test(tcase, test_their_interface_with_all_that_hangs_on_it);
    tcase_add_test(tcase, test_their_port_of_our_bridge);
    tcase_add_test(tcase, test_their_namespace_at_our_bridge);
    tcase_add_test(tcase, test_their_entries_of_our_bridge);
    tcase_add_test(tcase, test_their_settings);
    tcase_add_test(tcase, test_their_things_in_the_host);
    tcase_add_test(tcase, test_theirs_on_what_we_have_in_the_host);
    tcase_add_test(tcase, test_their_bridge_has_our_name);
    tcase_add_test(tcase, test_their_altname_is_our_name);
    tcase_add_test(tcase, test_their_namespace_has_our_name);
    tcase_add_test(tcase, test_their_rules_without_words);
    tcase_add_test(tcase, test_their_rule_about_unmarked_packets);
    tcase_add_test(tcase, test_their_neighbors_without_words);
    tcase_add_test(tcase, test_their_routes_without_words);
    tcase_add_test(tcase, test_their_route_beside_ours);
    tcase_add_test(tcase, test_their_address_with_a_metric);
    tcase_add_test(tcase, test_their_qdisc);
    suite_add_tcase(suite, tcase);
    return suite;
}
