/* SPDX-License-Identifier: MIT */
/*
 * Job: what of a netem can not be without what: the rules of tc (tc/q_netem.c of iproute2).
 * In: a netem with definite values. Out: complaints.
 */
#include "parse/check.h"

static void need(struct parse *p, struct netem *netem, unsigned field, unsigned needed)
{
    const char *key = table_netem.fields[field].key;
    const char *other = table_netem.fields[needed].key;

    if (!object_has(&netem->o, field) || field_is_initial(&table_netem.fields[field], &netem->o) ||
        !field_is_initial(&table_netem.fields[needed], &netem->o))
        return;
    set_broken(netem);
    ERROR(p, object_mark(&netem->o, field), "'%s' needs '%s'", key, other);
}

void check_netem(struct parse *p, struct netem *netem)
{
    need(p, netem, NETEM_JITTER, NETEM_DELAY);
    need(p, netem, NETEM_DISTRIBUTION, NETEM_JITTER);
    need(p, netem, NETEM_REORDER, NETEM_DELAY);
    if (is_broken(netem) && object_has(&netem->o, NETEM_REORDER) && !netem->delay)
        HINT(p, "packets overtake those that wait");
}
