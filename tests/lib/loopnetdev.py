# SPDX-License-Identifier: GPL-2.0-only
"""loopnet as tests see it: frames, counters, knobs."""

import contextlib
import ctypes
import os
import select
import socket
import struct
import subprocess
import sys
import time

from checks import SLOW

OUTGOING = 4
ARP, IP4, IP6, OTHER = 0x0806, 0x0800, 0x86DD, 0x88B5
BROADCAST = bytes([255] * 6)

# Seconds of delay in which a test on a busy machine still gets something done.
LATER = max(1, SLOW // 3)


def sh(*command):
    """Runs a command; returns what it printed."""
    done = subprocess.run(command, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.stdout.strip()}")
    return done.stdout


def get(dev, name):
    with open(f"/sys/class/net/{dev}/{name}", encoding="ascii") as file:
        return file.read().strip()


def put(dev, name, value):
    fd = os.open(f"/sys/class/net/{dev}/{name}", os.O_WRONLY)
    try:
        os.write(fd, str(value).encode())
    finally:
        os.close(fd)


def knob(dev, name, value=None):
    if value is None:
        return get(dev, f"loopnet/{name}")
    return put(dev, f"loopnet/{name}", value)


@contextlib.contextmanager
def knobs(dev, **values):
    """Knobs with other values for a while; faults as loss=..., seed=..."""
    def path(name):
        inner = f"/sys/class/net/{dev}/loopnet/faults/{name}"
        return f"faults/{name}" if os.path.exists(inner) else name
    old = {name: knob(dev, path(name)) for name in values}
    try:
        for name, value in values.items():
            knob(dev, path(name), value)
        yield
    finally:
        for name, value in old.items():
            knob(dev, path(name), value)


def stat(dev, name):
    return int(get(dev, f"statistics/{name}"))


def counters(dev):
    """ethtool -S as a dictionary."""
    result = {}
    for line in sh("ethtool", "-S", dev).splitlines():
        name, _, value = line.strip().partition(": ")
        if value:
            result[name] = int(value)
    return result


def mac(dev):
    return bytes.fromhex(get(dev, "address").replace(":", ""))


def soon(true, seconds=5):
    """Waits until true() is."""
    end = time.monotonic() + seconds * SLOW
    while not true():
        if time.monotonic() > end:
            raise AssertionError("did not happen in time")
        time.sleep(0.01)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def toeplitz(key, data):
    """By the definition: for each bit that is set, a window of the key."""
    bits = int.from_bytes(key, "big")
    result = 0
    for i, byte in enumerate(data):
        for bit in range(8):
            if byte & 0x80 >> bit:
                shift = 8 * len(key) - 32 - (8 * i + bit)
                result ^= bits >> shift & 0xFFFFFFFF
    return result


def a4(text):
    return socket.inet_pton(socket.AF_INET, text)


def a6(text):
    return socket.inet_pton(socket.AF_INET6, text)


def eth(dst, src, kind, payload, tags=()):
    head = dst + src
    for tpid, vid in tags:
        head += struct.pack("!HH", tpid, vid)
    return head + struct.pack("!H", kind) + payload


def ip4(src, dst, proto, payload, frag=0, options=b""):
    head = struct.pack("!BBHHHBBH4s4s", 0x45 + len(options) // 4, 0,
                       20 + len(options) + len(payload), 7, frag, 64, proto,
                       0, a4(src), a4(dst)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ip6(src, dst, proto, payload, hops=64):
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), proto, hops,
                       a6(src), a6(dst)) + payload


def udp4(src, dst, sport, dport, payload):
    length = 8 + len(payload)
    pseudo = a4(src) + a4(dst) + struct.pack("!HH", 17, length)
    head = struct.pack("!HHHH", sport, dport, length, 0)
    total = checksum(pseudo + head + payload) or 0xFFFF
    return head[:6] + struct.pack("!H", total) + payload


def icmp4(kind, code, rest, payload):
    head = struct.pack("!BBHI", kind, code, 0, rest)
    return head[:2] + struct.pack("!H", checksum(head + payload)) + \
        head[4:] + payload


def icmp6(src, dst, kind, code, rest, payload):
    body = struct.pack("!BBHI", kind, code, 0, rest) + payload
    pseudo = a6(src) + a6(dst) + struct.pack("!II", len(body), 58)
    return body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]


def arp(op, sha, sip, tha, tip):
    return struct.pack("!HHBBH6s4s6s4s", 1, IP4, 6, 4, op, sha, a4(sip), tha,
                       a4(tip))


class Wire:
    """A packet socket on an interface."""

    def __init__(self, dev, promisc=False):
        self.dev = dev
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.bind((dev, 3))
        if promisc:
            self.sock.setsockopt(263, 1, struct.pack(
                "IHH8s", socket.if_nametoindex(dev), 1, 0, b""))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, frame):
        self.sock.send(frame)

    def frames(self, want, seconds=1.0, outgoing=False):
        """Frames received for which want() is true, as they come."""
        end = time.monotonic() + seconds * SLOW
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.sock], [], [], left)[0]:
                return
            frame, where = self.sock.recvfrom(1 << 17)
            if (where[2] == OUTGOING) == outgoing and want(frame):
                yield frame

    def receive(self, want=lambda frame: True, seconds=1.0, outgoing=False):
        """The first such frame, or None."""
        return next(self.frames(want, seconds, outgoing), None)

    def drain(self):
        # That the interface was down is told once.
        self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        while select.select([self.sock], [], [], 0)[0]:
            self.sock.recv(1)

    def exchange(self, frame, want=lambda frame: True, seconds=1.0):
        self.drain()
        self.send(frame)
        return self.receive(want, seconds)

    def silent(self, frame, want=lambda frame: True):
        """Sends, and makes sure that nothing comes back: a marker sent
        afterwards does."""
        marker = eth(mac(self.dev), mac(self.dev), OTHER, os.urandom(46))
        self.send(frame)
        self.send(marker)
        for got in self.frames(lambda f: True, 3):
            if got[14:] == marker[14:]:
                return
            if want(got):
                raise AssertionError(f"came back: {got.hex()}")
        raise AssertionError("the marker did not come back")


class Links:
    """rtnetlink, for what ip cannot say without the plug-in."""

    NEWLINK, DELLINK, SETLINK = 16, 17, 19
    ADDRESS, IFNAME, MTU, LINKINFO, NET_NS_FD = 1, 3, 4, 18, 28
    NUM_TX_QUEUES = 31
    KIND, DATA = 1, 2
    MODE, QUEUES, PEER = 1, 2, 3

    @staticmethod
    def attr(kind, payload):
        if isinstance(payload, str):
            payload = payload.encode() + b"\0"
        data = struct.pack("=HH", 4 + len(payload), kind) + payload
        return data + bytes(-len(data) % 4)

    @staticmethod
    def message(kind, flags, body):
        """Sends it and waits for the answer; flags besides REQUEST | ACK."""
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
            sock.send(struct.pack("=IHHII", 16 + len(body), kind, flags | 5,
                                  1, 0) + body)
            answer = sock.recv(65536)
        error, = struct.unpack("=i", answer[16:20])
        if error:
            raise OSError(-error, os.strerror(-error))

    @classmethod
    def request(cls, kind, flags, payload, index=0):
        cls.message(kind, flags,
                    struct.pack("=BxHiII", 0, 0, index, 0, 0) + payload)

    @classmethod
    def add(cls, name, mode=None, queues=None, peer=None, peer_ns=None,
            mtu=None, more=b"", peer_more=b""):
        data = b""
        if mode is not None:
            data += cls.attr(cls.MODE, bytes([mode]))
        if queues is not None:
            data += cls.attr(cls.QUEUES, struct.pack("=I", queues))
        if peer is not None:
            nested = struct.pack("=BxHiII", 0, 0, 0, 0, 0)
            nested += cls.attr(cls.IFNAME, peer)
            if peer_ns is not None:
                nested += cls.attr(cls.NET_NS_FD, struct.pack("=i", peer_ns))
            nested += peer_more
            data += cls.attr(cls.PEER, nested)
        payload = cls.attr(cls.IFNAME, name)
        if mtu is not None:
            payload += cls.attr(cls.MTU, struct.pack("=I", mtu))
        payload += more
        payload += cls.attr(cls.LINKINFO, cls.attr(cls.KIND, "loopnet") +
                            cls.attr(cls.DATA, data))
        cls.request(cls.NEWLINK, 0x600, payload)


class Genl:
    """Generic netlink, the little of it that a dump needs."""

    # Commands of the family netdev.
    POOL_STATS, NAPI_GET, QSTATS, NAPI_SET = 9, 11, 12, 14

    def __init__(self, family):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.id = 16
        answer = self.call(3, 1, Links.attr(2, family), flags=1)[0]
        self.id = struct.unpack("=H", answer[1][:2])[0]

    def call(self, command, version, payload, flags=0x301):
        body = struct.pack("=BBH", command, version, 0) + payload
        self.sock.send(struct.pack("=IHHII", 16 + len(body), self.id, flags, 1,
                                   0) + body)
        found = []
        while True:
            data = self.sock.recv(1 << 16)
            while data:
                size, kind = struct.unpack("=IH", data[:6])
                if kind == 2:
                    code, = struct.unpack("=i", data[16:20])
                    if code:
                        raise OSError(-code, os.strerror(-code))
                    return found
                if kind == 3:
                    return found
                found.append(self.attrs(data[20:size]))
                data = data[(size + 3) & ~3:]
            if not flags & 0x300:
                return found

    @staticmethod
    def attrs(data):
        found = {}
        while len(data) >= 4:
            size, kind = struct.unpack("=HH", data[:4])
            found[kind & 0x3FFF] = data[4:size]
            data = data[(size + 3) & ~3:]
        return found


def number(data):
    return int.from_bytes(data, sys.byteorder)


class Xdp:
    """A program of a few instructions, assembled by hand and attached in
    native mode."""

    ABORTED, DROP, PASS, TX, REDIRECT = range(5)
    IFLA_XDP, FD, FLAGS = 43, 1, 3
    NATIVE, HAS_FRAGS, BOUND = 1 << 2, 1 << 5, 1 << 6

    def __init__(self, dev, code, frags=False, bound=False):
        self.index = socket.if_nametoindex(dev)
        self.fd = self.load(code, (self.HAS_FRAGS if frags else 0) |
                            (self.BOUND if bound else 0),
                            self.index if bound else 0)

    @staticmethod
    def insn(op, dst=0, src=0, off=0, imm=0):
        return struct.pack("=BBhi", op, src << 4 | dst, off, imm)

    @classmethod
    def verdict(cls, number):
        return cls.insn(0xB7, 0, imm=number) + cls.insn(0x95)

    @classmethod
    def redirect(cls, dev):
        return cls.insn(0xB7, 1, imm=socket.if_nametoindex(dev)) + \
            cls.insn(0xB7, 2) + cls.insn(0x85, imm=23) + cls.insn(0x95)

    @staticmethod
    def load(code, flags=0, index=0, kind=6):
        """Its descriptor; kind is XDP unless said otherwise."""
        text = ctypes.create_string_buffer(code, len(code))
        license_ = ctypes.create_string_buffer(b"GPL")
        attr = struct.pack("=IIQQIIQII16sII", kind, len(code) // 8,
                           ctypes.addressof(text),
                           ctypes.addressof(license_), 0, 0, 0, 0, flags,
                           b"softdev", index, 0)
        attr = ctypes.create_string_buffer(attr, len(attr))
        libc = ctypes.CDLL(None, use_errno=True)
        call = {"x86_64": 321}.get(os.uname().machine, 280)
        fd = libc.syscall(call, 5, attr, len(attr))
        if fd < 0:
            raise OSError(ctypes.get_errno(), "bpf")
        return fd

    def attach(self, fd):
        nested = Links.attr(self.FD, struct.pack("=i", fd)) + \
            Links.attr(self.FLAGS, struct.pack("=I", self.NATIVE))
        Links.request(Links.SETLINK, 0, Links.attr(self.IFLA_XDP, nested),
                      self.index)

    def __enter__(self):
        try:
            self.attach(self.fd)
        except OSError:
            os.close(self.fd)
            raise
        return self

    def __exit__(self, *_):
        self.attach(-1)
        os.close(self.fd)
