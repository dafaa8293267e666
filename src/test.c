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
#include <sys/vfs.h>
#include <unistd.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/report.h"
#include "output/test.h"
#include "probe/probe.h"
#include "state/state.h"

#define NSFS_MAGIC 0x6e736673

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

/* A descriptor, or -errno. */
static int open_netns(const struct finder *finder, const struct netns *netns)
{
    const struct attachment *attachment = spec_attachment(finder->spec, netns->o.name);
    char path[STATE_PATH_SIZE + LAB_NAME_MAX + 8];
    CLEANUP_FD int fd = -1;
    struct statfs info;

    if (attachment) {
        const struct netns_id id = {.cookie = attachment->cookie, .inode = attachment->inode};

        return netns_find(attachment->path, &id);
    }
    snprintf(path, sizeof path, "%s/%s/ns/%s", STATE_DIR, finder->lab->name, netns->o.name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstatfs(fd, &info) < 0)
        return -errno;
    return info.f_type == NSFS_MAGIC ? TAKE_FD(fd) : -ENOENT;
}

static void find(const struct netns *netns, const struct test *test, void *userdata)
{
    struct finder *finder = userdata;
    int fd;

    if (!netns || netns->host || finder->error || finder->fds[netns->index] >= 0)
        return;
    fd = open_netns(finder, netns);
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

static int enter(const char *lab, const char *netns, struct netlab_report *report)
{
    return netlab_enter(lab, netns, NULL, report);
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
                                          .enter = enter,
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
