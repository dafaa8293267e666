/* SPDX-License-Identifier: MIT */
/*
 * Job: the script that `netlab plan --format ip` prints makes the same network as `netlab up`, and
 * what `netlab dump` prints, too; a plan changes nothing.
 * In: the examples, and other tests' topologies. NETLAB_SAMPLE: only one in so many (1: each).
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

static const char *example_files[64];
static int example_count;
static int stride; /* from one that is tried to the next */

static int only_yaml(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');

    return end && strcmp(end, ".yaml") == 0;
}

static void find_examples(void)
{
    struct dirent **entries;
    int count = scandir(getenv("EXAMPLES"), &entries, only_yaml, alphasort);

    example_count = 0;
    for (int i = 0; i < count; i++) {
        const char *file = text("%s/%s", getenv("EXAMPLES"), entries[i]->d_name);

        if (example_count < (int)COUNT(example_files) && stands_alone(file))
            example_files[example_count++] = file;
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* STP takes its time: ports that come to forward, then a topology change that ages. */
static void wait_for_stp(void)
{
    ok("for i in $(seq 300); do "
       "  for ns in $(ls /run/netns); do ip -n $ns -d -j link; done >$TMP/links; "
       "  ip -d -j link >>$TMP/links; "
       "  grep -Eq '\"state\":\"(listening|learning)\"|\"topology_change\":1' $TMP/links || exit "
       "0; "
       "  sleep 0.1; "
       "done; exit 1");
}

static void need(const char *file)
{
    test_about("%s", file);
    if (!kernel_suits(file))
        test_skip("the kernel lacks what %s needs", file);
}

/* What a script makes: ip can't choose the index of a tun or tap. */
static unsigned script_flags(void)
{
    return sh("grep -q ' tuntap add ' $TMP/script").status == 0 ? DUMP_NETWORK | DUMP_NO_INDEX
                                                                : DUMP_NETWORK;
}

static void plan_is_up(const char *file)
{
    const char *before, *by_up;
    unsigned flags;

    need(file);
    before = dump_all(0);
    ok("$NETLAB plan --format ip %s >$TMP/script", file);
    same(before, dump_all(0)); /* a plan changes nothing */
    ok("$NETLAB up %s", file);
    wait_for_stp();
    flags = script_flags();
    by_up = dump_all(flags);
    ok("$NETLAB down %s", file);
    ok("sh -e $TMP/script");
    wait_for_stp();
    same(by_up, dump_all(flags));
    ok("for n in $(ls /run/netns); do ip netns pids $n | xargs -r kill -9; done");
}

START_TEST (test_script_makes_the_same_network) {
    plan_is_up(topology_file(topology_number(_i * stride)));
}
END_TEST

START_TEST (test_script_makes_the_same_example) {
    plan_is_up(example_files[_i]);
}
END_TEST

enum { DUMP_COPY = DUMP_NETWORK | DUMP_NO_INDEX };

/* What the kernel has, as a file, makes it again. */
static void dump_is_up(const char *file)
{
    const char *before, *by_file;

    need(file);
    before = dump_all(0);
    ok("$NETLAB up %s", file);
    wait_for_stp();
    by_file = dump_all(DUMP_COPY);
    ok("$NETLAB dump %s >$TMP/dump.yaml", file);
    ok("$NETLAB diff - <$TMP/dump.yaml");
    ok("$NETLAB down %s", file);
    same(before, dump_all(0));
    ok("$NETLAB up - <$TMP/dump.yaml");
    wait_for_stp();
    same(by_file, dump_all(DUMP_COPY));
    ok("$NETLAB down %s", file);
}

START_TEST (test_dump_makes_the_same_network) {
    dump_is_up(topology_file(topology_number(_i * stride)));
}
END_TEST

START_TEST (test_dump_makes_the_same_example) {
    dump_is_up(example_files[_i]);
}
END_TEST

/* Namespaces that netlab has never heard of. */
START_TEST (test_dump_of_others_makes_the_same_network) {
    const char *make =
        "for n in red blue mid; do ip netns add $n; ip -n $n link set lo up; done;"
        "ip -n mid link add br0 type bridge stp_state 0 ageing_time 5000;"
        "ip -n mid link set br0 up;"
        "for n in red blue; do"
        "  ip -n $n link add eth0 numtxqueues 1 numrxqueues 1 type veth peer name $n netns mid"
        "    numtxqueues 1 numrxqueues 1;"
        "  ip -n mid link set $n master br0 up; ip -n $n link set eth0 up;"
        "done;"
        "ip -n mid link set red type bridge_slave isolated on;"
        "ip -n red addr add 10.0.0.1/24 brd + dev eth0; ip -n blue addr add 10.0.0.2/24 dev eth0;"
        "ip -n red addr add fd00::1/64 dev eth0 nodad;"
        "ip -n red route add default via 10.0.0.2;"
        "ip -n red route add 10.9.0.0/16 via 10.0.0.2 metric 7 mtu 1300;"
        "ip -n red rule add pref 77 from 10.0.0.1 lookup 100;"
        "ip -n red neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0;"
        "ip netns exec blue sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=1";
    const char *before, *output;

    ok("ip netns add first && ip netns del first"); /* which leaves a mount */
    before = dump_all(0);
    ok("%s", make);
    output = ok("$NETLAB dump red blue mid").out;
    file_with("copy.yaml", output);
    has(output, "forwarding: ipv4");
    has(output, "[red:eth0, mid:red]");
    ok("ping=$(ip netns exec red ping -c1 -W2 10.0.0.2) || { echo $ping; exit 1; }");
    ok("for n in red blue mid; do ip netns del $n; done");
    ok("$NETLAB up $TMP/copy.yaml");
    ck_assert(ping("red", "10.0.0.2"));
    ok("$NETLAB diff $TMP/copy.yaml");
    has(ok("bridge -d -n mid link show dev red").out, "isolated on");
    has(ok("ip -n red route").out, "10.9.0.0/16 via 10.0.0.2 dev eth0 proto 78 metric 7 mtu 1300");
    has(ok("ip -n red rule").out, "from 10.0.0.1 lookup 100");
    has(ok("ip -n red neigh show nud permanent").out, "10.0.0.9");
    ok("$NETLAB down dump");
    same(before, dump_all(0));
    exits(3, "$NETLAB dump nobody");
}
END_TEST

static const char *const commented[] = {"address 10.0.0.1/24",
                                        "route 10.8.0.0/16",
                                        "route 10.9.0.0/16",
                                        "rule 77",
                                        "rule 78",
                                        "rule 79",
                                        "neighbor 10.0.0.50",
                                        "neighbor 10.0.0.51"};

/* It is said in comments, and what would mean something else is not written. */
START_TEST (test_dump_of_what_no_file_has_words_for) {
    struct output output;

    ok("ip netns add red; ip -n red link set lo up;"
       "ip -n red link add eth0 type veth peer name eth1;"
       "ip -n red link set eth0 up; ip -n red link set eth1 up arp off;"
       "ip -n red addr add 10.0.0.1/24 brd + dev eth0 metric 7;"
       "ip -n red route add 10.7.0.0/16 via 10.0.0.2;"
       "ip -n red route add 10.8.0.0/16 via 10.0.0.2 initcwnd 7;"
       "ip -n red route add 10.9.0.0/16 tos 0x10 via 10.0.0.2;"
       "ip -n red rule add priority 77 not fwmark 51820 table 51820;"
       "ip -n red rule add priority 78 table main suppress_prefixlength 0;"
       "ip -n red rule add priority 79 ipproto tcp table 100;"
       "ip -n red rule add priority 80 fwmark 0/0xff table 100;"
       "ip -n red neigh add proxy 10.0.0.50 dev eth0;"
       "ip -n red neigh add 10.0.0.51 lladdr 02:00:00:00:00:51 dev eth0 nud noarp");
    output = ok("$NETLAB dump red");
    for (size_t i = 0; i < COUNT(commented); i++)
        has(output.out, text("\n    # %s: ", commented[i]));
    has(output.out, "# eth1: its arp is off: ");
    ok("ip netns del red");
    file_with("red.yaml", output.out);
    ok("$NETLAB up $TMP/red.yaml");
    ck_assert_str_eq(ok("ip -n red rule | sed -n 's/.*from/from/p'").out,
                     "from all lookup local\nfrom all fwmark 0/0xff lookup 100 proto 78\n"
                     "from all lookup main\nfrom all lookup default\n");
    ck_assert_str_eq(ok("ip -n red -4 route show proto 78").out,
                     "10.7.0.0/16 via 10.0.0.2 dev eth0 \n");
    ck_assert_str_eq(ok("ip -n red neigh show nud permanent; ip -n red neigh show proxy").out, "");
    ok("$NETLAB diff $TMP/red.yaml && $NETLAB down dump");
}
END_TEST

/* The script of a plan mends what up would. */
START_TEST (test_script_of_a_running_lab) {
    const char *before = dump_all(0);

    ok("$NETLAB up $EXAMPLES/dual-stack.yaml");
    ok("ip -n north link set east mtu 1400; ip -n client route del default;"
       "ip -n south addr del 10.1.0.3/31 dev west; ip -n west rule del pref 1000;"
       "ip -n north link set east arp off promisc on; ip -n north link set west addrgenmode none;"
       "ip -n east link del lan; ip netns exec west sysctl -qw net.ipv4.ip_forward=0");
    exits(1, "$NETLAB diff $EXAMPLES/dual-stack.yaml");
    ok("$NETLAB plan --format ip $EXAMPLES/dual-stack.yaml >$TMP/script && sh -e $TMP/script");
    ok("$NETLAB diff $EXAMPLES/dual-stack.yaml");
    ck_assert(ping("client", "10.0.2.10"));
    ok("$NETLAB down dual-stack");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_plan_needs_no_privileges) {
    const char *before = dump_all(0);

    for (int i = 0; i < example_count; i++) {
        ok(AS_NOBODY "$NETLAB plan - <%s",
           file_with("named.yaml", text("name: named\n%s", file_text(example_files[i]))));
    }
    same(before, dump_all(0));
}
END_TEST

/* Each has a test case of its own, which a guest can be asked for: bond.yaml. */
static void add_examples(Suite *suite)
{
    for (int i = 0; i < example_count; i += stride) {
        TCase *tcase = tcase_create(strrchr(example_files[i], '/') + 1);

        tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
        tcase_add_loop_test(tcase, test_script_makes_the_same_example, i, i + 1);
        tcase_add_loop_test(tcase, test_dump_makes_the_same_example, i, i + 1);
        suite_add_tcase(suite, tcase);
    }
}

Suite *plan_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *tcase = tcase_create("plan");
    int count;

    stride = (int)env_number("NETLAB_SAMPLE", 1);
    find_examples();
    count = (topology_count() + stride - 1) / stride;
    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_loop_test(tcase, test_script_makes_the_same_network, 0, count);
    tcase_add_loop_test(tcase, test_dump_makes_the_same_network, 0, count);
    tcase_add_test(tcase, test_dump_of_others_makes_the_same_network);
    tcase_add_test(tcase, test_script_of_a_running_lab);
    tcase_add_test(tcase, test_plan_needs_no_privileges);
    tcase_add_test(tcase, test_dump_of_what_no_file_has_words_for);
    suite_add_tcase(suite, tcase);
    add_examples(suite);
    return suite;
}
