/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of what `up` makes on the real kernel.
 */
#include "kernel.h"

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {
        examples_suite, interfaces_suite, bridges_suite, routes_suite,   namespaces_suite,
        host_suite,     plan_suite,       attach_suite,  tutorial_suite, NULL};

    return test_main(argc, argv, "kernel", suites);
}
