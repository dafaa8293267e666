/* SPDX-License-Identifier: MIT */
/*
 * Job: what the files of this room share.
 */
#ifndef NETLAB_SERVICE_INTERNAL_H
#define NETLAB_SERVICE_INTERNAL_H

#include <sys/types.h>

#include "service/service.h"

enum {
    SERVICE_GRACE = 5000, /* milliseconds between SIGTERM and SIGKILL */
    SERVICE_END = 'E',    /* the one command that init takes */
};

/* registry.c: a service's own directory. The descriptor, or -errno. */
int registry_open(const char *directory, const char *netns, const char *name);
/* The path of a file there that fits into a socket's address. */
enum { REGISTRY_PATH = 48 };
const char *registry_path(char path[REGISTRY_PATH], int directory, const char *file);
/* Its init, as we see it; 0: it is in a PID namespace that we do not see. Or -errno: it is dead.
   That the number is its own is known as long as the next call returns it, too. */
pid_t registry_init(int directory);
/* Connect to it, without waiting for it. The descriptor, or -errno. */
int registry_connect(int directory);
/* Remove a service's directory, which is that of nobody any more. 0 or -errno. */
int registry_forget(const char *directory, const char *entry);
/* "NS:NAME" */
enum { REGISTRY_ENTRY = 2 * LAB_NAME_MAX + 2 };
const char *registry_entry(char entry[REGISTRY_ENTRY], const char *netns, const char *name);

/* end.c: its init, as a pidfd; -1: it is dead, or we do not see it. */
int process_open(int directory);
/* End the process of a service, whose directory stays. 0 or -errno. */
int process_end(int directory);

/* log.c: append to the log what there is in a pipe that does not block, at most a chunk; what is
   too old is forgotten. How much it was; 0: nobody writes any more; or -errno. */
ssize_t log_take(int output, int log);

/* init.c: the life of a service's first process. */
struct life {
    int control;   /* listens */
    int directory; /* the service's own */
    int output;    /* what it writes */
    int log;
    pid_t child; /* the service itself */
};
_Noreturn void init_live(const struct life *life);

#endif
