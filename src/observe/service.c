/* SPDX-License-Identifier: MIT */
/*
 * Job: the services that live in the lab's namespaces.
 * In: the registry of them; labs that tell what they were started from. Out: netns.services.
 *
 * One that has ended is none. What a service was started from is looked up among the hints by its
 * text: the registry's is for comparing only.
 */
#include "service/service.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "observe/internal.h"

struct look {
    const struct observe_request *request;
    struct kernel *kernel;
    struct netlab_lab *lab;
};

static const struct service *find_origin(const struct look *look,
                                         const struct service_record *record)
{
    for (size_t i = 0; i < OBSERVE_HINTS; i++) {
        const struct netlab_lab *hint = look->request->hints[i];
        const struct netns *netns = hint ? strmap_get(&hint->names, record->netns) : NULL;
        const struct service *service = netns ? service_find(netns, record->name) : NULL;

        if (service && record->text && strcmp(service->text, record->text) == 0)
            return service;
    }
    return NULL;
}

static bool is_in(struct kernel *kernel, const struct netns *netns, uint64_t inode)
{
    struct stat info;

    return fstat(kernel_channel(kernel, netns)->netns_fd, &info) == 0 && info.st_ino == inode;
}

static int see(const struct service_record *record, void *userdata)
{
    struct look *look = userdata;
    struct arena *arena = look->lab->arena;
    struct netns *netns = strmap_get(&look->lab->names, record->netns);
    const struct service *origin = find_origin(look, record);
    struct service *service;

    if (!record->runs || !netns)
        return 0;
    if (origin) {
        service = service_copy(origin, netns, arena);
    } else {
        service = ARENA_NEW(arena, struct service);
        if (service)
            service->o = (struct object){.parent = &netns->o,
                                         .table = &table_service,
                                         .name = arena_strdup(arena, record->name)};
    }
    if (!service || !service->o.name)
        return -ENOMEM;
    service->elsewhere = !is_in(look->kernel, netns, record->inode);
    list_append(&netns->services, &service->o);
    return 0;
}

int see_services(struct kernel *kernel, const struct observe_request *request,
                 struct netlab_lab *lab)
{
    struct look look = {request, kernel, lab};

    return request->services ? service_each(request->services, see, &look) : 0;
}
