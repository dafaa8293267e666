/* SPDX-License-Identifier: MIT */
/*
 * Job: small things that hold for all tables.
 */
#include "model/table.h"

#include <string.h>

void list_append(struct list *list, struct object *object)
{
    object->next = NULL;
    if (list->last)
        list->last->next = object;
    else
        list->first = object;
    list->last = object;
    list->count++;
}

void list_prepend(struct list *list, struct object *object)
{
    object->next = list->first;
    list->first = object;
    if (!list->last)
        list->last = object;
    list->count++;
}

struct mark object_mark(const struct object *object, unsigned field)
{
    if (object->marks && object->marks[field].line)
        return object->marks[field];
    return object->mark;
}

const struct choice *choice_find(const struct choice *choices, const char *word)
{
    for (; choices && choices->word; choices++)
        if (strcmp(choices->word, word) == 0)
            return choices;
    return NULL;
}

const char *choice_word(const struct choice *choices, uint32_t value)
{
    for (; choices && choices->word; choices++)
        if (choices->value == value)
            return choices->word;
    return NULL;
}

/* How many bytes of the struct a field has, of those that are compared as they stand. */
static size_t plain_size(enum field_type type)
{
    switch (type) {
    case FIELD_BOOL:
        return sizeof(bool);
    case FIELD_UINT:
    case FIELD_ENUM:
    case FIELD_DURATION:
        return sizeof(uint32_t);
    case FIELD_IP:
        return sizeof(struct ip);
    case FIELD_ADDRESS:
    case FIELD_NETWORK:
    case FIELD_DEST:
        return sizeof(struct prefix);
    case FIELD_MAC:
        return sizeof(struct mac);
    case FIELD_FWMARK:
        return sizeof(struct fwmark);
    case FIELD_VLANS:
        return sizeof(struct vlan_range);
    case FIELD_STRING:
    case FIELD_IFNAME:
    case FIELD_HOSTNAME:
    case FIELD_VALUE:
    case FIELD_MAC_PAIR:
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

static bool text_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool field_equal(const struct field *field, const struct object *a, const struct object *b)
{
    const void *x = FIELD_AT(a, field), *y = FIELD_AT(b, field);
    size_t size = plain_size(field->type);

    if (size)
        return memcmp(x, y, size) == 0;
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_IFNAME:
    case FIELD_HOSTNAME:
    case FIELD_VALUE:
        return text_equal(*(const char *const *)x, *(const char *const *)y);
    case FIELD_IFREF:
        return text_equal(((const struct ifref *)x)->name, ((const struct ifref *)y)->name);
    case FIELD_BOOL:
    case FIELD_UINT:
    case FIELD_ENUM:
    case FIELD_DURATION:
    case FIELD_IP:
    case FIELD_ADDRESS:
    case FIELD_NETWORK:
    case FIELD_DEST:
    case FIELD_MAC:
    case FIELD_FWMARK:
    case FIELD_VLANS:
    case FIELD_MAC_PAIR:
    case FIELD_ENDPOINTS:
    case FIELD_KIND:
    case FIELD_LIST:
    case FIELD_MAP:
    case FIELD_NODE:
        break;
    }
    return true;
}

bool field_is_initial(const struct field *field, const struct object *object)
{
    const void *value = FIELD_AT(object, field);

    if (!(field->flags & FIELD_INITIAL))
        return false;
    return field->type == FIELD_BOOL ? *(const bool *)value == !!field->initial
                                     : *(const uint32_t *)value == field->initial;
}

void field_reset(const struct field *field, struct object *object)
{
    if (field->type == FIELD_BOOL)
        *(bool *)FIELD_AT(object, field) = field->initial != 0;
    else
        *(uint32_t *)FIELD_AT(object, field) = field->initial;
}
