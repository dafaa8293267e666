/* SPDX-License-Identifier: MIT */
/*
 * Job: run commands, take their output apart, texts and files.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

/* What is handed out stays reachable from here, so that the leak check is quiet. */
struct kept {
    struct kept *next;
    void *memory;
    json_t *json;
};

static struct kept *all_kept;

static void keep(void *memory, json_t *json)
{
    struct kept *kept = malloc(sizeof(*kept));

    if (!kept)
        abort();
    *kept = (struct kept){.next = all_kept, .memory = memory, .json = json};
    all_kept = kept;
}

__attribute__((format(printf, 1, 0))) static char *format_text(const char *format, va_list args)
{
    char *result = NULL;

    if (vasprintf(&result, format, args) < 0)
        abort();
    keep(result, NULL);
    return result;
}

const char *text(const char *format, ...)
{
    va_list args;
    const char *result;

    va_start(args, format);
    result = format_text(format, args);
    va_end(args);
    return result;
}

struct buffer {
    char *bytes;
    size_t length, size;
};

/* False at the end. */
static bool read_more(int fd, struct buffer *buffer)
{
    ssize_t got;

    if (buffer->size - buffer->length < 4096) {
        buffer->size = buffer->size ? 2 * buffer->size : 8192;
        buffer->bytes = realloc(buffer->bytes, buffer->size);
        if (!buffer->bytes)
            abort();
    }
    got = read(fd, buffer->bytes + buffer->length, buffer->size - buffer->length - 1);
    if (got < 0 && errno == EINTR)
        return true;
    if (got > 0)
        buffer->length += (size_t)got;
    buffer->bytes[buffer->length] = '\0';
    return got > 0;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void collect(int out, int err, struct output *ret)
{
    struct pollfd fds[2] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
    struct buffer buffers[2] = {0};

    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            test_fail("poll: %s", strerror(errno));
        for (int i = 0; i < 2; i++)
            if (fds[i].fd >= 0 && fds[i].revents && !read_more(fds[i].fd, &buffers[i]))
                fds[i].fd = -1;
    }
    keep(buffers[0].bytes, NULL);
    keep(buffers[1].bytes, NULL);
    ret->out = buffers[0].bytes;
    ret->err = buffers[1].bytes;
}

/*
 * A command that needs no shell: an often used program and plain words, the first letter of which
 * may be that of a variable. Guests are slow at starting shells. Else NULL.
 */
static char **plain_words(const char *command)
{
    static const char *const programs[] = {"ip ", "bridge ", "tc ", "ping ", "$NETLAB "};
    size_t count = 0, known = sizeof(programs) / sizeof(programs[0]);
    char *rest = NULL, **words, *copy;

    while (known && strncmp(command, programs[known - 1], strlen(programs[known - 1])) != 0)
        known--;
    if (!known || strspn(command, " $%+,-./:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
                                  "abcdefghijklmnopqrstuvwxyz") != strlen(command))
        return NULL;
    copy = (char *)text("%s", command);
    words = calloc(strlen(command) / 2 + 2, sizeof(*words));
    if (!words)
        abort();
    keep(words, NULL);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        size_t name = strspn(word + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        const char *value = word[0] == '$' ? getenv(text("%.*s", (int)name, word + 1)) : NULL;

        if (strchr(word + (value != NULL), '$') || (value && strpbrk(value, " \t*?[")))
            return NULL;
        words[count++] = value ? (char *)text("%s%s", value, word + 1 + name) : word;
    }
    return words;
}

/* Not fork(): a test may be big, and guests are slow at copying it. */
static pid_t begin(char *const words[], int in, int out, int err)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int error;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    error = posix_spawnp(&pid, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error)
        test_fail("can not start %s: %s", words[0], strerror(error));
    return pid;
}

/* The exit status. */
static int end(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            test_fail("waitpid: %s", strerror(errno));
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static struct output run(const char *command)
{
    struct output output = {.command = command};
    char *const shell[] = {"/bin/sh", "-c", (char *)command, NULL};
    char **words = plain_words(command);
    double before = now();
    int out[2], err[2];
    pid_t pid;

    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
        test_fail("pipe: %s", strerror(errno));
    pid = begin(words ? words : shell, STDIN_FILENO, out[1], err[1]);
    close(out[1]);
    close(err[1]);
    collect(out[0], err[0], &output);
    close(out[0]);
    close(err[0]);
    output.status = end(pid);
    output.milliseconds = now() - before;
    return output;
}

const char *ns_run(const char *ns, const char *input, const char *const argv[])
{
    int in[2], out[2], back;
    struct buffer buffer = {0};
    pid_t pid;

    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 ||
        write(in[1], input, strlen(input)) != (ssize_t)strlen(input))
        test_fail("pipe: %s", strerror(errno));
    close(in[1]);
    back = ns_enter(ns);
    pid = begin((char *const *)argv, in[0], out[1], out[1]);
    ns_leave(back);
    close(in[0]);
    close(out[1]);
    while (read_more(out[0], &buffer))
        ;
    close(out[0]);
    keep(buffer.bytes, NULL);
    end(pid);
    return buffer.bytes;
}

struct output sh(const char *format, ...)
{
    va_list args;
    const char *command;

    va_start(args, format);
    command = format_text(format, args);
    va_end(args);
    return run(command);
}

struct output sh_expect(const char *file, int line, int status, const char *format, ...)
{
    va_list args;
    struct output output;

    va_start(args, format);
    output = run(format_text(format, args));
    va_end(args);
    if (output.status != status)
        test_fail_at(file, line, "exit status %d instead of %d: %s\n%s%s", output.status, status,
                     output.command, output.out, output.err);
    return output;
}

static const char *user;

void user_is(const char *as)
{
    user = as;
}

void run_as(enum who who)
{
    if (who == USER && !user)
        user = geteuid() == 0 && sh(AS_NOBODY "true").status == 0 ? AS_NOBODY : "";
    setenv("AS", who == USER ? user : "", 1);
    if (who == USER && sh("$AS unshare -Ur true").status != 0)
        test_skip("users are not allowed to make user namespaces here");
}

/* JSON */

json_t *json_of_at(const char *file, int line, const char *format, ...)
{
    json_error_t error;
    struct output output;
    json_t *json;
    va_list args;

    va_start(args, format);
    output = run(format_text(format, args));
    va_end(args);
    if (output.status != 0)
        test_fail_at(file, line, "exit status %d: %s\n%s%s", output.status, output.command,
                     output.out, output.err);
    /* Nothing to show is no output at all for some commands of iproute2. */
    json = *output.out ? json_loads(output.out, JSON_REJECT_DUPLICATES, &error) : json_array();
    if (!json) /* ip 6.1 gives some keys twice */
        json = json_loads(output.out, 0, &error);
    if (!json)
        test_fail_at(file, line, "no JSON (line %d: %s): %s\n%s", error.line, error.text,
                     output.command, output.out);
    keep(NULL, json);
    return json;
}

static bool scalar_is(const json_t *value, const char *wanted)
{
    char number[32];

    if (json_is_string(value))
        return strcmp(json_string_value(value), wanted) == 0;
    if (!json_is_integer(value))
        return false;
    snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
    return strcmp(number, wanted) == 0;
}

static json_t *element_where(json_t *array, char *condition)
{
    char *value = strchr(condition, '=');
    json_t *element;
    size_t i;

    *value++ = '\0';
    json_array_foreach(array, i, element)
    {
        if (scalar_is(json_object_get(element, condition), value))
            return element;
    }
    return NULL;
}

static json_t *walk(json_t *json, char *path)
{
    char *rest = NULL;

    for (char *step = strtok_r(path, " ", &rest); step && json; step = strtok_r(NULL, " ", &rest)) {
        if (json_is_object(json))
            json = json_object_get(json, step);
        else if (strchr(step, '='))
            json = element_where(json, step);
        else
            json = json_array_get(json, (size_t)strtoul(step, NULL, 10));
    }
    return json;
}

#define AT_PATH(ret)                                                                               \
    do {                                                                                           \
        va_list args;                                                                              \
                                                                                                   \
        va_start(args, format);                                                                    \
        (ret) = walk(json, format_text(format, args));                                             \
        va_end(args);                                                                              \
    } while (0)

json_t *json_at(json_t *json, const char *format, ...)
{
    json_t *found;

    AT_PATH(found);
    return found;
}

const char *json_text(json_t *json, const char *format, ...)
{
    json_t *found;

    AT_PATH(found);
    if (json_is_integer(found))
        return text("%lld", (long long)json_integer_value(found));
    return json_is_string(found) ? json_string_value(found) : NULL;
}

long long json_number(json_t *json, const char *format, ...)
{
    json_t *found;

    AT_PATH(found);
    if (json_is_string(found))
        return strtoll(json_string_value(found), NULL, 0);
    if (json_is_real(found))
        return (long long)json_real_value(found);
    return json_is_integer(found) ? json_integer_value(found) : -1;
}

bool json_on(json_t *json, const char *format, ...)
{
    json_t *found;

    AT_PATH(found);
    return json_is_true(found) || (json_is_integer(found) && json_integer_value(found) != 0);
}

bool json_has(json_t *array, const char *wanted)
{
    json_t *element;
    size_t i;

    json_array_foreach(array, i, element)
    {
        if (scalar_is(element, wanted))
            return true;
    }
    return false;
}

int json_size(const json_t *array)
{
    return (int)json_array_size(array);
}

/* Texts and files */

const char *file_with(const char *name, const char *content)
{
    const char *path = text("%s/%s", getenv("TMP"), name);
    FILE *file = fopen(path, "we");

    if (!file || fputs(content, file) < 0 || fclose(file) != 0)
        test_fail("can not write %s: %s", path, strerror(errno));
    return path;
}

const char *file_text(const char *path)
{
    struct buffer buffer = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return "";
    while (read_more(fd, &buffer))
        ;
    close(fd);
    keep(buffer.bytes, NULL);
    return buffer.bytes;
}

void has_at(const char *file, int line, const char *whole, const char *part, bool wanted)
{
    bool found = whole && strstr(whole, part);

    if (found != wanted)
        test_fail_at(file, line, "%s '%s' in:\n%s", wanted ? "there is no" : "there must be no",
                     part, whole ? whole : "(null)");
}

void same_at(const char *file, int line, const char *before, const char *after)
{
    if (strcmp(before, after) != 0) {
        const char *a = file_with("before", before), *b = file_with("after", after);

        test_fail_at(file, line, "not the same:\n%s",
                     sh("diff -U0 '%s' '%s' | head -n 60 | cut -c 1-400", a, b).out);
    }
}
