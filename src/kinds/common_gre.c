/* SPDX-License-Identifier: MIT */
/*
 * Job: GRE over IPv4 and IPv6, of packets (gre, ip6gre) and of frames (gretap, ip6gretap): the
 * options, their attributes (IFLA_GRE_*).
 * Rules: net/ipv4/ip_gre.c, net/ipv6/ip6_gre.c of the kernel.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "base/report.h"
#include "kinds/common_tunnel.h"

const struct choice choices_key[] = {{"none", KEY_NONE}, {NULL, 0}};

#define KEY(name, text)                                                                            \
    {                                                                                              \
        .key = #name, .type = FIELD_UINT, AT(tunnel, name), .max = UINT32_MAX - 1,                 \
        .choices = choices_key, .fallback = "none",                                                \
        .flags = FIELD_INITIAL | FIELD_BY_KIND | FIELD_NO_WORD | FIELD_FIXED | FIELD_DOTTED,       \
        .initial = KEY_NONE, .doc = text                                                           \
    }

#define FLAG(name, text)                                                                           \
    {                                                                                              \
        .key = #name, .type = FIELD_BOOL, AT(tunnel, name), .fallback = "false",                   \
        .flags = FIELD_INITIAL | FIELD_BY_KIND | FIELD_NO_WORD, .doc = text                        \
    }

#define GRE_FIELDS(own)                                                                            \
    [(own) + GRE_IKEY] = KEY(ikey, "The key that incoming packets have."),                         \
             [(own) + GRE_OKEY] = KEY(okey, "The key of outgoing packets."),                       \
             [(own) + GRE_KEY_BOTH] = KEY(key, "Both keys: it tells tunnels between the same "     \
                                               "addresses apart."),                                \
             [(own) + GRE_ISEQ] = FLAG(iseq, "Incoming packets must be numbered; late ones are "   \
                                             "dropped."),                                          \
             [(own) + GRE_OSEQ] = FLAG(oseq, "Outgoing packets are numbered."),                    \
             [(own) + GRE_SEQ_BOTH] = FLAG(seq, "Both."),                                          \
             [(own) + GRE_ICSUM] = FLAG(icsum, "Incoming packets must have a checksum."),          \
             [(own) + GRE_OCSUM] = FLAG(ocsum, "Outgoing packets have a checksum."),               \
             [(own) + GRE_CSUM_BOTH] = FLAG(csum, "Both.")

const struct field gre4_fields[GRE4_FIELDS] = {
    TUNNEL_FIELDS4(IFLA_GRE),
    GRE_FIELDS(GRE4_OWN),
    [GRE4_IGNORE_DF] = {.key = "ignore-df",
                        .type = FIELD_BOOL,
                        AT(tunnel, ignore_df),
                        .attribute = IFLA_GRE_IGNORE_DF,
                        .width = 1,
                        .ip = "ignore-df",
                        .flags = FIELD_INITIAL | FIELD_NO_WORD | FIELD_FIXED,
                        .fallback = "false",
                        .doc = "Fragment what may not be fragmented, too; needs 'pmtudisc: "
                               "false'."},
};

const struct field gre6_fields[GRE6_FIELDS] = {
    TUNNEL_FIELDS6(IFLA_GRE),
    GRE_FIELDS(GRE6_OWN),
    [GRE6_ALLOW_LOCALREMOTE] = TUNNEL_ALLOW_LOCALREMOTE,
};

static const struct tunnel6_attributes types6 = {
    .encap_limit = IFLA_GRE_ENCAP_LIMIT, .flowinfo = IFLA_GRE_FLOWINFO, .flags = IFLA_GRE_FLAGS};

static void set_given(struct object *options, unsigned field, bool given)
{
    options->set &= ~(UINT64_C(1) << field);
    options->set |= (uint64_t)given << field;
}

/* One value for both directions, or one for each: then the other way to say it says nothing. */
static void settle_key(struct object *options, unsigned own)
{
    struct tunnel *tunnel = (struct tunnel *)options;

    if (tunnel->ikey == KEY_NONE && !object_has(options, own + GRE_IKEY))
        tunnel->ikey = tunnel->key;
    if (tunnel->okey == KEY_NONE && !object_has(options, own + GRE_OKEY))
        tunnel->okey = tunnel->key;
    tunnel->key = tunnel->ikey == tunnel->okey ? tunnel->ikey : KEY_NONE;
    if (tunnel->ikey == tunnel->okey)
        tunnel->ikey = tunnel->okey = KEY_NONE;
    set_given(options, own + GRE_KEY_BOTH, tunnel->key != KEY_NONE);
    set_given(options, own + GRE_IKEY, tunnel->ikey != KEY_NONE);
    set_given(options, own + GRE_OKEY, tunnel->okey != KEY_NONE);
}

static void settle_flag(struct object *options, unsigned own, bool *both, bool *in, bool *out)
{
    if (!object_has(options, own))
        *in = *both;
    if (!object_has(options, own + 1))
        *out = *both;
    *both = *in && *out;
    if (*both)
        *in = *out = false;
    set_given(options, own, *in);
    set_given(options, own + 1, *out);
    set_given(options, own + 2, *both);
}

static void settle(struct object *options, unsigned own)
{
    struct tunnel *tunnel = (struct tunnel *)options;

    settle_key(options, own);
    settle_flag(options, own + GRE_ISEQ, &tunnel->seq, &tunnel->iseq, &tunnel->oseq);
    settle_flag(options, own + GRE_ICSUM, &tunnel->csum, &tunnel->icsum, &tunnel->ocsum);
}

void gre4_settle(struct object *options)
{
    settle(options, GRE4_OWN);
}

void gre6_settle(struct object *options)
{
    settle(options, GRE6_OWN);
}

static uint16_t flags_of(uint32_t key, bool seq, bool csum)
{
    return (uint16_t)((key != KEY_NONE ? GRE_KEY : 0) | (seq ? GRE_SEQ : 0) |
                      (csum ? GRE_CSUM : 0));
}

static int put_gre(struct nl_msg *msg, const struct tunnel *tunnel)
{
    uint32_t ikey = tunnel->key != KEY_NONE ? tunnel->key : tunnel->ikey;
    uint32_t okey = tunnel->key != KEY_NONE ? tunnel->key : tunnel->okey;
    uint16_t iflags = flags_of(ikey, tunnel->seq || tunnel->iseq, tunnel->csum || tunnel->icsum);
    uint16_t oflags = flags_of(okey, tunnel->seq || tunnel->oseq, tunnel->csum || tunnel->ocsum);

    if (nla_put_u16(msg, IFLA_GRE_IFLAGS, iflags) < 0 ||
        nla_put_u16(msg, IFLA_GRE_OFLAGS, oflags) < 0 ||
        nla_put_u32(msg, IFLA_GRE_IKEY, ikey == KEY_NONE ? 0 : htonl(ikey)) < 0 ||
        nla_put_u32(msg, IFLA_GRE_OKEY, okey == KEY_NONE ? 0 : htonl(okey)) < 0)
        return -ENOMEM;
    return 0;
}

int gre4_put(struct nl_msg *msg, const struct object *options, const struct object *seen)
{
    (void)seen; /* always all */
    return put_gre(msg, (const struct tunnel *)options);
}

int gre6_put(struct nl_msg *msg, const struct object *options, const struct object *seen)
{
    if (gre4_put(msg, options, seen) < 0)
        return -ENOMEM;
    return tunnel6_put(msg, options, types6);
}

static uint16_t get_flags(const struct nlattr *data, uint16_t type)
{
    const struct nlattr *attribute = nla_find(nla_data(data), nla_len(data), type);

    return attribute ? nla_get_u16(attribute) : 0;
}

static uint32_t get_key(const struct nlattr *data, uint16_t flags, uint16_t type)
{
    const struct nlattr *attribute = nla_find(nla_data(data), nla_len(data), type);

    return attribute && flags & GRE_KEY ? ntohl(nla_get_u32(attribute)) : KEY_NONE;
}

static void get(const struct nlattr *data, struct object *options, unsigned own)
{
    struct tunnel *tunnel = (struct tunnel *)options;
    uint16_t iflags = get_flags(data, IFLA_GRE_IFLAGS), oflags = get_flags(data, IFLA_GRE_OFLAGS);

    tunnel->key = KEY_NONE;
    tunnel->ikey = get_key(data, iflags, IFLA_GRE_IKEY);
    tunnel->okey = get_key(data, oflags, IFLA_GRE_OKEY);
    tunnel->iseq = iflags & GRE_SEQ;
    tunnel->oseq = oflags & GRE_SEQ;
    tunnel->icsum = iflags & GRE_CSUM;
    tunnel->ocsum = oflags & GRE_CSUM;
    for (unsigned i = 0; i < GRE_COMMON_FIELDS; i++)
        set_given(options, own + i, true);
    settle(options, own);
    for (unsigned i = 0; i < GRE_COMMON_FIELDS; i++)
        set_given(options, own + i, true);
}

void gre4_get(const struct nlattr *data, struct object *options)
{
    get(data, options, GRE4_OWN);
}

void gre6_get(const struct nlattr *data, struct object *options)
{
    get(data, options, GRE6_OWN);
    tunnel6_get(data, options, types6);
}

void gre4_check(const struct iface *iface, const struct source *source,
                struct netlab_report *report)
{
    const struct tunnel *tunnel = (const struct tunnel *)iface->options;

    tunnel4_check(iface, source, report);
    if (tunnel->ignore_df && tunnel->pmtudisc)
        report_error(report, EINVAL, source, object_mark(iface->options, GRE4_IGNORE_DF),
                     "'ignore-df' needs 'pmtudisc: false'");
}
