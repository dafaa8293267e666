/* SPDX-License-Identifier: MIT */
/*
 * Job: the words of addresses and alternative names; see tables.c.
 */
#include "model/lab.h"

static const struct choice choices_lifetime[] = {{"forever", LIFETIME_FOREVER}, {NULL, 0}};

static const struct field address_fields[] = {
    [ADDRESS_ADDRESS] = {.key = "address",
                         .type = FIELD_ADDRESS,
                         AT(address, address),
                         .flags = FIELD_REQUIRED,
                         .doc =
                             "The address with its prefix length, `10.0.0.1/24`. With `peer` the "
                             "prefix stands there, and this is a lone address."},
    [ADDRESS_BROADCAST] = {.key = "broadcast",
                           .type = FIELD_IP,
                           AT(address, broadcast),
                           .flags = FIELD_NONE_OK,
                           .fallback = "the last address of the network, where its prefix is "
                                       "shorter than 31",
                           .doc = "IPv4: the broadcast address, or `none`."},
    [ADDRESS_PEER] = {.key = "peer",
                      .type = FIELD_ADDRESS,
                      AT(address, peer),
                      .doc = "The other end of a point-to-point address, with the prefix length."},
    [ADDRESS_LABEL] = {.key = "label",
                       .type = FIELD_IFNAME,
                       AT(address, label),
                       .fallback = "the interface's name",
                       .doc = "IPv4: the address's label; it begins with the interface's name."},
    [ADDRESS_SCOPE] = {.key = "scope",
                       .type = FIELD_UINT,
                       AT(address, scope),
                       .max = 255,
                       .choices = choices_scope,
                       .fallback = "global; host for loopback addresses, link for IPv6 link-local "
                                   "ones",
                       .doc = "How far the address is valid."},
    [ADDRESS_LIFETIME] = {.key = "lifetime",
                          .type = FIELD_DURATION,
                          AT(address, lifetime),
                          .max = UINT32_MAX - 1,
                          .unit = 1000000000,
                          .choices = choices_lifetime,
                          .fallback = "forever",
                          .doc =
                              "How long the address lives; `0`: it stays, but deprecated (no new "
                              "connection uses it by itself)."},
    [ADDRESS_DAD] = {.key = "dad",
                     .type = FIELD_BOOL,
                     AT(address, dad),
                     .fallback = "false",
                     .doc = "IPv6: detect duplicates first (RFC 4862). The address is usable a "
                            "second or two later."},
    [ADDRESS_NOPREFIXROUTE] = {.key = "noprefixroute",
                               .type = FIELD_BOOL,
                               AT(address, noprefixroute),
                               .fallback = "false",
                               .doc = "Make no connected route for the address."},
};

static const struct habit address_habits[] = {
    {"ip", "it is called 'address'"},
    {"brd", "it is called 'broadcast'"},
    {"nodad", "that is the default here; 'dad: true' switches detection on"},
    {"valid-lft", "it is called 'lifetime'"},
    {"preferred-lft", "it is called 'lifetime'"},
    {"prefix", "the prefix length is part of the address: 10.0.0.1/24"},
    {NULL, NULL}};

const struct table table_address = {.name = "address",
                                    .size = sizeof(struct address),
                                    .fields = address_fields,
                                    .field_count = COUNT(address_fields),
                                    .scalar = ADDRESS_ADDRESS,
                                    .habits = address_habits,
                                    .doc = "`IP/PREFIX`, or a mapping:"};

static const struct field altname_fields[] = {
    [ALTNAME_NAME] = {.key = "name",
                      .type = FIELD_STRING,
                      AT(altname, altname),
                      .max = 127, /* ALTIFNAMSIZ - 1 */
                      .flags = FIELD_REQUIRED,
                      .doc = "A further name of the interface."}};

const struct table table_altname = {.name = "alternative name",
                                    .size = sizeof(struct altname),
                                    .fields = altname_fields,
                                    .field_count = COUNT(altname_fields),
                                    .scalar = ALTNAME_NAME,
                                    .doc = "A name, as `ip link property add altname` gives one."};
