/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of what all rooms stand on.
 */
#include "unit.h"

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {arena_suite,  values_suite,       json_suite,
                                             report_suite, distribution_suite, NULL};

    return test_main(argc, argv, "base", suites);
}
