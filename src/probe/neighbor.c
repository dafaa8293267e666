/* SPDX-License-Identifier: MIT */
/*
 * Job: keep the kernel's tables of neighbours from running over.
 * In: how much was asked. Out: entries that questions have made are taken away again.
 *
 * All network namespaces share one table of ARP entries, and one for IPv6 (arp_tbl, nd_tbl): past
 * gc_thresh3, 1024 unless somebody has raised it for the whole machine, none can be added until old
 * ones go, and what is younger than five seconds does not (neigh_forced_gc(), net/core/
 * neighbour.c). The pairs of a star of 100 need 9,900 entries. The limit is the machine's and not
 * ours to change, so no more than a window of pairs is asked; then the entries that were not there
 * before are deleted. That costs a dump and some messages, and nobody waits for five seconds.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "probe/internal.h"

enum { WINDOW = 256 }; /* a pair makes up to two entries; others need some, too */

/* One look at the entries of a namespace. */
struct look {
    struct spot *spot;
    struct known_neighbor *found;
    size_t count, capacity;
};

static int compare(const void *a, const void *b)
{
    const struct known_neighbor *x = a, *y = b;

    if (x->ifindex != y->ifindex)
        return x->ifindex < y->ifindex ? -1 : 1;
    return memcmp(&x->ip, &y->ip, sizeof x->ip);
}

static int take(const struct nlmsghdr *message, void *userdata)
{
    const uint16_t lasting = NUD_PERMANENT | NUD_NOARP;
    struct nlattr *attributes[NDA_MAX + 1] = {0};
    const struct ndmsg *entry = nlmsg_data(message);
    struct known_neighbor one;
    struct look *look = userdata;

    if (message->nlmsg_type != RTM_NEWNEIGH || entry->ndm_state & lasting ||
        (entry->ndm_family != AF_INET && entry->ndm_family != AF_INET6) ||
        nlmsg_parse((struct nlmsghdr *)message, sizeof *entry, attributes, NDA_MAX, NULL) < 0 ||
        !attributes[NDA_DST] || nla_len(attributes[NDA_DST]) > (int)sizeof one.ip.bytes)
        return 0;
    memset(&one, 0, sizeof one);
    one.ifindex = (uint32_t)entry->ndm_ifindex;
    one.ip.family = entry->ndm_family;
    memcpy(one.ip.bytes, nla_data(attributes[NDA_DST]), (size_t)nla_len(attributes[NDA_DST]));
    if (look->count == look->capacity) {
        size_t capacity = look->capacity ? look->capacity * 2 : 64;
        struct known_neighbor *found = realloc(look->found, capacity * sizeof *found);

        if (!found)
            return -ENOMEM;
        look->found = found;
        look->capacity = capacity;
    }
    look->found[look->count++] = one;
    return 0;
}

static void restart(void *userdata)
{
    ((struct look *)userdata)->count = 0;
}

static struct nl_msg *message_of(int type, const struct known_neighbor *neighbor)
{
    struct ndmsg entry = {.ndm_family = neighbor ? neighbor->ip.family : AF_UNSPEC,
                          .ndm_ifindex = neighbor ? (int)neighbor->ifindex : 0};
    struct nl_msg *msg = nlmsg_alloc_simple(type, 0);

    if (!msg || nlmsg_append(msg, &entry, sizeof entry, NLMSG_ALIGNTO) < 0 ||
        (neighbor && nla_put(msg, NDA_DST, (int)ip_bytes(&neighbor->ip), neighbor->ip.bytes) < 0)) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

static int dump(struct prober *prober, struct look *look)
{
    struct spot *spot = look->spot;
    int r = spot_enter(prober, spot);

    if (r == 0 && spot->channel.socket < 0)
        r = channel_open(&spot->channel);
    return r < 0
               ? r
               : channel_dump(&spot->channel, message_of(RTM_GETNEIGH, NULL), take, restart, look);
}

/* Namespaces of others have neighbours for reasons that are not ours. */
static bool is_ours(const struct spot *spot)
{
    return spot->netns && !spot->netns->foreign && spot->channel.netns_fd >= 0;
}

bool neighbors_full(const struct prober *prober)
{
    return prober->crowded && prober->sent >= prober->window;
}

static void begin_window(struct prober *prober)
{
    prober->sent = prober->open = 0;
    prober->generation++;
}

int neighbors_begin(struct prober *prober)
{
    int r = 0;

    prober->window = WINDOW;
    prober->crowded = prober->count > WINDOW;
    begin_window(prober);
    for (size_t i = 0; prober->crowded && r == 0 && i < prober->spot_count; i++) {
        struct spot *spot = &prober->spots[i];
        struct look look = {.spot = spot};

        if (!is_ours(spot))
            continue;
        r = dump(prober, &look);
        if (look.count)
            qsort(look.found, look.count, sizeof *look.found, compare);
        free(spot->known);
        spot->known = look.found;
        spot->known_count = look.count;
    }
    return r;
}

static int clean(struct prober *prober, struct spot *spot)
{
    struct look look = {.spot = spot};
    int r = dump(prober, &look);

    for (size_t i = 0; r == 0 && i < look.count; i++) {
        if (spot->known_count &&
            bsearch(&look.found[i], spot->known, spot->known_count, sizeof *spot->known, compare))
            continue;
        r = channel_request(&spot->channel, message_of(RTM_DELNEIGH, &look.found[i]), NULL, NULL);
        if (r == -ENOENT) /* it has just gone by itself */
            r = 0;
    }
    free(look.found);
    return r;
}

/* Not before those that were asked have had their time to answer: without its entry a request
   that waits for its neighbour is lost. */
int neighbors_clean(struct prober *prober)
{
    int r = 0;

    if (prober->open && prober_now() - prober->last_sent < prober->patience)
        return 0;
    for (size_t i = 0; r == 0 && i < prober->spot_count; i++)
        if (is_ours(&prober->spots[i]))
            r = clean(prober, &prober->spots[i]);
    begin_window(prober);
    return r;
}

/* For those who explain: whether a neighbour does not answer. */
struct state {
    unsigned state;
    bool known;
};

static int take_state(const struct nlmsghdr *message, void *userdata)
{
    struct state *state = userdata;

    if (message->nlmsg_type == RTM_NEWNEIGH) {
        state->state = ((const struct ndmsg *)nlmsg_data(message))->ndm_state;
        state->known = true;
    }
    return 0;
}

bool neighbor_is_silent(struct spot *spot, uint32_t ifindex, const struct ip *ip)
{
    const struct known_neighbor neighbor = {.ifindex = ifindex, .ip = *ip};
    struct state state = {0};

    if (spot->channel.socket < 0 ||
        channel_request(&spot->channel, message_of(RTM_GETNEIGH, &neighbor), take_state, &state) <
            0)
        return false;
    return state.known && state.state & (NUD_INCOMPLETE | NUD_FAILED);
}
