/* SPDX-License-Identifier: MIT */
/*
 * Job: the words for rulesets that netlab makes: masquerade, port-forward.
 * In: nothing. Out: tables that the parser, the printers and the manual read.
 */
#include "model/lab.h"

static const struct field masquerade_fields[] = {[MASQUERADE_DEV] = {.key = "dev",
                                                                     .type = FIELD_IFREF,
                                                                     AT(masquerade, dev),
                                                                     .flags = FIELD_REQUIRED,
                                                                     .doc = "The interface."}};

const struct table table_masquerade = {.name = "masquerade",
                                       .size = sizeof(struct masquerade),
                                       .fields = masquerade_fields,
                                       .field_count = COUNT(masquerade_fields),
                                       .scalar = MASQUERADE_DEV,
                                       .doc = "An interface that packets leave by with its address "
                                              "as their source."};

static const struct field port_forward_fields[] = {
    [FORWARD_TCP] = {.key = "tcp",
                     .type = FIELD_PORTS,
                     AT(port_forward, tcp),
                     .doc = "The port that connections come to."},
    [FORWARD_UDP] = {.key = "udp",
                     .type = FIELD_PORTS,
                     AT(port_forward, udp),
                     .doc = "The same of UDP."},
    [FORWARD_TO] = {.key = "to",
                    .type = FIELD_VALUE,
                    AT(port_forward, to),
                    .flags = FIELD_REQUIRED,
                    .doc = "Where they go on to: `IP:PORT`, `\"[IPv6]:PORT\"`, or `IP` where the "
                           "port stays the same."},
    [FORWARD_DEV] = {.key = "dev",
                     .type = FIELD_IFREF,
                     AT(port_forward, dev),
                     .fallback = "any",
                     .doc = "The interface that they come in by."},
};

static const struct habit port_forward_habits[] = {
    {"port", "say of what: {tcp: 80, …} or {udp: 53, …}"},
    {"proto", "write the protocol as the key: {tcp: 80, …} or {udp: 53, …}"},
    {"protocol", "write the protocol as the key: {tcp: 80, …} or {udp: 53, …}"},
    {"interface", "it is called 'dev'"},
    {"iif", "it is called 'dev'"},
    {"from", "a rule of your own can tell where packets come from: 'nftables'"},
    {"host", "it is called 'to'"},
    {NULL, NULL}};

const struct table table_port_forward = {
    .name = "port forward",
    .size = sizeof(struct port_forward),
    .fields = port_forward_fields,
    .field_count = COUNT(port_forward_fields),
    .scalar = -1,
    .habits = port_forward_habits,
    .doc = "A port of the namespace that stands for one of another machine, at least one of `tcp` "
           "and `udp`: `{tcp: 80, to: 192.168.15.2:8080, dev: eth0}`."};
