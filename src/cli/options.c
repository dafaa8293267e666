/* SPDX-License-Identifier: MIT */
/*
 * Job: read the options of a verb; --help.
 * In: argv and the letters of the options that the verb takes. Out: struct cli_arguments.
 * Must not know: what the options mean to the verb.
 */
#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every option there is. Capital letters only name them: those have no short form. */
static const struct option all_options[] = {
    {"adopt", no_argument, NULL, 'D'},
    {"all", no_argument, NULL, 'A'},
    {"attach", required_argument, NULL, 'T'},
    {"dry-run", no_argument, NULL, 'n'},
    {"follow", no_argument, NULL, 'f'},
    {"format", required_argument, NULL, 'F'},
    {"help", no_argument, NULL, 'h'},
    {"json", no_argument, NULL, 'J'},
    {"keep-on-failure", no_argument, NULL, 'K'},
    {"live", no_argument, NULL, 'I'},
    {"lock-timeout", required_argument, NULL, 'L'},
    {"quiet", no_argument, NULL, 'q'},
    {"rootless", no_argument, NULL, 'R'},
    {"verbose", no_argument, NULL, 'v'},
    {"wait", optional_argument, NULL, 'W'},
};
enum { WAIT_DEFAULT = 60 * 1000 }; /* twice as long as STP takes with its usual timers */
enum { OPTIONS = sizeof all_options / sizeof all_options[0] };

/* What getopt_long() wants to know, for one verb. */
struct table {
    struct option options[OPTIONS + 1];
    const char *words[OPTIONS + 1]; /* "--all" … */
    char letters[OPTIONS + 2];
};

static const char *const spelled[OPTIONS] = {
    "--adopt",        "--all",   "--attach",   "--dry-run",         "--follow",
    "--format",       "--help",  "--json",     "--keep-on-failure", "--live",
    "--lock-timeout", "--quiet", "--rootless", "--verbose",         "--wait"};

static void fill(struct table *table, const struct cli_verb *verb)
{
    size_t count = 0, letters = 0;

    *table = (struct table){0};
    if (verb->is_command)
        table->letters[letters++] = '+';
    for (size_t i = 0; i < OPTIONS; i++) {
        int letter = all_options[i].val;

        if (letter != 'h' && !strchr(verb->options, letter))
            continue;
        table->options[count] = all_options[i];
        table->words[count++] = spelled[i];
        if (letter >= 'a')
            table->letters[letters++] = (char)letter;
    }
}

static void print_help(const struct cli_verb *verb)
{
    printf("usage: netlab %s %s\n\n%s", verb->name, verb->usage, verb->help);
}

/* getopt_long() has said what is wrong. */
static int wrong_option(const struct cli_verb *verb, const struct table *table, const char *word)
{
    /* optopt: zero for an unknown long option only */
    const char *near = optopt ? NULL : cli_similar(word, table->words);

    if (near)
        fprintf(stderr, "      = did you mean '%s'?\n", near);
    fprintf(stderr, "usage: netlab %s %s\n", verb->name, verb->usage);
    return verb->is_command ? CLI_FAILED : CLI_BAD;
}

/* "2", "0.5". Returns false when it is no number or too big; more than 0 never becomes 0. */
static bool read_seconds(const char *word, unsigned *ret_milliseconds)
{
    enum { SECONDS_MAX = 86400 };
    char *end;
    double seconds = strtod(word, &end);

    if (end == word || *end || word[strspn(word, "0123456789.")] || seconds > SECONDS_MAX)
        return false;
    *ret_milliseconds = (unsigned)(seconds * 1000 + 0.999);
    return true;
}

/* Returns -1, or a status to exit with. */
static int add_attachment(struct cli_arguments *args, const char *word)
{
    const char *middle = strchr(word, '=');
    const char **more;
    size_t count = 0;

    if (!middle || middle == word || !middle[1])
        return cli_misuse(args->verb, "--attach takes NS=PID, NS=PATH or NS=NAME, not '%s'", word);
    while (args->attach && args->attach[count])
        count++;
    more = realloc(args->attach, (count + 2) * sizeof *more);
    if (!more)
        return cli_misuse(args->verb, "out of memory");
    more[count] = word;
    more[count + 1] = NULL;
    args->attach = more;
    return -1;
}

/* Returns -1, or a status to exit with. */
static int set(struct cli_arguments *args, int letter)
{
    switch (letter) {
    case 'A':
        args->all = true;
        break;
    case 'T':
        return add_attachment(args, optarg);
    case 'D':
        args->adopt = true;
        break;
    case 'f':
        args->follow = true;
        break;
    case 'F':
        args->format = optarg;
        break;
    case 'J':
        args->json = true;
        break;
    case 'R':
        args->rootless = true;
        break;
    case 'K':
        args->keep_on_failure = true;
        break;
    case 'I':
        args->live = true;
        break;
    case 'L':
        if (!read_seconds(optarg, &args->lock_timeout))
            return cli_misuse(args->verb, "--lock-timeout takes 0 to 86400 seconds, not '%s'",
                              optarg);
        break;
    case 'W':
        args->wait = WAIT_DEFAULT;
        if (optarg && (!read_seconds(optarg, &args->wait) || !args->wait))
            return cli_misuse(args->verb,
                              "--wait takes more than 0, and up to 86400 seconds, "
                              "not '%s'",
                              optarg);
        break;
    case 'n':
        args->dry_run = true;
        break;
    case 'q': /* of -q and -v the last one counts */
        args->quiet = true;
        args->verbose = false;
        break;
    case 'v':
        args->verbose = true;
        args->quiet = false;
        break;
    }
    return -1;
}

int cli_options(const struct cli_verb *verb, int argc, char **argv, struct cli_arguments *ret_args)
{
    char name[32]; /* getopt_long() begins its messages with it */
    struct table table;
    int letter, status = -1;

    *ret_args = (struct cli_arguments){.verb = verb};
    snprintf(name, sizeof name, "netlab %s", verb->name);
    argv[0] = name;
    fill(&table, verb);
    while (status < 0 &&
           (letter = getopt_long(argc, argv, table.letters, table.options, NULL)) != -1) {
        if (letter == 'h') {
            print_help(verb);
            return CLI_DONE;
        }
        if (letter == '?')
            return wrong_option(verb, &table, argv[optind - 1]);
        status = set(ret_args, letter);
    }
    argv[0] = NULL;
    if (status >= 0)
        return status;
    ret_args->words = argv + optind;
    ret_args->count = argc - optind;
    if (ret_args->count < verb->least)
        return cli_misuse(verb,
                          ret_args->count ? "a command is missing" : "a namespace is missing");
    if (verb->most >= 0 && ret_args->count > verb->most)
        return cli_misuse(verb, "unexpected argument '%s'", ret_args->words[verb->most]);
    return -1;
}
