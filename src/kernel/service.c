/* SPDX-License-Identifier: MIT */
/*
 * Job: OP_SERVICE, OP_LISTEN: start and end services, wait until they are ready.
 * In: ops. Out: processes; a refusal at the line that asks for it, with what the service wrote.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/report.h"
#include "kernel/internal.h"
#include "kernel/listening.h"
#include "service/service.h"

enum { PATIENCE_MS = 30 * 1000 };

/* "/run/netlab/LAB/services", beside the directory of the names. */
static int directory_of(const struct kernel *kernel, char path[PATH_MAX])
{
    const char *slash = strrchr(kernel->names, '/');
    int size = snprintf(path, PATH_MAX, "%.*s/%s", (int)(slash ? slash - kernel->names : 0),
                        kernel->names, SERVICES_DIR);

    return slash && size < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* The directory of the topology file, ours for one that is none. */
static const char *where_of(const struct kernel *kernel, char path[PATH_MAX])
{
    CLEANUP_FREE char *file = realpath(kernel->lab->source.file, NULL);
    char *slash = file ? strrchr(file, '/') : NULL;

    if (!slash)
        return getcwd(path, PATH_MAX) ? path : "/";
    *(slash == file ? slash + 1 : slash) = '\0';
    snprintf(path, PATH_MAX, "%s", file);
    return path;
}

static int start(struct kernel *kernel, const struct op *op, const char *directory,
                 struct netlab_report *report)
{
    char where[PATH_MAX], fault[SERVICE_FAULT];
    const struct service_start what = {
        .directory = directory,
        .service = (const struct service *)op->to,
        .netns = kernel_channel(kernel, op->netns)->netns_fd,
        .lab = kernel->lab->name,
        .where = where_of(kernel, where),
    };
    int r = service_start(&what, fault);

    return r < 0 ? op_refused(kernel, op, -r, fault, report) : 0;
}

int kernel_service(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
                   struct netlab_report *report)
{
    char directory[PATH_MAX];
    int r = directory_of(kernel, directory);

    if (r == 0 && op_removes(op))
        r = service_end(directory, op->netns->o.name, op->from->name);
    if (r < 0)
        return op_refused(kernel, op, -r, NULL, report);
    if (!op_removes(op))
        r = start(kernel, op, directory, report);
    if (r == 0)
        run_note_done(kernel, op, options);
    return r;
}

/* One that is waited for. */
struct waiting {
    const char *directory;
    const struct op *op;
    unsigned patience;
    bool others; /* listen on its port */
};

/* What a service has said about why it is not there. */
static void add_words(const struct waiting *waiting, struct netlab_report *report)
{
    const struct op *op = waiting->op;
    const char *others = waiting->others ? "another process listens there; " : "";
    char words[SERVICE_WORDS];

    service_last_words(waiting->directory, op->netns->o.name, op->to->name, words);
    if (*words)
        report_hint(report, "%sit wrote: %s", others, words);
    else
        report_hint(report, "%sit wrote nothing", others);
}

static int fail(const struct kernel *kernel, const struct waiting *waiting, int error,
                struct netlab_report *report)
{
    const struct op *op = waiting->op;
    const struct service *service = (const struct service *)op->to;
    const struct source *source = &kernel->lab->source;

    if (error == -ECANCELED)
        return report_plain(report, ECANCELED, "interrupted: what was done is taken back");
    if (error == -ECHILD)
        error = report_error(report, ECHILD, source, op_mark(op),
                             "service %s in namespace %s has ended before it was ready",
                             service->o.name, op->netns->o.name);
    else if (error == -ETIME)
        error = report_error(report, ETIME, source, op_mark(op),
                             "service %s in namespace %s does not listen on %s after %u ms",
                             service->o.name, op->netns->o.name, service->ready, waiting->patience);
    else
        return report_error(report, -error, source, op_mark(op),
                            "cannot tell whether service %s in namespace %s listens: %s",
                            service->o.name, op->netns->o.name, strerror(-error));
    add_words(waiting, report);
    return error;
}

/* That others have the port does not make it ready. */
static bool is_its_own(uint32_t inode, void *userdata)
{
    struct waiting *waiting = userdata;
    const struct op *op = waiting->op;
    bool own = service_has_socket(waiting->directory, op->netns->o.name, op->to->name, inode);

    if (!own)
        waiting->others = true;
    return own;
}

/* The kernel tells nobody that a socket listens: it is asked, at first often. */
static int await(struct listening *listening, struct waiting *waiting,
                 const struct netlab_options *options)
{
    const struct op *op = waiting->op;
    const struct service *service = (const struct service *)op->to;
    int64_t end = clock_ms() + waiting->patience;

    for (int pause = 0;;) {
        bool runs = service_runs(waiting->directory, op->netns->o.name, service->o.name);
        int found;

        waiting->others = false;
        found = listening_check(listening, service->port, is_its_own, waiting);
        if (found < 0 || (found && runs))
            return found < 0 ? found : 0;
        if (!runs)
            return -ECHILD;
        if (options && options->cancel && *options->cancel)
            return -ECANCELED;
        if (clock_ms() >= end)
            return -ETIME;
        pause = listening_pause(pause);
        (void)poll(NULL, 0, pause);
    }
}

int kernel_listen(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
                  struct netlab_report *report)
{
    const struct service *service = (const struct service *)op->to;
    struct listening listening;
    char directory[PATH_MAX];
    struct waiting waiting = {.directory = directory,
                              .op = op,
                              .patience = options && options->wait ? options->wait : PATIENCE_MS};
    int r = directory_of(kernel, directory), back;

    if (r == 0)
        r = kernel_enter(kernel_channel(kernel, op->netns));
    if (r < 0)
        return op_refused(kernel, op, -r, NULL, report);
    r = listening_open(&listening, service->udp ? IPPROTO_UDP : IPPROTO_TCP);
    back = kernel_leave(kernel);
    if (r == 0) {
        r = back < 0 ? back : await(&listening, &waiting, options);
        listening_close(&listening);
    }
    if (r < 0)
        return fail(kernel, &waiting, r, report);
    run_note_done(kernel, op, options);
    return 0;
}
