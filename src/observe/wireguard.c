/* SPDX-License-Identifier: MIT */
/*
 * Job: what wireguard interfaces say of themselves, and which of them know each other.
 * In: interfaces that were seen. Out: their keys and peers; `peer` instead of a public key where it
 * is that of another interface.
 */
#include <errno.h>

#include "kernel/wireguard.h"
#include "observe/internal.h"

int view_wireguards(struct view *view)
{
    int r = 0;

    for (size_t i = 0; i < view->count && r == 0; i++)
        if (iface_wireguard(view->ifaces[i].iface))
            r = kernel_look_at_wireguard(view->kernel, view->ifaces[i].iface, view->arena);
    return r;
}

static struct iface *find_owner(const struct netlab_lab *lab, const struct key *key)
{
    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            const struct wireguard *wireguard = iface_wireguard(iface);

            if (wireguard && wireguard->public_key.known && key_equal(&wireguard->public_key, key))
                return iface;
        }
    return NULL;
}

static int join_peer(struct netlab_lab *lab, struct wireguard_peer *peer)
{
    struct iface *owner = find_owner(lab, &peer->public_key);

    if (!owner || owner == peer_iface(peer))
        return 0;
    peer->iface = owner;
    peer->peer_text = arena_printf(lab->arena, "%s:%s", iface_netns(owner)->o.name, owner->o.name);
    peer->o.set |= UINT64_C(1) << PEER_PEER;
    peer->o.set &= ~(UINT64_C(1) << PEER_PUBLIC_KEY);
    return peer->peer_text ? 0 : -ENOMEM;
}

int join_peers(struct netlab_lab *lab)
{
    int r = 0;

    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            struct wireguard *wireguard = iface_wireguard(iface);

            if (!wireguard)
                continue;
            LIST_EACH (struct wireguard_peer, peer, &wireguard->peers)
                r = r == 0 ? join_peer(lab, peer) : r;
        }
    return r;
}
