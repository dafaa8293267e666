/* SPDX-License-Identifier: MIT */
/*
 * Job: how a lab differs from its topology, as text and JSON.
 * In: changes. Out: a line or an object each; what others added, apart.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "kinds/wireguard.h"
#include "model/ip.h"
#include "model/ruleset.h"
#include "model/text.h"
#include "model/vlan.h"
#include "output/output.h"
#include "output/say.h"

static enum op_type type_of(const struct object *object)
{
    static const struct {
        const struct table *table;
        enum op_type type;
    } types[] = {
        {&table_netns, OP_NETNS},       {&table_link, OP_LINK},
        {&table_altname, OP_ALTNAME},   {&table_address, OP_ADDRESS},
        {&table_route, OP_ROUTE},       {&table_rule, OP_RULE},
        {&table_neighbor, OP_NEIGHBOR}, {&table_sysctl, OP_SYSCTL},
        {&table_iface, OP_IFACE},       {&table_netem, OP_QDISC},
        {&table_vlan, OP_VLAN},         {&table_wireguard_peer, OP_PEER},
        {&table_ruleset, OP_NFTABLES},  {&table_nft_table, OP_NFTABLES},
        {&table_service, OP_SERVICE},
    };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].table == object->table)
            return types[i].type;
    return OP_PORT; /* its table is its kind's */
}

static struct netns *netns_of(struct object *object)
{
    while (object && object->table != &table_netns)
        object = object->table == &table_link ? ((struct link *)object)->ends[0].iface->o.parent
                                              : object->parent;
    return (struct netns *)object;
}

/* The change as an op, which has words for it. */
static struct op op_of(const struct change *change)
{
    struct object *object = change->wanted ? change->wanted : change->seen;
    struct op op = {
        .type = type_of(object),
        .from = change->seen,
        .to = change->wanted,
        .netns = netns_of(object),
    };

    if (op.type == OP_IFACE && !change->strange && !(change->seen && change->wanted) &&
        ((struct iface *)object)->kind)
        op.type = OP_LINK;
    return op;
}

static void write_value(const struct field *field, const struct object *object, FILE *out);

static void write_list(const struct list *list, FILE *out)
{
    const char *before = "[";

    LIST_EACH (struct object, entry, list) {
        fputs(before, out);
        if (entry->name)
            fprintf(out, "%s", entry->name);
        for (unsigned i = 0; i < entry->table->field_count; i++) {
            fputs(i || entry->name ? ":" : "", out);
            write_value(&entry->table->fields[i], entry, out);
        }
        before = ", ";
    }
    fputs(list->count ? "]" : "none", out);
}

static void write_value(const struct field *field, const struct object *object, FILE *out)
{
    const void *value = FIELD_AT(object, field);
    const char *word;
    char text[IP_TEXT];

    if (value_text(field, value, text)) {
        fputs(text, out);
        return;
    }
    switch (field->type) {
    case FIELD_UINT:
    case FIELD_ENUM:
        word = choice_word(field->choices, *(const uint32_t *)value);
        if (word)
            fputs(word, out);
        else
            fprintf(out, "%" PRIu32, *(const uint32_t *)value);
        break;
    case FIELD_DURATION:
        fputs(duration_text((uint64_t) * (const uint32_t *)value * field->unit, text), out);
        break;
    case FIELD_ADDRESS:
    case FIELD_NETWORK:
    case FIELD_DEST:
        fputs(prefix_text(value, text), out);
        break;
    case FIELD_STRING:
    case FIELD_IFNAME:
    case FIELD_HOSTNAME:
    case FIELD_VALUE:
    case FIELD_TEXT:
        fputs(*(const char *const *)value ? *(const char *const *)value : "", out);
        break;
    case FIELD_IFREF:
    case FIELD_LOWER:
        word = field->type == FIELD_LOWER ? ((const struct endpoint *)value)->name
                                          : ((const struct ifref *)value)->name;
        fputs(word ? word : "none", out);
        break;
    case FIELD_LIST:
    case FIELD_MAP:
        write_list(value, out);
        break;
    case FIELD_BOOL:
    case FIELD_PERCENT:
    case FIELD_RATE:
    case FIELD_MAC:
    case FIELD_IP:
    case FIELD_VLANS:
    case FIELD_PORTS:
        break; /* written above */
    case FIELD_MAC_PAIR:
    case FIELD_FWMARK:
    case FIELD_ENDPOINTS:
    case FIELD_KIND:
    case FIELD_OBJECT:
    case FIELD_NODE:
        break;
    }
}

struct lines {
    FILE *out;
    const char *before;
};

static void write_field(struct lines *lines, const struct object *seen, const struct object *wanted,
                        unsigned index)
{
    const struct field *field = &wanted->table->fields[index];

    fprintf(lines->out, "%s%s is ", lines->before, field->key);
    write_value(field, seen, lines->out);
    fputs(", not ", lines->out);
    write_value(field, wanted, lines->out);
    lines->before = "; ";
}

static void write_fields(struct lines *lines, const struct object *seen,
                         const struct object *wanted)
{
    if (!seen || !wanted)
        return;
    for (unsigned i = 0; i < wanted->table->field_count; i++)
        if (field_is_option(&wanted->table->fields[i]) && diff_field(seen, wanted, i))
            write_field(lines, seen, wanted, i);
}

static const char *name_of(const struct iface *iface)
{
    return iface ? iface->o.name : "none";
}

static void write_iface(struct lines *lines, const struct iface *seen, const struct iface *wanted)
{
    static const unsigned plain[] = {IFACE_MTU, IFACE_MAC, IFACE_UP, IFACE_TXQUEUELEN};
    struct manner_word words[MANNER_WORDS];

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (plain[i] == IFACE_UP ? seen->up != wanted->up
                                 : diff_field(&seen->o, &wanted->o, plain[i]))
            write_field(lines, &seen->o, &wanted->o, plain[i]);
    if (diff_alias(seen, wanted))
        write_field(lines, &seen->o, &wanted->o, IFACE_ALIAS);
    if (diff_master(seen, wanted) && wanted->master && !wanted->master->seen) {
        fprintf(lines->out, "%smaster %s is made anew", lines->before, wanted->master->o.name);
        lines->before = "; ";
    } else if (diff_master(seen, wanted)) {
        fprintf(lines->out, "%smaster is %s, not %s", lines->before, name_of(seen->master),
                name_of(wanted->master));
        lines->before = "; ";
    }
    for (size_t i = 0, count = diff_manner(seen, wanted, words); i < count; i++) {
        fprintf(lines->out, "%s%s is %s, not %s", lines->before, words[i].word, words[i].is,
                words[i].should);
        lines->before = "; ";
    }
    write_fields(lines, seen->options, wanted->options);
}

static void write_beyond(const struct lines *lines, const struct object *seen,
                         const struct object *wanted)
{
    if (seen->beyond && !wanted->beyond)
        fprintf(lines->out, "%sit has settings that no file has words for", lines->before);
}

static void write_netem(struct lines *lines, const struct netem *seen, const struct netem *wanted)
{
    for (unsigned i = 0; i < NETEM_FIELDS; i++)
        if (diff_field(&seen->o, &wanted->o, i))
            write_field(lines, &seen->o, &wanted->o, i);
    write_beyond(lines, &seen->o, &wanted->o);
}

/* It is made anew; perhaps only for its place among those of its network. */
static void write_address(struct lines *lines, const struct object *seen,
                          const struct object *wanted)
{
    const char *first = lines->before;

    for (unsigned i = ADDRESS_BROADCAST; i < ADDRESS_FIELDS; i++)
        if (i != ADDRESS_DAD && i != ADDRESS_PEER && object_has(seen, i) &&
            !field_equal(&wanted->table->fields[i], seen, wanted))
            write_field(lines, seen, wanted, i);
    write_beyond(lines, seen, wanted);
    if (lines->before == first && !seen->beyond)
        fputs(((const struct address *)seen)->bare ? ": its route is missing"
                                                   : ": not in the place that the file has it in",
              lines->out);
}

/* Secrets are not told. */
static void write_peer(struct lines *lines, const struct wireguard_peer *seen,
                       const struct wireguard_peer *wanted)
{
    const struct key none = {.known = true};
    char is[SOCKET_TEXT] = "none", should[SOCKET_TEXT];

    if (wanted->preshared_key.known && !key_equal(&seen->preshared_key, &wanted->preshared_key)) {
        fprintf(lines->out, "%spreshared-key is another%s", lines->before,
                key_equal(&wanted->preshared_key, &none) ? ", not none" : "");
        lines->before = "; ";
    }
    if (wanted->ip.family && !seen->has_met &&
        (!ip_equal(&seen->ip, &wanted->ip) || seen->port != wanted->port)) {
        if (seen->ip.family)
            socket_text(&seen->ip, seen->port, is);
        fprintf(lines->out, "%sendpoint is %s, not %s", lines->before, is,
                socket_text(&wanted->ip, wanted->port, should));
        lines->before = "; ";
    }
    if (seen->keepalive != wanted->keepalive)
        write_field(lines, &seen->o, &wanted->o, PEER_KEEPALIVE);
    if (peer_networks_differ(seen, wanted)) {
        fprintf(lines->out, "%sallowed-ips are others", lines->before);
        lines->before = "; ";
    }
}

static void write_wireguard(struct lines *lines, const struct wireguard *seen,
                            const struct wireguard *wanted)
{
    if (wanted->private_key.known && !key_equal(&seen->private_key, &wanted->private_key)) {
        fprintf(lines->out, "%sprivate-key is another", lines->before);
        lines->before = "; ";
    }
    if (object_has(&wanted->o, WIREGUARD_LISTEN_PORT) && seen->listen_port != wanted->listen_port)
        write_field(lines, &seen->o, &wanted->o, WIREGUARD_LISTEN_PORT);
    if (seen->fwmark != wanted->fwmark)
        write_field(lines, &seen->o, &wanted->o, WIREGUARD_FWMARK);
}

/* The first line of a listing that the other one does not have in that place. */
static void write_line(struct lines *lines, const char *seen, const char *wanted)
{
    const char *texts[] = {seen, wanted};

    while (*seen && *wanted && strcspn(seen, "\n") == strcspn(wanted, "\n") &&
           strncmp(seen, wanted, strcspn(seen, "\n")) == 0) {
        seen += strcspn(seen, "\n");
        wanted += strcspn(wanted, "\n");
        seen += *seen == '\n';
        wanted += *wanted == '\n';
    }
    texts[0] = seen;
    texts[1] = wanted;
    for (size_t i = 0; i < 2; i++) {
        const char *text = texts[i] + strspn(texts[i], "\t ");

        fprintf(lines->out, i ? ", not '%.*s'" : " has '%.*s'", (int)strcspn(text, "\n"), text);
    }
}

/* Tables that are another; of those that go along with them there is nothing to say. */
static void write_tables(struct lines *lines, const struct ruleset *seen,
                         const struct ruleset *wanted)
{
    LIST_EACH (struct nft_table, table, &wanted->tables) {
        const struct nft_table *is = ruleset_find(seen, table->family, table->o.name);

        if (is && is->listing && table->listing && strcmp(is->listing, table->listing) == 0)
            continue;
        fprintf(lines->out, "%stable %s %s", lines->before, table->family, table->o.name);
        if (is && is->listing && table->listing)
            write_line(lines, is->listing, table->listing);
        else
            fputs(" is missing", lines->out);
        lines->before = "; ";
    }
    LIST_EACH (struct nft_table, table, &seen->tables)
        if (!ruleset_find(wanted, table->family, table->o.name)) {
            fprintf(lines->out, "%stable %s %s has left the file", lines->before, table->family,
                    table->o.name);
            lines->before = "; ";
        }
}

static void write_service(const struct service *seen, FILE *out)
{
    fputs(seen->elsewhere ? ": it is in a namespace that the lab has lost"
                          : ": it runs another command, or with other variables",
          out);
}

/* What is not the same about an object that is altered. */
static void write_difference(const struct op *op, FILE *out)
{
    struct lines lines = {.out = out, .before = ": "};
    const struct op seen = {.type = op->type, .from = op->from, .netns = op->netns};

    switch (op->type) {
    case OP_IFACE:
        write_iface(&lines, (const struct iface *)op->from, (const struct iface *)op->to);
        if (diff_wireguard((const struct iface *)op->from, (const struct iface *)op->to))
            write_wireguard(&lines, iface_wireguard((const struct iface *)op->from),
                            iface_wireguard((const struct iface *)op->to));
        break;
    case OP_PORT:
        write_fields(&lines, op->from, op->to);
        break;
    case OP_QDISC:
        write_netem(&lines, (const struct netem *)op->from, (const struct netem *)op->to);
        break;
    case OP_VLAN:
        for (unsigned i = VLAN_PVID; i < VLAN_FIELDS; i++)
            if (!field_equal(&table_vlan.fields[i], op->from, op->to))
                write_field(&lines, op->from, op->to, i);
        break;
    case OP_PEER:
        write_peer(&lines, (const struct wireguard_peer *)op->from,
                   (const struct wireguard_peer *)op->to);
        break;
    case OP_NFTABLES:
        write_tables(&lines, (const struct ruleset *)op->from, (const struct ruleset *)op->to);
        break;
    case OP_NETNS:
        fputs(": /run/netns has lost its name", out);
        break;
    case OP_SYSCTL:
        fprintf(out, ", but it is %s", ((const struct sysctl *)op->from)->value);
        break;
    case OP_NEIGHBOR:
    case OP_ROUTE:
        fputs(", but there is ", out);
        op_describe_object(&seen, out);
        write_beyond(&lines, op->from, op->to);
        break;
    case OP_RULE:
        write_beyond(&lines, op->from, op->to);
        break;
    case OP_ADDRESS:
        write_address(&lines, op->from, op->to);
        break;
    case OP_SERVICE:
        write_service((const struct service *)op->from, out);
        break;
    case OP_LINK:
    case OP_ALTNAME:
    case OP_DEVICE:
    case OP_READY:
    case OP_NAME:
    case OP_LISTEN:
        break;
    }
}

static void write_text(const struct op *op, FILE *out)
{
    const struct sysctl *sysctl = (const struct sysctl *)op->from;

    if (op_object(op)->table == &table_nft_table)
        fprintf(out, "nftables table %s %s in namespace %s",
                ((const struct nft_table *)op_object(op))->family, op_object(op)->name,
                op->netns->o.name);
    else if (op->type == OP_NFTABLES && op->from && op->to)
        fprintf(out, "nftables of namespace %s", op->netns->o.name);
    else if (op->type == OP_IFACE && ((op->from && op->to) || !op->to) && op->netns)
        fprintf(out, "interface %s in namespace %s", op_object(op)->name, op->netns->o.name);
    else if (op->type == OP_QDISC && op->from && op->to)
        fprintf(out, "netem of %s in namespace %s", op->to->parent->name, op->netns->o.name);
    else if (op_removes(op) && op->type == OP_SYSCTL)
        fprintf(out, "sysctl %s = %s in namespace %s, and would be %s", sysctl->path, sysctl->value,
                op->netns->o.name, sysctl->before);
    else
        op_describe_object(op, out);
    if (op->from && op->to)
        write_difference(op, out);
    else if (op_object(op)->beyond)
        fputs(", with settings that no file has words for", out);
}

/* Ends of links are told by the link. */
static bool is_told(const struct change *change)
{
    const struct object *object = change->wanted ? change->wanted : change->seen;
    const struct iface *iface = (const struct iface *)object;

    if (object->table == &table_iface)
        return (change->seen && change->wanted) || change->strange || !iface->link;
    if (object->table == &table_netns && ((const struct netns *)object)->foreign)
        return false;
    if (object->table == &table_vlan && ((const struct vlan *)object)->absent)
        return false; /* what it has instead is */
    if (type_of(object) == OP_PORT)
        return fields_any(object) || (change->seen && change->wanted);
    return true;
}

void output_diff_text(const struct netlab_lab *lab, const struct changes *changes, FILE *out)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];
        const struct op op = op_of(change);
        struct mark mark = change->wanted ? op_mark(&op) : (struct mark){0};

        if (change->strange || !is_told(change))
            continue;
        if (mark.line)
            fprintf(out, "%s:%u:%u: ", lab->source.file, mark.line, mark.column);
        fputs(!change->seen ? "+ " : change->wanted ? "~ " : "- ", out);
        write_text(&op, out);
        putc('\n', out);
    }
    for (size_t i = 0; i < changes->count; i++) {
        const struct op op = op_of(&changes->items[i]);

        if (!changes->items[i].strange)
            continue;
        fputs("others: ", out);
        write_text(&op, out);
        putc('\n', out);
    }
}

static void write_change(struct json *json, const struct change *change)
{
    const struct op op = op_of(change);
    struct mark mark = change->wanted ? op_mark(&op) : (struct mark){0};
    CLEANUP_FREE char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);

    if (memory) {
        write_text(&op, memory);
        fclose(memory);
    }
    json_open(json, NULL, '{');
    if (!change->strange)
        json_put_string(json, "action",
                        !change->seen    ? "add"
                        : change->wanted ? "change"
                                         : "remove");
    json_put_string(json, "object", op_type_name(op.type));
    json_put_string(json, "namespace", op.netns ? op.netns->o.name : NULL);
    if (!change->strange) {
        json_put_number(json, "line", mark.line);
        json_put_number(json, "column", mark.column);
    }
    json_put_string(json, "text", text);
    json_close(json, '}');
}

void output_diff_json(const struct netlab_lab *lab, const struct changes *changes, FILE *out)
{
    struct json json = {.out = out};

    json_open(&json, NULL, '{');
    json_put_string(&json, "lab", lab->name);
    json_put_string(&json, "file", lab->source.file);
    json_put_bool(&json, "same", changes->count == changes->strange);
    for (int strange = 0; strange < 2; strange++) {
        json_open(&json, strange ? "others" : "differences", '[');
        for (size_t i = 0; i < changes->count; i++)
            if (changes->items[i].strange == (strange != 0) && is_told(&changes->items[i]))
                write_change(&json, &changes->items[i]);
        json_close(&json, ']');
    }
    json_close(&json, '}');
    putc('\n', out);
}
