/* SPDX-License-Identifier: MIT */
/*
 * Job: the random editor itself: every kind of edit happens, netlab accepts what comes of it, and
 * it comes up and goes down.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "converge.h"

enum { TRIES = 20, ALL_TRIES = 1000 };

/*
 * Whether netlab takes it. What others have in the host's network a file does not tell: that a
 * gateway can be reached there is only known by trying.
 */
static bool accepted(const char *file, const char *yaml)
{
    struct output output = sh("$NETLAB validate -q %s", file);

    if (output.status != 0 || !strstr(yaml, "host:"))
        return output.status == 0;
    output = sh("$NETLAB up -q %s", file);
    sh("$NETLAB down -q %s", file);
    return output.status == 0 || !strstr(output.err, "cannot add route") ||
           !strstr(output.err, "in the host's namespace") || !strstr(output.err, "UNREACH");
}

static bool is_meant(unsigned kind)
{
    const char *only = getenv("NETLAB_EDIT");

    return !only || !*only || fnmatch(only, edit_kind_name(kind), 0) == 0;
}

/* One of those that are meant, each by its turn. */
static unsigned meant(unsigned turn)
{
    unsigned count = 0, kind = 0;

    for (unsigned i = 0; i < edit_kind_count(); i++)
        count += is_meant(i);
    if (!count)
        test_fail("no edit is called %s", getenv("NETLAB_EDIT"));
    for (turn %= count; !is_meant(kind) || turn-- > 0; kind++)
        ;
    return kind;
}

struct edited edit_good(const char *file, const char *yaml, unsigned kind, struct random *random)
{
    struct edited edited = {0};

    for (int i = 0; i < ALL_TRIES; i++) {
        if (i >= TRIES)
            kind = random_below(random, edit_kind_count());
        edited.kind = edit_kind_name(meant(kind));
        edited.yaml = edit_text(yaml, meant(kind), random, &edited.words);
        if (!edited.yaml)
            continue;
        file_with(strrchr(file, '/') + 1, edited.yaml);
        if (accepted(file, edited.yaml))
            return edited;
    }
    test_fail("no edit is good, of this kind or any other");
}

START_TEST (test_writing_changes_nothing) {
    struct source source = source_at(_i);
    const char *file = source_write(&source, source.yaml), *plan;

    test_about("%s", source.name);
    plan = ok("$NETLAB plan --format ip %s", file).out;
    source_write(&source, edit_none(source.yaml));
    same(plan, ok("$NETLAB plan --format ip %s", file).out);
}
END_TEST

/* Of each kind some are good, over all labs. */
START_TEST (test_every_kind_of_edit_happens) {
    long good = 0, all = 0;

    for (unsigned kind = 0; kind < edit_kind_count(); kind++) {
        long good_before = good, labs = 0;

        test_about("NETLAB_SEED=%ld, %s", converge_seed(), edit_kind_name(kind));
        for (int i = 0; i < source_count(); i++) {
            struct source source = source_at(i);
            struct random random = round_random(i, (int)kind, "kinds");
            bool some = false;

            for (int try = 0; try < 4; try++) {
                const char *words, *yaml = edit_text(source.yaml, kind, &random, &words);
                bool fine =
                    yaml && sh("$NETLAB validate -q %s", source_write(&source, yaml)).status == 0;

                all += yaml != NULL;
                good += fine;
                some = some || fine;
            }
            labs += some;
        }
        if (good == good_before && edit_kind_is_possible(kind))
            test_fail("none was good");
        if (env_number("NETLAB_VERBOSE", 0))
            printf("# %-20s %3ld good, in %ld labs\n", edit_kind_name(kind), good - good_before,
                   labs);
        fflush(stdout);
    }
    printf("# NETLAB_SEED=%ld: of %ld edits of %u kinds %ld were good\n", converge_seed(), all,
           edit_kind_count(), good);
    fflush(stdout);
}
END_TEST

START_TEST (test_edited_labs_come_up_and_go_down) {
    struct source source = source_at(_i);
    const char *file = source_write(&source, source.yaml), *before = dump_all(0);
    long rounds = source.left_out ? 0 : env_number("NETLAB_EDITS", 5);

    for (int round = 0; round < rounds; round++) {
        struct random random = round_random(_i, round, "edited");
        struct edited edited;

        test_about("%s", round_text(_i, round));
        edited = edit_good(file, source.yaml, round_turn(_i, round, edit_kind_count()), &random);
        source_write(&source, edited.yaml);
        test_about("%s, %s\n%s", round_text(_i, round), edited.words, edited.yaml);
        ok("$NETLAB up -q %s", file);
        ok("$NETLAB down -q %s", file);
    }
    same(before, dump_all(0));
}
END_TEST

Suite *edits_suite(void)
{
    Suite *suite = suite_create("edits");
    TCase *tcase = tcase_create("edits");

    tcase_add_checked_fixture(tcase, converge_enter, NULL);
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, test_writing_changes_nothing, 0, source_count());
    tcase_add_test(tcase, test_every_kind_of_edit_happens);
    tcase_add_loop_test(tcase, test_edited_labs_come_up_and_go_down, 0, source_count());
    suite_add_tcase(suite, tcase);
    return suite;
}
