/* SPDX-License-Identifier: MIT */
/*
 * Job: sysctls of namespaces of others that several labs set; see job.h.
 * In: the plan, the specs of all labs. Out: what is to be restored, and what was before.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/report.h"

/* Search for another lab that has set a sysctl of the same namespace. */
struct holder {
    uint64_t cookie;
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

/* The namespace that a lab calls by a name. */
static uint64_t cookie_of(const struct spec *spec, const char *netns)
{
    const struct attachment *attachment = spec_attachment(spec, netns);

    return attachment ? attachment->cookie : spec->cookie;
}

static void see_spec(const char *lab, const struct spec *spec, void *userdata)
{
    struct holder *holder = userdata;

    for (const struct saved_sysctl *saved = spec->sysctls; saved; saved = saved->next)
        if (saved->wanted && is_same(saved->path, holder->path) &&
            cookie_of(spec, saved->netns) == holder->cookie) {
            snprintf(holder->lab, sizeof holder->lab, "%s", lab);
            holder->held = saved;
            holder->all = spec->sysctls;
        }
}

static const char *netns_of(const struct sysctl *sysctl)
{
    return sysctl->o.parent->name;
}

static bool is_host(const struct sysctl *sysctl)
{
    return strcmp(netns_of(sysctl), "host") == 0;
}

static int find_holder(const struct job *job, const struct sysctl *sysctl,
                       struct holder *ret_holder)
{
    *ret_holder =
        (struct holder){.cookie = is_host(sysctl) ? kernel_cookie(job->kernel)
                                                  : cookie_of(&job->spec, netns_of(sysctl)),
                        .path = sysctl->path};
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
static bool is_echo(const struct saved_sysctl *saved, const char *netns, const char *path)
{
    static const char all[] = "/conf/all/forwarding";
    const char *name = strstr(canonical(path), all);

    return name && !name[sizeof all - 1] && !saved->wanted && strcmp(saved->netns, netns) == 0 &&
           strncmp(saved->path, path, strlen("net/ipvN/")) == 0;
}

static int disagree(const struct job *job, const struct sysctl *sysctl, const struct holder *holder)
{
    return report_error(job->report, EBUSY, &job->lab->source,
                        object_mark(&sysctl->o, SYSCTL_VALUE),
                        "lab %s has set sysctl %s of %s%s to %s already", holder->lab,
                        holder->held->path, is_host(sysctl) ? "the host" : "namespace ",
                        is_host(sysctl) ? "" : netns_of(sysctl), holder->held->wanted);
}

/* Two labs that want the same: what was before the first is what was before both. */
static int share(struct job *job, const struct sysctl *sysctl, const struct holder *holder)
{
    struct saved_sysctl first = {.netns = netns_of(sysctl),
                                 .path = sysctl->path,
                                 .value = holder->held->value,
                                 .wanted = sysctl->value};
    int r = save(job, &first);

    for (const struct saved_sysctl *echo = holder->all; r == 0 && echo; echo = echo->next)
        if (is_echo(echo, holder->held->netns, sysctl->path)) {
            first = *echo;
            first.netns = netns_of(sysctl);
            r = save(job, &first);
        }
    return r;
}

static bool is_of(const struct saved_sysctl *saved, const struct sysctl *sysctl)
{
    return strcmp(saved->path, sysctl->path) == 0 && strcmp(saved->netns, netns_of(sysctl)) == 0;
}

/* What is saved of a sysctl already, by an earlier `up` of this lab. */
static struct saved_sysctl *find_saved(const struct spec *spec, const struct sysctl *sysctl)
{
    for (struct saved_sysctl *saved = spec->sysctls; saved; saved = saved->next)
        if (saved->wanted && is_of(saved, sysctl))
            return saved;
    return NULL;
}

static int save_sysctl(struct job *job, const struct sysctl *sysctl)
{
    struct saved_sysctl saved = {.netns = netns_of(sysctl),
                                 .path = sysctl->path,
                                 .value = sysctl->before,
                                 .wanted = sysctl->value};
    struct saved_sysctl *mine = find_saved(&job->spec, sysctl);
    struct holder holder;
    int r = find_holder(job, sysctl, &holder);

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
    for (const struct saved_sysctl *echo = sysctl->echoes; r == 0 && echo; echo = echo->next) {
        saved = *echo;
        saved.netns = netns_of(sysctl);
        r = save(job, &saved);
    }
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

int job_claim_sysctls(struct job *job)
{
    struct plan plan = {0};
    size_t most = 1;
    int r;

    LIST_EACH (struct netns, netns, &job->lab->namespaces)
        most += netns->foreign ? netns->sysctls.count : 0;
    plan.ops = arena_array(job->arena, most, sizeof *plan.ops);
    if (!plan.ops)
        return report_oom(job->report);
    LIST_EACH (struct netns, netns, &job->lab->namespaces)
        LIST_EACH (struct sysctl, sysctl, &netns->sysctls)
            if (netns->foreign && !find_saved(&job->spec, sysctl))
                plan.ops[plan.count++] =
                    (struct op){.type = OP_SYSCTL, .to = &sysctl->o, .netns = netns};
    r = plan.count ? kernel_check_foreign(job->kernel, &plan, job->report) : 0;
    for (size_t i = 0; r == 0 && i < plan.count; i++) {
        const struct sysctl *sysctl = (const struct sysctl *)plan.ops[i].to;

        r = sysctl->before ? save_sysctl(job, sysctl) : 0;
    }
    return r;
}

static int recall(struct job *job, struct sysctl *sysctl)
{
    sysctl->before = NULL;
    sysctl->echoes = NULL;
    for (const struct saved_sysctl *saved = job->spec.sysctls; saved; saved = saved->next) {
        struct saved_sysctl *echo;

        if (saved->wanted && is_of(saved, sysctl))
            sysctl->before = saved->value;
        if (!is_echo(saved, netns_of(sysctl), sysctl->path))
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
        if (job->plan.ops[i].type == OP_SYSCTL && job->plan.ops[i].netns->foreign)
            r = recall(job, (struct sysctl *)op_object(&job->plan.ops[i]));
    return r;
}

static bool is_wanted(const struct netlab_lab *lab, const struct sysctl *sysctl)
{
    const struct netns *netns = strmap_get(&lab->names, netns_of(sysctl));

    if (netns)
        LIST_EACH (struct sysctl, other, &netns->sysctls)
            if (strcmp(other->path, sysctl->path) == 0)
                return true;
    return false;
}

int job_note_sysctls(const struct job *job, struct netlab_lab *seen)
{
    struct holder holder = {0};

    LIST_EACH (struct netns, netns, &seen->namespaces) {
        if (!netns->foreign)
            continue;
        LIST_EACH (struct sysctl, sysctl, &netns->sysctls) {
            const struct saved_sysctl *saved = find_saved(&job->spec, sysctl);

            sysctl->before = saved ? saved->value : NULL;
            if (!saved || is_wanted(job->lab, sysctl))
                continue;
            if (find_holder(job, sysctl, &holder) < 0)
                return report_oom(job->report);
            if (holder.held)
                sysctl->before = NULL;
        }
    }
    return 0;
}

/* Whether the lab still has something to do with a saved value. */
static bool is_needed(const struct netlab_lab *lab, const struct saved_sysctl *saved)
{
    const struct netns *netns = strmap_get(&lab->names, saved->netns);

    if (!netns || !netns->foreign)
        return false;
    LIST_EACH (struct sysctl, sysctl, &netns->sysctls)
        if (saved->wanted ? is_of(saved, sysctl) : is_echo(saved, saved->netns, sysctl->path))
            return true;
    return false;
}

/* Drop from the spec what the lab no longer sets. */
static void forget(struct job *job)
{
    struct saved_sysctl **link = &job->spec.sysctls;

    while (*link)
        if (is_needed(job->lab, *link))
            link = &(*link)->next;
        else
            *link = (*link)->next;
}

/* Whether the op gives back what several may have, which is for the end and to be done alone. */
static bool is_for_the_end(const struct job *job, const struct op *op)
{
    const struct sysctl *sysctl = (const struct sysctl *)op_object(op);

    if (op->type != OP_SYSCTL || !op->netns->foreign)
        return false;
    return op_removes(op) ||
           (job->back_to && find_saved(&job->spec, sysctl) && !find_saved(job->back_to, sysctl));
}

size_t job_hold_back_sysctls(struct job *job)
{
    struct plan *plan = &job->plan;
    size_t all = plan->count;

    plan->count = 0;
    for (size_t i = 0; i < all; i++)
        if (!is_for_the_end(job, &plan->ops[i]))
            plan->ops[plan->count++] = plan->ops[i];
    return all - plan->count;
}

/* A namespace may have left the file along with what it had. */
static struct netns *find_netns(const struct job *job, const char *name)
{
    struct netns *netns = strmap_get(&job->lab->names, name);

    return netns || !job->first ? netns : strmap_get(&job->first->names, name);
}

/* Give one back that no other lab has by now; 1 if it was. */
static int give_back(struct job *job, struct sysctl *sysctl)
{
    struct netns *netns = find_netns(job, netns_of(sysctl));
    const struct op op = {.type = OP_SYSCTL, .from = &sysctl->o, .netns = netns};
    struct holder holder;
    int r = find_holder(job, sysctl, &holder);

    if (r < 0)
        return report_oom(job->report);
    if (holder.held || !netns || !netns->foreign)
        return 0;
    r = recall(job, sysctl);
    if (r == 0)
        r = kernel_run(job->kernel, &op, 1, job->options, job->report);
    return r < 0 ? r : 1;
}

int job_return_sysctls(struct job *job)
{
    int count = 0, r = 0;

    for (size_t i = 0; i < DIFF_OWNERS && job->applied[i]; i++)
        LIST_EACH (struct netns, netns, &job->applied[i]->namespaces)
            LIST_EACH (struct sysctl, sysctl, &netns->sysctls)
                if (r >= 0 && find_saved(&job->spec, sysctl) && !is_wanted(job->lab, sysctl)) {
                    r = give_back(job, sysctl);
                    count += r > 0;
                }
    forget(job);
    if (r >= 0)
        r = state_write_spec(&job->state, &job->spec, job->report);
    return r < 0 ? r : count;
}

int job_return_claims(struct job *job)
{
    int count = 0, r = 0;

    LIST_EACH (struct netns, netns, &job->lab->namespaces)
        LIST_EACH (struct sysctl, sysctl, &netns->sysctls)
            if (r >= 0 && netns->foreign && find_saved(&job->spec, sysctl) &&
                !find_saved(job->back_to, sysctl)) {
                r = give_back(job, sysctl);
                count += r > 0;
            }
    return r < 0 ? r : count;
}

int job_yield_sysctls(struct job *job)
{
    for (size_t i = 0; i < job->plan.count; i++) {
        struct sysctl *sysctl = (struct sysctl *)op_object(&job->plan.ops[i]);
        struct holder holder;

        if (job->plan.ops[i].type != OP_SYSCTL || !sysctl->before)
            continue;
        if (find_holder(job, sysctl, &holder) < 0)
            return report_oom(job->report);
        if (holder.held)
            sysctl->before = NULL;
    }
    return 0;
}
