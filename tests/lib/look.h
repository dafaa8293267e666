/* SPDX-License-Identifier: MIT */
/*
 * Job: what the kernel shows of one namespace, as text; and whether anything moves in namespaces.
 * Depends on: harness. Must not know: what of it is compared.
 */
#ifndef TESTS_LOOK_H
#define TESTS_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Whether that is the name of a namespace (NULL: the current one). */
bool look_is_possible(const char *ns);

/*
 * All of a namespace (NULL: the current one). A line that begins with @ names the sections of the
 * lines after it, one line each, the last for all that are left. Sections of iproute2's are JSON.
 */
const char *look_at(const char *ns);
/* The part of it that files tell. */
void look_at_files(FILE *out, const char *ns);

/* The names in /run/netns and /run/netlab, and all mounts, with or without what numbers them. */
const char *look_at_names(bool numbers);

/* Sockets on which the kernel tells of changes. */
struct watch {
    int *fds;
    size_t count;
};

void watch_add(struct watch *watch, const char *ns);
/* Whether nothing was told since the last time, nor is for a while. */
bool watch_is_quiet(struct watch *watch);
void look_watch_close(struct watch *watch);

#endif
