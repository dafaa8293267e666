/* SPDX-License-Identifier: MIT */
/*
 * Job: changes → ops, in an order that the kernel accepts.
 * In: changes. Out: a plan.
 *
 * The order is a rank, not a search: namespaces; links, each in its final place (masters before
 * their members); then namespace by namespace all that goes over its socket, so that the runner can
 * send it as one batch; then readiness and names; then services.
 */
#include "plan/plan.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "kinds/wireguard.h"
#include "model/definite.h"
#include "model/ruleset.h"

enum phase {
    PHASE_NETNS,
    PHASE_LINK,
    PHASE_DEVICE,
    PHASE_VLAN,
    PHASE_NFTABLES, /* rules may name interfaces, and are to hold before packets pass */
    PHASE_CONFIG,
    PHASE_CONFIG_MASTERS,
    PHASE_READY,
    PHASE_PEER,
    PHASE_KEEPALIVE, /* one that is lost is sent again after 5 seconds */
    PHASE_NAME,
    PHASE_SERVICE, /* all of them before the first one is waited for */
    PHASE_LISTEN,
};

enum step { /* within PHASE_CONFIG…, in one namespace */
            STEP_SYSCTL,
            STEP_NETEM,
            STEP_LO,
            STEP_END,
            STEP_VLAN,
            STEP_MASTER,
            STEP_STACKED,
            STEP_PORT,
            STEP_ALTNAME,
            STEP_ADDRESS,
            STEP_ROUTE_LOCAL,
            STEP_ROUTE_DEV,
            STEP_ROUTE_VIA,
            STEP_RULE,
            STEP_NEIGHBOR,
};

enum {
    IFINDEX_FIRST = 1000,   /* a fresh namespace may hold sit0, tunl0 … at low ones */
    IFINDEX_LO = 1,         /* LOOPBACK_IFINDEX, include/net/net_namespace.h */
    OPS_PER_CHANGE = 8,     /* at most, see expand_netns() */
    MINOR_EARLY = 0xff0000, /* behind all namespaces' links of that level */
    MINOR_STEP = 256,       /* room for levels within a step */
};

struct builder {
    struct arena *arena;
    bool wanted;         /* objects of the wanted lab; else of what was seen */
    struct object *from; /* what is altered; NULL: nothing, all is new */
    struct op *ops;
    size_t count;
    int error;
};

static void emit(struct builder *builder, enum op_type type, struct object *object,
                 struct netns *netns, uint64_t phase, uint64_t major, uint64_t minor)
{
    struct op *op = &builder->ops[builder->count];

    *op = (struct op){
        .type = type,
        .from = builder->from,
        .to = object,
        .netns = netns,
        .rank = phase << 56 | major << 24 | minor,
        .sequence = builder->count,
    };
    builder->count++;
}

/* Whether a namespace has interfaces that others are members of. */
static bool has_masters(const struct netns *netns)
{
    LIST_EACH (struct iface, iface, &netns->interfaces)
        if (iface_ports(iface))
            return true;
    return false;
}

/* Its interfaces change: see to it at the end that they pass packets. */
static void touch(struct builder *builder, struct netns *netns)
{
    struct object *from = builder->from;

    if (netns->touched)
        return;
    netns->touched = true;
    builder->from = NULL;
    emit(builder, OP_READY, &netns->o, netns, PHASE_READY, netns->index, 0);
    builder->from = from;
}

/* Ends of links first, then what they are plugged into: a bridge that is up works on every port
   that comes up after it. */
static void config_level(struct builder *builder, enum op_type type, struct object *object,
                         struct netns *netns, enum step step, unsigned level)
{
    emit(builder, type, object, netns, PHASE_CONFIG + netns->has_masters, netns->index,
         step * MINOR_STEP + level);
}

static void config(struct builder *builder, enum op_type type, struct object *object,
                   struct netns *netns, enum step step)
{
    config_level(builder, type, object, netns, step, 0);
}

/* What is done with an interface until it is up. What carries those of other namespaces comes up as
   soon as it is there. */
static void config_iface(struct builder *builder, enum op_type type, struct object *object,
                         struct iface *iface, enum step step)
{
    if (iface->carries)
        emit(builder, type, object, iface_netns(iface), PHASE_LINK, iface_level(iface),
             MINOR_EARLY + step);
    else
        config_level(builder, type, object, iface_netns(iface), step,
                     step == STEP_STACKED ? iface_level(iface) : 0);
}

static void add_sysctl(struct builder *builder, struct sysctl *sysctl, unsigned flags)
{
    struct netns *netns = (struct netns *)sysctl->o.parent;

    if (!netns->foreign && !netns->seen && !sysctl->device) {
        emit(builder, OP_SYSCTL, &sysctl->o, netns, PHASE_NETNS, netns->index, 1);
        flags |= OP_BIRTH;
    } else if (sysctl->iface) {
        config_iface(builder, OP_SYSCTL, &sysctl->o, sysctl->iface, STEP_SYSCTL);
    } else {
        config(builder, OP_SYSCTL, &sysctl->o, netns, STEP_SYSCTL);
    }
    builder->ops[builder->count - 1].flags = flags;
}

/* Link-local addresses are usable at once too; only before devices exist does it help. */
static void skip_dad(struct builder *builder, struct netns *netns)
{
    struct sysctl *sysctl = ARENA_NEW(builder->arena, struct sysctl);

    if (!sysctl) {
        builder->error = -ENOMEM;
        return;
    }
    sysctl->o = (struct object){.parent = &netns->o,
                                .table = &table_sysctl,
                                .name = "net/ipv6/conf/default/accept_dad",
                                .mark = netns->o.mark};
    sysctl->path = sysctl->o.name;
    sysctl->value = "0";
    add_sysctl(builder, sysctl, OP_OPTIONAL);
}

static void expand_netns(struct builder *builder, struct object *object)
{
    struct netns *netns = (struct netns *)object;

    if (!netns->foreign && !builder->from) {
        emit(builder, OP_NETNS, object, netns, PHASE_NETNS, netns->index, 0);
        skip_dad(builder, netns);
    }
    if (!netns->foreign)
        emit(builder, OP_NAME, object, netns, PHASE_NAME, netns->index, 0);
}

/*
 * In namespaces of others the kernel chooses, and for what stands on an interface there: an index
 * must be free where the interface is made too (rtnl_newlink()).
 * The ends of a pair get different ones: kernels before 6.8 take an interface that is its own other
 * end, by its number, for one that is in no hurry (linkwatch_urgent_event()), and its carrier shows
 * up to a second late.
 */
static void choose_ifindex(struct iface *iface)
{
    const struct stacked *stacked = iface_stacked(iface);
    struct netns *netns = iface_netns(iface);
    struct netns *place = stacked && stacked->lower_netns ? stacked->lower_netns : netns;
    const struct iface *peer = iface_peer(iface);
    uint32_t last = IFINDEX_FIRST - 1;

    if (iface == netns->lo)
        iface->ifindex = IFINDEX_LO;
    if (netns->foreign || place->foreign || iface->ifindex)
        return;
    if (netns->last_ifindex > last)
        last = netns->last_ifindex;
    if (place->last_ifindex > last)
        last = place->last_ifindex;
    if (peer && peer->ifindex == last + 1)
        last++;
    iface->ifindex = netns->last_ifindex = place->last_ifindex = last + 1;
}

static void set_up(struct builder *builder, struct iface *iface)
{
    enum step step = iface_ports(iface) ? STEP_MASTER : STEP_END;

    config_iface(builder, OP_IFACE, &iface->o, iface, iface_lower(iface) ? STEP_STACKED : step);
}

/* Whether it becomes a port of a bridge that is at work, which lets frames of its first PVID in. */
static bool joins_live(const struct iface *iface)
{
    return !iface->seen && iface->master && iface->master->seen && iface->has_vlans;
}

/* What can be said only when its members are there. */
static void finish(struct builder *builder, struct iface *iface)
{
    const struct iface *from = (const struct iface *)builder->from;

    if (!kind_has_late(iface->options, from ? from->options : NULL))
        return;
    config(builder, OP_IFACE, &iface->o, iface_netns(iface), STEP_PORT);
    builder->ops[builder->count - 1].flags = OP_LATE;
}

static void expand_peer(struct builder *builder, struct object *object)
{
    const struct wireguard_peer *peer = (const struct wireguard_peer *)object;
    const struct wireguard_peer *seen = NULL;
    struct netns *netns = iface_netns(peer_iface(peer));

    if (builder->from && builder->from->table == object->table)
        seen = (const struct wireguard_peer *)builder->from;
    emit(builder, OP_PEER, object, netns, PHASE_PEER, netns->index, 0);
    if (!builder->wanted || peer->keepalive == (seen ? seen->keepalive : 0))
        return;
    emit(builder, OP_PEER, object, netns, PHASE_KEEPALIVE, netns->index, 0);
    builder->ops[builder->count - 1].flags = OP_KEEPALIVE;
}

/* All keys first: a peer's may be that of an interface that has yet to be made. */
static void expand_wireguard(struct builder *builder, struct iface *iface)
{
    struct wireguard *wireguard = iface_wireguard(iface);
    const struct iface *seen = (const struct iface *)builder->from;

    if (!wireguard || (seen && !diff_wireguard(seen, iface)))
        return;
    emit(builder, OP_DEVICE, &iface->o, iface_netns(iface), PHASE_DEVICE, iface_netns(iface)->index,
         0);
    if (seen)
        return; /* changes of its peers are changes of their own */
    LIST_EACH (struct object, peer, &wireguard->peers)
        expand_peer(builder, peer);
}

/* Whether the file changes something of a device that is there. */
static bool alters(const struct iface *iface)
{
    return iface->master || iface->o.set & IFACE_VALUES;
}

static void expand_existing(struct builder *builder, struct iface *iface)
{
    if (builder->from || alters(iface))
        set_up(builder, iface);
}

static void expand_iface(struct builder *builder, struct object *object)
{
    struct iface *iface = (struct iface *)object;
    struct netns *netns = iface_netns(iface);

    if (iface->existing) {
        expand_existing(builder, iface);
        return;
    }
    if (builder->wanted)
        choose_ifindex(iface);
    if (iface == netns->lo) {
        if ((!netns->foreign && (iface->up || object->set)) || builder->from)
            config(builder, OP_IFACE, object, netns, STEP_LO);
        return;
    }
    touch(builder, netns);
    expand_wireguard(builder, iface);
    if (builder->from) {
        set_up(builder, iface);
        finish(builder, iface);
        return;
    }
    if (!iface->kind || !(iface->kind->flags & KIND_BY_LINKS) || !iface->link)
        emit(builder, OP_LINK, object, netns, PHASE_LINK, iface_level(iface), netns->index);
    if (joins_live(iface) && iface->link && !iface_is_main(iface)) {
        emit(builder, OP_IFACE, object, netns, PHASE_VLAN, netns->index, 0);
        builder->ops[builder->count - 1].flags = OP_ENSLAVE;
    }
    if (!iface_is_complete(iface))
        set_up(builder, iface);
    finish(builder, iface);
}

static void expand_link(struct builder *builder, struct object *object)
{
    const struct link *link = (struct link *)object;
    const struct iface *end = link->ends[link_main(link)].iface;

    /* what is left of it, when it is taken away */
    if (iface_netns(end)->gone)
        end = iface_peer(end);
    touch(builder, iface_netns(end));
    touch(builder, iface_netns(iface_peer(end)));
    /* after all masters of either end */
    emit(builder, OP_LINK, object, iface_netns(end), PHASE_LINK, iface_level(end),
         iface_netns(end)->index);
}

static void expand_port(struct builder *builder, struct object *object)
{
    const struct port *port = (struct port *)object;

    if (!fields_any(object) && !builder->from)
        return;
    touch(builder, iface_netns(port->iface));
    config(builder, OP_PORT, object, iface_netns(port->iface), STEP_PORT);
}

/* Before the interface is up: else the kernel has to wait until nobody uses its old queue
   (dev_deactivate_many()). */
static void expand_netem(struct builder *builder, struct object *object)
{
    struct netns *netns = iface_netns((struct iface *)object->parent);

    touch(builder, netns);
    config_iface(builder, OP_QDISC, object, (struct iface *)object->parent, STEP_NETEM);
}

/*
 * Before the bridge is up, or where it is already, before its new port is: no frame takes the way
 * through the VLAN that ports begin with.
 */
static void expand_vlan(struct builder *builder, struct object *object)
{
    const struct iface *iface = (const struct iface *)object->parent;
    struct netns *netns = iface_netns(iface);

    if (builder->wanted && joins_live(iface))
        emit(builder, OP_VLAN, object, netns, PHASE_VLAN, netns->index, 1);
    else
        config(builder, OP_VLAN, object, netns, STEP_VLAN);
}

static void expand_altname(struct builder *builder, struct object *object)
{
    config(builder, OP_ALTNAME, object, (struct netns *)object->parent->parent, STEP_ALTNAME);
}

static void expand_address(struct builder *builder, struct object *object)
{
    const struct address *address = (struct address *)object;
    struct iface *iface = (struct iface *)object->parent;

    /* the kernel gives it to lo when that comes up (addrconf_notify(), inetdev_event()) */
    if ((!iface->seen || !iface->seen->up) && address_is_los_own(address, iface))
        return;
    if (iface->kind)
        touch(builder, iface_netns(iface));
    config(builder, OP_ADDRESS, object, iface_netns(iface), STEP_ADDRESS);
}

static void expand_route(struct builder *builder, struct object *object)
{
    const struct route *route = (struct route *)object;
    bool via = route->via.family != AF_UNSPEC;
    enum step step = STEP_ROUTE_DEV;

    LIST_EACH (struct nexthop, hop, &route->nexthops)
        via = via || hop->via.family != AF_UNSPEC;
    /* a gateway must be behind a route without one (fib_check_nh, ip6_route_check_nh) */
    if (route->type == RTN_LOCAL)
        step = STEP_ROUTE_LOCAL;
    else if (via && !route->onlink)
        step = STEP_ROUTE_VIA;
    config(builder, OP_ROUTE, object, (struct netns *)object->parent, step);
}

static void expand_rule(struct builder *builder, struct object *object)
{
    config(builder, OP_RULE, object, (struct netns *)object->parent, STEP_RULE);
}

static void expand_neighbor(struct builder *builder, struct object *object)
{
    config(builder, OP_NEIGHBOR, object, (struct netns *)object->parent, STEP_NEIGHBOR);
}

static void expand_ruleset(struct builder *builder, struct object *object)
{
    struct netns *netns = (struct netns *)object->parent;

    emit(builder, OP_NFTABLES, object, netns, PHASE_NFTABLES, netns->index, 0);
}

static void expand_service(struct builder *builder, struct object *object)
{
    struct netns *netns = (struct netns *)object->parent;

    emit(builder, OP_SERVICE, object, netns, PHASE_SERVICE, netns->index, 0);
    if (((const struct service *)object)->port)
        emit(builder, OP_LISTEN, object, netns, PHASE_LISTEN, netns->index, 0);
}

static void expand_sysctl(struct builder *builder, struct object *object)
{
    struct sysctl *sysctl = (struct sysctl *)object;

    if (!sysctl->inherited || (builder->wanted && sysctl->iface->seen))
        add_sysctl(builder, sysctl, 0);
}

static void expand(struct builder *builder, struct object *object)
{
    static const struct {
        const struct table *table;
        void (*expand)(struct builder *builder, struct object *object);
    } rules[] = {
        {&table_netns, expand_netns},         {&table_iface, expand_iface},
        {&table_link, expand_link},           {&table_altname, expand_altname},
        {&table_address, expand_address},     {&table_route, expand_route},
        {&table_rule, expand_rule},           {&table_neighbor, expand_neighbor},
        {&table_sysctl, expand_sysctl},       {&table_netem, expand_netem},
        {&table_wireguard_peer, expand_peer}, {&table_vlan, expand_vlan},
        {&table_ruleset, expand_ruleset},     {&table_service, expand_service},
    };

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].table == object->table) {
            rules[i].expand(builder, object);
            return;
        }
    expand_port(builder, object); /* its table is its kind's */
}

static int compare(const void *a, const void *b)
{
    const struct op *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static struct netns *netns_of(struct object *object)
{
    while (object->table != &table_netns)
        object = object->parent;
    return (struct netns *)object;
}

/* Before a namespace's objects are expanded. */
static void prepare(struct netns *netns)
{
    netns->touched = false;
    netns->has_masters = has_masters(netns);
}

/*
 * The kernel has no way to alter an address as a whole, or a rule; nor to put one netem in the
 * place of another of which either duplicates (check_netem_in_tree()).
 */
static bool is_made_anew(const struct change *change)
{
    if (!change->wanted || !change->seen)
        return false;
    if (change->wanted->table == &table_netem)
        return netem_handle((const struct netem *)change->wanted) !=
               netem_handle((const struct netem *)change->seen);
    return change->wanted->table == &table_address || change->wanted->table == &table_rule;
}

/* Those that come and go with their interfaces. */
static size_t count_peers(const struct changes *changes)
{
    size_t count = 0;

    for (size_t i = 0; i < changes->count; i++) {
        const struct object *ends[] = {changes->items[i].seen, changes->items[i].wanted};

        for (size_t j = 0; j < 2; j++)
            if (ends[j] && ends[j]->table == &table_iface &&
                iface_wireguard((const struct iface *)ends[j]))
                count += 2 * iface_wireguard((const struct iface *)ends[j])->peers.count;
    }
    return count;
}

/* What it takes to make some objects, in order. */
static int make(const struct changes *changes, bool wanted, struct arena *arena,
                struct plan *ret_plan)
{
    struct builder builder = {.arena = arena, .wanted = wanted};
    const struct netns *last = NULL;

    builder.ops = arena_array(arena, changes->count * OPS_PER_CHANGE + count_peers(changes) + 1,
                              sizeof *builder.ops);
    if (!builder.ops)
        return -ENOMEM;
    for (size_t i = 0; i < changes->count; i++) {
        struct object *object = wanted ? changes->items[i].wanted : changes->items[i].seen;

        if (!object || object->table == &table_link || netns_of(object) == last)
            continue;
        last = netns_of(object);
        prepare(netns_of(object));
    }
    for (size_t i = 0; i < changes->count && !builder.error; i++) {
        const struct change *change = &changes->items[i];
        bool anew = is_made_anew(change);

        builder.from = wanted && !anew ? change->seen : NULL;
        if (wanted ? change->wanted != NULL
                   : change->seen && (anew || !change->wanted) && !change->strange)
            expand(&builder, wanted ? change->wanted : change->seen);
    }
    qsort(builder.ops, builder.count, sizeof *builder.ops, compare);
    *ret_plan = (struct plan){.ops = builder.ops, .count = builder.count};
    return builder.error;
}

/* A namespace that goes does so when all else is done: it can't be brought back. */
static bool is_last(const struct op *op)
{
    return op_removes(op) && (op->type == OP_NETNS || op->type == OP_NAME);
}

static size_t append(struct op *ops, size_t count, const struct plan *plan, bool last)
{
    for (size_t i = 0; i < plan->count; i++)
        if (is_last(&plan->ops[i]) == last)
            ops[count++] = plan->ops[i];
    return count;
}

int plan_build(const struct changes *changes, struct arena *arena, struct plan *ret_plan)
{
    struct plan removed = {0}, added = {0};
    struct op *ops;
    size_t count, staying;

    if (make(changes, false, arena, &removed) < 0 || make(changes, true, arena, &added) < 0)
        return -ENOMEM;
    plan_reverse(&removed);
    plan_prune(&removed);
    ops = arena_array(arena, removed.count + added.count + 1, sizeof *ops);
    if (!ops)
        return -ENOMEM;
    count = append(ops, 0, &removed, false);
    staying = append(ops, count, &added, false);
    count = append(ops, staying, &removed, true);
    *ret_plan = (struct plan){.ops = ops, .count = count, .leaving = count - staying};
    return 0;
}
