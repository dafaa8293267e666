/* SPDX-License-Identifier: MIT */
/*
 * Job: take back: ops turned round, less what goes by itself.
 * In: a plan. Out: the same, changed.
 */
#include "kinds/kind.h"
#include "kinds/wireguard.h"
#include "plan/plan.h"

static struct op undo(struct op op)
{
    struct object *from = op.from;

    op.from = op.to;
    op.to = from;
    return op;
}

void plan_reverse(struct plan *plan)
{
    for (size_t i = 0; i < (plan->count + 1) / 2; i++) {
        struct op *first = &plan->ops[i], *last = &plan->ops[plan->count - 1 - i];
        struct op undone = undo(*first);

        *first = undo(*last);
        *last = undone;
    }
}

/* The interface whose end takes the op's object with it; NULL: none does. */
static const struct iface *carrier(const struct op *op)
{
    const struct object *object = op_object(op);

    switch (op->type) {
    case OP_IFACE:
    case OP_DEVICE:
        return (const struct iface *)object;
    case OP_PEER:
        return peer_iface((const struct wireguard_peer *)object);
    case OP_PORT:
        return ((const struct port *)object)->iface;
    case OP_QDISC:
    case OP_VLAN:
    case OP_ALTNAME:
    case OP_ADDRESS:
        return (const struct iface *)object->parent;
    case OP_NEIGHBOR:
        return ((const struct neighbor *)object)->dev.iface;
    case OP_SYSCTL:
        return ((const struct sysctl *)object)->iface;
    case OP_ROUTE:
        return ((const struct route *)object)->dev.iface;
    case OP_NETNS:
    case OP_LINK:
    case OP_RULE:
    case OP_NFTABLES:
    case OP_READY:
    case OP_NAME:
    case OP_SERVICE:
    case OP_LISTEN:
        break;
    }
    return NULL;
}

/* Whether it, or what it stands on, is where nothing goes by itself: a namespace's end is a while
   coming, and until then an interface below is promiscuous for what is above it. */
static bool iface_outlives(const struct iface *iface)
{
    const struct stacked *stacked = iface_stacked(iface);

    return iface_is_moved(iface) || !iface_netns(iface)->gone ||
           (stacked && stacked->lower_netns && !stacked->lower_netns->gone);
}

/* Whether a link stays when the namespaces that go take their interfaces with them. */
static bool outlives(const struct object *object)
{
    const struct link *link = (const struct link *)object;

    if (object->table != &table_link)
        return iface_outlives((const struct iface *)object);
    return !iface_netns(link->ends[0].iface)->gone || !iface_netns(link->ends[1].iface)->gone;
}

static bool must_undo(const struct op *op)
{
    const struct iface *iface = carrier(op);

    if (!op_removes(op))
        return true;
    if (op->flags & OP_KEEPALIVE)
        return false;
    switch (op->type) {
    case OP_NETNS:
    case OP_NAME:
    case OP_SERVICE: /* a process keeps the namespace that it is in */
        return true;
    case OP_READY:
    case OP_DEVICE:
    case OP_LISTEN:
        return false;
    case OP_LINK:
        return outlives(op->from);
    case OP_SYSCTL:
    case OP_IFACE:
    case OP_PORT:
    case OP_QDISC:
    case OP_VLAN:
    case OP_ALTNAME:
    case OP_ADDRESS:
    case OP_ROUTE:
    case OP_RULE:
    case OP_NEIGHBOR:
    case OP_NFTABLES:
    case OP_PEER:
        break;
    }
    return !op->netns->gone && !(iface && iface->gone);
}

/* Note what the plan takes away, with all that is in it. */
static void note_gone(const struct op *op)
{
    const struct link *link = (const struct link *)op->from;

    if (!op_removes(op))
        return;
    if (op->type == OP_NETNS)
        op->netns->gone = true;
    if (op->type != OP_LINK)
        return;
    if (link->o.table == &table_link)
        link->ends[0].iface->gone = link->ends[1].iface->gone = true;
    else
        ((struct iface *)op->from)->gone = true;
}

void plan_prune(struct plan *plan)
{
    size_t kept = 0;

    for (size_t i = 0; i < plan->count; i++)
        note_gone(&plan->ops[i]);
    for (size_t i = 0; i < plan->count; i++)
        if (must_undo(&plan->ops[i]))
            plan->ops[kept++] = plan->ops[i];
    plan->count = kept;
}
