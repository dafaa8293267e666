/* SPDX-License-Identifier: MIT */
/*
 * Job: services as values: what tells one from another, copies.
 * Depends on: base, lab. Must not know: processes.
 */
#ifndef NETLAB_MODEL_SERVICE_H
#define NETLAB_MODEL_SERVICE_H

#include "model/lab.h"

/* Set its text, which two services share if they run the same: words and variables, whatever is in
   them, the variables by name. 0 or -ENOMEM. */
int service_tell(struct service *service, struct arena *arena);

/* A copy that shares nothing with it; NULL: out of memory. */
struct service *service_copy(const struct service *service, struct netns *netns,
                             struct arena *arena);

struct service *service_find(const struct netns *netns, const char *name);

#endif
