/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of `netlab run` where it can't, or may not: bad files, commands that are not there,
 * machines that forbid user namespaces.
 */
#include "run_test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

START_TEST (a_bad_file) {
    struct output output;

    run_as(_i);
    file_with("bad.yaml", "name: bad\nnamespaces:\n  a: {interface: {}}\n");
    ok("chmod 644 bad.yaml");
    output = exits(125, "$AS $NETLAB run bad.yaml -- touch ran");
    has(output.err, "bad.yaml:3:7: error: unknown key 'interface'");
    ck_assert_str_eq(output.out, "");
    exits(1, "test -e ran");
    refuses(125, "cannot read nothing.yaml", "$AS $NETLAB run nothing.yaml -- true");
    refuses(125, "no topo.yaml here", "$AS $NETLAB run -- true");
}
END_TEST

START_TEST (what_a_sandbox_has_not) {
    struct output output;

    run_as(_i);
    file_with("machine.yaml", "name: machine\nnamespaces:\n"
                              "  host:\n    interfaces:\n"
                              "      eth0: {existing: true, mtu: 1400}\n"
                              "  there: {attach: {pid: 1}}\n"
                              "  a: {interfaces: {nic0: {type: physical, device: eth1}}}\n");
    ok("chmod 644 machine.yaml");
    output = exits(125, "$AS $NETLAB run machine.yaml -- touch ran");
    ck_assert_str_eq(output.out, "");
    has(output.err, "machine.yaml:5:24: error: existing interface eth0: a sandbox has none of "
                    "those\n");
    has(output.err, "machine.yaml:6:19: error: attached namespace there: a sandbox has none of "
                    "those\n");
    has(output.err, "machine.yaml:7:33: error: NIC nic0: a sandbox has none of those\n");
    exits(1, "test -e ran");
}
END_TEST

START_TEST (what_the_kernel_refuses) {
    struct output output;

    run_as(_i);
    file_with("refused.yaml", "name: refused\nnamespaces:\n"
                              "  a: {sysctls: {net.ipv4.ip_default_ttl: 999}}\n");
    ok("chmod 644 refused.yaml");
    output = exits(125, "$AS $NETLAB run refused.yaml -- touch ran");
    has(output.err, "refused.yaml:3:");
    exits(1, "test -e ran");
    nobody_left();
}
END_TEST

START_TEST (commands_that_can_not_be_run) {
    run_as(_i);
    ok("printf 'echo' >script && chmod 644 script && mkdir directory");
    refuses(127, "netlab run: cannot run 'no-such-command': command not found",
            "PATH=/bin $AS $NETLAB run duo.yaml -- no-such-command");
    refuses(127, "No such file or directory", "$AS $NETLAB run duo.yaml -- /no/such/file");
    refuses(126, "Permission denied", "$AS $NETLAB run duo.yaml -- ./script");
    refuses(126, "Permission denied", "$AS $NETLAB run duo.yaml -- ./directory");
}
END_TEST

/* Limits: those of a user namespace are its root's to set. */
START_TEST (limits_of_the_machine) {
    static const char *const names[] = {"user", "net", "mnt", "uts", "pid"};
    struct output output;

    run_as(USER);
    ok("echo 0 >/proc/sys/user/max_%s_namespaces", names[_i]);
    output = exits(125, "$AS $NETLAB run duo.yaml -- touch ran");
    ck_assert_str_eq(output.err,
                     text("netlab: error: this machine forbids %s namespaces "
                          "(user.max_%s_namespaces is 0)\n"
                          "      = let root allow them: sysctl user.max_%s_namespaces=10000\n",
                          names[_i], names[_i], names[_i]));
    exits(1, "test -e ran");
    ok("echo 10 >/proc/sys/user/max_%s_namespaces", names[_i]);
    ok("$AS $NETLAB run duo.yaml -- true");
}
END_TEST

START_TEST (a_limit_that_is_reached) {
    run_as(USER);
    /* somebody has the only one; it may take him several tries, as the kernel is slow to count */
    file_with("hold", "echo 1 >/proc/sys/user/max_user_namespaces\n"
                      "in=\n"
                      "while test -z \"$in\"; do\n"
                      "    $AS unshare -U sleep 1000 2>/dev/null & holder=$!\n"
                      "    in=$(readlink /proc/self/ns/user)\n"
                      "    while test \"$in\" = \"$(readlink /proc/self/ns/user)\"; do\n"
                      "        in=$(readlink /proc/$holder/ns/user)\n"
                      "    done\n"
                      "done\n"
                      "$AS $NETLAB run duo.yaml -- true\n"
                      "status=$?\n"
                      "kill $holder\n"
                      "exit $status\n");
    has(exits(125, "sh hold").err, "error: there are as many namespaces as this machine allows\n");
}
END_TEST

/* A system call fails, where one of its arguments (0 … 5) has, or is, a value, as where somebody
   forbids it. */
struct forbidden {
    int number, argument, test; /* BPF_JSET: has a bit of it; BPF_JEQ */
    unsigned value;
    int error;
};

static void forbid(const struct forbidden *what)
{
    const unsigned argument = offsetof(struct seccomp_data, args) + 8U * (unsigned)what->argument;
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)what->number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument),
        BPF_JUMP(BPF_JMP | (unsigned short)what->test | BPF_K, what->value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)what->error & SECCOMP_RET_DATA)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        test_fail("seccomp: %s", strerror(errno));
}

/* What makes sandboxes. */
static const struct {
    const char *arguments;
    int refused; /* its exit status then */
} verbs[] = {
    {"run duo.yaml -- touch ran", 125}, {"up --rootless duo.yaml", 3}, {"test duo.yaml", 3}};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

/* Each of them is refused, with this error and a hint. */
static void all_refuse(const char *error, const char *hint)
{
    ok("printf 'tests:\\n  - ping: {from: left, to: 10.0.0.2}\\n' >>duo.yaml");
    for (size_t i = 0; i < VERBS; i++) {
        struct output output = exits(verbs[i].refused, "$AS $NETLAB %s", verbs[i].arguments);

        has(output.err, text("netlab: error: %s\n      = ", error));
        has(output.err, hint);
        ck_assert_str_eq(output.out, "");
        exits(1, "test -e ran");
        ck_assert_str_eq(ok("$AS $NETLAB status").out, "no lab is up\n");
    }
    nobody_left();
}

/* A /proc/sys/kernel that has this switch: few kernels have it. */
static const struct {
    const char *name, *value, *said, *hint;
} switches[] = {
    {"unprivileged_userns_clone", "0",
     "this machine forbids user namespaces (kernel.unprivileged_userns_clone is 0)",
     "sysctl kernel.unprivileged_userns_clone=1"},
    {"unprivileged_userns_clone", "1", "cannot make a user namespace: ", "seccomp=unconfined"},
    {"apparmor_restrict_unprivileged_userns", "1",
     "AppArmor forbids user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1)",
     "sysctl kernel.apparmor_restrict_unprivileged_userns=0"},
    {"apparmor_restrict_unprivileged_userns", "0",
     "cannot make a user namespace: ", "seccomp=unconfined"},
};
enum { SWITCHES = sizeof switches / sizeof switches[0] };

/* Where it is refused. Debian does so when they are made; Ubuntu lets them be made, and not be
   used: what root may in them is EACCES for setgroups, EPERM for uid_map. */
static const struct forbidden places[] = {
    {SYS_clone, 0, BPF_JSET, CLONE_NEWUSER, EPERM},
    {SYS_openat, 2, BPF_JEQ, O_WRONLY | O_CLOEXEC, EACCES},
    {SYS_write, 2, BPF_JEQ, sizeof "0 65534 1" - 1, EPERM},
};
enum { PLACES = sizeof places / sizeof places[0] };

START_TEST (switches_of_the_machine) {
    int i = _i / PLACES;
    const char *said = switches[i].said;

    run_as(USER);
    ok("mkdir kernel && echo %s >kernel/%s && chmod -R a+rX kernel && "
       "mount --bind kernel /proc/sys/kernel",
       switches[i].value, switches[i].name);
    forbid(&places[_i % PLACES]);
    if (said[strlen(said) - 1] == ' ')
        said = text("%s%s", said, strerror(places[_i % PLACES].error));
    all_refuse(said, switches[i].hint);
}
END_TEST

/* As Docker's AppArmor profile does, and its seccomp filter. */
START_TEST (mounts) {
    static const int errors[] = {EACCES, EPERM};

    run_as(USER);
    forbid(&(struct forbidden){SYS_mount, 3, BPF_JSET, MS_SLAVE, errors[_i]});
    all_refuse(text("cannot make the mounts private: %s", strerror(errors[_i])),
               "apparmor=unconfined");
}
END_TEST

/* Docker's /proc: parts of it are hidden, and its sys is read-only. */
START_TEST (a_proc_of_containers) {
    run_as(USER);
    ok("mount --bind /dev/null /proc/kallsyms && mount --bind /proc/sys /proc/sys && "
       "mount -o remount,bind,ro /proc/sys");
    all_refuse("/proc/sys is read-only, and the sandbox can't have its own: no network can be set "
               "up",
               "systempaths=unconfined");
}
END_TEST

/* In a sandbox of the user's own making: the lab's first setting is refused. */
START_TEST (a_proc_of_containers_without_sandbox) {
    run_as(USER);
    ok("mount --bind /dev/null /proc/kallsyms && mount --bind /proc/sys /proc/sys && "
       "mount -o remount,bind,ro /proc/sys");
    has(exits(3, "$AS unshare -Urnm sh -c 'mount -t tmpfs none /run && $NETLAB up duo.yaml'").err,
        "      = /proc/sys is read-only here");
}
END_TEST

START_TEST (a_chroot) {
    run_as(USER);
    ok("mkdir root root/bin && mount --rbind / root && mount --make-rslave root");
    /* a directory in which there is no mount point to chroot to is enough */
    ok("chmod 755 root");
    has(exits(125, "chroot --userspec=65534:65534 root $NETLAB run $TMP/duo.yaml -- true").err,
        "cannot make a user namespace: Operation not permitted\n      = a chroot has none");
}
END_TEST

Suite *run_refused_suite(void)
{
    Suite *suite = suite_create("run_refused");
    TCase *tcase = tcase_create("run_refused"), *limits = tcase_create("limits");

    tcase_add_checked_fixture(tcase, with_users, NULL);
    tcase_add_loop_test(tcase, a_bad_file, 0, WHO);
    tcase_add_loop_test(tcase, what_a_sandbox_has_not, 0, WHO);
    tcase_add_loop_test(tcase, what_the_kernel_refuses, 0, WHO);
    tcase_add_loop_test(tcase, commands_that_can_not_be_run, 0, WHO);
    tcase_add_loop_test(tcase, switches_of_the_machine, 0, SWITCHES * PLACES);
    tcase_add_loop_test(tcase, mounts, 0, 2);
    tcase_add_test(tcase, a_proc_of_containers);
    tcase_add_test(tcase, a_proc_of_containers_without_sandbox);
    tcase_add_test(tcase, a_chroot);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(limits, with_own_limits, NULL);
    tcase_add_loop_test(limits, limits_of_the_machine, 0, 5);
    tcase_add_test(limits, a_limit_that_is_reached);
    suite_add_tcase(suite, limits);
    return suite;
}
