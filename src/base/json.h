/* SPDX-License-Identifier: MIT */
/*
 * Job: write JSON to a FILE: commas, quotes and escapes in one place. netlab never reads JSON, so
 * this is all it needs; a library would be mapped at every start.
 * Depends on: libc.
 *
 *     struct json json = {.out = stdout};
 *     json_open(&json, NULL, '{');
 *     json_put_string(&json, "name", "lab");
 *     json_open(&json, "items", '[');
 *     json_put_number(&json, NULL, 1);
 *     json_close(&json, ']');
 *     json_close(&json, '}');
 *
 * Keys are NULL within arrays. Bytes that are not UTF-8 are written as U+FFFD.
 */
#ifndef NETLAB_BASE_JSON_H
#define NETLAB_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *out;
    bool comma; /* something stands before on this level */
};

void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);
void json_put_string(struct json *json, const char *key, const char *value); /* NULL: null */
void json_put_number(struct json *json, const char *key, int64_t value);
void json_put_real(struct json *json, const char *key, double value);
void json_put_bool(struct json *json, const char *key, bool value);

#endif
