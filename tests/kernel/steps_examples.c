/* SPDX-License-Identifier: MIT */
/*
 * Job: each step of each example's `up` and `down` goes wrong once. NETLAB_STEPS: only one in so
 * many of them (1: each). With NETLAB_LONG each step of `up` is refused in each way.
 *
 * An example is only left out where the kernel lacks what it needs, which is said; tests/guest has
 * kernels that lack nothing, where none may be left out.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prepare.h"
#include "steps.h"

/* So many examples need nothing but veths and bridges: no kernel leaves them out. */
enum { ALWAYS_THERE = 11 };

/* Makes what the example needs that others make; why it can't be tried, or NULL. */
static const char *prepare(const char *name, const char *file)
{
    if (!kernel_suits(file))
        return "the kernel lacks what it needs";
    if (strcmp(name, "existing-bridge") == 0)
        prepare_bridge();
    if (strcmp(name, "physical") == 0 && !prepare_nics())
        return "there are no network cards to play with";
    if (strcmp(name, "process") == 0) {
        static const char *attach[KEEPERS + 1];
        const pid_t *keepers = prepare_keepers();

        attach[0] = text("first=%d", (int)keepers[0]);
        attach[1] = text("second=%d", (int)keepers[1]);
        step_attach(attach);
        /* with names, so that dumps show them */
        for (int i = 0; i < KEEPERS; i++)
            ok("ip netns attach keeper%d %d", i, (int)keepers[i]);
    }
    return NULL;
}

static void clear_away(const char *name)
{
    if (strcmp(name, "process") != 0)
        return;
    step_attach(NULL);
    ok("for n in keeper0 keeper1; do ip netns del $n; done");
    end_keepers();
}

struct wreck {
    const char *what;
    size_t (*count)(const char *file); /* steps */
    void (*step)(const char *file, size_t step);
    size_t ways; /* each step in so many */
};

static size_t sweep_one(const struct wreck *wreck, const char *file, struct stride stride)
{
    size_t done = 0, steps = wreck->count(file) * wreck->ways;
    const char *before = dump_all(0);

    ck_assert_uint_gt(steps, 0);
    for (size_t step = stride.first; step < steps; step += stride.next, done++) {
        test_about("%s, step %zu of %zu", file, step, steps);
        wreck->step(file, step);
        same(before, dump_all(0));
    }
    return done;
}

static void sweep(const struct wreck *wreck)
{
    size_t done = 0, files = 0, wanted = 0;
    glob_t found;

    ck_assert_int_eq(glob(text("%s/*.yaml", getenv("EXAMPLES")), 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *file = found.gl_pathv[i], *base = strrchr(file, '/') + 1, *why;
        const char *name = text("%.*s", (int)(strlen(base) - strlen(".yaml")), base);

        if (!example_wanted(name))
            continue;
        wanted++;
        test_about("%s", file);
        why = prepare(name, file);
        if (why) {
            printf("# %s is left out: %s\n", name, why);
            continue;
        }
        done += sweep_one(wreck, file, step_stride("NETLAB_STEPS", 1, files++));
        clear_away(name);
    }
    globfree(&found);
    test_about("%zu of %zu examples", files, wanted);
    ck_assert_uint_ge(files, wanted < ALWAYS_THERE ? 1 : ALWAYS_THERE);
    if (env_number("NETLAB_NO_SKIP", 0))
        ck_assert_uint_eq(files, wanted);
    printf("# %zu steps of %zu examples %s\n", done, files, wreck->what);
}

static size_t count_up(const char *file)
{
    size_t steps = step_count(file);

    step_down(file);
    return steps;
}

static void refuse(const char *file, size_t step)
{
    if (!step_refused(file, step, step_error(step)))
        test_fail("it has fewer steps now");
}

START_TEST (test_each_step_refused) {
    sweep(&(const struct wreck){"refused, each in one way and taken back", count_up, refuse, 1});
}
END_TEST

static void refuse_in_one_way(const char *file, size_t step)
{
    if (!step_refused(file, step / STEP_ERRORS, step_error(step)))
        test_fail("it has fewer steps now");
}

/* The sweep above has each step fail in one way; how, may make a difference. */
START_TEST (test_each_step_refused_in_each_way) {
    sweep(&(const struct wreck){text("refused (each in %d ways) and taken back", STEP_ERRORS),
                                count_up, refuse_in_one_way, STEP_ERRORS});
}
END_TEST

static void kill_up(const char *file, size_t step)
{
    if (!step_kills(file, step))
        test_fail("it was not killed");
    step_down(file);
}

START_TEST (test_up_killed_before_each_step) {
    sweep(&(const struct wreck){"of `up` killed, each taken down", count_up, kill_up, 1});
}
END_TEST

static size_t count_down(const char *file)
{
    step_up(file);
    return step_count_down(file);
}

/* Then `down` again, or `up`, which takes away what is left and begins anew. */
static void kill_down(const char *file, size_t step)
{
    step_up(file);
    if (!step_kills_down(file, step))
        test_fail("it was not killed");
    if (step % 4 == 3)
        step_up(file);
    step_down(file);
}

START_TEST (test_down_killed_before_each_step) {
    sweep(&(const struct wreck){"of `down` killed, each gone on with", count_down, kill_down, 1});
}
END_TEST

Suite *steps_examples_suite(void)
{
    Suite *suite = suite_create("sweeps");
    TCase *tcase = tcase_create("sweeps");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, getenv("NETLAB_LONG") ? 6000 : 1800);
    if (getenv("NETLAB_LONG"))
        tcase_add_test(tcase, test_each_step_refused_in_each_way);
    else
        tcase_add_test(tcase, test_each_step_refused);
    tcase_add_test(tcase, test_up_killed_before_each_step);
    tcase_add_test(tcase, test_down_killed_before_each_step);
    suite_add_tcase(suite, tcase);
    return suite;
}
