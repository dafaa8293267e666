/* SPDX-License-Identifier: MIT */
/*
 * Job: `tcp:` and `udp:` of a file, against listeners of our own and of netlab's.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

/* A service in a namespace: a socket that listens, or that datagrams arrive at. */
static int service(const char *ns, int domain, int type, int port)
{
    int fd = ns_socket(ns, domain, type);
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    int yes = 1;
    bool is_v4 = domain == AF_INET;

    if (!is_v4 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) < 0)
        test_fail("setsockopt");
    if (bind(fd, is_v4 ? (void *)&v4 : (void *)&v6, is_v4 ? sizeof(v4) : sizeof(v6)) < 0 ||
        (type == SOCK_STREAM && listen(fd, 16) < 0))
        test_fail("can not listen on port %d in %s", port, ns);
    return fd;
}

START_TEST (test_tcp_service) {
    int v4, v6;

    has(seen("tcp: {from: a, to: 10.0.2.1:80}"), "10.0.2.1 refuses it: nobody listens there");
    has(seen("tcp: {from: a, to: \"[fd00:2::1]:80\"}"), "fd00:2::1 refuses it");
    ck_assert(holds("tcp: {from: a, to: b:80, expect: fail}"));
    v4 = service("b", AF_INET, SOCK_STREAM, 80);
    ck_assert(holds("tcp: {from: a, to: 10.0.2.1:80}"));
    ck_assert(!holds("tcp: {from: a, to: b:80}")); /* not by IPv6 */
    ck_assert(holds("tcp: {from: a, to: b:80, family: ipv4}"));
    has(seen("tcp: {from: a, to: 10.0.2.1:80, expect: fail}"), "connected after ");
    v6 = service("b", AF_INET6, SOCK_STREAM, 80);
    ck_assert(holds("tcp: {from: [a, c, r], to: b:80}"));
    ok("ip -n r route add prohibit 10.0.2.1");
    has(seen("tcp: {from: a, to: 10.0.2.1:80}"), "10.0.1.254 says: prohibited");
    ok("ip -n r route replace blackhole 10.0.2.1");
    has(seen("tcp: {from: a, to: 10.0.2.1:80}"), "no answer; route: via 10.0.1.254");
    ck_assert(holds("tcp: {from: a, to: 10.0.2.1:80, expect: fail}"));
    close(v4);
    close(v6);
}
END_TEST

START_TEST (test_tcp_listen) {
    int fd;

    ck_assert(holds("tcp: {from: a, to: b:80, listen: b}"));
    ck_assert(holds("tcp: {from: all, to: all:80, listen: [a, b, c, r]}"));
    ck_assert(holds("tcp: {from: a, to: [b:80, c:81], listen: [b, c]}"));
    ck_assert(holds("tcp: {from: host, to: 127.0.0.1:80, listen: host}"));
    /* the wrong one of those that listen */
    has(seen("tcp: {from: a, to: 10.0.2.1:80, listen: c}"), "refuses it");
    ck_assert(!json_on(asked("  - tcp: {from: a, to: b:80, listen: b}\n"
                             "  - tcp: {from: a, to: 10.0.2.1:80, listen: c}\n"),
                       "1 ok"));
    /* nothing is left of it */
    ck_assert_str_eq(ok("for n in a b c r; do ip netns exec $n ss -Htuan; done").out, "");
    /* a service has the port: it is what is asked */
    fd = service("b", AF_INET, SOCK_STREAM, 80);
    ck_assert(holds("tcp: {from: a, to: 10.0.2.1:80, listen: b}"));
    close(fd);
    ok("ip -n r link set right down");
    ck_assert(!holds("tcp: {from: a, to: b:80, listen: b}"));
    ck_assert(holds("tcp: {from: a, to: b:80, listen: b, expect: fail}"));
}
END_TEST

#define BOTH                                                                                       \
    "  - tcp: {from: a, to: b:80, listen: b}\n"                                                    \
    "  - tcp: {from: a, to: %s, listen: c, expect: fail}\n"

/* Tests that are asked at once do not get into each other's way. */
START_TEST (test_neighbors_are_told_apart) {
    json_t *tests;
    int fd;

    ck_assert(holds("tcp: {from: a, to: 10.0.2.1:80, listen: c, expect: fail}"));
    tests = asked(BOTH, "10.0.2.1:80");
    ck_assert(json_on(tests, "0 ok"));
    ck_assert(json_on(tests, "1 ok"));
    ck_assert(!json_on(asked(BOTH, "10.0.1.2:80"), "1 ok"));
    /* somebody who only accepts is not netlab */
    fd = service("b", AF_INET, SOCK_STREAM, 81);
    ck_assert(!holds("tcp: {from: a, to: 10.0.2.1:81, listen: c, expect: fail}"));
    tests = asked(BOTH, "10.0.2.1:81");
    ck_assert(json_on(tests, "0 ok"));
    has(json_text(tests, "1 failures 0 seen"), "connected after ");
    close(fd);
}
END_TEST

/* Behind an address translation, on another port. */
START_TEST (test_translated) {
    const char *rules = file_with("nat.nft", "table ip t {\n"
                                             "  chain c {\n"
                                             "    type nat hook prerouting priority -100\n"
                                             "    tcp dport 8080 dnat to 10.0.2.1:80\n"
                                             "    udp dport 5353 dnat to 10.0.2.1:53\n"
                                             "  }\n"
                                             "}\n");

    if (sh("ip netns exec r nft -f %s", rules).status != 0)
        test_skip("no nft, or a kernel without its address translation");
    ck_assert(holds("tcp: {from: a, to: 10.0.1.254:8080, listen: b:80}"));
    ck_assert(!holds("tcp: {from: a, to: 10.0.1.254:8080, listen: b}"));
    ck_assert(!holds("tcp: {from: a, to: 10.0.1.254:8081, listen: b:80}"));
    ck_assert(holds("udp: {from: a, to: 10.0.1.254:5353, listen: b:53}"));
    ck_assert(!holds("udp: {from: a, to: 10.0.1.254:5354, listen: b:53}"));
    /* it comes out at one that is not the one that is meant */
    has(json_text(asked("  - tcp: {from: a, to: 10.0.1.254:8080, listen: r}\n"
                        "  - tcp: {from: a, to: b:80, listen: b}\n"),
                  "0 failures 0 seen"),
        "it got to b, where it was not to go");
    ck_assert(holds("tcp: {from: a, to: 10.0.1.254:8080, listen: [c, b:80]}"));
}
END_TEST

START_TEST (test_udp) {
    ck_assert(udp_once("a", "b", "10.0.2.1", 1000));
    ck_assert(holds("udp: {from: a, to: b:53, listen: b}"));
    ck_assert(holds("udp: {from: [a, b, c], to: [a:53, b:53, c:53], listen: [a, b, c]}"));
    ck_assert(!holds("udp: {from: a, to: b:53, listen: b, expect: fail}"));
    has(seen("udp: {from: a, to: 10.0.2.1:54, listen: b:53}"), "10.0.2.1 says: port unreachable");
    has(seen("udp: {from: a, to: \"[fd00:2::1]:54\", listen: b:53}"), "port unreachable");
    /* there, and not back */
    ok("ip -n b route add blackhole 10.0.1.1");
    ck_assert(udp_once("a", "b", "10.0.2.1", 1000));
    has(seen("udp: {from: a, to: 10.0.2.1:53, listen: b}"), "it got to b, but no answer came back");
    ok("ip -n r route add blackhole 10.0.2.1");
    ck_assert(!udp_once("a", "b", "10.0.2.1", 300));
    has(seen("udp: {from: a, to: 10.0.2.1:53, listen: b}"), "no answer; ");
    ck_assert(holds("udp: {from: a, to: 10.0.2.1:53, listen: b, expect: fail}"));
}
END_TEST

/* A datagram service of others: whatever it answers. */
START_TEST (test_udp_service) {
    int fd = service("b", AF_INET, SOCK_DGRAM, 53);
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    char bytes[64];
    pid_t pid = fork();

    if (pid == 0) {
        for (int i = 0; i < 2; i++)
            if (recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &size) > 0 &&
                i == 0)
                sendto(fd, "hi", 2, 0, (struct sockaddr *)&from, size);
        _exit(0);
    }
    ck_assert(holds("udp: {from: a, to: 10.0.2.1:53, listen: b}"));
    ck_assert(!holds("udp: {from: a, to: 10.0.2.1:53, listen: b}")); /* it answers once */
    ck_assert_int_eq(finish(pid), 0);
    close(fd);
}
END_TEST

/* What must not get there must not, whether an answer finds its way back or not. */
START_TEST (test_udp_arrives) {
    static const char *const test = "udp: {from: a, to: 10.0.2.1:53, listen: b, expect: fail}";

    ok("ip -n b route delete default");
    ck_assert(!holds("udp: {from: a, to: 10.0.2.1:53, listen: b}"));
    has(seen(test), "it got to b, but no answer came back");
    /* where another one listens it has not got */
    ck_assert(json_on(asked("  - udp: {from: a, to: 10.0.2.1:53, listen: c, expect: fail}\n"
                            "  - udp: {from: r, to: 10.0.2.1:53, listen: b}\n"),
                      "0 ok"));
    ok("ip -n r route add blackhole 10.0.2.1");
    ck_assert(holds(test));
    ok("ip -n r route replace prohibit 10.0.2.1");
    ck_assert(holds(test));
}
END_TEST

Suite *probe_socket_suite(void)
{
    Suite *suite = suite_create("socket");
    TCase *tcase = tcase_create("socket");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_checked_fixture(tcase, house_up, NULL);
    tcase_add_test(tcase, test_tcp_service);
    tcase_add_test(tcase, test_tcp_listen);
    tcase_add_test(tcase, test_neighbors_are_told_apart);
    tcase_add_test(tcase, test_translated);
    tcase_add_test(tcase, test_udp);
    tcase_add_test(tcase, test_udp_service);
    tcase_add_test(tcase, test_udp_arrives);
    suite_add_tcase(suite, tcase);
    return suite;
}
