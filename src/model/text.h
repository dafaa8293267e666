/* SPDX-License-Identifier: MIT */
/*
 * Job: texts that the reader and the writer of topology files must agree on.
 * Depends on: base, lab. Must not know: YAML.
 */
#ifndef NETLAB_MODEL_TEXT_H
#define NETLAB_MODEL_TEXT_H

#include "model/lab.h"

enum {
    DURATION_TEXT = 32,
    PORT_NAME_TEXT = IFACE_NAME_MAX + 1,
};

/* The shortest text; returns it. */
const char *duration_text(uint64_t nanoseconds, char text[DURATION_TEXT]);

/*
 * What the port is called that is made where a link plugs into a bridge: FARNS-FARIF, or where that
 * is too long its beginning and a hash. Returns it.
 */
const char *port_name_text(const char *netns, const char *iface, char text[PORT_NAME_TEXT]);

#endif
