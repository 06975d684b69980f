# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# load: ringchar devices=0
"""ringchar with rate and latency_ns: bytes travel on a line.

Nothing here is ever too late: only what comes too early fails.
"""

import errno
import os
import select
import time

from checks import Child, check, equal, fails, run
from ringchardev import (HUP, IN, PRODUCER, R, R_NB, RDWR_NB, W, Made,
                         claim, drain, fionread, pattern, polled)

HOUR = 3600 * 10**9


def read_all(fd, n):
    got = b""
    while len(got) < n:
        got += os.read(fd, 1 << 16)
    return got


@check("the knobs: live, checked, bytes read back")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        equal([ring.get("rate"), ring.get("latency_ns")], ["0", "0"])
        ring.set("rate", "2K")
        equal(ring.get("rate"), "2048")
        ring.set("latency_ns", 1000000)
        for knob in "rate", "latency_ns":
            for bad in "", "x", "-1", "1.5":
                fails(errno.EINVAL, ring.set, knob, bad)
            fails(errno.ERANGE, ring.set, knob, 1 << 50)
        fails(errno.EINVAL, claim, fd, PRODUCER)
        ring.set("rate", 0)
        ring.set("latency_ns", 0)
        claim(fd, PRODUCER)
        fails(errno.EBUSY, ring.set, "rate", 1)


@check("latency_ns: bytes become readable that much later")
def _():
    for mode in "stream", "record":
        with Made(size="4K", mode=mode, latency_ns=200 * 10**6) as ring:
            fd = ring.open(RDWR_NB)
            reader = Child(lambda: os.read(ring.open(R), 10) and
                           time.monotonic_ns()).asleep()
            start = time.monotonic_ns()
            os.write(fd, b"x")
            assert reader.result() - start >= 200 * 10**6


@check("what is on its way is stored, takes room, and cannot be read")
def _():
    with Made(size="4K", latency_ns=HOUR) as ring:
        fd = ring.open(RDWR_NB)
        equal(os.write(fd, pattern(4096)), 4096)
        fails(errno.EAGAIN, os.write, fd, b"x")
        fails(errno.EAGAIN, os.read, fd, 1)
        equal(polled(fd), 0)
        equal(fionread(fd), 0)
        equal(ring.stat("stored"), 4096)
        fails(errno.EBUSY, ring.set, "mode", "record")
        ring.set("size", "8K")
        reader = Child(os.read, ring.open(R), 5000).asleep()
        ring.set("latency_ns", 0)
        equal(reader.result(), pattern(4096))
        os.write(fd, b"now")
        equal(os.read(fd, 9), b"now")


@check("rate: so many bytes a second, for streams and records")
def _():
    for mode in "stream", "record":
        with Made(size="64K", mode=mode, rate=40000) as ring:
            fd = ring.open()
            start = time.monotonic_ns()
            for i in range(10):
                os.write(fd, pattern(1000, 1000 * i))
            if mode == "record":
                for i in range(10):
                    equal(os.read(fd, 5000), pattern(1000, 1000 * i))
            else:
                equal(read_all(fd, 10000), pattern(10000))
            # Ten thousand bytes take 250 ms; a tick's rounding aside.
            assert time.monotonic_ns() - start >= 249 * 10**6


@check("a rate made faster, or taken away, holds for what is on its way")
def _():
    for mode in "stream", "record":
        with Made(size="64K", mode=mode, rate=1) as ring:
            fd = ring.open(RDWR_NB)
            os.write(fd, pattern(30000))
            equal(len(drain(fd)) < 1000, True)
            reader = Child(lambda: len(read_all(ring.open(R), 20000))).asleep()
            ring.set("rate", "1M")
            assert reader.result() >= 20000
            ring.set("rate", 1)
            drain(fd)
            os.write(fd, pattern(30000))
            ring.set("rate", 0)
            equal(len(drain(fd)) > 29000, True)


@check("poll and edges follow what can be read")
def _():
    with Made(size="4K", latency_ns=100 * 10**6) as ring:
        fd = ring.open(RDWR_NB)
        epoll = select.epoll()
        epoll.register(fd, select.EPOLLIN | select.EPOLLET)
        start = time.monotonic_ns()
        os.write(fd, b"x")
        equal(epoll.poll(20), [(fd, IN)])
        assert time.monotonic_ns() - start >= 100 * 10**6
        equal(os.read(fd, 9), b"x")
        start = time.monotonic_ns()
        os.write(fd, b"y")
        equal(polled(fd, IN, 20000), IN)
        assert time.monotonic_ns() - start >= 100 * 10**6


@check("a writer sleeps for room that a slow line gives")
def _():
    with Made(size="4K", rate="100K") as ring:
        reader = Child(lambda: read_all(ring.open(R), 20000))
        equal(os.write(ring.open(W), pattern(20000)), 20000)
        equal(reader.result(), pattern(20000))


@check("full=overwrite: who writes faster than the line starves no reader")
def _():
    # In a small ring what was sent is gone before a reader wakes up.
    for mode in "stream", "record":
        with Made(size="256K", mode=mode, full="overwrite",
                  rate="64K") as ring:
            def write():
                fd = os.open(ring.dev, W)
                while True:
                    os.write(fd, bytes(500))
            writer = Child(write)
            fd = ring.open(R)
            equal(len(read_all(fd, 5000)) >= 5000, True)
            writer.kill()
            writer.result()


@check("readers=each: all hear everything, late")
def _():
    for mode in "stream", "record":
        with Made(size="64K", mode=mode, readers="each", rate="1M",
                  latency_ns=10**7) as ring:
            readers = [Child(lambda: read_all(ring.open(R), 9000)).asleep()
                       for _ in range(3)]
            late = ring.open(R_NB | os.O_APPEND)
            fd = ring.open(W)
            for i in range(9):
                os.write(fd, pattern(1000, 1000 * i))
            later = ring.open(R_NB | os.O_APPEND)
            equal([r.result() for r in readers], [pattern(9000)] * 3)
            equal(len(drain(late)), 9000)
            equal(drain(later), b"")


@check("eof=1: the end comes after the last byte")
def _():
    with Made(size="4K", eof=1, latency_ns=HOUR) as ring:
        reader = Child(lambda: os.read(ring.open(R), 9) +
                       os.read(ring.fds[-1], 9)).asleep()
        fd = os.open(ring.dev, W)
        os.write(fd, b"last")
        watch = ring.open(R)
        os.close(fd)
        equal(polled(watch), 0)
        reader.asleep()
        ring.set("latency_ns", 0)
        equal(reader.result(), b"last")
        equal(polled(watch, IN, 20000), HUP)


@check("the power goes: what is on its way arrives in the next life")
def _():
    with Made(size="4K", latency_ns=HOUR) as ring:
        os.write(ring.open(W), b"kept")
        ring.set("power", 0)
        ring.set("latency_ns", 1)
        ring.set("power", 1)
        equal(os.read(ring.open(R), 9), b"kept")
    with Made(size="4K", latency_ns=HOUR) as ring:
        os.write(ring.open(W), b"gone")
        ring.set("power", 0)
        ring.set("clear", 1)
        ring.set("power", 1)
        ring.set("latency_ns", 0)
        fails(errno.EAGAIN, os.read, ring.open(R_NB), 9)


run()
