/* SPDX-License-Identifier: MIT */
/*
 * Job: run commands of tests in namespaces, see what they exit with and what they print.
 * In: a test. Out: whether it holds, and what was seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "probe/internal.h"

enum {
    EXEC_TIME = 60 * 1000, /* milliseconds, where the test does not say */
    LOOK_TIME = 20,        /* milliseconds between looks at those who cancel */
    OUTPUT_MAX = 1 << 20,  /* bytes that are kept */
    ERRORS_TOLD = 160,     /* bytes of what it says on standard error */
};

/* What comes out of a pipe. */
struct output {
    int fd;
    char *bytes;
    size_t size;
};

/* One run of a command. */
struct run {
    struct prober *prober;
    const struct test *test;
    const char *netns;
    pid_t pid;
    struct output out, err;
    int64_t deadline;
    bool late; /* it had to be killed */
    int status;
};

static const char **words_of(struct prober *prober, const struct test_body *body)
{
    const char **words = arena_array(prober->arena, body->run.count + 3, sizeof *words);
    size_t count = 0;

    if (!words)
        return NULL;
    if (body->run.lone) {
        words[count++] = "/bin/sh";
        words[count++] = "-c";
    }
    LIST_EACH (struct argument, word, &body->run)
        words[count++] = word->text;
    return words;
}

/* In the child: become the command. */
_Noreturn static void become(const struct run *run, const char **words, int out, int err)
{
    const struct probe_request *request = run->prober->request;
    struct netlab_report *report = netlab_report_new();
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
        _exit(125);
    if (request->enter(request->lab->name, run->netns, report) < 0) {
        netlab_report_print(report, stderr, NETLAB_REPORT_TEXT);
        fflush(stderr);
        _exit(125);
    }
    execvp(words[0], (char *const *)words);
    dprintf(STDERR_FILENO, "%s: %s\n", words[0], strerror(errno));
    _exit(errno == ENOENT ? 127 : 126);
}

/* Read what there is. False: the end. */
static bool read_some(struct output *output)
{
    char bytes[4096];
    ssize_t got = read(output->fd, bytes, sizeof bytes);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got <= 0)
        return false;
    if (output->size + (size_t)got <= OUTPUT_MAX) {
        char *grown = realloc(output->bytes, output->size + (size_t)got + 1);

        if (!grown)
            return true;
        output->bytes = grown;
        memcpy(grown + output->size, bytes, (size_t)got);
        output->size += (size_t)got;
        grown[output->size] = '\0';
    }
    return true;
}

static bool is_cancelled(const struct run *run)
{
    const volatile sig_atomic_t *cancel = run->prober->request->cancel;

    return cancel && *cancel;
}

/* Until it has ended; what it has left in the background does not count. */
static void wait_for(struct run *run)
{
    struct output *outputs[] = {&run->out, &run->err};
    bool open[2] = {true, true}, over = false;
    int status;

    while (!over || open[0] || open[1]) {
        struct pollfd ready[2] = {{open[0] ? run->out.fd : -1, POLLIN, 0},
                                  {open[1] ? run->err.fd : -1, POLLIN, 0}};
        int count = poll(ready, 2, LOOK_TIME);

        for (int i = 0; i < 2; i++)
            if (ready[i].revents)
                open[i] = read_some(outputs[i]);
        if (!over && waitpid(run->pid, &status, WNOHANG) == run->pid) {
            over = true;
            run->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        }
        if (over && count == 0)
            break; /* somebody it has left has its output open */
        if (!over && (prober_now() > run->deadline || is_cancelled(run))) {
            run->late = true;
            kill(-run->pid, SIGKILL);
        }
    }
}

/* 0 or -errno. */
static int run_once(struct run *run)
{
    const char **words = words_of(run->prober, run->test->body);
    int out[2] = {-1, -1}, err[2] = {-1, -1}, r = 0;

    if (!words)
        return -ENOMEM;
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) {
        r = -errno;
    } else {
        fflush(NULL);
        run->pid = fork();
        if (run->pid == 0)
            become(run, words, out[1], err[1]);
        r = run->pid < 0 ? -errno : 0;
    }
    for (int i = 0; i < 2; i++) {
        int *ends = i ? err : out;

        if (ends[1] >= 0)
            close(ends[1]);
        (i ? &run->err : &run->out)->fd = ends[0];
    }
    if (r == 0) {
        setpgid(run->pid, run->pid);
        wait_for(run);
        kill(-run->pid, SIGKILL); /* what it has left in the background */
    }
    close(run->out.fd);
    close(run->err.fd);
    return is_cancelled(run) ? -ECANCELED : r;
}

static bool is_as_expected(const struct run *run)
{
    const struct test_body *body = run->test->body;

    return !run->late && run->status == (int)body->status &&
           (!body->output || memmem(run->out.bytes ? run->out.bytes : "", run->out.size,
                                    body->output, strlen(body->output)));
}

/* The last line of a text, without its end. */
static int last_line(const struct output *output, const char **ret_line)
{
    size_t end = output->size, begin;

    while (end && output->bytes[end - 1] == '\n')
        end--;
    for (begin = end; begin && output->bytes[begin - 1] != '\n'; begin--)
        continue;
    *ret_line = end ? output->bytes + begin : "";
    return end - begin > ERRORS_TOLD ? ERRORS_TOLD : (int)(end - begin);
}

static const char *explain(const struct run *run)
{
    const struct test_body *body = run->test->body;
    struct arena *arena = run->prober->arena;
    const char *err, *out, *status;
    int err_size = last_line(&run->err, &err), out_size = last_line(&run->out, &out);

    if (run->late)
        return arena_strdup(arena, "it took too long and was killed");
    if (run->status != (int)body->status)
        status = arena_printf(arena, "it exits with %d, not %u", run->status, body->status);
    else
        status = arena_strdup(arena, "its output is without the text that is wanted");
    if (!status)
        return NULL;
    if (err_size)
        return arena_printf(arena, "%s: %.*s", status, err_size, err);
    return out_size ? arena_printf(arena, "%s: %.*s", status, out_size, out) : status;
}

/* In one namespace, until it is as expected or the time is over. */
static int try(struct prober *prober, struct probe_result *result, const char *netns)
{
    const struct test *test = result->test;
    int64_t end = prober_now() + (test->within ? test->within : EXEC_TIME) * MILLISECOND;
    bool holds = false;
    int r = 0;

    do {
        struct run run = {.prober = prober, .test = test, .netns = netns, .deadline = end};

        r = run_once(&run);
        holds = r == 0 && is_as_expected(&run);
        if (r == 0 && !holds) {
            result->where = netns;
            result->why = explain(&run);
        }
        free(run.out.bytes);
        free(run.err.bytes);
        if (r == 0 && !holds && test->within && prober_now() < end)
            poll(NULL, 0, RETRY_TIME);
    } while (r == 0 && !holds && test->within && prober_now() < end);
    result->count++;
    result->failed += !holds;
    return r;
}

struct runs {
    struct prober *prober;
    struct probe_result *result;
};

static int run_pair(const struct pair *pair, void *userdata)
{
    struct runs *runs = userdata;

    return try(runs->prober, runs->result, spot_of(runs->prober, pair->from)->name);
}

int exec_test(struct prober *prober, struct probe_result *result)
{
    const struct spot host = {.channel = {.netns_fd = prober->request->host}};
    struct runs runs = {.prober = prober, .result = result};
    int64_t begin = prober_now();
    int r = spot_enter(prober, &host);

    if (r == 0)
        r = test_pairs(prober->request->lab, result->test, run_pair, &runs);
    result->milliseconds = (double)(prober_now() - begin) / (double)MILLISECOND;
    result->holds = !result->failed;
    if (result->holds)
        result->where = result->why = NULL;
    return r;
}
