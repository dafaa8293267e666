/* SPDX-License-Identifier: MIT */
/*
 * Job: bring a lab that is up to what its file says, and back to what it was when that fails.
 * In: a claimed lab. Out: the same kernel objects as a fresh `up` would make, with as few changes
 * as it takes.
 *
 * What the kernel takes away along with something else (routes with an address, secondary addresses
 * with the primary) is not foreseen but looked for: after a change it is compared again, until
 * there is no difference. Going back is the same walk, towards what was seen at first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/report.h"
#include "kernel/nft.h"

enum { ROUNDS = 5 };

/* The same lab from another file is a mistake more often than not. */
int job_check_file(const struct job *job, const struct spec *spec)
{
    CLEANUP_FREE char *path = realpath(job->lab->source.file, NULL);
    const char *file = path ? path : job->lab->source.file;
    int r;

    if ((job->options && job->options->adopt) || strcmp(file, spec->file) == 0)
        return 0;
    r = report_plain(job->report, EEXIST, "lab %s is up already, brought up from %s",
                     job->state.name, spec->file);
    report_hint(job->report, "--adopt makes this file its own; netlab down %s takes it away",
                job->state.name);
    return r;
}

static size_t count_steps(const struct plan *plan)
{
    size_t steps = 0;

    for (size_t i = 0; i < plan->count; i++)
        steps += plan->ops[i].type != OP_READY;
    return steps;
}

/* What has our interfaces' names and was never ours. */
static int check_clashes(const struct job *job)
{
    int first = 0;

    LIST_EACH (struct netns, netns, &job->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            int r = iface->clashes
                        ? report_error(job->report, EEXIST, &job->lab->source, iface->o.mark,
                                       "interface %s exists in namespace %s already, and is not "
                                       "this lab's",
                                       iface->o.name, netns->o.name)
                        : 0;

            if (first == 0)
                first = r;
        }
    return first;
}

static bool is_same_text(const struct spec *a, const struct spec *b)
{
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

/* The list of the spec before is kept for the way back. */
static int copy_sysctls(struct job *job)
{
    struct saved_sysctl **link = &job->spec.sysctls;

    for (const struct saved_sysctl *saved = *link; saved; saved = saved->next) {
        struct saved_sysctl *copy = ARENA_NEW(job->arena, struct saved_sysctl);

        if (!copy)
            return report_oom(job->report);
        *copy = *saved;
        *link = copy;
        link = &copy->next;
    }
    return 0;
}

/* Write down what is going to be there, beside what is. `before` stays as it was. */
static int declare(struct job *job, const struct spec *before)
{
    CLEANUP_FD int lock = state_lock_all(job->report);
    int r = lock < 0 ? lock : job_check(job);

    if (r == 0)
        r = copy_sysctls(job);

    if (r == 0 && !job->spec.group)
        r = job_choose_group(job);
    if (r == 0)
        r = job_save_existing(job);
    if (r == 0)
        r = job_save_sysctls(job);
    if (r == 0)
        r = job_claim_sysctls(job);
    if (r == 0 && job->spec.sysctls)
        r = job_yield_sysctls(job);
    if (r == 0)
        r = job_describe(job);
    if (r < 0)
        return r;
    if (!before->previous) {
        job->spec.previous = before->text;
        job->spec.previous_size = before->size;
    }
    return state_write_spec(&job->state, &job->spec, job->report);
}

/* What is left to do, after a round. */
static int compare_again(struct job *job, const struct netlab_lab *like, struct netlab_lab *wanted)
{
    struct netlab_lab *seen = NULL;
    int r = job_look_again(job, like, &seen);

    if (r < 0)
        return r;
    lab_free(job->seen);
    job->seen = seen;
    r = job_plan(job, seen, wanted);
    (void)job_hold_back_sysctls(job);
    return r;
}

/* Namespaces that go wait until nothing else is left to do, and are not looked at meanwhile. */
static struct plan hold_back_leaving(struct plan *plan)
{
    const struct plan leaving = {.ops = plan->ops + (plan->count - plan->leaving),
                                 .count = plan->leaving};

    plan->count -= plan->leaving;
    plan->leaving = 0;
    return leaving;
}

static int change(struct job *job, size_t *steps)
{
    int r = 0;

    for (int round = 0; r == 0 && job->plan.count; round++) {
        if (round == ROUNDS)
            return report_plain(job->report, EIO,
                                "lab %s does not stay as the file has it: somebody else is "
                                "changing it",
                                job->state.name);
        *steps += count_steps(&job->plan);
        r = job_run(job);
        job->settled = true;
        if (r == 0)
            r = compare_again(job, job->lab, job->lab);
    }
    return r;
}

/* Where the lab is to be usable in time: all of it, not only what was changed. */
static int await_all(struct job *job)
{
    int r = 0;

    if (!job->options || !job->options->wait)
        return 0;
    LIST_EACH (struct netns, netns, &job->lab->namespaces) {
        const struct op op = {.type = OP_READY, .to = &netns->o, .netns = netns};

        if (r == 0)
            r = kernel_run(job->kernel, &op, 1, job->options, job->report);
    }
    return r;
}

/* Namespaces that this `up` has made. */
static void drop_made(struct job *job, const struct netlab_lab *before)
{
    LIST_EACH (struct netns, netns, &job->lab->namespaces) {
        if (netns->foreign || strmap_get(&before->names, netns->o.name))
            continue;
        (void)kernel_unname(job->kernel, netns);
        kernel_close_netns(job->kernel, netns->index);
    }
}

static int go_back(struct job *job, struct netlab_lab *before)
{
    int r;

    job->settled = true;
    /* what is wanted now was seen: all that the failed change may have made is ours */
    lab_free(job->applied[1]);
    job->applied[1] = job->lab;
    r = compare_again(job, before, before);
    for (int round = 0; r == 0 && job->plan.count && round < ROUNDS; round++) {
        r = job_run(job);
        if (r == 0)
            r = compare_again(job, before, before);
    }
    if (r == 0 && job->plan.count)
        r = -EIO;
    job->applied[1] = NULL;
    return r;
}

/* The spec before is the spec again, once nothing is left that only the other one knows. */
static int restore_spec(struct job *job, struct netlab_lab *before)
{
    CLEANUP_FD int lock = -1;
    int r = 0;

    if (job->spec.sysctls) {
        lock = state_lock_all(job->report);
        r = lock < 0 ? lock : job_return_claims(job);
        if (r > 0)
            r = go_back(job, before);
    }
    if (r < 0)
        return r;
    job->spec = *job->back_to;
    return state_write_spec(&job->state, &job->spec, job->report);
}

/* Nothing stops the way back. */
static int undo(struct job *job, struct netlab_lab *before, const struct spec *spec)
{
    const struct netlab_options *options = job->options;
    int r;

    job->options = NULL;
    job->back_to = spec;
    kernel_set_probe(job->kernel, NULL);
    drop_made(job, before);
    r = go_back(job, before);
    if (r == 0)
        r = restore_spec(job, before);
    if (r < 0)
        report_plain(job->report, EIO,
                     "not all of it could be taken back: try netlab up again, or netlab down %s",
                     job->state.name);
    job->back_to = NULL;
    job->options = options;
    return r;
}

/* A change on its way. */
struct attempt {
    struct job *job;
    struct netlab_lab *first; /* what was seen before it */
    const struct spec *before;
};

/* The process is ending. */
static void rescue(void *userdata)
{
    struct attempt *attempt = userdata;

    nft_guard(NULL, NULL);
    (void)undo(attempt->job, attempt->first, attempt->before);
}

/* What the lab does not have any more is not the spec's to tell. Returns how many sysctls of others
   were given back. */
static int forget(struct job *job)
{
    int r = 0;

    if (job->spec.sysctls) {
        CLEANUP_FD int lock = state_lock_all(job->report);

        r = lock < 0 ? lock : job_return_sysctls(job);
    }
    job->spec.has_host = job->lab->host != NULL;
    job_forget_attachments(job);
    if (r >= 0) {
        int error = job_forget_existing(job);

        if (error == 0)
            error = job_forget_services(job);
        r = error < 0 ? error : r;
    }
    return r;
}

/* The last step that can fail. */
static int settle(struct job *job, size_t *steps)
{
    int r = forget(job);

    if (r > 0)
        r = compare_again(job, job->lab, job->lab);
    return r < 0 ? r : change(job, steps);
}

static int write_final_spec(struct job *job)
{
    state_tidy_namespaces(&job->state, &job->lab->names);
    job->spec.previous = NULL;
    job->spec.previous_size = 0;
    return state_write_spec(&job->state, &job->spec, job->report);
}

static int finish(struct job *job, size_t *steps)
{
    int r = settle(job, steps);

    return r < 0 ? r : write_final_spec(job);
}

/* Take away the namespaces that left the file. Whatever can fail or be interrupted is over by then;
   the spec knows both files until they are gone. */
static int finish_leaving(struct job *job, const struct plan *leaving, size_t *steps)
{
    const struct netlab_options *options = job->options;
    struct netlab_options deaf = options ? *options : (struct netlab_options){0};
    int r = settle(job, steps);

    if (r == 0)
        r = state_write_spec(&job->state, &job->spec, job->report);
    if (r < 0)
        return r;
    deaf.cancel = NULL;
    job->options = &deaf;
    job->plan = *leaving;
    *steps += count_steps(leaving);
    r = job_run(job);
    job->options = options;
    return r < 0 ? r : write_final_spec(job);
}

/* What another lab has set, and this one wants as it is from now on. */
static int claim_shared(struct job *job)
{
    CLEANUP_FD int lock = state_lock_all(job->report);
    int r = lock < 0 ? lock : job_claim_sysctls(job);

    return r < 0 ? r : state_write_spec(&job->state, &job->spec, job->report);
}

/* Nothing differs; the file may still say things that the kernel does not know. */
static int renew(struct job *job, const struct spec *before, size_t *steps)
{
    int r = job_describe(job);

    if (r < 0 || (is_same_text(&job->spec, before) && strcmp(job->spec.file, before->file) == 0 &&
                  !before->previous))
        return r;
    r = claim_shared(job);
    return r < 0 ? r : finish(job, steps);
}

/* Nothing is to be changed. */
static int keep(struct job *job, const struct spec *before, size_t *steps)
{
    int r = await_all(job);

    return r < 0 ? r : renew(job, before, steps);
}

static int converge(struct job *job, const struct spec *before, size_t *steps)
{
    struct netlab_lab *first = job->seen;
    struct attempt way = {job, first, before};
    struct plan leaving;
    int r = check_clashes(job);

    if (r == 0)
        r = job_try(job);
    if (r == 0)
        r = declare(job, before);
    if (r < 0)
        return r;
    job->seen = NULL; /* kept for the way back */
    nft_guard(rescue, &way);
    *steps += job_hold_back_sysctls(job);
    leaving = hold_back_leaving(&job->plan);
    r = change(job, steps);
    if (r == 0)
        r = await_all(job);
    if (r == 0)
        r = leaving.count ? finish_leaving(job, &leaving, steps) : finish(job, steps);
    nft_guard(NULL, NULL);
    if (r < 0)
        (void)undo(job, first, before);
    lab_free(first);
    return r;
}

int job_converge(struct job *job, struct netlab_result *result)
{
    size_t steps = 0;
    struct spec before;
    int r = state_read_spec(&job->state, job->arena, &job->spec, job->report);

    if (r == 0)
        r = job_check_file(job, &job->spec);
    if (r == 0)
        r = job_look(job);
    if (r == 0)
        before = job->spec;
    if (r == 0)
        r = job_attach(job);
    if (r < 0)
        return r;
    job->first = job->seen;
    if (job->plan.count)
        r = converge(job, &before, &steps);
    else
        r = keep(job, &before, &steps);
    job->first = NULL;
    if (r < 0)
        return r;
    job_set_result(job, result);
    result->changed = true;
    result->done = steps > 0;
    result->steps = steps;
    return 0;
}
