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

#define AS_NOBODY "setpriv --reuid=65534 --regid=65534 --clear-groups "

enum {
    PATIENCE_MS = 30000, /* on a busy machine */
    PAUSE_MS = 10,
};

static const char *as_user;
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
    as_user = geteuid() == 0 && sh(AS_NOBODY "true").status == 0 ? AS_NOBODY : "";
    share();
}

void with_own_limits(void)
{
    with_directory();
    sandbox_enter_user();
    /* the kernel wants this of a root who makes a user namespace with a root (verify_root_map()) */
    as_user = "setpriv --bounding-set=-all,+setfcap --inh-caps=-all ";
    share();
}

void run_as(enum who who)
{
    setenv("AS", who == USER ? as_user : "", 1);
    if (who == USER && sh("$AS unshare -Ur true").status != 0)
        test_skip("users are not allowed to make user namespaces here");
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

static bool is_marked(const char *pid)
{
    char path[64], bytes[65536];
    ssize_t size;
    int fd;

    snprintf(path, sizeof path, "/proc/%.20s/environ", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    size = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
    if (fd >= 0)
        close(fd);
    return size > 0 && memmem(bytes, (size_t)size, mark, strlen(mark));
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
    /* one of each is our own, one is about to be made; a kernel deletes them in the background */
    static const struct {
        const char *name, *option;
        int limit;
    } sorts[] = {
        {"net", "-n", 2}, {"mnt", "-m", 2}, {"uts", "-u", 1}, {"pid", "-fp", 1}, {"user", "-U", 1}};

    for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++) {
        const char *file = text("/proc/sys/user/max_%s_namespaces", sorts[i].name);
        const char *before = text("%s", file_text(file));
        int waited = 0;

        ok("echo %d >%s", sorts[i].limit, file);
        while (sh("unshare %s true", sorts[i].option).status != 0) {
            if ((waited += PAUSE_MS) > PATIENCE_MS)
                test_fail("%s namespaces are left", sorts[i].name);
            usleep(PAUSE_MS * 1000);
        }
        ok("echo %s >%s", before, file);
    }
}
