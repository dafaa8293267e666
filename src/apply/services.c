/* SPDX-License-Identifier: MIT */
/*
 * Job: end services: those that the lab does not have any more, or all.
 * In: the registry, the lab. Out: they are gone.
 */
#include <string.h>

#include "apply/job.h"
#include "base/report.h"
#include "service/service.h"

static int forget(const struct service_record *record, void *userdata)
{
    struct job *job = userdata;
    const struct netns *netns = strmap_get(&job->lab->names, record->netns);

    return netns && service_find(netns, record->name)
               ? 0
               : service_end(job->state.services, record->netns, record->name);
}

static int explain(struct job *job, int r)
{
    return r < 0 ? report_plain(job->report, -r, "cannot end the services of lab %s: %s",
                                job->state.name, strerror(-r))
                 : 0;
}

int job_forget_services(struct job *job)
{
    return explain(job, service_each(job->state.services, forget, job));
}

int job_end_services(struct job *job)
{
    return explain(job, service_end_all(job->state.services));
}
