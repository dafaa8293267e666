/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of reading topologies.
 */
#include "unit.h"

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {
        golden_suite, model_suite, names_suite, ranges_suite, reference_suite, speed_suite, NULL};

    return test_main(argc, argv, "parse", suites);
}
