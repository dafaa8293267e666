/* SPDX-License-Identifier: MIT */
/*
 * Job: many `netlab run` of one file side by side, some of whose processes are killed: all others
 * have the right results, and nothing is left of any.
 * NETLAB_CROWDS: how often sixteen of them (3; 200 by `tests/run --long`). NETLAB_SEED: the moments
 * (random).
 */
#include "run_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    RUNS = 16,
    KILLS = 6, /* a round */
    PATIENCE = 30,
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

static pid_t fork_or_fail(void)
{
    pid_t pid = fork();

    if (pid < 0)
        test_fail("fork: %s", strerror(errno));
    return pid;
}

static pid_t start_run(int number)
{
    const char *command =
        text("exec $AS $NETLAB run duo.yaml -- sh script >out.%d 2>err.%d", number, number);
    pid_t pid = fork_or_fail();

    if (pid == 0) {
        setenv("NETLAB_TEST_RUN", text("%d", number), 1);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* What has happened so far. */
struct tally {
    int runs, kills;
    int hit, failed; /* runs that had a process killed; that failed by it */
};

/* Kill one of the processes with the mark: an outer netlab, an init, a command, a command's child.
   Returns whose it was, or -1. */
static int kill_some(void)
{
    pid_t pids[MARKED_MAX];
    int count = 0, fd, run;
    pid_t victim;

    marked_processes(pids);
    while (pids[count])
        count++;
    if (count == 0)
        return -1;
    victim = pids[rand() % count];
    /* what has ended, and left its number to a stranger, is to be left alone */
    fd = (int)syscall(SYS_pidfd_open, victim, 0);
    if (fd < 0)
        return -1;
    run = (int)marked_number(victim, "NETLAB_TEST_RUN");
    if (run >= 0 && syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) < 0)
        run = -1;
    close(fd);
    return run;
}

static int finish_run(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            test_fail("waitpid: %s", strerror(errno));
    return status;
}

/* Sixteen: those are right of which nobody was killed. */
static void round_of(int kills, struct tally *tally)
{
    bool hit[RUNS] = {false};
    pid_t pids[RUNS];

    for (int i = 0; i < RUNS; i++)
        pids[i] = start_run(i);
    for (int i = 0; i < kills; i++) {
        int run;

        usleep((unsigned)(rand() % 40000));
        run = kill_some();
        if (run >= 0) {
            tally->kills++;
            hit[run] = true;
        }
    }
    for (int i = 0; i < RUNS; i++) {
        int status = finish_run(pids[i]);
        const char *out = file_text(text("out.%d", i));

        if ((status == 0 || !hit[i]) && (status != 0 || strcmp(out, "right\n") != 0))
            test_fail("after %d runs: run %d, %s: status %#x: %s%s", tally->runs, i,
                      hit[i] ? "hit" : "not hit", (unsigned)status, out,
                      file_text(text("err.%d", i)));
        tally->hit += hit[i];
        tally->failed += status != 0;
    }
    tally->runs += RUNS;
    nobody_left();
    while (waitpid(-1, NULL, WNOHANG) > 0) /* we may be init, and have those of killed ones */
        continue;
}

/* Mounts and files, and the namespaces of all processes that can be seen. */
static const char *traces(bool namespaces)
{
    return ok("cat /proc/self/mountinfo; find /run $TMP | sort; "
              "for ns in %s; do readlink $ns; done | sort -u",
              namespaces ? "/proc/[0-9]*/ns/*" : "")
        .out;
}

/* The kernel takes its time, but not for ever. */
static void same_traces(const char *before, bool namespaces)
{
    for (int waited = 0; waited < PATIENCE && strcmp(before, traces(namespaces)) != 0; waited++)
        sleep(1);
    same(before, traces(namespaces));
}

/* alone: no namespaces can be seen but ours; else the kernel counts them. */
static void many_rounds(const char *who, bool alone)
{
    const char *dump = dump_all(0), *asan = getenv("ASAN_OPTIONS"), *before;
    struct tally tally = {0};
    long rounds = how_often();

    seed();
    file_with("script", script);
    ok("chmod 644 script; $NETLAB up -q duo.yaml; $NETLAB down -q duo; mkdir -m 1777 tmp");
    setenv("TMPDIR", text("%s/tmp", getenv("TMP")), 1);
    round_of(0, &tally);
    before = traces(alone);
    /* LeakSanitizer waits for ever where its helper is killed, a child that has the mark, too. */
    setenv("ASAN_OPTIONS", text("%s:detect_leaks=0", asan ? asan : ""), 1);
    for (long i = 0; i < rounds; i++)
        round_of(KILLS, &tally);
    ck_assert_int_gt(tally.kills, 0);
    ck_assert_int_gt(tally.failed, 0);
    same_traces(before, alone);
    if (!alone)
        no_namespaces_left();
    same(dump, dump_all(0));
    printf(
        "# crowds, as %s: %ld rounds of %d at once; %d processes killed, of %d runs, of which %d "
        "failed; all others were right, and nothing was left\n",
        who, rounds, RUNS, tally.kills, tally.hit, tally.failed);
    fflush(stdout);
}

/* The first process of a PID namespace whose /proc shows nobody else: the namespaces that it shows
   are ours. */
_Noreturn static void be_alone(enum who who)
{
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        test_fail("mount: %s", strerror(errno));
    run_as(who);
    many_rounds(who == USER ? "a user" : "root", true);
    _exit(EXIT_SUCCESS);
}

/* In a process of its own: LeakSanitizer, at the end of the test, starts a thread, which one that
   has moved its future children can't, and needs the test's own /proc. */
START_TEST (side_by_side) {
    pid_t pid = fork_or_fail();

    if (pid == 0) {
        if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
            test_fail("unshare: %s", strerror(errno));
        pid = fork_or_fail();
        if (pid == 0)
            be_alone(_i);
        _exit(finish_run(pid) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    if (finish_run(pid) != 0)
        exit(EXIT_FAILURE); /* it has told why */
}
END_TEST

/* Those that nobody is in are counted as well. */
START_TEST (no_namespace_is_left) {
    run_as(USER);
    many_rounds("a user whose namespaces are counted", false);
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
