/* SPDX-License-Identifier: MIT */
/*
 * Job: ask the kernel: one namespace's netlink socket, and its sysctls.
 * Depends on: libnl (messages). Must not know: ops, plans, what is asked for.
 */
#ifndef NETLAB_KERNEL_CHANNEL_H
#define NETLAB_KERNEL_CHANNEL_H

#include <dirent.h>
#include <linux/if_addr.h>
#include <stddef.h>
#include <stdint.h>

#include "model/lab.h"

#ifndef IFA_PROTO
#define IFA_PROTO 11 /* since 5.18; older kernels ignore it */
#endif

struct kernel;
struct nl_msg;
struct nlmsghdr;

/* A namespace, and the socket that was opened in it. */
struct channel {
    int netns_fd, socket;
    uint32_t sequence;
};

int channel_open(struct channel *channel); /* in the calling thread's namespace */
void channel_close(struct channel *channel);

/* The channel of a namespace, by its index; of `host` the one that netlab runs in. */
struct channel *kernel_channel(struct kernel *kernel, const struct netns *netns);

/*
 * One dump request (consumed): calls found() for every message of the answer. Where a change
 * interrupts the dump it is asked for again: restart() is called before that, to forget. 0, what
 * found() returned, or -errno.
 */
typedef int dump_fn(const struct nlmsghdr *message, void *userdata);
typedef void restart_fn(void *userdata);
int channel_dump(struct channel *channel, struct nl_msg *msg, dump_fn *found, restart_fn *restart,
                 void *userdata);

/*
 * The same of what the kernel walks through without telling of changes: where IPv6 routes came or
 * went since the last piece, it begins anew and leaves out as many as there were before
 * (fib6_dump_table()), which may be others. Unless the answer is one piece it is asked for until
 * two are alike; restart() must not be NULL.
 */
int channel_dump_twice(struct channel *channel, struct nl_msg *msg, dump_fn *found,
                       restart_fn *restart, void *userdata);

/* One request (consumed); found() gets its answers, if it is not NULL. A refusal is returned as
   -errno. */
int channel_request(struct channel *channel, struct nl_msg *msg, dump_fn *found, void *userdata);

/* RTM_GETLINK for one interface, or (0) for a dump of all, without their statistics. */
struct nl_msg *message_getlink(uint32_t ifindex);

/* Move the calling thread into a channel's namespace, and back. 0 or -errno. */
int kernel_enter(const struct channel *channel);
int kernel_leave(struct kernel *kernel);

/* Sysctls of the calling thread's namespace; path is below /proc/sys. 0 or -errno. */
struct sysctls;
struct sysctls *sysctls_new(void);
void sysctls_free(struct sysctls *sysctls);
int sysctls_write(struct sysctls *sysctls, const char *path, const char *value);
int sysctls_read(struct sysctls *sysctls, const char *path, char *value, size_t size);
bool sysctls_are_read_only(struct sysctls *sysctls);
int sysctls_list(struct sysctls *sysctls, const char *path, DIR **ret_directory);

/* Those that the main thread uses. */
struct sysctls *kernel_sysctls(struct kernel *kernel);

#endif
