# SPDX-License-Identifier: GPL-2.0-only
"""loopnet in pairs, made by rtnetlink as the plug-in of ip does."""

import ctypes
import errno
import os
import socket
import struct
import sys

from checks import SLOW, Child, Skip, check, equal, fails, run
from loopnetdev import (IP4, OTHER, Links, Wire, Xdp, counters, eth, get, ip4,
                        knob, mac, sh, soon, stat, udp4)

NS = sys.argv[1]
REFLECT, LOOP, SINK, PEER = range(4)


def exists(name):
    return os.path.exists(f"/sys/class/net/{name}")


def carrier(name):
    try:
        return get(name, "carrier") == "1"
    except OSError:
        return False


@check("modes and queues by rtnetlink")
def _():
    for mode, name in enumerate(("reflect", "loop", "sink")):
        Links.add("l0", mode=mode, queues=1)
        equal(knob("l0", "mode"), name)
        equal(len([q for q in os.listdir("/sys/class/net/l0/queues")
                   if q.startswith("tx-")]), 1)
        sh("ip", "link", "del", "l0")


@check("what makes no sense is refused, and nothing is left")
def _():
    fails(errno.ERANGE, Links.add, "l0", 4)
    fails(errno.EINVAL, Links.add, "l0", PEER)
    fails(errno.ERANGE, Links.add, "l0", LOOP, 0)
    fails(errno.ERANGE, Links.add, "l0", LOOP, 1 << 20)
    fails(errno.EINVAL, Links.add, "l0", LOOP, 1, "p0")
    fails(errno.EEXIST, Links.add, "l0", None, None, "l0")
    fails(errno.EEXIST, Links.add, "l0", None, None, "lo")
    equal(exists("l0"), False)


@check("addresses that no station has are refused, at either end")
def _():
    for address, error in ((b"\2\0\0\0\0", errno.EINVAL),
                           (b"\1\0\x5e\0\0\7", errno.EADDRNOTAVAIL),
                           (bytes(6), errno.EADDRNOTAVAIL)):
        bad = Links.attr(Links.ADDRESS, address)
        fails(error, lambda: Links.add("l0", more=bad))
        fails(error, lambda: Links.add("l0", peer="l1", peer_more=bad))
    equal([exists("l0"), exists("l1")], [False, False])
    good = Links.attr(Links.ADDRESS, b"\2\0\0\0\0\7")
    Links.add("l0", peer="l1", peer_more=good)
    equal(mac("l1"), b"\2\0\0\0\0\7")
    sh("ip", "link", "del", "l0")


@check("no more channels than the queues that were asked for")
def _():
    one = Links.attr(Links.NUM_TX_QUEUES, struct.pack("=I", 1))
    if os.cpu_count() > 1:
        fails(errno.ERANGE, lambda: Links.add("l0", queues=2, more=one))
        fails(errno.ERANGE, lambda: Links.add("l0", queues=2, peer="l1",
                                              peer_more=one))
    equal([exists("l0"), exists("l1")], [False, False])
    Links.add("l0", queues=1, more=one)
    sh("ip", "link", "del", "l0")


@check("who rules only the one namespace makes no end in the other")
def _():
    if not os.path.exists("/proc/self/ns/user"):
        raise Skip("this kernel has no user namespaces")

    def outside():
        fd = os.open(f"/var/run/netns/{NS}", os.O_RDONLY)
        libc = ctypes.CDLL(None, use_errno=True)
        # CLONE_NEWUSER | CLONE_NEWNET: root here, nobody there.
        if libc.unshare(0x10000000 | 0x40000000):
            return -ctypes.get_errno()
        Links.add("l0")
        fails(errno.EPERM, Links.add, "l2", None, None, "l1", fd)
        return "refused"
    equal(Child(outside).result(), "refused")


@check("a pair: carrier needs both up, what goes in comes out")
def _():
    Links.add("a0", peer="b0", queues=1)
    for dev in ("a0", "b0"):
        equal(knob(dev, "mode"), "peer")
        fails(errno.EOPNOTSUPP, knob, dev, "mode", "reflect")
        sh("sysctl", "-qw", f"net.ipv6.conf.{dev}.disable_ipv6=1")
    sh("ip", "link", "set", "a0", "up")
    equal(carrier("a0"), False)
    sh("ip", "link", "set", "b0", "up")
    soon(lambda: carrier("a0") and carrier("b0"))
    with Wire("a0") as a, Wire("b0") as b:
        for out, back, dev in ((a, b, "b0"), (b, a, "a0")):
            frame = eth(mac(dev), b"\2" * 6, OTHER, os.urandom(100))
            out.send(frame)
            equal(back.receive(lambda f, w=frame: f == w), frame)
    sh("ip", "link", "set", "b0", "down")
    soon(lambda: not carrier("a0"))
    sh("ip", "link", "set", "b0", "up")
    soon(lambda: carrier("a0"))


@check("the filters are the receiver's")
def _():
    with Wire("a0") as a, Wire("b0") as b:
        def arrives(target):
            frame = eth(target, b"\2" * 6, OTHER, os.urandom(50))
            last = eth(mac("b0"), b"\2" * 6, OTHER, os.urandom(50))
            a.send(frame)
            a.send(last)
            return b.receive(lambda f: f in (frame, last)) == frame
        other, group = b"\2\0\0\0\0\7", b"\1\0\x5e\0\0\7"
        before = counters("b0")["rx_filtered"]
        equal([arrives(other), arrives(group)], [False, False])
        equal(counters("b0")["rx_filtered"], before + 2)
        equal(arrives(b"\xff" * 6), True)
        sh("ip", "maddr", "add", "01:00:5e:00:00:07", "dev", "b0")
        equal(arrives(group), True)
        sh("ip", "maddr", "del", "01:00:5e:00:00:07", "dev", "b0")
        equal(arrives(group), False)
        sh("ip", "link", "set", "b0", "allmulticast", "on")
        equal([arrives(other), arrives(group)], [False, True])
        sh("ip", "link", "set", "b0", "allmulticast", "off", "promisc", "on")
        equal([arrives(other), arrives(group)], [True, True])
        sh("ip", "link", "set", "b0", "promisc", "off")
        sh("ip", "link", "set", "b0", "address", "02:00:00:00:00:07")
        equal(arrives(other), True)


@check("longer than the other end's MTU does not arrive")
def _():
    sh("ip", "link", "set", "a0", "mtu", "9000")
    with Wire("a0") as a:
        errors = stat("b0", "rx_length_errors")
        a.send(eth(mac("b0"), b"\2" * 6, OTHER, bytes(5000)))
        soon(lambda: stat("b0", "rx_length_errors") == errors + 1)
        received = stat("b0", "rx_packets")
        a.send(eth(mac("b0"), b"\2" * 6, OTHER, bytes(1500)))
        soon(lambda: stat("b0", "rx_packets") == received + 1)


@check("channels and rings change on both ends, and nothing sticks")
def _():
    with Wire("a0") as a, Wire("b0") as b:
        for end in ("a0", "b0"):
            for command in (["-G", end, "tx", "16"], ["-L", end, "combined",
                            str(min(2, os.cpu_count()))],
                            ["-G", end, "tx", "4096"],
                            ["-L", end, "combined", "1"]):
                sh("ethtool", *command)
                frame = eth(mac("b0"), b"\2" * 6, OTHER, os.urandom(50))
                a.send(frame)
                equal(b.receive(lambda f, w=frame: f == w), frame)


@check("deleting one deletes both")
def _():
    sh("ip", "link", "del", "b0")
    equal([exists("a0"), exists("b0")], [False, False])


@check("an end in another namespace: traffic")
def _():
    fd = os.open(f"/var/run/netns/{NS}", os.O_RDONLY)
    try:
        Links.add("a0", peer="b0", peer_ns=fd)
    finally:
        os.close(fd)
    equal(exists("b0"), False)
    # Nothing but what is sent here is to be counted.
    sh("sysctl", "-qw", "net.ipv6.conf.a0.disable_ipv6=1")
    sh("ip", "netns", "exec", NS, "sysctl", "-qw",
       "net.ipv6.conf.b0.disable_ipv6=1")
    sh("ip", "addr", "add", "192.0.2.1/24", "dev", "a0")
    sh("ip", "link", "set", "a0", "up")
    sh("ip", "-n", NS, "addr", "add", "192.0.2.2/24", "dev", "b0")
    sh("ip", "-n", NS, "link", "set", "b0", "up")
    sh("ping", "-q", "-c", "2", "-i", "0.05", "-W", str(3 * SLOW), "192.0.2.2")


def redirect_peer(dev, other):
    """Whatever dev receives goes to the far end of other: a tc program."""
    insn = Xdp.insn
    code = insn(0xB7, 1, imm=socket.if_nametoindex(other)) + insn(0xB7, 2) + \
        insn(0x85, imm=155) + insn(0x95)
    fd = Xdp.load(code, kind=3)  # BPF_PROG_TYPE_SCHED_CLS
    sh("modprobe", "cls_bpf")
    sh("tc", "qdisc", "add", "dev", dev, "clsact")
    options = Links.attr(6, struct.pack("=i", fd)) + \
        Links.attr(7, "softdev") + Links.attr(8, struct.pack("=I", 1))
    # struct tcmsg: at the ingress of clsact, the first, for all protocols.
    head = struct.pack("=BxxxiIII", 0, socket.if_nametoindex(dev), 0,
                       0xFFFFFFF2, 1 << 16 | socket.htons(3))
    Links.message(44, 0x600, head + Links.attr(1, "bpf") +
                  Links.attr(2, options))
    os.close(fd)


@check("bpf_redirect_peer() leads to that end, and is counted there")
def _():
    def received():
        return int(sh("ip", "netns", "exec", NS, "cat",
                      "/sys/class/net/b0/statistics/rx_packets"))

    def answers():
        """In the other namespace: waits for the datagram."""
        libc = ctypes.CDLL(None, use_errno=True)
        fd = os.open(f"/var/run/netns/{NS}", os.O_RDONLY)
        if libc.setns(fd, 0):
            return -ctypes.get_errno()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("192.0.2.2", 4000))
            sock.settimeout(10 * SLOW)
            os.write(writer, b"!")
            return sock.recv(100)

    Links.add("l0", mode=LOOP)
    sh("ip", "link", "set", "l0", "up")
    redirect_peer("l0", "a0")
    reader, writer = os.pipe()
    child = Child(answers)
    os.read(reader, 1)
    before = received()
    text = os.urandom(20)
    far = bytes.fromhex(sh("ip", "netns", "exec", NS, "cat",
                           "/sys/class/net/b0/address").replace(":", ""))
    with Wire("l0") as wire:
        sh("ip", "link", "set", "l0", "promisc", "on")
        wire.send(eth(far, mac("l0"), IP4, ip4(
            "192.0.2.1", "192.0.2.2", 17,
            udp4("192.0.2.1", "192.0.2.2", 7, 4000, text))))
        equal(child.result(10), text)
    equal(received() - before >= 1, True)
    sh("ip", "link", "del", "l0")


@check("an end goes with its namespace, and the other with it")
def _():
    sh("ip", "netns", "del", NS)
    soon(lambda: not exists("a0"))


run()
