/* SPDX-License-Identifier: MIT */
/*
 * Job: a change is whole or not at all: what refuses it, interrupts it, kills it half-way; whose
 * lab it is.
 * NETLAB_ROUNDS: how many interrupts of each sort (20). NETLAB_KILLS: how many kills (20).
 * NETLAB_SEED: the moments (random).
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "between.h"

static const char *rich_file(const char *yaml)
{
    return file_with("rich.yaml", yaml);
}

/* Of kinds that netlab does not know, so that it can tell them from lo by their name only. */
static void make_foreign_kinds(void)
{
    ok("ip -n a link add t-ifb type ifb; ip -n a link set t-ifb up;"
       "ip -n a tuntap add t-tap mode tap; ip -n a link set t-tap up;"
       "ip -n a address add 10.88.0.1/24 dev t-tap; ip -n a link set t-tap alias theirs");
}

/* Refused */

/* The lab is as before, and so is what it came from. */
static void refused(const char *before, const char *after, const char *line, const char *what)
{
    const char *file = rich_file(before), *dump, *who;
    struct output output;

    make_foreign();
    ok("$NETLAB up %s", file);
    make_foreign_kinds();
    dump = dump_all(DUMP_ANEW);
    who = identities();
    rich_file(after);
    output = exits(3, "$NETLAB up %s", file);
    has(output.err, text("%s:%d:", file, line_of(after, line)));
    has(output.err, what);
    same(dump, dump_all(DUMP_ANEW));
    /* the file on disk is not what the lab is */
    ck_assert_int_gt(diff_of(file).count, 0);
    rich_file(before);
    is_right(file, 2);
    /* those were to stay; the others may have been remade */
    same_identities(who, identities(),
                    "host:to-d d:eth0 c c:lo c:eth0 switch:p1 b:eth2 "
                    "switch:b-eth2 a:eth0 host:a-eth0");
    ok("$NETLAB down rich");
}

START_TEST (test_kernel_refuses_a_sysctl) {
    refused(rich_before,
            edited(rich_after, "net.ipv4.ip_default_ttl: 78", "net.ipv4.ip_default_ttl: 4711"),
            "net.ipv4.ip_default_ttl: 4711", "Invalid argument");
}
END_TEST

START_TEST (test_kernel_has_no_such_sysctl) {
    refused(rich_before,
            edited(rich_after, "net.ipv4.ip_default_ttl: 78", "net.ipv4.no_such_setting: 78"),
            "no_such_setting", "no_such_setting");
}
END_TEST

START_TEST (test_kernel_refuses_a_route_of_the_host) {
    refused(rich_before,
            edited(rich_after, "      - {to: 10.11.0.0/16, type: unreachable}\n",
                   "      - {to: 10.11.0.0/16, type: unreachable}\n"
                   "      - {to: 10.12.0.0/16, via: 10.99.0.1}\n"),
            "via: 10.99.0.1", "Nexthop has invalid gateway");
}
END_TEST

/* … which comes late: nearly all has been done by then. */
START_TEST (test_kernel_refuses_a_sysctl_of_the_host) {
    refused(rich_before,
            edited(rich_after, "net.ipv4.ip_default_ttl: 88,", "net.ipv4.ip_default_ttl: 4711,"),
            "net.ipv4.ip_default_ttl: 4711", "Invalid argument");
}
END_TEST

START_TEST (test_name_of_a_namespace_is_taken) {
    ok("ip netns add e && ip -n e link add mine type bridge");
    refused(rich_before, rich_after, "  e: {", "e");
    ok("ip -n e link show mine");
}
END_TEST

START_TEST (test_name_of_an_interface_is_taken) {
    ok("ip link add br-two type bridge");
    refused(rich_before, rich_after, "      br-two: {", "br-two");
    ok("ip link show br-two");
}
END_TEST

START_TEST (test_no_more_namespaces_allowed) {
    const char *file = rich_file(rich_before), *before;

    ok("$NETLAB up %s", file);
    ok("echo 6 >/proc/sys/user/max_net_namespaces");
    before = dump_all(DUMP_ANEW);
    rich_file(crowded(rich_after, 8, 1));
    has(exits(3, "$NETLAB up %s", file).err, "No space left on device");
    same(before, dump_all(DUMP_ANEW));
    ok("echo 100 >/proc/sys/user/max_net_namespaces; $NETLAB up %s", file);
    is_right(file, 0);
    ok("$NETLAB down rich");
}
END_TEST

START_TEST (test_run_is_read_only) {
    const char *file = rich_file(rich_before), *before;

    ok("$NETLAB up %s", file);
    before = dump_all(0);
    rich_file(rich_after);
    ok("mount -o remount,ro /run");
    exits(3, "$NETLAB up %s", file);
    ok("mount -o remount,rw /run");
    same(before, dump_all(0));
    ok("$NETLAB down rich");
}
END_TEST

/* Bad files, files of others */

static void nothing_changes(int status, const char *arguments, const char *file, const char *what)
{
    static const char everywhere[] = "host a b c d switch";
    const char *before = dump_all(0), *who = identities();
    struct output output;

    watch(everywhere);
    output = exits(status, "$NETLAB up %s %s", arguments, file);
    has(output.err, what);
    same(before, dump_all(0));
    nothing_happened(everywhere);
    same_identities(who, identities(), "");
}

START_TEST (test_file_with_an_error) {
    const char *file = rich_file(rich_before);
    const char *bad[][2] = {{"    forwarding: true\n", "    forwarding: maybe\n"},
                            {"links:\n", "links:\n  - [a:eth9, nowhere:eth9]\n"},
                            {"links:\n", "links: [\n"},
                            {"namespaces:\n", "namespaces:\n  \x01\n"}};

    ok("$NETLAB up %s", file);
    for (size_t i = 0; i < COUNT(bad); i++) {
        test_about("%s", bad[i][1]);
        rich_file(edited(rich_before, bad[i][0], bad[i][1]));
        nothing_changes(2, "", file, text("%s:", file));
        exits(2, "$NETLAB diff %s", file);
    }
    rich_file("");
    nothing_changes(2, "", file, file);
    ok("rm %s", file);
    nothing_changes(2, "", file, file);
    rich_file(rich_before);
    is_right(file, 0);
    ok("$NETLAB down rich");
}
END_TEST

START_TEST (test_file_of_another_path) {
    const char *nothing = dump_all(0), *file = rich_file(rich_before), *other, *wanted;

    ok("$NETLAB up %s", file);
    other = file_with("other.yaml", text("name: rich\n%s", rich_after));
    nothing_changes(3, "", other, "rich");
    nothing_changes(3, "--json", other, "");
    nothing_changes(3, "", file_with("other.yaml", text("name: rich\n%s", rich_before)), "rich");
    is_right(file, 0);

    file_with("other.yaml", text("name: rich\n%s", rich_after));
    ok("$NETLAB up --adopt %s", other);
    wanted = dump_all(DUMP_ANEW);
    is_right(other, 0);
    has(ok("$NETLAB status rich").out, other);
    has(exits(3, "$NETLAB up %s", file).err, "rich");
    ok("$NETLAB down rich");
    same(nothing, dump_all(0));
    ok("$NETLAB up %s", other);
    same(dump_all(DUMP_ANEW), wanted);
    ok("$NETLAB down rich");
}
END_TEST

/* It is the file that counts, not how it is called. */
START_TEST (test_file_by_another_name_for_its_path) {
    const char *file = rich_file(rich_before);

    ok("$NETLAB up %s", file);
    has(ok("cd $TMP && $NETLAB up rich.yaml").out, "nothing to do");
    has(ok("cd / && $NETLAB up $TMP/../$(basename $TMP)/./rich.yaml").out, "nothing to do");
    ok("ln -s rich.yaml $TMP/link.yaml; ln -s $TMP $TMP/link; $NETLAB up $TMP/link/rich.yaml");
    ok("$NETLAB down rich");
}
END_TEST

/* What is fresh needs no adopting, and what is the same neither. */
START_TEST (test_adopt_where_there_is_nothing_to_adopt) {
    const char *file = rich_file(rich_before);

    ok("$NETLAB up --adopt %s", file);
    has(ok("$NETLAB up --adopt %s", file).out, "nothing to do");
    is_right(file, 0);
    ok("$NETLAB down rich");
}
END_TEST

/* Interrupted */

struct ways {
    const char *nothing, *file, *before, *after; /* dumps of both states */
    const char *from, *to;                       /* the two files' text */
    double milliseconds;                         /* of the change */
};

static struct ways ways_begin(void)
{
    struct ways ways = {.from = crowded(rich_before, 4, 1), .to = crowded(rich_after, 4, 3)};

    seed_moments();
    make_foreign();
    ways.nothing = dump_all(0);
    ways.file = rich_file(ways.to);
    ok("$NETLAB up %s", ways.file);
    ways.after = dump_all(DUMP_ANEW);
    ok("$NETLAB down rich");
    rich_file(ways.from);
    ok("$NETLAB up %s", ways.file);
    ways.before = dump_all(DUMP_ANEW);
    rich_file(ways.to);
    ways.milliseconds = ok("$NETLAB up %s", ways.file).milliseconds;
    same(ways.after, dump_all(DUMP_ANEW));
    return ways;
}

static void go_back(const struct ways *ways)
{
    rich_file(ways->from);
    ok("$NETLAB up %s", ways->file);
    same(ways->before, dump_all(DUMP_ANEW));
    rich_file(ways->to);
}

static void interrupted_by(int number)
{
    struct ways ways = ways_begin();
    long rounds = env_number("NETLAB_ROUNDS", 20), undone = 0;

    for (long i = 0; i < rounds; i++) {
        int status;

        go_back(&ways);
        status = interrupt_netlab("up", ways.file, number, some_moment(ways.milliseconds));
        if (status == 0) {
            same(ways.after, dump_all(DUMP_ANEW));
            is_right(ways.file, 0);
        } else {
            /* Killed: also when it has taken all back. */
            ck_assert_msg(status == 3 || status == 128 + number, "exit status %d", status);
            same(ways.before, dump_all(DUMP_ANEW));
            rich_file(ways.from);
            is_right(ways.file, 0);
            undone++;
        }
    }
    test_about("%ld of %ld undone", undone, rounds);
    ok("$NETLAB down rich");
    same(ways.nothing, dump_all(0));
}

START_TEST (test_sigint) {
    interrupted_by(SIGINT);
}
END_TEST

START_TEST (test_sigterm) {
    interrupted_by(SIGTERM);
}
END_TEST

/* Killed: what is left is nobody's state, but `up` finds its way from there, and so does `down`. */
START_TEST (test_sigkill) {
    struct ways ways = ways_begin();
    long kills = env_number("NETLAB_KILLS", 20);

    for (long i = 0; i < kills; i++) {
        int status;

        go_back(&ways);
        status = interrupt_netlab("up", ways.file, SIGKILL, some_moment(ways.milliseconds));
        ck_assert_msg(status == 0 || status == 128 + SIGKILL, "exit status %d", status);
        if (i % 3 == 0) {
            ok("$NETLAB down rich");
            same(ways.nothing, dump_all(0));
            continue;
        }
        rich_file(i % 3 == 1 ? ways.to : ways.from);
        ok("$NETLAB up %s", ways.file);
        is_right(ways.file, 0);
        same(i % 3 == 1 ? ways.after : ways.before, dump_all(DUMP_ANEW));
    }
    ok("$NETLAB down rich");
    same(ways.nothing, dump_all(0));
}
END_TEST

/* Killed between the two steps that take a name away, a file is left that nothing is bound to. */
START_TEST (test_what_is_left_of_a_name) {
    struct ways ways = ways_begin();
    const char *names = "/run/netlab/rich/ns";

    go_back(&ways);
    ok("rm /run/netns/h2 && umount %s/h2 && test -f %s/h2", names, names);
    ok("$NETLAB up %s", ways.file);
    is_right(ways.file, 0);
    same(ways.after, dump_all(DUMP_ANEW));
    ok("$NETLAB down rich");
    same(ways.nothing, dump_all(0));
}
END_TEST

/* What others have added within the lab lives through all of that, too. */
START_TEST (test_things_of_others_survive) {
    struct ways ways = ways_begin();
    long rounds = env_number("NETLAB_ROUNDS", 20);
    static const char made[] =
        "set -e; ip -n a link add theirs type bridge; ip -n a link set theirs up;"
        "ip -n a address add 10.77.0.1/24 dev theirs; ip -n a address add 10.77.1.1/24 dev eth1;"
        "ip -n a route add 10.78.0.0/16 via 10.1.0.2; ip -n a rule add priority 77 table 77;"
        "ip -n switch link add foo type veth peer name bar; "
        "ip -n switch link set foo master br0 up; ip -n switch link set bar up";
    static const char there[] =
        "shows 10.77.0.1/24 ip -n a address show theirs;"
        "shows 10.77.1.1/24 ip -n a address show eth1;"
        "shows 'via 10.1.0.2' ip -n a route show 10.78.0.0/16; shows 'lookup 77' ip -n a rule;"
        "shows 'master br0' ip -n switch link show foo; shows LOWER_UP ip -n switch link show bar";

    ok("%s", made);
    for (long i = 0; i < rounds; i++) {
        rich_file(ways.from);
        ok("$NETLAB up %s", ways.file);
        rich_file(ways.to);
        interrupt_netlab("up", ways.file, i % 2 ? SIGKILL : SIGINT, some_moment(ways.milliseconds));
        facts(there);
        if (i % 2) /* a killed change is gone on with */
            ok("$NETLAB up %s", ways.file);
        facts(there);
    }
    ok("$NETLAB down rich");
    same(ways.nothing, dump_all(0));
}
END_TEST

/* Several at once */

START_TEST (test_two_changes_at_once) {
    struct ways ways = ways_begin();
    const char *const argv[] = {getenv("NETLAB"), "up", ways.file, NULL};

    for (int i = 0; i < 5; i++) {
        pid_t one, two;
        int first, second;

        go_back(&ways);
        one = start(argv);
        two = start(argv);
        first = finish(one);
        second = finish(two);
        /* The other one says that it is busy, or has nothing to do any more. */
        ck_assert_msg((first == 0 && (second == 0 || second == 3)) || (first == 3 && second == 0),
                      "exit statuses %d and %d", first, second);
        same(ways.after, dump_all(DUMP_ANEW));
    }
    ok("$NETLAB down rich");
}
END_TEST

START_TEST (test_change_and_down_at_once) {
    struct ways ways = ways_begin();
    const char *const up[] = {getenv("NETLAB"), "up", ways.file, NULL};
    const char *const down[] = {getenv("NETLAB"), "down", "rich", NULL};

    for (int i = 0; i < 5; i++) {
        pid_t one, two;
        int first, second;

        go_back(&ways);
        one = start(up);
        usleep(some_moment(ways.milliseconds));
        two = start(down);
        first = finish(one);
        second = finish(two);
        ck_assert_msg((first == 0 || first == 3) && (second == 0 || second == 3),
                      "exit statuses %d and %d", first, second);
        ok("$NETLAB down rich");
        same(ways.nothing, dump_all(0));
    }
}
END_TEST

Suite *change_whole_suite(void)
{
    Suite *suite = suite_create("change-whole");
    TCase *tcase = tcase_create("refused"), *often = tcase_create("interrupted");
    TCase *user = tcase_create("limits");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 180);
    tcase_add_test(tcase, test_kernel_refuses_a_sysctl);
    tcase_add_test(tcase, test_kernel_has_no_such_sysctl);
    tcase_add_test(tcase, test_kernel_refuses_a_route_of_the_host);
    tcase_add_test(tcase, test_kernel_refuses_a_sysctl_of_the_host);
    tcase_add_test(tcase, test_name_of_a_namespace_is_taken);
    tcase_add_test(tcase, test_name_of_an_interface_is_taken);
    tcase_add_test(tcase, test_run_is_read_only);
    tcase_add_test(tcase, test_file_with_an_error);
    tcase_add_test(tcase, test_file_of_another_path);
    tcase_add_test(tcase, test_file_by_another_name_for_its_path);
    tcase_add_test(tcase, test_adopt_where_there_is_nothing_to_adopt);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(often, sandbox_enter, NULL);
    tcase_set_timeout(often, 60 + 10 * (double)(env_number("NETLAB_KILLS", 20) +
                                                env_number("NETLAB_ROUNDS", 20)));
    tcase_add_test(often, test_sigint);
    tcase_add_test(often, test_sigterm);
    tcase_add_test(often, test_sigkill);
    tcase_add_test(often, test_what_is_left_of_a_name);
    tcase_add_test(often, test_things_of_others_survive);
    tcase_add_test(often, test_two_changes_at_once);
    tcase_add_test(often, test_change_and_down_at_once);
    suite_add_tcase(suite, often);
    tcase_add_checked_fixture(user, sandbox_enter_user, NULL);
    tcase_add_test(user, test_no_more_namespaces_allowed);
    suite_add_tcase(suite, user);
    return suite;
}
