/* SPDX-License-Identifier: MIT */
/*
 * Job: geneve: Ethernet frames in UDP, with room for options (IFLA_GENEVE_*).
 * Rules: drivers/net/geneve.c of the kernel.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include "base/report.h"
#include "kinds/common_tunnel.h"
#include "model/ip.h"

enum { PORT = 6081 /* GENEVE_UDP_PORT */ };

enum geneve_field {
    GENEVE_ID,
    GENEVE_REMOTE,
    GENEVE_DSTPORT,
    GENEVE_TTL,
    GENEVE_TOS,
    GENEVE_DF,
    GENEVE_FLOWLABEL,
    GENEVE_UDPCSUM,
    GENEVE_UDP6ZEROCSUMTX,
    GENEVE_UDP6ZEROCSUMRX,
};

struct geneve {
    struct object o; /* parent: the interface */
    uint32_t id, dstport, ttl, tos, df, flowlabel;
    struct ip remote;
    bool udpcsum, udp6zerocsumtx, udp6zerocsumrx;
};

static const struct field geneve_fields[] = {
    [GENEVE_ID] = {.key = "id",
                   .type = FIELD_UINT,
                   AT(geneve, id),
                   .max = 0xffffff, /* GENEVE_N_VID - 1 */
                   .attribute = IFLA_GENEVE_ID,
                   .width = 4,
                   .flags = FIELD_REQUIRED | FIELD_FIXED | FIELD_TOLD,
                   .doc = "The number of the virtual network (VNI)."},
    [GENEVE_REMOTE] = {.key = "remote",
                       .type = FIELD_IP,
                       AT(geneve, remote),
                       .attribute = IFLA_GENEVE_REMOTE,
                       .attribute6 = IFLA_GENEVE_REMOTE6,
                       .flags = FIELD_REQUIRED | FIELD_FIXED,
                       .doc = "The outer destination address: the other end."},
    [GENEVE_DSTPORT] = {.key = "dstport",
                        .type = FIELD_UINT,
                        AT(geneve, dstport),
                        .min = 1,
                        .max = 65535,
                        .attribute = IFLA_GENEVE_PORT,
                        .width = 2,
                        .flags = FIELD_INITIAL | FIELD_FIXED | FIELD_BIG_ENDIAN,
                        .initial = PORT,
                        .fallback = "6081",
                        .doc = "The UDP port."},
    [GENEVE_TTL] = {.key = "ttl",
                    .type = FIELD_UINT,
                    AT(geneve, ttl),
                    .max = 255,
                    .choices = choices_udp_ttl,
                    .flags = FIELD_INITIAL | FIELD_BY_KIND,
                    .fallback = "`auto`",
                    .doc = "The outer packet's TTL; `auto`: the namespace's own; `inherit`: the "
                           "inner packet's."},
    [GENEVE_TOS] = {.key = "tos",
                    .type = FIELD_UINT,
                    AT(geneve, tos),
                    .max = 255,
                    .choices = choices_tos,
                    .attribute = IFLA_GENEVE_TOS,
                    .width = 1,
                    .flags = FIELD_INITIAL | FIELD_HEX,
                    .fallback = "0",
                    .doc = "The outer packet's TOS (`ip` reads it as hexadecimal)."},
    [GENEVE_DF] = {.key = "df",
                   .type = FIELD_ENUM,
                   AT(geneve, df),
                   .choices = choices_udp_df,
                   .attribute = IFLA_GENEVE_DF,
                   .width = 1,
                   .flags = FIELD_INITIAL,
                   .fallback = "`unset`",
                   .doc = "Whether outer IPv4 packets must not be fragmented."},
    [GENEVE_FLOWLABEL] = {.key = "flowlabel",
                          .type = FIELD_UINT,
                          AT(geneve, flowlabel),
                          .max = 0xfffff,
                          .attribute = IFLA_GENEVE_LABEL,
                          .width = 4,
                          .flags = FIELD_INITIAL | FIELD_BIG_ENDIAN,
                          .fallback = "0",
                          .doc = "The outer IPv6 packet's flow label."},
    [GENEVE_UDPCSUM] = {.key = "udpcsum",
                        .type = FIELD_BOOL,
                        AT(geneve, udpcsum),
                        .attribute = IFLA_GENEVE_UDP_CSUM,
                        .width = 1,
                        .flags = FIELD_INITIAL | FIELD_FIXED | FIELD_NO_WORD,
                        .fallback = "false",
                        .doc = "UDP checksums over IPv4."},
    [GENEVE_UDP6ZEROCSUMTX] = {.key = "udp6zerocsumtx",
                               .type = FIELD_BOOL,
                               AT(geneve, udp6zerocsumtx),
                               .attribute = IFLA_GENEVE_UDP_ZERO_CSUM6_TX,
                               .width = 1,
                               .flags = FIELD_INITIAL | FIELD_FIXED | FIELD_NO_WORD,
                               .fallback = "false",
                               .doc = "No UDP checksums over IPv6."},
    [GENEVE_UDP6ZEROCSUMRX] = {.key = "udp6zerocsumrx",
                               .type = FIELD_BOOL,
                               AT(geneve, udp6zerocsumrx),
                               .attribute = IFLA_GENEVE_UDP_ZERO_CSUM6_RX,
                               .width = 1,
                               .flags = FIELD_INITIAL | FIELD_FIXED | FIELD_NO_WORD,
                               .fallback = "false",
                               .doc = "Take packets over IPv6 without UDP checksums."},
};

static const struct habit geneve_habits[] = {{"vni", "it is called 'id'"},
                                             {"port", "it is called 'dstport'"},
                                             {"udp-port", "it is called 'dstport'"},
                                             {"group", "a geneve has one 'remote'"},
                                             {"local", "routing chooses a geneve's source address"},
                                             {"external", LEFT_OUT NO_METADATA},
                                             {"innerprotoinherit",
                                              LEFT_OUT "it is for packets without Ethernet, which "
                                                       "only 'external' makes"},
                                             {"dev", "routing chooses a geneve's way"},
                                             {NULL, NULL}};

static const struct table geneve_table = {.name = "geneve",
                                          .size = sizeof(struct geneve),
                                          .fields = geneve_fields,
                                          .field_count = COUNT(geneve_fields),
                                          .scalar = -1,
                                          .habits = geneve_habits,
                                          .doc = "Options of a Geneve tunnel."};

static int put(struct nl_msg *msg, const struct object *options, const struct object *seen)
{
    const struct geneve *geneve = (const struct geneve *)options;

    if (seen ? !field_differs(seen, options, GENEVE_TTL) : !object_has(options, GENEVE_TTL))
        return 0;
    if (geneve->ttl == UDP_TTL_INHERIT)
        return nla_put_u8(msg, IFLA_GENEVE_TTL_INHERIT, 1) < 0 ? -ENOMEM : 0;
    return nla_put_u8(msg, IFLA_GENEVE_TTL, (uint8_t)geneve->ttl) < 0 ? -ENOMEM : 0;
}

static void get(const struct nlattr *data, struct object *options)
{
    const struct nlattr *inherit = nla_find(nla_data(data), nla_len(data), IFLA_GENEVE_TTL_INHERIT);
    const struct nlattr *ttl = nla_find(nla_data(data), nla_len(data), IFLA_GENEVE_TTL);
    struct geneve *geneve = (struct geneve *)options;

    geneve->ttl = inherit && nla_get_u8(inherit) ? UDP_TTL_INHERIT : ttl ? nla_get_u8(ttl) : 0;
    options->set |= UINT64_C(1) << GENEVE_TTL;
    /* the kernel tells of IPv6's checksums whatever the address */
    if (geneve->remote.family == AF_INET6)
        options->set &= ~(UINT64_C(1) << GENEVE_UDPCSUM);
    else
        options->set &=
            ~(UINT64_C(1) << GENEVE_UDP6ZEROCSUMTX | UINT64_C(1) << GENEVE_UDP6ZEROCSUMRX);
}

static void check_twins(const struct iface *iface, const struct source *source,
                        struct netlab_report *report)
{
    const struct geneve *geneve = (const struct geneve *)iface->options;

    LIST_EACH (struct iface, other, &iface_netns(iface)->interfaces) {
        const struct geneve *twin = (const struct geneve *)other->options;

        if (other == iface)
            return; /* only those before: one error a pair */
        if (other->kind != iface->kind || !twin || twin->id != geneve->id ||
            twin->dstport != geneve->dstport || !ip_equal(&twin->remote, &geneve->remote))
            continue;
        report_error(report, EEXIST, source, object_mark(iface->options, GENEVE_ID),
                     "%s and %s have the same 'id', 'remote' and 'dstport'", other->o.name,
                     iface->o.name);
        report_hint(report, "%s is on line %u", other->o.name, other->o.mark.line);
        return;
    }
}

/* What is given for one family of addresses only. */
static void check(const struct iface *iface, const struct source *source,
                  struct netlab_report *report)
{
    static const enum geneve_field of_ipv6[] = {GENEVE_FLOWLABEL, GENEVE_UDP6ZEROCSUMTX,
                                                GENEVE_UDP6ZEROCSUMRX};
    const struct geneve *geneve = (const struct geneve *)iface->options;
    bool ipv6 = geneve->remote.family == AF_INET6;
    char text[IP_TEXT];

    encapsulation_check(iface, source, report);
    if (ip_is_multicast(&geneve->remote) || ip_is_zero(&geneve->remote))
        report_error(report, EINVAL, source, object_mark(&geneve->o, GENEVE_REMOTE),
                     "'remote' must be one machine's address, not %s",
                     ip_text(&geneve->remote, text));
    if (ipv6 && object_has(&geneve->o, GENEVE_UDPCSUM))
        report_error(report, EINVAL, source, object_mark(&geneve->o, GENEVE_UDPCSUM),
                     "'udpcsum' is of IPv4, which 'remote' is not");
    for (size_t i = 0; i < COUNT(of_ipv6); i++)
        if (!ipv6 && object_has(&geneve->o, of_ipv6[i]))
            report_error(report, EINVAL, source, object_mark(&geneve->o, of_ipv6[i]),
                         "'%s' is of IPv6, which 'remote' is not", geneve_fields[of_ipv6[i]].key);
    check_twins(iface, source, report);
}

const struct kind kind_geneve = {
    .name = "geneve",
    .flags = KIND_NO_SPEED,
    .config = "CONFIG_GENEVE",
    .module = "geneve",
    .options = &geneve_table,
    .check = check,
    .put = put,
    .get = get,
    .doc = "Ethernet frames in UDP, from one machine to another.",
};
