/* SPDX-License-Identifier: MIT */
/*
 * Job: what files tell of a namespace, and of all of them.
 * In: /proc/sys, /sys, /run, the mounts. Out: lines, see look.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "look.h"

/* Without what can't be read. */
static size_t read_file(const char *path, char *bytes, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, bytes, size - 1);

    if (fd >= 0)
        close(fd);
    bytes[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

static void add_sysctl(FILE *out, const char *name)
{
    char value[4096], path[512], *rest = NULL;

    snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
    if (!read_file(path, value, sizeof(value)))
        return;
    for (char *line = strtok_r(value, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        fprintf(out, "%s:%s\n", name, line);
}

/* Each entry of a directory, by its path. */
static void each_entry(FILE *out, const char *path, const char *name,
                       void (*see)(FILE *out, const char *path, const char *name))
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    char below[512];

    while (directory && (entry = readdir(directory)))
        if (entry->d_name[0] != '.') {
            snprintf(below, sizeof(below), "%s%s%s", name, *name ? "/" : "", entry->d_name);
            see(out, path, below);
        }
    if (directory)
        closedir(directory);
}

static void see_sysctl(FILE *out, const char *path, const char *name)
{
    (void)path;
    add_sysctl(out, name);
}

static void see_settings(FILE *out, const char *path, const char *name)
{
    char below[512];

    (void)path;
    snprintf(below, sizeof(below), "/proc/sys/net/%s", name);
    each_entry(out, below, name, see_sysctl);
}

/* Links whose MAC the kernel chose (NET_ADDR_RANDOM), or that have that of another
   (NET_ADDR_STOLEN) which no test has given; addresses of tunnels are no MACs. */
static void see_link(FILE *out, const char *path, const char *name)
{
    char from[512], type[16], mac[64];

    snprintf(from, sizeof(from), "%s/%s/addr_assign_type", path, name);
    if (!read_file(from, type, sizeof(type)) || (type[0] != '1' && type[0] != '2'))
        return;
    snprintf(from, sizeof(from), "%s/%s/address", path, name);
    if (read_file(from, mac, sizeof(mac)) == strlen("00:00:00:00:00:00\n") &&
        (type[0] == '1' || strncmp(mac, "02:00:", 6) != 0))
        fprintf(out, "%.17s %s\n", mac, name);
}

/* /sys shows the namespace that it was mounted in. */
static void add_random(FILE *out)
{
    const char *sys = text("%s/sys", getenv("TMP"));

    (void)mkdir(sys, 0700);
    if (mount("look", sys, "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        test_fail("can not mount /sys: %s", strerror(errno));
    each_entry(out, text("%s/class/net", sys), "", see_link);
    umount2(sys, MNT_DETACH);
}

void look_at_files(FILE *out, const char *ns)
{
    int back = ns_enter(ns);

    fputs("@random\n", out);
    add_random(out);
    fputs("@sysctl\n", out);
    add_sysctl(out, "ipv4/ip_forward");
    each_entry(out, "/proc/sys/net/ipv4/conf", "ipv4/conf", see_settings);
    each_entry(out, "/proc/sys/net/ipv6/conf", "ipv6/conf", see_settings);
    ns_leave(back);
}

/* Names and mounts */

static FILE *names;

static int see_file(const char *path, const struct stat *status, int type, struct FTW *place)
{
    char target[512] = "", letter = S_ISDIR(status->st_mode)   ? 'd'
                                    : S_ISLNK(status->st_mode) ? 'l'
                                    : S_ISREG(status->st_mode) ? 'f'
                                                               : '?';

    if (type != FTW_NS && place->level > 0) {
        if (letter == 'l' && readlink(path, target, sizeof(target) - 1) < 0)
            letter = '?';
        fprintf(names, "file %s %c %o %s\n", path, letter, (unsigned)status->st_mode & 07777,
                target);
    }
    return 0;
}

/* Takes out the digits (and what else is in `set`) that follow a word. */
static void drop_number(char *line, const char *word, const char *set)
{
    char *found = strstr(line, word);

    if (found) {
        found += strlen(word);
        memmove(found, found + strspn(found, set), strlen(found + strspn(found, set)) + 1);
    }
}

const char *look_at_names(bool numbers)
{
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    char *all = NULL, *line = NULL;
    size_t size, length = 0;
    const char *result;

    names = open_memstream(&all, &size);
    if (!names || !mounts)
        abort();
    nftw("/run/netns", see_file, 16, FTW_PHYS);
    nftw("/run/netlab", see_file, 16, FTW_PHYS);
    while (getline(&line, &length, mounts) > 0) {
        char *fact = strchr(line, ' ');

        fact = fact ? strchr(fact + 1, ' ') : NULL; /* behind its number and its parent's */
        if (!fact)
            continue;
        drop_number(fact, " shared:", "0123456789");
        drop_number(fact, " master:", "0123456789");
        if (!numbers) {
            drop_number(fact, " ", "0123456789:");
            drop_number(fact, "net:[", "0123456789");
        }
        fprintf(names, "mount%s", fact);
    }
    free(line);
    fclose(mounts);
    fclose(names);
    result = text("%s", all);
    free(all);
    return result;
}
