/* SPDX-License-Identifier: MIT */
/*
 * Job: what must hold for every topology, whatever kinds are in it.
 */
#include "cycle.h"

#include <stdio.h>
#include <string.h>

#include "proof.h"

enum {
    SHAPE = DUMP_NETWORK | DUMP_NO_INDEX, /* another file may number otherwise */
    MENDED = SHAPE | DUMP_NO_TRACES,
};

static void down_all(void)
{
    ok("cd /run/netlab 2>/dev/null || exit 0; for lab in *; do "
       "[ ! -d $lab ] || $NETLAB down $lab || exit 1; done");
}

static void up(const char *file)
{
    ok("$NETLAB up %s", file);
    ok("$NETLAB diff %s", file);
    has(ok("$NETLAB up %s", file).out, "nothing to do");
}

/* What a script has made: namespaces, and links of the host, which say the script's own names. */
static void take_away(const char *before_links)
{
    ok("for n in $(ls /run/netns); do ip netns del $n; done; "
       "for l in $(ls /sys/class/net); do case ' %s ' in *\" $l \"*) ;; *) "
       "ip link del $l 2>/dev/null || true;; esac; done",
       before_links);
}

const char *unwatched(const char *dump)
{
    file_with("state", dump);
    return ok("grep -v ' operstate = ' $TMP/state").out;
}

void cycle(const struct topology *topology, void (*look)(void))
{
    const char *file = topology_file(topology), *before = dump_all(0), *shape;
    const char *links = ok("ip -o link | sed 's/^[0-9]*: //; s/[:@].*//' | tr '\\n' ' '").out;

    test_about("%s", topology->name);
    ok("$NETLAB plan --format ip %s >$TMP/script", file);
    up(file);
    if (look)
        look();
    proved_all(topology->yaml, PROOF_UP);
    shape = dump_all(SHAPE);
    ok("$NETLAB dump %s >$TMP/dump.yaml", file);
    ok("$NETLAB diff - <$TMP/dump.yaml");
    ok("$NETLAB down %s", file);
    same(before, dump_all(0));
    ok("$NETLAB up - <$TMP/dump.yaml");
    same(unwatched(shape), unwatched(dump_all(SHAPE)));
    proved_all(topology->yaml, PROOF_DUMP);
    ok("$NETLAB down %s", file);
    ok("sh -e $TMP/script");
    same(unwatched(shape), unwatched(dump_all(SHAPE)));
    proved_all(topology->yaml, PROOF_SCRIPT);
    take_away(links);
}

/* The kind of an interface, "NS NAME", in the file's words. */
static const char *kind_of(const char *iface)
{
    json_t *link = ip_json("set -- %s; ip -n $1 -d -j link show dev $2", iface);
    const char *kind = json_text(link, "0 linkinfo info_kind");

    if (!kind || !*kind)
        return "physical";
    return strcmp(kind, "tun") == 0 ? json_text(link, "0 linkinfo info_data type") : kind;
}

static long long index_of(const char *iface)
{
    return json_number(ip_json("set -- %s; ip -n $1 -j link show dev $2", iface), "0 ifindex");
}

void cycle_change(const struct topology *topology, const char *filter, const char *iface,
                  bool in_place)
{
    const char *file = topology_file(topology);
    long long index;

    down_all();
    test_about("%s, %s", topology->name, filter);
    ok("$NETLAB up %s", file);
    index = index_of(iface);
    ok("%s <%s >$TMP/edited && ! cmp -s $TMP/edited %s && cat $TMP/edited >%s", filter, file, file,
       file);
    up(file);
    ck_assert_msg((index_of(iface) == index) == in_place, "%s: in place: %d", iface, !in_place);
    if (in_place)
        proved(kind_of(iface), PROOF_IN_PLACE);
}

/* The kind of what a command deletes or sets. */
static const char *kind_concerned(const char *command)
{
    char netns[32], name[32];

    return sscanf(command, "ip -n %31s link %*[sdetl] %31s", netns, name) == 2
               ? kind_of(text("%s %s", netns, name))
               : NULL;
}

void cycle_drift(const struct topology *topology, const char *command)
{
    const char *file = topology_file(topology), *was, *kind;

    down_all();
    test_about("%s, %s", topology->name, command);
    ok("$NETLAB up %s", file);
    was = dump_all(MENDED);
    kind = kind_concerned(command);
    ok("%s", command);
    exits(1, "$NETLAB diff %s", file);
    up(file);
    same(unwatched(was), unwatched(dump_all(MENDED)));
    if (kind)
        proved(kind, PROOF_OBSERVE);
    down_all();
}
