/* SPDX-License-Identifier: MIT */
/*
 * Job: the examples of NAT, proxies and firewalls before servers.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include "examples.h"

/* S2c, S2d */

static void look_at_masquerade(void)
{
    ck_assert(ping("blue", "192.168.1.3"));
    ck_assert(ping("red", "192.168.1.3"));
    ck_assert(ping("red", "192.168.15.2"));
    ck_assert(tcp_echo("blue", "lan", "192.168.1.3", 80, 10000));
    ck_assert(no_ping("lan", "192.168.15.2"));
    has(ok("ip netns exec gateway nft list ruleset").out, "oifname \"eth0\" masquerade");
}

START_TEST (test_masquerade) {
    example("masquerade.yaml", look_at_masquerade);
}
END_TEST

/* A web server of python's whose one page is the name of its namespace. */
static pid_t serve(const char *ns, int port)
{
    const char *number = text("%d", port), *directory = text("%s/%s", getenv("TMP"), ns);
    const char *const argv[] = {"ip",      "netns",       "exec",   ns,   "python3",
                                "-m",      "http.server", "--bind", "::", "--directory",
                                directory, number,        NULL};
    pid_t pid;

    ok("mkdir -p %s && echo %s >%s/index.html", directory, ns, directory);
    pid = start(argv);
    ok("until ip netns exec %s ss -Hlnt sport = :%d | grep -q .; do sleep 0.01; done", ns, port);
    return pid;
}

static void stop(pid_t pid)
{
    kill(pid, SIGKILL);
    finish(pid);
}

#define CURL "ip netns exec %s curl -gsSf -m %d http://%s/"

/* What curl gets there; it does not get through. */
static const char *page(const char *from, const char *url)
{
    return ok(CURL, from, 10, url).out;
}

static void no_page(const char *from, const char *url)
{
    struct output output = sh(CURL, from, 1, url);

    if (output.status != 7 && output.status != 28) /* refused or unreachable; no answer */
        test_fail("%s gets %s: %d %s", from, url, output.status, output.err);
}

static void look_at_port_forward(void)
{
    pid_t server = serve("blue", 80);

    ck_assert_str_eq(page("lan", "192.168.1.2"), "blue\n");
    ck_assert_str_eq(page("lan", "[fd01::2]"), "blue\n");
    no_page("lan", "192.168.1.2:81");
    stop(server);
    ck_assert(!tcp_forwarded("lan", "192.168.1.2", 81, "blue", "192.168.15.2", 81, 500));
    has(ok("ip netns exec gateway nft list ruleset").out, "dnat");
    ck_assert(tcp_forwarded("lan", "192.168.1.2", 80, "blue", "192.168.15.2", 80, 10000));
    ck_assert(tcp_forwarded("lan", "fd01::2", 80, "blue", "fd15::2", 80, 10000));
    ck_assert(!tcp_forwarded("lan", "192.168.1.2", 81, "blue", "192.168.15.2", 81, 500));
}

START_TEST (test_port_forward) {
    example("port-forward.yaml", look_at_port_forward);
}
END_TEST

/* S4.10. Who may talk to whom is what its tests say; here the ways in are tried by other means. */

/* Each web server has every other request. */
static void look_at_balancer(void)
{
    pid_t servers[] = {serve("web1", 80), serve("web2", 80)};

    for (int i = 0; i < 2; i++)
        ck_assert_str_eq(ok("{ for i in 1 2 3 4; do ip netns exec %s curl -sSf -m 10 "
                            "http://203.0.113.1/; done; } | sort | uniq -c | tr -s ' '",
                            i ? "attacker" : "user")
                             .out,
                         " 2 web1\n 2 web2\n");
    no_page("attacker", "10.1.0.11");
    for (int i = 0; i < 2; i++)
        stop(servers[i]);
}

/* One that was taken over knows what lies behind its neighbours. */
static void look_at_web(void)
{
    pid_t service, database;

    look_at_balancer();
    service = serve("service1", 8080);
    database = serve("db1", 5432);
    ck_assert_str_eq(page("web1", "10.2.0.1:8080"), "service1\n");
    ck_assert_str_eq(page("service2", "10.3.0.11:5432"), "db1\n");
    ck_assert_str_eq(page("db3", "10.3.0.11:5432"), "db1\n");
    no_page("attacker", "10.2.0.1:8080");
    no_page("attacker", "10.3.0.11:5432");
    no_page("db1", "10.3.0.1:8080");
    no_page("web1", "10.3.0.11:5432");
    ok("ip -n web1 route add 10.3.0.0/24 via 10.2.0.1; ip -n db1 route add 10.2.0.0/24 via "
       "10.3.0.1");
    no_page("web1", "10.3.0.11:5432");
    stop(service);
    stop(database);
    ck_assert(!tcp_echo("service1", "db1", "10.3.0.11", 22, 500));
    ck_assert(no_ping("attacker", "10.1.0.11"));
    ck_assert(no_ping("web1", "10.3.0.11"));
    has(ok("ip netns exec db1 nft list ruleset").out, "policy drop");
}

/* S3's proxy. What goes through it arrives at the server from the proxy. */
static double throughput(int port)
{
    json_t *json = json_of("ip netns exec left iperf3 -J -c 10.0.0.1 -p %d -t 1", port);

    ck_assert_int_gt(json_number(json, "end sum_received bytes"), 0);
    return json_real_value(json_at(json, "end sum_received bits_per_second"));
}

static void look_at_proxy(void)
{
    double through, past;

    through = throughput(8080);
    has(ok("$NETLAB logs right server").out, "from 127.0.0.1");
    past = throughput(5201);
    has(ok("$NETLAB logs right server").out, "from 10.0.1.1");
    printf("proxy: %.2f of what goes past it\n", through / past);
    has(ok("ip netns exec right ss -Hlntp sport = :8080").out, "haproxy");
}

START_TEST (test_proxy) {
    example("proxy.yaml", look_at_proxy);
}
END_TEST

START_TEST (test_web) {
    example("web.yaml", look_at_web);
}
END_TEST

void add_web_examples(TCase *tcase)
{
    tcase_add_test(tcase, test_masquerade);
    tcase_add_test(tcase, test_port_forward);
    tcase_add_test(tcase, test_proxy);
    tcase_add_test(tcase, test_web);
}
