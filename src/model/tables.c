/* SPDX-License-Identifier: MIT */
/*
 * Job: the topology file's words, but for the link kinds' own (those are in kinds/).
 * In: nothing. Out: tables that the parser, the printers and the manual read.
 */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "model/lab.h"

const struct choice choices_table[] = {
    {"main", RT_TABLE_MAIN}, {"local", RT_TABLE_LOCAL}, {"default", RT_TABLE_DEFAULT}, {NULL, 0}};

const struct choice choices_scope[] = {{"global", RT_SCOPE_UNIVERSE},
                                       {"site", RT_SCOPE_SITE},
                                       {"link", RT_SCOPE_LINK},
                                       {"host", RT_SCOPE_HOST},
                                       {NULL, 0}};

const struct choice choices_route_type[] = {{"unicast", RTN_UNICAST},
                                            {"blackhole", RTN_BLACKHOLE},
                                            {"unreachable", RTN_UNREACHABLE},
                                            {"prohibit", RTN_PROHIBIT},
                                            {"throw", RTN_THROW},
                                            {"local", RTN_LOCAL},
                                            {NULL, 0}};

const struct choice choices_action[] = {{"lookup", FR_ACT_TO_TBL},
                                        {"blackhole", FR_ACT_BLACKHOLE},
                                        {"unreachable", FR_ACT_UNREACHABLE},
                                        {"prohibit", FR_ACT_PROHIBIT},
                                        {NULL, 0}};

const struct choice choices_family[] = {{"ipv4", AF_INET}, {"ipv6", AF_INET6}, {NULL, 0}};

static const struct choice choices_forwarding[] = {
    {"true", FORWARDING_BOTH},  {"ipv4", FORWARDING_IPV4}, {"ipv6", FORWARDING_IPV6},
    {"false", FORWARDING_NONE}, {"yes", FORWARDING_BOTH},  {"no", FORWARDING_NONE},
    {"on", FORWARDING_BOTH},    {"off", FORWARDING_NONE},  {NULL, 0}};

/* Interfaces: what all kinds have */

static const struct field iface_fields[] = {
    [IFACE_TYPE] = {.key = "type",
                    .type = FIELD_KIND,
                    AT(iface, kind),
                    .flags = FIELD_NO_DEFAULT,
                    .fallback = "none for `lo` and for the ends of links",
                    .doc = "The kind of interface, as in `ip link add … type KIND`."},
    [IFACE_ADDRESSES] = {.key = "addresses",
                         .type = FIELD_LIST,
                         AT(iface, addresses),
                         .table = &table_address,
                         .flags = FIELD_NO_DEFAULT,
                         .doc = "Its IPv4 and IPv6 addresses."},
    [IFACE_MTU] = {.key = "mtu",
                   .type = FIELD_UINT,
                   AT(iface, mtu),
                   .min = MTU_MIN,
                   .max = MTU_MAX,
                   .doc = "Largest packet in bytes. IPv6 needs 1280."},
    [IFACE_MAC] = {.key = "mac",
                   .type = FIELD_MAC,
                   AT(iface, mac),
                   .flags = FIELD_NO_DEFAULT,
                   .fallback = "random",
                   .doc = "Its link-layer address, `02:00:00:00:00:01`."},
    [IFACE_UP] = {.key = "up",
                  .type = FIELD_BOOL,
                  AT(iface, up),
                  .fallback = "true",
                  .doc = "Whether it is set up."},
    [IFACE_ALTNAMES] = {.key = "altnames",
                        .type = FIELD_LIST,
                        AT(iface, altnames),
                        .table = &table_altname,
                        .flags = FIELD_NO_DEFAULT,
                        .doc = "Further names."},
    [IFACE_ALIAS] = {.key = "alias",
                     .type = FIELD_STRING,
                     AT(iface, alias),
                     .max = 255, /* IFALIASZ - 1 */
                     .doc = "A text for people, shown by `ip link`."},
    [IFACE_TXQUEUELEN] = {.key = "txqueuelen",
                          .type = FIELD_UINT,
                          AT(iface, txqueuelen),
                          .max = UINT32_MAX,
                          .flags = FIELD_INITIAL,
                          .initial = 1000, /* DEFAULT_TX_QUEUE_LEN */
                          .fallback = "1000",
                          .doc = "Length of the transmit queue in packets."},
    [IFACE_EXISTING] = {.key = "existing",
                        .type = FIELD_BOOL,
                        AT(iface, existing),
                        .flags = FIELD_NO_DEFAULT,
                        .fallback = "false",
                        .doc =
                            "In `host` and attached namespaces: a device that is there. It is "
                            "neither made nor deleted; what is changed goes back on `down`, what "
                            "is not written stays. `type` is what it must be."},
    [IFACE_NETEM] = {.key = "netem",
                     .type = FIELD_OBJECT,
                     AT(iface, netem),
                     .table = &table_netem,
                     .doc = "What becomes of packets that leave by it; `{}`: nothing, whatever the "
                            "link or the defaults say."},
};

static const struct habit iface_habits[] = {
    {"macaddress", "it is called 'mac'"},
    {"mac-address", "it is called 'mac'"},
    {"address", "it is called 'addresses' (a list of IP/PREFIX); the link-layer one is 'mac'"},
    {"ip", "it is called 'addresses', a list of IP/PREFIX"},
    {"kind", "it is called 'type'"},
    {"master", "the bridge, bond or vrf lists its members under 'ports'; a link's end can name the "
               "bridge instead"},
    {"interfaces", "a bridge, bond or vrf lists its members under 'ports'"},
    {"routes", "routes belong to the namespace, beside 'interfaces'"},
    {"gateway4", "write a route of the namespace: {to: default, via: …}"},
    {"gateway6", "write a route of the namespace: {to: default, via: …}"},
    {"dhcp4", "netlab gives static addresses only"},
    {"dhcp6", "netlab gives static addresses only"},
    {"peer", "a veth pair is one entry of 'links': [NS:IF, NS:IF]"},
    {"netns", "an interface stands under the namespace that it is in"},
    {"qlen", "it is called 'txqueuelen'"},
    {"state", "it is called 'up': true or false"},
    {"delay", "it belongs under 'netem': netem: {delay: 10ms}"},
    {"loss", "it belongs under 'netem': netem: {loss: 1%}"},
    {"rate", "it belongs under 'netem': netem: {rate: 100mbit}"},
    {"tc", "delay, loss and the like stand under 'netem'"},
    {"qdisc", "delay, loss and the like stand under 'netem'"},
    {NULL, NULL}};

const struct table table_iface = {.name = "interface",
                                  .size = sizeof(struct iface),
                                  .fields = iface_fields,
                                  .field_count = COUNT(iface_fields),
                                  .scalar = -1,
                                  .names = NAMES_IFACE,
                                  .habits = iface_habits,
                                  .null_ok = true,
                                  .doc = "A network interface of a namespace."};

/* Routes, rules, neighbours, sysctls */

static const struct habit route_habits[] = {{"on-link", "it is called 'onlink'"},
                                            {"from", "it is called 'src'"},
                                            {"destination", "it is called 'to'"},
                                            {"dst", "it is called 'to'"},
                                            {"gateway", "it is called 'via'"},
                                            {"gw", "it is called 'via'"},
                                            {"interface", "it is called 'dev'"},
                                            {"priority", "it is called 'metric'"},
                                            {"advertised-mss", "it is called 'advmss'"},
                                            {"nexthop", "it is called 'nexthops', a list"},
                                            {NULL, NULL}};

static const struct field nexthop_fields[] = {
    [NEXTHOP_VIA] = {.key = "via", .type = FIELD_IP, AT(nexthop, via), .doc = "The gateway."},
    [NEXTHOP_DEV] = {.key = "dev", .type = FIELD_IFREF, AT(nexthop, dev), .doc = "The interface."},
    [NEXTHOP_WEIGHT] = {.key = "weight",
                        .type = FIELD_UINT,
                        AT(nexthop, weight),
                        .min = 1,
                        .max = 256,
                        .fallback = "1",
                        .doc = "Its share of the traffic."},
};

const struct table table_nexthop = {.name = "next hop",
                                    .size = sizeof(struct nexthop),
                                    .fields = nexthop_fields,
                                    .field_count = COUNT(nexthop_fields),
                                    .scalar = -1,
                                    .habits = route_habits,
                                    .doc = "One way of a route that has several."};

static const struct field route_fields[] = {
    [ROUTE_TO] = {.key = "to",
                  .type = FIELD_DEST,
                  AT(route, to),
                  .flags = FIELD_REQUIRED,
                  .doc = "Where to: `IP/PREFIX`, a lone address for a host, or `default`."},
    [ROUTE_VIA] = {.key = "via", .type = FIELD_IP, AT(route, via), .doc = "The gateway."},
    [ROUTE_DEV] = {.key = "dev",
                   .type = FIELD_IFREF,
                   AT(route, dev),
                   .doc = "The interface that it leaves by."},
    [ROUTE_SRC] = {.key = "src",
                   .type = FIELD_IP,
                   AT(route, src),
                   .doc = "The source address that is preferred on this route."},
    [ROUTE_METRIC] = {.key = "metric",
                      .type = FIELD_UINT,
                      AT(route, metric),
                      .max = UINT32_MAX,
                      .fallback = "0 for IPv4, 1024 for IPv6",
                      .doc = "The lowest metric wins."},
    [ROUTE_TABLE] = {.key = "table",
                     .type = FIELD_UINT,
                     AT(route, table),
                     .vrf = offsetof(struct route, vrf),
                     .min = 1,
                     .max = UINT32_MAX,
                     .choices = choices_table,
                     .fallback = "main; local for `type: local`",
                     .doc = "The routing table, by number or name, or that of a vrf of the "
                            "namespace, by its name."},
    [ROUTE_SCOPE] = {.key = "scope",
                     .type = FIELD_UINT,
                     AT(route, scope),
                     .max = 255,
                     .choices = choices_scope,
                     .fallback = "link without a gateway, host for `type: local`, else global",
                     .doc = "IPv4: the scope of the destination."},
    [ROUTE_TYPE] = {.key = "type",
                    .type = FIELD_ENUM,
                    AT(route, type),
                    .choices = choices_route_type,
                    .fallback = "unicast",
                    .doc = "What becomes of the packets."},
    [ROUTE_MTU] = {.key = "mtu",
                   .type = FIELD_UINT,
                   AT(route, mtu),
                   .min = MTU_MIN,
                   .max = MTU_MAX,
                   .doc = "The path's MTU in bytes."},
    [ROUTE_ADVMSS] = {.key = "advmss",
                      .type = FIELD_UINT,
                      AT(route, advmss),
                      .min = 1,
                      .max = MTU_MAX,
                      .doc = "The MSS that TCP announces."},
    [ROUTE_ONLINK] = {.key = "onlink",
                      .type = FIELD_BOOL,
                      AT(route, onlink),
                      .fallback = "false",
                      .doc = "The gateway is on the link, whatever the addresses say."},
    [ROUTE_FAMILY] = {.key = "family",
                      .type = FIELD_ENUM,
                      AT(route, family),
                      .choices = choices_family,
                      .fallback = "that of `to`, `via` or `nexthops`",
                      .doc = "Needed for a `default` that has no gateway."},
    [ROUTE_NEXTHOPS] = {.key = "nexthops",
                        .type = FIELD_LIST,
                        AT(route, nexthops),
                        .table = &table_nexthop,
                        .doc = "Several ways at once, instead of `via` and `dev`."},
};

const struct table table_route = {.name = "route",
                                  .size = sizeof(struct route),
                                  .fields = route_fields,
                                  .field_count = COUNT(route_fields),
                                  .scalar = -1,
                                  .habits = route_habits,
                                  .doc = "A route. Any order: netlab finds one that the kernel "
                                         "accepts."};

static const struct field rule_fields[] = {
    [RULE_PRIORITY] = {.key = "priority",
                       .type = FIELD_UINT,
                       AT(rule, priority),
                       .max = UINT32_MAX,
                       .flags = FIELD_REQUIRED,
                       .doc = "Rules are asked in rising order of priority."},
    [RULE_FROM] = {.key = "from",
                   .type = FIELD_NETWORK,
                   AT(rule, from),
                   .doc = "Packets from these addresses."},
    [RULE_TO] = {.key = "to", .type = FIELD_NETWORK, AT(rule, to), .doc = "Packets to these."},
    [RULE_IIF] = {.key = "iif",
                  .type = FIELD_IFREF,
                  AT(rule, iif),
                  .doc = "Packets that came in by this interface; `lo`: those made here."},
    [RULE_OIF] = {.key = "oif",
                  .type = FIELD_IFREF,
                  AT(rule, oif),
                  .doc = "Packets of sockets that are bound to this interface."},
    [RULE_FWMARK] = {.key = "fwmark",
                     .type = FIELD_FWMARK,
                     AT(rule, fwmark),
                     .doc = "Packets with this firewall mark: `N` or `N/MASK`."},
    [RULE_TABLE] = {.key = "table",
                    .type = FIELD_UINT,
                    AT(rule, table),
                    .vrf = offsetof(struct rule, vrf),
                    .min = 1,
                    .max = UINT32_MAX,
                    .choices = choices_table,
                    .doc = "The routing table that they are looked up in; a vrf's by its name."},
    [RULE_ACTION] = {.key = "action",
                     .type = FIELD_ENUM,
                     AT(rule, action),
                     .choices = choices_action,
                     .fallback = "lookup",
                     .doc = "What is done with them; `lookup` needs `table`."},
    [RULE_FAMILY] = {.key = "family",
                     .type = FIELD_ENUM,
                     AT(rule, family),
                     .choices = choices_family,
                     .fallback = "that of `from` or `to`, else ipv4",
                     .doc = "IPv4 or IPv6."},
};

static const struct habit rule_habits[] = {{"prio", "it is called 'priority'"},
                                           {"pref", "it is called 'priority'"},
                                           {"preference", "it is called 'priority'"},
                                           {"mark", "it is called 'fwmark'"},
                                           {"lookup", "it is called 'table'"},
                                           {"type", "it is called 'action'"},
                                           {"dev", "it is called 'iif'"},
                                           {NULL, NULL}};

const struct table table_rule = {.name = "rule",
                                 .size = sizeof(struct rule),
                                 .fields = rule_fields,
                                 .field_count = COUNT(rule_fields),
                                 .scalar = -1,
                                 .habits = rule_habits,
                                 .doc = "A policy-routing rule, as `ip rule` has them."};

static const struct field neighbor_fields[] = {
    [NEIGHBOR_TO] = {.key = "to",
                     .type = FIELD_IP,
                     AT(neighbor, to),
                     .flags = FIELD_REQUIRED,
                     .doc = "The neighbour's address."},
    [NEIGHBOR_MAC] = {.key = "mac",
                      .type = FIELD_MAC,
                      AT(neighbor, mac),
                      .flags = FIELD_REQUIRED,
                      .doc = "Its link-layer address."},
    [NEIGHBOR_DEV] = {.key = "dev",
                      .type = FIELD_IFREF,
                      AT(neighbor, dev),
                      .flags = FIELD_REQUIRED,
                      .doc = "The interface that it is behind."},
};

static const struct habit neighbor_habits[] = {{"lladdr", "it is called 'mac'"},
                                               {"ip", "it is called 'to'"},
                                               {"address", "it is called 'to'"},
                                               {NULL, NULL}};

const struct table table_neighbor = {.name = "neighbor",
                                     .size = sizeof(struct neighbor),
                                     .fields = neighbor_fields,
                                     .field_count = COUNT(neighbor_fields),
                                     .scalar = -1,
                                     .habits = neighbor_habits,
                                     .doc = "A permanent entry of the ARP or neighbour table."};

static const struct field sysctl_fields[] = {
    [SYSCTL_VALUE] = {.key = "value",
                      .type = FIELD_VALUE,
                      AT(sysctl, value),
                      .flags = FIELD_REQUIRED,
                      .doc = "The value, as sysctl(8) writes it."}};

const struct table table_sysctl = {.name = "sysctl",
                                   .size = sizeof(struct sysctl),
                                   .fields = sysctl_fields,
                                   .field_count = COUNT(sysctl_fields),
                                   .scalar = SYSCTL_VALUE,
                                   .names = NAMES_SYSCTL,
                                   .doc = "`net.*: value`. As sysctl(8): where the first separator "
                                          "is `/`, dots are literal."};

/* Namespaces */

static const struct field netns_fields[] = {
    [NETNS_INTERFACES] = {.key = "interfaces",
                          .type = FIELD_MAP,
                          AT(netns, interfaces),
                          .table = &table_iface,
                          .doc = "Its interfaces. Ends of links need no entry unless they have "
                                 "something to say."},
    [NETNS_ROUTES] = {.key = "routes",
                      .type = FIELD_LIST,
                      AT(netns, routes),
                      .table = &table_route,
                      .doc = "Its routes."},
    [NETNS_RULES] = {.key = "rules",
                     .type = FIELD_LIST,
                     AT(netns, rules),
                     .table = &table_rule,
                     .doc = "Its policy-routing rules."},
    [NETNS_NEIGHBORS] = {.key = "neighbors",
                         .type = FIELD_LIST,
                         AT(netns, neighbors),
                         .table = &table_neighbor,
                         .doc = "Its permanent neighbours."},
    [NETNS_SYSCTLS] = {.key = "sysctls",
                       .type = FIELD_MAP,
                       AT(netns, sysctls),
                       .table = &table_sysctl,
                       .doc =
                           "Its `net.*` settings. In `host` and attached namespaces they go back "
                           "to what they were on "
                           "`down`."},
    [NETNS_FORWARDING] = {.key = "forwarding",
                          .type = FIELD_ENUM,
                          AT(netns, forwarding),
                          .choices = choices_forwarding,
                          .fallback = "false",
                          .doc = "Whether it routes: `true`, `ipv4`, `ipv6`."},
    [NETNS_NFTABLES] = {.key = "nftables",
                        .type = FIELD_TEXT,
                        AT(netns, nftables),
                        .flags = FIELD_NO_DEFAULT,
                        .doc = "Its ruleset, a `|` block as `nft -f` reads it."},
    [NETNS_MASQUERADE] = {.key = "masquerade",
                          .type = FIELD_LIST,
                          AT(netns, masquerade),
                          .table = &table_masquerade,
                          .flags = FIELD_NO_DEFAULT,
                          .doc = "What leaves by these interfaces gets their address as its "
                                 "source: `[eth0]`."},
    [NETNS_PORT_FORWARD] = {.key = "port-forward",
                            .type = FIELD_LIST,
                            AT(netns, port_forward),
                            .table = &table_port_forward,
                            .flags = FIELD_NO_DEFAULT,
                            .doc = "Ports of its addresses that stand for those of machines "
                                   "behind it."},
    [NETNS_SERVICES] = {.key = "services",
                        .type = FIELD_MAP,
                        AT(netns, services),
                        .table = &table_service,
                        .doc = "Processes that `up` starts in it and `down` ends."},
    [NETNS_ATTACH] = {.key = "attach",
                      .type = FIELD_OBJECT,
                      AT(netns, attach),
                      .table = &table_attach,
                      .flags = FIELD_NO_DEFAULT,
                      .doc =
                          "Use a namespace that exists. netlab never deletes it; what netlab put "
                          "in it goes on `down`."},
    [NETNS_HOSTNAME] = {.key = "hostname",
                        .type = FIELD_HOSTNAME,
                        AT(netns, hostname),
                        .max = HOSTNAME_MAX,
                        .flags = FIELD_NO_DEFAULT,
                        .fallback = "the namespace's name",
                        .doc = "The UTS name that `exec` and `shell` show inside."},
};

static const struct habit netns_habits[] = {
    {"ethernets", "interfaces of all kinds stand under 'interfaces'"},
    {"bridges", "interfaces of all kinds stand under 'interfaces': br0: {type: bridge}"},
    {"neighbours", "it is spelt 'neighbors' here, as in netplan"},
    {"sysctl", "it is called 'sysctls'"},
    {"routing-policy", "it is called 'rules'"},
    {"ip_forward", "it is called 'forwarding'"},
    {"pid", "it belongs under 'attach': attach: {pid: 4242}"},
    {"path", "it belongs under 'attach': attach: {path: /proc/4242/ns/net}"},
    {"nft", "it is called 'nftables'"},
    {"firewall", "it is called 'nftables', a ruleset as `nft -f` reads it"},
    {"iptables", "it is called 'nftables', a ruleset as `nft -f` reads it"},
    {"nat", "it is called 'masquerade' (a list of interfaces) or 'port-forward'"},
    {"snat", "it is called 'masquerade', a list of interfaces"},
    {"dnat", "it is called 'port-forward': [{tcp: 80, to: 10.0.0.2:80}]"},
    {"service", "it is called 'services'"},
    {"processes", "it is called 'services'"},
    {"daemons", "it is called 'services'"},
    {"exec", "what runs while the lab is up is one of 'services', what is run once a test"},
    {"existing", "a namespace that exists is attached: attach: {name: foo}"},
    {"external", "a namespace that exists is attached: attach: {name: foo}"},
    {"addresses", "addresses belong to an interface: interfaces: {IF: {addresses: [IP/PREFIX]}}"},
    {NULL, NULL}};

const struct table table_netns = {.name = "namespace",
                                  .size = sizeof(struct netns),
                                  .fields = netns_fields,
                                  .field_count = COUNT(netns_fields),
                                  .scalar = -1,
                                  .names = NAMES_NETNS,
                                  .habits = netns_habits,
                                  .null_ok = true,
                                  .doc = "A network namespace."};

/* Links and the whole */

static const struct field link_fields[] = {
    [LINK_ENDPOINTS] = {.key = "endpoints",
                        .type = FIELD_ENDPOINTS,
                        AT(link, ends),
                        .flags = FIELD_REQUIRED,
                        .doc = "The two ends, `[NS:IF, NS:IF]`. An end that names a bridge plugs "
                               "in: the port is made and named FARNS-FARIF."},
    [LINK_MTU] = {.key = "mtu",
                  .type = FIELD_UINT,
                  AT(link, mtu),
                  .min = MTU_MIN,
                  .max = MTU_MAX,
                  .doc = "The MTU of both ends, in bytes."},
    [LINK_MAC] = {.key = "mac",
                  .type = FIELD_MAC_PAIR,
                  AT(link, mac),
                  .doc = "The link-layer addresses of both ends, `[A, B]`."},
    [LINK_NETEM] = {.key = "netem",
                    .type = FIELD_OBJECT,
                    AT(link, netem),
                    .table = &table_netem,
                    .doc = "What becomes of packets, in each direction. An end's own entry counts "
                           "before it, as a whole."},
};

static const struct habit link_habits[] = {
    {"nodes", "it is called 'endpoints'"},      {"ends", "it is called 'endpoints'"},
    {"interfaces", "it is called 'endpoints'"}, {"type", "links are veth pairs"},
    {"delay", "it belongs under 'netem'"},      {"loss", "it belongs under 'netem'"},
    {"rate", "it belongs under 'netem'"},       {NULL, NULL}};

const struct table table_link = {.name = "link",
                                 .size = sizeof(struct link),
                                 .fields = link_fields,
                                 .field_count = COUNT(link_fields),
                                 .scalar = LINK_ENDPOINTS,
                                 .habits = link_habits,
                                 .doc = "A veth pair: `[NS:IF, NS:IF]`, or a mapping:"};

static const struct field defaults_fields[] = {
    [DEFAULTS_INTERFACES] = {.key = "interfaces",
                             .type = FIELD_NODE,
                             .table = &table_iface,
                             .doc = "Keys of an interface."},
    [DEFAULTS_NAMESPACES] = {.key = "namespaces",
                             .type = FIELD_NODE,
                             .table = &table_netns,
                             .doc = "Keys of a namespace."},
};

const struct table table_defaults = {.name = "defaults",
                                     .size = sizeof(struct object),
                                     .fields = defaults_fields,
                                     .field_count = COUNT(defaults_fields),
                                     .scalar = -1,
                                     .doc = "What holds where nothing else is said."};

static const struct field lab_fields[] = {
    [LAB_NAME] = {.key = "name",
                  .type = FIELD_VALUE,
                  AT(netlab_lab, name),
                  .fallback = "the file's base name, or its directory's for topo.yaml",
                  .doc = "The lab's name: letters, digits, `_`, `.`, `-`; 1 to 64 characters."},
    [LAB_NAMESPACES] = {.key = "namespaces",
                        .type = FIELD_MAP,
                        AT(netlab_lab, namespaces),
                        .table = &table_netns,
                        .doc = "The network namespaces. `host` is the one netlab runs in."},
    [LAB_LINKS] = {.key = "links",
                   .type = FIELD_LIST,
                   AT(netlab_lab, links),
                   .table = &table_link,
                   .doc = "The veth pairs between them."},
    [LAB_DEFAULTS] = {.key = "defaults",
                      .type = FIELD_NODE,
                      .table = &table_defaults,
                      .doc =
                          "What holds for all that netlab makes, where nothing else is said: "
                          "interface before link before defaults. Not for `lo`, nor in `host` and "
                          "attached namespaces."},
    [LAB_TESTS] = {.key = "tests",
                   .type = FIELD_LIST,
                   AT(netlab_lab, tests),
                   .table = &table_test,
                   .doc = "What must hold once it is up: `netlab test` sees to that. `up` has no "
                          "use for them."},
};

static const struct habit lab_habits[] = {
    {"topology", "'namespaces' and 'links' stand at the top level"},
    {"nodes", "it is called 'namespaces'"},
    {"network", "netlab files begin with 'namespaces' and 'links'"},
    {"netns", "it is called 'namespaces'"},
    {"services", "not a compose file? netlab files begin with 'namespaces' and 'links'"},
    {"interfaces", "interfaces stand under a namespace"},
    {"version", "netlab files have no version"},
    {"validate", "it is called 'tests'"},
    {"checks", "it is called 'tests'"},
    {NULL, NULL}};

const struct table table_lab = {.name = "topology",
                                .size = sizeof(struct netlab_lab),
                                .fields = lab_fields,
                                .field_count = COUNT(lab_fields),
                                .scalar = -1,
                                .habits = lab_habits,
                                .doc = "The top level. Keys that begin with `x-` are ignored: a "
                                       "home for anchors."};
