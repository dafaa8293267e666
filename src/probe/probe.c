/* SPDX-License-Identifier: MIT */
/*
 * Job: the probes of one phase, all at once: begin, wait, ask again, settle.
 * In: pairs. Out: what each has seen, and whether that is as expected.
 *
 * One thread, one epoll. A request passes the whole way there and back within the send as long as
 * nothing delays it, so a few are sent, then all answers are read: no socket's buffer runs full.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/report.h"
#include "probe/phase.h"

enum {
    BURST = 32, /* questions until answers are read */
    TICK = 10,  /* milliseconds between looks at the clock */
    EVENTS_MAX = 64,
    RESEND_MAX = 1000, /* milliseconds */
    WINDOW_MIN = 16,   /* pairs between two cleanings */
    FULL_TIME = 10000, /* milliseconds that a full table of neighbours is put up with */
};

enum state {
    STATE_NEW,
    STATE_FLYING,
    STATE_WAITING, /* for the next round */
    STATE_OVER,
};

int64_t prober_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 * MILLISECOND + time.tv_nsec;
}

bool probe_is_flying(const struct probe *probe)
{
    return probe->state == STATE_FLYING;
}

const char *probe_from_name(const struct probe *probe)
{
    return probe->from->name;
}

double probe_milliseconds(const struct probe *probe)
{
    return (double)(probe->answered - probe->round) / (double)MILLISECOND;
}

static int64_t within_of(const struct probe *probe)
{
    return probe->result->test->within * MILLISECOND;
}

/* When this round is over without an answer. */
static int64_t deadline_of(const struct prober *prober, const struct probe *probe)
{
    bool silence = test_is_negative(probe->result->test);
    int64_t time = (silence ? SILENCE_TIME : ANSWER_TIME) * MILLISECOND + prober->slow;
    int64_t end = probe->begun + within_of(probe), answer = probe->round + time;

    return end > answer && !silence ? end : answer;
}

static void close_round(struct prober *prober, struct probe *probe)
{
    enum test_kind kind = probe->result->test->kind;

    if (kind == TEST_TCP || kind == TEST_UDP)
        socket_end(prober, probe);
    else if (kind == TEST_ARP)
        arp_end(probe);
    if (probe->generation == prober->generation && prober->open) {
        prober->open--;
        probe->generation = 0;
    }
}

static void finish(struct prober *prober, struct probe *probe, bool holds)
{
    struct probe_result *result = probe->result;
    double milliseconds = (double)(prober_now() - prober->started) / (double)MILLISECOND;

    probe->state = STATE_OVER;
    probe->holds = holds;
    prober->unfinished--;
    result->failed += !holds;
    if (milliseconds > result->milliseconds)
        result->milliseconds = milliseconds;
}

/* A datagram that must not get there must not, whatever becomes of the answer. */
static bool is_as_expected(const struct probe *probe, enum seen seen)
{
    if (seen == SEEN_UNASKED)
        return false;
    if (test_is_negative(probe->result->test))
        return seen != SEEN_ANSWER && !probe->reached;
    return seen == SEEN_ANSWER;
}

void probe_settle(struct prober *prober, struct probe *probe, enum seen seen)
{
    const struct test *test = probe->result->test;
    bool as_expected = is_as_expected(probe, seen);

    probe->seen = (uint8_t)seen;
    probe->answered = prober_now();
    close_round(prober, probe);
    if (as_expected && test->kind == TEST_PING && ++probe->done < test->body->count) {
        probe->state = STATE_WAITING;
        probe->next = 0;
    } else if (as_expected || probe->answered >= probe->begun + within_of(probe)) {
        finish(prober, probe, as_expected);
    } else {
        probe->done = 0;
        probe->state = STATE_WAITING;
        probe->next = probe->answered + RETRY_TIME * MILLISECOND;
    }
}

void probe_settle_error(struct prober *prober, struct probe *probe, int error)
{
    probe->error = error;
    probe_settle(prober, probe, SEEN_ERROR);
}

void probe_settle_unasked(struct prober *prober, struct probe *probe, int error)
{
    probe->error = error;
    probe_settle(prober, probe, SEEN_UNASKED);
}

void probe_settle_icmp(struct prober *prober, struct probe *probe, const struct ip *by,
                       unsigned type, unsigned code)
{
    probe->by = *by;
    probe->icmp_type = (uint8_t)type;
    probe->icmp_code = (uint8_t)code;
    probe_settle(prober, probe, SEEN_ICMP);
}

/* Asking */

/* Whether it makes entries of neighbours, here or where it goes: who gets an ARP request notes who
   has sent it. */
static bool needs_neighbor(const struct probe *probe)
{
    return probe->result->test->kind != TEST_ROUTE;
}

/* The kernel's table of neighbours is full: others use it, too. It is tried again soon, and does
   not count as asked. */
static void not_sent(struct prober *prober, struct probe *probe)
{
    prober->crowded = true;
    prober->window = prober->window > 2 * WINDOW_MIN ? prober->window / 2 : WINDOW_MIN;
    prober->sent = prober->window;
    probe->tries--;
    probe->next = prober->now + TICK * MILLISECOND;
    if (!probe->tries)
        probe->round = prober->now;
    if (prober->now > probe->begun + within_of(probe) + FULL_TIME * MILLISECOND)
        probe_settle_unasked(prober, probe, ENOBUFS);
}

static int send_one(struct prober *prober, struct probe *probe)
{
    static int (*const sends[TEST_KINDS])(struct prober *, struct probe *) = {
        [TEST_PING] = ping_send, [TEST_TCP] = socket_send,  [TEST_UDP] = socket_send,
        [TEST_ARP] = arp_send,   [TEST_ROUTE] = route_send,
    };
    int r;

    if (needs_neighbor(probe)) {
        prober->sent++;
        prober->last_sent = prober->now;
        if (probe->generation != prober->generation) {
            probe->generation = prober->generation;
            prober->open++;
        }
    }
    r = sends[probe->result->test->kind](prober, probe);
    if (r == -ENOBUFS) {
        not_sent(prober, probe);
        r = 0;
    }
    if (r < 0 && !prober->error)
        prober->error = r;
    return r;
}

static void ask_again(struct prober *prober, struct probe *probe)
{
    int64_t pause = RESEND_TIME << (probe->tries < 4 ? probe->tries : 4);

    if (test_is_negative(probe->result->test) && probe->tries >= SILENCE_TRIES - 1)
        pause = SILENCE_TIME;
    else if (pause > RESEND_MAX)
        pause = RESEND_MAX;
    probe->next = prober->now + pause * MILLISECOND;
    probe->tries++;
    send_one(prober, probe);
}

static void begin_round(struct prober *prober, struct probe *probe)
{
    prober->now = prober_now();
    if (!probe->begun)
        probe->begun = prober->now;
    probe->round = prober->now;
    probe->state = STATE_FLYING;
    probe->tries = 0;
    probe->number = UINT32_MAX;
    probe->arrived = NULL;
    probe->connected = probe->reached = false;
    ask_again(prober, probe);
}

/* With somebody who was not to be there: netlab would have said more. */
static bool is_connected(const struct probe *probe)
{
    return probe->connected && test_is_negative(probe->result->test);
}

/* What a probe that has begun is to do next. */
static void look_at(struct prober *prober, struct probe *probe)
{
    if (probe->state == STATE_FLYING && prober->now >= deadline_of(prober, probe))
        probe_settle(prober, probe, is_connected(probe) ? SEEN_ANSWER : SEEN_NOTHING);
    if (prober->now < probe->next || neighbors_full(prober))
        return;
    if (probe->state == STATE_WAITING)
        begin_round(prober, probe);
    else if (probe->state == STATE_FLYING)
        ask_again(prober, probe);
}

static void look_at_all(struct prober *prober)
{
    size_t left = 0;

    prober->now = prober_now();
    for (size_t i = 0; i < prober->flying_count; i++) {
        struct probe *probe = &prober->probes[prober->flying[i]];

        look_at(prober, probe);
        if (probe->state != STATE_OVER)
            prober->flying[left++] = prober->flying[i];
    }
    prober->flying_count = left;
}

/* Whether another one may begin. */
static bool may_begin(const struct prober *prober)
{
    const struct probe *probe;
    enum test_kind kind;

    if (prober->begun == prober->count || neighbors_full(prober))
        return false;
    probe = &prober->probes[prober->order[prober->begun]];
    kind = probe->result->test->kind;
    return (kind != TEST_TCP && kind != TEST_UDP) || prober->flight_count < prober->flight_max;
}

static void begin_some(struct prober *prober)
{
    for (unsigned i = 0; i < BURST && may_begin(prober) && !prober->error; i++) {
        uint32_t index = prober->order[prober->begun++];

        begin_round(prober, &prober->probes[index]);
        if (prober->probes[index].state != STATE_OVER)
            prober->flying[prober->flying_count++] = index;
    }
}

/* Read what there is; wait for it no longer than that. How many sockets had something, or -errno.
 */
static int listen_to(struct prober *prober, int milliseconds)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(prober->epoll, events, EVENTS_MAX, milliseconds);

    if (count < 0)
        return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        struct watch *watch = events[i].data.ptr;

        /* one that was closed by another's event of this round is of no interest any more */
        if (watch->fd >= 0)
            watch->ready(prober, watch, events[i].events);
    }
    socket_sweep(prober);
    return count;
}

static int run(struct prober *prober)
{
    const volatile sig_atomic_t *cancel = prober->request->cancel;
    int64_t looked = 0;
    int r = 0;

    while (prober->unfinished && r >= 0 && !prober->error) {
        begin_some(prober);
        r = listen_to(prober, may_begin(prober) || !prober->unfinished ? 0 : TICK);
        while (r > 0)
            r = listen_to(prober, 0);
        if (cancel && *cancel)
            r = -ECANCELED;
        if (r == 0 && neighbors_full(prober))
            r = neighbors_clean(prober);
        prober->now = prober_now();
        if (r == 0 && prober->now - looked >= TICK * MILLISECOND) {
            looked = prober->now;
            look_at_all(prober);
        }
    }
    return r < 0 ? r : prober->error;
}

int phase_run(struct prober *prober)
{
    int r;

    prober->flying = arena_array(prober->arena, prober->count, sizeof *prober->flying);
    if (!prober->flying)
        return -ENOMEM;
    prober->unfinished = prober->count;
    prober->flying_count = prober->begun = 0;
    prober->started = prober_now();
    r = neighbors_begin(prober);
    return r < 0 ? r : run(prober);
}

/* Namespaces and sockets in them */

int spot_enter(struct prober *prober, const struct spot *spot)
{
    if (prober->here == spot->channel.netns_fd)
        return 0;
    if (setns(spot->channel.netns_fd, CLONE_NEWNET) < 0)
        return -errno;
    prober->here = spot->channel.netns_fd;
    return 0;
}

int spot_socket(struct prober *prober, const struct spot *spot, int family, int type, int protocol)
{
    int r = spot_enter(prober, spot);
    int fd = r < 0 ? r : socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

    return r == 0 && fd < 0 ? -errno : fd;
}

int prober_watch(struct prober *prober, struct watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    return epoll_ctl(prober->epoll, EPOLL_CTL_ADD, watch->fd, &event) < 0 ? -errno : 0;
}

void watch_close(struct watch *watch)
{
    if (watch->fd >= 0)
        close(watch->fd);
    watch->fd = -1;
}
