#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark's networks built with pyroute2, as directly as it can be asked to.

    pyroute2_lab.py up|down star|chain N

One IPRoute a namespace, opened inside it; pairs are made in place, with one queue."""
import itertools
import resource
import sys

from pyroute2 import IPRoute, netns

import topology

NODAD = 0x02
BRIDGE = 1000  # the index of the bridge, chosen


def add_pair(ipr, net, link):
    a, x, b, y = link
    queues = {"num_tx_queues": 1, "num_rx_queues": 1}
    master = net.interface(a, x).master
    more = {"master": BRIDGE} if master else {}
    peer = {"ifname": y, "net_ns_fd": b, **queues}
    ipr.link("add", kind="veth", ifname=x, state="up", peer=peer, **queues, **more)


def configure(ipr, ns):
    indexes = {}
    ipr.link("set", index=1, state="up")
    for dev in ns.interfaces.values():
        if dev.master:
            continue
        index = indexes[dev.name] = ipr.link_lookup(ifname=dev.name)[0]
        if not dev.near:
            ipr.link("set", index=index, state="up")
        for address in dev.addresses:
            host, prefix = address.split("/")
            flags = {"flags": NODAD} if topology.is_v6(host) else {}
            ipr.addr("add", index=index, address=host, prefixlen=int(prefix), **flags)
    for to, via, dev in ns.routes:
        ipr.route("add", dst=to, gateway=via, oif=indexes[dev])


def write(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(value)


def links_up(net, ns, links):
    """The pairs whose first end is here, and the bridge that they are plugged into."""
    netns.pushns(ns.name)
    with IPRoute() as ipr:
        for dev in ns.interfaces.values():
            if dev.kind == "bridge":
                ipr.link("add", kind="bridge", ifname=dev.name, index=BRIDGE)
        for link in links:
            add_pair(ipr, net, link)
    netns.popns()


def up(net):
    for name in net.namespaces:
        netns.create(name)
    for name, links in itertools.groupby(net.links, key=lambda link: link[0]):
        links_up(net, net.namespaces[name], links)
    for ns in net.namespaces.values():
        netns.pushns(ns.name)
        if ns.forwarding:
            write("/proc/sys/net/ipv4/ip_forward", "1")
            write("/proc/sys/net/ipv6/conf/all/forwarding", "1")
        with IPRoute() as ipr:
            configure(ipr, ns)
        netns.popns()


def down(net):
    for name in net.namespaces:
        netns.remove(name)


def main(args):
    verb, workload, n = args
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    {"up": up, "down": down}[verb](topology.network(workload, int(n)))


if __name__ == "__main__":
    main(sys.argv[1:])
