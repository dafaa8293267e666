/* SPDX-License-Identifier: MIT */
/*
 * Job: make the namespaces of a sandbox, or say who forbids it.
 * In: a process. Out: the same in namespaces of its own, root in them.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apply/job.h"
#include "base/cleanup.h"
#include "base/report.h"
#include "sandbox/sandbox.h"

int sandbox_flags(void)
{
    bool privileged = job_check_privileges(NULL) == 0;

    return CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | (privileged ? 0 : CLONE_NEWUSER);
}

/* Whether a file of /proc/sys has that number. */
static bool is_set_to(const char *path, long wanted)
{
    CLEANUP_FILE FILE *file = fopen(path, "re");
    long value;

    return file && fscanf(file, "%ld", &value) == 1 && value == wanted;
}

/* Who may forbid user namespaces to users, and what allows them. */
static const struct {
    const char *path;
    long value;
    const char *why, *remedy;
} switches[] = {
    {"/proc/sys/kernel/unprivileged_userns_clone", 0,
     "this machine forbids user namespaces (kernel.unprivileged_userns_clone is 0)",
     "run it as root, or let root allow them: sysctl kernel.unprivileged_userns_clone=1"},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
     "AppArmor forbids user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1)",
     "run it as root, or let root give netlab a profile that has 'userns,', or allow them to all: "
     "sysctl kernel.apparmor_restrict_unprivileged_userns=0"},
};

/* The limits of /proc/sys/user, of the user namespace that we are in. */
static const struct {
    int flag;
    const char *name;
} limits[] = {{CLONE_NEWUSER, "user"},
              {CLONE_NEWNET, "net"},
              {CLONE_NEWNS, "mnt"},
              {CLONE_NEWUTS, "uts"},
              {CLONE_NEWPID, "pid"}};

static int refused_by_limit(int flags, int error, struct netlab_report *report)
{
    char path[64];
    int r;

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        snprintf(path, sizeof path, "/proc/sys/user/max_%s_namespaces", limits[i].name);
        if (!(flags & limits[i].flag) || !is_set_to(path, 0))
            continue;
        r = report_plain(report, error,
                         "this machine forbids %s namespaces (user.max_%s_namespaces is 0)",
                         limits[i].name, limits[i].name);
        report_hint(report, "let root allow them: sysctl user.max_%s_namespaces=10000",
                    limits[i].name);
        return r;
    }
    r = report_plain(report, error, "there are as many namespaces as this machine allows");
    report_hint(report, "sysctl user has the limits: max_user_namespaces and its like; they also "
                        "count how deep sandboxes are in each other");
    return r;
}

int sandbox_refused(int flags, int error, struct netlab_report *report)
{
    const char *kind = flags & CLONE_NEWUSER ? "a user namespace" : "namespaces";
    int r;

    if (error == ENOSPC || error == EUSERS)
        return refused_by_limit(flags, error, report);
    if (flags & CLONE_NEWUSER && (error == EPERM || error == EACCES))
        for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++)
            if (is_set_to(switches[i].path, switches[i].value)) {
                r = report_plain(report, error, "%s", switches[i].why);
                report_hint(report, "%s", switches[i].remedy);
                return r;
            }
    r = report_plain(report, error, "cannot make %s: %s", kind, strerror(error));
    if (error == EPERM || error == EACCES)
        report_hint(report, "a chroot has none, and a container's seccomp filter may forbid "
                            "them: " SANDBOX_CONTAINER);
    else if (error == EINVAL && access("/proc/self/ns/user", F_OK) < 0)
        report_hint(report, "this kernel has none: CONFIG_USER_NS");
    return r;
}

static int write_file(const char *path, const char *text)
{
    CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

    return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int write_maps(struct sandbox_user user)
{
    char line[64];
    int r;

    /* without this, gid_map is for the privileged only */
    r = write_file("/proc/self/setgroups", "deny");
    if (r == 0) {
        snprintf(line, sizeof line, "0 %ju 1", (uintmax_t)user.uid);
        r = write_file("/proc/self/uid_map", line);
    }
    if (r == 0) {
        snprintf(line, sizeof line, "0 %ju 1", (uintmax_t)user.gid);
        r = write_file("/proc/self/gid_map", line);
    }
    return r;
}

/* What a process has in /proc is root's once it has changed its user, until it runs a program. */
int sandbox_become_root(struct sandbox_user user)
{
    int dumpable = prctl(PR_GET_DUMPABLE), r;

    if (dumpable != 1)
        (void)prctl(PR_SET_DUMPABLE, 1);
    r = write_maps(user);
    if (dumpable == 0)
        (void)prctl(PR_SET_DUMPABLE, 0);
    return r;
}

static int set_lo_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    CLEANUP_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

/* Labs write settings, the first when a namespace is made: better said here, and once. */
static int set_defaults(struct netlab_report *report)
{
    int r = kernel_reset_sysctls();

    if (r == -EROFS) {
        report_plain(report, EROFS,
                     "/proc/sys is read-only, and the sandbox can't have its own: "
                     "no network can be set up");
        report_hint(report, "containers have it so: " SANDBOX_CONTAINER);
        return r;
    }
    return r < 0 ? report_plain(report, -r, "cannot give the sandbox the kernel's defaults: %s",
                                strerror(-r))
                 : 0;
}

int sandbox_furnish(int flags, struct sandbox_user user, struct netlab_report *report)
{
    int r = flags & CLONE_NEWUSER ? sandbox_become_root(user) : 0;

    if (r < 0)
        return sandbox_refused(flags, -r, report);
    r = sandbox_mount(flags & CLONE_NEWPID, report);
    if (r < 0)
        return r;
    r = set_lo_up();
    if (r < 0)
        return report_plain(report, -r, "cannot set lo up in the sandbox: %s", strerror(-r));
    return set_defaults(report);
}

int netlab_sandbox_enter(const struct netlab_lab *lab, struct netlab_report *report)
{
    struct sandbox_user user = {geteuid(), getegid()};
    int flags = sandbox_flags(), r = lab ? netlab_sandbox_check(lab, report) : 0;

    if (r < 0)
        return r;
    if (unshare(flags) < 0)
        return sandbox_refused(flags, errno, report);
    return sandbox_furnish(flags, user, report);
}
