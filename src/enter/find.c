/* SPDX-License-Identifier: MIT */
/*
 * Job: which namespace is meant, and a descriptor of it.
 * In: names of a lab and of a namespace; the registry. Out: a target; the namespace, open.
 */
#include "enter/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/report.h"
#include "parse/parse.h"
#include "state/state.h"

static void find_attached(const struct spec *spec, const char *ns, struct target *target)
{
    const struct attachment *attachment = spec_attachment(spec, ns);

    if (!attachment)
        return;
    target->attached = true;
    target->id = (struct netns_id){.cookie = attachment->cookie, .inode = attachment->inode};
    snprintf(target->path, sizeof target->path, "%s", attachment->path);
}

/* Whether a lab has the namespace; fills the target. 0, -ENOENT, … */
static int find_in(const char *lab_name, const char *ns, struct target *target)
{
    struct arena *arena = arena_new();
    struct netlab_lab *lab = NULL;
    enum state_condition condition;
    struct netns *netns = NULL;
    struct spec spec;
    time_t since;
    int r = arena ? state_look("", lab_name, arena, &spec, &condition, &since) : -ENOMEM;

    if (r == 0 && !state_is_usable(condition))
        r = -ENOENT;
    if (r == 0)
        r = parse_lab(spec.text, spec.size, spec.file, &lab, NULL);
    if (r == 0)
        netns = strmap_get(&lab->names, ns);
    if (r == 0 && !netns && strcmp(ns, "host") != 0)
        r = -ENOENT;
    if (r == 0) {
        snprintf(target->lab, sizeof target->lab, "%s", lab_name);
        snprintf(target->ns, sizeof target->ns, "%s", ns);
        snprintf(target->hostname, sizeof target->hostname, "%s",
                 netns && netns->hostname ? netns->hostname : "");
        target->host = strcmp(ns, "host") == 0;
    }
    if (r == 0 && netns)
        find_attached(&spec, ns, target);
    lab_free(lab);
    arena_free(arena);
    return r;
}

/* The one lab that has it. */
static int find_anywhere(const char *ns, struct target *target, struct netlab_report *report)
{
    struct target found = {.lab = ""};
    char **names = NULL;
    int r = state_list(&names, report);

    for (char **name = names; r == 0 && *name; name++) {
        struct target candidate = {.host = false};

        if (find_in(*name, ns, &candidate) < 0)
            continue;
        if (candidate.host && *found.lab) {
            *found.lab = '\0'; /* the host's namespace is the same for all labs */
            found.host = true;
            break;
        }
        if (*found.lab)
            r = state_ambiguous(found.lab, candidate.lab, ns, report);
        found = candidate;
    }
    netlab_names_free(names);
    if (r == 0 && !*found.lab && !found.host)
        r = report_plain(report, ENOENT, "no lab that is up has a namespace %s", ns);
    *target = found;
    return r;
}

int target_find(const char *lab, const char *ns, struct target *ret_target,
                struct netlab_report *report)
{
    int r;

    if (!lab)
        return find_anywhere(ns, ret_target, report);
    r = parse_is_name(lab) ? find_in(lab, ns, ret_target) : -ENOENT;
    if (r == -ENOENT)
        report_plain(report, ENOENT, "lab %s is not up, or has no namespace %s", lab, ns);
    else if (r < 0)
        report_plain(report, -r, "cannot read the state of lab %s: %s", lab, strerror(-r));
    return r;
}

static int open_quietly(const struct target *target)
{
    char path[STATE_PATH_SIZE + LAB_NAME_MAX + 8];

    if (target->attached)
        return netns_find(target->path, &target->id);
    snprintf(path, sizeof path, "%s/%s/ns/%s", STATE_DIR, target->lab, target->ns);
    return netns_open(path);
}

int target_open(const struct target *target, struct netlab_report *report)
{
    int fd = open_quietly(target);

    if (fd == -ESTALE)
        return report_plain(report, ENOENT,
                            "namespace %s is gone: somebody deleted it, or it was made in another "
                            "mount namespace",
                            target->ns);
    if (fd == -ENOENT && target->attached)
        return report_plain(report, ENOENT, "namespace %s is gone", target->ns);
    if (fd < 0)
        return report_plain(report, -fd, "cannot open namespace %s: %s", target->ns, strerror(-fd));
    return fd;
}

int target_open_in(const char *lab, const struct spec *spec, const char *ns)
{
    struct target target = {.host = false};
    int fd;

    snprintf(target.lab, sizeof target.lab, "%s", lab);
    snprintf(target.ns, sizeof target.ns, "%s", ns);
    find_attached(spec, ns, &target);
    fd = open_quietly(&target);
    return fd == -ESTALE ? -ENOENT : fd;
}

int target_enter(const struct target *target, struct netlab_report *report)
{
    CLEANUP_FD int fd = target_open(target, report);

    if (fd < 0)
        return fd;
    if (setns(fd, CLONE_NEWNET) < 0)
        return report_plain(report, errno, "cannot enter namespace %s: %s", target->ns,
                            strerror(errno));
    return 0;
}
