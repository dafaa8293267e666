/* SPDX-License-Identifier: MIT */
/*
 * Job: write JSON (RFC 8259).
 */
#include "base/json.h"

#include <inttypes.h>
#include <stddef.h>

/* Length of the well-formed UTF-8 sequence at text (RFC 3629, table 3-7 of Unicode), or 0. */
static size_t utf8_size(const unsigned char *text)
{
    unsigned char low = 0x80, high = 0xbf;
    size_t size;

    if (text[0] < 0x80)
        return 1;
    if (text[0] >= 0xc2 && text[0] <= 0xdf)
        size = 2;
    else if (text[0] >= 0xe0 && text[0] <= 0xef)
        size = 3;
    else if (text[0] >= 0xf0 && text[0] <= 0xf4)
        size = 4;
    else
        return 0;
    if (text[0] == 0xe0)
        low = 0xa0;
    if (text[0] == 0xed)
        high = 0x9f;
    if (text[0] == 0xf0)
        low = 0x90;
    if (text[0] == 0xf4)
        high = 0x8f;
    if (text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

static void quoted(FILE *out, const char *value)
{
    const unsigned char *text = (const unsigned char *)value;

    putc('"', out);
    while (*text) {
        size_t size = utf8_size(text);

        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if (*text < 0x20 || *text == 0x7f)
            fprintf(out, "\\u%04x", *text);
        else if (size)
            fwrite(text, 1, size, out);
        else
            fputs("\\ufffd", out);
        text += size ? size : 1;
    }
    putc('"', out);
}

static void begin(struct json *json, const char *key)
{
    if (json->comma)
        putc(',', json->out);
    json->comma = true;
    if (key) {
        quoted(json->out, key);
        putc(':', json->out);
    }
}

void json_open(struct json *json, const char *key, char bracket)
{
    begin(json, key);
    putc(bracket, json->out);
    json->comma = false;
}

void json_close(struct json *json, char bracket)
{
    putc(bracket, json->out);
    json->comma = true;
}

void json_string(struct json *json, const char *key, const char *value)
{
    begin(json, key);
    if (value)
        quoted(json->out, value);
    else
        fputs("null", json->out);
}

void json_number(struct json *json, const char *key, int64_t value)
{
    begin(json, key);
    fprintf(json->out, "%" PRId64, value);
}

void json_real(struct json *json, const char *key, double value)
{
    begin(json, key);
    fprintf(json->out, "%.3f", value);
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin(json, key);
    fputs(value ? "true" : "false", json->out);
}
