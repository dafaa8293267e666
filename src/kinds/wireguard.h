/* SPDX-License-Identifier: MIT */
/*
 * Job: what a wireguard interface is told over generic netlink (WG_CMD_*): its keys and peers.
 * Depends on: model, kinds, libnl (to pack attributes). Must not know: sockets, files.
 *
 * Keys are bytes beside the fields of the table: they may come from the file, from a file of their
 * own, from the kernel, or be made. What was seen has no field `private-key` or `preshared-key`, so
 * that no secret is ever written.
 */
#ifndef NETLAB_KINDS_WIREGUARD_H
#define NETLAB_KINDS_WIREGUARD_H

#include "kinds/kind.h"

enum {
    KEY_SIZE = 32, /* WG_KEY_LEN */
    KEY_TEXT = 45, /* in base64, with its NUL */
    SOCKET_TEXT = 64,
};

enum wireguard_field {
    WIREGUARD_PRIVATE_KEY,
    WIREGUARD_PRIVATE_KEY_FILE,
    WIREGUARD_LISTEN_PORT,
    WIREGUARD_FWMARK,
    WIREGUARD_PEERS,
};

struct key {
    uint8_t bytes[KEY_SIZE];
    bool known;
};

struct wireguard {
    struct object o; /* parent: the interface */
    const char *private_text, *private_file;
    uint32_t listen_port, fwmark;
    struct list peers;
    struct key private_key; /* not known: the file leaves it open */
    struct key public_key;  /* given by the kernel */
};

enum peer_field {
    PEER_PUBLIC_KEY,
    PEER_PEER,
    PEER_PRESHARED_KEY,
    PEER_PRESHARED_KEY_FILE,
    PEER_ENDPOINT,
    PEER_ALLOWED_IPS,
    PEER_KEEPALIVE,
};

struct wireguard_peer {
    struct object o; /* parent: the struct wireguard */
    const char *public_text, *peer_text, *preshared_text, *preshared_file, *endpoint_text;
    struct list allowed_ips;
    uint32_t keepalive;
    struct iface *iface; /* `peer`: the interface whose public key it has; NULL: not of this lab */
    struct key public_key;    /* not known: that of `iface`, which the kernel has yet to compute */
    struct key preshared_key; /* zeros: none */
    struct ip ip;             /* the endpoint; AF_UNSPEC: none */
    uint16_t port;
    bool has_met; /* of those that were seen: it may have changed its endpoint itself */
};

struct wireguard_network {
    struct object o;
    struct prefix network;
};

extern const struct table table_wireguard_peer;

/* An interface's options, if it is a wireguard; else NULL. */
struct wireguard *iface_wireguard(const struct iface *iface);

struct iface *peer_iface(const struct wireguard_peer *peer);

/* The public key of a peer; not known: it is not made yet. */
const struct key *peer_key(const struct wireguard_peer *peer);

/* Base64. 0 or -EINVAL. */
int key_parse(const char *text, struct key *ret_key);
char *key_text(const struct key *key, char text[KEY_TEXT]);
bool key_equal(const struct key *a, const struct key *b);

/* Where a key's file is: names are relative to the topology file. */
void key_path(const struct wireguard *wireguard, const char *name, size_t size, char *ret_path);

/* IP:PORT, [IPv6]:PORT. */
char *socket_text(const struct ip *ip, uint16_t port, char text[SOCKET_TEXT]);

/* Whether the interface itself, or a peer, has to be told something. */
bool wireguard_differs(const struct wireguard *seen, const struct wireguard *wanted);
bool peer_differs(const struct wireguard_peer *seen, const struct wireguard_peer *wanted);
bool peer_networks_differ(const struct wireguard_peer *seen, const struct wireguard_peer *wanted);

/* Pack what differs, or (seen NULL) all. 0 or -ENOMEM. */
int wireguard_put(struct nl_msg *msg, const struct iface *iface, const struct wireguard *seen);
/* Pack how often a peer gets a packet. 0 or -ENOMEM. */
int peer_put_keepalive(struct nl_msg *msg, const struct wireguard_peer *peer);
/* The same of the rest; wanted NULL: it goes. *network: the first of its networks that is packed;
   the next to be packed, or NULL. */
int peer_put(struct nl_msg *msg, const struct wireguard_peer *seen,
             const struct wireguard_peer *wanted, const struct wireguard_network **network);
/* Unpack one message about an interface; there may be several. 0 or -ENOMEM. */
int wireguard_get(const struct nlattr *attributes, int size, struct wireguard *wireguard,
                  struct arena *arena);

#endif
