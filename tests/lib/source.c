/* SPDX-License-Identifier: MIT */
/*
 * Job: the rules of the tree itself: who may include whom, what opens a file, what the public
 * headers and the shared library promise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/* Calls for every line of a command's output. */
static int each_line(const char *output, bool (*good)(char *line))
{
    char *copy = strdup(output), *rest = NULL;
    int count = 0;

    ck_assert_ptr_nonnull(copy);
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (!good(line))
            test_fail("%s", line);
        count++;
    }
    free(copy);
    return count;
}

/* As docs/architecture.md has it: downwards, and what the table says. */
START_TEST (test_rooms_use_what_they_may) {
    ck_assert_str_eq(ok("sh $SOURCE/tests/lib/rooms.sh").out, "");
}
END_TEST

/* The command is the library's first client: public headers only. */
START_TEST (test_command_includes_the_public_library_only) {
    has_not(sh("cd $SOURCE/src/cli && grep -n '#include *\".*/' *.[ch]").out, "/");
    ok("cd $SOURCE/src/cli && for h in $(sed -n 's/^ *#include *\"\\(.*\\)\"/\\1/p' *.[ch]); do "
       "test -f \"$h\" || { echo $h; exit 1; }; done");
    ck_assert_int_ne(sh("grep -rn 'cli/' $SOURCE/src --include='*.[ch]' | grep include").status, 0);
    ck_assert_int_ne(
        sh("cd $SOURCE/src/cli && grep -n '#include *<\\(netlink\\|yaml\\)' *.[ch]").status, 0);
}
END_TEST

static bool tells_its_job(char *path)
{
    return sh("head -n 8 $SOURCE/src/%s | grep -q 'Job:'", path).status == 0;
}

START_TEST (test_files_say_what_their_job_is) {
    int count = each_line(ok("cd $SOURCE/src && for d in */; do d=${d%%/}; "
                             "if [ -f $d/$d.h ]; then echo $d/$d.h; else ls $d/*.h; fi; "
                             "done 2>/dev/null; true")
                              .out,
                          tells_its_job);

    ck_assert_int_gt(count, 8);
    ck_assert_int_gt(each_line(ok("cd $SOURCE/src && ls *.c */*.c").out, tells_its_job), 20);
}
END_TEST

START_TEST (test_files_name_their_licence) {
    ck_assert_str_eq(
        sh("cd $SOURCE && for f in $(find src include tests examples "
           "-name '*.[ch]' -o -name '*.[ch].in' -o -name '*.py' -o -name CMakeLists.txt -o "
           "-path tests/run -o -path tests/bench/run -o -path tests/bench/matrix -o -name "
           "quickstart); do "
           "head -n 2 $f | grep -q SPDX-License-Identifier || echo $f; done")
            .out,
        "");
}
END_TEST

static bool compiles_alone(char *header)
{
    const char *flags = "-Wall -Wextra -Wpedantic -Wundef -Werror -fsyntax-only";
    const char *include =
        text("-I %s/include -I %s/generated/include", getenv("SOURCE"), BUILD_DIR);
    struct output output =
        sh("printf '#include <netlab/%s>\nextern int more;\n' | %s -std=c11 %s %s -x c -", header,
           C_COMPILER, flags, include);

    if (output.status != 0)
        test_fail("%s is not C11 by itself:\n%s", header, output.err);
    output = sh("printf '#include <netlab/%s>\nextern int more;\n' | c++ -std=c++17 %s %s -x c++ -",
                header, flags, include);
    if (output.status != 0)
        test_fail("%s is not C++17 by itself:\n%s", header, output.err);
    return true;
}

START_TEST (test_public_headers_stand_alone) {
    int count;

    if (sh("c++ --version").status != 0)
        test_skip("no C++ compiler");
    count = each_line(ok("cd $SOURCE/include/netlab && ls *.h; cd %s/generated/include/netlab && "
                         "ls *.h",
                         BUILD_DIR)
                          .out,
                      compiles_alone);
    ck_assert_int_ge(count, 5);
}
END_TEST

/* The functions that the headers promise, sorted, a line each. */
static const char *promised(void)
{
    return ok("cat $SOURCE/include/netlab/*.h %s/generated/include/netlab/*.h | grep -v '^#' | tr "
              "'\\n' ' ' | grep -o 'NETLAB_API [^;(]*(' | "
              "sed 's/.*[ *]\\([a-zA-Z_0-9]*\\)($/\\1/' | sort -u",
              BUILD_DIR)
        .out;
}

static bool is_name(char *line)
{
    return strncmp(line, "netlab_", strlen("netlab_")) == 0;
}

/* Both ways: nothing is exported in passing, nothing is promised that is not there. */
START_TEST (test_shared_library_exports_what_the_headers_declare) {
    const char *exported = ok("nm -D --defined-only --with-symbol-versions %s | awk '$2 != \"A\" "
                              "{print $NF}' | sort -u",
                              LIBRARY)
                               .out;
    const char *names = promised();

    ck_assert_str_eq(sh("echo '%s' | grep -v '^netlab_'", names).out, "\n");
    same(ok("echo '%s' | sed '/./s/$/@@NETLAB_0/'", names).out, text("%s\n", exported));
}
END_TEST

static bool is_sanitized(void)
{
    const char *cache = file_text(text("%s/CMakeCache.txt", BUILD_DIR));

    return !strstr(cache, "NETLAB_SANITIZE:STRING=\n") || strstr(cache, "NETLAB_FUZZ:BOOL=ON");
}

/* A program that the static library is linked into may call its own functions as it likes. */
START_TEST (test_static_library_hides_its_own_names) {
    if (is_sanitized())
        test_skip("names are hidden in the release build only");
    same(promised(),
         ok("nm -g --defined-only %s | awk 'NF == 3 {print $3}' | sort -u", STATIC_LIBRARY).out);
}
END_TEST

/* What it keeps for the whole process: threads share that. Each of these is locked, or a thread's
   own, or never written. */
static const char state[] = "before\n"   /* base/descriptors.c */
                            "buffer\n"   /* kernel/channel.c: a thread's own */
                            "bytes\n"    /* probe/icmp.c: a thread's own */
                            "children\n" /* enter/process.c */
                            "fault\n"    /* kernel/nft.c, of load_library() */
                            "filter\n"   /* probe/arp.c: never written */
                            "guard\n"    /* kernel/nft.c: a thread's own */
                            "guarded\n"  /* enter/process.c: pthread_once() */
                            "lent\n"     /* base/descriptors.c */
                            "library\n"  /* kernel/nft.c, of load_library() */
                            "loaded\n"   /* kernel/nft.c, of load_library() */
                            "lock\n"     /* several */
                            "nothing\n"  /* diff/diff.c: never written */
                            "once\n"     /* kernel/nft.c */
                            "reserved\n" /* base/descriptors.c */;

START_TEST (test_library_shares_no_other_state) {
    if (is_sanitized())
        test_skip("sanitizers have state of their own");
    same(state, ok("nm -f sysv %s | awk -F'|' '$7 ~ /^\\.t?(data|bss)/ && $7 !~ /rel.ro/ {"
                   "gsub(/ /, \"\", $1); sub(/\\.[0-9]*$/, \"\", $1); print $1}' | sort -u",
                   STATIC_LIBRARY)
                    .out);
}
END_TEST

/*
 * Each function has a comment right before it, which tells what it returns, and of what it gives
 * away whose that is; each header with functions tells of all of them what threads may do, what
 * privileges they need, how errors are told.
 */
static const char is_documented[] =
    "FNR == 1 { comment = \"\"; inside = 0; told = 0 }\n"
    "/^\\/\\*\\*/ { comment = \"\"; inside = 1; file = FNR < 5 }\n"
    "inside { comment = comment \" \" $0 }\n"
    "inside && /\\*\\// { inside = 0; if (file) whole = comment; next }\n"
    "inside { next }\n"
    "/^#define NETLAB_API/ { next }\n"
    "/NETLAB_API/ { declaration = \"\"; declaring = 1 }\n"
    "declaring { declaration = declaration \" \" $0 }\n"
    "declaring && /;/ {\n"
    "    declaring = 0\n"
    "    name = declaration; sub(/\\(.*/, \"\", name); sub(/.*[ *]/, \"\", name)\n"
    "    print \"checked\"\n"
    "    if (comment == \"\") print name \" has no comment\"\n"
    "    if (declaration ~ /API int / && comment !~ /@return/) print name \": @return\"\n"
    "    if (declaration ~ /\\*\\*\\*?ret_|\\*netlab_[a-z_]*new\\(/ && comment !~ /freed/)\n"
    "        print name \": who frees it\"\n"
    "    if (declaration ~ /int \\*ret_(process|fd)/ && comment !~ /closed/)\n"
    "        print name \": who closes it\"\n"
    "    if (whole !~ /Threads: / || whole !~ /Privileges: / || whole !~ /Errors: /)\n"
    "        print name \": its header lacks Threads:, Privileges: or Errors:\"\n"
    "}\n"
    "!/^ |NETLAB_API/ { comment = \"\" }\n";

START_TEST (test_public_functions_are_documented) {
    const char *program = file_with("documented.awk", is_documented);
    const char *out = ok("cd $SOURCE/include/netlab && awk -f %s *.h *.h.in", program).out;
    int count = 0;

    for (const char *at = out; (at = strstr(at, "checked\n")); at += strlen("checked\n"))
        count++;
    ck_assert_str_eq(
        ok("cd $SOURCE/include/netlab && awk -f %s *.h *.h.in | grep -v checked; :", program).out,
        "");
    ck_assert_int_eq(count, each_line(promised(), is_name));
}
END_TEST

/* What a program with the library needs: its own example, and that it says what is wrong. */
START_TEST (test_library_can_be_used) {
    const char *source =
        file_with("client.c",
                  "#include <netlab/netlab.h>\n"
                  "int main(void)\n"
                  "{\n"
                  "    struct netlab_report *report = netlab_report_new();\n"
                  "    struct netlab_lab *lab = NULL;\n"
                  "    const char bad[] = \"name: x\\nnamespaces: {a: {interface: {}}}\\n\";\n"
                  "    const char good[] = \"name: x\\nnamespaces: {a: }\\n\";\n"
                  "    int failed = netlab_load_buffer(bad, sizeof bad - 1, NULL, &lab, report);\n"
                  "    netlab_report_print(report, stdout, NETLAB_REPORT_TEXT);\n"
                  "    netlab_report_clear(report);\n"
                  "    int fine = netlab_load_buffer(good, sizeof good - 1, NULL, &lab, report);\n"
                  "    if (fine == 0) netlab_plan(lab, NETLAB_FORMAT_IP, stdout, report);\n"
                  "    netlab_lab_free(lab);\n"
                  "    netlab_report_free(report);\n"
                  "    return failed < 0 && fine == 0 ? 0 : 1;\n"
                  "}\n");
    struct output output;

    if (is_sanitized())
        test_skip("the library has sanitizers in it; the release build runs this");
    ok("%s -std=c11 -I $SOURCE/include -I %s/generated/include -o $TMP/client %s %s "
       "-Wl,-rpath,%s",
       C_COMPILER, BUILD_DIR, source, LIBRARY, BUILD_DIR);
    output = ok("$TMP/client");
    has(output.out, "interfaces"); /* the hint */
    has(output.out, "ip netns add");
}
END_TEST

START_TEST (test_installing) {
    if (sh("test -w %s", BUILD_DIR).status != 0)
        test_skip("the build directory is not ours");
    ok("DESTDIR=$TMP/root cmake --install %s --prefix /usr >/dev/null", BUILD_DIR);
    ok("test -x $TMP/root/usr/bin/netlab && test -f $TMP/root/usr/include/netlab/netlab.h && "
       "test -f $TMP/root/usr/include/netlab/version.h");
    ok("find $TMP/root -name libnetlab.so.0 | grep -q . && find $TMP/root -name libnetlab.a | "
       "grep -q . && find $TMP/root -name netlab.pc | grep -q . && "
       "find $TMP/root -name netlab-config.cmake | grep -q .");
}
END_TEST

static Suite *source_suite(void)
{
    Suite *suite = suite_create("source");
    TCase *tcase = tcase_create("source");

    tcase_add_test(tcase, test_rooms_use_what_they_may);
    tcase_add_test(tcase, test_command_includes_the_public_library_only);
    tcase_add_test(tcase, test_files_say_what_their_job_is);
    tcase_add_test(tcase, test_files_name_their_licence);
    tcase_add_test(tcase, test_public_headers_stand_alone);
    tcase_add_test(tcase, test_shared_library_exports_what_the_headers_declare);
    tcase_add_test(tcase, test_static_library_hides_its_own_names);
    tcase_add_test(tcase, test_library_shares_no_other_state);
    tcase_add_test(tcase, test_public_functions_are_documented);
    tcase_add_test(tcase, test_library_can_be_used);
    tcase_add_test(tcase, test_installing);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(int argc, char **argv)
{
    static Suite *(*const suites[])(void) = {source_suite, NULL};

    return test_main(argc, argv, "source", suites);
}
