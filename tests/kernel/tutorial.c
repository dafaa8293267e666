/* SPDX-License-Identifier: MIT */
/*
 * Job: what docs/tutorial.md shows is what its commands print, but for times and what is random;
 * and what its files say.
 */
#include <stdio.h>
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

/* Without comments and empty lines. */
static const char *bare(const char *yaml)
{
    file_with("yaml", yaml);
    return ok("sed -E 's/ *#.*$//; /^ *$/d' $TMP/yaml").out;
}

/* A block is a part of the file that is brought up next, line by line. */
START_TEST (test_files) {
    char *text_ = strdup(file_text(text("%s/docs/tutorial.md", getenv("SOURCE")))), *rest = NULL;
    const char *block = "";
    bool inside = false;
    int blocks = 0;

    for (char *line = strtok_r(text_, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char file[64];

        if (strcmp(line, "```yaml") == 0) {
            ck_assert_msg(!*block, "no file is brought up after:\n%s", block);
            inside = true;
        } else if (strcmp(line, "```") == 0) {
            inside = false;
        } else if (inside) {
            block = text("%s%s\n", block, line);
        } else if (*block && sscanf(line, "$ netlab up %63s", file) == 1) {
            has(text("\n%s", bare(file_text(text("%s/%s", getenv("EXAMPLES"), file)))),
                text("\n%s", bare(block)));
            block = "";
            blocks++;
        }
    }
    free(text_);
    ck_assert_str_eq(block, "");
    ck_assert_int_ge(blocks, 2);
}
END_TEST

Suite *tutorial_suite(void)
{
    Suite *suite = suite_create("tutorial");
    TCase *tcase = tcase_create("tutorial");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_files);
    tcase_add_test(tcase, test_tutorial);
    tcase_add_test(tcase, test_vlan_tutorial);
    suite_add_tcase(suite, tcase);
    return suite;
}
