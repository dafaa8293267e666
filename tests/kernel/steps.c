/* SPDX-License-Identifier: MIT */
/*
 * Job: every step of every example's plan fails once, and `up` is killed before every step once.
 * After the rollback, or after `down`, the machine is as it was. No step is left out, nothing is
 * random; the counts are printed.
 *
 * The library runs in this process; linking wraps kernel_open() to plant a probe in the runner.
 */
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netlab/netlab.h>

#include "harness.h"
#include "kernel/kernel.h"

static const int errors[] = {ENOMEM, EPERM, EEXIST, ENOBUFS, EOPNOTSUPP};

/* The probe, which is asked before each step. */
static size_t asked, fail_at;
static int fail_with; /* 0: die */
static bool planted;

static int probe(const struct op *op)
{
    (void)op;
    if (asked++ != fail_at)
        return 0;
    if (!fail_with)
        raise(SIGKILL);
    return -fail_with;
}

int __real_kernel_open(struct netlab_lab *lab, const char *names, struct kernel **ret_kernel,
                       struct netlab_report *report);
int __wrap_kernel_open(struct netlab_lab *lab, const char *names, struct kernel **ret_kernel,
                       struct netlab_report *report);

int __wrap_kernel_open(struct netlab_lab *lab, const char *names, struct kernel **ret_kernel,
                       struct netlab_report *report)
{
    int r = __real_kernel_open(lab, names, ret_kernel, report);

    if (r == 0 && planted)
        kernel_set_probe(*ret_kernel, probe);
    return r;
}

/* Up, with that step going wrong. Returns what `up` did. */
static int up_failing(const char *file, size_t step, int error, struct netlab_report *report)
{
    struct netlab_lab *lab = NULL;
    int r;

    asked = 0;
    fail_at = step;
    fail_with = error;
    ck_assert_int_eq(netlab_load_file(file, &lab, report), 0);
    planted = true;
    r = netlab_up(lab, NULL, NULL, report);
    planted = false;
    netlab_lab_free(lab);
    return r;
}

static void down(const char *file)
{
    char name[NETLAB_NAME_MAX + 1];

    ck_assert_int_eq(netlab_read_name(file, name, NULL), 0);
    ck_assert_int_eq(netlab_down(name, NULL, NULL, NULL), 0);
}

/* How many steps a fresh `up` of the file has. */
static size_t count_steps(const char *file)
{
    int r = up_failing(file, SIZE_MAX, EIO, NULL);

    if (r < 0)
        test_fail("%s does not come up: %d", file, r);
    down(file);
    return asked;
}

static void fail_step(const char *file, size_t step)
{
    struct netlab_report *report = netlab_report_new();
    int error = errors[step % (sizeof errors / sizeof errors[0])];
    int r = up_failing(file, step, error, report);

    if (r != -error)
        test_fail("up returned %d instead of %d", r, -error);
    if (netlab_report_count(report, NETLAB_ERROR) != 1 || !netlab_report_get(report, 0)->line)
        test_fail("not one error with its line, but %zu",
                  netlab_report_count(report, NETLAB_ERROR));
    netlab_report_free(report);
}

static void kill_step(const char *file, size_t step)
{
    pid_t pid = fork();
    int status;

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        up_failing(file, step, 0, NULL);
        _exit(0); /* the probe was not reached */
    }
    waitpid(pid, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        test_fail("it was not killed");
    down(file);
}

static void sweep(void (*wreck)(const char *file, size_t step), const char *what)
{
    size_t done = 0, files = 0;
    glob_t found;

    ck_assert_int_eq(glob(text("%s/*.yaml", getenv("EXAMPLES")), 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *file = found.gl_pathv[i];
        size_t steps = count_steps(file);
        const char *before = dump_all(0);

        ck_assert_uint_gt(steps, 0);
        files++;
        for (size_t step = 0; step < steps; step++) {
            test_about("%s, step %zu", file, step);
            wreck(file, step);
            same(before, dump_all(0));
            done++;
        }
    }
    globfree(&found);
    printf("# %zu steps of %zu examples %s\n", done, files, what);
}

START_TEST (test_each_step_refused) {
    sweep(fail_step, "refused, each taken back");
}
END_TEST

START_TEST (test_killed_before_each_step) {
    sweep(kill_step, "killed, each taken down");
}
END_TEST

static Suite *steps_suite(void)
{
    Suite *suite = suite_create("steps");
    TCase *all = tcase_create("sweeps");

    tcase_add_checked_fixture(all, sandbox_enter, NULL);
    tcase_set_timeout(all, 300);
    tcase_add_test(all, test_each_step_refused);
    tcase_add_test(all, test_killed_before_each_step);
    suite_add_tcase(suite, all);
    return suite;
}

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {steps_suite, NULL};

    return test_main(argc, argv, "steps", suites);
}
