/* SPDX-License-Identifier: MIT */
/*
 * Job: what a test needs of the kernel, which may have been built without it.
 */
#include <string.h>

#include "harness.h"
#include "need.h"

/* What has to be said to make one, where that is more than its kind. */
static const struct kind {
    const char *name;
    bool lower; /* it needs a link below it */
    const char *arguments;
} kinds[] = {
    {"geneve", false, "id 5 remote 192.0.2.1"},
    {"gre", false, "local 192.0.2.2 remote 192.0.2.1"},
    {"gretap", false, "local 192.0.2.2 remote 192.0.2.1"},
    {"ip6gre", false, "local fd00::2 remote fd00::1"},
    {"ip6gretap", false, "local fd00::2 remote fd00::1"},
    {"ip6tnl", false, "local fd00::2 remote fd00::1"},
    {"ipip", false, "local 192.0.2.2 remote 192.0.2.1"},
    {"ipvlan", true, ""},
    {"macsec", true, ""},
    {"macvlan", true, ""},
    {"macvtap", true, ""},
    {"sit", false, "local 192.0.2.2 remote 192.0.2.1"},
    {"vlan", true, "id 5"},
    {"vrf", false, "table 10"},
    {"vxlan", false, "id 5 dstport 4789"},
};

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
    struct kind kind = {name, false, ""};
    bool known;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, name) == 0)
            kind = kinds[i];
    /* Every kernel that netlab runs on has veths. */
    if (kind.lower)
        ok("ip link add need-lower type veth peer name need-peer");
    known = knows(text("ip link add %s name need type %s %s", kind.lower ? "link need-lower" : "",
                       name, kind.arguments));
    if (known)
        ok("ip link delete need");
    if (kind.lower)
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
