/* SPDX-License-Identifier: MIT */
/*
 * Job: the netlab command: find the verb, have its options read, run it, see that the output was
 * written.
 * In: argv. Out: an exit status.
 * Must not know: what a verb does.
 */
#include "cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const struct cli_verb *const verbs[] = {
    &cli_up, &cli_down, &cli_plan,     &cli_diff, &cli_dump,  &cli_validate, &cli_status,
    &cli_ls, &cli_test, &cli_run_verb, &cli_exec, &cli_shell, &cli_logs,
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

/* What people type who come from elsewhere. */
static const struct {
    const char *word, *verb;
} habits[] = {{"deploy", "up"}, {"start", "up"},     {"apply", "up"}, {"destroy", "down"},
              {"stop", "down"}, {"delete", "down"},  {"rm", "down"},  {"check", "validate"},
              {"list", "ls"},   {"ps", "status"},    {"sh", "shell"}, {"enter", "shell"},
              {"show", "ls"},   {"dry-run", "plan"}, {"log", "logs"}};

/* Verbs of ipspace's netlab that this one has not. */
static const char *const foreign[] = {"api",     "clab",      "collect",  "config",  "connect",
                                      "create",  "customize", "defaults", "initial", "inspect",
                                      "install", "libvirt",   "read",     "report",  "restart",
                                      "tc",      "usage"};

static void print_help(FILE *out)
{
    fputs("usage: netlab VERB [options] …\n\n"
          "One YAML file becomes a running network of Linux network namespaces.\n\n",
          out);
    for (int i = 0; i < VERBS; i++)
        fprintf(out, "  %-10s%s\n", verbs[i]->name, verbs[i]->summary);
    fputs("\n`netlab VERB --help` tells more. FILE is " CLI_DEFAULT_FILE
          " where none is given, - is standard input.\n",
          out);
}

static const struct cli_verb *find_verb(const char *name)
{
    for (int i = 0; i < VERBS; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static int unknown_verb(const char *word)
{
    const char *names[VERBS + 1] = {NULL}, *near = NULL;

    for (int i = 0; i < VERBS; i++)
        names[i] = verbs[i]->name;
    if (word[0] == '-')
        fprintf(stderr, "netlab: unknown option '%s'; options stand after the verb\n", word);
    else
        fprintf(stderr, "netlab: '%s' is not a verb\n", word);
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (strcmp(word, foreign[i]) == 0) {
            fputs("      = this netlab makes networks of Linux network namespaces; ipspace's "
                  "netlab is a different tool of that name\n",
                  stderr);
            return CLI_BAD;
        }
    for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++)
        if (strcmp(word, habits[i].word) == 0)
            near = habits[i].verb;
    if (!near)
        near = cli_similar(word, names);
    if (near)
        fprintf(stderr, "      = did you mean 'netlab %s'?\n", near);
    else
        fputs("      = `netlab --help` lists the verbs\n", stderr);
    return CLI_BAD;
}

/* `netlab help VERB` is `netlab VERB --help`. */
static int help(int argc, char **argv)
{
    char option[] = "--help";
    char *words[] = {NULL, option, NULL};
    struct cli_arguments args;
    const struct cli_verb *verb;

    if (argc < 3) {
        print_help(stdout);
        return CLI_DONE;
    }
    verb = find_verb(argv[2]);
    if (!verb)
        return unknown_verb(argv[2]);
    words[0] = argv[2];
    return cli_options(verb, 2, words, &args);
}

/* Without this the first files that are opened would become standard output and error. */
static void keep_standard_fds(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            /* the wrong way round, so that using it fails; not handed on */
            if (open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC) < 0)
                return;
}

static int run(int argc, char **argv)
{
    struct cli_arguments args;
    const struct cli_verb *verb;
    int status;

    if (argc < 2) {
        print_help(stderr);
        return CLI_BAD;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("netlab %s\n", netlab_version());
        return CLI_DONE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0)
        return help(argc, argv);
    verb = find_verb(argv[1]);
    if (!verb)
        return unknown_verb(argv[1]);
    status = cli_options(verb, argc - 1, argv + 1, &args);
    if (status < 0)
        status = cli_elsewhere(&args);
    return status >= 0 ? status : verb->run(&args);
}

int cli_finish(int status)
{
    int error = cli_flush();

    if (!error)
        return status;
    fprintf(stderr, "netlab: cannot write to standard output: %s\n", strerror(error));
    return status ? status : CLI_NO;
}

int main(int argc, char **argv)
{
    keep_standard_fds();
    return cli_finish(run(argc, argv));
}
