# SPDX-License-Identifier: GPL-2.0-only
"""loopnet: table and key of receive side scaling, statistics by queue."""

import errno
import os
import re
import socket
import struct

from checks import check, equal, fails, run
from loopnetdev import Genl, Links, counters, number, sh, soon, toeplitz

HERE, THERE = "192.0.2.1", "192.0.2.78"
KEY = bytes((7 * i + 3) % 251 for i in range(40))
FLOWS = 24
PEER = 3


def add(name, **how):
    Links.add(name, queues=2, **how)
    sh("sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=1")


def received(dev):
    stats = counters(dev)
    return [stats[f"rx_queue_{n}_packets"] for n in (0, 1)]


def flow(dev, dst, sport, dport):
    """Sends one packet; returns the queue that received it."""
    before = received(dev)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HERE, sport))
        sock.sendto(b"x", (dst, dport))
        soon(lambda: sum(received(dev)) == sum(before) + 1)
    after = received(dev)
    return int(after[1] > before[1])


def queues(dev="l0", dst=THERE):
    return [flow(dev, dst, 20000 + i, 9) for i in range(FLOWS)]


def wanted(key, src, dst, pairs):
    """By key and a table that takes turns."""
    result = []
    for sport, dport in pairs:
        data = socket.inet_aton(src) + socket.inet_aton(dst) + \
            struct.pack("!HH", sport, dport)
        result.append(toeplitz(key, data) % 128 % 2)
    return result


def table(dev="l0"):
    rows = re.findall(r"^\s*\d+:((?:\s+\d+)+)$", sh("ethtool", "-x", dev), re.M)
    return [int(n) for row in rows for n in row.split()]


def shown_key(dev="l0"):
    text = sh("ethtool", "-x", dev)
    return re.search(r"key:\s*\n\s*([0-9a-f:]+)", text).group(1)


def spread(*args, dev="l0"):
    sh("ethtool", "-X", dev, *args)


def refused(*args):
    try:
        spread(*args)
    except AssertionError:
        return
    raise AssertionError(f"ethtool -X {' '.join(args)} was taken")


add("l0")
sh("ip", "addr", "add", HERE + "/24", "dev", "l0")
sh("ip", "link", "set", "l0", "up")
sh("ip", "neigh", "replace", THERE, "lladdr", "02:00:00:00:00:07", "dev", "l0")
FIRST_KEY = shown_key()
# Or what comes back would be answered by an ICMP error.
taker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
taker.bind((HERE, 9))


@check("the table at first takes turns, the hash is Toeplitz's")
def _():
    equal(table(), [0, 1] * 64)
    equal(len(FIRST_KEY.split(":")), 40)
    if not re.search(r"toeplitz: on", sh("ethtool", "-x", "l0")):
        raise AssertionError("no toeplitz")


@check("all flows go to one queue")
def _():
    spread("equal", "1")
    equal(table(), [0] * 128)
    equal(queues(), [0] * FLOWS)


@check("or to the other")
def _():
    spread("weight", "0", "1")
    equal(table(), [1] * 128)
    equal(queues(), [1] * FLOWS)


@check("the table is in the way of fewer channels, and changes nothing")
def _():
    try:
        sh("ethtool", "-L", "l0", "combined", "1")
    except AssertionError:
        pass
    else:
        raise AssertionError("taken")
    equal(table(), [1] * 128)
    equal(queues(), [1] * FLOWS)


@check("with a key each flow goes where the hash says")
def _():
    spread("default")
    spread("hkey", ":".join(f"{b:02x}" for b in KEY))
    equal(shown_key(), ":".join(f"{b:02x}" for b in KEY))
    equal(table(), [0, 1] * 64)
    ports = [(20000 + i, 9) for i in range(FLOWS)]
    want = wanted(KEY, THERE, HERE, ports)
    equal(sorted(set(want)), [0, 1])
    # What counts is the flow as it comes back; the test would see the other.
    equal(want != wanted(KEY, HERE, THERE, ports), True)
    equal(queues(), want)


@check("a table that nobody set follows the number of channels")
def _():
    sh("ethtool", "-L", "l0", "combined", "1")
    equal(table(), [0] * 128)
    sh("ethtool", "-L", "l0", "combined", "2")
    equal(table(), [0, 1] * 64)


@check("nonsense is refused and changes nothing")
def _():
    spread("weight", "1", "3")
    before = table()
    refused("equal", "3")
    refused("weight", "0", "0", "1")
    refused("hkey", "11:22:33")
    refused("hfunc", "xor")
    equal(table(), before)
    equal(before.count(1), 96)


@check("the old key and table: as if nothing had been said")
def _():
    spread("default")
    spread("hkey", FIRST_KEY)
    equal(table(), [0, 1] * 64)
    equal(shown_key(), FIRST_KEY)
    equal(len(queues()), FLOWS)


@check("a table that somebody set stays, be it the one that was there")
def _():
    sh("ethtool", "-L", "l0", "combined", "1")
    spread("equal", "1")
    sh("ethtool", "-L", "l0", "combined", "2")
    equal(table(), [0] * 128)
    spread("default")
    equal(table(), [0, 1] * 64)


@check("in mode peer the receiver's table counts")
def _():
    add("p0", mode=PEER, peer="p1")
    try:
        sh("sysctl", "-qw", "net.ipv6.conf.p1.disable_ipv6=1")
        for dev in ("p0", "p1"):
            sh("ip", "link", "set", dev, "up")
        sh("ip", "route", "add", "198.51.100.0/24", "dev", "p0")
        sh("ip", "neigh", "replace", "198.51.100.9", "lladdr",
           "02:00:00:00:00:09", "dev", "p0")
        # For somebody else, as far as p1 is concerned: but it wants to see.
        sh("ip", "link", "set", "p1", "promisc", "on")
        # Its queues are the sender's; one that has two sends by both.
        spread("weight", "0", "1", dev="p1")
        equal(queues("p1", "198.51.100.9"), [1] * FLOWS)
        spread("weight", "1", "0", dev="p1")
        equal(queues("p1", "198.51.100.9"), [0] * FLOWS)
        spread("hkey", ":".join(f"{b:02x}" for b in KEY), "equal", "2", dev="p1")
        equal(queues("p1", "198.51.100.9"),
              wanted(KEY, HERE, "198.51.100.9",
                     [(20000 + i, 9) for i in range(FLOWS)]))
    finally:
        sh("ip", "link", "del", "p0")


def qstats(by_queue):
    """(rx packets, rx bytes, tx packets, tx bytes) of l0, in all or of each
    queue that has them."""
    genl = Genl("netdev")
    ask = Links.attr(1, struct.pack("=I", socket.if_nametoindex("l0")))
    if by_queue:
        ask += Links.attr(4, struct.pack("=Q", 1))
    result = {}
    for row in genl.call(12, 1, ask):
        which = (number(row[2]), number(row[3])) if by_queue else None
        result[which] = [number(row[i]) if i in row else None
                         for i in range(8, 12)]
    return result


def has_qstats():
    try:
        release = os.uname().release.split(".")
        return (int(release[0]), int(release[1])) >= (6, 10)
    except ValueError:
        return True


if has_qstats():
    @check("netlink tells what each queue has counted")
    def _():
        queues()
        stats, rows = counters("l0"), qstats(True)
        for n in (0, 1):
            equal(rows[0, n][:2], [stats[f"rx_queue_{n}_packets"],
                                   stats[f"rx_queue_{n}_bytes"]])
            equal(rows[1, n][2:], [stats[f"tx_queue_{n}_packets"],
                                   stats[f"tx_queue_{n}_bytes"]])

    @check("and of the interface what queues counted that are gone")
    def _():
        whole = qstats(False)[None]
        equal([n > 0 for n in whole], [True] * 4)
        sh("ethtool", "-L", "l0", "combined", "1")
        equal(qstats(False)[None], whole)
        equal(len(qstats(True)), 2)
        sh("ethtool", "-L", "l0", "combined", "2")
        equal(qstats(False)[None], whole)


@check("goes")
def _():
    sh("ip", "link", "del", "l0")
    fails(errno.ENODEV, Links.request, Links.DELLINK, 0,
          Links.attr(Links.IFNAME, "l0"))


run()
