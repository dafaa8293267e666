/* SPDX-License-Identifier: MIT */
/*
 * Job: what every job begins and ends with.
 */
#include "apply/job.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/report.h"

double job_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* Whether the kernel lets us: told up front, not after half of the work. */
int job_check_privileges(struct netlab_report *report)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    const uint32_t need = 1U << CAP_NET_ADMIN | 1U << CAP_SYS_ADMIN;
    int r;

    if (syscall(SYS_capget, &header, data) == 0 && (data[0].effective & need) == need)
        return 0;
    r = report_plain(report, EPERM,
                     "this needs the capabilities CAP_NET_ADMIN and CAP_SYS_ADMIN: run it as root");
    report_hint(report,
                "or have a sandbox of your own: netlab up --rootless FILE, netlab run FILE -- "
                "COMMAND");
    return r;
}

void job_release(struct job *job)
{
    kernel_close(job->kernel);
    state_release(&job->state);
    lab_free(job->seen);
    for (size_t i = 0; i < DIFF_OWNERS; i++)
        lab_free(job->applied[i]);
    arena_free(job->arena);
}

int job_plan(struct job *job, struct netlab_lab *seen, struct netlab_lab *wanted)
{
    struct diff_owners owners = {.settled = job->settled};

    for (size_t i = 0; i < DIFF_OWNERS; i++)
        owners.labs[i] = job->applied[i];
    if (diff_labs(seen, wanted, &owners, job->arena, &job->changes) < 0 ||
        plan_build(&job->changes, job->arena, &job->plan) < 0)
        return report_oom(job->report);
    return 0;
}

void job_count(struct job *job)
{
    struct spec *spec = &job->spec;

    spec->namespaces = spec->interfaces = spec->services = 0;
    LIST_EACH (struct netns, netns, &job->lab->namespaces) {
        spec->namespaces += !netns->foreign;
        spec->services += netns->services.count;
        LIST_EACH (struct iface, iface, &netns->interfaces)
            spec->interfaces += iface->kind && !iface->link;
    }
    spec->links = job->lab->links.count;
}

void job_set_result(const struct job *job, struct netlab_result *result)
{
    result->done = true;
    /* unplanned is what is in our own namespaces: those lose their names, and are gone */
    result->steps = job->plan.count ? job->plan.count : 2 * job->spec.namespaces;
    result->namespaces = job->spec.namespaces;
    result->links = job->spec.links;
    result->interfaces = job->spec.interfaces;
    result->services = job->spec.services;
}
