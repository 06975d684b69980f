# SPDX-License-Identifier: GPL-2.0-only
# targets: uml* x86-* stock-*
# load: ringchar devices=0
"""ringchar with readers=each: every open file reads everything."""

import errno
import fcntl
import mmap
import os
import select
import signal
import struct

from checks import SLOW, Child, check, equal, fails, run
from ringchardev import (CONSUMER, HEAD, HUP, IN, IOC_CLEAR, IOC_INFO, OUT,
                         PAGE, PRODUCER, R, R_NB, TAIL, W, W_NB, Made,
                         claim, drain, fionread, pattern, peek,
                         polled)

TAIL_HIGH, TAIL_HIGH_AGAIN = 264, 268


def lost(fd):
    raw = fcntl.ioctl(fd, IOC_INFO, b"\0" * 64)
    return struct.unpack_from("=QI", raw, 48)


def modes():
    for mode in "stream", "record":
        for full in "block", "overwrite":
            yield dict(mode=mode, full=full, readers="each")


@check("the knob: share or each, EBUSY on a ring in use")
def _():
    with Made(size="4K") as ring:
        equal(ring.get("readers"), "share")
        for bad in "", "x", "1", "each,share":
            fails(errno.EINVAL, ring.set, "readers", bad)
        fd = os.open(ring.dev, W)
        fails(errno.EBUSY, ring.set, "readers", "each")
        ring.set("readers", "share")
        os.write(fd, b"x")
        os.close(fd)
        fails(errno.EBUSY, ring.set, "readers", "each")
        equal(ring.get("readers"), "share")
        fd = os.open(ring.dev, R)
        os.read(fd, 1)
        os.close(fd)
        ring.set("readers", "each")
        equal(ring.get("readers"), "each")
        fd = ring.open(R)
        equal(struct.unpack_from("I", fcntl.ioctl(fd, IOC_INFO, bytes(64)),
                                 44)[0], 1)
        fails(errno.EBUSY, ring.set, "readers", "share")


@check("each of many readers reads everything")
def _():
    for knobs in modes():
        with Made(size="64K", **knobs) as ring:
            readers = [ring.open(R_NB) for _ in range(5)]
            sent = [pattern(n, n) for n in (1, 10, 100, 1000)]
            for data in sent:
                os.write(ring.open(W), data)
            for fd in readers:
                if knobs["mode"] == "record":
                    equal([os.read(fd, 5000) for _ in sent], sent)
                    fails(errno.EAGAIN, os.read, fd, 1)
                else:
                    equal(os.read(fd, 7), b"".join(sent)[:7])
                    equal(drain(fd), b"".join(sent)[7:])
            held = 0 if knobs["full"] == "block" else 1111
            equal(ring.stat("stored"), held)
            equal(ring.stat("bytes_out"), 5 * 1111)


@check("from the oldest byte held at open, with O_APPEND from the newest")
def _():
    for knobs in modes():
        with Made(size="4K", **knobs) as ring:
            os.write(ring.open(W), b"old")
            oldest = ring.open(R_NB)
            newest = ring.open(R_NB | os.O_APPEND)
            equal(fionread(oldest), 3)
            equal(fionread(newest), 0)
            os.write(ring.open(W), b"new")
            first = os.read(oldest, 100)
            if knobs["mode"] == "record":
                equal(first + b"," + os.read(oldest, 100), b"old,new")
            else:
                equal(first, b"oldnew")
            equal(os.read(newest, 100), b"new")


@check("full=block: the slowest reader holds the writer up")
def _():
    for mode in "stream", "record":
        with Made(size="8K", mode=mode, readers="each") as ring:
            fast, slow = ring.open(R_NB), ring.open(R_NB)
            fd = ring.open(W_NB)
            os.write(fd, bytes(4000))
            os.write(fd, bytes(4000))
            equal(len(drain(fast)), 8000)
            equal(polled(fd, OUT), 0)
            fails(errno.EAGAIN, os.write, fd, bytes(4000))
            writer = Child(os.write, ring.open(W), bytes(4000)).asleep()
            os.read(slow, 4000)
            equal(writer.result(), 4000)
            equal(len(drain(slow)), 8000)
            equal(len(drain(fast)), 4000)
            equal(ring.stat("stored"), 0)
            equal(ring.stat("dropped_bytes"), 0)


@check("full=block: a reader that is killed holds nobody up")
def _():
    with Made(size="4K", readers="each") as ring:
        fast = ring.open(R_NB)

        def stop():
            fd = os.open(ring.dev, R)
            os.read(fd, 1)
            signal.pause()
        slow = Child(stop).asleep()
        fd = ring.open(W)
        os.write(fd, bytes(4096))
        slow.asleep()
        drain(fast)
        writer = Child(os.write, fd, bytes(4000)).asleep()
        slow.kill()
        equal(writer.result(), 4000)
        slow.result()
        os.close(fast)
        fast = None
        # Nobody reads: nobody waits.
        equal(Child(os.write, fd, bytes(9000)).result(), 9000)


@check("without readers writes do not wait, and the newest is kept")
def _():
    for mode in "stream", "record":
        with Made(size="4K", mode=mode, readers="each") as ring:
            fd = ring.open(W_NB)
            for i in range(10):
                equal(os.write(fd, bytes([i]) * 1000), 1000)
            equal(polled(fd, OUT), OUT)
            reader = ring.open(R_NB)
            got = drain(reader)
            equal(got[-1000:], b"\x09" * 1000)
            equal(len(got), 4096 if mode == "stream" else 4000)
            equal(ring.stat("dropped_bytes"), 10000 - len(got))
            equal(lost(reader), (0, 0))


@check("a reader comes while a writer sleeps or the ring is full")
def _():
    with Made(size="4K", readers="each") as ring:
        fd = ring.open(W_NB)
        os.write(fd, pattern(4096))
        reader = ring.open(R_NB)
        fails(errno.EAGAIN, os.write, fd, b"x")
        equal(polled(fd, OUT), 0)
        late = ring.open(R_NB)
        equal(os.read(reader, 4096), pattern(4096))
        fails(errno.EAGAIN, os.write, fd, b"x")
        equal(os.read(late, 4096), pattern(4096))
        equal(os.write(fd, b"x"), 1)


@check("full=overwrite: EPIPE once when overtaken, then the oldest, counted")
def _():
    with Made(size="4K", full="overwrite", readers="each") as ring:
        slow, fast = ring.open(R_NB), ring.open(R_NB)
        fd = ring.open(W)
        os.write(fd, pattern(4096))
        equal(os.read(slow, 96), pattern(96))
        equal(os.read(fast, 4096), pattern(4096))
        os.write(fd, pattern(1000, 4096))
        equal(polled(slow, IN), IN)
        equal(lost(slow), (904, 0))
        fails(errno.EPIPE, os.read, slow, 4096)
        equal(os.read(slow, 5000), pattern(4096, 1000))
        fails(errno.EAGAIN, os.read, slow, 1)
        equal(lost(slow), (904, 0))
        equal(os.read(fast, 5000), pattern(1000, 4096))
        equal(lost(fast), (0, 0))


@check("full=overwrite: the same in records")
def _():
    with Made(size="4K", mode="record", full="overwrite",
              readers="each") as ring:
        slow, fast = ring.open(R_NB), ring.open(R_NB)
        fd = ring.open(W)
        for i in range(3):
            os.write(fd, bytes([i]) * 1200)
        equal(os.read(slow, 5000), b"\0" * 1200)
        for i in range(3, 6):
            os.write(fd, bytes([i]) * 1200)
        equal(lost(slow), (2400, 2))
        fails(errno.EPIPE, os.read, slow, 5000)
        for i in range(3, 6):
            equal(os.read(slow, 5000), bytes([i]) * 1200)
        equal(lost(slow), (2400, 2))
        fails(errno.EPIPE, os.read, fast, 5000)
        equal(lost(fast), (3600, 3))


@check("overtaken again and again: what was read and what was lost is all")
def _():
    for mode in "stream", "record":
        with Made(size="16K", mode=mode, full="overwrite",
                  readers="each") as ring:
            n, size = 3000 // SLOW, 1000

            def write():
                fd = os.open(ring.dev, W)
                for i in range(n):
                    os.write(fd, struct.pack("I", i) * (size // 4))
                os.write(fd, struct.pack("I", n) * (size // 4))
                return 0

            def read():
                fd = os.open(ring.dev, R)
                got, last = 0, -1
                while last < n:
                    try:
                        data = os.read(fd, size)
                    except BrokenPipeError:
                        continue
                    got += len(data)
                    # Words may be cut where bytes were lost, records not.
                    if mode == "record":
                        word, = struct.unpack_from("I", data)
                        if data != struct.pack("I", word) * (size // 4):
                            raise OSError(errno.EILSEQ, "mixed")
                        if word <= last:
                            raise OSError(errno.ERANGE, "order")
                        last = word
                    elif data[-4:] == struct.pack("I", n):
                        last = n
                    while last == n and fionread(fd):
                        got += len(os.read(fd, size))
                return got + lost(fd)[0] - (n + 1) * size
            readers = [Child(read).asleep() for _ in range(3)]
            equal(Child(write).result(60), 0)
            equal([r.result(60) for r in readers], [0, 0, 0])


@check("many readers and writers, full=block: everybody hears everything")
def _():
    for mode in "stream", "record":
        with Made(size="4K", mode=mode, readers="each") as ring:
            n = 1500 // SLOW

            def write(seed):
                fd = os.open(ring.dev, W)
                for i in range(n):
                    os.write(fd, bytes([seed]) * (i % 300 + 1))
                return 0

            def read(total):
                got = 0
                fd = os.open(ring.dev, R)
                while got < total:
                    got += len(os.read(fd, 500))
                return got
            total = 2 * sum(i % 300 + 1 for i in range(n))
            readers = [Child(read, total).asleep() for _ in range(3)]
            writers = [Child(write, seed) for seed in (1, 2)]
            equal([w.result(60) for w in writers], [0, 0])
            equal([r.result(60) for r in readers], [total] * 3)
            equal(ring.stat("stored"), 0)


@check("lseek to the oldest and the newest, all else is ESPIPE")
def _():
    for knobs in modes():
        with Made(size="4K", **knobs) as ring:
            fd = ring.open(R_NB)
            holder = ring.open(R_NB)
            os.write(ring.open(W), b"abc")
            equal(os.read(fd, 10), b"abc")
            equal(os.lseek(fd, 0, os.SEEK_SET), 0)
            equal(os.read(fd, 10), b"abc")
            os.write(ring.open(W), b"def")
            equal(os.lseek(fd, 0, os.SEEK_END), 0)
            fails(errno.EAGAIN, os.read, fd, 1)
            os.write(ring.open(W), b"ghi")
            equal(os.read(fd, 10), b"ghi")
            for offset, whence in ((1, os.SEEK_SET), (-1, os.SEEK_END),
                                   (0, os.SEEK_CUR), (0, 3), (0, 4)):
                fails(errno.ESPIPE, os.lseek, fd, offset, whence)
            fails(errno.ESPIPE, os.lseek, ring.open(W), 0, os.SEEK_END)
            fails(errno.ESPIPE, os.pread, fd, 1, 0)
            equal(lost(fd), (0, 0))
            os.lseek(holder, 0, os.SEEK_END)
            if knobs["full"] == "block":
                equal(ring.stat("stored"), 0)
    with Made(size="4K") as ring:
        fails(errno.ESPIPE, os.lseek, ring.open(R), 0, os.SEEK_END)


@check("a jump to the newest lets the writer go on")
def _():
    with Made(size="4K", readers="each") as ring:
        fd = ring.open(R)
        os.write(ring.open(W), bytes(4096))
        writer = Child(os.write, ring.open(W), b"x").asleep()
        os.lseek(fd, 0, os.SEEK_END)
        equal(writer.result(), 1)
        equal(os.read(fd, 10), b"x")


@check("one write wakes all sleepers and pollers, and is an edge for each")
def _():
    with Made(size="4K", readers="each") as ring:
        readers = [Child(os.read, ring.open(R), 10).asleep()
                   for _ in range(3)]
        pollers = [Child(polled, ring.open(R), IN, 60000).asleep()
                   for _ in range(3)]
        epoll = select.epoll()
        watched = [ring.open(R) for _ in range(2)]
        for fd in watched:
            epoll.register(fd, select.EPOLLIN | select.EPOLLET)
        for _ in range(2):
            os.write(ring.open(W), b"now")
            equal(sorted(epoll.poll(0)), [(fd, IN) for fd in sorted(watched)])
            equal(epoll.poll(0), [])
        assert all(r.result() in (b"now", b"nownow") for r in readers)
        equal([p.result() for p in pollers], [IN] * 3)


@check("marks count what the file has not read")
def _():
    with Made(size="8K", readers="each", read_mark=100) as ring:
        one, two = ring.open(R_NB), ring.open(R_NB)
        os.write(ring.open(W), bytes(99))
        equal([polled(one, IN), polled(two, IN)], [0, 0])
        equal(len(os.read(one, 50)), 50)
        os.write(ring.open(W), bytes(1))
        equal([polled(one, IN), polled(two, IN)], [0, IN])
        os.write(ring.open(W_NB), bytes(8192))
        equal([polled(one, IN), polled(two, IN)], [IN, IN])


@check("peek, FIONREAD and clear are the file's own, or everybody's")
def _():
    for knobs in modes():
        with Made(size="4K", **knobs) as ring:
            one, two = ring.open(R_NB), ring.open(R_NB)
            os.write(ring.open(W), b"first")
            os.write(ring.open(W), b"second")
            equal(os.read(one, 5), b"first")
            equal(peek(one, 6), b"second")
            equal(peek(two, 5), b"first")
            equal(fionread(one), 6)
            equal(fionread(two), 5 if knobs["mode"] == "record" else 11)
            fcntl.ioctl(one, IOC_CLEAR)
            equal([fionread(one), fionread(two)], [0, 0])
            equal(lost(two), (0, 0))
            os.write(ring.open(W), b"third")
            equal([os.read(one, 9), os.read(two, 9)], [b"third"] * 2)


@check("eof=1: the end is each file's own")
def _():
    with Made(size="4K", readers="each", eof=1) as ring:
        one, two = ring.open(R), ring.open(R)
        fd = os.open(ring.dev, W)
        os.write(fd, b"last")
        equal(os.read(one, 9), b"last")
        os.close(fd)
        equal(os.read(one, 9), b"")
        equal(polled(one, IN), HUP)
        equal(polled(two, IN), HUP | IN)
        equal(os.read(two, 9), b"last")
        equal(os.read(two, 9), b"")


@check("splice takes from the file's own position")
def _():
    with Made(size="64K", readers="each") as ring:
        one, two = ring.open(R_NB), ring.open(R_NB)
        os.write(ring.open(W), pattern(5000))
        reader, writer = os.pipe()
        equal(os.splice(one, writer, 5000), 5000)
        equal(os.read(reader, 5000), pattern(5000))
        equal(os.sendfile(writer, two, None, 4096), 4096)
        equal(os.read(reader, 5000), pattern(4096))
        equal(ring.stat("stored"), 904)
        os.write(writer, b"by splice")
        equal(os.splice(reader, ring.open(W), 9), 9)
        equal(os.read(one, 10), b"by splice")
        os.close(reader)
        os.close(writer)


@check("the power goes: readers of the old life hold up nobody in the new")
def _():
    with Made(size="4K", readers="each") as ring:
        old = ring.open(R)
        sleeper = Child(lambda: os.read(old, 10) + os.read(old, 10))
        os.write(ring.open(W), b"x")
        sleeper.asleep()
        ring.set("power", 0)
        equal(sleeper.result(), -errno.ENODEV)
        ring.set("power", 1)
        fails(errno.ENODEV, os.lseek, old, 0, os.SEEK_END)
        fd = ring.open(W)
        equal(Child(os.write, fd, bytes(9000)).result(), 9000)
        new = ring.open(R_NB)
        os.close(old)
        equal(len(drain(new)), 4096)


@check("size, full and mode change under readers as far as they may")
def _():
    with Made(size="8K", readers="each") as ring:
        slow, fast = ring.open(R_NB), ring.open(R_NB)
        fd = ring.open(W_NB)
        os.write(fd, pattern(6000))
        os.read(fast, 4000)
        fails(errno.EBUSY, ring.set, "size", "4K")
        fails(errno.EBUSY, ring.set, "mode", "record")
        ring.set("size", "16K")
        equal(os.read(slow, 3000), pattern(3000))
        ring.set("size", "4K")
        ring.set("full", "overwrite")
        os.write(fd, pattern(4096, 6000))
        fails(errno.EPIPE, os.read, slow, 1)
        # Who was overtaken and has not heard of it holds nobody up twice.
        ring.set("full", "block")
        equal(os.read(slow, 5000), pattern(4096, 6000))
        equal(lost(slow), (3000, 0))
        fails(errno.EAGAIN, os.write, fd, bytes(4096))
        fails(errno.EPIPE, os.read, fast, 1)
        equal(lost(fast), (2000, 0))
        equal(os.read(fast, 5000), pattern(4096, 6000))
        equal(os.write(fd, bytes(4096)), 4096)


class Follower:
    """What <softdev/ringchar_map.h> says a mapped reader does."""

    def __init__(self, fd, size):
        self.fd, self.size = fd, size
        self.map = mmap.mmap(fd, PAGE + size, mmap.MAP_SHARED, mmap.PROT_READ)
        self.pos, self.lost = self.tail(), 0

    def get(self, field):
        return struct.unpack_from("I", self.map, field)[0]

    def tail(self):
        while True:
            again, low = self.get(TAIL_HIGH_AGAIN), self.get(TAIL)
            if self.get(TAIL_HIGH) == again:
                return again << 32 | low

    def read(self):
        """None if it was overtaken."""
        n = (self.get(HEAD) - self.pos) & 0xffffffff
        at = self.pos % self.size
        data = b""
        if n <= self.size:
            data = self.map[PAGE + at:PAGE + min(self.size, at + n)]
            data += self.map[PAGE:PAGE + n - len(data)]
        tail = self.tail()
        if tail > self.pos:
            self.lost += tail - self.pos
            self.pos = tail
            return None
        self.pos += n
        return data


@check("any number of readers map the ring read-only, and follow it")
def _():
    for full in "block", "overwrite":
        with Made(size="64K", full=full, readers="each") as ring:
            fd = ring.open(W_NB)
            os.write(fd, b"before")
            followers = [Follower(ring.open(R), 65536) for _ in range(3)]
            equal([f.read() for f in followers], [b"before"] * 3)
            os.write(fd, b"after")
            equal([f.read() for f in followers], [b"after"] * 3)
            equal([f.read() for f in followers], [b""] * 3)
            # They hold nobody up: 200000 bytes go through 65536.
            for i in range(50):
                equal(os.write(fd, pattern(4000, 4000 * i)), 4000)
            for f in followers:
                equal(f.read(), None)
                equal(f.lost, 200000 - 65536)
                equal(f.read(), pattern(65536, 200000 - 65536))
                f.map.close()


@check("a mapping to write, and a claim, are refused")
def _():
    with Made(size="64K", readers="each") as ring:
        fd = ring.open()
        fails(errno.EACCES, mmap.mmap, fd, PAGE)
        for side in PRODUCER, CONSUMER:
            fails(errno.EINVAL, claim, fd, side)
        m = mmap.mmap(fd, PAGE, mmap.MAP_SHARED, mmap.PROT_READ)
        fails(errno.EBUSY, ring.set, "size", "128K")
        m.close()
        ring.set("size", "128K")


@check("a file that maps holds the writer up no longer")
def _():
    with Made(size="4K", readers="each") as ring:
        fd = ring.open(R)
        os.write(ring.open(W), bytes(4096))
        writer = Child(os.write, ring.open(W), b"x").asleep()
        m = mmap.mmap(fd, PAGE, mmap.MAP_SHARED, mmap.PROT_READ)
        equal(writer.result(), 1)
        m.close()


@check("a follower waits by lseek and poll")
def _():
    with Made(size="4K", readers="each") as ring:
        fd = ring.open(R)
        follower = Follower(fd, 4096)
        os.write(ring.open(W), b"one")
        equal(follower.read(), b"one")
        os.lseek(fd, 0, os.SEEK_END)
        equal(polled(fd, IN), 0)
        poller = Child(polled, fd, IN, 60000).asleep()
        os.write(ring.open(W), b"two")
        equal(poller.result(), IN)
        equal(follower.read(), b"two")
        follower.map.close()


@check("a follower never believes what was overwritten while it copied")
def _():
    with Made(size="16K", mode="stream", full="overwrite",
              readers="each") as ring:
        stop = os.pipe()

        def write():
            fd = os.open(ring.dev, W)
            i = 0
            while not select.select([stop[0]], [], [], 0)[0]:
                for _ in range(50):
                    os.write(fd, struct.pack("<1024I", *range(i, i + 1024)))
                    i = (i + 1024) & 0xffffffff
            return 0
        follower = Follower(ring.open(R), 16384)
        writer = Child(write)
        read = overtaken = 0
        while read < 300 // SLOW or overtaken < 10:
            data = follower.read()
            if data is None:
                overtaken += 1
                continue
            if not data:
                continue
            read += 1
            first, = struct.unpack_from("<I", data)
            words = len(data) // 4
            equal(data, struct.pack(f"<{words}I",
                                    *range(first, first + words)))
        os.write(stop[1], b"x")
        equal(writer.result(), 0)
        follower.map.close()


@check("the power goes: a follower gets SIGBUS")
def _():
    with Made(size="4K", readers="each") as ring:
        go = os.pipe()

        def follow():
            f = Follower(os.open(ring.dev, R), 4096)
            os.read(go[0], 1)
            return len(f.read())
        child = Child(follow).asleep()
        ring.set("power", 0)
        os.write(go[1], b"x")
        equal(child.result(), -1000 - signal.SIGBUS)


run()
