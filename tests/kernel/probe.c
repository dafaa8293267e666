/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of `netlab test` share; the program.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "probe.h"

const char house[] =
    "name: house\n"
    "namespaces:\n"
    "  a:\n"
    "    interfaces: {eth0: {addresses: [10.0.1.1/24, 10.0.1.11/24, \"fd00:1::1/64\"]}}\n"
    "    routes: [{to: default, via: 10.0.1.254}, {to: default, via: \"fd00:1::fe\"}]\n"
    "  c:\n"
    "    interfaces: {eth0: {addresses: [10.0.1.2/24, \"fd00:1::2/64\"]}}\n"
    "    routes: [{to: default, via: 10.0.1.254}, {to: default, via: \"fd00:1::fe\"}]\n"
    "  r:\n"
    "    forwarding: true\n"
    "    interfaces:\n"
    "      left: {addresses: [10.0.1.254/24, \"fd00:1::fe/64\"]}\n"
    "      right: {addresses: [10.0.2.254/24, \"fd00:2::fe/64\"]}\n"
    "  b:\n"
    "    interfaces: {eth0: {addresses: [10.0.2.1/24, \"fd00:2::1/64\"]}}\n"
    "    routes: [{to: default, via: 10.0.2.254}, {to: default, via: \"fd00:2::fe\"}]\n"
    "  switch: {interfaces: {br0: {type: bridge}}}\n"
    "links:\n"
    "  - [a:eth0, switch:br0]\n"
    "  - [c:eth0, switch:br0]\n"
    "  - [r:left, switch:br0]\n"
    "  - [r:right, b:eth0]\n";

void house_up(void)
{
    ok("$NETLAB up %s", file_with("house.yaml", house));
}

json_t *asked(const char *format, ...)
{
    struct output output;
    char *tests = NULL;
    const char *file;
    json_t *json;
    va_list args;

    va_start(args, format);
    if (vasprintf(&tests, format, args) < 0)
        abort();
    va_end(args);
    file = file_with("asked.yaml", text("%stests:\n%s", house, tests));
    output = sh("$NETLAB test --live --json %s", file);
    if (output.status > 1)
        test_fail("%s: %s%s", tests, output.out, output.err);
    json = json_of("cat %s", file_with("asked.json", output.out));
    ck_assert_int_eq(json_on(json, "ok"), output.status == 0);
    ck_assert_int_eq(json_number(json, "failed") > 0, output.status == 1);
    free(tests);
    return json_at(json, "tests");
}

bool holds(const char *test)
{
    return json_on(asked("  - %s\n", test), "0 ok");
}

const char *seen(const char *test)
{
    json_t *tests = asked("  - %s\n", test);

    if (json_on(tests, "0 ok"))
        test_fail("holds: %s", test);
    return json_text(tests, "0 failures 0 seen");
}

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {probe_ping_suite, probe_socket_suite,
                                             probe_other_suite, probe_results_suite, NULL};

    return test_main(argc, argv, "probe", suites);
}
