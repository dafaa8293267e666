/* SPDX-License-Identifier: MIT */
/*
 * Job: a process is killed at each system call on the way of services: netlab, who it forks, their
 * first processes, themselves. Then `down` leaves nothing: no process, no namespace, no file.
 */
#include <signal.h>
#include <string.h>

#include "services.h"
#include "strace.h"

static const char *const calls[] = {
    "clone",  "clone3", "unshare",   "setns",    "setsid", "socketpair", "socket", "bind",
    "listen", "sendto", "sendmsg",   "recvfrom", "pipe2",  "mkdir",      "mount",  "openat",
    "fcntl",  "write",  "fchmod",    "fchmodat", "dup2",   "chdir",      "execve", "sethostname",
    "prctl",  "poll",   "signalfd4", "read",     "wait4",  "close_range"};

static const char *const ending[] = {"connect", "sendto", "pidfd_open", "poll",  "fcntl",
                                     "openat",  "unlink", "unlinkat",   "rmdir", "umount2"};

/* It is not the parent: what netlab leaves running it goes on to trace. */
#define TRACED STRACE "-D "
#define KILL_AT TRACED "-e trace=%s -e inject=%s:signal=KILL:when=%d "

static long one;

static const char *lab(void)
{
    return lab_with(
        text("      one: {run: [sleep, %ld]}\n"
             "      two: {run: 'iperf3 -s -p 8000 & exec sleep %ld', ready: 'tcp:8000'}\n"
             "      three: {run: 'sleep %ld & exit 0'}\n",
             one, one, one),
        "  host: {}\n");
}

/* Whoever it was: netlab itself, or one whose death it has seen. */
static void killed(struct output output)
{
    if (output.status != 0 && output.status != 3 && output.status != 128 + SIGKILL)
        test_fail("exit status %d\n%s", output.status, ok("cat $TMP/said").out);
}

static void kill_in_up(const char *call, int number, const char *file, const char *before)
{
    (void)before;
    killed(sh(KILL_AT "$NETLAB up %s >$TMP/said 2>&1", call, call, number, file));
    if (number % 2)
        ok("$NETLAB up %s", file);
    ok("$NETLAB down s");
    services_are_gone(one);
}

START_TEST (test_killed_at_calls_of_up) {
    const char *before = dump_all(0), *file;
    int counts[COUNT(calls)];

    need_strace();
    one = nap();
    file = lab();
    ok(TRACED "$NETLAB up %s >$TMP/said 2>&1; $NETLAB down s", file);
    services_are_gone(one);
    count_calls(calls, COUNT(calls), counts);
    try_each(calls, counts, COUNT(calls), file, before, kill_in_up);
}
END_TEST

static void kill_in_down(const char *call, int number, const char *file, const char *before)
{
    (void)before;
    ok("$NETLAB up %s", file);
    killed(sh(KILL_AT "$NETLAB down s >$TMP/said 2>&1", call, call, number));
    ok("$NETLAB down s");
    services_are_gone(one);
}

START_TEST (test_killed_at_calls_of_down) {
    const char *before = dump_all(0), *file;
    int counts[COUNT(ending)];

    need_strace();
    one = nap();
    file = lab();
    ok("$NETLAB up %s; " STRACE "$NETLAB down s", file);
    count_calls(ending, COUNT(ending), counts);
    try_each(ending, counts, COUNT(ending), file, before, kill_in_down);
}
END_TEST

Suite *services_kills_suite(void)
{
    Suite *suite = suite_create("services_kills");
    TCase *tcase = tcase_create("kills");

    tcase_set_timeout(tcase, 120 + 60 * (double)env_number("NETLAB_FAULTS", 4));
    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_killed_at_calls_of_up);
    tcase_add_test(tcase, test_killed_at_calls_of_down);
    suite_add_tcase(suite, tcase);
    return suite;
}
