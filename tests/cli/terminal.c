/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of what is for terminals only: colours, the progress line; and of up and down when
 * their output can not be written.
 */
#include "cli_test.h"

#include <stdio.h>
#include <string.h>

#define COLOR "\033[1;31m"
#define CLEAR "\r\033[K"

START_TEST (colours_on_a_terminal) {
    file_with("bad.yaml", "nonsense: 1\n");
    has(on_terminal(NULL, NULL, "unset NO_COLOR; $NETLAB validate bad.yaml").out, COLOR "error:");
    has(on_terminal(NULL, NULL, "NO_COLOR= $NETLAB validate bad.yaml").out, COLOR "error:");
}
END_TEST

START_TEST (no_colours) {
    static const char *const lines[] = {"NO_COLOR=1 $NETLAB validate bad.yaml",
                                        "NO_COLOR=0 $NETLAB validate bad.yaml",
                                        "unset NO_COLOR; TERM=dumb $NETLAB validate bad.yaml",
                                        "unset NO_COLOR TERM; $NETLAB validate bad.yaml",
                                        "unset NO_COLOR; $NETLAB validate bad.yaml 2>&1 | cat",
                                        "unset NO_COLOR; $NETLAB validate --json bad.yaml"};
    const char *out;

    file_with("bad.yaml", "nonsense: 1\n");
    out = on_terminal(NULL, NULL, "%s", lines[_i]).out;
    has(out, "nonsense");
    has_not(out, "\033");
}
END_TEST

START_TEST (progress_of_a_long_up) {
    struct output output = on_terminal(NULL, NULL, "$NETLAB up %s", star(400));
    const char *cleared = strstr(output.out, CLEAR "lab star is up");

    ck_assert_int_eq(output.status, 0);
    has(output.out, "\rup star: step ");
    ck_assert_ptr_nonnull(cleared);
}
END_TEST

START_TEST (no_progress) {
    static const char *const lines[] = {"up -q", "up 2>/dev/null", "up --json", "up -v"};
    const char *out = NULL;

    if (_i == 4) { /* a short one, even on a busy machine on one of its tries */
        file_with("star.yaml", DUO);
        for (int i = 0; i == 0 || (i < 100 && strstr(out, "step ")); i++)
            out = on_terminal(NULL, NULL, "$NETLAB down -q duo; $NETLAB up star.yaml").out;
    } else if (_i == 5) {
        out = on_terminal(NULL, NULL, "TERM=dumb $NETLAB up %s", star(200)).out;
    } else {
        out = on_terminal(NULL, NULL, "$NETLAB %s %s", lines[_i], star(200)).out;
    }
    has_not(out, "\033");
    has_not(out, "step ");
}
END_TEST

START_TEST (up_whose_output_can_not_be_written) {
    static const char *const lines[] = {"up", "up -v", "up --json"};
    struct output output;

    file_with("topo.yaml", DUO);
    output = exits(1, "$NETLAB %s >/dev/full", lines[_i]);
    ck_assert_str_eq(output.err,
                     "netlab: cannot write to standard output: No space left on device\n");
    ck_assert(ping("left", "10.0.0.2"));
    output = exits(1, "$NETLAB down >&-");
    ck_assert_str_eq(output.err, "netlab: cannot write to standard output: Bad file descriptor\n");
    no_labs();
    ok("$NETLAB up -q >&- 2>&- <&-");
    ck_assert(ping("left", "10.0.0.2"));
    ok("$NETLAB down -q >&- 2>&- <&-");
}
END_TEST

START_TEST (up_whose_reader_goes_away) {
    struct output output;

    output = sh("($NETLAB up -v %s; echo $? >status) | head -n 1 >/dev/null", star(100));
    ck_assert_str_eq(output.err, "netlab: cannot write to standard output: Broken pipe\n");
    ck_assert_str_eq(file_text("status"), "1\n");
    ck_assert(ping("n0", "10.1.0.2"));
}
END_TEST

START_TEST (errors_on_closed_streams) {
    file_with("topo.yaml", DUO);
    ok("ip netns add left");
    exits(3, "$NETLAB up >&- 2>&- <&-");
    exits(3, "$NETLAB up 2>/dev/full");
    exits(3, "$NETLAB up --json >/dev/full");
    exits(2, "$NETLAB up --bogus >&- 2>&- <&-");
}
END_TEST

Suite *terminal_suite(void)
{
    Suite *suite = suite_create("terminal");
    TCase *tcase = tcase_create("terminal");

    tcase_add_checked_fixture(tcase, with_sandbox, NULL);
    tcase_add_test(tcase, colours_on_a_terminal);
    tcase_add_loop_test(tcase, no_colours, 0, 6);
    tcase_add_test(tcase, progress_of_a_long_up);
    tcase_add_loop_test(tcase, no_progress, 0, 6);
    tcase_add_loop_test(tcase, up_whose_output_can_not_be_written, 0, 3);
    tcase_add_test(tcase, up_whose_reader_goes_away);
    tcase_add_test(tcase, errors_on_closed_streams);
    suite_add_tcase(suite, tcase);
    return suite;
}
