/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of `netlab run`, as users and root run it.
 */
#include "run_test.h"

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {run_suite,
                                             run_signals_suite,
                                             run_refused_suite,
                                             run_kills_suite,
                                             run_services_suite,
                                             rootless_suite,
                                             NULL};

    int status;

    mark_program();
    status = test_main(argc, argv, "run", suites);
    kill_marked(); /* what a test that has failed could not take away */
    return status;
}
