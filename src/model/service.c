/* SPDX-License-Identifier: MIT */
/*
 * Job: services as values.
 * In: services. Out: their text; copies.
 */
#include "model/service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct variable *const *)a)->o.name,
                  (*(const struct variable *const *)b)->o.name);
}

static int write_env(const struct service *service, struct arena *arena, FILE *out)
{
    const struct variable **sorted = arena_array(arena, service->env.count + 1, sizeof *sorted);
    size_t count = 0;

    if (!sorted)
        return -ENOMEM;
    LIST_EACH (struct variable, variable, &service->env)
        sorted[count++] = variable;
    qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "env %s %zu:%s\n", sorted[i]->o.name, strlen(sorted[i]->value),
                sorted[i]->value);
    return 0;
}

int service_tell(struct service *service, struct arena *arena)
{
    CLEANUP_FREE char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int r;

    if (!out)
        return -ENOMEM;
    LIST_EACH (struct argument, word, &service->run)
        fprintf(out, "%s %zu:%s\n", service->run.lone ? "shell" : "word", strlen(word->text),
                word->text);
    r = write_env(service, arena, out);
    if (fclose(out) != 0 || r < 0)
        return -ENOMEM;
    service->text = arena_strdup(arena, text);
    return service->text ? 0 : -ENOMEM;
}

static int copy_words(struct service *copy, const struct service *service, struct arena *arena)
{
    LIST_EACH (struct argument, word, &service->run) {
        struct argument *one = ARENA_NEW(arena, struct argument);

        if (!one || !(one->text = arena_strdup(arena, word->text)))
            return -ENOMEM;
        one->o = (struct object){
            .parent = &copy->o, .table = &table_argument, .set = UINT64_C(1) << ARGUMENT_TEXT};
        list_append(&copy->run, &one->o);
    }
    copy->run.lone = service->run.lone;
    return 0;
}

static int copy_env(struct service *copy, const struct service *service, struct arena *arena)
{
    LIST_EACH (struct variable, variable, &service->env) {
        struct variable *one = ARENA_NEW(arena, struct variable);

        if (!one || !(one->value = arena_strdup(arena, variable->value)))
            return -ENOMEM;
        one->o = (struct object){.parent = &copy->o,
                                 .table = &table_variable,
                                 .name = arena_strdup(arena, variable->o.name),
                                 .set = UINT64_C(1) << VARIABLE_VALUE};
        if (!one->o.name)
            return -ENOMEM;
        list_append(&copy->env, &one->o);
    }
    return 0;
}

struct service *service_copy(const struct service *service, struct netns *netns,
                             struct arena *arena)
{
    struct service *copy = ARENA_NEW(arena, struct service);

    if (!copy)
        return NULL;
    *copy = (struct service){.udp = service->udp, .port = service->port};
    copy->o = (struct object){.parent = &netns->o,
                              .table = &table_service,
                              .name = arena_strdup(arena, service->o.name),
                              .set = service->o.set};
    copy->ready = service->ready ? arena_strdup(arena, service->ready) : NULL;
    copy->text = arena_strdup(arena, service->text);
    if (!copy->o.name || !copy->text || (service->ready && !copy->ready) ||
        copy_words(copy, service, arena) < 0 || copy_env(copy, service, arena) < 0)
        return NULL;
    return copy;
}

struct service *service_find(const struct netns *netns, const char *name)
{
    LIST_EACH (struct service, service, &netns->services)
        if (strcmp(service->o.name, name) == 0)
            return service;
    return NULL;
}
