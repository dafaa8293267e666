/* SPDX-License-Identifier: MIT */
/*
 * Job: a plan as a shell script of ip, bridge, tc, sysctl, nft and wg commands that does the same,
 * services in the background.
 * In: ops. Out: one command a line, quoted for a POSIX shell.
 */
#include <inttypes.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/kernel.h"
#include "model/ip.h"
#include "model/text.h"
#include "model/vlan.h"
#include "output/output.h"
#include "output/script.h"

/* What is done to something that can be added, replaced, deleted. */
static const char *verb(const struct op *op)
{
    return op_removes(op) ? "del" : op->from ? "replace" : "add";
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
    fprintf(out, " rule %s%s pref %" PRIu32 " from %s", verb(op), rule->inverted ? " not" : "",
            rule->priority,
            object_has(&rule->o, RULE_FROM) ? prefix_text(&rule->from, text) : "all");
    if (object_has(&rule->o, RULE_TO))
        fprintf(out, " to %s", prefix_text(&rule->to, text));
    if (object_has(&rule->o, RULE_IIF))
        script_named(out, "iif", rule->iif.name);
    if (object_has(&rule->o, RULE_OIF))
        script_named(out, "oif", rule->oif.name);
    if (object_has(&rule->o, RULE_FWMARK))
        fprintf(out, " fwmark 0x%" PRIx32 "/0x%" PRIx32, rule->fwmark.value, rule->fwmark.mask);
    fprintf(out, " protocol %" PRIu32, rule->protocol);
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
        script_link(out, op);
        break;
    case OP_IFACE:
        script_iface(out, op);
        break;
    case OP_PORT:
        script_port(out, op);
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
    case OP_SERVICE:
        script_service(out, op);
        break;
    case OP_LISTEN:
        script_listen(out, op);
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
    for (size_t i = 0; i < plan->count; i++) {
        bool first =
            plan->ops[i].type == OP_SERVICE && (i == 0 || plan->ops[i - 1].type != OP_SERVICE);

        if (first)
            script_directory(out, lab->source.file);
        print_op(out, &plan->ops[i]);
    }
}
