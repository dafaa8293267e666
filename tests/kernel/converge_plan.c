/* SPDX-License-Identifier: MIT */
/*
 * Job: what an edit needs: the commands that one file has and the other has not, and how many steps
 * that may take.
 */
#include <stdlib.h>
#include <string.h>

#include "converge.h"

enum { WORDS = 64 };

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
    const char *found = "fresh";

    for (size_t i = 0; i < words.count; i++)
        for (size_t j = 0; j < COUNT(objects); j++)
            if (strcmp(words.at[i], objects[j]) == 0) {
                found = objects[j];
                i = words.count - 1;
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
            strncmp(line, "tc ", 3) == 0 || strncmp(line, "wg ", 3) == 0 ||
            strncmp(line, "/bin/sh ", 8) == 0)
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

/* Whether the kernel may take the one thing away along with the other. */
static bool hangs_on(const char *command, const char *other)
{
    const char *object = command_object(command), *changed = command_object(other);

    if (strcmp(command_netns(command), command_netns(other)) != 0)
        return strcmp(changed, "link") == 0 &&
               strstr(other, text(" netns %s", strcmp(command_netns(command), "host") == 0
                                                   ? "$$"
                                                   : command_netns(command)));
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
    size_t bound = differs.count ? differs.count + 6 : reordered ? 6 : 0;

    for (size_t i = 0; i < to->count; i++)
        for (size_t j = 0; j < differs.count; j++)
            if (hangs_on(to->lines[i], differs.lines[j])) {
                bound++;
                break;
            }
    free(differs.lines);
    return bound;
}
