/* SPDX-License-Identifier: MIT */
/*
 * Job: tell wireguard interfaces their keys and peers, and see what they have: by generic netlink.
 * In: ops. Out: interfaces that know their peers; their public keys.
 *
 * Nothing here computes keys: a private one is 32 random bytes (RFC 7748, 5), the public one that
 * goes with it is asked of the kernel. So all interfaces get their keys before any gets its peers.
 */
#include "kernel/wireguard.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/report.h"
#include "kernel/internal.h"

enum { MESSAGE_SIZE = 64 * 1024 };

static void close_generic(struct channel *channel)
{
    channel_close(channel);
}

#define CLEANUP_CHANNEL __attribute__((cleanup(close_generic))) struct channel

static int open_generic(struct kernel *kernel, const struct netns *netns, struct channel *ret)
{
    const int one = 1;
    int r = kernel_enter(kernel_channel(kernel, netns)), back;

    *ret = (struct channel){-1, -1, 1};
    if (r < 0)
        return r;
    ret->socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
    r = ret->socket < 0 ? -errno : 0;
    back = netns->host ? 0 : kernel_leave(kernel);
    if (r == 0)
        (void)setsockopt(ret->socket, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
    return back < 0 ? back : r;
}

static struct nl_msg *begin(int family, uint8_t command, uint8_t version)
{
    const struct genlmsghdr header = {.cmd = command, .version = version};
    struct nl_msg *msg = nlmsg_alloc_size(MESSAGE_SIZE);

    if (msg && (!nlmsg_put(msg, 0, 0, family, 0, 0) ||
                nlmsg_append(msg, (void *)&header, sizeof header, NLMSG_ALIGNTO) < 0)) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

static int see_family(const struct nlmsghdr *message, void *userdata)
{
    struct nlattr *id =
        nlmsg_find_attr((struct nlmsghdr *)message, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);

    if (id)
        *(int *)userdata = nla_get_u16(id);
    return 0;
}

/* The number that the kernel has given to the family, or -errno. */
static int find_family(struct channel *channel)
{
    struct nl_msg *msg = begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
    int family = -ENOENT, r;

    if (msg && nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME) < 0) {
        nlmsg_free(msg);
        msg = NULL;
    }
    r = channel_request(channel, msg, see_family, &family);
    return r < 0 ? r : family;
}

struct look {
    struct wireguard *wireguard;
    struct arena *arena;
};

static int see_device(const struct nlmsghdr *message, void *userdata)
{
    const struct look *look = userdata;

    return wireguard_get(nlmsg_attrdata(message, GENL_HDRLEN), nlmsg_attrlen(message, GENL_HDRLEN),
                         look->wireguard, look->arena);
}

static void forget_peers(void *userdata)
{
    ((const struct look *)userdata)->wireguard->peers = (struct list){0};
}

static int look_at(struct channel *channel, int family, uint32_t ifindex, struct look *look)
{
    struct nl_msg *msg = begin(family, WG_CMD_GET_DEVICE, WG_GENL_VERSION);

    if (msg && nla_put_u32(msg, WGDEVICE_A_IFINDEX, ifindex) < 0) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    return channel_dump(channel, msg, see_device, forget_peers, look);
}

int kernel_look_at_wireguard(struct kernel *kernel, struct iface *iface, struct arena *arena)
{
    CLEANUP_CHANNEL channel;
    struct look look = {iface_wireguard(iface), arena};
    int r = open_generic(kernel, iface_netns(iface), &channel);
    int family = r < 0 ? r : find_family(&channel);

    return family < 0 ? family : look_at(&channel, family, kernel_ifindex(kernel, iface), &look);
}

static int make_key(struct key *key)
{
    if (getrandom(key->bytes, KEY_SIZE, 0) != KEY_SIZE)
        return -errno;
    key->bytes[0] &= 248;
    key->bytes[31] = (key->bytes[31] & 127) | 64;
    key->known = true;
    return 0;
}

/* The interface's own keys and port; then its public key is known. */
static int set_device(struct channel *channel, int family, const struct op *op)
{
    struct iface *iface = (struct iface *)op->to;
    const struct iface *seen = (const struct iface *)op->from;
    struct wireguard *wireguard = iface_wireguard(iface), told = {.o = {.set = 0}};
    struct look look = {&told, NULL};
    struct nl_msg *msg;
    int r = !seen && !wireguard->private_key.known ? make_key(&wireguard->private_key) : 0;

    if (r < 0)
        return r;
    msg = begin(family, WG_CMD_SET_DEVICE, WG_GENL_VERSION);
    if (!msg || wireguard_put(msg, iface, seen ? iface_wireguard(seen) : NULL) < 0) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    r = channel_request(channel, msg, NULL, NULL);
    if (r < 0)
        return r;
    look.arena = arena_new();
    r = look.arena ? look_at(channel, family, iface->ifindex, &look) : -ENOMEM;
    wireguard->public_key = told.public_key;
    arena_free(look.arena);
    return r;
}

/* With many networks it takes several messages. */
static int set_peer(struct channel *channel, int family, const struct op *op)
{
    const struct wireguard_peer *seen = (const struct wireguard_peer *)op->from;
    const struct wireguard_peer *wanted = (const struct wireguard_peer *)op->to;
    const struct wireguard_network *network =
        wanted ? (const struct wireguard_network *)wanted->allowed_ips.first : NULL;
    int r;

    do {
        struct nl_msg *msg = begin(family, WG_CMD_SET_DEVICE, WG_GENL_VERSION);

        if (op->flags & OP_KEEPALIVE)
            network = NULL;
        if (!msg || (op->flags & OP_KEEPALIVE ? peer_put_keepalive(msg, wanted)
                                              : peer_put(msg, seen, wanted, &network)) < 0) {
            nlmsg_free(msg);
            return -ENOMEM;
        }
        r = channel_request(channel, msg, NULL, NULL);
    } while (r == 0 && network);
    return r;
}

int wireguard_set(struct kernel *kernel, const struct op *op)
{
    struct iface *iface = op->type == OP_DEVICE
                              ? (struct iface *)op_object(op)
                              : peer_iface((const struct wireguard_peer *)op_object(op));
    CLEANUP_CHANNEL channel;
    int r = open_generic(kernel, op->netns, &channel);
    int family = r < 0 ? r : find_family(&channel);

    if (family < 0)
        return family;
    (void)kernel_ifindex(kernel, iface);
    if (op->type == OP_PEER)
        return set_peer(&channel, family, op);
    return op_removes(op) ? 0 : set_device(&channel, family, op);
}
