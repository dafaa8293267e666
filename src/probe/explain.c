/* SPDX-License-Identifier: MIT */
/*
 * Job: what a probe has seen, in words, with what the kernel has to say about the way.
 * In: probes that are over. Out: a line of text.
 */
#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "probe/internal.h"

/* A text that is cut where it is full. */
struct why {
    char text[PROBE_WHY];
    size_t size;
};

__attribute__((format(printf, 2, 3))) static void add(struct why *why, const char *format, ...)
{
    size_t room = sizeof why->text - why->size;
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(why->text + why->size, room, format, args);
    va_end(args);
    if (size > 0)
        why->size += (size_t)size < room ? (size_t)size : room - 1;
}

static const char *word(const char *const *words, size_t count, unsigned code)
{
    return code < count && words[code] ? words[code] : NULL;
}

#define WORD(words, code) word(words, sizeof words / sizeof words[0], code)

/* ping(8)'s words. NULL: it has none. */
static const char *icmp_text(const struct probe *probe)
{
    static const char *const unreachable[] = {
        [ICMP_NET_UNREACH] = "network unreachable",
        [ICMP_HOST_UNREACH] = "host unreachable",
        [ICMP_PROT_UNREACH] = "protocol unreachable",
        [ICMP_PORT_UNREACH] = "port unreachable",
        [ICMP_SR_FAILED] = "source route failed",
        [ICMP_NET_UNKNOWN] = "network unknown",
        [ICMP_HOST_UNKNOWN] = "host unknown",
        [ICMP_NET_ANO] = "network prohibited",
        [ICMP_HOST_ANO] = "host prohibited",
        [ICMP_PKT_FILTERED] = "prohibited (packet filtered)",
    };
    static const char *const unreachable6[] = {
        [ICMP6_DST_UNREACH_NOROUTE] = "no route",
        [ICMP6_DST_UNREACH_ADMIN] = "prohibited (packet filtered)",
        [ICMP6_DST_UNREACH_BEYONDSCOPE] = "beyond the scope of the source address",
        [ICMP6_DST_UNREACH_ADDR] = "address unreachable",
        [ICMP6_DST_UNREACH_NOPORT] = "port unreachable",
        [5] = "source address failed a policy",
        [6] = "reject route",
    };
    bool ipv6 = probe->ip.family == AF_INET6;

    if (probe->icmp_type == (ipv6 ? ICMP6_DST_UNREACH : ICMP_DEST_UNREACH))
        return ipv6 ? WORD(unreachable6, probe->icmp_code) : WORD(unreachable, probe->icmp_code);
    if (probe->icmp_type == (ipv6 ? ICMP6_TIME_EXCEEDED : ICMP_TIME_EXCEEDED))
        return "time to live exceeded: the packet goes round in circles?";
    return NULL;
}

static void add_icmp(struct why *why, const struct probe *probe)
{
    const char *text = icmp_text(probe);
    char by[IP_TEXT];

    add(why, "%s says: ", ip_text(&probe->by, by));
    if (text)
        add(why, "%s", text);
    else
        add(why, "ICMP type %u code %u", probe->icmp_type, probe->icmp_code);
}

/* Of those that it is asked by. */
static const char *missing_interface(struct prober *prober, const struct probe *probe)
{
    const struct test_body *body = probe->result->test->body;

    if (probe->result->test->kind != TEST_ROUTE)
        return body->dev.name ? body->dev.name : "of that name";
    if (body->vrf.name && !spot_ifindex(prober, probe->from, body->vrf.name))
        return body->vrf.name;
    return body->iif.name ? body->iif.name : "of that name";
}

static void add_no_address(struct why *why, const struct probe *probe)
{
    const struct test_body *body = probe->result->test->body;
    const struct ip *ip = probe->result->test->kind == TEST_ROUTE ? &body->asker : &body->source;
    char text[IP_TEXT];

    if (probe->seen == SEEN_UNASKED)
        add(why, "%s has no address %s", probe->from->name, ip_text(ip, text));
    else
        add(why, "not sent: %s has no address that fits", probe->from->name);
}

static void add_error(struct prober *prober, struct why *why, const struct probe *probe)
{
    switch (probe->error) {
    case ENETUNREACH:
        add(why, "there is no route");
        break;
    case EHOSTUNREACH:
        add(why, "unreachable: the route says so, or the neighbour does not answer");
        break;
    case EINVAL:
        add(why, "not sent: the route is a blackhole");
        break;
    case EACCES:
        add(why, "not sent: the route prohibits it");
        break;
    case EPERM:
        add(why, "not sent: a firewall in %s drops it", probe->from->name);
        break;
    case ENODEV:
        add(why, "there is no interface %s", missing_interface(prober, probe));
        break;
    case EADDRNOTAVAIL:
        add_no_address(why, probe);
        break;
    case EAFNOSUPPORT:
        add(why, "the interface has no ARP");
        break;
    case ENOBUFS:
        add(why, "not sent: the kernel's table of neighbours is full "
                 "(net.ipv4.neigh.default.gc_thresh3)");
        break;
    case ETIMEDOUT:
        add(why, "no answer");
        break;
    default:
        add(why, "not sent: %s", strerror(probe->error));
    }
}

static void add_silence(struct why *why, const struct probe *probe)
{
    enum test_kind kind = probe->result->test->kind;

    if (kind == TEST_UDP && probe->arrived)
        add(why, "it got to %s, but no answer came back", probe->arrived->name);
    else if (kind == TEST_PING)
        add(why, "no reply");
    else if (kind == TEST_ARP)
        add(why, "nobody answers");
    else
        add(why, "no answer");
}

static void add_answer(struct why *why, const struct probe *probe)
{
    static const char *const words[TEST_KINDS] = {
        [TEST_PING] = "replied", [TEST_TCP] = "connected",          [TEST_UDP] = "answered",
        [TEST_ARP] = "answered", [TEST_ROUTE] = "there is a route", [TEST_EXEC] = "",
    };
    enum test_kind kind = probe->result->test->kind;

    add(why, "%s", words[kind]);
    if (kind == TEST_ROUTE)
        add(why, ": %s", probe->why ? probe->why : "");
    else
        add(why, " after %.3f ms", probe_milliseconds(probe));
}

static void add_other(struct why *why, const struct probe *probe)
{
    if (probe->result->test->kind == TEST_ROUTE)
        add(why, "the route is %s", probe->why ? probe->why : "another one");
    else if (probe->arrived)
        add(why, "it got to %s, where it was not to go", probe->arrived->name);
    else
        add(why, "somebody answers who is not netlab");
}

/* Which way it went, and how far that got. */
static void add_route(struct prober *prober, struct why *why, struct probe *probe)
{
    const struct test_body *body = probe->result->test->body;
    struct route_question question = {.to = probe->ip, .from = body->source};
    struct route_seen seen;
    char text[ROUTE_TEXT], next[IP_TEXT];
    const struct ip *neighbor;

    if (body->dev.name)
        question.oif = spot_ifindex(prober, probe->from, body->dev.name);
    if (route_ask(prober, probe->from, &question, &seen) < 0)
        return;
    add(why, "; route: %s", route_text(&seen, text));
    neighbor = seen.via.family ? &seen.via : &probe->ip;
    if (!seen.error && (probe->seen == SEEN_NOTHING || probe->seen == SEEN_ICMP) &&
        probe->result->test->kind != TEST_ARP &&
        neighbor_is_silent(probe->from, seen.ifindex, neighbor))
        add(why, "; %s does not answer on %s", ip_text(neighbor, next), seen.dev);
}

const char *probe_explain(struct prober *prober, struct probe *probe)
{
    enum test_kind kind = probe->result->test->kind;
    struct why why = {.size = 0};
    char by[IP_TEXT];

    switch ((enum seen)probe->seen) {
    case SEEN_NOTHING:
        add_silence(&why, probe);
        break;
    case SEEN_ANSWER:
        add_answer(&why, probe);
        break;
    case SEEN_OTHER:
        add_other(&why, probe);
        break;
    case SEEN_ICMP:
        add_icmp(&why, probe);
        break;
    case SEEN_REFUSED:
        add(&why, "%s refuses it: nobody listens there", ip_text(&probe->by, by));
        break;
    case SEEN_ERROR:
    case SEEN_UNASKED:
        add_error(prober, &why, probe);
        break;
    }
    if (probe->reached && probe->seen != SEEN_NOTHING && probe->seen != SEEN_ANSWER)
        add(&why, "; it got to %s", probe->arrived->name);
    if (kind != TEST_ROUTE && probe->seen != SEEN_UNASKED)
        add_route(prober, &why, probe);
    return arena_strdup(prober->arena, why.text);
}
