/* SPDX-License-Identifier: MIT */
/*
 * Job: what must hold of each kind of link and is not shown by a suite of its own: every kind is
 * read, and its mistakes pointed at; plain links from the file to packets. Then the table of what
 * all suites have proved.
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cycle.h"
#include "link_kinds.h"
#include "need.h"
#include "proof.h"

Suite *aspects_suite(void);

/* Reading */

/* A file with a value at the @; its place, "LINE:COLUMN:". */
static const char *reading_file(const struct link_kind *kind, const char *value, const char **ret)
{
    const char *rest = strchr(kind->yaml, '@') + 1;
    const char *head = text("namespaces:\n  b:\n  a:\n    interfaces:\n      %.*s",
                            (int)(rest - 1 - kind->yaml), kind->yaml);

    *ret = text(":5:%zu: error: ", strlen(strrchr(head, '\n')));
    return file_with("read.yaml", text("%s%s%s\nlinks: [[a:low, b:low]]\n", head, value, rest));
}

START_TEST (test_parse) {
    for (const struct link_kind *kind = link_kinds; kind->name; kind++) {
        const char *place, *file = reading_file(kind, kind->good, &place);

        test_about("%s", kind->name);
        ok("$NETLAB validate %s", file);
        file = reading_file(kind, kind->bad, &place);
        has(exits(2, "$NETLAB validate %s", file).err, text("%s%s", file, place));
        proved(kind->name, PROOF_PARSE);
    }
}
END_TEST

/* The kinds that netlab has itself are those of the table of the tests. */
START_TEST (test_all_kinds) {
    const char *file = file_with("all.yaml", "namespaces: {a: {interfaces: {x: {type: none}}}}\n");
    const char *list = exits(2, "$NETLAB validate %s", file).err, *all = "";
    size_t length;

    for (const struct link_kind *kind = link_kinds; kind->name; kind++)
        if (strcmp(kind->name, "veth") != 0) /* that is a link */
            all = text("%s%s%s", all, *all ? ", " : "", kind->name);
    list = strstr(list, "the types are ");
    ck_assert_ptr_nonnull(list);
    list += strlen("the types are ");
    length = strcspn(list, ";");
    ck_assert_str_eq(text("%.*s", (int)length, list), all);
}
END_TEST

/* Plain links */

static const struct topology tagged = {
    "tagged", "namespaces:\n"
              "  a: {interfaces: {v5: {type: vlan, link: eth0, id: 5, loose-binding: true,\n"
              "       egress-qos-map: [{from: 0, to: 3}, {from: 5, to: 6}],\n"
              "       ingress-qos-map: [{from: 3, to: 9}], addresses: [10.5.0.1/24]}, eth0: "
              "{addresses: [10.0.0.1/24]}}}\n"
              "  b: {interfaces: {v5: {type: vlan, link: eth0, id: 5, addresses: [10.5.0.2/24]},\n"
              "       v6: {type: vlan, link: eth0, id: 6, addresses: [10.6.0.2/24]}}}\n"
              "links: [[a:eth0, b:eth0]]\n"};

static void look_at_tagged(void)
{
    json_t *links = ip_json("ip -n a -d -j link");

    has_text(links, "ifname=v5 linkinfo info_data id", "5");
    has_text(links, "ifname=v5 linkinfo info_data protocol", "802.1Q");
    ck_assert(json_has(json_at(links, "ifname=v5 linkinfo info_data flags"), "LOOSE_BINDING"));
    has_text(links, "ifname=v5 linkinfo info_data egress_qos from=0 to", "3");
    has_text(links, "ifname=v5 linkinfo info_data egress_qos from=5 to", "6");
    has_text(links, "ifname=v5 linkinfo info_data ingress_qos from=3 to", "9");
    ck_assert(ping("a", "10.5.0.2"));
    proved("vlan", PROOF_TRAFFIC);
}

START_TEST (test_vlan) {
    json_t *links;

    need_kind("vlan");
    cycle(&tagged, look_at_tagged);
    cycle_change(&tagged, "sed 's/loose-binding: true/gvrp: true/'", "a v5", true);
    ck_assert(json_has(json_at(ip_json("ip -n a -d -j link show v5"), "0 linkinfo info_data flags"),
                       "GVRP"));
    cycle_change(&tagged, "sed -e 's/{from: 0, to: 3}, //' -e 's/to: 6/to: 7/' -e 's/to: 9/to: 8/'",
                 "a v5", true);
    links = ip_json("ip -n a -d -j link");
    has_text(links, "ifname=v5 linkinfo info_data egress_qos from=0 to", "none");
    has_text(links, "ifname=v5 linkinfo info_data egress_qos from=5 to", "7");
    has_text(links, "ifname=v5 linkinfo info_data ingress_qos from=3 to", "8");
    cycle_change(&tagged, "sed -e '/egress-qos/d' -e 's/ingress-qos-map: .{from: 3, to: 9}., //'",
                 "a v5", true);
    cycle_change(&tagged, "sed 's/id: 6/id: 7/'", "b v6", false);
    cycle_drift(&tagged, "ip -n a link set v5 type vlan egress 0:5 7:7 ingress 3:0");
    cycle_drift(&tagged, "ip -n a link set v5 type vlan gvrp on loose_binding off");
    cycle_drift(&tagged, "ip -n b link del v5");
}
END_TEST

/* A provider's switch looks at outer tags only: customers of its VLAN 100 reach each other, in
   their own VLANs; one of VLAN 200 does not. */
static const struct topology provider = {
    "provider",
    "namespaces:\n"
    "  a: {interfaces: {s: {type: vlan, link: eth0, id: 100, protocol: 802.1ad},\n"
    "       c: {type: vlan, link: s, id: 5, addresses: [10.5.0.1/24]}}}\n"
    "  b: {interfaces: {c: {type: vlan, link: eth0, id: 5, addresses: [10.5.0.2/24]}}}\n"
    "  x: {interfaces: {c: {type: vlan, link: eth0, id: 5, addresses: [10.5.0.3/24]}}}\n"
    "  sw: {interfaces: {br0: {type: bridge, vlan-filtering: true, vlan-protocol: 802.1ad,\n"
    "       mac: '02:00:00:00:00:b0', ports: {a-eth0: {trunk: [100, 200]}, b-eth0: {access: 100},\n"
    "       x-eth0: {access: 200}}}}}\n"
    "links: [[a:eth0, sw:br0], [b:eth0, sw:br0], [x:eth0, sw:br0]]\n"};

static void look_at_provider(void)
{
    ck_assert(ping("a", "10.5.0.2"));
    ck_assert(no_ping("a", "10.5.0.3"));
    ck_assert(no_ping("b", "10.5.0.3"));
}

START_TEST (test_tag_in_tag) {
    need_kind("vlan");
    need_vlan_filtering();
    cycle(&provider, look_at_provider);
    /* with the other tag the switch sees none that it has */
    cycle_change(&provider, "sed 's/, protocol: 802.1ad//'", "a s", false);
    ck_assert(no_ping("a", "10.5.0.2"));
    cycle_drift(&provider, "ip -n sw link set br0 type bridge vlan_protocol 802.1Q");
}
END_TEST

static const struct topology wires = {
    "wires", "namespaces:\n"
             "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24], mtu: 1400, alias: left}}}\n"
             "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24], txqueuelen: 77}}}\n"
             "  sw: {interfaces: {br0: {type: bridge, ageing-time: 100s, priority: 4096,\n"
             "       addresses: [10.0.0.9/24]}}}\n"
             "links: [[a:eth0, sw:br0], [b:eth0, sw:br0]]\n"};

static void look_at_wires(void)
{
    json_t *bridge = json_at(ip_json("ip -n sw -d -j link show br0"), "0 linkinfo info_data");

    has_text(ip_json("ip -n a -d -j link show eth0"), "0 linkinfo info_kind", "veth");
    has_text(ip_json("ip -n a -d -j link show eth0"), "0 mtu", "1400");
    has_text(bridge, "ageing_time", "10000");
    has_text(bridge, "priority", "4096");
    ck_assert(ping("a", "10.0.0.2"));
    proved("veth", PROOF_TRAFFIC);
    ck_assert(ping("a", "10.0.0.9"));
    proved("bridge", PROOF_TRAFFIC);
}

START_TEST (test_veth_and_bridge) {
    cycle(&wires, look_at_wires);
    cycle_change(&wires, "sed 's/mtu: 1400, alias: left/mtu: 1300, alias: right/'", "a eth0", true);
    has_text(ip_json("ip -n a -j link show eth0"), "0 mtu", "1300");
    cycle_change(&wires, "sed 's/ageing-time: 100s, //'", "sw br0", true);
    has_text(ip_json("ip -n sw -d -j link show br0"), "0 linkinfo info_data ageing_time", "30000");
    cycle_drift(&wires, "ip -n a link del eth0");
    cycle_drift(&wires, "ip -n sw link set br0 type bridge ageing_time 5 priority 9");
}
END_TEST

/* macvtap: the other end is a program that has opened its device. */

static const struct topology tapped = {
    "tapped", "namespaces:\n"
              "  a: {interfaces: {low: {}, tap0: {type: macvtap, link: low, mode: bridge,\n"
              "       mac: '02:00:00:00:00:77', txqueuelen: 9}}}\n"
              "  b: {interfaces: {eth0: {addresses: [10.0.0.9/24]}}}\n"
              "links: [[a:low, b:eth0]]\n"};

static int open_tap(void)
{
    const char *numbers =
        ok("ip netns exec a sh -c 'cat /sys/class/net/tap0/macvtap/*/dev' | tr : ' '").out;
    const char *path = text("%s/tap0", getenv("TMP"));
    struct ifreq request = {.ifr_name = "tap0", .ifr_flags = IFF_TAP | IFF_NO_PI};
    int back, fd;

    ok("rm -f %s; mknod %s c %s", path, path, numbers);
    back = ns_enter("a");
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) /* frames alone, without a header */
        test_fail("can not open %s", path);
    ns_leave(back);
    return fd;
}

/* Who has 10.0.0.9? Until it answers: the carrier may have come just now. */
static bool is_answered(int fd)
{
    static const unsigned char question[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,    0,  0, 0, 0, 0x77, 8, 6, 0, 1, 8, 0,  6, 4, 0,
        1,    2,    0,    0,    0,    0,    0x77, 10, 0, 0, 7, 0,    0, 0, 0, 0, 0, 10, 0, 0, 9};
    static const unsigned char answer[] = {8, 6, 0, 1, 8, 0, 6, 4, 0, 2};
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    unsigned char got[2048];

    for (int i = 0; i < 100; i++) {
        if (write(fd, question, sizeof(question)) != sizeof(question))
            test_fail("can not write a frame");
        while (poll(&ready, 1, 100) > 0)
            if (read(fd, got, sizeof(got)) >= 42 && memcmp(got + 12, answer, sizeof(answer)) == 0)
                return true;
    }
    return false;
}

static void look_at_tapped(void)
{
    int fd = open_tap();

    has_text(ip_json("ip -n a -d -j link show tap0"), "0 linkinfo info_data mode", "bridge");
    ck_assert(is_answered(fd));
    close(fd);
    proved("macvtap", PROOF_TRAFFIC);
}

START_TEST (test_macvtap) {
    need_kind("macvtap");
    cycle(&tapped, look_at_tapped);
    cycle_change(&tapped, "sed 's/mode: bridge/mode: vepa/; s/, txqueuelen: 9//'", "a tap0", true);
    has_text(ip_json("ip -n a -d -j link show tap0"), "0 linkinfo info_data mode", "vepa");
    has_text(ip_json("ip -n a -d -j link show tap0"), "0 txqlen", "500");
    cycle_drift(&tapped, "ip -n a link set tap0 type macvtap mode private");
    cycle_drift(&tapped, "ip -n a link del tap0");
}
END_TEST

Suite *aspects_suite(void)
{
    Suite *suite = suite_create("aspects");
    TCase *tcase = tcase_create("aspects"), *table = tcase_create("table");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_all_kinds);
    tcase_add_test(tcase, test_parse);
    tcase_add_test(tcase, test_vlan);
    tcase_add_test(tcase, test_tag_in_tag);
    tcase_add_test(tcase, test_veth_and_bridge);
    tcase_add_test(tcase, test_macvtap);
    suite_add_tcase(suite, tcase);
    tcase_add_unchecked_fixture(table, NULL, proof_print);
    suite_add_tcase(suite, table);
    return suite;
}
