/* SPDX-License-Identifier: MIT */
/*
 * Job: FNV-1a, 32 bits. Also part of the file format: names of made bridge ports hold 16 bits of
 * it, so it must never change.
 */
#ifndef NETLAB_BASE_HASH_H
#define NETLAB_BASE_HASH_H

#include <stdint.h>

static inline uint32_t hash_string(const char *text)
{
    uint32_t hash = 2166136261U;

    while (*text)
        hash = (hash ^ (unsigned char)*text++) * 16777619U;
    return hash;
}

#endif
