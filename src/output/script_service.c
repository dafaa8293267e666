/* SPDX-License-Identifier: MIT */
/*
 * Job: the commands that start a service and wait for it.
 * In: an op. Out: a process in the background; a loop that asks ss.
 */
#include "output/script.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void script_directory(FILE *out, const char *file)
{
    CLEANUP_FREE char *path = realpath(file, NULL);
    char *slash = path ? strrchr(path, '/') : NULL;

    if (!slash)
        return;
    slash[slash == path] = '\0';
    fputs("cd ", out);
    script_word(out, path);
    putc('\n', out);
}

static void write_command(FILE *out, const struct service *service)
{
    if (service->env.count)
        fputs("env ", out);
    LIST_EACH (struct variable, variable, &service->env) {
        fprintf(out, "%s=", variable->o.name);
        script_word(out, variable->value);
        putc(' ', out);
    }
    if (service->run.lone)
        fputs("/bin/sh -c ", out);
    LIST_EACH (struct argument, word, &service->run) {
        script_word(out, word->text);
        putc(' ', out);
    }
}

void script_service(FILE *out, const struct op *op)
{
    if (op->from)
        fprintf(out, "# the process of service %s in namespace %s has to be ended\n",
                op->from->name, op->netns->o.name);
    if (!op->to)
        return;
    script_within(out, op->netns);
    write_command(out, (const struct service *)op->to);
    fputs("</dev/null >/dev/null 2>&1 &\n", out);
}

void script_listen(FILE *out, const struct op *op)
{
    const struct service *service = (const struct service *)op->to;

    if (!service)
        return;
    fputs("tries=0; until ", out);
    script_within(out, op->netns);
    fprintf(out,
            "ss -Hln%c sport = :%u | grep -q .; do [ $((tries += 1)) -lt 300 ]; sleep 0.1; done\n",
            service->udp ? 'u' : 't', service->port);
}
