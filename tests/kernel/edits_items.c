/* SPDX-License-Identifier: MIT */
/*
 * Job: edits of what stands in a namespace or an interface: addresses, routes, rules, neighbours,
 * names, properties, options, settings; and of `defaults`.
 */
#include <string.h>

#include "edits_parts.h"
#include "kernel.h"

/* What a key of the file lists: new entries, and what can be changed in one. */
struct item {
    const char *key;
    bool of_iface;      /* of an interface, not of the namespace */
    const char *scalar; /* the field that a lone value stands for */
    const char *const *fresh;
    const struct edit_option *options; /* key NULL ends them; the first must be given */
};

#define BOOLS VALUES("true", "false")
#define NETEMS                                                                                     \
    VALUES("{delay: 1ms}", "{delay: 2ms, jitter: 1ms}", "{duplicate: 5%}", "{rate: 100mbit}",      \
           "{limit: 500}")

static const struct edit_option address_options[] = {
    {"address", VALUES("@near", "@near", "@address")},
    {"broadcast", VALUES("none", "@via")},
    {"label", VALUES("@label")},
    {"scope", VALUES("link", "global", "site")},
    {"lifetime", VALUES("forever", "600s", "0", "1h")},
    {"noprefixroute", BOOLS},
    {"dad", VALUES("false", "false", "true")},
    {NULL, NULL}};

static const struct edit_option altname_options[] = {{"name", VALUES("@name")}, {NULL, NULL}};

static const struct edit_option route_options[] = {
    {"to", VALUES("@net")},
    {"via", VALUES("@via", "@via", "@via")},
    {"dev", VALUES("@iface")},
    {"metric", VALUES("0", "1", "50", "1024", "4000")},
    {"type", VALUES("blackhole", "unreachable", "prohibit", "throw", "unicast")},
    {"mtu", VALUES("1300", "1400", "1500")},
    {"advmss", VALUES("1200", "536")},
    {"table", VALUES("main", "100", "1000")},
    {"scope", VALUES("global", "link")},
    {"src", VALUES("@own")},
    {"onlink", BOOLS},
    {NULL, NULL}};

static const struct edit_option rule_options[] = {
    {"priority", VALUES("@priority")},
    {"from", VALUES("@prefix")},
    {"to", VALUES("@prefix")},
    {"iif", VALUES("@iface", "lo")},
    {"oif", VALUES("@iface")},
    {"fwmark", VALUES("1", "0x10/0xff", "7/0xf")},
    {"table", VALUES("main", "100", "1000", "4711")},
    {"action", VALUES("lookup", "blackhole", "unreachable", "prohibit")},
    {"family", VALUES("ipv4", "ipv6")},
    {NULL, NULL}};

static const struct edit_option neighbor_options[] = {
    {"to", VALUES("@via")}, {"mac", VALUES("@mac")}, {"dev", VALUES("@iface")}, {NULL, NULL}};

static const struct item items[] = {
    {"addresses", true, "address",
     VALUES("@address", "@address", "@near", "@near", "{address: @address, broadcast: none}",
            "{address: @address, label: @label}", "{address: @address, scope: link}",
            "{address: @address, lifetime: 600s}", "{address: @address, noprefixroute: true}",
            "{address: 10.77.3.1, peer: 10.77.4.1/32}", "{address: 'fd77::1', peer: fd78::1/128}"),
     address_options},
    {"altnames", true, "name", VALUES("@name"), altname_options},
    {"routes", false, NULL,
     VALUES("{to: @net, via: @via}", "{to: @net, via: @via, metric: 77}", "{to: @net, dev: @iface}",
            "{to: @prefix, type: blackhole}", "{to: @prefix, type: unreachable, metric: 5}",
            "{to: @prefix, type: throw, table: 100}", "{to: @net, via: @via, table: 1000}",
            "{to: @net, via: @via, mtu: 1300, advmss: 1200}", "{to: @net, via: @via, src: @own}",
            "{to: @net, nexthops: [{via: @via, weight: 2}, {via: @via}]}",
            "{to: 10.70.0.1/32, type: local, dev: lo}"),
     route_options},
    {"rules", false, NULL,
     VALUES("{priority: @priority, from: @prefix, table: 100}",
            "{priority: @priority, to: @prefix, table: main}",
            "{priority: @priority, iif: @iface, table: 101}",
            "{priority: @priority, oif: @iface, table: 4711}",
            "{priority: @priority, fwmark: 0x10/0xff, table: main, family: ipv6}",
            "{priority: @priority, from: @prefix, action: prohibit}"),
     rule_options},
    {"neighbors", false, NULL, VALUES("{to: @via, mac: @mac, dev: @iface}"), neighbor_options},
};

static const struct edit_option properties[] = {
    {"mtu", VALUES("1280", "1300", "1400", "1500", "9000", "600")},
    {"mac", VALUES("@mac")},
    {"txqueuelen", VALUES("0", "10", "500", "1000")},
    {"alias", VALUES("an alias", "'another: §1'", "x")},
    {"up", VALUES("false", "false", "true")},
    {"netem", NETEMS},
    {NULL, NULL}};

static const struct edit_option bridge_options[] = {{"priority", VALUES("4096", "32768", "1")},
                                                    {"forward-delay", VALUES("4s", "15s", "20s")},
                                                    {"hello-time", VALUES("1s", "2s")},
                                                    {"max-age", VALUES("6s", "20s", "12s")},
                                                    {"ageing-time", VALUES("0", "100s", "300s")},
                                                    {"group-fwd-mask", VALUES("0", "0x4000", "8")},
                                                    {"mcast-snooping", BOOLS},
                                                    {"mcast-querier", BOOLS},
                                                    {"mcast-router", VALUES("0", "1", "2")},
                                                    {"vlan-default-pvid", VALUES("0", "1", "9")},
                                                    {"vlan-filtering", BOOLS},
                                                    {"vlans", VALUES("[5]", "[1, 20-22]", "[]")},
                                                    {"mcast-igmp-version", VALUES("2", "3")},
                                                    {"mcast-mld-version", VALUES("1", "2")},
                                                    {"nf-call-iptables", BOOLS},
                                                    {"nf-call-ip6tables", BOOLS},
                                                    {"nf-call-arptables", BOOLS},
                                                    {NULL, NULL}};

static const struct edit_option port_options[] = {{"hairpin", BOOLS},
                                                  {"access", VALUES("1", "10", "20")},
                                                  {"trunk", VALUES("[10]", "[1, 10, 20-29]")},
                                                  {"native", VALUES("1", "10")},
                                                  {"vlans", VALUES("[5]", "[1, 8-9]")},
                                                  {"isolated", BOOLS},
                                                  {"learning", BOOLS},
                                                  {"flood", BOOLS},
                                                  {"mcast-flood", BOOLS},
                                                  {"bcast-flood", BOOLS},
                                                  {"mcast-to-unicast", BOOLS},
                                                  {"mcast-router", VALUES("0", "1", "2")},
                                                  {"neigh-suppress", BOOLS},
                                                  {"root-block", BOOLS},
                                                  {"guard", BOOLS},
                                                  {"fastleave", BOOLS},
                                                  {"cost", VALUES("1", "42", "100")},
                                                  {"priority", VALUES("0", "16", "32", "63")},
                                                  {NULL, NULL}};

static const struct edit_option link_options[] = {{"mtu", VALUES("1280", "1300", "1400", "9000")},
                                                  {"mac", VALUES("[@mac, @mac]")},
                                                  {"netem", NETEMS},
                                                  {NULL, NULL}};

static const struct edit_option netns_options[] = {
    {"forwarding", VALUES("true", "ipv4", "ipv6", "false")},
    {"hostname", VALUES("www.example.net", "other", "h-7")},
    {NULL, NULL}};

static const struct edit_option default_options[] = {
    {"mtu", VALUES("1280", "1400", "1500", "9000")},
    {"alias", VALUES("by default", "x")},
    {"txqueuelen", VALUES("7", "500", "1000")},
    {"up", VALUES("true", "true", "false")},
    {NULL, NULL}};

static const struct edit_option weight_option = {"weight", VALUES("1", "2", "7", "256")};
static const struct edit_option dev_option = {"dev", VALUES("@iface")};
static const struct edit_option default_sysctl = {"net.ipv4.tcp_ecn", VALUES("0", "1")};

/* Keys are written with slashes: an interface's name may have a dot. */
static const struct edit_option sysctls[] = {
    {"net/ipv4/conf/@iface/rp_filter", VALUES("0", "1", "2")},
    {"net/ipv4/conf/@iface/arp_ignore", VALUES("0", "1", "2")},
    {"net/ipv4/conf/@iface/proxy_arp", VALUES("0", "1")},
    {"net/ipv4/conf/@iface/send_redirects", VALUES("0", "1")},
    {"net/ipv4/conf/all/rp_filter", VALUES("0", "1", "2")},
    {"net/ipv4/conf/all/log_martians", VALUES("0", "1")},
    {"net/ipv4/conf/default/arp_ignore", VALUES("0", "1")},
    {"net/ipv4/conf/default/rp_filter", VALUES("0", "1", "2")},
    {"net/ipv4/neigh/@iface/gc_stale_time", VALUES("60", "61", "120")},
    {"net/ipv4/ip_default_ttl", VALUES("64", "77", "99")},
    {"net/ipv4/ip_local_port_range", VALUES("20000 30000", "32768 60999")},
    {"net/ipv4/tcp_ecn", VALUES("0", "1", "2")},
    {"net/core/somaxconn", VALUES("99", "4096")},
    {"net/ipv6/conf/@iface/hop_limit", VALUES("33", "64")},
    {"net/ipv6/conf/all/accept_redirects", VALUES("0", "1")},
    {"net/ipv6/conf/default/hop_limit", VALUES("65", "64")},
    {NULL, NULL}};

/* Items of lists */

static const struct item *item_called(const char *key)
{
    for (size_t i = 0; i < COUNT(items); i++)
        if (strcmp(items[i].key, key) == 0)
            return &items[i];
    test_fail("there is no list %s", key);
}

static void describe_spot(struct edit *edit, const struct edit_spot *spot, const char *key)
{
    edit_says(edit, " in %s%s%s %s", spot->netns.name, spot->iface ? ":" : "",
              spot->iface ? spot->iface : "", key);
}

/* A list of the file with at least so many entries. */
static bool some_list(struct edit *edit, const struct item *item, int at_least,
                      struct edit_spot *ret)
{
    yaml_document_t *doc = &edit->doc;
    int all = doc_get(doc, doc_root(doc), "namespaces");
    unsigned seen = 0;

    for (int i = 0; doc_is_map(doc, all) && i < doc_count(doc, all); i++) {
        struct edit_spot spot = {.netns = {doc_key(doc, all, i), doc_at(doc, all, i)}};
        int ifaces = item->of_iface ? doc_get(doc, spot.netns.body, "interfaces") : 0;

        for (int j = 0; j < (item->of_iface ? ifaces ? doc_count(doc, ifaces) : 0 : 1); j++) {
            spot.iface = ifaces ? doc_key(doc, ifaces, j) : NULL;
            spot.node = doc_get(doc, ifaces ? doc_at(doc, ifaces, j) : spot.netns.body, item->key);
            if (doc_is_list(doc, spot.node) && doc_count(doc, spot.node) >= at_least &&
                random_below(edit->random, ++seen) == 0)
                *ret = spot;
        }
    }
    return seen > 0;
}

bool edit_add_item(struct edit *edit, const struct edit_kind *kind)
{
    const struct item *item = item_called(kind->key);
    struct edit_spot spot = {0};
    int body, value;

    if (!edit_netns(edit, &spot.netns))
        return false;
    body = spot.netns.body;
    if (item->of_iface) {
        spot.iface = edit_iface(edit, &spot.netns);
        if (!spot.iface)
            return false;
        body = edit_iface_body(edit, &spot.netns, spot.iface);
    }
    describe_spot(edit, &spot, item->key);
    value = edit_new_value(edit, &spot, item->fresh, NULL);
    if (!value)
        return false;
    spot.node = doc_list(&edit->doc, body, item->key);
    doc_insert(&edit->doc, spot.node,
               (int)random_below(edit->random, (unsigned)doc_count(&edit->doc, spot.node) + 1),
               value);
    return true;
}

bool edit_remove_item(struct edit *edit, const struct edit_kind *kind)
{
    const struct item *item = item_called(kind->key);
    struct edit_spot spot;
    int place;

    if (!some_list(edit, item, 1, &spot))
        return false;
    place = (int)random_below(edit->random, (unsigned)doc_count(&edit->doc, spot.node));
    describe_spot(edit, &spot, item->key);
    edit_says(edit, ", number %d", place + 1);
    doc_drop(&edit->doc, spot.node, place);
    return true;
}

bool edit_swap_items(struct edit *edit, const struct edit_kind *kind)
{
    const struct item *item = item_called(kind->key);
    struct edit_spot spot;
    unsigned count, one, other;

    if (!some_list(edit, item, 2, &spot))
        return false;
    count = (unsigned)doc_count(&edit->doc, spot.node);
    one = random_below(edit->random, count);
    other = (one + 1 + random_below(edit->random, count - 1)) % count;
    describe_spot(edit, &spot, item->key);
    edit_says(edit, ", numbers %u and %u", one + 1, other + 1);
    doc_swap(&edit->doc, spot.node, (int)one, (int)other);
    return true;
}

/* One way more, one less, or another weight. */
static bool change_nexthops(struct edit *edit, struct edit_spot *spot, int list)
{
    static const char *const ways[] = {"{via: @via, weight: 5}", "{via: @via}", NULL};
    int count = doc_count(&edit->doc, list), value;

    if (count == 0)
        return false;
    spot->node = doc_at(&edit->doc, list, (int)random_below(edit->random, (unsigned)count));
    switch (random_below(edit->random, 3)) {
    case 0:
        edit_says(edit, ": one next hop less");
        doc_drop(&edit->doc, list, 0);
        return true;
    case 1:
        edit_says(edit, ": a next hop");
        value = edit_new_value(edit, spot, ways, NULL);
        if (value)
            doc_insert(&edit->doc, list, 0, value);
        return value;
    default:
        return edit_set_option(edit, spot, &weight_option, false);
    }
}

/* What a route that leads nowhere can not have, and one that leads somewhere must. */
static bool fit_route(struct edit *edit, const struct edit_spot *spot)
{
    static const char *const none[] = {"via", "dev", "nexthops", "onlink", "src", "mtu", "advmss"};
    int type = doc_get(&edit->doc, spot->node, "type");
    const char *name = type ? doc_scalar(&edit->doc, type) : "unicast";

    if (strcmp(name, "unicast") != 0 && strcmp(name, "local") != 0) {
        for (size_t i = 0; i < COUNT(none); i++)
            doc_remove(&edit->doc, spot->node, none[i]);
        return true;
    }
    return doc_get(&edit->doc, spot->node, "via") || doc_get(&edit->doc, spot->node, "dev") ||
           doc_get(&edit->doc, spot->node, "nexthops") ||
           edit_set_option(edit, spot, &dev_option, true);
}

bool edit_change_item(struct edit *edit, const struct edit_kind *kind)
{
    const struct item *item = item_called(kind->key);
    const struct edit_option *option = edit_some_option(edit, item->options);
    struct edit_spot spot;
    int list, place, hops;

    if (!some_list(edit, item, 1, &spot))
        return false;
    list = spot.node;
    place = (int)random_below(edit->random, (unsigned)doc_count(&edit->doc, list));
    describe_spot(edit, &spot, item->key);
    edit_says(edit, ", number %d", place + 1);
    spot.node = doc_at(&edit->doc, list, place);
    if (!doc_is_map(&edit->doc, spot.node)) { /* a lone value */
        int map = doc_add(&edit->doc, "{}");

        doc_put(&edit->doc, map, item->scalar, spot.node);
        spot.node = map;
        doc_replace(&edit->doc, list, place, map);
    }
    hops = doc_get(&edit->doc, spot.node, "nexthops");
    if (hops && random_one_in(edit->random, 2))
        return change_nexthops(edit, &spot, hops);
    if (!edit_set_option(edit, &spot, option, option == item->options))
        return false;
    if (item->scalar && doc_count(&edit->doc, spot.node) == 1) /* it can stand alone again */
        doc_replace(&edit->doc, list, place, doc_get(&edit->doc, spot.node, item->scalar));
    if (strcmp(option->key, "type") == 0 || strcmp(option->key, "via") == 0)
        return fit_route(edit, &spot);
    return true;
}

/* Properties and options */

bool edit_property(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_spot spot = {0};

    if (!edit_netns(edit, &spot.netns) || !(spot.iface = edit_iface(edit, &spot.netns)))
        return false;
    spot.node = edit_iface_body(edit, &spot.netns, spot.iface);
    edit_says(edit, " %s:%s", spot.netns.name, spot.iface);
    return edit_set_option(edit, &spot, edit_option_called(properties, kind->key), false);
}

bool edit_bridge_option(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_spot spot = {0};

    (void)kind;
    spot.iface = edit_bridge(edit, &spot.netns, &spot.node);
    if (!spot.iface)
        return false;
    edit_says(edit, " %s:%s", spot.netns.name, spot.iface);
    return edit_set_option(edit, &spot, edit_some_option(edit, bridge_options), false);
}

/* `ports` as a mapping: a list of names has no room for options. */
static int ports_map(struct edit *edit, int bridge)
{
    int list = doc_get(&edit->doc, bridge, "ports"), map;

    if (!doc_is_list(&edit->doc, list))
        return doc_map(&edit->doc, bridge, "ports");
    map = doc_add(&edit->doc, "{}");
    for (int i = 0; i < doc_count(&edit->doc, list); i++)
        doc_put(&edit->doc, map, doc_scalar(&edit->doc, doc_at(&edit->doc, list, i)),
                doc_add(&edit->doc, "{}"));
    doc_put(&edit->doc, bridge, "ports", map);
    return map;
}

bool edit_port_option(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_spot spot = {0};
    const char *bridge, *port;
    int body, ports, count;

    (void)kind;
    bridge = edit_bridge(edit, &spot.netns, &body);
    if (!bridge)
        return false;
    ports = ports_map(edit, body);
    count = doc_count(&edit->doc, ports);
    port = count && random_one_in(edit->random, 2)
               ? doc_key(&edit->doc, ports, (int)random_below(edit->random, (unsigned)count))
               : edit_iface(edit, &spot.netns);
    if (!port)
        return false;
    spot.node = doc_map(&edit->doc, ports, port);
    edit_says(edit, " %s of %s:%s", port, spot.netns.name, bridge);
    return edit_set_option(edit, &spot, edit_some_option(edit, port_options), false);
}

bool edit_link_option(struct edit *edit, const struct edit_kind *kind)
{
    yaml_document_t *doc = &edit->doc;
    int links = doc_get(doc, doc_root(doc), "links"), place;
    struct edit_spot spot = {0};

    (void)kind;
    if (!doc_is_list(doc, links) || doc_count(doc, links) == 0)
        return false;
    place = (int)random_below(edit->random, (unsigned)doc_count(doc, links));
    spot.node = doc_at(doc, links, place);
    if (doc_is_list(doc, spot.node)) {
        int map = doc_add(doc, "{}");

        doc_put(doc, map, "endpoints", spot.node);
        doc_replace(doc, links, place, map);
        spot.node = map;
    }
    edit_says(edit, " number %d", place + 1);
    return edit_set_option(edit, &spot, edit_some_option(edit, link_options), false);
}

bool edit_netns_key(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_spot spot = {0};

    if (!edit_netns(edit, &spot.netns))
        return false;
    spot.node = spot.netns.body;
    edit_says(edit, " of %s", spot.netns.name);
    return edit_set_option(edit, &spot, edit_option_called(netns_options, kind->key), false);
}

static const struct edit_option command = {
    "run", VALUES("exec sleep 1001", "sleep 1002; exit 1", "sleep 1003 & exit 0")};

/* One of two of a namespace is added, gets another command, or goes. */
bool edit_service(struct edit *edit, const struct edit_kind *kind)
{
    const char *name = random_one_in(edit->random, 2) ? "one" : "two";
    yaml_document_t *doc = &edit->doc;
    struct edit_spot spot = {0};
    int services;

    (void)kind;
    if (!edit_netns(edit, &spot.netns))
        return false;
    edit_says(edit, " %s of %s", name, spot.netns.name);
    services = doc_map(doc, spot.netns.body, "services");
    if (doc_get(doc, services, name) && random_one_in(edit->random, 2))
        return doc_remove(doc, services, name);
    spot.node = doc_map(doc, services, name);
    return edit_set_option(edit, &spot, &command, true);
}

bool edit_defaults(struct edit *edit, const struct edit_kind *kind)
{
    yaml_document_t *doc = &edit->doc;
    int defaults = doc_map(doc, doc_root(doc), "defaults");
    struct edit_spot spot = {0};

    (void)kind;
    switch (random_below(edit->random, 4)) {
    case 0:
        spot.node = doc_map(doc, defaults, "namespaces");
        return edit_set_option(edit, &spot, edit_option_called(netns_options, "forwarding"), false);
    case 1:
        spot.node = doc_map(doc, doc_map(doc, defaults, "namespaces"), "sysctls");
        return edit_set_option(edit, &spot, &default_sysctl, false);
    default:
        spot.node = doc_map(doc, defaults, "interfaces");
        return edit_set_option(edit, &spot, edit_some_option(edit, default_options), false);
    }
}

/* Settings */

bool edit_add_sysctl(struct edit *edit, const struct edit_kind *kind)
{
    const struct edit_option *option = edit_some_option(edit, sysctls);
    struct edit_spot spot = {0};
    const char *key;

    (void)kind;
    if (!edit_netns(edit, &spot.netns))
        return false;
    key = edit_expand(edit, &spot, option->key, NULL, "");
    spot.node = doc_map(&edit->doc, spot.netns.body, "sysctls");
    if (!key || doc_get(&edit->doc, spot.node, key))
        return false;
    edit_says(edit, " in %s", spot.netns.name);
    return edit_set_option(edit, &spot, &(struct edit_option){key, option->values}, true);
}

static bool some_sysctl(struct edit *edit, struct edit_spot *ret, int *ret_place)
{
    yaml_document_t *doc = &edit->doc;
    int all = doc_get(doc, doc_root(doc), "namespaces");
    unsigned seen = 0;

    for (int i = 0; doc_is_map(doc, all) && i < doc_count(doc, all); i++) {
        int map = doc_get(doc, doc_at(doc, all, i), "sysctls");

        for (int j = 0; doc_is_map(doc, map) && j < doc_count(doc, map); j++)
            if (random_below(edit->random, ++seen) == 0) {
                *ret = (struct edit_spot){{doc_key(doc, all, i), doc_at(doc, all, i)}, NULL, map};
                *ret_place = j;
            }
    }
    return seen > 0;
}

bool edit_remove_sysctl(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_spot spot;
    int place;

    (void)kind;
    if (!some_sysctl(edit, &spot, &place))
        return false;
    edit_says(edit, " in %s: %s", spot.netns.name, doc_key(&edit->doc, spot.node, place));
    doc_drop(&edit->doc, spot.node, place);
    return true;
}

bool edit_change_sysctl(struct edit *edit, const struct edit_kind *kind)
{
    struct edit_spot spot;
    const char *key;
    int place;

    (void)kind;
    if (!some_sysctl(edit, &spot, &place))
        return false;
    key = doc_key(&edit->doc, spot.node, place);
    edit_says(edit, " in %s", spot.netns.name);
    for (const struct edit_option *option = sysctls; option->key; option++) {
        const char *last = strrchr(option->key, '/') + 1;
        size_t length = strlen(last);

        if (strlen(key) > length && strcmp(key + strlen(key) - length, last) == 0)
            return edit_set_option(edit, &spot, &(struct edit_option){key, option->values}, true);
    }
    return false;
}
