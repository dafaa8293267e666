/* SPDX-License-Identifier: MIT */
/*
 * Job: processes that live in namespaces while a lab is up: started, found again, ended.
 * Depends on: base, model. Must not know: netlink, plans, which labs are up.
 *
 * /run/netlab/LAB/services/NS:NAME/definition  what was started, and in which namespace
 *                                 /alive       locked by its init
 *                                 /control     a socket: its init is told to end
 *                                 /log         what it wrote last
 *                                 /exit        how it ended, when nobody ended it
 *
 * netlab ── fork ── fork(PID namespace) ──► init, PID 1 ── fork ──► the service ──► …
 *
 * All that a service starts is in its PID namespace, so when its init ends the kernel ends the
 * rest, whoever has killed it: no number of a process is ever written down. init begins only when
 * it can be found, and netlab has told it to; if netlab is killed before, it goes, too.
 */
#ifndef NETLAB_SERVICE_SERVICE_H
#define NETLAB_SERVICE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "model/service.h"

struct arena;
struct netlab_report;

/* Where they are registered, in a lab's own directory. */
#define SERVICES_DIR "services"

enum {
    SERVICE_FAULT = 512,
    SERVICE_LOG_KEPT = 8 * 1024 * 1024, /* what is older becomes a hole in the log */
};

/* How to start one. */
struct service_start {
    const char *directory; /* of the lab's services; made where there is none */
    const struct service *service;
    int netns; /* a descriptor of its namespace */
    const char *lab;
    const char *where; /* the directory that it runs in */
};

/* Start it, in the place of one of that name. 0 or -errno; ret_fault: why not. */
int service_start(const struct service_start *start, char ret_fault[SERVICE_FAULT]);

/* End it, with all that it has started, and forget it; returns when it is gone. One that is not
   there is fine. 0 or -errno. */
int service_end(const char *directory, const char *netns, const char *name);

/* The same with all of them, at once. */
int service_end_all(const char *directory);

/* What is known of one. */
struct service_record {
    char netns[LAB_NAME_MAX + 1], name[LAB_NAME_MAX + 1];
    const char *text; /* service.text; NULL: we may not read it */
    uint64_t inode;   /* of its namespace */
    bool runs;
    time_t since; /* when it was started, or, not running, ended */
    bool told;    /* it has ended by itself: */
    int status;   /* as wait(2) gives it */
};

/* Calls found() for each, until that returns something else than 0. 0, that, or -errno. */
typedef int service_fn(const struct service_record *record, void *userdata);
int service_each(const char *directory, service_fn *found, void *userdata);

/* A descriptor of its log, or -errno. */
int service_log(const char *directory, const char *netns, const char *name);

/* Whether it is alive. */
bool service_runs(const char *directory, const char *netns, const char *name);

/* Whether a socket, told by its inode, is one of its own or of what it has started; true where that
   can't be told. */
bool service_has_socket(const char *directory, const char *netns, const char *name, uint32_t inode);

/* What it wrote last, a few lines, in one; "" where there is nothing. */
enum { SERVICE_WORDS = 240 };
void service_last_words(const char *directory, const char *netns, const char *name,
                        char ret_words[SERVICE_WORDS]);

/* In a mount namespace of one's own: /sys of the network namespace that the caller is in, and the
   files of /etc/netns/NS over those of /etc, as ip-netns(8) has it. 0 or -errno; reported. */
int place_mount(const char *ns, struct netlab_report *report);

/*
 * The same in two steps, the second of which takes no memory and no lock: for a process that was
 * forked off a program with threads.
 */
struct overlay {
    struct overlay *next;
    const char *from, *to;
};
int overlays_list(const char *ns, struct arena *arena, struct overlay **ret_overlays);

/* What was refused there; `name` may be "". */
struct failure {
    int error; /* positive */
    const char *what, *name;
};
int place_furnish(const char *ns, const struct overlay *overlays, struct failure *ret_failure);
/* Its first part: from now on mounts are our own. */
int place_isolate(struct failure *ret_failure);

/* Note errno. Returns -errno. */
int failure_of(struct failure *failure, const char *what, const char *name);
int failure_report(const struct failure *failure, struct netlab_report *report);

#endif
