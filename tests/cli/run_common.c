/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of `netlab run` share; see run_test.h.
 */
#include "run_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 30000, /* on a busy machine */
    PAUSE_MS = 10,
    ENVIRONMENT_MAX = 65536,
};

static bool counts_root; /* "user" is a root */
static char mark[64];

/* A copy of netlab that everybody can reach, wherever it was built. */
static void share(void)
{
    static unsigned count;

    ok("chmod 755 $TMP/.. && chmod 777 $TMP && cp $NETLAB $TMP/netlab && chmod 755 $TMP/netlab");
    setenv("NETLAB", text("%s/netlab", getenv("TMP")), 1);
    snprintf(mark, sizeof mark, "NETLAB_TEST_MARK=%d.%u.", (int)getpid(), count++);
    setenv("NETLAB_TEST_MARK", strchr(mark, '=') + 1, 1);
    file_with("duo.yaml", DUO);
    ok("chmod 644 duo.yaml");
    run_as(ROOT);
}

void with_users(void)
{
    with_sandbox();
    share();
}

void with_own_limits(void)
{
    with_directory();
    sandbox_enter_users();
    /* without other users: a root without powers, of which the kernel wants setfcap if he is to
       make a user namespace with a root (verify_root_map()) */
    counts_root = sh(AS_NOBODY "true").status != 0;
    if (counts_root)
        user_is("setpriv --bounding-set=-all,+setfcap --inh-caps=-all ");
    share();
}

void mark_program(void)
{
    snprintf(mark, sizeof mark, "NETLAB_TEST_PROGRAM=%d.", (int)getpid());
    setenv("NETLAB_TEST_PROGRAM", strchr(mark, '=') + 1, 1);
}

void kill_marked(void)
{
    pid_t pids[MARKED_MAX];

    marked_processes(pids);
    for (int i = 0; pids[i]; i++)
        kill(pids[i], SIGKILL);
}

/* The environment that a process was started with, and a zero; returns its size, 0 if it has ended.
 */
static size_t environment_of(const char *pid, char ret_bytes[ENVIRONMENT_MAX])
{
    char path[64];
    ssize_t size;
    int fd;

    snprintf(path, sizeof path, "/proc/%.20s/environ", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    size = fd < 0 ? -1 : read(fd, ret_bytes, ENVIRONMENT_MAX - 1);
    if (fd >= 0)
        close(fd);
    ret_bytes[size > 0 ? size : 0] = '\0';
    return size > 0 ? (size_t)size : 0;
}

static bool is_marked(const char *pid)
{
    char bytes[ENVIRONMENT_MAX];
    size_t size = environment_of(pid, bytes);

    return memmem(bytes, size, mark, strlen(mark));
}

long marked_number(pid_t pid, const char *name)
{
    char bytes[ENVIRONMENT_MAX], variable[64];
    size_t size = environment_of(text("%d", (int)pid), bytes);
    int length = snprintf(variable, sizeof variable, "%s=", name);
    const char *found = memmem(bytes, size, variable, (size_t)length);

    return found && memmem(bytes, size, mark, strlen(mark)) ? strtol(found + length, NULL, 10) : -1;
}

void marked_processes(pid_t ret_pids[MARKED_MAX])
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    size_t count = 0;

    if (!proc)
        test_fail("/proc: %s", strerror(errno));
    while ((entry = readdir(proc)) && count < MARKED_MAX - 1) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid > 0 && pid != getpid() && is_marked(entry->d_name))
            ret_pids[count++] = pid;
    }
    closedir(proc);
    ret_pids[count] = 0;
}

void nobody_left(void)
{
    pid_t pids[MARKED_MAX];

    for (int waited = 0; waited < PATIENCE_MS; waited += PAUSE_MS) {
        marked_processes(pids);
        if (!pids[0])
            return;
        usleep(PAUSE_MS * 1000);
    }
    test_fail("left:\n%s", sh("ps ww -o pid,ppid,stat,args -p %d", (int)pids[0]).out);
}

void no_namespaces_left(void)
{
    /* Of each one is about to be made, as a user; a kernel deletes them in the background. Those
       that root has made, who may be the same, are the test's own. */
    static const struct {
        const char *name, *option;
        int own;
    } sorts[] = {
        {"net", "-n", 1}, {"mnt", "-m", 1}, {"uts", "-u", 0}, {"pid", "-fp", 0}, {"user", "", 0}};

    run_as(USER);
    for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++) {
        const char *file = text("/proc/sys/user/max_%s_namespaces", sorts[i].name);
        const char *before = text("%s", file_text(file));
        int waited = 0;

        ok("echo %d >%s", counts_root ? 1 + sorts[i].own : 1, file);
        while (sh("$AS unshare -U %s true", sorts[i].option).status != 0) {
            if ((waited += PAUSE_MS) > PATIENCE_MS)
                test_fail("%s namespaces are left", sorts[i].name);
            usleep(PAUSE_MS * 1000);
        }
        ok("echo '%s' >%s", before, file); /* a whole line */
    }
}
