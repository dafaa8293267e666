/* SPDX-License-Identifier: MIT */
/*
 * Job: one `up`, `down`, `diff` or `dump` from end to end: claim the lab, look, compare, plan, run,
 * take back, let go. What the files of this room share.
 * Depends on: all rooms above. Must not know: the command line.
 */
#ifndef NETLAB_APPLY_JOB_H
#define NETLAB_APPLY_JOB_H

#include "diff/diff.h"
#include "kernel/kernel.h"
#include "observe/observe.h"
#include "plan/plan.h"
#include "state/state.h"

struct job {
    struct netlab_lab *lab; /* the caller's, or of the spec */
    const struct netlab_options *options;
    struct netlab_report *report;
    struct state state;
    struct arena *arena;
    struct changes changes;
    struct plan plan;
    struct kernel *kernel;
    struct spec spec;
    /* of a lab that is up */
    struct netlab_lab *applied[DIFF_OWNERS]; /* what it was brought up from; NULL: not readable */
    struct netlab_lab *seen;                 /* what the kernel has */
    const struct netlab_lab *first;          /* what it had before the change; or NULL */
    const struct spec *back_to;              /* on the way back: the spec before the change */
    bool settled;                            /* as struct diff_owners has it */
    bool names_others;                       /* what is others' is to be told, all of it */
};

/* job.c */

double job_now(void); /* milliseconds */

/* Whether the kernel lets us: told up front, not after half of the work. 0 or -EPERM. */
int job_check_privileges(struct netlab_report *report);

void job_release(struct job *job);

/* Plan the way from one lab to another. 0 or -ENOMEM, reported. */
int job_plan(struct job *job, struct netlab_lab *seen, struct netlab_lab *wanted);

/* Fill what is counted from the lab, and tell it. */
void job_count(struct job *job);
void job_set_result(const struct job *job, struct netlab_result *result);

/* up.c */

/* What the spec is to say of the lab. */
int job_describe(struct job *job);
/* A mark for our links in namespaces of others that nobody else has. Under state_lock_all(). */
int job_choose_group(struct job *job);
/* Before anything is made: names are free, the namespaces of others have what the lab refers to.
   What was there before is noted, so this is done under state_lock_all(), lest another lab changes
   it first. */
int job_check(struct job *job);
/* The same: what the plan needs and this kernel lacks, what nft has against the rulesets; all of it
   is reported. */
int job_try(struct job *job);
/* Carry out the plan; what gives and takes names at last, and alone. */
int job_run(struct job *job);

/* down.c: take away a claimed lab, whatever state it is in. Releases the claim. */
int job_take_away(struct job *job, struct netlab_result *result);
/* Undo what was done, alone if that concerns sysctls of others; undo() lets those be that another
   lab has set as well. */
int job_take_back(struct job *job, int (*undo)(struct job *job));

/* look.c */

/* See what the kernel has of a lab that is up, by its spec; compare job.lab with it. */
int job_look(struct job *job);
/* The same again, at the namespaces of a lab whose channels are known. */
int job_look_again(struct job *job, const struct netlab_lab *like, struct netlab_lab **ret_seen);

/* services.c: end those that the lab does not have any more; end all. */
int job_forget_services(struct job *job);
int job_end_services(struct job *job);

/* keys.c: read those that are in files of their own; whether the file has secrets in it. */
int job_read_keys(const struct job *job);
bool job_has_secrets(const struct job *job);

/* converge.c: bring a lab that is up to what its file says; whether it is from the same file. */
int job_check_file(const struct job *job, const struct spec *spec);
int job_converge(struct job *job, struct netlab_result *result);

/*
 * attach.c: namespaces that exist. Each is found by its path, or where that leads elsewhere by now,
 * by its number among those of all processes; the spec tells whether it is the one.
 */

/* Find those that the lab wants, and open them; the spec gets them. Errors at the lines. */
int job_attach(struct job *job);

/* Open those of the spec that are still there; reserves channels from an index on. */
int job_reattach(struct job *job, size_t index);

/* How many the spec has; those of them that are open, as places to look at: returns how many. */
size_t job_count_attached(const struct job *job);
size_t job_attached_places(const struct job *job, struct observe_place *places);

/* Drop from the spec what the lab no longer attaches. */
void job_forget_attachments(struct job *job);

/*
 * existing.c: devices of others that the lab changes.
 */

/* Note in the spec what they were, and which addresses they had. 0 or -ENOMEM. */
int job_save_existing(struct job *job);

/* Drop from the spec what the lab no longer changes. 0 or -ENOMEM. */
int job_forget_existing(struct job *job);

/* Take it from the spec. */
void job_recall_existing(const struct job *job, struct netlab_lab *lab);

/*
 * foreign.c: sysctls of namespaces of others that several labs set. They must agree on the value;
 * the one that comes first notes what it was before, the others take that over, and the one that
 * goes last gives it back. All but job_recall_sysctls() under state_lock_all(). 0 or a negative
 * errno.
 */

/* Note in the spec what the plan's sysctls were; an error at the line where labs disagree. */
int job_save_sysctls(struct job *job);

/* The same of those that are as the lab wants them already, so that they stay when whoever has set
   them goes. */
int job_claim_sysctls(struct job *job);

/* Take what they were from the spec. */
int job_recall_sysctls(struct job *job);

/* What those that were seen in namespaces of others were before; of what is another lab's too,
 * nothing. */
int job_note_sysctls(const struct job *job, struct netlab_lab *seen);

/* Take out of the plan what gives them back, which is done at the end, by the next two; returns how
   many. Needs no lock. What gives some back returns how many: as `all` among them changes what
   interfaces have of their own, that is to be compared again. */
size_t job_hold_back_sysctls(struct job *job);

/* Give back what the lab no longer sets and no other lab has, and drop it from the spec. */
int job_return_sysctls(struct job *job);

/* On the way back, the same of what the change set for the first time; the spec stays as it is. */
int job_return_claims(struct job *job);

/* Let those be that another lab has set as well. */
int job_yield_sysctls(struct job *job);

#endif
