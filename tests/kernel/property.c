/* SPDX-License-Identifier: MIT */
/*
 * Job: from a lab to an edited one: `up` on a lab that is up makes what a fresh `up` makes, by no
 * more steps than the edit needs, and what the edit does not concern goes on undisturbed.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "converge.h"

enum { TRIES = 8 };

struct pair {
    struct source source;
    struct edited edited;
    struct random random;
    const char *file;
    struct script before, after, difference;
    json_t *status_before, *status_after;
    const char *fresh_before, *fresh_after; /* snapshots; the first only where it goes back */
    bool back;
    const char *kept, *devices; /* interfaces that must stay the same ones, and what tells that */
    struct path ways[TRIES];    /* that the edit does not concern; those that work then */
    size_t way_count;
    struct path path; /* one of them, with a connection; count 0: there is none */
    int ends[2];
};

static void write_before(struct pair *pair)
{
    source_write(&pair->source, pair->source.yaml);
}

static void write_after(struct pair *pair)
{
    source_write(&pair->source, pair->edited.yaml);
}

static struct pair choose(int number, int round)
{
    struct pair pair = {.source = source_at(number), .random = round_random(number, round, "pair")};

    test_about("%s", round_text(number, round));
    pair.file = source_write(&pair.source, pair.source.yaml);
    pair.edited = edit_good(pair.file, pair.source.yaml,
                            round_turn(number, round, edit_kind_count()), &pair.random);
    pair.back = random_one_in(&pair.random, 4);
    test_about("%s, %s\n%s", round_text(number, round), pair.edited.words,
               sh("diff -U 1000 %s %s", file_with("E", edit_none(pair.source.yaml)),
                  file_with("E-edited", pair.edited.yaml))
                   .out);
    return pair;
}

/* What both labs are when they are brought up from nothing. */
static void look_at_fresh(struct pair *pair)
{
    struct path *paths;
    size_t count;

    write_before(pair);
    pair->before = script_of(pair->file);
    ok("$NETLAB up -q %s", pair->file);
    pair->status_before = lab_status(pair->file);
    if (pair->back)
        pair->fresh_before = snapshot(pair->file);
    ok("$NETLAB down -q %s", pair->file);

    write_after(pair);
    pair->after = script_of(pair->file);
    pair->difference = script_difference(&pair->before, &pair->after);
    ok("$NETLAB up -q %s", pair->file);
    pair->status_after = lab_status(pair->file);
    pair->fresh_after = snapshot(pair->file);
    paths = paths_unconcerned(pair->status_before, pair->status_after, &pair->difference,
                              &pair->random, &count);
    for (size_t i = 0; i < count && i < TRIES && pair->way_count < 3; i++)
        if (path_works(&paths[i]))
            pair->ways[pair->way_count++] = paths[i];
    if (count)
        test_swept(1, "pairs with a way that the edit does not concern");
    free(paths);
    ok("$NETLAB down -q %s", pair->file);
}

/* Namespaces that are in both. */
static const char *inodes(const struct pair *pair)
{
    const char *result = "";
    json_t *netns;
    size_t i;

    json_array_foreach(pair->status_before, i, netns)
    {
        const char *name = json_text(netns, "name");

        if (strcmp(name, "host") != 0 && json_at(pair->status_after, "name=%s", name))
            result = text("%s%s %lu\n", result, name, ns_inode(name));
    }
    return result;
}

static json_t *converge(const char *file)
{
    json_t *result = json_of("$NETLAB up --json %s", file);

    if (!json_at(result, "state") || strcmp(json_text(result, "state"), "up") != 0)
        test_fail("the lab's state is %s", json_text(result, "state"));
    return result;
}

static void nothing_to_do(const char *file)
{
    json_t *result = converge(file);

    if (json_number(result, "steps") != 0 || !json_is_false(json_at(result, "done")))
        test_fail("a second up did something: %s", json_dumps(result, 0));
    has(ok("$NETLAB up %s", file).out, "nothing to do");
}

/* What the lab was need not let through what it becomes does. */
static void connect_path(struct pair *pair)
{
    for (size_t i = 0; i < pair->way_count && !pair->path.count; i++) {
        const struct path *way = &pair->ways[i];

        if (!path_works(way) ||
            !tcp_open(way->from, way->source, way->to, way->address, 4001, 2000, pair->ends))
            continue;
        if (!tcp_pass(pair->ends[0], pair->ends[1], 2000) ||
            !tcp_pass(pair->ends[1], pair->ends[0], 2000))
            test_fail("nothing passes from %s to %s", way->source, way->address);
        pair->path = *way;
        test_swept(1, "connections kept");
    }
}

static void still_connected(const struct pair *pair, const char *marks)
{
    const struct path *path = &pair->path;

    if (!path->count)
        return;
    same(marks, path_marks(path));
    if (!tcp_pass(pair->ends[0], pair->ends[1], 10000) ||
        !tcp_pass(pair->ends[1], pair->ends[0], 10000))
        test_fail("the connection from %s to %s is broken", path->source, path->address);
}

/* As many steps as the edit needs; what `diff` says before is what `up` does then. */
static void step_by_step(const struct pair *pair)
{
    bool reordered = strcmp(pair->edited.kind, "addresses swapped") == 0;
    size_t bound = script_bound(&pair->before, &pair->after, reordered);
    struct output diff = sh("$NETLAB diff %s", pair->file);
    json_t *result = converge(pair->file);
    long long steps = json_number(result, "steps");

    if (steps < 0 || (size_t)steps > bound)
        test_fail("%lld steps, where %zu are enough\n%s", steps, bound, diff.out);
    if (diff.status != (steps > 0))
        test_fail("diff exits %d, and up does %lld steps\n%s%s", diff.status, steps, diff.out,
                  diff.err);
}

static void check_pair(int number, int round, const char *before)
{
    struct pair pair = choose(number, round);
    const char *marks, *same_ones;

    look_at_fresh(&pair);
    write_before(&pair);
    ok("$NETLAB up -q %s", pair.file);
    connect_path(&pair);
    marks = path_marks(&pair.path);
    same_ones = inodes(&pair);
    pair.kept = script_keeps(&pair.before, &pair.after);
    pair.devices = devices(pair.status_before, pair.kept);

    write_after(&pair);
    step_by_step(&pair);
    same(same_ones, inodes(&pair));
    same(pair.devices, devices(pair.status_before, pair.kept));
    still_connected(&pair, marks);
    ok("$NETLAB diff %s", pair.file);
    ok("$NETLAB diff --json %s", pair.file);
    same(pair.fresh_after, snapshot(pair.file));
    nothing_to_do(pair.file);
    if (pair.back) {
        write_before(&pair);
        converge(pair.file);
        same(pair.devices, devices(pair.status_before, pair.kept));
        still_connected(&pair, marks);
        ok("$NETLAB diff %s", pair.file);
        same(pair.fresh_before, snapshot(pair.file));
        nothing_to_do(pair.file);
        test_swept(1, "ways back");
    }
    if (pair.path.count)
        tcp_abort(pair.ends);
    ok("$NETLAB down -q %s", pair.file);
    same(before, dump_all(0));
    test_swept(1, "pairs");
    test_swept(1, text("edit: %s", pair.edited.kind));
}

START_TEST (test_edit) {
    struct rounds rounds = source_rounds(_i);

    const char *before = rounds.first < rounds.end ? dump_all(0) : NULL;

    for (int round = rounds.first; round < rounds.end; round++)
        check_pair(_i, round, before);
}
END_TEST

static long counted(const char *what)
{
    return atol(sh("grep -cx '1 %s' $TMP/counts", what).out);
}

START_TEST (test_connections_were_kept) {
    long pairs = counted("pairs"), kept = counted("connections kept");
    long ways = counted("pairs with a way that the edit does not concern");

    if (kept * 10 < pairs || kept * 2 < ways)
        test_fail("%ld connections in %ld pairs, %ld of which have a way for one", kept, pairs,
                  ways);
}
END_TEST

Suite *property_suite(void)
{
    Suite *suite = suite_create("property");
    TCase *tcase = tcase_create("pairs"), *after = tcase_create("connections");

    tcase_add_checked_fixture(tcase, converge_enter, NULL);
    tcase_set_timeout(tcase, 120 + 120 * (double)env_number("NETLAB_PAIRS", 60) / source_count());
    tcase_add_loop_test(tcase, test_edit, 0, source_count());
    suite_add_tcase(suite, tcase);
    /* by chance there may be none in few pairs, or with some labs or edits */
    if (env_number("NETLAB_PAIRS", 60) >= 40 && !getenv("NETLAB_EXAMPLE") &&
        !getenv("NETLAB_EDIT") && !getenv("NETLAB_PAIR")) {
        tcase_add_test(after, test_connections_were_kept);
        suite_add_tcase(suite, after);
    }
    return suite;
}
