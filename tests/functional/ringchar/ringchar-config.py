# SPDX-License-Identifier: GPL-2.0-only
"""ringchar's knobs."""

import errno
import fcntl
import os
import struct

from checks import Child, check, equal, fails, run
from ringchardev import (IN, IOC_RESIZE, OUT, R, R_NB, RDWR_NB, W, Made, Ring,
                         drain, info, pattern, polled)

A = Ring("ringchar-a")


@check("knobs have their defaults")
def _():
    equal([A.get(k) for k in ("size", "mode", "full", "read_mark",
                              "write_mark", "eof", "power")],
          ["1048576", "stream", "block", "1", "1", "0", "0"])


@check("sizes take suffixes and read back in bytes")
def _():
    for text, value in (("4K", 4096), ("64k", 65536), ("0x2000", 8192),
                        ("1G", 1 << 30), (" 2M ", 2 << 20), ("4096", 4096)):
        A.set("size", text)
        equal(A.get("size"), str(value))


@check("bad values are EINVAL or ERANGE and change nothing")
def _():
    A.set("size", "64K")
    bad = {
        "size": ["", "x", "5000", "12K", "-4096", "4K4", "1e6",
                 "4096 4096"],
        "mode": ["", "streams", "0", "Stream", "stream record"],
        "full": ["", "1", "drop"],
        "eof": ["", "2", "yes", "-1"],
        "read_mark": ["", "x", "128K", "-1", "1.5"],
        "write_mark": ["", "x", "128K", "-1"],
        "power": ["", "2", "on", "cut", "-1"],
        "clear": ["", "0", "2", "x"],
        "faults/short": ["", "x", "-1", "1.5"],
        "faults/seed": ["", "x", "-1"],
    }
    for knob, values in bad.items():
        before = A.get(knob) if knob != "clear" else None
        for value in values:
            try:
                A.set(knob, value)
            except OSError as error:
                assert error.errno in (errno.EINVAL, errno.ERANGE), \
                    f"{knob}={value!r}: {error}"
            else:
                raise AssertionError(f"{knob}={value!r} was taken")
        if knob != "clear":
            equal(A.get(knob), before)
    for knob, values in {"size": ["2K", "2G", "1E", "99999999999999999999"],
                         "read_mark": ["0", "2G"], "write_mark": ["0"],
                         "faults/error": ["1000001"],
                         "faults/seed": ["18446744073709551616"]}.items():
        for value in values:
            fails(errno.ERANGE, A.set, knob, value)


@check("power makes the device and takes it away")
def _():
    A.set("size", "4K")
    A.set("power", 1)
    equal(os.stat(A.dev).st_mode & 0o170777, 0o020600)
    A.set("power", 1)
    A.set("power", 0)
    assert not os.path.exists(A.dev)
    A.set("power", 0)


@check("contents are kept while the power is off")
def _():
    A.set("power", 1)
    fd = A.open(W)
    os.write(fd, b"kept")
    os.close(fd)
    A.set("power", 0)
    equal(A.stat("stored"), 4)
    A.set("power", 1)
    fd = A.open(R_NB)
    equal(drain(fd), b"kept")
    os.close(fd)


@check("a device that nobody opened has no memory, one that was has")
def _():
    def vmalloc():
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmallocUsed:"):
                    return int(line.split()[1])
    before = vmalloc()
    with Made(size="16M") as ring:
        # the figure is the whole kernel's: others take and give back too
        assert vmalloc() - before < 8 << 10, vmalloc() - before
        ring.open()
        assert vmalloc() - before > 8 << 10, vmalloc() - before


@check("clear is EBUSY while powered")
def _():
    fails(errno.EBUSY, A.set, "clear", 1)


@check("clear frees the contents")
def _():
    fd = A.open(W)
    os.write(fd, b"lost")
    os.close(fd)
    A.set("power", 0)
    A.set("clear", 1)
    equal(A.stat("stored"), 0)
    A.set("size", "8K")
    A.set("power", 1)
    fd = A.open(RDWR_NB)
    equal(drain(fd), b"")
    equal(os.write(fd, bytes(9000)), 8192)
    os.close(fd)
    A.set("power", 0)
    A.set("clear", 1)


@check("eof is EBUSY while powered")
def _():
    A.set("power", 1)
    fails(errno.EBUSY, A.set, "eof", 1)
    equal(A.get("eof"), "0")
    A.set("power", 0)


@check("size is live while what is stored fits, to the byte")
def _():
    with Made(size="64K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, pattern(60000))
        os.read(fd, 59000)
        os.write(fd, pattern(3096, 60000))
        equal(ring.stat("stored"), 4096)
        ring.set("size", "4K")
        fails(errno.EAGAIN, os.write, fd, b"x")
        ring.set("size", "16K")
        os.write(fd, b"x")
        fails(errno.EBUSY, ring.set, "size", "4K")
        equal(ring.get("size"), "16384")
        equal(drain(fd), pattern(4096, 59000) + b"x")


@check("size may change in an unpowered device that holds data")
def _():
    with Made(size="8K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, pattern(5000))
        ring.set("power", 0)
        fails(errno.EBUSY, ring.set, "size", "4K")
        ring.set("size", "64K")
        ring.set("power", 1)
        equal(drain(ring.open(R_NB)), pattern(5000))


@check("a larger size wakes a writer who now has room")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        os.write(fd, bytes(4096))
        writer = Child(os.write, fd, b"x").asleep()
        ring.set("size", "8K")
        equal(writer.result(), 1)


@check("mode is live while empty")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        ring.set("mode", "record")
        equal(ring.get("mode"), "record")
        os.write(fd, b"x")
        fails(errno.EBUSY, ring.set, "mode", "stream")
        ring.set("mode", "record")
        os.read(fd, 1)
        ring.set("mode", "stream")


@check("full is live and lets a sleeping writer go on")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()
        os.write(fd, bytes(4096))
        writer = Child(os.write, fd, b"x").asleep()
        ring.set("full", "overwrite")
        equal(writer.result(), 1)
        equal(ring.stat("dropped_bytes"), 1)


@check("read_mark delays sleepers and poll, nobody else")
def _():
    with Made(size="8K", read_mark=100) as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, bytes(99))
        equal(polled(fd), OUT)
        equal(os.read(fd, 200), bytes(99))
        reader = Child(os.read, ring.open(R), 200).asleep()
        os.write(fd, b"a" * 60)
        reader.asleep()
        os.write(fd, b"b" * 40)
        equal(reader.result(), b"a" * 60 + b"b" * 40)
        os.write(fd, bytes(99))
        ring.set("read_mark", 99)
        equal(polled(fd), IN | OUT)


@check("write_mark delays sleepers and poll, nobody else")
def _():
    with Made(size="16K", write_mark="8K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, bytes(8192))
        equal(polled(fd), IN | OUT)
        os.write(fd, b"x")
        equal(polled(fd), IN)
        equal(os.write(fd, b"y"), 1)
        os.write(fd, bytes(16384))
        writer = Child(os.write, ring.open(W), b"z").asleep()
        os.read(fd, 8191)
        writer.asleep()
        os.read(fd, 1)
        equal(writer.result(), 1)
        os.write(fd, bytes(16384))
        os.read(fd, 5000)
        equal(polled(fd), IN)
        ring.set("write_mark", 1)
        equal(polled(fd), IN | OUT)


@check("marks never make a reader and a writer wait for each other")
def _():
    with Made(size="8K", read_mark="8K") as ring:
        reader = Child(lambda: len(os.read(ring.open(R), 8192))).asleep()
        fd = ring.open()
        os.write(fd, bytes(5000))
        reader.asleep()
        writer = Child(os.write, fd, bytes(4000))
        equal(writer.result(), 4000)
        equal(reader.result(), 5000)


@check("resize by ioctl: from 4K to 1G, powers of two")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()

        def resize(size, where=fd):
            fcntl.ioctl(where, IOC_RESIZE, struct.pack("Q", size))
        os.write(fd, b"abc")
        resize(1 << 20)
        equal(ring.get("size"), str(1 << 20))
        equal(info(fd)["size"], 1 << 20)
        for bad in 0, 2048, 5000, 1 << 31, 1 << 40, (1 << 32) + 4096:
            fails(errno.EINVAL, resize, bad)
        resize(4096)
        equal(os.read(fd, 9), b"abc")
        fails(errno.EBADF, resize, 8192, ring.open(R))
        os.write(fd, bytes(4096))
        resize(8192)
        os.write(fd, b"x")
        fails(errno.EBUSY, resize, 4096)


@check("to grow above max_size takes CAP_SYS_RESOURCE")
def _():
    with Made(size="4K") as ring:
        fd = ring.open()

        def resize(uid, size):
            os.setuid(uid)
            fcntl.ioctl(fd, IOC_RESIZE, struct.pack("Q", size))
            return 0
        equal(Child(resize, 1000, 1 << 20).result(), 0)
        equal(Child(resize, 1000, 2 << 20).result(), -errno.EPERM)
        equal(Child(resize, 0, 8 << 20).result(), 0)
        equal(Child(resize, 1000, 4 << 20).result(), 0)
        equal(Child(resize, 1000, 8 << 20).result(), -errno.EPERM)


@check("statistics add up")
def _():
    with Made(size="4K") as ring:
        fd = ring.open(RDWR_NB)
        os.write(fd, bytes(3000))
        os.read(fd, 1000)
        os.write(fd, bytes(500))
        equal([ring.stat(s) for s in ("bytes_in", "bytes_out", "stored",
                                      "high_water", "dropped_bytes")],
              [3500, 1000, 2500, 3000, 0])
        equal(ring.stat("records_in"), 0)


run()
