/* SPDX-License-Identifier: MIT */
/*
 * Job: services: what they get, what is seen of them, what changes start and end.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "services.h"

const char *lab_with(const char *services, const char *more)
{
    return file_with("s.yaml", text("namespaces:\n"
                                    "  a:\n"
                                    "    hostname: alpha\n"
                                    "    interfaces: {eth0: {addresses: [10.0.0.1/24]}}\n"
                                    "    services:\n%s"
                                    "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                                    "%slinks: [[a:eth0, b:eth0]]\n",
                                    services, more));
}

long nap(void)
{
    static long last;

    last = last ? last + 1 : 100000 + (long)getpid() * 10;
    return last;
}

int count_naps(long nap)
{
    return atoi(ok("grep -lazE '^%ld$' /proc/[0-9]*/cmdline 2>/dev/null | wc -l", nap).out);
}

void await_naps(long nap, int count)
{
    while (count_naps(nap) != count)
        usleep(10000);
}

int count_inits(void)
{
    return atoi(ok("for c in $(grep -lx netlab-service /proc/[0-9]*/comm 2>/dev/null); do "
                   "grep -qzx \"TMP=$TMP\" ${c%%comm}environ 2>/dev/null && echo; done | wc -l")
                    .out);
}

void services_are_gone(long nap)
{
    for (int i = 0; i < 500 && count_naps(nap); i++)
        usleep(10000);
    ck_assert_int_eq(count_naps(nap), 0);
    for (int i = 0; i < 500 && count_inits(); i++)
        usleep(10000);
    ck_assert_int_eq(count_inits(), 0);
}

static pid_t find_process(const char *pattern)
{
    return atoi(ok("for p in $(ip netns pids a); do tr '\\0' ' ' </proc/$p/cmdline 2>/dev/null | "
                   "grep -q '%s' && echo $p; done; true",
                   pattern)
                    .out);
}

pid_t process_of(const char *pattern)
{
    pid_t pid;

    while ((pid = find_process(pattern)) == 0)
        usleep(10000);
    return pid;
}

const char *state_of(const char *service)
{
    const char *state = json_text(json_of("$NETLAB status --json s"),
                                  "labs 0 namespaces name=a services name=%s state", service);

    return state ? state : "none";
}

static const char server[] = "python3 -m http.server 8000";

/* Network, host name, directory, variables, an empty input, processes and signals of its own. */
START_TEST (test_what_it_gets) {
    const char *file = lab_with(
        "      s:\n"
        "        env: {COLOUR: deep blue, NUMBER: 7}\n"
        "        run: |\n"
        "          hostname; pwd; echo $COLOUR $NUMBER $NETLAB_LAB $HAIR\n"
        "          ip -o address show eth0 | grep -o 10.0.0.1; ls /sys/class/net\n"
        "          cat; echo error >&2; grep -o 'SigIgn:.*' /proc/$$/status | grep -o '.......$'\n"
        "          echo parent $(cut -d' ' -f4 /proc/$$/stat)\n"
        "          ls -d /proc/[0-9]* | wc -l; ls /proc/self/fd | wc -l\n"
        "          exec sleep 1000\n",
        "");
    const char *log;

    ok("cd / && HAIR=brown $NETLAB up %s <$NETLAB", file);
    ok("until $NETLAB logs a s | grep -qx 4; do sleep 0.01; done");
    log = ok("$NETLAB logs a s").out;
    ck_assert_str_eq(log, text("alpha\n%s\ndeep blue 7 s brown\n10.0.0.1\neth0\nlo\nerror\n"
                               "0000000\nparent 1\n%s",
                               getenv("TMP"), strstr(log, "parent 1\n") + strlen("parent 1\n")));
    ck_assert_int_gt(process_of("^sleep 1000"), 1);
    ck_assert_str_eq(ok("readlink /proc/%d/ns/net", (int)process_of("^sleep 1000")).out,
                     text("net:[%lu]\n", ns_inode("a")));
    ok("$NETLAB down s");
}
END_TEST

/* What is ready has been seen by the kernel; up again finds nothing to do. */
START_TEST (test_ready) {
    const char *before = dump_all(0);
    const char *file =
        lab_with(text("      web: {run: %s, ready: 'tcp:8000'}\n"
                      "      dns: {run: [python3, -c, 'import socket,time; s=socket.socket("
                      "socket.AF_INET6,socket.SOCK_DGRAM); time.sleep(0.5); s.bind((\"::\",53)); "
                      "time.sleep(1000)'], ready: 'udp:53'}\n",
                      server),
                 "");
    pid_t web;

    ok("$NETLAB up %s", file);
    has(ok("ip netns exec a ss -Hlnt sport = :8000").out, ":8000");
    has(ok("ip netns exec a ss -Hlnu sport = :53").out, ":53");
    web = process_of("http.server");
    ck_assert_int_gt(web, 0);
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    ok("$NETLAB diff %s", file);
    ck_assert_int_eq(process_of("http.server"), web);
    ck_assert_str_eq(state_of("web"), "running");
    ok("$NETLAB down s");
    ck_assert_int_eq(sh("kill -0 %d", (int)web).status, 1);
    same(before, dump_all(0));
}
END_TEST

#define BOTH "      one: {run: [sleep, %ld]}\n      two: {run: sleep %ld, env: {A: %d}}\n"

/* Those that differ are started anew, the others live on, those that left the file end. */
START_TEST (test_changes) {
    long one = nap(), two = nap(), three = nap();
    pid_t pid;

    ok("$NETLAB up %s", lab_with(text(BOTH, one, two, 1), ""));
    pid = process_of(text("^sleep %ld", one));
    ck_assert_int_gt(pid, 0);
    has(exits(1, "$NETLAB diff %s", lab_with(text(BOTH, one, three, 1), "")).out,
        "~ service two in namespace a");
    ok("$NETLAB up %s", lab_with(text(BOTH, one, three, 1), ""));
    ck_assert_int_eq(count_naps(two), 0);
    await_naps(three, 1);
    ok("$NETLAB up %s", lab_with(text(BOTH, one, three, 2), ""));
    has(ok("tr '\\0' '\\n' </proc/%d/environ", (int)process_of(text("sleep %ld", three))).out,
        "\nA=2\n");
    ck_assert_int_eq(process_of(text("^sleep %ld", one)), pid);
    /* the network changes beneath it */
    ok("$NETLAB up %s", lab_with(text(BOTH, one, three, 2), "  c: {}\n"));
    ck_assert_int_eq(process_of(text("^sleep %ld", one)), pid);
    has(exits(1, "$NETLAB diff %s", lab_with(text("      one: {run: [sleep, %ld]}\n", one), ""))
            .out,
        "- service two in namespace a");
    ok("$NETLAB up %s", lab_with(text("      one: {run: [sleep, %ld]}\n", one), ""));
    ck_assert_int_eq(count_naps(three), 0);
    ck_assert_int_eq(process_of(text("^sleep %ld", one)), pid);
    ok("$NETLAB down s");
    ck_assert_int_eq(count_naps(one), 0);
}
END_TEST

/* A death is told, with how it came; the next `up` starts that one only. */
START_TEST (test_death) {
    long one = nap(), two = nap(), three = nap();
    const char *file = lab_with(text("      one: {run: [sleep, %ld]}\n"
                                     "      two: {run: sleep %ld; exit 3}\n"
                                     "      three: {run: [sleep, %ld]}\n",
                                     one, two, three),
                                "");
    json_t *services;
    pid_t pid;

    ok("$NETLAB up %s", file);
    pid = process_of(text("^sleep %ld", three));
    ok("kill -9 %d", (int)process_of(text("^sleep %ld", one)));
    ok("kill %d", (int)process_of(text("^sleep %ld", two)));
    ok("until $NETLAB status s | grep -q '2 ended'; do sleep 0.01; done");
    services = json_at(json_of("$NETLAB status --json s"), "labs 0 namespaces name=a services");
    ck_assert_str_eq(json_text(services, "name=one state"), "killed");
    ck_assert_int_eq(json_number(services, "name=one signal"), 9);
    ck_assert_str_eq(json_text(services, "name=two state"), "exited");
    ck_assert_int_eq(json_number(services, "name=two status"), 3);
    ck_assert_str_eq(json_text(services, "name=three state"), "running");
    has(ok(AS_NOBODY "$NETLAB status s").out, "exited with status 3");
    has(exits(1, "$NETLAB diff %s", file).out, "+ service one in namespace a");
    has(ok("$NETLAB up %s", file).out, "2 changes");
    await_naps(one, 1);
    await_naps(two, 1);
    ck_assert_int_eq(process_of(text("^sleep %ld", three)), pid);
    ok("$NETLAB down s");
}
END_TEST

/* A namespace that somebody took away is made anew, and its services move. */
START_TEST (test_lost_namespace) {
    long one = nap();
    const char *before = dump_all(0);
    const char *file = lab_with(text("      one: {run: [sleep, %ld]}\n", one), "");

    ok("$NETLAB up %s", file);
    ok("ip netns del a; umount /run/netlab/s/ns/a; rm /run/netlab/s/ns/a");
    ok("$NETLAB up %s", file);
    ck_assert_int_eq(count_naps(one), 1);
    ck_assert_int_gt(process_of(text("^sleep %ld", one)), 0);
    ok("$NETLAB down s");
    ck_assert_int_eq(count_naps(one), 0);
    same(before, dump_all(0));
}
END_TEST

#define MORE                                                                                       \
    "  host: {services: {one: {run: [sleep, %ld]}}}\n"                                             \
    "  their: {attach: {name: theirs}, services: {two: {run: [sleep, %ld]}}}\n"

/* In the host and in a namespace of others; out of a namespace that leaves the file. */
START_TEST (test_elsewhere) {
    long one = nap(), two = nap(), three = nap();
    const char *before;

    ok("ip netns add theirs");
    before = dump_all(0);
    ok("$NETLAB up %s",
       lab_with(text("      three: {run: [sleep, %ld]}\n", three), text(MORE, one, two)));
    ck_assert_str_eq(ok("ip netns pids theirs | xargs -I{} cat /proc/{}/comm | sort").out,
                     "netlab-service\nsleep\n");
    ck_assert_int_eq(count_naps(one), 1);
    ok("$NETLAB up --adopt - <%s",
       file_with("s2.yaml", text("name: s\nnamespaces:\n  b: {}\n%s", text(MORE, one, two))));
    ck_assert_int_eq(count_naps(one) + count_naps(two), 2);
    ck_assert_int_eq(count_naps(three), 0);
    ok("$NETLAB up --adopt - <%s", file_with("s3.yaml", "name: s\nnamespaces:\n  b: {}\n"));
    ck_assert_int_eq(count_naps(one) + count_naps(two), 0);
    ok("$NETLAB down s");
    same(before, dump_all(0));
}
END_TEST

/* What is there as a file starts the same. */
START_TEST (test_dump) {
    const char *file =
        lab_with("      one: {run: 'echo \"$A\"; exec sleep 1000', env: {A: \"b: c\"}}\n"
                 "      two: {run: [sh, -c, 'sleep 1001']}\n"
                 "      web: {run: [python3, -m, http.server, 8000], ready: 'tcp:8000'}\n",
                 "");

    ok("$NETLAB up %s", file);
    ok("$NETLAB dump s >$TMP/dump.yaml; $NETLAB diff - <$TMP/dump.yaml");
    ok("$NETLAB down s; $NETLAB up --adopt - <$TMP/dump.yaml");
    ok("$NETLAB diff %s; $NETLAB up --adopt %s | grep 'nothing to do'", file, file);
    ck_assert_str_eq(ok("$NETLAB logs a one").out, "b: c\n");
    ok("$NETLAB down s");
}
END_TEST

/* Of one, of all, as it comes, until the lab goes. */
START_TEST (test_logs) {
    const char *file =
        lab_with("      one: {run: 'echo first; read x </dev/zero & exec sleep 1000'}\n"
                 "      two: {run: 'printf \"a\\nb\"; echo c >&2; exec sleep 1000'}\n",
                 "");
    pid_t follower;

    ok("$NETLAB up %s", file);
    ok("until $NETLAB logs a | grep -q bc; do sleep 0.01; done");
    ck_assert_str_eq(ok("$NETLAB logs s:a").out, "one | first\ntwo | a\ntwo | bc\n");
    ck_assert_str_eq(ok("$NETLAB logs a two").out, "a\nbc\n");
    has(exits(3, "$NETLAB logs a three").err, "has no service three");
    has(exits(3, "$NETLAB logs b").err, "has no services");
    has(exits(3, "$NETLAB logs c").err, "no lab that is up has a namespace c");
    exits(2, "$NETLAB logs");
    exits(2, "$NETLAB logs a:b:c");
    follower = start((const char *const[]){getenv("NETLAB"), "logs", "-f", "a", "one", NULL});
    ok("until grep -q first $TMP/output; do sleep 0.01; done");
    ok("kill -9 %d", (int)process_of("^sleep 1000"));
    ok("until $NETLAB up %s | grep -q change; do sleep 0.01; done", file);
    ok("until [ $(grep -c first $TMP/output) = 2 ]; do sleep 0.01; done");
    ok("$NETLAB down s");
    ck_assert_int_eq(finish(follower), 0);
    has(exits(3, "$NETLAB logs a").err, "no lab");
}
END_TEST

Suite *services_suite(void)
{
    Suite *suite = suite_create("services");
    TCase *tcase = tcase_create("services");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_what_it_gets);
    tcase_add_test(tcase, test_ready);
    tcase_add_test(tcase, test_changes);
    tcase_add_test(tcase, test_death);
    tcase_add_test(tcase, test_lost_namespace);
    tcase_add_test(tcase, test_elsewhere);
    tcase_add_test(tcase, test_dump);
    tcase_add_test(tcase, test_logs);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {services_suite,       services_ready_suite,
                                             services_ends_suite,  services_logs_suite,
                                             services_kills_suite, NULL};

    return test_main(argc, argv, "services", suites);
}
