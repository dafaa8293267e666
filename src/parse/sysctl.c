/* SPDX-License-Identifier: MIT */
/*
 * Job: sysctl names → paths below /proc/sys, and the device that a path names.
 * In: names as sysctl(8) takes them: where the first separator is '/', dots are literal; else dots
 * separate and '/' stands for a dot. Out: paths; complaints.
 */
#include <ctype.h>
#include <string.h>

#include "parse/resolve.h"

/* Below these, the next part of the path is a device. */
static const char *const device_dirs[] = {"net/ipv4/conf/",  "net/ipv4/neigh/", "net/ipv6/conf/",
                                          "net/ipv6/neigh/", "net/mpls/conf/",  NULL};

static bool is_dotted(const char *name)
{
    size_t first = strcspn(name, "./");

    return name[first] == '.';
}

static char *make_path(struct parse *p, const char *name)
{
    char *path = arena_strdup(p->lab->arena, name);

    for (char *c = path; c && is_dotted(name) && *c; c++)
        *c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
    return path;
}

/* No way out of net/, no empty part, nothing unprintable. */
static bool is_net_path(const char *path)
{
    if (strncmp(path, "net/", 4) != 0 || strstr(path, "//") || path[strlen(path) - 1] == '/')
        return false;
    for (const char *part = path; part; part = strchr(part, '/')) {
        size_t size;

        part += *part == '/';
        size = strcspn(part, "/");
        if (size <= 2 && strncmp(part, "..", size) == 0)
            return false;
    }
    for (; *path; path++)
        if (isspace((unsigned char)*path) || (unsigned char)*path < 0x20 || *path == 0x7f)
            return false;
    return true;
}

/* net.ipv4.conf.eth0.10.rp_filter: the way to write it right, or NULL. */
static const char *dotted_trap(struct parse *p, const struct netns *netns, const char *name)
{
    if (!is_dotted(name))
        return NULL;
    LIST_EACH (struct iface, iface, &netns->interfaces) {
        const char *dev = iface->o.name, *at;
        size_t size = strlen(dev), before;
        char *path;

        if (!strchr(dev, '.'))
            continue;
        at = strstr(name, dev);
        if (!at || at == name || at[-1] != '.' || at[size] != '.')
            continue;
        path = arena_strdup(p->scratch, name);
        before = (size_t)(at - name);
        for (size_t i = 0; path && path[i]; i++)
            if (path[i] == '.' && (i < before || i >= before + size))
                path[i] = '/';
        return path;
    }
    return NULL;
}

static int find_device(struct parse *p, struct netns *netns, struct sysctl *sysctl)
{
    const char *path = sysctl->path, *rest = NULL;
    char *name;

    for (size_t i = 0; device_dirs[i]; i++)
        if (strncmp(path, device_dirs[i], strlen(device_dirs[i])) == 0)
            rest = path + strlen(device_dirs[i]);
    if (!rest || !strchr(rest, '/'))
        return 0;
    name = arena_strndup(p->lab->arena, rest, strcspn(rest, "/"));
    if (!name)
        return -ENOMEM;
    if (strcmp(name, "all") == 0 || strcmp(name, "default") == 0)
        return 0;
    sysctl->device = name;
    sysctl->iface = netns_iface(netns, name);
    if (sysctl->iface || netns->host || p->links_open || is_open(netns))
        return 0;
    set_broken(sysctl);
    ERROR(p, sysctl->o.mark, "no interface '%s' in namespace %s", name, netns->o.name);
    hint_iface(p, netns, name);
    return 0;
}

/* `forwarding` and the sysctls that it stands for must not contradict each other. */
static void check_forwarding(struct parse *p, const struct netns *netns,
                             const struct sysctl *sysctl)
{
    static const struct {
        const char *path;
        uint32_t flag;
    } same[] = {{"net/ipv4/ip_forward", FORWARDING_IPV4},
                {"net/ipv4/conf/all/forwarding", FORWARDING_IPV4},
                {"net/ipv6/conf/all/forwarding", FORWARDING_IPV6}};

    if (!object_has(&netns->o, NETNS_FORWARDING))
        return;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        bool on = strcmp(sysctl->value, "0") != 0;

        if (strcmp(sysctl->path, same[i].path) != 0 || on == !!(netns->forwarding & same[i].flag))
            continue;
        ERROR(p, object_mark(&sysctl->o, SYSCTL_VALUE),
              "%s = %s contradicts 'forwarding' of "
              "namespace %s",
              sysctl->o.name, sysctl->value, netns->o.name);
        HINT(p, "'forwarding' is on line %u", netns->o.marks[NETNS_FORWARDING].line);
        set_broken((void *)sysctl);
    }
}

static int resolve_one(struct parse *p, struct netns *netns, struct sysctl *sysctl,
                       struct strmap *paths, bool dots)
{
    const char *trap = dots ? dotted_trap(p, netns, sysctl->o.name) : NULL;
    int err;

    sysctl->path = make_path(p, sysctl->o.name);
    if (!sysctl->path)
        return -ENOMEM;
    if (!is_net_path(sysctl->path)) {
        ERROR(p, sysctl->o.mark, "'%s' is not a sysctl below net.", sysctl->o.name);
        if (strncmp(sysctl->path, "net/", 4) != 0)
            HINT(p, "only net.* belongs to a network namespace");
        set_broken(sysctl);
        return 0;
    }
    if (trap) {
        ERROR(p, sysctl->o.mark, "'%s' is ambiguous: an interface's name has a dot",
              sysctl->o.name);
        HINT(p, "write %s", trap);
        set_broken(sysctl);
        return 0;
    }
    err = strmap_add(paths, p->scratch, sysctl->path, sysctl);
    if (err == -EEXIST) {
        const struct sysctl *first = strmap_get(paths, sysctl->path);

        ERROR(p, sysctl->o.mark, "%s is given twice", sysctl->path);
        HINT(p, "the first one is on line %u", first->o.mark.line);
        set_broken(sysctl);
        return 0;
    }
    if (err < 0 || find_device(p, netns, sysctl) < 0)
        return -ENOMEM;
    if (is_broken(sysctl))
        return 0;
    if (strpbrk(sysctl->value, "\n\r")) {
        ERROR(p, object_mark(&sysctl->o, SYSCTL_VALUE), "a sysctl's value must be one line");
        set_broken(sysctl);
    }
    check_forwarding(p, netns, sysctl);
    return 0;
}

/* A setting that follows from something else in the file, unless the file has it, too. */
static struct sysctl *imply(struct parse *p, struct netns *netns, const char *path,
                            const char *value, struct mark mark, struct iface *iface)
{
    struct sysctl *sysctl = path ? ARENA_NEW(p->lab->arena, struct sysctl) : NULL;

    if (!sysctl)
        return NULL;
    sysctl->o =
        (struct object){.parent = &netns->o, .table = &table_sysctl, .name = path, .mark = mark};
    sysctl->path = path;
    sysctl->value = value;
    sysctl->iface = iface;
    sysctl->device = iface ? iface->o.name : NULL;
    return sysctl;
}

/* Addresses that are to be probed for duplicates. */
static int imply_dad(struct parse *p, struct netns *netns, struct strmap *paths)
{
    LIST_EACH (struct iface, iface, &netns->interfaces)
        LIST_EACH (struct address, address, &iface->addresses) {
            struct sysctl *sysctl;
            const char *path;

            if (!address->dad || !iface->kind)
                continue;
            path = arena_printf(p->lab->arena, "net/ipv6/conf/%s/accept_dad", iface->o.name);
            sysctl = imply(p, netns, path, "1", object_mark(&address->o, ADDRESS_DAD), iface);
            if (!sysctl)
                return -ENOMEM;
            if (strmap_add(paths, p->scratch, path, sysctl) == 0)
                list_prepend(&netns->sysctls, &sysctl->o);
            break;
        }
    return 0;
}

/* These change others, which the file may have as well: they come first. */
static int imply_forwarding(struct parse *p, struct netns *netns, const struct strmap *paths)
{
    static const struct {
        uint32_t flag;
        const char *path;
    } all[] = {{FORWARDING_IPV6, "net/ipv6/conf/all/forwarding"},
               {FORWARDING_IPV4, "net/ipv4/ip_forward"}};
    struct mark mark = object_mark(&netns->o, NETNS_FORWARDING);

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct sysctl *sysctl;

        if (!(netns->forwarding & all[i].flag) || strmap_get(paths, all[i].path))
            continue;
        sysctl = imply(p, netns, all[i].path, "1", mark, NULL);
        if (!sysctl)
            return -ENOMEM;
        list_prepend(&netns->sysctls, &sysctl->o);
    }
    return 0;
}

/* Where in conf/default/NAME and neigh/default/NAME the NAME begins; NULL: it is another one. */
static const char *default_name(const char *path)
{
    static const char *const dirs[] = {"net/ipv4/conf/default/", "net/ipv4/neigh/default/",
                                       "net/ipv6/conf/default/", "net/ipv6/neigh/default/"};

    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
        if (strncmp(path, dirs[i], strlen(dirs[i])) == 0)
            return path + strlen(dirs[i]);
    return NULL;
}

/*
 * lo is there before `default` is set. IPv4 passes most on to devices that nobody has set up yet
 * (devinet_copy_dflt_conf()), which lo is in a new namespace, and in one that is up no longer.
 */
static bool lo_inherits(const char *path, const char *name)
{
    static const char *const kept[] = {
        "disable_policy",     "disable_xfrm", "drop_unicast_in_l2_multicast",
        "force_igmp_version", "forwarding",   "promote_secondaries",
        "route_localnet"};

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (strcmp(name, kept[i]) == 0)
            return false;
    return strncmp(path, "net/ipv4/conf/", strlen("net/ipv4/conf/")) == 0;
}

static int inherit(struct parse *p, struct netns *netns, const struct sysctl *from,
                   const char *name, const struct strmap *paths, struct list *inherited)
{
    int directory = (int)(name - from->path - (ptrdiff_t)strlen("default/"));

    LIST_EACH (struct iface, iface, &netns->interfaces) {
        const char *path =
            arena_printf(p->lab->arena, "%.*s%s/%s", directory, from->path, iface->o.name, name);
        struct sysctl *sysctl = imply(p, netns, path, from->value, from->o.mark, iface);

        if (!sysctl)
            return -ENOMEM;
        sysctl->inherited = true;
        if ((iface->kind || lo_inherits(path, name)) && !strmap_get(paths, path))
            list_append(inherited, &sysctl->o);
    }
    return 0;
}

/* What new devices take from `default`; not their MTU, and not in the host, where they may be made
   before it is set. */
static int imply_inherited(struct parse *p, struct netns *netns, const struct strmap *paths)
{
    struct list inherited = {0};
    struct object *next;

    LIST_EACH (struct sysctl, sysctl, &netns->sysctls) {
        const char *name = netns->host || is_broken(sysctl) ? NULL : default_name(sysctl->path);

        if (name && strcmp(name, "mtu") != 0 &&
            inherit(p, netns, sysctl, name, paths, &inherited) < 0)
            return -ENOMEM;
    }
    for (struct object *object = inherited.first; object; object = next) {
        next = object->next;
        list_append(&netns->sysctls, object);
    }
    return 0;
}

int resolve_sysctls(struct parse *p, struct netns *netns)
{
    struct strmap paths = {0};
    bool dots = false;

    LIST_EACH (struct iface, iface, &netns->interfaces)
        dots |= strchr(iface->o.name, '.') != NULL;
    LIST_EACH (struct sysctl, sysctl, &netns->sysctls)
        if (resolve_one(p, netns, sysctl, &paths, dots) < 0)
            return -ENOMEM;
    if (imply_dad(p, netns, &paths) < 0 || imply_inherited(p, netns, &paths) < 0)
        return -ENOMEM;
    return imply_forwarding(p, netns, &paths);
}
