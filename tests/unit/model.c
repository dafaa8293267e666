/* SPDX-License-Identifier: MIT */
/*
 * Job: what valid files become: names resolved, defaults in their order, definite values, marks.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/hash.h"
#include "kinds/kind.h"
#include "model/ip.h"
#include "model/vlan.h"
#include "parse/parse.h"
#include "unit.h"

static struct netlab_lab *lab;

static void load(const char *text)
{
    struct netlab_report *report = netlab_report_new();

    if (parse_lab(text, strlen(text), "lab.yaml", &lab, report) < 0) {
        char *found = report_text(report, NETLAB_REPORT_TEXT);

        test_fail("%s", found);
    }
    netlab_report_free(report);
}

static void unload(void)
{
    lab_free(lab);
    lab = NULL;
}

static struct netns *netns(const char *name)
{
    struct netns *found = strmap_get(&lab->names, name);

    ck_assert_msg(found, "no namespace %s", name);
    return found;
}

static struct iface *iface(const char *ns, const char *name)
{
    struct iface *found = netns_iface(netns(ns), name);

    ck_assert_msg(found, "no interface %s:%s", ns, name);
    return found;
}

static const char *ip_of(const struct ip *ip)
{
    static char texts[4][IP_TEXT];
    static unsigned next;

    return ip->family ? ip_text(ip, texts[next++ % 4]) : "none";
}

static void *nth(const struct list *list, size_t n)
{
    struct object *object = list->first;

    while (object && n--)
        object = object->next;
    ck_assert_ptr_nonnull(object);
    return object;
}

START_TEST (links) {
    const struct link *link;

    load("namespaces:\n"
         "  left:\n"
         "  right: {interfaces: {eth0: {mtu: 1400}}}\n"
         "links:\n"
         "  - [left:eth0, right:eth0]\n"
         "  - {endpoints: [left:eth1, right:eth1], mtu: 9000,\n"
         "     mac: [02:00:00:00:00:01, 02:00:00:00:00:02]}\n");
    link = nth(&lab->links, 0);
    ck_assert_ptr_eq(link->ends[0].iface, iface("left", "eth0"));
    ck_assert_ptr_eq(link->ends[1].iface, iface("right", "eth0"));
    ck_assert_ptr_eq(iface_peer(iface("left", "eth0")), iface("right", "eth0"));
    ck_assert_ptr_eq(iface("left", "eth0")->kind, &kind_veth);
    ck_assert_ptr_eq(iface_netns(iface("left", "eth0")), netns("left"));
    ck_assert_uint_eq(iface("right", "eth0")->end, 1);
    ck_assert(!iface("left", "eth0")->made_port);
    ck_assert_uint_eq(iface("left", "eth0")->o.mark.line, 5);
    ck_assert_uint_eq(iface("left", "eth0")->o.mark.column, 6);
    ck_assert_uint_eq(iface("right", "eth0")->o.mark.line, 3);
    ck_assert_uint_eq(iface("right", "eth0")->mtu, 1400);
    ck_assert_uint_eq(iface("left", "eth1")->mtu, 9000);
    ck_assert(object_has(&iface("left", "eth1")->o, IFACE_MTU));
    ck_assert_uint_eq(object_mark(&iface("left", "eth1")->o, IFACE_MTU).line, 6);
    ck_assert_uint_eq(iface("right", "eth1")->mac.bytes[5], 2);
    ck_assert(iface("left", "eth1")->up);
    ck_assert(!object_has(&iface("left", "eth1")->o, IFACE_UP));
    ck_assert_uint_eq(iface("left", "eth0")->ifindex, 0);
    unload();
}
END_TEST

START_TEST (lo) {
    load("namespaces:\n  left:\n  right: {interfaces: {lo: {up: false}}}\n  host:\n");
    ck_assert_ptr_eq(netns("left")->lo, iface("left", "lo"));
    ck_assert_ptr_null(netns("left")->lo->kind);
    ck_assert(netns("left")->lo->up);
    ck_assert_uint_eq(netns("left")->lo->o.mark.line, 2);
    ck_assert_uint_eq(netns("left")->interfaces.count, 1);
    ck_assert(!netns("right")->lo->up);
    ck_assert_uint_eq(netns("right")->interfaces.count, 1);
    ck_assert_ptr_null(netns("host")->lo);
    ck_assert_uint_eq(netns("host")->interfaces.count, 0);
    ck_assert_ptr_eq(lab->host, netns("host"));
    ck_assert(netns("host")->host && !netns("left")->host);
    ck_assert_str_eq(netns("left")->hostname, "left");
    ck_assert_ptr_null(netns("host")->hostname);
    ck_assert_uint_eq(netns("host")->index, 2);
    ck_assert_str_eq(lab->name, "lab");
    unload();
}
END_TEST

/* These names are part of the file format: they must never change. */
START_TEST (derived_ports) {
    struct iface *port;

    load("namespaces:\n"
         "  left:\n"
         "  a-long-namespace:\n"
         "  fifteen-:\n"
         "  sw:\n"
         "    interfaces:\n"
         "      br0: {type: bridge, ports: {left-eth0: {hairpin: true}}}\n"
         "      br1: {type: bridge}\n"
         "      left-eth1: {mtu: 1300, addresses: [10.0.0.1/24]}\n"
         "    routes: [{to: 10.9.0.0/16, dev: a-long-nam-3f87}]\n"
         "  sw2: {interfaces: {br0: {type: bridge}}}\n"
         "links:\n"
         "  - [left:eth0, sw:br0]\n"
         "  - {endpoints: [sw:br1, left:eth1], mtu: 1400}\n"
         "  - [a-long-namespace:eth0, sw:br0]\n"
         "  - [fifteen-:eth001, sw:br0]\n"
         "  - [sw:br0, sw2:br0]\n");
    port = iface("sw", "left-eth0");
    ck_assert(port->made_port);
    ck_assert_ptr_eq(port->master, iface("sw", "br0"));
    ck_assert_ptr_nonnull(port->port);
    ck_assert_ptr_eq(port->port->iface, port);
    ck_assert_ptr_eq(port->port->o.parent, &iface("sw", "br0")->o);
    ck_assert_ptr_eq(iface_peer(port), iface("left", "eth0"));
    ck_assert_uint_eq(port->o.mark.line, 13);
    ck_assert_uint_eq(port->o.mark.column, 17);
    port = iface("sw", "left-eth1");
    ck_assert_uint_eq(port->mtu, 1300);
    ck_assert_uint_eq(iface("left", "eth1")->mtu, 1400);
    ck_assert_ptr_eq(port->master, iface("sw", "br1"));
    ck_assert_ptr_null(port->port);
    ck_assert(port->made_port);
    ck_assert_uint_eq(hash_string("a-long-namespace-eth0") & 0xffff, 0x3f87);
    port = iface("sw", "a-long-nam-3f87");
    ck_assert_ptr_eq(((struct route *)nth(&netns("sw")->routes, 0))->dev.iface, port);
    iface("sw", "fifteen--eth001"); /* 15 bytes: as it is */
    ck_assert_ptr_eq(iface_peer(iface("sw", "sw2-br0")), iface("sw2", "sw-br0"));
    ck_assert_ptr_eq(iface("sw2", "sw-br0")->master, iface("sw2", "br0"));
    unload();
}
END_TEST

START_TEST (named_ports) {
    load("namespaces:\n"
         "  left:\n"
         "  sw: {interfaces: {br0: {type: bridge, ports: [p0]}}}\n"
         "links:\n"
         "  - [left:eth0, sw:p0]\n");
    ck_assert_ptr_eq(iface("sw", "p0")->master, iface("sw", "br0"));
    ck_assert(!iface("sw", "p0")->made_port);
    ck_assert_ptr_nonnull(iface("sw", "p0")->port);
    ck_assert_ptr_eq(iface("sw", "br0")->options->parent, &iface("sw", "br0")->o);
    unload();
}
END_TEST

START_TEST (defaults) {
    load("defaults:\n"
         "  interfaces: {mtu: 1400, up: false, alias: default}\n"
         "  namespaces: {forwarding: ipv4, sysctls: {net.ipv4.tcp_ecn: 1},\n"
         "               interfaces: {br9: {type: bridge}}}\n"
         "namespaces:\n"
         "  host: {interfaces: {br0: {type: bridge}}}\n"
         "  left: {interfaces: {eth0: {mtu: 1300, up: true}, lo: }}\n"
         "  right: {forwarding: false, sysctls: {}}\n"
         "links:\n"
         "  - {endpoints: [left:eth0, right:eth0], mtu: 1300}\n"
         "  - [right:eth1, host:br0]\n");
    ck_assert_uint_eq(iface("left", "eth0")->mtu, 1300);
    ck_assert(iface("left", "eth0")->up);
    ck_assert_str_eq(iface("left", "eth0")->alias, "default");
    ck_assert_uint_eq(object_mark(&iface("left", "eth0")->o, IFACE_ALIAS).line, 2);
    ck_assert_uint_eq(iface("right", "eth0")->mtu, 1300);
    ck_assert(!iface("right", "eth0")->up);
    ck_assert_uint_eq(iface("right", "eth1")->mtu, 1400);
    ck_assert(netns("left")->lo->up && netns("right")->lo->up);
    ck_assert(!object_has(&netns("left")->lo->o, IFACE_MTU));
    ck_assert(iface("host", "br0")->up);
    ck_assert(iface("host", "right-eth1")->up);
    ck_assert(!object_has(&iface("host", "right-eth1")->o, IFACE_MTU));
    /* shallow: a key that is there is there */
    ck_assert_uint_eq(netns("left")->forwarding, FORWARDING_IPV4);
    ck_assert_uint_eq(netns("right")->forwarding, FORWARDING_NONE);
    ck_assert_uint_eq(netns("host")->forwarding, FORWARDING_NONE);
    ck_assert_uint_eq(netns("left")->sysctls.count, 2);
    ck_assert_uint_eq(netns("right")->sysctls.count, 0);
    ck_assert_ptr_null(netns_iface(netns("left"), "br9"));
    ck_assert_uint_eq(iface("right", "br9")->mtu, 1400);
    unload();
}
END_TEST

START_TEST (addresses) {
    const struct list *list;
    const struct address *a;

    load("namespaces:\n"
         "  left:\n"
         "    interfaces:\n"
         "      lo: {addresses: [127.0.0.2/8, 10.0.9.1/24]}\n"
         "      br0:\n"
         "        type: bridge\n"
         "        addresses:\n"
         "          - 10.0.0.1/24\n"
         "          - 10.0.1.0/31\n"
         "          - {address: 10.0.2.1/24, broadcast: none, lifetime: 0}\n"
         "          - {address: 10.0.3.1/24, broadcast: 10.0.3.99, label: \"br0:1\", scope: link}\n"
         "          - {address: 10.0.4.1, peer: 10.0.5.1/24, lifetime: 1h}\n"
         "          - fe80::1/64\n"
         "          - {address: fd00::1/64, dad: yes}\n");
    list = &iface("left", "lo")->addresses;
    a = nth(list, 0);
    ck_assert_uint_eq(a->scope, RT_SCOPE_HOST);
    ck_assert_str_eq(ip_of(&a->broadcast), "none");
    list = &iface("left", "br0")->addresses;
    a = nth(list, 0);
    ck_assert_str_eq(ip_of(&a->broadcast), "10.0.0.255");
    ck_assert_uint_eq(a->scope, RT_SCOPE_UNIVERSE);
    ck_assert_uint_eq(a->lifetime, LIFETIME_FOREVER);
    ck_assert(!object_has(&a->o, ADDRESS_BROADCAST));
    ck_assert_ptr_eq(a->o.parent, &iface("left", "br0")->o);
    a = nth(list, 1);
    ck_assert_str_eq(ip_of(&a->broadcast), "none");
    a = nth(list, 2);
    ck_assert_str_eq(ip_of(&a->broadcast), "none");
    ck_assert(object_has(&a->o, ADDRESS_BROADCAST));
    ck_assert_uint_eq(a->lifetime, 0);
    a = nth(list, 3);
    ck_assert_str_eq(ip_of(&a->broadcast), "10.0.3.99");
    ck_assert_str_eq(a->label, "br0:1");
    ck_assert_uint_eq(a->scope, RT_SCOPE_LINK);
    a = nth(list, 4);
    ck_assert_uint_eq(a->address.length, 32);
    ck_assert_uint_eq(a->peer.length, 24);
    ck_assert_str_eq(ip_of(&a->broadcast), "none");
    ck_assert_uint_eq(a->lifetime, 3600);
    a = nth(list, 5);
    ck_assert_uint_eq(a->scope, RT_SCOPE_LINK);
    ck_assert(!a->dad);
    a = nth(list, 6);
    ck_assert_uint_eq(a->scope, RT_SCOPE_UNIVERSE);
    ck_assert(a->dad);
    unload();
}
END_TEST

START_TEST (routes) {
    static const struct {
        const char *route;
        uint32_t family, table, scope, type;
    } cases[] = {
        {"{to: default, via: 10.0.0.2}", AF_INET, RT_TABLE_MAIN, RT_SCOPE_UNIVERSE, RTN_UNICAST},
        {"{to: default, via: fd00::2}", AF_INET6, RT_TABLE_MAIN, RT_SCOPE_UNIVERSE, RTN_UNICAST},
        {"{to: 10.1.0.0/16, dev: br0}", AF_INET, RT_TABLE_MAIN, RT_SCOPE_LINK, RTN_UNICAST},
        {"{to: fd01::/64, dev: br0}", AF_INET6, RT_TABLE_MAIN, RT_SCOPE_UNIVERSE, RTN_UNICAST},
        {"{to: 10.1.0.0/16, type: local, dev: lo}", AF_INET, RT_TABLE_LOCAL, RT_SCOPE_HOST,
         RTN_LOCAL},
        {"{to: 10.1.0.0/16, type: throw}", AF_INET, RT_TABLE_MAIN, RT_SCOPE_UNIVERSE, RTN_THROW},
        {"{to: default, nexthops: [{dev: br0}, {via: 10.0.0.2}]}", AF_INET, RT_TABLE_MAIN,
         RT_SCOPE_UNIVERSE, RTN_UNICAST},
        {"{to: default, dev: br0, src: fd00::1}", AF_INET6, RT_TABLE_MAIN, RT_SCOPE_UNIVERSE,
         RTN_UNICAST},
        {"{to: default, dev: br0, family: ipv4}", AF_INET, RT_TABLE_MAIN, RT_SCOPE_LINK,
         RTN_UNICAST},
        {"{to: 10.1.0.0/16, via: fd00::2, table: 0x100}", AF_INET, 256, RT_SCOPE_UNIVERSE,
         RTN_UNICAST},
        {"{to: 10.1.0.0/16, dev: br0, scope: global}", AF_INET, RT_TABLE_MAIN, RT_SCOPE_UNIVERSE,
         RTN_UNICAST},
    };
    char text[512];
    const struct route *route;

    snprintf(text, sizeof text,
             "namespaces:\n  left:\n    interfaces:\n      br0: {type: bridge, addresses: "
             "[10.0.0.1/24, \"fd00::1/64\"]}\n    routes:\n      - %s\n",
             cases[_i].route);
    load(text);
    route = nth(&netns("left")->routes, 0);
    ck_assert_uint_eq(route->to.ip.family, cases[_i].family);
    ck_assert_uint_eq(route->family, cases[_i].family);
    ck_assert_uint_eq(route->table, cases[_i].table);
    ck_assert_uint_eq(route->scope, cases[_i].scope);
    ck_assert_uint_eq(route->type, cases[_i].type);
    unload();
}
END_TEST

START_TEST (rules) {
    const struct rule *rule;

    load("namespaces:\n"
         "  left:\n"
         "    rules:\n"
         "      - {priority: 1, to: fd00::/8, table: local}\n"
         "      - {priority: 2, iif: lo, fwmark: 0x10, table: 7}\n"
         "      - {priority: 3, from: 10.0.0.1, fwmark: 1/0xff, action: prohibit}\n");
    rule = nth(&netns("left")->rules, 0);
    ck_assert_uint_eq(rule->family, AF_INET6);
    ck_assert_uint_eq(rule->table, RT_TABLE_LOCAL);
    ck_assert_uint_eq(rule->action, FR_ACT_TO_TBL);
    rule = nth(&netns("left")->rules, 1);
    ck_assert_uint_eq(rule->family, AF_INET);
    ck_assert_ptr_eq(rule->iif.iface, netns("left")->lo);
    ck_assert_uint_eq(rule->fwmark.value, 16);
    ck_assert_uint_eq(rule->fwmark.mask, UINT32_MAX);
    rule = nth(&netns("left")->rules, 2);
    ck_assert_uint_eq(rule->from.length, 32);
    ck_assert_uint_eq(rule->fwmark.mask, 0xff);
    ck_assert_uint_eq(rule->action, FR_ACT_PROHIBIT);
    unload();
}
END_TEST

START_TEST (sysctls) {
    static const struct {
        const char *path, *device;
    } wanted[] = {{"net/ipv4/ip_forward", NULL},
                  {"net/ipv4/conf/all/rp_filter", NULL},
                  {"net/ipv4/conf/br0/rp_filter", "br0"},
                  {"net/ipv4/conf/br0.10/rp_filter", "br0.10"},
                  {"net/ipv6/neigh/br0.10/retrans_time_ms", "br0.10"},
                  {"net/ipv6/conf/br0/accept_dad", "br0"}};
    size_t i = 0;

    load("namespaces:\n"
         "  left:\n"
         "    interfaces: {br0: {type: bridge}, br0.10: {type: bridge}}\n"
         "    sysctls:\n"
         "      net.ipv4.ip_forward: 0x1\n"
         "      net.ipv4.conf.all.rp_filter: off\n"
         "      net.ipv4.conf.br0.rp_filter: ~\n"
         "      net/ipv4/conf/br0.10/rp_filter: \"\"\n"
         "      net.ipv6.neigh.br0/10.retrans_time_ms:\n"
         "      net/ipv6/conf/br0/accept_dad: null\n");
    LIST_EACH (struct sysctl, sysctl, &netns("left")->sysctls) {
        ck_assert_str_eq(sysctl->path, wanted[i].path);
        ck_assert_pstr_eq(sysctl->device, wanted[i].device);
        if (wanted[i].device)
            ck_assert_ptr_eq(sysctl->iface, iface("left", wanted[i].device));
        i++;
    }
    ck_assert_uint_eq(i, 6);
    /* values are nobody's business but the kernel's */
    ck_assert_str_eq(((struct sysctl *)nth(&netns("left")->sysctls, 0))->value, "0x1");
    ck_assert_str_eq(((struct sysctl *)nth(&netns("left")->sysctls, 1))->value, "off");
    ck_assert_str_eq(((struct sysctl *)nth(&netns("left")->sysctls, 2))->value, "~");
    ck_assert_str_eq(((struct sysctl *)nth(&netns("left")->sysctls, 4))->value, "");
    ck_assert_str_eq(((struct sysctl *)nth(&netns("left")->sysctls, 5))->value, "null");
    unload();
}
END_TEST

START_TEST (merge_order) {
    const struct iface *br;

    load("x-a: &a {mtu: 1300, alias: a, txqueuelen: 5}\n"
         "x-b: &b {mtu: 1400, alias: b, up: false}\n"
         "x-c: &c {<<: *b, type: bridge}\n"
         "namespaces:\n"
         "  left:\n"
         "    interfaces:\n"
         "      br0: {<<: [*a, *b], type: bridge}\n"
         "      br1: {type: bridge, mtu: 1500, <<: [*b, *a]}\n"
         "      br2: *c\n"
         "      br3: {<<: *c, mtu: 1501}\n");
    br = iface("left", "br0");
    ck_assert_uint_eq(br->mtu, 1300);
    ck_assert_str_eq(br->alias, "a");
    ck_assert(!br->up);
    ck_assert_uint_eq(br->txqueuelen, 5);
    ck_assert_uint_eq(object_mark(&br->o, IFACE_MTU).line, 1);
    ck_assert_uint_eq(object_mark(&br->o, IFACE_MTU).alias_line, 7);
    ck_assert_uint_eq(object_mark(&br->o, IFACE_MTU).alias_column, 18);
    br = iface("left", "br1");
    ck_assert_uint_eq(br->mtu, 1500);
    ck_assert_uint_eq(object_mark(&br->o, IFACE_MTU).alias_line, 0);
    ck_assert_str_eq(br->alias, "b");
    br = iface("left", "br2");
    ck_assert_uint_eq(br->mtu, 1400);
    ck_assert_ptr_eq(br->kind, &kind_bridge);
    ck_assert_uint_eq(object_mark(&br->o, IFACE_MTU).line, 2);
    ck_assert_uint_eq(object_mark(&br->o, IFACE_MTU).alias_line, 9);
    br = iface("left", "br3");
    ck_assert_uint_eq(br->mtu, 1501);
    ck_assert_str_eq(br->alias, "b");
    unload();
}
END_TEST

/* "1pu 10-19 50u": the VLAN table of an interface, with P for a PVID. */
static const char *vlans_of(const struct iface *of)
{
    static char table[256];
    char id[VLANS_TEXT];
    size_t size = 0;

    if (!of->has_vlans)
        return "none";
    table[0] = '\0';
    LIST_EACH (struct vlan, vlan, &of->vlans)
        size += (size_t)snprintf(table + size, sizeof table - size, "%s%s%s%s", size ? " " : "",
                                 vlans_text(&vlan->id, id), vlan->pvid ? "p" : "",
                                 vlan->untagged ? "u" : "");
    return table;
}

START_TEST (vlan_tables) {
    static const struct {
        const char *port, *form, *table;
    } ports[] = {
        {"a", "{access: 10}", "10pu"},
        {"b", "{access: 10, untagged: [50, 4-5, 1]}", "1u 4-5u 10pu 50u"},
        {"c", "{trunk: [20-29, 10]}", "10 20-29"},
        {"d", "{trunk: [20], native: 4094}", "20 4094pu"},
        {"e", "{vlans: [{id: 50, pvid: true}, {id: 10-12, untagged: true}, 7, {id: 8-9}]}",
         "7 8-9 10-12u 50p"},
        {"f", "{vlans: []}", ""},
        {"g", "{trunk: []}", ""},
        {"h", "{isolated: true}", "none"},
    };
    const size_t count = sizeof ports / sizeof ports[0];
    char *yaml = NULL;
    size_t size;
    FILE *out = open_memstream(&yaml, &size);

    fputs("namespaces:\n  far:\n  sw:\n    interfaces:\n      br0:\n        type: bridge\n"
          "        vlan-filtering: true\n        vlan-default-pvid: 5\n        vlans: [3, 1]\n"
          "        ports:\n",
          out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "          %s: %s\n", ports[i].port, ports[i].form);
    fputs("          far-z: {access: 1}\nlinks:\n  - [far:z, sw:br0]\n  - [far:y, sw:br0]\n", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "  - [far:%s, sw:%s]\n", ports[i].port, ports[i].port);
    fclose(out);
    load(yaml);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(vlans_of(iface("sw", ports[i].port)), ports[i].table);
    ck_assert_str_eq(vlans_of(iface("sw", "far-z")), "1pu");
    ck_assert_str_eq(vlans_of(iface("sw", "far-y")), "none");
    ck_assert_str_eq(vlans_of(iface("sw", "br0")), "1 3");
    ck_assert_str_eq(vlans_of(iface("far", "a")), "none");
    ck_assert_ptr_eq(iface_vlan_switch(iface("sw", "far-y")), iface("sw", "br0"));
    ck_assert_ptr_eq(iface_vlan_switch(iface("sw", "br0")), iface("sw", "br0"));
    ck_assert_ptr_null(iface_vlan_switch(iface("far", "a")));
    ck_assert(iface_is_vlan_aware(iface("sw", "far-y")));
    ck_assert_uint_eq(kind_bridge.first_pvid(iface("sw", "br0")), 5);
    /* an entry's own place */
    ck_assert_uint_eq(((struct object *)nth(&iface("sw", "e")->vlans, 2))->mark.line, 15);
    ck_assert_uint_eq(((struct object *)nth(&iface("sw", "e")->vlans, 2))->mark.column, 45);
    ck_assert_uint_eq(((struct object *)nth(&iface("sw", "a")->vlans, 0))->mark.column, 23);
    unload();
    free(yaml);
}
END_TEST

/* What the user is told where the kernel lacks one. */
START_TEST (kinds_tell_who_provides_them) {
    for (const struct kind *const *kind = kinds; *kind; kind++)
        if (!((*kind)->flags & KIND_COMMON) &&
            (!(*kind)->config || strncmp((*kind)->config, "CONFIG_", strlen("CONFIG_")) != 0))
            test_fail("%s has no .config and is not KIND_COMMON", (*kind)->name);
}
END_TEST

Suite *model_suite(void)
{
    Suite *suite = suite_create("model");
    TCase *tcase = tcase_create("model");

    tcase_add_test(tcase, links);
    tcase_add_test(tcase, lo);
    tcase_add_test(tcase, derived_ports);
    tcase_add_test(tcase, named_ports);
    tcase_add_test(tcase, defaults);
    tcase_add_test(tcase, addresses);
    tcase_add_loop_test(tcase, routes, 0, 11);
    tcase_add_test(tcase, rules);
    tcase_add_test(tcase, sysctls);
    tcase_add_test(tcase, merge_order);
    tcase_add_test(tcase, vlan_tables);
    tcase_add_test(tcase, kinds_tell_who_provides_them);
    suite_add_tcase(suite, tcase);
    return suite;
}
