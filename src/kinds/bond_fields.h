/* SPDX-License-Identifier: MIT */
/*
 * Job: the words of a bond and its ports.
 * Depends on: kind.
 */
#ifndef NETLAB_KINDS_BOND_FIELDS_H
#define NETLAB_KINDS_BOND_FIELDS_H

#include "kinds/kind.h"

enum {
    BOND_TARGETS_MAX = 16,     /* BOND_MAX_ARP_TARGETS, BOND_MAX_NS_TARGETS */
    BOND_MIIMON_DEFAULT = 100, /* ms, BOND_DEFAULT_MIIMON */
};

enum bond_field {
    BOND_MODE,
    BOND_PORTS,
    BOND_MIIMON,
    BOND_UPDELAY,
    BOND_DOWNDELAY,
    BOND_PEER_NOTIFY_DELAY,
    BOND_ARP_INTERVAL,
    BOND_ARP_IP_TARGET,
    BOND_NS_IP6_TARGET,
    BOND_ARP_VALIDATE,
    BOND_ARP_ALL_TARGETS,
    BOND_ARP_MISSED_MAX,
    BOND_PRIMARY,
    BOND_PRIMARY_RESELECT,
    BOND_FAIL_OVER_MAC,
    BOND_XMIT_HASH_POLICY,
    BOND_RESEND_IGMP,
    BOND_NUM_GRAT_ARP,
    BOND_ALL_SLAVES_ACTIVE,
    BOND_MIN_LINKS,
    BOND_LP_INTERVAL,
    BOND_PACKETS_PER_SLAVE,
    BOND_TLB_DYNAMIC_LB,
    BOND_LACP_RATE,
    BOND_LACP_ACTIVE,
    BOND_AD_SELECT,
    BOND_AD_ACTOR_SYS_PRIO,
    BOND_AD_ACTOR_SYSTEM,
    BOND_AD_USER_PORT_KEY,
};

enum bond_port_field {
    BOND_PORT_QUEUE_ID,
    BOND_PORT_PRIO,
};

struct bond {
    struct object o; /* parent: the interface */
    struct list ports, arp_ip_target, ns_ip6_target;
    uint32_t mode, miimon, updelay, downdelay, peer_notify_delay, arp_interval, arp_validate;
    uint32_t arp_all_targets, arp_missed_max, primary_reselect, fail_over_mac, xmit_hash_policy;
    uint32_t resend_igmp, num_grat_arp, min_links, lp_interval, packets_per_slave, lacp_rate;
    uint32_t ad_select, ad_actor_sys_prio, ad_user_port_key;
    bool all_slaves_active, tlb_dynamic_lb, lacp_active;
    struct mac ad_actor_system;
    struct ifref primary;
};

struct bond_target {
    struct object o;
    struct ip ip;
};

extern const struct table bond_table, bond_port_table;

#endif
