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

const char *percent_text(uint32_t share, char text[PERCENT_TEXT])
{
    uint64_t steps = ((uint64_t)share * 100 * PERCENT_STEPS + UINT32_MAX / 2) / UINT32_MAX;
    int size = snprintf(text, PERCENT_TEXT, "%u", (unsigned)(steps / PERCENT_STEPS));

    if (steps % PERCENT_STEPS) {
        size += snprintf(text + size, PERCENT_TEXT - (size_t)size, ".%07u",
                         (unsigned)(steps % PERCENT_STEPS));
        while (text[size - 1] == '0')
            size--;
    }
    snprintf(text + size, PERCENT_TEXT - (size_t)size, "%%");
    return text;
}

const char *rate_text(uint64_t bytes, char text[RATE_TEXT])
{
    static const char *const units[] = {"bit", "kbit", "mbit", "gbit", "tbit"};
    uint64_t bits = bytes * 8;
    size_t unit = 0;

    while (bits && bits % 1000 == 0 && unit + 1 < sizeof units / sizeof units[0]) {
        bits /= 1000;
        unit++;
    }
    snprintf(text, RATE_TEXT, "%llu%s", (unsigned long long)bits, units[unit]);
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

const char *ports_text(const struct port_range *ports, char text[PORTS_TEXT])
{
    if (ports->first == ports->last)
        snprintf(text, PORTS_TEXT, "%u", ports->first);
    else
        snprintf(text, PORTS_TEXT, "%u-%u", ports->first, ports->last);
    return text;
}
