/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of getting from one file to another, and back from what others did: the main, the
 * labs to begin with, how many rounds.
 */
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "converge.h"

static const struct topology *const all_topologies[] = {interfaces_topologies, bridges_topologies,
                                                        routes_topologies, namespaces_topologies,
                                                        host_topologies};
static struct source sources[128];
static int count, weights;
static long seed;

/* The examples get as many rounds as three other labs: they are what people begin with. */
enum { EXAMPLE = 3, OTHER = 1 };

static int only_yaml(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');

    return end && strcmp(end, ".yaml") == 0;
}

/* Asks for an algorithm called `~`, which no kernel has. */
static const char *bearable(const char *yaml)
{
    const char *tilde = strstr(yaml, "congestion_control: ~");

    return tilde ? text("%.*scongestion_control: reno%s", (int)(tilde - yaml), yaml,
                        tilde + strlen("congestion_control: ~"))
                 : yaml;
}

static void add_source(const char *name, const char *yaml, int weight)
{
    const char *only = getenv("NETLAB_EXAMPLE");

    /* STP takes its time, and its state is never quite the same. */
    if (strcmp(name, "stp") == 0 || !kernel_suits_text(yaml))
        return;
    /* rules for netlab's reader, which nft does not take */
    if (strcmp(name, "good-nftables") == 0)
        return;
    if (count == (int)COUNT(sources))
        abort();
    sources[count] =
        (struct source){name, bearable(yaml), weight, only && *only && fnmatch(only, name, 0) != 0};
    if (sources[count].left_out)
        sources[count].weight = 0;
    weights += sources[count++].weight;
}

static void add_directory(const char *prefix, const char *directory, int weight)
{
    struct dirent **entries;
    int found = scandir(directory, &entries, only_yaml, alphasort);

    for (int i = 0; i < found; i++) {
        const char *file = entries[i]->d_name;

        if (stands_alone(text("%s/%s", directory, file)))
            add_source(text("%s%.*s", prefix, (int)(strlen(file) - strlen(".yaml")), file),
                       without_tests(file_text(text("%s/%s", directory, file))), weight);
        free(entries[i]);
    }
    if (found >= 0)
        free(entries);
}

void converge_enter(void)
{
    sandbox_enter();
    /* The first namespace that ip makes leaves a mount behind. */
    ok("ip netns add first && ip netns del first");
    ok("ip link add enp0s3 type bridge && ip link set enp0s3 up && "
       "ip address add 192.168.200.2/24 dev enp0s3 && ip link add wlan0 type bridge");
}

int source_count(void)
{
    if (count == 0) {
        edit_kinds_ask();
        add_directory("", getenv("EXAMPLES"), EXAMPLE);
        add_directory("good-", text("%s/tests/data/good", getenv("SOURCE")), OTHER);
        for (size_t i = 0; i < COUNT(all_topologies); i++)
            for (const struct topology *t = all_topologies[i]; t->name; t++)
                add_source(t->name, t->yaml, OTHER);
    }
    return count;
}

struct source source_at(int number)
{
    return sources[number];
}

const char *source_write(const struct source *source, const char *yaml)
{
    return file_with(text("%s.yaml", source->name), yaml);
}

/* Rounds */

long converge_seed(void)
{
    return seed;
}

struct rounds source_rounds(int number)
{
    long all = env_number("NETLAB_PAIRS", 60), only = env_number("NETLAB_PAIR", -1);
    long before = seed % (weights ? weights : 1); /* where the parts that are no whole round go */

    if (sources[number].left_out)
        return (struct rounds){0, 0};
    if (only >= 0)
        return (struct rounds){(int)only, (int)only + 1};
    for (int i = 0; i < number; i++)
        before += sources[i].weight;
    return (struct rounds){
        0, (int)((before + sources[number].weight) * all / weights - before * all / weights)};
}

unsigned round_turn(int number, int round, unsigned kinds)
{
    /* 11 has no factor in common with the numbers of kinds. */
    return (unsigned)(seed + 11 * number + round) % kinds;
}

struct random round_random(int number, int round, const char *property)
{
    return random_seeded(seed, text("%s %s %d", property, sources[number].name, round));
}

const char *round_text(int number, int round)
{
    return text("NETLAB_SEED=%ld NETLAB_EXAMPLE=%s NETLAB_PAIR=%d", seed, sources[number].name,
                round);
}

/* Counts: tests are processes of their own, so they are kept in a file. */

void converge_count(const char *what)
{
    FILE *file = fopen(text("%s/counts", getenv("TMP")), "ae");

    if (!file)
        test_fail("can not count");
    fprintf(file, "%s\n", what);
    fclose(file);
}

static void print_counts(void)
{
    const char *counts =
        sh("sort $TMP/counts 2>/dev/null | uniq -c | sed 's/^ */# /'; rm -f $TMP/counts").out;

    if (*counts)
        printf("# NETLAB_SEED=%ld\n%s", seed, counts);
    fflush(stdout);
}

static Suite *counting(Suite *suite)
{
    TCase *tcase = tcase_create("counts");

    tcase_add_unchecked_fixture(tcase, NULL, print_counts);
    suite_add_tcase(suite, tcase);
    return suite;
}

static Suite *counted_property_suite(void)
{
    return counting(property_suite());
}

static Suite *counted_each_kind_suite(void)
{
    return counting(each_kind_suite());
}

static Suite *counted_drift_suite(void)
{
    return counting(drift_suite());
}

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {edits_suite, counted_property_suite,
                                             counted_each_kind_suite, counted_drift_suite, NULL};

    seed = env_number("NETLAB_SEED", (long)((time(NULL) ^ getpid()) & 0x7fffffff));
    if (seed < 0)
        seed = -seed;
    return test_main(argc, argv, "converge", suites);
}
