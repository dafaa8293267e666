/* SPDX-License-Identifier: MIT */
/*
 * Job: the tables of jitter's distributions: what mathematics says, and what iproute2 has in its
 * files.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/internal.h"
#include "unit.h"

static const int16_t *table_of(enum distribution distribution)
{
    static int16_t table[DISTRIBUTION_SIZE];

    distribution_fill(distribution, table);
    for (int i = 1; i < DISTRIBUTION_SIZE; i++)
        if (table[i] < table[i - 1])
            test_fail("entry %d is less than the one before", i);
    return table;
}

static double mean_of(const int16_t *table)
{
    double sum = 0;

    for (int i = 0; i < DISTRIBUTION_SIZE; i++)
        sum += table[i];
    return sum / DISTRIBUTION_SIZE / 8192;
}

static double variance_of(const int16_t *table)
{
    double mean = mean_of(table), sum = 0;

    for (int i = 0; i < DISTRIBUTION_SIZE; i++)
        sum += (table[i] / 8192.0 - mean) * (table[i] / 8192.0 - mean);
    return sum / DISTRIBUTION_SIZE;
}

/* The entry below which that part of all lies, in standard deviations. */
static double quantile(const int16_t *table, double part)
{
    return table[(int)(part * DISTRIBUTION_SIZE)] / 8192.0;
}

START_TEST (normal) {
    const int16_t *table = table_of(DISTRIBUTION_NORMAL);

    ck_assert_double_eq_tol(mean_of(table), 0, 0.002);
    ck_assert_double_eq_tol(variance_of(table), 1, 0.005);
    /* any book's table */
    ck_assert_double_eq_tol(quantile(table, 0.5), 0, 0.001);
    ck_assert_double_eq_tol(quantile(table, 0.841345), 1, 0.002);
    ck_assert_double_eq_tol(quantile(table, 0.975), 1.959964, 0.004);
    ck_assert_double_eq_tol(quantile(table, 0.025), -1.959964, 0.004);
    ck_assert_double_eq_tol(quantile(table, 0.99865), 3, 0.05);
}
END_TEST

START_TEST (pareto) {
    const int16_t *table = table_of(DISTRIBUTION_PARETO);

    /* ((1 - part)^(-1/3) - 1.5) · 4/3 */
    ck_assert_double_eq_tol(quantile(table, 0), -0.666667, 0.0001);
    ck_assert_double_eq_tol(quantile(table, 0.5), -0.320105, 0.0001);
    ck_assert_double_eq_tol(quantile(table, 0.875), 0.666667, 0.0001);
    ck_assert_double_eq_tol(quantile(table, 0.984375), 3.333333, 0.0001);
    ck_assert_int_eq(table[DISTRIBUTION_SIZE - 1], INT16_MAX);
    ck_assert_double_eq_tol(mean_of(table), 0, 0.05);
}
END_TEST

START_TEST (paretonormal) {
    static int16_t normal_table[DISTRIBUTION_SIZE], pareto_table[DISTRIBUTION_SIZE];
    const int16_t *table = table_of(DISTRIBUTION_PARETONORMAL);

    distribution_fill(DISTRIBUTION_NORMAL, normal_table);
    distribution_fill(DISTRIBUTION_PARETO, pareto_table);
    for (int i = 1; i < DISTRIBUTION_SIZE - 1; i++) /* first and last are clipped */
        ck_assert_int_le(abs(4 * table[i] - normal_table[i] - 3 * pareto_table[i]), 3);
}
END_TEST

static FILE *installed(const char *name)
{
    static const char *const places[] = {"/usr/lib/tc", "/usr/lib64/tc", "/usr/lib/*/tc",
                                         "/usr/share/tc", "/usr/share/iproute2/tc"};
    FILE *file = NULL;

    for (size_t i = 0; !file && i < sizeof places / sizeof places[0]; i++) {
        glob_t found;

        if (glob(text("%s/%s.dist", places[i], name), 0, NULL, &found) == 0)
            file = fopen(found.gl_pathv[0], "re");
        globfree(&found);
    }
    return file;
}

START_TEST (as_tc_has_them) {
    const char *name = choice_word(choices_distribution, (uint32_t)_i);
    const int16_t *table = table_of((enum distribution)_i);
    FILE *file = installed(name);
    char line[4096];
    int count = 0;

    if (!file)
        test_skip("iproute2 has no %s.dist here", name);
    while (fgets(line, sizeof line, file)) {
        char *rest = line, *end;
        long value;

        for (; *line != '#' && (value = strtol(rest, &end, 10), end != rest); rest = end, count++)
            if (count < DISTRIBUTION_SIZE && labs(value - table[count]) > 1)
                test_fail("%s: entry %d is %d, tc has %ld", name, count, table[count], value);
    }
    fclose(file);
    ck_assert_int_eq(count, DISTRIBUTION_SIZE);
}
END_TEST

Suite *distribution_suite(void)
{
    Suite *suite = suite_create("distribution");
    TCase *tcase = tcase_create("distribution");

    tcase_add_test(tcase, normal);
    tcase_add_test(tcase, pareto);
    tcase_add_test(tcase, paretonormal);
    tcase_add_loop_test(tcase, as_tc_has_them, DISTRIBUTION_NORMAL, DISTRIBUTIONS);
    suite_add_tcase(suite, tcase);
    return suite;
}
