/* SPDX-License-Identifier: MIT */
/*
 * Job: the public API's doers: up and down. `up` is run(plan(diff(nothing, wanted))), `down` is
 * run(plan(diff(seen, nothing))), between claiming the lab and letting go of it.
 * See include/netlab/lab.h.
 */
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "base/report.h"
#include "diff/diff.h"
#include "kernel/kernel.h"
#include "parse/parse.h"
#include "plan/plan.h"
#include "state/state.h"

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* Whether the kernel lets us: told up front, not after half of the work. */
static int check_privileges(struct netlab_report *report)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    const uint32_t need = 1U << CAP_NET_ADMIN | 1U << CAP_SYS_ADMIN;
    int r;

    if (syscall(SYS_capget, &header, data) == 0 && (data[0].effective & need) == need)
        return 0;
    r = report_plain(report, EPERM,
                     "this needs the capabilities CAP_NET_ADMIN and CAP_SYS_ADMIN: run it as root");
    report_hint(report,
                "or in a sandbox of your own: unshare -Urnm sh -c 'mount -t tmpfs run /run; "
                "exec $SHELL'");
    return r;
}

static void count_made(const struct netlab_lab *lab, struct spec *spec)
{
    LIST_EACH (struct netns, netns, &lab->namespaces) {
        spec->namespaces += !netns->host;
        LIST_EACH (struct iface, iface, &netns->interfaces)
            spec->interfaces += iface->kind && !iface->link;
    }
    spec->links = lab->links.count;
}

static void set_result(const struct job *job, struct netlab_result *result)
{
    result->done = true;
    /* unplanned is what is in our own namespaces: those lose their names, and are gone */
    result->steps = job->plan.count ? job->plan.count : 2 * job->spec.namespaces;
    result->namespaces = job->spec.namespaces;
    result->links = job->spec.links;
    result->interfaces = job->spec.interfaces;
}

static bool has_host_links(const struct netlab_lab *lab)
{
    if (lab->host)
        LIST_EACH (struct iface, iface, &lab->host->interfaces)
            if (iface->kind)
                return true;
    return false;
}

static void job_release(struct job *job)
{
    kernel_close(job->kernel);
    state_release(&job->state);
    arena_free(job->arena);
}

/* Plan the way from one lab to another, and get hold of the kernel. */
static int job_prepare(struct job *job, struct netlab_lab *seen, struct netlab_lab *wanted)
{
    struct changes changes;

    if (diff_labs(seen, wanted, job->arena, &changes) < 0 ||
        plan_build(&changes, job->arena, &job->plan) < 0)
        return report_oom(job->report);
    return kernel_open(job->lab, job->state.names, &job->kernel, job->report);
}

static bool touches_host(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->ops[i].type != OP_NETNS && plan->ops[i].type != OP_NAME)
            return true;
    return false;
}

/* Undo something; sysctls of the host that another lab has set as well stay as they are. */
static int take_back(struct job *job, int (*undo)(struct job *job))
{
    CLEANUP_FD int lock = -1;
    bool has_sysctls = job->spec.sysctls != NULL;
    int r = 0;

    if (has_sysctls) {
        lock = state_lock_all(job->report);
        r = lock < 0 ? lock : job_yield_sysctls(job);
    }
    if (r == 0)
        r = undo(job);
    if (r < 0 || !has_sysctls)
        return r;
    job->spec.sysctls = NULL; /* no longer ours, for those who look when the lock is gone */
    return state_write_spec(&job->state, &job->spec, job->report);
}

static int undo_plan(struct job *job)
{
    return kernel_undo(job->kernel, &job->plan, job->options, job->report);
}

static int roll_back(struct job *job)
{
    return kernel_rollback(job->kernel, job->report);
}

/* Take away what a lab has in the host's namespace. */
static int clear_host(struct job *job)
{
    int r = job_prepare(job, job->lab, NULL);

    if (r < 0)
        return r;
    if ((touches_host(&job->plan) || job->spec.group) && job->spec.cookie &&
        kernel_cookie(job->kernel) != job->spec.cookie)
        return report_plain(job->report, EXDEV,
                            "lab %s was brought up from another network namespace and has "
                            "something there: take it down from there",
                            job->state.name);
    r = job_recall_sysctls(job);
    if (r < 0)
        return r;
    kernel_set_group(job->kernel, job->spec.group);
    kernel_expect(job->kernel, job->plan.count);
    r = take_back(job, undo_plan);
    if (r == 0)
        r = kernel_delete_group(job->kernel, job->report);
    return r;
}

static int clear_applied(struct job *job)
{
    char boot_id[BOOT_ID_SIZE] = "";
    int r = state_read_spec(&job->state, job->arena, &job->spec, job->report);

    /* what is in our own namespaces goes with them: nothing to plan, unless somebody looks on */
    if (r < 0 || (!job->spec.has_host && !(job->options && job->options->progress)))
        return r;
    /* after a restart only the registry is left */
    if (state_boot_id(boot_id) == 0 && strcmp(boot_id, job->spec.boot_id) != 0)
        return 0;
    if (parse_lab(job->spec.text, job->spec.size, job->spec.file, &job->lab, NULL) < 0)
        job->lab = lab_new(); /* of another version: the marks have to do */
    return job->lab ? clear_host(job) : report_oom(job->report);
}

/* Take away a claimed lab, whatever state it is in. Releases the claim. */
static int take_away(struct job *job, struct netlab_result *result)
{
    int r = 0;

    job->arena = arena_new();
    if (!job->arena)
        r = report_oom(job->report);
    if (r == 0 && job->state.has_spec)
        r = clear_applied(job);
    if (r == 0)
        r = state_remove(&job->state, job->spec.made_netns_dir, job->report);
    set_result(job, result);
    job_release(job);
    lab_free(job->lab);
    return r;
}

int netlab_down(const char *name, const struct netlab_options *options,
                struct netlab_result *ret_result, struct netlab_report *report)
{
    struct job job = {.options = options, .report = report, .state = {.fd = -1}};
    struct netlab_result result = {0};
    double start = now();
    int r = parse_is_name(name) ? state_claim(name, false, options, &job.state, report) : -ENOENT;

    if (r == 0) {
        r = check_privileges(report);
        if (r < 0)
            job_release(&job);
    }
    if (r == 0)
        r = take_away(&job, &result);
    result.milliseconds = now() - start;
    if (ret_result)
        *ret_result = result;
    return r == -ENOENT ? 0 : r;
}

/* A lab's directory that is ours alone, and holds nothing yet. */
static int claim_afresh(struct job *job)
{
    for (;;) {
        struct job left = {.report = job->report, .state = {.fd = -1}};
        struct netlab_result result = {0};
        int r = state_claim(job->lab->name, true, job->options, &job->state, job->report);

        if (r < 0 || !job->state.has_spec)
            return r;
        if (job->state.is_up) {
            r = report_plain(job->report, EALREADY, "lab %s is up already", job->lab->name);
            report_hint(job->report, "take it away with: netlab down %s", job->lab->name);
            return r;
        }
        /* a killed `up` or `down` left this */
        left.state = job->state;
        job->state.fd = -1;
        r = take_away(&left, &result);
        if (r < 0)
            return r;
    }
}

struct group_search {
    uint32_t group;
    bool taken;
};

static void see_spec(const char *lab, const struct spec *spec, void *userdata)
{
    struct group_search *search = userdata;

    (void)lab;
    if (spec->group == search->group)
        search->taken = true;
}

static void see_group(uint32_t ifindex, uint32_t group, const char *name, void *userdata)
{
    struct group_search *search = userdata;

    (void)ifindex;
    (void)name;
    if (group == search->group)
        search->taken = true;
}

/* A mark for our links in the host that nobody else has. Under state_lock_all(). */
static int choose_group(struct job *job)
{
    struct group_search search = {.group = hash_string(job->lab->name) % (1U << 30) + (1U << 30)};
    int r;

    if (!has_host_links(job->lab))
        return 0;
    do {
        search.group++;
        search.taken = false;
        r = kernel_host_links(job->kernel, see_group, &search);
        if (r < 0)
            return report_plain(job->report, -r, "cannot list the host's interfaces: %s",
                                strerror(-r));
        if (state_each_spec(job->lab->name, job->arena, see_spec, &search) < 0)
            return report_oom(job->report);
    } while (search.taken);
    job->spec.group = search.group;
    kernel_set_group(job->kernel, search.group);
    return 0;
}

/* Write down what is going to be made, before any of it is. */
static int declare(struct job *job)
{
    CLEANUP_FREE char *path = realpath(job->lab->source.file, NULL);
    CLEANUP_FD int lock = state_lock_all(job->report);
    int r = lock < 0 ? lock : choose_group(job);

    if (r == 0)
        r = job_save_sysctls(job);
    if (r < 0)
        return r;
    job->spec.cookie = kernel_cookie(job->kernel);
    (void)state_boot_id(job->spec.boot_id);
    job->spec.file = path ? arena_strdup(job->arena, path) : job->lab->source.file;
    if (!job->spec.file)
        return report_oom(job->report);
    job->spec.text = job->lab->source.text;
    job->spec.size = job->lab->source.size;
    job->spec.has_host = job->lab->host != NULL;
    count_made(job->lab, &job->spec);
    return state_write_spec(&job->state, &job->spec, job->report);
}

/* Make everything without names, then give the names, then say so. */
static int carry_out(struct job *job)
{
    size_t names = job->plan.count;
    int r;

    while (names > 0 && job->plan.ops[names - 1].type == OP_NAME)
        names--;
    kernel_expect(job->kernel, job->plan.count);
    r = kernel_run(job->kernel, job->plan.ops, names, job->options, job->report);
    if (r == 0 && names < job->plan.count) {
        CLEANUP_FD int lock = -1;

        r = state_mount_names(&job->state, job->report);
        if (r == 0) {
            lock = state_lock_all(job->report);
            r = lock < 0 ? lock : 0;
        }
        if (r == 0)
            r = kernel_run(job->kernel, job->plan.ops + names, job->plan.count - names,
                           job->options, job->report);
    }
    return r < 0 ? r : state_commit(&job->state, job->report);
}

static int bring_up(struct job *job)
{
    int r = job_prepare(job, NULL, job->lab), host;

    if (r < 0)
        return r;
    r = state_check_names(job->lab, &job->spec.made_netns_dir, job->report);
    host = kernel_check_host(job->kernel, &job->plan, job->report);
    if (r == 0)
        r = host;
    if (r == 0)
        r = declare(job);
    if (r == 0)
        r = carry_out(job);
    if (r < 0 && take_back(job, roll_back) < 0)
        report_plain(job->report, EIO, "not all of it could be taken back: try netlab down %s",
                     job->lab->name);
    return r;
}

int netlab_up(struct netlab_lab *lab, const struct netlab_options *options,
              struct netlab_result *ret_result, struct netlab_report *report)
{
    struct job job = {.lab = lab, .options = options, .report = report, .state = {.fd = -1}};
    struct netlab_result result = {0};
    double start = now();
    int r = check_privileges(report);

    if (r == 0)
        r = claim_afresh(&job);
    if (r == 0) {
        job.arena = arena_new();
        r = job.arena ? bring_up(&job) : report_oom(report);
        if (r < 0)
            (void)state_remove(&job.state, job.spec.made_netns_dir, report);
    }
    if (r == 0)
        set_result(&job, &result);
    job_release(&job);
    result.milliseconds = now() - start;
    if (ret_result)
        *ret_result = result;
    return r;
}
