# SPDX-License-Identifier: GPL-2.0-only
"""ringchar taken away under its users."""

import errno
import fcntl
import os
import select
import signal

from checks import Child, check, equal, fails, run
from ringchardev import (CONFIG, ERR, FIONREAD, HUP, IOC_CLEAR, IOC_INFO, IN,
                         OUT, R, RDWR_NB, Made, Ring, drain, polled)


@check("a sleeping reader wakes with ENODEV")
def _():
    with Made(size="4K") as ring:
        readers = [Child(os.read, ring.open(), 1).asleep() for _ in range(3)]
        ring.set("power", 0)
        equal([r.result() for r in readers], [-errno.ENODEV] * 3)


@check("a sleeping writer wakes with ENODEV")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        os.write(fd, bytes(4096))
        writers = [Child(os.write, fd, b"x").asleep() for _ in range(3)]
        ring.set("power", 0)
        equal([w.result() for w in writers], [-errno.ENODEV] * 3)


@check("a large write that has begun is short")
def _():
    with Made(size="4K") as ring:
        writer = Child(os.write, ring.open(), bytes(10000)).asleep()
        ring.set("power", 0)
        equal(writer.result(), 4096)


@check("sleepers in poll and epoll wake with HUP and ERR")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        os.write(fd, b"")

        def edge():
            epoll = select.epoll()
            epoll.register(fd, select.EPOLLIN | select.EPOLLET)
            return epoll.poll(60)[0][1]
        sleepers = [Child(polled, fd, IN, 60000).asleep(),
                    Child(edge).asleep()]
        ring.set("power", 0)
        equal([s.result() for s in sleepers], [HUP | ERR] * 2)


@check("O_ASYNC owners get SIGIO")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(R)

        def wait():
            signal.signal(signal.SIGIO, lambda *_: os._exit(0))
            fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(fd, fcntl.F_SETFL, os.O_ASYNC)
            signal.pause()
        owner = Child(wait).asleep()
        ring.set("power", 0)
        equal(owner.result(), None)


@check("O_ASYNC on an old descriptor hears nothing of the next life")
def _():
    with Made() as ring:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGIO])
        early, late = ring.open(), ring.open()
        for fd in early, late:
            fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(early, fcntl.F_SETFL, os.O_ASYNC)
        ring.set("power", 0)
        equal(bool(signal.sigtimedwait([signal.SIGIO], 20)), True)
        ring.set("power", 1)
        fd = ring.open()
        os.write(fd, b"x")
        os.read(fd, 1)
        equal(signal.sigtimedwait([signal.SIGIO], 0.1), None)
        fails(errno.ENODEV, fcntl.fcntl, late, fcntl.F_SETFL, os.O_ASYNC)


@check("every call on an old descriptor is ENODEV, for ever")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, b"kept")
        for power in 0, 1:
            ring.set("power", power)
            fails(errno.ENODEV, os.read, fd, 1)
            fails(errno.ENODEV, os.read, fd, 0)
            fails(errno.ENODEV, os.write, fd, b"x")
            fails(errno.ENODEV, os.write, fd, b"")
            for request in FIONREAD, IOC_INFO, IOC_CLEAR, 0xBD77:
                fails(errno.ENODEV, fcntl.ioctl, fd, request, bytes(64))
            equal(polled(fd), HUP | ERR)
        equal(drain(ring.open(RDWR_NB)), b"kept")


@check("the contents go on to the device's next life")
def _():
    with Made(size="4K") as ring:
        old = ring.open(RDWR_NB)
        os.write(old, b"one ")
        ring.set("power", 0)
        ring.set("power", 1)
        new = ring.open(RDWR_NB)
        os.write(new, b"two")
        fails(errno.ENODEV, os.read, old, 9)
        equal(drain(new), b"one two")


@check("clear under an open file of the old life")
def _():
    with Made(size="4K") as ring:
        old = ring.open(RDWR_NB)
        os.write(old, b"gone")
        ring.set("power", 0)
        ring.set("clear", 1)
        fails(errno.ENODEV, os.read, old, 9)
        ring.set("power", 1)
        equal(drain(ring.open(RDWR_NB)), b"")
        fails(errno.ENODEV, os.write, old, b"x")


@check("rmdir under open files, and the name used again")
def _():
    ring = Ring("ringchar-again")
    ring.make(size="4K")
    old = ring.open(RDWR_NB)
    reader = Child(os.read, ring.open(), 1).asleep()
    os.write(old, b"")
    os.rmdir(f"{CONFIG}/ringchar-again")
    equal(reader.result(), -errno.ENODEV)
    equal(polled(old), HUP | ERR)
    ring.make(size="8K")
    new = ring.open(RDWR_NB)
    equal(os.write(new, bytes(9000)), 8192)
    fails(errno.ENODEV, os.read, old, 1)
    os.close(old)
    equal(polled(new), IN)
    os.close(new)
    ring.remove()


@check("eof=1: who closes a dead descriptor ends nothing in the new life")
def _():
    with Made(size="4K", eof=1) as ring:
        old = os.open(ring.dev, os.O_RDWR)
        ring.set("power", 0)
        ring.set("power", 1)
        writer = ring.open(os.O_WRONLY)
        reader = Child(os.read, ring.open(R), 9).asleep()
        os.close(old)
        reader.asleep()
        os.write(writer, b"alive")
        equal(reader.result(), b"alive")


@check("a device that flickers under readers and writers")
def _():
    with Made(size="4K") as ring:
        def use(flags, call):
            gone = 0
            while gone < 20:
                try:
                    fd = os.open(ring.dev, flags)
                except (FileNotFoundError, OSError):
                    continue
                try:
                    while True:
                        call(fd)
                except OSError as error:
                    assert error.errno == errno.ENODEV, error
                    gone += 1
                finally:
                    os.close(fd)
            return gone

        users = [Child(use, os.O_RDONLY, lambda fd: os.read(fd, 700)),
                 Child(use, os.O_WRONLY, lambda fd: os.write(fd, bytes(900))),
                 Child(use, os.O_WRONLY, lambda fd: os.write(fd, bytes(9000)))]
        while not all(u.done() for u in users):
            ring.set("power", 0)
            ring.set("power", 1)
        equal([u.result() for u in users], [20] * 3)
        ring.set("power", 0)
        ring.set("power", 1)
        equal(polled(ring.open(), OUT | IN) != 0, True)


run()
