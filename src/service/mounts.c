/* SPDX-License-Identifier: MIT */
/*
 * Job: what a process in a namespace sees of it in the file system: what `ip netns exec` does.
 * In: a network and a mount namespace. Out: mounts.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "base/report.h"
#include "service/service.h"

/* The files of /etc/netns/NS over those of /etc, as ip-netns(8) has it. */
static int overlay_etc(const char *ns, struct netlab_report *report)
{
    char directory[sizeof "/etc/netns/" + LAB_NAME_MAX];
    const struct dirent *entry;
    DIR *files;
    int r = 0;

    snprintf(directory, sizeof directory, "/etc/netns/%s", ns);
    files = opendir(directory);
    while (files && r == 0 && (entry = readdir(files))) {
        char from[sizeof directory + 256], to[5 + 256];

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(from, sizeof from, "%s/%s", directory, entry->d_name);
        snprintf(to, sizeof to, "/etc/%s", entry->d_name);
        if (mount(from, to, NULL, MS_BIND, NULL) < 0)
            r = report_plain(report, errno, "cannot bind %s over %s: %s", from, to,
                             strerror(errno));
    }
    if (files)
        closedir(files);
    return r;
}

/* /sys shows the network namespace that it was mounted in. */
int place_mount(const char *ns, struct netlab_report *report)
{
    struct statvfs info;
    unsigned long flags = 0;
    bool is_bare;

    if (mount("", "/", "none", MS_SLAVE | MS_REC, NULL) < 0)
        return report_plain(report, errno, "cannot make the mounts private: %s", strerror(errno));
    is_bare = umount2("/sys", MNT_DETACH) == 0;
    if (!is_bare && statvfs("/sys", &info) == 0 && info.f_flag & ST_RDONLY)
        flags |= MS_RDONLY;
    /* in a sandbox of a container that hides parts of its /sys, that one has to do */
    if (mount(ns, "/sys", "sysfs", flags, NULL) < 0 && (is_bare || errno != EPERM))
        return report_plain(report, errno, "cannot mount /sys: %s", strerror(errno));
    return overlay_etc(ns, report);
}
