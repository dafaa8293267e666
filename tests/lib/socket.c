/* SPDX-License-Identifier: MIT */
/*
 * Job: traffic between network namespaces, from within the test's process: a socket stays in the
 * namespace that it was made in, so the thread goes there, makes it and comes back.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static const char *ns_path(const char *ns)
{
    return ns ? text("/run/netns/%s", ns) : "/proc/thread-self/ns/net";
}

int ns_enter(const char *ns)
{
    int back = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    int there = open(ns_path(ns), O_RDONLY | O_CLOEXEC);

    if (back < 0 || there < 0 || setns(there, CLONE_NEWNET) < 0)
        test_fail("can not enter namespace %s: %s", ns ? ns : "(own)", strerror(errno));
    close(there);
    return back;
}

void ns_leave(int back)
{
    if (setns(back, CLONE_NEWNET) < 0)
        test_fail("setns: %s", strerror(errno));
    close(back);
}

int ns_socket(const char *ns, int domain, int type)
{
    int back = ns_enter(ns);
    int fd = socket(domain, type | SOCK_CLOEXEC, 0);

    if (fd < 0)
        test_fail("socket: %s", strerror(errno));
    ns_leave(back);
    return fd;
}

unsigned long ns_inode(const char *ns)
{
    struct stat st;

    if (stat(ns_path(ns), &st) < 0)
        test_fail("%s: %s", ns_path(ns), strerror(errno));
    return (unsigned long)st.st_ino;
}

static bool is_answered(const char *ns, const char *address, int seconds)
{
    int back = ns_enter(ns);
    bool answered = sh("ping -n -q -c 1 -W %d %s", seconds, address).status == 0;

    ns_leave(back);
    return answered;
}

bool ping(const char *ns, const char *address)
{
    return is_answered(ns, address, 20);
}

bool no_ping(const char *ns, const char *address)
{
    return !is_answered(ns, address, 1);
}

bool ping_soon(const char *ns, const char *address)
{
    for (int i = 0; i < 30; i++)
        if (is_answered(ns, address, 1))
            return true;
    return false;
}

static socklen_t parse(const char *address, int port, struct sockaddr_storage *ret)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

    memset(ret, 0, sizeof(*ret));
    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        return sizeof(*v4);
    }
    if (inet_pton(AF_INET6, address, &v6->sin6_addr) != 1)
        test_fail("no address: %s", address);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    return sizeof(*v6);
}

static bool readable(int fd, int milliseconds)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};

    return poll(&pollfd, 1, milliseconds) == 1;
}

bool udp_once(const char *from, const char *to, const char *address, int milliseconds)
{
    struct sockaddr_storage there;
    socklen_t length = parse(address, 0, &there);
    int receiver = ns_socket(to, there.ss_family, SOCK_DGRAM);
    int sender = ns_socket(from, there.ss_family, SOCK_DGRAM);
    char bytes[8] = "";
    bool arrived;

    if (bind(receiver, (struct sockaddr *)&there, length) < 0 ||
        getsockname(receiver, (struct sockaddr *)&there, &length) < 0)
        test_fail("can not listen on %s: %s", address, strerror(errno));
    arrived = sendto(sender, "hello", 5, 0, (struct sockaddr *)&there, length) == 5 &&
              readable(receiver, milliseconds) && recv(receiver, bytes, sizeof(bytes), 0) == 5;
    close(sender);
    close(receiver);
    return arrived;
}

bool tcp_pass(int from, int to, int milliseconds)
{
    char bytes[8] = "";

    return send(from, "alpha", 5, MSG_NOSIGNAL) == 5 && readable(to, milliseconds) &&
           recv(to, bytes, sizeof(bytes), 0) == 5 && memcmp(bytes, "alpha", 5) == 0;
}

bool tcp_open(const char *from, const char *source, const char *to, const char *address, int port,
              int milliseconds, int ret_ends[2])
{
    struct sockaddr_storage there, here;
    socklen_t length = parse(address, port, &there);
    int listener = ns_socket(to, there.ss_family, SOCK_STREAM);
    int client = ns_socket(from, there.ss_family, SOCK_STREAM | SOCK_NONBLOCK);
    int server = -1, yes = 1;

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(listener, (struct sockaddr *)&there, length) < 0 || listen(listener, 1) < 0)
        test_fail("can not listen on %s: %s", address, strerror(errno));
    if (source && (parse(source, 0, &here), bind(client, (struct sockaddr *)&here, length)) < 0)
        test_fail("can not send from %s: %s", source, strerror(errno));
    if (connect(client, (struct sockaddr *)&there, length) == 0 || errno == EINPROGRESS)
        if (readable(listener, milliseconds))
            server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    close(listener);
    ret_ends[0] = client;
    ret_ends[1] = server;
    if (server < 0)
        close(client);
    return server >= 0;
}

void tcp_abort(const int ends[2])
{
    const struct linger at_once = {.l_onoff = 1};

    for (int i = 0; i < 2; i++) {
        setsockopt(ends[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        close(ends[i]);
    }
}

bool tcp_echo(const char *from, const char *to, const char *address, int port, int milliseconds)
{
    int ends[2];
    bool echoed;

    if (!tcp_open(from, NULL, to, address, port, milliseconds, ends))
        return false;
    echoed = tcp_pass(ends[0], ends[1], milliseconds) && tcp_pass(ends[1], ends[0], milliseconds);
    close(ends[0]);
    close(ends[1]);
    return echoed;
}

bool tcp_forwarded(const char *from, const char *address, int port, const char *to,
                   const char *listener, int listener_port, int milliseconds)
{
    struct sockaddr_storage there, here;
    socklen_t length = parse(address, port, &there), own = parse(listener, listener_port, &here);
    int waiting = ns_socket(to, here.ss_family, SOCK_STREAM);
    int client = ns_socket(from, there.ss_family, SOCK_STREAM | SOCK_NONBLOCK);
    int server = -1, yes = 1;
    bool passed = false;

    setsockopt(waiting, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(waiting, (struct sockaddr *)&here, own) < 0 || listen(waiting, 1) < 0)
        test_fail("can not listen on %s: %s", listener, strerror(errno));
    if ((connect(client, (struct sockaddr *)&there, length) == 0 || errno == EINPROGRESS) &&
        readable(waiting, milliseconds))
        server = accept4(waiting, NULL, NULL, SOCK_CLOEXEC);
    if (server >= 0)
        passed = tcp_pass(server, client, milliseconds);
    close(waiting);
    if (server >= 0) {
        tcp_abort((int[]){client, server});
    } else {
        close(client);
    }
    return passed;
}
