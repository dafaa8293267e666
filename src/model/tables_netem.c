/* SPDX-License-Identifier: MIT */
/*
 * Job: the words of netem, those of tc-netem(8); see tables.c.
 * Ranges: net/sched/sch_netem.c of the kernel.
 */
#include <limits.h>

#include "model/lab.h"

#define MICROSECONDS .unit = 1000

const struct choice choices_distribution[] = {{"uniform", DISTRIBUTION_UNIFORM},
                                              {"normal", DISTRIBUTION_NORMAL},
                                              {"pareto", DISTRIBUTION_PARETO},
                                              {"paretonormal", DISTRIBUTION_PARETONORMAL},
                                              {NULL, 0}};

static const struct field netem_fields[] = {
    [NETEM_DELAY] = {.key = "delay",
                     .type = FIELD_DURATION,
                     AT(netem, delay),
                     MICROSECONDS,
                     .max = 3600000000,
                     .flags = FIELD_INITIAL,
                     .fallback = "0",
                     .doc = "Each packet waits that long."},
    [NETEM_JITTER] = {.key = "jitter",
                      .type = FIELD_DURATION,
                      AT(netem, jitter),
                      MICROSECONDS,
                      .max = INT_MAX / 1000000 * 1000, /* nanoseconds are an int in tabledist() */
                      .flags = FIELD_INITIAL,
                      .fallback = "0",
                      .doc = "The delay varies by that much. Packets may overtake each other."},
    [NETEM_DISTRIBUTION] = {.key = "distribution",
                            .type = FIELD_ENUM,
                            AT(netem, distribution),
                            .choices = choices_distribution,
                            .flags = FIELD_INITIAL,
                            .initial = DISTRIBUTION_UNIFORM,
                            .fallback = "uniform",
                            .doc = "How the jitter is distributed: `uniform` within delay ± "
                                   "jitter, of the others the jitter is the standard deviation."},
    [NETEM_LOSS] = {.key = "loss",
                    .type = FIELD_PERCENT,
                    AT(netem, loss),
                    .flags = FIELD_INITIAL,
                    .fallback = "0",
                    .doc = "So many packets are lost."},
    [NETEM_DUPLICATE] = {.key = "duplicate",
                         .type = FIELD_PERCENT,
                         AT(netem, duplicate),
                         .flags = FIELD_INITIAL,
                         .fallback = "0",
                         .doc = "So many packets are sent twice."},
    [NETEM_CORRUPT] = {.key = "corrupt",
                       .type = FIELD_PERCENT,
                       AT(netem, corrupt),
                       .flags = FIELD_INITIAL,
                       .fallback = "0",
                       .doc = "So many packets have one bit turned."},
    [NETEM_REORDER] = {.key = "reorder",
                       .type = FIELD_PERCENT,
                       AT(netem, reorder),
                       .flags = FIELD_INITIAL,
                       .fallback = "0",
                       .doc = "So many packets do not wait, and overtake those that do."},
    [NETEM_RATE] = {.key = "rate",
                    .type = FIELD_RATE,
                    AT(netem, rate),
                    .flags = FIELD_INITIAL,
                    .fallback = "no limit",
                    .doc = "No more passes than that."},
    [NETEM_LIMIT] = {.key = "limit",
                     .type = FIELD_UINT,
                     AT(netem, limit),
                     .min = 1,
                     .max = UINT32_MAX,
                     .flags = FIELD_INITIAL,
                     .initial = NETEM_LIMIT_INITIAL,
                     .fallback = "1000",
                     .doc =
                         "So many packets may wait; more are lost. `delay` and `rate` need room: "
                         "100 Mbit/s for 100 ms are 830 full packets."},
};

static const struct habit netem_habits[] = {
    {"latency", "it is called 'delay'"},
    {"drop", "it is called 'loss'"},
    {"bandwidth", "it is called 'rate'"},
    {"bw", "it is called 'rate'"},
    {"corruption", "it is called 'corrupt'"},
    {"gap", "write 'reorder' with a percentage"},
    {"ecn", "netlab has the keys of tc-netem(8) but for correlation, gap, slot, ecn and seed"},
    {"slot", "netlab has the keys of tc-netem(8) but for correlation, gap, slot, ecn and seed"},
    {"correlation",
     "netlab has the keys of tc-netem(8) but for correlation, gap, slot, ecn and seed"},
    {NULL, NULL}};

const struct table table_netem = {.name = "netem",
                                  .size = sizeof(struct netem),
                                  .fields = netem_fields,
                                  .field_count = COUNT(netem_fields),
                                  .scalar = -1,
                                  .habits = netem_habits,
                                  .doc = "What becomes of packets that leave by an interface: the "
                                         "queueing discipline netem, at its root."};
