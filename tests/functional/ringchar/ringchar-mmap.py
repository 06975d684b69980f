# SPDX-License-Identifier: GPL-2.0-only
"""ringchar mapped: claims, rules, doorbells, hostile pages, removal."""

import ctypes
import errno
import fcntl
import mmap
import os
import random
import select
import signal
import struct
import time

from checks import Child, check, equal, fails, run
from ringchardev import (CONSUMER, CONSUMER_WAITS, ERR, HEAD, HUP, IN,
                         IOC_CLEAR, IOC_RESIZE, IOC_UNCLAIM, OUT, PAGE, PRODUCER,
                         PRODUCER_WAITS, R, RDWR_NB, TAIL, W, Made, Mapping,
                         bell, claim, drain, fionread, info, pattern, peek,
                         polled)

@check("needs O_RDWR, MAP_SHARED, whole pages, full=block, the right length")
def _():
    with Made(size="64K") as ring:
        fd = ring.open()
        for flags in R, W:
            fails(errno.EACCES, mmap.mmap, ring.open(flags), PAGE,
                  mmap.MAP_SHARED, mmap.PROT_READ if flags == R
                  else mmap.PROT_WRITE)
        fails(errno.EINVAL, mmap.mmap, fd, PAGE, mmap.MAP_PRIVATE,
              mmap.PROT_READ)
        fails(errno.EINVAL, mmap.mmap, fd, 65536 + 2 * PAGE, mmap.MAP_SHARED,
              mmap.PROT_READ)
        fails(errno.EACCES, claim, ring.open(R), CONSUMER)
        for side in 0, 3, -1:
            fails(errno.EINVAL, claim, fd, side)
        ring.set("full", "overwrite")
        fails(errno.EINVAL, mmap.mmap, fd, PAGE, mmap.MAP_SHARED,
              mmap.PROT_READ)
        fails(errno.EINVAL, claim, fd, PRODUCER)


def mapped(fd, size, prot=mmap.PROT_READ):
    return mmap.mmap(fd, size, mmap.MAP_SHARED, prot)


@check("to write takes the claim, now and later")
def _():
    libc = ctypes.CDLL(None, use_errno=True)
    with Made(size="64K") as ring:
        fd, other = ring.open(), ring.open()
        claim(other, PRODUCER)
        fails(errno.EACCES, mmap.mmap, fd, PAGE)
        m = mapped(fd, PAGE)
        # Python has no address for what it may not write.
        with open("/proc/self/maps", encoding="ascii") as file:
            at = [line.split("-")[0] for line in file if ring.name in line]
        equal(len(at), 1)
        equal(libc.mprotect(ctypes.c_void_p(int(at[0], 16)),
                            ctypes.c_size_t(PAGE), 3), -1)
        equal(ctypes.get_errno(), errno.EACCES)
        m.close()
        Mapping(other, 65536).map.close()


@check("who gives the claim back writes no more")
def _():
    with Made(size="64K") as ring:
        def touch():
            fd = os.open(ring.dev, os.O_RDWR)
            claim(fd, CONSUMER)
            m = Mapping(fd, 65536)
            m.put(TAIL, 0)
            fcntl.ioctl(fd, IOC_UNCLAIM, CONSUMER)
            os.write(1, b"")
            m.put(TAIL, 1)
            return 0
        equal(Child(touch).result(), -1000 - signal.SIGBUS)
        equal(ring.stat("stored"), 0)


@check("a mapping shows nothing that others took before, or took")
def _():
    for mode in "stream", "record":
        with Made(size="4K", mode=mode) as ring:
            fd = ring.open(RDWR_NB)
            for data in pattern(3000), pattern(1000):
                os.write(fd, data)
            os.read(fd, 3000)
            m = mapped(fd, PAGE + 4096)
            held = 1000 + 4 * (mode == "record")
            equal(sum(map(bool, m[PAGE:])) <= held, True)
            os.read(fd, 1000)
            equal(m[PAGE:], bytes(4096))
            os.write(fd, pattern(4000))
            fcntl.ioctl(fd, IOC_CLEAR)
            equal(m[PAGE:], bytes(4096))
            m.close()


@check("what a mapped consumer took is not shown to the next")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, pattern(4096))
        claim(fd, CONSUMER)
        m = Mapping(fd, 4096)
        equal(m.consume(4000), pattern(4000))
        m.map.close()
        fcntl.ioctl(fd, IOC_UNCLAIM, CONSUMER)
        m = mapped(fd, PAGE + 4096)
        equal(m[PAGE:PAGE + 4000], bytes(4000))
        m.close()
        equal(drain(fd), pattern(96, 4000))


class Vec(ctypes.Structure):
    _fields_ = ("at", ctypes.c_void_p), ("n", ctypes.c_size_t)


def in_a_pipe(m, size):
    """A pipe that holds the data's pages."""
    libc = ctypes.CDLL(None, use_errno=True)
    reader, writer = os.pipe()
    at = ctypes.addressof(ctypes.c_char.from_buffer(m.map))
    vec = Vec(at + PAGE, size)
    equal(libc.vmsplice(writer, ctypes.byref(vec), ctypes.c_size_t(1), 0), size)
    return reader, writer


@check("a page that a pipe keeps shows nothing of the next life")
def _():
    with Made(size="4K") as ring:
        fd = os.open(ring.dev, os.O_RDWR)
        os.write(fd, b"kept")
        claim(fd, PRODUCER)
        m = Mapping(fd, 4096)
        reader, writer = in_a_pipe(m, 4096)
        ring.set("power", 0)
        os.close(fd)
        ring.set("power", 1)
        fd = ring.open(RDWR_NB)
        os.write(fd, b"secret")
        equal(os.read(reader, 4096), b"kept".ljust(4096, b"\0"))
        equal(drain(fd), b"keptsecret")
        os.close(reader)
        os.close(writer)


@check("a page kept when the last file that mapped is closed shows nothing new")
def _():
    with Made(size="4K") as ring:
        fd = os.open(ring.dev, os.O_RDWR | os.O_NONBLOCK)
        os.write(fd, b"kept")
        claim(fd, PRODUCER)
        m = Mapping(fd, 4096)
        reader, writer = in_a_pipe(m, 4096)
        other = ring.open(RDWR_NB)
        os.close(fd)
        m.map.close()
        os.write(other, b"secret")
        equal(os.read(reader, 4096), b"kept".ljust(4096, b"\0"))
        equal(drain(other), b"keptsecret")
        os.write(other, bytes(range(256)) * 16)
        equal(drain(other), bytes(range(256)) * 16)
        claim(other, CONSUMER)
        Mapping(other, 4096).map.close()
        os.close(reader)
        os.close(writer)


def patiently(function, *args):
    """Again while somebody maps that side."""
    while True:
        try:
            return function(*args)
        except (BlockingIOError, OSError) as e:
            if e.errno not in (errno.EBUSY, errno.EAGAIN):
                raise
            os.sched_yield()


@check("nothing is lost while others map and close")
def _():
    total, size = 400 * 512, 64

    def write(path):
        fd = os.open(path, os.O_WRONLY)
        for at in range(0, total, size):
            equal(patiently(os.write, fd, pattern(size, at)), size)
        return 0

    def come_and_go(path):
        for n in range(60):
            fd = os.open(path, os.O_RDWR)
            try:
                claim(fd, (PRODUCER, CONSUMER)[n % 2])
                Mapping(fd, 4096).map.close()
            finally:
                os.close(fd)
        return 0

    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        writer = Child(write, ring.dev)
        mapper = Child(come_and_go, ring.dev)
        got = 0
        while got < total:
            data = patiently(os.read, fd, 1000)
            equal(data, pattern(len(data), got))
            got += len(data)
        equal((writer.result(), mapper.result()), (0, 0))
        equal(fionread(fd), 0)


@check("a side is claimed once; the claim ends with the descriptor")
def _():
    with Made(size="4K") as ring:
        one, two = os.open(ring.dev, os.O_RDWR), ring.open()
        claim(one, PRODUCER)
        fails(errno.EBUSY, claim, two, PRODUCER)
        fails(errno.EBUSY, claim, one, PRODUCER)
        claim(two, CONSUMER)
        fails(errno.EINVAL, fcntl.ioctl, two, IOC_UNCLAIM, PRODUCER)
        fcntl.ioctl(two, IOC_UNCLAIM, CONSUMER)
        claim(one, CONSUMER)
        os.close(one)
        claim(two, PRODUCER)
        claim(two, CONSUMER)


@check("plain calls on a claimed side are EBUSY, sleepers learn it")
def _():
    with Made(size="4K") as ring:
        fd, other = ring.open(), ring.open()
        reader = Child(os.read, other, 1).asleep()
        claim(fd, CONSUMER)
        equal(reader.result(), -errno.EBUSY)
        fails(errno.EBUSY, os.read, other, 1)
        fails(errno.EBUSY, fcntl.ioctl, other, IOC_CLEAR)
        os.write(other, bytes(4096))
        equal(fionread(other), 4096)
        writer = Child(os.write, other, b"x").asleep()
        claim(fd, PRODUCER)
        equal(writer.result(), -errno.EBUSY)
        fails(errno.EBUSY, os.write, other, b"x")


@check("resize, mode and full are EBUSY while mapped or claimed")
def _():
    with Made(size="64K") as ring:
        fd = ring.open()

        def refused():
            fails(errno.EBUSY, ring.set, "size", "128K")
            fails(errno.EBUSY, fcntl.ioctl, fd, IOC_RESIZE,
                  struct.pack("Q", 131072))
            fails(errno.EBUSY, ring.set, "mode", "record")
            fails(errno.EBUSY, ring.set, "full", "overwrite")
        m = mapped(fd, PAGE + 65536)
        refused()
        m.close()
        claim(fd, PRODUCER)
        refused()
        fcntl.ioctl(fd, IOC_UNCLAIM, PRODUCER)
        ring.set("size", "128K")
        ring.set("mode", "record")


@check("a mapped producer, a plain reader")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        os.write(fd, pattern(3000))
        equal(os.read(fd, 3000), pattern(3000))
        claim(fd, PRODUCER)
        m = Mapping(fd, 4096)
        equal((m.get(HEAD), m.get(TAIL)), (3000, 3000))
        m.produce(pattern(4096))
        equal(ring.stat("stored"), 4096)
        equal(polled(fd, IN), IN)
        equal(os.read(fd, 5000), pattern(4096))
        equal(m.get(TAIL), 7096)
        m.map.close()


@check("a plain writer, a mapped consumer")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, pattern(1000))
        claim(fd, CONSUMER)
        m = Mapping(fd, 4096)
        equal(m.consume(600), pattern(600))
        equal(os.write(fd, pattern(3696)), 3696)
        fails(errno.EAGAIN, os.write, fd, b"x")
        equal(m.consume(400), pattern(400, 600))
        equal(m.consume(5000), pattern(3696))
        m.map.close()


@check("the page says who waits, and a doorbell wakes him")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        claim(fd, PRODUCER)
        m = Mapping(fd, 4096)
        equal(m.produce(b"x"), 0)
        equal(os.read(fd, 1), b"x")
        reader = Child(os.read, ring.open(R), 10).asleep()
        equal(m.produce(b"ring"), 1)
        assert not reader.done()
        bell(fd)
        equal(reader.result(), b"ring")
        bell(fd)
        equal(m.get(CONSUMER_WAITS), 0)
        poller = Child(polled, ring.open(R), IN, 60000).asleep()
        equal(m.produce(b"!"), 1)
        bell(fd)
        equal(poller.result(), IN)
        m.map.close()


@check("the same for a writer who waits for a mapped consumer")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        os.write(fd, bytes(4096))
        claim(fd, CONSUMER)
        m = Mapping(fd, 4096)
        equal(m.get(PRODUCER_WAITS), 0)
        writer = Child(os.write, ring.open(W), b"x").asleep()
        m.consume(100)
        equal(m.get(PRODUCER_WAITS), 1)
        bell(fd)
        equal(writer.result(), 1)
        bell(fd)
        equal(m.get(PRODUCER_WAITS), 0)
        m.map.close()


@check("epoll stays announced; every doorbell is an edge")
def _():
    with Made(size="4K") as ring:
        fd, watched = ring.open(), ring.open(R)
        claim(fd, PRODUCER)
        m = Mapping(fd, 4096)
        epoll = select.epoll()
        epoll.register(watched, select.EPOLLIN | select.EPOLLET)
        equal(epoll.poll(0), [])
        for _ in range(3):
            equal(m.produce(b"x"), 1)
            bell(fd)
            equal(epoll.poll(0), [(watched, IN)])
            equal(epoll.poll(0), [])
        # Also when nobody looked in between.
        for _ in range(3):
            equal(m.produce(b"x"), 1)
            bell(fd)
        m.map.close()


@check("a claim finds those who slept before it")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        reader = Child(os.read, ring.open(R), 10).asleep()
        claim(fd, PRODUCER)
        reader.asleep()
        m = Mapping(fd, 4096)
        equal(m.produce(b"late"), 1)
        bell(fd)
        equal(reader.result(), b"late")
        m.map.close()


@check("records through the page")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        claim(fd, PRODUCER)
        m = Mapping(fd, 4096)
        for data in b"one", b"number two":
            m.produce(struct.pack("I", len(data)) + data)
        equal(info(fd)["mode"], 1)
        equal(fionread(fd), 3)
        equal(os.read(fd, 99), b"one")
        fcntl.ioctl(fd, IOC_UNCLAIM, PRODUCER)
        equal(ring.stat("stored"), 10)
        equal(os.read(fd, 99), b"number two")
        fails(errno.EAGAIN, os.read, fd, 99)
        m.map.close()


@check("records through the page are counted by their bytes")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, b"by call")
        claim(fd, PRODUCER)
        m = Mapping(fd, 4096)
        equal((ring.stat("stored"), info(fd)["stored"]), (7, 7))
        for n in 1, 10, 100:
            m.produce(struct.pack("I", n) + bytes(n))
        equal((ring.stat("stored"), info(fd)["stored"]), (118, 118))
        equal(os.read(fd, 99), b"by call")
        equal(ring.stat("stored"), 111)
        claim(fd, CONSUMER)
        equal(m.consume(4 + 1), struct.pack("I", 1) + bytes(1))
        equal((ring.stat("stored"), info(fd)["stored"]), (110, 110))
        m.map.close()


@check("eof=1: a mapped consumer meets the end of the writers")
def _():
    with Made(size="4K", eof=1) as ring:
        fd = ring.open()
        claim(fd, CONSUMER)
        m = Mapping(fd, 4096)
        equal(polled(fd, IN), 0)
        writer = os.open(ring.dev, W)
        os.write(writer, b"last")
        equal(polled(fd, IN), IN)
        equal(m.consume(4), b"last")

        def wait():
            os.close(writer)
            return polled(fd, IN, 20000)
        poller = Child(wait).asleep()
        os.close(writer)
        equal(poller.result(), HUP)
        # Without the claim it is a writer as any that may write.
        fcntl.ioctl(fd, IOC_UNCLAIM, CONSUMER)
        equal(polled(fd, IN), 0)
        claim(fd, CONSUMER)
        equal(polled(fd, IN), HUP)
        m.map.close()


@check("eof=1: who only consumed was no writer")
def _():
    with Made(size="4K", eof=1) as ring:
        fd = os.open(ring.dev, os.O_RDWR)
        claim(fd, CONSUMER)
        os.close(fd)
        equal(polled(ring.open(R), IN), 0)


@check("eof=1: a mapped producer meets the end of the readers")
def _():
    with Made(size="4K", eof=1) as ring:
        fd = ring.open()
        claim(fd, PRODUCER)
        equal(polled(fd, OUT), OUT)
        reader = os.open(ring.dev, R)
        equal(polled(fd, OUT), OUT)
        os.close(reader)
        equal(polled(fd, OUT), OUT | ERR)


@check("eof=1: a claim of the producer's side is EBUSY to writers, not EPIPE")
def _():
    with Made(size="4K", eof=1) as ring:
        fd, other = ring.open(), ring.open(W)
        claim(fd, PRODUCER)
        fails(errno.EBUSY, os.write, other, b"x")


@check("O_ASYNC stays announced, every doorbell is a signal")
def _():
    for mine, side, step in ((CONSUMER_WAITS, PRODUCER, HEAD),
                             (PRODUCER_WAITS, CONSUMER, TAIL)):
        # Before the claim and after it.
        for late in False, True:
            with Made(size="4K") as ring:
                fd, other = ring.open(), ring.open(W if step == TAIL else R)
                os.write(fd, bytes(100))
                if late:
                    claim(fd, side)
                fcntl.fcntl(other, fcntl.F_SETOWN, os.getpid())
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGIO])
                fcntl.fcntl(other, fcntl.F_SETFL, os.O_ASYNC)
                if not late:
                    claim(fd, side)
                m = Mapping(fd, 4096)
                while signal.sigtimedwait([signal.SIGIO], 0):
                    pass
                for _ in range(3):
                    m.put(step, m.get(step) + 1)
                    equal(m.get(mine), 1)
                    bell(fd)
                    equal(bool(signal.sigtimedwait([signal.SIGIO], 20)), True)
                m.map.close()


def look_at_nothing(ring, call):
    """A ring full of what is no record, and a producer who waits for room."""
    fd = ring.open(RDWR_NB)
    claim(fd, PRODUCER)
    m = Mapping(fd, 16384)
    m.produce(bytes(16384))
    poller = Child(lambda: polled(fd, OUT, 20000)).asleep()
    result = call(fd)
    equal(poller.result(), OUT)
    equal(ring.stat("stored"), 0)
    m.map.close()
    return result


@check("who drops what is no record wakes who waits for room")
def _():
    for name, call, sees in (
            ("read", lambda fd: fails(errno.EAGAIN, os.read, fd, 99), None),
            ("FIONREAD", fionread, 0),
            ("INFO", lambda fd: info(fd)["next_record"], 0),
            ("PEEK", lambda fd: fails(errno.EAGAIN, peek, fd, 99), None)):
        with Made(size="16K", mode="record") as ring:
            equal((name, look_at_nothing(ring, call)), (name, sees))


@check("a claim that ends leaves whole records, the rest is dropped")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        claim(fd, PRODUCER)
        m = Mapping(fd, 4096)
        m.produce(struct.pack("I", 3) + b"one" + bytes(8) + b"lost")
        m.map.close()
        fcntl.ioctl(fd, IOC_UNCLAIM, PRODUCER)
        equal(ring.stat("stored"), 3)
        os.write(fd, b"two")
        equal([os.read(fd, 99), os.read(fd, 99)], [b"one", b"two"])
        fails(errno.EAGAIN, os.read, fd, 99)


@check("nonsense in the page hurts nobody else")
def _():
    rng = random.Random(1)
    for mode in "stream", "record":
        for side in PRODUCER, CONSUMER:
            with Made(size="4K", mode=mode) as ring, \
                    Made(size="4K") as neighbour:
                calm = neighbour.open(RDWR_NB)
                os.write(calm, pattern(4096))
                fd = ring.open(RDWR_NB)
                claim(fd, side)
                m = Mapping(fd, 4096)
                mine = HEAD if side == PRODUCER else TAIL
                for _ in range(100):
                    for field in range(0, 264, 4):
                        if rng.random() < 0.3:
                            m.put(field, rng.getrandbits(32))
                    m.put(mine, rng.choice([rng.getrandbits(32),
                                            m.get(HEAD) - 4096, 0, 1 << 31,
                                            m.get(TAIL) + 4096]))
                    at = PAGE + rng.randrange(4090)
                    m.map[at:at + 4] = rng.randbytes(4)
                    for call in (lambda: os.read(fd, 5000),
                                 lambda: os.write(fd, bytes(3000)),
                                 lambda: fionread(fd), lambda: info(fd),
                                 lambda: polled(fd),
                                 lambda: ring.stat("stored")):
                        try:
                            call()
                        except OSError as error:
                            assert error.errno in (
                                errno.EAGAIN, errno.EBUSY, errno.EMSGSIZE)
                assert ring.stat("stored") <= 4096
                fcntl.ioctl(fd, IOC_UNCLAIM, side)
                stored = ring.stat("stored")
                assert stored <= 4096
                got = drain(fd)
                equal(len(got), stored)
                fails(errno.EAGAIN, os.read, fd, 5000)
                os.write(fd, b"sane again")
                equal(os.read(fd, 100), b"sane again")
                equal(drain(calm), pattern(4096))
                m.map.close()


def touch_after(ring, action):
    """What a process that maps the ring gets for touching it afterwards."""
    go, gone = os.pipe(), os.pipe()

    def touch():
        fd = os.open(ring.dev, os.O_RDWR)
        claim(fd, PRODUCER)
        m = Mapping(fd, 65536)
        m.map[PAGE + 5] = 1
        m.map[0]
        os.write(go[1], b"x")
        os.read(gone[0], 1)
        return m.map[PAGE + 5]
    child = Child(touch)
    os.read(go[0], 1)
    action()
    os.write(gone[1], b"x")
    status = child.result()
    for fd in go + gone:
        os.close(fd)
    return status


@check("removal: mappings get SIGBUS, also after power is back")
def _():
    with Made(size="64K") as ring:
        equal(touch_after(ring, lambda: None), 1)
        equal(touch_after(ring, lambda: ring.set("power", 0)),
              -1000 - signal.SIGBUS)
        ring.set("power", 1)

        def flicker():
            ring.set("power", 0)
            ring.set("clear", 1)
            ring.set("power", 1)
        equal(touch_after(ring, flicker), -1000 - signal.SIGBUS)


@check("removal: claims end, the new life has its own")
def _():
    with Made(size="64K") as ring:
        old = ring.open()
        claim(old, PRODUCER)
        m = Mapping(old, 65536)
        m.produce(b"left by the old one")
        ring.set("power", 0)
        ring.set("power", 1)
        new = ring.open(RDWR_NB)
        equal(drain(new), b"left by the old one")
        fails(errno.ENODEV, claim, old, CONSUMER)
        fails(errno.ENODEV, bell, old)
        fails(errno.ENODEV, mmap.mmap, old, PAGE)
        fails(errno.ENODEV, mapped, old, PAGE)
        ring.set("size", "128K")
        claim(new, PRODUCER)
        os.close(old)
        fails(errno.EBUSY, claim, ring.open(), PRODUCER)
        m.map.close()


@check("a mapping keeps the module, a closed one does not")
def _():
    with Made(size="4K") as ring:
        fd = os.open(ring.dev, os.O_RDWR)
        m = mapped(fd, PAGE)
        os.close(fd)
        m[0]
        with open("/sys/module/ringchar/refcnt", encoding="ascii") as file:
            held = int(file.read())
        m.close()
        time.sleep(0.05)
        with open("/sys/module/ringchar/refcnt", encoding="ascii") as file:
            assert int(file.read()) < held


@check("fork shares the mapping")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        claim(fd, PRODUCER)
        m = Mapping(fd, 4096)
        equal(Child(m.produce, b"by a child").result(), 0)
        equal(os.read(fd, 99), b"by a child")
        fails(errno.EBUSY, ring.set, "size", "8K")
        m.map.close()
        fcntl.ioctl(fd, IOC_UNCLAIM, PRODUCER)
        ring.set("size", "8K")
        equal(polled(fd), OUT)


run()
