/* SPDX-License-Identifier: MIT */
/*
 * Job: `down`: run(plan(diff(seen, nothing))), where what was applied stands for what is seen: a
 * plan made of it takes away all that may be there.
 * See include/netlab/lab.h.
 */
#include <errno.h>
#include <string.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/report.h"
#include "enter/process.h"
#include "parse/parse.h"

static bool touches_host(const struct job *job)
{
    for (size_t i = 0; i < job->plan.count; i++)
        if (job->plan.ops[i].netns->host || job->plan.ops[i].type == OP_LINK)
            return true;
    return job->spec.group;
}

/* The lab's names for the channels of attached namespaces. */
static int name_attached(struct job *job, struct netlab_lab *lab)
{
    for (const struct attachment *one = job->spec.attachments; one; one = one->next) {
        struct netns *netns = strmap_get(&lab->names, one->name);

        if (!netns && !lab->name)
            netns = lab_add_foreign(lab, one->name);
        if (!netns && !lab->name)
            return report_oom(job->report);
        if (netns && netns->foreign)
            netns->index = one->index;
    }
    return 0;
}

/* Take away what one topology has in namespaces of others. */
static int undo_topology(struct job *job, struct netlab_lab *lab)
{
    int r;

    job->lab = lab;
    r = job_plan(job, lab, NULL);
    if (r == 0)
        r = kernel_open(lab, job->state.names, &job->kernel, job->report);
    if (r < 0)
        return r;
    if (lab->host && touches_host(job) && job->spec.cookie &&
        kernel_cookie(job->kernel) != job->spec.cookie)
        return report_plain(job->report, EXDEV,
                            "lab %s was brought up from another network namespace and has "
                            "something there: take it down from there",
                            job->state.name);
    r = job_reattach(job, lab->namespaces.count);
    if (r == 0)
        r = name_attached(job, lab);
    job_recall_existing(job, lab);
    if (r == 0)
        r = job_recall_sysctls(job);
    if (r == 0 && job->spec.sysctls)
        r = job_yield_sysctls(job);
    if (r < 0)
        return r;
    kernel_set_group(job->kernel, job->spec.group);
    kernel_expect(job->kernel, job->plan.count);
    r = kernel_undo(job->kernel, &job->plan, job->options, job->report);
    return r < 0 ? r : kernel_delete_links(job->kernel, job->report);
}

static struct netlab_lab *lab_unread(const struct job *job)
{
    struct netlab_lab *lab = lab_new();

    if (lab && job->spec.has_host && !lab_add_foreign(lab, "host")) {
        lab_free(lab);
        return NULL;
    }
    return lab;
}

static int undo_text(struct job *job, const char *text, size_t size)
{
    struct netlab_lab *lab = NULL;
    int r;

    if (!text)
        return 0;
    if (parse_lab(text, size, job->spec.file, &lab, NULL) < 0)
        lab = lab_unread(job); /* of another version: the marks have to do */
    r = lab ? undo_topology(job, lab) : report_oom(job->report);
    kernel_close(job->kernel);
    job->kernel = NULL;
    job->lab = NULL;
    lab_free(lab);
    return r;
}

/* A change that was killed half-way left things of two topologies. */
static int undo_applied(struct job *job)
{
    int r = undo_text(job, job->spec.previous, job->spec.previous_size);

    return r < 0 ? r : undo_text(job, job->spec.text, job->spec.size);
}

int job_take_back(struct job *job, int (*undo)(struct job *job))
{
    CLEANUP_FD int lock = -1;
    bool has_sysctls = job->spec.sysctls != NULL;
    int r = 0;

    if (has_sysctls) {
        lock = state_lock_all(job->report);
        r = lock < 0 ? lock : 0;
    }
    if (r == 0)
        r = undo(job);
    if (r < 0 || !has_sysctls)
        return r;
    job->spec.sysctls = NULL; /* no longer ours, for those who look when the lock is gone */
    return state_write_spec(&job->state, &job->spec, job->report);
}

static int clear_applied(struct job *job)
{
    char boot_id[BOOT_ID_SIZE] = "";
    int r = state_read_spec(&job->state, job->arena, &job->spec, job->report);

    /* what is in our own namespaces goes with them: nothing to plan, unless somebody looks on */
    if (r < 0 || (!job->spec.has_host && !job->spec.attachments &&
                  !(job->options && job->options->progress)))
        return r;
    /* after a restart only the registry is left */
    if (state_boot_id(boot_id) == 0 && strcmp(boot_id, job->spec.boot_id) != 0)
        return 0;
    return job_take_back(job, undo_applied);
}

int job_take_away(struct job *job, struct netlab_result *result)
{
    int r = 0;

    job->arena = arena_new();
    if (!job->arena)
        r = report_oom(job->report);
    if (r == 0)
        r = job_end_services(job);
    if (r == 0 && job->state.has_spec)
        r = clear_applied(job);
    if (r == 0)
        r = state_remove(&job->state, job->spec.made_netns_dir, job->report);
    job_set_result(job, result);
    job_release(job);
    return r;
}

int netlab_down(const char *name, const struct netlab_options *options,
                struct netlab_result *ret_result, struct netlab_report *report)
{
    struct job job = {.options = options, .report = report, .state = {.fd = -1}};
    struct netlab_result result = {0};
    double start = job_now();
    int r = parse_is_name(name) ? state_claim(name, false, options, &job.state, report) : -ENOENT;

    if (r == 0) {
        r = job_check_privileges(report);
        if (r < 0)
            job_release(&job);
    }
    if (r == 0) {
        process_end_all(job.state.fd, report);
        r = job_take_away(&job, &result);
    }
    result.milliseconds = job_now() - start;
    if (ret_result)
        *ret_result = result;
    return r == -ENOENT ? 0 : r;
}
