/* SPDX-License-Identifier: MIT */
/*
 * Job: start a program in a namespace. See include/netlab/fixture.h.
 * In: struct netlab_process. Out: a child that runs it, or why not.
 *
 * The child is forked off a program that may have threads: what it does until exec() takes no lock
 * and no memory, and what goes wrong there goes back by a pipe that exec() closes.
 */
#include <netlab/fixture.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fork.h"
#include "base/report.h"
#include "enter/enter.h"
#include "enter/process.h"

enum { STDIO = 3 };

struct spawn {
    const struct netlab_process *process;
    struct entrance entrance;
    char **environment;
    sigset_t mask; /* the caller's */
    int errors[2]; /* a pipe: struct failure */
    struct netlab_report *report;
};

/* All three are copied out of the way first: one may stand where another is to be. */
static int set_stdio(const struct netlab_process *process, struct failure *failure)
{
    static const char *const names[STDIO] = {"standard input", "standard output", "standard error"};
    const int wanted[STDIO] = {process->in, process->out, process->err};
    int copies[STDIO];

    for (int i = 0; i < STDIO; i++) {
        int from = wanted[i] == NETLAB_NULL ? open("/dev/null", O_RDWR | O_CLOEXEC) : wanted[i];

        copies[i] = wanted[i] ? fcntl(from, F_DUPFD_CLOEXEC, STDIO) : -1;
        if (wanted[i] && copies[i] < 0)
            return failure_of(failure, "hand over", names[i]);
    }
    for (int i = 0; i < STDIO; i++)
        if (copies[i] >= 0 && dup2(copies[i], i) < 0)
            return failure_of(failure, "hand over", names[i]);
    return 0;
}

/* Handlers are the caller's code; what is ignored stays so, as of any exec(). */
static void reset_signals(const struct spawn *spawn)
{
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;

        if (sigaction(number, NULL, &action) < 0 || action.sa_handler == SIG_IGN ||
            action.sa_handler == SIG_DFL)
            continue;
        action = (struct sigaction){.sa_handler = SIG_DFL};
        sigaction(number, &action, NULL);
    }
    sigprocmask(SIG_SETMASK, &spawn->mask, NULL);
}

/* The caller may have died before; then nobody has the other end of the pipe. */
static bool is_orphan(const struct spawn *spawn)
{
    struct pollfd other_end = {.fd = spawn->errors[1]};

    return poll(&other_end, 1, 0) > 0 && other_end.revents & POLLERR;
}

static int run(struct spawn *spawn, struct failure *failure)
{
    const struct netlab_process *process = spawn->process;
    int r, pipe;

    close(spawn->errors[0]);
    /* where standard output is closed, the pipe may stand in its place */
    pipe = fcntl(spawn->errors[1], F_DUPFD_CLOEXEC, STDIO);
    if (pipe < 0)
        return failure_of(failure, "keep", "a pipe");
    spawn->errors[1] = pipe;
    if (!process->outlive) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
            return failure_of(failure, "have it killed with", "its parent");
        if (is_orphan(spawn))
            _exit(1);
    }
    r = entrance_pass(&spawn->entrance, failure);
    if (r == 0 && process->directory && chdir(process->directory) < 0)
        r = failure_of(failure, "enter", process->directory);
    if (r == 0)
        r = set_stdio(process, failure);
    if (r < 0)
        return r;
    reset_signals(spawn);
    execvpe(process->argv[0], (char *const *)process->argv, spawn->environment);
    return failure_of(failure, "run", process->argv[0]);
}

_Noreturn static void run_child(struct spawn *spawn)
{
    struct failure failure;

    (void)run(spawn, &failure);
    (void)!write(spawn->errors[1], &failure, sizeof failure);
    _exit(127);
}

/* What has failed there has strings of the same program: they are where they were. */
static int take_failure(const struct spawn *spawn)
{
    struct failure failure;
    ssize_t got;

    do
        got = read(spawn->errors[0], &failure, sizeof failure);
    while (got < 0 && errno == EINTR);
    return got == sizeof failure ? failure_report(&failure, spawn->report) : 0;
}

static void reap(int process)
{
    siginfo_t info;

    while (waitid((idtype_t)P_PIDFD, (id_t)process, &info, WEXITED) < 0 && errno == EINTR)
        continue;
}

/* The PID, or -errno. */
static int start(struct spawn *spawn, int *ret_process)
{
    CLEANUP_FD int process = -1;
    sigset_t all;
    pid_t pid;
    int r;

    if (pipe2(spawn->errors, O_CLOEXEC) < 0)
        return report_plain(spawn->report, errno, "cannot make a pipe: %s", strerror(errno));
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &spawn->mask);
    pid = fork_with(CLONE_PIDFD, &process);
    if (pid == 0)
        run_child(spawn);
    r = pid < 0 ? -errno : 0;
    pthread_sigmask(SIG_SETMASK, &spawn->mask, NULL);
    close(spawn->errors[1]);
    if (r < 0)
        report_plain(spawn->report, -r, "cannot start a process: %s", strerror(-r));
    else
        r = take_failure(spawn);
    close(spawn->errors[0]);
    if (pid > 0 && r < 0)
        reap(process);
    if (r < 0)
        return r;
    *ret_process = TAKE_FD(process);
    return pid;
}

static int open_here(void *userdata)
{
    struct spawn *spawn = userdata;
    int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

    spawn->entrance.fd = fd;
    return fd < 0 ? report_plain(spawn->report, errno, "cannot open namespace %s: %s",
                                 spawn->entrance.target->ns, strerror(errno))
                  : 0;
}

static int prepare(struct spawn *spawn, const struct target *target, struct arena *arena)
{
    const struct netlab_process *process = spawn->process;
    int r = entrance_prepare(target, arena, &spawn->entrance, spawn->report);

    if (r < 0)
        return r;
    spawn->environment =
        process->environment ? (char **)process->environment : target_environment(target, arena);
    if (!spawn->environment)
        return report_oom(spawn->report);
    /* to know one that netlab did not make means to be in it for a moment */
    return target->host ? 0 : target_visit(target, open_here, spawn, spawn->report);
}

/* It ends with the lab, or there is none of it. */
static int bind_to_lab(const char *lab, pid_t pid, int *process, struct netlab_report *report)
{
    int r = process_note(lab, *process, pid);

    if (r == 0)
        return pid;
    netlab_process_end(TAKE_FD(*process), 0, NULL);
    return report_plain(report, -r, "lab %s went away: %s", lab, strerror(-r));
}

int netlab_spawn(const char *lab, const char *ns, const struct netlab_process *process,
                 int *ret_process, struct netlab_report *report)
{
    struct target target = {.host = true};
    struct arena *arena = arena_new();
    struct spawn spawn = {.process = process, .entrance = {.fd = -1}, .report = report};
    int child = -1;
    int r = !arena ? report_oom(report) : ns ? target_find(lab, ns, &target, report) : 0;

    if (r == 0)
        r = prepare(&spawn, &target, arena);
    if (r == 0)
        r = start(&spawn, &child);
    if (r > 0 && *target.lab)
        r = bind_to_lab(target.lab, r, &child, report);
    if (r > 0)
        *ret_process = child;
    if (spawn.entrance.fd >= 0)
        close(spawn.entrance.fd);
    arena_free(arena);
    return r;
}
