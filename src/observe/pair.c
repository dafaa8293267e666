/* SPDX-License-Identifier: MIT */
/*
 * Job: find the other end of each veth: it has our index as its peer's, we have its, and the number
 * that our namespace has for the peer's is that of the namespace it is in.
 * In: all namespaces' interfaces. Out: links.
 */
#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "kinds/kind.h"
#include "observe/internal.h"

static struct nl_msg *message_getnsid(int netns_fd)
{
    struct rtgenmsg header = {.rtgen_family = AF_UNSPEC};
    struct nl_msg *msg = nlmsg_alloc_size(128);

    if (msg && (!nlmsg_put(msg, 0, 0, RTM_GETNSID, 0, 0) ||
                nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
                nla_put_u32(msg, NETNSA_FD, (uint32_t)netns_fd) < 0)) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

static int see_nsid(const struct nlmsghdr *message, void *userdata)
{
    struct nlattr *id =
        nlmsg_find_attr((struct nlmsghdr *)message, sizeof(struct rtgenmsg), NETNSA_NSID);

    if (id)
        *(int32_t *)userdata = (int32_t)nla_get_u32(id);
    return 0;
}

int view_is_peer(const struct view *view, const struct seen_iface *end, const struct view *other)
{
    int32_t id = -1;
    int r;

    if (view == other || end->peer_ns < 0)
        return view == other && end->peer_ns == PEER_HERE;
    r = channel_request(view->channel, message_getnsid(other->channel->netns_fd), see_nsid, &id);
    return r < 0 ? r : id == end->peer_ns;
}

static bool is_free_veth(const struct iface *iface)
{
    return iface->kind && iface->kind->flags & KIND_BY_LINKS && !iface->link;
}

/* 1: the two are a pair. */
static int is_pair(const struct view *view, const struct seen_iface *end, const struct view *other,
                   const struct seen_iface *candidate)
{
    if (!candidate || candidate == end || !is_free_veth(candidate->iface) ||
        candidate->iface->ifindex != end->peer || candidate->peer != end->iface->ifindex)
        return 0;
    return view_is_peer(view, end, other);
}

static int join(struct netlab_lab *lab, struct iface *a, struct iface *b)
{
    struct link *link = ARENA_NEW(lab->arena, struct link);
    struct iface *ends[2] = {a, b};

    if (!link)
        return -ENOMEM;
    link->o = (struct object){.parent = &lab->o, .table = &table_link};
    for (unsigned i = 0; i < 2; i++) {
        link->ends[i].netns = iface_netns(ends[i])->o.name;
        link->ends[i].name = ends[i]->o.name;
        link->ends[i].iface = ends[i];
        ends[i]->link = link;
        ends[i]->end = i;
    }
    list_append(&lab->links, &link->o);
    return 0;
}

static int try_pair(struct netlab_lab *lab, const struct view *view, const struct seen_iface *end,
                    const struct view *other)
{
    const struct seen_iface *candidate = view_find(other, end->peer);
    int r = is_pair(view, end, other, candidate);

    return r <= 0 ? r : join(lab, end->iface, candidate->iface) < 0 ? -ENOMEM : 1;
}

/* Where a hint has the other end. */
static int try_hints(struct netlab_lab *lab, const struct views *views, const struct view *view,
                     const struct seen_iface *end)
{
    int r = 0;

    for (size_t i = 0; i < OBSERVE_HINTS && r == 0; i++) {
        const struct netns *netns = view_hint(view, i);
        const struct iface *hint = netns ? netns_iface(netns, end->iface->o.name) : NULL;
        const struct iface *peer = hint ? iface_peer(hint) : NULL;
        const struct view *there =
            peer ? strmap_get(&views->names, iface_netns(peer)->o.name) : NULL;

        if (there)
            r = try_pair(lab, view, end, there);
    }
    return r;
}

static int try_all(struct netlab_lab *lab, const struct views *views, const struct view *view,
                   const struct seen_iface *end)
{
    int r = 0;

    for (size_t i = 0; i < views->count && r == 0; i++)
        r = try_pair(lab, view, end, &views->items[i]);
    return r;
}

typedef int try_fn(struct netlab_lab *lab, const struct views *views, const struct view *view,
                   const struct seen_iface *end);

static int join_by(struct netlab_lab *lab, struct views *views, try_fn *attempt)
{
    for (size_t i = 0; i < views->count; i++)
        for (size_t j = 0; j < views->items[i].count; j++) {
            const struct seen_iface *end = &views->items[i].ifaces[j];
            int r = is_free_veth(end->iface) && end->peer
                        ? attempt(lab, views, &views->items[i], end)
                        : 0;

            if (r < 0)
                return r;
        }
    return 0;
}

/* Hints first: nearly all ends are where they are expected, and asking all for all is quadratic. */
int join_pairs(struct netlab_lab *lab, struct views *views)
{
    int r = join_by(lab, views, try_hints);

    return r < 0 ? r : join_by(lab, views, try_all);
}
