/* SPDX-License-Identifier: MIT */
/*
 * Job: the sysctls that a lab names, as they are, and as they would be had nobody set them.
 */
#include <errno.h>
#include <string.h>

#include "observe/internal.h"

enum { VALUE_SIZE = 1024 };

/* The same of another device. */
static char *path_of(const struct view *view, const struct sysctl *sysctl, const char *other)
{
    const char *device = strstr(sysctl->path, sysctl->device), *rest;

    while (device && (device[-1] != '/' || device[strlen(sysctl->device)] != '/'))
        device = strstr(device + 1, sysctl->device);
    if (!device)
        return NULL;
    rest = device + strlen(sysctl->device);
    return arena_printf(view->arena, "%.*s%s%s", (int)(device - sysctl->path), sysctl->path, other,
                        rest);
}

/*
 * What a new device begins with: conf/default/rp_filter of its namespace. Only the initial
 * namespace has neigh/default (arp_init()), so look at the one device of a new namespace.
 */
static int read_default(const struct view *view, const struct sysctl *sysctl,
                        char value[VALUE_SIZE])
{
    const char *path = path_of(view, sysctl, "default"), *lo = path_of(view, sysctl, "lo");
    int r = path ? sysctls_read(kernel_sysctls(view->kernel), path, value, VALUE_SIZE) : -ENOENT;

    return r == -ENOENT && lo ? kernel_fresh_sysctl(view->kernel, lo, value, VALUE_SIZE) : r;
}

/* What it would be; where others live that is written down elsewhere. */
static int read_initial(const struct view *view, const struct sysctl *sysctl,
                        char value[VALUE_SIZE])
{
    if (view->netns->foreign)
        return -ENOENT;
    if (!sysctl->device)
        return kernel_fresh_sysctl(view->kernel, sysctl->path, value, VALUE_SIZE);
    return read_default(view, sysctl, value);
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
    return kernel_enter(view->channel);
}

static bool is_one(const struct sysctl *sysctl, const char *path)
{
    return strcmp(sysctl->path, path) == 0 && strcmp(sysctl->value, "1") == 0;
}

/* What `forwarding` sets, and what that changes along (inet_forward_change()). */
static uint32_t forwarding_of(const struct sysctl *sysctl)
{
    if (is_one(sysctl, "net/ipv4/ip_forward"))
        return FORWARDING_IPV4;
    return is_one(sysctl, "net/ipv6/conf/all/forwarding") ? FORWARDING_IPV6 : FORWARDING_NONE;
}

static bool follows(const struct netns *netns, const struct sysctl *sysctl)
{
    if (!(netns->forwarding & FORWARDING_IPV4))
        return false;
    return is_one(sysctl, "net/ipv4/conf/default/forwarding") ||
           (strcmp(sysctl->path, "net/ipv4/conf/all/accept_redirects") == 0 &&
            strcmp(sysctl->value, "0") == 0);
}

/* Settings that have a word of their own, and those that are what they would be anyway. */
static void fold(struct netns *netns)
{
    struct list all = netns->sysctls;
    struct object *next;

    LIST_EACH (struct sysctl, sysctl, &all)
        netns->forwarding |= forwarding_of(sysctl);
    if (netns->forwarding)
        netns->o.set |= 1U << NETNS_FORWARDING;
    netns->sysctls = (struct list){0};
    for (struct object *object = all.first; object; object = next) {
        const struct sysctl *sysctl = (const struct sysctl *)object;

        next = object->next;
        if (!forwarding_of(sysctl) && !follows(netns, sysctl) &&
            !(sysctl->before && strcmp(sysctl->before, sysctl->value) == 0))
            list_append(&netns->sysctls, object);
    }
}

static int survey(struct view *view, struct strmap *done)
{
    struct sysctl expected = {.path = "net/ipv6/conf/all/forwarding"};
    int r = kernel_enter(view->channel);

    for (size_t i = 0; r == 0; i++) {
        if (strmap_add(done, view->arena, expected.path, view) != -EEXIST)
            r = add_sysctl(view, &expected, false);
        expected.path = netns_defaults[i].path;
        if (!expected.path)
            break;
    }
    fold(view->netns);
    return r;
}

/* hints[0] is what is wanted: what only the others have is on its way out. */
int view_sysctls(struct view *view)
{
    struct strmap done = {0};
    bool entered = false;
    int r = 0, back;

    for (size_t i = 0; i < OBSERVE_HINTS && r == 0; i++) {
        const struct netns *hint = view_hint(view, i);

        if (!hint)
            continue;
        LIST_EACH (struct sysctl, sysctl, &hint->sysctls) {
            if (r < 0 || strmap_add(&done, view->arena, sysctl->path, sysctl) == -EEXIST)
                continue;
            if (!entered)
                r = kernel_enter(view->channel);
            entered = true;
            if (r == 0)
                r = add_sysctl(view, sysctl, i == 0);
        }
    }
    if (r == 0 && view->request->survey && !view->netns->foreign) {
        entered = true;
        r = survey(view, &done);
    }
    back = entered ? kernel_leave(view->kernel) : 0;
    return r < 0 ? r : back;
}
