/* SPDX-License-Identifier: MIT */
/*
 * Job: WireGuard: tunnels that carry packets, keys that stay, peers that change one by one. What wg
 * and the packets say counts.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel.h"
#include "need.h"
#include "proof.h"

Suite *wireguard_suite(void);

enum { COPY = DUMP_NETWORK | DUMP_NO_INDEX | DUMP_NO_TRACES };

#define KEY_A "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
#define PUBLIC_A "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="
#define STRANGER "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0="
#define SHARED "FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE="

/* Two ends of a wire with a tunnel over it. */
static const char *pair(const char *name, const char *a, const char *a_peer, const char *b,
                        const char *b_peer)
{
    return file_with(text("%s.yaml", name),
                     text("namespaces:\n"
                          "  a:\n"
                          "    interfaces:\n"
                          "      eth0: {addresses: [192.0.2.1/24]}\n"
                          "      wg0:\n"
                          "        type: wireguard\n"
                          "        addresses: [10.0.0.1/24, 'fd00::1/64']\n"
                          "        listen-port: 51820\n"
                          "        %s\n"
                          "        peers:\n"
                          "          - {peer: 'b:wg0', endpoint: 192.0.2.2:51821,\n"
                          "             allowed-ips: [10.0.0.2, 'fd00::2']%s}\n"
                          "  b:\n"
                          "    interfaces:\n"
                          "      eth0: {addresses: [192.0.2.2/24]}\n"
                          "      wg0:\n"
                          "        type: wireguard\n"
                          "        addresses: [10.0.0.2/24, 'fd00::2/64']\n"
                          "        listen-port: 51821\n"
                          "        %s\n"
                          "        peers:\n"
                          "          - {peer: 'a:wg0', allowed-ips: [10.0.0.1, 'fd00::1']%s}\n"
                          "links: [[a:eth0, b:eth0]]\n",
                          a, a_peer, b, b_peer));
}

static const char *wg(const char *ns, const char *what)
{
    return ok("ip netns exec %s wg show wg0 %s", ns, what).out;
}

/* The tunnel carries packets of both kinds, and outside they can't be read. */
static void tunnel_works(void)
{
    ck_assert(ping("a", "10.0.0.2"));
    ck_assert(ping("b", "10.0.0.1"));
    ck_assert(ping("a", "fd00::2"));
    ck_assert(tcp_echo("a", "b", "10.0.0.2", 80, 5000));
}

START_TEST (test_keys_are_made_and_stay) {
    const char *file, *before, *keys;

    need_kind("wireguard");
    before = dump_all(0);
    file = pair("made", "fwmark: 7", ", persistent-keepalive: 25s", "", "");
    ok("$NETLAB up %s", file);
    tunnel_works();
    proved("wireguard", PROOF_TRAFFIC);
    ck_assert_str_eq(wg("a", "listen-port"), "51820\n");
    ck_assert_str_eq(wg("a", "fwmark"), "0x7\n");
    has(wg("a", "persistent-keepalive"), "\t25\n");
    has(wg("a", "allowed-ips"), "\t10.0.0.2/32 fd00::2/128\n");
    has(wg("b", "persistent-keepalive"), "\toff\n");
    has_text(ip_json("ip -n a -j link show wg0"), "0 mtu", "1420");
    proved("wireguard", PROOF_UP);
    keys = text("%s%s", wg("a", "private-key"), wg("b", "private-key"));
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    ck_assert_str_eq(text("%s%s", wg("a", "private-key"), wg("b", "private-key")), keys);
    ok("$NETLAB dump made >$TMP/dump.yaml && $NETLAB diff - <$TMP/dump.yaml");
    has(wg("a", "peers"), ok("ip netns exec b wg show wg0 public-key").out);
    has(ok("$NETLAB status %s", file).out, text("public key %.44s", wg("a", "public-key")));
    has(ok("$NETLAB status --json %s", file).out,
        text("\"public-key\":\"%.44s\"", wg("b", "public-key")));
    ok("$NETLAB down %s", file);
    same(before, dump_all(0));
}
END_TEST

START_TEST (test_keys_of_the_file_and_of_files) {
    const char *file, *all;
    struct stat spec;

    need_kind("wireguard");
    file_with("b.key", ok("wg genkey").out);
    file_with("psk", SHARED "\n");
    file = pair("given", "private-key: " KEY_A, ", preshared-key-file: psk",
                "private-key-file: b.key", ", preshared-key: " SHARED);
    all = ok("$NETLAB plan %s", file).out;
    has_not(all, KEY_A);
    has_not(all, SHARED);
    all = ok("$NETLAB up -v %s", file).out;
    has_not(all, KEY_A);
    has_not(all, SHARED);
    tunnel_works();
    ck_assert_str_eq(wg("a", "public-key"), PUBLIC_A "\n");
    ck_assert_str_eq(wg("b", "private-key"), file_text(text("%s/b.key", getenv("TMP"))));
    has(wg("a", "preshared-keys"), "\t" SHARED "\n");
    has(wg("b", "preshared-keys"), PUBLIC_A "\t" SHARED "\n");
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, "");
    all = ok("$NETLAB dump given").out;
    has_not(all, KEY_A);
    has_not(all, SHARED);
    has_not(all, "private-key");
    /* the spec has the file in it */
    ck_assert_int_eq(stat("/run/netlab/given/spec", &spec), 0);
    ck_assert_int_eq(spec.st_mode & 0777, 0600);
    /* another key: it is given to both */
    ok("wg genkey >$TMP/b.key");
    has(exits(1, "$NETLAB diff %s", file).out, "private-key is another");
    ok("$NETLAB up %s", file);
    tunnel_works();
    ck_assert_str_eq(wg("b", "private-key"), file_text(text("%s/b.key", getenv("TMP"))));
    ck_assert_int_eq(atoi(ok("ip netns exec a wg show wg0 peers | wc -l").out), 1);
    ok("rm $TMP/b.key");
    has(exits(3, "$NETLAB up %s", file).err, "given.yaml:20:27: error: cannot read the key in ");
    ok("echo nonsense >$TMP/b.key");
    has(exits(3, "$NETLAB up %s", file).err, "b.key is no key");
    tunnel_works();
    ok("$NETLAB down given");
}
END_TEST

/* Three: what changes of one peer leaves the other's session alone. */
static const char *hub(const char *first, const char *second)
{
    return file_with("hub.yaml",
                     text("namespaces:\n"
                          "  hub:\n"
                          "    interfaces:\n"
                          "      br0: {type: bridge, addresses: [192.0.2.1/24]}\n"
                          "      wg0:\n"
                          "        type: wireguard\n"
                          "        addresses: [10.0.0.1/24]\n"
                          "        listen-port: 51820\n"
                          "        peers:\n"
                          "          - {peer: 'x:wg0', %s}\n"
                          "%s"
                          "  x: {interfaces: {eth0: {addresses: [192.0.2.2/24]}, wg0: {type: "
                          "wireguard, addresses: [10.0.0.2/24], peers: [{peer: 'hub:wg0', "
                          "allowed-ips: [10.0.0.0/24], endpoint: 192.0.2.1:51820}]}}}\n"
                          "  y: {interfaces: {eth0: {addresses: [192.0.2.3/24]}, wg0: {type: "
                          "wireguard, addresses: [10.0.0.3/24], peers: [{peer: 'hub:wg0', "
                          "allowed-ips: [10.0.0.0/24], endpoint: 192.0.2.1:51820}]}}}\n"
                          "links: [[x:eth0, hub:br0], [y:eth0, hub:br0]]\n",
                          first, second));
}

/* A session: the time of its handshake. */
static const char *session(const char *peer)
{
    return ok("ip netns exec hub wg show wg0 latest-handshakes | "
              "grep -F \"$(ip netns exec %s wg show wg0 public-key)\" | cut -f2",
              peer)
        .out;
}

START_TEST (test_one_peer_changes) {
    const char *file, *at, *other = "          - {peer: 'y:wg0', allowed-ips: [10.0.0.3]}\n";

    need_kind("wireguard");
    file = hub("allowed-ips: [10.0.0.2]", other);
    ok("$NETLAB up %s", file);
    ck_assert(ping("x", "10.0.0.1"));
    ck_assert(ping("y", "10.0.0.1"));
    ck_assert_str_eq(ok("$NETLAB diff %s", file).out, ""); /* their endpoints were learned */
    at = session("y");
    ck_assert_str_ne(at, "0\n");
    file = hub("allowed-ips: [10.0.0.2, 10.7.0.0/16], persistent-keepalive: 60s", other);
    has(exits(1, "$NETLAB diff %s", file).out, "persistent-keepalive is 0, not 60s");
    ok("$NETLAB up %s", file);
    has(wg("hub", "allowed-ips"), "10.7.0.0/16");
    has(wg("hub", "persistent-keepalive"), "\t60\n");
    ck_assert_str_eq(session("y"), at);
    proved("wireguard", PROOF_IN_PLACE);
    ck_assert(ping("y", "10.0.0.1"));
    ck_assert(ping("x", "10.0.0.1"));
    file = hub("allowed-ips: [10.0.0.2]", ""); /* y leaves */
    ok("$NETLAB up %s", file);
    ck_assert_int_eq(atoi(ok("ip netns exec hub wg show wg0 peers | wc -l").out), 1);
    has(wg("hub", "persistent-keepalive"), "\toff\n");
    ck_assert(ping("x", "10.0.0.1"));
    ck_assert(no_ping("y", "10.0.0.1"));
    file = hub("allowed-ips: [10.0.0.2]", other);
    ok("$NETLAB up %s", file);
    ck_assert(ping("x", "10.0.0.1"));
    /* one that the file does not know is somebody else's */
    ok("ip netns exec hub wg set wg0 peer " STRANGER " allowed-ips 10.9.0.0/16");
    has(ok("$NETLAB diff %s", file).out, "others: peer " STRANGER);
    ok("$NETLAB up %s", file);
    has(wg("hub", "peers"), STRANGER);
    ok("$NETLAB down %s", file);
}
END_TEST

START_TEST (test_by_hand) {
    const char *file, *keys;

    need_kind("wireguard");
    file = pair("hand", "", "", "", "");
    ok("$NETLAB up %s", file);
    keys = wg("b", "public-key");
    ok("ip netns exec a wg set wg0 fwmark 5 listen-port 9 peer %s remove",
       strtok(strdup(keys), "\n"));
    exits(1, "$NETLAB diff %s", file);
    ok("$NETLAB up %s", file);
    ck_assert_str_eq(wg("a", "fwmark"), "off\n");
    tunnel_works();
    file_with("psk", SHARED "\n");
    ok("ip netns exec a wg set wg0 peer %s preshared-key $TMP/psk", strtok(strdup(keys), "\n"));
    has(exits(1, "$NETLAB diff %s", file).out, "preshared-key is another, not none");
    ok("$NETLAB up %s", file);
    has(wg("a", "preshared-keys"), "\t(none)\n");
    tunnel_works();
    ok("ip -n b link del wg0"); /* and its key with it */
    ok("$NETLAB up %s", file);
    ck_assert_str_ne(wg("b", "public-key"), keys);
    tunnel_works();
    ck_assert_int_eq(atoi(ok("ip netns exec a wg show wg0 peers | wc -l").out), 1);
    proved("wireguard", PROOF_OBSERVE);
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    ok("$NETLAB down %s", file);
}
END_TEST

/* A preshared key comes and goes with the file. */
START_TEST (test_preshared_key_comes_and_goes) {
    const char *file, *with = ", preshared-key: " SHARED;

    need_kind("wireguard");
    file = pair("shared", "", with, "", with);
    ok("$NETLAB up %s", file);
    tunnel_works();
    file = pair("shared", "", "", "", "");
    has(exits(1, "$NETLAB diff %s", file).out, "preshared-key is another, not none");
    ok("$NETLAB up %s", file);
    has(wg("a", "preshared-keys"), "\t(none)\n");
    has(wg("b", "preshared-keys"), "\t(none)\n");
    tunnel_works();
    file = pair("shared", "", with, "", with);
    ok("$NETLAB up %s", file);
    has(wg("a", "preshared-keys"), "\t" SHARED "\n");
    tunnel_works();
    ok("ip netns exec a wg set wg0 peer %.44s preshared-key /dev/null", wg("b", "public-key"));
    has(exits(1, "$NETLAB diff %s", file).out, "preshared-key is another\n");
    ok("$NETLAB up %s", file);
    tunnel_works();
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    ok("$NETLAB down %s", file);
}
END_TEST

START_TEST (test_script_and_dump) {
    const char *file, *before, *by_up;

    need_kind("wireguard");
    file_with("psk", SHARED "\n");
    before = dump_all(0);
    file =
        pair("ways", "private-key: " KEY_A, ", preshared-key-file: psk, persistent-keepalive: 9s",
             "fwmark: 3", ", preshared-key: " SHARED);
    ok("$NETLAB plan --format ip %s >$TMP/script", file);
    ok("$NETLAB up %s", file);
    by_up = dump_all(COPY);
    ok("$NETLAB dump ways >$TMP/dump.yaml");
    ok("$NETLAB down ways");
    same(before, dump_all(0));
    /* other keys, the same network: whom they belong to is told by name */
    ok("$NETLAB up - <$TMP/dump.yaml");
    ck_assert_str_ne(wg("a", "public-key"), PUBLIC_A "\n");
    tunnel_works();
    same(by_up, dump_all(COPY));
    proved("wireguard", PROOF_DUMP);
    ok("$NETLAB down ways");
    ok("sh -e $TMP/script");
    ck_assert_str_eq(wg("a", "public-key"), PUBLIC_A "\n");
    ck_assert_str_eq(wg("b", "fwmark"), "0x3\n");
    has(wg("a", "preshared-keys"), "\t" SHARED "\n");
    tunnel_works();
    same(by_up, dump_all(COPY));
    proved("wireguard", PROOF_SCRIPT);
}
END_TEST

/* More than goes into one message. */
START_TEST (test_many_networks) {
    const char *file, *networks = "";
    char *list = NULL;
    size_t size;
    FILE *out = open_memstream(&list, &size);

    need_kind("wireguard");
    for (int i = 0; i < 2500; i++)
        fprintf(out, "%s10.%d.%d.0/24", i ? ", " : "", 100 + i / 250, i % 250);
    fclose(out);
    networks = list;
    file =
        file_with("many.yaml", text("namespaces: {a: {interfaces: {wg0: {type: wireguard, peers: ["
                                    "{public-key: '" STRANGER "', allowed-ips: [%s]}]}}}}\n",
                                    networks));
    ok("$NETLAB up %s", file);
    ck_assert_int_eq(atoi(ok("ip netns exec a wg show wg0 allowed-ips | wc -w").out), 2501);
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    ok("$NETLAB down %s", file);
}
END_TEST

START_TEST (test_in_the_host) {
    const char *file, *before;

    need_kind("wireguard");
    before = dump_all(0);
    file =
        file_with("hosted.yaml",
                  "namespaces:\n"
                  "  host: {interfaces: {nl-wg: {type: wireguard, listen-port: 51820, addresses: "
                  "[10.0.0.1/24], peers: [{peer: 'a:wg0', allowed-ips: [10.0.0.2]}]}, "
                  "nl-eth: {addresses: [192.0.2.1/24]}}}\n"
                  "  a: {interfaces: {eth0: {addresses: [192.0.2.2/24]}, wg0: {type: wireguard, "
                  "addresses: [10.0.0.2/24], peers: [{peer: 'host:nl-wg', allowed-ips: "
                  "[10.0.0.1], endpoint: '192.0.2.1:51820'}]}}}\n"
                  "links: [[a:eth0, host:nl-eth]]\n");
    ok("$NETLAB up %s", file);
    ck_assert(ping("a", "10.0.0.1"));
    ck_assert(ping(NULL, "10.0.0.2"));
    has(ok("$NETLAB up %s", file).out, "nothing to do");
    ok("$NETLAB down %s", file);
    ok("sysctl -qw net.ipv4.conf.all.send_redirects=1"); /* wg_open() turns it off */
    same(before, dump_all(0));
}
END_TEST

/* The key of one in a namespace of others, wherever that is called now. */
START_TEST (test_status_of_an_attached_namespace) {
    const char *file, *key;

    need_kind("wireguard");
    ok("ip netns add there");
    file = file_with("attached.yaml", "namespaces: {p: {attach: {name: there}, interfaces: "
                                      "{nl-wg: {type: wireguard}}}}\n");
    ok("$NETLAB up %s", file);
    key = ok("ip netns exec there wg show nl-wg public-key").out;
    has(ok("$NETLAB status %s", file).out, text("public key %.44s", key));
    ok("ip netns attach elsewhere $(ip netns exec there sh -c 'sleep 1000 >/dev/null 2>&1 & echo "
       "$!') "
       "&& "
       "ip netns del there");
    has(ok("$NETLAB status %s", file).out, text("public key %.44s", key));
    ok("kill $(ip netns pids elsewhere)");
    has(ok("$NETLAB status %s", file).out, text("public key %.44s", key));
    ok("$NETLAB down %s; ip netns del elsewhere", file);
}
END_TEST

Suite *wireguard_suite(void)
{
    Suite *suite = suite_create("wireguard");
    TCase *tcase = tcase_create("wireguard");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_keys_are_made_and_stay);
    tcase_add_test(tcase, test_keys_of_the_file_and_of_files);
    tcase_add_test(tcase, test_one_peer_changes);
    tcase_add_test(tcase, test_by_hand);
    tcase_add_test(tcase, test_preshared_key_comes_and_goes);
    tcase_add_test(tcase, test_script_and_dump);
    tcase_add_test(tcase, test_many_networks);
    tcase_add_test(tcase, test_in_the_host);
    tcase_add_test(tcase, test_status_of_an_attached_namespace);
    suite_add_tcase(suite, tcase);
    return suite;
}
