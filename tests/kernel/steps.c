/* SPDX-License-Identifier: MIT */
/*
 * Job: every step of every example's plan fails once, and `up` and `down` are killed before every
 * step once; so does and is every step from one file to another. After the rollback the machine is
 * as it was; after a kill `up` and `down` find their way. No step is left out, nothing is random;
 * the counts are printed. NETLAB_EXAMPLE: only examples and changes of these names (see
 * example_wanted()).
 *
 * Linking wraps kernel_open() to plant a probe in the runner, what is written about a lab, and
 * system calls.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netlab/netlab.h>

#include "base/report.h"
#include "kernel/kernel.h"
#include "state/state.h"
#include "steps.h"

static const int errors[STEP_ERRORS] = {ENOMEM, EPERM, EEXIST, ENOBUFS, EOPNOTSUPP};

int step_error(size_t number)
{
    return errors[number % STEP_ERRORS];
}

/* Wrapping */

/* The probe, which is asked before each step. */
static size_t asked, fail_at;
static int fail_with; /* 0: die */
static bool planted;
static bool calls_count; /* as steps: system calls that take something away */
static bool failed;      /* it has been made to fail */
static bool asked_for;   /* the step that failed is one that the file asks for */

/* What it is told: 0, or that it fails. */
static int probe(const struct op *op)
{
    if (asked++ != fail_at)
        return 0;
    if (!fail_with)
        raise(SIGKILL);
    if (op && op->type == OP_NETNS && op_removes(op))
        return 0; /* a descriptor is closed: that can't fail */
    failed = true;
    asked_for = op && !op_removes(op);
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

/* What is written about a lab; each tells its own failures. */
#define WRAP_REGISTRY(name, parameters, ...)                                                       \
    int __real_##name parameters;                                                                  \
    int __wrap_##name parameters;                                                                  \
    int __wrap_##name parameters                                                                   \
    {                                                                                              \
        int r = planted ? probe(NULL) : 0;                                                         \
                                                                                                   \
        return r < 0 ? report_plain(report, -r, #name "() fails: %s", strerror(-r))                \
                     : __real_##name(__VA_ARGS__);                                                 \
    }

WRAP_REGISTRY(state_commit, (struct state * state, struct netlab_report *report), state, report)
WRAP_REGISTRY(state_mount_names, (struct state * state, struct netlab_report *report), state,
              report)
WRAP_REGISTRY(state_write_spec,
              (struct state * state, const struct spec *spec, struct netlab_report *report), state,
              spec, report)

/* System calls of `down`: only to be killed at. */
#define WRAP_CALL(type, name, parameters, ...)                                                     \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (planted && calls_count)                                                                \
            (void)probe(NULL);                                                                     \
        return __real_##name(__VA_ARGS__);                                                         \
    }

WRAP_CALL(int, umount2, (const char *path, int flags), path, flags)
WRAP_CALL(int, unlink, (const char *path), path)
WRAP_CALL(int, unlinkat, (int directory, const char *path, int flags), directory, path, flags)
WRAP_CALL(int, rmdir, (const char *path), path)
WRAP_CALL(int, renameat, (int from, const char *old, int to, const char *new), from, old, to, new)
WRAP_CALL(ssize_t, sendto,
          (int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to,
           socklen_t to_size),
          fd, bytes, size, flags, to, to_size)
WRAP_CALL(ssize_t, send, (int fd, const void *bytes, size_t size, int flags), fd, bytes, size,
          flags)
WRAP_CALL(ssize_t, write, (int fd, const void *bytes, size_t size), fd, bytes, size)

/* Steps */

static struct netlab_options options;

void step_attach(const char *const *attach)
{
    options.attach = attach;
}

static void plant(size_t step, int error)
{
    asked = 0;
    failed = false;
    fail_at = step;
    fail_with = error;
    planted = true;
}

static int up(const char *file, struct netlab_report *report)
{
    struct netlab_lab *lab = NULL;
    int r;

    ck_assert_int_eq(netlab_load_file(file, &lab, report), 0);
    r = netlab_up(lab, &options, NULL, report);
    netlab_lab_free(lab);
    return r;
}

static int down(const char *file)
{
    char name[NETLAB_NAME_MAX + 1];

    ck_assert_int_eq(netlab_read_name(file, name, NULL), 0);
    return netlab_down(name, NULL, NULL, NULL);
}

/* Up, with that step going wrong. Returns what `up` did. */
static int up_failing(const char *file, size_t step, int error, struct netlab_report *report)
{
    int r;

    plant(step, error);
    r = up(file, report);
    planted = false;
    return r;
}

static int down_failing(const char *file, size_t step, int error)
{
    int r;

    plant(step, error);
    calls_count = true;
    r = down(file);
    planted = calls_count = false;
    return r;
}

static void must_be_up(int r, const char *file, struct netlab_report *report)
{
    if (r < 0)
        test_fail("%s does not come up: %s", file, netlab_report_get(report, 0)->message);
    netlab_report_free(report);
}

void step_up(const char *file)
{
    struct netlab_report *report = netlab_report_new();

    must_be_up(up(file, report), file, report);
}

void step_down(const char *file)
{
    ck_assert_int_eq(down(file), 0);
}

size_t step_count(const char *file)
{
    struct netlab_report *report = netlab_report_new();

    must_be_up(up_failing(file, SIZE_MAX, EIO, report), file, report);
    return asked;
}

size_t step_count_down(const char *file)
{
    ck_assert_int_eq(down_failing(file, SIZE_MAX, EIO), 0);
    return asked;
}

bool step_refused(const char *file, size_t step, int error)
{
    struct netlab_report *report = netlab_report_new();
    int r = up_failing(file, step, error, report);

    if (!failed && r == 0) {
        netlab_report_free(report);
        return false;
    }
    if (r != -error)
        test_fail("up returned %d instead of %d", r, -error);
    if (netlab_report_count(report, NETLAB_ERROR) != 1 ||
        (asked_for && !netlab_report_get(report, 0)->line)) {
        netlab_report_print(report, stderr, NETLAB_REPORT_TEXT);
        test_fail("not one error with its line, but %zu",
                  netlab_report_count(report, NETLAB_ERROR));
    }
    netlab_report_free(report);
    return true;
}

/* Whether the process was killed; it must have done its work otherwise. */
static bool was_killed(pid_t pid)
{
    int status;

    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return false;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        test_fail("it was not killed, and failed");
    return true;
}

bool step_kills(const char *file, size_t step)
{
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(up_failing(file, step, 0, NULL) == 0 ? 0 : 1);
    return was_killed(pid);
}

bool step_kills_down(const char *file, size_t step)
{
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(down_failing(file, step, 0) == 0 ? 0 : 1);
    return was_killed(pid);
}

struct stride step_stride(const char *variable, long fallback, size_t file)
{
    long next = env_number(variable, fallback);

    return (struct stride){file % (size_t)next, (size_t)next};
}

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {steps_examples_suite, steps_changes_suite, NULL};

    return test_main(argc, argv, "steps", suites);
}
