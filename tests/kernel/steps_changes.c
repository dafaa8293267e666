/* SPDX-License-Identifier: MIT */
/*
 * Job: each step from one file to another goes wrong once. NETLAB_SAMPLE: only one in so many of
 * the changes (1), NETLAB_CHANGES: only one in so many of their steps (8; with NETLAB_LONG 1).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "between.h"
#include "steps.h"

struct rewrite {
    const char *name;
    const char *parts[6][2]; /* of the example: what becomes what */
};

/* Rulesets in the host, among those of others. */
static const char rules_before[] =
    "namespaces:\n"
    "  host:\n"
    "    interfaces: {to-a: {addresses: [10.7.0.1/24]}}\n"
    "    masquerade: [to-a]\n"
    "    nftables: |\n"
    "      table inet one { chain c { type filter hook input priority 0; udp dport 7 drop; }; }\n"
    "      table ip two { chain c { }; }\n"
    "  a: {interfaces: {eth0: }, nftables: 'table inet fw { chain c { iif eth0 accept; }; }'}\n"
    "links: [[host:to-a, a:eth0]]\n";
static const char rules_after[] =
    "namespaces:\n"
    "  host:\n"
    "    interfaces: {to-a: {addresses: [10.7.0.2/24]}}\n"
    "    port-forward: [{tcp: 80, to: 10.7.0.7}]\n"
    "    nftables: |\n"
    "      table inet one { chain c { type filter hook input priority 0; udp dport 8 drop; }; }\n"
    "      table ip three { chain c { }; }\n"
    "  a: {interfaces: {eth0: }, nftables: 'table inet fw { chain c { iif eth0 drop; }; }'}\n"
    "links: [[host:to-a, a:eth0]]\n";

static const struct rewrite rewrites[] = {
    {"rich", {{NULL}}},
    {"rules", {{NULL}}},
    {"host-guest",
     {{"host: {addresses: [10.0.0.1/24]}", "host: {addresses: [10.0.0.3/24], mtu: 1400}"},
      {"guest: {addresses: [10.0.0.2/24]}",
       "guest: {addresses: [10.0.0.2/24, fd00::2/64], mtu: 1400, altnames: [visitor]}"}}},
    {"veth-pair", {{"  ns2:\n", "  ns3:\n    forwarding: true\n"}, {"ns2:veth-b", "ns3:veth-b"}}},
    {"red-blue",
     {{"192.168.15.2/24", "192.168.15.22/24"},
      {"veth-red: {", "veth-red: {mtu: 1400, alias: the red one, txqueuelen: 7, "},
      {"veth-blue: {", "veth-blue: {mtu: 1400, mac: 02:00:00:00:00:0b, "}}},
    {"bridge-host",
     {{"[192.168.15.5/24]", "[192.168.15.6/24]\n        ageing-time: 50s"},
      {"[veth-red-br, veth-blue-br]", "{veth-blue-br: {isolated: true}}"},
      {"  host:\n", "  host:\n    forwarding: ipv4\n"}}},
    {"fun-and-profit",
     {{"{to: 10.0.0.0/24, dev: eth0}", "{to: 10.0.0.0/24, dev: eth0, metric: 5}"},
      {"[left:eth0, switch:br0]", "[left:eth0, switch:br1]"},
      {"br0: {type: bridge}", "br0: {type: bridge, priority: 4096}\n      br1: {type: bridge}"}}},
    {"direct", {{"      veth11: {", "      wan: {"}, {"[netns1:veth11, ", "[netns1:wan, "}}},
    {"bridge-netns",
     {{"[veth13, veth23]", "{veth13: {cost: 7}}"},
      {"      veth22: {addresses: [192.168.5.2/24]}\n",
       "      veth22: {addresses: [192.168.5.2/24]}\n"
       "    routes: [{to: default, via: 192.168.5.1}]\n"
       "    sysctls: {net.ipv4.ip_default_ttl: 7}\n"}}},
    {"star",
     {{"mtu: 1400", "mtu: 1300"},
      {"  h3:\n    interfaces:\n", "  h4:\n    interfaces:\n"},
      {"[h3:eth0, ", "[h4:eth0, "},
      {"10.0.0.2/24, fd00::2/64", "fd00::2/64, 10.0.0.2/16"}}},
    {"dual-stack",
     {{"{via: 10.1.0.1, weight: 3}", "{via: 10.1.0.1, weight: 2}"},
      {"{priority: 1000, from: 10.0.1.64/26, table: 100}",
       "{priority: 1001, from: 10.0.1.64/26, table: 100}"},
      {"  north:\n    forwarding: true\n", "  north:\n    forwarding: ipv4\n"},
      {"via: 10.1.0.6, metric: 20", "via: 10.1.0.6, metric: 30"},
      {"10.0.1.65/24", "10.0.1.66/24"}}},
    {"vlan-groups",
     {{"veth23: {access: 10}", "veth23: {access: 20, untagged: [10]}"},
      {"veth53: {access: 20}", "veth53:"},
      {"vlan-filtering: true", "vlan-filtering: true\n        vlan-default-pvid: 7"},
      {"netns4:veth44, netns3:veth43", "netns5:veth44, netns3:veth43"},
      {"      veth44: {addresses: [192.168.5.4/24]}", "      lo: {}"}}},
    {"vlan-trunk",
     {{"veth38: {trunk: [10, 20]}", "veth38: {trunk: [10, 20-29], native: 1}"},
      {"veth83: {trunk: [10, 20]}", "veth83: {vlans: [{id: 10, pvid: true}, 20-25]}"},
      {"netns7:veth77, netns8:veth78", "netns7:veth77, netns3:veth78"},
      {"          veth43: {access: 20}\n", "          veth43: {access: 20}\n"
                                           "          veth78: {access: 20}\n"},
      {"          veth78: {access: 20}\n          veth83", "          veth83"}}},
    {"vlan-trunk-tagged",
     {{"veth38.10: {type: vlan, link: veth38, id: 10}",
       "veth38.10: {type: vlan, link: veth38, id: 11}"},
      {"          veth38.20: {access: 20}\n",
       "          veth38.20: {access: 20, untagged: [10]}\n"},
      {"veth83.20: {type: vlan, link: veth83, id: 20}",
       "veth83.20: {type: vlan, link: veth83, id: 20, reorder-hdr: false}"},
      {"veth68: {access: 10}", "veth68: {access: 20}"}}},
    {"vlan-both",
     {{"vlan-filtering: true\n", "vlan-filtering: false\n"},
      {"{access: 10, untagged: [50]}\n          veth23", "{}\n          veth23"},
      {"{access: 10, untagged: [50]}", "{isolated: true}"},
      {"veth43: {access: 20, untagged: [50]}", "veth43:"},
      {"{access: 20, untagged: [50]}", "{}"},
      {"{access: 50, untagged: [10, 20]}", "{}"}}},
    {"vlan-tagged",
     {{"link: veth22, id: 10", "link: veth22, id: 11"},
      {"veth23: {trunk: [10]}", "veth23: {trunk: [10, 11]}"},
      {"veth55.20: {type: vlan, link: veth55, id: 20", "v20: {type: vlan, link: veth55, id: 20"}}},
    {"vlan-subnets",
     {{"veth99.20: {type: vlan, link: veth99, id: 20", "veth99.20: {type: vlan, link: up, id: 20"},
      {"      veth99.10:", "      up: {type: dummy}\n      veth99.10:"},
      {"veth93: {trunk: [10, 20]}", "veth93: {trunk: [10]}"}}},
    {"vlan-firewall",
     {{"veth93: {access: 50, untagged: [10, 20]}", "veth93: {access: 50, untagged: [10]}"},
      {"ip saddr 192.168.5.9 accept", "ip saddr 192.168.5.0/24 accept"}}},
    {"internet",
     {{"    masquerade: [eth0]\n", ""},
      {"iifname \"eth0\" ct state new drop", "iifname \"eth0\" tcp dport 22 drop"}}},
    {"masquerade",
     {{"masquerade: [eth0]", "masquerade: [eth0, v-net-0]"},
      {"  lan:\n", "    nftables: 'table inet more { chain c { iif eth0 accept; }; }'\n  lan:\n"},
      {"    forwarding: true\n", "    forwarding: ipv4\n"}}},
    {"web",
     {{"tcp dport 5432 accept", "tcp dport { 5432, 5433 } accept"},
      {"floor3: {interfaces: {br0: {type: bridge}}}",
       "floor3: {interfaces: {br0: {type: bridge, priority: 4096}}}"},
      {"forwarding: ipv4", "forwarding: true"}}},
    {"proxy",
     {{"server: {run: [iperf3, --server, --forceflush]", "server: {run: [iperf3, -s]"},
      {"SERVER: 127.0.0.1:5201}", "SERVER: 10.0.0.1:5201, OTHER: 1}"}}},
    {"port-forward",
     {{"to: 192.168.15.2:80, dev: eth0", "to: 192.168.15.2:8080"},
      {"      - {tcp: 80, to: \"[fd15::2]:80\", dev: eth0}\n", ""}}},
    {"tap",
     {{"vm0: {type: tap}", "vm0: {type: tap, alias: guest, mtu: 1400}"},
      {"tun0: {type: tun, ", "tun1: {type: tun, "}}},
    {"overlay",
     {{"vx-red: {<<: *red, local: 10.0.1.1", "vx-red: {<<: *red, ageing: 60s, local: 10.0.1.1"},
      {"&blue {type: vxlan, id: 200", "&blue {type: vxlan, id: 201"}}},
    {"site-to-site",
     {{"remote: 198.51.100.2\n        key: 12\n        ttl: 64",
       "remote: 198.51.100.2\n        key: 13\n        ttl: 64"},
      {"remote: 192.0.2.2\n        key: 12\n        ttl: 64",
       "remote: 192.0.2.2\n        key: 12\n        ttl: 32"}}},
    {"macvlan",
     {{"mode: bridge, addresses: [10.0.0.11/24]", "mode: private, addresses: [10.0.0.11/24]"},
      {"eth0: {type: macvlan, link: machine:card, mode: bridge, addresses: [10.0.0.12/24]}",
       "eth1: {type: macvlan, link: machine:card, mode: bridge, addresses: [10.0.0.12/24]}"}}},
    {"bond",
     {{"miimon: 50ms", "miimon: 100ms"},
      {"ports: [eth0, eth1]", "ports: {eth0: {queue-id: 2}, eth1: }"},
      {"mode: active-backup", "mode: active-backup\n        num-grat-arp: 3"}}},
    {"vrf",
     {{"ports: [blue-left, blue-right]", "ports: [blue-left]"},
      {"type: vrf, table: 10", "type: vrf, table: 11"}}},
    {"wireguard",
     {{"listen-port: 51820\n        addresses: [10.0.0.1/24]",
       "listen-port: 51821\n        addresses: [10.0.0.1/24]"},
      {"allowed-ips: [10.0.0.3]", "allowed-ips: [10.0.0.3, 10.3.0.0/24]"},
      {"persistent-keepalive: 25s", "persistent-keepalive: 26s"}}},
    {"vti",
     {{"remote: 192.0.2.2, ikey: 5, okey: 5", "remote: 192.0.2.2, ikey: 6, okey: 5"},
      {"left: {type: vti, ", "far: {type: vti, "},
      {"dev: left, src", "dev: far, src"}}},
    {"wan-link",
     {{"delay: 40ms, jitter: 5ms, distribution: normal, loss: 0.5%, rate: 1mbit", "delay: 1ms"},
      {"distribution: normal, loss: 0.5%, rate: 16mbit", "loss: 0.5%"}}},
};

struct way {
    const char *file, *nothing; /* nothing: a dump without the lab */
    const char *from, *to;      /* the file's two texts */
    const char *before, *after; /* dumps of what a fresh `up` of each makes */
    size_t steps;               /* from the one to the other */
};

/* Writes that text and brings the lab there. */
static void go(const struct way *way, const char *yaml)
{
    file_with(strrchr(way->file, '/') + 1, yaml);
    step_up(way->file);
}

static const char *fresh(const struct way *way, const char *yaml)
{
    const char *dump;

    go(way, yaml);
    dump = dump_all(DUMP_ANEW);
    step_down(way->file);
    same(way->nothing, dump_all(0));
    return dump;
}

static struct way way_of(const struct rewrite *rewrite)
{
    struct way way = {.file = text("%s/%s.yaml", getenv("TMP"), rewrite->name)};
    bool is_rules = strcmp(rewrite->name, "rules") == 0;

    test_about("%s", rewrite->name);
    way.from = is_rules ? rules_before : rich_before;
    way.to = is_rules ? rules_after : rich_after;
    if (rewrite->parts[0][0])
        way.to = way.from =
            without_tests(file_text(text("%s/%s.yaml", getenv("EXAMPLES"), rewrite->name)));
    if (!kernel_suits_text(way.from))
        test_skip("the kernel lacks what %s needs", rewrite->name);
    make_foreign();
    if (is_rules)
        ok("nft 'table inet theirs { chain c { counter; }; }; add table ip filter'");
    way.nothing = dump_all(0);
    for (size_t i = 0; i < COUNT(rewrite->parts) && rewrite->parts[i][0]; i++)
        way.to = edited(way.to, rewrite->parts[i][0], rewrite->parts[i][1]);
    way.after = fresh(&way, way.to);
    way.before = fresh(&way, way.from);

    go(&way, way.from);
    file_with(strrchr(way.file, '/') + 1, way.to);
    way.steps = step_count(way.file);
    ck_assert_uint_gt(way.steps, 0);
    same(way.after, dump_all(DUMP_ANEW));
    go(&way, way.from);
    same(way.before, dump_all(DUMP_ANEW));
    return way;
}

/*
 * A change need not have as many steps each time: what hangs on a random MAC, or is still on its
 * way out, is an addition to make, or is not. Then it has come to its end before the last one.
 */
static void many_were(size_t done, size_t tried)
{
    if (done * 2 < tried)
        test_fail("it came to %zu of %zu steps only", done, tried);
}

/* Those of the way that are tried. */
static struct stride stride_of(int rewrite, size_t steps)
{
    struct stride stride =
        step_stride("NETLAB_CHANGES", getenv("NETLAB_LONG") ? 1 : 8, (size_t)rewrite);

    stride.first %= steps; /* one at least */
    return stride;
}

START_TEST (test_each_step_of_a_change_refused) {
    struct way way = way_of(&rewrites[_i]);
    struct stride stride = stride_of(_i, way.steps);
    size_t done = 0, tried = 0;

    file_with(strrchr(way.file, '/') + 1, way.to);
    for (size_t step = stride.first; step < way.steps; step += stride.next, tried++) {
        test_about("%s, step %zu of %zu", rewrites[_i].name, step, way.steps);
        if (step_refused(way.file, step, step_error(step))) {
            done++;
        } else {
            same(way.after, dump_all(DUMP_ANEW));
            go(&way, way.from);
            file_with(strrchr(way.file, '/') + 1, way.to);
        }
        same(way.before, dump_all(DUMP_ANEW));
    }
    many_were(done, tried);
    go(&way, way.to);
    same(way.after, dump_all(DUMP_ANEW));
    step_down(way.file);
    same(way.nothing, dump_all(0));
    test_swept((long)done, "steps of changes refused, each taken back");
}
END_TEST

/* Each step twice: `up` goes on; then `down`, and on the next step `up` of the first file. */
START_TEST (test_change_killed_before_each_step) {
    struct way way = way_of(&rewrites[_i]);
    struct stride stride = stride_of(_i, way.steps);
    size_t done = 0, tried = 0;

    for (size_t step = stride.first; step < way.steps; step += stride.next, tried += 2) {
        test_about("%s, step %zu of %zu", rewrites[_i].name, step, way.steps);
        file_with(strrchr(way.file, '/') + 1, way.to);
        done += step_kills(way.file, step);
        step_up(way.file);
        same(way.after, dump_all(DUMP_ANEW));

        go(&way, way.from);
        file_with(strrchr(way.file, '/') + 1, way.to);
        done += step_kills(way.file, step);
        if (step % 2 == 0) {
            step_down(way.file);
            same(way.nothing, dump_all(0));
        }
        go(&way, way.from);
        if (step % 2)
            same(way.before, dump_all(DUMP_ANEW));
    }
    step_down(way.file);
    same(way.nothing, dump_all(0));
    many_were(done, tried);
    test_swept((long)done, "steps of changes killed, each gone on with, taken down or back");
    test_swept(1, "changes swept");
}
END_TEST

/* What is between two files says so; its namespaces can be looked into. */
START_TEST (test_status_of_a_change_that_was_killed) {
    const char *file = file_with("rich.yaml", rich_before);

    step_up(file);
    ck_assert_str_eq(json_text(json_of("$NETLAB status --json rich"), "labs 0 state"), "up");
    file_with("rich.yaml", rich_after);
    if (!step_kills(file, 7))
        test_fail("it was not killed");
    ck_assert_str_eq(json_text(json_of("$NETLAB status --json rich"), "labs 0 state"),
                     "half-changed");
    has(ok("$NETLAB status").out, "rich  half-changed since ");
    ok("$NETLAB exec rich:d true");
    exits(1, "$NETLAB diff rich");
    step_up(file);
    ck_assert_str_eq(json_text(json_of("$NETLAB status --json rich"), "labs 0 state"), "up");
    step_down(file);
}
END_TEST

START_TEST (test_every_example_changes) {
    char *names = strdup(ok("cd $EXAMPLES && ls *.yaml").out), *rest = NULL;

    for (char *name = strtok_r(names, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest)) {
        bool found = false;

        for (size_t i = 0; i < COUNT(rewrites); i++)
            found = found || strcmp(text("%s.yaml", rewrites[i].name), name) == 0;
        ck_assert_msg(found || !stands_alone(text("%s/%s", getenv("EXAMPLES"), name)),
                      "%s has no change", name);
    }
    free(names);
}
END_TEST

Suite *steps_changes_suite(void)
{
    Suite *suite = suite_create("changes");
    TCase *tcase = tcase_create("changes");
    int sample = (int)env_number("NETLAB_SAMPLE", 1);

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 900);
    tcase_add_test(tcase, test_status_of_a_change_that_was_killed);
    tcase_add_test(tcase, test_every_example_changes);
    suite_add_tcase(suite, tcase);
    for (int i = 0; i < (int)COUNT(rewrites); i += sample) {
        if (!example_wanted(rewrites[i].name))
            continue;
        /* by whose name is told which of them was skipped, and where it was done */
        tcase = tcase_create(rewrites[i].name);
        tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
        tcase_set_timeout(tcase, 900);
        tcase_add_loop_test(tcase, test_each_step_of_a_change_refused, i, i + 1);
        tcase_add_loop_test(tcase, test_change_killed_before_each_step, i, i + 1);
        suite_add_tcase(suite, tcase);
    }
    return suite;
}
