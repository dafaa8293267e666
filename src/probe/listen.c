/* SPDX-License-Identifier: MIT */
/*
 * Job: connections and datagrams, the end that listens: what comes goes back.
 * In: `listen` of tests. Out: sockets in namespaces, for as long as a phase takes.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/report.h"
#include "probe/internal.h"

enum { BACKLOG = 4096 };

static bool names(const struct place *place, const struct test *test, const struct netns *netns,
                  uint16_t port)
{
    if (place->netns != netns)
        return false;
    if (place->port)
        return place->port == port;
    LIST_EACH (struct place, to, &test->body->to)
        if (to->port == port)
            return true;
    return false;
}

static bool is_listed(const struct test *test, const struct listener *listener)
{
    int type = test->kind == TEST_TCP ? SOCK_STREAM : SOCK_DGRAM;

    LIST_EACH (struct place, place, &test->body->listen)
        if (listener->type == type && names(place, test, listener->spot->netns, listener->port))
            return true;
    return false;
}

bool listen_is_meant(const struct probe *probe, const struct listener *listener)
{
    return is_listed(probe->result->test, listener);
}

bool listen_is_shared(const struct prober *prober, const struct probe *probe)
{
    for (const struct listener *one = prober->listeners; one; one = one->next)
        if (one->watch.fd >= 0 && one->type == SOCK_STREAM && one->family == probe->ip.family &&
            !is_listed(probe->result->test, one))
            return true;
    return false;
}

bool listen_is_service(const struct prober *prober, const struct probe *probe)
{
    for (const struct listener *one = prober->listeners; one; one = one->next)
        if (one->watch.fd < 0 && one->family == probe->ip.family &&
            is_listed(probe->result->test, one))
            return true;
    return false;
}

/* TCP */

static void accept_all(struct prober *prober, struct watch *watch, uint32_t events)
{
    struct listener *listener = (struct listener *)watch;
    int fd;

    (void)events;
    while ((fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        struct flight *flight = flight_new(prober, fd);

        if (!flight)
            return;
        flight->listener = listener;
        flight->watch.ready = listen_answer;
        if (prober_watch(prober, &flight->watch, EPOLLIN) < 0)
            flight_close(prober, flight);
    }
}

void listen_answer(struct prober *prober, struct watch *watch, uint32_t events)
{
    struct flight *flight = (struct flight *)watch;
    struct token token;
    ssize_t got = recv(watch->fd, &token, sizeof token, 0);
    struct probe *probe = got == sizeof token ? token_probe(prober, &token) : NULL;

    (void)events;
    if (got < 0 && errno == EAGAIN)
        return;
    if (probe)
        probe->arrived = flight->listener->spot;
    /* what is sent before the close gets there; a stranger, and the end, are closed */
    if (!probe || !listen_is_meant(probe, flight->listener) ||
        send(watch->fd, &token, sizeof token, MSG_NOSIGNAL) < 0)
        flight_close(prober, flight);
}

/* UDP */

/* The datagram, and with it the address that it was sent to: the answer comes from there. */
static void answer_all(struct prober *prober, struct watch *watch, uint32_t events)
{
    const struct listener *listener = (const struct listener *)watch;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + 64];
    } control;
    struct sockaddr_storage sender;
    struct token token;
    struct iovec part = {.iov_base = &token, .iov_len = sizeof token};

    (void)events;
    for (;;) {
        struct msghdr message = {.msg_name = &sender,
                                 .msg_namelen = sizeof sender,
                                 .msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof control};
        ssize_t got = recvmsg(watch->fd, &message, 0);
        struct probe *probe;

        if (got < 0 && errno == EAGAIN)
            return;
        probe = got == sizeof token ? token_probe(prober, &token) : NULL;
        if (!probe)
            continue;
        probe->arrived = listener->spot;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
            if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
                ((struct in_pktinfo *)(void *)CMSG_DATA(c))->ipi_ifindex = 0;
        if (!listen_is_meant(probe, listener))
            continue;
        probe->reached = true;
        (void)sendmsg(watch->fd, &message, MSG_NOSIGNAL); /* it will be asked again */
    }
}

/* Opening */

static int set_options(const struct listener *listener)
{
    const int one = 1;
    int fd = listener->watch.fd;
    bool tcp = listener->type == SOCK_STREAM, ipv6 = listener->family == AF_INET6;

    if (ipv6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) < 0)
        return -errno;
    if (tcp)
        return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ? -errno : 0;
    return setsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_RECVPKTINFO : IP_PKTINFO,
                      &one, sizeof one) < 0
               ? -errno
               : 0;
}

/* 0; -EADDRINUSE: a service has the port; or what the kernel refused. */
static int listener_open(struct prober *prober, struct listener *listener)
{
    const struct ip any = {.family = (uint8_t)listener->family};
    struct sockaddr_storage address;
    socklen_t size = ip_to_address(&any, listener->port, &address);
    int fd = spot_socket(prober, listener->spot, listener->family, listener->type, 0), r;

    if (fd < 0)
        return fd;
    listener->watch.fd = fd;
    listener->watch.ready = listener->type == SOCK_STREAM ? accept_all : answer_all;
    r = set_options(listener);
    if (r == 0 && (bind(fd, (const struct sockaddr *)&address, size) < 0 ||
                   (listener->type == SOCK_STREAM && listen(fd, BACKLOG) < 0)))
        r = -errno;
    if (r == 0)
        r = prober_watch(prober, &listener->watch, EPOLLIN);
    if (r < 0)
        watch_close(&listener->watch);
    return r;
}

static bool is_open_already(const struct prober *prober, const struct listener *like)
{
    for (const struct listener *one = prober->listeners; one; one = one->next)
        if (one->spot == like->spot && one->family == like->family && one->type == like->type &&
            one->port == like->port)
            return true;
    return false;
}

static int add_listener(struct prober *prober, const struct test *test, const struct place *place,
                        uint16_t port, int family)
{
    struct listener *listener = ARENA_NEW(prober->arena, struct listener);
    int r;

    if (!listener)
        return -ENOMEM;
    *listener = (struct listener){.watch = {.fd = -1},
                                  .spot = spot_of(prober, place->netns),
                                  .family = family,
                                  .type = test->kind == TEST_TCP ? SOCK_STREAM : SOCK_DGRAM,
                                  .port = port};
    if (is_open_already(prober, listener))
        return 0;
    r = listener_open(prober, listener);
    if (r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL) /* IPv6 is switched off there */
        return 0;
    if (r < 0 && r != -EADDRINUSE)
        return report_error(prober->report, -r, &prober->request->lab->source, place->o.mark,
                            "cannot listen on port %u in %s: %s", port, listener->spot->name,
                            strerror(-r));
    listener->next = prober->listeners;
    prober->listeners = listener;
    return 0;
}

static int add_port(struct prober *prober, const struct test *test, const struct place *place,
                    uint16_t port)
{
    int r = add_listener(prober, test, place, port, AF_INET);

    return r < 0 ? r : add_listener(prober, test, place, port, AF_INET6);
}

int listen_open(struct prober *prober, const struct test *test)
{
    int r = 0;

    if (test->kind != TEST_TCP && test->kind != TEST_UDP)
        return 0;
    LIST_EACH (struct place, place, &test->body->listen) {
        if (place->port)
            r = add_port(prober, test, place, place->port);
        else
            LIST_EACH (struct place, to, &test->body->to)
                if (r == 0)
                    r = add_port(prober, test, place, to->port);
        if (r < 0)
            return r;
    }
    return 0;
}

void listen_close(struct prober *prober)
{
    while (prober->flights)
        flight_close(prober, prober->flights);
    socket_sweep(prober);
    for (struct listener *one = prober->listeners; one; one = one->next)
        watch_close(&one->watch);
    prober->listeners = NULL;
}
