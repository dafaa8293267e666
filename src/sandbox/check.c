/* SPDX-License-Identifier: MIT */
/*
 * Job: what no sandbox has: namespaces and devices of the machine.
 * In: a lab. Out: errors at the lines of the file.
 */
#include <errno.h>

#include "base/report.h"
#include "kinds/kind.h"
#include "sandbox/sandbox.h"

static int refuse(const struct netlab_lab *lab, struct mark mark, const char *what,
                  const char *name, struct netlab_report *report)
{
    int r = report_error(report, EINVAL, &lab->source, mark, "%s %s: a sandbox has none of those",
                         what, name);

    report_hint(report, "`netlab up` brings the lab up on the machine itself");
    return r;
}

static int check_netns(const struct netlab_lab *lab, const struct netns *netns,
                       struct netlab_report *report)
{
    int r = 0;

    if (netns->foreign && !netns->host)
        return refuse(lab, object_mark(&netns->o, NETNS_ATTACH), "attached namespace",
                      netns->o.name, report);
    LIST_EACH (struct iface, iface, &netns->interfaces) {
        if (iface->existing)
            r = refuse(lab, object_mark(&iface->o, IFACE_EXISTING), "existing interface",
                       iface->o.name, report);
        if (iface_is_moved(iface))
            r = refuse(lab, object_mark(&iface->o, IFACE_TYPE), "NIC", iface->o.name, report);
    }
    return r;
}

int netlab_sandbox_check(const struct netlab_lab *lab, struct netlab_report *report)
{
    int first = 0;

    LIST_EACH (struct netns, netns, &lab->namespaces) {
        int r = check_netns(lab, netns, report);

        if (first == 0)
            first = r;
    }
    return first;
}
