/* SPDX-License-Identifier: MIT */
/*
 * Job: what became of tests, as TAP, JUnit's XML or JSON.
 * Depends on: base, model, probe. Must not know: how anything was asked.
 */
#ifndef NETLAB_OUTPUT_TEST_H
#define NETLAB_OUTPUT_TEST_H

#include <netlab/test.h>

#include "base/json.h"
#include "probe/probe.h"

struct test_output {
    const struct netlab_lab *lab;
    const struct netlab_test_options *options;
    FILE *out;
    size_t told, failed;
    /* JUnit, JSON: written when all are over */
    FILE *memory;
    char *text;
    size_t size;
    struct json json;
};

/* 0 or -ENOMEM. */
int output_test_begin(struct test_output *output);
void output_test(struct test_output *output, const struct probe_result *result);
/* error: 0, or what has ended it (negative). Releases all. */
void output_test_end(struct test_output *output, int error, double milliseconds);

/* Calls for each failure that is told, in words; returns how many there are beside those. */
typedef void failure_fn(const char *text, void *userdata);
size_t failures_of(const struct probe_result *result, failure_fn *found, void *userdata);

/* "3 of 12 pairs" */
enum { SUMMARY_TEXT = 80 };
const char *failure_summary(const struct probe_result *result, char text[SUMMARY_TEXT]);

/* test_matrix.c: lines that begin with `#`. */
void output_matrix(const struct probe_result *result, bool color, FILE *out);

#endif
