# SPDX-License-Identifier: MIT
"""Network and mount namespaces of our own, so that a benchmark leaves the machine as it was.

/run is a tmpfs in here: names of namespaces and labs are private too."""
import contextlib
import ctypes
import os
import shutil
import socket
import struct
import subprocess

NAMES = "/run/netns"
LABS = "/run/netlab"

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
MNT_DETACH = 2
RTM_DELLINK = 17
RTMGRP_LINK = 1

libc = ctypes.CDLL(None, use_errno=True)


def call(function, *args):
    if getattr(libc, function)(*args):
        error = ctypes.get_errno()
        raise OSError(error, f"{function}: {os.strerror(error)}")


def ip(*args):
    subprocess.run(["ip", *args], check=True)


def enter():
    """From here on, this process and its children are in the sandbox."""
    call("unshare", CLONE_NEWNET | CLONE_NEWNS)
    call("mount", b"none", b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None)
    call("mount", b"tmpfs", b"/run", b"tmpfs", ctypes.c_ulong(0), b"mode=755")
    ip("link", "set", "lo", "up")


@contextlib.contextmanager
def inside(path):
    """Runs its body in another network namespace."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        call("setns", there, CLONE_NEWNET)
        yield
    finally:
        call("setns", home, CLONE_NEWNET)
        os.close(there)
        os.close(home)


def await_deletion(monitor, index):
    while True:
        data = monitor.recv(1 << 16)
        while len(data) >= 20:
            length, kind = struct.unpack_from("IH", data)
            if kind == RTM_DELLINK and struct.unpack_from("i", data, 20)[0] == index:
                return
            data = data[(length + 3) & ~3 :]


def settle():
    """Waits until the kernel has cleaned up the namespaces that are gone, which goes on in the
    background and slows down whatever comes next.

    The kernel cleans up in the order in which namespaces die: once a new one that dies now is seen
    to go, those before it are gone. It takes them in lots, though, so the first one seen to go may
    share its lot with the last of the others; and what they had is freed a little later."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as monitor:
        monitor.bind((0, RTMGRP_LINK))
        monitor.settimeout(300)
        for i in range(3):
            name = f"settle{i}"
            with inside("/proc/self/ns/net"):
                call("unshare", CLONE_NEWNET)
                fd = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            where = f"/proc/{os.getpid()}/fd/{fd}"
            ip("link", "add", name, "type", "veth", "peer", "name", name, "netns", where)
            index = socket.if_nametoindex(name)
            os.close(fd)
            await_deletion(monitor, index)


def mounts():
    with open("/proc/self/mounts", encoding="utf-8") as file:
        points = [line.split()[1] for line in file]
    return [p for p in points if p.startswith((NAMES, LABS))]


def leftovers():
    """What a `down` has forgotten."""
    found = []
    for place in (NAMES, LABS):
        if os.path.isdir(place):
            found += [f"{place}/{name}" for name in sorted(os.listdir(place))]
    found += [f"{p} (mounted)" for p in mounts() if p != NAMES]
    found += [f"interface {name}" for _, name in socket.if_nameindex() if name != "lo"]
    return found


def clean():
    """Makes the sandbox as good as new: every run starts without so much as a /run/netns."""
    for point in reversed(mounts()):
        with contextlib.suppress(OSError):
            call("umount2", point.encode(), MNT_DETACH)
    for place in (NAMES, LABS):
        shutil.rmtree(place, ignore_errors=True)
    for _, name in socket.if_nameindex():
        if name != "lo":
            subprocess.run(["ip", "link", "del", name], check=False, stderr=subprocess.DEVNULL)
