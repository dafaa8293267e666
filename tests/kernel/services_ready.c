/* SPDX-License-Identifier: MIT */
/*
 * Job: when services start, and when they are ready: the network is there before, and it is they
 * themselves who listen.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "services.h"

#define FIRST                                                                                      \
    "namespaces:\n"                                                                                \
    "  a:\n"                                                                                       \
    "    interfaces: {eth0: {addresses: [10.0.0.1/24, 'fd00::1/64']}}\n"                           \
    "    services:\n"                                                                              \
    "      four: {run: [ping, -nqc1, -W1, 10.0.0.2]}\n"                                            \
    "      six: {run: [ping, -nqc1, -W1, 'fd00::2']}\n"                                            \
    "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']}}}\n"                        \
    "  switch: {interfaces: {br0: {type: bridge}}}\n"                                              \
    "links: [[a:eth0, switch:br0], [b:eth0, switch:br0]]\n"

/* The first thing that it does: a packet, without a second try. */
START_TEST (test_network_is_ready) {
    static const char *const services[] = {"four", "six"};
    const char *file = file_with("s.yaml", FIRST);

    for (int round = 0; round < 5; round++) {
        ok("$NETLAB up %s", file);
        for (size_t i = 0; i < COUNT(services); i++) {
            ok("until $NETLAB logs a %s | grep -q received; do sleep 0.01; done", services[i]);
            has(ok("$NETLAB logs a %s", services[i]).out, "1 packets transmitted, 1 received");
        }
        ok("$NETLAB down s");
    }
}
END_TEST

/* A socket of ours that listens on a port of the sandbox, and nobody's service. */
static int listen_on(int type, int port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    if (type == SOCK_STREAM)
        ck_assert_int_eq(listen(fd, 1), 0);
    return fd;
}

#define IN_HOST "name: s\nnamespaces:\n  host: {services: {one: {run: %s, ready: '%s:8000'}}}\n"

/* Another's port is not that of the service: it fails of it, or never listens at all. */
START_TEST (test_stranger) {
    const char *before = dump_all(0), *err;
    int fd = listen_on(SOCK_STREAM, 8000);

    err = exits(3, "$NETLAB up %s",
                file_with("s.yaml", text(IN_HOST, "[python3, -m, http.server, 8000]", "tcp")))
              .err;
    has(err, "service one in namespace host has ended before it was ready");
    has(err, "Address already in use");
    err = exits(3, "$NETLAB up --wait=0.3 %s",
                file_with("s.yaml", text(IN_HOST, "[sleep, 1000]", "tcp")))
              .err;
    has(err, "s.yaml:3:54: error: service one in namespace host does not listen on tcp:8000 after "
             "300 ms");
    has(err, "another process listens there; it wrote nothing");
    close(fd);
    fd = listen_on(SOCK_DGRAM, 8000);
    err = exits(3, "$NETLAB up --wait=0.3 %s",
                file_with("s.yaml", text(IN_HOST, "[sleep, 1000]", "udp")))
              .err;
    has(err, "does not listen on udp:8000");
    close(fd);
    same(before, dump_all(0));
}
END_TEST

#define SERVER "python3 -m http.server 8000 --bind 10.0.0."

/* Two of one lab: the second is not ready because the first one is; on addresses of their own both
   are. */
START_TEST (test_two_on_a_port) {
    const char *before = dump_all(0), *err;

    err = exits(3, "$NETLAB up %s",
                lab_with("      one: {run: " SERVER "1, ready: 'tcp:8000'}\n"
                         "      two: {run: " SERVER "1, ready: 'tcp:8000'}\n",
                         ""))
              .err;
    has(err, "in namespace a has ended before it was ready");
    has(err, "Address already in use");
    same(before, dump_all(0));
    ok("$NETLAB up %s", lab_with("      one: {run: " SERVER "1, ready: 'tcp:8000'}\n"
                                 "      two: {run: python3 -m http.server 8000 --bind 127.0.0.1, "
                                 "ready: 'tcp:8000'}\n",
                                 ""));
    ok("$NETLAB down s");
}
END_TEST

/* Who listens is a child, in a session and a PID namespace of its own. */
START_TEST (test_child_is_ready) {
    ok("$NETLAB up --wait=20 %s",
       lab_with("      one: {ready: 'tcp:8000', run: 'setsid unshare --pid --fork sh -c "
                "\"python3 -m http.server 8000; exit\" & exit 0'}\n",
                ""));
    has(ok("ip netns exec a ss -Hlnt sport = :8000").out, ":8000");
    ck_assert_str_eq(state_of("one"), "running");
    ok("$NETLAB down s");
}
END_TEST

Suite *services_ready_suite(void)
{
    Suite *suite = suite_create("services_ready");
    TCase *tcase = tcase_create("ready");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_network_is_ready);
    tcase_add_test(tcase, test_stranger);
    tcase_add_test(tcase, test_two_on_a_port);
    tcase_add_test(tcase, test_child_is_ready);
    suite_add_tcase(suite, tcase);
    return suite;
}
