/* SPDX-License-Identifier: MIT */
/*
 * Job: a plan for people and for programs.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "output/output.h"

void output_plan_text(const struct netlab_lab *lab, const struct plan *plan, FILE *out)
{
    fprintf(out, "lab %s: %zu steps\n", lab->name, plan->count);
    for (size_t i = 0; i < plan->count; i++) {
        fputs("  ", out);
        op_describe(&plan->ops[i], out);
        putc('\n', out);
    }
}

void output_plan_json(const struct netlab_lab *lab, const struct plan *plan, FILE *out)
{
    struct json json = {.out = out};

    json_open(&json, NULL, '{');
    json_put_string(&json, "lab", lab->name);
    json_put_string(&json, "file", lab->source.file);
    json_open(&json, "steps", '[');
    for (size_t i = 0; i < plan->count; i++) {
        const struct op *op = &plan->ops[i];
        struct mark mark = op_mark(op);
        CLEANUP_FREE char *text = NULL;
        size_t size;
        FILE *memory = open_memstream(&text, &size);

        if (memory) {
            op_describe(op, memory);
            fclose(memory);
        }
        json_open(&json, NULL, '{');
        json_put_string(&json, "action", op_removes(op) ? "remove" : op->from ? "change" : "add");
        json_put_string(&json, "type", op_type_name(op->type));
        json_put_string(&json, "namespace", op->netns->o.name);
        json_put_string(&json, "text", text);
        json_put_number(&json, "line", mark.line);
        json_put_number(&json, "column", mark.column);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_close(&json, '}');
    putc('\n', out);
}
