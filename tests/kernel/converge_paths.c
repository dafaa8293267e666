/* SPDX-License-Identifier: MIT */
/*
 * Job: what a lab has become: all of it as text, and the ways in it that an edit does not concern.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "converge.h"

/* Settings beyond those of dump_all(), without what is random or not to be read. */
#define SETTINGS                                                                                   \
    "cd /proc/sys/net && grep -s . core/somaxconn ipv4/[!t]* ipv4/t[!c]* ipv4/tcp_[!f]* "          \
    "ipv4/neigh/*/gc_stale_time ipv6/neigh/*/gc_stale_time"

static const char *inside(const char *netns)
{
    return netns ? text("ip netns exec %s ", netns) : "";
}

const char *snapshot(const char *file)
{
    const char *result = dump_all(DUMP_NO_RUN | DUMP_NO_RANDOM | DUMP_NO_TRACES);
    char *names = strdup(ok("ls /run/netns 2>/dev/null; true").out), *rest = NULL;

    if (!names)
        abort();
    result = text("%s%s%s", result,
                  sh("find /run/netns /run/netlab -mindepth 1 -printf 'file %%p %%y %%m %%l\\n' "
                     "2>/dev/null | sort")
                      .out,
                  sh("%s | sed 's/^/setting /'", SETTINGS).out);
    for (char *name = strtok_r(names, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest))
        result = text("%s%s", result,
                      sh("ip netns exec %s sh -c '%s' | sed 's/^/%s setting /'; "
                         "echo %s hostname $($NETLAB exec %s uname -n)",
                         name, SETTINGS, name, name, name)
                          .out);
    free(names);
    return text(
        "%s%s", result,
        ok("$NETLAB status --json %s | sed -E 's/,?\"since\":\"[^\"]*\"//g; s/\\{/\\n&/g'", file)
            .out);
}

json_t *lab_status(const char *file)
{
    return json_at(json_of("$NETLAB status --json %s", file), "labs 0 namespaces");
}

/* The namespace as the harness calls it. */
static const char *harness_name(const char *netns)
{
    return strcmp(netns, "host") == 0 ? NULL : netns;
}

/* The number of its directory in /sys is given to nothing else, as that of its index may be. */
const char *devices(json_t *status, const char *ifaces)
{
    const char *result = "";
    json_t *netns;
    size_t i;

    json_array_foreach(status, i, netns)
    {
        const char *name = json_text(netns, "name"), *end;
        char *lines = strdup(sh("%ssh -c 'cd /sys/class/net && stat -L -c \"%s:%%n %%i\" *'",
                                inside(harness_name(name)), name)
                                 .out);
        char *rest = NULL;

        if (!lines)
            abort();
        for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
            if ((end = strchr(line, ' ')) &&
                strstr(ifaces, text(" %.*s ", (int)(end - line), line)))
                result = text("%s%s\n", result, line);
        free(lines);
    }
    return result;
}

/* Ways */

static json_t *iface_of(json_t *status, const char *netns, const char *iface)
{
    return json_at(status, "name=%s interfaces name=%s", netns, iface);
}

static bool same_network(const char *one, const char *other)
{
    char texts[2][64];
    unsigned char bytes[2][16];
    unsigned lengths[2], bits;
    int family = strchr(one, ':') ? AF_INET6 : AF_INET;

    if (sscanf(one, "%63[^/]/%u", texts[0], &lengths[0]) != 2 ||
        sscanf(other, "%63[^/]/%u", texts[1], &lengths[1]) != 2 || lengths[0] != lengths[1] ||
        strncmp(one, "fe80", 4) == 0 || inet_pton(family, texts[0], bytes[0]) != 1 ||
        inet_pton(family, texts[1], bytes[1]) != 1)
        return false;
    bits = lengths[0];
    if (memcmp(bytes[0], bytes[1], bits / 8) != 0)
        return false;
    return bits % 8 == 0 || (bytes[0][bits / 8] ^ bytes[1][bits / 8]) >> (8 - bits % 8) == 0;
}

static void add_iface(struct path *path, const char *netns, const char *name)
{
    path->ifaces[path->count].netns = netns;
    path->ifaces[path->count++].name = name;
}

/* All that a frame passes between two interfaces; false: there is no way of these kinds. */
static bool join(json_t *status, struct path *path, const char *from, const char *from_name,
                 const char *to, const char *to_name)
{
    json_t *one = iface_of(status, from, from_name), *two = iface_of(status, to, to_name);
    const char *hub = json_text(one, "peer namespace"), *master;
    const char *near = json_text(one, "peer interface"), *far = json_text(two, "peer interface");

    path->count = 0;
    add_iface(path, from, from_name);
    add_iface(path, to, to_name);
    if (!hub || !far)
        return false;
    if (strcmp(hub, to) == 0 && strcmp(near, to_name) == 0)
        return true;
    master = json_text(iface_of(status, hub, near), "master");
    if (!master || strcmp(hub, json_text(two, "peer namespace")) != 0 ||
        !json_text(iface_of(status, hub, far), "master") ||
        strcmp(master, json_text(iface_of(status, hub, far), "master")) != 0)
        return false;
    add_iface(path, hub, near);
    add_iface(path, hub, far);
    add_iface(path, hub, master);
    return true;
}

static bool has_end(json_t *iface, const char *address)
{
    return json_has(json_at(iface, "addresses"), address);
}

static bool same_iface(json_t *one, json_t *other)
{
    static const char *const keys[] = {"type", "master", "peer"};

    for (size_t i = 0; i < COUNT(keys); i++) {
        json_t *value = json_object_get(one, keys[i]), *then = json_object_get(other, keys[i]);

        if ((value || then) && !json_equal(value, then)) /* a bridge has no peer in either */
            return false;
    }
    return one && other;
}

/*
 * Routes, rules, neighbours and further addresses may come and go: what they do to the way is seen
 * in the lab that is brought up from nothing.
 */
static bool unconcerned(const struct path *path, json_t *one, json_t *other,
                        const struct script *difference)
{
    for (size_t i = 0; i < path->count; i++) {
        const char *netns = path->ifaces[i].netns, *name = path->ifaces[i].name;

        if (!same_iface(iface_of(one, netns, name), iface_of(other, netns, name)))
            return false;
        for (size_t j = 0; j < difference->count; j++) {
            const char *object = command_object(difference->lines[j]);

            if ((strcmp(object, "link") == 0 || strcmp(object, "sysctl") == 0) &&
                command_concerns(difference->lines[j], netns, name))
                return false;
        }
    }
    return true;
}

struct paths {
    struct path *at;
    size_t count;
    json_t *one, *other;
    const struct script *difference;
};

static const char *without_length(const char *address)
{
    return text("%.*s", (int)strcspn(address, "/"), address);
}

static void add_paths(struct paths *paths, json_t *from, json_t *from_iface, json_t *to,
                      json_t *to_iface)
{
    struct path path = {.from = harness_name(json_text(from, "name")),
                        .to = harness_name(json_text(to, "name"))};
    json_t *source, *address;
    json_t *from_then =
        iface_of(paths->other, json_text(from, "name"), json_text(from_iface, "name"));
    json_t *to_then = iface_of(paths->other, json_text(to, "name"), json_text(to_iface, "name"));
    size_t i, j;

    if (!join(paths->one, &path, json_text(from, "name"), json_text(from_iface, "name"),
              json_text(to, "name"), json_text(to_iface, "name")) ||
        !unconcerned(&path, paths->one, paths->other, paths->difference))
        return;
    json_array_foreach(json_at(from_iface, "addresses"), i, source)
    {
        json_array_foreach(json_at(to_iface, "addresses"), j, address)
        {
            if (!same_network(json_string_value(source), json_string_value(address)) ||
                !has_end(from_then, json_string_value(source)) ||
                !has_end(to_then, json_string_value(address)))
                continue;
            path.source = without_length(json_string_value(source));
            path.address = without_length(json_string_value(address));
            paths->at = realloc(paths->at, (paths->count + 1) * sizeof(*paths->at));
            if (!paths->at)
                abort();
            paths->at[paths->count++] = path;
        }
    }
}

static void shuffle(struct paths *paths, struct random *random)
{
    for (size_t i = paths->count; i > 1; i--) {
        size_t other = random_below(random, (unsigned)i);
        struct path kept = paths->at[i - 1];

        paths->at[i - 1] = paths->at[other];
        paths->at[other] = kept;
    }
}

struct path *paths_unconcerned(json_t *one, json_t *other, const struct script *difference,
                               struct random *random, size_t *ret_count)
{
    struct paths paths = {.one = one, .other = other, .difference = difference};
    json_t *from, *to, *from_iface, *to_iface;
    size_t i, j, k, l;

    json_array_foreach(one, i, from)
    {
        json_array_foreach(one, j, to)
        {
            if (i == j)
                continue;
            json_array_foreach(json_at(from, "interfaces"), k, from_iface)
            {
                json_array_foreach(json_at(to, "interfaces"), l, to_iface)
                {
                    add_paths(&paths, from, from_iface, to, to_iface);
                }
            }
        }
    }
    shuffle(&paths, random);
    *ret_count = paths.count;
    return paths.at;
}

static bool leaves_by(const char *netns, const char *from, const char *to, const char *iface)
{
    struct output output = sh("%sip -o route get %s from %s 2>/dev/null", inside(netns), to, from);

    return output.status == 0 && strstr(output.out, text(" dev %s ", iface));
}

bool path_works(const struct path *path)
{
    int ends[2];
    bool works;

    if (!leaves_by(path->from, path->source, path->address, path->ifaces[0].name) ||
        !leaves_by(path->to, path->address, path->source, path->ifaces[1].name) ||
        !tcp_open(path->from, path->source, path->to, path->address, 4000, 500, ends))
        return false;
    works = tcp_pass(ends[0], ends[1], 500) && tcp_pass(ends[1], ends[0], 500);
    tcp_abort(ends);
    return works;
}

const char *path_marks(const struct path *path)
{
    const char *result = "";

    for (size_t i = 0; i < path->count; i++) {
        const char *netns = harness_name(path->ifaces[i].netns);

        result = text("%s%s:%s %s", result, path->ifaces[i].netns, path->ifaces[i].name,
                      ok("%scat /sys/class/net/%s/ifindex /sys/class/net/%s/carrier_changes | "
                         "paste -sd ' '",
                         inside(netns), path->ifaces[i].name, path->ifaces[i].name)
                          .out);
    }
    return result;
}
