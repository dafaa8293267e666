/* SPDX-License-Identifier: MIT */
/*
 * Job: how the rooms add to a `struct netlab_report` (see include/netlab/report.h).
 * Depends on: libc, arena, source. Must not know: who asks.
 *
 * All functions take NULL as report. Diagnostics that say the same of the same place are kept once
 * (a body that is read for many objects, as `defaults:` is, complains once).
 */
#ifndef NETLAB_BASE_REPORT_H
#define NETLAB_BASE_REPORT_H

#include <netlab/report.h>

#include "base/source.h"

/*
 * Add an error; returns -error, so that `return report_error(…)` reads well. error is a positive
 * errno; source may be NULL, mark.line may be 0.
 */
int report_error(struct netlab_report *report, int error, const struct source *source,
                 struct mark mark, const char *format, ...) __attribute__((format(printf, 5, 6)));
void report_warning(struct netlab_report *report, const struct source *source, struct mark mark,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* An error without a place in a file. */
int report_plain(struct netlab_report *report, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * How many errors were added, each as often as it was: two equal before and after a call mean that
 * it found none. (netlab_report_count() does not count what is known already.) 0 for NULL.
 */
size_t report_errors(const struct netlab_report *report);

/* Out of memory: always succeeds, returns -ENOMEM. */
int report_oom(struct netlab_report *report);

/* Give the diagnostic that was added last a hint, unless it has one. */
void report_hint(struct netlab_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Hint "did you mean 'X'?" when a candidate is near; candidates are NULL-terminated. */
void report_similar(struct netlab_report *report, const char *word, const char *const *candidates);

#endif
