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
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/report.h"
#include "kernel/internal.h"
#include "kinds/kind.h"
#include "model/ip.h"

enum {
    READY_OPS = 16, /* answers of RTM_GETLINK are 20 times as large as acks */
    PATIENCE_MS = 10 * 1000,
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

/* Whether the interface will have a carrier, so that addresses on it come to life. */
static bool has_carrier(const struct iface *iface)
{
    const struct iface *peer = iface_peer(iface);

    if (!iface->up)
        return false;
    if (peer)
        return peer->up;
    if (!iface_ports(iface))
        return true;
    if (iface->kind->is_slow && iface->kind->is_slow(iface))
        return false;
    LIST_EACH (struct iface, member, &iface_netns(iface)->interfaces)
        if (member->master == iface && has_carrier(member))
            return true;
    return false;
}

static struct nl_msg *message_getroute(const struct ip *to)
{
    struct rtmsg header = {.rtm_family = AF_INET6, .rtm_dst_len = 128};
    struct nl_msg *msg = nlmsg_alloc_size(128);

    if (msg && (!nlmsg_put(msg, 0, 0, RTM_GETROUTE, 0, 0) ||
                nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
                nla_put(msg, RTA_DST, (int)ip_bytes(to), to->bytes) < 0)) {
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

/* 1: the address is in use; 0: not yet; or -errno. */
static int is_in_use(struct channel *channel, const struct ip *ip)
{
    bool local = false;
    int r = channel_request(channel, message_getroute(ip), see_route, &local);

    /* "no route" to it is an answer, not a failure */
    if (r < 0 && r != -ENETUNREACH && r != -EHOSTUNREACH && r != -EACCES && r != -EINVAL)
        return r;
    return local;
}

static long now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* The notification of the address is sent when the work on it is done. */
static int await_address(struct channel *channel, const struct ip *ip,
                         const struct netlab_options *options)
{
    long deadline = now_ms() + PATIENCE_MS;
    int r = channel_subscribe(channel, RTNLGRP_IPV6_IFADDR, true);

    if (r == 0)
        r = is_in_use(channel, ip);
    while (r == 0) {
        long left = deadline - now_ms();

        r = left > 0 ? channel_wait(channel, (int)left) : -ETIME;
        if (r == -EINTR)
            r = options && options->cancel && *options->cancel ? -ECANCELED : 0;
        if (r == 0)
            r = is_in_use(channel, ip);
    }
    (void)channel_subscribe(channel, RTNLGRP_IPV6_IFADDR, false);
    return r;
}

static int ready_address(struct kernel *kernel, struct channel *channel,
                         const struct address *address, const struct netlab_options *options,
                         struct netlab_report *report)
{
    struct mark mark = object_mark(&address->o, ADDRESS_ADDRESS);
    char text[IP_TEXT];
    int r = is_in_use(channel, &address->address.ip);

    if (r == 0)
        r = await_address(channel, &address->address.ip, options);
    if (r == -ECANCELED)
        return report_plain(report, ECANCELED, "interrupted: what was done is taken back");
    if (r == -ETIME)
        report_warning(report, &kernel->lab->source, mark, "%s is not usable yet, after %d seconds",
                       ip_text(&address->address.ip, text), PATIENCE_MS / 1000);
    else if (r < 0)
        return report_error(report, -r, &kernel->lab->source, mark,
                            "cannot see whether %s is usable: %s",
                            ip_text(&address->address.ip, text), strerrordesc_np(-r));
    return 0;
}

int ready_netns(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
                struct netlab_report *report)
{
    const struct netns *netns = (const struct netns *)op->to;
    struct channel *channel = kernel_channel(kernel, netns);
    int r = watch_links(kernel, op, options, report);

    LIST_EACH (struct iface, iface, &netns->interfaces) {
        if (!has_carrier(iface))
            continue;
        LIST_EACH (struct address, address, &iface->addresses)
            if (r == 0 && address->address.ip.family == AF_INET6 && !address->dad)
                r = ready_address(kernel, channel, address, options, report);
    }
    return r;
}
