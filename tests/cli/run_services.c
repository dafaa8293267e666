/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of services in sandboxes, those that stay and those of `run`. Each as root and as a
 * user who may nothing.
 */
#include "run_test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVICES                                                                                   \
    "name: duo\n"                                                                                  \
    "namespaces:\n"                                                                                \
    "  left: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"                                   \
    "  right:\n"                                                                                   \
    "    interfaces: {eth0: {addresses: [10.0.0.2/24]}}\n"                                         \
    "    services:\n"                                                                              \
    "      web: {run: [python3, -um, http.server, 8000], ready: 'tcp:8000'}\n"                     \
    "      idle: {run: 'echo idling; exec sleep 1000'}\n"                                          \
    "links: [[left:eth0, right:eth0]]\n"

/* The lab of these files has services. */
static void with_services(void)
{
    with_users();
    file_with("duo.yaml", SERVICES);
    ok("chmod 644 duo.yaml");
}

/* The test's process that runs a program, as the machine numbers it. */
static pid_t process_of(const char *program)
{
    pid_t pids[MARKED_MAX];

    marked_processes(pids);
    for (int i = 0; pids[i]; i++)
        if (strcmp(file_text(text("/proc/%d/comm", (int)pids[i])), text("%s\n", program)) == 0)
            return pids[i];
    test_fail("nobody runs %s", program);
}

static const char *state_of(const char *service)
{
    return json_text(json_of("$AS $NETLAB status --json duo"),
                     "labs 0 namespaces name=right services name=%s state", service);
}

START_TEST (lives_in_one_that_stays) {
    const char *before = dump_all(0);

    run_as(_i);
    has(ok("$AS $NETLAB up --rootless duo.yaml").out, "2 services");
    ok("$AS $NETLAB exec left -- curl -sSf http://10.0.0.2:8000/ >/dev/null");
    ok("until $AS $NETLAB logs right web | grep -q '10.0.0.1 .*GET'; do sleep 0.01; done");
    ck_assert_str_eq(ok("$AS $NETLAB logs duo:right idle").out, "idling\n");
    has(ok("$AS $NETLAB logs right").out, "idle | idling\nweb | ");
    ck_assert_str_eq(state_of("web"), "running");
    ck_assert_str_eq(state_of("idle"), "running");
    ck_assert_int_eq(kill(process_of("sleep"), SIGKILL), 0);
    ok("until $AS $NETLAB status duo | grep -q '1 ended'; do sleep 0.01; done");
    ck_assert_str_eq(state_of("idle"), "killed");
    has(exits(1, "$AS $NETLAB diff duo.yaml").out, "+ service idle in namespace right");
    has(ok("$AS $NETLAB up --rootless duo.yaml").out, "1 change");
    ok("until [ \"$($AS $NETLAB logs right idle)\" = \"$(printf 'idling\\nidling')\" ]; do "
       "sleep 0.01; done");
    ok("$AS $NETLAB down duo");
    nobody_left();
    same(before, dump_all(0));
}
END_TEST

/* Its first process stops: the sandbox is asked and taken down all the same. */
START_TEST (is_stopped_in_one_that_stays) {
    run_as(_i);
    ok("$AS $NETLAB up -q --rootless duo.yaml");
    ck_assert_int_eq(kill(process_of("netlab-service"), SIGSTOP), 0);
    ok("for i in $(seq 70); do timeout 20 $AS $NETLAB status duo >out || exit; done; "
       "grep '2 services  ' out");
    ok("timeout 60 $AS $NETLAB down duo");
    nobody_left();
}
END_TEST

START_TEST (lives_in_run) {
    run_as(_i);
    ok("$AS $NETLAB run duo.yaml -- sh -ec '$NETLAB exec left -- curl -sSf http://10.0.0.2:8000/ "
       ">out; $NETLAB logs right idle | grep idling; $NETLAB status duo | grep \"2 services  \"; "
       "$NETLAB diff duo.yaml'");
    nobody_left();
    exits(128 + SIGKILL, "exec $AS $NETLAB run duo.yaml -- sh -c 'kill -9 $$; sleep 1000'");
    nobody_left();
}
END_TEST

#define WEB "python3 -m http.server 8000"

/* Whose a socket is can be told where /proc is the machine's, too. */
START_TEST (is_told_from_others_without_its_own_proc) {
    run_as(USER);
    ok("mount --bind /dev/null /proc/kallsyms");
    ok("$AS $NETLAB run duo.yaml -- $NETLAB exec left -- curl -sSf http://10.0.0.2:8000/");
    file_with("two.yaml", "name: two\nnamespaces:\n  a:\n    services:\n"
                          "      one: {run: " WEB ", ready: 'tcp:8000'}\n"
                          "      two: {run: 'sleep 1000', ready: 'tcp:8000'}\n");
    ok("chmod 644 two.yaml");
    has(exits(125, "$AS $NETLAB run --wait=2 two.yaml true").err,
        "two.yaml:6:39: error: service two in namespace a does not listen on tcp:8000");
    nobody_left();
}
END_TEST

Suite *run_services_suite(void)
{
    Suite *suite = suite_create("run_services");
    TCase *tcase = tcase_create("services");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, with_services, NULL);
    tcase_add_loop_test(tcase, lives_in_one_that_stays, 0, WHO);
    tcase_add_loop_test(tcase, is_stopped_in_one_that_stays, 0, WHO);
    tcase_add_loop_test(tcase, lives_in_run, 0, WHO);
    tcase_add_test(tcase, is_told_from_others_without_its_own_proc);
    suite_add_tcase(suite, tcase);
    return suite;
}
