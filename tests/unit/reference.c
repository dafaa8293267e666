/* SPDX-License-Identifier: MIT */
/*
 * Job: docs/reference.md says what the tables say.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../docs/reference.h"
#include "unit.h"

START_TEST (up_to_date) {
    char path[4096];
    char *committed, *made = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&made, &size);

    snprintf(path, sizeof path, "%s/docs/reference.md", getenv("SOURCE"));
    committed = data_read(path, NULL);
    ck_assert_msg(committed, "there is no %s", path);
    ck_assert_int_eq(reference_write(committed, out), 0);
    fclose(out);
    ck_assert_msg(strcmp(committed, made) == 0,
                  "docs/reference.md is out of date: run the target 'reference'");
    free(committed);
    free(made);
}
END_TEST

/* The page's list of contents: all sections, and all objects. */
START_TEST (contents_are_complete) {
    const char *page = file_text(text("%s/docs/reference.md", getenv("SOURCE")));
    const char *contents = text("%.*s", (int)(strstr(page, "\n## ") - page), page);
    bool objects = false;
    int count = 0;

    for (const char *line = page; line; line = strchr(line, '\n'), line += line != NULL) {
        bool section = strncmp(line, "## ", 3) == 0, object = strncmp(line, "### ", 4) == 0;
        const char *name = line + (section ? 3 : 4);
        char anchor[80] = "(#";
        size_t size = 2;

        if (section)
            objects = strncmp(name, "Keys\n", 5) == 0;
        if (!section && !(object && objects))
            continue;
        for (; *name != '\n'; name++)
            if (isalnum((unsigned char)*name) || *name == ' ')
                anchor[size++] = *name == ' ' ? '-' : (char)tolower((unsigned char)*name);
        anchor[size] = ')';
        has(contents, anchor);
        count++;
    }
    ck_assert_int_gt(count, 20);
}
END_TEST

Suite *reference_suite(void)
{
    Suite *suite = suite_create("reference");
    TCase *tcase = tcase_create("reference");

    tcase_add_test(tcase, up_to_date);
    tcase_add_test(tcase, contents_are_complete);
    suite_add_tcase(suite, tcase);
    return suite;
}
