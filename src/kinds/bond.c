/* SPDX-License-Identifier: MIT */
/*
 * Job: bond: several interfaces as one (IFLA_BOND_*), and its ports (IFLA_BOND_SLAVE_*).
 * Ranges, and which options a mode has: drivers/net/bonding/bond_options.c, bond_netlink.c of the
 * kernel. What can only be set while it is down or has no ports is fixed.
 */
#include <errno.h>
#include <limits.h>
#include <linux/if_bonding.h>
#include <linux/if_link.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/report.h"
#include "kinds/bond_fields.h"
#include "model/ip.h"

/* bond_mode_uses_arp(), bond_uses_primary() */
#define MODE(mode) (1U << (mode))
#define MODES_ALL 0x7fU
#define MODES_PRIMARY (MODE(BOND_MODE_ACTIVEBACKUP) | MODE(BOND_MODE_TLB) | MODE(BOND_MODE_ALB))
#define MODES_ARP                                                                                  \
    (MODES_ALL & ~(MODE(BOND_MODE_8023AD) | MODE(BOND_MODE_TLB) | MODE(BOND_MODE_ALB)))

/* The modes that options can be given in, where that is not all (`unsuppmodes`). */
static const struct {
    enum bond_field field;
    unsigned modes;
} only_in[] = {{BOND_ARP_INTERVAL, MODES_ARP},
               {BOND_ARP_VALIDATE, MODES_ARP},
               {BOND_ARP_MISSED_MAX, MODES_ARP},
               {BOND_NS_IP6_TARGET, MODE(BOND_MODE_ACTIVEBACKUP)},
               {BOND_PRIMARY, MODES_PRIMARY},
               {BOND_PRIMARY_RESELECT, MODES_PRIMARY},
               {BOND_PACKETS_PER_SLAVE, MODE(BOND_MODE_ROUNDROBIN)},
               {BOND_LACP_RATE, MODE(BOND_MODE_8023AD)},
               {BOND_LACP_ACTIVE, MODE(BOND_MODE_8023AD)},
               {BOND_AD_ACTOR_SYS_PRIO, MODE(BOND_MODE_8023AD)},
               {BOND_AD_ACTOR_SYSTEM, MODE(BOND_MODE_8023AD)},
               {BOND_AD_USER_PORT_KEY, MODE(BOND_MODE_8023AD)},
               {BOND_TLB_DYNAMIC_LB, MODE(BOND_MODE_TLB)}};

/* Times that the kernel counts in multiples of `miimon`. */
static const struct {
    enum bond_field field;
    uint16_t attribute;
} delays[] = {{BOND_UPDELAY, IFLA_BOND_UPDELAY},
              {BOND_DOWNDELAY, IFLA_BOND_DOWNDELAY},
              {BOND_PEER_NOTIFY_DELAY, IFLA_BOND_PEER_NOTIF_DELAY}};

static uint32_t number(const struct object *options, enum bond_field field)
{
    return *(const uint32_t *)FIELD_AT(options, &bond_table.fields[field]);
}

/* With another `miimon` the kernel's multiples mean another time. */
static bool delay_is_told(const struct object *options, const struct object *seen, unsigned field)
{
    bool beats = seen && field_differs(seen, options, BOND_MIIMON);

    return field_is_told(options, seen, field) || (beats && number(options, field));
}

static int put_targets(struct nl_msg *msg, const struct object *options, const struct object *seen,
                       enum bond_field field, uint16_t attribute)
{
    const struct list *list = FIELD_AT(options, &bond_table.fields[field]);
    struct nlattr *nest;
    int index = 0;

    if (!field_is_told(options, seen, field))
        return 0;
    nest = nla_nest_start(msg, attribute);
    if (!nest)
        return -ENOMEM;
    LIST_EACH (struct bond_target, target, list)
        if (nla_put(msg, index++, (int)ip_bytes(&target->ip), target->ip.bytes) < 0)
            return -ENOMEM;
    if (nla_nest_end_keep_empty(msg, nest) < 0)
        return -ENOMEM;
    return 0;
}

static int put(struct nl_msg *msg, const struct object *options, const struct object *seen)
{
    for (size_t i = 0; i < COUNT(delays); i++)
        if (delay_is_told(options, seen, delays[i].field) &&
            nla_put_u32(msg, delays[i].attribute, number(options, delays[i].field)) < 0)
            return -ENOMEM;
    if (put_targets(msg, options, seen, BOND_ARP_IP_TARGET, IFLA_BOND_ARP_IP_TARGET) < 0)
        return -ENOMEM;
    return put_targets(msg, options, seen, BOND_NS_IP6_TARGET, IFLA_BOND_NS_IP6_TARGET);
}

static void get(const struct nlattr *data, struct object *options)
{
    for (size_t i = 0; i < COUNT(delays); i++) {
        const struct nlattr *attribute =
            nla_find(nla_data(data), nla_len(data), delays[i].attribute);

        if (!attribute)
            continue;
        *(uint32_t *)FIELD_AT(options, &bond_table.fields[delays[i].field]) =
            nla_get_u32(attribute);
        options->set |= UINT64_C(1) << delays[i].field;
    }
    options->set |= UINT64_C(1) << BOND_PRIMARY; /* none is told by nothing */
}

/* The link-layer address that it has when it is no port any more. */
static void get_port(const struct nlattr *data, struct iface *iface)
{
    const struct nlattr *own = nla_find(nla_data(data), nla_len(data), IFLA_BOND_SLAVE_PERM_HWADDR);

    if (own && nla_len(own) == sizeof iface->mac)
        memcpy(&iface->mac, nla_data(own), sizeof iface->mac);
}

static int get_targets(const struct nlattr *data, struct object *options, enum bond_field field,
                       uint16_t attribute, struct arena *arena)
{
    const struct nlattr *nest = nla_find(nla_data(data), nla_len(data), attribute);
    struct list *list = FIELD_AT(options, &bond_table.fields[field]);
    struct nlattr *entry;
    int left;

    options->set |= UINT64_C(1) << field;
    if (!nest)
        return 0;
    nla_for_each_nested(entry, nest, left)
    {
        struct bond_target *target = ARENA_NEW(arena, struct bond_target);
        bool ipv6 = nla_len(entry) == 16;

        if (!target)
            return -ENOMEM;
        target->o =
            (struct object){.parent = options, .table = bond_table.fields[field].table, .set = 1};
        target->ip.family = ipv6 ? AF_INET6 : AF_INET;
        memcpy(target->ip.bytes, nla_data(entry), ipv6 ? 16 : 4);
        list_append(list, &target->o);
    }
    return 0;
}

static int get_lists(const struct nlattr *data, struct object *options, struct arena *arena)
{
    int r = get_targets(data, options, BOND_ARP_IP_TARGET, IFLA_BOND_ARP_IP_TARGET, arena);

    return r < 0 ? r
                 : get_targets(data, options, BOND_NS_IP6_TARGET, IFLA_BOND_NS_IP6_TARGET, arena);
}

static uint32_t mode_of(const struct object *options)
{
    return object_has(options, BOND_MODE) ? number(options, BOND_MODE) : BOND_MODE_ROUNDROBIN;
}

/* bond_option_mode_set(): a mode that can't do with ARP looks at the links. */
static void fill(struct object *options)
{
    struct bond *bond = (struct bond *)options;

    if (!object_has(options, BOND_MIIMON) && !(MODES_ARP & MODE(mode_of(options))))
        bond->miimon = BOND_MIIMON_DEFAULT;
}

static void print_targets(const struct object *options, enum bond_field field, FILE *out)
{
    const struct list *list = FIELD_AT(options, &bond_table.fields[field]);
    const char *before = "";
    char text[IP_TEXT];

    fputs(field == BOND_ARP_IP_TARGET ? " arp_ip_target " : " ns_ip6_target ", out);
    if (!list->count)
        fputs("''", out);
    LIST_EACH (struct bond_target, target, list) {
        fprintf(out, "%s%s", before, ip_text(&target->ip, text));
        before = ",";
    }
}

static void ip(const struct object *options, const struct object *seen, FILE *out)
{
    static const char *const words[] = {"updelay", "downdelay", "peer_notify_delay"};

    for (size_t i = 0; i < COUNT(delays); i++)
        if (delay_is_told(options, seen, delays[i].field))
            fprintf(out, " %s %u", words[i], number(options, delays[i].field));
    for (int i = BOND_ARP_IP_TARGET; i <= BOND_NS_IP6_TARGET; i++)
        if (field_is_told(options, seen, (unsigned)i))
            print_targets(options, (enum bond_field)i, out);
}

static bool is_slow(const struct iface *iface)
{
    struct bond filled = *(const struct bond *)iface->options;

    fill(&filled.o);
    return filled.miimon != 0;
}

/* Their links are looked at from time to time. */
static bool port_settles(const struct nlattr *data)
{
    const struct nlattr *state =
        nla_find(nla_data(data), nla_len(data), IFLA_BOND_SLAVE_MII_STATUS);

    return state && nla_get_u8(state) != BOND_LINK_UP;
}

/* What is wrong with an option that was given. */
#define FAIL(field, ...)                                                                           \
    report_error(report, EINVAL, source, object_mark(options, field), __VA_ARGS__)

static void check_modes(const struct object *options, const struct source *source,
                        struct netlab_report *report)
{
    const struct field *mode_field = &bond_table.fields[BOND_MODE];
    uint32_t mode = mode_of(options);
    char list[160] = "";
    size_t size = 0;

    for (size_t i = 0; i < COUNT(only_in); i++) {
        if (!object_has(options, only_in[i].field) || only_in[i].modes & MODE(mode))
            continue;
        FAIL(only_in[i].field, "a bond of mode %s has no '%s'",
             choice_word(mode_field->choices, mode), bond_table.fields[only_in[i].field].key);
        size = 0;
        for (uint32_t m = 0; m <= BOND_MODE_ALB; m++)
            if (only_in[i].modes & MODE(m) && size < sizeof list)
                size += (size_t)snprintf(list + size, sizeof list - size, "%s%s", size ? ", " : "",
                                         choice_word(mode_field->choices, m));
        report_hint(report, "it is for mode %s", list);
    }
}

static void check_times(const struct object *options, const struct source *source,
                        struct netlab_report *report)
{
    struct bond filled = *(const struct bond *)options;

    fill(&filled.o);
    for (size_t i = 0; i < COUNT(delays); i++) {
        const char *key = bond_table.fields[delays[i].field].key;

        if (!number(options, delays[i].field))
            continue;
        if (!filled.miimon) {
            FAIL(delays[i].field, "'%s' needs 'miimon'", key);
        } else if (number(options, delays[i].field) % filled.miimon) {
            FAIL(delays[i].field, "'%s' must be a multiple of 'miimon', which is %ums", key,
                 filled.miimon);
        }
    }
    if (filled.arp_interval && filled.miimon)
        FAIL(BOND_ARP_INTERVAL, "a bond looks at its links by 'arp-interval' or by 'miimon', not "
                                "by both");
    if (filled.arp_validate && filled.miimon)
        FAIL(BOND_ARP_VALIDATE, "'arp-validate' needs 'arp-interval' instead of 'miimon'");
    if (filled.arp_interval && !filled.arp_ip_target.count && !filled.ns_ip6_target.count)
        FAIL(BOND_ARP_INTERVAL, "'arp-interval' needs 'arp-ip-target'");
}

static void check_targets(const struct object *options, enum bond_field field,
                          const struct source *source, struct netlab_report *report)
{
    const struct list *list = FIELD_AT(options, &bond_table.fields[field]);
    const char *key = bond_table.fields[field].key;
    uint8_t family = field == BOND_ARP_IP_TARGET ? AF_INET : AF_INET6;
    char text[IP_TEXT];

    if (list->count > BOND_TARGETS_MAX)
        FAIL(field, "'%s' has %zu addresses, a bond takes %d", key, list->count, BOND_TARGETS_MAX);
    LIST_EACH (struct bond_target, target, list) {
        if (!target->ip.family)
            continue; /* could not be read */
        ip_text(&target->ip, text);
        if (target->ip.family != family || ip_is_zero(&target->ip) || ip_is_multicast(&target->ip))
            report_error(report, EINVAL, source, target->o.mark, "%s can not be an '%s'", text,
                         key);
        for (const struct object *o = list->first; o != &target->o; o = o->next)
            if (ip_equal(&((const struct bond_target *)o)->ip, &target->ip))
                report_error(report, EINVAL, source, target->o.mark, "'%s' has %s twice", key,
                             text);
    }
}

static void check(const struct iface *iface, const struct source *source,
                  struct netlab_report *report)
{
    const struct object *options = iface->options;
    const struct bond *bond = (const struct bond *)options;
    const struct iface *primary = bond->primary.iface;

    check_modes(options, source, report);
    check_times(options, source, report);
    check_targets(options, BOND_ARP_IP_TARGET, source, report);
    check_targets(options, BOND_NS_IP6_TARGET, source, report);
    if (primary && primary->master != iface)
        FAIL(BOND_PRIMARY, "%s is no port of %s: it can not be its primary one", primary->o.name,
             iface->o.name);
    if (object_has(options, BOND_PRIMARY_RESELECT) && !object_has(options, BOND_PRIMARY))
        FAIL(BOND_PRIMARY_RESELECT, "'primary-reselect' needs 'primary'");
}

static void check_prio(const struct port *port, const struct iface *bond,
                       const struct source *source, struct netlab_report *report)
{
    uint32_t mode = mode_of(bond->options);

    if (!object_has(&port->o, BOND_PORT_PRIO) || MODES_PRIMARY & MODE(mode))
        return;
    report_error(report, EINVAL, source, object_mark(&port->o, BOND_PORT_PRIO),
                 "the ports of a bond of mode %s have no 'prio'",
                 choice_word(bond_table.fields[BOND_MODE].choices, mode));
    report_hint(report, "it is for mode active-backup, balance-tlb, balance-alb");
}

static void check_port(const struct port *port, const struct source *source,
                       struct netlab_report *report)
{
    const struct iface *iface = port->iface, *bond = (const struct iface *)port->o.parent;
    uint32_t mtu = object_has(&bond->o, IFACE_MTU) ? bond->mtu : iface_initial_mtu(bond);

    check_prio(port, bond, source, report);
    if (!iface->kind)
        report_error(report, EINVAL, source, port->o.mark, "lo can not be a port of a bond");
    else if (iface->kind->flags & KIND_MEMBERS)
        report_error(report, EINVAL, source, port->o.mark, "%s %s can not be a port of a bond",
                     iface->kind->name, iface->o.name);
    else if (object_has(&iface->o, IFACE_MTU) && iface->mtu != mtu) {
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_MTU),
                     "the ports of bond %s have its MTU, which is %u", bond->o.name, mtu);
        report_hint(report, "give the bond an 'mtu' instead");
    } else if (!iface->up) {
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_UP),
                     "%s is a port of bond %s, which sets it up", iface->o.name, bond->o.name);
        report_hint(report, "leave out 'up: false'");
    }
}

const struct kind kind_bond = {
    .name = "bond",
    .flags = KIND_MEMBERS | KIND_OPENS,
    .options = &bond_table,
    .ports = offsetof(struct bond, ports),
    .port_options = &bond_port_table,
    .mtu = 1500,
    .config = "CONFIG_BONDING",
    .module = "bonding",
    .check = check,
    .check_port = check_port,
    .put = put,
    .get = get,
    .get_lists = get_lists,
    .get_port = get_port,
    .fill = fill,
    .is_slow = is_slow,
    .sysfs = "bonding",
    .port_settles = port_settles,
    .ip = ip,
    .doc = "Several interfaces as one, for more throughput or against the loss of some. Its "
           "link-layer address is that of its first port, unless it has its own, and all ports "
           "have it while they are in it.",
};
