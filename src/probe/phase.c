/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of a lab, phase by phase: pairs → probes, namespaces → spots, results.
 * In: tests. Out: a call for each of them when it is over.
 */
#include "probe/phase.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/descriptors.h"
#include "base/report.h"

enum {
    FLIGHTS_MAX = 4096, /* connections at once */
    FLIGHTS_LEAST = 64, /* … however few descriptors there are */
    FDS_SPARE = 128,
    FDS_SPOT = 6,   /* descriptors of a namespace */
    PATIENCE = 100, /* milliseconds that a neighbour has to answer before its entry is taken away */
};

/* One phase's tests. */
struct phase {
    struct prober *prober;
    struct probe_result *results, *result;
    size_t count;
    size_t probes;
};

struct spot *spot_of(struct prober *prober, const struct netns *netns)
{
    return &prober->spots[netns ? netns->index : prober->spot_count - 1];
}

static int count_pair(const struct pair *pair, void *userdata)
{
    struct phase *phase = userdata;

    (void)pair;
    phase->result->count++;
    return 0;
}

static int add_pair(const struct pair *pair, void *userdata)
{
    struct phase *phase = userdata;

    phase->result->probes[phase->result->count++] = (struct probe){
        .result = phase->result,
        .from = spot_of(phase->prober, pair->from),
        .to = pair->to,
        .ip = pair->ip,
        .port = pair->port,
    };
    return 0;
}

/* Both directions of a pair one after the other: each resolves the other's neighbour. */
static size_t spot_number(const struct netns *netns)
{
    return netns ? netns->index : SIZE_MAX;
}

static int compare_order(const void *a, const void *b, void *probes)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const struct probe *p = (const struct probe *)probes + x, *q = (const struct probe *)probes + y;
    size_t pf = spot_number(p->from->netns), pt = spot_number(p->to);
    size_t qf = spot_number(q->from->netns), qt = spot_number(q->to);
    size_t p_low = pf < pt ? pf : pt, p_high = pf < pt ? pt : pf;
    size_t q_low = qf < qt ? qf : qt, q_high = qf < qt ? qt : qf;

    if (p_low != q_low)
        return p_low < q_low ? -1 : 1;
    if (p_high != q_high)
        return p_high < q_high ? -1 : 1;
    return x < y ? -1 : 1;
}

/* 0 or -ENOMEM. */
static int expand(struct phase *phase)
{
    struct prober *prober = phase->prober;
    size_t total = 0;

    for (size_t i = 0; i < phase->count; i++) {
        phase->result = &phase->results[i];
        test_pairs(prober->request->lab, phase->result->test, count_pair, phase);
        total += phase->result->count;
    }
    prober->probes = arena_array(prober->arena, total + 1, sizeof *prober->probes);
    prober->order = arena_array(prober->arena, total + 1, sizeof *prober->order);
    if (!prober->probes || !prober->order)
        return -ENOMEM;
    prober->count = 0;
    for (size_t i = 0; i < phase->count; i++) {
        phase->result = &phase->results[i];
        phase->result->probes = prober->probes + prober->count;
        phase->result->count = 0;
        test_pairs(prober->request->lab, phase->result->test, add_pair, phase);
        prober->count += phase->result->count;
    }
    for (size_t i = 0; i < prober->count; i++)
        prober->order[i] = (uint32_t)i;
    qsort_r(prober->order, prober->count, sizeof *prober->order, compare_order, prober->probes);
    return 0;
}

/* Tell what was seen, where that is not as expected. */
static void explain(struct prober *prober, struct probe_result *result)
{
    unsigned told = 0;

    result->holds = !result->failed;
    for (size_t i = 0; i < result->count && told < PROBE_TOLD_MAX; i++)
        if (!result->probes[i].holds) {
            result->probes[i].why = probe_explain(prober, &result->probes[i]);
            told++;
        }
}

static int run_probes(struct phase *phase)
{
    struct prober *prober = phase->prober;
    int r = expand(phase);

    for (size_t i = 0; r == 0 && i < phase->count; i++)
        r = listen_open(prober, phase->results[i].test);
    if (r == 0)
        r = phase_run(prober);
    for (size_t i = 0; r == 0 && i < phase->count; i++)
        explain(prober, &phase->results[i]);
    listen_close(prober);
    return r;
}

/* One phase, from a test on; how many tests it had. 0 or a negative errno. */
static int run_phase(struct prober *prober, const struct test *first, size_t count)
{
    const struct probe_request *request = prober->request;
    struct phase phase = {.prober = prober, .count = count};
    int r = 0;

    prober->arena = arena_new();
    phase.results = prober->arena ? arena_array(prober->arena, count, sizeof *phase.results) : NULL;
    if (!phase.results)
        r = -ENOMEM;
    for (size_t i = 0; r == 0 && i < count; i++, first = (const struct test *)first->o.next)
        phase.results[i].test = first;
    if (r == 0)
        r = phase.results[0].test->kind == TEST_EXEC ? exec_test(prober, &phase.results[0])
                                                     : run_probes(&phase);
    for (size_t i = 0; r == 0 && i < count; i++)
        request->told(&phase.results[i], request->userdata);
    arena_free(prober->arena);
    prober->arena = NULL;
    return r;
}

/* Whether two tests may not be asked at once. */
static bool are_apart(const struct test *before, const struct test *test)
{
    bool connects[2] = {before->kind == TEST_TCP && !before->body->listen.count,
                        test->kind == TEST_TCP && !test->body->listen.count};
    bool listens[2] = {before->kind <= TEST_UDP && before->body->listen.count,
                       test->kind <= TEST_UDP && test->body->listen.count};

    return before->kind == TEST_EXEC || test->kind == TEST_EXEC || (connects[0] && listens[1]) ||
           (listens[0] && connects[1]);
}

static int run_phases(struct prober *prober)
{
    const struct test *first = (const struct test *)prober->request->lab->tests.first;
    int r = 0;

    while (first && r == 0) {
        const struct test *next = (const struct test *)first->o.next;
        size_t count = 1;
        bool apart = false;

        for (; next && !apart; next = apart ? next : (const struct test *)next->o.next) {
            const struct test *before = first;

            for (size_t i = 0; i < count && !apart; i++) {
                apart = are_apart(before, next);
                before = (const struct test *)before->o.next;
            }
            count += !apart;
        }
        r = run_phase(prober, first, count);
        first = next;
    }
    return r;
}

static int open_spots(struct prober *prober)
{
    const struct probe_request *request = prober->request;
    size_t count = request->lab->namespaces.count + 1;

    prober->spots = calloc(count, sizeof *prober->spots);
    if (!prober->spots)
        return -ENOMEM;
    prober->spot_count = count;
    for (size_t i = 0; i < count; i++)
        for (size_t family = 0; family < 2; family++) {
            struct spot *spot = &prober->spots[i];

            spot->channel.socket = spot->channel.netns_fd = -1;
            spot->pingers[family] = (struct pinger){
                .watch = {.fd = -1}, .spot = spot, .family = family ? AF_INET6 : AF_INET};
        }
    LIST_EACH (struct netns, netns, &request->lab->namespaces) {
        struct spot *spot = &prober->spots[netns->index];

        spot->netns = netns;
        spot->name = netns->o.name;
        spot->channel.netns_fd = netns->host ? request->host : request->fds[netns->index];
    }
    prober->spots[count - 1].name = "host";
    prober->spots[count - 1].channel.netns_fd = request->host;
    return 0;
}

void spot_close(struct spot *spot)
{
    spot->channel.netns_fd = -1; /* the caller's */
    channel_close(&spot->channel);
    for (size_t i = 0; i < 2; i++)
        watch_close(&spot->pingers[i].watch);
    arp_close(spot);
    free(spot->numbers);
    free(spot->known);
}

/* Descriptors, as far as they can be had. */
static void reserve_descriptors(struct prober *prober)
{
    size_t limit;

    prober->reserved = prober->spot_count * FDS_SPOT + FDS_SPARE;
    (void)descriptors_reserve(prober->reserved, &limit);
    prober->lent = descriptors_lend(FLIGHTS_MAX * 2);
    prober->flight_max = prober->lent / 2 > FLIGHTS_LEAST ? prober->lent / 2 : FLIGHTS_LEAST;
}

/* The longest that a frame may be held up in this lab, in milliseconds. */
static int64_t slowest(const struct netlab_lab *lab)
{
    uint64_t longest = 0;

    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (iface->netem && iface->netem->delay + (uint64_t)iface->netem->jitter > longest)
                longest = iface->netem->delay + (uint64_t)iface->netem->jitter;
    return (int64_t)(longest / 1000);
}

static int prober_open(struct prober *prober)
{
    int r = open_spots(prober);

    if (r < 0)
        return r;
    prober->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (prober->epoll < 0)
        return -errno;
    if (getrandom(&prober->ident, sizeof prober->ident, 0) < 0 ||
        getrandom(&prober->token, sizeof prober->token, 0) < 0)
        return -errno;
    reserve_descriptors(prober);
    prober->generation = 1;
    /* there and back, over two slow links each */
    prober->slow = 4 * slowest(prober->request->lab) * MILLISECOND;
    prober->patience = PATIENCE * MILLISECOND + prober->slow;
    return 0;
}

static int prober_close(struct prober *prober)
{
    const struct spot host = {.channel = {.netns_fd = prober->request->host}};
    int r = prober->here < 0 ? 0 : spot_enter(prober, &host);

    for (size_t i = 0; i < prober->spot_count; i++)
        spot_close(&prober->spots[i]);
    free(prober->spots);
    descriptors_return(prober->lent);
    descriptors_release(prober->reserved);
    if (prober->epoll >= 0)
        close(prober->epoll);
    return r;
}

int probe_run(const struct probe_request *request, struct netlab_report *report)
{
    struct prober prober = {.request = request, .report = report, .epoll = -1, .here = -1};
    size_t errors = report_errors(report);
    int r = prober_open(&prober), back;

    if (r == 0)
        r = run_phases(&prober);
    back = prober_close(&prober);
    if (r == 0)
        r = back;
    if (r < 0 && r != -ECANCELED && report_errors(report) == errors)
        report_plain(report, -r, "cannot test: %s", strerror(-r));
    return r;
}

/* What is needed for it */

struct need {
    const struct test *test;
    probe_need_fn *found;
    void *userdata;
};

static int need_from(const struct pair *pair, void *userdata)
{
    const struct need *need = userdata;

    need->found(pair->from, need->test, need->userdata);
    return 0;
}

void probe_needs(const struct netlab_lab *lab, probe_need_fn *found, void *userdata)
{
    LIST_EACH (struct test, test, &lab->tests) {
        struct need need = {.test = test, .found = found, .userdata = userdata};

        test_pairs(lab, test, need_from, &need);
        LIST_EACH (struct place, place, &test->body->listen)
            found(place->netns, test, userdata);
    }
}
