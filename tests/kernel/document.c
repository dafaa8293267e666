/* SPDX-License-Identifier: MIT */
/*
 * Job: a YAML document that can be edited.
 *
 * libyaml's documents only grow; entries are taken out by moving the others up. Nodes that nobody
 * refers to any more are not written.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "harness.h"

static yaml_node_t *node_at(yaml_document_t *doc, int node)
{
    yaml_node_t *found = yaml_document_get_node(doc, node);

    if (!found)
        test_fail("a document has no node %d", node);
    return found;
}

static bool is(yaml_document_t *doc, int node, yaml_node_type_t type)
{
    return node && node_at(doc, node)->type == type;
}

bool doc_is_map(yaml_document_t *doc, int node)
{
    return is(doc, node, YAML_MAPPING_NODE);
}

bool doc_is_list(yaml_document_t *doc, int node)
{
    return is(doc, node, YAML_SEQUENCE_NODE);
}

const char *doc_scalar(yaml_document_t *doc, int node)
{
    return is(doc, node, YAML_SCALAR_NODE) ? (const char *)node_at(doc, node)->data.scalar.value
                                           : NULL;
}

static int add_scalar(yaml_document_t *doc, const char *value)
{
    int node =
        yaml_document_add_scalar(doc, NULL, (const yaml_char_t *)value, -1, YAML_ANY_SCALAR_STYLE);

    if (!node)
        abort();
    return node;
}

void doc_load(yaml_document_t *doc, const char *yaml)
{
    yaml_parser_t parser;

    if (!yaml_parser_initialize(&parser))
        abort();
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, strlen(yaml));
    if (!yaml_parser_load(&parser, doc) || !yaml_document_get_root_node(doc))
        test_fail("no YAML: %s", yaml);
    yaml_parser_delete(&parser);
    for (yaml_node_t *node = doc->nodes.start; node < doc->nodes.top; node++)
        if (node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0 &&
            node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
            free(node->data.scalar.value);
            node->data.scalar.value = (yaml_char_t *)strdup("~");
            node->data.scalar.length = 1;
        }
}

const char *doc_save(yaml_document_t *doc)
{
    yaml_emitter_t emitter;
    char *bytes = NULL;
    const char *result;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);

    if (!out || !yaml_emitter_initialize(&emitter))
        abort();
    yaml_emitter_set_output_file(&emitter, out);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    doc->start_implicit = doc->end_implicit = 1;
    if (!yaml_emitter_open(&emitter) || !yaml_emitter_dump(&emitter, doc) ||
        !yaml_emitter_close(&emitter))
        test_fail("can not write a document: %s", emitter.problem);
    yaml_emitter_delete(&emitter);
    fclose(out);
    result = text("%s", bytes);
    free(bytes);
    return result;
}

int doc_root(yaml_document_t *doc)
{
    return doc->nodes.top > doc->nodes.start ? 1 : 0; /* libyaml: the first node */
}

/* A node of another document, or of the same, with all that is in it. */
static int copy(yaml_document_t *to, yaml_document_t *from, int node)
{
    yaml_node_t *source = node_at(from, node);
    int count = source->type == YAML_SCALAR_NODE ? 0 : doc_count(from, node), result = 0;

    switch (source->type) {
    case YAML_SCALAR_NODE:
        result = yaml_document_add_scalar(to, NULL, source->data.scalar.value, -1,
                                          source->data.scalar.style);
        break;
    case YAML_SEQUENCE_NODE:
        result = yaml_document_add_sequence(to, NULL, source->data.sequence.style);
        for (int i = 0; i < count; i++)
            if (!yaml_document_append_sequence_item(to, result,
                                                    copy(to, from, doc_at(from, node, i))))
                abort();
        break;
    case YAML_MAPPING_NODE:
        result = yaml_document_add_mapping(to, NULL, source->data.mapping.style);
        for (int i = 0; i < count; i++) {
            int key = add_scalar(to, doc_key(from, node, i));

            if (!yaml_document_append_mapping_pair(to, result, key,
                                                   copy(to, from, doc_at(from, node, i))))
                abort();
        }
        break;
    case YAML_NO_NODE:
        break;
    }
    if (!result)
        abort();
    return result;
}

int doc_copy(yaml_document_t *doc, int node)
{
    return copy(doc, doc, node);
}

int doc_add(yaml_document_t *doc, const char *format, ...)
{
    yaml_document_t piece;
    char *yaml = NULL;
    va_list args;
    int result;

    va_start(args, format);
    if (vasprintf(&yaml, format, args) < 0)
        abort();
    va_end(args);
    doc_load(&piece, yaml);
    result = copy(doc, &piece, doc_root(&piece));
    yaml_document_delete(&piece);
    free(yaml);
    return result;
}

int doc_count(yaml_document_t *doc, int node)
{
    yaml_node_t *found = node_at(doc, node);

    if (found->type == YAML_SEQUENCE_NODE)
        return (int)(found->data.sequence.items.top - found->data.sequence.items.start);
    if (found->type == YAML_MAPPING_NODE)
        return (int)(found->data.mapping.pairs.top - found->data.mapping.pairs.start);
    return 0;
}

/* Where the number of an entry's node stands. */
static int *entry(yaml_document_t *doc, int node, int place)
{
    yaml_node_t *found = node_at(doc, node);

    if (place < 0 || place >= doc_count(doc, node))
        test_fail("node %d has no entry %d", node, place);
    return found->type == YAML_SEQUENCE_NODE ? &found->data.sequence.items.start[place]
                                             : &found->data.mapping.pairs.start[place].value;
}

int doc_at(yaml_document_t *doc, int node, int place)
{
    return *entry(doc, node, place);
}

void doc_replace(yaml_document_t *doc, int node, int place, int value)
{
    *entry(doc, node, place) = value;
}

void doc_drop(yaml_document_t *doc, int node, int place)
{
    yaml_node_t *found = node_at(doc, node);
    size_t after = (size_t)(doc_count(doc, node) - place - 1);

    if (found->type == YAML_SEQUENCE_NODE) {
        int *item = &found->data.sequence.items.start[place];

        memmove(item, item + 1, after * sizeof(*item));
        found->data.sequence.items.top--;
    } else {
        yaml_node_pair_t *pair = &found->data.mapping.pairs.start[place];

        memmove(pair, pair + 1, after * sizeof(*pair));
        found->data.mapping.pairs.top--;
    }
}

void doc_swap(yaml_document_t *doc, int node, int one, int other)
{
    yaml_node_t *found = node_at(doc, node);
    int *a = entry(doc, node, one), *b = entry(doc, node, other), kept = *a;

    *a = *b;
    *b = kept;
    if (found->type == YAML_MAPPING_NODE) {
        yaml_node_pair_t *pairs = found->data.mapping.pairs.start;

        kept = pairs[one].key;
        pairs[one].key = pairs[other].key;
        pairs[other].key = kept;
    }
}

const char *doc_key(yaml_document_t *doc, int map, int place)
{
    yaml_node_t *found = node_at(doc, map);

    entry(doc, map, place);
    return doc_scalar(doc, found->data.mapping.pairs.start[place].key);
}

static int place_of(yaml_document_t *doc, int map, const char *key)
{
    for (int i = 0; doc_is_map(doc, map) && i < doc_count(doc, map); i++)
        if (strcmp(doc_key(doc, map, i), key) == 0)
            return i;
    return -1;
}

int doc_get(yaml_document_t *doc, int map, const char *key)
{
    int place = place_of(doc, map, key);

    return place < 0 ? 0 : doc_at(doc, map, place);
}

void doc_put(yaml_document_t *doc, int map, const char *key, int value)
{
    int place = place_of(doc, map, key);

    if (place >= 0)
        doc_replace(doc, map, place, value);
    else if (!yaml_document_append_mapping_pair(doc, map, add_scalar(doc, key), value))
        abort();
}

bool doc_remove(yaml_document_t *doc, int map, const char *key)
{
    int place = place_of(doc, map, key);

    if (place >= 0)
        doc_drop(doc, map, place);
    return place >= 0;
}

void doc_rename(yaml_document_t *doc, int map, int place, const char *key)
{
    int scalar = add_scalar(doc, key);

    node_at(doc, map)->data.mapping.pairs.start[place].key = scalar;
}

static int under(yaml_document_t *doc, int map, const char *key, yaml_node_type_t type,
                 const char *empty)
{
    int value = doc_get(doc, map, key);

    if (!is(doc, value, type)) {
        value = doc_add(doc, "%s", empty);
        doc_put(doc, map, key, value);
    }
    return value;
}

int doc_map(yaml_document_t *doc, int map, const char *key)
{
    return under(doc, map, key, YAML_MAPPING_NODE, "{}");
}

int doc_list(yaml_document_t *doc, int map, const char *key)
{
    return under(doc, map, key, YAML_SEQUENCE_NODE, "[]");
}

void doc_insert(yaml_document_t *doc, int list, int place, int value)
{
    if (!yaml_document_append_sequence_item(doc, list, value))
        abort();
    for (int i = doc_count(doc, list) - 1; i > place; i--)
        doc_swap(doc, list, i, i - 1);
}
