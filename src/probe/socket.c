/* SPDX-License-Identifier: MIT */
/*
 * Job: connections and datagrams, the end that asks.
 * In: probes. Out: sockets; probes settled.
 *
 * Where netlab listens itself a token goes there and must come back: it is not enough that somebody
 * answers.
 */
#include "probe/phase.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

socklen_t ip_to_address(const struct ip *ip, uint16_t port, struct sockaddr_storage *ret_address)
{
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)ret_address;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)ret_address;

    *ret_address = (struct sockaddr_storage){.ss_family = ip->family};
    if (ip->family == AF_INET) {
        ipv4->sin_port = htons(port);
        memcpy(&ipv4->sin_addr, ip->bytes, sizeof ipv4->sin_addr);
        return sizeof *ipv4;
    }
    ipv6->sin6_port = htons(port);
    memcpy(&ipv6->sin6_addr, ip->bytes, sizeof ipv6->sin6_addr);
    return sizeof *ipv6;
}

struct ip ip_of_address(const struct sockaddr_storage *address)
{
    struct ip ip = {.family = (uint8_t)address->ss_family};

    if (ip.family == AF_INET)
        memcpy(ip.bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
    else
        memcpy(ip.bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
    return ip;
}

void token_fill(const struct prober *prober, const struct probe *probe, struct token *ret_token)
{
    *ret_token = (struct token){.secret = prober->token,
                                .probe = (uint32_t)(probe - prober->probes),
                                .round = probe->number};
}

struct probe *token_probe(const struct prober *prober, const struct token *token)
{
    struct probe *probe;

    if (token->secret != prober->token || token->probe >= prober->count)
        return NULL;
    probe = &prober->probes[token->probe];
    return probe_is_flying(probe) && probe->number == token->round ? probe : NULL;
}

struct flight *flight_new(struct prober *prober, int fd)
{
    struct flight *flight = calloc(1, sizeof *flight);

    if (!flight) {
        close(fd);
        return NULL;
    }
    flight->watch.fd = fd;
    flight->next = prober->flights;
    if (flight->next)
        flight->next->previous = flight;
    prober->flights = flight;
    return flight;
}

/* It is freed later: an event of its may be at hand. */
void flight_close(struct prober *prober, struct flight *flight)
{
    watch_close(&flight->watch);
    if (flight->next)
        flight->next->previous = flight->previous;
    if (flight->previous)
        flight->previous->next = flight->next;
    else
        prober->flights = flight->next;
    flight->next = prober->closed;
    prober->closed = flight;
    if (!flight->listener)
        prober->flight_count--;
}

void socket_sweep(struct prober *prober)
{
    while (prober->closed) {
        struct flight *flight = prober->closed;

        prober->closed = flight->next;
        free(flight);
    }
}

void socket_end(struct prober *prober, struct probe *probe)
{
    if (!probe->flight)
        return;
    probe->flight->probe = NULL;
    flight_close(prober, probe->flight);
    probe->flight = NULL;
}

static bool is_tcp(const struct probe *probe)
{
    return probe->result->test->kind == TEST_TCP;
}

/* Whether somebody's answer will do, or it must be netlab's. What must not be answered must not be
   by anybody, but by netlab for the sake of other tests. */
static bool anybody_will_do(const struct prober *prober, const struct probe *probe)
{
    const struct test *test = probe->result->test;

    if (!test->body->listen.count || listen_is_service(prober, probe))
        return true;
    if (!test_is_negative(test))
        return false;
    return !is_tcp(probe) || !probe->arrived;
}

/* Who has sent the error that stopped it: the error queue tells. */
static void settle_error(struct prober *prober, struct probe *probe, int error)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6))];
    } control;
    struct msghdr message = {.msg_control = &control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(probe->flight->watch.fd, &message, MSG_ERRQUEUE);

    if (probe->connected && anybody_will_do(prober, probe)) { /* that it ends is no matter */
        probe_settle(prober, probe, SEEN_ANSWER);
        return;
    }
    for (struct cmsghdr *c = got < 0 ? NULL : CMSG_FIRSTHDR(&message); c;
         c = CMSG_NXTHDR(&message, c)) {
        const struct sock_extended_err *queued = (const void *)CMSG_DATA(c);
        struct sockaddr_storage from = {0};
        struct ip by;

        if (queued->ee_origin != SO_EE_ORIGIN_ICMP && queued->ee_origin != SO_EE_ORIGIN_ICMP6)
            continue;
        memcpy(&from, SO_EE_OFFENDER(queued), sizeof(struct sockaddr_in6));
        by = ip_of_address(&from);
        probe_settle_icmp(prober, probe, &by, queued->ee_type, queued->ee_code);
        return;
    }
    probe->by = probe->ip;
    if (error == ECONNREFUSED)
        probe_settle(prober, probe, SEEN_REFUSED);
    else
        probe_settle_error(prober, probe, error);
}

static void take_answer(struct prober *prober, struct probe *probe)
{
    struct token token, back;
    ssize_t got = recv(probe->flight->watch.fd, &back, sizeof back, 0);
    bool ours;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got < 0) {
        settle_error(prober, probe, errno);
        return;
    }
    token_fill(prober, probe, &token);
    ours = got == sizeof back && memcmp(&token, &back, sizeof back) == 0;
    probe_settle(prober, probe, ours || anybody_will_do(prober, probe) ? SEEN_ANSWER : SEEN_OTHER);
}

static void take_connection(struct prober *prober, struct probe *probe)
{
    struct flight *flight = probe->flight;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &flight->watch};
    struct token token;

    probe->connected = true;
    if (anybody_will_do(prober, probe) &&
        !(test_is_negative(probe->result->test) && listen_is_shared(prober, probe))) {
        probe_settle(prober, probe, SEEN_ANSWER);
        return;
    }
    token_fill(prober, probe, &token);
    if (send(flight->watch.fd, &token, sizeof token, MSG_NOSIGNAL) < 0)
        settle_error(prober, probe, errno);
    else
        epoll_ctl(prober->epoll, EPOLL_CTL_MOD, flight->watch.fd, &event);
}

static void ready(struct prober *prober, struct watch *watch, uint32_t events)
{
    struct flight *flight = (struct flight *)watch;
    struct probe *probe = flight->probe;
    socklen_t size = sizeof(int);
    int error = 0;

    if (events & EPOLLERR && getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
        error)
        settle_error(prober, probe, error);
    else if (events & EPOLLOUT)
        take_connection(prober, probe);
    else
        take_answer(prober, probe);
}

static int send_token(struct prober *prober, struct probe *probe)
{
    struct token token;
    int tries = 2;
    ssize_t sent;

    token_fill(prober, probe, &token);
    do /* an error that an earlier one has left is told first */
        sent = send(probe->flight->watch.fd, &token, sizeof token, MSG_NOSIGNAL);
    while (sent < 0 && errno != ENOBUFS && errno != EAGAIN && errno != ECONNREFUSED && --tries);
    if (sent >= 0)
        return 0;
    if (errno == ENOBUFS || errno == EAGAIN)
        return -ENOBUFS;
    settle_error(prober, probe, errno);
    return 0;
}

static int open_socket(struct prober *prober, struct probe *probe)
{
    const struct linger abort = {.l_onoff = 1};
    const int one = 1;
    bool ipv6 = probe->ip.family == AF_INET6;
    int fd = spot_socket(prober, probe->from, probe->ip.family,
                         is_tcp(probe) ? SOCK_STREAM : SOCK_DGRAM, 0);

    if (fd < 0)
        return fd;
    probe->flight = flight_new(prober, fd);
    if (!probe->flight)
        return -ENOMEM;
    prober->flight_count++;
    probe->flight->probe = probe;
    probe->flight->watch.ready = ready;
    /* nothing of a connection is left in the kernel; errors of those in between are told */
    if ((is_tcp(probe) && setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort) < 0) ||
        setsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_RECVERR : IP_RECVERR, &one,
                   sizeof one) < 0)
        return -errno;
    return prober_watch(prober, &probe->flight->watch, is_tcp(probe) ? EPOLLOUT : EPOLLIN);
}

int socket_send(struct prober *prober, struct probe *probe)
{
    struct sockaddr_storage address;
    socklen_t size = ip_to_address(&probe->ip, probe->port, &address);
    int r;

    if (probe->flight) /* TCP asks again by itself */
        return is_tcp(probe) ? 0 : send_token(prober, probe);
    probe->number = (uint32_t)(probe->round / MILLISECOND);
    r = open_socket(prober, probe);
    if (r < 0)
        return r;
    if (connect(probe->flight->watch.fd, (const struct sockaddr *)&address, size) < 0 &&
        errno != EINPROGRESS) {
        settle_error(prober, probe, errno);
        return 0;
    }
    return is_tcp(probe) ? 0 : send_token(prober, probe);
}
