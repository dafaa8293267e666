/* SPDX-License-Identifier: MIT */
/*
 * Job: what README.md says to type, as it stands there; see harness.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

enum { LINES_MAX = 10, WIDTH_MAX = 100 };

/* A fenced block, from the line after its fence to that of its end. */
static const char *block_after(const char **at)
{
    const char *fence = strstr(*at, "\n```"), *begin, *end;

    begin = fence ? strchr(fence + 1, '\n') : NULL;
    end = begin ? strstr(begin, "\n```") : NULL;
    if (!end)
        test_fail("README.md: a block is missing");
    *at = end + strlen("\n```");
    return text("%.*s", (int)(end - begin), begin + 1);
}

static int count_lines(const char *block)
{
    int count = 0;

    while (*block) {
        size_t size = strcspn(block, "\n");
        size_t characters = 0;

        for (size_t i = 0; i < size; i++)
            characters += (block[i] & 0xc0) != 0x80;
        if (characters > WIDTH_MAX)
            test_fail("README.md: too long: %.*s", (int)size, block);
        block += size + (block[size] != '\0');
        count++;
    }
    return count;
}

const char *readme_shows(const char *language, const char *directory)
{
    const char *readme = text("%s", file_text(text("%s/README.md", getenv("SOURCE"))));
    const char *sign = text("\n**%s** (`", language), *at = strstr(readme, sign);
    const char *name, *content, *commands;
    int lines;

    if (!at)
        test_fail("README.md has nothing for %s", language);
    name = at + strlen(sign);
    name = text("shown/%.*s", (int)strcspn(name, "`"), name);
    content = block_after(&at);
    commands = block_after(&at);
    lines = count_lines(content) + count_lines(commands);
    if (lines > LINES_MAX)
        test_fail("README.md: %d lines for %s", lines, language);
    ok("mkdir -p $TMP/shown/netlab");
    file_with(name, content);
    file_with("shown/commands", commands);
    /* copied by who is to type it, whose all of it is then */
    ok("cd $TMP && cp -r $EXAMPLES shown/netlab/examples && chmod -R a+rX shown && "
       "$AS cp -r shown %s",
       directory);
    return text("cd $TMP/%s && $AS bash -e commands", directory);
}
