/* SPDX-License-Identifier: MIT */
/*
 * Job: netem: what rate, corrupt and limit make of datagrams. The bounds are those of
 * kinds_netem.c.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "kinds_netem.h"
#include "need.h"

Suite *netem_traffic_suite(void);

static void enter(void)
{
    sandbox_enter();
    need_netem();
}

/* Datagrams from left to right, and nothing else: no neighbour is asked for, IPv6 is silent. */
static struct flow {
    int from, to;
    struct sockaddr_in there;
} open_flow(void)
{
    struct flow flow = {.there = {.sin_family = AF_INET, .sin_port = htons(4711)}};
    struct timeval quiet = {.tv_usec = 700000};
    int room = 4 << 20;

    inet_pton(AF_INET, "10.0.0.2", &flow.there.sin_addr);
    ok("ip -n left neighbor replace 10.0.0.2 dev eth0 lladdr $(ip -n right -j link show eth0 | "
       "sed 's/.*\"address\":\"\\([^\"]*\\).*/\\1/') nud permanent");
    ok("for n in left right; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1; "
       "done; "
       "for i in $(seq 500); do tc -n left -s qdisc show dev eth0 | grep -q 'backlog 0b 0p' && "
       "exit; "
       "sleep 0.02; done; exit 1");
    flow.from = ns_socket("left", AF_INET, SOCK_DGRAM);
    flow.to = ns_socket("right", AF_INET, SOCK_DGRAM);
    ck_assert_int_eq(bind(flow.to, (struct sockaddr *)&flow.there, sizeof flow.there), 0);
    setsockopt(flow.to, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    setsockopt(flow.to, SOL_SOCKET, SO_RCVTIMEO, &quiet, sizeof quiet);
    return flow;
}

static void close_flow(struct flow *flow)
{
    close(flow->from);
    close(flow->to);
}

enum { DATAGRAM = 1000, ON_WIRE = DATAGRAM + 8 + 20 + 14 };

static void send_some(const struct flow *flow, int count)
{
    char bytes[DATAGRAM];

    memset(bytes, 'x', sizeof bytes);
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(sendto(flow->from, bytes, sizeof bytes, 0,
                                (const struct sockaddr *)&flow->there, sizeof flow->there),
                         DATAGRAM);
}

/* How many come, until all have or none does any more; each is as it was sent. */
static int receive_some(const struct flow *flow, int count)
{
    char bytes[DATAGRAM + 1];
    int received = 0;

    while (received < count) {
        ssize_t got = recv(flow->to, bytes, sizeof bytes, 0);

        if (got < 0)
            break;
        ck_assert_int_eq(got, DATAGRAM);
        ck_assert_uint_eq(strspn(bytes, "x"), DATAGRAM);
        received++;
    }
    return received;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/*
 * So many bytes take their time, never less (5 % are for the clocks' steps). A busy machine makes
 * it longer: of some tries one is not eight times as long, as it would be if bits were taken for
 * bytes.
 */
START_TEST (test_rate) {
    const double due = 30.0 * ON_WIRE * 8 / 800e3;
    double least = 1e9;
    struct flow flow;

    ok("$NETLAB up %s", lane("{rate: 800kbit}"));
    flow = open_flow();
    for (int try = 0; try < 5 && least > 4 * due; try++) {
        double begin = seconds(), took;

        send_some(&flow, 30);
        ck_assert_int_eq(receive_some(&flow, 30), 30);
        took = seconds() - begin;
        if (took < 0.95 * due)
            test_fail("30 datagrams took %.3f s, less than %.3f", took, due);
        least = took < least ? took : least;
    }
    if (least > 4 * due)
        test_fail("30 datagrams took %.3f s, not %.3f", least, due);
    close_flow(&flow);
}
END_TEST

/* How many the receiver has found to be wrong. */
static int bad_checksums(void)
{
    return atoi(ok("ip netns exec right awk '$1 == \"Udp:\" && !at { for (i = 2; i <= NF; i++) "
                   "if ($i == \"InCsumErrors\") at = i; next } $1 == \"Udp:\" { print $at }' "
                   "/proc/net/snmp")
                    .out);
}

/*
 * One bit of each is wrong, which checksums find, unless it is one of the 6 bytes that tell the
 * sender's link-layer address: Binomial(200, 0.006), of which 20 are more than will ever be.
 */
START_TEST (test_corrupt) {
    struct flow flow;
    int received;

    ok("$NETLAB up %s", lane("{corrupt: 100%}"));
    flow = open_flow();
    send_some(&flow, 200);
    received = receive_some(&flow, 200);
    if (received > 20)
        test_fail("%d of 200 came through as they were", received);
    ck_assert_int_gt(bad_checksums(), 150);
    ok("$NETLAB up %s", lane("{corrupt: 0%}"));
    send_some(&flow, 50);
    ck_assert_int_eq(receive_some(&flow, 50), 50);
    close_flow(&flow);
}
END_TEST

/* There is room for one while it waits: the others of a burst are dropped. */
START_TEST (test_limit) {
    struct flow flow;
    double begin;
    int received, most;

    ok("$NETLAB up %s", lane("{delay: 500ms, limit: 1}"));
    flow = open_flow();
    begin = seconds();
    send_some(&flow, 20);
    most = 1 + (int)((seconds() - begin) / 0.5);
    received = receive_some(&flow, 20);
    if (received < 1 || received > most)
        test_fail("%d of 20 came through, not 1 to %d", received, most);
    ok("$NETLAB up %s", lane("{delay: 500ms, limit: 100}"));
    send_some(&flow, 20);
    ck_assert_int_eq(receive_some(&flow, 20), 20);
    close_flow(&flow);
}
END_TEST

Suite *netem_traffic_suite(void)
{
    Suite *suite = suite_create("netem_traffic");
    TCase *tcase = tcase_create("netem_traffic");

    tcase_add_checked_fixture(tcase, enter, NULL);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_rate);
    tcase_add_test(tcase, test_corrupt);
    tcase_add_test(tcase, test_limit);
    suite_add_tcase(suite, tcase);
    return suite;
}
