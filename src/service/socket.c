/* SPDX-License-Identifier: MIT */
/*
 * Job: whether a socket is a service's.
 * In: its inode. Out: yes if a process of the service's PID namespace, or of one below, has it.
 *
 * /proc may be that of another PID namespace than our own (in a sandbox within a container): its
 * number for the service's init is asked for, of the pidfd.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "service/internal.h"

enum { PATH = 64 };

/* A process's number in /proc; 0: it is not there. */
static int number_of(int process)
{
    char path[PATH], line[128];
    CLEANUP_FILE FILE *file = NULL;
    int number = 0;

    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", process);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Pid: %d", &number) == 1)
            return number > 0 ? number : 0;
    return 0;
}

/* The PID namespace of a process, or -1. */
static int open_namespace(const char *number)
{
    char path[PATH];

    snprintf(path, sizeof path, "/proc/%.20s/ns/pid", number);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Whether a process is in that PID namespace, or in one below. */
static bool is_within(const char *number, const struct stat *namespace)
{
    CLEANUP_FD int fd = open_namespace(number);
    struct stat info;

    while (fd >= 0 && fstat(fd, &info) == 0) {
        int parent;

        if (info.st_ino == namespace->st_ino && info.st_dev == namespace->st_dev)
            return true;
        parent = ioctl(fd, NS_GET_PARENT);
        close(fd);
        fd = parent;
    }
    return false;
}

static bool has_socket(const char *number, const char *link)
{
    char path[PATH], target[PATH];
    const struct dirent *entry;
    bool has = false;
    DIR *fds;

    snprintf(path, sizeof path, "/proc/%.20s/fd", number);
    fds = opendir(path);
    if (!fds)
        return errno == EACCES || errno == EPERM; /* maybe */
    while (!has && (entry = readdir(fds))) {
        ssize_t size = readlinkat(dirfd(fds), entry->d_name, target, sizeof target - 1);

        target[size > 0 ? size : 0] = '\0';
        has = strcmp(target, link) == 0;
    }
    closedir(fds);
    return has;
}

static bool any_has(const struct stat *namespace, uint32_t inode)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    bool has = !processes;
    char link[PATH];

    snprintf(link, sizeof link, "socket:[%u]", inode);
    while (!has && (entry = readdir(processes)))
        has = isdigit((unsigned char)*entry->d_name) && is_within(entry->d_name, namespace) &&
              has_socket(entry->d_name, link);
    if (processes)
        closedir(processes);
    return has;
}

bool service_has_socket(const char *directory, const char *netns, const char *name, uint32_t inode)
{
    CLEANUP_FD int own = registry_open(directory, netns, name);
    CLEANUP_FD int process = own < 0 ? -1 : process_open(own);
    CLEANUP_FD int namespace = -1;
    char number[16];
    struct stat info;

    if (process < 0)
        return own >= 0 && registry_init(own) >= 0;
    snprintf(number, sizeof number, "%d", number_of(process));
    namespace = open_namespace(number);
    if (namespace < 0 || fstat(namespace, &info) < 0)
        return true;
    return any_has(&info, inode);
}
