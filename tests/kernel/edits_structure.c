/* SPDX-License-Identifier: MIT */
/*
 * Job: edits of what a lab is made of: namespaces, links, bridges, who is plugged in where, names.
 */
#include <stdio.h>
#include <string.h>

#include "edits_parts.h"
#include "kernel.h"

/* What refers to something, taken along with it */

static bool scalar_is(struct edit *edit, int node, const char *value)
{
    const char *found = doc_scalar(&edit->doc, node);

    return found && strcmp(found, value) == 0;
}

/* Whether a gateway looks like one of the network of an address: all but the last part is equal. */
static bool same_network(const char *gateway, const char *address)
{
    const char *dot = strrchr(gateway, '.'), *colon = strrchr(gateway, ':');
    const char *last = dot ? dot : colon;

    return last && address && strncmp(gateway, address, (size_t)(last - gateway)) == 0;
}

static bool leads_there(struct edit *edit, int hop, const char *iface, int addresses)
{
    const char *via = doc_scalar(&edit->doc, doc_get(&edit->doc, hop, "via"));

    if (scalar_is(edit, doc_get(&edit->doc, hop, "dev"), iface) ||
        scalar_is(edit, doc_get(&edit->doc, hop, "iif"), iface) ||
        scalar_is(edit, doc_get(&edit->doc, hop, "oif"), iface))
        return true;
    for (int i = 0; via && addresses && i < doc_count(&edit->doc, addresses); i++)
        if (same_network(via, edit_address(edit, doc_at(&edit->doc, addresses, i))))
            return true;
    return false;
}

void edit_forget_iface(struct edit *edit, const char *netns_name, const char *iface)
{
    static const char *const lists[] = {"routes", "rules", "neighbors"};
    yaml_document_t *doc = &edit->doc;
    struct edit_netns netns;
    int addresses, ifaces, sysctls;

    if (!edit_netns_called(edit, netns_name, &netns))
        return;
    ifaces = doc_get(doc, netns.body, "interfaces");
    addresses = doc_get(doc, doc_get(doc, ifaces, iface), "addresses");
    for (size_t i = 0; i < COUNT(lists); i++) {
        int list = doc_get(doc, netns.body, lists[i]);

        for (int j = doc_is_list(doc, list) ? doc_count(doc, list) - 1 : -1; j >= 0; j--) {
            int hops = doc_get(doc, doc_at(doc, list, j), "nexthops");
            bool gone = leads_there(edit, doc_at(doc, list, j), iface, addresses);

            for (int k = 0; hops && k < doc_count(doc, hops); k++)
                gone = gone || leads_there(edit, doc_at(doc, hops, k), iface, addresses);
            if (gone)
                doc_drop(doc, list, j);
        }
    }
    sysctls = doc_get(doc, netns.body, "sysctls");
    for (int i = doc_is_map(doc, sysctls) ? doc_count(doc, sysctls) - 1 : -1; i >= 0; i--)
        if (strstr(doc_key(doc, sysctls, i), text("/%s/", iface)) ||
            strstr(doc_key(doc, sysctls, i), text(".%s.", iface)))
            doc_drop(doc, sysctls, i);
    for (int i = 0; doc_is_map(doc, ifaces) && i < doc_count(doc, ifaces); i++) {
        int ports = doc_get(doc, doc_at(doc, ifaces, i), "ports");

        doc_remove(doc, ports, iface);
        for (int j = doc_is_list(doc, ports) ? doc_count(doc, ports) - 1 : -1; j >= 0; j--)
            if (scalar_is(edit, doc_at(doc, ports, j), iface))
                doc_drop(doc, ports, j);
    }
    if (ifaces)
        doc_remove(doc, ifaces, iface);
}

/* Takes a link away, with what is said of its ends. */
static void drop_link(struct edit *edit, int place)
{
    int links = edit_links(edit), link = doc_at(&edit->doc, links, place);
    struct edit_end ends[2];
    bool good = edit_end(edit, link, 0, &ends[0]) && edit_end(edit, link, 1, &ends[1]);

    doc_drop(&edit->doc, links, place);
    for (int which = 0; good && which < 2; which++) {
        bool bridge = edit_is_bridge(edit, ends[which].netns, ends[which].iface);

        edit_forget_iface(edit, ends[which].netns,
                          bridge ? edit_port_name(&ends[!which]) : ends[which].iface);
    }
}

void edit_drop_links_of(struct edit *edit, const char *netns, const char *iface)
{
    int links = edit_links(edit);

    for (int i = links ? doc_count(&edit->doc, links) - 1 : -1; i >= 0; i--)
        for (int which = 0; which < 2; which++) {
            struct edit_end end;

            if (edit_end(edit, doc_at(&edit->doc, links, i), which, &end) &&
                strcmp(end.netns, netns) == 0 && (!iface || strcmp(end.iface, iface) == 0)) {
                drop_link(edit, i);
                break;
            }
        }
}

/* Links */

static bool some_link(struct edit *edit, int *ret_place)
{
    int links = edit_links(edit), count = links ? doc_count(&edit->doc, links) : 0;

    if (count)
        *ret_place = (int)random_below(edit->random, (unsigned)count);
    return count > 0;
}

static const char *new_name(struct edit *edit, const char *begin)
{
    return text("%s%u", begin, random_below(edit->random, 1000));
}

/* One end for a new link: an interface that is made for it, or a bridge. */
static const char *new_end(struct edit *edit, const struct edit_netns *netns, const char *address)
{
    struct edit_netns there;
    const char *bridge, *name;
    int body;

    if (random_one_in(edit->random, 3) && (bridge = edit_bridge(edit, &there, &body)))
        return text("%s:%s", there.name, bridge);
    name = new_name(edit, "new");
    if (address)
        doc_put(&edit->doc, doc_map(&edit->doc, netns->body, "interfaces"), name,
                doc_add(&edit->doc, "{addresses: ['%s']}", address));
    return text("%s:%s", netns->name, name);
}

static bool link_to(struct edit *edit, const struct edit_netns *netns)
{
    static const char *const addresses[][2] = {
        {NULL, NULL}, {"10.99.0.1/24", "10.99.0.2/24"}, {"fd99::1/64", "fd99::2/64"}};
    unsigned number = random_below(edit->random, COUNT(addresses));
    struct edit_netns other;
    const char *one, *two;
    int links;

    if (!edit_netns(edit, &other))
        return false;
    one = new_end(edit, netns, addresses[number][0]);
    two = new_end(edit, &other, addresses[number][1]);
    edit_says(edit, " %s -- %s", one, two);
    links = doc_list(&edit->doc, doc_root(&edit->doc), "links");
    doc_insert(&edit->doc, links,
               (int)random_below(edit->random, (unsigned)doc_count(&edit->doc, links) + 1),
               doc_add(&edit->doc, "['%s', '%s']", one, two));
    return true;
}

bool edit_add_link(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_netns netns;

    (void)kind;
    return edit_netns(edit, &netns) && link_to(edit, &netns);
}

bool edit_remove_link(struct edit *edit, const struct edit_kind *kind)
{
    int place;

    (void)kind;
    if (!some_link(edit, &place))
        return false;
    edit_says(edit, " number %d", place + 1);
    drop_link(edit, place);
    return true;
}

/* One end goes somewhere else. */
bool edit_move_link(struct edit *edit, const struct edit_kind *kind)
{
    int which = (int)random_below(edit->random, 2), place, link;
    struct edit_netns netns;
    struct edit_end end, other;
    const char *to;

    (void)kind;
    if (!some_link(edit, &place) || !edit_netns(edit, &netns))
        return false;
    link = doc_at(&edit->doc, edit_links(edit), place);
    if (!edit_end(edit, link, which, &end) || !edit_end(edit, link, !which, &other))
        return false;
    edit_forget_iface(edit, end.netns,
                      edit_is_bridge(edit, end.netns, end.iface) ? edit_port_name(&other)
                                                                 : end.iface);
    to = new_end(edit, &netns, NULL);
    edit_says(edit, " from %s:%s to %s", end.netns, end.iface, to);
    doc_replace(&edit->doc, edit_endpoints(edit, link), which, doc_add(&edit->doc, "'%s'", to));
    return true;
}

bool edit_swap_entries(struct edit *edit, const struct edit_kind *kind)
{
    int node = doc_get(&edit->doc, doc_root(&edit->doc), kind->key);
    int count = node ? doc_count(&edit->doc, node) : 0;
    unsigned one, other;

    if (count < 2)
        return false;
    one = random_below(edit->random, (unsigned)count);
    other = (one + 1 + random_below(edit->random, (unsigned)count - 1)) % (unsigned)count;
    edit_says(edit, " numbers %u and %u", one + 1, other + 1);
    doc_swap(&edit->doc, node, (int)one, (int)other);
    return true;
}

/* Namespaces */

bool edit_add_netns(struct edit *edit, const struct edit_kind *kind)
{
    static const char *const bodies[] = {
        "~", "{forwarding: true}", "{interfaces: {br9: {type: bridge}}}",
        "{interfaces: {lo: {addresses: [10.98.0.1/32]}}, routes: [{to: 10.97.0.0/16, type: "
        "blackhole}]}"};
    int all = doc_get(&edit->doc, doc_root(&edit->doc), "namespaces");
    struct edit_netns netns;
    const char *name = random_one_in(edit->random, 8) ? "host" : new_name(edit, "extra");

    (void)kind;
    if (!doc_is_map(&edit->doc, all) || doc_get(&edit->doc, all, name))
        return false;
    edit_says(edit, " %s", name);
    doc_put(&edit->doc, all, name,
            doc_add(&edit->doc, "%s", bodies[random_below(edit->random, COUNT(bodies))]));
    doc_swap(&edit->doc, all, doc_count(&edit->doc, all) - 1,
             (int)random_below(edit->random, (unsigned)doc_count(&edit->doc, all)));
    return random_one_in(edit->random, 2) ||
           (edit_netns_called(edit, name, &netns) && link_to(edit, &netns));
}

bool edit_remove_netns(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_netns netns;

    (void)kind;
    if (!edit_netns(edit, &netns))
        return false;
    edit_says(edit, " %s", netns.name);
    edit_drop_links_of(edit, netns.name, NULL);
    return doc_remove(&edit->doc, doc_get(&edit->doc, doc_root(&edit->doc), "namespaces"),
                      netns.name);
}

/* Bridges */

bool edit_add_bridge(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_netns netns;
    const char *name = new_name(edit, "br"), *port, *more = "";

    (void)kind;
    if (!edit_netns(edit, &netns))
        return false;
    port = edit_iface(edit, &netns);
    if (port && random_one_in(edit->random, 2))
        more = text(", ports: ['%s']", port);
    else if (random_one_in(edit->random, 2))
        more = ", addresses: [10.96.0.1/24, 'fd96::1/64']";
    edit_says(edit, " %s:%s%s", netns.name, name, more);
    doc_put(&edit->doc, doc_map(&edit->doc, netns.body, "interfaces"), name,
            doc_add(&edit->doc, "{type: bridge%s}", more));
    return true;
}

bool edit_remove_bridge(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_netns netns;
    const char *bridge;
    int body;

    (void)kind;
    bridge = edit_bridge(edit, &netns, &body);
    if (!bridge)
        return false;
    edit_says(edit, " %s:%s", netns.name, bridge);
    edit_drop_links_of(edit, netns.name, bridge);
    edit_forget_iface(edit, netns.name, bridge);
    return true;
}

/* A bridge becomes an end of a link. */
static bool bridge_to_link(struct edit *edit)
{
    static const char *const kept[] = {"addresses", "mtu",      "mac",
                                       "alias",     "altnames", "txqueuelen"};
    struct edit_netns netns, other;
    const char *bridge;
    int body, fresh;

    bridge = edit_bridge(edit, &netns, &body);
    if (!bridge || !edit_netns(edit, &other))
        return false;
    edit_says(edit, " %s:%s is no bridge any more", netns.name, bridge);
    fresh = doc_add(&edit->doc, "{}");
    for (size_t i = 0; i < COUNT(kept); i++)
        if (doc_get(&edit->doc, body, kept[i]))
            doc_put(&edit->doc, fresh, kept[i], doc_get(&edit->doc, body, kept[i]));
    edit_drop_links_of(edit, netns.name, bridge);
    doc_put(&edit->doc, doc_get(&edit->doc, netns.body, "interfaces"), bridge, fresh);
    doc_insert(&edit->doc, doc_list(&edit->doc, doc_root(&edit->doc), "links"), 0,
               doc_add(&edit->doc, "['%s:%s', '%s:%s']", netns.name, bridge, other.name,
                       new_name(edit, "new")));
    return true;
}

/* An end of a link becomes a bridge, and the link goes. */
static bool link_to_bridge(struct edit *edit)
{
    int which = (int)random_below(edit->random, 2), place, kept, ifaces;
    struct edit_netns netns;
    struct edit_end end;

    if (!some_link(edit, &place) ||
        !edit_end(edit, doc_at(&edit->doc, edit_links(edit), place), which, &end) ||
        edit_is_bridge(edit, end.netns, end.iface) || !edit_netns_called(edit, end.netns, &netns))
        return false;
    edit_says(edit, " %s:%s is a bridge now", end.netns, end.iface);
    ifaces = doc_map(&edit->doc, netns.body, "interfaces");
    kept = doc_copy(&edit->doc, doc_map(&edit->doc, ifaces, end.iface));
    drop_link(edit, place);
    doc_put(&edit->doc, kept, "type", doc_add(&edit->doc, "bridge"));
    doc_put(&edit->doc, ifaces, end.iface, kept);
    return true;
}

bool edit_change_type(struct edit *edit, const struct edit_kind *kind)
{
    (void)kind;
    return random_one_in(edit->random, 2) ? bridge_to_link(edit) : link_to_bridge(edit);
}

/* Takes an interface out of the ports of all bridges of a namespace. */
static void unplug(struct edit *edit, const struct edit_netns *netns, const char *iface)
{
    int ifaces = doc_get(&edit->doc, netns->body, "interfaces");

    for (int i = 0; doc_is_map(&edit->doc, ifaces) && i < doc_count(&edit->doc, ifaces); i++) {
        int ports = doc_get(&edit->doc, doc_at(&edit->doc, ifaces, i), "ports");

        doc_remove(&edit->doc, ports, iface);
        for (int j = doc_is_list(&edit->doc, ports) ? doc_count(&edit->doc, ports) - 1 : -1; j >= 0;
             j--)
            if (scalar_is(edit, doc_at(&edit->doc, ports, j), iface))
                doc_drop(&edit->doc, ports, j);
    }
}

bool edit_plug_in(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_netns netns;
    const char *bridge, *port;
    int body, ports;

    (void)kind;
    bridge = edit_bridge(edit, &netns, &body);
    if (!bridge)
        return false;
    port = edit_iface(edit, &netns);
    if (!port || strcmp(port, bridge) == 0)
        return false;
    unplug(edit, &netns, port);
    edit_says(edit, " %s:%s into %s", netns.name, port, bridge);
    ports = doc_get(&edit->doc, body, "ports");
    if (doc_is_map(&edit->doc, ports))
        doc_put(&edit->doc, ports, port, doc_add(&edit->doc, "~"));
    else
        doc_insert(&edit->doc, doc_list(&edit->doc, body, "ports"), 0,
                   doc_add(&edit->doc, "'%s'", port));
    return true;
}

bool edit_unplug(struct edit *edit, const struct edit_kind *kind)
{
    yaml_document_t *doc = &edit->doc;
    struct edit_netns netns;
    int body, ports, count, place, link;
    const char *bridge;
    struct edit_end end;

    (void)kind;
    bridge = edit_bridge(edit, &netns, &body);
    if (!bridge)
        return false;
    ports = doc_get(doc, body, "ports");
    count = ports ? doc_count(doc, ports) : 0;
    if (count) {
        place = (int)random_below(edit->random, (unsigned)count);
        edit_says(edit, " port number %d of %s:%s", place + 1, netns.name, bridge);
        doc_drop(doc, ports, place);
        return true;
    }
    if (!some_link(edit, &place))
        return false;
    link = doc_at(doc, edit_links(edit), place);
    for (int which = 0; which < 2; which++)
        if (edit_end(edit, link, which, &end) && strcmp(end.netns, netns.name) == 0 &&
            strcmp(end.iface, bridge) == 0) {
            edit_says(edit, " link number %d from %s:%s", place + 1, netns.name, bridge);
            doc_replace(doc, edit_endpoints(edit, link), which,
                        doc_add(doc, "'%s:%s'", netns.name, new_name(edit, "new")));
            return true;
        }
    return false;
}

/* Names */

/* A text that is the old name, or has it as a part of its own. */
static const char *renamed(const char *value, const char *old, const char *new)
{
    const char *found = strstr(value, old), *after = found ? found + strlen(old) : NULL;

    if (!found || (*after && !strchr("./:", *after)))
        return NULL;
    if (found != value && !strchr("./", found[-1]))
        return NULL;
    return text("%.*s%s%s", (int)(found - value), value, new, after);
}

/* Wherever a name stands below a node. */
static void rename_below(struct edit *edit, int node, const char *old, const char *new)
{
    yaml_document_t *doc = &edit->doc;

    if (!doc_is_map(doc, node) && !doc_is_list(doc, node))
        return;
    for (int i = 0; i < doc_count(doc, node); i++) {
        const char *key = doc_is_map(doc, node) ? renamed(doc_key(doc, node, i), old, new) : NULL;
        const char *scalar = doc_scalar(doc, doc_at(doc, node, i));
        const char *value = scalar ? renamed(scalar, old, new) : NULL;

        if (key)
            doc_rename(doc, node, i, key);
        if (value)
            doc_replace(doc, node, i, doc_add(doc, "'%s'", value));
        else if (!scalar)
            rename_below(edit, doc_at(doc, node, i), old, new);
    }
}

/* An end of links is called otherwise; so are the ports that are made for it. */
static void rename_ends(struct edit *edit, const struct edit_end *old, const struct edit_end *new)
{
    int links = edit_links(edit);

    for (int i = 0; links && i < doc_count(&edit->doc, links); i++)
        for (int which = 0; which < 2; which++) {
            int link = doc_at(&edit->doc, links, i);
            struct edit_end end, to, other;
            struct edit_netns there;

            if (!edit_end(edit, link, which, &end) || !edit_end(edit, link, !which, &other) ||
                strcmp(end.netns, old->netns) != 0 ||
                (*old->iface && strcmp(end.iface, old->iface) != 0))
                continue;
            to = *new;
            if (!*new->iface)
                memcpy(to.iface, end.iface, sizeof(to.iface));
            if (edit_is_bridge(edit, other.netns, other.iface) &&
                edit_netns_called(edit, other.netns, &there))
                rename_below(edit, there.body, edit_port_name(&end), edit_port_name(&to));
            doc_replace(&edit->doc, edit_endpoints(edit, link), which,
                        doc_add(&edit->doc, "'%s:%s'", to.netns, to.iface));
        }
}

bool edit_rename_iface(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_end old = {0}, new = {0};
    struct edit_netns netns;
    const char *iface;

    (void)kind;
    if (!edit_netns(edit, &netns) || !(iface = edit_iface(edit, &netns)))
        return false;
    snprintf(old.netns, sizeof(old.netns), "%s", netns.name);
    snprintf(old.iface, sizeof(old.iface), "%s", iface);
    snprintf(new.netns, sizeof(new.netns), "%s", netns.name);
    snprintf(new.iface, sizeof(new.iface), "%s", new_name(edit, "renamed"));
    edit_says(edit, " %s:%s is %s", old.netns, old.iface, new.iface);
    rename_ends(edit, &old, &new);
    rename_below(edit, netns.body, old.iface, new.iface);
    return true;
}

bool edit_rename_netns(struct edit *edit, const struct edit_kind *kind)
{
    yaml_document_t *doc = &edit->doc;
    int all = doc_get(doc, doc_root(doc), "namespaces");
    struct edit_end old = {0}, new = {0};
    struct edit_netns netns;

    (void)kind;
    if (!edit_own_netns(edit, &netns))
        return false;
    snprintf(old.netns, sizeof(old.netns), "%s", netns.name);
    snprintf(new.netns, sizeof(new.netns), "%s", new_name(edit, "ns"));
    edit_says(edit, " %s is %s", old.netns, new.netns);
    rename_ends(edit, &old, &new);
    for (int i = 0; i < doc_count(doc, all); i++)
        if (strcmp(doc_key(doc, all, i), old.netns) == 0)
            doc_rename(doc, all, i, new.netns);
    return true;
}
