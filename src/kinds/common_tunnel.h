/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tunnels over IP have in common: the options that all of them have, how those of
 * IPv6 and of GRE are packed, and the rules of a namespace that several tunnels are in.
 * Depends on: model, kinds.
 */
#ifndef NETLAB_KINDS_COMMON_TUNNEL_H
#define NETLAB_KINDS_COMMON_TUNNEL_H

#include <linux/if_tunnel.h>
#include <linux/ip6_tunnel.h>

#include "kinds/kind.h"

enum {
    TUNNEL_MTU_MAX = 65435, /* IP_MAX_MTU - room for any tunnel's headers */

    /* one past what the number may be: the word */
    UDP_TTL_INHERIT = 0x100,
    TCLASS_INHERIT = 0x100,
    ENCAPLIMIT_NONE = 0x100,
    FLOWLABEL_INHERIT = 0x100000,
};

#define KEY_NONE UINT32_MAX

/* The first fields of all of them, in this order. */
enum tunnel_field {
    TUNNEL_LOCAL,
    TUNNEL_REMOTE,
    TUNNEL_DEV,
    TUNNEL_TTL, /* IPv6: hoplimit */
    TUNNEL_TOS, /* IPv6: tclass */
    TUNNEL_FWMARK,
    TUNNEL_PMTUDISC,
    TUNNEL_ENCAPLIMIT = TUNNEL_PMTUDISC,
    TUNNEL_FLOWLABEL,
};

struct tunnel {
    struct stacked stacked;
    struct ip local, remote;
    uint32_t ttl, tos, fwmark, mode;
    bool pmtudisc;
    uint32_t encaplimit, flowlabel; /* IPv6 */
    bool allow_localremote;
    uint32_t key, ikey, okey; /* GRE */
    bool seq, iseq, oseq, csum, icsum, ocsum, ignore_df;
};

/* Why tunnels have less than the kernel's. */
#define NO_METADATA "netlab's routes have no 'encap', which would tell it where packets go"
#define NO_FOU "netlab has no 'ip fou', which the other end would take the packets with"
#define NO_6RD "it is for routers of providers, whose prefix holds the IPv4 address"
#define NO_INHERITING "the kernel can't switch it off again"

/* Words of numbers. */
extern const struct choice choices_ttl[], choices_tos[], choices_tclass[], choices_encaplimit[],
    choices_flowlabel[], choices_key[];

/* … of those in UDP: vxlan, geneve. */
extern const struct choice choices_udp_ttl[], choices_udp_df[];

/* What people type instead of the options' names. */
extern const struct habit tunnel4_habits[], tunnel6_habits[], sit_habits[];

/* Options of tunnels over IPv4; prefix: that of the attributes, IFLA_GRE or IFLA_IPTUN. */
#define TUNNEL_FIELDS(prefix)                                                                      \
    [TUNNEL_LOCAL] = {.key = "local",                                                              \
                      .type = FIELD_IP,                                                            \
                      AT(tunnel, local),                                                           \
                      .attribute = prefix##_LOCAL,                                                 \
                      .flags = FIELD_INITIAL | FIELD_FIXED,                                        \
                      .fallback = "any",                                                           \
                      .doc = "The outer source address: one of the namespace."},                   \
    [TUNNEL_REMOTE] = {.key = "remote",                                                            \
                       .type = FIELD_IP,                                                           \
                       AT(tunnel, remote),                                                         \
                       .attribute = prefix##_REMOTE,                                               \
                       .flags = FIELD_INITIAL | FIELD_FIXED,                                       \
                       .fallback = "any",                                                          \
                       .doc = "The outer destination address: the tunnel's other end."},           \
    [TUNNEL_DEV] = {.key = "dev",                                                                  \
                    .type = FIELD_LOWER,                                                           \
                    AT(tunnel, stacked.lower),                                                     \
                    .attribute = prefix##_LINK,                                                    \
                    .width = 4,                                                                    \
                    .flags = FIELD_INITIAL | FIELD_FIXED,                                          \
                    .doc = "The interface that the outer packets use, of the same namespace."}

#define TUNNEL_FIELDS4(prefix)                                                                     \
    TUNNEL_FIELDS(prefix),                                                                         \
        [TUNNEL_TTL] = {.key = "ttl",                                                              \
                        .type = FIELD_UINT,                                                        \
                        AT(tunnel, ttl),                                                           \
                        .max = 255,                                                                \
                        .choices = choices_ttl,                                                    \
                        .attribute = prefix##_TTL,                                                 \
                        .width = 1,                                                                \
                        .flags = FIELD_INITIAL | FIELD_TOLD,                                       \
                        .fallback = "`inherit`",                                                   \
                        .doc = "The outer packet's TTL; `inherit`: that of the inner one."},       \
        [TUNNEL_TOS] = {.key = "tos",                                                              \
                        .type = FIELD_UINT,                                                        \
                        AT(tunnel, tos),                                                           \
                        .max = 255,                                                                \
                        .choices = choices_tos,                                                    \
                        .attribute = prefix##_TOS,                                                 \
                        .width = 1,                                                                \
                        .flags = FIELD_INITIAL | FIELD_HEX,                                        \
                        .fallback = "0",                                                           \
                        .doc = "The outer packet's TOS (`ip` reads it as hexadecimal)."},          \
        [TUNNEL_FWMARK] = {.key = "fwmark",                                                        \
                           .type = FIELD_UINT,                                                     \
                           AT(tunnel, fwmark),                                                     \
                           .max = UINT32_MAX,                                                      \
                           .attribute = prefix##_FWMARK,                                           \
                           .width = 4,                                                             \
                           .flags = FIELD_INITIAL | FIELD_HEX,                                     \
                           .fallback = "0",                                                        \
                           .doc = "The mark that outer packets are routed with."},                 \
        [TUNNEL_PMTUDISC] = {.key = "pmtudisc",                                                    \
                             .type = FIELD_BOOL,                                                   \
                             AT(tunnel, pmtudisc),                                                 \
                             .attribute = prefix##_PMTUDISC,                                       \
                             .width = 1,                                                           \
                             .flags = FIELD_INITIAL | FIELD_NO_WORD,                               \
                             .initial = 1,                                                         \
                             .fallback = "true",                                                   \
                             .doc = "Find out the path's MTU: outer packets are never "            \
                                    "fragmented."}

/* … and over IPv6. */
#define TUNNEL_FIELDS6(prefix)                                                                     \
    TUNNEL_FIELDS(prefix),                                                                         \
        [TUNNEL_TTL] = {.key = "hoplimit",                                                         \
                        .type = FIELD_UINT,                                                        \
                        AT(tunnel, ttl),                                                           \
                        .max = 255,                                                                \
                        .choices = choices_ttl,                                                    \
                        .attribute = prefix##_TTL,                                                 \
                        .width = 1,                                                                \
                        .flags = FIELD_INITIAL | FIELD_TOLD,                                       \
                        .initial = 64,                                                             \
                        .fallback = "64",                                                          \
                        .doc = "The outer packet's hop limit; `inherit`: the inner one's."},       \
        [TUNNEL_TOS] = {.key = "tclass",                                                           \
                        .type = FIELD_UINT,                                                        \
                        AT(tunnel, tos),                                                           \
                        .max = 255,                                                                \
                        .choices = choices_tclass,                                                 \
                        .flags = FIELD_INITIAL | FIELD_HEX | FIELD_BY_KIND,                        \
                        .fallback = "0",                                                           \
                        .doc = "The outer packet's traffic class (`ip` reads it as "               \
                               "hexadecimal)."},                                                   \
        [TUNNEL_FWMARK] = {.key = "fwmark",                                                        \
                           .type = FIELD_UINT,                                                     \
                           AT(tunnel, fwmark),                                                     \
                           .max = UINT32_MAX,                                                      \
                           .attribute = prefix##_FWMARK,                                           \
                           .width = 4,                                                             \
                           .flags = FIELD_INITIAL | FIELD_HEX,                                     \
                           .fallback = "0",                                                        \
                           .doc = "The mark that outer packets are routed with."},                 \
        [TUNNEL_ENCAPLIMIT] = {.key = "encaplimit",                                                \
                               .type = FIELD_UINT,                                                 \
                               AT(tunnel, encaplimit),                                             \
                               .max = 255,                                                         \
                               .choices = choices_encaplimit,                                      \
                               .flags = FIELD_INITIAL | FIELD_BY_KIND,                             \
                               .initial = 4,                                                       \
                               .fallback = "4",                                                    \
                               .doc = "How often the packet may be tunnelled once more; "          \
                                      "`none`: outer packets have no such option."},               \
        [TUNNEL_FLOWLABEL] = {.key = "flowlabel",                                                  \
                              .type = FIELD_UINT,                                                  \
                              AT(tunnel, flowlabel),                                               \
                              .max = 0xfffff,                                                      \
                              .choices = choices_flowlabel,                                        \
                              .flags = FIELD_INITIAL | FIELD_HEX | FIELD_BY_KIND,                  \
                              .fallback = "0",                                                     \
                              .doc = "The outer packet's flow label (`ip` reads it as "            \
                                     "hexadecimal)."}

#define TUNNEL_ALLOW_LOCALREMOTE                                                                   \
    {                                                                                              \
        .key = "allow-localremote", .type = FIELD_BOOL, AT(tunnel, allow_localremote),             \
        .ip = "allow-localremote", .flags = FIELD_INITIAL | FIELD_NO_WORD | FIELD_BY_KIND,         \
        .fallback = "false", .doc = "The remote address may be one of this machine's."             \
    }

/* Where IPv6's are in the attributes. */
struct tunnel6_attributes {
    uint16_t encap_limit, flowinfo, flags;
};

/* hoplimit, tclass, …: all of them. 0 or -ENOMEM. */
int tunnel6_put(struct nl_msg *msg, const struct object *options, struct tunnel6_attributes types);
void tunnel6_get(const struct nlattr *data, struct object *options,
                 struct tunnel6_attributes types);

/* The table of GRE over IPv4 and over IPv6, for frames or packets, and what goes with it. */
#define GRE_TABLE(kind, family)                                                                    \
    {                                                                                              \
        .name = kind, .size = sizeof(struct tunnel), .fields = gre##family##_fields,               \
        .field_count = GRE##family##_FIELDS, .scalar = -1, .habits = tunnel##family##_habits,      \
        .doc = "Options of tunnels of type " kind "."                                              \
    }

enum gre_field {
    GRE_IKEY,
    GRE_OKEY,
    GRE_KEY_BOTH,
    GRE_ISEQ,
    GRE_OSEQ,
    GRE_SEQ_BOTH,
    GRE_ICSUM,
    GRE_OCSUM,
    GRE_CSUM_BOTH,
    GRE_COMMON_FIELDS,
};

enum {
    GRE4_OWN = TUNNEL_PMTUDISC + 1,
    GRE4_IGNORE_DF = GRE4_OWN + GRE_COMMON_FIELDS,
    GRE4_FIELDS,
    GRE6_OWN = TUNNEL_FLOWLABEL + 1,
    GRE6_ALLOW_LOCALREMOTE = GRE6_OWN + GRE_COMMON_FIELDS,
    GRE6_FIELDS,
};

extern const struct field gre4_fields[GRE4_FIELDS], gre6_fields[GRE6_FIELDS];

void gre4_settle(struct object *options);
void gre6_settle(struct object *options);
int gre4_put(struct nl_msg *msg, const struct object *options, const struct object *seen);
int gre6_put(struct nl_msg *msg, const struct object *options, const struct object *seen);
void gre4_get(const struct nlattr *data, struct object *options);
void gre6_get(const struct nlattr *data, struct object *options);
void gre4_check(const struct iface *iface, const struct source *source,
                struct netlab_report *report);

/* Cross-field rules of all tunnels over IPv4, IPv6. */
void tunnel4_check(const struct iface *iface, const struct source *source,
                   struct netlab_report *report);
void tunnel6_check(const struct iface *iface, const struct source *source,
                   struct netlab_report *report);

/* Rules of all interfaces that send packets within packets: their names and MTUs. */
void encapsulation_check(const struct iface *iface, const struct source *source,
                         struct netlab_report *report);

#endif
