/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of the command share: labs, a terminal, privileges taken away.
 * Depends on: the harness. Must not know: the library; the command is looked at from outside.
 */
#ifndef TESTS_CLI_TEST_H
#define TESTS_CLI_TEST_H

#include "harness.h"

/* Two namespaces, left (10.0.0.1) and right (10.0.0.2), joined by a veth pair: lab duo. */
#define DUO                                                                                        \
    "name: duo\n"                                                                                  \
    "namespaces:\n"                                                                                \
    "  left:\n"                                                                                    \
    "    interfaces:\n"                                                                            \
    "      eth0: {addresses: [10.0.0.1/24]}\n"                                                     \
    "  right:\n"                                                                                   \
    "    interfaces:\n"                                                                            \
    "      eth0: {addresses: [10.0.0.2/24]}\n"                                                     \
    "links:\n"                                                                                     \
    "  - [left:eth0, right:eth0]\n"

/* One namespace and nothing else: lab solo. */
#define SOLO "name: solo\nnamespaces:\n  alone:\n"

/* Without capabilities, root's user id or not. */
#define POWERLESS "setpriv --bounding-set=-all --inh-caps=-all "

/* For fixtures: an empty directory is $TMP and the working directory; with_sandbox: and a sandbox.
 */
void with_directory(void);
void with_sandbox(void);

/* A star of that many namespaces around a bridge: lab star. Big ones take their time. */
const char *star(unsigned count);

/* Nothing of netlab's is left in /run. */
void no_labs(void);

/* JSON on standard output of a command whatever its exit status. */
json_t *json_from(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The exit status must be this and standard output empty; the complaint must have the part. */
#define refuses(status, part, ...) refuses_at(__FILE__, __LINE__, status, part, __VA_ARGS__)
void refuses_at(const char *file, int line, int status, const char *part, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/*
 * Runs a command of the shell on a terminal of its own. Once `prompt` has come, `input` is typed
 * (NULL: nothing). The output of both streams is in `out`.
 */
struct output on_terminal(const char *prompt, const char *input, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

Suite *usage_suite(void);
Suite *files_suite(void);
Suite *lifecycle_suite(void);
Suite *enter_suite(void);
Suite *terminal_suite(void);
Suite *signals_suite(void);

#endif
