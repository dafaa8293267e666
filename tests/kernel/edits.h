/* SPDX-License-Identifier: MIT */
/*
 * Job: random edits of topology files, as people make them: one thing is added, removed, changed,
 * swapped or renamed.
 * In: a file's text, what sort of edit, a seed. Out: the text after it.
 *
 * An edit need not be smart: whether the file is a good one afterwards is for netlab to say.
 */
#ifndef TESTS_EDITS_H
#define TESTS_EDITS_H

#include <stdbool.h>
#include <stdint.h>

/* The same numbers for the same seed, on every machine (xorshift64*). */
struct random {
    uint64_t state;
};

/* A generator for a purpose of its own: which one is told by a text. */
struct random random_seeded(long seed, const char *purpose);
/* 0 … below - 1. */
unsigned random_below(struct random *random, unsigned below);
bool random_one_in(struct random *random, unsigned count);

/* Sorts of edits: how many, what number N is called. */
unsigned edit_kind_count(void);
const char *edit_kind_name(unsigned kind);
/* Whether this kernel has what it is about. */
bool edit_kind_is_possible(unsigned kind);

/* The text after an edit, or NULL: not possible here, or nothing has changed. */
const char *edit_text(const char *yaml, unsigned kind, struct random *random,
                      const char **ret_words);
/* Asks which kinds of links the kernel has; what it loads for that may make links in all new
   namespaces. */
void edit_kinds_ask(void);
/* The text as edit_text() would write it without an edit: for comparing. */
const char *edit_none(const char *yaml);

#endif
