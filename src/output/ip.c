/* SPDX-License-Identifier: MIT */
/*
 * Job: a plan as a shell script of ip, bridge, tc and sysctl commands that does the same.
 * In: ops. Out: one command a line, quoted for a POSIX shell.
 */
#include <inttypes.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/kernel.h"
#include "kinds/tun_options.h"
#include "model/ip.h"
#include "model/text.h"
#include "model/vlan.h"
#include "output/output.h"
#include "output/script.h"

/* Where an interface goes that is made elsewhere. */
static void netns_word(FILE *out, const struct netns *netns)
{
    if (netns->host)
        fputs(" netns $$", out); /* the namespace of the shell */
    else if (script_is_attached(netns))
        fputs(" netns ", out), script_variable(out, netns);
    else
        script_named(out, "netns", netns->o.name);
}

/* What is done to something that can be added, replaced, deleted. */
static const char *verb(const struct op *op)
{
    return op_removes(op) ? "del" : op->from ? "replace" : "add";
}

static void field_value(FILE *out, const struct field *field, const void *value)
{
    const char *choice =
        field->type == FIELD_ENUM ? choice_word(field->choices, *(const uint32_t *)value) : NULL;
    char text[IP_TEXT];

    if (field->type == FIELD_UINT && !(field->flags & FIELD_HIDDEN_CHOICES))
        choice = choice_word(field->choices, *(const uint32_t *)value);
    if (field->flags & FIELD_ON_OFF)
        fputs(*(const bool *)value ? "on" : "off", out);
    else if (field->type == FIELD_BOOL)
        fprintf(out, "%d", *(const bool *)value);
    else if (field->type == FIELD_IP)
        fputs(((const struct ip *)value)->family ? ip_text(value, text) : "any", out);
    else if (field->type == FIELD_MAC)
        fputs(mac_text(value, text), out);
    else if (field->type == FIELD_LOWER)
        script_word(out, ((const struct endpoint *)value)->name);
    else if (field->type == FIELD_STRING)
        script_word(out, *(const char *const *)value);
    else if (choice)
        fputs(choice, out);
    else
        fprintf(out, field->flags & FIELD_HEX ? "0x%" PRIx32 : "%" PRIu32,
                *(const uint32_t *)value);
}

/* Whether `noword` says the value. */
static bool is_denied(const struct object *object, const struct field *field)
{
    if (!(field->flags & FIELD_NO_WORD))
        return false;
    return field->type == FIELD_BOOL ? !*(const bool *)FIELD_AT(object, field)
                                     : field_is_initial(field, object);
}

static void field_words(FILE *out, const struct object *object, const struct field *field)
{
    bool denied = is_denied(object, field);

    if (denied && field->attribute && !field->width)
        return; /* a flag, which has no such word */
    fputs(denied ? " no" : " ", out);
    script_field_word(out, field);
    if (denied || (field->flags & FIELD_NO_WORD && field->type == FIELD_BOOL))
        return;
    putc(' ', out);
    field_value(out, field, FIELD_AT(object, field));
}

/* What is told of a kind that is told all options is what was given, and what is no longer. */
static bool is_told(const struct object *object, const struct object *seen, unsigned index,
                    bool whole)
{
    const struct field *field = &object->table->fields[index];

    if (!field_is_option(field) || field->type == FIELD_LIST ||
        field->flags & (FIELD_IP_BY_KIND | FIELD_LATE))
        return false;
    if (object_has(object, index) && (!seen || whole || field->flags & FIELD_TOLD))
        return true;
    return seen && diff_field(seen, object, index);
}

/* The fields of an object that were given and go to the kernel as they are; with `seen` only those
   that differ, or these too. What is denied comes first: `nokey ikey 1`. */
static void fields(FILE *out, const struct object *object, const struct object *seen, bool whole)
{
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < object->table->field_count; i++) {
            const struct field *field = &object->table->fields[i];

            if (is_told(object, seen, i, whole) && is_denied(object, field) == !pass)
                field_words(out, object, field);
        }
}

/* Those of its kind. */
static void options(FILE *out, const struct iface *iface, const struct object *seen)
{
    bool whole = iface->kind && iface->kind->flags & KIND_WHOLE;

    if (!iface->options)
        return;
    fields(out, iface->options, seen, whole);
    if (iface->kind->ip)
        iface->kind->ip(iface->options, whole ? NULL : seen, out);
}

static void common(FILE *out, const struct iface *iface)
{
    char mac[MAC_TEXT];

    if (iface->ifindex && iface->o.table) /* not of what is given back */
        fprintf(out, " index %" PRIu32, iface->ifindex);
    if (object_has(&iface->o, IFACE_MTU))
        fprintf(out, " mtu %" PRIu32, iface->mtu);
    if (object_has(&iface->o, IFACE_TXQUEUELEN))
        fprintf(out, " txqueuelen %" PRIu32, iface->txqueuelen);
    if (object_has(&iface->o, IFACE_MAC))
        fprintf(out, " address %s", mac_text(&iface->mac, mac));
    if (iface->link)
        fputs(" numtxqueues 1 numrxqueues 1", out);
}

/* ip can't choose its index, and says the rest in a second command. */
static void print_tun(FILE *out, const struct iface *iface)
{
    static const unsigned more[] = {IFACE_MTU, IFACE_TXQUEUELEN, IFACE_MAC};
    struct iface plain = *iface;
    bool any = iface->master;

    plain.ifindex = 0;
    script_ip(out, "ip", iface_netns(iface));
    script_named(out, "tuntap add dev", iface->o.name);
    fprintf(out, " mode %s", iface->kind->name);
    script_tun_options(out, (const struct tun *)iface->options);
    putc('\n', out);
    for (size_t i = 0; i < COUNT(more); i++)
        any = any || object_has(&iface->o, more[i]);
    if (!any)
        return;
    script_ip(out, "ip", iface_netns(iface));
    script_named(out, "link set dev", iface->o.name);
    common(out, &plain);
    if (iface->master)
        script_named(out, "master", iface->master->o.name);
    putc('\n', out);
}

static void print_link(FILE *out, const struct op *op)
{
    const struct link *link = (const struct link *)op->to;
    const struct iface *iface = link->o.table == &table_link ? link->ends[link_main(link)].iface
                                                             : (const struct iface *)op->to;
    const struct iface *peer = iface_peer(iface);
    const struct stacked *stacked = iface_stacked(iface);

    if (iface->kind->tun) {
        print_tun(out, iface);
        return;
    }
    script_ip(out, "ip", op_place(op));
    fputs(" link add", out);
    if (stacked && stacked->lower.name && !kind_lower_field(iface->kind)->attribute)
        script_named(out, "link", stacked->lower.name);
    script_named(out, "name", iface->o.name);
    common(out, iface);
    if (iface->master)
        script_named(out, "master", iface->master->o.name);
    if (peer && iface->up && !iface_is_opened(iface) && !iface->netem)
        fputs(" up", out);
    if (op_place(op) != iface_netns(iface))
        netns_word(out, iface_netns(iface));
    script_named(out, "type", iface->kind->name);
    options(out, iface, NULL);
    if (peer) {
        script_named(out, "peer name", peer->o.name);
        common(out, peer);
        if (iface_netns(peer) != iface_netns(iface))
            netns_word(out, iface_netns(peer));
    }
    putc('\n', out);
}

static void print_unlink(FILE *out, const struct op *op)
{
    const struct link *link = (const struct link *)op->from;
    const struct iface *iface = (const struct iface *)op->from;

    if (link->o.table == &table_link)
        iface = link->ends[iface_netns(link->ends[0].iface) == op->netns ? 0 : 1].iface;
    script_ip(out, "ip", op->netns);
    script_named(out, "link del dev", iface->o.name);
    putc('\n', out);
}

/* What differs, and nothing else. */
static void print_change(FILE *out, const struct op *op)
{
    const struct iface *seen = (const struct iface *)op->from;
    const struct iface *iface = (const struct iface *)op->to;
    char mac[MAC_TEXT];

    script_ip(out, "ip", op->netns);
    script_named(out, "link set dev", iface->o.name);
    if (diff_master(seen, iface) && iface_is_opened(iface))
        fputs(" down", out);
    if (diff_master(seen, iface) && iface->master)
        script_named(out, "master", iface->master->o.name);
    else if (diff_master(seen, iface))
        fputs(" nomaster", out);
    if (diff_alias(seen, iface))
        script_named(out, "alias", object_has(&iface->o, IFACE_ALIAS) ? iface->alias : "");
    if (diff_mtu(seen, iface))
        fprintf(out, " mtu %" PRIu32, iface->mtu);
    if (diff_field(&seen->o, &iface->o, IFACE_TXQUEUELEN))
        fprintf(out, " txqueuelen %" PRIu32, iface->txqueuelen);
    if (diff_field(&seen->o, &iface->o, IFACE_MAC))
        fprintf(out, " address %s", mac_text(&iface->mac, mac));
    if (seen->up != iface->up)
        fputs(iface->up ? " up" : " down", out);
    if (diff_options(seen->options, iface->options)) {
        script_named(out, "type", iface->kind->name);
        options(out, iface, seen->options);
    }
    putc('\n', out);
}

/* Options that need its members. ip can't take an interface's name back. */
static void print_late(FILE *out, const struct op *op)
{
    const struct iface *iface = (const struct iface *)op->to;
    const struct iface *seen = (const struct iface *)op->from;

    for (unsigned i = 0; i < iface->options->table->field_count; i++) {
        const struct field *field = &iface->options->table->fields[i];
        const struct ifref *ref = FIELD_AT(iface->options, field);

        if (!(field->flags & FIELD_LATE) ||
            (seen ? !diff_field(seen->options, iface->options, i) : !object_has(iface->options, i)))
            continue;
        if (ref->name) {
            script_ip(out, "ip", op->netns);
            script_named(out, "link set dev", iface->o.name);
            fprintf(out, " type %s %s", iface->kind->name, field->key);
            script_named(out, "", ref->name);
        } else {
            script_within(out, op->netns);
            fprintf(out, "sh -c 'echo >/sys/class/net/\"$1\"/bonding/%s' sh ", field->key);
            script_word(out, iface->o.name);
        }
        putc('\n', out);
    }
}

static void print_existing(FILE *out, const struct op *op)
{
    const struct iface *iface = (const struct iface *)op_object(op);
    const struct iface *values = op_removes(op) ? iface->before : iface;

    if (!values)
        return;
    script_ip(out, "ip", op->netns);
    script_named(out, "link set dev", iface->o.name);
    if (iface->master && op_removes(op))
        fputs(" nomaster", out);
    else if (iface->master)
        script_named(out, "master", iface->master->o.name);
    common(out, values);
    if (object_has(&values->o, IFACE_ALIAS))
        script_named(out, "alias", values->alias);
    if (object_has(&values->o, IFACE_UP))
        fputs(values->up ? " up" : " down", out);
    putc('\n', out);
}

static void print_iface(FILE *out, const struct op *op)
{
    const struct iface *iface = (const struct iface *)op->to;

    if (op->flags & OP_LATE) {
        print_late(out, op);
        return;
    }
    if (!op->to || (!op->from && iface->existing)) {
        print_existing(out, op);
        return;
    }
    if (op->from) {
        print_change(out, op);
        return;
    }
    script_ip(out, "ip", op->netns);
    script_named(out, "link set dev", iface->o.name);
    if (op->flags & OP_ENSLAVE) {
        script_named(out, "master", iface->master->o.name);
        putc('\n', out);
        return;
    }
    if (iface->master && iface->link && link_main(iface->link) != iface->end)
        script_named(out, "master", iface->master->o.name);
    if (object_has(&iface->o, IFACE_ALIAS))
        script_named(out, "alias", iface->alias);
    if ((!iface->kind || iface_ports(iface)) && object_has(&iface->o, IFACE_MTU))
        fprintf(out, " mtu %" PRIu32, iface->mtu);
    if (!iface->kind && object_has(&iface->o, IFACE_TXQUEUELEN))
        fprintf(out, " txqueuelen %" PRIu32, iface->txqueuelen);
    if (iface->up && !iface_is_opened(iface))
        fputs(" up", out);
    putc('\n', out);
}

static void print_port(FILE *out, const struct op *op)
{
    const struct port *port = (const struct port *)op->to;

    script_ip(out, "ip", op->netns);
    script_named(out, "link set dev", port->o.name);
    fprintf(out, " type %s_slave", port->iface->master->kind->name);
    fields(out, &port->o, op->from, false);
    putc('\n', out);
}

static void print_altname(FILE *out, const struct op *op)
{
    const struct object *object = op_object(op);

    script_ip(out, "ip", op->netns);
    script_named(out, op_removes(op) ? "link property del dev" : "link property add dev",
                 object->parent->name);
    script_named(out, "altname", ((const struct altname *)object)->altname);
    putc('\n', out);
}

static void print_address(FILE *out, const struct op *op)
{
    const struct address *address = (const struct address *)op_object(op);
    char text[IP_TEXT];

    script_ip(out, "ip", op->netns);
    fprintf(out, " addr %s", verb(op));
    if (object_has(&address->o, ADDRESS_PEER)) {
        fprintf(out, " %s", ip_text(&address->address.ip, text));
        fprintf(out, " peer %s/%u", ip_text(&address->peer.ip, text), address->peer.length);
    } else {
        fprintf(out, " %s/%u", ip_text(&address->address.ip, text), address->address.length);
    }
    script_named(out, "dev", address->o.parent->name);
    if (op_removes(op)) {
        putc('\n', out);
        return;
    }
    if (address->broadcast.family)
        fprintf(out, " brd %s", ip_text(&address->broadcast, text));
    if (address->label)
        script_named(out, "label", address->label);
    fprintf(out, " scope %" PRIu32, address->scope);
    if (address->lifetime == 0)
        fputs(" valid_lft forever preferred_lft 0", out);
    else if (address->lifetime != LIFETIME_FOREVER)
        fprintf(out, " valid_lft %" PRIu32 " preferred_lft %" PRIu32, address->lifetime,
                address->lifetime);
    if (address->address.ip.family == AF_INET6 && !address->dad)
        fputs(" nodad", out);
    if (address->noprefixroute)
        fputs(" noprefixroute", out);
    putc('\n', out);
}

static void hop(FILE *out, const struct route *route, const struct ip *via, const struct ifref *dev)
{
    char text[IP_TEXT];

    if (via->family)
        fprintf(out, " via %s%s",
                via->family == AF_INET6 && route->to.ip.family == AF_INET ? "inet6 " : "",
                ip_text(via, text));
    if (dev->name)
        script_named(out, "dev", dev->name);
}

static void print_route(FILE *out, const struct op *op)
{
    const struct route *route = (const struct route *)op_object(op);
    const char *onlink = route->onlink ? " onlink" : "";
    char text[IP_TEXT];

    script_ip(out, route->to.ip.family == AF_INET6 ? "ip -6" : "ip -4", op->netns);
    fprintf(out, " route %s %s %s", verb(op), choice_word(choices_route_type, route->type),
            prefix_text(&route->to, text));
    hop(out, route, &route->via, &route->dev);
    fprintf(out, "%s table %" PRIu32 " proto %d", route->nexthops.count ? "" : onlink, route->table,
            NETLAB_PROTOCOL);
    if (route->to.ip.family == AF_INET)
        fprintf(out, " scope %" PRIu32, route->scope);
    if (object_has(&route->o, ROUTE_METRIC))
        fprintf(out, " metric %" PRIu32, route->metric);
    if (route->src.family)
        fprintf(out, " src %s", ip_text(&route->src, text));
    if (object_has(&route->o, ROUTE_MTU))
        fprintf(out, " mtu %" PRIu32, route->mtu);
    if (object_has(&route->o, ROUTE_ADVMSS))
        fprintf(out, " advmss %" PRIu32, route->advmss);
    LIST_EACH (struct nexthop, next, &route->nexthops) {
        fputs(" nexthop", out);
        hop(out, route, &next->via, &next->dev);
        fprintf(out, " weight %" PRIu32 "%s", next->weight, onlink);
    }
    putc('\n', out);
}

static void print_rule(FILE *out, const struct op *op)
{
    const struct rule *rule = (const struct rule *)op_object(op);
    char text[IP_TEXT];

    script_ip(out, rule->family == AF_INET6 ? "ip -6" : "ip -4", op->netns);
    fprintf(out, " rule %s pref %" PRIu32 " from %s", verb(op), rule->priority,
            object_has(&rule->o, RULE_FROM) ? prefix_text(&rule->from, text) : "all");
    if (object_has(&rule->o, RULE_TO))
        fprintf(out, " to %s", prefix_text(&rule->to, text));
    if (object_has(&rule->o, RULE_IIF))
        script_named(out, "iif", rule->iif.name);
    if (object_has(&rule->o, RULE_OIF))
        script_named(out, "oif", rule->oif.name);
    if (object_has(&rule->o, RULE_FWMARK))
        fprintf(out, " fwmark 0x%" PRIx32 "/0x%" PRIx32, rule->fwmark.value, rule->fwmark.mask);
    fprintf(out, " protocol %d", NETLAB_PROTOCOL);
    if (rule->action == FR_ACT_TO_TBL)
        fprintf(out, " lookup %" PRIu32, rule->table);
    else
        fprintf(out, " %s", choice_word(choices_action, rule->action));
    putc('\n', out);
}

static void print_neighbor(FILE *out, const struct op *op)
{
    const struct neighbor *neighbor = (const struct neighbor *)op_object(op);
    char text[IP_TEXT], mac[MAC_TEXT];

    script_ip(out, "ip", op->netns);
    fprintf(out, " neigh %s %s lladdr %s", verb(op), ip_text(&neighbor->to, text),
            mac_text(&neighbor->mac, mac));
    script_named(out, "dev", neighbor->dev.name);
    fputs(" nud permanent\n", out);
}

static void print_setting(FILE *out, const char *path, const char *value)
{
    char text[512];

    snprintf(text, sizeof text, "%s=%s", path, value);
    putc(' ', out);
    script_word(out, text);
}

static void print_sysctl(FILE *out, const struct op *op)
{
    const struct sysctl *sysctl = (const struct sysctl *)op_object(op);
    const char *value = op_removes(op) ? sysctl->before : sysctl->value;

    if (!value)
        return;
    script_within(out, op->netns);
    fprintf(out, "sysctl -qw%s", op->flags & OP_OPTIONAL ? "e" : "");
    print_setting(out, sysctl->path, value);
    putc('\n', out);
}

/* What netlab does to every namespace that it makes, as a function of the script. */
static void print_preset(FILE *out, const struct default_sysctl *preset)
{
    fputs("fresh() {\n    ip netns add \"$1\"\n    ip netns exec \"$1\" sysctl -qwe", out);
    for (; preset->path; preset++) {
        fputs(" \\\n       ", out);
        print_setting(out, preset->path, preset->value);
    }
    fputs("\n}\n", out);
}

static void print_netns(FILE *out, const struct op *op)
{
    fputs(op_removes(op) ? "ip netns del " : "fresh ", out);
    script_word(out, op_object(op)->name);
    putc('\n', out);
}

static void print_op(FILE *out, const struct op *op)
{
    switch (op->type) {
    case OP_NETNS:
        print_netns(out, op);
        break;
    case OP_SYSCTL:
        print_sysctl(out, op);
        break;
    case OP_LINK:
        if (op_removes(op))
            print_unlink(out, op);
        else
            print_link(out, op);
        break;
    case OP_IFACE:
        print_iface(out, op);
        break;
    case OP_PORT:
        print_port(out, op);
        break;
    case OP_QDISC:
        script_qdisc(out, op);
        break;
    case OP_VLAN:
        script_vlan(out, op);
        break;
    case OP_ALTNAME:
        print_altname(out, op);
        break;
    case OP_ADDRESS:
        print_address(out, op);
        break;
    case OP_ROUTE:
        print_route(out, op);
        break;
    case OP_RULE:
        print_rule(out, op);
        break;
    case OP_NEIGHBOR:
        print_neighbor(out, op);
        break;
    case OP_NFTABLES:
        script_nftables(out, op);
        break;
    case OP_DEVICE:
        script_wireguard(out, op);
        break;
    case OP_PEER:
        script_peer(out, op);
        break;
    case OP_READY:
    case OP_NAME:
        break; /* `ip netns add` has named it; the kernel gets ready by itself, a little later */
    }
}

/* Where attached namespaces are; what the command line is to tell, whoever runs it tells. */
static void print_attached(FILE *out, const struct netns *netns)
{
    const struct attach *attach = netns->attach;

    if (!attach)
        return;
    fprintf(out, "# namespace %s: netns_%zu is its path\n", netns->o.name, netns->index);
    if (attach->later)
        return;
    fprintf(out, "netns_%zu=", netns->index);
    if (attach->path)
        script_word(out, attach->path);
    else if (attach->name)
        fputs("/run/netns/", out), script_word(out, attach->name);
    else
        fprintf(out, "/proc/%" PRIu32 "/ns/net", attach->pid);
    putc('\n', out);
}

static bool makes_netns(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->ops[i].type == OP_NETNS && !op_removes(&plan->ops[i]))
            return true;
    return false;
}

void output_plan_ip(const struct netlab_lab *lab, const struct plan *plan,
                    const struct default_sysctl *preset, FILE *out)
{
    fprintf(out, "#!/bin/sh -e\n# lab %s, as `netlab plan --format ip` wrote it\n", lab->name);
    LIST_EACH (struct netns, netns, &lab->namespaces)
        print_attached(out, netns);
    if (makes_netns(plan))
        print_preset(out, preset);
    for (size_t i = 0; i < plan->count; i++)
        print_op(out, &plan->ops[i]);
}
