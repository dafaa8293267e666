/* SPDX-License-Identifier: MIT */
/*
 * Job: sandboxes: namespaces of one's own in which labs are brought up, and the process that all of
 * it hangs on. See include/netlab/sandbox.h.
 * Depends on: base, model, kinds (what is moved), parse (names), kernel (sockets, rulesets), state,
 * apply (privileges, sysctls). Must not know: what is brought up.
 *
 * caller ── clone() ──► init, PID 1 ── fork() ──► run()'s process ──► …
 *
 * init dies with the caller (PR_SET_PDEATHSIG), all others with init (PID namespace), the
 * namespaces with the last of them.
 */
#ifndef NETLAB_SANDBOX_SANDBOX_H
#define NETLAB_SANDBOX_SANDBOX_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include <netlab/sandbox.h>

/* What allows a container all that a sandbox needs, in hints; docs/cli.md has what each is for. */
#define SANDBOX_CONTAINER                                                                          \
    "docker run --privileged, or --security-opt with each of seccomp=unconfined, "                 \
    "apparmor=unconfined and systempaths=unconfined"

/* namespaces.c */

/* The CLONE_NEW… flags of a sandbox: a user namespace only where privileges are missing. */
int sandbox_flags(void);

/* Say why namespaces of those flags were refused; error: positive. Returns -error. */
int sandbox_refused(int flags, int error, struct netlab_report *report);

/* Who we are outside; to be asked before. */
struct sandbox_user {
    uid_t uid;
    gid_t gid;
};

/* In a fresh user namespace. 0 or -errno. */
int sandbox_become_root(struct sandbox_user user);

/* In fresh namespaces of those flags: be root in them, mount what is theirs, set lo up. */
int sandbox_furnish(int flags, struct sandbox_user user, struct netlab_report *report);

/* mounts.c: what shows the machine shows the sandbox from now on. own_pids: there is a PID
   namespace. */
int sandbox_mount(bool own_pids, struct netlab_report *report);

/* init.c */

enum { SANDBOX_TEXT = 512 };

/* What init leaves to the caller, in memory that they share. */
struct sandbox_outcome {
    bool ended; /* run()'s process, with this status */
    int status;
    int error; /* init's, positive; and why */
    char message[SANDBOX_TEXT], hint[SANDBOX_TEXT];
};

/* What init gets from the caller. */
struct sandbox_init {
    const struct netlab_sandbox *sandbox;
    struct sandbox_outcome *outcome;
    struct netlab_report *report;
    struct sandbox_user user;
    int flags;
    int caller;                    /* a pidfd */
    int terminal;                  /* where we are in its foreground, or -1 */
    int registration, told;        /* of one that stays: a socket, the end of a pipe; or -1 */
    sigset_t mask;                 /* the caller's */
    const struct sigaction *child; /* the caller's action for SIGCHLD */
};

/* The life of the sandbox's first process; it has all signals blocked. */
_Noreturn void sandbox_init(const struct sandbox_init *init);

/* Die with the caller; false: it is dead. */
bool sandbox_bind(const struct sandbox_init *init);

/* Leave the caller the error that was reported last. */
void sandbox_tell_error(const struct sandbox_init *init, int error);

/* Be in the terminal's foreground, if the caller is, in a group of one's own. */
void sandbox_take_terminal(const struct sandbox_init *init);

/* Signals as the caller had them. */
void sandbox_restore_signals(const struct sandbox_init *init);

/* All signals that are waited for and passed on; not those that a process raises by mistake. */
void sandbox_signals(sigset_t *set);

/* The signal by which the caller tells init which one to pass on; it queues, as others do not. */
int sandbox_relay(void);

/* keep.c */

/* A sandbox that stays. */
struct kept {
    char name[NETLAB_NAME_MAX + 1]; /* of its lab */
    pid_t pid;                      /* its first process */
    int process;                    /* the same, a pidfd */
};

/* The socket that one that is to stay will be found by, bound. -EBUSY: another is still about to
   be, after so many milliseconds; -EEXIST: there is one; -EPERM: another user has the name. */
int sandbox_register(const char *name, unsigned timeout, struct netlab_report *report);

/* The one of a lab, or (NULL) the one that has a namespace. 0; -ENOENT, which is not reported:
   there is none, or what the machine has comes first; … */
int sandbox_find(const char *lab, const char *ns, struct kept *ret_kept,
                 struct netlab_report *report);
void sandbox_forget(struct kept *kept);

/* Move the calling process there (a pidfd), and its future children into its PID namespace. */
int sandbox_join(int process, struct netlab_report *report);

/* Where its files can be seen from outside. */
enum { SANDBOX_ROOT = 32 };
const char *sandbox_root(const struct kept *kept, char root[SANDBOX_ROOT]);

#endif
