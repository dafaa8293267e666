/* SPDX-License-Identifier: MIT */
/*
 * Job: interfaces and their addresses.
 * In: a namespace with resolved names and definite values. Out: complaints.
 */
#include <string.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/ip.h"
#include "parse/check.h"
#include "parse/reach.h"
#include "parse/resolve.h"
#include "parse/scalar.h"

#define FAIL(p, object, field, ...)                                                                \
    (set_broken(object), ERROR(p, object_mark(&(object)->o, field), __VA_ARGS__))

/* lo is there by itself: most keys can not be had. */
static void check_lo(struct parse *p, struct iface *lo, const struct netns *netns)
{
    static const unsigned refused[] = {IFACE_TYPE, IFACE_MAC, IFACE_ALTNAMES};

    for (unsigned i = 0; netns->host && i < IFACE_FIELDS; i++)
        if (i != IFACE_ADDRESSES && lo->o.marks[i].line) {
            FAIL(p, lo, i, "netlab does not change '%s' of the host's own lo",
                 table_iface.fields[i].key);
            HINT(p, "only 'addresses' can be added to it");
        }
    for (size_t i = 0; !netns->host && i < sizeof refused / sizeof refused[0]; i++)
        if (lo->o.marks[refused[i]].line)
            FAIL(p, lo, refused[i], "lo has no '%s'", table_iface.fields[refused[i]].key);
}

/* An end of a link that has no entry may be the one that an entry without a link is about. */
static void hint_end(struct parse *p, const struct netns *netns, const char *name)
{
    const char **names = arena_array(p->scratch, netns->interfaces.count + 1, sizeof *names);
    size_t count = 0;

    if (!names)
        return; /* it is only a hint */
    LIST_EACH (struct iface, iface, &netns->interfaces)
        if (iface->link && iface->o.mark.line == iface->link->ends[iface->end].mark.line &&
            iface->o.mark.column == iface->link->ends[iface->end].mark.column)
            names[count++] = iface->o.name;
    report_similar(p->report, name, names);
}

/* Neither a type nor a link: what was meant? */
static void fail_untyped(struct parse *p, struct iface *iface, const struct netns *netns)
{
    set_broken(iface);
    ERROR(p, iface->o.mark, "interface %s of namespace %s has no 'type' and is no end of a link",
          iface->o.name, netns->o.name);
    if (wants_hints(p))
        hint_end(p, netns, iface->o.name);
    HINT(p, "add 'type: bridge', or a link: [%s:%s, …]", netns->o.name, iface->o.name);
}

static bool check_address_shape(struct parse *p, struct address *address)
{
    const struct ip *ip = &address->address.ip;
    bool peer = address->peer.ip.family != AF_UNSPEC;
    bool lone = address->address.length == PREFIX_LONE || peer;
    char text[IP_TEXT];

    ip_text(ip, text);
    if (!peer && lone)
        FAIL(p, address, ADDRESS_ADDRESS, "'%s' needs a prefix length, as in %s/%s", text, text,
             ip->family == AF_INET6 ? "64" : "24");
    else if (peer && address->address.length != ip_bits(ip))
        FAIL(p, address, ADDRESS_ADDRESS,
             "with 'peer' the prefix length stands there, not at "
             "'address'");
    else if (peer && address->peer.length == PREFIX_LONE)
        FAIL(p, address, ADDRESS_PEER, "'peer' needs a prefix length, as in %s/%u",
             ip_text(&address->peer.ip, text), ip_bits(ip));
    else if (peer && address->peer.ip.family != ip->family)
        FAIL(p, address, ADDRESS_PEER, "'address' and 'peer' are of different families");
    else if (ip_is_zero(ip) || ip_is_multicast(ip) || (peer && ip_is_zero(&address->peer.ip)))
        FAIL(p, address, ip_is_zero(ip) || ip_is_multicast(ip) ? ADDRESS_ADDRESS : ADDRESS_PEER,
             "%s can not be an interface's address",
             ip_is_zero(ip) || ip_is_multicast(ip) ? text : ip_text(&address->peer.ip, text));
    return !is_broken(address);
}

static void check_address(struct parse *p, struct address *address, const struct iface *iface)
{
    static const unsigned ipv4[] = {ADDRESS_BROADCAST, ADDRESS_LABEL, ADDRESS_SCOPE};
    const struct ip *ip = &address->address.ip;
    struct ip last;
    char text[IP_TEXT];

    if (!check_address_shape(p, address))
        return;
    for (size_t i = 0; ip->family == AF_INET6 && i < sizeof ipv4 / sizeof ipv4[0]; i++)
        if (object_has(&address->o, ipv4[i]))
            FAIL(p, address, ipv4[i], "an IPv6 address has no '%s'",
                 table_address.fields[ipv4[i]].key);
    if (ip->family == AF_INET6)
        return;
    if (object_has(&address->o, ADDRESS_DAD))
        FAIL(p, address, ADDRESS_DAD, "'dad' is for IPv6 addresses");
    if (address->broadcast.family == AF_INET6)
        FAIL(p, address, ADDRESS_BROADCAST, "'broadcast' must be an IPv4 address");
    if (address->label && strncmp(address->label, iface->o.name, strlen(iface->o.name)) != 0)
        FAIL(p, address, ADDRESS_LABEL, "the label '%s' must begin with the interface's name, %s",
             address->label, iface->o.name);
    last = ip_last(ip, address->address.length);
    if (address->address.length < 31 && ip_equal(ip, &last) &&
        !object_has(&address->o, ADDRESS_BROADCAST))
        FAIL(p, address, ADDRESS_ADDRESS, "%s is the broadcast address of its network",
             ip_text(ip, text));
}

/* Once on an interface; on several of a namespace it is suspicious. */
static int check_address_twice(struct parse *p, struct address *address, const struct netns *netns,
                               struct strmap *seen)
{
    const struct iface *iface = (struct iface *)address->o.parent, *other;
    const struct address *first;
    char text[IP_TEXT];
    char *key = prefix_key_with(p->scratch, &address->address.ip, 0, iface_table(iface), 0);
    int err = key ? strmap_add(seen, p->scratch, key, address) : -ENOMEM;

    if (err != -EEXIST)
        return err;
    first = strmap_get(seen, key);
    LIST_EACH (struct address, own,
               &iface->addresses) { /* another interface may have had it first */
        if (own == address)
            break;
        if (ip_equal(&own->address.ip, &address->address.ip))
            first = own;
    }
    other = (struct iface *)first->o.parent;
    ip_text(&address->address.ip, text);
    if (other == iface) {
        FAIL(p, address, ADDRESS_ADDRESS, "address %s is given twice on interface %s", text,
             iface->o.name);
        HINT(p, "the first one is on line %u", first->o.mark.line);
    } else if (!ip_is_link_local(&address->address.ip)) {
        WARN(p, object_mark(&address->o, ADDRESS_ADDRESS),
             "address %s is on interfaces %s and %s of namespace %s", text, other->o.name,
             iface->o.name, netns->o.name);
    }
    return 0;
}

static int check_addresses(struct parse *p, struct iface *iface, const struct netns *netns,
                           struct strmap *seen)
{
    const struct address *ipv6 = NULL;

    LIST_EACH (struct address, address, &iface->addresses) {
        if (!is_broken(address))
            check_address(p, address, iface);
        if (is_broken(address))
            continue;
        if (check_address_twice(p, address, netns, seen) < 0)
            return -ENOMEM;
        if (address->address.ip.family == AF_INET6 && !ipv6)
            ipv6 = address;
    }
    if (!ipv6 || !object_has(&iface->o, IFACE_MTU) || iface->mtu >= MTU_MIN_IPV6)
        return 0;
    FAIL(p, iface, IFACE_MTU, "an MTU of %u is too small for the IPv6 address of interface %s",
         iface->mtu, iface->o.name);
    HINT(p, "IPv6 needs %d; the address is on line %u", MTU_MIN_IPV6, ipv6->o.mark.line);
    return 0;
}

/* All names of a namespace, alternative ones too, are of one name space. */
static int check_altnames(struct parse *p, struct iface *iface, const struct netns *netns,
                          struct strmap *seen)
{
    LIST_EACH (struct altname, altname, &iface->altnames) {
        const struct iface *other;
        int err;

        if (is_broken(altname))
            continue;
        if (strpbrk(altname->altname, "/ ")) {
            FAIL(p, altname, ALTNAME_NAME, "the name '%s' must not contain blanks or '/'",
                 altname->altname);
            continue;
        }
        err = strmap_add(seen, p->scratch, altname->altname, iface);
        if (err == -ENOMEM)
            return err;
        other = netns_iface(netns, altname->altname);
        if (!other && err == -EEXIST)
            other = strmap_get(seen, altname->altname);
        if (other)
            FAIL(p, altname, ALTNAME_NAME, "'%s' is a name of interface %s already",
                 altname->altname, other->o.name);
    }
    return 0;
}

static void check_kind(struct parse *p, struct iface *iface)
{
    const struct list *ports = iface_ports(iface);

    if (iface->kind->flags & KIND_NO_ETHERNET && object_has(&iface->o, IFACE_MAC))
        FAIL(p, iface, IFACE_MAC, "%s %s has no link-layer address",
             strchr("aeiou", *iface->kind->name) ? "an" : "a", iface->kind->name);
    if (iface->kind->check && (!iface->options || !is_broken(iface->options)))
        iface->kind->check(iface, &p->lab->source, p->report);
    if (!ports || !iface->kind->check_port)
        return;
    LIST_EACH (struct port, port, ports)
        if (port->iface && !is_broken(port) &&
            (port->iface->kind || port->iface == iface_netns(iface)->lo))
            iface->kind->check_port(port, &p->lab->source, p->report);
}

/* What exists has the options that it has. */
static void check_existing(struct parse *p, struct iface *iface)
{
    const struct object *options = iface->options;

    for (unsigned i = 0; options && i < options->table->field_count; i++)
        if (options->marks[i].line && options->table->fields[i].type != FIELD_MAP &&
            (field_is_option(&options->table->fields[i]) ||
             options->table->fields[i].type == FIELD_LIST)) {
            set_broken(iface);
            ERROR(p, options->marks[i], "netlab does not change '%s' of an existing interface",
                  options->table->fields[i].key);
        }
    if (iface->o.marks[IFACE_NETEM].line)
        FAIL(p, iface, IFACE_NETEM, "netlab does not change '%s' of an existing interface",
             "netem");
}

static void check_iface(struct parse *p, struct iface *iface, struct netns *netns)
{
    if (iface->existing)
        check_existing(p, iface);
    if (strcmp(iface->o.name, "lo") == 0)
        check_lo(p, iface, netns);
    else if (iface->kind)
        check_kind(p, iface);
    else if (!iface->o.marks[IFACE_TYPE].line && !p->links_open && !is_open(iface))
        fail_untyped(p, iface, netns);
}

int check_ifaces(struct parse *p, struct netns *netns)
{
    struct strmap addresses = {0}, altnames = {0};

    LIST_EACH (struct iface, iface, &netns->interfaces) {
        check_iface(p, iface, netns);
        if (iface->netem && !is_broken(iface->netem))
            check_netem(p, iface->netem);
        if (check_addresses(p, iface, netns, &addresses) < 0 ||
            check_altnames(p, iface, netns, &altnames) < 0)
            return -ENOMEM;
    }
    return 0;
}
