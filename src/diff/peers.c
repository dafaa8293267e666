/* SPDX-License-Identifier: MIT */
/*
 * Job: compare the peers of wireguard interfaces, one by one: a change of one leaves the others'
 * sessions alone.
 * In: interfaces that stay. Out: changes.
 *
 * A peer is its public key. That of another interface of the lab is known where that one stays and
 * keeps its private key; else it will be told when it is there, and the peer is a new one.
 */
#include <string.h>

#include "diff/internal.h"
#include "kinds/wireguard.h"
#include "model/ip.h"

static struct wireguard_peer *find_key(const struct wireguard *wireguard, const struct key *key)
{
    LIST_EACH (struct wireguard_peer, peer, &wireguard->peers)
        if (key->known && key_equal(&peer->public_key, key))
            return peer;
    return NULL;
}

/* Of the interface as it is seen, unless its key is to be another. */
static void settle_key(const struct iface *iface)
{
    struct wireguard *wanted = iface_wireguard(iface);
    const struct wireguard *seen = iface->seen ? iface_wireguard(iface->seen) : NULL;

    wanted->public_key = (struct key){.known = false};
    if (seen && (!wanted->private_key.known || key_equal(&seen->private_key, &wanted->private_key)))
        wanted->public_key = seen->public_key;
}

void diff_public_keys(struct diff *diff)
{
    LIST_EACH (struct netns, netns, &diff->wanted->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (iface_wireguard(iface))
                settle_key(iface);
}

/* An owner's, whose labs have only names. */
static bool is_peer(struct diff *diff, const struct wireguard_peer *owned, const struct key *key)
{
    const struct netns *netns;
    const struct iface *iface;
    const struct wireguard *wireguard;

    if (!owned->iface)
        return key_equal(&owned->public_key, key);
    netns = strmap_get(&diff->seen->names, owned->iface->o.parent->name);
    iface = netns ? netns_iface(netns, owned->iface->o.name) : NULL;
    wireguard = iface ? iface_wireguard(iface) : NULL;
    /* what is not there any more could have been any */
    return !wireguard || !wireguard->public_key.known || key_equal(&wireguard->public_key, key);
}

static const struct wireguard_peer *find_owned(struct diff *diff, const struct iface *iface,
                                               const struct key *key)
{
    for (size_t i = 0; i < DIFF_OWNERS; i++) {
        const struct iface *owned = owner_iface(diff, i, iface->o.parent->name, iface->o.name);
        const struct wireguard *wireguard = owned ? iface_wireguard(owned) : NULL;

        if (!wireguard)
            continue;
        LIST_EACH (struct wireguard_peer, peer, &wireguard->peers)
            if (is_peer(diff, peer, key))
                return peer;
    }
    return NULL;
}

/* What the file leaves open, and what an owner's says otherwise. */
static void settle_peer(const struct diff *diff, const struct wireguard_peer *owned,
                        struct wireguard_peer *seen, struct wireguard_peer *wanted)
{
    if (!wanted->preshared_text && !wanted->preshared_file)
        wanted->preshared_key.known = true; /* zeros, but for one that was seen: none */
    /* it has gone elsewhere itself, unless the file has another place for it now */
    if (diff->renews)
        return;
    if (!owned || owned->port != wanted->port || !ip_equal(&owned->ip, &wanted->ip))
        seen->has_met = false;
}

void diff_peers(struct diff *diff, struct iface *iface)
{
    struct wireguard *seen = iface_wireguard(iface->seen), *wanted = iface_wireguard(iface);

    if (!seen || !wanted)
        return;
    LIST_EACH (struct wireguard_peer, peer, &wanted->peers) {
        const struct key *key = peer_key(peer);
        struct wireguard_peer *is = find_key(seen, key);

        if (is)
            settle_peer(diff, find_owned(diff, iface, key), is, peer);
        if (!is)
            change(diff, NULL, &peer->o, false);
        else if (peer_differs(is, peer))
            change(diff, &is->o, &peer->o, false);
    }
    LIST_EACH (struct wireguard_peer, peer, &seen->peers) {
        bool is_wanted = false;

        LIST_EACH (struct wireguard_peer, other, &wanted->peers)
            is_wanted |= peer_key(other)->known && key_equal(peer_key(other), &peer->public_key);
        if (!is_wanted)
            change(diff, &peer->o, NULL, !find_owned(diff, iface, &peer->public_key));
    }
}

bool diff_wireguard(const struct iface *seen, const struct iface *wanted)
{
    const struct wireguard *is = iface_wireguard(seen), *should = iface_wireguard(wanted);

    return is && should && wireguard_differs(is, should);
}
