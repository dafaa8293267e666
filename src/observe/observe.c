/* SPDX-License-Identifier: MIT */
/*
 * Job: look at namespaces one by one, then join what spans several.
 */
#include "observe/observe.h"

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "base/report.h"
#include "kernel/nft.h"
#include "observe/internal.h"

const struct netns *view_hint(const struct view *view, size_t which)
{
    const struct netlab_lab *lab = view->request->hints[which];

    return lab ? strmap_get(&lab->names, view->netns->o.name) : NULL;
}

const struct iface *view_expected(const struct view *view, const char *iface)
{
    for (size_t i = 0; i < OBSERVE_HINTS; i++) {
        const struct netns *hint = view_hint(view, i);
        const struct iface *found = hint ? netns_iface(hint, iface) : NULL;

        if (found)
            return found;
    }
    return NULL;
}

bool view_expects(const struct view *view, const char *iface)
{
    return view_expected(view, iface);
}

struct ifref view_ref(struct view *view, uint32_t ifindex)
{
    const struct seen_iface *found = view_find(view, ifindex);

    if (found)
        return (struct ifref){.name = found->iface->o.name, .iface = found->iface};
    for (const struct stranger *one = view->strangers; one && view->netns->foreign; one = one->next)
        if (one->ifindex == ifindex)
            return (struct ifref){.name = one->name};
    return (struct ifref){0};
}

static struct nl_msg *message_dump(int type, const void *header, size_t size)
{
    struct nl_msg *msg = nlmsg_alloc_simple(type, 0);

    if (!msg || nlmsg_append(msg, (void *)header, size, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

int view_dump(struct view *view, int type, const void *header, size_t size, dump_fn *found,
              restart_fn *restart)
{
    return channel_dump(view->channel, message_dump(type, header, size), found, restart, view);
}

int view_dump_twice(struct view *view, int type, const void *header, size_t size, dump_fn *found,
                    restart_fn *restart)
{
    return channel_dump_twice(view->channel, message_dump(type, header, size), found, restart,
                              view);
}

int view_unsaid(const struct view *view, struct object *object, struct unsaid *unsaid,
                const struct nlmsghdr *message, int header, bool (*has_word)(const struct nlattr *))
{
    const struct nlattr *attribute;
    size_t size = 0;
    char *copy;
    int left;

    nlmsg_for_each_attr(attribute, (struct nlmsghdr *)message, header,
                        left) if (!has_word(attribute)) size +=
        (size_t)nla_total_size(nla_len(attribute));
    if (!size)
        return 0;
    object->beyond = true;
    copy = arena_alloc(view->arena, size);
    if (!copy)
        return -ENOMEM;
    unsaid->attributes = copy;
    unsaid->size = size;
    nlmsg_for_each_attr(attribute, (struct nlmsghdr *)message, header,
                        left) if (!has_word(attribute))
    {
        memcpy(copy, attribute, attribute->nla_len);
        copy += nla_total_size(nla_len(attribute));
    }
    return 0;
}

static int look(struct view *view)
{
    static int (*const steps[])(struct view * view) = {
        view_links, view_qdiscs,    view_vlans,   view_addresses,  view_routes,
        view_rules, view_neighbors, view_sysctls, view_wireguards, view_ruleset,
    };
    int r = 0;

    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && r == 0; i++)
        r = steps[i](view);
    return r < 0 ? r : view->error;
}

static struct netns *add_netns(struct netlab_lab *lab, const struct observe_place *place)
{
    struct netns *netns = ARENA_NEW(lab->arena, struct netns);

    if (!netns)
        return NULL;
    netns->o.table = &table_netns;
    netns->o.parent = &lab->o;
    netns->o.name = netns->hostname = arena_strdup(lab->arena, place->name);
    netns->index = place->index;
    netns->unnamed = place->unnamed;
    if (!netns->o.name || strmap_add(&lab->names, lab->arena, netns->o.name, netns) < 0)
        return NULL;
    list_append(&lab->namespaces, &netns->o);
    return netns;
}

static int look_at(struct kernel *kernel, const struct observe_request *request,
                   const struct observe_place *place, bool host, struct netlab_lab *lab,
                   struct views *views)
{
    struct view *view = &views->items[views->count];
    struct netns *netns = add_netns(lab, place);

    if (!netns)
        return -ENOMEM;
    netns->host = host;
    netns->foreign = host || place->foreign;
    if (host)
        lab->host = netns;
    if (netns->foreign)
        netns->hostname = NULL;
    *view = (struct view){
        .kernel = kernel,
        .request = request,
        .channel = kernel_channel(kernel, netns),
        .arena = lab->arena,
        .lab = lab,
        .netns = netns,
    };
    views->count++;
    if (strmap_add(&views->names, lab->arena, netns->o.name, view) < 0)
        return -ENOMEM;
    return look(view);
}

static bool is_gone(int error)
{
    return error == -ENOENT || error == -ESTALE;
}

static int look_at_all(struct kernel *kernel, const struct observe_request *request,
                       struct netlab_lab *lab, struct netlab_report *report)
{
    struct views views = {.items =
                              arena_array(lab->arena, request->count + 1, sizeof *views.items)};
    const struct observe_place host = {.name = "host", .index = request->count};
    const char *where = "host";
    int r = views.items ? 0 : -ENOMEM;

    for (size_t i = 0; i < request->count && r == 0; i++) {
        const struct observe_place *place = &request->places[i];

        where = place->name;
        if (!kernel_has(kernel, place->index)) {
            r = place->path ? kernel_open_netns(kernel, place->index, place->path) : -ENOENT;
            if (is_gone(r)) {
                r = 0;
                continue;
            }
        }
        if (r == 0)
            r = look_at(kernel, request, place, false, lab, &views);
    }
    if (r == 0 && request->host)
        where = host.name;
    if (r == 0 && request->host)
        r = look_at(kernel, request, &host, true, lab, &views);
    if (r == 0)
        r = join_pairs(lab, &views);
    if (r == 0)
        r = join_lowers(&views);
    if (r == 0)
        r = join_peers(lab);
    if (r == 0)
        r = see_services(kernel, request, lab);
    if (r == -ENOMEM)
        return report_oom(report);
    if (r == -ENOPKG)
        return report_plain(report, ENOPKG, "cannot see the nftables of namespace %s: %s", where,
                            nft_fault());
    if (r < 0)
        return report_plain(report, -r, "cannot see what is in namespace %s: %s", where,
                            strerror(-r));
    return 0;
}

int observe(struct kernel *kernel, const struct observe_request *request,
            struct netlab_lab **ret_seen, struct netlab_report *report)
{
    struct netlab_lab *lab = lab_new();
    int r = lab ? look_at_all(kernel, request, lab, report) : report_oom(report);

    if (r == 0)
        *ret_seen = lab;
    else
        lab_free(lab);
    return r;
}
