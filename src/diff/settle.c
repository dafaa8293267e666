/* SPDX-License-Identifier: MIT */
/*
 * Job: what an earlier file said of an interface and the wanted one does not: it goes back to what
 * such an interface begins with.
 * In: a wanted interface, the owners'. Out: fields that are given now; whether that does it.
 */
#include <string.h>

#include "diff/internal.h"
#include "kinds/kind.h"

static void give(struct object *object, unsigned field)
{
    object->set |= UINT64_C(1) << field;
}

/* Options of the interface, or of it as a port. */
static bool settle_options(struct object *object, const struct object *owned)
{
    bool settled = true;

    if (!object || !owned || object->table != owned->table)
        return true;
    for (unsigned i = 0; i < object->table->field_count; i++) {
        const struct field *field = &object->table->fields[i];

        if (!field->attribute || object_has(object, i) || !object_has(owned, i))
            continue;
        if (field->flags & FIELD_INITIAL) {
            field_reset(field, object);
            give(object, i);
        } else {
            settled = false;
        }
    }
    return settled;
}

static bool settle_common(struct iface *iface, const struct iface *owned)
{
    const struct field *queue = &table_iface.fields[IFACE_TXQUEUELEN];

    if (object_has(&owned->o, IFACE_TXQUEUELEN) && !object_has(&iface->o, IFACE_TXQUEUELEN)) {
        field_reset(queue, &iface->o);
        give(&iface->o, IFACE_TXQUEUELEN);
    }
    if (object_has(&owned->o, IFACE_MTU) && !object_has(&iface->o, IFACE_MTU)) {
        if (!iface_initial_mtu(iface))
            return false;
        iface->mtu = iface_initial_mtu(iface);
        give(&iface->o, IFACE_MTU);
    }
    /* a random address can't be given by hand: it would count as chosen */
    return !object_has(&owned->o, IFACE_MAC) || object_has(&iface->o, IFACE_MAC);
}

/* A port whose options have all left the file. */
static bool settle_port(struct diff *diff, struct iface *iface, const struct iface *owned)
{
    if (!owned->port || !iface->master || !owned->master ||
        strcmp(iface->master->o.name, owned->master->o.name) != 0)
        return true;
    if (!iface->port) {
        struct port *port = arena_alloc(diff->arena, owned->port->o.table->size);

        if (!port) {
            diff->error = -ENOMEM;
            return true;
        }
        port->o = (struct object){.parent = &iface->master->o,
                                  .table = owned->port->o.table,
                                  .name = iface->o.name,
                                  .mark = iface->o.mark};
        port->iface = iface;
        iface->port = port;
    }
    return settle_options(&iface->port->o, &owned->port->o);
}

bool settle_iface(struct diff *diff, struct iface *iface)
{
    bool settled = true;

    for (size_t i = 0; i < DIFF_OWNERS && !diff->owners->settled; i++) {
        const struct iface *owned = owner_iface(diff, i, iface->o.parent->name, iface->o.name);

        if (!owned || owned->kind != iface->kind)
            continue;
        settled = settle_common(iface, owned) && settled;
        settled = settle_options(iface->options, owned->options) && settled;
        settled = settle_port(diff, iface, owned) && settled;
    }
    return settled;
}
