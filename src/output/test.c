/* SPDX-License-Identifier: MIT */
/*
 * Job: what became of tests: TAP as they come, JUnit's XML and JSON at the end.
 * In: results, one by one. Out: text; docs/cli.md tells what is in it.
 */
#include "output/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { LINE_TEXT = PROBE_WHY + 2 * LAB_NAME_MAX + IP_TEXT + 16 };

/* "left -> 10.0.0.1 (right): …" */
static const char *probe_line(const struct probe *probe, char text[LINE_TEXT])
{
    enum test_kind kind = probe->result->test->kind;
    char ip[IP_TEXT], port[8] = "";
    bool bracket = probe->port && strchr(ip_text(&probe->ip, ip), ':');

    ip_text(&probe->ip, ip);
    if (probe->port)
        snprintf(port, sizeof port, ":%u", probe->port);
    snprintf(text, LINE_TEXT, "%s%s -> %s%s%s%s%s%s%s: %s", kind == TEST_ROUTE ? "in " : "",
             probe_from_name(probe), bracket ? "[" : "", ip, bracket ? "]" : "", port,
             probe->to ? " (" : "", probe->to ? probe->to->o.name : "", probe->to ? ")" : "",
             probe->why ? probe->why : "");
    return text;
}

size_t failures_of(const struct probe_result *result, failure_fn *found, void *userdata)
{
    char line[LINE_TEXT];
    size_t told = 0;

    if (!result->probes && result->why) {
        snprintf(line, sizeof line, "in %s: %s", result->where, result->why);
        found(line, userdata);
        return result->failed - 1;
    }
    for (size_t i = 0; i < result->count && told < PROBE_TOLD_MAX; i++)
        if (!result->probes[i].holds) {
            found(probe_line(&result->probes[i], line), userdata);
            told++;
        }
    return result->failed - told;
}

const char *failure_summary(const struct probe_result *result, char text[SUMMARY_TEXT])
{
    const char *what = result->probes ? "pair" : "run";

    snprintf(text, SUMMARY_TEXT, "%zu of %zu %s%s %s not as expected", result->failed,
             result->count, what, result->count == 1 ? "" : "s",
             result->failed == 1 ? "is" : "are");
    return text;
}

/* TAP */

static void paint(const struct test_output *output, bool good, const char *text)
{
    bool color = output->options->color;

    fprintf(output->out, "%s%s%s", color ? good ? "\033[32m" : "\033[1;31m" : "", text,
            color ? "\033[0m" : "");
}

/* `#` begins a directive there. */
static void put_description(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '#' || *text == '\\')
            putc('\\', out);
        putc(*text, out);
    }
}

/* A scalar of JSON is one of YAML. */
static void put_yaml(FILE *out, const char *text)
{
    struct json json = {.out = out};

    json_put_string(&json, NULL, text);
}

static void tap_failure(const char *text, void *userdata)
{
    FILE *out = userdata;

    fputs("    - ", out);
    put_yaml(out, text);
    putc('\n', out);
}

static void tap_details(const struct test_output *output, const struct probe_result *result)
{
    FILE *out = output->out;
    char summary[SUMMARY_TEXT];
    size_t more;

    fputs("  ---\n  message: ", out);
    put_yaml(out, failure_summary(result, summary));
    fputs("\n  file: ", out);
    put_yaml(out, output->lab->source.file);
    fprintf(out, "\n  line: %u\n  seen:\n", result->test->o.mark.line);
    more = failures_of(result, tap_failure, out);
    if (more)
        fprintf(out, "    - \"… and %zu more\"\n", more);
    fputs("  ...\n", out);
}

/* Whether it asks who reaches whom. */
static bool is_reach(const struct test *test)
{
    return test->kind != TEST_ROUTE && test->kind != TEST_EXEC;
}

static void tap(const struct test_output *output, const struct probe_result *result)
{
    char text[TEST_TEXT];

    paint(output, result->holds, result->holds ? "ok" : "not ok");
    fprintf(output->out, " %zu - ", output->told);
    put_description(output->out, test_text(result->test, text));
    putc('\n', output->out);
    if (!result->holds)
        tap_details(output, result);
    if (output->options->matrix && is_reach(result->test) && result->count > 1)
        output_matrix(result, output->options->color, output->out);
    fflush(output->out);
}

/* JUnit */

/* What XML 1.0 can't have at all becomes a question mark. */
static void put_xml(FILE *out, const char *text)
{
    size_t size;

    for (; *text; text += size) {
        int32_t c = utf8_decode(text, SIZE_MAX, &size);

        if (c < 0 || (c < 0x20 && c != '\n' && c != '\t') || c == 0xfffe || c == 0xffff)
            putc('?', out);
        else if (c == '<' || c == '>' || c == '&' || c == '"' || c < 0x20)
            fprintf(out, "&#%d;", (int)c);
        else
            fwrite(text, 1, size, out);
    }
}

static void junit_failure(const char *text, void *userdata)
{
    put_xml(userdata, text);
    putc('\n', userdata);
}

static void junit(const struct test_output *output, const struct probe_result *result)
{
    char text[TEST_TEXT], summary[SUMMARY_TEXT];
    FILE *out = output->memory;
    size_t more;

    fputs("    <testcase name=\"", out);
    put_xml(out, test_text(result->test, text));
    fputs("\" classname=\"", out);
    put_xml(out, output->lab->name);
    fprintf(out, ".%s\" file=\"", test_kind_word(result->test->kind));
    put_xml(out, output->lab->source.file);
    fprintf(out, "\" line=\"%u\" time=\"%.6f\"", result->test->o.mark.line,
            result->milliseconds / 1e3);
    if (result->holds) {
        fputs("/>\n", out);
        return;
    }
    fputs(">\n      <failure message=\"", out);
    put_xml(out, failure_summary(result, summary));
    fputs("\">", out);
    more = failures_of(result, junit_failure, out);
    if (more)
        fprintf(out, "… and %zu more\n", more);
    fputs("</failure>\n    </testcase>\n", out);
}

static void junit_end(const struct test_output *output, double milliseconds)
{
    FILE *out = output->out;

    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
    for (int suite = 0; suite < 2; suite++) {
        fprintf(out, "%s name=\"", suite ? "  <testsuite" : "<testsuites");
        put_xml(out, output->lab->name);
        fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" %stime=\"%.6f\">\n",
                output->told, output->failed, suite ? "skipped=\"0\" " : "", milliseconds / 1e3);
    }
    fwrite(output->text, 1, output->size, out);
    fputs("  </testsuite>\n</testsuites>\n", out);
}

/* JSON */

static void json_failures(struct json *json, const struct probe_result *result)
{
    char ip[IP_TEXT];
    size_t told = 0;

    for (size_t i = 0; i < result->count && result->probes && told < PROBE_TOLD_MAX; i++) {
        const struct probe *probe = &result->probes[i];

        if (probe->holds)
            continue;
        told++;
        json_open(json, NULL, '{');
        json_put_string(json, "from", probe_from_name(probe));
        json_put_string(json, "to", ip_text(&probe->ip, ip));
        if (probe->port)
            json_put_number(json, "port", probe->port);
        json_put_string(json, "namespace", probe->to ? probe->to->o.name : NULL);
        json_put_string(json, "seen", probe->why);
        json_close(json, '}');
    }
    if (!result->probes && result->why) {
        json_open(json, NULL, '{');
        json_put_string(json, "from", result->where);
        json_put_string(json, "seen", result->why);
        json_close(json, '}');
    }
}

static void json_test(struct json *json, const struct probe_result *result)
{
    const struct test *test = result->test;
    char text[TEST_TEXT];

    json_open(json, NULL, '{');
    json_put_string(json, "name", test_text(test, text));
    json_put_string(json, "type", test_kind_word(test->kind));
    json_put_string(json, "expect", test_is_negative(test) ? "fail" : "ok");
    json_put_bool(json, "ok", result->holds);
    json_put_number(json, "pairs", (int64_t)result->count);
    json_put_number(json, "failed", (int64_t)result->failed);
    json_put_real(json, "milliseconds", result->milliseconds);
    json_put_number(json, "line", test->o.mark.line);
    json_put_number(json, "column", test->o.mark.column);
    json_open(json, "failures", '[');
    json_failures(json, result);
    json_close(json, ']');
    json_close(json, '}');
}

static void json_end(const struct test_output *output, double milliseconds)
{
    struct json json = {.out = output->out};

    json_open(&json, NULL, '{');
    json_put_string(&json, "lab", output->lab->name);
    json_put_string(&json, "file", output->lab->source.file);
    json_put_bool(&json, "ok", !output->failed);
    json_put_number(&json, "passed", (int64_t)(output->told - output->failed));
    json_put_number(&json, "failed", (int64_t)output->failed);
    json_put_real(&json, "milliseconds", milliseconds);
    json_open(&json, "tests", '[');
    fwrite(output->text, 1, output->size, output->out);
    json_close(&json, ']');
    json_close(&json, '}');
    putc('\n', output->out);
}

/* All of them */

int output_test_begin(struct test_output *output)
{
    if (output->options->format == NETLAB_TEST_TAP) {
        fprintf(output->out, "TAP version 14\n1..%zu\n", output->lab->tests.count);
        fflush(output->out);
        return 0;
    }
    output->memory = open_memstream(&output->text, &output->size);
    output->json.out = output->memory;
    return output->memory ? 0 : -ENOMEM;
}

void output_test(struct test_output *output, const struct probe_result *result)
{
    output->told++;
    output->failed += !result->holds;
    switch (output->options->format) {
    case NETLAB_TEST_TAP:
        tap(output, result);
        break;
    case NETLAB_TEST_JUNIT:
        junit(output, result);
        break;
    case NETLAB_TEST_JSON:
        json_test(&output->json, result);
        break;
    }
}

void output_test_end(struct test_output *output, int error, double milliseconds)
{
    if (output->memory)
        fclose(output->memory);
    switch (output->options->format) {
    case NETLAB_TEST_TAP:
        if (error)
            fprintf(output->out, "Bail out! %s\n", strerror(-error));
        break;
    case NETLAB_TEST_JUNIT:
        if (!error)
            junit_end(output, milliseconds);
        break;
    case NETLAB_TEST_JSON:
        if (!error)
            json_end(output, milliseconds);
        break;
    }
    free(output->text);
    output->text = NULL;
}
