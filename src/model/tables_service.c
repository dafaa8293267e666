/* SPDX-License-Identifier: MIT */
/*
 * Job: the words of services, and of commands; see tables.c.
 */
#include "model/lab.h"

static const struct field argument_fields[] = {[ARGUMENT_TEXT] = {.key = "word",
                                                                  .type = FIELD_VALUE,
                                                                  AT(argument, text),
                                                                  .flags = FIELD_REQUIRED,
                                                                  .doc = "A word of it."}};

const struct table table_argument = {.name = "word",
                                     .size = sizeof(struct argument),
                                     .fields = argument_fields,
                                     .field_count = COUNT(argument_fields),
                                     .scalar = ARGUMENT_TEXT,
                                     .doc = "A word of a command."};

static const struct field variable_fields[] = {[VARIABLE_VALUE] = {.key = "value",
                                                                   .type = FIELD_VALUE,
                                                                   AT(variable, value),
                                                                   .flags = FIELD_REQUIRED,
                                                                   .doc = "Its value."}};

const struct table table_variable = {.name = "variable",
                                     .size = sizeof(struct variable),
                                     .fields = variable_fields,
                                     .field_count = COUNT(variable_fields),
                                     .scalar = VARIABLE_VALUE,
                                     .names = NAMES_ENV,
                                     .doc = "An environment variable, `NAME: value`."};

static const struct field service_fields[] = {
    [SERVICE_RUN] = {.key = "run",
                     .type = FIELD_LIST,
                     AT(service, run),
                     .table = &table_argument,
                     .flags = FIELD_REQUIRED | FIELD_LONE_OK,
                     .doc = "The command: a line for `/bin/sh -c`, or a list, the words of the "
                            "command. It runs in the directory of the topology file."},
    [SERVICE_READY] = {.key = "ready",
                       .type = FIELD_VALUE,
                       AT(service, ready),
                       .fallback = "at once",
                       .doc = "When it is ready, which `up` waits for: `tcp:PORT`, or `udp:PORT`: "
                              "it, or a process that it has started, listens on that port."},
    [SERVICE_ENV] = {.key = "env",
                     .type = FIELD_MAP,
                     AT(service, env),
                     .table = &table_variable,
                     .flags = FIELD_SET,
                     .fallback = "that of `up`",
                     .doc = "Variables of its environment, beside those that `up` has."},
};

static const struct habit service_habits[] = {
    {"command", "it is called 'run'"},
    {"cmd", "it is called 'run'"},
    {"exec", "it is called 'run'"},
    {"start", "it is called 'run'"},
    {"entrypoint", "it is called 'run'"},
    {"environment", "it is called 'env'"},
    {"port", "it is called 'ready': ready: tcp:PORT"},
    {"healthcheck", "it is called 'ready': ready: tcp:PORT"},
    {"wait", "it is called 'ready': ready: tcp:PORT"},
    {"depends_on", "services start in the order of the file, when the network is ready"},
    {"restart", "the next `netlab up` starts those that have ended"},
    {"image", "a service is a process of this machine, not a container"},
    {NULL, NULL}};

const struct table table_service = {
    .name = "service",
    .size = sizeof(struct service),
    .fields = service_fields,
    .field_count = COUNT(service_fields),
    .scalar = -1,
    .names = NAMES_SERVICE,
    .habits = service_habits,
    .doc = "A process that lives in the namespace from `up` to `down`, with all that it starts: "
           "`{run: [httpd, -f], ready: tcp:80}`. Services are started in the order of the file "
           "when the network is ready; what they write is kept for `netlab logs`."};
