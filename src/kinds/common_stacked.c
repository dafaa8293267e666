/* SPDX-License-Identifier: MIT */
/*
 * Job: rules about what an interface stands on, and about its neighbours there.
 * In: interfaces with resolved names. Out: complaints.
 */
#include "kinds/common_stacked.h"

#include <errno.h>
#include <string.h>

#include "base/report.h"

struct mark stacked_mark(const struct iface *iface)
{
    return iface_stacked(iface)->lower.mark;
}

uint32_t option_value(const struct object *options, unsigned index)
{
    const struct field *field = &options->table->fields[index];

    return object_has(options, index) ? *(const uint32_t *)FIELD_AT(options, field)
                                      : field->initial;
}

static const char *article(const struct iface *iface)
{
    return strchr("aeiou", *iface->kind->name) ? "an" : "a";
}

static void check_mtu(const struct iface *iface, const struct iface *lower,
                      const struct source *source, struct netlab_report *report)
{
    uint32_t mtu = object_has(&lower->o, IFACE_MTU) ? lower->mtu : iface_initial_mtu(lower);

    if (!object_has(&iface->o, IFACE_MTU) || !mtu || iface->mtu <= mtu)
        return;
    report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_MTU),
                 "the MTU of %s can not be more than that of %s, which is %u", iface->o.name,
                 lower->o.name, mtu);
}

void stacked_check(const struct iface *iface, const struct source *source,
                   struct netlab_report *report)
{
    const struct iface *lower = iface_lower(iface);

    if (!lower)
        return;
    if (lower == iface_netns(lower)->lo || lower->kind == &kind_vrf)
        report_error(report, EINVAL, source, stacked_mark(iface), "%s %s can not stand on %s %s",
                     article(iface), iface->kind->name, lower->kind ? "the vrf" : "the interface",
                     lower->o.name);
    else if (iface->kind->flags & KIND_LOWER_MTU)
        check_mtu(iface, lower, source, report);
}

void stacked_check_master(const struct iface *iface, const struct source *source,
                          struct netlab_report *report)
{
    const struct iface *lower = iface_lower(iface), *master = lower ? lower->master : NULL;

    if (!master || lower->kind == &kind_vrf || !(master->kind->flags & (KIND_PLUG | KIND_OPENS)))
        return;
    report_error(report, EINVAL, source, stacked_mark(iface),
                 "%s %s can not stand on %s, which is a port of the %s %s", article(iface),
                 iface->kind->name, lower->o.name, master->kind->name, master->o.name);
    report_hint(report, "let it stand on %s", master->o.name);
}

static bool is_same_lower(const struct stacked *a, const struct stacked *b)
{
    return a->lower.name && b->lower.name && a->lower_netns == b->lower_netns &&
           strcmp(a->lower.name, b->lower.name) == 0;
}

static bool is_before(struct mark a, struct mark b)
{
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}

const struct iface *stacked_find(const struct iface *iface,
                                 bool (*is)(const struct iface *iface, const struct iface *other))
{
    const struct netlab_lab *lab = (const struct netlab_lab *)iface->o.parent->parent;
    const struct stacked *own = iface_stacked(iface);

    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, other, &netns->interfaces) {
            const struct stacked *stacked = iface_stacked(other);

            if (stacked && is_before(other->o.mark, iface->o.mark) && is_same_lower(own, stacked) &&
                is(iface, other))
                return other;
        }
    return NULL;
}
