/* SPDX-License-Identifier: MIT */
/*
 * Job: what the verbs of the command share: the shape of a verb, its arguments, exit statuses,
 * how things are said to people and to programs.
 * In: the command line. Out: text, JSON, an exit status.
 * Depends on: include/netlab and libc, nothing else: the command is the library's first client.
 * Must not know: how the library does anything.
 */
#ifndef NETLAB_CLI_H
#define NETLAB_CLI_H

#include <stdbool.h>
#include <time.h>

#include <netlab/netlab.h>

#define CLI_DEFAULT_FILE "topo.yaml"

/* Exit statuses; docs/cli.md. Those from 125 on are of run, exec and shell, as env(1) has them. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_NO = 1,      /* it ran, and the answer is no; or the output could not be written */
    CLI_BAD = 2,     /* usage, or a bad file: nothing was touched */
    CLI_REFUSED = 3, /* the system refused; what had been done was taken back */
    CLI_FAILED = 125,
    CLI_NOT_EXECUTABLE = 126,
    CLI_NOT_FOUND = 127,
};

struct cli_verb;

/* A command line, read. */
struct cli_arguments {
    const struct cli_verb *verb;
    bool quiet, verbose, json, dry_run, all, adopt, keep_on_failure, live, rootless, follow;
    const char *format;    /* or NULL */
    const char **attach;   /* NULL-terminated, or NULL; to be freed */
    unsigned lock_timeout; /* milliseconds */
    unsigned wait;         /* milliseconds; 0: not given */
    char **words;          /* what is no option; NULL-terminated */
    int count;
};

/* How the command line tells which of the user's sandboxes a verb is about, and has to run in. */
enum cli_place {
    CLI_HERE,         /* none */
    CLI_BY_OPTION,    /* the one of the file's lab, with --rootless or --live */
    CLI_BY_LAB,       /* the one of the lab, by file or by name */
    CLI_BY_NAMESPACE, /* the one that has [LAB:]NS */
};

/* One verb: a file cmd_NAME.c has it, the table in main.c lists it. */
struct cli_verb {
    const char *name;
    const char *summary; /* for the list of verbs */
    const char *usage;   /* what follows the name */
    const char *help;    /* the rest of --help: options and an example */
    const char *options; /* letters of the options that it takes; options.c has them */
    int least, most;     /* how many words; most < 0: any number */
    bool is_command;     /* options end at the first word, a misuse exits with 125 */
    enum cli_place place;
    bool ends_sandbox;   /* done in there, that is no longer needed */
    bool is_interactive; /* it becomes an interactive shell */
    int (*run)(const struct cli_arguments *args);
};

extern const struct cli_verb cli_up, cli_down, cli_plan, cli_diff, cli_dump, cli_validate,
    cli_status, cli_ls, cli_test, cli_run_verb, cli_exec, cli_shell, cli_logs;

/* options.c */

/* Read argv (argv[0] is the verb) into ret_args. Returns -1, or a status to exit with. */
int cli_options(const struct cli_verb *verb, int argc, char **argv, struct cli_arguments *ret_args);

/* common.c */

/* Complain about the command line and show the verb's usage; returns the status to exit with. */
int cli_misuse(const struct cli_verb *verb, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The candidate that a mistyped word may mean, or NULL. Candidates end with NULL. */
const char *cli_similar(const char *word, const char *const *candidates);

/* Whether a word means a file, not a lab. */
bool cli_is_file(const char *word);

/* FILE of the command line or its default. */
const char *cli_file(const struct cli_arguments *args);

/* The index of what --format and --json ask for, among names of formats (NULL ends them); -1: there
   is none of that name. */
int cli_find_format(const struct cli_arguments *args, const char *const names[], int json);

/* Does standard error take colours and a line that is rewritten? */
bool cli_is_terminal(void);

/* fflush(stdout). Returns 0, or what went wrong the first time that it did. */
int cli_flush(void);

/* What to exit with after an error of the library's: the system refused, unless the file is bad. */
int cli_refused(int error);

/* Read the file of the command line. Returns -1, or a status to exit with: then all is said. */
int cli_load(const struct cli_arguments *args, struct netlab_lab **ret_lab,
             struct netlab_report *report);

/*
 * The name of the lab that the command line means, by file or by name. Returns -1, or a status to
 * exit with: then all is said.
 */
int cli_lab_name(const struct cli_arguments *args, char ret_name[NETLAB_NAME_MAX + 1],
                 struct netlab_report *report);

/* Print warnings, unless they are not wanted, and errors; error (negative errno) where there is
   none of them. */
void cli_report(const struct cli_arguments *args, const struct netlab_report *report, int error);

/* The same for a verb that failed: with --json the object that stands for its result. */
void cli_failure(const struct cli_arguments *args, const char *file, const char *lab,
                 const struct netlab_report *report, int error);

/* "3 namespaces, 2 links in 6.1 ms" and a line's end. */
void cli_summary(const struct netlab_result *result);

/* cmd_plan.c */

/* Print the plan in the format of the command line. Returns an exit status. */
int cli_write_plan(const struct cli_arguments *args, struct netlab_lab *lab,
                   struct netlab_report *report);

/* elsewhere.c */

/* Run the verb in the sandbox that the command line is about. Returns -1 where there is none, or a
   status to exit with: then all is said. */
int cli_elsewhere(const struct cli_arguments *args);

/* The exit status for one that wait(2) gave; ends as it did where that was by a signal. */
int cli_pass_on(int status);

/* main.c */

/* See that all output was written; the status to exit with. */
int cli_finish(int status);

/* enter.c */

/* LAB:NS or NS; ret_lab is empty where there is none. False: it is neither. */
bool cli_split_place(const char *word, char ret_lab[NETLAB_NAME_MAX + 1], const char **ret_ns);

/* Enter the namespace that the first word names and tell the environment. Returns -1, or a status
   to exit with: then all is said. */
int cli_enter(const struct cli_arguments *args);

/* execvp(3); returns the status to exit with when it fails, and says why. */
int cli_run(const struct cli_verb *verb, char **argv);

/* cmd_shell.c */

/* Become an interactive shell whose prompt tells where it is, by NETLAB_LAB and NETLAB_NS; returns
   the status to exit with when that fails, and says why. */
int cli_run_shell(const struct cli_verb *verb);

/* progress.c */

/* The line that tells how far up or down is, or each step where -v asks for it. */
struct cli_progress {
    const char *what, *lab;
    bool is_shown, is_verbose;
    FILE *steps;          /* where they are written to: standard output */
    struct timespec next; /* when to write again */
};

/* Make options say how far it is, as the command line wants it. */
void cli_progress_start(struct cli_progress *progress, const struct cli_arguments *args,
                        const char *what, const char *lab, struct netlab_options *options);
void cli_progress_end(struct cli_progress *progress);

/* signals.c */

/* Keep INT, TERM and HUP from ending the process, and PIPE for good. What they set is returned. */
const volatile sig_atomic_t *cli_signals_hold(void);

/* Give them their old meaning back; returns the last one that came, or 0. */
int cli_signals_release(void);

/* End as that signal ends a process, so that the parent sees it. */
void cli_signals_die(int number) __attribute__((noreturn));

#endif
