/* SPDX-License-Identifier: MIT */
/*
 * Job: whether somebody listens on a port.
 * In: a namespace, a protocol, a port. Out: yes or no, by NETLINK_SOCK_DIAG; where the kernel was
 * built without it (or its module is not there), by the files of /proc/net.
 */
#include "kernel/listening.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

/* States that count, a bit each. UDP's sockets are "closed" until they are connected. */
static uint32_t states_of(int protocol)
{
    return protocol == IPPROTO_TCP ? UINT32_C(1) << TCP_LISTEN
                                   : UINT32_C(1) << TCP_CLOSE | UINT32_C(1) << TCP_ESTABLISHED;
}

struct search {
    uint32_t states;
    uint16_t port;
    listening_fn *counts;
    void *userdata;
    bool found;
};

static void consider(struct search *search, unsigned port, unsigned state, uint32_t inode)
{
    if (!search->found && port == search->port && state < 32 && search->states >> state & 1)
        search->found = !search->counts || search->counts(inode, search->userdata);
}

static int take(const struct nlmsghdr *message, void *userdata)
{
    const struct inet_diag_msg *seen = nlmsg_data(message);

    if (message->nlmsg_type == SOCK_DIAG_BY_FAMILY && nlmsg_datalen(message) >= (int)sizeof *seen)
        consider(userdata, ntohs(seen->id.idiag_sport), seen->idiag_state, seen->idiag_inode);
    return 0;
}

/* Sockets of one family, by netlink. 0 or -errno. */
static int ask_family(struct listening *listening, uint8_t family, struct search *search)
{
    const struct inet_diag_req_v2 request = {.sdiag_family = family,
                                             .sdiag_protocol = (uint8_t)listening->protocol,
                                             .idiag_states = search->states,
                                             .id.idiag_sport = htons(search->port)};
    struct nl_msg *msg = nlmsg_alloc_simple(SOCK_DIAG_BY_FAMILY, 0);

    if (!msg || nlmsg_append(msg, (void *)&request, sizeof request, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    return channel_dump(&listening->diag, msg, take, NULL, search);
}

static int ask(struct listening *listening, struct search *search)
{
    int r = ask_family(listening, AF_INET, search);

    if (r == 0 && !search->found) {
        r = ask_family(listening, AF_INET6, search);
        if (r == -ENOENT) /* there is no IPv6 */
            r = 0;
    }
    return r;
}

static int read_file(int fd, struct search *search)
{
    int copy = lseek(fd, 0, SEEK_SET) < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    CLEANUP_FILE FILE *file = copy < 0 ? NULL : fdopen(copy, "r");
    char line[512];

    if (!file) {
        int error = errno;

        if (copy >= 0)
            close(copy);
        return -error;
    }
    while (fgets(line, sizeof line, file)) {
        unsigned port, state, inode;

        if (sscanf(line,
                   " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %u",
                   &port, &state, &inode) == 3)
            consider(search, port, state, inode);
    }
    return ferror(file) ? -EIO : 0;
}

static int open_diag(struct listening *listening)
{
    struct search nothing = {.states = 0}; /* only to see whether the kernel can be asked */
    int r;

    listening->diag.socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    r = listening->diag.socket < 0 ? -errno : ask_family(listening, AF_INET, &nothing);
    if (r < 0)
        channel_close(&listening->diag);
    return r;
}

static int open_files(struct listening *listening)
{
    bool tcp = listening->protocol == IPPROTO_TCP;
    const char *const paths[] = {tcp ? "/proc/thread-self/net/tcp" : "/proc/thread-self/net/udp",
                                 tcp ? "/proc/thread-self/net/tcp6" : "/proc/thread-self/net/udp6"};

    for (int i = 0; i < 2; i++) {
        listening->files[i] = open(paths[i], O_RDONLY | O_CLOEXEC);
        if (listening->files[i] < 0 && (i == 0 || errno != ENOENT))
            return -errno;
    }
    return 0;
}

int listening_open(struct listening *listening, int protocol)
{
    int r;

    *listening = (struct listening){.diag = {.netns_fd = -1, .socket = -1, .sequence = 1},
                                    .files = {-1, -1},
                                    .protocol = protocol};
    r = open_diag(listening);
    if (r == -ENOENT || r == -EPROTONOSUPPORT)
        r = open_files(listening);
    if (r < 0)
        listening_close(listening);
    return r;
}

int listening_check(struct listening *listening, uint16_t port, listening_fn *counts,
                    void *userdata)
{
    struct search search = {.states = states_of(listening->protocol),
                            .port = port,
                            .counts = counts,
                            .userdata = userdata};
    int r = 0;

    if (listening->diag.socket >= 0)
        r = ask(listening, &search);
    else
        for (int i = 0; r == 0 && i < 2; i++)
            if (listening->files[i] >= 0)
                r = read_file(listening->files[i], &search);
    return r < 0 ? r : search.found;
}

void listening_close(struct listening *listening)
{
    channel_close(&listening->diag);
    for (int i = 0; i < 2; i++) {
        if (listening->files[i] >= 0)
            close(listening->files[i]);
        listening->files[i] = -1;
    }
}
