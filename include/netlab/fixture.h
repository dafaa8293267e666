/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Labs as fixtures of tests: what a test does in the namespaces of a lab that is up.
 *
 * @code
 * const char *const argv[] = {"my-server", "--port", "9000", NULL};
 * const struct netlab_process program = {.argv = argv};
 * struct netlab_listening server = {.port = 9000, .timeout = 5000};
 * int fd;
 *
 * if (netlab_spawn("topo", "right", &program, &server.process, report) < 0 ||
 *     netlab_wait_listening("topo", "right", &server, report) < 0)
 *     netlab_report_print(report, stderr, NETLAB_REPORT_TEXT);
 * fd = netlab_socket("topo", "left", AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0, report);
 * connect(fd, ...);
 * ...
 * netlab_process_end(server.process, 1000, NULL);
 * @endcode
 *
 * All functions name a namespace as netlab_enter() does: by a lab and a namespace of its file; the
 * lab may be NULL where only one lab that is up has a namespace of that name. A namespace NULL is
 * the one that the calling thread is in, whatever labs there are; `host` of a lab is that, too.
 * Labs are looked for where the calling thread is: after netlab_sandbox_enter(), in that sandbox.
 *
 * Threads: they may be called by several at once, each with a report of its own, and while other
 * threads use the library. No thread is moved: where somebody has to be in the namespace, it is a
 * thread or a process made for that.
 *
 * Privileges: those of netlab_up(); none where the namespace is NULL.
 *
 * Errors: besides what is said of each, all of them that name a namespace return -ENOENT where
 * there is no such lab or namespace, -ENOTUNIQ where several labs have one of that name, -EPERM
 * without the privileges, -ENOMEM or -EAGAIN where memory or threads have run out.
 */
#ifndef NETLAB_FIXTURE_H
#define NETLAB_FIXTURE_H

#include <signal.h>

#include <netlab/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Open a socket in a namespace: as socket(2), and it stays there, whoever uses it. So does what is
 * accepted from it.
 *
 * @param type  SOCK_CLOEXEC and SOCK_NONBLOCK may be part of it, as always.
 * @return A descriptor, to be closed; or a negative errno: what socket(2) said.
 */
NETLAB_API int netlab_socket(const char *lab, const char *ns, int domain, int type, int protocol,
                             struct netlab_report *report);

/**
 * Call a function in a namespace, in a thread made for it; returns when it has. All signals are
 * blocked in that thread. It must end by returning, so not by longjmp(3), as a failed assertion of
 * many test libraries does.
 *
 * Only the network namespace is another one: what depends on it is sockets and netlink,
 * /proc/thread-self/net (not /proc/net, which is the first thread's) and /proc/sys/net. /sys is
 * that of the calling thread: /sys/class/net shows the interfaces of where it was mounted. Mounts,
 * host name and /etc are the caller's, too, as they are one for all threads; a process that is
 * spawned has its own (netlab_spawn()).
 *
 * @param ret_value  What the function returned; may be NULL.
 * @return 0 if it was called, whatever it returned; or a negative errno, and it was not.
 */
NETLAB_API int netlab_call(const char *lab, const char *ns, int (*call)(void *userdata),
                           void *userdata, int *ret_value, struct netlab_report *report);

/** In place of a descriptor of struct netlab_process: /dev/null. */
#define NETLAB_NULL (-1)

/** What netlab_spawn() is to run. What is zero is a good default. */
struct netlab_process {
    const char *const *argv;        /**< its arguments, NULL-terminated; the first is the program, a
                                         path, or a name looked up in $PATH */
    const char *const *environment; /**< "NAME=VALUE", NULL-terminated; NULL: the caller's, with
                                         NETLAB_LAB and NETLAB_NS as of `netlab exec` */
    const char *directory;          /**< to start in; NULL: the caller's */
    int in;                         /**< descriptors that become its standard input, … */
    int out;                        /**< … output … */
    int err;                        /**< … and error; 0: the caller's own; NETLAB_NULL. They stay
                                         open in the caller */
    bool outlive;                   /**< the kernel does not kill it with the thread that called */
};

/**
 * Start a program in a namespace, as `netlab exec` does: it has the network namespace, a UTS
 * namespace with its host name, and a mount namespace with its /sys and the files of /etc/netns/NS
 * over those of /etc. Of the caller it has everything else, descriptors too, unless they are
 * close-on-exec; signals that the caller handles are the default's. Returns when the program is
 * running, so that a program that can't be run is an error here.
 *
 * The process is a child of the caller's, which has to wait for it: by netlab_process_wait(),
 * netlab_process_end() or waitid(2). It ends before that
 *  - with the thread that called: the kernel kills it (PR_SET_PDEATHSIG), however that ends, unless
 *    netlab_process.outlive is set. Programs with the set-user-ID bit or file capabilities get
 *    out of this;
 *  - with its lab: netlab_down() kills it before the lab is taken away, if it is called in the
 *    same process, or in one that was forked off it later. The status stays to be waited for;
 *  - with its sandbox, as everything does (netlab_sandbox_run()).
 * Nobody but the last looks after the processes that it starts itself. And `netlab down` of
 * somebody else can't know of it: its network namespace is there as long as it is.
 *
 * @param ret_process  A pidfd, close-on-exec, to be closed; pollable, it is readable when the
 *                     process has ended.
 * @return Its PID; or a negative errno: what the kernel refused on its way there, or exec(3) said
 *         (-ENOENT, -EACCES, -ENOEXEC, …).
 */
NETLAB_API int netlab_spawn(const char *lab, const char *ns, const struct netlab_process *process,
                            int *ret_process, struct netlab_report *report);

/**
 * Wait for the end of a process that netlab_spawn() has started. Its pidfd stays open. Needs no
 * privileges. Any thread of the process that has started it may (waitid(2)), one of them gets the
 * status.
 *
 * @param timeout     Milliseconds; 0: it is only looked; negative: for ever.
 * @param ret_status  How it ended, as wait(2) gives it; may be NULL.
 * @return 0; -ETIMEDOUT; -ECHILD when its status was taken before, or it is none of our children.
 */
NETLAB_API int netlab_process_wait(int process, int timeout, int *ret_status);

/**
 * End a process that netlab_spawn() has started, if it has not ended yet: by SIGTERM, and after a
 * time by SIGKILL. Its pidfd is closed in any case. Needs no privileges.
 *
 * @param grace       Milliseconds until SIGKILL; 0: at once.
 * @param ret_status  How it ended, as wait(2) gives it; may be NULL.
 * @return 0; -ECHILD as netlab_process_wait(); -EPERM when it is somebody else's by now.
 */
NETLAB_API int netlab_process_end(int process, unsigned grace, int *ret_status);

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
