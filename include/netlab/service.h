/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Services: the processes that a lab has, and what they write. netlab_up() starts them,
 * netlab_down() ends them, netlab_status() tells of them.
 *
 * Threads: several at once may read, of the same services too, each with a report of its own.
 * Privileges: to be who brought the lab up, or root; the logs are files. Errors: 0 or a negative
 * errno, with its cause in the report.
 */
#ifndef NETLAB_SERVICE_H
#define NETLAB_SERVICE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include <netlab/export.h>
#include <netlab/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Called with lines that a service wrote, to its standard output or error; the last one may be cut
 * short, if the service has not ended it.
 *
 * @param service  Its name.
 * @param text     One line or several, not terminated by a NUL.
 * @return 0 to go on; all else ends netlab_logs(), which returns it.
 */
typedef int netlab_log_fn(const char *service, const char *text, size_t size, void *userdata);

/** What netlab_logs() is to read. */
struct netlab_logs {
    const char *lab;                     /**< or NULL: the one lab that has the namespace */
    const char *ns;                      /**< the namespace */
    const char *service;                 /**< or NULL: all of them, one after the other */
    bool follow;                         /**< go on with what is written from then on, until the
                                              lab does not have the services any more */
    const volatile sig_atomic_t *cancel; /**< when this becomes non-zero following ends; or NULL */
    netlab_log_fn *found;
    void *userdata; /**< for found() */
};

/**
 * What services have written since they were first started, the last 8 MiB of each: the log of a
 * service that ended and was started again goes on, and is gone when the lab is. Needs to be who
 * brought the lab up, or root. found() is called by the calling thread, and may call the library.
 *
 * @return 0; -ENOENT when there is no such lab, namespace or service; -ENOTUNIQ when lab is NULL
 *         and several have one; -EACCES; -ECANCELED; -ENOMEM; or what found() returned.
 */
NETLAB_API int netlab_logs(const struct netlab_logs *logs, struct netlab_report *report);

#ifdef __cplusplus
}
#endif

#endif
