/* SPDX-License-Identifier: MIT */
/*
 * Job: the tests of link kinds and of what else kernels may be built without. KIND_SUITES is made
 * in CMakeLists.txt: of each NAME there is a kinds_NAME.c with a NAME_suite().
 */
#include "kernel.h"

#define X(name) Suite *name##_suite(void);
KIND_SUITES
#undef X

#define X(name) name##_suite,
static Suite *(*const suites[])(void) = {KIND_SUITES NULL};
#undef X

int main(int argc, char **argv)
{
    return test_main(argc, argv, "kinds", suites);
}
