/* SPDX-License-Identifier: MIT */
/*
 * Job: RTM_GETADDR and RTM_GETNEIGH → addresses, and neighbours that somebody has set: permanent
 * ones, those that are never asked for, and, where they are wanted, those answered for.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/ip.h"
#include "observe/internal.h"

enum { IFA_HIGHEST = 16 };

bool view_ip(const struct nlattr *attribute, unsigned family, struct ip *ret_ip)
{
    struct ip ip = {.family = (uint8_t)family};

    if (!attribute || nla_len(attribute) < (int)ip_bytes(&ip))
        return false;
    memcpy(ip.bytes, nla_data(attribute), ip_bytes(&ip));
    *ret_ip = ip;
    return true;
}

/* Of a permanent address IPv4 does not tell that it is not preferred, but by the flag. */
static uint32_t lifetime(const struct nlattr *attribute, uint32_t flags)
{
    const struct ifa_cacheinfo *cache = attribute ? nla_data(attribute) : NULL;

    if (flags & IFA_F_DEPRECATED)
        return 0;
    return cache ? cache->ifa_valid : LIFETIME_FOREVER;
}

/* Settings that no file has words for: its route's metric, flags, two lifetimes. */
static void look_beyond(struct address *address, struct nlattr **tb, uint32_t flags)
{
    const struct ifa_cacheinfo *cache = tb[IFA_CACHEINFO] ? nla_data(tb[IFA_CACHEINFO]) : NULL;

    address->metric = tb[IFA_RT_PRIORITY] ? nla_get_u32(tb[IFA_RT_PRIORITY]) : 0;
    address->flags = flags & (IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_MCAUTOJOIN);
    address->o.beyond =
        address->metric || address->flags ||
        (cache && !(flags & IFA_F_DEPRECATED) && cache->ifa_prefered != cache->ifa_valid);
}

/* sit_add_v4_addrs(): fe80::A.B.C.D/64 or ::A.B.C.D/96, of which the kernel does not tell that they
   are its own. */
static bool embeds_ipv4(const struct address *address, const struct kind *kind)
{
    static const uint8_t link_local[12] = {0xfe, 0x80}, compatible[12];
    const uint8_t *bytes = address->address.ip.bytes;

    if (!kind || !(kind->flags & KIND_EMBEDS_IPV4) || address->address.ip.family != AF_INET6)
        return false;
    return memcmp(bytes, address->address.length == 96 ? compatible : link_local, 12) == 0;
}

static int fill(const struct view *view, struct address *address, const struct ifaddrmsg *header,
                struct nlattr **tb)
{
    const struct iface *iface = (const struct iface *)address->o.parent;
    uint32_t flags = tb[IFA_FLAGS] ? nla_get_u32(tb[IFA_FLAGS]) : header->ifa_flags;
    struct ip far;

    if (!view_ip(tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS], header->ifa_family,
                 &address->address.ip))
        return -EINVAL;
    address->address.length = header->ifa_prefixlen;
    address->o.set = 1U << ADDRESS_ADDRESS | 1U << ADDRESS_BROADCAST | 1U << ADDRESS_SCOPE |
                     1U << ADDRESS_LIFETIME | 1U << ADDRESS_NOPREFIXROUTE;
    if (view_ip(tb[IFA_ADDRESS], header->ifa_family, &far) &&
        !ip_equal(&far, &address->address.ip)) {
        address->peer = (struct prefix){far, header->ifa_prefixlen};
        address->address.length = (uint8_t)ip_bits(&far);
        address->o.set |= 1U << ADDRESS_PEER;
    }
    (void)view_ip(tb[IFA_BROADCAST], header->ifa_family, &address->broadcast);
    address->scope = header->ifa_scope;
    address->lifetime = lifetime(tb[IFA_CACHEINFO], flags);
    address->noprefixroute = flags & IFA_F_NOPREFIXROUTE;
    look_beyond(address, tb, flags);
    address->protocol = tb[IFA_PROTO] ? nla_get_u8(tb[IFA_PROTO]) : 0;
    if (!address->protocol && embeds_ipv4(address, iface->kind))
        address->protocol = ADDRESS_KERNEL_LL;
    if (tb[IFA_LABEL] && strcmp(nla_get_string(tb[IFA_LABEL]), iface->o.name) != 0) {
        address->label = arena_strdup(view->arena, nla_get_string(tb[IFA_LABEL]));
        address->o.set |= 1U << ADDRESS_LABEL;
        return address->label ? 0 : -ENOMEM;
    }
    return 0;
}

static int see_address(const struct nlmsghdr *message, void *userdata)
{
    struct view *view = userdata;
    const struct ifaddrmsg *header = nlmsg_data(message);
    struct nlattr *tb[IFA_HIGHEST + 1] = {0};
    const struct seen_iface *found;
    struct address *address;
    int r;

    if (message->nlmsg_type != RTM_NEWADDR ||
        (header->ifa_family != AF_INET && header->ifa_family != AF_INET6) ||
        nlmsg_parse((struct nlmsghdr *)message, sizeof *header, tb, IFA_HIGHEST, NULL) < 0)
        return 0;
    found = view_find(view, header->ifa_index);
    if (!found)
        return 0;
    address = ARENA_NEW(view->arena, struct address);
    if (!address)
        return -ENOMEM;
    address->o.table = &table_address;
    address->o.parent = &found->iface->o;
    r = fill(view, address, header, tb);
    if (r == 0)
        list_append(&found->iface->addresses, &address->o);
    return r == -ENOMEM ? r : 0;
}

static void forget_addresses(void *userdata)
{
    const struct view *view = userdata;

    for (size_t i = 0; i < view->count; i++)
        view->ifaces[i].iface->addresses = (struct list){0};
}

int view_addresses(struct view *view)
{
    const struct ifaddrmsg header = {.ifa_family = AF_UNSPEC};

    return view_dump(view, RTM_GETADDR, &header, sizeof header, see_address, forget_addresses);
}

/* Whether somebody has set it so: of devices without neighbours, and for groups, the kernel does.
 */
static bool is_set(const struct view *view, const struct ndmsg *header, const struct nlattr *mac)
{
    const uint8_t *bytes = mac ? nla_data(mac) : NULL;
    const struct seen_iface *found;

    if (header->ndm_flags & NTF_PROXY || header->ndm_state & NUD_PERMANENT)
        return true;
    if (!(header->ndm_state & NUD_NOARP) || !mac || nla_len(mac) != sizeof(struct mac) ||
        bytes[0] & 1)
        return false;
    found = view_find(view, (uint32_t)header->ndm_ifindex);
    return found && !(found->flags & (IFF_NOARP | IFF_LOOPBACK));
}

static void fill_neighbor(struct neighbor *neighbor, const struct ndmsg *header,
                          const struct nlattr *mac)
{
    bool has_mac = mac && nla_len(mac) == sizeof neighbor->mac.bytes;

    neighbor->o.table = &table_neighbor;
    neighbor->o.set = 1U << NEIGHBOR_TO | 1U << NEIGHBOR_MAC | 1U << NEIGHBOR_DEV;
    neighbor->proxy = header->ndm_flags & NTF_PROXY;
    neighbor->state = neighbor->proxy ? 0 : header->ndm_state;
    neighbor->o.beyond = neighbor->proxy || !has_mac || !(neighbor->state & NUD_PERMANENT);
    if (has_mac)
        memcpy(neighbor->mac.bytes, nla_data(mac), sizeof neighbor->mac.bytes);
}

static int see_neighbor(const struct nlmsghdr *message, void *userdata)
{
    struct view *view = userdata;
    const struct ndmsg *header = nlmsg_data(message);
    struct nlattr *tb[NDA_MAX + 1] = {0};
    struct neighbor *neighbor;

    if (message->nlmsg_type != RTM_NEWNEIGH ||
        (header->ndm_family != AF_INET && header->ndm_family != AF_INET6) ||
        nlmsg_parse((struct nlmsghdr *)message, sizeof *header, tb, NDA_MAX, NULL) < 0 ||
        !is_set(view, header, tb[NDA_LLADDR]))
        return 0;
    neighbor = ARENA_NEW(view->arena, struct neighbor);
    if (!neighbor)
        return -ENOMEM;
    fill_neighbor(neighbor, header, tb[NDA_LLADDR]);
    neighbor->o.parent = &view->netns->o;
    neighbor->dev = view_ref(view, (uint32_t)header->ndm_ifindex);
    if (neighbor->dev.name && view_ip(tb[NDA_DST], header->ndm_family, &neighbor->to))
        list_append(&view->netns->neighbors, &neighbor->o);
    return view->error;
}

/* Both dumps share a list. */
static void forget_neighbors(void *userdata)
{
    struct view *view = userdata;

    view->netns->neighbors = view->kept;
    if (view->kept.last)
        view->kept.last->next = NULL;
}

int view_neighbors(struct view *view)
{
    struct ndmsg header = {.ndm_family = AF_UNSPEC};
    int r;

    view->kept = (struct list){0};
    r = view_dump(view, RTM_GETNEIGH, &header, sizeof header, see_neighbor, forget_neighbors);
    if (r < 0 || !view->request->others)
        return r;
    header.ndm_flags = NTF_PROXY;
    view->kept = view->netns->neighbors;
    return view_dump(view, RTM_GETNEIGH, &header, sizeof header, see_neighbor, forget_neighbors);
}
