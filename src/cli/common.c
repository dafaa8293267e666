/* SPDX-License-Identifier: MIT */
/*
 * Job: what the verbs have in common: complaints, similar words, reading FILE or LAB, reports,
 * summaries.
 * In: struct cli_arguments, reports and results of the library. Out: text and JSON.
 * Must not know: which verb it is.
 */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int cli_misuse(const struct cli_verb *verb, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "netlab %s: ", verb->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nusage: netlab %s %s\n", verb->name, verb->usage);
    return verb->is_command ? CLI_FAILED : CLI_BAD;
}

enum { WORD_MAX = 24 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters are wrong, missing, too many or swapped with their neighbour. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1], size = strlen(b);
    size_t *older = rows[0], *old = rows[1], *now = rows[2], *spare;

    for (size_t j = 0; j <= size; j++)
        old[j] = older[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        now[0] = i;
        for (size_t j = 1; j <= size; j++) {
            now[j] = least(old[j - 1] + (a[i - 1] != b[j - 1]), least(old[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], older[j - 2] + 1);
        }
        spare = older;
        older = old;
        old = now;
        now = spare;
    }
    return old[size];
}

const char *cli_similar(const char *word, const char *const *candidates)
{
    size_t size = strlen(word), best = size > 5 ? 3 : 2;
    const char *near = NULL;

    if (size > WORD_MAX)
        return NULL;
    for (; *candidates; candidates++) {
        size_t apart = strlen(*candidates) > WORD_MAX ? best : distance(word, *candidates);

        if (size > 2 && strncmp(word, *candidates, size) == 0)
            return *candidates; /* its beginning */
        if (apart < best) {
            best = apart;
            near = *candidates;
        }
    }
    return near;
}

const char *cli_file(const struct cli_arguments *args)
{
    return args->count ? args->words[0] : CLI_DEFAULT_FILE;
}

int cli_find_format(const struct cli_arguments *args, const char *const names[], int json)
{
    if (!args->format)
        return args->json ? json : 0;
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], args->format) == 0)
            return i;
    return -1;
}

bool cli_is_terminal(void)
{
    const char *term = getenv("TERM");

    return term && strcmp(term, "dumb") != 0 && isatty(STDERR_FILENO);
}

static bool has_color(void)
{
    const char *off = getenv("NO_COLOR");

    return (!off || !*off) && cli_is_terminal();
}

int cli_flush(void)
{
    static int first; /* the stream forgets it, and what it could not write */

    if (fflush(stdout) < 0 && !first)
        first = errno;
    return first ? first : ferror(stdout) ? EIO : 0;
}

int cli_refused(int error)
{
    return error == -EBADMSG ? CLI_BAD : CLI_REFUSED;
}

/* Neither was a file named nor is the default there. */
static int no_file(const struct cli_arguments *args)
{
    static const char *const others[] = {"topology.yml", "topology.yaml", "topo.yml"};

    fprintf(stderr, "netlab %s: no file is named and there is no " CLI_DEFAULT_FILE " here\n",
            args->verb->name);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (access(others[i], F_OK) == 0) {
            fprintf(stderr, "      = did you mean 'netlab %s %s'?%s\n", args->verb->name, others[i],
                    i ? "" : " (ipspace's netlab, whose file this may be, is a different tool)");
            break;
        }
    fprintf(stderr, "usage: netlab %s %s\n", args->verb->name, args->verb->usage);
    return CLI_BAD;
}

/* A file could not be read. */
static int bad_file(const struct cli_arguments *args, const char *file,
                    const struct netlab_report *report, int error)
{
    if (error == -ENOENT && !args->count && !args->json)
        return no_file(args);
    cli_failure(args, file, NULL, report, error);
    return error == -ENOMEM ? CLI_REFUSED : CLI_BAD;
}

int cli_load(const struct cli_arguments *args, struct netlab_lab **ret_lab,
             struct netlab_report *report)
{
    const char *file = cli_file(args);
    int error = netlab_load_file(file, ret_lab, report);

    return error ? bad_file(args, file, report, error) : -1;
}

static bool is_lab(const char *name)
{
    char **names = NULL;
    bool is_one = false;

    if (netlab_list(&names, NULL) < 0)
        return false;
    for (char **lab = names; *lab; lab++)
        is_one = is_one || strcmp(*lab, name) == 0;
    netlab_names_free(names);
    return is_one;
}

bool cli_is_file(const char *word)
{
    const char *dot = strrchr(word, '.');
    struct stat st;

    if (strcmp(word, "-") == 0 || strchr(word, '/') ||
        (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0)))
        return true;
    return stat(word, &st) == 0 && S_ISREG(st.st_mode) && !is_lab(word);
}

/* So that what was meant as a file is not taken for a lab that is not up. */
static bool is_name(const char *word)
{
    static const char legal[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t size = strlen(word);

    return size > 0 && size <= NETLAB_NAME_MAX && strspn(word, legal) == size &&
           !strchr("_.-", *word);
}

int cli_lab_name(const struct cli_arguments *args, char ret_name[NETLAB_NAME_MAX + 1],
                 struct netlab_report *report)
{
    const char *word = cli_file(args);
    int error;

    if (args->count && !cli_is_file(word)) {
        if (!is_name(word))
            return cli_misuse(args->verb, "'%s' is neither a file nor a lab's name", word);
        snprintf(ret_name, NETLAB_NAME_MAX + 1, "%s", word);
        return -1;
    }
    error = netlab_read_name(word, ret_name, report);
    return error ? bad_file(args, word, report, error) : -1;
}

void cli_report(const struct cli_arguments *args, const struct netlab_report *report, int error)
{
    size_t errors = netlab_report_count(report, NETLAB_ERROR);

    if (args->json || (args->quiet && !errors && !error))
        return;
    cli_flush();
    netlab_report_print(report, stderr, has_color() ? NETLAB_REPORT_COLOR : NETLAB_REPORT_TEXT);
    if (error && !errors)
        fprintf(stderr, "netlab: error: %s\n", strerror(-error));
}

void cli_failure(const struct cli_arguments *args, const char *file, const char *lab,
                 const struct netlab_report *report, int error)
{
    const struct netlab_outcome outcome = {
        .file = file, .lab = lab, .state = "failed", .report = report};

    if (args->json)
        netlab_outcome_print(&outcome, stdout);
    else
        cli_report(args, report, error);
}

void cli_summary(const struct netlab_result *result)
{
    const struct {
        size_t count;
        const char *one;
    } parts[] = {{result->namespaces, "namespace"},
                 {result->links, "link"},
                 {result->interfaces, result->links ? "other interface" : "interface"},
                 {result->services, "service"}};
    const char *before = "";

    if (result->changed && !result->steps) {
        fputs("nothing to do\n", stdout);
        return;
    }
    if (result->changed)
        before =
            printf("%zu change%s", result->steps, result->steps == 1 ? "" : "s") < 0 ? "" : " ";
    for (size_t i = 0; !result->changed && i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].count) {
            printf("%s%zu %s%s", before, parts[i].count, parts[i].one,
                   parts[i].count == 1 ? "" : "s");
            before = ", ";
        }
    if (!*before)
        fputs("nothing", stdout);
    if (result->milliseconds < 1000)
        printf(" in %.1f ms\n", result->milliseconds);
    else
        printf(" in %.2f s\n", result->milliseconds / 1000);
}
