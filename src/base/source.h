/* SPDX-License-Identifier: MIT */
/*
 * Job: a text and places in it, so that every later room can point at the line of the file.
 * Depends on: libc, arena. Must not know: YAML.
 */
#ifndef NETLAB_BASE_SOURCE_H
#define NETLAB_BASE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* A place in a source. line 0: none. Lines and columns are 1-based, columns count characters. */
struct mark {
    uint32_t line, column, length;
    uint32_t alias_line, alias_column; /* where it came in through an alias or merge key; or 0 */
};

struct source {
    const char *file; /* as diagnostics name it */
    const char *text; /* NUL-terminated, but may contain NULs */
    size_t size;
    const size_t *lines; /* where each line begins */
    size_t line_count;
};

/* Copy the text and find its lines. 0 or -ENOMEM. */
int source_init(struct source *source, struct arena *arena, const char *file, const char *text,
                size_t size);

/* The text of a line (1-based) without its end; NULL past the end. Not NUL-terminated. */
const char *source_line(const struct source *source, uint32_t line, size_t *ret_size);

/* Line and column of a byte. */
struct mark source_mark_at(const struct source *source, size_t offset);

#endif
