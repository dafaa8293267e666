/* SPDX-License-Identifier: MIT */
/*
 * Job: a YAML document that can be edited: nodes by number (0: none), taken out, put in, swapped.
 * In: text. Out: text. Numbers of nodes stay the same whatever is done.
 */
#ifndef TESTS_DOCUMENT_H
#define TESTS_DOCUMENT_H

#include <stdbool.h>
#include <yaml.h>

/* Fails the test if it is no YAML. Values that are empty become `~`, so that they can stand
 * anywhere. */
void doc_load(yaml_document_t *doc, const char *yaml);
/* Writes it, with anchors where a node is used twice; the document is gone after that. */
const char *doc_save(yaml_document_t *doc);

int doc_root(yaml_document_t *doc);
/* New nodes from a piece of YAML, e.g. "{to: %s, dev: %s}". */
int doc_add(yaml_document_t *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));
int doc_copy(yaml_document_t *doc, int node);

/* A scalar's text; NULL: it is none. It stays as long as the document. */
const char *doc_scalar(yaml_document_t *doc, int node);
bool doc_is_map(yaml_document_t *doc, int node);
bool doc_is_list(yaml_document_t *doc, int node);

/* Of mappings and lists: how many entries, the one at a place (of a mapping: its value). */
int doc_count(yaml_document_t *doc, int node);
int doc_at(yaml_document_t *doc, int node, int place);
void doc_replace(yaml_document_t *doc, int node, int place, int value);
void doc_drop(yaml_document_t *doc, int node, int place);
void doc_swap(yaml_document_t *doc, int node, int one, int other);

/* Of mappings. */
const char *doc_key(yaml_document_t *doc, int map, int place);
int doc_get(yaml_document_t *doc, int map, const char *key);
void doc_put(yaml_document_t *doc, int map, const char *key, int value);
bool doc_remove(yaml_document_t *doc, int map, const char *key);
void doc_rename(yaml_document_t *doc, int map, int place, const char *key);
/* What stands under a key; where nothing does, an empty mapping (or list) is put there. */
int doc_map(yaml_document_t *doc, int map, const char *key);
int doc_list(yaml_document_t *doc, int map, const char *key);

/* Of lists: before what is there at that place. */
void doc_insert(yaml_document_t *doc, int list, int place, int value);

#endif
