/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The tests of a topology file: ask a lab that is up whether it does what it must.
 *
 * Threads: several at once may ask, each with a lab, a report and a FILE of its own; of one running
 * lab only one at a time (-EBUSY). Privileges: those of netlab_up() (netlab/lab.h), and
 * CAP_NET_RAW. Errors: 0 or a negative errno, with its cause in the report.
 */
#ifndef NETLAB_TEST_H
#define NETLAB_TEST_H

#include <netlab/lab.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How netlab_test() writes what it has found; docs/cli.md has the details. */
enum netlab_test_format {
    NETLAB_TEST_TAP,   /**< Test Anything Protocol, version 14, as tests are over */
    NETLAB_TEST_JUNIT, /**< JUnit's XML, when all are over */
    NETLAB_TEST_JSON,  /**< one JSON object, when all are over */
};

/** How netlab_test() goes about it. All zero is a good default. */
struct netlab_test_options {
    enum netlab_test_format format;
    bool matrix; /**< TAP: draw who reaches whom, where several pairs are asked */
    bool color;  /**< TAP: with terminal colours */
    const volatile sig_atomic_t *cancel; /**< when this becomes non-zero: -ECANCELED; or NULL */
};

/** What netlab_test() has found. */
struct netlab_test_result {
    size_t tests;        /**< how many were asked; each may be about many pairs */
    size_t failed;       /**< how many of them do not hold */
    double milliseconds; /**< how long it took */
};

/** How many tests a lab has. Needs no privileges, and can not fail. */
NETLAB_API size_t netlab_test_count(const struct netlab_lab *lab);

/**
 * Ask the tests of a lab (`tests:` of its file) of the running lab of that name, and write to @p
 * out what was seen. The running lab may have been brought up from another text: namespaces are
 * found by their names. Nothing of the lab is changed, but what its commands (`exec`) do; entries
 * of neighbours that many pings make are taken away again.
 *
 * The calling thread asks: it is moved through the lab's network namespaces, and back where it was
 * when the call returns. RLIMIT_NOFILE is raised as by netlab_up(), as far as that is allowed, and
 * stays so; where it is low, less is asked at once. For commands (`exec`) processes are started,
 * which the kernel kills with the calling thread, and waited for; the caller may see SIGCHLD.
 *
 * With NETLAB_TEST_JUNIT and NETLAB_TEST_JSON nothing is written when it fails.
 *
 * @param options     How; NULL for defaults.
 * @param ret_result  What was found; may be NULL.
 * @return 0, whether the tests hold or not; -ENODATA when it has none; -ENOENT when the lab is not
 *         up, or lacks a namespace; -EBUSY when another netlab is at work on it; -ECANCELED;
 * -EPERM; -ENOMEM; -EIO when writing fails; or what the kernel said.
 */
NETLAB_API int netlab_test(const struct netlab_lab *lab, const struct netlab_test_options *options,
                           FILE *out, struct netlab_test_result *ret_result,
                           struct netlab_report *report);

#ifdef __cplusplus
}
#endif

#endif
