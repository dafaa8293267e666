/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Labs as fixtures of tests: what a test does in the namespaces of a lab that is up.
 *
 * @code
 * const struct netlab_listening server = {.port = 9000, .timeout = 5000};
 *
 * ... start a server in namespace right ...
 * if (netlab_wait_listening("topo", "right", &server, report) < 0)
 *     netlab_report_print(report, stderr, NETLAB_REPORT_TEXT);
 * @endcode
 *
 * All functions name a namespace as netlab_enter() does: by a lab and a namespace of its file; the
 * lab may be NULL where only one lab that is up has a namespace of that name. A namespace NULL is
 * the one that the calling thread is in, whatever labs there are; `host` of a lab is that, too.
 * Labs are looked for where the calling thread is: after netlab_sandbox_enter(), in that sandbox.
 *
 * They may be called by several threads at once, each with a report of its own, and while other
 * threads use the library. No thread is moved: where somebody has to be in the namespace, it is a
 * thread or a process made for that. Besides what is said of each, all of them return -ENOENT where
 * there is no such lab or namespace, -ENOTUNIQ where several labs have one of that name, -EPERM
 * without the privileges (those of netlab_up()), -ENOMEM or -EAGAIN where memory or threads have
 * run out.
 */
#ifndef NETLAB_FIXTURE_H
#define NETLAB_FIXTURE_H

#include <signal.h>

#include <netlab/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What netlab_wait_listening() can wait for. */
enum netlab_transport {
    NETLAB_TCP, /**< a socket that listens */
    NETLAB_UDP, /**< a socket that is bound to the port */
};

/** What netlab_wait_listening() waits for. */
struct netlab_listening {
    enum netlab_transport transport;
    unsigned short port;                 /**< 1 … 65535, in the byte order of the machine */
    unsigned timeout;                    /**< milliseconds; 0: it is looked once, nothing waits */
    int process;                         /**< a pidfd: when it ends, so does waiting; 0: none */
    const volatile sig_atomic_t *cancel; /**< when this becomes non-zero: -ECANCELED; or NULL */
};

/**
 * Wait until somebody listens on a port in a namespace: any socket, of any address, IPv4 or IPv6.
 * The kernel is asked for its table of sockets; nothing is sent to whoever listens. It has no
 * notification for it, so it is asked again and again, after pauses that grow from 1 ms to 50 ms.
 *
 * A connection that is made after it has returned is accepted by the kernel; that a datagram is
 * read, too, is up to the program.
 *
 * @return 0; -ETIMEDOUT; -ECHILD when netlab_listening.process has ended and nobody listens;
 *         -ECANCELED; -EINVAL for port 0; or what the kernel said.
 */
NETLAB_API int netlab_wait_listening(const char *lab, const char *ns,
                                     const struct netlab_listening *what,
                                     struct netlab_report *report);

#ifdef __cplusplus
}
#endif

#endif
