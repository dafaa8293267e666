/* SPDX-License-Identifier: MIT */
/*
 * Job: what of a lab its topology file has to say.
 * In: objects with definite values. Out: yes or no.
 *
 * What a field would become if it was not given is asked of those who fill it in (definite.h).
 */
#include "output/say.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/definite.h"
#include "model/ip.h"
#include "model/text.h"
#include "model/vlan.h"

enum {
    MTU_DEFAULT = 1500, /* ETH_DATA_LEN */
    METRIC_IPV6 = 1024, /* IP6_RT_PRIO_USER: what a route without one gets */
};

static bool is_lo(const struct iface *iface)
{
    return strcmp(iface->o.name, "lo") == 0;
}

static bool is_bridge(const struct iface *iface)
{
    return iface && iface->kind && (iface->kind->flags & KIND_PLUG);
}

/* References */

static bool refers_out(const struct object *object, const struct netns *netns);

/* Whether what it stands on is not in the file. */
static bool stands_outside(const struct iface *iface)
{
    const struct stacked *stacked = iface_stacked(iface);
    const struct iface *lower = iface_lower(iface);

    if (!stacked || !stacked->lower.name)
        return false;
    return lower ? iface_fault(lower) != NULL
                 : !stacked->lower_netns || !stacked->lower_netns->foreign;
}

const char *iface_fault(const struct iface *iface)
{
    if (is_lo(iface))
        return NULL;
    if (!iface->kind)
        return "netlab does not know this kind of interface";
    if ((iface->kind->flags & KIND_BY_LINKS) && !iface->link && !iface->existing)
        return "the other end of this veth pair is elsewhere";
    if (stands_outside(iface))
        return "it stands on an interface that is not part of this lab";
    return NULL;
}

static bool ref_is_out(const struct ifref *ref, const struct netns *netns)
{
    const struct iface *iface = ref->iface;

    if (!ref->name)
        return false;
    if (!iface)
        iface = netns_iface(netns, ref->name);
    return iface ? iface_fault(iface) != NULL : !netns->foreign;
}

/* Whether an object names an interface that the file does not have. */
static bool refers_out(const struct object *object, const struct netns *netns)
{
    for (unsigned i = 0; i < object->table->field_count; i++) {
        const struct field *field = &object->table->fields[i];

        if (field->type == FIELD_IFREF && ref_is_out(FIELD_AT(object, field), netns))
            return true;
        if (field->type != FIELD_LIST)
            continue;
        LIST_EACH (struct object, entry, (struct list *)FIELD_AT(object, field))
            if (refers_out(entry, netns))
                return true;
    }
    return false;
}

/* Ports */

static bool is_derived(const struct iface *port, const struct netns *far_netns, const char *far)
{
    char text[PORT_NAME_TEXT];

    return is_bridge(port->master) &&
           strcmp(port->o.name, port_name_text(far_netns->o.name, far, text)) == 0;
}

bool end_is_plug(const struct link *link, unsigned end)
{
    const struct iface *a = link->ends[0].iface, *b = link->ends[1].iface;
    bool first = is_derived(a, iface_netns(b), b->o.name);

    /* what a port is called depends on how the other end is written */
    if (a->master && b->master && is_derived(a, iface_netns(b), b->master->o.name) &&
        is_derived(b, iface_netns(a), a->master->o.name))
        return true;
    return end == 0 ? first : !first && is_derived(b, iface_netns(a), a->o.name);
}

bool member_is_listed(const struct iface *member)
{
    if (iface_fault(member))
        return false;
    return (member->port && object_has_content(&member->port->o)) || !member->link ||
           !end_is_plug(member->link, member->end);
}

static bool has_listed_members(const struct iface *iface)
{
    LIST_EACH (struct iface, member, &iface_netns(iface)->interfaces)
        if (member->master == iface && member_is_listed(member))
            return true;
    return false;
}

/* Interfaces and links */

static uint32_t mtu_of(const struct iface *iface)
{
    return object_has(&iface->o, IFACE_MTU) ? iface->mtu : MTU_DEFAULT;
}

/*
 * The MTU that an interface has unless it is given another: a bridge's is that of its ports, a
 * VLAN's that of what it stands on. 0: that is not known.
 */
static uint32_t default_mtu(const struct iface *iface)
{
    const struct iface *lower = iface_lower(iface);
    uint32_t mtu = iface_initial_mtu(iface);

    if (mtu)
        return mtu;
    if (!iface_ports(iface))
        return lower && !kind_lower_field(iface->kind)->attribute ? mtu_of(lower) : 0;
    LIST_EACH (struct iface, port, &iface_netns(iface)->interfaces)
        if (port->master == iface && !iface_fault(port) && (!mtu || mtu_of(port) < mtu))
            mtu = mtu_of(port);
    return mtu ? mtu : MTU_DEFAULT;
}

static bool has_mtu(const struct iface *iface)
{
    return object_has(&iface->o, IFACE_MTU) && iface->mtu != default_mtu(iface);
}

/* Whether a link says it for both ends. */
static bool link_says_mtu(const struct link *link)
{
    const struct iface *a = link->ends[0].iface, *b = link->ends[1].iface;

    return has_mtu(a) && has_mtu(b) && a->mtu == b->mtu;
}

static bool link_says_mac(const struct link *link)
{
    for (unsigned end = 0; end < 2; end++)
        if (memcmp(&link->mac[end], &link->ends[end].iface->mac, sizeof link->mac[end]) != 0)
            return false;
    return object_has(&link->o, LINK_MAC);
}

/* Whether packets of both directions suffer the same. */
static bool link_says_netem(const struct link *link)
{
    const struct netem *a = link->ends[0].iface->netem, *b = link->ends[1].iface->netem;

    for (unsigned i = 0; a && b && i < NETEM_FIELDS; i++)
        if (!field_equal(&table_netem.fields[i], &a->o, &b->o))
            return false;
    return a && b && object_has_content(&a->o);
}

static bool iface_says(const struct object *object, unsigned index)
{
    const struct iface *iface = (const struct iface *)object;

    if (index == IFACE_EXISTING && !iface->existing)
        return false;
    if (iface->existing)
        return index != IFACE_EXISTING || !is_lo(iface);
    if (is_lo(iface) && iface_netns(iface)->host)
        return index == IFACE_ADDRESSES;
    if (is_lo(iface) && (index == IFACE_MAC || index == IFACE_ALTNAMES))
        return false;
    if (index == IFACE_MTU)
        return has_mtu(iface) && !(iface->link && link_says_mtu(iface->link));
    if (index == IFACE_MAC && iface->kind && iface->kind->shares_mac &&
        iface->kind->shares_mac(iface->options))
        return false;
    if (index == IFACE_MAC)
        return !(iface->link && link_says_mac(iface->link));
    if (index == IFACE_NETEM)
        return !(iface->link && link_says_netem(iface->link));
    return index != IFACE_UP || !iface->up;
}

static bool link_says(const struct object *object, unsigned index)
{
    const struct link *link = (const struct link *)object;

    if (index == LINK_MTU)
        return link_says_mtu(link);
    if (index == LINK_NETEM)
        return link_says_netem(link);
    return index != LINK_MAC || link_says_mac(link);
}

bool field_is_ports(const struct object *options, const struct field *field)
{
    const struct kind *kind;

    if (field->type != FIELD_MAP || !options->parent || options->parent->table != &table_iface)
        return false;
    kind = ((const struct iface *)options->parent)->kind;
    return kind && (kind->flags & KIND_MEMBERS) && field->table == kind->port_options;
}

/* Addresses, routes, rules */

static bool address_says(const struct object *object, unsigned index)
{
    const struct address *address = (const struct address *)object;
    const struct iface *iface = (const struct iface *)object->parent;
    struct address plain = {.o = *object, .address = address->address, .scope = address->scope};
    bool ipv6 = address->address.ip.family == AF_INET6;

    if (index == ADDRESS_ADDRESS || index == ADDRESS_PEER)
        return true;
    if (index == ADDRESS_DAD && !ipv6)
        return false;
    if (ipv6 && (index == ADDRESS_BROADCAST || index == ADDRESS_LABEL || index == ADDRESS_SCOPE))
        return false;
    if (index == ADDRESS_LABEL)
        return strcmp(address->label, iface->o.name) != 0;
    plain.o.set = index == ADDRESS_SCOPE ? 0 : UINT64_C(1) << ADDRESS_SCOPE;
    address_fill(&plain, iface);
    return !field_equal(&table_address.fields[index], object, &plain.o);
}

static bool is_default(const struct prefix *to)
{
    return to->length == 0 && ip_is_zero(&to->ip);
}

/* Without a metric, a route to an interface's own network would be refused as a repetition. */
static bool is_connected(const struct route *route)
{
    const struct iface *dev = route->dev.iface;

    if (!dev || route->via.family || route->table != iface_table(dev))
        return false;
    LIST_EACH (struct address, address, &dev->addresses) {
        const struct prefix *net = address->peer.ip.family ? &address->peer : &address->address;

        if (net->length == route->to.length && prefix_contains(&route->to, &net->ip) &&
            !address->noprefixroute && object_is_said(&address->o))
            return true;
    }
    return false;
}

static bool says_way(const struct route *route, unsigned index)
{
    if (index == ROUTE_NEXTHOPS)
        return route->type == RTN_UNICAST;
    if (index == ROUTE_VIA || index == ROUTE_ONLINK)
        return route->type == RTN_UNICAST && !route->nexthops.count;
    return route->type == RTN_LOCAL || (route->type == RTN_UNICAST && !route->nexthops.count);
}

static bool route_says(const struct object *object, unsigned index)
{
    const struct route *route = (const struct route *)object;
    bool ipv6 = route->family == AF_INET6;
    struct route plain = {.o = *object,
                          .to = route->to,
                          .via = route->via,
                          .nexthops = route->nexthops,
                          .src = route->src,
                          .type = route->type,
                          .family = route->family};

    if (index == ROUTE_VIA || index == ROUTE_DEV || index == ROUTE_NEXTHOPS)
        return says_way(route, index);
    if (index == ROUTE_METRIC)
        return ipv6 ? route->metric && (route->metric != METRIC_IPV6 || is_connected(route))
                    : route->metric != 0;
    if (index == ROUTE_ONLINK)
        return route->onlink;
    if (index != ROUTE_TABLE && index != ROUTE_SCOPE && index != ROUTE_TYPE &&
        index != ROUTE_FAMILY)
        return true;
    plain.o.set = index == ROUTE_TYPE ? 0 : UINT64_C(1) << ROUTE_TYPE;
    if (index == ROUTE_FAMILY) {
        plain.family = AF_UNSPEC;
        if (is_default(&route->to))
            plain.to.ip.family = AF_UNSPEC;
    }
    route_fill(&plain);
    return !field_equal(&table_route.fields[index], object, &plain.o);
}

static bool nexthop_says(const struct object *object, unsigned index)
{
    struct nexthop plain = {.o = {.set = 0}};

    nexthop_fill(&plain);
    return index != NEXTHOP_WEIGHT || !field_equal(&table_nexthop.fields[index], object, &plain.o);
}

static bool rule_says(const struct object *object, unsigned index)
{
    const struct rule *rule = (const struct rule *)object;
    struct rule plain = {.from = rule->from, .to = rule->to};

    if (index == RULE_TABLE)
        return rule->action == FR_ACT_TO_TBL;
    if (index != RULE_ACTION && index != RULE_FAMILY)
        return true;
    rule_fill(&plain);
    return !field_equal(&table_rule.fields[index], object, &plain.o);
}

static bool netns_says(const struct object *object, unsigned index)
{
    const struct netns *netns = (const struct netns *)object;

    if (index == NETNS_FORWARDING)
        return netns->forwarding != FORWARDING_NONE;
    if (index == NETNS_HOSTNAME)
        return !netns->host && strcmp(netns->hostname, netns->o.name) != 0;
    return true;
}

/* Fields */

static bool in_range(const struct field *field, uint32_t value)
{
    return choice_word(field->choices, value) || (value >= field->min && value <= field->max);
}

static bool has_entries(const struct list *list)
{
    LIST_EACH (struct object, entry, list)
        if (object_is_said(entry))
            return true;
    return false;
}

/* Whether there is something to write at all. */
static bool has_value(const struct object *object, const struct field *field)
{
    const void *value = FIELD_AT(object, field);

    switch (field->type) {
    case FIELD_UINT:
    case FIELD_DURATION:
        return in_range(field, *(const uint32_t *)value);
    case FIELD_ENUM:
        return choice_word(field->choices, *(const uint32_t *)value) != NULL;
    case FIELD_STRING:
    case FIELD_IFNAME:
    case FIELD_HOSTNAME:
    case FIELD_TEXT:
        return *(const char *const *)value && **(const char *const *)value;
    case FIELD_VALUE:
        return *(const char *const *)value != NULL;
    case FIELD_IP:
        return ((const struct ip *)value)->family || (field->flags & FIELD_NONE_OK);
    case FIELD_ADDRESS:
    case FIELD_NETWORK:
        return ((const struct prefix *)value)->ip.family != AF_UNSPEC;
    case FIELD_IFREF:
        return ((const struct ifref *)value)->name != NULL;
    case FIELD_LOWER:
        return ((const struct endpoint *)value)->name != NULL;
    case FIELD_OBJECT:
        return object_has_content(*(struct object *const *)value);
    case FIELD_LIST:
    case FIELD_MAP:
        return has_entries(value) || (field->flags & FIELD_EMPTY_OK);
    case FIELD_KIND: /* written before all others */
    case FIELD_NODE:
        return false;
    case FIELD_MAC:
        return memcmp(value, &(struct mac){{0}}, sizeof(struct mac)) != 0;
    case FIELD_BOOL:
    case FIELD_DEST:
    case FIELD_MAC_PAIR:
    case FIELD_PERCENT:
    case FIELD_FWMARK:
    case FIELD_VLANS:
    case FIELD_PORTS:
    case FIELD_ENDPOINTS:
        break;
    case FIELD_RATE:
        return *(const uint64_t *)value <= RATE_MAX;
    }
    return true;
}

/*
 * Whether a field has a value to look at. What is in a list need not have come by its key; and the
 * family of a route was told by `::/0`, but is not by `default`.
 */
static bool is_given(const struct object *object, unsigned index)
{
    const struct field *field = &object->table->fields[index];
    bool by_itself = (field->type == FIELD_LIST && !(field->flags & FIELD_EMPTY_OK)) ||
                     field->type == FIELD_MAP ||
                     (object->table == &table_route && index == ROUTE_FAMILY);

    return (by_itself || object_has(object, index)) && has_value(object, field);
}

/* Whether such an object has it anyway. */
static bool is_initial(const struct object *object, unsigned index)
{
    const struct iface *iface = (const struct iface *)object;

    if (object->table == &table_iface && index == IFACE_TXQUEUELEN)
        return iface->txqueuelen == iface_initial_txqueuelen(iface);
    return field_is_initial(&object->table->fields[index], object);
}

bool field_is_said(const struct object *object, unsigned index)
{
    static const struct {
        const struct table *table;
        bool (*says)(const struct object *object, unsigned index);
    } rules[] = {
        {&table_netns, netns_says},     {&table_iface, iface_says}, {&table_link, link_says},
        {&table_address, address_says}, {&table_route, route_says}, {&table_nexthop, nexthop_says},
        {&table_rule, rule_says},
    };
    const struct field *field = &object->table->fields[index];

    if (field_is_ports(object, field))
        return has_listed_members((const struct iface *)object->parent);
    if (object->table == &table_link && index != LINK_MAC)
        return link_says(object, index); /* its ends know */
    if (!is_given(object, index) || is_initial(object, index))
        return false;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].table == object->table)
            return rules[i].says(object, index);
    return true;
}

bool object_has_content(const struct object *object)
{
    for (unsigned i = 0; object && i < object->table->field_count; i++)
        if (field_is_said(object, i))
            return true;
    return false;
}

/* Entries */

/* A route of a type, a rule of an action that no word stands for would be read as another one. */
static bool has_words(const struct object *object)
{
    for (unsigned i = 0; i < object->table->field_count; i++) {
        const struct field *field = &object->table->fields[i];

        if (field->type == FIELD_ENUM && object_has(object, i) && !has_value(object, field))
            return false;
    }
    return !object->beyond;
}

static bool iface_is_said(const struct iface *iface)
{
    if (iface_fault(iface))
        return false;
    return (iface->kind && !(iface->kind->flags & KIND_BY_LINKS)) || object_has_content(&iface->o);
}

static bool address_is_said(const struct address *address)
{
    return !address_is_kernels(address) &&
           !address_is_los_own(address, (const struct iface *)address->o.parent);
}

static bool sysctl_is_said(const struct sysctl *sysctl)
{
    const struct ifref device = {.name = sysctl->device, .iface = sysctl->iface};

    /* not given: it follows from something else, e.g. `forwarding` */
    return object_has(&sysctl->o, SYSCTL_VALUE) &&
           !ref_is_out(&device, (const struct netns *)sysctl->o.parent);
}

bool object_is_said(const struct object *object)
{
    const struct route *route = (const struct route *)object;
    const struct rule *rule = (const struct rule *)object;

    if (object->table == &table_iface)
        return iface_is_said((const struct iface *)object);
    if (object->table == &table_address)
        return address_is_said((const struct address *)object);
    if (object->table == &table_sysctl)
        return sysctl_is_said((const struct sysctl *)object);
    if (object->table == &table_route &&
        (route->protocol == RTPROT_REDIRECT || route->protocol == RTPROT_KERNEL ||
         route->protocol == RTPROT_RA))
        return false;
    if (object->table == &table_rule && rule->protocol == RTPROT_KERNEL)
        return false;
    if (object->table == &table_route || object->table == &table_rule ||
        object->table == &table_neighbor)
        return has_words(object) && !refers_out(object, (const struct netns *)object->parent);
    return true;
}

bool value_text(const struct field *field, const void *value, char text[IP_TEXT])
{
    if (field->type == FIELD_BOOL)
        snprintf(text, IP_TEXT, "%s", *(const bool *)value ? "true" : "false");
    else if (field->type == FIELD_MAC)
        mac_text(value, text);
    else if (field->type == FIELD_IP)
        ip_text(value, text); /* "none" is one */
    else if (field->type == FIELD_PERCENT)
        percent_text(*(const uint32_t *)value, text);
    else if (field->type == FIELD_RATE)
        rate_text(*(const uint64_t *)value, text);
    else if (field->type == FIELD_VLANS)
        vlans_text(value, text);
    else if (field->type == FIELD_PORTS)
        ports_text(value, text);
    else
        return false;
    return true;
}
