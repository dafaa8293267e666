/* SPDX-License-Identifier: MIT */
/*
 * Job: write the generated parts of a page anew, in place: reference_writer docs/reference.md
 */
#include <stdlib.h>
#include <string.h>

#include "reference.h"

/* The whole of a file, to be freed; NULL: it can not be read. */
static char *read_page(const char *path)
{
    FILE *in = fopen(path, "re");
    char *page = NULL;
    size_t size = 0;

    if (in && getdelim(&page, &size, '\0', in) < 0) {
        free(page);
        page = NULL;
    }
    if (in)
        fclose(in);
    return page;
}

int main(int argc, char **argv)
{
    char *page = argc == 2 ? read_page(argv[1]) : NULL, *made = NULL;
    size_t size = 0;
    FILE *memory, *out;
    int err;

    if (!page) {
        fprintf(stderr, "usage: %s PAGE\n", argv[0]);
        return EXIT_FAILURE;
    }
    memory = open_memstream(&made, &size);
    err = memory ? reference_write(page, memory) : -1;
    if (memory)
        fclose(memory);
    free(page);
    out = err == 0 ? fopen(argv[1], "we") : NULL;
    if (!out) {
        fprintf(stderr, "%s: can not be written\n", argv[1]);
        return EXIT_FAILURE;
    }
    fputs(made, out);
    free(made);
    return fclose(out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
