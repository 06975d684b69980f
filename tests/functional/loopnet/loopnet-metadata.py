# SPDX-License-Identifier: GPL-2.0-only
"""loopnet: the hash, the tag and the time of a packet, as a program sees them.

The program asks for all of them and writes the answers into the packet, which
it lets pass.
"""

import errno
import os
import re
import socket
import struct
import sys

from checks import check, equal, fails, run
from loopnetdev import OTHER, Wire, Xdp, eth, mac, sh, toeplitz
from ptpclock import SIOCSHWTSTAMP, Clock, hwtstamp

DEV = sys.argv[1]
HERE, THERE = "192.0.2.1", "192.0.2.77"
# An Ethernet header and, in packets that have them, those of UDP over IP.
AT = 14 + 20 + 8
ANSWERS = struct.Struct("=iiiIIHHQ")
L4 = 1 << 3  # XDP_RSS_L4


class Btf:
    """Where the kernel's functions are in its table of types."""

    EXTRA = {1: 4, 3: 12, 14: 4, 17: 4}
    EACH = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
    FUNC = 12

    def __init__(self):
        with open("/sys/kernel/btf/vmlinux", "rb") as file:
            data = file.read()
        head, types, size, names, length = struct.unpack_from("=4xIIIII", data)
        self.names = data[head + names:head + names + length]
        self.types = data[head + types:head + types + size]

    def functions(self, wanted):
        offsets = {self.names.index(b"\0" + name.encode() + b"\0") + 1: name
                   for name in wanted}
        found, at, number = {}, 0, 1
        unpack = struct.Struct("=II4x").unpack_from
        while at < len(self.types):
            name, info = unpack(self.types, at)
            kind = info >> 24 & 0x1F
            if kind == self.FUNC and name in offsets:
                found[offsets[name]] = number
                if len(found) == len(wanted):
                    break
            at += 12 + self.EXTRA.get(kind, 0) + \
                self.EACH.get(kind, 0) * (info & 0xFFFF)
            number += 1
        return found


FUNCTIONS = Btf().functions(["bpf_xdp_metadata_rx_" + name for name in
                             ("timestamp", "hash", "vlan_tag")])


def program():
    """Answers lie on the stack as ANSWERS has them, then are copied."""
    insn, size = Xdp.insn, ANSWERS.size
    base = -size
    at = {"timestamp": (0, 24), "hash": (4, 12, 16), "vlan_tag": (8, 20, 22)}
    code = insn(0xBF, 6, 1)                          # r6 = the context
    for off in range(base, 0, 8):
        code += insn(0x7A, 10, off=off)              # nothing yet
    for name, (err, *answers) in at.items():
        code += insn(0xBF, 1, 6)
        for reg, answer in enumerate(answers, 2):    # where to answer
            code += insn(0xBF, reg, 10) + insn(0x07, reg, imm=base + answer)
        code += insn(0x85, src=2,                    # a function of the kernel
                     imm=FUNCTIONS["bpf_xdp_metadata_rx_" + name])
        code += insn(0x63, 10, 0, base + err)
    code += insn(0x61, 2, 6) + insn(0x61, 3, 6, 4)   # r2 = data, r3 = its end
    code += insn(0xBF, 4, 2) + insn(0x07, 4, imm=AT + size)
    code += insn(0x2D, 4, 3, off=2 * size // 4)      # too short: as it is
    for off in range(0, size, 4):
        code += insn(0x61, 1, 10, base + off) + insn(0x63, 2, 1, AT + off)
    return code + Xdp.verdict(Xdp.PASS)


def bound(dev):
    """The program, of this interface and no other."""
    return Xdp(dev, program(), bound=True)


class Answers:
    """What the program said of a packet: an error or a value each."""

    def __init__(self, frame):
        (stamped, hashed, tagged, self.hash, self.kind, proto, self.tci,
         self.time) = ANSWERS.unpack_from(frame, AT)
        self.proto = socket.ntohs(proto)
        self.errors = (stamped, hashed, tagged)


def marked(send, wire):
    """The answers for what send(payload) sends: the payload's end tells it."""
    mark = os.urandom(16)
    wire.drain()
    send(bytes(ANSWERS.size + 28) + mark)
    got = wire.receive(lambda f: f.endswith(mark), 5)
    if got is None:
        raise AssertionError("nothing came")
    return Answers(got)


def raw(wire):
    return lambda payload: wire.send(eth(mac(DEV), mac(DEV), OTHER, payload))


NONE = -errno.ENODATA
sh("ip", "addr", "add", HERE + "/24", "dev", DEV)
sh("sysctl", "-qw", f"net.ipv6.conf.{DEV}.disable_ipv6=1")
sh("ip", "link", "set", DEV, "up", "promisc", "on")
sh("sh", "-c", f"echo loop >/sys/class/net/{DEV}/loopnet/mode")
sh("ip", "neigh", "replace", THERE, "lladdr", "02:00:00:00:00:07", "dev", DEV)
plain = Wire(DEV)


@check("a program of this interface's is welcome here")
def _():
    with bound(DEV):
        pass


@check("a packet that nobody hashed, tagged or stamped: nothing is invented")
def _():
    with bound(DEV):
        got = marked(raw(plain), plain)
        equal(got.errors, (NONE, NONE, NONE))
        equal((got.hash, got.kind, got.proto, got.tci, got.time), (0,) * 5)


@check("a tag that the sender left to the hardware")
def _():
    sh("modprobe", "8021q")
    for proto, number in (("802.1Q", 0x8100), ("802.1ad", 0x88A8)):
        sh("ip", "link", "add", "link", DEV, "name", "tagged", "type", "vlan",
           "proto", proto, "id", "77")
        try:
            sh("sysctl", "-qw", "net.ipv6.conf.tagged.disable_ipv6=1")
            sh("ip", "link", "set", "tagged", "up", "type", "vlan",
               "egress-qos-map", "0:5")
            with bound(DEV), Wire("tagged") as inner:
                got = marked(raw(inner), plain)
            equal(got.errors, (NONE, NONE, 0))
            equal((got.proto, got.tci), (number, 5 << 13 | 77))
        finally:
            sh("ip", "link", "del", "tagged")


@check("the hash of a flow: the same for its packets, another for another")
def _():
    hashes = []
    with bound(DEV):
        for port in (4001, 4001, 4002, 4003):
            if not hashes or port != 4001:
                sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                sock.connect((THERE, port))
            got = marked(sock.send, plain)
            equal(got.errors, (NONE, 0, NONE))
            equal(got.kind & L4, L4)
            hashes.append(got.hash)
    equal(hashes[0], hashes[1])
    equal(len(set(hashes)), 3)


def hashed(sport, dport):
    """What the table of the receive queues would go by."""
    key = re.search(r"key:\s*\n\s*([0-9a-f:]+)", sh("ethtool", "-x", DEV)).group(1)
    return toeplitz(bytes.fromhex(key.replace(":", "")),
                    socket.inet_aton(HERE) + socket.inet_aton(THERE) +
                    struct.pack("!HH", sport, dport))


@check("it is the one that chooses the queue")
def _():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((HERE, 0))
    sock.connect((THERE, 4004))
    sh("ethtool", "-K", DEV, "rxhash", "on")
    with bound(DEV):
        got = marked(sock.send, plain)
        equal(got.hash, hashed(sock.getsockname()[1], 4004))
        # A key of another's, too.
        sh("ethtool", "-X", DEV, "hkey",
           ":".join(f"{7 * i % 251:02x}" for i in range(40)))
        got = marked(sock.send, plain)
        equal(got.hash, hashed(sock.getsockname()[1], 4004))
        # Without the feature it is the sender's, which is by no key of ours.
        sh("ethtool", "-K", DEV, "rxhash", "off")
        got = marked(sock.send, plain)
        equal(got.errors, (NONE, 0, NONE))
        equal(got.hash != hashed(sock.getsockname()[1], 4004), True)


@check("the time by the interface's clock, once somebody asked for stamps")
def _():
    with bound(DEV), Clock(DEV) as clock:
        hwtstamp(DEV, SIOCSHWTSTAMP, rx=1)
        try:
            clock.set(7777 * 10 ** 9)
            before = clock.read()
            got = marked(raw(plain), plain)
            after = clock.read()
        finally:
            hwtstamp(DEV, SIOCSHWTSTAMP)
        equal(got.errors, (0, NONE, NONE))
        equal(sorted((before, got.time, after)), [before, got.time, after])
        equal(marked(raw(plain), plain).errors, (NONE, NONE, NONE))


@check("a program of another interface's is refused, and nothing changes")
def _():
    sh("ip", "link", "add", "other0", "type", "loopnet")
    try:
        other = bound("other0")
        other.index = socket.if_nametoindex(DEV)
        fails(errno.EINVAL, other.__enter__)
        equal("xdp" in sh("ip", "link", "show", DEV), False)
    finally:
        sh("ip", "link", "del", "other0")


@check("an interface goes and takes its program with it")
def _():
    sh("ip", "link", "add", "gone0", "type", "loopnet")
    program_ = bound("gone0")
    program_.__enter__()
    sh("ip", "link", "del", "gone0")
    os.close(program_.fd)


run()
