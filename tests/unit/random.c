/* SPDX-License-Identifier: MIT */
/*
 * Job: random topologies as text.
 * In: random(3). Out: YAML, written by hand so that no writer is needed to test one.
 */
#include "random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/kind.h"

enum {
    NAMESPACES_MAX = 10,
};

unsigned pick(unsigned limit)
{
    return (unsigned)random() % limit;
}

static bool maybe(unsigned one_in)
{
    return pick(one_in) == 0;
}

/* Where the links of a random topology go: eth0 of each namespace. */
struct plugs {
    unsigned count;
    unsigned bridges[NAMESPACES_MAX]; /* how many it has */
    unsigned far[NAMESPACES_MAX];     /* the namespace whose bridge it is plugged into; or count */
    unsigned bridge[NAMESPACES_MAX];
};

/* Interfaces on others, of this namespace and of another one, and on those. */
static void random_stack(FILE *out, const struct plugs *plugs, unsigned index, bool with_host)
{
    unsigned bridges = plugs->bridges[index], id = 100 + index; /* eth0 may carry several */

    if (pick(3) == 0)
        fputs("      s3: {type: vlan, link: s2, id: 3}\n", out);
    else
        fputs("      s3: {type: vlan, link: eth0, id: 3, up: false}\n", out);
    fprintf(out, "      s2: {type: vlan, link: s1, id: %u, addresses: [10.96.0.1/24]}\n",
            pick(4095));
    if (bridges && pick(2))
        fprintf(out, "      s1: {type: vlan, link: br%u, id: %u}\n", pick(bridges), id);
    else if (with_host && pick(4) == 0)
        fprintf(out, "      s1: {type: vlan, link: \"host:hbr\", id: %u}\n", id);
    else
        fprintf(out, "      s1: {type: vlan, link: \"n%u:eth0\", id: %u}\n", pick(plugs->count),
                id);
}

/* Some VLANs, each once. */
static void random_ids(FILE *out, unsigned *next)
{
    putc('[', out);
    for (unsigned i = pick(4); i > 0; i--) {
        unsigned id = *next + pick(3);

        *next = id + 1 + pick(2) * 10;
        if (*next > id + 1)
            fprintf(out, "%u-%u, ", id, *next - 1);
        else
            fprintf(out, "%u, ", id);
    }
    putc(']', out);
}

static void random_vlans(FILE *out, unsigned next)
{
    static const char *const flags[] = {"untagged: true", "untagged: false", "pvid: false"};

    fputs("vlans: [", out);
    if (pick(2))
        fprintf(out, "{id: %u, pvid: true%s}, ", next + 30, pick(2) ? ", untagged: true" : "");
    for (unsigned i = pick(4); i > 0; i--, next += 7)
        fprintf(out, "{id: %u-%u, %s}, ", next, next + pick(2) * 3, flags[pick(3)]);
    fputs("]", out);
}

static void random_port(FILE *out)
{
    unsigned next = 1 + pick(20), first = next++;

    switch (pick(7)) {
    case 0:
        fputs("isolated: true", out);
        break;
    case 1:
        fprintf(out, "access: %u", first);
        break;
    case 2:
        fprintf(out, "access: %u, untagged: ", first);
        random_ids(out, &next);
        break;
    case 3:
        fprintf(out, "native: %u, trunk: ", first);
        random_ids(out, &next);
        break;
    case 4:
        fputs("trunk: ", out);
        random_ids(out, &next);
        break;
    case 5:
        random_vlans(out, next);
        break;
    }
}

/* Forms of its ports, those between bridges aside. */
static void random_switch(FILE *out, const struct plugs *plugs, unsigned index, unsigned b)
{
    if (pick(2))
        return;
    fputs(", vlan-filtering: true", out);
    if (pick(3) == 0)
        fprintf(out, ", vlan-default-pvid: %u", pick(3));
    if (pick(3) == 0) {
        fputs(", ", out);
        random_vlans(out, 1 + pick(5));
    }
    fputs(", ports: {", out);
    for (unsigned i = 0; i < plugs->count; i++)
        if (plugs->far[i] == index && plugs->bridge[i] == b && pick(4)) {
            fprintf(out, "n%u-eth0: {", i);
            random_port(out);
            fputs("}, ", out);
        }
    if (b == 0 && index + 1 < plugs->count && plugs->bridges[index + 1]) {
        fprintf(out, "n%u-br%u: {", index + 1, plugs->bridges[index + 1] - 1);
        random_port(out);
        fputs("}", out);
    }
    fputs("}", out);
}

static void random_netns(FILE *out, const struct plugs *plugs, unsigned index, bool with_host)
{
    fprintf(out, "  n%u:\n", index);
    if (pick(3) == 0)
        fprintf(out, "    forwarding: %s\n", pick(2) ? "true" : "ipv6");
    if (pick(4) == 0)
        fputs("    sysctls: {net.ipv4.conf.all.rp_filter: 0, net/ipv4/conf/eth0/arp_filter: 1}\n",
              out);
    fputs("    interfaces:\n", out);
    /* a gateway's route first: the planner has to find the order */
    fprintf(out, "      eth0: {addresses: [10.0.%u.1/24, \"fd00:%u::1/64\"%s]%s}\n", index, index,
            pick(3) ? "" : ", {address: \"fd01::1/64\", dad: true}",
            pick(3) ? "" : ", alias: x, altnames: [an-other-name]");
    for (unsigned b = 0; b < plugs->bridges[index]; b++) {
        fprintf(out, "      br%u: {type: bridge, addresses: [10.%u.%u.1/24]%s", b, b + 100, index,
                pick(2) ? "" : ", stp: true, forward-delay: 15s");
        random_switch(out, plugs, index, b);
        fputs("}\n", out);
    }
    if (pick(3) == 0)
        random_stack(out, plugs, index, with_host);
    fprintf(out,
            "    routes:\n"
            "      - {to: 172.16.0.0/16, via: 192.168.0.9}\n"
            "      - {to: default, via: 10.0.%u.9}\n"
            "      - {to: 192.168.0.0/24, dev: eth0}\n"
            "      - {to: fd77::/32, via: fd66::1}\n"
            "      - {to: fd66::/32, dev: eth0}\n",
            index);
    if (pick(2))
        fputs("    rules: [{priority: 9, from: 10.0.0.0/8, table: 9}]\n", out);
    if (pick(2))
        fprintf(out, "    neighbors: [{to: 10.0.%u.7, mac: 02:00:00:00:00:01, dev: eth0}]\n",
                index);
}

static void random_plugs(struct plugs *plugs)
{
    plugs->count = 1 + pick(NAMESPACES_MAX);
    for (unsigned i = 0; i < plugs->count; i++)
        plugs->bridges[i] = pick(3);
    for (unsigned i = 0; i < plugs->count; i++) {
        unsigned far = pick(plugs->count);

        while (far < plugs->count && plugs->bridges[far] == 0)
            far++;
        plugs->far[i] = pick(3) ? far : plugs->count;
        plugs->bridge[i] = plugs->far[i] < plugs->count ? pick(plugs->bridges[far]) : 0;
    }
}

static void random_links(FILE *out, const struct plugs *plugs, bool with_host)
{
    fputs("links:\n", out);
    for (unsigned i = 0; i < plugs->count; i++)
        if (plugs->far[i] < plugs->count)
            fprintf(out, "  - [n%u:eth0, n%u:br%u]\n", i, plugs->far[i], plugs->bridge[i]);
        else if (with_host && pick(2))
            fprintf(out, "  - [n%u:eth0, host:hbr]\n", i);
        else
            fprintf(out, "  - {endpoints: [n%u:eth0, n%u:plug%u]%s}\n", i, pick(plugs->count), i,
                    maybe(2) ? ", netem: {delay: 1ms}" : "");
    /* bridges joined: both halves have a master */
    for (unsigned i = 0; i + 1 < plugs->count; i++)
        if (plugs->bridges[i] && plugs->bridges[i + 1])
            fprintf(out, "  - [n%u:br0, n%u:br%u]\n", i, i + 1, plugs->bridges[i + 1] - 1);
}

/* Some of them are about many pairs. */
static void random_test(FILE *out, const struct plugs *plugs)
{
    static const char *const kinds_of[] = {"ping", "tcp", "udp", "arp", "route"};
    static const char *const pings[] = {"", ", count: 3, family: ipv4", ", size: 0",
                                        ", source: 10.0.0.1"};
    unsigned kind = pick(5), from = pick(plugs->count), to = pick(plugs->count);
    const char *port = kind == 1 || kind == 2 ? ":80" : "";
    bool all = maybe(3);

    if (maybe(6)) {
        fprintf(out, "  - exec: {in: [n%u, host], run: [\"true\"], status: %u, output: \"\"}\n",
                from, pick(256));
        return;
    }
    fprintf(out, "  - {%s: {%s: ", kinds_of[kind], kind == 4 ? "in" : "from");
    if (all)
        fputs("all", out);
    else
        fprintf(out, "[n%u]", from);
    switch (all ? 1 : pick(3)) { /* a lone namespace has nobody else to ask for */
    case 0:
        fprintf(out, ", to: n%u%s", to, port);
        break;
    case 1:
        fprintf(out, ", to: [\"10.0.%u.1%s\", \"10.9.9.9%s\"]", to, port, port);
        break;
    case 2:
        fprintf(out, ", to: n%u%s", from, port);
        break;
    }
    if (kind == 2 || (kind == 1 && maybe(2)))
        fprintf(out, ", listen: n%u", to);
    fprintf(out, "%s%s}", maybe(2) ? ", expect: fail" : "", kind == 0 ? pings[pick(4)] : "");
    fprintf(out, "%s}\n", maybe(3) ? ", within: 1.5s, name: x" : "");
}

char *random_topology(void)
{
    bool with_host = pick(2);
    struct plugs plugs;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    random_plugs(&plugs);
    fputs("name: random\nnamespaces:\n", out);
    if (with_host)
        fprintf(out,
                "  host: {interfaces: {hbr: {type: bridge, addresses: [10.99.0.1/24]%s},\n"
                "                      lo: {addresses: [10.97.0.1/32]}},\n"
                "         routes: [{to: 10.98.0.0/16, via: 10.99.0.2}], forwarding: ipv4}\n",
                pick(2) ? "" : ", vlan-filtering: true, vlans: [1-5]");
    for (unsigned i = 0; i < plugs.count; i++)
        random_netns(out, &plugs, i, with_host);
    random_links(out, &plugs, with_host);
    fputs("tests:\n", out);
    for (unsigned i = 1 + pick(5); i > 0; i--)
        random_test(out, &plugs);
    fclose(out);
    return text;
}

/* Settings */

enum {
    SETTLERS_MAX = 4,
    ROUTES_MAX = 8,
    IFNAME_MAX = 15, /* bytes */
};

static const char *one_of(const char *const *words)
{
    unsigned count = 0;

    while (words[count])
        count++;
    return words[pick(count)];
}

/* What means something to YAML, or to libyaml's reader, or looks as if it did. */
static const uint32_t odd[] = {' ',  ':',  '#',  '-',  '?',    ',',    '[',    ']',    '{',
                               '}',  '&',  '*',  '!',  '|',    '>',    '\'',   '"',    '%',
                               '@',  '`',  '\\', '~',  '=',    '<',    '.',    '0',    'x',
                               0x85, 0xa0, 0xe9, 0xff, 0x2028, 0x2192, 0xfeff, 0xfffd, 0x1f600};

/* A text in double quotes that says each character in the plainest way, the escape. */
static void random_text(FILE *out, unsigned length, const char *without)
{
    putc('"', out);
    for (unsigned i = 0; i < length; i++) {
        uint32_t c = maybe(3) ? 'a' + pick(26) : odd[pick(sizeof odd / sizeof *odd)];

        if (c < 0x80 && strchr(without, (int)c))
            c = '_';
        fprintf(out, "\\U%08" PRIx32, c);
    }
    putc('"', out);
}

/* Of interfaces; n keeps it apart from others. */
static void random_ifname(char name[IFNAME_MAX + 1], unsigned n)
{
    static const char *const heads[] = {"eth", "v.",  "-",   "#",  "[x]",        "a,", "*",  "\"",
                                        "'",   "<",   "?",   "~",  "&a",         "!",  "{}", "|",
                                        ">",   "br.", "@",   "`",  "=",          "0x", "1e", "",
                                        "é",   "→",   "\\n", "n-", "long-name-", NULL};

    snprintf(name, IFNAME_MAX + 1, "%s%u", one_of(heads), n);
}

static void quoted(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putc('\\', out);
        putc(*text, out);
    }
    putc('"', out);
}

static uint32_t random_between(uint32_t min, uint32_t max)
{
    uint64_t room = (uint64_t)max - min + 1;

    return min + (uint32_t)((uint64_t)random() % room);
}

static void random_choice(FILE *out, const struct choice *choices)
{
    unsigned count = 0;

    while (choices[count].word)
        count++;
    fputs(choices[pick(count)].word, out);
}

/* A delay and a jitter, as others need them, and what else comes. */
static void random_netem(FILE *out)
{
    static const char *const rates[] = {"8bit",    "1kbit",  "100mbit", "4294967295kbit",
                                        "0.5tbit", "16Mbit", "1.5gbit", NULL};
    static const char *const shares[] = {"0%",  "100%",        "0.5%",       "0.0000001%",
                                         "33%", "99.9999999%", "12.345678%", NULL};
    static const char *const keys[] = {"loss", "duplicate", "corrupt", "reorder", NULL};

    if (maybe(5)) {
        fputs("{}", out);
        return;
    }
    fprintf(out, "{delay: %uus, ", 1 + pick(1000000));
    if (maybe(2)) {
        fprintf(out, "jitter: %uus, ", 1 + pick(1000000));
        if (maybe(2))
            fputs("distribution: ", out), random_choice(out, choices_distribution),
                fputs(", ", out);
    }
    for (size_t i = 0; keys[i]; i++)
        if (maybe(3))
            fprintf(out, "%s: %s, ", keys[i], one_of(shares));
    if (maybe(3))
        fprintf(out, "rate: %s, ", one_of(rates));
    if (maybe(3))
        fprintf(out, "limit: %u, ", 1 + pick(2000));
    putc('}', out);
}

/* False: nothing can be said of such a field here. */
static bool random_field(FILE *out, const struct field *field)
{
    bool word = field->choices && maybe(2);

    if (field->min == VLAN_MIN && field->max == VLAN_MAX)
        return false; /* a form of ports */
    if (field->type == FIELD_BOOL)
        fprintf(out, "%s: %s", field->key, pick(2) ? "true" : "false");
    else if (field->type == FIELD_UINT && !word)
        fprintf(out, "%s: %" PRIu32, field->key,
                maybe(4) && field->flags & FIELD_INITIAL && field->initial <= field->max
                    ? field->initial
                    : random_between(field->min, field->max));
    else if (field->type == FIELD_DURATION && !word)
        fprintf(out, "%s: %" PRIu64 "ns", field->key,
                (uint64_t)random_between(field->min, field->max) * field->unit);
    else if (field->type == FIELD_ENUM || word)
        fprintf(out, "%s: ", field->key), random_choice(out, field->choices);
    else if (strcmp(field->key, "private-key") == 0)
        fputs("private-key: yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=", out);
    else if (field->type == FIELD_STRING && strstr(field->key, "key"))
        return false; /* files, which would have to be there */
    else if (field->type == FIELD_STRING)
        fprintf(out, "%s: ", field->key), random_text(out, 1 + pick(20), "");
    else if (field->type == FIELD_MAC)
        fprintf(out, "%s: 02:00:00:%02x:%02x:%02x", field->key, pick(256), pick(256), pick(256));
    else if (field->type == FIELD_IP)
        fprintf(out, "%s: 192.0.2.%u", field->key, pick(256));
    else if (field->type == FIELD_IFREF || field->type == FIELD_LOWER)
        fprintf(out, "%s: eth0", field->key);
    else if (field->type == FIELD_OBJECT && field->table == &table_netem)
        fprintf(out, "%s: ", field->key), random_netem(out);
    else
        return false;
    return true;
}

/* What a tunnel can't have, beside what it is sure to get: of the other family of addresses, or
   against other options. */
static bool is_against(const struct table *table, const struct field *field)
{
    static const char *const keys[] = {"local",          "remote",         "group", "ignore-df",
                                       "udp6zerocsumtx", "udp6zerocsumrx", NULL};
    bool udp = strcmp(table->name, "vxlan") == 0 || strcmp(table->name, "geneve") == 0;

    for (size_t i = 0; keys[i]; i++)
        if (strcmp(field->key, keys[i]) == 0)
            return true;
    return (udp && strcmp(field->key, "flowlabel") == 0) || strcmp(field->key, "pmtudisc") == 0;
}

/* The ends. */
static void random_tunnel(FILE *out, const struct table *table)
{
    if (strncmp(table->name, "ip6", 3) == 0)
        fprintf(out, "local: \"fd99::%x\", remote: \"fd98::%x\", ", pick(9), pick(9));
    else if (maybe(2) && strcmp(table->name, "geneve") != 0)
        fprintf(out, "local: 192.0.2.%u, ", 1 + pick(99));
    if (strncmp(table->name, "ip6", 3) != 0)
        fprintf(out, "remote: 192.0.2.%u, ", 100 + pick(99));
}

static void random_fields(FILE *out, const struct table *table, unsigned one_in)
{
    bool tunnel = false;

    for (unsigned i = 0; i < table->field_count; i++)
        tunnel |= strcmp(table->fields[i].key, "remote") == 0;
    if (tunnel)
        random_tunnel(out, table);
    for (unsigned i = 0; i < table->field_count; i++) {
        const struct field *field = &table->fields[i];

        if ((!(field->flags & FIELD_REQUIRED) && !maybe(one_in)) ||
            (tunnel && is_against(table, field)))
            continue;
        if (field == &table_iface.fields[IFACE_EXISTING])
            continue; /* nothing exists in what netlab makes */
        if (random_field(out, field))
            fputs(", ", out);
    }
}

/* What every interface may have; not all kinds may have all of it. */
static void random_common(FILE *out, const struct kind *kind)
{
    for (unsigned i = 0; i < table_iface.field_count; i++)
        if (maybe(6) && (i != IFACE_MAC || !(kind->flags & KIND_NO_ETHERNET)) &&
            (i != IFACE_MTU || kind->mtu) && random_field(out, &table_iface.fields[i]))
            fputs(", ", out);
    if (!kind->mtu && maybe(6))
        fprintf(out, "mtu: %u, ", 1280 + pick(20));
}

/* n: a number that nothing else has */
static void random_address(FILE *out, unsigned n, const char *iface)
{
    static const char *const extras[] = {"broadcast: none",      "broadcast: 10.255.255.255",
                                         "scope: link",          "scope: host",
                                         "scope: global",        "scope: 77",
                                         "lifetime: 0",          "lifetime: 90min",
                                         "lifetime: forever",    "noprefixroute: true",
                                         "noprefixroute: false", NULL};
    static const char *const extras6[] = {"dad: true", "dad: false", "lifetime: 1h",
                                          "noprefixroute: true", NULL};

    switch (pick(8)) {
    case 0:
        fprintf(out, "{address: 10.%u.1.1/%u, %s}, ", n, 24 + pick(9), one_of(extras));
        break;
    case 1:
        fprintf(out, "{address: 10.%u.2.1/24, broadcast: 10.%u.2.255}, ", n, n);
        break;
    case 2:
        fprintf(out, "{address: 10.%u.3.1, peer: 10.%u.4.1/%u}, ", n, n, pick(2) ? 32 : 24);
        break;
    case 3:
        fprintf(out, "{address: 10.%u.5.1/24, label: \"%s%s\"}, ", n, iface, pick(2) ? ":1" : "");
        break;
    case 4:
        fprintf(out, "{address: \"fd00:%u::1/64\", %s}, ", n, one_of(extras6));
        break;
    case 5:
        fprintf(out, "\"::%u:1/%u\", ", n, pick(2) ? 128 : 112);
        break;
    case 6:
        fprintf(out, "{address: \"fd01:%u::1\", peer: \"fd01:%u::2/128\"}, ", n, n);
        break;
    default:
        fprintf(out, "10.%u.6.1/%u, ", n, 24 + pick(9));
        break;
    }
}

static void random_route(FILE *out, unsigned n, unsigned k)
{
    static const char *const kinds_of[] = {"type: blackhole",
                                           "type: unreachable, metric: 0",
                                           "dev: eth0",
                                           "dev: lo, type: local",
                                           "type: throw, table: 7",
                                           "dev: eth0, scope: global",
                                           "dev: eth0, scope: link, src: 127.0.0.1",
                                           "dev: eth0, type: unicast, table: main",
                                           "dev: eth0, mtu: 1400, advmss: 1000",
                                           NULL};

    switch (pick(8)) {
    case 0:
        fprintf(out, "{to: 172.16.%u.0/24, via: 10.%u.0.9, metric: %u}", k, n, pick(3) * 512);
        break;
    case 1:
        fprintf(out, "{to: 172.17.%u.1, %s}", k, one_of(kinds_of));
        break;
    case 2:
        fprintf(out, "{to: %s, via: 10.%u.0.9, dev: eth0, table: %u}",
                pick(2) ? "default" : "0.0.0.0/0", n, 300 + k);
        break;
    case 3:
        fprintf(out, "{to: \"::/0\", dev: eth0, table: %u}", 300 + k);
        break;
    case 4:
        fprintf(out, "{to: 0.0.0.0/0, via: \"fd00:%u::9\", table: %u}", n, 300 + k);
        break;
    case 5:
        fprintf(out, "{to: \"fd77:%u::\", via: \"fd00:%u::9\", metric: %u}", k, n, pick(2) * 1024);
        break;
    case 6:
        fprintf(out, "{to: 172.18.%u.0/24%s, nexthops: [{via: 10.%u.0.9%s}, {dev: eth0%s}]}", k,
                pick(2) ? "" : ", metric: 7", n, pick(2) ? "" : ", weight: 256",
                pick(2) ? "" : ", weight: 1");
        break;
    default:
        fprintf(out, "{to: \"fd00:%u::/64\", dev: eth0, metric: %u, table: %s}", n,
                pick(2) ? 1024 : 7, pick(2) ? "main" : "default");
        break;
    }
}

static void random_rules(FILE *out)
{
    static const char *const rules[] = {"from: 10.0.0.0/8, table: 9",
                                        "from: \"fd00::\", to: \"fd00::/8\", table: main",
                                        "from: 0.0.0.0/0, table: 253",
                                        "to: \"::/0\", action: prohibit",
                                        "action: lookup, table: 4294967295",
                                        "family: ipv6, table: 5",
                                        "family: ipv4, from: 10.0.0.1/32, table: 5",
                                        "iif: lo, oif: eth0, fwmark: 255, table: local",
                                        "fwmark: 0x10/0xf0, action: blackhole",
                                        NULL};

    fputs("    rules: [", out);
    for (unsigned i = pick(5); i > 0; i--)
        fprintf(out, "{priority: %u, %s}, ", i * 100, one_of(rules));
    fputs("]\n", out);
}

static void random_sysctls(FILE *out, const char *odd_name)
{
    static const char *const lines[] = {"net.ipv4.tcp_ecn: 1", "net/ipv4/tcp_rmem: \"1\\t2\\t3\"",
                                        "net.ipv4.conf.eth0.rp_filter: \" 0\"",
                                        "net.ipv6.conf.all.accept_ra: \"\"", NULL};
    char path[128];

    fputs("    sysctls:\n", out);
    for (size_t i = 0; lines[i]; i++)
        if (maybe(2))
            fprintf(out, "      %s\n", lines[i]);
    snprintf(path, sizeof path, "net/ipv4/conf/%s/forwarding", odd_name);
    fputs("      ", out);
    quoted(out, path);
    fputs(": ", out);
    random_text(out, pick(4), "");
    putc('\n', out);
}

/* What becomes of packets: a ruleset, and the shorthands for two. */
static void random_nftables(FILE *out, const char *odd_name)
{
    static const char *const texts[] = {"|\n      table inet fw {\n      }\n",
                                        "|-\n      # none\n      add table ip x\n",
                                        "\"table bridge b { }\"\n",
                                        ">\n      table netdev\n      n\n",
                                        "\"\"\n",
                                        NULL};

    if (maybe(2))
        fprintf(out, "    nftables: %s", one_of(texts));
    if (maybe(2)) {
        fputs("    masquerade: [eth0, ", out);
        quoted(out, odd_name);
        fputs("]\n", out);
    }
    if (maybe(2))
        fprintf(out,
                "    port-forward: [{tcp: %u, to: \"[fd00::1]\"%s}, {udp: 53-%u, to: 10.0.0.7}]\n",
                1 + pick(65535), pick(2) ? "" : ", dev: eth0", 53 + pick(100));
}

/* A bridge, which links go to, and some interfaces of other kinds that `type` makes; member: what
   one of them may have for a port. */
static void random_kinds(FILE *out, const char *member)
{
    bool free = true;

    for (const struct kind *const *kind = kinds; *kind; kind++) {
        if ((*kind)->flags & KIND_BY_LINKS || (*kind != &kind_bridge && !maybe(4)))
            continue;
        fprintf(out, "      the-%s: {type: %s, ", (*kind)->name, (*kind)->name);
        if ((*kind)->options)
            random_fields(out, (*kind)->options, 5);
        random_common(out, *kind);
        if (free && ((*kind)->flags & KIND_MEMBERS) && maybe(2)) {
            free = false;
            fputs("ports: {", out);
            quoted(out, member);
            fputs(": {", out);
            random_fields(out, (*kind)->port_options, 4);
            fputs("}}", out);
        }
        fputs("}\n", out);
    }
}

static void random_settler(FILE *out, unsigned n, const char *odd_name)
{
    fprintf(out, "  n%u:\n    interfaces:\n      eth0: {", n);
    if (maybe(3))
        fprintf(out, "mtu: %u, ", 1400 + pick(3) * 50);
    if (maybe(3))
        fputs("alias: ", out), random_text(out, 1 + pick(60), ""), fputs(", ", out);
    fprintf(out, "addresses: [10.%u.0.1/24, \"fd00:%u::5/64\", ", n, n);
    for (unsigned i = pick(3); i > 0; i--)
        random_address(out, 10 * n + 20 + i, "eth0");
    fputs("]}\n      ", out);
    quoted(out, odd_name);
    fputs(": {", out);
    random_fields(out, &table_iface, 6);
    fputs("altnames: [", out);
    random_text(out, 4, " /");
    fputs("]}\n", out);
    random_kinds(out, odd_name);
    if (maybe(3))
        fputs("      lo: {mtu: 1500, addresses: [127.0.0.1/8, 10.200.0.1/32]}\n", out);
    if (maybe(3))
        fputs("    hostname: a.b-c\n", out);
    if (maybe(3))
        fprintf(out, "    forwarding: %s\n", maybe(2) ? "ipv4" : "off");
    fputs("    routes: [", out);
    for (unsigned k = pick(ROUTES_MAX); k > 0; k--)
        random_route(out, n, k), fputs(", ", out);
    fputs("]\n    neighbors: [{to: 10.0.0.7, mac: 02:00:00:00:00:01, dev: eth0}, "
          "{to: \"fd00::\", mac: 02:00:00:00:00:02, dev: ",
          out);
    quoted(out, odd_name);
    fputs("}]\n", out);
    random_rules(out);
    random_nftables(out, odd_name);
    random_sysctls(out, odd_name);
}

/* eth0 of each goes to the next: by a name of its own, into a bridge, or a bridge into a bridge. */
char *random_settings(void)
{
    unsigned count = 1 + pick(SETTLERS_MAX);
    char names[SETTLERS_MAX][IFNAME_MAX + 1];
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fputs("name: random\nnamespaces:\n", out);
    for (unsigned i = 0; i < count; i++) {
        random_ifname(names[i], i + 1);
        random_settler(out, i, names[i]);
    }
    fputs("  a-namespace-of-a-long-name:\nlinks:\n", out);
    for (unsigned i = 0; i < count; i++) {
        char end[128];

        snprintf(end, sizeof end, "n%u:%s", i, names[i]);
        fputs("  - {endpoints: [", out);
        quoted(out, end);
        fprintf(out, ", a-namespace-of-a-long-name:far%u]", i);
        if (maybe(3))
            fputs(", netem: ", out), random_netem(out);
        fputs(maybe(3) ? ", mtu: 1400}\n" : "}\n", out);
        if (maybe(2))
            fprintf(out, "  - [n%u:eth0, n%u:the-bridge]\n", i, pick(count));
        else
            fprintf(out, "  - [n%u:eth0, a-namespace-of-a-long-name:x%u]\n", i, i);
        if (i + 1 < count && maybe(2))
            fprintf(out, "  - {endpoints: [n%u:the-bridge, n%u:the-bridge]%s}\n", i, i + 1,
                    maybe(2) ? ", mtu: 1300" : ", mac: [02:00:00:00:00:01, 02:00:00:00:00:02]");
    }
    fclose(out);
    return text;
}
