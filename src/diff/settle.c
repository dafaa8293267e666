/* SPDX-License-Identifier: MIT */
/*
 * Job: what the file does not say of an interface that is there: it has what such an interface
 * begins with, where that is known. What else an earlier file said can't be taken back in place.
 * In: a wanted interface, the owners'. Out: values of fields that are not given (their `set`
 * bits stay off: what is made anew is not told them); whether that does it.
 */
#include <string.h>

#include "diff/internal.h"
#include "kinds/kind.h"

enum { ETHERNET_MTU = 1500 }; /* ETH_DATA_LEN */

/* Options of the interface, or of it as a port. owned: may be NULL. */
static bool settle_options(struct object *object, const struct object *owned)
{
    bool settled = true;

    for (unsigned i = 0; object && i < object->table->field_count; i++) {
        const struct field *field = &object->table->fields[i];

        if (!field_is_option(field) || object_has(object, i))
            continue;
        if (field->flags & FIELD_INITIAL && !(field->flags & FIELD_LOOSE)) {
            field_reset(field, object);
        } else if (owned && owned->table == object->table && object_has(owned, i)) {
            settled = false;
        }
    }
    return settled;
}

static void settle_common(struct iface *iface)
{
    if (!object_has(&iface->o, IFACE_TXQUEUELEN))
        iface->txqueuelen = iface_initial_txqueuelen(iface);
    if (!object_has(&iface->o, IFACE_MTU))
        iface->mtu = iface_initial_mtu(iface);
}

/* A port about which the file says nothing. */
static void make_port(struct diff *diff, struct iface *iface)
{
    const struct kind *kind = iface->master ? iface->master->kind : NULL;
    const struct table *table = kind ? kind->port_options : NULL;

    if (iface->port || !table)
        return;
    iface->port = arena_alloc(diff->wanted->arena, table->size); /* it stays with the lab */
    if (!iface->port) {
        diff->error = -ENOMEM;
        return;
    }
    iface->port->o = (struct object){
        .parent = &iface->master->o, .table = table, .name = iface->o.name, .mark = iface->o.mark};
    iface->port->iface = iface;
}

/* What an owner had, and the file has no longer. */
static bool has_left(const struct iface *iface, const struct iface *owned, unsigned field)
{
    return object_has(&owned->o, field) && !object_has(&iface->o, field);
}

/* The MTU that a bridge takes from its ports. */
static uint32_t mtu_of_ports(const struct iface *iface)
{
    uint32_t least = 0;

    LIST_EACH (struct iface, port, &iface_netns(iface)->interfaces) {
        uint32_t mtu = object_has(&port->o, IFACE_MTU) ? port->mtu : iface_initial_mtu(port);

        if (port->master == iface && (!least || mtu < least))
            least = mtu;
    }
    return least ? least : ETHERNET_MTU;
}

/* Whether an owner's value can't be taken back. */
static bool is_stuck(const struct iface *seen, const struct iface *iface, const struct iface *owned)
{
    /* a random address can't be given by hand: it would count as chosen */
    if (iface_is_moved(iface))
        return false;
    if (has_left(iface, owned, IFACE_MAC))
        return true;
    return has_left(iface, owned, IFACE_MTU) && !iface->mtu &&
           (!iface_ports(iface) || seen->mtu != mtu_of_ports(iface));
}

/* What an owner gave a NIC, and the file gives no longer, is what it was before. */
static void settle_moved(const struct diff *diff, const struct iface *seen, struct iface *iface)
{
    for (size_t i = 0; i < DIFF_OWNERS && diff->owners && !diff->owners->settled; i++) {
        const struct iface *owned = owner_iface(diff, i, iface->o.parent->name, iface->o.name);

        if (owned && iface_is_moved(owned) && iface->before)
            iface_take_values(iface, iface->before,
                              iface_given_values(owned) & iface->before->o.set & ~iface->o.set &
                                  ~(UINT64_C(1) << IFACE_UP));
    }
    if (!object_has(&iface->o, IFACE_TXQUEUELEN))
        iface->txqueuelen = seen->txqueuelen;
}

/* Of options whose first values hang on others. owned: may be NULL. */
static bool settle_port(struct iface *iface, const struct iface *seen, const struct iface *owned)
{
    const struct kind *kind = iface->port ? iface->master->kind : NULL;

    return !kind || !kind->settle_port ||
           kind->settle_port(iface->port, seen->port, owned ? owned->port : NULL);
}

bool settle_iface(struct diff *diff, const struct iface *seen, struct iface *iface)
{
    bool settled = true;

    if (iface_is_moved(iface))
        settle_moved(diff, seen, iface);
    else
        settle_common(iface);
    make_port(diff, iface);
    (void)settle_options(iface->options, NULL);
    if (iface->port)
        (void)settle_options(&iface->port->o, NULL);
    for (size_t i = 0; i < DIFF_OWNERS && diff->owners && !diff->owners->settled; i++) {
        const struct iface *owned = owner_iface(diff, i, iface->o.parent->name, iface->o.name);

        if (!owned || owned->kind != iface->kind)
            continue;
        if (is_stuck(seen, iface, owned) || !settle_options(iface->options, owned->options) ||
            (iface->port && owned->port && !settle_options(&iface->port->o, &owned->port->o)) ||
            !settle_port(iface, seen, owned))
            settled = false;
    }
    (void)settle_port(iface, seen, NULL);
    if (iface->kind && iface->kind->fill)
        iface->kind->fill(iface->options);
    return settled;
}

/* What the file does not say of what exists is what it was before, or what it is. */
void settle_existing(struct diff *diff, const struct iface *seen, struct iface *iface)
{
    make_port(diff, iface);
    if (iface->port)
        (void)settle_options(&iface->port->o, NULL);
    if (iface->before)
        iface_take_values(iface, iface->before, iface->before->o.set & ~iface->o.set);
    if (!object_has(&iface->o, IFACE_UP))
        iface->up = seen->up;
    if (!object_has(&iface->o, IFACE_TXQUEUELEN))
        iface->txqueuelen = seen->txqueuelen;
}
