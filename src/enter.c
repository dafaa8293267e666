/* SPDX-License-Identifier: MIT */
/*
 * Job: the public API's way into a namespace: what `ip netns exec` and `nsenter -u` do.
 * See netlab_enter() in include/netlab/lab.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <netlab/lab.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/report.h"
#include "kernel/kernel.h"
#include "parse/parse.h"
#include "state/state.h"

#define NSFS_MAGIC 0x6e736673

/* What is entered. */
struct target {
    char lab[LAB_NAME_MAX + 1];
    char hostname[HOSTNAME_MAX + 1];
    bool host;
    bool attached; /* netlab did not make it: */
    char path[PATH_MAX];
    struct netns_id id;
};

static void find_attached(const struct spec *spec, const char *ns, struct target *target)
{
    const struct attachment *attachment = spec_attachment(spec, ns);

    if (!attachment)
        return;
    target->attached = true;
    target->id = (struct netns_id){.cookie = attachment->cookie, .inode = attachment->inode};
    snprintf(target->path, sizeof target->path, "%s", attachment->path);
}

/* Whether a lab has the namespace; fills the target. 0, -ENOENT, … */
static int find_in(const char *lab_name, const char *ns, struct target *target)
{
    struct arena *arena = arena_new();
    struct netlab_lab *lab = NULL;
    enum state_condition condition;
    struct netns *netns = NULL;
    struct spec spec;
    time_t since;
    int r = arena ? state_look("", lab_name, arena, &spec, &condition, &since) : -ENOMEM;

    if (r == 0 && !state_is_usable(condition))
        r = -ENOENT;
    if (r == 0)
        r = parse_lab(spec.text, spec.size, spec.file, &lab, NULL);
    if (r == 0)
        netns = strmap_get(&lab->names, ns);
    if (r == 0 && !netns && strcmp(ns, "host") != 0)
        r = -ENOENT;
    if (r == 0) {
        snprintf(target->lab, sizeof target->lab, "%s", lab_name);
        snprintf(target->hostname, sizeof target->hostname, "%s",
                 netns && netns->hostname ? netns->hostname : "");
        target->host = strcmp(ns, "host") == 0;
    }
    if (r == 0 && netns)
        find_attached(&spec, ns, target);
    lab_free(lab);
    arena_free(arena);
    return r;
}

/* The one lab that has it. */
static int find_anywhere(const char *ns, struct target *target, struct netlab_report *report)
{
    struct target found = {.lab = ""};
    char **names = NULL;
    int r = state_list(&names, report);

    for (char **name = names; r == 0 && *name; name++) {
        struct target candidate = {.host = false};

        if (find_in(*name, ns, &candidate) < 0)
            continue;
        if (candidate.host && *found.lab) {
            *found.lab = '\0'; /* the host's namespace is the same for all labs */
            found.host = true;
            break;
        }
        if (*found.lab) {
            r = report_plain(report, ENOTUNIQ, "labs %s and %s both have a namespace %s", found.lab,
                             candidate.lab, ns);
            report_hint(report, "say which: %s:%s", found.lab, ns);
        }
        found = candidate;
    }
    netlab_names_free(names);
    if (r == 0 && !*found.lab && !found.host)
        r = report_plain(report, ENOENT, "no lab that is up has a namespace %s", ns);
    *target = found;
    return r;
}

static int find(const char *lab, const char *ns, struct target *target,
                struct netlab_report *report)
{
    int r;

    if (!lab)
        return find_anywhere(ns, target, report);
    r = parse_is_name(lab) ? find_in(lab, ns, target) : -ENOENT;
    if (r == -ENOENT)
        report_plain(report, ENOENT, "lab %s is not up, or has no namespace %s", lab, ns);
    else if (r < 0)
        report_plain(report, -r, "cannot read the state of lab %s: %s", lab, strerror(-r));
    return r;
}

static int enter_attached(const struct target *target, const char *ns, struct netlab_report *report)
{
    CLEANUP_FD int fd = netns_find(target->path, &target->id);

    if (fd == -ENOENT)
        return report_plain(report, ENOENT, "namespace %s is gone", ns);
    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
        return report_plain(report, fd < 0 ? -fd : errno, "cannot enter namespace %s: %s", ns,
                            strerror(fd < 0 ? -fd : errno));
    return 0;
}

static int enter_network(const struct target *target, const char *ns, struct netlab_report *report)
{
    char path[STATE_PATH_SIZE + LAB_NAME_MAX + 1];
    struct statfs info;
    CLEANUP_FD int fd = -1;

    if (target->attached)
        return enter_attached(target, ns, report);

    snprintf(path, sizeof path, "%s/%s/ns/%s", STATE_DIR, target->lab, ns);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstatfs(fd, &info) < 0)
        return report_plain(report, errno, "cannot open namespace %s: %s", ns, strerror(errno));
    if (info.f_type != NSFS_MAGIC)
        return report_plain(report, ENOENT,
                            "namespace %s is gone: somebody deleted it, or it was made in another "
                            "mount namespace",
                            ns);
    if (setns(fd, CLONE_NEWNET) < 0)
        return report_plain(report, errno, "cannot enter namespace %s: %s", ns, strerror(errno));
    return 0;
}

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
static int enter_mounts(const char *ns, struct netlab_report *report)
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

int netlab_enter(const char *lab, const char *ns, char ret_lab[NETLAB_NAME_MAX + 1],
                 struct netlab_report *report)
{
    struct target target = {.host = false};
    int r = find(lab, ns, &target, report);

    if (r < 0)
        return r;
    if (ret_lab)
        snprintf(ret_lab, NETLAB_NAME_MAX + 1, "%s", target.lab);
    if (target.host)
        return 0;
    r = enter_network(&target, ns, report);
    if (r < 0)
        return r;
    if (unshare(CLONE_NEWNS | (target.attached ? 0 : CLONE_NEWUTS)) < 0 ||
        (!target.attached && sethostname(target.hostname, strlen(target.hostname)) < 0))
        return report_plain(report, errno, "cannot make a mount and a UTS namespace: %s",
                            strerror(errno));
    return enter_mounts(ns, report);
}
