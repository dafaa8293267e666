/* SPDX-License-Identifier: MIT */
/*
 * Job: what a namespace says of nftables → one ruleset: its text, and a table for the shorthands.
 * In: a namespace whose names are resolved. Out: netns.ruleset; complaints.
 */
#include "parse/nftables.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "model/ip.h"
#include "model/ruleset.h"

/* The text of the file */

struct reading {
    struct parse *p;
    struct netns *netns;
    struct ruleset *ruleset;
};

static int note_table(const char *family, const char *name, struct text_place place, void *userdata)
{
    const struct reading *reading = userdata;
    struct parse *p = reading->p;
    bool known = ruleset_find(reading->ruleset, family, name);
    struct nft_table *table = ruleset_add(reading->ruleset, p->lab->arena, family, name);

    if (!table)
        return -ENOMEM;
    if (!known)
        table->o.mark = ruleset_mark(&p->lab->source, reading->netns, place);
    return 0;
}

static int complain(const char *what, const char *hint, struct text_place place, void *userdata)
{
    const struct reading *reading = userdata;
    struct parse *p = reading->p;

    set_broken(reading->netns);
    ERROR(p, ruleset_mark(&p->lab->source, reading->netns, place), "%s", what);
    if (hint)
        HINT(p, "%s", hint);
    return 0;
}

static int read_text(struct parse *p, struct netns *netns, struct ruleset *ruleset)
{
    struct reading reading = {p, netns, ruleset};
    const struct ruleset_reader reader = {
        .found = note_table, .fault = complain, .userdata = &reading};

    if (!netns->nftables)
        return 0;
    /* what only has comments, or nothing, is nothing to load */
    if (netns->nftables[strspn(netns->nftables, " \t\r\n")])
        ruleset->texts[RULESET_TEXT] = netns->nftables;
    return ruleset_read(netns->nftables, p->scratch, &reader);
}

/* The shorthands' table */

static void write_forward(const struct port_forward *forward, const char *protocol,
                          const struct port_range *ports, FILE *out)
{
    bool ipv6 = forward->ip.family == AF_INET6;
    char text[IP_TEXT];

    if (!ports->first)
        return;
    fputs("\t\t", out);
    if (forward->dev.name)
        fprintf(out, "iifname \"%s\" ", forward->dev.name);
    fprintf(out, "meta nfproto %s fib daddr type local %s dport %u", ipv6 ? "ipv6" : "ipv4",
            protocol, ports->first);
    if (ports->last != ports->first)
        fprintf(out, "-%u", ports->last);
    ip_text(&forward->ip, text);
    if (!forward->port)
        fprintf(out, " dnat %s to %s\n", ipv6 ? "ip6" : "ip", text);
    else
        fprintf(out, ipv6 ? " dnat ip6 to [%s]:%u\n" : " dnat ip to %s:%u\n", text, forward->port);
}

static void write_table(const struct netns *netns, const char *name, FILE *out)
{
    const char *before = "\t\toifname { ";

    fprintf(out, "table inet %s {\n", name);
    if (netns->port_forward.count) {
        fputs("\tchain prerouting {\n"
              "\t\ttype nat hook prerouting priority dstnat;\n",
              out);
        LIST_EACH (struct port_forward, forward, &netns->port_forward) {
            write_forward(forward, "tcp", &forward->tcp, out);
            write_forward(forward, "udp", &forward->udp, out);
        }
        fputs("\t}\n", out);
    }
    if (netns->masquerade.count) {
        fputs("\tchain postrouting {\n"
              "\t\ttype nat hook postrouting priority srcnat;\n",
              out);
        LIST_EACH (struct masquerade, masquerade, &netns->masquerade) {
            fprintf(out, "%s\"%s\"", before, masquerade->dev.name);
            before = ", ";
        }
        fputs(" } masquerade\n\t}\n", out);
    }
    fputs("}\n", out);
}

/* In the host two labs may have one: each has its own name. */
static int make_table(struct parse *p, const struct netns *netns, struct ruleset *ruleset)
{
    const char *name = arena_printf(p->lab->arena, "netlab_%s", p->lab->name ? p->lab->name : "");
    CLEANUP_FREE char *text = NULL;
    size_t size;
    FILE *out;
    struct nft_table *table;

    if (!netns->masquerade.count && !netns->port_forward.count)
        return 0;
    table = name ? ruleset_find(ruleset, "inet", name) : NULL;
    if (table) {
        ERROR(p, table->o.mark, "table inet %s is that of 'masquerade' and 'port-forward'", name);
        HINT(p, "call it otherwise");
        return 0;
    }
    table = name ? ruleset_add(ruleset, p->lab->arena, "inet", name) : NULL;
    out = table ? open_memstream(&text, &size) : NULL;
    if (!out)
        return -ENOMEM;
    write_table(netns, name, out);
    if (fclose(out) != 0)
        return -ENOMEM;
    table->part = RULESET_MADE;
    table->o.mark =
        object_mark(&netns->o, netns->port_forward.count ? NETNS_PORT_FORWARD : NETNS_MASQUERADE);
    ruleset->texts[RULESET_MADE] = arena_strdup(p->lab->arena, text);
    return ruleset->texts[RULESET_MADE] ? 0 : -ENOMEM;
}

int definite_ruleset(struct parse *p, struct netns *netns)
{
    static const unsigned fields[] = {NETNS_NFTABLES, NETNS_MASQUERADE, NETNS_PORT_FORWARD};
    struct ruleset *ruleset;

    if (!netns->nftables && !netns->masquerade.count && !netns->port_forward.count)
        return 0;
    ruleset = ARENA_NEW(p->lab->arena, struct ruleset);
    if (!ruleset)
        return -ENOMEM;
    ruleset->o =
        (struct object){.parent = &netns->o, .table = &table_ruleset, .mark = netns->o.mark};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (netns->o.marks[fields[i]].line) {
            ruleset->o.mark = netns->o.marks[fields[i]];
            break;
        }
    if (read_text(p, netns, ruleset) < 0)
        return -ENOMEM;
    if (!is_broken(netns) && make_table(p, netns, ruleset) < 0)
        return -ENOMEM;
    if (ruleset->texts[RULESET_TEXT] || ruleset->texts[RULESET_MADE])
        netns->ruleset = ruleset;
    return 0;
}
