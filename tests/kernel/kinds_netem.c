/* SPDX-License-Identifier: MIT */
/*
 * Job: netem: what tc shows, and what becomes of packets.
 *
 * Counts of what happens by chance have bounds that a right netem leaves less than once in 10^9
 * runs. Delays are only ever looked at from below: a busy machine makes them longer.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel.h"
#include "kinds_netem.h"
#include "need.h"

Suite *netem_suite(void);

static void enter(void)
{
    sandbox_enter();
    need_netem();
}

/* What tc shows of the root of an interface, as text. */
static json_t *root_of(const char *ns, const char *dev)
{
    const char *tool = ns ? text("tc -n %s", ns) : "tc";

    return json_at(json_of("%s -j qdisc show dev %s root", tool, dev), "0");
}

static const char *options_of(const char *ns, const char *dev)
{
    json_t *options = json_at(root_of(ns, dev), "options");

    if (!options)
        return "none";
    json_object_del(options, "seed"); /* random, since 6.6 */
    return text("%s", json_dumps(options, JSON_SORT_KEYS));
}

/* The interface's netem is what tc makes of these words. */
static void is_netem(const char *ns, const char *dev, const char *words)
{
    const char *wanted;

    ok("ip link add name ref type veth peer name fer && tc qdisc add dev ref root netem %s", words);
    wanted = options_of(NULL, "ref");
    ok("ip link delete ref");
    ck_assert_str_eq(json_text(root_of(ns, dev), "kind"), "netem");
    ck_assert_str_eq(options_of(ns, dev), wanted);
}

static void has_no_netem(const char *ns, const char *dev)
{
    ck_assert_str_eq(json_text(root_of(ns, dev), "kind"), "noqueue");
}

const char *lane(const char *netem)
{
    return file_with("lane.yaml",
                     text("namespaces:\n"
                          "  left: {interfaces: {eth0: {addresses: [10.0.0.1/24]%s%s}}}\n"
                          "  right: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                          "links: [[left:eth0, right:eth0]]\n",
                          netem ? ", netem: " : "", netem ? netem : ""));
}

static const struct topology all_words = {
    "words",
    "defaults: {interfaces: {netem: {delay: 1ms}}}\n"
    "namespaces:\n"
    "  host: {interfaces: {in-host: {netem: {loss: 2%}}}}\n"
    "  a:\n"
    "    interfaces:\n"
    "      lo: {netem: {delay: 1500us}}\n"
    "      every:\n"
    "        netem: {delay: 20ms, jitter: 2ms, distribution: normal, loss: 0.5%, duplicate: 1%,\n"
    "                corrupt: 0.1%, reorder: 25%, rate: 100mbit, limit: 500}\n"
    "      none: {netem: {}}\n"
    "      own: {netem: {loss: 33.3333333%}}\n"
    "      fast: {netem: {rate: 40gbit, limit: 100000}}\n"
    "      far: {netem: {delay: 1min}}\n"
    "      br0: {type: bridge, ports: [every], netem: {duplicate: 100%}}\n"
    "  b: {interfaces: {own: {alias: x}}}\n"
    "links:\n"
    "  - [a:every, b:every]\n"
    "  - [a:none, b:none]\n"
    "  - {endpoints: [a:own, b:own], netem: {delay: 5ms, jitter: 250us, distribution: pareto}}\n"
    "  - {endpoints: [a:fast, b:fast], netem: {delay: 7ms}}\n"
    "  - {endpoints: [a:far, b:far], netem: {}}\n"
    "  - [a:plug, b:plug]\n"
    "  - [b:lent, host:in-host]\n"};

static void look_at_words(void)
{
    is_netem("a", "lo", "delay 1500us");
    is_netem("a", "every",
             "delay 20ms 2ms distribution normal loss 0.5% duplicate 1% corrupt 0.1% reorder 25% "
             "rate 100mbit limit 500");
    has_no_netem("a", "none");
    is_netem("a", "own", "loss 33.3333333%");
    is_netem("a", "fast", "rate 40gbit limit 100000");
    is_netem("a", "far", "delay 60s");
    is_netem("a", "br0", "duplicate 100%");
    is_netem("a", "plug", "delay 1ms");
    is_netem("b", "every", "delay 1ms");
    is_netem("b", "none", "delay 1ms");
    is_netem("b", "own", "delay 5ms 250us distribution pareto");
    is_netem("b", "fast", "delay 7ms");
    has_no_netem("b", "far");
    is_netem("b", "lent", "delay 1ms");
    is_netem(NULL, "in-host", "loss 2%");
    ck_assert(json_has(json_at(ip_json("ip -n a -j link show every"), "0 flags"), "UP"));
    ck_assert(json_has(json_at(ip_json("ip -n b -j link show every"), "0 flags"), "UP"));
    exits(0, "$NETLAB diff $TMP/words.yaml");
    has(ok("$NETLAB up $TMP/words.yaml").out, "nothing to do");
}

START_TEST (test_words) {
    up_look_down(&all_words, look_at_words);
}
END_TEST

START_TEST (test_the_printed_script_does_the_same) {
    const char *file = topology_file(&all_words);
    const char *by_netlab;

    ok("$NETLAB plan --format ip %s >$TMP/script", file);
    ok("$NETLAB up %s", file);
    by_netlab = dump_all(DUMP_NETWORK);
    has(by_netlab, "handle=4e01: dev=every");
    ok("$NETLAB down %s", file);
    ok("sh -e $TMP/script");
    same(by_netlab, dump_all(DUMP_NETWORK));
}
END_TEST

START_TEST (test_dump_gives_it_back) {
    const char *file = topology_file(&all_words), *before;

    ok("$NETLAB up %s", file);
    before = dump_all(DUMP_NO_RANDOM | DUMP_NO_MARKS);
    ok("$NETLAB dump words >$TMP/dumped.yaml");
    has(file_text(text("%s/dumped.yaml", getenv("TMP"))), "distribution: pareto}\n");
    ok("$NETLAB diff $TMP/dumped.yaml");
    ok("$NETLAB down %s", file);
    ok("$NETLAB up $TMP/dumped.yaml");
    same(before, dump_all(DUMP_NO_RANDOM | DUMP_NO_MARKS));
}
END_TEST

/* Packets */

/* The least and the mean round trip of some packets, in milliseconds. */
static void measure(int count, const char *options, double *ret_least, double *ret_trips)
{
    char *out = strdup(ok("ip netns exec left ping -n -c %d %s 10.0.0.2", count, options).out);
    char *rest = NULL;
    int found = 0;

    *ret_least = 1e9;
    for (char *line = strtok_r(out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        const char *time = strstr(line, " time=");
        double trip = time ? strtod(time + strlen(" time="), NULL) : 0;

        if (!time)
            continue;
        if (trip < *ret_least)
            *ret_least = trip;
        if (ret_trips && found < count)
            ret_trips[found] = trip;
        found++;
    }
    ck_assert_int_eq(found, count);
    free(out);
}

START_TEST (test_delay) {
    double least;

    ok("$NETLAB up %s", lane("{delay: 150ms}"));
    measure(4, "-i 0.2", &least, NULL);
    if (least < 150)
        test_fail("a packet took %.1f ms instead of 150", least);
}
END_TEST

START_TEST (test_delay_in_both_directions) {
    double least;

    ok("$NETLAB up %s",
       file_with("both.yaml",
                 "namespaces:\n"
                 "  left: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
                 "  right: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                 "links: [{endpoints: [left:eth0, right:eth0], netem: {delay: 100ms}}]\n"));
    measure(4, "-i 0.2", &least, NULL);
    if (least < 200)
        test_fail("there and back took %.1f ms instead of 2 × 100", least);
}
END_TEST

enum {
    TRIPS = 250,
    DELAY = 300,
    JITTER = 60,
};

static int count_below(const double *trips, double limit)
{
    int count = 0;

    for (int i = 0; i < TRIPS; i++)
        count += trips[i] < limit;
    return count;
}

/*
 * What tells distributions apart is their lower end, in jitters below the delay: uniform ends at 1,
 * pareto at 2/3, normal goes on. Some must come that near to the end (ten milliseconds are the
 * step of a slow clock); with 250 packets and these limits none does once in 10^11 runs.
 */
static const struct {
    const char *name;
    double end, some_below;
} distributions[] = {
    {"uniform", DELAY - JITTER, DELAY - 0.55 * JITTER},
    {"pareto", DELAY - JITTER * 2 / 3.0, DELAY - 0.25 * JITTER},
    {"normal", 0, DELAY - 1.08 * JITTER},
    {"paretonormal", 0, DELAY - 0.5 * JITTER},
};

START_TEST (test_distribution) {
    static double trips[TRIPS];
    double least;

    ok("$NETLAB up %s", lane(text("{delay: %dms, jitter: %dms, distribution: %s}", DELAY, JITTER,
                                  distributions[_i].name)));
    measure(TRIPS, "-i 0.004", &least, trips);
    if (least < distributions[_i].end - 0.1)
        test_fail("a packet came after %.1f ms", least);
    if (count_below(trips, distributions[_i].some_below) == 0)
        test_fail("no packet came before %.1f ms", distributions[_i].some_below);
}
END_TEST

/* What ping counts: "600 packets transmitted, 421 received, +97 duplicates, 29.8% packet loss" */
static int number_before(const char *text_of, const char *word)
{
    const char *found = strstr(text_of, word);

    if (!found)
        return 0;
    while (found > text_of && found[-1] >= '0' && found[-1] <= '9')
        found--;
    return atoi(found);
}

/* Binomial(600, 0.3): mean 180, deviation 11.2; 71 are 6.3 of it. */
START_TEST (test_loss) {
    struct output output;
    int received;

    ok("$NETLAB up %s", lane("{loss: 30%}"));
    output = sh("ip netns exec left ping -n -q -f -c 600 10.0.0.2");
    received = number_before(output.out, " received");
    has(output.out, "600 packets transmitted");
    if (received < 420 - 71 || received > 420 + 71)
        test_fail("of 600 packets %d came back: %s", received, output.out);
}
END_TEST

/* Binomial(600, 0.25): mean 150, deviation 10.6; 68 are 6.4 of it. */
START_TEST (test_duplicates) {
    struct output output;
    int duplicates;

    ok("$NETLAB up %s", lane("{duplicate: 25%}"));
    output = ok("ip netns exec left ping -n -q -f -c 600 10.0.0.2");
    duplicates = number_before(output.out, " duplicates");
    if (duplicates < 150 - 68 || duplicates > 150 + 68)
        test_fail("of 600 packets %d came twice: %s", duplicates, output.out);
}
END_TEST

START_TEST (test_all_are_lost) {
    ok("$NETLAB up %s", lane("{loss: 100%}"));
    ck_assert_int_ne(sh("ip netns exec left ping -n -q -c 3 -i 0.1 -W 1 10.0.0.2").status, 0);
}
END_TEST

/* That 60 packets, one in two of which waits, come in their order happens 61 times in 2^60. */
START_TEST (test_packets_overtake) {
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(4711)};
    int from, to, last = -1, overtaken = 0, number;

    ok("$NETLAB up %s", lane("{delay: 100ms, reorder: 50%}"));
    from = ns_socket("left", AF_INET, SOCK_DGRAM);
    to = ns_socket("right", AF_INET, SOCK_DGRAM);
    inet_pton(AF_INET, "10.0.0.2", &there.sin_addr);
    ck_assert_int_eq(bind(to, (struct sockaddr *)&there, sizeof there), 0);
    for (int i = 0; i < 60; i++)
        ck_assert_int_eq(sendto(from, &i, sizeof i, 0, (struct sockaddr *)&there, sizeof there),
                         sizeof i);
    for (int i = 0; i < 60; i++) {
        ck_assert_int_eq(recv(to, &number, sizeof number, 0), sizeof number);
        overtaken += number < last;
        last = number;
    }
    ck_assert_int_gt(overtaken, 0);
    close(from);
    close(to);
}
END_TEST

/* Changes */

START_TEST (test_changed_in_place) {
    int ends[2];
    long long sent;

    ok("$NETLAB up %s", lane("{delay: 20ms, jitter: 1ms, distribution: normal, corrupt: 0.0001%, "
                             "reorder: 1%, rate: 10mbit}"));
    ck_assert(tcp_open("left", NULL, "right", "10.0.0.2", 4711, 3000, ends));
    ck_assert(tcp_pass(ends[0], ends[1], 3000));
    sent = json_number(json_of("tc -n left -s -j qdisc show dev eth0"), "0 packets");
    ck_assert_int_gt(sent, 0);
    ok("$NETLAB up %s", lane("{delay: 30ms, jitter: 2ms, distribution: normal, limit: 50}"));
    is_netem("left", "eth0", "delay 30ms 2ms limit 50");
    ck_assert_str_eq(json_text(root_of("left", "eth0"), "handle"), "4e01:");
    /* the same one: it goes on counting */
    ck_assert_int_ge(json_number(json_of("tc -n left -s -j qdisc show dev eth0"), "0 packets"),
                     sent);
    ck_assert(tcp_pass(ends[0], ends[1], 3000));
    ck_assert(tcp_pass(ends[1], ends[0], 3000));
    tcp_abort(ends);
}
END_TEST

/* Packets that wait are not lost with a change of what else there is. */
START_TEST (test_what_waits_stays) {
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(4711)};
    int from, to;
    char byte = 0;

    ok("$NETLAB up %s", lane("{delay: 3s}"));
    from = ns_socket("left", AF_INET, SOCK_DGRAM);
    to = ns_socket("right", AF_INET, SOCK_DGRAM);
    inet_pton(AF_INET, "10.0.0.2", &there.sin_addr);
    ck_assert_int_eq(bind(to, (struct sockaddr *)&there, sizeof there), 0);
    ok("ip -n left neighbor replace 10.0.0.2 dev eth0 lladdr $(ip -n right -j link show eth0 | "
       "sed 's/.*\"address\":\"\\([^\"]*\\).*/\\1/') nud permanent");
    ck_assert_int_eq(sendto(from, &byte, 1, 0, (struct sockaddr *)&there, sizeof there), 1);
    ok("$NETLAB up %s", lane("{delay: 1ms, loss: 100%}"));
    is_netem("left", "eth0", "delay 1ms loss 100%");
    ck_assert_int_eq(recv(to, &byte, 1, 0), 1);
    close(from);
    close(to);
}
END_TEST

START_TEST (test_comes_and_goes) {
    int ends[2];

    ok("$NETLAB up %s", lane(NULL));
    ck_assert(tcp_open("left", NULL, "right", "10.0.0.2", 4711, 3000, ends));
    has(ok("$NETLAB plan --format ip %s", lane("{loss: 1%}")).out,
        "tc -n left qdisc replace dev eth0 root handle 4e00: netem loss 1%\n");
    ok("$NETLAB up %s", lane("{loss: 1%}"));
    is_netem("left", "eth0", "loss 1%");
    ck_assert(tcp_pass(ends[0], ends[1], 3000));
    /* another distribution: tables can't be taken back */
    ok("$NETLAB up %s", lane("{delay: 1ms, jitter: 1us, distribution: pareto, duplicate: 1%}"));
    is_netem("left", "eth0", "delay 1ms 1us duplicate 1%");
    ck_assert_str_eq(json_text(root_of("left", "eth0"), "handle"), "4e02:");
    ok("$NETLAB up %s", lane("{delay: 1ms, jitter: 1us, duplicate: 2%}"));
    is_netem("left", "eth0", "delay 1ms 1us duplicate 2%");
    ck_assert_str_eq(json_text(root_of("left", "eth0"), "handle"), "4e00:");
    ok("$NETLAB up %s", lane(NULL));
    has_no_netem("left", "eth0");
    ck_assert(tcp_pass(ends[0], ends[1], 3000));
    tcp_abort(ends);
}
END_TEST

/* Behind netlab's back: what diff says then, and up mends it. */
START_TEST (test_drift) {
    static const struct {
        const char *command, *told;
    } drifts[] = {
        {"qdisc del dev eth0 root", "+ netem delay 10ms loss 1% to eth0 in namespace left\n"},
        {"qdisc change dev eth0 root netem delay 20ms loss 1%",
         "~ netem of eth0 in namespace left: delay is 20ms, not 10ms\n"},
        {"qdisc change dev eth0 root netem delay 10ms 5ms 25% loss 3% reorder 2% gap 4",
         "jitter is 5ms, not 0; loss is 3%, not 1%; reorder is 2%, not 0%; it has settings that no "
         "file has words for\n"},
        {"qdisc change dev eth0 root netem delay 10ms loss 1% slot 1ms 2ms",
         "left: it has settings that no file has words for\n"},
        {"qdisc change dev eth0 root netem delay 10ms loss gemodel 1% ecn",
         "it has settings that no file has words for\n"},
        {"qdisc change dev eth0 root netem delay 10ms loss 1% rate 1mbit 20 100 5",
         "rate is 1mbit, not 0bit; it has settings that no file has words for\n"},
        {"qdisc replace dev eth0 root handle 1: tbf rate 1mbit burst 10k latency 1s",
         "+ netem delay 10ms loss 1% to eth0 in namespace left\n"},
        {"qdisc replace dev eth0 root handle 1: netem loss 1%", "delay is 0, not 10ms"},
    };
    const char *file = lane("{delay: 10ms, loss: 1%}");

    ok("$NETLAB up %s", file);
    for (size_t i = 0; i < COUNT(drifts); i++) {
        test_about("%s", drifts[i].command);
        ok("tc -n left %s", drifts[i].command);
        has(exits(1, "$NETLAB diff %s", file).out, drifts[i].told);
        /* mended by hand, as the plan says, and by netlab */
        if (i % 2)
            ok("$NETLAB plan --format ip %s | sh -e", file);
        else
            ok("$NETLAB up %s", file);
        ok("$NETLAB diff %s", file);
        is_netem("left", "eth0", "delay 10ms loss 1%");
        ck_assert_str_eq(json_text(root_of("left", "eth0"), "handle"), "4e00:");
    }
}
END_TEST

START_TEST (test_others_are_left_alone) {
    const char *before, *after, *told;

    ok("$NETLAB up %s", lane(NULL));
    ok("tc -n left qdisc add dev eth0 root handle 1: netem delay 3ms 1ms 25%%");
    ok("tc -n right qdisc add dev eth0 root handle 1: tbf rate 1mbit burst 10k latency 1s");
    before = dump_all(0);
    told = ok("$NETLAB diff %s", lane(NULL)).out;
    has(told, "others: netem delay 3ms jitter 1ms of eth0 in namespace left, with settings that no "
              "file has words for\n");
    has(told, "others: qdisc tbf of eth0 in namespace right\n");
    told = ok("$NETLAB dump %s", lane(NULL)).out;
    has(told, "# eth0: of its netem, what no file has words for is left out\n");
    has(told, "# eth0: its queueing discipline is no netem\n");
    ok("$NETLAB up %s", lane(NULL));
    same(before, dump_all(0));
    /* the file has a word about left, now: there it counts, and what it made goes with it */
    ok("$NETLAB up %s", lane("{delay: 4ms}"));
    is_netem("left", "eth0", "delay 4ms");
    ck_assert_str_eq(json_text(root_of("left", "eth0"), "handle"), "4e00:");
    ck_assert_str_eq(json_text(root_of("right", "eth0"), "kind"), "tbf");
    ok("$NETLAB up %s", lane(NULL));
    has_no_netem("left", "eth0");
    after = text("%s", json_text(root_of("right", "eth0"), "kind"));
    ck_assert_str_eq(after, "tbf");
}
END_TEST

/* All is put back as it was when something else is refused: a stranger's netem, too. */
START_TEST (test_the_way_back) {
    const char *before;

    ok("$NETLAB up %s", lane("{delay: 5ms, jitter: 1ms, distribution: normal}"));
    ok("tc -n right qdisc add dev eth0 root handle 7: netem delay 3ms");
    before = dump_all(0);
    exits(3, "$NETLAB up %s",
          file_with("lane.yaml",
                    "namespaces:\n"
                    "  left: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
                    "  right: {interfaces: {eth0: {addresses: [10.0.0.2/24], netem: {loss: 1%}}},\n"
                    "          sysctls: {net/ipv4/conf/eth0/no_such_setting: 1}}\n"
                    "links: [[left:eth0, right:eth0]]\n"));
    same(before, dump_all(0));
    ok("$NETLAB diff %s", lane("{delay: 5ms, jitter: 1ms, distribution: normal}"));
}
END_TEST

/* Their tables are more than one message can hold: of a hundred ends in one namespace. */
START_TEST (test_many_distributions) {
    const char *namespaces = "", *links = "";
    json_t *all;
    int netems = 0;
    size_t i;
    json_t *qdisc;

    for (int n = 0; n < 100; n++) {
        namespaces = text("%s  h%d:\n", namespaces, n);
        links = text("%s  - [h%d:eth0, sw:br0]\n", links, n);
    }
    ok("$NETLAB up %s",
       file_with("many.yaml",
                 text("defaults: {interfaces: {netem: {delay: 1ms, jitter: 1us, distribution: "
                      "normal}}}\n"
                      "namespaces:\n  sw: {interfaces: {br0: {type: bridge}}}\n%slinks:\n%s",
                      namespaces, links)));
    all = json_of("tc -n sw -j qdisc show");
    json_array_foreach(all, i, qdisc) netems += strcmp(json_text(qdisc, "handle"), "4e01:") == 0;
    ck_assert_int_eq(netems, 101);
    ok("$NETLAB diff $TMP/many.yaml");
    ok("$NETLAB down many");
}
END_TEST

static void add_packets(TCase *tcase)
{
    tcase_add_test(tcase, test_delay);
    tcase_add_test(tcase, test_delay_in_both_directions);
    tcase_add_loop_test(tcase, test_distribution, 0, (int)COUNT(distributions));
    tcase_add_test(tcase, test_loss);
    tcase_add_test(tcase, test_duplicates);
    tcase_add_test(tcase, test_all_are_lost);
    tcase_add_test(tcase, test_packets_overtake);
}

Suite *netem_suite(void)
{
    Suite *suite = suite_create("netem");
    TCase *tcase = tcase_create("netem");

    tcase_add_checked_fixture(tcase, enter, NULL);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_words);
    tcase_add_test(tcase, test_the_printed_script_does_the_same);
    tcase_add_test(tcase, test_dump_gives_it_back);
    add_packets(tcase);
    tcase_add_test(tcase, test_changed_in_place);
    tcase_add_test(tcase, test_what_waits_stays);
    tcase_add_test(tcase, test_comes_and_goes);
    tcase_add_test(tcase, test_drift);
    tcase_add_test(tcase, test_others_are_left_alone);
    tcase_add_test(tcase, test_the_way_back);
    tcase_add_test(tcase, test_many_distributions);
    suite_add_tcase(suite, tcase);
    return suite;
}
