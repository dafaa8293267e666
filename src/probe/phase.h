/* SPDX-License-Identifier: MIT */
/*
 * Job: what phase.c, which makes probes of tests, and probe.c, which runs them, have in common.
 */
#ifndef NETLAB_PROBE_PHASE_H
#define NETLAB_PROBE_PHASE_H

#include "probe/internal.h"

/* Ask all probes of a phase. 0 or a negative errno. */
int phase_run(struct prober *prober);

#endif
