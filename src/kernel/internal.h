/* SPDX-License-Identifier: MIT */
/*
 * Job: what the files of this room share.
 */
#ifndef NETLAB_KERNEL_INTERNAL_H
#define NETLAB_KERNEL_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/channel.h"
#include "kernel/kernel.h"

enum {
    BATCH_OPS = 64,           /* answers in flight that any receive buffer takes */
    BATCH_BYTES = 128 * 1024, /* less than net.core.wmem_default, also on small machines */
    DISTRIBUTION_SIZE = 4096, /* entries of a table of netem's; as many as tc's files have */
    ERROR_TEXT = 256,
};

/* Messages to one namespace on their way. */
struct batch {
    struct channel *channel;
    char *bytes;
    size_t size, capacity;
    size_t last; /* offset of the last message */
    const struct op *ops[BATCH_OPS];
    uint32_t first; /* sequence number of ops[0] */
    unsigned count;
    int failed;            /* index of the first whose refusal counts; -1: none */
    int error;             /* its errno, positive */
    char text[ERROR_TEXT]; /* the kernel's own words for it, or "" */
    uint64_t refused;      /* bit i: ops[i] was */
};

struct kernel {
    struct netlab_lab *lab;
    const char *names;
    struct channel host;
    struct channel *channels; /* [netns.index] */
    size_t channel_count;
    size_t reserved;      /* descriptors */
    struct channel fresh; /* a namespace as they are made, to look at its sysctls */
    int16_t *distributions[DISTRIBUTIONS]; /* in the lab's arena; made when they are needed */
    uint32_t group;
    struct batch batch;
    struct op *done;
    size_t done_count, done_capacity;
    size_t steps, expected;     /* for progress */
    const struct op *last_done; /* one op can be many messages */
    struct sysctls *sysctls;    /* the main thread's */
    kernel_probe_fn *probe;     /* or NULL */
    bool undoing;               /* kernel_undo() is at work … */
    bool links_deleted;         /* … and all links in namespaces of others are gone */
    int64_t patience; /* CLOCK_MONOTONIC, ms: how long readiness is waited for; 0: not begun */
};

/* channel.c */
/* Queue a message (consumed); sends what is queued for another namespace first. */
int batch_add(struct batch *batch, struct channel *channel, struct nl_msg *msg,
              const struct op *op);
/* Send what is queued and read the answers. -errno when the transport fails; batch->failed tells
   what the kernel refused. */
int batch_flush(struct batch *batch);
void batch_reset(struct batch *batch);
/* One request (consumed), and the kernel's own words for a refusal, or "". 0 or -errno. */
int channel_try(struct channel *channel, struct nl_msg *msg, char ret_text[ERROR_TEXT]);
/* Notifications of a group come to a socket of their own, opened in the calling thread's namespace:
   where they fill it the kernel has no room for answers either, and drops them without a word
   (netlink_attachskb(), NETLINK_S_CONGESTED). The descriptor, or -errno. */
int channel_watch(int group);
/* Wait until some have come, and forget them; that some were lost is news, too. 0, -ETIME, -EINTR.
 */
int channel_wait(int watch, int milliseconds);

/* message.c, link.c: the message of an op, NULL: out of memory. */
struct nl_msg *message_build(struct kernel *kernel, const struct op *op);
struct nl_msg *message_link(struct kernel *kernel, const struct op *op);
struct nl_msg *message_iface(struct kernel *kernel, const struct op *op);
struct nl_msg *message_port(struct kernel *kernel, const struct op *op);
struct nl_msg *message_vlan(struct kernel *kernel, const struct op *op);
struct nl_msg *message_altname(struct kernel *kernel, const struct op *op);
/* qdisc.c, distribution.c */
void distribution_fill(enum distribution distribution, int16_t ret_table[DISTRIBUTION_SIZE]);
struct nl_msg *message_qdisc(struct kernel *kernel, const struct op *op);
/* What there is to say of one that was made in another way; NULL: out of memory. */
struct nl_msg *message_made(struct kernel *kernel, struct iface *iface);
/* The index of a name in a namespace, asked for; 0: there is none. */
uint32_t kernel_index_of(struct kernel *kernel, const struct netns *netns, const char *name);
/* The interface's index; asks for it where the kernel chose it. */
uint32_t kernel_ifindex(struct kernel *kernel, struct iface *iface);

/* run.c: send what is queued and note what was done; queue a message of an op (consumed), at most
   `limit` in flight. */
int run_flush(struct kernel *kernel, const struct netlab_options *options,
              struct netlab_report *report);
int run_send(struct kernel *kernel, const struct op *op, struct nl_msg *msg, unsigned limit,
             const struct netlab_options *options, struct netlab_report *report);

/* That an op was done, once. */
void run_note_done(struct kernel *kernel, const struct op *op,
                   const struct netlab_options *options);

/* What is not there need not be taken away: such a refusal does not count. */
bool op_is_needless(const struct op *op, int error);

/* wireguard.c: OP_DEVICE, OP_PEER. 0 or -errno. */
int wireguard_set(struct kernel *kernel, const struct op *op);

/* service.c: OP_SERVICE; OP_LISTEN, whose end is never undone. A refusal is reported. */
int kernel_service(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
                   struct netlab_report *report);
int kernel_listen(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
                  struct netlab_report *report);

/* ruleset.c: OP_NFTABLES; a refusal is reported. */
int ruleset_run(struct kernel *kernel, const struct op *op, struct netlab_report *report);

/* tun.c: an OP_LINK that makes a tun or tap. */
int tun_make(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
             struct netlab_report *report);
/* Whether any can be made. 0 or -errno. */
int tun_try(void);

/* trial.c: which options of an interface, or a port of the lab, the kernel lacks; doubt: those that
   are asked for, by their numbers. kernel->fresh is there. */
uint64_t trial_options(struct kernel *kernel, const struct iface *iface, uint64_t doubt);
uint64_t trial_port_options(struct kernel *kernel, const struct port *port, uint64_t doubt);

/* ready.c: OP_READY. */
int ready_netns(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
                struct netlab_report *report);

/* netns.c: make the namespaces of a run of OP_NETNS and their OP_BIRTH sysctls. */
int netns_make(struct kernel *kernel, const struct op *ops, size_t count,
               const struct netlab_options *options, struct netlab_report *report);
/* Descriptors for all channels. */
int netns_reserve_fds(struct kernel *kernel, struct netlab_report *report);
void netns_release_fds(struct kernel *kernel);
/* A namespace as they are made, and a socket in it: kernel->fresh. 0 or -errno. */
int netns_fresh(struct kernel *kernel);
int netns_name(struct kernel *kernel, const struct netns *netns);

/* existing.c: devices that exist fit the file; what they are is noted (iface.before). */
int existing_check(struct kernel *kernel, struct netlab_report *report);
/* Whether a device has an address. 0 or -errno. */
int existing_has(struct kernel *kernel, const struct iface *iface, const struct address *address,
                 bool *ret_has);

/* find.c: SO_NETNS_COOKIE of the namespace that a socket was opened in; 0: the kernel has none. */
uint64_t socket_cookie(int socket);

/* nic.c. Of one namespace's devices, the one that is looked for. */
struct nic_search {
    struct arena *arena;
    const char *name;           /* it is called so … */
    const struct physical *nic; /* … or, if that is not NULL, it is this one */
    struct iface *found;        /* as it is; its options are a struct physical */
    char kind[32];              /* "": it has none, as is right for a NIC */
    uint32_t master;
};

/* 0, and search->found tells; or -errno. */
int nic_find(struct channel *channel, struct nic_search *search);
/* The NIC that an interface was made of (iface.before); one that nothing tells from others, by its
   names. */
int nic_find_moved(struct channel *channel, struct nic_search *search, const struct iface *iface);

/* physical.c: those that are to be moved can be; what they are is noted (iface.before). */
int physical_check(struct kernel *kernel, struct netlab_report *report);
/* An OP_LINK that brings one in; that it is back, as it was. */
int physical_move(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
                  struct netlab_report *report);
int physical_return(struct kernel *kernel, const struct iface *iface, struct netlab_report *report);

/* Report that an op was refused, at its line; text: the kernel's words, or NULL. */
int op_refused(struct kernel *kernel, const struct op *op, int error, const char *text,
               struct netlab_report *report);

#endif
