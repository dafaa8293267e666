/* SPDX-License-Identifier: MIT */
/*
 * Job: wait until somebody listens in a namespace. See include/netlab/fixture.h.
 */
#include <netlab/fixture.h>

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/report.h"
#include "enter/enter.h"
#include "kernel/listening.h"

static const struct {
    const char *name;
    int protocol;
} transports[] = {[NETLAB_TCP] = {"TCP", IPPROTO_TCP}, [NETLAB_UDP] = {"UDP", IPPROTO_UDP}};

struct wait {
    const char *ns;
    const struct netlab_listening *what;
    struct netlab_report *report;
    struct listening listening;
};

static bool is_cancelled(const struct netlab_listening *what)
{
    return what->cancel && *what->cancel;
}

/* Whether the process that was to listen ends meanwhile. */
static bool pause_for(const struct netlab_listening *what, int milliseconds)
{
    struct pollfd process = {.fd = what->process, .events = POLLIN};

    return poll(&process, what->process > 0, milliseconds) > 0;
}

/* 0: somebody listens. */
static int wait_for(struct wait *wait)
{
    const struct netlab_listening *what = wait->what;
    int64_t end = clock_ms() + what->timeout;
    bool ended = false;

    for (int pause = 0;;) {
        int found = listening_check(&wait->listening, what->port, NULL, NULL);
        int64_t left = end - clock_ms();

        if (found)
            return found < 0 ? found : 0;
        if (is_cancelled(what))
            return -ECANCELED;
        if (ended)
            return -ECHILD;
        if (left <= 0)
            return -ETIMEDOUT;
        pause = listening_pause(pause);
        ended = pause_for(what, left < pause ? (int)left : pause);
    }
}

static int explain(int r, const char *ns, const struct netlab_listening *what,
                   struct netlab_report *report)
{
    const char *transport = transports[what->transport].name;
    const char *in = ns ? " in namespace " : "", *where = ns ? ns : "";

    if (r == -ETIMEDOUT)
        return report_plain(report, ETIMEDOUT, "nobody listens on %s port %u%s%s after %u ms",
                            transport, what->port, in, where, what->timeout);
    if (r == -ECHILD)
        return report_plain(report, ECHILD,
                            "nobody listens on %s port %u%s%s: the process has ended", transport,
                            what->port, in, where);
    if (r == -ECANCELED)
        return report_plain(report, ECANCELED, "waiting for %s port %u%s%s was cancelled",
                            transport, what->port, in, where);
    return report_plain(report, -r, "cannot tell who listens on %s port %u%s%s: %s", transport,
                        what->port, in, where, strerror(-r));
}

static int open_there(void *userdata)
{
    struct wait *wait = userdata;
    int protocol = transports[wait->what->transport].protocol;
    int r = listening_open(&wait->listening, protocol);

    return r < 0 ? explain(r, wait->ns, wait->what, wait->report) : 0;
}

int netlab_wait_listening(const char *lab, const char *ns, const struct netlab_listening *what,
                          struct netlab_report *report)
{
    struct wait wait = {.ns = ns, .what = what, .report = report};
    int r;

    if (!what->port)
        return report_plain(report, EINVAL, "port 0 is none that somebody could listen on");
    r = target_call(lab, ns, open_there, &wait, report);
    if (r < 0)
        return r;
    r = wait_for(&wait);
    listening_close(&wait.listening);
    return r == 0 ? 0 : explain(r, ns, what, report);
}
