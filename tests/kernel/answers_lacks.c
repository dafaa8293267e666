/* SPDX-License-Identifier: MIT */
/*
 * Job: options of an older kernel, or of one that was built without some: it passes over what it
 * does not know, and does not show it. `up` says so, at the lines of all of them, before it makes
 * anything.
 *
 * The library runs in this process, and some attributes of the kernel's answers are hidden from it.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlab/netlab.h>

#include "answers.h"
#include "kernel.h"
#include "need.h"

/* Attributes of IFLA_INFO_DATA, or (port) of IFLA_INFO_SLAVE_DATA. */
static const struct hidden {
    const char *kind;
    unsigned short attribute;
    bool port;
} hidden[] = {
    {"macvlan", IFLA_MACVLAN_BC_QUEUE_LEN, false}, {"bridge", IFLA_BR_NF_CALL_IPTABLES, false},
    {"bridge", IFLA_BR_MCAST_ROUTER, false},       {"bridge", IFLA_BR_MCAST_SNOOPING, false},
    {"bond", IFLA_BOND_MISSED_MAX, false},         {"bond", IFLA_BOND_NS_IP6_TARGET, false},
    {"bond", IFLA_BOND_AD_LACP_ACTIVE, false},     {"bond", IFLA_BOND_SLAVE_PRIO, true},
};

enum { NOTHING = 0x3fff }; /* a type that nobody knows */

static struct nlattr *inside(const struct nlattr *nest, int type)
{
    return nest ? nla_find(nla_data(nest), nla_len(nest), type) : NULL;
}

static void hide(struct nlmsghdr *message)
{
    const struct nlattr *info = nlmsg_find_attr(message, sizeof(struct ifinfomsg), IFLA_LINKINFO);

    for (size_t i = 0; i < COUNT(hidden); i++) {
        bool port = hidden[i].port;
        const struct nlattr *kind = inside(info, port ? IFLA_INFO_SLAVE_KIND : IFLA_INFO_KIND);
        const struct nlattr *data = inside(info, port ? IFLA_INFO_SLAVE_DATA : IFLA_INFO_DATA);
        struct nlattr *attribute = inside(data, hidden[i].attribute);

        if (kind && attribute && strcmp(nla_data(kind), hidden[i].kind) == 0)
            attribute->nla_type = NOTHING;
    }
}

static void hide_all(void *buffer, ssize_t size)
{
    int left = (int)size;

    for (struct nlmsghdr *message = buffer; nlmsg_ok(message, left);
         message = nlmsg_next(message, &left))
        if (message->nlmsg_type == RTM_NEWLINK)
            hide(message);
}

/* What `up` says, as the command prints it. */
static const char *refused(const char *file)
{
    struct netlab_report *report = netlab_report_new();
    struct netlab_lab *lab = NULL;
    char *said = NULL;
    size_t size;
    FILE *out = open_memstream(&said, &size);
    const char *result;
    int r;

    ck_assert_int_eq(netlab_load_file(file, &lab, report), 0);
    answer_hook = hide_all;
    r = netlab_up(lab, NULL, NULL, report);
    answer_hook = NULL;
    ck_assert_int_eq(r, -EOPNOTSUPP);
    netlab_report_print(report, out, NETLAB_REPORT_TEXT);
    fclose(out);
    result = text("%s", said);
    free(said);
    netlab_report_free(report);
    netlab_lab_free(lab);
    return result;
}

static void says(const char *said, const char *place, const char *what)
{
    has(said, text("lab.yaml:%s: error: this kernel has no %s\n", place, what));
}

static const char many[] =
    "namespaces:\n"
    "  a:\n"
    "    interfaces:\n"
    "      eth0:\n"
    "      m: {type: macvlan, link: eth0, mode: bridge, bcqueuelen: 500}\n"
    "      br0: {type: bridge, nf-call-iptables: true, mcast-router: 2, ageing-time: 5s}\n"
    "      br1: {type: bridge, nf-call-iptables: false, mcast-router: 1, mcast-snooping: false}\n"
    "      m2: {type: macvlan, link: eth0, mode: bridge, bcqueuelen: 1000}\n"
    "      t: {type: nonesuch}\n"
    "  b:\n"
    "links: [[a:eth0, b:eth0]]\n";

static const char *many_with(const char *instead)
{
    const char *cut = strstr(many, "      t: ");

    return file_with("lab.yaml",
                     text("%.*s%s%s", (int)(cut - many), many, instead, strchr(cut, '\n') + 1));
}

START_TEST (test_what_is_not_shown_is_lacking) {
    const char *before = dump_all(0), *said = refused(many_with(""));

    says(said, "5:64", "'bcqueuelen' for interfaces of type macvlan");
    has(said, "Linux 5.11 and later have it");
    says(said, "6:45", "'nf-call-iptables' for interfaces of type bridge");
    has(said, "CONFIG_BRIDGE_NETFILTER provides it");
    says(said, "6:65", "'mcast-router' for interfaces of type bridge");
    has(said, "CONFIG_BRIDGE_IGMP_SNOOPING provides it");
    has_not(said, "lab.yaml:7:"); /* what it has not is off, and that is what is wanted */
    has_not(said, "lab.yaml:8:");
    same(before, dump_all(0));
}
END_TEST

/* Kinds, devices and rulesets are in the same report. */
START_TEST (test_all_is_in_one_report) {
    const char *before = dump_all(0), *said;

    ok("mkdir -p $TMP/empty && mount --bind $TMP/empty /dev/net");
    said = refused(many_with("      t: {type: tap}\n      t2: {type: tun}\n"
                             "    nftables: 'table ip x { chain y { nonesuch } }'\n"));
    has(said, "lab.yaml:9:17: error: cannot create tap t: there is no /dev/net/tun\n");
    has(said, "lab.yaml:10:18: error: cannot create tun t2: there is no /dev/net/tun\n");
    has(said, "lab.yaml:11:");
    says(said, "5:64", "'bcqueuelen' for interfaces of type macvlan");
    ok("umount /dev/net");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_a_running_lab_is_not_touched) {
    const char *file = file_with("lab.yaml", "namespaces: {a: {interfaces: {br0: {type: bridge}}}, "
                                             "b: }\nlinks: [[a:eth0, b:eth0]]\n");
    const char *before, *said;

    ok("$NETLAB up %s", file);
    before = dump_all(0);
    said = refused(many_with(""));
    says(said, "5:64", "'bcqueuelen' for interfaces of type macvlan");
    says(said, "6:45", "'nf-call-iptables' for interfaces of type bridge");
    same(before, dump_all(0));
    /* and when nothing else is to be altered */
    said = refused(file_with(
        "lab.yaml", "namespaces: {a: {interfaces: {br0: {type: bridge, mcast-router: 2}}}, "
                    "b: }\nlinks: [[a:eth0, b:eth0]]\n"));
    says(said, "1:65", "'mcast-router' for interfaces of type bridge");
    same(before, dump_all(0));
    ok("$NETLAB down lab");
}
END_TEST

START_TEST (test_nothing_hidden_is_nothing_lacking) {
    const char *file = many_with("");

    ok("$NETLAB up %s", file);
    ok("$NETLAB diff %s", file);
    ok("$NETLAB down %s", file);
}
END_TEST

START_TEST (test_bonds) {
    const char *file = file_with(
        "lab.yaml",
        "namespaces:\n"
        "  a:\n"
        "    interfaces:\n"
        "      b0: {type: bond, mode: active-backup, arp-missed-max: 3, arp-interval: 1s, "
        "arp-ip-target: [10.0.0.9],\n"
        "           ns-ip6-target: ['fd00::9'],\n"
        "           ports: {eth0: {prio: 7}}}\n"
        "      b1: {type: bond, mode: 802.3ad,\n"
        "           lacp-active: false}\n"
        "  b:\n"
        "links: [[a:eth0, b:eth0]]\n");
    const char *before, *said;

    need_kind("bond");
    before = dump_all(0);
    said = refused(file);
    says(said, "4:61", "'arp-missed-max' for interfaces of type bond");
    says(said, "5:27", "'ns-ip6-target' for interfaces of type bond");
    says(said, "6:33", "'prio' for ports of interfaces of type bond");
    says(said, "8:25", "'lacp-active' for interfaces of type bond");
    has(said, "Linux 5.15 and later have it");
    same(before, dump_all(0));
    ok("$NETLAB up %s", file);
    ok("$NETLAB diff %s", file);
    ok("$NETLAB down %s", file);
}
END_TEST

Suite *lacks_suite(void)
{
    Suite *suite = suite_create("lacks");
    TCase *tcase = tcase_create("lacks");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_what_is_not_shown_is_lacking);
    tcase_add_test(tcase, test_all_is_in_one_report);
    tcase_add_test(tcase, test_a_running_lab_is_not_touched);
    tcase_add_test(tcase, test_nothing_hidden_is_nothing_lacking);
    tcase_add_test(tcase, test_bonds);
    suite_add_tcase(suite, tcase);
    return suite;
}
