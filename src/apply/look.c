/* SPDX-License-Identifier: MIT */
/*
 * Job: see what the kernel has of a lab that is up.
 * In: its spec. Out: the applied topologies, the seen one, a kernel whose channels are open.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlab/lab.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/report.h"
#include "kernel/nft.h"
#include "parse/parse.h"

/* What was applied; a text of another version that can't be read any more owns nothing. */
static int read_applied(struct job *job)
{
    const char *texts[DIFF_OWNERS] = {job->spec.text, job->spec.previous};
    const size_t sizes[DIFF_OWNERS] = {job->spec.size, job->spec.previous_size};

    for (size_t i = 0; i < DIFF_OWNERS; i++)
        if (texts[i] &&
            parse_lab(texts[i], sizes[i], job->spec.file, &job->applied[i], NULL) == -ENOMEM)
            return report_oom(job->report);
    return 0;
}

/* The same name for one that netlab makes and one that exists. */
static int check_nature(const struct job *job)
{
    LIST_EACH (struct netns, netns, &job->seen->namespaces) {
        const struct netns *wanted = strmap_get(&job->lab->names, netns->o.name);

        if (!wanted || wanted->foreign == netns->foreign)
            continue;
        report_error(job->report, EEXIST, &job->lab->source, wanted->o.mark,
                     netns->foreign ? "lab %s is up and has attached namespace %s"
                                    : "lab %s is up and has made namespace %s",
                     job->state.name, netns->o.name);
        report_hint(job->report, "take it down first: netlab down %s", job->state.name);
        return -EEXIST;
    }
    return 0;
}

static bool has_host(const struct job *job)
{
    if (job->lab->host)
        return true;
    for (size_t i = 0; i < DIFF_OWNERS; i++)
        if (job->applied[i] && job->applied[i]->host)
            return true;
    return false;
}

static int look_at(struct job *job, const struct observe_place *places, size_t count,
                   struct netlab_lab **ret_seen)
{
    const struct observe_request request = {
        .places = places,
        .count = count,
        .hints = {job->lab, job->applied[0], job->applied[1]},
        .host = has_host(job),
        .group = job->spec.group,
        .services = job->state.services,
        .others = job->names_others,
    };
    struct netlab_lab *seen = NULL;
    int r = kernel_reserve(job->kernel, count + job->lab->namespaces.count, job->report);

    if (r == 0)
        r = observe(job->kernel, &request, &seen, job->report);
    if (r == 0)
        r = job_note_sysctls(job, seen);
    if (r < 0) {
        lab_free(seen);
        return r;
    }
    job_recall_existing(job, seen);
    *ret_seen = seen;
    return r;
}

static int look_by_names(struct job *job, char **names)
{
    struct observe_place *places;
    size_t count = 0;
    int r;

    while (names[count])
        count++;
    places = arena_array(job->arena, count + job_count_attached(job) + 1, sizeof *places);
    if (!places)
        return report_oom(job->report);
    for (size_t i = 0; i < count; i++) {
        places[i] = (struct observe_place){
            .name = arena_strdup(job->arena, names[i]),
            .index = i,
            .path = arena_printf(job->arena, "%s/%s", job->state.names, names[i]),
            .unnamed = !state_is_named(&job->state, names[i]),
        };
        if (!places[i].name || !places[i].path)
            return report_oom(job->report);
    }
    r = job_reattach(job, count);
    if (r < 0)
        return r;
    count += job_attached_places(job, places + count);
    return look_at(job, places, count, &job->seen);
}

static int check_cookie(const struct job *job)
{
    if (!has_host(job) || !job->spec.cookie || kernel_cookie(job->kernel) == job->spec.cookie)
        return 0;
    return report_plain(job->report, EXDEV,
                        "lab %s was brought up from another network namespace and has something "
                        "there: change it from there",
                        job->state.name);
}

int job_look(struct job *job)
{
    char **names = NULL;
    int r = state_read_spec(&job->state, job->arena, &job->spec, job->report);

    if (r == 0)
        r = read_applied(job);
    if (r == 0)
        r = job_read_keys(job);
    if (r == 0)
        r = kernel_open(job->lab, job->state.names, &job->kernel, job->report);
    if (r == 0)
        r = check_cookie(job);
    if (r == 0)
        r = kernel_need_nft(job->kernel, job->lab, job->report);
    if (r == 0)
        r = state_namespaces(&job->state, &names, job->report);
    if (r < 0)
        return r;
    kernel_set_group(job->kernel, job->spec.group);
    job_recall_existing(job, job->lab);
    r = look_by_names(job, names);
    netlab_names_free(names);
    if (r == 0)
        r = check_nature(job);
    if (r == 0)
        r = kernel_try_rulesets(job->kernel, job->lab, job->seen, job->report);
    return r < 0 ? r : job_plan(job, job->seen, job->lab);
}

int job_look_again(struct job *job, const struct netlab_lab *like, struct netlab_lab **ret_seen)
{
    struct observe_place *places = arena_array(
        job->arena, like->namespaces.count + job_count_attached(job) + 1, sizeof *places);
    size_t count = 0;

    if (!places)
        return report_oom(job->report);
    LIST_EACH (struct netns, netns, &like->namespaces)
        if (!netns->foreign)
            places[count++] = (struct observe_place){
                .name = netns->o.name,
                .index = netns->index,
                .unnamed = !state_is_named(&job->state, netns->o.name),
            };
    count += job_attached_places(job, places + count);
    return look_at(job, places, count, ret_seen);
}
