/* SPDX-License-Identifier: MIT */
/*
 * Job: call a function in a namespace, the calling thread staying where it is.
 * In: names of a lab and of a namespace, a function. Out: what it returned.
 */
#include "enter/enter.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/report.h"

/* What the two threads share: one works while the other waits. */
struct visit {
    const struct target *target;
    target_fn *call;
    void *userdata;
    struct netlab_report *report;
    int result;
};

static void *visit_run(void *argument)
{
    struct visit *visit = argument;

    visit->result = target_enter(visit->target, visit->report);
    if (visit->result == 0)
        visit->result = visit->call(visit->userdata);
    return NULL;
}

/* Signals are the caller's; those of a thread's own mistakes can't be kept from it. */
static int visit_start(struct visit *visit, pthread_t *ret_thread)
{
    sigset_t blocked, before;
    int error;

    sigfillset(&blocked);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    error = pthread_create(ret_thread, NULL, visit_run, visit);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error ? report_plain(visit->report, error, "cannot start a thread: %s", strerror(error))
                 : 0;
}

int target_call(const char *lab, const char *ns, target_fn *call, void *userdata,
                struct netlab_report *report)
{
    struct target target = {.host = true};
    struct visit visit = {.target = &target, .call = call, .userdata = userdata, .report = report};
    pthread_t thread;
    int r = ns ? target_find(lab, ns, &target, report) : 0;

    if (r < 0)
        return r;
    if (target.host)
        return call(userdata);
    r = visit_start(&visit, &thread);
    if (r < 0)
        return r;
    pthread_join(thread, NULL);
    return visit.result;
}
