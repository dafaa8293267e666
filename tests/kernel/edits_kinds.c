/* SPDX-License-Identifier: MIT */
/*
 * Job: edits of interfaces of any kind: one is added, an option of it is set, one is removed.
 * In: the reference, which the field tables write: what options there are and how far they go.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edits_parts.h"
#include "kernel.h"
#include "link_kinds.h"

/* Asked once; a test that forks afterwards knows it already. */
static bool kernel_has(const struct link_kind *kind)
{
    static char known[64];
    size_t number = (size_t)(kind - link_kinds);

    if (number >= sizeof known)
        abort();
    if (!known[number])
        known[number] = kernel_suits_text(text("{type: %s}", kind->name)) ? 'y' : 'n';
    return known[number] == 'y';
}

void edit_kinds_ask(void)
{
    for (const struct link_kind *kind = link_kinds; kind->name; kind++)
        if (kind->edits)
            (void)kernel_has(kind);
}

static const struct link_kind *some_kind(struct edit *edit)
{
    const struct link_kind *chosen = NULL;
    unsigned seen = 0;

    for (const struct link_kind *kind = link_kinds; kind->name; kind++)
        if (kind->edits && random_below(edit->random, ++seen) == 0)
            chosen = kind;
    return chosen;
}

/* An interface with a type, and where its entry is. */
static const char *some_typed(struct edit *edit, struct edit_spot *ret)
{
    yaml_document_t *doc = &edit->doc;
    int all = doc_get(doc, doc_root(doc), "namespaces");
    unsigned seen = 0;

    for (int i = 0; doc_is_map(doc, all) && i < doc_count(doc, all); i++) {
        int ifaces = doc_get(doc, doc_at(doc, all, i), "interfaces");

        for (int j = 0; doc_is_map(doc, ifaces) && j < doc_count(doc, ifaces); j++)
            if (doc_get(doc, doc_at(doc, ifaces, j), "type") &&
                random_below(edit->random, ++seen) == 0)
                *ret = (struct edit_spot){{doc_key(doc, all, i), doc_at(doc, all, i)},
                                          doc_key(doc, ifaces, j),
                                          doc_at(doc, ifaces, j)};
    }
    return seen ? doc_scalar(doc, doc_get(doc, ret->node, "type")) : NULL;
}

bool edit_add_kind(struct edit *edit, const struct edit_kind *kind)
{
    const struct link_kind *chosen = some_kind(edit);
    struct edit_spot spot = {0};
    const char *name = text("any%u", random_below(edit->random, 1000)), *options;

    (void)kind;
    if (!edit_netns(edit, &spot.netns) || !kernel_has(chosen))
        return false;
    options = edit_expand(edit, &spot, chosen->edits, NULL, "");
    if (!options)
        return false;
    if (random_one_in(edit->random, 3))
        options = text("%s, addresses: [10.95.%u.1/24]", options, random_below(edit->random, 250));
    edit_says(edit, " %s:%s, %s%s", spot.netns.name, name, chosen->name, options);
    doc_put(&edit->doc, doc_map(&edit->doc, spot.netns.body, "interfaces"), name,
            doc_add(&edit->doc, "{type: %s%s}", chosen->name, options));
    return true;
}

bool edit_remove_kind(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_spot spot = {0};

    (void)kind;
    if (!some_typed(edit, &spot))
        return false;
    edit_says(edit, " %s:%s", spot.netns.name, spot.iface);
    edit_drop_links_of(edit, spot.netns.name, spot.iface);
    edit_forget_iface(edit, spot.netns.name, spot.iface);
    return true;
}

/* Options: lines of the reference, "| `KEY` | VALUES | …" */

struct option_line {
    char key[32], values[256];
};

/* Whether a lab that has it is never at rest, or takes its time to come up; or it is said already
   what stands for what there. */
static bool is_restless(const char *key)
{
    static const char *const keys[] = {"stp",     "forward-delay", "hello-time",
                                       "max-age", "arp-interval",  "link"};

    for (size_t i = 0; i < COUNT(keys); i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

static bool some_option(struct edit *edit, const char *kind, struct option_line *ret)
{
    static const char *reference;
    const char *line, *heading = text("\n### %s\n", kind);
    struct option_line option;
    unsigned seen = 0;

    if (!reference)
        reference = file_text(text("%s/docs/reference.md", getenv("SOURCE")));
    line = strstr(reference, heading);
    if (!line)
        test_fail("the reference has no %s", kind);
    for (line += strlen(heading); *line && *line != '#'; line += strcspn(line, "\n") + 1)
        if (sscanf(line, "| `%31[^`]` | %255[^|]", option.key, option.values) == 2 &&
            !is_restless(option.key) && random_below(edit->random, ++seen) == 0)
            *ret = option;
    return seen;
}

/* Within the range, and often at an end of it. */
static unsigned long some_number(struct edit *edit, unsigned long least, unsigned long most)
{
    switch (random_below(edit->random, 4)) {
    case 0:
        return least;
    case 1:
        return most;
    default:
        return least +
               random_below(edit->random, most - least < 999 ? (unsigned)(most - least) + 1 : 999);
    }
}

/* One of the words in `backquotes`. */
static const char *some_word(struct edit *edit, const char *values)
{
    const char *chosen = NULL;
    unsigned seen = 0;

    for (const char *begin = values; (begin = strchr(begin, '`')); begin++) {
        size_t length = strcspn(begin + 1, "`");

        if (random_below(edit->random, ++seen) == 0)
            chosen = text("%.*s", (int)length, begin + 1);
        begin += 1 + length;
    }
    return chosen;
}

/* In YAML, of what the reference says of its values; NULL: none that is made here. */
static const char *some_value(struct edit *edit, const char *values)
{
    unsigned long least = 0, most = UINT32_MAX;
    const char *range = strstr(values, "or ");
    char unit[8];

    range = range ? range + 3 : values;
    if (strstr(values, "`IP`") || strstr(values, "`IF`") || strstr(values, "a list") ||
        strstr(values, "a text") || strstr(values, "interface"))
        return NULL;
    if (strncmp(values, "`02:", 4) == 0)
        return "'02:00:00:00:95:01'";
    if (sscanf(values, "a duration, `%lu%*[a-z`] to `%lu%7[a-z]", &least, &most, unit) == 3 ||
        sscanf(values, "a duration, `%lu` to `%lu%7[a-z]", &least, &most, unit) == 3)
        return text("%lu%s", some_number(edit, least, most), unit);
    if ((sscanf(range, "%lu to %lu", &least, &most) == 2 || strstr(range, "a number")) &&
        (range == values || random_one_in(edit->random, 2)))
        return text("%lu", some_number(edit, least, most));
    return some_word(edit, values);
}

bool edit_kind_option(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_spot spot = {0};
    const char *type = some_typed(edit, &spot), *value;
    struct option_line option;

    (void)kind;
    if (!type || !some_option(edit, type, &option))
        return false;
    edit_says(edit, " %s:%s, %s:", spot.netns.name, spot.iface, type);
    if (doc_get(&edit->doc, spot.node, option.key) && random_one_in(edit->random, 3)) {
        edit_says(edit, " no %s", option.key);
        return doc_remove(&edit->doc, spot.node, option.key);
    }
    value = some_value(edit, option.values);
    if (!value || !kernel_suits_text(text("%s: %s", option.key, value)))
        return false;
    edit_says(edit, " %s: %s", option.key, value);
    doc_put(&edit->doc, spot.node, option.key, doc_add(&edit->doc, "%s", value));
    return true;
}

/* Peers */

static const struct edit_option peer_options[] = {
    {"persistent-keepalive", VALUES("0", "1s", "25s")},
    {"endpoint", VALUES("192.0.2.9:51820", "'[2001:db8::9]:7'")},
    {NULL, NULL}};

bool edit_wireguard_peer(struct edit *edit, const struct edit_kind *kind)
{
    yaml_document_t *doc = &edit->doc;
    struct edit_spot spot = {0};
    const char *type = some_typed(edit, &spot);
    int peers = type && strcmp(type, "wireguard") == 0 ? doc_get(doc, spot.node, "peers") : 0,
        place;

    (void)kind;
    if (!peers || !doc_is_list(doc, peers) || doc_count(doc, peers) == 0)
        return false;
    place = (int)random_below(edit->random, (unsigned)doc_count(doc, peers));
    edit_says(edit, " %s:%s, number %d", spot.netns.name, spot.iface, place + 1);
    spot.node = doc_at(doc, peers, place);
    if (random_one_in(edit->random, 3)) {
        edit_says(edit, ": removed");
        doc_drop(doc, peers, place);
        return true;
    }
    return edit_set_option(edit, &spot, edit_some_option(edit, peer_options), false);
}
