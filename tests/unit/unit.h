/* SPDX-License-Identifier: MIT */
/*
 * Job: what the unit tests share: the files of tests/data, parsing, reports as text.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include "harness.h"

#include <netlab/report.h>

#include "model/lab.h"

/* The files NAME.yaml of a folder of tests/data, sorted; their paths without ".yaml". */
struct files {
    char **paths;
    size_t count;
};

const struct files *data_files(const char *folder);

/* The whole of a file, to be freed; NULL: there is none. */
char *data_read(const char *path, size_t *ret_size);

/* "bad/name" for ".../tests/data/bad/name" */
const char *data_name(const char *path);

/* What netlab_report_print() writes; to be freed. */
char *report_text(const struct netlab_report *report, enum netlab_report_style style);

Suite *arena_suite(void);
Suite *json_suite(void);
Suite *report_suite(void);
Suite *values_suite(void);
Suite *distribution_suite(void);
Suite *golden_suite(void);
Suite *model_suite(void);
Suite *names_suite(void);
Suite *ranges_suite(void);
Suite *reference_suite(void);
Suite *speed_suite(void);

#endif
