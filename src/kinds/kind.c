/* SPDX-License-Identifier: MIT */
/*
 * Job: the list of kinds, and what their tables have in common.
 */
#include "kinds/kind.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "model/ip.h"

const struct kind kind_device = {.name = "device"};

const struct kind *kind_find(const char *name)
{
    for (const struct kind *const *kind = kinds; *kind; kind++)
        if (strcmp((*kind)->name, name) == 0)
            return *kind;
    return NULL;
}

bool kind_is_fallback(const char *name)
{
    for (const struct kind *const *kind = kinds; *kind; kind++)
        for (const char *const *fallback = (*kind)->fallbacks; *fallback; fallback++)
            if (strcmp(*fallback, name) == 0)
                return true;
    return false;
}

bool iface_can_be_made(const struct iface *iface)
{
    if (!iface->kind)
        return strcmp(iface->o.name, "lo") == 0;
    return iface->link || !(iface->kind->flags & KIND_BY_LINKS);
}

bool iface_is_opened(const struct iface *iface)
{
    return iface->master && iface->master->kind && iface->master->kind->flags & KIND_OPENS;
}

enum { LOOPBACK_MTU = 65536 }; /* drivers/net/loopback.c */

uint32_t iface_initial_mtu(const struct iface *iface)
{
    const struct iface *lower;

    if (!iface->kind)
        return LOOPBACK_MTU;
    if (!(iface->kind->flags & KIND_LOWER_MTU) && !iface_is_opened(iface))
        return iface->kind->mtu;
    lower = iface_is_opened(iface) ? iface->master : iface_lower(iface);
    if (!lower)
        return 0;
    return object_has(&lower->o, IFACE_MTU) ? lower->mtu : iface_initial_mtu(lower);
}

uint32_t iface_initial_txqueuelen(const struct iface *iface)
{
    bool own = iface->kind && iface->kind->txqueuelen;

    return own ? iface->kind->txqueuelen : table_iface.fields[IFACE_TXQUEUELEN].initial;
}

uint32_t iface_initial_flags(const struct iface *iface, uint32_t *ret_known)
{
    const struct iface *lower = iface_lower(iface);
    uint32_t flags = IFF_MULTICAST;

    *ret_known = MANNER_FLAGS;
    if (!iface->kind)
        return 0; /* lo */
    if (iface->kind->flags & KIND_LOWER_FLAGS) {
        if (lower && iface_is_made(lower))
            return iface_initial_flags(lower, ret_known);
        *ret_known &= ~(uint32_t)(IFF_NOARP | IFF_MULTICAST);
    }
    if (iface->kind->flags & KIND_ARP_VARIES)
        *ret_known &= ~(uint32_t)IFF_NOARP;
    if (iface->kind->flags & (KIND_NO_ARP | KIND_NO_ETHERNET))
        flags = IFF_NOARP;
    return iface->kind->tun ? flags | IFF_MULTICAST : flags;
}

const struct list *iface_ports(const struct iface *iface)
{
    if (!iface->kind || !(iface->kind->flags & KIND_MEMBERS) || !iface->options)
        return NULL;
    return (const struct list *)((const char *)iface->options + iface->kind->ports);
}

struct stacked *iface_stacked(const struct iface *iface)
{
    bool stacked = iface->kind && iface->kind->flags & KIND_STACKED && iface->options;

    return stacked ? (struct stacked *)iface->options : NULL;
}

struct iface *iface_lower(const struct iface *iface)
{
    const struct stacked *stacked = iface_stacked(iface);

    return stacked ? stacked->lower.iface : NULL;
}

void netns_find_carriers(const struct netns *netns)
{
    LIST_EACH (struct iface, iface, &netns->interfaces) {
        const struct stacked *stacked = iface_stacked(iface);

        if (!stacked || stacked->lower_netns == netns)
            continue;
        for (struct iface *lower = iface_lower(iface); lower; lower = iface_lower(lower))
            lower->carries = true;
    }
}

const struct field *kind_lower_field(const struct kind *kind)
{
    for (size_t i = 0; i < kind->options->field_count; i++)
        if (kind->options->fields[i].type == FIELD_LOWER)
            return &kind->options->fields[i];
    return NULL;
}

const struct iface *iface_vlan_switch(const struct iface *iface)
{
    if (!(iface->kind && iface->kind->is_vlan_aware) && iface->master)
        iface = iface->master;
    return iface->kind && iface->kind->is_vlan_aware && iface->options ? iface : NULL;
}

bool iface_is_vlan_aware(const struct iface *iface)
{
    const struct iface *master = iface_vlan_switch(iface);

    return master && master->kind->is_vlan_aware(master);
}

int iface_get(struct iface *iface, const struct ifinfomsg *header, struct nlattr *const *link,
              struct arena *arena)
{
    const struct nlattr *mac = link[IFLA_ADDRESS];

    iface->ifindex = (uint32_t)header->ifi_index;
    iface->up = header->ifi_flags & IFF_UP;
    iface->o.set = 1U << IFACE_UP;
    if (link[IFLA_MTU]) {
        iface->mtu = nla_get_u32(link[IFLA_MTU]);
        iface->o.set |= 1U << IFACE_MTU;
    }
    if (link[IFLA_TXQLEN]) {
        iface->txqueuelen = nla_get_u32(link[IFLA_TXQLEN]);
        iface->o.set |= 1U << IFACE_TXQUEUELEN;
    }
    if (mac && nla_len(mac) == sizeof iface->mac.bytes && !(header->ifi_flags & IFF_LOOPBACK)) {
        memcpy(iface->mac.bytes, nla_data(mac), sizeof iface->mac.bytes);
        iface->o.set |= 1U << IFACE_MAC;
    }
    if (!link[IFLA_IFALIAS])
        return 0;
    iface->alias = arena_strdup(arena, nla_get_string(link[IFLA_IFALIAS]));
    iface->o.set |= 1U << IFACE_ALIAS;
    return iface->alias ? 0 : -ENOMEM;
}

static int put_integer(struct nl_msg *msg, const struct field *field, uint32_t value)
{
    bool swap = field->flags & FIELD_BIG_ENDIAN;

    switch (field->width) {
    case 0:
        return value ? nla_put_flag(msg, field->attribute) : 0;
    case 1:
        return nla_put_u8(msg, field->attribute, (uint8_t)value);
    case 2:
        return nla_put_u16(msg, field->attribute, swap ? htons((uint16_t)value) : (uint16_t)value);
    case 8:
        return nla_put_u64(msg, field->attribute, value);
    default:
        return nla_put_u32(msg, field->attribute, swap ? htonl(value) : value);
    }
}

static int put_ip(struct nl_msg *msg, const struct field *field, const struct ip *ip)
{
    bool other = field->attribute6 && ip->family == AF_INET6;

    return nla_put(msg, other ? field->attribute6 : field->attribute, (int)ip_bytes(ip), ip->bytes);
}

int field_put(struct nl_msg *msg, const struct object *object, const struct field *field)
{
    const void *value = (const char *)object + field->offset;

    switch (field->type) {
    case FIELD_BOOL:
        return put_integer(msg, field, *(const bool *)value);
    case FIELD_UINT:
    case FIELD_ENUM:
    case FIELD_DURATION:
    case FIELD_PERCENT:
        return put_integer(msg, field, *(const uint32_t *)value);
    case FIELD_MAC:
        return nla_put(msg, field->attribute, sizeof(struct mac), value);
    case FIELD_IP:
        return put_ip(msg, field, value);
    case FIELD_LOWER:
        return nla_put_u32(msg, field->attribute, ((const struct stacked *)object)->ifindex);
    case FIELD_IFREF:
        return nla_put_u32(msg, field->attribute, ((const struct ifref *)value)->ifindex);
    case FIELD_STRING:
    case FIELD_IFNAME:
    case FIELD_HOSTNAME:
    case FIELD_VALUE:
    case FIELD_TEXT:
    case FIELD_ADDRESS:
    case FIELD_NETWORK:
    case FIELD_DEST:
    case FIELD_MAC_PAIR:
    case FIELD_RATE:
    case FIELD_FWMARK:
    case FIELD_VLANS:
    case FIELD_PORTS:
    case FIELD_ENDPOINTS:
    case FIELD_KIND:
    case FIELD_OBJECT:
    case FIELD_LIST:
    case FIELD_MAP:
    case FIELD_NODE:
        break;
    }
    return 0;
}

bool fields_any(const struct object *object)
{
    for (unsigned i = 0; i < object->table->field_count; i++)
        if (object->table->fields[i].attribute && object_has(object, i))
            return true;
    return false;
}

int fields_put(struct nl_msg *msg, const struct object *object)
{
    for (unsigned i = 0; i < object->table->field_count; i++) {
        const struct field *field = &object->table->fields[i];

        if (field->attribute && object_has(object, i) && field_put(msg, object, field) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Whether an option is packed when it is made, or altered; or, late, when its members are there. */
static bool is_told(const struct object *options, unsigned index, const struct object *seen,
                    bool whole, bool late)
{
    const struct field *field = &options->table->fields[index];

    if (!field->attribute || late != ((field->flags & FIELD_LATE) != 0))
        return false;
    /* a kernel that does not have it refuses to be told that it is off */
    if (!seen && field->needs && !(field->flags & FIELD_TOLD) && field_is_initial(field, options))
        return false;
    return field->flags & FIELD_TOLD || (whole && object_has(options, index)) ||
           (seen && field_differs(seen, options, index));
}

static int put_options(struct nl_msg *msg, const struct object *options, const struct object *seen,
                       bool whole, bool late)
{
    for (unsigned i = 0; i < options->table->field_count; i++)
        if (is_told(options, i, seen, whole, late) &&
            field_put(msg, options, &options->table->fields[i]) < 0)
            return -ENOMEM;
    return 0;
}

int kind_put(const struct kind *kind, struct nl_msg *msg, const struct object *options,
             const struct object *seen)
{
    bool whole = !seen || kind->flags & KIND_WHOLE;

    if (put_options(msg, options, seen, whole, false) < 0)
        return -ENOMEM;
    return kind->put ? kind->put(msg, options, whole ? NULL : seen) : 0;
}

int kind_put_late(struct nl_msg *msg, const struct object *options, const struct object *seen)
{
    return put_options(msg, options, seen, !seen, true);
}

bool kind_has_late(const struct object *options, const struct object *seen)
{
    for (unsigned i = 0; options && i < options->table->field_count; i++)
        if (is_told(options, i, seen, !seen, true))
            return true;
    return false;
}

static bool get_integer(const struct nlattr *attribute, const struct field *field,
                        uint32_t *ret_value)
{
    bool swap = field->flags & FIELD_BIG_ENDIAN;

    if (nla_len(attribute) < field->width)
        return false;
    switch (field->width) {
    case 0:
        *ret_value = 1;
        return true;
    case 1:
        *ret_value = nla_get_u8(attribute);
        return true;
    case 2:
        *ret_value = swap ? ntohs(nla_get_u16(attribute)) : nla_get_u16(attribute);
        return true;
    case 8:
        *ret_value = (uint32_t)nla_get_u64(attribute);
        return true;
    default:
        *ret_value = swap ? ntohl(nla_get_u32(attribute)) : nla_get_u32(attribute);
        return true;
    }
}

static bool get_field(const struct nlattr *attribute, const struct field *field, void *value)
{
    struct ip *ip = value;
    uint32_t number = 0;

    switch (field->type) {
    case FIELD_BOOL:
        if (!get_integer(attribute, field, &number))
            return false;
        *(bool *)value = number != 0;
        return true;
    case FIELD_UINT:
    case FIELD_ENUM:
    case FIELD_DURATION:
    case FIELD_PERCENT:
        return get_integer(attribute, field, value);
    case FIELD_MAC:
        if (nla_len(attribute) != sizeof(struct mac))
            return false;
        memcpy(value, nla_data(attribute), sizeof(struct mac));
        return true;
    case FIELD_IP:
        if (nla_len(attribute) != 4 && nla_len(attribute) != 16)
            return false;
        *ip = (struct ip){.family = nla_len(attribute) == 4 ? AF_INET : AF_INET6};
        memcpy(ip->bytes, nla_data(attribute), (size_t)nla_len(attribute));
        if (ip_is_zero(ip)) /* that is none */
            *ip = (struct ip){0};
        return true;
    case FIELD_IFREF: /* the observer knows whose index it is */
        (void)get_integer(attribute, field, &((struct ifref *)value)->ifindex);
        return false;
    case FIELD_LOWER: /* and whose this is */
        (void)get_integer(
            attribute, field,
            &((struct stacked *)(void *)((char *)value - offsetof(struct stacked, lower)))
                 ->ifindex);
        return false;
    case FIELD_STRING:
    case FIELD_IFNAME:
    case FIELD_HOSTNAME:
    case FIELD_VALUE:
    case FIELD_TEXT:
    case FIELD_ADDRESS:
    case FIELD_NETWORK:
    case FIELD_DEST:
    case FIELD_MAC_PAIR:
    case FIELD_RATE:
    case FIELD_FWMARK:
    case FIELD_VLANS:
    case FIELD_PORTS:
    case FIELD_ENDPOINTS:
    case FIELD_KIND:
    case FIELD_OBJECT:
    case FIELD_LIST:
    case FIELD_MAP:
    case FIELD_NODE:
        break;
    }
    return false;
}

static const struct nlattr *find(const struct nlattr *attributes, uint16_t type)
{
    return type ? nla_find(nla_data(attributes), nla_len(attributes), type) : NULL;
}

void fields_get(const struct nlattr *attributes, struct object *object)
{
    for (unsigned i = 0; i < object->table->field_count; i++) {
        const struct field *field = &object->table->fields[i];
        const struct nlattr *attribute = find(attributes, field->attribute);

        if (!attribute)
            attribute = find(attributes, field->attribute6);
        if (attribute && get_field(attribute, field, FIELD_AT(object, field)))
            object->set |= UINT64_C(1) << i;
        else if (field->flags & FIELD_ABSENT)
            field_reset(field, object), object->set |= UINT64_C(1) << i;
    }
}

int kind_get(const struct kind *kind, const struct nlattr *data, struct object *options,
             struct arena *arena)
{
    static const struct nlattr none = {.nla_len = sizeof none};

    fields_get(data ? data : &none, options);
    if (kind->get)
        kind->get(data ? data : &none, options);
    return kind->get_lists ? kind->get_lists(data ? data : &none, options, arena) : 0;
}
