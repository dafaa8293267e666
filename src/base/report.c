/* SPDX-License-Identifier: MIT */
/*
 * Job: keep diagnostics in the order of the file, once each, and print them.
 * In: what the rooms found. Out: text, colour, JSON.
 * Must not know: what the messages mean.
 */
#include "base/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/similar.h"
#include "base/utf8.h"

enum {
    MESSAGE_MAX = 500, /* bytes; what is longer is cut */
};

struct netlab_report {
    struct arena *arena;
    struct netlab_diagnostic items[NETLAB_REPORT_MAX * 2]; /* errors and warnings */
    size_t size;
    size_t kept[2], count[2];
    size_t errors; /* added, known ones too */
    bool oom;      /* that is among them */
    struct netlab_diagnostic *last;
};

struct netlab_report *netlab_report_new(void)
{
    struct netlab_report *report = calloc(1, sizeof *report);

    if (report)
        report->arena = arena_new();
    if (report && !report->arena) {
        free(report);
        return NULL;
    }
    return report;
}

void netlab_report_free(struct netlab_report *report)
{
    if (!report)
        return;
    arena_free(report->arena);
    free(report);
}

void netlab_report_clear(struct netlab_report *report)
{
    struct arena *arena;

    if (!report)
        return;
    /* the report must stay usable: without memory for a new arena the old one goes on growing */
    arena = arena_new();
    if (arena)
        arena_free(report->arena);
    *report = (struct netlab_report){.arena = arena ? arena : report->arena};
}

size_t netlab_report_count(const struct netlab_report *report, enum netlab_severity severity)
{
    return report ? report->count[severity] : 0;
}

size_t netlab_report_size(const struct netlab_report *report)
{
    return report ? report->size : 0;
}

const struct netlab_diagnostic *netlab_report_get(const struct netlab_report *report, size_t index)
{
    return report && index < report->size ? &report->items[index] : NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_known(const struct netlab_report *report, const struct netlab_diagnostic *d)
{
    for (size_t i = 0; i < report->size; i++) {
        const struct netlab_diagnostic *item = &report->items[i];

        if (item->severity == d->severity && item->line == d->line && item->column == d->column &&
            same_text(item->file, d->file) && same_text(item->message, d->message))
            return true;
    }
    return false;
}

static bool is_before(const struct netlab_diagnostic *a, const struct netlab_diagnostic *b)
{
    if (!a->line || !b->line)
        return a->line > b->line;
    if (!same_text(a->file, b->file))
        return false;
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Put a diagnostic where it belongs among those of its file. */
static void insert(struct netlab_report *report, const struct netlab_diagnostic *d)
{
    size_t at = report->size;

    while (at > 0 && is_before(d, &report->items[at - 1]))
        at--;
    memmove(&report->items[at + 1], &report->items[at],
            (report->size - at) * sizeof report->items[0]);
    report->items[at] = *d;
    report->size++;
    report->last = &report->items[at];
}

static const char *or_oom(const char *text)
{
    return text ? text : "out of memory";
}

size_t report_errors(const struct netlab_report *report)
{
    return report ? report->errors : 0;
}

/* A message is one line that may go to a terminal, whatever text of the file it quotes. */
static char *tidy(char *text)
{
    for (unsigned char *c = (unsigned char *)text; c && *c; c++) {
        if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
            c[0] = c[1] = '?'; /* a control character of C1 */
        if (*c < 0x20 || *c == 0x7f)
            *c = '?';
        if (c == (unsigned char *)text + MESSAGE_MAX) {
            c -= 3;
            while ((*c & 0xc0) == 0x80)
                c--; /* not within a character */
            memcpy(c, "...", sizeof "...");
            break;
        }
    }
    return text;
}

static void add(struct netlab_report *report, enum netlab_severity severity, int error,
                const struct source *source, struct mark mark, const char *format, va_list args)
    __attribute__((format(printf, 6, 0)));
static void add(struct netlab_report *report, enum netlab_severity severity, int error,
                const struct source *source, struct mark mark, const char *format, va_list args)
{
    struct netlab_diagnostic d = {
        .severity = severity,
        .error = error,
        .line = mark.line,
        .column = mark.column,
        .length = mark.length ? mark.length : 1,
        .alias_line = mark.alias_line,
        .alias_column = mark.alias_column,
    };
    const char *line;
    size_t size;

    if (!report)
        return;
    report->last = NULL;
    report->errors += severity == NETLAB_ERROR;
    d.message = or_oom(tidy(arena_vprintf(report->arena, format, args)));
    d.file = source ? or_oom(arena_strdup(report->arena, source->file)) : NULL;
    if (is_known(report, &d))
        return;
    report->count[severity]++;
    if (report->kept[severity] == NETLAB_REPORT_MAX)
        return;
    report->kept[severity]++;
    line = source ? source_line(source, mark.line, &size) : NULL;
    if (line)
        d.source = arena_strndup(report->arena, line, size);
    insert(report, &d);
}

int report_error(struct netlab_report *report, int error, const struct source *source,
                 struct mark mark, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(report, NETLAB_ERROR, error, source, mark, format, args);
    va_end(args);
    return -error;
}

void report_warning(struct netlab_report *report, const struct source *source, struct mark mark,
                    const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(report, NETLAB_WARNING, 0, source, mark, format, args);
    va_end(args);
}

int report_plain(struct netlab_report *report, int error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(report, NETLAB_ERROR, error, NULL, (struct mark){0}, format, args);
    va_end(args);
    return -error;
}

int report_oom(struct netlab_report *report)
{
    const struct netlab_diagnostic d = {
        .severity = NETLAB_ERROR, .error = ENOMEM, .length = 1, .message = "out of memory"};

    if (!report || report->oom)
        return -ENOMEM;
    report->oom = true;
    report->errors++;
    report->count[NETLAB_ERROR]++;
    /* one place is kept free for it by the size of items: warnings seldom fill their half */
    if (report->size < sizeof report->items / sizeof report->items[0])
        insert(report, &d);
    return -ENOMEM;
}

void report_hint(struct netlab_report *report, const char *format, ...)
{
    va_list args;

    if (!report || !report->last || report->last->hint)
        return;
    va_start(args, format);
    report->last->hint = tidy(arena_vprintf(report->arena, format, args));
    va_end(args);
}

void report_similar(struct netlab_report *report, const char *word, const char *const *candidates)
{
    const char *near = similar_word(word, candidates);

    if (near)
        report_hint(report, "did you mean '%s'?", near);
}

/* Under the character at the mark, however wide what stands before it is. */
static void print_caret(FILE *out, const struct netlab_diagnostic *d, const char *on,
                        const char *off)
{
    const char *text = d->source;
    unsigned left = d->length;

    for (unsigned column = 1; column < d->column && *text; column++) {
        putc(*text == '\t' ? '\t' : ' ', out);
        do
            text++;
        while (((unsigned char)*text & 0xc0) == 0x80);
    }
    fprintf(out, "%s^", on);
    for (; left > 1 && *text; left--) {
        do
            text++;
        while (((unsigned char)*text & 0xc0) == 0x80);
        if (*text && left > 1)
            putc('~', out);
    }
    fprintf(out, "%s\n", off);
}

/* A line of the file as it may go to a terminal: no control characters but tabs. */
static void print_source(FILE *out, const char *text)
{
    size_t size;

    for (; *text; text += size) {
        int32_t c = utf8_decode(text, SIZE_MAX, &size);

        if (c == '\t' || (c >= 0x20 && c < 0x7f) || c >= 0xa0)
            fwrite(text, 1, size, out);
        else
            putc('?', out);
    }
    putc('\n', out);
}

static void print_one(const struct netlab_diagnostic *d, FILE *out, bool color)
{
    const char *bold = color ? "\033[1m" : "", *off = color ? "\033[0m" : "";
    const char *tint = !color ? "" : d->severity == NETLAB_WARNING ? "\033[1;35m" : "\033[1;31m";

    fputs(bold, out);
    if (d->file && d->line)
        fprintf(out, "%s:%u:%u: ", d->file, d->line, d->column);
    else
        fprintf(out, "%s: ", d->file ? d->file : "netlab");
    fprintf(out, "%s%s%s:%s ", off, tint, d->severity == NETLAB_WARNING ? "warning" : "error", off);
    fprintf(out, "%s\n", d->message);
    if (d->source) {
        fprintf(out, "%5u | ", d->line);
        print_source(out, d->source);
        fputs("      | ", out);
        print_caret(out, d, tint, off);
    }
    if (d->alias_line)
        fprintf(out, "%s:%u:%u: used here, through an alias\n", d->file ? d->file : "netlab",
                d->alias_line, d->alias_column);
    if (d->hint)
        fprintf(out, "      = %s\n", d->hint);
}

static void json_list(const struct netlab_report *report, struct json *json, const char *key,
                      enum netlab_severity severity)
{
    json_open(json, key, '[');
    for (size_t i = 0; i < netlab_report_size(report); i++) {
        const struct netlab_diagnostic *d = &report->items[i];

        if (d->severity != severity)
            continue;
        json_open(json, NULL, '{');
        json_put_string(json, "file", d->file);
        json_put_number(json, "line", d->line);
        json_put_number(json, "column", d->column);
        json_put_string(json, "message", d->message);
        json_put_string(json, "hint", d->hint);
        json_put_number(json, "errno", d->error);
        json_close(json, '}');
    }
    json_close(json, ']');
}

int netlab_report_print(const struct netlab_report *report, FILE *out,
                        enum netlab_report_style style)
{
    if (style == NETLAB_REPORT_JSON) {
        struct json json = {.out = out};

        json_open(&json, NULL, '{');
        json_list(report, &json, "errors", NETLAB_ERROR);
        json_list(report, &json, "warnings", NETLAB_WARNING);
        json_close(&json, '}');
        putc('\n', out);
        return ferror(out) ? -EIO : 0;
    }
    for (size_t i = 0; i < netlab_report_size(report); i++)
        print_one(&report->items[i], out, style == NETLAB_REPORT_COLOR);
    for (int severity = NETLAB_ERROR; report && severity <= NETLAB_WARNING; severity++)
        if (report->count[severity] > report->kept[severity] && report->kept[severity])
            fprintf(out, "netlab: %zu more %s not shown\n",
                    report->count[severity] - report->kept[severity],
                    severity == NETLAB_ERROR ? "errors" : "warnings");
    return ferror(out) ? -EIO : 0;
}
