/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of how the command line is read: verbs, options, help, what is mistyped. Nothing here
 * needs privileges.
 */
#include "cli_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const verbs[] = {"up", "down", "plan", "diff", "dump",  "validate", "status",
                                    "ls", "test", "run",  "exec", "shell", "logs"};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

/* What a misuse of that verb exits with. */
static int misuse(const char *verb)
{
    static const char *const of_commands[] = {"run", "exec", "shell"};

    for (size_t i = 0; i < sizeof of_commands / sizeof of_commands[0]; i++)
        if (strcmp(verb, of_commands[i]) == 0)
            return 125;
    return 2;
}

START_TEST (help_lists_every_verb) {
    static const char *const forms[] = {"--help", "-h", "help"};
    struct output output = ok("$NETLAB %s", forms[_i]);

    for (int i = 0; i < VERBS; i++)
        has(output.out, text("\n  %s ", verbs[i]));
    ck_assert_str_eq(output.err, "");
}
END_TEST

START_TEST (help_lists_nothing_else) {
    const char *out = ok("$NETLAB help").out;
    int lines = 0;

    for (const char *at = out; (at = strstr(at, "\n  ")); at++)
        lines++;
    ck_assert_int_eq(lines, VERBS);
}
END_TEST

START_TEST (no_verb) {
    refuses(2, "usage: netlab VERB", "$NETLAB");
}
END_TEST

START_TEST (version) {
    ck_assert_int_eq(sh("$NETLAB --version | grep -Eqx 'netlab [0-9]+\\.[0-9]+\\.[0-9]+'").status,
                     0);
}
END_TEST

START_TEST (help_of_a_verb) {
    const char *verb = verbs[_i];
    const char *out = ok("$NETLAB %s --help", verb).out;

    has(out, text("usage: netlab %s ", verb));
    has(out, text("\nexample: netlab "));
    ck_assert_str_eq(ok("$NETLAB help %s", verb).out, out);
    ck_assert_str_eq(ok("$NETLAB --help %s", verb).out, out);
    ck_assert_str_eq(ok("$NETLAB %s -h", verb).out, out);
}
END_TEST

START_TEST (help_fits_a_terminal) {
    char *line, *rest = NULL, *help = strdup(ok("$NETLAB %s --help", verbs[_i]).out);

    for (line = strtok_r(help, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (strlen(line) > 104) /* some bytes are parts of a character */
            test_fail("%zu bytes: %s", strlen(line), line);
    free(help);
}
END_TEST

START_TEST (help_of_no_verb) {
    refuses(2, "'frob' is not a verb", "$NETLAB help frob");
}
END_TEST

static const struct {
    const char *typed, *meant;
} typos[] = {
    {"dwon", "down"},  {"Up", "up"},        {"upp", "up"},           {"pln", "plan"},
    {"plna", "plan"},  {"stat", "status"},  {"stats", "status"},     {"exce", "exec"},
    {"shel", "shell"}, {"val", "validate"}, {"validte", "validate"}, {"destroy", "down"},
    {"deploy", "up"},  {"list", "ls"},      {"check", "validate"},
};

START_TEST (mistyped_verb) {
    refuses(2, text("did you mean 'netlab %s'?", typos[_i].meant), "$NETLAB %s", typos[_i].typed);
}
END_TEST

static const char *const no_verbs[] = {"frobnicate",
                                       "''",
                                       "xx",
                                       "tset2",
                                       "graph",
                                       "map",
                                       "capture",
                                       "generate",
                                       "schema",
                                       "version",
                                       "UP",
                                       "topo.yaml",
                                       "averyveryveryveryveryveryveryverylongword"};

START_TEST (unknown_verb) {
    refuses(2, "is not a verb", "$NETLAB %s", no_verbs[_i]);
}
END_TEST

static const char *const foreign[] = {"create",  "initial", "connect", "collect", "config",
                                      "inspect", "libvirt", "clab",    "restart"};

START_TEST (verb_of_another_netlab) {
    struct output output = sh("$NETLAB %s -v topology.yml", foreign[_i]);

    ck_assert_int_eq(output.status, 2);
    has(output.err, "a different tool of that name");
}
END_TEST

START_TEST (option_before_the_verb) {
    refuses(2, "options stand after the verb", "$NETLAB -q up");
    refuses(2, "options stand after the verb", "$NETLAB --json up");
}
END_TEST

START_TEST (unknown_option) {
    const char *verb = verbs[_i];

    refuses(misuse(verb), "unrecognized option '--frobnicate'", "$NETLAB %s --frobnicate", verb);
    refuses(misuse(verb), text("usage: netlab %s ", verb), "$NETLAB %s -x", verb);
    refuses(misuse(verb), "invalid option", "$NETLAB %s -qvnx", verb);
}
END_TEST

static const struct {
    const char *line, *part;
} options[] = {
    {"up --jsn", "did you mean '--json'?"},
    {"up --dryrun", "did you mean '--dry-run'?"},
    {"up --verbos-e", "did you mean '--verbose'?"},
    {"down --al-l", "did you mean '--all'?"},
    {"plan --fromat ip", "did you mean '--format'?"},
    {"up --json=1", "doesn't allow an argument"},
    {"plan --format", "requires an argument"},
    {"plan --format yaml", "there is no format 'yaml': text, json or ip"},
    {"plan --format ''", "there is no format ''"},
    {"plan --json --format ip", "--json and --format ip do not go together"},
    {"plan --format=text --json", "--json and --format text do not go together"},
    {"plan -n", "invalid option -- 'n'"},
    {"plan -q", "invalid option -- 'q'"},
    {"up --all", "unrecognized option '--all'"},
    {"up --lock-timout 1", "did you mean '--lock-timeout'?"},
    {"up --lock-timeout", "requires an argument"},
    {"up --wait=0", "--wait takes more than 0, and up to 86400 seconds, not '0'"},
    {"up --wait=x", "--wait takes more than 0, and up to 86400 seconds, not 'x'"},
    {"up --wait=86401", "and up to 86400 seconds, not '86401'"},
    {"up --wai-t", "did you mean '--wait'?"},
    {"down --wait", "unrecognized option '--wait'"},
    {"down --all --lock-timeout", "requires an argument"},
    {"plan --lock-timeout 1", "unrecognized option '--lock-timeout'"},
    {"validate --lock-timeout 1", "unrecognized option '--lock-timeout'"},
    {"status --lock-timeout=1", "unrecognized option '--lock-timeout=1'"},
    {"status -q", "invalid option -- 'q'"},
    {"up a.yaml b.yaml", "unexpected argument 'b.yaml'"},
    {"down a b", "unexpected argument 'b'"},
    {"down --all duo", "--all and 'duo' do not go together"},
    {"plan a b", "unexpected argument 'b'"},
    {"status a b", "unexpected argument 'b'"},
    {"ls a b", "unexpected argument 'b'"},
};

START_TEST (wrong_option) {
    refuses(2, options[_i].part, "$NETLAB %s", options[_i].line);
}
END_TEST

static const char *const no_seconds[] = {
    "",         " ",         "-1",  "+1",    "1e3",  "0x10", "1,5",
    "5s",       " 1",        "1 ",  "1.2.3", ".",    "nan",  "inf",
    "infinity", "86400.001", "-0.", "86401", "1e-3", "0.5h", "99999999999999999999999999999999"};

START_TEST (no_lock_timeout) {
    const char *verb = _i % 2 ? "down" : "up";

    refuses(2, text("--lock-timeout takes 0 to 86400 seconds, not '%s'", no_seconds[_i]),
            "$NETLAB %s --lock-timeout '%s'", verb, no_seconds[_i]);
    refuses(2, text("usage: netlab %s ", verb), "$NETLAB %s --lock-timeout='%s' -q", verb,
            no_seconds[_i]);
}
END_TEST

START_TEST (help_tells_of_the_lock_timeout) {
    has(ok("$NETLAB up --help").out, "\n      --lock-timeout SECONDS\n");
    has(ok("$NETLAB down --help").out, "\n      --lock-timeout SECONDS\n");
    has_not(ok("$NETLAB status --help").out, "--lock-timeout");
}
END_TEST

static const struct {
    const char *line, *part;
} entries[] = {
    {"exec", "a namespace is missing"},
    {"exec left", "a command is missing"},
    {"exec left --", "a command is missing"},
    {"exec left ''", "a command is missing"},
    {"exec a:b:c true", "'a:b:c' is not NS or LAB:NS"},
    {"exec :left true", "':left' is not NS or LAB:NS"},
    {"exec duo: true", "'duo:' is not NS or LAB:NS"},
    {"exec '' true", "'' is not NS or LAB:NS"},
    {"exec -i left true", "invalid option -- 'i'"},
    {"exec --lock-timeout 1 left true", "unrecognized option '--lock-timeout'"},
    {"exec --user=me left true", "unrecognized option '--user=me'"},
    {"run", "a command is missing"},
    {"run topo.yaml", "a command is missing"},
    {"run topo.yaml --", "a command is missing"},
    {"run -- ''", "a command is missing"},
    {"run topo.yaml ''", "a command is missing"},
    {"run -n topo.yaml true", "invalid option -- 'n'"},
    {"run --json topo.yaml true", "unrecognized option '--json'"},
    {"run --keep topo.yaml", "a command is missing"},
    {"run --kep-on-failure topo.yaml true", "did you mean '--keep-on-failure'?"},
    {"run --wait=0 topo.yaml true", "--wait takes more than 0, and up to 86400 seconds, not '0'"},
    {"run -- true", "no file is named and there is no topo.yaml here"},
    {"run nothing.yaml true", "cannot read nothing.yaml: No such file"},
    {"shell", "a namespace is missing"},
    {"shell left true", "unexpected argument 'true'"},
    {"shell -l left", "invalid option -- 'l'"},
};

START_TEST (wrong_entry) {
    refuses(125, entries[_i].part, "$NETLAB %s", entries[_i].line);
}
END_TEST

/* Words that bash offers for the last one of a command line. */
static const struct {
    const char *words, *offered;
} completions[] = {
    {"va", "validate"},
    {"help st", "status"},
    {"up --d", "--dry-run"},
    {"down --a", "--all"},
    {"plan --format i", "ip"},
    {"up la", "lab.yaml"},
    {"exec ho", "host"},
    {"exec host printen", "printenv"},
    {"up --l", "--lock-timeout"},
    {"down --lo", "--lock-timeout"},
    {"run la", "lab.yaml"},
    {"run --k", "--keep-on-failure"},
    {"run lab.yaml -- printen", "printenv"},
    {"run lab.yaml -- cat lab.t", "lab.txt"},
    {"up --lock-timeout 1", ""},
    {"down --lock-timeout \"\"", ""},
};

/* All that is written under a name. */
START_TEST (keys_of_json_are_in_the_manual) {
    const char *manual = ok("sed -n '/^## JSON/,/^## Environment/p' $SOURCE/docs/cli.md").out;
    const char *keys = ok("grep -ohE 'json_(put_[a-z]+|open)\\([^,]*, \"[a-z-]+\"' -r "
                          "--include='*.c' $SOURCE/src | "
                          "sed 's/.*\"\\(.*\\)\"/\\1/' | sort -u")
                           .out;
    char *copy = strdup(keys), *rest = NULL;
    int count = 0;

    for (char *key = strtok_r(copy, "\n", &rest); key; key = strtok_r(NULL, "\n", &rest)) {
        const char *at = manual;
        size_t size = strlen(key);

        do /* as a word of its own, in code */
            at = strstr(at + 1, key);
        while (at && !(strchr("`. {", at[-1]) && strchr("`,}[", at[size])));
        ck_assert_msg(at, "docs/cli.md does not tell what '%s' is", key);
        count++;
    }
    ck_assert_int_gt(count, 30);
    free(copy);
}
END_TEST

START_TEST (completion) {
    file_with("lab.yaml", "");
    file_with("lab.txt", "");
    ck_assert_str_eq(ok("bash -c '. $SOURCE/src/cli/netlab.bash; COMP_WORDS=(netlab %s);"
                        " COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _netlab;"
                        " printf %%s\\\\n \"${COMPREPLY[@]}\"' | sort -u",
                        completions[_i].words)
                         .out,
                     text("%s\n", completions[_i].offered));
}
END_TEST

START_TEST (the_library_s_first_client) {
    /* the command includes public headers only */
    ck_assert_str_eq(sh("cat $SOURCE/src/cli/*.[ch] | grep '#include \"' | sort -u").out,
                     "#include \"cli.h\"\n");
    ck_assert_str_eq(sh("grep -lE 'libnl|netlink/|linux/|yaml.h' $SOURCE/src/cli/*.[ch]").out, "");
}
END_TEST

Suite *usage_suite(void)
{
    Suite *suite = suite_create("usage");
    TCase *tcase = tcase_create("usage");

    tcase_add_checked_fixture(tcase, with_directory, NULL);
    tcase_add_loop_test(tcase, help_lists_every_verb, 0, 3);
    tcase_add_test(tcase, help_lists_nothing_else);
    tcase_add_test(tcase, no_verb);
    tcase_add_test(tcase, version);
    tcase_add_loop_test(tcase, help_of_a_verb, 0, VERBS);
    tcase_add_loop_test(tcase, help_fits_a_terminal, 0, VERBS);
    tcase_add_test(tcase, help_of_no_verb);
    tcase_add_loop_test(tcase, mistyped_verb, 0, sizeof typos / sizeof typos[0]);
    tcase_add_loop_test(tcase, unknown_verb, 0, sizeof no_verbs / sizeof no_verbs[0]);
    tcase_add_loop_test(tcase, verb_of_another_netlab, 0, sizeof foreign / sizeof foreign[0]);
    tcase_add_test(tcase, option_before_the_verb);
    tcase_add_loop_test(tcase, unknown_option, 0, VERBS);
    tcase_add_loop_test(tcase, wrong_option, 0, sizeof options / sizeof options[0]);
    tcase_add_loop_test(tcase, no_lock_timeout, 0, sizeof no_seconds / sizeof no_seconds[0]);
    tcase_add_test(tcase, help_tells_of_the_lock_timeout);
    tcase_add_loop_test(tcase, wrong_entry, 0, sizeof entries / sizeof entries[0]);
    tcase_add_test(tcase, keys_of_json_are_in_the_manual);
    tcase_add_loop_test(tcase, completion, 0, sizeof completions / sizeof completions[0]);
    tcase_add_test(tcase, the_library_s_first_client);
    suite_add_tcase(suite, tcase);
    return suite;
}
