# SPDX-License-Identifier: GPL-2.0-only
"""pseudo: random."""

import errno
import fcntl
import os
import select
import signal
import zlib

from checks import check, equal, fails, run
from pseudodev import PAGE, Edge, Opened, knob, read_to, write_from


@check("reads of any length are whole and differ")
def _():
    seen = set()
    with Opened("random") as fd:
        for length in (0, 1, 31, 32, 33, 255, 256, 257, 4095, 4096, 4097,
                       65537, 1 << 20):
            data = os.read(fd, length)
            equal(len(data), length)
            if length >= 31:
                again = os.pread(fd, length, 0)
                equal(again != data, True)
                seen.add(data[:31])
                seen.add(again[:31])
    equal(len(seen), 22)


@check("they do not compress, and every byte is as likely as any other")
def _():
    with Opened("random") as fd:
        data = os.read(fd, 1 << 19)
    equal(len(zlib.compress(data)) >= len(data), True)
    counts = [0] * 256
    for byte in data:
        counts[byte] += 1
    want = len(data) / 256
    chi = sum((count - want) ** 2 / want for count in counts)
    # 255 degrees of freedom: outside this about once in 10^9 runs.
    equal(130 < chi < 410, True)


@check("no block of the key stream comes twice")
def _():
    with Opened("random") as fd:
        data = os.read(fd, 1 << 20) + b"".join(os.read(fd, 64)
                                               for _ in range(200))
    blocks = {data[at:at + 16] for at in range(0, len(data), 16)}
    equal(len(blocks), len(data) // 16)


@check("what is written is taken and credited nothing")
def _():
    def credited():
        with open("/proc/sys/kernel/random/entropy_avail",
                  encoding="ascii") as file:
            return int(file.read())

    before = credited()
    with Opened("random") as fd:
        for length in (0, 1, 256, 257, 5000):
            equal(os.write(fd, bytes(length)), length)
            equal(os.pwrite(fd, bytes(length), 99), length)
        equal(os.writev(fd, [b"abc", b"", b"defg"]), 7)
    equal(credited() <= max(before, 256), True)


@check("it is always ready, blocking or not")
def _():
    with Opened("random", os.O_RDWR | os.O_NONBLOCK) as fd:
        equal(len(os.read(fd, 5000)), 5000)
        poll = select.poll()
        poll.register(fd, select.POLLIN | select.POLLOUT | select.POLLPRI)
        equal(poll.poll(0), [(fd, select.POLLIN | select.POLLOUT)])
        data = bytearray(5000)
        equal(os.preadv(fd, [data], 0, os.RWF_NOWAIT) > 0, True)
        epoll = select.epoll()
        epoll.register(fd, select.EPOLLIN)
        equal(epoll.poll(0), [(fd, select.EPOLLIN)])
        epoll.close()


@check("it has no RND ioctls")
def _():
    with Opened("random") as fd:
        for number in (0x80045200, 0x40045201, 0x80085202, 0x40085203,
                       0x5204, 0x5206, 0x5207):
            fails(errno.ENOTTY, fcntl.ioctl, fd, number, bytes(64))


@check("seeking goes nowhere, as in /dev/random")
def _():
    theirs = os.open("/dev/random", os.O_RDWR)
    with Opened("random") as fd:
        for offset, whence in ((0, 0), (5, 0), (-5, 0), (9, 1), (0, 2)):
            equal(os.lseek(fd, offset, whence),
                  os.lseek(theirs, offset, whence))
        os.read(fd, 10)
        equal(os.lseek(fd, 0, os.SEEK_CUR), 0)
    os.close(theirs)


@check("memory that may not be touched: EFAULT, or what was done before")
def _():
    edge = Edge(4)
    with Opened("random") as fd:
        fails(errno.EFAULT, read_to, fd, edge.start + edge.length, 100)
        fails(errno.EFAULT, write_from, fd, edge.start + edge.length, 100)
        for length in (100, PAGE + 1, 3 * PAGE + 5):
            address = edge.fill(bytes(length))
            equal(0 < read_to(fd, address, length + 999) <= length, True)
            equal(0 < write_from(fd, address, length + 999) <= length, True)
    edge.free()


@check("a signal ends a long read early")
def _():
    old = signal.signal(signal.SIGALRM, lambda *_: None)
    # Again and again: the first may come before the read begins.
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    with Opened("random") as fd:
        data = bytearray(1 << 20)
        count = os.readv(fd, [data] * 256)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, old)
    equal(0 < count < 256 << 20, True)


@check("sendfile and splice carry it both ways")
def _():
    reader, writer = os.pipe()
    with Opened("random") as fd:
        equal(os.splice(fd, writer, 3000), 3000)
        data = os.read(reader, 3000)
        equal(len(set(data)) > 200, True)
        os.write(writer, data)
        equal(os.splice(reader, fd, 3000), 3000)
    os.close(reader)
    os.close(writer)


@check("counters count bytes and calls")
def _():
    names = ("reads", "writes", "bytes_read", "bytes_written")
    before = [knob("random", f"stats/{name}") for name in names]
    with Opened("random") as fd:
        os.read(fd, 1000)
        os.read(fd, 50000)
        os.write(fd, bytes(77))
    after = [knob("random", f"stats/{name}") for name in names]
    equal([b - a for a, b in zip(before, after)], [2, 1, 51000, 77])


run()
