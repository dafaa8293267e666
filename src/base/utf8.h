/* SPDX-License-Identifier: MIT */
/*
 * Job: tell UTF-8 from other bytes.
 * Depends on: libc.
 */
#ifndef NETLAB_BASE_UTF8_H
#define NETLAB_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The code point that begins at text, of which `left` bytes may be looked at (a NUL ends it, too),
 * and how many bytes it takes; -1: this is not UTF-8 (RFC 3629), and it takes 1.
 */
static inline int32_t utf8_decode(const char *text, size_t left, size_t *ret_size)
{
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    size_t size = bytes[0] < 0x80             ? 1
                  : (bytes[0] & 0xe0) == 0xc0 ? 2
                  : (bytes[0] & 0xf0) == 0xe0 ? 3
                  : (bytes[0] & 0xf8) == 0xf0 ? 4
                                              : 0;
    int32_t value = size == 1 ? bytes[0] : bytes[0] & (0x7f >> size);

    *ret_size = 1;
    if (!size || size > left)
        return -1;
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return -1;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        return -1;
    *ret_size = size;
    return value;
}

#endif
