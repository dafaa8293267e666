/* SPDX-License-Identifier: MIT */
/*
 * Job: system calls of `up` and `down` that fail, or at which the process is killed, one after the
 * other (strace injects them).
 * NETLAB_FAULTS: how many places of each system call are tried (4), evenly spread.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "kernel.h"
#include "strace.h"

/* Calls whose failure `up` must take back. Taking back itself (umount2, unlink, …) is left out. */
static const char *const calls[] = {"unshare", "setns",     "socket",    "bind",  "sendmsg",
                                    "sendto",  "recvmsg",   "mount",     "mkdir", "mkdirat",
                                    "symlink", "symlinkat", "openat",    "write", "pwrite64",
                                    "rename",  "renameat",  "renameat2", "flock", "clone3",
                                    "fsopen",  "fsconfig",  "fsmount",   "fcntl", "ftruncate"};

static const struct topology topology = {
    "faulty",
    "namespaces:\n"
    "  host:\n"
    "    interfaces:\n"
    "      lo: {addresses: [192.0.2.7/32]}\n"
    "      br-lab: {type: bridge, addresses: [10.0.0.1/24]}\n"
    "    routes: [{to: 10.9.0.0/16, via: 10.0.0.2}]\n"
    "    rules: [{priority: 4711, from: 10.0.0.0/16, table: 4711}]\n"
    "    sysctls: {net.ipv4.ip_default_ttl: 99}\n"
    "  a: {interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']}}}\n"
    "  b: {interfaces: {eth0: {addresses: [10.0.0.3/24, 'fd00::3/64']}}, forwarding: true}\n"
    "  c: {interfaces: {eth0: {addresses: [10.0.0.4/24, 'fd00::4/64']}}}\n"
    "links: [[a:eth0, host:br-lab], [b:eth0, host:br-lab], [c:eth0, host:br-lab]]\n"};

static void count(const char *file, int *ret_counts)
{
    ok(STRACE "$NETLAB up %s; $NETLAB down faulty", file);
    count_calls(calls, COUNT(calls), ret_counts);
}

static void fail_in_up(const char *call, int number, const char *file, const char *before)
{
    struct output output = sh(STRACE "-e trace=%s -e inject=%s:error=ENOMEM:when=%d $NETLAB up %s",
                              call, call, number, file);

    (void)before;
    /*
     * 0: it could do without; 1: done, but it could not say so; 127: the program could not even be
     * loaded.
     */
    if (output.status == 0 ||
        (output.status == 1 && strstr(output.err, "cannot write to standard output")))
        ok("$NETLAB down %s", file);
    else if (output.status != 2 && output.status != 3 && output.status != 127)
        test_fail("exit status %d\n%s", output.status, output.err);
    else if (output.status == 3)
        has(output.err, "error");
    test_swept(1, "system calls of `up` failed");
}

START_TEST (test_up_takes_back_what_was_done_when_a_call_fails) {
    const char *file = topology_file(&topology), *before;
    int counts[COUNT(calls)];

    need_strace();
    make_foreign();
    before = dump_all(0);
    count(file, counts);
    try_each(calls, counts, COUNT(calls), file, before, fail_in_up);
}
END_TEST

static void kill_in_up(const char *call, int number, const char *file, const char *before)
{
    struct output output = sh(STRACE "-e trace=%s -e inject=%s:signal=KILL:when=%d $NETLAB up %s",
                              call, call, number, file);

    (void)before;
    if (output.status != 0 && output.status != 128 + SIGKILL)
        test_fail("exit status %d\n%s", output.status, output.err);
    if (number % 2 && output.status != 0)
        ok("$NETLAB up %s", file);
    ok("$NETLAB down faulty");
    test_swept(1, "system calls of `up` killed at");
}

START_TEST (test_killed_at_calls_of_up) {
    const char *file = topology_file(&topology), *before;
    int counts[COUNT(calls)];

    need_strace();
    make_foreign();
    before = dump_all(0);
    count(file, counts);
    try_each(calls, counts, COUNT(calls), file, before, kill_in_up);
}
END_TEST

static void kill_in_down(const char *call, int number, const char *file, const char *before)
{
    struct output output;

    (void)before;
    ok("$NETLAB up %s", file);
    output = sh(STRACE "-e trace=%s -e inject=%s:signal=KILL:when=%d $NETLAB down %s", call, call,
                number, file);
    if (output.status != 0 && output.status != 128 + SIGKILL)
        test_fail("exit status %d\n%s", output.status, output.err);
    ok("$NETLAB down faulty");
}

START_TEST (test_killed_at_calls_of_down) {
    static const char *const undoing[] = {"umount2", "unlink", "unlinkat", "rmdir", "sendmsg"};
    const char *file = topology_file(&topology), *before;

    need_strace();
    make_foreign();
    before = dump_all(0);
    for (size_t i = 0; i < COUNT(undoing); i++)
        for (int number = 1; number <= env_number("NETLAB_FAULTS", 4); number++) {
            test_about("%s number %d", undoing[i], number);
            kill_in_down(undoing[i], number, file, before);
            same(before, dump_all(0));
            test_swept(1, "system calls of `down` killed at");
        }
}
END_TEST

/* A call of `down` fails: exit 3 or done without; a second `down` must always do. */
START_TEST (test_down_after_a_call_of_down_failed) {
    static const char *const undoing[] = {"umount2", "unlink", "unlinkat", "rmdir",
                                          "sendmsg", "openat", "socket",   "recvmsg"};
    const char *file = topology_file(&topology), *before;

    need_strace();
    make_foreign();
    before = dump_all(0);
    for (size_t i = 0; i < COUNT(undoing); i++)
        for (int number = 1; number <= env_number("NETLAB_FAULTS", 4); number++) {
            struct output output;

            test_about("%s number %d", undoing[i], number);
            ok("$NETLAB up %s", file);
            output = sh(STRACE "-e trace=%s -e inject=%s:error=ENOMEM:when=%d $NETLAB down faulty",
                        undoing[i], undoing[i], number);
            if (output.status != 0 && output.status != 3 && output.status != 127)
                test_fail("exit status %d\n%s", output.status, output.err);
            if (output.status != 0)
                ok("$NETLAB down %s", file);
            same(before, dump_all(0));
            test_swept(1, "system calls of `down` failed");
        }
}
END_TEST

Suite *faults_suite(void)
{
    Suite *suite = suite_create("faults");
    TCase *tcase = tcase_create("faults");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 120 + 40 * (double)env_number("NETLAB_FAULTS", 4));
    tcase_add_test(tcase, test_up_takes_back_what_was_done_when_a_call_fails);
    tcase_add_test(tcase, test_killed_at_calls_of_up);
    tcase_add_test(tcase, test_killed_at_calls_of_down);
    tcase_add_test(tcase, test_down_after_a_call_of_down_failed);
    suite_add_tcase(suite, tcase);
    return suite;
}
