/* SPDX-License-Identifier: MIT */
/*
 * Job: the kernel's answers on their way to the library, which runs in this process.
 */
#ifndef TESTS_ANSWERS_H
#define TESTS_ANSWERS_H

#include <check.h>
#include <sys/types.h>

/* What is done to each answer; NULL: nothing. */
extern void (*answer_hook)(void *buffer, ssize_t size);

Suite *lacks_suite(void);

#endif
