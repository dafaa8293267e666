/* SPDX-License-Identifier: MIT */
/*
 * Job: mutate topologies as people do: lines move, are repeated and lost, words change places, keys
 * and values are those of the tables. Random bytes alone hardly ever get past YAML.
 * In: a text. Out: another one, by the seed alone.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "kinds/kind.h"
#include "model/test.h"

enum {
    WORDS_MAX = 512,
    LINES_MAX = 1024,
    PIECE_MAX = 4096,
};

struct text {
    char *bytes;
    size_t size, max;
    uint64_t random;
};

static const char *const values[] = {"left",
                                     "right",
                                     "host",
                                     "eth0",
                                     "br0",
                                     "lo",
                                     "left:eth0",
                                     "right:eth0",
                                     "left:br0",
                                     "host:br0",
                                     "left-eth0",
                                     "10.0.0.1/24",
                                     "10.0.0.2",
                                     "10.0.0.0/24",
                                     "fd00::1/64",
                                     "fd00::2",
                                     "fe80::1",
                                     "0.0.0.0/0",
                                     "\"::/0\"",
                                     "default",
                                     "none",
                                     "true",
                                     "false",
                                     "0",
                                     "1",
                                     "64",
                                     "1280",
                                     "65535",
                                     "4294967295",
                                     "0x10",
                                     "010",
                                     "-1",
                                     "10ms",
                                     "1.5s",
                                     "2h",
                                     "forever",
                                     "0x1/0xff",
                                     "20-29",
                                     "4094",
                                     "[10, 20-29]",
                                     "[{id: 10, pvid: true}, 20]",
                                     "\"\"",
                                     "~",
                                     "null",
                                     "x-a",
                                     "{}",
                                     "[]",
                                     "bridge",
                                     "veth",
                                     "eth0.10",
                                     "%d",
                                     "[a, b]",
                                     "{a: b}",
                                     "a-name-that-is-too-long",
                                     "02:00:00:00:00:01",
                                     "ff:ff:ff:ff:ff:ff",
                                     "net.ipv4.ip_forward",
                                     "net.ipv4.conf.eth0.rp_filter",
                                     "net/ipv6/conf/br0/accept_dad"};

/* What is YAML's own: seldom, for most of it is the end of the text as YAML. */
static const char *const syntax[] = {"&a", "*a", "<<",       "<<: *a", "!!str", "- ", ": ", ", ",
                                     "{",  "}",  "[",        "]",      "\"",    "'",  "|",  "---",
                                     "\n", "#",  "\xc3\xa4", "\\0",    ">",     "? ", "%",  "@"};

static const char *words[WORDS_MAX];
static size_t word_count;

static void add_word(const char *word)
{
    if (word_count < WORDS_MAX)
        words[word_count++] = word;
}

static void add_table(const struct table *table)
{
    for (size_t i = 0; table && i < table->field_count; i++) {
        add_word(table->fields[i].key);
        for (const struct choice *c = table->fields[i].choices; c && c->word; c++)
            add_word(c->word);
    }
    for (const struct habit *habit = table ? table->habits : NULL; habit && habit->key; habit++)
        add_word(habit->key);
}

static void collect_words(void)
{
    static const struct table *const tables[] = {
        &table_lab,      &table_defaults, &table_netns, &table_iface,   &table_link,
        &table_address,  &table_altname,  &table_route, &table_nexthop, &table_rule,
        &table_neighbor, &table_sysctl,   &table_vlan,  &table_test,    &table_ping,
        &table_tcp,      &table_udp,      &table_arp,   &table_fib,     &table_exec};

    if (word_count)
        return;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        add_word(values[i]);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        add_table(tables[i]);
    for (const struct kind *const *kind = kinds; *kind; kind++) {
        add_word((*kind)->name);
        add_table((*kind)->options);
        add_table((*kind)->port_options);
    }
}

/* xorshift64*: the same everywhere. */
static size_t pick(struct text *t, size_t limit)
{
    t->random ^= t->random >> 12;
    t->random ^= t->random << 25;
    t->random ^= t->random >> 27;
    return limit ? (size_t)((t->random * UINT64_C(2685821657736338717)) >> 33) % limit : 0;
}

/* Put bytes in the place of others. */
static void splice(struct text *t, size_t at, size_t gone, const char *bytes, size_t size)
{
    if (t->size - gone + size > t->max)
        return;
    memmove(t->bytes + at + size, t->bytes + at + gone, t->size - at - gone);
    memcpy(t->bytes + at, bytes, size);
    t->size += size - gone;
}

static bool in_word(char c)
{
    return c && !strchr(" \t\r\n,[]{}\"'#", c);
}

/* A random word of the text: where it begins, how long it is. */
static size_t pick_word(struct text *t, size_t *ret_at)
{
    size_t at = pick(t, t->size), size = 0;

    while (at < t->size && !in_word(t->bytes[at]))
        at++;
    while (at > 0 && at < t->size && in_word(t->bytes[at - 1]))
        at--;
    while (at + size < t->size && in_word(t->bytes[at + size]))
        size++;
    /* as a rule a key goes without its colon */
    if (size > 1 && t->bytes[at + size - 1] == ':' && pick(t, 8))
        size--;
    *ret_at = at;
    return size;
}

static size_t indentation(const struct text *t, size_t at)
{
    size_t size = 0;

    while (at + size < t->size && t->bytes[at + size] == ' ')
        size++;
    return size;
}

static size_t next_line(const struct text *t, size_t at)
{
    while (at < t->size && t->bytes[at] != '\n')
        at++;
    return at < t->size ? at + 1 : at;
}

static size_t pick_line(struct text *t)
{
    size_t at = pick(t, t->size + 1);

    while (at > 0 && t->bytes[at - 1] != '\n')
        at--;
    return at;
}

/* A line with all that is indented deeper. */
static size_t block_size(const struct text *t, size_t at)
{
    size_t end = next_line(t, at), indent = indentation(t, at);

    while (end < t->size && indentation(t, end) > indent)
        end = next_line(t, end);
    return end - at;
}

/* Copy or move a block, mostly to where its indentation fits. */
static void move_block(struct text *t, bool copy)
{
    size_t from = pick_line(t), size = block_size(t, from), to = pick_line(t), tries = 20;
    size_t indent = indentation(t, from);
    char piece[PIECE_MAX];

    if (!size || size > sizeof piece)
        return;
    memcpy(piece, t->bytes + from, size);
    if (!copy)
        splice(t, from, size, "", 0);
    do
        to = pick_line(t);
    while (tries-- && indentation(t, to) != indent);
    splice(t, to, 0, piece, size);
}

static void change_word(struct text *t)
{
    const char *word = pick(t, 20) ? words[pick(t, word_count)]
                                   : syntax[pick(t, sizeof syntax / sizeof syntax[0])];
    size_t at, size = pick_word(t, &at);

    splice(t, at, size, word, strlen(word));
}

/* A word of the text in the place of another: names meet. */
static void copy_word(struct text *t)
{
    size_t from, size = pick_word(t, &from), to, gone;
    char piece[PIECE_MAX];

    if (size > sizeof piece)
        return;
    memcpy(piece, t->bytes + from, size);
    gone = pick_word(t, &to);
    splice(t, to, gone, piece, size);
}

static void change_number(struct text *t)
{
    size_t at = pick(t, t->size), tries = t->size;

    while (tries-- && at < t->size && !(t->bytes[at] >= '0' && t->bytes[at] <= '9'))
        at = (at + 1) % t->size;
    if (at < t->size)
        t->bytes[at] = (char)('0' + pick(t, 10));
}

/* One more key in a mapping in flow style, or one more entry in a list. */
static void add_entry(struct text *t)
{
    const char *key = words[pick(t, word_count)], *value = words[pick(t, word_count)];
    size_t at = pick(t, t->size), tries = t->size;
    char piece[256];
    int size;

    while (tries-- && at < t->size && !strchr("[{", t->bytes[at]))
        at = (at + 1) % t->size;
    if (at >= t->size || !t->bytes[at])
        return;
    size = t->bytes[at] == '{' ? snprintf(piece, sizeof piece, "%s: %s, ", key, value)
                               : snprintf(piece, sizeof piece, "%s, ", value);
    if (size > 0 && (size_t)size < sizeof piece)
        splice(t, at + 1, 0, piece, (size_t)size);
}

static void change_indentation(struct text *t)
{
    size_t at = pick_line(t);

    if (pick(t, 2))
        splice(t, at, 0, "  ", 2);
    else if (indentation(t, at) >= 2)
        splice(t, at, 2, "", 0);
}

static void change_bytes(struct text *t)
{
    size_t at = pick(t, t->size);
    char byte = (char)pick(t, 256);

    if (pick(t, 2) && t->size)
        splice(t, at, 1, "", 0);
    else
        splice(t, at, 0, &byte, 1);
}

static void mutate_once(struct text *t)
{
    switch (pick(t, 12)) {
    case 0:
        move_block(t, true);
        break;
    case 1:
        move_block(t, false);
        break;
    case 2: {
        size_t at = pick_line(t);

        splice(t, at, block_size(t, at), "", 0);
        break;
    }
    case 3:
    case 4:
    case 5:
        change_word(t);
        break;
    case 6:
    case 7:
        copy_word(t);
        break;
    case 8:
        change_number(t);
        break;
    case 9:
        add_entry(t);
        break;
    case 10:
        change_indentation(t);
        break;
    default:
        if (pick(t, 10) == 0)
            change_bytes(t);
        else
            copy_word(t);
        break;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    struct text t = {.bytes = (char *)data,
                     .size = size,
                     .max = max,
                     .random = (uint64_t)seed * 2654435761U + 88172645463325252U};

    collect_words();
    for (size_t count = pick(&t, 3) ? 1 : 1 + pick(&t, 4); count; count--)
        mutate_once(&t);
    return t.size;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max, unsigned seed)
{
    struct text t = {
        .bytes = (char *)out, .max = max, .random = seed + UINT64_C(88172645463325252)};
    struct text other = {.bytes = (char *)data2, .size = size2, .random = t.random + 1};
    size_t from, size;

    if (size1 > max)
        return 0;
    memcpy(out, data1, size1);
    t.size = size1;
    from = pick_line(&other);
    size = block_size(&other, from);
    splice(&t, pick_line(&t), 0, (const char *)data2 + from, size);
    return t.size;
}
