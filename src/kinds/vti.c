/* SPDX-License-Identifier: MIT */
/*
 * Job: vti: what an IPsec policy takes for the tunnel's (IFLA_VTI_*).
 * Rules: net/ipv4/ip_vti.c of the kernel.
 */
#include "kinds/common_tunnel.h"

enum { VTI_IKEY = TUNNEL_DEV + 1, VTI_OKEY, VTI_FWMARK };

static const struct field fields[] = {
    TUNNEL_FIELDS(IFLA_VTI),
    [VTI_IKEY] = {.key = "ikey",
                  .type = FIELD_UINT,
                  AT(tunnel, ikey),
                  .max = UINT32_MAX,
                  .attribute = IFLA_VTI_IKEY,
                  .width = 4,
                  .flags = FIELD_INITIAL | FIELD_BIG_ENDIAN | FIELD_DOTTED,
                  .fallback = "0",
                  .doc = "The mark of the policies and states of incoming packets."},
    [VTI_OKEY] = {.key = "okey",
                  .type = FIELD_UINT,
                  AT(tunnel, okey),
                  .max = UINT32_MAX,
                  .attribute = IFLA_VTI_OKEY,
                  .width = 4,
                  .flags = FIELD_INITIAL | FIELD_BIG_ENDIAN | FIELD_DOTTED,
                  .fallback = "0",
                  .doc = "That of outgoing packets."},
    [VTI_FWMARK] = {.key = "fwmark",
                    .type = FIELD_UINT,
                    AT(tunnel, fwmark),
                    .max = UINT32_MAX,
                    .attribute = IFLA_VTI_FWMARK,
                    .width = 4,
                    .flags = FIELD_INITIAL | FIELD_HEX,
                    .fallback = "0",
                    .doc = "The mark that outer packets are routed with."},
};

static const struct habit habits[] = {{"key", "write 'ikey' and 'okey'"},
                                      {"link", "it is called 'dev'"},
                                      {"ttl", "IPsec makes the outer packets of a vti"},
                                      {"tos", "IPsec makes the outer packets of a vti"},
                                      {NULL, NULL}};

static const struct table table = {.name = "vti",
                                   .size = sizeof(struct tunnel),
                                   .fields = fields,
                                   .field_count = COUNT(fields),
                                   .scalar = -1,
                                   .habits = habits,
                                   .doc = "Options of a vti tunnel."};

const struct kind kind_vti = {
    .name = "vti",
    .config = "CONFIG_NET_IPVTI",
    .module = "ip_vti",
    .fallbacks = {"ip_vti0", "ip6_vti0"},
    .flags = KIND_STACKED | KIND_WHOLE | KIND_NO_ETHERNET,
    .options = &table,
    .check = tunnel4_check,
    .doc = "A tunnel of IP packets that IPsec encrypts, over IPv4. Its states and policies are not "
           "netlab's: `ip xfrm`, or a daemon, gives them the keys for marks.",
};
