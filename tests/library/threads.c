/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of threads that use the library at once, each for a lab of its own: up, diff, test,
 * down. What a thread gets is what it would get alone.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "library.h"

enum { THREADS = 4, ROUNDS = 6, HOSTS = 10, CROWD = 90, YAML_MAX = 16384 };

struct worker {
    int number, hosts, rounds;
    bool tested, ruled; /* with tests, with rulesets */
    pthread_t thread;
    pthread_barrier_t *start;
    char wrong[1024];
};

/* Hosts hNUMBER_1 … at a switch, whose names, of interfaces too, no other thread's lab has. */
static void write_yaml(const struct worker *worker, char yaml[YAML_MAX])
{
    FILE *out = fmemopen(yaml, YAML_MAX, "w");
    int number = worker->number;

    ck_assert_ptr_nonnull(out);
    fprintf(out, "name: lab%d\nnamespaces:\n  sw%d: {interfaces: {br0: {type: bridge}}}\n", number,
            number);
    for (int i = 1; i <= worker->hosts; i++) {
        fprintf(out,
                "  h%d_%d:\n    interfaces: {e%d_%d: {addresses: [10.0.%d.%d/24, "
                "'fd00:%d::%d/64']}}\n",
                number, i, number, i, number, i, number, i);
        if (worker->ruled)
            fprintf(out,
                    "    nftables: |\n      table inet t%d { chain c { type filter hook input "
                    "priority 0; iif \"e%d_%d\" counter; }; }\n",
                    number, number, i);
    }
    fprintf(out, "links:\n");
    for (int i = 1; i <= worker->hosts; i++)
        fprintf(out, "  - [h%d_%d:e%d_%d, sw%d:br0]\n", number, i, number, i, number);
    if (worker->tested)
        fprintf(out,
                "tests:\n  - {ping: {from: all, to: all}, within: 60s}\n"
                "  - {tcp: {from: h%d_1, to: 'h%d_2:80', listen: h%d_2}, within: 60s}\n",
                number, number, number);
    fclose(out);
}

/* Notes the first thing that goes wrong. */
static bool right(struct worker *worker, const char *what, int result, struct netlab_report *own)
{
    const struct netlab_diagnostic *first = netlab_report_get(own, 0);

    if (result < 0 && !*worker->wrong)
        snprintf(worker->wrong, sizeof worker->wrong, "lab%d: %s: %s: %s", worker->number, what,
                 strerror(-result), first ? first->message : "");
    return result >= 0;
}

/* What the calls write is what goes wrong, if they are not content. */
static int content(struct worker *worker, int r, bool is_fine, const char *output)
{
    if (r == 0 && !is_fine && !*worker->wrong)
        snprintf(worker->wrong, sizeof worker->wrong, "lab%d: %s", worker->number, output);
    return r;
}

static int check_tests(struct worker *worker, struct netlab_lab *lab, struct netlab_report *own)
{
    struct netlab_test_result result = {0};
    char *output = NULL;
    size_t size;
    FILE *out = open_memstream(&output, &size);
    int r = netlab_test(lab, NULL, out, &result, own);

    fclose(out);
    r = content(worker, r, !result.failed, output);
    free(output);
    return r;
}

static int look(struct netlab_lab *lab, bool *ret_same, char **ret_output,
                struct netlab_report *own)
{
    size_t size;
    FILE *out = open_memstream(ret_output, &size);
    int r = netlab_diff(lab, NETLAB_FORMAT_TEXT, out, ret_same, own);

    fclose(out);
    return r;
}

/*
 * In slow guests a link-local address that the kernel gives by itself may be without its network's
 * route, for good: addrconf_add_linklocal() asks for memory that is at hand (GFP_ATOMIC) and does
 * not look whether it got it. That is seen, and mended.
 */
static bool is_lost_route(const char *output)
{
    for (const char *line = output; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (!memmem(line, strcspn(line, "\n"), "address fe80::", strlen("address fe80::")))
            return false;
    return true;
}

static int check_same(struct worker *worker, struct netlab_lab *lab,
                      const struct netlab_options *options, struct netlab_report *own)
{
    bool same = false;
    char *output = NULL;
    int r = look(lab, &same, &output, own);

    if (r == 0 && !same && is_lost_route(output)) {
        free(output);
        r = netlab_up(lab, options, NULL, own);
        if (r < 0)
            return r;
        r = look(lab, &same, &output, own);
    }
    r = content(worker, r, same, output);
    free(output);
    return r;
}

static void once(struct worker *worker, const char *yaml, struct netlab_report *own)
{
    const struct netlab_options options = {.lock_timeout = 20000};
    struct netlab_lab *lab = NULL;
    char name[16];

    snprintf(name, sizeof name, "lab%d", worker->number);
    if (right(worker, "load", netlab_load_buffer(yaml, strlen(yaml), name, &lab, own), own) &&
        right(worker, "up", netlab_up(lab, &options, NULL, own), own)) {
        if (worker->tested) {
            right(worker, "diff", check_same(worker, lab, &options, own), own);
            right(worker, "test", check_tests(worker, lab, own), own);
        }
        right(worker, "down", netlab_down(name, &options, NULL, own), own);
    }
    netlab_lab_free(lab);
}

static unsigned long own_inode(void)
{
    struct stat info;

    return stat("/proc/thread-self/ns/net", &info) == 0 ? info.st_ino : 0;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct netlab_report *own = netlab_report_new();
    unsigned long before = own_inode();
    char yaml[YAML_MAX];

    write_yaml(worker, yaml);
    pthread_barrier_wait(worker->start);
    for (int i = 0; i < worker->rounds && !*worker->wrong; i++) {
        once(worker, yaml, own);
        if (own_inode() != before)
            right(worker, "the thread was moved", -EBADE, NULL);
    }
    netlab_report_free(own);
    return NULL;
}

static void all_at_once(struct worker like, int threads)
{
    struct worker workers[THREADS];
    pthread_barrier_t start;

    ck_assert_int_eq(pthread_barrier_init(&start, NULL, (unsigned)threads), 0);
    for (int i = 0; i < threads; i++) {
        workers[i] = like;
        workers[i].number = i;
        workers[i].start = &start;
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < threads; i++)
        pthread_join(workers[i].thread, NULL);
    for (int i = 0; i < threads; i++)
        ck_assert_str_eq(workers[i].wrong, "");
}

static void limit_descriptors(rlim_t soft, rlim_t hard)
{
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = soft;
    if (hard && hard < limit.rlim_max)
        limit.rlim_max = hard;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* Tests take as many descriptors as there are, and leave others what they need. */
START_TEST (test_labs_of_several_threads) {
    const char *before = dump_all(0);
    int open_before = descriptors();

    limit_descriptors(1024, 3000);
    all_at_once((struct worker){.hosts = HOSTS, .rounds = ROUNDS, .tested = true}, THREADS);
    same(before, dump_all(0));
    ck_assert_int_eq(descriptors(), open_before);
}
END_TEST

/* libnftables has a list of interfaces that is one for the process. */
START_TEST (test_rulesets_of_several_threads) {
    const char *before;

    if (sh("nft add table inet t && nft delete table inet t").status != 0)
        test_skip("the kernel has no nftables");
    before = dump_all(0);
    all_at_once((struct worker){.hosts = HOSTS, .rounds = ROUNDS, .tested = true, .ruled = true},
                THREADS);
    same(before, dump_all(0));
}
END_TEST

/* The limit must do for all of them: one alone would leave it as it is. */
START_TEST (test_descriptors_of_several_threads) {
    limit_descriptors(256, 0);
    all_at_once((struct worker){.hosts = CROWD, .rounds = 2}, 3);
}
END_TEST

Suite *threads_suite(void)
{
    Suite *suite = suite_create("threads");
    TCase *tcase = tcase_create("threads");

    tcase_add_checked_fixture(tcase, with_report, NULL);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_labs_of_several_threads);
    tcase_add_test(tcase, test_rulesets_of_several_threads);
    tcase_add_test(tcase, test_descriptors_of_several_threads);
    suite_add_tcase(suite, tcase);
    return suite;
}
