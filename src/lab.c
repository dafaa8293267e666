/* SPDX-License-Identifier: MIT */
/*
 * Job: the public API's readers: load, list, status. They compose the rooms.
 * See include/netlab/lab.h.
 */
#include <netlab/lab.h>
#include <netlab/version.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/report.h"
#include "output/output.h"
#include "parse/parse.h"
#include "state/state.h"

_Static_assert(NETLAB_NAME_MAX == (int)LAB_NAME_MAX, "one limit");

const char *netlab_version(void)
{
    return NETLAB_VERSION;
}

int netlab_load_buffer(const void *text, size_t size, const char *filename,
                       struct netlab_lab **ret_lab, struct netlab_report *report)
{
    return parse_lab(text, size, filename, ret_lab, report);
}

int netlab_load_file(const char *path, struct netlab_lab **ret_lab, struct netlab_report *report)
{
    CLEANUP_FREE char *text = NULL;
    size_t size;
    int r = parse_read(path, &text, &size, report);

    return r < 0 ? r : parse_lab(text, size, path, ret_lab, report);
}

void netlab_lab_free(struct netlab_lab *lab)
{
    lab_free(lab);
}

const char *netlab_lab_name(const struct netlab_lab *lab)
{
    return lab->name;
}

int netlab_read_name(const char *path, char ret_name[NETLAB_NAME_MAX + 1],
                     struct netlab_report *report)
{
    CLEANUP_FREE char *text = NULL;
    size_t size;
    int r = parse_read(path, &text, &size, report);

    return r < 0 ? r : parse_name(text, size, path, ret_name, report);
}

int netlab_list(char ***ret_names, struct netlab_report *report)
{
    return state_list(ret_names, report);
}

void netlab_names_free(char **names)
{
    for (char **name = names; name && *name; name++)
        free(*name);
    free(names);
}

/* What is to be told of some labs. */
struct status_list {
    struct arena *arena;
    struct lab_status *items;
    struct netlab_lab **labs;
    size_t count;
};

static int look(struct status_list *list, const char *name)
{
    struct lab_status *status = &list->items[list->count];
    struct spec spec;
    int r = state_look(name, list->arena, &spec, &status->condition, &status->since);

    if (r < 0)
        return r;
    status->name = name;
    status->file = spec.file;
    if (spec.size &&
        parse_lab(spec.text, spec.size, spec.file, &list->labs[list->count], NULL) == 0)
        status->lab = list->labs[list->count];
    list->count++;
    return 0;
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

static int status(char **names, bool all, enum netlab_format format, FILE *out,
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
        r = look(&list, names[i]);
        if (r == -ENOENT && all)
            r = 0; /* it has just gone down */
        else if (r == -ENOENT)
            report_plain(report, ENOENT, "lab %s is not up", names[i]);
        else if (r < 0)
            report_plain(report, -r, "cannot read the state of lab %s: %s", names[i], strerror(-r));
    }
    if (r == 0)
        print_status(&list, !all, format, out);
    for (size_t i = 0; i < total; i++)
        lab_free(list.labs[i]);
    arena_free(list.arena);
    return r;
}

int netlab_status(const char *name, enum netlab_format format, FILE *out,
                  struct netlab_report *report)
{
    char *one[] = {(char *)name, NULL};
    char **names = NULL;
    int r;

    if (name)
        return parse_is_name(name) ? status(one, false, format, out, report)
                                   : report_plain(report, ENOENT, "lab %s is not up", name);
    r = state_list(&names, report);
    if (r == 0)
        r = status(names, true, format, out, report);
    netlab_names_free(names);
    return r;
}
