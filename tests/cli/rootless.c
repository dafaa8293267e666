/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of `netlab up --rootless`: labs in sandboxes that stay. Each as root and as a user who
 * may nothing.
 */
#include "run_test.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* What the kernel has of sandboxes that stay. */
#define REGISTERED "grep -c '@netlab/' /proc/net/unix"

static void nothing_left(void)
{
    nobody_left();
    /* a process that is killed loses its environment first, and its sockets then */
    ok("for i in $(seq 500); do [ $(" REGISTERED ") = 0 ] && exit; sleep 0.01; done; exit 1");
}

START_TEST (stays_until_down) {
    const char *before = dump_all(0);

    run_as(_i);
    has(ok("$AS $NETLAB up --rootless duo.yaml").out, "lab duo is up: 2 namespaces, 1 link in ");
    same(before, dump_all(0));
    ok("$AS $NETLAB exec left ping -c 1 -W 9 10.0.0.2");
    ck_assert_str_eq(ok("$AS $NETLAB exec duo:right -- sh -c 'hostname; ls /sys/class/net; pwd;"
                        "echo $NETLAB_LAB:$NETLAB_NS'")
                         .out,
                     text("right\neth0\nlo\n%s\nduo:right\n", getenv("TMP")));
    has(ok("$AS $NETLAB down duo.yaml").out, "lab duo is down: 2 namespaces, 1 link in ");
    nothing_left();
    same(before, dump_all(0));
}
END_TEST

START_TEST (tells_its_state) {
    json_t *json;

    run_as(_i);
    ok("$NETLAB up -q duo.yaml; sed s/duo/own/ duo.yaml >own.yaml; chmod 644 own.yaml;"
       "$AS $NETLAB up -q --rootless own.yaml");
    json = json_of("$AS $NETLAB status --json");
    ck_assert_int_eq(json_size(json_at(json, "labs")), 2);
    ck_assert(json_on(json, "labs name=own rootless"));
    ck_assert(!json_on(json, "labs name=duo rootless"));
    ck_assert_str_eq(json_text(json, "labs name=own state"), "up");
    ck_assert_str_eq(json_text(json, "labs name=own file"), text("%s/own.yaml", getenv("TMP")));
    has(ok("$AS $NETLAB status own").out, "  rootless\n  left\n    eth0  ");
    has_not(ok("$AS $NETLAB status duo").out, "rootless");
    ok("$NETLAB down -q duo");
    ck_assert_str_eq(ok("$AS $NETLAB down --all").out, "lab own is down\n");
    ck_assert_str_eq(ok("$AS $NETLAB status").out, "no lab is up\n");
    nothing_left();
}
END_TEST

START_TEST (converges) {
    run_as(_i);
    ok("$AS $NETLAB up -q --rootless duo.yaml");
    ok("$AS $NETLAB diff duo.yaml && $AS $NETLAB exec left ip link set eth0 mtu 1400");
    has(exits(1, "$AS $NETLAB diff duo").out, "mtu is 1400, not 1500");
    has(ok("$AS $NETLAB up --rootless duo.yaml").out, "1 change in ");
    has(ok("$AS $NETLAB up --rootless duo.yaml").out, "nothing to do");
    has(ok("$AS $NETLAB dump duo").out, "name: duo\n");
    has(ok("$AS $NETLAB plan duo.yaml").out, "lab duo: 0 steps\n");
    ok("$AS $NETLAB down -q duo");
    nothing_left();
}
END_TEST

START_TEST (is_tested_live) {
    run_as(_i);
    ok("(cat duo.yaml; echo 'tests: [ping: {from: left, to: 10.0.0.2}]') >tested.yaml; "
       "chmod 644 tested.yaml; $AS $NETLAB up -q --rootless tested.yaml");
    has(ok("$AS $NETLAB test --live tested.yaml").out, "ok 1 ");
    ok("$AS $NETLAB exec left ip link set eth0 down");
    has(exits(1, "$AS $NETLAB test --live duo").out, "not ok 1 ");
    has(ok("$AS $NETLAB test tested.yaml").out, "ok 1 ");
    ok("$AS $NETLAB down -q duo");
    nothing_left();
}
END_TEST

START_TEST (passes_on_what_exec_does) {
    run_as(_i);
    ok("$AS $NETLAB up -q --rootless duo.yaml");
    exits(42, "$AS $NETLAB exec left sh -c 'exit 42'");
    exits(127, "PATH=/usr/bin:/bin $AS $NETLAB exec left nosuchcommand");
    exits(125, "$AS $NETLAB exec middle true");
    exits(125, "$AS $NETLAB exec duo:middle true");
    ck_assert_str_eq(ok("echo in | $AS $NETLAB exec left cat").out, "in\n");
    ck_assert_int_eq(sh("exec $AS $NETLAB exec left sh -c 'kill -9 $$'").status, 128 + 9);
    exits(6, "env --default-signal $AS $NETLAB exec left -- sh -c 'trap \"exit 6\" USR1; "
             "touch ready; while :; do sleep 0.01; done' & run=$!; "
             "until test -e ready; do sleep 0.01; done; kill -USR1 $run; wait $run");
    ok("$AS $NETLAB down -q duo");
    nothing_left();
}
END_TEST

START_TEST (names_are_each_lab_s_own) {
    run_as(_i);
    ok("sed s/duo/two/ duo.yaml >two.yaml; chmod 644 two.yaml; $AS $NETLAB up -q --rootless "
       "duo.yaml; $AS $NETLAB up -q --rootless two.yaml");
    has(exits(125, "$AS $NETLAB exec left true").err,
        "error: labs duo and two both have a namespace left\n      = say which: duo:left\n");
    ck_assert_str_eq(ok("$AS $NETLAB exec two:left printenv NETLAB_LAB").out, "two\n");
    ok("$AS $NETLAB down -q two.yaml");
    ok("$AS $NETLAB exec left true");
    ok("$AS $NETLAB down -q --all");
    nothing_left();
}
END_TEST

START_TEST (has_shells) {
    static const char *const shells[] = {"/bin/bash", "/bin/sh"};
    struct output output;

    run_as(_i % WHO);
    ok("$AS $NETLAB up -q --rootless duo.yaml");
    output = on_terminal("[duo:left] ",
                         "hostname; sleep 2 &\nfg && echo b''ack\nexit 5\n"
                         "typed\n",
                         "SHELL=%s $AS $NETLAB shell left; echo status $?; read x; echo got $x",
                         shells[_i / WHO]);
    has(output.out, "left\r\n");
    has(output.out, "back\r\n");
    has(output.out, "status 5\r\n");
    has(output.out, "got typed\r\n"); /* the terminal is the caller's again */
    ok("$AS $NETLAB down -q duo");
    nothing_left();
}
END_TEST

/* Its number on the machine. */
static int keeper(void)
{
    pid_t pids[MARKED_MAX];

    marked_processes(pids);
    for (int i = 0; pids[i]; i++)
        if (strcmp(file_text(text("/proc/%d/comm", (int)pids[i])), "netlab-keeper\n") == 0)
            return (int)pids[i];
    test_fail("there is none");
}

START_TEST (ends_with_its_first_process) {
    static const char *const ways[] = {"kill -9", "kill -TERM"};

    run_as(_i % WHO);
    ok("$AS $NETLAB up -q --rootless duo.yaml; ($AS $NETLAB exec left sleep 1000; echo $? >status) "
       ">/dev/null 2>&1 & until $AS $NETLAB exec duo:host pgrep -x sleep; do sleep 0.01; done");
    ok("%s %d", ways[_i / WHO], keeper());
    nothing_left();
    ok("until test -s status; do sleep 0.01; done");
    ck_assert_str_eq(file_text("status"), "137\n");
    exits(125, "$AS $NETLAB exec left true");
    exits(1, "$AS $NETLAB status duo");
    ok("$AS $NETLAB up -q --rootless duo.yaml && $AS $NETLAB down -q duo");
    nothing_left();
}
END_TEST

/* As what `exec` runs on the machine is netlab's own process. */
START_TEST (exec_s_command_dies_with_it) {
    run_as(_i);
    ok("$AS $NETLAB up -q --rootless duo.yaml");
    ok("$AS $NETLAB exec left sleep 1000 >/dev/null 2>&1 & run=$!; "
       "until $AS $NETLAB exec duo:host pgrep -x sleep; do sleep 0.01; done; kill -9 $run; "
       "while $AS $NETLAB exec duo:host pgrep -x sleep; do sleep 0.01; done");
    ok("$AS $NETLAB down -q duo");
    nothing_left();
}
END_TEST

START_TEST (takes_nothing_of_the_caller_s) {
    run_as(_i);
    /* this ends when nobody has the pipe any more */
    has(ok("$AS $NETLAB up --rootless duo.yaml 2>&1 | cat").out, "lab duo is up");
    ck_assert_str_eq(ok("$AS $NETLAB exec duo:host -- sh -c 'readlink /proc/1/cwd /proc/1/fd/0 "
                        "/proc/1/fd/1 /proc/1/fd/2; ls /proc/1/fd | wc -l; "
                        "ps -o tty= -p 1 | tr -d \" \"'")
                         .out,
                     "/\n/dev/null\n/dev/null\n/dev/null\n5\n?\n");
    ok("$AS $NETLAB down -q duo");
    nothing_left();
}
END_TEST

START_TEST (survives_its_terminal) {
    struct output output;

    run_as(_i);
    output = on_terminal(NULL, NULL, "exec $AS $NETLAB up --rootless duo.yaml");
    has(output.out, "lab duo is up");
    ck_assert_int_eq(output.status, 0);
    ok("$AS $NETLAB exec left ping -c 1 -W 9 10.0.0.2 && $AS $NETLAB down -q duo");
    nothing_left();
}
END_TEST

START_TEST (nothing_stays_of_one_that_fails) {
    run_as(_i);
    file_with("refused.yaml", "name: refused\nnamespaces:\n"
                              "  a: {sysctls: {net.ipv4.ip_default_ttl: 999}}\n");
    file_with("machine.yaml", "name: machine\nnamespaces:\n  there: {attach: {pid: 1}}\n");
    ok("chmod 644 *.yaml");
    has(exits(3, "$AS $NETLAB up --rootless refused.yaml").err, "refused.yaml:3:");
    has(exits(2, "$AS $NETLAB up --rootless machine.yaml").err,
        "machine.yaml:3:19: error: attached namespace there");
    exits(2, "$AS $NETLAB up --rootless nothing.yaml");
    nothing_left();
}
END_TEST

START_TEST (interrupted_on_its_way) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGKILL};
    int number = numbers[_i / WHO];

    run_as(_i % WHO);
    ok("chmod 644 %s", star(700));
    exits(128 + number,
          "mkfifo steps; chmod 666 steps; exec 3<>steps; "
          "env --default-signal $AS $NETLAB up -v --rootless star.yaml >steps & up=$!; "
          "read -r line <&3; kill -%d $up; cat <&3 >/dev/null & cat=$!; "
          "wait $up; status=$?; kill $cat; exit $status",
          number);
    nothing_left();
}
END_TEST

START_TEST (only_its_user_s) {
    if (geteuid() != 0)
        test_skip("there is no other user to be");
    run_as(USER);
    ok("$AS $NETLAB up -q --rootless duo.yaml");
    exits(125, "setpriv --reuid=65533 --regid=65533 --clear-groups $NETLAB exec left true");
    ck_assert_str_eq(ok("setpriv --reuid=65533 --regid=65533 --clear-groups $NETLAB status").out,
                     "no lab is up\n");
    ck_assert_str_eq(ok("$NETLAB status").out, "no lab is up\n");
    ok("$AS $NETLAB down -q duo");
    nothing_left();
}
END_TEST

/* What one is to be found by is there for all to take; who has done so is told, whether he listens
   or not. */
START_TEST (whose_name_another_user_has) {
    static const char name[] = "netlab/65534/duo";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct output output;

    if (geteuid() != 0)
        test_skip("there is no other user to be");
    run_as(USER);
    memcpy(address.sun_path + 1, name, sizeof name - 1);
    ck_assert_int_eq(
        bind(fd, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + sizeof name),
        0);
    if (_i)
        ck_assert_int_eq(listen(fd, 1), 0);
    output = exits(3, "$AS $NETLAB up --rootless --lock-timeout 3600 duo.yaml");
    has(output.err, "netlab: error: user 0 has taken the name that lab duo's sandbox is to have\n"
                    "      = it is the abstract socket @netlab/65534/duo; ");
    ck_assert_str_eq(ok("$AS $NETLAB status").out, "no lab is up\n");
    close(fd);
    ok("$AS $NETLAB up -q --rootless duo.yaml && $AS $NETLAB down -q duo");
    nothing_left();
}
END_TEST

/* The kernel counts those that nobody is in, too. */
START_TEST (leaves_no_namespaces) {
    run_as(USER);
    ok("$AS $NETLAB up -q --rootless duo.yaml; ($AS $NETLAB exec left sleep 1000) >/dev/null 2>&1 "
       "& "
       "until $AS $NETLAB exec duo:host pgrep -x sleep; do sleep 0.01; done");
    ok("kill -9 %d", keeper());
    nothing_left();
    no_namespaces_left();
    ok("$AS $NETLAB up -q --rootless duo.yaml; $AS $NETLAB down -q duo");
    nothing_left();
    no_namespaces_left();
}
END_TEST

/* To root the machine comes first. */
START_TEST (beside_one_of_the_machine) {
    run_as(ROOT);
    ok("$NETLAB up -q --rootless duo.yaml && $NETLAB up -q duo.yaml");
    ck_assert_str_eq(ok("$NETLAB exec left readlink /proc/self/ns/net").out,
                     text("net:[%lu]\n", ns_inode("left")));
    ok("$NETLAB down -q duo");
    ok("test ! -e /run/netns && $NETLAB exec left ping -c 1 -W 9 10.0.0.2 && $NETLAB down -q duo");
    nothing_left();
}
END_TEST

START_TEST (within_a_run) {
    run_as(_i);
    ok("$AS $NETLAB up -q --rootless duo.yaml");
    ok("$AS $NETLAB run duo.yaml -- sh -ec '$NETLAB down -q duo; $NETLAB up -q --rootless duo.yaml;"
       "$NETLAB exec left ping -c 1 -W 9 10.0.0.2; $NETLAB status'");
    ok("$AS $NETLAB exec left true && $AS $NETLAB down -q duo");
    nothing_left();
}
END_TEST

START_TEST (several_at_once) {
    run_as(_i);
    ok("for i in 1 2 3 4 5 6; do $AS $NETLAB up --rootless duo.yaml >out.$i 2>err.$i & done; wait;"
       "grep -l 'lab duo is up' out.* | grep -q . && $AS $NETLAB exec left ping -c 1 -W 9 "
       "10.0.0.2");
    ok("$AS $NETLAB down -q duo");
    nothing_left();
}
END_TEST

START_TEST (waits_for_another) {
    run_as(_i);
    ok("for i in 1 2 3 4 5 6; do "
       "$AS $NETLAB up --rootless --lock-timeout 60 duo.yaml >out.$i 2>&1 & all=\"$all $!\"; done; "
       "for one in $all; do wait $one || failed=1; done; test -z \"$failed\"");
    ck_assert_str_eq(ok("cat out.* | grep -c 'duo is up: 2 namespaces'").out, "1\n");
    ck_assert_str_eq(ok("cat out.* | grep -c 'duo is up: nothing to do'").out, "5\n");
    ok("$AS $NETLAB down -q duo");

    /* one that does not get any further */
    ok("chmod 644 %s; mkfifo steps; chmod 666 steps", star(700));
    ok("exec 3<>steps; $AS $NETLAB up -v --rootless star.yaml >steps & up=$!; read -r line <&3;"
       "for wait in 0 0.01; do "
       "$AS $NETLAB up --rootless --lock-timeout $wait star.yaml 2>err.$wait; test $? = 3; done;"
       "kill -9 $up; wait $up; test $? = 137");
    ck_assert_str_eq(file_text("err.0"),
                     "netlab: error: lab star is busy: another netlab is at work on it\n"
                     "      = wait until it is done with: --lock-timeout SECONDS\n");
    ck_assert_str_eq(file_text("err.0.01"),
                     "netlab: error: lab star is busy: another netlab is at work on it\n");
    nothing_left();
}
END_TEST

Suite *rootless_suite(void)
{
    Suite *suite = suite_create("rootless");
    TCase *tcase = tcase_create("rootless"), *limits = tcase_create("namespaces");

    tcase_add_checked_fixture(tcase, with_users, NULL);
    tcase_add_loop_test(tcase, stays_until_down, 0, WHO);
    tcase_add_loop_test(tcase, tells_its_state, 0, WHO);
    tcase_add_loop_test(tcase, converges, 0, WHO);
    tcase_add_loop_test(tcase, is_tested_live, 0, WHO);
    tcase_add_loop_test(tcase, passes_on_what_exec_does, 0, WHO);
    tcase_add_loop_test(tcase, has_shells, 0, WHO * 2);
    tcase_add_loop_test(tcase, names_are_each_lab_s_own, 0, WHO);
    tcase_add_loop_test(tcase, ends_with_its_first_process, 0, WHO * 2);
    tcase_add_loop_test(tcase, exec_s_command_dies_with_it, 0, WHO);
    tcase_add_loop_test(tcase, takes_nothing_of_the_caller_s, 0, WHO);
    tcase_add_loop_test(tcase, survives_its_terminal, 0, WHO);
    tcase_add_loop_test(tcase, nothing_stays_of_one_that_fails, 0, WHO);
    tcase_add_loop_test(tcase, interrupted_on_its_way, 0, WHO * 3);
    tcase_add_test(tcase, only_its_user_s);
    tcase_add_loop_test(tcase, whose_name_another_user_has, 0, 2);
    tcase_add_test(tcase, beside_one_of_the_machine);
    tcase_add_loop_test(tcase, within_a_run, 0, WHO);
    tcase_add_loop_test(tcase, several_at_once, 0, WHO);
    tcase_add_loop_test(tcase, waits_for_another, 0, WHO);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(limits, with_own_limits, NULL);
    tcase_add_test(limits, leaves_no_namespaces);
    suite_add_tcase(suite, limits);
    return suite;
}
