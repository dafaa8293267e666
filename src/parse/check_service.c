/* SPDX-License-Identifier: MIT */
/*
 * Job: services: what is run and when it is ready.
 * In: services as they were read. Out: complaints; ports, texts.
 */
#include <errno.h>
#include <string.h>

#include "model/service.h"
#include "parse/check.h"
#include "parse/scalar.h"

#define FAIL(p, object, field, ...)                                                                \
    (set_broken(object), ERROR(p, object_mark(&(object)->o, field), __VA_ARGS__))

static void check_run(struct parse *p, struct service *service)
{
    const struct argument *first = (const struct argument *)service->run.first;

    if (!first)
        FAIL(p, service, SERVICE_RUN, "'run' is empty");
    else if (!first->text || !*first->text)
        FAIL(p, service, SERVICE_RUN, "'run' has no command");
}

static void check_ready(struct parse *p, struct service *service)
{
    const char *text = service->ready, *port;
    uint64_t number = 0;

    if (!text)
        return;
    service->udp = strncmp(text, "udp:", 4) == 0;
    port = service->udp || strncmp(text, "tcp:", 4) == 0 ? text + 4 : NULL;
    if (!port) {
        FAIL(p, service, SERVICE_READY, "'%s' does not say what it listens on", text);
        HINT(p, "write tcp:PORT or udp:PORT");
    } else if (number_parse(port, &number) < 0 || number < 1 || number > UINT16_MAX) {
        FAIL(p, service, SERVICE_READY, "the port in '%s' must be 1 to %d", text, UINT16_MAX);
    }
    service->port = (uint16_t)number;
}

int check_services(struct parse *p, struct netns *netns)
{
    LIST_EACH (struct service, service, &netns->services) {
        if (is_broken(service))
            continue;
        check_run(p, service);
        check_ready(p, service);
        if (!is_broken(service) && service_tell(service, p->lab->arena) < 0)
            return -ENOMEM;
    }
    return 0;
}
