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
    case FIELD_PERCENT:
        return sizeof(uint32_t);
    case FIELD_RATE:
        return sizeof(uint64_t);
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
    case FIELD_PORTS:
        return sizeof(struct port_range);
    case FIELD_STRING:
    case FIELD_IFNAME:
    case FIELD_HOSTNAME:
    case FIELD_VALUE:
    case FIELD_TEXT:
    case FIELD_MAC_PAIR:
    case FIELD_IFREF:
    case FIELD_ENDPOINTS:
    case FIELD_LOWER:
    case FIELD_KIND:
    case FIELD_OBJECT:
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

static bool entries_equal(const struct object *a, const struct object *b)
{
    if (!text_equal(a->name, b->name))
        return false;
    for (unsigned i = 0; i < a->table->field_count; i++)
        if (!field_equal(&a->table->fields[i], a, b))
            return false;
    return true;
}

static bool has_equal(const struct list *list, const struct object *object)
{
    LIST_EACH (struct object, other, list)
        if (entries_equal(other, object))
            return true;
    return false;
}

/* Entry by entry, in their order; of a set each that the other has. */
static bool lists_equal(const struct field *field, const struct list *a, const struct list *b)
{
    const struct object *y = b->first;

    if (a->count != b->count)
        return false;
    LIST_EACH (struct object, x, a) {
        if (field->flags & FIELD_SET ? !has_equal(b, x) : !entries_equal(x, y))
            return false;
        y = y->next;
    }
    return true;
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
    case FIELD_TEXT:
        return text_equal(*(const char *const *)x, *(const char *const *)y);
    case FIELD_IFREF:
        return text_equal(((const struct ifref *)x)->name, ((const struct ifref *)y)->name);
    case FIELD_LOWER:
        return text_equal(((const struct endpoint *)x)->netns,
                          ((const struct endpoint *)y)->netns) &&
               text_equal(((const struct endpoint *)x)->name, ((const struct endpoint *)y)->name);
    case FIELD_LIST:
        return lists_equal(field, x, y);
    case FIELD_MAP:
        return !(field->flags & FIELD_SET) || lists_equal(field, x, y);
    case FIELD_BOOL:
    case FIELD_UINT:
    case FIELD_ENUM:
    case FIELD_DURATION:
    case FIELD_PERCENT:
    case FIELD_RATE:
    case FIELD_IP:
    case FIELD_ADDRESS:
    case FIELD_NETWORK:
    case FIELD_DEST:
    case FIELD_MAC:
    case FIELD_FWMARK:
    case FIELD_VLANS:
    case FIELD_PORTS:
    case FIELD_MAC_PAIR:
    case FIELD_ENDPOINTS:
    case FIELD_KIND:
    case FIELD_OBJECT:
    case FIELD_NODE:
        break;
    }
    return true;
}

/* A value that is not there: no address, no text, no interface, an empty list. */
static bool is_none(const struct field *field, const void *value)
{
    switch (field->type) {
    case FIELD_IP:
        return !((const struct ip *)value)->family;
    case FIELD_STRING:
    case FIELD_IFNAME:
    case FIELD_HOSTNAME:
    case FIELD_VALUE:
    case FIELD_TEXT:
        return !*(const char *const *)value;
    case FIELD_LOWER:
        return !((const struct endpoint *)value)->name;
    case FIELD_IFREF:
        return !((const struct ifref *)value)->name;
    case FIELD_LIST:
    case FIELD_MAP:
        return !((const struct list *)value)->count;
    case FIELD_PORTS:
        return !((const struct port_range *)value)->first;
    case FIELD_BOOL:
    case FIELD_UINT:
    case FIELD_ENUM:
    case FIELD_DURATION:
    case FIELD_ADDRESS:
    case FIELD_NETWORK:
    case FIELD_DEST:
    case FIELD_MAC:
    case FIELD_MAC_PAIR:
    case FIELD_PERCENT:
    case FIELD_RATE:
    case FIELD_FWMARK:
    case FIELD_VLANS:
    case FIELD_ENDPOINTS:
    case FIELD_KIND:
    case FIELD_OBJECT:
    case FIELD_NODE:
        break;
    }
    return false;
}

static bool is_integer(const struct field *field)
{
    return field->type == FIELD_UINT || field->type == FIELD_ENUM ||
           field->type == FIELD_DURATION || field->type == FIELD_PERCENT;
}

bool field_is_initial(const struct field *field, const struct object *object)
{
    const void *value = FIELD_AT(object, field);

    if (!(field->flags & FIELD_INITIAL))
        return false;
    if (field->type == FIELD_BOOL)
        return *(const bool *)value == !!field->initial;
    if (field->type == FIELD_RATE)
        return *(const uint64_t *)value == field->initial;
    return is_integer(field) ? *(const uint32_t *)value == field->initial : is_none(field, value);
}

void field_reset(const struct field *field, struct object *object)
{
    void *value = FIELD_AT(object, field);

    if (field->type == FIELD_BOOL)
        *(bool *)value = field->initial != 0;
    else if (is_integer(field))
        *(uint32_t *)value = field->initial;
    else if (field->type == FIELD_RATE)
        *(uint64_t *)value = field->initial;
    else if (field->type == FIELD_IP)
        *(struct ip *)value = (struct ip){0};
    else if (field->type == FIELD_LIST || field->type == FIELD_MAP)
        *(struct list *)value = (struct list){0};
    else if (field->type == FIELD_LOWER)
        *(struct endpoint *)value = (struct endpoint){0};
    else if (field->type == FIELD_IFREF)
        *(struct ifref *)value = (struct ifref){0};
    else if (field->type == FIELD_PORTS)
        *(struct port_range *)value = (struct port_range){0};
    else if (field->type == FIELD_STRING)
        *(const char **)value = NULL;
}

bool field_may_lack(const struct object *wanted, unsigned index)
{
    const struct field *field = &wanted->table->fields[index];
    const void *value = FIELD_AT(wanted, field);

    if (!(field->since || field->needs) || !object_has(wanted, index) ||
        field_is_initial(field, wanted))
        return false;
    /* what it was built without is off */
    return !(field->needs && field->type == FIELD_BOOL && !*(const bool *)value);
}

bool field_differs(const struct object *seen, const struct object *wanted, unsigned index)
{
    const struct field *field = &wanted->table->fields[index];
    bool begins = field->flags & FIELD_INITIAL && !(field->flags & FIELD_LOOSE);
    bool known = object_has(wanted, index) || begins;

    if (!object_has(seen, index))
        return field_may_lack(wanted, index);
    return known && !field_equal(field, seen, wanted);
}

bool field_is_told(const struct object *options, const struct object *seen, unsigned field)
{
    return seen ? field_differs(seen, options, field) : object_has(options, field);
}
