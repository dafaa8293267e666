/* SPDX-License-Identifier: MIT */
/*
 * Job: what docs/tutorial.md shows is what its commands print, but for times and what is random.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

/* What differs from one time to the next. */
#define SAME_EACH_TIME                                                                             \
    "sed -E '/^$/d; s/ in [0-9.]+ ms$/ in N ms/; s/time[= ][0-9.]+ ?ms/time N/; s/^rtt .*/rtt/; "  \
    "s/fe80::[0-9a-f:]+/fe80::N/; s/^guest@if[0-9]+ */guest /'"

static const char *settled(const char *output)
{
    file_with("output", output);
    return ok(SAME_EACH_TIME " $TMP/output").out;
}

static void check(const char *command, const char *wanted)
{
    const char *output =
        sh("cd $EXAMPLES && PATH=$(dirname $NETLAB):$PATH && { %s; } 2>&1", command).out;

    test_about("$ %s", command);
    same(settled(wanted), settled(output));
}

/* The blocks of one part: those about VLANs, or the others. Returns how many commands it was. */
static int walk(bool vlans)
{
    char *text_ = strdup(file_text(text("%s/docs/tutorial.md", getenv("SOURCE")))), *rest = NULL;
    const char *command = NULL, *wanted = "";
    bool inside = false, vlan = false;
    int commands = 0;

    for (char *line = strtok_r(text_, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        bool ends = strcmp(line, "```") == 0, asks = strncmp(line, "$ ", 2) == 0;

        if (strncmp(line, "## ", 3) == 0)
            vlan = line[3] >= '5';
        if (strcmp(line, "```console") == 0)
            inside = vlan == vlans;
        else if (inside && (ends || asks)) {
            if (command)
                check(command, wanted);
            commands += command != NULL;
            command = asks ? text("%s", line + 2) : NULL;
            wanted = "";
            inside = !ends;
        } else if (inside) {
            wanted = text("%s%s\n", wanted, line);
        }
    }
    free(text_);
    return commands;
}

START_TEST (test_tutorial) {
    const char *before;

    if (!kernel_suits_text("masquerade: "))
        test_skip("the kernel has no NAT");
    before = dump_all(0);
    ck_assert_int_gt(walk(false), 20);
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_vlan_tutorial) {
    const char *before;

    if (!kernel_suits_text("vlan-filtering: true"))
        test_skip("the kernel's bridges do not filter VLANs");
    before = dump_all(0);
    ck_assert_int_gt(walk(true), 10);
    same(before, dump_all(0));
}
END_TEST

Suite *tutorial_suite(void)
{
    Suite *suite = suite_create("tutorial");
    TCase *tcase = tcase_create("tutorial");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_tutorial);
    tcase_add_test(tcase, test_vlan_tutorial);
    suite_add_tcase(suite, tcase);
    return suite;
}
