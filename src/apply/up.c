/* SPDX-License-Identifier: MIT */
/*
 * Job: `up`: run(plan(diff(seen, wanted))), between claiming the lab and letting go of it. Where
 * nothing can be there yet nothing is looked at; a lab that is up converges (converge.c).
 * See include/netlab/lab.h.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "base/report.h"
#include "kernel/nft.h"

/* Whether it has interfaces in namespaces of others. */
static bool has_foreign_links(const struct netlab_lab *lab)
{
    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (netns->foreign && iface->kind)
                return true;
    return false;
}

/* Settings that were not made yet, too: another lab may have left them to this one meanwhile. */
static int roll_back(struct job *job)
{
    int first = job->spec.sysctls ? job_yield_sysctls(job) : 0;
    int r = first < 0 ? 0 : kernel_rollback(job->kernel, job->report);

    if (first == 0)
        first = r;
    for (size_t i = 0; job->spec.sysctls && i < job->plan.count; i++) {
        struct op op = job->plan.ops[i];
        struct plan plan = {.ops = &op, .count = 1};

        plan_reverse(&plan);
        r = op.type == OP_SYSCTL && op.netns->foreign
                ? kernel_undo(job->kernel, &plan, NULL, job->report)
                : 0;
        if (first == 0)
            first = r;
    }
    return first;
}

/* The lab's directory: one that holds nothing yet, or that of a lab that is up. */
static int claim(struct job *job)
{
    for (;;) {
        struct job left = {.report = job->report, .state = {.fd = -1}};
        struct netlab_result result = {0};
        int r = state_claim(job->lab->name, true, job->options, &job->state, job->report);

        if (r < 0 || !job->state.has_spec || job->state.is_up)
            return r;
        /* a killed `up` or `down` left this */
        left.state = job->state;
        job->state.fd = -1;
        r = job_take_away(&left, &result);
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

static int search_links(struct job *job, struct group_search *search)
{
    int r = 0;

    LIST_EACH (struct netns, netns, &job->lab->namespaces) {
        if (r == 0 && netns->foreign)
            r = kernel_links(job->kernel, netns, see_group, search);
        if (r < 0)
            return report_plain(job->report, -r, "cannot list the interfaces of namespace %s: %s",
                                netns->o.name, strerror(-r));
    }
    return 0;
}

int job_choose_group(struct job *job)
{
    struct group_search search = {.group = hash_string(job->lab->name) % (1U << 30) + (1U << 30)};
    int r;

    if (!has_foreign_links(job->lab))
        return 0;
    do {
        search.group++;
        search.taken = false;
        r = search_links(job, &search);
        if (r < 0)
            return r;
        if (state_each_spec(job->lab->name, job->arena, see_spec, &search) < 0)
            return report_oom(job->report);
    } while (search.taken);
    job->spec.group = search.group;
    kernel_set_group(job->kernel, search.group);
    return 0;
}

int job_describe(struct job *job)
{
    CLEANUP_FREE char *path = realpath(job->lab->source.file, NULL);

    job->spec.cookie = kernel_cookie(job->kernel);
    (void)state_boot_id(job->spec.boot_id);
    job->spec.file = path ? arena_strdup(job->arena, path) : job->lab->source.file;
    if (!job->spec.file)
        return report_oom(job->report);
    job->spec.text = job->lab->source.text;
    job->spec.size = job->lab->source.size;
    job->spec.has_host |= job->lab->host != NULL;
    job->spec.secret |= job_has_secrets(job);
    job_count(job);
    return 0;
}

/* Write down what is going to be made, before any of it is. */
static int declare(struct job *job)
{
    CLEANUP_FD int lock = state_lock_all(job->report);
    int r = lock < 0 ? lock : job_check(job);

    if (r == 0)
        r = job_choose_group(job);
    if (r == 0)
        r = job_save_existing(job);
    if (r == 0)
        r = job_save_sysctls(job);
    if (r == 0)
        r = job_describe(job);
    if (r == 0)
        r = state_write_spec(&job->state, &job->spec, job->report);
    if (r < 0)
        job->spec.sysctls = NULL; /* none was set, nor is there a spec that says so */
    return r;
}

static bool is_name(const struct op *op)
{
    return op->type == OP_NAME;
}

/* Names are given and taken by one netlab at a time. */
static int run_names(struct job *job, const struct op *ops, size_t count)
{
    CLEANUP_FD int lock = -1;
    int r = state_mount_names(&job->state, job->report);

    if (r < 0)
        return r;
    lock = state_lock_all(job->report);
    return lock < 0 ? lock : kernel_run(job->kernel, ops, count, job->options, job->report);
}

int job_run(struct job *job)
{
    const struct plan *plan = &job->plan;
    size_t next = 0;
    int r = 0;

    kernel_expect(job->kernel, plan->count);
    for (size_t i = 0; r == 0 && i < plan->count; i = next) {
        const struct op *ops = plan->ops + i;

        for (next = i; next < plan->count && is_name(&plan->ops[next]) == is_name(ops);)
            next++;
        r = is_name(ops) ? run_names(job, ops, next - i)
                         : kernel_run(job->kernel, ops, next - i, job->options, job->report);
    }
    return r;
}

int job_check(struct job *job)
{
    bool make_netns_dir = false;
    int r = state_check_names(job->lab, &make_netns_dir, job->report);
    int foreign = kernel_check_foreign(job->kernel, &job->plan, job->report);

    job->spec.made_netns_dir |= make_netns_dir;
    return r < 0 ? r : foreign;
}

int job_try(struct job *job)
{
    int features = kernel_check_features(job->kernel, &job->plan, job->report);
    int rulesets = kernel_try_rulesets(job->kernel, job->lab, NULL, job->report);

    return features < 0 ? features : rulesets;
}

static int bring_up(struct job *job)
{
    int r = job_read_keys(job);

    if (r == 0)
        r = kernel_open(job->lab, job->state.names, &job->kernel, job->report);
    if (r == 0)
        r = job_attach(job);
    if (r == 0)
        r = kernel_adopt(job->kernel, job->report);
    if (r == 0)
        r = job_plan(job, NULL, job->lab);
    if (r == 0)
        r = job_try(job);
    if (r < 0)
        return r;
    r = declare(job);
    if (r == 0)
        r = job_run(job);
    if (r == 0)
        r = state_commit(&job->state, job->report);
    if (r < 0 && job_take_back(job, roll_back) < 0)
        report_plain(job->report, EIO, "not all of it could be taken back: try netlab down %s",
                     job->lab->name);
    return r;
}

/* The process is ending. */
static void rescue(void *userdata)
{
    struct job *job = userdata;

    if (job_take_back(job, roll_back) == 0)
        (void)state_remove(&job->state, job->spec.made_netns_dir, job->report);
}

static int make(struct job *job, struct netlab_result *result)
{
    int r;

    nft_guard(rescue, job);
    r = bring_up(job);
    nft_guard(NULL, NULL);

    if (r < 0 && job_end_services(job) == 0)
        (void)state_remove(&job->state, job->spec.made_netns_dir, job->report);
    if (r == 0)
        job_set_result(job, result);
    return r;
}

int netlab_up(struct netlab_lab *lab, const struct netlab_options *options,
              struct netlab_result *ret_result, struct netlab_report *report)
{
    struct job job = {.lab = lab, .options = options, .report = report, .state = {.fd = -1}};
    struct netlab_result result = {0};
    double start = job_now();
    int r = job_check_privileges(report);

    if (r == 0)
        r = claim(&job);
    if (r == 0) {
        job.arena = arena_new();
        if (!job.arena)
            r = report_oom(report);
        else
            r = job.state.is_up ? job_converge(&job, &result) : make(&job, &result);
    }
    job_release(&job);
    result.milliseconds = job_now() - start;
    if (ret_result)
        *ret_result = result;
    return r;
}
