/* SPDX-License-Identifier: MIT */
/*
 * Job: the readers of the public API: load, list. They compose the rooms.
 * See include/netlab/lab.h.
 */
#include <netlab/lab.h>
#include <netlab/version.h>

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/report.h"
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
