/* SPDX-License-Identifier: MIT */
/*
 * Job: many netlabs at once, on the same lab and on labs that get in each other's way; waiting for
 * another netlab. Whatever comes first, each command ends as docs/cli.md has it, and in the end
 * nothing is left.
 * NETLAB_SECONDS: how long they go on (5). NETLAB_SEED: what they do (random).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"

/* Many at once */

/* Most of what is done is done to the first one. */
static const struct topology crowd[] = {
    {"one", "namespaces:\n"
            "  one-a: {interfaces: {eth0: {addresses: [10.0.0.1/24, 'fd00::1/64']}}}\n"
            "  one-b: {interfaces: {eth0: {addresses: [10.0.0.2/24, 'fd00::2/64']}}}\n"
            "links: [[one-a:eth0, one-b:eth0]]\n"},
    /* Two that want a namespace of the same name. */
    {"left", "namespaces: {left: , disputed: {interfaces: {br0: {type: bridge}}}}\n"
             "links: [[left:eth0, disputed:br0]]\n"},
    {"right", "namespaces: {disputed: , right: }\nlinks: [[right:eth0, disputed:eth0]]\n"},
    /* Two with bridges of their own in the host, and settings of it that they share. */
    {"bridge-a", "namespaces:\n"
                 "  host:\n"
                 "    forwarding: ipv4\n"
                 "    interfaces: {br-a: {type: bridge, addresses: [10.1.0.1/24]}}\n"
                 "    sysctls: {net.ipv4.conf.all.arp_ignore: 1}\n"
                 "  a: {interfaces: {eth0: {addresses: [10.1.0.2/24]}}}\n"
                 "links: [[a:eth0, host:br-a]]\n"},
    {"bridge-b", "namespaces:\n"
                 "  host:\n"
                 "    forwarding: ipv4\n"
                 "    interfaces: {br-b: {type: bridge, addresses: [10.2.0.1/24]}}\n"
                 "    sysctls: {net.ipv4.conf.all.arp_ignore: 1}\n"
                 "  b: {interfaces: {eth0: {addresses: [10.2.0.2/24]}}}\n"
                 "links: [[b:eth0, host:br-b]]\n"},
    /* Those that want the same bridge, another value, the same route. */
    {"rival", "namespaces:\n"
              "  host: {interfaces: {br-a: {type: bridge}}}\n"
              "  r: \n"
              "  s: \n"
              "links: [[r:eth0, host:br-a], [s:eth0, host:br-a]]\n"},
    {"contrary", "namespaces: {host: {sysctls: {net.ipv4.conf.all.arp_ignore: 2}}}\n"},
    {"routes", "namespaces:\n"
               "  host:\n"
               "    interfaces: {lo: {addresses: [192.0.2.7/32]}}\n"
               "    routes: [{to: 10.9.0.0/16, type: blackhole}, {to: 'fd09::/64', dev: lo}]\n"
               "    rules: [{priority: 4711, from: 10.9.0.0/16, table: 4711}]\n"},
    {"detour", "namespaces:\n"
               "  host: {routes: [{to: 10.8.0.0/16, type: blackhole},\n"
               "                  {to: 10.9.0.0/16, type: blackhole}]}\n"},
};

/* What two of them are, too: `up` brings them from the one to the other, and back. */
static const struct {
    size_t lab;
    const char *yaml;
} others[] = {
    {0, "namespaces:\n"
        "  one-a:\n"
        "    interfaces: {eth0: {addresses: [10.0.0.1/24, 10.0.1.1/24], alias: first}}\n"
        "    routes: [{to: 10.9.0.0/16, via: 10.0.0.2}]\n"
        "  one-b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}, forwarding: true}\n"
        "  one-c:\n"
        "links: [[one-a:eth0, one-b:eth0], [one-c:eth0, one-b:eth1]]\n"},
    {3, "namespaces:\n"
        "  host:\n"
        "    interfaces: {br-a: {type: bridge, addresses: [10.1.0.9/24, 10.1.1.9/24]}}\n"
        "    routes: [{to: 10.7.0.0/16, via: 10.1.0.2}]\n"
        "  a: {interfaces: {eth0: {addresses: [10.1.0.2/24]}, eth1: {addresses: [10.1.1.2/24]}}}\n"
        "links: [[a:eth0, host:br-a], [a:eth1, host:br-a]]\n"},
};

enum { WORKERS = 8, LEAST = 40, LABS = COUNT(crowd) };
static const char *files[LABS];

enum verb { UP, DOWN, STATUS, EXEC, VERBS };
static const char *const verb_names[VERBS] = {"up", "down", "status", "exec"};

/* What a command may say when it does not do what it was told; NULL ends the list. */
static const struct {
    int status;
    const char *const reasons[8];
} refusals[VERBS] = {
    [UP] = {3,
            {"is busy: another netlab is at work on it", "is up already",
             "exists already: it is lab", "exists in the host's namespace already",
             "of the host to ", "File exists (EEXIST)"}},
    [DOWN] = {3, {"is busy: another netlab is at work on it"}},
    [STATUS] = {1, {"is not up"}},
    [EXEC] = {125,
              {"no lab that is up has a namespace ", "is not up, or has no namespace ",
               ": No such file or directory"}},
};

/* What a worker did; shared with the test. */
struct tally {
    long done[VERBS], refused[VERBS], changed;
    char failure[8192];
};

/* Every error that it tells of is one of those that are to be expected. */
static bool is_expected(enum verb verb, const char *output)
{
    char *copy = strdup(output), *rest = NULL;
    bool expected = false, unexpected = false;

    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        bool known = false;

        if (!strstr(line, "error: ") && !strstr(line, "warning: "))
            continue;
        for (const char *const *reason = refusals[verb].reasons; *reason; reason++)
            known = known || strstr(line, *reason);
        expected = expected || known;
        unexpected = unexpected || !known;
    }
    free(copy);
    return expected && !unexpected;
}

static bool is_change(const char *output)
{
    return strstr(output, " changes in ") || strstr(output, " change in ");
}

static void judge(struct tally *tally, enum verb verb, const char *const argv[], int status)
{
    const char *output = file_text(text("%s/output", getenv("TMP"))), *command = "";

    if (status == 0 && !strstr(output, "error: ") && !strstr(output, "warning: "))
        tally->done[verb]++, tally->changed += is_change(output);
    else if (status == refusals[verb].status && is_expected(verb, output))
        tally->refused[verb]++;
    else {
        for (; *argv; argv++)
            command = text("%s %s", command, *argv);
        snprintf(tally->failure, sizeof tally->failure, "exit status %d:%s\n%s", status, command,
                 output);
    }
}

/* One of both texts; whoever reads the file meanwhile reads one of them, too. */
static void rewrite(size_t lab, bool other)
{
    for (size_t i = 0; i < COUNT(others); i++)
        if (others[i].lab == lab &&
            rename(file_with("next.yaml", other ? others[i].yaml : crowd[lab].yaml), files[lab]) <
                0)
            test_fail("can not write %s: %s", files[lab], strerror(errno));
}

static void do_something(struct tally *tally, unsigned *seed)
{
    static const enum verb verbs[] = {UP, UP, UP, UP, DOWN, DOWN, DOWN, STATUS, EXEC, EXEC};
    static const char *const timeouts[] = {"0", "0.01", "600"};
    enum verb verb = verbs[(size_t)rand_r(seed) % COUNT(verbs)];
    size_t lab = rand_r(seed) % 5 < 2 ? 0 : (size_t)rand_r(seed) % LABS;
    bool in_short = rand_r(seed) % 2;
    const char *argv[8] = {getenv("NETLAB"), verb_names[verb]};
    size_t count = 2;

    switch (verb) {
    case UP:
        rewrite(lab, in_short);
        /* fall through */
    case DOWN:
        argv[count++] = "--lock-timeout";
        argv[count++] = timeouts[(size_t)rand_r(seed) % COUNT(timeouts)];
        argv[count++] = verb == DOWN && in_short ? crowd[lab].name : files[lab];
        if (verb == DOWN && rand_r(seed) % 32 == 0)
            argv[count - 1] = "--all";
        break;
    case STATUS:
        argv[count++] = in_short ? "--json" : crowd[lab].name;
        break;
    case EXEC:
        argv[count++] = in_short ? "one-a" : text("%s:disputed", crowd[1 + rand_r(seed) % 2].name);
        argv[count++] = "true";
        break;
    case VERBS:
        break;
    }
    judge(tally, verb, argv, finish(start(argv)));
}

static double seconds_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* In a process of its own. */
_Noreturn static void work(struct tally *tally, int number, unsigned seed, double until)
{
    const char *directory = text("%s/%d", getenv("TMP"), number);

    if (mkdir(directory, 0700) < 0 && errno != EEXIST)
        _exit(1);
    setenv("TMP", directory, 1); /* for start(): output of one's own */
    for (int i = 0; (i < LEAST || seconds_now() < until) && !*tally->failure; i++)
        do_something(tally, &seed);
    _exit(0);
}

static void print_tally(const struct tally *tallies)
{
    const char *line = "";
    long total = 0, changed = 0;

    for (int verb = 0; verb < VERBS; verb++) {
        long done = 0, refused = 0;

        for (int i = 0; i < WORKERS; i++) {
            done += tallies[i].done[verb];
            refused += tallies[i].refused[verb];
        }
        if (done == 0)
            test_fail("no %s did what it was told", verb_names[verb]);
        total += done + refused;
        line = text("%s, %ld %s (%ld refused)", line, done + refused, verb_names[verb], refused);
    }
    for (int i = 0; i < WORKERS; i++)
        changed += tallies[i].changed;
    if (changed == 0 && total > 1000) /* of few commands none may meet such a lab */
        test_fail("no up brought a lab from one text to the other");
    printf("# %ld commands of %d at once%s; %ld up of a lab that was another\n", total, WORKERS,
           line, changed);
}

START_TEST (test_many_at_once) {
    long seed = env_number("NETLAB_SEED", (long)time(NULL) ^ getpid());
    double until = seconds_now() + (double)env_number("NETLAB_SECONDS", 5) / 2;
    struct tally *tallies = mmap(NULL, WORKERS * sizeof *tallies, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pids[WORKERS];
    const char *before;

    ck_assert_ptr_ne(tallies, MAP_FAILED);
    test_about("NETLAB_SEED=%ld", seed);
    if (_i) /* without: /run/netns comes and goes, too */
        make_foreign();
    for (int i = 0; i < LABS; i++)
        files[i] = topology_file(&crowd[i]);
    before = dump_all(0);
    for (int i = 0; i < WORKERS; i++) {
        pids[i] = fork();
        ck_assert_int_ge(pids[i], 0);
        if (pids[i] == 0)
            work(&tallies[i], i, (unsigned)seed + (unsigned)i, until);
    }
    for (int i = 0; i < WORKERS; i++)
        ck_assert_int_eq(finish(pids[i]), 0);
    for (int i = 0; i < WORKERS; i++)
        if (*tallies[i].failure)
            test_fail("%s", tallies[i].failure);
    print_tally(tallies);
    for (size_t i = 0; i < COUNT(others); i++) {
        ok("$NETLAB down --all");
        ok("$NETLAB up %s && $NETLAB diff %s", files[others[i].lab], files[others[i].lab]);
    }
    ok("$NETLAB down --all");
    same(before, dump_all(0));
}
END_TEST

/* Waiting for another netlab */

#define ONE "/run/netlab/one"

/* What another netlab that is at work on lab `one` has; closing it lets go. */
static int hold(void)
{
    int fd;

    ok("mkdir -p " ONE);
    fd = open(ONE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
        test_fail("can not lock " ONE ": %s", strerror(errno));
    return fd;
}

/* start(), each with an output of its own: $TMP/NUMBER/output. */
static pid_t start_apart(int number, const char *const argv[])
{
    const char *directory = getenv("TMP"), *own = text("%s/%d", directory, number);
    pid_t pid;

    if (mkdir(own, 0700) < 0 && errno != EEXIST)
        test_fail("%s: %s", own, strerror(errno));
    setenv("TMP", own, 1);
    pid = start(argv);
    setenv("TMP", text("%s/..", own), 1);
    return pid;
}

static const char *output_of(int number)
{
    return file_text(text("%s/%d/output", getenv("TMP"), number));
}

/* Whether it sleeps, with the lab's directory open. */
static bool is_waiting(pid_t pid)
{
    const char *stat = file_text(text("/proc/%d/stat", (int)pid)), *state = strrchr(stat, ')');
    DIR *fds = opendir(text("/proc/%d/fd", (int)pid));
    const struct dirent *entry;
    bool has_it = false;

    while (fds && (entry = readdir(fds))) {
        char path[256];
        ssize_t size = readlinkat(dirfd(fds), entry->d_name, path, sizeof path);

        has_it = has_it || (size == strlen(ONE) && memcmp(path, ONE, strlen(ONE)) == 0);
    }
    if (fds)
        closedir(fds);
    return has_it && state && strncmp(state, ") S", 3) == 0;
}

/* Starts `netlab VERB` on a lab that is busy, and sees that it waits. */
static pid_t start_waiting(const char *verb, const char *file, int number)
{
    const char *const argv[] = {getenv("NETLAB"), verb, "--lock-timeout", "600", file, NULL};
    pid_t pid = start_apart(number, argv);

    for (int i = 0; i < 6000; i++) {
        if (is_waiting(pid))
            return pid;
        usleep(5000);
    }
    test_fail("it does not wait: %s", output_of(number));
}

START_TEST (test_the_time_is_up) {
    const char *file = topology_file(&crowd[0]), *verb = _i ? "down" : "up", *before;
    struct output output;

    if (_i)
        ok("$NETLAB up %s", file);
    hold();
    before = dump_all(0);
    output = exits(3, "$NETLAB %s %s", verb, file);
    has(output.err, "lab one is busy: another netlab is at work on it");
    has(output.err, "--lock-timeout SECONDS");
    output = exits(3, "$NETLAB %s --lock-timeout 0.2 %s", verb, file);
    has(output.err, "lab one is busy: another netlab is at work on it");
    ck_assert_int_ge((int)output.milliseconds, 190);
    if (_i)
        has(exits(3, "$NETLAB down --all --lock-timeout 0.001").err, "lab one is busy");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_the_lock_is_let_go) {
    const char *before = dump_all(0), *file = topology_file(&crowd[0]);
    int held = hold();
    pid_t pid = start_waiting("up", file, 0);

    close(held);
    ck_assert_int_eq(finish(pid), 0);
    ck_assert(ping("one-a", "10.0.0.2"));
    held = hold();
    pid = start_waiting("down", _i ? "--all" : file, 0);
    ck_assert(ping("one-a", "10.0.0.2"));
    close(held);
    ck_assert_int_eq(finish(pid), 0);
    same(before, dump_all(0));
}
END_TEST

/* No event tells of the lock being let go then. */
START_TEST (test_without_inotify) {
    const char *before = dump_all(0);
    pid_t pid;
    int held;

    ok("echo 0 >/proc/sys/user/max_inotify_instances");
    ck_assert_int_lt(inotify_init1(IN_CLOEXEC), 0);
    held = hold();
    pid = start_waiting("up", topology_file(&crowd[0]), 0);
    close(held);
    ck_assert_int_eq(finish(pid), 0);
    ok("$NETLAB down one");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_interrupted_while_waiting) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    const char *file = topology_file(&crowd[0]), *before;
    bool is_down = _i >= 3;
    int number = numbers[_i % 3], held;
    pid_t pid;

    if (is_down)
        ok("$NETLAB up %s", file);
    held = hold();
    before = dump_all(0);
    pid = start_waiting(is_down ? "down" : "up", file, 0);
    kill(pid, number);
    ck_assert_int_eq(finish(pid), 128 + number);
    has(output_of(0), "interrupted while another netlab was at work on lab one");
    has_not(output_of(0), "taken back");
    same(before, dump_all(0));
    close(held);
    ok("$NETLAB %s %s", is_down ? "down" : "up", file);
}
END_TEST

/* As `down` does it; with _i the lock on what was removed is never let go. */
START_TEST (test_the_directory_goes) {
    const char *before = dump_all(0);
    int held = hold();
    pid_t pid = start_waiting("up", topology_file(&crowd[0]), 0);

    ck_assert_int_eq(rmdir(ONE), 0);
    if (!_i)
        close(held);
    ck_assert_int_eq(finish(pid), 0);
    ck_assert(ping("one-a", "10.0.0.2"));
    ok("$NETLAB down one");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_down_finds_nothing_after_waiting) {
    const char *before = dump_all(0);
    int held = hold();
    pid_t pid = start_waiting("down", "one", 0);

    ck_assert_int_eq(rmdir(ONE), 0);
    close(held);
    ck_assert_int_eq(finish(pid), 0);
    ck_assert_str_eq(output_of(0), "lab one is not up\n");
    same(before, dump_all(0));
}
END_TEST

/* Start `netlab VERB -v`, which stops in the middle: nobody reads more than its first line. */
static pid_t start_blocked(const char *verb, const char *file, int *ret_pipe)
{
    char byte = 0;
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0 || fcntl(fds[1], F_SETPIPE_SZ, 4096) < 0)
        test_fail("pipe: %s", strerror(errno));
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        if (!freopen(text("%s/errors", getenv("TMP")), "w", stderr))
            _exit(127);
        execl(getenv("NETLAB"), "netlab", verb, "-v", file, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    while (byte != '\n')
        if (read(fds[0], &byte, 1) != 1)
            test_fail("%s has ended", verb);
    *ret_pipe = fds[0];
    return pid;
}

/* Lets it go on to its end; the exit status. */
static int unblock(pid_t pid, int pipe)
{
    char bytes[4096];

    while (read(pipe, bytes, sizeof bytes) > 0)
        ;
    close(pipe);
    return finish(pid);
}

/* Another `up`, another `down` is what is waited for. */
START_TEST (test_after_another_netlab) {
    const char *before = dump_all(0), *file = star_file("one", 200);
    pid_t first, second;
    int pipe;

    first = start_blocked("up", file, &pipe);
    second = start_waiting("down", "one", 0);
    ck_assert_int_eq(unblock(first, pipe), 0);
    ck_assert_int_eq(finish(second), 0);
    same(before, dump_all(0));
    ok("$NETLAB up -q %s", file);
    first = start_blocked("down", file, &pipe);
    second = start_waiting("up", file, 0);
    ck_assert_int_eq(unblock(first, pipe), 0);
    ck_assert_int_eq(finish(second), 0);
    ck_assert(ping("h1", star_address(200)));
    ok("$NETLAB down one");
    same(before, dump_all(0));
}
END_TEST

/* The one that is taken away leaves the setting to the one that is on its way up, which fails. */
START_TEST (test_setting_is_left_to_a_lab_that_fails) {
    const char *yaml = "namespaces:\n  host: {sysctls: {net.ipv4.conf.all.arp_ignore: 1}}\n";
    const char *small = file_with("small.yaml", yaml), *before = dump_all(0);
    const char *star = strchr(file_text(star_file("one", 200)), '\n') + 1;
    pid_t pid;
    int pipe;

    ok("$NETLAB up %s", small);
    pid = start_blocked("up", file_with("one.yaml", text("%s%s", yaml, star)), &pipe);
    ok("$NETLAB down small");
    ck_assert_str_eq(sysctl_of(NULL, "net/ipv4/conf/all/arp_ignore"), "1");
    kill(pid, SIGINT);
    ck_assert_int_eq(unblock(pid, pipe), 128 + SIGINT);
    same(before, dump_all(0));
}
END_TEST

/* They all begin at once, since they all wait for the same. */
START_TEST (test_many_wait) {
    enum { EACH = 16 };
    const char *before = dump_all(0), *file = topology_file(&crowd[0]);

    for (int round = 0; round < 3; round++) {
        int held = hold(), status;
        pid_t ups[EACH], downs[EACH];

        for (int i = 0; i < EACH; i++) {
            ups[i] = start_waiting("up", file, i);
            downs[i] = start_waiting("down", i % 2 ? file : "one", EACH + i);
        }
        close(held);
        for (int i = 0; i < EACH; i++) {
            status = finish(ups[i]);
            if (status != 0 && (status != 3 || !strstr(output_of(i), "lab one is up already")))
                test_fail("up: exit status %d: %s", status, output_of(i));
            status = finish(downs[i]);
            if (status != 0)
                test_fail("down: exit status %d: %s", status, output_of(EACH + i));
        }
        ok("$NETLAB down one");
        same(before, dump_all(0));
    }
}
END_TEST

/* What `status` does, again and again: lock it for a moment together with others. */
_Noreturn static void look_on(void)
{
    for (;;) {
        int fd = open(ONE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) == 0)
            usleep(50);
        if (fd >= 0)
            close(fd);
        usleep(200);
    }
}

START_TEST (test_those_who_look_do_not_hinder) {
    const char *before = dump_all(0), *file = topology_file(&crowd[0]);
    pid_t pid = fork();

    if (pid == 0)
        look_on();
    for (int i = 0; i < 100; i++) {
        ok("$NETLAB up %s", file);
        ok("$NETLAB down one");
    }
    kill(pid, SIGKILL);
    finish(pid);
    same(before, dump_all(0));
}
END_TEST

/* Of a setting that is as it wants it already a lab takes note, too. */
START_TEST (test_setting_of_another_lab_stays) {
    const char *before = dump_all(0), *file = file_with("bridge-a.yaml", others[1].yaml);

    ok("$NETLAB up %s", file);
    ok("$NETLAB up %s", topology_file(&crowd[4]));
    file_with("bridge-a.yaml", crowd[3].yaml);
    ok("$NETLAB up %s", file);
    ok("$NETLAB down bridge-b");
    ck_assert_str_eq(ok("cat /proc/sys/net/ipv4/ip_forward").out, "1\n");
    ok("$NETLAB diff %s", file);
    ok("$NETLAB down bridge-a");
    same(before, dump_all(0));
}
END_TEST

/* They look side by side, and wait for who is at work; who is at work waits for them. */
START_TEST (test_those_who_look_wait) {
    static const char *const verbs[] = {"plan", "diff", "dump"};
    const char *file = topology_file(&crowd[0]);
    const char *look = text("%s %s", verbs[_i], _i == 2 ? "one" : file);

    ok("$NETLAB up %s", file);
    ok("exec 9<" ONE "; flock -s 9; timeout 5 $NETLAB %s", look);
    ok("exec 9<" ONE "; flock 9; sleep 0.3 & exec 9>&-; $NETLAB %s", look);
    ok("exec 9<" ONE "; flock -s 9; sleep 0.5 & exec 9>&-; $NETLAB down one");
}
END_TEST

Suite *concurrency_suite(void)
{
    Suite *suite = suite_create("concurrency");
    TCase *tcase = tcase_create("concurrency"), *user = tcase_create("user");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 120 + 2 * (double)env_number("NETLAB_SECONDS", 5));
    tcase_add_loop_test(tcase, test_many_at_once, 0, 2);
    tcase_add_loop_test(tcase, test_the_time_is_up, 0, 2);
    tcase_add_loop_test(tcase, test_the_lock_is_let_go, 0, 2);
    tcase_add_loop_test(tcase, test_interrupted_while_waiting, 0, 6);
    tcase_add_loop_test(tcase, test_the_directory_goes, 0, 2);
    tcase_add_test(tcase, test_down_finds_nothing_after_waiting);
    tcase_add_test(tcase, test_after_another_netlab);
    tcase_add_test(tcase, test_setting_is_left_to_a_lab_that_fails);
    tcase_add_test(tcase, test_many_wait);
    tcase_add_test(tcase, test_those_who_look_do_not_hinder);
    tcase_add_loop_test(tcase, test_those_who_look_wait, 0, 3);
    tcase_add_test(tcase, test_setting_of_another_lab_stays);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(user, sandbox_enter_user, NULL);
    tcase_add_test(user, test_without_inotify);
    suite_add_tcase(suite, user);
    return suite;
}
