/* SPDX-License-Identifier: MIT */
/*
 * Job: texts that the reader and the writer of topology files must agree on.
 * Depends on: base, lab. Must not know: YAML.
 */
#ifndef NETLAB_MODEL_TEXT_H
#define NETLAB_MODEL_TEXT_H

#include "model/lab.h"

/* The steps in which a file can say percentages: of any two, the shares differ. */
enum { PERCENT_STEPS = 10000000 }; /* of one per cent */

/* Bytes a second: more makes no sense. */
#define RATE_MAX UINT64_C(125000000000000)

enum {
    DURATION_TEXT = 32,
    PERCENT_TEXT = 32,
    RATE_TEXT = 32,
    PORTS_TEXT = 12,
    PORT_NAME_TEXT = IFACE_NAME_MAX + 1,
};

/* The shortest text; returns it. */
const char *duration_text(uint64_t nanoseconds, char text[DURATION_TEXT]);

/* A share of UINT32_MAX, "0.5%": with as many digits as it takes to read the same again, or for
   those that no file has, as near as a file can come. Returns it. */
const char *percent_text(uint32_t share, char text[PERCENT_TEXT]);

/* Bytes a second, in bits: "100mbit". Returns it. */
const char *rate_text(uint64_t bytes, char text[RATE_TEXT]);

/* Ports of TCP or UDP: "80", "8000-8010"; returns it. */
const char *ports_text(const struct port_range *ports, char text[PORTS_TEXT]);

/*
 * What the port is called that is made where a link plugs into a bridge: FARNS-FARIF, or where that
 * is too long its beginning and a hash. Returns it.
 */
const char *port_name_text(const char *netns, const char *iface, char text[PORT_NAME_TEXT]);

#endif
