/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of sockets and calls in namespaces: they are there, and the caller is where it was.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "library.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

enum { THREADS = 8, ROUNDS = 25, PORT = 9000 };

/* The network namespace of the calling thread. */
static unsigned long own_inode(void)
{
    struct stat info;

    ck_assert_int_eq(stat("/proc/thread-self/ns/net", &info), 0);
    return info.st_ino;
}

/* … and that of a socket: the addresses of its eth0 tell, and are asked for through it. */
static const char *address_of(int fd)
{
    struct ifreq request = {.ifr_name = "eth0"};

    if (ioctl(fd, SIOCGIFADDR, &request) < 0)
        return "none";
    return inet_ntoa(((struct sockaddr_in *)(void *)&request.ifr_addr)->sin_addr);
}

START_TEST (test_socket_is_there) {
    unsigned long before = own_inode();
    int open_before = descriptors(), left, right, host;

    left = fine(netlab_socket("duo", "left", AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, report));
    right = fine(netlab_socket(NULL, "right", AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0, report));
    host = fine(netlab_socket("duo", "host", AF_INET, SOCK_DGRAM, IPPROTO_UDP, report));
    ck_assert_str_eq(address_of(left), "10.0.0.1");
    ck_assert_str_eq(address_of(right), "10.0.0.2");
    ck_assert_str_eq(address_of(host), "none");
    ck_assert_uint_eq(own_inode(), before);
    ck_assert_int_eq(fcntl(left, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(fcntl(right, F_GETFD), 0);
    ck_assert(fcntl(right, F_GETFL) & O_NONBLOCK);
    close(left);
    close(right);
    close(host);
    close(fine(netlab_socket(NULL, NULL, AF_UNIX, SOCK_STREAM, 0, report)));
    ck_assert_int_eq(descriptors(), open_before);
}
END_TEST

/* A connection from one namespace to another, all by one thread. */
START_TEST (test_sockets_talk) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    const struct netlab_listening what = {.port = PORT};
    int server = fine(netlab_socket("duo", "right", AF_INET, SOCK_STREAM, 0, report));
    int client = fine(netlab_socket("duo", "left", AF_INET, SOCK_STREAM, 0, report));
    char bytes[5] = "";
    int accepted;

    ck_assert_int_eq(inet_pton(AF_INET, "10.0.0.2", &address.sin_addr), 1);
    ck_assert_int_eq(bind(server, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(server, 1), 0);
    fine(netlab_wait_listening("duo", "right", &what, report));
    ck_assert_int_eq(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    accepted = accept(server, NULL, NULL);
    ck_assert_int_ge(accepted, 0);
    ck_assert_int_eq(write(client, "hello", 5), 5);
    ck_assert_int_eq(recv(accepted, bytes, 5, MSG_WAITALL), 5);
    ck_assert_mem_eq(bytes, "hello", 5);
    ck_assert_str_eq(address_of(accepted), "10.0.0.2");
    close(accepted);
    close(server);
    close(client);
}
END_TEST

/* What eight threads do at once: the namespaces h1 … h8 have 10.0.0.1 … 10.0.0.8. */
struct worker {
    int number;
    pthread_t thread;
    char wrong[160];
};

/* What its process says of where it is. */
static bool spawn_one(const char *ns, struct netlab_report *own)
{
    char script[128];
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct netlab_process process = {.argv = argv};
    int child = -1, status = -1;

    snprintf(script, sizeof script,
             "test $NETLAB_NS = %s && ip -4 addr show eth0 | grep -q 10.0.0.%s/", ns, ns + 1);
    if (netlab_spawn("star", ns, &process, &child, own) > 0)
        netlab_process_wait(child, -1, &status);
    close(child);
    return status == 0;
}

static void *open_many(void *argument)
{
    struct worker *worker = argument;
    struct netlab_report *own = netlab_report_new();
    unsigned long before = own_inode();
    char ns[8], wanted[32], seen[INET_ADDRSTRLEN];

    for (int i = 0; i < ROUNDS && !*worker->wrong; i++) {
        int host = (worker->number + i) % THREADS + 1;
        struct ifreq request = {.ifr_name = "eth0"};
        int fd;

        snprintf(ns, sizeof ns, "h%d", host);
        snprintf(wanted, sizeof wanted, "10.0.0.%d", host);
        fd = netlab_socket("star", ns, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, own);
        if (fd < 0 || ioctl(fd, SIOCGIFADDR, &request) < 0)
            snprintf(worker->wrong, sizeof worker->wrong, "%s: %s", ns, strerror(-fd));
        inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)&request.ifr_addr)->sin_addr, seen,
                  sizeof seen);
        if (strcmp(seen, wanted) != 0)
            snprintf(worker->wrong, sizeof worker->wrong, "%s: %s", ns, seen);
        if (i % THREADS == 0 && !spawn_one(ns, own))
            snprintf(worker->wrong, sizeof worker->wrong, "%s: its process", ns);
        if (own_inode() != before)
            snprintf(worker->wrong, sizeof worker->wrong, "%s: the thread was moved", ns);
        close(fd);
    }
    netlab_report_free(own);
    return NULL;
}

START_TEST (test_threads_open_sockets_at_once) {
    struct worker workers[THREADS] = {{.number = 0}};
    unsigned long before = own_inode();
    int open_before = descriptors();

    for (int i = 0; i < THREADS; i++) {
        workers[i].number = i;
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, open_many, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    for (int i = 0; i < THREADS; i++)
        ck_assert_str_eq(workers[i].wrong, "");
    ck_assert_uint_eq(own_inode(), before);
    ck_assert_int_eq(descriptors(), open_before);
}
END_TEST

struct seen {
    unsigned long inode;
    char interfaces[4096];
    bool blocked;
};

static int look_around(void *userdata)
{
    struct seen *seen = userdata;
    FILE *file = fopen("/proc/thread-self/net/dev", "re");
    sigset_t mask;

    seen->inode = own_inode();
    if (!file)
        return -1;
    seen->interfaces[fread(seen->interfaces, 1, sizeof seen->interfaces - 1, file)] = '\0';
    fclose(file);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    seen->blocked = sigismember(&mask, SIGTERM) && sigismember(&mask, SIGCHLD);
    return -42;
}

START_TEST (test_call_is_there) {
    unsigned long before = own_inode();
    int open_before = descriptors(), value = 0;
    struct seen seen = {0};

    fine(netlab_call("duo", "left", look_around, &seen, &value, report));
    ck_assert_int_eq(value, -42);
    ck_assert_uint_eq(seen.inode, ns_inode("left"));
    has(seen.interfaces, "eth0");
    ck_assert(seen.blocked);
    fine(netlab_call(NULL, "right", look_around, &seen, NULL, report));
    ck_assert_uint_eq(seen.inode, ns_inode("right"));
    /* in the caller's own namespace it is a thread of its own, too */
    seen.blocked = false;
    fine(netlab_call(NULL, NULL, look_around, &seen, &value, report));
    ck_assert_uint_eq(seen.inode, before);
    ck_assert(seen.blocked);
    fine(netlab_call("duo", "host", look_around, &seen, &value, report));
    ck_assert_uint_eq(seen.inode, before);
    ck_assert_uint_eq(own_inode(), before);
    ck_assert_int_eq(descriptors(), open_before);
}
END_TEST

/* A namespace that netlab did not make, by whatever way it is found. */
START_TEST (test_attached_namespace) {
    unsigned long before = own_inode();
    struct seen seen;
    int fd;

    ok("ip netns add foreign");
    lab_up("name: guest\n"
           "namespaces:\n"
           "  far: {attach: {path: /run/netns/foreign}, interfaces: {eth0: {addresses: "
           "[10.0.9.1/24]}}}\n"
           "  near: {interfaces: {eth0: }}\n"
           "links:\n"
           "  - [far:eth0, near:eth0]\n");
    fd = fine(netlab_socket("guest", "far", AF_INET, SOCK_DGRAM, 0, report));
    ck_assert_str_eq(address_of(fd), "10.0.9.1");
    close(fd);
    fine(netlab_call("guest", "far", look_around, &seen, NULL, report));
    ck_assert_uint_eq(seen.inode, ns_inode("foreign"));
    ck_assert_uint_eq(own_inode(), before);
}
END_TEST

START_TEST (test_inside_is_refused) {
    int before = descriptors(), value = 7;

    refused(netlab_socket("nolab", "left", AF_INET, SOCK_DGRAM, 0, report), ENOENT, "nolab");
    refused(netlab_socket("duo", "middle", AF_INET, SOCK_DGRAM, 0, report), ENOENT, "middle");
    refused(netlab_socket("duo", "left", AF_INET, 77, 0, report), EINVAL, "in namespace left");
    refused(netlab_call("nolab", "left", look_around, NULL, &value, report), ENOENT, "nolab");
    refused(netlab_call("duo", "middle", look_around, NULL, &value, report), ENOENT, "middle");
    lab_up("name: second\nnamespaces: {lonely: , twin: }\n");
    lab_up("name: third\nnamespaces: {other: }\n");
    fine(netlab_call(NULL, "host", look_around, &(struct seen){0}, NULL, report));
    ok("ip netns del lonely");
    refused(netlab_socket("second", "lonely", AF_INET, SOCK_DGRAM, 0, report), ENOENT, "lonely");
    fine(netlab_down("duo", NULL, NULL, report));
    refused(netlab_socket("duo", "left", AF_INET, SOCK_DGRAM, 0, report), ENOENT, "not up");
    ck_assert_int_eq(netlab_socket(NULL, "left", AF_INET, SOCK_DGRAM, 0, NULL), -ENOENT);
    ck_assert_int_eq(value, 7);
    ck_assert_int_eq(descriptors(), before);
}
END_TEST

/* Somebody who may not enter the namespaces that they can see. */
START_TEST (test_inside_needs_privileges) {
    static const char *const argv[] = {"true", NULL};
    const struct netlab_process process = {.argv = argv};
    const struct netlab_listening what = {.port = PORT};
    int pidfd = -1;

    if (geteuid() != 0 || setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
        test_skip("there is no other user here");
    refused(netlab_socket("duo", "left", AF_INET, SOCK_DGRAM, 0, report), EPERM, "enter namespace");
    refused(netlab_call("duo", "left", look_around, NULL, NULL, report), EPERM, "enter namespace");
    refused(netlab_wait_listening("duo", "left", &what, report), EPERM, "enter namespace");
    refused(netlab_spawn("duo", "left", &process, &pidfd, report), EPERM, "enter namespace");
    ck_assert_int_eq(pidfd, -1);
    /* where one is, one may be */
    refused(netlab_wait_listening("duo", "host", &what, report), ETIMEDOUT, "9000");
}
END_TEST

/* How many descriptors a process may have is its own business, and that of what it starts. */
START_TEST (test_limits_are_the_callers) {
    struct rlimit before, after;
    const struct netlab_test_options options = {.format = NETLAB_TEST_TAP};
    struct netlab_test_result result;
    struct netlab_lab *lab = NULL;
    const char *yaml = text("name: many\nnamespaces:\n"
                            "  s: {services: {s: {run: 'ulimit -Sn >%s/limit; exec sleep 600'}}}\n",
                            getenv("TMP"));
    char *said = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&said, &size);

    for (int i = 0; i < 120; i++)
        yaml = text("%s  n%d: {}\n", yaml, i);
    yaml = text("%stests:\n  - exec: {in: n0, run: 'test $(ulimit -Sn) = 100'}\n", yaml);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    before.rlim_cur = 100;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    fine(netlab_load_buffer(yaml, strlen(yaml), "many.yaml", &lab, report));
    fine(netlab_up(lab, NULL, NULL, report));
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &after), 0);
    ck_assert_uint_eq(after.rlim_cur, before.rlim_cur);
    ck_assert_uint_eq(after.rlim_max, before.rlim_max);
    ck_assert_str_eq(ok("until [ -s $TMP/limit ]; do sleep 0.01; done; cat $TMP/limit").out,
                     "100\n");
    fine(netlab_test(lab, &options, out, &result, report));
    fclose(out);
    ck_assert_msg(!result.failed, "%s", said);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &after), 0);
    ck_assert_uint_eq(after.rlim_cur, before.rlim_cur);
    ck_assert_uint_eq(after.rlim_max, before.rlim_max);
    fine(netlab_down("many", NULL, NULL, report));
    free(said);
    netlab_lab_free(lab);
}
END_TEST

static int do_nothing(void *userdata)
{
    (void)userdata;
    return 0;
}

/* The kernel lets nobody with several threads make a user namespace. */
START_TEST (test_threads_are_gone) {
    if (geteuid() == 0 &&
        (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0))
        test_skip("there is no other user here");
    if (sh("unshare -Ur true").status != 0)
        test_skip("users are not allowed to make user namespaces here");
    for (int i = 0; i < ROUNDS * THREADS; i++) {
        pid_t pid = fork();
        int status;

        if (pid == 0) {
            fine(netlab_call(NULL, NULL, do_nothing, NULL, NULL, report));
            _exit(unshare(CLONE_NEWUSER) == 0 ? 0 : errno);
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

static void with_star(void)
{
    char *yaml = NULL;
    size_t size;
    FILE *file;

    with_report();
    file = open_memstream(&yaml, &size);
    ck_assert_ptr_nonnull(file);
    fputs("name: star\nnamespaces:\n  switch: {interfaces: {br0: {type: bridge}}}\n", file);
    for (int i = 1; i <= THREADS; i++)
        fprintf(file, "  h%d: {interfaces: {eth0: {addresses: [10.0.0.%d/24]}}}\n", i, i);
    fputs("links:\n", file);
    for (int i = 1; i <= THREADS; i++)
        fprintf(file, "  - [h%d:eth0, switch:br0]\n", i);
    fclose(file);
    lab_up(yaml);
    free(yaml);
}

Suite *inside_suite(void)
{
    Suite *suite = suite_create("inside");
    TCase *tcase = tcase_create("inside"), *star = tcase_create("star");

    tcase_add_checked_fixture(tcase, with_duo, NULL);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_socket_is_there);
    tcase_add_test(tcase, test_sockets_talk);
    tcase_add_test(tcase, test_call_is_there);
    tcase_add_test(tcase, test_attached_namespace);
    tcase_add_test(tcase, test_inside_is_refused);
    tcase_add_test(tcase, test_inside_needs_privileges);
    tcase_add_test(tcase, test_limits_are_the_callers);
    tcase_add_test(tcase, test_threads_are_gone);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(star, with_star, NULL);
    tcase_set_timeout(star, 120);
    tcase_add_test(star, test_threads_open_sockets_at_once);
    suite_add_tcase(suite, star);
    return suite;
}
