/* SPDX-License-Identifier: MIT */
/*
 * Job: call a function in a namespace, the calling thread staying where it is; open a socket so.
 * In: names of a lab and of a namespace, a function. Out: what it returned.
 * See include/netlab/fixture.h.
 */
#include "enter/enter.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <netlab/fixture.h>

#include "base/report.h"

enum { LEAVE_TRIES = 1000, LEAVE_PAUSE_US = 20 };

/* What the two threads share: one works while the other waits. */
struct visit {
    const struct target *target;
    target_fn *call;
    void *userdata;
    struct netlab_report *report;
    int result;
    pid_t thread;
};

static void *visit_run(void *argument)
{
    struct visit *visit = argument;

    visit->thread = (pid_t)syscall(SYS_gettid);
    visit->result = visit->target->host ? 0 : target_enter(visit->target, visit->report);
    if (visit->result == 0)
        visit->result = visit->call(visit->userdata);
    return NULL;
}

/* Signals are the caller's: its handlers run on its threads. */
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

/*
 * One that is joined may be there for a moment more. Until it is gone it counts as a thread, so
 * that unshare(2) refuses a user namespace, and keeps its namespace.
 */
static void visit_end(const struct visit *visit, pthread_t thread)
{
    pthread_join(thread, NULL);
    for (int i = 0; i < LEAVE_TRIES && syscall(SYS_tgkill, getpid(), visit->thread, 0) == 0; i++)
        usleep(LEAVE_PAUSE_US);
}

int target_visit(const struct target *target, target_fn *call, void *userdata,
                 struct netlab_report *report)
{
    struct visit visit = {.target = target, .call = call, .userdata = userdata, .report = report};
    pthread_t thread;
    int r = visit_start(&visit, &thread);

    if (r < 0)
        return r;
    visit_end(&visit, thread);
    return visit.result;
}

int target_call(const char *lab, const char *ns, target_fn *call, void *userdata,
                struct netlab_report *report)
{
    struct target target = {.host = true};
    int r = ns ? target_find(lab, ns, &target, report) : 0;

    return r < 0 ? r : target_visit(&target, call, userdata, report);
}

struct opening {
    int domain, type, protocol;
    const char *ns;
    struct netlab_report *report;
};

static int open_socket(void *userdata)
{
    const struct opening *opening = userdata;
    int fd = socket(opening->domain, opening->type, opening->protocol);

    if (fd < 0)
        return report_plain(opening->report, errno, "cannot open a socket%s%s: %s",
                            opening->ns ? " in namespace " : "", opening->ns ? opening->ns : "",
                            strerror(errno));
    return fd;
}

int netlab_socket(const char *lab, const char *ns, int domain, int type, int protocol,
                  struct netlab_report *report)
{
    struct opening opening = {
        .domain = domain, .type = type, .protocol = protocol, .ns = ns, .report = report};

    return target_call(lab, ns, open_socket, &opening, report);
}

/* What the function returns is its own business: it is kept apart from errors. */
struct call {
    int (*call)(void *userdata);
    void *userdata;
    int value;
};

static int make_call(void *userdata)
{
    struct call *call = userdata;

    call->value = call->call(call->userdata);
    return 0;
}

int netlab_call(const char *lab, const char *ns, int (*call)(void *userdata), void *userdata,
                int *ret_value, struct netlab_report *report)
{
    struct call one = {.call = call, .userdata = userdata};
    int r = target_call(lab, ns, make_call, &one, report);

    if (r == 0 && ret_value)
        *ret_value = one.value;
    return r;
}
