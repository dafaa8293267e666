/* SPDX-License-Identifier: MIT */
/*
 * Job: which services there are, and what is known of them.
 * In: the directory of a lab's services. Out: records.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "service/internal.h"

enum { DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static const char *const files[] = {"alive", "control", "definition", "exit", "log"};

const char *registry_entry(char entry[REGISTRY_ENTRY], const char *netns, const char *name)
{
    snprintf(entry, REGISTRY_ENTRY, "%s:%s", netns, name);
    return entry;
}

int registry_open(const char *directory, const char *netns, const char *name)
{
    CLEANUP_FD int parent = open(directory, DIRECTORY);
    char entry[REGISTRY_ENTRY];
    int fd = parent < 0 ? -1 : openat(parent, registry_entry(entry, netns, name), DIRECTORY);

    return fd < 0 ? -errno : fd;
}

const char *registry_path(char path[REGISTRY_PATH], int directory, const char *file)
{
    snprintf(path, REGISTRY_PATH, "/proc/self/fd/%d/%s", directory, file);
    return path;
}

pid_t registry_init(int directory)
{
    CLEANUP_FD int fd = openat(directory, "alive", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

    if (fd < 0 || fcntl(fd, F_GETLK, &lock) < 0)
        return -errno;
    return lock.l_type == F_UNLCK ? -ESRCH : lock.l_pid > 0 ? lock.l_pid : 0;
}

int registry_connect(int directory)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    CLEANUP_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    (void)registry_path(address.sun_path, directory, "control");
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return -errno;
    return TAKE_FD(fd);
}

int registry_forget(const char *directory, const char *entry)
{
    CLEANUP_FD int parent = open(directory, DIRECTORY);
    CLEANUP_FD int own = parent < 0 ? -1 : openat(parent, entry, DIRECTORY);

    if (own < 0)
        return errno == ENOENT ? 0 : -errno;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (unlinkat(own, files[i], 0) < 0 && errno != ENOENT)
            return -errno;
    if (unlinkat(parent, entry, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return -errno;
    (void)rmdir(directory); /* stays while there are others */
    return 0;
}

int service_log(const char *directory, const char *netns, const char *name)
{
    CLEANUP_FD int own = registry_open(directory, netns, name);
    int fd = own < 0 ? own : openat(own, "log", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

bool service_runs(const char *directory, const char *netns, const char *name)
{
    CLEANUP_FD int own = registry_open(directory, netns, name);

    return own >= 0 && registry_init(own) >= 0;
}

void service_last_words(const char *directory, const char *netns, const char *name,
                        char ret_words[SERVICE_WORDS])
{
    CLEANUP_FD int fd = service_log(directory, netns, name);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    off_t start = size > SERVICE_WORDS - 1 ? size - (SERVICE_WORDS - 1) : 0;
    ssize_t got = fd < 0 ? 0 : pread(fd, ret_words, SERVICE_WORDS - 1, start);
    char *line;

    ret_words[got > 0 ? got : 0] = '\0';
    line = start ? strchr(ret_words, '\n') : NULL; /* a whole one */
    if (line)
        memmove(ret_words, line + 1, strlen(line + 1) + 1);
    for (size_t i = strlen(ret_words); i > 0 && ret_words[i - 1] == '\n'; i--)
        ret_words[i - 1] = '\0';
    for (line = ret_words; *line; line++)
        if ((unsigned char)*line < 0x20 || *line == 0x7f)
            *line = *line == '\n' ? '|' : ' ';
}

/* A small file as a text, to be freed; NULL: there is none, or we may not. */
static char *read_text(int directory, const char *name)
{
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    CLEANUP_FILE FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    char *text = NULL;
    size_t size = 0;

    if (file && getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    return text;
}

static time_t time_of(int directory, const char *name)
{
    struct stat info;

    return fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0 ? info.st_mtime : 0;
}

/* What is in an entry "NS:NAME". */
static int see(int parent, const char *entry, service_fn *found, void *userdata)
{
    CLEANUP_FD int own = openat(parent, entry, DIRECTORY);
    CLEANUP_FREE char *text = own < 0 ? NULL : read_text(own, "definition");
    CLEANUP_FREE char *status = own < 0 ? NULL : read_text(own, "exit");
    struct service_record record = {.inode = 0};
    const char *colon = strchr(entry, ':');
    char *end = text;

    if (own < 0 || !colon || (size_t)(colon - entry) >= sizeof record.netns ||
        strlen(colon + 1) >= sizeof record.name)
        return 0; /* it has just gone; none of ours */
    memcpy(record.netns, entry, (size_t)(colon - entry));
    strcpy(record.name, colon + 1);
    if (text)
        record.inode = strtoull(text, &end, 10);
    record.text = text && *end == '\n' ? end + 1 : NULL;
    record.runs = registry_init(own) >= 0;
    record.told = status != NULL;
    record.status = status ? atoi(status) : 0;
    record.since = time_of(own, record.runs || !status ? "control" : "exit");
    return found(&record, userdata);
}

int service_each(const char *directory, service_fn *found, void *userdata)
{
    struct dirent **entries = NULL;
    CLEANUP_FD int parent = open(directory, DIRECTORY);
    int count = parent < 0 ? -1 : scandirat(parent, ".", &entries, NULL, alphasort), r = 0;

    if (count < 0)
        return errno == ENOENT ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        if (r == 0 && *entries[i]->d_name != '.')
            r = see(parent, entries[i]->d_name, found, userdata);
        free(entries[i]);
    }
    free(entries);
    return r;
}
