/* SPDX-License-Identifier: MIT */
/*
 * Job: find things by name in constant time, in arena memory (labs have thousands of names).
 * Depends on: libc, arena. Must not know: what the values are.
 */
#ifndef NETLAB_BASE_STRMAP_H
#define NETLAB_BASE_STRMAP_H

#include <stddef.h>

struct arena;

struct strmap {
    struct strmap_slot *slots;
    size_t capacity, count;
};

/* The value of a key, or NULL. */
void *strmap_get(const struct strmap *map, const char *key);

/*
 * Add a key that is not there; the key is not copied, the value not NULL. Returns 0, -EEXIST
 * (nothing is changed) or -ENOMEM.
 */
int strmap_add(struct strmap *map, struct arena *arena, const char *key, void *value);

#endif
