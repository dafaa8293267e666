/* SPDX-License-Identifier: MIT */
/*
 * Job: follow a lab that was read on its way: a plan, its printed forms, the file that it is
 * written as, the way from another lab to it. In: labs that the parser took. Out: nothing, or an
 * abort.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diff/diff.h"
#include "fuzz.h"
#include "kernel/kernel.h"
#include "kinds/kind.h"
#include "kinds/wireguard.h"
#include "model/ruleset.h"
#include "output/output.h"
#include "parse/parse.h"
#include "plan/plan.h"

static void print_plan(const struct netlab_lab *lab, const struct plan *plan, FILE *null)
{
    output_plan_text(lab, plan, null);
    output_plan_json(lab, plan, null);
    output_plan_ip(lab, plan, netns_defaults, null);
}

/* The way from one to the other; how many changes to what a file says. */
static size_t go(struct netlab_lab *seen, struct netlab_lab *wanted, FILE *null)
{
    const struct diff_owners owners = {.labs = {seen}};
    struct arena *arena = arena_new();
    struct changes changes;
    struct plan plan;
    size_t count = 0;

    MUST(arena && diff_labs(seen, wanted, &owners, arena, &changes) == 0);
    MUST(plan_build(&changes, arena, &plan) == 0);
    print_plan(wanted ? wanted : seen, &plan, null);
    output_diff_text(wanted ? wanted : seen, &changes, null);
    output_diff_json(wanted ? wanted : seen, &changes, null);
    for (size_t i = 0; i < changes.count; i++) {
        const struct object *object =
            changes.items[i].wanted ? changes.items[i].wanted : changes.items[i].seen;

        /* a file has neither ports that it does not speak of, nor what the kernel gives: addresses,
           public keys, listings of rulesets */
        count += object->table != kind_bridge.port_options &&
                 object->table != &table_wireguard_peer && object->table != &table_ruleset &&
                 (object->table != &table_address ||
                  ((const struct address *)object)->protocol == NETLAB_PROTOCOL);
    }
    plan_reverse(&plan);
    plan_prune(&plan);
    arena_free(arena);
    return count;
}

static struct netlab_lab *read_again(const char *text, size_t size)
{
    struct netlab_report *report = netlab_report_new();
    struct netlab_lab *lab = NULL;

    if (parse_lab(text, size, "fuzz.yaml", &lab, report) < 0) {
        fwrite(text, 1, size, stderr);
        netlab_report_print(report, stderr, NETLAB_REPORT_TEXT);
        abort();
    }
    netlab_report_free(report);
    return lab;
}

/* The same lab twice: there is nothing between them. */
static void compare_with_itself(struct netlab_lab *lab, FILE *null)
{
    struct netlab_lab *same = read_again(lab->source.text, lab->source.size);

    MUST(go(same, lab, null) == 0);
    lab_free(same);
}

static void write_and_read(const struct netlab_lab *lab)
{
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);

    MUST(memory);
    output_topology(lab, lab->name, memory);
    MUST(fclose(memory) == 0);
    lab_free(read_again(text, size));
    free(text);
}

void follow(struct netlab_lab *lab, FILE *null)
{
    static char *before;
    static size_t before_size;
    struct netlab_lab *other = before ? read_again(before, before_size) : NULL;

    go(NULL, lab, null);
    go(lab, NULL, null);
    compare_with_itself(lab, null);
    write_and_read(lab);
    if (other)
        go(other, lab, null);
    lab_free(other);
    free(before);
    before_size = lab->source.size;
    before = malloc(before_size + 1);
    MUST(before);
    memcpy(before, lab->source.text, before_size);
}
