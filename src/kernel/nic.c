/* SPDX-License-Identifier: MIT */
/*
 * Job: find a NIC among a namespace's devices, by its name or by what tells it from others.
 * In: a namespace's socket. Out: what it is like just now.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "kernel/internal.h"
#include "kinds/physical.h"

static int fill(struct nic_search *search, const struct ifinfomsg *header, struct nlattr **tb)
{
    struct iface *iface = ARENA_NEW(search->arena, struct iface);

    if (!iface)
        return -ENOMEM;
    iface->o.table = &table_iface;
    iface->o.name = arena_strdup(search->arena, nla_get_string(tb[IFLA_IFNAME]));
    if (!iface->o.name || iface_get(iface, header, tb, search->arena) < 0 ||
        physical_note(iface, tb, search->arena) < 0)
        return -ENOMEM;
    if (!iface->alias)
        iface->alias = "";
    iface->o.set |= 1U << IFACE_ALIAS;
    search->master = tb[IFLA_MASTER] ? nla_get_u32(tb[IFLA_MASTER]) : 0;
    search->found = iface;
    return 0;
}

static int see_device(const struct nlmsghdr *message, void *userdata)
{
    struct nic_search *search = userdata;
    struct nlattr *tb[IFLA_MAX + 1] = {0}, *info[IFLA_INFO_MAX + 1] = {0};
    struct physical nic = {0};

    if (message->nlmsg_type != RTM_NEWLINK || search->found ||
        nlmsg_parse((struct nlmsghdr *)message, sizeof(struct ifinfomsg), tb, IFLA_MAX, NULL) < 0 ||
        !tb[IFLA_IFNAME])
        return 0;
    physical_read(&nic, tb);
    if (search->nic ? !physical_is_same(search->nic, &nic)
                    : strcmp(nla_get_string(tb[IFLA_IFNAME]), search->name) != 0)
        return 0;
    if (tb[IFLA_LINKINFO] && nla_parse_nested(info, IFLA_INFO_MAX, tb[IFLA_LINKINFO], NULL) == 0 &&
        info[IFLA_INFO_KIND])
        snprintf(search->kind, sizeof search->kind, "%s", nla_get_string(info[IFLA_INFO_KIND]));
    /* what has a kind was made of another, and may have its address */
    return search->nic && *search->kind ? (*search->kind = '\0')
                                        : fill(search, nlmsg_data(message), tb);
}

static void restart(void *userdata)
{
    struct nic_search *search = userdata;

    search->found = NULL;
}

int nic_find(struct channel *channel, struct nic_search *search)
{
    search->found = NULL;
    return channel_dump(channel, message_getlink(0), see_device, restart, search);
}

int nic_find_moved(struct channel *channel, struct nic_search *search, const struct iface *iface)
{
    const struct physical *nic = iface_physical(iface->before);
    const char *const names[] = {nic->device, iface->o.name};
    int r = 0;

    search->nic = physical_is_known(nic) ? nic : NULL;
    for (size_t i = 0; r == 0 && i < (search->nic ? 1 : 2); i++) {
        search->name = names[i];
        r = nic_find(channel, search);
        if (search->found && *search->kind)
            search->found = NULL;
        if (search->found)
            break;
    }
    return r;
}
