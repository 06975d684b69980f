# SPDX-License-Identifier: GPL-2.0-only
"""loopnet: what is received while there is no memory for it: each packet that was
sent is received or counted as dropped."""

import contextlib
import os
import socket
import sys

from checks import check, equal, run
from loopnetdev import (ARP, BROADCAST, IP4, OTHER, Wire, Xdp, arp, counters,
                        eth, ip4, knobs, mac, sh, soon, stat, udp4)

DEV = sys.argv[1]
ME = mac(DEV)
ROUNDS = 600
DEBUG = "/sys/kernel/debug"


def put_all(**values):
    for where in ("failslab", "fail_page_alloc"):
        for name, value in values.items():
            path = f"{DEBUG}/{where}/{name.replace('_', '-')}"
            if os.path.exists(path):
                with open(path, "w", encoding="ascii") as file:
                    file.write(str(value))


@contextlib.contextmanager
def no_memory(percent=33):
    put_all(task_filter="N", ignore_gfp_wait="Y", min_order=0, verbose=0,
            interval=1, times=-1, probability=percent)
    try:
        yield
    finally:
        put_all(probability=0, ignore_gfp_wait="N")


def seen():
    """Packets that were received, and that were dropped by us."""
    now = counters(DEV)
    return now["rx_queue_0_packets"], now["rx_queue_0_dropped"]


def works():
    with Wire(DEV) as wire, knobs(DEV, mode="loop", corrupt=0):
        good = eth(ME, ME, OTHER, os.urandom(300))
        equal(wire.exchange(good, lambda f: f == good), good)


def accounted(send, program=False, strike=True):
    """Sends often. What was dropped never counts as received, but for a
    program, which comes after the counter."""
    sent, before = stat(DEV, "tx_packets"), seen()
    with no_memory():
        for _ in range(ROUNDS):
            send()
    sent = stat(DEV, "tx_packets") - sent

    def missing():
        packets, dropped = (a - b for a, b in zip(seen(), before))
        return sent - packets - (0 if program else dropped)
    soon(lambda: missing() <= 0)
    equal(missing(), 0)
    equal(sent >= ROUNDS, True)
    if strike:
        equal(seen()[1] > before[1], True)
    works()


def passing(frags=False):
    return Xdp(DEV, Xdp.verdict(Xdp.PASS), frags)


@check("a program's copies")
def _():
    with Wire(DEV) as wire, passing():
        accounted(lambda: wire.send(eth(ME, ME, OTHER, bytes(500))), True)


@check("a program's copies of several pages")
def _():
    sh("ip", "link", "set", DEV, "mtu", "20000")
    with Wire(DEV) as wire, passing(frags=True):
        accounted(lambda: wire.send(eth(ME, ME, OTHER, bytes(18000))), True)
    sh("ip", "link", "set", DEV, "mtu", "1500")


@check("what a program sends, on its way to the stack")
def _():
    with Wire(DEV) as wire, Xdp(DEV, Xdp.verdict(Xdp.TX)):
        before = seen()
        with no_memory():
            for _ in range(ROUNDS):
                wire.send(eth(ME, ME, OTHER, bytes(500)))
        equal(seen()[1] > before[1], True)
        works()


@check("bits that flip in copies")
def _():
    with Wire(DEV) as wire, knobs(DEV, corrupt=1000000, seed=1):
        accounted(lambda: wire.send(eth(ME, ME, OTHER, bytes(500))))


@check("answers to ARP, packets that are turned round")
def _():
    with Wire(DEV) as wire, knobs(DEV, mode="reflect"):
        who = eth(BROADCAST, ME, ARP, arp(1, ME, "192.0.2.1", bytes(6),
                                          "192.0.2.7"))
        accounted(lambda: wire.send(who))
        data = eth(b"\2\4\0\0\0\7", ME, IP4, ip4(
            "192.0.2.1", "192.0.2.7", 17,
            udp4("192.0.2.1", "192.0.2.7", 1, 2, bytes(500))))
        accounted(lambda: wire.send(data), strike=False)


@check("datagrams that are cut up and completed to be corrupted")
def _():
    sh("ip", "addr", "add", "192.0.2.1/24", "dev", DEV)
    sh("ip", "neigh", "add", "192.0.2.7", "lladdr", "02:04:c0:00:02:07",
       "dev", DEV)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, \
            knobs(DEV, mode="reflect", corrupt=1000000):
        before = seen()
        with no_memory():
            for size in (100, 6000) * (ROUNDS // 2):
                sock.setsockopt(socket.IPPROTO_UDP, 103, 1000)
                try:
                    sock.sendto(bytes(size), ("192.0.2.7", 9))
                except OSError:
                    pass
        equal(seen()[1] > before[1], True)
    sh("ip", "addr", "flush", "dev", DEV)
    works()


run()
