/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of what the library does in namespaces of labs (include/netlab/fixture.h), and of
 * threads that use it at once; sandboxes that stay (include/netlab/sandbox.h); what labs share.
 */
#include "library.h"

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {wait_suite,     inside_suite,  spawn_suite,
                                             services_suite, threads_suite, kept_suite,
                                             shared_suite,   NULL};

    return test_main(argc, argv, "library", suites);
}
