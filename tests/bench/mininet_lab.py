#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark's networks built with Mininet.

    mininet_lab.py star|chain N

Mininet's networks live as long as its process: this prints `up`, waits for a line, takes the
network down and exits. They are not quite the same network: its namespaces have no names, the
switch of the star is a bridge in the namespace that Mininet runs in, and interfaces are called
h0-eth0. The line printed is `up PID PID`: the shells in the first namespace and in the last."""
import sys

from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import Topo

import topology


class Lab(Topo):
    def build(self, net=None):
        bridge = self.addSwitch("sw", dpid="1") if net.workload == "star" else None
        for ns in net.namespaces.values():
            if ns.name != "sw":
                self.addHost(ns.name, ip=None)
        for a, x, b, y in net.links:
            if bridge:
                self.addLink(bridge, b)
            else:
                self.addLink(a, b, intfName1=f"{a}-{x}", intfName2=f"{b}-{y}")


def configure(node, ns):
    """All addresses and routes of one node in one command of its shell."""
    prefix = "" if ns.name == "sw" else f"{ns.name}-"
    commands = list(topology.FORWARDING) if ns.forwarding else []
    for dev in ns.interfaces.values():
        name = "sw" if dev.kind == "bridge" else prefix + dev.name
        commands += [f"ip addr add {address} dev {name}" for address in dev.addresses]
    commands += [f"ip route add {to} via {via}" for to, via, _ in ns.routes]
    said = node.cmd("; ".join(commands)).strip()
    if said:
        sys.exit(f"{ns.name}: {said}")


def main(workload, n):
    net = topology.network(workload, int(n))
    # Mininet's own preparation raises limits of the whole machine; none is needed.
    Mininet.inited = True
    lab = Mininet(topo=Lab(net), switch=LinuxBridge, controller=None)
    lab.start()
    for ns in net.namespaces.values():
        configure(lab[ns.name], ns)
    print("up", lab.hosts[0].pid, lab.hosts[-1].pid, flush=True)
    sys.stdin.readline()
    lab.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
