/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of the library's calls share: a lab that is up, what it must not leave.
 */
#ifndef TESTS_LIBRARY_H
#define TESTS_LIBRARY_H

#include <errno.h>

#include <netlab/netlab.h>

#include "harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Everybody's; fixtures make it. */
extern struct netlab_report *report;

/* For fixtures: a sandbox, and a report. */
void with_report(void);
/* The same, and in it lab duo is up: left 10.0.0.1/24 fd00::1/64 — right 10.0.0.2/24 fd00::2/64. */
void with_duo(void);

/* Brings a lab up that needs no file. */
void lab_up(const char *yaml);
/* What the report says first; "" if nothing; it is empty then. */
const char *first_message(void);
/* Fails the test unless the call succeeds. */
#define fine(call) fine_at(__FILE__, __LINE__, #call, call)
int fine_at(const char *file, int line, const char *call, int result);
/* … fails as it must, and says so. */
#define refused(call, error, part) refused_at(__FILE__, __LINE__, #call, call, error, part)
void refused_at(const char *file, int line, const char *call, int result, int error,
                const char *part);

/* What this process has open. */
int descriptors(void);

Suite *wait_suite(void);
Suite *inside_suite(void);
Suite *spawn_suite(void);
Suite *services_suite(void);
Suite *threads_suite(void);
Suite *kept_suite(void);
Suite *shared_suite(void);

#endif
