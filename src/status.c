/* SPDX-License-Identifier: MIT */
/*
 * Job: which labs are up, and what they have; see netlab_status() in include/netlab/lab.h.
 * In: the registry; of the kernel only what no file knows: keys that were made. Out: text.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlab/lab.h>

#include "base/arena.h"
#include "base/report.h"
#include "kernel/kernel.h"
#include "kernel/wireguard.h"
#include "output/output.h"
#include "parse/parse.h"
#include "sandbox/sandbox.h"
#include "service/service.h"
#include "state/state.h"

/* What is to be told of some labs. */
struct status_list {
    struct arena *arena;
    struct lab_status *items;
    struct netlab_lab **labs;
    size_t count;
};

/* What an interface has made of its private key. Those who may not ask do without. */
static void learn_key(struct kernel *kernel, struct iface *iface, struct arena *arena)
{
    struct wireguard *wireguard = iface_wireguard(iface), told = {.o = {.set = 0}};
    struct iface like = *iface;

    told.o.table = wireguard->o.table;
    like.options = &told.o;
    if (kernel_look_at_wireguard(kernel, &like, arena) == 0)
        wireguard->public_key = told.public_key;
}

/* One that was attached is found again as it was then. 0 or -errno. */
static int open_netns(struct kernel *kernel, const struct netns *netns, const char *names,
                      const struct spec *spec, struct arena *arena)
{
    const struct attachment *attachment = spec_attachment(spec, netns->o.name);
    const char *path = arena_printf(arena, "%s/%s", names, netns->o.name);
    int fd;

    if (netns->host || kernel_has(kernel, netns->index))
        return 0;
    if (!attachment)
        return path ? kernel_open_netns(kernel, netns->index, path) : -ENOMEM;
    fd = netns_find(attachment->path,
                    &(struct netns_id){.cookie = attachment->cookie, .inode = attachment->inode});
    return fd < 0 ? fd : kernel_take_netns(kernel, netns->index, fd);
}

static void learn_keys(struct netlab_lab *lab, const char *name, const struct spec *spec,
                       struct arena *arena)
{
    const char *names = arena_printf(arena, STATE_DIR "/%s/ns", name);
    struct kernel *kernel = NULL;

    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            if (!iface_wireguard(iface) || !names ||
                (!kernel && kernel_open(lab, names, &kernel, NULL) < 0))
                continue;
            if (open_netns(kernel, netns, names, spec, arena) == 0)
                learn_key(kernel, iface, arena);
        }
    kernel_close(kernel);
}

/* What the registry knows of the services of a lab. */
struct service_list {
    struct service_status *items;
    size_t count;
};

static int see_service(const struct service_record *record, void *userdata)
{
    struct service_list *list = userdata;

    for (size_t i = 0; i < list->count; i++) {
        struct service_status *item = &list->items[i];

        if (strcmp(item->service->o.name, record->name) != 0 ||
            strcmp(item->service->o.parent->name, record->netns) != 0)
            continue;
        item->runs = record->runs;
        item->told = record->told;
        item->status = record->status;
        item->since = record->since;
    }
    return 0;
}

/* 0 or -ENOMEM. */
static int learn_services(struct lab_status *status, const char *root, struct arena *arena)
{
    const char *directory =
        arena_printf(arena, "%s%s/%s/%s", root, STATE_DIR, status->name, SERVICES_DIR);
    struct service_list list = {NULL, 0};

    LIST_EACH (struct netns, netns, &status->lab->namespaces)
        list.count += netns->services.count;
    if (!list.count)
        return 0;
    list.items = arena_array(arena, list.count, sizeof *list.items);
    if (!list.items || !directory)
        return -ENOMEM;
    list.count = 0;
    LIST_EACH (struct netns, netns, &status->lab->namespaces)
        LIST_EACH (struct service, service, &netns->services)
            list.items[list.count++].service = service;
    (void)service_each(directory, see_service, &list);
    status->services = list.items;
    status->service_count = list.count;
    return 0;
}

/* root: as state_look() has it; NULL: the machine's, which is not the user's sandbox. */
static int look(struct status_list *list, const char *root, const char *name, bool details)
{
    struct lab_status *status = &list->items[list->count];
    struct spec spec;
    int r =
        state_look(root ? root : "", name, list->arena, &spec, &status->condition, &status->since);

    if (r < 0)
        return r;
    status->name = name;
    status->rootless = root;
    status->file = spec.file;
    if (spec.size &&
        parse_lab(spec.text, spec.size, spec.file, &list->labs[list->count], NULL) == 0)
        status->lab = list->labs[list->count];
    if (status->lab && details && !root && state_is_usable(status->condition))
        learn_keys(list->labs[list->count], name, &spec, list->arena);
    list->count++;
    return status->lab ? learn_services(status, root ? root : "", list->arena) : 0;
}

static void print_status(const struct status_list *list, bool details, enum netlab_format format,
                         FILE *out)
{
    if (format == NETLAB_FORMAT_JSON)
        output_status_json(list->items, list->count, out);
    else if (list->count == 0)
        fputs("no lab is up\n", out);
    else
        for (size_t i = 0; i < list->count; i++)
            output_status_text(&list->items[i], details, out);
}

/* In a sandbox of the user's that stays. */
static int look_into_sandbox(struct status_list *list, const char *name, bool details)
{
    char root[SANDBOX_ROOT];
    struct kept kept;
    int r = sandbox_find(name, NULL, &kept, NULL);

    if (r < 0)
        return r;
    r = look(list, sandbox_root(&kept, root), name, details);
    sandbox_forget(&kept);
    return r;
}

/* own: how many of the names, the first, are those of sandboxes; or all, if they are there. */
static int status(char **names, size_t own, bool all, enum netlab_format format, FILE *out,
                  struct netlab_report *report)
{
    struct status_list list = {.arena = arena_new()};
    size_t total = 0;
    int r = 0;

    while (names[total])
        total++;
    list.items = list.arena ? arena_array(list.arena, total + 1, sizeof *list.items) : NULL;
    list.labs = list.items ? arena_array(list.arena, total + 1, sizeof *list.labs) : NULL;
    if (!list.labs) {
        arena_free(list.arena);
        return report_oom(report);
    }
    for (size_t i = 0; r == 0 && i < total; i++) {
        r = i < own ? look_into_sandbox(&list, names[i], !all) : look(&list, NULL, names[i], !all);
        if (r == -ENOENT && !all && i < own)
            r = look(&list, NULL, names[i], true);
        if (r == -ENOENT && all)
            r = 0; /* it has just gone down */
        else if (r == -ENOENT)
            report_plain(report, ENOENT, "lab %s is not up", names[i]);
        else if (r < 0)
            report_plain(report, -r, "cannot read the state of lab %s: %s", names[i], strerror(-r));
    }
    if (r == 0)
        print_status(&list, !all, format, out);
    if (r == 0 && ferror(out))
        r = -EIO;
    for (size_t i = 0; i < total; i++)
        lab_free(list.labs[i]);
    arena_free(list.arena);
    return r;
}

/* The user's sandboxes, and then what the machine has. */
static int status_of_all(enum netlab_format format, FILE *out, struct netlab_report *report)
{
    char **own = NULL, **machine = NULL, **names = NULL;
    size_t own_count = 0, count = 0;
    int r = netlab_sandbox_list(&own, report);

    if (r == 0)
        r = state_list(&machine, report);
    while (r == 0 && own[own_count])
        own_count++;
    while (r == 0 && machine[count])
        count++;
    if (r == 0)
        names = calloc(own_count + count + 1, sizeof *names);
    if (r == 0 && !names)
        r = report_oom(report);
    if (r == 0) {
        memcpy(names, own, own_count * sizeof *names);
        memcpy(names + own_count, machine, count * sizeof *names);
        r = status(names, own_count, true, format, out, report);
    }
    free(names);
    netlab_names_free(own);
    netlab_names_free(machine);
    return r;
}

int netlab_status(const char *name, enum netlab_format format, FILE *out,
                  struct netlab_report *report)
{
    char *one[] = {(char *)name, NULL};

    if (!name)
        return status_of_all(format, out, report);
    return parse_is_name(name) ? status(one, 1, false, format, out, report)
                               : report_plain(report, ENOENT, "lab %s is not up", name);
}
