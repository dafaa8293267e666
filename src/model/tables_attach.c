/* SPDX-License-Identifier: MIT */
/*
 * Job: the words that tell where a namespace is that exists; see tables.c.
 */
#include <limits.h>

#include "model/lab.h"

static const struct field attach_fields[] = {
    [ATTACH_PID] = {.key = "pid",
                    .type = FIELD_UINT,
                    AT(attach, pid),
                    .min = 1,
                    .max = 1 << 22, /* PID_MAX_LIMIT, include/linux/threads.h */
                    .doc = "That of a process: the namespace that it is in."},
    [ATTACH_PATH] = {.key = "path",
                     .type = FIELD_STRING,
                     AT(attach, path),
                     .max = PATH_MAX - 1,
                     .doc = "A file that stands for it: `/proc/4242/ns/net`, or what one is bound "
                            "to. It begins with `/`."},
    [ATTACH_NAME] = {.key = "name",
                     .type = FIELD_VALUE,
                     AT(attach, name),
                     .doc = "Its name in `/run/netns`, as `ip netns` has it."},
    [ATTACH_LATER] = {.key = "later",
                      .type = FIELD_BOOL,
                      AT(attach, later),
                      .fallback = "false",
                      .doc = "The command line tells: `netlab up --attach NS=PID|PATH|NAME`. "
                             "`attach: true` is short for it."},
};

static const struct habit attach_habits[] = {{"process", "it is called 'pid'"},
                                             {"file", "it is called 'path'"},
                                             {"netns", "it is called 'name'"},
                                             {"container", "give the 'pid' of a process in it"},
                                             {NULL, NULL}};

const struct table table_attach = {.name = "attachment",
                                   .size = sizeof(struct attach),
                                   .fields = attach_fields,
                                   .field_count = COUNT(attach_fields),
                                   .scalar = ATTACH_LATER,
                                   .habits = attach_habits,
                                   .doc =
                                       "Where a namespace is that exists: `{pid: 4242}`, `{path: "
                                       "/proc/4242/ns/net}`, `{name: foo}`, or `true`."};
