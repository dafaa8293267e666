/* SPDX-License-Identifier: MIT */
/*
 * Job: an open-addressing hash table of strings. Old tables stay in the arena when it grows.
 */
#include "base/strmap.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"

struct strmap_slot {
    const char *key;
    void *value;
};

static struct strmap_slot *find(const struct strmap *map, const char *key)
{
    size_t i = hash_string(key) & (map->capacity - 1);

    while (map->slots[i].key && strcmp(map->slots[i].key, key) != 0)
        i = (i + 1) & (map->capacity - 1);
    return &map->slots[i];
}

void *strmap_get(const struct strmap *map, const char *key)
{
    return map->capacity ? find(map, key)->value : NULL;
}

static int grow(struct strmap *map, struct arena *arena)
{
    struct strmap bigger = {.capacity = map->capacity ? map->capacity * 2 : 16};

    bigger.slots = arena_array(arena, bigger.capacity, sizeof *bigger.slots);
    if (!bigger.slots)
        return -ENOMEM;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].key)
            *find(&bigger, map->slots[i].key) = map->slots[i];
    bigger.count = map->count;
    *map = bigger;
    return 0;
}

int strmap_add(struct strmap *map, struct arena *arena, const char *key, void *value)
{
    struct strmap_slot *slot;

    if (map->count * 4 >= map->capacity * 3 && grow(map, arena) < 0)
        return -ENOMEM;
    slot = find(map, key);
    if (slot->key)
        return -EEXIST;
    slot->key = key;
    slot->value = value;
    map->count++;
    return 0;
}
