# SPDX-License-Identifier: GPL-2.0-only
"""loopnet: where what is received is put (ethtool -g, -G)."""

import errno
import mmap
import random
import socket
import struct
import threading

from checks import Skip, check, equal, fails, run
from loopnetdev import Genl, Links, counters, knob, knobs, number, sh

HERE, THERE = "192.0.2.1", "192.0.2.78"
GET, SET = 15, 16
RX, TX, BUF, SPLIT, THRESH, THRESH_MAX = 6, 9, 10, 11, 17, 18
OFF, ON = 1, 2
PAGE = mmap.PAGESIZE


def ring(command, *wanted):
    """Of l0; ethtool of some hosts does not know of these."""
    header = Links.attr(0x8001, Links.attr(2, "l0"))
    body = b"".join(Links.attr(kind, struct.pack("=I", value)
                               if kind != SPLIT else bytes([value]))
                    for kind, value in wanted)
    return Genl("ethtool").call(command, 1, header + body, flags=5)


def shown(kind):
    return number(ring(GET)[0].get(kind, b"\0"))


def put(kind, value):
    ring(SET, (kind, value))


def offered():
    """Do this kernel's interfaces split headers from data?"""
    if THRESH_MAX not in ring(GET)[0]:
        raise Skip("queue management came with Linux 7.2")


def transfer(size=300000):
    """Bytes to a remote address, which is our own server."""
    sent = random.Random(size).randbytes(size)
    with socket.create_server(("0.0.0.0", 0)) as server:
        port = server.getsockname()[1]

        def send():
            with socket.create_connection((THERE, port), 20) as sock:
                # However often TCP has to send again; the runner has a limit.
                sock.settimeout(None)
                sock.sendall(sent)
        sender = threading.Thread(target=send)
        sender.start()
        with server.accept()[0] as sock:
            got = bytearray()
            while True:
                data = sock.recv(1 << 16)
                if not data:
                    break
                got += data
        sender.join()
    if got != sent:
        raise AssertionError(f"{len(got)} of {size} bytes, or others")


def split():
    return counters("l0")["rx_split"]


Links.add("l0", queues=1)
sh("sysctl", "-qw", "net.ipv6.conf.l0.disable_ipv6=1")
sh("ip", "addr", "add", f"{HERE}/24", "dev", "l0")
sh("ip", "link", "set", "l0", "up")


@check("a kernel without queue management refuses to split, and says nothing "
       "of it")
def _():
    try:
        offered()
    except Skip:
        for what, value in (SPLIT, ON), (BUF, 2 * PAGE):
            # The core of kernels before 6.4 does not know all of them.
            try:
                put(what, value)
            except OSError as error:
                equal(error.errno in (errno.EOPNOTSUPP, errno.EINVAL), True)
            else:
                raise AssertionError(f"{what} was taken")
        equal([kind for kind in (BUF, SPLIT, THRESH) if kind in ring(GET)[0]],
              [])


@check("data is not split from headers, buffers are pages")
def _():
    offered()
    equal([shown(SPLIT), shown(THRESH), shown(BUF)], [OFF, 0, PAGE])
    before = split()
    transfer()
    equal(split(), before)


@check("tcp-data-split on is shown, and what is split arrives whole")
def _():
    offered()
    put(SPLIT, ON)
    equal(shown(SPLIT), ON)
    before = split()
    transfer()
    if split() == before:
        raise AssertionError("nothing was split")


@check("nothing below hds-thresh is split")
def _():
    offered()
    put(THRESH, shown(THRESH_MAX))
    equal(shown(THRESH), shown(THRESH_MAX))
    before = split()
    transfer(30000)
    equal(split(), before)
    fails(errno.EINVAL, put, THRESH, shown(THRESH_MAX) + 1)
    equal(shown(THRESH), shown(THRESH_MAX))
    put(THRESH, 0)


@check("what the sender has cut up, or left without checksums, is split too")
def _():
    offered()
    for gso in ("off", "on"):
        for tx in ("off", "on"):
            sh("ethtool", "-K", "l0", "tso", gso, "gso", gso)
            sh("ethtool", "-K", "l0", "tx", tx)
            before = split()
            transfer()
            if split() == before:
                raise AssertionError(f"gso {gso}, tx {tx}: nothing was split")


@check("what is not TCP with data stays as it is")
def _():
    offered()
    before = split()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("0.0.0.0", 0))
        server.settimeout(20)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(bytes(5000), (THERE, server.getsockname()[1]))
        equal(server.recv(65536), bytes(5000))
    equal(split(), before)


@check("a segment with a wrong checksum is left to the stack, which drops it")
def _():
    offered()
    before = split()
    with knobs("l0", corrupt=100000, seed=1):
        transfer(1000000)
        hits = int(knob("l0", "faults/corrupt_hits"))
    if not hits:
        raise AssertionError("nothing was corrupted")
    if split() == before:
        raise AssertionError("nothing was split")


@check("buffers of other sizes")
def _():
    offered()
    for size in (2 * PAGE, 65536, PAGE):
        put(BUF, size)
        equal(shown(BUF), size)
        before = split()
        transfer()
        if split() == before:
            raise AssertionError(f"nothing was split into {size}")


@check("sizes that are none are refused, and change nothing")
def _():
    offered()
    for size in (1, PAGE - 1, PAGE + 1, 3 * PAGE, 131072, 1 << 31):
        fails(errno.EINVAL, put, BUF, size)
    fails(errno.ERANGE, put, SPLIT, 3)
    equal([shown(SPLIT), shown(THRESH), shown(BUF)], [ON, 0, PAGE])
    transfer()


@check("rings change their size meanwhile")
def _():
    offered()
    ring(SET, (RX, 64), (TX, 64), (BUF, 2 * PAGE))
    equal([shown(RX), shown(TX), shown(BUF)], [64, 64, 2 * PAGE])
    transfer()


@check("all of it while the interface is down, too")
def _():
    offered()
    sh("ip", "link", "set", "l0", "down")
    ring(SET, (SPLIT, OFF), (BUF, PAGE), (RX, 256), (TX, 512))
    sh("ip", "link", "set", "l0", "up")
    equal([shown(SPLIT), shown(BUF), shown(RX)], [OFF, PAGE, 256])
    before = split()
    transfer()
    equal(split(), before)


@check("the interface goes")
def _():
    sh("ip", "link", "del", "l0")


run()
