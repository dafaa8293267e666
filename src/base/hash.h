/* SPDX-License-Identifier: MIT */
/*
 * Job: FNV-1a, 32 bits. Also part of the file format: names of made bridge ports hold 16 bits of
 * it, so it must never change.
 */
#ifndef NETLAB_BASE_HASH_H
#define NETLAB_BASE_HASH_H

#include <stdint.h>

/* Go on where the hash of a text has ended. */
static inline uint32_t hash_add(uint32_t hash, const char *text)
{
    while (*text)
        hash = (hash ^ (unsigned char)*text++) * 16777619U;
    return hash;
}

static inline uint32_t hash_string(const char *text)
{
    return hash_add(2166136261U, text);
}

#endif
