/* SPDX-License-Identifier: MIT */
/*
 * Job: the options of macvlan and macvtap (IFLA_MACVLAN_*).
 * Ranges and rules: drivers/net/macvlan.c of the kernel.
 */
#include "kinds/common_macvlan.h"

#include <errno.h>
#include <linux/if_link.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "base/arena.h"
#include "base/report.h"
#include "kinds/common_stacked.h"
#include "model/ip.h"

#ifndef MACVLAN_FLAG_NODST
#define MACVLAN_FLAG_NODST 2 /* since 5.11 */
#endif

enum macvlan_field {
    MACVLAN_LINK,
    MACVLAN_MODE,
    MACVLAN_NOPROMISC,
    MACVLAN_NODST,
    MACVLAN_BCQUEUELEN,
    MACVLAN_MACADDR,
};

struct macvlan {
    struct stacked stacked;
    uint32_t mode, bcqueuelen;
    bool nopromisc, nodst;
    struct list macaddr;
};

struct source_mac {
    struct object o;
    struct mac mac;
};

static const struct field source_fields[] = {{.key = "mac",
                                              .type = FIELD_MAC,
                                              AT(source_mac, mac),
                                              .flags = FIELD_REQUIRED,
                                              .doc = "A link-layer address."}};

static const struct table source_table = {.name = "source address",
                                          .size = sizeof(struct source_mac),
                                          .fields = source_fields,
                                          .field_count = COUNT(source_fields),
                                          .scalar = 0,
                                          .doc = "A link-layer address."};

static const struct choice modes[] = {
    {"private", MACVLAN_MODE_PRIVATE}, {"vepa", MACVLAN_MODE_VEPA},
    {"bridge", MACVLAN_MODE_BRIDGE},   {"passthru", MACVLAN_MODE_PASSTHRU},
    {"source", MACVLAN_MODE_SOURCE},   {NULL, 0}};

static const struct field macvlan_fields[] = {
    [MACVLAN_LINK] = {.key = "link",
                      .type = FIELD_LOWER,
                      AT(macvlan, stacked.lower),
                      .flags = FIELD_REQUIRED | FIELD_FIXED,
                      .doc = "The interface whose link it is on."},
    [MACVLAN_MODE] = {.key = "mode",
                      .type = FIELD_ENUM,
                      AT(macvlan, mode),
                      .choices = modes,
                      .attribute = IFLA_MACVLAN_MODE,
                      .width = 4,
                      .flags = FIELD_INITIAL,
                      .initial = MACVLAN_MODE_VEPA,
                      .fallback = "vepa",
                      .doc =
                          "How it talks to the others of that link: not at all (`private`), by a "
                          "switch outside (`vepa`), directly (`bridge`). `passthru`: it is the "
                          "only one and has the link's own address. `source`: it takes only "
                          "frames from `macaddr`."},
    [MACVLAN_NOPROMISC] = {.key = "nopromisc",
                           .type = FIELD_BOOL,
                           AT(macvlan, nopromisc),
                           .flags = FIELD_BY_KIND | FIELD_INITIAL | FIELD_IP_BY_KIND,
                           .fallback = "false",
                           .doc = "`passthru`: do not make the interface below promiscuous."},
    [MACVLAN_NODST] = {.key = "nodst",
                       .type = FIELD_BOOL,
                       AT(macvlan, nodst),
                       .flags = FIELD_BY_KIND | FIELD_INITIAL | FIELD_IP_BY_KIND,
                       .fallback = "false",
                       .doc = "`source`: take no frame for its destination alone.",
                       .since = "5.11"},
    [MACVLAN_BCQUEUELEN] = {.key = "bcqueuelen",
                            .type = FIELD_UINT,
                            AT(macvlan, bcqueuelen),
                            .max = UINT32_MAX,
                            .attribute = IFLA_MACVLAN_BC_QUEUE_LEN,
                            .width = 4,
                            .flags = FIELD_INITIAL,
                            .initial = 1000, /* MACVLAN_DEFAULT_BC_QUEUE_LEN */
                            .fallback = "1000",
                            .doc = "How many broadcast and multicast frames may wait.",
                            .since = "5.11"},
    [MACVLAN_MACADDR] = {.key = "macaddr",
                         .type = FIELD_LIST,
                         AT(macvlan, macaddr),
                         .table = &source_table,
                         .flags = FIELD_BY_KIND | FIELD_INITIAL | FIELD_SET,
                         .doc = "`source`: the link-layer addresses whose frames it takes."},
};

static const struct habit macvlan_habits[] = {{"parent", "it is called 'link'"},
                                              {"dev", "it is called 'link'"},
                                              {"flag", "write 'nopromisc: true' or 'nodst: true'"},
                                              {"macaddrs", "it is called 'macaddr'"},
                                              {NULL, NULL}};

const struct table macvlan_table = {.name = "macvlan",
                                    .size = sizeof(struct macvlan),
                                    .fields = macvlan_fields,
                                    .field_count = COUNT(macvlan_fields),
                                    .scalar = -1,
                                    .habits = macvlan_habits,
                                    .doc = "Options of a macvlan or macvtap."};

static bool flags_are_told(const struct object *options, const struct object *seen)
{
    return field_is_told(options, seen, MACVLAN_NOPROMISC) ||
           field_is_told(options, seen, MACVLAN_NODST);
}

static int put_sources(struct nl_msg *msg, const struct list *macs)
{
    struct nlattr *nest;

    if (nla_put_u32(msg, IFLA_MACVLAN_MACADDR_MODE, MACVLAN_MACADDR_SET) < 0)
        return -ENOMEM;
    nest = nla_nest_start(msg, IFLA_MACVLAN_MACADDR_DATA);
    if (!nest)
        return -ENOMEM;
    LIST_EACH (struct source_mac, source, macs)
        if (nla_put(msg, IFLA_MACVLAN_MACADDR, sizeof source->mac, &source->mac) < 0)
            return -ENOMEM;
    nla_nest_end(msg, nest);
    return 0;
}

int macvlan_put(struct nl_msg *msg, const struct object *options, const struct object *seen)
{
    const struct macvlan *macvlan = (const struct macvlan *)options;
    uint16_t flags = (uint16_t)((macvlan->nopromisc ? MACVLAN_FLAG_NOPROMISC : 0) |
                                (macvlan->nodst ? MACVLAN_FLAG_NODST : 0));

    if (flags_are_told(options, seen) && nla_put_u16(msg, IFLA_MACVLAN_FLAGS, flags) < 0)
        return -ENOMEM;
    /* with another mode they go by themselves, and must not be named */
    if (macvlan->mode != MACVLAN_MODE_SOURCE || !field_is_told(options, seen, MACVLAN_MACADDR))
        return 0;
    return put_sources(msg, &macvlan->macaddr);
}

void macvlan_get(const struct nlattr *data, struct object *options)
{
    struct macvlan *macvlan = (struct macvlan *)options;
    const struct nlattr *attribute = nla_find(nla_data(data), nla_len(data), IFLA_MACVLAN_FLAGS);
    uint16_t flags = attribute ? nla_get_u16(attribute) : 0;

    macvlan->nopromisc = flags & MACVLAN_FLAG_NOPROMISC;
    macvlan->nodst = flags & MACVLAN_FLAG_NODST;
    options->set |= UINT64_C(1) << MACVLAN_NOPROMISC | UINT64_C(1) << MACVLAN_NODST;
}

int macvlan_get_lists(const struct nlattr *data, struct object *options, struct arena *arena)
{
    const struct nlattr *list = nla_find(nla_data(data), nla_len(data), IFLA_MACVLAN_MACADDR_DATA);
    struct macvlan *macvlan = (struct macvlan *)options;
    struct nlattr *attribute;
    int left;

    options->set |= UINT64_C(1) << MACVLAN_MACADDR;
    if (!list)
        return 0;
    nla_for_each_nested(attribute, list, left)
    {
        struct source_mac *source;

        if (nla_len(attribute) != sizeof source->mac)
            continue;
        source = ARENA_NEW(arena, struct source_mac);
        if (!source)
            return -ENOMEM;
        source->o = (struct object){.parent = options, .table = &source_table, .set = 1};
        memcpy(&source->mac, nla_data(attribute), sizeof source->mac);
        list_append(&macvlan->macaddr, &source->o);
    }
    return 0;
}

/* macvlan_changelink(): it is the only one of its link from the beginning, or never. */
bool macvlan_can_alter(const struct object *seen, const struct object *wanted)
{
    const struct macvlan *is = (const struct macvlan *)seen;
    const struct macvlan *should = (const struct macvlan *)wanted;

    return (is->mode == MACVLAN_MODE_PASSTHRU) == (should->mode == MACVLAN_MODE_PASSTHRU);
}

bool macvlan_shares_mac(const struct object *options)
{
    return ((const struct macvlan *)options)->mode == MACVLAN_MODE_PASSTHRU;
}

void macvlan_ip(const struct object *options, const struct object *seen, FILE *out)
{
    const struct macvlan *macvlan = (const struct macvlan *)options;
    char text[MAC_TEXT];

    if (flags_are_told(options, seen)) {
        fputs(macvlan->nopromisc ? " flag nopromisc" : "", out);
        fputs(macvlan->nodst ? " flag nodst" : "", out);
        fputs(!macvlan->nopromisc && !macvlan->nodst ? " flag null" : "", out);
    }
    if (macvlan->mode != MACVLAN_MODE_SOURCE || !field_is_told(options, seen, MACVLAN_MACADDR))
        return;
    if (seen && !field_is_told(options, seen, MACVLAN_MODE))
        fputs(" mode source", out); /* iproute2 wants it before the addresses */
    fputs(" macaddr set", out);
    LIST_EACH (struct source_mac, source, &macvlan->macaddr)
        fprintf(out, " %s", mac_text(&source->mac, text));
}

static bool is_macvlan(const struct iface *iface)
{
    return iface->kind && iface->kind->options == &macvlan_table;
}

static uint32_t mode_of(const struct iface *iface)
{
    return option_value(iface->options, MACVLAN_MODE);
}

/* What can't be on one link with it: it has room for one ipvlan, or one passthru, or others. */
static bool is_stranger(const struct iface *iface, const struct iface *other)
{
    if (!is_macvlan(other))
        return other->kind == &kind_ipvlan;
    return mode_of(iface) == MACVLAN_MODE_PASSTHRU || mode_of(other) == MACVLAN_MODE_PASSTHRU;
}

static bool has_same_mac(const struct iface *iface, const struct iface *other)
{
    return is_macvlan(other) && object_has(&iface->o, IFACE_MAC) &&
           object_has(&other->o, IFACE_MAC) &&
           memcmp(&iface->mac, &other->mac, sizeof iface->mac) == 0;
}

static void check_neighbours(const struct iface *iface, const struct source *source,
                             struct netlab_report *report)
{
    const struct iface *stranger = stacked_find(iface, is_stranger);
    const struct iface *twin = stacked_find(iface, has_same_mac);
    const char *lower = iface_stacked(iface)->lower.name;

    if (stranger && !is_macvlan(stranger))
        report_error(report, EINVAL, source, stacked_mark(iface),
                     "the ipvlan %s is on %s already: there is no room for a %s", stranger->o.name,
                     lower, iface->kind->name);
    else if (stranger)
        report_error(report, EINVAL, source, object_mark(iface->options, MACVLAN_MODE),
                     "the %s %s is on %s as well: one of mode passthru must be alone",
                     stranger->kind->name, stranger->o.name, lower);
    else if (twin)
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_MAC),
                     "%s has this link-layer address, on the same link", twin->o.name);
}

void macvlan_check(const struct iface *iface, const struct source *source,
                   struct netlab_report *report)
{
    const struct macvlan *macvlan = (const struct macvlan *)iface->options;
    const struct iface *lower = iface_lower(iface);

    stacked_check(iface, source, report);
    stacked_check_master(iface, source, report);
    check_neighbours(iface, source, report);
    if (lower && lower->kind && lower->kind->flags & KIND_NO_ETHERNET)
        report_error(report, EINVAL, source, stacked_mark(iface),
                     "a %s can not stand on %s, which carries no frames with MACs",
                     iface->kind->name, lower->o.name);
    if (lower && is_macvlan(lower)) {
        report_error(report, EINVAL, source, stacked_mark(iface), "a %s can not stand on the %s %s",
                     iface->kind->name, lower->kind->name, lower->o.name);
        report_hint(report, "let it stand on %s", iface_stacked(lower)->lower.name);
    }
    if (object_has(&macvlan->stacked.o, MACVLAN_MACADDR) && mode_of(iface) != MACVLAN_MODE_SOURCE)
        report_error(report, EINVAL, source, object_mark(iface->options, MACVLAN_MACADDR),
                     "'macaddr' is for mode source");
    if (object_has(&iface->o, IFACE_MAC) && mode_of(iface) == MACVLAN_MODE_PASSTHRU) {
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_MAC),
                     "a %s of mode passthru has the link-layer address of what it stands on",
                     iface->kind->name);
        report_hint(report, "give that one the address");
    }
}
