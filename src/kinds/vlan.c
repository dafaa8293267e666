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
};

struct vlan_device {
    struct stacked stacked;
    uint32_t id, protocol;
    bool reorder_hdr, gvrp, mvrp, loose_binding, bridge_binding;
};

static const struct choice protocols[] = {
    {"802.1Q", ETH_P_8021Q}, {"802.1ad", ETH_P_8021AD}, {"802.1q", ETH_P_8021Q}, {NULL, 0}};

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
                       .flags = FIELD_FIXED | FIELD_INITIAL | FIELD_BIG_ENDIAN,
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
    return value.mask && nla_put(msg, IFLA_VLAN_FLAGS, sizeof value, &value) < 0 ? -ENOMEM : 0;
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
    .flags = KIND_STACKED | KIND_LOWER_MTU,
    .check = check,
    .options = &vlan_table,
    .config = "CONFIG_VLAN_8021Q",
    .module = "8021q",
    .put = put,
    .get = get,
    .doc = "Frames with one VLAN's tag, of another interface.",
};
