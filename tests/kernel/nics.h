/* SPDX-License-Identifier: MIT */
/*
 * Job: the two NICs of the QEMU guest, for tests that play with them.
 */
#ifndef TESTS_NICS_H
#define TESTS_NICS_H

#include <stdbool.h>

/* Takes them into the test's own namespace, as eth0 and (up, 10.9.9.2/24) eth1; false: there are
   none. Those of another machine are never touched. */
bool take_nics(void);

#endif
