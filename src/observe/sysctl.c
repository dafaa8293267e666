/* SPDX-License-Identifier: MIT */
/*
 * Job: the sysctls that a lab names, as they are, and as they would be had nobody set them.
 */
#include <errno.h>
#include <string.h>

#include "observe/internal.h"

enum { VALUE_SIZE = 1024 };

/* Where a new device takes its value from: conf/eth0/rp_filter, conf/default/rp_filter. */
static char *default_path(const struct view *view, const struct sysctl *sysctl)
{
    const char *device = strstr(sysctl->path, sysctl->device), *rest;

    while (device && (device[-1] != '/' || device[strlen(sysctl->device)] != '/'))
        device = strstr(device + 1, sysctl->device);
    if (!device)
        return NULL;
    rest = device + strlen(sysctl->device);
    return arena_printf(view->arena, "%.*sdefault%s", (int)(device - sysctl->path), sysctl->path,
                        rest);
}

/* What it would be; in the host that is written down elsewhere. */
static int read_initial(const struct view *view, const struct sysctl *sysctl,
                        char value[VALUE_SIZE])
{
    const char *path;

    if (view->netns->host)
        return -ENOENT;
    if (!sysctl->device)
        return kernel_fresh_sysctl(view->kernel, sysctl->path, value, VALUE_SIZE);
    path = default_path(view, sysctl);
    return path ? sysctls_read(kernel_sysctls(view->kernel), path, value, VALUE_SIZE) : -ENOENT;
}

/* One that can't be read, or is no longer there, is not seen. */
static int add_sysctl(struct view *view, const struct sysctl *expected, bool is_wanted)
{
    char value[VALUE_SIZE];
    struct sysctl *sysctl;
    int r = sysctls_read(kernel_sysctls(view->kernel), expected->path, value, sizeof value);

    if (r < 0)
        return 0;
    sysctl = ARENA_NEW(view->arena, struct sysctl);
    if (!sysctl)
        return -ENOMEM;
    sysctl->o = (struct object){
        .parent = &view->netns->o, .table = &table_sysctl, .set = 1U << SYSCTL_VALUE};
    sysctl->path = arena_strdup(view->arena, expected->path);
    sysctl->o.name = sysctl->path;
    sysctl->value = arena_strdup(view->arena, value);
    sysctl->device = expected->device ? arena_strdup(view->arena, expected->device) : NULL;
    sysctl->iface = expected->device ? netns_iface(view->netns, expected->device) : NULL;
    if (!sysctl->path || !sysctl->value || (expected->device && !sysctl->device))
        return -ENOMEM;
    list_append(&view->netns->sysctls, &sysctl->o);
    if (is_wanted)
        return 0;
    if (read_initial(view, sysctl, value) == 0)
        sysctl->before = arena_strdup(view->arena, value);
    return kernel_enter(view->kernel, view->channel);
}

/* hints[0] is what is wanted: what only the other one has is on its way out. */
int view_sysctls(struct view *view)
{
    struct strmap done = {0};
    bool entered = false;
    int r = 0, back;

    for (size_t i = 0; i < 2 && r == 0; i++) {
        const struct netns *hint = view_hint(view, i);

        if (!hint)
            continue;
        LIST_EACH (struct sysctl, sysctl, &hint->sysctls) {
            if (r < 0 || strmap_add(&done, view->arena, sysctl->path, sysctl) == -EEXIST)
                continue;
            if (!entered)
                r = kernel_enter(view->kernel, view->channel);
            entered = true;
            if (r == 0)
                r = add_sysctl(view, sysctl, i == 0);
        }
    }
    back = entered ? kernel_leave(view->kernel) : 0;
    return r < 0 ? r : back;
}
