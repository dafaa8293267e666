/* SPDX-License-Identifier: MIT */
/*
 * Job: what others do to a lab that is up: `diff` tells of what they destroyed, `up` puts it right,
 * and what they added stays theirs.
 */
#include <stdlib.h>
#include <string.h>

#include "drift.h"

enum { MOST = 3, TRIES = 200 };

struct drifted {
    struct drift done[MOST];
    size_t count;
    bool destroyed;
    const char *words;
};

/* What only few labs have gets its share. */
static unsigned some_kind(struct random *random)
{
    return random_below(random, random_one_in(random, 2) ? drift_kind_count() : DRIFT_RARE);
}

/* One command that works, of that kind if it is possible. */
static void drift_once(struct drifted *drifted, unsigned kind, struct random *random,
                       const struct script *script)
{
    for (int i = 0; i < TRIES; i++) {
        struct drift drift;

        /* a link both of whose ends are elsewhere is a stranger's */
        if (strcmp(drift_kinds[kind].name, "link moved") == 0 &&
            strstr(drifted->words, "link moved")) {
            kind = some_kind(random);
            continue;
        }
        if (drift_kinds[kind].choose(random, script, &drift) &&
            sh("%s", drift.command).status == 0) {
            drifted->done[drifted->count++] = drift;
            drifted->destroyed = drifted->destroyed || drift.destroys;
            drifted->words =
                text("%s\n%s: %s", drifted->words, drift_kinds[kind].name, drift.command);
            test_swept(1, text("drift: %s", drift_kinds[kind].name));
            return;
        }
        if (i > 5)
            kind = some_kind(random);
    }
}

/* Takes away what strangers added: nothing else may be left of the drift. */
static void undo(const struct drifted *drifted)
{
    for (size_t i = drifted->count; i-- > 0;) {
        const struct drift *drift = &drifted->done[i];
        /* What was destroyed may have taken it along. */
        struct output output = sh("%s", drift->undo ? drift->undo : "true");

        if (!drifted->destroyed && output.status != 0)
            test_fail("what a stranger added is gone: %s", output.err);
    }
}

static void put_right(const char *file, bool destroyed)
{
    struct output diff = sh("$NETLAB diff %s", file);
    json_t *result;

    if (diff.status != destroyed)
        test_fail("diff exits %d\n%s%s", diff.status, diff.out, diff.err);
    result = json_of("$NETLAB up --json %s", file);
    if (!destroyed && (json_number(result, "steps") != 0 || json_on(result, "done")))
        test_fail("up did something: %s", json_dumps(result, 0));
    ok("$NETLAB diff %s", file);
    result = json_of("$NETLAB up --json %s", file);
    if (json_number(result, "steps") != 0 || json_on(result, "done"))
        test_fail("a second up did something: %s", json_dumps(result, 0));
}

static void check_drift(int number, int round, const char *before)
{
    struct source source = source_at(number);
    struct random random = round_random(number, round, "drift");
    unsigned kind = round_turn(number, round, drift_kind_count());
    struct drifted drifted = {.words = ""};
    unsigned commands = 1 + random_below(&random, MOST);
    const char *fresh, *file;
    struct script script;

    test_about("%s", round_text(number, round));
    file = source_write(&source, source.yaml);
    script = script_of(file);
    ok("$NETLAB up -q %s", file);
    fresh = snapshot(file);
    for (unsigned i = 0; i < commands; i++)
        drift_once(&drifted, i ? some_kind(&random) : kind, &random, &script);
    test_about("%s%s\n", round_text(number, round), drifted.words);
    put_right(file, drifted.destroyed);
    undo(&drifted);
    same(fresh, snapshot(file));
    ok("$NETLAB down -q %s", file);
    same(before, dump_all(0));
    test_swept(1, "drifts");
}

START_TEST (test_drift) {
    struct rounds rounds = source_rounds(_i);

    const char *before = rounds.first < rounds.end ? dump_all(0) : NULL;

    for (int round = rounds.first; round < rounds.end; round++)
        check_drift(_i, round, before);
}
END_TEST

Suite *drift_suite(void)
{
    Suite *suite = suite_create("drift");
    TCase *tcase = tcase_create("drift");

    tcase_add_checked_fixture(tcase, converge_enter, NULL);
    tcase_set_timeout(tcase, 120 + 120 * (double)env_number("NETLAB_PAIRS", 60) / source_count());
    tcase_add_loop_test(tcase, test_drift, 0, source_count());
    suite_add_tcase(suite, tcase);
    return suite;
}
