/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of signals and the terminal under `netlab run`.
 */
#include "run_test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    int number;
} signals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"TERM", SIGTERM},
               {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"ALRM", SIGALRM}, {"WINCH", SIGWINCH},
               {"CONT", SIGCONT}, {"RTMIN", 34},     {"RTMAX", 64}};
enum { SIGNALS = sizeof signals / sizeof signals[0] };

/* Starts $NETLAB run … in the background, waits for the file `ready`, and does the rest. */
#define BACKGROUND(command, rest)                                                                  \
    "rm -f ready; env --default-signal $AS $NETLAB run duo.yaml -- " command " & run=$!;"          \
    "until test -e ready; do sleep 0.01; done; " rest "; wait $run"

START_TEST (passes_signals_on) {
    const char *name = signals[_i / WHO].name;

    run_as(_i % WHO);
    if (strncmp(name, "RT", 2) == 0)
        name = text("%d", signals[_i / WHO].number); /* what dash calls them */
    exits(42,
          BACKGROUND("bash -c 'trap \"echo got; exit 42\" %s; touch ready; while :; do sleep 0.01; "
                     "done'",
                     "kill -%s $run"),
          name, name);
    nobody_left();
}
END_TEST

START_TEST (ends_by_the_signal_that_ended_the_command) {
    static const int numbers[] = {SIGHUP, SIGINT, SIGKILL, SIGTERM, SIGUSR1, SIGSEGV, SIGPIPE};
    int number = numbers[_i / WHO];

    run_as(_i % WHO);
    ck_assert_int_eq(
        sh("exec env --default-signal $AS $NETLAB run duo.yaml -- sh -c 'kill -%d $$'", number)
            .status,
        128 + number);
    if (number != SIGKILL && number != SIGSEGV)
        exits(128 + number, BACKGROUND("sh -c 'touch ready; exec sleep 1000'", "kill -%d $run"),
              number);
    ck_assert_str_eq(sh("ls core* 2>/dev/null").out, "");
    nobody_left();
}
END_TEST

START_TEST (ignored_signals_stay_ignored) {
    run_as(_i);
    exits(7, "trap '' HUP TERM; $AS $NETLAB run duo.yaml -- sh -c 'touch ready; "
             "until test -e go; do sleep 0.01; done; exit 7' & "
             "until test -e ready; do sleep 0.01; done; kill -HUP $!; kill -TERM $!; touch go; "
             "wait $!");
}
END_TEST

/* A status that nobody can wait for is none. */
START_TEST (works_where_children_are_ignored) {
    run_as(_i);
    exits(7, "exec env --ignore-signal=CHLD $AS $NETLAB run duo.yaml -- sh -c 'exit 7'");
    ck_assert_str_eq(ok("exec env --ignore-signal=CHLD $AS $NETLAB run duo.yaml -- grep SigIgn "
                        "/proc/self/status")
                         .out,
                     ok("exec env --ignore-signal=CHLD grep SigIgn /proc/self/status").out);
}
END_TEST

START_TEST (works_with_signals_blocked) {
    run_as(_i);
    exits(7, "exec env --block-signal $AS $NETLAB run duo.yaml -- sh -c 'exit 7'");
}
END_TEST

START_TEST (interrupted_on_its_way_up) {
    /* netlab writes steps to a pipe that nobody reads, so it does not get any further */
    run_as(_i);
    ok("chmod 644 %s", star(700));
    exits(128 + SIGTERM, "mkfifo steps; chmod 666 steps; exec 3<>steps; "
                         "env --default-signal $AS $NETLAB run -v star.yaml -- touch ran 2>steps & "
                         "read -r line <&3; kill -TERM $!; wait $!");
    ck_assert_int_ne(access("ran", F_OK), 0);
    nobody_left();
}
END_TEST

START_TEST (has_the_terminal) {
    const char *out;

    run_as(_i);
    out = on_terminal("ready", "typed\n",
                      "$AS $NETLAB run duo.yaml -- sh -c 'test -t 0 && test -t 1 && test -t 2 && "
                      "echo ready && read x </dev/tty && echo got $x'")
              .out;
    has(out, "got typed\r\n");
}
END_TEST

START_TEST (gets_ctrl_c_once) {
    struct output output;

    run_as(_i);
    output = on_terminal("ready", "\003",
                         "exec $AS $NETLAB run duo.yaml -- bash -c 'trap \"n=\\$((n + 1))\" INT; "
                         "echo ready; while test -z \"$n\"; do sleep 0.1; done; sleep 0.2; "
                         "echo $n times; exit 6'");
    has(output.out, "1 times\r\n");
    ck_assert_int_eq(output.status, 6);
    output = on_terminal("ready", "\003",
                         "exec $AS $NETLAB run duo.yaml -- sh -c 'echo ready; exec sleep 1000'");
    ck_assert_int_eq(output.status, 128 + SIGINT);
    nobody_left();
}
END_TEST

/* As a shell's job: it is stopped as a whole, and goes on where it was. */
START_TEST (is_stopped_by_ctrl_z) {
    struct output output;

    run_as(_i);
    output = on_terminal("ready", "\032typed\n",
                         "set -m; $AS $NETLAB run duo.yaml -- sh -c 'echo ready; read x; "
                         "echo got $x; exit 4'; echo status $?; fg; exit $?");
    has(output.out, text("status %d\r\n", 128 + SIGTSTP));
    has(output.out, "got typed\r\n");
    ck_assert_int_eq(output.status, 4);
}
END_TEST

START_TEST (is_not_stopped_where_nobody_continues_it) {
    struct output output;

    run_as(_i);
    output =
        on_terminal("ready", "\032typed\n",
                    "exec $AS $NETLAB run duo.yaml -- sh -c 'echo ready; read x; echo got $x'");
    has(output.out, "got typed\r\n");
    ck_assert_int_eq(output.status, 0);
}
END_TEST

START_TEST (has_shells_with_job_control) {
    struct output output;

    run_as(_i);
    output = on_terminal("$ ", "sleep 2 &\nfg && echo b''ack\nexit 3\n",
                         "echo; PS1='$ ' exec $AS $NETLAB run duo.yaml -- bash --norc -i");
    has(output.out, "back\r\n");
    has_not(output.out, "no job control");
    ck_assert_int_eq(output.status, 3);
    nobody_left();
}
END_TEST

START_TEST (gives_the_terminal_back) {
    struct output output;

    run_as(_i);
    /* bash takes the terminal for a group of its own, which is gone with it */
    output = on_terminal("ready", "typed\n",
                         "$AS $NETLAB run duo.yaml -- bash -ic 'bash -ic true; kill -9 $$'; "
                         "echo ready; read x && echo got $x");
    has(output.out, "got typed\r\n");
}
END_TEST

Suite *run_signals_suite(void)
{
    Suite *suite = suite_create("run_signals");
    TCase *tcase = tcase_create("run_signals");

    tcase_add_checked_fixture(tcase, with_users, NULL);
    tcase_add_loop_test(tcase, passes_signals_on, 0, WHO * SIGNALS);
    tcase_add_loop_test(tcase, ends_by_the_signal_that_ended_the_command, 0, WHO * 7);
    tcase_add_loop_test(tcase, ignored_signals_stay_ignored, 0, WHO);
    tcase_add_loop_test(tcase, works_where_children_are_ignored, 0, WHO);
    tcase_add_loop_test(tcase, works_with_signals_blocked, 0, WHO);
    tcase_add_loop_test(tcase, interrupted_on_its_way_up, 0, WHO);
    tcase_add_loop_test(tcase, has_the_terminal, 0, WHO);
    tcase_add_loop_test(tcase, gets_ctrl_c_once, 0, WHO);
    tcase_add_loop_test(tcase, is_stopped_by_ctrl_z, 0, WHO);
    tcase_add_loop_test(tcase, is_not_stopped_where_nobody_continues_it, 0, WHO);
    tcase_add_loop_test(tcase, has_shells_with_job_control, 0, WHO);
    tcase_add_loop_test(tcase, gives_the_terminal_back, 0, WHO);
    suite_add_tcase(suite, tcase);
    return suite;
}
