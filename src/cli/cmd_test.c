/* SPDX-License-Identifier: MIT */
/*
 * Job: netlab test: whether a lab does what its file says that it must.
 * In: a topology file with `tests:`, or the name of a lab that is up. Out: TAP, JUnit or JSON.
 * Must not know: how anything is tested.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the process in the sandbox needs to know. */
struct job {
    const struct cli_arguments *args;
    struct netlab_test_options options;
    struct netlab_lab *lab;
    struct netlab_report *report;
};

static int find_format(const struct cli_arguments *args)
{
    static const char *const names[] = {[NETLAB_TEST_TAP] = "tap",
                                        [NETLAB_TEST_JUNIT] = "junit",
                                        [NETLAB_TEST_JSON] = "json",
                                        NULL};

    return cli_find_format(args, names, NETLAB_TEST_JSON);
}

static void set_look(struct netlab_test_options *options)
{
    const char *term = getenv("TERM"), *off = getenv("NO_COLOR");
    bool terminal = isatty(STDOUT_FILENO);

    options->matrix = terminal;
    options->color = terminal && term && strcmp(term, "dumb") != 0 && (!off || !*off);
}

/* Ask the running lab. Returns an exit status. */
static int ask(struct job *job)
{
    struct netlab_test_result result;
    int error = netlab_test(job->lab, &job->options, stdout, &result, job->report);

    if (error && error != -ECANCELED && !ferror(stdout)) {
        cli_failure(job->args, cli_file(job->args), netlab_lab_name(job->lab), job->report, error);
        return CLI_REFUSED;
    }
    cli_report(job->args, job->report, 0);
    if (error == -ECANCELED)
        return CLI_REFUSED;
    return result.failed ? CLI_NO : CLI_DONE;
}

static int ask_until(struct job *job)
{
    int status, number;

    job->options.cancel = cli_signals_hold();
    status = ask(job);
    cli_flush();
    number = cli_signals_release();
    if (number)
        cli_signals_die(number);
    return status;
}

static int in_sandbox(void *userdata)
{
    struct job *job = userdata;
    const struct netlab_options options = {.wait = job->args->wait};
    int error = netlab_up(job->lab, &options, NULL, job->report);

    if (error) {
        cli_failure(job->args, cli_file(job->args), netlab_lab_name(job->lab), job->report, error);
        return cli_refused(error);
    }
    return cli_finish(ask_until(job));
}

static int run_in_sandbox(struct job *job)
{
    const struct netlab_sandbox sandbox = {.lab = job->lab, .run = in_sandbox, .userdata = job};
    int status = 0, error;

    error = netlab_sandbox_run(&sandbox, &status, job->report);
    if (error) {
        cli_failure(job->args, cli_file(job->args), netlab_lab_name(job->lab), job->report, error);
        return error == -EINVAL ? CLI_BAD : CLI_REFUSED;
    }
    if (WIFSIGNALED(status))
        cli_signals_die(WTERMSIG(status));
    return WEXITSTATUS(status);
}

/* The lab of a file, or as it was brought up. Returns -1, or a status to exit with. */
static int load(struct job *job)
{
    const struct cli_arguments *args = job->args;
    char name[NETLAB_NAME_MAX + 1];
    int status, error;

    if (!args->count || cli_is_file(cli_file(args)))
        return cli_load(args, &job->lab, job->report);
    status = cli_lab_name(args, name, job->report);
    if (status >= 0)
        return status;
    error = netlab_load_applied(name, &job->lab, job->report);
    if (!error)
        return -1;
    cli_failure(args, NULL, name, job->report, error);
    return CLI_REFUSED;
}

static int test(struct job *job)
{
    int status = load(job);

    if (status >= 0)
        return status;
    if (!netlab_test_count(job->lab)) { /* no reason to bring anything up */
        (void)ask(job);
        return CLI_BAD;
    }
    return job->args->live ? ask_until(job) : run_in_sandbox(job);
}

static int run(const struct cli_arguments *given)
{
    struct cli_arguments args = *given;
    struct job job = {.args = &args};
    int format = find_format(&args), status;

    if (format < 0)
        return cli_misuse(args.verb, "there is no format '%s': tap, junit or json", args.format);
    job.options.format = (enum netlab_test_format)format;
    if (args.json && format != NETLAB_TEST_JSON)
        return cli_misuse(args.verb, "--json and --format %s do not go together", args.format);
    if (args.count && !args.live && !cli_is_file(args.words[0]))
        return cli_misuse(args.verb, "'%s' is no file; a lab that is up is tested with --live",
                          args.words[0]);
    args.json = job.options.format == NETLAB_TEST_JSON;
    set_look(&job.options);
    job.report = netlab_report_new();
    status = test(&job);
    netlab_lab_free(job.lab);
    netlab_report_free(job.report);
    return status;
}

const struct cli_verb cli_test = {
    .name = "test",
    .summary = "test whether a lab does what its file says that it must",
    .usage = "[--live] [--format tap|junit|json] [-q] [--wait[=SECONDS]] [FILE | LAB]",
    .help =
        "Brings the lab of FILE (" CLI_DEFAULT_FILE
        " where none is given) up in a sandbox of its own, asks what the\n"
        "file's `tests:` say, and takes all of it away. Exits with 1 when a test has failed. Needs "
        "no root.\n\n"
        "      --live          test the lab that is up, FILE's or LAB\n"
        "      --format tap    a line for every test (default)\n"
        "      --format junit  JUnit's XML, when all are over\n"
        "      --format json   one JSON object, when all are over; --json is short for it\n"
        "  -q, --quiet         no warnings\n"
        "      --wait[=SECONDS]\n"
        "                      as for `netlab up`, in the sandbox\n\n"
        "example: netlab test --format junit topo.yaml >results.xml\n",
    .options = "IFJqW",
    .most = 1,
    .place = CLI_BY_OPTION,
    .run = run,
};
