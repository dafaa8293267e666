/* SPDX-License-Identifier: MIT */
/*
 * Job: arithmetic on IP addresses and prefixes; their text.
 */
#include "model/ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

unsigned ip_bits(const struct ip *ip)
{
    return ip->family == AF_INET6 ? 128 : 32;
}

unsigned ip_bytes(const struct ip *ip)
{
    return ip_bits(ip) / 8;
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool ip_is_zero(const struct ip *ip)
{
    static const uint8_t zero[16];

    return memcmp(ip->bytes, zero, sizeof zero) == 0;
}

bool ip_is_multicast(const struct ip *ip)
{
    return ip->family == AF_INET6 ? ip->bytes[0] == 0xff : (ip->bytes[0] & 0xf0) == 0xe0;
}

bool ip_is_link_local(const struct ip *ip)
{
    if (ip->family == AF_INET6)
        return ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
    return ip->bytes[0] == 169 && ip->bytes[1] == 254;
}

bool ip_is_loopback(const struct ip *ip)
{
    static const uint8_t loopback[16] = {[15] = 1};

    if (ip->family == AF_INET6)
        return memcmp(ip->bytes, loopback, sizeof loopback) == 0;
    return ip->bytes[0] == 127;
}

static struct ip fill(const struct ip *ip, unsigned length, bool ones)
{
    struct ip result = *ip;

    for (unsigned bit = length; bit < ip_bits(ip); bit++) {
        uint8_t mask = (uint8_t)(0x80 >> bit % 8);

        if (ones)
            result.bytes[bit / 8] |= mask;
        else
            result.bytes[bit / 8] &= (uint8_t)~mask;
    }
    return result;
}

struct ip ip_network(const struct ip *ip, unsigned length)
{
    return fill(ip, length, false);
}

struct ip ip_last(const struct ip *ip, unsigned length)
{
    return fill(ip, length, true);
}

bool prefix_contains(const struct prefix *prefix, const struct ip *ip)
{
    struct ip a, b;

    if (prefix->ip.family != ip->family)
        return false;
    a = ip_network(&prefix->ip, prefix->length);
    b = ip_network(ip, prefix->length);
    return ip_equal(&a, &b);
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
    return a->length == b->length && ip_equal(&a->ip, &b->ip);
}

const char *ip_text(const struct ip *ip, char text[IP_TEXT])
{
    if (!inet_ntop(ip->family, ip->bytes, text, IP_TEXT))
        snprintf(text, IP_TEXT, "none");
    return text;
}

const char *prefix_text(const struct prefix *prefix, char text[IP_TEXT])
{
    size_t size;

    if (prefix->length == 0 && ip_is_zero(&prefix->ip))
        return memcpy(text, "default", sizeof "default");
    ip_text(&prefix->ip, text);
    size = strlen(text);
    snprintf(text + size, IP_TEXT - size, "/%u", prefix->length);
    return text;
}

const char *mac_text(const struct mac *mac, char text[MAC_TEXT])
{
    const uint8_t *b = mac->bytes;

    snprintf(text, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
    return text;
}

int ip_parse(const char *text, struct ip *ret_ip)
{
    struct ip ip = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

    if (inet_pton(ip.family, text, ip.bytes) != 1)
        return -EINVAL;
    *ret_ip = ip;
    return 0;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int mac_parse(const char *text, struct mac *ret_mac)
{
    struct mac mac;

    for (int i = 0; i < 6; i++, text += 3) {
        int high = hex(text[0]), low = high < 0 ? -1 : hex(text[1]);

        if (low < 0 || text[2] != (i < 5 ? ':' : '\0'))
            return -EINVAL;
        mac.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *ret_mac = mac;
    return 0;
}
