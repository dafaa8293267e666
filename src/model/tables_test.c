/* SPDX-License-Identifier: MIT */
/*
 * Job: the words of tests; see tables.c.
 */
#include <limits.h>
#include <sys/socket.h>

#include "model/test.h"

static const struct choice choices_expect[] = {{"ok", EXPECT_OK}, {"fail", EXPECT_FAIL}, {NULL, 0}};

static const struct field place_fields[] = {[PLACE_TEXT] = {.key = "place",
                                                            .type = FIELD_VALUE,
                                                            AT(place, text),
                                                            .flags = FIELD_REQUIRED,
                                                            .doc = "A namespace or address."}};

const struct table table_place = {.name = "place",
                                  .size = sizeof(struct place),
                                  .fields = place_fields,
                                  .field_count = COUNT(place_fields),
                                  .scalar = PLACE_TEXT,
                                  .doc = "A namespace or address."};

#define PLACES(word, list, text)                                                                   \
    {                                                                                              \
        .key = word, .type = FIELD_LIST, AT(test_body, list), .table = &table_place,               \
        .flags = FIELD_REQUIRED | FIELD_LONE_OK, .doc = text                                       \
    }

#define FROM PLACES("from", from, "Who asks: namespaces, `host`, or `all` that have an address.")
#define IN PLACES("in", from, "Where: namespaces, `host`, or `all` that netlab makes.")
#define EXPECT(text)                                                                               \
    {                                                                                              \
        .key = "expect", .type = FIELD_ENUM, AT(test_body, expect), .choices = choices_expect,     \
        .fallback = "ok", .doc = text                                                              \
    }
#define FAMILY                                                                                     \
    {                                                                                              \
        .key = "family", .type = FIELD_ENUM, AT(test_body, family), .choices = choices_family,     \
        .fallback = "both", .doc = "Only addresses of it."                                         \
    }
#define DEV(text)                                                                                  \
    {                                                                                              \
        .key = "dev", .type = FIELD_IFREF, AT(test_body, dev), .doc = text                         \
    }

static const struct habit from_habits[] = {
    {"in", "it is called 'from'"},
    {"source-namespace", "it is called 'from'"},
    {"src", "it is called 'from'"},
    {"dst", "it is called 'to'"},
    {"destination", "it is called 'to'"},
    {"host", "it is called 'to'"},
    {"interface", "it is called 'dev'"},
    {"timeout", "'within' stands beside the kind of test"},
    {"within", "it stands beside 'ping:' and the like, not in it"},
    {"name", "it stands beside 'ping:' and the like, not in it"},
    {"fail", "write 'expect: fail'"},
    {NULL, NULL}};

static const struct habit in_habits[] = {{"from", "it is called 'in'"},
                                         {"expect", "what it must exit with is called 'status'"},
                                         {"command", "it is called 'run'"},
                                         {"cmd", "it is called 'run'"},
                                         {"stdout", "it is called 'output'"},
                                         {"exit", "it is called 'status'"},
                                         {"timeout", "'within' stands beside the kind of test"},
                                         {"within", "it stands beside 'exec:', not in it"},
                                         {"name", "it stands beside 'exec:', not in it"},
                                         {NULL, NULL}};

static const struct field ping_fields[] = {
    [BODY_FROM] = FROM,
    [BODY_TO] = PLACES("to", to,
                       "Whom: addresses, namespaces (that is, all of their addresses), or `all`."),
    [BODY_EXPECT] = EXPECT("`fail`: none of them may be answered."),
    [PING_SOURCE] = {.key = "source",
                     .type = FIELD_IP,
                     AT(test_body, source),
                     .fallback = "that of the route",
                     .doc = "The source address."},
    [PING_DEV] = DEV("The interface that it leaves by, whatever the routes say."),
    [PING_COUNT] = {.key = "count",
                    .type = FIELD_UINT,
                    AT(test_body, count),
                    .min = 1,
                    .max = 1000,
                    .fallback = "1",
                    .doc = "How many requests, one after the other; all must be answered."},
    [PING_SIZE] = {.key = "size",
                   .type = FIELD_UINT,
                   AT(test_body, size),
                   .max = TEST_PING_MAX,
                   .fallback = "56",
                   .doc = "Bytes of payload."},
    [PING_FAMILY] = FAMILY,
};

const struct table table_ping = {.name = "ping",
                                 .size = sizeof(struct test_body),
                                 .fields = ping_fields,
                                 .field_count = COUNT(ping_fields),
                                 .scalar = -1,
                                 .habits = from_habits,
                                 .doc = "ICMP echo, IPv4 and IPv6. A request that gets lost is "
                                        "sent again."};

static const struct field tcp_fields[] = {
    [BODY_FROM] = FROM,
    [BODY_TO] = PLACES("to", to, "Whom: `IP:PORT`, `[IPV6]:PORT`, `NAMESPACE:PORT`, `all:PORT`."),
    [BODY_EXPECT] = EXPECT("`fail`: no connection may come about."),
    [SOCKET_LISTEN] = {.key = "listen",
                       .type = FIELD_LIST,
                       AT(test_body, listen),
                       .table = &table_place,
                       .flags = FIELD_LONE_OK,
                       .fallback = "nobody: a service must be there",
                       .doc = "Namespaces in which netlab listens meanwhile, on the port of `to` "
                              "or on their own (`NAMESPACE:PORT`): one of them must be the one "
                              "that answers. A service that has the port already is left to "
                              "answer itself."},
    [SOCKET_FAMILY] = FAMILY,
};

const struct table table_tcp = {.name = "tcp",
                                .size = sizeof(struct test_body),
                                .fields = tcp_fields,
                                .field_count = COUNT(tcp_fields),
                                .scalar = -1,
                                .habits = from_habits,
                                .doc = "A TCP connection."};

static const struct field udp_fields[] = {
    [BODY_FROM] = FROM,
    [BODY_TO] = PLACES("to", to, "Whom: `IP:PORT`, `[IPV6]:PORT`, `NAMESPACE:PORT`, `all:PORT`."),
    [BODY_EXPECT] = EXPECT("`fail`: it may not get to where netlab listens, and no "
                           "answer may come."),
    [SOCKET_LISTEN] = {.key = "listen",
                       .type = FIELD_LIST,
                       AT(test_body, listen),
                       .table = &table_place,
                       .flags = FIELD_REQUIRED | FIELD_LONE_OK,
                       .doc = "Namespaces in which netlab listens meanwhile, as for "
                              "[tcp](#tcp)."},
    [SOCKET_FAMILY] = FAMILY,
};

const struct table table_udp = {.name = "udp",
                                .size = sizeof(struct test_body),
                                .fields = udp_fields,
                                .field_count = COUNT(udp_fields),
                                .scalar = -1,
                                .habits = from_habits,
                                .doc = "A datagram there and one back. One that gets lost is sent "
                                       "again."};

static const struct field arp_fields[] = {
    [BODY_FROM] = FROM,
    [BODY_TO] = PLACES("to", to, "Whom: IPv4 addresses, namespaces, or `all`."),
    [BODY_EXPECT] = EXPECT("`fail`: nobody may answer."),
    [ARP_DEV] = {.key = "dev",
                 .type = FIELD_IFREF,
                 AT(test_body, dev),
                 .fallback = "that of the route to the address",
                 .doc = "The interface to ask on."},
};

const struct table table_arp = {.name = "arp",
                                .size = sizeof(struct test_body),
                                .fields = arp_fields,
                                .field_count = COUNT(arp_fields),
                                .scalar = -1,
                                .habits = from_habits,
                                .doc = "An ARP request, on layer 2: whether a neighbour has the "
                                       "address."};

static const struct field fib_fields[] = {
    [BODY_FROM] = IN,
    [BODY_TO] = PLACES("to", to, "Where to: addresses, namespaces, or `all`."),
    [BODY_EXPECT] = EXPECT("`fail`: there must be no such route."),
    [FIB_DEV] = DEV("The interface that it leaves by."),
    [FIB_VIA] = {.key = "via",
                 .type = FIELD_IP,
                 AT(test_body, via),
                 .flags = FIELD_NONE_OK,
                 .doc = "The gateway; `none`: there is none."},
    [FIB_SRC] = {.key = "src",
                 .type = FIELD_IP,
                 AT(test_body, src),
                 .doc = "The source address that is taken."},
    [FIB_TABLE] = {.key = "table",
                   .type = FIELD_UINT,
                   AT(test_body, table),
                   .vrf = offsetof(struct test_body, vrf_table),
                   .min = 1,
                   .max = UINT32_MAX,
                   .choices = choices_table,
                   .doc = "The routing table that it is in."},
    [FIB_TYPE] = {.key = "type",
                  .type = FIELD_ENUM,
                  AT(test_body, type),
                  .choices = choices_route_type,
                  .fallback = "unicast or local",
                  .doc = "What becomes of the packets."},
    [FIB_FROM] = {.key = "from",
                  .type = FIELD_IP,
                  AT(test_body, asker),
                  .doc =
                      "Packets from this address: one of the namespace's own, or with `iif` any."},
    [FIB_IIF] = {.key = "iif",
                 .type = FIELD_IFREF,
                 AT(test_body, iif),
                 .doc = "Packets that came in by this interface, and `from`."},
    [FIB_FWMARK] = {.key = "fwmark",
                    .type = FIELD_FWMARK,
                    AT(test_body, fwmark),
                    .doc = "Packets with this firewall mark."},
    [FIB_VRF] = {.key = "vrf",
                 .type = FIELD_IFREF,
                 AT(test_body, vrf),
                 .doc = "Packets of this vrf."},
};

static const struct habit fib_habits[] = {{"gateway", "it is called 'via'"},
                                          {"gw", "it is called 'via'"},
                                          {"interface", "it is called 'dev'"},
                                          {"source", "it is called 'src'"},
                                          {"mark", "it is called 'fwmark'"},
                                          {"within", "it stands beside 'route:', not in it"},
                                          {"name", "it stands beside 'route:', not in it"},
                                          {NULL, NULL}};

const struct table table_fib = {.name = "route test",
                                .size = sizeof(struct test_body),
                                .fields = fib_fields,
                                .field_count = COUNT(fib_fields),
                                .scalar = -1,
                                .habits = fib_habits,
                                .doc = "The route that the kernel takes, as `ip route get` tells."};

static const struct field exec_fields[] = {
    [BODY_FROM] = IN,
    [EXEC_RUN] = {.key = "run",
                  .type = FIELD_LIST,
                  AT(test_body, run),
                  .table = &table_argument,
                  .flags = FIELD_REQUIRED | FIELD_LONE_OK,
                  .doc = "What is run: a line for `/bin/sh -c`, or a list, the program and its "
                         "arguments."},
    [EXEC_STATUS] = {.key = "status",
                     .type = FIELD_UINT,
                     AT(test_body, status),
                     .max = 255,
                     .fallback = "0",
                     .doc = "What it exits with; 128 + N: killed by signal N."},
    [EXEC_OUTPUT] = {.key = "output",
                     .type = FIELD_VALUE,
                     AT(test_body, output),
                     .doc = "A part of its standard output."},
};

const struct table table_exec = {.name = "exec",
                                 .size = sizeof(struct test_body),
                                 .fields = exec_fields,
                                 .field_count = COUNT(exec_fields),
                                 .scalar = -1,
                                 .habits = in_habits,
                                 .doc = "A command, run as `netlab exec` does."};

static const struct field test_fields[] = {
    [TEST_PING] = {.key = "ping",
                   .type = FIELD_OBJECT,
                   AT(test, bodies[TEST_PING]),
                   .table = &table_ping,
                   .doc = "Addresses are pinged."},
    [TEST_TCP] = {.key = "tcp",
                  .type = FIELD_OBJECT,
                  AT(test, bodies[TEST_TCP]),
                  .table = &table_tcp,
                  .doc = "Connections are made."},
    [TEST_UDP] = {.key = "udp",
                  .type = FIELD_OBJECT,
                  AT(test, bodies[TEST_UDP]),
                  .table = &table_udp,
                  .doc = "Datagrams go there and back."},
    [TEST_ARP] = {.key = "arp",
                  .type = FIELD_OBJECT,
                  AT(test, bodies[TEST_ARP]),
                  .table = &table_arp,
                  .doc = "Neighbours are asked for."},
    [TEST_ROUTE] = {.key = "route",
                    .type = FIELD_OBJECT,
                    AT(test, bodies[TEST_ROUTE]),
                    .table = &table_fib,
                    .doc = "Routes are looked up."},
    [TEST_EXEC] = {.key = "exec",
                   .type = FIELD_OBJECT,
                   AT(test, bodies[TEST_EXEC]),
                   .table = &table_exec,
                   .doc = "A command is run."},
    [TEST_NAME] = {.key = "name",
                   .type = FIELD_STRING,
                   AT(test, name),
                   .max = 100,
                   .fallback = "what it does, in words",
                   .doc = "What it is called in the results."},
    [TEST_WITHIN] = {.key = "within",
                     .type = FIELD_DURATION,
                     AT(test, within),
                     .min = 1,
                     .max = TEST_WITHIN_MAX,
                     .unit = 1000000,
                     .fallback = "at once",
                     .doc = "It is tried again until it is as expected, but no longer than this. "
                            "An answer has this long to come, too: without it 2 s, or where none "
                            "may come 1 s. `exec`: how long it may take in all, without it 60 s."},
};

static const struct habit test_habits[] = {
    {"icmp", "it is called 'ping'"},
    {"http", "use 'exec', with curl"},
    {"curl", "use 'exec'"},
    {"connect", "it is called 'tcp'"},
    {"run", "use 'exec': {in: NS, run: …}"},
    {"timeout", "it is called 'within'"},
    {"retry", "it is called 'within'"},
    {"expect", "it belongs in the kind of test: ping: {expect: fail, …}"},
    {"from", "it belongs in the kind of test: ping: {from: …, to: …}"},
    {"to", "it belongs in the kind of test: ping: {from: …, to: …}"},
    {"neighbor", "it is called 'arp'"},
    {"title", "it is called 'name'"},
    {"description", "it is called 'name'"},
    {NULL, NULL}};

const struct table table_test = {.name = "test",
                                 .size = sizeof(struct test),
                                 .fields = test_fields,
                                 .field_count = COUNT(test_fields),
                                 .scalar = -1,
                                 .habits = test_habits,
                                 .doc = "One thing that must hold: exactly one of `ping`, `tcp`, "
                                        "`udp`, `arp`, `route`, `exec`."};
