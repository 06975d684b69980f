# SPDX-License-Identifier: GPL-2.0-only
"""loopnet: what the network stack builds on it."""

import contextlib
import itertools
import os
import re
import select
import socket
import struct
import subprocess
import time

from checks import SLOW, Skip, check, equal, run
from loopnetdev import (IP4, LATER, OTHER, Genl, Links, Wire, Xdp, checksum,
                        counters, eth, get, ip4, knobs, mac, number, put,
                        sh, soon, stat, udp4)

LOOP, SO_INCOMING_NAPI_ID, SO_BUSY_POLL = 1, 56, 46
MAX_WAIT = 10000  # microseconds that a packet waits for company


@contextlib.contextmanager
def link(name="l0", **how):
    Links.add(name, **how)
    names = [name] + ([how["peer"]] if "peer" in how else [])
    try:
        for dev in names:
            sh("sysctl", "-qw", f"net.ipv6.conf.{dev}.disable_ipv6=1")
        for dev in names:
            sh("ip", "link", "set", dev, "up")
        soon(lambda: get(name, "carrier") == "1")
        yield
    finally:
        sh("ip", "link", "del", name)


@contextlib.contextmanager
def addressed(dev, there="192.0.2.7"):
    sh("ip", "addr", "add", "192.0.2.1/24", "dev", dev)
    sh("ip", "neigh", "replace", there, "lladdr", "02:00:00:00:00:07", "dev",
       dev)
    try:
        yield
    finally:
        sh("ip", "addr", "flush", "dev", dev)


def together(dev):
    """Packets for this one wait for each other."""
    sh("ethtool", "-C", dev, "rx-usecs", str(MAX_WAIT), "rx-frames", "1000")


@check("duplicates of whatever was joined: two of each, no complaint")
def _():
    with link("a0", peer="b0", queues=1), link(mode=LOOP, queues=1):
        sh("ethtool", "-K", "b0", "rx-gro-list", "on")
        together("b0")
        sh("sysctl", "-qw", "net.ipv4.conf.b0.forwarding=1",
           "net.ipv4.conf.b0.rp_filter=0", "net.ipv4.conf.all.rp_filter=0",
           "net.ipv4.conf.l0.forwarding=0")
        sh("ip", "addr", "add", "192.0.2.1/24", "dev", "b0")
        sh("ip", "route", "add", "198.51.100.0/24", "dev", "l0")
        sh("ip", "neigh", "add", "198.51.100.9", "lladdr", get("l0", "address"),
           "dev", "l0")
        with Wire("a0") as wire, knobs("l0", duplicate=1000000, seed=1):
            for _ in range(5):
                for _ in range(8):
                    wire.send(eth(mac("b0"), mac("a0"), IP4, ip4(
                        "192.0.2.2", "198.51.100.9", 17, udp4(
                            "192.0.2.2", "198.51.100.9", 5, 6, bytes(700)))))
                time.sleep(0.05)
            soon(lambda: stat("l0", "tx_bytes") >= 40 * 700)
            sent = stat("l0", "tx_packets")
            # Or nothing was joined, and nothing is proved.
            equal(sent < 40, True)
            soon(lambda: stat("l0", "rx_packets") == 2 * sent)
        with Wire("l0") as wire, knobs("l0", duplicate=1000000, seed=1):
            sh("ip", "link", "set", "l0", "mtu", "65535")
            big = eth(mac("l0"), mac("l0"), OTHER, os.urandom(65000))
            wire.send(big)
            equal([f == big for f in wire.frames(
                lambda f: len(f) == len(big), 0.5)], [True] * 2)


@check("macvlan does not make it promiscuous")
def _():
    sh("modprobe", "macvlan")
    with link(mode=LOOP):
        sh("ip", "link", "add", "link", "l0", "mv0", "address",
           "02:00:00:00:00:99", "type", "macvlan", "mode", "private")
        sh("ip", "link", "set", "mv0", "up")
        flags = int(get("l0", "flags"), 16)
        shown = sh("ip", "-d", "link", "show", "l0")
        equal(re.search(r"promiscuity (\d+)", shown).group(1), "0")
        equal(flags & 0x100, 0)
        with Wire("l0") as wire, Wire("mv0") as inner:
            mine = eth(b"\2\0\0\0\0\x99", mac("l0"), OTHER, os.urandom(50))
            wire.send(mine)
            equal(inner.receive(lambda f: f == mine), mine)
            before = counters("l0")["rx_filtered"]
            wire.send(eth(b"\2\0\0\0\0\x98", mac("l0"), OTHER, bytes(50)))
            soon(lambda: counters("l0")["rx_filtered"] > before)


def segments(src, dst, count, size):
    """TCP segments of one flow, one behind the other."""
    for i in range(count):
        data = bytes([i]) * size
        head = struct.pack("!HHIIBBHHH", 5000, 6000, 1000 + i * size, 1,
                           5 << 4, 0x10, 1000, 0, 0)
        pseudo = socket.inet_aton(src) + socket.inet_aton(dst) + \
            struct.pack("!HH", 6, len(head) + size)
        total = checksum(pseudo + head + data)
        yield ip4(src, dst, 6, head[:16] + struct.pack("!H", total) +
                  head[18:] + data)


@check("frames that a program redirects are joined like any others")
def _():
    with link(mode=LOOP, queues=1), link("a0", peer="b0", queues=1):
        together("l0")
        together("b0")
        with Xdp("l0", Xdp.redirect("a0")), Wire("l0") as wire, \
                Wire("b0") as there:
            def largest():
                for body in segments("192.0.2.2", "192.0.2.1", 8, 500):
                    wire.send(eth(mac("l0"), mac("l0"), IP4, body))
                return max(len(f) for f in there.frames(lambda f: True, 0.1))
            sh("ip", "link", "set", "b0", "promisc", "on")
            found = [largest()]
            while found[-1] < 1000 and len(found) < 10:
                found.append(largest())
            equal(max(found) >= 1000, True)


@contextlib.contextmanager
def talkers(dev, busy=0):
    """A socket that sends to there, a connected one that gets it back."""
    with addressed(dev), \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tx, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rx:
        rx.bind(("192.0.2.1", 4000))
        tx.bind(("192.0.2.1", 4001))
        rx.connect(("192.0.2.7", 4001))
        tx.connect(("192.0.2.7", 4000))
        if busy:
            rx.setsockopt(socket.SOL_SOCKET, SO_BUSY_POLL, busy)
        yield tx, rx


def busy_packets():
    with open("/proc/net/netstat", encoding="ascii") as file:
        rows = [line.split() for line in file if line.startswith("TcpExt")]
    return int(rows[1][rows[0].index("BusyPollRxPackets")])


@check("a socket knows which NAPI context serves it, and polls it")
def _():
    with link(queues=1), talkers("l0", busy=50000) as (tx, rx):
        tx.send(b"first")
        equal(rx.recv(10), b"first")
        equal(rx.getsockopt(socket.SOL_SOCKET, SO_INCOMING_NAPI_ID) > 0, True)
        before = busy_packets()
        with knobs("l0", delay_ns=2000000):
            for _ in range(200):
                tx.send(b"polled")
                equal(rx.recv(10), b"polled")
                if busy_packets() > before:
                    return
        raise AssertionError("nothing was received by busy polling")


@check("interrupts can be deferred: then a timer receives")
def _():
    wait = LATER * 0.2
    with link(queues=1), talkers("l0") as (tx, rx):
        put("l0", "napi_defer_hard_irqs", 1000)
        put("l0", "gro_flush_timeout", int(wait * 1e9))
        tx.send(b"one")
        equal(rx.recv(10), b"one")
        # From here on a timer polls. It has just done so, or is about to.
        waits = []
        for _ in range(3):
            start = time.monotonic()
            tx.send(b"two")
            equal(rx.recv(10), b"two")
            waits.append(time.monotonic() - start)
        equal(max(waits) > wait / 4, True)
        put("l0", "napi_defer_hard_irqs", 0)
        put("l0", "gro_flush_timeout", 0)
        tx.send(b"three")
        equal(rx.recv(10), b"three")


@check("what is set for a NAPI context stays across down and up")
def _():
    def contexts():
        genl = Genl("netdev")
        ask = Links.attr(1, struct.pack("=I", socket.if_nametoindex("l0")))
        return {number(row[2]): number(row[5]) if 5 in row else None
                for row in genl.call(Genl.NAPI_GET, 1, ask)}
    release = [int(n) for n in re.findall(r"\d+", os.uname().release)[:2]]
    if release < [6, 13]:
        raise Skip("this kernel has no settings for each NAPI context (6.13)")
    with link(queues=2):
        before = contexts()
        equal(len(before), 2)
        first = min(before)
        Genl("netdev").call(Genl.NAPI_SET, 1, Links.attr(
            2, struct.pack("=I", first)) + Links.attr(
                5, struct.pack("=I", 7)), flags=5)
        equal(contexts()[first], 7)
        sh("ip", "link", "set", "l0", "down")
        sh("ip", "link", "set", "l0", "up")
        equal(contexts(), {**before, first: 7})


@check("a flood in one queue lets another take its turn")
def _():
    if len(os.sched_getaffinity(0)) < 2:
        raise Skip("one CPU")

    flood, end = 100, time.monotonic() + 5 * SLOW

    def place(frame, ping):
        """How many of a flood were received before one of the other queue,
        all of which lay there when the receiver woke up; or None, if they did
        not."""
        with Wire("b0") as there, Wire("a0") as wire:
            os.sched_setaffinity(0, {1})
            start = time.monotonic()
            wire.send(ping)
            os.sched_setaffinity(0, {0})
            for _ in range(flood):
                wire.send(frame)
            took = time.monotonic() - start
            order = [f == ping for f in itertools.islice(there.frames(
                lambda f: f in (ping, frame), 3), flood + 1)]
            equal(len(order), flood + 1)
            return order.index(True) if took < MAX_WAIT * 0.8e-6 else None
    cpus = os.sched_getaffinity(0)
    with link("a0", peer="b0", queues=2):
        sh("ethtool", "-L", "b0", "combined", "1")
        for n in (0, 1):
            put("a0", f"queues/tx-{n}/xps_cpus", 1 << n)
            put("a0", f"queues/tx-{n}/byte_queue_limits/limit_min", 10 ** 6)
        together("b0")
        frames = [eth(mac("b0"), mac("a0"), OTHER, what * 50)
                  for what in (b"f", b"p")]
        try:
            places = []
            while len(places) < 3:
                where = place(*frames)
                if where is not None:
                    places.append(where)
                elif time.monotonic() > end:
                    raise Skip("this machine is too slow to tell")
        finally:
            os.sched_setaffinity(0, cpus)
        # One round of NAPI is 64 packets.
        equal([n <= 64 for n in places], [True] * 3)


@check("TCP fills a long wire")
def _():
    with link(), addressed("l0"), \
            knobs("l0", delay_ns=20000000), \
            socket.create_server(("0.0.0.0", 7001)) as server, \
            socket.create_connection(("192.0.2.7", 7001)) as out:
        inner, _ = server.accept()
        inner.setblocking(False)
        out.setblocking(False)
        most = 0
        end = time.monotonic() + 10 * SLOW
        while time.monotonic() < end and most < 150000:
            with contextlib.suppress(BlockingIOError):
                out.send(bytes(1 << 16))
            with contextlib.suppress(BlockingIOError):
                inner.recv(1 << 20)
            most = max(most, stat("l0", "tx_bytes") - stat("l0", "rx_bytes"))
            select.select([inner], [out], [], 0.01)
        inner.close()
        equal(most >= 150000, True)


@check("UDP_SEGMENT works with a program attached")
def _():
    with link(queues=1), talkers("l0") as (tx, rx), \
            Xdp("l0", Xdp.verdict(Xdp.PASS)):
        tx.setsockopt(socket.IPPROTO_UDP, 103, 100)
        tx.send(bytes(250))
        rx.settimeout(5 * SLOW)
        equal([len(rx.recv(1000)) for _ in range(3)], [100, 100, 50])


@check("a container's root may set what is in sysfs of what it was given")
def _():
    with subprocess.Popen(
            ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups",
             "unshare", "--user", "--map-root-user", "--net", "--mount", "sh",
             "-c", "mount -t sysfs sysfs /sys && echo && read go && "
             "echo 5000 >/sys/class/net/l0/loopnet/delay_ns && "
             "cat /sys/class/net/l0/loopnet/delay_ns"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True) as child:
        first = child.stdout.readline()
        if first != "\n":
            raise Skip(f"no container here: {first.strip()}")
        Links.add("l0")
        sh("ip", "link", "set", "l0", "netns", str(child.pid))
        equal(child.communicate("\n")[0], "5000\n")


run()
