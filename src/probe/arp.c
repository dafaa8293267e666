/* SPDX-License-Identifier: MIT */
/*
 * Job: ARP requests, and replies to them.
 * In: probes. Out: frames; probes settled.
 *
 * The kernel's own table of neighbours has no part in it: an entry that is still there answers
 * nothing.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe/internal.h"

void arp_close(struct spot *spot)
{
    while (spot->askers) {
        struct asker *asker = spot->askers;

        spot->askers = asker->next;
        watch_close(&asker->watch);
        free(asker->flying);
        free(asker);
    }
}

static void ready(struct prober *prober, struct watch *watch, uint32_t events)
{
    struct asker *asker = (struct asker *)watch;
    struct ether_arp arp;

    (void)events;
    for (;;) {
        ssize_t got = recv(watch->fd, &arp, sizeof arp, 0);
        struct ip sender = {.family = AF_INET};

        if (got < 0 && errno == EAGAIN)
            return;
        if (got < (ssize_t)sizeof arp || ntohs(arp.ea_hdr.ar_op) != ARPOP_REPLY)
            continue;
        memcpy(sender.bytes, arp.arp_spa, sizeof arp.arp_spa);
        for (size_t i = asker->count; i > 0; i--) /* those that are settled leave the list */
            if (i <= asker->count && ip_equal(&asker->flying[i - 1]->ip, &sender))
                probe_settle(prober, asker->flying[i - 1], SEEN_ANSWER);
    }
}

/* The interface's link-layer address. 0 or -errno. */
static int read_mac(struct asker *asker)
{
    struct ifreq request = {0};

    memcpy(request.ifr_name, asker->dev, strlen(asker->dev));
    if (ioctl(asker->watch.fd, SIOCGIFHWADDR, &request) < 0)
        return -errno;
    if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return -EAFNOSUPPORT;
    memcpy(asker->mac.bytes, request.ifr_hwaddr.sa_data, sizeof asker->mac.bytes);
    return 0;
}

/* Only replies: requests of a big segment, which all of it hears, would keep us busy. */
static int set_filter(int fd)
{
    static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct arphdr, ar_op)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPOP_REPLY, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ? -errno : 0;
}

static int asker_open(struct prober *prober, struct asker *asker)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(ETH_P_ARP),
                                  .sll_ifindex = (int)asker->ifindex};
    int fd = spot_socket(prober, asker->spot, AF_PACKET, SOCK_DGRAM, 0), r;

    if (fd < 0)
        return fd;
    asker->watch = (struct watch){.ready = ready, .fd = fd};
    r = read_mac(asker);
    if (r == 0)
        r = set_filter(fd);
    if (r == 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        r = -errno;
    return r < 0 ? r : prober_watch(prober, &asker->watch, EPOLLIN);
}

/* What asks on an interface. 0 or -errno. */
static int find_asker(struct prober *prober, struct spot *spot, const struct route_seen *route,
                      struct asker **ret_asker)
{
    struct asker *asker = spot->askers;
    int r;

    while (asker && asker->ifindex != route->ifindex)
        asker = asker->next;
    *ret_asker = asker;
    if (asker)
        return 0;
    asker = calloc(1, sizeof *asker);
    if (!asker)
        return -ENOMEM;
    *asker = (struct asker){.watch = {.fd = -1},
                            .next = spot->askers,
                            .spot = spot,
                            .dev = arena_strdup(prober->arena, route->dev),
                            .ifindex = route->ifindex};
    spot->askers = asker;
    r = asker->dev ? asker_open(prober, asker) : -ENOMEM;
    if (r < 0) {
        spot->askers = asker->next;
        watch_close(&asker->watch);
        free(asker);
        return r;
    }
    *ret_asker = asker;
    return 0;
}

static int transmit(const struct asker *asker, const struct probe *probe,
                    const struct route_seen *route)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(ETH_P_ARP),
                                  .sll_ifindex = (int)asker->ifindex,
                                  .sll_halen = ETH_ALEN,
                                  .sll_addr = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    struct ether_arp arp = {.ea_hdr = {.ar_hrd = htons(ARPHRD_ETHER),
                                       .ar_pro = htons(ETH_P_IP),
                                       .ar_hln = ETH_ALEN,
                                       .ar_pln = 4,
                                       .ar_op = htons(ARPOP_REQUEST)}};

    memcpy(arp.arp_sha, asker->mac.bytes, sizeof arp.arp_sha);
    memcpy(arp.arp_spa, route->src.bytes, sizeof arp.arp_spa);
    memcpy(arp.arp_tpa, probe->ip.bytes, sizeof arp.arp_tpa);
    return sendto(asker->watch.fd, &arp, sizeof arp, 0, (const struct sockaddr *)&address,
                  sizeof address) < 0
               ? errno
               : 0;
}

/* Note that a probe waits for an answer. 0 or -ENOMEM. */
static int add_flying(struct asker *asker, struct probe *probe)
{
    for (size_t i = 0; i < asker->count; i++)
        if (asker->flying[i] == probe)
            return 0;
    if (asker->count == asker->capacity) {
        size_t capacity = asker->capacity ? asker->capacity * 2 : 16;
        struct probe **flying = realloc(asker->flying, capacity * sizeof(struct probe *));

        if (!flying)
            return -ENOMEM;
        asker->flying = flying;
        asker->capacity = capacity;
    }
    asker->flying[asker->count++] = probe;
    return 0;
}

void arp_end(struct probe *probe)
{
    for (struct asker *asker = probe->from->askers; asker; asker = asker->next)
        for (size_t i = 0; i < asker->count; i++)
            if (asker->flying[i] == probe) {
                asker->flying[i] = asker->flying[--asker->count];
                break;
            }
}

/* Where to ask, and as whom: as the route has it. */
static int find_way(struct prober *prober, const struct probe *probe, struct route_seen *ret_route)
{
    const char *dev = probe->result->test->body->dev.name;
    struct route_question question = {.to = probe->ip};
    int r;

    if (dev) {
        question.oif = spot_ifindex(prober, probe->from, dev);
        if (!question.oif)
            return -ENODEV;
    }
    r = route_ask(prober, probe->from, &question, ret_route);
    if (r < 0)
        return r == -ENOMEM ? r : -EIO;
    if (dev) { /* whatever the route says */
        ret_route->ifindex = question.oif;
        memcpy(ret_route->dev, dev, strlen(dev) + 1);
        return 0;
    }
    return ret_route->error ? -ret_route->error : 0;
}

int arp_send(struct prober *prober, struct probe *probe)
{
    struct asker *asker = NULL;
    struct route_seen route;
    int r = find_way(prober, probe, &route), error = 0;

    if (r == 0)
        r = find_asker(prober, probe->from, &route, &asker);
    if (r == 0)
        r = add_flying(asker, probe);
    if (r == -ENOMEM || r == -EMFILE)
        return r;
    if (r == 0)
        error = transmit(asker, probe, &route);
    if (error == ENOBUFS || error == EAGAIN)
        return -ENOBUFS;
    if (r == -ENODEV || r == -EAFNOSUPPORT)
        probe_settle_unasked(prober, probe, -r);
    else if (r < 0 || error)
        probe_settle_error(prober, probe, r < 0 ? -r : error);
    return 0;
}
