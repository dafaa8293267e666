/* SPDX-License-Identifier: MIT */
/*
 * Job: YAML → model: the tree with marks, the fields by their tables, references, semantic checks.
 * Depends on: base, model, kinds, libyaml. Must not know: netlink, the kernel's state, the plan.
 */
#ifndef NETLAB_PARSE_PARSE_H
#define NETLAB_PARSE_PARSE_H

#include "model/lab.h"

struct netlab_report;

enum {
    PARSE_SIZE_MAX = 16 * 1024 * 1024, /* bytes of a file */
    PARSE_DEPTH_MAX = 64,              /* nesting */
    PARSE_NODES_MAX = 1000 * 1000,     /* nodes, each use of an alias counted */
};

/*
 * Read and check a topology.
 *
 * file: what diagnostics call it, and what the default name comes from (the base name without
 * .yaml or .yml, the directory's name where the file is topo.yaml); NULL: "<buffer>", and `name:`
 * is obligatory. "-" is called "<stdin>" and has no default name either.
 *
 * 0 and a lab in an arena of its own (lab_free(), model/lab.h), or -EINVAL, -ENOMEM; then every
 * error of the text is in the report.
 */
int parse_lab(const char *text, size_t size, const char *file, struct netlab_lab **ret_lab,
              struct netlab_report *report);

/* Only the lab's name, with whatever errors elsewhere. 0, -EINVAL, -ENOMEM. */
int parse_name(const char *text, size_t size, const char *file, char ret_name[LAB_NAME_MAX + 1],
               struct netlab_report *report);

/* The whole of a file (or standard input, "-"), to be freed. 0, -EFBIG, or a negative errno. */
int parse_read(const char *path, char **ret_text, size_t *ret_size, struct netlab_report *report);

/* Whether a name is legal for a lab or namespace: [a-zA-Z0-9][a-zA-Z0-9_.-]*, 1 to 64. */
bool parse_is_name(const char *name);

#endif
