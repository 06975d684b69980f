# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# load: ringchar devices=0
"""ringchar: who waits for whom, and that nobody waits for ever."""

import errno
import fcntl
import os
import select
import struct
import time

from checks import Child, check, equal, fails, run
from ringchardev import (IN, IOC_RESIZE, OUT, R, R_NB, RDWR_NB, W, W_NB, Made,
                         drain, polled)


@check("the read mark is off while a writer sleeps, whoever else writes")
def _():
    with Made(size="8K", read_mark="8K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, bytes(5000))
        writer = Child(os.write, ring.open(W), bytes(4000)).asleep()
        os.write(fd, bytes(100))
        equal(polled(fd, IN), IN)
        reader = Child(lambda: len(os.read(ring.open(R), 8192)))
        equal(reader.result(), 5100)
        equal(writer.result(), 4000)


@check("the mark holds again when the writer has written")
def _():
    with Made(size="8K", read_mark="8K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, bytes(5000))
        writer = Child(os.write, ring.open(W), bytes(4000)).asleep()
        os.read(fd, 3000)
        equal(writer.result(), 4000)
        equal(polled(fd, IN), 0)


@check("the mark holds again when a writer has given up")
def _():
    with Made(size="8K", read_mark="8K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, bytes(5000))
        writer = Child(os.write, ring.open(W), bytes(4000)).asleep()
        equal(polled(fd, IN), IN)
        writer.kill()
        writer.result()
        equal(polled(fd, IN), 0)


@check("a poller for room makes readable what is there")
def _():
    with Made(size="8K", read_mark="8K") as ring:
        os.write(ring.open(W), bytes(5000))
        reader = Child(polled, ring.open(R), IN, 60000).asleep()
        writer = Child(polled, ring.open(W), OUT, 60000)
        equal(reader.result(), IN)
        os.read(ring.open(R), 1000)
        equal(writer.result(), OUT)


@check("a poller for both is told of one")
def _():
    with Made(size="8K", read_mark="8K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, bytes(5000))
        equal(polled(fd), IN)


@check("a write that was refused makes readable what is there")
def _():
    with Made(size="8K", read_mark="8K") as ring:
        reader = Child(lambda: len(os.read(ring.open(R), 8192))).asleep()
        fd = ring.open(W_NB)
        os.write(fd, bytes(5000))
        fails(errno.EAGAIN, os.write, fd, bytes(4000))
        equal(reader.result(), 5000)


@check("overwriting makes readable what is there")
def _():
    for mode in "record", "stream":
        with Made(size="4K", mode=mode, full="overwrite",
                  read_mark="4K") as ring:
            fd = ring.open(RDWR_NB)
            reader = Child(os.read, ring.open(R), 8192).asleep()
            for i in range(3):
                os.write(fd, bytes([i]) * 1200)
            reader.asleep()
            os.write(fd, b"\3" * 1200)
            got = reader.result()
            if mode == "record":
                equal(got, b"\1" * 1200)
                equal(len(drain(fd)), 2400)
            else:
                equal(len(got), 4096)
            os.write(fd, b"\4" * 1200)
            equal(polled(fd), OUT)


@check("who is woken in vain wakes another for whom it is enough")
def _():
    # The big one fits and is woken, but before it runs somebody takes a part.
    cpu = {min(os.sched_getaffinity(0))}
    os.sched_setaffinity(0, cpu)

    def write_late(fd, n):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        return os.write(fd, bytes(n))
    try:
        meant = 0
        while meant < 3:
            with Made(size="4K") as ring:
                fd = ring.open(RDWR_NB)
                os.write(fd, bytes(4096))
                big = Child(write_late, ring.open(W), 4096).asleep()
                small = Child(os.write, ring.open(W), bytes(64)).asleep()
                os.read(fd, 4096)
                try:
                    os.write(fd, bytes(1000))
                    meant += 1
                except BlockingIOError:
                    drain(fd)   # the big one was quicker
                equal(small.result(), 64)
                while not big.done():
                    drain(fd)
                    time.sleep(0.001)
                equal(big.result(), 4096)
    finally:
        os.sched_setaffinity(0, range(os.cpu_count()))


def resize(fd, size):
    fcntl.ioctl(fd, IOC_RESIZE, struct.pack("Q", size))


@check("what was once refused does not count for ever")
def _():
    with Made(size="1M", mode="record") as ring:
        fd, reader = ring.open(RDWR_NB), ring.open(RDWR_NB)
        os.write(reader, bytes(600000))
        fails(errno.EAGAIN, os.pwritev, fd, [bytes(600000)], -1,
              os.RWF_NOWAIT)
        os.read(reader, 600000)
        resize(fd, 65536)
        equal(polled(fd, OUT), OUT)
        os.write(reader, bytes(60000))
        equal(polled(fd, OUT), OUT)


@check("writable means that what was refused fits now")
def _():
    for flags in os.O_RDWR, RDWR_NB:
        with Made(size="64K", mode="record") as ring:
            fd, reader = ring.open(flags), ring.open(R_NB)
            for _ in range(6):
                os.write(fd, bytes(10000))
            fails(errno.EAGAIN, os.pwritev, fd, [bytes(30000)], -1,
                  os.RWF_NOWAIT)
            n = 0
            while not polled(fd, OUT):
                os.read(reader, 10000)
                n += 1
            equal(n, 3)
            equal(os.pwritev(fd, [bytes(30000)], -1, os.RWF_NOWAIT), 30000)


@check("an edge for who was refused, when it fits and not before")
def _():
    with Made(size="64K", mode="record") as ring:
        fd, reader = ring.open(RDWR_NB), ring.open(R_NB)
        epoll = select.epoll()
        epoll.register(fd, select.EPOLLOUT | select.EPOLLET)
        equal(epoll.poll(0), [(fd, OUT)])
        for _ in range(6):
            os.write(fd, bytes(10000))
        fails(errno.EAGAIN, os.write, fd, bytes(30000))
        seen = []
        for _ in range(3):
            os.read(reader, 10000)
            seen.append(len(epoll.poll(0)))
        equal(seen, [0, 0, 1])


@check("a small writer's poll does not wait for a large one's room")
def _():
    with Made(size="64K", mode="record") as ring:
        large, small = ring.open(RDWR_NB), ring.open(W_NB)
        for _ in range(6):
            os.write(small, bytes(10000))
        fails(errno.EAGAIN, os.write, large, bytes(60000))
        os.write(small, bytes(5000))
        poller = Child(polled, small, OUT, 60000).asleep()
        os.read(large, 10000)
        equal(poller.result(), OUT)


@check("an edge follows EAGAIN by a delay on purpose")
def _():
    with Made(size="16K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, b"x")
        epoll = select.epoll()
        epoll.register(fd, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
        ring.set("faults/delay", 1000000)
        for events, call in ((IN, lambda: os.read(fd, 1)),
                             (OUT, lambda: os.write(fd, b"y"))):
            while epoll.poll(0.05):
                pass
            fails(errno.EAGAIN, call)
            found = epoll.poll(20)
            equal([mask & events for _, mask in found], [events])
        ring.set("faults/delay", 0)


@check("a sleeper whose record does not fit a smaller ring learns it")
def _():
    with Made(size="64K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        for n in 10000, 10000, 10000, 30000:
            os.write(fd, bytes(n))
        writer = Child(os.write, ring.open(W), bytes(40000)).asleep()
        for _ in range(3):
            os.read(fd, 65536)
        writer.asleep()
        resize(fd, 32768)
        equal(writer.result(), -errno.EMSGSIZE)


run()
