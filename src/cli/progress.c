/* SPDX-License-Identifier: MIT */
/*
 * Job: tell how far up or down is: a line on a terminal that is rewritten, or with -v a line for
 * every step.
 * In: netlab_progress. Out: standard error (the line), standard output (the steps).
 * Must not know: what the steps are.
 */
#include "cli.h"

#include <stdio.h>

enum {
    PATIENCE_MS = 200, /* what takes less needs no progress line */
    PERIOD_MS = 50,
};

static void set_next(struct timespec *next, const struct timespec *now, long milliseconds)
{
    next->tv_nsec = now->tv_nsec + milliseconds * 1000000;
    next->tv_sec = now->tv_sec + next->tv_nsec / 1000000000;
    next->tv_nsec %= 1000000000;
}

static void on_step(const struct netlab_progress *step, void *userdata)
{
    struct cli_progress *progress = userdata;
    struct timespec now;

    if (progress->is_verbose) {
        if (step->text)
            fprintf(progress->steps, "%s\n", step->text);
        cli_flush(); /* each as it is done, to a pipe too */
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec < progress->next.tv_sec ||
        (now.tv_sec == progress->next.tv_sec && now.tv_nsec < progress->next.tv_nsec))
        return;
    set_next(&progress->next, &now, PERIOD_MS);
    progress->is_shown = true;
    fprintf(stderr, "\r%s %s: step %zu of %zu\033[K", progress->what, progress->lab, step->done,
            step->total);
}

void cli_progress_start(struct cli_progress *progress, const struct cli_arguments *args,
                        const char *what, const char *lab, struct netlab_options *options)
{
    struct timespec now;

    *progress = (struct cli_progress){
        .what = what, .lab = lab, .is_verbose = args->verbose && !args->json, .steps = stdout};
    if (!progress->is_verbose && (args->quiet || args->json || !cli_is_terminal()))
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    set_next(&progress->next, &now, PATIENCE_MS);
    options->progress = on_step;
    options->userdata = progress;
    options->describe = progress->is_verbose;
}

void cli_progress_end(struct cli_progress *progress)
{
    if (progress->is_shown)
        fputs("\r\033[K", stderr);
    progress->is_shown = false;
}
