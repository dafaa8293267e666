/* SPDX-License-Identifier: MIT */
/*
 * Job: write YAML as people do.
 * In: keys, texts, functions that write what is in a mapping or list. Out: YAML 1.1 that reads the
 * same wherever it stands: what must be quoted only within {} or [] is quoted everywhere.
 */
#include "output/yaml.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

enum {
    INDENT = 2,
    WIDTH = 80,       /* columns that a value may reach on the line of its key … */
    WIDTH_ITEM = 100, /* … and as an entry of a list: those are rows of a table */
    REPLACEMENT = 0xfffd,
};

static void put(struct yaml *yaml, const char *text, size_t size)
{
    if (yaml->out)
        fwrite(text, 1, size, yaml->out);
    for (size_t i = 0; i < size; i++)
        yaml->column += ((unsigned char)text[i] & 0xc0) != 0x80;
}

static void puts_to(struct yaml *yaml, const char *text)
{
    put(yaml, text, strlen(text));
}

static void begin_line(struct yaml *yaml)
{
    if (yaml->out && yaml->column)
        putc('\n', yaml->out);
    yaml->column = 0;
    for (size_t i = 0; i < yaml->indent; i++)
        put(yaml, " ", 1);
}

static void begin_entry(struct yaml *yaml)
{
    if (yaml->flow && yaml->any)
        puts_to(yaml, ", ");
    else if (!yaml->flow && !yaml->same_line)
        begin_line(yaml);
    yaml->any = true;
    yaml->same_line = false;
}

static void begin_value(struct yaml *yaml)
{
    if (yaml->value)
        put(yaml, " ", 1);
    yaml->value = yaml->item = false;
}

/* What libyaml takes as it stands, in quotes or not (YAML 1.1, 4.1.1); line ends are none. */
static bool is_printable(int32_t c)
{
    if (c < 0xa0)
        return c >= 0x20 && c < 0x7f;
    return c != 0x2028 && c != 0x2029 && c != 0xfeff && c != 0xfffe && c != 0xffff;
}

static bool all_printable(const char *text)
{
    size_t left = strlen(text), size;

    for (; left; text += size, left -= size)
        if (!is_printable(utf8_decode(text, left, &size)))
            return false;
    return true;
}

/* Whether a text can do without quotes, in block style and in flow style. */
static bool is_plain(const char *text)
{
    static const char *const words[] = {"~", "null", "<<", NULL}; /* nothing; a merge key */
    size_t size = strlen(text);

    for (size_t i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0)
            return false;
    return size && !strchr("-?:#&*!|>'\"%@` ", *text) && !strpbrk(text, ",[]{}?") &&
           !strstr(text, ": ") && !strstr(text, " #") && text[size - 1] != ':' &&
           text[size - 1] != ' ' && all_printable(text);
}

static void put_escape(struct yaml *yaml, uint32_t c)
{
    char text[16];

    if (c == '\t')
        snprintf(text, sizeof text, "\\t");
    else if (c == '\n')
        snprintf(text, sizeof text, "\\n");
    else if (c < 0x100)
        snprintf(text, sizeof text, "\\x%02x", c);
    else if (c < 0x10000)
        snprintf(text, sizeof text, "\\u%04x", c);
    else
        snprintf(text, sizeof text, "\\U%08x", c);
    puts_to(yaml, text);
}

static void put_quoted(struct yaml *yaml, const char *text)
{
    size_t left = strlen(text), size;

    put(yaml, "\"", 1);
    for (; left; text += size, left -= size) {
        int32_t c = utf8_decode(text, left, &size);

        if (c == '"' || c == '\\')
            put(yaml, "\\", 1);
        if (c < 0)
            put_escape(yaml, REPLACEMENT);
        else if (is_printable(c))
            put(yaml, text, size);
        else
            put_escape(yaml, (uint32_t)c);
    }
    put(yaml, "\"", 1);
}

static void put_scalar(struct yaml *yaml, const char *text)
{
    if (is_plain(text))
        puts_to(yaml, text);
    else
        put_quoted(yaml, text);
}

void yaml_key(struct yaml *yaml, const char *key)
{
    begin_entry(yaml);
    put_scalar(yaml, key);
    put(yaml, ":", 1);
    yaml->value = true;
    yaml->item = false;
}

void yaml_item(struct yaml *yaml)
{
    begin_entry(yaml);
    if (!yaml->flow)
        put(yaml, "-", 1);
    yaml->value = yaml->item = !yaml->flow;
}

void yaml_text(struct yaml *yaml, const char *text)
{
    begin_value(yaml);
    put_scalar(yaml, text);
}

/* Whether a block can hold a text: each line as it stands, with an end. */
static bool is_block(const char *text)
{
    size_t left = strlen(text), size;

    if (!left || text[left - 1] != '\n' || strchr(" \n", *text) ||
        (left > 1 && text[left - 2] == '\n'))
        return false;
    for (; left; text += size, left -= size) {
        int32_t c = utf8_decode(text, left, &size);

        if (c != '\n' && c != '\t' && !is_printable(c))
            return false;
    }
    return true;
}

static void empty_line(struct yaml *yaml)
{
    yaml_end(yaml);
    if (yaml->out)
        putc('\n', yaml->out);
}

/* Tabs at the beginning of a line become blanks: there they would look like YAML's. */
void yaml_lines(struct yaml *yaml, const char *text)
{
    if (yaml->flow) /* only measured: a block has a line of its own */
        yaml->deep = true;
    if (yaml->flow || !is_block(text)) {
        yaml_text(yaml, text);
        return;
    }
    begin_value(yaml);
    put(yaml, "|", 1);
    yaml->indent += INDENT;
    while (*text) {
        size_t size = strcspn(text, "\n");

        if (size)
            begin_line(yaml);
        else
            empty_line(yaml);
        for (; *text == '\t'; text++, size--)
            puts_to(yaml, "    ");
        put(yaml, text, size);
        text += size + 1;
    }
    yaml->indent -= INDENT;
}

static struct yaml measure(yaml_body_fn *body, const void *object)
{
    struct yaml yaml = {.flow = true};

    body(&yaml, object);
    return yaml;
}

static void put_flow(struct yaml *yaml, const char *brackets, yaml_body_fn *body,
                     const void *object)
{
    struct yaml inner = {.out = yaml->out, .flow = true};

    begin_value(yaml);
    put(yaml, brackets, 1);
    inner.column = yaml->column;
    body(&inner, object);
    yaml->column = inner.column;
    yaml->deep |= inner.deep || *brackets == '{';
    put(yaml, brackets + 1, 1);
}

static void put_block(struct yaml *yaml, bool map, yaml_body_fn *body, const void *object)
{
    struct yaml inner = {.out = yaml->out, .indent = yaml->indent + INDENT};

    if (map && yaml->item) {
        begin_value(yaml);
        inner.same_line = true;
    }
    inner.column = yaml->column;
    body(&inner, object);
    yaml->column = inner.column;
    yaml->value = yaml->item = false;
}

static void put_collection(struct yaml *yaml, const char *brackets, enum yaml_style style,
                           yaml_body_fn *body, const void *object)
{
    size_t width = yaml->item ? WIDTH_ITEM : WIDTH;
    struct yaml measured;

    if (yaml->flow) {
        put_flow(yaml, brackets, body, object);
        return;
    }
    measured = measure(body, object);
    if (!measured.any && *brackets == '{' && yaml->value && !yaml->item)
        yaml->value = false; /* KEY: */
    else if (measured.any && (style == YAML_BLOCK || measured.deep ||
                              yaml->column + strlen(" {}") + measured.column > width))
        put_block(yaml, *brackets == '{', body, object);
    else
        put_flow(yaml, brackets, body, object);
}

void yaml_map(struct yaml *yaml, enum yaml_style style, yaml_body_fn *body, const void *object)
{
    put_collection(yaml, "{}", style, body, object);
}

void yaml_list(struct yaml *yaml, enum yaml_style style, yaml_body_fn *body, const void *object)
{
    put_collection(yaml, "[]", style, body, object);
}

void yaml_comment(struct yaml *yaml, const char *name, const char *text)
{
    if (!yaml->flow)
        begin_line(yaml);
    puts_to(yaml, "# ");
    if (name) {
        put_scalar(yaml, name);
        puts_to(yaml, ": ");
    }
    puts_to(yaml, text);
    yaml->any = yaml->deep = true;
}

void yaml_space(struct yaml *yaml)
{
    if (yaml->out && yaml->column)
        putc('\n', yaml->out);
}

void yaml_end(struct yaml *yaml)
{
    if (yaml->out && yaml->column)
        putc('\n', yaml->out);
    yaml->column = 0;
}
