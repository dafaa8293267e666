/* SPDX-License-Identifier: MIT */
/*
 * Job: ops → kernel: namespaces, one socket a namespace, batches, acks, the kernel's own words.
 * Depends on: base, model, kinds, plan, service, libnl. Must not know: which labs are up, where
 * that is written, YAML.
 *
 * A `struct kernel` is one lab's hold on the kernel: the namespace that netlab runs in ("host"),
 * and those it made, as file descriptors. Dropping it (kernel_close()) before the namespaces have
 * names makes them, and all that is in them, go away.
 */
#ifndef NETLAB_KERNEL_KERNEL_H
#define NETLAB_KERNEL_KERNEL_H

#include <signal.h>

#include <netlab/lab.h>

#include "model/lab.h"
#include "plan/plan.h"

/* What a new namespace is set to where it differs; ends with path NULL. */
struct default_sysctl {
    const char *path, *value;
};
extern const struct default_sysctl netns_defaults[];

struct kernel;

/* 0 or a negative errno. names: the directory that namespaces are bound in; kept. */
int kernel_open(struct netlab_lab *lab, const char *names, struct kernel **ret_kernel,
                struct netlab_report *report);
void kernel_close(struct kernel *kernel);

/* Room for as many channels (netns.index) as that. 0 or a negative errno. */
int kernel_reserve(struct kernel *kernel, size_t channels, struct netlab_report *report);

/* Whether there is a channel for an index. */
bool kernel_has(const struct kernel *kernel, size_t index);

/* Open the namespace that is bound at a path. 0; -ENOENT; -ESTALE when it is no namespace; … */
int kernel_open_netns(struct kernel *kernel, size_t index, const char *path);

/* The same with one that is open (consumed). */
int kernel_take_netns(struct kernel *kernel, size_t index, int fd);

/* Take a namespace's name away, from /run/netns and where it is bound. 0 or -errno. */
int kernel_unname(struct kernel *kernel, const struct netns *netns);

/* Let go of a namespace: without a name it goes away. */
void kernel_close_netns(struct kernel *kernel, size_t index);

/*
 * What of a plan this kernel lacks: kinds of interfaces, options, netem; all of it is reported, at
 * the lines that ask for it. 0 or a negative errno. It is tried out in a namespace that nobody
 * sees; nothing is, where the plan needs nothing that a kernel may lack.
 */
int kernel_check_features(struct kernel *kernel, const struct plan *plan,
                          struct netlab_report *report);

/* Give the calling thread's fresh namespace the settings of those that `up` makes. 0; -EROFS where
   none can be written, even if these need not be; or -errno. */
int kernel_reset_sysctls(void);

/* A sysctl of a namespace as `up` makes them. 0 or -errno. */
int kernel_fresh_sysctl(struct kernel *kernel, const char *path, char *value, size_t size);

/*
 * Carry out ops, in order. Stops at the first that is refused, with the error in the report, at the
 * line of the file. What is to be taken away and is not there is fine.
 */
int kernel_run(struct kernel *kernel, const struct op *ops, size_t count,
               const struct netlab_options *options, struct netlab_report *report);

/*
 * Carry out a plan that takes things away. Goes on after a refusal; the first is returned.
 * Namespaces and their names are left to whoever gave them: those go with kernel_close(), and with
 * the directory that they are bound in.
 */
int kernel_undo(struct kernel *kernel, const struct plan *plan,
                const struct netlab_options *options, struct netlab_report *report);

/* Take back what kernel_run() did, in reverse, as kernel_undo(). */
int kernel_rollback(struct kernel *kernel, struct netlab_report *report);

/* How many steps there will be in all, for progress. */
void kernel_expect(struct kernel *kernel, size_t steps);

/*
 * For tests: called before each op is carried out, when all before it are done. What it returns,
 * 0 or a negative errno, is taken for the kernel's answer. Not called for what takes back.
 */
typedef int kernel_probe_fn(const struct op *op);
void kernel_set_probe(struct kernel *kernel, kernel_probe_fn *probe);

/* The mark (IFLA_GROUP) of links made in namespaces of others; 0: none are. */
void kernel_set_group(struct kernel *kernel, uint32_t group);

/* SO_NETNS_COOKIE of the host namespace: unique while the machine runs. 0: the kernel has none. */
uint64_t kernel_cookie(const struct kernel *kernel);

/* What tells a namespace from all others. */
struct netns_id {
    uint64_t cookie; /* SO_NETNS_COOKIE; 0: the kernel has none */
    uint64_t inode;  /* may be used again when the namespace is gone */
};

/* A descriptor of what a path leads to, or -errno; -ESTALE: it is no namespace. */
int netns_open(const char *path);

/* Of a namespace that is open; -ESTALE: it is none. 0 or -errno. */
int netns_identify(int fd, struct netns_id *ret_id);

bool netns_is(const struct netns_id *a, const struct netns_id *b);

/*
 * Open the namespace that a path leads to. id: or NULL; where the path leads to another one by now,
 * it is looked for among those that processes are in and those of /run/netns. The descriptor, or
 * -errno; -ENOENT: there is no such namespace any more.
 */
int netns_find(const char *path, const struct netns_id *id);

/*
 * Take over what devices that exist are, where things of the lab depend on it: what the ports of a
 * bridge begin with. 0 or the first error's negative errno; all are reported.
 */
int kernel_adopt(struct kernel *kernel, struct netlab_report *report);

/*
 * Before anything is made: what the file says of namespaces of others must fit them. Names of its
 * interfaces are free, devices that it refers to are there, sysctls exist; reads what they were
 * (sysctl.before). 0 or the first error's negative errno; all are reported.
 */
int kernel_check_foreign(struct kernel *kernel, const struct plan *plan,
                         struct netlab_report *report);

/*
 * The links of a namespace: calls found() for each. 0 or a negative errno.
 */
typedef void kernel_link_fn(uint32_t ifindex, uint32_t group, const char *name, void *userdata);
int kernel_links(struct kernel *kernel, const struct netns *netns, kernel_link_fn *found,
                 void *userdata);

/*
 * Delete all links that carry our group in the lab's namespaces of others. Where something sits in
 * the group that is no interface of the lab, ours are deleted one by one and it stays.
 */
int kernel_delete_links(struct kernel *kernel, struct netlab_report *report);

/* Delete an interface of one of our own namespaces, which may be gone, or have lost it. */
int kernel_delete_stacked(struct kernel *kernel, const struct iface *iface,
                          struct netlab_report *report);

#endif
