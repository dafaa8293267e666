/* SPDX-License-Identifier: MIT */
/*
 * Job: labs as the kernel tells them, written as topology files. The kernel leaves nothing open and
 * has things of its own: the file is to be the one that a person wrote all the same. What a file
 * can not say is left out, with a word about it.
 */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "kinds/kind.h"
#include "model/ip.h"
#include "random.h"
#include "roundtrip.h"

enum {
    PROTOCOL_LO = 1, /* IFAPROT_KERNEL_… */
    PROTOCOL_RA = 2,
    PROTOCOL_LL = 3,
};

static void *add(struct netlab_lab *lab, struct list *list, const struct table *table,
                 struct object *parent)
{
    struct object *object = arena_alloc(lab->arena, table->size);

    object->table = table;
    object->parent = parent;
    object->set = (UINT64_C(1) << table->field_count) - 1;
    list_append(list, object);
    return object;
}

static struct prefix prefix(const char *ip, unsigned length)
{
    struct prefix prefix = {.length = (uint8_t)length};

    ck_assert_int_eq(ip_parse(ip, &prefix.ip), 0);
    return prefix;
}

static void add_address(struct netlab_lab *lab, struct iface *iface, const char *ip,
                        unsigned length, uint32_t protocol)
{
    struct address *address = add(lab, &iface->addresses, &table_address, &iface->o);

    address->address = prefix(ip, length);
    address->lifetime = LIFETIME_FOREVER;
    address->protocol = protocol;
}

static struct route *add_route(struct netlab_lab *lab, struct netns *netns, const char *to,
                               unsigned length, const char *dev)
{
    struct route *route = add(lab, &netns->routes, &table_route, &netns->o);

    route->to = prefix(to, length);
    route->family = route->to.ip.family;
    route->type = RTN_UNICAST;
    route->table = RT_TABLE_MAIN;
    route->dev.name = dev;
    return route;
}

/* All bits on, nothing from a file. */
static void tell_all(struct object *object, uint64_t but)
{
    for (unsigned i = 0; i < object->table->field_count; i++)
        if (!object_has(object, i) && (object->table->fields[i].flags & FIELD_INITIAL))
            field_reset(&object->table->fields[i], object);
    if (object->table == &table_sysctl && !object->set)
        return; /* it follows from `forwarding` and the like, which the reader folds it into */
    object->set |= ((UINT64_C(1) << object->table->field_count) - 1) & ~but;
    object->marks = NULL;
    object->mark = (struct mark){0};
}

static uint64_t unless(const struct object *object, unsigned index)
{
    return object_has(object, index) ? 0 : UINT64_C(1) << index;
}

/* A field without an initial value is one that the kernel makes up: none is told. */
static uint64_t made_up(const struct object *object)
{
    uint64_t result = 0;

    for (unsigned i = 0; i < object->table->field_count; i++)
        if (!(object->table->fields[i].flags & FIELD_INITIAL))
            result |= unless(object, i);
    return result;
}

static void tell_iface(struct netlab_lab *lab, struct iface *iface)
{
    bool lo = !iface->kind;

    if (iface->existing)
        return; /* only what the file says is looked for */
    if (!object_has(&iface->o, IFACE_MTU))
        iface->mtu = iface_initial_mtu(iface) ? iface_initial_mtu(iface) : 1500;
    if (iface_ports(iface) && !object_has(&iface->o, IFACE_MTU)) {
        iface->mtu = 0;
        LIST_EACH (struct iface, port, &iface_netns(iface)->interfaces)
            if (port->master == iface && (!iface->mtu || port->mtu < iface->mtu))
                iface->mtu = port->mtu;
        iface->mtu = iface->mtu ? iface->mtu : 1500;
    }
    if (!object_has(&iface->o, IFACE_TXQUEUELEN)) {
        iface->txqueuelen = iface_initial_txqueuelen(iface);
        iface->o.set |= UINT64_C(1) << IFACE_TXQUEUELEN;
    }
    if (lo)
        tell_all(&iface->o, 0);
    else if (iface_initial_mtu(iface) || iface_ports(iface))
        tell_all(&iface->o, unless(&iface->o, IFACE_MAC));
    else /* its MTU follows from what it stands on, or from its headers */
        tell_all(&iface->o, unless(&iface->o, IFACE_MAC) | unless(&iface->o, IFACE_MTU));
    if (iface->options)
        tell_all(iface->options, made_up(iface->options));
    if (iface->netem)
        tell_all(&iface->netem->o, 0);
    if (iface->master && !iface->port) {
        iface->port = add(lab, (struct list *)iface_ports(iface->master),
                          iface->master->kind->port_options, &iface->master->o);
        iface->port->iface = iface;
        iface->port->o.name = iface->o.name;
        iface->port->o.set = 0;
    }
    if (iface->port)
        tell_all(&iface->port->o, made_up(&iface->port->o));
    LIST_EACH (struct address, address, &iface->addresses) {
        if (address->address.ip.family == AF_INET) {
            address->label = address->label ? address->label : iface->o.name;
            address->dad = true; /* there is no such flag that could be missing */
        }
        tell_all(&address->o, 0);
    }
    LIST_EACH (struct object, altname, &iface->altnames)
        tell_all(altname, 0);
    if (lo && iface->up) {
        add_address(lab, iface, "127.0.0.1", 8, PROTOCOL_LO);
        add_address(lab, iface, "::1", 128, 0); /* as older kernels tell it */
    } else if (iface->up) {
        add_address(lab, iface, "fe80::ff:fe00:1", 64, PROTOCOL_LL);
        add_address(lab, iface, "2001:db8::ff:fe00:1", 64, PROTOCOL_RA);
    }
}

static void tell_routes(struct netlab_lab *lab, struct netns *netns)
{
    static const uint32_t protocols[] = {RTPROT_KERNEL, RTPROT_RA, RTPROT_REDIRECT};

    LIST_EACH (struct route, route, &netns->routes) {
        bool dead = route->type != RTN_UNICAST && route->type != RTN_LOCAL;

        if (!route->metric && route->family == AF_INET6)
            route->metric = 1024;
        if (dead && route->family == AF_INET6) {
            route->dev.name = "lo";
            route->dev.iface = netns->lo;
        }
        LIST_EACH (struct nexthop, hop, &route->nexthops)
            tell_all(&hop->o, 0);
        tell_all(&route->o, 0);
    }
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        add_route(lab, netns, "10.0.0.0", 24, "lo")->protocol = protocols[i];
}

static void tell_rules(struct netlab_lab *lab, struct netns *netns)
{
    LIST_EACH (struct rule, rule, &netns->rules) {
        if (!object_has(&rule->o, RULE_TABLE))
            rule->table = RT_TABLE_MAIN; /* ip-rule(8) gives it to all actions */
        tell_all(&rule->o, unless(&rule->o, RULE_FWMARK));
    }
    for (uint32_t table = RT_TABLE_LOCAL; table >= RT_TABLE_DEFAULT; table--) {
        struct rule *rule = add(lab, &netns->rules, &table_rule, &netns->o);

        rule->table = table;
        rule->action = 1;
        rule->family = AF_INET;
        rule->protocol = RTPROT_KERNEL;
    }
}

static bool is_form(const struct field *field)
{
    return field->type == FIELD_LIST || (field->min == VLAN_MIN && field->max == VLAN_MAX);
}

/* No words, but tables: of all interfaces. */
static void forget_forms(struct netlab_lab *lab, struct iface *iface, struct object *options)
{
    const struct iface *master = iface_vlan_switch(iface);
    uint16_t pvid = (uint16_t)master->kind->first_pvid(master);

    for (unsigned i = 0; i < options->table->field_count; i++)
        if (is_form(&options->table->fields[i])) {
            if (options->table->fields[i].type == FIELD_LIST)
                *(struct list *)FIELD_AT(options, &options->table->fields[i]) = (struct list){0};
            options->set &= ~(UINT64_C(1) << i);
        }
    if (!iface->has_vlans && pvid) {
        struct vlan *vlan = add(lab, &iface->vlans, &table_vlan, &iface->o);

        vlan->id = (struct vlan_range){pvid, pvid};
        vlan->pvid = vlan->untagged = true;
    }
    iface->has_vlans = true;
}

static void tell_vlans(struct netlab_lab *lab, struct netns *netns)
{
    LIST_EACH (struct iface, iface, &netns->interfaces) {
        if (!iface->kind || !iface->kind->tell_vlans)
            continue;
        forget_forms(lab, iface, iface->options);
        LIST_EACH (struct port, port, iface_ports(iface))
            forget_forms(lab, port->iface, &port->o);
        ck_assert_int_eq(iface->kind->tell_vlans(iface, lab->arena), 0);
    }
}

/* The lab as the kernel would tell it: every field, no places, things of its own. */
static void tell(struct netlab_lab *lab)
{
    LIST_EACH (struct netns, netns, &lab->namespaces) {
        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (!iface_ports(iface))
                tell_iface(lab, iface);
        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (iface_ports(iface))
                tell_iface(lab, iface);
        tell_vlans(lab, netns);
        tell_routes(lab, netns);
        tell_rules(lab, netns);
        LIST_EACH (struct object, neighbor, &netns->neighbors)
            tell_all(neighbor, 0);
        LIST_EACH (struct sysctl, sysctl, &netns->sysctls) {
            tell_all(&sysctl->o, 0);
            sysctl->o.name = sysctl->path;
        }
        tell_all(&netns->o, 0);
        if (netns->host)
            netns->hostname = "machine";
        if (netns->host && netns->lo)
            netns->lo->alias = "the host's own";
    }
    LIST_EACH (struct link, link, &lab->links) {
        link->o.marks = NULL;
        link->o.set = 0;
        for (unsigned end = 0; end < 2; end++)
            link->ends[end] = (struct endpoint){.iface = link->ends[end].iface};
    }
}

static void check_told(const char *yaml)
{
    struct netlab_lab *lab = load_text(yaml);
    char *wanted, *found;

    LIST_EACH (struct link, link, &lab->links)
        link->o.set &= ~(UINT64_C(1) << LINK_MAC); /* the kernel knows no links */
    wanted = write_lab(lab);
    tell(lab);
    found = write_lab(lab);
    same(wanted, found);
    lab_free(lab);
    free(wanted);
    free(found);
}

static void check_file(const char *folder, int index)
{
    char *yaml = data_read(text("%s.yaml", data_files(folder)->paths[index]), NULL);

    ck_assert_ptr_nonnull(yaml);
    check_told(yaml);
    free(yaml);
}

START_TEST (examples_told_by_the_kernel) {
    check_file("../../examples", _i);
}
END_TEST

START_TEST (good_files_told_by_the_kernel) {
    check_file("good", _i);
}
END_TEST

START_TEST (style_told_by_the_kernel) {
    check_file("topology", _i);
}
END_TEST

START_TEST (random_settings_told_by_the_kernel) {
    unsigned seed = random_seed();

    for (long i = 0; i < random_rounds(); i++) {
        char *yaml = legal_settings(&seed);

        test_about("NETLAB_SEED=%u", seed);
        check_told(yaml);
        free(yaml);
        seed++;
    }
}
END_TEST

/* What a file can not say */

static struct netns *netns_of(struct netlab_lab *lab, const char *name)
{
    return strmap_get(&lab->names, name);
}

static const char strangers[] =
    "name: strangers\n"
    "namespaces:\n"
    "  left:\n"
    "    interfaces:\n"
    "      eth0: {addresses: [10.0.0.1/24]}\n"
    "      eth1: {addresses: [10.1.0.1/24]}\n"
    "      br0: {type: bridge, ports: {eth2: {cost: 5}, right-eth3: }}\n"
    "    routes:\n"
    "      - {to: default, via: 10.0.0.2}\n"
    "      - {to: 10.2.0.0/16, via: 10.1.0.2, dev: eth1}\n"
    "      - {to: 10.3.0.0/16, dev: eth2}\n"
    "      - {to: 10.4.0.0/16, nexthops: [{via: 10.0.0.2}, {dev: eth1}]}\n"
    "    rules:\n"
    "      - {priority: 1, iif: eth1, table: 5}\n"
    "      - {priority: 2, oif: eth2, table: 5}\n"
    "      - {priority: 3, iif: eth0, table: 5}\n"
    "      - {priority: 4, iif: lo, table: 5}\n"
    "    neighbors:\n"
    "      - {to: 10.1.0.9, mac: 02:00:00:00:00:01, dev: eth1}\n"
    "      - {to: 10.0.0.9, mac: 02:00:00:00:00:01, dev: eth0}\n"
    "    sysctls: {net.ipv4.conf.eth1.rp_filter: 0, net.ipv4.conf.eth0.rp_filter: 0}\n"
    "  right:\n"
    "links:\n"
    "  - [left:eth0, right:eth0]\n"
    "  - [left:eth1, right:eth1]\n"
    "  - [left:eth2, right:eth2]\n"
    "  - [right:eth3, left:br0]\n";

/* Take a link's other end away: it is in a namespace of somebody else's. */
static void cut(struct netlab_lab *lab, struct iface *iface)
{
    struct link *link = iface->link;
    struct iface *far = iface_peer(iface);
    struct list *lists[] = {&lab->links, &iface_netns(far)->interfaces};
    struct object *gone[] = {&link->o, &far->o};

    for (size_t i = 0; i < 2; i++) {
        struct list kept = {0};

        for (struct object *object = lists[i]->first, *next; object; object = next) {
            next = object->next;
            if (object != gone[i])
                list_append(&kept, object);
        }
        *lists[i] = kept;
    }
    iface->link = NULL;
}

START_TEST (what_is_not_part_of_the_lab) {
    struct netlab_lab *lab = load_text(strangers);
    struct netns *left = netns_of(lab, "left");
    struct iface *unknown = netns_iface(left, "eth2");
    char *written;

    cut(lab, netns_iface(left, "eth1"));
    cut(lab, unknown);
    unknown->kind = NULL;
    ((struct rule *)left->rules.last)->iif = (struct ifref){.name = "ghost"};
    tell(lab);
    /* the bridge has it of a port that is left out */
    unknown->mtu = netns_iface(left, "br0")->mtu = 1400;
    written = write_lab(lab);
    same("name: strangers\n"
         "\n"
         "namespaces:\n"
         "  left:\n"
         "    # eth1: the other end of this veth pair is elsewhere\n"
         "    # eth2: netlab does not know this kind of interface\n"
         "    interfaces:\n"
         "      eth0: {addresses: [10.0.0.1/24]}\n"
         "      br0: {type: bridge, mtu: 1400}\n"
         "    routes:\n"
         "      - {to: default, via: 10.0.0.2}\n"
         "    rules:\n"
         "      - {priority: 3, iif: eth0, table: 5}\n"
         "    neighbors:\n"
         "      - {to: 10.0.0.9, mac: 02:00:00:00:00:01, dev: eth0}\n"
         "    sysctls:\n"
         "      net.ipv4.conf.eth0.rp_filter: 0\n"
         "  right:\n"
         "\n"
         "links:\n"
         "  - [left:eth0, right:eth0]\n"
         "  - [right:eth3, left:br0]\n",
         written);
    lab_free(load_text(written));
    lab_free(lab);
    free(written);
}
END_TEST

START_TEST (a_namespace_of_strangers) {
    struct netlab_lab *lab = load_text("name: x\nnamespaces: {a: , b: , c: }\n"
                                       "links: [['a:#', b:y]]\n");
    char *written;

    cut(lab, netns_iface(netns_of(lab, "a"), "#"));
    tell(lab);
    written = write_lab(lab);
    same("name: x\n\nnamespaces:\n  a:\n"
         "    # \"#\": the other end of this veth pair is elsewhere\n  b:\n  c:\n",
         written);
    lab_free(load_text(written));
    lab_free(lab);
    free(written);
}
END_TEST

/* Not all ports have something to say. */
START_TEST (members_without_an_entry) {
    static const char yaml[] = "name: x\n"
                               "\n"
                               "namespaces:\n"
                               "  a:\n"
                               "    interfaces:\n"
                               "      br0:\n"
                               "        type: bridge\n"
                               "        ports:\n"
                               "          p2: {cost: 5}\n"
                               "          p1:\n"
                               "  b:\n"
                               "\n"
                               "links:\n"
                               "  - [a:p1, b:p1]\n"
                               "  - [a:p2, b:p2]\n";
    struct netlab_lab *lab = load_text(yaml);
    struct netns *a = netns_of(lab, "a");
    struct list *ports = (struct list *)iface_ports(netns_iface(a, "br0"));
    char *written;

    netns_iface(a, "p1")->port = NULL;
    *ports = (struct list){.first = ports->first, .last = ports->first, .count = 1};
    ports->first->next = NULL;
    written = write_lab(lab);
    same(yaml, written);
    lab_free(lab);
    free(written);
}
END_TEST

/* A route of a type, a rule of an action, that no word is there for. */
START_TEST (what_has_no_word) {
    struct netlab_lab *lab =
        load_text("name: x\nnamespaces: {a: {rules: [{priority: 1, action: prohibit}],\n"
                  "  routes: [{to: 10.0.0.0/24, type: throw}]}}\n");
    struct netns *a = netns_of(lab, "a");
    char *written;

    ((struct route *)a->routes.first)->type = RTN_NAT;
    ((struct rule *)a->rules.first)->action = 3; /* FR_ACT_NOP */
    written = write_lab(lab);
    same("name: x\n\nnamespaces:\n  a:\n", written);
    lab_free(lab);
    free(written);
}
END_TEST

/* The kernel takes names of any bytes. */
START_TEST (bytes_that_are_no_text) {
    struct netlab_lab *lab =
        load_text("name: x\nnamespaces: {a: {interfaces: {br: {type: bridge, alias: x}}}}\n");
    char *written;

    netns_iface(netns_of(lab, "a"), "br")->alias = "a\xff\xc3(\x01";
    written = write_lab(lab);
    has(written, "alias: \"a\\ufffd\\ufffd(\\x01\"");
    lab_free(lab);
    free(written);
}
END_TEST

START_TEST (a_lab_of_nothing) {
    struct netlab_lab *lab = lab_new();
    char *written;

    lab->name = "on";
    written = write_lab(lab);
    same("name: on\n", written);
    lab_free(lab);
    free(written);
}
END_TEST

Suite *seen_suite(void)
{
    Suite *suite = suite_create("seen");
    TCase *tcase = tcase_create("seen");

    tcase_add_loop_test(tcase, examples_told_by_the_kernel, 0,
                        (int)data_files("../../examples")->count);
    tcase_add_loop_test(tcase, good_files_told_by_the_kernel, 0, (int)data_files("good")->count);
    tcase_add_loop_test(tcase, style_told_by_the_kernel, 0, (int)data_files("topology")->count);
    tcase_add_test(tcase, random_settings_told_by_the_kernel);
    tcase_add_test(tcase, what_is_not_part_of_the_lab);
    tcase_add_test(tcase, a_namespace_of_strangers);
    tcase_add_test(tcase, members_without_an_entry);
    tcase_add_test(tcase, what_has_no_word);
    tcase_add_test(tcase, bytes_that_are_no_text);
    tcase_add_test(tcase, a_lab_of_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
