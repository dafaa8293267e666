/* SPDX-License-Identifier: MIT */
/*
 * Job: the way into a namespace: what `ip netns exec` and `nsenter -u` do.
 * In: a target. Out: the calling thread, or a process made for it, in there.
 * See netlab_enter() in include/netlab/lab.h.
 *
 * What needs memory is done before, so that a process that was forked off a program with threads
 * can go the rest of the way.
 */
#include "enter/enter.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/report.h"

int entrance_prepare(const struct target *target, struct arena *arena,
                     struct entrance *ret_entrance, struct netlab_report *report)
{
    *ret_entrance = (struct entrance){.target = target, .fd = -1};
    return target->host || overlays_list(target->ns, arena, &ret_entrance->overlays) == 0
               ? 0
               : report_oom(report);
}

char **target_environment(const struct target *target, struct arena *arena)
{
    size_t count = 0, kept = 0;
    char **own;

    while (environ[count])
        count++;
    own = arena_array(arena, count + 3, sizeof *own);
    if (!own)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "NETLAB_LAB=", 11) != 0 &&
            strncmp(environ[i], "NETLAB_NS=", 10) != 0)
            own[kept++] = environ[i];
    if (!*target->ns) {
        memcpy(own, environ, count * sizeof *own);
        return own;
    }
    own[kept] = arena_printf(arena, "NETLAB_LAB=%s", target->lab);
    own[kept + 1] = arena_printf(arena, "NETLAB_NS=%s", target->ns);
    return own[kept] && own[kept + 1] ? own : NULL;
}

int entrance_pass(const struct entrance *entrance, struct failure *ret_failure)
{
    const struct target *target = entrance->target;

    if (target->host)
        return 0;
    if (setns(entrance->fd, CLONE_NEWNET) < 0)
        return failure_of(ret_failure, "enter namespace", target->ns);
    if (unshare(CLONE_NEWNS | (target->attached ? 0 : CLONE_NEWUTS)) < 0 ||
        (!target->attached && sethostname(target->hostname, strlen(target->hostname)) < 0))
        return failure_of(ret_failure, "make a mount and a UTS namespace", "");
    return place_furnish(target->ns, entrance->overlays, ret_failure);
}

int entrance_open(const char *lab, const char *ns, struct arena *arena,
                  struct entrance **ret_entrance, struct netlab_report *report)
{
    struct target *target = ARENA_NEW(arena, struct target);
    struct entrance *entrance = ARENA_NEW(arena, struct entrance);
    int r = target && entrance ? target_find(lab, ns, target, report) : report_oom(report);

    *ret_entrance = NULL;
    if (r == 0)
        r = entrance_prepare(target, arena, entrance, report);
    if (r < 0)
        return r;
    if (!target->host)
        entrance->fd = target_open(target, report);
    if (!target->host && entrance->fd < 0)
        return entrance->fd;
    *ret_entrance = entrance;
    return 0;
}

void entrance_close(struct entrance *entrance)
{
    if (entrance && entrance->fd >= 0)
        close(entrance->fd);
}

int netlab_enter(const char *lab, const char *ns, char ret_lab[NETLAB_NAME_MAX + 1],
                 struct netlab_report *report)
{
    struct arena *arena = arena_new();
    struct entrance *entrance = NULL;
    struct failure failure;
    int r = arena ? entrance_open(lab, ns, arena, &entrance, report) : report_oom(report);

    if (r == 0 && ret_lab)
        snprintf(ret_lab, NETLAB_NAME_MAX + 1, "%s", entrance->target->lab);
    if (r == 0 && entrance_pass(entrance, &failure) < 0)
        r = failure_report(&failure, report);
    entrance_close(entrance);
    arena_free(arena);
    return r;
}
