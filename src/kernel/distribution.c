/* SPDX-License-Identifier: MIT */
/*
 * Job: the tables that the kernel draws netem's jitter from.
 * In: a distribution. Out: its quantiles, in steps of a netem standard deviation.
 *
 * The kernel takes a random entry t and delays by delay + jitter · t / 8192 (tabledist() in
 * net/sched/sch_netem.c, NETEM_DIST_SCALE). So a table of n entries holds the distribution's
 * quantiles at n places between 0 and 1, times 8192. tc reads such tables from files that iproute2
 * generates (netem/normal.c, pareto.c, paretonormal.c there); these are the same to within a
 * rounding, so that a delay is distributed as tc's of that name.
 */
#include "kernel/internal.h"

enum {
    SCALE = 8192, /* NETEM_DIST_SCALE */
    REACH = 5,    /* so many standard deviations are looked at; beyond 4 an entry is clipped */
    FINE = 4,     /* iproute2 looks at a grid that is so much finer, half a step off */
    NEWTON = 8,   /* steps, from a close value: plenty */
};

static int16_t clip(int value)
{
    return (int16_t)(value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value);
}

/*
 * Quantiles of the normal distribution. Its density is summed up from the middle outwards, in steps
 * of 1/8192: where the sum passes a place, there is the quantile. The density needs no exp():
 * from one step to the next it is multiplied by a factor that itself shrinks by a constant one.
 */
static void fill_normal(int table[DISTRIBUTION_SIZE])
{
    const double step = 1.0 / SCALE, square = step * step;
    const double shrink = 1 - square + square * square / 2; /* exp(-step²) */
    double factor = 1 - square / 2 + square * square / 8;   /* exp(-step²/2) */
    double density = 0.3989422804014327 * step;             /* 1/√2π, times the step */
    double sum = 0.5 + density / 2;
    int above = DISTRIBUTION_SIZE / 2, below = DISTRIBUTION_SIZE / 2 - 1;

    for (int value = 0; value < REACH * SCALE; value++) {
        double place = sum * FINE * DISTRIBUTION_SIZE;

        while (above < DISTRIBUTION_SIZE && FINE * above + 0.5 < place)
            table[above++] = value;
        while (below >= 0 && FINE * (DISTRIBUTION_SIZE - below) - 0.5 < place)
            table[below--] = -value;
        density *= factor;
        factor *= shrink;
        sum += density;
    }
}

/* Of the Pareto distribution with the exponent 3, moved and stretched to the mean 0 (its own is
   1.5) and about the deviation 1. */
static void fill_pareto(int table[DISTRIBUTION_SIZE])
{
    double root = 1; /* (1 - place)^(-1/3), by Newton's method from the last one */

    for (int i = 0; i < DISTRIBUTION_SIZE; i++) {
        double rest = (double)(DISTRIBUTION_SIZE - i) / DISTRIBUTION_SIZE, value;

        for (int n = 0; n < NEWTON; n++)
            root += root * (1 - rest * root * root * root) / 3;
        value = (root - 1.5) * 4 / 3 * SCALE;
        table[i] = clip((int)(value < 0 ? value - 0.5 : value + 0.5));
    }
}

void distribution_fill(enum distribution distribution, int16_t ret_table[DISTRIBUTION_SIZE])
{
    int normal[DISTRIBUTION_SIZE] = {0}, pareto[DISTRIBUTION_SIZE] = {0};

    if (distribution != DISTRIBUTION_PARETO)
        fill_normal(normal);
    if (distribution != DISTRIBUTION_NORMAL)
        fill_pareto(pareto);
    for (int i = 0; i < DISTRIBUTION_SIZE; i++)
        ret_table[i] =
            clip(distribution == DISTRIBUTION_PARETONORMAL ? (normal[i] + 3 * pareto[i]) / 4
                                                           : normal[i] + pareto[i]);
}
