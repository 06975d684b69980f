# SPDX-License-Identifier: GPL-2.0-only
"""ringchar by epoll, O_ASYNC, splice, sendfile, and with faults on."""

import errno
import fcntl
import os
import select
import signal
import tempfile
import time

from checks import SLOW, Child, check, equal, fails, run
from ringchardev import (IN, OUT, R, R_NB, RDWR_NB, W, W_NB, Made, drain,
                         pattern)


def epoll_on(fd, events):
    epoll = select.epoll()
    epoll.register(fd, events)
    return epoll


@check("edge-triggered epoll: every write is an edge")
def _():
    with Made(size="16K") as ring:
        reader, writer = ring.open(R_NB), ring.open(W_NB)
        epoll = epoll_on(reader, select.EPOLLIN | select.EPOLLET)
        equal(epoll.poll(0), [])
        for _ in range(3):
            os.write(writer, b"x")
            equal(epoll.poll(0), [(reader, IN)])
            equal(epoll.poll(0), [])
        os.read(reader, 1)
        equal(epoll.poll(0), [])
        os.write(writer, b"y")
        equal(epoll.poll(0), [(reader, IN)])


@check("edge-triggered epoll: room is an edge")
def _():
    with Made(size="8K") as ring:
        reader, writer = ring.open(R_NB), ring.open(W_NB)
        os.write(writer, bytes(8192))
        epoll = epoll_on(writer, select.EPOLLOUT | select.EPOLLET)
        equal(epoll.poll(0), [])
        os.read(reader, 4095)
        equal(epoll.poll(0), [])
        os.read(reader, 1)
        equal(epoll.poll(0), [(writer, OUT)])


@check("level-triggered epoll goes on telling")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        epoll = epoll_on(fd, select.EPOLLIN)
        os.write(fd, b"xy")
        for _ in range(3):
            equal(epoll.poll(0), [(fd, IN)])
        os.read(fd, 9)
        equal(epoll.poll(0), [])


@check("O_ASYNC: SIGIO for data and for room")
def _():
    with Made(size="4K") as ring:
        reader, writer = ring.open(R_NB), ring.open(W_NB)
        got = []
        signal.signal(signal.SIGIO, lambda *_: got.append(1))
        for fd in reader, writer:
            fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
        try:
            fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
            os.write(writer, bytes(4096))
            equal(len(got), 1)
            fcntl.fcntl(reader, fcntl.F_SETFL, os.O_NONBLOCK)
            os.read(reader, 10)
            equal(len(got), 1)
            fcntl.fcntl(writer, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
            os.read(reader, 10)
            equal(len(got), 2)
        finally:
            signal.signal(signal.SIGIO, signal.SIG_DFL)


@check("splice from a pipe and to a pipe")
def _():
    with Made(size="64K") as ring:
        fd = ring.open(RDWR_NB)
        r, w = os.pipe()
        data = pattern(50000)
        os.write(w, data)
        moved = 0
        while moved < len(data):
            moved += os.splice(r, fd, len(data) - moved)
        equal(ring.stat("stored"), 50000)
        moved = 0
        while moved < len(data):
            moved += os.splice(fd, w, len(data) - moved)
        equal(ring.stat("stored"), 0)
        equal(os.read(r, 60000), data)
        fails(errno.EAGAIN, os.splice, fd, w, 10)
        os.close(r)
        os.close(w)


@check("splice sleeps like read and write")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        r, w = os.pipe()
        mover = Child(os.splice, fd, w, 100).asleep()
        os.write(fd, b"moved")
        equal(mover.result(), 5)
        equal(os.read(r, 10), b"moved")
        os.write(fd, bytes(4096))
        os.write(w, b"more")
        mover = Child(os.splice, r, fd, 4).asleep()
        equal(os.read(fd, 4096), bytes(4096))
        equal(mover.result(), 4)
        equal(os.read(fd, 10), b"more")
        os.close(r)
        os.close(w)


@check("a splice that sleeps for data leaves the pipe to others")
def _():
    with Made(size="64K") as ring:
        fd, (r, w) = ring.open(R), os.pipe()
        mover = Child(os.splice, fd, w, 100).asleep()
        equal(Child(os.write, w, b"first ").result(5), 6)
        equal(os.read(r, 100), b"first ")
        # As full as it can be: the splice has to wait for the pipe then.
        os.set_blocking(w, False)
        filled = 0
        try:
            while True:
                filled += os.write(w, bytes(4096))
        except BlockingIOError:
            pass
        os.write(ring.open(W), b"then")
        mover.asleep()
        equal(len(os.read(r, filled)), filled)
        equal(mover.result(), 4)
        equal(os.read(r, 100), b"then")
        os.close(r)
        os.close(w)


@check("a splice that sleeps for room leaves the pipe to others")
def _():
    for mode in "stream", "record":
        with Made(size="4K", mode=mode) as ring:
            fd, (r, w) = ring.open(W), os.pipe()
            os.write(fd, bytes(4092))
            os.write(w, b"0123456789")
            mover = Child(os.splice, r, fd, 8).asleep()
            equal(Child(os.read, r, 2).result(5), b"01")
            equal(os.write(w, b"more"), 4)
            reader = ring.open(R)
            equal(len(os.read(reader, 4092)), 4092)
            equal(mover.result(), 8)
            equal(os.read(reader, 100), b"23456789")
            equal(os.read(r, 100), b"more")
            os.close(r)
            os.close(w)


@check("a splice that is woken, and held up by its pipe, holds up nobody")
def _():
    with Made(size="4K") as ring:
        fd, (r, w) = ring.open(), os.pipe()
        mover = Child(os.splice, ring.open(R), w, 100).asleep()
        reader = Child(os.read, ring.open(R), 10).asleep()
        os.set_blocking(w, False)
        try:
            while True:
                os.write(w, bytes(4096))
        except BlockingIOError:
            pass
        os.write(fd, b"abc")
        equal(reader.result(10), b"abc")
        mover.kill()
        mover.result()
        os.close(r)
        os.close(w)
        # The other way the pipe is empty when there is room.
        r, w = os.pipe()
        os.write(fd, bytes(4096))
        os.write(w, b"0123")
        mover = Child(os.splice, r, ring.open(W), 4).asleep()
        writer = Child(os.write, ring.open(W), b"x").asleep()
        equal(os.read(r, 4), b"0123")
        os.read(fd, 4096)
        equal(writer.result(10), 1)
        mover.kill()
        mover.result()
        os.close(r)
        os.close(w)


@check("a signal ends a splice that sleeps, and so does the end of the pipe")
def _():
    with Made(size="4K") as ring:
        fd, (r, w) = ring.open(), os.pipe()
        mover = Child(os.splice, fd, w, 100).asleep()
        mover.kill()
        equal(mover.result(5), -1000 - signal.SIGKILL)

        def move():
            os.close(r)
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
            return os.splice(fd, w, 100)
        mover = Child(move).asleep()
        os.close(r)
        os.write(fd, b"x")
        equal(mover.result(5), -errno.EPIPE)
        # It was not taken for nobody.
        equal(os.read(fd, 10), b"x")
        os.write(fd, bytes(4096))
        r, v = os.pipe()
        os.write(v, b"x")
        mover = Child(os.splice, r, fd, 1).asleep()
        mover.kill()
        equal(mover.result(5), -1000 - signal.SIGKILL)
        os.close(w)
        os.close(v)
        os.close(r)


@check("sendfile sleeps as it did, and loses nothing")
def _():
    with Made(size="4K") as ring, tempfile.TemporaryFile() as file:
        file.write(pattern(20000))
        file.flush()
        mover = Child(os.sendfile, ring.open(W), file.fileno(), 0,
                      20000).asleep()
        fd, got = ring.open(R), b""
        while len(got) < 20000:
            got += os.read(fd, 1000)
        equal(got, pattern(20000))
        equal(mover.result(), 20000)


@check("splice moves records")
def _():
    with Made(size="64K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        r, w = os.pipe()
        os.write(w, b"a record")
        equal(os.splice(r, fd, 100), 8)
        os.write(fd, b"another")
        equal(os.splice(fd, w, 4096), 8)
        equal(os.read(r, 100), b"a record")
        fails(errno.EMSGSIZE, os.splice, fd, w, 3)
        equal(os.read(fd, 100), b"another")
        os.close(r)
        os.close(w)


@check("sendfile from a file, and to a pipe")
def _():
    with Made(size="64K") as ring:
        fd = ring.open(RDWR_NB)
        path = f"{os.environ['T']}/file"
        with open(path, "wb+") as file:
            file.write(pattern(30000))
            file.flush()
            moved = 0
            while moved < 30000:
                moved += os.sendfile(fd, file.fileno(), moved, 30000 - moved)
        equal(ring.stat("stored"), 30000)
        r, w = os.pipe()
        got = b""
        while len(got) < 30000:
            os.sendfile(w, fd, None, 30000 - len(got))
            got += os.read(r, 65536)
        equal(got, pattern(30000))
        os.close(r)
        os.close(w)


@check("fault error: EIO, nothing moves, counted")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, b"safe")
        ring.set("faults/error", 1000000)
        fails(errno.EIO, os.read, fd, 4)
        fails(errno.EIO, os.write, fd, b"x")
        equal(ring.get("faults/error_hits"), "2")
        ring.set("faults/error", 0)
        equal(drain(fd), b"safe")


@check("fault error: what would wait draws nothing")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        ring.set("faults/error", 1000000)
        fails(errno.EAGAIN, os.read, fd, 1)
        equal(ring.get("faults/error_hits"), "0")


@check("fault short: fewer bytes than could be, none lost")
def _():
    with Made(size="64K") as ring:
        fd = ring.open(RDWR_NB)
        ring.set("faults/short", 1000000)
        data, sent, got, calls = pattern(30000), 0, b"", 0
        while sent < len(data):
            n = os.write(fd, data[sent:sent + 1000])
            assert n >= 1
            assert n < 1000 or sent + n == len(data), n
            sent += n
            calls += 1
        while len(got) < len(data):
            left = len(data) - len(got)
            chunk = os.read(fd, 1000)
            assert len(chunk) < min(1000, left) or left == 1, len(chunk)
            got += chunk
            calls += 1
        equal(got, data)
        assert int(ring.get("faults/short_hits")) >= calls - 2


@check("fault short: records stay whole")
def _():
    with Made(size="64K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        ring.set("faults/short", 1000000)
        equal(os.write(fd, bytes(1000)), 1000)
        equal(len(os.read(fd, 1000)), 1000)


@check("fault delay: late, not wrong; EAGAIN where waiting is not allowed")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        ring.set("faults/delay", 1000000)
        start = time.monotonic()
        for _ in range(10):
            os.write(fd, b"x")
        took = time.monotonic() - start
        assert 0.01 <= took < 20 * SLOW, took
        equal(len(os.read(fd, 100)), 10)
        equal(ring.get("faults/delay_hits"), "11")
        fails(errno.EAGAIN, os.write, ring.open(W_NB), b"x")


def strikes(ring, fd, rates, n=300):
    """Which of n writes fail, from the seed on."""
    for kind, rate in rates.items():
        ring.set(f"faults/{kind}", rate)
    ring.set("faults/seed", 42)
    struck = []
    for i in range(n):
        try:
            os.write(fd, b"xx")
        except OSError:
            struck.append(i)
        drain_all(ring)
    return struck


def drain_all(ring):
    fcntl.ioctl(ring.fds[-1], 0xBD02)


@check("faults: the same seed strikes the same calls, whatever else is on")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(W)
        ring.open(R)
        first = strikes(ring, fd, {"error": 100000})
        assert 10 < len(first) < 60, first
        equal(strikes(ring, fd, {"error": 100000}), first)
        equal(strikes(ring, fd, {"error": 100000, "short": 500000}), first)
        more = strikes(ring, fd, {"error": 300000})
        assert set(first) < set(more)
        equal(ring.get("faults/error_hits"), str(len(more)))


run()
