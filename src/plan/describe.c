/* SPDX-License-Identifier: MIT */
/*
 * Job: ops in words, for people: `plan`, `up -v`, error messages.
 * In: an op. Out: one line of text, in iproute2's terms; its place in the file.
 */
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kinds/physical.h"
#include "kinds/wireguard.h"
#include "model/ip.h"
#include "model/ruleset.h"
#include "model/text.h"
#include "model/vlan.h"
#include "plan/plan.h"

const char *op_type_name(enum op_type type)
{
    static const char *const names[] = {
        [OP_NETNS] = "namespace", [OP_SYSCTL] = "sysctl",     [OP_LINK] = "link",
        [OP_IFACE] = "interface", [OP_PORT] = "port",         [OP_VLAN] = "vlan",
        [OP_ALTNAME] = "altname", [OP_ADDRESS] = "address",   [OP_ROUTE] = "route",
        [OP_RULE] = "rule",       [OP_READY] = "ready",       [OP_NEIGHBOR] = "neighbor",
        [OP_NAME] = "name",       [OP_QDISC] = "netem",       [OP_DEVICE] = "keys",
        [OP_PEER] = "peer",       [OP_NFTABLES] = "nftables", [OP_SERVICE] = "service",
        [OP_LISTEN] = "ready",
    };

    return names[type];
}

/* Of the first field that differs, and stands in the file. */
static struct mark field_mark(const struct object *seen, const struct object *object)
{
    for (unsigned i = 0; seen && object && object->marks && i < object->table->field_count; i++)
        if (diff_field(seen, object, i) && object->marks[i].line)
            return object->marks[i];
    return (struct mark){0};
}

static struct mark change_mark(const struct op *op)
{
    const struct iface *seen = (const struct iface *)op->from;
    const struct iface *iface = (const struct iface *)op->to;
    struct mark mark = field_mark(op->from, op->to);

    if (op->type == OP_IFACE && !mark.line)
        mark = field_mark(seen->options, iface->options);
    if (op->type == OP_IFACE && !mark.line && diff_alias(seen, iface))
        mark = object_mark(&iface->o, IFACE_ALIAS);
    if (op->type == OP_IFACE && !mark.line && seen->up != iface->up)
        mark = object_mark(&iface->o, IFACE_UP);
    return mark.line ? mark : op->to->mark;
}

struct mark op_mark(const struct op *op)
{
    const struct object *object = op_object(op);

    if (op->from && op->to && (op->type == OP_IFACE || op->type == OP_PORT))
        return change_mark(op);
    if (op->from && op->to && op->type == OP_QDISC && field_mark(op->from, op->to).line)
        return field_mark(op->from, op->to);
    if (op->type == OP_SERVICE || op->type == OP_LISTEN)
        return object_mark(object, op->type == OP_LISTEN ? SERVICE_READY : SERVICE_RUN);
    if (op->type == OP_ADDRESS)
        return object_mark(object, ADDRESS_ADDRESS);
    if (op->type == OP_ROUTE && object_has(object, ROUTE_VIA))
        return object_mark(object, ROUTE_VIA);
    if (op->type == OP_ROUTE)
        return object_mark(object, ROUTE_TO);
    if (op->type == OP_NFTABLES)
        return ((const struct ruleset *)object)->tables.count
                   ? ((const struct ruleset *)object)->tables.first->mark
                   : object->mark;
    if (op->type == OP_SYSCTL && object->marks)
        return object_mark(object, SYSCTL_VALUE);
    return object->mark;
}

static void in_netns(const struct op *op, FILE *out)
{
    if (op->netns->host)
        fputs(" in the host's namespace", out);
    else
        fprintf(out, " in namespace %s", op->netns->o.name);
}

static void describe_end(const struct iface *iface, FILE *out)
{
    fprintf(out, "%s:%s", iface_netns(iface)->o.name, iface->o.name);
    if (iface->master)
        fprintf(out, " (port of %s)", iface->master->o.name);
}

static void describe_link(const struct op *op, FILE *out)
{
    const struct object *object = op_object(op);
    const struct iface *iface = (const struct iface *)object;

    if (object->table == &table_link) {
        fputs("veth ", out);
        describe_end(((const struct link *)object)->ends[0].iface, out);
        fputs(" -- ", out);
        describe_end(((const struct link *)object)->ends[1].iface, out);
        return;
    }
    fprintf(out, "%s %s", iface->kind ? iface->kind->name : "interface", iface->o.name);
    if (iface_is_moved(iface))
        fprintf(out, " device %s", iface_physical(iface)->device);
    in_netns(op, out);
}

/* What differs, and nothing else. */
static void describe_change(const struct iface *seen, const struct iface *iface, FILE *out)
{
    char mac[MAC_TEXT];
    struct manner_word words[MANNER_WORDS];

    if (diff_master(seen, iface) && iface->master)
        fprintf(out, " master %s", iface->master->o.name);
    else if (diff_master(seen, iface))
        fputs(" nomaster", out);
    for (size_t i = 0, count = diff_manner(seen, iface, words); i < count; i++)
        fprintf(out, " %s %s", words[i].word, words[i].should);
    if (diff_field(&seen->o, &iface->o, IFACE_MTU))
        fprintf(out, " mtu %u", iface->mtu);
    if (diff_field(&seen->o, &iface->o, IFACE_MAC))
        fprintf(out, " address %s", mac_text(&iface->mac, mac));
    if (diff_field(&seen->o, &iface->o, IFACE_TXQUEUELEN))
        fprintf(out, " txqueuelen %u", iface->txqueuelen);
    if (diff_alias(seen, iface))
        fprintf(out, " alias '%s'", object_has(&iface->o, IFACE_ALIAS) ? iface->alias : "");
    for (unsigned i = 0; iface->options && i < iface->options->table->field_count; i++) {
        const struct field *field = &iface->options->table->fields[i];

        if (field_is_option(field) && !(field->flags & FIELD_LATE) && seen->options &&
            diff_field(seen->options, iface->options, i))
            fprintf(out, " %s", field->key);
    }
    if (seen->up != iface->up)
        fputs(iface->up ? " up" : " down", out);
}

/* Options that need its members. */
static void describe_late(const struct op *op, FILE *out)
{
    const struct object *options = ((const struct iface *)op_object(op))->options;

    for (unsigned i = 0; i < options->table->field_count; i++)
        if (options->table->fields[i].flags & FIELD_LATE)
            fprintf(out, " %s", options->table->fields[i].key);
}

/* What a device that exists is given, or gets back. */
static void describe_values(const struct iface *values, FILE *out)
{
    char mac[MAC_TEXT];

    if (object_has(&values->o, IFACE_MTU))
        fprintf(out, " mtu %u", values->mtu);
    if (object_has(&values->o, IFACE_MAC))
        fprintf(out, " address %s", mac_text(&values->mac, mac));
    if (object_has(&values->o, IFACE_TXQUEUELEN))
        fprintf(out, " txqueuelen %u", values->txqueuelen);
    if (object_has(&values->o, IFACE_ALIAS))
        fprintf(out, " alias '%s'", values->alias);
    if (object_has(&values->o, IFACE_UP))
        fputs(values->up ? " up" : " down", out);
}

static void describe_existing(const struct op *op, const struct iface *iface, FILE *out)
{
    const struct iface *values = op_removes(op) ? iface->before : iface;

    if (iface->master && op_removes(op))
        fputs(" nomaster", out);
    else if (iface->master)
        fprintf(out, " master %s", iface->master->o.name);
    if (values)
        describe_values(values, out);
    in_netns(op, out);
}

static void describe_iface(const struct op *op, FILE *out)
{
    const struct iface *iface = (const struct iface *)op_object(op);

    if (op->flags & OP_LATE) {
        fprintf(out, "interface %s", iface->o.name);
        describe_late(op, out);
        in_netns(op, out);
        return;
    }
    if (op->from && op->to) {
        fprintf(out, "interface %s", iface->o.name);
        describe_change((const struct iface *)op->from, iface, out);
        in_netns(op, out);
        return;
    }
    fprintf(out, "interface %s", iface->o.name);
    if (op->flags & OP_ENSLAVE) {
        fprintf(out, " master %s", iface->master->o.name);
        in_netns(op, out);
        return;
    }
    if (iface->existing) {
        describe_existing(op, iface, out);
        return;
    }
    if (iface->up)
        fputs(" up", out);
    if (iface->master)
        fprintf(out, " master %s", iface->master->o.name);
    if (object_has(&iface->o, IFACE_ALIAS))
        fprintf(out, " alias '%s'", iface->alias);
    in_netns(op, out);
}

static void describe_hop(const struct ip *via, const struct ifref *dev, FILE *out)
{
    char text[IP_TEXT];

    if (via->family != AF_UNSPEC)
        fprintf(out, " via %s", ip_text(via, text));
    if (dev->name)
        fprintf(out, " dev %s", dev->name);
}

static void describe_route(const struct op *op, FILE *out)
{
    const struct route *route = (const struct route *)op_object(op);
    char text[IP_TEXT];

    fputs("route ", out);
    if (route->type != RTN_UNICAST && choice_word(choices_route_type, route->type))
        fprintf(out, "%s ", choice_word(choices_route_type, route->type));
    fputs(prefix_text(&route->to, text), out);
    if (route->from.length)
        fprintf(out, " from %s", prefix_text(&route->from, text));
    describe_hop(&route->via, &route->dev, out);
    LIST_EACH (struct nexthop, hop, &route->nexthops) {
        fputs(" nexthop", out);
        describe_hop(&hop->via, &hop->dev, out);
    }
    if (object_has(&route->o, ROUTE_TABLE))
        fprintf(out, " table %u", route->table);
    if (object_has(&route->o, ROUTE_METRIC))
        fprintf(out, " metric %u", route->metric);
    in_netns(op, out);
}

static void describe_rule(const struct op *op, FILE *out)
{
    const struct rule *rule = (const struct rule *)op_object(op);
    char text[IP_TEXT];

    fprintf(out, "rule %u: %sfrom %s", rule->priority, rule->inverted ? "not " : "",
            object_has(&rule->o, RULE_FROM) ? prefix_text(&rule->from, text) : "all");
    if (object_has(&rule->o, RULE_TO))
        fprintf(out, " to %s", prefix_text(&rule->to, text));
    if (object_has(&rule->o, RULE_IIF))
        fprintf(out, " iif %s", rule->iif.name);
    if (object_has(&rule->o, RULE_OIF))
        fprintf(out, " oif %s", rule->oif.name);
    if (object_has(&rule->o, RULE_FWMARK))
        fprintf(out, " fwmark 0x%x/0x%x", rule->fwmark.value, rule->fwmark.mask);
    if (rule->action == 1) /* FR_ACT_TO_TBL */
        fprintf(out, " lookup %u", rule->table);
    else if (choice_word(choices_action, rule->action))
        fprintf(out, " %s", choice_word(choices_action, rule->action));
    in_netns(op, out);
}

static void describe_setting(const struct field *field, const struct object *object, FILE *out)
{
    const uint32_t *value = FIELD_AT(object, field);
    char text[DURATION_TEXT];

    fprintf(out, " %s ", field->key);
    if (field->type == FIELD_DURATION)
        fputs(duration_text((uint64_t)*value * field->unit, text), out);
    else if (field->type == FIELD_PERCENT)
        fputs(percent_text(*value, text), out);
    else if (field->type == FIELD_RATE)
        fputs(rate_text(*(const uint64_t *)(const void *)value, text), out);
    else if (field->type == FIELD_ENUM)
        fputs(choice_word(field->choices, *value), out);
    else
        fprintf(out, "%u", *value);
}

/* What it does; of one that changes, what differs. */
static void describe_netem(const struct netem *netem, const struct netem *from, FILE *out)
{
    if (netem->other) {
        fprintf(out, "qdisc %s", netem->other);
        return;
    }
    fputs("netem", out);
    for (unsigned i = 0; i < NETEM_FIELDS; i++)
        if (from && from != netem ? diff_field(&from->o, &netem->o, i)
                                  : !field_is_initial(&table_netem.fields[i], &netem->o))
            describe_setting(&table_netem.fields[i], &netem->o, out);
}

static void describe_vlan(const struct op *op, FILE *out)
{
    const struct vlan *vlan = (const struct vlan *)op_object(op);
    char text[VLANS_TEXT];

    fprintf(out, "vlan %s", vlans_text(&vlan->id, text));
    if (vlan->pvid && !op_takes_vlan(op))
        fputs(" pvid", out);
    if (vlan->untagged && !op_takes_vlan(op))
        fputs(" untagged", out);
    fprintf(out, " %s %s", op->from || vlan->absent ? "of" : "to", vlan->o.parent->name);
    in_netns(op, out);
}

/* By its name, or its public key. */
static void describe_peer(const struct wireguard_peer *peer, FILE *out)
{
    char text[KEY_TEXT];

    if (peer->iface)
        fprintf(out, "peer %s:%s", iface_netns(peer->iface)->o.name, peer->iface->o.name);
    else
        fprintf(out, "peer %s", key_text(&peer->public_key, text));
}

/* "inet fw, ip nat" */
static void describe_tables(const struct ruleset *ruleset, FILE *out)
{
    const char *before = ruleset->tables.count == 1 ? "table " : "tables ";

    LIST_EACH (struct nft_table, table, &ruleset->tables) {
        fprintf(out, "%s%s %s", before, table->family, table->o.name);
        before = ", ";
    }
}

static void describe_peer_op(const struct op *op, const struct wireguard_peer *peer, FILE *out)
{
    if (op->flags & OP_KEEPALIVE)
        fputs("keepalive of ", out);
    describe_peer(peer, out);
    fprintf(out, " %s %s", op->from ? "of" : "to", peer_iface(peer)->o.name);
}

static void describe_service(const struct op *op, const struct service *service, FILE *out)
{
    fprintf(out, "service %s", service->o.name);
    if (op->type == OP_LISTEN)
        fprintf(out, " on %s", service->ready);
}

static void describe_neighbor(const struct neighbor *neighbor, FILE *out)
{
    static const struct mac none;
    char text[IP_TEXT], mac[MAC_TEXT];

    fprintf(out, "%sneighbor %s", neighbor->proxy ? "proxy " : "", ip_text(&neighbor->to, text));
    if (memcmp(&neighbor->mac, &none, sizeof none) != 0)
        fprintf(out, " lladdr %s", mac_text(&neighbor->mac, mac));
    fprintf(out, " dev %s", neighbor->dev.name);
}

static void describe_rest(const struct op *op, FILE *out)
{
    const struct object *object = op_object(op);
    const struct sysctl *sysctl = (const struct sysctl *)object;
    char text[IP_TEXT];

    switch (op->type) {
    case OP_NETNS:
    case OP_NAME:
        fprintf(out, "namespace %s", object->name);
        return;
    case OP_READY:
        fputs("interfaces", out);
        break;
    case OP_SYSCTL:
        fprintf(out, "sysctl %s = %s", sysctl->path,
                op_removes(op) && sysctl->before ? sysctl->before : sysctl->value);
        break;
    case OP_PORT:
        fprintf(out, "options of port %s", object->name);
        break;
    case OP_QDISC:
        describe_netem((const struct netem *)object, (const struct netem *)op->from, out);
        fprintf(out, " %s %s", op->from ? "of" : "to", object->parent->name);
        break;
    case OP_ALTNAME:
        fprintf(out, "altname %s of %s", ((const struct altname *)object)->altname,
                object->parent->name);
        break;
    case OP_ADDRESS:
        fprintf(out, "address %s %s %s",
                prefix_text(&((const struct address *)object)->address, text),
                op->from ? "of" : "to", object->parent->name);
        break;
    case OP_NFTABLES:
        fputs("nftables ", out);
        describe_tables((const struct ruleset *)object, out);
        break;
    case OP_DEVICE:
        fprintf(out, "keys of wireguard %s", object->name);
        break;
    case OP_PEER:
        describe_peer_op(op, (const struct wireguard_peer *)object, out);
        break;
    case OP_SERVICE:
    case OP_LISTEN:
        describe_service(op, (const struct service *)object, out);
        break;
    case OP_NEIGHBOR:
        describe_neighbor((const struct neighbor *)object, out);
        break;
    case OP_LINK:
    case OP_IFACE:
    case OP_VLAN:
    case OP_ROUTE:
    case OP_RULE:
        break;
    }
    in_netns(op, out);
}

void op_describe_object(const struct op *op, FILE *out)
{
    if (op->type == OP_LINK)
        describe_link(op, out);
    else if (op->type == OP_IFACE)
        describe_iface(op, out);
    else if (op->type == OP_VLAN)
        describe_vlan(op, out);
    else if (op->type == OP_ROUTE)
        describe_route(op, out);
    else if (op->type == OP_RULE)
        describe_rule(op, out);
    else
        describe_rest(op, out);
}

static const char *verb_of(const struct op *op)
{
    static const char *const verbs[] = {
        [OP_NETNS] = "create",  [OP_SYSCTL] = "set",    [OP_LINK] = "create",  [OP_IFACE] = "set",
        [OP_PORT] = "set",      [OP_VLAN] = "add",      [OP_ALTNAME] = "add",  [OP_ADDRESS] = "add",
        [OP_ROUTE] = "add",     [OP_RULE] = "add",      [OP_NEIGHBOR] = "add", [OP_READY] = "ready",
        [OP_NAME] = "name",     [OP_QDISC] = "add",     [OP_DEVICE] = "set",   [OP_PEER] = "add",
        [OP_NFTABLES] = "load", [OP_SERVICE] = "start", [OP_LISTEN] = "await",
    };

    if (op->type == OP_VLAN && op_takes_vlan(op))
        return "remove";
    if (op->type == OP_SERVICE && op->from)
        return op->to ? "restart" : "end";
    if (op_removes(op) && op->type != OP_VLAN)
        return op->type == OP_SYSCTL || op->type == OP_IFACE ? "restore"
               : op->type == OP_NAME                         ? "unname"
                                                             : "remove";
    if (op->from && (op->type == OP_ROUTE || op->type == OP_NEIGHBOR || op->type == OP_NFTABLES))
        return "replace";
    if (op->from && op->to &&
        (op->type == OP_IFACE || op->type == OP_VLAN || op->type == OP_QDISC ||
         op->type == OP_PEER))
        return "change";
    return verbs[op->type];
}

void op_describe(const struct op *op, FILE *out)
{
    fprintf(out, "%s ", verb_of(op));
    op_describe_object(op, out);
}
