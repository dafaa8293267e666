/* SPDX-License-Identifier: MIT */
/*
 * Job: the list of kinds, and what their tables have in common.
 */
#include "kinds/kind.h"

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "model/ip.h"

const struct kind *kind_find(const char *name)
{
    for (const struct kind *const *kind = kinds; *kind; kind++)
        if (strcmp((*kind)->name, name) == 0)
            return *kind;
    return NULL;
}

bool iface_can_be_made(const struct iface *iface)
{
    if (!iface->kind)
        return strcmp(iface->o.name, "lo") == 0;
    return iface->link || !(iface->kind->flags & KIND_BY_LINKS);
}

enum { LOOPBACK_MTU = 65536 }; /* drivers/net/loopback.c */

uint32_t iface_initial_mtu(const struct iface *iface)
{
    return iface->kind ? iface->kind->mtu : LOOPBACK_MTU;
}

const struct list *iface_ports(const struct iface *iface)
{
    if (!iface->kind || !(iface->kind->flags & KIND_MEMBERS) || !iface->options)
        return NULL;
    return (const struct list *)((const char *)iface->options + iface->kind->ports);
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

static int put_integer(struct nl_msg *msg, const struct field *field, uint32_t value)
{
    switch (field->width) {
    case 1:
        return nla_put_u8(msg, field->attribute, (uint8_t)value);
    case 2:
        return nla_put_u16(msg, field->attribute, (uint16_t)value);
    case 8:
        return nla_put_u64(msg, field->attribute, value);
    default:
        return nla_put_u32(msg, field->attribute, value);
    }
}

int field_put(struct nl_msg *msg, const struct object *object, const struct field *field)
{
    const void *value = (const char *)object + field->offset;
    const struct ip *ip = value;

    switch (field->type) {
    case FIELD_BOOL:
        return put_integer(msg, field, *(const bool *)value);
    case FIELD_UINT:
    case FIELD_ENUM:
    case FIELD_DURATION:
        return put_integer(msg, field, *(const uint32_t *)value);
    case FIELD_MAC:
        return nla_put(msg, field->attribute, sizeof(struct mac), value);
    case FIELD_IP:
        return nla_put(msg, field->attribute, (int)ip_bytes(ip), ip->bytes);
    case FIELD_STRING:
    case FIELD_IFNAME:
    case FIELD_HOSTNAME:
    case FIELD_VALUE:
    case FIELD_ADDRESS:
    case FIELD_NETWORK:
    case FIELD_DEST:
    case FIELD_MAC_PAIR:
    case FIELD_FWMARK:
    case FIELD_VLANS:
    case FIELD_IFREF:
    case FIELD_ENDPOINTS:
    case FIELD_KIND:
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

static bool get_integer(const struct nlattr *attribute, const struct field *field,
                        uint32_t *ret_value)
{
    if (nla_len(attribute) < field->width)
        return false;
    switch (field->width) {
    case 1:
        *ret_value = nla_get_u8(attribute);
        return true;
    case 2:
        *ret_value = nla_get_u16(attribute);
        return true;
    case 8:
        *ret_value = (uint32_t)nla_get_u64(attribute);
        return true;
    default:
        *ret_value = nla_get_u32(attribute);
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
        return true;
    case FIELD_STRING:
    case FIELD_IFNAME:
    case FIELD_HOSTNAME:
    case FIELD_VALUE:
    case FIELD_ADDRESS:
    case FIELD_NETWORK:
    case FIELD_DEST:
    case FIELD_MAC_PAIR:
    case FIELD_FWMARK:
    case FIELD_VLANS:
    case FIELD_IFREF:
    case FIELD_ENDPOINTS:
    case FIELD_KIND:
    case FIELD_LIST:
    case FIELD_MAP:
    case FIELD_NODE:
        break;
    }
    return false;
}

void fields_get(const struct nlattr *attributes, struct object *object)
{
    for (unsigned i = 0; i < object->table->field_count; i++) {
        const struct field *field = &object->table->fields[i];
        const struct nlattr *attribute =
            field->attribute ? nla_find(nla_data(attributes), nla_len(attributes), field->attribute)
                             : NULL;

        if (attribute && get_field(attribute, field, FIELD_AT(object, field)))
            object->set |= UINT64_C(1) << i;
    }
}
