/* SPDX-License-Identifier: MIT */
/*
 * Job: arenas and maps of strings.
 */
#include "base/arena.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strmap.h"
#include "unit.h"

START_TEST (alignment_and_zeroes) {
    struct arena *arena = arena_new();

    for (size_t size = 0; size < 5000; size = size * 3 / 2 + 1) {
        unsigned char *bytes = arena_alloc(arena, size);

        ck_assert_ptr_nonnull(bytes);
        ck_assert_uint_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            ck_assert_uint_eq(bytes[i], 0);
        memset(bytes, 0xff, size);
    }
    arena_free(arena);
    arena_free(NULL);
}
END_TEST

START_TEST (big_and_impossible) {
    struct arena *arena = arena_new();
    char *big = arena_alloc(arena, 10 << 20);

    ck_assert_ptr_nonnull(big);
    memset(big, 1, 10 << 20);
    ck_assert_ptr_nonnull(arena_alloc(arena, 1));
    ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX));
    ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX / 2 + 1));
    ck_assert_ptr_null(arena_array(arena, SIZE_MAX / 2, 4));
    arena_free(arena);
}
END_TEST

START_TEST (strings) {
    struct arena *arena = arena_new();

    ck_assert_str_eq(arena_strdup(arena, "abc"), "abc");
    ck_assert_str_eq(arena_strndup(arena, "abc", 2), "ab");
    ck_assert_mem_eq(arena_strndup(arena, "a\0b", 3), "a\0b", 4);
    ck_assert_str_eq(arena_printf(arena, "%s-%d", "x", 42), "x-42");
    ck_assert_str_eq(arena_printf(arena, "%s", ""), "");
    arena_free(arena);
}
END_TEST

START_TEST (maps) {
    enum { COUNT = 10000 };
    struct arena *arena = arena_new();
    struct strmap map = {0};
    static int values[COUNT];

    ck_assert_ptr_null(strmap_get(&map, "a"));
    for (int i = 0; i < COUNT; i++)
        ck_assert_int_eq(strmap_add(&map, arena, arena_printf(arena, "key%d", i), &values[i]), 0);
    ck_assert_uint_eq(map.count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        char *key = arena_printf(arena, "key%d", i);

        ck_assert_ptr_eq(strmap_get(&map, key), &values[i]);
        ck_assert_int_eq(strmap_add(&map, arena, key, &values[0]), -EEXIST);
    }
    ck_assert_ptr_null(strmap_get(&map, "key10000"));
    ck_assert_ptr_null(strmap_get(&map, ""));
    ck_assert_int_eq(strmap_add(&map, arena, "", &values[0]), 0);
    ck_assert_ptr_eq(strmap_get(&map, ""), &values[0]);
    ck_assert_uint_eq(map.count, COUNT + 1);
    arena_free(arena);
}
END_TEST

Suite *arena_suite(void)
{
    Suite *suite = suite_create("arena");
    TCase *tcase = tcase_create("arena");

    tcase_add_test(tcase, alignment_and_zeroes);
    tcase_add_test(tcase, big_and_impossible);
    tcase_add_test(tcase, strings);
    tcase_add_test(tcase, maps);
    suite_add_tcase(suite, tcase);
    return suite;
}
