/* SPDX-License-Identifier: MIT */
/*
 * Job: what a test needs of the kernel, which may have been built without it.
 */
#include <string.h>

#include "harness.h"
#include "link_kinds.h"
#include "need.h"

/* What the kernel says of kinds that it does not know, and of what it was built without. */
static bool is_unknown(const char *message)
{
    return strstr(message, "Unknown device type") || strstr(message, "qdisc kind is unknown") ||
           strstr(message, "Operation not supported");
}

/* Whether the command works; if not, the kernel must not know what it asks for. */
static bool knows(const char *command)
{
    struct output output = sh("%s", command);

    if (output.status != 0 && !is_unknown(output.err))
        test_fail("%s: %s", command, output.err);
    return output.status == 0;
}

bool has_kind(const char *name)
{
    const struct link_kind *kind = link_kind(name);
    bool stands = kind && kind->stands, known;

    /* Every kernel that netlab runs on has veths. */
    if (stands)
        ok("ip link add need-lower type veth peer name need-peer");
    known = knows(text("ip link add %s name need type %s %s", stands ? "link need-lower" : "", name,
                       kind && kind->ip ? kind->ip : ""));
    if (known)
        ok("ip link delete need");
    if (stands)
        ok("ip link delete need-lower");
    return known;
}

bool has_qdisc(const char *kind)
{
    bool known = knows(text("tc qdisc add dev lo root %s", kind));

    if (known)
        ok("tc qdisc delete dev lo root");
    return known;
}

bool has_vlan_filtering(void)
{
    bool known = knows("ip link add need type bridge vlan_filtering 1");

    if (known)
        ok("ip link delete need");
    return known;
}

bool has_nftables(const char *family)
{
    bool known = knows(text("nft add table %s need", family));

    if (known)
        ok("nft delete table %s need", family);
    return known;
}

void need_kind(const char *kind)
{
    if (!has_kind(kind))
        test_skip("the kernel has no links of type %s", kind);
}

void need_qdisc(const char *kind)
{
    if (!has_qdisc(kind))
        test_skip("the kernel has no qdisc %s", kind);
}

void need_netem(void)
{
    need_qdisc("netem");
}

void need_vlan_filtering(void)
{
    if (!has_vlan_filtering())
        test_skip("the kernel's bridges do not filter VLANs");
}

void need_nftables(const char *family)
{
    if (!has_nftables(family))
        test_skip("the kernel's nftables have no family %s", family);
}
