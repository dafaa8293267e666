/* SPDX-License-Identifier: MIT */
/*
 * Job: reading a topology, and planning the way to it, while each allocation in turn fails: once,
 * or from then on.
 * In: the files of tests/data; NETLAB_ALLOCATIONS: only one in so many fails (1: each; which ones,
 * depends on the file). Out: -ENOMEM or what comes without failure, no leak, no crash (under
 * the sanitizers). The linker puts the __wrap_ functions in the place of the real ones.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diff/diff.h"
#include "parse/parse.h"
#include "plan/plan.h"
#include "unit.h"

static size_t countdown; /* 0: nothing fails */
static bool for_good;    /* not just one */
static bool failed;
static size_t stride; /* from one that fails to the next */

/* The first that fails. */
static size_t first_of(int index)
{
    stride = (size_t)env_number("NETLAB_ALLOCATIONS", 1);
    return 1 + (size_t)(index < 0 ? 0 : index) % stride;
}

static bool fails(void)
{
    if (countdown == 0 || (countdown > 1 && countdown--))
        return false;
    failed = true;
    if (!for_good)
        countdown = 0;
    errno = ENOMEM;
    return true;
}

#define WRAP(type, name, parameters, arguments)                                                    \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fails() ? NULL : __real_##name arguments;                                           \
    }

WRAP(void *, malloc, (size_t size), (size))
WRAP(void *, calloc, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, (void *old, size_t size), (old, size))
WRAP(char *, strdup, (const char *text), (text))
WRAP(char *, strndup, (const char *text, size_t size), (text, size))
WRAP(char *, realpath, (const char *path, char *buffer), (path, buffer))
WRAP(void *, arena_alloc, (struct arena * arena, size_t size), (arena, size))
WRAP(void *, arena_array, (struct arena * arena, size_t count, size_t size), (arena, count, size))
WRAP(char *, arena_strdup, (struct arena * arena, const char *text), (arena, text))
WRAP(char *, arena_strndup, (struct arena * arena, const char *text, size_t size),
     (arena, text, size))
WRAP(char *, arena_vprintf, (struct arena * arena, const char *format, va_list args),
     (arena, format, args))

char *__wrap_arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *__wrap_arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = fails() ? NULL : __real_arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

/* One try with the failure at `at`; false: it was not reached any more. */
static bool try(const char *path, const char *text, size_t size, size_t at, int wanted)
{
    char name[LAB_NAME_MAX + 1];
    struct netlab_report *report = netlab_report_new();
    struct netlab_lab *lab = NULL;
    int err, name_err;

    ck_assert_ptr_nonnull(report);
    failed = false;
    countdown = at;
    err = parse_lab(text, size, path, &lab, report);
    name_err = parse_name(text, size, path, name, report);
    countdown = 0;
    if (err != wanted && err != -ENOMEM)
        test_fail("%s: %d instead of %d or -ENOMEM at allocation %zu", path, err, wanted, at);
    ck_assert_msg(name_err == 0 || name_err == -EINVAL || name_err == -ENOMEM, "%s", path);
    ck_assert_msg(failed || err == wanted, "%s: out of memory without a cause", path);
    ck_assert_int_eq(lab != NULL, err == 0);
    if (err < 0)
        ck_assert_uint_gt(netlab_report_size(report), 0);
    lab_free(lab);
    netlab_report_free(report);
    return failed;
}

static void sweep(const char *folder, int index, int wanted)
{
    const char *path = data_files(folder)->paths[index];
    size_t size, tries = 0;
    char *yaml = NULL, *text;

    if (asprintf(&yaml, "%s.yaml", path) < 0)
        abort();
    text = data_read(yaml, &size);
    /* what fails for good fails in the same places: it is not tried for all files */
    for (int mode = 0; mode < (wanted ? 1 : 2); mode++) {
        for_good = mode;
        for (size_t at = first_of(index); try(yaml, text, size, at, wanted); at += stride)
            tries++;
    }
    ck_assert_uint_gt(tries * stride, 10);
    test_swept((long)tries, "allocations failed while a file was read");
    free(text);
    free(yaml);
}

START_TEST (good) {
    sweep("good", _i, 0);
}
END_TEST

START_TEST (warn) {
    sweep("warn", _i, 0);
}
END_TEST

START_TEST (bad) {
    sweep("bad", _i, -EINVAL);
}
END_TEST

START_TEST (topo_yaml) {
    static const char text[] = "namespaces:\n  left:\n";

    for (int mode = 0; mode < 2; mode++) {
        for_good = mode;
        for (size_t at = 1; try("/usr/lib/topo.yaml", text, strlen(text), at, 0); at++)
            continue;
    }
}
END_TEST

/* The way from one lab to another. */

static struct netlab_lab *read_good(int index)
{
    const struct files *files = data_files("good");
    struct netlab_lab *lab = NULL;
    char *yaml = NULL, *text;
    size_t size;

    if (asprintf(&yaml, "%s.yaml", files->paths[index % (int)files->count]) < 0)
        abort();
    text = data_read(yaml, &size);
    ck_assert_int_eq(parse_lab(text, size, yaml, &lab, NULL), 0);
    free(text);
    free(yaml);
    return lab;
}

/* One try; false: the failure was not reached any more. */
static bool try_plan(int from, int to, size_t at)
{
    struct netlab_lab *seen = from < 0 ? NULL : read_good(from);
    struct netlab_lab *wanted = to < 0 ? NULL : read_good(to);
    const struct diff_owners owners = {.labs = {seen}};
    struct arena *arena = arena_new();
    struct changes changes;
    struct plan plan;
    int r;

    ck_assert_ptr_nonnull(arena);
    failed = false;
    countdown = at;
    r = diff_labs(seen, wanted, &owners, arena, &changes);
    if (r == 0)
        r = plan_build(&changes, arena, &plan);
    countdown = 0;
    if (r != (failed ? -ENOMEM : 0))
        test_fail("%d at allocation %zu", r, at);
    arena_free(arena);
    lab_free(seen);
    lab_free(wanted);
    return failed;
}

static void sweep_plan(int from, int to)
{
    size_t tries = 0;

    for (int mode = 0; mode < 2; mode++) {
        for_good = mode;
        for (size_t at = first_of(to); try_plan(from, to, at); at += stride)
            tries++;
    }
    ck_assert_uint_gt(tries * stride, 2);
    test_swept((long)tries, "allocations failed while a plan was made");
}

START_TEST (plans) {
    sweep_plan(-1, _i);
    sweep_plan(_i, -1);
    sweep_plan(_i + 1, _i);
}
END_TEST

static Suite *memory_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *tcase = tcase_create("memory");

    tcase_add_loop_test(tcase, good, 0, (int)data_files("good")->count);
    tcase_add_loop_test(tcase, warn, 0, (int)data_files("warn")->count);
    tcase_add_loop_test(tcase, bad, 0, (int)data_files("bad")->count);
    tcase_add_test(tcase, topo_yaml);
    tcase_add_loop_test(tcase, plans, 0, (int)data_files("good")->count);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(int argc, char **argv)
{
    Suite *(*const suites[])(void) = {memory_suite, NULL};

    return test_main(argc, argv, "memory", suites);
}
