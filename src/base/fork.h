/* SPDX-License-Identifier: MIT */
/*
 * Job: fork() with more than it has: namespaces, a pidfd; and what older C libraries lack of
 * pidfds. Depends on: libc.
 *
 * glibc's clone() wants a stack, which fork needs none of. It does not know of this one: what it
 * does for fork() (handlers, locks of its own) is not done.
 */
#ifndef NETLAB_BASE_FORK_H
#define NETLAB_BASE_FORK_H

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* flags: CLONE_NEW…, CLONE_PIDFD; ret_pidfd: for that one, or NULL. As fork(). */
static inline pid_t fork_with(int flags, int *ret_pidfd)
{
    const unsigned long how = (unsigned long)flags | SIGCHLD;

#if defined __s390__ || defined __CRIS__
    return (pid_t)syscall(SYS_clone, NULL, how, ret_pidfd, NULL, NULL);
#else
    return (pid_t)syscall(SYS_clone, how, NULL, ret_pidfd, NULL, NULL);
#endif
}

#endif
