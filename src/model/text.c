/* SPDX-License-Identifier: MIT */
/*
 * Job: texts that the reader and the writer of topology files must agree on.
 */
#include "model/text.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

enum {
    PORT_NAME_HEAD = 10, /* bytes of a derived port name that stay when it is too long */
};

const char *duration_text(uint64_t nanoseconds, char text[DURATION_TEXT])
{
    /* minutes and hours are for those who write them: 300s is how people say it */
    static const struct unit {
        const char *name;
        uint64_t nanoseconds;
    } units[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
    const struct unit *unit = units;

    if (!nanoseconds)
        return memcpy(text, "0", sizeof "0");
    while (nanoseconds % unit->nanoseconds)
        unit++;
    snprintf(text, DURATION_TEXT, "%llu%s", (unsigned long long)(nanoseconds / unit->nanoseconds),
             unit->name);
    return text;
}

const char *port_name_text(const char *netns, const char *iface, char text[PORT_NAME_TEXT])
{
    int size = snprintf(text, PORT_NAME_TEXT, "%s-%s", netns, iface);
    size_t head = PORT_NAME_HEAD;
    uint32_t hash;

    if (size <= IFACE_NAME_MAX)
        return text;
    hash = hash_add(hash_add(hash_string(netns), "-"), iface);
    while (head > 0 && ((unsigned char)text[head] & 0xc0) == 0x80)
        head--; /* not within a character */
    snprintf(text + head, PORT_NAME_TEXT - head, "-%04x", hash & 0xffff);
    return text;
}
