/* SPDX-License-Identifier: MIT */
/*
 * Job: the whole network state as one sorted text, for comparing.
 * In: what ip, bridge, /sys and /proc show of each namespace. Out: lines `NS SECTION OBJECT FACT`.
 *
 * Asked through iproute2 and not through our own code: what is compared here is what netlab did,
 * so it must not be netlab that tells.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "look.h"

/* One side of a veth pair, as the kernel tells it: enough to find the other. */
struct end {
    const char *ns, *name;
    long long index, link_index;
    const char *link_ns; /* NULL: not a name of /run/netns */
    bool stands;         /* on the other: no veth, that one knows nothing of it */
};

struct dump {
    unsigned flags;
    const char **lines;
    size_t count, size;
    struct end *ends;
    size_t end_count, end_size;
    bool moving; /* something is not settled yet */
};

static bool is_trace(const char *line)
{
    static const char *const traces[] = {
        "local=fe80::",    "dst=fe80::",       "dst=ff00::/8",      " qdisc = no",
        "fdb {mac=33:33:", " tso_max_size = ", "fdb {mac=01:00:5e:"};

    for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++)
        if (strstr(line, traces[i]))
            return true;
    return false;
}

static void add(struct dump *dump, const char *line)
{
    if (dump->flags & DUMP_NO_TRACES && is_trace(line))
        return;
    if (dump->count == dump->size) {
        dump->size = dump->size ? 2 * dump->size : 1024;
        dump->lines = realloc(dump->lines, dump->size * sizeof(*dump->lines));
        if (!dump->lines)
            abort();
    }
    dump->lines[dump->count++] = line;
}

static void add_end(struct dump *dump, struct end end)
{
    if (dump->end_count == dump->end_size) {
        dump->end_size = dump->end_size ? 2 * dump->end_size : 64;
        dump->ends = realloc(dump->ends, dump->end_size * sizeof(*dump->ends));
        if (!dump->ends)
            abort();
    }
    dump->ends[dump->end_count++] = end;
}

static bool listed(const char *const *list, const char *word)
{
    while (*list && strcmp(*list, word) != 0)
        list++;
    return *list;
}

/* Facts that move by themselves. */
static bool moves(const char *key)
{
    static const char *const keys[] = {"gc_timer",
                                       "topology_change",
                                       "topology_change_detected",
                                       "topology_change_ack",
                                       "config_pending",
                                       "expires",
                                       NULL};
    size_t length = strlen(key);

    return listed(keys, key) || (length > 6 && strcmp(key + length - 6, "_timer") == 0);
}

/* Facts that depend on the order in which things were made. */
static bool number_fact(const char *key)
{
    static const char *const keys[] = {"ifindex",         "link_index", "link", "link_netnsid",
                                       "designated_port", "id",         "no",   NULL};

    return listed(keys, key);
}

/* … or on random MACs. */
static bool random_fact(const char *key)
{
    static const char *const keys[] = {
        "bridge_id",   "root_id", "designated_root", "designated_bridge", "permaddr",
        "perm_hwaddr", NULL};

    return number_fact(key) || listed(keys, key);
}

static bool left_out(const struct dump *dump, const char *key)
{
    return moves(key) || ((dump->flags & DUMP_NO_MARKS) && strcmp(key, "group") == 0) ||
           ((dump->flags & DUMP_NO_INDEX) && number_fact(key)) ||
           ((dump->flags & DUMP_NO_RANDOM) && random_fact(key));
}

/* A lifetime counts down: to the next minute. */
static long long steady(const char *key, long long value)
{
    bool lifetime = strcmp(key, "valid_life_time") == 0 || strcmp(key, "preferred_life_time") == 0;

    return lifetime && value != UINT32_MAX ? (value + 59) / 60 * 60 : value;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names have no order; the kernel shows them in that in which they came. */
static void write_names(json_t *names, FILE *out)
{
    const char *sorted[64];
    size_t count = 0, i;
    json_t *name;

    json_array_foreach(names, i, name)
    {
        if (count < sizeof(sorted) / sizeof(sorted[0]))
            sorted[count++] = json_string_value(name);
    }
    qsort(sorted, count, sizeof(sorted[0]), compare_lines);
    for (i = 0; i < count; i++)
        fprintf(out, "%s%s", i ? "," : "", sorted[i]);
}

/* An object's facts in one line, "key=value key={...}", keys sorted. */
static void write_value(const struct dump *dump, const char *key, json_t *json, FILE *out)
{
    json_t *value;
    size_t i;

    if (json_is_object(json)) {
        const char *separator = "{", *name;

        json_object_foreach(json, name, value)
        {
            if (left_out(dump, name))
                continue;
            fprintf(out, "%s%s=", separator, name);
            write_value(dump, name, value, out);
            separator = " ";
        }
        fputs("}", out);
    } else if (json_is_array(json) && strcmp(key, "altnames") == 0) {
        fputs("[", out);
        write_names(json, out);
        fputs("]", out);
    } else if (json_is_array(json)) {
        fputs("[", out);
        json_array_foreach(json, i, value)
        {
            fputs(i ? "," : "", out);
            write_value(dump, key, value, out);
        }
        fputs("]", out);
    } else if (json_is_string(json)) {
        fputs(json_string_value(json), out);
    } else if (json_is_integer(json)) {
        fprintf(out, "%lld", steady(key, json_integer_value(json)));
    } else if (json_is_real(json)) {
        fprintf(out, "%g", json_real_value(json));
    } else {
        fputs(json_is_true(json) ? "true" : json_is_false(json) ? "false" : "null", out);
    }
}

static const char *one_line(const struct dump *dump, const char *key, json_t *json)
{
    char *line = NULL;
    size_t size;
    FILE *out = open_memstream(&line, &size);
    const char *result;

    if (!out)
        abort();
    write_value(dump, key, json, out);
    fclose(out);
    result = text("%s", line);
    free(line);
    return result;
}

/* Links have so many facts that each gets a line. */
static void add_facts(struct dump *dump, const char *prefix, json_t *json)
{
    const char *key;
    json_t *value;

    json_object_foreach(json, key, value)
    {
        if (left_out(dump, key))
            continue;
        if (json_is_object(value))
            add_facts(dump, text("%s %s", prefix, key), value);
        else
            add(dump, text("%s %s = %s", prefix, key, one_line(dump, key, value)));
    }
}

/* The carrier has come or gone, but the kernel has not got round to it: addresses and states
   follow. */
static bool carrier_unknown(json_t *link)
{
    const char *state = json_text(link, "operstate");
    json_t *flags = json_at(link, "flags");

    if (json_has(flags, "LOWER_UP"))
        return strcmp(state, "UP") != 0 && strcmp(state, "UNKNOWN") != 0;
    return json_has(flags, "UP") && !json_has(flags, "NO-CARRIER");
}

/* What stands on it asks for frames when it is up, and takes that back when it is up (macvlan). */
static void drop_promiscuity(json_t *link)
{
    if (!json_has(json_at(link, "flags"), "UP"))
        json_object_del(link, "promiscuity");
}

/* STP makes it shorter for as long as the topology changes (br_topology_change_detection()). */
static void drop_ageing(json_t *link)
{
    json_t *bridge = json_at(link, "linkinfo info_data");

    if (json_at(bridge, "stp_state") && json_number(bridge, "stp_state"))
        json_object_del(bridge, "ageing_time");
}

/* Whether the carrier came before it was up or after that. */
static void drop_unwatched(json_t *link)
{
    if (strcmp(json_text(link, "operstate"), "UNKNOWN") == 0)
        json_object_set_new(link, "operstate", json_string("UP"));
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(json_string_value(*(json_t *const *)a), json_string_value(*(json_t *const *)b));
}

/* Their order is that in which they were given: it means nothing. */
static void sort_names(json_t *names)
{
    size_t count = json_array_size(names);
    json_t *sorted[64];

    if (count < 2 || count > sizeof(sorted) / sizeof(sorted[0]))
        return;
    for (size_t i = 0; i < count; i++)
        sorted[i] = json_incref(json_array_get(names, i));
    qsort(sorted, count, sizeof(*sorted), compare_texts);
    json_array_clear(names);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(names, sorted[i]);
}

/* A multicast group made from a random address, or one that is that of a port and, where it is the
   lowest of them all, of the bridge, too: it is there once, as the one or the other. */
static bool is_by_chance(const char *mac)
{
    return strncmp(mac, "33:33:ff", 8) == 0 || strncmp(mac, "RA:", 3) == 0;
}

static void add_section(struct dump *dump, const char *ns, const char *section, json_t *json,
                        json_t *nsids)
{
    json_t *object, *address;
    size_t i, j;

    json_array_foreach(json, i, object)
    {
        const char *ifname = json_text(object, "ifname");
        const char *name = ifname ? text("%s", ifname) : NULL;

        if (strcmp(section, "link") == 0) {
            const char *link_ns =
                json_text(nsids, "nsid=%lld name", json_number(object, "link_netnsid"));

            const char *kind = json_text(object, "linkinfo info_kind");
            bool is_veth = kind && strcmp(kind, "veth") == 0;

            dump->moving = dump->moving || carrier_unknown(object);
            if (dump->flags & DUMP_NO_TRACES) {
                drop_ageing(object);
                drop_promiscuity(object);
                drop_unwatched(object);
            }
            sort_names(json_at(object, "altnames"));
            add_facts(dump, text("%s link %s", ns, name), object);
            if (json_at(object, "link_index"))
                add_end(dump, (struct end){ns, name, json_number(object, "ifindex"),
                                           json_number(object, "link_index"),
                                           link_ns ? text("%s", link_ns) : NULL, !is_veth});
        } else if (strcmp(section, "address") == 0) {
            json_array_foreach(json_object_get(object, "addr_info"), j, address)
            {
                dump->moving = dump->moving || json_on(address, "tentative");
                add(dump, text("%s address %s %s", ns, name, one_line(dump, "", address)));
            }
        } else if (strcmp(section, "qdisc") == 0) {
            /* 0: the kernel's own choice */
            if (strcmp(json_text(object, "handle"), "0:") != 0)
                add(dump, text("%s qdisc %s", ns, one_line(dump, "", object)));
        } else if (strcmp(section, "fdb") == 0) {
            const char *mac = json_text(object, "mac");

            if (strcmp(json_text(object, "state"), "permanent") != 0 ||
                ((dump->flags & DUMP_NO_RANDOM) && is_by_chance(mac)))
                continue; /* learned; or random */
            add(dump, text("%s fdb %s", ns, one_line(dump, "", object)));
        } else {
            add(dump, text("%s %s %s", ns, section, one_line(dump, "", object)));
        }
    }
}

/* `with` is not longer than `what`. */
static void replace_all(char *in, const char *what, const char *with)
{
    size_t shorter = strlen(what) - strlen(with);

    for (char *p = in; (p = strstr(p, what)); p += strlen(with)) {
        memcpy(p, with, strlen(with));
        if (shorter)
            memmove(p + strlen(with), p + strlen(what), strlen(p + strlen(what)) + 1);
    }
}

/* The link-local address that the kernel makes from a MAC (RFC 4291, appendix A). */
static const char *link_local(const char *mac)
{
    struct in6_addr address = {.s6_addr = {0xfe, 0x80, [11] = 0xff, 0xfe}};
    unsigned char *id = &address.s6_addr[8];
    char local[INET6_ADDRSTRLEN];

    if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &id[0], &id[1], &id[2], &id[5], &id[6],
               &id[7]) != 6)
        return NULL;
    id[0] ^= 2;
    return text("%s", inet_ntop(AF_INET6, &address, local, sizeof(local)));
}

/*
 * Once random, random for ever: what is made again may be given the MAC that it had, and counts as
 * random no more.
 */
static struct random_mac {
    struct random_mac *next;
    const char *mac, *local;
} * random_macs;

static void note_random(const char *mac, const char *local)
{
    struct random_mac *random = random_macs;

    while (random && strcmp(random->mac, mac) != 0)
        random = random->next;
    if (random)
        return;
    random = malloc(sizeof(*random));
    if (!random)
        abort();
    *random = (struct random_mac){random_macs, text("%s", mac), local};
    random_macs = random;
}

void dump_as_random(const char *mac)
{
    const char *local = link_local(mac);

    if (!local)
        test_fail("no MAC: %s", mac);
    note_random(mac, local);
}

void dump_nftables(void)
{
    setenv("DUMP_NFTABLES", "1", true);
}

static void note_all_random(const char *raw)
{
    const char *list = strstr(raw, "\n@random\n");
    char mac[18], name[64];
    int used;

    if (!list)
        return;
    for (list += strlen("\n@random\n"); sscanf(list, "%17s %63s%n", mac, name, &used) == 2;
         list += used) {
        const char *local = link_local(mac);

        if (!local)
            break; /* the next section */
        note_random(mac, local);
    }
}

/*
 * Of an interface that is up and whose peer is in another namespace and down, the kernel asks the
 * device of its own namespace that happens to have the peer's index whether it has a carrier
 * (default_operstate(), net/core/link_watch.c).
 */
static void hide_lower_layer(char *raw)
{
    replace_all(raw, "LOWERLAYERDOWN", "DOWN");
    replace_all(raw, ",\"M-DOWN\"", ""); /* iproute2 makes the same mistake */
}

/*
 * All random MACs look alike then, and the link-local addresses made from them: a bridge takes the
 * lowest of its ports' MACs, so even which are equal is random.
 */
static void hide_random(char *raw)
{
    for (const struct random_mac *random = random_macs; random; random = random->next) {
        replace_all(raw, random->local, "fe80::RANDOM");
        replace_all(raw, random->mac, "RA:ND:OM:RA:ND:OM");
    }
}

/* The section of the next line: one after the other, the last for all that is left. */
static const char *next_section(char **sections)
{
    char *section = *sections, *blank = section ? strchr(section, ' ') : NULL;

    if (blank) {
        *blank = '\0';
        *sections = blank + 1;
    }
    return section;
}

static void dump_namespace(struct dump *dump, const char *ns)
{
    const char *label = ns ? ns : "(own)", *nsids = "[]";
    char *raw = strdup(look_at(ns)), *rest = NULL, *sections = NULL;
    const char *section;
    json_t *ids;

    if (!raw)
        abort();
    note_all_random(raw);
    hide_lower_layer(raw);
    if (dump->flags & DUMP_NO_RANDOM)
        hide_random(raw);
    for (char *line = strtok_r(raw, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        json_error_t error;
        json_t *json;

        if (line[0] == '@') {
            if (sections && strchr(sections, ' '))
                add(dump, text("%s unreadable: %s", label, sections));
            sections = line + 1;
            continue;
        }
        section = next_section(&sections);
        if (!section || strcmp(section, "random") == 0 || strcmp(section, "unnumbered") == 0)
            continue;
        else if (strcmp(section, "nsid") == 0)
            nsids = line;
        else if (line[0] != '[')
            add(dump, text("%s %s %s", label, section, line));
        else if ((json = json_loads(line, 0, &error))) {
            ids = json_loads(nsids, 0, &error);
            add_section(dump, text("%s", label), section, json, ids);
            json_decref(ids);
            json_decref(json);
        } else {
            add(dump, text("%s %s %s", label, section, line));
        }
    }
    free(raw);
}

/* Which end of a veth pair belongs to which: the part of the network that no single link tells. */
static void add_peers(struct dump *dump)
{
    for (size_t i = 0; i < dump->end_count; i++) {
        struct end *end = &dump->ends[i];
        const char *peer = "?";

        for (size_t j = 0; j < dump->end_count; j++) {
            struct end *other = &dump->ends[j];
            bool there = end->link_ns ? strcmp(other->ns, end->link_ns) == 0
                                      : other->ns[0] == '(' || strcmp(other->ns, end->ns) == 0;

            if (i != j && there && other->index == end->link_index &&
                (end->stands || other->link_index == end->index))
                peer = text("%s:%s", other->ns, other->name);
        }
        add(dump, text("%s link %s peer = %s", end->ns, end->name, peer));
    }
}

static void dump_files(struct dump *dump)
{
    char *copy = strdup(look_at_names(!(dump->flags & DUMP_NO_INDEX))), *rest = NULL;

    if (!copy)
        abort();
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        add(dump, text("%s", line));
    free(copy);
}

/* Calls it for the current namespace and for each that has a name. */
static void each_namespace(void (*see)(void *context, const char *ns), void *context)
{
    DIR *directory = opendir("/run/netns");
    struct dirent *entry;

    see(context, NULL);
    while (directory && (entry = readdir(directory)))
        if (entry->d_name[0] != '.')
            see(context, text("%s", entry->d_name));
    if (directory)
        closedir(directory);
}

/* A name may be that of something else. */
static void see_dump(void *context, const char *ns)
{
    if (look_is_possible(ns))
        dump_namespace(context, ns);
    else
        add(context, text("%s unreadable", ns ? ns : "(own)"));
}

static void see_watch(void *context, const char *ns)
{
    if (look_is_possible(ns))
        watch_add(context, ns);
}

static char *dump_once(unsigned flags, bool *ret_moving)
{
    struct dump dump = {.flags = flags};
    size_t length = 0, at = 0;
    char *result;

    each_namespace(see_dump, &dump);
    add_peers(&dump);
    if (!(flags & DUMP_NO_RUN))
        dump_files(&dump);
    qsort(dump.lines, dump.count, sizeof(*dump.lines), compare_lines);
    for (size_t i = 0; i < dump.count; i++)
        length += strlen(dump.lines[i]) + 1;
    result = malloc(length + 1);
    if (!result)
        abort();
    for (size_t i = 0; i < dump.count; i++)
        at += (size_t)sprintf(result + at, "%s\n", dump.lines[i]);
    *ret_moving = dump.moving;
    free(dump.lines);
    free(dump.ends);
    return result;
}

/* The last few that were handed out. */
static const char *settled[8];

static bool was_settled(const char *dump)
{
    for (size_t i = 0; i < sizeof(settled) / sizeof(settled[0]); i++)
        if (settled[i] && strcmp(settled[i], dump) == 0)
            return true;
    return false;
}

static const char *note_settled(const char *dump)
{
    static size_t count;

    return settled[count++ % (sizeof(settled) / sizeof(settled[0]))] = dump;
}

/*
 * Done when the kernel told of no change meanwhile, or, where it always does, twice is the same.
 * What is as it was when all was quiet is not waited for: tests mostly ask whether it is.
 */
const char *dump_all(unsigned flags)
{
    char *previous = NULL, *last = NULL;
    struct watch watch = {0};
    const char *result;
    bool moving = true;

    each_namespace(see_watch, &watch);
    for (int i = 0; i < 80; i++) {
        bool quiet;

        free(previous);
        previous = last;
        last = dump_once(flags, &moving);
        if (!moving && was_settled(last))
            break;
        quiet = watch_is_quiet(&watch);
        if (!moving && (quiet || (previous && strcmp(previous, last) == 0)))
            break;
    }
    look_watch_close(&watch);
    result = text("%s", last);
    free(previous);
    free(last);
    return note_settled(result);
}
