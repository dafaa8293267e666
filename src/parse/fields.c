/* SPDX-License-Identifier: MIT */
/*
 * Job: walk over mappings by their tables.
 * In: nodes, tables. Out: structs with marks; complaints about keys that nobody knows, that are
 * missing, or that hold the wrong sort of thing.
 * A mapping whose table has a FIELD_KIND has the keys of that kind's options too.
 */
#include "parse/fields.h"

#include <string.h>

#include "kinds/kind.h"
#include "parse/scalar.h"

enum mode {
    MODE_FILE,          /* as the file says */
    MODE_DEFAULT,       /* a body of `defaults`, for an object that has said what it has to say */
    MODE_CHECK_DEFAULT, /* a body of `defaults`, for nobody */
};

enum {
    KEYS_MAX = 128, /* of one mapping's tables, looked through for similar ones */
};

/* One mapping on its way into one or two structs. */
struct body {
    struct object *object;
    struct object *options; /* of its kind; NULL: none */
    bool any;               /* its kind is not known: nor are its keys */
    struct use use;
    enum mode mode;
};

static int read_body(struct parse *p, struct body *body);

struct object *object_new(struct parse *p, const struct table *table, struct object *parent,
                          const char *name, struct mark mark)
{
    struct object *object = arena_alloc(p->lab->arena, table->size);

    if (!object)
        return NULL;
    object->marks = arena_array(p->lab->arena, table->field_count, sizeof *object->marks);
    if (!object->marks)
        return NULL;
    object->table = table;
    object->parent = parent;
    object->name = name;
    object->mark = mark;
    return object;
}

void object_inherit(struct object *object, unsigned field, const void *value, size_t size,
                    struct mark mark)
{
    if (object->marks[field].line)
        return;
    memcpy((char *)object + object->table->fields[field].offset, value, size);
    object->marks[field] = mark;
    object->set |= UINT64_C(1) << field;
}

/* "interface eth0", "this route", "the top level" */
static const char *describe(struct parse *p, const struct object *object)
{
    const char *text;

    if (object->table == &table_lab)
        return "the top level";
    if (object->table == &table_defaults)
        return "'defaults'";
    text = object->name ? arena_printf(p->scratch, "%s %s", object->table->name, object->name)
                        : arena_printf(p->scratch, "this %s", object->table->name);
    return text ? text : object->table->name;
}

static int find_field(const struct table *table, const char *key)
{
    for (unsigned i = 0; table && i < table->field_count; i++)
        if (strcmp(table->fields[i].key, key) == 0)
            return (int)i;
    return -1;
}

static const char *find_habit(const struct table *table, const char *key)
{
    for (const struct habit *habit = table->habits; habit && habit->key; habit++)
        if (strcmp(habit->key, key) == 0)
            return habit->hint;
    return NULL;
}

static size_t add_keys(const char **keys, size_t count, const struct table *table, enum mode mode)
{
    for (unsigned i = 0; i < table->field_count && count < KEYS_MAX; i++)
        if (mode == MODE_FILE || !(table->fields[i].flags & FIELD_NO_DEFAULT))
            keys[count++] = table->fields[i].key;
    return count;
}

/* The kind that knows a key. */
static const struct kind *kind_with(const char *key)
{
    for (const struct kind *const *kind = kinds; *kind; kind++)
        if (find_field((*kind)->options, key) >= 0)
            return *kind;
    return NULL;
}

static bool has_kind(const struct table *table)
{
    return table == &table_iface;
}

/* What the writer of an unknown key may have meant. */
static void hint_key(struct parse *p, const struct body *body, const char *key)
{
    const struct table *table = body->object->table;
    const struct table *options = body->options ? body->options->table : NULL;
    const char *keys[KEYS_MAX + 1] = {0};
    const char *habit = find_habit(table, key);
    const struct kind *kind = has_kind(table) ? kind_with(key) : NULL;
    size_t count;

    if (!habit && options)
        habit = find_habit(options, key);
    if (habit)
        HINT(p, "%s", habit);
    if (kind && body->mode != MODE_FILE)
        HINT(p, "it is an option of type %s; defaults take what all interfaces have", kind->name);
    else if (kind)
        HINT(p, "it is an option of type %s", kind->name);
    if (table == &table_link && strchr(key, ':'))
        HINT(p, "a link is a list: [NS:IF, NS:IF]");
    count = add_keys(keys, 0, table, body->mode);
    if (options)
        add_keys(keys, count, options, body->mode);
    if (wants_hints(p))
        report_similar(p->report, key, keys);
}

/* Whether an unknown key may be a misspelt one that holds names. */
static bool may_hold_names(const struct body *body)
{
    const struct table *table = body->object->table;

    if (table == &table_lab)
        return !use_find(body->use, "namespaces").node || !use_find(body->use, "links").node;
    return table != &table_netns || !use_find(body->use, "interfaces").node;
}

static void unknown_key(struct parse *p, const struct body *body, struct use use)
{
    const char *key = use.node->text;

    if (body->object->table == &table_lab && strncmp(key, "x-", 2) == 0)
        return;
    /* {left:eth0, right:eth0} is one mistake */
    if (body->any || (body->object->table == &table_link && is_open(body->object)))
        return;
    set_broken(body->object);
    if (may_hold_names(body))
        set_open(body->object);
    if (!*key)
        ERROR(p, use_mark(use), "a key of %s is empty", describe(p, body->object));
    else if (body->mode != MODE_FILE)
        ERROR(p, use_mark(use), "unknown key '%s' in the defaults of %ss", key,
              body->object->table->name);
    else
        ERROR(p, use_mark(use), "unknown key '%s' %s %s", key,
              body->object->table == &table_lab ? "at" : "in", describe(p, body->object));
    hint_key(p, body, key);
}

/* A list or mapping is missing where one must be. */
static void fail_shape(struct parse *p, const struct field *field, struct use key, struct use use,
                       const char *wanted)
{
    if (use_is_null(use)) {
        ERROR(p, use_mark(key), "'%s' has no value", field->key);
        if (!(field->flags & FIELD_LONE_OK))
            HINT(p, "leave it out, or write %s", field->type == FIELD_LIST ? "[]" : "{}");
        return;
    }
    ERROR(p, use_mark(use), "'%s' must be %s, not %s", field->key, wanted, use_what(use));
    if (field->type != FIELD_LIST || field->flags & FIELD_LONE_OK)
        return;
    if (use.node->type == NODE_SCALAR && field->table->scalar >= 0)
        HINT(p, "write [%s]", use.node->text);
    else if (use.node->type == NODE_MAP)
        HINT(p, "begin each entry with '- '");
}

/* One entry of a list or mapping. */
static int read_member(struct parse *p, const struct field *field, struct object *parent,
                       struct list *list, struct use key, struct use value)
{
    const char *name = key.node ? key.node->text : NULL;
    struct object *object =
        object_new(p, field->table, parent, name, use_mark(key.node ? key : value));

    if (!object)
        return -ENOMEM;
    list_append(list, object);
    if (name && name_check(p, field->table->names, name, object->mark) < 0)
        set_broken(object);
    return value.node ? object_read(p, object, value) : 0;
}

/* The short form of a mapping from names: a list of them. */
static int read_names(struct parse *p, const struct field *field, struct object *object,
                      struct list *list, struct use use)
{
    struct strmap seen = {0};

    for (size_t i = 0; i < use.node->count; i++) {
        struct use item = use_within(use, use.node->items[i]);
        int err;

        if (item.node->bad || item.node->type != NODE_SCALAR) {
            set_broken(object);
            if (!item.node->bad)
                ERROR(p, use_mark(item), "'%s' is a list of names or a mapping, not a list of %s",
                      field->key, item.node->type == NODE_MAP ? "mappings" : "lists");
            if (item.node->type == NODE_MAP)
                HINT(p, "to give options, leave out the '- '");
            continue;
        }
        err = strmap_add(&seen, p->scratch, item.node->text, object);
        if (err == -EEXIST) {
            set_broken(object);
            ERROR(p, use_mark(item), "'%s' is given twice", item.node->text);
            continue;
        }
        if (err < 0 || read_member(p, field, object, list, item, (struct use){0}) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int read_map(struct parse *p, const struct field *field, struct object *object,
                    struct use key, struct use use)
{
    struct list *list = FIELD_AT(object, field);

    if (use.node->type == NODE_LIST && (field->flags & FIELD_NAMES_OK))
        return read_names(p, field, object, list, use);
    if (use.node->type != NODE_MAP) {
        set_broken(object);
        set_open(object);
        if (!use.node->bad)
            fail_shape(p, field, key, use,
                       field->flags & FIELD_NAMES_OK ? "a list of names or a mapping"
                                                     : "a mapping");
        return 0;
    }
    if (use.node->damaged) {
        set_broken(object);
        set_open(object);
    }
    for (size_t i = 0; i < use.node->count; i++) {
        const struct entry *entry = &use.node->entries[i];
        int err = read_member(p, field, object, list, use_within(use, entry->key),
                              use_within(use, entry->value));

        if (err < 0)
            return err;
    }
    return 0;
}

static int read_list(struct parse *p, const struct field *field, struct object *object,
                     struct use key, struct use use)
{
    struct list *list = FIELD_AT(object, field);
    bool lone_ok = field->flags & FIELD_LONE_OK;

    if (lone_ok && use.node->type == NODE_SCALAR && !use.node->bad && !use_is_null(use)) {
        list->lone = true;
        return read_member(p, field, object, list, (struct use){0}, use);
    }
    if (use.node->type != NODE_LIST) {
        set_broken(object);
        set_open(object);
        if (!use.node->bad)
            fail_shape(p, field, key, use, lone_ok ? "a single value or a list" : "a list");
        return 0;
    }
    for (size_t i = 0; i < use.node->count; i++) {
        int err = read_member(p, field, object, list, (struct use){0},
                              use_within(use, use.node->items[i]));

        if (err < 0)
            return err;
    }
    return 0;
}

/* A mapping of its own. */
static int read_part(struct parse *p, const struct field *field, struct object *object,
                     struct use key, struct use use)
{
    struct object *part;

    bool short_form = field->table->scalar >= 0 && use.node->type == NODE_SCALAR;

    if ((use.node->type != NODE_MAP && !short_form) || use_is_null(use)) {
        if (!use.node->bad)
            fail_shape(p, field, key, use, "a mapping");
        return -EINVAL;
    }
    part = object_new(p, field->table, object, NULL, use_mark(key));
    if (!part)
        return -ENOMEM;
    *(struct object **)FIELD_AT(object, field) = part;
    return object_read(p, part, use);
}

/* read_kind() was there before and has complained. */
static bool is_broken_kind(const struct object *object, const struct field *field)
{
    return field->type == FIELD_KIND && !*(const struct kind **)FIELD_AT(object, field);
}

static int read_field(struct parse *p, struct object *object, unsigned index, struct use key,
                      struct use use)
{
    const struct field *field = &object->table->fields[index];
    int err = 0;

    object->marks[index] = use_mark(use);
    if (field->type == FIELD_KIND || field->type == FIELD_NODE)
        err = use.node->bad || is_broken_kind(object, field) ? -EINVAL : 0;
    else if (field->type == FIELD_LIST)
        err = read_list(p, field, object, key, use);
    else if (field->type == FIELD_MAP)
        err = read_map(p, field, object, key, use);
    else if (field->type == FIELD_OBJECT)
        err = read_part(p, field, object, key, use);
    else if (use.node->type == NODE_SCALAR && !*use.node->text && use.node->plain &&
             !use.node->bad && field->type != FIELD_VALUE)
        err = ERROR(p, use_mark(key), "'%s' has no value", field->key);
    else
        err = scalar_read(p, field, use, FIELD_AT(object, field));
    if (err == -ENOMEM)
        return err;
    if (err < 0)
        set_broken(object);
    else
        object->set |= UINT64_C(1) << index;
    return 0;
}

static void fail_kind(struct parse *p, struct use use)
{
    const char *names[KEYS_MAX + 1] = {0};
    char list[256] = "";
    size_t count = 0, size = 0;

    for (const struct kind *const *kind = kinds; *kind && count < KEYS_MAX; kind++) {
        if ((*kind)->flags & KIND_BY_LINKS)
            continue;
        names[count++] = (*kind)->name;
        if (size < sizeof list)
            size += (size_t)snprintf(list + size, sizeof list - size, "%s%s", size ? ", " : "",
                                     (*kind)->name);
    }
    ERROR(p, use_mark(use), "unknown type '%s'", use.node->text);
    report_similar(p->report, use.node->text, names);
    HINT(p, "the types are %s; a veth pair is an entry of 'links'", list);
}

/* `type`, before all else: it says which keys there are. */
static int read_kind(struct parse *p, struct body *body)
{
    struct iface *iface = (struct iface *)body->object;
    struct use use = use_find(body->use, "type");
    const struct kind *kind = NULL;

    if (!use.node)
        return 0;
    if (use.node->type == NODE_SCALAR && !use.node->bad)
        kind = kind_find(use.node->text);
    if (kind && !(kind->flags & KIND_BY_LINKS)) {
        iface->kind = kind;
        if (!kind->options)
            return 0;
        iface->options = object_new(p, kind->options, &iface->o, NULL, use_mark(use));
        body->options = iface->options;
        return iface->options ? 0 : -ENOMEM;
    }
    set_broken(body->object);
    body->any = true;
    if (use.node->bad)
        return 0;
    if (kind) {
        ERROR(p, use_mark(use), "a %s pair is not made by 'type'", kind->name);
        HINT(p, "make it an entry of 'links': [NS:IF, NS:IF]");
    } else if (use_is_null(use)) {
        ERROR(p, use_mark(use), "'type' has no value");
    } else if (use.node->type != NODE_SCALAR) {
        ERROR(p, use_mark(use), "'type' must be a single value, not %s", use_what(use));
    } else {
        fail_kind(p, use);
    }
    return 0;
}

static int read_entry(struct parse *p, const struct body *body, struct use key, struct use value)
{
    struct object *object = body->object;
    int index = find_field(object->table, key.node->text);

    if (index < 0 && body->options) {
        index = find_field(body->options->table, key.node->text);
        if (index >= 0)
            object = body->options;
    }
    if (index < 0) {
        unknown_key(p, body, key);
        return 0;
    }
    if (body->mode == MODE_DEFAULT && object->marks[index].line)
        return 0;
    if (body->mode != MODE_FILE && (object->table->fields[index].flags & FIELD_NO_DEFAULT)) {
        set_broken(object);
        ERROR(p, use_mark(key), "'%s' makes no sense as a default", key.node->text);
        return 0;
    }
    return read_field(p, object, (unsigned)index, key, value);
}

static void check_required(struct parse *p, struct object *object)
{
    for (unsigned i = 0; i < object->table->field_count; i++) {
        const struct field *field = &object->table->fields[i];

        if (!(field->flags & FIELD_REQUIRED) || object->marks[i].line)
            continue;
        /* it may be the one that is misspelt */
        if (!is_open(object))
            ERROR(p, object->mark, "%s needs '%s'", describe(p, object), field->key);
        set_broken(object);
    }
}

static int read_body(struct parse *p, struct body *body)
{
    const struct node *node = body->use.node;
    int err = 0;

    if (node->damaged) {
        set_broken(body->object);
        set_open(body->object);
    }
    if (has_kind(body->object->table) && body->mode == MODE_FILE)
        err = read_kind(p, body);
    for (size_t i = 0; err == 0 && i < node->count; i++)
        err = read_entry(p, body, use_within(body->use, node->entries[i].key),
                         use_within(body->use, node->entries[i].value));
    if (err < 0 || body->mode != MODE_FILE)
        return err;
    check_required(p, body->object);
    if (body->options)
        check_required(p, body->options);
    return 0;
}

/* Whether an object is a single value and nothing more. */
static bool is_value(const struct table *table)
{
    return table->scalar >= 0 && table->field_count == 1;
}

/* What is no mapping, where one was wanted. */
static void fail_body(struct parse *p, struct object *object, struct use use)
{
    const struct table *table = object->table;

    set_broken(object);
    set_open(object);
    if (use.node->bad)
        return;
    if (use_is_null(use))
        ERROR(p, object->mark, "%s is empty", describe(p, object));
    else
        ERROR(p, use_mark(use), "%s must be %s%s, not %s", describe(p, object),
              is_value(table) ? "a single value" : "a mapping",
              table == &table_link ? " or a list of two ends" : "", use_what(use));
    if (table == &table_lab)
        HINT(p, "a topology begins with 'namespaces:'");
    else if (table == &table_link)
        HINT(p, "write [NS:IF, NS:IF]");
    else if (table == &table_route && use.node->type == NODE_SCALAR)
        HINT(p, "write {to: IP/PREFIX, via: IP}");
}

int object_read(struct parse *p, struct object *object, struct use use)
{
    const struct table *table = object->table;
    struct body body = {.object = object, .use = use};
    bool pair = table->scalar >= 0 && table->fields[table->scalar].type == FIELD_ENDPOINTS;

    if (use.node->type == NODE_MAP && !use.node->bad && !is_value(table))
        return read_body(p, &body);
    if (table->scalar >= 0 && !use.node->bad && use.node->type == (pair ? NODE_LIST : NODE_SCALAR))
        return read_field(p, object, (unsigned)table->scalar, use, use);
    if (table->null_ok && !use.node->bad && use_is_null(use))
        return 0;
    fail_body(p, object, use);
    return 0;
}

static int read_default(struct parse *p, struct object *object, struct use use, enum mode mode)
{
    struct body body = {.object = object, .use = use, .mode = mode};

    if (use.node->type == NODE_MAP)
        return read_body(p, &body);
    set_broken(object);
    if (!use.node->bad && !use_is_null(use))
        ERROR(p, use_mark(use), "the defaults of %ss must be a mapping, not %s",
              object->table->name, use_what(use));
    else if (!use.node->bad)
        ERROR(p, use_mark(use), "the defaults of %ss are empty", object->table->name);
    return 0;
}

int object_default(struct parse *p, struct object *object, struct use use)
{
    struct netlab_report *report = p->report;
    int err;

    p->report = NULL; /* object_check_default() has complained */
    err = read_default(p, object, use, MODE_DEFAULT);
    p->report = report;
    return err;
}

int object_check_default(struct parse *p, const struct table *table, struct use use)
{
    struct object *object = object_new(p, table, NULL, NULL, use_mark(use));

    return object ? read_default(p, object, use, MODE_CHECK_DEFAULT) : -ENOMEM;
}
