/* SPDX-License-Identifier: MIT */
/*
 * Job: whose the names in /run/netns are, before any is taken.
 * In: a lab. Out: errors at the lines of the file.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/report.h"
#include "state/internal.h"

/* The lab that a link in /run/netns leads to, or "". */
static void owner(const char *path, char lab[LAB_NAME_MAX + 1])
{
    char target[STATE_PATH_SIZE + 256];
    ssize_t size = readlink(path, target, sizeof target - 1);
    const char *rest = target + sizeof STATE_DIR;
    size_t length;

    lab[0] = '\0';
    if (size < (ssize_t)sizeof STATE_DIR || strncmp(target, STATE_DIR "/", sizeof STATE_DIR) != 0)
        return;
    target[size] = '\0';
    length = strcspn(rest, "/");
    if (length <= LAB_NAME_MAX)
        snprintf(lab, LAB_NAME_MAX + 1, "%.*s", (int)length, rest);
}

static int check_name(const struct netlab_lab *lab, const struct netns *netns,
                      struct netlab_report *report)
{
    char path[sizeof NETNS_DIR + LAB_NAME_MAX + 1], other[LAB_NAME_MAX + 1];
    struct stat info;
    int r;

    snprintf(path, sizeof path, "%s/%s", NETNS_DIR, netns->o.name);
    if (lstat(path, &info) < 0)
        return 0;
    owner(path, other);
    if (strcmp(other, lab->name) == 0)
        return 0; /* of a namespace that somebody has deleted */
    if (*other) {
        r = report_error(report, EEXIST, &lab->source, netns->o.mark,
                         "namespace %s exists already: it is lab %s's", netns->o.name, other);
        report_hint(report, "take it away with: netlab down %s", other);
        return r;
    }
    return report_error(report, EEXIST, &lab->source, netns->o.mark,
                        "namespace %s exists already, and is not netlab's", netns->o.name);
}

static bool makes_namespaces(const struct netlab_lab *lab)
{
    LIST_EACH (struct netns, netns, &lab->namespaces)
        if (!netns->foreign)
            return true;
    return false;
}

int state_check_names(const struct netlab_lab *lab, bool *ret_make_netns_dir,
                      struct netlab_report *report)
{
    int first = 0;

    *ret_make_netns_dir = false;
    if (!makes_namespaces(lab))
        return 0;
    if (access(NETNS_DIR, W_OK) < 0) {
        if (errno != ENOENT)
            return report_plain(report, errno, "cannot write to %s: %s", NETNS_DIR,
                                strerror(errno));
        *ret_make_netns_dir = true;
        return 0;
    }
    LIST_EACH (struct netns, netns, &lab->namespaces) {
        int r = netns->foreign || netns->seen ? 0 : check_name(lab, netns, report);

        if (first == 0)
            first = r;
    }
    return first;
}

bool state_is_named(const struct state *state, const char *netns)
{
    char path[sizeof NETNS_DIR + LAB_NAME_MAX + 1], lab[LAB_NAME_MAX + 1];

    snprintf(path, sizeof path, "%s/%s", NETNS_DIR, netns);
    owner(path, lab);
    return strcmp(lab, state->name) == 0;
}
