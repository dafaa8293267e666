/* SPDX-License-Identifier: MIT */
/*
 * Job: what became of a lab, as one JSON object.
 * In: struct netlab_outcome. Out: JSON; its keys are in docs/cli.md.
 * Must not know: what up and down do.
 */
#include <netlab/lab.h>

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"

static void write_result(struct json *json, const struct netlab_result *result)
{
    json_put_bool(json, "done", result->done);
    json_put_bool(json, "changed", result->changed);
    json_put_number(json, "steps", (int64_t)result->steps);
    json_put_number(json, "namespaces", (int64_t)result->namespaces);
    json_put_number(json, "links", (int64_t)result->links);
    json_put_number(json, "interfaces", (int64_t)result->interfaces);
    json_put_number(json, "services", (int64_t)result->services);
    json_put_real(json, "milliseconds", result->milliseconds);
}

/* The report's own object, opened up: its keys (errors, warnings) join ours. */
static int write_report(FILE *out, const struct netlab_report *report)
{
    CLEANUP_FREE char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    int error;

    if (!memory)
        return -ENOMEM;
    error = netlab_report_print(report, memory, NETLAB_REPORT_JSON);
    if (fclose(memory) < 0 || error)
        return -ENOMEM;
    putc(',', out);
    fputs(text + 1, out);
    return 0;
}

int netlab_outcome_print(const struct netlab_outcome *outcome, FILE *out)
{
    struct json json = {.out = out};

    json_open(&json, NULL, '{');
    json_put_string(&json, "file", outcome->file);
    json_put_string(&json, "lab", outcome->lab);
    json_put_string(&json, "state", outcome->state);
    if (outcome->result)
        write_result(&json, outcome->result);
    if (write_report(out, outcome->report) < 0) {
        fputs(",\"errors\":[],\"warnings\":[]}\n", out);
        return -ENOMEM;
    }
    return ferror(out) ? -EIO : 0;
}
