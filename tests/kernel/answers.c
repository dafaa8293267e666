/* SPDX-License-Identifier: MIT */
/*
 * Job: the kernel's answers get lost (ENOBUFS) or are too long for us, or its dumps are interrupted
 * by changes, or pass over something; notifications come that nobody has room for.
 * NETLAB_FAULTS: how many answers of each `up` get lost (4 … times 4), evenly spread.
 *
 * The library runs in this process; linking wraps recvfrom() and setsockopt().
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlab/netlab.h>

#include "answers.h"
#include "between.h"

void (*answer_hook)(void *buffer, ssize_t size);

static enum {
    UNTOUCHED,
    EACH_DUMP_ONCE, /* … is interrupted */
    ALWAYS,
} interrupt;
static size_t received, lose_at, cut_at; /* 0: none is */

/* The dump that was interrupted last. */
static int last_fd;
static uint32_t last_sequence;
static bool was_interrupted;

ssize_t __real_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                        socklen_t *address_size);
ssize_t __wrap_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                        socklen_t *address_size);

/* Sockets that notifications come to are full with one or two. */
static bool small_rooms;

int __real_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size);

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    const int least = 1;

    if (small_rooms && level == SOL_NETLINK && option == NETLINK_ADD_MEMBERSHIP)
        (void)__real_setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
    return __real_setsockopt(fd, level, option, value, size);
}

/* A dump that is asked for again has another sequence number. */
static bool is_to_be_interrupted(int fd, const struct nlmsghdr *message)
{
    if (interrupt == ALWAYS)
        return true;
    if (fd != last_fd || message->nlmsg_seq != last_sequence) {
        was_interrupted = !was_interrupted;
        last_fd = fd;
        last_sequence = message->nlmsg_seq;
    }
    return was_interrupted;
}

ssize_t __wrap_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                        socklen_t *address_size)
{
    struct nlmsghdr *message = buffer;
    ssize_t got;

    received++;
    if (received == lose_at) {
        errno = ENOBUFS;
        return -1;
    }
    got = __real_recvfrom(fd, buffer, size, flags, address, address_size);
    if (answer_hook)
        answer_hook(buffer, got);
    if (received == cut_at && flags & MSG_TRUNC && got >= 0)
        return (ssize_t)size + 1; /* of which only `size` are there */
    for (ssize_t left = got; interrupt && NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left))
        if (message->nlmsg_flags & NLM_F_MULTI && is_to_be_interrupted(fd, message))
            message->nlmsg_flags |= NLM_F_DUMP_INTR;
    return got;
}

static const char *rich_file(const char *yaml)
{
    return file_with("rich.yaml", yaml);
}

static int up(const char *file, struct netlab_report *report)
{
    struct netlab_lab *lab = NULL;
    int r;

    ck_assert_int_eq(netlab_load_file(file, &lab, report), 0);
    received = 0;
    r = netlab_up(lab, NULL, NULL, report);
    netlab_lab_free(lab);
    return r;
}

static const char *dumped(void)
{
    static const char *const names[] = {"rich", NULL};
    char *content = NULL;
    size_t size;
    FILE *out = open_memstream(&content, &size);
    const char *result;

    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(netlab_dump(names, out, NULL), 0);
    fclose(out);
    result = text("%s", content);
    free(content);
    return result;
}

/* What came before the interruption is forgotten. */
START_TEST (test_dumps_are_interrupted) {
    const char *file = rich_file(rich_before), *nothing, *whole, *after;

    make_foreign();
    nothing = dump_all(0);
    rich_file(rich_after);
    ok("$NETLAB up %s", file);
    after = dump_all(DUMP_ANEW);
    ok("$NETLAB down rich");
    rich_file(rich_before);
    ok("$NETLAB up %s", file);
    whole = dumped();

    interrupt = EACH_DUMP_ONCE;
    ck_assert_str_eq(dumped(), whole);
    rich_file(rich_after);
    ck_assert_int_eq(up(file, NULL), 0);
    interrupt = UNTOUCHED;
    ck_assert_uint_gt(received, 20);
    same(after, dump_all(DUMP_ANEW));
    is_right(file, 0);
    ok("$NETLAB down rich");
    same(nothing, dump_all(0));
}
END_TEST

START_TEST (test_dumps_are_interrupted_for_ever) {
    struct netlab_report *report = netlab_report_new();
    const char *file = rich_file(rich_before), *before;

    ok("$NETLAB up %s", file);
    before = dump_all(0);
    rich_file(rich_after);
    interrupt = ALWAYS;
    ck_assert_int_lt(up(file, report), 0);
    interrupt = UNTOUCHED;
    ck_assert_uint_eq(netlab_report_count(report, NETLAB_ERROR), 1);
    has(netlab_report_get(report, 0)->message, "cannot see what is in namespace");
    netlab_report_free(report);
    same(before, dump_all(0));
    ok("$NETLAB down rich");
}
END_TEST

/* Whether an `up` fails, with just that. */
static bool fails_with(int error, const char *file)
{
    struct netlab_report *report = netlab_report_new();
    int r = up(file, report);

    lose_at = cut_at = 0;
    if (r != 0 && (r != -error || netlab_report_count(report, NETLAB_ERROR) != 1)) {
        netlab_report_print(report, stderr, NETLAB_REPORT_TEXT);
        test_fail("up returned %d with %zu errors", r, netlab_report_count(report, NETLAB_ERROR));
    }
    if (r != 0)
        has(netlab_report_get(report, 0)->message, strerror(error));
    netlab_report_free(report);
    return r != 0;
}

/* Whether an `up` failed since an answer was lost. */
static bool fails_without(size_t answer, const char *file)
{
    lose_at = answer;
    return fails_with(ENOBUFS, file);
}

/* An `up` whose answers get lost says so; all is as before then. back: goes there otherwise. */
static void lose_answers(const char *file, const char *before, unsigned flags, size_t answers,
                         void (*back)(const char *file))
{
    size_t places = 4 * (size_t)env_number("NETLAB_FAULTS", 4), failed = 0;

    ck_assert_uint_gt(answers, 3);
    for (size_t i = 0; i < places; i++) {
        size_t answer = 1 + i * (answers - 1) / (places - 1);

        test_about("answer %zu of %zu", answer, answers);
        if (fails_without(answer, file))
            failed++;
        else
            back(file);
        same(before, dump_all(flags));
    }
    ck_assert_uint_ge(failed, places / 2);
    test_swept((long)places, "answers of the kernel lost, one in each up");
    test_swept((long)failed, "times up was taken back for one");
}

static void down(const char *file)
{
    ok("$NETLAB down %s", file);
}

static void back_to_before(const char *file)
{
    rich_file(rich_before);
    ok("$NETLAB up %s", file);
    rich_file(rich_after);
}

START_TEST (test_answers_to_a_fresh_up_are_lost) {
    const char *file = rich_file(rich_before), *nothing;
    size_t answers;

    make_foreign();
    nothing = dump_all(0);
    ck_assert_int_eq(up(file, NULL), 0);
    answers = received;
    ok("$NETLAB down rich");
    lose_answers(file, nothing, 0, answers, down);
}
END_TEST

START_TEST (test_answers_to_a_change_are_lost) {
    const char *file = rich_file(rich_before), *nothing, *before;
    size_t answers;

    make_foreign();
    nothing = dump_all(0);
    ok("$NETLAB up %s", file);
    before = dump_all(DUMP_ANEW);
    rich_file(rich_after);
    ck_assert_int_eq(up(file, NULL), 0);
    answers = received;
    rich_file(rich_before);
    ck_assert_int_eq(up(file, NULL), 0);
    same(before, dump_all(DUMP_ANEW));
    rich_file(rich_after);
    lose_answers(file, before, DUMP_ANEW, answers, back_to_before);
    ok("$NETLAB down rich");
    same(nothing, dump_all(0));
}
END_TEST

/* No matter which: what we don't have of it may be what we need. */
START_TEST (test_answers_are_too_long) {
    const char *file = rich_file(rich_before), *before;
    size_t answers;

    make_foreign();
    ok("$NETLAB up %s", file);
    before = dump_all(DUMP_ANEW);
    ck_assert_int_eq(up(file, NULL), 0); /* which only looks */
    answers = received;
    ck_assert_uint_gt(answers, 10);
    for (cut_at = 1; cut_at <= answers; cut_at += 1 + answers / 16) {
        size_t at = cut_at;

        test_about("answer %zu of %zu", at, answers);
        ck_assert(fails_with(EMSGSIZE, file));
        cut_at = at;
        same(before, dump_all(DUMP_ANEW));
    }
    cut_at = 0;
    is_right(file, 0);
    rich_file(rich_after);
    ck_assert_int_eq(up(file, NULL), 0);
    answers = received;
    rich_file(rich_before);
    ck_assert_int_eq(up(file, NULL), 0);
    rich_file(rich_after);
    cut_at = answers / 2;
    ck_assert(fails_with(EMSGSIZE, file));
    rich_file(rich_before);
    is_right(file, 0);
    ok("$NETLAB down rich");
}
END_TEST

/* What else comes meanwhile takes the room of no answer. */
START_TEST (test_many_notifications) {
    const char *links = "", *before = dump_all(0), *file;

    for (int i = 0; i < 24; i++)
        links = text("%s  - [h:e%d, sw:br0]\n", links, i);
    file =
        file_with("many.yaml",
                  text("namespaces:\n"
                       "  h:\n"
                       "  sw: {interfaces: {br0: {type: bridge, stp: true, forward-delay: 2s}}}\n"
                       "links:\n%s",
                       links));
    small_rooms = true;
    ck_assert_int_eq(up(file, NULL), 0);
    small_rooms = false;
    ck_assert_str_eq(sh("bridge -n sw link | grep -c 'state forwarding'").out, "24\n");
    ok("$NETLAB diff %s && $NETLAB down %s", file, file);
    same(before, dump_all(0));
}
END_TEST

static int left_out; /* routes of the lab's that the kernel has left out so far */

/* One in the first walk through the IPv6 routes, as if others had come and gone meanwhile. */
static void leave_out(void *buffer, ssize_t size)
{
    struct nlmsghdr *message = buffer;

    for (ssize_t left = size; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
        const struct rtmsg *route = NLMSG_DATA(message);

        if (message->nlmsg_type == RTM_NEWROUTE && route->rtm_family == AF_INET6 &&
            route->rtm_dst_len == 77 && !left_out++)
            message->nlmsg_type = NLMSG_NOOP;
    }
}

/* So many routes that they come in pieces, between which others come and go. */
START_TEST (test_routes_are_left_out) {
    const char *routes = "", *file;
    struct netlab_result result = {0};
    struct netlab_lab *lab = NULL;

    for (int i = 0; i < 600; i++)
        routes = text("%s      - {to: 'fd00:%x::/64', via: 'fd00::2'}\n", routes, i + 1);
    file = file_with("routes.yaml", text("namespaces:\n"
                                         "  a:\n"
                                         "    interfaces: {eth0: {addresses: ['fd00::1/64']}}\n"
                                         "    routes:\n%s"
                                         "      - {to: 'fd07:1:1:1:8::/77', via: 'fd00::2'}\n"
                                         "  b: {interfaces: {eth0: {addresses: ['fd00::2/64']}}}\n"
                                         "links: [[a:eth0, b:eth0]]\n",
                                         routes));
    ok("$NETLAB up %s", file);
    answer_hook = leave_out;
    ck_assert_int_eq(netlab_load_file(file, &lab, NULL), 0);
    ck_assert_int_eq(netlab_up(lab, NULL, &result, NULL), 0);
    answer_hook = NULL;
    ck_assert_int_gt(left_out, 1);
    ck_assert_uint_eq(result.steps, 0);
    netlab_lab_free(lab);
    ok("$NETLAB down %s", file);
}
END_TEST

static Suite *answers_suite(void)
{
    Suite *suite = suite_create("answers");
    TCase *tcase = tcase_create("answers");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 120 + 30 * (double)env_number("NETLAB_FAULTS", 4));
    tcase_add_test(tcase, test_dumps_are_interrupted);
    tcase_add_test(tcase, test_dumps_are_interrupted_for_ever);
    tcase_add_test(tcase, test_answers_to_a_fresh_up_are_lost);
    tcase_add_test(tcase, test_answers_to_a_change_are_lost);
    tcase_add_test(tcase, test_answers_are_too_long);
    tcase_add_test(tcase, test_many_notifications);
    tcase_add_test(tcase, test_routes_are_left_out);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {answers_suite, lacks_suite, NULL};

    return test_main(argc, argv, "answers", suites);
}
