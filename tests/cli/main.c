/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of the netlab command, run as a user runs it.
 */
#include "cli_test.h"

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {usage_suite, files_suite,    lifecycle_suite,
                                             enter_suite, terminal_suite, signals_suite,
                                             NULL};

    return test_main(argc, argv, "cli", suites);
}
