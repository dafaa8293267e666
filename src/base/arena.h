/* SPDX-License-Identifier: MIT */
/*
 * Job: memory that is given back in one piece. A half-built model needs no unwinding.
 * Depends on: libc. Must not know: what is stored in it.
 *
 * All memory is zeroed. Allocations return NULL when memory is short; nothing aborts.
 */
#ifndef NETLAB_BASE_ARENA_H
#define NETLAB_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
char *arena_strndup(struct arena *arena, const char *text, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

#endif
