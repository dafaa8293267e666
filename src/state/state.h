/* SPDX-License-Identifier: MIT */
/*
 * Job: which labs are up: the registry in /run/netlab, its locks, and the names in /run/netns.
 * Depends on: base, model (names), kinds (what NICs are known by), service (its registry), kernel
 * facts of mounts. Must not know: netlink, YAML, plans.
 *
 * /run/netlab/LAB        the lab; the directory itself is the lock (flock)
 *               /spec    what was applied: who made it, what was there before, the file's text;
 *                        written before anything is made
 *               /ns      a tmpfs that the namespaces are bound in
 *               /services  what is known of the lab's processes (service/service.h)
 *               /up      there when all of it is
 * /run/netns/NAME        → /run/netlab/LAB/ns/NAME: the link tells whose the name is
 */
#ifndef NETLAB_STATE_STATE_H
#define NETLAB_STATE_STATE_H

#include <stdint.h>
#include <time.h>

#include "model/lab.h"

struct netlab_options;
struct netlab_report;

#define STATE_DIR "/run/netlab"
#define NETNS_DIR "/run/netns"

enum {
    BOOT_ID_SIZE = 40,
    STATE_PATH_SIZE = sizeof STATE_DIR + LAB_NAME_MAX + 16,
};

struct state {
    char name[LAB_NAME_MAX + 1];
    char names[STATE_PATH_SIZE];    /* "/run/netlab/LAB/ns" */
    char services[STATE_PATH_SIZE]; /* "/run/netlab/LAB/services" */
    int fd;                         /* the lab's directory, locked */
    bool has_spec;                  /* an earlier `up` began */
    bool is_up;                     /* … and ended well, since the machine was started */
};

/* A namespace that exists, and how it was found. */
struct attachment {
    struct attachment *next;
    const char *name;       /* the lab's, for it */
    const char *path;       /* absolute */
    uint64_t cookie, inode; /* as struct netns_id has them */
    size_t index;           /* the kernel's channel, where it is open; not written */
};

/* What an existing interface was, of what a lab has changed. */
struct saved_device {
    struct saved_device *next;
    const char *netns, *name;
    const struct iface *before;
};

/* An address that was there before a lab that has it too. */
struct saved_address {
    struct saved_address *next;
    const char *netns, *iface, *address;
};

struct spec {
    uint32_t group;  /* mark of the links in namespaces of others; 0: none */
    uint64_t cookie; /* of the network namespace that `host` was */
    char boot_id[BOOT_ID_SIZE];
    bool made_netns_dir;
    bool secret;   /* only root may read it */
    bool has_host; /* something of the lab may be in the host's namespace */
    size_t namespaces, links, interfaces, services; /* made, for those who count */
    const char *file;                               /* absolute, or "<stdin>" and the like */
    struct attachment *attachments;                 /* all that something of the lab may be in */
    struct saved_device *devices;                   /* likewise */
    struct saved_address *addresses;                /* likewise */
    struct saved_sysctl *sysctls;                   /* of namespaces of others */
    const char *text;                               /* the topology */
    size_t size;
    const char *previous; /* the one before, while the lab is on its way to this one; or NULL */
    size_t previous_size;
};

/* Report that another netlab is at work on the lab; waited: it has been waited for. -EBUSY. */
int state_busy(const char *name, bool waited, struct netlab_report *report);

/* … that a namespace may be that of two labs. -ENOTUNIQ. */
int state_ambiguous(const char *lab, const char *other, const char *ns,
                    struct netlab_report *report);

/*
 * Lock a lab. create: make its directory where there is none. options (or NULL): how long to wait
 * for another netlab that is at it, and what ends that. 0; -ENOENT without create; -EBUSY when
 * another netlab is at it for longer; -ECANCELED while waiting; or what the system refused.
 */
int state_claim(const char *name, bool create, const struct netlab_options *options,
                struct state *ret_state, struct netlab_report *report);
/* The same for those who only look: any number at once. They wait for a while, and are waited for
   by those who are at work, as neither takes long. */
int state_claim_to_look(const char *name, struct state *ret_state, struct netlab_report *report);

void state_release(struct state *state);

/* The boot ID of the running kernel. 0 or a negative errno. */
int state_boot_id(char boot_id[BOOT_ID_SIZE]);

/* Read and write the spec; strings are the arena's. */
int state_read_spec(const struct state *state, struct arena *arena, struct spec *ret_spec,
                    struct netlab_report *report);
int state_write_spec(struct state *state, const struct spec *spec, struct netlab_report *report);

/* The attachment of a name; NULL: none. */
struct attachment *spec_attachment(const struct spec *spec, const char *name);

/*
 * Keep other netlabs from choosing marks or changing names until the descriptor is closed. Returns
 * it, or a negative errno.
 */
int state_lock_all(struct netlab_report *report);

/*
 * Calls found() for the spec of each other lab that was applied since the machine was started.
 * Under state_lock_all(). 0 or a negative errno.
 */
typedef void state_spec_fn(const char *lab, const struct spec *spec, void *userdata);
int state_each_spec(const char *except_lab, struct arena *arena, state_spec_fn *found,
                    void *userdata);

/*
 * Whether the names of those of the lab's namespaces that are to be made (netns.seen) are free in
 * /run/netns, and whether that has to be made first. Errors at the lines of the file.
 */
int state_check_names(const struct netlab_lab *lab, bool *ret_make_netns_dir,
                      struct netlab_report *report);

/* The tmpfs that namespaces get their names in, where there is none yet, and /run/netns. */
int state_mount_names(struct state *state, struct netlab_report *report);

/* The names that are bound in it, sorted; as state_list(). */
int state_namespaces(const struct state *state, char ***ret_names, struct netlab_report *report);

/* Drop what a kill has left of names of others than these: files that no namespace is bound to. */
void state_tidy_namespaces(const struct state *state, const struct strmap *names);

/* Whether /run/netns has a namespace's name, and it is this lab's. */
bool state_is_named(const struct state *state, const char *netns);

/* All is there. */
int state_commit(struct state *state, struct netlab_report *report);

/* Take away all that the registry has of the lab, names and directory included. Goes on after a
   refusal; the first is returned. */
int state_remove(struct state *state, bool made_netns_dir, struct netlab_report *report);

/* Names of all labs, sorted, NULL-terminated; to be freed one by one and as a whole. */
int state_list(char ***ret_names, struct netlab_report *report);

enum state_condition {
    STATE_UP,
    STATE_HALF_CHANGED, /* an `up` was killed on the way from one file to another */
    STATE_BUSY,         /* another netlab is at it */
    STATE_INCOMPLETE,   /* its `up` or `down` was killed */
    STATE_STALE,        /* the machine was restarted since */
};

/* Whether it has namespaces to go into. */
static inline bool state_is_usable(enum state_condition condition)
{
    return condition == STATE_UP || condition == STATE_HALF_CHANGED;
}

/* Look at a lab without locking it. root: where its registry is, "" or where another root can be
   seen. 0, -ENOENT, … */
int state_look(const char *root, const char *name, struct arena *arena, struct spec *ret_spec,
               enum state_condition *ret_condition, time_t *ret_since);

#endif
