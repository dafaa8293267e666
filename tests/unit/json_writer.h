/* SPDX-License-Identifier: MIT */
/*
 * Job: use base/json.h, whose functions have the same names as some of jansson's.
 */
#ifndef TESTS_JSON_WRITER_H
#define TESTS_JSON_WRITER_H

/* {"text": VALUE, VALUE: 1, "list": […], …}; to be freed. */
char *write_json(const char *value);

#endif
