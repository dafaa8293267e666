/* SPDX-License-Identifier: MIT */
/*
 * Job: echo requests and what comes back: replies, and errors of those who did not pass them on.
 * In: probes. Out: packets; probes settled.
 *
 * One raw socket a namespace and family. A request is known by its identifier and sequence number,
 * together the number of its exchange in the namespace; an error has both in the packet that it
 * quotes.
 */
#include "probe/internal.h"

#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    ECHO_HEADER = 8,
    RECEIVE_SIZE = 2048, /* what is longer is cut: only its length counts */
    RECEIVE_BUFFER = 1 << 20,
};

static uint16_t checksum(const uint8_t *bytes, size_t size)
{
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < size; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    if (size % 2)
        sum += (uint32_t)bytes[size - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static uint32_t get16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

/* The probe that an identifier and a sequence number are of; NULL: none of ours that flies. */
static struct probe *find_probe(const struct prober *prober, const struct pinger *pinger,
                                const uint8_t *echo, const struct ip *target)
{
    const struct spot *spot = pinger->spot;
    uint32_t high = (uint16_t)(get16(echo + 4) - prober->ident);
    uint32_t number = high << 16 | get16(echo + 6);
    struct probe *probe;

    /* late ones are of phases that are over: their probes are gone */
    if (number >= spot->number_count || spot->numbers[number] >= prober->count)
        return NULL;
    probe = &prober->probes[spot->numbers[number]];
    if (!probe_is_flying(probe) || probe->number != number ||
        probe->result->test->kind != TEST_PING || !ip_equal(&probe->ip, target))
        return NULL;
    return probe;
}

static struct ip ip_of(int family, const void *bytes)
{
    struct ip ip = {.family = (uint8_t)family};

    memcpy(ip.bytes, bytes, family == AF_INET ? 4 : 16);
    return ip;
}

static void take_reply(struct prober *prober, struct pinger *pinger, const uint8_t *echo,
                       size_t size, const struct ip *sender)
{
    struct probe *probe = size < ECHO_HEADER ? NULL : find_probe(prober, pinger, echo, sender);

    if (probe && size == ECHO_HEADER + probe->result->test->body->size)
        probe_settle(prober, probe, SEEN_ANSWER);
}

/* An error message quotes the packet that it is about. */
static void take_error(struct prober *prober, struct pinger *pinger, const uint8_t *icmp,
                       size_t size, const struct ip *sender)
{
    const uint8_t *quoted = icmp + ECHO_HEADER;
    size_t header = pinger->family == AF_INET6 ? sizeof(struct ip6_hdr) : 0;
    struct probe *probe;
    struct ip target;

    if (pinger->family == AF_INET && size > ECHO_HEADER)
        header = (quoted[0] & 0xfU) * 4;
    if (!header || size < ECHO_HEADER + header + ECHO_HEADER)
        return;
    if (pinger->family == AF_INET6) {
        if (quoted[6] != IPPROTO_ICMPV6 || quoted[header] != ICMP6_ECHO_REQUEST)
            return;
        target = ip_of(AF_INET6, quoted + 24);
    } else {
        if (header < 20 || quoted[9] != IPPROTO_ICMP || quoted[header] != ICMP_ECHO)
            return;
        target = ip_of(AF_INET, quoted + 16);
    }
    probe = find_probe(prober, pinger, quoted + header, &target);
    if (probe)
        probe_settle_icmp(prober, probe, sender, icmp[0], icmp[1]);
}

/* Of what is too big the kernel takes note, and sends it in pieces the next time. */
static bool is_too_big(int family, const uint8_t *icmp)
{
    return family == AF_INET ? icmp[0] == ICMP_DEST_UNREACH && icmp[1] == ICMP_FRAG_NEEDED
                             : icmp[0] == ICMP6_PACKET_TOO_BIG;
}

static void take(struct prober *prober, struct pinger *pinger, const uint8_t *icmp, size_t kept,
                 size_t size, const struct ip *sender)
{
    uint8_t reply = pinger->family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;

    if (kept < ECHO_HEADER)
        return;
    if (icmp[0] == reply)
        take_reply(prober, pinger, icmp, size, sender);
    else if (!is_too_big(pinger->family, icmp))
        take_error(prober, pinger, icmp, kept, sender);
}

static void ready(struct prober *prober, struct watch *watch, uint32_t events)
{
    struct pinger *pinger = (struct pinger *)watch;
    struct sockaddr_storage address;
    uint8_t bytes[RECEIVE_SIZE];

    if (events & EPOLLERR) /* what is told there comes as a message, too */
        while (recv(watch->fd, bytes, sizeof bytes, MSG_ERRQUEUE) >= 0)
            continue;
    for (;;) {
        socklen_t length = sizeof address;
        ssize_t got = recvfrom(watch->fd, bytes, sizeof bytes, MSG_TRUNC,
                               (struct sockaddr *)&address, &length);
        size_t size = (size_t)got, kept = size < sizeof bytes ? size : sizeof bytes, header = 0;
        struct ip sender;

        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) /* such an error again */
            continue;
        sender = ip_of_address(&address);
        if (pinger->family == AF_INET)
            header = (bytes[0] & 0xfU) * 4;
        if (header < kept)
            take(prober, pinger, bytes + header, kept - header, size - header, &sender);
    }
}

static int set_filter(int fd, int family)
{
    struct icmp_filter filter = {.data = ~(1U << ICMP_ECHOREPLY | 1U << ICMP_DEST_UNREACH |
                                           1U << ICMP_TIME_EXCEEDED | 1U << ICMP_PARAMETERPROB)};
    struct icmp6_filter filter6;

    if (family == AF_INET)
        return setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof filter);
    ICMP6_FILTER_SETBLOCKALL(&filter6);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter6);
    ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter6);
    ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &filter6);
    ICMP6_FILTER_SETPASS(ICMP6_PARAM_PROB, &filter6);
    return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter6, sizeof filter6);
}

static int pinger_open(struct prober *prober, struct pinger *pinger)
{
    const int one = 1, size = RECEIVE_BUFFER;
    bool ipv6 = pinger->family == AF_INET6;
    int fd;

    if (pinger->watch.fd >= 0)
        return 0;
    fd = spot_socket(prober, pinger->spot, pinger->family, SOCK_RAW,
                     ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
    if (fd < 0)
        return fd;
    pinger->watch = (struct watch){.ready = ready, .fd = fd};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    /* with it a send tells that the table of neighbours is full; what it queues is not needed */
    if (set_filter(fd, pinger->family) < 0 ||
        setsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_RECVERR : IP_RECVERR, &one,
                   sizeof one) < 0)
        return -errno;
    return prober_watch(prober, &pinger->watch, EPOLLIN);
}

/* A number that leads back to the probe. */
static int number_probe(struct prober *prober, struct probe *probe)
{
    struct spot *spot = probe->from;

    if (spot->number_count == spot->number_capacity) {
        size_t capacity = spot->number_capacity ? spot->number_capacity * 2 : 64;
        uint32_t *numbers = realloc(spot->numbers, capacity * sizeof *numbers);

        if (!numbers)
            return -ENOMEM;
        spot->numbers = numbers;
        spot->number_capacity = capacity;
    }
    probe->number = (uint32_t)spot->number_count;
    spot->numbers[spot->number_count++] = (uint32_t)(probe - prober->probes);
    return 0;
}

static void add_control(struct msghdr *message, int level, int type, const void *data, size_t size)
{
    struct cmsghdr *control;

    message->msg_controllen = CMSG_SPACE(size);
    control = CMSG_FIRSTHDR(message);
    *control = (struct cmsghdr){.cmsg_level = level, .cmsg_type = type, .cmsg_len = CMSG_LEN(size)};
    memcpy(CMSG_DATA(control), data, size);
}

/* By which interface and from which address, where the test says so. */
static void set_source(struct msghdr *message, const struct test_body *body, int family,
                       uint32_t ifindex)
{
    struct in_pktinfo info = {.ipi_ifindex = (int)ifindex};
    struct in6_pktinfo info6 = {.ipi6_ifindex = ifindex};

    if (!ifindex && !body->source.family)
        return;
    memcpy(&info.ipi_spec_dst, body->source.bytes, sizeof info.ipi_spec_dst);
    memcpy(&info6.ipi6_addr, body->source.bytes, sizeof info6.ipi6_addr);
    if (family == AF_INET)
        add_control(message, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    else
        add_control(message, IPPROTO_IPV6, IPV6_PKTINFO, &info6, sizeof info6);
}

static int transmit(struct prober *prober, const struct pinger *pinger, const struct probe *probe,
                    uint32_t ifindex)
{
    static _Thread_local uint8_t bytes[ECHO_HEADER + TEST_PING_MAX];
    const struct test_body *body = probe->result->test->body;
    bool ipv4 = pinger->family == AF_INET;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control = {0};
    struct sockaddr_storage address;
    struct iovec part = {.iov_base = bytes, .iov_len = ECHO_HEADER + body->size};
    struct msghdr message = {.msg_name = &address,
                             .msg_namelen = ip_to_address(&probe->ip, 0, &address),
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control};
    int error, tries = 2;

    bytes[0] = ipv4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
    put16(bytes + 2, 0);
    put16(bytes + 4, prober->ident + (probe->number >> 16));
    put16(bytes + 6, probe->number);
    if (ipv4)
        put16(bytes + 2, checksum(bytes, part.iov_len));
    set_source(&message, body, pinger->family, ifindex);
    if (!message.msg_controllen)
        message.msg_control = NULL;
    do /* an error that an earlier one has left is told first */
        error = sendmsg(pinger->watch.fd, &message, 0) < 0 ? errno : 0;
    while (error && error != ENOBUFS && --tries);
    return error;
}

int ping_send(struct prober *prober, struct probe *probe)
{
    struct pinger *pinger = &probe->from->pingers[probe->ip.family == AF_INET6];
    const char *dev = probe->result->test->body->dev.name;
    uint32_t ifindex = 0;
    int r = pinger_open(prober, pinger), error;

    if (r == 0 && probe->number == UINT32_MAX)
        r = number_probe(prober, probe);
    if (r < 0)
        return r;
    if (dev) {
        ifindex = spot_ifindex(prober, probe->from, dev);
        if (!ifindex) {
            probe_settle_unasked(prober, probe, ENODEV);
            return 0;
        }
    }
    error = transmit(prober, pinger, probe, ifindex);
    if (error == ENOBUFS || error == EAGAIN)
        return -ENOBUFS;
    if (error && spot_lacks(prober, probe->from, &probe->result->test->body->source))
        probe_settle_unasked(prober, probe, EADDRNOTAVAIL);
    else if (error)
        probe_settle_error(prober, probe, error);
    return 0;
}
