# SPDX-License-Identifier: GPL-2.0-only
"""pseudo: the pattern by every kind of call; loaded with seed=7."""

import errno
import fcntl
import os
import pwd
import signal
import struct
import threading
import time

from checks import Child, check, equal, fails, run
from pseudodev import (GET_DIFFERENCE, GET_SEED, PAGE, SET_SEED, Edge, Opened,
                       dev, knob, pattern, read_to, turn, write_from)

END = (1 << 63) - 1


def seed_of(fd):
    return struct.unpack("=Q", fcntl.ioctl(fd, GET_SEED, bytes(8)))[0]


def set_seed(fd, seed):
    fcntl.ioctl(fd, SET_SEED, struct.pack("=Q", seed))


def difference(fd):
    """offset, seed, expected, found"""
    raw = fcntl.ioctl(fd, GET_DIFFERENCE, bytes(88))
    offset, seed, count, zero = struct.unpack("=QQII", raw[:24])
    equal(zero, 0)
    return offset, seed, raw[24:24 + count], raw[56:56 + count]


def where(fd):
    return os.lseek(fd, 0, os.SEEK_CUR)


def spoilt(data, at):
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]


@check("the bytes are the published ones")
def _():
    vectors = (
        (0, 0, "04893ed0261af2102555cb1a276044a5"),
        (1, 0, "661d515db1680636a8f8fba4f8255a15"),
        (0, 4093, "4aad49b663b4370376df924fe0f38f20"),
        (0x123456789ABCDEF, 1 << 40, "9cb71700d21479d4396516cd1033d77b"),
        ((1 << 64) - 1, END - 16, "1668ff312e9e1415d52486271da68d88"),
    )
    with Opened("pattern") as fd:
        for seed, position, want in vectors:
            set_seed(fd, seed)
            got = os.pread(fd, 16, position)
            equal(got.hex(), want)


@check("the bytes are a function of seed and offset, at any length")
def _():
    with Opened("pattern") as fd:
        whole = pattern(7, 0, 20000)
        equal(os.read(fd, 20000), whole)
        for start in (0, 1, 7, 8, 4090, 4095, 4096, 9999):
            for length in (0, 1, 7, 8, 9, 255, 256, 257, 4096, 5000):
                equal(os.pread(fd, length, start),
                      whole[start:start + length])
        os.lseek(fd, 0, os.SEEK_SET)
        pieces = b"".join(os.read(fd, 1 + 13 * n) for n in range(30))
        equal(pieces, whole[:len(pieces)])
        equal(where(fd), len(pieces))


@check("what was read passes, in pieces of any size")
def _():
    with Opened("pattern") as fd:
        data = os.pread(fd, 300000, 3)
        os.lseek(fd, 3, os.SEEK_SET)
        done = 0
        for length in (0, 1, 8, 255, 256, 257, 4095, 4096, 4097, 100001):
            equal(os.write(fd, data[done:done + length]), length)
            done += length
            equal(where(fd), 3 + done)
        equal(os.pwrite(fd, data[5:70000], 8), 69995)
        equal(os.writev(fd, [data[done:done + 10], b"", data[done + 10:]]),
              len(data) - done)


@check("any byte that differs: EIO, and the position stays")
def _():
    with Opened("pattern") as fd:
        for start, length in ((0, 1), (5, 64), (0, 4096), (4001, 100000)):
            data = os.pread(fd, length, start)
            for at in {0, length // 3, length // 2, length - 1}:
                os.lseek(fd, start, os.SEEK_SET)
                count = knob("pattern", "stats/mismatches")
                fails(errno.EIO, os.write, fd, spoilt(data, at))
                equal(where(fd), start)
                fails(errno.EIO, os.pwrite, fd, spoilt(data, at), start)
                equal(knob("pattern", "stats/mismatches"), count + 2)
                equal(knob("pattern", "stats/last_difference"), start + at)
                show = min(32, length - at)
                offset, seed, want, found = difference(fd)
                equal((offset, seed), (start + at, 7))
                equal(want[:1], data[at:at + 1])
                equal(found[:1], spoilt(data, at)[at:at + 1])
                equal(want, data[at:at + len(want)])
                equal(found, spoilt(data, at)[at:at + len(found)])
                equal(0 < len(want) <= show, True)


@check("the first of several differences is the one told")
def _():
    with Opened("pattern") as fd:
        data = os.pread(fd, 20000, 0)
        fails(errno.EIO, os.pwrite, fd,
              spoilt(spoilt(data, 11111), 11222), 0)
        equal(difference(fd)[0], 11111)
        fails(errno.EIO, os.pwrite, fd, data, 1)
        equal(difference(fd)[0] < 8, True)


@check("a difference is told to the file that wrote, and kept")
def _():
    with Opened("pattern") as one, Opened("pattern") as two:
        fails(errno.ENODATA, difference, one)
        fails(errno.EIO, os.pwrite, one, bytes(9), 800)
        equal(difference(one)[2:], (pattern(7, 800, 9), bytes(9)))
        fails(errno.ENODATA, difference, two)
        equal(os.pwrite(one, pattern(7, 0, 99), 0), 99)
        equal(difference(one)[0], 800)
        twin = os.dup(one)
        equal(difference(twin)[0], 800)
        os.close(twin)


@check("memory that may not be touched: EFAULT, or what was done before")
def _():
    edge = Edge(4)
    with Opened("pattern") as fd:
        fails(errno.EFAULT, read_to, fd, edge.start + edge.length, 100)
        fails(errno.EFAULT, write_from, fd, edge.start + edge.length, 100)
        equal(where(fd), 0)
        for length in (1, 100, PAGE, PAGE + 1, 3 * PAGE + 5):
            data = os.pread(fd, length, 0)
            os.lseek(fd, 0, os.SEEK_SET)
            address = edge.fill(data)
            got = write_from(fd, address, length + 100)
            # Copying may stop a few bytes before the edge.
            equal(length - 64 <= got <= length or got == 0, True)
            equal(where(fd), got)
            equal(read_to(fd, address, length + 500) > 0, True)
        # A difference before the edge is a difference.
        address = edge.fill(spoilt(os.pread(fd, 2 * PAGE, 0), 77))
        fails(errno.EIO, lambda: (os.lseek(fd, 0, os.SEEK_SET),
                                  write_from(fd, address, 3 * PAGE)))
        equal(difference(fd)[0], 77)
    edge.free()


@check("a signal ends a long check: the count that was verified")
def _():
    old = signal.signal(signal.SIGALRM, lambda *_: None)
    with Opened("pattern") as fd:
        data = b"".join(os.read(fd, 1 << 20) for _ in range(48))
        for _ in range(20):
            os.lseek(fd, 0, os.SEEK_SET)
            signal.setitimer(signal.ITIMER_REAL, 0.002)
            count = os.write(fd, data)
            signal.setitimer(signal.ITIMER_REAL, 0)
            equal(where(fd), count)
            equal(0 < count <= len(data), True)
            if count < len(data):
                break
        equal(count < len(data), True)
        equal(os.write(fd, data[count:]), len(data) - count)
    signal.signal(signal.SIGALRM, old)


@check("seeking: SEEK_SET and SEEK_CUR over 63 bits, nothing else")
def _():
    with Opened("pattern") as fd:
        equal(os.lseek(fd, 1 << 40, os.SEEK_SET), 1 << 40)
        equal(os.read(fd, 9), pattern(7, 1 << 40, 9))
        equal(os.lseek(fd, -9, os.SEEK_CUR), 1 << 40)
        equal(os.lseek(fd, END, os.SEEK_SET), END)
        equal(os.lseek(fd, -20, os.SEEK_CUR), END - 20)
        fails(errno.EINVAL, os.lseek, fd, 21, os.SEEK_CUR)
        fails(errno.EINVAL, os.lseek, fd, END, os.SEEK_CUR)
        fails(errno.EINVAL, os.lseek, fd, -1, os.SEEK_SET)
        fails(errno.EINVAL, os.lseek, fd, -END - 1, os.SEEK_SET)
        equal(where(fd), END - 20)
        os.lseek(fd, 5, os.SEEK_SET)
        fails(errno.EINVAL, os.lseek, fd, -6, os.SEEK_CUR)
        for whence in (2, 3, 4, 5, 99):
            fails(errno.EINVAL, os.lseek, fd, 0, whence)
        equal(where(fd), 5)


@check("calls past the end are EINVAL, up to it they work")
def _():
    with Opened("pattern") as fd:
        data = os.pread(fd, 100, END - 100)
        equal(data, pattern(7, END - 100, 100))
        equal(os.pwrite(fd, data, END - 100), 100)
        fails(errno.EINVAL, os.pread, fd, 101, END - 100)
        fails(errno.EINVAL, os.pwrite, fd, data + b"x", END - 100)
        equal(os.pread(fd, 0, END), b"")
        fails(errno.EINVAL, os.pread, fd, 1, END)
        os.lseek(fd, END, os.SEEK_SET)
        fails(errno.EINVAL, os.read, fd, 1)
        fails(errno.EINVAL, os.write, fd, b"x")
        os.lseek(fd, END - 5, os.SEEK_SET)
        equal(len(os.read(fd, 5)), 5)
        equal(where(fd), END)


@check("O_APPEND, O_DIRECT and O_NONBLOCK change nothing")
def _():
    for flag in (os.O_APPEND, os.O_DIRECT, os.O_NONBLOCK, os.O_SYNC):
        with Opened("pattern", os.O_RDWR | flag) as fd:
            os.lseek(fd, 3, os.SEEK_SET)
            data = os.read(fd, 101)
            equal(data, pattern(7, 3, 101))
            os.lseek(fd, 3, os.SEEK_SET)
            equal(os.write(fd, data), 101)
            equal(where(fd), 104)
            equal(os.pwrite(fd, data, 3), 101)
            fails(errno.EIO, os.pwrite, fd, data, 4)
    with Opened("pattern") as fd:
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_DIRECT)


@check("preadv2 and pwritev2 with RWF_NOWAIT")
def _():
    with Opened("pattern") as fd:
        data = bytearray(70000)
        # As much as it could do before somebody else's turn came.
        n = os.preadv(fd, [data], 12, os.RWF_NOWAIT)
        assert n > 0
        equal(bytes(data[:n]), pattern(7, 12, n))
        equal(bytes(data[n:]), bytes(70000 - n))
        assert 0 < os.pwritev(fd, [data[:n]], 12, os.RWF_NOWAIT) <= n


@check("access modes are respected")
def _():
    with Opened("pattern", os.O_RDONLY) as fd:
        fails(errno.EBADF, os.write, fd, b"x")
    with Opened("pattern", os.O_WRONLY) as fd:
        fails(errno.EBADF, os.read, fd, 1)
        fails(errno.EIO, os.write, fd, bytes(100))


@check("a file keeps the seed it was opened with, or was given")
def _():
    with Opened("pattern") as old:
        turn("pattern", "seed", (1 << 64) - 1)
        equal(knob("pattern", "seed"), (1 << 64) - 1)
        with Opened("pattern") as new:
            equal((seed_of(old), seed_of(new)), (7, (1 << 64) - 1))
            equal(os.pread(old, 100, 0), pattern(7, 0, 100))
            equal(os.pread(new, 100, 0), pattern((1 << 64) - 1, 0, 100))
            set_seed(new, 1 << 63)
            equal(seed_of(new), 1 << 63)
            equal(os.pread(new, 100, 0), pattern(1 << 63, 0, 100))
            fails(errno.EIO, os.pwrite, new, pattern(7, 0, 100), 0)
            equal(difference(new)[1], 1 << 63)
        turn("pattern", "seed", "0x7")
        equal(seed_of(old), 7)


@check("a bad seed is refused and changes nothing")
def _():
    for bad, number in (("x", errno.EINVAL), ("-1", errno.EINVAL),
                        ("", 0), (1 << 64, errno.ERANGE)):
        if number:
            fails(number, turn, "pattern", "seed", bad)
        equal(knob("pattern", "seed"), 7)


@check("other ioctls are ENOTTY, bad addresses EFAULT")
def _():
    with Opened("pattern") as fd:
        fails(errno.ENOTTY, fcntl.ioctl, fd, 0x80045200, bytes(8))
        fails(errno.ENOTTY, fcntl.ioctl, fd, 0x541B, bytes(8))
        fails(errno.EFAULT, fcntl.ioctl, fd, GET_SEED, 0)
        fails(errno.EFAULT, fcntl.ioctl, fd, SET_SEED, 0)
        fails(errno.EIO, os.write, fd, bytes(100))
        fails(errno.EFAULT, fcntl.ioctl, fd, GET_DIFFERENCE, 0)
    for node in ("null", "zero", "full", "random"):
        with Opened(node) as fd:
            fails(errno.ENOTTY, fcntl.ioctl, fd, GET_SEED, bytes(8))


@check("everyone may use it, root alone may turn its knobs")
def _():
    def as_nobody():
        nobody = pwd.getpwnam("nobody")
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
        with Opened("pattern") as fd:
            set_seed(fd, 3)
            equal(os.read(fd, 50), pattern(3, 0, 50))
            equal(os.pwrite(fd, pattern(3, 9, 50), 9), 50)
        for name in ("seed", "faults/error", "faults/seed"):
            fails(errno.EACCES, turn, "pattern", name, 1)
            knob("pattern", name)
        return 0

    equal(Child(as_nobody).result(), 0)


@check("sendfile and splice carry it both ways")
def _():
    path = os.environ["T"] + "/sent"
    with Opened("pattern") as fd:
        out = os.open(path, os.O_RDWR | os.O_CREAT)
        os.lseek(fd, 1000, os.SEEK_SET)
        sent = 0
        while sent < 200000:
            sent += os.sendfile(out, fd, None, 200000 - sent)
        equal(os.pread(out, 5000, 0), pattern(7, 1000, 5000))
        os.lseek(fd, 1000, os.SEEK_SET)
        os.lseek(out, 0, os.SEEK_SET)
        sent = 0
        while sent < 200000:
            sent += os.sendfile(fd, out, None, 200000 - sent)
        equal(where(fd), 201000)
        os.pwrite(out, b"!!", 100)
        os.lseek(out, 0, os.SEEK_SET)
        os.lseek(fd, 1000, os.SEEK_SET)
        fails(errno.EIO, os.sendfile, fd, out, None, 200000)
        equal(difference(fd)[0], 1100)
        os.close(out)
        reader, writer = os.pipe()
        os.lseek(fd, 77, os.SEEK_SET)
        equal(os.splice(fd, writer, 3000), 3000)
        equal(os.read(reader, 3000), pattern(7, 77, 3000))
        os.write(writer, pattern(7, 77, 3000))
        os.lseek(fd, 77, os.SEEK_SET)
        equal(os.splice(reader, fd, 3000), 3000)
        os.close(reader)
        os.close(writer)


@check("it cannot be mapped")
def _():
    import mmap
    with Opened("pattern") as fd:
        fails(errno.ENODEV, mmap.mmap, fd, PAGE)


@check("counters count bytes and calls")
def _():
    names = ("reads", "writes", "bytes_read", "bytes_written")
    before = [knob("pattern", f"stats/{name}") for name in names]
    with Opened("pattern") as fd:
        data = os.read(fd, 1000)
        data += os.read(fd, 500)
        os.pwrite(fd, data[:1200], 0)
        fails(errno.EIO, os.pwrite, fd, data, 1)
    after = [knob("pattern", f"stats/{name}") for name in names]
    equal([b - a for a, b in zip(before, after)], [2, 2, 1500, 1200])


@check("a difference tells 32 bytes wherever the write has them")
def _():
    with Opened("pattern") as fd:
        for at in (100, 255, 4090, 4095, 8191, 12280):
            data = bytearray(pattern(7, 0, 12288))
            data[at] ^= 1
            fails(errno.EIO, os.pwrite, fd, bytes(data), 0)
            want = pattern(7, at, min(32, 12288 - at))
            equal(difference(fd), (at, 7, want, bytes(data[at:at + 32])))


@check("threads that share a position take turns")
def _():
    def work(fd, moved):
        data = bytearray(1 << 22)
        for _ in range(10):
            moved.append(os.readv(fd, [data]))

    with Opened("pattern") as fd:
        moved = []
        threads = [threading.Thread(target=work, args=(fd, moved))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(os.lseek(fd, 0, os.SEEK_CUR), sum(moved))


@check("many at once: each has its own place")
def _():
    def work(number):
        with open(dev("pattern"), "r+b", buffering=0) as file:
            file.seek(number * 12345)
            end = time.monotonic() + 0.3
            while time.monotonic() < end:
                at = file.tell()
                data = file.read(9999)
                file.seek(at)
                if file.write(data) != 9999:
                    return 1
        return 0

    children = [Child(work, number) for number in range(4)]
    equal([child.result() for child in children], [0, 0, 0, 0])


run()
