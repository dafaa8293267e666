/* SPDX-License-Identifier: MIT */
/*
 * Job: bridge: its options (IFLA_BR_*) and those of its ports (IFLA_BRPORT_*).
 * Ranges: net/bridge/br_netlink.c, br_stp_if.c, br_private.h of the kernel.
 */
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <netlink/attr.h>

#include "base/report.h"
#include "kinds/kind.h"

/* The bridge's timers count in hundredths of a second (USER_HZ). */
#define CENTISECONDS .unit = 10000000

enum { PORTS_MANY = 64 };

enum bridge_field {
    BRIDGE_PORTS,
    BRIDGE_STP,
    BRIDGE_PRIORITY,
    BRIDGE_FORWARD_DELAY,
    BRIDGE_HELLO_TIME,
    BRIDGE_MAX_AGE,
    BRIDGE_AGEING_TIME,
    BRIDGE_GROUP_FWD_MASK,
    BRIDGE_MCAST_SNOOPING,
    BRIDGE_MCAST_QUERIER,
    BRIDGE_MCAST_IGMP_VERSION,
    BRIDGE_MCAST_MLD_VERSION,
    BRIDGE_NF_CALL_IPTABLES,
    BRIDGE_NF_CALL_IP6TABLES,
    BRIDGE_NF_CALL_ARPTABLES,
};

struct bridge {
    struct object o; /* parent: the interface */
    struct list ports;
    bool stp, mcast_snooping, mcast_querier;
    bool nf_call_iptables, nf_call_ip6tables, nf_call_arptables;
    uint32_t priority, forward_delay, hello_time, max_age, ageing_time, group_fwd_mask;
    uint32_t mcast_igmp_version, mcast_mld_version;
};

struct bridge_port {
    struct port port;
    bool hairpin, isolated, learning, flood, mcast_flood, guard, fastleave;
    uint32_t cost, priority;
};

static const struct field port_fields[] = {
    {.key = "hairpin",
     .type = FIELD_BOOL,
     .flags = FIELD_ON_OFF | FIELD_INITIAL,
     .initial = 0,
     AT(bridge_port, hairpin),
     .attribute = IFLA_BRPORT_MODE,
     .width = 1,
     .fallback = "false",
     .doc = "Frames may leave by the port they came in by."},
    {.key = "isolated",
     .type = FIELD_BOOL,
     .flags = FIELD_ON_OFF | FIELD_INITIAL,
     .initial = 0,
     AT(bridge_port, isolated),
     .attribute = IFLA_BRPORT_ISOLATED,
     .width = 1,
     .fallback = "false",
     .doc = "Isolated ports do not talk to each other, only to the others."},
    {.key = "learning",
     .type = FIELD_BOOL,
     .flags = FIELD_ON_OFF | FIELD_INITIAL,
     .initial = 1,
     AT(bridge_port, learning),
     .attribute = IFLA_BRPORT_LEARNING,
     .width = 1,
     .fallback = "true",
     .doc = "Learn addresses from frames that come in."},
    {.key = "flood",
     .type = FIELD_BOOL,
     .flags = FIELD_ON_OFF | FIELD_INITIAL,
     .initial = 1,
     AT(bridge_port, flood),
     .attribute = IFLA_BRPORT_UNICAST_FLOOD,
     .width = 1,
     .fallback = "true",
     .doc = "Frames to unknown addresses leave here too."},
    {.key = "mcast-flood",
     .type = FIELD_BOOL,
     .flags = FIELD_ON_OFF | FIELD_INITIAL,
     .initial = 1,
     AT(bridge_port, mcast_flood),
     .attribute = IFLA_BRPORT_MCAST_FLOOD,
     .width = 1,
     .fallback = "true",
     .doc = "Multicast that nobody asked for leaves here too."},
    {.key = "guard",
     .type = FIELD_BOOL,
     .flags = FIELD_ON_OFF | FIELD_INITIAL,
     .initial = 0,
     AT(bridge_port, guard),
     .attribute = IFLA_BRPORT_GUARD,
     .width = 1,
     .fallback = "false",
     .doc = "STP: frames of other bridges (BPDUs) are not taken."},
    {.key = "fastleave",
     .type = FIELD_BOOL,
     .flags = FIELD_ON_OFF | FIELD_INITIAL,
     .initial = 0,
     AT(bridge_port, fastleave),
     .attribute = IFLA_BRPORT_FAST_LEAVE,
     .width = 1,
     .fallback = "false",
     .ip = "fastleave",
     .doc = "Stop multicast at once when a leave message comes in."},
    {.key = "cost",
     .type = FIELD_UINT,
     AT(bridge_port, cost),
     .min = 1,
     .max = 65535, /* BR_MAX_PATH_COST */
     .attribute = IFLA_BRPORT_COST,
     .width = 4,
     .flags = FIELD_INITIAL,
     .initial = 2, /* port_cost() in net/bridge/br_if.c, of the 10 Gbit/s that a veth claims */
     .doc = "STP: the path cost."},
    {.key = "priority",
     .type = FIELD_UINT,
     AT(bridge_port, priority),
     .max = 63, /* BR_MAX_PORT_PRIORITY */
     .attribute = IFLA_BRPORT_PRIORITY,
     .width = 2,
     .fallback = "32",
     .flags = FIELD_INITIAL,
     .initial = 32,
     .doc = "STP: the port's priority."},
};

static const struct habit port_habits[] = {{"path-cost", "it is called 'cost'"},
                                           {"port-priority", "it is called 'priority'"},
                                           {"bpdu-guard", "it is called 'guard'"},
                                           {"unicast-flood", "it is called 'flood'"},
                                           {NULL, NULL}};

static const struct table port_table = {.name = "bridge port",
                                        .size = sizeof(struct bridge_port),
                                        .fields = port_fields,
                                        .field_count = COUNT(port_fields),
                                        .scalar = -1,
                                        .names = NAMES_IFACE,
                                        .habits = port_habits,
                                        .null_ok = true,
                                        .doc = "An interface whose master the bridge is."};

static const struct field bridge_fields[] = {
    [BRIDGE_PORTS] = {.key = "ports",
                      .type = FIELD_MAP,
                      AT(bridge, ports),
                      .table = &port_table,
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
                                      "forwards: bit X."},
    [BRIDGE_MCAST_SNOOPING] = {.key = "mcast-snooping",
                               .type = FIELD_BOOL,
                               AT(bridge, mcast_snooping),
                               .attribute = IFLA_BR_MCAST_SNOOPING,
                               .width = 1,
                               .fallback = "true",
                               .flags = FIELD_INITIAL,
                               .initial = 1,
                               .doc = "IGMP and MLD snooping."},
    [BRIDGE_MCAST_QUERIER] = {.key = "mcast-querier",
                              .type = FIELD_BOOL,
                              AT(bridge, mcast_querier),
                              .attribute = IFLA_BR_MCAST_QUERIER,
                              .width = 1,
                              .fallback = "false",
                              .flags = FIELD_INITIAL,
                              .initial = 0,
                              .doc = "Ask for group members itself."},
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
                                  .doc = "The version of MLD that it asks with."},
    [BRIDGE_NF_CALL_IPTABLES] = {.key = "nf-call-iptables",
                                 .type = FIELD_BOOL,
                                 AT(bridge, nf_call_iptables),
                                 .attribute = IFLA_BR_NF_CALL_IPTABLES,
                                 .width = 1,
                                 .fallback = "false",
                                 .flags = FIELD_INITIAL,
                                 .initial = 0,
                                 .doc = "Bridged IPv4 passes the IP firewall (br_netfilter)."},
    [BRIDGE_NF_CALL_IP6TABLES] = {.key = "nf-call-ip6tables",
                                  .type = FIELD_BOOL,
                                  AT(bridge, nf_call_ip6tables),
                                  .attribute = IFLA_BR_NF_CALL_IP6TABLES,
                                  .width = 1,
                                  .fallback = "false",
                                  .flags = FIELD_INITIAL,
                                  .initial = 0,
                                  .doc = "The same for IPv6."},
    [BRIDGE_NF_CALL_ARPTABLES] = {.key = "nf-call-arptables",
                                  .type = FIELD_BOOL,
                                  AT(bridge, nf_call_arptables),
                                  .attribute = IFLA_BR_NF_CALL_ARPTABLES,
                                  .width = 1,
                                  .fallback = "false",
                                  .flags = FIELD_INITIAL,
                                  .initial = 0,
                                  .doc = "The same for ARP."},
};

static const struct habit bridge_habits[] = {{"stp-state", "it is called 'stp'"},
                                             {"members", "it is called 'ports'"},
                                             {"slaves", "it is called 'ports'"},
                                             {"interfaces", "it is called 'ports'"},
                                             {"parameters", "its options stand beside 'type'"},
                                             {"aging-time", "it is spelt 'ageing-time'"},
                                             {NULL, NULL}};

static const struct table bridge_table = {.name = "bridge",
                                          .size = sizeof(struct bridge),
                                          .fields = bridge_fields,
                                          .field_count = COUNT(bridge_fields),
                                          .scalar = -1,
                                          .habits = bridge_habits,
                                          .doc = "Options of a bridge."};

/* STP's timers depend on each other (IEEE 802.1D-1998, 8.10.2). */
static void check(const struct iface *iface, const struct source *source,
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
    if (port->iface->kind == &kind_bridge)
        report_error(report, EINVAL, source, port->o.mark,
                     "bridge %s can not be a port of a bridge; join them by a link",
                     port->iface->o.name);
    else if (port->iface->kind && port->iface->kind->flags & KIND_NO_ETHERNET)
        report_error(report, EINVAL, source, port->o.mark,
                     "%s can not be a port of a bridge: type %s carries no Ethernet frames",
                     port->iface->o.name, port->iface->kind->name);
    else if (!port->iface->kind)
        report_error(report, EINVAL, source, port->o.mark, "lo can not be a port of a bridge");
}

const struct kind kind_bridge = {
    .name = "bridge",
    .flags = KIND_MEMBERS | KIND_PLUG,
    .options = &bridge_table,
    .ports = offsetof(struct bridge, ports),
    .port_options = &port_table,
    .doc = "An Ethernet switch.",
    .check = check,
    .has_scaffold = has_scaffold,
    .put_scaffold = put_scaffold,
    .get = get,
    .is_slow = is_slow,
    .port_settles = port_settles,
    .check_port = check_port,
};
