/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of getting from one file to another, and back from what others did: the main, the
 * labs to begin with, how many rounds.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "converge.h"

static struct source sources[128];
static int count, weights;
static long seed;

/* The examples get as many rounds as three other labs: they are what people begin with. */
enum { EXAMPLE = 3, OTHER = 1 };

enum { SEED = 20261129 };

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
    /* STP takes its time, and its state is never quite the same. */
    if (strcmp(name, "stp") == 0 || !kernel_suits_text(yaml))
        return;
    /* rules for netlab's reader, which nft does not take */
    if (strcmp(name, "good-nftables") == 0)
        return;
    if (count == (int)COUNT(sources))
        abort();
    sources[count] = (struct source){name, bearable(yaml), weight, !example_wanted(name)};
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
        for (int i = 0; i < topology_count(); i++)
            add_source(topology_number(i)->name, topology_number(i)->yaml, OTHER);
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

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {edits_suite, property_suite, each_kind_suite,
                                             drift_suite, NULL};

    /* what is run for every change of the sources fails by these only; --long tries others each
     * time */
    seed = env_number("NETLAB_SEED",
                      getenv("NETLAB_LONG") ? (long)((time(NULL) ^ getpid()) & 0x7fffffff) : SEED);
    if (seed < 0)
        seed = -seed;
    printf("# NETLAB_SEED=%ld\n", seed);
    return test_main(argc, argv, "converge", suites);
}
