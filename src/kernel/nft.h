/* SPDX-License-Identifier: MIT */
/*
 * Job: nftables: the tables of a namespace, and libnftables, which reads and writes rulesets.
 * Depends on: model, channels, libnftables while it runs (not when it is built).
 *
 * The library is opened when it is first needed: labs without rulesets do without.
 */
#ifndef NETLAB_KERNEL_NFT_H
#define NETLAB_KERNEL_NFT_H

#include "model/ruleset.h"

struct kernel;
struct channel;
struct netlab_report;

/* Why the library is not there, in words; NULL: it is. */
const char *nft_fault(void);

/*
 * The tables of a namespace, by netlink: nothing has to be loaded for that. 0 (also where the
 * kernel has no nftables) or -errno, or what found() returned.
 */
typedef int nft_table_fn(const char *family, const char *name, void *userdata);
int nft_tables(struct kernel *kernel, const struct channel *channel, nft_table_fn *found,
               void *userdata);

/* A namespace as the library sees it. */
struct nft;

/* -ENOPKG: nft_fault(); -EPROTONOSUPPORT: the kernel has no nftables. 0 or -errno. */
int nft_open(struct kernel *kernel, const struct channel *channel, struct nft **ret_nft);
void nft_close(struct nft *nft);

static inline void cleanup_nft(struct nft **nft)
{
    nft_close(*nft);
}
#define CLEANUP_NFT __attribute__((cleanup(cleanup_nft))) struct nft

/*
 * The library ends the process (exit()) where memory or sockets are short. What is called then, on
 * the way out, before it: NULL: nothing.
 */
typedef void nft_rescue_fn(void *userdata);
void nft_guard(nft_rescue_fn *rescue, void *userdata);

/* Load a text as one transaction. 0; -EINVAL: it is refused, see nft_error(); -errno. */
int nft_load(struct nft *nft, const char *text);

/* The next of the errors of what was loaded; its words without their end are in text. */
bool nft_error(struct nft *nft, struct text_place *ret_place, const char **ret_text,
               size_t *ret_size);

/* The tables of a ruleset as nft lists them, without what moves by itself; one that is not there
   has no listing. 0 or -errno. */
int nft_list(struct nft *nft, struct ruleset *ruleset, struct arena *arena);

/* The listing of a table of a namespace, for those who look at one. */
int kernel_list_tables(struct kernel *kernel, const struct channel *channel,
                       struct ruleset *ruleset, struct arena *arena);

/* Whether the library is there, where a lab has rulesets. 0, or -ENOPKG at the line of the first.
 */
int kernel_need_nft(struct kernel *kernel, const struct netlab_lab *lab,
                    struct netlab_report *report);

/*
 * Before anything is made: load the rulesets of a lab in a namespace that nobody sees, which has
 * interfaces of the same names; their tables' listings are known then. seen: only of namespaces
 * that it has; NULL: all that were not tried yet. 0; -EBADMSG: what the file says is no ruleset,
 * whatever the kernel; or a negative errno; at the lines of the file.
 */
int kernel_try_rulesets(struct kernel *kernel, const struct netlab_lab *lab,
                        const struct netlab_lab *seen, struct netlab_report *report);

/*
 * The same for those who bring nothing up, and see nothing of the machine: calls bad() for each
 * ruleset that is none, whatever the kernel, with what there is to say. All else that goes wrong is
 * not told.
 */
typedef void ruleset_bad_fn(const struct netlab_report *report, void *userdata);
void kernel_check_rulesets(struct kernel *kernel, const struct netlab_lab *lab, ruleset_bad_fn *bad,
                           void *userdata);

#endif
