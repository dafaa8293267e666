/* SPDX-License-Identifier: MIT */
/*
 * Job: where an interface is made, and after which others.
 * In: interfaces, ops. Out: the main half of a link, levels, namespaces.
 */
#include "kinds/kind.h"
#include "plan/plan.h"

unsigned link_main(const struct link *link)
{
    const struct iface *a = link->ends[0].iface, *b = link->ends[1].iface;

    /* a peer's chosen index counts only beside the main half's (drivers/net/veth.c), and where
       others have interfaces none is chosen */
    if (iface_netns(a)->foreign != iface_netns(b)->foreign)
        return iface_netns(a)->foreign ? 1 : 0;
    /* the kernel takes IFLA_MASTER and IFF_UP from the main half only */
    return !a->master && b->master ? 1 : 0;
}

bool iface_is_main(const struct iface *iface)
{
    return iface->link && link_main(iface->link) == iface->end;
}

bool iface_is_complete(const struct iface *iface)
{
    if (object_has(&iface->o, IFACE_ALIAS) || (iface->netem && iface->up))
        return false;
    return iface_is_main(iface) || (!iface->up && !iface->master);
}

static unsigned level_alone(const struct iface *iface)
{
    const struct iface *below[] = {iface->master, iface_lower(iface)};
    unsigned highest = 0;

    for (size_t i = 0; i < 2; i++) {
        unsigned next = below[i] ? iface_level(below[i]) + 1 : 0;

        highest = next > highest ? next : highest;
    }
    return highest;
}

unsigned iface_level(const struct iface *iface)
{
    unsigned own = level_alone(iface);
    unsigned peer = iface->link ? level_alone(iface_peer(iface)) : 0;

    return own > peer ? own : peer;
}

struct netns *op_place(const struct op *op)
{
    const struct stacked *stacked;

    if (op->type != OP_LINK || op_removes(op) || op->to->table == &table_link)
        return op->netns;
    stacked = iface_stacked((const struct iface *)op->to);
    return stacked && stacked->lower_netns ? stacked->lower_netns : op->netns;
}
