/* SPDX-License-Identifier: MIT */
/*
 * Job: numbers, durations, percentages, rates, IP addresses.
 * In: text. Out: values, or what is wrong with them.
 */
#include "parse/value.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "model/ip.h"
#include "model/text.h"
#include "parse/scalar.h"

#define FAIL(p, use, ...) ERROR(p, use_mark(use), __VA_ARGS__)

struct unit {
    const char *name;
    uint64_t steps; /* of what is counted */
};

static const struct unit duration_units[] = {
    {"h", UINT64_C(3600000000000)},
    {"min", UINT64_C(60000000000)},
    {"s", 1000000000},
    {"ms", 1000000},
    {"us", 1000},
    {"ns", 1},
    {NULL, 0},
};

static const struct unit percent_units[] = {{"%", PERCENT_STEPS}, {NULL, 0}};

static const struct unit rate_units[] = {
    {"bit", 1},
    {"kbit", 1000},
    {"mbit", 1000000},
    {"gbit", 1000000000},
    {"tbit", UINT64_C(1000000000000)},
    {NULL, 0},
};

static int digit(char c, uint64_t base)
{
    int value;

    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    value = c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
    return (uint64_t)value < base ? value : -1;
}

int number_parse(const char *text, uint64_t *ret_value)
{
    uint64_t value = 0, base = 10;

    if (text[0] == '0' && text[1] == 'x') {
        base = 16;
        text += 2;
    } else if (text[0] == '0' && text[1]) {
        return -EINVAL;
    }
    if (!*text)
        return -EINVAL;
    for (const char *c = text; *c; c++)
        if (digit(*c, base) < 0)
            return -EINVAL;
    for (; *text; text++)
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit(*text, base), &value))
            return -ERANGE;
    *ret_value = value;
    return 0;
}

/* ".25" of a unit, exactly. */
static int fraction(const char *text, size_t size, uint64_t unit, uint64_t *value)
{
    for (size_t i = 0; i < size; i++) {
        if ((unit % 10 || !unit) && text[i] != '0')
            return -EINVAL;
        unit /= 10;
        if (__builtin_add_overflow(*value, unit * (uint64_t)(text[i] - '0'), value))
            return -ERANGE;
    }
    return 0;
}

/* "1.5s": a number and one of the units. 0; -EINVAL; -EAGAIN: there is no unit; -ERANGE. */
static int quantity_parse(const char *text, const struct unit *units, uint64_t *ret_steps)
{
    size_t whole = strspn(text, "0123456789"), part = 0, end = whole;
    uint64_t value = 0;
    char digits[24];

    if (!whole || (whole > 1 && text[0] == '0'))
        return -EINVAL;
    if (text[whole] == '.') {
        part = strspn(text + whole + 1, "0123456789");
        end = whole + 1 + part;
        if (!part)
            return -EINVAL;
    }
    if (whole >= sizeof digits)
        return -ERANGE;
    memcpy(digits, text, whole);
    digits[whole] = '\0';
    if (number_parse(digits, &value) < 0)
        return -ERANGE;
    if (!text[end] && value == 0 && !part) {
        *ret_steps = 0;
        return 0;
    }
    if (!text[end])
        return -EAGAIN;
    for (; units->name; units++) {
        if (strcmp(units->name, text + end) != 0)
            continue;
        if (__builtin_mul_overflow(value, units->steps, &value))
            return -ERANGE;
        *ret_steps = value;
        return fraction(text + whole + 1, part, units->steps, ret_steps);
    }
    return -EINVAL;
}

int duration_parse(const char *text, uint64_t *ret_nanoseconds)
{
    return quantity_parse(text, duration_units, ret_nanoseconds);
}

int percent_read(struct parse *p, const struct field *field, struct use use, uint32_t *ret)
{
    const uint64_t whole = UINT64_C(100) * PERCENT_STEPS;
    const char *text = use.node->text;
    uint64_t steps = 0;
    int err = quantity_parse(text, percent_units, &steps);

    if (err == -EAGAIN)
        return FAIL(p, use, "'%s' needs a unit: %s%%", field->key, text);
    if (err == -EINVAL) {
        FAIL(p, use, "'%s' must be a percentage, not '%s'", field->key, text);
        HINT(p, "a number with at most seven decimals and '%%', as in 0.5%%");
        return -EINVAL;
    }
    if (err < 0 || steps > whole)
        return FAIL(p, use, "'%s' must be 0%% to 100%%, not %s", field->key, text);
    *ret = (uint32_t)((steps * UINT32_MAX + whole / 2) / whole);
    return 0;
}

/* Bits or bytes? tc and people disagree. */
static bool hint_bytes(struct parse *p, const char *text)
{
    static const char *const units[] = {"bps", "kbps", "mbps", "gbps", "tbps",
                                        "B/s", "kB/s", "MB/s", "GB/s", "TB/s"};
    size_t number = strspn(text, "0123456789.");

    for (size_t i = 0; number && i < sizeof units / sizeof units[0]; i++) {
        char prefix[] = {(char)tolower((unsigned char)text[number]), '\0'};

        if (strcasecmp(text + number, units[i]) != 0)
            continue;
        if (i % 5 == 0)
            prefix[0] = '\0';
        HINT(p, "bits or bytes? Write %.*s%sbit; if you mean bytes, eight times as much",
             (int)number, text, prefix);
        return true;
    }
    return false;
}

/* "100Mbit" is what tc prints. */
static int rate_parse(const char *text, uint64_t *ret_bits)
{
    char lower[32];
    size_t size = strlen(text);

    if (size >= sizeof lower)
        return -EINVAL;
    for (size_t i = 0; i <= size; i++)
        lower[i] = (char)tolower((unsigned char)text[i]);
    return quantity_parse(lower, rate_units, ret_bits);
}

int rate_read(struct parse *p, const struct field *field, struct use use, uint64_t *ret)
{
    const char *text = use.node->text;
    char least[RATE_TEXT], most[RATE_TEXT];
    uint64_t bits = 0;
    int err = rate_parse(text, &bits);

    if (err == -EAGAIN)
        return FAIL(p, use, "'%s' needs a unit: %smbit, %skbit, …", field->key, text, text);
    if (err == -EINVAL) {
        FAIL(p, use, "'%s' must be a rate, not '%s'", field->key, text);
        if (!hint_bytes(p, text))
            HINT(p, "a number and one of the units bit, kbit, mbit, gbit, tbit (per second)");
        return -EINVAL;
    }
    if (err < 0 || bits < 8 || bits / 8 > RATE_MAX)
        return FAIL(p, use, "'%s' must be %s to %s, not %s", field->key, rate_text(1, least),
                    rate_text(RATE_MAX, most), text);
    if (bits % 8)
        return FAIL(p, use, "'%s' must be a multiple of 8bit, not %s", field->key, text);
    *ret = bits / 8;
    return 0;
}

/* What looks like an address, in words. */
static int fail_ip(struct parse *p, const struct field *field, struct use use, const char *text)
{
    FAIL(p, use, "'%s' is not an IP address", text);
    if (field->flags & FIELD_NONE_OK)
        HINT(p, "'%s' takes an address or 'none'", field->key);
    return -EINVAL;
}

/* IP[/LENGTH] */
static int read_prefix(struct parse *p, const struct field *field, struct use use,
                       struct prefix *ret)
{
    const char *text = use.node->text, *slash = strchr(text, '/');
    size_t size = slash ? (size_t)(slash - text) : strlen(text);
    char ip[IP_TEXT];
    uint64_t length;

    if (size >= sizeof ip)
        return fail_ip(p, field, use, text);
    memcpy(ip, text, size);
    ip[size] = '\0';
    if (ip_parse(ip, &ret->ip) < 0)
        return fail_ip(p, field, use, text);
    ret->length = PREFIX_LONE;
    if (!slash)
        return 0;
    if (number_parse(slash + 1, &length) < 0 || !isdigit((unsigned char)slash[1]) ||
        (slash[2] | 0x20) == 'x' || length > ip_bits(&ret->ip)) {
        FAIL(p, use, "the prefix length of '%s' must be 0 to %u", text, ip_bits(&ret->ip));
        if (strchr(slash, '.'))
            HINT(p, "write /24, not /255.255.255.0");
        return -EINVAL;
    }
    ret->length = (uint8_t)length;
    return 0;
}

static int read_network(struct parse *p, const struct field *field, struct use use,
                        struct prefix *ret)
{
    struct ip network;
    char text[IP_TEXT];
    int err;

    if (field->type == FIELD_DEST && strcmp(use.node->text, "default") == 0) {
        *ret = (struct prefix){0};
        return 0;
    }
    err = read_prefix(p, field, use, ret);
    if (err < 0)
        return err;
    if (ret->length == PREFIX_LONE)
        ret->length = (uint8_t)ip_bits(&ret->ip);
    network = ip_network(&ret->ip, ret->length);
    if (ip_equal(&network, &ret->ip))
        return 0;
    FAIL(p, use, "%s has bits set past its prefix length", use.node->text);
    HINT(p, "the network is %s/%u", ip_text(&network, text), ret->length);
    return -EINVAL;
}

int address_read(struct parse *p, const struct field *field, struct use use, void *ret_value)
{
    const char *text = use.node->text;

    if (field->type == FIELD_ADDRESS)
        return read_prefix(p, field, use, ret_value);
    if (field->type != FIELD_IP)
        return read_network(p, field, use, ret_value);
    if ((field->flags & FIELD_NONE_OK) && strcmp(text, "none") == 0) {
        *(struct ip *)ret_value = (struct ip){0};
        return 0;
    }
    if (ip_parse(text, ret_value) == 0)
        return 0;
    fail_ip(p, field, use, text);
    if (strchr(text, '/'))
        HINT(p, "'%s' takes a lone address, without a prefix length", field->key);
    return -EINVAL;
}

/* One number of a range. 0 or -EINVAL. */
static int read_vlan(struct parse *p, struct use use, const char *text, size_t size, uint16_t *ret)
{
    char digits[8];
    uint64_t value;

    if (size == 0 || size >= sizeof digits || strspn(text, "0123456789") < size) {
        FAIL(p, use, "'%s' is neither a VLAN ID nor a range of them", use.node->text);
        HINT(p, "a number from %d to %d, or two: 20-29", VLAN_MIN, VLAN_MAX);
        return -EINVAL;
    }
    memcpy(digits, text, size);
    digits[size] = '\0';
    if (number_parse(digits, &value) < 0)
        return FAIL(p, use, "'%s' has a leading zero", use.node->text);
    if (value < VLAN_MIN || value > VLAN_MAX)
        return FAIL(p, use, "a VLAN ID must be %d to %d, not %s", VLAN_MIN, VLAN_MAX, digits);
    *ret = (uint16_t)value;
    return 0;
}

int vlans_read(struct parse *p, struct use use, struct vlan_range *ret_id)
{
    const char *text = use.node->text, *dash = strchr(text, '-');
    size_t size = dash ? (size_t)(dash - text) : strlen(text);

    if (read_vlan(p, use, text, size, &ret_id->first) < 0)
        return -EINVAL;
    ret_id->last = ret_id->first;
    if (dash && read_vlan(p, use, dash + 1, strlen(dash + 1), &ret_id->last) < 0)
        return -EINVAL;
    if (ret_id->first <= ret_id->last)
        return 0;
    FAIL(p, use, "the range '%s' runs backwards", text);
    HINT(p, "write %u-%u", ret_id->last, ret_id->first);
    return -EINVAL;
}

/* One port of a range. 0 or -EINVAL. */
static int read_port(struct parse *p, struct use use, const char *text, size_t size, uint16_t *ret)
{
    char digits[8];
    uint64_t value = 0;

    if (size == 0 || size >= sizeof digits || strspn(text, "0123456789") < size) {
        FAIL(p, use, "'%s' is neither a port nor a range of them", use.node->text);
        HINT(p, "a number from 1 to %d, or two: 8000-8010", UINT16_MAX);
        return -EINVAL;
    }
    memcpy(digits, text, size);
    digits[size] = '\0';
    if (number_parse(digits, &value) < 0)
        return FAIL(p, use, "'%s' has a leading zero", use.node->text);
    if (value < 1 || value > UINT16_MAX)
        return FAIL(p, use, "a port must be 1 to %d, not %s", UINT16_MAX, digits);
    *ret = (uint16_t)value;
    return 0;
}

int ports_read(struct parse *p, struct use use, struct port_range *ret_ports)
{
    const char *text = use.node->text, *dash = strchr(text, '-');
    size_t size = dash ? (size_t)(dash - text) : strlen(text);

    if (read_port(p, use, text, size, &ret_ports->first) < 0)
        return -EINVAL;
    ret_ports->last = ret_ports->first;
    if (dash && read_port(p, use, dash + 1, strlen(dash + 1), &ret_ports->last) < 0)
        return -EINVAL;
    if (ret_ports->first <= ret_ports->last)
        return 0;
    FAIL(p, use, "the range '%s' runs backwards", text);
    HINT(p, "write %u-%u", ret_ports->last, ret_ports->first);
    return -EINVAL;
}
