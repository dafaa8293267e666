/* SPDX-License-Identifier: MIT */
/*
 * Job: netlab run: a command beside a lab that is there for it alone.
 * In: a topology file and a command. Out: what the command does, its exit status too.
 * Must not know: what a sandbox is made of.
 */
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the processes of the sandbox need to know. */
struct job {
    const struct cli_arguments *args;
    struct netlab_lab *lab;
    struct netlab_report *report;
    char **command;
    bool *begun; /* whether it is the command that has ended; all of them share this */
};

/* FILE, if there is one, and the command. Returns -1, or a status to exit with. */
static int split(struct cli_arguments *args, char ***ret_command)
{
    const char *before = args->words[-1];

    *ret_command = args->words;
    if (before && strcmp(before, "--") == 0) {
        args->count = 0; /* no FILE stands before it */
    } else if (args->count) {
        args->count = 1;
        ++*ret_command;
        if (**ret_command && strcmp(**ret_command, "--") == 0)
            ++*ret_command;
    }
    if (!**ret_command || !***ret_command)
        return cli_misuse(args->verb, "a command is missing");
    return -1;
}

static bool bring_up(const struct job *job)
{
    struct netlab_options options = {.wait = job->args->wait};
    const char *name = netlab_lab_name(job->lab);
    struct cli_progress progress;
    int error;

    cli_progress_start(&progress, job->args, "up", name, &options);
    progress.steps = stderr; /* standard output is the command's */
    error = netlab_up(job->lab, &options, NULL, job->report);
    cli_progress_end(&progress);
    cli_report(job->args, job->report, error);
    return !error;
}

static int in_sandbox(void *userdata)
{
    const struct job *job = userdata;
    int status;

    if (!bring_up(job))
        return CLI_FAILED;
    *job->begun = true;
    status = cli_run(job->args->verb, job->command);
    *job->begun = false; /* we are still here, so it could not be run */
    return status;
}

static int look_around(int status, void *userdata)
{
    const struct job *job = userdata;

    /* what netlab itself ends with, commands may end with, too: sh with 127 */
    if (!*job->begun || status == 0 || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return 0;
    if (WIFSIGNALED(status))
        fprintf(stderr, "netlab run: '%s' was killed by signal %d", job->command[0],
                WTERMSIG(status));
    else
        fprintf(stderr, "netlab run: '%s' has exited with %d", job->command[0],
                WEXITSTATUS(status));
    fputs("; here is a shell beside its lab, all of which goes with it\n", stderr);
    return cli_run_shell(job->args->verb);
}

/* What the command can go by. */
static void tell_environment(const struct cli_arguments *args, const struct netlab_lab *lab)
{
    const char *file = cli_file(args);
    char *path = strcmp(file, "-") == 0 ? NULL : realpath(file, NULL);

    setenv("NETLAB_LAB", netlab_lab_name(lab), 1);
    setenv("NETLAB_NS", "host", 1);
    if (path)
        setenv("NETLAB_FILE", path, 1);
    else
        unsetenv("NETLAB_FILE");
    free(path);
}

static int run_beside(struct job *job)
{
    const struct netlab_sandbox sandbox = {
        .lab = job->lab,
        .run = in_sandbox,
        .linger = job->args->keep_on_failure ? look_around : NULL,
        .userdata = job,
    };
    int status = 0, error;

    job->begun =
        mmap(NULL, sizeof *job->begun, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (job->begun == MAP_FAILED) {
        cli_report(job->args, job->report, -ENOMEM);
        return CLI_FAILED;
    }
    tell_environment(job->args, job->lab);
    error = netlab_sandbox_run(&sandbox, &status, job->report);
    munmap(job->begun, sizeof *job->begun);
    if (error) {
        cli_report(job->args, job->report, error);
        return CLI_FAILED;
    }
    return cli_pass_on(status);
}

static int run(const struct cli_arguments *given)
{
    struct cli_arguments args = *given;
    struct job job = {.args = &args};
    int status = split(&args, &job.command);

    if (status >= 0)
        return status;
    job.report = netlab_report_new();
    status = cli_load(&args, &job.lab, job.report) < 0 ? run_beside(&job) : CLI_FAILED;
    netlab_lab_free(job.lab);
    netlab_report_free(job.report);
    return status;
}

const struct cli_verb cli_run_verb = {
    .name = "run",
    .summary = "run a command beside a lab of its own, without root",
    .usage = "[-q | -v] [--wait[=SECONDS]] [--keep-on-failure] [FILE] -- COMMAND [ARGUMENT…]",
    .help =
        "Brings the lab of FILE (" CLI_DEFAULT_FILE
        " where none is given) up in a sandbox of its own, runs COMMAND in its\n"
        "`host`, and takes all of it away when COMMAND ends, however it ends. Needs no root, and "
        "any number\ncan run at once, of the same file too. In COMMAND `ip netns exec`, `netlab "
        "exec` and `netlab\nstatus` work as always; NETLAB_LAB and NETLAB_FILE tell it what is "
        "there.\n\n"
        "  -q, --quiet    no warnings\n"
        "  -v, --verbose  say each step of bringing it up, on standard error\n"
        "      --wait[=SECONDS]\n"
        "                 as for `netlab up`\n"
        "      --keep-on-failure\n"
        "                 when COMMAND fails, and on a terminal: open a shell in the sandbox\n\n"
        "The exit status is COMMAND's; 127: there is no such command, 126: it can not be run, "
        "125: netlab\nfailed.\n\n"
        "example: netlab run topo.yaml -- ip netns exec left ping -c 1 10.0.0.1\n",
    .options = "qvWK",
    .most = -1,
    .is_command = true,
    .run = run,
};
