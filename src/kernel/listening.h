/* SPDX-License-Identifier: MIT */
/*
 * Job: whether somebody listens on a port: the kernel's table of sockets is asked.
 * Depends on: a channel. Must not know: labs, who waits for it.
 */
#ifndef NETLAB_KERNEL_LISTENING_H
#define NETLAB_KERNEL_LISTENING_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/channel.h"

enum {
    LISTENING_PAUSE_MIN = 1, /* milliseconds until it is asked again, then twice as long … */
    LISTENING_PAUSE_MAX = 50,
};

/* Where a namespace's sockets can be seen, from wherever the thread is. */
struct listening {
    struct channel diag; /* its socket -1: the kernel has none: */
    int files[2];        /* of /proc/net, IPv4's and IPv6's; -1: there is none */
    int protocol;
};

/*
 * In the calling thread's namespace. protocol: IPPROTO_TCP (sockets that listen) or IPPROTO_UDP
 * (those that are bound). 0 or -errno.
 */
int listening_open(struct listening *listening, int protocol);

/* Whether a socket counts, which is told by its inode. */
typedef bool listening_fn(uint32_t inode, void *userdata);

/* One look: 1 somebody does, 0 nobody does (of those who count; NULL: all do), or -errno. */
int listening_check(struct listening *listening, uint16_t port, listening_fn *counts,
                    void *userdata);

void listening_close(struct listening *listening);

/* Until it is asked again, after a pause (0: it was the first time). */
static inline int listening_pause(int before)
{
    int next = before ? 2 * before : LISTENING_PAUSE_MIN;

    return next < LISTENING_PAUSE_MAX ? next : LISTENING_PAUSE_MAX;
}

#endif
