/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What went wrong, and where: the errors and warnings of one call.
 *
 * The library never prints and never exits. A function that can fail takes a `struct
 * netlab_report *` as its last argument, returns 0 or a negative errno, and adds one diagnostic
 * for every cause it found: a file with five mistakes gives five. NULL is allowed wherever a
 * report is taken; then only the return value tells.
 *
 * A report belongs to the caller and may be used for several calls; diagnostics add up.
 *
 * Threads: a report must not be used by two of them at once; different ones may. Privileges: none.
 * Errors: those of a call go to the report that the call was given; that memory was short always
 * has room in there.
 */
#ifndef NETLAB_REPORT_H
#define NETLAB_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <netlab/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How bad a diagnostic is. Warnings never make a call fail. */
enum netlab_severity {
    NETLAB_ERROR,
    NETLAB_WARNING,
};

/** One error or warning. All strings belong to the report and live as long as it does. */
struct netlab_diagnostic {
    enum netlab_severity severity;
    int error;           /**< positive errno of the cause, e.g. ENETUNREACH; EINVAL for bad files */
    const char *file;    /**< file name as given, "<stdin>", or NULL where no file is concerned */
    unsigned line;       /**< 1-based; 0: the file as a whole, or no file */
    unsigned column;     /**< 1-based, counted in characters */
    unsigned length;     /**< characters that the diagnostic is about, at least 1 */
    const char *message; /**< one line, no full stop, no newline */
    const char *hint;    /**< e.g. "did you mean 'eth0'?", or NULL */
    const char *source;  /**< the text of that line, or NULL */
    unsigned
        alias_line; /**< where the text came in through a YAML alias or merge key; 0: it did not */
    unsigned alias_column; /**< 1-based */
};

/** An ordered collection of diagnostics. */
struct netlab_report;

/** Errors beyond this number are counted, not kept. */
#define NETLAB_REPORT_MAX 20

/** Make an empty report. NULL when memory is short. To be freed with netlab_report_free(). */
NETLAB_API struct netlab_report *netlab_report_new(void);

/** Free a report and all strings handed out of it. NULL is fine. */
NETLAB_API void netlab_report_free(struct netlab_report *report);

/** Forget all diagnostics; strings handed out before become invalid. */
NETLAB_API void netlab_report_clear(struct netlab_report *report);

/**
 * How many diagnostics of that severity were added, those past #NETLAB_REPORT_MAX included; a
 * repetition is none.
 */
NETLAB_API size_t netlab_report_count(const struct netlab_report *report,
                                      enum netlab_severity severity);

/** How many diagnostics can be read with netlab_report_get(): those that are kept. */
NETLAB_API size_t netlab_report_size(const struct netlab_report *report);

/**
 * The diagnostic number @p index, in the order of the file's lines (those without a line last).
 * NULL past the end. It belongs to the report, until that is cleared, freed or added to.
 */
NETLAB_API const struct netlab_diagnostic *netlab_report_get(const struct netlab_report *report,
                                                             size_t index);

/** How netlab_report_print() writes. */
enum netlab_report_style {
    NETLAB_REPORT_TEXT,  /**< FILE:LINE:COLUMN: error: …, the line, a caret */
    NETLAB_REPORT_COLOR, /**< the same with terminal colours */
    NETLAB_REPORT_JSON,  /**< one JSON object: {"errors": [...], "warnings": [...]} */
};

/**
 * Write all diagnostics to @p out, which stays the caller's; it is not flushed.
 *
 * @return 0; or a negative errno when writing fails.
 */
NETLAB_API int netlab_report_print(const struct netlab_report *report, FILE *out,
                                   enum netlab_report_style style);

#ifdef __cplusplus
}
#endif

#endif
