# SPDX-License-Identifier: GPL-2.0-only
"""ringchar with mode=record, and the ioctls."""

import ctypes
import errno
import fcntl
import os
import struct
import time

from checks import Child, check, equal, fails, run
from ringchardev import (IN, IOC_CLEAR, IOC_PEEK, OUT, R, R_NB, RDWR_NB, W,
                         Made, fionread, info, pattern, peek, polled)


@check("one write is one record, one read is one record")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        sent = [pattern(n, n) for n in (1, 2, 3, 1000, 100, 7)]
        for data in sent:
            equal(os.write(fd, data), len(data))
        equal(ring.stat("stored"), 1113)
        equal(ring.stat("records_in"), 6)
        equal([os.read(fd, 4096) for _ in sent], sent)
        fails(errno.EAGAIN, os.read, fd, 4096)
        equal(ring.stat("records_out"), 6)
        equal(ring.stat("high_water"), 1113)


@check("records wrap anywhere, their headers too")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        for i in range(1, 1500):
            data = pattern(i % 97 + 1, i)
            os.write(fd, data)
            if i > 20:
                j = i - 20
                equal(os.read(fd, 200), pattern(j % 97 + 1, j))


@check("too small a buffer is EMSGSIZE and the record stays")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, b"four")
        fails(errno.EMSGSIZE, os.read, fd, 3)
        equal(os.read(fd, 4), b"four")


@check("max_record is at least half the ring, goes in and comes out")
def _():
    for size in "4K", "64K", "2M":
        with Made(size=size, mode="record") as ring:
            fd = ring.open(RDWR_NB)
            limit = info(fd)["max_record"]
            assert limit >= info(fd)["size"] // 2, limit
            data = pattern(limit)
            equal(os.write(fd, data), limit)
            fails(errno.EAGAIN, os.write, fd, b"x")
            equal(os.read(fd, limit), data)
            fails(errno.EMSGSIZE, os.write, fd, data + b"x")
            equal(ring.stat("stored"), 0)
            fails(errno.EMSGSIZE, os.write, ring.open(W), data + b"x")


@check("an empty write stores nothing")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        equal(os.write(fd, b""), 0)
        fails(errno.EAGAIN, os.read, fd, 1)
        equal(ring.stat("records_in"), 0)


@check("a record that does not fit waits whole")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open()
        os.write(fd, bytes(1000))
        os.write(fd, bytes(2000))
        writer = Child(os.write, fd, pattern(3000)).asleep()
        equal(os.read(fd, 4096), bytes(1000))
        writer.asleep()
        equal(os.read(fd, 4096), bytes(2000))
        equal(writer.result(), 3000)
        equal(os.read(fd, 4096), pattern(3000))


def fill(fd):
    """Small records, as many as fit."""
    try:
        while True:
            os.write(fd, bytes(500))
    except BlockingIOError:
        pass


@check("a large record does not starve behind small ones")
def _():
    with Made(size="64K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        fill(fd)
        large = Child(os.write, ring.open(W), bytes(60000)).asleep()
        # Others write whatever is read.
        for _ in range(2000):
            try:
                if len(os.read(fd, 65536)) == 60000:
                    break
            except BlockingIOError:
                pass
            time.sleep(0.001)
            fill(fd)
        else:
            raise AssertionError("it starved")
        equal(large.result(), 60000)


@check("while it is a large one's turn who polls is not told writable")
def _():
    with Made(size="64K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        while polled(fd, OUT):
            os.write(fd, bytes(1000))
        large = Child(os.write, ring.open(W), bytes(60000)).asleep()
        # Others write whatever is read, until it is not their turn.
        for _ in range(2000):
            os.read(fd, 1000)
            time.sleep(0.002)
            fill(fd)
            if ring.stat("stored") < 50000:
                break
        assert ring.stat("stored") < 50000
        equal(polled(fd, OUT), 0)
        fails(errno.EAGAIN, os.write, fd, b"x")
        poller = Child(polled, fd, OUT, 20000).asleep()
        large.kill()
        large.result()
        equal(poller.result(), OUT)
        os.write(fd, b"x")


@check("a large record waits while nobody reads, small ones do not")
def _():
    with Made(size="64K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, bytes(10000))
        large = Child(os.write, ring.open(W), bytes(60000)).asleep()
        for _ in range(50):
            equal(os.write(fd, bytes(500)), 500)
        os.read(fd, 10000)
        equal(os.write(fd, bytes(500)), 500)
        while len(os.read(fd, 65536)) == 500:
            polled(fd, IN, 20000)
        equal(large.result(), 60000)


@check("a sleeping reader wakes for a record")
def _():
    with Made(size="4K", mode="record") as ring:
        reader = Child(os.read, ring.open(R), 100).asleep()
        os.write(ring.open(W), b"rec")
        equal(reader.result(), b"rec")


@check("writev makes one record, readv takes one")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        os.writev(fd, [b"one", b" ", b"record"])
        os.write(fd, b"two")
        parts = [bytearray(4), bytearray(20)]
        equal(os.readv(fd, parts), 10)
        equal(parts[1][:6], b"record")


@check("a bad address costs no record")
def _():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.read.argtypes = libc.write.argtypes = [
        ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        equal(libc.write(fd, 1, 10), -1)
        equal(ctypes.get_errno(), errno.EFAULT)
        os.write(fd, b"stays")
        equal(libc.read(fd, 1, 10), -1)
        equal(ctypes.get_errno(), errno.EFAULT)
        equal(os.read(fd, 10), b"stays")


@check("FIONREAD tells the next record's length")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        equal(fionread(fd), 0)
        os.write(fd, bytes(33))
        os.write(fd, bytes(44))
        equal(fionread(fd), 33)
        equal(info(fd)["next_record"], 33)
        os.read(fd, 99)
        equal(fionread(fd), 44)


@check("who was told writable can write a record of 4096 bytes")
def _():
    with Made(size="16K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        n = 0
        while polled(fd) & OUT:
            equal(os.write(fd, bytes(4096)), 4096)
            n += 1
        assert n >= 2, n
        fails(errno.EAGAIN, os.write, fd, bytes(4096))
        equal(polled(fd), IN)


@check("in the smallest ring poll says writable when it is empty")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        equal(polled(fd), OUT)
        os.write(fd, b"x")
        equal(polled(fd), IN)
        os.read(fd, 1)
        equal(polled(fd), OUT)


@check("size is live while the records fit")
def _():
    with Made(size="64K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        sent = [pattern(1000, i) for i in range(4)]
        for data in sent:
            os.write(fd, data)
        ring.set("size", "4K")
        fails(errno.EAGAIN, os.write, fd, bytes(100))
        os.write(fd, bytes(76))
        equal([os.read(fd, 4096) for _ in sent], sent)


@check("peek shows bytes and leaves them")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        fails(errno.EAGAIN, peek, fd, 10)
        os.write(fd, pattern(4000))
        os.read(fd, 3900)
        os.write(fd, pattern(900, 4000))
        for n in 1, 100, 1000, 4000:
            equal(peek(fd, n), pattern(min(n, 1000), 3900))
        equal(peek(fd, 0), b"")
        equal(ring.stat("stored"), 1000)
        equal(ring.stat("bytes_out"), 3900)


@check("peek shows a record and leaves it")
def _():
    with Made(size="4K", mode="record") as ring:
        fd = ring.open(RDWR_NB)
        fails(errno.EAGAIN, peek, fd, 10)
        os.write(fd, b"first")
        os.write(fd, b"second")
        fails(errno.EMSGSIZE, peek, fd, 4)
        equal(peek(fd, 10), b"first")
        equal(os.read(fd, 10), b"first")
        equal(peek(fd, 10), b"second")


@check("peek with a bad address is EFAULT, without reading rights EBADF")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, b"x")
        fails(errno.EFAULT, fcntl.ioctl, fd, IOC_PEEK,
              struct.pack("QII", 1, 10, 0))
        fails(errno.EFAULT, fcntl.ioctl, fd, IOC_PEEK,
              struct.pack("QII", 1 << 63, 10, 0))
        fails(errno.EFAULT, fcntl.ioctl, fd, IOC_PEEK, 1)
        fails(errno.EBADF, peek, ring.open(W), 1)


@check("clear forgets everything and wakes a writer; needs reading rights")
def _():
    for mode in "stream", "record":
        with Made(size="4K", mode=mode) as ring:
            fd = ring.open()
            os.write(fd, bytes(2000))
            os.write(fd, bytes(2000))
            writer = Child(os.write, fd, b"x" * 1000).asleep()
            fails(errno.EBADF, fcntl.ioctl, ring.open(W), IOC_CLEAR)
            fcntl.ioctl(ring.open(R), IOC_CLEAR)
            equal(writer.result(), 1000)
            equal(ring.stat("stored"), 1000)
            equal(os.read(fd, 4000), b"x" * 1000)


@check("the information ioctl tells what the knobs say")
def _():
    with Made(size="8K", mode="record", full="overwrite", read_mark=10,
              write_mark=20, eof=1) as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, bytes(100))
        found = info(ring.open(R_NB))
        equal(found["version"], 1)
        equal([found[k] for k in ("mode", "full", "eof", "size", "stored",
                                  "next_record", "read_mark", "write_mark")],
              [1, 1, 1, 8192, 100, 100, 10, 20])
        fails(errno.EFAULT, fcntl.ioctl, fd, 2 << 30 | 64 << 16 | 0xBD00, 1)


run()
