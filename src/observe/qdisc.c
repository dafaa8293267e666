/* SPDX-License-Identifier: MIT */
/*
 * Job: RTM_GETQDISC → netems at the root of interfaces.
 * In: a namespace whose links were read. Out: iface.netem. Nothing is asked where no interface has
 * one: RTM_GETLINK tells that.
 */
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "observe/internal.h"

/* A delay, from what has all of its bits where the kernel has that. */
static uint32_t microseconds(struct netem *netem, const struct nlattr *exact, uint32_t ticks)
{
    uint64_t nanoseconds = exact ? nla_get_u64(exact) : (uint64_t)ticks * NETEM_TICK;

    if (nanoseconds % NETEM_MICROSECOND || nanoseconds / NETEM_MICROSECOND > UINT32_MAX)
        netem->beyond = true;
    return (uint32_t)(nanoseconds / NETEM_MICROSECOND);
}

/* A structure that the kernel tells; false: it does not. */
static bool get(struct nlattr *attribute, void *ret, size_t size)
{
    if (!attribute || nla_len(attribute) < (int)size)
        return false;
    memcpy(ret, nla_data(attribute), size);
    return true;
}

static void fill_parts(struct netem *netem, struct nlattr **tb)
{
    struct tc_netem_corr correlations = {0};
    struct tc_netem_reorder reorder = {0};
    struct tc_netem_corrupt corrupt = {0};
    struct tc_netem_rate rate = {0};

    (void)get(tb[TCA_NETEM_CORR], &correlations, sizeof correlations);
    if (get(tb[TCA_NETEM_REORDER], &reorder, sizeof reorder))
        netem->reorder = reorder.probability;
    if (get(tb[TCA_NETEM_CORRUPT], &corrupt, sizeof corrupt))
        netem->corrupt = corrupt.probability;
    if (get(tb[TCA_NETEM_RATE], &rate, sizeof rate))
        netem->rate = rate.rate;
    if (tb[TCA_NETEM_RATE64])
        netem->rate = nla_get_u64(tb[TCA_NETEM_RATE64]);
    netem->beyond = netem->beyond || correlations.delay_corr || correlations.loss_corr ||
                    correlations.dup_corr || reorder.correlation || corrupt.correlation ||
                    rate.packet_overhead || rate.cell_size || rate.cell_overhead ||
                    tb[TCA_NETEM_LOSS] || tb[TCA_NETEM_SLOT] ||
                    (tb[TCA_NETEM_ECN] && nla_get_u32(tb[TCA_NETEM_ECN]));
}

/* The kernel does not tell the distribution; of ours the handle does. */
static uint32_t distribution_of(uint32_t handle)
{
    uint32_t major = handle >> 16;

    return major >> 8 == NETLAB_PROTOCOL && (major & 0xff) < DISTRIBUTIONS ? major & 0xff
                                                                           : DISTRIBUTION_UNIFORM;
}

static void fill(struct netem *netem, uint32_t handle, const struct tc_netem_qopt *options,
                 struct nlattr **tb)
{
    netem->delay = microseconds(netem, tb[TCA_NETEM_LATENCY64], options->latency);
    netem->jitter = microseconds(netem, tb[TCA_NETEM_JITTER64], options->jitter);
    netem->distribution = distribution_of(handle);
    netem->loss = options->loss;
    netem->duplicate = options->duplicate;
    netem->limit = options->limit;
    netem->handle = handle;
    fill_parts(netem, tb);
    netem->beyond = netem->beyond || options->gap != (netem->reorder ? 1 : 0);
    netem->o.set = (UINT64_C(1) << NETEM_FIELDS) - 1;
}

static int see_qdisc(const struct nlmsghdr *message, void *userdata)
{
    const struct view *view = userdata;
    const struct tcmsg *header = nlmsg_data(message);
    struct nlattr *tb[TCA_MAX + 1] = {0}, *parts[TCA_NETEM_MAX + 1] = {0};
    const int aligned = (int)NLMSG_ALIGN(sizeof(struct tc_netem_qopt));
    struct tc_netem_qopt options;
    const struct seen_iface *found;
    struct netem *netem;

    if (message->nlmsg_type != RTM_NEWQDISC || header->tcm_parent != TC_H_ROOT ||
        nlmsg_parse((struct nlmsghdr *)message, sizeof *header, tb, TCA_MAX, NULL) < 0 ||
        !tb[TCA_KIND] || strcmp(nla_get_string(tb[TCA_KIND]), "netem") != 0 ||
        !get(tb[TCA_OPTIONS], &options, sizeof options))
        return 0;
    found = view_find(view, (uint32_t)header->tcm_ifindex);
    if (!found || nla_parse(parts, TCA_NETEM_MAX,
                            (struct nlattr *)((char *)nla_data(tb[TCA_OPTIONS]) + aligned),
                            nla_len(tb[TCA_OPTIONS]) - aligned, NULL) < 0)
        return 0;
    netem = ARENA_NEW(view->arena, struct netem);
    if (!netem)
        return -ENOMEM;
    netem->o.table = &table_netem;
    netem->o.parent = &found->iface->o;
    fill(netem, header->tcm_handle, &options, parts);
    found->iface->netem = netem;
    found->iface->o.set |= UINT64_C(1) << IFACE_NETEM;
    return 0;
}

static void forget_qdiscs(void *userdata)
{
    const struct view *view = userdata;

    for (size_t i = 0; i < view->count; i++) {
        view->ifaces[i].iface->netem = NULL;
        view->ifaces[i].iface->o.set &= ~(UINT64_C(1) << IFACE_NETEM);
    }
}

int view_qdiscs(struct view *view)
{
    struct tcmsg header = {0};
    struct nl_msg *msg;
    bool any = false;

    for (size_t i = 0; i < view->count; i++)
        any = any || view->ifaces[i].has_netem;
    if (!any)
        return 0;
    msg = nlmsg_alloc_simple(RTM_GETQDISC, 0);
    if (!msg || nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    return channel_dump(view->channel, msg, see_qdisc, forget_qdiscs, view);
}
