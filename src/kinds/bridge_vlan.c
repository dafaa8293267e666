/* SPDX-License-Identifier: MIT */
/*
 * Job: VLANs of a bridge and its ports: what files say in several ways, as tables and back.
 * In: options. Out: tables, complaints; from tables, the options that say the same in the fewest
 * words.
 */
#include <errno.h>

#include "base/arena.h"
#include "base/report.h"
#include "kinds/bridge.h"
#include "model/vlan.h"

enum { PVID_INITIAL = 1 };

static const struct bridge *bridge_of(const struct iface *iface)
{
    return (const struct bridge *)iface->options;
}

bool bridge_is_vlan_aware(const struct iface *iface)
{
    return bridge_of(iface)->vlan_filtering;
}

unsigned bridge_first_pvid(const struct iface *iface)
{
    const struct bridge *bridge = bridge_of(iface);

    return object_has(&bridge->o, BRIDGE_VLAN_DEFAULT_PVID) ? bridge->vlan_default_pvid
                                                            : PVID_INITIAL;
}

/* Options → tables */

static int add(struct iface *iface, struct arena *arena, struct vlan_range id, bool pvid,
               bool untagged, struct mark mark)
{
    struct vlan *vlan = vlan_new(arena, &iface->o, id, mark);

    if (!vlan)
        return -ENOMEM;
    vlan->pvid = pvid;
    vlan->untagged = untagged;
    vlan->o.set |= UINT64_C(1) << VLAN_PVID | UINT64_C(1) << VLAN_UNTAGGED;
    list_append(&iface->vlans, &vlan->o);
    return 0;
}

static int add_one(struct iface *iface, struct arena *arena, const struct port *port,
                   unsigned field, uint32_t id)
{
    const struct vlan_range range = {(uint16_t)id, (uint16_t)id};

    return object_has(&port->o, field)
               ? add(iface, arena, range, true, true, object_mark(&port->o, field))
               : 0;
}

/* Entries whose ID could not be read have been complained about. */
static int add_list(struct iface *iface, struct arena *arena, const struct list *list,
                    bool untagged)
{
    int r = 0;

    LIST_EACH (struct vlan, vlan, list)
        if (r == 0 && object_has(&vlan->o, VLAN_ID))
            r = add(iface, arena, vlan->id, vlan->pvid, untagged || vlan->untagged, vlan->o.mark);
    return r;
}

static int make_port(const struct port *port, struct arena *arena)
{
    const struct bridge_port *options = (const struct bridge_port *)port;
    struct iface *iface = port->iface;
    int r;

    iface->has_vlans = object_has(&port->o, PORT_ACCESS) || object_has(&port->o, PORT_TRUNK) ||
                       object_has(&port->o, PORT_VLANS);
    if (!iface->has_vlans)
        return 0;
    r = add_one(iface, arena, port, PORT_ACCESS, options->access);
    if (r == 0)
        r = add_one(iface, arena, port, PORT_NATIVE, options->native);
    if (r == 0)
        r = add_list(iface, arena, &options->untagged, true);
    if (r == 0)
        r = add_list(iface, arena, &options->trunk, false);
    if (r == 0)
        r = add_list(iface, arena, &options->vlans, false);
    return r < 0 ? r : vlan_sort(&iface->vlans, arena);
}

/* One that exists and has such a port is taken for one that looks at VLANs, until it is asked. */
int bridge_make_vlans(struct iface *iface, struct arena *arena)
{
    struct bridge *bridge = (struct bridge *)iface->options;
    int r = 0;

    iface->has_vlans = object_has(&bridge->o, BRIDGE_VLANS);
    if (iface->has_vlans)
        r = add_list(iface, arena, &bridge->vlans, false);
    if (r == 0)
        r = vlan_sort(&iface->vlans, arena);
    LIST_EACH (struct port, port, &bridge->ports)
        if (r == 0 && port->iface) {
            r = make_port(port, arena);
            if (iface->existing && port->iface->has_vlans) {
                bridge->vlan_filtering = true;
                bridge->o.set |= UINT64_C(1) << BRIDGE_VLAN_FILTERING;
            }
        }
    return r;
}

/* Tables → options */

/* Whether it is what the bridge gives by itself. */
static bool is_first(const struct list *vlans, unsigned pvid)
{
    const struct vlan *vlan = (const struct vlan *)vlans->first;

    if (!pvid)
        return vlans->count == 0;
    return vlans->count == 1 && vlan->id.first == pvid && vlan->id.last == pvid && vlan->pvid &&
           vlan->untagged;
}

enum which { ALL, TAGGED, UNTAGGED }; /* but for the first, without the PVID */

static int copy(struct object *parent, unsigned field, struct list *list, const struct list *vlans,
                enum which which, struct arena *arena)
{
    LIST_EACH (struct vlan, vlan, vlans) {
        struct vlan *copied;

        if (which != ALL && (vlan->pvid || vlan->untagged != (which == UNTAGGED)))
            continue;
        copied = vlan_new(arena, parent, vlan->id, (struct mark){0});
        if (!copied)
            return -ENOMEM;
        if (which != ALL)
            copied->o.table = &table_vlan_id;
        else
            copied->o.set |= (uint64_t)vlan->pvid << VLAN_PVID | (uint64_t)vlan->untagged
                                                                     << VLAN_UNTAGGED;
        copied->pvid = vlan->pvid;
        copied->untagged = vlan->untagged;
        list_append(list, &copied->o);
    }
    if (list->count || which == ALL)
        parent->set |= UINT64_C(1) << field;
    return 0;
}

/* A table is that of an access port, of a trunk, or of neither. */
static int tell_port(struct bridge_port *options, const struct list *vlans, struct arena *arena)
{
    const struct vlan *pvid = vlan_find_pvid(vlans);
    struct object *o = &options->port.o;
    size_t tagged = 0;

    LIST_EACH (struct vlan, vlan, vlans)
        tagged += !vlan->untagged;
    if (pvid && pvid->untagged && tagged == 0) {
        options->access = pvid->id.first;
        o->set |= UINT64_C(1) << PORT_ACCESS;
        return copy(o, PORT_UNTAGGED, &options->untagged, vlans, UNTAGGED, arena);
    }
    if (tagged && (pvid ? pvid->untagged && tagged + 1 == vlans->count : tagged == vlans->count)) {
        options->native = pvid ? pvid->id.first : 0;
        o->set |= (uint64_t)(pvid != NULL) << PORT_NATIVE;
        return copy(o, PORT_TRUNK, &options->trunk, vlans, TAGGED, arena);
    }
    return copy(o, PORT_VLANS, &options->vlans, vlans, ALL, arena);
}

int bridge_tell_vlans(struct iface *iface, struct arena *arena)
{
    struct bridge *bridge = (struct bridge *)iface->options;
    unsigned pvid = bridge_first_pvid(iface);
    int r = 0;

    if (!bridge->vlan_filtering)
        return 0;
    if (iface->has_vlans && !is_first(&iface->vlans, pvid))
        r = copy(&bridge->o, BRIDGE_VLANS, &bridge->vlans, &iface->vlans, ALL, arena);
    LIST_EACH (struct bridge_port, options, &bridge->ports) {
        const struct iface *port = options->port.iface;

        if (r == 0 && port && port->has_vlans && !is_first(&port->vlans, pvid))
            r = tell_port(options, &port->vlans, arena);
    }
    return r;
}

/* Checks */

static bool is_later(struct mark a, struct mark b)
{
    return a.line != b.line ? a.line > b.line : a.column > b.column;
}

/* No VLAN twice in a table. */
static void check_overlaps(const struct iface *iface, const struct source *source,
                           struct netlab_report *report)
{
    const struct vlan *widest = NULL;
    char text[VLANS_TEXT], other[VLANS_TEXT];

    LIST_EACH (struct vlan, vlan, &iface->vlans) {
        if (widest && vlan->id.first <= widest->id.last) {
            bool later = is_later(vlan->o.mark, widest->o.mark);
            const struct vlan *second = later ? vlan : widest, *first = later ? widest : vlan;

            if (first->id.first == second->id.first && first->id.last == second->id.last)
                report_error(report, EINVAL, source, second->o.mark, "%s has VLAN %s twice",
                             iface->o.name, vlans_text(&second->id, text));
            else
                report_error(report, EINVAL, source, second->o.mark,
                             "of %s, VLANs %s and %s overlap", iface->o.name,
                             vlans_text(&first->id, other), vlans_text(&second->id, text));
        }
        if (!widest || vlan->id.last > widest->id.last)
            widest = vlan;
    }
}

static void check_pvids(const struct list *vlans, const char *name, const struct source *source,
                        struct netlab_report *report)
{
    const struct vlan *pvid = NULL;

    LIST_EACH (struct vlan, vlan, vlans) {
        struct mark mark = object_mark(&vlan->o, VLAN_PVID);

        if (!vlan->pvid)
            continue;
        if (vlan->id.first != vlan->id.last) {
            report_error(report, EINVAL, source, mark, "a range of VLANs can not be the PVID of %s",
                         name);
        } else if (pvid) {
            report_error(report, EINVAL, source, mark, "%s has two PVIDs, %u and %u", name,
                         pvid->id.first, vlan->id.first);
            report_hint(report, "untagged frames that come in can be of one VLAN only");
        }
        pvid = vlan;
    }
}

/* What says of a port which VLANs it is in. */
static const unsigned forms[] = {PORT_ACCESS, PORT_TRUNK, PORT_VLANS};

static void fail_filtering(const struct iface *bridge, struct mark mark,
                           const struct source *source, struct netlab_report *report)
{
    report_error(report, EINVAL, source, mark, "bridge %s does not look at VLANs", bridge->o.name);
    if (bridge->existing)
        report_hint(report, "'ip link set %s type bridge vlan_filtering 1' makes it do so",
                    bridge->o.name);
    else
        report_hint(report, "add 'vlan-filtering: true' to %s", bridge->o.name);
}

static void check_filtering(const struct iface *bridge, struct mark mark,
                            const struct source *source, struct netlab_report *report)
{
    if (!bridge_is_vlan_aware(bridge) && !bridge->existing)
        fail_filtering(bridge, mark, source, report);
}

int bridge_adopt(struct iface *iface, const struct object *found, const struct source *source,
                 struct netlab_report *report)
{
    struct bridge *bridge = (struct bridge *)iface->options;
    const struct bridge *is = (const struct bridge *)found;
    int r = 0;

    bridge->vlan_default_pvid = is->vlan_default_pvid;
    bridge->o.set |= found->set & UINT64_C(1) << BRIDGE_VLAN_DEFAULT_PVID;
    LIST_EACH (struct port, port, &bridge->ports)
        for (size_t i = 0; i < COUNT(forms); i++)
            if (!is->vlan_filtering && object_has(&port->o, forms[i])) {
                fail_filtering(iface, object_mark(&port->o, forms[i]), source, report);
                r = -EINVAL;
            }
    return r;
}

void bridge_check_vlans(const struct iface *iface, const struct source *source,
                        struct netlab_report *report)
{
    const struct bridge *bridge = bridge_of(iface);

    if (!object_has(&bridge->o, BRIDGE_VLANS))
        return;
    check_filtering(iface, object_mark(&bridge->o, BRIDGE_VLANS), source, report);
    check_pvids(&bridge->vlans, iface->o.name, source, report);
    check_overlaps(iface, source, report);
}

/* One of the three forms, and what goes with it. */
static bool check_form(const struct port *port, const struct source *source,
                       struct netlab_report *report)
{
    static const unsigned parts[][2] = {{PORT_UNTAGGED, PORT_ACCESS}, {PORT_NATIVE, PORT_TRUNK}};
    struct mark last = {0};
    size_t count = 0;

    for (size_t i = 0; i < COUNT(forms); i++) {
        struct mark mark = object_mark(&port->o, forms[i]);

        if (!object_has(&port->o, forms[i]))
            continue;
        count++;
        if (count == 1 || is_later(mark, last))
            last = mark;
    }
    if (count > 1) {
        report_error(report, EINVAL, source, last,
                     "port %s can have only one of 'access', 'trunk' and 'vlans'", port->o.name);
        return false;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!object_has(&port->o, parts[i][0]) || object_has(&port->o, parts[i][1]))
            continue;
        report_error(report, EINVAL, source, object_mark(&port->o, parts[i][0]),
                     "'%s' of port %s goes with '%s'", bridge_port_table.fields[parts[i][0]].key,
                     port->o.name, bridge_port_table.fields[parts[i][1]].key);
        report_hint(report, "for anything else: vlans: [{id: N, pvid: true, untagged: true}, …]");
        return false;
    }
    return count == 1;
}

void bridge_check_port_vlans(const struct port *port, const struct source *source,
                             struct netlab_report *report)
{
    if (!check_form(port, source, report))
        return;
    for (size_t i = 0; i < COUNT(forms); i++)
        if (object_has(&port->o, forms[i]))
            check_filtering((const struct iface *)port->o.parent, object_mark(&port->o, forms[i]),
                            source, report);
    check_pvids(&((const struct bridge_port *)port)->vlans, port->o.name, source, report);
    check_overlaps(port->iface, source, report);
}
