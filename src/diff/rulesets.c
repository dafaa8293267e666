/* SPDX-License-Identifier: MIT */
/*
 * Job: compare rulesets, table by table, by their listings.
 * In: what a namespace has, what is wanted there, the owners'. Out: one change, of the tables that
 * are to be loaded or to go; strangers' tables.
 *
 * A part of a ruleset is one text, and loaded as a whole: if one of its tables differs, all of them
 * are replaced.
 */
#include <string.h>

#include "diff/internal.h"
#include "model/ruleset.h"

static bool is_owned(const struct diff *diff, const struct nft_table *table)
{
    for (size_t i = 0; i < DIFF_OWNERS; i++) {
        const struct netns *owner = owner_netns(diff, i, table->o.parent->name);

        if (owner && ruleset_find(owner->ruleset, table->family, table->o.name))
            return true;
    }
    return false;
}

/* Among others' things only what an owner had is ours, and what has been loaded just now. */
static bool is_ours(const struct diff *diff, const struct nft_table *seen,
                    const struct ruleset *wanted)
{
    bool foreign = ((const struct netns *)seen->o.parent)->foreign;

    return is_owned(diff, seen) ||
           ((!foreign || diff->renews) && ruleset_find(wanted, seen->family, seen->o.name));
}

/* One that its own text takes away again, or of which only the name was seen. */
static bool is_nothing(const struct ruleset *ruleset, const struct nft_table *table)
{
    bool of_file = ruleset->texts[RULESET_TEXT] || ruleset->texts[RULESET_MADE];

    return !table->listing && (!of_file || ruleset->tried);
}

static const struct nft_table *find_ours(const struct diff *diff, const struct ruleset *seen,
                                         const struct nft_table *like, const struct ruleset *wanted)
{
    const struct nft_table *is = ruleset_find(seen, like->family, like->o.name);

    return is && is_ours(diff, is, wanted) ? is : NULL;
}

static bool differs(const struct diff *diff, const struct ruleset *seen,
                    const struct ruleset *wanted, const struct nft_table *table)
{
    const struct nft_table *is = find_ours(diff, seen, table, wanted);

    if (is_nothing(wanted, table))
        return false;
    return !is || !is->listing || !table->listing || strcmp(is->listing, table->listing) != 0;
}

static bool part_differs(const struct diff *diff, const struct ruleset *seen,
                         const struct ruleset *wanted, enum ruleset_part part)
{
    LIST_EACH (struct nft_table, table, &wanted->tables)
        if (table->part == part && differs(diff, seen, wanted, table))
            return true;
    return false;
}

static struct ruleset *like(struct diff *diff, const struct object *parent, struct mark mark)
{
    struct ruleset *ruleset = ARENA_NEW(diff->arena, struct ruleset);

    if (!ruleset) {
        diff->error = -ENOMEM;
        return NULL;
    }
    ruleset->o =
        (struct object){.parent = (struct object *)parent, .table = &table_ruleset, .mark = mark};
    return ruleset;
}

static void copy(struct diff *diff, struct ruleset *ruleset, const struct nft_table *table)
{
    struct nft_table *one = ARENA_NEW(diff->arena, struct nft_table);

    if (!one) {
        diff->error = -ENOMEM;
        return;
    }
    *one = *table;
    list_append(&ruleset->tables, &one->o);
}

/* What of the wanted ruleset has to be loaded; NULL: nothing. */
static struct ruleset *choose_wanted(struct diff *diff, const struct ruleset *seen,
                                     const struct ruleset *wanted)
{
    struct ruleset *to = like(diff, wanted->o.parent, wanted->o.mark);
    bool of_file = wanted->texts[RULESET_TEXT] || wanted->texts[RULESET_MADE];

    for (size_t part = 0; to && part < RULESET_PARTS; part++) {
        bool all = of_file && part_differs(diff, seen, wanted, (enum ruleset_part)part);

        if (all)
            to->texts[part] = wanted->texts[part];
        LIST_EACH (struct nft_table, table, &wanted->tables)
            if (table->part == part && !is_nothing(wanted, table) &&
                (all || (!of_file && differs(diff, seen, wanted, table))))
                copy(diff, to, table);
    }
    return to && to->tables.count ? to : NULL;
}

/* What is there of what is loaded, and what nobody wants any more; NULL: nothing. */
static struct ruleset *choose_seen(struct diff *diff, const struct ruleset *seen,
                                   const struct ruleset *wanted, const struct ruleset *to)
{
    struct ruleset *from = like(diff, seen->o.parent, seen->o.mark);

    if (!from)
        return NULL;
    LIST_EACH (struct nft_table, table, &seen->tables) {
        const struct nft_table *should = ruleset_find(wanted, table->family, table->o.name);
        bool goes = !should || is_nothing(wanted, should);

        if (is_ours(diff, table, wanted) &&
            (goes ? is_owned(diff, table) : ruleset_find(to, table->family, table->o.name) != NULL))
            copy(diff, from, table);
    }
    return from->tables.count ? from : NULL;
}

void diff_rulesets(struct diff *diff, struct netns *seen, const struct netns *wanted)
{
    const struct ruleset *is = seen ? seen->ruleset : NULL;
    const struct ruleset *should = wanted ? wanted->ruleset : NULL;
    struct ruleset *to = should ? choose_wanted(diff, is, should) : NULL;
    struct ruleset *from = is ? choose_seen(diff, is, should, to) : NULL;

    if (from || to)
        change(diff, from ? &from->o : NULL, to ? &to->o : NULL, false);
    if (!is || seen->foreign)
        return;
    LIST_EACH (struct nft_table, table, &is->tables)
        if (!is_ours(diff, table, should)) {
            struct nft_table *stranger = ARENA_NEW(diff->arena, struct nft_table);

            if (!stranger) {
                diff->error = -ENOMEM;
                return;
            }
            *stranger = *table;
            change(diff, &stranger->o, NULL, true);
        }
}
