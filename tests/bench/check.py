# SPDX-License-Identifier: MIT
"""Is the network that should be there really there, and the one that was asked for?"""
import json
import os
import socket
import struct
import subprocess
import time

import sandbox
from sandbox import inside

HOPS = 255  # a packet comes no further
PATIENCE = 15  # seconds that a network has to become usable

ECHO, ECHO_REPLY, TIME_EXCEEDED = 8, 0, 11


class Wrong(Exception):
    pass


def path_of(name):
    return f"{sandbox.NAMES}/{name}"


def last_v4(net, name):
    """The IPv4 address of a namespace's only interface."""
    (dev,) = net.namespaces[name].interfaces.values()
    return next(a.split("/")[0] for a in dev.addresses if ":" not in a)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def echo(ident, number):
    fields = [ECHO, 0, 0, ident, number & 0xFFFF]
    fields[2] = checksum(struct.pack("!BBHHH", *fields))
    return struct.pack("!BBHHH", *fields)


def answer_to(packet, ident):
    """The type and the sender of an ICMP packet that is about ours; None otherwise."""
    sender = socket.inet_ntoa(packet[12:16])
    message = packet[(packet[0] & 15) * 4 :]
    if message[0] == TIME_EXCEEDED:
        inner = message[8:]
        about = inner[(inner[0] & 15) * 4 :]
    else:
        about = message
    if message[0] in (ECHO_REPLY, TIME_EXCEEDED) and about[4:6] == struct.pack("!H", ident):
        return message[0], sender
    return None


def ping(namespace, to):
    """Pings until there is an answer; returns its type and its sender."""
    ident = os.getpid() & 0xFFFF
    with inside(namespace):
        icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    with icmp:
        icmp.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, HOPS)
        end = time.monotonic() + PATIENCE
        number = 0
        while time.monotonic() < end:
            number += 1
            try:
                icmp.sendto(echo(ident, number), (to, 0))
                icmp.settimeout(0.1)
                while True:
                    answer = answer_to(icmp.recv(4096), ident)
                    if answer:
                        return answer
            except OSError as error:  # a time-out, or no route yet
                if not isinstance(error, TimeoutError):
                    time.sleep(0.1)
    raise Wrong(f"no answer from {to} in {PATIENCE} s")


def far_answers(namespace):
    """Lets the answers of a namespace go as far as a packet can: the default is 64 hops."""
    with inside(namespace):
        with open("/proc/sys/net/ipv4/ip_default_ttl", "w", encoding="ascii") as file:
            file.write(str(HOPS))


def reach(net, first=None, last=None):
    """From the first host to the last one, from one end of the chain to the other. Where the chain
    is longer than a packet can travel: from either end as far as that.

    first and last: the namespaces' paths, for tools that do not name them."""
    names = [name for name in net.namespaces if name != "sw"]
    first, last = first or path_of(names[0]), last or path_of(names[-1])
    if net.workload == "star" or len(names) <= HOPS:
        far_answers(last)
        to = last_v4(net, names[-1])
        if ping(first, to) != (ECHO_REPLY, to):
            raise Wrong(f"{to} cannot be reached")
        return
    for start, middle, end in ((0, HOPS, -1), (-1, -1 - HOPS, 0)):
        far_answers(path_of(names[middle]))
        kind, sender = ping(path_of(names[start]), last_v4(net, names[end]))
        devs = net.namespaces[names[middle]].interfaces.values()
        if kind != TIME_EXCEEDED or not any(a.split("/")[0] == sender for d in devs for a in d.addresses):
            raise Wrong(f"{names[start]} does not get as far as {names[middle]}, but to {sender}")


def names_there(net):
    there = set(os.listdir(sandbox.NAMES)) if os.path.isdir(sandbox.NAMES) else set()
    wanted = set(net.namespaces)
    if there != wanted:
        odd = sorted(there ^ wanted)
        raise Wrong(f"{len(there)} names in {sandbox.NAMES}, not {len(wanted)} ({odd[0]}, …)")


def ip_json(*args):
    return json.loads(subprocess.run(["ip", "-j", *args], check=True, stdout=subprocess.PIPE).stdout or "[]")


def read_sysctl(path):
    with open(f"/proc/sys/{path}", encoding="ascii") as file:
        return file.read().strip()


def seen(name):
    """A namespace as it is, in the words of `wanted`."""
    with inside(path_of(name)):
        links = ip_json("addr", "show")
        routes = ip_json("-4", "route", "show") + ip_json("-6", "route", "show")
        forwarding = [
            read_sysctl("net/ipv4/ip_forward"),
            read_sysctl("net/ipv6/conf/all/forwarding"),
        ]
    facts = {f"forwarding {' '.join(forwarding)}"}
    for link in links:
        master = f" in {link['master']}" if "master" in link else ""
        up = "up" if "UP" in link["flags"] else "down"
        facts.add(f"{link['ifname']}{master} {up}")
        for a in link["addr_info"]:
            if a["scope"] == "global":
                facts.add(f"{link['ifname']} {a['local']}/{a['prefixlen']}")
    for route in routes:
        if "gateway" in route:
            facts.add(f"{route['dst']} via {route['gateway']} dev {route['dev']}")
    return facts


def wanted(ns):
    facts = {"forwarding 1 1" if ns.forwarding else "forwarding 0 0", "lo up"}
    for dev in ns.interfaces.values():
        master = f" in {dev.master}" if dev.master else ""
        facts.add(f"{dev.name}{master} up")
        facts |= {f"{dev.name} {address}" for address in dev.addresses}
    facts |= {f"{to} via {via} dev {dev}" for to, via, dev in ns.routes}
    return facts


def same(net):
    """Compares namespaces with the model: all of a small network, both ends of a large one."""
    spaces = list(net.namespaces.values())
    for ns in spaces if len(spaces) <= 32 else spaces[:8] + spaces[-8:]:
        for fact in sorted(wanted(ns) ^ seen(ns.name)):
            what = "is missing" if fact in wanted(ns) else "should not be there"
            raise Wrong(f"{ns.name}: {fact}: {what}")
