/* SPDX-License-Identifier: MIT */
/*
 * Job: whose an abstract socket is, one that does not listen as well.
 * Depends on: a channel. Must not know: what it is for.
 */
#ifndef NETLAB_KERNEL_NAMED_H
#define NETLAB_KERNEL_NAMED_H

#include <stddef.h>
#include <sys/types.h>

/*
 * In the calling thread's network namespace. name: without the zero before it. 0; -ENOENT: there is
 * none, or the kernel can't tell (CONFIG_UNIX_DIAG; before Linux 5.3); or -errno.
 */
int named_socket_owner(const char *name, size_t size, uid_t *ret_uid);

#endif
