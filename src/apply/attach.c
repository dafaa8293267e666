/* SPDX-License-Identifier: MIT */
/*
 * Job: namespaces that exist; see job.h.
 * In: what the file, the command line and the spec say of where they are. Out: open channels.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/report.h"

static bool is_attached(const struct netns *netns)
{
    return netns->foreign && !netns->host;
}

static struct mark mark_of(const struct netns *netns)
{
    return object_mark(&netns->o, NETNS_ATTACH);
}

/* What the command line says of a namespace, behind "NS="; NULL: nothing. */
static const char *told(const struct job *job, const char *name)
{
    size_t size = strlen(name);

    for (const char *const *word = job->options ? job->options->attach : NULL; word && *word;
         word++)
        if (strncmp(*word, name, size) == 0 && (*word)[size] == '=')
            return *word + size + 1;
    return NULL;
}

/* "4242", "foo", or a path. */
static const char *path_of_word(struct arena *arena, const char *word)
{
    char directory[PATH_MAX];

    if (!word[strspn(word, "0123456789")])
        return arena_printf(arena, "/proc/%s/ns/net", word);
    if (!strchr(word, '/'))
        return arena_printf(arena, "%s/%s", NETNS_DIR, word);
    if (*word == '/' || !getcwd(directory, sizeof directory))
        return arena_strdup(arena, word);
    return arena_printf(arena, "%s/%s", directory, word);
}

static const char *path_of(struct arena *arena, const struct attach *attach)
{
    if (attach->path)
        return arena_strdup(arena, attach->path);
    if (attach->name)
        return arena_printf(arena, "%s/%s", NETNS_DIR, attach->name);
    return arena_printf(arena, "/proc/%u/ns/net", attach->pid);
}

/* Each word of the command line is about a namespace that the file attaches. */
static int check_words(const struct job *job)
{
    for (const char *const *word = job->options ? job->options->attach : NULL; word && *word;
         word++) {
        size_t size = strcspn(*word, "=");
        const char *name = arena_strndup(job->arena, *word, size);
        const struct netns *netns = name ? strmap_get(&job->lab->names, name) : NULL;

        if (!name)
            return report_oom(job->report);
        if (!(*word)[size] || !(*word)[size + 1] || !netns || !is_attached(netns)) {
            report_plain(job->report, EINVAL,
                         netns ? "--attach %s: the file has namespace %s made by netlab"
                               : "--attach %s: the file has no namespace %s",
                         *word, name);
            if (netns)
                report_hint(job->report, "write 'attach: true' there");
            return -EINVAL;
        }
    }
    return 0;
}

static int fail_to_find(const struct job *job, const struct netns *netns, const char *path,
                        int error)
{
    return report_error(job->report, -error, &job->lab->source, mark_of(netns),
                        error == -ESTALE ? "cannot attach namespace %s: %s is no network namespace"
                                         : "cannot attach namespace %s: %s: %s",
                        netns->o.name, path, strerror(-error));
}

/* One namespace goes by one name. */
static int check_alone(const struct job *job, const struct netns *netns, const struct netns_id *id)
{
    CLEANUP_FD int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    struct netns_id host = {0};

    if (own >= 0 && netns_identify(own, &host) == 0 && netns_is(&host, id))
        return report_error(job->report, EEXIST, &job->lab->source, mark_of(netns),
                            "namespace %s is the one that netlab runs in: it is called 'host'",
                            netns->o.name);
    LIST_EACH (struct netns, other, &job->lab->namespaces) {
        const struct attachment *there = other != netns && is_attached(other)
                                             ? spec_attachment(&job->spec, other->o.name)
                                             : NULL;

        if (there && there->cookie == id->cookie && there->inode == id->inode)
            return report_error(job->report, EEXIST, &job->lab->source, mark_of(netns),
                                "namespaces %s and %s are the same one", other->o.name,
                                netns->o.name);
    }
    return 0;
}

/* A lab that is up has things in the one that it knows. */
static int check_known(const struct job *job, const struct netns *netns,
                       const struct attachment *known, const struct netns_id *id)
{
    int r;

    if (!known || !kernel_has(job->kernel, known->index) ||
        (known->cookie == id->cookie && known->inode == id->inode))
        return 0;
    r = report_error(job->report, EXDEV, &job->lab->source, mark_of(netns),
                     "lab %s is up with another namespace as %s", job->state.name, netns->o.name);
    report_hint(job->report, "take it down first: netlab down %s", job->state.name);
    return r;
}

static int note(struct job *job, const struct netns *netns, const char *path,
                const struct netns_id *id)
{
    struct attachment *attachment = spec_attachment(&job->spec, netns->o.name);

    if (!attachment) {
        attachment = ARENA_NEW(job->arena, struct attachment);
        if (!attachment)
            return report_oom(job->report);
        attachment->next = job->spec.attachments;
        attachment->name = netns->o.name;
        job->spec.attachments = attachment;
    }
    attachment->path = path;
    attachment->cookie = id->cookie;
    attachment->inode = id->inode;
    attachment->index = netns->index;
    return 0;
}

static int attach(struct job *job, const struct netns *netns, const char *path)
{
    const struct attachment *known = spec_attachment(&job->spec, netns->o.name);
    CLEANUP_FD int fd = netns_find(path, NULL);
    struct netns_id id = {0};
    int r = fd < 0 ? fd : netns_identify(fd, &id);

    if (r < 0)
        return fail_to_find(job, netns, path, r);
    r = check_known(job, netns, known, &id);
    if (r == 0)
        r = check_alone(job, netns, &id);
    if (r < 0 || kernel_has(job->kernel, netns->index))
        return r;
    r = kernel_take_netns(job->kernel, netns->index, TAKE_FD(fd));
    return r < 0 ? fail_to_find(job, netns, path, r) : note(job, netns, path, &id);
}

static int attach_one(struct job *job, const struct netns *netns)
{
    const struct attachment *known = spec_attachment(&job->spec, netns->o.name);
    const char *word = told(job, netns->o.name), *path;
    int r;

    if (!word && known && kernel_has(job->kernel, known->index) && netns->attach->later)
        return 0; /* where it was told to be */
    if (!word && netns->attach->later) {
        r = report_error(job->report, EINVAL, &job->lab->source, mark_of(netns),
                         "nobody says where namespace %s is", netns->o.name);
        report_hint(job->report, "netlab up --attach %s=PID, or =PATH, or =NAME", netns->o.name);
        return r;
    }
    path = word ? path_of_word(job->arena, word) : path_of(job->arena, netns->attach);
    return path ? attach(job, netns, path) : report_oom(job->report);
}

int job_attach(struct job *job)
{
    int first = check_words(job);

    LIST_EACH (struct netns, netns, &job->lab->namespaces) {
        int r = is_attached(netns) ? attach_one(job, netns) : 0;

        if (first == 0)
            first = r;
    }
    return first;
}

size_t job_count_attached(const struct job *job)
{
    size_t count = 0;

    for (const struct attachment *one = job->spec.attachments; one; one = one->next)
        count++;
    return count;
}

int job_reattach(struct job *job, size_t index)
{
    size_t count = job_count_attached(job);
    int r = count ? kernel_reserve(job->kernel, index + count, job->report) : 0;
    for (struct attachment *one = job->spec.attachments; one && r == 0; one = one->next) {
        const struct netns_id id = {.cookie = one->cookie, .inode = one->inode};
        int fd = netns_find(one->path, &id);

        one->index = index++;
        if (fd == -ENOENT)
            continue; /* gone, and all that was in it */
        r = fd < 0 ? fd : kernel_take_netns(job->kernel, one->index, fd);
        if (r < 0)
            r = report_plain(job->report, -r, "cannot open namespace %s: %s", one->name,
                             strerror(-r));
    }
    return r;
}

size_t job_attached_places(const struct job *job, struct observe_place *places)
{
    size_t count = 0;

    for (const struct attachment *one = job->spec.attachments; one; one = one->next)
        if (kernel_has(job->kernel, one->index))
            places[count++] =
                (struct observe_place){.name = one->name, .index = one->index, .foreign = true};
    return count;
}

void job_forget_attachments(struct job *job)
{
    struct attachment **link = &job->spec.attachments;

    while (*link) {
        const struct netns *netns = strmap_get(&job->lab->names, (*link)->name);

        if (netns && is_attached(netns))
            link = &(*link)->next;
        else
            *link = (*link)->next;
    }
}
