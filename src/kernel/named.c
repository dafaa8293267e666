/* SPDX-License-Identifier: MIT */
/*
 * Job: whose an abstract socket is.
 * In: its name. Out: a user, by NETLINK_SOCK_DIAG: who connects learns only of those that listen.
 */
#include "kernel/named.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/channel.h"

struct search {
    const char *name;
    size_t size;
    uid_t owner;
    bool found;
};

static int take(const struct nlmsghdr *message, void *userdata)
{
    struct search *search = userdata;
    const struct nlattr *name, *owner;
    const char *seen;

    if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return 0;
    name =
        nlmsg_find_attr((struct nlmsghdr *)message, sizeof(struct unix_diag_msg), UNIX_DIAG_NAME);
    owner =
        nlmsg_find_attr((struct nlmsghdr *)message, sizeof(struct unix_diag_msg), UNIX_DIAG_UID);
    if (!name || !owner || nla_len(name) != (int)search->size + 1)
        return 0;
    seen = nla_data(name);
    if (*seen == '\0' && memcmp(seen + 1, search->name, search->size) == 0) {
        search->found = true;
        search->owner = nla_get_u32(owner);
    }
    return 0;
}

static int ask(struct channel *diag, struct search *search)
{
    const struct unix_diag_req request = {.sdiag_family = AF_UNIX,
                                          .udiag_states = ~0U,
                                          .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_UID};
    struct nl_msg *msg = nlmsg_alloc_simple(SOCK_DIAG_BY_FAMILY, 0);

    if (!msg || nlmsg_append(msg, (void *)&request, sizeof request, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    return channel_dump(diag, msg, take, NULL, search);
}

int named_socket_owner(const char *name, size_t size, uid_t *ret_uid)
{
    struct channel diag = {.netns_fd = -1,
                           .socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG),
                           .sequence = 1};
    struct search search = {.name = name, .size = size};
    int r = diag.socket < 0 ? -errno : ask(&diag, &search);

    channel_close(&diag);
    if (r == -EPROTONOSUPPORT)
        return -ENOENT;
    *ret_uid = search.owner;
    return r < 0 ? r : search.found ? 0 : -ENOENT;
}
