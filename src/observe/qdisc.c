/* SPDX-License-Identifier: MIT */
/*
 * Job: RTM_GETQDISC → netems at the root of interfaces, and what others have there.
 * In: a namespace whose links were read. Out: iface.netem, iface.qdisc. Nothing is asked where no
 * interface has one: RTM_GETLINK tells that.
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
        netem->o.beyond = true;
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
    netem->o.beyond = netem->o.beyond || correlations.delay_corr || correlations.loss_corr ||
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
    netem->o.beyond = netem->o.beyond || options->gap != (netem->reorder ? 1 : 0);
    netem->o.set = (UINT64_C(1) << NETEM_FIELDS) - 1;
}

/* What the kernel puts there by itself has no handle. */
static int see_other(const struct view *view, struct iface *iface, const struct tcmsg *header,
                     const char *kind)
{
    struct netem *other;

    if (!header->tcm_handle)
        return 0;
    other = ARENA_NEW(view->arena, struct netem);
    if (!other)
        return -ENOMEM;
    other->o = (struct object){.table = &table_netem, .parent = &iface->o};
    other->other = arena_strdup(view->arena, kind);
    iface->qdisc = other;
    return other->other ? 0 : -ENOMEM;
}

static int see_netem(const struct view *view, struct iface *iface, const struct tcmsg *header,
                     struct nlattr *attribute)
{
    const int aligned = (int)NLMSG_ALIGN(sizeof(struct tc_netem_qopt));
    struct nlattr *parts[TCA_NETEM_MAX + 1] = {0};
    struct tc_netem_qopt options;
    struct netem *netem;

    if (!get(attribute, &options, sizeof options) ||
        nla_parse(parts, TCA_NETEM_MAX, (struct nlattr *)((char *)nla_data(attribute) + aligned),
                  nla_len(attribute) - aligned, NULL) < 0)
        return 0;
    netem = ARENA_NEW(view->arena, struct netem);
    if (!netem)
        return -ENOMEM;
    netem->o.table = &table_netem;
    netem->o.parent = &iface->o;
    fill(netem, header->tcm_handle, &options, parts);
    iface->netem = netem;
    iface->o.set |= UINT64_C(1) << IFACE_NETEM;
    return 0;
}

static int see_qdisc(const struct nlmsghdr *message, void *userdata)
{
    const struct view *view = userdata;
    const struct tcmsg *header = nlmsg_data(message);
    struct nlattr *tb[TCA_MAX + 1] = {0};
    const struct seen_iface *found;

    if (message->nlmsg_type != RTM_NEWQDISC || header->tcm_parent != TC_H_ROOT ||
        nlmsg_parse((struct nlmsghdr *)message, sizeof *header, tb, TCA_MAX, NULL) < 0 ||
        !tb[TCA_KIND])
        return 0;
    found = view_find(view, (uint32_t)header->tcm_ifindex);
    if (!found)
        return 0;
    if (strcmp(nla_get_string(tb[TCA_KIND]), "netem") == 0)
        return see_netem(view, found->iface, header, tb[TCA_OPTIONS]);
    return see_other(view, found->iface, header, nla_get_string(tb[TCA_KIND]));
}

static void forget_qdiscs(void *userdata)
{
    const struct view *view = userdata;

    for (size_t i = 0; i < view->count; i++) {
        view->ifaces[i].iface->netem = view->ifaces[i].iface->qdisc = NULL;
        view->ifaces[i].iface->o.set &= ~(UINT64_C(1) << IFACE_NETEM);
    }
}

/* Whether there is more to see than the name: of what stands for none there is not. */
static bool is_worth_a_look(const struct view *view, const char *qdisc)
{
    if (!qdisc)
        return false;
    return strcmp(qdisc, "netem") == 0 ||
           (view->request->others && strcmp(qdisc, "noqueue") != 0 && strcmp(qdisc, "noop") != 0);
}

int view_qdiscs(struct view *view)
{
    const struct tcmsg header = {0};
    bool any = false;

    for (size_t i = 0; i < view->count; i++)
        any = any || is_worth_a_look(view, view->ifaces[i].qdisc);
    return any ? view_dump(view, RTM_GETQDISC, &header, sizeof header, see_qdisc, forget_qdiscs)
               : 0;
}
