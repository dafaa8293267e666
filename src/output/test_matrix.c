/* SPDX-License-Identifier: MIT */
/*
 * Job: draw who reaches whom.
 * In: the result of a test of pairs. Out: lines of TAP comments: rows ask, columns are asked.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/strmap.h"
#include "output/test.h"

enum {
    WIDE_MAX = 30,     /* columns that have a blank between them */
    COLUMNS_MAX = 120, /* that are drawn */
    ROWS_MAX = 60,     /* past it, only rows in which something is wrong */
    NAME_WIDTH = 20,
    TARGET_TEXT = LAB_NAME_MAX + sizeof "[]:65535",
};

_Static_assert((int)LAB_NAME_MAX >= (int)IP_TEXT, "room for addresses, too");

/* Who is asked: a namespace, by whatever address, or an address; at a port, where there are several
   of them. */
struct column {
    const char *name;
    size_t number;
    bool placed;
};

struct matrix {
    const struct probe_result *result;
    struct arena *arena;
    struct strmap names;
    struct column *columns;   /* as they were found */
    struct column **in_order; /* first those that are rows, too, in the order of those */
    size_t count, placed, drawn;
    bool ports, color;
    FILE *out;
};

static const char *target_name(const struct matrix *matrix, const struct probe *probe,
                               char text[TARGET_TEXT])
{
    char ip[IP_TEXT];
    const char *name = probe->to ? probe->to->o.name : ip_text(&probe->ip, ip);
    bool bracket = !probe->to && probe->ip.family == AF_INET6;

    if (matrix->ports)
        snprintf(text, TARGET_TEXT, bracket ? "[%s]:%u" : "%s:%u", name, probe->port);
    else
        snprintf(text, TARGET_TEXT, "%s", name);
    return text;
}

static bool has_ports(const struct probe_result *result)
{
    for (size_t i = 1; i < result->count; i++)
        if (result->probes[i].port != result->probes[0].port)
            return true;
    return false;
}

static void place(struct matrix *matrix, struct column *column)
{
    if (!column || column->placed)
        return;
    column->placed = true;
    column->number = matrix->placed;
    matrix->in_order[matrix->placed++] = column;
}

/* 0 or -1: out of memory. */
static int find_columns(struct matrix *matrix)
{
    const struct probe_result *result = matrix->result;
    char text[TARGET_TEXT];

    matrix->ports = has_ports(result);
    matrix->columns = arena_array(matrix->arena, result->count, sizeof *matrix->columns);
    matrix->in_order = arena_array(matrix->arena, result->count, sizeof(struct column *));
    if (!matrix->columns || !matrix->in_order)
        return -1;
    for (size_t i = 0; i < result->count; i++) {
        const char *name = target_name(matrix, &result->probes[i], text);
        struct column *column = &matrix->columns[matrix->count];

        if (strmap_get(&matrix->names, name))
            continue;
        column->name = arena_strdup(matrix->arena, name);
        matrix->count++;
        if (!column->name || strmap_add(&matrix->names, matrix->arena, column->name, column) < 0)
            return -1;
    }
    for (size_t i = 0; i < result->count; i++)
        place(matrix, strmap_get(&matrix->names, probe_from_name(&result->probes[i])));
    for (size_t i = 0; i < matrix->count; i++)
        place(matrix, &matrix->columns[i]);
    matrix->drawn = matrix->count < COLUMNS_MAX ? matrix->count : COLUMNS_MAX;
    return 0;
}

/* The numbers of the columns, from top to bottom. */
static void draw_head(const struct matrix *matrix)
{
    size_t digits = 1;

    for (size_t n = matrix->drawn; n >= 10; n /= 10)
        digits *= 10;
    for (; digits; digits /= 10) {
        fprintf(matrix->out, "# %4s %-*s", "", NAME_WIDTH, "");
        for (size_t i = 1; i <= matrix->drawn; i++) {
            if (matrix->count <= WIDE_MAX)
                putc(' ', matrix->out);
            putc(i >= digits ? (int)('0' + i / digits % 10) : ' ', matrix->out);
        }
        putc('\n', matrix->out);
    }
}

static char mark_of(const struct probe *probe)
{
    if (!probe->holds)
        return 'X';
    return test_is_negative(probe->result->test) ? '.' : '+';
}

static void draw_marks(const struct matrix *matrix, const char *marks)
{
    for (size_t i = 0; i < matrix->drawn; i++) {
        bool paint = matrix->color && marks[i] != ' ';

        if (matrix->count <= WIDE_MAX)
            putc(' ', matrix->out);
        if (paint)
            fputs(marks[i] == 'X' ? "\033[1;31m" : "\033[32m", matrix->out);
        putc(marks[i], matrix->out);
        if (paint)
            fputs("\033[0m", matrix->out);
    }
    fputs(matrix->drawn < matrix->count ? "…\n" : "\n", matrix->out);
}

/* The marks of the row that begins at a probe; whether all is as expected. Returns where the next
   one begins. */
static size_t read_row(const struct matrix *matrix, size_t begin, char *marks, bool *ret_right)
{
    const struct probe_result *result = matrix->result;
    size_t i = begin;
    char text[TARGET_TEXT];

    memset(marks, ' ', matrix->count);
    *ret_right = true;
    for (; i < result->count && result->probes[i].from == result->probes[begin].from; i++) {
        const struct probe *probe = &result->probes[i];
        const struct column *column = strmap_get(&matrix->names, target_name(matrix, probe, text));

        if (marks[column->number] != 'X')
            marks[column->number] = mark_of(probe);
        *ret_right = *ret_right && probe->holds;
    }
    return i;
}

static size_t count_rows(const struct probe_result *result)
{
    size_t rows = 1;

    for (size_t i = 1; i < result->count; i++)
        rows += result->probes[i].from != result->probes[i - 1].from;
    return rows;
}

/* What the marks mean. */
static const char *legend(const struct test *test)
{
    bool tcp = test->kind == TEST_TCP;

    if (test_is_negative(test))
        return tcp ? ". no connection" : ". no answer";
    return tcp ? "+ connected" : "+ answered";
}

static void draw(const struct matrix *matrix, char *marks)
{
    const struct probe_result *result = matrix->result;
    size_t rows = count_rows(result), row = 0, hidden = 0;
    bool named = rows == matrix->count, right;

    draw_head(matrix);
    for (size_t i = 0, next; i < result->count; i = next) {
        const char *name = probe_from_name(&result->probes[i]);

        next = read_row(matrix, i, marks, &right);
        named = named && row < matrix->count && strcmp(matrix->in_order[row]->name, name) == 0;
        row++;
        if (rows > ROWS_MAX && right) {
            hidden++;
            continue;
        }
        fprintf(matrix->out, "# %4zu %-*.*s", row, NAME_WIDTH, NAME_WIDTH, name);
        draw_marks(matrix, marks);
    }
    if (hidden)
        fprintf(matrix->out, "# %zu row%s, not shown: all as expected\n", hidden,
                hidden == 1 ? "" : "s");
    /* where the columns are the rows, these name them */
    for (size_t i = 0; (!named || hidden) && hidden < rows && i < matrix->drawn; i++)
        fprintf(matrix->out, "# column %zu: %s\n", i + 1, matrix->in_order[i]->name);
    fprintf(matrix->out, "# %s   X not as expected\n", legend(result->test));
}

void output_matrix(const struct probe_result *result, bool color, FILE *out)
{
    struct matrix matrix = {.result = result, .arena = arena_new(), .color = color, .out = out};
    char *marks = NULL;

    if (matrix.arena && find_columns(&matrix) == 0)
        marks = arena_array(matrix.arena, matrix.count, 1);
    if (marks) /* else: it only shows what was told */
        draw(&matrix, marks);
    arena_free(matrix.arena);
}
