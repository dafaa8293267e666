/* SPDX-License-Identifier: MIT */
/*
 * Job: bridge: its options (IFLA_BR_*).
 * Ranges: net/bridge/br_netlink.c, br_stp_if.c, br_private.h of the kernel.
 */
#include <asm/byteorder.h>
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "base/report.h"
#include "kinds/bridge.h"

/* The bridge's timers count in hundredths of a second (USER_HZ). */
#define CENTISECONDS .unit = 10000000

enum {
    PORTS_MANY = 64,
    STARTUP_INTERVAL = 3125, /* a quarter of the query interval … */
    STARTUP_TICKS = 3124,    /* … as a kernel tells it whose ticks are 4 ms */
};

/* Counts and intervals of multicast's queries. */
#define MCAST_COUNT(word, member, type_of, begins, text)                                           \
    {                                                                                              \
        .key = (word), .type = FIELD_UINT, AT(bridge, member), .max = UINT32_MAX,                  \
        .attribute = (type_of), .width = 4, .flags = FIELD_INITIAL, .initial = (begins),           \
        .fallback = #begins, .doc = text                                                           \
    }
enum {
    INTERVAL_MAX = 100000000,
    QUERY_MIN = 100,         /* BR_MULTICAST_QUERY_INTVL_MIN */
    QUERY_MAX = 24 * 360000, /* BR_MULTICAST_QUERY_INTVL_MAX: newer kernels make a day of more */
};
#define MCAST_INTERVAL(word, member, type_of, least, most, begins, other, text)                    \
    {                                                                                              \
        .key = (word), .type = FIELD_DURATION, AT(bridge, member), CENTISECONDS, .min = (least),   \
        .max = (most), .attribute = (type_of), .width = 8, .flags = FIELD_INITIAL,                 \
        .initial = (begins), .fallback = (other), .doc = text                                      \
    }

/* An option that is off, of an attribute of a byte. */
#define SWITCH(word, member, type_of, text)                                                        \
    {                                                                                              \
        .key = (word), .type = FIELD_BOOL, AT(bridge, member), .attribute = (type_of), .width = 1, \
        .flags = FIELD_INITIAL, .fallback = "false", .doc = text                                   \
    }

/* As the kernel takes them: in the order of bytes on the wire. */
static const struct choice choices_protocol[] = {{"802.1Q", __constant_htons(ETH_P_8021Q)},
                                                 {"802.1ad", __constant_htons(ETH_P_8021AD)},
                                                 {NULL, 0}};

static const struct field bridge_fields[] = {
    [BRIDGE_PORTS] = {.key = "ports",
                      .type = FIELD_MAP,
                      AT(bridge, ports),
                      .table = &bridge_port_table,
                      .flags = FIELD_NAMES_OK,
                      .doc = "Its members: a list of names, or a mapping from names to options."},
    [BRIDGE_STP] = {.key = "stp",
                    .type = FIELD_BOOL,
                    AT(bridge, stp),
                    .attribute = IFLA_BR_STP_STATE,
                    .width = 4,
                    .ip = "stp_state",
                    .fallback = "false",
                    .flags = FIELD_INITIAL,
                    .initial = 0,
                    .doc = "Spanning tree protocol. A port forwards after twice `forward-delay`."},
    [BRIDGE_PRIORITY] = {.key = "priority",
                         .type = FIELD_UINT,
                         AT(bridge, priority),
                         .max = 65535,
                         .attribute = IFLA_BR_PRIORITY,
                         .width = 2,
                         .fallback = "32768",
                         .flags = FIELD_INITIAL,
                         .initial = 32768,
                         .doc = "STP: the lowest becomes the root."},
    [BRIDGE_FORWARD_DELAY] = {.key = "forward-delay",
                              .type = FIELD_DURATION,
                              AT(bridge, forward_delay),
                              CENTISECONDS,
                              .max = 3000,
                              .attribute = IFLA_BR_FORWARD_DELAY,
                              .width = 4,
                              .fallback = "15s",
                              .flags = FIELD_INITIAL,
                              .initial = 1500,
                              .doc = "STP: how long a port listens, and then learns."},
    [BRIDGE_HELLO_TIME] = {.key = "hello-time",
                           .type = FIELD_DURATION,
                           AT(bridge, hello_time),
                           CENTISECONDS,
                           .min = 100,
                           .max = 1000,
                           .attribute = IFLA_BR_HELLO_TIME,
                           .width = 4,
                           .fallback = "2s",
                           .flags = FIELD_INITIAL,
                           .initial = 200,
                           .doc = "STP: time between hellos."},
    [BRIDGE_MAX_AGE] = {.key = "max-age",
                        .type = FIELD_DURATION,
                        AT(bridge, max_age),
                        CENTISECONDS,
                        .min = 600,
                        .max = 4000,
                        .attribute = IFLA_BR_MAX_AGE,
                        .width = 4,
                        .fallback = "20s",
                        .flags = FIELD_INITIAL,
                        .initial = 2000,
                        .doc = "STP: after this silence a bridge counts as gone."},
    [BRIDGE_AGEING_TIME] = {.key = "ageing-time",
                            .type = FIELD_DURATION,
                            AT(bridge, ageing_time),
                            CENTISECONDS,
                            .max = 100000000,
                            .attribute = IFLA_BR_AGEING_TIME,
                            .width = 4,
                            .fallback = "300s",
                            .flags = FIELD_INITIAL,
                            .initial = 30000,
                            .doc = "How long a learned address is kept; `0`: not at all."},
    [BRIDGE_VLAN_FILTERING] = {.key = "vlan-filtering",
                               .type = FIELD_BOOL,
                               AT(bridge, vlan_filtering),
                               .attribute = IFLA_BR_VLAN_FILTERING,
                               .width = 1,
                               .fallback = "false",
                               .flags = FIELD_INITIAL,
                               .initial = 0,
                               .needs = "CONFIG_BRIDGE_VLAN_FILTERING",
                               .doc = "It looks at VLANs: frames of one leave by ports that are in "
                                      "it, and by no others."},
    [BRIDGE_VLAN_PROTOCOL] = {.key = "vlan-protocol",
                              .type = FIELD_ENUM,
                              AT(bridge, vlan_protocol),
                              .choices = choices_protocol,
                              .attribute = IFLA_BR_VLAN_PROTOCOL,
                              .width = 2,
                              .fallback = "802.1Q",
                              .flags = FIELD_INITIAL | FIELD_ANY_CASE,
                              .initial = __constant_htons(ETH_P_8021Q),
                              .needs = "CONFIG_BRIDGE_VLAN_FILTERING",
                              .doc = "The tags that it looks at."},
    [BRIDGE_VLAN_DEFAULT_PVID] = {.key = "vlan-default-pvid",
                                  .type = FIELD_UINT,
                                  AT(bridge, vlan_default_pvid),
                                  .max = VLAN_MAX,
                                  .attribute = IFLA_BR_VLAN_DEFAULT_PVID,
                                  .width = 2,
                                  .fallback = "1",
                                  .flags = FIELD_INITIAL,
                                  .initial = 1,
                                  .needs = "CONFIG_BRIDGE_VLAN_FILTERING",
                                  .doc = "The VLAN, as PVID and untagged, of the bridge itself and "
                                         "of ports that say nothing of VLANs; `0`: none."},
    [BRIDGE_VLANS] = {.key = "vlans",
                      .type = FIELD_LIST,
                      AT(bridge, vlans),
                      .table = &table_vlan,
                      .flags = FIELD_EMPTY_OK,
                      .fallback = "what `vlan-default-pvid` gives",
                      .doc = "The VLANs that the bridge is in itself, as a host: those that its "
                             "own addresses, and VLAN interfaces on it, can be reached by."},
    [BRIDGE_GROUP_FWD_MASK] = {.key = "group-fwd-mask",
                               .type = FIELD_UINT,
                               AT(bridge, group_fwd_mask),
                               .max = 65535,
                               .attribute = IFLA_BR_GROUP_FWD_MASK,
                               .width = 2,
                               .fallback = "0",
                               .flags = FIELD_INITIAL,
                               .initial = 0,
                               .doc = "Which link-local group addresses (01:80:c2:00:00:0X) it "
                                      "forwards: bit X; not 0, 1 and 2."},
    [BRIDGE_MCAST_SNOOPING] = {.key = "mcast-snooping",
                               .type = FIELD_BOOL,
                               AT(bridge, mcast_snooping),
                               .attribute = IFLA_BR_MCAST_SNOOPING,
                               .width = 1,
                               .fallback = "true",
                               .flags = FIELD_INITIAL,
                               .initial = 1,
                               .needs = "CONFIG_BRIDGE_IGMP_SNOOPING",
                               .doc = "IGMP and MLD snooping."},
    [BRIDGE_MCAST_QUERIER] = {.key = "mcast-querier",
                              .type = FIELD_BOOL,
                              AT(bridge, mcast_querier),
                              .attribute = IFLA_BR_MCAST_QUERIER,
                              .width = 1,
                              .fallback = "false",
                              .flags = FIELD_INITIAL,
                              .initial = 0,
                              .needs = "CONFIG_BRIDGE_IGMP_SNOOPING",
                              .doc = "Ask for group members itself."},
    [BRIDGE_MCAST_ROUTER] = {.key = "mcast-router",
                             .type = FIELD_UINT,
                             AT(bridge, mcast_router),
                             .max = 2, /* MDB_RTR_TYPE_PERM */
                             .attribute = IFLA_BR_MCAST_ROUTER,
                             .width = 1,
                             .fallback = "1",
                             .flags = FIELD_INITIAL,
                             .initial = 1,
                             .needs = "CONFIG_BRIDGE_IGMP_SNOOPING",
                             .doc = "Whether it is a multicast router itself: 0 never, 1 when it "
                                    "behaves like one, 2 always."},
    [BRIDGE_MCAST_IGMP_VERSION] = {.key = "mcast-igmp-version",
                                   .type = FIELD_UINT,
                                   AT(bridge, mcast_igmp_version),
                                   .min = 2,
                                   .max = 3,
                                   .attribute = IFLA_BR_MCAST_IGMP_VERSION,
                                   .width = 1,
                                   .fallback = "2",
                                   .flags = FIELD_INITIAL,
                                   .initial = 2,
                                   .needs = "CONFIG_BRIDGE_IGMP_SNOOPING",
                                   .doc = "The version of IGMP that it asks with."},
    [BRIDGE_MCAST_MLD_VERSION] = {.key = "mcast-mld-version",
                                  .type = FIELD_UINT,
                                  AT(bridge, mcast_mld_version),
                                  .min = 1,
                                  .max = 2,
                                  .attribute = IFLA_BR_MCAST_MLD_VERSION,
                                  .width = 1,
                                  .fallback = "1",
                                  .flags = FIELD_INITIAL,
                                  .initial = 1,
                                  .needs = "CONFIG_BRIDGE_IGMP_SNOOPING",
                                  .doc = "The version of MLD that it asks with."},
    [BRIDGE_MCAST_QUERY_USE_IFADDR] =
        SWITCH("mcast-query-use-ifaddr", mcast_query_use_ifaddr, IFLA_BR_MCAST_QUERY_USE_IFADDR,
               "Ask with its own IPv4 address, and not with 0.0.0.0."),
    [BRIDGE_MCAST_STATS] = SWITCH("mcast-stats-enabled", mcast_stats, IFLA_BR_MCAST_STATS_ENABLED,
                                  "Count messages of IGMP and MLD."),
    [BRIDGE_MCAST_VLAN_SNOOPING] = {.key = "mcast-vlan-snooping",
                                    .type = FIELD_BOOL,
                                    AT(bridge, mcast_vlan_snooping),
                                    .flags = FIELD_INITIAL | FIELD_BY_KIND,
                                    .fallback = "false",
                                    .since = "5.15",
                                    .doc = "Snoop in each VLAN; needs `vlan-filtering`."},
    [BRIDGE_MCAST_HASH_MAX] = MCAST_COUNT("mcast-hash-max", mcast_hash_max, IFLA_BR_MCAST_HASH_MAX,
                                          4096, "How many groups it knows at most."),
    [BRIDGE_MCAST_LAST_MEMBER_COUNT] = MCAST_COUNT(
        "mcast-last-member-count", mcast_last_member_count, IFLA_BR_MCAST_LAST_MEMBER_CNT, 2,
        "How often it asks for others when a member has left a group."),
    [BRIDGE_MCAST_LAST_MEMBER_INTERVAL] = MCAST_INTERVAL(
        "mcast-last-member-interval", mcast_last_member_interval, IFLA_BR_MCAST_LAST_MEMBER_INTVL,
        0, INTERVAL_MAX, 100, "1s", "Time between these."),
    [BRIDGE_MCAST_MEMBERSHIP_INTERVAL] = MCAST_INTERVAL(
        "mcast-membership-interval", mcast_membership_interval, IFLA_BR_MCAST_MEMBERSHIP_INTVL, 0,
        INTERVAL_MAX, 26000, "260s", "After this silence a member counts as gone."),
    [BRIDGE_MCAST_QUERIER_INTERVAL] = MCAST_INTERVAL(
        "mcast-querier-interval", mcast_querier_interval, IFLA_BR_MCAST_QUERIER_INTVL, 0,
        INTERVAL_MAX, 25500, "255s", "After this silence another one that asks counts as gone."),
    [BRIDGE_MCAST_QUERY_INTERVAL] =
        MCAST_INTERVAL("mcast-query-interval", mcast_query_interval, IFLA_BR_MCAST_QUERY_INTVL,
                       QUERY_MIN, QUERY_MAX, 12500, "125s", "`mcast-querier`: how often it asks."),
    [BRIDGE_MCAST_QUERY_RESPONSE_INTERVAL] =
        MCAST_INTERVAL("mcast-query-response-interval", mcast_query_response_interval,
                       IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, 0, INTERVAL_MAX, 1000, "10s",
                       "How long members may take to answer."),
    [BRIDGE_MCAST_STARTUP_QUERY_COUNT] =
        MCAST_COUNT("mcast-startup-query-count", mcast_startup_query_count,
                    IFLA_BR_MCAST_STARTUP_QUERY_CNT, 2, "How often it asks when it comes up."),
    [BRIDGE_MCAST_STARTUP_QUERY_INTERVAL] =
        MCAST_INTERVAL("mcast-startup-query-interval", mcast_startup_query_interval,
                       IFLA_BR_MCAST_STARTUP_QUERY_INTVL, QUERY_MIN, QUERY_MAX, STARTUP_INTERVAL,
                       "31.25s", "Time between these."),
    [BRIDGE_VLAN_STATS] = {.key = "vlan-stats-enabled",
                           .type = FIELD_BOOL,
                           AT(bridge, vlan_stats),
                           .attribute = IFLA_BR_VLAN_STATS_ENABLED,
                           .width = 1,
                           .fallback = "false",
                           .flags = FIELD_INITIAL,
                           .needs = "CONFIG_BRIDGE_VLAN_FILTERING",
                           .doc = "Count each VLAN's packets."},
    [BRIDGE_NO_LINKLOCAL_LEARN] = {.key = "no-linklocal-learn",
                                   .type = FIELD_BOOL,
                                   AT(bridge, no_linklocal_learn),
                                   .flags = FIELD_INITIAL | FIELD_BY_KIND,
                                   .fallback = "false",
                                   .since = "5.0",
                                   .doc = "Frames to link-local group addresses teach it nothing."},
    [BRIDGE_NF_CALL_IPTABLES] = {.key = "nf-call-iptables",
                                 .type = FIELD_BOOL,
                                 AT(bridge, nf_call_iptables),
                                 .attribute = IFLA_BR_NF_CALL_IPTABLES,
                                 .width = 1,
                                 .fallback = "false",
                                 .flags = FIELD_INITIAL,
                                 .initial = 0,
                                 .needs = "CONFIG_BRIDGE_NETFILTER",
                                 .doc = "Bridged IPv4 passes the IP firewall (br_netfilter)."},
    [BRIDGE_NF_CALL_IP6TABLES] = {.key = "nf-call-ip6tables",
                                  .type = FIELD_BOOL,
                                  AT(bridge, nf_call_ip6tables),
                                  .attribute = IFLA_BR_NF_CALL_IP6TABLES,
                                  .width = 1,
                                  .fallback = "false",
                                  .flags = FIELD_INITIAL,
                                  .initial = 0,
                                  .needs = "CONFIG_BRIDGE_NETFILTER",
                                  .doc = "The same for IPv6."},
    [BRIDGE_NF_CALL_ARPTABLES] = {.key = "nf-call-arptables",
                                  .type = FIELD_BOOL,
                                  AT(bridge, nf_call_arptables),
                                  .attribute = IFLA_BR_NF_CALL_ARPTABLES,
                                  .width = 1,
                                  .fallback = "false",
                                  .flags = FIELD_INITIAL,
                                  .initial = 0,
                                  .needs = "CONFIG_BRIDGE_NETFILTER",
                                  .doc = "The same for ARP."},
};

static const struct habit bridge_habits[] = {
    {"stp-state", "it is called 'stp'"},
    {"members", "it is called 'ports'"},
    {"slaves", "it is called 'ports'"},
    {"interfaces", "it is called 'ports'"},
    {"parameters", "its options stand beside 'type'"},
    {"vlan-aware", "it is called 'vlan-filtering'"},
    {"bridge-vlan-aware", "it is called 'vlan-filtering'"},
    {"default-pvid", "it is called 'vlan-default-pvid'"},
    {"aging-time", "it is spelt 'ageing-time'"},
    {"mst-enabled", LEFT_OUT "it can be told only "
                             "before there are VLANs"},
    {"vlan-stats-per-port", LEFT_OUT "it can be told only "
                                     "before there are VLANs"},
    {"mcast-hash-elasticity", LEFT_OUT "the kernel ignores it"},
    {"group-address", LEFT_OUT "it stays 01:80:c2:00:00:00"},
    {"fdb-flush", LEFT_OUT "it is a command, no setting"},
    {"fdb-max-learned", LEFT_OUT "it is newer (Linux 6.7) "
                                 "than the kernels netlab is tested on"},
    {NULL, NULL}};

static const struct table bridge_table = {.name = "bridge",
                                          .size = sizeof(struct bridge),
                                          .fields = bridge_fields,
                                          .field_count = COUNT(bridge_fields),
                                          .scalar = -1,
                                          .habits = bridge_habits,
                                          .doc = "Options of a bridge."};

/* Bits of one attribute. */
static const struct {
    enum bridge_field field;
    uint32_t bit;
} bits[] = {{BRIDGE_NO_LINKLOCAL_LEARN, 1U << BR_BOOLOPT_NO_LL_LEARN},
            {BRIDGE_MCAST_VLAN_SNOOPING, 1U << BR_BOOLOPT_MCAST_VLAN_SNOOPING}};

static int put(struct nl_msg *msg, const struct object *options, const struct object *seen)
{
    struct br_boolopt_multi multi = {0, 0};

    for (size_t i = 0; i < COUNT(bits); i++)
        if (field_is_told(options, seen, bits[i].field)) {
            multi.optmask |= bits[i].bit;
            if (*(const bool *)FIELD_AT(options, &bridge_fields[bits[i].field]))
                multi.optval |= bits[i].bit;
        }
    return multi.optmask && nla_put(msg, IFLA_BR_MULTI_BOOLOPT, sizeof multi, &multi) < 0 ? -ENOMEM
                                                                                          : 0;
}

static void get_bits(const struct nlattr *data, struct object *options)
{
    struct nlattr *attribute = nla_find(nla_data(data), nla_len(data), IFLA_BR_MULTI_BOOLOPT);
    struct br_boolopt_multi multi = {0, 0};

    if (attribute)
        nla_memcpy(&multi, attribute, sizeof multi);
    for (size_t i = 0; i < COUNT(bits); i++)
        if (multi.optmask & bits[i].bit) {
            *(bool *)FIELD_AT(options, &bridge_fields[bits[i].field]) = multi.optval & bits[i].bit;
            options->set |= UINT64_C(1) << bits[i].field;
        }
}

/* STP's timers depend on each other (IEEE 802.1D-1998, 8.10.2). */
static void check_stp(const struct iface *iface, const struct source *source,
                      struct netlab_report *report)
{
    const struct bridge *bridge = (const struct bridge *)iface->options;
    uint32_t delay = object_has(&bridge->o, BRIDGE_FORWARD_DELAY) ? bridge->forward_delay : 1500;
    uint32_t age = object_has(&bridge->o, BRIDGE_MAX_AGE) ? bridge->max_age : 2000;
    uint32_t hello = object_has(&bridge->o, BRIDGE_HELLO_TIME) ? bridge->hello_time : 200;

    if (!bridge->stp)
        return;
    if (delay < 200) { /* BR_MIN_FORWARD_DELAY holds only with STP */
        report_error(report, EINVAL, source, object_mark(&bridge->o, BRIDGE_FORWARD_DELAY),
                     "forward-delay must be at least 2s with STP");
        return;
    }
    if (2 * (delay - 100) < age)
        report_warning(report, source,
                       object_mark(&bridge->o, object_has(&bridge->o, BRIDGE_FORWARD_DELAY)
                                                   ? BRIDGE_FORWARD_DELAY
                                                   : BRIDGE_MAX_AGE),
                       "STP of bridge %s may be unstable: 2 × (forward-delay - 1s) is less than "
                       "max-age",
                       iface->o.name);
    if (age < 2 * (hello + 100))
        report_warning(report, source,
                       object_mark(&bridge->o, object_has(&bridge->o, BRIDGE_HELLO_TIME)
                                                   ? BRIDGE_HELLO_TIME
                                                   : BRIDGE_MAX_AGE),
                       "STP of bridge %s may be unstable: max-age is less than 2 × (hello-time + "
                       "1s)",
                       iface->o.name);
}

/* BR_GROUPFWD_MACPAUSE */
static void check_port_mask(const struct port *port, const struct source *source,
                            struct netlab_report *report)
{
    if (((const struct bridge_port *)port)->group_fwd_mask & 2)
        report_error(report, EINVAL, source, object_mark(&port->o, PORT_GROUP_FWD_MASK),
                     "group-fwd-mask must not have bit 1: no port forwards pauses");
}

/* BR_GROUPFWD_RESTRICTED */
static void check_mask(const struct bridge *bridge, const struct source *source,
                       struct netlab_report *report)
{
    if (object_has(&bridge->o, BRIDGE_GROUP_FWD_MASK) && bridge->group_fwd_mask & 7)
        report_error(report, EINVAL, source, object_mark(&bridge->o, BRIDGE_GROUP_FWD_MASK),
                     "group-fwd-mask must not have bits 0, 1, 2: no bridge forwards frames of STP, "
                     "pauses and LACP");
}

static void check(const struct iface *iface, const struct source *source,
                  struct netlab_report *report)
{
    check_mask((const struct bridge *)iface->options, source, report);
    check_stp(iface, source, report);
    if (((const struct bridge *)iface->options)->mcast_vlan_snooping &&
        !bridge_is_vlan_aware(iface))
        report_error(report, EINVAL, source,
                     object_mark(iface->options, BRIDGE_MCAST_VLAN_SNOOPING),
                     "'mcast-vlan-snooping' needs 'vlan-filtering: true'");
    bridge_check_vlans(iface, source, report);
}

/*
 * With multicast snooping on, each port that comes up is looked for in all the others' lists: many
 * ports are added to a bridge that does not snoop yet.
 */
static bool has_scaffold(const struct iface *iface)
{
    const struct bridge *bridge = (const struct bridge *)iface->options;
    size_t ports = 0;

    if (object_has(&bridge->o, BRIDGE_MCAST_SNOOPING) && !bridge->mcast_snooping)
        return false;
    LIST_EACH (struct iface, other, &iface_netns(iface)->interfaces)
        ports += other->master == iface;
    return ports >= PORTS_MANY;
}

/* With STP the timers are those of the root, and a change of topology shortens ageing. */
static void get(const struct nlattr *data, struct object *options)
{
    struct nlattr *root = nla_find(nla_data(data), nla_len(data), IFLA_BR_ROOT_ID);
    struct nlattr *own = nla_find(nla_data(data), nla_len(data), IFLA_BR_BRIDGE_ID);
    struct nlattr *changing = nla_find(nla_data(data), nla_len(data), IFLA_BR_TOPOLOGY_CHANGE);
    const uint64_t timers = UINT64_C(1) << BRIDGE_FORWARD_DELAY | UINT64_C(1) << BRIDGE_HELLO_TIME |
                            UINT64_C(1) << BRIDGE_MAX_AGE;

    get_bits(data, options);
    if (((struct bridge *)options)->mcast_startup_query_interval == STARTUP_TICKS)
        ((struct bridge *)options)->mcast_startup_query_interval = STARTUP_INTERVAL;
    if (!((struct bridge *)options)->stp)
        return;
    if (root && own && nla_memcmp(root, nla_data(own), (size_t)nla_len(own)) != 0)
        options->set &= ~timers;
    if (changing && nla_get_u8(changing))
        options->set &= ~(UINT64_C(1) << BRIDGE_AGEING_TIME);
}

static bool is_slow(const struct iface *iface)
{
    return ((const struct bridge *)iface->options)->stp;
}

/* Blocked is an answer, too: that is how STP cuts a loop. */
static bool port_settles(const struct nlattr *data)
{
    const struct nlattr *state = nla_find(nla_data(data), nla_len(data), IFLA_BRPORT_STATE);
    uint8_t now = state ? nla_get_u8(state) : BR_STATE_FORWARDING;

    return now == BR_STATE_LISTENING || now == BR_STATE_LEARNING;
}

static int put_scaffold(struct nl_msg *msg, bool stands)
{
    return nla_put_u8(msg, IFLA_BR_MCAST_SNOOPING, !stands) < 0 ? -ENOMEM : 0;
}

static void check_port(const struct port *port, const struct source *source,
                       struct netlab_report *report)
{
    if (port->iface->kind == &kind_vrf || port->iface->kind == &kind_ipvlan)
        report_error(report, EINVAL, source, port->o.mark, "%s %s can not be a port of a bridge",
                     port->iface->kind->name, port->iface->o.name);
    else if (port->iface->kind == &kind_bridge)
        report_error(report, EINVAL, source, port->o.mark,
                     "bridge %s can not be a port of a bridge; join them by a link",
                     port->iface->o.name);
    else if (port->iface->kind && port->iface->kind->flags & KIND_NO_ETHERNET)
        report_error(report, EINVAL, source, port->o.mark,
                     "%s can not be a port of a bridge: type %s carries no Ethernet frames",
                     port->iface->o.name, port->iface->kind->name);
    else if (!port->iface->kind)
        report_error(report, EINVAL, source, port->o.mark, "lo can not be a port of a bridge");
    check_port_mask(port, source, report);
    bridge_check_port_vlans(port, source, report);
}

enum { COST_UNKNOWN = 100 }; /* port_cost() in net/bridge/br_if.c */

/* What stands on something has the speed of that; without, none. */
static bool claims_speed(const struct iface *iface)
{
    const struct stacked *stacked = iface_stacked(iface);

    if (iface->kind->flags & KIND_NO_SPEED || (stacked && !stacked->lower.name))
        return false;
    return !stacked || !stacked->lower.iface || claims_speed(stacked->lower.iface);
}

/* A bond is as fast as its own members are; a tap as its program says, or as the kernel's age has
   it: 10 Mbit/s up to Linux 6.1, then 10 Gbit/s. */
static bool has_any_speed(const struct iface *iface)
{
    return iface_ports(iface) || iface->kind->tun;
}

static bool settle_port(struct port *port, const struct port *seen, const struct port *owned)
{
    struct bridge_port *own = (struct bridge_port *)port;

    if (object_has(&port->o, PORT_COST))
        return true;
    if (!claims_speed(port->iface)) {
        own->cost = COST_UNKNOWN;
    } else if (has_any_speed(port->iface) && seen && seen->o.table == port->o.table) {
        own->cost = ((const struct bridge_port *)seen)->cost;
        return !owned || owned->o.table != port->o.table || !object_has(&owned->o, PORT_COST);
    }
    return true;
}

const struct kind kind_bridge = {
    .name = "bridge",
    .flags = KIND_MEMBERS | KIND_PLUG | KIND_COMMON,
    .options = &bridge_table,
    .ports = offsetof(struct bridge, ports),
    .port_options = &bridge_port_table,
    .doc = "An Ethernet switch.",
    .check = check,
    .has_scaffold = has_scaffold,
    .put_scaffold = put_scaffold,
    .put = put,
    .get = get,
    .is_slow = is_slow,
    .port_settles = port_settles,
    .check_port = check_port,
    .settle_port = settle_port,
    .is_vlan_aware = bridge_is_vlan_aware,
    .first_pvid = bridge_first_pvid,
    .adopt = bridge_adopt,
    .make_vlans = bridge_make_vlans,
    .tell_vlans = bridge_tell_vlans,
};
