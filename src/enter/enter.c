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

int netlab_enter(const char *lab, const char *ns, char ret_lab[NETLAB_NAME_MAX + 1],
                 struct netlab_report *report)
{
    struct target target = {.host = false};
    struct arena *arena = arena_new();
    CLEANUP_FD int fd = -1;
    struct entrance entrance;
    struct failure failure;
    int r = arena ? target_find(lab, ns, &target, report) : report_oom(report);

    if (r == 0 && ret_lab)
        snprintf(ret_lab, NETLAB_NAME_MAX + 1, "%s", target.lab);
    if (r == 0)
        r = entrance_prepare(&target, arena, &entrance, report);
    if (r == 0 && !target.host) {
        fd = entrance.fd = target_open(&target, report);
        if (fd < 0)
            r = fd;
        else if (entrance_pass(&entrance, &failure) < 0)
            r = failure_report(&failure, report);
    }
    arena_free(arena);
    return r;
}
