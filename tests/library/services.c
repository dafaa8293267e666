/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of services of labs that a program brings up: started off a program with threads, what
 * they write, what is left.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "library.h"

enum { ROUNDS = 20, THREADS = 3 };

#define LAB                                                                                        \
    "name: duo\n"                                                                                  \
    "namespaces:\n"                                                                                \
    "  left:\n"                                                                                    \
    "    services:\n"                                                                              \
    "      one: {run: 'echo $NETLAB_LAB $WORD; exec sleep 600', env: {WORD: said}}\n"              \
    "      two: {run: [sleep, 600]}\n"

static atomic_bool ends;

/* What the C library does under locks of its own. */
static void *make_noise(void *userdata)
{
    static const char *const values[] = {"0", "1"};

    for (unsigned i = 0; !ends; i++) {
        free(malloc(i % 5000));
        setenv(userdata, values[i % 2], 1);
    }
    return NULL;
}

static int gather(const char *service, const char *words, size_t size, void *userdata)
{
    char *all = userdata;

    ck_assert_str_eq(service, "one");
    strncat(all, words, size);
    return 0;
}

/* Who is forked finds none of those locks taken. */
START_TEST (test_of_a_program_with_threads) {
    static char names[THREADS][8] = {"NOISE0", "NOISE1", "NOISE2"};
    pthread_t threads[THREADS];
    int before = descriptors();

    for (int i = 0; i < THREADS; i++) {
        setenv(names[i], "", 1); /* the list stays where it is from now on */
        ck_assert_int_eq(pthread_create(&threads[i], NULL, make_noise, names[i]), 0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        lab_up(LAB);
        fine(netlab_down("duo", NULL, NULL, report));
    }
    ends = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(descriptors(), before);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no child is left, not even a zombie */
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST (test_logs) {
    char words[64] = "";
    const struct netlab_logs logs = {
        .ns = "left", .service = "one", .found = gather, .userdata = words};
    struct netlab_logs others = {.ns = "left", .service = "three", .found = gather};

    lab_up(LAB);
    while (!strchr(words, '\n')) {
        *words = '\0';
        fine(netlab_logs(&logs, report));
    }
    ck_assert_str_eq(words, "duo said\n");
    refused(netlab_logs(&others, report), ENOENT, "has no service three");
    fine(netlab_down("duo", NULL, NULL, report));
    refused(netlab_logs(&logs, report), ENOENT, "no lab that is up");
}
END_TEST

Suite *services_suite(void)
{
    Suite *suite = suite_create("services");
    TCase *tcase = tcase_create("services");

    tcase_add_checked_fixture(tcase, with_report, NULL);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_of_a_program_with_threads);
    tcase_add_test(tcase, test_logs);
    suite_add_tcase(suite, tcase);
    return suite;
}
