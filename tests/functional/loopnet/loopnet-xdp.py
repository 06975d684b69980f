# SPDX-License-Identifier: GPL-2.0-only
"""loopnet: XDP in all modes in which something is received."""

import contextlib
import errno
import os
import re
import socket
import sys
import threading

from checks import SLOW, Skip, check, equal, fails, run
from loopnetdev import (IP4, LATER, OTHER, Genl, Links, Wire, Xdp, checksum,
                        counters, eth, get, ip4, knobs, mac, number, put, sh,
                        soon, stat, udp4)

DEV, SECOND = sys.argv[1:]
ME = mac(DEV)
PEER = bytes.fromhex("0204c0000202")
wire = Wire(DEV)


def frame(size=60, dst=None):
    return eth(dst or ME, ME, OTHER, os.urandom(size - 14))


def attached(dev, verdict, frags=False):
    return Xdp(dev, Xdp.verdict(verdict), frags)


@check("PASS: what is received is what was sent")
def _():
    with knobs(DEV, mode="loop"), attached(DEV, Xdp.PASS):
        for size in (14, 60, 61, 1000, 1514):
            sent = frame(size)
            equal(wire.exchange(sent, lambda f, w=sent: f == w), sent)


@check("PASS: tags survive")
def _():
    with knobs(DEV, mode="loop"), attached(DEV, Xdp.PASS):
        before = stat(DEV, "rx_packets")
        data = os.urandom(40)
        wire.send(eth(ME, ME, OTHER, data, [(0x8100, 5)]))
        equal(bool(wire.receive(lambda f: f.endswith(data))), True)
        equal(stat(DEV, "rx_packets"), before + 1)


@check("PASS: a tag that the sender left to the hardware survives, too")
def _():
    sh("modprobe", "8021q")
    sh("ip", "link", "add", "link", DEV, "name", "tagged", "type", "vlan",
       "id", "7")
    try:
        sh("sysctl", "-qw", "net.ipv6.conf.tagged.disable_ipv6=1")
        sh("ip", "link", "set", "tagged", "up")
        with knobs(DEV, mode="loop"), attached(DEV, Xdp.PASS), \
                Wire("tagged") as inner:
            sent = frame()
            equal(inner.exchange(sent, lambda f: f == sent), sent)
    finally:
        sh("ip", "link", "del", "tagged")


def adjusted(helper, by, dev=DEV, verdict=Xdp.PASS):
    """A program that calls bpf_xdp_adjust_head or _meta, then this."""
    return Xdp(dev, Xdp.insn(0xB7, 2, imm=by) + Xdp.insn(0x85, imm=helper) +
               Xdp.insn(0x55, 0, off=2) + Xdp.verdict(verdict) +
               Xdp.verdict(Xdp.DROP))


@check("PASS: what a program takes from the head is gone, what it notes is not in it")
def _():
    with knobs(DEV, mode="loop"):
        sent = frame(100)
        with adjusted(44, 4):
            equal(wire.exchange(sent, lambda f: f == sent[4:]), sent[4:])
        with adjusted(54, -8):
            equal(wire.exchange(sent, lambda f: f == sent), sent)


@check("a frame from before the program and too long for it is dropped")
def _():
    sh("ip", "link", "set", DEV, "mtu", "9000")
    try:
        with knobs(DEV, mode="loop", delay_ns=LATER * 10 ** 9):
            dropped = stat(DEV, "rx_dropped")
            wire.drain()
            wire.send(frame(5000))
            sh("ip", "link", "set", DEV, "mtu", "1500")
            with attached(DEV, Xdp.PASS):
                soon(lambda: stat(DEV, "rx_dropped") == dropped + 1)
                equal(wire.receive(lambda f: len(f) == 5000, 0.1), None)
    finally:
        sh("ip", "link", "set", DEV, "mtu", "1500")


@check("TX into a full ring is dropped and counted, nothing else is")
def _():
    limits = [f"queues/{q}/byte_queue_limits/limit_min" for q in
              os.listdir(f"/sys/class/net/{DEV}/queues") if q[:2] == "tx"]
    sh("ethtool", "-G", DEV, "tx", "16")
    for name in limits:
        put(DEV, name, 1000000)
    try:
        with knobs(DEV, mode="loop", delay_ns=30000000), \
                attached(DEV, Xdp.TX):
            count, dropped = counters(DEV)["xdp_tx"], stat(DEV, "rx_dropped")
            received = stat(DEV, "rx_packets")
            for _ in range(64):
                wire.send(frame())
            soon(lambda: counters(DEV)["xdp_tx"] - count +
                 stat(DEV, "rx_dropped") - dropped == 64)
            equal(stat(DEV, "rx_dropped") > dropped, True)
            sent = counters(DEV)["xdp_tx"] - count
            soon(lambda: stat(DEV, "rx_packets") - received >= sent)
    finally:
        for name in limits:
            put(DEV, name, 0)
        sh("ethtool", "-G", DEV, "tx", "512")


@check("DROP and ABORTED drop, and are counted")
def _():
    with knobs(DEV, mode="loop"):
        for verdict in (Xdp.DROP, Xdp.ABORTED, 77):
            with attached(DEV, verdict):
                before = counters(DEV)["xdp_drop"]
                sent = frame()
                wire.send(sent)
                soon(lambda b=before: counters(DEV)["xdp_drop"] == b + 1)
                equal(wire.receive(lambda f, w=sent: f == w, 0.1), None)


@check("TX in loop: round once more, then to the stack, not to the program")
def _():
    with knobs(DEV, mode="loop"), attached(DEV, Xdp.TX):
        before, sent = counters(DEV)["xdp_tx"], stat(DEV, "tx_packets")
        data = frame()
        wire.drain()
        wire.send(data)
        got = list(wire.frames(lambda f: f == data, 0.3))
        equal(len(got), 1)
        equal(counters(DEV)["xdp_tx"], before + 1)
        equal(stat(DEV, "tx_packets"), sent + 2)


@check("TX in reflect: turned round twice")
def _():
    with attached(DEV, Xdp.TX), Wire(DEV, promisc=True) as tap:
        sent = eth(PEER, ME, IP4, ip4("192.0.2.1", "192.0.2.2", 17, udp4(
            "192.0.2.1", "192.0.2.2", 1, 2, os.urandom(30))))
        wire.drain()
        tap.send(sent)
        got = list(wire.frames(lambda f: f[34:] == sent[34:], 0.3))
        equal([f.hex() for f in got], [sent.hex()])


@check("the filter comes before the program")
def _():
    with knobs(DEV, mode="loop"), attached(DEV, Xdp.DROP):
        before = counters(DEV)
        wire.send(frame(dst=b"\2\0\0\0\0\x42"))
        soon(lambda: counters(DEV)["rx_filtered"] == before["rx_filtered"] + 1)
        equal(counters(DEV)["xdp_drop"], before["xdp_drop"])


@check("REDIRECT: out of one, into another and through its mode")
def _():
    with knobs(DEV, mode="loop"), knobs(SECOND, mode="loop"), \
            Wire(SECOND, promisc=True) as other, \
            Xdp(DEV, Xdp.redirect(SECOND)):
        before = stat(SECOND, "tx_packets")
        sent = frame()
        wire.send(sent)
        equal(other.receive(lambda f: f == sent), sent)
        equal(stat(SECOND, "tx_packets"), before + 1)
        equal(counters(DEV)["xdp_redirect"] > 0, True)
        with knobs(SECOND, mode="sink"):
            wire.send(frame())
            soon(lambda: stat(SECOND, "tx_packets") == before + 2)
        # Into one that is down: dropped, not lost track of.
        sh("ip", "link", "set", SECOND, "down")
        wire.send(frame())
        sh("ip", "link", "set", SECOND, "up")


@contextlib.contextmanager
def pair(*up, mtu=1500, names=("a0", "b0")):
    """Two ends, up or what of them is asked for, for a while."""
    Links.add(names[0], peer=names[1], queues=1)
    try:
        for dev in names:
            sh("sysctl", "-qw", f"net.ipv6.conf.{dev}.disable_ipv6=1")
            sh("ip", "link", "set", dev, "mtu", str(mtu))
        for dev in up or names:
            sh("ip", "link", "set", dev, "up")
        if not up:
            soon(lambda: get(names[0], "carrier") == "1")
        yield
    finally:
        sh("ip", "link", "del", names[0])


@check("REDIRECT into an end without carrier goes nowhere, with it it does")
def _():
    with pair("a0"):
        with knobs(DEV, mode="loop"), Xdp(DEV, Xdp.redirect("a0")):
            before = counters(DEV)["xdp_redirect"]
            wire.send(frame())
            soon(lambda: counters(DEV)["xdp_redirect"] == before + 1)
            equal(stat("a0", "tx_packets"), 0)
            sh("ip", "link", "set", "b0", "up")
            soon(lambda: get("a0", "carrier") == "1")
            wire.send(frame())
            soon(lambda: stat("a0", "tx_packets") == 1)


@check("what was redirected and is on the wire when it goes down is dropped")
def _():
    with knobs(DEV, mode="loop"), \
            knobs(SECOND, mode="loop", delay_ns=10000000000), \
            Xdp(DEV, Xdp.redirect(SECOND)):
        sent, dropped = (stat(SECOND, f"tx_{n}") for n in ("packets", "dropped"))
        for _ in range(5):
            wire.send(frame())
        soon(lambda: stat(SECOND, "tx_packets") == sent + 5)
        sh("ip", "link", "set", SECOND, "down")
        equal(stat(SECOND, "tx_dropped"), dropped + 5)
        sh("ip", "link", "set", SECOND, "up")


@check("faults strike what XDP sends, too")
def _():
    with knobs(DEV, mode="loop"), attached(DEV, Xdp.TX):
        with knobs(DEV, duplicate=1000000, seed=1):
            data = frame()
            wire.drain()
            wire.send(data)
            # Two to the program, each sent, each twice.
            equal(len(list(wire.frames(lambda f: f == data, 0.3))), 4)
        with knobs(DEV, delay_ns=1000000):
            data = frame()
            equal(wire.exchange(data, lambda f: f == data), data)


@check("frags: refused without above one page, welcome with")
def _():
    sh("ip", "link", "set", DEV, "mtu", "9000")
    fails(errno.ERANGE, attached(DEV, Xdp.PASS).__enter__)
    with knobs(DEV, mode="loop"), attached(DEV, Xdp.PASS, frags=True):
        for size in (60, 3519, 3520, 3521, 9014):
            sent = frame(size)
            equal(wire.exchange(sent, lambda f, w=sent: f == w), sent)
    with knobs(DEV, mode="loop"), attached(DEV, Xdp.TX, frags=True):
        sent = frame(9014)
        equal(wire.exchange(sent, lambda f: f == sent), sent)
    sh("ip", "link", "set", DEV, "mtu", "65535")
    with knobs(DEV, mode="loop"), attached(DEV, Xdp.PASS, frags=True):
        sent = frame(65000)
        equal(wire.exchange(sent, lambda f: f == sent), sent)
    sh("ip", "link", "set", DEV, "mtu", "1500")
    with attached(DEV, Xdp.PASS):
        try:
            sh("ip", "link", "set", DEV, "mtu", "9000")
        except AssertionError:
            pass
        else:
            raise AssertionError("the MTU went past what the program takes")
        sh("ip", "link", "set", DEV, "mtu", "3000")
    sh("ip", "link", "set", DEV, "mtu", "1500")


def offloads():
    names = ("tcp-segmentation-offload", "tx-udp-segmentation",
             "tx-checksumming")
    text = sh("ethtool", "-k", DEV)
    return [line.split()[1] for name in names
            for line in text.splitlines() if line.strip().startswith(name)]


@check("while there is a program the sender cuts up and sums")
def _():
    # Before 6.11 UDP_SEGMENT does not work without checksum offload.
    release = [int(n) for n in re.findall(r"\d+", os.uname().release)[:2]]
    sums = "on" if release < [6, 11] else "off"
    equal(offloads(), ["on"] * 3)
    with attached(DEV, Xdp.PASS):
        equal(offloads(), ["off", "off", sums])
    equal(offloads(), ["on"] * 3)


@check("a stream goes through a program, its checksums complete")
def _():
    sh("ip", "addr", "add", "192.0.2.1/24", "dev", DEV)
    # What GRO has joined does not show its checksum.
    sh("ethtool", "-K", DEV, "gro", "off")
    data = os.urandom(1000000)
    try:
        with attached(DEV, Xdp.PASS), \
                socket.create_server(("0.0.0.0", 7002)) as server:
            def send():
                with socket.create_connection(("192.0.2.7", 7002)) as out:
                    out.sendall(data)
            sender = threading.Thread(target=send, daemon=True)
            wire.drain()
            sender.start()
            server.settimeout(10 * SLOW)
            inner, _ = server.accept()
            inner.settimeout(10 * SLOW)
            got = b""
            while chunk := inner.recv(1 << 16):
                got += chunk
            inner.close()
            sender.join()
        equal(got == data, True)
        seen = 0
        for f in wire.frames(lambda f: f[12:14] == b"\x08\0" and f[23] == 6,
                             0.1):
            pseudo = f[26:34] + b"\0\6" + (len(f) - 34).to_bytes(2, "big")
            if f[16:18] == (len(f) - 14).to_bytes(2, "big"):
                equal(checksum(pseudo + f[34:]), 0)
                seen += 1
        equal(seen > 5, True)
    finally:
        sh("ethtool", "-K", DEV, "gro", "on")
        sh("ip", "addr", "flush", "dev", DEV)


@contextlib.contextmanager
def patched_here():
    """Each change of programs patches a jump that the receiver runs. QEMU
    before 8.1, emulating, may run on what another CPU has just patched away: an
    int3 that the kernel does not know any more. There all runs on one CPU."""
    with open("/proc/cpuinfo", encoding="ascii") as file:
        emulated = "QEMU" in file.read()
    cpus = os.sched_getaffinity(0)
    try:
        if emulated:
            os.sched_setaffinity(0, {min(cpus)})
        yield
    finally:
        os.sched_setaffinity(0, cpus)


@check("programs come and go under traffic")
def _():
    stop = False

    def flood():
        with Wire(DEV) as out:
            while not stop:
                out.send(frame(300))
    with knobs(DEV, mode="loop"), patched_here():
        sender = threading.Thread(target=flood, daemon=True)
        sender.start()
        for _ in range(5):
            for verdict in (Xdp.PASS, Xdp.DROP, Xdp.TX):
                with attached(DEV, verdict):
                    pass
                with Xdp(DEV, Xdp.redirect(SECOND)):
                    pass
        stop = True
        sender.join()


@check("a pair: TX goes back, in a program at each end it goes on")
def _():
    with pair():
        for dev in ("a0", "b0"):
            sh("ip", "link", "set", dev, "promisc", "on")
        with Wire("a0") as a, Wire("b0") as b:
            sent = eth(mac("b0"), mac("a0"), OTHER, os.urandom(50))
            with attached("b0", Xdp.TX):
                equal(a.exchange(sent, lambda f: f == sent), sent)
                equal(b.receive(lambda f: f == sent, 0.1), None)
                with attached("a0", Xdp.DROP):
                    a.send(sent)
                    soon(lambda: counters("a0")["xdp_drop"] == 1)


@contextlib.contextmanager
def jumbo(dev):
    """Larger frames for a while."""
    sh("ip", "link", "set", dev, "mtu", "9000")
    try:
        yield
    finally:
        sh("ip", "link", "set", dev, "mtu", "1500")


def unnoted(dev):
    """A program that passes what nobody noted anything about."""
    insn = Xdp.insn
    return Xdp(dev, insn(0x61, 2, 1, 8) + insn(0x61, 3, 1) +
               insn(0x5D, 2, 3, 2) + Xdp.verdict(Xdp.PASS) +
               Xdp.verdict(Xdp.DROP))


@check("what a program has sent meets the one at the other end")
def _():
    with pair():
        sent = eth(mac("a0"), mac("b0"), OTHER, os.urandom(100))
        sh("ip", "link", "set", "b0", "promisc", "on")
        with Wire("a0") as a, attached("b0", Xdp.TX):
            with adjusted(44, 4, "a0"):
                a.send(b"\0\0\0\0" + sent)
                soon(lambda: counters("a0")["rx_filtered"] == 1)
                sh("ip", "link", "set", "a0", "promisc", "on")
                cut = a.exchange(bytes(4) + sent, lambda f: f == sent)
                sh("ip", "link", "set", "a0", "promisc", "off")
                equal(cut, sent)
            with knobs(SECOND, mode="sink"), Xdp("a0", Xdp.redirect(SECOND)):
                before = stat(SECOND, "tx_packets")
                a.send(sent)
                soon(lambda: stat(SECOND, "tx_packets") == before + 1)
            equal(counters("a0")["xdp_redirect"], 1)
            with attached("a0", 77):
                a.send(sent)
                soon(lambda: counters("a0")["xdp_drop"] == 1)
            with attached("a0", Xdp.TX):
                # For ever there and back, until one of the programs has gone.
                a.send(sent)
                soon(lambda: counters("a0")["xdp_tx"] > 10)


@check("what one program noted the other does not see")
def _():
    with pair():
        sh("ip", "link", "set", "b0", "promisc", "on")
        sent = eth(mac("a0"), mac("b0"), OTHER, os.urandom(100))
        with Wire("a0") as a, adjusted(54, -8, "b0", Xdp.TX), unnoted("a0"):
            equal(a.exchange(sent, lambda f: f == sent), sent)
        with Wire("b0") as b, unnoted("b0"), adjusted(54, -8, "a0", Xdp.TX):
            sh("ip", "link", "set", "a0", "promisc", "on")
            equal(b.exchange(sent, lambda f: f == sent), sent)


@check("filter and MTU come before the program, for frames of XDP, too")
def _():
    with pair(), jumbo(DEV):
        sh("ip", "link", "set", "b0", "mtu", "9000")
        with knobs(DEV, mode="loop"), attached("a0", Xdp.DROP), \
                Xdp(DEV, Xdp.redirect("b0"), frags=True):
            before = stat("a0", "rx_packets")
            wire.send(frame(dst=ME))
            soon(lambda: counters("a0")["rx_filtered"] == 1)
            sh("ip", "link", "set", "a0", "promisc", "on")
            wire.send(frame(1600))
            soon(lambda: stat("a0", "rx_length_errors") == 1)
            equal(counters("a0")["xdp_drop"], 0)
            equal(stat("a0", "rx_packets"), before)
            wire.send(frame(1500))
            soon(lambda: counters("a0")["xdp_drop"] == 1)
        # Not too long, but in pieces, which this program cannot take.
        code = Xdp.insn(0xB7, 2, imm=3000) + Xdp.insn(0x85, imm=44)
        with knobs(DEV, mode="loop"), attached("a0", Xdp.DROP), \
                Xdp(DEV, code + Xdp.redirect("b0"), frags=True):
            here, there = (stat(dev, "rx_dropped") for dev in (DEV, "a0"))
            wire.send(frame(4000))
            # Before 6.3 what is in pieces cannot be redirected at all.
            soon(lambda: stat("a0", "rx_dropped") == there + 1 or
                 stat(DEV, "rx_dropped") == here + 1)
            equal(counters("a0")["xdp_drop"], 1)


@check("a frame in pieces meets the program at the other end")
def _():
    with pair(mtu=9000):
        sh("ip", "link", "set", "b0", "promisc", "on")
        sent = eth(mac("a0"), mac("b0"), OTHER, os.urandom(9000))
        with Wire("a0") as a, attached("b0", Xdp.TX, frags=True):
            with attached("a0", Xdp.PASS, frags=True):
                equal(a.exchange(sent, lambda f: f == sent), sent)
            with attached("a0", Xdp.DROP, frags=True):
                a.send(sent)
                soon(lambda: counters("a0")["xdp_drop"] == 1)


def recycled(dev):
    """How many pages came back to the pools of a device without a lock."""
    index = socket.if_nametoindex(dev)
    total = 0
    for row in Genl("netdev").call(Genl.POOL_STATS, 1, b""):
        info = Genl.attrs(row[1])
        if 2 in info and number(info[2]) == index:
            total += number(row[14])
    return total


@check("pages of others that cannot be sent go back to their pool with a lock")
def _():
    try:
        recycled(DEV)
    except OSError:
        raise Skip("this kernel does not count pages") from None
    with pair(), pair("c0", names=("c0", "d0")):
        sh("ip", "link", "set", "b0", "promisc", "on")
        # c0 takes what is redirected to it, and has no carrier.
        with Wire("a0") as a, attached("b0", Xdp.TX), \
                Xdp("a0", Xdp.redirect("c0")):
            before = counters("a0")["xdp_redirect"], recycled("b0")
            for _ in range(40):
                a.send(eth(mac("a0"), mac("b0"), OTHER, os.urandom(50)))
            soon(lambda: counters("a0")["xdp_redirect"] == before[0] + 40)
            equal(recycled("b0"), before[1])


@check("the last piece of a frame from elsewhere does not grow")
def _():
    with pair(mtu=9000):
        sh("ip", "link", "set", "b0", "promisc", "on")
        sent = eth(mac("a0"), mac("b0"), OTHER, os.urandom(9000))
        grow = Xdp.insn(0xB7, 2, imm=16) + Xdp.insn(0x85, imm=65) + \
            Xdp.insn(0x55, 0, off=2) + Xdp.verdict(Xdp.DROP) + \
            Xdp.verdict(Xdp.PASS)
        with Wire("a0") as a, attached("b0", Xdp.TX, frags=True), \
                Xdp("a0", grow, frags=True):
            a.send(sent)
            soon(lambda: counters("a0")["xdp_drop"] +
                 stat("a0", "rx_packets") >= 1)
            equal(counters("a0")["xdp_drop"], 0)


@check("a program survives down, up, other rings and channels")
def _():
    with knobs(DEV, mode="loop"), attached(DEV, Xdp.DROP):
        sh("ip", "link", "set", DEV, "down")
        sh("ip", "link", "set", DEV, "up")
        sh("ethtool", "-G", DEV, "tx", "64")
        sh("ethtool", "-L", DEV, "combined", "1")
        before = counters(DEV)["xdp_drop"]
        with Wire(DEV) as fresh:
            fresh.send(frame())
        soon(lambda: counters(DEV)["xdp_drop"] == before + 1)
    program = attached(DEV, Xdp.PASS)
    program.__enter__()  # and stays: the module goes with it


run()
