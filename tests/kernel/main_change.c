/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of what `up` makes of a lab that is up.
 */
#include "between.h"

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {
        drift_suite,      drift_links_suite, drift_addresses_suite, drift_settings_suite,
        drift_host_suite, others_suite,      change_suite,          NULL};

    return test_main(argc, argv, "change", suites);
}
