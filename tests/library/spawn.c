/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of processes in namespaces: what they have, what goes wrong, what ends them.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "library.h"

enum { PATIENCE = 60000, ROUNDS = 20 };

/* /bin/sh -c SCRIPT */
#define SHELL(script) ((const char *const[]){"sh", "-c", (script), NULL})

static int spawn(const char *ns, const struct netlab_process *process)
{
    int child = -1;
    int pid = fine(netlab_spawn("duo", ns, process, &child, report));

    ck_assert_int_gt(pid, 0);
    ck_assert_int_ge(child, 0);
    ck_assert_int_eq(fcntl(child, F_GETFD), FD_CLOEXEC);
    return child;
}

static int wait_for(int child)
{
    int status = -1;

    fine(netlab_process_wait(child, PATIENCE, &status));
    close(child);
    return status;
}

/* What a script says there. */
static const char *output_of(const char *ns, const char *script, const struct netlab_process *more)
{
    struct netlab_process process = more ? *more : (struct netlab_process){.argv = NULL};
    char output[8192];
    size_t size = 0;
    int ends[2], status;
    ssize_t got;

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    process.argv = SHELL(script);
    process.out = ends[1];
    status = spawn(ns, &process);
    close(ends[1]);
    while ((got = read(ends[0], output + size, sizeof output - 1 - size)) > 0)
        size += (size_t)got;
    output[size] = '\0';
    close(ends[0]);
    ck_assert_int_eq(wait_for(status), 0);
    return text("%s", output);
}

/* As in `netlab exec`, line by line. */
START_TEST (test_process_has_what_exec_has) {
    const char *script = "readlink /proc/self/ns/net; hostname; ls /sys/class/net; cat /etc/hosts; "
                         "echo $NETLAB_LAB $NETLAB_NS $OWN";
    int before = descriptors();

    setenv("OWN", "mine", 1);
    setenv("NETLAB_NS", "elsewhere", 1);
    ok("cd $TMP && mkdir etc && mount --bind etc /etc && mkdir -p /etc/netns/left && "
       "echo plain >/etc/hosts && echo inside >/etc/netns/left/hosts");
    same(ok("$NETLAB exec left -- sh -c '%s'", script).out, output_of("left", script, NULL));
    has(output_of("left", script, NULL), text("net:[%lu]\n", ns_inode("left")));
    has(output_of("left", script, NULL), "\ninside\nduo left mine\n");
    has(output_of("right", script, NULL), "\nplain\nduo right mine\n");
    same(ok("$NETLAB exec duo:host -- sh -c '%s'", script).out, output_of("host", script, NULL));
    has(output_of(NULL, "readlink /proc/self/ns/net", NULL), text("[%lu]", ns_inode(NULL)));
    has(output_of(NULL, "echo .$NETLAB_NS.", NULL), ".elsewhere.");
    ck_assert_int_eq(descriptors(), before);
}
END_TEST

START_TEST (test_process_is_as_described) {
    const char *const environment[] = {"ONLY=this", NULL};
    struct netlab_process process = {.environment = environment, .directory = "/proc/self"};
    int ends[2], status;
    char bytes[8] = "";

    has(output_of("left", "echo $ONLY .$NETLAB_NS. $PWD; /bin/readlink /proc/$$/cwd", &process),
        "this .. /proc/");
    process = (struct netlab_process){.in = NETLAB_NULL, .err = STDOUT_FILENO};
    ck_assert_str_eq(output_of("left", "cat; readlink /proc/self/fd/0", &process), "/dev/null\n");
    /* one stands where another is to be */
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    process = (struct netlab_process){.argv = SHELL("echo out"), .out = 2, .err = 1};
    status = dup(2);
    dup2(ends[1], 2);
    close(ends[1]);
    ck_assert_int_eq(wait_for(spawn("left", &process)), 0);
    dup2(status, 2);
    close(status);
    ck_assert_int_eq(read(ends[0], bytes, sizeof bytes), 4);
    ck_assert_str_eq(bytes, "out\n");
    close(ends[0]);
    /* descriptors: those that are not close-on-exec; signals: none blocked, none handled */
    has_not(output_of("left", "ls -l /proc/self/fd", NULL), "net:[");
    has(output_of("left", "exec cat /proc/self/status", NULL), "SigBlk:\t0000000000000000\n");
}
END_TEST

static void handle(int number)
{
    (void)number;
}

START_TEST (test_signals_are_the_defaults) {
    struct netlab_process process = {.argv = SHELL("kill -USR1 $$; sleep 60")};
    int child;

    signal(SIGUSR1, handle);
    child = spawn("left", &process);
    ck_assert_int_eq(WTERMSIG(wait_for(child)), SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    process.argv = SHELL("kill -USR1 $$; exit 7");
    ck_assert_int_eq(wait_for(spawn("left", &process)), 7 << 8);
}
END_TEST

START_TEST (test_status_is_that_of_wait) {
    const struct netlab_process process = {.argv = SHELL("read line; exit 3"), .in = NETLAB_NULL};
    const struct netlab_process sleeper = {.argv = (const char *const[]){"sleep", "600", NULL}};
    const struct netlab_process deaf = {.argv = SHELL("trap '' TERM; while :; do sleep 1; done")};
    int child = spawn("left", &process), status = -1;

    fine(netlab_process_wait(child, -1, &status));
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    ck_assert_int_eq(netlab_process_wait(child, 0, NULL), -ECHILD);
    ck_assert_int_eq(netlab_process_end(child, 0, NULL), -ECHILD);
    ck_assert_int_eq(fcntl(child, F_GETFD), -1);

    child = spawn("left", &sleeper);
    ck_assert_int_eq(netlab_process_wait(child, 0, &status), -ETIMEDOUT);
    ck_assert_int_eq(netlab_process_wait(child, 20, &status), -ETIMEDOUT);
    fine(netlab_process_end(child, PATIENCE, &status));
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    child = spawn("left", &sleeper);
    fine(netlab_process_end(child, 0, &status));
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    child = spawn("left", &deaf);
    usleep(100000); /* that its shell gets there is likely, and not needed */
    fine(netlab_process_end(child, 100, &status));
    ck_assert(WIFSIGNALED(status));
}
END_TEST

START_TEST (test_spawn_is_refused) {
    struct netlab_process process = {.argv = (const char *const[]){"no-such-program", NULL}};
    int before = descriptors(), child = -1;

    refused(netlab_spawn("duo", "left", &process, &child, report), ENOENT, "no-such-program");
    process.argv = (const char *const[]){"/etc/passwd", NULL};
    refused(netlab_spawn("duo", "left", &process, &child, report), EACCES, "/etc/passwd");
    process.argv = (const char *const[]){"true", NULL};
    process.directory = "/nowhere";
    refused(netlab_spawn("duo", "left", &process, &child, report), ENOENT, "/nowhere");
    process.directory = NULL;
    process.out = 999;
    refused(netlab_spawn("duo", "left", &process, &child, report), EBADF, "standard output");
    process.out = 0;
    refused(netlab_spawn("nolab", "left", &process, &child, report), ENOENT, "nolab");
    refused(netlab_spawn("duo", "middle", &process, &child, report), ENOENT, "middle");
    fine(netlab_down("duo", NULL, NULL, report));
    refused(netlab_spawn("duo", "left", &process, &child, report), ENOENT, "not up");
    ck_assert_int_eq(child, -1);
    ck_assert_int_eq(descriptors(), before);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no child is left, not even a zombie */
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST (test_many_processes_leave_nothing) {
    const struct netlab_process process = {.argv = (const char *const[]){"true", NULL}};
    const struct netlab_process sleeper = {.argv = (const char *const[]){"sleep", "600", NULL}};
    int before = descriptors();

    for (int i = 0; i < ROUNDS; i++) {
        ck_assert_int_eq(wait_for(spawn(i % 2 ? "left" : "right", &process)), 0);
        fine(netlab_process_end(spawn("left", &sleeper), (unsigned)i % 2, NULL));
    }
    ck_assert_int_eq(descriptors(), before);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

/* A server that says when it is ready by listening, and one that never is. */
START_TEST (test_process_is_waited_for) {
    const struct netlab_process process = {.argv = SHELL("exit 5"), .in = NETLAB_NULL};
    struct netlab_listening what = {.port = 9000, .timeout = 10 * PATIENCE};

    what.process = spawn("left", &process);
    refused(netlab_wait_listening("duo", "left", &what, report), ECHILD, "the process has ended");
    ck_assert_int_eq(wait_for(what.process), 5 << 8);
}
END_TEST

static bool is_running(pid_t pid)
{
    return kill(pid, 0) == 0;
}

/* Down kills what belongs to the lab, and nothing else, before the namespaces go. */
START_TEST (test_processes_end_with_their_lab) {
    const struct netlab_process sleeper = {.argv = (const char *const[]){"sleep", "600", NULL}};
    int before = descriptors(), ours, other, none, in_host, status;

    lab_up("name: other\nnamespaces: {elsewhere: }\n");
    ours = spawn("left", &sleeper);
    in_host = spawn("host", &sleeper);
    none = spawn(NULL, &sleeper);
    fine(netlab_spawn("other", "elsewhere", &sleeper, &other, report));
    fine(netlab_down("duo", NULL, NULL, report));
    ck_assert(WTERMSIG(wait_for(ours)) == SIGKILL);
    ck_assert(WTERMSIG(wait_for(in_host)) == SIGKILL);
    ck_assert_int_eq(netlab_process_wait(none, 0, NULL), -ETIMEDOUT);
    ck_assert_int_eq(netlab_process_wait(other, 0, NULL), -ETIMEDOUT);
    fine(netlab_down("nolab", NULL, NULL, report));
    fine(netlab_process_end(none, 0, &status));
    fine(netlab_down("other", NULL, NULL, report));
    ck_assert(WTERMSIG(wait_for(other)) == SIGKILL);
    ck_assert_int_eq(descriptors(), before);
}
END_TEST

/* A lab of the same name in a sandbox is another one. */
START_TEST (test_labs_of_one_name_are_told_apart) {
    const struct netlab_process sleeper = {.argv = (const char *const[]){"sleep", "600", NULL}};
    int outside = spawn("left", &sleeper), inside;

    fine(netlab_sandbox_enter(NULL, report));
    lab_up("name: duo\nnamespaces: {left: }\n");
    inside = spawn("left", &sleeper);
    fine(netlab_down("duo", NULL, NULL, report));
    ck_assert(WTERMSIG(wait_for(inside)) == SIGKILL);
    ck_assert_int_eq(netlab_process_wait(outside, 0, NULL), -ETIMEDOUT);
    fine(netlab_process_end(outside, 0, NULL));
}
END_TEST

struct caller {
    struct netlab_process process;
    int child, pid;
};

static void *spawn_and_end(void *argument)
{
    struct caller *caller = argument;

    caller->pid = netlab_spawn("duo", "left", &caller->process, &caller->child, NULL);
    return NULL;
}

START_TEST (test_processes_end_with_the_thread) {
    struct caller caller = {.process.argv = (const char *const[]){"sleep", "600", NULL}};
    pthread_t thread;

    caller.process.outlive = _i;
    ck_assert_int_eq(pthread_create(&thread, NULL, spawn_and_end, &caller), 0);
    pthread_join(thread, NULL);
    ck_assert_int_gt(caller.pid, 0);
    if (_i) {
        ck_assert_int_eq(netlab_process_wait(caller.child, 100, NULL), -ETIMEDOUT);
        fine(netlab_process_end(caller.child, 0, NULL));
    } else {
        ck_assert_int_eq(WTERMSIG(wait_for(caller.child)), SIGKILL);
    }
}
END_TEST

/* … and with a caller that is killed. */
START_TEST (test_processes_end_with_the_caller) {
    int ends[2], pidfd;
    pid_t caller, child;

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    caller = fork();
    if (caller == 0) {
        const struct netlab_process sleeper = {.argv = (const char *const[]){"sleep", "600", NULL}};
        int process, pid = netlab_spawn("duo", "left", &sleeper, &process, report);

        if (write(ends[1], &pid, sizeof pid) != sizeof pid)
            _exit(1);
        for (;;)
            pause();
    }
    ck_assert_int_eq(read(ends[0], &child, sizeof child), sizeof child);
    pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    ck_assert_int_ge(pidfd, 0);
    ck_assert(is_running(child));
    kill(caller, SIGKILL);
    ck_assert_int_eq(waitpid(caller, NULL, 0), caller);
    ck_assert_int_eq(poll(&(struct pollfd){.fd = pidfd, .events = POLLIN}, 1, PATIENCE), 1);
    close(pidfd);
}
END_TEST

/*
 * A process that has been told to end, and does not before release_end(): its tracer lets it wait
 * there. Returns the tracer.
 */
static pid_t delay_end(pid_t pid, int ret_stopped[2])
{
    char byte = 0;
    pid_t tracer;

    ck_assert_int_eq(pipe2(ret_stopped, O_CLOEXEC), 0);
    tracer = fork();
    ck_assert_int_ge(tracer, 0);
    if (tracer == 0) {
        if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)PTRACE_O_TRACEEXIT) < 0 ||
            write(ret_stopped[1], &byte, 1) != 1 || waitpid(pid, NULL, 0) != pid ||
            write(ret_stopped[1], &byte, 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ret_stopped[1]);
    ck_assert_int_eq(read(ret_stopped[0], &byte, 1), 1);
    return tracer;
}

static void release_end(pid_t tracer)
{
    kill(tracer, SIGKILL);
    ck_assert_int_eq(waitpid(tracer, NULL, 0), tracer);
}

static void *take_down(void *argument)
{
    *(int *)argument = netlab_down("duo", NULL, NULL, NULL);
    return NULL;
}

/* In a process of its own, whatever its parent's threads were at. */
static void forked_one_can_spawn(void)
{
    const struct netlab_process process = {.argv = (const char *const[]){"true", NULL}};
    int status;
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        signal(SIGALRM, SIG_DFL);
        alarm(PATIENCE / 1000);
        _exit(wait_for(spawn(NULL, &process)));
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

/* One that is slow to end hinders nobody but him who takes the lab down. */
START_TEST (test_fork_while_processes_end) {
    const struct netlab_process sleeper = {.argv = (const char *const[]){"sleep", "600", NULL}};
    int child = -1, stopped[2], result = -1;
    pid_t tracer;
    pthread_t thread;
    char byte;

    tracer = delay_end(fine(netlab_spawn("duo", "left", &sleeper, &child, report)), stopped);
    ck_assert_int_eq(pthread_create(&thread, NULL, take_down, &result), 0);
    ck_assert_int_eq(read(stopped[0], &byte, 1), 1);
    forked_one_can_spawn();
    release_end(tracer);
    pthread_join(thread, NULL);
    ck_assert_int_eq(result, 0);
    ck_assert(WTERMSIG(wait_for(child)) == SIGKILL);
}
END_TEST

static atomic_bool is_over;

static void *spawn_until_over(void *argument)
{
    const struct netlab_process process = {.argv = (const char *const[]){"true", NULL}};
    int child;

    (void)argument;
    while (!is_over)
        if (netlab_spawn("duo", "left", &process, &child, NULL) > 0)
            netlab_process_end(child, 0, NULL);
    return NULL;
}

START_TEST (test_fork_at_any_time) {
    const struct netlab_process sleeper = {.argv = (const char *const[]){"sleep", "600", NULL}};
    pthread_t threads[2];

    for (int i = 0; i < 200; i++) /* so that it takes a while to go through them */
        spawn("right", &sleeper);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, spawn_until_over, NULL), 0);
    for (int i = 0; i < 3 * ROUNDS; i++)
        forked_one_can_spawn();
    is_over = true;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

/* Nothing but the lab: it can go down as if nobody had been there. */
START_TEST (test_down_leaves_nothing) {
    const struct netlab_process sleeper = {.argv = (const char *const[]){"sleep", "600", NULL}};
    struct netlab_lab *lab = NULL;
    const char *before;
    int child;

    fine(netlab_load_applied("duo", &lab, report));
    fine(netlab_down("duo", NULL, NULL, report));
    before = dump_all(0);
    fine(netlab_up(lab, NULL, NULL, report));
    close(fine(netlab_socket("duo", "left", AF_INET, SOCK_DGRAM, 0, report)));
    child = spawn("left", &sleeper);
    fine(netlab_down("duo", NULL, NULL, report));
    same(before, dump_all(0));
    ck_assert(WTERMSIG(wait_for(child)) == SIGKILL);
    netlab_lab_free(lab);
}
END_TEST

Suite *spawn_suite(void)
{
    Suite *suite = suite_create("spawn");
    TCase *tcase = tcase_create("spawn");

    tcase_add_checked_fixture(tcase, with_duo, NULL);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_process_has_what_exec_has);
    tcase_add_test(tcase, test_process_is_as_described);
    tcase_add_test(tcase, test_signals_are_the_defaults);
    tcase_add_test(tcase, test_status_is_that_of_wait);
    tcase_add_test(tcase, test_spawn_is_refused);
    tcase_add_test(tcase, test_many_processes_leave_nothing);
    tcase_add_test(tcase, test_process_is_waited_for);
    tcase_add_test(tcase, test_processes_end_with_their_lab);
    tcase_add_test(tcase, test_labs_of_one_name_are_told_apart);
    tcase_add_loop_test(tcase, test_processes_end_with_the_thread, 0, 2);
    tcase_add_test(tcase, test_processes_end_with_the_caller);
    tcase_add_test(tcase, test_fork_while_processes_end);
    tcase_add_test(tcase, test_fork_at_any_time);
    tcase_add_test(tcase, test_down_leaves_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
