/* SPDX-License-Identifier: MIT */
/*
 * Job: when `up` returns, the first packet passes.
 * In: a namespace that is configured. Out: the same, when the kernel's deferred work on it is done.
 *
 * Two things the kernel does later, in work queues, and both lose packets until then. A device
 * whose carrier has just come up has no queue yet: RTM_GETLINK for one device makes the link watch
 * look at it at once (rtnl_getlink() → linkwatch_sync_dev()). And an IPv6 address, even without
 * duplicate address detection, is neither a local route nor a member of its solicited-node group
 * until addrconf_dad_work() has run: asked for the route to it, the kernel tells.
 *
 * Before Linux 6.8 RTM_GETLINK only looks; there we wait for what the link watch does.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/report.h"
#include "kernel/internal.h"
#include "kinds/kind.h"
#include "model/ip.h"

enum {
    READY_OPS = 16, /* answers of RTM_GETLINK are 20 times as large as acks */
    PATIENCE_MS = 10 * 1000,
    PAUSE_MS = 100,       /* at most, before looking again anyway … */
    PORT_PAUSE_MS = 1000, /* … at a port of a bridge */
};

/* Members before their masters, whose carrier follows. */
static int watch_links(struct kernel *kernel, const struct op *op,
                       const struct netlab_options *options, struct netlab_report *report)
{
    const struct netns *netns = (const struct netns *)op->to;
    int r = 0;

    for (int masters = 0; masters < 2; masters++)
        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (r == 0 && iface->kind && iface->up && !iface_ports(iface) == !masters)
                r = run_send(kernel, op, message_getlink(kernel_ifindex(kernel, iface)), READY_OPS,
                             options, report);
    return r < 0 ? r : run_flush(kernel, options, report);
}

/* Whether RTM_GETLINK makes the link watch look at the interface (linkwatch_sync_dev()). */
static bool getlink_is_enough(void)
{
    struct utsname name;
    int version = 0, patch = 0;

    return uname(&name) == 0 && sscanf(name.release, "%d.%d", &version, &patch) == 2 &&
           (version > 6 || (version == 6 && patch >= 8));
}

/* Whether the interface will have a carrier, so that addresses on it come to life. */
static bool has_carrier(const struct iface *iface)
{
    const struct iface *peer = iface_peer(iface);

    if (!iface->up || iface->existing || iface_is_moved(iface)) /* of these that is not known */
        return false;
    if (iface->kind && iface->kind->tun) /* a program has yet to open it */
        return false;
    if (peer)
        return peer->up;
    if (!iface_ports(iface))
        return true;
    LIST_EACH (struct iface, member, &iface_netns(iface)->interfaces)
        if (member->master == iface && has_carrier(member))
            return true;
    return false;
}

/* What is waited for: asks whether it is so. 1: yes; 0: not yet; or -errno. */
struct condition {
    int (*holds)(struct channel *channel, const struct condition *condition);
    int group; /* the notifications that come with it */
    const struct ip *ip;
    const struct iface *iface;
    bool is_port; /* of its state the notifications tell for sure */
};

static unsigned patience(const struct netlab_options *options)
{
    return options && options->wait ? options->wait : PATIENCE_MS;
}

static int open_watch(struct kernel *kernel, const struct channel *channel, int group)
{
    int watch = kernel_enter(channel), back;

    if (watch == 0)
        watch = channel_watch(group);
    back = kernel_leave(kernel);
    if (back < 0 && watch >= 0)
        close(watch);
    return back < 0 ? back : watch;
}

/*
 * 1: it holds; -ETIME: it does not, and all patience is used up; -ECANCELED, …
 * A notification may come just before what it tells of can be seen (__ipv6_ifa_notify() sends it
 * before it inserts the route), or in the middle of looking: so it is looked at again after a
 * while.
 */
static int await(struct kernel *kernel, struct channel *channel, const struct condition *condition,
                 const struct netlab_options *options)
{
    const long most = condition->is_port ? PORT_PAUSE_MS : PAUSE_MS;
    CLEANUP_FD int watch = -1;
    int r = condition->holds(channel, condition);
    long pause = 1;

    if (r != 0)
        return r;
    if (!kernel->patience)
        kernel->patience = clock_ms() + patience(options);
    watch = open_watch(kernel, channel, condition->group);
    r = watch < 0 ? watch : condition->holds(channel, condition);
    while (r == 0) {
        int64_t left = kernel->patience - clock_ms();

        r = left > 0 ? channel_wait(watch, (int)(pause < left ? pause : left)) : -ETIME;
        if (r == -ETIME && left > pause)
            r = 0;
        pause = 2 * pause < most ? 2 * pause : most;
        if (r == -EINTR)
            r = options && options->cancel && *options->cancel ? -ECANCELED : 0;
        if (r == 0)
            r = condition->holds(channel, condition);
    }
    return r;
}

/* The end of waiting for something: 0 where it came, or is late and may be. */
static int conclude(const struct kernel *kernel, int r, struct mark mark, const char *what,
                    const struct netlab_options *options, struct netlab_report *report)
{
    const struct source *source = &kernel->lab->source;
    double seconds = patience(options) / 1000.0;

    if (r == -ECANCELED)
        return report_plain(report, ECANCELED, "interrupted: what was done is taken back");
    if (r == -ETIME && options && options->wait)
        return report_error(report, ETIME, source, mark, "%s is not usable after %g seconds", what,
                            seconds);
    if (r == -ETIME)
        report_warning(report, source, mark, "%s is not usable yet, after %g seconds", what,
                       seconds);
    else if (r < 0)
        return report_error(report, -r, source, mark, "cannot see whether %s is usable: %s", what,
                            strerror(-r));
    return 0;
}

static struct nl_msg *message_getroute(const struct ip *to, uint32_t vrf)
{
    struct rtmsg header = {.rtm_family = AF_INET6, .rtm_dst_len = 128};
    struct nl_msg *msg = nlmsg_alloc_size(128);

    if (msg && (!nlmsg_put(msg, 0, 0, RTM_GETROUTE, 0, 0) ||
                nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
                nla_put(msg, RTA_DST, (int)ip_bytes(to), to->bytes) < 0 ||
                (vrf && nla_put_u32(msg, RTA_OIF, vrf) < 0))) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

static int see_route(const struct nlmsghdr *message, void *userdata)
{
    const struct rtmsg *route = nlmsg_data(message);

    *(bool *)userdata = message->nlmsg_type == RTM_NEWROUTE && route->rtm_type == RTN_LOCAL;
    return 0;
}

static int address_is_in_use(struct channel *channel, const struct condition *condition)
{
    const struct iface *own = condition->iface;
    const struct iface *master = own->kind == &kind_vrf ? own : own->master;
    uint32_t vrf = master && master->kind == &kind_vrf ? master->ifindex : 0;
    bool local = false;
    int r = channel_request(channel, message_getroute(condition->ip, vrf), see_route, &local);

    /* "no route" to it is an answer, not a failure */
    if (r < 0 && r != -ENETUNREACH && r != -EHOSTUNREACH && r != -EACCES && r != -EINVAL)
        return r;
    return local;
}

/* The kernel does not look for a link-local address in a vrf's table. */
static bool is_unseen(const struct iface *iface, const struct ip *ip)
{
    return ip_is_link_local(ip) && iface->master && iface->master->kind == &kind_vrf;
}

/* The notification of an address is sent when the work on it is done. */
static int await_addresses(struct kernel *kernel, struct channel *channel,
                           const struct iface *iface, const struct netlab_options *options,
                           struct netlab_report *report)
{
    char text[IP_TEXT];
    int r = 0;

    LIST_EACH (struct address, address, &iface->addresses) {
        const struct ip *ip = &address->address.ip;
        const struct condition condition = {
            .holds = address_is_in_use, .group = RTNLGRP_IPV6_IFADDR, .ip = ip, .iface = iface};

        if (r < 0 || ip->family != AF_INET6 || address->dad || is_unseen(iface, ip))
            continue;
        r = await(kernel, channel, &condition, options);
        r = conclude(kernel, r, object_mark(&address->o, ADDRESS_ADDRESS), ip_text(ip, text),
                     options, report);
    }
    return r;
}

struct port_look {
    const struct kind *master;
    bool settles;
};

static int see_port(const struct nlmsghdr *message, void *userdata)
{
    struct port_look *look = userdata;
    struct nlattr *info =
        nlmsg_find_attr((struct nlmsghdr *)message, sizeof(struct ifinfomsg), IFLA_LINKINFO);
    struct nlattr *data =
        info ? nla_find(nla_data(info), nla_len(info), IFLA_INFO_SLAVE_DATA) : NULL;

    look->settles = data && look->master->port_settles(data);
    return 0;
}

static int port_has_settled(struct channel *channel, const struct condition *condition)
{
    struct port_look look = {.master = condition->iface->master->kind};
    int r = channel_request(channel, message_getlink(condition->iface->ifindex), see_port, &look);

    return r < 0 ? r : !look.settles;
}

/* STP listens and learns before it lets a port forward, or blocks it; a bond looks at links from
   time to time. */
static bool is_slow(const struct iface *iface)
{
    const struct iface *master = iface->master;

    return master && master->kind && master->kind->is_slow && master->kind->is_slow(master) &&
           has_carrier(iface);
}

static int await_port(struct kernel *kernel, struct channel *channel, const struct iface *iface,
                      const struct netlab_options *options, struct netlab_report *report)
{
    const struct condition condition = {
        .holds = port_has_settled, .group = RTNLGRP_LINK, .iface = iface, .is_port = true};
    int r;

    r = conclude(kernel, await(kernel, channel, &condition, options), iface->o.mark, iface->o.name,
                 options, report);
    if (r == -ETIME && iface->master->kind->flags & KIND_PLUG)
        report_hint(report, "with STP a port of %s takes twice 'forward-delay'",
                    iface->master->o.name);
    return r;
}

static int see_operstate(const struct nlmsghdr *message, void *userdata)
{
    struct nlattr *operstate =
        nlmsg_find_attr((struct nlmsghdr *)message, sizeof(struct ifinfomsg), IFLA_OPERSTATE);

    *(bool *)userdata = operstate && nla_get_u8(operstate) == IF_OPER_UP;
    return 0;
}

static int link_is_up(struct channel *channel, const struct condition *condition)
{
    bool up = false;
    int r =
        channel_request(channel, message_getlink(condition->iface->ifindex), see_operstate, &up);

    return r < 0 ? r : up;
}

/* The kernel sets this state where it gives the interface its queue, in one go. */
static int await_link(struct kernel *kernel, struct channel *channel, const struct iface *iface,
                      const struct netlab_options *options, struct netlab_report *report)
{
    const struct condition condition = {.holds = link_is_up, .group = RTNLGRP_LINK, .iface = iface};

    /* A bridge has its queue once it is up, as its ports come first; others have no carrier. */
    if (!iface_peer(iface) || !has_carrier(iface))
        return 0;
    return conclude(kernel, await(kernel, channel, &condition, options), iface->o.mark,
                    iface->o.name, options, report);
}

int ready_netns(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
                struct netlab_report *report)
{
    const struct netns *netns = (const struct netns *)op->to;
    struct channel *channel = kernel_channel(kernel, netns);
    int r = watch_links(kernel, op, options, report);
    bool waited = false;

    LIST_EACH (struct iface, iface, &netns->interfaces)
        if (r == 0 && is_slow(iface)) {
            waited = true;
            r = await_port(kernel, channel, iface, options, report);
        }
    if (r == 0 && waited) /* the carrier of their masters may have come with it */
        r = watch_links(kernel, op, options, report);
    if (!getlink_is_enough())
        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (r == 0)
                r = await_link(kernel, channel, iface, options, report);
    LIST_EACH (struct iface, iface, &netns->interfaces)
        if (r == 0 && has_carrier(iface))
            r = await_addresses(kernel, channel, iface, options, report);
    return r;
}
