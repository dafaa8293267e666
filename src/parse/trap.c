/* SPDX-License-Identifier: MIT */
/*
 * Job: YAML's own errors, in words that help.
 * In: a source; libyaml's parser after an error. Out: one diagnostic.
 * libyaml tells its errors apart by text only.
 */
#include "parse/trap.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "base/report.h"
#include "base/utf8.h"

enum {
    WORD_MAX = 64,
};

/* What stands around a place, up to blanks and the separators of flow style. */
struct word {
    char text[WORD_MAX + 1];
    size_t colons; /* in it */
    struct mark mark;
};

/* What was wrong, and where. */
struct stumble {
    struct netlab_report *report;
    const struct source *source;
    const char *problem, *context;
    struct mark mark, opener; /* opener: of what was not closed; line 0: nothing */
    size_t offset;            /* of mark */
    char here;                /* the character there; 0: the end of the text */
};

static bool is_line_end(int32_t c)
{
    return c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* YAML 1.1, 4.1.1; a byte order mark only where one belongs. */
static bool is_printable(int32_t c, size_t offset)
{
    if (c < 0x20)
        return c == '\t' || c == '\n' || c == '\r';
    if (c == 0xfeff)
        return offset == 0;
    return c != 0x7f && (c < 0x80 || c >= 0xa0) && c != 0xfffe && c != 0xffff;
}

static int fail_character(struct netlab_report *report, const struct source *source, size_t offset,
                          int32_t c)
{
    const unsigned char *text = (const unsigned char *)source->text;
    struct mark mark = source_mark_at(source, offset);

    if (c < 0) {
        report_error(report, EINVAL, source, mark, "byte 0x%02x is not UTF-8 here", text[offset]);
        if (offset == 0 && source->size > 1 &&
            ((text[0] == 0xff && text[1] == 0xfe) || (text[0] == 0xfe && text[1] == 0xff)))
            report_hint(report, "the file is UTF-16; save it as UTF-8");
        return -EINVAL;
    }
    if (is_line_end(c)) {
        report_error(report, EINVAL, source, mark, "U+%04X ends a line for YAML", (unsigned)c);
        report_hint(report, "end lines with LF or CRLF; in a value, write it as an escape in "
                            "double quotes");
        return -EINVAL;
    }
    return report_error(report, EINVAL, source, mark, "control character U+%04X is not taken",
                        (unsigned)c);
}

int trap_characters(struct netlab_report *report, const struct source *source)
{
    const char *text = source->text;
    size_t size = 1;

    for (size_t i = 0; i < source->size; i += size) {
        int32_t c;

        size = 1;
        if (text[i] >= 0x20 && text[i] < 0x7f)
            continue;
        c = utf8_decode(text + i, source->size - i, &size);
        if (c < 0 || (is_line_end(c) && !(c == '\r' && text[i + 1] == '\n')) || !is_printable(c, i))
            return fail_character(report, source, i, c);
    }
    return 0;
}

static size_t offset_of(const struct source *source, const struct mark *mark)
{
    size_t at = mark->line <= source->line_count ? source->lines[mark->line - 1] : source->size;

    for (uint32_t column = 1; column < mark->column && at < source->size; column++)
        do
            at++;
        while (((unsigned char)source->text[at] & 0xc0) == 0x80);
    return at;
}

static bool ends_word(char c)
{
    return !c || strchr(" \t\r\n,{}\"'", c);
}

static struct word word_at(const struct stumble *s)
{
    const char *text = s->source->text;
    size_t begin = s->offset, end = s->offset;
    struct word word = {.mark = s->mark};

    while (begin > 0 && !ends_word(text[begin - 1]) && text[begin - 1] != '[')
        begin--;
    while (end < s->source->size && !ends_word(text[end]) && text[end] != ']')
        end++;
    if (end - begin > WORD_MAX)
        end = begin + WORD_MAX;
    memcpy(word.text, text + begin, end - begin);
    for (const char *c = word.text; *c; c++)
        word.colons += *c == ':';
    word.mark = source_mark_at(s->source, begin);
    word.mark.length = (uint32_t)(end - begin);
    return word;
}

static int fail_quotes(const struct stumble *s, const struct word *word, const char *why)
{
    report_error(s->report, EINVAL, s->source, word->mark, "'%s' needs quotes: %s", word->text,
                 why);
    report_hint(s->report, "write \"%s\"", word->text);
    return -EINVAL;
}

static bool says(const char *text, const char *part)
{
    return text && strstr(text, part);
}

/* A colon where flow style, or a value's end, takes it for a separator. */
static bool trap_colon(const struct stumble *s)
{
    struct word word = word_at(s);

    if (s->here != ':')
        return false;
    if (says(s->problem, "expected node content")) {
        fail_quotes(s, &word, "within [] and {} a ':' at the beginning separates key and value");
        return true;
    }
    if (s->offset > 0 && s->source->text[s->offset - 1] == ']') {
        report_error(s->report, EINVAL, s->source, s->mark, "what follows ']' can not stand there");
        report_hint(s->report, "quote a value that begins with '[': \"[fd00::1]:80\"");
        return true;
    }
    if (!says(s->problem, "unexpected ':'") && !says(s->problem, "mapping values are not allowed"))
        return false;
    if (word.colons > 1) {
        fail_quotes(s, &word, "a ':' at the end separates key and value");
        return true;
    }
    if (!says(s->problem, "unexpected ':'"))
        return false;
    report_error(s->report, EINVAL, s->source, s->mark,
                 "within [] and {} a ':' that ends a key needs a blank after it");
    report_hint(s->report, "write '%s ', or '%s {}'", word.text, word.text);
    return true;
}

/* A character that begins something else than a value. */
static bool trap_first(const struct stumble *s)
{
    if (says(s->problem, "cannot start any token") && s->here == '\t') {
        report_error(s->report, EINVAL, s->source, s->mark, "a tab can not indent YAML");
        report_hint(s->report, "use blanks");
        return true;
    }
    if (says(s->problem, "cannot start any token")) {
        report_error(s->report, EINVAL, s->source, s->mark,
                     "a value that begins with '%c' needs quotes", s->here);
        return true;
    }
    if (says(s->context, "scanning an alias") || says(s->context, "scanning an anchor") ||
        says(s->context, "tag")) {
        report_error(s->report, EINVAL, s->source, s->mark, "%s: %s", s->context, s->problem);
        report_hint(s->report, "a value that begins with '*', '&' or '!' needs quotes");
        return true;
    }
    return false;
}

/* Something that is not closed. */
static bool trap_open(const struct stumble *s)
{
    const char *what = says(s->problem, "',' or ']'")   ? "["
                       : says(s->problem, "',' or '}'") ? "{"
                                                        : NULL;

    if (says(s->context, "quoted scalar") && says(s->problem, "unexpected end")) {
        report_error(s->report, EINVAL, s->source, s->opener, "this quote is never closed");
        return true;
    }
    if (!what)
        return false;
    if (!s->here) {
        report_error(s->report, EINVAL, s->source, s->opener, "this '%s' is never closed", what);
        return true;
    }
    report_error(s->report, EINVAL, s->source, s->mark, "expected ',' or '%s' here",
                 *what == '[' ? "]" : "}");
    report_hint(s->report, "the '%s' on line %u, column %u is not closed yet", what, s->opener.line,
                s->opener.column);
    return true;
}

/* Whether a word is what its line begins with. */
static bool is_first(const struct stumble *s, const struct word *word)
{
    size_t size;
    const char *line = source_line(s->source, word->mark.line, &size);

    return line && strspn(line, " ") + 1 == word->mark.column;
}

static bool trap_place(const struct stumble *s)
{
    struct word word = word_at(s);

    if (says(s->problem, "could not find expected ':'")) {
        report_error(s->report, EINVAL, s->source, s->opener, "this key has no ':' after it");
    } else if (says(s->problem, "mapping values are not allowed") && is_first(s, &word)) {
        report_error(s->report, EINVAL, s->source, word.mark, "no key can begin here");
        report_hint(s->report, "is the line indented wrongly? Or does the line above lack a ':'?");
    } else if (says(s->problem, "mapping values are not allowed")) {
        report_error(s->report, EINVAL, s->source, s->mark, "no value of a key can begin here");
        report_hint(s->report,
                    "quote a value that contains ': '; or is the line indented wrongly?");
    } else if (says(s->problem, "block sequence entries are not allowed")) {
        report_error(s->report, EINVAL, s->source, s->mark, "no list can begin here");
        report_hint(s->report, "begin it on a line of its own, or write [a, b]");
    } else if (says(s->problem, "did not find expected key")) {
        report_error(s->report, EINVAL, s->source, s->mark, "expected a key here");
        report_hint(s->report,
                    "is the line indented like those above? Is a quote or bracket closed "
                    "too early?");
    } else if (says(s->problem, "expected '-' indicator")) {
        report_error(s->report, EINVAL, s->source, s->mark, "expected an entry of a list here");
        report_hint(s->report, "each begins with '- ', all equally indented");
    } else if (says(s->problem, "expected node content") && !s->here) {
        report_error(s->report, EINVAL, s->source, s->mark,
                     "the file ends where a value is missing");
    } else if (says(s->problem, "expected node content")) {
        report_error(s->report, EINVAL, s->source, s->mark, "a value is missing here");
    } else {
        return false;
    }
    return true;
}

struct mark trap_mark(const struct source *source, const yaml_mark_t *mark)
{
    if (mark->line >= source->line_count)
        return source_mark_at(source, source->size);
    return (struct mark){.line = (uint32_t)mark->line + 1, .column = (uint32_t)mark->column + 1};
}

int trap_syntax(struct netlab_report *report, const struct source *source,
                const struct yaml_parser_s *parser)
{
    struct stumble s = {.report = report,
                        .source = source,
                        .problem = parser->problem ? parser->problem : "this is no YAML",
                        .context = parser->context,
                        .mark = trap_mark(source, &parser->problem_mark),
                        .opener = trap_mark(source, &parser->context_mark)};

    s.offset = offset_of(source, &s.mark);
    s.here = s.offset < source->size ? source->text[s.offset] : '\0';
    if (trap_colon(&s) || trap_first(&s) || trap_open(&s) || trap_place(&s))
        return -EINVAL;
    return report_error(report, EINVAL, source, s.mark, "%s%s%s", s.problem, s.context ? ", " : "",
                        s.context ? s.context : "");
}
