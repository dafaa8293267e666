/* SPDX-License-Identifier: MIT */
/*
 * Job: what a process in a namespace sees of it in the file system: what `ip netns exec` does.
 * In: a network and a mount namespace. Out: mounts.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "base/arena.h"
#include "base/report.h"
#include "service/service.h"

/* The files of /etc/netns/NS, to go over those of /etc, as ip-netns(8) has it. */
int overlays_list(const char *ns, struct arena *arena, struct overlay **ret_overlays)
{
    const char *directory = arena_printf(arena, "/etc/netns/%s", ns);
    DIR *files = directory ? opendir(directory) : NULL;
    const struct dirent *entry;
    int r = directory ? 0 : -ENOMEM;

    *ret_overlays = NULL;
    while (files && r == 0 && (entry = readdir(files))) {
        struct overlay *overlay;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        overlay = ARENA_NEW(arena, struct overlay);
        if (overlay) {
            overlay->from = arena_printf(arena, "%s/%s", directory, entry->d_name);
            overlay->to = arena_printf(arena, "/etc/%s", entry->d_name);
        }
        if (!overlay || !overlay->from || !overlay->to) {
            r = -ENOMEM;
            break;
        }
        overlay->next = *ret_overlays;
        *ret_overlays = overlay;
    }
    if (files)
        closedir(files);
    return r;
}

int failure_of(struct failure *failure, const char *what, const char *name)
{
    *failure = (struct failure){.error = errno, .what = what, .name = name};
    return -failure->error;
}

int failure_report(const struct failure *failure, struct netlab_report *report)
{
    return report_plain(report, failure->error, "cannot %s%s%s: %s", failure->what,
                        *failure->name ? " " : "", failure->name, strerror(failure->error));
}

/* /sys shows the network namespace that it was mounted in. */
static int mount_sys(const char *ns, struct failure *failure)
{
    struct statvfs info;
    unsigned long flags = 0;
    bool is_bare = umount2("/sys", MNT_DETACH) == 0;

    if (!is_bare && statvfs("/sys", &info) == 0 && info.f_flag & ST_RDONLY)
        flags |= MS_RDONLY;
    /* in a sandbox of a container that hides parts of its /sys, that one has to do */
    if (mount(ns, "/sys", "sysfs", flags, NULL) < 0 && (is_bare || errno != EPERM))
        return failure_of(failure, "mount", "/sys");
    return 0;
}

int place_isolate(struct failure *ret_failure)
{
    if (mount("", "/", "none", MS_SLAVE | MS_REC, NULL) < 0)
        return failure_of(ret_failure, "make the mounts private", "");
    return 0;
}

int place_furnish(const char *ns, const struct overlay *overlays, struct failure *ret_failure)
{
    int r = place_isolate(ret_failure);

    if (r == 0)
        r = mount_sys(ns, ret_failure);
    if (r < 0)
        return r;
    for (const struct overlay *one = overlays; one; one = one->next)
        if (mount(one->from, one->to, NULL, MS_BIND, NULL) < 0)
            return failure_of(ret_failure, "bind its file of /etc/netns over", one->to);
    return 0;
}

int place_mount(const char *ns, struct netlab_report *report)
{
    struct arena *arena = arena_new();
    struct overlay *overlays;
    struct failure failure;
    int r = arena ? overlays_list(ns, arena, &overlays) : -ENOMEM;

    if (r < 0)
        report_oom(report);
    else if (place_furnish(ns, overlays, &failure) < 0)
        r = failure_report(&failure, report);
    arena_free(arena);
    return r;
}
