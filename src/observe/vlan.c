/* SPDX-License-Identifier: MIT */
/*
 * Job: RTM_GETLINK of AF_BRIDGE → VLAN tables of bridges and their ports, and the options that say
 * the same.
 * In: one namespace's dump, where a bridge looks at VLANs or is going to. Out: iface.vlans.
 */
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/vlan.h"
#include "observe/internal.h"

static bool has_vlans(const struct netns *netns)
{
    if (netns)
        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (iface_is_vlan_aware(iface))
                return true;
    return false;
}

static int add(const struct view *view, struct iface *iface, const struct bridge_vlan_info *first,
               const struct bridge_vlan_info *last)
{
    const struct vlan_range id = {first->vid, last->vid};
    struct vlan *vlan = vlan_new(view->arena, &iface->o, id, (struct mark){0});

    if (!vlan)
        return -ENOMEM;
    vlan->pvid = first->flags & BRIDGE_VLAN_INFO_PVID;
    vlan->untagged = first->flags & BRIDGE_VLAN_INFO_UNTAGGED;
    vlan->o.set |= UINT64_C(1) << VLAN_PVID | UINT64_C(1) << VLAN_UNTAGGED;
    list_append(&iface->vlans, &vlan->o);
    return 0;
}

static int see_vlans(const struct nlmsghdr *message, void *userdata)
{
    struct view *view = userdata;
    const struct ifinfomsg *header = nlmsg_data(message);
    const struct bridge_vlan_info *first = NULL;
    const struct seen_iface *found;
    struct nlattr *list, *attribute;
    int left, r = 0;

    if (message->nlmsg_type != RTM_NEWLINK || header->ifi_family != AF_BRIDGE)
        return 0;
    list = nlmsg_find_attr((struct nlmsghdr *)message, sizeof *header, IFLA_AF_SPEC);
    found = view_find(view, (uint32_t)header->ifi_index);
    /* network cards have tables of their own */
    if (!found || (list && nla_find(nla_data(list), nla_len(list), IFLA_BRIDGE_FLAGS)))
        return 0;
    found->iface->has_vlans = true;
    if (!list)
        return 0; /* of no VLAN at all */
    nla_for_each_nested(attribute, list, left)
    {
        const struct bridge_vlan_info *info = nla_data(attribute);

        if (nla_type(attribute) != IFLA_BRIDGE_VLAN_INFO || nla_len(attribute) < (int)sizeof *info)
            continue;
        if (info->flags & BRIDGE_VLAN_INFO_RANGE_BEGIN) {
            first = info;
            continue;
        }
        if (r == 0)
            r = add(view, found->iface, first ? first : info, info);
        first = NULL;
    }
    return r;
}

static void forget_vlans(void *userdata)
{
    const struct view *view = userdata;

    for (size_t i = 0; i < view->count; i++) {
        view->ifaces[i].iface->vlans = (struct list){0};
        view->ifaces[i].iface->has_vlans = false;
    }
}

static struct nl_msg *message_getvlans(void)
{
    struct ifinfomsg header = {.ifi_family = AF_BRIDGE};
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, 0);

    if (msg && (nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
                nla_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN_COMPRESSED) < 0)) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

int view_vlans(struct view *view)
{
    bool wanted = has_vlans(view->netns);
    int r = 0;

    for (size_t i = 0; i < OBSERVE_HINTS; i++)
        wanted = wanted || has_vlans(view_hint(view, i));
    if (!wanted)
        return 0;
    r = channel_dump(view->channel, message_getvlans(), see_vlans, forget_vlans, view);
    for (size_t i = 0; i < view->count && r == 0; i++) {
        struct iface *iface = view->ifaces[i].iface;

        if (iface->kind && iface->kind->tell_vlans && iface->options)
            r = iface->kind->tell_vlans(iface, view->arena);
    }
    return r;
}
