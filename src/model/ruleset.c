/* SPDX-License-Identifier: MIT */
/*
 * Job: read nftables' texts as far as netlab has to: which tables, which words it can't take.
 * In: text. Out: tables, places.
 */
#include "model/ruleset.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"

const struct table table_ruleset = {.name = "nftables", .size = sizeof(struct ruleset)};
const struct table table_nft_table = {.name = "table", .size = sizeof(struct nft_table)};

struct nft_table *ruleset_find(const struct ruleset *ruleset, const char *family, const char *name)
{
    if (ruleset)
        LIST_EACH (struct nft_table, table, &ruleset->tables)
            if (strcmp(table->family, family) == 0 && strcmp(table->o.name, name) == 0)
                return table;
    return NULL;
}

struct nft_table *ruleset_add(struct ruleset *ruleset, struct arena *arena, const char *family,
                              const char *name)
{
    struct nft_table *table = ruleset_find(ruleset, family, name);

    if (table)
        return table;
    table = ARENA_NEW(arena, struct nft_table);
    if (!table)
        return NULL;
    table->o = (struct object){.parent = ruleset->o.parent,
                               .table = &table_nft_table,
                               .name = arena_strdup(arena, name),
                               .mark = ruleset->o.mark};
    table->family = arena_strdup(arena, family);
    if (!table->o.name || !table->family)
        return NULL;
    list_append(&ruleset->tables, &table->o);
    return table;
}

bool ruleset_has(const struct ruleset *ruleset, enum ruleset_part part)
{
    return ruleset && ruleset->texts[part];
}

/* Words */

enum { WORDS_MAX = 4 }; /* of a statement: `add table inet NAME` */

struct word {
    const char *text;
    size_t size;
    struct text_place place;
};

/* Where the reader of a text is. */
struct cursor {
    const char *at;
    unsigned line, column;
    unsigned depth; /* of braces */
};

static void step(struct cursor *cursor)
{
    if (*cursor->at == '\n') {
        cursor->line++;
        cursor->column = 0;
    }
    cursor->column++;
    cursor->at++;
}

static bool is_word(char c)
{
    return c && !strchr(" \t\r\n;{}#\"\\", c);
}

/* Past blanks, comments, continued lines. */
static void skip_blanks(struct cursor *cursor)
{
    for (;;) {
        if (*cursor->at == '#')
            while (*cursor->at && *cursor->at != '\n')
                step(cursor);
        else if (*cursor->at == '\\' && cursor->at[1] == '\n')
            step(cursor), step(cursor);
        else if (*cursor->at == ' ' || *cursor->at == '\t' || *cursor->at == '\r')
            step(cursor);
        else
            return;
    }
}

static void skip_string(struct cursor *cursor)
{
    step(cursor);
    while (*cursor->at && *cursor->at != '"')
        step(cursor);
    if (*cursor->at)
        step(cursor);
}

static struct word take_word(struct cursor *cursor)
{
    struct word word = {.text = cursor->at,
                        .place = {.line = cursor->line, .column = cursor->column}};

    while (is_word(*cursor->at))
        step(cursor);
    word.size = (size_t)(cursor->at - word.text);
    word.place.length = (unsigned)word.size;
    return word;
}

/* The words that a statement begins with; the cursor is left at what ends it, or opens a block. */
static size_t take_statement(struct cursor *cursor, struct word words[WORDS_MAX])
{
    size_t count = 0;

    for (skip_blanks(cursor); *cursor->at && !strchr("\n;{}", *cursor->at); skip_blanks(cursor)) {
        if (is_word(*cursor->at)) {
            struct word word = take_word(cursor);

            if (count < WORDS_MAX)
                words[count++] = word;
        } else if (*cursor->at == '"') {
            skip_string(cursor);
        } else {
            step(cursor);
        }
    }
    return count;
}

static bool is(const struct word *word, const char *text)
{
    return word->size == strlen(text) && memcmp(word->text, text, word->size) == 0;
}

/* What statements are for that a ruleset is not. */
static const struct refused {
    const char *words[2], *what, *hint;
} refused[] = {
    {{"flush", "ruleset"},
     "'flush ruleset' would take away what is not the file's",
     "leave it out: netlab itself replaces the tables that the file defines"},
    {{"include", NULL}, "'include' is not taken", "the file is to hold all of the ruleset"},
    {{"destroy", NULL}, "'destroy' is not taken", "netlab itself replaces what the file defines"},
    {{"list", NULL}, "'list' defines nothing", NULL},
    {{"reset", NULL}, "'reset' defines nothing", NULL},
    {{"get", NULL}, "'get' defines nothing", NULL},
    {{"describe", NULL}, "'describe' defines nothing", NULL},
    {{"monitor", NULL}, "'monitor' defines nothing", NULL},
    {{"export", NULL}, "'export' defines nothing", NULL},
    {{"import", NULL}, "'import' defines nothing", NULL},
};

static int refuse(const struct ruleset_reader *reader, const struct word *words, size_t count,
                  unsigned depth)
{
    for (size_t i = 0; reader->fault && i < sizeof refused / sizeof refused[0]; i++) {
        const struct refused *one = &refused[i];

        /* only this one may stand within a table */
        if (!count || !is(&words[0], one->words[0]) || (depth && strcmp(one->words[0], "include")))
            continue;
        if (!one->words[1] || (count > 1 && is(&words[1], one->words[1])))
            return reader->fault(one->what, one->hint, words[0].place, reader->userdata);
    }
    return 0;
}

/* `[add|create] table [FAMILY] NAME` */
static int define(const struct ruleset_reader *reader, struct arena *scratch,
                  const struct word *words, size_t count)
{
    static const char *const families[] = {"ip", "ip6", "inet", "arp", "bridge", "netdev"};
    size_t at = count && (is(&words[0], "add") || is(&words[0], "create"));
    const char *family = "ip", *name;

    if (at + 1 >= count || !is(&words[at], "table"))
        return 0;
    at++;
    for (size_t i = 0; i < sizeof families / sizeof families[0] && at + 1 < count; i++)
        if (is(&words[at], families[i])) {
            family = families[i];
            at++;
            break;
        }
    name = arena_strndup(scratch, words[at].text, words[at].size);
    return name ? reader->found(family, name, words[at].place, reader->userdata) : -ENOMEM;
}

int ruleset_read(const char *text, struct arena *scratch, const struct ruleset_reader *reader)
{
    struct cursor cursor = {.at = text, .line = 1, .column = 1};
    int r = 0;

    while (r == 0 && *cursor.at) {
        struct word words[WORDS_MAX];
        size_t count = take_statement(&cursor, words);

        r = refuse(reader, words, count, cursor.depth);
        if (r == 0 && cursor.depth == 0)
            r = define(reader, scratch, words, count);
        if (*cursor.at == '{')
            cursor.depth++;
        else if (*cursor.at == '}' && cursor.depth)
            cursor.depth--;
        if (*cursor.at)
            step(&cursor);
    }
    return r;
}

/* Places */

static size_t characters(const char *text, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

/* A line of a text, from 1; NULL: it has fewer. */
static const char *text_line(const char *text, unsigned line, size_t *ret_size)
{
    for (; line > 1 && text; line--) {
        text = strchr(text, '\n');
        text = text && text[1] ? text + 1 : NULL; /* behind the last one there is none */
    }
    if (text)
        *ret_size = strcspn(text, "\n");
    return text;
}

/* Whether a block of lines begins at a mark. */
static bool is_block(const struct source *source, struct mark mark)
{
    size_t size;
    const char *line = source_line(source, mark.line, &size), *end = line ? line + size : NULL;

    for (uint32_t column = 1; line && column < mark.column && line < end; column++)
        do
            line++;
        while (line < end && ((unsigned char)*line & 0xc0) == 0x80);
    return line && line < end && *line == '|';
}

struct mark ruleset_mark(const struct source *source, const struct netns *netns,
                         struct text_place place)
{
    struct mark mark = object_mark(&netns->o, NETNS_NFTABLES), at = mark;
    size_t size = 0, own = 0;
    const char *line = place.line ? text_line(netns->nftables, place.line, &own) : NULL;
    const char *whole = source_line(source, mark.line + place.line, &size);

    if (!line || !whole || !is_block(source, mark) || own > size ||
        memcmp(whole + size - own, line, own) != 0)
        return mark;
    at.line += place.line;
    if (place.column > own + 1)
        place.column = (unsigned)own + 1;
    at.column = (uint32_t)(characters(whole, size - own) + 1 +
                           characters(line, place.column ? place.column - 1 : 0));
    at.length = place.length ? place.length : 1;
    return at;
}

/* Listings */

int netns_tell_ruleset(struct netns *netns, const struct nft_table *except, struct arena *arena)
{
    const char *text = "";

    LIST_EACH (struct nft_table, table, &netns->ruleset->tables)
        if (table->listing && table != except && text)
            text = arena_printf(arena, "%s%s%s", text, *text ? "\n" : "", table->listing);
    if (!text)
        return -ENOMEM;
    netns->nftables = text;
    if (*text)
        netns->o.set |= UINT64_C(1) << NETNS_NFTABLES;
    else
        netns->o.set &= ~(UINT64_C(1) << NETNS_NFTABLES);
    return 0;
}

/* Whether the lines of a set say that packets change its elements, or time does. */
static bool is_moving(const char *line, size_t size)
{
    const char *flags = memmem(line, size, "flags ", strlen("flags "));

    return flags && flags == line + strspn(line, "\t ") &&
           (memmem(line, size, "dynamic", strlen("dynamic")) ||
            memmem(line, size, "timeout", strlen("timeout")));
}

const char *ruleset_settle(const char *listing, struct arena *arena)
{
    char *settled = arena_strdup(arena, listing), *out = settled;
    bool moving = false, dropping = false;

    if (!settled)
        return NULL;
    for (const char *line = listing; *line;) {
        size_t size = strcspn(line, "\n");
        size_t indent = strspn(line, "\t");
        const char *word = line + indent;

        size += line[size] == '\n';
        if (indent <= 1)
            moving = false;
        moving |= is_moving(line, size);
        if (moving && strncmp(word, "elements = {", strlen("elements = {")) == 0)
            dropping = true;
        if (!dropping) {
            memcpy(out, line, size);
            out += size;
        }
        if (dropping && memchr(line, '}', size))
            dropping = false;
        line += size;
    }
    *out = '\0';
    return settled;
}

void ruleset_write_removal(const struct ruleset *ruleset, const char *separator, FILE *out)
{
    LIST_EACH (struct nft_table, table, &ruleset->tables)
        fprintf(out, "table %s %s%sdelete table %s %s%s", table->family, table->o.name, separator,
                table->family, table->o.name, separator);
}

static void write_lines(const char *text, FILE *out)
{
    size_t size = strlen(text);

    fputs(text, out);
    if (size && text[size - 1] != '\n')
        putc('\n', out);
}

void ruleset_write(const struct ruleset *ruleset, FILE *out)
{
    bool any = false;

    for (size_t i = 0; i < RULESET_PARTS; i++)
        if (ruleset->texts[i]) {
            write_lines(ruleset->texts[i], out);
            any = true;
        }
    LIST_EACH (struct nft_table, table, &ruleset->tables)
        if (!any && table->listing)
            write_lines(table->listing, out);
}
