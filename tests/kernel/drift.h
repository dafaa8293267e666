/* SPDX-License-Identifier: MIT */
/*
 * Job: what people do behind netlab's back, one command at a time.
 * In: a lab that is up, as the kernel shows it, and what its file asks for. Out: a command.
 */
#ifndef TESTS_DRIFT_H
#define TESTS_DRIFT_H

#include "converge.h"

struct drift {
    const char *command;
    const char *undo; /* takes away what it added, where netlab left that alone; NULL: nothing */
    bool destroys;    /* something that the file asks for */
};

struct drift_kind {
    const char *name;
    /* False: the lab has nothing of the kind. */
    bool (*choose)(struct random *random, const struct script *script, struct drift *ret);
};

enum { DRIFT_RARE = 12 }; /* so many, the first ones, are of what only few labs have */
extern const struct drift_kind drift_kinds[];
unsigned drift_kind_count(void);

#endif
