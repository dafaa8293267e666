/* SPDX-License-Identifier: MIT */
/*
 * Job: the main of test programs, skipping, sandboxes.
 * In: suites. Out: what failed and was skipped, counts.
 *
 * check knows no skipping: a test that is skipped fails with a message that begins with SKIP_MARK.
 * That comes through check's own pipe, so it survives the fork; we read it from the TAP log, the
 * only place where check tells the names of tests. Rounds of a loop have the same name there: they
 * are told apart by their order.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define SKIP_MARK "\x01SKIP "

struct counts {
    long passed, failed, skipped;
};

static char **patterns;
static const char *suite_name, *case_name;
static char *about;

static bool is_meant(const char *pattern, const char *name)
{
    return fnmatch(pattern, name, 0) == 0 || (suite_name && fnmatch(pattern, suite_name, 0) == 0) ||
           (case_name && fnmatch(pattern, case_name, 0) == 0);
}

bool test_wanted(const char *name)
{
    bool named = false, any = false;

    for (char **p = patterns; p && *p; p++) {
        if (**p == '!' && is_meant(*p + 1, name))
            return false;
        any = any || **p != '!';
        named = named || (**p != '!' && is_meant(*p, name));
    }
    return named || !any;
}

Suite *test_suite(const char *name)
{
    suite_name = name;
    case_name = NULL;
    return (suite_create)(name);
}

TCase *test_tcase(const char *name)
{
    case_name = name;
    return (tcase_create)(name);
}

_Noreturn void test_fail_at(const char *file, int line, const char *format, ...)
{
    char *message = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&message, format, args) < 0)
        abort();
    va_end(args);
    _ck_assert_failed(file, line, "failed", "%s%s", about ? about : "", message);
    abort(); /* not reached; check does not say so to all compilers */
}

void test_about(const char *format, ...)
{
    char *plain = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&plain, format, args) < 0)
        abort();
    va_end(args);
    free(about);
    if (asprintf(&about, "%s: ", plain) < 0)
        abort();
    free(plain);
}

_Noreturn void test_skip(const char *format, ...)
{
    char *reason = NULL;
    const char *strict = getenv("NETLAB_NO_SKIP");
    va_list args;

    va_start(args, format);
    if (vasprintf(&reason, format, args) < 0)
        abort();
    va_end(args);
    if (strict && strcmp(strict, "1") == 0)
        test_fail("skipped: %s", reason);
    _ck_assert_failed(__FILE__, __LINE__, "skipped", SKIP_MARK "%s", reason);
    abort();
}

long env_number(const char *name, long fallback)
{
    const char *value = getenv(name);

    return value && *value ? strtol(value, NULL, 10) : fallback;
}

/* Whether it is the result of that test: a message may have lines that look like one. */
static bool is_result(const char *line, const char *word, long number)
{
    size_t length = strlen(word);
    char *end;

    return strncmp(line, word, length) == 0 && strtol(line + length, &end, 10) == number &&
           strncmp(end, " - ", 3) == 0;
}

/* TCASE:TEST, with the number of a round that is not the first one. */
struct test_name {
    char text[256];
    long round;
};

/* Of `ok 1 - FILE:TCASE:TEST: message`; what is left of the line: its message. */
static const char *read_name(const char *line, struct test_name *name)
{
    const char *begin = strstr(line, " - "), *end;
    size_t length;

    begin = begin ? begin + 3 : line;
    begin += strcspn(begin, ":"); /* the file: the message of a failure has it again */
    begin += *begin == ':';
    end = strchr(begin, ':');
    end = end ? end + 1 + strcspn(end + 1, ":") : begin + strlen(begin);
    length = (size_t)(end - begin);
    if (length >= sizeof(name->text))
        length = sizeof(name->text) - 1;
    if (strlen(name->text) == length && strncmp(name->text, begin, length) == 0) {
        name->round++;
    } else {
        snprintf(name->text, sizeof(name->text), "%.*s", (int)length, begin);
        name->round = 0;
    }
    return *end ? end + 2 : end;
}

static void print_result(const char *word, const char *program, const struct test_name *name,
                         const char *message)
{
    printf("%s %s:%s", word, program, name->text);
    if (name->round)
        printf("[%ld]", name->round);
    printf("%s%s\n", message ? ": " : "", message ? message : "");
}

/* Lines of the log; a message may go on in further lines. */
static void read_log(FILE *log, const char *program, struct counts *counts)
{
    struct test_name name = {0};
    char *line = NULL;
    size_t size = 0;
    long number = 1;
    bool failing = false, names = env_number("NETLAB_NAMES", 0);

    while (getline(&line, &size, log) > 0) {
        const char *message, *skip;

        line[strcspn(line, "\n")] = '\0';
        if (is_result(line, "ok ", number)) {
            number++;
            counts->passed++;
            failing = false;
            (void)read_name(line, &name);
            if (names)
                print_result("# passed", program, &name, NULL);
        } else if (is_result(line, "not ok ", number)) {
            number++;
            message = read_name(line, &name);
            skip = strstr(message, SKIP_MARK);
            failing = !skip;
            if (skip) {
                counts->skipped++;
                print_result("SKIP", program, &name, skip + strlen(SKIP_MARK));
            } else {
                counts->failed++;
                print_result("FAIL", program, &name, message);
            }
        } else if (failing && !(line[0] >= '0' && line[0] <= '9' && strstr(line, ".."))) {
            printf("     %s\n", line); /* but not the plan, `1..N` */
        }
    }
    free(line);
}

static void run_suite(Suite *suite, const char *program, const char *log_path,
                      struct counts *counts)
{
    SRunner *runner = srunner_create(suite);
    FILE *log;

    srunner_set_fork_status(runner, CK_FORK);
    srunner_set_tap(runner, log_path);
    srunner_run(runner, getenv("CK_RUN_SUITE"), getenv("CK_RUN_CASE"), CK_SILENT);
    srunner_free(runner);
    log = fopen(log_path, "re");
    if (log) {
        read_log(log, program, counts);
        fclose(log);
    }
    unlink(log_path);
    fflush(stdout);
}

void test_swept(long number, const char *what)
{
    FILE *file = fopen(text("%s/counts", getenv("TMP")), "ae");

    if (!file)
        test_fail("can not count");
    fprintf(file, "%ld %s\n", number, what);
    fclose(file);
}

static void print_sums(void)
{
    fputs(
        sh("awk '{ n = $1; sub(/^[^ ]* /, \"\"); sum[$0] += n } "
           "END { for (what in sum) print \"# \" sum[what] \" \" what }' $TMP/counts 2>/dev/null | "
           "sort -k 3")
            .out,
        stdout);
}

static void set_environment(const char *directory)
{
    const char *netlab = getenv("NETLAB");

    setenv("NETLAB", netlab && *netlab ? netlab : NETLAB_COMMAND, 1);
    setenv("SOURCE", SOURCE_DIR, 1);
    setenv("EXAMPLES", SOURCE_DIR "/examples", 1);
    setenv("TMP", directory, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("NO_COLOR", "1", 1);
    setenv("CK_DEFAULT_TIMEOUT", "60", 0);
    unsetenv("NETLAB_LAB");
}

static void remove_directory(const char *directory)
{
    char *command = NULL;

    if (asprintf(&command, "rm -rf '%s'", directory) < 0 || system(command) != 0)
        fprintf(stderr, "can not remove %s\n", directory);
    free(command);
}

int test_main(int argc, char **argv, const char *name, Suite *(*const suites[])(void))
{
    char directory[] = "/tmp/netlab-test-XXXXXX";
    struct counts counts = {0};
    const char *counts_path = getenv("NETLAB_COUNTS");
    char *log_path = NULL;

    patterns = argc > 1 ? argv + 1 : NULL;
    /* nohup and shells that run it in the background have some ignored */
    signal(SIGHUP, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    if (!mkdtemp(directory) || asprintf(&log_path, "%s.tap", directory) < 0) {
        perror("mkdtemp");
        return EXIT_FAILURE;
    }
    set_environment(directory);
    check_set_max_msg_size(1 << 20);
    for (size_t i = 0; suites[i]; i++)
        run_suite(suites[i](), name, log_path, &counts);
    free(log_path);
    print_sums();
    remove_directory(directory);

    printf("%s: %ld passed, %ld failed, %ld skipped\n", name, counts.passed, counts.failed,
           counts.skipped);
    if (counts_path) {
        FILE *file = fopen(counts_path, "ae");

        if (!file) {
            perror(counts_path);
            return EXIT_FAILURE;
        }
        fprintf(file, "%s %ld %ld %ld\n", name, counts.passed, counts.failed, counts.skipped);
        fclose(file);
    }
    if (counts.passed + counts.failed + counts.skipped == 0)
        printf("%s: no test was run\n", name);
    return counts.failed || counts.passed + counts.skipped == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Sandboxes */

static void write_file(const char *path, const char *content)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, content, strlen(content)) != (ssize_t)strlen(content))
        test_fail("can not write %s: %s", path, strerror(errno));
    close(fd);
}

/*
 * A process that stays outside, and gives the user namespace that its parent is about to make all
 * users and groups: who is in there may not. It begins when the parent closes *ret_go.
 */
static pid_t fork_mapper(int *ret_go)
{
    pid_t parent = getpid(), pid;
    int go[2];
    char byte;

    if (pipe2(go, O_CLOEXEC) < 0 || (pid = fork()) < 0)
        test_fail("can not fork: %s", strerror(errno));
    *ret_go = go[1];
    close(go[pid ? 0 : 1]);
    if (pid)
        return pid;
    while (read(go[0], &byte, 1) < 0)
        continue;
    for (int i = 0; i < 2; i++) {
        char path[64];
        int fd;

        snprintf(path, sizeof(path), "/proc/%d/%s", (int)parent, i ? "gid_map" : "uid_map");
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, "0 0 65536", 9) != 9)
            _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

static bool has_mapped(pid_t mapper, int go)
{
    int status;

    close(go);
    return waitpid(mapper, &status, 0) == mapper && status == 0;
}

static void become_root(unsigned uid, unsigned gid)
{
    char line[64];

    write_file("/proc/self/setgroups", "deny");
    snprintf(line, sizeof(line), "0 %u 1", uid);
    write_file("/proc/self/uid_map", line);
    snprintf(line, sizeof(line), "0 %u 1", gid);
    write_file("/proc/self/gid_map", line);
}

static void set_lo_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        test_fail("can not set lo up: %s", strerror(errno));
    close(fd);
}

/* all: other users as well, where we may give it any. */
static void enter(bool user, bool all)
{
    unsigned uid = geteuid(), gid = getegid();
    int flags = CLONE_NEWNET | CLONE_NEWNS, go = -1;
    pid_t mapper = user && all && uid == 0 ? fork_mapper(&go) : -1;

    if (unshare(flags | (user ? CLONE_NEWUSER : 0)) < 0) {
        if (errno == EPERM)
            test_skip("not allowed to make %s",
                      user ? "a user namespace (a chroot has none)" : "namespaces");
        test_fail("unshare: %s", strerror(errno));
    }
    if (user && (mapper < 0 || !has_mapped(mapper, go)))
        become_root(uid, gid);
    /* Slaves first: what we mount must not reach the machine, whatever was shared. */
    if (mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        test_fail("can not make mounts private: %s", strerror(errno));
    if (mount("sandbox", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0)
        test_fail("can not mount /run: %s", strerror(errno));
    /* /sys shows the network namespace that it was mounted in. A container may forbid this one. */
    if (mount("sandbox", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 && !user)
        test_fail("can not mount /sys: %s", strerror(errno));
    set_lo_up();
}

void sandbox_enter(void)
{
    enter(geteuid() != 0, false);
}

void sandbox_enter_user(void)
{
    enter(true, false);
}

void sandbox_enter_users(void)
{
    enter(true, true);
}
