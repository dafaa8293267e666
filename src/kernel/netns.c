/* SPDX-License-Identifier: MIT */
/*
 * Job: make namespaces, without names, and name them last.
 * In: OP_NETNS with their OP_BIRTH sysctls; OP_NAME. Out: file descriptors and sockets.
 *
 * Two threads make namespaces: half of the cost is outside of the kernel's global locks. All other
 * work stays on the calling thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/descriptors.h"
#include "base/report.h"
#include "kernel/internal.h"

enum {
    THREAD_FROM = 8, /* namespaces that a second thread pays off for */
    FDS_SPARE = 64,
};

/*
 * A new namespace inherits IPv4's settings from the initial one (devconf_inherit_init_net). What
 * distributions, Docker and people change there goes back to the kernel's defaults
 * (net/ipv4/devinet.c: ipv4_devconf, ipv4_devconf_dflt); ip_forward first, as it changes others.
 */
const struct default_sysctl netns_defaults[] = {
    {"net/ipv4/ip_forward", "0"},
    {"net/ipv4/conf/default/forwarding", "0"},
    {"net/ipv4/conf/all/rp_filter", "0"},
    {"net/ipv4/conf/default/rp_filter", "0"},
    {"net/ipv4/conf/all/accept_redirects", "1"},
    {"net/ipv4/conf/default/accept_redirects", "1"},
    {"net/ipv4/conf/all/send_redirects", "1"},
    {"net/ipv4/conf/default/send_redirects", "1"},
    {"net/ipv4/conf/all/secure_redirects", "1"},
    {"net/ipv4/conf/default/secure_redirects", "1"},
    {"net/ipv4/conf/all/accept_source_route", "0"},
    {"net/ipv4/conf/default/accept_source_route", "1"},
    {"net/ipv4/conf/all/log_martians", "0"},
    {"net/ipv4/conf/default/log_martians", "0"},
    {"net/ipv4/conf/all/promote_secondaries", "0"},
    {"net/ipv4/conf/default/promote_secondaries", "0"},
    {"net/ipv4/conf/all/arp_ignore", "0"},
    {"net/ipv4/conf/default/arp_ignore", "0"},
    {"net/ipv4/conf/all/arp_announce", "0"},
    {"net/ipv4/conf/default/arp_announce", "0"},
    {"net/ipv4/conf/all/arp_filter", "0"},
    {"net/ipv4/conf/default/arp_filter", "0"},
    {"net/ipv4/conf/all/route_localnet", "0"},
    {"net/ipv4/conf/default/route_localnet", "0"},
    {NULL, NULL},
};

/* The work that the threads share. */
struct maker {
    struct kernel *kernel;
    const struct op *ops;
    size_t count;
    const volatile sig_atomic_t *cancel;
    size_t *starts; /* where each namespace's ops begin; starts[jobs] = count */
    size_t jobs;
    atomic_size_t next;
    atomic_bool stop;
    uint64_t resets; /* bit i: netns_defaults[i] is not what a new namespace has */
    pthread_mutex_t lock;
    const struct op *failed;
    int error;
};

static void fail(struct maker *maker, const struct op *op, int error)
{
    pthread_mutex_lock(&maker->lock);
    if (!maker->failed || op < maker->failed) {
        maker->failed = op;
        maker->error = -error;
    }
    pthread_mutex_unlock(&maker->lock);
    atomic_store(&maker->stop, true);
}

/* Which settings of a fresh namespace are not the kernel's defaults. */
static uint64_t find_resets(struct sysctls *sysctls)
{
    uint64_t resets = 0;
    char value[64];

    for (size_t i = 0; netns_defaults[i].path; i++)
        if (sysctls_read(sysctls, netns_defaults[i].path, value, sizeof value) == 0 &&
            strcmp(value, netns_defaults[i].value) != 0)
            resets |= UINT64_C(1) << i;
    return resets;
}

static int reset(struct sysctls *sysctls, uint64_t resets)
{
    int r = 0;

    for (size_t i = 0; r == 0 && resets >> i; i++)
        if (resets >> i & 1)
            r = sysctls_write(sysctls, netns_defaults[i].path, netns_defaults[i].value);
    return r;
}

/* The calling thread is left in it. */
static int make_namespace(struct maker *maker, struct sysctls *sysctls, const struct op *op)
{
    struct channel *channel = kernel_channel(maker->kernel, op->netns);
    int r;

    if (unshare(CLONE_NEWNET) < 0)
        return -errno;
    channel->netns_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (channel->netns_fd < 0)
        return -errno;
    r = channel_open(channel);
    if (r == 0 && op == maker->ops)
        maker->resets = find_resets(sysctls);
    return r < 0 ? r : reset(sysctls, maker->resets);
}

static int set_at_birth(struct sysctls *sysctls, const struct op *op)
{
    const struct sysctl *sysctl = (const struct sysctl *)op->to;
    int r = sysctls_write(sysctls, sysctl->path, sysctl->value);

    return r == -ENOENT && op->flags & OP_OPTIONAL ? 0 : r;
}

/* One namespace and what is set in it at birth. */
static int make_one(struct maker *maker, struct sysctls *sysctls, size_t job)
{
    const struct op *end = &maker->ops[maker->starts[job + 1]];

    for (const struct op *op = &maker->ops[maker->starts[job]]; op < end; op++) {
        int r = maker->kernel->probe ? maker->kernel->probe(op) : 0;

        if (r == 0)
            r = op->type == OP_NETNS ? make_namespace(maker, sysctls, op)
                                     : set_at_birth(sysctls, op);
        if (r < 0) {
            fail(maker, op, r);
            return r;
        }
    }
    return 0;
}

static void make_many(struct maker *maker, struct sysctls *sysctls)
{
    while (!atomic_load(&maker->stop) && !(maker->cancel && *maker->cancel)) {
        size_t job = atomic_fetch_add(&maker->next, 1);

        if (job >= maker->jobs || make_one(maker, sysctls, job) < 0)
            break;
    }
}

static void *second_thread(void *argument)
{
    struct maker *maker = argument;
    struct sysctls *sysctls = sysctls_new();

    if (sysctls)
        make_many(maker, sysctls);
    sysctls_free(sysctls);
    return NULL;
}

/* The first alone, as it shows what namespaces inherit; then all hands. */
static void make_all(struct maker *maker)
{
    pthread_t thread;
    sigset_t all, before;
    bool threaded = false;

    if (make_one(maker, maker->kernel->sysctls, atomic_fetch_add(&maker->next, 1)) < 0)
        return;
    if (maker->jobs >= THREAD_FROM && !maker->kernel->probe) {
        /* signals are the caller's: its handlers run on its threads */
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        threaded = pthread_create(&thread, NULL, second_thread, maker) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    make_many(maker, maker->kernel->sysctls);
    if (threaded)
        pthread_join(thread, NULL);
}

/*
 * Room for two descriptors a namespace; the table is grown at once, since growing it while two
 * threads share it waits for an RCU grace period each time.
 */
int netns_reserve_fds(struct kernel *kernel, struct netlab_report *report)
{
    size_t own = 2 * kernel->channel_count + FDS_SPARE, limit;
    size_t need = descriptors_reserve(own - kernel->reserved, &limit);
    int fd;

    kernel->reserved = own;
    if (limit < need)
        return report_plain(report, EMFILE,
                            "%zu namespaces need %zu open files; the limit (ulimit -Hn) is lower",
                            kernel->channel_count, need);
    fd = fcntl(kernel->host.netns_fd, F_DUPFD_CLOEXEC, (int)need - 1);
    if (fd >= 0)
        close(fd);
    return 0;
}

void netns_release_fds(struct kernel *kernel)
{
    descriptors_release(kernel->reserved);
    kernel->reserved = 0;
}

static int find_jobs(struct maker *maker)
{
    maker->starts = calloc(maker->count + 1, sizeof *maker->starts);
    if (!maker->starts)
        return -ENOMEM;
    for (size_t i = 0; i < maker->count; i++)
        if (maker->ops[i].type == OP_NETNS)
            maker->starts[maker->jobs++] = i;
    maker->starts[maker->jobs] = maker->count;
    return 0;
}

int netns_make(struct kernel *kernel, const struct op *ops, size_t count,
               const struct netlab_options *options, struct netlab_report *report)
{
    struct maker maker = {.kernel = kernel,
                          .ops = ops,
                          .count = count,
                          .cancel = options ? options->cancel : NULL,
                          .lock = PTHREAD_MUTEX_INITIALIZER};
    int r = find_jobs(&maker);

    if (r == 0)
        r = netns_reserve_fds(kernel, report);
    else
        report_oom(report);
    if (r == 0) {
        make_all(&maker);
        if (setns(kernel->host.netns_fd, CLONE_NEWNET) < 0)
            r = report_plain(report, errno, "cannot return to the host's network namespace: %s",
                             strerror(errno));
        else if (maker.failed)
            r = op_refused(kernel, maker.failed, maker.error, NULL, report);
    }
    free(maker.starts);
    return r;
}

/* A namespace that exists: its descriptor and a socket in it. */
static int open_channel(struct kernel *kernel, struct channel *channel, int fd)
{
    int r, back;

    channel->netns_fd = fd;
    r = kernel_enter(channel);
    if (r == 0)
        r = channel_open(channel);
    back = kernel_leave(kernel);
    return r < 0 ? r : back;
}

int kernel_take_netns(struct kernel *kernel, size_t index, int fd)
{
    int r = open_channel(kernel, &kernel->channels[index], fd);

    if (r < 0)
        channel_close(&kernel->channels[index]);
    return r;
}

int kernel_open_netns(struct kernel *kernel, size_t index, const char *path)
{
    int fd = netns_open(path);

    return fd < 0 ? fd : kernel_take_netns(kernel, index, fd);
}

int netns_fresh(struct kernel *kernel)
{
    int r = 0, back;

    if (kernel->fresh.netns_fd >= 0)
        return 0;
    if (unshare(CLONE_NEWNET) < 0)
        return -errno;
    kernel->fresh.netns_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (kernel->fresh.netns_fd < 0)
        r = -errno;
    else
        r = channel_open(&kernel->fresh);
    if (r == 0)
        r = reset(kernel->sysctls, find_resets(kernel->sysctls));
    back = kernel_leave(kernel);
    return r < 0 ? r : back;
}

int kernel_reset_sysctls(void)
{
    struct sysctls *sysctls = sysctls_new();
    int r = sysctls ? 0 : -ENOMEM;

    if (r == 0 && sysctls_are_read_only(sysctls))
        r = -EROFS;
    if (r == 0)
        r = reset(sysctls, find_resets(sysctls));
    sysctls_free(sysctls);
    return r;
}

int kernel_fresh_sysctl(struct kernel *kernel, const char *path, char *value, size_t size)
{
    int r = netns_fresh(kernel), back;

    if (r == 0)
        r = kernel_enter(&kernel->fresh);
    if (r == 0)
        r = sysctls_read(kernel->sysctls, path, value, size);
    back = kernel_leave(kernel);
    return r < 0 ? r : back;
}

static int bind_name(struct kernel *kernel, const struct netns *netns, const char *path)
{
    char self[64];
    CLEANUP_FD int fd = -1;

    /* what is left when somebody deletes the namespace */
    if (unlink(path) < 0 && errno != ENOENT)
        return -errno;
    snprintf(self, sizeof self, "/proc/self/fd/%d", kernel_channel(kernel, netns)->netns_fd);
    fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    return fd < 0 || mount(self, path, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

/* Both names of a namespace: where it is bound, and the link to that. */
struct names {
    char bound[256], link[256];
};

static struct names names_of(const struct kernel *kernel, const struct netns *netns)
{
    struct names names;

    snprintf(names.bound, sizeof names.bound, "%s/%s", kernel->names, netns->o.name);
    snprintf(names.link, sizeof names.link, "/run/netns/%s", netns->o.name);
    return names;
}

/* Whether the link is there and leads to ours. */
static bool is_ours(const struct names *names)
{
    char target[sizeof names->bound + 1];
    ssize_t size = readlink(names->link, target, sizeof target - 1);

    if (size < 0)
        return false;
    target[size] = '\0';
    return strcmp(target, names->bound) == 0;
}

static bool is_namespace(const char *path)
{
    CLEANUP_FD int fd = netns_open(path);

    return fd >= 0;
}

/* One that was seen may have lost one of its names, or (on the way back) both. */
int netns_name(struct kernel *kernel, const struct netns *netns)
{
    const struct names names = names_of(kernel, netns);
    bool bound = netns->seen && is_namespace(names.bound);
    int r = bound ? 0 : bind_name(kernel, netns, names.bound);

    if (r < 0 || is_ours(&names))
        return r;
    return symlink(names.bound, names.link) < 0 ? -errno : 0;
}

int kernel_unname(struct kernel *kernel, const struct netns *netns)
{
    const struct names names = names_of(kernel, netns);

    if (is_ours(&names) && unlink(names.link) < 0)
        return -errno;
    if (umount2(names.bound, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL &&
        errno != ENOENT)
        return -errno;
    return unlink(names.bound) < 0 && errno != ENOENT ? -errno : 0;
}
