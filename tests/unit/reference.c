/* SPDX-License-Identifier: MIT */
/*
 * Job: docs/reference.md says what the tables say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../docs/reference.h"
#include "unit.h"

START_TEST (up_to_date) {
    char path[4096];
    char *committed, *made = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&made, &size);

    snprintf(path, sizeof path, "%s/docs/reference.md", getenv("SOURCE"));
    committed = data_read(path, NULL);
    ck_assert_msg(committed, "there is no %s", path);
    ck_assert_int_eq(reference_write(committed, out), 0);
    fclose(out);
    ck_assert_msg(strcmp(committed, made) == 0,
                  "docs/reference.md is out of date: run the target 'reference'");
    free(committed);
    free(made);
}
END_TEST

Suite *reference_suite(void)
{
    Suite *suite = suite_create("reference");
    TCase *tcase = tcase_create("reference");

    tcase_add_test(tcase, up_to_date);
    suite_add_tcase(suite, tcase);
    return suite;
}
