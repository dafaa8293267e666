/* SPDX-License-Identifier: MIT */
/*
 * Job: devices that exist, in namespaces of others: whether they are what the file takes them for,
 * and what they were before a lab changes them.
 * In: the lab, the kernel. Out: iface.before; errors at the lines of the file.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/report.h"
#include "kernel/internal.h"
#include "kinds/kind.h"
#include "model/ip.h"

struct look {
    struct arena *arena;
    const struct iface *wanted;
    struct iface *found; /* what it is; NULL: not seen yet; its options where its kind adopts */
    char kind[32];
    uint32_t master;
    int error;
};

static void fill(struct look *look, const struct ifinfomsg *header, struct nlattr **tb)
{
    struct iface *iface = look->found;

    look->error = iface_get(iface, header, tb, look->arena);
    if (!iface->alias)
        iface->alias = "";
    look->master = tb[IFLA_MASTER] ? nla_get_u32(tb[IFLA_MASTER]) : 0;
}

/* 0 or -ENOMEM. */
static int get_options(struct look *look, const struct nlattr *data)
{
    const struct kind *kind = look->wanted->kind;

    if (!kind || !kind->adopt || strcmp(look->kind, kind->name) != 0)
        return 0;
    look->found->options = arena_alloc(look->arena, kind->options->size);
    if (!look->found->options)
        return -ENOMEM;
    look->found->options->table = kind->options;
    return kind_get(kind, data, look->found->options, look->arena);
}

static int see_device(const struct nlmsghdr *message, void *userdata)
{
    struct look *look = userdata;
    struct nlattr *tb[IFLA_MAX + 1] = {0}, *info[IFLA_INFO_MAX + 1] = {0};

    if (message->nlmsg_type != RTM_NEWLINK ||
        nlmsg_parse((struct nlmsghdr *)message, sizeof(struct ifinfomsg), tb, IFLA_MAX, NULL) < 0)
        return 0;
    look->found = ARENA_NEW(look->arena, struct iface);
    if (!look->found)
        return -ENOMEM;
    fill(look, nlmsg_data(message), tb);
    if (tb[IFLA_LINKINFO] && nla_parse_nested(info, IFLA_INFO_MAX, tb[IFLA_LINKINFO], NULL) == 0 &&
        info[IFLA_INFO_KIND])
        snprintf(look->kind, sizeof look->kind, "%s", nla_get_string(info[IFLA_INFO_KIND]));
    return look->error < 0 ? look->error : get_options(look, info[IFLA_INFO_DATA]);
}

static int complain(const struct kernel *kernel, struct netlab_report *report, int error,
                    const struct iface *iface, const char *fault, const char *what)
{
    return report_error(report, error, &kernel->lab->source, iface->o.mark,
                        "interface %s of namespace %s %s%s", iface->o.name,
                        iface_netns(iface)->o.name, fault, what);
}

/* What has been saved by an earlier `up` stays saved. */
static void note(struct iface *iface, struct iface *found)
{
    uint64_t given = iface->o.set & IFACE_VALUES;
    const struct iface *saved = iface->before;

    found->o.set = given;
    if (saved && saved->ifindex == found->ifindex)
        iface_take_values(found, saved, saved->o.set);
    iface->before = found;
}

/* What it is; of a kind that adopts its options, too, which the look is rid of. 0, -ENODEV, … */
static int look_at(struct kernel *kernel, struct iface *iface, struct look *look,
                   struct netlab_report *report)
{
    struct channel *channel = kernel_channel(kernel, iface_netns(iface));
    uint32_t index = kernel_index_of(kernel, iface_netns(iface), iface->o.name);
    const struct object *options;
    int r;

    *look = (struct look){.arena = kernel->lab->arena, .wanted = iface};
    r = index ? channel_request(channel, message_getlink(index), see_device, look) : -ENODEV;
    if (r < 0 || !look->found)
        return r < 0 ? r : -ENODEV;
    options = look->found->options;
    look->found->options = NULL; /* netlab does not change them: none has to be restored */
    return options ? iface->kind->adopt(iface, options, &kernel->lab->source, report) : 0;
}

int kernel_adopt(struct kernel *kernel, struct netlab_report *report)
{
    int first = 0;

    LIST_EACH (struct netns, netns, &kernel->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            bool adopts = iface->existing && iface->kind && iface->kind->adopt;
            struct look look;
            int r = adopts ? look_at(kernel, iface, &look, report) : 0;

            if (r == -ENOMEM)
                return report_oom(report);
            if (first == 0 && r != -ENODEV) /* that is found when all else is checked */
                first = r;
        }
    return first;
}

static int check(struct kernel *kernel, struct iface *iface, struct netlab_report *report)
{
    const struct kind *kind = iface->kind;
    struct look look;
    int r = look_at(kernel, iface, &look, report);

    if (r == -ENOMEM)
        return report_oom(report);
    if (!look.found)
        return complain(kernel, report, ENODEV, iface, "does not exist", "");
    if (kind && kind != &kind_device && strcmp(look.kind, kind->name) != 0)
        return complain(kernel, report, ENOTUNIQ, iface, "is no ", kind->name);
    if (iface->master && look.master && !iface->seen)
        return complain(kernel, report, EBUSY, iface, "is a port of something else already", "");
    if (r == 0)
        note(iface, look.found);
    return r;
}

int existing_check(struct kernel *kernel, struct netlab_report *report)
{
    int first = 0;

    LIST_EACH (struct netns, netns, &kernel->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            int r = iface->existing ? check(kernel, iface, report) : 0;

            if (first == 0)
                first = r;
        }
    return first;
}

struct search {
    const struct address *address;
    uint32_t ifindex;
    bool found;
};

static int see_address(const struct nlmsghdr *message, void *userdata)
{
    struct search *search = userdata;
    const struct ifaddrmsg *header = nlmsg_data(message);
    const struct prefix *wanted = &search->address->address;
    struct nlattr *local, *address;

    if (message->nlmsg_type != RTM_NEWADDR || header->ifa_index != search->ifindex ||
        header->ifa_family != wanted->ip.family ||
        (!object_has(&search->address->o, ADDRESS_PEER) && header->ifa_prefixlen != wanted->length))
        return 0;
    local = nlmsg_find_attr((struct nlmsghdr *)message, sizeof *header, IFA_LOCAL);
    address = nlmsg_find_attr((struct nlmsghdr *)message, sizeof *header, IFA_ADDRESS);
    local = local ? local : address;
    search->found =
        search->found || (local && nla_len(local) == (int)ip_bytes(&wanted->ip) &&
                          memcmp(nla_data(local), wanted->ip.bytes, ip_bytes(&wanted->ip)) == 0);
    return 0;
}

int existing_has(struct kernel *kernel, const struct iface *iface, const struct address *address,
                 bool *ret_has)
{
    const struct netns *netns = iface_netns(iface);
    struct search search = {.address = address,
                            .ifindex = kernel_index_of(kernel, netns, iface->o.name)};
    struct ifaddrmsg header = {.ifa_family = address->address.ip.family,
                               .ifa_index = search.ifindex};
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETADDR, 0);
    int r;

    if (!msg || nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    r = channel_dump(kernel_channel(kernel, netns), msg, see_address, NULL, &search);
    *ret_has = search.found;
    return r;
}
