/* SPDX-License-Identifier: MIT */
/*
 * Job: nftables among things of others: the host, attached namespaces; what is told before anything
 * is made; a library that is not there. What nft says counts.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "need.h"

Suite *nft_host_suite(void);

static void begin(void)
{
    need_nftables("inet");
    dump_nftables();
}

#define MINE                                                                                       \
    "      table inet mine {\n"                                                                    \
    "          chain c { type filter hook input priority 0; udp dport 4711 drop; }\n"              \
    "      }\n"
#define TWO "      table ip two { chain c { }; }\n"

/* A lab with that in the host. */
static const char *hosted(const char *name, const char *rules, const char *more)
{
    return file_with(text("%s.yaml", name),
                     text("namespaces:\n"
                          "  host:\n"
                          "    interfaces: {to-a: {addresses: [10.7.0.1/24]}}\n"
                          "    nftables: |\n"
                          "%s"
                          "%s"
                          "  a: {interfaces: {eth0: {addresses: "
                          "[10.7.0.2/24]}}}\n"
                          "links: [[host:to-a, a:eth0]]\n",
                          rules, more));
}

START_TEST (test_host_has_only_what_is_ours) {
    const char *before, *file, *up;

    begin();
    ok("nft 'table inet theirs { chain c { counter; }; }; add table ip two'");
    before = dump_all(0);
    file = hosted("guest", MINE, "    masquerade: [to-a]\n");
    ok("$NETLAB up %s", file);
    has(ok("nft list ruleset").out, "udp dport 4711 drop");
    has(ok("nft list ruleset").out, "table inet netlab_guest");
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, ""); /* others' are not looked at */
    ok("nft delete table inet mine");
    has(exits(1, "$NETLAB diff %s", file).out, ":5:18: + nftables table inet mine in the host's");
    ok("$NETLAB up %s", file);
    up = dump_all(0);
    /* one that is somebody else's can't become ours */
    has(exits(3, "$NETLAB up %s", hosted("guest", MINE TWO, "")).err,
        "guest.yaml:8:16: error: table ip two exists in the host's namespace already, and is not "
        "this lab's");
    same(up, dump_all(0));
    ok("nft add rule inet theirs c drop");
    ok("nft delete rule inet theirs c handle $(nft -a list table inet theirs | sed -n "
       "'s/.*drop # handle //p')");
    ok("$NETLAB down guest");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_a_table_that_exists_is_refused) {
    const char *before;

    begin();
    ok("nft add table ip two");
    before = dump_all(0);
    has(exits(3, "$NETLAB up %s", hosted("late", MINE TWO, "")).err,
        "late.yaml:8:16: error: table ip two exists in the host's namespace already");
    same(before, dump_all(0));
    /* another lab's, too */
    ok("nft delete table ip two");
    before = dump_all(0);
    ok("$NETLAB up %s", hosted("first", MINE, ""));
    has(exits(3, "$NETLAB up %s",
              file_with("second.yaml", "namespaces: {host: {nftables: 'table inet mine { }'}}\n"))
            .err,
        "second.yaml:1:31: error: table inet mine exists");
    ok("$NETLAB up %s", file_with("second.yaml", "namespaces: {host: {masquerade: [lo]}}\n"));
    ok("$NETLAB down first");
    has(ok("nft list tables").out, "table inet netlab_second\n");
    ok("$NETLAB down second");
    same(before, dump_all(0));
}
END_TEST

/* What fails later takes the rules back: to none, and to those that were. */
START_TEST (test_a_failure_brings_the_rules_back) {
    const char *before, *up, *bad = "    sysctls: {net.ipv4.conf.to-a.nonesuch: 1}\n";

    begin();
    before = dump_all(0);
    exits(3, "$NETLAB up %s", hosted("back", MINE, bad));
    same(before, dump_all(0));
    ok("$NETLAB up %s", hosted("back", MINE TWO, ""));
    up = dump_all(0);
    exits(3, "$NETLAB up %s", hosted("back", MINE "      table inet new { }\n", bad));
    same(up, dump_all(0));
    ok("$NETLAB up %s", hosted("back", TWO, ""));
    has_not(ok("nft list tables").out, "mine");
    ok("$NETLAB up %s", hosted("back", "      # nothing\n", ""));
    ck_assert_str_eq(ok("nft list tables").out, "");
    ok("$NETLAB down back");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_host_leaves_the_file) {
    const char *before;

    begin();
    before = dump_all(0);
    ok("$NETLAB up %s",
       file_with("gone.yaml", "namespaces: {host: {nftables: 'table ip x { }'}}\n"));
    has(ok("nft list tables").out, "table ip x");
    ok("$NETLAB up %s", file_with("gone.yaml", "namespaces: {a: }\n"));
    ck_assert_str_eq(ok("nft list tables").out, "");
    ok("$NETLAB down gone");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_attached) {
    const char *file =
        file_with("att.yaml", "namespaces:\n"
                              "  there:\n"
                              "    attach: {name: theirs}\n"
                              "    nftables: |\n"
                              "      table inet mine { chain c { iif v0 accept; }; }\n"
                              "    port-forward: [{tcp: 80, to: 10.0.0.7, dev: v0}]\n");
    const char *before;

    begin();
    ok("ip netns add theirs && ip -n theirs link add v0 type veth && "
       "ip netns exec theirs nft 'table inet other { chain c { }; }'");
    before = dump_all(0);
    ok("$NETLAB up %s", file);
    has(ok("ip netns exec theirs nft list ruleset").out, "iif \"v0\" accept");
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    has(ok("$NETLAB dump att").out, "table inet mine {");
    has_not(ok("$NETLAB dump att").out, "other");
    ok("ip netns exec theirs nft flush chain inet mine c");
    exits(1, "$NETLAB diff %s", file);
    ok("$NETLAB up %s", file);
    has(ok("ip netns exec theirs nft list ruleset").out, "iif \"v0\" accept");
    ok("$NETLAB down att");
    same(before, dump_all(0));
    ok("ip netns exec theirs nft add table inet mine");
    has(exits(3, "$NETLAB up %s", file).err,
        "att.yaml:5:18: error: table inet mine exists in namespace there already");
}
END_TEST

/* What nft does not take: the line of the block, the word; nothing is made. */
static const struct {
    const char *yaml, *says[3];
} mistakes[] = {
    {"namespaces:\n"
     "  gw:\n"
     "    interfaces: {eth0: }\n"
     "    nftables: |\n"
     "      # the seventh line has a mistake in it\n"
     "\n"
     "      table inet fw {\n"
     "          chain input {\n"
     "              type filter hook input priority 0; policy drop;\n"
     "              ct state established accept\n"
     "              tcp dport ssh acept\n"
     "          }\n"
     "      }\n"
     "  other: {interfaces: {eth0: }}\n"
     "links: [[gw:eth0, other:eth0]]\n",
     {"bad.yaml:11:34: error: nftables: syntax error, unexpected newline\n"
      "   11 |               tcp dport ssh acept\n"}},
    {"namespaces:\n"
     "  a:\n"
     "    nftables: |\n"
     "      table ip x {\n"
     "        chain é { comment \"é\"; jump nowhere; }\n"
     "        chain c { iif eht0 accept; oif eth7 drop; meta skuid nonesuch accept; }\n"
     "      }\n"
     "    interfaces: {eth0: {type: bridge}}\n",
     {"bad.yaml:5:"}},
    {"namespaces:\n"
     "  a:\n"
     "    nftables: |\n"
     "      table ip x {\n"
     "        chain c { iif eht0 accept; }\n"
     "        chain d { jump nowhere; }\n"
     "      }\n"
     "    interfaces: {eth0: {type: bridge}}\n",
     {"bad.yaml:5:23: error: nftables: Interface does not exist\n",
      "      = did you mean 'eth0'?\n"}},
    {"namespaces:\n"
     "  a:\n"
     "    nftables: |\n"
     "      table ip x {\n"
     "        chain d { jump nowhere; }\n"
     "      }\n",
     {"bad.yaml:5:24: error: nftables: Could not process rule: No such file or directory\n"}},
    {"namespaces: {a: {nftables: 'table ip x { chain c { nonsense }'}}\n",
     {"bad.yaml:1:28: error: nftables: "}},
    {"namespaces: {a: {nftables: \"add rule ip strange c drop\"}}\n",
     {"bad.yaml:1:28: error: nftables: Could not process rule: "}},
    /* two namespaces, each with its own */
    {"namespaces:\n"
     "  a: {nftables: 'table ip x { chain c { oif v1 drop; }; }'}\n"
     "  b: {nftables: 'table ip x { chain c { oif v1 drop; }; }', interfaces: {v1: {type: "
     "bridge}}}\n"
     "  c: {nftables: 'table ip x { chain c { oif v1 drop; }; }'}\n",
     {"bad.yaml:2:17: error: nftables: Interface does not exist",
      "      = of one that comes later, `iifname` and `oifname` take the name\n",
      "bad.yaml:4:17: error: nftables: Interface does not exist"}},
    {"namespaces:\n"
     "  a:\n"
     "    masquerade: [lo]\n"
     "    nftables: |\n"
     "      table ip x {\n"
     "        chain c { }\n",
     {"bad.yaml:4:15: error: nftables: syntax error, unexpected end of file"}},
};

START_TEST (test_mistakes_are_told_at_their_lines) {
    const char *file = file_with("bad.yaml", mistakes[_i].yaml), *before;
    bool is_kernels = strstr(mistakes[_i].says[0], "Could not process rule");
    struct output up;

    begin();
    before = dump_all(0);
    /* a bad file, unless it is the kernel that refuses */
    up = exits(is_kernels ? 3 : 2, "$NETLAB up -v %s", file);
    ck_assert_str_eq(up.out, ""); /* no step */
    for (size_t i = 0; i < COUNT(mistakes[_i].says) && mistakes[_i].says[i]; i++)
        has(up.err, mistakes[_i].says[i]);
    same(before, dump_all(0));
}
END_TEST

/* Without privileges, too; and what is wrong with one file is not with the next. */
START_TEST (test_validate_tries_rulesets) {
    static const char nobody[] = "setpriv --reuid=65534 --regid=65534 --clear-groups ";
    const char *const as[] = {"", sh("%strue", nobody).status == 0 ? nobody : ""};
    const char *elsewhere = "      table ip x { chain c { iif eth77 drop; }; }\n", *out;
    const char *good = hosted("good", text("%s%s", MINE, elsewhere), "");
    const char *before, *bad = hosted("bad", MINE "      table inet new { nonsense }\n", "");

    begin();
    ok("chmod -R a+rX $TMP");
    before = dump_all(0);
    for (size_t i = 0; i < COUNT(as); i++) {
        struct output output = exits(2, "%s$NETLAB validate %s %s %s", as[i], good, bad, good);

        ck_assert_str_eq(output.out,
                         text("%s: lab good is valid\n%s: lab good is valid\n", good, good));
        has(output.err, "bad.yaml:8:24: error: nftables: syntax error");
        has(output.err, "    8 |       table inet new { nonsense }\n"
                        "      |                        ^~~~~~~~\n");
        out = exits(2, "%s$NETLAB validate --json %s", as[i], bad).out;
        has(out, "\"state\":\"failed\"");
        has(out, "\"line\":8,\"column\":24,");
        ok("%s$NETLAB validate $EXAMPLES/*.yaml", as[i]);
    }
    same(before, dump_all(0));
    ok("for l in $(ldconfig -p | sed -n 's/.*libnftables.so.1 .*=> //p'); do "
       "mount --bind /dev/null $l; done");
    ck_assert_str_eq(ok("$NETLAB validate %s", bad).out, text("%s: lab bad is valid\n", bad));
}
END_TEST

/* A lab that is up is left as it is. */
START_TEST (test_a_mistake_in_a_change) {
    const char *up;

    begin();
    ok("$NETLAB up %s", hosted("change", MINE, ""));
    up = dump_all(0);
    has(exits(2, "$NETLAB up %s", hosted("change", MINE "      table inet new { nonsense }\n", ""))
            .err,
        "change.yaml:8:24: error: nftables: ");
    has(exits(2, "$NETLAB diff %s", hosted("change", "      table inet mine { nonsense }\n", ""))
            .err,
        "change.yaml:5:25: error: nftables: ");
    same(up, dump_all(0));
    ok("$NETLAB down change");
}
END_TEST

/* The library is asked for when there are rules, not before. */
START_TEST (test_without_the_library) {
    const char *file = hosted("lacks", MINE, ""), *plain;

    begin();
    plain = file_with("plain.yaml", "namespaces: {x: , y: }\nlinks: [[x:eth0, y:eth0]]\n");
    ok("$NETLAB up %s", file);
    ok("for l in $(ldconfig -p | sed -n 's/.*libnftables.so.1 .*=> //p'); do "
       "mount --bind /dev/null $l; done");
    has(exits(3, "$NETLAB diff %s", file).err, "libnftables.so.1");
    has(exits(3, "$NETLAB down lacks").err, "nftables need libnftables: ");
    has(exits(3, "$NETLAB up %s", file).err, "lacks.yaml:4:15: error: nftables need libnftables: ");
    has(exits(3, "$NETLAB up %s", hosted("other", MINE, "")).err,
        "other.yaml:4:15: error: nftables need libnftables: ");
    ok("! test -e /run/netlab/other");
    ok("$NETLAB up %s && $NETLAB up %s && $NETLAB diff %s && $NETLAB down plain", plain, plain,
       plain);
    ok("for l in $(sed -n 's/.* \\(.*libnftables.so[^ ]*\\) .*/\\1/p' /proc/self/mountinfo); do "
       "umount $l; done; $NETLAB down lacks; ! nft list tables | grep .");
}
END_TEST

/* The leak check needs ptrace, which strace has. */
#define STRACE "ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -f -qq -o $TMP/trace "

static int count_calls(const char *call)
{
    return atoi(ok("grep -c ' %s(' $TMP/trace || true", call).out);
}

/* … and opened. */
START_TEST (test_the_library_is_opened_for_rules) {
    const char *plain =
        file_with("plain.yaml", "namespaces: {x: , y: }\nlinks: [[x:eth0, y:eth0]]\n");

    begin();
    if (sh("strace -o /dev/null true").status != 0)
        test_skip("strace is not there, or not allowed to trace");
    for (int i = 0; i < 2; i++) { /* a lab that is up, too */
        ok(STRACE "-e trace=openat $NETLAB up %s", plain);
        has(ok("cat $TMP/trace").out, "libnl");
        has_not(ok("cat $TMP/trace").out, "libnftables");
    }
    ok(STRACE "-e trace=openat $NETLAB down plain");
    has_not(ok("cat $TMP/trace").out, "libnftables");
    ok(STRACE "-e trace=openat $NETLAB up %s", hosted("rules", MINE, ""));
    has(ok("cat $TMP/trace").out, "libnftables.so.1");
    ok("$NETLAB down rules");
}
END_TEST

/*
 * Where its calls fail the library ends the process, at any place: from nothing, and from one
 * ruleset to another; what was made is taken back nevertheless.
 */
static void fail_calls(const char *call, const char *from, const char *to)
{
    const char *before;
    int count;

    if (from)
        ok("$NETLAB up %s", hosted("gives", from, ""));
    before = dump_all(0);
    hosted("gives", to, "    masquerade: [to-a]\n");
    ok(STRACE "$NETLAB up $TMP/gives.yaml");
    count = count_calls(call);
    ck_assert_msg(count > 0, "%s is not called: %s", call, ok("head -c 2000 $TMP/trace").out);
    for (int i = 1; i <= count; i += 1 + count / 12) {
        struct output up;

        test_about("%s %d of %d", call, i, count);
        if (from)
            ok("$NETLAB up %s", hosted("gives", from, ""));
        else
            ok("$NETLAB down gives");
        hosted("gives", to, "    masquerade: [to-a]\n");
        up = sh(STRACE "-e trace=%s -e inject=%s:error=ENOMEM:when=%d $NETLAB up $TMP/gives.yaml",
                call, call, i);
        if (up.status == 0)
            continue; /* it could do without */
        same(before, dump_all(0));
    }
    ok("$NETLAB down gives");
}

static const char *const failing[] = {"socket", "bind", "sendto", "recvmsg", "setns"};

START_TEST (test_the_library_gives_up) {
    const char *before;

    begin();
    if (sh("strace -o /dev/null true").status != 0)
        test_skip("strace is not there, or not allowed to trace");
    ok("nft 'table inet theirs { chain c { counter; }; }'");
    before = dump_all(0);
    fail_calls(failing[_i], NULL, "      table inet mine { chain c { iif to-a drop; }; }\n");
    same(before, dump_all(0));
    fail_calls(failing[_i], MINE TWO, "      table inet mine { chain c { iif to-a drop; }; }\n");
    same(before, dump_all(0));
}
END_TEST

Suite *nft_host_suite(void)
{
    Suite *suite = suite_create("nft_host");
    TCase *tcase = tcase_create("nft_host");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_host_has_only_what_is_ours);
    tcase_add_test(tcase, test_a_table_that_exists_is_refused);
    tcase_add_test(tcase, test_a_failure_brings_the_rules_back);
    tcase_add_test(tcase, test_host_leaves_the_file);
    tcase_add_test(tcase, test_attached);
    tcase_add_loop_test(tcase, test_mistakes_are_told_at_their_lines, 0, (int)COUNT(mistakes));
    tcase_add_test(tcase, test_validate_tries_rulesets);
    tcase_add_test(tcase, test_a_mistake_in_a_change);
    tcase_add_test(tcase, test_without_the_library);
    tcase_add_test(tcase, test_the_library_is_opened_for_rules);
    tcase_add_loop_test(tcase, test_the_library_gives_up, 0, (int)COUNT(failing));
    suite_add_tcase(suite, tcase);
    return suite;
}
