/* SPDX-License-Identifier: MIT */
/*
 * Job: which pairs a test is about; what it is called.
 */
#include "model/test.h"

#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

const char *test_kind_word(enum test_kind kind)
{
    return table_test.fields[kind].key;
}

bool address_is_target(const struct address *address)
{
    const struct ip *ip = &address->address.ip;

    if (ip_is_loopback(ip) || (address->scope == RT_SCOPE_HOST))
        return false;
    return ip->family == AF_INET || !ip_is_link_local(ip);
}

/* Whether a namespace has addresses that others can reach it by; of a family, or (0) of any. */
static bool has_target(const struct netns *netns, unsigned family)
{
    LIST_EACH (struct iface, iface, &netns->interfaces)
        LIST_EACH (struct address, address, &iface->addresses)
            if (address_is_target(address) && (!family || address->address.ip.family == family))
                return true;
    return false;
}

static bool has_address(const struct netns *netns, const struct ip *ip)
{
    LIST_EACH (struct iface, iface, &netns->interfaces)
        LIST_EACH (struct address, address, &iface->addresses)
            if (ip_equal(&address->address.ip, ip))
                return true;
    return false;
}

/* One walk over the pairs of a test. */
struct walk {
    const struct netlab_lab *lab;
    const struct test *test;
    unsigned family; /* 0: any */
    bool single;     /* one name on both sides: a namespace may ask itself */
    pair_fn *found;
    void *userdata;
};

/* Whether a namespace is asked for an address of another one's. */
static bool wants(const struct walk *walk, const struct netns *from, const struct ip *ip)
{
    if (walk->family && ip->family != walk->family)
        return false;
    if (!from || walk->single)
        return true;
    if (has_address(from, ip)) /* it would ask itself */
        return false;
    /* what it has no address for it is not meant to reach; of others' namespaces that is not known
     */
    return from->foreign || !has_target(from, 0) || has_target(from, ip->family);
}

static int walk_netns(const struct walk *walk, const struct netns *from, const struct netns *to,
                      uint16_t port)
{
    struct pair pair = {.from = from, .to = to, .port = port};

    if (to == from && !walk->single)
        return 0;
    LIST_EACH (struct iface, iface, &to->interfaces)
        LIST_EACH (struct address, address, &iface->addresses) {
            int r;

            pair.ip = address->address.ip;
            if (!address_is_target(address) || !wants(walk, from, &pair.ip))
                continue;
            r = walk->found(&pair, walk->userdata);
            if (r != 0)
                return r;
        }
    return 0;
}

static int walk_place(const struct walk *walk, const struct netns *from, const struct place *to)
{
    const struct pair pair = {.from = from, .ip = to->ip, .port = to->port};

    if (to->netns)
        return walk_netns(walk, from, to->netns, to->port);
    if (!to->all)
        return walk->family && to->ip.family != walk->family ? 0
                                                             : walk->found(&pair, walk->userdata);
    LIST_EACH (struct netns, netns, &walk->lab->namespaces) {
        int r = walk_netns(walk, from, netns, to->port);

        if (r != 0)
            return r;
    }
    return 0;
}

/* All that one namespace asks. */
static int walk_row(const struct walk *walk, const struct netns *from)
{
    const struct pair lone = {.from = from};

    if (walk->test->kind == TEST_EXEC)
        return walk->found(&lone, walk->userdata);
    LIST_EACH (struct place, to, &walk->test->body->to) {
        int r = walk_place(walk, from, to);

        if (r != 0)
            return r;
    }
    return 0;
}

/* Whether `all` means a namespace: those that have an address ask others, netlab's own run things.
 */
static bool is_of_all(const struct walk *walk, const struct netns *netns)
{
    bool asks = walk->test->kind != TEST_EXEC && walk->test->kind != TEST_ROUTE;

    return asks ? has_target(netns, 0) : !netns->foreign;
}

int test_pairs(const struct netlab_lab *lab, const struct test *test, pair_fn *found,
               void *userdata)
{
    const struct test_body *body = test->body;
    const struct place *first = (const struct place *)body->from.first;
    const struct place *target = (const struct place *)body->to.first;
    struct walk walk = {.lab = lab,
                        .test = test,
                        .family = test->kind == TEST_ARP ? AF_INET : body->family,
                        .found = found,
                        .userdata = userdata};

    walk.single =
        body->from.count == 1 && body->to.count == 1 && !first->all && target && !target->all;
    LIST_EACH (struct place, from, &body->from) {
        int r = from->all ? 0 : walk_row(&walk, from->netns);

        if (from->all)
            LIST_EACH (struct netns, netns, &lab->namespaces) {
                r = is_of_all(&walk, netns) ? walk_row(&walk, netns) : 0;
                if (r != 0)
                    break;
            }
        if (r != 0)
            return r;
    }
    return 0;
}

/* A text that is cut where it gets too long. */
struct cut {
    char *text;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static void add(struct cut *cut, const char *format, ...)
{
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(cut->text + cut->size, TEST_TEXT - cut->size, format, args);
    va_end(args);
    if (size > 0)
        cut->size += (size_t)size;
    if (cut->size >= TEST_TEXT)
        cut->size = TEST_TEXT - 1;
}

/* Line breaks and what else a line of text can't have become blanks. */
static void add_list(struct cut *cut, const struct list *list, const char *separator)
{
    const char *before = "";

    if (!list->lone && *separator == ',')
        add(cut, "[");
    LIST_EACH (struct place, place, list) {
        add(cut, "%s%s", before, place->text);
        before = separator;
    }
    if (!list->lone && *separator == ',')
        add(cut, "]");
}

const char *test_text(const struct test *test, char text[TEST_TEXT])
{
    const struct test_body *body = test->body;
    struct cut cut = {.text = text};

    text[0] = '\0';
    if (test->name) {
        add(&cut, "%s", test->name);
    } else {
        add(&cut, "%s %s", test_kind_word(test->kind),
            test->kind == TEST_ROUTE || test->kind == TEST_EXEC ? "in " : "");
        add_list(&cut, &body->from, ", ");
        add(&cut, "%s", test->kind == TEST_EXEC ? ": " : " -> ");
        if (test->kind == TEST_EXEC)
            add_list(&cut, &body->run, " ");
        else
            add_list(&cut, &body->to, ", ");
        if (test_is_negative(test))
            add(&cut, " must fail");
    }
    if (cut.size == TEST_TEXT - 1) { /* not within a character */
        while (cut.size > TEST_TEXT - 4 || (text[cut.size] & 0xc0) == 0x80)
            cut.size--;
        memcpy(text + cut.size, "…", sizeof "…");
    }
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    return text;
}
