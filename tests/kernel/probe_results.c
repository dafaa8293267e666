/* SPDX-License-Identifier: MIT */
/*
 * Job: what `netlab test` prints and exits with; the sandbox and the running lab.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"

static const char *file_of(const char *tests)
{
    return file_with("results.yaml", text("%stests:\n%s", house, tests));
}

static const char mixed[] =
    "  - ping: {from: a, to: b}\n"
    "    name: 'A & <B> \"#1\\'\n"
    "  - ping: {from: a, to: [b, 10.0.1.77]}\n"
    "  - exec: {in: a, run: \"printf '\\\\033]0;<x>&\\\\377' >&2; exit 3\"}\n"
    "  - ping: {from: a, to: 10.0.1.77, expect: fail}\n";

/* By another reader than ours. */
START_TEST (test_tap) {
    const char *file = file_of(mixed);
    struct output output = exits(1, "$NETLAB test %s", file);
    const char *tap = file_with("results.tap", output.out), *prove;

    has(output.out, "TAP version 14\n1..4\nok 1 - A & <B> \"\\#1\\\\\nnot ok 2 - ping a -> [b, "
                    "10.0.1.77]\n  ---\n  message: \"1 of 3 pairs is not as expected\"\n");
    has(output.out,
        text("  file: \"%s\"\n  line: 26\n  seen:\n    - \"a -> 10.0.1.77: no reply; ", file));
    has(output.out, "\n  ...\nnot ok 3 - exec");
    has_not(output.out, "\033");
    ck_assert_str_eq(output.err, "");
    if (sh("command -v prove").status != 0)
        test_skip("no prove");
    prove = sh("prove -e cat %s 2>&1", tap).out;
    has(prove, "Failed tests:  2-3");
    has(prove, "Failed 2/4 subtests");
}
END_TEST

START_TEST (test_junit) {
    const char *out = exits(1, "$NETLAB test --format junit %s", file_of(mixed)).out;
    const char *xml = file_with("results.xml", out);

    has(out, "<testsuites name=\"house\" tests=\"4\" failures=\"2\" errors=\"0\" ");
    has(out, "<testcase name=\"A &#38; &#60;B&#62; &#34;#1\\\" classname=\"house.ping\"");
    if (sh("command -v xmllint").status != 0)
        test_skip("no xmllint");
    ok("xmllint --noout %s", xml);
    ck_assert_str_eq(ok("xmllint --xpath 'count(//testcase)' %s", xml).out, "4\n");
    ck_assert_str_eq(ok("xmllint --xpath 'count(//testcase[failure])' %s", xml).out, "2\n");
    ck_assert_str_eq(ok("xmllint --xpath 'string(//testcase[1]/@name)' %s", xml).out,
                     "A & <B> \"#1\\\n");
    has(ok("xmllint --xpath 'string(//testcase[2]/failure)' %s", xml).out, "a -> 10.0.1.77: no");
}
END_TEST

START_TEST (test_json) {
    const char *file = file_of(mixed);
    json_t *json = json_of("$NETLAB test --json %s || true", file);

    ck_assert_str_eq(json_text(json, "lab"), "house");
    ck_assert_str_eq(json_text(json, "file"), file);
    ck_assert(!json_on(json, "ok"));
    ck_assert_int_eq(json_number(json, "passed"), 2);
    ck_assert_int_eq(json_number(json, "failed"), 2);
    ck_assert_int_eq(json_size(json_at(json, "tests")), 4);
    ck_assert_str_eq(json_text(json, "tests 0 name"), "A & <B> \"#1\\");
    ck_assert_str_eq(json_text(json, "tests 1 type"), "ping");
    ck_assert_int_eq(json_number(json, "tests 1 line"), 26);
    ck_assert_int_eq(json_number(json, "tests 1 pairs"), 3);
    ck_assert_str_eq(json_text(json, "tests 1 failures 0 to"), "10.0.1.77");
    ck_assert_str_eq(json_text(json, "tests 3 expect"), "fail");
}
END_TEST

/* More failures than anybody wants to read are counted. */
START_TEST (test_many_failures) {
    const char *to = "10.0.1.100";
    struct output output;

    for (int i = 101; i < 125; i++)
        to = text("%s, 10.0.1.%d", to, i);
    output = exits(1, "$NETLAB test %s", file_of(text("  - ping: {from: a, to: [%s]}\n", to)));
    has(output.out, "\"25 of 25 pairs are not as expected\"");
    has(output.out, "… and 5 more");
    ck_assert_int_eq(json_size(json_at(json_of("$NETLAB test --json %s || true",
                                               text("%s/results.yaml", getenv("TMP"))),
                                       "tests 0 failures")),
                     20);
}
END_TEST

/* On a terminal: who reaches whom. */
START_TEST (test_matrix) {
    const char *file = file_of("  - ping: {from: all, to: all}\n"
                               "  - ping: {from: [a, c], to: [10.0.2.1, 10.0.1.77]}\n"
                               "  - ping: {from: [a, c], to: 10.0.1.77, expect: fail}\n"
                               "  - tcp: {from: all, to: all:80, listen: [a, c, r]}\n"
                               "  - udp: {from: a, to: [b:53, \"[fd00:2::1]:54\"], listen: b}\n"
                               "  - arp: {from: [a, c], to: [r, 10.0.1.77]}\n"
                               "  - tcp: {from: [a, c], to: b:81, expect: fail}\n");
    const char *out;

    ok("command -v script");
    out = sh("NO_COLOR=1 TERM=xterm script -qefc '$NETLAB test %s' /dev/null </dev/null | "
             "tr -d '\\r'",
             file)
              .out;
    has(out, "#                           1 2 3 4\n"
             "#    1 a                      + + +\n"
             "#    2 c                    +   + +\n"
             "#    3 r                    + +   +\n"
             "#    4 b                    + + +  \n"
             "# + answered   X not as expected\n");
    has(out, "#    1 a                    + X\n#    2 c                    + X\n"
             "# column 1: 10.0.2.1\n# column 2: 10.0.1.77\n");
    has(out, "#    1 a                    .\n");
    has(out, "#    1 a                      + + X\n"
             "#    2 c                    +   + X\n"
             "#    3 r                    + +   X\n"
             "#    4 b                    + + +  \n"
             "# + connected   X not as expected\n");
    has(out, "#    1 a                    + +\n"
             "# column 1: b:53\n# column 2: [fd00:2::1]:54\n"
             "# + answered   X not as expected\n");
    has(out, "#    1 a                    + X\n#    2 c                    + X\n"
             "# column 1: r\n# column 2: 10.0.1.77\n");
    has(out, "#    2 c                    .\n# column 1: b\n# . no connection ");
    has_not(out, "\033");
    has(sh("unset NO_COLOR; TERM=xterm script -qefc '$NETLAB test %s' /dev/null </dev/null", file)
            .out,
        "\033[32mok\033[0m 1 - ping");
}
END_TEST

START_TEST (test_exit_status) {
    const char *good = file_of("  - ping: {from: a, to: b}\n");

    exits(0, "$NETLAB test %s", good);
    exits(1, "$NETLAB test %s",
          file_with("no.yaml", text("%stests: [{ping: {from: a, to: "
                                    "192.0.2.1}}]\n",
                                    house)));
    has(exits(2, "$NETLAB test %s", file_with("none.yaml", house)).err,
        "none.yaml: error: there are no tests in it");
    has(exits(2, "$NETLAB test %s",
              file_with("bad.yaml", text("%stests: [{ping: {from: x, to: b}}]\n", house)))
            .err,
        "no namespace 'x'");
    exits(2, "$NETLAB test --format xml %s", good);
    exits(2, "$NETLAB test --format tap --json %s", good);
    has(exits(2, "$NETLAB test house").err, "--live");
    exits(2, "$NETLAB test /nonexistent.yaml");
    has(exits(3, "$NETLAB test --live %s", good).err, "lab house is not up");
    has(exits(3, "$NETLAB test --live house").err, "lab house is not up");
    ck_assert_str_eq(json_text(json_of("$NETLAB test --live --json %s || true", good), "state"),
                     "failed");
    has(exits(2, "$NETLAB test $EXAMPLES/existing-bridge.yaml").err, "a sandbox has none of those");
}
END_TEST

/* The running lab by its name, by a file, with a file that has more than the lab. */
START_TEST (test_live) {
    const char *file = file_of("  - ping: {from: a, to: b}\n");

    ok("$NETLAB up %s", file);
    exits(0, "$NETLAB test --live house");
    exits(0, "$NETLAB test --live %s", file);
    ok("ip -n b link set eth0 down");
    exits(1, "$NETLAB test --live house");
    exits(0, "$NETLAB test %s", file); /* that one has its own b */
    ok("$NETLAB up %s", file);
    /* a changed test is no difference */
    file = file_of("  - ping: {from: b, to: a}\n");
    exits(0, "$NETLAB diff %s", file);
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    has(ok("$NETLAB test --live house").out, "ping b -> a");
    ok("ip netns delete b");
    has(exits(3, "$NETLAB test --live house").err, "namespace b is not there");
    ok("$NETLAB down house");
}
END_TEST

/* Processes that a traced netlab has made: calls of fork, and of clone but for threads; programs,
   itself included. The leak check needs ptrace, which strace has. */
static const char *processes_of(const char *file)
{
    sh("ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -f -qq -o $TMP/trace "
       "-e trace=fork,vfork,clone,clone3,execve,execveat $NETLAB test --live %s",
       file);
    return ok("grep -E '(fork|clone3?|execve|execveat)\\(' $TMP/trace | grep -v CLONE_THREAD | "
              "grep -c . || true")
        .out;
}

/* Nothing is started for what sockets can ask. */
START_TEST (test_no_process_is_made) {
    static const char asks[] = "  - ping: {from: all, to: all}\n"
                               "  - ping: {from: a, to: 10.0.1.77, expect: fail}\n"
                               "  - tcp: {from: all, to: all:80, listen: [a, c, r, b]}\n"
                               "  - udp: {from: all, to: all:80, listen: [a, c, r, b]}\n"
                               "  - arp: {from: a, to: [c, 10.0.1.77]}\n"
                               "  - route: {in: a, to: b, via: 10.0.1.254}\n";
    const char *file = file_of(asks);

    if (sh("strace -o /dev/null true").status != 0)
        test_skip("strace is not there, or not allowed to trace");
    ok("$NETLAB up %s", file);
    ck_assert_str_eq(processes_of(file), "1\n"); /* netlab */
    /* … as it is for a command: one between, the command */
    ck_assert_str_eq(processes_of(file_of(text("%s  - exec: {in: a, run: [/bin/true]}\n", asks))),
                     "4\n");
}
END_TEST

/* Nothing of a sandbox is left, and a signal ends it. */
START_TEST (test_sandbox) {
    const char *before = dump_all(0);
    const char *file = file_of("  - exec: {in: host, run: ip netns list, output: switch}\n"
                               "  - exec: {in: a, run: touch $TMP/begun; sleep 60.25}\n");
    pid_t pid;

    setenv("file", file, 1);
    pid = start((const char *const[]){"sh", "-c", "exec $NETLAB test $file", NULL});
    ok("until [ -e $TMP/begun ]; do sleep 0.01; done");
    ck_assert_str_eq(sh("ls /run/netns 2>/dev/null").out, "");
    kill(pid, SIGTERM);
    ck_assert_int_eq(finish(pid), 128 + SIGTERM);
    ck_assert_int_ne(sh("pgrep -x -f 'sleep 60.25'").status, 0);
    same(before, dump_all(0));
    has(file_text(text("%s/output", getenv("TMP"))), "ok 1 - ");
}
END_TEST

/* On the running lab a signal ends it as well, and leaves the lab as it is. */
START_TEST (test_interrupted) {
    const char *file = file_of("  - {ping: {from: a, to: 10.0.1.77}, within: 60s}\n"), *before;
    pid_t pid;

    ok("$NETLAB up %s", file);
    before = dump_all(0);
    setenv("file", file, 1);
    pid = start((const char *const[]){"sh", "-c", "exec $NETLAB test --live $file", NULL});
    ok("until grep -q 1..1 $TMP/output; do sleep 0.01; done");
    kill(pid, SIGINT);
    ck_assert_int_eq(finish(pid), 128 + SIGINT);
    has(file_text(text("%s/output", getenv("TMP"))), "Bail out!");
    same(before, dump_all(0));
}
END_TEST

/* … whatever a command is doing. */
START_TEST (test_interrupted_command) {
    const char *file =
        file_of("  - exec: {in: a, run: 'setsid yes 66.125 >&2 & touch $TMP/begun; yes'}\n");
    pid_t pid;

    ok("$NETLAB up %s", file);
    setenv("file", file, 1);
    pid = start((const char *const[]){"sh", "-c", "exec $NETLAB test --live $file", NULL});
    ok("until [ -e $TMP/begun ]; do sleep 0.01; done");
    kill(pid, SIGINT);
    ck_assert_int_eq(finish(pid), 128 + SIGINT);
    ck_assert_int_ne(sh("pgrep -x -f 'yes 66.125'").status, 0);
    /* with netlab itself, too */
    ok("rm $TMP/begun");
    pid = start((const char *const[]){"sh", "-c", "exec $NETLAB test --live $file", NULL});
    ok("until [ -e $TMP/begun ]; do sleep 0.01; done");
    kill(pid, SIGKILL);
    ck_assert_int_eq(finish(pid), 128 + SIGKILL);
    ok("while pgrep -x -f 'yes 66.125'; do sleep 0.01; done");
}
END_TEST

Suite *probe_results_suite(void)
{
    Suite *suite = suite_create("results");
    TCase *tcase = tcase_create("results");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_tap);
    tcase_add_test(tcase, test_junit);
    tcase_add_test(tcase, test_json);
    tcase_add_test(tcase, test_many_failures);
    tcase_add_test(tcase, test_matrix);
    tcase_add_test(tcase, test_exit_status);
    tcase_add_test(tcase, test_live);
    tcase_add_test(tcase, test_no_process_is_made);
    tcase_add_test(tcase, test_sandbox);
    tcase_add_test(tcase, test_interrupted);
    tcase_add_test(tcase, test_interrupted_command);
    suite_add_tcase(suite, tcase);
    return suite;
}
