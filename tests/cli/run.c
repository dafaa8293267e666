/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of `netlab run`: what the command finds, what it gets, what is left when it ends.
 * Each as root and as a user who may nothing.
 */
#include "run_test.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Both, in loops: root's cases come first. */
static int case_of(int i)
{
    run_as(i % WHO);
    return i / WHO;
}

START_TEST (runs_beside_its_lab) {
    const char *before = dump_all(0), *out;

    case_of(_i);
    out = ok("$AS $NETLAB run duo.yaml -- sh -c '"
             "ip netns exec left ping -c 1 -W 9 10.0.0.2 >/dev/null && echo pong;"
             "$NETLAB exec right -- ip -br -4 addr show dev eth0;"
             "$NETLAB status duo; ls /run/netns'")
              .out;
    has(out, "pong\n");
    has(out, "10.0.0.2/24");
    has(out, "duo  up since");
    has(out, "left\nright\n");
    nobody_left();
    same(before, dump_all(0));
}
END_TEST

START_TEST (sees_a_network_of_its_own) {
    case_of(_i);
    ok("ip link add strange type bridge");
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml -- ls /sys/class/net").out, "lo\n");
    ok("$AS $NETLAB run duo.yaml -- sh -c 'ip link show up dev lo | grep -q UP &&"
       " ping -c 1 -W 9 127.0.0.1 && ping -c 1 -W 9 ::1 && ! ip link show strange'");
    /* and the settings that a new namespace of netlab's has */
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml -- cat /proc/sys/net/ipv4/ip_forward "
                        "/proc/sys/net/ipv4/conf/all/rp_filter")
                         .out,
                     "0\n0\n");
}
END_TEST

START_TEST (sees_processes_of_its_own) {
    case_of(_i);
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml -- sh -c 'echo $$; cat /proc/$$/comm'").out,
                     "2\nsh\n");
    ck_assert_str_ne(ok("$AS $NETLAB run duo.yaml -- readlink /proc/self/ns/pid").out,
                     ok("readlink /proc/self/ns/pid").out);
}
END_TEST

/* All else is the machine's: files, owners of what is written. */
START_TEST (sees_the_files_of_the_machine) {
    case_of(_i);
    ok("$AS sh -c 'echo before >shared'; chmod 666 shared");
    ck_assert_str_eq(
        ok("$AS $NETLAB run duo.yaml -- sh -c 'cat shared; echo inside >made; pwd'").out,
        text("before\n%s\n", getenv("TMP")));
    ck_assert_str_eq(file_text("made"), "inside\n");
    ck_assert_str_eq(ok("stat -c %%u:%%g made").out, ok("$AS sh -c 'echo $(id -u):$(id -g)'").out);
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml -- ls /").out, ok("ls /").out);
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml -- id -u").out, "0\n");
}
END_TEST

START_TEST (sees_run_of_the_machine) {
    case_of(_i);
    ok("mkdir -p /run/service/deep && echo 7 >/run/service/pid && echo x >/run/file &&"
       " ln -s service/pid /run/link && mkfifo /run/fifo && mkdir -m 700 /run/secret &&"
       " ip netns add others && mkdir /run/mounted && mount -t tmpfs none /run/mounted &&"
       " rm -rf /run/mount && echo deep >/run/mounted/file");
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml -- sh -c 'cat /run/service/pid /run/file "
                        "/run/link /run/mounted/file; test -p /run/fifo && test -d /run/secret && "
                        "ls /run /run/netns; touch /run/new'")
                         .out,
                     "7\nx\n7\ndeep\n/run:\nfifo\nfile\nlink\nmounted\nnetlab\nnetns\nsecret\n"
                     "service\n\n/run/netns:\nleft\nright\n");
    ck_assert_str_eq(ok("ls /run /run/netns").out, "/run:\nfifo\nfile\nlink\nmounted\nnetns\n"
                                                   "secret\nservice\n\n/run/netns:\nothers\n");
    /* and a working directory in there */
    ok("cd /run/service && $AS $NETLAB run $TMP/duo.yaml -- sh -c 'test $(pwd) = /run/service && "
       "cat pid'");
    ok("umount /run/mounted");
}
END_TEST

/* As where a file system does not answer any more: who asks for a link gets an error. */
static void forbid_links(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_readlinkat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (EIO & SECCOMP_RET_DATA)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        test_fail("seccomp: %s", strerror(errno));
}

START_TEST (does_without_parts_of_run) {
    const char *err;

    case_of(_i);
    ok("cd /run; seq 5000 | xargs touch");
    err = ok("$AS $NETLAB run duo.yaml -- sh -c 'ip netns exec left true && ls /run | wc -l'").err;
    ck_assert_str_eq(err, "netlab: warning: the sandbox has 4096 entries of the machine's /run: "
                          "there is no room for more\n");
    ck_assert_str_eq(ok("$AS $NETLAB run -q duo.yaml true").err, "");
    ok("cd /run; seq 5000 | xargs rm -f; rm -rf /run/mount; echo x >file; ln -s file odd");
    forbid_links();
    err = ok("$AS $NETLAB run duo.yaml -- sh -c 'test ! -e /run/odd && cat /run/file'").err;
    ck_assert_str_eq(err, "netlab: warning: the sandbox is without the machine's /run/odd: "
                          "Input/output error\n");
}
END_TEST

/* `down` of the machine's last lab deletes the directories that a sandbox has its own of. */
START_TEST (survives_labs_of_the_machine) {
    case_of(_i);
    ok("$NETLAB up -q duo.yaml");
    ok("$AS $NETLAB run duo.yaml -- sh -c 'touch ready; until test -e down; do sleep 0.01; done;"
       "ip netns exec left ping -c 1 -W 9 10.0.0.2 && $NETLAB status duo' & run=$!;"
       "until test -e ready; do sleep 0.01; done; $NETLAB down duo && ! test -e /run/netlab &&"
       "! test -e /run/netns && touch down; wait $run");
    nobody_left();
}
END_TEST

START_TEST (is_independent_of_a_lab_that_is_up) {
    const char *before;

    case_of(_i);
    ok("$NETLAB up -q duo.yaml");
    before = dump_all(0);
    ok("$AS $NETLAB run duo.yaml -- sh -c 'ip -n left link set eth0 mtu 1400 && $NETLAB down duo'");
    nobody_left();
    same(before, dump_all(0));
    ok("$NETLAB down -q duo");
}
END_TEST

START_TEST (whole_life_of_a_lab_inside) {
    case_of(_i);
    ok("sed 's/10.0.0/10.1.0/; s/duo/other/; s/left/l/; s/right/r/' duo.yaml >other.yaml;"
       "chmod 644 other.yaml");
    ok("$AS $NETLAB run duo.yaml -- sh -ec '$NETLAB up -q other.yaml; $NETLAB diff other.yaml;"
       "$NETLAB up duo.yaml | grep \"nothing to do\"; ip netns add mine; ip netns exec mine true;"
       "$NETLAB dump duo >/dev/null; ip netns del mine; $NETLAB down --all; ! ls /run/netlab'");
    nobody_left();
}
END_TEST

static const int statuses[] = {0, 1, 2, 3, 42, 124, 125, 126, 127, 255};
enum { STATUSES = sizeof statuses / sizeof statuses[0] };

START_TEST (passes_the_status_on) {
    int status = statuses[case_of(_i)];

    exits(status, "$AS $NETLAB run duo.yaml -- sh -c 'exit %d'", status);
    exits(status, "$AS $NETLAB run duo.yaml sh -c 'exit %d'", status);
}
END_TEST

START_TEST (takes_the_default_file) {
    case_of(_i);
    ok("mv duo.yaml topo.yaml");
    ck_assert_str_eq(ok("$AS $NETLAB run -- ls /run/netns").out, "left\nright\n");
    ck_assert_str_eq(ok("cat topo.yaml | $AS $NETLAB run - -- ls /run/netns").out, "left\nright\n");
}
END_TEST

START_TEST (passes_arguments_as_they_are) {
    case_of(_i);
    ck_assert_str_eq(
        ok("$AS $NETLAB run duo.yaml -- printf '%%s|' 'a b' '' '*' '$HOME' -- --help -n").out,
        "a b||*|$HOME|--|--help|-n|");
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml echo -h -- x").out, "-h -- x\n");
}
END_TEST

START_TEST (passes_streams) {
    struct output output;

    case_of(_i);
    output = ok("printf 'one\\ntwo\\n' | $AS $NETLAB run duo.yaml -- sh -c 'cat; echo e >&2'");
    ck_assert_str_eq(output.out, "one\ntwo\n");
    ck_assert_str_eq(output.err, "e\n");
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml -- ls /proc/self/fd </dev/null").out,
                     ok("ls /proc/self/fd </dev/null").out);
    ok("$AS $NETLAB run duo.yaml -- sh -c '! test -e /proc/$$/fd/1' >&-");
    ok("$AS $NETLAB run duo.yaml -- sh -c '! test -e /proc/$$/fd/0' <&-");
    ck_assert_str_eq(ok("yes | $AS $NETLAB run duo.yaml -- head -n 1").out, "y\n");
}
END_TEST

START_TEST (gives_what_it_was_given) {
    static const char *const looks[] = {"grep SigIgn /proc/self/status",
                                        "grep SigBlk /proc/self/status",
                                        "ulimit -Sn",
                                        "ulimit -Hn",
                                        "ulimit -c",
                                        "umask",
                                        "nice"};
    int i = case_of(_i);

    ok("cat >look <<'EOF'\n%s\nEOF\n", looks[i]);
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml -- sh look").out, ok("$AS sh look").out);
    ck_assert_str_eq(ok("trap '' HUP USR1; ulimit -Sn 30; umask 77; $AS $NETLAB run duo.yaml -- "
                        "sh look")
                         .out,
                     ok("trap '' HUP USR1; ulimit -Sn 30; umask 77; $AS sh look").out);
}
END_TEST

START_TEST (tells_where_one_is) {
    case_of(_i);
    ck_assert_str_eq(ok("NETLAB_FILE=x HERE=there $AS $NETLAB run ./duo.yaml -- sh -c "
                        "'echo $NETLAB_LAB:$NETLAB_NS:$NETLAB_FILE:$HERE'")
                         .out,
                     text("duo:host:%s/duo.yaml:there\n", getenv("TMP")));
    ck_assert_str_eq(ok("$AS $NETLAB run - -- sh -c 'echo $NETLAB_LAB:${NETLAB_FILE-none}' "
                        "<duo.yaml")
                         .out,
                     "duo:none\n");
}
END_TEST

START_TEST (has_a_host_name) {
    case_of(_i);
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml hostname").out, ok("hostname").out);
    /* it may have another one, which is the sandbox's */
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml -- sh -c 'hostname gate; hostname'").out,
                     "gate\n");
    ck_assert_str_ne(ok("hostname").out, "gate\n");
}
END_TEST

START_TEST (has_the_host_of_the_file) {
    case_of(_i);
    file_with("h.yaml", "name: h\nnamespaces:\n  host:\n    interfaces:\n"
                        "      veth0: {addresses: [10.9.0.1/24]}\n"
                        "    sysctls: {net.ipv4.ip_default_ttl: 99}\n"
                        "  far: {interfaces: {eth0: {addresses: [10.9.0.2/24]}}}\nlinks:\n"
                        "  - [host:veth0, far:eth0]\n");
    ok("chmod 644 h.yaml");
    ok("$AS $NETLAB run h.yaml -- sh -c 'ping -c 1 -W 9 10.9.0.2 && "
       "test $(cat /proc/sys/net/ipv4/ip_default_ttl) = 99'");
    ck_assert_str_eq(ok("cat /proc/sys/net/ipv4/ip_default_ttl").out, "64\n");
}
END_TEST

START_TEST (ends_what_is_left_in_the_background) {
    case_of(_i);
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml -- sh -c 'trap \"\" TERM HUP INT; sleep 1000 & "
                        "setsid sleep 1000 & (ip netns exec left sleep 1000 &) ; echo done'")
                         .out,
                     "done\n");
    nobody_left();
}
END_TEST

START_TEST (reaps_orphans) {
    case_of(_i);
    ok("$AS $NETLAB run duo.yaml -- sh -c '(true & true &); (sh -c true &); sleep 0.1; i=0;"
       "while ps -e -o stat= | grep -q Z; do i=$((i + 1)); test $i -lt 100 || exit 1; done'");
}
END_TEST

START_TEST (runs_in_itself) {
    case_of(_i);
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml -- $NETLAB run duo.yaml -- $NETLAB run duo.yaml "
                        "-- sh -c 'ip netns exec left ping -c 1 -W 9 10.0.0.2 >/dev/null && "
                        "ls /run/netns'")
                         .out,
                     "left\nright\n");
    exits(9, "$AS $NETLAB run duo.yaml -- $NETLAB run duo.yaml -- sh -c 'exit 9'");
    nobody_left();
}
END_TEST

START_TEST (tells_steps_on_standard_error) {
    struct output output;

    case_of(_i);
    output = ok("$AS $NETLAB run -v duo.yaml -- echo out");
    ck_assert_str_eq(output.out, "out\n");
    has(output.err, "create namespace left\n");
    ck_assert_str_eq(ok("$AS $NETLAB run duo.yaml -- true").err, "");
}
END_TEST

/* A container hides parts of /proc and /sys: the kernel refuses users their own then. */
START_TEST (does_without_its_own_sys) {
    struct output output;

    run_as(USER);
    ok("mount -t tmpfs hidden /sys/kernel");
    output = ok("$AS $NETLAB run duo.yaml -- sh -c '$NETLAB exec left -- "
                "ping -c 1 -W 9 10.0.0.2 >/dev/null && $NETLAB exec left ls /sys/class/net'");
    has(output.err, "warning: the sandbox has the machine's /sys, with its interfaces: ");
    ck_assert_str_eq(output.out, "lo\n");
}
END_TEST

START_TEST (does_without_its_own_proc) {
    struct output output;

    run_as(USER);
    ok("mount --bind /dev/null /proc/kallsyms");
    output = ok("$AS $NETLAB run duo.yaml -- sh -c "
                "'ip netns exec left ping -c 1 -W 9 10.0.0.2 && $NETLAB status duo'");
    has(output.err, "warning: the sandbox has the machine's /proc");
    ck_assert_str_eq(ok("$AS $NETLAB run -q duo.yaml -- sh -c 'sleep 1000 & true'").err, "");
    nobody_left();
}
END_TEST

/* The last ones are as netlab's own, but it is the command that has failed. */
static const int failures[] = {3, 125, 126, 127};
enum { FAILURES = sizeof failures / sizeof failures[0] };

START_TEST (opens_a_shell_after_a_failure) {
    int status = failures[case_of(_i)];
    struct output output;

    output = on_terminal("[duo:host] ", "ip netns exec left hostname; echo $NETLAB_FILE; exit 5\n",
                         "SHELL=/bin/sh $AS $NETLAB run --keep-on-failure duo.yaml -- sh -c "
                         "'exit %d'",
                         status);
    ck_assert_int_eq(output.status, status);
    has(output.out, text("'sh' has exited with %d; here is a shell", status));
    has(output.out, text("\n%s/duo.yaml\r\n", getenv("TMP")));
    nobody_left();
}
END_TEST

START_TEST (opens_no_shell_otherwise) {
    case_of(_i);
    ck_assert_str_eq(
        on_terminal(NULL, NULL, "$AS $NETLAB run -q --keep-on-failure duo.yaml true").out, "");
    exits(3, "$AS $NETLAB run --keep-on-failure duo.yaml -- sh -c 'exit 3' </dev/null");
    has_not(on_terminal(NULL, NULL, "$AS $NETLAB run --keep-on-failure duo.yaml nosuchcommand").out,
            "here is a shell");
    has_not(on_terminal(NULL, NULL, "$AS $NETLAB run --keep-on-failure duo.yaml $TMP").out,
            "here is a shell");
    file_with("refused.yaml", "name: refused\nnamespaces:\n"
                              "  a: {sysctls: {net.ipv4.ip_default_ttl: 999}}\n");
    ok("chmod 644 refused.yaml");
    has_not(on_terminal(NULL, NULL, "$AS $NETLAB run --keep-on-failure refused.yaml true").out,
            "here is a shell");
}
END_TEST

Suite *run_suite(void)
{
    Suite *suite = suite_create("run");
    TCase *tcase = tcase_create("run");

    tcase_add_checked_fixture(tcase, with_users, NULL);
    tcase_add_loop_test(tcase, runs_beside_its_lab, 0, WHO);
    tcase_add_loop_test(tcase, sees_a_network_of_its_own, 0, WHO);
    tcase_add_loop_test(tcase, sees_processes_of_its_own, 0, WHO);
    tcase_add_loop_test(tcase, sees_the_files_of_the_machine, 0, WHO);
    tcase_add_loop_test(tcase, sees_run_of_the_machine, 0, WHO);
    tcase_add_loop_test(tcase, does_without_parts_of_run, 0, WHO);
    tcase_add_loop_test(tcase, survives_labs_of_the_machine, 0, WHO);
    tcase_add_loop_test(tcase, is_independent_of_a_lab_that_is_up, 0, WHO);
    tcase_add_loop_test(tcase, whole_life_of_a_lab_inside, 0, WHO);
    tcase_add_loop_test(tcase, passes_the_status_on, 0, WHO * STATUSES);
    tcase_add_loop_test(tcase, takes_the_default_file, 0, WHO);
    tcase_add_loop_test(tcase, passes_arguments_as_they_are, 0, WHO);
    tcase_add_loop_test(tcase, passes_streams, 0, WHO);
    tcase_add_loop_test(tcase, gives_what_it_was_given, 0, WHO * 7);
    tcase_add_loop_test(tcase, tells_where_one_is, 0, WHO);
    tcase_add_loop_test(tcase, has_a_host_name, 0, WHO);
    tcase_add_loop_test(tcase, has_the_host_of_the_file, 0, WHO);
    tcase_add_loop_test(tcase, ends_what_is_left_in_the_background, 0, WHO);
    tcase_add_loop_test(tcase, reaps_orphans, 0, WHO);
    tcase_add_loop_test(tcase, runs_in_itself, 0, WHO);
    tcase_add_loop_test(tcase, tells_steps_on_standard_error, 0, WHO);
    tcase_add_test(tcase, does_without_its_own_sys);
    tcase_add_test(tcase, does_without_its_own_proc);
    tcase_add_loop_test(tcase, opens_a_shell_after_a_failure, 0, WHO * FAILURES);
    tcase_add_loop_test(tcase, opens_no_shell_otherwise, 0, WHO);
    suite_add_tcase(suite, tcase);
    return suite;
}
