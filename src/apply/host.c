/* SPDX-License-Identifier: MIT */
/*
 * Job: sysctls of the host that several labs set; see job.h.
 * In: the plan, the specs of all labs. Out: what is to be restored, and what was before.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/report.h"

/* Search for another lab that has set a sysctl of the same host. */
struct holder {
    const struct job *job;
    const char *path;
    char lab[LAB_NAME_MAX + 1];
    const struct saved_sysctl *held, *all;
};

/* Some have two names. */
static const char *canonical(const char *path)
{
    return strcmp(path, "net/ipv4/ip_forward") == 0 ? "net/ipv4/conf/all/forwarding" : path;
}

static bool is_same(const char *a, const char *b)
{
    return strcmp(canonical(a), canonical(b)) == 0;
}

static void see_spec(const char *lab, const struct spec *spec, void *userdata)
{
    struct holder *holder = userdata;

    if (spec->cookie != kernel_cookie(holder->job->kernel))
        return;
    for (const struct saved_sysctl *saved = spec->sysctls; saved; saved = saved->next)
        if (saved->wanted && is_same(saved->path, holder->path)) {
            snprintf(holder->lab, sizeof holder->lab, "%s", lab);
            holder->held = saved;
            holder->all = spec->sysctls;
        }
}

static int find_holder(const struct job *job, const char *path, struct holder *ret_holder)
{
    *ret_holder = (struct holder){.job = job, .path = path};
    return state_each_spec(job->state.name, job->arena, see_spec, ret_holder);
}

static int save(struct job *job, const struct saved_sysctl *value)
{
    struct saved_sysctl *saved = ARENA_NEW(job->arena, struct saved_sysctl);

    if (!saved)
        return report_oom(job->report);
    *saved = *value;
    saved->next = job->spec.sysctls;
    job->spec.sysctls = saved;
    return 0;
}

/* Whether a saved value changed along with that of a path. */
static bool is_echo(const struct saved_sysctl *saved, const char *path)
{
    static const char all[] = "/conf/all/forwarding";
    const char *name = strstr(canonical(path), all);

    return name && !name[sizeof all - 1] && !saved->wanted &&
           strncmp(saved->path, path, strlen("net/ipvN/")) == 0;
}

static int disagree(const struct job *job, const struct sysctl *sysctl, const struct holder *holder)
{
    return report_error(job->report, EBUSY, &job->lab->source,
                        object_mark(&sysctl->o, SYSCTL_VALUE),
                        "lab %s has set sysctl %s of the host to %s already", holder->lab,
                        holder->held->path, holder->held->wanted);
}

/* Two labs that want the same: what was before the first is what was before both. */
static int share(struct job *job, const struct sysctl *sysctl, const struct holder *holder)
{
    struct saved_sysctl first = {NULL, sysctl->path, holder->held->value, sysctl->value};
    int r = save(job, &first);

    for (const struct saved_sysctl *echo = holder->all; r == 0 && echo; echo = echo->next)
        if (is_echo(echo, sysctl->path))
            r = save(job, echo);
    return r;
}

/* What is saved of a path already, by an earlier `up` of this lab. */
static struct saved_sysctl *find_saved(const struct job *job, const char *path)
{
    for (struct saved_sysctl *saved = job->spec.sysctls; saved; saved = saved->next)
        if (saved->wanted && strcmp(saved->path, path) == 0)
            return saved;
    return NULL;
}

static int save_sysctl(struct job *job, const struct sysctl *sysctl)
{
    struct saved_sysctl saved = {NULL, sysctl->path, sysctl->before, sysctl->value};
    struct saved_sysctl *mine = find_saved(job, sysctl->path);
    struct holder holder;
    int r = find_holder(job, sysctl->path, &holder);

    if (r < 0)
        return report_oom(job->report);
    if (holder.held && strcmp(holder.held->wanted, sysctl->value) != 0)
        return disagree(job, sysctl, &holder);
    if (mine) {
        mine->wanted = sysctl->value;
        return 0;
    }
    if (holder.held)
        return share(job, sysctl, &holder);
    r = save(job, &saved);
    for (const struct saved_sysctl *echo = sysctl->echoes; r == 0 && echo; echo = echo->next)
        r = save(job, echo);
    return r;
}

int job_save_sysctls(struct job *job)
{
    int first = 0;

    for (size_t i = 0; i < job->plan.count; i++) {
        const struct sysctl *sysctl = (const struct sysctl *)job->plan.ops[i].to;
        int r = 0;

        if (job->plan.ops[i].type == OP_SYSCTL && sysctl && sysctl->before)
            r = save_sysctl(job, sysctl);
        if (first == 0)
            first = r;
    }
    return first < 0 ? first : job_recall_sysctls(job);
}

static int recall(struct job *job, struct sysctl *sysctl)
{
    sysctl->before = NULL;
    sysctl->echoes = NULL;
    for (const struct saved_sysctl *saved = job->spec.sysctls; saved; saved = saved->next) {
        struct saved_sysctl *echo;

        if (saved->wanted && strcmp(saved->path, sysctl->path) == 0)
            sysctl->before = saved->value;
        if (!is_echo(saved, sysctl->path))
            continue;
        echo = ARENA_NEW(job->arena, struct saved_sysctl);
        if (!echo)
            return report_oom(job->report);
        *echo = *saved;
        echo->next = sysctl->echoes;
        sysctl->echoes = echo;
    }
    return 0;
}

int job_recall_sysctls(struct job *job)
{
    int r = 0;

    for (size_t i = 0; i < job->plan.count && r == 0; i++)
        if (job->plan.ops[i].type == OP_SYSCTL && job->plan.ops[i].netns->host)
            r = recall(job, (struct sysctl *)op_object(&job->plan.ops[i]));
    return r;
}

static bool is_wanted(const struct netlab_lab *lab, const char *path)
{
    if (lab->host)
        LIST_EACH (struct sysctl, sysctl, &lab->host->sysctls)
            if (strcmp(sysctl->path, path) == 0)
                return true;
    return false;
}

int job_note_sysctls(const struct job *job, struct netlab_lab *seen)
{
    struct holder holder = {0};

    if (!seen->host)
        return 0;
    LIST_EACH (struct sysctl, sysctl, &seen->host->sysctls) {
        const struct saved_sysctl *saved = find_saved(job, sysctl->path);

        sysctl->before = saved ? saved->value : NULL;
        if (!saved || is_wanted(job->lab, sysctl->path))
            continue;
        if (find_holder(job, sysctl->path, &holder) < 0)
            return report_oom(job->report);
        if (holder.held)
            sysctl->before = NULL;
    }
    return 0;
}

/* Whether the lab still has something to do with a saved value. */
static bool is_needed(const struct netlab_lab *lab, const struct saved_sysctl *saved)
{
    if (!lab->host)
        return false;
    LIST_EACH (struct sysctl, sysctl, &lab->host->sysctls)
        if (saved->wanted ? strcmp(sysctl->path, saved->path) == 0 : is_echo(saved, sysctl->path))
            return true;
    return false;
}

void job_forget_sysctls(struct job *job)
{
    struct saved_sysctl **link = &job->spec.sysctls;

    while (*link)
        if (is_needed(job->lab, *link))
            link = &(*link)->next;
        else
            *link = (*link)->next;
}

int job_yield_sysctls(struct job *job)
{
    for (size_t i = 0; i < job->plan.count; i++) {
        struct sysctl *sysctl = (struct sysctl *)op_object(&job->plan.ops[i]);
        struct holder holder;

        if (job->plan.ops[i].type != OP_SYSCTL || !sysctl->before)
            continue;
        if (find_holder(job, sysctl->path, &holder) < 0)
            return report_oom(job->report);
        if (holder.held)
            sysctl->before = NULL;
    }
    return 0;
}
