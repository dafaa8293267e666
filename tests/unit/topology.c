/* SPDX-License-Identifier: MIT */
/*
 * Job: labs written as topology files and read again: the same lab, the same text.
 * The evidence is the plan, to the letter, of the file that a lab came from and of the one that
 * was written. Files of tests/data/topology are written as they stand: they pin the style.
 * Seeds are printed; NETLAB_SEED repeats one, NETLAB_ROUNDS says how many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/rtnetlink.h>

#include "base/arena.h"
#include "diff/diff.h"
#include "kernel/kernel.h"
#include "kinds/kind.h"
#include "output/output.h"
#include "parse/parse.h"
#include "random.h"
#include "roundtrip.h"

enum {
    ROUNDS = 300,
    TRIES = 100,
};

unsigned random_seed(void)
{
    return (unsigned)env_number("NETLAB_SEED", (long)time(NULL) % 100000000);
}

long random_rounds(void)
{
    return env_number("NETLAB_ROUNDS", getenv("NETLAB_SEED") ? 1 : ROUNDS);
}

struct netlab_lab *load_text(const char *yaml)
{
    struct netlab_report *report = netlab_report_new();
    struct netlab_lab *lab = NULL;

    if (parse_lab(yaml, strlen(yaml), "text.yaml", &lab, report) < 0)
        test_fail("%s\n%s", yaml, report_text(report, NETLAB_REPORT_TEXT));
    netlab_report_free(report);
    return lab;
}

char *legal_settings(unsigned *seed)
{
    for (unsigned tries = 0; tries < TRIES; tries++) {
        struct netlab_lab *lab = NULL;
        char *yaml;
        int err;

        srandom(*seed);
        yaml = random_settings();
        err = parse_lab(yaml, strlen(yaml), "random.yaml", &lab, NULL);
        lab_free(lab);
        if (err == 0)
            return yaml;
        free(yaml);
        ++*seed;
    }
    test_fail("all of %d random topologies are refused", TRIES);
}

char *write_lab(const struct netlab_lab *lab)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    output_topology(lab, lab->name, out);
    ck_assert(!ferror(out));
    fclose(out);
    return text;
}

/* What goes without saying, as the manual has it. */

static uint32_t plain_mtu(const struct iface *iface)
{
    const struct iface *lower = iface_lower(iface);
    uint32_t least = UINT32_MAX;

    if (lower && iface->kind->flags & KIND_LOWER_MTU)
        return object_has(&lower->o, IFACE_MTU) ? lower->mtu : plain_mtu(lower);
    if (!iface_ports(iface))
        return 1500;
    LIST_EACH (struct iface, port, &iface_netns(iface)->interfaces) {
        uint32_t mtu = object_has(&port->o, IFACE_MTU) ? port->mtu : 1500;

        if (port->master == iface && mtu < least)
            least = mtu;
    }
    return least == UINT32_MAX ? 1500 : least;
}

static void unsay(struct object *object, unsigned index)
{
    object->set &= ~(UINT64_C(1) << index);
}

static void unsay_initial(struct object *object)
{
    for (unsigned i = 0; object && i < object->table->field_count; i++)
        if (field_is_initial(&object->table->fields[i], object) &&
            (object->table != &table_iface || i != IFACE_TXQUEUELEN))
            unsay(object, i);
}

/* The one field of an interface that has an initial value: its kind's. */
static void unsay_txqueuelen(struct iface *iface)
{
    bool own = iface->kind && iface->kind->txqueuelen;

    if (iface->txqueuelen == (own ? iface->kind->txqueuelen : 1000))
        unsay(&iface->o, IFACE_TXQUEUELEN);
}

static void unsay_routes(struct netns *netns)
{
    LIST_EACH (struct route, route, &netns->routes) {
        if (route->metric == (route->family == AF_INET6 ? 1024 : 0) || !route->metric)
            unsay(&route->o, ROUTE_METRIC);
        if (route->table == (route->type == RTN_LOCAL ? RT_TABLE_LOCAL : RT_TABLE_MAIN))
            unsay(&route->o, ROUTE_TABLE);
    }
}

static void unsay_ifaces(struct netns *netns)
{
    LIST_EACH (struct iface, iface, &netns->interfaces) {
        unsay_txqueuelen(iface);
        unsay_initial(iface->options);
        unsay_initial(iface->port ? &iface->port->o : NULL);
        if (iface_ports(iface) && iface->mtu == plain_mtu(iface))
            unsay(&iface->o, IFACE_MTU);
        LIST_EACH (struct address, address, &iface->addresses)
            if (address->label && strcmp(address->label, iface->o.name) == 0)
                address->label = NULL;
    }
    LIST_EACH (struct iface, iface, &netns->interfaces)
        if (iface_lower(iface) && iface->mtu == plain_mtu(iface))
            unsay(&iface->o, IFACE_MTU);
    LIST_EACH (struct iface, iface, &netns->interfaces)
        if (iface->kind && !iface_lower(iface) && !iface_ports(iface) &&
            iface->mtu == plain_mtu(iface))
            unsay(&iface->o, IFACE_MTU);
}

/* An end of a link needs no entry: what comes first of several is not part of what a lab is. */
static void order_ifaces(struct netns *netns, const struct netns *like)
{
    struct list ordered = {0};

    ck_assert_uint_eq(netns->interfaces.count, like->interfaces.count);
    LIST_EACH (struct iface, other, &like->interfaces) {
        struct iface *iface = netns_iface(netns, other->o.name);

        if (!iface)
            test_fail("interface %s is new", other->o.name);
        list_append(&ordered, &iface->o);
    }
    netns->interfaces = ordered;
}

static struct netns *nth_netns(const struct netlab_lab *lab, size_t index)
{
    LIST_EACH (struct netns, netns, &lab->namespaces)
        if (index-- == 0)
            return netns;
    test_fail("a namespace is missing");
}

static void align(struct netlab_lab *lab, const struct netlab_lab *like)
{
    size_t index = 0;

    ck_assert_uint_eq(lab->namespaces.count, like->namespaces.count);
    LIST_EACH (struct netns, netns, &lab->namespaces) {
        const struct netns *other = nth_netns(like, index++);

        ck_assert_str_eq(netns->o.name, other->o.name);
        if (!netns->foreign)
            ck_assert_str_eq(netns->hostname, other->hostname);
        if (netns != (void *)other)
            order_ifaces(netns, other);
        unsay_ifaces(netns);
        unsay_routes(netns);
    }
}

/* The steps, for people and as a script. */
static char *plan_text(struct netlab_lab *lab)
{
    struct arena *arena = arena_new();
    struct changes changes;
    struct plan plan;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    ck_assert_int_eq(diff_labs(NULL, lab, NULL, arena, &changes), 0);
    ck_assert_int_eq(plan_build(&changes, arena, &plan), 0);
    output_plan_text(lab, &plan, out);
    output_plan_ip(lab, &plan, netns_defaults, out);
    fclose(out);
    arena_free(arena);
    return text;
}

static void check_same_plan(struct netlab_lab *first, struct netlab_lab *second)
{
    char *wanted, *found;

    align(first, second);
    align(second, second);
    wanted = plan_text(first);
    found = plan_text(second);
    same(wanted, found);
    free(wanted);
    free(found);
}

static void check_round_trip(const char *yaml)
{
    struct netlab_lab *first = load_text(yaml), *second;
    char *text = write_lab(first), *again;

    if (getenv("NETLAB_SEED") && random_rounds() == 1)
        fprintf(stderr, "%s\n%s", yaml, text);
    second = load_text(text);
    again = write_lab(second);
    same(text, again);
    check_same_plan(first, second);
    lab_free(first);
    lab_free(second);
    free(text);
    free(again);
}

static char *read_file(const char *path)
{
    char *name = NULL, *yaml;

    if (asprintf(&name, "%s.yaml", path) < 0)
        abort();
    yaml = data_read(name, NULL);
    if (!yaml)
        test_fail("there is no %s", name);
    free(name);
    return yaml;
}

static void check_file(const char *folder, int index)
{
    char *yaml = read_file(data_files(folder)->paths[index]);

    check_round_trip(yaml);
    free(yaml);
}

START_TEST (examples) {
    check_file("../../examples", _i);
}
END_TEST

START_TEST (good_files) {
    check_file("good", _i);
}
END_TEST

START_TEST (warn_files) {
    check_file("warn", _i);
}
END_TEST

START_TEST (all_keys_there_are) {
    char *yaml = read_file(text("%s/tests/fuzz/corpus/all-keys", getenv("SOURCE")));

    check_round_trip(yaml);
    free(yaml);
}
END_TEST

START_TEST (style) {
    char *yaml = read_file(data_files("topology")->paths[_i]);
    struct netlab_lab *lab = load_text(yaml);
    char *written = write_lab(lab);

    same(yaml, written);
    free(written);
    lab_free(lab);
    check_round_trip(yaml);
    free(yaml);
}
END_TEST

START_TEST (random_topologies) {
    unsigned seed = random_seed();

    for (long i = 0; i < random_rounds(); i++) {
        char *yaml;

        srandom(seed + (unsigned)i);
        test_about("NETLAB_SEED=%u", seed + (unsigned)i);
        yaml = random_topology();
        check_round_trip(yaml);
        free(yaml);
    }
}
END_TEST

START_TEST (random_settings_of_all_kinds) {
    unsigned seed = random_seed();

    for (long i = 0; i < random_rounds(); i++) {
        char *yaml = legal_settings(&seed);

        test_about("NETLAB_SEED=%u", seed);
        check_round_trip(yaml);
        free(yaml);
        seed++;
    }
}
END_TEST

Suite *topology_suite(void)
{
    Suite *suite = suite_create("topology");
    TCase *tcase = tcase_create("topology");

    tcase_add_loop_test(tcase, examples, 0, (int)data_files("../../examples")->count);
    tcase_add_loop_test(tcase, good_files, 0, (int)data_files("good")->count);
    tcase_add_loop_test(tcase, warn_files, 0, (int)data_files("warn")->count);
    tcase_add_test(tcase, all_keys_there_are);
    tcase_add_loop_test(tcase, style, 0, (int)data_files("topology")->count);
    tcase_add_test(tcase, random_topologies);
    tcase_add_test(tcase, random_settings_of_all_kinds);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {topology_suite, seen_suite, NULL};

    return test_main(argc, argv, "topology", suites);
}
