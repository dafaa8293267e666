#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark's two networks, written down once for every tool that builds them.

    topology.py star|chain N DIRECTORY

writes into DIRECTORY:

    WORKLOAD.yaml              the file for `netlab up` and `netlab down`
    tutorial-up.sh, -down.sh   one `ip` command a step, as tutorials have it
    batch-up.sh, -down.sh      the best that `ip` can do: few processes, cheap requests, all CPUs
    serial-up.sh               the same, one process after the other


The other tools of the benchmark import the model below.

Star of N: the namespace sw has the bridge br0; host i is the namespace hI, whose eth0 is plugged
into port pI. Chain of N: the namespaces r0 to r(N-1) are routers, eth1 of each is linked to eth0
of the next, and each has routes to the first link and to the last one, so that the ends of the
chain reach each other.
"""
import dataclasses
import ipaddress
import os
import sys

WORKLOADS = ("star", "chain")
# From so many namespaces on, nsenter is faster than `ip -n`, which copies all mounts each time.
MANY = 256
FORWARDING = ["echo 1 >/proc/sys/net/ipv4/ip_forward", "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"]
LIMITS = {"star": (2, 1023), "chain": (2, 65536)}


@dataclasses.dataclass
class Interface:
    name: str
    addresses: list = dataclasses.field(default_factory=list)
    kind: str = "veth"
    master: str = ""
    near: bool = False  # the first end of its link?


@dataclasses.dataclass
class Namespace:
    name: str
    interfaces: dict = dataclasses.field(default_factory=dict)
    routes: list = dataclasses.field(default_factory=list)  # (to, via, dev)
    forwarding: bool = False

    def add(self, name, addresses=(), **more):
        self.interfaces[name] = Interface(name, list(addresses), **more)


@dataclasses.dataclass
class Network:
    workload: str
    n: int
    namespaces: dict = dataclasses.field(default_factory=dict)
    # (namespace, interface, namespace, interface); the first end may be the port of a bridge
    links: list = dataclasses.field(default_factory=list)

    def add(self, name, **more):
        self.namespaces[name] = Namespace(name, **more)
        return self.namespaces[name]

    def interface(self, namespace, name):
        return self.namespaces[namespace].interfaces[name]

    def link(self, *ends):
        self.interface(*ends[:2]).near = True
        self.links.append(ends)


def star(n):
    def addresses(number):
        v4 = ipaddress.IPv4Address("10.0.0.0") + number
        v6 = ipaddress.IPv6Address("fd00:1::") + int(v4)
        return [f"{v4}/16", f"{v6}/64"]

    net = Network("star", n)
    switch = net.add("sw")
    switch.add("br0", addresses(1), kind="bridge")
    for i in range(n):
        host = net.add(f"h{i}")
        host.add("eth0", addresses(257 + i))
        host.routes.append(("default", "10.0.0.1", "eth0"))
        switch.add(f"p{i}", master="br0")
        net.link("sw", f"p{i}", host.name, "eth0")
    return net


def chain(n):
    def subnets(link):
        return [f"10.{link >> 8}.{link & 255}.0/24", str(ipaddress.IPv6Network(f"fd00:{link:x}::/64"))]

    def side(link, number):
        return [str(ipaddress.ip_network(s)[number]) for s in subnets(link)]

    def addresses(link, number):
        return [f"{a}/{s.split('/')[1]}" for a, s in zip(side(link, number), subnets(link))]

    net = Network("chain", n)
    for i in range(n):
        router = net.add(f"r{i}", forwarding=True)
        if i > 0:
            router.add("eth0", addresses(i - 1, 2))
            net.link(f"r{i - 1}", "eth1", router.name, "eth0")
        if i < n - 1:
            router.add("eth1", addresses(i, 1))
        if i > 1:
            router.routes += [(to, via, "eth0") for to, via in zip(subnets(0), side(i - 1, 1))]
        if i < n - 2:
            router.routes += [(to, via, "eth1") for to, via in zip(subnets(n - 2), side(i, 2))]
    return net


def network(workload, n):
    low, high = LIMITS[workload]
    if not low <= n <= high:
        raise ValueError(f"a {workload} has {low} to {high} namespaces, not {n}")
    return {"star": star, "chain": chain}[workload](n)


def is_v6(address):
    return ":" in address


def netlab_file(net):
    """The topology file. Flow style keeps it one line an object; IPv6 addresses are quoted."""

    def flow(items):
        return "[" + ", ".join(f'"{i}"' if is_v6(i) else i for i in items) + "]"

    lines = [f"name: bench-{net.workload}", "", "namespaces:"]
    for ns in net.namespaces.values():
        lines.append(f"  {ns.name}:")
        if ns.forwarding:
            lines.append("    forwarding: true")
        lines.append("    interfaces:")
        for dev in ns.interfaces.values():
            if dev.kind == "bridge":
                ports = [i.name for i in ns.interfaces.values() if i.master == dev.name]
                lines.append(f"      {dev.name}:")
                lines.append("        type: bridge")
                lines.append(f"        addresses: {flow(dev.addresses)}")
                lines.append(f"        ports: {flow(ports)}")
            elif dev.addresses:
                lines.append(f"      {dev.name}: {{addresses: {flow(dev.addresses)}}}")
        if ns.routes:
            lines.append("    routes:")
            for to, via, dev in ns.routes:
                quote = '"' if is_v6(via) else ""
                lines.append(f"      - {{to: {quote}{to}{quote}, via: {quote}{via}{quote}, dev: {dev}}}")
    lines += ["", "links:"]
    lines += [f"  - [{a}:{x}, {b}:{y}]" for a, x, b, y in net.links]
    return "\n".join(lines) + "\n"


def tutorial(net):
    """One command a step: pairs are made in the root namespace, moved, and renamed."""
    lines = ["set -e"]
    for ns in net.namespaces.values():
        lines += [f"ip netns add {ns.name}", f"ip -n {ns.name} link set lo up"]
        if ns.forwarding:
            lines.append(f"ip netns exec {ns.name} sysctl -qw net.ipv4.ip_forward=1")
            lines.append(f"ip netns exec {ns.name} sysctl -qw net.ipv6.conf.all.forwarding=1")
        for dev in ns.interfaces.values():
            if dev.kind == "bridge":
                lines.append(f"ip -n {ns.name} link add {dev.name} type bridge")
                lines.append(f"ip -n {ns.name} link set {dev.name} up")
                lines += [f"ip -n {ns.name} addr add {a} dev {dev.name}" for a in dev.addresses]
    for number, (a, x, b, y) in enumerate(net.links):
        lines.append(f"ip link add v{number}a type veth peer name v{number}b")
        for ns, made, name in ((a, f"v{number}a", x), (b, f"v{number}b", y)):
            dev = net.interface(ns, name)
            lines.append(f"ip link set {made} netns {ns}")
            lines.append(f"ip -n {ns} link set {made} name {name}")
            if dev.master:
                lines.append(f"ip -n {ns} link set {name} master {dev.master}")
            lines += [f"ip -n {ns} addr add {address} dev {name}" for address in dev.addresses]
            lines.append(f"ip -n {ns} link set {name} up")
    for ns in net.namespaces.values():
        lines += [f"ip -n {ns.name} route add {to} via {via}" for to, via, _ in ns.routes]
    return "\n".join(lines) + "\n"


def tutorial_down(net):
    return "\n".join(["set -e"] + [f"ip netns del {name}" for name in net.namespaces]) + "\n"


def address_lines(dev):
    return [
        f"addr add {a} dev {dev.name} " + ("nodad" if is_v6(a) else "brd +") for a in dev.addresses
    ]


def pair_line(net, link, index):
    """Makes a pair where its ends belong, with chosen indexes and one queue, which is the cheapest.

    The first end is made where the batch runs if it is the port of a bridge: only there is the
    bridge known by its name."""
    a, x, b, y = link
    queues = "numtxqueues 1 numrxqueues 1"
    master = net.interface(a, x).master
    where = f"master {master}" if master else f"netns {a}"
    return (
        f"link add {x} index {index} {where} up {queues}"
        f" type veth peer name {y} index 1000 netns {b} {queues}"
    )


def batch_lines(net, ns):
    """What `ip -batch` has to do in one namespace once its pairs are there, switches aside."""
    lines = ["link set lo up"]
    for dev in ns.interfaces.values():
        if dev.kind == "bridge":
            ports = [link for link in net.links if net.interface(*link[:2]).master == dev.name]
            lines.append(f"link add {dev.name} index 1000 type bridge mcast_snooping 0")
            lines += [pair_line(net, link, 1001 + i) for i, link in enumerate(ports)]
        if not dev.near:  # the near end is born up
            lines.append(f"link set {dev.name} up")
        lines += address_lines(dev)
        if dev.kind == "bridge":
            lines.append(f"link set {dev.name} type bridge mcast_snooping 1")
    return lines + [f"route add {to} via {via} dev {dev}" for to, via, dev in ns.routes]


def batches(net):
    """The files of `ip -batch` and the two scripts that run them, as {name: text}.

    The root batch makes the namespaces, and the pairs unless they end in a bridge; then comes the
    switch; what is left has no order, so that all processors can work at it."""
    switches = [
        ns.name for ns in net.namespaces.values() if any(i.kind == "bridge" for i in ns.interfaces.values())
    ]
    leaves = [name for name in net.namespaces if name not in switches]
    root = [f"netns add {name}" for name in net.namespaces]
    root += [pair_line(net, link, 1001) for link in net.links if link[0] not in switches]
    files = {f"{ns.name}.ip": batch_lines(net, ns) for ns in net.namespaces.values()}
    files |= {"root.ip": root, "del.ip": [f"netns del {name}" for name in net.namespaces]}
    if net.workload == "chain":
        files["router.sh"] = FORWARDING + ['exec ip -batch "$1.ip"']
        leaf = "nsenter --net=/run/netns/{0} sh router.sh {0}"
    elif len(leaves) < MANY:
        leaf = "ip -n {0} -batch {0}.ip"
    else:
        leaf = "nsenter --net=/run/netns/{0} ip -batch {0}.ip"
    begin = ["set -e", 'cd "$(dirname "$0")"', "ip -batch root.ip"]
    begin += [f"ip -n {name} -batch {name}.ip" for name in switches]
    files["leaves"] = leaves
    files["serial-up.sh"] = begin + [leaf.format(name) for name in leaves]
    files["batch-up.sh"] = begin + ['xargs -P "$(nproc)" -I@ ' + leaf.format("@") + " <leaves"]
    files["batch-down.sh"] = ['cd "$(dirname "$0")"', "exec ip -batch del.ip"]
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()}


def write(workload, n, directory):
    net = network(workload, n)
    files = batches(net) | {
        f"{workload}.yaml": netlab_file(net),
        "tutorial-up.sh": tutorial(net),
        "tutorial-down.sh": tutorial_down(net),
    }
    os.makedirs(directory, exist_ok=True)
    for name, text in files.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(text)
    return net


def main(args):
    if len(args) != 3 or args[0] not in WORKLOADS or not args[1].isdigit():
        sys.exit("usage: topology.py star|chain N DIRECTORY")
    try:
        write(args[0], int(args[1]), args[2])
    except ValueError as error:
        sys.exit(f"topology.py: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
