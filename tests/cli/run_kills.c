/* SPDX-License-Identifier: MIT */
/*
 * Job: many `netlab run` of one file side by side, some of whose processes are killed: all others
 * have the right results, and nothing is left of any.
 * NETLAB_CROWDS: how often sixteen of them (3). NETLAB_SEED: the moments (random).
 */
#include "run_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    RUNS = 16,
    KILLS = 6, /* a round */
};

static void seed(void)
{
    long number = env_number("NETLAB_SEED", (long)time(NULL) ^ getpid());

    srand((unsigned)number);
    test_about("NETLAB_SEED=%ld", number);
}

static long how_often(void)
{
    return env_number("NETLAB_CROWDS", 3);
}

/* What each runs: it looks at all of its lab, and takes a little while. */
static const char script[] = "set -e\n"
                             "test \"$(echo $(ls /run/netns))\" = 'left right'\n"
                             "test \"$(echo $(ls /run/netlab))\" = duo\n"
                             "mkdir /run/mine\n"
                             "ip netns exec left ping -c 1 -W 20 10.0.0.2 >/dev/null\n"
                             "\"$NETLAB\" exec right ping -c 1 -W 20 10.0.0.1 >/dev/null\n"
                             "sleep 1000 &\n"
                             "ip netns exec right sleep 0.05\n"
                             "echo right\n";

static pid_t start_run(int number)
{
    const char *command =
        text("exec $AS $NETLAB run duo.yaml -- sh script >out.%d 2>err.%d", number, number);
    pid_t pid = fork();

    if (pid < 0)
        test_fail("fork: %s", strerror(errno));
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* Kill one of the processes with the mark: an outer netlab, an init, a command, a command's child.
   Whether there was one. */
static bool kill_some(void)
{
    pid_t pids[MARKED_MAX];
    int count = 0, fd;
    pid_t victim;
    bool killed;

    marked_processes(pids);
    while (pids[count])
        count++;
    if (count == 0)
        return false;
    victim = pids[rand() % count];
    /* what has ended, and left its number to a stranger, is to be left alone */
    fd = (int)syscall(SYS_pidfd_open, victim, 0);
    if (fd < 0)
        return false;
    marked_processes(pids);
    killed = false;
    for (int i = 0; pids[i]; i++)
        killed = killed || pids[i] == victim;
    killed = killed && syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0;
    close(fd);
    return killed;
}

static int finish_run(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            test_fail("waitpid: %s", strerror(errno));
    return status;
}

/* Sixteen; returns how many of them failed. */
static int round_of(int kills, int *ret_killed)
{
    pid_t pids[RUNS];
    int failed = 0;

    *ret_killed = 0;
    for (int i = 0; i < RUNS; i++)
        pids[i] = start_run(i);
    for (int i = 0; i < kills; i++) {
        usleep((unsigned)(rand() % 40000));
        *ret_killed += kill_some();
    }
    for (int i = 0; i < RUNS; i++) {
        int status = finish_run(pids[i]);
        const char *out = file_text(text("out.%d", i));

        if (status == 0)
            ck_assert_str_eq(out, "right\n");
        else if (!kills)
            test_fail("status %#x: %s", (unsigned)status, file_text(text("err.%d", i)));
        failed += status != 0;
    }
    nobody_left();
    return failed;
}

static void many_rounds(bool own_limits)
{
    long rounds = how_often();
    const char *before = dump_all(0), *asan = getenv("ASAN_OPTIONS");
    int killed, all = 0;

    seed();
    file_with("script", script);
    ok("chmod 644 script; $NETLAB up -q duo.yaml; $NETLAB down -q duo");
    (void)round_of(0, &killed);
    /* LeakSanitizer waits for ever where its helper is killed, a child that has the mark, too. */
    setenv("ASAN_OPTIONS", text("%s:detect_leaks=0", asan ? asan : ""), 1);
    for (long i = 0; i < rounds; i++) {
        int failed = round_of(KILLS, &killed);

        if (failed > killed)
            test_fail("round %ld: %d failed, and %d were killed", i, failed, killed);
        all += killed;
    }
    ck_assert_int_gt(all, 0);
    same(before, dump_all(0));
    if (own_limits)
        no_namespaces_left();
}

START_TEST (side_by_side) {
    run_as(_i);
    many_rounds(false);
}
END_TEST

START_TEST (no_namespace_is_left) {
    run_as(USER);
    many_rounds(true);
}
END_TEST

/* Each of the processes that hold a sandbox; which one is told by whose child it is. */
START_TEST (any_of_them_killed) {
    static const struct {
        const char *victim;
        int status;
    } victims[] = {
        {"$run", 128 + SIGKILL},
        {"$(cat /proc/$run/task/$run/children)", 125},
        {"$(cat $(printf '/proc/%d/task/%d/children' $init $init))", 128 + SIGKILL},
    };
    struct output output;

    run_as(_i % WHO);
    output = sh("exec 3>&1; $AS $NETLAB run duo.yaml -- sh -c 'setsid sleep 1000 & "
                "ip netns exec left sleep 1000 & touch ready; sleep 1000' & run=$!; "
                "until test -e ready; do sleep 0.01; done; "
                "init=$(cat /proc/$run/task/$run/children | tr -d ' '); "
                "kill -9 $(echo %s); wait $run",
                victims[_i / WHO].victim);
    ck_assert_int_eq(output.status, victims[_i / WHO].status);
    if (output.status == 125)
        has(output.err, "netlab: error: the sandbox was killed\n");
    nobody_left();
}
END_TEST

Suite *run_kills_suite(void)
{
    Suite *suite = suite_create("run_kills");
    TCase *tcase = tcase_create("run_kills"), *limits = tcase_create("namespaces");
    double timeout = 300 + 60 * (double)how_often();

    tcase_set_timeout(tcase, timeout);
    tcase_add_checked_fixture(tcase, with_users, NULL);
    tcase_add_loop_test(tcase, side_by_side, 0, WHO);
    tcase_add_loop_test(tcase, any_of_them_killed, 0, WHO * 3);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(limits, timeout);
    tcase_add_checked_fixture(limits, with_own_limits, NULL);
    tcase_add_test(limits, no_namespace_is_left);
    suite_add_tcase(suite, limits);
    return suite;
}
