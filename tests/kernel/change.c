/* SPDX-License-Identifier: MIT */
/*
 * Job: edits of the file of a lab that is up, there and back: interfaces, addresses, links,
 * namespaces.
 */
#include "change.h"

#include <string.h>

/* What connects left and third must not notice what becomes of left and right. */
const struct topology change_lab = {
    "lab", "namespaces:\n"
           "  left:\n"
           "    hostname: left.example\n"
           "    forwarding: true\n"
           "    interfaces:\n"
           "      eth0:\n"
           "        mac: 02:00:00:00:00:01\n"
           "        mtu: 1400\n"
           "        alias: to right\n"
           "        txqueuelen: 77\n"
           "        altnames: [uplink]\n"
           "        addresses: [10.0.0.1/24, 10.0.0.100/24, fd00::1/64]\n"
           "      eth1: {mac: 02:00:00:00:01:01, addresses: [10.0.1.1/24, fd01::1/64]}\n"
           "    routes:\n"
           "      - {to: default, via: 10.0.0.2}\n"
           "      - {to: 10.9.0.0/16, via: 10.0.1.3, metric: 10}\n"
           "      - {to: 10.8.0.0/16, type: blackhole}\n"
           "      - {to: 10.7.0.0/16, via: 10.0.0.2, table: 100}\n"
           "      - {to: 10.5.0.0/16, via: 10.0.0.2, src: 10.0.0.100}\n"
           "      - {to: 10.4.0.0/16, nexthops: [{via: 10.0.0.2, weight: 3}, {via: 10.0.1.3}]}\n"
           "      - {to: 'fd09::/64', via: fd00::2}\n"
           "    rules:\n"
           "      - {priority: 100, from: 10.0.0.0/24, table: 100}\n"
           "    neighbors:\n"
           "      - {to: 10.0.0.9, mac: 02:00:00:00:00:09, dev: eth0}\n"
           "    sysctls:\n"
           "      net.ipv4.ip_default_ttl: 77\n"
           "      net.ipv4.neigh.eth0.gc_stale_time: 61\n"
           "      net.ipv4.conf.eth0.rp_filter: 2\n"
           "  right:\n"
           "    interfaces:\n"
           "      eth0: {mac: 02:00:00:00:00:02, addresses: [10.0.0.2/24, fd00::2/64]}\n"
           "    routes: [{to: 10.0.1.0/24, via: 10.0.0.1}]\n"
           "  third:\n"
           "    interfaces: {eth0: {mac: 02:00:00:00:03:01, addresses: [10.0.1.3/24]}}\n"
           "  fourth:\n"
           "    interfaces: {eth0: {mac: 02:00:00:00:04:01, addresses: [10.0.1.4/24]}}\n"
           "  switch:\n"
           "    interfaces:\n"
           "      br0:\n"
           "        type: bridge\n"
           "        mac: 02:00:00:00:05:00\n"
           "        ageing-time: 100s\n"
           "        addresses: [10.0.1.5/24]\n"
           "        ports:\n"
           "          p0: {isolated: true, cost: 42}\n"
           "      br1: {type: bridge, mac: 02:00:00:00:05:01}\n"
           "  calm: {interfaces: {eth0: {addresses: [10.0.6.1/24]}}}\n"
           "  still: {interfaces: {eth0: {addresses: [10.0.6.2/24]}}}\n"
           "links:\n"
           "  - {endpoints: [left:eth0, right:eth0], mtu: 1450}\n"
           "  - {endpoints: [left:eth1, switch:br0],\n"
           "     mac: [02:00:00:00:01:01, 02:00:00:00:05:02]}\n"
           "  - [third:eth0, switch:br0]\n"
           "  - {endpoints: [fourth:eth0, switch:p0],\n"
           "     mac: [02:00:00:00:04:01, 02:00:00:00:05:04]}\n"
           "  - [calm:eth0, still:eth0]\n"};

/* All that there are but those. */
static const char *untouched(const char *touched)
{
    const char *names = ok("ls /run/netns 2>/dev/null; echo host").out, *result = "";

    while (*names) {
        size_t length = strcspn(names, "\n");
        const char *name = text("%.*s", (int)length, names);

        if (!listed(touched, name))
            result = text("%s%s%s", result, *result ? " " : "", name);
        names += length + 1;
    }
    return result;
}

static void note_random(const char *endpoint)
{
    const char *colon = endpoint ? strchr(endpoint, ':') : NULL;

    if (colon)
        dump_as_random(json_text(
            ip_json("ip -n %.*s -j link show dev %s", (int)(colon - endpoint), endpoint, colon + 1),
            "0 address"));
}

static const char *apply(const char *yaml, const struct edit *edit)
{
    for (size_t i = 0; i < COUNT(edit->parts) && edit->parts[i][0]; i++)
        yaml = edited(yaml, edit->parts[i][0], edit->parts[i][1]);
    return yaml;
}

struct talks {
    bool there;
    struct talk calm, concerned;
};

/* Labs of other tests have nobody to talk. */
static struct talks talks_begin(void)
{
    struct talks talks = {.there = sh("test -e /run/netns/calm").status == 0};

    if (talks.there) {
        talks.calm = talk_begin("calm", "still", "10.0.6.2");
        talks.concerned = talk_begin("left", "third", "10.0.1.3");
    }
    return talks;
}

static void talks_go_on(const struct talks *talks, bool cut)
{
    if (talks->there)
        talk_goes_on(&talks->calm);
    if (talks->there && !cut)
        talk_goes_on(&talks->concerned);
}

/* Else the namespaces would outlive the lab. */
static void talks_end(const struct talks *talks)
{
    if (talks->there) {
        talk_end(&talks->calm);
        talk_end(&talks->concerned);
    }
}

/* Brings the lab to what the file says now, and gives what there is then. */
static const char *bring(const char *file, const struct edit *edit, const char *random)
{
    const char *who = identities(), *quiet = untouched(edit->touched), *after;

    ck_assert_int_gt(diff_of(file).count, 0);
    watch(quiet);
    ok("$NETLAB up %s", file);
    note_random(random);
    after = dump_all(DUMP_ANEW);
    nothing_happened(quiet);
    same_identities(who, identities(), edit->remade);
    return after;
}

void change_of(const struct topology *topology, const struct edit *edit)
{
    const char *nothing = dump_all(0), *file = topology_file(topology), *first, *second;
    const char *name = text("%s.yaml", topology->name);
    struct talks talks;

    ok("$NETLAB up %s", file);
    first = dump_all(DUMP_ANEW);
    talks = talks_begin();

    file_with(name, apply(topology->yaml, edit));
    second = bring(file, edit, edit->random);
    talks_go_on(&talks, edit->cuts);
    facts(edit->facts);
    is_right(file, 0);

    topology_file(topology);
    same(first, bring(file, edit, NULL));
    talks_go_on(&talks, edit->cuts);
    is_right(file, 0);
    talks_end(&talks);
    ok("$NETLAB down %s", file);
    same(nothing, dump_all(0));

    file_with(name, apply(topology->yaml, edit));
    ok("$NETLAB up %s", file);
    facts(edit->facts);
    same(dump_all(DUMP_ANEW), second);
    ok("$NETLAB down %s", file);
    same(nothing, dump_all(0));
}

/* Properties of an interface */

START_TEST (test_mtu_changed) {
    change(.parts = {{"mtu: 1400", "mtu: 1300"}}, .touched = "left",
           .facts = "shows 'mtu 1300 ' ip -n left link show eth0;"
                    "shows 'mtu 1450 ' ip -n right link show eth0");
}
END_TEST

/* Then that of the link holds. */
START_TEST (test_mtu_removed) {
    change(.parts = {{"        mtu: 1400\n", ""}}, .touched = "left",
           .facts = "shows 'mtu 1450 ' ip -n left link show eth0");
}
END_TEST

START_TEST (test_mtu_of_a_link_changed) {
    change(.parts = {{"mtu: 1450", "mtu: 1420"}}, .touched = "right",
           .facts = "shows 'mtu 1400 ' ip -n left link show eth0;"
                    "shows 'mtu 1420 ' ip -n right link show eth0");
}
END_TEST

START_TEST (test_mtu_of_a_link_removed) {
    change(.parts = {{"        mtu: 1400\n", ""}, {", mtu: 1450", ""}}, .touched = "left right",
           .facts = "shows 'mtu 1500 ' ip -n left link show eth0;"
                    "shows 'mtu 1500 ' ip -n right link show eth0");
}
END_TEST

START_TEST (test_mac_changed) {
    change(.parts = {{"mac: 02:00:00:00:00:01", "mac: 02:00:00:00:00:77"}}, .touched = "left",
           .facts = "shows 'ether 02:00:00:00:00:77 ' ip -n left link show eth0");
}
END_TEST

/* Any other will do, as when it is made. */
START_TEST (test_mac_removed) {
    change(.parts = {{"        mac: 02:00:00:00:00:01\n", ""}}, .touched = "left right",
           .remade = "left:eth0 right:eth0", .random = "left:eth0",
           .facts = "hides 02:00:00:00:00:01 ip -n left link show eth0");
}
END_TEST

START_TEST (test_alias_changed) {
    change(.parts = {{"alias: to right", "alias: elsewhere"}}, .touched = "left",
           .facts = "shows 'alias elsewhere' ip -n left link show eth0");
}
END_TEST

START_TEST (test_alias_removed) {
    change(.parts = {{"        alias: to right\n", ""}}, .touched = "left",
           .facts = "hides alias ip -n left link show eth0");
}
END_TEST

START_TEST (test_txqueuelen_changed) {
    change(.parts = {{"txqueuelen: 77", "txqueuelen: 78"}}, .touched = "left",
           .facts = "shows 'qlen 78' ip -n left link show eth0");
}
END_TEST

START_TEST (test_txqueuelen_removed) {
    change(.parts = {{"        txqueuelen: 77\n", ""}}, .touched = "left",
           .facts = "shows 'qlen 1000' ip -n left link show eth0");
}
END_TEST

START_TEST (test_altname_changed) {
    change(.parts = {{"[uplink]", "[downlink, another]"}}, .touched = "left",
           .facts = "shows eth0 ip -n left link show downlink;"
                    "shows eth0 ip -n left link show another; fails ip -n left link show uplink");
}
END_TEST

START_TEST (test_altname_removed) {
    change(.parts = {{"        altnames: [uplink]\n", ""}}, .touched = "left",
           .facts = "fails ip -n left link show uplink");
}
END_TEST

/* The far end loses its carrier; the routes by eth0 can't be there. */
START_TEST (test_interface_set_down) {
    change(.parts = {{"        mtu: 1400\n", "        mtu: 1400\n        up: false\n"},
                     {"      - {to: default, via: 10.0.0.2}\n", ""},
                     {"      - {to: 10.7.0.0/16, via: 10.0.0.2, table: 100}\n", ""},
                     {"      - {to: 10.5.0.0/16, via: 10.0.0.2, src: 10.0.0.100}\n", ""},
                     {"{via: 10.0.0.2, weight: 3}, ", ""},
                     {"      - {to: 'fd09::/64', via: fd00::2}\n", ""}},
           .touched = "left right",
           .facts = "hides ',UP' ip -n left link show eth0; shows NO-CARRIER ip -n right link "
                    "show eth0; shows 'via 10.0.1.3' ip -n left route show 10.4.0.0/16");
}
END_TEST

START_TEST (test_loopback_gets_an_address) {
    change(.parts = {{"      eth1: {mac: 02:00:00:00:01:01",
                      "      lo: {addresses: [192.0.2.1/32]}\n"
                      "      eth1: {mac: 02:00:00:00:01:01"}},
           .touched = "left", .facts = "shows 192.0.2.1/32 ip -n left address show lo");
}
END_TEST

/* Addresses */

START_TEST (test_address_added_and_removed) {
    change(.parts = {{"10.0.1.1/24, fd01::1/64", "10.0.1.1/24, 10.0.1.11/24, 10.0.11.1/24"}},
           .touched = "left",
           .facts = "shows 10.0.1.11/24 ip -n left address show eth1;"
                    "shows 10.0.11.1/24 ip -n left address show eth1;"
                    "shows 'secondary eth1' ip -n left address show to 10.0.1.11;"
                    "hides fd01::1 ip -n left address show eth1");
}
END_TEST

/* The kernel drops the routes by a subnet whose last address goes. */
START_TEST (test_address_changed_with_routes_hanging_on_it) {
    change(.parts = {{"10.0.0.1/24, 10.0.0.100/24", "10.0.0.3/24, 10.0.0.100/24"},
                     {"    routes: [{to: 10.0.1.0/24, via: 10.0.0.1}]\n",
                      "    routes: [{to: 10.0.1.0/24, via: 10.0.0.3}]\n"}},
           .touched = "left right",
           .facts = "shows 'via 10.0.0.2' ip -n left route show default;"
                    "shows 'via 10.0.0.2' ip -n left route show 10.7.0.0/16 table 100;"
                    "shows 'src 10.0.0.100' ip -n left route show 10.5.0.0/16;"
                    "shows 'inet 10.0.0.3/24 ' ip -n left address show eth0;"
                    "hides 'inet 10.0.0.1/24 ' ip -n left address show eth0;"
                    "shows 'via 10.0.0.3' ip -n right route show 10.0.1.0/24");
}
END_TEST

START_TEST (test_only_address_changed_with_routes_hanging_on_it) {
    change(.parts = {{"addresses: [10.0.0.2/24, fd00::2/64]",
                      "addresses: [10.0.0.22/24, fd00::2/64]"},
                     {"      - {to: default, via: 10.0.0.2}\n",
                      "      - {to: default, via: 10.0.0.22}\n"}},
           .touched = "left right",
           .facts = "shows 'via 10.0.0.1' ip -n right route show 10.0.1.0/24;"
                    "shows 'via 10.0.0.22' ip -n left route show default;"
                    "hides '10.0.0.2/24' ip -n right address show eth0");
}
END_TEST

START_TEST (test_address_with_another_prefix) {
    change(.parts = {{"[10.0.1.3/24]", "[10.0.1.3/23]"}}, .touched = "third", .cuts = true,
           .facts = "shows 'inet 10.0.1.3/23 brd 10.0.1.255' ip -n third address show eth0;"
                    "hides 10.0.1.3/24 ip -n third address show eth0");
}
END_TEST

START_TEST (test_ipv6_address_with_another_prefix) {
    change(.parts = {{"fd01::1/64", "fd01::1/48"}}, .touched = "left",
           .facts = "shows 'fd01::1/48' ip -n left address show eth1;"
                    "shows 'fd01::/48' ip -n left -6 route; hides 'fd01::/64' ip -n left -6 route");
}
END_TEST

/* The first of a subnet is the one that the kernel sends from. */
START_TEST (test_addresses_in_another_order) {
    change(.parts = {{"10.0.0.1/24, 10.0.0.100/24", "10.0.0.100/24, 10.0.0.1/24"}},
           .touched = "left",
           .facts = "shows 'src 10.0.0.100' ip -n left route get 10.0.0.2;"
                    "shows 'secondary eth0' ip -n left address show to 10.0.0.1");
}
END_TEST

START_TEST (test_address_with_other_attributes) {
    change(.parts = {{"10.0.1.1/24, fd01::1/64",
                      "{address: 10.0.1.1/24, broadcast: none}, {address: fd01::1/64,\n"
                      "        noprefixroute: true}, {address: 10.0.1.7, peer: 10.0.77.1/32,\n"
                      "        label: 'eth1:p'}"}},
           .touched = "left", .cuts = true,
           .facts = "hides 'brd 10.0.1.255' ip -n left address show eth1;"
                    "hides 'fd01::/64' ip -n left -6 route;"
                    "shows '10.0.1.7 peer 10.0.77.1/32 scope global eth1:p' "
                    "ip -n left address show eth1");
}
END_TEST

START_TEST (test_lifetime_changed) {
    change(.parts =
               {{"10.0.1.1/24, fd01::1/64",
                 "{address: 10.0.1.1/24, lifetime: 600s}, {address: fd01::1/64, lifetime: 0}"}},
           .touched = "left",
           .facts = "shows 'deprecated' ip -n left address show to fd01::1;"
                    "hides 'valid_lft forever' ip -n left address show to 10.0.1.1");
}
END_TEST

/* Links */

START_TEST (test_link_moved_to_another_namespace) {
    change(.parts = {{"[left:eth0, right:eth0]", "[left:eth0, fourth:eth7]"},
                     {"      eth0: {mac: 02:00:00:00:00:02, addresses: [10.0.0.2/24, fd00::2/64]}\n"
                      "    routes: [{to: 10.0.1.0/24, via: 10.0.0.1}]\n",
                      "      br9: {type: bridge, mac: 02:00:00:00:09:00}\n"}},
           .touched = "left right fourth", .remade = "left:eth0 right:eth0 fourth:eth7",
           .facts =
               "fails ip -n right link show eth0; shows 'state UP' ip -n fourth link show eth7;"
               "shows 'state UP' ip -n left link show eth0; shows br9 ip -n right link");
}
END_TEST

START_TEST (test_links_crossed) {
    change(.parts = {{"  - [third:eth0, switch:br0]\n", "  - [third:eth0, right:eth7]\n"},
                     {"  - {endpoints: [left:eth0, right:eth0], mtu: 1450}\n",
                      "  - {endpoints: [left:eth0, switch:p7], mtu: 1450}\n"
                      "  - {endpoints: [right:eth0, switch:p8], mtu: 1450}\n"}},
           .touched = "left right third switch",
           .remade = "left:eth0 right:eth0 third:eth0 right:eth7", .cuts = true,
           .facts = "fails ip -n switch link show third-eth0; shows eth7 ip -n right link;"
                    "shows 'state UP' ip -n switch link show p7");
}
END_TEST

START_TEST (test_link_added) {
    change(.parts = {{"links:\n", "links:\n  - {endpoints: [left:eth7, fourth:eth7], mac: "
                                  "[02:00:00:00:07:01, 02:00:00:00:07:02]}\n"}},
           .touched = "left fourth",
           .facts = "shows 'state UP' ip -n left link show eth7;"
                    "shows 'state UP' ip -n fourth link show eth7");
}
END_TEST

START_TEST (test_interface_renamed) {
    change(.parts = {{"      eth0: {mac: 02:00:00:00:00:02", "      wan: {mac: 02:00:00:00:00:02"},
                     {"[left:eth0, right:eth0]", "[left:eth0, right:wan]"}},
           .touched = "left right", .remade = "left:eth0 right:eth0 right:wan",
           .facts = "fails ip -n right link show eth0; shows 10.0.0.2/24 ip -n right address show "
                    "wan; shows 'dev wan' ip -n right route show 10.0.1.0/24");
}
END_TEST

START_TEST (test_interface_of_another_kind) {
    change(.parts = {{"[left:eth0, right:eth0]", "[left:eth0, right:eth1]"},
                     {"eth0: {mac: 02:00:00:00:00:02, ",
                      "eth0: {type: bridge, ports: [eth1], mac: 02:00:00:00:00:02, "}},
           .touched = "left right", .remade = "left:eth0 right:eth0 right:eth1",
           .facts = "shows bridge ip -n right -d link show eth0;"
                    "shows 'master eth0' ip -n right link show eth1");
}
END_TEST

/* Namespaces */

START_TEST (test_namespace_added) {
    change(.parts = {{"  calm: ", "  fifth:\n"
                                  "    forwarding: true\n"
                                  "    interfaces: {eth0: {addresses: [10.0.1.55/24]}}\n"
                                  "    routes: [{to: default, via: 10.0.1.1}]\n"
                                  "  calm: "},
                     {"links:\n", "links:\n  - [fifth:eth0, switch:br0]\n"}},
           .touched = "fifth switch",
           .facts = "shows 'via 10.0.1.1' ip -n fifth route show default; is fifth $NETLAB exec "
                    "fifth hostname; shows 'master br0' ip -n switch link show fifth-eth0");
}
END_TEST

START_TEST (test_namespace_removed) {
    change(.parts =
               {{"  fourth:\n"
                 "    interfaces: {eth0: {mac: 02:00:00:00:04:01, addresses: [10.0.1.4/24]}}\n",
                 ""},
                {"  - {endpoints: [fourth:eth0, switch:p0],\n"
                 "     mac: [02:00:00:00:04:01, 02:00:00:00:05:04]}\n",
                 ""},
                {"        ports:\n          p0: {isolated: true, cost: 42}\n", ""}},
           .touched = "fourth switch", .remade = "fourth fourth:lo fourth:eth0 switch:p0",
           .facts = "fails test -e /run/netns/fourth; fails ip -n switch link show p0;"
                    "hides fourth $NETLAB status lab");
}
END_TEST

START_TEST (test_namespace_renamed) {
    change(.parts = {{"  fourth:\n", "  fifth:\n"}, {"[fourth:eth0, ", "[fifth:eth0, "}},
           .touched = "fourth fifth switch",
           .remade = "fourth fourth:lo fourth:eth0 fifth fifth:lo fifth:eth0 switch:p0",
           .facts = "fails test -e /run/netns/fourth; shows 10.0.1.4/24 ip -n fifth address");
}
END_TEST

/* What says the same */

START_TEST (test_other_words_for_the_same) {
    const char *file = topology_file(&change_lab), *yaml = change_lab.yaml, *right;

    ok("$NETLAB up %s", file);
    right = dump_all(0);
    yaml = edited(yaml, "  - [third:eth0, switch:br0]\n", "");
    yaml = edited(yaml, "links:\n", "links:\n  - [switch:br0, third:eth0]\n");
    yaml = edited(yaml, "  calm: {interfaces: {eth0: {addresses: [10.0.6.1/24]}}}\n", "");
    yaml = edited(yaml, "namespaces:\n",
                  "# A comment\n\nname: lab\nnamespaces:\n"
                  "  calm: {interfaces: {lo: , eth0: {up: yes, txqueuelen: 1000, addresses: [\n"
                  "    {address: 10.0.6.1/24, broadcast: 10.0.6.255, scope: global}]}}}\n");
    yaml = edited(yaml, "ageing-time: 100s\n", "ageing-time: 100000ms\n        stp: no\n");
    file_with("lab.yaml", edited(yaml, "      br1: {type: bridge,",
                                 "      br1: {priority: 0x8000, type: bridge,"));
    watch(untouched(""));
    is_right(file, 0);
    same(right, dump_all(0));
    nothing_happened(untouched(""));

    /* … and it is the file's lines that are told from now on. */
    ok("ip -n calm address delete 10.0.6.1/24 dev eth0");
    has(exits(1, "$NETLAB diff lab").out,
        text("%s:%d:", file, line_of(file_text(file), "10.0.6.1/24")));
    ok("$NETLAB down lab");
}
END_TEST

Suite *change_suite(void)
{
    Suite *suite = suite_create("change");
    TCase *tcase = tcase_create("change");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 180);
    tcase_add_test(tcase, test_mtu_changed);
    tcase_add_test(tcase, test_mtu_removed);
    tcase_add_test(tcase, test_mtu_of_a_link_changed);
    tcase_add_test(tcase, test_mtu_of_a_link_removed);
    tcase_add_test(tcase, test_mac_changed);
    tcase_add_test(tcase, test_mac_removed);
    tcase_add_test(tcase, test_alias_changed);
    tcase_add_test(tcase, test_alias_removed);
    tcase_add_test(tcase, test_txqueuelen_changed);
    tcase_add_test(tcase, test_txqueuelen_removed);
    tcase_add_test(tcase, test_altname_changed);
    tcase_add_test(tcase, test_altname_removed);
    tcase_add_test(tcase, test_interface_set_down);
    tcase_add_test(tcase, test_loopback_gets_an_address);
    tcase_add_test(tcase, test_address_added_and_removed);
    tcase_add_test(tcase, test_address_changed_with_routes_hanging_on_it);
    tcase_add_test(tcase, test_only_address_changed_with_routes_hanging_on_it);
    tcase_add_test(tcase, test_address_with_another_prefix);
    tcase_add_test(tcase, test_ipv6_address_with_another_prefix);
    tcase_add_test(tcase, test_addresses_in_another_order);
    tcase_add_test(tcase, test_address_with_other_attributes);
    tcase_add_test(tcase, test_lifetime_changed);
    tcase_add_test(tcase, test_link_moved_to_another_namespace);
    tcase_add_test(tcase, test_links_crossed);
    tcase_add_test(tcase, test_link_added);
    tcase_add_test(tcase, test_interface_renamed);
    tcase_add_test(tcase, test_interface_of_another_kind);
    tcase_add_test(tcase, test_namespace_added);
    tcase_add_test(tcase, test_namespace_removed);
    tcase_add_test(tcase, test_namespace_renamed);
    tcase_add_test(tcase, test_other_words_for_the_same);
    suite_add_tcase(suite, tcase);
    return suite;
}
