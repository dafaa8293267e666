/* SPDX-License-Identifier: MIT */
/*
 * Job: the script that `netlab plan --format ip` prints makes the same network as `netlab up`; a
 * plan changes nothing.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

static const char *example_files[64];
static int example_count;

static int only_yaml(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');

    return end && strcmp(end, ".yaml") == 0;
}

static void find_examples(void)
{
    struct dirent **entries;
    int count = scandir(getenv("EXAMPLES"), &entries, only_yaml, alphasort);

    example_count = 0;
    for (int i = 0; i < count; i++) {
        if (example_count < (int)COUNT(example_files))
            example_files[example_count++] = text("%s/%s", getenv("EXAMPLES"), entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static const struct topology *const all_topologies[] = {interfaces_topologies, bridges_topologies,
                                                        routes_topologies, namespaces_topologies,
                                                        host_topologies};

static const struct topology *topology_number(int number)
{
    for (size_t i = 0; i < COUNT(all_topologies); i++)
        for (const struct topology *t = all_topologies[i]; t->name; t++)
            if (number-- == 0)
                return t;
    return NULL;
}

/* STP takes its time: ports that come to forward, then a topology change that ages. */
static void wait_for_stp(void)
{
    ok("for i in $(seq 300); do "
       "  for ns in $(ls /run/netns); do ip -n $ns -d -j link; done >$TMP/links; "
       "  ip -d -j link >>$TMP/links; "
       "  grep -Eq '\"state\":\"(listening|learning)\"|\"topology_change\":1' $TMP/links || exit "
       "0; "
       "  sleep 0.1; "
       "done; exit 1");
}

static void plan_is_up(const char *file)
{
    const char *before = dump_all(0), *by_up;

    test_about("%s", file);
    ok("$NETLAB plan --format ip %s >$TMP/script", file);
    same(before, dump_all(0)); /* a plan changes nothing */
    ok("$NETLAB up %s", file);
    wait_for_stp();
    by_up = dump_all(DUMP_NETWORK);
    ok("$NETLAB down %s", file);
    ok("sh -e $TMP/script");
    wait_for_stp();
    same(by_up, dump_all(DUMP_NETWORK));
}

START_TEST (test_script_makes_the_same_network) {
    plan_is_up(topology_file(topology_number(_i)));
}
END_TEST

START_TEST (test_script_makes_the_same_example) {
    plan_is_up(example_files[_i]);
}
END_TEST

START_TEST (test_plan_needs_no_privileges) {
    const char *before = dump_all(0);

    for (int i = 0; i < example_count; i++) {
        ok("setpriv --reuid=65534 --regid=65534 --clear-groups $NETLAB plan - <%s",
           file_with("named.yaml", text("name: named\n%s", file_text(example_files[i]))));
    }
    same(before, dump_all(0));
}
END_TEST

Suite *plan_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *tcase = tcase_create("plan");
    int count = 0;

    find_examples();
    while (topology_number(count))
        count++;
    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_loop_test(tcase, test_script_makes_the_same_network, 0, count);
    tcase_add_loop_test(tcase, test_script_makes_the_same_example, 0, example_count);
    tcase_add_test(tcase, test_plan_needs_no_privileges);
    suite_add_tcase(suite, tcase);
    return suite;
}
