/* SPDX-License-Identifier: MIT */
/*
 * Job: ask the kernel which way it would send a packet.
 * In: probes of `route`; questions of those who explain. Out: routes, and whether they are the
 * ones that are wanted.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "probe/internal.h"

static int spot_channel(struct prober *prober, struct spot *spot)
{
    int r = spot_enter(prober, spot);

    return r < 0 || spot->channel.socket >= 0 ? r : channel_open(&spot->channel);
}

uint32_t spot_ifindex(struct prober *prober, struct spot *spot, const char *name)
{
    return spot_enter(prober, spot) < 0 ? 0 : if_nametoindex(name);
}

bool spot_lacks(struct prober *prober, const struct spot *spot, const struct ip *ip)
{
    struct ifaddrs *all;
    bool found = false;

    if (!ip->family || spot_enter(prober, spot) < 0 || getifaddrs(&all) < 0)
        return false;
    for (const struct ifaddrs *one = all; one && !found; one = one->ifa_next)
        if (one->ifa_addr && one->ifa_addr->sa_family == ip->family) {
            const struct ip own = ip_of_address((const struct sockaddr_storage *)one->ifa_addr);

            found = ip_equal(&own, ip);
        }
    freeifaddrs(all);
    return !found;
}

static void put_ip(struct nl_msg *msg, int type, const struct ip *ip)
{
    if (ip->family)
        nla_put(msg, type, (int)ip_bytes(ip), ip->bytes);
}

static struct nl_msg *question_message(const struct route_question *question)
{
    struct rtmsg route = {.rtm_family = question->to.family,
                          .rtm_dst_len = (uint8_t)ip_bits(&question->to),
                          .rtm_src_len =
                              question->from.family ? (uint8_t)ip_bits(&question->from) : 0,
                          /* IPv6 always tells the table, and does not know the flag */
                          .rtm_flags = question->to.family == AF_INET ? RTM_F_LOOKUP_TABLE : 0};
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, 0);

    if (!msg || nlmsg_append(msg, &route, sizeof route, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    put_ip(msg, RTA_DST, &question->to);
    put_ip(msg, RTA_SRC, &question->from);
    if (question->oif)
        nla_put_u32(msg, RTA_OIF, question->oif);
    if (question->iif)
        nla_put_u32(msg, RTA_IIF, question->iif);
    if (question->mark)
        nla_put_u32(msg, RTA_MARK, question->mark);
    return msg;
}

static struct ip ip_of_attribute(const struct nlattr *attribute)
{
    struct ip ip = {.family = nla_len(attribute) == 4 ? AF_INET : AF_INET6};

    if (nla_len(attribute) == 4 || nla_len(attribute) == 16)
        memcpy(ip.bytes, nla_data(attribute), (size_t)nla_len(attribute));
    return ip;
}

/* An address of another family than the route's: RTA_VIA. */
static struct ip ip_of_via(const struct nlattr *attribute)
{
    const struct rtvia *via = nla_data(attribute);
    struct ip ip = {.family = (uint8_t)via->rtvia_family};
    int size = nla_len(attribute) - (int)sizeof *via;

    if (size == 4 || size == 16)
        memcpy(ip.bytes, via->rtvia_addr, (size_t)size);
    return ip;
}

static int take_route(const struct nlmsghdr *message, void *userdata)
{
    struct nlattr *attributes[RTA_MAX + 1] = {0};
    struct route_seen *seen = userdata;
    const struct rtmsg *route = nlmsg_data(message);

    if (nlmsg_parse((struct nlmsghdr *)message, sizeof *route, attributes, RTA_MAX, NULL) < 0)
        return 0;
    seen->type = route->rtm_type;
    seen->table = attributes[RTA_TABLE] ? nla_get_u32(attributes[RTA_TABLE]) : route->rtm_table;
    if (attributes[RTA_OIF])
        seen->ifindex = nla_get_u32(attributes[RTA_OIF]);
    if (attributes[RTA_GATEWAY])
        seen->via = ip_of_attribute(attributes[RTA_GATEWAY]);
    else if (attributes[RTA_VIA])
        seen->via = ip_of_via(attributes[RTA_VIA]);
    if (attributes[RTA_PREFSRC])
        seen->src = ip_of_attribute(attributes[RTA_PREFSRC]);
    return 0;
}

/* The errors by which the kernel tells of routes that lead nowhere (fib_props, net/ipv4). */
static uint32_t type_of_error(int error)
{
    switch (error) {
    case EINVAL:
        return RTN_BLACKHOLE;
    case EHOSTUNREACH:
        return RTN_UNREACHABLE;
    case EACCES:
        return RTN_PROHIBIT;
    }
    return RTN_UNSPEC;
}

int route_ask(struct prober *prober, struct spot *spot, const struct route_question *question,
              struct route_seen *ret_seen)
{
    int r = spot_channel(prober, spot);

    *ret_seen = (struct route_seen){0};
    if (r < 0)
        return r;
    r = channel_request(&spot->channel, question_message(question), take_route, ret_seen);
    if (r == -ENOMEM)
        return r;
    if (r < 0) {
        ret_seen->error = -r;
        ret_seen->type = type_of_error(-r);
        return 0;
    }
    if (ret_seen->ifindex)
        if_indextoname(ret_seen->ifindex, ret_seen->dev);
    return 0;
}

const char *route_text(const struct route_seen *seen, char text[ROUTE_TEXT])
{
    const char *type =
        seen->type == RTN_UNICAST ? NULL : choice_word(choices_route_type, seen->type);
    const char *table = choice_word(choices_table, seen->table);
    char via[IP_TEXT], src[IP_TEXT];
    int size;

    if (seen->error && !type)
        snprintf(text, ROUTE_TEXT, "none (%s)", strerror(seen->error));
    else if (seen->error)
        snprintf(text, ROUTE_TEXT, "%s", type);
    if (seen->error)
        return text;
    size =
        snprintf(text, ROUTE_TEXT, "%s%s%s%s%sdev %s%s%s table ", type ? type : "", type ? " " : "",
                 seen->via.family ? "via " : "", seen->via.family ? ip_text(&seen->via, via) : "",
                 seen->via.family ? " " : "", seen->dev, seen->src.family ? " src " : "",
                 seen->src.family ? ip_text(&seen->src, src) : "");
    if (size > 0 && size < ROUTE_TEXT) {
        if (table)
            snprintf(text + size, ROUTE_TEXT - (size_t)size, "%s", table);
        else
            snprintf(text + size, ROUTE_TEXT - (size_t)size, "%u", seen->table);
    }
    return text;
}

/* Whether a route is the one that is wanted. */
static bool suits(const struct test_body *body, const struct route_seen *seen)
{
    const struct object *o = &body->o;

    if (object_has(o, FIB_TYPE) ? seen->type != body->type : seen->error != 0)
        return false;
    if (body->dev.name && strcmp(body->dev.name, seen->dev) != 0)
        return false;
    if (object_has(o, FIB_VIA) && !ip_equal(&body->via, &seen->via))
        return false;
    if (object_has(o, FIB_SRC) && !ip_equal(&body->src, &seen->src))
        return false;
    return !object_has(o, FIB_TABLE) || body->table == seen->table;
}

int route_send(struct prober *prober, struct probe *probe)
{
    const struct test_body *body = probe->result->test->body;
    const struct ifref *refs[] = {&body->vrf, &body->iif};
    struct route_question question = {
        .to = probe->ip, .from = body->asker, .mark = body->fwmark.value};
    uint32_t *indexes[] = {&question.oif, &question.iif};
    struct route_seen seen;
    char text[ROUTE_TEXT];
    int r;

    for (size_t i = 0; i < 2; i++) {
        if (!refs[i]->name)
            continue;
        *indexes[i] = spot_ifindex(prober, probe->from, refs[i]->name);
        if (!*indexes[i]) {
            probe_settle_unasked(prober, probe, ENODEV);
            return 0;
        }
    }
    if (body->asker.family && body->asker.family != probe->ip.family)
        question.from = (struct ip){0};
    r = route_ask(prober, probe->from, &question, &seen);
    if (r < 0)
        return r;
    /* IPv4 refuses it by the error that blackholes have */
    if (seen.error && !question.iif && spot_lacks(prober, probe->from, &question.from)) {
        probe_settle_unasked(prober, probe, EADDRNOTAVAIL);
        return 0;
    }
    if (!probe->why || strcmp(probe->why, route_text(&seen, text)) != 0)
        probe->why = arena_strdup(prober->arena, route_text(&seen, text));
    probe_settle(prober, probe, suits(body, &seen) ? SEEN_ANSWER : SEEN_OTHER);
    return 0;
}
