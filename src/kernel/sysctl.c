/* SPDX-License-Identifier: MIT */
/*
 * Job: read and write /proc/sys of the calling thread's network namespace.
 *
 * All namespaces' entries of one procfs hang in one hash of names, so a look-up slows down with
 * every namespace that was seen through it. A detached procfs of our own, renewed now and then,
 * keeps it short. Where a procfs may not be mounted (a user namespace without a PID namespace of
 * its own), plain /proc does.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/internal.h"

enum {
    RENEW_AFTER = 192, /* accesses: about 64 namespaces */
};

struct sysctls {
    int proc;
    bool plain;
    unsigned uses;
};

struct sysctls *sysctls_new(void)
{
    struct sysctls *sysctls = calloc(1, sizeof *sysctls);

    if (sysctls)
        sysctls->proc = -1;
    return sysctls;
}

void sysctls_free(struct sysctls *sysctls)
{
    if (!sysctls)
        return;
    if (sysctls->proc >= 0)
        close(sysctls->proc);
    free(sysctls);
}

/* glibc 2.36 has wrappers for these; older ones do not. */
static int detached_procfs(void)
{
    CLEANUP_FD int context = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC);

    if (context < 0 || syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
}

static int procfs(struct sysctls *sysctls)
{
    if (sysctls->proc >= 0 && (sysctls->plain || sysctls->uses++ < RENEW_AFTER))
        return sysctls->proc;
    if (sysctls->proc >= 0)
        close(sysctls->proc);
    sysctls->uses = 0;
    sysctls->proc = detached_procfs();
    if (sysctls->proc < 0) {
        sysctls->plain = true;
        sysctls->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    return sysctls->proc;
}

static int open_sysctl(struct sysctls *sysctls, const char *path, int flags)
{
    char full[512];
    int proc = procfs(sysctls), fd;

    if (proc < 0)
        return -errno;
    if ((size_t)snprintf(full, sizeof full, "sys/%s", path) >= sizeof full)
        return -ENAMETOOLONG;
    fd = openat(proc, full, flags | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

bool sysctls_are_read_only(struct sysctls *sysctls)
{
    CLEANUP_FD int fd = open_sysctl(sysctls, "net", O_RDONLY | O_DIRECTORY);
    struct statvfs info;

    return fd >= 0 && fstatvfs(fd, &info) == 0 && info.f_flag & ST_RDONLY;
}

int sysctls_list(struct sysctls *sysctls, const char *path, DIR **ret_directory)
{
    int fd = open_sysctl(sysctls, path, O_RDONLY | O_DIRECTORY);

    if (fd < 0)
        return fd;
    *ret_directory = fdopendir(fd);
    if (*ret_directory)
        return 0;
    close(fd);
    return -ENOMEM;
}

int sysctls_write(struct sysctls *sysctls, const char *path, const char *value)
{
    CLEANUP_FD int fd = open_sysctl(sysctls, path, O_WRONLY);

    if (fd < 0)
        return fd;
    return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

int sysctls_read(struct sysctls *sysctls, const char *path, char *value, size_t size)
{
    CLEANUP_FD int fd = open_sysctl(sysctls, path, O_RDONLY);
    ssize_t got;

    if (fd < 0)
        return fd;
    got = read(fd, value, size - 1);
    if (got < 0)
        return -errno;
    while (got > 0 && value[got - 1] == '\n')
        got--;
    value[got] = '\0';
    for (char *c = value; *c; c++)
        if (*c == '\t')
            *c = ' '; /* as sysctl(8) writes several values, and takes them */
    return 0;
}
