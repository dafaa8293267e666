/* SPDX-License-Identifier: MIT */
/*
 * Job: edit distance (Damerau, restricted) between short words.
 */
#include "base/similar.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum { WORD_MAX = 64 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

static int same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t rows[3][WORD_MAX + 1] = {{0}};
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b_size; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t *oldest = before;

        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            row[j] = least(above[j] + 1, row[j - 1] + 1,
                           above[j - 1] + (size_t)!same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                row[j] = least(row[j], row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
        row = oldest;
    }
    return above[b_size];
}

const char *similar_word(const char *word, const char *const *candidates)
{
    size_t size = strlen(word), best = size / 3 > 1 ? size / 3 + 1 : 2;
    const char *found = NULL;

    if (size == 0 || size > WORD_MAX)
        return NULL;
    for (; *candidates; candidates++) {
        size_t candidate_size = strlen(*candidates), d;

        if (candidate_size > WORD_MAX)
            continue;
        d = distance(word, size, *candidates, candidate_size);
        /* one letter may not become another one: "a" is not a misspelt "b" */
        if (d < best && d < candidate_size && d < size + 1) {
            best = d;
            found = *candidates;
        }
    }
    return found;
}
