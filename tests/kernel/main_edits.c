/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of what `up` makes of each edit of a file.
 */
#include "between.h"

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {change_settings_suite, change_host_suite,
                                             change_whole_suite, NULL};

    return test_main(argc, argv, "edits", suites);
}
