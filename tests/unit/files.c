/* SPDX-License-Identifier: MIT */
/*
 * Job: the files of tests/data.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static int is_yaml(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot && strcmp(dot, ".yaml") == 0;
}

const struct files *data_files(const char *folder)
{
    static struct files known[8];
    static const char *folders[8];
    struct dirent **entries;
    char directory[4096];
    size_t at = 0;
    int count;

    while (folders[at] && strcmp(folders[at], folder) != 0)
        at++;
    if (folders[at])
        return &known[at];
    snprintf(directory, sizeof directory, "%s/tests/data/%s", getenv("SOURCE"), folder);
    count = scandir(directory, &entries, is_yaml, alphasort);
    if (count < 0)
        return &known[at];
    folders[at] = folder;
    known[at].paths = calloc((size_t)count, sizeof(char *));
    for (int i = 0; i < count && known[at].paths; i++) {
        char *path = NULL;

        entries[i]->d_name[strlen(entries[i]->d_name) - strlen(".yaml")] = '\0';
        if (asprintf(&path, "%s/%s", directory, entries[i]->d_name) >= 0)
            known[at].paths[known[at].count++] = path;
        free(entries[i]);
    }
    free(entries);
    return &known[at];
}

char *data_read(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    FILE *memory;
    int c;

    if (!file)
        return NULL;
    memory = open_memstream(&text, &size);
    while (memory && (c = getc(file)) != EOF)
        putc(c, memory);
    if (memory)
        fclose(memory);
    fclose(file);
    if (ret_size)
        *ret_size = size;
    return text;
}

const char *data_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    while (slash > path && slash[-1] != '/')
        slash--;
    return slash;
}

char *report_text(const struct netlab_report *report, enum netlab_report_style style)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    netlab_report_print(report, out, style);
    fclose(out);
    return text;
}
