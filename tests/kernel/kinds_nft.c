/* SPDX-License-Identifier: MIT */
/*
 * Job: nftables in netlab's own namespaces: what a ruleset does to packets, how it is replaced,
 * what is told of a bad one. What nft and the packets say counts.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "need.h"

Suite *nft_suite(void);

enum { COPY = DUMP_NETWORK | DUMP_NO_INDEX | DUMP_NO_TRACES };

/* A client, a gateway with that in it, a server that has no way back but to the gateway. */
static const char *gateway(const char *name, const char *says)
{
    return file_with(
        text("%s.yaml", name),
        text("namespaces:\n"
             "  in:\n"
             "    interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']}}\n"
             "    routes:\n"
             "      - {to: default, via: 10.0.0.1}\n"
             "      - {to: default, via: 'fd00::1'}\n"
             "  gw:\n"
             "    forwarding: true\n"
             "    interfaces:\n"
             "      eth0: {addresses: [192.168.1.1/24, 'fd01::1/64']}\n"
             "      eth1: {addresses: [10.0.0.1/24, 'fd00::1/64']}\n"
             "%s"
             "  out: {interfaces: {eth0: {addresses: [192.168.1.7/24, 'fd01::7/64']}}}\n"
             "links: [[gw:eth0, out:eth0], [gw:eth1, in:eth0]]\n",
             says));
}

static const char *ruleset(const char *ns)
{
    return ok("ip netns exec %s nft -s list ruleset", ns).out;
}

/* Whom the server sees. */
static const char *seen_by_out(const char *address)
{
    ok("ip netns exec out nft 'table inet watch { chain c { type filter hook input priority 0; "
       "ip saddr %s counter; }; }'",
       address);
    ck_assert(ping("in", "192.168.1.7"));
    return ok("ip netns exec out nft list table inet watch; ip netns exec out nft delete table "
              "inet "
              "watch")
        .out;
}

START_TEST (test_masquerade) {
    const char *file, *before;

    need_nftables("inet");
    dump_nftables();
    before = dump_all(0);
    file = gateway("masq", "    masquerade: [eth0]\n");
    ok("$NETLAB up %s", file);
    ck_assert(ping("in", "192.168.1.7"));
    ck_assert(ping("in", "fd01::7"));
    ck_assert(tcp_echo("in", "out", "192.168.1.7", 80, 10000));
    has(seen_by_out("192.168.1.1"), "packets 1 ");
    ck_assert(no_ping("out", "10.0.0.2"));
    has(ruleset("gw"), "oifname \"eth0\" masquerade");
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    file = gateway("masq", "");
    has(exits(1, "$NETLAB diff %s", file).out, "- nftables table inet netlab_masq in namespace gw");
    ok("$NETLAB up %s", file);
    ck_assert_str_eq(ruleset("gw"), "");
    ck_assert(no_ping("in", "192.168.1.7"));
    ok("$NETLAB down masq");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_port_forward) {
    const char *file;

    need_nftables("inet");
    file = gateway("dnat", "    port-forward:\n"
                           "      - {tcp: 80, to: '10.0.0.2:8080', dev: eth0}\n"
                           "      - {tcp: 81-89, udp: 53, to: 10.0.0.2}\n"
                           "      - {tcp: 80, to: '[fd00::2]:8080'}\n");
    ok("$NETLAB up %s", file);
    ck_assert(tcp_forwarded("out", "192.168.1.1", 80, "in", "10.0.0.2", 8080, 10000));
    ck_assert(tcp_forwarded("out", "192.168.1.1", 83, "in", "10.0.0.2", 83, 10000));
    ck_assert(tcp_forwarded("out", "fd01::1", 80, "in", "fd00::2", 8080, 10000));
    /* neither what is for another machine, nor what the gateway itself sends */
    ok("ip -n out route add 10.0.0.0/24 via 192.168.1.1");
    ck_assert(tcp_echo("out", "in", "10.0.0.2", 80, 10000));
    ck_assert(tcp_echo("in", "out", "192.168.1.7", 80, 10000));
    ck_assert(tcp_echo("gw", "gw", "192.168.1.1", 80, 10000));
    has(ruleset("gw"), "udp dport 53 dnat ip to 10.0.0.2\n");
    ok("ip -n out route delete 10.0.0.0/24");
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    ok("$NETLAB down dnat");
}
END_TEST

/* A firewall that lets in begin connections, and out answer. */
#define FIREWALL                                                                                   \
    "    nftables: |\n"                                                                            \
    "      # in may begin\n"                                                                       \
    "      table inet fw {\n"                                                                      \
    "          counter begun { }\n"                                                                \
    "          set known { type ipv4_addr; flags dynamic, timeout; timeout 1h; }\n"                \
    "          set ports { type inet_service; elements = { 80, 443 } }\n"                          \
    "          chain forward {\n"                                                                  \
    "              type filter hook forward priority 0; policy drop;\n"                            \
    "              ct state established,related accept\n"                                          \
    "              iif eth1 ct state new add @known { ip saddr } counter name begun accept\n"      \
    "          }\n"                                                                                \
    "      }\n"                                                                                    \
    "      table bridge other { chain c { }; }\n"

#define NAT "    masquerade: [eth0]\n"

START_TEST (test_a_firewall_works_and_stays) {
    const char *file, *before, *rules;

    need_nftables("inet");
    dump_nftables();
    before = dump_all(0);
    file = gateway("fw", FIREWALL NAT);
    ok("$NETLAB up %s", file);
    ck_assert(tcp_echo("in", "out", "192.168.1.7", 80, 10000));
    ok("ip -n out route add 10.0.0.0/24 via 192.168.1.1");
    ck_assert(!tcp_forwarded("out", "10.0.0.2", 80, "in", "10.0.0.2", 80, 300));
    /* what packets and time change is no difference */
    has(ok("ip netns exec gw nft list counter inet fw begun").out, "packets 1 ");
    has(ok("ip netns exec gw nft list set inet fw known").out, "10.0.0.2 ");
    rules = ok("ip netns exec gw nft -a list ruleset").out;
    ok("ip -n out route delete 10.0.0.0/24");
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    has(ok("ip netns exec gw nft list counter inet fw begun").out, "packets 1 ");
    ck_assert_str_ne(rules, "");
    ok("$NETLAB down fw");
    same(before, dump_all(0));
}
END_TEST

/* What somebody does to the rules; what `diff` says of it, at that line. */
static const struct {
    const char *by, *says;
} drifts[] = {
    {"flush chain inet fw forward",
     ":14:18: ~ nftables of namespace gw: table inet fw has '}', not "
     "'ct state established,related accept'"},
    {"add rule inet fw forward drop", "table inet fw has 'drop', not '}'"},
    {"delete table inet fw", ":14:18: ~ nftables of namespace gw: table inet fw is missing"},
    {"delete element inet fw ports { 80 }",
     "has 'elements = { 443 }', not 'elements = { 80, 443 }'"},
    {"add chain inet fw mine", "table inet fw has"},
    {"delete table inet netlab_drift", ": + nftables table inet netlab_drift in namespace gw"},
    {"flush ruleset", "inet fw, bridge other, inet netlab_drift in namespace gw"},
    {"chain inet fw forward { policy accept; }", "policy accept;'"},
};

START_TEST (test_drift_is_told_and_mended) {
    const char *file, *before, *rest;

    need_nftables("inet");
    file = gateway("drift", FIREWALL NAT);
    ok("$NETLAB up %s", file);
    dump_nftables();
    before = dump_all(0);
    ok("ip netns exec gw nft '%s'", drifts[_i].by);
    has(exits(1, "$NETLAB diff %s", file).out, drifts[_i].says);
    rest = json_text(json_of("$NETLAB diff --json %s || true", file), "differences 0 object");
    ck_assert_str_eq(rest, "nftables");
    has(ok("$NETLAB up %s", file).out, "1 change");
    same(before, dump_all(0));
    ck_assert(tcp_echo("in", "out", "192.168.1.7", 80, 10000));
}
END_TEST

START_TEST (test_tables_of_others_are_told_and_left) {
    const char *file;

    need_nftables("inet");
    file = gateway("theirs", NAT);
    ok("$NETLAB up %s", file);
    ok("ip netns exec gw nft 'table ip mine { chain c { counter; }; }; add table inet fw'");
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out,
                     "others: nftables table ip mine in namespace gw\n"
                     "others: nftables table inet fw in namespace gw\n");
    ck_assert_str_eq(json_text(json_of("$NETLAB diff --json %s", file), "others 0 object"),
                     "nftables");
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    /* a lab without rules sees them, too; and what it defines itself becomes its own */
    ok("$NETLAB up %s", gateway("theirs", ""));
    has(ruleset("gw"), "table ip mine");
    ok("$NETLAB up %s", gateway("theirs", FIREWALL));
    has(ruleset("gw"), "table ip mine");
    has(ruleset("gw"), "policy drop");
    ok("$NETLAB up %s", gateway("theirs", ""));
    has_not(ruleset("gw"), "table inet fw");
    has(ruleset("gw"), "table ip mine");
    ok("$NETLAB down theirs");
}
END_TEST

/* One part changes: the other keeps its counters, connections go on. */
START_TEST (test_replaced_while_a_connection_lives) {
    const char *file, *more = "    port-forward: [{tcp: 80, to: 10.0.0.2}]\n";
    int ends[2];

    need_nftables("inet");
    ok("$NETLAB up %s", gateway("live", FIREWALL NAT));
    ck_assert(tcp_open("in", NULL, "out", "192.168.1.7", 80, 10000, ends));
    ck_assert(tcp_pass(ends[0], ends[1], 10000));
    file = gateway("live", text("%s%s%s", FIREWALL, NAT, more));
    has(ok("$NETLAB plan %s", file).out, "replace nftables table inet netlab_live in namespace gw");
    ok("$NETLAB plan --format ip %s >$TMP/script && sh -e $TMP/script", file);
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    ok("$NETLAB up %s", file);
    ck_assert(tcp_pass(ends[0], ends[1], 10000));
    has(ok("ip netns exec gw nft list counter inet fw begun").out, "packets 1 ");
    /* the firewall itself: it drops nothing that is established meanwhile */
    for (int i = 0; i < 20; i++) {
        ok("$NETLAB up %s",
           gateway("live", i % 2 ? FIREWALL NAT
                                 : FIREWALL "      # a comment\n"
                                            "      table inet fw { chain more { }; }\n" NAT));
        ck_assert(tcp_pass(ends[i % 2], ends[!(i % 2)], 10000));
    }
    ck_assert_str_eq(ok("$NETLAB diff %s", gateway("live", FIREWALL NAT)).out, "");
    tcp_abort(ends);
    ok("$NETLAB down live");
}
END_TEST

/* A socket of the server's that datagrams to a port come out at. */
static int receiver(int port)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = ns_socket("out", AF_INET, SOCK_DGRAM | SOCK_NONBLOCK);

    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&own, sizeof own), 0);
    return fd;
}

static int received(int fd)
{
    int count = 0;
    char byte;

    while (recv(fd, &byte, 1, 0) >= 0)
        count++;
    return count;
}

enum { FORBIDDEN = 9, ALLOWED = 11, FLOOD = 64 };

/* A process that sends without end to a port that must not be reached, and now and then to one that
   may be. */
static pid_t flood(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    int fd = ns_socket("in", AF_INET, SOCK_DGRAM);
    pid_t pid = fork();

    ck_assert_int_eq(inet_pton(AF_INET, "192.168.1.7", &to.sin_addr), 1);
    for (unsigned i = 0; pid == 0; i++) {
        to.sin_port = htons(i % FLOOD ? FORBIDDEN : ALLOWED);
        (void)sendto(fd, "", 1, 0, (const struct sockaddr *)&to, sizeof to);
    }
    close(fd);
    ck_assert_int_gt(pid, 0);
    return pid;
}

static const char *guarded(const char *with)
{
    return gateway("guard", text("    nftables: |\n"
                                 "      table inet fw {\n"
                                 "        chain forward {\n"
                                 "          type filter hook forward priority 0;\n"
                                 "          udp dport { 9%s } drop\n"
                                 "        }\n"
                                 "      }\n" NAT,
                                 with));
}

/* Packets that the one ruleset drops and the other as well: there is no time between them. */
START_TEST (test_replaced_at_once) {
    int forbidden, allowed;
    pid_t sender;

    need_nftables("inet");
    ok("$NETLAB up %s", guarded(""));
    ck_assert(ping("in", "192.168.1.7"));
    forbidden = receiver(FORBIDDEN);
    allowed = receiver(ALLOWED);
    sender = flood();
    for (int i = 0; i < 50; i++) {
        test_about("change %d", i);
        has(ok("$NETLAB up %s", guarded(i % 2 ? "" : ", 10")).out, "1 change");
        ck_assert_int_eq(received(forbidden), 0);
        while (!received(allowed)) /* it goes on */
            ck_assert_int_eq(waitpid(sender, NULL, WNOHANG), 0);
    }
    kill(sender, SIGKILL);
    ck_assert_int_eq(waitpid(sender, NULL, 0), sender);
    ok("$NETLAB down guard");
}
END_TEST

/* A comment, other blanks: the same rules. */
START_TEST (test_another_text_of_the_same_rules) {
    const char *file;

    need_nftables("inet");
    ok("$NETLAB up %s",
       gateway("same", "    nftables: 'table inet t { chain c { tcp dport 80 accept; }; }'\n"));
    file = gateway("same", "    nftables: |\n"
                           "      table inet t {\n"
                           "        chain c { tcp dport 443 accept # the web\n"
                           "        }\n"
                           "      }\n");
    has(exits(1, "$NETLAB diff %s", file).out, "tcp dport 80 accept', not 'tcp dport 443 accept'");
    file = gateway("same", "    nftables: |\n"
                           "      add table inet t\n"
                           "      add chain inet t c\n"
                           "      add rule inet t c tcp dport 80 accept # the web\n"
                           "      add table inet gone; delete table inet gone\n");
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    ok("$NETLAB up %s", gateway("same", ""));
    ck_assert_str_eq(ruleset("gw"), "");
    ok("$NETLAB down same");
}
END_TEST

/* An interface that is made anew has another number, which rules may go by. */
START_TEST (test_rules_follow_interfaces) {
    const char *file;

    need_nftables("inet");
    file = gateway("follow", FIREWALL NAT);
    ok("$NETLAB up %s", file);
    ok("ip -n gw link delete eth1");
    ok("$NETLAB up %s", file);
    has(ruleset("gw"), "iif \"eth1\" ct state new");
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    ck_assert(tcp_echo("in", "out", "192.168.1.7", 80, 10000));
    ok("$NETLAB down follow");
}
END_TEST

static const char *const families[] = {
    "table ip t { chain c { type filter hook input priority 0; icmp type echo-request drop; }; }",
    "table ip6 t { chain c { type filter hook input priority 0; icmpv6 type echo-request drop; }; "
    "}",
    "table inet t { chain c { type filter hook input priority 0; "
    "meta l4proto { icmp, ipv6-icmp } drop; }; }",
    "table arp t { chain c { type filter hook input priority 0; arp operation request drop; }; }",
    "table netdev t { chain c { type filter hook ingress device eth0 priority 0; drop; }; }",
};

/* What of each family comes through. */
START_TEST (test_families) {
    const char *name = text("family%d", _i), *file;

    need_nftables("inet");
    file = file_with(text("%s.yaml", name),
                     text("namespaces:\n"
                          "  a:\n"
                          "    interfaces: {eth0: {addresses: [10.0.0.1/24, 'fd00::1/64']}}\n"
                          "    nftables: '%s'\n"
                          "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']}}}\n"
                          "links: [[a:eth0, b:eth0]]\n",
                          families[_i]));
    ok("$NETLAB up %s", file);
    ck_assert(_i == 1 ? ping("b", "10.0.0.1") : no_ping("b", "10.0.0.1"));
    ck_assert(_i == 0 || _i == 3 ? ping("b", "fd00::1") : no_ping("b", "fd00::1"));
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    ok("$NETLAB dump %s >$TMP/dump.yaml && $NETLAB diff - <$TMP/dump.yaml", name);
    ok("$NETLAB down %s", name);
}
END_TEST

/* Bridge: who may talk to whom is told on layer 2. */
START_TEST (test_bridge_family) {
    const char *file;

    need_nftables("bridge");
    file =
        file_with("layer2.yaml", "namespaces:\n"
                                 "  sw:\n"
                                 "    interfaces: {br0: {type: bridge}}\n"
                                 "    nftables: |\n"
                                 "      table bridge fw {\n"
                                 "          chain forward {\n"
                                 "              type filter hook forward priority 0; policy drop;\n"
                                 "              ether type arp accept\n"
                                 "              iifname \"a-eth0\" oifname \"b-eth0\" accept\n"
                                 "              iifname \"b-eth0\" oifname \"a-eth0\" accept\n"
                                 "          }\n"
                                 "      }\n"
                                 "  a: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
                                 "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                                 "  c: {interfaces: {eth0: {addresses: [10.0.0.3/24]}}}\n"
                                 "links: [[a:eth0, sw:br0], [b:eth0, sw:br0], [c:eth0, sw:br0]]\n");
    ok("$NETLAB up %s", file);
    ck_assert(ping("a", "10.0.0.2"));
    ck_assert(no_ping("a", "10.0.0.3"));
    has(ok("ip -n a neighbor show 10.0.0.3").out, "lladdr"); /* ARP passes */
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    ok("$NETLAB down layer2");
}
END_TEST

START_TEST (test_dump_and_script_make_the_same) {
    const char *file, *before, *by_file;

    need_nftables("inet");
    dump_nftables();
    before = dump_all(DUMP_NO_RUN);
    file = gateway("copy", FIREWALL NAT "    port-forward: [{udp: 53, to: 10.0.0.2}]\n");
    ok("$NETLAB up %s", file);
    by_file = dump_all(COPY);
    ok("$NETLAB dump copy >$TMP/dump.yaml && $NETLAB diff - <$TMP/dump.yaml");
    has(file_text(text("%s/dump.yaml", getenv("TMP"))), "    nftables: |\n      table inet fw {\n");
    has(file_text(text("%s/dump.yaml", getenv("TMP"))), "    masquerade: [eth0]\n");
    has_not(file_text(text("%s/dump.yaml", getenv("TMP"))), "table inet netlab_copy");
    /* a table that somebody has changed is no longer what the shorthand says */
    ok("ip netns exec gw nft insert rule inet netlab_copy postrouting return");
    has_not(ok("$NETLAB dump copy").out, "masquerade: ");
    has(ok("$NETLAB dump copy").out, "table inet netlab_copy");
    ok("$NETLAB up %s", file);
    ok("$NETLAB plan --format ip %s >$TMP/nothing", file);
    has_not(file_text(text("%s/nothing", getenv("TMP"))), "nft");
    ok("$NETLAB down copy");
    ok("$NETLAB plan --format ip %s >$TMP/script", file);
    ok("$NETLAB up - <$TMP/dump.yaml");
    same(by_file, dump_all(COPY));
    ok("$NETLAB down copy");
    ok("sh -e $TMP/script");
    same(by_file, dump_all(COPY));
    /* … of namespaces that netlab has never heard of, too */
    ok("$NETLAB dump in gw out >$TMP/others.yaml");
    ok("for n in in gw out; do ip netns delete $n; done");
    ok("$NETLAB up - <$TMP/others.yaml");
    same(by_file, dump_all(COPY));
    ok("$NETLAB down dump");
    same(before, dump_all(DUMP_NO_RUN));
}
END_TEST

Suite *nft_suite(void)
{
    Suite *suite = suite_create("nft");
    TCase *tcase = tcase_create("nft");

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_masquerade);
    tcase_add_test(tcase, test_port_forward);
    tcase_add_test(tcase, test_a_firewall_works_and_stays);
    tcase_add_loop_test(tcase, test_drift_is_told_and_mended, 0, (int)COUNT(drifts));
    tcase_add_test(tcase, test_tables_of_others_are_told_and_left);
    tcase_add_test(tcase, test_replaced_while_a_connection_lives);
    tcase_add_test(tcase, test_replaced_at_once);
    tcase_add_test(tcase, test_another_text_of_the_same_rules);
    tcase_add_test(tcase, test_rules_follow_interfaces);
    tcase_add_loop_test(tcase, test_families, 0, (int)COUNT(families));
    tcase_add_test(tcase, test_bridge_family);
    tcase_add_test(tcase, test_dump_and_script_make_the_same);
    suite_add_tcase(suite, tcase);
    return suite;
}
