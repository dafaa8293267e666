/* SPDX-License-Identifier: MIT */
/*
 * Job: a lab as a topology file.
 * In: a lab. Out: YAML as a person would have written it, in the lab's order: what say.c says, by
 * the tables; what is always one line is one line.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/ip.h"
#include "model/text.h"
#include "model/vlan.h"
#include "output/output.h"
#include "output/say.h"
#include "output/yaml.h"

enum {
    SYSCTL_TEXT = 512,
    COMMENT_TEXT = 128,
    END_TEXT = LAB_NAME_MAX + 1 + IFACE_NAME_MAX + 1,
};

static void write_entry(struct yaml *yaml, const struct object *object);
static void write_fields(struct yaml *yaml, const void *object);

/* Single values */

/* The vrf of a namespace whose table that is. */
static const char *vrf_word(const struct netns *netns, uint32_t table)
{
    LIST_EACH (struct iface, iface, &netns->interfaces)
        if (iface->kind == &kind_vrf && !isdigit((unsigned char)*iface->o.name) &&
            iface_table(iface) == table)
            return iface->o.name;
    return NULL;
}

static void write_number(struct yaml *yaml, const struct field *field, uint32_t value)
{
    const char *word = choice_word(field->choices, value);
    char text[DURATION_TEXT];

    if (!word && field->type == FIELD_DURATION)
        word = duration_text((uint64_t)value * field->unit, text);
    if (!word)
        snprintf(text, sizeof text, field->flags & FIELD_HEX ? "0x%" PRIx32 : "%" PRIu32, value);
    yaml_text(yaml, word ? word : text);
}

static void write_fwmark(struct yaml *yaml, const struct fwmark *fwmark)
{
    char text[32];

    if (fwmark->mask == UINT32_MAX)
        snprintf(text, sizeof text, "0x%" PRIx32, fwmark->value);
    else
        snprintf(text, sizeof text, "0x%" PRIx32 "/0x%" PRIx32, fwmark->value, fwmark->mask);
    yaml_text(yaml, text);
}

/* A network; a lone host's without its length. */
static void write_network(struct yaml *yaml, const struct prefix *prefix, bool with_length)
{
    char ip[IP_TEXT], text[IP_TEXT + 4];

    ip_text(&prefix->ip, ip);
    if (with_length || prefix->length != ip_bits(&prefix->ip))
        snprintf(text, sizeof text, "%s/%u", ip, prefix->length);
    else
        snprintf(text, sizeof text, "%s", ip);
    yaml_text(yaml, text);
}

static void write_macs(struct yaml *yaml, const void *object)
{
    const struct mac *macs = object;
    char text[MAC_TEXT];

    for (size_t i = 0; i < 2; i++) {
        yaml_item(yaml);
        yaml_text(yaml, mac_text(&macs[i], text));
    }
}

static void write_ends(struct yaml *yaml, const void *object)
{
    const struct link *link = object;
    char text[END_TEXT];

    for (unsigned end = 0; end < 2; end++) {
        const struct iface *iface = link->ends[end].iface;

        if (end_is_plug(link, end))
            iface = iface->master;
        snprintf(text, sizeof text, "%s:%s", iface_netns(iface)->o.name, iface->o.name);
        yaml_item(yaml);
        yaml_text(yaml, text);
    }
}

static void write_lower(struct yaml *yaml, const struct stacked *stacked)
{
    const struct endpoint *lower = &stacked->lower;
    char text[END_TEXT];

    if (stacked->lower_netns == iface_netns((const struct iface *)stacked->o.parent))
        snprintf(text, sizeof text, "%s", lower->name);
    else
        snprintf(text, sizeof text, "%s:%s", lower->netns, lower->name);
    yaml_text(yaml, text);
}

/* With a peer the prefix length stands there. */
static bool has_length(const struct object *object, const struct field *field)
{
    return object->table != &table_address || field != &table_address.fields[ADDRESS_ADDRESS] ||
           !field_is_said(object, ADDRESS_PEER);
}

static void write_address(struct yaml *yaml, const struct object *object, const struct field *field)
{
    const struct prefix *prefix = FIELD_AT(object, field);

    if (field->type == FIELD_DEST && prefix->length == 0)
        yaml_text(yaml, "default");
    else
        write_network(yaml, prefix, field->type == FIELD_ADDRESS && has_length(object, field));
}

/* Lists and mappings */

static void write_list(struct yaml *yaml, const void *list)
{
    LIST_EACH (struct object, object, (const struct list *)list)
        if (object_is_said(object)) {
            yaml_item(yaml);
            write_entry(yaml, object);
        }
}

/*
 * The name of a sysctl with dots, as people know it, or as the path that it is where dots would be
 * taken for something else.
 */
static const char *sysctl_key(const struct sysctl *sysctl, char text[SYSCTL_TEXT])
{
    const struct netns *netns = (const struct netns *)sysctl->o.parent;

    if (strchr(sysctl->path, '.') || strlen(sysctl->path) >= SYSCTL_TEXT)
        return sysctl->path;
    snprintf(text, SYSCTL_TEXT, "%s", sysctl->path);
    for (char *c = text; *c; c++)
        if (*c == '/')
            *c = '.';
    LIST_EACH (struct iface, iface, &netns->interfaces)
        if (strchr(iface->o.name, '.') && strstr(text, iface->o.name))
            return sysctl->path;
    return text;
}

static bool is_implied(const struct object *object)
{
    return object->table == &table_netns && ((const struct netns *)object)->implied;
}

static void write_map(struct yaml *yaml, const void *list)
{
    char text[SYSCTL_TEXT];

    LIST_EACH (struct object, object, (const struct list *)list) {
        if (!object_is_said(object) || is_implied(object))
            continue;
        yaml_key(yaml, object->table == &table_sysctl
                           ? sysctl_key((const struct sysctl *)object, text)
                           : object->name);
        write_entry(yaml, object);
    }
}

static bool has_options(const struct iface *member)
{
    return member->port && object_has_content(&member->port->o);
}

static void write_member_name(struct yaml *yaml, const struct iface *member)
{
    if (!member_is_listed(member))
        return;
    yaml_item(yaml);
    yaml_text(yaml, member->o.name);
}

static void write_member_options(struct yaml *yaml, const struct iface *member)
{
    if (!member_is_listed(member))
        return;
    yaml_key(yaml, member->o.name);
    yaml_map(yaml, YAML_SHORT, write_fields, member->port);
}

/* Those that have an entry first: that is the order of the file. */
static void each_member(struct yaml *yaml, const struct iface *iface,
                        void (*write)(struct yaml *yaml, const struct iface *member))
{
    LIST_EACH (struct port, port, iface_ports(iface))
        if (port->iface)
            write(yaml, port->iface);
    LIST_EACH (struct iface, member, &iface_netns(iface)->interfaces)
        if (member->master == iface && !member->port)
            write(yaml, member);
}

static void write_member_list(struct yaml *yaml, const void *iface)
{
    each_member(yaml, iface, write_member_name);
}

static void write_member_map(struct yaml *yaml, const void *iface)
{
    each_member(yaml, iface, write_member_options);
}

static void write_ports(struct yaml *yaml, const struct iface *iface)
{
    LIST_EACH (struct iface, member, &iface_netns(iface)->interfaces)
        if (member->master == iface && member_is_listed(member) && has_options(member)) {
            yaml_map(yaml, YAML_SHORT, write_member_map, iface);
            return;
        }
    yaml_list(yaml, YAML_SHORT, write_member_list, iface);
}

static void write_entries(struct yaml *yaml, const struct object *object, const struct field *field)
{
    /* a list of names is short */
    bool rows = object->table == &table_netns && field->table != &table_masquerade;
    enum yaml_style style = rows ? YAML_BLOCK : YAML_SHORT;
    const struct list *list = FIELD_AT(object, field);

    if (field->type == FIELD_LIST && list->lone)
        write_entry(yaml, list->first);
    else if (field->type == FIELD_LIST)
        yaml_list(yaml, style, write_list, list);
    else if (field_is_ports(object, field))
        write_ports(yaml, (const struct iface *)object->parent);
    else
        yaml_map(yaml, style, write_map, list);
}

/* Objects */

/* A table by the name of its vrf, where it has one. */
static void write_integer(struct yaml *yaml, const struct object *object, const struct field *field)
{
    uint32_t value = *(const uint32_t *)FIELD_AT(object, field);
    const char *word = field->vrf ? vrf_word((const struct netns *)object->parent, value) : NULL;

    if (word)
        yaml_text(yaml, word);
    else
        write_number(yaml, field, value);
}

static void write_string(struct yaml *yaml, const struct field *field, const char *value)
{
    if (field->type == FIELD_TEXT)
        yaml_lines(yaml, value);
    else
        yaml_text(yaml, value);
}

static void write_value(struct yaml *yaml, const struct object *object, const struct field *field)
{
    const void *value = FIELD_AT(object, field);
    char text[IP_TEXT];

    if (value_text(field, value, text)) {
        yaml_text(yaml, text);
        return;
    }
    switch (field->type) {
    case FIELD_UINT:
    case FIELD_ENUM:
    case FIELD_DURATION:
        write_integer(yaml, object, field);
        break;
    case FIELD_STRING:
    case FIELD_IFNAME:
    case FIELD_HOSTNAME:
    case FIELD_VALUE:
    case FIELD_TEXT:
        write_string(yaml, field, *(const char *const *)value);
        break;
    case FIELD_ADDRESS:
    case FIELD_NETWORK:
    case FIELD_DEST:
        write_address(yaml, object, field);
        break;
    case FIELD_MAC_PAIR:
        yaml_list(yaml, YAML_SHORT, write_macs, value);
        break;
    case FIELD_FWMARK:
        write_fwmark(yaml, value);
        break;
    case FIELD_IFREF:
        yaml_text(yaml, ((const struct ifref *)value)->name);
        break;
    case FIELD_ENDPOINTS:
        yaml_list(yaml, YAML_SHORT, write_ends, object);
        break;
    case FIELD_LOWER:
        write_lower(yaml, (const struct stacked *)object);
        break;
    case FIELD_OBJECT:
        yaml_map(yaml, YAML_SHORT, write_fields, *(struct object *const *)value);
        break;
    case FIELD_LIST:
    case FIELD_MAP:
        write_entries(yaml, object, field);
        break;
    case FIELD_BOOL:
    case FIELD_IP:
    case FIELD_MAC:
    case FIELD_PERCENT:
    case FIELD_RATE:
    case FIELD_VLANS:
    case FIELD_PORTS:
    case FIELD_KIND:
    case FIELD_NODE:
        break; /* written above, or never said */
    }
}

static bool is_collection(const struct field *field)
{
    return field->type == FIELD_LIST || field->type == FIELD_MAP || field->type == FIELD_TEXT;
}

static void write_some(struct yaml *yaml, const struct object *object, bool values,
                       bool collections)
{
    for (unsigned i = 0; i < object->table->field_count; i++) {
        const struct field *field = &object->table->fields[i];

        if (!(is_collection(field) ? collections : values) || !field_is_said(object, i))
            continue;
        yaml_key(yaml, field->key);
        if (object->table == &table_link && i == LINK_MTU) /* of both ends */
            write_number(yaml, field, ((const struct link *)object)->ends[0].iface->mtu);
        else if (object->table == &table_link && i == LINK_NETEM)
            yaml_map(yaml, YAML_SHORT, write_fields,
                     ((const struct link *)object)->ends[0].iface->netem);
        else
            write_value(yaml, object, field);
    }
}

/* What is short first, but an interface's addresses stand where its table has them. */
static void write_fields(struct yaml *yaml, const void *of)
{
    const struct object *object = of;
    bool in_order = object && (object->table == &table_iface || object->table == &table_service);

    if (!object)
        return;
    write_some(yaml, object, true, in_order);
    write_some(yaml, object, false, !in_order);
}

/* What exists has the options that it has; the lab's ports of it are the lab's. */
static void write_ports_alone(struct yaml *yaml, const struct iface *iface)
{
    for (unsigned i = 0; iface->options && i < iface->options->table->field_count; i++) {
        const struct field *field = &iface->options->table->fields[i];

        if (!field_is_ports(iface->options, field) || !field_is_said(iface->options, i))
            continue;
        yaml_key(yaml, field->key);
        write_ports(yaml, iface);
    }
}

static void write_iface(struct yaml *yaml, const void *of)
{
    const struct iface *iface = of;

    if (iface->kind && iface->kind != &kind_device && !(iface->kind->flags & KIND_BY_LINKS)) {
        yaml_key(yaml, table_iface.fields[IFACE_TYPE].key);
        yaml_text(yaml, iface->kind->name);
        if (iface->existing)
            write_ports_alone(yaml, iface);
        else
            write_fields(yaml, iface->options);
    }
    write_fields(yaml, iface);
}

/* Of entries that would be others if they were written, or that lose something. */
static void write_comments(struct yaml *yaml, const struct list *list, const char *fault)
{
    char ip[IP_TEXT], text[COMMENT_TEXT] = "";

    LIST_EACH (struct object, object, list) {
        if (!object->beyond)
            continue;
        if (object->table == &table_rule)
            snprintf(text, sizeof text, "rule %" PRIu32 ": %s",
                     ((const struct rule *)object)->priority, fault);
        else if (object->table == &table_route)
            snprintf(text, sizeof text, "route %s: %s",
                     prefix_text(&((const struct route *)object)->to, ip), fault);
        else if (object->table == &table_address)
            snprintf(text, sizeof text, "address %s: %s",
                     prefix_text(&((const struct address *)object)->address, ip), fault);
        else
            snprintf(text, sizeof text, "neighbor %s: %s",
                     ip_text(&((const struct neighbor *)object)->to, ip), fault);
        yaml_comment(yaml, NULL, text);
    }
}

/* How it works, where no file can say that. */
static void comment_manner(struct yaml *yaml, const struct iface *iface)
{
    struct manner_word words[MANNER_WORDS];
    struct iface plain = *iface;
    char text[COMMENT_TEXT];
    size_t count;

    plain.manner = (struct manner){0};
    count = diff_manner(iface, &plain, words);
    for (size_t i = 0; i < count; i++) {
        snprintf(text, sizeof text, "its %s is %s: no file has words for it", words[i].word,
                 words[i].is);
        yaml_comment(yaml, iface->o.name, text);
    }
}

static void comment_iface(struct yaml *yaml, const struct iface *iface)
{
    if (iface_fault(iface)) {
        yaml_comment(yaml, iface->o.name, iface_fault(iface));
        return;
    }
    comment_manner(yaml, iface);
    write_comments(yaml, &iface->addresses, "what no file has words for is left out");
    if (iface->netem && iface->netem->o.beyond)
        yaml_comment(yaml, iface->o.name, "of its netem, what no file has words for is left out");
    if (iface->qdisc)
        yaml_comment(yaml, iface->o.name, "its queueing discipline is no netem");
}

static void write_netns(struct yaml *yaml, const void *of)
{
    const char *fault = "no file has words for it";
    const struct netns *netns = of;

    LIST_EACH (struct iface, iface, &netns->interfaces)
        comment_iface(yaml, iface);
    LIST_EACH (struct iface, guest, &netns->guests)
        yaml_comment(yaml, guest->o.name, "it is not part of this lab");
    write_comments(yaml, &netns->routes, fault);
    write_comments(yaml, &netns->rules, fault);
    write_comments(yaml, &netns->neighbors, fault);
    write_fields(yaml, netns);
}

/* The value that a mapping with nothing else in it can be written as; or -1. */
static int lone_field(const struct object *object)
{
    for (unsigned i = 0; object->table->scalar >= 0 && i < object->table->field_count; i++)
        if (i != (unsigned)object->table->scalar && field_is_said(object, i))
            return -1;
    return object->table->scalar;
}

static void write_entry(struct yaml *yaml, const struct object *object)
{
    int lone = lone_field(object);

    if (lone >= 0)
        write_value(yaml, object, &object->table->fields[lone]);
    else if (object->table == &table_netns)
        yaml_map(yaml, YAML_BLOCK, write_netns, object);
    else if (object->table == &table_iface)
        yaml_map(yaml, YAML_SHORT, write_iface, object);
    else
        yaml_map(yaml, YAML_SHORT, write_fields, object);
}

void output_topology(const struct netlab_lab *lab, const char *name, FILE *out)
{
    struct yaml yaml = {.out = out};

    yaml_key(&yaml, table_lab.fields[LAB_NAME].key);
    yaml_text(&yaml, name);
    if (lab->namespaces.count) {
        yaml_space(&yaml);
        yaml_key(&yaml, table_lab.fields[LAB_NAMESPACES].key);
        yaml_map(&yaml, YAML_BLOCK, write_map, &lab->namespaces);
    }
    if (lab->links.count) {
        yaml_space(&yaml);
        yaml_key(&yaml, table_lab.fields[LAB_LINKS].key);
        yaml_list(&yaml, YAML_BLOCK, write_list, &lab->links);
    }
    yaml_end(&yaml);
}
