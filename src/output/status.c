/* SPDX-License-Identifier: MIT */
/*
 * Job: the state of labs for people and for programs.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/json.h"
#include "kinds/wireguard.h"
#include "model/ip.h"
#include "output/output.h"

static const char *condition_word(enum state_condition condition)
{
    static const char *const words[] = {
        [STATE_UP] = "up",       [STATE_HALF_CHANGED] = "half-changed",
        [STATE_BUSY] = "busy",   [STATE_INCOMPLETE] = "incomplete",
        [STATE_STALE] = "stale",
    };

    return words[condition];
}

/* What to do about a lab that is not simply up. */
static const char *condition_advice(enum state_condition condition)
{
    switch (condition) {
    case STATE_UP:
        return NULL;
    case STATE_HALF_CHANGED:
        return "a kill has left it between two files; 'netlab up' goes on to the one that it is "
               "given, 'netlab down' takes all away";
    case STATE_BUSY:
        return "another netlab is at work on it";
    case STATE_INCOMPLETE:
        return "left half-way by a kill; 'netlab down' takes the rest away, 'netlab up' starts "
               "anew";
    case STATE_STALE:
        return "from before the machine was restarted; 'netlab down' takes the rest away";
    }
    return NULL;
}

/* RFC 3339. */
static void time_text(time_t since, char text[32])
{
    struct tm tm;

    text[0] = '\0';
    if (gmtime_r(&since, &tm))
        strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static size_t made_namespaces(const struct netlab_lab *lab)
{
    size_t made = 0;

    LIST_EACH (struct netns, netns, &lab->namespaces)
        made += !netns->foreign;
    return made;
}

/* NULL: it has none, or it is not known. */
static const char *public_key(const struct iface *iface, char text[KEY_TEXT])
{
    const struct wireguard *wireguard = iface_wireguard(iface);

    return wireguard && wireguard->public_key.known ? key_text(&wireguard->public_key, text) : NULL;
}

static void iface_text(const struct iface *iface, FILE *out)
{
    const struct iface *peer = iface_peer(iface);
    char text[IP_TEXT], key[KEY_TEXT];

    fprintf(out, "    %-15s", iface->o.name);
    if (peer)
        fprintf(out, "  -- %s:%s", iface_netns(peer)->o.name, peer->o.name);
    else if (iface->kind)
        fprintf(out, "  %s", iface->kind->name);
    if (iface->master)
        fprintf(out, "  port of %s", iface->master->o.name);
    LIST_EACH (struct address, address, &iface->addresses)
        fprintf(out, "  %s", prefix_text(&address->address, text));
    if (public_key(iface, key))
        fprintf(out, "  public key %s", key);
    putc('\n', out);
}

static size_t count_running(const struct lab_status *status)
{
    size_t count = 0;

    for (size_t i = 0; i < status->service_count; i++)
        count += status->services[i].runs;
    return count;
}

/* "running", "exited", …, and with what. */
static const char *service_state(const struct service_status *service, const char **ret_with,
                                 int *ret_number)
{
    bool killed = service->told && WIFSIGNALED(service->status);

    *ret_with = service->runs || !service->told ? NULL : killed ? "signal" : "status";
    *ret_number = killed ? WTERMSIG(service->status) : WEXITSTATUS(service->status);
    return service->runs    ? "running"
           : service->told  ? killed ? "killed" : "exited"
           : service->since ? "killed"
                            : "not started";
}

static void service_text(const struct service_status *service, FILE *out)
{
    const char *with;
    char since[32];
    int number;

    fprintf(out, "    %-15s  service  %s", service->service->o.name,
            service_state(service, &with, &number));
    if (with)
        fprintf(out, " with %s %d", with, number);
    time_text(service->since, since);
    if (service->runs || service->told)
        fprintf(out, " %s %s", service->runs ? "since" : "at", since);
    putc('\n', out);
}

static void services_text(const struct lab_status *status, FILE *out)
{
    size_t ended = status->service_count - count_running(status);

    if (!status->service_count)
        return;
    fprintf(out, ", %zu service%s", status->service_count, status->service_count == 1 ? "" : "s");
    if (ended)
        fprintf(out, " (%zu ended)", ended);
}

void output_status_text(const struct lab_status *status, bool details, FILE *out)
{
    const char *advice = condition_advice(status->condition);
    char since[32];

    time_text(status->since, since);
    fprintf(out, "%s  %s since %s", status->name, condition_word(status->condition), since);
    if (status->lab)
        fprintf(out, "  %zu namespace%s, %zu link%s", made_namespaces(status->lab),
                made_namespaces(status->lab) == 1 ? "" : "s", status->lab->links.count,
                status->lab->links.count == 1 ? "" : "s");
    services_text(status, out);
    if (*status->file)
        fprintf(out, "  %s", status->file);
    if (status->rootless)
        fputs("  rootless", out);
    putc('\n', out);
    if (advice)
        fprintf(out, "  %s\n", advice);
    if (!details || !status->lab)
        return;
    LIST_EACH (struct netns, netns, &status->lab->namespaces) {
        if (netns->implied)
            continue;
        fprintf(out, "  %s%s\n", netns->o.name, netns->attach ? "  attached" : "");
        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (iface->kind || iface->addresses.count)
                iface_text(iface, out);
        for (size_t i = 0; i < status->service_count; i++)
            if (status->services[i].service->o.parent == &netns->o)
                service_text(&status->services[i], out);
    }
}

static void iface_json(struct json *json, const struct iface *iface)
{
    const struct iface *peer = iface_peer(iface);
    char text[IP_TEXT], key[KEY_TEXT];

    json_open(json, NULL, '{');
    json_put_string(json, "name", iface->o.name);
    json_put_string(json, "type", iface->kind ? iface->kind->name : "loopback");
    json_put_string(json, "master", iface->master ? iface->master->o.name : NULL);
    if (peer) {
        json_open(json, "peer", '{');
        json_put_string(json, "namespace", iface_netns(peer)->o.name);
        json_put_string(json, "interface", peer->o.name);
        json_close(json, '}');
    }
    if (public_key(iface, key))
        json_put_string(json, "public-key", key);
    json_open(json, "addresses", '[');
    LIST_EACH (struct address, address, &iface->addresses)
        json_put_string(json, NULL, prefix_text(&address->address, text));
    json_close(json, ']');
    json_close(json, '}');
}

static void service_json(struct json *json, const struct service_status *service)
{
    const char *with;
    char since[32];
    int number;

    json_open(json, NULL, '{');
    json_put_string(json, "name", service->service->o.name);
    json_put_string(json, "state", service_state(service, &with, &number));
    if (with)
        json_put_number(json, with, number);
    time_text(service->since, since);
    json_put_string(json, "since", service->runs || service->told ? since : NULL);
    json_close(json, '}');
}

static void services_json(struct json *json, const struct lab_status *status,
                          const struct netns *netns)
{
    json_open(json, "services", '[');
    for (size_t i = 0; i < status->service_count; i++)
        if (status->services[i].service->o.parent == &netns->o)
            service_json(json, &status->services[i]);
    json_close(json, ']');
}

static void lab_json(struct json *json, const struct lab_status *status)
{
    char since[32];

    time_text(status->since, since);
    json_open(json, NULL, '{');
    json_put_string(json, "name", status->name);
    json_put_string(json, "state", condition_word(status->condition));
    json_put_string(json, "since", since);
    json_put_string(json, "file", status->file);
    json_put_bool(json, "rootless", status->rootless);
    json_open(json, "namespaces", '[');
    if (status->lab)
        LIST_EACH (struct netns, netns, &status->lab->namespaces) {
            if (netns->implied)
                continue;
            json_open(json, NULL, '{');
            json_put_string(json, "name", netns->o.name);
            json_put_string(json, "hostname", netns->hostname);
            json_put_bool(json, "attached", netns->attach);
            json_open(json, "interfaces", '[');
            LIST_EACH (struct iface, iface, &netns->interfaces)
                iface_json(json, iface);
            json_close(json, ']');
            services_json(json, status, netns);
            json_close(json, '}');
        }
    json_close(json, ']');
    json_put_number(json, "links", status->lab ? (int64_t)status->lab->links.count : 0);
    json_close(json, '}');
}

void output_status_json(const struct lab_status *status, size_t count, FILE *out)
{
    struct json json = {.out = out};

    json_open(&json, NULL, '{');
    json_open(&json, "labs", '[');
    for (size_t i = 0; i < count; i++)
        lab_json(&json, &status[i]);
    json_close(&json, ']');
    json_close(&json, '}');
    putc('\n', out);
}
