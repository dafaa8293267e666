/* SPDX-License-Identifier: MIT */
/*
 * Job: tunnels of each kind between two routers, over a third one: what the kernel has, traffic
 * through them, changes in place and anew, the script, the dump, what others did to them.
 * NETLAB_TUNNEL: only those whose kind matches (fnmatch).
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "need.h"
#include "proof.h"

Suite *tunnels_suite(void);

/* Two routers and what lies between them: an MTU that tunnels must fit in. */
static const char lab[] =
    "name: tunnels\n"
    "namespaces:\n"
    "  left:\n"
    "    interfaces:\n"
    "      eth0: {addresses: [10.0.1.1/24, 'fd00:1::1/64']}\n"
    "      t0: {type: %s, %s, mtu: 1300, %s}\n"
    "    routes: [{to: default, via: 10.0.1.9}, {to: default, via: 'fd00:1::9'}]\n"
    "  right:\n"
    "    interfaces:\n"
    "      eth0: {addresses: [10.0.2.2/24, 'fd00:2::2/64']}\n"
    "      t0: {type: %s, %s, mtu: 1300, %s}\n"
    "    routes: [{to: default, via: 10.0.2.9}, {to: default, via: 'fd00:2::9'}]\n"
    "  mid:\n"
    "    forwarding: true\n"
    "    interfaces:\n"
    "      left: {addresses: [10.0.1.9/24, 'fd00:1::9/64']}\n"
    "      right: {addresses: [10.0.2.9/24, 'fd00:2::9/64']}\n"
    "links:\n"
    "  - [left:eth0, mid:left]\n"
    "  - [right:eth0, mid:right]\n";

#define IPV4_ENDS "local: 10.0.1.1, remote: 10.0.2.2", "local: 10.0.2.2, remote: 10.0.1.1"
#define IPV6_ENDS                                                                                  \
    "local: 'fd00:1::1', remote: 'fd00:2::2'", "local: 'fd00:2::2', remote: 'fd00:1::1'"

enum { IPV4 = 1, IPV6 = 2, BOTH = IPV4 | IPV6 };

/* An option or several, and what `ip -d -j link` has under info_data then, and without: "none"
   where it has nothing. */
struct option {
    const char *yaml, *path, *with, *without;
};

static const struct tunnel {
    const char *kind, *ends[2];
    unsigned inner; /* what it carries */
    const char *here, *there;
    const char *facts[12][2]; /* of the left one */
    struct option altered[6]; /* of the left one, in place; packets pass all the same */
    struct option anew;       /* makes both ends anew */
} tunnels[] = {
    {"vxlan",
     {IPV4_ENDS},
     BOTH,
     "id: 42, dstport: 4789, maxaddress: 77, udpcsum: false",
     "id: 42, dstport: 4789",
     {{"id", "42"},
      {"local", "10.0.1.1"},
      {"remote", "10.0.2.2"},
      {"port", "4789"},
      {"limit", "77"},
      {"ttl", "0"},
      {"ageing", "300"},
      {"learning", "true"},
      {"udp_csum", "false"}},
     {{"ttl: 9", "ttl", "9", "0"},
      {"tos: 0x10", "tos", "0x10", "none"},
      {"tos: inherit, df: set", "df", "set", "unset"},
      {"ageing: 60s", "ageing", "60", "300"},
      {"learning: false", "learning", "false", "true"}},
     {"gbp: true", "gbp", "true", "none"}},
    {"vxlan",
     {IPV6_ENDS},
     BOTH,
     "id: 43, dstport: 4790, dev: eth0, udp6zerocsumtx: true, ttl: inherit",
     "id: 43, dstport: 4790, udp6zerocsumrx: true",
     {{"id", "43"},
      {"local6", "fd00:1::1"},
      {"remote6", "fd00:2::2"},
      {"link", "eth0"},
      {"udp_zero_csum6_tx", "true"},
      {"udp_zero_csum6_rx", "false"}},
     {{"flowlabel: 0x12", "label", "0x12", "none"}, {"df: inherit", "df", "inherit", "unset"}},
     {"l2miss: true", "l2miss", "true", "none"}},
    {"geneve",
     {"remote: 10.0.2.2", "remote: 10.0.1.1"},
     BOTH,
     "id: 7, udpcsum: true",
     "id: 7",
     {{"id", "7"}, {"remote", "10.0.2.2"}, {"port", "6081"}, {"udp_csum", "true"}, {"ttl", "0"}},
     {{"ttl: inherit", "ttl", "none", "0"},
      {"tos: 0x10", "tos", "0x10", "none"},
      {"ttl: 9", "ttl", "9", "0"},
      {"df: set", "df", "set", "unset"}},
     {"dstport: 6666", "port", "6666", "6081"}},
    {"geneve",
     {"remote: 'fd00:2::2'", "remote: 'fd00:1::1'"},
     BOTH,
     "id: 8, udp6zerocsumtx: true",
     "id: 8, udp6zerocsumrx: true",
     {{"id", "8"},
      {"remote6", "fd00:2::2"},
      {"udp_zero_csum6_tx", "true"},
      {"udp_zero_csum6_rx", "false"}},
     {{"flowlabel: 0x12", "label", "0x12", "none"}},
     {"dstport: 6667", "port", "6667", "6081"}},
    {"gre",
     {IPV4_ENDS},
     BOTH,
     "key: 5",
     "ikey: 5, okey: 5",
     {{"local", "10.0.1.1"},
      {"remote", "10.0.2.2"},
      {"ttl", "0"},
      {"pmtudisc", "true"},
      {"ikey", "0.0.0.5"},
      {"okey", "0.0.0.5"}},
     {{"ttl: 9", "ttl", "9", "0"},
      {"tos: 0x10", "tos", "0x10", "none"},
      {"pmtudisc: false", "pmtudisc", "false", "true"},
      {"fwmark: 0x77", "fwmark", "0x77", "none"},
      {"oseq: true, ttl: 8", "oseq", "true", "none"}},
     {"csum: true, dev: eth0", "link", "eth0", "none"}},
    {"gretap",
     {IPV4_ENDS},
     BOTH,
     "ikey: 6, okey: 7, csum: true, seq: true, pmtudisc: false, ignore-df: true",
     "ikey: 7, okey: 6, csum: true, seq: true",
     {{"ikey", "0.0.0.6"},
      {"okey", "0.0.0.7"},
      {"icsum", "true"},
      {"ocsum", "true"},
      {"iseq", "true"},
      {"oseq", "true"},
      {"pmtudisc", "false"},
      {"ignore_df", "true"}},
     {{"tos: inherit", "tos", "0x1", "none"}},
     {"dev: eth0", "link", "eth0", "none"}},
    {"ip6gre",
     {IPV6_ENDS},
     BOTH,
     "key: 9",
     "key: 9",
     {{"local", "fd00:1::1"},
      {"remote", "fd00:2::2"},
      {"ttl", "64"},
      {"encap_limit", "4"},
      {"ikey", "0.0.0.9"},
      {"tclass", "0x00"},
      {"flowlabel", "0x00000"}},
     {{"hoplimit: 9", "ttl", "9", "64"},
      {"encaplimit: 7", "encap_limit", "7", "4"},
      {"encaplimit: none", "ip6_tnl_f_ign_encap_limit", "true", "none"},
      {"tclass: 0x10, flowlabel: 0x12", "flowlabel", "0x00012", "0x00000"},
      {"tclass: inherit, oseq: true", "oseq", "true", "none"}},
     {"dev: eth0", "link", "eth0", "none"}},
    {"ip6gretap",
     {IPV6_ENDS},
     BOTH,
     "csum: true",
     "csum: true",
     {{"local", "fd00:1::1"}, {"remote", "fd00:2::2"}, {"icsum", "true"}, {"ocsum", "true"}},
     {{"flowlabel: inherit", "ip6_tnl_f_use_orig_flowlabel", "true", "none"}},
     {"key: 9", "ikey", "0.0.0.9", "none"}},
    {"ipip",
     {IPV4_ENDS},
     IPV4,
     "dev: eth0",
     "dev: eth0",
     {{"local", "10.0.1.1"},
      {"remote", "10.0.2.2"},
      {"proto", "any"},
      {"link", "eth0"},
      {"ttl", "0"},
      {"pmtudisc", "true"}},
     {{"ttl: 9", "ttl", "9", "0"},
      {"tos: 0x10", "tos", "0x10", "none"},
      {"pmtudisc: false", "pmtudisc", "false", "true"},
      {"fwmark: 1", "fwmark", "0x1", "none"}},
     {"mode: ipip", "proto", "ipip", "any"}},
    {"sit",
     {IPV4_ENDS},
     IPV6,
     "mode: ip6ip",
     "ttl: inherit",
     {{"local", "10.0.1.1"},
      {"remote", "10.0.2.2"},
      {"proto", "ip6ip"},
      {"ttl", "0"},
      {"pmtudisc", "true"}},
     {{"ttl: 9", "ttl", "9", "0"},
      {"tos: 0x10", "tos", "0x10", "none"},
      {"pmtudisc: false", "pmtudisc", "false", "true"}},
     {"dev: eth0", "link", "eth0", "none"}},
    {"ip6tnl",
     {IPV6_ENDS},
     BOTH,
     "dev: eth0",
     "dev: eth0, encaplimit: none",
     {{"local", "fd00:1::1"},
      {"remote", "fd00:2::2"},
      {"proto", "any"},
      {"ttl", "64"},
      {"link", "eth0"},
      {"encap_limit", "4"}},
     {{"hoplimit: inherit", "ttl", "0", "64"},
      {"encaplimit: none", "ip6_tnl_f_ign_encap_limit", "true", "none"},
      {"tclass: 0x10", "tclass", "0x10", "0x00"},
      {"fwmark: 1", "fwmark", "0x1", "none"},
      {"mode: ipip6", "proto", "ipip6", "any"},
      {"allow-localremote: true", "ip6_tnl_f_allow_local_remote", "true", "none"}},
     {NULL}},
};

static const struct tunnel *tunnel;

/* The lab's file, with more options at the left, at the right. */
static const char *file_of(const char *left, const char *right)
{
    static const char *const inner[][2] = {
        [IPV4] = {"addresses: [172.16.0.1/30]", "addresses: [172.16.0.2/30]"},
        [IPV6] = {"addresses: ['fd77::1/64']", "addresses: ['fd77::2/64']"},
        [BOTH] = {"addresses: [172.16.0.1/30, 'fd77::1/64']",
                  "addresses: [172.16.0.2/30, 'fd77::2/64']"},
    };
    const char *ends[2];

    for (int i = 0; i < 2; i++)
        ends[i] = text("%s, %s%s%s", tunnel->ends[i], i ? tunnel->there : tunnel->here,
                       *(i ? right : left) ? ", " : "", i ? right : left);
    return file_with("tunnels.yaml", text(lab, tunnel->kind, ends[0], inner[tunnel->inner][0],
                                          tunnel->kind, ends[1], inner[tunnel->inner][1]));
}

static json_t *left_end(void)
{
    return json_at(ip_json("ip -n left -s -d -j link show dev t0"), "0");
}

/* What ip knows a flag by is that it is there. */
static const char *fact(json_t *link, const char *path)
{
    json_t *value = json_at(link, "linkinfo info_data %s", path);

    if (!value)
        return "none";
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_integer(value))
        return text("%lld", (long long)json_integer_value(value));
    return json_is_false(value) ? "false" : "true";
}

static void is_fact(json_t *link, const char *path, const char *wanted)
{
    const char *seen = fact(link, path);

    if (strcmp(seen, wanted) != 0)
        test_fail("%s is %s instead of %s: %s", path, seen, wanted,
                  ok("ip -n left -d link show dev t0").out);
}

static void are_facts(void)
{
    json_t *link = left_end();

    has_text(link, "linkinfo info_kind", tunnel->kind);
    ck_assert_int_eq(json_number(link, "mtu"), 1300);
    for (size_t i = 0; i < COUNT(tunnel->facts) && tunnel->facts[i][0]; i++)
        is_fact(link, tunnel->facts[i][0], tunnel->facts[i][1]);
}

static void reaches(const char *address)
{
    if (!ping("left", address))
        test_fail("no answer from %s:\n%s%s", address, ok("ip -n left -s -d link show t0").out,
                  ok("ip -n right -s -d link show t0; ip -n right neighbor").out);
}

/* Packets go through the tunnel, both ways. */
static void carries(unsigned inner)
{
    json_t *before = left_end(), *after;

    if (inner & IPV4)
        reaches("172.16.0.2");
    if (inner & IPV6)
        reaches("fd77::2");
    after = left_end();
    ck_assert_int_gt(json_number(after, "stats64 rx packets"),
                     json_number(before, "stats64 rx packets"));
    ck_assert_int_gt(json_number(after, "stats64 tx packets"),
                     json_number(before, "stats64 tx packets"));
    proved(tunnel->kind, PROOF_TRAFFIC);
}

static void is_done(const char *file)
{
    ok("$NETLAB diff %s", file);
    has(ok("$NETLAB up %s", file).out, "nothing to do");
}

static long long left_index(void)
{
    return json_number(left_end(), "ifindex");
}

static void begin(int number)
{
    tunnel = &tunnels[number];
    test_about("%s %s", tunnel->kind, tunnel->ends[0]);
    need_kind(tunnel->kind); /* that loads its module, which may make interfaces */
}

/* What the machine has of its own. dump_all() would read thousands of files: the modules of tunnels
   make interfaces in every namespace. */
static const char *machine(void)
{
    return ok("ip -d link; ip address; ip route show table all; ip -6 route show table all; "
              "find /run | sort")
        .out;
}

/* The ends of the tunnel, without what is random or a number. */
static const char *ends(void)
{
    return ok("for n in left right; do ip -n $n -d link show dev t0; ip -n $n address show dev t0; "
              "ip -n $n route; ip -n $n -6 route; done | "
              "sed 's/^[0-9]*: //; s/ permaddr [^ ]*//; s/ether [^ ]*//; /fe80::/d; /valid_lft/d; "
              "s/, MTU:[0-9]*//'")
        .out;
}

START_TEST (test_traffic) {
    const char *before, *file;

    begin(_i);
    before = machine();
    file = file_of("", "");
    ok("$NETLAB up %s", file);
    are_facts();
    proved(tunnel->kind, PROOF_UP);
    carries(tunnel->inner);
    is_done(file);
    ok("$NETLAB down %s", file);
    same(before, machine());
}
END_TEST

/* From one to the next, by `up` or by the script of the plan, and back; it is the same interface
   all the time. */
START_TEST (test_altered_in_place) {
    const char *plain, *file;
    long long index;

    begin(_i);
    plain = file_of("", "");
    ok("$NETLAB up %s", plain);
    index = left_index();
    for (size_t i = 0; i < COUNT(tunnel->altered) && tunnel->altered[i].yaml; i++) {
        const struct option *option = &tunnel->altered[i];

        test_about("%s: %s", tunnel->kind, option->yaml);
        is_fact(left_end(), option->path, option->without);
        file = file_of(option->yaml, "");
        if (i % 2)
            ok("$NETLAB plan --format ip %s >$TMP/script; sh -ex $TMP/script", file);
        else
            ok("$NETLAB up %s", file);
        is_fact(left_end(), option->path, option->with);
        ok("$NETLAB diff %s", file);
        carries(strcmp(option->with, "ipip6") == 0 ? IPV4 : tunnel->inner);
    }
    plain = file_of("", "");
    ok("$NETLAB up %s", plain);
    are_facts();
    is_done(plain);
    ck_assert_int_eq(left_index(), index);
    proved(tunnel->kind, PROOF_IN_PLACE);
    ok("$NETLAB down tunnels");
}
END_TEST

START_TEST (test_made_anew) {
    const struct option *option;
    const char *file, *fresh;
    long long index;

    begin(_i);
    option = &tunnel->anew;
    ok("$NETLAB up %s", file_of("", ""));
    index = left_index();
    is_fact(left_end(), option->path, option->without);
    file = file_of(option->yaml, option->yaml);
    ok("$NETLAB up %s", file);
    ck_assert_int_ne(left_index(), index);
    is_fact(left_end(), option->path, option->with);
    carries(tunnel->inner);
    is_done(file);
    fresh = file_of("", "");
    ok("$NETLAB up %s", fresh);
    are_facts();
    carries(tunnel->inner);
    is_done(fresh);
    ok("$NETLAB down tunnels");
}
END_TEST

/* The same network by up, by the dump, by the script. */
START_TEST (test_script_and_dump) {
    const char *file, *by_up;

    begin(_i);
    file = file_of("", "");
    ok("$NETLAB plan --format ip %s >$TMP/script", file);
    ok("$NETLAB up %s", file);
    by_up = ends();
    ok("$NETLAB dump %s >$TMP/dump.yaml", file);
    ok("$NETLAB down %s", file);
    ok("$NETLAB up - <$TMP/dump.yaml");
    same(by_up, ends());
    proved(tunnel->kind, PROOF_DUMP);
    ok("$NETLAB down tunnels");
    ok("sh -e $TMP/script");
    ck_assert(ping_soon("left", tunnel->inner & IPV4 ? "172.16.0.2" : "fd77::2"));
    carries(tunnel->inner);
    same(by_up, ends());
    proved(tunnel->kind, PROOF_SCRIPT);
}
END_TEST

/* "key: value", which others may follow, in ip's words. */
static const char *words(const char *yaml)
{
    size_t key = strcspn(yaml, ":");
    const char *value = yaml + key + 2;

    value += *value == '\'';
    return text("%.*s %.*s", (int)key, yaml, (int)strcspn(value, ",'"), value);
}

/* An option that others have altered is named, and mended. */
static void option_is_mended(const char *file)
{
    const struct option *option = &tunnel->altered[0];
    bool geneve = strcmp(tunnel->kind, "geneve") == 0; /* of which ip wants to be told more */

    if (geneve && strstr(tunnel->ends[0], "::"))
        return; /* and forgets its checksums, which can't be altered back */
    ok("ip -n left link set dev t0 type %s %s %s %s", tunnel->kind,
       geneve ? words(tunnel->here) : "", geneve ? words(tunnel->ends[0]) : "",
       words(option->yaml));
    is_fact(left_end(), option->path, option->with);
    has(exits(1, "$NETLAB diff %s", file).out,
        text(" %.*s is ", (int)strcspn(option->yaml, ":"), option->yaml));
    ok("$NETLAB up %s", file);
    is_fact(left_end(), option->path, option->without);
}

/* What others did is mended. */
START_TEST (test_drift) {
    const char *file;

    begin(_i);
    file = file_of("", "");
    ok("$NETLAB up %s", file);
    option_is_mended(file);
    ok("ip -n left link del t0; ip -n right link set t0 mtu 1290 down");
    exits(1, "$NETLAB diff %s", file);
    ok("$NETLAB up %s", file);
    carries(tunnel->inner);
    ok("ip -n mid link del left"); /* what some stand on */
    exits(1, "$NETLAB diff %s", file);
    ok("$NETLAB up %s", file);
    carries(tunnel->inner);
    is_done(file);
    proved(tunnel->kind, PROOF_OBSERVE);
    ok("$NETLAB down %s", file);
}
END_TEST

/* A switch at each router, one network: what is in another namespace, or a group, may carry it. */
static const struct topology overlay = {
    "overlay", "namespaces:\n"
               "  h1: {interfaces: {eth0: {mtu: 1400, addresses: [172.16.0.1/24]}}}\n"
               "  h2: {interfaces: {eth0: {mtu: 1400, addresses: [172.16.0.2/24]}}}\n"
               "  left: {interfaces: {br0: {type: bridge, ports: [vx]}, vx: {type: vxlan, id: 5, "
               "dev: 'under1:eth0', remote: 10.0.0.2, dstport: 4789, mtu: 1400}}}\n"
               "  right: {interfaces: {br0: {type: bridge, ports: [vx]}, vx: {type: vxlan, id: 5, "
               "dev: 'under2:eth0', remote: 10.0.0.1, dstport: 4789, mtu: 1400}}}\n"
               "  under1: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
               "  under2: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
               "links:\n"
               "  - [h1:eth0, left:br0]\n"
               "  - [h2:eth0, right:br0]\n"
               "  - [under1:eth0, under2:eth0]\n"};

START_TEST (test_underlay_of_another_namespace) {
    const char *file, *before;

    need_kind("vxlan");
    before = machine();
    file = topology_file(&overlay);
    ok("$NETLAB up %s", file);
    ck_assert(ping("h1", "172.16.0.2"));
    has(ok("ip netns exec under1 ss -Huln").out, ":4789");
    has_not(ok("ip netns exec left ss -Huln").out, ":4789");
    is_done(file);
    ok("ip -n under1 link del eth0"); /* which takes the tunnel along */
    exits(0, "! ip -n left link show vx");
    exits(1, "$NETLAB diff %s", file);
    ok("$NETLAB up %s", file);
    ck_assert(ping("h1", "172.16.0.2"));
    is_done(file);
    ok("sed -i 's/remote: 10.0.0.[12]/group: 239.1.1.1/' %s; $NETLAB up %s", file, file);
    ck_assert(ping("h1", "172.16.0.2"));
    has(ok("ip -n under1 maddress show dev eth0").out, "239.1.1.1");
    is_done(file);
    ok("$NETLAB down overlay");
    same(before, machine());
}
END_TEST

static const char *swap_file(int first, int second)
{
    return file_with("swap.yaml", text("name: swap\n"
                                       "namespaces:\n"
                                       "  a:\n"
                                       "    interfaces:\n"
                                       "      t1: {type: gre, remote: 10.0.0.%d, key: 1}\n"
                                       "      t2: {type: gre, remote: 10.0.0.%d, key: 1}\n",
                                       first, second));
}

/* Two tunnels that take each other's ends: both are made anew, none is in the other's way. */
START_TEST (test_swapped_ends) {
    const char *file;

    need_kind("gre");
    ok("$NETLAB up %s", swap_file(1, 2));
    file = swap_file(2, 1);
    ok("$NETLAB up %s", file);
    has_text(ip_json("ip -n a -d -j link show dev t1"), "0 linkinfo info_data remote", "10.0.0.2");
    has_text(ip_json("ip -n a -d -j link show dev t2"), "0 linkinfo info_data remote", "10.0.0.1");
    is_done(file);
    ok("$NETLAB down swap");
}
END_TEST

/* Interfaces that modules put into each namespace are neither seen nor in the way. */
START_TEST (test_fallback_interfaces) {
    static const char *const kinds[] = {"gre", "ipip", "sit", "ip6tnl", "ip6gre"};
    const char *file = file_with("fallback.yaml", "namespaces: {a: {interfaces: {eth0: }}, b: }\n"
                                                  "links: [[a:eth0, b:eth0]]\n");

    for (size_t i = 0; i < COUNT(kinds); i++)
        need_kind(kinds[i]);
    ok("$NETLAB up %s", file);
    has(ok("ip -n a link").out, "gre0");
    is_done(file);
    has_not(ok("$NETLAB dump %s", file).out, "gre0");
    ok("$NETLAB down %s", file);
}
END_TEST

Suite *tunnels_suite(void)
{
    const char *only = getenv("NETLAB_TUNNEL");
    Suite *suite = suite_create("tunnels");
    TCase *tcase = tcase_create("tunnels");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    for (int i = 0; i < (int)COUNT(tunnels); i++) {
        if (only && fnmatch(only, tunnels[i].kind, 0) != 0)
            continue;
        tcase_add_loop_test(tcase, test_traffic, i, i + 1);
        tcase_add_loop_test(tcase, test_altered_in_place, i, i + 1);
        if (tunnels[i].anew.yaml)
            tcase_add_loop_test(tcase, test_made_anew, i, i + 1);
        tcase_add_loop_test(tcase, test_script_and_dump, i, i + 1);
        tcase_add_loop_test(tcase, test_drift, i, i + 1);
    }
    if (!only) {
        tcase_add_test(tcase, test_underlay_of_another_namespace);
        tcase_add_test(tcase, test_swapped_ends);
        tcase_add_test(tcase, test_fallback_interfaces);
    }
    suite_add_tcase(suite, tcase);
    return suite;
}
