/* SPDX-License-Identifier: MIT */
/*
 * Job: the nftables of a namespace: which there are, and what those say that somebody asks for.
 * In: a namespace. Out: netns.ruleset.
 *
 * The names are asked for by netlink, which is cheap; what a table says, libnftables tells.
 */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "kernel/nft.h"
#include "observe/internal.h"

static bool is_expected(const struct view *view, const char *family, const char *name)
{
    for (size_t i = 0; i < OBSERVE_HINTS; i++) {
        const struct netns *hint = view_hint(view, i);

        if (hint && ruleset_find(hint->ruleset, family, name))
            return true;
    }
    return false;
}

static struct ruleset *ruleset_of(const struct view *view)
{
    struct ruleset *ruleset = view->netns->ruleset;

    if (ruleset)
        return ruleset;
    ruleset = ARENA_NEW(view->arena, struct ruleset);
    if (!ruleset)
        return NULL;
    ruleset->o = (struct object){.parent = &view->netns->o, .table = &table_ruleset};
    view->netns->ruleset = ruleset;
    return ruleset;
}

struct look {
    struct view *view;
    struct ruleset asked; /* tables whose listings are wanted */
};

static int see_table(const char *family, const char *name, void *userdata)
{
    struct look *look = userdata;
    struct view *view = look->view;
    bool expected = is_expected(view, family, name);
    struct ruleset *ruleset;

    if (!expected && view->netns->foreign)
        return 0;
    ruleset = ruleset_of(view);
    if (!ruleset || !ruleset_add(ruleset, view->arena, family, name))
        return -ENOMEM;
    if ((expected || view->request->survey) &&
        !ruleset_add(&look->asked, view->arena, family, name))
        return -ENOMEM;
    return 0;
}

int view_ruleset(struct view *view)
{
    struct look look = {.view = view};
    int r;

    look.asked.o.parent = &view->netns->o;
    r = nft_tables(view->kernel, view->channel, see_table, &look);
    if (r == 0 && look.asked.tables.count)
        r = kernel_list_tables(view->kernel, view->channel, &look.asked, view->arena);
    LIST_EACH (struct nft_table, table, &look.asked.tables) {
        struct nft_table *seen = ruleset_find(view->netns->ruleset, table->family, table->o.name);

        if (seen)
            seen->listing = table->listing;
    }
    return r == 0 && view->request->survey && view->netns->ruleset
               ? netns_tell_ruleset(view->netns, NULL, view->arena)
               : r;
}
