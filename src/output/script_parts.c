/* SPDX-License-Identifier: MIT */
/*
 * Job: the commands for what is on an interface: its queueing discipline, its VLANs.
 * In: ops. Out: text that a POSIX shell reads, by tc and bridge.
 */
#include <inttypes.h>

#include "kinds/kind.h"
#include "model/text.h"
#include "model/vlan.h"
#include "output/script.h"

/* As tc takes them: the unit of a rate, the distribution's place. */
static void print_setting_of_netem(FILE *out, const struct netem *netem, unsigned index)
{
    const struct field *field = &table_netem.fields[index];
    const uint32_t *value = FIELD_AT(&netem->o, field);
    char text[DURATION_TEXT];

    if (index != NETEM_JITTER) /* it stands behind the delay */
        fprintf(out, " %s", field->key);
    if (field->type == FIELD_DURATION)
        fprintf(out, " %s", duration_text((uint64_t)*value * field->unit, text));
    else if (field->type == FIELD_PERCENT)
        fprintf(out, " %s", percent_text(*value, text));
    else if (field->type == FIELD_RATE)
        fprintf(out, " %s", rate_text(netem->rate, text));
    else if (field->type == FIELD_ENUM)
        fprintf(out, " %s", choice_word(field->choices, *value));
    else
        fprintf(out, " %" PRIu32, *value);
}

/* tc leaves these as they are unless they are told (present[] in q_netem.c). */
static bool is_kept(unsigned index)
{
    return index == NETEM_CORRUPT || index == NETEM_REORDER || index == NETEM_RATE;
}

static void print_netem(FILE *out, const struct netns *netns, const struct netem *netem,
                        const struct netem *from, const char *verb)
{
    script_ip(out, "tc", netns);
    fprintf(out, " qdisc %s", verb);
    script_named(out, "dev", netem->o.parent->name);
    fprintf(out, " root handle %" PRIx32 ": netem", netem_handle(netem) >> 16);
    for (unsigned i = 0; i < NETEM_FIELDS; i++)
        if (!field_is_initial(&table_netem.fields[i], &netem->o) ||
            (is_kept(i) && from && diff_field(&from->o, &netem->o, i)))
            print_setting_of_netem(out, netem, i);
    putc('\n', out);
}

static void print_no_netem(FILE *out, const struct netns *netns, const struct netem *netem)
{
    script_ip(out, "tc", netns);
    fputs(" qdisc del", out);
    script_named(out, "dev", netem->o.parent->name);
    fprintf(out, " root handle %" PRIx32 ":\n", netem_handle(netem) >> 16);
}

void script_qdisc(FILE *out, const struct op *op)
{
    const struct netem *from = (const struct netem *)op->from;
    const struct netem *netem = (const struct netem *)op->to;
    const struct iface *iface = (const struct iface *)op_object(op)->parent;

    /* tc has no words to take back some of what it has words for: all anew */
    if (from && (!netem || from->o.beyond))
        print_no_netem(out, op->netns, from);
    if (!netem)
        return;
    if (from && from->o.beyond)
        print_netem(out, op->netns, netem, NULL, "add");
    else /* what has been there for a while may have a root of somebody else's */
        print_netem(out, op->netns, netem, from, iface->seen ? "replace" : "add");
}

void script_vlan(FILE *out, const struct op *op)
{
    const struct vlan *vlan = (const struct vlan *)op_object(op);
    const struct iface *iface = (const struct iface *)vlan->o.parent;
    bool takes = op_takes_vlan(op);
    char text[VLANS_TEXT];

    script_ip(out, "bridge", op->netns);
    fprintf(out, " vlan %s vid %s", takes ? "del" : "add", vlans_text(&vlan->id, text));
    script_named(out, "dev", iface->o.name);
    if (!takes && vlan->pvid)
        fputs(" pvid", out);
    if (!takes && vlan->untagged)
        fputs(" untagged", out);
    if (iface_vlan_switch(iface) == iface)
        fputs(" self", out);
    putc('\n', out);
}
