/* SPDX-License-Identifier: MIT */
/*
 * Job: sandboxes that stay: find them by name, go into them, end them.
 * In: a lab's name, or a namespace's. Out: the sandbox's first process, as a pidfd.
 *
 * A sandbox is registered by an abstract socket that its first process listens on, in the network
 * namespace of whoever made it: "netlab/UID/LAB". The kernel takes it away with the process, so
 * what is registered is there; and a netlab in a sandbox sees its own only. Who listens, and as
 * whom, is the kernel's word too (SO_PEERCRED).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "apply/job.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/report.h"
#include "kernel/named.h"
#include "parse/parse.h"
#include "sandbox/sandbox.h"
#include "state/state.h"

enum { LIST_MAX = 4096, LOOK_AGAIN_MS = 10 };

/* The prefix of all of the user's own. */
static int prefix(char *text, size_t size)
{
    return snprintf(text, size, "netlab/%ju/", (uintmax_t)geteuid());
}

static socklen_t address_of(const char *name, struct sockaddr_un *address)
{
    char *path = address->sun_path + 1;
    int length;

    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    length = prefix(path, sizeof address->sun_path - 1);
    length += snprintf(path + length, sizeof address->sun_path - 1 - (size_t)length, "%s", name);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

/* Whether somebody else has the name: anybody may take any. */
static bool is_foreign(const struct sockaddr_un *address, socklen_t size, uid_t *ret_owner)
{
    size_t length = size - offsetof(struct sockaddr_un, sun_path) - 1;

    return named_socket_owner(address->sun_path + 1, length, ret_owner) == 0 &&
           *ret_owner != geteuid();
}

/* Who listens there. 0; -ENOENT; … */
static int ask_pid(const char *name, pid_t *ret_pid)
{
    CLEANUP_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un address;
    socklen_t size = address_of(name, &address);
    struct ucred peer;
    socklen_t peer_size = sizeof peer;
    uid_t owner;

    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&address, size) < 0) {
        int error = errno;

        /* EAGAIN: too many ask at once; or it is somebody who does not answer */
        return error == ECONNREFUSED || (error == EAGAIN && is_foreign(&address, size, &owner))
                   ? -ENOENT
                   : -error;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) < 0)
        return -errno;
    *ret_pid = peer.pid;
    /* else it is a stranger's, or of another PID namespace */
    return peer.uid == geteuid() && peer.pid > 0 ? 0 : -ENOENT;
}

static int refuse_foreign(const char *name, const struct sockaddr_un *address, uid_t owner,
                          struct netlab_report *report)
{
    report_plain(report, EPERM, "user %ju has taken the name that lab %s's sandbox is to have",
                 (uintmax_t)owner, name);
    report_hint(report, "it is the abstract socket @%s; ss -xlp tells whose process has it",
                address->sun_path + 1);
    return -EPERM;
}

int sandbox_register(const char *name, unsigned timeout, struct netlab_report *report)
{
    CLEANUP_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int64_t until = clock_ms() + timeout;
    struct sockaddr_un address;
    socklen_t size = address_of(name, &address);
    uid_t owner;
    pid_t pid;

    while (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0) {
        if (errno != EADDRINUSE)
            return report_plain(report, errno, "cannot register a sandbox: %s", strerror(errno));
        if (ask_pid(name, &pid) == 0)
            return report_plain(report, EEXIST, "lab %s is up already, in a sandbox", name);
        if (is_foreign(&address, size, &owner))
            return refuse_foreign(name, &address, owner, report);
        if (clock_ms() >= until)
            return state_busy(name, timeout > 0, report);
        poll(NULL, 0, LOOK_AGAIN_MS); /* nothing tells when another one listens */
    }
    return TAKE_FD(fd);
}

/* Its first process. 0; -ENOENT; … */
static int find_process(const char *name, struct kept *ret_kept)
{
    CLEANUP_FD int process = -1;
    pid_t pid, again;
    int r = ask_pid(name, &pid);

    if (r < 0)
        return r;
    process = (int)syscall(SYS_pidfd_open, pid, 0);
    if (process < 0)
        return errno == ESRCH ? -ENOENT : -errno;
    /* it still listens, so the number was its own all the time */
    r = ask_pid(name, &again);
    if (r < 0 || pid != again)
        return r < 0 ? r : -ENOENT;
    ret_kept->pid = pid;
    ret_kept->process = TAKE_FD(process);
    snprintf(ret_kept->name, sizeof ret_kept->name, "%s", name);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The name in a line of /proc/net/unix, or NULL: those that listen have flag 00010000. */
static char *registered(char *line)
{
    char own[64], *path = strchr(line, '@');
    int length = prefix(own, sizeof own);

    if (!path || strncmp(path + 1, own, (size_t)length) != 0 || !strstr(line, " 00010000 "))
        return NULL;
    path += 1 + length;
    path[strcspn(path, "\n")] = '\0';
    return parse_is_name(path) ? path : NULL;
}

int netlab_sandbox_list(char ***ret_names, struct netlab_report *report)
{
    CLEANUP_FILE FILE *file = fopen("/proc/net/unix", "re");
    CLEANUP_FREE char *line = NULL;
    char **names = calloc(LIST_MAX + 1, sizeof *names);
    size_t size = 0, count = 0;
    bool ok = names;

    while (ok && file && count < LIST_MAX && getline(&line, &size, file) > 0) {
        const char *name = registered(line);

        if (name)
            ok = (names[count++] = strdup(name));
    }
    if (!ok) {
        netlab_names_free(names);
        return report_oom(report);
    }
    qsort(names, count, sizeof *names, by_name);
    *ret_names = names;
    return 0;
}

const char *sandbox_root(const struct kept *kept, char root[SANDBOX_ROOT])
{
    snprintf(root, SANDBOX_ROOT, "/proc/%d/root", (int)kept->pid);
    return root;
}

void sandbox_forget(struct kept *kept)
{
    if (kept->process >= 0)
        close(kept->process);
    kept->process = -1;
}

static bool has_netns(const struct kept *kept, const char *ns)
{
    char root[SANDBOX_ROOT], path[SANDBOX_ROOT + STATE_PATH_SIZE + NAME_MAX];
    struct stat info;

    if (strcmp(ns, "host") == 0)
        return true;
    snprintf(path, sizeof path, "%s" STATE_DIR "/%s/ns/%s", sandbox_root(kept, root), kept->name,
             ns);
    return parse_is_name(ns) && lstat(path, &info) == 0;
}

/* The one that has a namespace of that name. */
static int find_by_netns(const char *ns, struct kept *ret_kept, struct netlab_report *report)
{
    struct kept found = {.process = -1};
    char **names = NULL;
    int r = netlab_sandbox_list(&names, report);

    for (char **name = names; r == 0 && *name; name++) {
        struct kept one = {.process = -1};

        if (find_process(*name, &one) < 0)
            continue;
        if (!has_netns(&one, ns)) {
            sandbox_forget(&one);
        } else if (found.process >= 0) {
            r = state_ambiguous(found.name, one.name, ns, report);
            sandbox_forget(&one);
        } else {
            found = one;
        }
    }
    netlab_names_free(names);
    if (r < 0)
        sandbox_forget(&found);
    else if (found.process < 0)
        r = -ENOENT;
    *ret_kept = found;
    return r;
}

/* Whether the machine itself has what is asked for, and we may go there. */
static bool machine_has(const char *lab, const char *ns)
{
    char path[STATE_PATH_SIZE + NAME_MAX];

    if (job_check_privileges(NULL) < 0)
        return false;
    if (!lab && strcmp(ns, "host") == 0)
        return true;
    if (lab)
        snprintf(path, sizeof path, "%s/%s", STATE_DIR, lab);
    else
        snprintf(path, sizeof path, "%s/%s", NETNS_DIR, ns);
    return access(path, F_OK) == 0;
}

int sandbox_find(const char *lab, const char *ns, struct kept *ret_kept,
                 struct netlab_report *report)
{
    if ((lab && !parse_is_name(lab)) || machine_has(lab, ns))
        return -ENOENT;
    return lab ? find_process(lab, ret_kept) : find_by_netns(ns, ret_kept, report);
}

int netlab_sandbox_find(const char *lab, const char *ns, char ret_lab[NETLAB_NAME_MAX + 1],
                        struct netlab_report *report)
{
    struct kept kept = {.process = -1};
    int r = sandbox_find(lab, ns, &kept, report);

    if (r < 0)
        return r;
    snprintf(ret_lab, NETLAB_NAME_MAX + 1, "%s", kept.name);
    return kept.process;
}

int sandbox_join(int process, struct netlab_report *report)
{
    const int flags = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWPID;
    char here[PATH_MAX];
    bool known = getcwd(here, sizeof here);

    /* EINVAL: root's sandboxes have no user namespace of their own */
    if (setns(process, flags | CLONE_NEWUSER) < 0 && (errno != EINVAL || setns(process, flags) < 0))
        return errno == ESRCH
                   ? report_plain(report, ENOENT, "the sandbox has just gone")
                   : report_plain(report, errno, "cannot enter the sandbox: %s", strerror(errno));
    if (known)
        (void)!chdir(here);
    return 0;
}

int netlab_sandbox_end(int place, struct netlab_report *report)
{
    struct pollfd ended = {.fd = place, .events = POLLIN};

    if (syscall(SYS_pidfd_send_signal, place, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
        return report_plain(report, errno, "cannot end the sandbox: %s", strerror(errno));
    while (poll(&ended, 1, -1) < 0 && errno == EINTR)
        ;
    return 0;
}
