/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Labs: read a topology file, bring it up, take it down, look at it.
 *
 * @code
 * struct netlab_report *report = netlab_report_new();
 * struct netlab_lab *lab = NULL;
 * if (netlab_load_file("topo.yaml", &lab, report) < 0 || netlab_up(lab, NULL, NULL, report) < 0)
 *     netlab_report_print(report, stderr, NETLAB_REPORT_TEXT);
 * ...
 * netlab_down("topo", NULL, NULL, report);
 * netlab_lab_free(lab);
 * netlab_report_free(report);
 * @endcode
 *
 * Threads: all functions may be called by several threads at once, each with a lab, a report and a
 * FILE of its own; none of those must be used by two at once. Two that work on labs of one name
 * exclude each other, as two processes do (-EBUSY). Those that look into namespaces or change them
 * (netlab_up(), netlab_down(), netlab_plan(), netlab_diff(), netlab_dump(), netlab_status()) move
 * the calling thread through the network namespaces of the lab, setns(2) being a thread's, and have
 * it back where it was when they return; no other thread is moved. What runs on that thread
 * meanwhile (signal handlers, netlab_progress_fn) may find itself anywhere.
 *
 * Privileges: where "the privileges of netlab_up()" are needed, that is CAP_NET_ADMIN and
 * CAP_SYS_ADMIN in the user namespace that owns the current network and mount namespaces
 * (user_namespaces(7)). Root has them, and so has a user in a user namespace of their own:
 * netlab/sandbox.h. All others need none.
 *
 * Errors: functions return 0 or a negative errno, with its cause in the report. Besides what is
 * said of each, all of them return -ENOMEM when memory is short, and those that write to a FILE
 * -EIO when that fails; it stays the caller's, and is not flushed. All others return what the
 * kernel said, with what it was asked for in the report.
 */
#ifndef NETLAB_LAB_H
#define NETLAB_LAB_H

#include <signal.h>

#include <netlab/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Longest name of a lab, in bytes, without the terminating NUL. */
#define NETLAB_NAME_MAX 64

/** A topology, read and checked. */
struct netlab_lab;

/**
 * Read a topology from a file.
 *
 * @param path      The file; "-" reads standard input (then `name:` is obligatory in it).
 * @param ret_lab   On success a lab to be freed with netlab_lab_free(); untouched otherwise.
 * @param report    Every error of the file, in one go, and warnings.
 * @return 0; -EINVAL when the file is not a valid topology; or what opening and reading the file
 *         gave (-ENOENT, -EACCES, …).
 *
 * Needs no privileges and touches nothing.
 */
NETLAB_API int netlab_load_file(const char *path, struct netlab_lab **ret_lab,
                                struct netlab_report *report);

/**
 * Read a topology from memory: as netlab_load_file().
 *
 * @param text      The YAML text; not kept.
 * @param size      Its length in bytes.
 * @param filename  What diagnostics call it and what the lab's default name comes from; NULL:
 *                  "<buffer>", and then `name:` is obligatory. Not kept.
 * @param ret_lab   As of netlab_load_file(): to be freed with netlab_lab_free().
 * @return 0; -EINVAL when the text is not a valid topology.
 */
NETLAB_API int netlab_load_buffer(const void *text, size_t size, const char *filename,
                                  struct netlab_lab **ret_lab, struct netlab_report *report);

/** Free a lab and what belongs to it. What it brought up stays up. NULL is fine. */
NETLAB_API void netlab_lab_free(struct netlab_lab *lab);

/** The lab's name: `name:`, or what the file name gives. Belongs to the lab. */
NETLAB_API const char *netlab_lab_name(const struct netlab_lab *lab);

/**
 * The name of the lab that a file describes, as far as that can be told: the file may have errors
 * elsewhere. This is what `netlab down FILE` goes by. Needs no privileges.
 *
 * @param ret_name  Is filled in on success; untouched otherwise.
 * @return 0; -EINVAL when the file is no YAML or gives no legal name; or what reading it gave.
 */
NETLAB_API int netlab_read_name(const char *path, char ret_name[NETLAB_NAME_MAX + 1],
                                struct netlab_report *report);

/** What was done, as told to netlab_progress_fn: one call for every step. */
struct netlab_progress {
    size_t done;      /**< steps done so far, this one included */
    size_t total;     /**< steps in all */
    const char *text; /**< the step in words, as `netlab plan` prints it; NULL unless asked for */
};

/** Called while netlab_up() and netlab_down() work; must not call back into the library. */
typedef void netlab_progress_fn(const struct netlab_progress *progress, void *userdata);

/** How netlab_up() and netlab_down() go about it. All zero is a good default. */
struct netlab_options {
    netlab_progress_fn *progress;        /**< or NULL */
    void *userdata;                      /**< for progress */
    bool describe;                       /**< fill netlab_progress.text */
    bool adopt;                          /**< netlab_up(): take over a lab of this name that was
                                              brought up from another file */
    const char *const *attach;           /**< netlab_up(): where namespaces are that the file
                                              attaches, "NS=PID", "NS=PATH", "NS=NAME", before what
                                              the file says; NULL-terminated, or NULL */
    const volatile sig_atomic_t *cancel; /**< when this becomes non-zero, up is taken back and
                                              -ECANCELED returned; NULL: never. A signal handler may
                                              set it. It ends waiting for another netlab, too. */
    unsigned lock_timeout;               /**< how many milliseconds to wait for another netlab that
                                              is at work on the same lab; 0: not at all */
    unsigned wait;                       /**< netlab_up(): how many milliseconds the lab has until
                                              all of it is usable (bridge ports with STP, IPv6
                                              addresses, services), or it is refused with -ETIME;
                                              0: ten seconds, and what is not usable then is a
                                              warning; services 30, which is an error */
};

/** What netlab_up() and netlab_down() did. */
struct netlab_result {
    bool done;           /**< false: there was nothing to do */
    bool changed;        /**< netlab_up(): the lab was up, and was changed (or needed no change) */
    size_t steps;        /**< operations carried out */
    size_t namespaces;   /**< made, or taken away */
    size_t links;        /**< links (veth pairs) made, or taken away */
    size_t interfaces;   /**< other interfaces made, or taken away */
    size_t services;     /**< processes started, or ended */
    double milliseconds; /**< how long it took, reading the file not included */
};

/**
 * Bring a lab up, whole or not at all.
 *
 * A lab of this name that is up already is changed: what differs from the topology is added,
 * altered in place or, where the kernel can't, made anew; what an earlier netlab_up() made and the
 * topology no longer has is removed; all else is not touched, and what others added stays. Services
 * that have ended are started again, those that run something else by now as well. They are no
 * children of the caller's, and live until netlab_down(), whoever has called.
 *
 * What is refused half-way, a signal (see netlab_options.cancel) and a lack of memory take back
 * everything that was done, to what was there before the call. What a killed process left of an
 * earlier first `up` of this lab is taken away first. When the call returns 0, the first packet
 * passes, IPv4 and IPv6.
 *
 * What it does to the process besides:
 *  - RLIMIT_NOFILE is raised to what the lab needs, two descriptors a namespace, the hard limit too
 *    where that is allowed (CAP_SYS_RESOURCE), and stays so. What is executed later inherits it.
 *  - A lab of 8 namespaces or more is made with the help of a second thread, which has all signals
 *    blocked and has ended when the call returns.
 *  - To start a service it forks off a process that ends at once and is waited for; all stdio
 *    streams are flushed before (fflush(3)). The caller may see SIGCHLD.
 *  - A lab with rulesets of nftables has libnftables loaded (dlopen(3)), for good. That is not made
 *    for threads, so it is used by one at a time; and it ends the process, by exit(3), when memory
 *    is short. Then what this call has made is taken back first. A lab that another thread is at
 *    work on is left as by a kill.
 *
 * @param options     How; NULL for defaults.
 * @param ret_result  What was done; may be NULL.
 * @return 0; -EBUSY when another netlab is at work on it (see netlab_options.lock_timeout); -EEXIST
 *         when a namespace or interface of that name exists and is not ours, or the lab was brought
 *         up from another file (see netlab_options.adopt); -EXDEV when it has something in another
 *         network namespace than this one; -EBADMSG when a ruleset of nftables in the file is none:
 *         nothing was touched; -ETIME (see netlab_options.wait); -ECANCELED; -EPERM without the
 *         privileges; -EOPNOTSUPP when the kernel lacks something, -ENOPKG when there is no
 *         libnftables; -EINVAL for netlab_options.attach; -EMFILE when RLIMIT_NOFILE can't be
 *         raised; or what the kernel said.
 */
NETLAB_API int netlab_up(struct netlab_lab *lab, const struct netlab_options *options,
                         struct netlab_result *ret_result, struct netlab_report *report);

/**
 * Check what netlab_load_file() can't: whether rulesets of nftables are any. libnftables tries them
 * in namespaces of a process of its own, for which the caller needs no privileges. Where it is not
 * there, or user namespaces are forbidden, nothing is found wrong; nor is what only the kernel
 * refuses. A lab without rulesets costs nothing.
 *
 * @return 0; -EBADMSG: a ruleset is none, reported with its lines.
 */
NETLAB_API int netlab_check(struct netlab_lab *lab, struct netlab_report *report);

/**
 * Take a lab away, by its name: all that `up` made, from whatever state a killed `up` or `down`
 * left it in. Its services end first, with all that they have started; those that do not want to
 * are killed after 5 seconds. A lab that is not there is fine (0, and ret_result->done is false).
 * Can not be cancelled but while it waits for another netlab. Processes that the calling process
 * has started in it by netlab_spawn() are killed. Needs the privileges of netlab_up().
 *
 * @param options     How; NULL for defaults.
 * @param ret_result  What was done; may be NULL.
 * @return 0; -EBUSY when another netlab is at work on it (see netlab_options.lock_timeout);
 *         -ECANCELED while waiting for that; -EPERM; -EXDEV when it was brought up from another
 *         network namespace and has something there; or what the kernel said.
 */
NETLAB_API int netlab_down(const char *name, const struct netlab_options *options,
                           struct netlab_result *ret_result, struct netlab_report *report);

/** How netlab_plan(), netlab_diff() and netlab_status() write. */
enum netlab_format {
    NETLAB_FORMAT_TEXT, /**< for people */
    NETLAB_FORMAT_JSON, /**< one JSON object; its keys are in docs/cli.md */
    NETLAB_FORMAT_IP,   /**< netlab_plan() only: a shell script of ip, bridge and sysctl commands */
};

/** What became of one lab, for netlab_outcome_print(). */
struct netlab_outcome {
    const char *file;                   /**< the file it came from, as given; NULL: none */
    const char *lab;                    /**< its name; NULL: not known */
    const char *state;                  /**< one word: what it is now, e.g. "up"; "failed" */
    const struct netlab_result *result; /**< what was done; NULL: nothing is written about that */
    const struct netlab_report *report; /**< errors and warnings; NULL: none */
};

/**
 * Write what became of one lab to @p out, for programs: one JSON object and a newline, in one line.
 * Its keys are in docs/cli.md. Needs no privileges. Nothing is kept of what it is given.
 *
 * @return 0; or a negative errno when writing fails.
 */
NETLAB_API int netlab_outcome_print(const struct netlab_outcome *outcome, FILE *out);

/**
 * Write how the kernel differs from a topology to @p out: what netlab_up() would mend, and what
 * others have added to the lab's namespaces. Touches nothing, but needs the privileges of
 * netlab_up().
 *
 * @param format    NETLAB_FORMAT_TEXT or NETLAB_FORMAT_JSON.
 * @param ret_same  Whether there is nothing to mend.
 * @return 0, whether there is or not; or what netlab_up() would, -EBUSY when another netlab is
 *         at work on it for 10 seconds.
 */
NETLAB_API int netlab_diff(struct netlab_lab *lab, enum netlab_format format, FILE *out,
                           bool *ret_same, struct netlab_report *report);

/**
 * The topology that a lab was brought up from, as it was then. Needs read access to /run/netlab
 * only, which all have but for labs with keys of WireGuard: those are root's to read.
 *
 * @param name     The lab's name.
 * @param ret_lab  To be freed with netlab_lab_free(); untouched on failure.
 * @return 0; -ENOENT when it is not up, or can't be read.
 */
NETLAB_API int netlab_load_applied(const char *name, struct netlab_lab **ret_lab,
                                   struct netlab_report *report);

/**
 * Write what the kernel has as a topology file to @p out: a running lab, or namespaces of
 * /run/netns whoever made them. Links between them are found wherever their ends are. What no
 * topology file can say is left as a comment. Touches nothing, but needs the privileges of
 * netlab_up().
 *
 * @param names  NULL-terminated: one lab that is up, or namespaces.
 * @return 0; -ENOENT when there is no lab and no namespace of a name; -EBUSY while another netlab
 *         is at work on the lab; -EPERM without the privileges; -EMFILE as netlab_up().
 */
NETLAB_API int netlab_dump(const char *const *names, FILE *out, struct netlab_report *report);

/**
 * Write what netlab_up() would do, in order, to @p out. Touches nothing. Needs no privileges unless
 * the lab is up, when it has to be looked at: then those of netlab_up().
 *
 * @param format  NETLAB_FORMAT_TEXT, a line a step; NETLAB_FORMAT_JSON, one object; or
 *                NETLAB_FORMAT_IP, a script for sh that does the same.
 * @return 0; -EBUSY while another netlab is at work on the lab; -EEXIST when it was brought up from
 *         another file; -EPERM; or, of a lab that is up, what netlab_diff() would.
 */
NETLAB_API int netlab_plan(struct netlab_lab *lab, enum netlab_format format, FILE *out,
                           struct netlab_report *report);

/**
 * The names of the labs on this machine, up or left half-way by a kill, sorted. Needs no
 * privileges.
 *
 * @param ret_names  NULL-terminated, to be freed with netlab_names_free(); never NULL on success,
 *                   untouched otherwise.
 * @return 0, also when there are none; or what reading /run/netlab gave.
 */
NETLAB_API int netlab_list(char ***ret_names, struct netlab_report *report);

/** Free what netlab_list() or netlab_sandbox_list() gave. NULL is fine. */
NETLAB_API void netlab_names_free(char **names);

/**
 * Write the state of one lab, or of all (@p name NULL), to @p out: namespaces, links, since when,
 * in what state. Needs read access to /run/netlab only; with the privileges of netlab_up() it tells
 * of keys that WireGuard has made as well. The user's sandboxes that stay are among them.
 *
 * @param format  NETLAB_FORMAT_TEXT or NETLAB_FORMAT_JSON.
 * @return 0; -ENOENT when there is no lab of that name; or what reading /run/netlab gave.
 */
NETLAB_API int netlab_status(const char *name, enum netlab_format format, FILE *out,
                             struct netlab_report *report);

/**
 * Move the calling thread into a namespace of a running lab: network namespace, a UTS namespace
 * with the namespace's host name, and a mount namespace with /sys of that network namespace and
 * the files of /etc/netns/NS over those of /etc (as `ip netns exec` does). Meant to be followed by
 * exec(3); can not be undone. `host` is the network namespace that netlab itself runs in: it is
 * only looked up. No other thread is moved, and the calling one has a working directory and a umask
 * of its own from then on (unshare(2): CLONE_NEWNS implies CLONE_FS). Needs the privileges of
 * netlab_up().
 *
 * @param lab      The lab, or NULL: the one lab that has a namespace of that name.
 * @param ns       The namespace.
 * @param ret_lab  The lab's name, "" where several would do for `host`; may be NULL.
 * @return 0; -ENOENT when there is no such lab or namespace; -ENOTUNIQ when @p lab is NULL and
 *         several have one; -EPERM; or what the kernel said.
 */
NETLAB_API int netlab_enter(const char *lab, const char *ns, char ret_lab[NETLAB_NAME_MAX + 1],
                            struct netlab_report *report);

#ifdef __cplusplus
}
#endif

#endif
