/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests on the real kernel share.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "link_kinds.h"

const char *topology_file(const struct topology *topology)
{
    return file_with(text("%s.yaml", topology->name), topology->yaml);
}

/* In a namespace of its own: it is asked before tests have theirs, too. */
static bool knows(const char *command)
{
    return sh("unshare -n %s 2>/dev/null || unshare -Urn %s", command, command).status == 0;
}

static bool knows_kind(const struct link_kind *kind)
{
    return knows(text("sh -c \"%s ip link add %s name need type %s %s\"",
                      kind->stands ? "ip link add low type veth &&" : "",
                      kind->stands ? "link low" : "", kind->name, kind->ip));
}

static bool names(const char *yaml, const char *kind)
{
    const char *type = text("type: %s", kind);

    for (const char *at = yaml; (at = strstr(at, type)); at++)
        if (!strchr("0123456789abcdefghijklmnopqrstuvwxyz", at[strlen(type)]) || !at[strlen(type)])
            return true;
    return false;
}

bool kernel_suits_text(const char *yaml)
{
    static const struct {
        const char *words, *command;
    } needs[] = {
        {"vlan-filtering: true", "ip link add need type bridge vlan_filtering 1"},
        {"vlan-default-pvid: ", "ip link add need type bridge vlan_filtering 1"},
        {"vlan-protocol: ", "ip link add need type bridge vlan_filtering 1"},
        {"netem: ", "tc qdisc add dev lo root netem"},
        {"table inet ", "nft add table inet need"},
        {"table bridge ", "nft add table bridge need"},
        {"masquerade: ", "nft add table inet need"},
        {"port-forward:", "nft add table inet need"},
    };

    for (size_t i = 0; i < COUNT(needs); i++) {
        if (strstr(yaml, needs[i].words) && !knows(needs[i].command))
            return false;
        if (strstr(yaml, needs[i].words) && strstr(needs[i].command, "nft "))
            dump_nftables();
    }
    for (const struct link_kind *kind = link_kinds; kind->name; kind++)
        if (kind->ip && names(yaml, kind->name) && !knows_kind(kind))
            return false;
    return true;
}

const char *without_tests(const char *yaml)
{
    const char *tests = strstr(yaml, "\ntests:");

    return tests ? text("%.*s", (int)(tests + 1 - yaml), yaml) : yaml;
}

bool stands_alone(const char *file)
{
    const char *yaml = file_text(file);

    return !strstr(yaml, "attach: true") && !strstr(yaml, "existing: true") &&
           !strstr(yaml, "type: physical");
}

bool kernel_suits(const char *file)
{
    return kernel_suits_text(file_text(file));
}

bool example_wanted(const char *name)
{
    const char *list = getenv("NETLAB_EXAMPLE");
    char *copy = strdup(list && *list ? list : "*"), *rest = NULL;
    bool wanted = false;

    if (!copy)
        abort();
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        wanted = wanted || fnmatch(word, name, 0) == 0;
    free(copy);
    return wanted;
}

void up_look_down(const struct topology *topology, void (*look)(void))
{
    const char *file = topology_file(topology);
    const char *before = dump_all(0);

    ok("$NETLAB up %s", file);
    look();
    ok("$NETLAB down %s", file);
    same(before, dump_all(0));
}

const char *star_address(int host)
{
    return text("10.0.%d.%d", host / 250, host % 250 + 1);
}

const char *star_file(const char *name, int count)
{
    const char *namespaces = "", *links = "";

    for (int i = 1; i <= count; i++) {
        namespaces = text("%s  h%d: {interfaces: {eth0: {addresses: [%s/16, fd00::%x/64]}}}\n",
                          namespaces, i, star_address(i), (unsigned)i);
        links = text("%s  - [h%d:eth0, switch:br0]\n", links, i);
    }
    return file_with(
        text("%s.yaml", name),
        text("namespaces:\n  switch: {interfaces: {br0: {type: bridge}}}\n%slinks:\n%s", namespaces,
             links));
}

const char *sysctl_of(const char *ns, const char *path)
{
    char *value =
        strdup(ok("%s cat /proc/sys/%s", ns ? text("ip netns exec %s", ns) : "", path).out);
    const char *result;

    if (!value)
        abort();
    value[strcspn(value, "\n")] = '\0';
    result = text("%s", value);
    free(value);
    return result;
}

pid_t start(const char *const argv[])
{
    const char *path = text("%s/output", getenv("TMP"));
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    sigset_t all, old;
    pid_t pid;

    /* check's handlers kill the whole test; a signal that comes before exec must not meet them. */
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &old);
    pid = fork();
    if (fd < 0 || pid < 0)
        test_fail("can not start: %s", strerror(errno));
    if (pid == 0) {
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        sigprocmask(SIG_SETMASK, &old, NULL);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    sigprocmask(SIG_SETMASK, &old, NULL);
    close(fd);
    return pid;
}

pid_t start_sleep(const char *const argv[])
{
    pid_t pid = start(argv);

    ok("until grep -qx sleep /proc/%d/comm; do sleep 0.01; done", (int)pid);
    return pid;
}

int finish(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            test_fail("waitpid: %s", strerror(errno));
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void make_foreign(void)
{
    ok("set -e; ip netns add foreign; ip -n foreign link set lo up; "
       "ip link add br-foreign address 02:00:00:00:00:f0 type bridge; ip link set br-foreign up; "
       "ip address add 172.31.0.1/24 dev br-foreign; "
       "ip link add v-foreign group 77 type veth peer name v-there netns foreign; "
       "ip link set v-foreign master br-foreign up; ip -n foreign link set v-there up; "
       "ip route add 172.30.0.0/24 dev br-foreign proto 99; "
       "ip route add blackhole 172.29.0.0/24 proto static metric 7; "
       "ip -6 route add fd99::/64 dev lo proto 99; "
       "ip rule add priority 77 from 172.31.0.0/24 table 77; "
       "ip neighbor add 172.31.0.9 lladdr 02:00:00:00:00:99 dev br-foreign nud permanent; "
       "bridge fdb add 02:00:00:00:00:98 dev v-foreign master static; "
       "echo 9 >/proc/sys/net/ipv4/conf/br-foreign/arp_ignore 2>/dev/null || "
       "echo 1 >/proc/sys/net/ipv4/conf/br-foreign/arp_ignore");
}

void has_text(json_t *json, const char *path, const char *wanted)
{
    const char *seen = json_text(json, "%s", path);

    ck_assert_msg(strcmp(seen ? seen : "none", wanted) == 0, "%s is %s instead of %s", path,
                  seen ? seen : "none", wanted);
}
