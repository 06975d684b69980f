# SPDX-License-Identifier: GPL-2.0-only
# targets: uml-* x86-* stock-*
# timeout: 400
# load: loopnet devices=0
"""loopnet: namespaces and interfaces that go while packets are on their way."""

import contextlib
import ctypes
import errno
import os
import socket
import struct
import subprocess

from checks import Child, check, equal, run
from loopnetdev import Links, Xdp, get, knob, put, sh, soon

ROUNDS = 2
FAR = "loopnet-far"
# What a sender is told when its interface has gone, or went down.
GONE = (-errno.ENETUNREACH, -errno.EHOSTUNREACH, -errno.ENODEV, -errno.ENETDOWN,
        -errno.ENXIO, -errno.EINVAL)


def flood(ready, address, space=None):
    """Sends until it cannot; in the namespace, if there is one."""
    if space:
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/run/netns/{space}", "rb") as file:
            if libc.setns(file.fileno(), 0x40000000):
                return -ctypes.get_errno()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((address, 9))
        while True:
            try:
                sock.send(bytes(1400))
            except (ConnectionRefusedError, BlockingIOError):
                pass
            if ready is not None:
                os.write(ready, b"!")
                ready = None


def flooding(address, space=None):
    """A child that has begun to send."""
    reader, writer = os.pipe()
    child = Child(flood, writer, address, space)
    os.close(writer)
    equal(os.read(reader, 1), b"!")
    os.close(reader)
    return child


def killed(child):
    """Ends within a while when it is killed, wherever it sleeps."""
    child.kill()
    equal(child.result(), -1009)


def exists(dev):
    return os.path.exists(f"/sys/class/net/{dev}")


def stay(dev, code):
    """A program that stays when its descriptor is closed."""
    program = Xdp(dev, code)
    program.attach(program.fd)
    os.close(program.fd)


def batch(*lines, space=None):
    command = ["ip", *(["-n", space] if space else []), "-batch", "-"]
    done = subprocess.run(command, input="\n".join(lines), text=True,
                          check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    equal((done.stdout, done.returncode), ("", 0))


@contextlib.contextmanager
def pair(prepare):
    """a0 here, b0 in a namespace; prepare() is called before it moves there."""
    sh("ip", "netns", "add", FAR)
    try:
        Links.add("a0", peer="b0")
        prepare()
        macs = {dev: get(dev, "address") for dev in ("a0", "b0")}
        batch(f"link set b0 netns {FAR}", "addr add 192.0.2.1/24 dev a0",
              "link set a0 up",
              f"neigh replace 192.0.2.2 lladdr {macs['b0']} dev a0")
        batch("addr add 192.0.2.2/24 dev b0", "link set b0 up",
              f"neigh replace 192.0.2.1 lladdr {macs['a0']} dev b0", space=FAR)
        yield
    except BaseException:
        subprocess.run(["ip", "link", "del", "a0"], check=False,
                       stderr=subprocess.DEVNULL)
        raise
    finally:
        subprocess.run(["ip", "netns", "del", FAR], check=False,
                       stderr=subprocess.DEVNULL)
    soon(lambda: not exists("a0"), 20)


def nothing():
    pass


def long_wire():
    for dev in "a0", "b0":
        knob(dev, "delay_ns", 30_000_000)
        knob(dev, "jitter_ns", 5_000_000)


def slow_wire():
    for dev in "a0", "b0":
        knob(dev, "rate_bps", 2_000_000)


def threads():
    """It has its NAPI instances when it is up, and keeps them."""
    sh("ip", "link", "set", "a0", "up")
    put("a0", "threaded", 1)


def faults():
    for dev in "a0", "b0":
        for kind in "duplicate", "reorder", "corrupt":
            knob(dev, f"faults/{kind}", 300_000)


def echo():
    stay("b0", Xdp.verdict(Xdp.TX))


def redirect():
    """What comes to b0 leaves by the interface itself, through the kernel."""
    stay("b0", Xdp.redirect("b0"))


WAYS = (nothing, long_wire, slow_wire, threads, faults, echo, redirect)


def dies(way, kill_first):
    with pair(way):
        ours, theirs = flooding("192.0.2.2"), flooding("192.0.2.1", FAR)
        # The namespace lives until its last process has ended.
        if kill_first:
            killed(theirs)
            sh("ip", "netns", "del", FAR)
        else:
            sh("ip", "netns", "del", FAR)
            equal(exists("a0"), True)
            killed(theirs)
        soon(lambda: not exists("a0"), 20)
        equal(ours.result() in GONE, True)


for each in WAYS:
    @check(f"a namespace dies under traffic both ways: {each.__name__}")
    def _(way=each):
        for n in range(ROUNDS):
            dies(way, n % 2)


@check("an end is deleted under traffic")
def _():
    for way in WAYS:
        with pair(way):
            ours, theirs = flooding("192.0.2.2"), flooding("192.0.2.1", FAR)
            sh("ip", "link", "del", "a0")
            for child in ours, theirs:
                equal(child.result() in GONE, True)


@check("an end moves to another namespace and back under traffic")
def _():
    with pair(nothing):
        theirs = flooding("192.0.2.1", FAR)
        for _n in range(4 * ROUNDS):
            sh("ip", "link", "set", "a0", "netns", FAR)
            batch("link set a0 up", f"link set a0 netns {os.getpid()}",
                  space=FAR)
            sh("ip", "link", "set", "a0", "up")
        equal(theirs.done(), False)
        killed(theirs)


@check("a reflecting interface is deleted under its own traffic")
def _():
    for way in (nothing, lambda: knob("r0", "delay_ns", 30_000_000),
                lambda: knob("r0", "rate_bps", 2_000_000)):
        Links.add("r0")
        way()
        batch("addr add 192.0.2.1/24 dev r0", "link set r0 up")
        children = [flooding(f"192.0.2.{host}") for host in (7, 8, 9)]
        sh("ip", "link", "del", "r0")
        for child in children:
            equal(child.result() in GONE, True)


@check("a pair is made straight into a namespace that dies at once")
def _():
    for _n in range(2 * ROUNDS):
        sh("ip", "netns", "add", FAR)
        with open(f"/run/netns/{FAR}", "rb") as file:
            Links.add("a0", peer="b0", peer_ns=file.fileno())
        sh("ip", "link", "set", "a0", "up")
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
            sock.bind(("a0", 0))
            for _m in range(50):
                with contextlib.suppress(OSError):
                    sock.send(struct.pack("!6s6sH", b"\xff" * 6, b"\2" * 6,
                                          0x88B5) + bytes(46))
            sh("ip", "netns", "del", FAR)
            soon(lambda: not exists("a0"), 20)


run()
