/* SPDX-License-Identifier: MIT */
/*
 * Job: namespaces as a whole: those that exist already.
 * In: a namespace as it was read. Out: complaints.
 */
#include <string.h>

#include "parse/check.h"

#define FAIL(p, object, field, ...)                                                                \
    (set_broken(object), ERROR(p, object_mark(&(object)->o, field), __VA_ARGS__))

static void check_ways(struct parse *p, struct attach *attach)
{
    const char *first = NULL;

    for (unsigned i = 0; i < ATTACH_FIELDS; i++) {
        if (!attach->o.marks[i].line)
            continue;
        if (first)
            FAIL(p, attach, i, "'%s' and '%s' both say where the namespace is", first,
                 table_attach.fields[i].key);
        first = table_attach.fields[i].key;
    }
    if (!first || (object_has(&attach->o, ATTACH_LATER) && !attach->later)) {
        FAIL(p, attach, ATTACH_LATER, "'attach' does not say where the namespace is");
        HINT(p,
             "write {pid: PID}, {path: PATH}, {name: NAME}, or `true` and tell the command line");
    }
}

static void check_attach(struct parse *p, struct attach *attach)
{
    const char *name = attach->name;

    check_ways(p, attach);
    if (attach->path && *attach->path != '/')
        FAIL(p, attach, ATTACH_PATH, "the path '%s' does not begin with '/'", attach->path);
    if (name && (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0))
        FAIL(p, attach, ATTACH_NAME, "'%s' is no name of a namespace", name);
}

void check_netns(struct parse *p, struct netns *netns)
{
    bool attached = netns->o.marks[NETNS_ATTACH].line;

    if (netns->host && attached)
        FAIL(p, netns, NETNS_ATTACH, "host is the namespace that netlab runs in: it is there");
    else if (netns->attach && !is_broken(netns->attach))
        check_attach(p, netns->attach);
    if (netns->host && netns->o.marks[NETNS_HOSTNAME].line)
        FAIL(p, netns, NETNS_HOSTNAME, "the host keeps its own host name");
    else if (attached && netns->o.marks[NETNS_HOSTNAME].line)
        FAIL(p, netns, NETNS_HOSTNAME, "an attached namespace has no host name of netlab's");
}
