/* SPDX-License-Identifier: MIT */
/*
 * Job: processes that were spawned, by lab, so that they end with it.
 * Depends on: base, state (where a lab is). Must not know: how they are started.
 */
#ifndef NETLAB_ENTER_PROCESS_H
#define NETLAB_ENTER_PROCESS_H

#include <sys/types.h>

struct netlab_report;

/* Note a child as one of a lab. process: a pidfd, which stays the caller's. 0 or -errno. */
int process_note(const char *lab, int process, pid_t pid);

/*
 * Kill those of a lab and wait until they have ended; they are left to be waited for by whoever
 * started them. directory: the lab's own, open.
 */
void process_end_all(int directory, struct netlab_report *report);

#endif
