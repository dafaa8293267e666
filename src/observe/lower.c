/* SPDX-License-Identifier: MIT */
/*
 * Job: find what interfaces stand on: the index is that of an interface of the same namespace, or
 * of the one that our namespace has the number for.
 * In: all namespaces' interfaces. Out: struct stacked of those that stand on another.
 */
#include <errno.h>

#include "kinds/kind.h"
#include "observe/internal.h"

static void stand_on(struct stacked *stacked, struct netns *netns, struct ifref lower)
{
    const struct field *field = kind_lower_field(((const struct iface *)stacked->o.parent)->kind);

    stacked->lower.netns = netns ? netns->o.name : "";
    stacked->lower.name = lower.name ? lower.name : "";
    stacked->lower.iface = lower.iface;
    stacked->lower_netns = netns;
    stacked->o.set |= UINT64_C(1) << (field - stacked->o.table->fields);
}

/* In another namespace that was looked at, or in one that was not. */
static int find_elsewhere(struct views *views, const struct view *view,
                          const struct seen_iface *upper, struct stacked *stacked)
{
    for (size_t i = 0; i < views->count; i++) {
        struct view *other = &views->items[i];
        struct ifref lower = {0};
        int r = view_is_peer(view, upper, other);

        if (r > 0)
            lower = view_ref(other, upper->peer);
        if (other->error || r < 0)
            return r < 0 ? r : other->error;
        if (!lower.name)
            continue;
        stand_on(stacked, other->netns, lower);
        return 0;
    }
    stand_on(stacked, NULL, (struct ifref){0});
    return 0;
}

static int find_lower(struct views *views, struct view *view, struct seen_iface *upper)
{
    struct stacked *stacked = iface_stacked(upper->iface);

    if (!stacked)
        return 0;
    if (kind_lower_field(upper->iface->kind)->attribute)
        upper->peer = stacked->ifindex;
    if (!upper->peer)
        return 0;
    if (upper->peer_ns != PEER_HERE)
        return find_elsewhere(views, view, upper, stacked);
    stand_on(stacked, view->netns, view_ref(view, upper->peer));
    return view->error;
}

int join_lowers(struct views *views)
{
    int r = 0;

    for (size_t i = 0; i < views->count && r == 0; i++)
        for (size_t j = 0; j < views->items[i].count && r == 0; j++)
            r = find_lower(views, &views->items[i], &views->items[i].ifaces[j]);
    for (size_t i = 0; i < views->count && r == 0; i++)
        netns_find_carriers(views->items[i].netns);
    return r;
}
