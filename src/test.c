/* SPDX-License-Identifier: MIT */
/*
 * Job: the public API's tests of a running lab: find its namespaces, have them asked, have written
 * what was seen. See include/netlab/test.h.
 */
#include <netlab/test.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/report.h"
#include "enter/enter.h"
#include "output/test.h"
#include "probe/probe.h"
#include "state/state.h"

/* Namespaces of a running lab on their way to be tested. */
struct finder {
    const struct netlab_lab *lab;
    const struct spec *spec;
    int *fds; /* [netns.index] */
    int error;
    struct netlab_report *report;
};

size_t netlab_test_count(const struct netlab_lab *lab)
{
    return lab->tests.count;
}

static void find(const struct netns *netns, const struct test *test, void *userdata)
{
    struct finder *finder = userdata;
    int fd;

    if (!netns || netns->host || finder->error || finder->fds[netns->index] >= 0)
        return;
    fd = target_open_in(finder->lab->name, finder->spec, netns->o.name);
    if (fd >= 0) {
        finder->fds[netns->index] = fd;
        return;
    }
    finder->error = report_error(finder->report, -fd, &finder->lab->source, test->o.mark,
                                 "lab %s is up, but namespace %s is not there: %s",
                                 finder->lab->name, netns->o.name, strerror(-fd));
    report_hint(finder->report, "`netlab up` brings the lab to what its file says");
}

static void tell(const struct probe_result *result, void *userdata)
{
    output_test(userdata, result);
}

/* The way of a command into its namespace */

static int find_way(const char *lab, const char *netns, struct arena *arena, struct way *ret_way,
                    struct netlab_report *report)
{
    struct entrance *entrance;
    int r = entrance_open(lab, netns, arena, &entrance, report);

    *ret_way = (struct way){.entrance = entrance};
    if (r == 0)
        ret_way->environment = target_environment(entrance->target, arena);
    return r == 0 && !ret_way->environment ? report_oom(report) : r;
}

static int enter(const struct way *way)
{
    struct failure failure;

    if (entrance_pass(way->entrance, &failure) == 0)
        return 0;
    dprintf(STDERR_FILENO, "netlab: cannot %s%s%s: %s\n", failure.what, *failure.name ? " " : "",
            failure.name, strerror(failure.error));
    return -failure.error;
}

static void forget_way(struct way *way)
{
    entrance_close(way->entrance);
}

static int ask(const struct finder *finder, const struct netlab_test_options *options, FILE *out,
               struct netlab_test_result *result)
{
    CLEANUP_FD int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    struct test_output output = {.lab = finder->lab, .options = options, .out = out};
    const struct probe_request request = {.lab = finder->lab,
                                          .fds = finder->fds,
                                          .host = here,
                                          .cancel = options->cancel,
                                          .find_way = find_way,
                                          .enter = enter,
                                          .forget_way = forget_way,
                                          .told = tell,
                                          .userdata = &output};
    double begin = job_now();
    int r;

    if (here < 0)
        return report_plain(finder->report, errno, "cannot open this network namespace: %s",
                            strerror(errno));
    if (output_test_begin(&output) < 0)
        return report_oom(finder->report);
    r = probe_run(&request, finder->report);
    result->milliseconds = job_now() - begin;
    output_test_end(&output, r, result->milliseconds);
    result->tests = output.told;
    result->failed = output.failed;
    return r == 0 && ferror(out) ? -EIO : r;
}

/* The spec of the lab that is up. */
static int look(const struct netlab_lab *lab, struct arena *arena, struct spec *ret_spec,
                struct netlab_report *report)
{
    enum state_condition condition;
    time_t since;
    int r = state_look("", lab->name, arena, ret_spec, &condition, &since);

    if (r == -ENOENT || (r == 0 && condition != STATE_UP && condition != STATE_BUSY)) {
        r = report_plain(report, ENOENT, "lab %s is not up", lab->name);
        report_hint(report, "`netlab test` without --live brings it up in a sandbox by itself");
    } else if (r == 0 && condition == STATE_BUSY) {
        r = state_busy(lab->name, true, report);
    } else if (r < 0) {
        report_plain(report, -r, "cannot read the state of lab %s: %s", lab->name, strerror(-r));
    }
    return r;
}

static int no_tests(const struct netlab_lab *lab, struct netlab_report *report)
{
    report_error(report, ENODATA, &lab->source, (struct mark){0}, "there are no tests in it");
    report_hint(report, "what must hold stands under 'tests:', as in - ping: {from: NS, to: IP}");
    return -ENODATA;
}

int netlab_test(const struct netlab_lab *lab, const struct netlab_test_options *options, FILE *out,
                struct netlab_test_result *ret_result, struct netlab_report *report)
{
    static const struct netlab_test_options defaults;
    struct netlab_test_result result = {0};
    struct arena *arena = arena_new();
    size_t count = lab->namespaces.count;
    struct spec spec;
    struct finder finder = {.lab = lab, .spec = &spec, .report = report};
    int r = arena ? 0 : report_oom(report);

    if (r == 0 && !lab->tests.count)
        r = no_tests(lab, report);
    if (r == 0)
        r = job_check_privileges(report);
    if (r == 0)
        r = look(lab, arena, &spec, report);
    if (r == 0) {
        finder.fds = arena_array(arena, count + 1, sizeof *finder.fds);
        if (!finder.fds)
            r = report_oom(report);
    }
    for (size_t i = 0; r == 0 && i < count; i++)
        finder.fds[i] = -1;
    if (r == 0) {
        probe_needs(lab, find, &finder);
        r = finder.error;
    }
    if (r == 0)
        r = ask(&finder, options ? options : &defaults, out, &result);
    for (size_t i = 0; finder.fds && i < count; i++)
        if (finder.fds[i] >= 0)
            close(finder.fds[i]);
    arena_free(arena);
    if (ret_result)
        *ret_result = result;
    return r;
}
