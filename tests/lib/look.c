/* SPDX-License-Identifier: MIT */
/*
 * Job: what the kernel shows of one namespace, as text; and whether anything moves in namespaces.
 * In: iproute2's answers. Out: lines, see look.h.
 *
 * Guests are slow at starting processes: there are as few of them as can be, one for many
 * questions, and none to be told that there is nothing but what every namespace has.
 */
#include "look.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

/* iproute2 */

bool look_is_possible(const char *ns)
{
    int fd = ns ? open(text("/run/netns/%s", ns), O_RDONLY | O_CLOEXEC) : -1;
    bool possible = !ns || (fd >= 0 && ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET);

    if (fd >= 0)
        close(fd);
    return possible;
}

/* One process answers several questions, each by a line. */
static const char *ask(FILE *out, const char *ns, const char *sections, const char *questions,
                       const char *const argv[])
{
    const char *answer = ns_run(ns, questions, argv);

    fprintf(out, "@%s\n%s%s", sections, answer,
            *answer && answer[strlen(answer) - 1] == '\n' ? "" : "\n");
    return answer;
}

/* Queues that are not the kernel's own choice. */
static bool is_own_queue(const struct nlmsghdr *message)
{
    return ((const struct tcmsg *)NLMSG_DATA(message))->tcm_handle != 0;
}

/* Rules besides those that a namespace begins with. */
static bool is_own_rule(const struct nlmsghdr *message)
{
    const struct fib_rule_hdr *rule = NLMSG_DATA(message);
    const char *attributes = (const char *)(rule + 1);
    size_t size = NLMSG_PAYLOAD(message, sizeof(*rule));
    struct rtattr attribute;
    uint32_t priority = 0;

    for (size_t at = 0; at + sizeof(attribute) <= size; at += RTA_ALIGN(attribute.rta_len)) {
        memcpy(&attribute, attributes + at, sizeof(attribute));
        if (attribute.rta_type == FRA_PRIORITY)
            memcpy(&priority, attributes + at + sizeof(attribute), sizeof(priority));
    }
    return !(priority == 0 && rule->table == RT_TABLE_LOCAL) &&
           !(priority == 32766 && rule->table == RT_TABLE_MAIN);
}

/* Whether the kernel has any such, and how many there are of all. */
static bool has_any(const char *ns, uint16_t type, uint8_t family,
                    bool (*is_such)(const struct nlmsghdr *message), int *ret_count)
{
    struct {
        struct nlmsghdr header;
        struct tcmsg body; /* the longest that is asked with */
    } question = {{.nlmsg_len = sizeof(question),
                   .nlmsg_type = type,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
                  {.tcm_family = family}};
    static char answer[1 << 16];
    int back = ns_enter(ns);
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    bool any = false, done = false;

    ns_leave(back);
    *ret_count = 0;
    if (fd < 0 || send(fd, &question, sizeof(question), 0) != sizeof(question))
        test_fail("can not ask the kernel: %s", strerror(errno));
    while (!done) {
        ssize_t got = recv(fd, answer, sizeof(answer), 0);
        struct nlmsghdr *message = (struct nlmsghdr *)answer;

        if (got <= 0)
            test_fail("no answer of the kernel: %s", strerror(errno));
        for (; NLMSG_OK(message, (size_t)got); message = NLMSG_NEXT(message, got)) {
            done = done || message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR;
            any = any || (!done && is_such(message));
            *ret_count += !done;
        }
    }
    close(fd);
    return any;
}

const char *look_at(const char *ns)
{
    static const char *const ip[] = {"ip", "-d", "-j", "-batch", "-", NULL};
    static const char *const ip6[] = {"ip", "-6", "-d", "-j", "rule", "show", NULL};
    static const char *const bridge[] = {"bridge", "-j", "-force", "-batch", "-", NULL};
    static const char *const tc[] = {"tc", "-j", "qdisc", "show", NULL};
    /* Lines of a table in their order. */
    static const char *const nft[] = {
        "sh", "-c",
        "nft -s list ruleset | while IFS= read -r l; do "
        "case $l in table*) t=$l n=1000 ;; esac; n=$((n + 1)); echo \"$t $n $l\"; done",
        NULL};
    char *all = NULL;
    size_t size;
    FILE *out = open_memstream(&all, &size);
    const char *links, *result;
    int count;

    if (!out)
        abort();
    /* Namespaces get their numbers when links are looked at. */
    links = ask(out, ns, "unnumbered nsid link address neighbor route rule4",
                "link show\nnetns list-id\nlink show\naddress show\nneighbor show nud permanent\n"
                "route show table all\nrule show\n",
                ip);
    if (has_any(ns, RTM_GETRULE, AF_INET6, is_own_rule, &count))
        ask(out, ns, "rule6", "", ip6);
    else
        fprintf(out, "@rule6\n%d rules\n", count);
    /* Only these have tables of addresses of their own. */
    if (strstr(links, "\"info_kind\":\"bridge\"") || strstr(links, "\"info_kind\":\"vxlan\""))
        ask(out, ns, "port vlan fdb", "link show\nvlan show\nfdb show\n", bridge);
    if (has_any(ns, RTM_GETQDISC, AF_UNSPEC, is_own_queue, &count))
        ask(out, ns, "qdisc", "", tc);
    if (getenv("DUMP_NFTABLES"))
        ask(out, ns, "nft", "", nft);
    look_at_files(out, ns);
    fclose(out);
    result = text("%s", all);
    free(all);
    return result;
}

/* Changes */

void watch_add(struct watch *watch, const char *ns)
{
    /* Not of neighbours: they are asked for all the time. */
    struct sockaddr_nl groups = {.nl_family = AF_NETLINK,
                                 .nl_groups = RTMGRP_LINK | RTMGRP_TC | RTMGRP_IPV4_IFADDR |
                                              RTMGRP_IPV4_ROUTE | RTMGRP_IPV4_RULE |
                                              RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE |
                                              RTMGRP_IPV6_IFINFO | 1 << (RTNLGRP_IPV6_RULE - 1)};
    int back = ns_enter(ns);
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd < 0 || bind(fd, (struct sockaddr *)&groups, sizeof(groups)) < 0)
        test_fail("can not watch %s: %s", ns ? ns : "(own)", strerror(errno));
    ns_leave(back);
    watch->fds = realloc(watch->fds, (watch->count + 1) * sizeof(*watch->fds));
    if (!watch->fds)
        abort();
    watch->fds[watch->count++] = fd;
}

bool watch_is_quiet(struct watch *watch)
{
    struct pollfd *fds = calloc(watch->count, sizeof(*fds));
    bool quiet;
    char bytes[64];

    if (!fds)
        abort();
    for (size_t i = 0; i < watch->count; i++)
        fds[i] = (struct pollfd){.fd = watch->fds[i], .events = POLLIN};
    quiet = poll(fds, watch->count, 50) == 0;
    /* Each read takes a message, or what tells that there were too many. */
    for (size_t i = 0; i < watch->count; i++)
        while (recv(watch->fds[i], bytes, sizeof(bytes), 0) >= 0 || errno == ENOBUFS)
            ;
    free(fds);
    return quiet;
}

void look_watch_close(struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        close(watch->fds[i]);
    free(watch->fds);
    *watch = (struct watch){0};
}
