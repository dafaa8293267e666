/* SPDX-License-Identifier: MIT */
/*
 * Job: all the topologies that the tests of single things bring up, for those that try each.
 */
#include <stddef.h>

#include "kernel.h"

static const struct topology *const all[] = {interfaces_topologies, bridges_topologies,
                                             routes_topologies, namespaces_topologies,
                                             host_topologies};

const struct topology *topology_number(int number)
{
    for (size_t i = 0; i < COUNT(all); i++)
        for (const struct topology *t = all[i]; t->name; t++)
            if (number-- == 0)
                return t;
    return NULL;
}

int topology_count(void)
{
    int count = 0;

    while (topology_number(count))
        count++;
    return count;
}
