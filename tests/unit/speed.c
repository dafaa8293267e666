/* SPDX-License-Identifier: MIT */
/*
 * Job: that time grows with the file, and that files made to hurt are refused at once. The limits
 * are generous: they are there to catch what is quadratic, not a slow machine.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parse/parse.h"
#include "unit.h"

static char *content;
static size_t size;
static FILE *out;

static void begin(void)
{
    out = open_memstream(&content, &size);
    ck_assert_ptr_nonnull(out);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* Parse what was written to out; it must give `wanted` within so many milliseconds. */
static void end(int wanted, double limit)
{
    struct netlab_report *report = netlab_report_new();
    struct netlab_lab *lab = NULL;
    double start, taken;
    int err;

    fclose(out);
    start = now();
    err = parse_lab(content, size, "lab.yaml", &lab, report);
    taken = now() - start;
    if (err != wanted)
        netlab_report_print(report, stderr, NETLAB_REPORT_TEXT);
    ck_assert_int_eq(err, wanted);
    ck_assert_msg(taken < limit, "%.1f ms instead of %.0f", taken, limit);
    lab_free(lab);
    netlab_report_free(report);
    free(content);
}

START_TEST (star) {
    begin();
    fputs("namespaces:\n  sw: {interfaces: {br0: {type: bridge, addresses: [10.0.0.1/8]}}}\n", out);
    for (unsigned i = 0; i < 1000; i++)
        fprintf(out,
                "  h%u:\n    interfaces:\n      eth0: {addresses: [10.1.%u.%u/8, 'fd00::%x/64']}\n"
                "    routes: [{to: default, via: 10.0.0.1}]\n",
                i, i / 250, i % 250 + 1, i + 1);
    fputs("links:\n", out);
    for (unsigned i = 0; i < 1000; i++)
        fprintf(out, "  - [h%u:eth0, sw:br0]\n", i);
    end(0, 500);
}
END_TEST

/* One namespace that has all of it. */
START_TEST (router) {
    begin();
    fputs("namespaces:\n  r:\n    interfaces:\n", out);
    for (unsigned i = 0; i < 2000; i++)
        fprintf(out, "      eth%u: {addresses: [10.%u.%u.1/24]}\n", i, i / 250, i % 250);
    fputs("    routes:\n", out);
    for (unsigned i = 0; i < 2000; i++)
        fprintf(out, "      - {to: 11.%u.%u.0/24, via: 10.%u.%u.2}\n", i / 250, i % 250, i / 250,
                i % 250);
    fputs("    neighbors:\n", out);
    for (unsigned i = 0; i < 2000; i++)
        fprintf(out, "      - {to: 10.%u.%u.9, mac: '02:00:00:00:00:01', dev: eth%u}\n", i / 250,
                i % 250, i);
    fputs("  far:\nlinks:\n", out);
    for (unsigned i = 0; i < 2000; i++)
        fprintf(out, "  - [r:eth%u, far:eth%u]\n", i, i);
    end(0, 1000);
}
END_TEST

/* Each name is wrong: looking for similar ones must not be done for all. */
START_TEST (errors) {
    begin();
    fputs("namespaces:\n", out);
    for (unsigned i = 0; i < 3000; i++)
        fprintf(out, "  namespace-with-a-long-name-%u:\n", i);
    fputs("links:\n", out);
    for (unsigned i = 0; i < 3000; i++)
        fprintf(out, "  - [namespace-with-a-lung-name-%u:eth0, namespace-%u:eth0]\n", i, i);
    end(-EINVAL, 1500);
}
END_TEST

START_TEST (brackets) {
    begin();
    for (unsigned i = 0; i < 100 * 1000; i++)
        putc("[{"[_i], out);
    end(-EINVAL, 300);
}
END_TEST

START_TEST (bracket_lines) {
    begin();
    for (unsigned i = 0; i < 100 * 1000; i++)
        fputs("[\n", out);
    end(-EINVAL, 300);
}
END_TEST

START_TEST (laughs) {
    begin();
    fputs("x-0: &a0 {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8}\n", out);
    for (unsigned i = 1; i < 30; i++)
        fprintf(out, "x-%u: &a%u [*a%u, *a%u, *a%u, *a%u]\n", i, i, i - 1, i - 1, i - 1, i - 1);
    fputs("namespaces: *a29\n", out);
    end(-EINVAL, 300);
}
END_TEST

/* Merging the same big mapping again and again. */
START_TEST (merges) {
    begin();
    fputs("x-a: &a\n", out);
    for (unsigned i = 0; i < 2000; i++)
        fprintf(out, "  k%u: 1\n", i);
    for (unsigned i = 0; i < 5000; i++)
        fprintf(out, "x-%u: {<<: *a}\n", i);
    end(-EINVAL, 1500);
}
END_TEST

START_TEST (too_large) {
    begin();
    for (size_t i = 0; i <= PARSE_SIZE_MAX; i++)
        putc('#', out);
    end(-EINVAL, 1000);
}
END_TEST

START_TEST (large_scalar) {
    begin();
    fputs("namespaces:\n  left:\n    hostname: ", out);
    for (size_t i = 0; i < 4 << 20; i++)
        putc('a', out);
    end(-EINVAL, 2500);
}
END_TEST

Suite *speed_suite(void)
{
    Suite *suite = suite_create("speed");
    TCase *tcase = tcase_create("speed");

    tcase_add_test(tcase, star);
    tcase_add_test(tcase, router);
    tcase_add_test(tcase, errors);
    tcase_add_loop_test(tcase, brackets, 0, 2);
    tcase_add_test(tcase, bracket_lines);
    tcase_add_test(tcase, laughs);
    tcase_add_test(tcase, merges);
    tcase_add_test(tcase, too_large);
    tcase_add_test(tcase, large_scalar);
    suite_add_tcase(suite, tcase);
    return suite;
}
