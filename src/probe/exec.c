/* SPDX-License-Identifier: MIT */
/*
 * Job: run commands of tests in namespaces, see what they exit with and what they print.
 * In: a test. Out: whether it holds, and what was seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptors.h"
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
    pid_t pid;   /* of its warden */
    int control; /* the warden's: a byte, and it ends all */
    struct output out, err;
    int64_t deadline;
    bool late; /* it had to be killed */
    int status;
};

/* Keep as much as there is room for; what is past that is lost. */
static void keep(struct output *output, const char *bytes, size_t size)
{
    char *grown = NULL;

    if (output->size + size <= OUTPUT_MAX)
        grown = realloc(output->bytes, output->size + size + 1);
    if (!grown)
        return;
    output->bytes = grown;
    memcpy(grown + output->size, bytes, size);
    output->size += size;
    grown[output->size] = '\0';
}

/* Read what there is, no more than that. How much, 0 at the end. */
static size_t read_some(struct output *output, size_t most)
{
    char bytes[4096];
    ssize_t got;

    do
        got = read(output->fd, bytes, most < sizeof bytes ? most : sizeof bytes);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        keep(output, bytes, (size_t)got);
    return got > 0 ? (size_t)got : 0;
}

/* What is in it now; somebody may be alive who writes on. */
static void drain(struct output *output)
{
    int left = 0;

    if (ioctl(output->fd, FIONREAD, &left) < 0)
        return;
    while (left > 0) {
        size_t got = read_some(output, (size_t)left);

        left = got ? left - (int)got : 0;
    }
}

static bool is_cancelled(const struct run *run)
{
    const volatile sig_atomic_t *cancel = run->prober->request->cancel;

    return cancel && *cancel;
}

/* Until the warden has ended, and with it all that it has started. 0 or -errno. */
static int wait_for(struct run *run)
{
    struct output *outputs[] = {&run->out, &run->err};
    bool open[2] = {true, true};
    int status;
    pid_t pid;

    while ((pid = waitpid(run->pid, &status, WNOHANG)) == 0) {
        struct pollfd ready[2] = {{open[0] ? run->out.fd : -1, POLLIN, 0},
                                  {open[1] ? run->err.fd : -1, POLLIN, 0}};

        (void)poll(ready, 2, LOOK_TIME);
        for (int i = 0; i < 2; i++)
            if (ready[i].revents)
                open[i] = read_some(outputs[i], SIZE_MAX) > 0;
        if (!run->late && (prober_now() > run->deadline || is_cancelled(run))) {
            run->late = true;
            (void)!write(run->control, "", 1);
        }
    }
    if (pid < 0)
        return -errno;
    for (int i = 0; i < 2; i++)
        drain(outputs[i]);
    run->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return 0;
}

/* Its ends: of what it writes, and of what ends it. */
struct pipes {
    int out[2], err[2], control[2];
    int in;
};

static int open_pipes(struct pipes *pipes)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}, -1};
    if (pipe2(pipes->out, O_CLOEXEC) < 0 || pipe2(pipes->err, O_CLOEXEC) < 0 ||
        pipe2(pipes->control, O_CLOEXEC) < 0)
        return -errno;
    pipes->in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return pipes->in < 0 ? -errno : 0;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* All that is netlab's, or all that is the warden's. */
static void close_ends(struct pipes *pipes, bool netlab)
{
    close_fd(&pipes->out[!netlab]);
    close_fd(&pipes->err[!netlab]);
    close_fd(&pipes->control[netlab]);
    if (!netlab)
        close_fd(&pipes->in);
}

/* 0 or -errno. */
static int start(struct run *run, struct pipes *pipes, const struct warden *warden)
{
    sigset_t all, mask;

    sigfillset(&all);
    fflush(NULL);
    pthread_sigmask(SIG_SETMASK, &all, &mask); /* the caller's handlers are not for the child */
    run->pid = fork();
    if (run->pid == 0) {
        close_ends(pipes, true);
        warden_run(warden);
    }
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    return run->pid < 0 ? -errno : 0;
}

/* 0 or -errno. */
static int run_there(struct run *run, const struct way *way)
{
    const struct list *command = &run->test->body->run;
    struct prober *prober = run->prober;
    const char **words = arena_array(prober->arena, command->count + 3, sizeof *words);
    struct pipes pipes;
    int r = open_pipes(&pipes);

    if (r == 0 && !words)
        r = -ENOMEM;
    if (r == 0) {
        const struct warden warden = {.request = prober->request,
                                      .way = *way,
                                      .words = words,
                                      .files = descriptors_limit(),
                                      .in = pipes.in,
                                      .out = pipes.out[1],
                                      .err = pipes.err[1],
                                      .netlab = pipes.control[0]};

        argument_words(command, words);
        r = start(run, &pipes, &warden);
    }
    close_ends(&pipes, false);
    run->out.fd = pipes.out[0];
    run->err.fd = pipes.err[0];
    run->control = pipes.control[1];
    if (r == 0)
        r = wait_for(run);
    close_ends(&pipes, true);
    return r;
}

/* 0 or -errno. */
static int run_once(struct run *run)
{
    const struct probe_request *request = run->prober->request;
    struct way way = {.entrance = NULL};
    int r = request->find_way(request->lab->name, run->netns, run->prober->arena, &way,
                              run->prober->report);

    if (r == 0)
        r = run_there(run, &way);
    request->forget_way(&way);
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

/* Where they are ignored, children leave no status. What is to be set again. */
static struct sigaction heed_children(void)
{
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    struct sigaction before = {.sa_handler = SIG_DFL};

    if (sigaction(SIGCHLD, NULL, &before) == 0 &&
        (before.sa_handler == SIG_IGN || before.sa_flags & SA_NOCLDWAIT))
        (void)sigaction(SIGCHLD, &standard, NULL);
    return before;
}

int exec_test(struct prober *prober, struct probe_result *result)
{
    const struct sigaction children = heed_children();
    const struct spot host = {.channel = {.netns_fd = prober->request->host}};
    struct runs runs = {.prober = prober, .result = result};
    int64_t begin = prober_now();
    int r = spot_enter(prober, &host);

    if (r == 0)
        r = test_pairs(prober->request->lab, result->test, run_pair, &runs);
    (void)sigaction(SIGCHLD, &children, NULL);
    result->milliseconds = (double)(prober_now() - begin) / (double)MILLISECOND;
    result->holds = !result->failed;
    if (result->holds)
        result->where = result->why = NULL;
    return r;
}
