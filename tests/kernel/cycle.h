/* SPDX-License-Identifier: MIT */
/*
 * Job: what must hold for every topology, whatever kinds are in it.
 */
#ifndef TESTS_CYCLE_H
#define TESTS_CYCLE_H

#include "kernel.h"

/*
 * It comes up, looks as it should (look: NULL: no matter), a second `up` has nothing to do; what
 * `dump` writes is the same and makes the same again; so does the script of `plan`. Nothing is
 * left.
 */
void cycle(const struct topology *topology, void (*look)(void));

/* A dump without states of links: whether a carrier was there before or comes later, which is seen
   or not (operstate UNKNOWN), hangs on the order of things. */
const char *unwatched(const char *dump);

/*
 * Brings it up, edits its file by a filter (sed) and brings that up: the interface, "NS NAME", is
 * altered in place or made anew. It stays up; what was up before goes down.
 */
void cycle_change(const struct topology *topology, const char *filter, const char *iface,
                  bool in_place);

/* Brings it up; what others do to it is seen, and mended by another `up`. It goes down. */
void cycle_drift(const struct topology *topology, const char *command);

#endif
