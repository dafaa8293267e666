/* SPDX-License-Identifier: MIT */
/*
 * Job: see strace.h.
 */
#include "strace.h"

#include <stdlib.h>

#include "kernel.h"

void need_strace(void)
{
    if (sh("strace -o /dev/null true").status != 0)
        test_skip("strace is not there, or not allowed to trace");
}

void count_calls(const char *const *calls, size_t count, int *ret_counts)
{
    for (size_t i = 0; i < count; i++)
        ret_counts[i] = atoi(sh("awk '$2 ~ /^%s\\(/ {n[$1]++; if (n[$1] > m) m = n[$1]} "
                                "END {print m + 0}' $TMP/trace",
                                calls[i])
                                 .out);
}

void try_each(const char *const *calls, const int *counts, size_t count, const char *file,
              const char *before, try_fn *try_one)
{
    long places = env_number("NETLAB_FAULTS", 4);

    for (size_t i = 0; i < count; i++)
        for (long place = 0; place < places && place < counts[i]; place++) {
            int number = 1 + (int)(counts[i] <= places
                                       ? place
                                       : place * (counts[i] - 1) / (places > 1 ? places - 1 : 1));

            test_about("%s number %d", calls[i], number);
            try_one(calls[i], number, file, before);
            same(before, dump_all(0));
        }
}
