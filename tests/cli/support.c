/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of the command share; see cli_test.h.
 */
#include "cli_test.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TERMINAL_SECONDS = 30 };

static const char *command_text(const char *format, va_list args)
{
    char *command = NULL;
    const char *kept;

    if (vasprintf(&command, format, args) < 0)
        abort();
    kept = text("%s", command);
    free(command);
    return kept;
}

void with_directory(void)
{
    const char *directory = text("%s/work", getenv("TMP"));

    ok("rm -rf %s && mkdir %s", directory, directory);
    setenv("TMP", directory, 1);
    if (chdir(directory) < 0)
        test_fail("%s: %s", directory, strerror(errno));
}

void with_sandbox(void)
{
    with_directory();
    sandbox_enter();
}

const char *star(unsigned count)
{
    FILE *file = fopen("star.yaml", "we");

    if (!file)
        test_fail("star.yaml: %s", strerror(errno));
    fputs("name: star\nnamespaces:\n  hub: {interfaces: {br0: {type: bridge}}}\n", file);
    for (unsigned i = 0; i < count; i++)
        fprintf(file, "  n%u: {interfaces: {eth0: {addresses: [10.1.%u.%u/16]}}}\n", i, i / 250,
                i % 250 + 1);
    fputs("links:\n", file);
    for (unsigned i = 0; i < count; i++)
        fprintf(file, "  - [n%u:eth0, hub:br0]\n", i);
    fclose(file);
    return "star.yaml";
}

void no_labs(void)
{
    ck_assert_str_eq(sh("ls /run/netns /run/netlab 2>/dev/null").out, "");
}

json_t *json_from(const char *format, ...)
{
    const char *command;
    va_list args;

    va_start(args, format);
    command = command_text(format, args);
    va_end(args);
    return json_of("%s; true", command);
}

void refuses_at(const char *file, int line, int status, const char *part, const char *format, ...)
{
    const char *command;
    struct output output;
    va_list args;

    va_start(args, format);
    command = command_text(format, args);
    va_end(args);
    output = sh_expect(file, line, status, "%s", command);
    if (*output.out)
        test_fail_at(file, line, "on standard output of %s:\n%s", command, output.out);
    has_at(file, line, output.err, part, true);
}

/* Read what the terminal shows until it is closed; type when the prompt has come. */
static const char *converse(int terminal, const char *prompt, const char *input)
{
    static char shown[1 << 20];
    size_t size = 0;

    for (;;) {
        struct pollfd pollfd = {.fd = terminal, .events = POLLIN};
        ssize_t got;

        if (poll(&pollfd, 1, TERMINAL_SECONDS * 1000) != 1)
            test_fail("nothing more comes after:\n%s", shown);
        got = read(terminal, shown + size, sizeof shown - 1 - size);
        if (got <= 0) /* EIO: the other side has closed it */
            return shown;
        size += (size_t)got;
        shown[size] = '\0';
        if (input && (!prompt || strstr(shown, prompt))) {
            if (write(terminal, input, strlen(input)) < 0)
                test_fail("can not type: %s", strerror(errno));
            input = NULL;
        }
    }
}

struct output on_terminal(const char *prompt, const char *input, const char *format, ...)
{
    struct output output = {.err = ""};
    int terminal, status;
    va_list args;
    pid_t pid;

    va_start(args, format);
    output.command = command_text(format, args);
    va_end(args);
    pid = forkpty(&terminal, NULL, NULL, NULL);
    if (pid < 0)
        test_fail("forkpty: %s", strerror(errno));
    if (pid == 0) {
        setenv("TERM", "xterm", 1);
        execl("/bin/sh", "sh", "-c", output.command, (char *)NULL);
        _exit(127);
    }
    output.out = text("%s", converse(terminal, prompt, input));
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            test_fail("waitpid: %s", strerror(errno));
    close(terminal);
    output.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return output;
}
