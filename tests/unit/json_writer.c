/* SPDX-License-Identifier: MIT */
/*
 * Job: write a bit of everything as JSON.
 */
#include "json_writer.h"

#include <stdint.h>
#include <stdio.h>

#include "base/json.h"

char *write_json(const char *value)
{
    char *text = NULL;
    size_t size = 0;
    struct json json = {.out = open_memstream(&text, &size)};

    if (!json.out)
        return NULL;
    json_open(&json, NULL, '{');
    json_put_string(&json, "text", value);
    json_put_number(&json, value, 1);
    json_open(&json, "list", '[');
    json_put_number(&json, NULL, INT64_MAX);
    json_put_number(&json, NULL, INT64_MIN);
    json_open(&json, NULL, '{');
    json_close(&json, '}');
    json_open(&json, NULL, '[');
    json_close(&json, ']');
    json_put_real(&json, NULL, 0.5);
    json_close(&json, ']');
    json_put_bool(&json, "yes", true);
    json_put_bool(&json, "no", false);
    json_put_string(&json, "null", NULL);
    json_close(&json, '}');
    fclose(json.out);
    return text;
}
