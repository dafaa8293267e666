/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of signals in the middle of up and down: what was begun is taken back or finished,
 * and the parent sees the signal.
 *
 * The middle is found by reading the first line of -v: the lab is so big that netlab then blocks
 * on the pipe, which nobody reads until the signal is sent.
 */
#include "cli_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BIG = 700 };

/* Start netlab VERB -v WHAT; ret_pipe: its standard output, from which one line was read. */
static pid_t start(const char *verb, const char *what, const char *err, int *ret_pipe)
{
    char byte = 0;
    int fds[2];
    pid_t pid;

    if (pipe(fds) < 0 || fcntl(fds[1], F_SETPIPE_SZ, 4096) < 0)
        test_fail("pipe: %s", strerror(errno));
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        if (!freopen(err, "w", stderr))
            _exit(127);
        execlp(getenv("NETLAB"), "netlab", verb, "-v", what, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    *ret_pipe = fds[0];
    while (byte != '\n')
        if (read(fds[0], &byte, 1) != 1)
            test_fail("%s has ended: %s", verb, file_text(err));
    return pid;
}

/* Read the rest and wait for the end; the status as wait(2) gives it. */
static int finish(pid_t pid, int pipe)
{
    char bytes[4096];
    int status;

    while (read(pipe, bytes, sizeof bytes) > 0)
        ;
    close(pipe);
    if (waitpid(pid, &status, 0) != pid)
        test_fail("waitpid: %s", strerror(errno));
    return status;
}

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

START_TEST (up_is_taken_back) {
    const char *before = dump_all(0), *err = text("%s/err", getenv("TMP"));
    int number = numbers[_i], pipe, status;
    pid_t pid;

    star(BIG);
    pid = start("up", "star.yaml", err, &pipe);
    kill(pid, number);
    status = finish(pid, pipe);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != number)
        test_fail("status %#x: %s", (unsigned)status, file_text(err));
    has(file_text(err), "lab star");
    same(before, dump_all(0));
    ck_assert_str_eq(ok("$NETLAB down star").out, "lab star is not up\n");
}
END_TEST

START_TEST (impatience_does_not_stop_it) {
    const char *before = dump_all(0);
    int pipe, status;
    pid_t pid;

    star(BIG);
    pid = start("up", "star.yaml", "err", &pipe);
    for (int i = 0; i < 20; i++) {
        kill(pid, numbers[i % 3]);
        usleep(1000);
    }
    status = finish(pid, pipe);
    ck_assert(WIFSIGNALED(status));
    same(before, dump_all(0));
}
END_TEST

START_TEST (ignored_signals_stay_ignored) {
    int pipe, status;
    pid_t pid;

    star(BIG);
    signal(SIGHUP, SIG_IGN); /* as nohup(1) does */
    signal(SIGINT, SIG_IGN);
    pid = start("up", "star.yaml", "err", &pipe);
    kill(pid, SIGHUP);
    kill(pid, SIGINT);
    status = finish(pid, pipe);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ok("$NETLAB status star");
}
END_TEST

START_TEST (blocked_signals_do_no_harm) {
    int pipe, status;
    sigset_t set;
    pid_t pid;

    star(BIG);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pid = start("up", "star.yaml", "err", &pipe);
    kill(pid, SIGTERM);
    status = finish(pid, pipe);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST (down_is_finished) {
    const char *before = dump_all(0);
    int pipe, status;
    pid_t pid;

    ok("$NETLAB up -q %s", star(BIG));
    pid = start("down", "star.yaml", "err", &pipe);
    kill(pid, numbers[_i]);
    kill(pid, numbers[_i]);
    status = finish(pid, pipe);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    same(before, dump_all(0));
}
END_TEST

START_TEST (down_all_ends_after_the_lab_at_hand) {
    int pipe, status;
    pid_t pid;

    file_with("zzz.yaml", "name: zzz\nnamespaces:\n  z:\n");
    ok("$NETLAB up -q zzz.yaml && $NETLAB up -q %s", star(BIG));
    pid = start("down", "--all", "err", &pipe);
    kill(pid, SIGINT);
    status = finish(pid, pipe);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    refuses(1, "star", "$NETLAB status star");
    ok("$NETLAB status zzz");
}
END_TEST

START_TEST (interrupted_json) {
    const char *before = dump_all(0);
    json_t *json;
    int status = 0;

    star(BIG);
    /* what is made is written down first */
    json = json_from("$NETLAB up --json star.yaml 2>&1 & "
                     "until test -e /run/netlab/star/spec; do :; done; kill -TERM $!; wait $!;"
                     "echo $? >status");
    status = atoi(file_text("status"));
    ck_assert_int_eq(status, 128 + SIGTERM);
    ck_assert_str_eq(json_text(json, "state"), "failed");
    ck_assert_str_eq(json_text(json, "lab"), "star");
    ck_assert_int_eq(json_number(json, "errors 0 errno"), ECANCELED);
    same(before, dump_all(0));
}
END_TEST

Suite *signals_suite(void)
{
    Suite *suite = suite_create("signals");
    TCase *tcase = tcase_create("signals");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, with_sandbox, NULL);
    tcase_add_loop_test(tcase, up_is_taken_back, 0, 3);
    tcase_add_test(tcase, impatience_does_not_stop_it);
    tcase_add_test(tcase, ignored_signals_stay_ignored);
    tcase_add_test(tcase, blocked_signals_do_no_harm);
    tcase_add_loop_test(tcase, down_is_finished, 0, 3);
    tcase_add_test(tcase, down_all_ends_after_the_lab_at_hand);
    tcase_add_test(tcase, interrupted_json);
    suite_add_tcase(suite, tcase);
    return suite;
}
