/* SPDX-License-Identifier: MIT */
/*
 * Job: what a person can do to a running lab with ip, bridge and sysctl, and what `up` makes of it;
 * whatever is right stays as it is.
 */
#include "mend.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const struct topology drift_lab = {
    "lab", "namespaces:\n"
           "  left:\n"
           "    forwarding: ipv4\n"
           "    interfaces:\n"
           "      eth0:\n"
           "        mac: 02:00:00:00:00:01\n"
           "        mtu: 1400\n"
           "        txqueuelen: 77\n"
           "        alias: the way to right\n"
           "        altnames:\n"
           "          - uplink\n"
           "          - a-name-that-is-longer-than-fifteen\n"
           "        addresses:\n"
           "          - 10.0.0.1/24\n"
           "          - 10.0.0.100/24\n"
           "          - fd00::1/64\n"
           "      eth1:\n"
           "        mac: 02:00:00:00:01:01\n"
           "        addresses:\n"
           "          - 10.0.1.1/24\n"
           "          - fd01::1/64\n"
           "    routes:\n"
           "      - {to: default, via: 10.0.0.2}\n"
           "      - {to: 10.9.0.0/16, via: 10.0.1.2, metric: 10}\n"
           "      - {to: 10.8.0.0/16, type: blackhole}\n"
           "      - {to: 10.7.0.0/16, via: 10.0.0.2, table: 100}\n"
           "      - {to: 10.6.0.0/16, via: 10.0.1.2, table: 100}\n"
           "      - {to: 10.5.0.0/16, via: 10.0.1.2, src: 10.0.0.100, mtu: 1300}\n"
           "      - {to: 10.4.0.0/16, nexthops: [{via: 10.0.0.2, weight: 3}, {via: 10.0.1.2}]}\n"
           "      - {to: 'fd09::/64', via: fd00::2}\n"
           "      - {to: 'fd08::/64', nexthops: [{via: fd00::2, weight: 3}, {via: fd01::2}]}\n"
           "    rules:\n"
           "      - {priority: 100, from: 10.0.0.0/24, table: 100}\n"
           "      - {priority: 200, from: 'fd00::/64', table: 100}\n"
           "    neighbors:\n"
           "      - {to: 10.0.0.9, mac: 02:00:00:00:00:09, dev: eth0}\n"
           "      - {to: 'fd00::9', mac: 02:00:00:00:00:09, dev: eth0}\n"
           "    sysctls:\n"
           "      net.ipv4.ip_default_ttl: 77\n"
           "      net.ipv4.conf.eth0.rp_filter: 2\n"
           "  right:\n"
           "    interfaces:\n"
           "      eth0: {mac: 02:00:00:00:00:02, mtu: 1400, addresses: [10.0.0.2/24, fd00::2/64]}\n"
           "      eth1: {mac: 02:00:00:00:02:01, up: false}\n"
           "  switch:\n"
           "    interfaces:\n"
           "      br0:\n"
           "        type: bridge\n"
           "        mac: 02:00:00:00:02:00\n"
           "        ageing-time: 100s\n"
           "        priority: 4096\n"
           "        addresses: [10.0.1.2/24, fd01::2/64]\n"
           "        ports:\n"
           "          p0: {isolated: true, cost: 42}\n"
           "      br1: {type: bridge}\n"
           "    routes:\n"
           "      - {to: 10.0.0.0/24, via: 10.0.1.1}\n"
           "links:\n"
           "  - [left:eth0, right:eth0]\n"
           "  - {endpoints: [left:eth1, switch:p0],\n"
           "     mac: [02:00:00:00:01:01, 02:00:00:00:02:02]}\n"
           "  - [right:eth1, switch:br0]\n"};

void drift_of(const struct topology *topology, const struct drift *drift)
{
    const char *file = topology_file(topology), *nothing = dump_all(0), *right, *who;
    struct told told = {.sign = drift->sign};
    struct differences differences;
    int holder = -1;

    told.line = drift->at ? line_of(topology->yaml, drift->at) : 0;
    memcpy(told.what, drift->what, sizeof(told.what));
    ok("$NETLAB up %s", file);
    is_right(file, 0);
    right = dump_all(drift->flags);
    who = identities();

    if (drift->held)
        holder = ns_socket(drift->held, AF_INET, SOCK_DGRAM);
    ok("set -e; %s", drift->by);
    differences = diff_of(file);
    if (!tells(&differences, &told))
        test_fail("diff must name line %d, '%c', %s:\n%s", told.line, told.sign ? told.sign : '?',
                  told.what[0], differences.text);

    ok("$NETLAB up %s", file);
    if (drift->theirs) {
        differences = diff_of(file);
        if (!tells_of_others(&differences, (const char *const[4]){drift->theirs}))
            test_fail("diff must tell that this is another's: %s:\n%s", drift->theirs,
                      differences.text);
        ok("set -e; %s", drift->remove);
    }
    is_right(file, 0);
    same_identities(who, identities(), drift->remade);
    same(right, dump_all(drift->flags));
    if (drift->held)
        close(holder);
    ok("$NETLAB down %s", file);
    same(nothing, dump_all(0));
}

/* What stays right */

/* Whatever a file can say: what `up` makes of it is right, and left alone by the next. */
START_TEST (test_what_is_right_is_left_alone) {
    const struct topology *topology = topology_number(_i);
    const char *file = topology_file(topology), *right, *namespaces;

    test_about("%s", topology->name);
    ok("$NETLAB up %s", file);
    right = dump_all(0);
    namespaces = text("%shost", ok("ls /run/netns 2>/dev/null | tr '\\n' ' '").out);
    watch(namespaces);
    is_right(file, 0);
    same(right, dump_all(0));
    nothing_happened(namespaces);
    ok("$NETLAB down %s", file);
}
END_TEST

/* The file is the one that the lab came from; its text is what it is now. */
START_TEST (test_diff_of_a_lab_by_its_name) {
    const char *file = topology_file(&drift_lab);

    ok("$NETLAB up %s && $NETLAB diff lab", file);
    ok("ip -n left address delete 10.0.0.1/24 dev eth0");
    ck_assert_str_eq(exits(1, "$NETLAB diff lab").out, exits(1, "$NETLAB diff %s", file).out);
    has(exits(1, "$NETLAB diff lab").out,
        text("%s:%d:", file, line_of(drift_lab.yaml, "10.0.0.1/24")));
    ok("$NETLAB up %s && $NETLAB diff lab && $NETLAB down lab", file);
}
END_TEST

/* `diff` only looks. */
START_TEST (test_diff_changes_nothing) {
    const char *file = topology_file(&drift_lab), *wrong;

    ok("$NETLAB up %s", file);
    ok("ip -n left link delete eth0; ip -n switch link set br0 down; rm /run/netns/right; "
       "ip -n left route delete 10.9.0.0/16; ip netns exec left sysctl -qw net.ipv4.ip_forward=0");
    wrong = dump_all(0);
    watch("left switch host");
    ck_assert_int_gt(diff_of(file).count, 4);
    same(wrong, dump_all(0));
    nothing_happened("left switch host");
    ok("$NETLAB down lab");
}
END_TEST

Suite *drift_suite(void)
{
    Suite *suite = suite_create("drift");
    TCase *tcase = tcase_create("drift");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 180);
    tcase_add_loop_test(tcase, test_what_is_right_is_left_alone, 0, topology_count());
    tcase_add_test(tcase, test_diff_of_a_lab_by_its_name);
    tcase_add_test(tcase, test_diff_changes_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
