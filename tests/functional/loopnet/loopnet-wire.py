# SPDX-License-Identifier: GPL-2.0-only
"""loopnet: faults on purpose, delay and rate. The interface is in mode loop,
so what is sent to its own MAC comes back as it is."""

import errno
import fcntl
import itertools
import os
import re
import socket
import struct
import sys
import time

from checks import SLOW, check, equal, fails, run
from loopnetdev import (IP4, LATER, OTHER, Wire, checksum, counters, eth, get,
                        ip4, knob, knobs, mac, put, sh, soon, stat)

DEV = sys.argv[1]
ME = mac(DEV)
KINDS = ("loss", "duplicate", "corrupt", "reorder")
END = 0xffffffff
wire = Wire(DEV)
bursts = itertools.count()


def burst(count, size=60):
    """Sends numbered frames; returns those that come back, in order."""
    wire.drain()
    # What an earlier burst has left under way is not of this one.
    which = struct.pack("!I", next(bursts))
    for i in range(count):
        wire.send(eth(ME, ME, OTHER,
                      struct.pack("!I", i) + which + bytes(size - 22)))
    end = struct.pack("!I", END)
    for _ in range(2):
        time.sleep(0.01)
        wire.send(eth(ME, ME, OTHER, end + which))
    got = []
    for frame in wire.frames(lambda f: f[12:14] == b"\x88\xb5" and
                             f[18:22] == which, 2):
        if frame[14:18] == end:
            return got
        got.append(frame)
    return got


def ever(attempt, wanted, times=10):
    """For what a machine that stops for a few milliseconds spoils."""
    for _ in range(times):
        got = attempt()
        if wanted(got):
            return
    raise AssertionError(f"{times} times, the last: {got}")


def numbers(frames):
    return [struct.unpack("!I", frame[14:18])[0] for frame in frames]


def hits(kind):
    return int(knob(DEV, f"faults/{kind}_hits"))


def tracefs():
    tracing = "/sys/kernel/tracing"
    if not os.path.isdir(tracing + "/events"):
        sh("mount", "-t", "tracefs", "tracefs", tracing)
    return tracing


def write(tracing, name, text):
    with open(f"{tracing}/{name}", "w", encoding="ascii") as file:
        file.write(text)


def down_up():
    for way in ("down", "up"):
        sh("ip", "link", "set", DEV, way)
    wire.drain()


@check("nothing goes wrong by itself")
def _():
    for kind in KINDS:
        equal(knob(DEV, f"faults/{kind}"), "0")
    equal(numbers(burst(100)), list(range(100)))
    equal([hits(kind) for kind in KINDS], [0] * 4)


@check("bad rates, delays and limits are refused and change nothing")
def _():
    for kind in KINDS:
        fails(errno.ERANGE, knob, DEV, f"faults/{kind}", 1000001)
        fails(errno.EINVAL, knob, DEV, f"faults/{kind}", "often")
    for name in ("delay_ns", "jitter_ns", "rate_bps"):
        fails(errno.ERANGE, knob, DEV, name, 1 << 63)
        fails(errno.EINVAL, knob, DEV, name, -1)
        equal(knob(DEV, name), "0")
    for rate in (1, 999):
        fails(errno.ERANGE, knob, DEV, "rate_bps", rate)
    equal(knob(DEV, "rate_bps"), "0")


@check("loss at 1000000 loses all, and counts it as sent")
def _():
    with knobs(DEV, loss=1000000, seed=1):
        before = stat(DEV, "tx_packets"), stat(DEV, "rx_packets")
        for i in range(20):
            wire.send(eth(ME, ME, OTHER, bytes([i]) * 50))
        soon(lambda: hits("loss") >= 20)
        equal(stat(DEV, "tx_packets") - before[0], 20)
        equal(stat(DEV, "rx_packets") - before[1], 0)


@check("the seed decides which ones, whatever else goes wrong")
def _():
    def lost(seed, **others):
        with knobs(DEV, seed=seed, loss=200000, **others):
            return set(range(200)) - set(numbers(burst(200)))
    first = lost(7)
    equal(20 <= len(first) <= 60, True)
    equal(lost(7), first)
    equal(lost(7, duplicate=500000), first)
    equal(lost(8) != first, True)


@check("duplicate at 1000000 gives everything twice")
def _():
    with knobs(DEV, duplicate=1000000, seed=2):
        equal(numbers(burst(20)), [i // 2 for i in range(40)])


@check("corrupt flips one bit, behind the Ethernet header")
def _():
    with knobs(DEV, corrupt=1000000, seed=3):
        wire.drain()
        seen = set()
        frame = eth(ME, ME, IP4, bytes(range(200)))
        for _ in range(50):
            wire.send(frame)
            got = wire.receive(lambda f: len(f) == len(frame))
            equal(got[:14], frame[:14])
            wrong = [(i, a ^ b) for i, (a, b) in enumerate(zip(got, frame))
                     if a != b]
            equal(len(wrong), 1)
            equal(bin(wrong[0][1]).count("1"), 1)
            seen.add(wrong[0])
        equal(len(seen) > 30, True)


@check("a checksum left to the interface is completed before the bit flips")
def _():
    with knobs(DEV, corrupt=1000000, seed=4, mode="reflect"):
        sh("ip", "addr", "add", "192.0.2.1/24", "dev", DEV)
        try:
            wire.drain()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.sendto(b"A" * 400, ("192.0.2.2", 9))
                got = None
                # The ARP reply may be the one that is wrong: ask again.
                for _ in range(20):
                    sock.sendto(b"A" * 400, ("192.0.2.2", 9))
                    got = wire.receive(lambda f: f.count(b"A") > 390, 0.2)
                    if got:
                        break
            want = ip4("192.0.2.2", "192.0.2.1", 17, b"")[12:20]
            sums = (checksum(got[34:] + want + struct.pack("!HH", 17, 408)),
                    checksum(got[14:34]))
            # One of the two sums is right, the other off by one bit: what it
            # is off by is a power of two, or that taken away from zero.
            off = [1 << bit for bit in range(16)]
            off += [0xFFFF - one for one in off]
            equal(sorted([int(one in off) for one in sums]) + [min(sums)],
                  [0, 1, 0])
        finally:
            sh("ip", "addr", "flush", "dev", DEV)


@check("corrupt TCP never reaches the reader")
def _():
    with knobs(DEV, corrupt=150000, seed=5, mode="reflect"):
        sh("ip", "addr", "add", "192.0.2.1/24", "dev", DEV)
        sh("ip", "neigh", "add", "192.0.2.7", "lladdr", "02:04:c0:00:02:07",
           "dev", DEV)
        try:
            data = bytes(range(256)) * 1200
            with socket.create_server(("0.0.0.0", 7001)) as server, \
                    socket.create_connection(("192.0.2.7", 7001)) as out:
                inner, _ = server.accept()
                out.setblocking(False)
                got = sent = 0
                parts = []
                end = time.monotonic() + 20 * SLOW
                inner.settimeout(0.05)
                while got < len(data) and time.monotonic() < end:
                    if sent < len(data):
                        try:
                            sent += out.send(data[sent:sent + 20000])
                        except BlockingIOError:
                            pass
                    try:
                        parts.append(inner.recv(1 << 16))
                        got += len(parts[-1])
                    except TimeoutError:
                        pass
                inner.close()
            got = b"".join(parts)
            equal(len(got), len(data))
            equal([i for i in range(len(data)) if got[i] != data[i]][:5], [])
            equal(hits("corrupt") > 0, True)
        finally:
            sh("ip", "addr", "flush", "dev", DEV)
            sh("ip", "neigh", "flush", "dev", DEV, "nud", "all")


@check("reorder lets the next one pass")
def _():
    with knobs(DEV, delay_ns=20000000, reorder=1000000, seed=6):
        # One that is not followed within a millisecond is not passed.
        ever(lambda: numbers(burst(20)),
             lambda got: got == [i ^ 1 for i in range(20)])


@check("and waits no longer than a millisecond for it")
def _():
    with knobs(DEV, reorder=1000000, seed=6):
        def took():
            start = time.monotonic()
            wire.exchange(eth(ME, ME, OTHER, b"alone" * 10))
            took = time.monotonic() - start
            equal(took >= 0.001, True)
            return took
        ever(took, lambda took: took < 0.01 * SLOW, 50)


@check("nor for the next one, should that be long on its way")
def _():
    with knobs(DEV, delay_ns=LATER * 10 ** 9 // 4, reorder=1000000, seed=6):
        wire.drain()
        for i in range(2):
            wire.send(eth(ME, ME, OTHER, struct.pack("!I", i) + bytes(50)))
            time.sleep(LATER / 8)
        got = [wire.receive(lambda f: f[12:14] == b"\x88\xb5", 2)
               for _ in range(2)]
        equal(numbers(got), [0, 1])


@check("delay_ns takes its time, and keeps the order with jitter_ns")
def _():
    with knobs(DEV, delay_ns=30000000):
        def took():
            start = time.monotonic()
            wire.exchange(eth(ME, ME, OTHER, b"slow." * 10))
            took = time.monotonic() - start
            equal(took >= 0.03, True)
            return took
        ever(took, lambda took: took < 0.04 * SLOW, 20)
    with knobs(DEV, delay_ns=5000000, jitter_ns=5000000):
        equal(numbers(burst(200)), list(range(200)))
    with knobs(DEV, jitter_ns=20000000, seed=1):
        times = []
        for _ in range(10):
            start = time.monotonic()
            wire.exchange(eth(ME, ME, OTHER, b"shaky" * 10))
            times.append(time.monotonic() - start)
        equal(max(times) - min(times) > 0.004, True)


@check("rate_bps counts what is on a wire")
def _():
    # 976 bytes and 24 more are 8000 bits; 125 of them a second at 1 Mbit/s.
    with knobs(DEV, rate_bps=1000000):
        def took():
            start = time.monotonic()
            equal(len(burst(50, 976)), 50)
            took = time.monotonic() - start
            equal(took >= 0.4, True)
            return took
        ever(took, lambda took: took < 0.44 + 0.2 * SLOW, 5)
        speed = sh("ethtool", DEV)
        equal("Speed: 1Mb/s" in speed, True)


def passes():
    """Does a frame come back, and the others before it?"""
    wire.drain()
    marker = eth(ME, ME, OTHER, os.urandom(50))
    wire.send(marker)
    return bool(wire.receive(lambda f: f == marker, 3))


@check("a wire that was slow and is fast again is fast at once")
def _():
    for names, slow_, fast in ((("rate_bps",), 1000, 10 ** 9),
                               (("rate_bps",), 1000, 0),
                               (("delay_ns",), 3600 * 10 ** 9, 0),
                               (("jitter_ns",), 3600 * 10 ** 9, 1000)):
        with knobs(DEV, **{name: "0" for name in names}):
            for name in names:
                knob(DEV, name, slow_)
            for _ in range(3):
                wire.send(eth(ME, ME, OTHER, bytes(1400)))
            for name in names:
                knob(DEV, name, fast)
            equal(passes(), True)


@check("the self-test passes on a wire of an hour, and does not wait for it")
def _():
    with knobs(DEV, delay_ns=3600 * 10 ** 9):
        with Wire(DEV) as out:
            out.send(eth(ME, ME, OTHER, bytes(100)))
        equal("PASS" in sh("ethtool", "-t", DEV, "online"), True)
    # What is on its way goes with the interface.
    down_up()


@check("a slow wire pushes back: nothing is dropped, the sender waits")
def _():
    sh("ethtool", "-G", DEV, "tx", "16")
    with knobs(DEV, rate_bps=10000000):
        dropped = stat(DEV, "tx_dropped")
        wire.drain()
        received = stat(DEV, "rx_packets")
        frame = eth(ME, ME, OTHER, bytes(1400))
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            # What is on the wire and in the qdisc stays charged to it.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 50000)
            sock.bind((DEV, 0))
            sock.setblocking(False)
            sent = blocked = 0
            end = time.monotonic() + 0.3
            while time.monotonic() < end:
                try:
                    sock.send(frame)
                    sent += 1
                except BlockingIOError:
                    blocked += 1
                    time.sleep(0.001)
        soon(lambda: stat(DEV, "rx_packets") - received >= sent)
        equal(blocked > 0, True)
        equal(stat(DEV, "tx_dropped"), dropped)
    sh("ethtool", "-G", DEV, "tx", "512")


@check("a full ring stops its queue and wakes it: all arrive, in order")
def _():
    limits = "queues/tx-0/byte_queue_limits"
    usual = get(DEV, f"{limits}/limit_min")
    sh("ethtool", "-G", DEV, "tx", "16")
    # Or the limit of bytes stops it first.
    put(DEV, f"{limits}/limit_min", 1000000)
    try:
        with knobs(DEV, delay_ns=5000000):
            stopped = counters(DEV)["tx_queue_0_stopped"]
            dropped = stat(DEV, "tx_dropped")
            equal(numbers(burst(200)), list(range(200)))
            equal(counters(DEV)["tx_queue_0_stopped"] - stopped >= 5, True)
            equal(stat(DEV, "tx_dropped"), dropped)
    finally:
        put(DEV, f"{limits}/limit_min", usual)
        sh("ethtool", "-G", DEV, "tx", "512")


@check("what is under way when the mode becomes sink does not come back")
def _():
    with knobs(DEV, delay_ns=LATER * 10 ** 9):
        received = stat(DEV, "rx_packets")
        wire.drain()
        for i in range(10):
            wire.send(eth(ME, ME, OTHER, bytes([i]) * 50))
        with knobs(DEV, mode="sink"):
            # Its own delayed packets are sent and never received.
            wire.send(eth(ME, ME, OTHER, b"sink." * 10))
            equal(wire.receive(lambda f: f[12:14] == b"\x88\xb5",
                               LATER / SLOW + 0.3), None)
        equal(stat(DEV, "rx_packets"), received)
        equal(bool(wire.exchange(eth(ME, ME, OTHER, b"again" * 10))), True)


@check("each segment of a large datagram has its headers on the wire")
def _():
    sh("ip", "addr", "add", "192.0.2.1/24", "dev", DEV)
    sh("ip", "neigh", "add", "192.0.2.7", "lladdr", "02:04:c0:00:02:07",
       "dev", DEV)
    try:
        with knobs(DEV, rate_bps=1000000, mode="reflect"), \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.IPPROTO_UDP, 103, 100)  # UDP_SEGMENT
            received = stat(DEV, "rx_packets")
            start = time.monotonic()
            # 60 of 100 bytes, 66 more each: 79.7 ms, not 48.6.
            sock.sendto(bytes(6000), ("192.0.2.7", 9))
            soon(lambda: stat(DEV, "rx_packets") > received)
            took = time.monotonic() - start
        equal(0.075 <= took, True)
    finally:
        sh("ip", "addr", "flush", "dev", DEV)
        sh("ip", "neigh", "flush", "dev", DEV, "nud", "all")


def charged(sock):
    return struct.unpack("=i", fcntl.ioctl(sock, 0x5411, bytes(4)))[0]


@check("a packet stays charged until its last bit is on the wire, not longer")
def _():
    # 1014 bytes and 24 more: they take LATER seconds to send.
    rate = 8304 // LATER
    late = LATER * 10 ** 9
    for settings in ({"rate_bps": rate}, {"rate_bps": rate, "delay_ns": late},
                     {"delay_ns": late}):
        with knobs(DEV, **settings), \
                socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            sock.bind((DEV, 0))
            received = stat(DEV, "rx_packets")
            sock.send(eth(ME, ME, OTHER, bytes(1000)))
            owed = charged(sock)
            equal(stat(DEV, "rx_packets"), received)
            equal(owed > 1000, "rate_bps" in settings)
            if "delay_ns" in settings:
                soon(lambda: charged(sock) == 0)
                equal(stat(DEV, "rx_packets"), received)
            soon(lambda: stat(DEV, "rx_packets") == received + 1, 5)
            equal(charged(sock), 0)


@check("a tag that is left to the hardware is on the wire")
def _():
    tracing = tracefs()
    sh("modprobe", "8021q")
    sh("ip", "link", "add", "link", DEV, "name", "tagged", "type", "vlan",
       "id", "7")
    try:
        sh("sysctl", "-qw", "net.ipv6.conf.tagged.disable_ipv6=1")
        sh("ip", "link", "set", "tagged", "up")
        write(tracing, "trace", "")
        write(tracing, "events/loopnet/loopnet_fault/enable", "1")
        with Wire("tagged") as inner:
            inner.send(eth(ME, ME, OTHER, bytes(186)))
            soon(lambda: "bytes=204 " in
                 open(tracing + "/trace", encoding="ascii").read())
    finally:
        write(tracing, "events/loopnet/loopnet_fault/enable", "0")
        sh("ip", "link", "del", "tagged")


@check("tracepoints show what struck a packet, and what became of it")
def _():
    tracing = tracefs()
    write(tracing, "trace", "")
    write(tracing, "events/loopnet/enable", "1")
    try:
        with knobs(DEV, loss=1000000, seed=1, delay_ns=1000000):
            wire.send(eth(ME, ME, OTHER, bytes(186)))
        with knobs(DEV, mode="reflect"):
            wire.exchange(eth(ME, ME, OTHER, bytes(86)))
    finally:
        write(tracing, "events/loopnet/enable", "0")
    with open(tracing + "/trace", encoding="ascii") as file:
        lines = [line.split(": ", 2)[1:] for line in file if "loopnet_" in line]
    first = [text for name, text in lines if name == "loopnet_fault"][0]
    equal(f"{DEV} queue=0 bytes=200 faults=loss due=" in first, True)
    equal(first.strip().endswith("due=0"), False)
    last = [text for name, text in lines if name == "loopnet_rewrite"][-1]
    equal("len=100 returned" in last, True)


@check("what is delayed when the interface goes down is gone, harmlessly")
def _():
    with knobs(DEV, delay_ns=500000000, reorder=300000):
        for i in range(50):
            wire.send(eth(ME, ME, OTHER, bytes([i]) * 50))
        sh("ip", "link", "set", DEV, "down")
        sh("ip", "link", "set", DEV, "up")
    with Wire(DEV) as fresh:
        equal(bool(fresh.exchange(eth(ME, ME, OTHER, b"again" * 10))), True)


@check("the seed decides how much jitter there is, too")
def _():
    tracing = tracefs()

    def delays():
        write(tracing, "trace", "")
        write(tracing, "events/loopnet/loopnet_fault/enable", "1")
        try:
            passes()
            write(tracing, "trace", "")
            with knobs(DEV, jitter_ns=LATER * 10 ** 9, seed=11), \
                    Wire(DEV) as out:
                for _ in range(5):
                    out.send(eth(ME, ME, OTHER, bytes(50)))
        finally:
            write(tracing, "events/loopnet/loopnet_fault/enable", "0")
        due = []
        with open(tracing + "/trace", encoding="ascii") as file:
            for line in file:
                if "due=" in line:
                    at = float(re.search(r" (\d+\.\d+): loopnet_fault",
                                         line).group(1))
                    due.append(int(line.split("due=")[1]) / 1e9 - at)
        down_up()
        return due
    write(tracing, "trace_clock", "mono")
    first, second = delays(), delays()
    equal(len(first), 5)
    # Of the five the first alone is sure to have been kept waiting by none.
    equal(abs(first[0] - second[0]) < 0.01 * LATER, True)


@check("a wire that was slow does not remember it across down and up")
def _():
    limit = "queues/tx-0/byte_queue_limits/limit_min"
    put(DEV, limit, 1000000)
    # It counts from the next packet that is received.
    passes()
    try:
        with knobs(DEV, rate_bps=1000):
            with Wire(DEV) as out:
                for _ in range(20):
                    out.send(eth(ME, ME, OTHER, bytes(1400)))
            down_up()
            with Wire(DEV) as fresh:
                # 124 bytes at 1000 bit/s: a second.
                sent = eth(ME, ME, OTHER, os.urandom(86))
                equal(fresh.exchange(sent, lambda f: f == sent, 5), sent)
    finally:
        put(DEV, limit, 0)


run()
