/* SPDX-License-Identifier: MIT */
/*
 * Job: system calls of netlab that fail, or at which it is killed: strace injects them.
 */
#ifndef TESTS_STRACE_H
#define TESTS_STRACE_H

#include <stddef.h>

/* The leak check needs ptrace, which strace has. */
#define STRACE "ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -f -qq -o $TMP/trace "

/* Skips the test where there is none. */
void need_strace(void);

/* How often each call is made: by the busiest thread of those in $TMP/trace. */
void count_calls(const char *const *calls, size_t count, int *ret_counts);

/* Try the first one, the last one and some in between of each call: NETLAB_FAULTS (4) of them.
   After each the network is to be what it was before. */
typedef void try_fn(const char *call, int number, const char *file, const char *before);
void try_each(const char *const *calls, const int *counts, size_t count, const char *file,
              const char *before, try_fn *try_one);

#endif
