/* SPDX-License-Identifier: MIT */
/*
 * Job: tests: names → pointers, and complaints about names that lead nowhere, about what can not be
 * asked, and about tests that ask nothing.
 * In: tests as they were read, namespaces and addresses that are definite. Out: struct test with
 * its kind, its places resolved.
 */
#include <ctype.h>
#include <string.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/test.h"
#include "parse/check.h"
#include "parse/resolve.h"
#include "parse/scalar.h"
#include "parse/value.h"

#define FAIL(p, object, mark, ...) (set_broken(object), ERROR(p, mark, __VA_ARGS__))

/* What may stand in a list. */
enum places {
    PLACES_ASK = 1 << 0,    /* namespaces; else what they ask: addresses, too */
    PLACES_PORT = 1 << 1,   /* a port may follow … */
    PLACES_TARGET = 1 << 2, /* … and must */
    PLACES_ALL = 1 << 3,    /* `all` */
};

/* Without the port: "[fd00::1]:80", "10.0.0.1:80", "lan:80". 0, -EINVAL, -ENOMEM. */
static int split_port(struct parse *p, struct place *place, unsigned flags, const char **ret_name)
{
    const char *text = place->text, *colon = strrchr(text, ':');
    size_t size = colon ? (size_t)(colon - text) : 0;
    bool bracket = *text == '[';
    uint64_t port = 0;

    *ret_name = text;
    if (!bracket && colon && strchr(text, ':') != colon) { /* a lone IPv6 address */
        if (flags & PLACES_TARGET) {
            FAIL(p, place, place->o.mark, "the port of '%s' is missing", text);
            HINT(p, "an IPv6 address stands in brackets: \"[%s]:80\"", text);
            return -EINVAL;
        }
        return 0;
    }
    if (!colon || (bracket && text[size - 1] != ']')) {
        if (!(flags & PLACES_TARGET))
            return 0;
        FAIL(p, place, place->o.mark, "the port of '%s' is missing", text);
        HINT(p, "write %s:80, or what the port is", text);
        return -EINVAL;
    }
    if (number_parse(colon + 1, &port) < 0 || port < 1 || port > UINT16_MAX)
        return FAIL(p, place, place->o.mark, "the port in '%s' must be 1 to %d", text, UINT16_MAX);
    place->port = (uint16_t)port;
    *ret_name = bracket ? arena_strndup(p->lab->arena, text + 1, size - 2)
                        : arena_strndup(p->lab->arena, text, size);
    return *ret_name ? 0 : -ENOMEM;
}

static void fail_place(struct parse *p, struct place *place, const char *name, unsigned flags)
{
    bool asks = flags & PLACES_ASK;
    struct ip ip;

    set_broken(place);
    if (is_open(p->lab))
        return;
    if (asks && ip_parse(name, &ip) == 0) {
        ERROR(p, place->o.mark, "'%s' is an address, and this takes namespaces", name);
        return;
    }
    if (strchr(name, '/')) {
        ERROR(p, place->o.mark, "'%s' is neither a namespace nor an address", name);
        HINT(p, "a lone address, without a prefix length");
        return;
    }
    if (!asks && !*name)
        ERROR(p, place->o.mark, "there is no namespace and no address before the port");
    else if (asks)
        ERROR(p, place->o.mark, "no namespace '%s'", name);
    else
        ERROR(p, place->o.mark, "no namespace '%s', and no address", name);
    hint_list(p, &p->lab->namespaces, name);
}

/* 0 or -ENOMEM. */
static int resolve_place(struct parse *p, struct place *place, unsigned flags)
{
    const char *name = place->text;
    int err;

    if (is_broken(place))
        return 0;
    if (flags & (PLACES_PORT | PLACES_TARGET)) {
        err = split_port(p, place, flags, &name);
        if (err < 0)
            return err == -ENOMEM ? err : 0;
    }
    place->netns = strmap_get(&p->lab->names, name);
    place->host = strcmp(name, "host") == 0;
    place->all = strcmp(name, "all") == 0;
    if (place->all && !(flags & PLACES_ALL))
        FAIL(p, place, place->o.mark, "'all' makes no sense here");
    if (place->netns || place->all || (place->host && flags & PLACES_ASK))
        return 0;
    if (place->host) {
        FAIL(p, place, place->o.mark, "the file does not say which addresses 'host' has");
        HINT(p, "write one of its addresses");
        return 0;
    }
    if (flags & PLACES_ASK || ip_parse(name, &place->ip) < 0)
        fail_place(p, place, name, flags);
    return 0;
}

/* 0 or -ENOMEM. */
static int resolve_places(struct parse *p, struct test_body *body, unsigned field, unsigned flags)
{
    const struct list *list = FIELD_AT(&body->o, &body->o.table->fields[field]);
    struct strmap seen = {0};

    if (!list->first && body->o.marks[field].line && !is_broken(body))
        FAIL(p, body, body->o.marks[field], "'%s' is empty", body->o.table->fields[field].key);
    LIST_EACH (struct place, place, list) {
        int err;

        place->o.parent = &body->o;
        if (is_broken(place))
            continue;
        err = strmap_add(&seen, p->scratch, place->text, place);
        if (err == -EEXIST)
            FAIL(p, place, place->o.mark, "'%s' is given twice", place->text);
        if (err == -ENOMEM || resolve_place(p, place, flags) < 0)
            return -ENOMEM;
        if (place->all && list->count > 1)
            FAIL(p, place, place->o.mark, "'all' stands alone");
    }
    return 0;
}

/* A name of an interface that each of those who ask must have. */
static void check_ref(struct parse *p, struct test_body *body, unsigned field,
                      const struct ifref *ref)
{
    LIST_EACH (struct place, from, &body->from) {
        const struct netns *netns = from->netns;

        if (!ref->name || from->all || !netns || is_broken(from))
            continue;
        if (netns_iface(netns, ref->name) || netns->foreign || p->links_open || is_open(netns))
            continue;
        FAIL(p, body, body->o.marks[field], "no interface '%s' in namespace %s", ref->name,
             netns->o.name);
        hint_iface(p, netns, ref->name);
        return;
    }
}

/* A table by the name of a vrf: of the namespace that is asked, as routes have it. */
static void check_table(struct parse *p, struct test_body *body)
{
    const struct place *first = (const struct place *)body->from.first;
    const struct netns *netns = first ? first->netns : NULL;
    const struct iface *vrf = netns && body->vrf_table ? netns_iface(netns, body->vrf_table) : NULL;

    if (!body->vrf_table)
        return;
    if (vrf && vrf->kind == &kind_vrf)
        body->table = iface_table(vrf);
    else if (netns && !is_open(netns))
        FAIL(p, body, body->o.marks[FIB_TABLE], "no table and no vrf '%s' in namespace %s",
             body->vrf_table, netns->o.name);
    else if (!netns)
        FAIL(p, body, body->o.marks[FIB_TABLE], "a table's name needs one namespace in 'in'");
}

static void check_route(struct parse *p, struct test_body *body)
{
    check_ref(p, body, FIB_DEV, &body->dev);
    check_ref(p, body, FIB_IIF, &body->iif);
    check_ref(p, body, FIB_VRF, &body->vrf);
    check_table(p, body);
    if (body->iif.name && !body->o.marks[FIB_FROM].line)
        FAIL(p, body, body->o.marks[FIB_IIF], "'iif' needs 'from': the address of the sender");
}

static void check_ping(struct parse *p, struct test_body *body)
{
    check_ref(p, body, PING_DEV, &body->dev);
    if (!body->o.marks[PING_COUNT].line)
        body->count = 1;
    if (!body->o.marks[PING_SIZE].line)
        body->size = TEST_PING_SIZE;
    if (!body->source.family)
        return;
    if (body->family && body->family != body->source.family)
        FAIL(p, body, body->o.marks[PING_FAMILY], "'source' is of another family");
    body->family = body->source.family;
}

/* An address of a family that is not asked for. */
static void check_families(struct parse *p, const struct test *test)
{
    uint32_t family = test->kind == TEST_ARP ? AF_INET : test->body->family;

    LIST_EACH (struct place, to, &test->body->to)
        if (family && to->ip.family && to->ip.family != family && !is_broken(to))
            FAIL(p, to, to->o.mark, "'%s' is no IPv%d address", to->text,
                 family == AF_INET ? 4 : 6);
}

static int count_pair(const struct pair *pair, void *userdata)
{
    (void)pair;
    *(bool *)userdata = true;
    return 1;
}

static size_t count_targets(const struct netns *netns)
{
    size_t count = 0;

    LIST_EACH (struct iface, iface, &netns->interfaces)
        LIST_EACH (struct address, address, &iface->addresses)
            count += address_is_target(address);
    return count;
}

static size_t count_all_targets(struct parse *p)
{
    size_t count = 0;

    LIST_EACH (struct netns, netns, &p->lab->namespaces)
        count += count_targets(netns);
    return count;
}

/* Whether something was complained about in those that a list names. */
static bool has_broken(struct parse *p, const struct list *list)
{
    LIST_EACH (struct place, place, list) {
        if (place->netns && is_broken(place->netns))
            return true;
        if (place->all)
            LIST_EACH (struct netns, netns, &p->lab->namespaces)
                if (is_broken(netns))
                    return true;
    }
    return false;
}

/* That it asks something, and not too much. */
static void check_pairs(struct parse *p, struct test *test)
{
    struct test_body *body = test->body;
    const struct place *first = (const struct place *)body->from.first;
    size_t rows = first->all ? p->lab->namespaces.count : body->from.count, columns = 0;
    bool any = false;

    if (has_broken(p, &body->from) || has_broken(p, &body->to) || is_open(p->lab))
        return;
    LIST_EACH (struct place, to, &body->to) {
        size_t targets = to->netns ? count_targets(to->netns) : 1;

        if (!targets) {
            FAIL(p, to, to->o.mark, "namespace %s has no address that others could reach",
                 to->netns->o.name);
            HINT(p, "write an address");
            return;
        }
        columns += to->all ? count_all_targets(p) : targets;
    }
    if (test->kind != TEST_EXEC && columns && rows > TEST_PAIRS_MAX / columns)
        FAIL(p, test, test->o.mark, "this %s has more than %d pairs", test_kind_word(test->kind),
             TEST_PAIRS_MAX);
    else if (test_pairs(p->lab, test, count_pair, &any) == 0 && !any)
        FAIL(p, test, test->o.mark, "this %s has nobody to ask, or nobody who asks",
             test_kind_word(test->kind));
}

/* 0 or -ENOMEM. */
static int check_body(struct parse *p, struct test *test)
{
    struct test_body *body = test->body;
    bool sockets = test->kind == TEST_TCP || test->kind == TEST_UDP;

    if (resolve_places(p, body, BODY_FROM, PLACES_ASK | PLACES_ALL) < 0)
        return -ENOMEM;
    if (test->kind != TEST_EXEC &&
        resolve_places(p, body, BODY_TO, PLACES_ALL | (sockets ? PLACES_TARGET : 0)) < 0)
        return -ENOMEM;
    if (sockets && resolve_places(p, body, SOCKET_LISTEN, PLACES_ASK | PLACES_PORT) < 0)
        return -ENOMEM;
    if (is_broken(body))
        return 0;
    if (test->kind == TEST_PING)
        check_ping(p, body);
    else if (test->kind == TEST_ARP)
        check_ref(p, body, ARP_DEV, &body->dev);
    else if (test->kind == TEST_ROUTE)
        check_route(p, body);
    else if (test->kind == TEST_EXEC && !body->run.first)
        FAIL(p, body, body->o.marks[EXEC_RUN], "'run' is empty");
    if (test->kind != TEST_EXEC)
        check_families(p, test);
    if (!is_broken(body))
        check_pairs(p, test);
    return 0;
}

/* Exactly one kind. */
static bool find_kind(struct parse *p, struct test *test)
{
    bool found = false;

    for (unsigned kind = 0; kind < TEST_KINDS; kind++) {
        if (!test->o.marks[kind].line)
            continue;
        if (found) {
            FAIL(p, test, test->o.marks[kind], "one test is either '%s' or '%s'",
                 test_kind_word(test->kind), test_kind_word((enum test_kind)kind));
            HINT(p, "begin another one with '- '");
            return false;
        }
        found = true;
        test->kind = (enum test_kind)kind;
        test->body = test->bodies[kind];
    }
    if (!found && !is_broken(test)) {
        FAIL(p, test, test->o.mark, "this test does not say what is tested");
        HINT(p, "one of ping, tcp, udp, arp, route, exec");
    }
    return found && test->body;
}

int check_tests(struct parse *p)
{
    LIST_EACH (struct test, test, &p->lab->tests) {
        test->o.parent = &p->lab->o;
        if (!find_kind(p, test))
            continue;
        test->body->o.parent = &test->o;
        if (is_broken(test) && is_broken(test->body))
            continue;
        if (check_body(p, test) < 0)
            return -ENOMEM;
    }
    return 0;
}
