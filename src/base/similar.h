/* SPDX-License-Identifier: MIT */
/*
 * Job: "did you mean …?": which of some words is nearest to one.
 * Depends on: libc.
 */
#ifndef NETLAB_BASE_SIMILAR_H
#define NETLAB_BASE_SIMILAR_H

/*
 * The candidate (NULL-terminated list) that is at most a third of the word's length, and at least
 * one, edits away (insert, delete, replace, swap neighbours; case does not count); the nearest, the
 * first of equals. NULL: none is near.
 */
const char *similar_word(const char *word, const char *const *candidates);

#endif
