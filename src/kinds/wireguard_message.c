/* SPDX-License-Identifier: MIT */
/*
 * Job: keys, peers and networks of wireguard interfaces: compared, packed, unpacked.
 * In: what is seen and wanted. Out: attributes (WGDEVICE_A_*, WGPEER_A_*), and the other way round.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/time_types.h>
#include <linux/wireguard.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "base/arena.h"
#include "kinds/wireguard.h"
#include "model/ip.h"

enum { NETWORKS_MAX = 1000 /* of one message: a nest has at most 64 KiB */ };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int key_parse(const char *text, struct key *ret_key)
{
    struct key key = {.known = true};
    uint32_t bits = 0;
    size_t size = 0;

    if (strlen(text) != KEY_TEXT - 1 || text[KEY_TEXT - 2] != '=')
        return -EINVAL;
    for (size_t i = 0; i < KEY_TEXT - 2; i++) {
        const char *digit = strchr(digits, text[i]);

        if (!digit)
            return -EINVAL;
        bits = bits << 6 | (uint32_t)(digit - digits);
        if (i % 4 == 0)
            continue;
        if (size < KEY_SIZE)
            key.bytes[size++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    if (bits & 3) /* of the last digit only four bits count */
        return -EINVAL;
    *ret_key = key;
    return 0;
}

char *key_text(const struct key *key, char text[KEY_TEXT])
{
    for (size_t i = 0, out = 0; i < KEY_SIZE; i += 3) {
        uint32_t bits = (uint32_t)key->bytes[i] << 16 | (uint32_t)key->bytes[i + 1] << 8 |
                        (i + 2 < KEY_SIZE ? key->bytes[i + 2] : 0);

        for (int shift = 18; shift >= 0; shift -= 6)
            text[out++] = digits[bits >> shift & 63];
    }
    text[KEY_TEXT - 2] = '=';
    text[KEY_TEXT - 1] = '\0';
    return text;
}

bool key_equal(const struct key *a, const struct key *b)
{
    return memcmp(a->bytes, b->bytes, KEY_SIZE) == 0;
}

struct iface *peer_iface(const struct wireguard_peer *peer)
{
    return (struct iface *)peer->o.parent->parent;
}

const struct key *peer_key(const struct wireguard_peer *peer)
{
    const struct wireguard *other = peer->iface ? iface_wireguard(peer->iface) : NULL;

    return other && other->public_key.known ? &other->public_key : &peer->public_key;
}

void key_path(const struct wireguard *wireguard, const char *name, size_t size, char *ret_path)
{
    const struct netlab_lab *lab = (const struct netlab_lab *)wireguard->o.parent->parent->parent;
    const char *slash = lab->source.file ? strrchr(lab->source.file, '/') : NULL;
    int length = slash && *name != '/' ? (int)(slash - lab->source.file) + 1 : 0;

    snprintf(ret_path, size, "%.*s%s", length, length ? lab->source.file : "", name);
}

char *socket_text(const struct ip *ip, uint16_t port, char text[SOCKET_TEXT])
{
    char address[IP_TEXT];

    snprintf(text, SOCKET_TEXT, ip->family == AF_INET6 ? "[%s]:%u" : "%s:%u", ip_text(ip, address),
             port);
    return text;
}

/* Comparing */

bool wireguard_differs(const struct wireguard *seen, const struct wireguard *wanted)
{
    if (wanted->private_key.known && !key_equal(&seen->private_key, &wanted->private_key))
        return true;
    if (object_has(&wanted->o, WIREGUARD_LISTEN_PORT) && seen->listen_port != wanted->listen_port)
        return true;
    return seen->fwmark != wanted->fwmark;
}

static bool has_network(const struct list *list, const struct prefix *network)
{
    LIST_EACH (struct wireguard_network, other, list)
        if (prefix_equal(&other->network, network))
            return true;
    return false;
}

bool peer_networks_differ(const struct wireguard_peer *seen, const struct wireguard_peer *wanted)
{
    if (seen->allowed_ips.count != wanted->allowed_ips.count)
        return true;
    LIST_EACH (struct wireguard_network, network, &wanted->allowed_ips)
        if (!has_network(&seen->allowed_ips, &network->network))
            return true;
    return false;
}

static bool endpoint_differs(const struct wireguard_peer *seen, const struct wireguard_peer *wanted)
{
    return wanted->ip.family && !seen->has_met &&
           (!ip_equal(&seen->ip, &wanted->ip) || seen->port != wanted->port);
}

static bool preshared_differs(const struct wireguard_peer *seen,
                              const struct wireguard_peer *wanted)
{
    return wanted->preshared_key.known && !key_equal(&seen->preshared_key, &wanted->preshared_key);
}

bool peer_differs(const struct wireguard_peer *seen, const struct wireguard_peer *wanted)
{
    return preshared_differs(seen, wanted) || endpoint_differs(seen, wanted) ||
           seen->keepalive != wanted->keepalive || peer_networks_differ(seen, wanted);
}

/* Packing */

int wireguard_put(struct nl_msg *msg, const struct iface *iface, const struct wireguard *seen)
{
    const struct wireguard *wanted = iface_wireguard(iface);
    bool failed = nla_put_u32(msg, WGDEVICE_A_IFINDEX, iface->ifindex) < 0;

    if (wanted->private_key.known &&
        (!seen || !key_equal(&seen->private_key, &wanted->private_key)))
        failed |= nla_put(msg, WGDEVICE_A_PRIVATE_KEY, KEY_SIZE, wanted->private_key.bytes) < 0;
    if (object_has(&wanted->o, WIREGUARD_LISTEN_PORT) &&
        (!seen || seen->listen_port != wanted->listen_port))
        failed |= nla_put_u16(msg, WGDEVICE_A_LISTEN_PORT, (uint16_t)wanted->listen_port) < 0;
    if (wanted->fwmark != (seen ? seen->fwmark : 0))
        failed |= nla_put_u32(msg, WGDEVICE_A_FWMARK, wanted->fwmark) < 0;
    return failed ? -ENOMEM : 0;
}

static int put_endpoint(struct nl_msg *msg, const struct wireguard_peer *peer)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(peer->port)};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(peer->port)};

    memcpy(&in6.sin6_addr, peer->ip.bytes, sizeof in6.sin6_addr);
    memcpy(&in.sin_addr, peer->ip.bytes, sizeof in.sin_addr);
    if (peer->ip.family == AF_INET6)
        return nla_put(msg, WGPEER_A_ENDPOINT, sizeof in6, &in6);
    return nla_put(msg, WGPEER_A_ENDPOINT, sizeof in, &in);
}

static int put_network(struct nl_msg *msg, const struct prefix *network)
{
    struct nlattr *nest = nla_nest_start(msg, 0);

    if (!nest || nla_put_u16(msg, WGALLOWEDIP_A_FAMILY, network->ip.family) < 0 ||
        nla_put(msg, WGALLOWEDIP_A_IPADDR, (int)ip_bytes(&network->ip), network->ip.bytes) < 0 ||
        nla_put_u8(msg, WGALLOWEDIP_A_CIDR_MASK, network->length) < 0)
        return -ENOMEM;
    nla_nest_end(msg, nest);
    return 0;
}

static int put_networks(struct nl_msg *msg, const struct wireguard_network **network)
{
    const struct wireguard_network *next = *network;
    struct nlattr *nest = nla_nest_start(msg, WGPEER_A_ALLOWEDIPS);

    if (!nest)
        return -ENOMEM;
    for (size_t i = 0; next && i < NETWORKS_MAX; i++) {
        if (put_network(msg, &next->network) < 0)
            return -ENOMEM;
        next = (const struct wireguard_network *)next->o.next;
    }
    nla_nest_end(msg, nest);
    *network = next;
    return 0;
}

/* The attributes of one that stays; more: only further networks. */
static int put_wanted(struct nl_msg *msg, const struct wireguard_peer *seen,
                      const struct wireguard_peer *wanted, bool more,
                      const struct wireguard_network **network)
{
    bool networks = !seen || peer_networks_differ(seen, wanted), failed = false;

    if (!more && networks)
        failed |= nla_put_u32(msg, WGPEER_A_FLAGS, WGPEER_F_REPLACE_ALLOWEDIPS) < 0;
    if (!more && wanted->preshared_key.known && (!seen || preshared_differs(seen, wanted)))
        failed |= nla_put(msg, WGPEER_A_PRESHARED_KEY, KEY_SIZE, wanted->preshared_key.bytes) < 0;
    if (!more && wanted->ip.family && (!seen || endpoint_differs(seen, wanted)))
        failed |= put_endpoint(msg, wanted) < 0;
    if (networks)
        failed |= put_networks(msg, network) < 0;
    else
        *network = NULL;
    return failed ? -ENOMEM : 0;
}

/* Where the attributes of one peer go. 0 or -ENOMEM. */
static int begin_peer(struct nl_msg *msg, const struct wireguard_peer *peer,
                      struct nlattr *ret_nests[2])
{
    if (nla_put_u32(msg, WGDEVICE_A_IFINDEX, peer_iface(peer)->ifindex) < 0)
        return -ENOMEM;
    ret_nests[0] = nla_nest_start(msg, WGDEVICE_A_PEERS);
    ret_nests[1] = ret_nests[0] ? nla_nest_start(msg, 0) : NULL;
    return ret_nests[1] ? nla_put(msg, WGPEER_A_PUBLIC_KEY, KEY_SIZE, peer_key(peer)->bytes)
                        : -ENOMEM;
}

static void end_peer(struct nl_msg *msg, struct nlattr *nests[2])
{
    nla_nest_end(msg, nests[1]);
    nla_nest_end(msg, nests[0]);
}

int peer_put_keepalive(struct nl_msg *msg, const struct wireguard_peer *peer)
{
    struct nlattr *nests[2];

    if (begin_peer(msg, peer, nests) < 0 ||
        nla_put_u32(msg, WGPEER_A_FLAGS, WGPEER_F_UPDATE_ONLY) < 0 ||
        nla_put_u16(msg, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, (uint16_t)peer->keepalive) < 0)
        return -ENOMEM;
    end_peer(msg, nests);
    return 0;
}

int peer_put(struct nl_msg *msg, const struct wireguard_peer *seen,
             const struct wireguard_peer *wanted, const struct wireguard_network **network)
{
    const struct wireguard_peer *peer = wanted ? wanted : seen;
    bool more = wanted && *network && &(*network)->o != wanted->allowed_ips.first;
    struct nlattr *nests[2];

    if (begin_peer(msg, peer, nests) < 0)
        return -ENOMEM;
    if (wanted ? put_wanted(msg, seen, wanted, more, network) < 0
               : nla_put_u32(msg, WGPEER_A_FLAGS, WGPEER_F_REMOVE_ME) < 0)
        return -ENOMEM;
    end_peer(msg, nests);
    return 0;
}

/* Unpacking */

static void get_key(struct nlattr *attribute, struct key *ret_key)
{
    if (!attribute || nla_len(attribute) != KEY_SIZE)
        return;
    memcpy(ret_key->bytes, nla_data(attribute), KEY_SIZE);
    ret_key->known = true;
}

static int get_endpoint(const struct nlattr *attribute, struct wireguard_peer *peer,
                        struct arena *arena)
{
    const struct sockaddr *any = nla_data(attribute);
    const struct sockaddr_in *in = (const void *)any;
    const struct sockaddr_in6 *in6 = (const void *)any;
    char text[SOCKET_TEXT];
    bool is_ipv6 = nla_len(attribute) >= (int)sizeof *in6 && any->sa_family == AF_INET6;

    if (!is_ipv6 && (nla_len(attribute) < (int)sizeof *in || any->sa_family != AF_INET))
        return 0;
    peer->ip = (struct ip){.family = is_ipv6 ? AF_INET6 : AF_INET};
    memcpy(peer->ip.bytes, is_ipv6 ? (const void *)&in6->sin6_addr : (const void *)&in->sin_addr,
           is_ipv6 ? 16 : 4);
    peer->port = ntohs(is_ipv6 ? in6->sin6_port : in->sin_port);
    peer->endpoint_text = arena_strdup(arena, socket_text(&peer->ip, peer->port, text));
    peer->o.set |= UINT64_C(1) << PEER_ENDPOINT;
    return peer->endpoint_text ? 0 : -ENOMEM;
}

static int get_network(struct nlattr *attribute, struct wireguard_peer *peer, struct arena *arena)
{
    struct nlattr *tb[WGALLOWEDIP_A_MAX + 1] = {0};
    struct wireguard_network *network;

    if (nla_parse_nested(tb, WGALLOWEDIP_A_MAX, attribute, NULL) < 0 || !tb[WGALLOWEDIP_A_FAMILY] ||
        !tb[WGALLOWEDIP_A_IPADDR] || !tb[WGALLOWEDIP_A_CIDR_MASK] ||
        nla_len(tb[WGALLOWEDIP_A_IPADDR]) > 16)
        return 0;
    network = ARENA_NEW(arena, struct wireguard_network);
    if (!network)
        return -ENOMEM;
    network->o = (struct object){
        .parent = &peer->o, .table = table_wireguard_peer.fields[PEER_ALLOWED_IPS].table, .set = 1};
    network->network.ip.family = (uint8_t)nla_get_u16(tb[WGALLOWEDIP_A_FAMILY]);
    network->network.length = nla_get_u8(tb[WGALLOWEDIP_A_CIDR_MASK]);
    memcpy(network->network.ip.bytes, nla_data(tb[WGALLOWEDIP_A_IPADDR]),
           (size_t)nla_len(tb[WGALLOWEDIP_A_IPADDR]));
    list_append(&peer->allowed_ips, &network->o);
    peer->o.set |= UINT64_C(1) << PEER_ALLOWED_IPS;
    return 0;
}

/* Of a peer with many networks, the rest comes in further messages. */
static struct wireguard_peer *find_or_add(struct wireguard *wireguard, const struct key *key,
                                          struct arena *arena)
{
    struct wireguard_peer *last = (struct wireguard_peer *)wireguard->peers.last, *peer;
    char text[KEY_TEXT];

    if (last && key_equal(&last->public_key, key))
        return last;
    peer = ARENA_NEW(arena, struct wireguard_peer);
    if (!peer)
        return NULL;
    peer->o = (struct object){.parent = &wireguard->o, .table = &table_wireguard_peer};
    peer->public_key = *key;
    peer->public_text = arena_strdup(arena, key_text(key, text));
    peer->o.set = UINT64_C(1) << PEER_PUBLIC_KEY | UINT64_C(1) << PEER_KEEPALIVE;
    list_append(&wireguard->peers, &peer->o);
    return peer->public_text ? peer : NULL;
}

static int get_peer(struct nlattr *attribute, struct wireguard *wireguard, struct arena *arena)
{
    struct nlattr *tb[WGPEER_A_MAX + 1] = {0}, *network;
    struct wireguard_peer *peer;
    struct key key = {.known = false};
    int left, r = 0;

    if (nla_parse_nested(tb, WGPEER_A_MAX, attribute, NULL) < 0)
        return 0;
    get_key(tb[WGPEER_A_PUBLIC_KEY], &key);
    if (!key.known)
        return 0;
    peer = find_or_add(wireguard, &key, arena);
    if (!peer)
        return -ENOMEM;
    get_key(tb[WGPEER_A_PRESHARED_KEY], &peer->preshared_key);
    if (tb[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL])
        peer->keepalive = nla_get_u16(tb[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL]);
    if (tb[WGPEER_A_LAST_HANDSHAKE_TIME] &&
        nla_len(tb[WGPEER_A_LAST_HANDSHAKE_TIME]) >= (int)sizeof(struct __kernel_timespec))
        peer->has_met |=
            ((const struct __kernel_timespec *)nla_data(tb[WGPEER_A_LAST_HANDSHAKE_TIME]))
                ->tv_sec != 0;
    if (tb[WGPEER_A_ENDPOINT])
        r = get_endpoint(tb[WGPEER_A_ENDPOINT], peer, arena);
    if (r == 0 && tb[WGPEER_A_ALLOWEDIPS])
        nla_for_each_nested(network, tb[WGPEER_A_ALLOWEDIPS], left) r =
            r == 0 ? get_network(network, peer, arena) : r;
    return r;
}

int wireguard_get(const struct nlattr *attributes, int size, struct wireguard *wireguard,
                  struct arena *arena)
{
    struct nlattr *tb[WGDEVICE_A_MAX + 1] = {0}, *peer;
    int left, r = 0;

    if (nla_parse(tb, WGDEVICE_A_MAX, (struct nlattr *)attributes, size, NULL) < 0)
        return 0;
    get_key(tb[WGDEVICE_A_PRIVATE_KEY], &wireguard->private_key);
    get_key(tb[WGDEVICE_A_PUBLIC_KEY], &wireguard->public_key);
    if (tb[WGDEVICE_A_LISTEN_PORT]) {
        wireguard->listen_port = nla_get_u16(tb[WGDEVICE_A_LISTEN_PORT]);
        wireguard->o.set |= UINT64_C(1) << WIREGUARD_LISTEN_PORT;
    }
    if (tb[WGDEVICE_A_FWMARK]) {
        wireguard->fwmark = nla_get_u32(tb[WGDEVICE_A_FWMARK]);
        wireguard->o.set |= UINT64_C(1) << WIREGUARD_FWMARK;
    }
    if (tb[WGDEVICE_A_PEERS])
        nla_for_each_nested(peer, tb[WGDEVICE_A_PEERS], left) r =
            r == 0 ? get_peer(peer, wireguard, arena) : r;
    return r;
}
