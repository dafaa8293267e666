/* SPDX-License-Identifier: MIT */
/*
 * Job: check rulesets of nftables where nothing is to be brought up: by libnftables, in namespaces
 * of a process of its own, with root's powers there or without any.
 * In: a lab. Out: errors at the lines of the file; nothing where it can't be done.
 *
 * A process, as a user namespace wants one, and as the library ends it where memory is short.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "kernel/kernel.h"
#include "kernel/nft.h"
#include "sandbox/sandbox.h"

static bool has_rulesets(const struct netlab_lab *lab)
{
    LIST_EACH (struct netns, netns, &lab->namespaces)
        if (netns->ruleset)
            return true;
    return false;
}

/* What is wrong, line by line: where, what, and a hint. */
static void write_errors(const struct netlab_report *report, void *userdata)
{
    const struct netlab_diagnostic *one;
    FILE *out = userdata;

    for (size_t i = 0; (one = netlab_report_get(report, i)); i++)
        fprintf(out, "%u %u %u %u %u\n%s\n%s\n", one->line, one->column, one->length,
                one->alias_line, one->alias_column, one->message, one->hint ? one->hint : "");
}

static char *read_line(FILE *in, char **line, size_t *size)
{
    ssize_t got = getline(line, size, in);

    if (got <= 0 || (*line)[got - 1] != '\n')
        return NULL;
    (*line)[got - 1] = '\0';
    return *line;
}

/* 0; -EBADMSG: there were some. */
static int read_errors(const struct netlab_lab *lab, FILE *in, struct netlab_report *report)
{
    CLEANUP_FREE char *place = NULL;
    CLEANUP_FREE char *message = NULL;
    CLEANUP_FREE char *hint = NULL;
    size_t sizes[3] = {0};
    struct mark mark;
    int r = 0;

    while (read_line(in, &place, &sizes[0]) && read_line(in, &message, &sizes[1]) &&
           read_line(in, &hint, &sizes[2])) {
        if (sscanf(place, "%u %u %u %u %u", &mark.line, &mark.column, &mark.length,
                   &mark.alias_line, &mark.alias_column) != 5)
            break;
        report_error(report, EINVAL, &lab->source, mark, "%s", message);
        if (*hint)
            report_hint(report, "%s", hint);
        r = -EBADMSG;
    }
    return r;
}

_Noreturn static void check(struct netlab_lab *lab, struct sandbox_user user, int flags, int fd)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct kernel *kernel = NULL;
    FILE *out = fdopen(fd, "w");

    /* what the library says when it gives up is for nobody */
    if (!out || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
        unshare(flags) < 0 || (flags & CLONE_NEWUSER && sandbox_become_root(user) < 0) ||
        kernel_open(lab, "", &kernel, NULL) < 0)
        _exit(1);
    kernel_check_rulesets(kernel, lab, write_errors, out);
    fflush(out);
    _exit(0);
}

int netlab_check(struct netlab_lab *lab, struct netlab_report *report)
{
    const struct sandbox_user user = {geteuid(), getegid()};
    int flags = sandbox_flags() & (CLONE_NEWUSER | CLONE_NEWNET), ends[2], r;
    FILE *in;
    pid_t pid;

    if (!has_rulesets(lab) || pipe2(ends, O_CLOEXEC) < 0)
        return 0;
    fflush(NULL);
    pid = fork();
    if (pid == 0)
        check(lab, user, flags, ends[1]);
    close(ends[1]);
    in = fdopen(ends[0], "r");
    r = in && pid > 0 ? read_errors(lab, in, report) : 0;
    if (in)
        fclose(in);
    else
        close(ends[0]);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return r;
}
