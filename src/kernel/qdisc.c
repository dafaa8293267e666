/* SPDX-License-Identifier: MIT */
/*
 * Job: messages about netem, the queueing discipline at the root of an interface.
 * In: OP_QDISC. Out: RTM_NEWQDISC, RTM_DELQDISC, by hand: libnl has no rate, and no delays of 64
 * bits.
 *
 * All that a file can say is said each time, zeros too: in place, the kernel leaves what it is not
 * told as it was (netem_change()). With the handle that is there it alters in place, what waits
 * stays; with another one it makes a new netem in place of what there was.
 */
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "kernel/internal.h"

enum { MESSAGE_SIZE = 1024 };

static uint32_t ticks(uint64_t nanoseconds)
{
    return nanoseconds / NETEM_TICK > UINT32_MAX ? UINT32_MAX
                                                 : (uint32_t)(nanoseconds / NETEM_TICK);
}

static const int16_t *table_of(struct kernel *kernel, enum distribution distribution)
{
    int16_t **table = &kernel->distributions[distribution];

    if (!*table) {
        *table = arena_array(kernel->lab->arena, DISTRIBUTION_SIZE, sizeof **table);
        if (*table)
            distribution_fill(distribution, *table);
    }
    return *table;
}

static int put_qdisc(struct nl_msg *msg, struct kernel *kernel, const struct netem *netem,
                     uint32_t handle)
{
    struct tcmsg header = {
        .tcm_family = AF_UNSPEC,
        .tcm_ifindex = (int)kernel_ifindex(kernel, (struct iface *)netem->o.parent),
        .tcm_handle = handle,
        .tcm_parent = TC_H_ROOT,
    };

    if (nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0)
        return -ENOMEM;
    return nla_put_string(msg, TCA_KIND, "netem") < 0 ? -ENOMEM : 0;
}

static int put_rate(struct nl_msg *msg, const struct netem *netem)
{
    const struct tc_netem_rate rate = {.rate = netem->rate > UINT32_MAX ? UINT32_MAX
                                                                        : (uint32_t)netem->rate};

    if (nla_put(msg, TCA_NETEM_RATE, sizeof rate, &rate) < 0)
        return -ENOMEM;
    return rate.rate == netem->rate ? 0 : nla_put_u64(msg, TCA_NETEM_RATE64, netem->rate);
}

static int put_probabilities(struct nl_msg *msg, const struct netem *netem)
{
    const struct tc_netem_reorder reorder = {.probability = netem->reorder};
    const struct tc_netem_corrupt corrupt = {.probability = netem->corrupt};
    const struct tc_netem_corr correlations = {0};

    if (nla_put(msg, TCA_NETEM_CORR, sizeof correlations, &correlations) < 0 ||
        nla_put(msg, TCA_NETEM_REORDER, sizeof reorder, &reorder) < 0 ||
        nla_put(msg, TCA_NETEM_CORRUPT, sizeof corrupt, &corrupt) < 0)
        return -ENOMEM;
    return 0;
}

static int put_delays(struct nl_msg *msg, struct kernel *kernel, const struct netem *netem)
{
    const int16_t *table = netem->distribution == DISTRIBUTION_UNIFORM
                               ? NULL
                               : table_of(kernel, (enum distribution)netem->distribution);

    if (nla_put_u64(msg, TCA_NETEM_LATENCY64, (uint64_t)netem->delay * NETEM_MICROSECOND) < 0 ||
        nla_put_u64(msg, TCA_NETEM_JITTER64, (uint64_t)netem->jitter * NETEM_MICROSECOND) < 0)
        return -ENOMEM;
    if (netem->distribution == DISTRIBUTION_UNIFORM)
        return 0; /* what the kernel does without a table */
    if (!table || nla_put(msg, TCA_NETEM_DELAY_DIST, DISTRIBUTION_SIZE * sizeof *table, table) < 0)
        return -ENOMEM;
    return 0;
}

static int put_options(struct nl_msg *msg, struct kernel *kernel, const struct netem *netem,
                       bool reset)
{
    const struct tc_netem_slot slot = {0};
    const struct tc_netem_qopt options = {
        .latency = ticks((uint64_t)netem->delay * NETEM_MICROSECOND),
        .limit = netem->limit,
        .loss = netem->loss,
        .gap = netem->reorder ? 1 : 0, /* every packet may overtake */
        .duplicate = netem->duplicate,
        .jitter = ticks((uint64_t)netem->jitter * NETEM_MICROSECOND),
    };
    struct nlattr *nest = nla_nest_start(msg, TCA_OPTIONS);

    if (!nest || nlmsg_append(msg, (void *)&options, sizeof options, NLMSG_ALIGNTO) < 0 ||
        put_probabilities(msg, netem) < 0 || put_rate(msg, netem) < 0 ||
        put_delays(msg, kernel, netem) < 0)
        return -ENOMEM;
    if (reset && (nla_put(msg, TCA_NETEM_SLOT, sizeof slot, &slot) < 0 ||
                  nla_put_u32(msg, TCA_NETEM_ECN, 0) < 0))
        return -ENOMEM;
    nla_nest_end(msg, nest);
    return 0;
}

struct nl_msg *message_qdisc(struct kernel *kernel, const struct op *op)
{
    const struct netem *netem = (const struct netem *)op_object(op);
    const struct netem *from = (const struct netem *)op->from;
    bool removes = op_removes(op);
    struct nl_msg *msg = nlmsg_alloc_size(MESSAGE_SIZE + DISTRIBUTION_SIZE * sizeof(int16_t));

    if (!msg ||
        !nlmsg_put(msg, 0, 0, removes ? RTM_DELQDISC : RTM_NEWQDISC, 0,
                   removes ? 0 : NLM_F_CREATE | NLM_F_REPLACE) ||
        put_qdisc(msg, kernel, netem, netem_handle(netem)) < 0 ||
        (!removes && put_options(msg, kernel, netem, from && from->o.beyond) < 0)) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}
