/* SPDX-License-Identifier: MIT */
/*
 * Job: TUN and TAP devices: what the kernel says of them, and a program at the other end of each,
 * which the tests are themselves.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cycle.h"
#include "kernel.h"
#include "need.h"
#include "proof.h"

Suite *tun_suite(void);

enum { SIMPLE, OPTIONS, PORTS, HOST };

static const struct topology topologies[] = {
    [SIMPLE] = {"tun-simple", "namespaces:\n"
                              "  a:\n"
                              "    interfaces:\n"
                              "      tap0: {type: tap, mac: '02:00:00:00:00:01',\n"
                              "             addresses: [10.0.0.1/24, 'fd00::1/64']}\n"
                              "      tun0: {type: tun, addresses: [10.0.1.1/24, 'fd01::1/64']}\n"
                              "    routes:\n"
                              "      - {to: default, via: 10.0.1.2}\n"
                              "      - {to: '::/0', via: 'fd01::2'}\n"},
    [OPTIONS] = {"tun-options",
                 "namespaces:\n"
                 "  a:\n"
                 "    interfaces:\n"
                 "      tap0: {type: tap, user: 4711, group: nogroup, mtu: 9000, alias: VM}\n"
                 "      tap1: {type: tap, vnet-hdr: true, multi-queue: true, txqueuelen: 30}\n"
                 "      tun0: {type: tun, pi: true, user: root, group: any, mtu: 1400}\n"
                 "      tun1: {type: tun, user: any, txqueuelen: 1000, up: false}\n"},
    [PORTS] = {"tun-ports", "namespaces:\n"
                            "  a:\n"
                            "    interfaces:\n"
                            "      br0: {type: bridge, ports: {tap0: {isolated: true}, tap1: {}}}\n"
                            "      tap0: {type: tap}\n"
                            "      tap1: {type: tap}\n"
                            "  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                            "links: [[b:eth0, a:br0]]\n"},
    [HOST] = {"tun-host", "namespaces:\n"
                          "  host:\n"
                          "    interfaces:\n"
                          "      nl-tap: {type: tap, user: 4711, addresses: [10.0.0.1/24]}\n"
                          "      nl-tun: {type: tun, addresses: [10.0.1.1/24]}\n"
                          "      nl-br: {type: bridge, ports: [nl-port]}\n"
                          "      nl-port: {type: tap}\n"
                          "    routes: [{to: 10.9.0.0/16, via: 10.0.1.2}]\n"},
};

static void need_tun(void)
{
    if (access("/dev/net/tun", F_OK) != 0)
        test_skip("the kernel has no TUN devices");
}

/* A program at the other end. */

static struct ifreq request(const char *name, int flags)
{
    struct ifreq request = {.ifr_flags = (short)flags};

    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    return request;
}

static int open_device(const char *ns)
{
    int back = ns_enter(ns), fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

    ns_leave(back);
    if (fd < 0)
        test_fail("/dev/net/tun: %s", strerror(errno));
    return fd;
}

static int attach(const char *ns, const char *name, int flags)
{
    struct ifreq ifreq = request(name, flags);
    int fd = open_device(ns);

    if (ioctl(fd, TUNSETIFF, &ifreq) < 0)
        test_fail("%s: %s", name, strerror(errno));
    return fd;
}

/* Write a packet until one comes that has those bytes there: the device's carrier has just come. */
static bool answers(int fd, const void *packet, size_t size, size_t offset, const void *wanted,
                    size_t wanted_size)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    char got[2048];

    for (int i = 0; i < 100; i++) {
        if (write(fd, packet, size) != (ssize_t)size)
            test_fail("write: %s", strerror(errno));
        while (poll(&ready, 1, 100) > 0) {
            ssize_t n = read(fd, got, sizeof(got));

            if (n >= (ssize_t)(offset + wanted_size) &&
                memcmp(got + offset, wanted, wanted_size) == 0)
                return true;
        }
    }
    return false;
}

/* Who has 10.0.0.1? Tell 10.0.0.2, which is 02:…:02. */
static bool arp_works(int fd)
{
    static const unsigned char question[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,  0, 0, 0,
                                             0,    2,    8,    6, /* to, from */
                                             0,    1,    8,    0,    6,    4,    0,  1, 2, 0,
                                             0,    0,    0,    2,    10,   0,    0,  2, /* asks */
                                             0,    0,    0,    0,    0,    0,    10, 0, 0, 1},
                               answer[] = {8, 6,  0, 1, 8, 0, 6, 4, 0, 2, 2, 0,  0, 0, 0,
                                           1, 10, 0, 0, 1, 2, 0, 0, 0, 0, 2, 10, 0, 0, 2};

    return answers(fd, question, sizeof(question), 12, answer, sizeof(answer));
}

static uint16_t checksum(const unsigned char *bytes, size_t size)
{
    unsigned sum = 0;

    for (size_t i = 0; i < size; i += 2)
        sum += (unsigned)(bytes[i] << 8 | bytes[i + 1]);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

/* An ICMP echo request from 10.0.1.2 to 10.0.1.1, behind `header` bytes of a header. */
static bool echo_works(int fd, size_t header)
{
    unsigned char packet[4 + 28] = {0,  0, 8, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64,   1,    0, 0,
                                    10, 0, 1, 2, 10,   0, 1, 1,  8, 0, 0, 0, 0x47, 0x11, 0, 1};
    const unsigned char from_to[] = {10, 0, 1, 1, 10, 0, 1, 2, 0, 0}; /* echo reply: type 0 */
    uint16_t sum = checksum(packet + 4, 20);

    memcpy(packet + 4 + 10, &sum, 2);
    sum = checksum(packet + 24, 8);
    memcpy(packet + 24 + 2, &sum, 2);
    return answers(fd, packet + 4 - header, header + 28, header + 12, from_to, sizeof(from_to));
}

/* What the kernel says */

static void look_at_simple(void)
{
    json_t *links;
    int tap, tun;

    /* until a program opens it; kernels before 6.8 see to it later */
    ok("for i in $(seq 100); do ip -n a link show tap0 | grep -q NO-CARRIER && exit; sleep 0.1; "
       "done; exit 1");
    links = ip_json("ip -n a -d -j link");
    has_text(links, "ifname=tap0 linkinfo info_kind", "tun");
    has_text(links, "ifname=tap0 linkinfo info_data type", "tap");
    ck_assert(json_on(links, "ifname=tap0 linkinfo info_data persist"));
    ck_assert(!json_on(links, "ifname=tap0 linkinfo info_data pi"));
    has_text(links, "ifname=tap0 address", "02:00:00:00:00:01");
    has_text(links, "ifname=tun0 linkinfo info_data type", "tun");
    ck_assert(json_on(links, "ifname=tun0 linkinfo info_data persist"));
    ck_assert_int_ge(json_number(links, "ifname=tun0 ifindex"), 1000);
    ck_assert_int_eq(json_number(links, "ifname=tun0 txqlen"), 500);
    ck_assert(json_has(json_at(links, "ifname=tun0 flags"), "UP"));
    tap = attach("a", "tap0", IFF_TAP | IFF_NO_PI);
    tun = attach("a", "tun0", IFF_TUN | IFF_NO_PI);
    ck_assert(arp_works(tap));
    ck_assert(echo_works(tun, 0));
    for (int i = 0; i < 2; i++) {
        proved(i ? "tap" : "tun", PROOF_UP);
        proved(i ? "tap" : "tun", PROOF_TRAFFIC);
    }
    close(tap);
    close(tun);
}

START_TEST (test_programs_at_the_other_end) {
    need_tun();
    up_look_down(&topologies[SIMPLE], look_at_simple);
}
END_TEST

static void look_at_options(void)
{
    json_t *links = ip_json("ip -N -n a -d -j link");
    json_t *names = ip_json("ip -n a -d -j link");

    has_text(links, "ifname=tap0 linkinfo info_data user", "4711");
    has_text(names, "ifname=tap0 linkinfo info_data group", "nogroup");
    ck_assert_int_eq(json_number(links, "ifname=tap0 mtu"), 9000);
    has_text(links, "ifname=tap0 ifalias", "VM");
    ck_assert(json_on(links, "ifname=tap1 linkinfo info_data vnet_hdr"));
    ck_assert(json_on(links, "ifname=tap1 linkinfo info_data multi_queue"));
    has_text(links, "ifname=tap1 linkinfo info_data user", "none");
    ck_assert_int_eq(json_number(links, "ifname=tap1 txqlen"), 30);
    ck_assert(json_on(links, "ifname=tun0 linkinfo info_data pi"));
    has_text(names, "ifname=tun0 linkinfo info_data user", "root");
    has_text(links, "ifname=tun0 linkinfo info_data group", "none");
    ck_assert_int_eq(json_number(links, "ifname=tun0 mtu"), 1400);
    ck_assert_int_eq(json_number(links, "ifname=tun1 txqlen"), 1000);
    ck_assert(!json_has(json_at(links, "ifname=tun1 flags"), "UP"));
}

START_TEST (test_options) {
    need_tun();
    up_look_down(&topologies[OPTIONS], look_at_options);
}
END_TEST

static void look_at_ports(void)
{
    json_t *ports = ip_json("bridge -n a -d -j link");
    int tap = attach("a", "tap0", IFF_TAP | IFF_NO_PI), other;
    /* to all: who has 10.0.0.2? */
    static const unsigned char question[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0,  0, 0, 0, 9, 8, 6, 0, 1, 8, 0,  6, 4, 0,
        1,    2,    0,    0,    0,    0,    9, 10, 0, 0, 9, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2};
    static const unsigned char answer[] = {10, 0, 0, 2, 2, 0, 0, 0, 0, 9, 10, 0, 0, 9};

    has_text(ports, "ifname=tap0 master", "br0");
    has_text(ports, "ifname=tap1 master", "br0");
    ck_assert(json_on(ports, "ifname=tap0 isolated"));
    ck_assert(answers(tap, question, sizeof(question), 28, answer, sizeof(answer)));
    other = attach("a", "tap1", IFF_TAP | IFF_NO_PI);
    ck_assert(answers(other, question, sizeof(question), 28, answer, sizeof(answer)));
    close(tap);
    close(other);
}

START_TEST (test_ports_of_a_bridge) {
    need_tun();
    up_look_down(&topologies[PORTS], look_at_ports);
}
END_TEST

static void look_at_host(void)
{
    json_t *links = ip_json("ip -d -j link");
    const char *group = json_text(links, "ifname=nl-br group");
    int tun;

    ck_assert_str_ne(group, "default");
    has_text(links, "ifname=nl-tap group", group);
    has_text(links, "ifname=nl-tun group", group);
    has_text(links, "ifname=nl-port group", group);
    has_text(links, "ifname=nl-port master", "nl-br");
    has_text(ip_json("ip -j route get 10.9.0.1"), "0 dev", "nl-tun");
    tun = attach(NULL, "nl-tun", IFF_TUN | IFF_NO_PI);
    ck_assert(echo_works(tun, 0));
    close(tun);
}

START_TEST (test_in_the_host) {
    need_tun();
    up_look_down(&topologies[HOST], look_at_host);
}
END_TEST

/* Whether a user without any rights may use the device. */
static bool may_attach(const char *name, unsigned user, unsigned group)
{
    struct ifreq ifreq = request(name, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
    int fd = open_device("a"), status;
    pid_t pid = fork();

    if (pid == 0) {
        if (setresgid(group, group, group) < 0 || setresuid(user, user, user) < 0)
            _exit(2);
        _exit(ioctl(fd, TUNSETIFF, &ifreq) < 0);
    }
    close(fd);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
        test_fail("can not become user %u", user);
    return WEXITSTATUS(status) == 0;
}

START_TEST (test_whose_it_is) {
    need_tun();
    ok("$NETLAB up %s", file_with("whose.yaml", "namespaces: {a: {interfaces: {\n"
                                                "  mine: {type: tap, user: 4711},\n"
                                                "  ours: {type: tap, group: 4712},\n"
                                                "  both: {type: tap, user: 4711, group: 4712},\n"
                                                "  alls: {type: tap}}}}\n"));
    ck_assert(may_attach("mine", 4711, 9));
    ck_assert(!may_attach("mine", 4712, 9));
    ck_assert(may_attach("ours", 4713, 4712));
    ck_assert(!may_attach("ours", 4711, 9));
    ck_assert(!may_attach("both", 4711, 9));
    ck_assert(!may_attach("both", 4713, 4712));
    ck_assert(may_attach("both", 4711, 4712));
    ck_assert(may_attach("alls", 4711, 9)); /* that is how the kernel has it */
    ok("$NETLAB down whose");
}
END_TEST

/* Again, differently, by hand */

START_TEST (test_again_is_nothing) {
    const char *file, *before, *after;

    need_tun();
    file = topology_file(&topologies[_i]);
    ok("$NETLAB up %s", file);
    before = dump_all(0);
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    after = dump_all(0);
    same(before, after);
    ok("$NETLAB down %s", file);
}
END_TEST

/* A program that works in another way than the device was made: nothing is torn from its hands. */
START_TEST (test_what_a_program_asks_for_stays) {
    const char *file;
    long long index;
    int tun;

    need_tun();
    file = topology_file(&topologies[SIMPLE]);
    ok("$NETLAB up %s", file);
    index = json_number(ip_json("ip -n a -j link"), "ifname=tun0 ifindex");
    tun = attach("a", "tun0", IFF_TUN);
    ck_assert(json_on(ip_json("ip -n a -d -j link"), "ifname=tun0 linkinfo info_data pi"));
    ck_assert(echo_works(tun, 4));
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    ok("$NETLAB up %s", file);
    ck_assert(echo_works(tun, 4));
    close(tun);
    ck_assert_int_eq(json_number(ip_json("ip -n a -j link"), "ifname=tun0 ifindex"), index);
    ok("$NETLAB down %s", file);
}
END_TEST

START_TEST (test_changes) {
    const char *file, *other, *before;
    long long index, fixed;
    int tap;

    need_tun();
    before = dump_all(0);
    file = file_with("change.yaml", "namespaces: {a: {interfaces: {\n"
                                    "  t: {type: tap, user: 4711, mtu: 1400, pi: true},\n"
                                    "  x: {type: tap, addresses: [10.0.0.1/24],\n"
                                    "      mac: '02:00:00:00:00:01'}}}}\n");
    ok("$NETLAB up %s", file);
    index = json_number(ip_json("ip -n a -j link"), "ifname=t ifindex");
    fixed = json_number(ip_json("ip -n a -j link"), "ifname=x ifindex");
    tap = attach("a", "x", IFF_TAP | IFF_NO_PI);
    other = file_with("change.yaml", "namespaces: {a: {interfaces: {\n"
                                     "  t: {type: tap, user: 4711, pi: true, txqueuelen: 7},\n"
                                     "  x: {type: tap, addresses: [10.0.0.1/24],\n"
                                     "      mac: '02:00:00:00:00:01'}}}}\n");
    ok("$NETLAB up %s", other); /* the MTU goes back in place */
    ck_assert_int_eq(json_number(ip_json("ip -n a -j link"), "ifname=t ifindex"), index);
    ck_assert_int_eq(json_number(ip_json("ip -n a -j link"), "ifname=t mtu"), 1500);
    proved("tap", PROOF_IN_PLACE);
    ck_assert_int_eq(json_number(ip_json("ip -n a -j link"), "ifname=t txqlen"), 7);
    other = file_with("change.yaml", "namespaces: {a: {interfaces: {\n"
                                     "  t: {type: tap, user: 4712},\n"
                                     "  x: {type: tap, addresses: [10.0.0.1/24],\n"
                                     "      mac: '02:00:00:00:00:01'}}}}\n");
    ok("$NETLAB up %s", other); /* a user can't be changed */
    ck_assert_int_ne(json_number(ip_json("ip -n a -j link"), "ifname=t ifindex"), index);
    has_text(ip_json("ip -N -n a -d -j link"), "ifname=t linkinfo info_data user", "4712");
    ck_assert(!json_on(ip_json("ip -n a -d -j link"), "ifname=t linkinfo info_data pi"));
    ck_assert_int_eq(json_number(ip_json("ip -n a -j link"), "ifname=t txqlen"), 1000);
    other = file_with("change.yaml", "namespaces: {a: {interfaces: {\n"
                                     "  t: {type: tun},\n"
                                     "  x: {type: tap, addresses: [10.0.0.1/24],\n"
                                     "      mac: '02:00:00:00:00:01'}}}}\n");
    ok("$NETLAB up %s", other); /* a tun is no tap */
    has_text(ip_json("ip -n a -d -j link"), "ifname=t linkinfo info_data type", "tun");
    has(ok("$NETLAB up %s", other).out, "nothing to do");
    ck_assert(arp_works(tap));
    close(tap);
    ck_assert_int_eq(json_number(ip_json("ip -n a -j link"), "ifname=x ifindex"), fixed);
    ok("$NETLAB down %s", other);
    same(before, dump_all(0));
    cycle_change(&topologies[OPTIONS], "sed 's/mtu: 1400/mtu: 1300/'", "a tun0", true);
}
END_TEST

START_TEST (test_by_hand) {
    const char *file, *before;

    need_tun();
    file = topology_file(&topologies[OPTIONS]);
    ok("$NETLAB up %s", file);
    before = dump_all(DUMP_NETWORK | DUMP_NO_INDEX);
    ok("ip -n a link del tap0; ip -n a link del tun0; "
       "ip -n a link set tap1 txqueuelen 9 mtu 1300 down");
    exits(1, "$NETLAB diff %s", file);
    ok("$NETLAB up %s", file);
    same(before, dump_all(DUMP_NETWORK | DUMP_NO_INDEX));
    proved("tap", PROOF_OBSERVE);
    proved("tun", PROOF_OBSERVE);
    ok("$NETLAB down %s", file);
}
END_TEST

/* Other ways to the same */

/* Without the route that is there until the kernel sees that no program has opened the device. */
static const char *copy(void)
{
    file_with("state", dump_all(DUMP_NETWORK | DUMP_NO_INDEX | DUMP_NO_TRACES));
    return ok("grep -Ev ' route .type=local dst=[^ ]*:[^ ]* dev=(tap|tun)0 ' $TMP/state").out;
}

START_TEST (test_script_and_dump) {
    const char *file, *before, *by_up;

    need_tun();
    file = topology_file(&topologies[_i]);
    before = dump_all(0);
    ok("$NETLAB plan --format ip %s >$TMP/script", file);
    ok("$NETLAB up %s", file);
    by_up = copy();
    ok("$NETLAB dump %s >$TMP/dump.yaml", file);
    ok("$NETLAB down %s", file);
    same(before, dump_all(0));
    ok("$NETLAB up - <$TMP/dump.yaml");
    same(by_up, copy());
    proved_all(topologies[_i].yaml, PROOF_DUMP);
    ok("$NETLAB down %s", file);
    same(before, dump_all(0));
    ok("sh -e $TMP/script");
    same(by_up, copy());
    proved_all(topologies[_i].yaml, PROOF_SCRIPT);
}
END_TEST

/* Refusals and kills */

START_TEST (test_name_that_is_taken) {
    const char *before;
    struct output refused;

    need_tun();
    ok("ip link add nl-tun type bridge");
    before = dump_all(0);
    refused = exits(3, "$NETLAB up %s", topology_file(&topologies[HOST]));
    has(refused.err, "tun-host.yaml:5:7: error: interface nl-tun");
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_no_device) {
    const char *before, *file;
    struct output refused;

    need_tun();
    file = topology_file(&topologies[SIMPLE]);
    ok("mkdir -p $TMP/empty");
    before = dump_all(0);
    refused =
        exits(3, "unshare -m sh -c 'mount --bind $TMP/empty /dev/net && $NETLAB up %s'", file);
    has(refused.err,
        "tun-simple.yaml:4:20: error: cannot create tap tap0: there is no /dev/net/tun\n");
    has(refused.err,
        "tun-simple.yaml:6:20: error: cannot create tun tun0: there is no /dev/net/tun\n");
    same(before, dump_all(0));
}
END_TEST

/* One that is in the host and has no mark yet goes with the process that makes it. */
START_TEST (test_killed_between_two_calls) {
    const char *file, *before;
    bool all = false;

    need_tun();
    file = topology_file(&topologies[HOST]);
    before = dump_all(0);
    for (int i = 1; !all; i++) {
        /* the leak check needs ptrace, which strace has */
        int status = sh("ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -f -o /dev/null -e "
                        "trace=ioctl,sendto "
                        "-e inject=ioctl,sendto:signal=SIGKILL:when=%d $NETLAB up %s",
                        i, file)
                         .status;

        test_about("call %d", i);
        all = status == 0;
        ck_assert_msg(status == 0 || status == 128 + 9, "exit status %d", status);
        ck_assert_msg(!all || i > 10, "only %d calls", i);
        ok("$NETLAB down %s", file);
        same(before, dump_all(0));
    }
}
END_TEST

Suite *tun_suite(void)
{
    Suite *suite = suite_create("tun");
    TCase *tcase = tcase_create("tun");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_programs_at_the_other_end);
    tcase_add_test(tcase, test_options);
    tcase_add_test(tcase, test_ports_of_a_bridge);
    tcase_add_test(tcase, test_in_the_host);
    tcase_add_test(tcase, test_whose_it_is);
    tcase_add_loop_test(tcase, test_again_is_nothing, 0, (int)COUNT(topologies));
    tcase_add_test(tcase, test_what_a_program_asks_for_stays);
    tcase_add_test(tcase, test_changes);
    tcase_add_test(tcase, test_by_hand);
    tcase_add_loop_test(tcase, test_script_and_dump, 0, (int)COUNT(topologies));
    tcase_add_test(tcase, test_name_that_is_taken);
    tcase_add_test(tcase, test_no_device);
    tcase_add_test(tcase, test_killed_between_two_calls);
    suite_add_tcase(suite, tcase);
    return suite;
}
