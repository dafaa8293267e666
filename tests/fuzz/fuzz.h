/* SPDX-License-Identifier: MIT */
/*
 * Job: what the fuzz target and its drivers agree on.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct netlab_lab;

/* Plan it, print it, write it as a file and read that, compare it with the one before. */
void follow(struct netlab_lab *lab, FILE *null);

/* Read it, and abort where what comes out contradicts itself. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Make something else of it, of the same sort: lines, words and references, seldom bytes. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/* Put a part of another one into it. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max, unsigned seed);

#endif
