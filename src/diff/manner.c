/* SPDX-License-Identifier: MIT */
/*
 * Job: how an interface works, of what no file has words for: whether it asks for link-layer
 * addresses, takes groups' frames, takes all frames, and makes link-local addresses.
 * In: a seen interface, a wanted one. Out: what differs, as numbers and as words.
 */
#include <linux/if.h>
#include <linux/if_link.h>
#include <string.h>

#include "diff/diff.h"
#include "kinds/kind.h"

/* What others have made is as they like it. */
static bool is_ours(const struct iface *iface)
{
    return iface->kind ? iface_is_made(iface) : !iface_netns(iface)->foreign;
}

uint32_t diff_flags(const struct iface *seen, const struct iface *wanted, uint32_t *ret_flags)
{
    uint32_t known = MANNER_FLAGS;

    *ret_flags =
        wanted->manner.has_flags ? wanted->manner.flags : iface_initial_flags(wanted, &known);
    if (!seen->manner.has_flags || !is_ours(wanted))
        return 0;
    return (seen->manner.flags ^ *ret_flags) & known;
}

/* Where a sysctl of the file may say how, that is what is compared. */
static bool is_said(const struct netns *netns)
{
    LIST_EACH (struct sysctl, sysctl, &netns->sysctls)
        if (strstr(sysctl->path, "/addr_gen_mode") || strstr(sysctl->path, "/stable_secret"))
            return true;
    return false;
}

bool diff_addrgenmode(const struct iface *seen, const struct iface *wanted, uint8_t *ret_mode)
{
    *ret_mode = IN6_ADDR_GEN_MODE_EUI64;
    /* of others, the namespace may make it another way; without MACs there is none */
    if (!seen->manner.has_addrgenmode || !wanted->kind || !is_ours(wanted) ||
        wanted->kind->flags & KIND_NO_ETHERNET || iface_netns(wanted)->foreign)
        return false;
    if (wanted->manner.has_addrgenmode)
        *ret_mode = wanted->manner.addrgenmode;
    else if (is_said(iface_netns(wanted)))
        return false;
    return seen->manner.addrgenmode != *ret_mode;
}

/* As iproute2 has them. */
static const char *mode_word(uint8_t mode)
{
    static const char *const words[] = {
        [IN6_ADDR_GEN_MODE_EUI64] = "eui64",
        [IN6_ADDR_GEN_MODE_NONE] = "none",
        [IN6_ADDR_GEN_MODE_STABLE_PRIVACY] = "stable_secret",
        [IN6_ADDR_GEN_MODE_RANDOM] = "random",
    };

    return mode < sizeof words / sizeof words[0] ? words[mode] : "?";
}

size_t diff_manner(const struct iface *seen, const struct iface *wanted,
                   struct manner_word ret_words[MANNER_WORDS])
{
    static const struct {
        uint32_t flag;
        const char *word;
        bool inverted;
    } flags[] = {{IFF_NOARP, "arp", true},
                 {IFF_MULTICAST, "multicast", false},
                 {IFF_PROMISC, "promisc", false},
                 {IFF_ALLMULTI, "allmulticast", false}};
    uint32_t should, differing = diff_flags(seen, wanted, &should);
    size_t count = 0;
    uint8_t mode;

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        bool on = ((should & flags[i].flag) != 0) != flags[i].inverted;

        if (differing & flags[i].flag)
            ret_words[count++] =
                (struct manner_word){flags[i].word, on ? "off" : "on", on ? "on" : "off"};
    }
    if (diff_addrgenmode(seen, wanted, &mode))
        ret_words[count++] = (struct manner_word){
            "addrgenmode", mode_word(seen->manner.addrgenmode), mode_word(mode)};
    return count;
}
