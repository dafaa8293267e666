/* SPDX-License-Identifier: MIT */
/*
 * Job: the one place that sends to and receives from rtnetlink.
 * In: messages packed with libnl. Out: which were refused, with errno and the kernel's words.
 *
 * libnl's own receive loop maps errnos to fewer codes and drops the extended acknowledgement, so
 * acks are read here. Only the last message of a batch asks for one: the kernel handles a batch in
 * order and reports every refusal anyway, so few answers are in flight.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/internal.h"

enum {
    RECEIVE_SIZE = 64 * 1024, /* netlink dumps come in chunks of at most 32 KiB */
    DUMP_TRIES = 32,          /* a dump that a change interrupted is asked for again */
    WALKS = 8,                /* … one that may have been, too, but no more often */
};

int channel_open(struct channel *channel)
{
    const int one = 1;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    channel->socket = fd;
    channel->sequence = 1;
    if (fd < 0)
        return -errno;
    /* kernels that lack one of these give shorter or longer answers, which is fine too */
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one);
    /* a dump's filters count, and what can't be one is refused and not passed over; since 4.20 */
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof one);
    return 0;
}

void channel_close(struct channel *channel)
{
    if (channel->socket >= 0)
        close(channel->socket);
    if (channel->netns_fd >= 0)
        close(channel->netns_fd);
    channel->socket = channel->netns_fd = -1;
}

static int send_bytes(const struct channel *channel, const void *bytes, size_t size)
{
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent;

    do
        sent = sendto(channel->socket, bytes, size, 0, (const struct sockaddr *)&kernel,
                      sizeof kernel);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

/* One datagram from the kernel. Its size, or -errno. */
static ssize_t receive(const struct channel *channel, void *buffer)
{
    struct sockaddr_nl from = {0};
    socklen_t from_size = sizeof from;
    ssize_t got;

    do
        got = recvfrom(channel->socket, buffer, RECEIVE_SIZE, MSG_TRUNC, (struct sockaddr *)&from,
                       &from_size);
    while ((got < 0 && errno == EINTR) || (got >= 0 && from.nl_pid != 0));
    if (got < 0)
        return -errno;
    return got > RECEIVE_SIZE ? -EMSGSIZE : got;
}

static char *receive_buffer(void)
{
    static _Thread_local char buffer[RECEIVE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));

    return buffer;
}

/* The text of an extended acknowledgement, "" when there is none. */
static void extended_text(const struct nlmsghdr *message, char text[ERROR_TEXT])
{
    const struct nlmsgerr *error = nlmsg_data(message);
    int offset = (int)sizeof *error;
    const struct nlattr *attribute;

    text[0] = '\0';
    if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
        return;
    if (!(message->nlmsg_flags & NLM_F_CAPPED))
        offset += (int)NLMSG_ALIGN(error->msg.nlmsg_len) - NLMSG_HDRLEN;
    attribute = nla_find((const struct nlattr *)((const char *)error + offset),
                         nlmsg_datalen(message) - offset, NLMSGERR_ATTR_MSG);
    if (attribute)
        snprintf(text, ERROR_TEXT, "%.*s", nla_len(attribute), (const char *)nla_data(attribute));
}

void batch_reset(struct batch *batch)
{
    batch->size = batch->count = 0;
    batch->channel = NULL;
    batch->failed = -1;
    batch->refused = 0;
    batch->error = 0;
}

static int reserve(struct batch *batch, size_t size)
{
    size_t capacity = batch->capacity ? batch->capacity : 32 * 1024UL;
    char *bytes;

    while (capacity < batch->size + size)
        capacity *= 2;
    if (capacity == batch->capacity)
        return 0;
    bytes = realloc(batch->bytes, capacity);
    if (!bytes)
        return -ENOMEM;
    batch->bytes = bytes;
    batch->capacity = capacity;
    return 0;
}

int batch_add(struct batch *batch, struct channel *channel, struct nl_msg *msg, const struct op *op)
{
    struct nlmsghdr *header = msg ? nlmsg_hdr(msg) : NULL;
    size_t size = header ? NLMSG_ALIGN(header->nlmsg_len) : 0;

    if (!header || reserve(batch, size) < 0) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    header->nlmsg_flags |= NLM_F_REQUEST;
    if (batch->count == 0)
        batch->channel = channel;
    memset(batch->bytes + batch->size, 0, size);
    memcpy(batch->bytes + batch->size, header, header->nlmsg_len);
    batch->last = batch->size;
    batch->size += size;
    batch->ops[batch->count++] = op;
    nlmsg_free(msg);
    return 0;
}

/* Note a refusal. Returns true when the message was the batch's last. */
static bool take_answer(struct batch *batch, const struct nlmsghdr *message)
{
    const struct nlmsgerr *error = nlmsg_data(message);
    uint32_t index = message->nlmsg_seq - batch->first;

    if (message->nlmsg_type != NLMSG_ERROR || index >= batch->count)
        return false;
    if (error->error) {
        batch->refused |= UINT64_C(1) << index;
        /* a failed creation brings "No such device" down on those after it: the first counts */
        if (batch->failed < 0 && !op_is_needless(batch->ops[index], -error->error)) {
            batch->failed = (int)index;
            batch->error = -error->error;
            extended_text(message, batch->text);
        }
    }
    return index == batch->count - 1;
}

/* Only now: something else may have been asked for while they were gathered. */
static void number(struct batch *batch)
{
    struct nlmsghdr *header;

    batch->first = batch->channel->sequence;
    for (size_t at = 0; at < batch->size; at += NLMSG_ALIGN(header->nlmsg_len)) {
        header = (void *)(batch->bytes + at);
        header->nlmsg_seq = batch->channel->sequence++;
    }
}

int batch_flush(struct batch *batch)
{
    char *buffer = receive_buffer();
    bool complete = false;
    int r;

    batch->failed = -1;
    batch->refused = 0;
    if (batch->count == 0)
        return 0;
    number(batch);
    ((struct nlmsghdr *)(void *)(batch->bytes + batch->last))->nlmsg_flags |= NLM_F_ACK;
    r = send_bytes(batch->channel, batch->bytes, batch->size);
    if (r < 0)
        return r;
    while (!complete) {
        ssize_t got = receive(batch->channel, buffer);
        int left = (int)got;

        if (got < 0)
            return (int)got;
        for (struct nlmsghdr *message = (void *)buffer; nlmsg_ok(message, left);
             message = nlmsg_next(message, &left))
            complete = take_answer(batch, message) || complete;
    }
    return 0;
}

/* text: the kernel's words for a refusal; NULL: they are not wanted. */
static int request(struct channel *channel, struct nl_msg *msg, dump_fn *found, void *userdata,
                   char text[ERROR_TEXT])
{
    struct nlmsghdr *header = msg ? nlmsg_hdr(msg) : NULL;
    uint32_t sequence = channel->sequence++;
    char *buffer = receive_buffer();
    int r;

    if (!header)
        return -ENOMEM;
    header->nlmsg_seq = sequence;
    header->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    r = send_bytes(channel, header, header->nlmsg_len);
    nlmsg_free(msg);
    while (r == 0) {
        ssize_t got = receive(channel, buffer);
        int left = (int)got;

        if (got < 0)
            return (int)got;
        for (struct nlmsghdr *message = (void *)buffer; r == 0 && nlmsg_ok(message, left);
             message = nlmsg_next(message, &left)) {
            if (message->nlmsg_seq != sequence)
                continue;
            if (message->nlmsg_type == NLMSG_ERROR && text)
                extended_text(message, text);
            if (message->nlmsg_type == NLMSG_ERROR)
                return ((const struct nlmsgerr *)nlmsg_data(message))->error;
            r = found ? found(message, userdata) : 0;
        }
    }
    return r;
}

int channel_request(struct channel *channel, struct nl_msg *msg, dump_fn *found, void *userdata)
{
    return request(channel, msg, found, userdata, NULL);
}

int channel_try(struct channel *channel, struct nl_msg *msg, char ret_text[ERROR_TEXT])
{
    ret_text[0] = '\0';
    return request(channel, msg, NULL, NULL, ret_text);
}

int channel_watch(int group)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    int error;

    if (fd >= 0 && setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0)
        return fd;
    error = errno;
    if (fd >= 0)
        close(fd);
    return -error;
}

int channel_wait(int watch, int milliseconds)
{
    struct pollfd ready = {.fd = watch, .events = POLLIN};
    int r = poll(&ready, 1, milliseconds);
    char byte;

    if (r <= 0)
        return r < 0 ? -errno : -ETIME;
    /* all that there are, and where some were lost (ENOBUFS), the others */
    while (recv(watch, &byte, sizeof byte, 0) >= 0 || errno == ENOBUFS || errno == EINTR)
        continue;
    return 0;
}

/* 1: the dump is complete; 0: more to come; -EINTR: it was interrupted and is worthless. */
static int take_dump(const struct nlmsghdr *message, uint32_t sequence, dump_fn *found,
                     void *userdata, bool *interrupted)
{
    if (message->nlmsg_seq != sequence)
        return 0;
    *interrupted = *interrupted || message->nlmsg_flags & NLM_F_DUMP_INTR;
    if (message->nlmsg_type == NLMSG_ERROR)
        return ((const struct nlmsgerr *)nlmsg_data(message))->error;
    if (message->nlmsg_type == NLMSG_DONE) {
        /* strict checking reports a refused dump in here */
        int error = nlmsg_datalen(message) >= (int)sizeof(int) ? *(int *)nlmsg_data(message) : 0;

        return error < 0 ? error : *interrupted ? -EINTR : 1;
    }
    return found(message, userdata);
}

/* How much a dump was. */
struct extent {
    unsigned pieces, messages;
    size_t bytes;
};

static int dump_once(struct channel *channel, const struct nlmsghdr *request, dump_fn *found,
                     void *userdata, struct extent *ret_extent)
{
    char *buffer = receive_buffer();
    bool interrupted = false;
    int r = send_bytes(channel, request, request->nlmsg_len);

    *ret_extent = (struct extent){0};
    while (r == 0) {
        ssize_t got = receive(channel, buffer);
        unsigned before = ret_extent->messages;
        int left = (int)got;

        if (got < 0)
            return (int)got;
        for (struct nlmsghdr *message = (void *)buffer; r == 0 && nlmsg_ok(message, left);
             message = nlmsg_next(message, &left)) {
            r = take_dump(message, request->nlmsg_seq, found, userdata, &interrupted);
            ret_extent->messages += r == 0;
            ret_extent->bytes += r == 0 ? message->nlmsg_len : 0;
        }
        ret_extent->pieces += ret_extent->messages > before;
    }
    return r;
}

/* A dump that is not read to its end would be in the way of the next one (EBUSY). */
static void drain(const struct channel *channel)
{
    while (recv(channel->socket, receive_buffer(), RECEIVE_SIZE, MSG_DONTWAIT) >= 0 ||
           errno == EINTR || errno == ENOBUFS)
        continue;
}

/* Whether that could have been another walk through the same. */
static bool is_alike(const struct extent *a, const struct extent *b)
{
    return a->messages == b->messages && a->bytes == b->bytes;
}

static int dump(struct channel *channel, struct nl_msg *msg, dump_fn *found, restart_fn *restart,
                void *userdata, bool twice)
{
    struct nlmsghdr *header = msg ? nlmsg_hdr(msg) : NULL;
    struct extent last = {0}, extent;
    int r = -EINTR;

    if (!header)
        return -ENOMEM;
    header->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
    for (int i = 0; r == -EINTR && i < DUMP_TRIES; i++) {
        if (i > 0 && restart)
            restart(userdata);
        header->nlmsg_seq = channel->sequence++;
        r = dump_once(channel, header, found, userdata, &extent);
        if (r > 0 && twice && extent.pieces > 1 && i < WALKS && !is_alike(&extent, &last))
            r = -EINTR;
        last = extent;
    }
    if (r < 0)
        drain(channel);
    nlmsg_free(msg);
    return r < 0 ? r : 0;
}

int channel_dump(struct channel *channel, struct nl_msg *msg, dump_fn *found, restart_fn *restart,
                 void *userdata)
{
    return dump(channel, msg, found, restart, userdata, false);
}

int channel_dump_twice(struct channel *channel, struct nl_msg *msg, dump_fn *found,
                       restart_fn *restart, void *userdata)
{
    return dump(channel, msg, found, restart, userdata, true);
}
