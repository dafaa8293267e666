/* SPDX-License-Identifier: MIT */
/*
 * Job: what the files of the kind bridge share.
 */
#ifndef NETLAB_KINDS_BRIDGE_H
#define NETLAB_KINDS_BRIDGE_H

#include "kinds/kind.h"

enum bridge_field {
    BRIDGE_PORTS,
    BRIDGE_STP,
    BRIDGE_PRIORITY,
    BRIDGE_FORWARD_DELAY,
    BRIDGE_HELLO_TIME,
    BRIDGE_MAX_AGE,
    BRIDGE_AGEING_TIME,
    BRIDGE_VLAN_FILTERING,
    BRIDGE_VLAN_PROTOCOL,
    BRIDGE_VLAN_DEFAULT_PVID,
    BRIDGE_VLANS,
    BRIDGE_GROUP_FWD_MASK,
    BRIDGE_MCAST_SNOOPING,
    BRIDGE_MCAST_QUERIER,
    BRIDGE_MCAST_ROUTER,
    BRIDGE_MCAST_IGMP_VERSION,
    BRIDGE_MCAST_MLD_VERSION,
    BRIDGE_MCAST_QUERY_USE_IFADDR,
    BRIDGE_MCAST_STATS,
    BRIDGE_MCAST_VLAN_SNOOPING,
    BRIDGE_MCAST_HASH_MAX,
    BRIDGE_MCAST_LAST_MEMBER_COUNT,
    BRIDGE_MCAST_LAST_MEMBER_INTERVAL,
    BRIDGE_MCAST_MEMBERSHIP_INTERVAL,
    BRIDGE_MCAST_QUERIER_INTERVAL,
    BRIDGE_MCAST_QUERY_INTERVAL,
    BRIDGE_MCAST_QUERY_RESPONSE_INTERVAL,
    BRIDGE_MCAST_STARTUP_QUERY_COUNT,
    BRIDGE_MCAST_STARTUP_QUERY_INTERVAL,
    BRIDGE_VLAN_STATS,
    BRIDGE_NO_LINKLOCAL_LEARN,
    BRIDGE_NF_CALL_IPTABLES,
    BRIDGE_NF_CALL_IP6TABLES,
    BRIDGE_NF_CALL_ARPTABLES,
};

struct bridge {
    struct object o; /* parent: the interface */
    struct list ports;
    bool stp, vlan_filtering, mcast_snooping, mcast_querier;
    bool nf_call_iptables, nf_call_ip6tables, nf_call_arptables;
    uint32_t priority, forward_delay, hello_time, max_age, ageing_time, group_fwd_mask;
    uint32_t vlan_protocol, vlan_default_pvid; /* the protocol as it is on the wire */
    uint32_t mcast_router, mcast_igmp_version, mcast_mld_version, mcast_hash_max;
    bool mcast_query_use_ifaddr, mcast_stats, mcast_vlan_snooping, vlan_stats, no_linklocal_learn;
    uint32_t mcast_last_member_count, mcast_last_member_interval, mcast_membership_interval;
    uint32_t mcast_querier_interval, mcast_query_interval, mcast_query_response_interval;
    uint32_t mcast_startup_query_count, mcast_startup_query_interval;
    struct list vlans; /* struct vlan */
};

enum bridge_port_field {
    PORT_ACCESS,
    PORT_NATIVE,
    PORT_TRUNK,
    PORT_UNTAGGED,
    PORT_VLANS,
    PORT_HAIRPIN,
    PORT_ISOLATED,
    PORT_LEARNING,
    PORT_FLOOD,
    PORT_MCAST_FLOOD,
    PORT_BCAST_FLOOD,
    PORT_MCAST_TO_UNICAST,
    PORT_MCAST_ROUTER,
    PORT_NEIGH_SUPPRESS,
    PORT_ROOT_BLOCK,
    PORT_GUARD,
    PORT_FASTLEAVE,
    PORT_COST,
    PORT_PRIORITY,
    PORT_LOCKED,
    PORT_GROUP_FWD_MASK,
    PORT_PROXY_ARP,
    PORT_PROXY_ARP_WIFI,
    PORT_VLAN_TUNNEL,
};

struct bridge_port {
    struct port port;
    uint32_t access, native;
    struct list untagged, trunk, vlans; /* struct vlan */
    bool hairpin, isolated, learning, flood, mcast_flood, bcast_flood, mcast_to_unicast;
    bool neigh_suppress, root_block, guard, fastleave;
    bool locked, proxy_arp, proxy_arp_wifi, vlan_tunnel;
    uint32_t mcast_router, cost, priority, group_fwd_mask;
};

extern const struct table bridge_port_table;

/* bridge_vlan.c: see struct kind. */
bool bridge_is_vlan_aware(const struct iface *iface);
unsigned bridge_first_pvid(const struct iface *iface);
int bridge_adopt(struct iface *iface, const struct object *found, const struct source *source,
                 struct netlab_report *report);
int bridge_make_vlans(struct iface *iface, struct arena *arena);
int bridge_tell_vlans(struct iface *iface, struct arena *arena);
/* What may not stand together. */
void bridge_check_vlans(const struct iface *iface, const struct source *source,
                        struct netlab_report *report);
void bridge_check_port_vlans(const struct port *port, const struct source *source,
                             struct netlab_report *report);

#endif
