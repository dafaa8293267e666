/* SPDX-License-Identifier: MIT */
/*
 * Job: lines and columns of a text.
 * In: text. Out: line starts, marks.
 */
#include "base/source.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"

int source_init(struct source *source, struct arena *arena, const char *file, const char *text,
                size_t size)
{
    size_t count = 1, line = 0;
    size_t *lines;
    char *copy;

    for (size_t i = 0; i < size; i++)
        count += text[i] == '\n';
    lines = arena_array(arena, count, sizeof *lines);
    copy = arena_strndup(arena, text, size);
    source->file = arena_strdup(arena, file);
    if (!lines || !copy || !source->file)
        return -ENOMEM;
    for (size_t i = 0; i < size; i++)
        if (text[i] == '\n')
            lines[++line] = i + 1;
    source->text = copy;
    source->size = size;
    source->lines = lines;
    source->line_count = count;
    return 0;
}

const char *source_line(const struct source *source, uint32_t line, size_t *ret_size)
{
    size_t begin, end;

    if (line == 0 || line > source->line_count)
        return NULL;
    begin = source->lines[line - 1];
    end = line < source->line_count ? source->lines[line] - 1 : source->size;
    if (end > begin && source->text[end - 1] == '\r')
        end--;
    *ret_size = end - begin;
    return source->text + begin;
}

struct mark source_mark_at(const struct source *source, size_t offset)
{
    size_t low = 0, high = source->line_count;
    struct mark mark = {.length = 1, .column = 1};

    if (offset > source->size)
        offset = source->size;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (source->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    mark.line = (uint32_t)low + 1;
    for (size_t i = source->lines[low]; i < offset; i++)
        mark.column += ((unsigned char)source->text[i] & 0xc0) != 0x80;
    return mark;
}
