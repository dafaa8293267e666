/* SPDX-License-Identifier: MIT */
/*
 * Job: what all test programs share: a main that counts, skipping, sandboxes, running commands,
 * looking at JSON, dumping the machine's whole network state, sockets inside of namespaces.
 * Depends on: check, jansson. Must not know: the library under test.
 *
 * Memory: everything handed out here stays reachable until the test's process ends (check forks
 * one for each test); nothing is to be freed.
 *
 * In the environment of commands: $NETLAB (the command under test), $SOURCE (the source tree),
 * $EXAMPLES, $TMP (an empty directory of this test program's own).
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <check.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The main of a test program */

/*
 * Runs the suites (NULL ends the list), each test in a process of its own; prints what failed and
 * was skipped and a last line of counts. Arguments are patterns (fnmatch) of names of tests, test
 * cases and suites: only those are run; !PATTERN leaves out. CK_RUN_SUITE and CK_RUN_CASE work as
 * well. Where NETLAB_COUNTS names a file, a line `NAME PASSED FAILED SKIPPED` is appended to it;
 * with NETLAB_NAMES=1 a line `# passed NAME:TCASE:TEST` is printed for each. Returns the exit
 * status: 0 only if tests were run and none failed.
 */
int test_main(int argc, char **argv, const char *name, Suite *(*const suites[])(void));

/* check has no way to run a single test by its name: leave out the others here. */
bool test_wanted(const char *name);
Suite *test_suite(const char *name); /* whose tests are added next */
#define suite_create(name) test_suite(name)
TCase *test_tcase(const char *name);
#define tcase_create(name) test_tcase(name)
#undef tcase_add_test
#define tcase_add_test(tcase, test)                                                                \
    (test_wanted((test)->name) ? _tcase_add_test((tcase), (test), 0, 0, 0, 1) : (void)0)
#undef tcase_add_loop_test
#define tcase_add_loop_test(tcase, test, start, end)                                               \
    (test_wanted((test)->name) ? _tcase_add_test((tcase), (test), 0, 0, (start), (end)) : (void)0)

/* Ends the test as failed. */
#define test_fail(...) test_fail_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void test_fail_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What the test is about right now: a prefix for messages, for loops; it may have many lines. */
void test_about(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the test as skipped, for a good reason; with NETLAB_NO_SKIP=1 it has failed. */
_Noreturn void test_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Notes how much was swept, e.g. "answers lost"; in the end there is a line `# SUM
 * WHAT` of each. Tests are processes of their own, so it is kept in $TMP/counts: lines `NUMBER
 * WHAT`.
 */
void test_swept(long number, const char *what);

/* A number from the environment, e.g. how many rounds. */
long env_number(const char *name, long fallback);

/* Sandboxes: for checked fixtures, tcase_add_checked_fixture(tcase, sandbox_enter, NULL) */

/*
 * Network and mount namespaces of one's own; an empty /run, as on a machine that has just been
 * started; lo up. Without root's powers also a user namespace in which we are root.
 */
void sandbox_enter(void);
/* The same, but in a user namespace in any case: its limits (/proc/sys/user) are our own. */
void sandbox_enter_user(void);
/* The same, with all other users in it, if it is root that makes it. */
void sandbox_enter_users(void);

/* Commands */

struct output {
    const char *command;
    int status; /* exit status; 128 + n: killed by signal n */
    const char *out, *err;
    double milliseconds;
};

/* Run by /bin/sh -c. */
struct output sh(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same; the test fails unless the exit status is 0 (or as given). */
#define ok(...) sh_expect(__FILE__, __LINE__, 0, __VA_ARGS__)
#define exits(status, ...) sh_expect(__FILE__, __LINE__, status, __VA_ARGS__)
struct output sh_expect(const char *file, int line, int status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A user who may nothing: to be put before a command. */
#define AS_NOBODY "setpriv --reuid=65534 --regid=65534 --clear-groups "

/* The same in $AS, or (ROOT) nothing. Without root's powers the user is we ourselves. Skips the
   test where users may not make user namespaces. */
enum who { ROOT, USER, WHO };
void run_as(enum who who);
/* The user is somebody else from now on: what is to be put before a command. */
void user_is(const char *as);

/* The output of a command that prints JSON: ip -j, bridge -j, netlab --json. */
#define ip_json(...) json_of_at(__FILE__, __LINE__, __VA_ARGS__)
#define json_of(...) json_of_at(__FILE__, __LINE__, __VA_ARGS__)
json_t *json_of_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Getting at values: a path of keys, indexes and KEY=VALUE (the first element of an array whose
 * KEY is VALUE), with blanks between: "ifname=br0 linkinfo info_data stp_state". NULL, -1, false
 * where there is nothing; numbers and texts are taken for each other.
 */
json_t *json_at(json_t *json, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *json_text(json_t *json, const char *format, ...) __attribute__((format(printf, 2, 3)));
long long json_number(json_t *json, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool json_on(json_t *json, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Whether an array has that string, e.g. "flags" of a link; how many it has (0: no array). */
bool json_has(json_t *array, const char *text);
int json_size(const json_t *array);

/* Texts and files */

const char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Writes a file into $TMP and gives its path. */
const char *file_with(const char *name, const char *content);
/* The content of a file; "" if there is none. */
const char *file_text(const char *path);
/* Fails the test unless the text contains the part. */
#define has(whole, part) has_at(__FILE__, __LINE__, whole, part, true)
#define has_not(whole, part) has_at(__FILE__, __LINE__, whole, part, false)
void has_at(const char *file, int line, const char *whole, const char *part, bool wanted);

/*
 * What README.md says to type for a language, at most ten lines: the file is put into a new
 * directory of $TMP, beside a clone of netlab (its examples), as $AS. Returns the commands.
 */
const char *readme_shows(const char *language, const char *directory);

/* The whole network state */

enum {
    DUMP_NO_RUN = 1, /* without /run/netns, /run/netlab and mounts */
    DUMP_NO_MARKS =
        2, /* without marks of ownership: the group of links, protocols of host objects */
    DUMP_NO_RANDOM = 4, /* random MACs and what follows from them in one form */
    DUMP_NO_INDEX =
        8, /* without numbers that what is made gets: of interfaces, ports, namespaces */
    DUMP_NO_TRACES = 16, /* without what the kernel keeps of a state that was: link-local addresses,
                            multicast groups, the queue of a device that was up once, STP's
                            ageing time */
    /* For two ways of building the same network. */
    DUMP_NETWORK = DUMP_NO_RUN | DUMP_NO_MARKS | DUMP_NO_RANDOM,
};

/*
 * Everything the kernel shows of the current network namespace and of those named in /run/netns
 * (links, addresses, routes and rules of IPv4 and IPv6, permanent neighbours, bridges with their
 * ports, VLANs and permanent entries, sysctls), names, files, mounts: one sorted text, a line a
 * fact. What moves by itself (timers, statistics) is left out; waits until nothing moves.
 */
const char *dump_all(unsigned flags);

/* From now on it shows rulesets of nftables, too: that takes a command more a namespace. */
void dump_nftables(void);

/* For DUMP_NO_RANDOM: this MAC is random, although the kernel was given it. */
void dump_as_random(const char *mac);

/* Fails the test with a diff unless both texts are the same. */
#define same(before, after) same_at(__FILE__, __LINE__, before, after)
void same_at(const char *file, int line, const char *before, const char *after);

/* Traffic: ns is a name of /run/netns, or NULL for the current namespace */

int ns_enter(const char *ns); /* gives a descriptor for the way back */
void ns_leave(int back);
/* What a command says there, on both outputs, to that input: without a shell. */
const char *ns_run(const char *ns, const char *input, const char *const argv[]);
int ns_socket(const char *ns, int domain, int type);
/* The inode number of its network namespace: what /proc/PID/ns/net shows. */
unsigned long ns_inode(const char *ns);

/* One packet, and an answer, however slow the machine is; none, where there must not be any; and
   sooner or later, where nobody has waited for the network to be ready. */
bool ping(const char *ns, const char *address);
bool no_ping(const char *ns, const char *address);
bool ping_soon(const char *ns, const char *address);
/* One datagram from here to there, without a second try; IPv4 or IPv6. */
bool udp_once(const char *from, const char *to, const char *address, int milliseconds);
/*
 * A connection that stays: ends are that of the client, from an address of its own (or NULL), and
 * that of the server. Pass: five bytes from one to the other.
 */
bool tcp_open(const char *from, const char *source, const char *to, const char *address, int port,
              int milliseconds, int ret_ends[2]);
bool tcp_pass(int from, int to, int milliseconds);
void tcp_abort(const int ends[2]); /* closes both; nothing of it is left in the kernel */
/* Connect, send, get it back. */
bool tcp_echo(const char *from, const char *to, const char *address, int port, int milliseconds);
/* Connect to an address that leads to a listener elsewhere, and pass five bytes. */
bool tcp_forwarded(const char *from, const char *address, int port, const char *to,
                   const char *listener, int listener_port, int milliseconds);

#endif
