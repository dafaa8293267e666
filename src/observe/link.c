/* SPDX-License-Identifier: MIT */
/*
 * Job: RTM_GETLINK → interfaces, their kinds' options, alternative names, ports.
 * In: one namespace's dump. Out: struct iface, and by number what they refer to.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kinds/physical.h"
#include "observe/internal.h"

#define IF_READY 0x80000000U /* include/net/if_inet6.h: IPv6 is at work on the device */

/* Where others live most is not ours: our mark and a name that is expected, or lo. */
static bool is_wanted(const struct view *view, struct nlattr **tb, const char *name)
{
    if (view->netns->foreign)
        return view_expects(view, name) &&
               (strcmp(name, "lo") == 0 || view_expected(view, name)->existing ||
                (tb[IFLA_GROUP] && nla_get_u32(tb[IFLA_GROUP]) == view->request->group));
    return !kind_is_fallback(name) || view_expects(view, name);
}

static int add_altnames(const struct view *view, struct iface *iface, struct nlattr *list)
{
    struct nlattr *attribute;
    int left;

    nla_for_each_nested(attribute, list, left)
    {
        struct altname *altname;

        if (nla_type(attribute) != IFLA_ALT_IFNAME)
            continue;
        altname = ARENA_NEW(view->arena, struct altname);
        if (!altname)
            return -ENOMEM;
        altname->o = (struct object){
            .parent = &iface->o, .table = &table_altname, .set = 1U << ALTNAME_NAME};
        altname->altname = arena_strdup(view->arena, nla_get_string(attribute));
        if (!altname->altname)
            return -ENOMEM;
        list_append(&iface->altnames, &altname->o);
    }
    return 0;
}

static int add_options(const struct view *view, struct iface *iface, struct nlattr *data)
{
    const struct table *table = iface->kind->options;

    if (!table)
        return 0;
    iface->options = arena_alloc(view->arena, table->size);
    if (!iface->options)
        return -ENOMEM;
    iface->options->table = table;
    iface->options->parent = &iface->o;
    return kind_get(iface->kind, data, iface->options, view->arena);
}

/* What its master makes of it. The master may come later in the dump. */
static int add_port(const struct view *view, struct iface *iface, const char *kind_name,
                    struct nlattr *data)
{
    const struct kind *kind = kind_find(kind_name);
    struct port *port;

    if (!kind || !kind->port_options)
        return 0;
    port = arena_alloc(view->arena, kind->port_options->size);
    if (!port)
        return -ENOMEM;
    port->o.table = kind->port_options;
    port->o.name = iface->o.name;
    port->iface = iface;
    if (data)
        fields_get(data, &port->o);
    if (data && kind->get_port)
        kind->get_port(data, iface);
    iface->port = port;
    return 0;
}

static int add_kind(const struct view *view, struct iface *iface, struct nlattr *info)
{
    struct nlattr *tb[IFLA_INFO_MAX + 1] = {0};
    int r = 0;

    if (nla_parse_nested(tb, IFLA_INFO_MAX, info, NULL) < 0)
        return 0;
    if (tb[IFLA_INFO_KIND])
        iface->kind = kind_find(nla_get_string(tb[IFLA_INFO_KIND]));
    if (iface->kind && iface->kind->tell && tb[IFLA_INFO_DATA])
        iface->kind = iface->kind->tell(tb[IFLA_INFO_DATA]);
    if (iface->kind)
        r = add_options(view, iface, tb[IFLA_INFO_DATA]);
    if (r == 0 && tb[IFLA_INFO_SLAVE_KIND])
        r = add_port(view, iface, nla_get_string(tb[IFLA_INFO_SLAVE_KIND]),
                     tb[IFLA_INFO_SLAVE_DATA]);
    return r;
}

/* Whether IPv6 is at work on the interface, and how it makes link-local addresses. */
static void look_at_ipv6(struct iface *iface, struct nlattr *families)
{
    struct nlattr *tb[IFLA_INET6_MAX + 1] = {0};
    struct nlattr *ipv6 = nla_find(nla_data(families), nla_len(families), AF_INET6);

    if (!ipv6 || nla_parse_nested(tb, IFLA_INET6_MAX, ipv6, NULL) < 0 || !tb[IFLA_INET6_FLAGS])
        return;
    iface->ipv6_ready = nla_get_u32(tb[IFLA_INET6_FLAGS]) & IF_READY;
    if (!tb[IFLA_INET6_ADDR_GEN_MODE])
        return;
    iface->manner.has_addrgenmode = true;
    iface->manner.addrgenmode = nla_get_u8(tb[IFLA_INET6_ADDR_GEN_MODE]);
}

static int fill(const struct view *view, struct iface *iface, const struct ifinfomsg *header,
                struct nlattr **tb)
{
    int r = iface_get(iface, header, tb, view->arena);

    iface->manner.has_flags = true;
    iface->manner.flags = header->ifi_flags & MANNER_FLAGS;
    if (tb[IFLA_AF_SPEC])
        look_at_ipv6(iface, tb[IFLA_AF_SPEC]);
    if (r == 0 && tb[IFLA_PROP_LIST])
        r = add_altnames(view, iface, tb[IFLA_PROP_LIST]);
    if (r == 0 && tb[IFLA_LINKINFO])
        r = add_kind(view, iface, tb[IFLA_LINKINFO]);
    return r;
}

static int grow(struct view *view)
{
    size_t capacity = view->capacity ? 2 * view->capacity : 16;
    struct seen_iface *more;

    if (view->count < view->capacity)
        return 0;
    more = arena_array(view->arena, capacity, sizeof *more);
    if (!more)
        return -ENOMEM;
    if (view->count)
        memcpy(more, view->ifaces, view->count * sizeof *more);
    view->ifaces = more;
    view->capacity = capacity;
    return 0;
}

static int32_t peer_netns(const struct nlattr *number)
{
    if (!number)
        return PEER_HERE;
    return (int32_t)nla_get_u32(number) < 0 ? PEER_NOWHERE : (int32_t)nla_get_u32(number);
}

/* Routes and the like may name it; and it may be a port of ours. */
static int add_stranger(struct view *view, uint32_t ifindex, struct nlattr **tb)
{
    struct stranger *stranger = ARENA_NEW(view->arena, struct stranger);

    if (!stranger)
        return -ENOMEM;
    *stranger =
        (struct stranger){.next = view->strangers,
                          .ifindex = ifindex,
                          .name = arena_strdup(view->arena, nla_get_string(tb[IFLA_IFNAME])),
                          .master = tb[IFLA_MASTER] ? nla_get_u32(tb[IFLA_MASTER]) : 0};
    view->strangers = stranger;
    return stranger->name ? 0 : -ENOMEM;
}

/* What others have plugged into what is ours. */
static int add_guests(const struct view *view)
{
    for (const struct stranger *one = view->strangers; one && view->netns->foreign;
         one = one->next) {
        const struct seen_iface *master = view_find(view, one->master);
        struct iface *guest;

        if (!master || !iface_is_made(master->iface))
            continue;
        guest = ARENA_NEW(view->arena, struct iface);
        if (!guest)
            return -ENOMEM;
        guest->o =
            (struct object){.parent = &view->netns->o, .table = &table_iface, .name = one->name};
        guest->ifindex = one->ifindex;
        guest->master = master->iface;
        list_append(&view->netns->guests, &guest->o);
    }
    return 0;
}

/* One that exists is what the file takes it for. */
static void take_existing(const struct view *view, struct iface *iface)
{
    const struct iface *expected = view_expected(view, iface->o.name);

    if (!view->netns->foreign || !expected || !expected->existing)
        return;
    iface->existing = true;
    if (expected->kind == &kind_device)
        iface->kind = &kind_device;
    if (iface->kind == &kind_device)
        iface->options = NULL;
}

/* What the kernel did not make itself is a NIC, and keeps its alternative names. */
static int take_nic(const struct view *view, struct iface *iface, struct nlattr **tb)
{
    struct nlattr *info[IFLA_INFO_MAX + 1] = {0};

    if (view->netns->foreign || strcmp(iface->o.name, "lo") == 0)
        return 0;
    if (tb[IFLA_LINKINFO] && nla_parse_nested(info, IFLA_INFO_MAX, tb[IFLA_LINKINFO], NULL) == 0 &&
        info[IFLA_INFO_KIND])
        return 0;
    iface->altnames = (struct list){0};
    return physical_note(iface, tb, view->arena);
}

static int see_link(const struct nlmsghdr *message, void *userdata)
{
    struct view *view = userdata;
    const struct ifinfomsg *header = nlmsg_data(message);
    struct nlattr *tb[IFLA_MAX + 1] = {0};
    struct iface *iface;

    if (message->nlmsg_type != RTM_NEWLINK ||
        nlmsg_parse((struct nlmsghdr *)message, sizeof *header, tb, IFLA_MAX, NULL) < 0 ||
        !tb[IFLA_IFNAME])
        return 0;
    if (!is_wanted(view, tb, nla_get_string(tb[IFLA_IFNAME])))
        return add_stranger(view, (uint32_t)header->ifi_index, tb);
    iface = ARENA_NEW(view->arena, struct iface);
    if (!iface || grow(view) < 0)
        return -ENOMEM;
    iface->o.table = &table_iface;
    iface->o.parent = &view->netns->o;
    iface->o.name = arena_strdup(view->arena, nla_get_string(tb[IFLA_IFNAME]));
    if (!iface->o.name || fill(view, iface, header, tb) < 0)
        return -ENOMEM;
    take_existing(view, iface);
    if (take_nic(view, iface, tb) < 0)
        return -ENOMEM;
    view->ifaces[view->count++] = (struct seen_iface){
        .iface = iface,
        .master = tb[IFLA_MASTER] ? nla_get_u32(tb[IFLA_MASTER]) : 0,
        .peer = tb[IFLA_LINK] ? nla_get_u32(tb[IFLA_LINK]) : 0,
        .peer_ns = peer_netns(tb[IFLA_LINK_NETNSID]),
        .flags = header->ifi_flags,
        .qdisc = tb[IFLA_QDISC] ? arena_strdup(view->arena, nla_get_string(tb[IFLA_QDISC])) : NULL,
    };
    return tb[IFLA_QDISC] && !view->ifaces[view->count - 1].qdisc ? -ENOMEM : 0;
}

static void forget_links(void *userdata)
{
    struct view *view = userdata;

    view->count = 0;
    view->strangers = NULL;
}

static int by_index(const void *a, const void *b)
{
    uint32_t x = ((const struct seen_iface *)a)->iface->ifindex;
    uint32_t y = ((const struct seen_iface *)b)->iface->ifindex;

    return x < y ? -1 : x > y;
}

struct seen_iface *view_find(const struct view *view, uint32_t ifindex)
{
    struct iface iface = {.ifindex = ifindex};
    const struct seen_iface key = {.iface = &iface};

    return view->count && ifindex ? bsearch(&key, view->ifaces, view->count, sizeof key, by_index)
                                  : NULL;
}

/* Members to their masters. */
static void join_master(const struct view *view, const struct seen_iface *member)
{
    const struct seen_iface *found = view_find(view, member->master);
    struct iface *iface = member->iface, *master = found ? found->iface : NULL;
    struct port *port = iface->port;

    iface->master = master;
    if (!master || !iface_ports(master) || !port || port->o.table != master->kind->port_options) {
        iface->port = NULL;
        return;
    }
    port->o.parent = &master->o;
    list_append((struct list *)iface_ports(master), &port->o);
}

/* Options that name an interface. */
static int name_refs(struct view *view, struct object *options)
{
    for (unsigned i = 0; options && i < options->table->field_count; i++) {
        const struct field *field = &options->table->fields[i];
        struct ifref *ref = FIELD_AT(options, field);

        if (field->type != FIELD_IFREF || !ref->ifindex)
            continue;
        *ref = view_ref(view, ref->ifindex);
        options->set |= UINT64_C(1) << i;
    }
    return view->error;
}

int view_links(struct view *view)
{
    struct netns *netns = view->netns;
    int r = channel_dump(view->channel, message_getlink(0), see_link, forget_links, view);

    if (r < 0)
        return r;
    if (view->count)
        qsort(view->ifaces, view->count, sizeof *view->ifaces, by_index);
    for (size_t i = 0; i < view->count; i++) {
        struct iface *iface = view->ifaces[i].iface;

        list_append(&netns->interfaces, &iface->o);
        if (strmap_add(&netns->names, view->arena, iface->o.name, iface) == -ENOMEM)
            return -ENOMEM;
        if (strcmp(iface->o.name, "lo") == 0)
            netns->lo = iface;
        netns->last_ifindex = iface->ifindex;
        join_master(view, &view->ifaces[i]);
        if (name_refs(view, iface->options) < 0)
            return view->error;
    }
    return add_guests(view);
}
