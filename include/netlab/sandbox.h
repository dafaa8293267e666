/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Sandboxes: labs that need no root, disturb nobody and are gone with the process that made them.
 *
 * A sandbox is a network, a mount and a UTS namespace of its own. In it `host` is the sandbox's
 * network, with `lo` up and nothing else; /run/netns and /run/netlab are empty, so that names of
 * labs and namespaces are the sandbox's own; /proc and /sys show the sandbox; all other files are
 * the machine's. Without the privileges that netlab_up() needs, the sandbox has a user namespace as
 * well, in which the user is root: what is written is the user's, and files of all others are
 * nobody's. In there it has all privileges that netlab_up() needs.
 *
 * @code
 * static int test(void *userdata)
 * {
 *     if (netlab_up(userdata, NULL, NULL, NULL) < 0)
 *         return 1;
 *     return system("ip netns exec left ping -c 1 10.0.0.1") == 0 ? 0 : 1;
 * }
 * ...
 * const struct netlab_sandbox sandbox = {.lab = lab, .run = test, .userdata = lab};
 * int status;
 *
 * if (netlab_sandbox_run(&sandbox, &status, report) < 0)
 *     netlab_report_print(report, stderr, NETLAB_REPORT_TEXT);
 * @endcode
 *
 * Threads: netlab_sandbox_check(), _find(), _list() and _end() may be called by several at once,
 * each with a report of its own. netlab_sandbox_enter() is for processes that have one thread.
 * netlab_sandbox_run(), _keep() and _join() fork, and take all signals of the process in hand while
 * they wait: one thread at a time, and what is said of netlab_sandbox_run().
 *
 * Privileges: none, but where they are missing, a kernel that lets users make user namespaces
 * (user_namespaces(7)); docs/cli.md has who may forbid that. With the privileges of netlab_up()
 * there is no user namespace.
 *
 * Errors: 0 or a negative errno, with its cause in the report; besides what is said of each,
 * -ENOMEM, -EAGAIN or -EMFILE when memory, processes or descriptors have run out.
 */
#ifndef NETLAB_SANDBOX_H
#define NETLAB_SANDBOX_H

#include <netlab/lab.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Move the calling process into a sandbox of its own, for good: for tests that run in a forked
 * process each. The sandbox is there until the last process in it ends; it has no PID namespace, so
 * children that outlive the caller keep it. Whoever must be sure uses netlab_sandbox_run().
 *
 * Needs no privileges, but a kernel that lets the user make namespaces. The process must have one
 * thread only: the kernel refuses a user namespace to others, and with privileges only the calling
 * thread would be moved. Signals and descriptors stay as they are; what was opened before is still
 * of the world outside, sockets too.
 *
 * @param lab     What is to be brought up in it, or NULL: see netlab_sandbox_check().
 * @param report  Why not; and a warning where /proc or /sys had to stay as it is, as in containers
 *                that hide parts of it.
 * @return 0; -EINVAL when the lab does not suit a sandbox, or the process has several threads;
 *         -EPERM, -EACCES, -ENOSPC when namespaces or mounts may not be made, -EROFS when /proc/sys
 *         can't be written: the report says what forbids it; or what the kernel said. After a
 * failure the process may be in some of the namespaces already, and should end.
 */
NETLAB_API int netlab_sandbox_enter(const struct netlab_lab *lab, struct netlab_report *report);

/** What netlab_sandbox_run() is to run. */
struct netlab_sandbox {
    const struct netlab_lab *lab; /**< what will be brought up in it (by run()), or NULL: as for
                                       netlab_sandbox_enter() */
    int (*run)(void *userdata);   /**< called in a process of the sandbox; what it returns is the
                                       process's exit status, or it calls exec(3). The report that
                                       netlab_sandbox_run() was given has the warnings there */
    int (*linger)(int status, void *userdata); /**< or NULL; called in another process of the
                                       sandbox, in the foreground of the terminal, once run()'s
                                       process has ended with that status (as wait(2) gives it).
                                       What it returns does not matter */
    void *userdata;
    unsigned lock_timeout; /**< of netlab_sandbox_keep(): how many milliseconds to wait for another
                                netlab that is about to make one for that lab, 0 for not at all */
    bool foreground; /**< run() is an interactive shell: its process gets a process group of its
                          own, in the foreground of the terminal if the caller is there. Shells
                          look for the group that they were started in, and the caller's can't be
                          named in the sandbox */
};

/**
 * Run a function, and all processes that it starts, in a sandbox of their own with a PID namespace;
 * return when it has ended and nothing of the sandbox is left. The kernel sees to that: run()'s
 * process is a child of the sandbox's first process, which the kernel kills with the caller's
 * thread, and with which it kills all others. So nothing is left either when any of them, or the
 * caller, is killed.
 *
 * The caller waits. Signals that are sent to it meanwhile are passed on to run()'s process; those
 * of the terminal (Ctrl-C) reach that by themselves, as it is in the caller's process group, and
 * Ctrl-Z stops all of them. run()'s process has the signal mask and the handlers that the caller
 * has.
 *
 * The calling thread must not have others beside it that hold locks (of malloc() and the like) when
 * it is called; the simplest is to have one thread. Flushes all stdio streams before.
 *
 * @param ret_status  How run()'s process ended, as wait(2) gives it.
 * @return 0, however run()'s process ended; or as netlab_sandbox_enter(), with nothing left of the
 *         sandbox; -EOWNERDEAD when its first process was killed.
 */
NETLAB_API int netlab_sandbox_run(const struct netlab_sandbox *sandbox, int *ret_status,
                                  struct netlab_report *report);

/**
 * As netlab_sandbox_run(), but the sandbox stays in the background when run() returns 0: without
 * the caller, its terminal and its files, until netlab_sandbox_end(), or until its first process is
 * killed. It goes by the name of netlab_sandbox.lab, which must be given, among the sandboxes of
 * the user in this network namespace. Nobody but root can join that of a process that has changed
 * its user since it ran a program (prctl(2): PR_SET_DUMPABLE).
 *
 * @return 0; -EEXIST when there is one of that name; -EBUSY when there is about to be, see
 *         netlab_sandbox.lock_timeout; or as netlab_sandbox_run().
 */
NETLAB_API int netlab_sandbox_keep(const struct netlab_sandbox *sandbox, int *ret_status,
                                   struct netlab_report *report);

/**
 * Find one of the user's sandboxes that stay: that of a lab, or, @p lab being NULL, the one that
 * has a namespace of that name. To those who have the privileges of netlab_up(), what the machine
 * itself has comes first. Needs no privileges: they are registered by abstract sockets (unix(7)),
 * which are found in the network namespace that they were made from, and by their owner only.
 *
 * @param ns       Only used where @p lab is NULL.
 * @param ret_lab  The lab's name, on success.
 * @return A pidfd of the sandbox's first process, close-on-exec, to be closed; -ENOENT when there
 * is none, or what the machine has comes first, without a diagnostic; -ENOTUNIQ when several have
 * such a namespace.
 */
NETLAB_API int netlab_sandbox_find(const char *lab, const char *ns,
                                   char ret_lab[NETLAB_NAME_MAX + 1], struct netlab_report *report);

/**
 * As netlab_sandbox_run(), but run() is called in a process of a sandbox that netlab_sandbox_find()
 * has found; of struct netlab_sandbox only run(), userdata and foreground count. The sandbox stays
 * when that ends. The kernel kills run()'s process with the caller's thread, and with the sandbox;
 * processes that it leaves behind live as long as the sandbox does. Needs no privileges, but to be
 * the sandbox's owner.
 *
 * @param place       From netlab_sandbox_find(); stays open.
 * @param ret_status  How run()'s process ended, as wait(2) gives it.
 * @return 0; -ENOENT when the sandbox has just gone; -EPERM when it is somebody else's;
 *         -EOWNERDEAD when it was killed meanwhile; or what the kernel said.
 */
NETLAB_API int netlab_sandbox_join(int place, const struct netlab_sandbox *sandbox, int *ret_status,
                                   struct netlab_report *report);

/**
 * The labs in the user's sandboxes that stay, sorted: as netlab_list(). Needs no privileges.
 *
 * @param ret_names  NULL-terminated, to be freed with netlab_names_free(); never NULL on success,
 *                   untouched otherwise.
 * @return 0, also when there are none; -ENOMEM.
 */
NETLAB_API int netlab_sandbox_list(char ***ret_names, struct netlab_report *report);

/**
 * End a sandbox that netlab_sandbox_find() has found, with all that is in it; returns when it is
 * gone: the kernel ends the first process of a PID namespace only when all others have
 * (pid_namespaces(7)). One that is gone already is fine. Needs no privileges, but to be its owner.
 *
 * @param place  From netlab_sandbox_find(); stays open.
 * @return 0; -EPERM when it is somebody else's; -EBADF when that is no pidfd.
 */
NETLAB_API int netlab_sandbox_end(int place, struct netlab_report *report);

/**
 * Whether a lab can be brought up in a sandbox: it must not attach namespaces or refer to devices
 * that exist, as a sandbox has none. Touches nothing, and needs no privileges.
 *
 * @return 0; or -EINVAL, with an error at each line of the file that asks for one.
 */
NETLAB_API int netlab_sandbox_check(const struct netlab_lab *lab, struct netlab_report *report);

#ifdef __cplusplus
}
#endif

#endif
