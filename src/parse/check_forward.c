/* SPDX-License-Identifier: MIT */
/*
 * Job: the rules of `masquerade` and `port-forward`.
 * In: a namespace as it was read. Out: where packets are forwarded to; complaints.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "model/ip.h"
#include "parse/nftables.h"

#define FAIL(p, object, field, ...)                                                                \
    (set_broken(object), ERROR(p, object_mark(&(object)->o, field), __VA_ARGS__))

/* A port, and nothing else; 0: it is none. */
static uint32_t read_port(const char *text)
{
    unsigned long port = strtoul(text, NULL, 10);

    return *text && strlen(text) <= 5 && !text[strspn(text, "0123456789")] && *text != '0' &&
                   port <= UINT16_MAX
               ? (uint32_t)port
               : 0;
}

/* IP, IP:PORT, [IPv6], [IPv6]:PORT. */
static bool read_target(const char *text, struct ip *ret_ip, uint32_t *ret_port)
{
    bool bracket = *text == '[';
    const char *end = bracket ? strchr(text, ']') : strchr(text, ':');
    char ip[IP_TEXT];
    size_t size;

    *ret_port = 0;
    if (!bracket && (!end || strchr(end + 1, ':')))
        return ip_parse(text, ret_ip) == 0;
    text += bracket;
    size = end ? (size_t)(end - text) : 0;
    if (!size || size >= sizeof ip)
        return false;
    memcpy(ip, text, size);
    ip[size] = '\0';
    end += bracket;
    if (*end == ':')
        *ret_port = read_port(end + 1);
    return (bracket && !*end ? true : *ret_port != 0) && ip_parse(ip, ret_ip) == 0 &&
           (ret_ip->family == AF_INET6) == bracket;
}

static void check_target(struct parse *p, struct port_forward *forward)
{
    bool range = forward->tcp.first != forward->tcp.last || forward->udp.first != forward->udp.last;

    if (!read_target(forward->to, &forward->ip, &forward->port)) {
        FAIL(p, forward, FORWARD_TO, "'%s' is no address to forward to", forward->to);
        HINT(p, "write IP:PORT, \"[IPv6]:PORT\" in quotes, or IP");
    } else if (ip_is_zero(&forward->ip) || ip_is_multicast(&forward->ip)) {
        FAIL(p, forward, FORWARD_TO, "'%s' is no machine's address", forward->to);
    } else if (range && forward->port) {
        FAIL(p, forward, FORWARD_TO, "a range of ports keeps its ports");
        HINT(p, "write the address alone");
    }
}

static bool overlap(const struct port_range *a, const struct port_range *b)
{
    return a->first && b->first && a->first <= b->last && b->first <= a->last;
}

/* Whether all that comes in by the second comes in by the first. */
static bool covers(const char *first, const char *second)
{
    return !first || (second && strcmp(first, second) == 0);
}

/* The first one would get all of it. */
static void check_alone(struct parse *p, const struct netns *netns, struct port_forward *forward)
{
    LIST_EACH (struct port_forward, other, &netns->port_forward) {
        bool tcp = overlap(&other->tcp, &forward->tcp);

        if (other == forward)
            return;
        if ((!tcp && !overlap(&other->udp, &forward->udp)) ||
            other->ip.family != forward->ip.family || is_broken(other) ||
            !covers(other->dev.name, forward->dev.name))
            continue;
        FAIL(p, forward, tcp ? FORWARD_TCP : FORWARD_UDP, "this port is forwarded already");
        HINT(p, "the first one is on line %u", other->o.mark.line);
        return;
    }
}

/* Whether it passes packets on; of namespaces of others that is not known. */
static bool routes(const struct netns *netns, unsigned family)
{
    static const char *const ipv4[] = {"net/ipv4/ip_forward", "net/ipv4/conf/all/forwarding"};

    LIST_EACH (struct sysctl, sysctl, &netns->sysctls) {
        bool is = strcmp(sysctl->path, ipv4[0]) == 0 || strcmp(sysctl->path, ipv4[1]) == 0;

        if (family == AF_INET6)
            is = strcmp(sysctl->path, "net/ipv6/conf/all/forwarding") == 0;
        if (is && strcmp(sysctl->value, "0") != 0)
            return true;
    }
    return netns->foreign;
}

static bool is_own(const struct netns *netns, const struct ip *ip)
{
    LIST_EACH (struct iface, iface, &netns->interfaces)
        LIST_EACH (struct address, address, &iface->addresses)
            if (ip_equal(&address->address.ip, ip))
                return true;
    return false;
}

static void check_forward(struct parse *p, const struct netns *netns, struct port_forward *forward)
{
    if (!forward->o.marks[FORWARD_TCP].line && !forward->o.marks[FORWARD_UDP].line) {
        set_broken(forward);
        ERROR(p, forward->o.mark, "a port forward needs 'tcp' or 'udp'");
    }
    if (is_broken(forward))
        return;
    check_target(p, forward);
    if (!is_broken(forward))
        check_alone(p, netns, forward);
    if (is_broken(forward) || routes(netns, forward->ip.family) || is_own(netns, &forward->ip))
        return;
    WARN(p, object_mark(&forward->o, FORWARD_TO),
         "namespace %s does not route: nothing is forwarded to %s", netns->o.name, forward->to);
    HINT(p, "add 'forwarding: true'");
}

void check_forwards(struct parse *p, struct netns *netns)
{
    LIST_EACH (struct masquerade, masquerade, &netns->masquerade)
        LIST_EACH (struct masquerade, other, &netns->masquerade) {
            if (other == masquerade)
                break;
            if (!masquerade->dev.name || !other->dev.name ||
                strcmp(masquerade->dev.name, other->dev.name) != 0)
                continue;
            FAIL(p, masquerade, MASQUERADE_DEV, "'%s' is given twice", masquerade->dev.name);
            break;
        }
    LIST_EACH (struct port_forward, forward, &netns->port_forward)
        check_forward(p, netns, forward);
    if (!netns->masquerade.count || routes(netns, AF_INET) || routes(netns, AF_INET6) ||
        is_broken(netns))
        return;
    WARN(p, object_mark(&netns->o, NETNS_MASQUERADE),
         "namespace %s does not route: there is nothing to masquerade", netns->o.name);
    HINT(p, "add 'forwarding: true'");
}
