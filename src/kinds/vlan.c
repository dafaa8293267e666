/* SPDX-License-Identifier: MIT */
/*
 * Job: vlan: frames with one tag of the interface that it stands on (IFLA_VLAN_*).
 * Ranges: net/8021q/vlan_netlink.c, vlan_dev.c of the kernel.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_vlan.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "base/arena.h"
#include "base/report.h"
#include "kinds/common_stacked.h"

enum vlan_option {
    VLAN_OPTION_LINK,
    VLAN_OPTION_ID,
    VLAN_PROTOCOL,
    VLAN_REORDER_HDR,
    VLAN_GVRP,
    VLAN_MVRP,
    VLAN_LOOSE_BINDING,
    VLAN_BRIDGE_BINDING,
    VLAN_INGRESS_QOS,
    VLAN_EGRESS_QOS,
};

struct vlan_device {
    struct stacked stacked;
    uint32_t id, protocol;
    bool reorder_hdr, gvrp, mvrp, loose_binding, bridge_binding;
    struct list ingress_qos_map, egress_qos_map;
};

/* From a priority of the one side to one of the other. */
struct qos {
    struct object o;
    uint32_t from, to;
};

enum { QOS_FROM, QOS_TO };

/* 0 is what all are without an entry: it is not told as one. */
static const struct field ingress_fields[] = {
    [QOS_FROM] = {.key = "from",
                  .type = FIELD_UINT,
                  AT(qos, from),
                  .max = 7,
                  .flags = FIELD_REQUIRED,
                  .doc = "The tag's priority (PCP)."},
    [QOS_TO] = {.key = "to",
                .type = FIELD_UINT,
                AT(qos, to),
                .min = 1,
                .max = UINT32_MAX,
                .flags = FIELD_REQUIRED,
                .doc = "The packet's priority (`skb->priority`); without an entry: 0."},
};

static const struct field egress_fields[] = {
    [QOS_FROM] = {.key = "from",
                  .type = FIELD_UINT,
                  AT(qos, from),
                  .max = UINT32_MAX,
                  .flags = FIELD_REQUIRED,
                  .doc = "The packet's priority (`skb->priority`)."},
    [QOS_TO] = {.key = "to",
                .type = FIELD_UINT,
                AT(qos, to),
                .min = 1,
                .max = 7,
                .flags = FIELD_REQUIRED,
                .doc = "The tag's priority (PCP); without an entry: 0."},
};

static const struct table ingress_table = {.name = "ingress QoS",
                                           .size = sizeof(struct qos),
                                           .fields = ingress_fields,
                                           .field_count = COUNT(ingress_fields),
                                           .scalar = -1,
                                           .doc = "A priority of frames that come in."};

static const struct table egress_table = {.name = "egress QoS",
                                          .size = sizeof(struct qos),
                                          .fields = egress_fields,
                                          .field_count = COUNT(egress_fields),
                                          .scalar = -1,
                                          .doc = "A priority of frames that go out."};

static const struct choice protocols[] = {
    {"802.1Q", ETH_P_8021Q}, {"802.1ad", ETH_P_8021AD}, {NULL, 0}};

static const struct field vlan_fields[] = {
    [VLAN_OPTION_LINK] = {.key = "link",
                          .type = FIELD_LOWER,
                          AT(vlan_device, stacked.lower),
                          .flags = FIELD_REQUIRED | FIELD_FIXED,
                          .doc = "The interface whose frames have the tag."},
    [VLAN_OPTION_ID] = {.key = "id",
                        .type = FIELD_UINT,
                        AT(vlan_device, id),
                        .max = 4094, /* VLAN_VID_MASK - 1 */
                        .attribute = IFLA_VLAN_ID,
                        .width = 2,
                        .flags = FIELD_REQUIRED | FIELD_FIXED,
                        .doc = "The VLAN's number; 0 is a tag that only carries a priority."},
    [VLAN_PROTOCOL] = {.key = "protocol",
                       .type = FIELD_ENUM,
                       AT(vlan_device, protocol),
                       .choices = protocols,
                       .attribute = IFLA_VLAN_PROTOCOL,
                       .width = 2,
                       .flags = FIELD_FIXED | FIELD_INITIAL | FIELD_BIG_ENDIAN | FIELD_ANY_CASE,
                       .initial = ETH_P_8021Q,
                       .fallback = "802.1Q",
                       .doc = "The tag's type: `802.1ad` is that of a provider's outer tag."},
    [VLAN_REORDER_HDR] = {.key = "reorder-hdr",
                          .type = FIELD_BOOL,
                          AT(vlan_device, reorder_hdr),
                          .flags = FIELD_BY_KIND | FIELD_ON_OFF | FIELD_INITIAL,
                          .initial = 1,
                          .fallback = "true",
                          .doc = "The tag is out of the frame when it comes in."},
    [VLAN_GVRP] = {.key = "gvrp",
                   .type = FIELD_BOOL,
                   AT(vlan_device, gvrp),
                   .flags = FIELD_BY_KIND | FIELD_ON_OFF | FIELD_INITIAL,
                   .fallback = "false",
                   .doc = "Make the VLAN known by GVRP."},
    [VLAN_MVRP] = {.key = "mvrp",
                   .type = FIELD_BOOL,
                   AT(vlan_device, mvrp),
                   .flags = FIELD_BY_KIND | FIELD_ON_OFF | FIELD_INITIAL,
                   .fallback = "false",
                   .doc = "Make the VLAN known by MVRP."},
    [VLAN_LOOSE_BINDING] = {.key = "loose-binding",
                            .type = FIELD_BOOL,
                            AT(vlan_device, loose_binding),
                            .flags = FIELD_BY_KIND | FIELD_ON_OFF | FIELD_INITIAL,
                            .fallback = "false",
                            .doc = "Its state does not follow that of `link`."},
    [VLAN_BRIDGE_BINDING] =
        {.key = "bridge-binding",
         .type = FIELD_BOOL,
         AT(vlan_device, bridge_binding),
         .flags = FIELD_BY_KIND | FIELD_ON_OFF | FIELD_INITIAL,
         .fallback = "false",
         .doc = "On a bridge: it is up while a port that is a member of the VLAN is."},
    [VLAN_INGRESS_QOS] = {.key = "ingress-qos-map",
                          .type = FIELD_LIST,
                          AT(vlan_device, ingress_qos_map),
                          .table = &ingress_table,
                          .flags = FIELD_BY_KIND | FIELD_INITIAL | FIELD_SET,
                          .doc = "Which priority packets get from the tags that they come with."},
    [VLAN_EGRESS_QOS] = {.key = "egress-qos-map",
                         .type = FIELD_LIST,
                         AT(vlan_device, egress_qos_map),
                         .table = &egress_table,
                         .flags = FIELD_BY_KIND | FIELD_INITIAL | FIELD_SET,
                         .doc = "Which priority tags get from the packets that they go with."},
};

static const struct habit vlan_habits[] = {
    {"vid", "it is called 'id'"},         {"tag", "it is called 'id'"},
    {"dev", "it is called 'link'"},       {"parent", "it is called 'link'"},
    {"proto", "it is called 'protocol'"}, {NULL, NULL}};

static const struct table vlan_table = {.name = "vlan",
                                        .size = sizeof(struct vlan_device),
                                        .fields = vlan_fields,
                                        .field_count = COUNT(vlan_fields),
                                        .scalar = -1,
                                        .habits = vlan_habits,
                                        .doc = "Options of a VLAN's interface."};

static const struct {
    enum vlan_option field;
    uint32_t flag;
} flags[] = {{VLAN_REORDER_HDR, VLAN_FLAG_REORDER_HDR},
             {VLAN_GVRP, VLAN_FLAG_GVRP},
             {VLAN_MVRP, VLAN_FLAG_MVRP},
             {VLAN_LOOSE_BINDING, VLAN_FLAG_LOOSE_BINDING},
             {VLAN_BRIDGE_BINDING, VLAN_FLAG_BRIDGE_BINDING}};

/* The lists, and what the kernel calls them. */
static const struct {
    enum vlan_option field;
    uint16_t attribute;
    const char *word;
} maps[] = {{VLAN_INGRESS_QOS, IFLA_VLAN_INGRESS_QOS, "ingress-qos-map"},
            {VLAN_EGRESS_QOS, IFLA_VLAN_EGRESS_QOS, "egress-qos-map"}};

static const struct list *map_of(const struct object *options, enum vlan_option field)
{
    return FIELD_AT(options, &vlan_fields[field]);
}

/* Where a map sends a priority; 0: it does not say. */
static uint32_t leads_to(const struct list *map, uint32_t from)
{
    LIST_EACH (struct qos, qos, map)
        if (qos->from == from)
            return qos->to;
    return 0;
}

/* Each entry that is to be told: those that are new or other, and, as leading to 0, those that are
   wanted no more. 0, or what `tell` returns that is less. */
static int each_told(const struct object *options, const struct object *seen,
                     enum vlan_option field, int (*tell)(void *to, struct ifla_vlan_qos_mapping),
                     void *to)
{
    const struct list *wanted = map_of(options, field);
    const struct list *had = seen ? map_of(seen, field) : NULL;
    int r = 0;

    LIST_EACH (struct qos, qos, wanted)
        if (r >= 0 && (!had || leads_to(had, qos->from) != qos->to))
            r = tell(to, (struct ifla_vlan_qos_mapping){qos->from, qos->to});
    for (const struct qos *qos = had ? (const struct qos *)had->first : NULL; qos && r >= 0;
         qos = (const struct qos *)qos->o.next)
        if (!leads_to(wanted, qos->from))
            r = tell(to, (struct ifla_vlan_qos_mapping){qos->from, 0});
    return r < 0 ? r : 0;
}

static int put_mapping(void *msg, struct ifla_vlan_qos_mapping mapping)
{
    return nla_put(msg, IFLA_VLAN_QOS_MAPPING, sizeof mapping, &mapping);
}

static int put_maps(struct nl_msg *msg, const struct object *options, const struct object *seen)
{
    for (size_t i = 0; i < COUNT(maps); i++) {
        struct nlattr *nest;

        if (!field_is_told(options, seen, maps[i].field))
            continue;
        nest = nla_nest_start(msg, maps[i].attribute);
        if (!nest || each_told(options, seen, maps[i].field, put_mapping, msg) < 0)
            return -ENOMEM;
        nla_nest_end(msg, nest);
    }
    return 0;
}

static int get_lists(const struct nlattr *data, struct object *options, struct arena *arena)
{
    for (size_t i = 0; i < COUNT(maps); i++) {
        const struct nlattr *nest = nla_find(nla_data(data), nla_len(data), maps[i].attribute);
        const struct field *field = &vlan_fields[maps[i].field];
        struct ifla_vlan_qos_mapping mapping;
        struct nlattr *entry;
        int left;

        options->set |= UINT64_C(1) << maps[i].field;
        if (!nest)
            continue;
        nla_for_each_nested(entry, nest, left)
        {
            struct qos *qos = ARENA_NEW(arena, struct qos);

            if (!qos)
                return -ENOMEM;
            nla_memcpy(&mapping, entry, sizeof mapping);
            *qos = (struct qos){{.parent = options,
                                 .table = field->table,
                                 .set = UINT64_C(1) << QOS_FROM | UINT64_C(1) << QOS_TO},
                                mapping.from,
                                mapping.to};
            list_append(FIELD_AT(options, field), &qos->o);
        }
    }
    return 0;
}

static int print_mapping(void *out, struct ifla_vlan_qos_mapping mapping)
{
    fprintf(out, " %u:%u", mapping.from, mapping.to);
    return 0;
}

static void ip(const struct object *options, const struct object *seen, FILE *out)
{
    for (size_t i = 0; i < COUNT(maps); i++) {
        if (!field_is_told(options, seen, maps[i].field) ||
            (!seen && !map_of(options, maps[i].field)->count))
            continue;
        fprintf(out, " %s", maps[i].word);
        (void)each_told(options, seen, maps[i].field, print_mapping, out);
    }
}

static void check_maps(const struct object *options, const struct source *source,
                       struct netlab_report *report)
{
    for (size_t i = 0; i < COUNT(maps); i++) {
        const struct list *map = map_of(options, maps[i].field);

        LIST_EACH (struct qos, qos, map)
            for (const struct object *o = map->first; o != &qos->o; o = o->next)
                if (((const struct qos *)o)->from == qos->from && object_has(&qos->o, QOS_FROM))
                    report_error(report, EINVAL, source, object_mark(&qos->o, QOS_FROM),
                                 "'%s' has priority %u twice", maps[i].word, qos->from);
    }
}

static int put(struct nl_msg *msg, const struct object *options, const struct object *seen)
{
    struct ifla_vlan_flags value = {0};

    for (size_t i = 0; i < COUNT(flags); i++) {
        bool on = *(const bool *)FIELD_AT(options, &vlan_fields[flags[i].field]);

        if (!(seen ? field_differs(seen, options, flags[i].field)
                   : object_has(options, flags[i].field)))
            continue;
        value.mask |= flags[i].flag;
        value.flags |= on ? flags[i].flag : 0;
    }
    if (value.mask && nla_put(msg, IFLA_VLAN_FLAGS, sizeof value, &value) < 0)
        return -ENOMEM;
    return put_maps(msg, options, seen);
}

static void get(const struct nlattr *data, struct object *options)
{
    const struct nlattr *attribute = nla_find(nla_data(data), nla_len(data), IFLA_VLAN_FLAGS);
    struct ifla_vlan_flags value = {0};

    if (attribute && nla_len(attribute) >= (int)sizeof value) /* none is there for no flags */
        memcpy(&value, nla_data(attribute), sizeof value);
    for (size_t i = 0; i < COUNT(flags); i++) {
        *(bool *)FIELD_AT(options, &vlan_fields[flags[i].field]) = value.flags & flags[i].flag;
        options->set |= UINT64_C(1) << flags[i].field;
    }
}

static bool is_twin(const struct iface *iface, const struct iface *other)
{
    return other->kind == iface->kind &&
           ((const struct vlan_device *)iface->options)->id ==
               ((const struct vlan_device *)other->options)->id &&
           option_value(iface->options, VLAN_PROTOCOL) ==
               option_value(other->options, VLAN_PROTOCOL);
}

static void check(const struct iface *iface, const struct source *source,
                  struct netlab_report *report)
{
    const struct iface *twin = stacked_find(iface, is_twin);

    stacked_check(iface, source, report);
    check_maps(iface->options, source, report);
    if (!twin)
        return;
    report_error(report, EINVAL, source, object_mark(iface->options, VLAN_OPTION_ID),
                 "VLAN %u of %s is that of %s already",
                 ((const struct vlan_device *)iface->options)->id, iface_stacked(iface)->lower.name,
                 twin->o.name);
    report_hint(report, "that one is on line %u", twin->o.mark.line);
}

const struct kind kind_vlan = {
    .name = "vlan",
    .flags = KIND_STACKED | KIND_LOWER_MTU | KIND_LOWER_FLAGS,
    .check = check,
    .options = &vlan_table,
    .config = "CONFIG_VLAN_8021Q",
    .module = "8021q",
    .put = put,
    .get = get,
    .get_lists = get_lists,
    .ip = ip,
    .doc = "Frames with one VLAN's tag, of another interface.",
};
