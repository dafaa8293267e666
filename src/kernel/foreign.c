/* SPDX-License-Identifier: MIT */
/*
 * Job: the namespaces of others, that netlab runs in and attached ones: what must fit before
 * anything is made there, and how our links there are told from others.
 * In: the plan, the kernel. Out: errors at the lines of the file; links by group.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/report.h"
#include "kernel/internal.h"
#include "kernel/nft.h"

struct foreign_check {
    struct kernel *kernel;
    const struct plan *plan;
    struct netlab_report *report;
    int error;
};

static void complain(struct foreign_check *check, int error, struct mark mark, const char *what,
                     const char *name, const struct netns *netns)
{
    bool taken = error == EEXIST;
    int r = report_error(
        check->report, error, &check->kernel->lab->source, mark, "%s %s %s in %s%s%s", what, name,
        taken ? "exists" : "does not exist", netns->host ? "the host's namespace" : "namespace ",
        netns->host ? "" : netns->o.name, taken ? " already, and is not this lab's" : "");

    if (!check->error)
        check->error = r;
}

static void check_device(struct foreign_check *check, const struct netns *netns,
                         const struct ifref *ref, struct mark mark)
{
    if (ref->name && !ref->iface && !kernel_index_of(check->kernel, netns, ref->name))
        complain(check, ENODEV, mark, "interface", ref->name, netns);
}

/* Sysctls that the kernel writes along with one: for every device, and one more. */
static const struct {
    const char *path, *devices, *more;
} echoing[] = {
    /* inet_forward_change() in net/ipv4/devinet.c */
    {"net/ipv4/ip_forward", "net/ipv4/conf", "net/ipv4/conf/all/accept_redirects"},
    {"net/ipv4/conf/all/forwarding", "net/ipv4/conf", "net/ipv4/conf/all/accept_redirects"},
    /* addrconf_fixup_forwarding() in net/ipv6/addrconf.c */
    {"net/ipv6/conf/all/forwarding", "net/ipv6/conf", NULL},
};

static int add_echo(const struct foreign_check *check, struct sysctl *sysctl, const char *path)
{
    struct arena *arena = check->kernel->lab->arena;
    struct saved_sysctl *echo;
    char value[256];

    if (!path)
        return -ENOMEM;
    if (sysctls_read(check->kernel->sysctls, path, value, sizeof value) < 0)
        return 0; /* the device has just gone */
    echo = ARENA_NEW(arena, struct saved_sysctl);
    if (!echo)
        return -ENOMEM;
    *echo = (struct saved_sysctl){
        .next = sysctl->echoes, .path = path, .value = arena_strdup(arena, value)};
    sysctl->echoes = echo;
    return echo->value ? 0 : -ENOMEM;
}

static int save_echoes(const struct foreign_check *check, struct sysctl *sysctl, size_t which)
{
    struct arena *arena = check->kernel->lab->arena;
    const struct dirent *entry;
    DIR *devices = NULL;
    int r = sysctls_list(check->kernel->sysctls, echoing[which].devices, &devices);

    while (r == 0 && (entry = readdir(devices)))
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "all") != 0)
            r = add_echo(
                check, sysctl,
                arena_printf(arena, "%s/%s/forwarding", echoing[which].devices, entry->d_name));
    if (devices)
        closedir(devices);
    if (r == 0 && echoing[which].more)
        r = add_echo(check, sysctl, echoing[which].more);
    return r;
}

/* In the namespace of the sysctl. */
static int read_before(struct foreign_check *check, struct sysctl *sysctl)
{
    char value[256];
    int r = sysctls_read(check->kernel->sysctls, sysctl->path, value, sizeof value);

    if (r == 0)
        sysctl->before = arena_strdup(check->kernel->lab->arena, value);
    for (size_t i = 0; r == 0 && i < sizeof echoing / sizeof echoing[0]; i++)
        if (strcmp(sysctl->path, echoing[i].path) == 0 && strcmp(value, sysctl->value) != 0)
            r = save_echoes(check, sysctl, i);
    return r;
}

/* What is there before; a device of the lab is not there yet, and takes its settings with it. */
static void check_sysctl(struct foreign_check *check, struct sysctl *sysctl)
{
    const struct netns *netns = (const struct netns *)sysctl->o.parent;
    int r, back;

    if (sysctl->iface)
        return;
    r = kernel_enter(kernel_channel(check->kernel, netns));
    if (r == 0)
        r = read_before(check, sysctl);
    back = netns->host ? 0 : kernel_leave(check->kernel);
    r = r < 0 ? r : back;
    if (r < 0 || !sysctl->before)
        complain(check, r == -ENOENT ? ENODEV : EIO, sysctl->o.mark, "sysctl", sysctl->path, netns);
}

static bool has_end(const struct object *object, const struct iface *iface)
{
    const struct link *link = (const struct link *)object;
    const struct iface *ends[2] = {(const struct iface *)object, NULL};

    if (object->table == &table_link) {
        ends[0] = link->ends[0].iface;
        ends[1] = link->ends[1].iface;
    }
    for (int i = 0; i < 2; i++)
        if (ends[i] && strcmp(ends[i]->o.name, iface->o.name) == 0 &&
            strcmp(ends[i]->o.parent->name, iface->o.parent->name) == 0)
            return true;
    return false;
}

/* Whether the plan makes room for it first. */
static bool is_to_go(const struct foreign_check *check, const struct iface *iface)
{
    for (size_t i = 0; i < check->plan->count; i++) {
        const struct op *op = &check->plan->ops[i];

        if (op->type == OP_LINK && op_removes(op) && has_end(op->from, iface))
            return true;
    }
    return false;
}

static void check_names(struct foreign_check *check, const struct op *op)
{
    const struct link *link = (const struct link *)op->to;
    const struct iface *ifaces[2] = {(const struct iface *)op->to, NULL};

    if (op->to->table == &table_link) {
        ifaces[0] = link->ends[0].iface;
        ifaces[1] = link->ends[1].iface;
    }
    for (int i = 0; i < 2; i++)
        if (ifaces[i] && iface_netns(ifaces[i])->foreign &&
            kernel_index_of(check->kernel, iface_netns(ifaces[i]), ifaces[i]->o.name) &&
            !is_to_go(check, ifaces[i]))
            complain(check, EEXIST,
                     op->to->table == &table_link ? link->ends[i].mark : op->to->mark, "interface",
                     ifaces[i]->o.name, iface_netns(ifaces[i]));
}

/* One that is there already is not ours, and stays. */
static void check_address(struct foreign_check *check, struct address *address)
{
    const struct iface *iface = (const struct iface *)address->o.parent;
    int r;

    if (!iface->existing)
        return;
    r = existing_has(check->kernel, iface, address, &address->kept);
    if (r < 0 && !check->error)
        check->error = report_plain(check->report, -r, "cannot list the addresses of %s: %s",
                                    iface->o.name, strerror(-r));
}

struct table_check {
    struct foreign_check *check;
    const struct op *op;
};

static int see_table(const char *family, const char *name, void *userdata)
{
    const struct table_check *look = userdata;
    const struct nft_table *table =
        ruleset_find((const struct ruleset *)look->op->to, family, name);
    char text[512];

    if (!table || ruleset_find((const struct ruleset *)look->op->from, family, name))
        return 0;
    snprintf(text, sizeof text, "%s %s", family, name);
    complain(look->check, EEXIST, table->o.mark, "table", text, look->op->netns);
    return 0;
}

/* Tables that are there are somebody else's, unless they are replaced. */
static void check_tables(struct foreign_check *check, const struct op *op)
{
    struct table_check look = {check, op};
    int r = nft_tables(check->kernel, kernel_channel(check->kernel, op->netns), see_table, &look);

    if (r < 0 && !check->error)
        check->error =
            report_plain(check->report, -r, "cannot list the nftables of namespace %s: %s",
                         op->netns->o.name, strerror(-r));
}

static void check_op(struct foreign_check *check, const struct op *op)
{
    const struct route *route = (const struct route *)op->to;
    const struct neighbor *neighbor = (const struct neighbor *)op->to;

    if (op_removes(op))
        return;
    if (op->type == OP_LINK)
        check_names(check, op);
    if (op->type == OP_ADDRESS && !op->from && op->netns->foreign)
        check_address(check, (struct address *)op->to);
    if (!op->netns->foreign)
        return;
    if (op->type == OP_NFTABLES)
        check_tables(check, op);
    if (op->type == OP_ROUTE) {
        check_device(check, op->netns, &route->dev, object_mark(&route->o, ROUTE_DEV));
        LIST_EACH (struct nexthop, hop, &route->nexthops)
            check_device(check, op->netns, &hop->dev, object_mark(&hop->o, NEXTHOP_DEV));
    }
    if (op->type == OP_NEIGHBOR)
        check_device(check, op->netns, &neighbor->dev, object_mark(&neighbor->o, NEIGHBOR_DEV));
    if (op->type == OP_SYSCTL)
        check_sysctl(check, (struct sysctl *)op->to);
}

int kernel_check_foreign(struct kernel *kernel, const struct plan *plan,
                         struct netlab_report *report)
{
    struct foreign_check check = {.kernel = kernel, .plan = plan, .report = report};
    int r;

    check.error = existing_check(kernel, report);
    r = physical_check(kernel, report);
    if (check.error == 0)
        check.error = r;
    for (size_t i = 0; i < plan->count; i++)
        check_op(&check, &plan->ops[i]);
    return check.error;
}

struct link_walk {
    kernel_link_fn *found;
    void *userdata;
};

static int each_link(const struct nlmsghdr *message, void *userdata)
{
    const struct link_walk *walk = userdata;
    const struct ifinfomsg *header = nlmsg_data(message);
    struct nlattr *group = nlmsg_find_attr((struct nlmsghdr *)message, sizeof *header, IFLA_GROUP);
    struct nlattr *name = nlmsg_find_attr((struct nlmsghdr *)message, sizeof *header, IFLA_IFNAME);

    if (message->nlmsg_type == RTM_NEWLINK && name)
        walk->found((uint32_t)header->ifi_index, group ? nla_get_u32(group) : 0,
                    nla_get_string(name), walk->userdata);
    return 0;
}

int kernel_links(struct kernel *kernel, const struct netns *netns, kernel_link_fn *found,
                 void *userdata)
{
    struct link_walk walk = {.found = found, .userdata = userdata};

    return channel_dump(kernel_channel(kernel, netns), message_getlink(0), each_link, NULL, &walk);
}

/* What of a namespace carries our mark. */
struct group_census {
    const struct kernel *kernel;
    const struct netns *netns;
    bool has_ours, has_strangers;
};

static bool is_ours(const struct group_census *census, const char *name)
{
    /* a spec that can not be read any more has no names: then the mark alone tells */
    return !census->kernel->lab->name || netns_iface(census->netns, name);
}

static void count_group(uint32_t ifindex, uint32_t group, const char *name, void *userdata)
{
    struct group_census *census = userdata;

    (void)ifindex;
    if (group != census->kernel->group)
        return;
    if (is_ours(census, name))
        census->has_ours = true;
    else
        census->has_strangers = true;
}

static int delete_link(struct channel *channel, uint32_t ifindex, uint32_t group)
{
    struct ifinfomsg header = {.ifi_index = (int)ifindex};
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_DELLINK, 0);

    if (!msg || nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
        (group && nla_put_u32(msg, IFLA_GROUP, group) < 0)) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    return channel_request(channel, msg, NULL, NULL);
}

/* One by one: what carries our mark and one of our names. */
static void note_index(uint32_t ifindex, uint32_t group, const char *name, void *userdata)
{
    struct group_census *census = userdata;
    struct iface *iface = group == census->kernel->group ? netns_iface(census->netns, name) : NULL;

    if (iface)
        iface->ifindex = ifindex;
}

static int delete_singly(struct kernel *kernel, const struct netns *netns)
{
    struct group_census census = {.kernel = kernel, .netns = netns};
    int r;

    LIST_EACH (struct iface, iface, &netns->interfaces)
        iface->ifindex = 0;
    r = kernel_links(kernel, netns, note_index, &census);
    LIST_EACH (struct iface, iface, &netns->interfaces) {
        int one = r == 0 && iface->ifindex
                      ? delete_link(kernel_channel(kernel, netns), iface->ifindex, 0)
                      : 0;

        if (one < 0 && one != -ENODEV)
            r = one;
    }
    return r;
}

static int delete_group(struct kernel *kernel, const struct netns *netns)
{
    struct group_census census = {.kernel = kernel, .netns = netns};
    int r = kernel_links(kernel, netns, count_group, &census);

    if (r == 0 && census.has_ours)
        r = census.has_strangers ? delete_singly(kernel, netns)
                                 : delete_link(kernel_channel(kernel, netns), 0, kernel->group);
    return r == -ENODEV ? 0 : r;
}

int kernel_delete_stacked(struct kernel *kernel, const struct iface *iface,
                          struct netlab_report *report)
{
    const struct netns *netns = iface_netns(iface);
    char path[512];
    uint32_t index;
    int r;

    snprintf(path, sizeof path, "%s/%s", kernel->names, netns->o.name);
    r = kernel_has(kernel, netns->index) ? 0 : kernel_open_netns(kernel, netns->index, path);
    if (r == -ENOENT || r == -ESTALE)
        return 0; /* the interface has gone with it */
    index = r == 0 ? kernel_index_of(kernel, netns, iface->o.name) : 0;
    if (index)
        r = delete_link(kernel_channel(kernel, netns), index, 0);
    if (r < 0 && r != -ENODEV)
        return report_plain(report, -r, "cannot delete %s in namespace %s: %s", iface->o.name,
                            netns->o.name, strerror(-r));
    return 0;
}

int kernel_delete_links(struct kernel *kernel, struct netlab_report *report)
{
    int first = 0;

    if (!kernel->group)
        return 0;
    LIST_EACH (struct netns, netns, &kernel->lab->namespaces) {
        int r = 0;

        if (netns->host || (netns->foreign && kernel_has(kernel, netns->index)))
            r = delete_group(kernel, netns);
        if (r < 0)
            r = report_plain(report, -r, "cannot delete the links of group %u: %s", kernel->group,
                             strerror(-r));
        if (first == 0)
            first = r;
    }
    return first;
}
