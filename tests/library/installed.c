/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of netlab as it is installed, by others' projects: the fixtures of examples/ for C and
 * CMake, as root and as a user who may nothing; that they notice a product that is broken.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

enum { PATIENCE = 300 }; /* seconds; a compiler on a busy machine */

/* In $TMP: prefix/, where netlab is installed, and copies of both fixtures, all of them anybody's.
 */
static void with_prefix(void)
{
    if (access(BUILD_DIR, W_OK) < 0)
        test_skip("the build directory is not ours");
    sandbox_enter();
    setenv("TMP", text("%s/work", getenv("TMP")), 1);
    ok("rm -rf $TMP && mkdir -m 777 $TMP && chmod 755 $TMP/..");
    ok("cmake --install %s --prefix $TMP/prefix >/dev/null", BUILD_DIR);
    ok("cp -r $EXAMPLES/fixtures/c $EXAMPLES/fixtures/cmake $TMP");
    ok("chmod -R a+rwX $TMP");
    setenv("PKG_CONFIG_PATH",
           text("%s", strtok((char *)ok("dirname $(find $TMP/prefix -name netlab.pc)").out, "\n")),
           1);
    ck_assert_int_eq(chdir(getenv("TMP")), 0);
}

START_TEST (test_c_fixture) {
    const char *before = dump_all(0), *out;

    run_as(_i);
    out = ok("$AS make -C c check 2>&1").out;
    has(out, "100%: Checks: 4, Failures: 0, Errors: 0");
    has(out, "100%: Checks: 2, Failures: 0, Errors: 0");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_c_fixture_notices) {
    run_as(_i);
    ok("sed -i s/toupper/tolower/ c/upcased.c");
    has(exits(2, "$AS make -C c check 2>&1").out, "Checks: 4, Failures: 3, Errors: 0");
    has(exits(1, "cd c && make test_unforked >&2 && $AS ./test_unforked").out,
        "Checks: 2, Failures: 1, Errors: 0");
    /* a service that does not even start is not waited for */
    ok("sed -i 's/int main(.*/&\\n{ return 3; }\\nint other(int argc, char **argv)/' c/upcased.c");
    has(exits(2, "$AS make -C c check 2>&1").out, "the process has ended");
    ok("cp $EXAMPLES/fixtures/c/upcased.c c");
    ok("sed -i s,192.0.2.2/24,198.51.100.2/24, c/network.yaml");
    has(exits(2, "$AS make -C c check 2>&1").out, "Failures: 2, Errors: 0");
}
END_TEST

/* A program with names that are the library's own, too, inside. */
START_TEST (test_static_library_collides_with_nothing) {
    run_as(_i);
    ok("cat >>c/upcase.c <<'END'\n"
       "int arena_new(int x);\nint arena_new(int x) { return x; }\n"
       "int lab_free, report_error, kinds;\n"
       "END");
    ok("$AS make -C c upcased && cd c && $AS cc -std=c11 -Wall -Werror -o test_forked "
       "test_forked.c "
       "upcase.c $(pkg-config --cflags netlab check) -Wl,-Bstatic $(pkg-config --libs netlab) "
       "-Wl,-Bdynamic $(pkg-config --static --libs netlab check)");
    has_not(ok("ldd c/test_forked").out, "libnetlab");
    has(ok("cd c && $AS ./test_forked").out, "100%: Checks: 4, Failures: 0, Errors: 0");
}
END_TEST

static const char *configured(const char *directory)
{
    return ok("cd %s && $AS cmake -B build -DCMAKE_PREFIX_PATH=$TMP/prefix 2>&1 && "
              "$AS cmake --build build 2>&1",
              directory)
        .out;
}

START_TEST (test_cmake_fixture) {
    const char *before = dump_all(0), *out;

    run_as(_i);
    configured("cmake");
    out = ok("$AS ctest --test-dir cmake/build -j 4 --output-on-failure 2>&1").out;
    has(out, "100% tests passed, 0 tests failed out of 2");
    has(ok("ctest --test-dir cmake/build -N -L slow").out, "Total Tests: 1");
    has(ok("ctest --test-dir cmake/build -N -L netlab").out, "Total Tests: 2");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_cmake_fixture_notices) {
    const char *out;

    run_as(_i);
    ok("sed -i 's/number++/(void)0/' cmake/src/counter.c");
    configured("cmake");
    out = exits(8, "$AS ctest --test-dir cmake/build 2>&1").out;
    has(out, "1 - counts (Failed)");
    has(out, "1 tests failed out of 2");
    ok("sed -i /br0,/d cmake/tests/network.yaml; sed -i 's/eth0, switch/eth9, switch/' "
       "cmake/tests/network.yaml");
    out = exits(8, "$AS ctest --test-dir cmake/build --output-on-failure 2>&1").out;
    has(out, "network.yaml:");
    has(out, "2 tests failed out of 2");
}
END_TEST

/* One of several projects: what stands between the first line and the last. */
static void project(const char *languages, const char *body)
{
    ok("mkdir -p other/sub && cp cmake/tests/network.yaml other && chmod -R a+rwX other");
    file_with("other/CMakeLists.txt", text("cmake_minimum_required(VERSION 3.25)\n"
                                           "project(other LANGUAGES %s)\n"
                                           "find_package(netlab 0.1 REQUIRED)\n"
                                           "enable_testing()\n"
                                           "%s",
                                           languages, body));
}

START_TEST (test_add_test_is_as_add_test) {
    const char *out;

    project(
        "C",
        "netlab_add_test(NAME later TOPOLOGY network.yaml COMMAND later 0)\n"
        "add_executable(later ${CMAKE_BINARY_DIR}/main.c)\n"
        "file(WRITE ${CMAKE_BINARY_DIR}/main.c "
        "\"int main(int c, char **v) { return c == 2 ? v[1][0] - '0' : 9; }\")\n"
        "netlab_add_test(NAME wrong TOPOLOGY network.yaml COMMAND later 4)\n"
        "netlab_add_test(NAME \"a name; of words\" TOPOLOGY network.yaml COMMAND later 0)\n"
        "netlab_add_test(NAME expression TOPOLOGY $<1:${CMAKE_SOURCE_DIR}/network.yaml>\n"
        "    COMMAND $<TARGET_FILE:later> $<IF:$<CONFIG:Never>,4,0>)\n"
        "netlab_add_test(NAME relative TOPOLOGY network.yaml WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}"
        "\n    COMMAND sub/script one \"two words\" \"semi;colon\" \"\")\n"
        "netlab_add_test(NAME path TOPOLOGY network.yaml ENVIRONMENT A=1 B=2 WAIT 20\n"
        "    COMMAND sh -c \"test $A$B = 12\")\n"
        "add_subdirectory(sub)\n"
        "add_library(cat STATIC ${CMAKE_BINARY_DIR}/main.c)\n"
        "netlab_add_test(NAME library TOPOLOGY network.yaml COMMAND cat /dev/null)\n"
        "netlab_add_test(NAME never TOPOLOGY network.yaml CONFIGURATIONS Never COMMAND false)\n"
        "netlab_add_test(NAME here TOPOLOGY network.yaml COMMAND sh -c\n"
        "    \"test $(command -v netlab) = $<TARGET_FILE:netlab::command>\")\n");
    file_with("other/sub/script", "#!/bin/sh\ntest $# = 4 && test \"$2\" = 'two words' && "
                                  "test \"$3\" = 'semi;colon' && test -z \"$4\"\n");
    file_with("other/sub/CMakeLists.txt",
              "file(WRITE own.yaml \"name: own\\nnamespaces: {a: }\\n\")\n"
              "netlab_add_test(NAME sub TOPOLOGY own.yaml COMMAND netlab exec own:a -- true)\n");
    ok("chmod -R a+rwX other && chmod 755 other/sub/script");
    run_as(_i);
    configured("other");
    out = exits(8, "$AS ctest --test-dir other/build --output-on-failure -j 8 2>&1").out;
    has(out, "1 tests failed out of 9");
    has(out, "- wrong (Failed)");
}
END_TEST

/* What README.md says to type. */
START_TEST (test_readme) {
    static const char *const languages[][2] = {{"C", " 0% packet loss"},
                                               {"CMake", "100% tests passed, 0 tests failed out"}};
    const char *const *language = languages[_i / WHO];
    const char *before = dump_all(0), *commands;

    run_as(_i % WHO);
    commands = readme_shows(language[0], "mine");
    /* as `ldconfig` would have it */
    setenv("LD_LIBRARY_PATH", strtok((char *)ok("pkg-config --variable=libdir netlab").out, "\n"),
           1);
    setenv("CMAKE_PREFIX_PATH", text("%s/prefix", getenv("TMP")), 1);
    has(ok("%s", commands).out, language[1]);
    /* and it fails where it must */
    ok("sed -i s,10.0.1.1/24,10.0.1.9/24, mine/netlab/examples/fun-and-profit.yaml");
    ck_assert_int_ne(sh("%s", commands).status, 0);
    same(before, dump_all(0));
}
END_TEST

/* What CTest knows of a test; no compiler is needed for it. */
START_TEST (test_add_test_has_properties) {
    const char *out;

    project("NONE",
            "netlab_add_test(NAME skipped TOPOLOGY network.yaml COMMAND sh -c \"exit 77\")\n"
            "netlab_add_test(NAME left_out TOPOLOGY network.yaml SKIP_RETURN_CODE 3\n"
            "    COMMAND sh -c \"exit 3\")\n"
            "netlab_add_test(NAME fails TOPOLOGY network.yaml SKIP_RETURN_CODE 3\n"
            "    COMMAND sh -c \"exit 77\")\n"
            "netlab_add_test(NAME slow TOPOLOGY network.yaml TIMEOUT 2 LABELS one two\n"
            "    COMMAND sh -c \"sleep 98765.4 & wait\")\n"
            "netlab_add_test(NAME no_network TOPOLOGY nowhere.yaml COMMAND true)\n");
    run_as(_i);
    configured("other");
    out = exits(8, "$AS ctest --test-dir other/build -j 8 2>&1").out;
    has(out, "1 - skipped (Skipped)");
    has(out, "2 - left_out (Skipped)");
    has(out, "3 - fails (Failed)");
    has(out, "4 - slow (Timeout)");
    has(out, "5 - no_network (Failed)");
    has(ok("ctest --test-dir other/build -N -L two").out, "Total Tests: 1");
    /* the kernel takes what was left of it */
    ok("for i in $(seq 300); do pgrep -f 'sleep [9]8765.4' >/dev/null || exit 0; sleep 0.1; done; "
       "exit 1");
}
END_TEST

START_TEST (test_add_test_is_refused) {
    static const char *const wrong[][2] = {
        {"netlab_add_test(TOPOLOGY network.yaml COMMAND true)", "NAME is missing"},
        {"netlab_add_test(NAME x COMMAND true)", "TOPOLOGY is missing"},
        {"netlab_add_test(NAME x TOPOLOGY network.yaml)", "COMMAND is missing"},
        {"netlab_add_test(x TOPOLOGY network.yaml COMMAND true)", "NAME is missing"},
        {"netlab_add_test(NAME x y TOPOLOGY network.yaml COMMAND true)", "not understood: y"},
    };

    run_as(ROOT);
    project("NONE", wrong[_i][0]);
    has(exits(1, "cd other && cmake -B build -DCMAKE_PREFIX_PATH=$TMP/prefix 2>&1").out,
        wrong[_i][1]);
}
END_TEST

static Suite *installed_suite(void)
{
    Suite *suite = suite_create("installed");
    TCase *tcase = tcase_create("installed");

    tcase_add_checked_fixture(tcase, with_prefix, NULL);
    tcase_set_timeout(tcase, PATIENCE);
    tcase_add_loop_test(tcase, test_c_fixture, 0, WHO);
    tcase_add_loop_test(tcase, test_c_fixture_notices, 0, WHO);
    tcase_add_loop_test(tcase, test_static_library_collides_with_nothing, 0, WHO);
    tcase_add_loop_test(tcase, test_cmake_fixture, 0, WHO);
    tcase_add_loop_test(tcase, test_cmake_fixture_notices, 0, WHO);
    tcase_add_loop_test(tcase, test_add_test_is_as_add_test, 0, WHO);
    tcase_add_loop_test(tcase, test_add_test_has_properties, 0, WHO);
    tcase_add_loop_test(tcase, test_add_test_is_refused, 0, 5);
    tcase_add_loop_test(tcase, test_readme, 0, 2 * WHO);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {installed_suite, NULL};

    return test_main(argc, argv, "installed", suites);
}
