/* SPDX-License-Identifier: MIT */
/*
 * Job: the files of a sandbox: those of the machine, but for /proc, /sys, /run/netns and
 * /run/netlab.
 * In: fresh namespaces. Out: mounts.
 *
 * /run is a tmpfs in which all that /run has is bound, rather than two tmpfs over /run/netns and
 * /run/netlab: those directories may not be there and we may not be allowed to make them; and when
 * the last lab of the machine goes down it removes them, and with them what is mounted on them, in
 * every mount namespace.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "sandbox/sandbox.h"

enum {
    RUN_MAX = 4096, /* entries of /run, each a mount; a machine has some dozens */
    FD_PATH = 64,
};

/* Where mounts are not ours to make, somebody forbids them: in fresh namespaces we are root. */
static int refused(const char *what, int r, struct netlab_report *report)
{
    report_plain(report, -r, "cannot %s: %s", what, strerror(-r));
    if (r == -EPERM || r == -EACCES)
        report_hint(report, "a container's AppArmor profile (EACCES) or seccomp filter (EPERM) may "
                            "forbid mounts: " SANDBOX_CONTAINER);
    return r;
}

static const char *fd_path(char path[FD_PATH], int fd)
{
    snprintf(path, FD_PATH, "/proc/self/fd/%d", fd);
    return path;
}

/* A procfs or sysfs over the machine's. The kernel refuses it where parts of that are hidden, and
   wants it read-only where that is. */
static int mount_over(const char *type, const char *path)
{
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

    if (mount(type, path, type, flags, NULL) == 0)
        return 0;
    if (errno == EPERM && mount(type, path, type, flags | MS_RDONLY, NULL) == 0)
        return 0;
    return -errno;
}

static int mount_proc(struct netlab_report *report)
{
    int r = mount_over("proc", "/proc");

    if (r == -EPERM) {
        /* /proc/self and /proc/sys/net are right all the same; numbers of processes are not */
        report_warning(report, NULL, (struct mark){0},
                       "the sandbox has the machine's /proc, since parts of that are hidden: ps "
                       "shows other numbers");
        return 0;
    }
    return r < 0 ? refused("mount the sandbox's /proc", r, report) : 0;
}

/* File systems that are mounted in /sys and are not the sandbox's own. */
static const char *const in_sys[] = {
    "/sys/fs/cgroup",           "/sys/fs/bpf",
    "/sys/fs/fuse/connections", "/sys/kernel/security",
    "/sys/kernel/debug",        "/sys/kernel/tracing",
    "/sys/kernel/config",       "/sys/firmware/efi/efivars",
};
enum { IN_SYS = sizeof in_sys / sizeof in_sys[0] };

/* A descriptor of what is mounted there, or -1. */
static int open_mounted(const char *path, const struct stat *around)
{
    CLEANUP_FD int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat info;

    return fd >= 0 && fstat(fd, &info) == 0 && info.st_dev != around->st_dev ? TAKE_FD(fd) : -1;
}

/* /sys shows the network namespace that it was mounted in. */
static void mount_sys(struct netlab_report *report)
{
    struct stat sys;
    char path[FD_PATH];
    int fds[IN_SYS], r;

    if (stat("/sys", &sys) < 0)
        return; /* there is none */
    for (int i = 0; i < IN_SYS; i++)
        fds[i] = open_mounted(in_sys[i], &sys);
    r = mount_over("sysfs", "/sys");
    if (r < 0)
        report_warning(report, NULL, (struct mark){0},
                       "the sandbox has the machine's /sys, with its interfaces: %s", strerror(-r));
    for (int i = 0; i < IN_SYS; i++) {
        if (fds[i] < 0)
            continue;
        if (r == 0)
            (void)mount(fd_path(path, fds[i]), in_sys[i], NULL, MS_BIND | MS_REC, NULL);
        close(fds[i]);
    }
}

/* Something to bind a file over. */
static int make_target(int run, const char *name, mode_t mode)
{
    CLEANUP_FD int fd = -1;

    if (S_ISDIR(mode))
        return mkdirat(run, name, 0755) < 0 ? -errno : 0;
    fd = openat(run, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : 0;
}

static int copy_link(int from, int to, const char *name)
{
    char target[PATH_MAX];
    ssize_t size = readlinkat(from, name, target, sizeof target - 1);

    if (size < 0)
        return -errno;
    target[size] = '\0';
    return symlinkat(target, to, name) < 0 ? -errno : 0;
}

/* One entry of the machine's /run, in ours. */
static int bind_entry(int from, int to, const char *name)
{
    char source[FD_PATH + 8 + NAME_MAX], target[8 + NAME_MAX], path[FD_PATH];
    struct stat info;
    int r;

    if (fstatat(from, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    if (S_ISLNK(info.st_mode))
        return copy_link(from, to, name);
    snprintf(source, sizeof source, "%s/%s", fd_path(path, from), name);
    snprintf(target, sizeof target, "/run/%s", name);
    r = make_target(to, name, info.st_mode);
    if (r == 0 && mount(source, target, NULL, MS_BIND | MS_REC, NULL) < 0) {
        r = -errno;
        (void)unlinkat(to, name, S_ISDIR(info.st_mode) ? AT_REMOVEDIR : 0);
    }
    return r;
}

/* What can't be there is missed by few: it is no reason to do without a sandbox. */
static void bind_all(DIR *machine, int run, struct netlab_report *report)
{
    const struct dirent *entry;
    int count = 0;

    while ((entry = readdir(machine))) {
        static const char *const ours[] = {".", "..", "netns", "netlab"};
        bool skip = false;
        int r;

        for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
            skip = skip || strcmp(entry->d_name, ours[i]) == 0;
        if (skip)
            continue;
        r = count++ < RUN_MAX ? bind_entry(dirfd(machine), run, entry->d_name) : -ENOSPC;
        if (r == -ENOSPC) {
            report_warning(report, NULL, (struct mark){0},
                           "the sandbox has %d entries of the machine's /run: there is no room for "
                           "more",
                           count - 1);
            return;
        }
        if (r < 0 && r != -ENOENT && r != -EACCES) /* it has just gone; we could not have used it */
            report_warning(report, NULL, (struct mark){0},
                           "the sandbox is without the machine's /run/%s: %s", entry->d_name,
                           strerror(-r));
    }
}

static int mount_run(struct netlab_report *report)
{
    DIR *machine = opendir("/run");
    CLEANUP_FD int run = -1;
    int r = machine ? 0 : -errno;

    if (r == 0 && (mount("netlab", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0 ||
                   (run = open("/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0))
        r = -errno;
    if (r == 0)
        bind_all(machine, run, report);
    if (machine)
        closedir(machine);
    return r < 0 ? refused("make the sandbox's /run", r, report) : 0;
}

int sandbox_mount(bool own_pids, struct netlab_report *report)
{
    char here[PATH_MAX];
    bool known = getcwd(here, sizeof here);
    int r = 0;

    /* slaves: what the machine mounts later shows up here, and not the other way round */
    if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
        return refused("make the mounts private", -errno, report);
    if (own_pids)
        r = mount_proc(report);
    if (r == 0)
        mount_sys(report);
    if (r == 0)
        r = mount_run(report);
    if (r == 0 && known)
        (void)!chdir(here); /* it may have been in one of them */
    return r;
}
