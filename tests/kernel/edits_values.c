/* SPDX-License-Identifier: MIT */
/*
 * Job: values for edits.
 * In: pieces of YAML in which words that begin with @ stand for something of the file or for
 * something new (see word()). Out: nodes.
 */
#include <ctype.h>
#include <string.h>

#include "edits_parts.h"
#include "kernel.h"

/* Addresses */

/* An address of a namespace (NULL: of any) as it stands in the file; NULL: there is none. */
static const char *some_address(struct edit *edit, const char *netns)
{
    yaml_document_t *doc = &edit->doc;
    int all = doc_get(doc, doc_root(doc), "namespaces");
    const char *chosen = NULL;
    unsigned seen = 0;

    for (int i = 0; doc_is_map(doc, all) && i < doc_count(doc, all); i++) {
        int body = doc_at(doc, all, i), ifaces;

        if (!doc_is_map(doc, body) || (netns && strcmp(doc_key(doc, all, i), netns) != 0))
            continue;
        ifaces = doc_get(doc, body, "interfaces");
        for (int j = 0; doc_is_map(doc, ifaces) && j < doc_count(doc, ifaces); j++) {
            int list = doc_get(doc, doc_at(doc, ifaces, j), "addresses");

            for (int k = 0; doc_is_list(doc, list) && k < doc_count(doc, list); k++) {
                const char *address = edit_address(edit, doc_at(doc, list, k));

                if (address && random_below(edit->random, ++seen) == 0)
                    chosen = address;
            }
        }
    }
    return chosen;
}

/* Another one of the same network, mostly. */
static const char *near_address(struct edit *edit, const char *address)
{
    const char *slash, *last = NULL;

    if (!address)
        return NULL;
    slash = strchr(address, '/');
    slash = slash ? slash : address + strlen(address);
    for (const char *c = address; c < slash; c++)
        if (*c == '.' || *c == ':')
            last = c + 1;
    if (!last)
        return NULL;
    return text(last[-1] == ':' ? "%.*s%x%s" : "%.*s%u%s", (int)(last - address), address,
                1 + random_below(edit->random, 254), slash);
}

static const char *new_address(struct edit *edit)
{
    unsigned n = 1 + random_below(edit->random, 200), m = 1 + random_below(edit->random, 250);

    switch (random_below(edit->random, 4)) {
    case 0:
        return text("fd%02x::%x/64", n, m);
    case 1:
        return text("fd42:%x::%x/%u", n, m, 120 + random_below(edit->random, 9));
    case 2:
        return text("172.20.%u.%u/%u", n, m, 16 + random_below(edit->random, 17));
    default:
        return text("10.%u.%u.%u/24", 50 + n, n, m);
    }
}

static const char *bare(const char *address)
{
    return address ? text("%.*s", (int)strcspn(address, "/"), address) : NULL;
}

static const char *network(struct edit *edit, bool default_ok)
{
    unsigned n = 1 + random_below(edit->random, 250);

    switch (random_below(edit->random, default_ok ? 6 : 5)) {
    case 0:
        return text("10.66.%u.0/24", n);
    case 1:
        return text("10.%u.0.0/16", n);
    case 2:
        return text("192.0.2.%u", n);
    case 3:
        return text("fd66:%x::/48", n);
    case 4:
        return text("2001:db8::%x", n);
    default:
        return "default";
    }
}

/* Values */

/* What an @word stands for; NULL: nothing here. `old`: the value that is changed, or NULL. */
static const char *word(struct edit *edit, const struct edit_spot *spot, const char *name,
                        const char *old)
{
    const char *netns = spot->netns.name;
    bool near = random_one_in(edit->random, 2);

    if (strcmp(name, "address") == 0)
        return new_address(edit);
    if (strcmp(name, "near") == 0)
        return near_address(edit, old ? old : some_address(edit, near ? netns : NULL));
    if (strcmp(name, "own") == 0)
        return bare(some_address(edit, netns));
    if (strcmp(name, "via") == 0)
        return bare(near ? near_address(edit, some_address(edit, netns))
                         : some_address(edit, NULL));
    if (strcmp(name, "net") == 0 || strcmp(name, "prefix") == 0)
        return network(edit, name[0] == 'n');
    if (strcmp(name, "mac") == 0)
        return text("02:00:00:00:%02x:%02x", random_below(edit->random, 256),
                    random_below(edit->random, 256));
    if (strcmp(name, "name") == 0)
        return text("also-called-%u", random_below(edit->random, 1000));
    if (strcmp(name, "priority") == 0)
        return text("%u", 10 + random_below(edit->random, 30000));
    if (strcmp(name, "small") == 0)
        return text("%u", 1 + random_below(edit->random, 250));
    if (strcmp(name, "label") == 0)
        return spot->iface ? text("%s:%u", spot->iface, random_below(edit->random, 10)) : NULL;
    if (strcmp(name, "iface") == 0)
        return edit_iface(edit, &spot->netns);
    test_fail("nobody knows @%s", name);
}

const char *edit_expand(struct edit *edit, const struct edit_spot *spot, const char *from,
                        const char *old, const char *quote)
{
    const char *result = "";

    while (*from) {
        size_t plain = strcspn(from, "@"), length = 0;
        const char *value;

        result = text("%s%.*s", result, (int)plain, from);
        from += plain;
        if (!*from)
            break;
        while (islower((unsigned char)from[1 + length]))
            length++;
        value = word(edit, spot, text("%.*s", (int)length, from + 1), old);
        if (!value)
            return NULL;
        result = text("%s%s%s%s", result, quote, value, quote);
        from += 1 + length;
    }
    return result;
}

static const char *pick(struct edit *edit, const char *const words[])
{
    unsigned count = 0;

    while (words[count])
        count++;
    return words[random_below(edit->random, count)];
}

int edit_new_value(struct edit *edit, const struct edit_spot *spot, const char *const values[],
                   const char *old)
{
    const char *value = edit_expand(edit, spot, pick(edit, values), old, "'");

    if (!value)
        return 0;
    edit_says(edit, " %s", value);
    return doc_add(&edit->doc, "%s", value);
}

const struct edit_option *edit_option_called(const struct edit_option *options, const char *key)
{
    while (options->key && strcmp(options->key, key) != 0)
        options++;
    return options->key ? options : NULL;
}

const struct edit_option *edit_some_option(struct edit *edit, const struct edit_option *options)
{
    unsigned count = 0;

    while (options[count].key)
        count++;
    return &options[random_below(edit->random, count)];
}

bool edit_set_option(struct edit *edit, const struct edit_spot *spot,
                     const struct edit_option *option, bool required)
{
    int map = spot->node, old = doc_get(&edit->doc, map, option->key), value;

    if (old && !required && random_one_in(edit->random, 3)) {
        edit_says(edit, ": no %s", option->key);
        return doc_remove(&edit->doc, map, option->key);
    }
    edit_says(edit, ": %s", option->key);
    if (!kernel_suits_text(text("%s: true", option->key)))
        return false;
    value = edit_new_value(edit, spot, option->values, old ? doc_scalar(&edit->doc, old) : NULL);
    if (value)
        doc_put(&edit->doc, map, option->key, value);
    return value;
}
