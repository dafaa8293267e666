/* SPDX-License-Identifier: MIT */
/*
 * Job: compare services: whether each that is wanted runs, as it is wanted.
 * In: what runs in a namespace, what is wanted there. Out: changes.
 *
 * All that were seen are the lab's: the registry knows no others.
 */
#include <string.h>

#include "diff/internal.h"
#include "model/service.h"

/* Whether it has to be started anew. */
static bool differs(const struct service *seen, const struct service *wanted)
{
    return seen->elsewhere || !seen->text || strcmp(seen->text, wanted->text) != 0;
}

void diff_services(struct diff *diff, const struct netns *seen, const struct netns *wanted)
{
    if (wanted)
        LIST_EACH (struct service, service, &wanted->services) {
            struct service *is = seen ? service_find(seen, service->o.name) : NULL;

            if (!is || differs(is, service))
                change(diff, is ? &is->o : NULL, &service->o, false);
        }
    if (seen)
        LIST_EACH (struct service, service, &seen->services)
            if (!wanted || !service_find(wanted, service->o.name))
                change(diff, &service->o, NULL, false);
}
