/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of a lab as plain structs: what must hold once it is up.
 * Depends on: base, lab. Must not know: YAML, sockets.
 *
 * All kinds of tests share one struct; each kind's table says which of its fields that kind has.
 */
#ifndef NETLAB_MODEL_TEST_H
#define NETLAB_MODEL_TEST_H

#include "model/ip.h"
#include "model/lab.h"

enum {
    TEST_PAIRS_MAX = 1000 * 1000,     /* of one test */
    TEST_WITHIN_MAX = 60 * 60 * 1000, /* milliseconds */
    TEST_PING_MAX = 65535 - 20 - 8,   /* payload of the longest IPv4 packet */
    TEST_PING_SIZE = 56,              /* payload, as ping(8) has it */
};

/* The kinds; each is the index of its field in a test, too. */
enum test_kind {
    TEST_PING,
    TEST_TCP,
    TEST_UDP,
    TEST_ARP,
    TEST_ROUTE,
    TEST_EXEC,
    TEST_KINDS,
};

enum test_field { TEST_NAME = TEST_KINDS, TEST_WITHIN, TEST_FIELDS };

/* What stands in the lists of a test: namespaces, addresses, with ports where that makes sense. */
struct place {
    struct object o; /* parent: the body */
    const char *text;
    /* resolved: all, host, a namespace (host too, where the file has it), or an address */
    bool all, host;
    struct netns *netns;
    struct ip ip;
    uint16_t port; /* 0: none */
};

enum place_field { PLACE_TEXT, PLACE_FIELDS };

/* Those that several kinds have stand first and have the same number in all of them. */
enum body_field {
    BODY_FROM, /* or `in` */
    BODY_TO,
    BODY_EXPECT,
    BODY_COMMON,
    PING_SOURCE = BODY_COMMON,
    PING_DEV,
    PING_COUNT,
    PING_SIZE,
    PING_FAMILY,
    PING_FIELDS,
    SOCKET_LISTEN = BODY_COMMON,
    SOCKET_FAMILY,
    SOCKET_FIELDS,
    ARP_DEV = BODY_COMMON,
    ARP_FIELDS,
    FIB_DEV = BODY_COMMON,
    FIB_VIA,
    FIB_SRC,
    FIB_TABLE,
    FIB_TYPE,
    FIB_FROM,
    FIB_IIF,
    FIB_FWMARK,
    FIB_VRF,
    FIB_FIELDS,
    EXEC_RUN = BODY_FROM + 1,
    EXEC_STATUS,
    EXEC_OUTPUT,
    EXEC_FIELDS,
};

enum expect { EXPECT_OK, EXPECT_FAIL };

struct test_body {
    struct object o; /* parent: the test */
    struct list from, to, listen;
    uint32_t expect; /* enum expect */
    uint32_t family; /* AF_…; 0: any */
    struct ifref dev;
    /* ping */
    struct ip source;
    uint32_t count, size;
    /* route */
    struct ip via, src, asker;
    uint32_t table, type;
    const char *vrf_table; /* `table` as the name of a vrf */
    struct ifref iif, vrf;
    struct fwmark fwmark;
    /* exec */
    struct list run; /* struct argument */
    uint32_t status;
    const char *output;
};

struct test {
    struct object o; /* parent: the lab */
    struct test_body *bodies[TEST_KINDS];
    const char *name; /* NULL: none */
    uint32_t within;  /* milliseconds; 0: not given */
    /* resolved */
    enum test_kind kind;
    struct test_body *body;
};

extern const struct table table_place, table_ping, table_tcp, table_udp, table_arp, table_fib,
    table_exec;

/* "ping", … */
const char *test_kind_word(enum test_kind kind);

/* A text for people, of a test without a name as well; cut where it gets long. Returns it. */
enum { TEST_TEXT = 120 };
const char *test_text(const struct test *test, char text[TEST_TEXT]);

/* Whether a test must not succeed. */
static inline bool test_is_negative(const struct test *test)
{
    return test->kind != TEST_EXEC && test->body->expect == EXPECT_FAIL;
}

/*
 * One question of a test: may this namespace reach this address? For `exec` the address is none.
 */
struct pair {
    const struct netns *from; /* NULL: `host`, which the file does not have */
    const struct netns *to;   /* whose address it is; NULL: the address was written itself */
    struct ip ip;
    uint16_t port;
};

/*
 * Calls found() for each pair of a test, row by row (by `from`), until that returns something else
 * than 0, which is returned. A namespace's name stands for its declared addresses that others can
 * reach it by; not for itself, unless it is the only one on both sides.
 */
typedef int pair_fn(const struct pair *pair, void *userdata);
int test_pairs(const struct netlab_lab *lab, const struct test *test, pair_fn *found,
               void *userdata);

/* Whether others can reach a namespace by an address of its: none of loopback, of a link only. */
bool address_is_target(const struct address *address);

#endif
