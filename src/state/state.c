/* SPDX-License-Identifier: MIT */
/*
 * Job: claim, commit, remove and look at labs.
 * In: a lab's name. Out: its directory, locked.
 */
#include "state/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <netlab/lab.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/report.h"
#include "service/service.h"
#include "state/internal.h"

enum { LOOK_MS = 10 * 1000 }; /* those who look wait for who is at work */

const char *state_path(char path[STATE_PATH_SIZE], const char *name, const char *rest)
{
    snprintf(path, STATE_PATH_SIZE, "%s/%s%s", STATE_DIR, name, rest);
    return path;
}

/* Whether the lab was brought up since the machine was started. */
static bool is_of_this_boot(int directory)
{
    struct arena *arena = arena_new();
    char boot_id[BOOT_ID_SIZE];
    struct spec spec;
    bool same = arena && spec_read(directory, arena, &spec) == 0 && state_boot_id(boot_id) == 0 &&
                strcmp(boot_id, spec.boot_id) == 0;

    arena_free(arena);
    return same;
}

int state_busy(const char *name, bool waited, struct netlab_report *report)
{
    report_plain(report, EBUSY, "lab %s is busy: another netlab is at work on it", name);
    if (!waited)
        report_hint(report, "wait until it is done with: --lock-timeout SECONDS");
    return -EBUSY;
}

int state_ambiguous(const char *lab, const char *other, const char *ns,
                    struct netlab_report *report)
{
    report_plain(report, ENOTUNIQ, "labs %s and %s both have a namespace %s", lab, other, ns);
    report_hint(report, "say which: %s:%s", lab, ns);
    return -ENOTUNIQ;
}

/* Say why a lab could not be claimed; returns the reason. */
static int not_claimed(const char *name, int r, bool waited, struct netlab_report *report)
{
    char path[STATE_PATH_SIZE];

    switch (-r) {
    case EBUSY:
        return state_busy(name, waited, report);
    case ECANCELED:
        report_plain(report, ECANCELED, "interrupted while another netlab was at work on lab %s",
                     name);
        report_hint(report, "nothing was done");
        break;
    case ENOENT:
        (void)rmdir(STATE_DIR); /* a `down` that was killed at its last step leaves it empty */
        break;
    default:
        (void)rmdir(STATE_DIR);
        report_plain(report, -r, "cannot lock %s: %s", state_path(path, name, ""), strerror(-r));
        break;
    }
    return r;
}

static int claim(const char *name, bool create, const struct lock_wait *wait, bool waited,
                 struct state *ret_state, struct netlab_report *report)
{
    struct state state = {.fd = -1};
    char path[STATE_PATH_SIZE];
    int r;

    snprintf(state.name, sizeof state.name, "%s", name);
    state_path(state.names, name, "/ns");
    state_path(state.services, name, "/" SERVICES_DIR);
    for (;;) {
        if (create && mkdir(STATE_DIR, 0755) < 0 && errno != EEXIST)
            return report_plain(report, errno, "cannot make %s: %s", STATE_DIR, strerror(errno));
        r = lock_directory(state_path(path, name, ""), create, wait);
        /* the last lab's `down` takes STATE_DIR away too */
        if (r != -ENOENT || !create)
            break;
    }
    if (r < 0)
        return not_claimed(name, r, waited, report);
    state.fd = r;
    state.has_spec = faccessat(state.fd, "spec", F_OK, 0) == 0;
    state.is_up =
        state.has_spec && faccessat(state.fd, "up", F_OK, 0) == 0 && is_of_this_boot(state.fd);
    *ret_state = state;
    return 0;
}

int state_claim(const char *name, bool create, const struct netlab_options *options,
                struct state *ret_state, struct netlab_report *report)
{
    unsigned timeout = options ? options->lock_timeout : 0;
    const struct lock_wait wait = {
        .until = clock_ms() + timeout,
        .cancel = options ? options->cancel : NULL,
    };

    return claim(name, create, &wait, timeout > 0, ret_state, report);
}

int state_claim_to_look(const char *name, struct state *ret_state, struct netlab_report *report)
{
    const struct lock_wait wait = {.until = clock_ms() + LOOK_MS, .look = true};

    return claim(name, false, &wait, true, ret_state, report);
}

void state_release(struct state *state)
{
    if (state->fd >= 0) {
        /* processes that other threads are about to start may have it, too, until they do */
        (void)flock(state->fd, LOCK_UN);
        close(state->fd);
    }
    state->fd = -1;
}

int state_lock_all(struct netlab_report *report)
{
    int r = lock_directory(STATE_DIR, true, NULL);

    if (r < 0)
        return report_plain(report, -r, "cannot lock %s: %s", STATE_DIR, strerror(-r));
    return r;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

/* What is in a directory; one that is not there is empty. */
static int list_directory(const char *path, char ***ret_names, struct netlab_report *report)
{
    size_t count = 0, capacity = 16;
    char **names = malloc(capacity * sizeof *names);
    DIR *directory = opendir(path);
    const struct dirent *entry;

    while (names && directory && (entry = readdir(directory))) {
        char **bigger = names;

        if (entry->d_name[0] == '.')
            continue;
        if (count + 1 == capacity)
            bigger = realloc(names, (capacity *= 2) * sizeof *names);
        if (bigger)
            names = bigger;
        names[count] = bigger ? strdup(entry->d_name) : NULL;
        if (!names[count]) {
            free_names(names, count);
            names = NULL;
            break;
        }
        count++;
    }
    if (directory)
        closedir(directory);
    if (!names)
        return report_oom(report);
    qsort(names, count, sizeof *names, by_name);
    names[count] = NULL;
    *ret_names = names;
    return 0;
}

int state_list(char ***ret_names, struct netlab_report *report)
{
    return list_directory(STATE_DIR, ret_names, report);
}

int state_namespaces(const struct state *state, char ***ret_names, struct netlab_report *report)
{
    return list_directory(state->names, ret_names, report);
}

void state_tidy_namespaces(const struct state *state, const struct strmap *names)
{
    char **there = NULL, path[STATE_PATH_SIZE];

    if (state_namespaces(state, &there, NULL) < 0)
        return;
    for (char **name = there; *name; name++)
        if (!strmap_get(names, *name) &&
            snprintf(path, sizeof path, "%s/%s", state->names, *name) < (int)sizeof path)
            (void)unlink(path); /* refused where something is mounted on it */
    netlab_names_free(there);
}

int state_each_spec(const char *except_lab, struct arena *arena, state_spec_fn *found,
                    void *userdata)
{
    char boot_id[BOOT_ID_SIZE] = "", **names = NULL;
    int r = state_list(&names, NULL);

    if (r < 0)
        return r;
    (void)state_boot_id(boot_id);
    for (char **name = names; *name; name++) {
        char path[STATE_PATH_SIZE];
        CLEANUP_FD int fd = open(state_path(path, *name, ""), DIRECTORY);
        struct spec spec;

        if (fd >= 0 && strcmp(*name, except_lab) != 0 && spec_read(fd, arena, &spec) == 0 &&
            strcmp(spec.boot_id, boot_id) == 0)
            found(*name, &spec, userdata);
        free(*name);
    }
    free(names);
    return 0;
}

/* A file system of its own is mounted there. */
static bool is_mounted(const struct state *state)
{
    struct stat outside, inside;

    return fstat(state->fd, &outside) == 0 && lstat(state->names, &inside) == 0 &&
           outside.st_dev != inside.st_dev;
}

static int mount_tmpfs(const struct state *state)
{
    if (is_mounted(state))
        return 0;
    if ((mkdir(state->names, 0755) < 0 && errno != EEXIST) ||
        mount("netlab", state->names, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755") < 0 ||
        /* binds in it must reach mount namespaces that exist already */
        mount(NULL, state->names, NULL, MS_SHARED, NULL) < 0)
        return -errno;
    return 0;
}

int state_mount_names(struct state *state, struct netlab_report *report)
{
    int r = mount_tmpfs(state);

    if (r < 0)
        return report_plain(report, -r, "cannot mount a tmpfs on %s: %s", state->names,
                            strerror(-r));
    if (mkdir(NETNS_DIR, 0755) < 0 && errno != EEXIST)
        return report_plain(report, errno, "cannot make %s: %s", NETNS_DIR, strerror(errno));
    return 0;
}

int state_commit(struct state *state, struct netlab_report *report)
{
    int fd = openat(state->fd, "up", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    if (fd < 0)
        return report_plain(report, errno, "cannot write %s/%s/up: %s", STATE_DIR, state->name,
                            strerror(errno));
    close(fd);
    state->is_up = true;
    return 0;
}

static int unmount_names(const struct state *state)
{
    /* a kill between mounting and now can't stack two, but a person can */
    while (umount2(state->names, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
        ;
    return errno == EINVAL || errno == ENOENT ? 0 : -errno;
}

static int unlink_at(const struct state *state, const char *name, int flags)
{
    return unlinkat(state->fd, name, flags) < 0 && errno != ENOENT ? -errno : 0;
}

/* Unlink in /run/netns what leads into the lab's own directory. */
static int unlink_names(const struct state *state)
{
    CLEANUP_FD int all = state_lock_all(NULL);
    DIR *directory = opendir(NETNS_DIR);
    size_t prefix = strlen(state->names);
    const struct dirent *entry;
    int r = 0;

    (void)all; /* held until the end; without it, one by one is still right */
    while (directory && (entry = readdir(directory))) {
        char target[STATE_PATH_SIZE + 256];
        ssize_t size;

        if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
            continue;
        size = readlinkat(dirfd(directory), entry->d_name, target, sizeof target - 1);
        if (size < 0)
            continue;
        target[size] = '\0';
        if (strncmp(target, state->names, prefix) == 0 && target[prefix] == '/' &&
            strcmp(target + prefix + 1, entry->d_name) == 0 &&
            unlinkat(dirfd(directory), entry->d_name, 0) < 0)
            r = -errno;
    }
    if (directory)
        closedir(directory);
    return r;
}

/* With the last lab only: one that is on its way up may be about to give names there. */
static void remove_netns_dir(void)
{
    CLEANUP_FD int all = state_lock_all(NULL);
    char **names = NULL;
    size_t count = 0;

    if (all < 0 || state_list(&names, NULL) < 0)
        return;
    while (names[count])
        count++;
    if (count == 1)             /* ours is still there */
        (void)rmdir(NETNS_DIR); /* stays when somebody else has a name there */
    free_names(names, count);
}

static void keep_first(int *first, int r)
{
    if (*first == 0)
        *first = r;
}

int state_remove(struct state *state, bool made_netns_dir, struct netlab_report *report)
{
    char path[STATE_PATH_SIZE];
    int first = unlink_at(state, "up", 0);

    keep_first(&first, unlink_names(state));
    keep_first(&first, unmount_names(state));
    /* this lets the namespaces go in the copies of it that other mount namespaces have */
    keep_first(&first, unlink_at(state, "ns", AT_REMOVEDIR));
    keep_first(&first, unlink_at(state, SERVICES_DIR, AT_REMOVEDIR));
    if (first < 0)
        return report_plain(report, -first, "cannot remove all of %s: %s",
                            state_path(path, state->name, ""), strerror(-first));
    if (made_netns_dir)
        remove_netns_dir();
    keep_first(&first, unlink_at(state, "spec.tmp", 0));
    keep_first(&first, unlink_at(state, "spec", 0)); /* the last that tells what there was */
    if (first == 0 && rmdir(state_path(path, state->name, "")) < 0)
        first = -errno;
    (void)rmdir(STATE_DIR); /* stays while there are other labs */
    if (first < 0)
        return report_plain(report, -first, "cannot remove %s: %s",
                            state_path(path, state->name, ""), strerror(-first));
    return 0;
}

int state_look(const char *root, const char *name, struct arena *arena, struct spec *ret_spec,
               enum state_condition *ret_condition, time_t *ret_since)
{
    char path[STATE_PATH_SIZE + 64], boot_id[BOOT_ID_SIZE] = "";
    CLEANUP_FD int fd = -1;
    struct stat info;
    int r;

    snprintf(path, sizeof path, "%s%s/%s", root, STATE_DIR, name);
    fd = open(path, DIRECTORY);
    if (fd < 0)
        return -errno;
    *ret_spec = (struct spec){.file = "", .text = ""};
    r = spec_read(fd, arena, ret_spec);
    if (r < 0 && r != -ENOENT)
        return r;
    (void)state_boot_id(boot_id);
    if (fstatat(fd, "up", &info, 0) == 0 && strcmp(boot_id, ret_spec->boot_id) != 0)
        *ret_condition = STATE_STALE;
    else if (fstatat(fd, "up", &info, 0) == 0)
        *ret_condition =
            ret_spec->previous && flock(fd, LOCK_SH | LOCK_NB) == 0 ? STATE_HALF_CHANGED : STATE_UP;
    else if (fstat(fd, &info) < 0)
        return -errno;
    else if (flock(fd, LOCK_SH | LOCK_NB) < 0)
        *ret_condition = STATE_BUSY;
    else
        *ret_condition = STATE_INCOMPLETE;
    if (!state_is_usable(*ret_condition) && !lock_is_there(fd, path))
        return -ENOENT; /* taken away while we looked */
    *ret_since = info.st_mtime;
    return 0;
}
