/* SPDX-License-Identifier: MIT */
/*
 * Job: ipvlan: an interface with the MAC of another one, but IP addresses of its own
 * (IFLA_IPVLAN_*).
 * Rules: drivers/net/ipvlan/ipvlan_main.c of the kernel.
 */
#include <errno.h>
#include <linux/if_link.h>

#include "base/report.h"
#include "kinds/common_stacked.h"

enum ipvlan_field {
    IPVLAN_LINK,
    IPVLAN_MODE,
    IPVLAN_FLAG,
};

struct ipvlan {
    struct stacked stacked;
    uint32_t mode, flag;
};

static const struct choice modes[] = {
    {"l2", IPVLAN_MODE_L2}, {"l3", IPVLAN_MODE_L3}, {"l3s", IPVLAN_MODE_L3S}, {NULL, 0}};

static const struct choice flags[] = {
    {"bridge", 0}, {"private", IPVLAN_F_PRIVATE}, {"vepa", IPVLAN_F_VEPA}, {NULL, 0}};

static const struct field ipvlan_fields[] = {
    [IPVLAN_LINK] = {.key = "link",
                     .type = FIELD_LOWER,
                     AT(ipvlan, stacked.lower),
                     .flags = FIELD_REQUIRED | FIELD_FIXED,
                     .doc = "The interface whose link and link-layer address it shares."},
    [IPVLAN_MODE] = {.key = "mode",
                     .type = FIELD_ENUM,
                     AT(ipvlan, mode),
                     .choices = modes,
                     .attribute = IFLA_IPVLAN_MODE,
                     .width = 2,
                     .flags = FIELD_INITIAL,
                     .initial = IPVLAN_MODE_L3,
                     .fallback = "l3",
                     .needs = "CONFIG_IPVLAN_L3S", /* l3s */
                     .doc = "`l2`: frames are switched, ARP is answered. `l3`: packets are routed "
                            "by the namespace of `link`, without broadcast and multicast. `l3s`: "
                            "the same, and they pass its netfilter. All of one `link` have the "
                            "same."},
    [IPVLAN_FLAG] = {.key = "flag",
                     .type = FIELD_ENUM,
                     AT(ipvlan, flag),
                     .choices = flags,
                     .attribute = IFLA_IPVLAN_FLAGS,
                     .width = 2,
                     .flags = FIELD_INITIAL,
                     .initial = 0,
                     .ip = "",
                     .fallback = "bridge",
                     .doc = "How those of one `link` talk to each other: directly (`bridge`), not "
                            "at all (`private`), by a switch outside (`vepa`). All have the same.",
                     .since = "4.15"},
};

static const struct habit ipvlan_habits[] = {{"parent", "it is called 'link'"},
                                             {"dev", "it is called 'link'"},
                                             {"private", "write 'flag: private'"},
                                             {"vepa", "write 'flag: vepa'"},
                                             {"bridge", "write 'flag: bridge'"},
                                             {"flags", "it is called 'flag'"},
                                             {NULL, NULL}};

static const struct table ipvlan_table = {.name = "ipvlan",
                                          .size = sizeof(struct ipvlan),
                                          .fields = ipvlan_fields,
                                          .field_count = COUNT(ipvlan_fields),
                                          .scalar = -1,
                                          .habits = ipvlan_habits,
                                          .doc = "Options of an ipvlan."};

static bool shares_mac(const struct object *options)
{
    (void)options;
    return true;
}

/* iproute2 sends both, whatever it is told. */
static void ip(const struct object *options, const struct object *seen, FILE *out)
{
    const struct ipvlan *ipvlan = (const struct ipvlan *)options;
    bool mode = seen && field_differs(seen, options, IPVLAN_MODE);
    bool flag = seen && field_differs(seen, options, IPVLAN_FLAG);

    if (mode && !flag)
        fprintf(out, " %s", choice_word(flags, ipvlan->flag));
    if (flag && !mode)
        fprintf(out, " mode %s", choice_word(modes, ipvlan->mode));
}

static bool is_no_ipvlan(const struct iface *iface, const struct iface *other)
{
    (void)iface;
    return other->kind == &kind_macvlan || other->kind == &kind_macvtap;
}

static bool has_other(const struct iface *iface, const struct iface *other, unsigned field)
{
    return other->kind == &kind_ipvlan &&
           option_value(iface->options, field) != option_value(other->options, field);
}

static bool has_other_mode(const struct iface *iface, const struct iface *other)
{
    return has_other(iface, other, IPVLAN_MODE);
}

static bool has_other_flag(const struct iface *iface, const struct iface *other)
{
    return has_other(iface, other, IPVLAN_FLAG);
}

static void check_common(const struct iface *iface, const struct source *source, unsigned field,
                         bool (*differs)(const struct iface *iface, const struct iface *other),
                         struct netlab_report *report)
{
    const struct iface *other = stacked_find(iface, differs);

    if (!other)
        return;
    report_error(report, EINVAL, source, object_mark(iface->options, field),
                 "the '%s' of %s is another: all ipvlans on %s have the same",
                 ipvlan_fields[field].key, other->o.name, iface_stacked(iface)->lower.name);
    report_hint(report, "that one is on line %u; what is not given is %s", other->o.mark.line,
                ipvlan_fields[field].fallback);
}

static void check(const struct iface *iface, const struct source *source,
                  struct netlab_report *report)
{
    const struct iface *stranger = stacked_find(iface, is_no_ipvlan);
    const struct iface *lower = iface_lower(iface);

    stacked_check(iface, source, report);
    stacked_check_master(iface, source, report);
    if (stranger)
        report_error(report, EINVAL, source, stacked_mark(iface),
                     "the %s %s is on %s already: there is no room for an ipvlan",
                     stranger->kind->name, stranger->o.name, iface_stacked(iface)->lower.name);
    check_common(iface, source, IPVLAN_MODE, has_other_mode, report);
    check_common(iface, source, IPVLAN_FLAG, has_other_flag, report);
    if (lower && lower->kind == &kind_ipvlan) {
        report_error(report, EINVAL, source, stacked_mark(iface),
                     "an ipvlan can not stand on the ipvlan %s", lower->o.name);
        report_hint(report, "let it stand on %s", iface_stacked(lower)->lower.name);
    }
    if (object_has(&iface->o, IFACE_MAC))
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_MAC),
                     "an ipvlan has the link-layer address of what it stands on");
}

const struct kind kind_ipvlan = {
    .name = "ipvlan",
    .flags = KIND_STACKED | KIND_LOWER_MTU | KIND_ARP_VARIES |
             KIND_NO_LINK_LOCAL, /* dev_id is in it, too */
    .options = &ipvlan_table,
    .check = check,
    .shares_mac = shares_mac,
    .ip = ip,
    .config = "CONFIG_IPVLAN",
    .module = "ipvlan",
    .doc = "An interface that shares link and link-layer address with another, and has IP "
           "addresses of its own.",
};
