/* SPDX-License-Identifier: MIT */
/*
 * Job: every option of every link kind, with a value that it does not begin with: it gets to the
 * kernel and is seen there, by `up`, by the dump, by the script.
 * In: the table of kinds; the reference, which tells what options there are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "link_kinds.h"
#include "need.h"

Suite *options_suite(void);

/* Those whose suites have all of their options. */
static bool has_own_tests(const char *kind)
{
    return strcmp(kind, "physical") == 0 || strcmp(kind, "wireguard") == 0;
}

/* Calls see() for each option in the reference's section of a kind, and of its ports. */
static unsigned each_option(const char *kind, void (*see)(const char *key))
{
    const char *line =
        strstr(file_text(text("%s/docs/reference.md", getenv("SOURCE"))), text("\n### %s\n", kind));
    unsigned count = 0;
    char key[64];

    line = line ? strchr(line + 1, '\n') + 1 : "";
    for (; *line; line += strcspn(line, "\n") + 1) {
        if (strncmp(line, "### ", 4) == 0 || strncmp(line, "## ", 3) == 0)
            break;
        if (sscanf(line, "| `%63[^`]` |", key) != 1)
            continue;
        count++;
        if (see)
            see(key);
    }
    return count;
}

static const char *dump;

/* As the key of a mapping in brackets, or of one in lines. */
static void is_dumped(const char *key)
{
    if (!strstr(dump, text("{%s: ", key)) && !strstr(dump, text(" %s: ", key)) &&
        !strstr(dump, text(" %s:\n", key)))
        test_fail("no %s in:\n%s", key, dump);
}

static const struct link_kind *kind;

static void look_at_options(void)
{
    dump = ok("$NETLAB dump options").out;
    ck_assert_uint_gt(each_option(kind->name, is_dumped), 0);
}

/* The interfaces as ip shows them, without what is random, counted or takes its time. dump_all()
   would read thousands of files: modules of tunnels make interfaces in every namespace. */
static const char *shape(void)
{
    return ok("{ ip -n a -d link; ip netns exec a bridge -d vlan 2>&1; } | "
              "sed -E 's/^[0-9]+: //; s/(link.ether|permaddr) [^ ]*/\\1/g; s/state [A-Z]+//g; "
              "s/qdisc [a-z]+//; s/<[^>]*>//; s/[a-z_]*timer +[0-9.]+//g; s/link-netnsid.*//; "
              "s/(bridge_id|designated_[a-z]+|root_port|active_slave|ad_[a-z_]*id) [^ ]*//g; "
              "s/(churn|port_state|perm_hwaddr|link_failure|mii_status)[^ ]* [^ ]*//g; "
              "s/topology_change[^ ]* [^ ]*//g'")
        .out;
}

/* Whether it is the same network by `up`, by the dump, by the script. */
static void is_same_all_ways(const char *file)
{
    const char *by_up;

    ok("$NETLAB plan --format ip %s >$TMP/script; $NETLAB up %s", file, file);
    ok("$NETLAB diff %s", file);
    look_at_options();
    by_up = shape();
    ok("$NETLAB dump options >$TMP/dump.yaml; $NETLAB diff - <$TMP/dump.yaml");
    ok("$NETLAB down options; $NETLAB up - <$TMP/dump.yaml");
    same(by_up, shape());
    ok("$NETLAB down options; sh -e $TMP/script");
    same(by_up, shape());
}

START_TEST (test_options) {
    kind = &link_kinds[_i];
    test_about("%s", kind->name);
    if (!kind->options) {
        ck_assert(has_own_tests(kind->name) || each_option(kind->name, NULL) == 0);
        return;
    }
    if (kind->ip)
        need_kind(kind->name);
    if (strstr(kind->options, "vlan-filtering"))
        need_vlan_filtering();
    is_same_all_ways(
        file_with("options.yaml",
                  text("namespaces:\n"
                       "  b:\n"
                       "  a:\n"
                       "    interfaces:\n"
                       "%s"
                       "links: [[a:low, b:low], [a:low2, b:low2], [a:e0, b:e0], [a:e1, b:e1]]\n",
                       kind->options)));
}
END_TEST

Suite *options_suite(void)
{
    Suite *suite = suite_create("options");
    TCase *tcase = tcase_create("options");
    int count = 0;

    while (link_kinds[count].name)
        count++;
    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_options, 0, count);
    suite_add_tcase(suite, tcase);
    return suite;
}
