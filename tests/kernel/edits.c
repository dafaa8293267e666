/* SPDX-License-Identifier: MIT */
/*
 * Job: random edits of topology files: the kinds there are, and finding things in a file.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "edits_parts.h"
#include "kernel.h"

static const struct edit_kind edit_kinds[] = {
    {"address added", edit_add_item, "addresses"},
    {"address removed", edit_remove_item, "addresses"},
    {"address changed", edit_change_item, "addresses"},
    {"addresses swapped", edit_swap_items, "addresses"},
    {"route added", edit_add_item, "routes"},
    {"route removed", edit_remove_item, "routes"},
    {"route changed", edit_change_item, "routes"},
    {"routes swapped", edit_swap_items, "routes"},
    {"rule added", edit_add_item, "rules"},
    {"rule removed", edit_remove_item, "rules"},
    {"rule changed", edit_change_item, "rules"},
    {"neighbor added", edit_add_item, "neighbors"},
    {"neighbor removed", edit_remove_item, "neighbors"},
    {"neighbor changed", edit_change_item, "neighbors"},
    {"altname added", edit_add_item, "altnames"},
    {"altname removed", edit_remove_item, "altnames"},
    {"altname changed", edit_change_item, "altnames"},
    {"sysctl added", edit_add_sysctl, NULL},
    {"sysctl removed", edit_remove_sysctl, NULL},
    {"sysctl changed", edit_change_sysctl, NULL},
    {"forwarding", edit_netns_key, "forwarding"},
    {"hostname", edit_netns_key, "hostname"},
    {"service", edit_service, NULL},
    {"mtu", edit_property, "mtu"},
    {"mac", edit_property, "mac"},
    {"txqueuelen", edit_property, "txqueuelen"},
    {"alias", edit_property, "alias"},
    {"up", edit_property, "up"},
    {"netem", edit_property, "netem"},
    {"link option", edit_link_option, NULL},
    {"bridge option", edit_bridge_option, NULL},
    {"port option", edit_port_option, NULL},
    {"plugged in", edit_plug_in, NULL},
    {"unplugged", edit_unplug, NULL},
    {"link added", edit_add_link, NULL},
    {"link removed", edit_remove_link, NULL},
    {"link moved", edit_move_link, NULL},
    {"links swapped", edit_swap_entries, "links"},
    {"namespace added", edit_add_netns, NULL},
    {"namespace removed", edit_remove_netns, NULL},
    {"namespace renamed", edit_rename_netns, NULL},
    {"namespaces swapped", edit_swap_entries, "namespaces"},
    {"bridge added", edit_add_bridge, NULL},
    {"bridge removed", edit_remove_bridge, NULL},
    {"type changed", edit_change_type, NULL},
    {"kind added", edit_add_kind, NULL},
    {"kind removed", edit_remove_kind, NULL},
    {"kind's option", edit_kind_option, NULL},
    {"kind: peer of a wireguard", edit_wireguard_peer, NULL},
    {"interface renamed", edit_rename_iface, NULL},
    {"defaults", edit_defaults, NULL},
};

unsigned edit_kind_count(void)
{
    return COUNT(edit_kinds);
}

bool edit_kind_is_possible(unsigned kind)
{
    const struct edit_kind *edit = &edit_kinds[kind];

    if (edit->key && strcmp(edit->key, "netem") == 0)
        return kernel_suits_text("netem: {}");
    return edit->apply != edit_wireguard_peer || kernel_suits_text("type: wireguard");
}

const char *edit_kind_name(unsigned kind)
{
    return edit_kinds[kind].name;
}

/* Randomness */

static uint64_t next(struct random *random)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return random->state * 0x2545F4914F6CDD1D;
}

struct random random_seeded(long seed, const char *purpose)
{
    struct random random = {14695981039346656037U ^ (uint64_t)seed}; /* FNV-1a */

    for (; *purpose; purpose++)
        random.state = (random.state ^ (unsigned char)*purpose) * 1099511628211U;
    random.state |= (uint64_t)(random.state == 0); /* 0 would stay 0 */
    next(&random);
    return random;
}

unsigned random_below(struct random *random, unsigned below)
{
    return (unsigned)((next(random) >> 32) % below);
}

bool random_one_in(struct random *random, unsigned count)
{
    return random_below(random, count) == 0;
}

/* Edits */

void edit_says(struct edit *edit, const char *format, ...)
{
    size_t length = strlen(edit->words);
    va_list args;

    va_start(args, format);
    vsnprintf(edit->words + length, sizeof(edit->words) - length, format, args);
    va_end(args);
}

const char *edit_none(const char *yaml)
{
    yaml_document_t doc;

    doc_load(&doc, yaml);
    return doc_save(&doc);
}

const char *edit_text(const char *yaml, unsigned kind, struct random *random,
                      const char **ret_words)
{
    struct edit edit = {.random = random};
    const char *result;

    doc_load(&edit.doc, yaml);
    edit_says(&edit, "%s:", edit_kinds[kind].name);
    if (!edit_kinds[kind].apply(&edit, &edit_kinds[kind])) {
        yaml_document_delete(&edit.doc);
        return NULL;
    }
    result = doc_save(&edit.doc);
    *ret_words = text("%s", edit.words);
    return strcmp(result, edit_none(yaml)) == 0 ? NULL : result;
}

/* Things of the file */

static bool some_netns(struct edit *edit, bool host_too, const char *name, struct edit_netns *ret)
{
    yaml_document_t *doc = &edit->doc;
    int all = doc_get(doc, doc_root(doc), "namespaces");
    unsigned seen = 0;

    for (int i = 0; doc_is_map(doc, all) && i < doc_count(doc, all); i++) {
        const char *key = doc_key(doc, all, i);

        if (name ? strcmp(key, name) != 0 : !host_too && strcmp(key, "host") == 0)
            continue;
        if (random_below(edit->random, ++seen) == 0)
            ret->name = key;
    }
    if (seen)
        ret->body = doc_map(doc, all, ret->name);
    return seen;
}

bool edit_netns(struct edit *edit, struct edit_netns *ret)
{
    return some_netns(edit, true, NULL, ret);
}

bool edit_own_netns(struct edit *edit, struct edit_netns *ret)
{
    return some_netns(edit, false, NULL, ret);
}

bool edit_netns_called(struct edit *edit, const char *name, struct edit_netns *ret)
{
    return some_netns(edit, true, name, ret);
}

int edit_links(struct edit *edit)
{
    int links = doc_get(&edit->doc, doc_root(&edit->doc), "links");

    return doc_is_list(&edit->doc, links) ? links : 0;
}

int edit_endpoints(struct edit *edit, int link)
{
    int list = doc_is_map(&edit->doc, link) ? doc_get(&edit->doc, link, "endpoints") : link;

    return doc_is_list(&edit->doc, list) && doc_count(&edit->doc, list) == 2 ? list : 0;
}

bool edit_end(struct edit *edit, int link, int which, struct edit_end *ret)
{
    int list = edit_endpoints(edit, link);
    const char *end = list ? doc_scalar(&edit->doc, doc_at(&edit->doc, list, which)) : NULL;

    return end && sscanf(end, "%79[^:]:%31s", ret->netns, ret->iface) == 2;
}

const char *edit_port_name(const struct edit_end *other)
{
    return text("%s-%s", other->netns, other->iface);
}

static int iface_entry(struct edit *edit, const char *netns, const char *iface)
{
    yaml_document_t *doc = &edit->doc;
    int body = doc_get(doc, doc_get(doc, doc_root(doc), "namespaces"), netns);

    return doc_get(doc, doc_get(doc, body, "interfaces"), iface);
}

bool edit_is_bridge(struct edit *edit, const char *netns, const char *iface)
{
    return doc_get(&edit->doc, iface_entry(edit, netns, iface), "type");
}

const char *edit_iface(struct edit *edit, const struct edit_netns *netns)
{
    yaml_document_t *doc = &edit->doc;
    int ifaces = doc_get(doc, netns->body, "interfaces"), links = edit_links(edit);
    const char *chosen = NULL;
    unsigned seen = 0;

    for (int i = 0; doc_is_map(doc, ifaces) && i < doc_count(doc, ifaces); i++)
        if (random_below(edit->random, ++seen) == 0)
            chosen = doc_key(doc, ifaces, i);
    for (int i = 0; links && i < doc_count(doc, links); i++)
        for (int which = 0; which < 2; which++) {
            struct edit_end end, other;
            const char *name;

            if (!edit_end(edit, doc_at(doc, links, i), which, &end) ||
                !edit_end(edit, doc_at(doc, links, i), !which, &other) ||
                strcmp(end.netns, netns->name) != 0)
                continue;
            name = edit_is_bridge(edit, end.netns, end.iface) ? edit_port_name(&other) : end.iface;
            if (!doc_get(doc, ifaces, name) && random_below(edit->random, ++seen) == 0)
                chosen = text("%s", name);
        }
    return chosen;
}

int edit_iface_body(struct edit *edit, const struct edit_netns *netns, const char *iface)
{
    return doc_map(&edit->doc, doc_map(&edit->doc, netns->body, "interfaces"), iface);
}

const char *edit_bridge(struct edit *edit, struct edit_netns *ret_netns, int *ret_body)
{
    yaml_document_t *doc = &edit->doc;
    int all = doc_get(doc, doc_root(doc), "namespaces");
    const char *chosen = NULL;
    unsigned seen = 0;

    for (int i = 0; doc_is_map(doc, all) && i < doc_count(doc, all); i++) {
        int ifaces = doc_get(doc, doc_at(doc, all, i), "interfaces");

        for (int j = 0; doc_is_map(doc, ifaces) && j < doc_count(doc, ifaces); j++)
            if (doc_get(doc, doc_at(doc, ifaces, j), "type") &&
                random_below(edit->random, ++seen) == 0) {
                chosen = doc_key(doc, ifaces, j);
                *ret_netns = (struct edit_netns){doc_key(doc, all, i), doc_at(doc, all, i)};
                *ret_body = doc_at(doc, ifaces, j);
            }
    }
    return chosen;
}

const char *edit_address(struct edit *edit, int entry)
{
    if (doc_is_map(&edit->doc, entry))
        entry = doc_get(&edit->doc, entry, "address");
    return doc_scalar(&edit->doc, entry);
}
