/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of exec and shell: where the command is, what it gets, what its exit status is.
 */
#include "cli_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void with_duo(void)
{
    with_sandbox();
    file_with("duo.yaml", DUO);
    ok("$NETLAB up -q duo.yaml");
}

START_TEST (exec_runs_inside) {
    struct output output = ok("$NETLAB exec left ip -br -4 addr show dev eth0");

    has(output.out, "10.0.0.1/24");
    ck_assert_str_eq(output.err, "");
    has(ok("$NETLAB exec duo:right -- ip -br -4 addr show dev eth0").out, "10.0.0.2/24");
    ck_assert_str_eq(ok("$NETLAB exec left readlink /proc/self/ns/net").out,
                     text("net:[%lu]\n", ns_inode("left")));
    ok("$NETLAB exec left ping -c 1 -W 3 10.0.0.2");
}
END_TEST

START_TEST (exec_shows_its_own_sys) {
    ck_assert_str_eq(ok("$NETLAB exec left ls /sys/class/net").out, "eth0\nlo\n");
    /* and leaves ours alone */
    ck_assert_str_eq(ok("ls /sys/class/net").out, "lo\n");
}
END_TEST

START_TEST (exec_passes_the_status_on) {
    static const int statuses[] = {0, 1, 2, 3, 42, 125, 126, 127, 255};

    exits(statuses[_i], "$NETLAB exec left sh -c 'exit %d'", statuses[_i]);
    exits(statuses[_i], "$NETLAB exec left -- sh -c 'exit %d'", statuses[_i]);
}
END_TEST

START_TEST (exec_is_killed_as_its_command) {
    ck_assert_int_eq(sh("exec $NETLAB exec left sh -c 'kill -9 $$'").status, 128 + 9);
    ck_assert_int_eq(sh("exec $NETLAB exec left sh -c 'kill -2 $$'").status, 128 + 2);
}
END_TEST

START_TEST (exec_of_what_can_not_be_run) {
    ok("printf 'echo' >script && chmod 644 script");
    /* directories that we may not search count as "can not be run", for env(1) too */
    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    refuses(127, "'no-such-command': command not found", "$NETLAB exec left no-such-command -x");
    refuses(127, "No such file or directory", "$NETLAB exec left /no/such/file");
    refuses(126, "Permission denied", "$NETLAB exec left ./script");
    refuses(126, "Permission denied", "$NETLAB exec left /tmp");
}
END_TEST

START_TEST (exec_where_there_is_nothing) {
    refuses(125, "middle", "$NETLAB exec middle true");
    refuses(125, "middle", "$NETLAB exec duo:middle true");
    refuses(125, "trio", "$NETLAB exec trio:left true");
    refuses(125, "error: ", "$NETLAB exec duo:../left true");
    refuses(125, "error: ", "$NETLAB exec ../duo:left true");
    refuses(125, "error: ", "$NETLAB exec .. true");
    ok("ip netns add stranger");
    refuses(125, "stranger", "$NETLAB exec stranger true");
}
END_TEST

START_TEST (exec_passes_arguments_as_they_are) {
    ck_assert_str_eq(ok("$NETLAB exec left printf '%%s|' 'a b' '' '*' '$HOME' -- --help -n").out,
                     "a b||*|$HOME|--|--help|-n|");
    ck_assert_str_eq(ok("$NETLAB exec left -- echo -- x").out, "-- x\n");
    ck_assert_str_eq(ok("$NETLAB exec -- left echo --json").out, "--json\n");
    ck_assert_str_eq(ok("$NETLAB exec left echo -h").out, "-h\n");
}
END_TEST

START_TEST (exec_passes_streams) {
    struct output output = ok("printf 'one\\ntwo\\n' | $NETLAB exec left sh -c 'cat; echo e >&2'");

    ck_assert_str_eq(output.out, "one\ntwo\n");
    ck_assert_str_eq(output.err, "e\n");
    /* and nothing else: no descriptor of netlab's is left open */
    ck_assert_str_eq(ok("$NETLAB exec left ls /proc/self/fd </dev/null").out,
                     ok("ls /proc/self/fd </dev/null").out);
}
END_TEST

START_TEST (exec_keeps_closed_streams_closed) {
    ok("$NETLAB exec left sh -c '! test -e /proc/$$/fd/1' >&-");
    ok("$NETLAB exec left sh -c '! test -e /proc/$$/fd/0' <&-");
}
END_TEST

START_TEST (exec_tells_where_one_is) {
    ck_assert_str_eq(ok("$NETLAB exec left sh -c 'echo $NETLAB_LAB:$NETLAB_NS'").out, "duo:left\n");
    ck_assert_str_eq(ok("NETLAB_NS=x $NETLAB exec duo:right printenv NETLAB_NS").out, "right\n");
    ck_assert_str_eq(ok("$NETLAB exec left hostname").out, "left\n");
    ck_assert_str_ne(ok("hostname").out, "left\n");
}
END_TEST

START_TEST (exec_keeps_the_directory) {
    ck_assert_str_eq(ok("$NETLAB exec left pwd").out, ok("pwd").out);
    ok("$NETLAB exec left cat duo.yaml");
}
END_TEST

START_TEST (exec_overlays_etc) {
    ok("mkdir etc && mount --bind etc /etc && mkdir -p /etc/netns/left");
    ok("echo plain >/etc/resolv.conf; echo inside >/etc/netns/left/resolv.conf");
    ck_assert_str_eq(ok("$NETLAB exec left cat /etc/resolv.conf").out, "inside\n");
    ck_assert_str_eq(ok("$NETLAB exec right cat /etc/resolv.conf").out, "plain\n");
    ck_assert_str_eq(ok("cat /etc/resolv.conf").out, "plain\n");
}
END_TEST

START_TEST (exec_has_default_signals) {
    /* bits of INT, PIPE, TERM, HUP are not among the ignored ones */
    ck_assert_str_eq(ok("$NETLAB exec left grep SigIgn /proc/self/status").out,
                     ok("grep SigIgn /proc/self/status").out);
    ck_assert_str_eq(ok("$NETLAB exec left grep SigBlk /proc/self/status").out,
                     ok("grep SigBlk /proc/self/status").out);
}
END_TEST

START_TEST (exec_host) {
    file_with("h.yaml", "name: h\nnamespaces:\n  host:\n    interfaces:\n"
                        "      veth0: {addresses: [10.9.0.1/24]}\n  far:\nlinks:\n"
                        "  - [host:veth0, far:eth0]\n");
    ok("$NETLAB down -q duo && $NETLAB up -q h.yaml");
    has(ok("$NETLAB exec host ip -br addr").out, "10.9.0.1/24");
    ck_assert_str_eq(ok("$NETLAB exec h:host readlink /proc/self/ns/net").out,
                     ok("readlink /proc/self/ns/net").out);
}
END_TEST

/* Names of namespaces are unique on a machine; host is in all labs, and the same. */
START_TEST (exec_in_the_host_of_many_labs) {
    file_with("a.yaml", "name: a\nnamespaces:\n  host:\n  a1:\n");
    file_with("b.yaml", "name: b\nnamespaces:\n  host:\n  b1:\n");
    ok("$NETLAB up -q a.yaml && $NETLAB up -q b.yaml");
    for (int i = 0; i < 3; i++)
        ok("test $(readlink /proc/self/ns/net) = $($NETLAB exec %shost readlink /proc/self/ns/net)",
           i == 0   ? ""
           : i == 1 ? "a:"
                    : "b:");
}
END_TEST

START_TEST (exec_after_down) {
    ok("$NETLAB down duo");
    refuses(125, "left", "$NETLAB exec left true");
    refuses(125, "duo", "$NETLAB exec duo:left true");
}
END_TEST

START_TEST (exec_without_privileges) {
    refuses(125, "error: ", POWERLESS "$NETLAB exec left true");
}
END_TEST

START_TEST (shell_tells_where_one_is) {
    static const char *const shells[] = {"/bin/bash", "/bin/sh"};
    struct output output = on_terminal("[duo:left] ", "echo is $NETLAB_NS; hostname; exit 7\n",
                                       "HOME=/nowhere SHELL=%s $NETLAB shell left", shells[_i]);

    ck_assert_int_eq(output.status, 7);
    has(output.out, "is left\r\n");
    has(output.out, "\nleft\r\n");
}
END_TEST

START_TEST (shell_reads_bashrc) {
    struct output output;

    ok("mkdir home && echo 'PS1=\"my> \"; mine() { echo from my bashrc; }' >home/.bashrc");
    output = on_terminal("[duo:left] my> ", "mine; exit\n",
                         "HOME=$TMP/home SHELL=/bin/bash $NETLAB shell duo:left");
    ck_assert_int_eq(output.status, 0);
    has(output.out, "from my bashrc\r\n");
}
END_TEST

START_TEST (shell_leaves_nothing_open) {
    struct output output =
        on_terminal("[duo:left] ", "exec ls /proc/self/fd\n",
                    "exec 3<&-; HOME=/nowhere SHELL=/bin/bash $NETLAB shell left");

    has_not(output.out, "255 ");
    ck_assert_int_eq(output.status, 0);
    has_not(ok("echo 'ls -l /proc/$$/fd' | SHELL=/bin/bash $NETLAB shell left").out, "memfd");
}
END_TEST

START_TEST (shell_reads_a_script) {
    static const char *const shells[] = {"SHELL=/bin/bash", "SHELL=/bin/sh",
                                         "SHELL=", "env -u SHELL"};

    ck_assert_str_eq(ok("echo 'hostname; exit' | %s $NETLAB shell left", shells[_i]).out, "left\n");
    exits(3, "echo exit 3 | %s $NETLAB shell left", shells[_i]);
}
END_TEST

START_TEST (shell_that_is_not_there) {
    refuses(127, "'/no/shell'", "SHELL=/no/shell $NETLAB shell left");
    refuses(126, "'/tmp'", "SHELL=/tmp $NETLAB shell left");
    refuses(125, "middle", "$NETLAB shell middle");
}
END_TEST

static void add_shell(Suite *suite)
{
    TCase *tcase = tcase_create("shell");

    tcase_add_checked_fixture(tcase, with_duo, NULL);
    tcase_add_loop_test(tcase, shell_tells_where_one_is, 0, 2);
    tcase_add_test(tcase, shell_reads_bashrc);
    tcase_add_test(tcase, shell_leaves_nothing_open);
    tcase_add_loop_test(tcase, shell_reads_a_script, 0, 4);
    tcase_add_test(tcase, shell_that_is_not_there);
    suite_add_tcase(suite, tcase);
}

Suite *enter_suite(void)
{
    Suite *suite = suite_create("enter");
    TCase *tcase = tcase_create("exec");

    tcase_add_checked_fixture(tcase, with_duo, NULL);
    tcase_add_test(tcase, exec_runs_inside);
    tcase_add_test(tcase, exec_shows_its_own_sys);
    tcase_add_loop_test(tcase, exec_passes_the_status_on, 0, 9);
    tcase_add_test(tcase, exec_is_killed_as_its_command);
    tcase_add_test(tcase, exec_of_what_can_not_be_run);
    tcase_add_test(tcase, exec_where_there_is_nothing);
    tcase_add_test(tcase, exec_passes_arguments_as_they_are);
    tcase_add_test(tcase, exec_passes_streams);
    tcase_add_test(tcase, exec_keeps_closed_streams_closed);
    tcase_add_test(tcase, exec_tells_where_one_is);
    tcase_add_test(tcase, exec_keeps_the_directory);
    tcase_add_test(tcase, exec_overlays_etc);
    tcase_add_test(tcase, exec_has_default_signals);
    tcase_add_test(tcase, exec_host);
    tcase_add_test(tcase, exec_in_the_host_of_many_labs);
    tcase_add_test(tcase, exec_after_down);
    tcase_add_test(tcase, exec_without_privileges);
    suite_add_tcase(suite, tcase);
    add_shell(suite);
    return suite;
}
