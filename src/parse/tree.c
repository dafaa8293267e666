/* SPDX-License-Identifier: MIT */
/*
 * Job: libyaml's events → nodes.
 * In: a source. Out: a tree, or complaints about the YAML as such.
 * libyaml never expands aliases; here an alias shares the node, so that a cycle must be refused and
 * the number of nodes be counted as if they were copied.
 */
#include "parse/tree.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/report.h"
#include "base/strmap.h"
#include "parse/parse.h"
#include "parse/trap.h"

#define ERROR(b, mark, ...)                                                                        \
    report_error((b)->tree->report, EINVAL, (b)->tree->source, mark, __VA_ARGS__)

enum {
    FEW_KEYS = 16, /* up to here, looking at each is faster than a map */
};

struct frame {
    struct node *node;
    struct use *items; /* of a map: key, value, key, … */
    size_t count, room;
};

struct builder {
    struct tree *tree;
    struct frame frames[PARSE_DEPTH_MAX];
    size_t depth;
    struct strmap anchors; /* name → struct anchor */
    size_t weight;
    bool document; /* one began */
};

struct anchor {
    struct node *node;
};

/* The keys of a map while they are collected. */
struct keys {
    struct entry *entries;
    size_t count, room;
    bool many;
    struct strmap map;
};

struct mark use_mark(struct use use)
{
    return (struct mark){.line = use.node->line,
                         .column = use.node->column,
                         .length = use.node->length,
                         .alias_line = use.alias_line,
                         .alias_column = use.alias_column};
}

struct use use_within(struct use outer, struct use inner)
{
    if (outer.alias_line) {
        inner.alias_line = outer.alias_line;
        inner.alias_column = outer.alias_column;
    }
    return inner;
}

struct use use_find(struct use map, const char *key)
{
    for (size_t i = 0; map.node->type == NODE_MAP && i < map.node->count; i++)
        if (strcmp(map.node->entries[i].key.node->text, key) == 0)
            return use_within(map, map.node->entries[i].value);
    return (struct use){0};
}

bool use_is_null(struct use use)
{
    const struct node *node = use.node;

    return node->type == NODE_SCALAR && node->plain &&
           (!*node->text || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

const char *use_what(struct use use)
{
    switch (use.node->type) {
    case NODE_LIST:
        return "a list";
    case NODE_MAP:
        return "a mapping";
    case NODE_SCALAR:
        break;
    }
    return "a single value";
}

/* libyaml's mark of a node is that of its anchor or tag: how many characters on it begins. */
static size_t skip_properties(const struct source *source, const struct mark *mark)
{
    size_t size, characters = 0;
    const char *line = source_line(source, mark->line, &size);
    const char *text = line, *end = line ? line + size : NULL;

    if (!line)
        return 0;
    for (uint32_t column = 1; column < mark->column && text < end; column++)
        do
            text++;
        while (text < end && ((unsigned char)*text & 0xc0) == 0x80);
    while (text < end && (*text == '&' || *text == '!')) {
        for (; text < end && *text != ' ' && *text != '\t'; text++)
            characters += ((unsigned char)*text & 0xc0) != 0x80;
        for (; text < end && (*text == ' ' || *text == '\t'); text++)
            characters++;
    }
    return text < end && *text != '#' ? characters : 0;
}

static struct node *node_new(struct builder *b, enum node_type type, const yaml_event_t *event,
                             bool properties)
{
    struct node *node = ARENA_NEW(b->tree->scratch, struct node);
    struct mark mark = trap_mark(b->tree->source, &event->start_mark);

    if (!node)
        return NULL;
    node->type = type;
    node->line = mark.line;
    node->column = mark.column;
    if (properties)
        node->column += (uint32_t)skip_properties(b->tree->source, &mark);
    node->length = 1;
    node->weight = 1;
    return node;
}

/* Put a node where it belongs: into the list or map that is open, or at the top. */
static int put(struct builder *b, struct use use, size_t weight)
{
    struct frame *frame = b->depth ? &b->frames[b->depth - 1] : NULL;
    struct mark mark = use_mark(use);

    b->weight += weight;
    if (b->weight > PARSE_NODES_MAX && use.alias_line)
        mark = (struct mark){.line = use.alias_line, .column = use.alias_column};
    if (b->weight > PARSE_NODES_MAX)
        return ERROR(b, mark, "the file has more than %d nodes, each use of an alias counted",
                     PARSE_NODES_MAX);
    if (!frame) {
        b->tree->root = use;
        return 0;
    }
    if (frame->count == frame->room) {
        size_t room = frame->room ? frame->room * 2 : 8;
        struct use *items = arena_array(b->tree->scratch, room, sizeof *items);

        if (!items)
            return -ENOMEM;
        if (frame->count)
            memcpy(items, frame->items, frame->count * sizeof *items);
        frame->items = items;
        frame->room = room;
    }
    frame->items[frame->count++] = use;
    return 0;
}

static int set_anchor(struct builder *b, const yaml_char_t *name, struct node *node)
{
    struct anchor *anchor;
    const char *copy;

    if (!name)
        return 0;
    anchor = strmap_get(&b->anchors, (const char *)name);
    if (!anchor) {
        anchor = ARENA_NEW(b->tree->scratch, struct anchor);
        copy = arena_strdup(b->tree->scratch, (const char *)name);
        if (!anchor || !copy || strmap_add(&b->anchors, b->tree->scratch, copy, anchor) < 0)
            return -ENOMEM;
    }
    anchor->node = node;
    return 0;
}

static void refuse_tag(struct builder *b, const yaml_char_t *tag, const yaml_event_t *event)
{
    struct mark mark = trap_mark(b->tree->source, &event->start_mark);

    if (!tag)
        return;
    ERROR(b, mark, "explicit tags are not taken");
    report_hint(b->tree->report, "each key says itself how its value is read; quote a value that "
                                 "begins with '!'");
}

static int add_scalar(struct builder *b, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;
    struct node *node =
        node_new(b, NODE_SCALAR, event, event->data.scalar.anchor || event->data.scalar.tag);
    int err;

    if (!node)
        return -ENOMEM;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = arena_strndup(b->tree->text, value, size);
    if (!node->text)
        return -ENOMEM;
    if (event->end_mark.line == event->start_mark.line && event->end_mark.column >= node->column)
        node->length = (uint32_t)event->end_mark.column + 1 - node->column;
    refuse_tag(b, event->data.scalar.tag, event);
    if (memchr(value, '\0', size)) {
        node->bad = true;
        ERROR(b, use_mark((struct use){.node = node}), "NUL characters are not taken");
    }
    err = set_anchor(b, event->data.scalar.anchor, node);
    return err < 0 ? err : put(b, (struct use){.node = node}, 1);
}

/* Stand for an alias that leads nowhere. */
static int add_bad(struct builder *b, const yaml_event_t *event)
{
    struct node *node = node_new(b, NODE_SCALAR, event, false);

    if (!node)
        return -ENOMEM;
    node->text = "";
    node->bad = true;
    return put(b, (struct use){.node = node}, 1);
}

static int add_alias(struct builder *b, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    const struct anchor *anchor = strmap_get(&b->anchors, name);
    struct mark mark = trap_mark(b->tree->source, &event->start_mark);

    mark.length = (uint32_t)strlen(name) + 1;
    if (!anchor || anchor->node->open) {
        if (anchor)
            ERROR(b, mark, "alias *%s stands within what it stands for", name);
        else
            ERROR(b, mark, "no anchor '&%s' before this alias", name);
        report_hint(b->tree->report,
                    "'*' begins an alias in YAML; quote a value that begins with it");
        return add_bad(b, event);
    }
    return put(
        b, (struct use){.node = anchor->node, .alias_line = mark.line, .alias_column = mark.column},
        anchor->node->weight);
}

static int open_node(struct builder *b, const yaml_event_t *event)
{
    bool list = event->type == YAML_SEQUENCE_START_EVENT;
    const yaml_char_t *tag, *anchor;
    struct node *node;
    int err;

    if (list) {
        tag = event->data.sequence_start.tag;
        anchor = event->data.sequence_start.anchor;
    } else {
        tag = event->data.mapping_start.tag;
        anchor = event->data.mapping_start.anchor;
    }
    node = node_new(b, list ? NODE_LIST : NODE_MAP, event, tag || anchor);
    if (!node)
        return -ENOMEM;
    if (b->depth == PARSE_DEPTH_MAX)
        return ERROR(b, use_mark((struct use){.node = node}), "nested deeper than %d levels",
                     PARSE_DEPTH_MAX);
    node->flow = list ? event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                      : event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    node->open = true;
    refuse_tag(b, tag, event);
    err = set_anchor(b, anchor, node);
    if (err < 0)
        return err;
    b->frames[b->depth++] = (struct frame){.node = node};
    return 0;
}

static const struct entry *keys_find(const struct keys *keys, const char *key)
{
    if (keys->many)
        return strmap_get(&keys->map, key);
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->entries[i].key.node->text, key) == 0)
            return &keys->entries[i];
    return NULL;
}

static int keys_add(struct builder *b, struct keys *keys, struct entry entry)
{
    keys->entries[keys->count] = entry;
    keys->count++;
    if (!keys->many)
        return 0;
    return strmap_add(&keys->map, b->tree->scratch, entry.key.node->text,
                      &keys->entries[keys->count - 1]);
}

/* Add what one map that is merged in has more. */
static int merge_map(struct builder *b, struct keys *keys, struct use map)
{
    for (size_t i = 0; i < map.node->count; i++) {
        const struct entry *entry = &map.node->entries[i];

        if (keys_find(keys, entry->key.node->text))
            continue;
        if (keys_add(b, keys,
                     (struct entry){.key = use_within(map, entry->key),
                                    .value = use_within(map, entry->value)}) < 0)
            return -ENOMEM;
    }
    return 0;
}

static size_t merge_room(struct use use)
{
    size_t room = 0;

    if (use.node->type == NODE_MAP)
        return use.node->count;
    for (size_t i = 0; use.node->type == NODE_LIST && i < use.node->count; i++)
        if (use.node->items[i].node->type == NODE_MAP)
            room += use.node->items[i].node->count;
    return room;
}

static bool merge_check(struct builder *b, struct node *node, struct use use)
{
    if (use.node->type == NODE_MAP) {
        node->damaged |= use.node->damaged;
        return true;
    }
    node->damaged = true;
    if (!use.node->bad)
        ERROR(b, use_mark(use), "'<<' takes a mapping or a list of mappings, not %s",
              use_what(use));
    return false;
}

static int merge(struct builder *b, struct node *node, struct keys *keys, struct use use)
{
    if (use.node->type != NODE_LIST)
        return merge_check(b, node, use) ? merge_map(b, keys, use) : 0;
    for (size_t i = 0; i < use.node->count; i++) {
        struct use item = use_within(use, use.node->items[i]);

        if (merge_check(b, node, item) && merge_map(b, keys, item) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Whether a key is fit to be one, and new. */
static bool key_check(struct builder *b, const struct keys *keys, struct use key)
{
    const struct entry *first;

    if (key.node->type != NODE_SCALAR) {
        ERROR(b, use_mark(key), "a key must be a single word, not %s", use_what(key));
        if (key.node->flow)
            report_hint(b->tree->report, "quote a value that begins with '[' or '{'");
        return false;
    }
    if (key.node->bad)
        return false;
    first = keys_find(keys, key.node->text);
    if (!first)
        return true;
    ERROR(b, use_mark(key), "'%s' is given twice", key.node->text);
    report_hint(b->tree->report, "the first one is on line %u", first->key.node->line);
    return false;
}

static bool is_merge(struct use key)
{
    return key.node->type == NODE_SCALAR && key.node->plain && strcmp(key.node->text, "<<") == 0;
}

static int close_map(struct builder *b, struct node *node, const struct frame *frame)
{
    const struct use *merged = NULL;
    struct keys keys = {.room = frame->count / 2};

    for (size_t i = 0; i + 1 < frame->count; i += 2)
        if (is_merge(frame->items[i]))
            keys.room += merge_room(frame->items[i + 1]);
    keys.many = keys.room > FEW_KEYS;
    keys.entries = arena_array(b->tree->scratch, keys.room, sizeof *keys.entries);
    if (!keys.entries)
        return -ENOMEM;
    for (size_t i = 0; i + 1 < frame->count; i += 2) {
        struct entry entry = {.key = frame->items[i], .value = frame->items[i + 1]};

        if (is_merge(entry.key) && merged) {
            node->damaged = true;
            ERROR(b, use_mark(entry.key), "'<<' is given twice");
            report_hint(b->tree->report, "several are merged by a list: '<<: [*a, *b]'");
        } else if (is_merge(entry.key)) {
            merged = &frame->items[i + 1];
        } else if (!key_check(b, &keys, entry.key)) {
            node->damaged = true;
        } else if (keys_add(b, &keys, entry) < 0) {
            return -ENOMEM;
        }
    }
    if (merged && merge(b, node, &keys, *merged) < 0)
        return -ENOMEM;
    node->entries = keys.entries;
    node->count = keys.count;
    return 0;
}

static int close_node(struct builder *b)
{
    struct frame *frame;
    struct node *node;

    if (!b->depth)
        return 0; /* libyaml closes only what it opened */
    frame = &b->frames[--b->depth];
    node = frame->node;
    node->open = false;
    for (size_t i = 0; i < frame->count; i++)
        node->weight += frame->items[i].node->weight;
    if (node->type == NODE_LIST) {
        node->items = frame->items;
        node->count = frame->count;
    } else if (close_map(b, node, frame) < 0) {
        return -ENOMEM;
    }
    return put(b, (struct use){.node = node}, 1);
}

static int step(struct builder *b, const yaml_event_t *event)
{
    struct mark mark = trap_mark(b->tree->source, &event->start_mark);

    mark.length = (uint32_t)strlen("---");
    switch (event->type) {
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    case YAML_DOCUMENT_START_EVENT:
        if (b->document)
            return ERROR(b, mark, "a second document begins; a file holds one topology");
        b->document = true;
        break;
    case YAML_ALIAS_EVENT:
        return add_alias(b, event);
    case YAML_SCALAR_EVENT:
        return add_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return open_node(b, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_node(b);
    }
    return 0;
}

static int read_events(struct builder *b, yaml_parser_t *parser)
{
    for (bool end = false; !end;) {
        yaml_event_t event;
        int err;

        if (!yaml_parser_parse(parser, &event))
            return parser->error == YAML_MEMORY_ERROR
                       ? -ENOMEM
                       : trap_syntax(b->tree->report, b->tree->source, parser);
        err = step(b, &event);
        end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (err < 0)
            return err;
    }
    return 0;
}

int tree_read(struct tree *tree)
{
    struct builder b = {.tree = tree};
    yaml_parser_t parser;
    int err;

    err = trap_characters(tree->report, tree->source);
    if (err < 0)
        return err;
    if (!yaml_parser_initialize(&parser))
        return -ENOMEM;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)tree->source->text,
                                 tree->source->size);
    err = read_events(&b, &parser);
    yaml_parser_delete(&parser);
    if (err < 0)
        return err;
    if (!tree->root.node || (use_is_null(tree->root) && !*tree->root.node->text))
        return report_error(tree->report, EINVAL, tree->source, (struct mark){0},
                            "the file is empty");
    return 0;
}
