/* SPDX-License-Identifier: MIT */
/*
 * Job: wireguard: an interface whose packets go encrypted to peers that are known by their keys.
 * Ranges: drivers/net/wireguard/netlink.c of the kernel.
 */
#include "kinds/wireguard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"
#include "model/ip.h"

enum { KEY_TEXT_MAX = KEY_TEXT - 1, PATH_TEXT_MAX = 1023 };

static const struct field network_fields[] = {{.key = "network",
                                               .type = FIELD_NETWORK,
                                               AT(wireguard_network, network),
                                               .flags = FIELD_REQUIRED,
                                               .doc = "A network or a lone address."}};

static const struct table network_table = {.name = "allowed network",
                                           .size = sizeof(struct wireguard_network),
                                           .fields = network_fields,
                                           .field_count = COUNT(network_fields),
                                           .scalar = 0,
                                           .doc = "A network."};

static const struct field peer_fields[] = {
    [PEER_PUBLIC_KEY] = {.key = "public-key",
                         .type = FIELD_STRING,
                         AT(wireguard_peer, public_text),
                         .max = KEY_TEXT_MAX,
                         .doc = "Its public key, in base64."},
    [PEER_PEER] = {.key = "peer",
                   .type = FIELD_STRING,
                   AT(wireguard_peer, peer_text),
                   .max = LAB_NAME_MAX + 1 + IFACE_NAME_MAX,
                   .doc = "Instead: `NS:IF`, a wireguard interface of this lab. Its key need not "
                          "be known then."},
    [PEER_PRESHARED_KEY] = {.key = "preshared-key",
                            .type = FIELD_STRING,
                            AT(wireguard_peer, preshared_text),
                            .max = KEY_TEXT_MAX,
                            .fallback = "none",
                            .doc = "A secret that both share, in base64. Never shown by netlab."},
    [PEER_PRESHARED_KEY_FILE] = {.key = "preshared-key-file",
                                 .type = FIELD_STRING,
                                 AT(wireguard_peer, preshared_file),
                                 .max = PATH_TEXT_MAX,
                                 .doc = "Instead: a file that it is in."},
    [PEER_ENDPOINT] = {.key = "endpoint",
                       .type = FIELD_STRING,
                       AT(wireguard_peer, endpoint_text),
                       .max = SOCKET_TEXT - 1,
                       .doc = "Where it is at first: `IP:PORT` or `\"[IPv6]:PORT\"`. Later it is "
                              "where its last packet came from."},
    [PEER_ALLOWED_IPS] = {.key = "allowed-ips",
                          .type = FIELD_LIST,
                          AT(wireguard_peer, allowed_ips),
                          .table = &network_table,
                          .flags = FIELD_SET,
                          .doc = "What is sent to it, and taken from it: `[10.0.0.2, "
                                 "192.168.7.0/24]`."},
    [PEER_KEEPALIVE] = {.key = "persistent-keepalive",
                        .type = FIELD_DURATION,
                        AT(wireguard_peer, keepalive),
                        .unit = 1000000000,
                        .max = 65535,
                        .flags = FIELD_INITIAL,
                        .fallback = "0",
                        .doc = "Send it an empty packet after so much silence; `0`: do not."},
};

static const struct habit peer_habits[] = {{"psk", "it is called 'preshared-key'"},
                                           {"keepalive", "it is called 'persistent-keepalive'"},
                                           {"allowed_ips", "it is called 'allowed-ips'"},
                                           {"AllowedIPs", "it is called 'allowed-ips'"},
                                           {"PublicKey", "it is called 'public-key'"},
                                           {"Endpoint", "it is called 'endpoint'"},
                                           {NULL, NULL}};

const struct table table_wireguard_peer = {.name = "wireguard peer",
                                           .size = sizeof(struct wireguard_peer),
                                           .fields = peer_fields,
                                           .field_count = COUNT(peer_fields),
                                           .scalar = -1,
                                           .habits = peer_habits,
                                           .doc = "The other end of a tunnel; it has `public-key` "
                                                  "or `peer`."};

static const struct field wireguard_fields[] = {
    [WIREGUARD_PRIVATE_KEY] = {.key = "private-key",
                               .type = FIELD_STRING,
                               AT(wireguard, private_text),
                               .max = KEY_TEXT_MAX,
                               .fallback = "one is made",
                               .doc = "Its private key, in base64. Never shown by netlab."},
    [WIREGUARD_PRIVATE_KEY_FILE] = {.key = "private-key-file",
                                    .type = FIELD_STRING,
                                    AT(wireguard, private_file),
                                    .max = PATH_TEXT_MAX,
                                    .doc = "Instead: a file that it is in, relative to this one."},
    [WIREGUARD_LISTEN_PORT] = {.key = "listen-port",
                               .type = FIELD_UINT,
                               AT(wireguard, listen_port),
                               .min = 1,
                               .max = 65535,
                               .fallback = "a free one",
                               .doc = "The UDP port that it listens on."},
    [WIREGUARD_FWMARK] = {.key = "fwmark",
                          .type = FIELD_UINT,
                          AT(wireguard, fwmark),
                          .max = UINT32_MAX,
                          .flags = FIELD_INITIAL,
                          .fallback = "0",
                          .doc = "Firewall mark of the packets that it sends; `0`: none."},
    [WIREGUARD_PEERS] = {.key = "peers",
                         .type = FIELD_LIST,
                         AT(wireguard, peers),
                         .table = &table_wireguard_peer,
                         .flags = FIELD_SET,
                         .doc = "The other ends of its tunnels."},
};

static const struct habit habits[] = {{"port", "it is called 'listen-port'"},
                                      {"key", "it is called 'private-key'"},
                                      {"ListenPort", "it is called 'listen-port'"},
                                      {"PrivateKey", "it is called 'private-key'"},
                                      {"mark", "it is called 'fwmark'"},
                                      {"dns", "netlab sets no resolvers"},
                                      {NULL, NULL}};

static const struct table wireguard_table = {.name = "wireguard",
                                             .size = sizeof(struct wireguard),
                                             .fields = wireguard_fields,
                                             .field_count = COUNT(wireguard_fields),
                                             .scalar = -1,
                                             .habits = habits,
                                             .doc = "Options of a WireGuard interface. Its UDP "
                                                    "packets leave by its own namespace."};

struct check {
    const struct iface *iface;
    const struct source *source;
    struct netlab_report *report;
};

#define FAIL(c, object, field, ...)                                                                \
    report_error((c)->report, EINVAL, (c)->source, object_mark(object, field), __VA_ARGS__)

static bool is_given(const struct object *object, unsigned field)
{
    return object->marks && object->marks[field].line;
}

/* A key, or a file that it is in, which is read later. */
static void check_key(const struct check *check, const struct object *object, unsigned field,
                      const char *text, struct key *ret_key)
{
    const char *key = object->table->fields[field].key;

    if (object_has(object, field) && key_parse(text, ret_key) < 0) {
        FAIL(check, object, field, "'%s' is no key", key);
        report_hint(check->report, "a key is 32 bytes in base64: 44 characters, the last is '='");
    }
}

static void check_one(const struct check *check, const struct object *object, unsigned a,
                      unsigned b)
{
    if (is_given(object, a) && is_given(object, b))
        FAIL(check, object, b, "'%s' and '%s' exclude each other", object->table->fields[a].key,
             object->table->fields[b].key);
}

static const struct netlab_lab *lab_of(const struct iface *iface)
{
    return (const struct netlab_lab *)iface->o.parent->parent;
}

/* NS:IF. */
static void find_peer(const struct check *check, struct wireguard_peer *peer)
{
    const char *colon = strchr(peer->peer_text, ':');
    const struct netns *netns = NULL;
    char name[LAB_NAME_MAX + 1] = "";

    if (colon && (size_t)(colon - peer->peer_text) < sizeof name) {
        memcpy(name, peer->peer_text, (size_t)(colon - peer->peer_text));
        netns = strmap_get(&lab_of(check->iface)->names, name);
    }
    peer->iface = netns ? netns_iface(netns, colon + 1) : NULL;
    if (!colon)
        FAIL(check, &peer->o, PEER_PEER, "a peer is NAMESPACE:INTERFACE, not '%s'",
             peer->peer_text);
    else if (!netns)
        FAIL(check, &peer->o, PEER_PEER, "there is no namespace '%s'", name);
    else if (!peer->iface)
        FAIL(check, &peer->o, PEER_PEER, "there is no interface '%s' in namespace %s", colon + 1,
             name);
    else if (peer->iface == check->iface)
        FAIL(check, &peer->o, PEER_PEER, "an interface can not be its own peer");
    else if (!iface_wireguard(peer->iface) && peer->iface->kind)
        FAIL(check, &peer->o, PEER_PEER, "%s is not of type wireguard", peer->peer_text);
    if (peer->iface && !iface_wireguard(peer->iface))
        peer->iface = NULL;
}

/* IP:PORT or [IPv6]:PORT. 0 or -EINVAL. */
static int parse_socket(const char *text, struct ip *ret_ip, uint16_t *ret_port)
{
    const char *colon = strrchr(text, ':');
    bool bracket = *text == '[';
    char ip[SOCKET_TEXT], *end;
    size_t size;
    unsigned long port;

    if (!colon || colon == text || (bracket && colon[-1] != ']'))
        return -EINVAL;
    size = (size_t)(colon - text) - (bracket ? 2 : 0);
    if (size >= sizeof ip || strspn(colon + 1, "0123456789") != strlen(colon + 1) || !colon[1] ||
        strlen(colon + 1) > 5)
        return -EINVAL;
    memcpy(ip, text + bracket, size);
    ip[size] = '\0';
    port = strtoul(colon + 1, &end, 10);
    if (ip_parse(ip, ret_ip) < 0 || (ret_ip->family == AF_INET6) != bracket || port < 1 ||
        port > UINT16_MAX)
        return -EINVAL;
    *ret_port = (uint16_t)port;
    return 0;
}

static void check_peer(const struct check *check, struct wireguard_peer *peer)
{
    check_one(check, &peer->o, PEER_PUBLIC_KEY, PEER_PEER);
    check_one(check, &peer->o, PEER_PRESHARED_KEY, PEER_PRESHARED_KEY_FILE);
    check_key(check, &peer->o, PEER_PUBLIC_KEY, peer->public_text, &peer->public_key);
    check_key(check, &peer->o, PEER_PRESHARED_KEY, peer->preshared_text, &peer->preshared_key);
    if (!is_given(&peer->o, PEER_PUBLIC_KEY) && !is_given(&peer->o, PEER_PEER))
        report_error(check->report, EINVAL, check->source, peer->o.mark,
                     "a wireguard peer needs 'public-key' or 'peer'");
    if (object_has(&peer->o, PEER_PEER))
        find_peer(check, peer);
    if (object_has(&peer->o, PEER_ENDPOINT) &&
        parse_socket(peer->endpoint_text, &peer->ip, &peer->port) < 0) {
        peer->ip = (struct ip){0};
        FAIL(check, &peer->o, PEER_ENDPOINT, "'%s' is no endpoint", peer->endpoint_text);
        report_hint(check->report, "write IP:PORT, or \"[IPv6]:PORT\" in quotes");
    }
}

/* The kernel would give it to the last one, silently. */
static void check_networks(const struct check *check, const struct wireguard_peer *peer,
                           const struct wireguard_peer *other)
{
    char text[IP_TEXT];

    LIST_EACH (struct wireguard_network, a, &peer->allowed_ips)
        LIST_EACH (struct wireguard_network, b, &other->allowed_ips) {
            if (a == b)
                break;
            if (!a->network.ip.family || !prefix_equal(&a->network, &b->network))
                continue;
            report_error(check->report, EINVAL, check->source, a->o.mark,
                         "%s is allowed to two peers, or twice to one",
                         prefix_text(&a->network, text));
            report_hint(check->report, "the first one is on line %u", b->o.mark.line);
        }
}

static bool is_same_peer(const struct wireguard_peer *a, const struct wireguard_peer *b)
{
    if (a->iface || b->iface)
        return a->iface == b->iface;
    return a->public_key.known && key_equal(&a->public_key, &b->public_key);
}

static void check(const struct iface *iface, const struct source *source,
                  struct netlab_report *report)
{
    const struct check check = {iface, source, report};
    struct wireguard *wireguard = (struct wireguard *)iface->options;

    check_one(&check, &wireguard->o, WIREGUARD_PRIVATE_KEY, WIREGUARD_PRIVATE_KEY_FILE);
    check_key(&check, &wireguard->o, WIREGUARD_PRIVATE_KEY, wireguard->private_text,
              &wireguard->private_key);
    LIST_EACH (struct wireguard_peer, peer, &wireguard->peers) {
        check_peer(&check, peer);
        LIST_EACH (struct wireguard_peer, other, &wireguard->peers) {
            check_networks(&check, peer, other);
            if (other == peer)
                break;
            if (!is_same_peer(peer, other))
                continue;
            report_error(report, EINVAL, source, peer->o.mark, "this peer is given twice");
            report_hint(report, "the first one is on line %u", other->o.mark.line);
        }
    }
}

struct wireguard *iface_wireguard(const struct iface *iface)
{
    bool is = iface->options && iface->options->table == &wireguard_table;

    return is ? (struct wireguard *)iface->options : NULL;
}

const struct kind kind_wireguard = {
    .name = "wireguard",
    .flags = KIND_NO_ETHERNET | KIND_NO_LINK_LOCAL,
    .options = &wireguard_table,
    .mtu = 1420, /* ETH_DATA_LEN less MESSAGE_MINIMUM_LENGTH, IPv6 and UDP headers */
    .config = "CONFIG_WIREGUARD",
    .module = "wireguard",
    .check = check,
    .doc = "An encrypted tunnel to peers, over UDP.",
};
