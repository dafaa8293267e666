/* SPDX-License-Identifier: MIT */
/*
 * Job: similar words, places in a source, UTF-8, IP arithmetic.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/similar.h"
#include "base/source.h"
#include "base/utf8.h"
#include "model/ip.h"
#include "unit.h"

START_TEST (similar) {
    static const char *const words[] = {"eth0",      "eth1", "br0", "namespaces",
                                        "addresses", "x",    "mtu", NULL};
    static const struct {
        const char *word, *near;
    } cases[] = {{"eht0", "eth0"},
                 {"eth2", "eth0"},
                 {"ETH1", "eth1"},
                 {"br", "br0"},
                 {"namespace", "namespaces"},
                 {"adresses", "addresses"},
                 {"addrses", "addresses"},
                 {"y", NULL},
                 {"wlan0", NULL},
                 {"", NULL},
                 {"mut", "mtu"},
                 {"m", NULL}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_pstr_eq(similar_word(cases[i].word, words), cases[i].near);
    ck_assert_ptr_null(similar_word("a", (const char *const[]){NULL}));
}
END_TEST

/* The words of users may be of any length. */
START_TEST (similar_long) {
    char longer[200], longest[65];

    memset(longer, 'a', sizeof longer);
    longer[199] = '\0';
    memset(longest, 'a', sizeof longest);
    longest[64] = '\0';
    ck_assert_ptr_null(similar_word(longer, (const char *const[]){"aaa", longest, NULL}));
    ck_assert_ptr_null(similar_word("aaa", (const char *const[]){longer, NULL}));
    ck_assert_ptr_nonnull(similar_word(longest, (const char *const[]){longest, NULL}));
}
END_TEST

START_TEST (places) {
    static const char text[] = "a\nbä€c\r\n\n\x00z";
    struct arena *arena = arena_new();
    struct source source;
    struct mark mark;
    size_t size;

    ck_assert_int_eq(source_init(&source, arena, "file", text, sizeof text - 1), 0);
    ck_assert_uint_eq(source.line_count, 4);
    ck_assert_mem_eq(source_line(&source, 2, &size), "bä€c", size);
    ck_assert_uint_eq(size, strlen("bä€c"));
    ck_assert_ptr_nonnull(source_line(&source, 3, &size));
    ck_assert_uint_eq(size, 0);
    ck_assert_ptr_nonnull(source_line(&source, 4, &size));
    ck_assert_uint_eq(size, 2);
    ck_assert_ptr_null(source_line(&source, 5, &size));
    ck_assert_ptr_null(source_line(&source, 0, &size));
    mark = source_mark_at(&source, 0);
    ck_assert(mark.line == 1 && mark.column == 1 && mark.length == 1);
    mark = source_mark_at(&source, (size_t)(strstr(text, "c\r") - text));
    ck_assert(mark.line == 2 && mark.column == 4);
    mark = source_mark_at(&source, 1000);
    ck_assert(mark.line == 4 && mark.column == 3);
    ck_assert_int_eq(source_init(&source, arena, "file", "", 0), 0);
    ck_assert_uint_eq(source.line_count, 1);
    mark = source_mark_at(&source, 0);
    ck_assert(mark.line == 1 && mark.column == 1);
    arena_free(arena);
}
END_TEST

START_TEST (utf8) {
    static const struct {
        const char *text;
        size_t left, size;
        int32_t value;
    } cases[] = {{"a", 1, 1, 'a'},           {"", 1, 1, 0},
                 {"ä", 2, 2, 0xe4},          {"ä", 1, 1, -1},
                 {"€", 9, 3, 0x20ac},        {"\xf0\x9f\x98\x80", 4, 4, 0x1f600},
                 {"\xc0\x80", 2, 1, -1},     {"\xe0\x80\x80", 3, 1, -1},
                 {"\xed\xa0\x80", 3, 1, -1}, {"\xf4\x90\x80\x80", 4, 1, -1},
                 {"\xff", 1, 1, -1},         {"\x80", 1, 1, -1},
                 {"\xe2\x82", 9, 1, -1}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = 0;

        ck_assert_int_eq(utf8_decode(cases[i].text, cases[i].left, &size), cases[i].value);
        ck_assert_uint_eq(size, cases[i].size);
    }
}
END_TEST

static struct prefix prefix_of(const char *text)
{
    struct prefix prefix;
    char ip[64];
    const char *slash = strchr(text, '/');

    snprintf(ip, sizeof ip, "%.*s", (int)(slash - text), text);
    ck_assert_int_eq(ip_parse(ip, &prefix.ip), 0);
    prefix.length = (uint8_t)atoi(slash + 1);
    return prefix;
}

START_TEST (ips) {
    static const char *const bad[] = {"",          "1.2.3",      "1.2.3.4.5",  "01.2.3.4",
                                      "1.2.3.256", "::g",        ":::",        "1:2",
                                      "a",         "1.2.3.4/24", "fe80::1%lo", " 1.2.3.4"};
    struct prefix p = prefix_of("10.1.2.3/20"), q = prefix_of("fd00:1:2:3::4/61");
    char text[IP_TEXT];
    struct ip ip;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(ip_parse(bad[i], &ip) == -EINVAL, "%s", bad[i]);
    ip = ip_network(&p.ip, p.length);
    ck_assert_str_eq(ip_text(&ip, text), "10.1.0.0");
    ip = ip_last(&p.ip, p.length);
    ck_assert_str_eq(ip_text(&ip, text), "10.1.15.255");
    ip = ip_network(&q.ip, q.length);
    ck_assert_str_eq(ip_text(&ip, text), "fd00:1:2::");
    ip = ip_last(&q.ip, q.length);
    ck_assert_str_eq(ip_text(&ip, text), "fd00:1:2:7:ffff:ffff:ffff:ffff");
    ip = ip_network(&p.ip, 0);
    ck_assert(ip_is_zero(&ip));
    ip = ip_network(&p.ip, 32);
    ck_assert(ip_equal(&ip, &p.ip));
    ck_assert_str_eq(prefix_text(&p, text), "10.1.2.3/20");
    ck_assert_str_eq(prefix_text(&(struct prefix){.ip.family = AF_INET6}, text), "default");
}
END_TEST

START_TEST (prefixes) {
    struct prefix a = prefix_of("10.0.0.0/8"), b = prefix_of("10.1.0.0/16"),
                  c = prefix_of("11.0.0.0/8"), all = prefix_of("0.0.0.0/0"), v6 = prefix_of("::/0");

    ck_assert(prefix_contains(&a, &b.ip) && !prefix_contains(&c, &b.ip));
    ck_assert(prefix_contains(&all, &c.ip) && !prefix_contains(&v6, &c.ip));
    ck_assert(prefix_equal(&a, &a) && !prefix_equal(&a, &b));
}
END_TEST

START_TEST (kinds_of_ips) {
    static const struct {
        const char *text;
        bool multicast, link_local, loopback;
    } cases[] = {{"224.0.0.1", true, false, false},  {"239.255.255.255", true, false, false},
                 {"240.0.0.1", false, false, false}, {"169.254.1.1", false, true, false},
                 {"127.1.2.3", false, false, true},  {"10.0.0.1", false, false, false},
                 {"ff02::1", true, false, false},    {"fe80::1", false, true, false},
                 {"febf::1", false, true, false},    {"fec0::1", false, false, false},
                 {"::1", false, false, true},        {"::2", false, false, false}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ip address;

        ck_assert_int_eq(ip_parse(cases[i].text, &address), 0);
        ck_assert_int_eq(ip_is_multicast(&address), cases[i].multicast);
        ck_assert_int_eq(ip_is_link_local(&address), cases[i].link_local);
        ck_assert_int_eq(ip_is_loopback(&address), cases[i].loopback);
    }
}
END_TEST

START_TEST (macs) {
    static const char *const bad[] = {"",
                                      "02:00:00:00:00",
                                      "02:00:00:00:00:01:",
                                      "02:00:00:00:00:1",
                                      "02-00-00-00-00-01",
                                      "0g:00:00:00:00:01",
                                      "2:0:0:0:0:1"};
    struct mac mac;
    char text[MAC_TEXT];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(mac_parse(bad[i], &mac) == -EINVAL, "%s", bad[i]);
    ck_assert_int_eq(mac_parse("02:aB:00:00:Ff:01", &mac), 0);
    ck_assert_str_eq(mac_text(&mac, text), "02:ab:00:00:ff:01");
}
END_TEST

START_TEST (hash) {
    /* FNV-1a's own test vectors */
    ck_assert_uint_eq(hash_string(""), 0x811c9dc5);
    ck_assert_uint_eq(hash_string("a"), 0xe40c292c);
    ck_assert_uint_eq(hash_string("foobar"), 0xbf9cf968);
}
END_TEST

Suite *values_suite(void)
{
    Suite *suite = suite_create("values");
    TCase *tcase = tcase_create("values");

    tcase_add_test(tcase, similar);
    tcase_add_test(tcase, similar_long);
    tcase_add_test(tcase, places);
    tcase_add_test(tcase, utf8);
    tcase_add_test(tcase, ips);
    tcase_add_test(tcase, prefixes);
    tcase_add_test(tcase, kinds_of_ips);
    tcase_add_test(tcase, macs);
    tcase_add_test(tcase, hash);
    suite_add_tcase(suite, tcase);
    return suite;
}
