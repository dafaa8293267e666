/* SPDX-License-Identifier: MIT */
/*
 * Job: the lab's name, from the file and from what the file is called; reading files.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parse/parse.h"
#include "unit.h"

static const struct {
    const char *file, *text, *name; /* name NULL: refused */
} cases[] = {
    {"lab.yaml", "x-a: 1\n", "lab"},
    {"lab.yml", "x-a: 1\n", "lab"},
    {"some/where/my-lab_1.2.yaml", "x-a: 1\n", "my-lab_1.2"},
    {"/lab", "x-a: 1\n", "lab"},
    {"lab.yaml.txt", "x-a: 1\n", "lab.yaml.txt"},
    {"my lab.yaml", "x-a: 1\n", NULL},
    {".yaml", "x-a: 1\n", NULL},
    {"no/such/place/topo.yaml", "x-a: 1\n", "place"},
    {"/topo.yaml", "x-a: 1\n", NULL},
    {"my lab.yaml", "name: fine\n", "fine"},
    {"lab.yaml", "name: no\n", "no"},
    {"lab.yaml", "name: \"a b\"\n", NULL},
    {"lab.yaml", "name: [a]\n", NULL},
    {"lab.yaml", "name: ''\n", NULL},
    {"lab.yaml", "- name: a\n", "lab"},
    {"-", "x-a: 1\n", NULL},
    {"-", "name: a\n", "a"},
    {NULL, "x-a: 1\n", NULL},
    {NULL, "name: a\n", "a"},
    {"lab.yaml", "name: a\nnamespaces: {left: {mtu: 1, mtu: 2}, x: !!int 5}\nlinks: *no\n", "a"},
    {"lab.yaml", "name: a\nname: b\n", "a"},
    {"lab.yaml", "name: a\nlinks: [\n", NULL},
    {"lab.yaml", "x-a: &a {name: b}\n<<: *a\n", "b"},
    {"lab.yaml", "", NULL},
};

START_TEST (names) {
    char name[LAB_NAME_MAX + 1] = "?";
    struct netlab_report *report = netlab_report_new();
    int err = parse_name(cases[_i].text, strlen(cases[_i].text), cases[_i].file, name, report);

    ck_assert_int_eq(err, cases[_i].name ? 0 : -EINVAL);
    if (cases[_i].name)
        ck_assert_str_eq(name, cases[_i].name);
    ck_assert_int_eq(netlab_report_count(report, NETLAB_ERROR) > 0, err < 0);
    ck_assert_int_eq(parse_name(cases[_i].text, strlen(cases[_i].text), cases[_i].file, name, NULL),
                     err);
    netlab_report_free(report);
}
END_TEST

/* topo.yaml is called after its directory, wherever one stands. */
START_TEST (topo_yaml) {
    static const char text[] = "namespaces:\n  left:\n";
    char name[LAB_NAME_MAX + 1], path[PATH_MAX];

    snprintf(path, sizeof path, "%s/my-lab", getenv("TMP"));
    ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
    ck_assert_int_eq(chdir(path), 0);
    ck_assert_int_eq(parse_name(text, strlen(text), "topo.yaml", name, NULL), 0);
    ck_assert_str_eq(name, "my-lab");
    ck_assert_int_eq(parse_name(text, strlen(text), "./topo.yml", name, NULL), 0);
    ck_assert_str_eq(name, "my-lab");
    ck_assert_int_eq(parse_name(text, strlen(text), "../my-lab/../my-lab/topo.yaml", name, NULL),
                     0);
    ck_assert_str_eq(name, "my-lab");
    ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST (legal_names) {
    char longest[LAB_NAME_MAX + 2];

    memset(longest, 'a', sizeof longest);
    longest[LAB_NAME_MAX + 1] = '\0';
    ck_assert(!parse_is_name(longest));
    longest[LAB_NAME_MAX] = '\0';
    ck_assert(parse_is_name(longest));
    ck_assert(parse_is_name("0"));
    ck_assert(parse_is_name("A-b_c.d"));
    ck_assert(!parse_is_name(""));
    ck_assert(!parse_is_name("-a"));
    ck_assert(!parse_is_name(".a"));
    ck_assert(!parse_is_name("a/b"));
    ck_assert(!parse_is_name("a b"));
    ck_assert(!parse_is_name("ä"));
}
END_TEST

START_TEST (reading) {
    struct netlab_report *report = netlab_report_new();
    char path[PATH_MAX];
    FILE *file;
    char *content = NULL;
    size_t size = 0;

    snprintf(path, sizeof path, "%s/read.yaml", getenv("TMP"));
    file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fputs("name: a\n", file);
    fclose(file);
    ck_assert_int_eq(parse_read(path, &content, &size, report), 0);
    ck_assert_uint_eq(size, 8);
    ck_assert_mem_eq(content, "name: a\n", 8);
    free(content);
    ck_assert_int_eq(parse_read("/no/such/file", &content, &size, report), -ENOENT);
    ck_assert_int_eq(parse_read("/", &content, &size, report), -EISDIR);
    ck_assert_int_eq(parse_read("/dev/zero", &content, &size, report), -EFBIG);
    ck_assert_uint_eq(netlab_report_count(report, NETLAB_ERROR), 3);
    ck_assert_str_eq(netlab_report_get(report, 0)->message,
                     "cannot read /no/such/file: No such file or directory");
    ck_assert_ptr_nonnull(freopen(path, "r", stdin));
    ck_assert_int_eq(parse_read("-", &content, &size, report), 0);
    ck_assert_uint_eq(size, 8);
    free(content);
    netlab_report_free(report);
}
END_TEST

Suite *names_suite(void)
{
    Suite *suite = suite_create("names");
    TCase *tcase = tcase_create("names");

    tcase_add_loop_test(tcase, names, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tcase, topo_yaml);
    tcase_add_test(tcase, legal_names);
    tcase_add_test(tcase, reading);
    suite_add_tcase(suite, tcase);
    return suite;
}
