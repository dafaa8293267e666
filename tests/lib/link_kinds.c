/* SPDX-License-Identifier: MIT */
/*
 * Job: the table of link kinds that all tests read.
 */
#include "link_kinds.h"

#include <stddef.h>
#include <string.h>

const struct link_kind link_kinds[] = {
    {.name = "veth", .yaml = "low: {txqueuelen: @}", .good = "7", .bad = "-7"},
    {.name = "bond",
     .ip = "",
     .yaml = "x: {type: bond, mode: @}",
     .good = "broadcast",
     .bad = "narrowcast",
     .edits = "",
     .options =
         "      b0: {type: bond, mode: active-backup, miimon: 50ms, updelay: 100ms, downdelay: "
         "150ms,\n"
         "           peer-notify-delay: 200ms, primary: e0, primary-reselect: failure,\n"
         "           fail-over-mac: active, resend-igmp: 3, num-grat-arp: 4,\n"
         "           all-slaves-active: true, min-links: 1, ports: {e0: {queue-id: 3, prio: 5}}}\n"
         "      b1: {type: bond, mode: active-backup, arp-interval: 100s, arp-ip-target: "
         "[10.0.0.1],\n"
         "           ns-ip6-target: ['fd00::9'], arp-validate: active, arp-all-targets: all,\n"
         "           arp-missed-max: 5}\n"
         "      b2: {type: bond, mode: balance-tlb, lp-interval: 3s, tlb-dynamic-lb: false,\n"
         "           xmit-hash-policy: layer3+4}\n"
         "      b3: {type: bond, mode: balance-rr, packets-per-slave: 7}\n"
         "      b4: {type: bond, mode: 802.3ad, lacp-rate: fast, lacp-active: false,\n"
         "           ad-select: count, ad-actor-sys-prio: 5, ad-user-port-key: 9,\n"
         "           ad-actor-system: '02:00:00:00:00:05'}\n"},
    {.name = "bridge",
     .yaml = "x: {type: bridge, priority: @}",
     .good = "65535",
     .bad = "65536",
     .edits = "",
     .options =
         "      br0: {type: bridge, stp: true, priority: 4096, forward-delay: 4s, hello-time: 1s,\n"
         "            max-age: 6s}\n"
         "      br1: {type: bridge, mcast-snooping: false}\n"
         "      br2: {type: bridge, ageing-time: 100s, vlan-filtering: true, group-fwd-mask: 16,\n"
         "            vlan-protocol: 802.1AD, vlan-default-pvid: 7, vlans: [7, 9],\n"
         "            vlan-stats-enabled: true, no-linklocal-learn: true,\n"
         "            nf-call-iptables: true, nf-call-ip6tables: true, nf-call-arptables: true,\n"
         "            mcast-querier: true, mcast-router: 2, mcast-igmp-version: 3,\n"
         "            mcast-mld-version: 2, mcast-query-use-ifaddr: true,\n"
         "            mcast-stats-enabled: true, mcast-vlan-snooping: true, mcast-hash-max: 512,\n"
         "            mcast-last-member-count: 3, mcast-last-member-interval: 2s,\n"
         "            mcast-membership-interval: 200s, mcast-querier-interval: 100s,\n"
         "            mcast-query-interval: 50s, mcast-query-response-interval: 5s,\n"
         "            mcast-startup-query-count: 4, mcast-startup-query-interval: 10s,\n"
         "            ports: {e0: {trunk: [10, 9], native: 7, hairpin: true, isolated: true,\n"
         "                         learning: false, flood: false, mcast-flood: false,\n"
         "                         bcast-flood: false, mcast-to-unicast: true, mcast-router: 2,\n"
         "                         neigh-suppress: true, root-block: true, guard: true,\n"
         "                         fastleave: true, cost: 5, priority: 9, locked: true,\n"
         "                         group-fwd-mask: 0x4000, vlan-tunnel: true},\n"
         "                    e1: {access: 9, untagged: [10], proxy-arp: true},\n"
         "                    low: {vlans: [{id: 9, pvid: true}], proxy-arp-wifi: true}}}\n"},
    {.name = "dummy",
     .ip = "",
     .yaml = "x: {type: dummy, mtu: @}",
     .good = "1400",
     .bad = "-1",
     .edits = ""},
    {.name = "geneve",
     .ip = "id 5 remote 192.0.2.1",
     .yaml = "x: {type: geneve, id: 5, remote: 10.0.0.2, dstport: @}",
     .good = "65535",
     .bad = "65536",
     .edits = ", id: @priority, remote: 192.0.2.2",
     .options =
         "      g0: {type: geneve, id: 5, remote: 192.0.2.2, dstport: 5000, ttl: 9, tos: 0x10,\n"
         "           df: set, udpcsum: true}\n"
         "      g1: {type: geneve, id: 6, remote: 'fd00::2', flowlabel: 5, ttl: inherit,\n"
         "           udp6zerocsumtx: true, udp6zerocsumrx: true}\n"},
    {.name = "gre",
     .ip = "local 192.0.2.2 remote 192.0.2.1",
     .yaml = "x: {type: gre, local: 10.0.0.1, remote: 10.0.0.2, ttl: @}",
     .good = "255",
     .bad = "256",
     .edits = ", local: 192.0.2.1, remote: 192.0.2.2, key: @priority",
     .options =
         "      t0: {type: gre, local: 192.0.2.1, remote: 192.0.2.2, dev: low, ttl: 9, tos: 0x10,\n"
         "           fwmark: 5, ikey: 1, okey: 0.0.0.2, iseq: true, ocsum: true}\n"
         "      t1: {type: gre, remote: 192.0.2.3, pmtudisc: false, ignore-df: true, key: 7,\n"
         "           seq: true, csum: true}\n"
         "      t2: {type: gre, remote: 192.0.2.4, oseq: true, icsum: true}\n"},
    {.name = "gretap",
     .ip = "local 192.0.2.2 remote 192.0.2.1",
     .yaml = "x: {type: gretap, local: 10.0.0.1, remote: 10.0.0.2, ttl: @}",
     .good = "255",
     .bad = "256",
     .edits = ", local: 192.0.2.1, remote: 192.0.2.2, key: @priority",
     .options =
         "      t0: {type: gretap, local: 192.0.2.1, remote: 192.0.2.2, dev: low, ttl: 9, tos: "
         "0x10,\n"
         "           fwmark: 5, ikey: 1, okey: 0.0.0.2, iseq: true, ocsum: true}\n"
         "      t1: {type: gretap, remote: 192.0.2.3, pmtudisc: false, ignore-df: true, key: 7,\n"
         "           seq: true, csum: true}\n"
         "      t2: {type: gretap, remote: 192.0.2.4, oseq: true, icsum: true}\n"},
    {.name = "ifb",
     .ip = "",
     .yaml = "x: {type: ifb, txqueuelen: @}",
     .good = "7",
     .bad = "many",
     .edits = ""},
    {.name = "ip6gre",
     .ip = "local fd00::2 remote fd00::1",
     .yaml = "x: {type: ip6gre, local: 'fd00::1', remote: 'fd00::2', hoplimit: @}",
     .good = "9",
     .bad = "256",
     .edits = ", local: 'fd0f::1', remote: 'fd0f::2', key: @priority",
     .options =
         "      t0: {type: ip6gre, local: 'fd00::1', remote: 'fd00::2', dev: low, hoplimit: 9,\n"
         "           tclass: 0x10, fwmark: 5, encaplimit: none, flowlabel: 7, ikey: 1, okey: 2,\n"
         "           iseq: true, ocsum: true, allow-localremote: true}\n"
         "      t1: {type: ip6gre, local: 'fd00::1', remote: 'fd00::3', key: 7, seq: true, csum: "
         "true}\n"
         "      t2: {type: ip6gre, local: 'fd00::1', remote: 'fd00::4', oseq: true, icsum: "
         "true}\n"},
    {.name = "ip6gretap",
     .ip = "local fd00::2 remote fd00::1",
     .yaml = "x: {type: ip6gretap, local: 'fd00::1', remote: 'fd00::2', encaplimit: @}",
     .good = "255",
     .bad = "256",
     .edits = ", local: 'fd0f::1', remote: 'fd0f::2', key: @priority",
     .options =
         "      t0: {type: ip6gretap, local: 'fd00::1', remote: 'fd00::2', dev: low, hoplimit: 9,\n"
         "           tclass: 0x10, fwmark: 5, encaplimit: none, flowlabel: 7, ikey: 1, okey: 2,\n"
         "           iseq: true, ocsum: true, allow-localremote: true}\n"
         "      t1: {type: ip6gretap, local: 'fd00::1', remote: 'fd00::3', key: 7, seq: true, "
         "csum: true}\n"
         "      t2: {type: ip6gretap, local: 'fd00::1', remote: 'fd00::4', oseq: true, icsum: "
         "true}\n"},
    {.name = "ip6tnl",
     .ip = "local fd00::2 remote fd00::1",
     .yaml = "x: {type: ip6tnl, local: 'fd00::1', remote: 'fd00::2', mode: @}",
     .good = "ipip6",
     .bad = "sit",
     .edits = ", local: 'fd0f::1', remote: 'fd0f::@small'",
     .options =
         "      t0: {type: ip6tnl, local: 'fd00::1', remote: 'fd00::2', dev: low, hoplimit: 9,\n"
         "           tclass: 0x10, fwmark: 5, encaplimit: 7, flowlabel: inherit, mode: ipip6,\n"
         "           allow-localremote: true}\n"},
    {.name = "ipip",
     .ip = "local 192.0.2.2 remote 192.0.2.1",
     .yaml = "x: {type: ipip, local: 10.0.0.1, remote: 10.0.0.2, mode: @}",
     .good = "ipip",
     .bad = "ip6ip",
     .edits = ", local: 192.0.2.1, remote: 192.0.2.@small",
     .options = "      t0: {type: ipip, local: 192.0.2.1, remote: 192.0.2.2, dev: low, ttl: 9, "
                "tos: 0x10,\n"
                "           fwmark: 5, mode: ipip}\n"
                "      t1: {type: ipip, remote: 192.0.2.3, pmtudisc: false}\n"},
    {.name = "ipvlan",
     .ip = "",
     .stands = true,
     .yaml = "x: {type: ipvlan, link: low, mode: @}",
     .good = "l2",
     .bad = "l4",
     .edits = ", link: @iface",
     .options = "      i0: {type: ipvlan, link: low, mode: l2, flag: private}\n"},
    {.name = "macvlan",
     .ip = "",
     .stands = true,
     .yaml = "x: {type: macvlan, link: low, mode: @}",
     .good = "private",
     .bad = "l2",
     .edits = ", link: @iface",
     .options =
         "      m0: {type: macvlan, link: low, mode: source, macaddr: ['02:00:00:00:00:01'],\n"
         "           bcqueuelen: 500, nodst: true}\n"
         "      m1: {type: macvlan, link: low2, mode: passthru, nopromisc: true}\n"},
    {.name = "macvtap",
     .ip = "",
     .stands = true,
     .yaml = "x: {type: macvtap, link: low, mode: @}",
     .good = "bridge",
     .bad = "l2",
     .edits = ", link: @iface",
     .options =
         "      m0: {type: macvtap, link: low, mode: source, macaddr: ['02:00:00:00:00:01'],\n"
         "           bcqueuelen: 500, nodst: true}\n"
         "      m1: {type: macvtap, link: low2, mode: passthru, nopromisc: true}\n"},
    {.name = "physical",
     .yaml = "x: {type: physical, device: @}",
     .good = "eth0",
     .bad = "a-name-that-is-too-long"},
    {.name = "sit",
     .ip = "local 192.0.2.2 remote 192.0.2.1",
     .yaml = "x: {type: sit, local: 10.0.0.1, remote: 10.0.0.2, mode: @}",
     .good = "ip6ip",
     .bad = "ipip6",
     .edits = ", local: 192.0.2.1, remote: 192.0.2.@small",
     .options =
         "      t0: {type: sit, local: 192.0.2.1, remote: 192.0.2.2, dev: low, ttl: 9, tos: 0x10,\n"
         "           fwmark: 5, mode: ip6ip}\n"
         "      t1: {type: sit, remote: 192.0.2.3, pmtudisc: false}\n"},
    {.name = "tap",
     .yaml = "x: {type: tap, vnet-hdr: @}",
     .good = "true",
     .bad = "perhaps",
     .edits = "",
     .options = "      t0: {type: tap, user: 1000, group: 1001, pi: true, vnet-hdr: true,\n"
                "           multi-queue: true}\n"},
    {.name = "tun",
     .yaml = "x: {type: tun, pi: @}",
     .good = "true",
     .bad = "perhaps",
     .edits = "",
     .options = "      t0: {type: tun, user: 1000, group: 1001, pi: true, vnet-hdr: true,\n"
                "           multi-queue: true}\n"},
    {.name = "vlan",
     .ip = "id 5",
     .stands = true,
     .yaml = "x: {type: vlan, link: low, id: @}",
     .good = "4094",
     .bad = "4095",
     .edits = ", link: @iface, id: @small",
     .options =
         "      br0: {type: bridge}\n"
         "      v0: {type: vlan, link: low, id: 5, protocol: 802.1ad, reorder-hdr: false,\n"
         "           gvrp: true, mvrp: true, loose-binding: true,\n"
         "           ingress-qos-map: [{from: 3, to: 9}], egress-qos-map: [{from: 5, to: 6}]}\n"
         "      v1: {type: vlan, link: br0, id: 6, bridge-binding: true}\n"},
    {.name = "vrf",
     .ip = "table 10",
     .yaml = "x: {type: vrf, table: @}",
     .good = "10",
     .bad = "0",
     .edits = ", table: @priority",
     .options = "      r0: {type: vrf, table: 10, ports: [low]}\n"},
    {.name = "vti",
     .ip = "local 192.0.2.2 remote 192.0.2.1",
     .yaml = "x: {type: vti, local: 10.0.0.1, remote: 10.0.0.2, ikey: @}",
     .good = "4294967295",
     .bad = "4294967296",
     .edits = ", local: 192.0.2.1, remote: 192.0.2.@small",
     .options = "      t0: {type: vti, local: 192.0.2.1, remote: 192.0.2.2, dev: low, ikey: 5,\n"
                "           okey: 0.1.0.0, fwmark: 7}\n"},
    {.name = "vxlan",
     .ip = "id 5 dstport 4789",
     .yaml = "x: {type: vxlan, dstport: 4789, id: @}",
     .good = "16777215",
     .bad = "16777216",
     .edits = ", id: @priority, dstport: 4789, local: 192.0.2.1, remote: 192.0.2.2",
     .options =
         "      x0: {type: vxlan, id: 5, local: 192.0.2.1, remote: 192.0.2.2, dev: low,\n"
         "           dstport: 4789, srcport: 5000-6000, ttl: 9, tos: 0x10, df: set,\n"
         "           learning: false, ageing: 100s, maxaddress: 50, proxy: true, rsc: true,\n"
         "           l2miss: true, l3miss: true, udpcsum: false, remcsumtx: true,\n"
         "           remcsumrx: true, gbp: true}\n"
         "      x1: {type: vxlan, id: 6, group: 'ff02::5', dev: low2, dstport: 4790,\n"
         "           flowlabel: 7, udp6zerocsumtx: true, udp6zerocsumrx: true}\n"},
    {.name = "wireguard",
     .ip = "",
     .yaml = "x: {type: wireguard, listen-port: @}",
     .good = "65535",
     .bad = "65536",
     .edits = ""},
    {.name = NULL},
};

const struct link_kind *link_kind(const char *name)
{
    for (const struct link_kind *kind = link_kinds; kind->name; kind++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}
