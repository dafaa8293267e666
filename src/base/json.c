/* SPDX-License-Identifier: MIT */
/*
 * Job: write JSON (RFC 8259).
 */
#include "base/json.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/utf8.h"

static void quoted(FILE *out, const char *value)
{
    size_t size;

    putc('"', out);
    for (; *value; value += size) {
        int32_t c = utf8_decode(value, SIZE_MAX, &size);

        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", *value);
        else if (c >= 0 && (c < 0x20 || c == 0x7f))
            fprintf(out, "\\u%04x", (unsigned)c);
        else if (c >= 0)
            fwrite(value, 1, size, out);
        else
            fputs("\\ufffd", out);
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

void json_put_string(struct json *json, const char *key, const char *value)
{
    begin(json, key);
    if (value)
        quoted(json->out, value);
    else
        fputs("null", json->out);
}

void json_put_number(struct json *json, const char *key, int64_t value)
{
    begin(json, key);
    fprintf(json->out, "%" PRId64, value);
}

void json_put_real(struct json *json, const char *key, double value)
{
    begin(json, key);
    fprintf(json->out, "%.3f", value);
}

void json_put_bool(struct json *json, const char *key, bool value)
{
    begin(json, key);
    fputs(value ? "true" : "false", json->out);
}
