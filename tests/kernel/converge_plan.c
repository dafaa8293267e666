/* SPDX-License-Identifier: MIT */
/*
 * Job: what an edit needs: the commands that one file has and the other has not, and how many steps
 * that may take.
 */
#include <stdlib.h>
#include <string.h>

#include "converge.h"

enum { WORDS = 64 };

#define SERVICE " </dev/null >/dev/null 2>&1 &" /* how its command ends */

/* A command taken apart; quotes are left out. */
struct words {
    char *copy, *at[WORDS];
    size_t count;
};

static struct words words_of(const char *command)
{
    struct words words = {.copy = strdup(command)};
    char *rest = NULL;

    if (!words.copy)
        abort();
    for (char *word = strtok_r(words.copy, " '", &rest); word && words.count < WORDS;
         word = strtok_r(NULL, " '", &rest))
        words.at[words.count++] = word;
    return words;
}

/* The word behind another one; NULL: it is not there. */
static const char *behind(const struct words *words, const char *word)
{
    for (size_t i = 0; i + 1 < words->count; i++)
        if (strcmp(words->at[i], word) == 0)
            return words->at[i + 1];
    return NULL;
}

const char *command_netns(const char *command)
{
    struct words words = words_of(command);
    const char *name = behind(&words, "-n");

    if (!name)
        name = behind(&words, "exec");
    if (!name)
        name = behind(&words, "fresh");
    name = text("%s", name ? name : "host");
    free(words.copy);
    return name;
}

const char *command_object(const char *command)
{
    static const char *const objects[] = {"link",   "addr", "route", "rule", "neigh",
                                          "sysctl", "vlan", "qdisc", "wg"};
    struct words words = words_of(command);
    const char *found = strstr(command, SERVICE) ? "service" : "fresh";

    for (size_t i = 0; i < words.count && strcmp(found, "fresh") == 0; i++)
        for (size_t j = 0; j < COUNT(objects); j++)
            if (strcmp(words.at[i], objects[j]) == 0) {
                found = objects[j];
                break;
            }
    free(words.copy);
    return found;
}

bool command_concerns(const char *command, const char *netns, const char *iface)
{
    struct words words = words_of(command);
    const char *peer_netns = behind(&words, "netns"), *peer = behind(&words, "name");
    const char *own = command_netns(command);
    bool concerns = false;

    if (strcmp(own, netns) == 0)
        for (size_t i = 0; i < words.count; i++)
            concerns = concerns || strcmp(words.at[i], iface) == 0 ||
                       strstr(words.at[i], text("/%s/", iface));
    if (peer && strcmp(command_object(command), "link") == 0 && strcmp(peer, iface) == 0)
        concerns = concerns || strcmp(!peer_netns                     ? own
                                      : strcmp(peer_netns, "$$") == 0 ? "host"
                                                                      : peer_netns,
                                      netns) == 0;
    free(words.copy);
    return concerns;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_line(struct script *script, const char *line)
{
    script->lines = realloc(script->lines, (script->count + 1) * sizeof(*script->lines));
    if (!script->lines)
        abort();
    script->lines[script->count++] = (char *)text("%s", line);
}

struct script script_of(const char *file)
{
    char *output = strdup(ok("$NETLAB plan --format ip %s | sed 's/ index [0-9]*//g'", file).out);
    struct script script = {0};
    char *rest = NULL;

    if (!output)
        abort();
    for (char *line = strtok_r(output, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (strncmp(line, "ip ", 3) == 0 || strncmp(line, "fresh ", 6) == 0 ||
            strncmp(line, "sysctl ", 7) == 0 || strncmp(line, "bridge ", 7) == 0 ||
            strncmp(line, "tc ", 3) == 0 || strncmp(line, "wg ", 3) == 0 || strstr(line, SERVICE))
            add_line(&script, line);
    free(output);
    if (script.count)
        qsort(script.lines, script.count, sizeof(*script.lines), compare);
    return script;
}

struct script script_difference(const struct script *one, const struct script *other)
{
    struct script result = {0};
    size_t i = 0, j = 0;

    while (i < one->count || j < other->count) {
        int order = i == one->count     ? 1
                    : j == other->count ? -1
                                        : strcmp(one->lines[i], other->lines[j]);

        if (order < 0)
            add_line(&result, one->lines[i]);
        else if (order > 0)
            add_line(&result, other->lines[j]);
        i += order <= 0;
        j += order >= 0;
    }
    return result;
}

/* Altering in place */

static bool has_word(const struct words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->at[i], word) == 0)
            return true;
    return false;
}

/*
 * What makes one interface, or both ends of a link, another one: its command without what can be
 * altered in place. NULL: it makes none. That the file is silent of a value is left in: then it
 * may have to be made anew.
 */
static const char *creation(const char *command)
{
    static const char *const values[] = {"mtu", "address", "txqueuelen"};
    struct words words = words_of(command);
    const char *result = "", *type = behind(&words, "type");
    bool makes = has_word(&words, "add") && strcmp(command_object(command), "link") == 0;

    for (size_t i = 0; makes && i < words.count; i++) {
        if (strcmp(words.at[i], "up") == 0)
            continue;
        if (strcmp(words.at[i], "master") == 0) {
            i++;
            continue;
        }
        result = text("%s %s", result, words.at[i]);
        for (size_t j = 0; j < COUNT(values); j++)
            if (strcmp(words.at[i], values[j]) == 0) {
                i++;
                break;
            }
        /* each of a bridge's options can be altered */
        if (type && strcmp(type, "bridge") == 0 && words.at[i] == type)
            break;
    }
    free(words.copy);
    return makes ? result : NULL;
}

static struct script creations(const struct script *script)
{
    struct script result = {0};

    for (size_t i = 0; i < script->count; i++) {
        const char *made = creation(script->lines[i]);

        if (made)
            add_line(&result, made);
    }
    return result;
}

static bool has_line(const struct script *script, const char *line)
{
    for (size_t i = 0; i < script->count; i++)
        if (strcmp(script->lines[i], line) == 0)
            return true;
    return false;
}

static bool has_lines(const struct script *script, const struct script *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        if (!has_line(script, lines->lines[i]))
            return false;
    return true;
}

static const char *shell_netns(const char *netns)
{
    return strcmp(netns, "$$") == 0 ? "host" : netns;
}

/* The interfaces that a command makes, as `NS:IF NS:IF `. */
static const char *made_by(const char *command)
{
    struct words words = words_of(command);
    const char *own = command_netns(command), *netns = behind(&words, "netns"), *result;
    const char *peer = NULL;

    for (size_t i = 0; i + 2 < words.count; i++)
        if (strcmp(words.at[i], "peer") == 0)
            peer = words.at[i + 2]; /* `peer name NAME` */
    if (netns)
        netns = shell_netns(netns);
    else
        netns = own;
    result = peer ? text("%s:%s %s:%s ", own, behind(&words, "name"), netns, peer)
                  : text("%s:%s ", netns, behind(&words, "name"));
    free(words.copy);
    return result;
}

/* Whether it makes a bridge that something is plugged into there. */
static bool has_ports(const struct script *script, const char *command)
{
    struct words words = words_of(command);
    const char *name = behind(&words, "name"), *netns = command_netns(command);
    bool found = false;

    for (size_t i = 0; i < script->count && !found; i++) {
        struct words other = words_of(script->lines[i]);
        const char *master = behind(&other, "master");

        found = master && strcmp(master, name) == 0 &&
                strcmp(command_netns(script->lines[i]), netns) == 0;
        free(other.copy);
    }
    free(words.copy);
    return found;
}

/* A bridge that loses its last port has no MAC any more, and is made anew to get one. */
static bool loses_ports(const struct script *from, const struct script *to, const char *command)
{
    return strstr(command, " type bridge") && has_ports(from, command) && !has_ports(to, command);
}

const char *script_keeps(const struct script *from, const struct script *to)
{
    struct script before = creations(from), after = creations(to);
    bool same_ones = has_lines(&before, &after) && has_lines(&after, &before);
    const char *result = " ";

    for (size_t i = 0; i < from->count; i++) {
        const char *made = creation(from->lines[i]);

        /* one that stands on another is made anew when that is */
        if (made && has_line(&after, made) &&
            (same_ones || !strstr(from->lines[i], " link add link ")) &&
            !loses_ports(from, to, from->lines[i]) && !loses_ports(to, from, from->lines[i]))
            result = text("%s%s", result, made_by(from->lines[i]));
    }
    free(before.lines);
    free(after.lines);
    return result;
}

/* What an edit needs */

/* Whether what differs is only altered in place: no namespace, no interface is made or goes. */
static bool is_altered(const struct script *from, const struct script *to)
{
    struct script before = creations(from), after = creations(to);
    struct script differs = script_difference(from, to);
    bool altered = has_lines(&before, &after) && has_lines(&after, &before);

    for (size_t i = 0; i < differs.count; i++)
        altered = altered && strcmp(command_object(differs.lines[i]), "fresh") != 0;
    free(before.lines);
    free(after.lines);
    free(differs.lines);
    return altered;
}

/* What a command is about: the same interface, made or set. */
static const char *subject(const char *command)
{
    const char *made = creation(command), *dev;
    struct words words = words_of(command);

    if (!made && (dev = behind(&words, "dev")))
        made = text("%s %s", command_netns(command), dev);
    free(words.copy);
    return made ? made : command;
}

/* The other form of a command that differs; "": there is none. */
static const char *other_form(const struct script *differs, const char *command)
{
    for (size_t i = 0; i < differs->count; i++)
        if (strcmp(differs->lines[i], command) != 0 &&
            strcmp(command_object(differs->lines[i]), "link") == 0 &&
            strcmp(subject(differs->lines[i]), subject(command)) == 0)
            return differs->lines[i];
    return "";
}

static bool differ_in(const struct words *one, const struct words *other, const char *word)
{
    const char *value = behind(one, word), *other_value = behind(other, word);

    return has_word(one, word) != has_word(other, word) ||
           (value && other_value && strcmp(value, other_value) != 0);
}

/*
 * Whether the kernel takes things away when an interface is altered so: it goes down, is too small
 * for IPv6, or is given to something that has routes or addresses of its own.
 */
static bool shakes(const struct script *to, const struct script *differs, const char *command)
{
    struct words words = words_of(command), other = words_of(other_form(differs, command));
    const char *mtu = behind(&words, "mtu");
    bool result = has_word(&words, "up") != has_word(&other, "up") ||
                  has_word(&words, "down") != has_word(&other, "down") || (mtu && atoi(mtu) < 1280);

    for (size_t i = 0; i < to->count && differ_in(&words, &other, "master"); i++)
        result = result || strstr(to->lines[i], " type vrf") || strstr(to->lines[i], " type bond");
    free(words.copy);
    free(other.copy);
    return result;
}

/* Whether the kernel may take the one thing away along with the other. altered: in place. */
static bool hangs_on(const char *command, const char *other, bool altered)
{
    const char *object = command_object(command), *changed = command_object(other);

    if (strcmp(command_netns(command), command_netns(other)) != 0)
        return !altered && strcmp(changed, "link") == 0 &&
               strstr(other, text(" netns %s", strcmp(command_netns(command), "host") == 0
                                                   ? "$$"
                                                   : command_netns(command)));
    if (altered && strcmp(changed, "link") == 0)
        return strcmp(object, "vlan") == 0 && strstr(other, " type bridge");
    if (strcmp(changed, "link") == 0 || strcmp(changed, "fresh") == 0)
        return true;
    if (strcmp(changed, "addr") == 0)
        return strcmp(object, "addr") == 0 || strcmp(object, "route") == 0;
    return strcmp(changed, "sysctl") == 0 && strcmp(object, "sysctl") == 0;
}

/*
 * A step for each command that differs, and for each that the kernel may have undone along with
 * those; a few that are no commands: making interfaces ready, names of namespaces.
 */
size_t script_bound(const struct script *from, const struct script *to, bool reordered)
{
    struct script differs = script_difference(from, to);
    bool altered = is_altered(from, to), *shaken = calloc(differs.count + 1, sizeof(*shaken));
    size_t few = altered ? 2 : 6, bound = differs.count ? differs.count + few : reordered ? few : 0;

    if (!shaken)
        abort();
    for (size_t j = 0; altered && j < differs.count; j++)
        shaken[j] = strcmp(command_object(differs.lines[j]), "link") == 0 &&
                    shakes(to, &differs, differs.lines[j]);
    for (size_t i = 0; i < to->count; i++)
        for (size_t j = 0; j < differs.count; j++)
            if (hangs_on(to->lines[i], differs.lines[j], altered && !shaken[j])) {
                bound++;
                break;
            }
    free(shaken);
    free(differs.lines);
    return bound;
}
