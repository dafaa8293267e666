/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests share that bring a lab from one state to another.
 */
#include "between.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Texts */

static const char *only(const char *whole, const char *part)
{
    const char *found = strstr(whole, part);

    if (!found || strstr(found + 1, part))
        test_fail("%s '%s' in:\n%s", found ? "there is more than one" : "there is no", part, whole);
    return found;
}

int line_of(const char *yaml, const char *part)
{
    const char *found = only(yaml, part);
    int line = 1;

    for (const char *p = yaml; p < found; p++)
        line += *p == '\n';
    return line;
}

const char *edited(const char *yaml, const char *part, const char *by)
{
    const char *found = only(yaml, part);

    return text("%.*s%s%s", (int)(found - yaml), yaml, by, found + strlen(part));
}

bool listed(const char *words, const char *word)
{
    size_t length = strlen(word);

    for (const char *p = words; p && (p = strstr(p, word)); p++)
        if ((p == words || p[-1] == ' ') && (p[length] == '\0' || p[length] == ' '))
            return true;
    return false;
}

static bool has_all(const char *line, size_t length, const char *const what[4])
{
    const char *copy = text("%.*s", (int)length, line);

    for (int i = 0; i < 4 && what[i]; i++)
        if (!strstr(copy, what[i]))
            return false;
    return true;
}

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* Calls for every line of a text: where it begins, how long it is. */
typedef void line_fn(const char *line, size_t length, void *userdata);

static void each_line(const char *whole, line_fn *fn, void *userdata)
{
    while (*whole) {
        size_t length = strcspn(whole, "\n");

        fn(whole, length, userdata);
        whole += length + (whole[length] == '\n');
    }
}

/* netlab diff */

/* '+', '-', '~', 'o': of others, 's': a summary. Fails if it is none of that. */
static char line_sort(const char *line, const char *file, int *ret_line)
{
    char sign = 0;
    int column = 0;

    *ret_line = 0;
    if (begins(line, "others: "))
        return 'o';
    if (begins(line, "- "))
        return '-';
    if (begins(line, "lab "))
        return 's';
    if (!begins(line, text("%s:", file)) ||
        sscanf(line + strlen(file), ":%d:%d: %c ", ret_line, &column, &sign) != 3 ||
        *ret_line < 1 || column < 1 || (sign != '+' && sign != '~'))
        test_fail("diff prints a line that means nothing: %.200s", line);
    return sign;
}

static void count_line(const char *line, size_t length, void *userdata)
{
    struct differences *differences = userdata;
    int number;
    char sort = line_sort(line, differences->file, &number);

    (void)length;
    differences->count += sort == '+' || sort == '-' || sort == '~';
    differences->others += sort == 'o';
}

struct search {
    const struct differences *differences;
    struct told told;
    int found;
};

static void match_line(const char *line, size_t length, void *userdata)
{
    struct search *search = userdata;
    const struct told *told = &search->told;
    int number;
    char sort = line_sort(line, search->differences->file, &number);
    bool wanted = told->sign ? sort == told->sign : sort == '+' || sort == '-' || sort == '~';

    search->found +=
        wanted && (!told->line || number == told->line) && has_all(line, length, told->what);
}

static int count_lines(const struct differences *differences, const struct told *told)
{
    struct search search = {.differences = differences, .told = *told};

    each_line(differences->text, match_line, &search);
    return search.found;
}

bool tells(const struct differences *differences, const struct told *told)
{
    return count_lines(differences, told) > 0;
}

int tells_of_others(const struct differences *differences, const char *const what[4])
{
    struct told told = {.sign = 'o', .what = {what[0], what[1], what[2], what[3]}};

    return count_lines(differences, &told);
}

static char action_sign(const char *action)
{
    static const struct {
        const char *action;
        char sign;
    } actions[] = {{"add", '+'}, {"remove", '-'}, {"change", '~'}};

    for (size_t i = 0; i < COUNT(actions); i++)
        if (action && strcmp(action, actions[i].action) == 0)
            return actions[i].sign;
    test_fail("diff --json has an action '%s'", action ? action : "(none)");
}

/* What the JSON tells stands in the text too; the counts being equal, so does the reverse. */
static void compare_forms(const struct differences *differences)
{
    json_t *list = json_at(differences->json, "differences");
    json_t *others = json_at(differences->json, "others"), *entry;
    size_t i;

    ck_assert(json_is_array(list) && json_is_array(others));
    ck_assert_int_eq(json_size(list), differences->count);
    ck_assert_int_eq(json_size(others), differences->others);
    ck_assert_int_eq(json_on(differences->json, "same"), differences->count == 0);
    ck_assert_str_eq(json_text(differences->json, "file"), differences->file);
    ck_assert_ptr_nonnull(json_text(differences->json, "lab"));
    json_array_foreach(list, i, entry)
    {
        char sign = action_sign(json_text(entry, "action"));
        struct told told = {
            sign == '-' ? 0 : (int)json_number(entry, "line"), sign, {json_text(entry, "text")}};

        if (!json_text(entry, "object") || !json_text(entry, "text") ||
            (sign != '-' && (told.line < 1 || json_number(entry, "column") < 1)) ||
            !tells(differences, &told))
            test_fail("diff --json has an entry that the text has not: %s\n%s",
                      json_dumps(entry, 0), differences->text);
    }
    json_array_foreach(others, i, entry)
    {
        if (!json_text(entry, "object") || !json_text(entry, "namespace") ||
            !tells_of_others(differences, (const char *const[4]){json_text(entry, "text")}))
            test_fail("diff --json has an entry that the text has not: %s\n%s",
                      json_dumps(entry, 0), differences->text);
    }
}

/* In both forms; of one state, while the kernel is still taking something away. */
static struct output diff_twice(const char *file, json_t **ret_json)
{
    struct output output = sh("$NETLAB diff %s", file), again;

    for (int i = 0; i < 50; i++) {
        *ret_json = json_of("$NETLAB diff --json %s; echo $? >$TMP/diff-status", file);
        again = sh("$NETLAB diff %s", file);
        if (strcmp(again.out, output.out) == 0)
            break;
        output = again;
    }
    return output;
}

struct differences diff_of(const char *file)
{
    json_t *form = NULL;
    struct output output = diff_twice(file, &form);
    struct differences differences = {.file = file, .text = output.out};

    if (output.status != 0 && output.status != 1)
        test_fail("exit status %d: %s\n%s%s", output.status, output.command, output.out,
                  output.err);
    each_line(differences.text, count_line, &differences);
    if (output.status != (differences.count > 0))
        test_fail("diff has exit status %d and %d differences:\n%s", output.status,
                  differences.count, output.out);
    differences.json = form;
    ck_assert_int_eq(atoi(file_text(text("%s/diff-status", getenv("TMP")))), output.status);
    compare_forms(&differences);
    return differences;
}

void is_right_at(const char *at_file, int at_line, const char *file, int others)
{
    struct differences differences = diff_of(file);
    struct output again;
    json_t *json;

    if (differences.count || differences.others != others)
        test_fail_at(at_file, at_line, "%d differences and %d things of others instead of %d:\n%s",
                     differences.count, differences.others, others, differences.text);
    again = sh_expect(at_file, at_line, 0, "$NETLAB up %s", file);
    has_at(at_file, at_line, again.out, "is up: nothing to do", true);
    json = json_of_at(at_file, at_line, "$NETLAB up --json %s", file);
    if (!json_is_false(json_at(json, "done")) || json_number(json, "steps") != 0)
        test_fail_at(at_file, at_line, "there was something to do: %s", json_dumps(json, 0));
}

/* Facts */

#define FACTS                                                                                      \
    "say() { echo \"$@\"; exit 1; }\n"                                                             \
    "shows() { t=$1; shift; \"$@\" >$TMP/fact 2>&1 || say \"failed: $*: $(cat $TMP/fact)\"; "      \
    "grep -qF -- \"$t\" $TMP/fact || say \"no '$t' in $*: $(cat $TMP/fact)\"; }\n"                 \
    "hides() { t=$1; shift; \"$@\" >$TMP/fact 2>&1 || say \"failed: $*: $(cat $TMP/fact)\"; "      \
    "! grep -qF -- \"$t\" $TMP/fact || say \"'$t' in $*: $(cat $TMP/fact)\"; }\n"                  \
    "is() { t=$1; shift; v=$(\"$@\") || say \"failed: $*\"; "                                      \
    "[ \"$t\" = \"$v\" ] || say \"'$v' instead of '$t': $*\"; }\n"                                 \
    "fails() { ! \"$@\" >$TMP/fact 2>&1 || say \"must fail: $*: $(cat $TMP/fact)\"; }\n"           \
    "setting() { ip netns exec $1 cat /proc/sys/$2; }\n"

void facts_at(const char *file, int line, const char *script)
{
    sh_expect(file, line, 0, "%s%s", FACTS, script);
}

/* Identities */

static const char *identities_in(const char *ns)
{
    json_t *links = ip_json("ip %s -j link", ns ? text("-n %s", ns) : ""), *link;
    const char *label = ns ? ns : "host";
    const char *result = text("%s %lu\n", label, ns_inode(ns));
    size_t i;

    json_array_foreach(links, i, link)
    {
        result = text("%s%s:%s %lld\n", result, label, json_text(link, "ifname"),
                      json_number(link, "ifindex"));
    }
    return result;
}

const char *identities(void)
{
    const char *names = sh("ls /run/netns 2>/dev/null").out, *result = identities_in(NULL);

    while (*names) {
        size_t length = strcspn(names, "\n");

        result = text("%s%s", result, identities_in(text("%.*s", (int)length, names)));
        names += length + 1;
    }
    return result;
}

struct identity {
    const char *after, *but;
};

static void compare_identity(const char *line, size_t length, void *userdata)
{
    const struct identity *identity = userdata;
    size_t name_length = strcspn(line, " ");
    const char *name = text("%.*s", (int)name_length, line);
    const char *there = strstr(identity->after, text("\n%s ", name));

    if (there && strncmp(there + 1, line, length + 1) != 0 && !listed(identity->but, name))
        test_fail("%s is another one now: it was%.*s, it is%.*s", name, (int)(length - name_length),
                  line + name_length, (int)strcspn(there + 1 + name_length, "\n"),
                  there + 1 + name_length);
}

void same_identities(const char *before, const char *after, const char *but)
{
    struct identity identity = {text("\n%s", after), but};

    each_line(before, compare_identity, &identity);
}

/* Watching */

static void each_word(const char *words, void (*fn)(const char *word))
{
    while (words && *words) {
        size_t length = strcspn(words, " ");

        fn(text("%.*s", (int)length, words));
        words += length + (words[length] == ' ');
    }
}

/* It listens once its socket has groups. */
static void watch_one(const char *ns)
{
    ok("ip -o %s monitor label >$TMP/watch-%s 2>&1 </dev/null & pid=$!; echo $pid >$TMP/watcher-%s;"
       "for i in $(seq 500); do "
       "awk -v pid=$pid '$3 == pid && $4 != \"00000000\" { found = 1 } END { exit !found }' "
       "/proc/$pid/net/netlink && exit 0; sleep 0.01; done; exit 1",
       strcmp(ns, "host") == 0 ? "" : text("-n %s", ns), ns, ns);
}

void watch(const char *namespaces)
{
    each_word(namespaces, watch_one);
}

/* Neighbours that the kernel found by itself come and go by themselves. */
static void see_one(const char *ns)
{
    struct output seen = sh("kill $(cat $TMP/watcher-%s); "
                            "grep -v '^.NEIGH..*\\(REACHABLE\\|STALE\\|DELAY\\|PROBE\\|INCOMPLETE"
                            "\\|FAILED\\|NOARP\\)' $TMP/watch-%s",
                            ns, ns);

    if (*seen.out)
        test_fail("something happened in %s:\n%s", ns, seen.out);
}

void nothing_happened(const char *namespaces)
{
    each_word(namespaces, see_one);
}

/* Talking */

static bool carries(int from, int to, const char *word)
{
    struct pollfd pollfd = {.fd = to, .events = POLLIN};
    char bytes[16] = "";
    ssize_t length = (ssize_t)strlen(word);

    return send(from, word, (size_t)length, MSG_NOSIGNAL) == length &&
           poll(&pollfd, 1, 20000) == 1 && recv(to, bytes, sizeof(bytes), 0) == length &&
           strcmp(bytes, word) == 0;
}

void talk_goes_on(const struct talk *talk)
{
    if (!carries(talk->client, talk->server, "hello") ||
        !carries(talk->server, talk->client, "yes"))
        test_fail("the connection from %s to %s is dead: %s", talk->from, talk->to,
                  strerror(errno));
}

struct talk talk_begin(const char *from, const char *to, const char *address)
{
    struct talk talk = {from, to, ns_socket(from, AF_INET, SOCK_STREAM), -1};
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(4711)};
    const struct timeval patience = {.tv_sec = 20};
    int listener = ns_socket(to, AF_INET, SOCK_STREAM);

    setsockopt(talk.client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    ck_assert_int_eq(inet_pton(AF_INET, address, &there.sin_addr), 1);
    if (bind(listener, (struct sockaddr *)&there, sizeof(there)) < 0 || listen(listener, 1) < 0 ||
        connect(talk.client, (struct sockaddr *)&there, sizeof(there)) < 0)
        test_fail("%s does not reach %s in %s: %s", from, address, to, strerror(errno));
    talk.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    ck_assert_int_ge(talk.server, 0);
    close(listener);
    talk_goes_on(&talk);
    return talk;
}

void talk_end(const struct talk *talk)
{
    close(talk->client);
    close(talk->server);
}

/* Interrupting */

int interrupt_netlab(const char *verb, const char *file, int signal, unsigned after)
{
    const char *const argv[] = {getenv("NETLAB"), verb, file, NULL};
    pid_t pid = start(argv);

    usleep(after);
    kill(pid, signal);
    return finish(pid);
}

unsigned some_moment(double milliseconds)
{
    return (unsigned)(milliseconds * 1.1e3 * rand() / RAND_MAX);
}

void seed_moments(void)
{
    long number = env_number("NETLAB_SEED", (long)time(NULL) ^ getpid());

    srand((unsigned)number);
    test_about("NETLAB_SEED=%ld", number);
}
