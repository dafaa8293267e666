/* SPDX-License-Identifier: MIT */
/*
 * Job: of every kind of link, and of all else that an interface may have: one is added to a lab
 * that is up, an option of it is altered, it is removed. Each time the lab is what a fresh `up`
 * makes, and a connection beside it goes on. No chance here; that is property.c's.
 */
#include <stdlib.h>
#include <string.h>

#include "converge.h"
#include "prepare.h"

#define KEY "'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk='"

enum place {
    IFACE, /* the interfaces of namespace a, which has eth1 to stand on */
    LINK,  /* the link of eth1 */
    NETNS, /* the namespaces */
};

/* What stands at that place: without it, with it, with it altered. */
static const struct row {
    const char *name;
    enum place place;
    const char *without, *with, *altered;
} rows[] = {
    {"veth", NETNS, "", "c: {interfaces: {more: {addresses: [10.96.0.1/24]}}}",
     "c: {interfaces: {more: {addresses: [10.96.0.1/24], mtu: 1400}}}"},
    {"bridge", IFACE, "", "x: {type: bridge}", "x: {type: bridge, ageing-time: 10s}"},
    {"dummy", IFACE, "", "x: {type: dummy}", "x: {type: dummy, mtu: 1300}"},
    {"ifb", IFACE, "", "x: {type: ifb}", "x: {type: ifb, txqueuelen: 7}"},
    {"bond", IFACE, "", "x: {type: bond}", "x: {type: bond, resend-igmp: 3}"},
    {"tun", IFACE, "", "x: {type: tun}", "x: {type: tun, mtu: 1300}"},
    {"tap", IFACE, "", "x: {type: tap}", "x: {type: tap, user: 1000}"},
    {"vrf", IFACE, "", "x: {type: vrf, table: 70}", "x: {type: vrf, table: 71}"},
    {"vlan", IFACE, "", "x: {type: vlan, link: eth1, id: 7}",
     "x: {type: vlan, link: eth1, id: 7, reorder-hdr: false}"},
    {"macvlan", IFACE, "", "x: {type: macvlan, link: eth1, mode: bridge}",
     "x: {type: macvlan, link: eth1, mode: private}"},
    {"macvtap", IFACE, "", "x: {type: macvtap, link: eth1, mode: bridge}",
     "x: {type: macvtap, link: eth1, mode: vepa}"},
    {"ipvlan", IFACE, "", "x: {type: ipvlan, link: eth1, mode: l2}",
     "x: {type: ipvlan, link: eth1, mode: l3}"},
    {"vxlan", IFACE, "", "x: {type: vxlan, id: 7, dstport: 4789, local: 10.95.0.1}",
     "x: {type: vxlan, id: 7, dstport: 4789, local: 10.95.0.1, ageing: 60s}"},
    /* the kernel takes its MTU from the route that there is to the other end when it is made */
    {"geneve", IFACE, "", "x: {type: geneve, id: 7, remote: 10.95.0.2, mtu: 1400}",
     "x: {type: geneve, id: 7, remote: 10.95.0.2, mtu: 1400, ttl: 9}"},
    {"gre", IFACE, "", "x: {type: gre, local: 10.95.0.1, remote: 10.95.0.2}",
     "x: {type: gre, local: 10.95.0.1, remote: 10.95.0.2, ttl: 9}"},
    {"gretap", IFACE, "", "x: {type: gretap, local: 10.95.0.1, remote: 10.95.0.2}",
     "x: {type: gretap, local: 10.95.0.1, remote: 10.95.0.2, ttl: 9}"},
    {"ip6gre", IFACE, "", "x: {type: ip6gre, local: 'fd95::1', remote: 'fd95::2'}",
     "x: {type: ip6gre, local: 'fd95::1', remote: 'fd95::2', hoplimit: 9}"},
    {"ip6gretap", IFACE, "", "x: {type: ip6gretap, local: 'fd95::1', remote: 'fd95::2'}",
     "x: {type: ip6gretap, local: 'fd95::1', remote: 'fd95::2', hoplimit: 9}"},
    {"ipip", IFACE, "", "x: {type: ipip, local: 10.95.0.1, remote: 10.95.0.2}",
     "x: {type: ipip, local: 10.95.0.1, remote: 10.95.0.2, ttl: 9}"},
    {"sit", IFACE, "", "x: {type: sit, local: 10.95.0.1, remote: 10.95.0.2}",
     "x: {type: sit, local: 10.95.0.1, remote: 10.95.0.2, ttl: 9}"},
    {"ip6tnl", IFACE, "", "x: {type: ip6tnl, local: 'fd95::1', remote: 'fd95::2'}",
     "x: {type: ip6tnl, local: 'fd95::1', remote: 'fd95::2', hoplimit: 9}"},
    /* one is there already: the first one turns all/send_redirects off for good (wg_open()) */
    {"wireguard", IFACE, "w0: {type: wireguard, listen-port: 51821, private-key: " KEY "}",
     "w0: {type: wireguard, listen-port: 51821, private-key: " KEY ", peers: [{public-key: " KEY
     ", allowed-ips: [10.97.0.0/24]}]}, x: {type: wireguard, private-key: " KEY "}",
     "w0: {type: wireguard, listen-port: 51821, private-key: " KEY ", peers: [{public-key: " KEY
     ", allowed-ips: [10.98.0.0/24], persistent-keepalive: 25s}]}, "
     "x: {type: wireguard, private-key: " KEY ", listen-port: 51820}"},
    {"physical", IFACE, "", "x: {type: physical, device: eth0, addresses: [10.99.0.1/24]}",
     "x: {type: physical, device: eth0, addresses: [10.99.0.1/24], mtu: 1400}"},
    {"netem of an interface", IFACE, "eth1: {}", "eth1: {netem: {delay: 1ms}}",
     "eth1: {netem: {delay: 2ms, limit: 50}}"},
    {"netem of a link", LINK, "", "netem: {delay: 1ms}", "netem: {rate: 10mbit}"},
    {"port", IFACE, "br: {type: bridge, ports: []}", "br: {type: bridge, ports: {eth1: {cost: 7}}}",
     "br: {type: bridge, ports: {eth1: {cost: 8, isolated: true}}}"},
    {"access port", IFACE, "br: {type: bridge, vlan-filtering: true, ports: {eth1: {}}}",
     "br: {type: bridge, vlan-filtering: true, ports: {eth1: {access: 10}}}",
     "br: {type: bridge, vlan-filtering: true, ports: {eth1: {access: 20}}}"},
    {"trunk", IFACE, "br: {type: bridge, vlan-filtering: true, ports: {eth1: {}}}",
     "br: {type: bridge, vlan-filtering: true, ports: {eth1: {trunk: [10, 20-29]}}}",
     "br: {type: bridge, vlan-filtering: true, ports: {eth1: {trunk: [10, 25-30], native: 1}}}"},
    {"vlans of a port", IFACE, "br: {type: bridge, vlan-filtering: true, ports: {eth1: {}}}",
     "br: {type: bridge, vlan-filtering: true, ports: {eth1: {vlans: [5]}}}",
     "br: {type: bridge, vlan-filtering: true, ports: {eth1: {vlans: [5, 8-9]}}}"},
    {"vlans of a bridge", IFACE, "br: {type: bridge, vlan-filtering: true, ports: [eth1]}",
     "br: {type: bridge, vlan-filtering: true, ports: [eth1], vlans: [5]}",
     "br: {type: bridge, vlan-filtering: true, ports: [eth1], vlans: [5-7]}"},
    {"existing device", NETNS, "", "host: {interfaces: {enp0s3: {existing: true, mtu: 1400}}}",
     "host: {interfaces: {enp0s3: {existing: true, mtu: 1300, alias: here}}}"},
    {"attached namespace", NETNS, "",
     "c: {attach: {path: /run/stranger}, interfaces: {x: {type: bridge}}}",
     "c: {attach: {path: /run/stranger}, interfaces: {x: {type: bridge, ageing-time: 10s}}}"},
};

static const char *at(const struct row *row, enum place place, const char *what)
{
    return row->place == place && *what ? text(", %s", what) : "";
}

static const char *lab_with(const struct row *row, const char *what)
{
    return file_with(
        "kinds.yaml",
        text("namespaces:\n"
             "  a: {interfaces: {eth0: {addresses: [10.95.0.1/24, 'fd95::1/64']}%s}}\n"
             "  b: {interfaces: {eth0: {addresses: [10.95.0.2/24, 'fd95::2/64']}}}\n"
             "%s"
             "links:\n"
             "  - [a:eth0, b:eth0]\n"
             "  - {endpoints: [a:eth1, b:eth1]%s}\n"
             "%s",
             at(row, IFACE, what), row->place == NETNS && *what ? text("  %s\n", what) : "",
             at(row, LINK, what),
             row->place == NETNS && strstr(what, "more") ? "  - [b:more, c:more]\n" : ""));
}

/* Up, as the file says; and then there is nothing more to do. */
static void settle(const char *file)
{
    json_t *result;

    ok("$NETLAB up -q %s", file);
    ok("$NETLAB diff %s", file);
    result = json_of("$NETLAB up --json %s", file);
    if (json_number(result, "steps") != 0)
        test_fail("a second up did something: %s", json_dumps(result, 0));
}

static void still_connected(const int ends[2])
{
    if (!tcp_pass(ends[0], ends[1], 10000) || !tcp_pass(ends[1], ends[0], 10000))
        test_fail("the connection beside it is broken");
}

/* All of it takes a guest ten times as long as all else here: that is for --long. */
static const char *state(const char *file)
{
    static const char *const shown =
        "{ ip -n $n -d -o link | sed -E 's/^[0-9]+: ([^:@]+).*( mtu [0-9]+).* (qlen [0-9]+)"
        ".*(promiscuity.*) addrgenmode.*/\\1 \\2 \\3 \\4/; s/[a-z_]*timer +[0-9.]+//g; "
        "s/(bridge_id|designated_root|designated_bridge) [^ ]+//g'; "
        "ip -n $n -o address | sed '/ fe80/d; s/^[0-9]*://; s/tentative//; s/valid_lft.*//'; "
        "ip -n $n route; bridge -n $n vlan; "
        "tc -n $n qdisc | sed -n 's/seed [0-9]*//; s/refcnt [0-9]*//; /netem/p'; } 2>/dev/null | "
        "sort";

    if (env_number("NETLAB_LONG", 0))
        return snapshot(file);
    return text("%s%s", ok("$NETLAB dump kinds").out,
                sh("for n in a b; do echo $n; %s; done; ip -br link | sed 's/ .*//'", shown).out);
}

static void get_stranger(const struct row *row)
{
    if (strstr(row->with, "/run/stranger"))
        ok("touch /run/stranger && unshare --net=/run/stranger true");
}

static bool is_possible(const struct row *row)
{
    if (strstr(row->with, "type: physical"))
        return prepare_nics();
    return kernel_suits_text(row->with);
}

START_TEST (test_kind_comes_changes_and_goes) {
    const struct row *row = &rows[_i];
    const char *alone, *altered, *file;
    int ends[2];

    test_about("%s", row->name);
    if (!is_possible(row))
        test_skip("the kernel lacks what %s needs", row->name);
    get_stranger(row);
    settle(lab_with(row, row->altered));
    altered = state(lab_with(row, row->altered));
    ok("$NETLAB down -q %s", lab_with(row, row->altered));

    file = lab_with(row, row->without);
    settle(file);
    alone = state(file);
    ck_assert(tcp_open("a", NULL, "b", "10.95.0.2", 4001, 10000, ends));
    still_connected(ends);
    settle(lab_with(row, row->with));
    test_swept(1, text("kind added: %s", row->name));
    still_connected(ends);
    settle(lab_with(row, row->altered));
    test_swept(1, text("kind altered: %s", row->name));
    still_connected(ends);
    same(altered, state(file));
    settle(lab_with(row, row->without));
    test_swept(1, text("kind removed: %s", row->name));
    still_connected(ends);
    same(alone, state(file));
    tcp_abort(ends);
    ok("$NETLAB down -q %s", file);
}
END_TEST

/* Each has a test case of its own, so that a guest can be asked for some. */
Suite *each_kind_suite(void)
{
    Suite *suite = suite_create("each_kind");

    for (int i = 0; i < (int)COUNT(rows); i++) {
        TCase *tcase = tcase_create(rows[i].name);

        tcase_add_checked_fixture(tcase, converge_enter, NULL);
        tcase_set_timeout(tcase, 60);
        tcase_add_loop_test(tcase, test_kind_comes_changes_and_goes, i, i + 1);
        suite_add_tcase(suite, tcase);
    }
    return suite;
}
