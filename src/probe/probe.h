/* SPDX-License-Identifier: MIT */
/*
 * Job: ask the tests of a lab: pings, connections, datagrams, ARP, routes by the hundred from one
 * thread, through sockets that are opened in the namespaces; commands one by one.
 * Depends on: base, model, kernel (channels). Must not know: which labs are up, how results are
 * written, YAML.
 *
 * Tests are asked in phases: a command has a phase of its own, and so have those that connect to
 * what is there (no `listen`) and those that netlab listens for; neighbours of one phase are asked
 * at once. A matrix in which everything fails takes as long as one ping that does.
 */
#ifndef NETLAB_PROBE_PROBE_H
#define NETLAB_PROBE_PROBE_H

#include <signal.h>

#include "model/test.h"

struct arena;
struct netlab_report;

enum seen {
    SEEN_NOTHING, /* no answer in time */
    SEEN_ANSWER,  /* what was asked for: an echo, a connection, a neighbour, a route */
    SEEN_OTHER,   /* an answer, but another one: `text` has it */
    SEEN_ICMP,    /* an error message: icmp_type, icmp_code, by */
    SEEN_REFUSED, /* nobody listens there */
    SEEN_ERROR,   /* the kernel refused to send: error */
    SEEN_UNASKED, /* it could not be asked, which is never as expected: error */
};

enum {
    PROBE_WHY = 320,     /* bytes of a text that says what was seen */
    PROBE_TOLD_MAX = 20, /* failures of one test that have one */
};

/* One pair of a test, and what became of it. */
struct probe {
    struct probe_result *result;
    struct spot *from;
    const struct netns *to; /* whose address it is; NULL: the address was written itself */
    struct ip ip;
    uint16_t port;
    bool holds;   /* it is as expected */
    uint8_t seen; /* enum seen */
    uint8_t icmp_type, icmp_code;
    struct ip by;
    int error;
    const char *why; /* what was seen, in words, for the first that failed; else NULL */
    /* on the way */
    uint8_t state;
    uint8_t tries;       /* in this round */
    uint16_t done;       /* exchanges that are over */
    uint32_t number;     /* of this exchange, in its namespace */
    uint32_t generation; /* of the neighbours that it has used */
    int64_t begun, round, next, answered;
    struct flight *flight;      /* its own socket; NULL: none */
    bool connected;             /* TCP: with somebody */
    bool reached;               /* UDP: it came out where it was to be listened for */
    const struct spot *arrived; /* where a datagram of its came out */
};

/* What became of one test. */
struct probe_result {
    const struct test *test;
    struct probe *probes; /* row by row; none of `exec` */
    size_t count, failed; /* probes, or runs of a command */
    bool holds;
    double milliseconds;
    /* of `exec`: the first run that was not as expected, or the last one */
    const char *where, *why; /* NULL: it holds */
};

/* "left", "host" */
const char *probe_from_name(const struct probe *probe);

/* Its last answer took so long. */
double probe_milliseconds(const struct probe *probe);

/* How a child gets into a namespace, where it becomes a command. */
struct way {
    char **environment; /* the command's */
    void *entrance;     /* find_way()'s own */
};

struct probe_request {
    const struct netlab_lab *lab;
    const int *fds;                      /* [netns.index] of the namespaces; -1: not needed */
    int host;                            /* the one that netlab runs in */
    const volatile sig_atomic_t *cancel; /* or NULL */
    /* Before a child is forked off a program that may have threads: all that takes memory. arena:
       for it. 0 or -errno, reported. */
    int (*find_way)(const char *lab, const char *netns, struct arena *arena, struct way *ret_way,
                    struct netlab_report *report);
    /* In the child: go there. 0 or a negative errno, which was said on standard error. */
    int (*enter)(const struct way *way);
    void (*forget_way)(struct way *way);
    /* Called for every test, in the order of the file, when its phase is over. */
    void (*told)(const struct probe_result *result, void *userdata);
    void *userdata;
};

/* Ask all tests of a lab. 0, whatever was seen; -ECANCELED; or a negative errno, reported. */
int probe_run(const struct probe_request *request, struct netlab_report *report);

/* Calls found() with the names of the namespaces that the tests need; NULL: the host's. */
typedef void probe_need_fn(const struct netns *netns, const struct test *test, void *userdata);
void probe_needs(const struct netlab_lab *lab, probe_need_fn *found, void *userdata);

#endif
