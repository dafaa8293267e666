/* SPDX-License-Identifier: MIT */
/*
 * Job: find namespaces that exist, and tell them from others.
 * In: paths, what told them apart when they were found. Out: descriptors.
 *
 * Numbers of processes and inodes are used again; cookies are not, while the machine runs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/internal.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

uint64_t socket_cookie(int socket)
{
    uint64_t cookie = 0;
    socklen_t size = sizeof cookie;

    if (getsockopt(socket, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0)
        return 0;
    return cookie;
}

/* In the namespace that the calling thread is in. */
static int read_cookie(uint64_t *ret_cookie)
{
    CLEANUP_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    *ret_cookie = socket_cookie(fd);
    return 0;
}

static int check_fs(int fd)
{
    struct statfs info;

    if (fstatfs(fd, &info) < 0)
        return -errno;
    return info.f_type == NSFS_MAGIC ? 0 : -ESTALE;
}

int netns_open(const char *path)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? -errno : check_fs(fd);

    return r < 0 ? r : TAKE_FD(fd);
}

int netns_identify(int fd, struct netns_id *ret_id)
{
    CLEANUP_FD int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    struct stat info;
    int r;

    if (own < 0 || fstat(fd, &info) < 0)
        return -errno;
    r = check_fs(fd);
    if (r < 0)
        return r;
    if (setns(fd, CLONE_NEWNET) < 0)
        return errno == EINVAL ? -ESTALE : -errno;
    *ret_id = (struct netns_id){.inode = info.st_ino};
    r = read_cookie(&ret_id->cookie);
    return setns(own, CLONE_NEWNET) < 0 ? -errno : r;
}

bool netns_is(const struct netns_id *a, const struct netns_id *b)
{
    return a->inode == b->inode && a->cookie == b->cookie;
}

/* The descriptor of what a path leads to, if it is the one; -ENOENT: it is not. */
static int open_same(const char *path, const struct netns_id *id)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct netns_id found = {0};
    int r = fd < 0 ? -errno : netns_identify(fd, &found);

    if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
        return r;
    return r == 0 && netns_is(&found, id) ? TAKE_FD(fd) : -ENOENT;
}

/* Look through a directory whose entries' paths, with something behind, may lead to it. */
static int search(const char *directory, const char *rest, const struct netns_id *id)
{
    DIR *entries = opendir(directory);
    const struct dirent *entry;
    int fd = -ENOENT;

    while (entries && fd == -ENOENT && (entry = readdir(entries))) {
        char path[512];
        struct stat info;

        snprintf(path, sizeof path, "%s/%s%s", directory, entry->d_name, rest);
        if (*entry->d_name != '.' && stat(path, &info) == 0 && info.st_ino == id->inode)
            fd = open_same(path, id);
    }
    if (entries)
        closedir(entries);
    return fd;
}

int netns_find(const char *path, const struct netns_id *id)
{
    int fd;

    if (!id) {
        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
    }
    fd = open_same(path, id);
    if (fd == -ENOENT)
        fd = search("/run/netns", "", id);
    return fd == -ENOENT ? search("/proc", "/ns/net", id) : fd;
}
