/* SPDX-License-Identifier: MIT */
/*
 * Job: what has been proved of each link kind, as tests pass; a table of it in the end.
 */
#include "proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "link_kinds.h"

static const char *const aspects[PROOF_COUNT] = {
    [PROOF_PARSE] = "parse",      [PROOF_UP] = "up",     [PROOF_OBSERVE] = "observe",
    [PROOF_IN_PLACE] = "inplace", [PROOF_DUMP] = "dump", [PROOF_SCRIPT] = "script",
    [PROOF_TRAFFIC] = "traffic",
};

void proved(const char *kind, enum aspect aspect)
{
    FILE *file = fopen(text("%s/proofs", getenv("TMP")), "ae");

    if (!file)
        test_fail("can not note what was proved");
    fprintf(file, "%s %s\n", kind, aspects[aspect]);
    fclose(file);
}

void proved_all(const char *yaml, enum aspect aspect)
{
    static const char type[] = "type: ";

    for (const char *at = yaml; (at = strstr(at, type)); at++) {
        const char *kind = at + strlen(type);
        size_t length = strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789");
        const char *last = strstr(at + 1, text("type: %.*s", (int)length, kind));

        /* behind others: that of a route */
        if (length && !last && (at == yaml || at[-1] == '{' || (at[-1] == ' ' && at[-2] != ',')))
            proved(text("%.*s", (int)length, kind), aspect);
    }
    if (strstr(yaml, "links:"))
        proved("veth", aspect);
}

void proof_print(void)
{
    const char *header = "", *kinds = "";

    for (int i = 0; i < PROOF_COUNT; i++)
        header = text("%s %s", header, aspects[i]);
    for (const struct link_kind *kind = link_kinds; kind->name; kind++)
        kinds = text("%s %s", kinds, kind->name);
    fputs(sh("touch $TMP/proofs; awk -v aspects='%s' -v kinds='%s' '{ count[$1, $2]++ } "
             "END { m = split(aspects, aspect, \" \"); n = split(kinds, kind, \" \"); "
             "line = \"# proved kind\"; "
             "for (j = 1; j <= m; j++) line = line \" \" aspect[j]; print line; "
             "for (i = 1; i <= n; i++) { line = \"# proved \" kind[i]; "
             "for (j = 1; j <= m; j++) line = line \" \" count[kind[i], aspect[j]] + 0; "
             "print line } }' $TMP/proofs",
             header, kinds)
              .out,
          stdout);
    fflush(stdout);
}
