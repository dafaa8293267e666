/* SPDX-License-Identifier: MIT */
/*
 * Job: names → pointers.
 * In: the structs as read. Out: the same, connected; complaints about names that lead nowhere or to
 * what can not be meant.
 */
#include "parse/resolve.h"

#include <string.h>

#include "base/similar.h"
#include "kinds/kind.h"
#include "model/text.h"
#include "parse/fields.h"
#include "parse/scalar.h"

enum { STACK_MAX = 8 }; /* MAX_NEST_DEV, include/linux/netdevice.h */

void hint_list(struct parse *p, const struct list *list, const char *word)
{
    const char **names;
    size_t count = 0;

    if (!wants_hints(p))
        return;
    names = arena_array(p->scratch, list->count + 1, sizeof *names);
    if (!names)
        return; /* it is only a hint */
    LIST_EACH (struct object, object, list)
        if (object->name)
            names[count++] = object->name;
    report_similar(p->report, word, names);
}

void hint_iface(struct parse *p, const struct netns *netns, const char *name)
{
    hint_list(p, &netns->interfaces, name);
}

/* Add an interface that the file does not declare. */
static struct iface *make_iface(struct parse *p, struct netns *netns, const char *name,
                                struct mark mark)
{
    struct iface *iface = (struct iface *)object_new(p, &table_iface, &netns->o, name, mark);

    if (!iface || strmap_add(&netns->names, p->lab->arena, name, iface) < 0)
        return NULL;
    list_append(&netns->interfaces, &iface->o);
    return iface;
}

static void name_existing(struct parse *p, struct iface *iface)
{
    const struct netns *netns = iface_netns(iface);

    if (!iface->existing || strcmp(iface->o.name, "lo") == 0)
        return;
    if (!netns->foreign) {
        set_broken(iface);
        ERROR(p, iface->o.marks[IFACE_EXISTING],
              "nothing exists in namespace %s before netlab makes it", netns->o.name);
        HINT(p, "'existing' is for host and attached namespaces");
    }
    if (!iface->kind && !iface->o.marks[IFACE_TYPE].line)
        iface->kind = &kind_device;
}

static int name_ifaces(struct parse *p, struct netns *netns)
{
    LIST_EACH (struct iface, iface, &netns->interfaces) {
        iface->o.parent = &netns->o;
        name_existing(p, iface);
        if (strmap_add(&netns->names, p->lab->arena, iface->o.name, iface) == -ENOMEM)
            return -ENOMEM;
    }
    netns->lo = netns_iface(netns, "lo");
    if (netns->lo && netns->foreign && !netns->host)
        netns->lo->existing = true;
    if (!netns->lo && !netns->foreign) {
        netns->lo = make_iface(p, netns, "lo", netns->o.mark);
        if (!netns->lo)
            return -ENOMEM;
    }
    return 0;
}

static int name_all(struct parse *p)
{
    struct netlab_lab *lab = p->lab;
    struct use defaults = use_find(p->root, "defaults");
    struct use body = {0};
    size_t index = 0;

    if (defaults.node)
        body = use_find(defaults, "namespaces");
    LIST_EACH (struct netns, netns, &lab->namespaces) {
        netns->o.parent = &lab->o;
        netns->index = index++;
        netns->host = strcmp(netns->o.name, "host") == 0;
        netns->foreign = netns->host || netns->o.marks[NETNS_ATTACH].line;
        if (netns->host)
            lab->host = netns;
        if (strmap_add(&lab->names, lab->arena, netns->o.name, netns) == -ENOMEM)
            return -ENOMEM;
        if (body.node && !netns->foreign && object_default(p, &netns->o, body) < 0)
            return -ENOMEM;
        if (name_ifaces(p, netns) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* The namespace that the writer of an unknown name may have meant. */
static struct netns *similar_netns(struct parse *p, const char *name)
{
    const struct list *list = &p->lab->namespaces;
    const char **names = arena_array(p->scratch, list->count + 1, sizeof *names);
    const char *near;
    size_t count = 0;

    if (!names)
        return NULL; /* it is only a hint */
    LIST_EACH (struct netns, netns, list)
        names[count++] = netns->o.name;
    near = similar_word(name, names);
    return near ? strmap_get(&p->lab->names, near) : NULL;
}

/*
 * An end's namespace. Where there is none that is complained about, and the end goes to the one
 * that was meant, so that the interface is there for others to name; NULL: none.
 */
static struct netns *end_netns(struct parse *p, struct link *link, struct endpoint *end)
{
    struct netns *netns;

    if (!end->netns || !end->name) {
        p->links_open = true;
        return NULL;
    }
    netns = strmap_get(&p->lab->names, end->netns);
    if (netns)
        return netns;
    set_broken(link);
    if (is_open(p->lab))
        return NULL;
    if (strcmp(end->netns, "host") == 0) {
        ERROR(p, end->mark, "'host' is not declared");
        HINT(p, "add 'host:' under 'namespaces' to use the namespace that netlab runs in");
        return NULL;
    }
    ERROR(p, end->mark, "no namespace '%s'", end->netns);
    p->links_open |= !wants_hints(p);
    netns = wants_hints(p) ? similar_netns(p, end->netns) : NULL;
    if (!netns)
        return NULL;
    HINT(p, "did you mean '%s'?", netns->o.name);
    end->netns = netns->o.name;
    return netns;
}

static bool has_bad_type(const struct iface *iface)
{
    return !iface->kind && iface->o.marks[IFACE_TYPE].line;
}

/* Whether an interface that is there can become the end of a link. */
static bool end_is_free(struct parse *p, const struct link *link, const struct endpoint *end,
                        const struct iface *iface)
{
    const char *ns = end->netns, *name = end->name;

    if (has_bad_type(iface))
        return false;
    if (iface->link == link) {
        ERROR(p, end->mark, "both ends of the link are %s:%s", ns, name);
    } else if (iface->link) {
        ERROR(p, end->mark, "interface %s of namespace %s is an end of two links", name, ns);
        HINT(p, "the other one is on line %u", iface->link->ends[iface->end].mark.line);
    } else if (strcmp(name, "lo") == 0) {
        ERROR(p, end->mark, "lo of namespace %s can not be an end of a link", ns);
    } else if (iface->kind) {
        ERROR(p, end->mark,
              "interface %s of namespace %s has type %s; it can not be an end of a "
              "link",
              name, ns, iface->kind->name);
        if (iface->kind->flags & KIND_MEMBERS)
            HINT(p, "give the link an end of its own, and name that under 'ports' of %s", name);
        else
            HINT(p, "the end of a link is a veth: leave out 'type', or name another interface");
    } else {
        return true;
    }
    return false;
}

static void set_end(struct link *link, unsigned end, struct iface *iface)
{
    iface->kind = &kind_veth;
    iface->link = link;
    iface->end = end;
    link->ends[end].iface = iface;
}

/* What exists and is an end of a link must be what links plug into: the kernel is asked. */
static int plug_into(struct parse *p, struct iface *iface)
{
    const struct kind *const *kind = kinds;

    while (!((*kind)->flags & KIND_PLUG))
        kind++;
    iface->kind = *kind;
    iface->options = object_new(p, (*kind)->options, &iface->o, NULL, iface->o.mark);
    return iface->options ? 0 : -ENOMEM;
}

/* An end that is an interface of its own: not a plug. */
static int resolve_end(struct parse *p, struct link *link, unsigned index)
{
    struct endpoint *end = &link->ends[index];
    struct netns *netns = end_netns(p, link, end);
    struct iface *iface = netns ? netns_iface(netns, end->name) : NULL;
    const char *fault;

    if (iface && iface->kind == &kind_device && plug_into(p, iface) < 0)
        return -ENOMEM;
    if (!netns || (iface && iface->kind && (iface->kind->flags & KIND_PLUG)))
        return 0;
    if (iface) {
        if (end_is_free(p, link, end, iface))
            set_end(link, index, iface);
        else
            set_broken(link);
        return 0;
    }
    fault = ifname_fault(end->name);
    if (fault) {
        set_broken(link);
        ERROR(p, end->mark, "the interface name '%s' %s", end->name, fault);
    }
    iface = make_iface(p, netns, end->name, end->mark);
    if (!iface)
        return -ENOMEM;
    set_end(link, index, iface);
    return 0;
}

/* An end that names a bridge: make the port. */
static int resolve_plug(struct parse *p, struct link *link, unsigned index)
{
    struct endpoint *end = &link->ends[index], *far = &link->ends[!index];
    struct netns *netns = end->netns ? strmap_get(&p->lab->names, end->netns) : NULL;
    struct iface *bridge = netns ? netns_iface(netns, end->name) : NULL;
    char text[PORT_NAME_TEXT];
    struct iface *port;
    const char *name;

    if (!bridge || !bridge->kind || !(bridge->kind->flags & KIND_PLUG) || end->iface)
        return 0;
    if (!far->netns || !strmap_get(&p->lab->names, far->netns) || ifname_fault(far->name)) {
        set_open(netns);
        return 0; /* complained about: what it would be called is not known */
    }
    name = arena_strdup(p->lab->arena, port_name_text(far->netns, far->name, text));
    if (!name)
        return -ENOMEM;
    port = netns_iface(netns, name);
    if (port && (port->kind || port->link || has_bad_type(port) || port == netns->lo)) {
        set_broken(link);
        ERROR(p, end->mark,
              "the port for this end would be called '%s', but another interface "
              "of namespace %s is",
              name, netns->o.name);
        HINT(p, "name the port: write %s:NAME here, and NAME under 'ports' of %s", netns->o.name,
             bridge->o.name);
        return 0;
    }
    if (!port)
        port = make_iface(p, netns, name, end->mark);
    if (!port)
        return -ENOMEM;
    set_end(link, index, port);
    port->made_port = true;
    port->master = bridge;
    return 0;
}

/* Each end has a netem of its own. */
static int inherit_netem(struct parse *p, const struct link *link, struct iface *iface)
{
    struct netem *netem = ARENA_NEW(p->lab->arena, struct netem);

    if (!netem)
        return -ENOMEM;
    *netem = *link->netem;
    netem->o.parent = &iface->o;
    object_inherit(&iface->o, IFACE_NETEM, &netem, sizeof netem, link->o.marks[LINK_NETEM]);
    return 0;
}

static int resolve_links(struct parse *p)
{
    const struct list *links = &p->lab->links;

    p->links_open |= is_open(p->lab);
    LIST_EACH (struct link, link, links) {
        link->o.parent = &p->lab->o;
        for (unsigned end = 0; end < 2; end++)
            if (resolve_end(p, link, end) < 0)
                return -ENOMEM;
    }
    /* only now all names that the file gives itself are taken */
    LIST_EACH (struct link, link, links)
        for (unsigned end = 0; end < 2; end++)
            if (resolve_plug(p, link, end) < 0)
                return -ENOMEM;
    LIST_EACH (struct link, link, links)
        for (unsigned end = 0; end < 2; end++) {
            struct iface *iface = link->ends[end].iface;

            if (iface && object_has(&link->o, LINK_MTU))
                object_inherit(&iface->o, IFACE_MTU, &link->mtu, sizeof link->mtu,
                               link->o.marks[LINK_MTU]);
            if (iface && object_has(&link->o, LINK_MAC))
                object_inherit(&iface->o, IFACE_MAC, &link->mac[end], sizeof link->mac[end],
                               link->o.marks[LINK_MAC]);
            if (iface && object_has(&link->o, LINK_NETEM) && inherit_netem(p, link, iface) < 0)
                return -ENOMEM;
        }
    return 0;
}

static int default_ifaces(struct parse *p)
{
    struct use defaults = use_find(p->root, "defaults");
    struct use body = {0};

    if (defaults.node)
        body = use_find(defaults, "interfaces");
    LIST_EACH (struct netns, netns, &p->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            if (body.node && !netns->foreign && iface != netns->lo && !iface_is_moved(iface) &&
                object_default(p, &iface->o, body) < 0)
                return -ENOMEM;
            if (!iface->o.marks[IFACE_UP].line)
                iface->up = true;
        }
    return 0;
}

/* Complain about a name, unless it may be one that could not be read. */
static void fail_name(struct parse *p, const struct netns *netns, const char *name,
                      struct mark mark)
{
    if (p->links_open || is_open(netns))
        return;
    ERROR(p, mark, "no interface '%s' in namespace %s", name, netns->o.name);
    hint_iface(p, netns, name);
}

static void resolve_port(struct parse *p, struct iface *bridge, struct port *port)
{
    struct netns *netns = iface_netns(bridge);
    struct iface *iface = netns_iface(netns, port->o.name);

    port->o.parent = &bridge->o;
    port->iface = iface;
    if (!iface) {
        fail_name(p, netns, port->o.name, port->o.mark);
        set_broken(port);
    } else if (iface == bridge) {
        ERROR(p, port->o.mark, "%s can not be a port of itself", port->o.name);
        set_broken(port);
        port->iface = NULL;
    } else if (iface->master && (iface->master != bridge || iface->port)) {
        ERROR(p, port->o.mark, "interface %s is a port of %s and of %s", port->o.name,
              iface->master->o.name, bridge->o.name);
        if (iface->made_port)
            HINT(p, "the link on line %u plugs it into %s", iface->link->ends[iface->end].mark.line,
                 iface->master->o.name);
        set_broken(port);
        port->iface = NULL;
    } else {
        iface->master = bridge;
        iface->port = port;
    }
}

static void resolve_ports(struct parse *p, struct netns *netns)
{
    LIST_EACH (struct iface, iface, &netns->interfaces) {
        const struct list *ports = iface_ports(iface);

        if (!ports)
            continue;
        LIST_EACH (struct port, port, ports)
            resolve_port(p, iface, port);
    }
}

static void resolve_ref(struct parse *p, struct netns *netns, struct object *object, unsigned field,
                        struct ifref *ref)
{
    const char *fault;

    if (!ref->name)
        return;
    ref->iface = netns_iface(netns, ref->name);
    if (ref->iface)
        return;
    fault = ifname_fault(ref->name);
    if (!netns->foreign) {
        fail_name(p, netns, ref->name, object->marks[field]);
    } else if (fault) {
        ERROR(p, object->marks[field], "the interface name '%s' %s", ref->name, fault);
    } else {
        return; /* the kernel is asked whether it is there */
    }
    set_broken(object);
}

static void hint_vrf(struct parse *p, const struct netns *netns, const char *word)
{
    const char **names = arena_array(p->scratch, netns->interfaces.count + 4, sizeof *names);
    size_t count = 0;

    if (!names || !wants_hints(p))
        return; /* it is only a hint */
    for (const struct choice *choice = choices_table; choice->word; choice++)
        names[count++] = choice->word;
    LIST_EACH (struct iface, iface, &netns->interfaces)
        if (iface->kind == &kind_vrf)
            names[count++] = iface->o.name;
    report_similar(p->report, word, names);
}

/* A table that has the name of a vrf. */
static void resolve_table(struct parse *p, struct netns *netns, struct object *object,
                          unsigned field, const char *vrf)
{
    const struct iface *iface = vrf ? netns_iface(netns, vrf) : NULL;

    if (!vrf)
        return;
    if (iface && iface->kind == &kind_vrf) {
        *(uint32_t *)FIELD_AT(object, &object->table->fields[field]) = iface_table(iface);
        if (!is_broken(iface))
            return;
    } else if (iface && iface->kind) {
        ERROR(p, object->marks[field], "interface %s is a %s, not a vrf: it has no table", vrf,
              iface->kind->name);
    } else if (!iface && !is_open(netns)) {
        ERROR(p, object->marks[field], "no table and no vrf '%s' in namespace %s", vrf,
              netns->o.name);
        hint_vrf(p, netns, vrf);
    }
    set_broken(object);
}

static void resolve_refs(struct parse *p, struct netns *netns)
{
    LIST_EACH (struct route, route, &netns->routes) {
        resolve_table(p, netns, &route->o, ROUTE_TABLE, route->vrf);
        resolve_ref(p, netns, &route->o, ROUTE_DEV, &route->dev);
        LIST_EACH (struct nexthop, hop, &route->nexthops)
            resolve_ref(p, netns, &hop->o, NEXTHOP_DEV, &hop->dev);
    }
    LIST_EACH (struct rule, rule, &netns->rules) {
        resolve_table(p, netns, &rule->o, RULE_TABLE, rule->vrf);
        resolve_ref(p, netns, &rule->o, RULE_IIF, &rule->iif);
        resolve_ref(p, netns, &rule->o, RULE_OIF, &rule->oif);
    }
    LIST_EACH (struct neighbor, neighbor, &netns->neighbors)
        resolve_ref(p, netns, &neighbor->o, NEIGHBOR_DEV, &neighbor->dev);
    LIST_EACH (struct masquerade, masquerade, &netns->masquerade)
        resolve_ref(p, netns, &masquerade->o, MASQUERADE_DEV, &masquerade->dev);
    LIST_EACH (struct port_forward, forward, &netns->port_forward)
        resolve_ref(p, netns, &forward->o, FORWARD_DEV, &forward->dev);
}

/* Options that name an interface. */
static void resolve_options(struct parse *p, struct netns *netns, struct iface *iface)
{
    struct object *options = iface->options;

    for (unsigned i = 0; options && i < options->table->field_count; i++)
        if (options->table->fields[i].type == FIELD_IFREF)
            resolve_ref(p, netns, options, i, FIELD_AT(options, &options->table->fields[i]));
}

/* The namespace of what an interface stands on; NULL: none, complained of. */
static struct netns *lower_netns(struct parse *p, const struct iface *iface,
                                 const struct endpoint *lower)
{
    struct netns *netns =
        lower->netns ? strmap_get(&p->lab->names, lower->netns) : iface_netns(iface);

    if (netns || is_open(p->lab))
        return netns;
    if (strcmp(lower->netns, "host") == 0) {
        ERROR(p, lower->mark, "'host' is not declared");
        HINT(p, "add 'host:' under 'namespaces' to use the namespace that netlab runs in");
        return NULL;
    }
    ERROR(p, lower->mark, "no namespace '%s'", lower->netns);
    hint_list(p, &p->lab->namespaces, lower->netns);
    return NULL;
}

static void resolve_lower(struct parse *p, struct iface *iface)
{
    struct stacked *stacked = iface_stacked(iface);
    struct endpoint *lower = stacked ? &stacked->lower : NULL;
    struct netns *netns;

    if (!lower || !lower->name)
        return;
    netns = lower_netns(p, iface, lower);
    if (!netns) {
        set_broken(iface);
        return;
    }
    lower->netns = netns->o.name;
    lower->iface = netns_iface(netns, lower->name);
    stacked->lower_netns = netns;
    if (lower->iface == iface) {
        ERROR(p, lower->mark, "interface %s can not stand on itself", iface->o.name);
        lower->iface = NULL;
        set_broken(iface);
    } else if (!lower->iface && (!netns->foreign || ifname_fault(lower->name))) {
        fail_name(p, netns, lower->name, lower->mark);
        set_broken(iface);
    } /* else the kernel is asked whether it is there */
}

/* Whether going down from an interface, to its master and what it stands on, leads back to it, or
   deeper than the kernel allows. */
static bool is_endless(const struct iface *iface, const struct iface *from, unsigned depth)
{
    const struct iface *next[] = {from->master, iface_lower(from)};

    for (size_t i = 0; i < 2; i++)
        if (next[i] &&
            (next[i] == iface || depth == STACK_MAX || is_endless(iface, next[i], depth + 1)))
            return true;
    return false;
}

/* It is cut open, for those who walk down from it. */
static void check_endless(struct parse *p, struct iface *iface)
{
    struct stacked *stacked = iface_stacked(iface);

    if (!is_endless(iface, iface, 0))
        return;
    set_broken(iface);
    ERROR(p, iface->o.mark, "interface %s stands on itself in the end, or on more than %d others",
          iface->o.name, STACK_MAX);
    if (stacked)
        stacked->lower.iface = NULL;
    iface->master = NULL;
}

int resolve(struct parse *p)
{
    if (name_all(p) < 0 || resolve_links(p) < 0 || default_ifaces(p) < 0)
        return -ENOMEM;
    LIST_EACH (struct netns, netns, &p->lab->namespaces) {
        resolve_ports(p, netns);
        LIST_EACH (struct iface, iface, &netns->interfaces)
            resolve_lower(p, iface);
    }
    LIST_EACH (struct netns, netns, &p->lab->namespaces) {
        LIST_EACH (struct iface, iface, &netns->interfaces)
            check_endless(p, iface);
        LIST_EACH (struct iface, iface, &netns->interfaces)
            resolve_options(p, netns, iface);
        netns_find_carriers(netns);
        resolve_refs(p, netns);
        if (resolve_sysctls(p, netns) < 0)
            return -ENOMEM;
    }
    return 0;
}
