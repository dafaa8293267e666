/* SPDX-License-Identifier: MIT */
/*
 * Job: the public API's way into a namespace: what `ip netns exec` and `nsenter -u` do.
 * See netlab_enter() in include/netlab/lab.h.
 */
#include "enter/enter.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/report.h"
#include "service/service.h"

int netlab_enter(const char *lab, const char *ns, char ret_lab[NETLAB_NAME_MAX + 1],
                 struct netlab_report *report)
{
    struct target target = {.host = false};
    int r = target_find(lab, ns, &target, report);

    if (r < 0)
        return r;
    if (ret_lab)
        snprintf(ret_lab, NETLAB_NAME_MAX + 1, "%s", target.lab);
    if (target.host)
        return 0;
    r = target_enter(&target, report);
    if (r < 0)
        return r;
    if (unshare(CLONE_NEWNS | (target.attached ? 0 : CLONE_NEWUTS)) < 0 ||
        (!target.attached && sethostname(target.hostname, strlen(target.hostname)) < 0))
        return report_plain(report, errno, "cannot make a mount and a UTS namespace: %s",
                            strerror(errno));
    return place_mount(ns, report);
}
