/* SPDX-License-Identifier: MIT */
/*
 * Job: what the sweeps share that let one step of `up` or `down` go wrong: the library runs in this
 * process, linked so that a step can be refused, or the process killed before it.
 *
 * A step is an op of the plan, or something that netlab writes down about it: the spec, the
 * directory of names, that all of it is there, which is the last. Of `down`, it is each system call
 * that takes something away, too.
 */
#ifndef TESTS_STEPS_H
#define TESTS_STEPS_H

#include "kernel.h"

/* In these ways; a sweep has each step fail in the next one, or in all. */
enum { STEP_ERRORS = 5 };
int step_error(size_t number);

/* Where namespaces are that the files attach, from now on. */
void step_attach(const char *const *attach);

/* `up` and `down` of a file, which must do. */
void step_up(const char *file);
void step_down(const char *file);
/* The same, and how many steps it had. */
size_t step_count(const char *file);
size_t step_count_down(const char *file);

/* `up` with that step refused: it must say so. Whether it came to that step. */
bool step_refused(const char *file, size_t step, int error);
/* A process that is killed before that step of `up`, of `down`. Whether it came to that step. */
bool step_kills(const char *file, size_t step);
bool step_kills_down(const char *file, size_t step);

/* One in so many steps is to be tried, and which is the first: another one for each file. */
struct stride {
    size_t first, next;
};
struct stride step_stride(const char *variable, long fallback, size_t file);

Suite *steps_examples_suite(void);
Suite *steps_changes_suite(void);

#endif
