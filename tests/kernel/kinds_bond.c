/* SPDX-License-Identifier: MIT */
/*
 * Job: bond: several interfaces as one.
 */
#include <string.h>
#include <unistd.h>

#include "cycle.h"
#include "kernel.h"
#include "need.h"
#include "proof.h"

Suite *bond_suite(void);

/* Two ways to a switch; a VLAN over both. */
static const struct topology backup = {
    "backup", "namespaces:\n"
              "  a:\n"
              "    interfaces:\n"
              "      bond0: {type: bond, mode: active-backup, miimon: 50ms, updelay: 100ms,\n"
              "              downdelay: 50ms, primary: e1, primary-reselect: better,\n"
              "              num-grat-arp: 3, ports: {e0: {queue-id: 2, prio: 7}, e1: },\n"
              "              mac: '02:00:00:00:00:b0', addresses: [10.0.0.1/24, 'fd00::1/64']}\n"
              "      v5: {type: vlan, link: bond0, id: 5, addresses: [10.5.0.1/24]}\n"
              "      e0: {mac: '02:00:00:00:00:e0'}\n"
              "      e1: {mac: '02:00:00:00:00:e1'}\n"
              "  switch: {interfaces: {br0: {type: bridge, ports: [p0, p1]}}}\n"
              "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']},\n"
              "       v5: {type: vlan, link: eth0, id: 5, addresses: [10.5.0.2/24]}}}\n"
              "links: [[a:e0, switch:p0], [a:e1, switch:p1], [b:eth0, switch:br0]]\n"};

static const char *active(void)
{
    return json_text(ip_json("ip -n a -d -j link show bond0"), "0 linkinfo info_data active_slave");
}

static void look_at_backup(void)
{
    json_t *bond = json_at(ip_json("ip -n a -d -j link show bond0"), "0 linkinfo info_data");
    json_t *e0 = ip_json("ip -n a -d -j link show e0"), *e1 = ip_json("ip -n a -d -j link show e1");

    has_text(bond, "mode", "active-backup");
    has_text(bond, "miimon", "50");
    has_text(bond, "updelay", "100");
    has_text(bond, "downdelay", "50");
    has_text(bond, "primary", "e1");
    has_text(bond, "primary_reselect", "better");
    has_text(bond, "num_peer_notif", "3");
    has_text(e0, "0 master", "bond0");
    has_text(e0, "0 linkinfo info_slave_data queue_id", "2");
    has_text(e0, "0 linkinfo info_slave_data prio", "7");
    has_text(e1, "0 linkinfo info_slave_data perm_hwaddr", "02:00:00:00:00:e1");
    ck_assert_str_eq(json_text(e0, "0 address"), json_text(e1, "0 address"));
    ck_assert(ping("a", "10.0.0.2"));
    ck_assert(ping("b", "fd00::1"));
    proved("bond", PROOF_TRAFFIC);
    ck_assert(ping("a", "10.5.0.2"));
    proved("vlan", PROOF_TRAFFIC);
}

START_TEST (test_bond) {
    need_kind("bond");
    need_kind("vlan");
    cycle(&backup, look_at_backup);
}
END_TEST

/* What is under way goes on over the other port. */
START_TEST (test_bond_survives_the_loss_of_a_port) {
    const char *lost, *far;
    int ends[2];

    need_kind("bond");
    need_kind("vlan");
    ok("$NETLAB up %s", topology_file(&backup));
    ck_assert(tcp_open("a", NULL, "b", "10.0.0.2", 80, 10000, ends));
    ck_assert(tcp_pass(ends[0], ends[1], 10000));
    for (int i = 0; i < 2; i++) {
        lost = active();
        far = strcmp(lost, "e0") == 0 ? "p0" : "p1";
        ok("ip -n switch link set %s down", far);
        for (int wait = 0; wait < 100 && strcmp(active(), lost) == 0; wait++)
            usleep(50000);
        ck_assert_str_ne(active(), lost);
        ck_assert(tcp_pass(ends[0], ends[1], 10000));
        ck_assert(tcp_pass(ends[1], ends[0], 10000));
        ck_assert(ping("a", "10.0.0.2"));
        ok("ip -n switch link set %s up", far);
        /* its link has to be up for `updelay` */
        for (int wait = 0; wait < 100; wait++) {
            json_t *port = ip_json("ip -n a -d -j link show %s", lost);

            if (strcmp(json_text(port, "0 linkinfo info_slave_data mii_status"), "UP") == 0)
                break;
            usleep(50000);
        }
    }
    tcp_abort(ends);
    ok("ip -n switch link set p0 up; ip -n switch link set p1 up");
    ok("$NETLAB diff $TMP/backup.yaml");
    ok("$NETLAB down backup");
}
END_TEST

/* Every mode, with what only that one has. */
static const struct topology modes = {
    "modes",
    "namespaces:\n"
    "  a:\n"
    "    interfaces:\n"
    "      rr: {type: bond, packets-per-slave: 3, arp-interval: 100ms,\n"
    "           arp-ip-target: [10.0.9.1, 10.0.9.2], arp-all-targets: all,\n"
    "           arp-missed-max: 5, arp-validate: all, mtu: 1400}\n"
    "      ab: {type: bond, mode: 1, fail-over-mac: active, resend-igmp: 5,\n"
    "           all-slaves-active: true, ns-ip6-target: ['fd00::9', 'fd00::8'],\n"
    "           arp-interval: 1s}\n"
    "      xor: {type: bond, mode: balance-xor, xmit-hash-policy: layer3+4, miimon: 100ms,\n"
    "            peer-notify-delay: 200ms, ports: [x0, x1], mac: '02:00:00:00:00:0b'}\n"
    "      bc: {type: bond, mode: broadcast, min-links: 1}\n"
    "      ad: {type: bond, mode: 802.3ad, lacp-rate: fast, lacp-active: false,\n"
    "           ad-select: bandwidth, ad-actor-sys-prio: 77, ad-user-port-key: 9,\n"
    "           ad-actor-system: '02:00:00:00:00:ad', xmit-hash-policy: encap2+3}\n"
    "      tlb: {type: bond, mode: balance-tlb, tlb-dynamic-lb: false, lp-interval: 4s,\n"
    "            updelay: 300ms}\n"
    "      alb: {type: bond, mode: balance-alb, miimon: 20ms, up: false}\n"
    "  b: {interfaces: {xor: {type: bond, mode: balance-xor, miimon: 100ms,\n"
    "      ports: [x0, x1], mac: '02:00:00:00:01:05', addresses: [10.0.0.2/24]}}}\n"
    "links: [{endpoints: [a:x0, b:x0], mac: ['02:00:00:00:01:01', '02:00:00:00:01:02']},\n"
    "        {endpoints: [a:x1, b:x1], mac: ['02:00:00:00:01:03', '02:00:00:00:01:04']}]\n"};

static void look_at_modes(void)
{
    json_t *links = ip_json("ip -n a -d -j link");

    has_text(links, "ifname=rr linkinfo info_data mode", "balance-rr");
    has_text(links, "ifname=rr linkinfo info_data packets_per_slave", "3");
    has_text(links, "ifname=rr linkinfo info_data arp_interval", "100");
    ck_assert(json_has(json_at(links, "ifname=rr linkinfo info_data arp_ip_target"), "10.0.9.2"));
    has_text(links, "ifname=rr linkinfo info_data arp_all_targets", "all");
    has_text(links, "ifname=rr linkinfo info_data arp_validate", "all");
    has_text(links, "ifname=rr mtu", "1400");
    has_text(links, "ifname=ab linkinfo info_data mode", "active-backup");
    has_text(links, "ifname=ab linkinfo info_data fail_over_mac", "active");
    has_text(links, "ifname=ab linkinfo info_data resend_igmp", "5");
    has_text(links, "ifname=ab linkinfo info_data all_slaves_active", "1");
    has_text(links, "ifname=xor linkinfo info_data xmit_hash_policy", "layer3+4");
    has_text(links, "ifname=xor linkinfo info_data peer_notify_delay", "200");
    has_text(links, "ifname=xor address", "02:00:00:00:00:0b");
    has_text(links, "ifname=x1 address", "02:00:00:00:00:0b");
    has_text(links, "ifname=bc linkinfo info_data mode", "broadcast");
    has_text(links, "ifname=bc linkinfo info_data min_links", "1");
    has_text(links, "ifname=ad linkinfo info_data mode", "802.3ad");
    has_text(links, "ifname=ad linkinfo info_data ad_lacp_rate", "fast");
    has_text(links, "ifname=ad linkinfo info_data ad_select", "bandwidth");
    has_text(links, "ifname=ad linkinfo info_data ad_actor_sys_prio", "77");
    has_text(links, "ifname=ad linkinfo info_data ad_user_port_key", "9");
    has_text(links, "ifname=ad linkinfo info_data ad_actor_system", "02:00:00:00:00:ad");
    has_text(links, "ifname=ad linkinfo info_data miimon", "100");
    has_text(links, "ifname=tlb linkinfo info_data tlb_dynamic_lb", "0");
    has_text(links, "ifname=tlb linkinfo info_data lp_interval", "4");
    has_text(links, "ifname=alb linkinfo info_data mode", "balance-alb");
    has_text(links, "ifname=alb linkinfo info_data miimon", "20");
}

START_TEST (test_bond_modes) {
    need_kind("bond");
    cycle(&modes, look_at_modes);
}
END_TEST

START_TEST (test_bond_changes) {
    need_kind("bond");
    need_kind("vlan");
    /* with other times, without what was given, and back */
    cycle_change(&backup,
                 "sed -e 's/miimon: 50ms/miimon: 25ms/' -e 's/num-grat-arp: 3, //' "
                 "-e 's/primary: e1, primary-reselect: better,//' "
                 "-e 's/e0: .queue-id: 2, prio: 7./e0: {}/'",
                 "a bond0", true);
    has_text(ip_json("ip -n a -d -j link show bond0"), "0 linkinfo info_data updelay", "100");
    has_text(ip_json("ip -n a -d -j link show e0"), "0 linkinfo info_slave_data prio", "0");
    has_text(ip_json("ip -n a -d -j link show bond0"), "0 linkinfo info_data primary", "none");
    ck_assert(ping("a", "10.0.0.2"));
    ok("$NETLAB up %s", topology_file(&backup));
    ok("$NETLAB diff $TMP/backup.yaml");
    has_text(ip_json("ip -n a -d -j link show bond0"), "0 linkinfo info_data primary", "e1");
    /* a mode is for ever: its ports go to the next one */
    cycle_change(&backup,
                 "sed -e 's/active-backup/broadcast/' -e 's/, prio: 7//' "
                 "-e 's/primary: e1, primary-reselect: better,//'",
                 "a bond0", false);
    ck_assert(ping("a", "10.0.0.2"));
    cycle_change(&backup, "sed 's/active-backup/balance-tlb/'", "a e0", true);
    cycle_change(&backup, "sed \"s/mac: '02:00:00:00:00:e1'/mac: '02:00:00:00:00:e2'/\"", "a e1",
                 false);
    has_text(ip_json("ip -n a -d -j link show e1"), "0 linkinfo info_slave_data perm_hwaddr",
             "02:00:00:00:00:e2");
    has_text(ip_json("ip -n a -d -j link show bond0"), "0 linkinfo info_data primary", "e1");
    cycle_change(&backup, "sed 's/ports: .e0: .queue-id: 2, prio: 7., e1: ./ports: [e1]/'", "a e0",
                 true);
    has_text(ip_json("ip -n a -d -j link show e0"), "0 master", "none");
    ck_assert(ping("a", "10.0.0.2"));
    cycle_change(&modes,
                 "sed -e 's/10.0.9.1, 10.0.9.2/10.0.9.2, 10.0.9.3/' -e 's/arp-missed-max: 5, //' "
                 "-e 's/, mtu: 1400//' -e \"s/ns-ip6-target: .'fd00::9', /ns-ip6-target: [/\" "
                 "-e 's/xmit-hash-policy: layer3+4, //' -e 's/ad-actor-sys-prio: 77, //'",
                 "a rr", true);
    has_text(ip_json("ip -n a -j link show rr"), "0 mtu", "1500");
}
END_TEST

START_TEST (test_bond_drift) {
    need_kind("bond");
    need_kind("vlan");
    cycle_drift(&backup, "ip -n a link set e0 nomaster");
    cycle_drift(&backup, "ip -n a link set bond0 type bond miimon 200 resend_igmp 9");
    cycle_drift(&backup, "ip -n a link set e0 type bond_slave queue_id 5 prio 9");
    cycle_drift(&backup, "ip -n a link del bond0");
    cycle_drift(&backup, "ip -n a link del e1");
    cycle_drift(&modes, "ip -n a link set rr type bond arp_ip_target 10.0.9.9");
}
END_TEST

Suite *bond_suite(void)
{
    Suite *suite = suite_create("bond");
    TCase *tcase = tcase_create("bond");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_bond);
    tcase_add_test(tcase, test_bond_survives_the_loss_of_a_port);
    tcase_add_test(tcase, test_bond_modes);
    tcase_add_test(tcase, test_bond_changes);
    tcase_add_test(tcase, test_bond_drift);
    suite_add_tcase(suite, tcase);
    return suite;
}
