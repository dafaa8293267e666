/* SPDX-License-Identifier: MIT */
/*
 * Job: the command that loads a ruleset.
 * In: an op. Out: nft -f, which reads the text from the script itself.
 */
#include <stdlib.h>
#include <string.h>

#include "model/ruleset.h"
#include "output/script.h"

/* Whether some line of a text is that word. */
static bool has_line(const char *text, const char *word)
{
    size_t size = strlen(word);

    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, word, size) == 0 && (!line[size] || line[size] == '\n'))
            return true;
    }
    return false;
}

static bool ends(const struct ruleset *ruleset, const char *word)
{
    for (size_t i = 0; i < RULESET_PARTS; i++)
        if (ruleset->texts[i] && has_line(ruleset->texts[i], word))
            return true;
    return false;
}

void script_nftables(FILE *out, const struct op *op)
{
    const struct ruleset *from = (const struct ruleset *)op->from;
    const struct ruleset *to = (const struct ruleset *)op->to;
    char word[16] = "EOF";

    for (unsigned i = 2; to && i < 1000 && ends(to, word); i++)
        snprintf(word, sizeof word, "EOF%u", i);
    script_within(out, op->netns);
    fprintf(out, "nft -f - <<'%s'\n", word);
    if (from)
        ruleset_write_removal(from, "\n", out);
    if (to)
        ruleset_write(to, out);
    fprintf(out, "%s\n", word);
}
