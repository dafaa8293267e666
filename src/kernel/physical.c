/* SPDX-License-Identifier: MIT */
/*
 * Job: NICs: out of the host's namespace and back, wherever they are by then.
 * In: interfaces of KIND_MOVED. Out: what they were (iface.before); moved devices.
 *
 * When a namespace ends, the kernel brings devices that it did not make itself back to the initial
 * one, later and under the name that they had inside (default_device_exit_net()). So a NIC is known
 * by its permanent address and its place on the machine, not by its name or index.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/report.h"
#include "kernel/internal.h"
#include "kinds/physical.h"
#include "model/ip.h"

enum {
    PATIENCE_MS = 10000, /* for a namespace that has ended */
    PAUSE_MS = 100,
};

struct use_search {
    uint32_t ifindex;
    char address[IP_TEXT]; /* "": none */
};

/* An address that somebody gave it, rather than the kernel or a router. */
static int see_address(const struct nlmsghdr *message, void *userdata)
{
    struct use_search *search = userdata;
    const struct ifaddrmsg *header = nlmsg_data(message);
    const struct nlattr *address = NULL;
    struct prefix prefix = {.ip.family = header->ifa_family, .length = header->ifa_prefixlen};

    if (message->nlmsg_type != RTM_NEWADDR || header->ifa_index != search->ifindex ||
        (header->ifa_family == AF_INET6 &&
         (header->ifa_scope == RT_SCOPE_LINK || !(header->ifa_flags & IFA_F_PERMANENT))))
        return 0;
    if (header->ifa_family == AF_INET)
        address = nlmsg_find_attr((struct nlmsghdr *)message, sizeof *header, IFA_LOCAL);
    if (!address)
        address = nlmsg_find_attr((struct nlmsghdr *)message, sizeof *header, IFA_ADDRESS);
    if (!address || nla_len(address) != (int)ip_bytes(&prefix.ip))
        return 0;
    memcpy(prefix.ip.bytes, nla_data(address), ip_bytes(&prefix.ip));
    prefix_text(&prefix, search->address);
    return 0;
}

static int find_use(struct kernel *kernel, struct use_search *search)
{
    const struct ifaddrmsg header = {.ifa_family = AF_UNSPEC, .ifa_index = search->ifindex};
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETADDR, 0);

    if (!msg || nlmsg_append(msg, (void *)&header, sizeof header, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    return channel_dump(&kernel->host, msg, see_address, NULL, search);
}

static struct mark device_mark(const struct iface *iface)
{
    const struct object *o = iface->options;

    return object_has(o, PHYSICAL_DEVICE) ? object_mark(o, PHYSICAL_DEVICE)
                                          : object_mark(&iface->o, IFACE_TYPE);
}

static int complain(struct kernel *kernel, const struct iface *iface, int error, const char *fault,
                    const char *what, struct netlab_report *report)
{
    return report_error(report, error, &kernel->lab->source, device_mark(iface), "device %s %s%s",
                        iface_physical(iface)->device, fault, what);
}

static int check_use(struct kernel *kernel, const struct iface *iface,
                     const struct nic_search *search, struct netlab_report *report)
{
    struct use_search use = {.ifindex = search->found->ifindex};
    int r;

    if (*search->kind) {
        r = complain(kernel, iface, EINVAL, "is no NIC, but of type ", search->kind, report);
        report_hint(report, "only NICs come back when a namespace ends");
        return r;
    }
    if (search->master)
        return complain(kernel, iface, EBUSY, "is a port of something in the host's namespace", "",
                        report);
    r = find_use(kernel, &use);
    if (r < 0)
        return report_plain(report, -r, "cannot list the addresses of %s: %s",
                            iface_physical(iface)->device, strerror(-r));
    if (!*use.address)
        return 0;
    r = complain(kernel, iface, EBUSY, "is in use in the host's namespace: it has ", use.address,
                 report);
    report_hint(report, "if it can do without: ip address flush dev %s",
                iface_physical(iface)->device);
    return r;
}

static int check_one(struct kernel *kernel, struct iface *iface, struct netlab_report *report)
{
    struct nic_search search = {.arena = kernel->lab->arena, .name = iface_physical(iface)->device};
    int r;

    if (iface->before) /* it was moved before, and somebody has taken it away */
        return 0;
    r = strcmp(search.name, "lo") == 0 ? 0 : nic_find(&kernel->host, &search);
    if (r == -ENOMEM)
        return report_oom(report);
    if (r < 0 || !search.found)
        return complain(kernel, iface, ENODEV, "does not exist in the host's namespace", "",
                        report);
    r = check_use(kernel, iface, &search, report);
    if (r == 0)
        iface->before = search.found;
    return r;
}

int physical_check(struct kernel *kernel, struct netlab_report *report)
{
    int first = 0;

    LIST_EACH (struct netns, netns, &kernel->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            int r = iface_is_moved(iface) && !iface->seen ? check_one(kernel, iface, report) : 0;

            if (first == 0)
                first = r;
        }
    return first;
}

/* One message: to another namespace, with another name and index. In the sender's own one (NULL)
   only the name, and down: not all kernels rename one that is up. 0 or -errno. */
static int move(struct channel *from, const struct channel *to, uint32_t ifindex, const char *name,
                uint32_t new_ifindex, char text[ERROR_TEXT])
{
    struct ifinfomsg header = {.ifi_index = (int)ifindex, .ifi_change = to ? 0 : IFF_UP};
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);

    if (!msg || nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
        (to && nla_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)to->netns_fd) < 0) ||
        (to && new_ifindex && nla_put_u32(msg, IFLA_NEW_IFINDEX, new_ifindex) < 0) ||
        nla_put_string(msg, IFLA_IFNAME, name) < 0) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    return channel_try(from, msg, text);
}

static int refuse(const struct kernel *kernel, const struct iface *iface, int error,
                  const char *text, struct netlab_report *report)
{
    const char *name = strerrorname_np(-error), *device = iface_physical(iface->before)->device;
    int r;

    /* under another name those who configure it would not know it: it stays where it is */
    if (error == -EEXIST)
        text = "another device has that name now";
    r = report_error(report, -error, &kernel->lab->source, device_mark(iface),
                     "cannot bring device %s back to the host's namespace: %s (%s)", device,
                     *text ? text : strerror(-error), name ? name : "?");
    if (error == -EEXIST)
        report_hint(report, "rename that one (ip link set %s name OTHER), then: netlab down %s",
                    device, kernel->lab->name);
    return r;
}

/* From a namespace that has it. 1: it was there, and is back; 0: it was not; or -errno. */
static int fetch(struct kernel *kernel, struct channel *channel, const struct iface *iface,
                 struct netlab_report *report)
{
    const char *device = iface_physical(iface->before)->device;
    struct nic_search search = {.arena = kernel->lab->arena};
    char text[ERROR_TEXT] = "";
    int r = nic_find_moved(channel, &search, iface);

    if (r < 0 || !search.found)
        return r;
    r = move(channel, &kernel->host, search.found->ifindex, device, iface->before->ifindex, text);
    if (r == -EBUSY) /* its index was given to another one */
        r = move(channel, &kernel->host, search.found->ifindex, device, 0, text);
    return r < 0 ? refuse(kernel, iface, r, text, report) : 1;
}

/* From the namespace that a path leads to, if it does. As fetch(). */
static int fetch_at(struct kernel *kernel, const char *path, const struct iface *iface,
                    struct netlab_report *report)
{
    struct channel channel = {open(path, O_RDONLY | O_CLOEXEC), -1, 0};
    struct stat own, info;
    int r = 0;

    if (channel.netns_fd >= 0 && fstat(channel.netns_fd, &info) == 0 &&
        fstat(kernel->host.netns_fd, &own) == 0 && own.st_ino != info.st_ino &&
        setns(channel.netns_fd, CLONE_NEWNET) == 0) {
        bool opened = channel_open(&channel) == 0;

        r = kernel_leave(kernel);
        if (r == 0 && opened)
            r = fetch(kernel, &channel, iface, report);
    }
    channel_close(&channel);
    return r;
}

/* From those that a directory's entries, with something behind, lead to. */
static int fetch_from(struct kernel *kernel, const char *directory, const char *rest,
                      const struct iface *iface, struct netlab_report *report)
{
    DIR *entries = opendir(directory);
    const struct dirent *entry;
    int r = 0;

    while (entries && r == 0 && (entry = readdir(entries))) {
        char path[512];

        snprintf(path, sizeof path, "%s/%s%s", directory, entry->d_name, rest);
        if (*entry->d_name != '.')
            r = fetch_at(kernel, path, iface, report);
    }
    if (entries)
        closedir(entries);
    return r;
}

/* From its own namespace. */
static int fetch_home(struct kernel *kernel, const struct iface *iface,
                      struct netlab_report *report)
{
    const struct netns *netns = iface_netns(iface);
    char path[512];

    if (kernel_has(kernel, netns->index))
        return fetch(kernel, kernel_channel(kernel, netns), iface, report);
    snprintf(path, sizeof path, "%s/%s", kernel->names, netns->o.name);
    return fetch_at(kernel, path, iface, report);
}

/* Somebody keeps a namespace that has lost its name; or the host's is not the initial one, which
   the kernel brought it to. */
static int fetch_anywhere(struct kernel *kernel, const struct iface *iface,
                          struct netlab_report *report)
{
    int r;

    if (!physical_is_known(iface_physical(iface->before)))
        return 0; /* any other may have its name */
    r = fetch_from(kernel, "/run/netns", "", iface, report);
    return r ? r : fetch_from(kernel, "/proc", "/ns/net", iface, report);
}

/* Wait until it is in the host's namespace, under whatever name. search->found: it is. */
static int await(struct kernel *kernel, const struct iface *iface, struct nic_search *search,
                 struct netlab_report *report)
{
    const int64_t end = clock_ms() + PATIENCE_MS;
    CLEANUP_FD int watch = -1;
    int r = nic_find_moved(&kernel->host, search, iface), pause = PAUSE_MS;

    if (r < 0 || search->found)
        return r;
    watch = channel_watch(RTNLGRP_LINK);
    r = watch < 0 ? watch : 0;
    while (r >= 0 && clock_ms() < end) {
        r = nic_find_moved(&kernel->host, search, iface);
        if (search->found || r < 0)
            break;
        r = channel_wait(watch, pause);
        if (r == -EINTR) /* a signal is a reason to look again, too */
            r = 0;
        if (r == -ETIME) {
            r = fetch_anywhere(kernel, iface, report);
            pause *= 2;
        }
    }
    return r < 0 ? r : 0;
}

int physical_move(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
                  struct netlab_report *report)
{
    struct iface *iface = (struct iface *)op->to;
    struct nic_search search = {.arena = kernel->lab->arena};
    char text[ERROR_TEXT] = "";
    int r = await(kernel, iface, &search, report);

    if (r == 0)
        r = search.found ? move(&kernel->host, kernel_channel(kernel, op->netns),
                                search.found->ifindex, iface->o.name, iface->ifindex, text)
                         : -ENODEV;
    if (r < 0)
        return op_refused(kernel, op, -r, text, report);
    run_note_done(kernel, op, options);
    return run_send(kernel, op, message_made(kernel, iface), BATCH_OPS, options, report);
}

/* Make it what it was, as far as it is not. */
static int restore(struct channel *host, const struct iface *is, const struct iface *before,
                   char text[ERROR_TEXT])
{
    struct ifinfomsg header = {.ifi_index = (int)is->ifindex};
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);
    const struct object *o = &before->o;
    bool failed = !msg;

    if (before->up != is->up) {
        header.ifi_change = IFF_UP;
        header.ifi_flags = before->up ? IFF_UP : 0;
    }
    failed = failed || nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0;
    if (!failed && object_has(o, IFACE_MTU) && before->mtu != is->mtu)
        failed = nla_put_u32(msg, IFLA_MTU, before->mtu) < 0;
    if (!failed && object_has(o, IFACE_TXQUEUELEN) && before->txqueuelen != is->txqueuelen)
        failed = nla_put_u32(msg, IFLA_TXQLEN, before->txqueuelen) < 0;
    if (!failed && object_has(o, IFACE_MAC) && memcmp(&before->mac, &is->mac, sizeof is->mac) != 0)
        failed = nla_put(msg, IFLA_ADDRESS, sizeof before->mac.bytes, before->mac.bytes) < 0;
    if (!failed && strcmp(before->alias, is->alias) != 0)
        failed = nla_put(msg, IFLA_IFALIAS, (int)strlen(before->alias), before->alias) < 0;
    if (failed) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    return channel_try(host, msg, text);
}

int physical_return(struct kernel *kernel, const struct iface *iface, struct netlab_report *report)
{
    struct nic_search search = {.arena = kernel->lab->arena};
    char text[ERROR_TEXT] = "";
    const char *device;
    int r;

    if (!iface->before) /* it never left the host, or came by another way */
        return 0;
    device = iface_physical(iface->before)->device;
    r = fetch_home(kernel, iface, report);
    if (r < 0)
        return r;
    r = await(kernel, iface, &search, report);
    if (r == 0 && !search.found) {
        report_warning(report, &kernel->lab->source, device_mark(iface),
                       "device %s is gone, or something keeps the namespace that it is in", device);
        return 0;
    }
    if (r == 0 && strcmp(search.found->o.name, device) != 0)
        r = move(&kernel->host, NULL, search.found->ifindex, device, 0, text);
    /* renamed, it is down */
    if (r == 0 && strcmp(search.found->o.name, device) != 0)
        search.found->up = false;
    if (r == 0)
        r = restore(&kernel->host, search.found, iface->before, text);
    return r < 0 ? refuse(kernel, iface, r, text, report) : 0;
}
