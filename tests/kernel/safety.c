/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of what is left when something goes wrong on the real kernel, and of the first
 * packet.
 */
#include "kernel.h"

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {
        refusals_suite,    kills_suite, faults_suite, readiness_suite,
        concurrency_suite, again_suite, NULL};

    return test_main(argc, argv, "safety", suites);
}
