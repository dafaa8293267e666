/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of waiting for a port: what counts as listening, what ends waiting.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "library.h"

enum { PORT = 9000, PATIENCE = 60000 };

/* How the kernel is made to answer. */
enum answers {
    AS_IT_IS,
    NO_SOCKET,   /* it was built without NETLINK_SOCK_DIAG */
    NO_PROTOCOL, /* it has no inet_diag, or none for that protocol */
    ANSWERS,
};

static enum answers answers;

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol)
{
    if (answers == NO_SOCKET && domain == AF_NETLINK && protocol == NETLINK_SOCK_DIAG) {
        errno = EPROTONOSUPPORT;
        return -1;
    }
    return __real_socket(domain, type, protocol);
}

ssize_t __real_sendto(int fd, const void *bytes, size_t size, int flags, const void *to,
                      socklen_t to_size);
ssize_t __wrap_sendto(int fd, const void *bytes, size_t size, int flags, const void *to,
                      socklen_t to_size);
/* The kernel itself is to say what it says of a protocol that it can't tell anything about. */
ssize_t __wrap_sendto(int fd, const void *bytes, size_t size, int flags, const void *to,
                      socklen_t to_size)
{
    const struct nlmsghdr *header = bytes;
    char copy[1024];

    if (answers != NO_PROTOCOL || size > sizeof copy || header->nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return __real_sendto(fd, bytes, size, flags, to, to_size);
    memcpy(copy, bytes, size);
    copy[NLMSG_HDRLEN + 1] = 77; /* struct inet_diag_req_v2: sdiag_family, sdiag_protocol */
    return __real_sendto(fd, copy, size, flags, to, to_size);
}

static int look(const char *ns, enum netlab_transport transport)
{
    const struct netlab_listening what = {.transport = transport, .port = PORT};

    return netlab_wait_listening("duo", ns, &what, report);
}

/* A socket that is bound to an address of a namespace. */
static int bound(const char *ns, int type, const char *address)
{
    const int one = 1;
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    bool is_ipv6 = strchr(address, ':');
    int fd = ns_socket(ns, is_ipv6 ? AF_INET6 : AF_INET, type);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), 0);
    if (is_ipv6) {
        ck_assert_int_eq(inet_pton(AF_INET6, address, &ipv6.sin6_addr), 1);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&ipv6, sizeof ipv6), 0);
    } else {
        ck_assert_int_eq(inet_pton(AF_INET, address, &ipv4.sin_addr), 1);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&ipv4, sizeof ipv4), 0);
    }
    return fd;
}

static const char *const addresses[] = {"0.0.0.0", "10.0.0.2", "127.0.0.1", "::", "fd00::2"};

static void nobody_listens(void)
{
    refused(look("right", NETLAB_TCP), ETIMEDOUT, "TCP port 9000 in namespace right");
    refused(look("right", NETLAB_UDP), ETIMEDOUT, "UDP port 9000 in namespace right");
    refused(look("left", NETLAB_TCP), ETIMEDOUT, "nobody listens");
    refused(look(NULL, NETLAB_TCP), ETIMEDOUT, "TCP port 9000 after 0 ms");
}

START_TEST (test_tcp_listens) {
    answers = (enum answers)_i;
    nobody_listens();
    for (size_t i = 0; i < COUNT(addresses); i++) {
        int fd = bound("right", SOCK_STREAM, addresses[i]);

        test_about("%s", addresses[i]);
        nobody_listens(); /* it is bound, no more */
        ck_assert_int_eq(listen(fd, 1), 0);
        fine(look("right", NETLAB_TCP));
        refused(look("left", NETLAB_TCP), ETIMEDOUT, "namespace left");
        refused(look("right", NETLAB_UDP), ETIMEDOUT, "UDP");
        refused(look("host", NETLAB_TCP), ETIMEDOUT, "namespace host");
        /* nobody has knocked at it */
        ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        ck_assert_int_eq(accept(fd, NULL, NULL), -1);
        ck_assert_int_eq(errno, EAGAIN);
        close(fd);
        nobody_listens();
    }
}
END_TEST

START_TEST (test_udp_is_bound) {
    answers = (enum answers)_i;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        int fd = bound("right", SOCK_DGRAM, addresses[i]);
        char byte;

        test_about("%s", addresses[i]);
        fine(look("right", NETLAB_UDP));
        refused(look("left", NETLAB_UDP), ETIMEDOUT, "namespace left");
        refused(look("right", NETLAB_TCP), ETIMEDOUT, "TCP");
        ck_assert_int_eq(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
        close(fd);
        nobody_listens();
    }
}
END_TEST

/* Its local port is that of its listener, which is gone. */
START_TEST (test_connections_do_not_listen) {
    int ends[2];

    answers = (enum answers)_i;
    ck_assert(tcp_open("left", NULL, "right", "10.0.0.2", PORT, PATIENCE, ends));
    nobody_listens();
    tcp_abort(ends);
}
END_TEST

START_TEST (test_host_is_where_the_caller_is) {
    int fd;

    answers = (enum answers)_i;
    fd = bound(NULL, SOCK_STREAM, "127.0.0.1");
    ck_assert_int_eq(listen(fd, 1), 0);
    fine(look("host", NETLAB_TCP));
    fine(look(NULL, NETLAB_TCP));
    close(fd);
    refused(look("host", NETLAB_TCP), ETIMEDOUT, "host");
}
END_TEST

/* Begins to listen while it is waited for. */
static pid_t start_late(int milliseconds)
{
    pid_t pid = fork();

    if (pid == 0) {
        usleep((useconds_t)milliseconds * 1000);
        ck_assert_int_eq(listen(bound("right", SOCK_STREAM, "10.0.0.2"), 1), 0);
        for (;;)
            pause();
    }
    return pid;
}

START_TEST (test_waiting_ends_when_somebody_listens) {
    const struct netlab_listening what = {.port = PORT, .timeout = PATIENCE};
    int before = descriptors();
    pid_t pid;

    answers = (enum answers)_i;
    pid = start_late(300);
    fine(netlab_wait_listening(NULL, "right", &what, report));
    fine(look("right", NETLAB_TCP));
    ck_assert_int_eq(descriptors(), before);
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static volatile sig_atomic_t cancelled;

static void cancel(int signal)
{
    (void)signal;
    cancelled = 1;
}

START_TEST (test_waiting_is_cancelled) {
    const struct netlab_listening what = {
        .port = PORT, .timeout = 10 * PATIENCE, .cancel = &cancelled};
    const struct itimerval soon = {.it_value.tv_usec = 100000};
    int before = descriptors();

    signal(SIGALRM, cancel);
    setitimer(ITIMER_REAL, &soon, NULL);
    refused(netlab_wait_listening("duo", "left", &what, report), ECANCELED, "cancelled");
    ck_assert_int_eq(descriptors(), before);
}
END_TEST

START_TEST (test_waiting_ends_with_the_process) {
    struct netlab_listening what = {.port = PORT, .timeout = 10 * PATIENCE};
    pid_t pid = fork();
    int fd;

    if (pid == 0) {
        usleep(100000);
        _exit(3);
    }
    what.process = (int)syscall(SYS_pidfd_open, pid, 0);
    ck_assert_int_gt(what.process, 0);
    refused(netlab_wait_listening("duo", "left", &what, report), ECHILD, "the process has ended");
    /* one that has ended is no reason not to see who listens */
    fd = bound("left", SOCK_STREAM, "0.0.0.0");
    ck_assert_int_eq(listen(fd, 1), 0);
    fine(netlab_wait_listening("duo", "left", &what, report));
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid); /* it was not reaped */
}
END_TEST

START_TEST (test_waiting_is_refused) {
    const struct netlab_listening what = {.port = PORT}, none = {.port = 0};
    int before = descriptors();

    refused(netlab_wait_listening("nolab", "left", &what, report), ENOENT, "nolab");
    refused(netlab_wait_listening("../duo", "left", &what, report), ENOENT, "not up");
    refused(netlab_wait_listening("duo", "middle", &what, report), ENOENT, "middle");
    refused(netlab_wait_listening(NULL, "middle", &what, report), ENOENT, "middle");
    refused(netlab_wait_listening("duo", "left", &none, report), EINVAL, "port 0");
    fine(netlab_down("duo", NULL, NULL, report));
    refused(netlab_wait_listening("duo", "left", &what, report), ENOENT, "not up");
    ck_assert_int_eq(netlab_wait_listening("duo", "left", &what, NULL), -ENOENT);
    ck_assert_int_eq(descriptors(), before);
}
END_TEST

Suite *wait_suite(void)
{
    Suite *suite = suite_create("wait");
    TCase *tcase = tcase_create("wait");

    tcase_add_checked_fixture(tcase, with_duo, NULL);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_tcp_listens, 0, ANSWERS);
    tcase_add_loop_test(tcase, test_udp_is_bound, 0, ANSWERS);
    tcase_add_loop_test(tcase, test_connections_do_not_listen, 0, ANSWERS);
    tcase_add_loop_test(tcase, test_host_is_where_the_caller_is, 0, ANSWERS);
    tcase_add_loop_test(tcase, test_waiting_ends_when_somebody_listens, 0, ANSWERS);
    tcase_add_test(tcase, test_waiting_is_cancelled);
    tcase_add_test(tcase, test_waiting_ends_with_the_process);
    tcase_add_test(tcase, test_waiting_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
