/* SPDX-License-Identifier: MIT */
/*
 * Job: write YAML as people do: quotes only where they are needed, short things on one line.
 * Depends on: base. Must not know: labs.
 *
 *     struct yaml yaml = {.out = stdout};
 *     yaml_key(&yaml, "name");
 *     yaml_text(&yaml, "lab");
 *     yaml_key(&yaml, "items");
 *     yaml_list(&yaml, YAML_SHORT, write_items, items);
 *     yaml_end(&yaml);
 *
 * What is in a mapping or list is written by a function, since it is called more than once: first
 * only to see how long it gets. So nothing is kept, and nothing can run out of memory.
 */
#ifndef NETLAB_OUTPUT_YAML_H
#define NETLAB_OUTPUT_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct yaml {
    FILE *out;      /* NULL: nothing is written, only measured */
    size_t column;  /* characters of this line */
    size_t indent;  /* of the entries of what is open */
    bool flow;      /* within {} or [] */
    bool any;       /* something is in what is open */
    bool same_line; /* the next entry goes on behind "- " */
    bool value;     /* a key or "-" stands there: a blank is due before its value */
    bool item;      /* … it is "-" */
    bool deep;      /* measured: a mapping is within, or a comment */
};

enum yaml_style {
    YAML_SHORT, /* {} or [] where that fits on the line and has no mappings in it */
    YAML_BLOCK, /* each entry on a line of its own */
};

typedef void yaml_body_fn(struct yaml *yaml, const void *object);

/* Begin an entry of a mapping, of a list. */
void yaml_key(struct yaml *yaml, const char *key);
void yaml_item(struct yaml *yaml);

/* Values. An empty mapping is written as nothing at all where that is possible. */
void yaml_text(struct yaml *yaml, const char *text);
void yaml_lines(struct yaml *yaml, const char *text); /* a `|` block */
void yaml_map(struct yaml *yaml, enum yaml_style style, yaml_body_fn *body, const void *object);
void yaml_list(struct yaml *yaml, enum yaml_style style, yaml_body_fn *body, const void *object);

/* "# NAME: TEXT", on a line of its own; NULL: no name. */
void yaml_comment(struct yaml *yaml, const char *name, const char *text);

/* An empty line before the next entry; the end of the last line. */
void yaml_space(struct yaml *yaml);
void yaml_end(struct yaml *yaml);

#endif
