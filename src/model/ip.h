/* SPDX-License-Identifier: MIT */
/*
 * Job: arithmetic on IP addresses and prefixes; their text.
 * Depends on: libc, table (the value types).
 */
#ifndef NETLAB_MODEL_IP_H
#define NETLAB_MODEL_IP_H

#include <stdbool.h>

#include "model/table.h"

enum {
    IP_TEXT = 46 + 4, /* the longest text of an address with a prefix, and NUL */
    MAC_TEXT = 18,
};

unsigned ip_bits(const struct ip *ip);  /* 32 or 128 */
unsigned ip_bytes(const struct ip *ip); /* 4 or 16 */
bool ip_equal(const struct ip *a, const struct ip *b);
bool ip_is_zero(const struct ip *ip);
bool ip_is_multicast(const struct ip *ip);
bool ip_is_link_local(const struct ip *ip); /* 169.254/16 (RFC 3927), fe80::/10 (RFC 4291) */
bool ip_is_loopback(const struct ip *ip);

/* The address with the bits past length cleared. */
struct ip ip_network(const struct ip *ip, unsigned length);
/* The last address of the network (IPv4's broadcast address). */
struct ip ip_last(const struct ip *ip, unsigned length);

bool prefix_contains(const struct prefix *prefix, const struct ip *ip);
bool prefix_equal(const struct prefix *a, const struct prefix *b);

/* Text; each returns `text`. */
const char *ip_text(const struct ip *ip, char text[IP_TEXT]);
const char *prefix_text(const struct prefix *prefix, char text[IP_TEXT]); /* "default" for none */
const char *mac_text(const struct mac *mac, char text[MAC_TEXT]);

/* Strict readers: 0 or -EINVAL. */
int ip_parse(const char *text, struct ip *ret_ip);
int mac_parse(const char *text, struct mac *ret_mac);

#endif
