/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of sandboxes as the library gives them to other programs (include/netlab/sandbox.h).
 * What is in one, and what is left of it, is the business of tests/cli/run*.c.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netlab/netlab.h>

#include "kernel.h"

static const char duo[] = "name: duo\n"
                          "namespaces:\n"
                          "  left: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
                          "  right: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                          "links:\n"
                          "  - [left:eth0, right:eth0]\n";

static struct netlab_report *report;

static struct netlab_lab *load(const char *yaml)
{
    struct netlab_lab *lab = NULL;

    if (!report)
        report = netlab_report_new();
    if (netlab_load_buffer(yaml, strlen(yaml), "lab.yaml", &lab, report) < 0)
        test_fail("%s", netlab_report_get(report, 0)->message);
    return lab;
}

static const char *first_message(void)
{
    const struct netlab_diagnostic *first = netlab_report_get(report, 0);

    return first ? first->message : "";
}

/* Somebody who may nothing, where we are root. */
static void become(bool user)
{
    if (user && geteuid() == 0 &&
        (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0))
        test_skip("no other user to be here: %s", strerror(errno));
    if (user && sh("unshare -Ur true").status != 0)
        test_skip("users are not allowed to make user namespaces here");
}

/* Whether the lab is there, and works, and nothing of the machine's: modules may add links, all
 * down. */
static int look(void)
{
    return sh("ip netns exec left ping -c 1 -W 9 10.0.0.2 && ! ip -o link show up | grep -v ': "
              "lo:'")
        .status;
}

START_TEST (test_entering) {
    struct netlab_lab *lab = load(duo);

    become(_i);
    ok("test ! -e /run/netns");
    ck_assert_msg(netlab_sandbox_enter(lab, report) == 0, "%s", first_message());
    ck_assert_msg(netlab_up(lab, NULL, NULL, report) == 0, "%s", first_message());
    ck_assert_int_eq(look(), 0);
    ck_assert_uint_eq(netlab_report_size(report), 0);
    /* once more, in there */
    ck_assert_int_eq(netlab_sandbox_enter(NULL, report), 0);
    ok("test ! -e /run/netns");
    netlab_lab_free(lab);
}
END_TEST

static void *wait_for_ever(void *argument)
{
    pause();
    return argument;
}

START_TEST (test_entering_with_threads) {
    pthread_t thread;

    report = netlab_report_new();
    become(true);
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
    ck_assert_int_eq(netlab_sandbox_enter(NULL, report), -EINVAL);
    ck_assert_str_eq(first_message(), "cannot make a user namespace: Invalid argument");
}
END_TEST

START_TEST (test_what_a_sandbox_has_not) {
    struct netlab_lab *lab = load("name: x\nnamespaces:\n  a: {attach: {pid: 1}}\n");
    const struct netlab_sandbox sandbox = {.lab = lab};
    int status = 77;

    ck_assert_int_eq(netlab_sandbox_check(lab, NULL), -EINVAL);
    ck_assert_int_eq(netlab_sandbox_enter(lab, report), -EINVAL);
    ck_assert_uint_eq(netlab_report_get(report, 0)->line, 3);
    ck_assert_int_eq(netlab_sandbox_run(&sandbox, &status, NULL), -EINVAL);
    ck_assert_int_eq(status, 77);
    netlab_lab_free(lab);
}
END_TEST

/* What the processes of a sandbox leave to the test. */
struct notes {
    struct netlab_lab *lab;
    int status, lingered; /* as told to linger() */
    pid_t pid;
};

static int run_lab(void *userdata)
{
    struct notes *notes = userdata;

    notes->pid = getpid();
    if (netlab_up(notes->lab, NULL, NULL, report) < 0)
        return 100;
    return look() ? 101 : 7;
}

static int see_lab(int status, void *userdata)
{
    struct notes *notes = userdata;

    notes->status = status;
    notes->lingered = look() == 0;
    return 99;
}

static struct notes *new_notes(void)
{
    struct notes *notes =
        mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    ck_assert_ptr_ne(notes, MAP_FAILED);
    notes->lab = load(duo);
    return notes;
}

START_TEST (test_running) {
    struct notes *notes = new_notes();
    const struct netlab_sandbox sandbox = {
        .lab = notes->lab, .run = run_lab, .linger = see_lab, .userdata = notes};

    become(_i);
    for (int i = 0; i < 2; i++) {
        int status = -1;

        notes->lingered = false;
        ck_assert_msg(netlab_sandbox_run(&sandbox, &status, report) == 0, "%s", first_message());
        ck_assert(WIFEXITED(status));
        ck_assert_int_eq(WEXITSTATUS(status), 7);
        ck_assert_int_eq(notes->status, status);
        ck_assert(notes->lingered);
        ck_assert_int_ne(notes->pid, getpid());
        ok("test ! -e /run/netns");
    }
    netlab_lab_free(notes->lab);
}
END_TEST

static int kill_itself(void *userdata)
{
    return userdata ? 0 : kill(getpid(), SIGKILL);
}

START_TEST (test_running_what_is_killed) {
    const struct netlab_sandbox sandbox = {.run = kill_itself};
    int status = 0;

    become(_i);
    ck_assert_int_eq(netlab_sandbox_run(&sandbox, &status, NULL), 0);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
END_TEST

static volatile sig_atomic_t caught;

static void catch (int number)
{
    caught = number;
}

static int signal_itself(void *userdata)
{
    (void)userdata;
    kill(getpid(), SIGUSR1);
    return caught == SIGUSR1 ? 0 : 1;
}

/* Handlers, the mask and what is to be done about children are the caller's, before and after. */
START_TEST (test_running_with_handlers) {
    const struct netlab_sandbox sandbox = {.run = signal_itself};
    sigset_t before, after;
    int status = -1;

    become(_i);
    signal(SIGUSR1, catch);
    signal(SIGCHLD, SIG_IGN);
    sigemptyset(&before);
    sigaddset(&before, SIGUSR2);
    sigprocmask(SIG_SETMASK, &before, NULL);
    ck_assert_int_eq(netlab_sandbox_run(&sandbox, &status, NULL), 0);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(caught, 0);
    sigprocmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number < 32; number++)
        ck_assert_int_eq(sigismember(&after, number), number == SIGUSR2);
    ck_assert_ptr_eq(signal(SIGCHLD, SIG_DFL), SIG_IGN);
}
END_TEST

static Suite *sandbox_suite(void)
{
    Suite *suite = suite_create("sandbox");
    TCase *tcase = tcase_create("sandbox");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_loop_test(tcase, test_entering, 0, 2);
    tcase_add_test(tcase, test_entering_with_threads);
    tcase_add_test(tcase, test_what_a_sandbox_has_not);
    tcase_add_loop_test(tcase, test_running, 0, 2);
    tcase_add_loop_test(tcase, test_running_what_is_killed, 0, 2);
    tcase_add_loop_test(tcase, test_running_with_handlers, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {sandbox_suite, NULL};

    return test_main(argc, argv, "sandbox", suites);
}
