/* SPDX-License-Identifier: MIT */
/*
 * Job: the laws of plans, in random topologies: what an op needs stands before it, reversing twice
 * changes nothing, and what is pruned from an undoing plan is just what dies with something else.
 * Seeds are printed; NETLAB_SEED repeats one.
 *
 * The oracle is written from the kernel's point of view and knows nothing of the planner's ranks:
 * it plays the plan on a little state of its own and fails where the kernel would refuse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/rtnetlink.h>

#include <netlab/report.h>

#include "base/arena.h"
#include "harness.h"
#include "kinds/kind.h"
#include "parse/parse.h"
#include "plan/plan.h"
#include "random.h"

enum {
    TOPOLOGIES = 200,
};

/* The oracle */

struct place {
    const void *object;
    enum op_type type;
    size_t at;
};

struct world {
    const struct op *ops;
    size_t count;
    struct place *places; /* sorted, to find an object's ops */
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->object != y->object)
        return (uintptr_t)x->object < (uintptr_t)y->object ? -1 : 1;
    return (int)x->type - (int)y->type;
}

static struct world world_of(const struct plan *plan, struct arena *arena)
{
    struct world world = {.ops = plan->ops, .count = plan->count};

    world.places = arena_array(arena, plan->count, sizeof *world.places);
    for (size_t i = 0; i < plan->count; i++)
        world.places[i] = (struct place){plan->ops[i].to, plan->ops[i].type, i};
    qsort(world.places, world.count, sizeof *world.places, compare_places);
    return world;
}

/* Whether the plan has made an object by an op of that type before place `before`. */
static bool is_done(const struct world *world, size_t before, enum op_type type, const void *object)
{
    const struct place key = {.object = object, .type = type};
    const struct place *found =
        bsearch(&key, world->places, world->count, sizeof key, compare_places);

    return found && found->at < before;
}

static bool iface_exists(const struct world *world, size_t before, const struct iface *iface)
{
    const void *maker = iface->link ? (const void *)iface->link : (const void *)iface;

    return !iface->kind || is_done(world, before, OP_LINK, maker);
}

static bool iface_is_up(const struct world *world, size_t before, const struct iface *iface)
{
    bool main = iface->link && link_main(iface->link) == iface->end;

    return iface_exists(world, before, iface) && (main || is_done(world, before, OP_IFACE, iface));
}

static void need(bool fulfilled, const struct op *op, const char *what)
{
    if (fulfilled) /* check writes down every assertion, and there are a million of these */
        return;
    fputs("# ", stderr);
    op_describe(op, stderr);
    fprintf(stderr, ": needs %s first\n", what);
    test_fail("an op stands before what it needs");
}

static void check_route(const struct world *world, size_t at, const struct route *route)
{
    const struct op *op = &world->ops[at];

    LIST_EACH (struct iface, iface, &op->netns->interfaces) {
        need(iface_is_up(world, at, iface) || !iface->up || op->netns->host, op, "interfaces up");
        LIST_EACH (struct address, address, &iface->addresses)
            need(is_done(world, at, OP_ADDRESS, address), op, "addresses");
    }
    if (!route->via.family || route->onlink)
        return;
    LIST_EACH (struct route, other, &op->netns->routes)
        if (!other->via.family && other->type == RTN_UNICAST)
            need(is_done(world, at, OP_ROUTE, other), op,
                 "the routes that make gateways reachable");
}

/* What an interface stands on comes up first, wherever it is. */
static void check_up(const struct world *world, size_t at, const struct iface *iface)
{
    const struct iface *lower = iface_lower(iface);

    need(iface_exists(world, at, iface), &world->ops[at], "the interface");
    need(!lower || !iface->up || !lower->up || iface_is_up(world, at, lower), &world->ops[at],
         "the lower interface up");
}

static void check_link(const struct world *world, size_t at)
{
    const struct op *op = &world->ops[at];
    const struct link *link = (const struct link *)op->to;
    const struct iface *alone = (const struct iface *)op->to;

    if (op->to->table != &table_link) {
        need(!alone->master || iface_exists(world, at, alone->master), op, "the master");
        need(!iface_lower(alone) || iface_exists(world, at, iface_lower(alone)), op,
             "the lower interface");
        return;
    }
    for (int end = 0; end < 2; end++) {
        const struct iface *iface = link->ends[end].iface;
        const struct netns *netns = iface_netns(iface);

        need(netns->host || is_done(world, at, OP_NETNS, netns), op, "both namespaces");
        need(!iface->master || iface_exists(world, at, iface->master), op, "the master");
    }
}

static void check_sysctl(const struct world *world, size_t at)
{
    const struct sysctl *sysctl = (const struct sysctl *)world->ops[at].to;

    if (sysctl->iface) {
        need(iface_exists(world, at, sysctl->iface), &world->ops[at], "the interface");
        /* settings such as accept_dad count when the interface comes up */
        need(sysctl->iface->link || !is_done(world, at, OP_IFACE, sysctl->iface), &world->ops[at],
             "the interface down");
    }
}

/* A port that has come to life must not let frames through the VLAN that it begins with. */
static void check_vlan(const struct world *world, size_t at)
{
    const struct op *op = &world->ops[at];
    const struct iface *iface = (const struct iface *)op->to->parent;
    const struct iface *bridge = iface->master ? iface->master : iface;

    need(iface_exists(world, at, iface), op, "the interface");
    need(!iface->master || (iface->link && link_main(iface->link) == iface->end) ||
             is_done(world, at, OP_IFACE, iface),
         op, "the interface's master");
    need(!is_done(world, at, OP_IFACE, bridge) || bridge->carries, op, "the bridge down");
}

/* Those that ask for no more than an interface. */
static const struct iface *needed_iface(const struct op *op)
{
    switch (op->type) {
    case OP_PORT:
        return ((const struct port *)op->to)->iface;
    case OP_DEVICE:
        return (const struct iface *)op->to;
    case OP_QDISC:
    case OP_ALTNAME:
    case OP_ADDRESS:
        return (const struct iface *)op->to->parent;
    case OP_NEIGHBOR:
        return ((const struct neighbor *)op->to)->dev.iface;
    case OP_LINK:
    case OP_SYSCTL:
    case OP_IFACE:
    case OP_VLAN:
    case OP_PEER:
    case OP_ROUTE:
    case OP_NFTABLES:
    case OP_READY:
    case OP_NAME:
    case OP_SERVICE:
    case OP_LISTEN:
    case OP_NETNS:
    case OP_RULE:
        break;
    }
    return NULL;
}

/* Its rules may name any of them, and hold before any is up. */
static void check_rules(const struct world *world, size_t at)
{
    const struct op *op = &world->ops[at];

    LIST_EACH (struct iface, iface, &op->netns->interfaces)
        need(iface_exists(world, at, iface) &&
                 (!is_done(world, at, OP_IFACE, iface) || iface->carries),
             op, "interfaces, and all of them down");
}

static void check_op(const struct world *world, size_t at)
{
    const struct op *op = &world->ops[at];
    const struct netns *netns = op->netns;
    const struct iface *iface = needed_iface(op);

    need(!iface || iface_exists(world, at, iface), op, "the interface");
    need(op->type == OP_NETNS || netns->host || is_done(world, at, OP_NETNS, netns), op,
         "its namespace");
    switch (op->type) {
    case OP_LINK:
        check_link(world, at);
        break;
    case OP_SYSCTL:
        check_sysctl(world, at);
        break;
    case OP_IFACE:
        check_up(world, at, (const struct iface *)op->to);
        break;
    case OP_QDISC:
        need(!is_done(world, at, OP_IFACE, (const struct iface *)op->to->parent), op,
             "the interface down");
        break;
    case OP_VLAN:
        check_vlan(world, at);
        break;
    case OP_PEER: /* all keys are known */
        need(is_done(world, at, OP_DEVICE, op->to->parent->parent), op, "the interface's key");
        break;
    case OP_ROUTE:
        check_route(world, at, (const struct route *)op->to);
        break;
    case OP_NFTABLES:
        check_rules(world, at);
        break;
    case OP_READY:
    case OP_NAME:
        for (size_t i = at + 1; i < world->count; i++)
            need(world->ops[i].netns != netns || world->ops[i].type >= OP_READY, op,
                 "all that is done in the namespace");
        break;
    case OP_SERVICE:
        need(is_done(world, at, OP_NAME, netns), op, "the namespace's name");
        break;
    case OP_LISTEN:
        need(is_done(world, at, OP_SERVICE, op->to), op, "the service");
        break;
    case OP_NETNS:
    case OP_RULE:
    case OP_PORT: /* no more than an interface */
    case OP_DEVICE:
    case OP_ALTNAME:
    case OP_ADDRESS:
    case OP_NEIGHBOR:
        break;
    }
}

/* Each test gets a plan of a random topology */

static struct netlab_lab *load(const char *yaml)
{
    struct netlab_report *report = netlab_report_new();
    struct netlab_lab *lab = NULL;
    int r = parse_lab(yaml, strlen(yaml), "random.yaml", &lab, report);

    if (r < 0) {
        fputs(yaml, stderr);
        netlab_report_print(report, stderr, NETLAB_REPORT_TEXT);
    }
    ck_assert_int_eq(r, 0);
    netlab_report_free(report);
    return lab;
}

static void build(struct netlab_lab *seen, struct netlab_lab *wanted, struct arena *arena,
                  struct plan *plan)
{
    struct changes changes;

    ck_assert_int_eq(diff_labs(seen, wanted, NULL, arena, &changes), 0);
    ck_assert_int_eq(plan_build(&changes, arena, plan), 0);
}

typedef void law_fn(struct netlab_lab *lab, struct arena *arena);

static void try_law(law_fn *law)
{
    unsigned seed = (unsigned)env_number("NETLAB_SEED", (long)time(NULL) % 100000000);
    long rounds = getenv("NETLAB_SEED") ? 1 : TOPOLOGIES;

    for (long i = 0; i < rounds; i++) {
        struct arena *arena = arena_new();
        struct netlab_lab *lab;
        char *yaml;

        srandom(seed + (unsigned)i);
        test_about("NETLAB_SEED=%u", seed + (unsigned)i);
        yaml = random_topology();
        lab = load(yaml);
        law(lab, arena);
        lab_free(lab);
        arena_free(arena);
        free(yaml);
    }
}

static void law_order(struct netlab_lab *lab, struct arena *arena)
{
    struct world world;
    struct plan plan;

    build(NULL, lab, arena, &plan);
    world = world_of(&plan, arena);
    for (size_t i = 0; i < plan.count; i++)
        check_op(&world, i);
}

START_TEST (what_an_op_needs_stands_before_it) {
    try_law(law_order);
}
END_TEST

static void law_reverse(struct netlab_lab *lab, struct arena *arena)
{
    struct plan plan, twice;

    build(NULL, lab, arena, &plan);
    twice.count = plan.count;
    twice.ops = arena_array(arena, plan.count, sizeof *twice.ops);
    memcpy(twice.ops, plan.ops, plan.count * sizeof *twice.ops);
    plan_reverse(&twice);
    for (size_t i = 0; i < plan.count; i++) {
        const struct op *op = &plan.ops[i], *undone = &twice.ops[plan.count - 1 - i];

        if (op->type != undone->type || op->to != undone->from || op->from != undone->to)
            test_fail("op %zu is not undone", i);
    }
    plan_reverse(&twice);
    for (size_t i = 0; i < plan.count; i++)
        if (plan.ops[i].type != twice.ops[i].type || plan.ops[i].flags != twice.ops[i].flags ||
            plan.ops[i].to != twice.ops[i].to || plan.ops[i].from != twice.ops[i].from ||
            plan.ops[i].netns != twice.ops[i].netns)
            test_fail("op %zu is another one after reversing twice", i);
}

START_TEST (reversed_twice_a_plan_is_what_it_was) {
    try_law(law_reverse);
}
END_TEST

/* `down` is the same plan, backwards, less what dies by itself. */
static void law_down(struct netlab_lab *lab, struct arena *arena)
{
    struct plan up, down;
    size_t at = 0, names = 0;

    build(NULL, lab, arena, &up);
    build(lab, NULL, arena, &down);
    for (size_t i = up.count; i-- > 0;) {
        const struct op *op = &up.ops[i];
        bool kept;

        if (op->type == OP_NAME) { /* names and namespaces go last */
            names++;
            continue;
        }
        for (; at < down.count && down.ops[at].type == OP_NAME; at++)
            names--;
        kept = at < down.count && down.ops[at].type == op->type &&
               (down.ops[at].from == op->to ||
                (op->type == OP_SYSCTL && strcmp(((struct sysctl *)down.ops[at].from)->path,
                                                 ((struct sysctl *)op->to)->path) == 0));

        if (kept) {
            at++;
            continue;
        }
        /* not undone: it must go with something that is */
        if (op->netns->host && op->type != OP_READY) {
            const struct object *o = op->to;
            bool on_own_device =
                op->type == OP_ADDRESS || op->type == OP_ALTNAME
                    ? ((const struct iface *)o->parent)->kind != NULL
                    : op->type == OP_IFACE || op->type == OP_PORT || op->type == OP_VLAN;

            if (!on_own_device)
                test_fail("%s of the host would stay", op_type_name(op->type));
        }
    }
    ck_assert_uint_eq(at, down.count);
    ck_assert_uint_eq(names, 0);
}

START_TEST (down_is_up_backwards_less_what_dies_by_itself) {
    try_law(law_down);
}
END_TEST

START_TEST (indexes_are_unique_in_a_namespace) {
    struct netlab_lab *lab =
        load("name: x\nnamespaces: {a: {interfaces: {br: {type: bridge}}}, b: }\n"
             "links: [[a:x, b:x], [a:y, b:y], [b:z, a:br]]\n");
    struct arena *arena = arena_new();
    struct plan plan;

    build(NULL, lab, arena, &plan);
    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            ck_assert_uint_ne(iface->ifindex, 0);
            for (struct iface *other = (struct iface *)iface->o.next; other;
                 other = (struct iface *)other->o.next)
                ck_assert_uint_ne(iface->ifindex, other->ifindex);
        }
    arena_free(arena);
    lab_free(lab);
}
END_TEST

/* What `plan --json` and `diff --json` call them. */
START_TEST (types_are_in_the_manual) {
    const char *row = ok("grep '^| `steps\\[\\]\\.type`' $SOURCE/docs/cli.md").out;

    for (enum op_type type = OP_NETNS; type <= OP_LISTEN; type++)
        has(row, text("`%s`", op_type_name(type)));
}
END_TEST

static Suite *plan_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *laws = tcase_create("laws");

    tcase_add_test(laws, what_an_op_needs_stands_before_it);
    tcase_add_test(laws, reversed_twice_a_plan_is_what_it_was);
    tcase_add_test(laws, down_is_up_backwards_less_what_dies_by_itself);
    tcase_add_test(laws, indexes_are_unique_in_a_namespace);
    tcase_add_test(laws, types_are_in_the_manual);
    suite_add_tcase(suite, laws);
    return suite;
}

int main(int argc, char **argv)
{
    Suite *(*const suites[])(void) = {plan_suite, NULL};

    return test_main(argc, argv, "plan", suites);
}
