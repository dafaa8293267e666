/* SPDX-License-Identifier: MIT */
/*
 * Job: signals while up and down are at work: they are remembered, not obeyed, so that what was
 * begun is taken back or finished.
 * In: INT, TERM, HUP, PIPE. Out: a flag for netlab_options.cancel.
 * Must not know: what is at work.
 */
#include "cli.h"

#include <signal.h>
#include <stdlib.h>

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static struct sigaction before[NUMBERS];
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

const volatile sig_atomic_t *cli_signals_hold(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    for (int i = 0; i < NUMBERS; i++) {
        sigaction(numbers[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN) /* nohup(1) wants it ignored */
            sigaction(numbers[i], &action, NULL);
    }
    signal(SIGPIPE, SIG_IGN);
    return &caught;
}

int cli_signals_release(void)
{
    for (int i = 0; i < NUMBERS; i++)
        sigaction(numbers[i], &before[i], NULL);
    return caught;
}

void cli_signals_die(int number)
{
    sigset_t set;

    fflush(stdout);
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
    _Exit(128 + number);
}
